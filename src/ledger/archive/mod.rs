//! The archive: the ledgers of all nodes in one PostgreSQL database.
//!
//! Each node ships its own entries there in their order, exactly once each, from a thread of its
//! own that only reads the node's files: the ward never waits for the archive. Where to go on is
//! what the archive itself says it has. A row that is there already and has the same bytes is
//! fine; other bytes are an [`Alarm`], and nothing is ever overwritten.
//!
//! # What is there
//!
//! - `ledger_entry`, `ledger_shown`: the rows of `entry` and `shown`, byte for byte, with the node.
//! - `ledger_note`: the notes of `checkpoints` and `cosigned` by their number in the file, and the
//!   public key. A checkpoint comes only after the entries that it covers.
//! - `ledger_key`: the rows of `keys.sqlite`, wrapped as they are there. They are the only ones
//!   that change: a key that is erased here is erased there, and stays erased.
//!
//! `archived`, beside the node's ledger, says how far every node's entries were ever seen there, so
//! that a removed tail or node is missed.

mod copy;
mod keys;
mod known;
mod notes;
mod rows;
mod ship;

pub use copy::{Snapshot, known};
pub use known::End;
pub use ship::usable;

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::{Error, ending};
use crate::domain::access::NodeId;
pub use crate::postgres::Target;

/// Tables and rights of the archive, for the owner of the database to make.
pub const SCHEMA: &str = include_str!("schema.sql");

/// What is shipped where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The node's name, under which its rows stand.
    pub node: NodeId,
    /// Folder of the node's ledger.
    pub folder: PathBuf,
    /// Whether it is a node's second ledger, which has gauges of its own.
    pub is_second: bool,
    /// The database.
    pub target: Target,
    /// How often is looked for new entries.
    pub every: Duration,
    /// How often the keys are compared, where any changed; entries bring theirs along.
    pub keys_every: Duration,
    /// How long the archive may take for one answer before it counts as away.
    pub answer: Duration,
    /// How long is waited before it is tried again: first, and at most.
    pub again: (Duration, Duration),
}

impl Settings {
    /// With the usual intervals.
    #[must_use]
    pub fn new(node: NodeId, folder: PathBuf, target: Target) -> Self {
        Self {
            node,
            folder,
            is_second: false,
            target,
            every: Duration::from_secs(1),
            keys_every: Duration::from_mins(1),
            answer: Duration::from_secs(30),
            again: (Duration::from_secs(1), Duration::from_secs(30)),
        }
    }
}

/// Something that waiting does not put right: somebody must look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// At this place the archive has another entry under this node's name. Nothing is shipped.
    Differs(u64),
    /// The archive has entries of this node after its last one. Nothing is shipped.
    Ahead(u64),
    /// This node's own entry is not what its chain says. Nothing from it on is shipped.
    Own(u64),
    /// What an entry of this node showed is missing or changed here, or is different there; with
    /// its address. The entries are shipped.
    Shown(String),
    /// A note of this node is another one in the archive; with file and number.
    Note(String, u64),
    /// A key was erased in the archive and is back on this node, or is another one; with its id.
    Key(String),
    /// Entries of a node that were in the archive before are gone from it; with the node, and
    /// where its entries end now. What this node still has is shipped again.
    Lost(String, u64),
    /// The entries of a node up to this place are not those that were seen before.
    Rewritten(String, u64),
}

impl Alarm {
    /// Whether shipping stops until somebody has looked.
    const fn stops(&self) -> bool {
        matches!(self, Self::Differs(_) | Self::Ahead(_) | Self::Own(_))
    }
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs(seq) => write!(f, "entry {seq} is another one in the archive"),
            Self::Ahead(seq) => write!(f, "the archive goes on after this node's entry {seq}"),
            Self::Own(seq) => write!(f, "this node's entry {seq} is not what its chain says"),
            Self::Shown(address) => write!(f, "shown {address} is not what its entry says"),
            Self::Note(file, number) => {
                write!(f, "note {number} of {file} is another one in the archive")
            }
            Self::Key(id) => write!(f, "key {id} is not the one of the archive"),
            Self::Rewritten(node, seq) => write!(
                f,
                "the entries of node {node} up to {seq} are not those that were seen before"
            ),
            Self::Lost(node, seq) => {
                write!(
                    f,
                    "entries of node {node} after {seq} are gone from the archive"
                )
            }
        }
    }
}

/// How far the archive is behind this node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// The node's last entry.
    pub last: u64,
    /// The last entry that the archive is known to have; `None` until it was reached once.
    pub archived: Option<u64>,
    /// When the first entry that the archive does not have was written.
    pub since: Option<DateTime<Utc>>,
    /// Whether the archive is being talked to.
    pub is_connected: bool,
    /// The last thing that somebody must look at.
    pub alarm: Option<Alarm>,
}

impl Lag {
    /// How many entries wait to be shipped; `None` until the archive was reached once.
    #[must_use]
    pub fn behind(&self) -> Option<u64> {
        Some(self.last.saturating_sub(self.archived?))
    }
}

/// The running shipping of one node. Dropping it stops it.
pub struct Archive {
    lag: Arc<Shared>,
    stop: CancellationToken,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Archive {
    /// Starts shipping in a thread of its own; an archive that is away is waited for.
    ///
    /// # Errors
    /// [`Error::CannotOpen`] where there can be no thread.
    pub fn start(settings: Settings) -> Result<Self, Error> {
        let cannot = |error: std::io::Error| Error::CannotOpen(format!("archive: {error}"));
        let lag = Arc::new(Shared::default());
        let stop = CancellationToken::new();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(cannot)?;
        let (shared, stopped) = (Arc::clone(&lag), stop.clone());
        let thread = std::thread::Builder::new()
            .name("archive".to_owned())
            .spawn(move || {
                runtime.block_on(stopped.run_until_cancelled(ship::run(&settings, &shared)));
                // A name that is just being looked up is not waited for.
                runtime.shutdown_background();
            })
            .map_err(cannot)?;
        Ok(Self {
            lag,
            stop,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// How far the archive is behind.
    #[must_use]
    pub fn lag(&self) -> Lag {
        self.lag.get().clone()
    }

    /// Stops shipping and waits until it has stopped, not for ever where the ledger's device stalls.
    /// What was not shipped is when it starts again.
    pub fn stop(&self) {
        self.stop.cancel();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            ending::join(thread, "shipping to the archive");
        }
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What the thread says of itself.
#[derive(Default)]
struct Shared(Mutex<Lag>);

impl Shared {
    fn get(&self) -> MutexGuard<'_, Lag> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says an alarm, once as long as it stays the same.
    fn raise(&self, alarm: &Alarm) {
        let mut lag = self.get();
        if lag.alarm.as_ref() != Some(alarm) {
            tracing::error!(%alarm, "the archive");
            metrics::counter!("archive_alarms_total").increment(1);
            lag.alarm = Some(alarm.clone());
        }
    }
}
