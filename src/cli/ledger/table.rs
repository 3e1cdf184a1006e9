//! The entries as comma-separated values (RFC 4180) that no spreadsheet takes for formulas.

use std::io::{self, Write};

use chrono::SecondsFormat;

use crate::{
    domain::{clock::japanese_time, text::harmless},
    ledger::{Opened, ReadEntry},
};

const COLUMNS: [&str; 29] = [
    "seq",
    "time",
    "node",
    "event",
    "account",
    "role",
    "second_factor",
    "facility",
    "terminal",
    "address",
    "request",
    "grant",
    "basis",
    "purpose",
    "override",
    "reason",
    "receipt",
    "patient",
    "member_number",
    "patient_name",
    "note",
    "judged_by",
    "consent_taken_by",
    "asked",
    "typed_name",
    "details",
    "shown",
    "clock_step_ms",
    "boot",
];

/// A table being written.
pub(super) struct Table<'a> {
    writer: csv::Writer<&'a mut dyn Write>,
}

impl<'a> Table<'a> {
    /// Writes the heading.
    pub(super) fn new(out: &'a mut dyn Write) -> io::Result<Self> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(out);
        writer.write_record(COLUMNS)?;
        Ok(Self { writer })
    }

    /// Writes one entry.
    pub(super) fn add(&mut self, entry: &ReadEntry) -> io::Result<()> {
        Ok(self
            .writer
            .write_record(row(entry).iter().map(|field| harmless(field)))?)
    }

    /// Writes a row that is no entry: a sentence where others say what happened.
    pub(super) fn say(&mut self, sentence: &str) -> io::Result<()> {
        let row = COLUMNS.map(|column| if column == "event" { sentence } else { "" });
        Ok(self.writer.write_record(row.map(harmless))?)
    }

    /// Hands over what is still held.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn row(entry: &ReadEntry) -> [String; 29] {
    let text = |field: Option<&String>| field.cloned().unwrap_or_default();
    let personal = |name: &str| {
        let field = entry.personal.get(name);
        field
            .map(|field| field.text().to_owned())
            .unwrap_or_default()
    };
    let person = entry.person();
    // Where the person cannot be opened, the columns say why.
    let unopened = match entry.personal.get("person") {
        Some(closed @ (Opened::Sealed | Opened::Erased | Opened::Unreadable)) => closed.text(),
        Some(Opened::Clear(_)) | None => "",
    };
    let number = person.as_ref().map(|person| person.number.value());
    let name = person.map(|person| person.patient.and_then(|patient| patient.name));
    let details = if entry.fields.is_empty() {
        String::new()
    } else {
        serde_json::to_string(&entry.fields).unwrap_or_default()
    };
    [
        entry.seq.to_string(),
        japanese_time(entry.wall).to_rfc3339_opts(SecondsFormat::Millis, false),
        entry.node.to_string(),
        entry.event.clone(),
        text(entry.account.as_ref().map(|id| &id.0)),
        text(entry.role.as_ref()),
        text(entry.second_factor.as_ref()),
        entry.facility.to_string(),
        text(entry.terminal.as_ref().map(|id| &id.0)),
        text(entry.address.as_ref()),
        text(entry.request.as_ref().map(|id| &id.0)),
        text(entry.grant.as_ref().map(|id| &id.0)),
        text(entry.basis.as_ref()),
        text(entry.purpose.as_ref()),
        text(entry.overriding.as_ref()),
        text(entry.reason.as_ref()),
        text(entry.receipt.as_ref()),
        text(entry.patient.as_ref().map(|key| &key.0)),
        number.unwrap_or_else(|| unopened.to_owned()),
        name.map_or_else(|| unopened.to_owned(), Option::unwrap_or_default),
        personal("note"),
        personal("judged_by"),
        personal("consent_taken_by"),
        personal("asked"),
        personal("name"),
        details,
        text(entry.shown.as_ref().map(|shown| &shown.address)),
        entry
            .clock_step_ms
            .map(|step| step.to_string())
            .unwrap_or_default(),
        entry.boot.clone(),
    ]
}
