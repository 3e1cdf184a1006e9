//! The patient's own drugs compared with the patient's own allergens: facts, no inference (B8).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    allergy::Allergy,
    code::{Coding, Concept},
    date::Date,
    medication::Act,
    record::Content,
    section::SourceName,
    text::{folded, normalised},
    words::{allergies::AllergyWords, states::StateWords},
};

use super::{agent, drug_code::Identity, drug_rows::Line, piece::Piece};

/// So many days of giving are named; the rest is counted.
const DAYS_NAMED: usize = 3;

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
    unnamed: usize,
    hidden: bool,
    missing: Vec<SourceName>,
    partial: bool,
}

#[derive(Clone, Debug)]
struct Drug {
    identity: Identity,
    parts: Vec<String>,
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

/// How a drug and an allergen are the same, the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// All twelve characters of YJ.
    Product,
    /// The first nine: brand apart.
    Generic,
    /// The first seven: ingredient and route.
    Ingredient,
    /// The name in one spelling.
    Name,
    /// The name of one part of a combination.
    Part,
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
            let line = Line {
                piece: *piece,
                medication,
                identity,
            };
            // What was cancelled, stopped or never taken was not given.
            if !line.is_valid() || medication.status.as_deref() == Some("do-not-perform") {
                continue;
            }
            let identity = line.identity;
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
                    parts: parts(&without_brackets(&identity.title)),
                    identity,
                    events: Vec::new(),
                })
                .events
                .push(event);
        }
        known.drugs = alike.into_values().collect();
        known
    }

    /// The drugs that are the allergen: given after it was recorded first, the latest first.
    pub(super) fn facts(&self, allergy: &Allergy) -> Vec<Fact> {
        let allergen = Allergen::of(&allergy.agent);
        let mut facts: Vec<Fact> = self
            .drugs
            .iter()
            .filter_map(|drug| Some(fact(drug, allergen.how(drug)?, allergy)))
            .collect();
        facts.sort_by(|left, right| {
            let rank = |fact: &Fact| (fact.when, fact.days.first().cloned());
            (rank(right), &left.title).cmp(&(rank(left), &right.title))
        });
        facts
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
            let allergen = Allergen::of(&allergy.agent);
            if allergen.identity.nine().is_some() {
                continue;
            }
            if allergen.is_class_of_drugs(allergy) {
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

/// An allergen, ready to be compared.
struct Allergen {
    identity: Identity,
    parts: Vec<String>,
}

impl Allergen {
    fn of(agent: &Concept) -> Self {
        let identity = Identity::of(agent, &[]);
        Self {
            parts: parts(&identity.title),
            identity,
        }
    }

    fn how(&self, drug: &Drug) -> Option<How> {
        let (left, right) = (&self.identity, &drug.identity);
        let same = |left: Option<&str>, right: Option<&str>| left.is_some() && left == right;
        if same(left.product(), right.product()) {
            return Some(How::Product);
        }
        if same(left.nine(), right.nine()) {
            return Some(How::Generic);
        }
        if same(left.seven(), right.seven()) {
            return Some(How::Ingredient);
        }
        let (mine, theirs) = (whole_name(left), whole_name(right));
        if mine.is_some() && mine == theirs {
            let alone = is_combination(&left.title) == is_combination(&right.title);
            return Some(if alone { How::Name } else { How::Part });
        }
        // Whole parts only: a name inside a longer one is another name.
        let mine: BTreeSet<&String> = self.parts.iter().chain(&mine).collect();
        let theirs: BTreeSet<&String> = drug.parts.iter().chain(&theirs).collect();
        (!mine.is_disjoint(&theirs)).then_some(How::Part)
    }

    /// Whether it names a class of drugs rather than one: no name of a drug is equal to it.
    fn is_class_of_drugs(&self, allergy: &Allergy) -> bool {
        let food = allergy
            .categories
            .iter()
            .any(|category| category == "food" || category == "environment")
            || agent::is_coded_as_food(&allergy.agent);
        let name = self.identity.name().unwrap_or_default();
        let all = self.parts.iter().map(String::as_str).chain([name]);
        !food
            && all
                .into_iter()
                .all(|name| name.is_empty() || is_class(name))
    }
}

/// The name in one spelling, where it is the name and not the end of another drug's.
fn whole_name(identity: &Identity) -> Option<String> {
    /// A derivative is another drug: モルヒネ is not アポモルヒネ.
    const DERIVED: [&str; 9] = [
        "アポ",
        "ジヒドロ",
        "メチル",
        "エチル",
        "アセチル",
        "ヒドロキシ",
        "デス",
        "ノル",
        "レボ",
    ];
    let name = identity.name().map(folded).filter(|name| is_long(name))?;
    let title = folded(&identity.title);
    let derived = DERIVED
        .iter()
        .any(|prefix| title.contains(&(folded(prefix) + &name)));
    (!derived).then_some(name)
}

/// Two characters in Japanese, three in Latin: less names nothing.
fn is_long(name: &str) -> bool {
    name.chars().count() > if name.is_ascii() { 2 } else { 1 }
}

/// Whether a name ends like one of many drugs: ペニシリン系, サルファ剤, 抗菌薬.
fn is_class(name: &str) -> bool {
    const ENDINGS: [&str; 10] = [
        "系",
        "剤",
        "類",
        "薬",
        "抗生物質",
        "薬品",
        "ins",
        "ides",
        "nsaids",
        "antibiotics",
    ];
    let name = normalised(name).to_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn is_combination(title: &str) -> bool {
    let title = without_brackets(title);
    title.contains("配合") || parts(&title).len() > 1
}

/// A drug's name without what stands in brackets: makers and ways of making.
fn without_brackets(title: &str) -> String {
    let mut depth = 0_usize;
    normalised(title)
        .chars()
        .filter(|c| match c {
            '(' | '「' | '[' | '【' => {
                depth += 1;
                false
            }
            ')' | '」' | ']' | '】' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect()
}

/// The names that a combination, or a round bracket, holds: 「セフェム系（セファクロル）」,
/// 「アムロジピン・アトルバスタチン配合錠」. One name is no list, a maker in 「」 no part, and
/// neither is a strength or form.
fn parts(title: &str) -> Vec<String> {
    const FORMS: [&str; 8] = [
        "tablet",
        "capsule",
        "dose",
        "vial",
        "actuation",
        "hour",
        "injection",
        "oral",
    ];
    let title = normalised(title).to_lowercase();
    let title = title.split('「').next().unwrap_or_default();
    let found: Vec<&str> = title
        .split(['・', '/', '+', '、', ',', '(', ')'])
        .map(str::trim)
        .filter(|part| part.chars().next().is_some_and(char::is_alphabetic))
        .filter(|part| is_long(part) && !FORMS.contains(part))
        .collect();
    if found.len() < 2 {
        return Vec::new();
    }
    let mut names: Vec<String> = found
        .into_iter()
        .filter_map(|part| {
            let named = Concept {
                text: Some(part.to_owned()),
                codings: Vec::new(),
            };
            whole_name(&Identity::of(&named, &[]))
        })
        .filter(|name| !is_class(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
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

impl How {
    fn words(self, text: &AllergyWords) -> &'static str {
        match self {
            Self::Product => text.by_product,
            Self::Generic => text.by_generic,
            Self::Ingredient => text.by_ingredient,
            Self::Name => text.by_name,
            Self::Part => text.by_part,
        }
    }
}

#[cfg(test)]
#[path = "cross_tests.rs"]
mod tests;
