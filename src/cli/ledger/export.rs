//! The entries in other forms.

use std::{
    io::{self, Write},
    ops::ControlFlow,
};

use super::{Error, Format, Missing, table};
use crate::{
    domain::{access::PatientKey, patient::MemberNumber},
    ledger::{ReadEntry, Reader, audit_event},
};

/// Prints the wanted entries in the wanted form, one at a time: a ledger may be larger than memory.
/// What is missing stands before them.
pub(super) fn export(
    readers: &[Reader],
    missing: &Missing,
    (format, patient): (Format, Option<&str>),
    out: &mut dyn Write,
) -> Result<(), Error> {
    let wanted = Wanted::parse(patient)?;
    match format {
        Format::Ndjson => {
            for object in missing.objects() {
                writeln!(out, "{object}")?;
            }
            each(readers, &wanted, |entry| {
                serde_json::to_writer(&mut *out, entry)?;
                writeln!(out)
            })
        }
        Format::FhirNdjson => {
            for outcome in missing.outcomes() {
                writeln!(out, "{outcome}")?;
            }
            each(readers, &wanted, |entry| {
                serde_json::to_writer(&mut *out, &audit_event(entry))?;
                writeln!(out)
            })
        }
        Format::Fhir => {
            write!(out, "{{\"resourceType\":\"Bundle\",\"type\":\"collection\"")?;
            let mut is_first = true;
            let mut put = |resource: &serde_json::Value| -> io::Result<()> {
                // FHIR has no empty arrays: the array begins with its first element.
                write!(
                    out,
                    "{}{{\"resource\":",
                    if is_first { ",\"entry\":[\n" } else { ",\n" }
                )?;
                is_first = false;
                serde_json::to_writer(&mut *out, resource)?;
                write!(out, "}}")
            };
            for outcome in missing.outcomes() {
                put(&outcome)?;
            }
            each(readers, &wanted, |entry| put(&audit_event(entry)))?;
            writeln!(out, "{}}}", if is_first { "" } else { "\n]" })?;
            Ok(())
        }
        Format::Csv => {
            let mut table = table::Table::new(out)?;
            for sentence in missing.sentences() {
                table.say(&sentence)?;
            }
            each(readers, &wanted, |entry| table.add(entry))?;
            Ok(table.finish()?)
        }
    }
}

fn each(
    readers: &[Reader],
    wanted: &Wanted,
    mut print: impl FnMut(&ReadEntry) -> io::Result<()>,
) -> Result<(), Error> {
    readers
        .iter()
        .try_for_each(|reader| each_of(reader, wanted, &mut print))
}

fn each_of(
    reader: &Reader,
    wanted: &Wanted,
    print: &mut dyn FnMut(&ReadEntry) -> io::Result<()>,
) -> Result<(), Error> {
    if matches!(wanted, Wanted::Number(_)) && !reader.has_key() {
        return Err(Error::Unusable(
            "finding a patient by number needs the key (--key-file)".to_owned(),
        ));
    }
    let mut printed = Ok(());
    reader.for_each(|mut entry| {
        let key = wanted.key(reader, &entry);
        let is_taken = match (wanted, &key) {
            (Wanted::All, _) => true,
            (_, Some(key)) if entry.concerns(key) => {
                // A patient's copy says nothing of the others who were listed beside.
                entry.leave_out_others(key);
                true
            }
            (_, _) => false,
        };
        if is_taken {
            printed = print(&entry);
        }
        if printed.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    Ok(printed?)
}

/// Whose entries are wanted.
enum Wanted {
    All,
    Number(MemberNumber),
    Hash(String),
}

impl Wanted {
    fn parse(patient: Option<&str>) -> Result<Self, Error> {
        let Some(patient) = patient else {
            return Ok(Self::All);
        };
        if patient.len() == 32 && patient.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Self::Hash(patient.to_ascii_lowercase()));
        }
        MemberNumber::parse(patient)
            .map(Self::Number)
            .ok_or_else(|| {
                Error::Unusable(
                    "--patient is INSURER:SYMBOL:NUMBER:BRANCH or a keyed hash".to_owned(),
                )
            })
    }

    /// The patient's hash at the entry's facility.
    fn key(&self, reader: &Reader, entry: &ReadEntry) -> Option<PatientKey> {
        match self {
            Self::All => None,
            Self::Hash(hash) => Some(PatientKey(hash.clone())),
            Self::Number(number) => reader.patient_key(&entry.facility, number),
        }
    }
}
