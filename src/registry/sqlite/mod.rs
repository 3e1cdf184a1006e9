//! The registry in one SQLite file: WAL, synchronous FULL, one connection.

mod copied;
mod handoffs;
mod migration;
mod people;
mod places;
mod views;

use std::{
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, ErrorCode, Transaction, params};

use super::{
    Account, Error, Facility, Matcher, NewAccount, Seat, Session, Store, StoredCredentials,
    Terminal,
    row::{
        self, ACCOUNT, ACCOUNT_WITH, AUTHENTICATOR, Columns, FACILITY, SEAT_WITH, SESSION, TERMINAL,
    },
};
use crate::domain::{
    access::{AccountId, AuthenticatorId, FacilityId},
    section::Language,
};

/// `registry.sqlite` in a folder. Changes and questions have a connection each, so that no
/// question waits while a change waits for the disk.
pub struct SqliteStore {
    connection: Mutex<Connection>,
    reader: Mutex<Connection>,
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi;
        match error.sqlite_error() {
            Some(failure) if failure.code == ErrorCode::ConstraintViolation => {
                if failure.extended_code == ffi::SQLITE_CONSTRAINT_FOREIGNKEY {
                    Self::Unknown
                } else {
                    Self::Taken
                }
            }
            // The code alone: a message could repeat a value.
            Some(failure) => Self::Unavailable(format!("SQLite {}", failure.extended_code)),
            None => Self::Unavailable("SQLite: a row cannot be read".to_owned()),
        }
    }
}

impl SqliteStore {
    /// Opens or creates the file and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::CannotOpen`].
    pub fn open(folder: &Path) -> Result<Self, Error> {
        Self::at(&folder.join("registry.sqlite"))
    }

    fn at(path: &Path) -> Result<Self, Error> {
        let open = || -> rusqlite::Result<Connection> {
            let mut connection = Connection::open(path)?;
            connection.busy_timeout(Duration::from_millis(250))?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", "ON")?;
            migrate(&mut connection)?;
            Ok(connection)
        };
        make_private(path)
            .map_err(|error| Error::CannotOpen(format!("{}: {error}", path.display())))?;
        let connection =
            open().map_err(|error| Error::CannotOpen(format!("{}: {error}", path.display())))?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if usize::try_from(version) != Ok(migration::STEPS.len()) {
            return Err(Error::CannotOpen(format!(
                "{}: written by a newer version of this program",
                path.display()
            )));
        }
        let reader = open_reader(path)
            .map_err(|error| Error::CannotOpen(format!("{}: {error}", path.display())))?;
        Ok(Self {
            connection: Mutex::new(connection),
            reader: Mutex::new(reader),
        })
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize, Error> {
        Ok(self.connection().prepare_cached(sql)?.execute(values)?)
    }

    fn change_one(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), Error> {
        match self.change(sql, values)? {
            0 => Err(Error::Unknown),
            _ => Ok(()),
        }
    }

    /// Does several changes or none of them: none where `work` fails or answers that it did nothing.
    fn together(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        let mut connection = self.connection();
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        if done {
            transaction.commit()?;
        }
        Ok(done)
    }

    fn list<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl Fn(&dyn Columns) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let connection = self.reader();
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_and_then(values, |row| read(row))?;
        rows.collect()
    }

    fn find<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl Fn(&dyn Columns) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let connection = self.reader();
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query_and_then(values, |row| read(row))?;
        rows.next().transpose()
    }
}

impl Columns for rusqlite::Row<'_> {
    fn text(&self, column: usize) -> Result<String, Error> {
        Ok(self.get(column)?)
    }

    fn text_or_none(&self, column: usize) -> Result<Option<String>, Error> {
        Ok(self.get(column)?)
    }

    fn number(&self, column: usize) -> Result<i64, Error> {
        Ok(self.get(column)?)
    }

    fn number_or_none(&self, column: usize) -> Result<Option<i64>, Error> {
        Ok(self.get(column)?)
    }

    fn bytes(&self, column: usize) -> Result<Vec<u8>, Error> {
        Ok(self.get(column)?)
    }

    fn flag(&self, column: usize) -> Result<bool, Error> {
        Ok(self.get(column)?)
    }
}

/// A connection for questions: in WAL mode it sees every change as soon as that is committed, and
/// waits for none that is under way.
fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_millis(250))?;
    connection.pragma_update(None, "query_only", "ON")?;
    Ok(connection)
}

/// Makes the file readable for its owner alone; SQLite gives its files beside it the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map(drop)
}

/// Makes a file as the first version of this program left it.
#[cfg(test)]
pub(super) fn make_first_version(path: &Path) {
    let file = Connection::open(path).unwrap();
    for step in migration::STEPS.iter().take(1) {
        file.execute_batch(step).unwrap();
    }
    file.pragma_update(None, "user_version", 1).unwrap();
}

fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let taken: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let taken = usize::try_from(taken).unwrap_or_default();
    for (place, step) in migration::STEPS.iter().enumerate().skip(taken) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        let version = i64::try_from(place + 1).unwrap_or(i64::MAX);
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

fn seat_sql(condition: &str) -> String {
    format!("SELECT {FACILITY}, {ACCOUNT}, {TERMINAL}, {SESSION} FROM {SEAT_WITH} {condition}")
}

fn insert_session(connection: &Connection, session: &Session) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO session (hash, facility, account, terminal, created, last_seen, ends, \
         locked, epoch, second_factor) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            session.hash,
            session.facility.0,
            session.account.0,
            session.terminal.0,
            session.created.timestamp_millis(),
            session.last_seen.timestamp_millis(),
            session.ends.timestamp_millis(),
            session.locked,
            session.epoch,
            row::factor_word(session.second_factor),
        ],
    )?;
    Ok(())
}

impl Store for SqliteStore {
    fn add_facility(&self, facility: &Facility) -> Result<(), Error> {
        self.change_one(
            "INSERT INTO facility (id, name, kind, number) VALUES (?1, ?2, ?3, ?4)",
            params![
                facility.id.0,
                facility.name,
                facility.kind.word(),
                facility.number
            ],
        )
    }

    fn facilities(&self) -> Result<Vec<Facility>, Error> {
        let sql = format!("SELECT {FACILITY} FROM facility f ORDER BY f.name, f.id");
        self.list(&sql, [], |row| row::facility(row, 0))
    }

    fn add_account(&self, new: &NewAccount) -> Result<(), Error> {
        self.together(|transaction| {
            people::insert_account(transaction, new)?;
            Ok(true)
        })
        .map(drop)
    }

    fn accounts(&self, facility: &FacilityId) -> Result<Vec<Account>, Error> {
        let sql = format!(
            "SELECT {ACCOUNT} FROM {ACCOUNT_WITH} WHERE a.facility = ?1 ORDER BY a.sign_in"
        );
        self.list(&sql, [&facility.0], |row| row::account(row, 0))
    }

    fn account(&self, id: &AccountId) -> Result<Option<Account>, Error> {
        let sql = format!("SELECT {ACCOUNT} FROM {ACCOUNT_WITH} WHERE a.id = ?1");
        self.find(&sql, [&id.0], |row| row::account(row, 0))
    }

    fn credentials(&self, sign_in: &str) -> Result<Option<StoredCredentials>, Error> {
        let sql = format!(
            "SELECT {ACCOUNT}, a.password, a.last_step FROM {ACCOUNT_WITH} WHERE a.sign_in = ?1"
        );
        // Both questions are asked whoever is meant: a name that nobody has costs the same.
        let found = self.find(&sql, [sign_in], row::credentials)?;
        let sql = format!(
            "SELECT {AUTHENTICATOR} FROM account a JOIN authenticator u ON u.account = a.id \
             WHERE a.sign_in = ?1 ORDER BY u.rowid"
        );
        let authenticators = self.list(&sql, [sign_in], row::authenticator)?;
        Ok(found.map(|found| StoredCredentials {
            authenticators,
            ..found
        }))
    }

    fn use_step(
        &self,
        id: &AccountId,
        authenticator: &AuthenticatorId,
        step: u64,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        self.together(|transaction| {
            let changed = transaction.execute(
                "UPDATE account SET last_step = ?2 \
                 WHERE id = ?1 AND (last_step IS NULL OR last_step < ?2)",
                params![id.0, row::number(step)],
            )?;
            transaction.execute(
                "UPDATE authenticator SET last_used = ?3 WHERE account = ?1 AND id = ?2",
                params![id.0, authenticator.0, at.timestamp_millis()],
            )?;
            Ok(changed == 1)
        })
    }

    fn set_language(&self, id: &AccountId, language: Language) -> Result<(), Error> {
        self.change_one(
            "UPDATE account SET language = ?2 WHERE id = ?1",
            params![id.0, row::language_word(language)],
        )
    }

    fn add_terminal(&self, terminal: &Terminal) -> Result<(), Error> {
        self.together(|transaction| {
            places::insert_terminal(transaction, terminal)?;
            Ok(true)
        })
        .map(drop)
    }

    fn terminals(&self, facility: &FacilityId) -> Result<Vec<Terminal>, Error> {
        let sql = format!(
            "SELECT {TERMINAL} FROM terminal t WHERE t.facility = ?1 \
             ORDER BY t.registered_at, t.rowid"
        );
        self.list(&sql, [&facility.0], |row| row::terminal(row, 0))
    }

    fn terminals_of_device(&self, device: &str) -> Result<Vec<Terminal>, Error> {
        self.terminals_known(Matcher::Cookie, Some(device))
    }

    fn add_session(&self, session: &Session) -> Result<(), Error> {
        insert_session(&self.connection(), session)
    }

    fn seat(&self, hash: &str) -> Result<Option<Seat>, Error> {
        self.find(&seat_sql("WHERE s.hash = ?1"), [hash], row::seat)
    }

    fn seats(&self) -> Result<Vec<Seat>, Error> {
        self.list(&seat_sql("ORDER BY s.created, s.hash"), [], row::seat)
    }

    fn touch_session(&self, hash: &str, at: DateTime<Utc>) -> Result<(), Error> {
        self.change(
            "UPDATE session SET last_seen = max(last_seen, ?2) WHERE hash = ?1",
            params![hash, at.timestamp_millis()],
        )
        .map(drop)
    }

    fn set_locked(&self, hash: &str, locked: bool, at: DateTime<Utc>) -> Result<bool, Error> {
        let changed = self.change(
            "UPDATE session SET locked = ?2, \
             last_seen = CASE WHEN ?2 THEN last_seen ELSE max(last_seen, ?3) END \
             WHERE hash = ?1 AND locked <> ?2",
            params![hash, locked, at.timestamp_millis()],
        )?;
        Ok(changed == 1)
    }

    fn end_session(&self, hash: &str) -> Result<bool, Error> {
        Ok(self.change("DELETE FROM session WHERE hash = ?1", [hash])? == 1)
    }

    fn end_replaced(&self, by: &Session) -> Result<usize, Error> {
        self.change(
            "DELETE FROM session WHERE account = ?1 AND terminal = ?2 AND hash <> ?3",
            params![by.account.0, by.terminal.0, by.hash],
        )
    }

    fn seats_of(&self, account: &AccountId) -> Result<Vec<Seat>, Error> {
        let sql = seat_sql("WHERE s.account = ?1 ORDER BY s.created, s.hash");
        self.list(&sql, [&account.0], row::seat)
    }

    fn resume_session(&self, hash: &str, new: &str, at: DateTime<Utc>) -> Result<bool, Error> {
        let changed = self.change(
            "UPDATE session SET hash = ?2, locked = 0, last_seen = max(last_seen, ?3) \
             WHERE hash = ?1 AND locked = 1",
            params![hash, new, at.timestamp_millis()],
        )?;
        Ok(changed == 1)
    }

    fn sessions_of(&self, account: &AccountId) -> Result<u32, Error> {
        let count = self.find(
            "SELECT count(*) FROM session WHERE account = ?1",
            [&account.0],
            |row| row::count(row, 0),
        )?;
        Ok(count.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_question_waits_while_a_change_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let store = std::sync::Arc::new(SqliteStore::open(folder.path()).unwrap());
        let changing = store.connection();
        changing.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (said, heard) = std::sync::mpsc::channel();
        let other = std::sync::Arc::clone(&store);
        let thread = std::thread::Builder::new()
            .spawn(move || drop(said.send(other.seat("nobody"))))
            .unwrap();
        let seat = heard.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(seat.unwrap(), None);
        changing.execute_batch("ROLLBACK").unwrap();
        drop(changing);
        thread.join().unwrap();
    }
}
