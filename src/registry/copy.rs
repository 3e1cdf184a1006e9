//! This node's copy of the accounts for when the registry that nodes share does not answer: who may
//! sign in, at which terminal, and who is signed in. What is done meanwhile is done on the copy and
//! given back afterwards. Nothing else can be changed in it: no account, no permission, no terminal.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Error, SqliteStore, Store};
use crate::domain::{
    access::{AccountId, AuthenticatorId},
    clock::{Clock, Moment},
};

/// How old a copy may be that stands in: design of the service, "PostgreSQL" among what breaks.
const OLDEST: Duration = Duration::from_hours(24);
/// A copy from later than this is of a clock that was wrong: its age is not known.
const AHEAD: TimeDelta = TimeDelta::minutes(1);
/// How often the copy is taken anew.
const EVERY: Duration = Duration::from_secs(30);
/// How often the registry is asked again while it does not answer.
const AGAIN: Duration = Duration::from_secs(1);
/// So often the registry may fail to take one thing before it is left out.
const TRIES: u32 = 5;
/// How long after the registry was away nobody's session is judged by what it says of activity: other
/// nodes may have to tell it yet.
const SETTLED: Duration = Duration::from_mins(1);
/// How long the registry may take before the copy is asked: whoever waits has a patient.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// A table that is copied, with the statements for it.
pub(super) struct Table {
    /// Its name in both databases.
    #[cfg(test)]
    pub(super) name: &'static str,
    /// Its columns.
    #[cfg(test)]
    pub(super) columns: &'static [&'static str],
    /// Reads every row, in the order in which they came.
    pub(super) read: &'static str,
    /// Takes every row away.
    pub(super) clear: &'static str,
    /// Adds a row.
    pub(super) add: &'static str,
}

/// The place of one more value.
macro_rules! place {
    ($column:literal) => {
        ", ?"
    };
}

macro_rules! table {
    ($name:literal by $order:literal: $first:literal $(, $column:literal)*) => {
        Table {
            #[cfg(test)]
            name: $name,
            #[cfg(test)]
            columns: &[$first $(, $column)*],
            read: concat!("SELECT ", $first $(, ", ", $column)*, " FROM ", $name, " ORDER BY ", $order),
            clear: concat!("DELETE FROM ", $name),
            add: concat!(
                "INSERT INTO ", $name, " (", $first $(, ", ", $column)*, ") VALUES (?",
                $(place!($column),)* ")"
            ),
        }
    };
}

/// What is copied. Invitations, vouchings, envelopes and launches are not: what may be used once must
/// not be used once on each node.
pub(super) const TABLES: [Table; 7] = [
    table!("facility" by "id": "id", "name", "kind", "number", "disaster_area", "disaster_until", "disaster_by", "disaster_at"),
    table!("account" by "id": "id", "facility", "sign_in", "name", "role", "language", "epoch", "grants_from", "password", "last_step", "permission", "glass_used", "created_by", "created_at", "disabled_by", "disabled_at", "delegated_by", "delegated_at", "delegated_until"),
    table!("permission" by "id": "id", "account", "given_by", "given_at", "until", "ends", "delegated", "revoked_by", "revoked_at"),
    table!("factors_given" by "at": "account", "by", "at"),
    table!("authenticator" by "place": "id", "account", "kind", "name", "secret", "handle", "added_at", "last_used"),
    table!("terminal" by "place": "id", "facility", "name", "location", "device", "idle_lock", "registered_by", "registered_at", "matcher", "ends", "revoked_by", "revoked_at"),
    table!("session" by "hash": "hash", "facility", "account", "terminal", "created", "last_seen", "ends", "locked", "epoch", "second_factor"),
];

/// The rows of one table: their columns as [`Table::read`] names them.
pub(super) type Rows = Vec<Vec<Value>>;

/// A registry that can be copied.
pub(super) trait Original: Store {
    /// The rows of [`TABLES`], all of one moment.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn tables(&self) -> Result<Vec<Rows>, Error>;
}

/// What was done on the copy and the registry must be told. It says of what, not what: how that
/// stands is read from the copy when it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Owed {
    /// A session began, by its hash.
    Begun(String),
    /// A session was used, locked, unlocked or ended, by its hash.
    Changed(String),
    /// A step of a one-time code was used.
    Step {
        account: AccountId,
        authenticator: AuthenticatorId,
        step: u64,
        at: DateTime<Utc>,
    },
    /// An account opened a grant.
    Opened {
        account: AccountId,
        at: DateTime<Utc>,
    },
}

/// An answer with when the copy was taken that gave it; `None` where it is the registry's own.
pub(super) type Told<T> = (T, Option<DateTime<Utc>>);

/// The copy, and how it stands.
pub(super) struct NodeCopy {
    shared: Arc<dyn Original>,
    kept: SqliteStore,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Held by whoever asks the copy; alone by what replaces it or goes back to the registry.
    gate: RwLock<()>,
    went_away: Notify,
    /// How often the copy was changed with the registry: a copy read before that is not taken.
    changes: AtomicU64,
}

#[derive(Default)]
struct State {
    /// When it was taken.
    taken: Option<Moment>,
    /// Whether the registry did not answer when it was last asked, or was not told yet what was done
    /// on the copy.
    is_away: bool,
    /// When it was told, and has answered since.
    back: Option<Moment>,
    /// How often it failed to take the first thing that is owed.
    tries: u32,
    /// What it was told and could not be crossed out here, by id.
    told: BTreeSet<i64>,
}

impl NodeCopy {
    /// Opens or creates the copy in a folder.
    pub(super) fn open(
        folder: &Path,
        shared: Arc<dyn Original>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let kept = SqliteStore::open_copy(folder)?;
        let now = clock.now();
        let taken = kept.copied_at()?;
        let taken = taken.filter(|at| at.signed_duration_since(now.wall) <= AHEAD);
        Ok(Self {
            state: Mutex::new(State {
                taken: taken.map(|at| now.when(at)),
                is_away: !kept.owed()?.is_empty(),
                ..State::default()
            }),
            shared,
            kept,
            clock,
            gate: RwLock::default(),
            went_away: Notify::new(),
            changes: AtomicU64::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the copy was taken, where it is not too old to stand in.
    fn taken(&self) -> Option<DateTime<Utc>> {
        let taken = self.state().taken?;
        let is_old = self.clock.now().has_passed(taken, OLDEST);
        (!is_old).then_some(taken.wall)
    }

    /// Whether there is a copy that may stand in.
    pub(super) fn is_usable(&self) -> bool {
        self.taken().is_some()
    }

    /// Whether the registry is not asked now.
    pub(super) fn is_away(&self) -> bool {
        self.state().is_away
    }

    /// Whether the registry has answered for long enough that every node can have told it what it did
    /// meanwhile.
    pub(super) fn is_settled(&self) -> bool {
        let (is_away, back) = {
            let state = self.state();
            (state.is_away, state.back)
        };
        let now = self.clock.now();
        !is_away && back.is_none_or(|back| now.has_passed(back, SETTLED))
    }

    /// When the copy was taken, where it stands in for the registry now.
    pub(super) fn stands_in(&self) -> Option<DateTime<Utc>> {
        if self.is_away() { self.taken() } else { None }
    }

    /// The registry did not answer: from now on the copy is asked, until the registry does.
    pub(super) fn went_away(&self) {
        let Some(taken) = self.taken() else { return };
        let was_away = std::mem::replace(&mut self.state().is_away, true);
        if !was_away {
            tracing::warn!(%taken, "the registry does not answer; this node's copy stands in");
            self.went_away.notify_one();
        }
    }

    /// Of when the copy is, where it is to be asked now. What was done on it and is too old to go on
    /// with must be told before the registry is asked again.
    fn to_be_asked(&self) -> Result<Option<DateTime<Utc>>, Error> {
        if !self.is_away() {
            return Ok(None);
        }
        let too_old = || Error::Unavailable("the copy is too old".to_owned());
        self.taken().map(Some).ok_or_else(too_old)
    }

    /// Asks whichever of the two is to be asked now.
    pub(super) fn ask<T>(
        &self,
        question: impl FnOnce(&dyn Store) -> Result<T, Error>,
    ) -> Result<Told<T>, Error> {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        match self.to_be_asked()? {
            Some(taken) => Ok((question(&self.kept)?, Some(taken))),
            None => Ok((question(&*self.shared)?, None)),
        }
    }

    /// The same of something that changes, which the registry is told later: what, `owed` says of
    /// the copy as it was before.
    pub(super) fn change<T>(
        &self,
        owed: impl FnOnce(&dyn Store) -> Result<Vec<Owed>, Error>,
        change: impl FnOnce(&dyn Store) -> Result<T, Error>,
    ) -> Result<Told<T>, Error> {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let Some(taken) = self.to_be_asked()? else {
            return Ok((change(&*self.shared)?, None));
        };
        for owed in owed(&self.kept)? {
            self.kept.owe(&owed)?;
        }
        Ok((change(&self.kept)?, Some(taken)))
    }

    /// Does on the copy what the registry has just done.
    pub(super) fn also(&self, change: impl FnOnce(&dyn Store) -> Result<(), Error>) {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        self.changes.fetch_add(1, Ordering::SeqCst);
        if let Err(error) = change(&self.kept) {
            tracing::debug!(%error, "a change is in the copy only when it is taken anew");
        }
    }

    /// Takes the copy anew; where it stood in, the registry is first told what was done meanwhile, and
    /// asked again from then on. A registry that answers and cannot be copied is asked all the same.
    pub(super) fn look(&self) {
        if self.is_away()
            && let Err(error) = self.go_back()
        {
            tracing::debug!(%error, "the copy still stands in");
            return;
        }
        let changes = self.changes.load(Ordering::SeqCst);
        match self.shared.tables() {
            Ok(tables) => self.replace(&tables, changes),
            Err(_) if self.shared.facilities().is_err() => self.went_away(),
            Err(error) => tracing::error!(%error, "the registry cannot be copied"),
        }
    }

    fn go_back(&self) -> Result<(), Error> {
        // Most of it without keeping anybody waiting.
        self.shared.facilities()?;
        self.give_back()?;
        {
            let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
            self.give_back()?;
            let mut state = self.state();
            state.is_away = false;
            state.back = Some(self.clock.now());
        }
        tracing::warn!("the registry answers again");
        Ok(())
    }

    /// Puts what was read in the place of the copy, where neither was changed since.
    fn replace(&self, tables: &[Rows], changes: u64) {
        let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        if self.is_away() || self.changes.load(Ordering::SeqCst) != changes {
            return;
        }
        let now = self.clock.now();
        match self.kept.replace(tables, now.wall) {
            Ok(()) => self.state().taken = Some(now),
            Err(error) => tracing::error!(%error, "the copy of the registry cannot be written"),
        }
    }

    /// Tells the registry what was done on the copy. What it says no to (an account that is gone, a
    /// code that was used on another node) is over.
    fn give_back(&self) -> Result<(), Error> {
        for (id, owed) in self.kept.owed()? {
            if self.state().told.contains(&id) {
                continue;
            }
            match self.tell(&owed) {
                Ok(()) | Err(Error::Taken | Error::Unknown | Error::Full) => {}
                Err(error) => {
                    let tries = {
                        let mut state = self.state();
                        state.tries += 1;
                        state.tries
                    };
                    // One thing that it cannot take must not keep the node from it for ever.
                    self.shared.facilities()?;
                    if tries < TRIES {
                        return Err(error);
                    }
                    tracing::error!(%error, "the registry cannot be told what was done on the copy");
                }
            }
            let crossed_out = self.kept.owe_no_more(id);
            let mut state = self.state();
            state.tries = 0;
            // A disk that is full must not keep the node from a registry that answers.
            if let Err(error) = crossed_out {
                tracing::error!(%error, "what the registry was told cannot be crossed out");
                state.told.insert(id);
            }
        }
        Ok(())
    }

    fn tell(&self, owed: &Owed) -> Result<(), Error> {
        let shared = &self.shared;
        match owed {
            Owed::Begun(hash) => match self.kept.seat(hash)? {
                Some(seat) => shared.add_session(&seat.session),
                None => shared.end_session(hash).map(drop),
            },
            Owed::Changed(hash) => match self.kept.seat(hash)? {
                Some(seat) => {
                    let session = &seat.session;
                    shared.set_locked(hash, session.locked, session.last_seen)?;
                    shared.touch_session(hash, session.last_seen)
                }
                None => shared.end_session(hash).map(drop),
            },
            Owed::Step {
                account,
                authenticator,
                step,
                at,
            } => shared
                .use_step(account, authenticator, *step, *at)
                .map(drop),
            Owed::Opened { account, at } => shared.note_glass_used(account, *at),
        }
    }

    /// Looks after the copy until the node stops.
    pub(super) async fn keep(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let pause = if self.state().is_away { AGAIN } else { EVERY };
            let waited = async {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = self.went_away.notified() => {}
                }
            };
            if stop.run_until_cancelled(waited).await.is_none() {
                return;
            }
            self.look_aside().await;
        }
    }

    /// As [`Self::look`], where nothing may block.
    pub(super) async fn look_aside(self: &Arc<Self>) {
        let copy = Arc::clone(self);
        if let Err(error) = tokio::task::spawn_blocking(move || copy.look()).await {
            tracing::error!(%error, "the registry cannot be copied");
        }
    }
}
