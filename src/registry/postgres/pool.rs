//! A few connections that calls take turns on. Every call ends in time, whatever the database
//! does, and a connection that anything is wrong with is not used again.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::Semaphore,
    task::AbortHandle,
    time::{Instant, sleep, timeout_at},
};
use tokio_postgres::{Client, Row, Statement, error::SqlState, types::ToSql};

use super::migration::{Refusal, bring_up_to_date};
use crate::{
    postgres::{Target, said},
    registry::Error,
};

/// Connections that are open at once.
const MOST: usize = 8;
/// How long a call may take in all: a turn, a connection, and every repetition.
const ANSWER: Duration = Duration::from_secs(2);
/// The same at the start, when tables may have to be made, or waited for while another node does.
const OPENING: Duration = Duration::from_secs(30);
/// After a connection was refused none is tried for so long: calls must not pile up behind it.
const REST: Duration = Duration::from_millis(250);
/// How long is waited before work that met other work is done anew: first.
const PAUSE: Duration = Duration::from_millis(2);

/// What every connection is told first. What nobody waits for any more must not hold locks; and
/// what was answered must not be lost with the server.
const SETTINGS: &str = "SET statement_timeout = '2s'; \
     SET idle_in_transaction_session_timeout = '5s'; \
     SET default_transaction_isolation = 'read committed'; \
     SELECT set_config('synchronous_commit', 'on', false) \
     WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// Values of a statement.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Why work was not done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// This is the answer.
    Said(Error),
    /// Other work was in the way: nothing was done, and it may be tried again.
    Again,
    /// The connection is lost, or answers nothing in time; with why, and whether nothing at all
    /// can have been done.
    Gone(String, bool),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Said(error)
    }
}

/// One connection with the statements that it has prepared.
struct Held {
    client: Client,
    driver: AbortHandle,
    prepared: BTreeMap<String, Statement>,
    /// Whether a transaction may be open on it.
    is_within: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        // A server that hangs would be waited for.
        self.driver.abort();
    }
}

/// Connections to one database, driven by a thread of their own.
pub(super) struct Pool {
    target: Target,
    name: String,
    handle: Handle,
    runtime: Option<Runtime>,
    idle: Mutex<Vec<Held>>,
    turns: Semaphore,
    /// When a connection was refused last, and why.
    refused: Mutex<Option<(Instant, String)>>,
}

impl Drop for Pool {
    fn drop(&mut self) {
        // Whoever drops it may be where nothing must be waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn away(why: &str) -> Error {
    Error::Unavailable(format!("PostgreSQL: {why}"))
}

impl Pool {
    /// Opens the first connection and brings the schema up to date. A database that is away is
    /// waited for later, one that cannot be used as it is is not.
    pub(super) fn open(target: Target, name: String) -> Result<Self, Error> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("registry")
            .enable_all()
            .build()
            .map_err(|error| Error::CannotOpen(format!("no thread: {error}")))?;
        let pool = Self {
            target,
            name,
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
            idle: Mutex::default(),
            turns: Semaphore::new(MOST),
            refused: Mutex::default(),
        };
        match pool.connect(Instant::now() + OPENING) {
            Ok(held) => lock(&pool.idle).push(held),
            Err(Refusal::Away(why)) => {
                tracing::error!(why, "the registry is away");
            }
            Err(Refusal::Unusable(why)) => {
                return Err(Error::CannotOpen(format!("PostgreSQL: {why}")));
            }
        }
        Ok(pool)
    }

    /// Does work on a connection, and again where that is right and time is left.
    pub(super) fn call<T>(
        &self,
        mut work: impl FnMut(&mut Call<'_>) -> Result<T, Trouble>,
    ) -> Result<T, Error> {
        let deadline = Instant::now() + ANSWER;
        let turn = async { timeout_at(deadline, self.turns.acquire()).await };
        let _turn = self
            .handle
            .block_on(turn)
            .map_err(|_| away("too many wait for it"))?;
        let mut pause = PAUSE;
        loop {
            let mut held = self.take(deadline)?;
            let mut call = Call {
                held: &mut held,
                handle: &self.handle,
                deadline,
            };
            let why = match work(&mut call) {
                Ok(value) => {
                    self.give_back(held);
                    return Ok(value);
                }
                Err(Trouble::Said(error)) => {
                    self.give_back(held);
                    return Err(error);
                }
                Err(Trouble::Gone(why, false)) => return Err(away(&why)),
                Err(Trouble::Gone(why, true)) => why,
                Err(Trouble::Again) => {
                    self.give_back(held);
                    "too much is changed at once".to_owned()
                }
            };
            if Instant::now() + pause >= deadline {
                return Err(away(&why));
            }
            self.handle.block_on(async { sleep(pause).await });
            pause *= 2;
        }
    }

    /// A connection that is open, or a new one.
    fn take(&self, deadline: Instant) -> Result<Held, Error> {
        while let Some(held) = self.next_idle() {
            if !held.client.is_closed() {
                return Ok(held);
            }
        }
        if let Some((when, why)) = &*lock(&self.refused)
            && when.elapsed() < REST
        {
            return Err(away(why));
        }
        self.connect(deadline).map_err(|refusal| {
            let why = refusal.into_words();
            let error = away(&why);
            *lock(&self.refused) = Some((Instant::now(), why));
            error
        })
    }

    fn next_idle(&self) -> Option<Held> {
        lock(&self.idle).pop()
    }

    fn give_back(&self, held: Held) {
        if !held.is_within && !held.client.is_closed() {
            lock(&self.idle).push(held);
        }
    }

    fn connect(&self, deadline: Instant) -> Result<Held, Refusal> {
        let connected = async {
            let (client, driver) = self
                .target
                .reach(&self.name)
                .await
                .map_err(|error| error.map_or_else(Refusal::silent, Refusal::from))?;
            let held = Held {
                client,
                driver: self.handle.spawn(driver).abort_handle(),
                prepared: BTreeMap::new(),
                is_within: false,
            };
            bring_up_to_date(&held.client).await?;
            held.client.batch_execute(SETTINGS).await?;
            Ok(held)
        };
        self.handle
            .block_on(async { timeout_at(deadline, connected).await })
            .unwrap_or_else(|_| Err(Refusal::silent()))
    }
}

/// Work on one connection.
pub(super) struct Call<'a> {
    held: &'a mut Held,
    handle: &'a Handle,
    deadline: Instant,
}

impl Call<'_> {
    /// Changes rows: how many.
    pub(super) fn execute(&mut self, sql: &str, values: Values<'_>) -> Result<usize, Trouble> {
        let statement = self.statement(sql)?;
        let is_undone = self.held.is_within;
        let changed = self.wait(self.held.client.execute(&statement, values), is_undone)?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// Changes one row at least.
    pub(super) fn execute_one(&mut self, sql: &str, values: Values<'_>) -> Result<(), Trouble> {
        match self.execute(sql, values)? {
            0 => Err(Error::Unknown.into()),
            _ => Ok(()),
        }
    }

    /// The rows of an answer. What changes rows, too, is asked only within a transaction.
    pub(super) fn query(&mut self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Trouble> {
        let statement = self.statement(sql)?;
        self.wait(self.held.client.query(&statement, values), true)
    }

    /// Does all of it or nothing: nothing where `work` fails or answers that it did nothing.
    pub(super) fn together(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<bool, Trouble>,
    ) -> Result<bool, Trouble> {
        self.held.is_within = true;
        self.batch("BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE", true)?;
        let done = work(self);
        if let Err(Trouble::Gone(..)) = &done {
            return done;
        }
        let is_done = matches!(&done, Ok(true));
        let end = if is_done { "COMMIT" } else { "ROLLBACK" };
        let ended = self.batch(end, !is_done);
        // Other work may be in the way at the very end; then nothing was done either.
        if matches!(ended, Ok(()) | Err(Trouble::Again)) {
            self.held.is_within = false;
        }
        ended.and(done)
    }

    fn batch(&self, sql: &str, is_undone: bool) -> Result<(), Trouble> {
        self.wait(self.held.client.batch_execute(sql), is_undone)
    }

    fn statement(&mut self, sql: &str) -> Result<Statement, Trouble> {
        if let Some(statement) = self.held.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.wait(self.held.client.prepare(sql), true)?;
        self.held.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
        is_undone: bool,
    ) -> Result<T, Trouble> {
        let answer = self
            .handle
            .block_on(async { timeout_at(self.deadline, answer).await });
        match answer {
            Ok(answer) => answer.map_err(|error| trouble(&error, is_undone)),
            Err(_) => Err(Trouble::Gone("it does not answer".to_owned(), is_undone)),
        }
    }
}

fn trouble(error: &tokio_postgres::Error, is_undone: bool) -> Trouble {
    let Some(code) = error.code() else {
        return Trouble::Gone(said(error), is_undone);
    };
    match code.code() {
        code if code == SqlState::UNIQUE_VIOLATION.code() => Error::Taken.into(),
        // Text with a NUL cannot be kept: nothing here is called that.
        code if code == SqlState::FOREIGN_KEY_VIOLATION.code()
            || code == SqlState::CHARACTER_NOT_IN_REPERTOIRE.code() =>
        {
            Error::Unknown.into()
        }
        code if code == SqlState::T_R_SERIALIZATION_FAILURE.code()
            || code == SqlState::T_R_DEADLOCK_DETECTED.code() =>
        {
            Trouble::Again
        }
        // Refused as a whole: it stops, or a table is not what it was when this was prepared.
        code if code.starts_with("57P") || code == SqlState::FEATURE_NOT_SUPPORTED.code() => {
            Trouble::Gone(format!("refused ({code})"), true)
        }
        // The code alone: a message could repeat a value.
        code => away(code).into(),
    }
}
