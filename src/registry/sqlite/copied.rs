//! A file that holds a node's copy of the registry that nodes share, and what the registry must still
//! be told.

use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params_from_iter};

use super::SqliteStore;
use crate::registry::{
    Error,
    copy::{Owed, Rows, TABLES},
};

/// The file's name.
const FILE: &str = "registry-copy.sqlite";

/// What the file has besides the tables of a registry: when the copy was taken, and what is owed.
const BESIDES: &str = "CREATE TABLE IF NOT EXISTS copied(at INTEGER NOT NULL) STRICT; \
     CREATE TABLE IF NOT EXISTS owed(id INTEGER PRIMARY KEY AUTOINCREMENT, said TEXT NOT NULL UNIQUE) STRICT";

impl SqliteStore {
    /// Opens or creates the copy in a folder.
    pub(in crate::registry) fn open_copy(folder: &Path) -> Result<Self, Error> {
        let store = Self::at(&folder.join(FILE))?;
        store.connection().execute_batch(BESIDES)?;
        Ok(store)
    }

    /// When the copy was taken; `None` where there is none yet.
    pub(in crate::registry) fn copied_at(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let at: Option<i64> = self
            .connection()
            .query_row("SELECT at FROM copied", [], |row| row.get(0))
            .optional()?;
        Ok(at.and_then(DateTime::from_timestamp_millis))
    }

    /// Puts these rows, in the order of [`TABLES`], in the place of all that were copied.
    pub(in crate::registry) fn replace(
        &self,
        tables: &[Rows],
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.together(|transaction| {
            // Rows name one another, accounts and permissions in both directions.
            transaction.execute_batch("PRAGMA defer_foreign_keys = ON; DELETE FROM copied")?;
            for (table, rows) in TABLES.iter().zip(tables) {
                transaction.execute(table.clear, [])?;
                let mut add = transaction.prepare_cached(table.add)?;
                for row in rows {
                    add.execute(params_from_iter(row))?;
                }
            }
            transaction.execute("INSERT INTO copied VALUES (?1)", [at.timestamp_millis()])?;
            Ok(true)
        })
        .map(drop)
    }

    /// Notes what the registry must be told; once more, where it may be telling it that just now.
    pub(in crate::registry) fn owe(&self, owed: &Owed) -> Result<(), Error> {
        let said = serde_json::to_string(owed)
            .map_err(|_| Error::Unavailable("what is owed cannot be written".to_owned()))?;
        self.change("INSERT OR REPLACE INTO owed (said) VALUES (?1)", [said])
            .map(drop)
    }

    /// What the registry must be told, each under its id, in the order in which it was done; what
    /// another version of this program wrote and this one cannot read is left out.
    pub(in crate::registry) fn owed(&self) -> Result<Vec<(i64, Owed)>, Error> {
        let said = self.list("SELECT id, said FROM owed ORDER BY id", [], |row| {
            let owed = serde_json::from_str(&row.text(1)?).ok();
            Ok(owed.map(|owed| (row.number(0), owed)))
        })?;
        let said = said.into_iter().flatten();
        said.map(|(id, owed)| Ok((id?, owed))).collect()
    }

    /// The registry was told.
    pub(in crate::registry) fn owe_no_more(&self, id: i64) -> Result<(), Error> {
        self.change("DELETE FROM owed WHERE id = ?1", [id])
            .map(drop)
    }
}
