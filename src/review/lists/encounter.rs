//! Registrations as FHIR R4 `Encounter`s (JP Core): a Bundle, one resource, or one resource a line,
//! with the Patients they refer to or with the number in `subject.identifier`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    FileFlaw, LineFlaw, MOST_BYTES, MOST_LINES, Outcome, Refused, TakenArrival,
    read::{Read, Reading, sealed},
    sheet::plain,
};
use crate::{
    domain::{
        access::PatientKey,
        date::Date,
        patient::{Identifier, MEMBER_NUMBER_SYSTEM, MemberNumber, Patient},
        record::{Content, Record},
        review::{Kind, identities},
        text::folded,
        visit::Visit,
    },
    fhir::{self, Form},
};

/// Statuses under which nobody has come.
const NOT_HERE: [&str; 3] = ["planned", "cancelled", "entered-in-error"];
/// Statuses under which somebody has.
const HERE: [&str; 6] = [
    "arrived",
    "triaged",
    "in-progress",
    "onleave",
    "finished",
    "unknown",
];

/// Whether a file is FHIR: no table begins like this.
pub(in crate::review) fn is_fhir(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"{")
}

/// Reads every `Encounter` as a registration, or names everything that stands in the way by its
/// number: of the line, or of the entry in the Bundle.
pub(super) fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<Read, Refused> {
    let file = Refused::File;
    if bytes.len() > MOST_BYTES {
        return Err(file(FileFlaw::TooLarge));
    }
    let is_part = |part: fhir::Part| {
        part.next_link.is_some() || part.total.is_some_and(|total| total > part.found)
    };
    if fhir::part(bytes).is_some_and(is_part) {
        return Err(file(FileFlaw::Page));
    }
    let records = fhir::read(bytes, form(bytes), 1).map_err(|_| file(FileFlaw::NotFhir))?;
    let patients = patients(&records.records);
    let (mut rows, mut flaws, mut absent) = (Vec::new(), Vec::new(), 0);
    for (record, number) in records.records.iter().zip(1..) {
        match arrival(record, &patients, reading) {
            Ok(Said::Nothing) => {}
            Ok(Said::NobodyCame) => absent += 1,
            Ok(Said::Arrived(row)) => rows.push(row),
            Err(flaw) => flaws.push((number, flaw)),
        }
    }
    if !flaws.is_empty() {
        return Err(Refused::Lines(flaws));
    }
    let lines = rows.len() + absent;
    if lines == 0 {
        return Err(file(FileFlaw::Empty));
    }
    if lines > MOST_LINES {
        return Err(file(FileFlaw::TooLong));
    }
    let kept: BTreeSet<TakenArrival> = rows.into_iter().collect();
    let outcome = Outcome {
        kind: Kind::Arrivals,
        lines,
        twice: lines - absent - kept.len(),
        strangers: 0,
        absent,
        was_known: false,
    };
    sealed(&kept, outcome)
}

/// One resource a line where the first line is a whole one and more follow.
fn form(bytes: &[u8]) -> Form {
    let is_whole = |bytes: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let first = text.trim_ascii_start().split(|byte| *byte == b'\n').next();
    let is_lines = first.is_some_and(is_whole) && !is_whole(text);
    if is_lines { Form::Ndjson } else { Form::Json }
}

/// The Patients of the file by their names in it.
fn patients(records: &[Record]) -> BTreeMap<&str, &Patient> {
    let mut found = BTreeMap::new();
    for record in records {
        if let Content::Patient(patient) = &record.content {
            found.insert(record.resource.as_str(), &**patient);
        }
    }
    found
}

/// What a resource registers.
enum Said {
    /// Nothing that concerns this.
    Nothing,
    /// A visit to which nobody has come.
    NobodyCame,
    /// An arrival.
    Arrived(TakenArrival),
}

fn arrival(
    record: &Record,
    patients: &BTreeMap<&str, &Patient>,
    reading: &Reading<'_>,
) -> Result<Said, LineFlaw> {
    let visit = match &record.content {
        Content::Visit(visit) => visit,
        Content::Unreadable { .. } => return Err(LineFlaw::Resource),
        Content::Patient(_)
        | Content::Allergy(_)
        | Content::Problem(_)
        | Content::Observation(_)
        | Content::Medication(_)
        | Content::Procedure(_)
        | Content::Document(_)
        | Content::NotForThisScreen { .. } => return Ok(Said::Nothing),
    };
    reading.own(record.origin.facility_number.as_deref().unwrap_or_default())?;
    match visit.status.as_deref() {
        None => return Err(LineFlaw::Missing("status")),
        Some(status) if NOT_HERE.contains(&status) => return Ok(Said::NobodyCame),
        Some(status) if !HERE.contains(&status) => return Err(LineFlaw::Unreadable("status")),
        Some(_) => {}
    }
    let at = began(visit, reading)?;
    let referred = record.subject.reference.as_deref();
    let patient = referred.and_then(|name| patients.get(name)).copied();
    let key = number(record.subject.identifier.as_ref(), patient, reading);
    let identities = named(patient, reading);
    if key.is_none() && identities.is_empty() {
        return Err(LineFlaw::Nobody);
    }
    let number = record.identifiers.first();
    Ok(Said::Arrived(TakenArrival {
        patient: key,
        identities,
        at,
        visit: plain("identifier", number.map_or("", |one| &one.value))?,
        author: None,
    }))
}

/// An arrival has a time of day.
fn began(visit: &Visit, reading: &Reading<'_>) -> Result<DateTime<Utc>, LineFlaw> {
    match visit.starts {
        Some(Date::Instant(at)) if at > reading.now + TimeDelta::days(1) => Err(LineFlaw::Future),
        Some(Date::Instant(at)) => Ok(at),
        Some(_) => Err(LineFlaw::Unreadable("period.start")),
        None => Err(LineFlaw::Missing("period.start")),
    }
}

/// The patient by a whole number: without its branch it is the household's, and nobody's.
fn number(
    said: Option<&Identifier>,
    patient: Option<&Patient>,
    reading: &Reading<'_>,
) -> Option<PatientKey> {
    let known = patient.into_iter().flat_map(|one| &one.identifiers);
    said.into_iter()
        .chain(known)
        .filter(|one| one.system.as_deref() == Some(MEMBER_NUMBER_SYSTEM))
        .filter(|one| {
            let branch = one.value.split(':').nth(3);
            branch.is_some_and(|branch| !folded(branch).is_empty())
        })
        .find_map(|one| MemberNumber::parse(&one.value))
        .map(|number| (reading.key)(&number))
}

fn named(patient: Option<&Patient>, reading: &Reading<'_>) -> BTreeSet<u64> {
    let Some(patient) = patient else {
        return BTreeSet::new();
    };
    match patient.birth_date {
        Some(Date::Day(birth)) => identities(patient.spellings(), birth, reading.mark),
        Some(_) | None => BTreeSet::new(),
    }
}

/// Why a file was refused, as FHIR says such things.
pub(in crate::review) fn operation_outcome(refused: &Refused) -> serde_json::Value {
    let issue = |diagnostics: String, number: Option<u64>| {
        let mut issue = serde_json::json!({
            "severity": "error", "code": "invalid", "diagnostics": diagnostics,
        });
        if let (Some(number), serde_json::Value::Object(issue)) = (number, &mut issue) {
            let place = format!("Bundle.entry[{}]", number.saturating_sub(1));
            issue.insert("expression".to_owned(), serde_json::json!([place]));
        }
        issue
    };
    let issues: Vec<serde_json::Value> = match refused {
        Refused::Lines(flaws) => flaws
            .iter()
            .map(|(number, flaw)| issue(format!("{number}: {flaw}"), Some(*number)))
            .collect(),
        Refused::File(_) | Refused::Unavailable => vec![issue(refused.to_string(), None)],
    };
    serde_json::json!({"resourceType": "OperationOutcome", "issue": issues})
}
