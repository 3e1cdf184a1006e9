//! Administration: facilities, accounts, permissions, terminals. Every change has its entry,
//! written before the change. Each method is for the web and the command line alike: who acts says
//! what he may change.

mod account;
mod facility;
mod first;
mod look;
mod permission;
mod rules;
mod sealed;
mod terminal;

use std::sync::Arc;

use secrecy::SecretString;

pub use self::{
    account::{AccountForm, Enrolled, IssuedLink, LINK_PATH},
    facility::{DisasterForm, FacilityForm},
    first::FirstStart,
    look::{AccountFile, NoWayIn, Overview, PERMISSION_DAYS},
    permission::Unused,
    rules::{
        Flaw, LONGEST_PASSWORD, SHORTEST_PASSWORD, read_day, read_hours, read_idle_lock, read_role,
    },
    sealed::SealedSecrets,
    terminal::{Known, TerminalCode, TerminalForm},
};
pub(super) use self::{
    account::{otpauth_of, totp_authenticator},
    rules::{checked_password, optional_name},
    terminal::read_code,
};
pub use crate::registry::{
    Account, Disaster, Facility, Mark, Matcher, Permission, PermissionGiven, SealedAccount,
    Terminal,
};

use super::{Access, Viewer, password::Hasher};
use crate::{
    domain::{
        access::{AccountId, FacilityId, Role, TerminalId},
        clock::Clock,
        entropy::Entropy,
        event::{Draft, Event, SecondFactor, Who},
    },
    ledger::Ledger,
    registry::{self, Registry},
};

/// Why a change was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A name or number that must be unique is in use.
    #[error("that name or number is in use")]
    Taken,
    /// There is no such facility, account or terminal, or it is another facility's.
    #[error("there is no such facility, account or terminal")]
    Unknown,
    /// Whoever acts may not do this.
    #[error("not allowed")]
    NotAllowed,
    /// A factor given anew was refused, or may be tried again later.
    #[error("the factors are refused")]
    Refused(super::Refusal),
    /// A value cannot be used; with what is wrong.
    #[error(transparent)]
    Invalid(#[from] Flaw),
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
            registry::Error::Full => Self::Invalid(Flaw::TooManyAuthenticators),
            registry::Error::CannotOpen(_) | registry::Error::Unavailable(_) => {
                tracing::error!(%error, "the registry failed");
                Self::Unavailable
            }
        }
    }
}

impl From<super::Error> for Error {
    fn from(error: super::Error) -> Self {
        use super::Error as Access;
        match error {
            Access::CannotRecord => Self::CannotRecord,
            Access::Unavailable => Self::Unavailable,
            Access::NotSignedIn
            | Access::Locked
            | Access::NotAllowed
            | Access::GrantOver(_)
            | Access::OtherNode
            | Access::ForeignForm
            | Access::StaleCandidate
            | Access::Confirm { .. }
            | Access::Launch(_)
            | Access::AskConsent
            | Access::Field(..) => Self::NotAllowed,
        }
    }
}

/// Who changes something.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// Somebody signed in, in his own facility alone.
    Viewer(&'a Viewer),
    /// Whoever runs the command line, under the name given there.
    Console(&'a str),
}

impl<'a> From<&'a Viewer> for By<'a> {
    fn from(viewer: &'a Viewer) -> Self {
        Self::Viewer(viewer)
    }
}

impl<'a> From<&'a str> for By<'a> {
    fn from(name: &'a str) -> Self {
        Self::Console(name)
    }
}

impl By<'_> {
    /// Who that is, as rows keep it: an account's id, or the name given on the command line.
    fn word(&self) -> &str {
        match self {
            Self::Viewer(viewer) => &viewer.account.0,
            Self::Console(name) => name,
        }
    }

    fn is(&self, account: &AccountId) -> bool {
        self.word() == account.0
    }

    /// What stands in an entry besides: a signed-in account is the entry's own.
    fn details(&self) -> String {
        match self {
            Self::Viewer(_) => String::new(),
            Self::Console("") => "by console".to_owned(),
            Self::Console(name) => format!("by {name}"),
        }
    }
}

/// What an act asks of whoever does it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// To be an administrator.
    Administrator,
    /// To be an administrator or 当直責任者.
    Permitting,
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

impl Access {
    /// Administration of the same accounts, with the same limit on password work at a time.
    #[must_use]
    pub fn administration(&self) -> Administration {
        let inner = &self.inner;
        Administration {
            registry: inner.registry.clone(),
            ledger: inner.ledger.clone(),
            hasher: inner.hasher.clone(),
            clock: Arc::clone(&inner.clock),
            entropy: Arc::clone(&inner.entropy),
        }
    }
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

    /// The rows behind it, for lists of the command line: it is not asked who looks.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Whether whoever acts may do this in a facility. "Not yours" and "does not exist" look the
    /// same.
    async fn authorise(
        &self,
        by: By<'_>,
        facility: &FacilityId,
        need: Need,
        what: &str,
    ) -> Result<(), Error> {
        let By::Viewer(viewer) = by else {
            return Ok(());
        };
        let may = match need {
            Need::Administrator => viewer.role == Role::Administrator,
            Need::Permitting => viewer.may_permit,
        };
        // Borrowed and broken-seal sessions are for patients, never for changing who may look.
        let borrowed = [SecondFactor::Vouched, SecondFactor::Sealed];
        let (error, why) = if viewer.locked || !may {
            (Error::NotAllowed, "role")
        } else if borrowed.contains(&viewer.second_factor) {
            (Error::NotAllowed, "second_factor")
        } else if viewer.facility != *facility {
            (Error::Unknown, "not_own")
        } else {
            return Ok(());
        };
        let event = Event::Refused {
            what: what.to_owned(),
            why: why.to_owned(),
        };
        // It is refused either way.
        if let Err(error) = self.append(by, &viewer.facility, None, event).await {
            tracing::error!(%error, "a refusal could not be recorded");
        }
        Err(error)
    }

    /// An account that whoever acts may change.
    async fn account(
        &self,
        by: By<'_>,
        id: &AccountId,
        need: Need,
        what: &str,
    ) -> Result<Account, Error> {
        let found = self.registry.account(id.clone()).await?;
        let facility = match (&found, by) {
            (Some(account), _) => account.facility.clone(),
            // Asked and recorded like another facility's.
            (None, By::Viewer(_)) => FacilityId(String::new()),
            (None, By::Console(_)) => return Err(Error::Unknown),
        };
        self.authorise(by, &facility, need, what).await?;
        found.ok_or(Error::Unknown)
    }

    async fn facility(&self, id: &FacilityId) -> Result<Facility, Error> {
        self.registry
            .facility(id.clone())
            .await?
            .ok_or(Error::Unknown)
    }

    fn mark(&self, by: By<'_>) -> Mark {
        Mark {
            by: by.word().to_owned(),
            at: self.clock.now().wall,
        }
    }

    /// Records a change. Details must hold nothing personal.
    async fn record(
        &self,
        by: By<'_>,
        facility: &FacilityId,
        what: &str,
        whom: &str,
        details: &str,
    ) -> Result<(), Error> {
        let by_whom = by.details();
        let details: Vec<&str> = [details, &by_whom]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        let event = Event::Administered {
            what: what.to_owned(),
            whom: whom.to_owned(),
            details: details.join(" "),
        };
        self.append(by, facility, None, event).await
    }

    async fn append(
        &self,
        by: By<'_>,
        facility: &FacilityId,
        terminal: Option<&TerminalId>,
        event: Event,
    ) -> Result<(), Error> {
        let draft = match by {
            By::Viewer(viewer) => {
                let mut draft = super::record::by_viewer(viewer, event);
                draft.facility = facility.clone();
                draft.terminal = terminal.cloned().or(draft.terminal);
                draft
            }
            By::Console(_) => Draft {
                who: None::<Who>,
                facility: facility.clone(),
                terminal: terminal.cloned(),
                address: None,
                request: None,
                person: None,
                event,
            },
        };
        match self.ledger.append_unhurried(draft).await {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::error!(%error, "a change could not be recorded");
                Err(Error::CannotRecord)
            }
        }
    }

    /// A password of 80 random bits, in letters and digits that are not mistaken for each other.
    #[must_use]
    pub fn fresh_password(&self) -> SecretString {
        super::token::letters::<16>(&*self.entropy).into()
    }
}
