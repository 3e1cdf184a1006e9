//! The tables by which entries are found without reading all of them: by patient, by the time of a
//! grant's start or end, by objection, and by the other ledger that they speak of. They follow from the entries and are verified.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde_json::Value;

use super::{
    read::ReadEntry,
    store::{Head, number, place},
    verify::Fault,
};
use crate::domain::access::{End, FacilityId, NodeId, PatientKey};

/// Name, and the statement that makes it. A search stands under everybody whom it listed.
pub(super) const TABLES: [(&str, &str); 4] = [
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
    (
        "other_ledger",
        "CREATE TABLE other_ledger(seq INTEGER PRIMARY KEY, node TEXT NOT NULL, \
         entries INTEGER, head TEXT)",
    ),
];

/// Empties them.
pub(super) const EMPTIED: &str = "DELETE FROM by_patient; DELETE FROM of_grants; \
     DELETE FROM objection; DELETE FROM other_ledger";

/// How many rows each of them has, and the last entry it names.
const COUNTS: [&str; 4] = [
    "SELECT count(*), max(seq) FROM (SELECT seq FROM by_patient \
     UNION ALL SELECT seq FROM recent WHERE patient IS NOT NULL)",
    "SELECT count(*), max(seq) FROM of_grants",
    "SELECT count(*), max(seq) FROM objection",
    "SELECT count(*), max(seq) FROM other_ledger",
];

/// Under what one entry is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    patients: BTreeSet<String>,
    /// Of a start, a stop or an end of a grant: when, in seconds since 1970.
    of_grants: Option<i64>,
    /// Of an end by objection: facility and patient.
    objection: Option<(String, String)>,
    /// What it says of another ledger.
    other: Option<Other>,
}

/// How many entries a ledger has, and the chain value after them.
type Standing = (u64, String);

/// Another ledger of the node, as an entry speaks of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Other {
    pub(super) node: String,
    /// How many entries it has, and the chain value after them; `None` where it is lost.
    pub(super) has: Option<(u64, String)>,
}

/// What of an entry decides under what it is found, in its own words.
pub(super) struct Said<'a> {
    pub(super) event: &'a str,
    pub(super) end: Option<&'a str>,
    pub(super) facility: &'a FacilityId,
    pub(super) patient: Option<&'a PatientKey>,
    pub(super) wall: DateTime<Utc>,
    pub(super) other: Option<Other>,
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
            other: said.other.clone(),
        }
    }

    fn of(entry: &ReadEntry) -> Self {
        let field = |name: &str| entry.fields.get(name);
        let said = Said {
            event: &entry.event,
            end: field("end").and_then(Value::as_str),
            facility: &entry.facility,
            patient: entry.patient.as_ref(),
            wall: entry.wall,
            other: other_of(entry),
        };
        let listed = field("listed").and_then(Value::as_array);
        Self::new(
            &said,
            listed.into_iter().flatten().filter_map(|key| key.as_str()),
        )
    }

    /// Whom the entry concerns.
    pub(super) fn patients(&self) -> impl Iterator<Item = &str> {
        self.patients.iter().map(String::as_str)
    }

    fn insert(&self, connection: &Connection, seq: u64) -> rusqlite::Result<()> {
        for patient in &self.patients {
            connection
                .prepare_cached("INSERT INTO by_patient(patient, seq) VALUES (?1, ?2)")?
                .execute(params![patient, number(seq)])?;
        }
        self.insert_rest(connection, seq)
    }

    /// Writes the rows of the entry at `seq` inside the transaction, but for those by patient.
    pub(super) fn insert_rest(&self, connection: &Connection, seq: u64) -> rusqlite::Result<()> {
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
        if let Some(other) = &self.other {
            let (entries, head) = other.columns();
            connection
                .prepare_cached(
                    "INSERT INTO other_ledger(seq, node, entries, head) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![number(seq), other.node, entries, head])?;
        }
        Ok(())
    }
}

impl Other {
    fn columns(&self) -> (Option<i64>, Option<&str>) {
        let has = self.has.as_ref();
        (
            has.map(|(entries, _)| number(*entries)),
            has.map(|(_, head)| head.as_str()),
        )
    }
}

/// What an entry says of another ledger.
fn other_of(entry: &ReadEntry) -> Option<Other> {
    if !matches!(&*entry.event, "other_ledger" | "other_accepted") {
        return None;
    }
    let text = |name| entry.fields.get(name)?.as_str();
    let entries = entry.fields.get("entries").and_then(Value::as_u64);
    Some(Other {
        node: text("node")?.to_owned(),
        has: entries.zip(text("head").map(str::to_owned)),
    })
}

/// What is said last of each other ledger, and by which entry.
pub(super) fn others_said(connection: &Connection) -> rusqlite::Result<Vec<(u64, Other)>> {
    if !is_there(connection)? {
        return Ok(Vec::new());
    }
    connection
        .prepare(
            "SELECT seq, node, entries, head FROM other_ledger \
             WHERE seq IN (SELECT max(seq) FROM other_ledger GROUP BY node) ORDER BY seq",
        )?
        .query_map([], |row| {
            let (node, has) = (row.get(1)?, has(row, 2)?);
            Ok((place(row, 0)?, Other { node, has }))
        })?
        .collect()
}

/// All that is said of one other ledger, the newest first, back to where it was last accepted as it
/// was: what had been said before does not count any more. Each with the entry that says it.
pub(super) fn all_said_of(
    connection: &Connection,
    node: &NodeId,
) -> rusqlite::Result<Vec<(u64, Option<Standing>)>> {
    if !is_there(connection)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(
        "SELECT entry.seq, entries, head, body FROM other_ledger \
         JOIN entry ON entry.seq = other_ledger.seq WHERE node = ?1 ORDER BY entry.seq DESC",
    )?;
    let mut rows = statement.query([&node.0])?;
    let mut said = Vec::new();
    while let Some(row) = rows.next()? {
        let (seq, body): (u64, Vec<u8>) = (place(row, 0)?, row.get(3)?);
        said.push((seq, has(row, 1)?));
        let entry = ReadEntry::parse(seq, &body);
        if entry.is_ok_and(|entry| entry.event == "other_accepted") {
            break;
        }
    }
    Ok(said)
}

/// How many entries and the chain value after them, in two columns from `first`.
fn has(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Option<Standing>> {
    let entries: Option<i64> = row.get(first)?;
    let entries = entries.and_then(|entries| u64::try_from(entries).ok());
    let head: Option<String> = row.get(first + 1)?;
    Ok(entries.zip(head))
}

/// Whether the table is: not yet, in a ledger that an older version wrote.
fn is_there(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = 'other_ledger'",
        [],
        |row| row.get(0),
    )
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
    counts: [u64; 4],
    missing: Option<Fault>,
    trouble: Option<rusqlite::Error>,
}

impl<'a> Compared<'a> {
    /// With the tables of this connection.
    pub(super) const fn with(connection: &'a Connection) -> Self {
        Self {
            connection,
            counts: [0; 4],
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
            let sql = "SELECT 1 FROM by_patient WHERE patient = ?1 AND seq = ?2 \
                       UNION ALL SELECT 1 FROM recent WHERE patient = ?1 AND seq = ?2";
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
        if let Some(other) = &marks.other {
            let (entries, head) = other.columns();
            let sql = "SELECT 1 FROM other_ledger \
                       WHERE seq = ?1 AND node = ?2 AND entries IS ?3 AND head IS ?4";
            self.note(3, entry.seq, sql, params![seq, other.node, entries, head])?;
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
