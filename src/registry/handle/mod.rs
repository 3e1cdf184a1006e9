//! The handle that other rooms hold: asynchronous, with sessions cached for at most five seconds
//! and the secrets of authenticators sealed.

mod either;
mod ends;
mod handoffs;
mod people;
mod places;
mod views;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use secrecy::SecretSlice;
use zeroize::Zeroizing;

use self::ends::Ends;
use super::{
    Account, Credentials, Error, Facility, Seat, Session, Store, Terminal,
    copy::{NodeCopy, Owed, Told},
    seal::{Seal, derived_key},
};
use crate::domain::{
    access::{AccountId, AuthenticatorId, FacilityId},
    clock::{Clock, Moment},
    section::Language,
};

/// How long a session may be served from memory.
const CACHED: Duration = Duration::from_secs(5);
/// Above this many cached sessions the outdated ones are dropped.
const CACHE_SWEEP: usize = 1_000;

/// Facilities, accounts, terminals and sessions. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Registry {
    store: Arc<dyn Store>,
    /// What stands in for a store that nodes share, for whoever signs in and is signed in.
    copy: Option<Arc<NodeCopy>>,
    seal: Seal,
    /// What seals what crews write.
    handoff_seal: Seal,
    /// Under which codes and credential ids are hashed: neither can be tried out without it.
    hash_key: Arc<Zeroizing<[u8; 32]>>,
    cache: Arc<Mutex<Cache>>,
    ends: Arc<Ends>,
}

#[derive(Default)]
struct Cache {
    seats: BTreeMap<String, (Moment, Arc<Seat>)>,
    /// Raised whenever something is dropped: an answer read before must not be kept after.
    generation: u64,
}

impl Registry {
    /// A handle to a store, with the installation key under which the secrets of authenticators are
    /// sealed. What has an end is read with the end that it has by both clocks: a wall clock that
    /// was set back while this process ran lengthens nothing.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        installation: &SecretSlice<u8>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            copy: None,
            seal: Seal::new(installation, "registry totp 1"),
            handoff_seal: Seal::new(installation, "registry handoff 1"),
            hash_key: Arc::new(derived_key(installation, "registry hash 1")),
            cache: Arc::default(),
            ends: Arc::new(Ends::new(clock)),
        }
    }

    async fn ask<T, F>(&self, question: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Store) -> Result<T, Error> + Send + 'static,
    {
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || question(&*store))
            .await
            .map_err(|error| Error::Unavailable(error.to_string()))?
    }

    fn account_of(&self, (account, as_of): Told<Account>) -> Account {
        Account {
            as_of,
            ..self.ends.account(account)
        }
    }

    fn seat_of(&self, (seat, as_of): Told<Seat>) -> Seat {
        let mut seat = self.ends.seat(seat);
        seat.account.as_of = as_of;
        seat
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, stale: impl Fn(&Seat) -> bool) {
        let mut cache = self.cache();
        cache.generation = cache.generation.wrapping_add(1);
        cache.seats.retain(|_, (_, seat)| !stale(seat));
    }

    /// Terminals with the ends that they have by both clocks.
    fn in_time(&self, terminals: Vec<Terminal>) -> Vec<Terminal> {
        let all = terminals.into_iter();
        all.map(|one| self.ends.terminal(one)).collect()
    }

    fn forget_account(&self, id: &AccountId) {
        self.forget(|seat| seat.account.id == *id);
    }

    /// Adds a facility.
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::Unavailable`].
    pub async fn add_facility(&self, facility: Facility) -> Result<(), Error> {
        self.ask(move |store| store.add_facility(&facility)).await
    }

    /// Every facility, by name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn facilities(&self) -> Result<Vec<Facility>, Error> {
        let (all, _) = self.ask_either(|store| store.facilities()).await?;
        Ok(all.into_iter().map(|one| self.ends.facility(one)).collect())
    }

    /// The accounts of one facility, by sign-in name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn accounts(&self, facility: FacilityId) -> Result<Vec<Account>, Error> {
        let all = self.ask(move |store| store.accounts(&facility)).await?;
        Ok(all.into_iter().map(|one| self.ends.account(one)).collect())
    }

    /// One account.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, Error> {
        let (found, as_of) = self.ask_either(move |store| store.account(&id)).await?;
        Ok(found.map(|found| self.account_of((found, as_of))))
    }

    /// Credentials by sign-in name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn credentials(&self, sign_in: String) -> Result<Option<Credentials>, Error> {
        let asked = self.ask_either(move |store| store.credentials(&sign_in));
        let (found, as_of) = asked.await?;
        Ok(found.map(|found| Credentials {
            factors: self.unsealed(found.authenticators),
            account: self.account_of((found.account, as_of)),
            password: found.password.map(Into::into),
            last_step: found.last_step,
        }))
    }

    /// Marks a TOTP step as used if it is later than every one used before, and the authenticator
    /// as used at a time; whether it was later.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn use_step(
        &self,
        id: AccountId,
        authenticator: AuthenticatorId,
        step: u64,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let owed = Owed::Step {
            account: id.clone(),
            authenticator: authenticator.clone(),
            step,
            at,
        };
        self.change_either(
            |_| Ok(vec![owed]),
            move |store| store.use_step(&id, &authenticator, step, at),
        )
        .await
    }

    /// Sets an account's language.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn set_language(&self, id: AccountId, language: Language) -> Result<(), Error> {
        let account = id.clone();
        let done = self
            .ask(move |store| store.set_language(&id, language))
            .await;
        self.forget_account(&account);
        done
    }

    /// Adds a terminal.
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::Unavailable`].
    pub async fn add_terminal(&self, terminal: Terminal) -> Result<(), Error> {
        self.ends.terminal(terminal.clone());
        self.ask(move |store| store.add_terminal(&terminal)).await
    }

    /// The terminals of one facility, in order of registration.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn terminals(&self, facility: FacilityId) -> Result<Vec<Terminal>, Error> {
        let all = self.ask(move |store| store.terminals(&facility)).await?;
        Ok(self.in_time(all))
    }

    /// The terminals of a device, at most one in each facility.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn terminals_of_device(&self, device: String) -> Result<Vec<Terminal>, Error> {
        let all = self.ask_either(move |store| store.terminals_of_device(&device));
        Ok(self.in_time(all.await?.0))
    }

    /// Adds a session.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn add_session(&self, session: Session) -> Result<(), Error> {
        let hash = session.hash.clone();
        self.change_either(
            move |_| Ok(vec![Owed::Begun(hash)]),
            move |store| store.add_session(&session),
        )
        .await
    }

    /// A session with everything it belongs to, from memory where it was read in the last five
    /// seconds.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn seat(&self, hash: &str, now: Moment) -> Result<Option<Arc<Seat>>, Error> {
        let generation = {
            let cache = self.cache();
            if let Some((read, seat)) = cache.seats.get(hash)
                && !now.has_passed(*read, CACHED)
            {
                return Ok(Some(Arc::clone(seat)));
            }
            cache.generation
        };
        let key = hash.to_owned();
        let (seat, as_of) = self.ask_either(move |store| store.seat(&key)).await?;
        let Some(seat) = seat else {
            // One that began on another node after the copy was taken may sign in here meanwhile.
            self.cache().seats.remove(hash);
            return Ok(None);
        };
        let seat = Arc::new(self.seat_of((seat, as_of)));
        let mut cache = self.cache();
        if cache.generation == generation {
            if cache.seats.len() >= CACHE_SWEEP {
                cache
                    .seats
                    .retain(|_, (read, _)| !now.has_passed(*read, CACHED));
            }
            cache
                .seats
                .insert(hash.to_owned(), (now, Arc::clone(&seat)));
        }
        Ok(Some(seat))
    }

    /// Every session with everything it belongs to, never from memory.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn seats(&self) -> Result<Vec<Seat>, Error> {
        let (all, as_of) = self.ask_either(|store| store.seats()).await?;
        let all = all.into_iter();
        Ok(all.map(|one| self.seat_of((one, as_of))).collect())
    }

    /// Writes the last activity.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn touch_session(&self, hash: String, at: DateTime<Utc>) -> Result<(), Error> {
        let used = hash.clone();
        let touch = Arc::new(move |store: &dyn Store| store.touch_session(&hash, at));
        self.change_one(move |_| Ok(vec![Owed::Changed(used)]), &touch)
            .await
            .map(drop)
    }

    /// Locks or unlocks a session; whether it changed anything.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn set_locked(
        &self,
        hash: &str,
        locked: bool,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let (key, left) = (hash.to_owned(), hash.to_owned());
        let done = self
            .change_either(
                move |_| Ok(vec![Owed::Changed(left)]),
                move |store| store.set_locked(&key, locked, at),
            )
            .await;
        self.forget(|seat| seat.session.hash == hash);
        done
    }

    /// Removes a session; whether there was one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn end_session(&self, hash: &str) -> Result<bool, Error> {
        let (key, left) = (hash.to_owned(), hash.to_owned());
        let done = self
            .change_either(
                move |_| Ok(vec![Owed::Changed(left)]),
                move |store| store.end_session(&key),
            )
            .await;
        self.forget(|seat| seat.session.hash == hash);
        done
    }

    /// Removes an account's other sessions at the terminal of this one; how many there were.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn end_replaced(&self, by: Session) -> Result<usize, Error> {
        let (account, hash) = (by.account.clone(), by.hash.clone());
        let replacing = by.clone();
        let done = self
            .change_either(
                move |store| {
                    let seats = store.seats_of(&replacing.account)?.into_iter();
                    let former = seats.filter(|seat| {
                        let session = &seat.session;
                        session.terminal == replacing.terminal && session.hash != replacing.hash
                    });
                    Ok(former
                        .map(|seat| Owed::Changed(seat.session.hash))
                        .collect())
                },
                move |store| store.end_replaced(&by),
            )
            .await;
        self.forget(|seat| seat.account.id == account && seat.session.hash != hash);
        done
    }

    /// An account's sessions with everything they belong to, oldest first, never from memory.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn seats_of(&self, account: AccountId) -> Result<Vec<Seat>, Error> {
        let (all, as_of) = self
            .ask_either(move |store| store.seats_of(&account))
            .await?;
        let all = all.into_iter();
        Ok(all.map(|one| self.seat_of((one, as_of))).collect())
    }

    /// Gives a locked session another hash and unlocks it; whether it was there and locked.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn resume_session(
        &self,
        hash: &str,
        new: String,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let (key, left, begun) = (hash.to_owned(), hash.to_owned(), new.clone());
        let done = self
            .change_either(
                move |_| Ok(vec![Owed::Changed(left), Owed::Begun(begun)]),
                move |store| store.resume_session(&key, &new, at),
            )
            .await;
        self.forget(|seat| seat.session.hash == hash);
        done
    }

    /// How many sessions an account has.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn sessions_of(&self, account: AccountId) -> Result<u32, Error> {
        let asked = self.ask_either(move |store| store.sessions_of(&account));
        Ok(asked.await?.0)
    }
}
