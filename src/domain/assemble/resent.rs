//! The same resource sent again by the same source: the newer one counts.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, btree_map::Entry},
};

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::{
    code::Concept,
    date::Date,
    patient::Identifier,
    record::{Content, Record, names_one},
    section::{Fate, SourceName},
    text::folded,
};

use super::arrival;

/// A resource with its number and the source that sent it.
pub(super) type Sent<'a> = (usize, Option<SourceName>, &'a Record);

/// `(number, fate, why)` of those that another one replaces. The same instance identifier from the
/// same institution replaces the older one wholly (JP-CLINS, notes of `JP_Bundle_CLINS`); the same
/// id only where both speak of the same thing, because files of several senders repeat ids; any
/// other identifier, and whatever comes from an institution that is not named, only where both
/// speak of the same thing at the same time, because a number may be that of the chart, the visit
/// or the report. Where it cannot be told which is newer, both stay. Numbers are given so that
/// equal resources without an id follow each other.
pub(super) fn replaced(sent: &[Sent<'_>]) -> Vec<(usize, Fate, String)> {
    let mut newest: BTreeMap<Key<'_>, &Sent<'_>> = BTreeMap::new();
    for one in sent {
        for key in keys(one, &Place::held(one.2)) {
            let best = newest.entry(key).or_insert(one);
            if rank(one) > rank(best) {
                *best = one;
            }
        }
    }
    let copies = copies(sent);
    sent.iter()
        .filter_map(|one| {
            let keys = keys(one, &Place::asked(one.2));
            let newer = keys
                .iter()
                .filter_map(|key| newest.get(key).copied())
                .filter(|other| order(other.2) > order(one.2))
                .max_by_key(|other| rank(other));
            if let Some(newer) = newer {
                let why = format!("replaced by {}", newer.2.resource);
                return Some((one.0, Fate::Superseded, why));
            }
            let first = copies.get(&one.0)?;
            Some((one.0, Fate::Merged, format!("the same as {first}")))
        })
        .collect()
}

/// Of those that were sent at the same time the first.
fn rank(one: &Sent<'_>) -> (Order, Reverse<usize>) {
    (order(one.2), Reverse(one.0))
}

/// What two sendings of one thing share. The newest under each key is found once, so that a
/// thousand results under one number cost no more than their number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    mark: Mark<'a>,
    source: Option<SourceName>,
    kind: &'a str,
    place: Place<'a>,
    told: Told<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark<'a> {
    /// Unique for one fact at one institution.
    Instance(&'a Identifier),
    /// A number of the sender's, of whatever it is the number.
    Number(&'a Identifier),
    Id(&'a str),
}

/// What two resources say alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told<'a> {
    Anything,
    Thing(&'a Concept),
    ThingOn(&'a Concept, Option<Date>),
}

/// The institution as it may be compared, as [`super::drug_rows::is_same_facility`] does: by number
/// where both have one, else by name; and where neither can be compared, nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place<'a> {
    Numbered(&'a str),
    Named(String),
    /// The name of one without a number.
    OnlyNamed(String),
    /// Whatever it is: to be compared with one of which nothing is known.
    Any,
    WithoutName,
    WithoutNumber,
    Nothing,
}

impl<'a> Place<'a> {
    /// Where others find this one.
    fn held(record: &'a Record) -> Vec<Self> {
        let origin = &record.origin;
        let mut held = vec![Self::Any];
        held.extend(origin.facility_number.as_deref().map(Self::Numbered));
        let name = origin.facility.as_deref().map(folded);
        held.extend(name.clone().map(Self::Named));
        match (&origin.facility_number, name) {
            (Some(_), Some(_)) => {}
            (Some(_), None) => held.push(Self::WithoutName),
            (None, Some(name)) => held.extend([Self::OnlyNamed(name), Self::WithoutNumber]),
            (None, None) => held.push(Self::Nothing),
        }
        held
    }

    /// Where this one finds others.
    fn asked(record: &'a Record) -> Vec<Self> {
        let origin = &record.origin;
        let name = origin.facility.as_deref().map(folded);
        match (origin.facility_number.as_deref(), name) {
            (Some(number), Some(name)) => {
                vec![Self::Numbered(number), Self::OnlyNamed(name), Self::Nothing]
            }
            (Some(number), None) => {
                vec![Self::Numbered(number), Self::WithoutNumber, Self::Nothing]
            }
            (None, Some(name)) => vec![Self::Named(name), Self::WithoutName, Self::Nothing],
            (None, None) => vec![Self::Any],
        }
    }

    /// Whether both are known, and the same.
    const fn is_known(&self) -> bool {
        matches!(
            self,
            Self::Numbered(_) | Self::Named(_) | Self::OnlyNamed(_)
        )
    }
}

fn marks(record: &Record) -> impl Iterator<Item = Mark<'_>> {
    let numbers = record.identifiers.iter().filter_map(|identifier| {
        if is_instance(identifier) {
            Some(Mark::Instance(identifier))
        } else {
            is_own(identifier).then_some(Mark::Number(identifier))
        }
    });
    let id = (!is_nameless(record)).then_some(Mark::Id(&record.resource));
    numbers.chain(id)
}

fn keys<'a>(one: &Sent<'a>, places: &[Place<'a>]) -> Vec<Key<'a>> {
    let record = one.2;
    let thing_on = thing_on(record);
    let told = |mark, place: &Place<'_>| match mark {
        Mark::Instance(_) if place.is_known() => Some(Told::Anything),
        Mark::Id(_) if place.is_known() => thing(record).map(Told::Thing),
        Mark::Instance(_) | Mark::Number(_) | Mark::Id(_) => thing_on,
    };
    marks(record)
        .flat_map(|mark| {
            places.iter().filter_map(move |place| {
                Some(Key {
                    mark,
                    source: one.1,
                    kind: kind(record),
                    place: place.clone(),
                    told: told(mark, place)?,
                })
            })
        })
        .collect()
}

/// The thing and the time of which it speaks; `None` where it happened and does not say when. What
/// lasts may begin on an unknown day.
fn thing_on(record: &Record) -> Option<Told<'_>> {
    let (lasts, when) = match &record.content {
        Content::Allergy(allergy) => (true, allergy.onset),
        Content::Problem(problem) => (true, problem.onset),
        Content::Observation(observation) => (false, observation.effective),
        Content::Procedure(procedure) => (false, procedure.performed),
        Content::Document(document) => (false, document.event.or(document.date)),
        Content::Medication(medication) => {
            let ordered = medication.authored.or(medication.starts);
            (false, medication.dispensed.or(ordered))
        }
        Content::Visit(_)
        | Content::Patient(_)
        | Content::NotForThisScreen { .. }
        | Content::Unreadable { .. } => (false, None),
    };
    let thing = thing(record).filter(|_| lasts || when.is_some())?;
    Some(Told::ThingOn(thing, when))
}

/// Those that repeat an earlier one, and its name.
fn copies<'a>(sent: &[Sent<'a>]) -> BTreeMap<usize, &'a str> {
    let mut ids: BTreeMap<(Option<SourceName>, &str), Vec<&Sent<'a>>> = BTreeMap::new();
    let mut copies = BTreeMap::new();
    let mut before: Option<&Sent<'a>> = None;
    for one in sent {
        if is_nameless(one.2) {
            let like = before.filter(|other| other.1 == one.1 && is_nameless_copy(one.2, other.2));
            copies.extend(like.map(|other| (one.0, other.2.resource.as_str())));
        } else {
            let id = (one.1, one.2.resource.as_str());
            ids.entry(id).or_default().push(one);
        }
        before = Some(one);
    }
    for alike in ids.values().filter(|alike| alike.len() > 1) {
        let mut said: BTreeMap<String, &str> = BTreeMap::new();
        for one in alike {
            match said.entry(said_of(one.2)) {
                Entry::Vacant(slot) => {
                    slot.insert(&one.2.resource);
                }
                Entry::Occupied(first) => {
                    copies.insert(one.0, *first.get());
                }
            }
        }
    }
    copies
}

/// What makes two of one id one: all that is said, of whom, and where.
fn said_of(record: &Record) -> String {
    let origin = &record.origin;
    let place = (&origin.facility_number, &origin.facility);
    format!(
        "{:?}{:?}{:?}{place:?}",
        record.content, record.subject, record.tags
    )
}

fn is_nameless_copy(left: &Record, right: &Record) -> bool {
    // Of two that cannot be read nobody knows that they are one.
    let is_read = !matches!(left.content, Content::Unreadable { .. });
    is_read && is_nameless(right) && arrival::says_the_same(left, right)
}

/// `resourceInstance-identifier`: unique for one fact at one institution.
fn is_instance(identifier: &Identifier) -> bool {
    identifier
        .system
        .as_deref()
        .is_some_and(|system| system.ends_with("resourceInstance-identifier"))
}

/// Numbers of the prescription, of its groups and lines are shared by several rows.
fn is_own(identifier: &Identifier) -> bool {
    const SHARED: [&str; 9] = [
        "RPGroupNumber",
        "AdministrationIndex",
        "rescription",
        "100495.20.3.81",
        "100495.20.3.82",
        "100495.20.3.11",
        "rder",
        "accession",
        "group",
    ];
    identifier
        .system
        .as_deref()
        .is_some_and(|system| !SHARED.iter().any(|part| system.contains(part)))
}

fn is_nameless(record: &Record) -> bool {
    !names_one(&record.resource)
}

fn kind(record: &Record) -> &str {
    record.resource.split('/').next().unwrap_or_default()
}

fn thing(record: &Record) -> Option<&Concept> {
    match &record.content {
        Content::Allergy(allergy) => Some(&allergy.agent),
        Content::Problem(problem) => Some(&problem.name),
        Content::Observation(observation) => Some(&observation.code),
        Content::Medication(medication) => Some(&medication.drug),
        Content::Procedure(procedure) => Some(&procedure.code),
        Content::Document(document) => Some(&document.kind),
        Content::Visit(_)
        | Content::Patient(_)
        | Content::NotForThisScreen { .. }
        | Content::Unreadable { .. } => None,
    }
}

/// When it was sent (day, instant), when it was written, whether it is final.
type Order = (
    Option<(NaiveDate, Option<DateTime<Utc>>)>,
    Option<NaiveDate>,
    bool,
);

/// Later sending first, then later writing, then final before interim.
fn order(record: &Record) -> Order {
    let sent = record.last_updated.map(|date| match date {
        Date::Instant(time) => (date.last_day(), Some(time)),
        Date::Day(_) | Date::Month(_) | Date::Year(_) => (date.last_day(), None),
    });
    let (written, interim) = match &record.content {
        Content::Allergy(allergy) => (allergy.recorded, false),
        Content::Problem(problem) => (problem.recorded, false),
        Content::Observation(result) => (
            result.issued,
            matches!(result.status.as_deref(), Some("preliminary" | "registered")),
        ),
        Content::Medication(medication) => (medication.authored, false),
        Content::Document(document) => (
            document.date,
            document.status.as_deref() == Some("preliminary"),
        ),
        Content::Procedure(_)
        | Content::Visit(_)
        | Content::Patient(_)
        | Content::NotForThisScreen { .. }
        | Content::Unreadable { .. } => (None, false),
    };
    (sent, written.map(|date| date.last_day()), !interim)
}
