//! Files and folders of FHIR.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use crate::{
    domain::{record::Records, section::SectionName},
    fhir::{self, Form, Part},
};

/// Larger files are refused: they are held in memory whole.
const LARGEST: u64 = 512 * 1024 * 1024;

/// Why a path cannot be used; one line, without content.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// It is not there, or may not be read.
    #[error("{}: {why}", path.display())]
    Unreadable {
        /// The path as given or found.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// It is not FHIR.
    #[error("{}: {why}", path.display())]
    NotFhir {
        /// The path as given or found.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A folder without a single FHIR file.
    #[error("{}: no FHIR file in this folder", path.display())]
    NothingThere {
        /// The folder.
        path: PathBuf,
    },
    /// The output for skipped files is gone.
    #[error("error output: {0}")]
    Output(io::Error),
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct All {
    /// Every resource of every file.
    pub(super) records: Records,
    /// The pages of searches among the files.
    pages: Vec<Part>,
}

impl All {
    /// The sections of which the senders have more: a next page that is not among the files, or a
    /// total above what came.
    pub(super) fn more(&self) -> Vec<SectionName> {
        let pages = &self.pages;
        let has_come = |next: &String| {
            let mut links = pages.iter().filter_map(|page| page.self_link.as_ref());
            links.any(|link| link == next)
        };
        let is_short = |total: u64| {
            let same = pages.iter().filter(|page| page.total == Some(total));
            same.map(|page| page.found).sum::<u64>() < total
        };
        let mut more: Vec<SectionName> = pages
            .iter()
            .filter(|page| {
                page.next_link.as_ref().is_some_and(|next| !has_come(next))
                    || page.total.is_some_and(is_short)
            })
            .flat_map(sections)
            .collect();
        more.sort_unstable();
        more.dedup();
        more
    }
}

/// The sections that a search answers: those of its only type of resource, else any.
fn sections(page: &Part) -> Vec<SectionName> {
    use SectionName as S;
    let mut kinds = page
        .kinds
        .iter()
        .map(String::as_str)
        .filter(|kind| !matches!(*kind, "Patient" | "OperationOutcome"));
    let only = kinds.next().filter(|_| kinds.next().is_none());
    match only {
        Some("AllergyIntolerance") => vec![S::Allergies, S::Contraindications],
        Some("MedicationRequest" | "MedicationDispense" | "MedicationStatement") => vec![S::Drugs],
        Some("Observation") => vec![S::Labs, S::Infections],
        Some("Condition") => vec![S::Problems],
        Some("Procedure") => vec![S::Operations, S::Dialysis, S::Procedures],
        Some("Encounter") => vec![S::Visits, S::Checkups],
        Some("Composition" | "DocumentReference") => vec![S::Documents, S::Checkups],
        _ => S::ALL.to_vec(),
    }
}

/// Reads all paths in the order given; folders are walked in sorted order. What is in a folder and
/// is not FHIR is skipped with a line on `err`; what is named directly must be FHIR.
///
/// # Errors
/// [`Error`] where a path cannot be used.
pub(super) fn all(paths: &[PathBuf], err: &mut dyn Write) -> Result<All, Error> {
    let mut all = All::default();
    for path in paths {
        let about = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if about.is_dir() {
            folder(path, &mut all, err)?;
        } else {
            add(file(path, all.records.records.len() + 1)?, &mut all);
        }
    }
    Ok(all)
}

fn folder(path: &Path, all: &mut All, err: &mut dyn Write) -> Result<(), Error> {
    let mut files = Vec::new();
    walk(path, &mut files, err)?;
    let mut found = false;
    for each in files {
        match file(&each, all.records.records.len() + 1) {
            Ok(more) => {
                found = true;
                add(more, all);
            }
            Err(error) => writeln!(err, "skipped: {error}").map_err(Error::Output)?,
        }
    }
    if found {
        Ok(())
    } else {
        Err(Error::NothingThere {
            path: path.to_owned(),
        })
    }
}

/// Collects `.json` and `.ndjson` files; links to folders are not followed, so that no ring of
/// links is walked for ever.
fn walk(path: &Path, files: &mut Vec<PathBuf>, err: &mut dyn Write) -> Result<(), Error> {
    let entries: Result<Vec<PathBuf>, io::Error> = fs::read_dir(path).and_then(|entries| {
        entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect()
    });
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            return writeln!(err, "skipped: {}", unreadable(path, &error)).map_err(Error::Output);
        }
    };
    entries.sort();
    for entry in entries {
        let is_folder = fs::symlink_metadata(&entry).is_ok_and(|about| about.is_dir());
        if is_folder {
            walk(&entry, files, err)?;
        } else if has_ending(&entry, "json") || has_ending(&entry, "ndjson") {
            files.push(entry);
        }
    }
    Ok(())
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

fn file(path: &Path, first_number: usize) -> Result<(Records, Option<Part>), Error> {
    let bytes = bytes(path)?;
    let content = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    if content.iter().all(u8::is_ascii_whitespace) {
        return Err(Error::NotFhir {
            path: path.to_owned(),
            why: "the file is empty".to_owned(),
        });
    }
    let form = form(path, content);
    let records = fhir::read(content, form, first_number).map_err(|error| Error::NotFhir {
        path: path.to_owned(),
        why: one_line(&error.to_string()),
    })?;
    Ok((records, fhir::part(content)))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let too_large = || Error::Unreadable {
        path: path.to_owned(),
        why: format!(
            "larger than {} MB, which is more than explain reads",
            LARGEST / 1024 / 1024
        ),
    };
    let opened = fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    let size = opened.metadata().map_or(0, |about| about.len());
    if size > LARGEST {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    opened
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, &error))?;
    if u64::try_from(bytes.len()).is_ok_and(|read| read > LARGEST) {
        return Err(too_large());
    }
    Ok(bytes)
}

/// By the ending; else one resource a line where the first line is a JSON value of its own and
/// more follows.
fn form(path: &Path, content: &[u8]) -> Form {
    if has_ending(path, "ndjson") {
        return Form::Ndjson;
    }
    let start = content.trim_ascii_start();
    let mut lines = start.splitn(2, |byte| *byte == b'\n');
    let (first, rest) = (
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    );
    let more = rest.iter().any(|byte| !byte.is_ascii_whitespace());
    if more && serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok() {
        Form::Ndjson
    } else {
        Form::Json
    }
}

fn add((mut more, page): (Records, Option<Part>), all: &mut All) {
    all.records.records.append(&mut more.records);
    all.records.statements.append(&mut more.statements);
    all.pages.extend(page);
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let why = if error.kind() == io::ErrorKind::NotFound {
        "no such file".to_owned()
    } else if error.kind() == io::ErrorKind::PermissionDenied {
        "may not be read".to_owned()
    } else {
        one_line(&error.to_string())
    };
    Error::Unreadable {
        path: path.to_owned(),
        why,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
