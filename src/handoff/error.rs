//! Why something was not done.

use crate::{domain::handoff::Refused, ledger, registry};

/// Why something was not done; nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such handoff, it is somebody else's, or this is not this side's to do: all the
    /// same. The refusal is recorded.
    #[error("there is no such handoff")]
    NotThere,
    /// The handoff is there, and the step cannot be taken; with why.
    #[error("the step cannot be taken: {0}")]
    Refused(Refused),
    /// The department has as many open handoffs as it may have.
    #[error("the department has too many open handoffs")]
    TooMany,
    /// The ledger cannot be written: nothing may happen.
    #[error("cannot record")]
    CannotRecord,
    /// The registry cannot be read or written; the same step may be sent again.
    #[error("the registry does not answer")]
    Unavailable,
}

impl From<registry::Error> for Error {
    fn from(error: registry::Error) -> Self {
        tracing::error!(%error, "handoffs cannot be read or written");
        Self::Unavailable
    }
}

impl From<ledger::Error> for Error {
    fn from(error: ledger::Error) -> Self {
        tracing::error!(%error, "a handoff's entry cannot be written");
        Self::CannotRecord
    }
}
