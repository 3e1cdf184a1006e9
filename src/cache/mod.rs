//! Floor 2: what sources answered, kept for a while, sealed outside this process.
//!
//! May name: `domain`. Never: `sources`, `ledger`, `registry`, anything above.

mod key;
mod layout;
mod life;
mod shared;
#[cfg(test)]
mod tests;

pub use key::{Key, KeyRing, Whose};
pub use life::{Age, LONGEST, Life, Lives};
pub use shared::{Form, Redis};

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::domain::{
    access::{FacilityId, Person},
    clock::{Clock, Moment},
    entropy::{Entropy, random},
    failure::Failure,
    patient::MemberNumber,
    record::Records,
    section::{SectionName, SourceName},
};
use shared::{Lock, Shared, Told};

/// As far as clocks of other nodes may be ahead.
const FAST: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

/// Bytes in memory for each byte that came.
const MEMORY_PER_BYTE: usize = 2;
/// Bytes that even an empty answer takes.
const OVERHEAD: usize = 1_024;
/// Bytes of an answer that is sealed and opened in less than a tenth of a millisecond or so.
const USUAL: usize = 64 * 1024;
/// How often is looked whether another node has brought what it went for.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// What must be gone from Redis is waited for this long: nobody at a bedside waits.
const FORGOTTEN: Duration = Duration::from_secs(2);

/// How much is kept, how long, and where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes in this process.
    pub bytes: u64,
    /// How long answers are good for.
    pub lives: Lives,
    /// The Redis shared by the nodes, where there is one.
    pub redis: Option<Redis>,
    /// How long asking it may take (20 ms).
    pub redis_wait: Duration,
    /// How long is waited for what another node is already fetching (100 ms).
    pub other_wait: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bytes: 256 * 1024 * 1024,
            lives: Lives::default(),
            redis: None,
            redis_wait: Duration::from_millis(20),
            other_wait: Duration::from_millis(100),
        }
    }
}

/// One source's answer about one person for one facility.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The name it belongs under; compared whenever it is read.
    pub key: Key,
    /// What the source sent.
    pub records: Arc<Records>,
    /// The patient as the source names it; `None` where it knows no such patient.
    pub subject: Option<String>,
    /// When the answer was complete.
    pub at: Moment,
    /// Sections for which the source has more.
    pub more_at_source: Vec<SectionName>,
    /// Sections whose own search failed.
    pub failed: Vec<(SectionName, Failure)>,
    /// Bytes it took to bring it here: what the cache reckons with.
    pub bytes: usize,
}

impl Stored {
    /// Whether this is less than the source's whole answer about a patient it knows.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        !self.failed.is_empty() || self.subject.is_none()
    }
}

/// The right of this node to ask a source for all nodes; given back by [`Cache::give_back`].
#[derive(Debug)]
pub enum Turn {
    /// This node asks; others wait for it a little.
    Own(Token),
    /// Another node asks already.
    Others,
    /// Every node asks for itself.
    Unknown,
}

/// What tells this node's right from another's.
#[derive(Debug)]
pub struct Token([u8; 16]);

/// The cache. Cloning shares it.
#[derive(Clone)]
pub struct Cache {
    memory: moka::future::Cache<Key, Arc<Stored>>,
    shared: Option<Shared>,
    ring: Arc<KeyRing>,
    settings: Arc<Settings>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Cache {
    /// Sets the cache up. With Redis it needs a running tokio runtime.
    ///
    /// # Errors
    /// In words, where the address of Redis is not usable. A Redis that does not answer is no
    /// error.
    pub fn new(
        settings: Settings,
        ring: KeyRing,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, String> {
        let shared = settings
            .redis
            .clone()
            .map(|redis| Shared::new(redis, settings.redis_wait))
            .transpose()?;
        let memory = moka::future::Cache::builder()
            .max_capacity(settings.bytes)
            // The newest is always taken in: it is what the late answer of a page is made of.
            .eviction_policy(moka::policy::EvictionPolicy::lru())
            .weigher(|_, stored: &Arc<Stored>| weight(stored))
            .time_to_live(LONGEST)
            .build();
        Ok(Self {
            memory,
            shared,
            ring: Arc::new(ring),
            settings: Arc::new(settings),
            clock,
            entropy,
        })
    }

    /// The name of `source`'s answer about `person` for `facility`.
    #[must_use]
    pub fn key(&self, facility: &FacilityId, source: SourceName, person: &Person) -> Key {
        self.ring.key(facility, source, person)
    }

    /// The same of several sources.
    #[must_use]
    pub fn keys<const N: usize>(
        &self,
        facility: &FacilityId,
        sources: [SourceName; N],
        person: &Person,
    ) -> [Key; N] {
        self.ring.keys(facility, sources, person)
    }

    /// Under what everything about a patient is kept for `facility`.
    #[must_use]
    pub fn whose(&self, facility: &FacilityId, number: &MemberNumber) -> Whose {
        self.ring.whose(facility, number)
    }

    /// What this process holds.
    pub async fn get(&self, key: &Key) -> Option<Arc<Stored>> {
        self.memory
            .get(key)
            .await
            .filter(|stored| stored.key == *key)
    }

    /// Keeps an answer in this process.
    pub async fn put(&self, stored: Stored) -> Arc<Stored> {
        let stored = Arc::new(stored);
        self.memory.insert(stored.key, Arc::clone(&stored)).await;
        stored
    }

    /// Until when Redis may take with whatever is asked of it from now on.
    #[must_use]
    pub fn shared_until(&self) -> Instant {
        Instant::now() + self.settings.redis_wait
    }

    /// What this process or another node holds, whichever is newer. Not later than `until` where
    /// Redis is concerned, and never fails.
    pub async fn recall(&self, key: &Key, until: Instant) -> Option<Arc<Stored>> {
        let held = self.get(key).await;
        let Some(shared) = &self.shared else {
            read(key.source, held.as_ref().map(|_| "memory"));
            return held;
        };
        let found = match shared.get(key, until).await {
            Some(sealed) => self.opened(key, sealed, until).await,
            None => None,
        };
        let (newer, level) = match (held, found) {
            (Some(held), Some(found)) if held.at.wall >= found.at.wall => (Some(held), "memory"),
            (_, Some(found)) => {
                self.memory.insert(*key, Arc::clone(&found)).await;
                (Some(found), "shared")
            }
            (held, None) => (held, "memory"),
        };
        read(key.source, newer.as_ref().map(|_| level));
        newer
    }

    /// Asks for the right to fetch for all nodes; a flight that does not end in `life` loses it.
    pub async fn take_turn(&self, key: &Key, life: Duration, until: Instant) -> Turn {
        let Some(shared) = &self.shared else {
            return Turn::Unknown;
        };
        let token = Token(random(&*self.entropy));
        match shared.lock(key, &token.0, life, until).await {
            Lock::Own => Turn::Own(token),
            Lock::Others => Turn::Others,
            Lock::Unknown => Turn::Unknown,
        }
    }

    /// Gives the right back, whatever came of it.
    pub async fn give_back(&self, key: &Key, turn: Turn) {
        if let (Some(shared), Turn::Own(token)) = (&self.shared, turn) {
            shared.unlock(key, &token.0, self.shared_until()).await;
        }
    }

    /// A fresh answer that another node is fetching: `None` where it gave up, has taken too long
    /// already, or cannot be seen.
    pub async fn others(&self, key: &Key) -> Option<Arc<Stored>> {
        let shared = self.shared.as_ref()?;
        let longest = Instant::now() + self.settings.other_wait;
        while Instant::now() < longest {
            let until = self.shared_until().min(longest);
            let seen = shared.see(key, until).await?;
            if let Some(sealed) = seen.value
                && let Some(found) = self.opened(key, sealed, until).await
                && self.age(&found) == Age::Fresh
            {
                self.memory.insert(*key, Arc::clone(&found)).await;
                return Some(found);
            }
            if !seen.is_locked {
                return None;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        None
    }

    /// Gives an answer to the other nodes. A whole answer there is not replaced by a doubtful one.
    pub async fn share(&self, stored: Arc<Stored>) {
        let Some(shared) = &self.shared else { return };
        if stored.is_doubtful() {
            return;
        }
        let (cache, key) = (self.clone(), stored.key);
        let bytes = stored.bytes;
        if let Some(sealed) = aside(bytes, move || cache.seal(&stored)).await {
            let life = self.settings.lives.of(key.source).hard;
            shared.put(&key, sealed, life, self.shared_until()).await;
        }
    }

    /// Notes that an answer in memory was enough.
    pub fn was_at_hand(&self, source: SourceName) {
        read(source, Some("memory"));
    }

    /// Forgets everything about a patient of a facility, here and for all nodes: how many answers
    /// were here, and whether Redis said that it holds nothing any more. What is just being fetched
    /// is kept when it comes.
    pub async fn forget(&self, whose: Whose) -> (usize, bool) {
        let forgotten = self.forget_here(whose).await;
        let Some(shared) = &self.shared else {
            return (forgotten, true);
        };
        let is_gone = shared.forget(whose, Instant::now() + FORGOTTEN).await;
        // Once more: a look may have taken it from Redis again before it was gone there.
        (forgotten + self.forget_here(whose).await, is_gone)
    }

    /// Rings a bell that every node hears: something has changed that they share elsewhere. It may be
    /// missed.
    pub async fn ring(&self) {
        if let Some(shared) = &self.shared {
            shared.ring(self.shared_until()).await;
        }
    }

    /// Counts how often any node has rung, until the node stops; without Redis nobody is heard.
    pub async fn hear(self, rung: watch::Sender<u64>, stop: CancellationToken) {
        if let Some(redis) = &self.settings.redis {
            shared::bell::hear(redis, &rung, &stop).await;
        }
    }

    /// Forgets everything about a patient of a facility in this process.
    pub async fn forget_here(&self, whose: Whose) -> usize {
        let mut forgotten = 0;
        for (key, _) in &self.memory {
            if key.whose == whose {
                self.memory.invalidate(&*key).await;
                metrics::counter!("cache_evicted_total", "why" => "forgotten").increment(1);
                forgotten += 1;
            }
        }
        forgotten
    }

    /// Whom other nodes were told to forget since this was last asked; where that cannot be told any
    /// more, everybody of whom anything is here.
    pub async fn forgotten_elsewhere(&self) -> Vec<Whose> {
        let Some(shared) = &self.shared else {
            return Vec::new();
        };
        let told = shared.forgotten(self.shared_until()).await;
        let Told {
            mut whose,
            is_first,
            has_gap,
        } = told.unwrap_or_default();
        if is_first || has_gap {
            let held: BTreeSet<Whose> = self.memory.iter().map(|(key, _)| key.whose).collect();
            if has_gap {
                tracing::warn!("what was to be forgotten is not known: everything is");
                return held.into_iter().collect();
            }
            whose.retain(|one| held.contains(one));
        }
        whose
    }

    /// Lets go of what is past its hard life, except of patients in `open` and of sources that are
    /// `down`; says how much is held.
    pub async fn sweep(&self, open: &BTreeSet<Whose>, down: &BTreeSet<SourceName>) {
        let now = self.clock.now();
        let mut prolonged = 0;
        for (key, stored) in &self.memory {
            let hard = self.settings.lives.of(key.source).hard;
            let is_kept = open.contains(&key.whose) || down.contains(&key.source);
            let is_over = now.has_passed(stored.at, LONGEST);
            if is_over || (!is_kept && self.age(&stored) == Age::Expired) {
                self.memory.invalidate(&*key).await;
                metrics::counter!("cache_evicted_total", "why" => "hard_life").increment(1);
            } else if is_kept
                && prolonged < life::PROLONGED_AT_ONCE
                && now.left_of(stored.at, hard) < life::NEARLY_OVER
                && let Some(shared) = &self.shared
            {
                prolonged += 1;
                let until = self.shared_until();
                shared.prolong(&key, life::NEARLY_OVER * 2, until).await;
            }
        }
        self.memory.run_pending_tasks().await;
        #[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
        {
            metrics::gauge!("cache_memory_bytes").set(self.memory.weighted_size() as f64);
            metrics::gauge!("cache_memory_entries").set(self.memory.entry_count() as f64);
        }
    }

    /// How old an answer is now.
    #[must_use]
    pub fn age(&self, stored: &Stored) -> Age {
        self.settings.lives.age(stored, self.clock.now())
    }

    fn seal(&self, stored: &Stored) -> Option<Vec<u8>> {
        let plain = layout::bytes(stored)?;
        self.ring.seal(&stored.key, &plain, &*self.entropy)
    }

    /// What another node sealed. What does not open, or is not what it should be, is taken away:
    /// else every look would meet it again.
    async fn opened(&self, key: &Key, sealed: Vec<u8>, until: Instant) -> Option<Arc<Stored>> {
        let (cache, own) = (self.clone(), *key);
        let bytes = sealed.len();
        if let Some(found) = aside(bytes, move || cache.open(&own, &sealed)).await {
            let now = self.clock.now();
            if now.has_passed(found.at, LONGEST) {
                if let Some(shared) = &self.shared {
                    shared.remove(key, until).await;
                }
                return None;
            }
            // What another clock dated after now would stand before every newer one. It stays for
            // the others: this clock may be the wrong one.
            let ahead = found.at.wall.signed_duration_since(now.wall);
            return (ahead <= FAST).then(|| Arc::new(found));
        }
        let source = key.source.word();
        metrics::counter!("cache_refused_total", "source" => source).increment(1);
        tracing::warn!(
            source,
            "a value in the shared cache was refused and removed"
        );
        if let Some(shared) = &self.shared {
            shared.remove(key, until).await;
        }
        None
    }

    fn open(&self, key: &Key, sealed: &[u8]) -> Option<Stored> {
        let plain = self.ring.open(key, sealed).ok()?;
        layout::read(key, &plain, self.clock.now())
    }
}

/// Does what takes its time with `bytes`: with megabytes not on a thread that answers requests, with
/// a usual answer here, since going elsewhere takes longer.
async fn aside<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> Option<T> + Send + 'static,
) -> Option<T> {
    if bytes <= USUAL {
        return work();
    }
    tokio::task::spawn_blocking(work).await.ok().flatten()
}

/// Counts where an answer was found.
fn read(source: SourceName, level: Option<&'static str>) {
    let level = level.unwrap_or("none");
    metrics::counter!("cache_reads_total", "source" => source.word(), "level" => level)
        .increment(1);
}

/// About how many bytes an answer takes in memory.
fn weight(stored: &Stored) -> u32 {
    let bytes = stored
        .bytes
        .saturating_mul(MEMORY_PER_BYTE)
        .saturating_add(OVERHEAD);
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
