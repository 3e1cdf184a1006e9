//! One look at every part: what is in memory is read, what may hang is waited for shortly and not
//! asked again before it has answered.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use chrono::{DateTime, Utc};
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::time::{Instant, timeout};

use super::{
    Breaker, Certificates, Facts, Lag, Part, Picture, Second, SourceFacts, Standing,
    numbers::Numbers,
    past::{Past, Reading},
    standing::{Configured, standings},
};
use crate::{
    domain::{
        access::FacilityId,
        clock::{Clock, Moment},
        section::SourceName,
    },
    ledger::{Ledger, archive::Archive, aside},
    outbox::Outbox,
    registry::Registry,
};

/// A part that takes longer to answer counts as silent.
const PATIENCE: Duration = Duration::from_secs(2);
/// A difference between the two clocks from one look to the next that is no drift.
const STEP_MILLIS: i64 = 1_000;

/// The text of all metrics, as Prometheus reads it.
pub type Text = Arc<dyn Fn() -> String + Send + Sync>;

/// What is looked at.
pub struct Parts {
    /// The ledger.
    pub ledger: Ledger,
    /// The registry.
    pub registry: Registry,
    /// Shipping to the archive, where there is one.
    pub archive: Option<Weak<Archive>>,
    /// The same of the second ledger, from when it is there.
    pub second_archive: Arc<OnceLock<Weak<Archive>>>,
    /// All that is counted.
    pub metrics: Text,
    /// The folder on the disk that matters.
    pub folder: PathBuf,
    /// The second ledger's, where one is configured.
    pub second_folder: Option<PathBuf>,
    /// Sources that are connected.
    pub connected: Vec<SourceName>,
    /// Whether a witness is asked.
    pub has_witness: bool,
    /// Whether nodes share a cache.
    pub has_redis: bool,
    /// Whether they share the registry.
    pub has_shared_registry: bool,
    /// When certificates end, where this process ends TLS.
    pub certificates: Option<Certificates>,
    /// The channels of notices.
    pub outbox: Outbox,
}

/// What files say.
struct OfFiles {
    has_reserve: bool,
    disk: Option<(u64, u64)>,
}

/// What the registry says: sessions by facility, and when the certificate of the first registered
/// terminal ends.
type People = Option<(BTreeMap<FacilityId, usize>, Option<DateTime<Utc>>)>;

/// What is asked of a part.
type Asked<T> = BoxFuture<'static, T>;

/// Asked, and perhaps not answered yet: nobody piles up behind what hangs.
struct Slow<T>(Option<(Asked<T>, Instant)>);

impl<T> Slow<T> {
    const fn new() -> Self {
        Self(None)
    }

    /// The answer with how long it took, where it comes within `patience`.
    async fn ask(
        &mut self,
        patience: Duration,
        start: impl FnOnce() -> Asked<T>,
    ) -> Option<(T, Duration)> {
        let (asked, since) = self.0.get_or_insert_with(|| (start(), Instant::now()));
        let answer = timeout(patience, asked).await.ok()?;
        let took = since.elapsed();
        self.0 = None;
        Some((answer, took))
    }
}

/// Looks, and remembers what was.
pub(super) struct Looker {
    parts: Parts,
    clock: Arc<dyn Clock>,
    started: Moment,
    /// At the last look.
    last: Moment,
    facts: Facts,
    /// Answers of each source at the last look, since the process started.
    answers: BTreeMap<SourceName, u64>,
    standings: BTreeMap<Part, Standing>,
    past: Past,
    files: Slow<Option<OfFiles>>,
    second_files: Slow<Option<OfFiles>>,
    registry: Slow<People>,
}

impl Looker {
    pub(super) fn new(parts: Parts, clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        Self {
            parts,
            clock,
            started: now,
            last: now,
            facts: Facts::default(),
            answers: BTreeMap::new(),
            standings: BTreeMap::new(),
            past: Past::default(),
            files: Slow::new(),
            second_files: Slow::new(),
            registry: Slow::new(),
        }
    }

    /// One look.
    pub(super) async fn look(&mut self) -> Picture {
        let ledger = self.parts.ledger.clone();
        let folder = self.parts.folder.clone();
        let files = self
            .files
            .ask(PATIENCE, || of_files(ledger, folder).boxed());
        let second = self
            .parts
            .ledger
            .second()
            .zip(self.parts.second_folder.clone());
        let second_files = self.second_files.ask(PATIENCE, || match second {
            Some((ledger, folder)) => of_files(ledger, folder).boxed(),
            None => std::future::ready(None).boxed(),
        });
        let registry = self.parts.registry.clone();
        let certificates = self.parts.certificates.clone();
        let people = self
            .registry
            .ask(PATIENCE, || people(registry, certificates).boxed());
        let (files, second_files, people) = tokio::join!(files, second_files, people);
        // What came only now was asked for at an earlier look: that is no answer in time.
        let in_time = |files: Option<(Option<OfFiles>, Duration)>| {
            let files = files.filter(|(_, took)| *took <= PATIENCE);
            files.and_then(|(files, _)| files)
        };
        let (files, second_files) = (in_time(files), in_time(second_files));
        let people = people.filter(|(_, took)| *took <= PATIENCE);
        let now = self.clock.now();
        self.see_clock(now);
        self.see_ledger(now);
        self.see_second(second_files, now);
        self.facts.channels = self.parts.outbox.seen(now);
        self.facts.has_reserve = files.as_ref().map(|files| files.has_reserve);
        self.facts.disk = files.and_then(|files| files.disk);
        self.see_people(people);
        self.picture(now)
    }

    fn see_people(&mut self, people: Option<(People, Duration)>) {
        let people = people.and_then(|(people, took)| Some((people?, took)));
        let facts = &mut self.facts;
        facts.registry = people.as_ref().map(|(_, took)| *took);
        facts.registry_copied = self.parts.registry.copy_stands_in();
        let people = people.map(|(people, _)| people);
        // While the registry is silent the terminals are those of before.
        let before = facts.certificates.and_then(|ends| ends.terminal);
        let terminal = people.as_ref().map_or(before, |(_, first)| *first);
        facts.sessions = people.map(|(sessions, _)| sessions).unwrap_or_default();
        let certificates = self.parts.certificates.as_ref();
        facts.certificates = certificates.map(|known| known.ends(terminal));
    }

    fn picture(&mut self, now: Moment) -> Picture {
        let numbers = Numbers::read(&(self.parts.metrics)());
        let reading = Reading::of(&numbers, now, self.facts.written.entries);
        self.past.note(&reading);
        self.see_numbers(&numbers, &reading, now);
        let recent = self.past.recent(&reading);
        let configured = Configured {
            witness: self.parts.has_witness,
            redis: self.parts.has_redis,
        };
        self.standings = standings(&self.facts, &recent, configured, &self.standings, now);
        self.gauges();
        Picture {
            at: now,
            started: self.started,
            standings: self.standings.clone(),
            facts: self.facts.clone(),
            minutes: self.past.minutes(),
        }
    }

    /// A step of the wall clock against the one that only moves forward.
    fn see_clock(&mut self, now: Moment) {
        let by_wall = now.wall.signed_duration_since(self.last.wall);
        let by_boot = now.since_boot.saturating_sub(self.last.since_boot);
        let by_boot = i64::try_from(by_boot.as_millis()).unwrap_or(i64::MAX);
        let step = by_wall.num_milliseconds().saturating_sub(by_boot);
        if step.abs() > STEP_MILLIS {
            self.facts.step = Some((now, step));
        }
        self.last = now;
    }

    fn see_ledger(&mut self, now: Moment) {
        let ledger = &self.parts.ledger;
        let facts = &mut self.facts;
        facts.is_recording = ledger.is_ready();
        facts.is_one_ledger = facts.is_recording && !ledger.is_first_ready();
        facts.written.see(&ledger.proofs(), now);
        facts.archive = lag(self.parts.archive.as_ref(), now);
        facts.grants.clear();
        for grant in ledger.all_open_grants() {
            *facts.grants.entry(grant.facility.clone()).or_default() += 1;
        }
    }

    fn see_second(&mut self, files: Option<OfFiles>, now: Moment) {
        let ledger = &self.parts.ledger;
        let Some(pairing) = ledger.pairing() else {
            self.facts.second = None;
            return;
        };
        let second = ledger.second();
        let before = self.facts.second.take();
        let mut written = before.map(|second| second.written).unwrap_or_default();
        if let Some(second) = &second {
            written.see(&second.proofs(), now);
        }
        self.facts.second = Some(Second {
            pairing,
            is_recording: second.is_some_and(|second| second.is_ready()),
            written,
            has_reserve: files.as_ref().map(|files| files.has_reserve),
            disk: files.and_then(|files| files.disk),
            archive: lag(self.parts.second_archive.get(), now),
        });
    }

    fn see_numbers(&mut self, numbers: &Numbers, reading: &Reading, now: Moment) {
        let hour = self.past.hour(reading);
        let before = std::mem::take(&mut self.facts.sources);
        let facts = &mut self.facts;
        facts.requests = hour.requests;
        facts.pages = (hour.pages.percentile(50), hour.pages.percentile(95));
        facts.served = hour
            .served
            .iter()
            .map(|(word, count)| ((*word).to_owned(), *count))
            .collect();
        facts.cache_refused = hour.refused;
        facts.cache_bytes = bytes(numbers);
        facts.redis = self.parts.has_redis.then_some(hour.redis);
        for &source in &self.parts.connected {
            let all = reading.sources.get(&source).map(|asked| asked.counted);
            let all = all.map_or(0, |all| all.all.saturating_sub(all.failed));
            let is_more = self
                .answers
                .insert(source, all)
                .is_some_and(|known| known < all);
            let asked = hour.sources.get(&source).cloned().unwrap_or_default();
            let known = before.get(&source).and_then(|known| known.answered);
            let seen = SourceFacts {
                answered: if is_more { Some(now) } else { known },
                asked: asked.counted,
                spans: (asked.spans.percentile(50), asked.spans.percentile(95)),
                breaker: breaker(numbers, source),
            };
            facts.sources.insert(source, seen);
        }
    }

    /// What else should raise an alarm.
    #[expect(
        clippy::cast_precision_loss,
        reason = "gauges; no disk has 2⁵³ bytes free, no node as many grants"
    )]
    fn gauges(&self) {
        let facts = &self.facts;
        let sum = |counts: &BTreeMap<FacilityId, usize>| counts.values().sum::<usize>() as f64;
        metrics::gauge!("ledger_ready").set(f64::from(u8::from(facts.is_recording)));
        metrics::gauge!("ledger_entries").set(facts.written.entries as f64);
        metrics::gauge!("open_grants").set(sum(&facts.grants));
        metrics::gauge!("sessions").set(sum(&facts.sessions));
        if let Some((free, _)) = facts.disk {
            metrics::gauge!("disk_free_bytes").set(free as f64);
        }
        if let Some(ends) = &facts.certificates {
            let authority = ends.authorities.map(|(first, _)| first);
            for (whose, end) in [
                ("service", Some(ends.own)),
                ("authority", authority),
                ("terminal", ends.terminal),
            ] {
                if let Some(end) = end {
                    let seconds = end.timestamp() as f64;
                    metrics::gauge!("certificate_ends_seconds", "of" => whose).set(seconds);
                }
            }
        }
    }
}

/// In a thread of its own, which no stop waits for.
async fn of_files(ledger: Ledger, folder: PathBuf) -> Option<OfFiles> {
    aside(move || OfFiles {
        has_reserve: ledger.has_reserve(),
        disk: room(&folder),
    })
    .await
}

async fn people(registry: Registry, certificates: Option<Certificates>) -> People {
    let seats = registry.seats().await.ok()?;
    let mut counts = BTreeMap::new();
    for seat in seats {
        *counts.entry(seat.session.facility).or_default() += 1;
    }
    let first = match certificates {
        Some(certificates) => certificates.first(registry).await,
        None => None,
    };
    Some((counts, first))
}

/// Free and whole room of the disk under a folder, in bytes.
fn room(folder: &std::path::Path) -> Option<(u64, u64)> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    Some((free, disk.f_blocks.saturating_mul(disk.f_frsize)))
}

fn lag(archive: Option<&Weak<Archive>>, now: Moment) -> Option<Lag> {
    let lag = archive?.upgrade()?.lag();
    Some(Lag {
        behind: lag.behind(),
        waits: lag
            .since
            .and_then(|since| now.wall.signed_duration_since(since).to_std().ok()),
        is_connected: lag.is_connected,
        has_alarm: lag.alarm.is_some(),
    })
}

/// Bytes that the cache says it holds, whatever the gauge is called.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of bytes: no sign, and far below 2⁵³"
)]
fn bytes(numbers: &Numbers) -> Option<u64> {
    let held = numbers.sum_where(&[], |name| {
        name.starts_with("cache") && name.ends_with("_bytes")
    });
    held.map(|bytes| bytes.max(0.0) as u64)
}

/// How a source's breaker says that it stands: 0 closed, 1 half open, 2 open.
fn breaker(numbers: &Numbers, source: SourceName) -> Option<Breaker> {
    let stands = numbers.sum_where(&[("source", source.word())], |name| {
        name.contains("breaker") && !name.ends_with("_total")
    })?;
    Some(if stands < 0.5 {
        Breaker::Closed
    } else if stands < 1.5 {
        Breaker::HalfOpen
    } else {
        Breaker::Open
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_hangs_is_asked_once_however_often_it_is_looked_at() {
        let (release, released) = tokio::sync::oneshot::channel();
        let mut slow = Slow::new();
        let first = slow.ask(Duration::ZERO, || released.boxed());
        assert!(first.await.is_none());
        for _ in 0..3 {
            let again = slow.ask(Duration::ZERO, || unreachable!("it is asked already"));
            assert!(again.await.is_none());
        }
        release.send(7).unwrap();
        let answer = slow.ask(PATIENCE, || unreachable!("it is asked already"));
        assert_eq!(answer.await.unwrap().0, Ok(7));
        let next = slow.ask(PATIENCE, || async { Ok(8) }.boxed());
        assert_eq!(next.await.unwrap().0, Ok(8));
    }

    #[test]
    fn gauges_of_other_rooms_are_found_by_what_they_are_called() {
        let numbers = Numbers::read(
            "source_breaker{source=\"emr\"} 2\nsource_breaker{source=\"claims\"} 1\n\
             source_breaker_opened_total{source=\"identity\"} 9\n\
             cache_memory_bytes 1000\ncache_memory_entries 3\n",
        );
        assert_eq!(breaker(&numbers, SourceName::Emr), Some(Breaker::Open));
        assert_eq!(
            breaker(&numbers, SourceName::Claims),
            Some(Breaker::HalfOpen)
        );
        assert_eq!(breaker(&numbers, SourceName::Identity), None);
        assert_eq!(bytes(&numbers), Some(1000));
        assert_eq!(bytes(&Numbers::default()), None);
    }
}
