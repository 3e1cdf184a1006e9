//! Both factors given anew by somebody signed in (ASVS 7.5.1): a screen left open and a password
//! seen over a shoulder must not become a factor that lasts.

use secrecy::{ExposeSecret, SecretString};

use super::{
    Access, Ceremony, Error, NotChanged, Refusal, Viewer,
    admin::{self, Flaw},
    limit::seconds,
    record::by_viewer,
    sign_in::why,
    token, told,
};
use crate::{domain::event::Event, registry::Account};

/// Both factors of the viewer's account.
#[derive(Clone, Debug)]
pub enum Anew {
    /// The password, and a code of an authenticator that the account has already; good once, as at
    /// sign-in.
    Codes {
        /// The present password.
        password: SecretString,
        /// A current one-time code.
        code: SecretString,
    },
    /// The answer of one of the account's passkeys to [`Access::begin_anew`].
    Passkey {
        /// Of the ceremony.
        token: SecretString,
        /// What the device answered, as JSON.
        credential: SecretString,
    },
}

/// For which change both factors are given: a challenge for one never serves another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnChange {
    /// A passkey is added.
    AddPasskey,
    /// An authenticator app is added.
    AddTotp,
    /// An authenticator is removed.
    Remove,
    /// The password is changed.
    Password,
    /// The session begins anew.
    Renew,
}

impl OwnChange {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::AddPasskey,
        Self::AddTotp,
        Self::Remove,
        Self::Password,
        Self::Renew,
    ];

    /// The word used in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AddPasskey => "add_passkey",
            Self::AddTotp => "add_totp",
            Self::Remove => "remove",
            Self::Password => "password",
            Self::Renew => "renew",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.word() == word)
    }

    pub(super) fn bound(self, viewer: &Viewer) -> String {
        format!("own {} {}", self.word(), viewer.session)
    }
}

impl Access {
    /// Asks one of the viewer's passkeys for both factors, for one kind of change.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] where there are no passkeys or while locked, [`Error::Unavailable`].
    pub async fn begin_anew(
        &self,
        viewer: &Viewer,
        change: OwnChange,
    ) -> Result<Result<Ceremony, NotChanged>, Error> {
        if let Err(not) = told(self.own_account(viewer).await)? {
            return Ok(Err(not));
        }
        self.ask_own_passkey(viewer, &change.bound(viewer))
            .await
            .map(Ok)
    }

    /// The account that the viewer is about to change; each call is one try of its factors. Counted
    /// for the account: a session resumed under another id is no fresh start.
    pub(super) async fn changing(&self, viewer: &Viewer) -> Result<Account, admin::Error> {
        let account = self.own_account(viewer).await?;
        match self.own_try(viewer) {
            Ok(()) => Ok(account),
            Err(refusal) => Err(admin::Error::Refused(refusal)),
        }
    }

    /// Takes one try of the viewer's own factors.
    pub(super) fn own_try(&self, viewer: &Viewer) -> Result<(), Refusal> {
        let key = token::hashed(&format!("own {}", viewer.account));
        let taken = self.inner.limits.account.take(&key);
        taken.map_err(|wait| Refusal::Slowed(seconds(wait)))
    }

    /// Whether both factors are the viewer's. A wrong try has its entry.
    pub(super) async fn anew(
        &self,
        viewer: &Viewer,
        change: OwnChange,
        anew: Anew,
    ) -> Result<(), admin::Error> {
        let (refusal, error) = match anew {
            Anew::Codes { password, code } => {
                if !self.password_is(&viewer.account, password).await? {
                    (Refusal::UnknownOrWrong, Flaw::WrongPassword.into())
                } else if let Err(refusal) = self.code_is(viewer, code.expose_secret()).await? {
                    (refusal, admin::Error::Refused(refusal))
                } else {
                    return Ok(());
                }
            }
            Anew::Passkey { token, credential } => {
                let (token, credential) = (token.expose_secret(), credential.expose_secret());
                let bound = change.bound(viewer);
                match self.own_passkey(viewer, &bound, token, credential).await? {
                    Ok(()) => return Ok(()),
                    Err(refusal) => (refusal, admin::Error::Refused(refusal)),
                }
            }
        };
        let event = Event::Refused {
            what: "own_account".to_owned(),
            why: why(refusal).to_owned(),
        };
        self.record_refusal(by_viewer(viewer, event)).await;
        Err(error)
    }
}
