//! The key-encryption keys of an installation, and the secret behind the keyed hashes of patients.
//!
//! The newest key wraps; older ones still open, so that keys can be wrapped anew while the server
//! runs. The secret of the hashes never changes: it is made once from the oldest key at hand and
//! kept, wrapped, in `keys.sqlite`, so that a patient is found by the same hash for ever.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};
use secrecy::{ExposeSecret as _, SecretSlice};

use super::{
    Error, folder,
    keys::{self, open_file},
    seal::{Key, Unsealable, joined},
    store::cannot_open,
};
use crate::domain::{
    access::{FacilityId, PatientKey},
    entropy::Entropy,
    patient::MemberNumber,
};

/// The row of the secret behind the hashes.
const HASHES: &str = "hashes of patients";

/// What is said where no key at hand opens what is there.
pub(super) const NOT_THE_KEY: &str =
    "the ledger key is not the one that keys.sqlite was written with";

/// The key-encryption keys, newest first; at least one.
#[derive(Clone)]
pub struct RootSecrets(Vec<SecretSlice<u8>>);

impl RootSecrets {
    /// The newest key and the older ones that still open.
    #[must_use]
    pub fn new(newest: SecretSlice<u8>, older: Vec<SecretSlice<u8>>) -> Self {
        let mut keys = vec![newest];
        keys.extend(older);
        Self(keys)
    }
}

impl From<SecretSlice<u8>> for RootSecrets {
    fn from(key: SecretSlice<u8>) -> Self {
        Self(vec![key])
    }
}

impl From<Vec<u8>> for RootSecrets {
    fn from(key: Vec<u8>) -> Self {
        Self(vec![key.into()])
    }
}

/// The keys that follow from the key-encryption keys.
#[derive(Clone)]
pub(super) struct RootKeys {
    /// Newest first; never empty.
    wrapping: Vec<Key>,
    index: Key,
}

impl RootKeys {
    /// Derives them; every key must have at least 256 bits. The hashes are those of an
    /// installation that has no secret of its own yet.
    fn derived(secrets: &RootSecrets) -> Result<Self, Error> {
        let unusable = |Unsealable| Error::CannotOpen("the ledger key is unusable".to_owned());
        let materials: Vec<&[u8]> = secrets.0.iter().map(SecretSlice::expose_secret).collect();
        if materials.is_empty() || materials.iter().any(|material| material.len() < 32) {
            return Err(Error::CannotOpen(
                "the ledger key must have at least 32 bytes".to_owned(),
            ));
        }
        let wrapping = materials
            .iter()
            .map(|material| Key::derived(material, "emergency-summary ledger: wrapping of keys, 1"))
            .collect::<Result<_, _>>()
            .map_err(unusable)?;
        let oldest = materials.last().copied().unwrap_or_default();
        let index = Key::derived(oldest, "emergency-summary ledger: hashes of patients, 1")
            .map_err(unusable)?;
        Ok(Self { wrapping, index })
    }

    /// The keys of a folder that is written here: the secret behind the hashes is kept there from
    /// now on, also in a folder of before it was kept.
    pub(super) fn of_folder(
        folder: &Path,
        secrets: &RootSecrets,
        entropy: &dyn Entropy,
    ) -> Result<Self, Error> {
        Self::derived(secrets)?.kept_in(folder, entropy)
    }

    /// The same keys for a second folder, with the same hashes.
    pub(super) fn beside(&self, folder: &Path, entropy: &dyn Entropy) -> Result<Self, Error> {
        let kept = self.clone().kept_in(folder, entropy)?;
        let mark = |root: &Self| root.lasting_hash("two folders have one secret", b"");
        if mark(&kept) == mark(self) {
            Ok(kept)
        } else {
            Err(Error::CannotOpen(NOT_THE_KEY.to_owned()))
        }
    }

    fn kept_in(self, folder: &Path, entropy: &dyn Entropy) -> Result<Self, Error> {
        let root = self;
        folder::make(folder)?;
        let connection = open_file(folder)?;
        let unusable = |_: Unsealable| Error::CannotOpen(NOT_THE_KEY.to_owned());
        if let Some(kept) = root.kept(&connection).map_err(cannot_open)? {
            return Ok(Self {
                index: kept.map_err(unusable)?,
                ..root
            });
        }
        // A wrong key must not leave its mark: every right one would be refused afterwards.
        keys::prove(&connection, &root)?;
        let wrapped = root
            .wrap(&root.index, entropy, &joined(&[HASHES]))
            .map_err(unusable)?;
        connection
            .execute(
                "INSERT OR IGNORE INTO secret(name, wrapped) VALUES (?1, ?2)",
                rusqlite::params![HASHES, wrapped],
            )
            .map_err(cannot_open)?;
        // Another process may have been first.
        match root.kept(&connection).map_err(cannot_open)? {
            Some(kept) => Ok(Self {
                index: kept.map_err(unusable)?,
                ..root
            }),
            None => Ok(root),
        }
    }

    /// The keys of files that are only read.
    pub(super) fn of_copy(connection: &Connection, secrets: &RootSecrets) -> Result<Self, Error> {
        let root = Self::derived(secrets)?;
        // A copy of before the secret was kept has no table of it.
        let index = match root.kept(connection) {
            Ok(Some(Ok(index))) => index,
            Ok(Some(Err(Unsealable)) | None) | Err(_) => root.index.clone(),
        };
        Ok(Self { index, ..root })
    }

    fn kept(&self, connection: &Connection) -> rusqlite::Result<Option<Result<Key, Unsealable>>> {
        let wrapped: Option<Vec<u8>> = connection
            .query_row(
                "SELECT wrapped FROM secret WHERE name = ?1",
                [HASHES],
                |row| row.get(0),
            )
            .optional()?;
        Ok(wrapped.map(|wrapped| self.unwrap(&wrapped, &joined(&[HASHES]))))
    }

    /// The same hashes under other key-encryption keys.
    pub(super) fn renewed(&self, secrets: &RootSecrets) -> Result<Self, Error> {
        Ok(Self {
            index: self.index.clone(),
            ..Self::derived(secrets)?
        })
    }

    /// Wraps the secret behind the hashes anew.
    pub(super) fn keep_hashes(
        &self,
        connection: &Connection,
        entropy: &dyn Entropy,
    ) -> Result<(), Error> {
        let wrapped = self
            .wrap(&self.index, entropy, &joined(&[HASHES]))
            .map_err(|Unsealable| Error::CannotRecord)?;
        connection
            .execute(
                "UPDATE secret SET wrapped = ?2 WHERE name = ?1",
                rusqlite::params![HASHES, wrapped],
            )
            .map_err(cannot_open)?;
        Ok(())
    }

    /// Seals a key under the newest.
    pub(super) fn wrap(
        &self,
        key: &Key,
        entropy: &dyn Entropy,
        circumstances: &[u8],
    ) -> Result<Vec<u8>, Unsealable> {
        let newest = self.wrapping.first().ok_or(Unsealable)?;
        key.wrapped(newest, entropy, circumstances)
    }

    /// Opens a key that any of them sealed.
    pub(super) fn unwrap(&self, wrapped: &[u8], circumstances: &[u8]) -> Result<Key, Unsealable> {
        self.wrapping
            .iter()
            .find_map(|key| Key::unwrapped(wrapped, key, circumstances).ok())
            .ok_or(Unsealable)
    }

    /// Whether the newest sealed it.
    pub(super) fn is_newest(&self, wrapped: &[u8], circumstances: &[u8]) -> bool {
        self.wrapping
            .first()
            .is_some_and(|key| Key::unwrapped(wrapped, key, circumstances).is_ok())
    }

    /// The patient's keyed hash in one facility: 128 bits of HMAC-SHA256 in hexadecimal digits.
    pub(super) fn patient_key(&self, facility: &FacilityId, number: &MemberNumber) -> PatientKey {
        let text = joined(&[&facility.0, &number.value()]);
        let hash = self.index.keyed_hash(&text).unwrap_or_default();
        PatientKey(data_encoding::HEXLOWER.encode(hash.first_chunk::<16>().unwrap_or(&[0; 16])))
    }

    /// HMAC-SHA256 for another purpose than patients, under the same lasting secret.
    pub(super) fn lasting_hash(&self, purpose: &str, text: &[u8]) -> Option<[u8; 32]> {
        self.index.for_purpose(purpose).ok()?.keyed_hash(text).ok()
    }
}
