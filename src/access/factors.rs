//! A new authenticator of one's own: how a passkey and an app are added with both factors given
//! anew, and what is said where a change was not made.

use secrecy::{ExposeSecret, SecretString};
use webauthn_rs::prelude::Passkey;

use super::{
    Access, Anew, Ceremony, Enrolment, Error, OwnChange, Proof, Refusal, Viewer,
    admin::{self, Flaw, otpauth_of},
    passkey_sign_in::secret_of,
};
use crate::registry::MOST_AUTHENTICATORS;

/// Why an owner's change was not made, as far as he can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotChanged {
    /// As at sign-in.
    Refused(Refusal),
    /// A value cannot be used.
    Flaw(Flaw),
    /// The device is registered already.
    Known,
    /// The two new passwords differ.
    PasswordsDiffer,
}

/// What to tell the owner of a change that was not made; the rest is no matter of his.
///
/// # Errors
/// [`Error::NotAllowed`], [`Error::CannotRecord`], [`Error::Unavailable`].
pub fn told<T>(change: Result<T, admin::Error>) -> Result<Result<T, NotChanged>, Error> {
    let error = match change {
        Ok(done) => return Ok(Ok(done)),
        Err(error) => error,
    };
    Ok(Err(match error {
        admin::Error::Invalid(flaw) => NotChanged::Flaw(flaw),
        admin::Error::Taken => NotChanged::Known,
        admin::Error::Refused(refusal) => NotChanged::Refused(refusal),
        admin::Error::Unknown | admin::Error::NotAllowed => return Err(Error::NotAllowed),
        admin::Error::CannotRecord => return Err(Error::CannotRecord),
        admin::Error::Unavailable => return Err(Error::Unavailable),
    }))
}

/// A change that was made, or why it was not.
type Changed<T = ()> = Result<Result<T, NotChanged>, Error>;

impl Access {
    /// First step of adding a passkey, with both factors given anew: the token stands for them.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] where there are no passkeys, [`Error::Unavailable`].
    pub async fn begin_passkey(&self, viewer: &Viewer, anew: Anew) -> Changed<Ceremony> {
        let ceremonies = self.ceremonies()?;
        if let Err(not) = self.has_room(viewer).await? {
            return Ok(Err(not));
        }
        let begun = async {
            let account = self.changing(viewer).await?;
            self.anew(viewer, OwnChange::AddPasskey, anew).await?;
            Ok(account)
        };
        let account = match told(begun.await)? {
            Ok(account) => account,
            Err(not) => return Ok(Err(not)),
        };
        let known = self.passkeys_of(&account.id).await?;
        let (to, entropy) = (enrolling(viewer), &*self.inner.entropy);
        let ceremony = ceremonies.begin_enrolment(&to, &account, &known, entropy);
        ceremony.map(Ok).ok_or(Error::Unavailable)
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
        let now = self.inner.clock.now();
        let (to, account) = (enrolling(viewer), &viewer.account);
        let ceremonies = self.ceremonies()?;
        match ceremonies.enrol(&to, token, credential, account, now) {
            Ok(passkey) => told(self.keep_passkey(viewer, &passkey, name).await),
            Err(refusal) => Ok(Err(NotChanged::Refused(refusal))),
        }
    }

    /// The entry, then the passkey: two that were begun at once are counted when they are kept.
    async fn keep_passkey(
        &self,
        viewer: &Viewer,
        passkey: &Passkey,
        name: &str,
    ) -> Result<(), admin::Error> {
        let account = self.own_account(viewer).await?;
        // What will not be kept is not recorded as added.
        if self.own_authenticators(viewer).await?.len() >= MOST_AUTHENTICATORS {
            return Err(Flaw::TooManyAuthenticators.into());
        }
        let proof = made(passkey, name)?;
        let (new, _) = self.proven(&account, &viewer.session, proof)?;
        let kind = new.authenticator.kind.word();
        self.record_own(viewer, "authenticator_added", kind).await?;
        Ok(self.inner.registry.add_authenticator(new).await?)
    }

    /// Adds an authenticator app whose first code is right, with both factors given anew.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn add_totp(
        &self,
        viewer: &Viewer,
        anew: Anew,
        proof: (&str, &str, &str),
    ) -> Changed {
        if let Err(not) = self.has_room(viewer).await? {
            return Ok(Err(not));
        }
        let (sealed, code, name) = proof;
        let proof = Proof::Totp {
            sealed: sealed.to_owned(),
            code: code.to_owned(),
            name: name.to_owned(),
        };
        told(self.add_authenticator(viewer, anew, proof).await)
    }

    /// The secret again, where it was not added for what was typed beside it.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::Unavailable`].
    pub async fn totp_again(
        &self,
        viewer: &Viewer,
        sealed: &str,
        change: &Result<(), NotChanged>,
    ) -> Result<Option<Enrolment>, Error> {
        let is_open = matches!(change, Err(not) if *not != NotChanged::Flaw(Flaw::Over));
        let secret = self.enrolled(sealed, &viewer.session);
        let Some(secret) = secret.filter(|_| is_open) else {
            return Ok(None);
        };
        let again = async {
            let account = self.own_account(viewer).await?;
            let (totp_secret, otpauth) = otpauth_of(&secret, &account.sign_in)?;
            Ok(Enrolment {
                totp_secret,
                otpauth,
                sealed: sealed.to_owned(),
            })
        };
        Ok(told(again.await)?.ok())
    }

    /// Sets a new password that was typed twice, with both factors given anew.
    ///
    /// # Errors
    /// [`Error::NotAllowed`], [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn change_typed_password(
        &self,
        viewer: &Viewer,
        anew: Anew,
        [new, again]: [SecretString; 2],
    ) -> Changed {
        if new.expose_secret() != again.expose_secret() {
            return Ok(Err(NotChanged::PasswordsDiffer));
        }
        told(self.change_password(viewer, anew, new).await)
    }

    async fn has_room(&self, viewer: &Viewer) -> Changed {
        let known = told(self.own_authenticators(viewer).await)?;
        Ok(known.and_then(|known| {
            let room = known.len() < MOST_AUTHENTICATORS;
            room.then_some(())
                .ok_or(NotChanged::Flaw(Flaw::TooManyAuthenticators))
        }))
    }
}

/// A passkey whose registration was verified, as what proves it.
pub(super) fn made(passkey: &Passkey, name: &str) -> Result<Proof, admin::Error> {
    Ok(Proof::Passkey {
        credential: secret_of(passkey).ok_or(admin::Error::Unavailable)?,
        credential_id: passkey.cred_id().clone(),
        name: name.to_owned(),
    })
}

fn enrolling(viewer: &Viewer) -> String {
    format!("enrol {}", viewer.session)
}
