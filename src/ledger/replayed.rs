//! What follows from the entries, one after another.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    both::{Others, is_said_later},
    read::ReadEntry,
    store::OpenRow,
    verify::Fault,
};

/// What follows from the entries so far.
#[derive(Default)]
pub(super) struct Replay {
    pub(super) open: BTreeMap<String, OpenRow>,
    pub(super) ended: BTreeSet<String>,
    pub(super) receipts: BTreeMap<String, u64>,
    /// By address: the digest that entries name, and the key.
    pub(super) shown: BTreeMap<String, (String, Option<String>)>,
    /// Which keys are erased, of those asked for so far.
    pub(super) erased_keys: BTreeMap<String, bool>,
    pub(super) erased: u64,
    pub(super) recomputed: u64,
    /// What the entries say of the node's other ledgers.
    pub(super) others: Others,
}

impl Replay {
    /// Adds an entry; says where it contradicts earlier ones.
    pub(super) fn take(&mut self, entry: ReadEntry) -> Option<Fault> {
        let wrong = |how| Some(Fault::Contradiction(entry.seq, how));
        if let Some(receipt) = &entry.receipt
            && self.receipts.insert(receipt.clone(), entry.seq).is_some()
        {
            return wrong("its receipt is an earlier entry's");
        }
        let is_elsewhere = match self.others.take(&entry) {
            Ok(is_elsewhere) => is_elsewhere,
            Err(how) => return wrong(how),
        };
        let grant = entry.grant.as_ref().map(|grant| grant.0.clone());
        match (entry.event.as_str(), grant) {
            ("grant_started", Some(grant)) => {
                if self.open.contains_key(&grant) || self.ended.contains(&grant) {
                    return wrong("the grant had been started before");
                }
                let text = |id: Option<&String>| id.cloned().unwrap_or_default();
                let row = OpenRow {
                    grant: grant.clone(),
                    seq: entry.seq,
                    account: text(entry.account.as_ref().map(|id| &id.0)),
                    facility: entry.facility.0.clone(),
                    patient: text(entry.patient.as_ref().map(|id| &id.0)),
                };
                self.open.insert(grant, row);
            }
            ("grant_ended", Some(grant)) => {
                if self.open.remove(&grant).is_none() {
                    return wrong("the grant was not open, and cannot end");
                }
                self.ended.insert(grant);
            }
            // Where the grant was started, and is open, is another ledger's to say.
            ("viewed" | "prefetched" | "identified" | "noted" | "grant_stopped", Some(_))
                if is_elsewhere => {}
            (later, Some(_)) if is_elsewhere && is_said_later(later) => {}
            ("grant_stopped", _) => return wrong("the grant is ended here, and not stopped"),
            (later, Some(grant))
                if is_said_later(later)
                    && !self.open.contains_key(&grant)
                    && !self.ended.contains(&grant) =>
            {
                return wrong("the grant had never been started");
            }
            ("viewed" | "prefetched" | "identified" | "noted", Some(grant))
                if !self.open.contains_key(&grant) =>
            {
                return wrong("the grant was not open");
            }
            _ => {}
        }
        let shown = entry.shown.clone()?;
        let seq = entry.seq;
        let (said, _) = self
            .shown
            .entry(shown.address)
            .or_insert((shown.digest.clone(), entry.key));
        (*said != shown.digest).then_some(Fault::Contradiction(
            seq,
            "what it showed is not what an earlier entry showed at the same address",
        ))
    }
}
