//! The thread that signs checkpoints: every 64 entries, or ten seconds after the first that none
//! covers. Nobody waits for it, and what it cannot do now it does later.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use rusqlite::Connection;

use super::{
    Error,
    folder::Lock,
    kept::{self, CHECKPOINTS, COSIGNED, KEY, Notes, PUBLIC_KEY, TreeFile},
    note::{Checkpoint, Kind, Note, Said, Signer, Verifier},
    read::open_for_reading,
    store::{self, place},
    tree::{self, Edge, Hash},
};
use crate::domain::{
    access::NodeId,
    clock::{Clock, Moment},
    entropy::{Entropy, random},
};

/// After how many entries a checkpoint is due.
pub(super) const EVERY: u64 = 64;
/// After how long one is due where there is any entry that none covers.
pub(super) const WITHIN: Duration = Duration::from_secs(10);
/// How often it is looked whether one is due.
const LOOK: Duration = Duration::from_secs(1);
/// After how long it is tried again where nothing could be signed.
const TRY_AGAIN: Duration = Duration::from_secs(30);
/// How many entries are read at once.
const PIECE: u64 = 4_096;

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
}

impl Shared {
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
        lock: Arc<Lock>,
    ) -> Result<(Self, Bell), Error> {
        let shared = Arc::new(Shared {
            committed: AtomicU64::new(0),
            proofs: Mutex::default(),
            publish: Mutex::default(),
        });
        let (ring, rung) = sync_channel(1);
        let round = Round {
            folder: folder.to_owned(),
            node: node.clone(),
            clock,
            entropy,
            shared: Arc::clone(&shared),
            _lock: lock,
            open: None,
            uncovered_since: None,
            failed_at: None,
            published: 0,
        };
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || round.run(&rung))
            .map_err(|error| Error::CannotOpen(error.to_string()))?;
        let bell = Bell {
            shared: Arc::clone(&shared),
            ring,
            rung_at: 0,
        };
        let thread = Mutex::new(Some(thread));
        Ok((Self { shared, thread }, bell))
    }

    /// Waits until the thread has ended; the bell must have been dropped.
    pub(super) fn join(&self) {
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that signs checkpoints had stopped");
        }
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
    failed_at: Option<Moment>,
    /// The size that was published last.
    published: u64,
}

impl Round {
    fn run(mut self, rung: &Receiver<()>) {
        loop {
            let goes_on = rung.recv_timeout(LOOK) != Err(RecvTimeoutError::Disconnected);
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
            let may_try = self
                .failed_at
                .is_none_or(|failed| passed(failed) >= TRY_AGAIN);
            if is_due && may_try {
                self.round(now);
            }
        }
        self.publish();
    }

    fn round(&mut self, now: Moment) {
        self.uncovered_since = None;
        let done = self.try_round();
        self.failed_at = done.is_err().then_some(now);
        let trouble = done.err().map(|why| {
            self.open = None;
            tracing::error!(%why, "no checkpoint can be signed");
            why.to_string()
        });
        self.shared.with(|proofs| proofs.trouble = trouble);
        gauges(&self.shared.proofs());
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

/// Why nothing can be signed.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("its files: {0}")]
    Files(#[from] io::Error),
    #[error("the ledger: {0}")]
    Ledger(#[from] rusqlite::Error),
    #[error("the ledger: {0}")]
    Open(#[from] Error),
    #[error("checkpoint.key is not there, but checkpoints are")]
    KeyLost,
    #[error("checkpoint.key is not a key")]
    NoKey,
    #[error("the last checkpoint was not signed with checkpoint.key")]
    ForeignKey,
    #[error("entry {0} is missing")]
    Missing(u64),
    #[error("entries up to {0} are not those that the last checkpoint signed")]
    Rewritten(u64),
}

/// The open files.
struct Open {
    ledger: Connection,
    tree: TreeFile,
    notes: Notes,
    signer: Signer,
    edge: Edge,
    signed: u64,
}

impl Open {
    fn new(
        folder: &Path,
        node: &NodeId,
        entropy: &dyn Entropy,
        shared: &Shared,
    ) -> Result<Self, Trouble> {
        let ledger = open_for_reading(&folder.join(store::FILE))?;
        let (notes, last) = Notes::open(folder, CHECKPOINTS)?;
        let signer = signer(folder, node, entropy, last.is_some())?;
        let last = last.map(|note| own(note, signer.verifier())).transpose()?;
        let cosigned = kept::last_note(folder, COSIGNED)?.map(|note| own(note, signer.verifier()));
        let tree = TreeFile::open(folder)?;
        let mut open = Self {
            ledger,
            tree,
            notes,
            signer,
            edge: Edge::default(),
            signed: 0,
        };
        if let Some(last) = &last {
            open.go_on_from(&last.checkpoint)?;
        }
        shared.with(|proofs| {
            proofs.signed = last;
            proofs.cosigned = cosigned.transpose().ok().flatten();
        });
        Ok(open)
    }

    /// Takes up the tree at the last checkpoint: from its file, or, where that does not give what
    /// was signed, from the entries, which must.
    fn go_on_from(&mut self, last: &Checkpoint) -> Result<(), Trouble> {
        self.signed = last.size;
        let is_there = self.tree.leaves()? >= last.size;
        if is_there {
            self.edge = Edge::of(&self.tree, last.size)?;
        }
        if !is_there || self.edge.root() != last.root {
            tracing::warn!("the file of the ledger's tree is made again");
            self.edge = Edge::default();
            self.tree.cut(0)?;
            self.catch_up_to(last.size)?;
            if self.edge.size() != last.size || self.edge.root() != last.root {
                return Err(Trouble::Rewritten(last.size));
            }
        }
        Ok(self.tree.cut(last.size)?)
    }

    /// Takes in every entry that is durable.
    fn catch_up(&mut self) -> Result<(), Trouble> {
        self.catch_up_to(u64::MAX)
    }

    fn catch_up_to(&mut self, size: u64) -> Result<(), Trouble> {
        while self.edge.size() < size {
            let before = self.edge.size();
            let most = PIECE.min(size - before);
            let leaves = leaves_after(&self.ledger, before, most)?;
            if leaves.is_empty() {
                break;
            }
            let mut hashes = Vec::with_capacity(leaves.len() * 64);
            for leaf in leaves {
                self.edge.push(leaf, |hash| hashes.extend_from_slice(hash));
            }
            self.tree.write_after(before, &hashes)?;
        }
        Ok(())
    }

    /// Signs the tree as it is, where that says more than the last checkpoint.
    fn sign(&mut self) -> Result<Option<Signed>, Trouble> {
        if self.edge.size() <= self.signed {
            return Ok(None);
        }
        let checkpoint = Checkpoint {
            origin: self.signer.verifier().name().to_owned(),
            size: self.edge.size(),
            root: self.edge.root(),
        };
        let text = checkpoint.text();
        let signatures = vec![self.signer.sign(&text, 0)];
        let note = Note { text, signatures };
        self.notes.add(&note)?;
        self.signed = checkpoint.size;
        Ok(Some(Signed { checkpoint, note }))
    }
}

/// A note of this very ledger.
fn own(note: Note, key: &Verifier) -> Result<Signed, Trouble> {
    let is_signed = matches!(key.check(&note), Said::Signed(_));
    Signed::of(note)
        .filter(|signed| is_signed && signed.checkpoint.origin == key.name())
        .ok_or(Trouble::ForeignKey)
}

/// The leaves that follow the first `before`, at most so many.
pub(super) fn leaves_after(
    ledger: &Connection,
    before: u64,
    most: u64,
) -> Result<Vec<Hash>, LeafError> {
    let mut statement = ledger
        .prepare_cached("SELECT seq, leaf FROM entry WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut rows = statement.query([number(before), number(most)])?;
    let mut leaves = Vec::new();
    let mut next = before + 1;
    while let Some(row) = rows.next()? {
        if place(row, 0)? != next {
            return Err(LeafError::Missing(next));
        }
        leaves.push(row.get(1)?);
        next += 1;
    }
    Ok(leaves)
}

/// Why leaves cannot be read.
pub(super) enum LeafError {
    /// SQLite's reason.
    Database(rusqlite::Error),
    /// There is none at this place, but later ones.
    Missing(u64),
}

impl From<rusqlite::Error> for LeafError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<LeafError> for Trouble {
    fn from(error: LeafError) -> Self {
        match error {
            LeafError::Database(error) => Self::Ledger(error),
            LeafError::Missing(seq) => Self::Missing(seq),
        }
    }
}

/// The key, made at the first start. One that was lost is not replaced in silence: whoever holds
/// the old public key would not know why it no longer fits.
fn signer(
    folder: &Path,
    node: &NodeId,
    entropy: &dyn Entropy,
    is_old: bool,
) -> Result<Signer, Trouble> {
    let file = folder.join(KEY);
    let signer = match fs::read_to_string(&file) {
        Ok(text) => Signer::parse(&zeroize::Zeroizing::new(text)).ok_or(Trouble::NoKey)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_old => {
            return Err(Trouble::KeyLost);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let unique = data_encoding::HEXLOWER.encode(&random::<8>(entropy));
            let name = format!("emergency-summary/{node}/{unique}");
            let signer = Signer::fresh(&name, Kind::Ledger, entropy).ok_or(Trouble::NoKey)?;
            kept::write_whole(&file, &signer.secret(), 0o600)?;
            signer
        }
        Err(error) => return Err(error.into()),
    };
    let public = format!("{}\n", signer.verifier());
    let file = folder.join(PUBLIC_KEY);
    if fs::read_to_string(&file).ok().as_ref() != Some(&public) {
        kept::write_whole(&file, &public, 0o644)?;
    }
    Ok(signer)
}

/// Puts the last checkpoint where others find it: under the node's name in a folder, or as a file.
fn publish(place: &Path, node: &NodeId, note: &str) -> io::Result<()> {
    let file = if place.is_dir() {
        place.join(format!("{node}.checkpoint"))
    } else {
        place.to_owned()
    };
    kept::write_whole(&file, note, 0o644)
}

/// Sizes, for who watches.
#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge; no ledger has 2⁵³ entries"
)]
pub(super) fn gauges(proofs: &Proofs) {
    let size = |signed: &Option<Signed>| signed.as_ref().map_or(0, |signed| signed.checkpoint.size);
    let flag = |trouble: &Option<String>| f64::from(u8::from(trouble.is_some()));
    metrics::gauge!("ledger_entries").set(proofs.entries as f64);
    metrics::gauge!("ledger_checkpoint_entries").set(size(&proofs.signed) as f64);
    metrics::gauge!("ledger_cosigned_entries").set(size(&proofs.cosigned) as f64);
    metrics::gauge!("ledger_checkpoint_trouble").set(flag(&proofs.trouble));
    metrics::gauge!("ledger_witness_trouble").set(flag(&proofs.witness_trouble));
}

/// The proof that the tree of `new` leaves goes on from that of `old`, from the tree's file.
pub(super) fn consistency(folder: &Path, old: u64, new: u64) -> io::Result<Option<Vec<Hash>>> {
    tree::consistency(&TreeFile::read(folder)?, old, new)
}
