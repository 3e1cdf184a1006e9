//! Floor 2: the append-only ledger of one node. Durable first, then the page.
//!
//! May name: `domain`. Never: `registry`, `cache`, `sources`, anything above.
//!
//! One thread writes (`writer`): it checks each draft against the open grants and seals what is
//! personal (`batch`, `keys`, `seal`, `shown`), writes what waits in one transaction (`store`,
//! `lookup`) and answers each caller only after the commit. `read` and `verify` work on the files
//! alone, also on a copy.
//!
//! # Form of the files
//!
//! - A body is a version byte and canonical JSON ([`crate::domain::event::Object::to_body`]). Its
//!   leaf is SHA-256(0x00 ‖ body); its chain value SHA-256(chain value before ‖ leaf), the first
//!   after 32 zero bytes. Places count from 1 without gaps and are not in the body.
//! - `sealed` in a body: each personal field as base 64 of a 12-byte random nonce and the
//!   ChaCha20-Poly1305 ciphertext. Associated data: field name, node, facility, patient's keyed
//!   hash (empty where none) and Japanese calendar year, each after its length (8 bytes, big
//!   endian). `key` names the row of `keys.sqlite` that holds the key, sealed the same way under
//!   a key derived from the installation's.
//! - `shown` in a body: the address (HMAC-SHA256 of the content under a key of the patient's key)
//!   and the SHA-256 of the sealed bytes as they stand in the table `shown`. Content that was
//!   shown before is not stored again; both entries name the one row.
//! - `patient` is HMAC-SHA256 of facility and member number under a key derived from the
//!   installation's, cut to 128 bits.
//! - `clock_step_ms` stands where the wall clock moved by more than a second against the clock
//!   since boot after this process's entry before.
//!
//! - A Merkle tree of RFC 6962 stands over the leaves (`tree`); `checkpoints` signs its size and
//!   root (`note`), and `kept` says how both lie beside the entries. A witness elsewhere may
//!   cosign them.
//! - `archive` ships all of it to PostgreSQL.
//! - A node may have a second ledger on another device (`second`), which goes on where the first
//!   cannot be written (`takeover`); `fits` compares them at start, `both` verifies them together,
//!   and `accept` is the way on where entries of one are lost.

mod accept;
mod after;
pub mod archive;
mod audit_event;
mod batch;
mod both;
mod checked;
mod checkpoints;
mod configured;
mod covered;
mod ending;
mod erase;
mod find;
mod fits;
mod folder;
mod follow;
mod grants;
mod history;
mod job;
mod joined;
mod kept;
mod keys;
mod look;
mod lookup;
pub mod note;
mod personal;
mod proof;
mod read;
mod receipt;
mod recent;
mod replayed;
mod ring;
mod seal;
mod second;
mod shown;
mod signing;
mod store;
mod syslog;
mod takeover;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod tidy;
pub mod tree;
mod unread;
mod verify;
mod writer;

pub use accept::{Accepted, Accepting, accept};
pub use after::Written;
pub use audit_event::audit_event;
pub use both::{Apart, Lost, OtherNamed, Others, Together, together};
pub use checked::{Checked, Watch};
pub use checkpoints::{Proofs, Signed};
pub use covered::{Tally, Trust};
pub use ending::aside;
pub use erase::{Erased, Erasing};
pub use history::{KEPT, Past};
pub use joined::Found;
pub use kept::write_whole;
pub use look::{Asked, Recorded};
pub use proof::{Grown, Proof, Standing};
pub use read::{Opened, ReadEntry, Reader, read};
pub use receipt::parse_receipt;
pub use ring::RootSecrets;
pub use syslog::{NotReceived, Receiver};
pub use takeover::Pairing;
#[cfg(test)]
pub(crate) use testing::write_key;
pub use unread::{InPart, Unread};
pub use verify::{Fault, Verified};

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        mpsc::{SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use ending::Ending;

use crate::domain::{
    access::{AccountId, End, FacilityId, Grant, GrantId, NodeId, PatientKey},
    clock::Clock,
    entropy::{Entropy, random},
    event::Draft,
    patient::MemberNumber,
};

/// Where the ledger lives and what seals it.
#[derive(Clone)]
pub struct Settings {
    /// Folder of `ledger.sqlite` and `keys.sqlite`.
    pub folder: PathBuf,
    /// This node's name: letters, digits and hyphens, no dot.
    pub node: NodeId,
    /// What wraps the keys in `keys.sqlite`, newest first; the same on all nodes of an
    /// installation. The look-up hashes of a new folder follow from the oldest.
    pub key: RootSecrets,
    /// How long a commit may take before the caller is refused.
    pub commit_deadline: Duration,
}

/// What the ledger answers when it cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The entry is not durable: nothing may be shown.
    #[error("the ledger cannot be written")]
    CannotRecord,
    /// The grant is not open (any more): nothing was recorded.
    #[error("the grant is not open")]
    GrantNotOpen,
    /// The folder cannot be used; with why.
    #[error("the ledger cannot be opened: {0}")]
    CannotOpen(String),
    /// Something of an entry cannot be read.
    #[error("the ledger cannot be read: {0}")]
    CannotRead(String),
}

/// Where an entry stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The node.
    pub node: NodeId,
    /// Its place, counted from 1 without gaps.
    pub seq: u64,
    /// The number that finds it, as 4-4-4 digits; only grants and views have one.
    pub receipt: Option<String>,
}

/// The ledger of this node. Cloning gives another handle to the same one; the last one dropped
/// closes it.
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    root: RwLock<ring::RootKeys>,
    entropy: Arc<dyn Entropy>,
    shared: Arc<writer::Shared>,
    queue: SyncSender<writer::Command>,
    thread: Mutex<Option<JoinHandle<()>>>,
    checkpoints: checkpoints::Checkpoints,
    second: Option<second::Second>,
    /// The other ledgers that it named when it was opened.
    named: Vec<unread::Named>,
    /// So many may read it at once.
    reads: Arc<tokio::sync::Semaphore>,
}

/// What a ledger is besides its own files: what it shares with another one, and that other.
#[derive(Default)]
struct Part {
    shared: Arc<writer::Shared>,
    pair: Option<second::Pair>,
    second: Option<second::Second>,
}

/// What stands in every entry and seals it.
#[derive(Clone)]
struct Identity {
    node: NodeId,
    /// Random, new with every start of the process.
    boot: String,
    root: ring::RootKeys,
    entropy: Arc<dyn Entropy>,
}

/// How long an entry that nobody waits for at a bedside may take.
const UNHURRIED: Duration = Duration::from_secs(10);

/// How many may read at once: each in a thread of its own, and a stalled device holds it.
const READS: usize = 64;

/// How many drafts may wait; one more is refused.
const QUEUE: usize = 1_024;

impl Ledger {
    /// Opens or creates the ledger in its folder, checks that commits are durable (WAL,
    /// synchronous FULL read back), ends every grant that was left open with
    /// [`End::Restart`], and starts the one writer thread.
    ///
    /// # Errors
    /// [`Error::CannotOpen`].
    pub fn open(
        settings: Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        check_name(&settings.node)?;
        let root = ring::RootKeys::of_folder(&settings.folder, &settings.key, &*entropy)?;
        Self::open_part(settings, root, Part::default(), clock, entropy)
    }

    fn open_part(
        settings: Settings,
        root: ring::RootKeys,
        part: Part,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        let Part {
            shared,
            pair,
            second,
        } = part;
        let is_second = pair.is_some() && second.is_none();
        let identity = Identity {
            node: settings.node.clone(),
            boot: data_encoding::HEXLOWER.encode(&random::<8>(entropy.as_ref())),
            root: root.clone(),
            entropy: Arc::clone(&entropy),
        };
        let beside = (Arc::clone(&shared), pair);
        let mut writer =
            writer::Writer::open(&settings.folder, identity, Arc::clone(&clock), beside)?;
        // Before any thread is started that would hold the folder on where this fails.
        let named = unread::named(&fits::Place {
            node: settings.node.clone(),
            folder: settings.folder.clone(),
        })?;
        let (checkpoints, bell) = checkpoints::Checkpoints::start(
            &settings.folder,
            &settings.node,
            clock,
            Arc::clone(&entropy),
            (writer.lock(), is_second),
        )?;
        writer.rings(bell);
        let (queue, commands) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || writer.run(&commands))
            .map_err(|error| Error::CannotOpen(error.to_string()))?;
        Ok(Self {
            inner: Arc::new(Inner {
                settings,
                root: RwLock::new(root),
                entropy,
                shared,
                queue,
                thread: Mutex::new(Some(thread)),
                checkpoints,
                second,
                named,
                reads: Arc::new(tokio::sync::Semaphore::new(READS)),
            }),
        })
    }

    /// Makes one event durable and returns its place only then. A [`Draft`] that starts, shows
    /// under, or ends a grant is checked against the open grants and changes them in the same
    /// transaction.
    ///
    /// Where it answers [`Error::CannotRecord`] because the deadline passed, a start of a grant
    /// or a view is not recorded any more, or, where it was just being committed, the grant gets
    /// its end ([`End::Revoked`]) at once; any other event may still be recorded late.
    ///
    /// # Errors
    /// [`Error::CannotRecord`] (nothing may be shown), [`Error::GrantNotOpen`]: there is no such
    /// open grant, it is of another facility, patient or (for views) account, or its id is taken.
    pub async fn append(&self, draft: Draft) -> Result<Appended, Error> {
        self.append_within(draft, self.inner.settings.commit_deadline)
            .await
    }

    /// A fresh grant id of this node.
    #[must_use]
    pub fn new_grant_id(&self) -> GrantId {
        let random = random::<16>(self.inner.entropy.as_ref());
        let word = data_encoding::HEXLOWER.encode(&random);
        GrantId(format!("{}.{word}", self.inner.settings.node))
    }

    /// An open grant of this node.
    #[must_use]
    pub fn grant(&self, id: &GrantId) -> Option<Arc<Grant>> {
        self.inner.shared.read(|grants| grants.find(id))
    }

    /// How a grant of this node that is not open any more ended, as far back as this process knows.
    #[must_use]
    pub fn end_of(&self, id: &GrantId) -> Option<End> {
        self.inner.shared.read(|grants| grants.end_of(id))
    }

    /// How a grant of this account ended, in this process or, within the last month, an earlier
    /// one.
    #[must_use]
    pub fn end_for(&self, id: &GrantId, account: &AccountId) -> Option<End> {
        self.inner.shared.read(|grants| grants.end_for(id, account))
    }

    /// A grant of the last month, open or over.
    #[must_use]
    pub fn past(&self, id: &GrantId) -> Option<Past> {
        self.inner
            .shared
            .read(|grants| grants.history.find(id).cloned())
    }

    /// The grants of an account that began at or after an instant, as far back as [`KEPT`], open or
    /// over, newest first.
    #[must_use]
    pub fn past_of(&self, account: &AccountId, since: DateTime<Utc>) -> Vec<Past> {
        self.inner
            .shared
            .read(|grants| grants.history.of(account, since))
    }

    /// Whether a patient objected to being looked at by this facility.
    #[must_use]
    pub fn has_objected(&self, facility: &FacilityId, patient: &PatientKey) -> bool {
        self.inner
            .shared
            .read(|grants| grants.history.has_objected(facility, patient))
    }

    /// The open grants of a facility, newest first.
    #[must_use]
    pub fn open_grants(&self, facility: &FacilityId) -> Vec<Arc<Grant>> {
        self.list(|grant| grant.facility == *facility)
    }

    /// The open grants of an account, newest first.
    #[must_use]
    pub fn open_grants_of(&self, account: &AccountId) -> Vec<Arc<Grant>> {
        self.list(|grant| grant.account == *account)
    }

    /// Every open grant of this node, newest first.
    #[must_use]
    pub fn all_open_grants(&self) -> Vec<Arc<Grant>> {
        self.list(|_| true)
    }

    fn list(&self, wanted: impl Fn(&Grant) -> bool) -> Vec<Arc<Grant>> {
        self.inner.shared.read(|grants| grants.list(wanted))
    }

    /// The patient's keyed hash in one facility.
    #[must_use]
    pub fn patient_key(&self, facility: &FacilityId, number: &MemberNumber) -> PatientKey {
        self.inner.root().patient_key(facility, number)
    }

    /// Reads the files aside, with the keys as they are now.
    async fn reading<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Reader) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let folder = self.inner.settings.folder.clone();
        let root = self.inner.root();
        let unread = || Error::CannotRead("too many read it already".to_owned());
        let reads = Arc::clone(&self.inner.reads);
        let permit = reads.acquire_owned().await.map_err(|_| unread())?;
        let read = aside(move || {
            let read = read::with_root(&folder, root).and_then(|reader| look(&reader));
            drop(permit);
            read
        });
        read.await.unwrap_or_else(|| Err(unread()))
    }

    /// Whether the last commit succeeded in time, the reserve is there and the writer is alive; of a
    /// node with two ledgers, whether that is so of one of them.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let second = self.inner.second.as_ref().and_then(second::Second::get);
        self.inner.shared.is_ready() || second.is_some_and(Self::is_ready)
    }

    /// Whether the room is there that is given up where the disk is full. Asks the disk.
    #[must_use]
    pub fn has_reserve(&self) -> bool {
        folder::Reserve::of(&self.inner.settings.folder).is_there()
    }

    /// This node's name.
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.inner.settings.node.clone()
    }

    /// Lets the writer finish what is queued, has the last checkpoint signed, and waits until both
    /// have stopped; where a device stalls, not for ever. What comes later is refused.
    pub fn close(&self) {
        self.inner.close();
    }
}

impl Inner {
    fn root(&self) -> ring::RootKeys {
        self.root
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn close(&self) {
        let until = Instant::now() + ending::CLOSING;
        // Both are told before either is waited for: one that stalls keeps the other from nothing.
        let second = self.second.as_ref().and_then(second::Second::ending);
        let first = self.ending(|| {});
        for (ending, what) in [(first, "the ledger"), (second, "the second ledger")] {
            if let Some(ending) = ending {
                ending.wait(until, what);
            }
        }
    }

    /// Has the writer finish and the last checkpoint signed, and then `last` done; `None` where that
    /// was begun before.
    fn ending(&self, last: impl FnOnce() + Send + 'static) -> Option<Ending> {
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()?;
        let queue = self.queue.clone();
        let checkpoints = self.checkpoints.take();
        Some(Ending::begin(move || {
            // A writer that is gone already needs no telling.
            let told = queue.send(writer::Command::Close);
            let is_over = thread.join().is_ok() && told.is_ok();
            let is_signed = checkpoints.is_none_or(|thread| thread.join().is_ok());
            last();
            is_over && is_signed
        }))
    }
}

fn check_name(node: &NodeId) -> Result<(), Error> {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if node.0.is_empty() || !node.0.bytes().all(is_name) {
        return Err(Error::CannotOpen(
            "a node's name has letters, digits and hyphens only".to_owned(),
        ));
    }
    Ok(())
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}
