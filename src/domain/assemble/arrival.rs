//! Everything that came, in an order that does not depend on how it came.

use chrono::{DateTime, Utc};

use crate::domain::record::{Record, Records, Statement};

use super::{Answer, Outcome};

/// One resource, and where and when it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived<'a> {
    /// Its place among all resources, in the order they came.
    pub(super) place: usize,
    pub(super) record: &'a Record,
    pub(super) answer: &'a Answer,
    /// When the answer was received.
    pub(super) at: DateTime<Utc>,
}

/// The answers that came, with their records.
fn answered(answers: &[Answer]) -> impl Iterator<Item = (&Answer, &Records, DateTime<Utc>)> {
    answers.iter().filter_map(|answer| match &answer.outcome {
        Outcome::Answered { records, at, .. } => Some((answer, &**records, *at)),
        Outcome::Failed { .. } | Outcome::Coming | Outcome::Forbidden => None,
    })
}

/// Every resource, by source, then by name, then by what it says.
pub(super) fn all(answers: &[Answer]) -> Vec<Arrived<'_>> {
    let each = answered(answers)
        .flat_map(|(answer, records, at)| records.records.iter().map(move |one| (answer, one, at)));
    let mut all: Vec<Arrived<'_>> = each
        .enumerate()
        .map(|(place, (answer, record, at))| Arrived {
            place,
            record,
            answer,
            at,
        })
        .collect();
    all.sort_by(|one, other| {
        (one.answer.source, name(one.record)).cmp(&(other.answer.source, name(other.record)))
    });
    let mut start = 0;
    while let Some(first) = all.get(start) {
        let key = (first.answer.source, name(first.record));
        let alike = all
            .iter()
            .skip(start)
            .take_while(|one| (one.answer.source, name(one.record)) == key)
            .count();
        if alike > 1
            && let Some(group) = all.get_mut(start..start + alike)
        {
            group.sort_by_cached_key(|one| said(one.record));
        }
        start += alike;
    }
    all
}

/// Every statement about a whole section with the answer it came in.
pub(super) fn statements(answers: &[Answer]) -> Vec<(&Statement, &Answer)> {
    let mut all: Vec<(&Statement, &Answer)> = answered(answers)
        .flat_map(|(answer, records, _)| records.statements.iter().map(move |one| (one, answer)))
        .collect();
    all.sort_by_cached_key(|(statement, answer)| (answer.source, format!("{statement:?}")));
    all
}

/// What a resource is called; a number that stands for no id is counted in the order read, and says
/// nothing.
fn name(record: &Record) -> &str {
    match record.resource.split_once("/?") {
        Some((kind, _)) => kind,
        None => &record.resource,
    }
}

/// Everything a resource says but the number that stands for no id.
fn said(record: &Record) -> String {
    let Record {
        resource: _,
        subject,
        origin,
        tags,
        profiles,
        last_updated,
        identifiers,
        unreadable,
        content,
    } = record;
    format!(
        "{content:?}{subject:?}{origin:?}{identifiers:?}{last_updated:?}{tags:?}{profiles:?}{unreadable:?}"
    )
}

/// Whether two resources without an id say the same in everything.
pub(super) fn says_the_same(left: &Record, right: &Record) -> bool {
    name(left) == name(right) && said(left) == said(right)
}
