//! The same resource sent again by the same source: the newer one counts.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::{
    code::Concept,
    date::Date,
    patient::Identifier,
    record::{Content, Record},
    section::{Fate, SourceName},
};

use super::arrival;

/// A resource with its number and the source that sent it.
pub(super) type Sent<'a> = (usize, Option<SourceName>, &'a Record);

/// `(number, fate, why)` of those that another one replaces. The same instance identifier from the
/// same institution replaces the older one wholly (JP-CLINS, notes of `JP_Bundle_CLINS`); any other
/// identifier, or the same id, only where both speak of the same thing, because senders repeat
/// order numbers and files of several senders repeat ids. Where it cannot be told which is newer,
/// both stay. Numbers are given so that equal resources without an id follow each other.
pub(super) fn replaced(sent: &[Sent<'_>]) -> Vec<(usize, Fate, String)> {
    let mut alike: BTreeMap<Key<'_>, Vec<&Sent<'_>>> = BTreeMap::new();
    for one in sent {
        for key in keys(one.2) {
            alike.entry(key).or_default().push(one);
        }
    }
    let others = |one: &Sent<'_>| -> Vec<&Sent<'_>> {
        let groups = keys(one.2).into_iter().filter_map(|key| alike.get(&key));
        groups
            .flatten()
            .copied()
            .filter(|other| other.0 != one.0)
            .collect()
    };
    sent.iter()
        .enumerate()
        .filter_map(|(place, one)| {
            let others = others(one);
            let newer = others
                .iter()
                .filter(|other| is_resent(one, other) && order(other.2) > order(one.2))
                .max_by_key(|other| (order(other.2), std::cmp::Reverse(other.0)));
            if let Some(newer) = newer {
                return Some((
                    one.0,
                    Fate::Superseded,
                    format!("replaced by {}", newer.2.resource),
                ));
            }
            let before = sent
                .get(place.wrapping_sub(1))
                .filter(|_| is_nameless(one.2));
            others
                .iter()
                .copied()
                .filter(|other| other.0 < one.0)
                .chain(before)
                .find(|other| other.1 == one.1 && is_copy(one.2, other.2))
                .map(|first| {
                    (
                        one.0,
                        Fate::Merged,
                        format!("the same as {}", first.2.resource),
                    )
                })
        })
        .collect()
}

/// What two sendings of one thing share: an identifier, or the id. Only resources with a common key
/// are compared, so that a thousand results cost no more than they must.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Identifier(&'a Identifier),
    Id(&'a str),
}

fn keys(record: &Record) -> Vec<Key<'_>> {
    let own = record
        .identifiers
        .iter()
        .filter(|identifier| is_instance(identifier) || is_own(identifier));
    own.map(Key::Identifier)
        .chain(std::iter::once(Key::Id(&record.resource)))
        .collect()
}

fn is_resent(left: &Sent<'_>, right: &Sent<'_>) -> bool {
    let (left_record, right_record) = (left.2, right.2);
    if left.1 != right.1 || kind(left_record) != kind(right_record) {
        return false;
    }
    if left_record.origin.facility_number != right_record.origin.facility_number {
        return false;
    }
    let shared = |counts: fn(&Identifier) -> bool| {
        left_record
            .identifiers
            .iter()
            .any(|identifier| counts(identifier) && right_record.identifiers.contains(identifier))
    };
    let same_thing = thing(left_record).is_some() && thing(left_record) == thing(right_record);
    shared(is_instance)
        || (same_thing && (shared(is_own) || has_same_id(left_record, right_record)))
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

fn is_copy(left: &Record, right: &Record) -> bool {
    if is_nameless(left) {
        // Of two that cannot be read nobody knows that they are one.
        let is_read = !matches!(left.content, Content::Unreadable { .. });
        return is_read && is_nameless(right) && arrival::says_the_same(left, right);
    }
    has_same_id(left, right)
        && left.content == right.content
        && left.subject == right.subject
        && left.tags == right.tags
}

/// A number in place of an id (`Type/?n`) names nothing twice.
fn has_same_id(left: &Record, right: &Record) -> bool {
    left.resource == right.resource && !is_nameless(left)
}

fn is_nameless(record: &Record) -> bool {
    record.resource.contains("/?")
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
