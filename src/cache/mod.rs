//! Floor 2: what sources answered, kept for a while, sealed outside this process.
//!
//! May name: `domain`. Never: `sources`, `ledger`, `registry`, anything above.

mod key;
mod shared;
#[cfg(test)]
mod tests;

pub use key::{Key, KeyRing};

use std::{borrow::Cow, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{
    access::{FacilityId, Person},
    clock::{Clock, Moment},
    entropy::Entropy,
    failure::Failure,
    record::Records,
    section::{SectionName, SourceName},
};

/// Nothing is kept longer than this, not even for the day its source is down.
const LONGEST: Duration = Duration::from_hours(72);
/// Bytes in memory for each byte that came.
const MEMORY_PER_BYTE: usize = 2;
/// Bytes that even an empty answer takes.
const OVERHEAD: usize = 1_024;

/// How much is kept, how long, and where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes in this process.
    pub bytes: u64,
    /// Until then a record is fresh (10 minutes).
    pub soft: Duration,
    /// Until then it may be shown with its age; older only if the source is down (24 hours).
    pub hard: Duration,
    /// How long a partly failed answer, or the answer that a source knows no such patient, is
    /// fresh (15 seconds).
    pub doubtful: Duration,
    /// The Redis server shared by the nodes, where there is one.
    pub redis: Option<String>,
    /// How long one call to it may take (20 ms).
    pub redis_wait: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bytes: 256 * 1024 * 1024,
            soft: Duration::from_mins(10),
            hard: Duration::from_hours(24),
            doubtful: Duration::from_secs(15),
            redis: None,
            redis_wait: Duration::from_millis(20),
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

/// How old a kept answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// Within its soft life.
    Fresh,
    /// Within its hard life: shown with its age while the source is asked again.
    Stale,
    /// Shown only where the source has not given a better one in time.
    Doubtful,
    /// Past its hard life: shown only where the source is down.
    Expired,
}

/// The value as it is sealed.
#[derive(Serialize, Deserialize)]
struct Outside<'a> {
    key: [u8; 32],
    at: DateTime<Utc>,
    subject: Option<Cow<'a, str>>,
    more_at_source: Cow<'a, [SectionName]>,
    failed: Cow<'a, [(SectionName, Failure)]>,
    records: Cow<'a, Records>,
}

/// The cache. Cloning shares it.
#[derive(Clone)]
pub struct Cache {
    memory: moka::future::Cache<Key, Arc<Stored>>,
    shared: Option<shared::Shared>,
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
            .as_deref()
            .map(|address| shared::Shared::new(address, settings.redis_wait))
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

    /// What this process holds.
    pub async fn get(&self, key: &Key) -> Option<Arc<Stored>> {
        self.memory
            .get(key)
            .await
            .filter(|stored| stored.key == *key)
    }

    /// What this process or another node holds, whichever is newer. Never takes longer than the
    /// bound on Redis and never fails.
    pub async fn recall(&self, key: &Key, source: SourceName) -> Option<Arc<Stored>> {
        let held = self.get(key).await;
        let Some(shared) = &self.shared else {
            return held;
        };
        let Some(sealed) = shared.get(&key.0).await else {
            return held;
        };
        let cache = self.clone();
        let key = *key;
        // Megabytes may have to be opened and read: not on a request thread.
        let opened = tokio::task::spawn_blocking(move || cache.open(&key, source, &sealed)).await;
        let Ok(Some(found)) = opened else {
            metrics::counter!("cache_refused_total", "source" => source.word()).increment(1);
            tracing::warn!(
                source = source.word(),
                "a value in the shared cache was refused"
            );
            return held;
        };
        match held {
            Some(held) if held.at.wall >= found.at.wall => Some(held),
            Some(_) | None => {
                let found = Arc::new(found);
                self.memory.insert(key, Arc::clone(&found)).await;
                Some(found)
            }
        }
    }

    /// Keeps an answer in this process.
    pub async fn put(&self, stored: Stored) -> Arc<Stored> {
        let stored = Arc::new(stored);
        self.memory.insert(stored.key, Arc::clone(&stored)).await;
        stored
    }

    /// Gives an answer to the other nodes. A whole answer there is not replaced by a doubtful one.
    pub async fn share(&self, source: SourceName, stored: Arc<Stored>) {
        let Some(shared) = &self.shared else { return };
        if stored.is_doubtful() {
            return;
        }
        let cache = self.clone();
        let key = stored.key;
        let sealed = tokio::task::spawn_blocking(move || cache.seal(source, &stored)).await;
        if let Ok(Some(sealed)) = sealed {
            shared.put(&key.0, sealed, LONGEST).await;
        }
    }

    /// How old an answer is now.
    #[must_use]
    pub fn age(&self, stored: &Stored) -> Age {
        let now = self.clock.now();
        // An answer from the future is of unknown age.
        let ahead = stored.at.wall.signed_duration_since(now.wall);
        if ahead > chrono::Duration::minutes(1) || now.has_passed(stored.at, self.settings.hard) {
            return Age::Expired;
        }
        if stored.is_doubtful() {
            return if now.has_passed(stored.at, self.settings.doubtful) {
                Age::Doubtful
            } else {
                Age::Fresh
            };
        }
        if now.has_passed(stored.at, self.settings.soft) {
            Age::Stale
        } else {
            Age::Fresh
        }
    }

    /// The value for the world outside. The place of a more compact layout: JSON costs about twice
    /// its room.
    fn seal(&self, source: SourceName, stored: &Stored) -> Option<Vec<u8>> {
        let outside = Outside {
            key: stored.key.0,
            at: stored.at.wall,
            subject: stored.subject.as_deref().map(Cow::Borrowed),
            more_at_source: Cow::Borrowed(&stored.more_at_source),
            failed: Cow::Borrowed(&stored.failed),
            records: Cow::Borrowed(&stored.records),
        };
        let plain = serde_json::to_vec(&outside).ok()?;
        self.ring.seal(&stored.key, source, &plain, &*self.entropy)
    }

    fn open(&self, key: &Key, source: SourceName, sealed: &[u8]) -> Option<Stored> {
        let plain = self.ring.open(key, source, sealed).ok()?;
        let outside: Outside<'_> = serde_json::from_slice(&plain).ok()?;
        (outside.key == key.0).then(|| Stored {
            key: *key,
            records: Arc::new(outside.records.into_owned()),
            subject: outside.subject.map(Cow::into_owned),
            at: since_boot(outside.at, self.clock.now()),
            more_at_source: outside.more_at_source.into_owned(),
            failed: outside.failed.into_owned(),
            bytes: plain.len(),
        })
    }
}

/// Another node's time on this machine's clocks.
fn since_boot(at: DateTime<Utc>, now: Moment) -> Moment {
    let age = now
        .wall
        .signed_duration_since(at)
        .to_std()
        .unwrap_or(Duration::ZERO);
    Moment {
        wall: at,
        since_boot: now.since_boot.saturating_sub(age),
    }
}

/// About how many bytes an answer takes in memory.
fn weight(stored: &Stored) -> u32 {
    let bytes = stored
        .bytes
        .saturating_mul(MEMORY_PER_BYTE)
        .saturating_add(OVERHEAD);
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
