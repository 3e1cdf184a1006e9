//! A folder of Bundles as a source: `*.json` and `*.ndjson`, the patient found by identifier.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use tokio::time::{Instant, timeout_at};

use super::{Error, clinical::Gathered, matching};
use crate::{
    domain::{
        access::Person,
        patient::Patient,
        record::{Content, Records},
        section::{SectionName, SourceName},
    },
    fhir::{self, Form},
};

/// One file and the patients in it.
#[derive(Clone, Debug)]
struct File {
    path: PathBuf,
    patients: Vec<(String, Patient)>,
    is_whole: bool,
}

/// A file with its stamp, so that only changed files are read again.
#[derive(Debug)]
struct Seen {
    stamp: (Option<SystemTime>, u64),
    file: File,
}

/// A folder. Cloning shares what is known of its files.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
    seen: Arc<Mutex<BTreeMap<PathBuf, Seen>>>,
}

impl Folder {
    /// Takes a `file:///path` address.
    ///
    /// # Errors
    /// In words, where it is no folder's address.
    pub(super) fn new(base: &str) -> Result<Self, String> {
        let path = reqwest::Url::parse(base)
            .ok()
            .and_then(|url| url.to_file_path().ok())
            .ok_or_else(|| "not the address of a folder".to_owned())?;
        Ok(Self {
            path,
            seen: Arc::default(),
        })
    }

    /// Every patient in the folder, for a search.
    ///
    /// # Errors
    /// [`Error::Down`] where the folder cannot be read, [`Error::Late`] at `until`.
    pub(super) async fn patients(
        &self,
        bytes: usize,
        until: Instant,
    ) -> Result<Vec<Patient>, Error> {
        let folder = self.clone();
        off_thread(until, move || {
            let files = folder.index(bytes)?;
            Ok(files
                .into_iter()
                .flat_map(|file| file.patients)
                .map(|(_, patient)| patient)
                .collect())
        })
        .await
    }

    /// Everything about one person.
    ///
    /// # Errors
    /// See [`Error`].
    pub(super) async fn gather(
        &self,
        source: SourceName,
        person: &Person,
        bytes: usize,
        until: Instant,
    ) -> Result<Gathered, Error> {
        let folder = self.clone();
        let person = person.clone();
        off_thread(until, move || folder.collect(source, &person, bytes)).await
    }

    fn collect(
        &self,
        source: SourceName,
        person: &Person,
        bytes: usize,
    ) -> Result<Gathered, Error> {
        let mut gathered = Gathered::default();
        let mut left = bytes;
        let mut is_whole = true;
        for file in self.index(bytes)? {
            is_whole &= file.is_whole;
            let mut own = file
                .patients
                .iter()
                .filter(|(_, patient)| matching::is_same_person(person, patient));
            let Some((reference, _)) = own.next() else {
                continue;
            };
            if own.next().is_some() {
                return Err(Error::AnotherPatient);
            }
            let first_number = gathered.records.records.len() + 1;
            let (mut records, size) = read(&file.path, left, first_number)?;
            left = left.saturating_sub(size);
            gathered.bytes += size;
            let local = gathered.subject.get_or_insert_with(|| reference.clone());
            keep(&mut records, reference, local, file.patients.len() > 1);
            gathered.records.records.append(&mut records.records);
            gathered.records.statements.append(&mut records.statements);
        }
        if !is_whole {
            // What could not be read may be the patient's.
            gathered.more_at_source = SectionName::ALL
                .into_iter()
                .filter(|section| source.carries(*section))
                .collect();
        }
        Ok(gathered)
    }

    /// The patients of every file; unchanged files are not read again.
    fn index(&self, bytes: usize) -> Result<Vec<File>, Error> {
        let mut paths = Vec::new();
        walk(&self.path, 0, &mut paths)?;
        paths.sort();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|path, _| paths.contains(path));
        let mut files = Vec::new();
        for path in paths {
            let stamp = std::fs::metadata(&path)
                .map(|meta| (meta.modified().ok(), meta.len()))
                .map_err(|_| Error::Down)?;
            let known = match seen.get(&path).filter(|known| known.stamp == stamp) {
                Some(known) => known.file.clone(),
                None => File::of(&path, bytes),
            };
            files.push(known.clone());
            seen.insert(path, Seen { stamp, file: known });
        }
        Ok(files)
    }
}

impl File {
    fn of(path: &Path, bytes: usize) -> Self {
        let read = read(path, bytes, 1);
        if let Err(error) = &read {
            tracing::warn!(%error, "a file in a source's folder was not read");
        }
        Self {
            path: path.to_owned(),
            // What is not FHIR is no part of the source.
            is_whole: match &read {
                Ok((records, _)) => !is_cut_off(records),
                Err(error) => *error == Error::Garbled,
            },
            patients: read
                .map(|(records, _)| patients_of(&records))
                .unwrap_or_default(),
        }
    }
}

async fn off_thread<T: Send + 'static>(
    until: Instant,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match timeout_at(until, tokio::task::spawn_blocking(work)).await {
        Err(_) => Err(Error::Late),
        Ok(Err(_)) => Err(Error::Garbled),
        Ok(Ok(done)) => done,
    }
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    const DEPTH: usize = 4;
    for entry in std::fs::read_dir(folder).map_err(|_| Error::Down)? {
        let path = entry.map_err(|_| Error::Down)?.path();
        if path.is_dir() && depth < DEPTH {
            walk(&path, depth + 1, files)?;
        } else if form(&path).is_some() {
            files.push(path);
        }
    }
    Ok(())
}

fn form(path: &Path) -> Option<Form> {
    match path.extension()?.to_str()? {
        "json" => Some(Form::Json),
        "ndjson" => Some(Form::Ndjson),
        _ => None,
    }
}

fn read(path: &Path, left: usize, first_number: usize) -> Result<(Records, usize), Error> {
    let size = std::fs::metadata(path)
        .ok()
        .and_then(|meta| usize::try_from(meta.len()).ok())
        .ok_or(Error::Down)?;
    if size > left {
        return Err(Error::TooLarge);
    }
    let bytes = std::fs::read(path).map_err(|_| Error::Down)?;
    let form = form(path).ok_or(Error::Garbled)?;
    let records = fhir::read(&bytes, form, first_number).map_err(|_| Error::Garbled)?;
    Ok((records, size))
}

fn is_cut_off(records: &Records) -> bool {
    records.records.iter().any(
        |record| matches!(&record.content, Content::Unreadable { why } if why == fhir::CUT_OFF),
    )
}

fn patients_of(records: &Records) -> Vec<(String, Patient)> {
    records
        .records
        .iter()
        .filter_map(|record| {
            let patient = matching::patient_of(record)?;
            Some((record.resource.clone(), patient.clone()))
        })
        .collect()
}

/// Keeps what concerns the patient of one file, named as in the first file. In a file of several
/// patients only the patient's own resources are an answer; in a file of one, everything is.
fn keep(records: &mut Records, reference: &str, local: &str, of_several: bool) {
    let is_own = |about: Option<&str>| about == Some(reference);
    if of_several {
        records.records.retain(|record| {
            if matching::patient_of(record).is_some() {
                record.resource == reference
            } else {
                is_own(record.subject.reference.as_deref())
            }
        });
        records
            .statements
            .retain(|statement| is_own(statement.subject.reference.as_deref()));
    }
    for record in &mut records.records {
        if record.resource == reference {
            local.clone_into(&mut record.resource);
        }
    }
    let subjects = records
        .records
        .iter_mut()
        .map(|record| &mut record.subject)
        .chain(
            records
                .statements
                .iter_mut()
                .map(|statement| &mut statement.subject),
        );
    for subject in subjects {
        let Some(about) = &mut subject.reference else {
            continue;
        };
        if about == reference {
            local.clone_into(about);
        } else if about == local {
            // Another file's name for somebody else.
            about.push_str(" (of another file)");
        }
    }
}
