//! Administration: facilities, accounts, permissions, terminals. Every change has its entry,
//! written before the change.

use std::sync::Arc;

use chrono::NaiveDate;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::{password::Hasher, sign_in::compared, token, totp};
use crate::{
    domain::{
        access::{AccountId, Action, FacilityId, Role, TerminalId},
        clock::Clock,
        entropy::{Entropy, random},
        event::{Draft, Event},
        section::Language,
        text::normalised,
    },
    ledger::Ledger,
    registry::{self, Account, Facility, FacilityKind, Permission, Registry, Terminal},
};

/// Characters of names.
const LONGEST_NAME: usize = 120;
/// Characters of sign-in names.
const LONGEST_SIGN_IN: usize = 64;
/// Characters a password must have; length counts, not composition (NIST SP 800-63B).
pub const SHORTEST_PASSWORD: usize = 8;
/// Characters a password may have.
pub const LONGEST_PASSWORD: usize = 256;
/// What authenticator apps show beside the account.
const ISSUER: &str = "救急時サマリー";

/// Why a change was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A name or number that must be unique is in use.
    #[error("that name or number is in use")]
    Taken,
    /// There is no such facility or account.
    #[error("there is no such facility or account")]
    Unknown,
    /// A value cannot be used; with what is wrong.
    #[error("{0}")]
    Invalid(&'static str),
    /// The ledger cannot be written: nothing was changed.
    #[error("the change cannot be recorded, so nothing was changed")]
    CannotRecord,
    /// The registry cannot be read or written.
    #[error("the registry does not answer")]
    Unavailable,
}

impl From<registry::Error> for Error {
    fn from(error: registry::Error) -> Self {
        match error {
            registry::Error::Taken => Self::Taken,
            registry::Error::Unknown => Self::Unknown,
            registry::Error::CannotOpen(_) | registry::Error::Unavailable(_) => {
                tracing::error!(%error, "the registry failed");
                Self::Unavailable
            }
        }
    }
}

/// A facility to be made.
#[derive(Clone, Debug)]
pub struct FacilityForm {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FacilityKind,
    /// 保険医療機関番号, 10 digits.
    pub number: Option<String>,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct AccountForm {
    /// Facility.
    pub facility: FacilityId,
    /// Sign-in name.
    pub sign_in: String,
    /// Name shown.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Password.
    pub password: SecretString,
}

/// A second factor just made: shown once, stored sealed only.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The account.
    pub account: AccountId,
    /// TOTP secret in base 32.
    pub totp_secret: SecretString,
    /// The same as an `otpauth` address.
    pub otpauth: SecretString,
}

/// A terminal just registered.
#[derive(Clone, Debug)]
pub struct RegisteredTerminal {
    /// The terminal.
    pub terminal: Terminal,
    /// The device cookie's value: shown once, stored as a hash only.
    pub device: SecretString,
}

/// A terminal to be registered.
#[derive(Clone, Debug)]
pub struct TerminalForm {
    /// Facility.
    pub facility: FacilityId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub location: String,
    /// Seconds a seat may be left before the session locks: 30 to 900.
    pub idle_lock_seconds: u32,
}

/// Changes facilities, accounts and terminals.
#[derive(Clone)]
pub struct Administration {
    registry: Registry,
    ledger: Ledger,
    hasher: Hasher,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Administration {
    /// Wires it together.
    #[must_use]
    pub fn new(
        registry: Registry,
        ledger: Ledger,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            registry,
            ledger,
            hasher: Hasher::new(Arc::clone(&entropy)),
            clock,
            entropy,
        }
    }

    /// The rows behind it, for lists.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Makes a facility.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create_facility(&self, form: FacilityForm) -> Result<FacilityId, Error> {
        let name = checked_name(&form.name)?;
        let number = form
            .number
            .map(|number| {
                let number = normalised(&number);
                let right = number.len() == 10 && number.bytes().all(|b| b.is_ascii_digit());
                right
                    .then_some(number)
                    .ok_or(Error::Invalid("a facility's number has 10 digits"))
            })
            .transpose()?;
        let facilities = self.registry.facilities().await?;
        if number.is_some() && facilities.iter().any(|other| other.number == number) {
            return Err(Error::Taken);
        }
        let facility = Facility {
            id: FacilityId(token::fresh_id('f', &*self.entropy)),
            name,
            kind: form.kind,
            number,
        };
        let id = facility.id.clone();
        self.record(&id, "facility_created", &id.0, form.kind.word())
            .await?;
        self.registry.add_facility(facility).await?;
        Ok(id)
    }

    /// Makes an account with its second factor; without emergency permission.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create_account(&self, form: AccountForm) -> Result<Enrolled, Error> {
        let sign_in = checked_sign_in(&form.sign_in)?;
        let name = checked_name(&form.name)?;
        let password = self.checked_password(form.password).await?;
        self.facility(&form.facility).await?;
        if self.registry.credentials(sign_in.clone()).await?.is_some() {
            return Err(Error::Taken);
        }
        let account = Account {
            id: AccountId(token::fresh_id('a', &*self.entropy)),
            facility: form.facility.clone(),
            sign_in,
            name,
            role: form.role,
            language: Language::default(),
            epoch: 1,
            permission: None,
        };
        let (secret, enrolled) = self.new_factor(&account)?;
        let id = &account.id.0;
        self.record(&form.facility, "account_created", id, form.role.word())
            .await?;
        self.registry
            .add_account(account, password, &secret, &*self.entropy)
            .await?;
        Ok(enrolled)
    }

    /// Gives the emergency permission up to and including a Japanese day.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn permit(
        &self,
        id: &AccountId,
        until: NaiveDate,
        given_by: &str,
    ) -> Result<(), Error> {
        let account = self.account(id).await?;
        let now = self.clock.now();
        if !account.role.may(Action::BreakGlass) {
            return Err(Error::Invalid(
                "this role cannot hold the emergency permission",
            ));
        }
        if given_by == id.0 {
            return Err(Error::Invalid("nobody permits himself"));
        }
        if until < now.japanese_day() {
            return Err(Error::Invalid("the last day is in the past"));
        }
        let details = format!("until {until} by {given_by}");
        self.record(&account.facility, "permission_given", &id.0, &details)
            .await?;
        let permission = Permission {
            given_by: given_by.to_owned(),
            given_at: now.wall,
            until,
        };
        Ok(self
            .registry
            .set_permission(id.clone(), Some(permission))
            .await?)
    }

    /// Takes the emergency permission back; the account's sessions and grants are over.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn revoke(&self, id: &AccountId, revoked_by: &str) -> Result<(), Error> {
        let account = self.account(id).await?;
        let details = format!("by {revoked_by}");
        self.record(&account.facility, "permission_revoked", &id.0, &details)
            .await?;
        Ok(self.registry.set_permission(id.clone(), None).await?)
    }

    /// Sets a new password; the account's sessions are over.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn set_password(&self, id: &AccountId, password: SecretString) -> Result<(), Error> {
        let account = self.account(id).await?;
        let password = self.checked_password(password).await?;
        self.record(&account.facility, "password_set", &id.0, "")
            .await?;
        Ok(self.registry.set_password(id.clone(), password).await?)
    }

    /// Makes a new second factor in place of a lost one; the account's sessions are over.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn reset_factor(&self, id: &AccountId) -> Result<Enrolled, Error> {
        let account = self.account(id).await?;
        let (secret, enrolled) = self.new_factor(&account)?;
        self.record(&account.facility, "factor_reset", &id.0, "totp")
            .await?;
        self.registry
            .set_totp(id.clone(), &secret, &*self.entropy)
            .await?;
        Ok(enrolled)
    }

    /// Registers a terminal.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn register_terminal(
        &self,
        form: TerminalForm,
        registered_by: &str,
    ) -> Result<RegisteredTerminal, Error> {
        self.facility(&form.facility).await?;
        if !(30..=900).contains(&form.idle_lock_seconds) {
            return Err(Error::Invalid("the idle lock is 30 to 900 seconds"));
        }
        let device = token::fresh(&*self.entropy);
        let terminal = Terminal {
            id: TerminalId(token::fresh_id('t', &*self.entropy)),
            facility: form.facility,
            name: checked_name(&form.name)?,
            location: checked_name(&form.location)?,
            device: token::hashed(&device),
            idle_lock_seconds: form.idle_lock_seconds,
            registered_by: registered_by.to_owned(),
            registered_at: self.clock.now().wall,
        };
        let event = Event::TerminalRegistered {
            name: terminal.name.clone(),
        };
        self.append(&terminal.facility, Some(&terminal.id), event)
            .await?;
        self.registry.add_terminal(terminal.clone()).await?;
        Ok(RegisteredTerminal {
            terminal,
            device: device.into(),
        })
    }

    /// A password of 80 random bits, in letters and digits that are not mistaken for each other.
    #[must_use]
    pub fn fresh_password(&self) -> SecretString {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        random::<16>(&*self.entropy)
            .iter()
            .filter_map(|byte| LETTERS.get(usize::from(byte % 32)))
            .map(|letter| char::from(*letter))
            .collect::<String>()
            .into()
    }

    /// An account by its sign-in name, for the command line.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn find(&self, sign_in: &str) -> Result<Account, Error> {
        self.registry
            .credentials(compared(sign_in))
            .await?
            .map(|found| found.account)
            .ok_or(Error::Unknown)
    }

    async fn account(&self, id: &AccountId) -> Result<Account, Error> {
        self.registry
            .account(id.clone())
            .await?
            .ok_or(Error::Unknown)
    }

    async fn facility(&self, id: &FacilityId) -> Result<Facility, Error> {
        let facilities = self.registry.facilities().await?;
        facilities
            .into_iter()
            .find(|facility| facility.id == *id)
            .ok_or(Error::Unknown)
    }

    fn new_factor(&self, account: &Account) -> Result<(SecretSlice<u8>, Enrolled), Error> {
        let secret: SecretSlice<u8> = random::<20>(&*self.entropy).to_vec().into();
        let (totp_secret, otpauth) = totp::enrolment(&secret, &account.sign_in, ISSUER)
            .ok_or(Error::Invalid("the sign-in name cannot be enrolled"))?;
        let enrolled = Enrolled {
            account: account.id.clone(),
            totp_secret,
            otpauth,
        };
        Ok((secret, enrolled))
    }

    async fn checked_password(&self, password: SecretString) -> Result<String, Error> {
        let length = password.expose_secret().chars().count();
        if length < SHORTEST_PASSWORD {
            return Err(Error::Invalid("a password has at least 8 characters"));
        }
        if length > LONGEST_PASSWORD {
            return Err(Error::Invalid("a password has at most 256 characters"));
        }
        self.hasher.hash(password).await.ok_or(Error::Unavailable)
    }

    async fn record(
        &self,
        facility: &FacilityId,
        what: &str,
        whom: &str,
        details: &str,
    ) -> Result<(), Error> {
        let event = Event::Administered {
            what: what.to_owned(),
            whom: whom.to_owned(),
            details: details.to_owned(),
        };
        self.append(facility, None, event).await
    }

    async fn append(
        &self,
        facility: &FacilityId,
        terminal: Option<&TerminalId>,
        event: Event,
    ) -> Result<(), Error> {
        let draft = Draft {
            who: None,
            facility: facility.clone(),
            terminal: terminal.cloned(),
            address: None,
            request: None,
            person: None,
            event,
        };
        match self.ledger.append_unhurried(draft).await {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::error!(%error, "a change could not be recorded");
                Err(Error::CannotRecord)
            }
        }
    }
}

fn checked_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::Invalid("a name is missing"));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(Error::Invalid("a name has at most 120 characters"));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::Invalid("a name has no control characters"));
    }
    Ok(name.to_owned())
}

fn checked_sign_in(name: &str) -> Result<String, Error> {
    let name = compared(name);
    let wrong = |c: char| c.is_whitespace() || c.is_control() || c == ':';
    if name.is_empty() || name.chars().count() > LONGEST_SIGN_IN || name.contains(wrong) {
        return Err(Error::Invalid(
            "a sign-in name has 1 to 64 characters, without spaces and colons",
        ));
    }
    Ok(name)
}
