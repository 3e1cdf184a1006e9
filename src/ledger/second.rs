//! The second ledger of a node, in a folder on another device: a whole ledger of its own, with a
//! name of its own, that is written where the first cannot be.
//!
//! Nothing is copied from one to the other. Each says, before it goes on, how far the other was
//! (`other_ledger`), so that neither can lose its end or be replaced unnoticed. The open grants are
//! one set that both know; only the ledger that started a grant writes its end.

use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel},
    },
    time::Duration,
};

use data_encoding::HEXLOWER;
use rusqlite::OptionalExtension as _;

use super::{
    Error, Ledger, Part, Settings,
    folder::{self, replace},
    history::KEPT,
    read::open_for_reading,
    ring::RootKeys,
    store::{self, Head, cannot_read, for_each_of_grants},
    writer::{Command, Shared},
};
use crate::domain::{
    access::{End, FacilityId, NodeId},
    clock::Clock,
    entropy::{Entropy, random},
    event::{Draft, Event},
};

/// The second ledger's own name, in its folder.
const NAME: &str = "second.name";
/// How far the second ledger was when it was last seen, in the first's folder.
const KNOWN: &str = "second.known";
/// How long a start waits for the second ledger; after that the first goes on alone.
const WAIT: Duration = Duration::from_secs(10);
/// How soon a second ledger that could not be opened is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// The other ledger, as a writer sees it.
pub(super) struct Pair {
    other: Arc<Shared>,
    /// Where the other stood when this ledger last said so.
    named: Option<Head>,
    /// How grants of this home were stopped on the other, before this process.
    pub(super) stops: BTreeMap<String, End>,
    /// Within which time a commit is in time.
    pub(super) in_time: Duration,
}

impl Pair {
    fn new(other: &Arc<Shared>, stops: BTreeMap<String, End>, in_time: Duration) -> Self {
        Self {
            other: Arc::clone(other),
            named: None,
            stops,
            in_time,
        }
    }

    /// Where the other stands, where this ledger has not said so yet.
    pub(super) fn unnamed(&self) -> Option<(NodeId, Head)> {
        let head = self.other.head();
        if head.seq == 0 || self.named == Some(head) {
            return None;
        }
        self.other.standing()
    }

    /// It is said now.
    pub(super) fn has_named(&mut self, head: Head) {
        self.named = Some(head);
    }
}

/// What says where the other ledger stands.
pub(super) fn naming((node, head): &(NodeId, Head)) -> Draft {
    Draft {
        who: None,
        facility: FacilityId("service".to_owned()),
        terminal: None,
        address: None,
        request: None,
        person: None,
        event: Event::OtherLedger {
            node: node.clone(),
            entries: head.seq,
            head: HEXLOWER.encode(&head.chain),
        },
    }
}

/// The second ledger beside the first, or what is tried to open it.
pub(super) struct Second {
    opened: Arc<OnceLock<Ledger>>,
    publish: Arc<Mutex<Option<PathBuf>>>,
    /// Why it is not there.
    trouble: Arc<Mutex<Option<String>>>,
    /// Where how far it is is kept.
    first: PathBuf,
    /// Dropped, it ends the trying.
    stop: Mutex<Option<Sender<()>>>,
}

impl Second {
    /// The second ledger, once it is there.
    pub(super) fn get(&self) -> Option<&Ledger> {
        self.opened.get()
    }

    /// The second ledger.
    ///
    /// # Errors
    /// [`Error::CannotRead`] where it is not there.
    pub(super) fn whole(&self) -> Result<&Ledger, Error> {
        self.get().ok_or_else(|| {
            let why = self.trouble().unwrap_or_default();
            Error::CannotRead(format!("the second ledger is not there: {why}"))
        })
    }

    /// Why it is not there; `None` where it is.
    pub(super) fn trouble(&self) -> Option<String> {
        let trouble = self.trouble.lock();
        let trouble = trouble.unwrap_or_else(PoisonError::into_inner).clone();
        trouble.filter(|_| self.get().is_none())
    }

    /// Has its checkpoints published beside the first's.
    pub(super) fn publish_to(&self, place: &Path) {
        let mut place = place.to_owned();
        if !place.is_dir() {
            place.as_mut_os_string().push("-second");
        }
        *self.publish.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
        self.publish();
    }

    fn publish(&self) {
        publish(&self.opened, &self.publish);
    }

    /// Closes it, or stops trying to open it.
    pub(super) fn close(&self) {
        let stop = self.stop.lock();
        drop(stop.unwrap_or_else(PoisonError::into_inner).take());
        if let Some(ledger) = self.get() {
            keep_known(&self.first, ledger);
            ledger.close();
        }
    }
}

fn publish(opened: &OnceLock<Ledger>, place: &Mutex<Option<PathBuf>>) {
    let place = place.lock();
    let place = place.unwrap_or_else(PoisonError::into_inner).clone();
    if let (Some(ledger), Some(place)) = (opened.get(), place) {
        ledger.inner.checkpoints.shared.publish_to(place);
    }
}

/// What it takes to open the second ledger.
struct Opener {
    first: Settings,
    root: RootKeys,
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// What the first ledger and its callers see.
    beside: Arc<Shared>,
    shared: Arc<Shared>,
}

impl Ledger {
    /// Opens or creates a ledger as [`Self::open`], and, where a folder for it is given, best on
    /// another device, a second one that is written where the first cannot be. A second one that cannot be opened is
    /// said in the log, the gauges and by [`Self::trouble`], and tried again; the first goes on.
    ///
    /// # Errors
    /// [`Error::CannotOpen`] where the first cannot be opened.
    pub fn open_with_second(
        settings: Settings,
        folder: impl Into<Option<PathBuf>>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        let Some(folder) = folder.into() else {
            return Self::open(settings, clock, entropy);
        };
        super::check_name(&settings.node)?;
        let root = RootKeys::of_folder(&settings.folder, &settings.key, &*entropy)?;
        let (shared, seconds) = Shared::pair();
        let opener = Opener {
            first: settings.clone(),
            root: root.clone(),
            folder: folder.clone(),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            beside: Arc::clone(&shared),
            shared: Arc::clone(&seconds),
        };
        // The second first: how it stopped grants of the first decides how those end.
        let second = opener.start()?;
        let stops = second
            .get()
            .map_or_else(BTreeMap::new, |_| said_of(&folder));
        let pair = Pair::new(&seconds, stops, settings.commit_deadline);
        let part = Part {
            shared,
            pair: Some(pair),
            second: Some(second),
        };
        let ledger = Self::open_part(settings, root, part, clock, entropy)?;
        if let Some(second) = ledger.inner.second.as_ref().and_then(Second::get) {
            second.name_other();
        }
        Ok(ledger)
    }

    /// Says where the other ledger stands, where that is not said yet.
    fn name_other(&self) {
        // A writer that is gone writes nothing, and is not ready.
        drop(self.inner.queue.send(Command::Name));
    }
}

impl Opener {
    /// Tries in a thread of its own, so that a stalled device holds nothing up; waits a while for
    /// the first try.
    fn start(self) -> Result<Second, Error> {
        let (stop, stopped) = channel();
        let (tell, told) = sync_channel(1);
        let second = Second {
            opened: Arc::default(),
            publish: Arc::default(),
            trouble: Arc::new(Mutex::new(Some("it does not answer".to_owned()))),
            first: self.first.folder.clone(),
            stop: Mutex::new(Some(stop)),
        };
        let (opened, place) = (Arc::clone(&second.opened), Arc::clone(&second.publish));
        let trouble = Arc::clone(&second.trouble);
        std::thread::Builder::new()
            .name("second ledger".to_owned())
            .spawn(move || {
                self.keep_trying(&stopped, &opened, &trouble, &tell);
                publish(&opened, &place);
            })
            .map_err(|error| Error::CannotOpen(error.to_string()))?;
        if told.recv_timeout(WAIT).is_err() {
            tracing::error!("the second ledger does not answer; the first goes on alone");
        }
        Ok(second)
    }

    fn keep_trying(
        &self,
        stopped: &Receiver<()>,
        opened: &OnceLock<Ledger>,
        trouble: &Mutex<Option<String>>,
        tell: &SyncSender<()>,
    ) {
        // The first time the first ledger is not open yet, and names the second by itself.
        let mut is_late = false;
        loop {
            match self.open() {
                Ok(ledger) => {
                    if is_late {
                        ledger.name_other();
                    }
                    drop(opened.set(ledger));
                    tell.try_send(()).ok();
                    return;
                }
                Err(error) => {
                    tracing::error!(%error, "the second ledger cannot be opened; the first goes on");
                    metrics::gauge!("ledger_second_ready").set(0.0);
                    *trouble.lock().unwrap_or_else(PoisonError::into_inner) =
                        Some(error.to_string());
                    tell.try_send(()).ok();
                }
            }
            is_late = true;
            if stopped.recv_timeout(TRY_AGAIN) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    fn open(&self) -> Result<Ledger, Error> {
        let node = self.name()?;
        self.check_known(&node)?;
        let root = self.root.beside(&self.folder, &*self.entropy)?;
        self.warn_of_one_device();
        let stops = said_of(&self.first.folder);
        let settings = Settings {
            folder: self.folder.clone(),
            node,
            ..self.first.clone()
        };
        let part = Part {
            shared: Arc::clone(&self.shared),
            pair: Some(Pair::new(&self.beside, stops, self.first.commit_deadline)),
            second: None,
        };
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::clone(&self.entropy));
        let ledger = Ledger::open_part(settings, root, part, clock, entropy)?;
        keep_known(&self.first.folder, &ledger);
        Ok(ledger)
    }

    /// The second ledger's name: random but for its beginning, so that no two that ever stood
    /// beside this first one have the same.
    fn name(&self) -> Result<NodeId, Error> {
        match fs::read_to_string(self.folder.join(NAME)) {
            Ok(name) => {
                let node = NodeId(name.trim().to_owned());
                super::check_name(&node)?;
                return Ok(node);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(store::cannot_write(error)),
        }
        if self.folder.join(store::FILE).exists() {
            return Err(Error::CannotOpen(
                "the folder holds a ledger that is no second one".to_owned(),
            ));
        }
        if was_there(&self.first.folder) {
            return Err(Error::CannotOpen(format!(
                "the folder is empty, and there was a second ledger: is its device there? To begin \
                 a new one remove {KNOWN} from the first's folder"
            )));
        }
        folder::make(&self.folder)?;
        let word = HEXLOWER.encode(&random::<3>(self.entropy.as_ref()));
        let name = format!("{}-second-{word}", self.first.node);
        replace(&self.folder, NAME, format!("{name}\n").as_bytes()).map_err(store::cannot_write)?;
        Ok(NodeId(name))
    }

    /// Whether it is the one that was there before, with all that it had.
    fn check_known(&self, node: &NodeId) -> Result<(), Error> {
        let Some((name, seq, chain)) = known(&self.first.folder)? else {
            return Ok(());
        };
        let is_there = || -> Result<bool, Error> {
            if seq == 0 {
                return Ok(true);
            }
            let file = open_for_reading(&self.folder.join(store::FILE))?;
            let found: Option<Vec<u8>> = file
                .query_row(
                    "SELECT chain FROM entry WHERE seq = ?1",
                    [store::number(seq)],
                    |row| row.get(0),
                )
                .optional()
                .map_err(cannot_read)?;
            Ok(found.is_some_and(|found| HEXLOWER.encode(&found) == chain))
        };
        if name == node.0 && is_there()? {
            return Ok(());
        }
        Err(Error::CannotOpen(format!(
            "the second ledger was {name} with {seq} entries, and that is not what the folder \
             holds; to begin a new one remove {KNOWN} from the first's folder"
        )))
    }

    fn warn_of_one_device(&self) {
        let device = |folder: &Path| fs::metadata(folder).ok().map(|data| data.dev());
        if device(&self.folder) == device(&self.first.folder) {
            tracing::warn!("both ledgers are on one device: they stall and fail together");
        }
    }
}

/// How grants of the other ledger were stopped in the ledger of this folder, lately. What cannot be
/// read says nothing: those grants end as after any restart.
fn said_of(folder: &Path) -> BTreeMap<String, End> {
    let mut stops = BTreeMap::new();
    let file = folder.join(store::FILE);
    if !file.exists() {
        return stops;
    }
    let read = open_for_reading(&file).and_then(|connection| {
        let newest: Option<i64> = connection
            .query_row("SELECT max(at) FROM of_grants", [], |row| row.get(0))
            .map_err(cannot_read)?;
        let since = newest.unwrap_or(0) - KEPT.num_seconds();
        for_each_of_grants(&connection, since, |entry| {
            let end = entry.fields.get("end").and_then(|end| end.as_str());
            let end = end.and_then(End::parse);
            if let (true, Some(grant), Some(end)) =
                (entry.event == "grant_stopped", entry.grant, end)
            {
                stops.insert(grant.0, end);
            }
        })
        .map_err(cannot_read)
    });
    if let Err(error) = read {
        tracing::error!(%error, "it cannot be read how grants were stopped");
    }
    stops
}

/// What is known of the second ledger in the first's folder: its name, how many entries it had, and
/// the chain value after them.
fn known(first: &Path) -> Result<Option<(String, u64, String)>, Error> {
    let text = match fs::read_to_string(first.join(KNOWN)) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(store::cannot_write(error)),
    };
    let mut words = text.split_whitespace();
    let known = (|| {
        let (name, seq, chain) = (words.next()?, words.next()?, words.next()?);
        Some((name.to_owned(), seq.parse().ok()?, chain.to_owned()))
    })();
    known
        .map(Some)
        .ok_or_else(|| Error::CannotOpen(format!("{KNOWN} cannot be read")))
}

/// Whether there was a second ledger beside the first in this folder.
pub(super) fn was_there(first: &Path) -> bool {
    first.join(KNOWN).exists()
}

/// Keeps how far it is. Only a help to tell an empty mount point from the device: the ledgers say
/// the same of each other in their entries.
fn keep_known(first: &Path, ledger: &Ledger) {
    let head = ledger.inner.shared.head();
    let chain = HEXLOWER.encode(&head.chain);
    let text = format!("{} {} {chain}\n", ledger.inner.settings.node, head.seq);
    if let Err(error) = replace(first, KNOWN, text.as_bytes()) {
        tracing::warn!(%error, "how far the second ledger is could not be kept");
    }
}
