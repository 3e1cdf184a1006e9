//! What belongs to accounts: authenticators, one-time links, permissions, delegation, sealed
//! emergency accounts.

use chrono::{DateTime, Utc};
use secrecy::SecretSlice;

use super::{Delegation, Error, Mark, NewAccount, Permission, Session};
use crate::domain::access::{AccountId, AuthenticatorId, FacilityId};

/// Authenticators of one account.
pub const MOST_AUTHENTICATORS: usize = 10;

/// What an authenticator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthenticatorKind {
    /// Time-based one-time codes (RFC 6238); its secret is the shared key.
    Totp,
    /// A passkey (`WebAuthn`); its secret is the credential as JSON.
    Passkey,
    /// The printed code of a sealed emergency account; its secret is the code.
    Sealed,
}

impl AuthenticatorKind {
    /// All.
    pub const ALL: [Self; 3] = [Self::Totp, Self::Passkey, Self::Sealed];

    /// The word used in the registry and in entries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::Sealed => "sealed",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// An authenticator, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticator {
    /// Its id.
    pub id: AuthenticatorId,
    /// Whose it is.
    pub account: AccountId,
    /// What it is.
    pub kind: AuthenticatorKind,
    /// The name its owner gave it; may be empty.
    pub name: String,
    /// When it was added; `None` where that was not kept.
    pub added_at: Option<DateTime<Utc>>,
    /// When it was last used.
    pub last_used: Option<DateTime<Utc>>,
}

/// An authenticator with its secret.
#[derive(Clone, Debug)]
pub struct Factor {
    /// The authenticator.
    pub authenticator: Authenticator,
    /// Its secret; `None` where it cannot be unsealed with this installation's key.
    pub secret: Option<SecretSlice<u8>>,
    /// The same as it is stored, sealed: what a change of it is compared with.
    pub sealed: Vec<u8>,
}

/// An authenticator as a [`super::Store`] keeps it: its secret sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAuthenticator {
    /// The authenticator.
    pub authenticator: Authenticator,
    /// Its sealed secret.
    pub secret: Vec<u8>,
    /// Keyed hash of a passkey's credential id; no two authenticators have the same.
    pub handle: Option<String>,
}

/// A one-time link on which an account's holder sets password and second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// Hash of its token.
    pub hash: String,
    /// For whom.
    pub account: AccountId,
    /// Who made it, and when.
    pub made: Mark,
    /// When it ends.
    pub ends: DateTime<Utc>,
}

/// A one-time link as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// For whom.
    pub account: AccountId,
    /// Who made it, and when.
    pub made: Mark,
    /// When it ends.
    pub ends: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
}

impl Link {
    /// Whether it can still be used. A clock set back before it was made does not lengthen it.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.used_at.is_none() && self.made.at <= now && now < self.ends
    }
}

/// An emergency permission in the history of its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionGiven {
    /// The permission.
    pub permission: Permission,
    /// Who took it back, where somebody did.
    pub revoked: Option<Mark>,
}

/// An emergency account whose secrets lie in an envelope: two administrators make it, it signs in
/// once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedAccount {
    /// The account; there is a row of it once it is confirmed.
    pub account: AccountId,
    /// Whose.
    pub facility: FacilityId,
    /// Who proposed it.
    pub proposed: Mark,
    /// Who confirmed it: another one.
    pub confirmed: Option<Mark>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
}

/// The part of a [`super::Store`] that keeps what belongs to accounts.
pub trait AccountStore {
    /// An account's authenticators, oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn authenticators(&self, account: &AccountId) -> Result<Vec<StoredAuthenticator>, Error>;

    /// Adds an authenticator, in one step with counting those that the account has.
    ///
    /// # Errors
    /// [`Error::Full`] where it has [`MOST_AUTHENTICATORS`], [`Error::Taken`] where the handle is in
    /// use, [`Error::Unknown`], [`Error::Unavailable`].
    fn add_authenticator(&self, new: &StoredAuthenticator) -> Result<(), Error>;

    /// Names an account's authenticator.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn rename_authenticator(
        &self,
        account: &AccountId,
        id: &AuthenticatorId,
        name: &str,
    ) -> Result<(), Error>;

    /// Puts another sealed secret in the place of an authenticator's, which was used; whether what is
    /// stored was still the one that was `read`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn use_authenticator(
        &self,
        id: &AuthenticatorId,
        read: &[u8],
        secret: &[u8],
        at: DateTime<Utc>,
    ) -> Result<bool, Error>;

    /// Removes an account's authenticator and raises the epoch, which the session `keep` follows with
    /// the account's grants; whether it did. The last one only with `even_last`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn remove_authenticator(
        &self,
        account: &AccountId,
        id: &AuthenticatorId,
        even_last: bool,
        keep: Option<&str>,
    ) -> Result<bool, Error>;

    /// Removes every authenticator of an account for a new one, forgets the last used step and
    /// raises the epoch.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn replace_authenticators(&self, new: &StoredAuthenticator) -> Result<(), Error>;

    /// The authenticator with this handle.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn authenticator_by_handle(&self, handle: &str) -> Result<Option<StoredAuthenticator>, Error>;

    /// Sets the password hash and raises the epoch, which the session `keep` follows with the
    /// account's grants.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn set_password(&self, id: &AccountId, password: &str, keep: Option<&str>)
    -> Result<(), Error>;

    /// Disables an account, which raises the epoch and ends the vouchings, codes and links it made
    /// that nobody used, or enables it.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn set_disabled(&self, id: &AccountId, disabled: Option<&Mark>) -> Result<(), Error>;

    /// Raises an account's epoch: every session and every begun sign-in of it is over, and its
    /// emergency grants where `ends_grants`.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn raise_epoch(&self, id: &AccountId, ends_grants: bool) -> Result<(), Error>;

    /// Adds a link; earlier ones of the account that were not used are gone.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn add_link(&self, link: &NewLink) -> Result<(), Error>;

    /// A link by the hash of its token.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn link(&self, hash: &str) -> Result<Option<Link>, Error>;

    /// Marks a link as used if it is open, and in the same step sets the account's password or
    /// leaves it without one, puts the authenticator in the place of all others, sets the last used
    /// step and raises the epoch; whether it was open.
    ///
    /// # Errors
    /// [`Error::Taken`] where the handle is in use, [`Error::Unavailable`].
    fn use_link(
        &self,
        hash: &str,
        at: DateTime<Utc>,
        password: Option<&str>,
        authenticator: &StoredAuthenticator,
        step: Option<u64>,
    ) -> Result<bool, Error>;

    /// Gives the emergency permission; a former one stays in the history.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn give_permission(&self, id: &AccountId, permission: &Permission) -> Result<(), Error>;

    /// Takes the emergency permission back, where there is one, and raises the epoch.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn take_permission(&self, id: &AccountId, revoked: &Mark) -> Result<(), Error>;

    /// Every emergency permission that an account was given, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn permissions(&self, id: &AccountId) -> Result<Vec<PermissionGiven>, Error>;

    /// Notes that an account opened a grant; never moves the time back.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn note_glass_used(&self, id: &AccountId, at: DateTime<Utc>) -> Result<(), Error>;

    /// Names an account 当直責任者, or ends that.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn set_delegation(&self, id: &AccountId, delegation: Option<&Delegation>) -> Result<(), Error>;

    /// Adds the proposal of a sealed account.
    ///
    /// # Errors
    /// [`Error::Unknown`] where the facility is not there, [`Error::Unavailable`].
    fn propose_sealed(&self, proposal: &SealedAccount) -> Result<(), Error>;

    /// Confirms a proposal of the new account's facility that nobody confirmed and that somebody
    /// else made, and adds the account in the same step; whether it did.
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::Unavailable`].
    fn confirm_sealed(&self, confirmed: &Mark, new: &NewAccount) -> Result<bool, Error>;

    /// The sealed accounts of one facility, oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn sealed_accounts(&self, facility: &FacilityId) -> Result<Vec<SealedAccount>, Error>;

    /// Marks a sealed account as used when the session begins that it is used for, disables it, and
    /// adds that session, in one step; whether it was unused and not disabled.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn use_sealed(&self, session: &Session) -> Result<bool, Error>;

    /// Who made this account, or a link for its factors, since a time: ids of accounts, and names
    /// given on the command line.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn gave_factors(&self, account: &AccountId, since: DateTime<Utc>)
    -> Result<Vec<String>, Error>;
}
