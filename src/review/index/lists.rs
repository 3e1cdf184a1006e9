//! The lists that a hospital handed over, as far as they were taken over.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::{
    domain::{
        access::{AccountId, PatientKey},
        clock::japanese_time,
        review::{Arrival, Duty, Kind, Relation, Traits},
    },
    ledger::ReadEntry,
    review::lists::{Shift, StaffMember, TakenArrival, TakenDuty},
};

/// From when until when a line of a list stood: what was known at an instant is found again later.
#[derive(Clone, Copy)]
struct Life {
    known: DateTime<Utc>,
    gone: Option<DateTime<Utc>>,
}

impl Life {
    const fn since(known: DateTime<Utc>) -> Self {
        Self { known, gone: None }
    }

    /// Whether it stood at an instant; without one, whether it stands by all that is known.
    fn is_at(&self, as_of: Option<DateTime<Utc>>) -> bool {
        match as_of {
            None => self.gone.is_none(),
            Some(at) => self.known <= at && self.gone.is_none_or(|gone| gone > at),
        }
    }
}

/// People on a list that takes the place of the one before.
#[derive(Default)]
struct People(BTreeMap<PatientKey, Vec<Life>>);

impl People {
    fn replace(&mut self, mut people: BTreeSet<PatientKey>, known: DateTime<Utc>) {
        for (key, lives) in &mut self.0 {
            let last = lives.last_mut().filter(|life| life.gone.is_none());
            if let Some(last) = last
                && !people.remove(key)
            {
                last.gone = Some(known);
            }
        }
        for key in people {
            self.0.entry(key).or_default().push(Life::since(known));
        }
    }

    fn has(&self, key: &PatientKey, as_of: Option<DateTime<Utc>>) -> bool {
        let lives = self.0.get(key).into_iter().flatten();
        lives.into_iter().any(|life| life.is_at(as_of))
    }
}

/// What was handed over, of one facility.
#[derive(Default)]
pub(super) struct Lists {
    by_number: BTreeMap<PatientKey, Vec<Arrival>>,
    by_identity: BTreeMap<u64, Vec<Arrival>>,
    /// How far registrations reach, each time that became further: when it became known.
    reach: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// With whoever handed them in first.
    shifts: BTreeMap<AccountId, Vec<(Shift, Life, Option<AccountId>)>>,
    /// Days of which a roster is known, and since when.
    days: BTreeMap<NaiveDate, DateTime<Utc>>,
    staff: Vec<(StaffMember, Life)>,
    /// Staff by the hashes of their names, and by account.
    named: BTreeMap<u64, Vec<usize>>,
    by_account: BTreeMap<AccountId, Vec<usize>>,
    protected: People,
    decoys: People,
    last: BTreeMap<Kind, (DateTime<Utc>, u64)>,
    /// What stands now of the lists that take the place of earlier ones, and every file of
    /// registrations, which only ever add: digests of what was taken over.
    taken: BTreeMap<Kind, BTreeSet<[u8; 32]>>,
}

/// Whose cases a list may change.
pub(super) enum Touched {
    Nobody,
    /// These patients', and those of the last weeks.
    These {
        keys: BTreeSet<PatientKey>,
        identities: BTreeSet<u64>,
    },
    Everybody,
}

/// A roster that begins earlier than this is about more than the last weeks.
const LATE: Days = Days::new(60);

impl Lists {
    /// Takes a list over; whose cases it may change. One that cannot be read (its key is erased)
    /// changes nothing and does not count as handed over.
    pub(super) fn take(&mut self, kind: Kind, entry: &ReadEntry) -> Touched {
        let Some(text) = entry.personal_text("taken") else {
            return Touched::Nobody;
        };
        let touched = match kind {
            Kind::Arrivals => rows(text).map(|rows| self.arrivals(rows, entry)),
            Kind::Duty => rows(text).map(|duty| self.duty(duty, entry)),
            Kind::Staff => rows(text).map(|staff| self.staff(staff, entry.wall)),
            Kind::Protected => rows(text).map(|people| {
                self.protected.replace(people, entry.wall);
                Touched::Everybody
            }),
            Kind::Decoys => rows(text).map(|people| {
                self.decoys.replace(people, entry.wall);
                Touched::Everybody
            }),
        };
        if touched.is_some() {
            let lines = entry
                .fields
                .get("lines")
                .and_then(serde_json::Value::as_u64);
            self.last
                .insert(kind, (entry.wall, lines.unwrap_or_default()));
            let taken = self.taken.entry(kind).or_default();
            if kind != Kind::Arrivals {
                taken.clear();
            }
            taken.insert(Sha256::digest(text).into());
        }
        touched.unwrap_or(Touched::Nobody)
    }

    pub(super) fn last(&self, kind: Kind) -> Option<(DateTime<Utc>, u64)> {
        self.last.get(&kind).copied()
    }

    /// Whether taking this over would change nothing.
    pub(super) fn knows(&self, kind: Kind, taken: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(taken).into();
        let known = self.taken.get(&kind);
        known.is_some_and(|known| known.contains(&digest))
    }

    fn arrivals(&mut self, rows: Vec<TakenArrival>, entry: &ReadEntry) -> Touched {
        let known = entry.wall;
        let (mut keys, mut identities) = (BTreeSet::new(), BTreeSet::new());
        for row in rows {
            keys.extend(row.patient.clone());
            identities.extend(&row.identities);
            let arrival = Arrival {
                at: row.at,
                known,
                visit: row.visit,
                // Whoever hands a list in stands for what it says, too.
                authors: row
                    .author
                    .into_iter()
                    .chain(entry.account.clone())
                    .collect(),
            };
            if self.reach.last().is_none_or(|(_, until)| *until < row.at) {
                self.reach.push((known, row.at));
            }
            if let Some(key) = row.patient {
                add(self.by_number.entry(key).or_default(), &arrival);
            }
            for identity in row.identities {
                add(self.by_identity.entry(identity).or_default(), &arrival);
            }
        }
        Touched::These { keys, identities }
    }

    /// What a roster says of a day takes the place of what an earlier one said.
    fn duty(&mut self, duty: TakenDuty, entry: &ReadEntry) -> Touched {
        let known = entry.wall;
        let is_old = duty
            .days
            .first()
            .and_then(|first| first.checked_add_days(LATE))
            .is_some_and(|late| late < day(known));
        let mut shifts: BTreeSet<Shift> = duty.shifts.into_iter().collect();
        for (shift, life, _) in self.shifts.values_mut().flatten() {
            let is_of = life.gone.is_none() && duty.days.contains(&day(shift.from));
            if is_of && !shifts.remove(shift) {
                life.gone = Some(known);
            }
        }
        for shift in shifts {
            let own = self.shifts.entry(shift.account.clone()).or_default();
            own.push((shift, Life::since(known), entry.account.clone()));
        }
        for day in duty.days {
            self.days.entry(day).or_insert(known);
        }
        if is_old {
            Touched::Everybody
        } else {
            Touched::These {
                keys: BTreeSet::new(),
                identities: BTreeSet::new(),
            }
        }
    }

    fn staff(&mut self, staff: Vec<StaffMember>, known: DateTime<Utc>) -> Touched {
        let mut staff: BTreeSet<StaffMember> = staff.into_iter().collect();
        for (member, life) in &mut self.staff {
            if life.gone.is_none() && !staff.remove(member) {
                life.gone = Some(known);
            }
        }
        for member in staff {
            let number = self.staff.len();
            for name in &member.traits.names {
                self.named.entry(*name).or_default().push(number);
            }
            if let Some(account) = &member.account {
                let own = self.by_account.entry(account.clone()).or_default();
                own.push(number);
            }
            self.staff.push((member, Life::since(known)));
        }
        Touched::Everybody
    }

    /// How far registrations reached, by what was known.
    pub(super) fn arrivals_until(&self, as_of: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        let mut reach = self.reach.iter().rev();
        let is_known = |(known, _): &&(DateTime<Utc>, _)| as_of.is_none_or(|at| *known <= at);
        reach.find(is_known).map(|(_, until)| *until)
    }

    /// A patient's registrations, oldest first.
    pub(super) fn arrivals_of(&self, patient: &PatientKey, identities: &[u64]) -> Vec<Arrival> {
        let by_number = self.by_number.get(patient).into_iter().flatten();
        let by_identity = identities
            .iter()
            .filter_map(|identity| self.by_identity.get(identity))
            .flatten();
        let mut found: Vec<Arrival> = Vec::new();
        for arrival in by_number.chain(by_identity) {
            add(&mut found, arrival);
        }
        found.sort_by_key(|arrival| arrival.at);
        found
    }

    /// What the roster says of an account at an instant, by what was known; `None` where it does not
    /// cover that day and no duty of a day before reaches into it.
    pub(super) fn duty_of(
        &self,
        account: &AccountId,
        at: DateTime<Utc>,
        as_of: Option<DateTime<Utc>>,
    ) -> Option<Duty> {
        let shifts = self.shifts.get(account).map_or(&[][..], Vec::as_slice);
        let away = |shift: &Shift| {
            (shift.from - at)
                .max(at - shift.until)
                .max(TimeDelta::zero())
        };
        let nearest = shifts
            .iter()
            .filter(|(_, life, _)| life.is_at(as_of))
            .map(|(shift, _, by)| (shift, by))
            .min_by_key(|(shift, _)| away(shift));
        let is_covered = self
            .days
            .get(&day(at))
            .is_some_and(|known| as_of.is_none_or(|at| *known <= at));
        match nearest {
            Some((shift, by)) if shift.from <= at && at < shift.until => Some(Duty::On {
                department: shift.department.clone(),
                authors: shift.author.iter().chain(by).cloned().collect(),
            }),
            _ if !is_covered => None,
            Some((shift, _)) => Some(Duty::Off(Some(away(shift).num_minutes()))),
            None => Some(Duty::Off(None)),
        }
    }

    /// What the staff list says of an account.
    pub(super) fn member(
        &self,
        account: &AccountId,
        as_of: Option<DateTime<Utc>>,
    ) -> Option<&Traits> {
        let numbers = self.by_account.get(account).into_iter().flatten();
        let mut members = numbers.filter_map(|number| self.staff.get(*number));
        let found = members.find(|(_, life)| life.is_at(as_of));
        found.map(|(member, _)| &member.traits)
    }

    /// Whether somebody of the staff other than this account is the patient.
    pub(super) fn is_colleague(
        &self,
        patient: &Traits,
        account: &AccountId,
        as_of: Option<DateTime<Utc>>,
    ) -> bool {
        patient
            .names
            .iter()
            .filter_map(|name| self.named.get(name))
            .flatten()
            .filter_map(|number| self.staff.get(*number))
            .any(|(member, life)| {
                life.is_at(as_of)
                    && member.account.as_ref() != Some(account)
                    && member.traits.relation(patient) == Relation::Same
            })
    }

    pub(super) fn is_protected(&self, patient: &PatientKey, as_of: Option<DateTime<Utc>>) -> bool {
        self.protected.has(patient, as_of)
    }

    pub(super) fn is_decoy(&self, patient: &PatientKey, as_of: Option<DateTime<Utc>>) -> bool {
        self.decoys.has(patient, as_of)
    }
}

fn day(at: DateTime<Utc>) -> NaiveDate {
    japanese_time(at).date_naive()
}

/// Adds a registration that is not there; what became known first stays.
fn add(list: &mut Vec<Arrival>, arrival: &Arrival) {
    let is_it = |known: &Arrival| known.at == arrival.at && known.visit == arrival.visit;
    if !list.iter().any(is_it) {
        list.push(arrival.clone());
    }
}

fn rows<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}
