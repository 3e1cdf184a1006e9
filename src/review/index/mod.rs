//! What follows from the entries, kept in memory so that a list costs no more than what it shows.
//! Never an authority: it is made anew from the entries at every start.

mod lists;
mod score;
mod take;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, Utc};

use super::{
    case::{Case, Place},
    integrity::Step,
};
use crate::{
    domain::{
        access::{AccountId, FacilityId, GrantId, NodeId, PatientKey, TerminalId},
        review::{Kind, Look, Pulse, Rank, Relation, Reviewer, Table, Traits},
    },
    ledger::{ReadEntry, Unread},
};

use self::lists::Lists;

/// What it takes to hash texts about people of a facility.
pub(super) type Marks<'a> = &'a dyn Fn(&FacilityId) -> Box<dyn Fn(&str) -> u64 + Send>;

/// All facilities of a node.
#[derive(Default)]
pub(super) struct Index {
    /// Up to which place each ledger was read.
    pub(super) places: BTreeMap<NodeId, u64>,
    /// What could not be read, and is not in it.
    pub(super) unread: Vec<Unread>,
    /// The last steps of the wall clock, oldest first.
    pub(super) steps: VecDeque<Step>,
    desks: BTreeMap<FacilityId, Desk>,
}

/// Entries of a facility that are listed as its last ones.
const RECENT: usize = 200;
/// Steps of the clock that are kept.
const STEPS: usize = 20;

/// One handoff as the hospital's entries say it.
#[derive(Default)]
struct Run {
    /// When the facility accepted and received.
    at: Vec<DateTime<Utc>>,
    /// Whom it was about.
    patients: BTreeSet<PatientKey>,
}

/// One facility.
#[derive(Default)]
pub(super) struct Desk {
    /// When the first entry was written.
    since: Option<DateTime<Utc>>,
    cases: Vec<Case>,
    by_grant: BTreeMap<GrantId, usize>,
    by_place: BTreeMap<Place, usize>,
    by_patient: BTreeMap<PatientKey, Vec<usize>>,
    by_account: BTreeMap<AccountId, Vec<usize>>,
    by_identity: BTreeMap<u64, Vec<usize>>,
    /// Every look, with consent or without.
    looks: BTreeMap<PatientKey, Vec<Look>>,
    /// Handoffs that were revealed here, or for which was fetched ahead.
    handoffs: BTreeMap<PatientKey, BTreeSet<String>>,
    /// What the facility did of each handoff.
    runs: BTreeMap<String, Run>,
    habits: BTreeMap<AccountId, Habit>,
    lists: Lists,
    /// Accounts by what the registry says of them.
    people: BTreeMap<AccountId, Traits>,
    /// Where its last entries stand, oldest first.
    recent: VecDeque<Place>,
    /// What its people did at terminals, by the hour.
    pub(super) pulse: Pulse,
    /// Those whose grant is open.
    running: BTreeSet<usize>,
    /// To be looked at anew.
    changed: BTreeSet<usize>,
    /// To be looked at anew every time.
    young: BTreeSet<usize>,
    orders: Orders,
}

/// The cases in the orders in which they are listed.
#[derive(Default)]
struct Orders {
    /// What each case stands under.
    known: Vec<Option<Standpoint>>,
    open: BTreeSet<(Rank, usize)>,
    second: BTreeSet<(Rank, usize)>,
    untold: BTreeSet<(DateTime<Utc>, usize)>,
    closed: BTreeSet<(DateTime<Utc>, usize)>,
    all: BTreeSet<(DateTime<Utc>, usize)>,
}

/// Under what a case stands in the orders.
#[derive(Clone, Copy)]
struct Standpoint {
    rank: Rank,
    started: DateTime<Utc>,
    is_closed: bool,
    needs_second: bool,
    is_untold: bool,
}

/// What is known of an account's ways.
#[derive(Default)]
struct Habit {
    sign_ins: u32,
    /// How often it signed in at each terminal, and when first.
    terminals: BTreeMap<TerminalId, (u32, DateTime<Utc>)>,
    /// Where the last sign-in stands.
    last: Option<Place>,
    searches: VecDeque<Search>,
    /// Who gave the permission that it has.
    permitted: Option<AccountId>,
    /// Who vouched for its factor last, and when.
    vouched: Option<(AccountId, DateTime<Utc>)>,
}

/// One search that listed somebody.
struct Search {
    at: DateTime<Utc>,
    place: Place,
    listed: Vec<PatientKey>,
}

impl Index {
    /// Takes an entry over; one that was taken before changes nothing.
    pub(super) fn take(&mut self, entry: &ReadEntry, marks: Marks<'_>) {
        let known = self.places.entry(entry.node.clone()).or_default();
        if *known >= entry.seq {
            return;
        }
        *known = entry.seq;
        if let Some(step) = entry.clock_step_ms {
            self.steps.push_back(Step {
                place: take::place(entry),
                at: entry.wall,
                by_ms: step,
            });
            let excess = self.steps.len().saturating_sub(STEPS);
            self.steps.drain(..excess);
            for desk in self.desks.values_mut() {
                desk.step(&entry.node, step);
            }
        }
        let desk = self.desks.entry(entry.facility.clone()).or_default();
        desk.recent.push_back(take::place(entry));
        let excess = desk.recent.len().saturating_sub(RECENT);
        desk.recent.drain(..excess);
        desk.take(entry, marks);
    }

    /// Where the last entries of a facility stand, newest first.
    pub(super) fn recent(&self, facility: &FacilityId) -> Vec<Place> {
        let recent = self.desks.get(facility).map(|desk| &desk.recent);
        recent.into_iter().flatten().rev().cloned().collect()
    }

    /// What the people of each facility do.
    pub(super) fn pulses(&self) -> impl Iterator<Item = &Pulse> {
        self.desks.values().map(|desk| &desk.pulse)
    }

    /// The cases of a ledger after a place, in its order.
    pub(super) fn cases_after(&self, node: &NodeId, after: u64) -> Vec<(FacilityId, Case)> {
        let (from, to) = (
            (node.clone(), after.saturating_add(1)),
            (node.clone(), u64::MAX),
        );
        let mut found = Vec::new();
        for (facility, desk) in &self.desks {
            let numbers = desk.by_place.range(from.clone()..=to.clone());
            let cases = numbers.filter_map(|(_, number)| desk.cases.get(*number));
            found.extend(cases.map(|case| (facility.clone(), case.clone())));
        }
        found.sort_by_key(|(_, case)| case.place.1);
        found
    }

    /// Whether somebody is a patient that does not exist, by the lists of a facility.
    pub(super) fn is_decoy(&self, facility: &FacilityId, patient: &PatientKey) -> bool {
        let desk = self.desks.get(facility);
        desk.is_some_and(|desk| desk.lists.is_decoy(patient, None))
    }

    /// The facilities there are.
    pub(super) fn facilities(&self) -> Vec<FacilityId> {
        self.desks.keys().cloned().collect()
    }

    /// Takes over what the registry says of a facility's accounts.
    pub(super) fn know(&mut self, facility: &FacilityId, people: BTreeMap<AccountId, Traits>) {
        if let Some(desk) = self.desks.get_mut(facility) {
            desk.know(people);
        }
    }

    /// What may stand otherwise by the time alone is looked at anew, too.
    pub(super) fn begin_to_settle(&mut self) {
        for desk in self.desks.values_mut() {
            desk.changed.extend(&desk.young);
        }
    }

    /// Looks anew at so many cases that may stand otherwise now; whether there are more.
    pub(super) fn settle(&mut self, table: &Table, now: DateTime<Utc>, most: usize) -> bool {
        let mut left = most;
        for desk in self.desks.values_mut() {
            left = desk.settle(table, now, left);
        }
        left == 0
    }

    pub(super) fn desk(&self, facility: &FacilityId) -> Option<&Desk> {
        self.desks.get(facility)
    }
}

impl Desk {
    /// A case by its number.
    pub(super) fn case(&self, number: usize) -> Option<&Case> {
        self.cases.get(number)
    }

    /// The number of the case that a grant belongs to.
    pub(super) fn number_of(&self, grant: &GrantId) -> Option<usize> {
        self.by_grant.get(grant).copied()
    }

    /// The number of the case whose start stands at a place.
    pub(super) fn at(&self, place: &Place) -> Option<usize> {
        self.by_place.get(place).copied()
    }

    /// The cases of a patient, oldest first.
    pub(super) fn of_patient(
        &self,
        patient: &PatientKey,
    ) -> impl DoubleEndedIterator<Item = &Case> {
        self.numbered(self.by_patient.get(patient))
    }

    /// The cases of an account, oldest first.
    pub(super) fn of_account(&self, account: &AccountId) -> impl DoubleEndedIterator<Item = &Case> {
        self.numbered(self.by_account.get(account))
    }

    fn numbered<'a>(
        &'a self,
        numbers: Option<&'a Vec<usize>>,
    ) -> impl DoubleEndedIterator<Item = &'a Case> {
        let numbers = numbers.map_or(&[][..], Vec::as_slice);
        numbers.iter().filter_map(|number| self.cases.get(*number))
    }

    /// The account, with every account of the facility that bears its name.
    pub(super) fn reviewer(&self, account: &AccountId) -> Reviewer {
        let own = self.people.get(account);
        let alike = self
            .people
            .iter()
            .filter(|(_, other)| own.is_some_and(|own| own.relation(other) == Relation::Same))
            .map(|(id, _)| id.clone());
        Reviewer {
            account: account.clone(),
            alike: alike.collect(),
        }
    }

    /// Since when a kind of list is known, and how many lines the last had.
    pub(super) fn list(&self, kind: Kind) -> Option<(DateTime<Utc>, u64)> {
        self.lists.last(kind)
    }

    /// Whether taking this over would change nothing.
    pub(super) fn knows_list(&self, kind: Kind, taken: &str) -> bool {
        self.lists.knows(kind, taken)
    }

    /// The numbers of cases in the order of a list.
    pub(super) fn open(&self) -> impl Iterator<Item = usize> {
        self.orders.open.iter().map(|(_, number)| *number)
    }

    /// Those after a case in the order of open ones, the case itself not.
    pub(super) fn open_after(&self, number: usize) -> impl Iterator<Item = usize> {
        let known = self.orders.known.get(number).copied().flatten();
        let start = known.map(|known| (known.rank, number));
        self.orders
            .open
            .iter()
            .filter(move |place| start.is_none_or(|start| **place > start))
            .map(|(_, number)| *number)
    }

    pub(super) fn second(&self) -> impl Iterator<Item = usize> {
        self.orders.second.iter().map(|(_, number)| *number)
    }

    /// Oldest first.
    pub(super) fn untold(&self) -> impl Iterator<Item = usize> {
        self.orders.untold.iter().map(|(_, number)| *number)
    }

    /// Newest first.
    pub(super) fn closed(&self) -> impl Iterator<Item = usize> {
        self.orders.closed.iter().rev().map(|(_, number)| *number)
    }

    /// Newest first.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> {
        self.orders.all.iter().rev().map(|(_, number)| *number)
    }

    /// Those that began from an instant until before another.
    pub(super) fn began_in(
        &self,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> impl Iterator<Item = &Case> {
        let numbers = self.orders.all.range((from, 0)..(until, 0));
        numbers.filter_map(|(_, number)| self.cases.get(*number))
    }

    /// When the first entry was written.
    pub(super) const fn since(&self) -> Option<DateTime<Utc>> {
        self.since
    }

    /// How many are open, wait for a second auditor, wait for 事後説明, are closed, and there are.
    pub(super) fn counts(&self) -> [usize; 5] {
        [
            self.orders.open.len(),
            self.orders.second.len(),
            self.orders.untold.len(),
            self.orders.closed.len(),
            self.orders.all.len(),
        ]
    }
}
