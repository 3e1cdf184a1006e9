//! Floor 3: an auditor's work on what the ledger holds.
//!
//! May name: `domain`, `fhir`, `ledger`, `outbox`, `registry`. Never: `access`, `summary`, `web`. What is read here is
//! not shown before its own entry is durable: that is the caller's next step.
//!
//! `index` follows the entries and is made anew from them at every start; `lists` reads what a
//! hospital hands over, `work` and `file` answer pages.

mod case;
mod disclosure;
mod file;
mod folder;
mod following;
#[cfg(test)]
mod growth;
mod index;
mod integrity;
mod lists;
mod month;
mod names;
mod noticing;
mod replay;
mod report;
mod span;
#[cfg(test)]
mod tests;
mod views;
mod work;

pub use crate::registry::SavedView;
pub use case::{Case, Place, Told};
pub use disclosure::{Disclosure, How, Shown};
pub use file::CaseFile;
pub use integrity::{Integrity, LedgerState, Step, Verifying};
pub use lists::{FileFlaw, LineFlaw, MOST_BYTES, MOST_LINES, Outcome, Refused, columns};
pub use month::Month;
pub use names::Names;
pub use replay::{Content, Replay, present};
pub use report::{Cases, Means, Origin, Permissions, Report, Ripeness, Sealed};
pub use span::Span;
pub use work::{EACH, Known, List, Page, Wanted};

use std::{
    path::PathBuf,
    sync::{Arc, RwLock},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        access::{FacilityId, NodeId},
        clock::Clock,
        review::Table,
    },
    ledger::{self, Asked, Found, InPart, Ledger, ReadEntry},
    outbox::Outbox,
    registry::Registry,
};

use self::{index::Index, integrity::Verification};

/// How often the index is looked after when nobody asks.
const EVERY: Duration = Duration::from_secs(30);

/// What the installation decided.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The rules.
    pub table: Table,
    /// Where other systems lay lists.
    pub folder: Option<PathBuf>,
    /// Who is told of what happens, outside.
    pub outbox: Outbox,
    /// Where it is kept how far that has come.
    pub marks: PathBuf,
}

impl Settings {
    /// The rules as they are by default, and a folder.
    #[must_use]
    pub fn watching(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
            ..Self::default()
        }
    }
}

/// Why there is nothing to review.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such entry of this facility, or not one that showed something.
    #[error("there is no such entry")]
    NotThere,
    /// The ledger or the registry cannot be read.
    #[error("the ledger cannot be read")]
    Unavailable,
    /// The index is still being made: a part of it is never shown as the whole.
    #[error("the index is not there yet")]
    NotYet,
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
    settings: Settings,
    clock: Arc<dyn Clock>,
    index: RwLock<Index>,
    /// Whoever brings the index up to date: one at a time.
    turn: tokio::sync::Mutex<()>,
    verification: Verification,
}

impl Review {
    /// Wires it.
    #[must_use]
    pub fn new(
        ledger: Ledger,
        registry: Registry,
        settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                ledger,
                registry,
                settings,
                clock,
                index: RwLock::default(),
                turn: tokio::sync::Mutex::default(),
                verification: Verification::default(),
            }),
        }
    }

    /// The rules as they are configured.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.inner.settings.table
    }

    /// Looks after the index and the folder until the node stops.
    pub async fn keep_up(self, stop: CancellationToken) {
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            let looked = async {
                if let Err(error) = self.bring_up_to_date().await {
                    tracing::warn!(%error, "the index of cases is not up to date");
                }
                self.measure_silence().await;
                self.look_into_folder().await
            };
            if stop.run_until_cancelled(looked).await.is_none() {
                break;
            }
        }
    }

    /// The last entries of a facility, newest first, as far as they can be read now.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::NotYet`].
    pub async fn recent(&self, facility: &FacilityId) -> Result<InPart<Vec<ReadEntry>>, Error> {
        let unread = self.refresh().await?;
        let asked = facility.clone();
        let places = self.look(move |index| index.recent(&asked)).await?;
        let found = self.inner.ledger.entries_at(&places).await?;
        Ok(InPart {
            read: found.read,
            unread,
        })
    }

    /// The entries asked for, newest first, as far as they can be read now.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn asked(&self, asked: Asked) -> Result<InPart<Found>, Error> {
        Ok(self.inner.ledger.asked_in_part(asked).await?)
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
