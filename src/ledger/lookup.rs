//! The tables by which entries are found without reading all of them: by patient, by the time of a
//! grant's start or end, and by objection. They follow from the entries and are verified.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::{
    read::ReadEntry,
    store::{Head, number, place},
    verify::Fault,
};
use crate::domain::access::{End, FacilityId, PatientKey};

/// Name, and the statement that makes it. A search stands under everybody whom it listed.
pub(super) const TABLES: [(&str, &str); 3] = [
    (
        "by_patient",
        "CREATE TABLE by_patient(patient TEXT NOT NULL, seq INTEGER NOT NULL, \
         PRIMARY KEY(patient, seq)) WITHOUT ROWID",
    ),
    (
        "of_grants",
        "CREATE TABLE of_grants(at INTEGER NOT NULL, seq INTEGER NOT NULL, \
         PRIMARY KEY(at, seq)) WITHOUT ROWID",
    ),
    (
        "objection",
        "CREATE TABLE objection(seq INTEGER PRIMARY KEY, facility TEXT NOT NULL, \
         patient TEXT NOT NULL)",
    ),
];

/// Empties them.
pub(super) const EMPTIED: &str =
    "DELETE FROM by_patient; DELETE FROM of_grants; DELETE FROM objection";

/// How many rows each of them has, and the last entry it names.
const COUNTS: [&str; 3] = [
    "SELECT count(*), max(seq) FROM by_patient",
    "SELECT count(*), max(seq) FROM of_grants",
    "SELECT count(*), max(seq) FROM objection",
];

/// Under what one entry is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    patients: BTreeSet<String>,
    /// Of a start, a stop or an end of a grant: when, in seconds since 1970.
    of_grants: Option<i64>,
    /// Of an end by objection: facility and patient.
    objection: Option<(String, String)>,
}

/// What of an entry decides under what it is found, in its own words.
pub(super) struct Said<'a> {
    pub(super) event: &'a str,
    pub(super) end: Option<&'a str>,
    pub(super) facility: &'a FacilityId,
    pub(super) patient: Option<&'a PatientKey>,
    pub(super) wall: DateTime<Utc>,
}

impl Marks {
    /// The one rule, for the writer and for verification.
    pub(super) fn new<'a>(said: &Said<'_>, listed: impl Iterator<Item = &'a str>) -> Self {
        let own = said.patient.map(|key| key.0.clone());
        let is_end = matches!(said.event, "grant_ended" | "grant_stopped");
        let is_of_grants = is_end || said.event == "grant_started";
        let has_objected = is_end && said.end == Some(End::Objected.word());
        Self {
            of_grants: is_of_grants.then(|| said.wall.timestamp()),
            objection: own
                .clone()
                .filter(|_| has_objected)
                .map(|patient| (said.facility.0.clone(), patient)),
            patients: listed.map(str::to_owned).chain(own).collect(),
        }
    }

    fn of(entry: &ReadEntry) -> Self {
        let field = |name: &str| entry.fields.get(name);
        let said = Said {
            event: &entry.event,
            end: field("end").and_then(|value| value.as_str()),
            facility: &entry.facility,
            patient: entry.patient.as_ref(),
            wall: entry.wall,
        };
        let listed = field("listed").and_then(|value| value.as_array());
        Self::new(
            &said,
            listed.into_iter().flatten().filter_map(|key| key.as_str()),
        )
    }

    /// Writes the rows of the entry at `seq` inside the transaction.
    pub(super) fn insert(&self, connection: &Connection, seq: u64) -> rusqlite::Result<()> {
        for patient in &self.patients {
            connection
                .prepare_cached("INSERT INTO by_patient(patient, seq) VALUES (?1, ?2)")?
                .execute(params![patient, number(seq)])?;
        }
        if let Some(at) = self.of_grants {
            connection
                .prepare_cached("INSERT INTO of_grants(at, seq) VALUES (?1, ?2)")?
                .execute(params![at, number(seq)])?;
        }
        if let Some((facility, patient)) = &self.objection {
            connection
                .prepare_cached(
                    "INSERT INTO objection(seq, facility, patient) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![number(seq), facility, patient])?;
        }
        Ok(())
    }
}

/// Fills the tables of a ledger that was written without them. What is no entry is for
/// verification to name, and is found under nothing.
pub(super) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT seq, body FROM entry ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (seq, body): (u64, Vec<u8>) = (place(row, 0)?, row.get(1)?);
        if let Ok(entry) = ReadEntry::parse(seq, &body) {
            Marks::of(&entry).insert(connection, seq)?;
        }
    }
    Ok(())
}

/// Compares the tables with the entries as they are walked through: every row that follows is
/// there, and there are no more. Keeps no list: a ledger may be larger than memory.
pub(super) struct Compared<'a> {
    connection: &'a Connection,
    counts: [u64; 3],
    missing: Option<Fault>,
    trouble: Option<rusqlite::Error>,
}

impl<'a> Compared<'a> {
    /// With the tables of this connection.
    pub(super) const fn with(connection: &'a Connection) -> Self {
        Self {
            connection,
            counts: [0; 3],
            missing: None,
            trouble: None,
        }
    }

    /// Looks for the rows of an entry.
    pub(super) fn take(&mut self, entry: &ReadEntry) {
        if self.missing.is_some() || self.trouble.is_some() {
            return;
        }
        if let Err(error) = self.look(entry) {
            self.trouble = Some(error);
        }
    }

    fn look(&mut self, entry: &ReadEntry) -> rusqlite::Result<()> {
        let marks = Marks::of(entry);
        let seq = number(entry.seq);
        for patient in &marks.patients {
            let sql = "SELECT 1 FROM by_patient WHERE patient = ?1 AND seq = ?2";
            self.note(0, entry.seq, sql, params![patient, seq])?;
        }
        if let Some(at) = marks.of_grants {
            let sql = "SELECT 1 FROM of_grants WHERE at = ?1 AND seq = ?2";
            self.note(1, entry.seq, sql, params![at, seq])?;
        }
        if let Some((facility, patient)) = &marks.objection {
            let sql = "SELECT 1 FROM objection WHERE seq = ?1 AND facility = ?2 AND patient = ?3";
            self.note(2, entry.seq, sql, params![seq, facility, patient])?;
        }
        Ok(())
    }

    fn note(
        &mut self,
        which: usize,
        seq: u64,
        sql: &str,
        row: &[&dyn rusqlite::ToSql],
    ) -> rusqlite::Result<()> {
        let is_there = self.connection.prepare_cached(sql)?.exists(row)?;
        if let (Some(count), Some((table, _))) = (self.counts.get_mut(which), TABLES.get(which)) {
            *count += 1;
            if !is_there {
                self.missing = Some(Fault::Derived(table, format!("entry {seq}")));
            }
        }
        Ok(())
    }

    /// What is wrong after the last entry.
    pub(super) fn fault(self, head: Head) -> rusqlite::Result<Option<Fault>> {
        if let Some(error) = self.trouble {
            return Err(error);
        }
        if self.missing.is_some() {
            return Ok(self.missing);
        }
        for (((table, _), sql), right) in TABLES.iter().zip(COUNTS).zip(self.counts) {
            let (count, last): (u64, Option<i64>) = self
                .connection
                .query_row(sql, [], |row| Ok((place(row, 0)?, row.get(1)?)))?;
            if last.is_some_and(|last| last > number(head.seq)) {
                return Ok(Some(Fault::Tail(head.seq)));
            }
            if count != right {
                let rows = format!("{count} rows where {right} follow");
                return Ok(Some(Fault::Derived(table, rows)));
            }
        }
        Ok(None)
    }
}
