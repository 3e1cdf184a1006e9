//! One flight per facility, person and source: however many ask, the source is asked once, and the
//! answer reaches the cache even where all who asked have left.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::{sync::watch, time::Instant};
use tokio_util::task::TaskTracker;

use super::Refused;
use crate::{
    cache::{Age, Cache, Key, Stored, Turn},
    domain::{
        access::{FacilityId, Person},
        clock::{Clock, Moment},
        failure::Failure,
        record::{Record, Records},
        section::SourceName,
    },
    sources::{Fetched, Refreshed, Sources},
};

/// A source that just failed is not asked again about the same person in the background for this
/// long.
const PAUSE: Duration = Duration::from_secs(1);
/// How many failures and refusals are remembered at once.
const REMEMBERED: usize = 1_024;

/// How a flight stands.
#[derive(Clone, Debug)]
pub(super) enum Landing {
    /// The source has not answered yet.
    Flying,
    /// There is an answer; where another node's was a little old, a newer one may follow.
    Answered(Arc<Stored>),
    /// There is none.
    Failed {
        /// Why.
        failure: Failure,
        /// When that was decided, on the deadline's clock.
        since: Instant,
    },
}

/// What a flight is for.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    pub(super) key: Key,
    pub(super) facility: FacilityId,
    pub(super) source: SourceName,
    pub(super) person: Arc<Person>,
}

/// Refusals that no entry holds yet.
type Refusals = BTreeMap<Key, Waiting>;

/// What was refused in one source's answers about one person.
struct Waiting {
    /// When the first of them was met.
    since: Instant,
    to: Destination,
    whys: Vec<String>,
}

impl Waiting {
    fn into_refused(self) -> impl Iterator<Item = Refused> {
        let to = self.to;
        self.whys.into_iter().map(move |why| Refused {
            facility: to.facility.clone(),
            person: Arc::clone(&to.person),
            source: to.source,
            why,
        })
    }
}

/// All flights of this process. Cloning shares them.
#[derive(Clone)]
pub(super) struct Flights {
    sources: Sources,
    cache: Cache,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
    running: Arc<Mutex<BTreeMap<Key, watch::Receiver<Landing>>>>,
    refusals: Arc<Mutex<Refusals>>,
    down: Arc<Mutex<BTreeSet<SourceName>>>,
    looking: Arc<watch::Sender<usize>>,
}

/// A look that waits for a source, for as long as it waits.
struct Looking(Arc<watch::Sender<usize>>);

impl Looking {
    fn begin(looking: &Arc<watch::Sender<usize>>) -> Self {
        looking.send_modify(|count| *count += 1);
        Self(Arc::clone(looking))
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Flights {
    pub(super) fn new(
        sources: Sources,
        cache: Cache,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
    ) -> Self {
        Self {
            sources,
            cache,
            clock,
            tasks,
            running: Arc::default(),
            refusals: Arc::default(),
            down: Arc::default(),
            looking: Arc::default(),
        }
    }

    /// The sources whose last answer was an outage.
    pub(super) fn down(&self) -> BTreeSet<SourceName> {
        lock(&self.down).clone()
    }

    /// Waits until no look waits for a source, `until` at the longest; whether it came to that.
    pub(super) async fn idle(&self, until: Instant) -> bool {
        let mut looking = self.looking.subscribe();
        let idle = looking.wait_for(|count| *count == 0);
        matches!(tokio::time::timeout_at(until, idle).await, Ok(Ok(_)))
    }

    /// As [`Self::wait`] for a look: whatever is fetched ahead gives way meanwhile.
    pub(super) async fn look(
        &self,
        to: &Destination,
        since: Instant,
        until: Instant,
    ) -> Option<Result<Arc<Stored>, Failure>> {
        let _looking = Looking::begin(&self.looking);
        self.wait(to, since, until).await
    }

    /// Waits for the source until `until`. A failure since `since` counts as this asker's: the
    /// second step of one answer does not ask again what has just failed. `None` if nothing is
    /// decided in time.
    pub(super) async fn wait(
        &self,
        to: &Destination,
        since: Instant,
        until: Instant,
    ) -> Option<Result<Arc<Stored>, Failure>> {
        let is_decided = |landing: &Landing| !matches!(landing, Landing::Flying);
        self.landing(to, since, until, is_decided).await
    }

    /// As [`Self::wait`], but until the source itself has answered or failed: what another node's
    /// answer of a little ago stands in for is not enough.
    pub(super) async fn fetched(
        &self,
        to: &Destination,
        since: Instant,
        until: Instant,
    ) -> Option<Result<Arc<Stored>, Failure>> {
        let is_over = |landing: &Landing| match landing {
            Landing::Flying => false,
            Landing::Answered(stored) => self.cache.age(stored) == Age::Fresh,
            Landing::Failed { .. } => true,
        };
        self.landing(to, since, until, is_over).await
    }

    async fn landing(
        &self,
        to: &Destination,
        since: Instant,
        until: Instant,
        is_enough: impl Fn(&Landing) -> bool,
    ) -> Option<Result<Arc<Stored>, Failure>> {
        let mut flight = self.join(to, since);
        let landing = tokio::time::timeout_at(until, flight.wait_for(is_enough))
            .await
            .ok()?
            .map(|landing| landing.clone());
        match landing {
            Ok(Landing::Answered(stored)) => Some(Ok(stored)),
            Ok(Landing::Failed { failure, .. }) => Some(Err(failure)),
            // The flight ended without a word: it was aborted.
            Ok(Landing::Flying) | Err(_) => Some(Err(Failure::Down)),
        }
    }

    /// Asks the source again in the background.
    pub(super) fn refresh(&self, to: &Destination) {
        let since = Instant::now()
            .checked_sub(PAUSE)
            .unwrap_or_else(Instant::now);
        drop(self.join(to, since));
    }

    /// Whether anything was refused that is in no entry yet.
    pub(super) fn has_refusals(&self) -> bool {
        !lock(&self.refusals).is_empty()
    }

    /// Takes what was refused for `key` and is in no entry yet.
    pub(super) fn take_refusals(&self, key: &Key) -> Vec<Refused> {
        lock(&self.refusals)
            .remove(key)
            .map(|waiting| waiting.into_refused().collect())
            .unwrap_or_default()
    }

    /// Takes what has waited for its entry at least for `span`.
    pub(super) fn overdue_refusals(&self, span: Duration) -> Vec<Refused> {
        let mut refusals = lock(&self.refusals);
        let (overdue, young) = std::mem::take(&mut *refusals)
            .into_iter()
            .partition(|(_, waiting)| waiting.since.elapsed() >= span);
        *refusals = young;
        overdue
            .into_values()
            .flat_map(Waiting::into_refused)
            .collect()
    }

    /// The flight to `to`: the running one, the one that failed since `since`, or a new one.
    fn join(&self, to: &Destination, since: Instant) -> watch::Receiver<Landing> {
        let mut running = lock(&self.running);
        if let Some(flight) = running.get(&to.key) {
            let joinable = match &*flight.borrow() {
                // Without a sender it was aborted, or its answer is in the cache.
                Landing::Flying | Landing::Answered(_) => flight.has_changed().is_ok(),
                Landing::Failed { since: failed, .. } => *failed >= since,
            };
            if joinable {
                metrics::counter!("flights_total", "source" => to.source.word(), "kind" => "joined")
                    .increment(1);
                return flight.clone();
            }
        }
        if running.len() >= REMEMBERED {
            running.retain(|_, flight| !matches!(&*flight.borrow(), Landing::Failed { .. }));
        }
        let (sender, receiver) = watch::channel(Landing::Flying);
        running.insert(to.key, receiver.clone());
        metrics::counter!("flights_total", "source" => to.source.word(), "kind" => "new")
            .increment(1);
        let flights = self.clone();
        let to = to.clone();
        self.tasks
            .spawn(async move { flights.fly(&to, &sender).await });
        receiver
    }

    async fn fly(&self, to: &Destination, sender: &watch::Sender<Landing>) {
        // What is asked of Redis before the source is asked shares one bound.
        let until = self.cache.shared_until();
        let held = self.cache.recall(&to.key, until).await;
        match held.map(|held| (self.cache.age(&held), held)) {
            Some((Age::Fresh, held)) => return self.land(to, sender, held),
            Some((Age::Stale, held)) => {
                sender.send_replace(Landing::Answered(held));
            }
            Some((Age::Doubtful | Age::Expired, _)) | None => {}
        }
        let life = self.sources.answer();
        let turn = self.cache.take_turn(&to.key, life, until).await;
        if matches!(turn, Turn::Others)
            && let Some(found) = self.cache.others(&to.key).await
        {
            metrics::counter!("flights_total", "source" => to.source.word(), "kind" => "other_node")
                .increment(1);
            return self.land(to, sender, found);
        }
        self.ask(to, sender).await;
        self.cache.give_back(&to.key, turn).await;
    }

    /// From here on the cache answers.
    fn land(&self, to: &Destination, sender: &watch::Sender<Landing>, stored: Arc<Stored>) {
        sender.send_replace(Landing::Answered(stored));
        lock(&self.running).remove(&to.key);
    }

    async fn ask(&self, to: &Destination, sender: &watch::Sender<Landing>) {
        let until = Instant::now() + self.sources.answer();
        let earlier = self.cache.get(&to.key).await;
        let earlier = earlier.map(|earlier| (Arc::clone(&earlier), earlier.at.wall));
        match self
            .sources
            .refresh(to.source, &to.person, earlier, until)
            .await
        {
            Ok(refreshed) => {
                lock(&self.down).remove(&to.source);
                let stored = match refreshed {
                    Refreshed::Fetched(fetched) => match self.worse(to, &fetched).await {
                        Some(failure) => {
                            self.refuse(to, fetched.refusals);
                            return fail(sender, failure);
                        }
                        None => self.keep(to, fetched).await,
                    },
                    Refreshed::Unchanged(earlier, at) => self.keep_on(&earlier, at).await,
                };
                self.land(to, sender, Arc::clone(&stored));
                self.cache.share(stored).await;
            }
            Err(failure) => {
                if failure.is_outage() {
                    lock(&self.down).insert(to.source);
                }
                if failure.is_refusal() {
                    self.refuse(to, vec![failure.to_string()]);
                }
                fail(sender, failure);
            }
        }
    }

    /// Why an answer is not kept in the place of the one there is: part of it failed, all that did
    /// come is in the whole one, and that may still be shown, with its age. Where anything new came,
    /// it is kept, with what failed: an allergy of today outweighs yesterday's results.
    async fn worse(&self, to: &Destination, fetched: &Fetched) -> Option<Failure> {
        let (_, failure) = fetched.failed.first()?;
        let held = self.cache.get(&to.key).await?;
        let is_better = !held.is_doubtful()
            && self.cache.age(&held) < Age::Expired
            && has_all(&held.records, &fetched.records);
        is_better.then_some(*failure)
    }

    async fn keep(&self, to: &Destination, mut fetched: Fetched) -> Arc<Stored> {
        self.refuse(to, std::mem::take(&mut fetched.refusals));
        let now = self.clock.now();
        self.cache
            .put(Stored {
                key: to.key,
                records: Arc::new(fetched.records),
                subject: fetched.subject,
                at: Moment {
                    wall: fetched.at,
                    since_boot: now.since_boot,
                },
                more_at_source: fetched.more_at_source,
                failed: fetched.failed,
                bytes: fetched.bytes,
            })
            .await
    }

    /// Keeps an answer that is still the same, as of then.
    async fn keep_on(&self, earlier: &Stored, at: DateTime<Utc>) -> Arc<Stored> {
        let since_boot = self.clock.now().since_boot;
        let at = Moment {
            wall: at,
            since_boot,
        };
        let stored = Stored {
            at,
            ..earlier.clone()
        };
        self.cache.put(stored).await
    }

    /// Says in log and metrics what was refused, and keeps it for the ledger.
    pub(super) fn refuse(&self, to: &Destination, refusals: Vec<String>) {
        if refusals.is_empty() {
            return;
        }
        let source = to.source.word();
        metrics::counter!("source_refusals_total", "source" => source).increment(1);
        tracing::warn!(source, ?refusals, "refused in a source's answer");
        self.wait_to_be_recorded(to, refusals);
    }

    /// Keeps refusals for the ledger.
    pub(super) fn wait_to_be_recorded(&self, to: &Destination, refusals: Vec<String>) {
        let mut waiting = lock(&self.refusals);
        if waiting.len() >= REMEMBERED {
            let oldest = waiting
                .iter()
                .min_by_key(|(_, waiting)| waiting.since)
                .map(|(key, _)| *key);
            if let Some(oldest) = oldest {
                waiting.remove(&oldest);
            }
        }
        let whys = &mut waiting
            .entry(to.key)
            .or_insert_with(|| Waiting {
                since: Instant::now(),
                to: to.clone(),
                whys: Vec::new(),
            })
            .whys;
        for refusal in refusals {
            // A source asked again and again while the ledger cannot be written says the same.
            if !whys.contains(&refusal) {
                whys.push(refusal);
            }
        }
    }
}

/// Whether these records hold every one of those, as it is.
fn has_all(records: &Records, those: &Records) -> bool {
    let mut known: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in &records.records {
        known.entry(&record.resource).or_default().push(record);
    }
    let is_known = |record: &Record| {
        let same = known.get(record.resource.as_str());
        same.is_some_and(|same| same.contains(&record))
    };
    those.records.iter().all(is_known)
        && those
            .statements
            .iter()
            .all(|statement| records.statements.contains(statement))
}

/// Whoever already took an older answer keeps it.
fn fail(sender: &watch::Sender<Landing>, failure: Failure) {
    let since = Instant::now();
    sender.send_replace(Landing::Failed { failure, since });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
