//! The open grants as this process knows them: changed only after the commit that changed them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use crate::domain::access::{End, Grant, GrantId};

/// How many ends are remembered.
const ENDS_KEPT: usize = 10_000;

/// Open grants and how recent ones ended.
#[derive(Default)]
pub(super) struct Grants {
    open: BTreeMap<GrantId, Arc<Grant>>,
    ends: BTreeMap<GrantId, End>,
    ends_in_order: VecDeque<GrantId>,
}

impl Grants {
    /// An open grant.
    pub(super) fn find(&self, id: &GrantId) -> Option<Arc<Grant>> {
        self.open.get(id).map(Arc::clone)
    }

    /// How a grant ended.
    pub(super) fn end_of(&self, id: &GrantId) -> Option<End> {
        self.ends.get(id).copied()
    }

    /// The open grants that `wanted` takes, newest first.
    pub(super) fn list(&self, wanted: impl Fn(&Grant) -> bool) -> Vec<Arc<Grant>> {
        let mut list: Vec<_> = self
            .open
            .values()
            .filter(|grant| wanted(grant))
            .map(Arc::clone)
            .collect();
        list.sort_by(|a, b| {
            b.start
                .since_boot
                .cmp(&a.start.since_boot)
                .then_with(|| a.id.cmp(&b.id))
        });
        list
    }

    /// Takes over what a commit made durable.
    pub(super) fn apply(&mut self, changes: Changes) {
        for (id, change) in changes.0 {
            match change {
                Change::Open(grant) => {
                    self.open.insert(id, grant);
                }
                Change::Ended(end) => {
                    self.open.remove(&id);
                    self.remember(id, end);
                }
            }
        }
    }

    /// Remembers an end, forgetting the oldest.
    pub(super) fn remember(&mut self, id: GrantId, end: End) {
        if self.ends.insert(id.clone(), end).is_none() {
            self.ends_in_order.push_back(id);
        }
        while self.ends_in_order.len() > ENDS_KEPT {
            if let Some(oldest) = self.ends_in_order.pop_front() {
                self.ends.remove(&oldest);
            }
        }
    }
}

/// What a transaction does to one grant.
#[derive(Clone)]
enum Change {
    Open(Arc<Grant>),
    Ended(End),
}

/// What a transaction that is not committed yet does to the grants.
#[derive(Default)]
pub(super) struct Changes(BTreeMap<GrantId, Change>);

impl Changes {
    /// A grant that is open if the transaction is committed.
    pub(super) fn find(&self, known: &Grants, id: &GrantId) -> Option<Arc<Grant>> {
        match self.0.get(id) {
            Some(Change::Open(grant)) => Some(Arc::clone(grant)),
            Some(Change::Ended(_)) => None,
            None => known.find(id),
        }
    }

    /// Whether the grant has ever been heard of.
    pub(super) fn knows(&self, known: &Grants, id: &GrantId) -> bool {
        self.0.contains_key(id) || known.open.contains_key(id) || known.ends.contains_key(id)
    }

    /// A grant is open, or has changed.
    pub(super) fn open(&mut self, grant: Arc<Grant>) {
        self.0.insert(grant.id.clone(), Change::Open(grant));
    }

    /// A grant has its end.
    pub(super) fn end(&mut self, id: GrantId, end: End) {
        self.0.insert(id, Change::Ended(end));
    }
}
