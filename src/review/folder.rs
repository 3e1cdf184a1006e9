//! Lists that other systems lay into a folder: `FOLDER/FACILITY/KIND*.csv` (registrations also as
//! `arrivals*.json` and `arrivals*.ndjson`). What was taken over moves
//! to `done`, what was refused to `refused`, beside a text that names every line in the way.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::{
    Error, Review,
    lists::{
        FileFlaw, MOST_BYTES, Outcome, Read, Reading, Refused, is_fhir, operation_outcome, read,
    },
};
use crate::domain::{
    access::FacilityId,
    event::{Draft, Event},
    review::Kind,
    text::folded,
};

/// A file that was written to a moment ago may not be whole yet.
const SETTLED: TimeDelta = TimeDelta::seconds(3);

/// A file that waits.
struct Waiting {
    facility: FacilityId,
    kind: Kind,
    file: PathBuf,
}

impl Review {
    /// Takes a list over that no person handed in.
    ///
    /// # Errors
    /// As [`Self::take_list_from`].
    pub async fn take_list(
        &self,
        facility: &FacilityId,
        kind: Kind,
        bytes: &[u8],
    ) -> Result<Outcome, Refused> {
        let by_itself = |event| Draft {
            who: None,
            facility: facility.clone(),
            terminal: None,
            address: None,
            request: None,
            person: None,
            event,
        };
        self.take_list_from(facility, kind, bytes, by_itself).await
    }

    /// Takes a list over as a whole, or nothing of it: durable before anything relies on it.
    /// `draft` says who handed it in.
    ///
    /// # Errors
    /// [`Refused`], naming everything that stands in the way.
    pub async fn take_list_from(
        &self,
        facility: &FacilityId,
        kind: Kind,
        bytes: &[u8],
        draft: impl FnOnce(Event) -> Draft,
    ) -> Result<Outcome, Refused> {
        let unavailable = |error: Error| {
            tracing::error!(%error, "a list could not be taken over");
            Refused::Unavailable
        };
        self.refresh().await.map_err(unavailable)?;
        let (listed, digest) = self.listed(facility, kind, bytes.to_vec()).await?;
        let (of, taken) = (facility.clone(), listed.taken.clone());
        let is_known = move |index: &super::index::Index| {
            index
                .desk(&of)
                .is_some_and(|desk| desk.knows_list(kind, &taken))
        };
        if self.look(is_known).await.map_err(unavailable)? {
            return Ok(Outcome {
                was_known: true,
                ..listed.outcome
            });
        }
        let event = Event::ListTaken {
            kind,
            lines: listed.outcome.lines,
            digest,
            taken: listed.taken,
        };
        let recorded = self.inner.ledger.append_unhurried(draft(event)).await;
        recorded.map_err(|_| Refused::Unavailable)?;
        // It is taken over, whether or not it can be counted with the rest right now.
        if let Err(error) = self.refresh().await {
            tracing::warn!(%error, "what a list says is not in the index yet");
        }
        Ok(listed.outcome)
    }

    /// What a list says, and the digest of its bytes; read off the threads that answer.
    async fn listed(
        &self,
        facility: &FacilityId,
        kind: Kind,
        bytes: Vec<u8>,
    ) -> Result<(Read, String), Refused> {
        let registry = &self.inner.registry;
        let facilities = registry.facilities().await;
        let accounts = registry.accounts(facility.clone()).await;
        let (Ok(facilities), Ok(accounts)) = (facilities, accounts) else {
            return Err(Refused::Unavailable);
        };
        let own = facilities.into_iter().find(|one| one.id == *facility);
        let number = own.ok_or(Refused::File(FileFlaw::NoFacility))?.number;
        let accounts = accounts.into_iter();
        let accounts = accounts.map(|account| (folded(&account.sign_in), account.id));
        let accounts = accounts.collect();
        let facility = facility.clone();
        let listed = self.aside(move |review| {
            let ledger = &review.inner.ledger;
            let reading = Reading {
                facility_number: number.as_deref(),
                accounts,
                key: &|number: &_| ledger.patient_key(&facility, number),
                mark: &ledger.marks(&facility),
                now: review.inner.clock.now().wall,
            };
            let listed = read(kind, &bytes, &reading)?;
            Ok((listed, HEXLOWER.encode(&Sha256::digest(&bytes))))
        });
        listed.await.map_err(|_| Refused::Unavailable)?
    }

    /// Takes over what waits in the folder; how many files were taken or refused.
    pub async fn look_into_folder(&self) -> usize {
        let Some(folder) = self.inner.settings.folder.clone() else {
            return 0;
        };
        let now = self.inner.clock.now().wall;
        let waiting = tokio::task::spawn_blocking(move || waiting(&folder, now)).await;
        let mut count = 0;
        for one in waiting.unwrap_or_default() {
            if self.take_file(&one).await {
                count += 1;
            }
        }
        count
    }

    /// Takes one file over and moves it away; whether it was decided. One that cannot be recorded
    /// now waits. It is read where nobody writes it any more: what comes under its name meanwhile is
    /// another file.
    async fn take_file(&self, waiting: &Waiting) -> bool {
        let kind = waiting.kind.word();
        let file = waiting.file.clone();
        let claimed = aside(move || {
            let file = claimed(&file)?;
            Ok((bytes(&file)?, file))
        });
        let (bytes, file) = match claimed.await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, kind, "a list cannot be read");
                return false;
            }
        };
        let now = self.inner.clock.now().wall;
        let taken = self.take_list(&waiting.facility, waiting.kind, &bytes);
        let moved = match taken.await {
            Ok(outcome) => {
                tracing::info!(kind, lines = outcome.lines, "a list was taken over");
                aside(move || put_away(&file, "done", now, None)).await
            }
            Err(Refused::Unavailable) => return false,
            Err(refused) => {
                tracing::warn!(kind, %refused, "a list was refused");
                let said = said(&refused, &bytes);
                aside(move || put_away(&file, "refused", now, Some(said))).await
            }
        };
        if let Err(error) = moved {
            tracing::warn!(%error, kind, "a list cannot be moved away");
        }
        true
    }
}

/// Off the threads that answer: the folder may be another machine's.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(io::Error::other("the work was given up")))
}

/// Everything that stands in the way, one line each, without anything of the lines themselves: with
/// the ending of the file that says it.
fn said(refused: &Refused, bytes: &[u8]) -> (&'static str, String) {
    if is_fhir(bytes) {
        return ("outcome.json", operation_outcome(refused).to_string());
    }
    let mut said = String::new();
    if let Refused::Lines(flaws) = refused {
        for (line, flaw) in flaws {
            let one = format!("line {line}: {flaw}\n");
            said.push_str(&one);
        }
    } else {
        said = format!("{refused}\n");
    }
    ("txt", said)
}

/// Where files stand that are being taken over, beside the ones that wait.
const CLAIMED: &str = "taking";

/// Moves a file to where nobody writes it; one that stands there already stays.
fn claimed(file: &Path) -> io::Result<PathBuf> {
    if is_claimed(file) {
        return Ok(file.to_owned());
    }
    let folder = beside(file, CLAIMED);
    fs::create_dir_all(&folder)?;
    let place = folder.join(name(file));
    if place.exists() {
        return Err(io::Error::other("one of the same name is being taken over"));
    }
    fs::rename(file, &place)?;
    Ok(place)
}

fn is_claimed(file: &Path) -> bool {
    file.parent().is_some_and(|folder| name(folder) == CLAIMED)
}

/// A folder of the facility, seen from one of its files.
fn beside(file: &Path, folder: &str) -> PathBuf {
    let own = file.parent().unwrap_or(Path::new(""));
    let facility = if is_claimed(file) {
        own.parent().unwrap_or(own)
    } else {
        own
    };
    facility.join(folder)
}

/// One byte more than is taken shows that there are too many.
fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    use io::Read as _;
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    fs::File::open(file)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The files that wait, by name: `FACILITY/KIND*.csv`.
fn waiting(folder: &Path, now: DateTime<Utc>) -> Vec<Waiting> {
    let mut found = Vec::new();
    for place in listed(folder) {
        let facility = FacilityId(name(&place));
        // What an earlier process began comes first.
        let claimed = listed(&place.join(CLAIMED));
        for file in claimed.into_iter().chain(listed(&place)) {
            let name = name(&file).to_lowercase();
            let kind = Kind::ALL
                .into_iter()
                .find(|kind| name.starts_with(kind.word()));
            if let Some(kind) = kind.filter(|kind| {
                is_list(&file, *kind) && (is_claimed(&file) || is_settled(&file, now))
            }) {
                found.push(Waiting {
                    facility: facility.clone(),
                    kind,
                    file,
                });
            }
        }
    }
    found
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// A table; registrations also as FHIR.
fn is_list(file: &Path, kind: Kind) -> bool {
    let ends = |word: &str| {
        file.extension()
            .is_some_and(|end| end.eq_ignore_ascii_case(word))
    };
    ends("csv") || (kind == Kind::Arrivals && (ends("json") || ends("ndjson")))
}

/// Whether nobody has written to a file for a moment; one from the future is not being written.
fn is_settled(file: &Path, now: DateTime<Utc>) -> bool {
    let written = fs::metadata(file).ok().filter(fs::Metadata::is_file);
    let written = written.and_then(|data| data.modified().ok());
    written.is_some_and(|at| now.signed_duration_since(DateTime::<Utc>::from(at)).abs() >= SETTLED)
}

/// Moves a file into a folder beside it, under a name that is not there yet.
fn put_away(
    file: &Path,
    into: &str,
    at: DateTime<Utc>,
    said: Option<(&str, String)>,
) -> io::Result<()> {
    let folder = beside(file, into);
    fs::create_dir_all(&folder)?;
    let name = format!("{}-{}", at.format("%Y%m%dT%H%M%S%6fZ"), name(file));
    fs::rename(file, folder.join(&name))?;
    match said {
        Some((end, said)) => fs::write(folder.join(format!("{name}.{end}")), said),
        None => Ok(()),
    }
}
