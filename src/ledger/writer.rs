//! The one thread that writes: what waits together is committed together.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use super::{
    Appended, Error, Identity,
    batch::{Batch, Refusal},
    checkpoints::Bell,
    folder::{Lock, Reserve},
    grants::Changes,
    history::KEPT,
    keys::KeyRing,
    recent,
    second::{Pair, naming},
    shown::Known,
    store::{self, Head, OpenRow, Store},
    tidy::{Tidier, untidy},
};
use crate::domain::{
    access::End,
    clock::{Clock, Moment},
    event::Draft,
};

pub(super) use super::job::{Command, Job, Shared};

/// How many drafts one transaction takes.
const TOGETHER: usize = 256;
/// After how many entries the write-ahead log is moved into the file.
const CHECKPOINT_AFTER: u64 = 500;
/// How soon a ledger that could not be written in time is tried again when nobody appends.
const TRY_AGAIN: Duration = Duration::from_secs(1);

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
    /// Where the rows of the last entries could not be moved: how many there must be for the next try.
    settle_from: usize,
    /// The other ledger of this node, where there is one.
    pair: Option<Pair>,
    tidier: Tidier,
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
        (shared, pair): (Arc<Shared>, Option<Pair>),
    ) -> Result<Self, Error> {
        let lock = Arc::new(Lock::take(folder)?);
        let store = Store::open(folder)?;
        let keys = KeyRing::open(folder, identity.root.clone())?;
        let reserve = Reserve::of(folder);
        let tidier = Tidier::start(folder, Arc::clone(&lock))?;
        let mut writer = Self {
            identity,
            clock,
            store,
            keys,
            reserve,
            shared,
            head: None,
            last: None,
            known: Known::default(),
            take_back: Vec::new(),
            since_checkpoint: 0,
            settle_from: 0,
            pair,
            tidier,
            bell: None,
            lock,
        };
        writer.read_history()?;
        writer.end_left_open()?;
        let head = writer.store.head().map_err(store::cannot_open)?;
        writer.shared.begin(writer.identity.node.clone(), head);
        writer.heal();
        Ok(writer)
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
        let objections = self.store.objections().map_err(cannot)?;
        self.shared
            .change(|grants| grants.history.read_objections(objections));
        store::for_each_of_grants(&self.store.connection, since.timestamp(), |entry| {
            self.shared.change(|grants| grants.history.read(&entry));
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
        let stops = self
            .pair
            .as_ref()
            .map(|pair| pair.stops.clone())
            .unwrap_or_default();
        self.transaction(|batch, clock, head| {
            for row in open {
                // What was stopped on the other ledger has the end that was said there.
                let end = stops.get(&row.grant).copied().unwrap_or(End::Restart);
                let row = match batch.prepare_left_open(row, end, clock.now()) {
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
        self.write_owed();
        self.settle_from(1);
        self.ring();
        self.tidier.end();
        self.checkpoint();
    }

    /// Waits for drafts and writes them; whether to go on.
    fn step(&mut self, queue: &Receiver<Command>) -> bool {
        let mut jobs = Vec::new();
        let mut goes_on = true;
        match queue.recv_timeout(TRY_AGAIN) {
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {
                self.heal();
                self.settle_from(recent::SOME);
            }
            Ok(first) => {
                goes_on = self.take(first, &mut jobs) && self.drain(queue, &mut jobs);
                // Whoever is about to append and waits for a processor comes first: a commit costs
                // nearly the same for one entry as for many. Where none waits, this takes no time.
                if goes_on && !jobs.is_empty() {
                    std::thread::yield_now();
                    goes_on = self.drain(queue, &mut jobs);
                }
            }
        }
        self.write(jobs);
        self.write_taken_back();
        self.write_owed();
        self.ring();
        self.settle_from(recent::MANY);
        if self.since_checkpoint >= CHECKPOINT_AFTER {
            self.tidy();
        }
        goes_on
    }

    /// Takes what waits already; whether to go on.
    fn drain(&mut self, queue: &Receiver<Command>, jobs: &mut Vec<Job>) -> bool {
        while jobs.len() < TOGETHER {
            let Ok(next) = queue.try_recv() else { break };
            if !self.take(next, jobs) {
                return false;
            }
        }
        true
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
            Command::Name => {
                self.write(std::mem::take(jobs));
                self.name_other();
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
        let begun = self.clock.now();
        match self.commit(&jobs) {
            Ok(outcome) => {
                let is_in_time = self.is_in_time(begun);
                self.ready_if(|_| is_in_time);
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
        let jobs: Vec<_> = drafts.into_iter().map(Job::by_itself).collect();
        match self.commit(&jobs) {
            Ok(_) => {}
            Err(error) => {
                self.failed(&error);
                self.take_back = jobs.iter().map(|job| Draft::clone(&job.draft)).collect();
            }
        }
    }

    /// Writes the ends of grants of this home that were stopped while it could not be written.
    fn write_owed(&mut self) {
        if self.pair.is_none() || !self.shared.is_ready() {
            return;
        }
        let owed = self
            .shared
            .read(|grants| grants.owed_by(&self.identity.node));
        let jobs: Vec<_> = owed.into_iter().map(Job::by_itself).collect();
        if !jobs.is_empty()
            && let Err(error) = self.commit(&jobs)
        {
            self.failed(&error);
        }
    }

    /// Moves the rows under which the last entries are found to where they stay, where there are at
    /// least so many. It may fail: they are found where they are.
    fn settle_from(&mut self, rows: usize) {
        let waiting = self.store.unsettled().unwrap_or_default();
        if waiting < rows.max(self.settle_from) || !self.shared.is_ready() {
            return;
        }
        self.settle_from = if self.store.settle_alone() {
            0
        } else {
            waiting + recent::MANY
        };
    }

    /// Says where the other ledger stands, where that is not said yet.
    fn name_other(&mut self) {
        if let Err(error) = self.transaction(|_, _, _| Ok(Vec::new())) {
            self.failed(&error);
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
                .map(|job| match batch.prepare(&job.draft, clock.now()) {
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
                })
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
        let Some(end) = batch.follows(draft) else {
            return Ok(());
        };
        match batch.prepare(&end, now) {
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
        let mut batch = Batch {
            identity: &self.identity,
            store: &self.store,
            keys: &mut self.keys,
            shared: &self.shared,
            changes: Changes::default(),
            last: self.last,
            known: &self.known,
            newly: Vec::new(),
        };
        let unnamed = self.pair.as_ref().and_then(Pair::unnamed);
        if let Some(theirs) = &unnamed {
            match batch.prepare(&naming(theirs), self.clock.now()) {
                Ok(row) => head = batch.store.insert(head, &row)?,
                Err(Refusal::Database(error)) => return Err(error),
                Err(Refusal::Draft(_)) => {}
            }
        }
        let outcome = work(&mut batch, self.clock.as_ref(), &mut head)?;
        let (changes, last, newly) = (batch.changes, batch.last, batch.newly);
        self.keys.commit()?;
        self.store.commit()?;
        self.head = Some(head);
        self.shared.set_head(head);
        if let (Some(pair), Some((_, theirs))) = (&mut self.pair, unnamed) {
            pair.has_named(theirs);
        }
        self.last = last;
        self.known.extend(newly);
        self.since_checkpoint += head.seq - before.seq;
        self.shared.change(|grants| grants.apply(changes));
        Ok(outcome)
    }

    fn failed(&self, error: &rusqlite::Error) {
        self.shared.set_ready(false);
        tracing::error!(%error, "the ledger cannot be written");
    }

    /// Tries to commit something that is no entry: nobody may be sent here while it fails, so
    /// that waiting for the next entry would be waiting for ever.
    fn heal(&self) {
        let begun = self.clock.now();
        self.ready_if(|store| store.probe().is_ok() && self.is_in_time(begun));
    }

    /// Whether what began then did not take longer than a caller waits. Where nothing else can be
    /// written, slow is well enough.
    fn is_in_time(&self, begun: Moment) -> bool {
        let took = self.clock.now().since_boot.saturating_sub(begun.since_boot);
        self.pair.as_ref().is_none_or(|pair| took < pair.in_time)
    }

    /// Ready again once a commit succeeds and the reserve is there.
    fn ready_if(&self, commits: impl FnOnce(&Store) -> bool) {
        if self.shared.is_ready() {
            return;
        }
        let well = commits(&self.store) && self.reserve.restore().is_ok();
        self.shared.set_ready(well);
    }

    /// Has the write-ahead logs moved into their files.
    fn tidy(&mut self) {
        self.since_checkpoint = 0;
        if self.tidier.is_behind() {
            return self.checkpoint();
        }
        self.tidier.ring();
        // Few keys are made: hardly anything stands in their log.
        if let Err(error) = self.keys.checkpoint() {
            untidy(&error);
        }
    }

    /// Moves them itself.
    fn checkpoint(&self) {
        let done = self.store.checkpoint();
        if let Err(error) = done.and_then(|()| self.keys.checkpoint()) {
            untidy(&error);
        }
    }
}

impl Drop for Writer {
    /// However the thread ends: without it nothing can be recorded.
    fn drop(&mut self) {
        self.shared.set_ready(false);
    }
}

fn is_disk_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
}
