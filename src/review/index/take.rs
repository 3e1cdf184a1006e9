//! What each entry says of cases.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::Value;

use super::{Desk, Habit, Marks, Search, lists::Touched};
use crate::{
    domain::{
        access::{AccountId, Basis, End, Flag, GrantId, NodeId, PatientKey, Person, Role},
        clock::japanese_time,
        date::Date,
        event::SecondFactor,
        review::{
            Facts, Given, Kind, Look, Relation, Standing, Terminals, Traits, Verdict, Volume,
            WhyNot, identities,
        },
    },
    ledger::ReadEntry,
    review::case::{Case, Place, Told},
};

/// How long searches are remembered: an hour before a start and an hour after it.
const SEARCHES: TimeDelta = TimeDelta::hours(3);
/// How far a search may lie from the start of a grant and belong to it.
const NEAR: TimeDelta = TimeDelta::hours(1);
/// How far back a list is read into cases that it does not name.
const LATELY: TimeDelta = TimeDelta::days(100);
/// The longest session.
const SESSION: TimeDelta = TimeDelta::hours(12);
/// How long a vouching for a factor is good.
const VOUCHED: TimeDelta = TimeDelta::hours(12);

impl Desk {
    pub(super) fn take(&mut self, entry: &ReadEntry, marks: Marks<'_>) {
        if is_of_the_ward(entry) {
            self.pulse.note(entry.wall);
        }
        self.since.get_or_insert(entry.wall);
        match entry.event.as_str() {
            "signed_in" => self.signed_in(entry),
            "searched" => self.searched(entry),
            "grant_started" => self.started(entry, marks),
            "administered" => self.administered(entry),
            "list_taken" => self.list_taken(entry),
            "handoff_step" => self.answered(entry),
            "handoff_revealed" => self.handed_over(entry),
            "prefetched" if entry.grant.is_none() => self.handed_over(entry),
            "viewed" | "prefetched" | "identified" | "noted" | "corrected" | "grant_ended"
            | "grant_stopped" | "case_opened" | "reviewed" | "debriefed" => self.said(entry),
            _ => {}
        }
    }

    /// The clock was moved on a node: every case that is open there saw it.
    pub(super) fn step(&mut self, node: &NodeId, step: i64) {
        let running: Vec<usize> = self.running.iter().copied().collect();
        for number in running {
            if let Some(case) = self.cases.get_mut(number)
                && case.place.0 == *node
            {
                let known = case.facts.clock_step_ms.unwrap_or_default();
                if step.abs() > known.abs() {
                    case.facts.clock_step_ms = Some(step);
                    self.changed.insert(number);
                }
            }
        }
    }

    fn habit(&mut self, account: &AccountId) -> &mut Habit {
        self.habits.entry(account.clone()).or_default()
    }

    fn signed_in(&mut self, entry: &ReadEntry) {
        let Some(account) = &entry.account else {
            return;
        };
        let habit = self.habit(account);
        habit.sign_ins += 1;
        if let Some(terminal) = &entry.terminal {
            let first = (0, entry.wall);
            let known = habit.terminals.entry(terminal.clone()).or_insert(first);
            known.0 += 1;
        }
        habit.last = Some(place(entry));
    }

    fn searched(&mut self, entry: &ReadEntry) {
        let Some(account) = &entry.account else {
            return;
        };
        let listed = entry.fields.get("listed").and_then(Value::as_array);
        let listed: Vec<PatientKey> = listed
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(|key| PatientKey(key.to_owned()))
            .collect();
        if listed.is_empty() {
            return;
        }
        let habit = self.habit(account);
        habit.searches.push_back(Search {
            at: entry.wall,
            place: place(entry),
            listed,
        });
        while let Some(first) = habit.searches.front()
            && entry.wall.signed_duration_since(first.at) > SEARCHES
        {
            habit.searches.pop_front();
        }
        self.count_searches(account, entry.wall);
    }

    /// Counts anew, for the account's cases near an instant, the searches that opened nobody.
    fn count_searches(&mut self, account: &AccountId, at: DateTime<Utc>) {
        let (Some(habit), Some(own)) = (self.habits.get(account), self.by_account.get(account))
        else {
            return;
        };
        let near =
            |one: DateTime<Utc>, two: DateTime<Utc>| one.signed_duration_since(two).abs() <= NEAR;
        let has_opened = |key: &PatientKey, search: &Search| {
            self.looks.get(key).is_some_and(|looks| {
                looks
                    .iter()
                    .any(|look| look.account == *account && near(look.at, search.at))
            })
        };
        let mut counted = Vec::new();
        for number in own.iter().rev() {
            let Some(case) = self.cases.get(*number) else {
                break;
            };
            let started = case.facts.started;
            // What comes later does not concern it, and what was before may be forgotten by now.
            if at.signed_duration_since(started) > NEAR {
                break;
            }
            let unopened = habit.searches.iter().filter(|search| {
                near(search.at, started) && !search.listed.iter().any(|key| has_opened(key, search))
            });
            counted.push((*number, u32::try_from(unopened.count()).unwrap_or(u32::MAX)));
        }
        for (number, unopened) in counted {
            if let Some(case) = self.cases.get_mut(number) {
                case.facts.unopened = unopened;
                self.changed.insert(number);
            }
        }
    }

    fn started(&mut self, entry: &ReadEntry, marks: Marks<'_>) {
        let (Some(grant), Some(account), Some(patient)) =
            (&entry.grant, &entry.account, &entry.patient)
        else {
            return;
        };
        let renewed = entry.word("renews").map(|id| GrantId(id.to_owned()));
        if let Some(number) = renewed.and_then(|id| self.number_of(&id)) {
            self.renewed(number, grant, entry);
            return;
        }
        if read_word::<Basis>(entry.basis.as_deref()) == Some(Basis::Emergency) {
            let case = self.new_case(entry, (grant, account, patient), marks);
            self.add(case);
        }
        self.looks.entry(patient.clone()).or_default().push(Look {
            account: account.clone(),
            at: entry.wall,
        });
        let same: Vec<usize> = self.by_patient.get(patient).cloned().unwrap_or_default();
        self.changed.extend(same);
        self.count_searches(account, entry.wall);
    }

    /// A handoff was revealed here, or what it is about fetched ahead: that says whom it brings, and
    /// nothing of when. A crew's own look at what it wrote itself explains nothing.
    fn handed_over(&mut self, entry: &ReadEntry) {
        let is_of_crew = entry.role.as_deref().and_then(Role::parse) == Some(Role::Paramedic);
        let (Some(patient), Some(handoff)) = (&entry.patient, entry.word("handoff")) else {
            return;
        };
        if is_of_crew {
            return;
        }
        let known = self.handoffs.entry(patient.clone()).or_default();
        known.insert(handoff.to_owned());
        let run = self.runs.entry(handoff.to_owned()).or_default();
        run.patients.insert(patient.clone());
        let same: Vec<usize> = self.by_patient.get(patient).cloned().unwrap_or_default();
        self.changed.extend(same);
    }

    /// The facility accepted what a crew asked it, or took the patient over.
    fn answered(&mut self, entry: &ReadEntry) {
        let is_answer = matches!(entry.word("step"), Some("accept" | "receive"));
        let Some(handoff) = entry.word("handoff").filter(|_| is_answer) else {
            return;
        };
        let run = self.runs.entry(handoff.to_owned()).or_default();
        run.at.push(entry.wall);
        let same = run
            .patients
            .iter()
            .filter_map(|one| self.by_patient.get(one));
        self.changed.extend(same.flatten());
    }

    fn renewed(&mut self, number: usize, grant: &GrantId, entry: &ReadEntry) {
        self.by_grant.insert(grant.clone(), number);
        self.running.insert(number);
        self.changed.insert(number);
        if let Some(case) = self.cases.get_mut(number) {
            case.renewals += 1;
            case.facts.ended = None;
            // What is remarkable of the renewal is remarkable of the case.
            case.facts.opening.extend(opening(entry));
            case.places.push(place(entry));
        }
    }

    fn add(&mut self, case: Case) {
        let number = self.cases.len();
        self.by_grant.insert(case.grant.clone(), number);
        self.by_place.insert(case.place.clone(), number);
        let account = case.facts.account.clone();
        self.by_account.entry(account).or_default().push(number);
        let patient = case.patient.clone();
        self.by_patient.entry(patient).or_default().push(number);
        for identity in &case.identities {
            self.by_identity.entry(*identity).or_default().push(number);
        }
        self.running.insert(number);
        self.young.insert(number);
        self.changed.insert(number);
        self.cases.push(case);
    }

    fn new_case(
        &self,
        entry: &ReadEntry,
        (grant, account, patient): (&GrantId, &AccountId, &PatientKey),
        marks: Marks<'_>,
    ) -> Case {
        let (patient_traits, identities) = entry
            .person()
            .map(|person| hashed(&person, marks(&entry.facility).as_ref()))
            .unwrap_or_default();
        let habit = self.habits.get(account);
        let led = habit.map(|habit| led_to(habit, patient, entry.wall));
        let permitted = habit.map(|habit| permitted(habit, entry.wall));
        Case {
            grant: grant.clone(),
            place: place(entry),
            receipt: entry.receipt.clone().unwrap_or_default(),
            role: entry.role.as_deref().and_then(Role::parse),
            terminal: entry.terminal.clone(),
            patient: patient.clone(),
            facts: self.new_facts(entry, account, patient),
            standing: Standing::default(),
            renewals: 0,
            views: 0,
            given: Vec::new(),
            told: None,
            permitted: permitted.unwrap_or_default(),
            is_erased: entry.person().is_none(),
            patient_traits,
            identities,
            places: led.into_iter().flatten().chain([place(entry)]).collect(),
        }
    }

    /// What an entry says of the start; the rest is completed before rules look at it.
    fn new_facts(&self, entry: &ReadEntry, account: &AccountId, patient: &PatientKey) -> Facts {
        let opening = opening(entry);
        let looks = self.looks.get(patient).map_or(&[][..], Vec::as_slice);
        let own = looks.iter().filter(|look| look.account == *account);
        Facts {
            account: account.clone(),
            started: entry.wall,
            ended: None,
            reason: read_word(entry.reason.as_deref()),
            found_by: read_word(entry.word("found_by")),
            identified_by: read_word(entry.word("identified_by")),
            factor: read_word::<SecondFactor>(entry.second_factor.as_deref()),
            opening,
            relation: Relation::None,
            is_colleague: false,
            is_protected: false,
            is_decoy: false,
            duty: None,
            terminals: self.terminals(entry, account),
            volume: self.volume(account, entry.wall),
            unopened: 0,
            earlier: own.map(|look| look.at).max(),
            arrivals: Vec::new(),
            handoffs: Vec::new(),
            arrivals_until: None,
            looks: Vec::new(),
            clock_step_ms: entry.clock_step_ms,
        }
    }

    /// What the account used before: what it signed in at first within the longest session is new.
    fn terminals(&self, entry: &ReadEntry, account: &AccountId) -> Terminals {
        let (Some(habit), Some(terminal)) = (self.habits.get(account), &entry.terminal) else {
            return Terminals::default();
        };
        let known = habit.terminals.get(terminal);
        let here = known.filter(|(_, first)| entry.wall.signed_duration_since(*first) > SESSION);
        Terminals {
            here: here.map_or(0, |(count, _)| *count),
            ever: habit.sign_ins.saturating_sub(1),
        }
    }

    /// How much the account looked, this look with it.
    fn volume(&self, account: &AccountId, at: DateTime<Utc>) -> Volume {
        let mut volume = Volume {
            day: 1,
            ..Volume::default()
        };
        let mut days: BTreeMap<NaiveDate, u32> = BTreeMap::new();
        for case in self.of_account(account).rev() {
            let before = at.signed_duration_since(case.facts.started);
            if before <= TimeDelta::hours(24) {
                volume.day += 1;
            } else if before <= TimeDelta::days(31) {
                volume.month += 1;
                let day = japanese_time(case.facts.started).date_naive();
                *days.entry(day).or_default() += 1;
            } else {
                break;
            }
        }
        volume.days = u32::try_from(days.len()).unwrap_or(u32::MAX);
        let mut counts: Vec<u32> = days.into_values().collect();
        counts.sort_unstable();
        volume.usual = counts.get(counts.len() / 2).copied().unwrap_or_default();
        volume
    }

    /// What was said of a case later.
    fn said(&mut self, entry: &ReadEntry) {
        let Some(number) = entry.grant.as_ref().and_then(|id| self.number_of(id)) else {
            return;
        };
        let Some(case) = self.cases.get_mut(number) else {
            return;
        };
        case.places.push(place(entry));
        case.hear(entry);
        if case.facts.ended.is_some() {
            self.running.remove(&number);
        }
        self.changed.insert(number);
    }

    fn administered(&mut self, entry: &ReadEntry) {
        let (Some(what), Some(whom)) = (entry.word("what"), entry.word("whom")) else {
            return;
        };
        let whom = AccountId(whom.to_owned());
        if what == "permission_given" {
            self.habit(&whom).permitted.clone_from(&entry.account);
        } else if what == "vouched_for_factor" {
            let vouched = entry.account.clone().map(|by| (by, entry.wall));
            self.habit(&whom).vouched = vouched;
        }
    }

    fn list_taken(&mut self, entry: &ReadEntry) {
        let Some(kind) = entry.word("what").and_then(Kind::parse) else {
            return;
        };
        let touched = self.lists.take(kind, entry);
        match touched {
            Touched::Nobody => {}
            Touched::Everybody => self.changed.extend(0..self.cases.len()),
            Touched::These { keys, identities } => {
                let by_key = keys.iter().filter_map(|key| self.by_patient.get(key));
                let named = identities
                    .iter()
                    .filter_map(|one| self.by_identity.get(one));
                let numbers: Vec<usize> = by_key.chain(named).flatten().copied().collect();
                self.changed.extend(numbers);
                self.changed.extend(self.lately(entry.wall));
            }
        }
    }

    /// The cases of the last weeks: how far registrations and rosters reach matters to them.
    fn lately(&self, at: DateTime<Utc>) -> Vec<usize> {
        let is_late = |case: &Case| at.signed_duration_since(case.facts.started) <= LATELY;
        let numbers = (0..self.cases.len()).rev();
        numbers
            .take_while(|number| self.cases.get(*number).is_some_and(is_late))
            .collect()
    }
}

/// What people do at terminals for patients. What auditors, administrators and the service itself
/// do would hide that nobody else does anything.
fn is_of_the_ward(entry: &ReadEntry) -> bool {
    let is_by_ward = |role: &str| !matches!(role, "auditor" | "administrator");
    entry.role.as_deref().is_some_and(is_by_ward)
        && matches!(
            &*entry.event,
            "signed_in" | "unlocked" | "searched" | "grant_started" | "viewed" | "grant_ended"
        )
}

/// What was flagged when a grant was opened.
fn opening(entry: &ReadEntry) -> BTreeSet<Flag> {
    let flags = entry.fields.get("flags").and_then(Value::as_array);
    flags
        .into_iter()
        .flatten()
        .filter_map(|word| read_word(word.as_str()))
        .collect()
}

impl Case {
    fn hear(&mut self, entry: &ReadEntry) {
        match entry.event.as_str() {
            "viewed" => self.views += 1,
            "identified" => {
                self.facts.identified_by = read_word(entry.word("identified_by"));
            }
            "corrected" => {
                self.facts.reason = read_word(entry.word("reason")).or(self.facts.reason);
            }
            "grant_ended" | "grant_stopped" => {
                let end = entry.word("end").and_then(End::parse);
                if let Some(end) = end.filter(|end| *end != End::Renewed) {
                    self.facts.ended = Some((end, entry.wall));
                }
            }
            "reviewed" => {
                let verdict = entry.word("verdict").and_then(Verdict::parse);
                if let (Some(verdict), Some(by)) = (verdict, entry.account.clone()) {
                    let at = entry.wall;
                    self.given.push(Given { by, verdict, at });
                }
            }
            "debriefed" => {
                self.told = match entry.word("why").and_then(WhyNot::parse) {
                    Some(why) => Some(Told::No(why)),
                    None => Some(Told::Yes),
                };
            }
            _ => {}
        }
    }
}

/// The sign-in and the search that led to a grant.
fn led_to(habit: &Habit, patient: &PatientKey, at: DateTime<Utc>) -> Vec<Place> {
    let sign_in = habit.last.clone();
    let search = habit.searches.iter().rev().find(|search| {
        search.listed.contains(patient) && at.signed_duration_since(search.at) <= NEAR
    });
    let search = search.map(|search| search.place.clone());
    sign_in.into_iter().chain(search).collect()
}

/// Who made it possible.
fn permitted(habit: &Habit, at: DateTime<Utc>) -> Vec<AccountId> {
    let vouched = habit
        .vouched
        .as_ref()
        .filter(|(_, since)| at.signed_duration_since(*since) <= VOUCHED)
        .map(|(by, _)| by.clone());
    habit.permitted.iter().cloned().chain(vouched).collect()
}

/// A patient as keyed hashes.
fn hashed(person: &Person, mark: &dyn Fn(&str) -> u64) -> (Traits, Vec<u64>) {
    let Some(patient) = &person.patient else {
        return (Traits::default(), Vec::new());
    };
    let birth = match patient.birth_date {
        Some(Date::Day(day)) => Some(day),
        Some(_) | None => None,
    };
    let address = patient.address.as_deref().or(patient.town.as_deref());
    let traits = Traits::of(patient.spellings(), birth, address, mark);
    let known = birth.map(|birth| identities(patient.spellings(), birth, mark));
    (traits, known.into_iter().flatten().collect())
}

pub(super) fn place(entry: &ReadEntry) -> Place {
    (entry.node.clone(), entry.seq)
}

/// A word of an entry as its value.
fn read_word<T: serde::de::DeserializeOwned>(word: Option<&str>) -> Option<T> {
    serde_json::from_value(Value::String(word?.to_owned())).ok()
}
