//! The open grants as this process knows them: changed only after the commit that changed them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::history::{History, Told};
use crate::domain::{
    access::{AccountId, End, Grant, GrantId, IdentifiedBy, NodeId},
    event::Draft,
};

/// How many ends are remembered.
const ENDS_KEPT: usize = 10_000;

/// Open grants and how recent ones ended.
#[derive(Default)]
pub(super) struct Grants {
    open: BTreeMap<GrantId, Arc<Grant>>,
    /// When it was last said how the patient of an open one was identified.
    identified: BTreeMap<GrantId, Duration>,
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
                // What ended meanwhile on the other ledger does not begin again, and what was
                // said there meanwhile stays.
                Change::Changed(mut said) => {
                    if let Some(known) = self.open.get_mut(&id) {
                        let last = self.identified.entry(id).or_default();
                        said.retain(|one| one.is_newest(last));
                        *known = altered(known, &said);
                    }
                }
                Change::Stopped(stopped) => {
                    self.identified.remove(&id);
                    if self.open.remove(&id).is_some() {
                        self.remember(id.clone(), stopped.ended.clone());
                        self.stopped.insert(id, *stopped);
                    }
                }
                Change::Ended(ended) => {
                    self.open.remove(&id);
                    self.identified.remove(&id);
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

/// What is said of an open grant. Never the grant as it was when that was said: a transaction may
/// take long, and meanwhile more may be said on the other ledger.
#[derive(Clone)]
pub(super) enum Alteration {
    /// How the patient was identified, and when (since the machine's start) that was written.
    Identified(IdentifiedBy, Duration),
    /// A note.
    Noted(String),
}

impl Alteration {
    /// Whether nothing newer was said of the same: what one ledger makes durable late is older than
    /// what the other wrote meanwhile.
    fn is_newest(&self, last: &mut Duration) -> bool {
        match self {
            Self::Identified(_, at) if at < last => false,
            Self::Identified(_, at) => {
                *last = *at;
                true
            }
            Self::Noted(_) => true,
        }
    }

    fn alter(&self, grant: &mut Grant) {
        match self {
            Self::Identified(by, _) => grant.identified_by = Some(*by),
            Self::Noted(note) => {
                grant.note = Some(match grant.note.take() {
                    // What both ledgers recorded was said once.
                    Some(earlier) if earlier.lines().eq(note.lines()) => earlier,
                    Some(earlier) if earlier.ends_with(&format!("\n{note}")) => earlier,
                    Some(earlier) => format!("{earlier}\n{note}"),
                    None => note.clone(),
                });
            }
        }
    }
}

fn altered(grant: &Grant, said: &[Alteration]) -> Arc<Grant> {
    let mut grant = grant.clone();
    for one in said {
        one.alter(&mut grant);
    }
    Arc::new(grant)
}

/// What a transaction does to one grant.
#[derive(Clone)]
enum Change {
    Open(Arc<Grant>),
    /// Something was said of an open one, in this order.
    Changed(Vec<Alteration>),
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
            Some(Change::Open(grant)) => Some(Arc::clone(grant)),
            Some(Change::Changed(said)) => known.find(id).map(|grant| altered(&grant, said)),
            Some(Change::Stopped(_) | Change::Ended(_)) => None,
            None => known.find(id),
        }
    }

    /// A grant that has no end yet, open or stopped.
    pub(super) fn without_end(&self, known: &Grants, id: &GrantId) -> Option<Arc<Grant>> {
        match self.grants.get(id) {
            Some(Change::Open(grant)) => Some(Arc::clone(grant)),
            Some(Change::Stopped(stopped)) => Some(Arc::clone(&stopped.grant)),
            Some(Change::Ended(_)) => None,
            Some(Change::Changed(_)) | None => self.find(known, id).or_else(|| {
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

    /// Something is said of an open grant.
    pub(super) fn change(&mut self, id: GrantId, said: Alteration) {
        let change = self
            .grants
            .entry(id)
            .or_insert_with(|| Change::Changed(Vec::new()));
        match change {
            Change::Open(grant) => *grant = altered(grant, &[said]),
            Change::Changed(all) => all.push(said),
            // Nothing happens under what is over.
            Change::Stopped(_) | Change::Ended(_) => {}
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::testing::{grant, open};

    #[test]
    fn what_becomes_durable_late_does_not_undo_how_the_patient_was_identified_since() {
        let folder = tempfile::tempdir().unwrap();
        let one = grant(&open(folder.path()), "1111");
        let mut grants = Grants::default();
        let mut opened = Changes::default();
        opened.open(Arc::new(one.clone()));
        grants.apply(opened);
        for (by, at, known) in [
            (IdentifiedBy::Patient, 7, IdentifiedBy::Patient),
            (IdentifiedBy::Crew, 3, IdentifiedBy::Patient),
            (IdentifiedBy::Companion, 8, IdentifiedBy::Companion),
        ] {
            let mut said = Changes::default();
            let at = Duration::from_secs(at);
            said.change(one.id.clone(), Alteration::Identified(by, at));
            grants.apply(said);
            let is = grants.find(&one.id).unwrap().identified_by;
            assert_eq!(is, Some(known), "{by:?}");
        }
        let mut ended = Changes::default();
        ended.end(one.id.clone(), End::Hand, None);
        grants.apply(ended);
        assert!(grants.identified.is_empty(), "nothing is kept for ever");
    }
}
