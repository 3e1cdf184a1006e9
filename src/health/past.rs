//! The last hour: what was counted at each of its minutes. Bounded: one reading a minute, 61 kept.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use super::{
    Counted, SOURCES,
    numbers::{Numbers, Span, Spans},
};
use crate::domain::{clock::Moment, section::SourceName};

/// Between two readings.
const MINUTE: Duration = Duration::from_mins(1);
/// Readings kept: both ends of 60 minutes.
const KEPT: usize = 61;
/// What counts as now.
const RECENT: Duration = Duration::from_mins(5);

/// Every count at one moment, since the process started.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) at: Moment,
    pub(super) entries: u64,
    pub(super) requests: Counted,
    pub(super) pages: Spans,
    pub(super) served: BTreeMap<&'static str, u64>,
    pub(super) refused: u64,
    pub(super) redis: Counted,
    pub(super) sources: BTreeMap<SourceName, Asked>,
}

/// What was asked of one source.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) counted: Counted,
    pub(super) spans: Spans,
}

/// How a source's part of a summary can be served; whatever else is said counts as missing.
const SERVED: [&str; 4] = ["fresh", "stale", "coming", "forbidden"];

impl Reading {
    /// Takes what is needed of all numbers.
    pub(super) fn of(numbers: &Numbers, at: Moment, entries: u64) -> Self {
        let count = |name, labels: &[(&str, &str)]| numbers.count(name, labels);
        let mut served: BTreeMap<&'static str, u64> = SERVED
            .into_iter()
            .map(|word| (word, count("summary_served_total", &[("kind", word)])))
            .collect();
        let all = count("summary_served_total", &[]);
        let known: u64 = served.values().sum();
        served.insert("missing", all.saturating_sub(known));
        // Whom a role forbids a source is nothing that a cache did.
        served.remove("forbidden");
        let redis = |outcome| count("cache_shared_total", &[("outcome", outcome)]);
        Self {
            at,
            entries,
            requests: Counted {
                all: count("http_requests_total", &[]),
                failed: count("http_requests_total", &[("status", "5xx")]),
            },
            pages: ["/summary/{grant}", "/summary/{grant}/late"]
                .map(|route| numbers.spans("http_request_seconds", &[("route", route)]))
                .into_iter()
                .fold(Spans::default(), Spans::with),
            served,
            refused: count("cache_refused_total", &[]),
            redis: Counted {
                all: count("cache_shared_total", &[]),
                failed: ["error", "late", "passed_over"].map(redis).iter().sum(),
            },
            sources: SOURCES
                .into_iter()
                .map(|source| (source, asked(numbers, source)))
                .collect(),
        }
    }

    /// What came since an earlier reading.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            at: self.at,
            entries: self.entries.saturating_sub(earlier.entries),
            requests: self.requests.since(earlier.requests),
            pages: self.pages.since(&earlier.pages),
            served: self
                .served
                .iter()
                .map(|(word, count)| {
                    let before = earlier.served.get(word).copied().unwrap_or_default();
                    (*word, count.saturating_sub(before))
                })
                .collect(),
            refused: self.refused.saturating_sub(earlier.refused),
            redis: self.redis.since(earlier.redis),
            sources: self
                .sources
                .iter()
                .map(|(source, asked)| {
                    let before = earlier.sources.get(source).cloned().unwrap_or_default();
                    let asked = Asked {
                        counted: asked.counted.since(before.counted),
                        spans: asked.spans.since(&before.spans),
                    };
                    (*source, asked)
                })
                .collect(),
        }
    }

    fn minute(&self) -> Minute {
        Minute {
            at: self.at,
            requests: self.requests,
            entries: self.entries,
            page: self.pages.percentile(95),
            sources: self
                .sources
                .iter()
                .map(|(source, asked)| {
                    let minute = SourceMinute {
                        asked: asked.counted,
                        slowest: asked.spans.percentile(95),
                    };
                    (*source, minute)
                })
                .collect(),
        }
    }
}

fn asked(numbers: &Numbers, source: SourceName) -> Asked {
    let own = ("source", source.word());
    let all = numbers.count("source_answers_total", &[own]);
    let answered = [own, ("outcome", "answered")];
    Asked {
        counted: Counted {
            all,
            failed: all.saturating_sub(numbers.count("source_answers_total", &answered)),
        },
        spans: numbers.spans("source_answer_seconds", &answered),
    }
}

/// One minute of the last hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Minute {
    /// Its end.
    pub at: Moment,
    /// Requests, and how many of them failed here.
    pub requests: Counted,
    /// Entries made durable.
    pub entries: u64,
    /// How long 95 of a hundred summary pages took at most; `None` where there was none.
    pub page: Option<Span>,
    /// What was asked of each source.
    pub sources: BTreeMap<SourceName, SourceMinute>,
}

/// One minute of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SourceMinute {
    /// How often it was asked, and failed.
    pub asked: Counted,
    /// How long 95 of a hundred answers took at most; `None` where there was none.
    pub slowest: Option<Span>,
}

/// Readings of the last hour, oldest first.
#[derive(Debug, Default)]
pub(super) struct Past(VecDeque<Reading>);

impl Past {
    /// Keeps a reading where a minute has passed since the last one that was kept.
    pub(super) fn note(&mut self, now: &Reading) {
        let is_due = self
            .0
            .back()
            .is_none_or(|last| now.at.since_boot.saturating_sub(last.at.since_boot) >= MINUTE);
        if !is_due {
            return;
        }
        self.0.push_back(now.clone());
        while self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    /// What came within the last hour.
    pub(super) fn hour(&self, now: &Reading) -> Reading {
        now.since(self.0.front().unwrap_or(now))
    }

    /// What came within the last five minutes.
    pub(super) fn recent(&self, now: &Reading) -> Reading {
        let age = |reading: &Reading| now.at.since_boot.saturating_sub(reading.at.since_boot);
        let then = self.0.iter().rev().find(|reading| age(reading) >= RECENT);
        now.since(then.or_else(|| self.0.front()).unwrap_or(now))
    }

    /// Each minute that is over.
    pub(super) fn minutes(&self) -> Vec<Minute> {
        self.0
            .iter()
            .zip(self.0.iter().skip(1))
            .map(|(from, to)| to.since(from).minute())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment {
            wall: Utc.with_ymd_and_hms(2026, 11, 22, 1, 41, 0).unwrap(),
            since_boot: Duration::from_secs(seconds),
        }
    }

    fn reading(seconds: u64, entries: u64) -> Reading {
        Reading::of(&Numbers::default(), at(seconds), entries)
    }

    #[test]
    fn no_more_than_an_hour_is_kept_however_long_the_process_runs() {
        let mut past = Past::default();
        for second in (0..100_000).step_by(5) {
            past.note(&reading(second, second));
        }
        assert_eq!(past.0.len(), KEPT);
        let minutes = past.minutes();
        assert_eq!(minutes.len(), 60);
        assert!(minutes.iter().all(|minute| minute.entries == 60));
        let now = reading(100_000, 100_000);
        assert_eq!(past.recent(&now).entries, 100_000 - 99_660);
    }

    #[test]
    fn a_young_process_tells_of_as_long_as_it_runs() {
        let mut past = Past::default();
        past.note(&reading(10, 100));
        let now = reading(25, 103);
        past.note(&now);
        assert_eq!(past.hour(&now).entries, 3);
        assert_eq!(past.recent(&now).entries, 3);
        assert!(past.minutes().is_empty(), "no minute is over");
    }
}
