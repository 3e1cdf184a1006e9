//! Everybody's own authenticators and password: to see, to add, to name, to remove. Each change
//! needs the password again, and has its entry before the effect.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::{
    Access, Ceremony, Error, Refusal, Viewer,
    admin::{LONGEST_PASSWORD, SHORTEST_PASSWORD},
    keep::{Authenticator, AuthenticatorKind, Factor},
    passkey_sign_in::secret_of,
    record::by_viewer,
    session::unlocked,
    terminal::unavailable,
    token,
    totp::{self, Checked},
};
use crate::{
    domain::{access::AuthenticatorId, entropy::random, event::Event},
    registry,
};

/// How long a secret that was shown waits for its first code.
const ENROLMENT: Duration = Duration::from_mins(10);
/// Authenticators of one account.
const MOST: usize = 10;
/// Characters of an authenticator's name.
pub(super) const LONGEST_NAME: usize = 60;
/// What authenticator apps show beside the account.
const ISSUER: &str = "救急サマリー";

/// A secret for an authenticator app: shown once, kept with its first right code.
#[derive(Clone, Debug)]
pub struct TotpEnrolment {
    /// In base 32.
    pub secret: SecretString,
    /// As an `otpauth` address.
    pub otpauth: SecretString,
    /// Opaque; comes back with the first code.
    pub token: String,
}

/// Why a change was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotChanged {
    /// As at sign-in.
    Refused(Refusal),
    /// The present password is wrong.
    WrongPassword,
    /// The only one cannot be removed, and what is not there neither.
    Last,
    /// There are as many as one account may have.
    TooMany(usize),
    /// The device is registered already.
    Known,
    /// The name is missing or too long: the limit in characters.
    Name(usize),
    /// The new password is too short or too long: the limits in characters.
    PasswordLength(usize, usize),
    /// The two new passwords differ.
    PasswordsDiffer,
}

/// A change that was made, or why it was not.
pub(super) type Changed<T = ()> = Result<Result<T, NotChanged>, Error>;

impl Access {
    /// The viewer's own authenticators, oldest first.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Unavailable`].
    pub async fn own_authenticators(&self, viewer: &Viewer) -> Result<Vec<Authenticator>, Error> {
        unlocked(viewer)?;
        let known = self.factors_of(viewer).await?;
        Ok(known.into_iter().map(|known| known.authenticator).collect())
    }

    /// First step of adding a passkey, with the present password: the token stands for it.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] where there are no passkeys, [`Error::Locked`],
    /// [`Error::Unavailable`].
    pub async fn begin_passkey(
        &self,
        viewer: &Viewer,
        present: SecretString,
    ) -> Changed<Ceremony> {
        let ceremonies = self.ceremonies()?;
        if let Err(not) = self.may_add(viewer, present).await? {
            return Ok(Err(not));
        }
        let registry = &self.inner.registry;
        let account = registry.account(viewer.account.clone()).await;
        let account = account.map_err(unavailable)?.ok_or(Error::NotSignedIn)?;
        let known = self.passkeys_of(&viewer.account).await?;
        let to = enrolling(viewer);
        ceremonies
            .begin_enrolment(&to, &account, &known, &*self.inner.entropy)
            .map(Ok)
            .ok_or(Error::Unavailable)
    }

    /// Adds the passkey that the device made.
    ///
    /// # Errors
    /// As [`Self::begin_passkey`], and [`Error::CannotRecord`].
    pub async fn add_passkey(
        &self,
        viewer: &Viewer,
        name: &str,
        token: &str,
        credential: &str,
    ) -> Changed {
        let ceremonies = self.ceremonies()?;
        unlocked(viewer)?;
        let name = match named(name) {
            Ok(name) => name,
            Err(not) => return Ok(Err(not)),
        };
        let now = self.inner.clock.now();
        let (to, account) = (enrolling(viewer), &viewer.account);
        let passkey = match ceremonies.enrol(&to, token, credential, account, now) {
            Ok(passkey) => passkey,
            Err(refusal) => return Ok(Err(NotChanged::Refused(refusal))),
        };
        let handle = ceremonies.handle(passkey.cred_id());
        let secret = secret_of(&passkey).ok_or(Error::Unavailable)?;
        let kind = AuthenticatorKind::Passkey;
        self.add(viewer, kind, name, &secret, Some(handle)).await
    }

    /// First step of adding an authenticator app: a fresh secret, not yet kept.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Unavailable`].
    pub async fn begin_totp(&self, viewer: &Viewer) -> Changed<TotpEnrolment> {
        unlocked(viewer)?;
        let secret = random::<20>(&*self.inner.entropy).to_vec();
        let tokens = &self.inner.enrolments;
        let token = tokens.close(&secret, &enrolling(viewer));
        let token = token.ok_or(Error::Unavailable)?;
        self.enrolment(viewer, &secret.into(), token).await.map(Ok)
    }

    /// The secret again, where it was not added for what was typed: its first code, a name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn totp_again(
        &self,
        viewer: &Viewer,
        token: &str,
        change: &Result<(), NotChanged>,
    ) -> Result<Option<TotpEnrolment>, Error> {
        let typed_wrong = matches!(
            change,
            Err(NotChanged::Refused(Refusal::WrongCode)
                | NotChanged::WrongPassword
                | NotChanged::Name(_))
        );
        match self.enrolled(viewer, token).filter(|_| typed_wrong) {
            Some(secret) => {
                let enrolment = self.enrolment(viewer, &secret, token.to_owned()).await?;
                Ok(Some(enrolment))
            }
            None => Ok(None),
        }
    }

    /// Adds an authenticator app whose first code is right.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn add_totp(
        &self,
        viewer: &Viewer,
        name: &str,
        token: &str,
        code: &str,
        present: SecretString,
    ) -> Changed {
        if let Err(not) = self.may_add(viewer, present).await? {
            return Ok(Err(not));
        }
        let name = match named(name) {
            Ok(name) => name,
            Err(not) => return Ok(Err(not)),
        };
        let Some(secret) = self.enrolled(viewer, token) else {
            return Ok(Err(NotChanged::Refused(Refusal::Expired)));
        };
        let now = self.inner.clock.now().wall.timestamp();
        let now = u64::try_from(now).unwrap_or_default();
        match totp::check(&secret, code, now, None) {
            Checked::Right(_) => {
                let kind = AuthenticatorKind::Totp;
                self.add(viewer, kind, name, &secret, None).await
            }
            Checked::Used(_) | Checked::Wrong => {
                Ok(Err(NotChanged::Refused(Refusal::WrongCode)))
            }
        }
    }

    /// Names one of the viewer's authenticators.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn rename_factor(&self, viewer: &Viewer, id: &str, name: &str) -> Changed {
        unlocked(viewer)?;
        let name = match named(name) {
            Ok(name) => name,
            Err(not) => return Ok(Err(not)),
        };
        let known = self.own_factor(viewer, id).await?;
        self.record_change(viewer, "authenticator_renamed", &known)
            .await?;
        self.inner
            .kept
            .rename_authenticator(viewer.account.clone(), known.id, name)
            .await
            .map_err(unavailable)?;
        Ok(Ok(()))
    }

    /// Removes one of the viewer's authenticators, never the last; other sessions are over.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn remove_factor(
        &self,
        viewer: &Viewer,
        id: &str,
        present: SecretString,
    ) -> Changed {
        if let Err(not) = self.right_password(viewer, present).await? {
            return Ok(Err(not));
        }
        let known = self.own_factor(viewer, id).await?;
        if self.factors_of(viewer).await?.len() < 2 {
            return Ok(Err(NotChanged::Last));
        }
        self.record_change(viewer, "authenticator_removed", &known)
            .await?;
        let keep = Some(viewer.session.clone());
        let (account, id) = (viewer.account.clone(), known.id);
        let removed = self
            .inner
            .kept
            .remove_authenticator(account, id, false, keep)
            .await
            .map_err(unavailable)?;
        Ok(if removed { Ok(()) } else { Err(NotChanged::Last) })
    }

    /// Changes the viewer's password; other sessions are over.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn change_password(
        &self,
        viewer: &Viewer,
        now: SecretString,
        new: SecretString,
        again: SecretString,
    ) -> Changed {
        if new.expose_secret() != again.expose_secret() {
            return Ok(Err(NotChanged::PasswordsDiffer));
        }
        let (shortest, longest) = (SHORTEST_PASSWORD, LONGEST_PASSWORD);
        if !(shortest..=longest).contains(&new.expose_secret().chars().count()) {
            return Ok(Err(NotChanged::PasswordLength(shortest, longest)));
        }
        if let Err(not) = self.right_password(viewer, now).await? {
            return Ok(Err(not));
        }
        let hash = self.inner.hasher.hash(new).await;
        let hash = hash.ok_or(Error::Unavailable)?;
        let event = Event::Administered {
            what: "password_changed".to_owned(),
            whom: viewer.account.0.clone(),
            details: String::new(),
        };
        self.record(by_viewer(viewer, event)).await?;
        let registry = &self.inner.registry;
        let set = registry.set_password(viewer.account.clone(), hash).await;
        set.map(Ok).map_err(unavailable)
    }

    async fn own_factor(&self, viewer: &Viewer, id: &str) -> Result<Authenticator, Error> {
        let known = self.factors_of(viewer).await?;
        let mut known = known.into_iter().map(|known| known.authenticator);
        known.find(|known| known.id.0 == id).ok_or(Error::NotAllowed)
    }

    async fn factors_of(&self, viewer: &Viewer) -> Result<Vec<Factor>, Error> {
        let known = self.inner.kept.authenticators(viewer.account.clone()).await;
        known.map_err(unavailable)
    }

    async fn may_add(&self, viewer: &Viewer, present: SecretString) -> Changed {
        if let Err(not) = self.right_password(viewer, present).await? {
            return Ok(Err(not));
        }
        let known = self.factors_of(viewer).await?.len();
        Ok((known < MOST).then_some(()).ok_or(NotChanged::TooMany(MOST)))
    }

    /// Whether this is the viewer's password, slowed as unlocking is.
    async fn right_password(&self, viewer: &Viewer, password: SecretString) -> Changed {
        unlocked(viewer)?;
        if let Some(refusal) = self.unlock_slowed(viewer) {
            return Ok(Err(NotChanged::Refused(refusal)));
        }
        if self.password_is(&viewer.account, password).await? {
            return Ok(Ok(()));
        }
        let event = Event::Refused {
            what: "change_factors".to_owned(),
            why: "wrong_password".to_owned(),
        };
        self.record_refusal(by_viewer(viewer, event)).await;
        Ok(Err(NotChanged::WrongPassword))
    }

    /// The entry, then the authenticator.
    async fn add(
        &self,
        viewer: &Viewer,
        kind: AuthenticatorKind,
        name: String,
        secret: &SecretSlice<u8>,
        handle: Option<String>,
    ) -> Changed {
        let new = Authenticator {
            id: AuthenticatorId(token::fresh_id('u', &*self.inner.entropy)),
            account: viewer.account.clone(),
            kind,
            name,
            added_at: Some(self.inner.clock.now().wall),
            last_used: None,
        };
        self.record_change(viewer, "authenticator_added", &new)
            .await?;
        let added = self
            .inner
            .kept
            .add_authenticator(new, secret, handle, &*self.inner.entropy)
            .await;
        match added {
            Err(registry::Error::Taken) => Ok(Err(NotChanged::Known)),
            other => other.map(Ok).map_err(unavailable),
        }
    }

    async fn record_change(
        &self,
        viewer: &Viewer,
        what: &str,
        whose: &Authenticator,
    ) -> Result<(), Error> {
        let event = Event::Administered {
            what: what.to_owned(),
            whom: whose.id.0.clone(),
            details: whose.kind.word().to_owned(),
        };
        self.record(by_viewer(viewer, event)).await.map(drop)
    }

    fn enrolled(&self, viewer: &Viewer, token: &str) -> Option<SecretSlice<u8>> {
        let tokens = &self.inner.enrolments;
        let secret: Vec<u8> = tokens.open(token, &enrolling(viewer), ENROLMENT)?;
        Some(secret.into())
    }

    async fn enrolment(
        &self,
        viewer: &Viewer,
        secret: &SecretSlice<u8>,
        token: String,
    ) -> Result<TotpEnrolment, Error> {
        let registry = &self.inner.registry;
        let account = registry.account(viewer.account.clone()).await;
        let account = account.map_err(unavailable)?.ok_or(Error::NotSignedIn)?;
        let (secret, otpauth) =
            totp::enrolment(secret, &account.sign_in, ISSUER).ok_or(Error::Unavailable)?;
        Ok(TotpEnrolment {
            secret,
            otpauth,
            token,
        })
    }
}

/// A name as its owner gave it.
fn named(name: &str) -> Result<String, NotChanged> {
    let name = name.trim();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    let clean = !name.chars().any(char::is_control);
    (fits && clean)
        .then(|| name.to_owned())
        .ok_or(NotChanged::Name(LONGEST_NAME))
}

fn enrolling(viewer: &Viewer) -> String {
    format!("enrol {}", viewer.session)
}
