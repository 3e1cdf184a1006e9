//! What an account's owner changes of it himself: password and authenticators.

use secrecy::SecretString;

use super::{
    Access, Anew, OwnChange, Viewer,
    admin::{Error, Flaw, optional_name},
    link::{Enrolment, Proof},
    record::by_viewer,
    session::unlocked,
};
use crate::{
    domain::{
        access::AuthenticatorId,
        event::{Event, SecondFactor},
    },
    registry::{Account, Authenticator, AuthenticatorKind},
};

impl Access {
    /// Sets a new password, with both factors given anew. Every other session of the account is
    /// over; this one goes on.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Flaw::WrongPassword`], [`Error::Invalid`] with what is wrong with the
    /// new one, [`Error::NotAllowed`] while locked, [`Error::CannotRecord`],
    /// [`Error::Unavailable`].
    pub async fn change_password(
        &self,
        viewer: &Viewer,
        anew: Anew,
        new: SecretString,
    ) -> Result<(), Error> {
        let account = self.changing(viewer).await?;
        // Before the factors: a code is not used up for a password that is none.
        let password = self.new_password(&account, new).await?;
        self.anew(viewer, OwnChange::Password, anew).await?;
        self.record_own(viewer, "password_set", "").await?;
        let (registry, keep) = (&self.inner.registry, viewer.session.clone());
        Ok(registry
            .set_password(account.id, password, Some(keep))
            .await?)
    }

    /// The viewer's authenticators, without their secrets, oldest first.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] while locked, [`Error::Unavailable`].
    pub async fn own_authenticators(&self, viewer: &Viewer) -> Result<Vec<Authenticator>, Error> {
        unlocked(viewer)?;
        let factors = self.inner.registry.factors(viewer.account.clone()).await?;
        Ok(factors
            .into_iter()
            .map(|factor| factor.authenticator)
            .collect())
    }

    /// A new TOTP secret to be shown; it is not in force before [`Self::add_authenticator`].
    ///
    /// # Errors
    /// [`Error::NotAllowed`] while locked, [`Error::Unavailable`].
    pub async fn begin_totp(&self, viewer: &Viewer) -> Result<Enrolment, Error> {
        let account = self.own_account(viewer).await?;
        self.new_enrolment(&account, &viewer.session)
    }

    /// Adds an authenticator that is proven, with both factors given anew.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Flaw::WrongPassword`], [`Flaw::WrongCode`] where the new
    /// authenticator's is wrong, [`Flaw::Over`], [`Error::Taken`] where the passkey is registered
    /// already, [`Error::NotAllowed`] while locked, [`Error::CannotRecord`],
    /// [`Error::Unavailable`].
    pub async fn add_authenticator(
        &self,
        viewer: &Viewer,
        anew: Anew,
        proof: Proof,
    ) -> Result<(), Error> {
        let account = self.changing(viewer).await?;
        let change = match &proof {
            Proof::Totp { .. } => OwnChange::AddTotp,
            Proof::Passkey { .. } => OwnChange::AddPasskey,
        };
        let (new, step) = self.proven(&account, &viewer.session, proof)?;
        self.anew(viewer, change, anew).await?;
        let kind = new.authenticator.kind.word();
        self.record_own(viewer, "authenticator_added", kind).await?;
        let (registry, id) = (&self.inner.registry, new.authenticator.id.clone());
        registry.add_authenticator(new).await?;
        if let Some(step) = step {
            // The code that proved it opens nothing any more.
            let at = self.inner.clock.now().wall;
            registry.use_step(account.id, id, step, at).await?;
        }
        Ok(())
    }

    /// Names one of the viewer's authenticators.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Invalid`], [`Error::NotAllowed`] while locked,
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn rename_authenticator(
        &self,
        viewer: &Viewer,
        id: &AuthenticatorId,
        name: &str,
    ) -> Result<(), Error> {
        let account = self.own_account(viewer).await?;
        let name = optional_name(name)?;
        // What is not there is not recorded as renamed.
        let own = self.own_authenticators(viewer).await?;
        if own.iter().all(|authenticator| authenticator.id != *id) {
            return Err(Error::Unknown);
        }
        self.record_own(viewer, "authenticator_renamed", &id.0)
            .await?;
        let registry = &self.inner.registry;
        Ok(registry
            .rename_authenticator(account.id, id.clone(), name)
            .await?)
    }

    /// Removes one of the viewer's authenticators, with both factors given anew, but never the last
    /// one. Every other session of the account is over; this one goes on.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Flaw::WrongPassword`], [`Flaw::LastAuthenticator`], [`Error::Unknown`],
    /// [`Error::NotAllowed`] while locked, [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn remove_authenticator(
        &self,
        viewer: &Viewer,
        anew: Anew,
        id: &AuthenticatorId,
    ) -> Result<(), Error> {
        let account = self.changing(viewer).await?;
        let own = self.own_authenticators(viewer).await?;
        if own.iter().all(|authenticator| authenticator.id != *id) {
            return Err(Error::Unknown);
        }
        if own.len() == 1 || self.opens_nothing_without(&account, &own, id).await? {
            return Err(Flaw::LastAuthenticator.into());
        }
        self.anew(viewer, OwnChange::Remove, anew).await?;
        self.record_own(viewer, "authenticator_removed", &id.0)
            .await?;
        let keep = Some(viewer.session.clone());
        let removed = self
            .inner
            .registry
            .remove_authenticator(account.id, id.clone(), false, keep)
            .await?;
        removed
            .then_some(())
            .ok_or(Error::Invalid(Flaw::LastAuthenticator))
    }

    /// Whether nobody could sign in any more without this authenticator: codes are worth nothing to
    /// an account that has no password.
    async fn opens_nothing_without(
        &self,
        account: &Account,
        own: &[Authenticator],
        id: &AuthenticatorId,
    ) -> Result<bool, Error> {
        let registry = &self.inner.registry;
        let known = registry.credentials(account.sign_in.clone()).await?;
        let has_password = known.is_some_and(|known| known.password.is_some());
        let is_passkey = |one: &Authenticator| one.kind == AuthenticatorKind::Passkey;
        let mut left = own.iter().filter(|one| one.id != *id);
        Ok(!has_password && !left.any(is_passkey))
    }

    /// The account that the viewer may change. Whoever was let in by a colleague's word has not
    /// proven that it is his: half an hour must not become a factor that lasts.
    pub(super) async fn own_account(&self, viewer: &Viewer) -> Result<Account, Error> {
        unlocked(viewer)?;
        if viewer.second_factor == SecondFactor::Vouched {
            let event = Event::Refused {
                what: "own_account".to_owned(),
                why: "vouched".to_owned(),
            };
            self.record_refusal(by_viewer(viewer, event)).await;
            return Err(Flaw::Vouched.into());
        }
        let registry = &self.inner.registry;
        let account = registry.account(viewer.account.clone()).await?;
        let sealed = registry
            .factors(viewer.account.clone())
            .await?
            .iter()
            .any(|factor| factor.authenticator.kind == AuthenticatorKind::Sealed);
        if sealed {
            return Err(Flaw::Sealed.into());
        }
        account.ok_or(Error::Unknown)
    }

    pub(super) async fn record_own(
        &self,
        viewer: &Viewer,
        what: &str,
        details: &str,
    ) -> Result<(), Error> {
        let event = Event::Administered {
            what: what.to_owned(),
            whom: viewer.account.0.clone(),
            details: details.to_owned(),
        };
        self.record(by_viewer(viewer, event)).await?;
        Ok(())
    }
}
