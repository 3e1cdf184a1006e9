//! The patient's own drugs compared with the patient's own allergens: facts, no inference (B8).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    allergy::Allergy,
    code::{Coding, Concept},
    date::Date,
    medication::Act,
    record::Content,
    section::SourceName,
    text::folded,
    words::{allergies::AllergyWords, states::StateWords},
};

use super::{
    agent,
    alike::{How, is_class_of_drugs, is_combination, keys, without_brackets},
    drug_code::Identity,
    drug_rows,
    piece::Piece,
};

/// So many days of giving are named; the rest is counted.
const DAYS_NAMED: usize = 3;
/// So many drugs are named at one allergen; the rest is counted.
const DRUGS_NAMED: usize = 8;

/// The drugs that came in, and what is known of those that did not.
#[derive(Clone, Debug)]
pub(super) struct Drugs<'a> {
    /// All drug resources of this patient, those outside the window too.
    pub(super) pieces: &'a [Piece<'a>],
    /// Those that are in a row of the drug list.
    pub(super) listed: BTreeSet<usize>,
    /// Whether the viewer may not see drugs: then nothing of them is said.
    pub(super) hidden: bool,
    /// Sources of drugs that did not answer.
    pub(super) missing: Vec<SourceName>,
    /// Whether a source has more drugs than were fetched.
    pub(super) partial: bool,
}

/// The drugs, each once, ready to be compared.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    drugs: Vec<Drug>,
    /// The drugs by what they are the same by.
    by: BTreeMap<(How, String), Vec<usize>>,
    unnamed: usize,
    hidden: bool,
    missing: Vec<SourceName>,
    partial: bool,
}

#[derive(Clone, Debug)]
struct Drug {
    identity: Identity,
    events: Vec<Event>,
}

/// One prescription, dispensing or statement.
#[derive(Clone, Debug)]
struct Event {
    number: usize,
    act: Act,
    date: Option<Date>,
    facility: Option<String>,
    listed: bool,
}

/// When something was given, against what the allergy says of itself; the most telling last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    /// Before, or it cannot be told.
    Open,
    /// After its onset.
    AfterOnset,
    /// After it was written down.
    AfterRecord,
}

/// A drug that is the allergen, and when it was given.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    title: String,
    how: How,
    when: When,
    act: Act,
    days: Vec<String>,
    facility: Option<String>,
    listed: bool,
    /// The resources it is taken from that are in no row of the drug list.
    pub(super) numbers: Vec<usize>,
}

impl Known {
    /// Reads the drugs, where there is anything to compare them with.
    pub(super) fn of(drugs: &Drugs<'_>, needed: bool) -> Self {
        let mut known = Self {
            hidden: drugs.hidden,
            missing: drugs.missing.clone(),
            partial: drugs.partial,
            ..Self::default()
        };
        if !needed {
            return known;
        }
        // Charts repeat the same drug a hundred times: each is read once.
        let mut read: BTreeMap<(&Concept, &[Coding]), Identity> = BTreeMap::new();
        let mut alike: BTreeMap<(String, Option<String>), Drug> = BTreeMap::new();
        for piece in drugs.pieces {
            let Content::Medication(medication) = &piece.record.content else {
                continue;
            };
            let identity = read
                .entry((&medication.drug, &medication.ingredients))
                .or_insert_with(|| Identity::of(&medication.drug, &medication.ingredients))
                .clone();
            // What was cancelled, stopped or never taken was not given.
            if !drug_rows::stands(medication)
                || medication.status.as_deref() == Some("do-not-perform")
            {
                continue;
            }
            if identity.name().is_none() && identity.nine().is_none() {
                known.unnamed += 1;
                continue;
            }
            let event = Event {
                number: piece.number,
                act: medication.act,
                date: medication
                    .dispensed
                    .or(medication.authored)
                    .or(medication.starts),
                facility: piece.record.origin.facility.clone(),
                listed: drugs.listed.contains(&piece.number),
            };
            let key = (folded(&identity.title), identity.nine().map(str::to_owned));
            alike
                .entry(key)
                .or_insert_with(|| Drug {
                    identity,
                    events: Vec::new(),
                })
                .events
                .push(event);
        }
        known.drugs = alike.into_values().collect();
        for (at, drug) in known.drugs.iter().enumerate() {
            let title = without_brackets(&drug.identity.title);
            for key in keys(&drug.identity, &title) {
                known.by.entry(key).or_default().push(at);
            }
        }
        known
    }

    /// The drugs that are the allergen: given after it was recorded first, the latest first; and
    /// how many more there are.
    pub(super) fn facts(&self, allergy: &Allergy) -> (Vec<Fact>, usize) {
        let identity = Identity::of(&allergy.agent, &[]);
        let mut matching: BTreeMap<usize, How> = BTreeMap::new();
        for key in keys(&identity, &identity.title) {
            let alike = self.by.get(&key).into_iter().flatten();
            for at in alike {
                // The closest way comes first.
                matching.entry(*at).or_insert(key.0);
            }
        }
        let mut facts: Vec<Fact> = matching
            .into_iter()
            .filter_map(|(at, how)| {
                let drug = self.drugs.get(at)?;
                let how = how.seen(&identity.title, &drug.identity.title);
                Some(fact(drug, how, allergy))
            })
            .collect();
        facts.sort_by(|left, right| {
            let rank = |fact: &Fact| (fact.when, fact.days.first().cloned());
            (rank(right), &left.title).cmp(&(rank(left), &right.title))
        });
        let more = facts.len().saturating_sub(DRUGS_NAMED);
        facts.truncate(DRUGS_NAMED);
        (facts, more)
    }

    /// B8: how much was compared, what could not be, and what never is. `None` where there is no
    /// active allergy.
    pub(super) fn coverage(
        &self,
        active: &[&Allergy],
        text: &AllergyWords,
        states: &StateWords,
    ) -> Option<String> {
        if active.is_empty() {
            return None;
        }
        let mut parts = if self.hidden {
            vec![text.drugs_hidden.to_owned()]
        } else {
            self.compared(active, text)
        };
        let missing = self.missing.iter().filter(|_| !self.hidden);
        parts.extend(missing.map(|source| (text.drugs_missing)((states.source)(*source))));
        if self.partial && !self.hidden {
            parts.push(text.drugs_partial.to_owned());
        }
        parts.push(text.never_checked.to_owned());
        Some(parts.join(text.stop))
    }

    fn compared(&self, active: &[&Allergy], text: &AllergyWords) -> Vec<String> {
        let (mut names, mut unchecked) = (0, Vec::new());
        for allergy in active {
            let identity = Identity::of(&allergy.agent, &[]);
            if identity.nine().is_some() {
                continue;
            }
            if is_class_of_drugs(&identity, allergy) {
                unchecked.push(not_comparable(&allergy.agent, text));
            } else {
                names += 1;
            }
        }
        let coded = |drug: &&Drug| drug.identity.nine().is_some();
        let by_name = self.drugs.iter().filter(|drug| !coded(drug)).count();
        let combinations = self
            .drugs
            .iter()
            .filter(|drug| is_combination(&drug.identity.title))
            .count();
        let compared = active.len() - unchecked.len();
        let mut parts = vec![(text.checked)(compared, self.drugs.len())];
        if names + by_name > 0 {
            parts.push((text.name_only)(names, by_name));
        }
        if combinations > 0 {
            parts.push((text.combinations)(combinations));
        }
        unchecked.extend((self.unnamed > 0).then(|| (text.unnamed_drugs)(self.unnamed)));
        if !unchecked.is_empty() {
            parts.push((text.not_checked)(&unchecked.join(text.comma)));
        }
        parts
    }
}

/// The name of an allergen that can be compared with no drug, and why.
fn not_comparable(agent: &Concept, text: &AllergyWords) -> String {
    let (name, _) = agent::names(agent);
    let name = match name.raw() {
        "" => text.unnamed_agent,
        name => name,
    };
    if agent.codings.iter().any(agent::names_a_substance) {
        (text.without_drug_code)(name)
    } else {
        (text.without_code)(name)
    }
}

/// What is said of one drug that is the allergen.
fn fact(drug: &Drug, how: How, allergy: &Allergy) -> Fact {
    let after = |mark: Option<Date>, date: Option<Date>| {
        mark.zip(date)
            .is_some_and(|(mark, date)| date.first_day() > mark.last_day())
    };
    let when = |event: &Event| {
        if after(allergy.recorded, event.date) {
            When::AfterRecord
        } else if after(allergy.onset, event.date) {
            When::AfterOnset
        } else {
            When::Open
        }
    };
    // What was handed out tells more than what was stated, and that more than what was prescribed.
    let weight = |event: &Event| {
        let act = match event.act {
            Act::Dispensed => 2,
            Act::Stated => 1,
            Act::Prescribed => 0,
        };
        (when(event), act)
    };
    let best = drug.events.iter().map(weight).max();
    let mut events: Vec<&Event> = drug
        .events
        .iter()
        .filter(|event| Some(weight(event)) == best)
        .collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.date.map(|date| date.last_day())));
    let mut days: Vec<String> = events
        .iter()
        .filter_map(|event| event.date)
        .map(|date| date.to_string())
        .collect();
    days.dedup();
    let latest = events.first();
    Fact {
        title: drug.identity.title.clone(),
        how,
        when: latest.map_or(When::Open, |event| when(event)),
        act: latest.map_or(Act::Prescribed, |event| event.act),
        facility: latest.and_then(|event| event.facility.clone()),
        listed: drug.events.iter().any(|event| event.listed),
        numbers: events
            .iter()
            .filter(|event| !event.listed)
            .map(|event| event.number)
            .collect(),
        days,
    }
}

impl Fact {
    /// 「記録後に調剤：アモキシシリン 2023-04-02（成分一致・表示期間外）」
    pub(super) fn words(&self, text: &AllergyWords, states: &StateWords) -> String {
        let act = (text.act)(self.act);
        let what = match self.when {
            When::AfterRecord => (text.after_record)(act),
            When::AfterOnset => (text.after_onset)(act),
            When::Open => (text.on_record)(act),
        };
        let named: Vec<&str> = self
            .days
            .iter()
            .take(DAYS_NAMED)
            .map(String::as_str)
            .collect();
        let more = self.days.len().saturating_sub(DAYS_NAMED);
        let more = (more > 0).then(|| (text.more_days)(more));
        let dates = named
            .into_iter()
            .map(str::to_owned)
            .chain(more)
            .collect::<Vec<_>>()
            .join(text.comma);
        let dates = if dates.is_empty() {
            dates
        } else {
            format!(" {dates}")
        };
        let how = [
            Some(self.how.words(text)),
            Some(text.not_listed).filter(|_| !self.listed),
            self.facility.as_deref(),
        ];
        let how: Vec<&str> = how.into_iter().flatten().collect();
        (text.fact)(&what, &self.title, &dates, &how.join(states.separator))
    }
}

#[cfg(test)]
#[path = "cross_tests.rs"]
mod tests;
