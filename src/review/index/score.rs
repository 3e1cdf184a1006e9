//! Completing what is known of a case, and putting it where it belongs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Desk, Orders, Standpoint};
use crate::{
    domain::{
        access::AccountId,
        review::{Duty, Facts, Relation, Settled, Table, Traits, standing},
    },
    review::case::Case,
};

impl Desk {
    /// Takes over what the registry says; where that changed, everybody's cases are looked at anew.
    pub(super) fn know(&mut self, people: BTreeMap<AccountId, Traits>) {
        if people != self.people {
            self.people = people;
            self.changed.extend(0..self.cases.len());
        }
    }

    /// Looks anew at so many cases; how many more there might be.
    pub(super) fn settle(&mut self, table: &Table, now: DateTime<Utc>, most: usize) -> usize {
        let mut left = most;
        while left > 0
            && let Some(number) = self.changed.pop_first()
        {
            self.settle_one(number, table, now);
            left -= 1;
        }
        left
    }

    fn settle_one(&mut self, number: usize, table: &Table, now: DateTime<Utc>) {
        let Some(case) = self.cases.get(number) else {
            return;
        };
        let mut case = case.clone();
        self.complete(&mut case, None);
        case.standing = standing(&case.facts, table, now);
        if !case.is_young(now) {
            self.young.remove(&number);
        }
        self.orders.put(number, &case);
        if let Some(place) = self.cases.get_mut(number) {
            *place = case;
        }
    }

    /// What rules looked at, at an instant: with what lists had said until then.
    pub(in crate::review) fn facts_at(&self, case: &Case, as_of: DateTime<Utc>) -> Facts {
        let mut case = case.clone();
        self.complete(&mut case, Some(as_of));
        case.facts
    }

    /// What lists and colleagues say of a case; as of an instant, or by all that is known.
    fn complete(&self, case: &mut Case, as_of: Option<DateTime<Utc>>) {
        let account = case.facts.account.clone();
        let patient = &case.patient_traits;
        let lists = &self.lists;
        case.facts.relation = self.viewer(&account, as_of).relation(patient);
        case.facts.is_colleague = lists.is_colleague(patient, &account, as_of);
        case.facts.is_protected = lists.is_protected(&case.patient, as_of);
        case.facts.is_decoy = lists.is_decoy(&case.patient, as_of);
        case.facts.duty = lists.duty_of(&account, case.facts.started, as_of);
        case.facts.arrivals = lists.arrivals_of(&case.patient, &case.identities);
        case.facts.arrivals_until = lists.arrivals_until(as_of);
        let handoffs = self.handoffs.get(&case.patient).into_iter().flatten();
        let runs = handoffs.filter_map(|handoff| self.runs.get(handoff));
        case.facts.handoffs = runs.flat_map(|run| run.at.iter().copied()).collect();
        let looks = self.looks.get(&case.patient);
        case.facts.looks = looks
            .into_iter()
            .flatten()
            .filter(|look| !self.is_one(&look.account, &account))
            .cloned()
            .collect();
        // What a person's other account says is his own word, too.
        let own = |authors: &mut Vec<AccountId>| {
            if authors.iter().any(|author| self.is_one(author, &account)) {
                authors.push(account.clone());
            }
        };
        for arrival in &mut case.facts.arrivals {
            own(&mut arrival.authors);
        }
        if let Some(Duty::On { authors, .. }) = &mut case.facts.duty {
            own(authors);
        }
    }

    /// Whether two accounts are one person's, as far as names tell.
    fn is_one(&self, one: &AccountId, other: &AccountId) -> bool {
        let names = self.people.get(one).zip(self.people.get(other));
        one == other || names.is_some_and(|(one, other)| one.relation(other) == Relation::Same)
    }
}

impl Desk {
    /// Who an account is: its name by the registry, and whatever else the staff list knows.
    fn viewer(&self, account: &AccountId, as_of: Option<DateTime<Utc>>) -> Traits {
        let mut viewer = self
            .lists
            .member(account, as_of)
            .cloned()
            .unwrap_or_default();
        if let Some(known) = self.people.get(account) {
            viewer.names.extend(&known.names);
            viewer.families.extend(&known.families);
        }
        viewer
    }
}

impl Orders {
    /// Puts a case where it belongs now.
    fn put(&mut self, number: usize, case: &Case) {
        let settled = case.settled();
        let now = Standpoint {
            rank: case.rank(),
            started: case.facts.started,
            is_closed: settled.is_closed(),
            needs_second: matches!(settled, Settled::NeedsSecond | Settled::Disagreed),
            is_untold: case.is_untold(),
        };
        if self.known.len() <= number {
            self.known.resize(number + 1, None);
        }
        let before = self
            .known
            .get_mut(number)
            .and_then(|known| known.replace(now));
        if let Some(before) = before {
            self.open.remove(&(before.rank, number));
            self.second.remove(&(before.rank, number));
            self.untold.remove(&(before.started, number));
            self.closed.remove(&(before.started, number));
        }
        if now.is_closed {
            self.closed.insert((now.started, number));
        } else {
            self.open.insert((now.rank, number));
        }
        if now.needs_second {
            self.second.insert((now.rank, number));
        }
        if now.is_untold {
            self.untold.insert((now.started, number));
        }
        self.all.insert((now.started, number));
    }
}
