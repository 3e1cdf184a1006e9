//! `keys.sqlite`: the keys that seal personal fields, themselves sealed under the installation's.
//!
//! One key for each (node, facility, patient, Japanese calendar year), and one for each (node,
//! facility, year) for what concerns no known patient. An entry names its key by an id; erasing a
//! key leaves its row without the key, and everything sealed under it unreadable for ever, while
//! the entries and their hashes stay.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Error,
    ring::{NOT_THE_KEY, RootKeys},
    seal::{Key, Unsealable, joined},
    store::{cannot_open, checkpoint, open_durable},
};
use crate::domain::{
    access::{FacilityId, NodeId, PatientKey},
    entropy::{Entropy, random},
};

/// The file's name.
pub(super) const FILE: &str = "keys.sqlite";

/// How many opened keys are kept in memory.
const KEPT: usize = 4_096;

/// Its tables.
pub(super) const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS key(
        id TEXT PRIMARY KEY NOT NULL, node TEXT NOT NULL, facility TEXT NOT NULL,
        patient TEXT NOT NULL, year INTEGER NOT NULL, wrapped BLOB) WITHOUT ROWID;
    CREATE UNIQUE INDEX IF NOT EXISTS key_in_use ON key(node, facility, patient, year)
        WHERE wrapped IS NOT NULL;
    CREATE TABLE IF NOT EXISTS secret(
        name TEXT PRIMARY KEY NOT NULL, wrapped BLOB NOT NULL) WITHOUT ROWID";

/// Whose key, and of which year.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Circle {
    pub(super) node: NodeId,
    pub(super) facility: FacilityId,
    /// `None` for what concerns no known patient.
    pub(super) patient: Option<PatientKey>,
    /// Japanese calendar year.
    pub(super) year: i32,
}

impl Circle {
    fn patient_text(&self) -> &str {
        self.patient.as_ref().map_or("", |patient| &patient.0)
    }

    /// What sealed bytes are bound to besides their key.
    pub(super) fn circumstances(&self, purpose: &str) -> Vec<u8> {
        joined(&[
            purpose,
            &self.node.0,
            &self.facility.0,
            self.patient_text(),
            &self.year.to_string(),
        ])
    }
}

/// One opened key.
#[derive(Clone)]
pub(super) struct DataKey {
    /// Its id, as entries name it.
    pub(super) id: String,
    key: Key,
    circle: Circle,
}

impl DataKey {
    /// Seals `plain` for one purpose: the name of the field.
    pub(super) fn seal(
        &self,
        entropy: &dyn Entropy,
        purpose: &str,
        plain: &[u8],
    ) -> Result<Vec<u8>, Unsealable> {
        self.key
            .seal(entropy, &self.circle.circumstances(purpose), plain)
    }

    /// Opens what was sealed for that purpose.
    pub(super) fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
        self.key.open(&self.circle.circumstances(purpose), sealed)
    }

    /// Where content stands: HMAC-SHA256 under a key of the patient, in hexadecimal digits, so
    /// that nobody without the key can tell whether two patients were shown the same.
    pub(super) fn address(&self, plain: &[u8]) -> Result<String, Unsealable> {
        let hash = self
            .key
            .for_purpose("address of shown content")?
            .keyed_hash(plain)?;
        Ok(data_encoding::HEXLOWER.encode(&hash))
    }
}

/// Why there is no key for a draft.
pub(super) enum NoKey {
    /// The file cannot be read or written.
    Database(rusqlite::Error),
    /// The key is there but does not open.
    Unusable,
}

impl From<rusqlite::Error> for NoKey {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Unsealable> for NoKey {
    fn from(_: Unsealable) -> Self {
        Self::Unusable
    }
}

/// Whether these open what is there.
pub(super) fn prove(connection: &Connection, root: &RootKeys) -> Result<(), Error> {
    let some_key: Option<String> = connection
        .query_row(
            "SELECT id FROM key WHERE wrapped IS NOT NULL LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()
        .map_err(cannot_open)?;
    match some_key {
        Some(id) if find(connection, root, &id).is_err() => {
            Err(Error::CannotOpen(NOT_THE_KEY.to_owned()))
        }
        Some(_) | None => Ok(()),
    }
}

/// The writer's keys.
pub(super) struct KeyRing {
    connection: Connection,
    root: RootKeys,
    kept: BTreeMap<Circle, Arc<DataKey>>,
    /// Keys of the transaction that is not durable yet.
    fresh: Vec<Circle>,
}

impl KeyRing {
    /// Opens or creates the file; refuses where its keys belong to another installation's key.
    pub(super) fn open(folder: &Path, root: RootKeys) -> Result<Self, Error> {
        let connection = open_file(folder)?;
        let ring = Self {
            connection,
            root,
            kept: BTreeMap::new(),
            fresh: Vec::new(),
        };
        prove(&ring.connection, &ring.root)?;
        Ok(ring)
    }

    /// The key of a circle; a new one is durable only after [`Self::commit`].
    pub(super) fn get(
        &mut self,
        circle: &Circle,
        entropy: &dyn Entropy,
    ) -> Result<Arc<DataKey>, NoKey> {
        if let Some(key) = self.kept.get(circle) {
            return Ok(Arc::clone(key));
        }
        let id: Option<String> = self
            .connection
            .prepare_cached(
                "SELECT id FROM key WHERE node = ?1 AND facility = ?2 AND patient = ?3 \
                 AND year = ?4 AND wrapped IS NOT NULL",
            )?
            .query_row(
                params![
                    circle.node.0,
                    circle.facility.0,
                    circle.patient_text(),
                    circle.year
                ],
                |row| row.get(0),
            )
            .optional()?;
        let key = match id {
            Some(id) => match find(&self.connection, &self.root, &id)? {
                Found::Key(key) => key,
                Found::Erased => return Err(NoKey::Unusable),
            },
            None => self.make(circle, entropy)?,
        };
        let key = Arc::new(key);
        if self.kept.len() >= KEPT {
            self.kept.clear();
        }
        self.kept.insert(circle.clone(), Arc::clone(&key));
        Ok(key)
    }

    fn make(&mut self, circle: &Circle, entropy: &dyn Entropy) -> Result<DataKey, NoKey> {
        let key = DataKey {
            id: data_encoding::HEXLOWER.encode(&random::<8>(entropy)),
            key: Key::fresh(entropy),
            circle: circle.clone(),
        };
        let wrapped = self
            .root
            .wrap(&key.key, entropy, &circle.circumstances(&key.id))?;
        if self.connection.is_autocommit() {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        self.connection
            .prepare_cached(
                "INSERT INTO key(id, node, facility, patient, year, wrapped) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                key.id,
                circle.node.0,
                circle.facility.0,
                circle.patient_text(),
                circle.year,
                wrapped
            ])?;
        self.fresh.push(circle.clone());
        Ok(key)
    }

    /// Makes new keys durable; must return before an entry that uses them is committed.
    pub(super) fn commit(&mut self) -> rusqlite::Result<()> {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("COMMIT")?;
        }
        self.fresh.clear();
        Ok(())
    }

    /// Forgets the new keys that are not durable.
    pub(super) fn roll_back(&mut self) {
        for circle in self.fresh.drain(..) {
            self.kept.remove(&circle);
        }
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "the transaction of keys could not be rolled back");
        }
    }

    /// The file, for changing it between two transactions of entries.
    pub(super) const fn file(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Forgets every opened key: what the file holds has changed.
    pub(super) fn forget(&mut self) {
        self.kept.clear();
    }

    /// Goes on with other key-encryption keys.
    pub(super) fn renew(&mut self, root: RootKeys) {
        self.root = root;
    }

    /// Moves what is in the write-ahead log into the file.
    pub(super) fn checkpoint(&self) -> rusqlite::Result<()> {
        checkpoint(&self.connection).map(drop)
    }
}

/// Opens or creates the file: durable commits, and what is deleted is overwritten.
pub(super) fn open_file(folder: &Path) -> Result<Connection, Error> {
    let connection = open_durable(&folder.join(FILE))?;
    connection
        .execute_batch("PRAGMA secure_delete = ON")
        .map_err(cannot_open)?;
    connection.execute_batch(TABLE).map_err(cannot_open)?;
    Ok(connection)
}

/// A row of the file: its id, whose key it is, and the key, wrapped; `None` where it was erased.
pub(super) type KeyRow = (String, Circle, Option<Vec<u8>>);

/// One row by its id, as [`key_row`] reads it.
pub(super) const ONE: &str =
    "SELECT id, node, facility, patient, year, wrapped FROM key WHERE id = ?1";

/// Every row, as [`key_row`] reads it.
pub(super) const ALL: &str =
    "SELECT id, node, facility, patient, year, wrapped FROM key ORDER BY id";

/// Reads a row.
pub(super) fn key_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<KeyRow> {
    let patient: String = row.get(3)?;
    let circle = Circle {
        node: NodeId(row.get(1)?),
        facility: FacilityId(row.get(2)?),
        patient: (!patient.is_empty()).then_some(PatientKey(patient)),
        year: row.get(4)?,
    };
    Ok((row.get(0)?, circle, row.get(5)?))
}

/// What is at hand of a key that an entry names.
pub(super) enum Found {
    /// The key.
    Key(DataKey),
    /// It was erased, or its row is gone.
    Erased,
}

/// A key by its id.
pub(super) fn find(connection: &Connection, root: &RootKeys, id: &str) -> Result<Found, NoKey> {
    let row = connection
        .prepare_cached(ONE)?
        .query_row([id], key_row)
        .optional()?;
    let Some((_, circle, Some(wrapped))) = row else {
        return Ok(Found::Erased);
    };
    let key = root.unwrap(&wrapped, &circle.circumstances(id))?;
    Ok(Found::Key(DataKey {
        id: id.to_owned(),
        key,
        circle,
    }))
}
