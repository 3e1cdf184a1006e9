//! The open grants as this process knows them: changed only after the commit that changed them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::history::{History, Told};
use crate::domain::{
    access::{AccountId, End, Grant, GrantId, NodeId},
    event::Draft,
};

/// How many ends are remembered.
const ENDS_KEPT: usize = 10_000;

/// Open grants and how recent ones ended.
#[derive(Default)]
pub(super) struct Grants {
    open: BTreeMap<GrantId, Arc<Grant>>,
    /// Stopped: over for everybody, and still without the end that only their homes write.
    stopped: BTreeMap<GrantId, Stopped>,
    ends: BTreeMap<GrantId, Ended>,
    ends_in_order: VecDeque<GrantId>,
    /// The grants of the last month, those of earlier processes too.
    pub(super) history: History,
}

/// A grant that was stopped elsewhere than at its home.
#[derive(Clone)]
struct Stopped {
    grant: Arc<Grant>,
    ended: Ended,
    /// The end that its home is to write.
    end: Draft,
}

/// How a grant ended, and whose it was.
#[derive(Clone)]
struct Ended {
    end: End,
    /// `None` where an earlier process opened it and its first entry cannot be read.
    account: Option<AccountId>,
}

impl Grants {
    /// An open grant.
    pub(super) fn find(&self, id: &GrantId) -> Option<Arc<Grant>> {
        self.open.get(id).map(Arc::clone)
    }

    /// How a grant ended.
    pub(super) fn end_of(&self, id: &GrantId) -> Option<End> {
        self.ends.get(id).map(|ended| ended.end)
    }

    /// How a grant of this account ended, in this process or an earlier one.
    pub(super) fn end_for(&self, id: &GrantId, account: &AccountId) -> Option<End> {
        let ended = self
            .ends
            .get(id)
            .filter(|ended| ended.account.as_ref() == Some(account))
            .map(|ended| ended.end);
        let earlier = || {
            let past = self.history.find(id)?;
            (past.account == *account).then_some(past.ended?.0)
        };
        ended.or_else(earlier)
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
    pub(super) fn apply(&mut self, mut changes: Changes) {
        self.history.apply(&mut changes);
        for (id, change) in changes.grants {
            match change {
                Change::Open(grant) => {
                    self.open.insert(id, grant);
                }
                // What ended meanwhile on the other ledger does not begin again.
                Change::Changed(grant) => {
                    if let Some(known) = self.open.get_mut(&id) {
                        *known = grant;
                    }
                }
                Change::Stopped(stopped) => {
                    if self.open.remove(&id).is_some() {
                        self.remember(id.clone(), stopped.ended.clone());
                        self.stopped.insert(id, *stopped);
                    }
                }
                Change::Ended(ended) => {
                    self.open.remove(&id);
                    self.stopped.remove(&id);
                    self.remember(id, ended);
                }
            }
        }
    }

    /// The ends that this home has still to write.
    pub(super) fn owed_by(&self, home: &NodeId) -> Vec<Draft> {
        self.stopped
            .iter()
            .filter(|(id, _)| id.home().as_ref() == Some(home))
            .map(|(_, stopped)| stopped.end.clone())
            .collect()
    }

    /// Remembers an end, forgetting the oldest.
    fn remember(&mut self, id: GrantId, ended: Ended) {
        if self.ends.insert(id.clone(), ended).is_none() {
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
    /// An open one is known otherwise.
    Changed(Arc<Grant>),
    Stopped(Box<Stopped>),
    Ended(Ended),
}

/// What a transaction that is not committed yet does to the grants.
#[derive(Default)]
pub(super) struct Changes {
    grants: BTreeMap<GrantId, Change>,
    /// What it adds to the history, in order.
    pub(super) told: Vec<Told>,
}

impl Changes {
    /// A grant that is open if the transaction is committed.
    pub(super) fn find(&self, known: &Grants, id: &GrantId) -> Option<Arc<Grant>> {
        match self.grants.get(id) {
            Some(Change::Open(grant) | Change::Changed(grant)) => Some(Arc::clone(grant)),
            Some(Change::Stopped(_) | Change::Ended(_)) => None,
            None => known.find(id),
        }
    }

    /// A grant that has no end yet, open or stopped.
    pub(super) fn without_end(&self, known: &Grants, id: &GrantId) -> Option<Arc<Grant>> {
        match self.grants.get(id) {
            Some(Change::Open(grant) | Change::Changed(grant)) => Some(Arc::clone(grant)),
            Some(Change::Stopped(stopped)) => Some(Arc::clone(&stopped.grant)),
            Some(Change::Ended(_)) => None,
            None => known.find(id).or_else(|| {
                let stopped = known.stopped.get(id)?;
                Some(Arc::clone(&stopped.grant))
            }),
        }
    }

    /// Whether the grant has ever been heard of.
    pub(super) fn knows(&self, known: &Grants, id: &GrantId) -> bool {
        self.grants.contains_key(id)
            || known.open.contains_key(id)
            || known.stopped.contains_key(id)
            || known.ends.contains_key(id)
            || known.history.find(id).is_some()
    }

    /// A grant is open.
    pub(super) fn open(&mut self, grant: Arc<Grant>) {
        self.grants.insert(grant.id.clone(), Change::Open(grant));
    }

    /// An open grant has changed.
    pub(super) fn change(&mut self, grant: Arc<Grant>) {
        let id = grant.id.clone();
        let is_new = matches!(self.grants.get(&id), Some(Change::Open(_)));
        let change = if is_new {
            Change::Open(grant)
        } else {
            Change::Changed(grant)
        };
        self.grants.insert(id, change);
    }

    /// A grant is stopped; its home is to write this end of it.
    pub(super) fn stop(&mut self, grant: Arc<Grant>, why: End, end: Draft) {
        let ended = Ended {
            end: why,
            account: Some(grant.account.clone()),
        };
        let id = grant.id.clone();
        let stopped = Stopped { grant, ended, end };
        self.grants.insert(id, Change::Stopped(Box::new(stopped)));
    }

    /// A grant of this account has its end.
    pub(super) fn end(&mut self, id: GrantId, end: End, account: Option<AccountId>) {
        self.grants
            .insert(id, Change::Ended(Ended { end, account }));
    }
}
