//! One source's whole answer about one patient: first who that is there, then all its searches at
//! once, every resource's subject checked.

use futures_util::future::join_all;
use reqwest::header::HeaderValue;
use tokio::time::Instant;

use super::{
    Error,
    http::{Call, Remote},
    identity::is_unreadable_patient,
    link::{self, Asked, Proof},
    matching,
    paging::{Bounds, Chain, follow},
    table::{Search, searches},
    unchanged::{Searched, Tags, print_of},
};
use crate::domain::{
    access::Person,
    patient::MemberNumber,
    record::{Record, Records, Subject},
    section::{SectionName, SourceName},
};

/// Resources without an id are numbered apart for each search, so that all can be read at once and
/// no two get the same name.
const NUMBERS_PER_SEARCH: usize = 1_000_000;
/// Resources a page may have.
const PAGE: &str = "500";

/// Patients under one number after which no further page is asked for.
const PATIENTS: usize = 20;

/// The source's own Patient.
struct Found {
    /// `Patient/id`.
    local: String,
    /// What the search brought.
    records: Records,
    /// Whether the source says that it has more under this number: then part of the patient's
    /// records may be kept under another name.
    has_more: bool,
}

/// What a source's searches brought together.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) records: Records,
    pub(super) subject: Option<String>,
    pub(super) more_at_source: Vec<SectionName>,
    pub(super) failed: Vec<(SectionName, Error)>,
    pub(super) refusals: Vec<String>,
    pub(super) bytes: usize,
    /// What tells later whether this is still the answer.
    pub(super) tags: Option<Tags>,
    /// Whether the answer is the earlier one: then there is nothing else here.
    pub(super) unchanged: bool,
}

/// Asks everything; or, with the tags of an earlier answer, whether it is still that one.
pub(super) async fn gather(
    remote: &Remote,
    source: SourceName,
    person: &Person,
    earlier: Option<&Tags>,
    bounds: Bounds<'_>,
) -> Result<Gathered, Error> {
    let bytes = bounds.allowance.left();
    let at_most = Bounds {
        resources: PATIENTS,
        ..bounds
    };
    let Some(found) = find(remote, person, at_most).await? else {
        return Ok(Gathered::default());
    };
    let table = searches(source);
    let print = print_of(&found.records).filter(|_| !found.has_more);
    let earlier = earlier.filter(|tags| print.is_some_and(|print| tags.are_of(&print)));
    let Some(answers) = ask_all(remote, table, &found.local, earlier, bounds).await else {
        return Ok(Gathered {
            unchanged: true,
            ..Gathered::default()
        });
    };
    let said: Vec<_> = answers
        .iter()
        .map(|answer| answer.as_ref().ok().and_then(Searched::of))
        .collect();
    let (mut gathered, failures) = together(remote, table, person, found, answers);
    gathered.bytes = bytes.saturating_sub(bounds.allowance.left());
    // Where no search succeeded there is no answer; the worst reason is the one to know.
    if let Some(worst) = failures.iter().max_by_key(|error| error.is_refusal())
        && failures.len() == table.len()
    {
        return Err(*worst);
    }
    if let Some(print) = print.filter(|_| gathered.is_plain()) {
        gathered.tags = Tags::new(print, &said);
    }
    Ok(gathered)
}

/// What all searches of a source answered; `None` where that is what they answered earlier. A
/// search that is unchanged beside one that is not is asked whole.
async fn ask_all(
    remote: &Remote,
    table: &[Search],
    local: &str,
    earlier: Option<&Tags>,
    bounds: Bounds<'_>,
) -> Option<Vec<Result<Chain, Error>>> {
    let given = bounds.until.saturating_duration_since(Instant::now());
    let answers = ask_each(remote, table, local, earlier, bounds).await?;
    let late = |answer: &Result<Chain, Error>| match answer {
        Ok(chain) => chain.failure == Some(Error::Late),
        Err(error) => *error == Error::Late,
    };
    let late: Vec<_> = table
        .iter()
        .zip(&answers)
        .map(|(search, answer)| (search.kind, late(answer)))
        .collect();
    remote.laggards.note(given, &late);
    Some(answers)
}

async fn ask_each(
    remote: &Remote,
    table: &[Search],
    local: &str,
    earlier: Option<&Tags>,
    bounds: Bounds<'_>,
) -> Option<Vec<Result<Chain, Error>>> {
    let ask = |place: usize, search, tag, bounds| {
        let first_number = (place + 1) * NUMBERS_PER_SEARCH + 1;
        one_search(remote, search, (local, tag), bounds, first_number)
    };
    let whole = |place, search| ask(place, search, None, bounds);
    let all = || table.iter().enumerate();
    let Some(tags) = earlier else {
        return Some(join_all(all().map(|(place, search)| whole(place, search))).await);
    };
    let asked = all().map(|(place, search)| ask(place, search, tags.of(place), bounds));
    let answers = join_all(asked).await;
    let is_same = |(place, answer): (usize, &Result<Chain, Error>)| {
        answer
            .as_ref()
            .is_ok_and(|chain| tags.is_same(place, chain))
    };
    if answers.iter().enumerate().all(is_same) {
        return None;
    }
    let again = all().zip(answers);
    let again = again.map(async |((place, search), answer)| match answer {
        Ok(chain) if chain.unchanged => whole(place, search).await,
        other => other,
    });
    Some(join_all(again).await)
}

/// One answer of what the searches brought, and what failed.
fn together(
    remote: &Remote,
    table: &[Search],
    person: &Person,
    found: Found,
    answers: Vec<Result<Chain, Error>>,
) -> (Gathered, Vec<Error>) {
    let local = found.local;
    let whose = Whose {
        remote,
        local: &local,
        person,
    };
    let mut gathered = Gathered {
        records: found.records,
        ..Gathered::default()
    };
    if found.has_more {
        gathered.more_at_source = table
            .iter()
            .flat_map(|search| search.feeds)
            .copied()
            .collect();
        gathered.more_at_source.sort_unstable();
        gathered.more_at_source.dedup();
    }
    let mut failures = Vec::new();
    for (search, answer) in table.iter().zip(answers) {
        if let Err(error) = answer.and_then(|chain| gathered.take(search, chain, &whose)) {
            gathered.fail(search, error);
            failures.push(error);
        }
    }
    gathered.subject = Some(local);
    (gathered, failures)
}

/// The source's own Patient: exactly one, and the person asked for.
async fn find(
    remote: &Remote,
    person: &Person,
    bounds: Bounds<'_>,
) -> Result<Option<Found>, Error> {
    for value in spellings(person) {
        let form = vec![("identifier", format!("{}|{value}", person.system))];
        let chain = follow(
            remote,
            Call::Search(remote.url("Patient/_search")?, form.clone()),
            Asked::With(&form),
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
        if let Some(found) = the_one(chain, person)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The number as folded, then as `identity` wrote it where that differs: a server compares
/// identifiers byte by byte.
fn spellings(person: &Person) -> Vec<String> {
    let mut values = vec![person.number.value()];
    for identifier in person.patient.iter().flat_map(|known| &known.identifiers) {
        if identifier.system.as_deref() == Some(person.system.as_str())
            && MemberNumber::parse(&identifier.value).as_ref() == Some(&person.number)
            && !values.contains(&identifier.value)
        {
            values.push(identifier.value.clone());
        }
    }
    values
}

fn the_one(chain: Chain, person: &Person) -> Result<Option<Found>, Error> {
    if chain.records.records.iter().any(is_unreadable_patient) {
        return Err(Error::Garbled);
    }
    let mut hits: Vec<&Record> = Vec::new();
    for record in &chain.records.records {
        if matching::patient_of(record).is_some()
            && !hits.iter().any(|known| known.resource == record.resource)
        {
            hits.push(record);
        }
    }
    let hit = match hits.as_slice() {
        [] if chain.is_proven() => return Ok(None),
        [] if chain.proof == Some(Proof::Other) => return Err(Error::AnotherPatient),
        [] => return Err(Error::Unproven),
        [hit] => *hit,
        _ => return Err(Error::AnotherPatient),
    };
    if !matching::patient_of(hit).is_some_and(|patient| matching::is_same_person(person, patient)) {
        return Err(Error::AnotherPatient);
    }
    // Without an id the source cannot be asked about this patient.
    if hit.resource.contains('?') {
        return Err(Error::Garbled);
    }
    Ok(Some(Found {
        local: hit.resource.clone(),
        has_more: chain.has_more,
        records: chain.records,
    }))
}

async fn one_search(
    remote: &Remote,
    search: &Search,
    (local, tag): (&str, Option<&HeaderValue>),
    bounds: Bounds<'_>,
    first_number: usize,
) -> Result<Chain, Error> {
    let mut url = remote.url(search.kind)?;
    let id = local.strip_prefix("Patient/").unwrap_or(local);
    url.query_pairs_mut()
        .append_pair("patient", id)
        .append_pair("_count", PAGE);
    let call = match tag {
        Some(tag) => Call::GetUnless(url, tag.clone()),
        None => Call::Get(url),
    };
    let bounds = Bounds {
        until: remote.laggards.until(search.kind, bounds.until),
        ..bounds
    };
    follow(remote, call, Asked::About(local), bounds, first_number).await
}

/// Whose resources are being looked at.
struct Whose<'a> {
    remote: &'a Remote,
    local: &'a str,
    person: &'a Person,
}

impl Whose<'_> {
    /// Whether `subject` is the patient, after naming the patient the same way everywhere: `None`
    /// where nobody is named.
    fn settle(&self, subject: &mut Subject) -> Option<bool> {
        if subject.is_nobody() {
            return None;
        }
        let by_number = subject.identifier.as_ref().and_then(|identifier| {
            let known = identifier.system.as_deref() == Some(self.person.system.as_str());
            let number = MemberNumber::parse(&identifier.value).filter(|_| known)?;
            let own = &self.person.number;
            // The family's number without a branch names this patient as little as another.
            let is_familys =
                number.same_household(own) && number.branch.is_empty() != own.branch.is_empty();
            (!is_familys).then(|| number == *own)
        });
        let by_reference = subject
            .reference
            .as_deref()
            .map(|reference| link::names(reference, self.remote.base(), self.local));
        let ours = match (by_reference, by_number) {
            (Some(reference), number) => reference && number != Some(false),
            (None, number) => number == Some(true),
        };
        if ours {
            subject.reference = Some(self.local.to_owned());
        } else if by_reference == Some(true) {
            // The reference says this patient, the number another: nobody may go by the reference.
            subject.reference = None;
        }
        Some(ours)
    }
}

impl Gathered {
    /// Whether all of it came and nothing in it was refused.
    const fn is_plain(&self) -> bool {
        self.failed.is_empty() && self.more_at_source.is_empty() && self.refusals.is_empty()
    }

    /// Adds one search's records. They stay even where the search fails for whom they are about:
    /// each must have a fate.
    fn take(&mut self, search: &Search, mut chain: Chain, whose: &Whose<'_>) -> Result<(), Error> {
        if let Some(status) = chain.not_supported {
            return if search.optional {
                Ok(())
            } else {
                Err(Error::Refused(status))
            };
        }
        let (mut ours, mut others) = (0_usize, 0_usize);
        for record in &mut chain.records.records {
            let is_patient = matching::patient_of(record).is_some();
            let is_own = if is_patient {
                Some(record.resource == whose.local)
            } else {
                whose.settle(&mut record.subject)
            };
            match is_own {
                Some(true) if !is_patient => ours += 1,
                Some(true) | None => {}
                Some(false) => others += 1,
            }
        }
        for statement in &mut chain.records.statements {
            whose.settle(&mut statement.subject);
        }
        if others > 0 {
            self.refusals
                .push(format!("{}: {others} of another patient", search.kind));
        }
        for refusal in &chain.refusals {
            self.refusals.push(format!("{}: {refusal}", search.kind));
        }
        let verdict = verdict(&chain, ours, others);
        if chain.has_more {
            for section in search.feeds {
                if !self.more_at_source.contains(section) {
                    self.more_at_source.push(*section);
                }
            }
        }
        self.records.records.append(&mut chain.records.records);
        self.records
            .statements
            .append(&mut chain.records.statements);
        verdict
    }

    fn fail(&mut self, search: &Search, error: Error) {
        let is_said = self
            .refusals
            .iter()
            .any(|said| said.split(':').next() == Some(search.kind));
        if error.is_refusal() && !is_said {
            self.refusals.push(format!("{}: {error}", search.kind));
        }
        for section in search.feeds {
            if !self.failed.iter().any(|(known, _)| known == section) {
                self.failed.push((*section, error));
            }
        }
    }
}

/// Whether a search answered what was asked.
fn verdict(chain: &Chain, ours: usize, others: usize) -> Result<(), Error> {
    if let Some(failure) = chain.failure {
        return Err(failure);
    }
    match chain.proof {
        Some(Proof::Other) => Err(Error::AnotherPatient),
        Some(Proof::Lacks) => Err(Error::Unproven),
        _ if ours > 0 => Ok(()),
        _ if others > 0 => Err(Error::AnotherPatient),
        Some(Proof::Names) if chain.is_proven() => Ok(()),
        _ => Err(Error::Unproven),
    }
}
