//! A factor of one's own given again: what somebody has, and whether what he gives is his.

use secrecy::{ExposeSecret, SecretString};

use super::{
    Access, Ceremony, Error, Refusal, Viewer, Vouched, Vouching, record::by_viewer, sign_in::why,
    terminal::unavailable,
};
use crate::{
    domain::event::Event,
    registry::{AuthenticatorKind, Credentials},
};

/// A factor of one's own, given again for one word.
#[derive(Clone)]
pub enum OwnFactor {
    /// What is typed.
    Typed {
        /// The password; empty where a code is given.
        password: SecretString,
        /// A one-time code; read where there is no password.
        code: SecretString,
    },
    /// The answer of one of one's passkeys to [`Access::begin_vouch`].
    Passkey {
        /// Of the ceremony.
        token: SecretString,
        /// What the device answered, as JSON.
        credential: SecretString,
    },
}

impl OwnFactor {
    /// Whether nothing was given at all.
    pub(super) fn is_empty(&self) -> bool {
        let parts = match self {
            Self::Typed { password, code } => [password, code],
            Self::Passkey { token, credential } => [token, credential],
        };
        parts.iter().all(|part| part.expose_secret().is_empty())
    }
}

/// Which factors somebody can give again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnMeans {
    /// A password.
    pub has_password: bool,
    /// Codes of an app.
    pub has_code: bool,
    /// A passkey.
    pub has_passkey: bool,
}

impl OwnMeans {
    pub(super) fn of(credentials: &Credentials) -> Self {
        let has = |kind| {
            let mut factors = credentials.factors.iter();
            factors.any(|factor| factor.authenticator.kind == kind)
        };
        Self {
            has_password: credentials.password.is_some(),
            has_code: has(AuthenticatorKind::Totp),
            has_passkey: has(AuthenticatorKind::Passkey),
        }
    }
}

impl Access {
    /// Which factors the viewer can give again.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`], [`Error::Unavailable`].
    pub async fn own_means(&self, viewer: &Viewer) -> Result<OwnMeans, Error> {
        let credentials = self.own_credentials(viewer).await?;
        Ok(OwnMeans::of(&credentials))
    }

    async fn own_credentials(&self, viewer: &Viewer) -> Result<Credentials, Error> {
        let registry = &self.inner.registry;
        let account = registry.account(viewer.account.clone()).await;
        let account = account.map_err(unavailable)?.ok_or(Error::NotSignedIn)?;
        let credentials = registry.credentials(account.sign_in).await;
        credentials.map_err(unavailable)?.ok_or(Error::NotSignedIn)
    }

    /// Asks one of the viewer's passkeys to stand for one word that he is about to give.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::NotAllowed`] without emergency permission or where there are no
    /// passkeys, [`Error::Unavailable`].
    pub async fn begin_vouch(
        &self,
        viewer: &Viewer,
        vouching: &Vouching,
    ) -> Result<Result<Ceremony, Vouched>, Error> {
        if let Err(said) = self.may_vouch(viewer).await? {
            return Ok(Err(said));
        }
        let bound = vouching.bound(viewer);
        self.ask_own_passkey(viewer, &bound).await.map(Ok)
    }

    /// Whether the factor given again for a word is the viewer's. A wrong try has its entry.
    pub(super) async fn own_factor(
        &self,
        viewer: &Viewer,
        vouching: &Vouching,
        own: OwnFactor,
    ) -> Result<Result<(), Refusal>, Error> {
        if let Err(refusal) = self.own_try(viewer) {
            return Ok(Err(refusal));
        }
        let right = match own {
            OwnFactor::Passkey { token, credential } => {
                let (token, credential) = (token.expose_secret(), credential.expose_secret());
                let bound = vouching.bound(viewer);
                self.own_passkey(viewer, &bound, token, credential).await?
            }
            OwnFactor::Typed { password, code } if password.expose_secret().is_empty() => {
                self.code_is(viewer, code.expose_secret()).await?
            }
            OwnFactor::Typed { password, .. } => {
                let is_own = self.password_is(&viewer.account, password).await?;
                is_own.then_some(()).ok_or(Refusal::UnknownOrWrong)
            }
        };
        if let Err(refusal) = right {
            let event = Event::Refused {
                what: "vouch".to_owned(),
                why: why(refusal).to_owned(),
            };
            self.record_refusal(by_viewer(viewer, event)).await;
        }
        Ok(right)
    }

    /// Whether a one-time code is the viewer's; good once.
    pub(super) async fn code_is(
        &self,
        viewer: &Viewer,
        code: &str,
    ) -> Result<Result<(), Refusal>, Error> {
        let credentials = self.own_credentials(viewer).await?;
        let now = self.inner.clock.now();
        let proven = self.check_code(&credentials, code, now).await?;
        Ok(proven.map(drop))
    }
}
