//! The one thread that writes: what waits together is committed together.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    Appended, Error, Identity,
    batch::{Batch, Refusal},
    checkpoints::Bell,
    folder::{Lock, Reserve},
    grants::{Changes, Grants},
    history::KEPT,
    keys::KeyRing,
    read::ReadEntry,
    shown::{Content, Known, content},
    store::{Head, OpenRow, Store},
};
use crate::domain::{
    access::End,
    clock::{Clock, Moment},
    event::{Draft, Event},
};

/// How many drafts one transaction takes.
const TOGETHER: usize = 256;
/// After how many entries the write-ahead log is moved into the file.
const CHECKPOINT_AFTER: u64 = 500;
/// How soon a ledger that could not be written in time is tried again when nobody appends.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// What callers hand to the thread.
pub(super) enum Command {
    /// Write a draft and say where it stands.
    Append(Box<Job>),
    /// Change the file of keys between two transactions.
    Keys(Box<dyn FnOnce(&mut KeyRing) + Send>),
    /// Finish what came before and stop.
    Close,
    /// Do something to the files, as a fault would.
    #[cfg(test)]
    Harm(Box<dyn FnOnce(&rusqlite::Connection) + Send>),
}

/// One draft and who waits for it.
pub(super) struct Job {
    draft: Draft,
    /// What it shows.
    shows: Option<Content>,
    reply: Option<oneshot::Sender<Result<Appended, Error>>>,
}

impl Job {
    /// A draft with a caller.
    pub(super) fn new(draft: Draft, reply: oneshot::Sender<Result<Appended, Error>>) -> Self {
        Self {
            shows: content(&draft),
            draft,
            reply: Some(reply),
        }
    }

    /// Whether nobody waits any more and the event did not happen because of that: no grant was
    /// given out, nothing was shown. Everything else happened and is recorded even late.
    fn is_void(&self) -> bool {
        matches!(self.draft.event, Event::GrantStarted(_) | Event::Viewed(_))
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
        (is_written && !told).then_some(Draft {
            who: None,
            event: end,
            ..self.draft
        })
    }
}

/// What the thread and the callers both see.
pub(super) struct Shared {
    pub(super) grants: RwLock<Grants>,
    pub(super) is_ready: AtomicBool,
}

impl Shared {
    /// Reads the grants.
    pub(super) fn read<T>(&self, look: impl FnOnce(&Grants) -> T) -> T {
        look(&self.grants.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What the thread owns.
pub(super) struct Writer {
    identity: Identity,
    clock: Arc<dyn Clock>,
    store: Store,
    keys: KeyRing,
    reserve: Reserve,
    shared: Arc<Shared>,
    /// `None` after a failure: read again before the next entry.
    head: Option<Head>,
    last: Option<Moment>,
    known: Known,
    /// Grants to be taken back because their callers have gone.
    take_back: Vec<Draft>,
    since_checkpoint: u64,
    /// Rung after each commit, when its callers have been answered.
    bell: Option<Bell>,
    lock: Arc<Lock>,
}

/// What came of one transaction's drafts, in their order.
type Outcome = Vec<Result<Appended, Error>>;

impl Writer {
    /// Opens the files and ends what an earlier process left open.
    pub(super) fn open(
        folder: &std::path::Path,
        identity: Identity,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let lock = Arc::new(Lock::take(folder)?);
        let store = Store::open(folder)?;
        let keys = KeyRing::open(folder, identity.root.clone())?;
        let reserve = Reserve::of(folder);
        let mut writer = Self {
            identity,
            clock,
            store,
            keys,
            reserve,
            shared: Arc::new(Shared {
                grants: RwLock::default(),
                is_ready: AtomicBool::new(false),
            }),
            head: None,
            last: None,
            known: Known::default(),
            take_back: Vec::new(),
            since_checkpoint: 0,
            bell: None,
            lock,
        };
        writer.read_history()?;
        writer.end_left_open()?;
        writer.heal();
        Ok(writer)
    }

    /// What callers may see.
    pub(super) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Tells who signs checkpoints from now on.
    pub(super) fn rings(&mut self, bell: Bell) {
        self.bell = Some(bell);
        self.ring();
    }

    /// The lock on the folder, for who else writes in it.
    pub(super) fn lock(&self) -> Arc<Lock> {
        Arc::clone(&self.lock)
    }

    fn ring(&mut self) {
        let head = self.head.map_or_else(|| self.store.head(), Ok);
        if let (Some(bell), Ok(head)) = (&mut self.bell, head) {
            bell.committed(head.seq);
        }
    }

    /// What earlier processes wrote of grants, as far back as it is asked for.
    fn read_history(&self) -> Result<(), Error> {
        let cannot = |error: rusqlite::Error| Error::CannotOpen(error.to_string());
        let since = self.clock.now().wall - KEPT;
        let mut grants = self
            .shared
            .grants
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        grants
            .history
            .read_objections(self.store.objections().map_err(cannot)?);
        self.store
            .for_each_of_grants(since.timestamp(), |seq, body| {
                // What is no entry is for verification to name, and tells nothing.
                if let Ok(entry) = ReadEntry::parse(seq, body) {
                    grants.history.read(&entry);
                }
            })
            .map_err(cannot)
    }

    fn end_left_open(&mut self) -> Result<(), Error> {
        let cannot = |error: rusqlite::Error| Error::CannotOpen(error.to_string());
        let open = self.store.open_grants().map_err(cannot)?;
        if open.is_empty() {
            return Ok(());
        }
        match self.end_all(&open) {
            Err(error) if is_disk_full(&error) && self.reserve.give_up() => self.end_all(&open),
            done => done,
        }
        .map_err(cannot)
    }

    fn end_all(&mut self, open: &[OpenRow]) -> rusqlite::Result<()> {
        self.transaction(|batch, clock, head| {
            for row in open {
                let row = match batch.prepare_restart(row, clock.now()) {
                    Ok(row) => row,
                    Err(Refusal::Database(error)) => return Err(error),
                    Err(Refusal::Draft(_)) => continue,
                };
                *head = batch.store.insert(*head, &row)?;
            }
            Ok(Vec::new())
        })
        .map(drop)
    }

    /// Works until told to close or until all callers are gone.
    pub(super) fn run(mut self, queue: &Receiver<Command>) {
        while self.step(queue) {}
        self.write_taken_back();
        self.ring();
        self.checkpoint();
    }

    /// Waits for drafts and writes them; whether to go on.
    fn step(&mut self, queue: &Receiver<Command>) -> bool {
        let mut jobs = Vec::new();
        let mut goes_on = true;
        match queue.recv_timeout(TRY_AGAIN) {
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => self.heal(),
            Ok(first) => {
                goes_on = self.take(first, &mut jobs);
                while goes_on && jobs.len() < TOGETHER {
                    let Ok(next) = queue.try_recv() else { break };
                    goes_on = self.take(next, &mut jobs);
                }
            }
        }
        self.write(jobs);
        self.write_taken_back();
        self.ring();
        if self.since_checkpoint >= CHECKPOINT_AFTER {
            self.checkpoint();
        }
        goes_on
    }

    /// Adds what was handed over to the next transaction; whether to go on.
    fn take(&mut self, command: Command, jobs: &mut Vec<Job>) -> bool {
        match command {
            Command::Append(job) => {
                jobs.push(*job);
                true
            }
            Command::Keys(change) => {
                self.write(std::mem::take(jobs));
                change(&mut self.keys);
                true
            }
            Command::Close => false,
            #[cfg(test)]
            Command::Harm(harm) => {
                self.write(std::mem::take(jobs));
                harm(&self.store.connection);
                true
            }
        }
    }

    /// Writes drafts in one transaction and answers each caller after the commit.
    fn write(&mut self, mut jobs: Vec<Job>) {
        jobs.retain(|job| !job.is_void());
        if jobs.is_empty() {
            return;
        }
        match self.commit(&jobs) {
            Ok(outcome) => {
                self.ready_if(|_| true);
                for (job, answer) in jobs.into_iter().zip(outcome) {
                    self.take_back.extend(job.answer(answer));
                }
            }
            Err(error) => {
                self.failed(&error);
                for job in jobs {
                    self.take_back.extend(job.answer(Err(Error::CannotRecord)));
                }
            }
        }
    }

    /// Ends the grants whose callers have gone; they stay to be ended where that fails.
    fn write_taken_back(&mut self) {
        let drafts = std::mem::take(&mut self.take_back);
        if drafts.is_empty() {
            return;
        }
        let jobs: Vec<_> = drafts
            .into_iter()
            .map(|draft| Job {
                shows: None,
                draft,
                reply: None,
            })
            .collect();
        match self.commit(&jobs) {
            Ok(_) => {}
            Err(error) => {
                self.failed(&error);
                self.take_back = jobs.into_iter().map(|job| job.draft).collect();
            }
        }
    }

    /// One transaction; where the disk is full, once more with the reserve's room.
    fn commit(&mut self, jobs: &[Job]) -> rusqlite::Result<Outcome> {
        match self.append_all(jobs) {
            Err(error) if is_disk_full(&error) && self.reserve.give_up() => {
                self.failed(&error);
                self.append_all(jobs)
            }
            outcome => outcome,
        }
    }

    fn append_all(&mut self, jobs: &[Job]) -> rusqlite::Result<Outcome> {
        self.transaction(|batch, clock, head| {
            jobs.iter()
                .map(
                    |job| match batch.prepare(&job.draft, job.shows, clock.now()) {
                        Ok(row) => {
                            *head = batch.store.insert(*head, &row)?;
                            let appended = Appended {
                                node: batch.identity.node.clone(),
                                seq: head.seq,
                                receipt: row.receipt,
                            };
                            Self::append_what_follows(batch, &job.draft, clock.now(), head)?;
                            Ok(Ok(appended))
                        }
                        Err(Refusal::Draft(error)) => Ok(Err(error)),
                        Err(Refusal::Database(error)) => Err(error),
                    },
                )
                .collect()
        })
    }

    /// Writes the end that a renewal brings with it. It was checked with the renewal; where it
    /// cannot be made all the same, nothing of the transaction stays.
    fn append_what_follows(
        batch: &mut Batch<'_>,
        draft: &Draft,
        now: Moment,
        head: &mut Head,
    ) -> rusqlite::Result<()> {
        let Some(end) = Batch::follows(draft) else {
            return Ok(());
        };
        match batch.prepare(&end, None, now) {
            Ok(row) => {
                *head = batch.store.insert(*head, &row)?;
                Ok(())
            }
            Err(Refusal::Database(error)) => Err(error),
            Err(Refusal::Draft(_)) => Err(rusqlite::Error::InvalidQuery),
        }
    }

    /// Runs `work` in one transaction: keys durable first, then the entries, then the grants that
    /// callers see. On any failure nothing of it stays.
    fn transaction(
        &mut self,
        work: impl FnOnce(&mut Batch<'_>, &dyn Clock, &mut Head) -> rusqlite::Result<Outcome>,
    ) -> rusqlite::Result<Outcome> {
        let done = self.try_transaction(work);
        if done.is_err() {
            self.store.roll_back();
            self.keys.roll_back();
            self.head = None;
        }
        done
    }

    fn try_transaction(
        &mut self,
        work: impl FnOnce(&mut Batch<'_>, &dyn Clock, &mut Head) -> rusqlite::Result<Outcome>,
    ) -> rusqlite::Result<Outcome> {
        self.store.begin()?;
        let before = match self.head {
            Some(head) => head,
            None => self.store.head()?,
        };
        let mut head = before;
        let grants = self
            .shared
            .grants
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut batch = Batch {
            identity: &self.identity,
            store: &self.store,
            keys: &mut self.keys,
            grants: &grants,
            changes: Changes::default(),
            last: self.last,
            known: &self.known,
            newly: Vec::new(),
        };
        let outcome = work(&mut batch, self.clock.as_ref(), &mut head)?;
        let (changes, last, newly) = (batch.changes, batch.last, batch.newly);
        drop(grants);
        self.keys.commit()?;
        self.store.commit()?;
        self.head = Some(head);
        self.last = last;
        self.known.extend(newly);
        self.since_checkpoint += head.seq - before.seq;
        self.shared
            .grants
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .apply(changes);
        Ok(outcome)
    }

    fn failed(&self, error: &rusqlite::Error) {
        self.shared.is_ready.store(false, Ordering::Release);
        tracing::error!(%error, "the ledger cannot be written");
    }

    /// Tries to commit something that is no entry: nobody may be sent here while it fails, so
    /// that waiting for the next entry would be waiting for ever.
    fn heal(&self) {
        self.ready_if(|store| store.probe().is_ok());
    }

    /// Ready again once a commit succeeds and the reserve is there.
    fn ready_if(&self, commits: impl FnOnce(&Store) -> bool) {
        if self.shared.is_ready.load(Ordering::Acquire) {
            return;
        }
        let well = commits(&self.store) && self.reserve.restore().is_ok();
        self.shared.is_ready.store(well, Ordering::Release);
    }

    /// Only tidying: what it cannot do now it does later.
    fn checkpoint(&mut self) {
        self.since_checkpoint = 0;
        let done = self
            .store
            .checkpoint()
            .and_then(|()| self.keys.checkpoint());
        if let Err(error) = done {
            tracing::warn!(%error, "the ledger's write-ahead log stays as it is");
        }
    }
}

impl Drop for Writer {
    /// However the thread ends: without it nothing can be recorded.
    fn drop(&mut self) {
        self.shared.is_ready.store(false, Ordering::Release);
    }
}

fn is_disk_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
}
