//! Floor 3: from ambulance to resus. A crew's report, the hospitals asked, the board, the handover.
//!
//! May name: `domain`, `ledger`, `registry`. Never: `access`, `summary`, `review`, `web`.
//!
//! Every step has its entry before it is taken, and nobody sees whom a handoff is about before that
//! look has its own. Every public function asks the role first. What belongs to somebody else is not there: another department's handoff, one
//! that this hospital was never asked about, and one that does not exist are the same answer.

mod ahead;
mod begin;
mod board;
mod carried;
mod document;
mod error;
mod events;
mod grants;
mod lines;
mod link;
mod look;
mod mass;
mod places;
mod record;
mod response;
mod step;
#[cfg(test)]
mod tests;

use std::{net::IpAddr, sync::Arc, time::Duration};

pub use board::Board;
pub use error::Error;
pub use events::Events;
pub use lines::lines;
pub use look::Opened;
pub use mass::Many;
pub use places::Places;
pub use response::{COLUMNS, Response};
pub use step::Done;

use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    domain::{
        access::{Action, FacilityId, RequestId, TerminalId},
        clock::Clock,
        entropy::Entropy,
        event::Who,
        handoff::{HandoffId, Party, SHOWN_AFTER},
    },
    ledger::Ledger,
    registry::Registry,
};

/// How often the registry is looked at for what other nodes changed.
const LOOKED: Duration = Duration::from_secs(1);
/// Steps of so many handoffs are taken at once.
const TURNS: usize = 256;

/// Who acts, and where: what every entry of theirs says.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The account, its role and second factor.
    pub who: Who,
    /// The name that the other side sees where it is named.
    pub name: String,
    /// The account's facility.
    pub facility: FacilityId,
    /// Whether that is a fire department.
    pub is_crew: bool,
    /// The terminal.
    pub terminal: TerminalId,
    /// The network address.
    pub address: Option<IpAddr>,
    /// The request.
    pub request: RequestId,
}

impl Actor {
    /// Whether the role and the kind of the facility are those that an action asks for.
    const fn may(&self, action: Action) -> bool {
        let is_its_side = match action {
            Action::Handoff => self.is_crew,
            Action::ReadBoard | Action::Accept => !self.is_crew,
            Action::Anyone
            | Action::SignedIn
            | Action::Search
            | Action::BreakGlass
            | Action::ReadSummary
            | Action::ReadLedger
            | Action::Administer
            | Action::Permit => false,
        };
        is_its_side && self.who.role.may(action)
    }

    /// What looking at runs asks of this side.
    const fn reading(&self) -> Action {
        if self.is_crew {
            Action::Handoff
        } else {
            Action::ReadBoard
        }
    }

    /// What taking a step asks of this side.
    const fn acting(&self) -> Action {
        if self.is_crew {
            Action::Handoff
        } else {
            Action::Accept
        }
    }

    fn party(&self) -> Party {
        Party {
            account: self.who.account.clone(),
            facility: self.facility.clone(),
            name: self.name.clone(),
            is_crew: self.is_crew,
        }
    }
}

/// The service. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Handoffs {
    inner: Arc<Inner>,
}

struct Inner {
    registry: Registry,
    ledger: Ledger,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    tasks: TaskTracker,
    events: Events,
    /// How many steps were taken on this node.
    own: watch::Sender<u64>,
    boards: board::Boards,
    swept: grants::Swept,
    /// One step after the other where they may be of one handoff: between entry and change nobody
    /// of this node comes in between.
    turns: Vec<tokio::sync::Mutex<()>>,
}

impl Handoffs {
    /// Wires the service together. A step that was recorded is taken in `tasks`, whoever waits for it.
    #[must_use]
    pub fn new(
        registry: Registry,
        ledger: Ledger,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        tasks: TaskTracker,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                registry,
                ledger,
                clock,
                entropy,
                tasks,
                events: Events::default(),
                own: watch::Sender::new(0),
                boards: board::Boards::default(),
                swept: grants::Swept::default(),
                turns: std::iter::repeat_with(tokio::sync::Mutex::default)
                    .take(TURNS)
                    .collect(),
            }),
        }
    }

    /// What changes, live.
    #[must_use]
    pub fn events(&self) -> &Events {
        &self.inner.events
    }

    /// Rises with every step that is taken on this node: what the others are to be told of.
    #[must_use]
    pub fn own_changes(&self) -> watch::Receiver<u64> {
        self.inner.own.subscribe()
    }

    /// Brings [`Self::events`] up to date with the registry, which other nodes change, too, and ends
    /// what grants of crews are left of runs that are over, until the node stops. `rung` rises where
    /// another node says that it has changed something; what is not heard is found all the same.
    pub async fn keep_up(self, rung: watch::Receiver<u64>, stop: CancellationToken) {
        self.keep_up_every(LOOKED, rung, stop).await;
    }

    async fn keep_up_every(
        self,
        span: Duration,
        mut rung: watch::Receiver<u64>,
        stop: CancellationToken,
    ) {
        let mut every = tokio::time::interval(span);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let heard = async {
                // Where nobody can ring any more, only time passes.
                if rung.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            let next = async {
                tokio::select! {
                    _ = every.tick() => true,
                    () = heard => false,
                }
            };
            let Some(is_time) = stop.run_until_cancelled(next).await else {
                return;
            };
            if self.inner.events.is_heard() {
                self.announce().await;
            }
            if is_time {
                self.sweep().await;
            }
        }
    }

    /// Says what a step of this node has changed, here and to whoever tells the others.
    async fn announce_own(&self) {
        self.inner
            .own
            .send_modify(|count| *count = count.wrapping_add(1));
        self.announce().await;
    }

    /// Says what was changed. What is lost here is made good by the next look.
    async fn announce(&self) {
        match self.inner.registry.handoff_pulses().await {
            Ok(pulses) => self.inner.events.tell(pulses),
            Err(error) => tracing::warn!(%error, "changes of handoffs cannot be looked for"),
        }
    }

    /// Refuses whoever has not the role, or is of the other side, as if nothing were there.
    async fn check(&self, actor: &Actor, action: Action, what: &str) -> Result<(), Error> {
        if actor.may(action) {
            Ok(())
        } else {
            Err(self.not_there(actor, what).await)
        }
    }

    /// Leave to take steps of a handoff.
    async fn turn(&self, id: &HandoffId) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let sum = id.0.bytes().fold(0_usize, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(usize::from(byte))
        });
        let turns = &self.inner.turns;
        let turn = turns.get(sum.checked_rem(turns.len())?)?;
        Some(turn.lock().await)
    }
}
