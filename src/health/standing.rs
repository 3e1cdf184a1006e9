//! How a part does, from what was seen of it: pure.

use std::{collections::BTreeMap, time::Duration};

use super::{Breaker, Counted, Facts, Part, past::Reading};
use crate::domain::{clock::Moment, section::SourceName};

/// With less the room for a full disk cannot come back.
const FULL: u64 = 256 * 1024 * 1024;
/// With less somebody should make room.
const LOW: u64 = 2 * 1024 * 1024 * 1024;
/// Entries that no checkpoint covers for longer than this are too many.
const UNSIGNED: Duration = Duration::from_mins(2);
/// Entries that wait longer for the archive are too late.
const BEHIND: Duration = Duration::from_mins(10);
/// A step of the clock is said for so long.
const STEP_SAID: Duration = Duration::from_hours(1);
/// What everything that will come has for its page.
const BUDGET: Duration = Duration::from_secs(1);
/// One in so many that fails is worth a look.
const SOME: u64 = 10;
/// One in so many requests that fails here is.
const FEW: u64 = 100;

/// How well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not configured.
    Off,
    /// As it should.
    Well,
    /// Nothing says how.
    Unmeasured,
    /// Somebody should look.
    Attention,
    /// Not at all.
    Broken,
}

impl Level {
    /// Every level, best first.
    pub const ALL: [Self; 5] = [
        Self::Off,
        Self::Well,
        Self::Unmeasured,
        Self::Attention,
        Self::Broken,
    ];

    /// As it stands in the metrics: 0 nothing to do, 1 somebody should look, 2 broken.
    pub(super) const fn number(self) -> f64 {
        match self {
            Self::Off | Self::Well | Self::Unmeasured => 0.0,
            Self::Attention => 1.0,
            Self::Broken => 2.0,
        }
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Requests fail here.
    RequestsFail,
    /// Pages come later than their budget.
    PagesLate,
    /// No entry can be made durable: no clinical page leaves.
    CannotRecord,
    /// The room for a full disk is gone.
    NoReserve,
    /// No checkpoint can be signed.
    CannotSign,
    /// The witness does not cosign.
    WitnessSilent,
    /// The archive is away.
    ArchiveAway,
    /// Entries wait too long for the archive.
    ArchiveBehind,
    /// The archive is not what this node wrote.
    ArchiveAlarm,
    /// The disk says nothing of itself.
    DiskSilent,
    /// There is little room.
    DiskLow,
    /// There is next to none.
    DiskFull,
    /// Nobody can sign in.
    RegistrySilent,
    /// The wall clock jumped.
    ClockStepped,
    /// A value of the shared cache was forged, damaged or of another key.
    CacheRefused,
    /// Redis answers late or not.
    RedisFails,
    /// Some answers do not come.
    SourceFails,
    /// No answer comes.
    SourceSilent,
    /// It is not asked any more until it is well again.
    SourceOpen,
}

impl Why {
    const fn level(self) -> Level {
        match self {
            Self::CannotRecord
            | Self::ArchiveAlarm
            | Self::DiskFull
            | Self::DiskSilent
            | Self::RegistrySilent
            | Self::SourceSilent
            | Self::SourceOpen => Level::Broken,
            Self::RequestsFail
            | Self::PagesLate
            | Self::NoReserve
            | Self::CannotSign
            | Self::WitnessSilent
            | Self::ArchiveAway
            | Self::ArchiveBehind
            | Self::DiskLow
            | Self::ClockStepped
            | Self::CacheRefused
            | Self::RedisFails
            | Self::SourceFails => Level::Attention,
        }
    }
}

/// How a part does, and since when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// How well.
    pub level: Level,
    /// What is wrong, where anything is.
    pub why: Option<Why>,
    /// Since when it has been so, as far as this process knows.
    pub since: Moment,
}

/// Which parts there are that need not be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Configured {
    pub(super) witness: bool,
    pub(super) redis: bool,
}

/// How one part does.
type Judged = Result<Level, Why>;

/// How every part does now; what was so before is so since then.
pub(super) fn standings(
    facts: &Facts,
    recent: &Reading,
    configured: Configured,
    before: &BTreeMap<Part, Standing>,
    now: Moment,
) -> BTreeMap<Part, Standing> {
    let stand = |part| {
        let judged = judge(part, facts, recent, configured, now);
        let (level, why) = match judged {
            Ok(level) => (level, None),
            Err(why) => (why.level(), Some(why)),
        };
        let same = before
            .get(&part)
            .filter(|known| (known.level, known.why) == (level, why));
        let since = same.map_or(now, |known| known.since);
        (part, Standing { level, why, since })
    };
    Part::all().into_iter().map(stand).collect()
}

fn judge(
    part: Part,
    facts: &Facts,
    recent: &Reading,
    configured: Configured,
    now: Moment,
) -> Judged {
    match part {
        Part::Pages => pages(facts, recent),
        Part::Ledger => ledger(facts),
        Part::Checkpoints => checkpoints(facts, now),
        Part::Witness => off_or(configured.witness, || {
            well_or(facts.witness_fails, Why::WitnessSilent)
        }),
        Part::Archive => archive(facts),
        Part::Disk => disk(facts),
        Part::Registry => well_or(facts.registry.is_none(), Why::RegistrySilent),
        Part::Clock => well_or(
            facts
                .step
                .is_some_and(|(at, _)| !now.has_passed(at, STEP_SAID)),
            Why::ClockStepped,
        ),
        Part::Cache => well_or(recent.refused > 0, Why::CacheRefused),
        Part::Redis => off_or(configured.redis, || redis(facts, recent.redis)),
        Part::Source(source) => source_stands(source, facts, recent),
    }
}

const fn well_or(is_wrong: bool, why: Why) -> Judged {
    if is_wrong { Err(why) } else { Ok(Level::Well) }
}

fn off_or(is_there: bool, judged: impl FnOnce() -> Judged) -> Judged {
    if is_there { judged() } else { Ok(Level::Off) }
}

fn pages(facts: &Facts, recent: &Reading) -> Judged {
    let is_late = recent
        .pages
        .percentile(95)
        .is_some_and(|span| span.is_more || span.about > BUDGET);
    match (recent.requests.is_at_least(FEW), is_late) {
        (true, _) => Err(Why::RequestsFail),
        (false, true) => Err(Why::PagesLate),
        (false, false) if facts.requests.all == 0 => Ok(Level::Unmeasured),
        (false, false) => Ok(Level::Well),
    }
}

const fn ledger(facts: &Facts) -> Judged {
    match (facts.is_recording, facts.has_reserve) {
        (false, _) => Err(Why::CannotRecord),
        (true, Some(false)) => Err(Why::NoReserve),
        (true, _) => Ok(Level::Well),
    }
}

fn checkpoints(facts: &Facts, now: Moment) -> Judged {
    let is_late = facts.signed.unwrap_or_default() < facts.entries
        && facts
            .recorded
            .is_some_and(|recorded| now.has_passed(recorded, UNSIGNED));
    well_or(facts.cannot_sign || is_late, Why::CannotSign)
}

fn archive(facts: &Facts) -> Judged {
    let Some(lag) = &facts.archive else {
        return Ok(Level::Off);
    };
    if lag.has_alarm {
        Err(Why::ArchiveAlarm)
    } else if !lag.is_connected {
        Err(Why::ArchiveAway)
    } else {
        let is_late = lag.waits.is_some_and(|waits| waits > BEHIND);
        well_or(is_late, Why::ArchiveBehind)
    }
}

const fn disk(facts: &Facts) -> Judged {
    match facts.disk {
        None => Err(Why::DiskSilent),
        Some((free, _)) if free < FULL => Err(Why::DiskFull),
        Some((free, _)) if free < LOW => Err(Why::DiskLow),
        Some(_) => Ok(Level::Well),
    }
}

fn redis(facts: &Facts, recent: Counted) -> Judged {
    if recent.is_at_least(SOME) {
        return Err(Why::RedisFails);
    }
    let is_measured = facts.redis.is_some_and(|calls| calls.all > 0);
    Ok(if is_measured {
        Level::Well
    } else {
        Level::Unmeasured
    })
}

fn source_stands(source: SourceName, facts: &Facts, recent: &Reading) -> Judged {
    let Some(seen) = facts.sources.get(&source) else {
        return Ok(Level::Off);
    };
    if seen.breaker == Some(Breaker::Open) {
        return Err(Why::SourceOpen);
    }
    let asked = recent.sources.get(&source).map(|asked| asked.counted);
    let asked = asked.unwrap_or_default();
    if asked.failed > 0 && asked.failed == asked.all {
        Err(Why::SourceSilent)
    } else if asked.is_at_least(SOME) {
        Err(Why::SourceFails)
    } else if seen.asked.all == 0 {
        Ok(Level::Unmeasured)
    } else {
        Ok(Level::Well)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;
    use crate::health::{Lag, SourceFacts, numbers::Numbers, past::Asked};

    /// Makes something wrong.
    type Change = fn(&mut Facts);

    const ALL: Configured = Configured {
        witness: true,
        redis: true,
    };

    fn at(seconds: u64) -> Moment {
        Moment {
            wall: Utc.with_ymd_and_hms(2026, 11, 22, 1, 41, 0).unwrap()
                + Duration::from_secs(seconds),
            since_boot: Duration::from_secs(seconds),
        }
    }

    fn well() -> Facts {
        let source = |source| {
            let seen = SourceFacts {
                asked: counted(10, 0),
                ..SourceFacts::default()
            };
            (source, seen)
        };
        Facts {
            is_recording: true,
            entries: 70,
            recorded: Some(at(0)),
            has_reserve: Some(true),
            signed: Some(70),
            registry: Some(Duration::from_millis(1)),
            disk: Some((50 * LOW, 100 * LOW)),
            requests: counted(10, 0),
            redis: Some(counted(10, 0)),
            archive: Some(Lag {
                behind: Some(0),
                waits: None,
                is_connected: true,
                has_alarm: false,
            }),
            sources: SourceName::CLINICAL.into_iter().map(source).collect(),
            ..Facts::default()
        }
    }

    fn counted(all: u64, failed: u64) -> Counted {
        Counted { all, failed }
    }

    fn quiet() -> Reading {
        Reading::of(&Numbers::default(), at(0), 0)
    }

    fn now(facts: &Facts, recent: &Reading) -> BTreeMap<Part, Standing> {
        standings(facts, recent, ALL, &BTreeMap::new(), at(1))
    }

    #[test]
    fn what_is_well_is_well_and_what_is_not_connected_is_off() {
        let now = now(&well(), &quiet());
        assert_eq!(now.len(), Part::all().len());
        for (part, standing) in now {
            let is_off = part == Part::Source(SourceName::Identity);
            let expected = if is_off { Level::Off } else { Level::Well };
            assert_eq!((standing.level, standing.why), (expected, None), "{part:?}");
        }
    }

    #[test]
    fn each_thing_that_can_be_wrong_is_said_of_its_part() {
        let lag = |is_connected, has_alarm, minutes| {
            Some(Lag {
                behind: Some(1),
                waits: Some(Duration::from_mins(minutes)),
                is_connected,
                has_alarm,
            })
        };
        let cases: [(Part, Why, Change); 10] = [
            (Part::Ledger, Why::CannotRecord, |f| {
                f.is_recording = false;
            }),
            (Part::Ledger, Why::NoReserve, |f| {
                f.has_reserve = Some(false);
            }),
            (Part::Checkpoints, Why::CannotSign, |f| {
                f.cannot_sign = true;
            }),
            (Part::Witness, Why::WitnessSilent, |f| {
                f.witness_fails = true;
            }),
            (Part::Disk, Why::DiskSilent, |f| {
                f.disk = None;
            }),
            (Part::Disk, Why::DiskLow, |f| {
                f.disk = Some((LOW - 1, LOW));
            }),
            (Part::Disk, Why::DiskFull, |f| {
                f.disk = Some((FULL - 1, LOW));
            }),
            (Part::Registry, Why::RegistrySilent, |f| {
                f.registry = None;
            }),
            (Part::Clock, Why::ClockStepped, |f| {
                f.step = Some((at(0), 2_000));
            }),
            (Part::Source(SourceName::Emr), Why::SourceOpen, |f| {
                if let Some(emr) = f.sources.get_mut(&SourceName::Emr) {
                    emr.breaker = Some(Breaker::Open);
                }
            }),
        ];
        for (part, why, change) in cases {
            let mut facts = well();
            change(&mut facts);
            assert_eq!(now(&facts, &quiet())[&part].why, Some(why));
        }
        for (lag, why) in [
            (lag(true, true, 1), Some(Why::ArchiveAlarm)),
            (lag(false, false, 1), Some(Why::ArchiveAway)),
            (lag(true, false, 11), Some(Why::ArchiveBehind)),
            (lag(true, false, 9), None),
        ] {
            let mut facts = well();
            facts.archive = lag;
            assert_eq!(now(&facts, &quiet())[&Part::Archive].why, why);
        }
    }

    #[test]
    fn a_source_is_judged_by_its_last_minutes_and_a_few_failures_are_no_alarm() {
        let emr = SourceName::Emr;
        for (asked, why) in [
            (counted(100, 9), None),
            (counted(100, 10), Some(Why::SourceFails)),
            (counted(3, 3), Some(Why::SourceSilent)),
            (counted(0, 0), None),
        ] {
            let mut recent = quiet();
            let counted = Asked {
                counted: asked,
                ..Asked::default()
            };
            recent.sources.insert(emr, counted);
            let now = now(&well(), &recent);
            assert_eq!(now[&Part::Source(emr)].why, why, "{asked:?}");
        }
        let mut recent = quiet();
        recent.requests = counted(1_000, 9);
        assert_eq!(now(&well(), &recent)[&Part::Pages].why, None);
        recent.requests = counted(1_000, 10);
        let pages = now(&well(), &recent)[&Part::Pages];
        assert_eq!(pages.why, Some(Why::RequestsFail));
    }

    #[test]
    fn what_goes_on_keeps_its_beginning_and_what_changes_begins_anew() {
        let mut facts = well();
        facts.is_recording = false;
        let before = now(&facts, &quiet());
        let later = standings(&facts, &quiet(), ALL, &before, at(600));
        assert_eq!(later[&Part::Ledger].since, at(1));
        let mended = standings(&well(), &quiet(), ALL, &later, at(700));
        assert_eq!(mended[&Part::Ledger].since, at(700));
        assert_eq!(mended[&Part::Ledger].level, Level::Well);
    }

    #[test]
    fn nothing_measured_is_neither_well_nor_wrong() {
        let facts = Facts {
            redis: Some(Counted::default()),
            sources: BTreeMap::from([(SourceName::Emr, SourceFacts::default())]),
            requests: Counted::default(),
            ..well()
        };
        let now = now(&facts, &quiet());
        for part in [Part::Pages, Part::Redis, Part::Source(SourceName::Emr)] {
            assert_eq!(now[&part].level, Level::Unmeasured, "{part:?}");
        }
    }
}
