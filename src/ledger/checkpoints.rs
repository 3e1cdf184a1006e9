//! The thread that signs checkpoints: every 64 entries, or ten seconds after the first that none
//! covers. Nobody waits for it, and what it cannot do now it does later.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use super::{
    Error,
    folder::Lock,
    kept::{self, TreeFile},
    note::{Checkpoint, Note},
    signing::{Open, Trouble},
    tree::{self, Hash},
};
use crate::domain::{
    access::NodeId,
    clock::{Clock, Moment},
    entropy::Entropy,
};

/// After how many entries a checkpoint is due.
pub(super) const EVERY: u64 = 64;
/// After how long one is due where there is any entry that none covers.
pub(super) const WITHIN: Duration = Duration::from_secs(10);
/// How often it is looked whether one is due.
const LOOK: Duration = Duration::from_secs(1);
/// After how long it is tried again where nothing could be signed.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// What is proven of this node's ledger, and what stands in the way.
#[derive(Clone, Debug, Default)]
pub struct Proofs {
    /// How many entries there are.
    pub entries: u64,
    /// The last checkpoint.
    pub signed: Option<Signed>,
    /// The last checkpoint that the witness cosigned.
    pub cosigned: Option<Signed>,
    /// Why no checkpoint can be signed now; in words for an operator.
    pub trouble: Option<String>,
    /// Why the witness does not cosign now; in words for an operator.
    pub witness_trouble: Option<String>,
}

/// A checkpoint and its note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// With its signatures.
    pub note: Note,
}

impl Signed {
    pub(super) fn of(note: Note) -> Option<Self> {
        let checkpoint = Checkpoint::parse(&note.text)?;
        Some(Self { checkpoint, note })
    }
}

/// What the thread and others both see.
pub(super) struct Shared {
    /// The last entry that is durable.
    committed: AtomicU64,
    proofs: Mutex<Proofs>,
    publish: Mutex<Option<PathBuf>>,
    /// Whether it is a node's second ledger.
    is_second: bool,
}

impl Shared {
    /// Says the sizes to who watches.
    pub(super) fn measure(&self) {
        gauges(&self.proofs(), self.is_second);
    }

    /// What is proven now.
    pub(super) fn proofs(&self) -> Proofs {
        let mut proofs = self.with(|proofs| proofs.clone());
        proofs.entries = self.committed.load(Ordering::Acquire);
        proofs
    }

    pub(super) fn with<T>(&self, change: impl FnOnce(&mut Proofs) -> T) -> T {
        change(&mut self.proofs.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where each new checkpoint is also written.
    pub(super) fn publish_to(&self, place: PathBuf) {
        *self.publish.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }
}

/// By which the writer tells of what is durable; costs it nothing.
pub(super) struct Bell {
    shared: Arc<Shared>,
    ring: SyncSender<()>,
    rung_at: u64,
}

impl Bell {
    /// The entries up to this one are durable, and their callers answered.
    pub(super) fn committed(&mut self, seq: u64) {
        self.shared.committed.store(seq, Ordering::Release);
        let is_first = self.rung_at == 0 && seq > 0;
        if !is_first && seq < self.rung_at.saturating_add(EVERY) {
            return;
        }
        match self.ring.try_send(()) {
            // Where it was rung already it is about to look, or has gone.
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {
                self.rung_at = seq;
            }
        }
    }
}

/// The running thread.
pub(super) struct Checkpoints {
    pub(super) shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Checkpoints {
    /// Starts the thread; it ends, after a last checkpoint, when the bell is dropped.
    pub(super) fn start(
        folder: &Path,
        node: &NodeId,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        (lock, is_second): (Arc<Lock>, bool),
    ) -> Result<(Self, Bell), Error> {
        let shared = Arc::new(Shared {
            committed: AtomicU64::new(0),
            proofs: Mutex::default(),
            publish: Mutex::default(),
            is_second,
        });
        let (ring, heard) = sync_channel(1);
        let round = Round {
            folder: folder.to_owned(),
            node: node.clone(),
            clock,
            entropy,
            shared: Arc::clone(&shared),
            _lock: lock,
            open: None,
            uncovered_since: None,
            failed: None,
            published: 0,
        };
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || round.run(&heard))
            .map_err(|error| Error::CannotOpen(error.to_string()))?;
        let bell = Bell {
            shared: Arc::clone(&shared),
            ring,
            rung_at: 0,
        };
        let thread = Mutex::new(Some(thread));
        Ok((Self { shared, thread }, bell))
    }

    /// The thread, to be waited for once the bell was dropped.
    pub(super) fn take(&self) -> Option<JoinHandle<()>> {
        let thread = self.thread.lock();
        thread.unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What the thread goes round with.
struct Round {
    folder: PathBuf,
    node: NodeId,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    shared: Arc<Shared>,
    /// The folder is this process's until the last checkpoint is written.
    _lock: Arc<Lock>,
    /// `None` before the first round, and after a failure.
    open: Option<Open>,
    uncovered_since: Option<Moment>,
    failed: Option<Failed>,
    /// The size that was published last.
    published: u64,
}

/// A round after which nothing more was signed.
struct Failed {
    at: Moment,
    /// The last entry then, where its files were the reason: entries that go through on the same
    /// disk afterwards say that it is worth another try.
    disk_at: Option<u64>,
}

impl Round {
    fn run(mut self, heard: &Receiver<()>) {
        loop {
            let goes_on = heard.recv_timeout(LOOK) != Err(RecvTimeoutError::Disconnected);
            self.look(!goes_on);
            if !goes_on {
                return;
            }
        }
    }

    /// Signs where that is due, or where it is the last occasion.
    fn look(&mut self, is_last: bool) {
        let now = self.clock.now();
        let passed = |since: Moment| now.since_boot.saturating_sub(since.since_boot);
        let committed = self.shared.committed.load(Ordering::Acquire);
        let covered = self.open.as_ref().map(|open| open.edge.size());
        if covered == Some(committed) {
            self.uncovered_since = None;
        } else if committed > 0 {
            let waited = passed(*self.uncovered_since.get_or_insert(now));
            // What an earlier process left uncovered has waited long enough.
            let is_due = covered.is_none_or(|covered| committed.saturating_sub(covered) >= EVERY)
                || waited >= WITHIN
                || is_last;
            let may_try = is_last
                || self.failed.as_ref().is_none_or(|failed| {
                    passed(failed.at) >= TRY_AGAIN
                        || failed
                            .disk_at
                            .is_some_and(|seq| committed.saturating_sub(seq) >= EVERY)
                });
            if is_due && may_try {
                self.round(now, committed);
            }
        }
        self.publish();
    }

    fn round(&mut self, now: Moment, committed: u64) {
        self.uncovered_since = None;
        let done = self.try_round();
        self.failed = done.as_ref().err().map(|why| Failed {
            at: now,
            disk_at: matches!(why, Trouble::Files(_)).then_some(committed),
        });
        let trouble = done.err().map(|why| {
            self.open = None;
            tracing::error!(%why, "no checkpoint can be signed");
            why.to_string()
        });
        self.shared.with(|proofs| proofs.trouble = trouble);
        self.shared.measure();
    }

    fn try_round(&mut self) -> Result<(), Trouble> {
        let open = match &mut self.open {
            Some(open) => open,
            None => self.open.insert(Open::new(
                &self.folder,
                &self.node,
                self.entropy.as_ref(),
                &self.shared,
            )?),
        };
        open.catch_up()?;
        if let Some(signed) = open.sign()? {
            self.shared.with(|proofs| proofs.signed = Some(signed));
        }
        Ok(())
    }

    /// Puts the last checkpoint where others find it, where such a place was named.
    fn publish(&mut self) {
        let place = self.shared.publish.lock();
        let place = place.unwrap_or_else(PoisonError::into_inner).clone();
        let signed = self.shared.with(|proofs| proofs.signed.clone());
        let (Some(place), Some(signed)) = (place, signed) else {
            return;
        };
        if signed.checkpoint.size == self.published {
            return;
        }
        match publish(&place, &self.node, &signed.note.to_string()) {
            Ok(()) => self.published = signed.checkpoint.size,
            Err(error) => {
                tracing::warn!(%error, "the last checkpoint could not be published");
                metrics::counter!("ledger_publish_failures").increment(1);
            }
        }
    }
}

/// Puts the last checkpoint where others find it: under the node's name in a folder, or as a file.
fn publish(place: &Path, node: &NodeId, signed: &str) -> io::Result<()> {
    let file = if place.is_dir() {
        place.join(format!("{node}.checkpoint"))
    } else {
        place.to_owned()
    };
    kept::write_whole(&file, signed, 0o644)
}

/// Sizes, for who watches.
#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge; no ledger has 2⁵³ entries"
)]
fn gauges(proofs: &Proofs, is_second: bool) {
    let size = |signed: &Option<Signed>| signed.as_ref().map_or(0, |signed| signed.checkpoint.size);
    let flag = |trouble: &Option<String>| f64::from(u8::from(trouble.is_some()));
    let values = [
        ("ledger_entries", proofs.entries as f64),
        ("ledger_checkpoint_entries", size(&proofs.signed) as f64),
        ("ledger_cosigned_entries", size(&proofs.cosigned) as f64),
        ("ledger_checkpoint_trouble", flag(&proofs.trouble)),
        ("ledger_witness_trouble", flag(&proofs.witness_trouble)),
    ];
    for (name, value) in values {
        if is_second {
            metrics::gauge!(name, "ledger" => "second").set(value);
        } else {
            metrics::gauge!(name).set(value);
        }
    }
}

/// The proof that the tree of `new` leaves goes on from that of `old`, from the tree's file.
pub(super) fn consistency(folder: &Path, old: u64, new: u64) -> io::Result<Option<Vec<Hash>>> {
    tree::consistency(&TreeFile::read(folder)?, old, new)
}
