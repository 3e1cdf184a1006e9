//! What stands on a hospital's board and on a crew's list: runs without identities. Kept in memory
//! until something changes, so that fifty boards ask for one list.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Actor, Error, Handoffs, SHOWN_AFTER};
use crate::{
    domain::{
        access::FacilityId,
        clock::Moment,
        handoff::{Handoff, Incoming},
    },
    registry::Listed,
};

/// For so long a list is taken as it is while nothing changes: what is over leaves it by itself.
const KEPT: std::time::Duration = std::time::Duration::from_mins(1);

/// A list of runs without identities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// Rises with every change; what [`super::Events`] tells.
    pub version: u64,
    /// The runs, open ones first, then by their last change, newest first.
    pub runs: Vec<Incoming>,
    /// How many there are beyond.
    pub left: usize,
    /// How many are there and cannot be opened.
    pub unreadable: usize,
}

/// The lists that were made last, each facility's own.
#[derive(Default)]
pub(super) struct Boards(Mutex<BTreeMap<FacilityId, Arc<tokio::sync::Mutex<Option<Made>>>>>);

/// A list, and when it was made.
struct Made {
    board: Arc<Board>,
    at: Moment,
}

impl Boards {
    fn of(&self, facility: &FacilityId) -> Arc<tokio::sync::Mutex<Option<Made>>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(facility.clone()).or_default())
    }
}

impl Handoffs {
    /// The board of a hospital or the list of a fire department: its own alone. Nothing in it says
    /// who a patient is.
    ///
    /// # Errors
    /// [`Error::NotThere`] for whoever has not the role, [`Error::Unavailable`].
    pub async fn board(&self, actor: &Actor) -> Result<Arc<Board>, Error> {
        self.check(actor, actor.reading(), "board").await?;
        let kept = self.inner.boards.of(&actor.facility);
        let mut kept = kept.lock().await;
        let registry = &self.inner.registry;
        // Before the list itself: it is never older than its number.
        let version = registry.handoff_pulse(actor.facility.clone()).await?;
        let now = self.inner.clock.now();
        if let Some(made) = &*kept
            && made.board.version == version
            && !now.has_passed(made.at, KEPT)
        {
            return Ok(Arc::clone(&made.board));
        }
        let board = Arc::new(self.made(actor, version, now).await?);
        *kept = Some(Made {
            board: Arc::clone(&board),
            at: now,
        });
        Ok(board)
    }

    async fn made(&self, actor: &Actor, version: u64, now: Moment) -> Result<Board, Error> {
        let registry = &self.inner.registry;
        let (facility, since) = (actor.facility.clone(), now.wall - SHOWN_AFTER);
        let listed = if actor.is_crew {
            registry.handoffs_of(facility, since).await?
        } else {
            registry.handoffs_for(facility, since).await?
        };
        Ok(row_by_row(&listed, version, |handoff| {
            if actor.is_crew {
                Some(handoff.without_identity())
            } else {
                handoff.board_row(&actor.facility)
            }
        }))
    }
}

fn row_by_row(
    listed: &Listed<Handoff>,
    version: u64,
    row: impl Fn(&Handoff) -> Option<Incoming>,
) -> Board {
    Board {
        version,
        runs: listed.handoffs.iter().filter_map(row).collect(),
        left: listed.left,
        unreadable: listed.unreadable,
    }
}
