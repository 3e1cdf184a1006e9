//! The registry in a PostgreSQL database that several nodes share. What goes together is one
//! serializable transaction, done anew where other work was in the way.

mod export;
mod handoffs;
mod migration;
mod people;
mod places;
mod pool;
mod views;

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

pub use self::migration::usable;
use self::pool::{Call, Pool, Trouble, Values};
use super::{
    Account, Error, Facility, Matcher, NewAccount, Seat, Session, Store, StoredCredentials,
    Terminal,
    row::{
        self, ACCOUNT, ACCOUNT_WITH, AUTHENTICATOR, Columns, FACILITY, SEAT_WITH, SESSION, TERMINAL,
    },
};
use crate::{
    domain::{
        access::{AccountId, AuthenticatorId, FacilityId, NodeId},
        section::Language,
    },
    postgres::Target,
};

/// Tables in a PostgreSQL database. Its methods block, as those of every [`Store`] do, and must
/// not be called where tasks run.
pub struct PostgresStore {
    pool: Pool,
}

impl Columns for Row {
    fn text(&self, column: usize) -> Result<String, Error> {
        self.try_get(column).map_err(unreadable)
    }

    fn text_or_none(&self, column: usize) -> Result<Option<String>, Error> {
        self.try_get(column).map_err(unreadable)
    }

    fn number(&self, column: usize) -> Result<i64, Error> {
        self.try_get(column).map_err(unreadable)
    }

    fn number_or_none(&self, column: usize) -> Result<Option<i64>, Error> {
        self.try_get(column).map_err(unreadable)
    }

    fn bytes(&self, column: usize) -> Result<Vec<u8>, Error> {
        self.try_get(column).map_err(unreadable)
    }

    fn flag(&self, column: usize) -> Result<bool, Error> {
        self.try_get(column).map_err(unreadable)
    }
}

fn unreadable(_: tokio_postgres::Error) -> Error {
    Error::Unavailable("PostgreSQL: a row cannot be read".to_owned())
}

impl PostgresStore {
    /// Connects as a node, and makes the tables or brings them up to date. A database that is away
    /// is no error: whatever is asked meanwhile is [`Error::Unavailable`], and once it is back it
    /// answers.
    ///
    /// # Errors
    /// [`Error::CannotOpen`]: it refuses, its schema is a newer program's, or its encoding is not
    /// UTF-8.
    pub fn open(target: Target, node: &NodeId) -> Result<Self, Error> {
        let name = format!("emergency-summary {} registry", node.0);
        Ok(Self {
            pool: Pool::open(target, name)?,
        })
    }

    fn change(&self, sql: &str, values: Values<'_>) -> Result<usize, Error> {
        self.pool.call(|call| call.execute(sql, values))
    }

    fn change_one(&self, sql: &str, values: Values<'_>) -> Result<(), Error> {
        self.pool.call(|call| call.execute_one(sql, values))
    }

    /// Does several changes or none of them: none where `work` fails or answers that it did nothing.
    fn together(
        &self,
        mut work: impl FnMut(&mut Call<'_>) -> Result<bool, Trouble>,
    ) -> Result<bool, Error> {
        let mut was_taken = false;
        self.pool.call(|call| {
            let done = call.together(&mut work);
            // What another node adds at the same moment is a name in use before it can be seen.
            if matches!(done, Err(Trouble::Said(Error::Taken))) && !was_taken {
                was_taken = true;
                return Err(Trouble::Again);
            }
            done
        })
    }

    /// The same of changes that always do something.
    fn all_of(
        &self,
        mut work: impl FnMut(&mut Call<'_>) -> Result<(), Trouble>,
    ) -> Result<(), Error> {
        self.together(|call| work(call).map(|()| true)).map(drop)
    }

    fn rows(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Error> {
        match self.pool.call(|call| call.query(sql, values)) {
            // Asked for what cannot be here.
            Err(Error::Unknown) => Ok(Vec::new()),
            answer => answer,
        }
    }

    fn list<T>(
        &self,
        sql: &str,
        values: Values<'_>,
        read: impl Fn(&dyn Columns) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let rows = self.rows(sql, values)?;
        rows.iter().map(|row| read(row)).collect()
    }

    fn find<T>(
        &self,
        sql: &str,
        values: Values<'_>,
        read: impl Fn(&dyn Columns) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let rows = self.rows(sql, values)?;
        rows.first().map(|row| read(row)).transpose()
    }
}

/// One number of an answer.
fn number_of(call: &mut Call<'_>, sql: &str, values: Values<'_>) -> Result<usize, Trouble> {
    let rows = call.query(sql, values)?;
    let number = rows.first().map(|row| row::count(row, 0)).transpose()?;
    Ok(number.unwrap_or_default())
}

fn millis(at: Option<DateTime<Utc>>) -> Option<i64> {
    at.map(|at| at.timestamp_millis())
}

fn seat_sql(condition: &str) -> String {
    format!("SELECT {FACILITY}, {ACCOUNT}, {TERMINAL}, {SESSION} FROM {SEAT_WITH} {condition}")
}

fn insert_session(call: &mut Call<'_>, session: &Session) -> Result<(), Trouble> {
    call.execute_one(
        "INSERT INTO session (hash, facility, account, terminal, created, last_seen, ends, \
         locked, epoch, second_factor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            &session.hash,
            &session.facility.0,
            &session.account.0,
            &session.terminal.0,
            &session.created.timestamp_millis(),
            &session.last_seen.timestamp_millis(),
            &session.ends.timestamp_millis(),
            &session.locked,
            &i64::from(session.epoch),
            &row::factor_word(session.second_factor),
        ],
    )
}

impl Store for PostgresStore {
    fn add_facility(&self, facility: &Facility) -> Result<(), Error> {
        self.change_one(
            "INSERT INTO facility (id, name, kind, number) VALUES ($1, $2, $3, $4)",
            &[
                &facility.id.0,
                &facility.name,
                &facility.kind.word(),
                &facility.number,
            ],
        )
    }

    fn facilities(&self) -> Result<Vec<Facility>, Error> {
        let sql = format!(
            "SELECT {FACILITY} FROM facility f ORDER BY f.name COLLATE \"C\", f.id COLLATE \"C\""
        );
        self.list(&sql, &[], |row| row::facility(row, 0))
    }

    fn add_account(&self, new: &NewAccount) -> Result<(), Error> {
        self.all_of(|call| people::insert_account(call, new))
    }

    fn accounts(&self, facility: &FacilityId) -> Result<Vec<Account>, Error> {
        let sql = format!(
            "SELECT {ACCOUNT} FROM {ACCOUNT_WITH} WHERE a.facility = $1 \
             ORDER BY a.sign_in COLLATE \"C\""
        );
        self.list(&sql, &[&facility.0], |row| row::account(row, 0))
    }

    fn account(&self, id: &AccountId) -> Result<Option<Account>, Error> {
        let sql = format!("SELECT {ACCOUNT} FROM {ACCOUNT_WITH} WHERE a.id = $1");
        self.find(&sql, &[&id.0], |row| row::account(row, 0))
    }

    fn credentials(&self, sign_in: &str) -> Result<Option<StoredCredentials>, Error> {
        let sql = format!(
            "SELECT {ACCOUNT}, a.password, a.last_step FROM {ACCOUNT_WITH} WHERE a.sign_in = $1"
        );
        // Both questions are asked whoever is meant: a name that nobody has costs the same.
        let found = self.find(&sql, &[&sign_in], row::credentials)?;
        let sql = format!(
            "SELECT {AUTHENTICATOR} FROM account a JOIN authenticator u ON u.account = a.id \
             WHERE a.sign_in = $1 ORDER BY u.place"
        );
        let authenticators = self.list(&sql, &[&sign_in], row::authenticator)?;
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
        self.together(|call| {
            let changed = call.execute(
                "UPDATE account SET last_step = $2 \
                 WHERE id = $1 AND (last_step IS NULL OR last_step < $2)",
                &[&id.0, &row::number(step)],
            )?;
            call.execute(
                "UPDATE authenticator SET last_used = $3 WHERE account = $1 AND id = $2",
                &[&id.0, &authenticator.0, &at.timestamp_millis()],
            )?;
            Ok(changed == 1)
        })
    }

    fn set_language(&self, id: &AccountId, language: Language) -> Result<(), Error> {
        self.change_one(
            "UPDATE account SET language = $2 WHERE id = $1",
            &[&id.0, &row::language_word(language)],
        )
    }

    fn add_terminal(&self, terminal: &Terminal) -> Result<(), Error> {
        self.all_of(|call| places::insert_terminal(call, terminal))
    }

    fn terminals(&self, facility: &FacilityId) -> Result<Vec<Terminal>, Error> {
        let sql = format!(
            "SELECT {TERMINAL} FROM terminal t WHERE t.facility = $1 \
             ORDER BY t.registered_at, t.place"
        );
        self.list(&sql, &[&facility.0], |row| row::terminal(row, 0))
    }

    fn terminals_of_device(&self, device: &str) -> Result<Vec<Terminal>, Error> {
        self.terminals_known(Matcher::Cookie, Some(device))
    }

    fn add_session(&self, session: &Session) -> Result<(), Error> {
        self.pool.call(|call| insert_session(call, session))
    }

    fn seat(&self, hash: &str) -> Result<Option<Seat>, Error> {
        self.find(&seat_sql("WHERE s.hash = $1"), &[&hash], row::seat)
    }

    fn seats(&self) -> Result<Vec<Seat>, Error> {
        let sql = seat_sql("ORDER BY s.created, s.hash COLLATE \"C\"");
        self.list(&sql, &[], row::seat)
    }

    fn touch_session(&self, hash: &str, at: DateTime<Utc>) -> Result<(), Error> {
        self.change(
            "UPDATE session SET last_seen = greatest(last_seen, $2) WHERE hash = $1",
            &[&hash, &at.timestamp_millis()],
        )
        .map(drop)
    }

    fn set_locked(&self, hash: &str, locked: bool, at: DateTime<Utc>) -> Result<bool, Error> {
        let changed = self.change(
            "UPDATE session SET locked = $2, \
             last_seen = CASE WHEN $2 THEN last_seen ELSE greatest(last_seen, $3) END \
             WHERE hash = $1 AND locked <> $2",
            &[&hash, &locked, &at.timestamp_millis()],
        )?;
        Ok(changed == 1)
    }

    fn end_session(&self, hash: &str) -> Result<bool, Error> {
        Ok(self.change("DELETE FROM session WHERE hash = $1", &[&hash])? == 1)
    }

    fn end_replaced(&self, by: &Session) -> Result<usize, Error> {
        self.change(
            "DELETE FROM session WHERE account = $1 AND terminal = $2 AND hash <> $3",
            &[&by.account.0, &by.terminal.0, &by.hash],
        )
    }

    fn seats_of(&self, account: &AccountId) -> Result<Vec<Seat>, Error> {
        let sql = seat_sql("WHERE s.account = $1 ORDER BY s.created, s.hash COLLATE \"C\"");
        self.list(&sql, &[&account.0], row::seat)
    }

    fn resume_session(&self, hash: &str, new: &str, at: DateTime<Utc>) -> Result<bool, Error> {
        let changed = self.change(
            "UPDATE session SET hash = $2, locked = false, last_seen = greatest(last_seen, $3) \
             WHERE hash = $1 AND locked",
            &[&hash, &new, &at.timestamp_millis()],
        )?;
        Ok(changed == 1)
    }

    fn sessions_of(&self, account: &AccountId) -> Result<u32, Error> {
        let count = self.find(
            "SELECT count(*) FROM session WHERE account = $1",
            &[&account.0],
            |row| row::count(row, 0),
        )?;
        Ok(count.unwrap_or_default())
    }
}
