//! The second ledger of a node, in a folder on another device: a whole ledger of its own, with a
//! name of its own, that is written where the first cannot be.
//!
//! Nothing is copied from one to the other. Each says, before it goes on, how far the other was
//! (`other_ledger`), so that neither can lose its end or be replaced unnoticed. The open grants are
//! one set that both know; only the ledger that started a grant writes its end.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel},
    },
    time::Duration,
};

use data_encoding::HEXLOWER;

use super::{
    Error, Ledger, Part, Settings,
    ending::Ending,
    erase::of_service,
    fits::{KNOWN, NAME, Place, SECOND, keep_known, known, misfits, name_in, was_there},
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
    pub(super) fn new(
        other: &Arc<Shared>,
        stops: BTreeMap<String, End>,
        in_time: Duration,
    ) -> Self {
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
    let event = Event::OtherLedger {
        node: node.clone(),
        entries: head.seq,
        head: HEXLOWER.encode(&head.chain),
    };
    of_service(FacilityId("service".to_owned()), event)
}

/// Why the second ledger is not there.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    /// In words for an operator.
    pub(super) why: String,
    /// Whether the ledgers are not what each says of the other: waiting does not mend that.
    pub(super) is_apart: bool,
}

impl Trouble {
    fn apart(why: &dyn std::fmt::Display) -> Self {
        Self {
            why: why.to_string(),
            is_apart: true,
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self {
            why: error.to_string(),
            is_apart: false,
        }
    }
}

/// The second ledger beside the first, or what is tried to open it.
pub(super) struct Second {
    opened: Arc<OnceLock<Ledger>>,
    publish: Arc<Mutex<Option<PathBuf>>>,
    /// Why it is not there.
    trouble: Arc<Mutex<Option<Trouble>>>,
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
            let why = self.trouble().map(|trouble| trouble.why);
            let why = why.unwrap_or_default();
            Error::CannotRead(format!("the second ledger is not there: {why}"))
        })
    }

    /// Why it is not there; `None` where it is.
    pub(super) fn trouble(&self) -> Option<Trouble> {
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

    /// Begins to close it, or stops trying to open it.
    pub(super) fn ending(&self) -> Option<Ending> {
        let stop = self.stop.lock();
        drop(stop.unwrap_or_else(PoisonError::into_inner).take());
        let ledger = self.get()?;
        let (first, node) = (self.first.clone(), ledger.node());
        let shared = Arc::clone(&ledger.inner.shared);
        ledger
            .inner
            .ending(move || keep_known(&first, &node, shared.head()))
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

/// The name of a second ledger, where it is this node's.
///
/// # Errors
/// [`Error::CannotOpen`].
pub(super) fn of_this_node(node: NodeId, first: &NodeId) -> Result<NodeId, Error> {
    if node.0.starts_with(&format!("{first}{SECOND}")) {
        Ok(node)
    } else {
        Err(Error::CannotOpen(format!(
            "the folder holds the second ledger of another node: {node}"
        )))
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
            trouble: Arc::new(Mutex::new(Some(Trouble {
                why: "it does not answer".to_owned(),
                is_apart: false,
            }))),
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
        trouble: &Mutex<Option<Trouble>>,
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
                Err(found) => {
                    let error = &found.why;
                    tracing::error!(%error, "the second ledger cannot be opened; the first goes on");
                    metrics::gauge!("ledger_second_ready").set(0.0);
                    *trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
                    tell.try_send(()).ok();
                }
            }
            is_late = true;
            if stopped.recv_timeout(TRY_AGAIN) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    fn open(&self) -> Result<Ledger, Trouble> {
        let node = self.name()?;
        self.check_fits(&node)?;
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
        keep_known(
            &self.first.folder,
            &ledger.node(),
            ledger.inner.shared.head(),
        );
        Ok(ledger)
    }

    fn beginning(&self) -> String {
        format!("{}{SECOND}", self.first.node)
    }

    /// The second ledger's name: random but for its beginning, so that no two that ever stood
    /// beside this first one have the same.
    fn name(&self) -> Result<NodeId, Error> {
        if let Some(node) = name_in(&self.folder)? {
            return of_this_node(node, &self.first.node);
        }
        if self.folder.join(store::FILE).exists() {
            return Err(Error::CannotOpen(
                "the folder holds a ledger that is no second one".to_owned(),
            ));
        }
        if was_there(&self.first.folder) {
            return Err(Error::CannotOpen(format!(
                "the folder is empty, and there was a second ledger: is its device there? Where it is \
                 lost: ledger accept --lost NAME ({KNOWN} has its name)"
            )));
        }
        folder::make(&self.folder)?;
        let word = HEXLOWER.encode(&random::<3>(self.entropy.as_ref()));
        let name = format!("{}{word}", self.beginning());
        replace(&self.folder, NAME, format!("{name}\n").as_bytes()).map_err(store::cannot_write)?;
        Ok(NodeId(name))
    }

    /// Whether it is the one that was there before, and both are what each says of the other. Where
    /// they are not it is not written to: it would go on from what was lost as if nothing were.
    fn check_fits(&self, node: &NodeId) -> Result<(), Trouble> {
        let of = |node: &NodeId, folder: &Path| Place {
            node: node.clone(),
            folder: folder.to_owned(),
        };
        let first = of(&self.first.node, &self.first.folder);
        if let Some((name, seq, _)) = known(&first.folder)?
            && name != node.0
        {
            return Err(Trouble::apart(&format!(
                "the second ledger was {name} with {seq} entries, and the folder holds {node}; what \
                 to do is in docs/operation.md (ledger accept)"
            )));
        }
        match misfits(&first, &of(node, &self.folder))?.first() {
            None => Ok(()),
            Some(misfit) => Err(Trouble::apart(misfit)),
        }
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
pub(super) fn said_of(folder: &Path) -> BTreeMap<String, End> {
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
