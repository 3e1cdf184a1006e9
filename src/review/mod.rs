//! Floor 3: an auditor's work on what the ledger holds.
//!
//! May name: `domain`, `ledger`, `registry`. Never: `access`, `summary`, `web`. What is read here is
//! not shown before its own entry is durable: that is the caller's next step.

mod names;
mod replay;
mod span;

pub use names::Names;
pub use replay::{Content, Replay, present};
pub use span::Span;

use std::sync::Arc;

use crate::{
    domain::access::{FacilityId, NodeId},
    ledger::{self, Asked, Ledger, ReadEntry},
    registry::Registry,
};

/// Why there is nothing to review.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such entry of this facility, or not one that showed something.
    #[error("there is no such entry")]
    NotThere,
    /// The ledger cannot be read.
    #[error("the ledger cannot be read")]
    Unavailable,
}

impl From<ledger::Error> for Error {
    fn from(error: ledger::Error) -> Self {
        tracing::error!(%error, "an auditor could not read the ledger");
        Self::Unavailable
    }
}

/// Reading what the ledger holds of one facility. Clones share everything.
#[derive(Clone)]
pub struct Review {
    inner: Arc<Inner>,
}

struct Inner {
    ledger: Ledger,
    registry: Registry,
}

impl Review {
    /// Wires it.
    #[must_use]
    pub fn new(ledger: Ledger, registry: Registry) -> Self {
        Self {
            inner: Arc::new(Inner { ledger, registry }),
        }
    }

    /// The last entries of a facility, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn recent(
        &self,
        facility: &FacilityId,
        limit: usize,
    ) -> Result<Vec<ReadEntry>, Error> {
        Ok(self.inner.ledger.recent(facility, limit).await?)
    }

    /// The entries asked for, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn asked(&self, asked: Asked) -> Result<Vec<ReadEntry>, Error> {
        Ok(self.inner.ledger.asked(asked).await?)
    }

    /// What ids of a facility stand for. Where the registry does not answer, ids stand for
    /// themselves: the list of what happened does not wait for names.
    pub async fn names(&self, facility: &FacilityId) -> Names {
        let registry = &self.inner.registry;
        Names::of(
            registry
                .accounts(facility.clone())
                .await
                .unwrap_or_default(),
            registry
                .terminals(facility.clone())
                .await
                .unwrap_or_default(),
        )
    }

    /// What an entry of this facility says was shown.
    ///
    /// # Errors
    /// [`Error::NotThere`], [`Error::Unavailable`].
    pub async fn replay(
        &self,
        facility: &FacilityId,
        (node, seq): &(NodeId, u64),
    ) -> Result<Replay, Error> {
        let recorded = self.inner.ledger.recorded_at(facility, node, *seq).await?;
        recorded.and_then(Replay::of).ok_or(Error::NotThere)
    }
}
