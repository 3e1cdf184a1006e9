//! The archive read back: each node's rows are laid out as the files that they came from, so that
//! whatever reads and verifies a ledger does so with them.

use std::{collections::BTreeMap, fs::OpenOptions, io::Write as _, path::Path};

use rusqlite::{Connection, params};
use tokio_postgres::{Client, Row, types::ToSql};
use tokio_util::task::TaskTracker;

use super::{
    super::{
        Error, keys as key_file,
        read::ReadEntry,
        store::{self, TABLES, cannot_read},
    },
    End, Target, keys,
    known::Known,
    notes, rows,
};
use crate::postgres::said;

/// Rows that are read at once: entries, and the larger contents.
const PIECE: (i64, i64) = (512, 16);

/// What a node has seen of the archive, from its own folder: where each node's entries ended.
///
/// # Errors
/// [`Error::CannotRead`].
pub fn known(folder: &Path) -> Result<BTreeMap<String, End>, Error> {
    Ok(Known::read(folder)?.ends())
}

/// The whole archive at one moment. Nothing is changed in it.
pub struct Snapshot {
    client: Client,
    /// Where the connection runs.
    _tasks: TaskTracker,
}

impl Snapshot {
    /// Connects, and holds the moment fast. Needs a running tokio runtime.
    ///
    /// # Errors
    /// [`Error::CannotRead`], with why.
    pub async fn open(target: &Target) -> Result<Self, Error> {
        let away = |why: String| Error::CannotRead(format!("the archive: {why}"));
        let (client, driver) = target
            .connect("emergency-summary ledger verify")
            .await
            .map_err(away)?;
        let tasks = TaskTracker::new();
        tasks.spawn(async move {
            // Whoever waits for an answer is told.
            drop(driver.await);
        });
        client
            .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await
            .map_err(unreadable)?;
        Ok(Self {
            client,
            _tasks: tasks,
        })
    }

    /// Every node that anything is there of, and where its entries end.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub async fn nodes(&self) -> Result<BTreeMap<String, Option<End>>, Error> {
        let ends = rows::ends(&self.client)
            .await
            .map_err(|trouble| Error::CannotRead(format!("the archive: {trouble}")))?;
        let mut nodes: BTreeMap<_, _> = ends
            .into_iter()
            .map(|(node, end)| (node, Some(end)))
            .collect();
        let others = self
            .client
            .query(
                "SELECT node FROM ledger_shown UNION SELECT node FROM ledger_note \
                 UNION SELECT node FROM ledger_key",
                &[],
            )
            .await
            .map_err(unreadable)?;
        for row in &others {
            let node: String = row.try_get(0).map_err(unreadable)?;
            nodes.entry(node).or_insert(None);
        }
        Ok(nodes)
    }

    /// Lays a node's rows out in an empty folder; its wrapped keys only where they are wanted. What
    /// is wrong with the rows is there as it is.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub async fn lay_out(&self, node: &str, folder: &Path, with_keys: bool) -> Result<(), Error> {
        let file = Connection::open(folder.join(store::FILE)).map_err(cannot_read)?;
        file.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            .map_err(cannot_read)?;
        for (_, statement) in TABLES {
            file.execute_batch(statement).map_err(cannot_read)?;
        }
        self.entries(node, &file).await?;
        self.shown(node, &file).await?;
        drop(file);
        // Whatever else follows from the entries.
        drop(store::Store::open(folder)?);
        self.notes(node, folder).await?;
        if with_keys {
            self.keys(node, folder).await?;
        }
        Ok(())
    }

    async fn rows(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
        self.client.query(sql, values).await.map_err(unreadable)
    }

    async fn entries(&self, node: &str, file: &Connection) -> Result<(), Error> {
        let mut last = i64::MIN;
        loop {
            let rows = self
                .rows(
                    "SELECT seq, body, leaf, chain FROM ledger_entry \
                     WHERE node = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                    &[&node, &last, &PIECE.0],
                )
                .await?;
            file.execute_batch("BEGIN").map_err(cannot_read)?;
            for row in &rows {
                last = row.try_get(0).map_err(unreadable)?;
                let (body, leaf, chain) = (bytes(row, 1)?, bytes(row, 2)?, bytes(row, 3)?);
                file.prepare_cached(
                    "INSERT INTO entry(seq, body, leaf, chain) VALUES (?1, ?2, ?3, ?4)",
                )
                .and_then(|mut insert| insert.execute(params![last, body, leaf, chain]))
                .map_err(cannot_read)?;
                follow(file, last, body).map_err(cannot_read)?;
            }
            file.execute_batch("COMMIT").map_err(cannot_read)?;
            if rows.is_empty() {
                return Ok(());
            }
        }
    }

    async fn shown(&self, node: &str, file: &Connection) -> Result<(), Error> {
        let mut last = String::new();
        loop {
            let rows = self
                .rows(
                    "SELECT address, sealed FROM ledger_shown \
                     WHERE node = $1 AND address > $2 ORDER BY address LIMIT $3",
                    &[&node, &last, &PIECE.1],
                )
                .await?;
            for row in &rows {
                last = row.try_get(0).map_err(unreadable)?;
                let sealed = bytes(row, 1)?;
                file.prepare_cached("INSERT INTO shown(address, sealed) VALUES (?1, ?2)")
                    .and_then(|mut insert| insert.execute(params![last, sealed]))
                    .map_err(cannot_read)?;
            }
            if rows.is_empty() {
                return Ok(());
            }
        }
    }

    /// The files of notes, as the writer makes them.
    async fn notes(&self, node: &str, folder: &Path) -> Result<(), Error> {
        let cannot = |error: std::io::Error| Error::CannotRead(error.to_string());
        for name in notes::FILES.into_iter().chain([notes::PUBLIC_KEY]) {
            let is_list = name != notes::PUBLIC_KEY;
            let mut last = i64::MIN;
            loop {
                let rows = self
                    .rows(
                        "SELECT number, note FROM ledger_note \
                         WHERE node = $1 AND file = $2 AND number > $3 ORDER BY number LIMIT $4",
                        &[&node, &name, &last, &PIECE.0],
                    )
                    .await?;
                if rows.is_empty() {
                    break;
                }
                let mut text = String::new();
                for row in &rows {
                    last = row.try_get(0).map_err(unreadable)?;
                    text.push_str(row.try_get(1).map_err(unreadable)?);
                    text.push_str(if is_list { "\n" } else { "" });
                }
                let mut file = OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(folder.join(name))
                    .map_err(cannot)?;
                file.write_all(text.as_bytes()).map_err(cannot)?;
            }
        }
        Ok(())
    }

    /// How many entries the newest checkpoint says there were; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub async fn covered(&self, node: &str) -> Result<Option<u64>, Error> {
        let rows = self
            .rows(
                "SELECT number, note FROM ledger_note WHERE node = $1 AND file = ANY($2) \
                 ORDER BY number DESC LIMIT 64",
                &[&node, &notes::FILES.as_slice()],
            )
            .await?;
        let mut covered = None;
        for row in &rows {
            let checkpoint = notes::Note {
                number: 0,
                text: row.try_get(1).map_err(unreadable)?,
            };
            covered = covered.max(checkpoint.size());
        }
        Ok(covered)
    }

    /// The wrapped keys.
    async fn keys(&self, node: &str, folder: &Path) -> Result<(), Error> {
        let file = Connection::open(folder.join(key_file::FILE)).map_err(cannot_read)?;
        file.execute_batch(key_file::TABLE).map_err(cannot_read)?;
        let mut last = String::new();
        loop {
            let rows = self
                .rows(
                    "SELECT id, origin, facility, patient, year, wrapped FROM ledger_key \
                     WHERE node = $1 AND id > $2 ORDER BY id LIMIT $3",
                    &[&node, &last, &PIECE.0],
                )
                .await?;
            if rows.is_empty() {
                return Ok(());
            }
            file.execute_batch("BEGIN").map_err(cannot_read)?;
            for row in &rows {
                let key = keys::archived(row).map_err(unreadable)?;
                if let Some(name) = key.id.strip_prefix(keys::SECRET) {
                    file.execute(
                        "INSERT OR IGNORE INTO secret(name, wrapped) VALUES (?1, ?2)",
                        rusqlite::params![name, key.wrapped],
                    )
                    .map_err(cannot_read)?;
                    last = key.id;
                    continue;
                }
                file.prepare_cached(
                    "INSERT OR IGNORE INTO key(id, node, facility, patient, year, wrapped) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )
                .and_then(|mut insert| {
                    insert.execute(params![
                        key.id,
                        key.origin,
                        key.facility,
                        key.patient,
                        key.year,
                        key.wrapped
                    ])
                })
                .map_err(cannot_read)?;
                last = key.id;
            }
            file.execute_batch("COMMIT").map_err(cannot_read)?;
        }
    }
}

/// Writes the rows that follow from an entry. What is no entry, or contradicts earlier ones, is for
/// verification to name.
fn follow(file: &Connection, seq: i64, body: &[u8]) -> rusqlite::Result<()> {
    let Ok(entry) = ReadEntry::parse(0, body) else {
        return Ok(());
    };
    if let Some(receipt) = &entry.receipt {
        file.prepare_cached("INSERT OR IGNORE INTO receipt(receipt, seq) VALUES (?1, ?2)")?
            .execute(params![receipt, seq])?;
    }
    let Some(grant) = &entry.grant else {
        return Ok(());
    };
    if entry.event == "grant_started" {
        let account = entry.account.as_ref().map_or("", |id| &id.0);
        let patient = entry.patient.as_ref().map_or("", |key| &key.0);
        file.prepare_cached(
            "INSERT OR IGNORE INTO open_grant(grant_id, entry_seq, account, facility, patient_key) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![grant.0, seq, account, entry.facility.0, patient])?;
    } else if entry.event == "grant_ended" {
        file.prepare_cached("DELETE FROM open_grant WHERE grant_id = ?1")?
            .execute([&grant.0])?;
    }
    Ok(())
}

/// A column of bytes.
fn bytes(row: &Row, column: usize) -> Result<&[u8], Error> {
    row.try_get(column).map_err(unreadable)
}

/// The database says no, or is away.
#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn unreadable(error: tokio_postgres::Error) -> Error {
    Error::CannotRead(format!("the archive: {}", said(&error)))
}
