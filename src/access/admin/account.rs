//! Accounts: made, invited, disabled, given a new start.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::{
    Administration, By, Error, Flaw, Need,
    rules::{checked_name, checked_password, checked_sign_in},
};
use crate::{
    access::{sign_in::compared, token, totp},
    domain::{
        access::{AccountId, AuthenticatorId, FacilityId, Role},
        entropy::{Entropy, random},
        section::Language,
    },
    registry::{
        Account, Authenticator, AuthenticatorKind, Factor, NewAccount, NewLink, Registry,
        StoredAuthenticator,
    },
};

/// What authenticator apps show beside the account.
const ISSUER: &str = "救急時サマリー";
/// How long a one-time link can be used.
const LINK: Duration = Duration::from_hours(24);
/// Where a one-time link leads; the token follows.
pub const LINK_PATH: &str = "/enrol/";

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

/// A one-time link just made: shown once, stored as a hash only.
#[derive(Clone, Debug)]
pub struct IssuedLink {
    /// For whom.
    pub account: AccountId,
    /// With which name he signs in.
    pub sign_in: String,
    /// 256 bits.
    pub token: SecretString,
    /// When it ends.
    pub ends: DateTime<Utc>,
}

impl IssuedLink {
    /// The path to open: never in a log.
    #[must_use]
    pub fn path(&self) -> SecretString {
        format!("{LINK_PATH}{}", self.token.expose_secret()).into()
    }
}

/// A TOTP secret in base 32 and as an `otpauth` address.
pub(in crate::access) fn otpauth_of(
    secret: &SecretSlice<u8>,
    sign_in: &str,
) -> Result<(SecretString, SecretString), Error> {
    totp::enrolment(secret, sign_in, ISSUER).ok_or(Error::Invalid(Flaw::SignIn))
}

/// A TOTP authenticator as it is stored.
pub(in crate::access) fn totp_authenticator(
    registry: &Registry,
    account: &AccountId,
    name: String,
    secret: &SecretSlice<u8>,
    at: DateTime<Utc>,
    entropy: &dyn Entropy,
) -> Result<StoredAuthenticator, Error> {
    let authenticator = Authenticator {
        id: AuthenticatorId(token::fresh_id('u', entropy)),
        account: account.clone(),
        kind: AuthenticatorKind::Totp,
        name,
        added_at: Some(at),
        last_used: None,
    };
    Ok(registry.seal_authenticator(authenticator, secret, None, entropy)?)
}

/// Whether an account's factors are those of a sealed emergency account.
pub(super) fn is_sealed(factors: &[Factor]) -> bool {
    factors
        .iter()
        .any(|factor| factor.authenticator.kind == AuthenticatorKind::Sealed)
}

impl Administration {
    /// Makes an account with password and second factor; without emergency permission. For the
    /// command line: on the web nobody knows another's password.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create_account(
        &self,
        form: AccountForm,
        password: SecretString,
    ) -> Result<Enrolled, Error> {
        let by = By::Console("");
        let account = self.new_account(by, &form).await?;
        let password = self.hashed(&account, password).await?;
        let (secret, enrolled) = self.new_factor(&account)?;
        let factor = self.totp_of(&account, &secret)?;
        self.record_created(by, &account).await?;
        self.registry
            .add_account(NewAccount {
                account,
                password: Some(password),
                authenticators: vec![factor],
            })
            .await?;
        Ok(enrolled)
    }

    /// Makes an account that nobody can sign in to until its holder has opened the link and set
    /// password and second factor himself.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn invite<'a>(
        &self,
        by: impl Into<By<'a>>,
        form: AccountForm,
    ) -> Result<IssuedLink, Error> {
        let by = by.into();
        let account = self.new_account(by, &form).await?;
        let id = account.id.clone();
        self.record_created(by, &account).await?;
        self.registry
            .add_account(NewAccount {
                account,
                password: None,
                authenticators: Vec::new(),
            })
            .await?;
        self.make_link(by, &id).await
    }

    async fn new_account(&self, by: By<'_>, form: &AccountForm) -> Result<Account, Error> {
        self.authorise(by, &form.facility, Need::Administrator, "account_created")
            .await?;
        let sign_in = checked_sign_in(&form.sign_in)?;
        let name = checked_name(&form.name)?;
        self.facility(&form.facility).await?;
        if self.registry.credentials(sign_in.clone()).await?.is_some() {
            return Err(Error::Taken);
        }
        Ok(Account {
            id: AccountId(token::fresh_id('a', &*self.entropy)),
            facility: form.facility.clone(),
            sign_in,
            name,
            role: form.role,
            language: Language::default(),
            epoch: 1,
            grants_from: 1,
            factors_given: None,
            permission: None,
            glass_used: None,
            created: Some(self.mark(by)),
            disabled: None,
            delegation: None,
            as_of: None,
        })
    }

    async fn record_created(&self, by: By<'_>, account: &Account) -> Result<(), Error> {
        let word = account.role.word();
        self.record(
            by,
            &account.facility,
            "account_created",
            &account.id.0,
            word,
        )
        .await
    }

    /// Makes a one-time link on which the holder of an account sets a new password and second
    /// factor. It ends after 24 hours; an earlier one that was not used is worth nothing any more.
    /// What the account has now goes on until the link is used.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn make_link<'a>(
        &self,
        by: impl Into<By<'a>>,
        id: &AccountId,
    ) -> Result<IssuedLink, Error> {
        let by = by.into();
        let account = self.changeable(by, id, "link_made").await?;
        if account.disabled.is_some() {
            return Err(Flaw::Disabled.into());
        }
        let token = token::fresh(&*self.entropy);
        let made = self.mark(by);
        let ends = made.at + LINK;
        self.record(by, &account.facility, "link_made", &id.0, "")
            .await?;
        let link = NewLink {
            hash: token::hashed(&token),
            account: id.clone(),
            made,
            ends,
        };
        self.registry.add_link(link).await?;
        Ok(IssuedLink {
            account: account.id,
            sign_in: account.sign_in,
            token: token.into(),
            ends,
        })
    }

    /// Disables an account: it cannot sign in, its sessions and grants are over.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn disable<'a>(&self, by: impl Into<By<'a>>, id: &AccountId) -> Result<(), Error> {
        let by = by.into();
        let what = "account_disabled";
        let account = self.account(by, id, Need::Administrator, what).await?;
        if by.is(id) {
            return Err(Flaw::Himself.into());
        }
        self.record(by, &account.facility, what, &id.0, "").await?;
        let mark = self.mark(by);
        Ok(self.registry.set_disabled(id.clone(), Some(mark)).await?)
    }

    /// Enables an account again, with what it had.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn enable<'a>(&self, by: impl Into<By<'a>>, id: &AccountId) -> Result<(), Error> {
        let by = by.into();
        let account = self.changeable(by, id, "account_enabled").await?;
        self.record(by, &account.facility, "account_enabled", &id.0, "")
            .await?;
        Ok(self.registry.set_disabled(id.clone(), None).await?)
    }

    /// Sets a new password; the account's sessions are over. For the command line.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn set_password(&self, id: &AccountId, password: SecretString) -> Result<(), Error> {
        let by = By::Console("");
        let account = self.changeable(by, id, "password_set").await?;
        let password = self.hashed(&account, password).await?;
        self.record(by, &account.facility, "password_set", &id.0, "")
            .await?;
        Ok(self
            .registry
            .set_password(id.clone(), password, None)
            .await?)
    }

    /// Makes a new second factor in place of all former ones; the account's sessions are over. For
    /// the command line.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn reset_factor(&self, id: &AccountId) -> Result<Enrolled, Error> {
        let by = By::Console("");
        let account = self.changeable(by, id, "factor_reset").await?;
        let (secret, enrolled) = self.new_factor(&account)?;
        let factor = self.totp_of(&account, &secret)?;
        self.record(by, &account.facility, "factor_reset", &id.0, "totp")
            .await?;
        self.registry.replace_authenticators(factor).await?;
        Ok(enrolled)
    }

    /// Removes an authenticator that its owner lost, even the last one; the account's sessions are
    /// over.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn remove_authenticator<'a>(
        &self,
        by: impl Into<By<'a>>,
        id: &AccountId,
        authenticator: &AuthenticatorId,
    ) -> Result<(), Error> {
        let by = by.into();
        let account = self.changeable(by, id, "authenticator_removed").await?;
        // What is not there is not recorded as removed.
        let factors = self.registry.factors(id.clone()).await?;
        let is_it = |factor: &Factor| factor.authenticator.id == *authenticator;
        if !factors.iter().any(is_it) {
            return Err(Error::Unknown);
        }
        self.record(
            by,
            &account.facility,
            "authenticator_removed",
            &id.0,
            &authenticator.0,
        )
        .await?;
        let removed = self
            .registry
            .remove_authenticator(id.clone(), authenticator.clone(), true, None)
            .await?;
        removed.then_some(()).ok_or(Error::Unknown)
    }

    /// An account's authenticators, without their secrets.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn authenticators<'a>(
        &self,
        by: impl Into<By<'a>>,
        id: &AccountId,
    ) -> Result<Vec<Authenticator>, Error> {
        self.account(by.into(), id, Need::Administrator, "authenticators")
            .await?;
        let factors = self.registry.factors(id.clone()).await?;
        Ok(factors
            .into_iter()
            .map(|factor| factor.authenticator)
            .collect())
    }

    /// The accounts of a facility, for an administrator or 当直責任者.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn accounts<'a>(
        &self,
        by: impl Into<By<'a>>,
        facility: &FacilityId,
    ) -> Result<Vec<Account>, Error> {
        self.authorise(by.into(), facility, Need::Permitting, "accounts")
            .await?;
        Ok(self.registry.accounts(facility.clone()).await?)
    }

    /// One account of one's facility, for an administrator or 当直責任者.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn one_account<'a>(
        &self,
        by: impl Into<By<'a>>,
        id: &AccountId,
    ) -> Result<Account, Error> {
        self.account(by.into(), id, Need::Permitting, "account")
            .await
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

    /// An account that an administrator may change and that is not a sealed one.
    async fn changeable(&self, by: By<'_>, id: &AccountId, what: &str) -> Result<Account, Error> {
        let account = self.account(by, id, Need::Administrator, what).await?;
        if is_sealed(&self.registry.factors(id.clone()).await?) {
            return Err(Flaw::Sealed.into());
        }
        Ok(account)
    }

    /// The hash of a new password of an account.
    async fn hashed(&self, account: &Account, password: SecretString) -> Result<String, Error> {
        let facility = self.facility(&account.facility).await?;
        let names = [&*account.sign_in, &account.name, &facility.name];
        checked_password(&self.hasher, password, &names).await
    }

    fn new_factor(&self, account: &Account) -> Result<(SecretSlice<u8>, Enrolled), Error> {
        let secret: SecretSlice<u8> = random::<20>(&*self.entropy).to_vec().into();
        let (totp_secret, otpauth) = otpauth_of(&secret, &account.sign_in)?;
        let enrolled = Enrolled {
            account: account.id.clone(),
            totp_secret,
            otpauth,
        };
        Ok((secret, enrolled))
    }

    fn totp_of(
        &self,
        account: &Account,
        secret: &SecretSlice<u8>,
    ) -> Result<StoredAuthenticator, Error> {
        let at = self.clock.now().wall;
        let entropy = &*self.entropy;
        totp_authenticator(
            &self.registry,
            &account.id,
            String::new(),
            secret,
            at,
            entropy,
        )
    }
}
