//! One-time links: the holder of an account sets password and second factor himself, or a passkey
//! that is both, so that no administrator ever knows a password. And how a new TOTP authenticator is
//! proven.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    Access, Caller, Ceremony, NotChanged,
    admin::{Error, Flaw, checked_password, optional_name, otpauth_of, totp_authenticator},
    factors::{made, told},
    record::by_caller,
    token,
    totp::{self, Checked},
};
use crate::{
    domain::{
        access::{AccountId, AuthenticatorId, FacilityId},
        entropy::random,
        event::Event,
    },
    registry::{Account, Authenticator, AuthenticatorKind, StoredAuthenticator},
};

/// How long a new TOTP secret waits for its first code.
const ENROLMENT: Duration = Duration::from_hours(1);

/// A TOTP secret that is shown but not in force before a code proves it.
#[derive(Clone)]
pub struct Enrolment {
    /// In base 32.
    pub totp_secret: SecretString,
    /// As an `otpauth` address.
    pub otpauth: SecretString,
    /// The same secret sealed, for a hidden field of the form that brings the first code.
    pub sealed: String,
}

/// What an open link is for.
#[derive(Clone, Debug)]
pub struct OpenLink {
    /// Name shown.
    pub name: String,
    /// Name to sign in with.
    pub sign_in: String,
    /// The facility's name.
    pub facility_name: String,
    /// For whom: a passkey is made for this account.
    pub account: AccountId,
    /// A new TOTP secret.
    pub enrolment: Enrolment,
}

/// A new second factor, with what proves that its holder has it.
#[derive(Clone)]
pub enum Proof {
    /// One-time codes: the sealed secret of an [`Enrolment`] and the first code.
    Totp {
        /// [`Enrolment::sealed`].
        sealed: String,
        /// The first code.
        code: String,
        /// How its owner calls it; may be empty.
        name: String,
    },
    /// A passkey whose registration was verified already.
    Passkey {
        /// The credential as JSON.
        credential: SecretSlice<u8>,
        /// Its id.
        credential_id: Vec<u8>,
        /// How its owner calls it; may be empty.
        name: String,
    },
}

/// What the sealed secret of an enrolment holds.
#[derive(Serialize, Deserialize)]
struct Secret(String);

impl Access {
    /// What a link is for, with a new TOTP secret to be shown. Used, expired and unknown links look
    /// the same.
    ///
    /// # Errors
    /// [`Flaw::Over`], [`Error::Unavailable`].
    pub async fn open_link(&self, token: &str) -> Result<OpenLink, Error> {
        let hash = token::hashed(token);
        let account = self.account_of_link(&hash).await?;
        let facility_name = self.facility_name(&account.facility).await?;
        Ok(OpenLink {
            enrolment: self.new_enrolment(&account, &hash)?,
            name: account.name,
            sign_in: account.sign_in,
            facility_name,
            account: account.id,
        })
    }

    /// As [`Self::open_link`], with the secret that was shown before, where it is still good: it may
    /// be in an app already.
    ///
    /// # Errors
    /// As [`Self::open_link`].
    pub async fn open_link_again(&self, token: &str, sealed: &str) -> Result<OpenLink, Error> {
        let mut open = self.open_link(token).await?;
        if let Some(secret) = self.enrolled(sealed, &token::hashed(token)) {
            let (totp_secret, otpauth) = otpauth_of(&secret, &open.sign_in)?;
            open.enrolment = Enrolment {
                totp_secret,
                otpauth,
                sealed: sealed.to_owned(),
            };
        }
        Ok(open)
    }

    /// As [`Self::use_link`], with the password typed twice.
    ///
    /// # Errors
    /// [`super::Error::CannotRecord`], [`super::Error::Unavailable`].
    pub async fn use_typed_link(
        &self,
        token: &str,
        [password, again]: [SecretString; 2],
        proof: Proof,
        caller: &Caller,
    ) -> Result<Result<(), NotChanged>, super::Error> {
        if password.expose_secret() != again.expose_secret() {
            return Ok(Err(NotChanged::PasswordsDiffer));
        }
        told(self.use_link(token, password, proof, caller).await)
    }

    /// Uses a link: sets the password and the second factor in the place of all former ones; every
    /// session of the account is over.
    ///
    /// # Errors
    /// [`Flaw::Over`], [`Error::Invalid`] with what is wrong with password or code: then the link is
    /// still open. [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn use_link(
        &self,
        token: &str,
        password: SecretString,
        proof: Proof,
        caller: &Caller,
    ) -> Result<(), Error> {
        let hash = token::hashed(token);
        let account = self.account_of_link(&hash).await?;
        let proven = self.proven(&account, &hash, proof)?;
        let password = self.new_password(&account, password).await?;
        self.set_up(hash, account, Some(password), proven, caller)
            .await
    }

    /// Begins a passkey that takes the place of password and app of a link's account.
    ///
    /// # Errors
    /// [`super::Error::NotAllowed`] where there are no passkeys, [`super::Error::Unavailable`].
    pub async fn begin_link_passkey(
        &self,
        token: &str,
    ) -> Result<Result<Ceremony, NotChanged>, super::Error> {
        let ceremonies = self.ceremonies()?;
        let hash = token::hashed(token);
        let account = match told(self.account_of_link(&hash).await)? {
            Ok(account) => account,
            Err(not) => return Ok(Err(not)),
        };
        // What the account has now goes when the link is used.
        let entropy = &*self.inner.entropy;
        let begun = ceremonies.begin_enrolment(&enrolling(&hash), &account, &[], entropy);
        begun.map(Ok).ok_or(super::Error::Unavailable)
    }

    /// Uses a link with a passkey alone: no password opens the account any more. As
    /// [`Self::use_link`], the link stays open where the answer is not right.
    ///
    /// # Errors
    /// As [`Self::begin_link_passkey`], and [`super::Error::CannotRecord`].
    pub async fn use_link_by_passkey(
        &self,
        token: &str,
        name: &str,
        (ceremony, credential): (&str, &str),
        caller: &Caller,
    ) -> Result<Result<(), NotChanged>, super::Error> {
        let (ceremonies, now) = (self.ceremonies()?, self.inner.clock.now());
        let hash = token::hashed(token);
        let account = match told(self.account_of_link(&hash).await)? {
            Ok(account) => account,
            Err(not) => return Ok(Err(not)),
        };
        let to = enrolling(&hash);
        let passkey = match ceremonies.enrol(&to, ceremony, credential, &account.id, now) {
            Ok(passkey) => passkey,
            Err(refusal) => return Ok(Err(NotChanged::Refused(refusal))),
        };
        let used = async {
            let proven = self.proven(&account, &hash, made(&passkey, name)?)?;
            self.set_up(hash, account, None, proven, caller).await
        };
        told(used.await)
    }

    /// The entry, and where the link is used; then everything at once.
    async fn set_up(
        &self,
        hash: String,
        account: Account,
        password: Option<String>,
        (authenticator, step): (StoredAuthenticator, Option<u64>),
        caller: &Caller,
    ) -> Result<(), Error> {
        let here = self.device(caller).await?;
        let mut here = here.terminals.into_iter();
        let terminal = here.find(|one| one.facility == account.facility);
        let event = Event::Administered {
            what: "link_used".to_owned(),
            whom: account.id.0.clone(),
            details: authenticator.authenticator.kind.word().to_owned(),
        };
        let mut draft = by_caller(caller, account.facility, event);
        // Whether it is the terminal at which the link was made, or the next sign-in comes.
        draft.terminal = terminal.map(|terminal| terminal.id);
        self.record(draft).await?;
        let at = self.inner.clock.now().wall;
        let used = self
            .inner
            .registry
            .use_link(hash, at, password, authenticator, step)
            .await?;
        used.then_some(()).ok_or(Error::Invalid(Flaw::Over))
    }

    async fn account_of_link(&self, hash: &str) -> Result<Account, Error> {
        let now = self.inner.clock.now().wall;
        let registry = &self.inner.registry;
        let link = registry
            .link(hash.to_owned())
            .await?
            .filter(|link| link.is_open(now))
            .ok_or(Flaw::Over)?;
        let account = registry.account(link.account).await?;
        account
            .filter(|account| account.disabled.is_none())
            .ok_or(Error::Invalid(Flaw::Over))
    }

    async fn facility_name(&self, id: &FacilityId) -> Result<String, Error> {
        let facility = self.inner.registry.facility(id.clone()).await?;
        Ok(facility.ok_or(Error::Unknown)?.name)
    }

    /// The hash of a password that the account's owner may take.
    pub(super) async fn new_password(
        &self,
        account: &Account,
        password: SecretString,
    ) -> Result<String, Error> {
        let facility = self.facility_name(&account.facility).await?;
        let names = [&*account.sign_in, &account.name, &facility];
        checked_password(&self.inner.hasher, password, &names).await
    }

    /// A new TOTP secret, bound to a link or session.
    pub(super) fn new_enrolment(&self, account: &Account, bound: &str) -> Result<Enrolment, Error> {
        let secret: SecretSlice<u8> = random::<20>(&*self.inner.entropy).to_vec().into();
        let (totp_secret, otpauth) = otpauth_of(&secret, &account.sign_in)?;
        let sealed = Secret(totp_secret.expose_secret().to_owned());
        let sealed = self.inner.enrolments.close(&sealed, bound);
        Ok(Enrolment {
            totp_secret,
            otpauth,
            sealed: sealed.ok_or(Error::Unavailable)?,
        })
    }

    /// The secret of an enrolment; `None` where it is of another link or session, or too old.
    pub(super) fn enrolled(&self, sealed: &str, bound: &str) -> Option<SecretSlice<u8>> {
        let enrolments = &self.inner.enrolments;
        let Secret(text) = enrolments.open(sealed, bound, ENROLMENT)?;
        let secret = data_encoding::BASE32_NOPAD.decode(text.as_bytes()).ok()?;
        Some(secret.into())
    }

    /// A proven authenticator as it is stored, with the TOTP step that proved it.
    pub(super) fn proven(
        &self,
        account: &Account,
        bound: &str,
        proof: Proof,
    ) -> Result<(StoredAuthenticator, Option<u64>), Error> {
        let (registry, entropy) = (&self.inner.registry, &*self.inner.entropy);
        let now = self.inner.clock.now().wall;
        match proof {
            Proof::Totp { sealed, code, name } => {
                let secret = self.enrolled(&sealed, bound).ok_or(Flaw::Over)?;
                let time = u64::try_from(now.timestamp()).unwrap_or_default();
                let Checked::Right(step) = totp::check(&secret, &code, time, None) else {
                    return Err(Flaw::WrongCode.into());
                };
                let name = optional_name(&name)?;
                let id = &account.id;
                let stored = totp_authenticator(registry, id, name, &secret, now, entropy)?;
                Ok((stored, Some(step)))
            }
            Proof::Passkey {
                credential,
                credential_id,
                name,
            } => {
                let authenticator = Authenticator {
                    id: AuthenticatorId(token::fresh_id('u', entropy)),
                    account: account.id.clone(),
                    kind: AuthenticatorKind::Passkey,
                    name: optional_name(&name)?,
                    added_at: Some(now),
                    last_used: None,
                };
                let handle = Some(registry.handle_of(&credential_id));
                let stored =
                    registry.seal_authenticator(authenticator, &credential, handle, entropy)?;
                Ok((stored, None))
            }
        }
    }
}

/// What a passkey is bound to that is begun on a link.
fn enrolling(hash: &str) -> String {
    format!("link {hash}")
}
