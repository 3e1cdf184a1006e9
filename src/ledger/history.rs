//! What this node's ledger says of the grants of the last month, open or over, and who ever
//! objected: read once at start, and then kept with every commit.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::{grants::Changes, read::ReadEntry};
use crate::domain::access::{AccountId, Basis, End, FacilityId, GrantId, PatientKey, Reason};

/// How far back grants are known.
pub const KEPT: TimeDelta = TimeDelta::days(31);

/// One grant as its entries tell it, without anything personal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Its id.
    pub id: GrantId,
    /// Who looked.
    pub account: AccountId,
    /// For which facility.
    pub facility: FacilityId,
    /// Whom, as a keyed hash.
    pub patient: PatientKey,
    /// On what ground.
    pub basis: Basis,
    /// Why, as it was first said.
    pub reason: Option<Reason>,
    /// Whether it took another's place.
    pub is_renewal: bool,
    /// The receipt of its start.
    pub receipt: Option<String>,
    /// When it began.
    pub started: DateTime<Utc>,
    /// How and when it ended; `None` while it is open.
    pub ended: Option<(End, DateTime<Utc>)>,
}

/// What a transaction adds.
#[derive(Clone)]
pub(super) enum Told {
    Started(Box<Past>),
    Ended {
        grant: GrantId,
        end: End,
        at: DateTime<Utc>,
        facility: FacilityId,
        patient: Option<PatientKey>,
    },
}

/// All of them.
#[derive(Default)]
pub(super) struct History {
    past: BTreeMap<GrantId, Past>,
    of_account: BTreeMap<AccountId, Vec<GrantId>>,
    in_order: VecDeque<(DateTime<Utc>, GrantId)>,
    objected: BTreeSet<(FacilityId, PatientKey)>,
}

impl History {
    /// A grant of the last month.
    pub(super) fn find(&self, id: &GrantId) -> Option<&Past> {
        self.past.get(id)
    }

    /// The grants of an account that began at or after an instant, newest first.
    pub(super) fn of(&self, account: &AccountId, since: DateTime<Utc>) -> Vec<Past> {
        let ids = self.of_account.get(account).map_or(&[][..], Vec::as_slice);
        let mut past: Vec<Past> = ids
            .iter()
            .rev()
            .filter_map(|id| self.past.get(id))
            .filter(|past| past.started >= since)
            .cloned()
            .collect();
        // Of two ledgers one was read after the other.
        past.sort_by_key(|past| std::cmp::Reverse(past.started));
        past
    }

    /// Whether a patient objected to being looked at by a facility.
    pub(super) fn has_objected(&self, facility: &FacilityId, patient: &PatientKey) -> bool {
        self.objected.contains(&(facility.clone(), patient.clone()))
    }

    /// Takes over who objected in earlier processes.
    pub(super) fn read_objections(&mut self, objected: Vec<(FacilityId, PatientKey)>) {
        self.objected.extend(objected);
    }

    /// Takes over what a commit made durable.
    pub(super) fn apply(&mut self, changes: &mut Changes) {
        for told in changes.told.drain(..) {
            self.take(told);
        }
    }

    /// Takes over what an entry of an earlier process tells.
    pub(super) fn read(&mut self, entry: &ReadEntry) {
        if let Some(told) = told(entry) {
            self.take(told);
        }
    }

    fn take(&mut self, told: Told) {
        match told {
            Told::Started(past) => self.started(*past),
            Told::Ended {
                grant,
                end,
                at,
                facility,
                patient,
            } => {
                if let (End::Objected, Some(patient)) = (end, patient) {
                    self.objected.insert((facility, patient));
                }
                if let Some(past) = self.past.get_mut(&grant) {
                    past.ended = Some((end, at));
                }
            }
        }
    }

    fn started(&mut self, past: Past) {
        let (id, at) = (past.id.clone(), past.started);
        // A second ledger may have been read in vain before.
        if self.past.contains_key(&id) {
            return;
        }
        self.of_account
            .entry(past.account.clone())
            .or_default()
            .push(id.clone());
        self.in_order.push_back((at, id.clone()));
        self.past.insert(id, past);
        while let Some((oldest, id)) = self.in_order.front()
            && at.signed_duration_since(*oldest) > KEPT
        {
            if let Some(past) = self.past.remove(id)
                && let Some(ids) = self.of_account.get_mut(&past.account)
            {
                ids.retain(|known| *known != past.id);
            }
            self.in_order.pop_front();
        }
    }
}

/// What an entry tells of a grant; nothing where it is no start and no end.
fn told(entry: &ReadEntry) -> Option<Told> {
    let word = |name: &str| entry.fields.get(name).and_then(|value| value.as_str());
    let grant = entry.grant.clone()?;
    match entry.event.as_str() {
        "grant_started" => Some(Told::Started(Box::new(Past {
            id: grant,
            account: entry.account.clone()?,
            facility: entry.facility.clone(),
            patient: entry.patient.clone()?,
            basis: read_word(entry.basis.as_deref()?)?,
            reason: entry.reason.as_deref().and_then(read_word),
            is_renewal: word("renews").is_some(),
            receipt: entry.receipt.clone(),
            started: entry.wall,
            ended: None,
        }))),
        "grant_ended" | "grant_stopped" => Some(Told::Ended {
            grant,
            end: End::parse(word("end")?)?,
            at: entry.wall,
            facility: entry.facility.clone(),
            patient: entry.patient.clone(),
        }),
        _ => None,
    }
}

fn read_word<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}
