//! `ledger.sqlite`: the entries and the tables that follow from them.

use std::{os::unix::fs::OpenOptionsExt as _, path::Path};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Error,
    lookup::{self, Marks},
    read::ReadEntry,
    recent::{self, Recent},
    seal::digest,
};
use crate::domain::access::{FacilityId, PatientKey};

/// The file's name.
pub(super) const FILE: &str = "ledger.sqlite";

/// Every table of the file but those of [`lookup`] and [`recent`]: name, and the statement that makes it.
/// Verification compares them with what the file says of itself, so that no table or column can
/// stand there unseen.
///
/// `entry` is the ledger; the others follow from it and are compared with its replay: `shown` holds
/// what views showed (sealed, once each), `open_grant` the grants without an end, `receipt` where
/// a receipt's entry stands.
pub(super) const TABLES: [(&str, &str); 4] = [
    (
        "entry",
        "CREATE TABLE entry(seq INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL, \
         leaf BLOB NOT NULL, chain BLOB NOT NULL)",
    ),
    (
        "shown",
        "CREATE TABLE shown(address TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL)",
    ),
    (
        "open_grant",
        "CREATE TABLE open_grant(grant_id TEXT PRIMARY KEY NOT NULL, entry_seq INTEGER NOT NULL, \
         account TEXT NOT NULL, facility TEXT NOT NULL, patient_key TEXT NOT NULL) WITHOUT ROWID",
    ),
    (
        "receipt",
        "CREATE TABLE receipt(receipt TEXT PRIMARY KEY NOT NULL, seq INTEGER NOT NULL) \
         WITHOUT ROWID",
    ),
];

/// The place after which the next entry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The last entry's place; 0 where there is none.
    pub(super) seq: u64,
    /// Its chain value; zeros where there is none.
    pub(super) chain: [u8; 32],
}

impl Head {
    /// Before the first entry.
    pub(super) const EMPTY: Self = Self {
        seq: 0,
        chain: [0; 32],
    };

    /// The head after `body`, and the body's leaf.
    pub(super) fn next(&self, body: &[u8]) -> (Self, [u8; 32]) {
        let leaf = leaf(body);
        let next = Self {
            seq: self.seq + 1,
            chain: digest(&[&self.chain, &leaf]),
        };
        (next, leaf)
    }
}

/// The leaf hash of RFC 6962 §2.1: SHA-256 of a zero byte and the body.
pub(super) fn leaf(body: &[u8]) -> [u8; 32] {
    digest(&[&[0], body])
}

/// One row of `open_grant`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OpenRow {
    pub(super) grant: String,
    pub(super) seq: u64,
    pub(super) account: String,
    pub(super) facility: String,
    pub(super) patient: String,
}

/// What one entry changes in the derived tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Derived {
    /// Nothing.
    None,
    /// A grant is open; its `seq` is the entry's.
    Open(OpenRow),
    /// A grant is not open any more.
    Close(String),
}

/// One row of `shown`: its address and the sealed bytes.
pub(super) type ShownRow = (String, Vec<u8>);

/// One entry ready to be written.
pub(super) struct Row {
    pub(super) body: Vec<u8>,
    pub(super) receipt: Option<String>,
    /// A `shown` row that does not exist yet.
    pub(super) shown: Option<ShownRow>,
    pub(super) derived: Derived,
    pub(super) marks: Marks,
}

/// The writer's connection.
pub(super) struct Store {
    pub(super) connection: Connection,
    recent: Recent,
}

impl Store {
    /// Opens or creates the file and reads back that its commits are durable.
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let connection = open_durable(&folder.join(FILE))?;
        let recent = Recent::default();
        let store = Self { connection, recent };
        store.begin().map_err(cannot_open)?;
        store
            .make_tables()
            .and_then(|()| store.commit())
            .map_err(cannot_open)?;
        // A full disk keeps nobody from starting: they are found where they are.
        store.settle_alone();
        Ok(store)
    }

    /// Makes what is missing, all of it or nothing; the tables for look-up are filled.
    fn make_tables(&self) -> rusqlite::Result<()> {
        let mut is_filled = true;
        for (name, statement) in TABLES.into_iter().chain(lookup::TABLES) {
            is_filled &= !self.make_table(name, statement)?;
        }
        let (name, statement) = recent::TABLE;
        self.make_table(name, statement)?;
        if is_filled {
            return Ok(());
        }
        self.recent.settle(&self.connection)?;
        self.connection.execute_batch(lookup::EMPTIED)?;
        lookup::fill(&self.connection)
    }

    /// Makes a table that is not there; whether it was not.
    fn make_table(&self, name: &str, statement: &str) -> rusqlite::Result<bool> {
        let exists: bool = self.connection.query_row(
            "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = ?1",
            [name],
            |row| row.get(0),
        )?;
        if !exists {
            self.connection.execute_batch(statement)?;
        }
        Ok(!exists)
    }

    /// Moves the rows under which the last entries are found to where they stay; whether that could
    /// be done. Where not, every entry is durable and found all the same.
    pub(super) fn settle_alone(&self) -> bool {
        let settled = self
            .begin()
            .and_then(|()| self.recent.settle(&self.connection))
            .and_then(|()| self.commit());
        if let Err(error) = &settled {
            self.roll_back();
            tracing::warn!(%error, "the last entries' rows stay where they are");
        }
        settled.is_ok()
    }

    /// How many rows wait to be moved.
    pub(super) fn unsettled(&self) -> rusqlite::Result<usize> {
        self.recent.rows(&self.connection)
    }

    /// Where the ledger ends now.
    pub(super) fn head(&self) -> rusqlite::Result<Head> {
        let last = self
            .connection
            .query_row(
                "SELECT seq, chain FROM entry ORDER BY seq DESC LIMIT 1",
                [],
                |row| {
                    Ok(Head {
                        seq: place(row, 0)?,
                        chain: row.get(1)?,
                    })
                },
            )
            .optional()?;
        Ok(last.unwrap_or(Head::EMPTY))
    }

    /// The grants without an end, oldest first.
    pub(super) fn open_grants(&self) -> rusqlite::Result<Vec<OpenRow>> {
        open_rows(&self.connection)
    }

    /// Begins a transaction that no other writer can enter.
    pub(super) fn begin(&self) -> rusqlite::Result<()> {
        self.execute("BEGIN IMMEDIATE")
    }

    /// Makes the transaction durable.
    pub(super) fn commit(&self) -> rusqlite::Result<()> {
        self.execute("COMMIT")
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    /// Forgets the transaction, if there still is one.
    pub(super) fn roll_back(&self) {
        self.recent.forget();
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "the ledger's transaction could not be rolled back");
        }
    }

    /// Writes one entry after `head` inside the transaction; gives the new head.
    pub(super) fn insert(&self, head: Head, row: &Row) -> rusqlite::Result<Head> {
        let (next, leaf) = head.next(&row.body);
        self.connection
            .prepare_cached("INSERT INTO entry(seq, body, leaf, chain) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![number(next.seq), row.body, leaf, next.chain])?;
        if let Some((address, sealed)) = &row.shown {
            self.connection
                .prepare_cached("INSERT INTO shown(address, sealed) VALUES (?1, ?2)")?
                .execute(params![address, sealed])?;
        }
        let patients = row.marks.patients();
        self.recent
            .insert(&self.connection, next.seq, patients, row.receipt.as_deref())?;
        match &row.derived {
            Derived::None => {}
            Derived::Open(open) => {
                self.connection
                    .prepare_cached(
                        "INSERT INTO open_grant(grant_id, entry_seq, account, facility, patient_key) \
                         VALUES (?1, ?2, ?3, ?4, ?5)",
                    )?
                    .execute(params![
                        open.grant,
                        number(next.seq),
                        open.account,
                        open.facility,
                        open.patient
                    ])?;
            }
            Derived::Close(grant) => {
                self.connection
                    .prepare_cached("DELETE FROM open_grant WHERE grant_id = ?1")?
                    .execute([grant])?;
            }
        }
        row.marks.insert_rest(&self.connection, next.seq)?;
        Ok(next)
    }

    /// Who ever objected, at which facility.
    pub(super) fn objections(&self) -> rusqlite::Result<Vec<(FacilityId, PatientKey)>> {
        self.connection
            .prepare("SELECT DISTINCT facility, patient FROM objection")?
            .query_map([], |row| {
                Ok((FacilityId(row.get(0)?), PatientKey(row.get(1)?)))
            })?
            .collect()
    }

    /// The body of an entry that is there.
    pub(super) fn body(&self, seq: u64) -> rusqlite::Result<Vec<u8>> {
        self.connection.query_row(
            "SELECT body FROM entry WHERE seq = ?1",
            [number(seq)],
            |row| row.get(0),
        )
    }

    /// The sealed bytes of a `shown` row, inside the transaction.
    pub(super) fn shown(&self, address: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        self.connection
            .prepare_cached("SELECT sealed FROM shown WHERE address = ?1")?
            .query_row([address], |row| row.get(0))
            .optional()
    }

    /// Whether a receipt is taken, inside the transaction.
    pub(super) fn has_receipt(&self, receipt: &str) -> rusqlite::Result<bool> {
        if self.recent.has_receipt(&self.connection, receipt)? {
            return Ok(true);
        }
        self.connection
            .prepare_cached("SELECT count(*) > 0 FROM receipt WHERE receipt = ?1")?
            .query_row([receipt], |row| row.get(0))
    }

    /// Commits something that is no entry: whether the file can be written again.
    pub(super) fn probe(&self) -> rusqlite::Result<()> {
        self.connection.execute_batch("PRAGMA user_version = 1")
    }

    /// Moves what is in the write-ahead log into the file.
    pub(super) fn checkpoint(&self) -> rusqlite::Result<()> {
        checkpoint(&self.connection).map(drop)
    }
}

/// Moves what is in a write-ahead log into its file, as far as nobody is in the way; how many frames
/// the log has.
pub(super) fn checkpoint(connection: &Connection) -> rusqlite::Result<u64> {
    let frames: i64 =
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))?;
    // -1 where there is no log.
    Ok(u64::try_from(frames).unwrap_or(0))
}

/// The starts, stops and ends of grants since an instant (seconds since 1970), in order. What is no
/// entry is for verification to name, and tells nothing.
pub(super) fn for_each_of_grants(
    connection: &Connection,
    since: i64,
    mut visit: impl FnMut(ReadEntry),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "SELECT entry.seq, body FROM of_grants JOIN entry ON entry.seq = of_grants.seq \
         WHERE at >= ?1 ORDER BY entry.seq",
    )?;
    let mut rows = statement.query([since])?;
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(1)?;
        if let Ok(entry) = ReadEntry::parse(place(row, 0)?, &body) {
            visit(entry);
        }
    }
    Ok(())
}

/// The grants without an end of any connection, oldest first.
pub(super) fn open_rows(connection: &Connection) -> rusqlite::Result<Vec<OpenRow>> {
    connection
        .prepare(
            "SELECT grant_id, entry_seq, account, facility, patient_key FROM open_grant \
             ORDER BY entry_seq",
        )?
        .query_map([], |row| {
            Ok(OpenRow {
                grant: row.get(0)?,
                seq: place(row, 1)?,
                account: row.get(2)?,
                facility: row.get(3)?,
                patient: row.get(4)?,
            })
        })?
        .collect()
}

/// A place as SQLite counts it.
pub(super) fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// Reads a place.
pub(super) fn place(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// Opens a file whose commits are durable when they return: write-ahead log, synchronous FULL,
/// both read back, because SQLite silently keeps another mode where it cannot have the one asked
/// for.
pub(super) fn open_durable(file: &Path) -> Result<Connection, Error> {
    make_private(file).map_err(|error| Error::CannotOpen(error.to_string()))?;
    let connection = Connection::open(file).map_err(cannot_open)?;
    connection
        .busy_timeout(std::time::Duration::from_millis(100))
        .map_err(cannot_open)?;
    let journal: String = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(cannot_open)?;
    // The writer moves the log into the file itself, after its callers have been answered.
    connection
        .execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; \
             PRAGMA cache_size = -16384",
        )
        .map_err(cannot_open)?;
    let synchronous: i64 = connection
        .query_row("PRAGMA synchronous", [], |row| row.get(0))
        .map_err(cannot_open)?;
    if journal != "wal" || synchronous != 2 {
        return Err(Error::CannotOpen(format!(
            "commits would not be durable (journal {journal}, synchronous {synchronous})"
        )));
    }
    Ok(connection)
}

/// Makes the file readable for its owner alone, where it is not there yet; SQLite gives its files
/// beside it the same mode. One that is there is not opened: closing it would give up every lock that
/// another connection of this process holds on it.
fn make_private(file: &Path) -> std::io::Result<()> {
    let made = std::fs::OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(file);
    match made {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// SQLite's reason as one of opening.
#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
pub(super) fn cannot_open(error: rusqlite::Error) -> Error {
    Error::CannotOpen(error.to_string())
}

/// A file's reason as one of opening.
#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
pub(super) fn cannot_write(error: std::io::Error) -> Error {
    Error::CannotOpen(error.to_string())
}

/// SQLite's reason as one of reading.
#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
pub(super) fn cannot_read(error: rusqlite::Error) -> Error {
    Error::CannotRead(error.to_string())
}
