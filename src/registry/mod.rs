//! Floor 2: facilities, accounts, terminals, sessions, permissions.
//!
//! May name: `domain`, `postgres`. Never: `ledger`, `cache`, `sources`, anything above.

#[cfg(test)]
mod contract;
mod copy;
mod handle;
mod handoffs;
mod people;
mod places;
mod postgres;
mod row;
pub mod seal;
mod sqlite;
mod views;

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};

pub use self::{
    handle::Registry,
    handoffs::{Concern, HandoffStore, Listed, MOST_LISTED, MOST_OPEN, StoredHandoff, StoredList},
    people::{
        AccountStore, Authenticator, AuthenticatorKind, Factor, Link, MOST_AUTHENTICATORS, NewLink,
        PermissionGiven, SealedAccount, StoredAuthenticator,
    },
    places::{Matcher, Registration, TerminalStore, Vouch, VouchKind},
    postgres::{PostgresStore, usable},
    sqlite::SqliteStore,
    views::{MOST_VIEWS, SavedView, ViewStore},
};
use crate::domain::{
    access::{AccountId, AuthenticatorId, FacilityId, Role, TerminalId},
    clock::Moment,
    event::SecondFactor,
    section::Language,
};

/// What the registry answers when it cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be opened; with why.
    #[error("the registry cannot be opened: {0}")]
    CannotOpen(String),
    /// It cannot be read or written now; with why, without personal data.
    #[error("the registry does not answer: {0}")]
    Unavailable(String),
    /// A name or number that must be unique is in use.
    #[error("that name or number is in use")]
    Taken,
    /// There is no such account, facility or terminal.
    #[error("there is no such row")]
    Unknown,
    /// The account has [`MOST_AUTHENTICATORS`] already.
    #[error("the account has as many authenticators as one may have")]
    Full,
}

/// What a facility is: the legal wording differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FacilityKind {
    /// 病院
    Hospital,
    /// 消防本部
    Fire,
}

impl FacilityKind {
    /// The word used in the registry and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hospital => "hospital",
            Self::Fire => "fire",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Hospital, Self::Fire]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// A hospital or fire department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facility {
    /// Its id.
    pub id: FacilityId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FacilityKind,
    /// 保険医療機関番号, 10 digits; fire departments have none.
    pub number: Option<String>,
    /// 災害時, where an administrator said so.
    pub disaster: Option<Disaster>,
}

impl Facility {
    /// Whether the 災害時 flag is on, on a Japanese day.
    #[must_use]
    pub fn is_in_disaster(&self, day: NaiveDate) -> bool {
        self.disaster
            .as_ref()
            .is_some_and(|disaster| day <= disaster.until)
    }
}

/// 災害時: reason 5 is asked nothing further while it is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disaster {
    /// Where.
    pub area: String,
    /// The last Japanese day it is on.
    pub until: NaiveDate,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// An account's id, or the name given on the command line.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// 救急時閲覧権限 as the administrator gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Who gave it.
    pub given_by: String,
    /// When.
    pub given_at: DateTime<Utc>,
    /// The last Japanese day it is valid on.
    pub until: NaiveDate,
    /// When it ends on that day, where it was given for hours.
    pub ends: Option<DateTime<Utc>>,
    /// Whether a delegate gave it in the administrator's place.
    pub is_delegated: bool,
}

impl Permission {
    /// Whether it is valid. A clock set back before it was given does not lengthen it.
    #[must_use]
    pub fn is_valid(&self, now: Moment) -> bool {
        match self.ends {
            Some(ends) => self.given_at <= now.wall && now.wall < ends,
            None => now.japanese_day() <= self.until,
        }
    }
}

/// 当直責任者: the right to give the emergency permission in the administrator's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Who named the delegate.
    pub given_by: String,
    /// When.
    pub given_at: DateTime<Utc>,
    /// When it ends.
    pub ends: DateTime<Utc>,
}

/// A person's account, without anything secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Facility it belongs to.
    pub facility: FacilityId,
    /// The name typed at sign-in, in compared form.
    pub sign_in: String,
    /// The name shown.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Language of its pages.
    pub language: Language,
    /// Raised by every revocation: sessions of an earlier epoch are over.
    pub epoch: u32,
    /// The epoch of the last revocation: emergency grants of an earlier one are over. What the
    /// owner changes himself raises the epoch alone.
    pub grants_from: u32,
    /// When its factors were last set on a link that somebody else made.
    pub factors_given: Option<DateTime<Utc>>,
    /// The emergency permission, where one was given and not taken back.
    pub permission: Option<Permission>,
    /// When it last opened a grant.
    pub glass_used: Option<DateTime<Utc>>,
    /// Who made it; `None` where that was not kept.
    pub created: Option<Mark>,
    /// Who disabled it, where it cannot sign in.
    pub disabled: Option<Mark>,
    /// Named 当直責任者 last.
    pub delegation: Option<Delegation>,
    /// Where the registry that nodes share does not answer: of when the node's copy is that says
    /// all this. `None` where the registry itself says it.
    pub as_of: Option<DateTime<Utc>>,
}

impl Account {
    /// Whether the emergency permission is valid now.
    #[must_use]
    pub fn may_break_glass(&self, now: Moment) -> bool {
        self.permission
            .as_ref()
            .is_some_and(|permission| permission.is_valid(now))
    }

    /// Whether it is 当直責任者 now. A clock set back before it was named does not lengthen it.
    #[must_use]
    pub fn is_delegate(&self, now: Moment) -> bool {
        self.delegation
            .as_ref()
            .is_some_and(|delegation| delegation.given_at <= now.wall && now.wall < delegation.ends)
    }
}

/// An account with what proves that somebody is its owner.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The account.
    pub account: Account,
    /// Password hash as a PHC string; `None` where its owner has not set one yet.
    pub password: Option<secrecy::SecretString>,
    /// Its authenticators, oldest first.
    pub factors: Vec<Factor>,
    /// The last TOTP step that was used.
    pub last_step: Option<u64>,
}

/// A registered device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Its id.
    pub id: TerminalId,
    /// Facility it belongs to; one device may be registered in several facilities.
    pub facility: FacilityId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub location: String,
    /// How a device proves to be this terminal.
    pub matcher: Matcher,
    /// With what: hash of the device cookie, verified name of a client certificate, or address range.
    pub device: String,
    /// Seconds a seat may be left before the session locks.
    pub idle_lock_seconds: u32,
    /// Who registered it.
    pub registered_by: String,
    /// When.
    pub registered_at: DateTime<Utc>,
    /// When it ends, where somebody vouched for it for hours.
    pub ends: Option<DateTime<Utc>>,
    /// Who revoked it, where it was revoked.
    pub revoked: Option<Mark>,
}

impl Terminal {
    /// Whether it may be used: neither revoked nor past its end. A clock set back before it was
    /// registered does not lengthen it.
    #[must_use]
    pub fn is_valid(&self, now: Moment) -> bool {
        self.revoked.is_none()
            && self
                .ends
                .is_none_or(|ends| self.registered_at <= now.wall && now.wall < ends)
    }

    /// How long a seat may be left before the session locks.
    #[must_use]
    pub fn idle_lock(&self) -> Duration {
        Duration::from_secs(self.idle_lock_seconds.into())
    }
}

/// One session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Hash of the session id.
    pub hash: String,
    /// Account.
    pub account: AccountId,
    /// Facility.
    pub facility: FacilityId,
    /// Terminal it is bound to.
    pub terminal: TerminalId,
    /// When it began.
    pub created: DateTime<Utc>,
    /// Last activity as written; written at most every ten seconds.
    pub last_seen: DateTime<Utc>,
    /// When it ends.
    pub ends: DateTime<Utc>,
    /// Whether it is locked.
    pub locked: bool,
    /// The account's epoch when it began.
    pub epoch: u32,
    /// Its second factor.
    pub second_factor: SecondFactor,
}

/// A session with whom and what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The session.
    pub session: Session,
    /// Its account.
    pub account: Account,
    /// The account's facility.
    pub facility: Facility,
    /// Its terminal.
    pub terminal: Terminal,
}

/// A new account as a [`Store`] keeps it.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The account.
    pub account: Account,
    /// Password hash as a PHC string; `None` until its owner sets one.
    pub password: Option<String>,
    /// Its authenticators.
    pub authenticators: Vec<StoredAuthenticator>,
}

/// Credentials as a [`Store`] keeps them: the secrets still sealed.
#[derive(Clone, Debug)]
pub struct StoredCredentials {
    /// The account.
    pub account: Account,
    /// Password hash as a PHC string; `None` where its owner has not set one yet.
    pub password: Option<String>,
    /// Its authenticators, oldest first.
    pub authenticators: Vec<StoredAuthenticator>,
    /// The last TOTP step that was used.
    pub last_step: Option<u64>,
}

/// Where rows are kept. One adapter per database; the contract tests run against each. Methods
/// block and are called from the pool for blocking work.
pub trait Store: AccountStore + TerminalStore + ViewStore + HandoffStore + Send + Sync {
    /// Adds a facility.
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::Unavailable`].
    fn add_facility(&self, facility: &Facility) -> Result<(), Error>;

    /// Every facility, by name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn facilities(&self) -> Result<Vec<Facility>, Error>;

    /// Adds an account.
    ///
    /// # Errors
    /// [`Error::Taken`] where the sign-in name is in use, [`Error::Unknown`] where the facility is
    /// not there, [`Error::Unavailable`].
    fn add_account(&self, account: &NewAccount) -> Result<(), Error>;

    /// The accounts of one facility, by sign-in name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn accounts(&self, facility: &FacilityId) -> Result<Vec<Account>, Error>;

    /// One account.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn account(&self, id: &AccountId) -> Result<Option<Account>, Error>;

    /// Credentials by sign-in name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn credentials(&self, sign_in: &str) -> Result<Option<StoredCredentials>, Error>;

    /// Marks a TOTP step as used if it is later than every one used before, and the authenticator
    /// as used at a time; whether it was later.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn use_step(
        &self,
        id: &AccountId,
        authenticator: &AuthenticatorId,
        step: u64,
        at: DateTime<Utc>,
    ) -> Result<bool, Error>;

    /// Sets an account's language.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn set_language(&self, id: &AccountId, language: Language) -> Result<(), Error>;

    /// Adds a terminal. Whether the device is another one's already is looked for in the same step
    /// (see [`Matcher::is_same`]).
    ///
    /// # Errors
    /// [`Error::Taken`] where the device is registered in this facility, or could be taken for one
    /// that is; [`Error::Unavailable`].
    fn add_terminal(&self, terminal: &Terminal) -> Result<(), Error>;

    /// The terminals of one facility, in order of registration.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn terminals(&self, facility: &FacilityId) -> Result<Vec<Terminal>, Error>;

    /// The terminals of a device, at most one in each facility.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn terminals_of_device(&self, device: &str) -> Result<Vec<Terminal>, Error>;

    /// Adds a session.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn add_session(&self, session: &Session) -> Result<(), Error>;

    /// A session with everything it belongs to.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn seat(&self, hash: &str) -> Result<Option<Seat>, Error>;

    /// Every session with everything it belongs to.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn seats(&self) -> Result<Vec<Seat>, Error>;

    /// Writes the last activity; never moves it back.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn touch_session(&self, hash: &str, at: DateTime<Utc>) -> Result<(), Error>;

    /// Locks or unlocks; unlocking counts as activity. Whether it changed anything.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn set_locked(&self, hash: &str, locked: bool, at: DateTime<Utc>) -> Result<bool, Error>;

    /// Removes a session; whether there was one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn end_session(&self, hash: &str) -> Result<bool, Error>;

    /// Removes an account's other sessions at the terminal of this one; how many there were.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn end_replaced(&self, by: &Session) -> Result<usize, Error>;

    /// An account's sessions with everything they belong to, oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn seats_of(&self, account: &AccountId) -> Result<Vec<Seat>, Error>;

    /// Gives a locked session another hash and unlocks it, which counts as activity; whether it was
    /// there and locked. Its beginning and end stay.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn resume_session(&self, hash: &str, new: &str, at: DateTime<Utc>) -> Result<bool, Error>;

    /// How many sessions an account has.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn sessions_of(&self, account: &AccountId) -> Result<u32, Error>;
}
