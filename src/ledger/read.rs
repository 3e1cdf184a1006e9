//! Reading the ledger's files without changing them: live, or on a copy.

use std::{
    collections::BTreeMap,
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, ToSql, config::DbConfig};
use serde::{Deserialize, Serialize};

use super::{
    Error,
    batch::SHOWN,
    keys::{self, DataKey, Found, NoKey},
    ring::{RootKeys, RootSecrets},
    store::{self, cannot_read},
};
use crate::domain::{
    access::{AccountId, FacilityId, GrantId, NodeId, PatientKey, Person, RequestId, TerminalId},
    event::FORMAT,
    patient::MemberNumber,
};

/// The files of one ledger, opened for reading.
pub struct Reader {
    pub(super) folder: PathBuf,
    pub(super) ledger: Connection,
    keys: Option<(Connection, RootKeys)>,
}

/// Opens the ledger in `folder` for reading; with the key, personal fields are opened too.
///
/// Nothing in the folder is changed: the write-ahead log of a running node or of a copy is read,
/// and left as it is.
///
/// # Errors
/// [`Error::CannotRead`], [`Error::CannotOpen`] for a key that is too short.
pub fn read(folder: &Path, key: Option<&RootSecrets>) -> Result<Reader, Error> {
    let ledger = open_for_reading(&folder.join(store::FILE))?;
    let keys_file = folder.join(keys::FILE);
    let keys = match key {
        Some(key) if keys_file.exists() => {
            let file = open_for_reading(&keys_file)?;
            let root = RootKeys::of_copy(&file, key)?;
            Some((file, root))
        }
        _ => None,
    };
    Ok(Reader {
        folder: folder.to_owned(),
        ledger,
        keys,
    })
}

/// The same with the keys of a running ledger.
pub(super) fn with_root(folder: &Path, root: RootKeys) -> Result<Reader, Error> {
    let ledger = open_for_reading(&folder.join(store::FILE))?;
    let file = open_for_reading(&folder.join(keys::FILE))?;
    Ok(Reader {
        folder: folder.to_owned(),
        ledger,
        keys: Some((file, root)),
    })
}

/// Opens a database without changing it or what stands beside it.
pub(super) fn open_for_reading(file: &Path) -> Result<Connection, Error> {
    if !file.is_file() {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        return Err(Error::CannotRead(format!("there is no {name}")));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let plain = Connection::open_with_flags(file, flags).and_then(usable);
    let Err(error) = plain else {
        return plain.map_err(cannot_read);
    };
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let has_log = fs::metadata(PathBuf::from(log)).is_ok_and(|data| data.len() > 0);
    if has_log {
        return Err(Error::CannotRead(format!(
            "{error}; if the folder is read-only, copy the file together with its -wal to one \
             that can be written"
        )));
    }
    open_immutable(file).map_err(cannot_read)
}

/// Opens a copy in a read-only folder: without a write-ahead log the file alone is the whole.
fn open_immutable(file: &Path) -> rusqlite::Result<Connection> {
    let uri = format!("file:{}?immutable=1", percent_encoded(file));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags).and_then(usable)
}

/// Proves that the file can be read, and keeps the last reader from moving the write-ahead log.
fn usable(connection: Connection) -> rusqlite::Result<Connection> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(std::time::Duration::from_secs(2))?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    Ok(connection)
}

fn percent_encoded(file: &Path) -> String {
    use std::{fmt::Write as _, os::unix::ffi::OsStrExt as _};
    let mut text = String::new();
    for byte in file.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            // Writing to a String cannot fail.
            write!(text, "%{byte:02X}").unwrap_or_default();
        }
    }
    text
}

/// A personal field as far as it can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// What it says.
    Clear(String),
    /// No key was given.
    Sealed,
    /// Its key was erased.
    Erased,
    /// The key is there and does not fit: changed bytes, or another installation's key.
    Unreadable,
}

impl Opened {
    /// What it says, or a word for why it cannot be said.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Clear(text) => text,
            Self::Sealed => "sealed",
            Self::Erased => "erased",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Serialize for Opened {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

/// Where the content of a view stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Keyed hash of the content.
    pub address: String,
    /// SHA-256 of the sealed bytes, in hexadecimal digits.
    pub digest: String,
}

/// One entry, read back. The words are those of the canonical bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadEntry {
    /// Its place.
    #[serde(default)]
    pub seq: u64,
    /// The node that wrote it.
    pub node: NodeId,
    /// The process that wrote it.
    pub boot: String,
    /// Wall clock.
    pub wall: DateTime<Utc>,
    /// Milliseconds since the machine was started.
    pub since_boot_ms: u64,
    /// By how much the wall clock had been moved since the entry before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_step_ms: Option<i64>,
    /// The event's word.
    pub event: String,
    /// What the event says that is not personal.
    #[serde(default)]
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Its role's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The session's second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<String>,
    /// Of when the node's copy of the registry was, where the account was known from it alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts_as_of: Option<DateTime<Utc>>,
    /// The facility.
    pub facility: FacilityId,
    /// The terminal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal: Option<TerminalId>,
    /// The network address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// The grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// `consented` or `emergency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// Purpose of use: `TREAT` or `ETREAT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// `BTG` where the glass was broken.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub overriding: Option<String>,
    /// The reason's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The patient's keyed hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientKey>,
    /// The receipt, as 4-4-4 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// What was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// The personal fields: `person` (JSON), `note`, `judged_by`, `asked`, `name`.
    #[serde(skip_deserializing, skip_serializing_if = "BTreeMap::is_empty")]
    pub personal: BTreeMap<String, Opened>,
    /// The id of the key that seals them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The ciphertexts, in base 64.
    #[serde(default, skip_serializing)]
    sealed: BTreeMap<String, String>,
}

impl ReadEntry {
    /// Reads a body; the reason where it is not one.
    pub(super) fn parse(seq: u64, body: &[u8]) -> Result<Self, String> {
        let json = match body.split_first() {
            Some((&FORMAT, json)) => json,
            Some((other, _)) => return Err(format!("unknown format {other}")),
            None => return Err("empty".to_owned()),
        };
        let mut entry: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        entry.seq = seq;
        Ok(entry)
    }

    /// The patient, where the entry says who and the key is there.
    #[must_use]
    pub fn person(&self) -> Option<Person> {
        match self.personal.get("person")? {
            Opened::Clear(json) => serde_json::from_str(json).ok(),
            Opened::Sealed | Opened::Erased | Opened::Unreadable => None,
        }
    }
}

/// How many entries are read at once when reading backwards.
const PIECE: usize = 2_000;

/// The key of an entry, as far as it is at hand.
pub(super) enum EntryKey {
    Here(DataKey),
    Not(Opened),
}

impl Reader {
    /// Where the files are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every entry in order; the visitor may stop.
    ///
    /// # Errors
    /// [`Error::CannotRead`], naming an entry that is none.
    pub fn for_each(
        &self,
        mut visit: impl FnMut(ReadEntry) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.select("SELECT seq, body FROM entry ORDER BY seq", &[], &mut visit)
    }

    /// The last `limit` entries of a facility, newest first.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub fn recent(&self, facility: &FacilityId, limit: usize) -> Result<Vec<ReadEntry>, Error> {
        let mut entries = Vec::new();
        if limit > 0 {
            self.select(
                "SELECT seq, body FROM entry ORDER BY seq DESC",
                &[],
                &mut |entry| {
                    if entry.facility == *facility {
                        entries.push(entry);
                    }
                    if entries.len() < limit {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                },
            )?;
        }
        Ok(entries)
    }

    /// The entry at a place, opened as far as keys are there, and its body; `None` where there is
    /// none.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub(super) fn entry_at(&self, seq: u64) -> Result<Option<(ReadEntry, Vec<u8>)>, Error> {
        let body: Option<Vec<u8>> = self
            .ledger
            .prepare_cached("SELECT body FROM entry WHERE seq = ?1")
            .and_then(|mut statement| {
                let seq = i64::try_from(seq).unwrap_or(i64::MAX);
                statement.query_row([seq], |row| row.get(0)).optional()
            })
            .map_err(cannot_read)?;
        let Some(body) = body else { return Ok(None) };
        let mut entry = ReadEntry::parse(seq, &body)
            .map_err(|why| Error::CannotRead(format!("entry {seq}: {why}")))?;
        self.open_fields(&mut entry)?;
        Ok(Some((entry, body)))
    }

    /// What an account said of its grants since an instant, oldest first: `grant_started`,
    /// `noted` and `corrected`. Read backwards piece by piece, so that a long ledger costs no more
    /// than the time asked for.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub fn said_by(
        &self,
        account: &AccountId,
        since: DateTime<Utc>,
    ) -> Result<Vec<ReadEntry>, Error> {
        let mut said = Vec::new();
        let mut before: Option<u64> = None;
        loop {
            let bound = before.map_or_else(String::new, |seq| format!("WHERE seq < {seq} "));
            let sql = format!("SELECT seq, body FROM entry {bound}ORDER BY seq DESC LIMIT {PIECE}");
            let mut last = None;
            self.select_closed(&sql, &[], &mut |entry| {
                last = Some((entry.seq, entry.wall));
                let is_said = matches!(
                    &*entry.event,
                    "grant_started" | "viewed" | "noted" | "corrected"
                );
                if is_said && entry.account.as_ref() == Some(account) && entry.wall >= since {
                    said.push(entry);
                }
                ControlFlow::Continue(())
            })?;
            match last {
                Some((seq, wall)) if wall >= since => before = Some(seq),
                Some(_) | None => break,
            }
        }
        said.reverse();
        for entry in &mut said {
            self.open_fields(entry)?;
        }
        Ok(said)
    }

    pub(super) fn select(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        visit: &mut dyn FnMut(ReadEntry) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut failure = None;
        self.select_closed(
            sql,
            values,
            &mut |mut entry| match self.open_fields(&mut entry) {
                Ok(()) => visit(entry),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            },
        )?;
        failure.map_or(Ok(()), Err)
    }

    /// The entries without their personal fields.
    pub(super) fn select_closed(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        visit: &mut dyn FnMut(ReadEntry) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut statement = self.ledger.prepare(sql).map_err(cannot_read)?;
        let mut rows = statement.query(values).map_err(cannot_read)?;
        while let Some(row) = rows.next().map_err(cannot_read)? {
            let seq = store::place(row, 0).map_err(cannot_read)?;
            let body: Vec<u8> = row.get(1).map_err(cannot_read)?;
            let entry = ReadEntry::parse(seq, &body)
                .map_err(|why| Error::CannotRead(format!("entry {seq}: {why}")))?;
            if visit(entry).is_break() {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn open_fields(&self, entry: &mut ReadEntry) -> Result<(), Error> {
        if entry.sealed.is_empty() {
            return Ok(());
        }
        let key = self.key_of(entry)?;
        for (name, sealed) in &entry.sealed {
            let opened = match &key {
                EntryKey::Not(why) => why.clone(),
                EntryKey::Here(key) => data_encoding::BASE64
                    .decode(sealed.as_bytes())
                    .map_or(Opened::Unreadable, |sealed| open(key, name, &sealed)),
            };
            entry.personal.insert(name.clone(), opened);
        }
        Ok(())
    }

    /// The file of keys, where it can be opened.
    pub(super) fn key_file(&self) -> Option<&Connection> {
        self.keys.as_ref().map(|(file, _)| file)
    }

    /// Whether personal fields can be opened.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.keys.is_some()
    }

    /// The patient's keyed hash in one facility; `None` without the key.
    #[must_use]
    pub fn patient_key(&self, facility: &FacilityId, number: &MemberNumber) -> Option<PatientKey> {
        let (_, root) = self.keys.as_ref()?;
        Some(root.patient_key(facility, number))
    }

    /// What a view showed, as the JSON that was handed to the ledger; `None` for an entry that
    /// showed nothing.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub fn shown(&self, entry: &ReadEntry) -> Result<Option<Opened>, Error> {
        let Some(shown) = &entry.shown else {
            return Ok(None);
        };
        let sealed: Option<Vec<u8>> = self
            .ledger
            .query_row(
                "SELECT sealed FROM shown WHERE address = ?1",
                [&shown.address],
                |row| row.get(0),
            )
            .optional()
            .map_err(cannot_read)?;
        let opened = match (self.key_of(entry)?, sealed) {
            (EntryKey::Not(why), _) => why,
            (EntryKey::Here(_), None) => Opened::Unreadable,
            (EntryKey::Here(key), Some(sealed)) => open(&key, SHOWN, &sealed),
        };
        Ok(Some(opened))
    }

    fn key_of(&self, entry: &ReadEntry) -> Result<EntryKey, Error> {
        match &entry.key {
            Some(id) => self.key(id),
            None => Ok(EntryKey::Not(Opened::Unreadable)),
        }
    }

    pub(super) fn key(&self, id: &str) -> Result<EntryKey, Error> {
        let Some((connection, root)) = &self.keys else {
            return Ok(EntryKey::Not(Opened::Sealed));
        };
        match keys::find(connection, root, id) {
            Ok(Found::Key(key)) => Ok(EntryKey::Here(key)),
            Ok(Found::Erased) => Ok(EntryKey::Not(Opened::Erased)),
            Err(NoKey::Unusable) => Ok(EntryKey::Not(Opened::Unreadable)),
            Err(NoKey::Database(error)) => Err(cannot_read(error)),
        }
    }
}

fn open(key: &DataKey, purpose: &str, sealed: &[u8]) -> Opened {
    key.open(purpose, sealed)
        .ok()
        .and_then(|plain| String::from_utf8(plain).ok())
        .map_or(Opened::Unreadable, Opened::Clear)
}

#[cfg(test)]
mod tests {
    use super::{super::testing, *};

    #[test]
    fn a_file_that_cannot_have_a_log_is_read_alone() {
        let folder = tempfile::tempdir().unwrap();
        drop(testing::open(folder.path()));
        let odd = folder.path().join("写し ?#%.sqlite");
        fs::rename(folder.path().join(store::FILE), &odd).unwrap();
        let connection = open_immutable(&odd).unwrap();
        let entries: i64 = connection
            .query_row("SELECT count(*) FROM entry", [], |row| row.get(0))
            .unwrap();
        assert_eq!(entries, 0);
        let is_there = |end: &str| folder.path().join(format!("写し ?#%.sqlite{end}")).exists();
        assert!(!is_there("-wal") && !is_there("-shm"));
    }
}
