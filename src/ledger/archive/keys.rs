//! The wrapped keys, here and in the archive. They are the only rows that change: erased, or
//! wrapped anew.

use std::{collections::BTreeMap, path::Path, time::SystemTime};

use rusqlite::{Connection, OptionalExtension as _};
use tokio_postgres::{Client, Transaction};

use super::{
    super::{Error, keys::FILE, read::open_for_reading, store::cannot_read},
    Alarm,
    rows::Trouble,
};

/// One row of `keys.sqlite`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyRow {
    pub(super) id: String,
    /// The node that made it.
    pub(super) origin: String,
    pub(super) facility: String,
    pub(super) patient: String,
    pub(super) year: i32,
    /// `None` where it was erased.
    pub(super) wrapped: Option<Vec<u8>>,
}

/// What the id of a row begins with that is no key but the wrapped secret behind the hashes of
/// patients: without it a copy finds nobody by number once the oldest key-encryption key is gone.
pub(super) const SECRET: &str = "secret:";

/// How the file and its log looked: whatever is written to them changes it.
pub(super) type Stamp = Vec<Option<(u64, SystemTime)>>;

/// How the file of keys looks now.
pub(super) fn stamp(folder: &Path) -> Stamp {
    ["", "-wal"]
        .into_iter()
        .map(|end| {
            let data = std::fs::metadata(folder.join(format!("{FILE}{end}"))).ok()?;
            Some((data.len(), data.modified().ok()?))
        })
        .collect()
}

/// Reads the file of keys.
pub(super) struct KeyFile(Option<Connection>);

impl KeyFile {
    /// Opens it, where it is there.
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let file = folder.join(FILE);
        let connection = file
            .is_file()
            .then(|| open_for_reading(&file))
            .transpose()?;
        Ok(Self(connection))
    }

    /// One row.
    pub(super) fn find(&self, id: &str) -> Result<Option<KeyRow>, Error> {
        let Some(connection) = &self.0 else {
            return Ok(None);
        };
        connection
            .prepare_cached(
                "SELECT id, node, facility, patient, year, wrapped FROM key WHERE id = ?1",
            )
            .and_then(|mut statement| statement.query_row([id], key_row).optional())
            .map_err(cannot_read)
    }

    /// The next rows by their ids.
    pub(super) fn after(&self, id: &str, most: u32) -> Result<Vec<KeyRow>, Error> {
        let Some(connection) = &self.0 else {
            return Ok(Vec::new());
        };
        connection
            .prepare_cached(
                "SELECT id, node, facility, patient, year, wrapped FROM \
                 (SELECT id, node, facility, patient, year, wrapped FROM key UNION ALL \
                  SELECT 'secret:' || name, '', '', '', 0, wrapped FROM secret) \
                 WHERE id > ?1 ORDER BY id LIMIT ?2",
            )
            .and_then(|mut statement| {
                let rows = statement.query_map(rusqlite::params![id, most], key_row)?;
                rows.collect()
            })
            .map_err(cannot_read)
    }
}

fn key_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<KeyRow> {
    Ok(KeyRow {
        id: row.get(0)?,
        origin: row.get(1)?,
        facility: row.get(2)?,
        patient: row.get(3)?,
        year: row.get(4)?,
        wrapped: row.get(5)?,
    })
}

/// Adds a key; one that is there already stays as it is until keys are compared.
pub(super) async fn add(within: &Transaction<'_>, node: &str, key: &KeyRow) -> Result<(), Trouble> {
    within
        .execute(
            "INSERT INTO ledger_key(node, id, origin, facility, patient, year, wrapped) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (node, id) DO NOTHING",
            &[
                &node,
                &key.id,
                &key.origin,
                &key.facility,
                &key.patient,
                &key.year,
                &key.wrapped,
            ],
        )
        .await?;
    Ok(())
}

/// Makes the archive's keys what these are: adds, erases, wraps anew. Gives what must not be.
pub(super) async fn compare(
    client: &mut Client,
    node: &str,
    keys: &[KeyRow],
) -> Result<Vec<Alarm>, Trouble> {
    let ids: Vec<&str> = keys.iter().map(|key| key.id.as_str()).collect();
    let within = client.transaction().await?;
    let rows = within
        .query(
            "SELECT id, origin, facility, patient, year, wrapped FROM ledger_key \
             WHERE node = $1 AND id = ANY($2)",
            &[&node, &ids],
        )
        .await?;
    let mut there = BTreeMap::new();
    for row in &rows {
        let key = archived(row)?;
        there.insert(key.id.clone(), key);
    }
    let mut alarms = Vec::new();
    for key in keys {
        let Some(archived) = there.remove(&key.id) else {
            add(&within, node, key).await?;
            continue;
        };
        let is_same_otherwise = KeyRow {
            wrapped: key.wrapped.clone(),
            ..archived.clone()
        } == *key;
        let is_back = archived.wrapped.is_none() && key.wrapped.is_some();
        if is_back || !is_same_otherwise {
            alarms.push(Alarm::Key(key.id.clone()));
        } else if archived.wrapped != key.wrapped {
            within
                .execute(
                    "UPDATE ledger_key SET wrapped = $3 WHERE node = $1 AND id = $2",
                    &[&node, &key.id, &key.wrapped],
                )
                .await?;
        }
    }
    within.commit().await?;
    Ok(alarms)
}

/// A row of the archive, its columns from `id` on.
pub(super) fn archived(row: &tokio_postgres::Row) -> Result<KeyRow, tokio_postgres::Error> {
    Ok(KeyRow {
        id: row.try_get(0)?,
        origin: row.try_get(1)?,
        facility: row.try_get(2)?,
        patient: row.try_get(3)?,
        year: row.try_get(4)?,
        wrapped: row.try_get(5)?,
    })
}
