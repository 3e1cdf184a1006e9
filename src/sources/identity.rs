//! Asking `identity` who somebody is.

use chrono::Datelike;
use reqwest::Url;

use super::{
    Error, Query,
    http::{Call, Remote},
    link::{Asked, Proof},
    matching,
    paging::{Bounds, follow},
};
use crate::domain::{
    access::Person,
    date::Date,
    patient::{Identifier, MEMBER_NUMBER_SYSTEM, MemberNumber, Patient},
    prefecture,
    record::{Content, Record},
};

/// More people than this under one number or name are no list to choose from.
const PEOPLE: usize = 100;

/// Looks for a patient; every hit's own data is checked against what was asked.
pub(super) async fn identify(
    remote: &Remote,
    query: &Query,
    bounds: Bounds<'_>,
) -> Result<Vec<(Person, Patient)>, Error> {
    let mut form = parameters(query);
    let hits = search(remote, query, &form, bounds, |_| false).await?;
    let Query::Four { birth_date, .. } = query else {
        return Ok(hits);
    };
    if !hits.is_empty() {
        return Ok(hits);
    }
    // A search for a day finds nobody of whom only the year or the month is known.
    let year = Date::Year(birth_date.year());
    for (_, value) in form.iter_mut().filter(|(name, _)| *name == "birthdate") {
        *value = year.to_string();
    }
    let of_the_year = |patient: &Patient| {
        let born = patient.birth_date;
        born.is_some_and(|born| matching::can_be_equal(born, year))
    };
    match search(remote, query, &form, bounds, of_the_year).await {
        // It is asked for days only: then nobody else can be known.
        Err(Error::Refused(400 | 404 | 405 | 422)) => Ok(Vec::new()),
        found => found,
    }
}

/// One search. Who comes besides those who were asked for makes an answer about somebody else of
/// it, but where the question itself was a wider one.
async fn search(
    remote: &Remote,
    query: &Query,
    form: &[(&'static str, String)],
    bounds: Bounds<'_>,
    may_come: impl Fn(&Patient) -> bool,
) -> Result<Vec<(Person, Patient)>, Error> {
    let url: Url = remote.url("Patient/_search")?;
    let bounds = Bounds {
        resources: bounds.resources.min(PEOPLE),
        ..bounds
    };
    let chain = follow(
        remote,
        Call::Search(url, form.to_vec()),
        Asked::With(form),
        bounds,
        1,
    )
    .await?;
    if let Some(status) = chain.not_supported {
        return Err(Error::Refused(status));
    }
    if let Some(failure) = chain.failure {
        return Err(failure);
    }
    let hits = persons(patients(&chain.records.records), query);
    if hits.is_empty() {
        return match nothing(&chain.records.records, chain.proof, may_come) {
            None if chain.is_proven() => Ok(hits),
            None => Err(Error::Unproven),
            Some(error) => Err(error),
        };
    }
    Ok(hits)
}

/// Why an answer without a usable hit is not an empty one.
fn nothing(
    records: &[Record],
    proof: Option<Proof>,
    may_come: impl Fn(&Patient) -> bool,
) -> Option<Error> {
    if records.iter().any(is_unreadable_patient) {
        return Some(Error::Garbled);
    }
    let strangers = patients(records).any(|patient| !may_come(patient));
    (strangers || proof == Some(Proof::Other)).then_some(Error::AnotherPatient)
}

/// A Patient that came and could not be read.
pub(super) fn is_unreadable_patient(record: &Record) -> bool {
    matches!(record.content, Content::Unreadable { .. })
        && (record.resource.starts_with("Patient/") || record.resource.starts_with("?/"))
}

fn parameters(query: &Query) -> Vec<(&'static str, String)> {
    match query {
        Query::Number { system, number } => {
            vec![("identifier", format!("{system}|{}", number.value()))]
        }
        Query::Local { system, value } => vec![("identifier", format!("{system}|{value}"))],
        Query::Four {
            name,
            birth_date,
            sex,
            address,
        } => [
            ("name", name.clone()),
            ("birthdate", birth_date.to_string()),
            ("gender", sex.clone()),
            // A search by address is one by its beginning: below the prefecture it is written in too
            // many ways.
            (
                "address",
                prefecture::of(address).map_or_else(|| address.clone(), str::to_owned),
            ),
        ]
        .into_iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .collect(),
    }
}

/// The persons among `patients` that were asked for, each once.
pub(super) fn persons<'a>(
    patients: impl Iterator<Item = &'a Patient>,
    query: &Query,
) -> Vec<(Person, Patient)> {
    let mut hits: Vec<(Person, Patient)> = Vec::new();
    for patient in patients {
        if let Some(person) = person(patient, query)
            && !hits.iter().any(|(known, _)| *known == person)
        {
            hits.push((person, patient.clone()));
        }
    }
    if let Query::Four {
        address,
        birth_date,
        ..
    } = query
    {
        // Whose name and day are known and right is not held up by one of whom they are not.
        let is_whole = |(_, patient): &(Person, Patient)| {
            patient.birth_date == Some(Date::Day(*birth_date))
                && patient.searched_by().next().is_some()
        };
        if hits.iter().any(is_whole) {
            hits.retain(is_whole);
        }
        hits.sort_by_key(|(_, patient)| !matching::lives_there(patient, address));
    }
    hits
}

/// The Patients among `records`.
fn patients(records: &[Record]) -> impl Iterator<Item = &Patient> {
    records.iter().filter_map(matching::patient_of)
}

/// The person a hit is, if it is who was asked for.
fn person(patient: &Patient, query: &Query) -> Option<Person> {
    let (system, number) = match query {
        Query::Number { system, number } => {
            let (sent_system, mut sent) = matching::numbers(patient, system)
                .filter(|(sent_system, _)| sent_system == system)
                .find(|(_, sent)| is_asked(sent, number))?;
            if sent.branch.is_empty() {
                sent.branch.clone_from(&number.branch);
            }
            (sent_system.to_owned(), sent)
        }
        Query::Local { system, value } => {
            let is_asked = |sent: &Identifier| {
                sent.system.as_deref() == Some(system.as_str()) && sent.value == *value
            };
            patient.identifiers.iter().any(is_asked).then_some(())?;
            let (system, number) = matching::numbers(patient, MEMBER_NUMBER_SYSTEM).next()?;
            (system.to_owned(), number)
        }
        Query::Four {
            name,
            birth_date,
            sex,
            address,
        } => {
            if !matching::has_attributes(patient, name, *birth_date, sex)
                || matching::lives_elsewhere(patient, address)
            {
                return None;
            }
            let (system, number) = matching::numbers(patient, MEMBER_NUMBER_SYSTEM).next()?;
            (system.to_owned(), number)
        }
    };
    Some(Person {
        number,
        system,
        patient: Some(patient.clone()),
    })
}

/// The same household, and the same branch where one was asked and one was sent (B2).
fn is_asked(sent: &MemberNumber, asked: &MemberNumber) -> bool {
    sent.same_household(asked)
        && (asked.branch.is_empty() || sent.branch.is_empty() || sent.branch == asked.branch)
}
