//! `keys.sqlite`: the keys that seal personal fields, themselves sealed under the installation's.
//!
//! One key for each (node, facility, patient, Japanese calendar year), and one for each (node,
//! facility, year) for what concerns no known patient. An entry names its key by an id; erasing a
//! key leaves its row without the key, and everything sealed under it unreadable for ever, while
//! the entries and their hashes stay.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use rusqlite::{Connection, OptionalExtension as _, params};
use secrecy::{ExposeSecret as _, SecretSlice};

use super::{
    Error,
    seal::{Key, Unsealable, joined},
    store::{cannot_open, open_durable},
};
use crate::domain::{
    access::{FacilityId, NodeId, PatientKey},
    entropy::{Entropy, random},
    patient::MemberNumber,
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
        WHERE wrapped IS NOT NULL";

/// The keys that follow from the installation's key.
#[derive(Clone)]
pub(super) struct RootKeys {
    wrapping: Key,
    index: Key,
}

impl RootKeys {
    /// Derives them; the installation's key must have at least 256 bits.
    pub(super) fn new(key: &SecretSlice<u8>) -> Result<Self, Error> {
        let material = key.expose_secret();
        if material.len() < 32 {
            return Err(Error::CannotOpen(
                "the ledger key must have at least 32 bytes".to_owned(),
            ));
        }
        let derived = |purpose| {
            Key::derived(material, purpose)
                .map_err(|Unsealable| Error::CannotOpen("the ledger key is unusable".to_owned()))
        };
        Ok(Self {
            wrapping: derived("emergency-summary ledger: wrapping of keys, 1")?,
            index: derived("emergency-summary ledger: hashes of patients, 1")?,
        })
    }

    /// The patient's keyed hash in one facility: 128 bits of HMAC-SHA256 in hexadecimal digits.
    pub(super) fn patient_key(&self, facility: &FacilityId, number: &MemberNumber) -> PatientKey {
        let text = joined(&[&facility.0, &number.value()]);
        let hash = self.index.keyed_hash(&text).unwrap_or_default();
        PatientKey(data_encoding::HEXLOWER.encode(hash.first_chunk::<16>().unwrap_or(&[0; 16])))
    }
}

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
        let connection = open_durable(&folder.join(FILE))?;
        connection
            .execute_batch("PRAGMA secure_delete = ON")
            .map_err(cannot_open)?;
        connection.execute_batch(TABLE).map_err(cannot_open)?;
        let ring = Self {
            connection,
            root,
            kept: BTreeMap::new(),
            fresh: Vec::new(),
        };
        let some_key: Option<String> = ring
            .connection
            .query_row(
                "SELECT id FROM key WHERE wrapped IS NOT NULL LIMIT 1",
                [],
                |row| row.get(0),
            )
            .optional()
            .map_err(cannot_open)?;
        if let Some(id) = some_key
            && find(&ring.connection, &ring.root, &id).is_err()
        {
            return Err(Error::CannotOpen(
                "the ledger key is not the one that keys.sqlite was written with".to_owned(),
            ));
        }
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
        let wrapped =
            key.key
                .wrapped(&self.root.wrapping, entropy, &circle.circumstances(&key.id))?;
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

    /// Moves what is in the write-ahead log into the file.
    pub(super) fn checkpoint(&self) -> rusqlite::Result<()> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
    }
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
    let row: Option<(Circle, Option<Vec<u8>>)> = connection
        .prepare_cached("SELECT node, facility, patient, year, wrapped FROM key WHERE id = ?1")?
        .query_row([id], |row| {
            let patient: String = row.get(2)?;
            let circle = Circle {
                node: NodeId(row.get(0)?),
                facility: FacilityId(row.get(1)?),
                patient: (!patient.is_empty()).then_some(PatientKey(patient)),
                year: row.get(3)?,
            };
            Ok((circle, row.get(4)?))
        })
        .optional()?;
    let Some((circle, Some(wrapped))) = row else {
        return Ok(Found::Erased);
    };
    let key = Key::unwrapped(&wrapped, &root.wrapping, &circle.circumstances(id))?;
    Ok(Found::Key(DataKey {
        id: id.to_owned(),
        key,
        circle,
    }))
}
