//! Floor 3: how each part of this node does, looked at every few seconds, with the last hour.
//!
//! May name: `domain`, `ledger`, `outbox`, `registry`. Never: `access`, `summary`, `web`.
//!
//! Whoever asks gets the last [`Picture`] at once, from memory: nothing is asked of any part while a
//! page waits, so that the page comes also where parts hang. Everything is counted or in words;
//! nothing names a patient, and of people there are only numbers of each facility.

mod certificates;
mod look;
mod numbers;
mod past;
mod standing;
#[cfg(test)]
mod tests;
mod written;

pub use certificates::{Certificates, Ends};
pub use look::{Parts, Text};
pub use numbers::Span;
pub use past::{Minute, SourceMinute};
pub use standing::{Level, Standing, Why};
pub use written::{Second, Written};

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::domain::{
    access::FacilityId,
    clock::{Clock, Moment},
    section::SourceName,
};
use crate::outbox::Seen;
use look::Looker;

/// How often every part is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// A picture older than this is none of the present.
pub const STALE: Duration = Duration::from_secs(30);

/// Every source, in the order of the pages.
pub const SOURCES: [SourceName; 4] = [
    SourceName::Identity,
    SourceName::Emr,
    SourceName::Eprescription,
    SourceName::Claims,
];

/// A part of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The pages themselves.
    Pages,
    /// Entries made durable.
    Ledger,
    /// The ledger on another device that takes over, with its checkpoints, archive and disk.
    Second,
    /// Signed statements of size and root.
    Checkpoints,
    /// Who cosigns them.
    Witness,
    /// The copy of the ledger in PostgreSQL.
    Archive,
    /// The disk under the ledger.
    Disk,
    /// Accounts, terminals, sessions.
    Registry,
    /// Certificates of this service, of terminals and of who vouches for them.
    Certificates,
    /// What is said outside.
    Notices,
    /// The wall clock.
    Clock,
    /// What this process keeps of the sources.
    Cache,
    /// What the nodes share of it.
    Redis,
    /// One of the shared records.
    Source(SourceName),
}

impl Part {
    /// All, in the order of the page.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let own = [
            Self::Pages,
            Self::Ledger,
            Self::Second,
            Self::Checkpoints,
            Self::Witness,
            Self::Archive,
            Self::Disk,
            Self::Registry,
            Self::Certificates,
            Self::Notices,
            Self::Clock,
            Self::Cache,
            Self::Redis,
        ];
        own.into_iter()
            .chain(SOURCES.into_iter().map(Self::Source))
            .collect()
    }

    /// As it stands in the metrics.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Ledger => "ledger",
            Self::Second => "second",
            Self::Checkpoints => "checkpoints",
            Self::Witness => "witness",
            Self::Archive => "archive",
            Self::Disk => "disk",
            Self::Registry => "registry",
            Self::Certificates => "certificates",
            Self::Notices => "notices",
            Self::Clock => "clock",
            Self::Cache => "cache",
            Self::Redis => "redis",
            Self::Source(source) => source.word(),
        }
    }
}

/// A node as it was last looked at.
#[derive(Clone, Debug)]
pub struct Picture {
    /// When it was looked at.
    pub at: Moment,
    /// When the process started.
    pub started: Moment,
    /// How each part does.
    pub standings: BTreeMap<Part, Standing>,
    /// What was seen.
    pub facts: Facts,
    /// The last hour, oldest first; at most 60.
    pub minutes: Vec<Minute>,
}

/// What was seen. `None` is not measured, or not there.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Whether entries can be made durable.
    pub is_recording: bool,
    /// Whether the first of two ledgers cannot be written while the second goes on.
    pub is_one_ledger: bool,
    /// What the first ledger holds.
    pub written: Written,
    /// The second one, where there is or was one.
    pub second: Option<Second>,
    /// Whether the room for a full disk is there.
    pub has_reserve: Option<bool>,
    /// How far the archive is behind, where there is one.
    pub archive: Option<Lag>,
    /// How long the registry took to answer; `None` where it did not.
    pub registry: Option<Duration>,
    /// When the node's copy was taken, where that stands in for a registry that does not answer.
    pub registry_copied: Option<DateTime<Utc>>,
    /// When certificates end, where this process ends TLS.
    pub certificates: Option<Ends>,
    /// Sessions by facility.
    pub sessions: BTreeMap<FacilityId, usize>,
    /// Open grants by facility.
    pub grants: BTreeMap<FacilityId, usize>,
    /// Room on the disk: free, and all there is, in bytes.
    pub disk: Option<(u64, u64)>,
    /// The channels of notices, and whether each is stuck.
    pub channels: Vec<(Seen, bool)>,
    /// The last step of the wall clock, and by how many milliseconds.
    pub step: Option<(Moment, i64)>,
    /// Of the last hour: requests, and how many of them failed here (5xx).
    pub requests: Counted,
    /// How long summary pages took in the last hour: half of them, and 95 of a hundred.
    pub pages: (Option<Span>, Option<Span>),
    /// How sources' parts of summaries were served in the last hour, by freshness.
    pub served: BTreeMap<String, u64>,
    /// Bytes that the cache holds, where it says so.
    pub cache_bytes: Option<u64>,
    /// Values of the shared cache that were refused in the last hour.
    pub cache_refused: u64,
    /// Calls to the shared cache in the last hour, and how many of them failed.
    pub redis: Option<Counted>,
    /// Each connected source.
    pub sources: BTreeMap<SourceName, SourceFacts>,
}

/// How far the archive is behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lag {
    /// Entries that wait.
    pub behind: Option<u64>,
    /// For how long the first of them has.
    pub waits: Option<Duration>,
    /// Whether it is being talked to.
    pub is_connected: bool,
    /// Whether somebody must look.
    pub has_alarm: bool,
}

/// How many, and how many of them failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// All.
    pub all: u64,
    /// Failed.
    pub failed: u64,
}

impl Counted {
    fn since(self, earlier: Self) -> Self {
        Self {
            all: self.all.saturating_sub(earlier.all),
            failed: self.failed.saturating_sub(earlier.failed),
        }
    }

    /// Whether at least one of so many failed.
    const fn is_at_least(self, one_in: u64) -> bool {
        self.failed > 0 && self.failed.saturating_mul(one_in) >= self.all
    }
}

/// What is seen of one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceFacts {
    /// When it was last seen to have answered.
    pub answered: Option<Moment>,
    /// Of the last hour.
    pub asked: Counted,
    /// How long its answers took in the last hour: half of them, and 95 of a hundred.
    pub spans: (Option<Span>, Option<Span>),
    /// Its circuit breaker; `None` where none says how it stands.
    pub breaker: Option<Breaker>,
}

/// How a circuit breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaker {
    /// Calls go through.
    Closed,
    /// A few do, to see whether it is well again.
    HalfOpen,
    /// None do.
    Open,
}

/// How the node does. Cloning shares it.
#[derive(Clone)]
pub struct Health {
    looker: Arc<tokio::sync::Mutex<Looker>>,
    picture: Arc<RwLock<Arc<Picture>>>,
    certificates: Option<Certificates>,
    has_shared_registry: bool,
}

impl Health {
    /// Begins to watch.
    #[must_use]
    pub fn new(parts: Parts, clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        let picture = Picture {
            at: now,
            started: now,
            standings: BTreeMap::new(),
            facts: Facts::default(),
            minutes: Vec::new(),
        };
        Self {
            certificates: parts.certificates.clone(),
            has_shared_registry: parts.has_shared_registry,
            looker: Arc::new(tokio::sync::Mutex::new(Looker::new(parts, clock))),
            picture: Arc::new(RwLock::new(Arc::new(picture))),
        }
    }

    /// The node as it was last looked at; at once.
    #[must_use]
    pub fn picture(&self) -> Arc<Picture> {
        let picture = self.picture.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&picture)
    }

    /// Whether nobody can be known: the registry that nodes share did not answer when it was last
    /// looked at. A file of the node's own may wait for its disk while a second ledger goes on.
    #[must_use]
    pub fn is_registry_silent(&self) -> bool {
        let picture = self.picture();
        let registry = picture.standings.get(&Part::Registry);
        self.has_shared_registry && registry.is_some_and(|stands| stands.level == Level::Broken)
    }

    /// When the client certificate of this name ends, where one was seen since the start.
    #[must_use]
    pub fn certificate_ends(&self, name: &str) -> Option<DateTime<Utc>> {
        self.certificates.as_ref()?.ends_of(name)
    }

    /// Looks at every part once; a part that does not answer is not waited for long.
    pub async fn look(&self) {
        let seen = self.looker.lock().await.look().await;
        for (part, standing) in &seen.standings {
            metrics::gauge!("part_state", "part" => part.word()).set(standing.level.number());
        }
        let mut picture = self.picture.write().unwrap_or_else(PoisonError::into_inner);
        *picture = Arc::new(seen);
    }

    /// Looks again and again until told to stop.
    pub async fn keep_looking(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if stop.run_until_cancelled(self.look()).await.is_none() {
                return;
            }
        }
    }
}
