//! Under what the last entries are found: rows one after the other, as entries come. In the tables
//! that are ordered by patient and by receipt every row would change a page of its own, and all of
//! them would have to be durable before anybody is answered; from here many rows are moved at once.
//! A row stands here or there, never in both.

use std::{cell::RefCell, collections::HashSet};

use rusqlite::{Connection, params};

use super::store::number;

/// Name, and the statement that makes it. `patient` or `receipt`, or both.
pub(super) const TABLE: (&str, &str) = (
    "recent",
    "CREATE TABLE recent(seq INTEGER NOT NULL, patient TEXT, receipt TEXT)",
);

/// From how many rows on they are moved with the next entries. Whoever appends meanwhile waits for it:
/// in a ledger of a million entries nearly every row changes a page, two megabytes in all.
pub(super) const MANY: usize = 512;
/// From how many rows on they are moved while nobody appends.
pub(super) const SOME: usize = 64;

/// What the writer remembers of the table, read again after whatever went wrong.
#[derive(Default)]
pub(super) struct Recent(RefCell<Option<Known>>);

#[derive(Default)]
struct Known {
    rows: usize,
    receipts: HashSet<String>,
}

impl Recent {
    fn with<T>(
        &self,
        connection: &Connection,
        what: impl FnOnce(&mut Known) -> T,
    ) -> rusqlite::Result<T> {
        let mut held = self.0.borrow_mut();
        let known = match held.take() {
            Some(known) => known,
            None => read(connection)?,
        };
        Ok(what(held.insert(known)))
    }

    /// How many rows wait to be moved.
    pub(super) fn rows(&self, connection: &Connection) -> rusqlite::Result<usize> {
        self.with(connection, |known| known.rows)
    }

    /// Whether one of the last entries has this receipt.
    pub(super) fn has_receipt(
        &self,
        connection: &Connection,
        receipt: &str,
    ) -> rusqlite::Result<bool> {
        self.with(connection, |known| known.receipts.contains(receipt))
    }

    /// Writes the rows of the entry at `seq` inside the transaction.
    pub(super) fn insert<'a>(
        &self,
        connection: &Connection,
        seq: u64,
        patients: impl Iterator<Item = &'a str>,
        receipt: Option<&str>,
    ) -> rusqlite::Result<()> {
        // Known before the row is there, which else would be counted twice.
        self.rows(connection)?;
        let mut receipt = receipt;
        let mut patients = patients.map(Some).peekable();
        let alone = (patients.peek().is_none() && receipt.is_some()).then_some(None);
        for patient in alone.into_iter().chain(patients) {
            let receipt = receipt.take();
            connection
                .prepare_cached("INSERT INTO recent(seq, patient, receipt) VALUES (?1, ?2, ?3)")?
                .execute(params![number(seq), patient, receipt])?;
            self.with(connection, |known| {
                known.rows += 1;
                known.receipts.extend(receipt.map(str::to_owned));
            })?;
        }
        Ok(())
    }

    /// Moves all rows to where they stay, inside the transaction.
    pub(super) fn settle(&self, connection: &Connection) -> rusqlite::Result<()> {
        if self.rows(connection)? == 0 {
            return Ok(());
        }
        connection.execute_batch(SETTLED)?;
        self.0.replace(Some(Known::default()));
        Ok(())
    }

    /// Forgets what is remembered: the transaction in which it came was rolled back.
    pub(super) fn forget(&self) {
        self.0.replace(None);
    }
}

/// In the order of the tables, so that each page is visited once.
const SETTLED: &str = "INSERT INTO by_patient(patient, seq) SELECT patient, seq FROM recent \
     WHERE patient IS NOT NULL ORDER BY patient, seq; \
     INSERT INTO receipt(receipt, seq) SELECT receipt, seq FROM recent \
     WHERE receipt IS NOT NULL ORDER BY receipt; \
     DELETE FROM recent";

fn read(connection: &Connection) -> rusqlite::Result<Known> {
    let mut known = Known::default();
    let mut statement = connection.prepare("SELECT receipt FROM recent")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let receipt: Option<String> = row.get(0)?;
        known.rows += 1;
        known.receipts.extend(receipt);
    }
    Ok(known)
}
