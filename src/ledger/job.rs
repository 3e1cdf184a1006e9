//! What callers and the writing thread exchange: drafts with who waits for them, and what both see.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::oneshot;

use super::{Appended, Error, grants::Grants, keys::KeyRing, store::Head};
use crate::domain::{
    access::{End, NodeId},
    event::{Draft, Event},
};

/// What callers hand to the thread.
pub(super) enum Command {
    /// Write a draft and say where it stands.
    Append(Box<Job>),
    /// Change the file of keys between two transactions.
    Keys(Box<dyn FnOnce(&mut KeyRing) + Send>),
    /// Say where the other ledger stands, where that is not said yet.
    Name,
    /// Finish what came before and stop.
    Close,
    /// Do something to the files, as a fault would.
    #[cfg(test)]
    Harm(Box<dyn FnOnce(&rusqlite::Connection) + Send>),
}

/// One draft and who waits for it.
pub(super) struct Job {
    pub(super) draft: Arc<Draft>,
    /// Set where it is being written on the other ledger instead.
    given_up: Arc<AtomicBool>,
    reply: Option<oneshot::Sender<Result<Appended, Error>>>,
}

impl Job {
    /// A draft with a caller.
    pub(super) fn new(draft: Draft, reply: oneshot::Sender<Result<Appended, Error>>) -> Self {
        Self {
            draft: Arc::new(draft),
            given_up: Arc::default(),
            reply: Some(reply),
        }
    }

    /// One that may be given up while it waits: then it is not written here any more.
    pub(super) fn to_be_given_up(
        draft: Arc<Draft>,
        given_up: Arc<AtomicBool>,
        reply: oneshot::Sender<Result<Appended, Error>>,
    ) -> Self {
        Self {
            draft,
            given_up,
            reply: Some(reply),
        }
    }

    /// A draft that nobody waits for.
    pub(super) fn by_itself(draft: Draft) -> Self {
        Self {
            draft: Arc::new(draft),
            given_up: Arc::default(),
            reply: None,
        }
    }

    /// Whether nobody waits any more and the event did not happen because of that: no grant was
    /// given out, nothing was shown. Everything else happened and is recorded even late, but where
    /// the other ledger has it.
    pub(super) fn is_void(&self) -> bool {
        self.given_up.load(Ordering::Acquire)
            || matches!(self.draft.event, Event::GrantStarted(_) | Event::Viewed(_))
                && self.reply.as_ref().is_some_and(oneshot::Sender::is_closed)
    }

    /// Tells the caller. Where a grant was opened and its caller has gone meanwhile, gives the
    /// draft that takes it back: nobody may hold a grant whose opening was answered with a
    /// refusal.
    pub(super) fn answer(self, answer: Result<Appended, Error>) -> Option<Draft> {
        let is_written = answer.is_ok();
        let told = self.reply.is_none_or(|reply| reply.send(answer).is_ok());
        let Event::GrantStarted(grant) = &self.draft.event else {
            return None;
        };
        let end = Event::GrantEnded {
            grant: grant.id.clone(),
            end: End::Revoked,
        };
        (is_written && !told).then(|| Draft {
            who: None,
            event: end,
            ..Draft::clone(&self.draft)
        })
    }
}

/// What the thread and the callers both see.
pub(super) struct Shared {
    /// Of a node with two ledgers both see the same.
    grants: Arc<RwLock<Grants>>,
    is_ready: AtomicBool,
    /// Its name, once it is open.
    node: OnceLock<NodeId>,
    /// Where the ledger ends, as far as it is durable.
    head: Mutex<Head>,
    /// The gauge that says whether it is ready; a ledger that is alone has none.
    gauge: Option<&'static str>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            grants: Arc::default(),
            is_ready: AtomicBool::new(false),
            node: OnceLock::new(),
            head: Mutex::new(Head::EMPTY),
            gauge: None,
        }
    }
}

impl Shared {
    /// Of the first and of the second ledger of one node.
    pub(super) fn pair() -> (Arc<Self>, Arc<Self>) {
        let grants: Arc<RwLock<Grants>> = Arc::default();
        let one = |gauge| {
            Arc::new(Self {
                grants: Arc::clone(&grants),
                gauge: Some(gauge),
                ..Self::default()
            })
        };
        (one("ledger_first_ready"), one("ledger_second_ready"))
    }

    /// Reads the grants.
    pub(super) fn read<T>(&self, look: impl FnOnce(&Grants) -> T) -> T {
        look(&self.grants.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the grants.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Grants) -> T) -> T {
        change(&mut self.grants.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the last commit succeeded in time, the reserve is there and the writer is alive.
    pub(super) fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }

    /// Says whether it is.
    pub(super) fn set_ready(&self, is_ready: bool) {
        let was_ready = self.is_ready.swap(is_ready, Ordering::AcqRel);
        let Some(gauge) = self.gauge.filter(|_| was_ready != is_ready) else {
            return;
        };
        self.measure();
        if is_ready {
            tracing::info!(gauge, "one of two ledgers is written to again");
        } else {
            tracing::error!(
                gauge,
                "one of two ledgers cannot be written; the other goes on"
            );
        }
    }

    /// It is open, and ends there.
    pub(super) fn begin(&self, node: NodeId, head: Head) {
        self.set_head(head);
        self.node.get_or_init(|| node);
    }

    /// Its name and where it ends, once it is open.
    pub(super) fn standing(&self) -> Option<(NodeId, Head)> {
        let node = self.node.get()?.clone();
        Some((node, self.head()))
    }

    /// Says whether it is ready to who watches, where there are two.
    pub(super) fn measure(&self) {
        if let Some(gauge) = self.gauge {
            metrics::gauge!(gauge).set(f64::from(u8::from(self.is_ready())));
        }
    }

    /// Where the ledger ends, as far as it is durable.
    pub(super) fn head(&self) -> Head {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says where it ends.
    pub(super) fn set_head(&self, head: Head) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
    }
}
