//! How a part does, from what was seen of it: pure.

use std::{collections::BTreeMap, time::Duration};

use super::{Breaker, Counted, Ends, Facts, Lag, Part, Second, Written, past::Reading};
use chrono::{DateTime, Utc};

use crate::{
    domain::{clock::Moment, section::SourceName},
    ledger::Pairing,
    outbox::Seen,
};

/// With less the room for a full disk cannot come back.
pub(super) const FULL: u64 = 256 * 1024 * 1024;
/// With less somebody should make room.
pub(super) const LOW: u64 = 2 * 1024 * 1024 * 1024;
/// Entries that no checkpoint covers for longer than this are too many.
pub(super) const UNSIGNED: Duration = Duration::from_mins(2);
/// Entries that wait longer for the archive are too late.
const BEHIND: Duration = Duration::from_mins(10);
/// So long before its end a certificate has to be renewed.
pub(super) const RENEWED_BEFORE: Duration = Duration::from_hours(30 * 24);
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
    /// The disk is full: what is recorded still goes where the reserve was.
    OnReserve,
    /// The first of two ledgers cannot be written; the second goes on.
    OneLedger,
    /// The second ledger is not there: nothing takes over where the first fails, and what it holds
    /// cannot be read.
    SecondAway,
    /// The two ledgers are not what each says of the other: entries are lost.
    SecondApart,
    /// The second ledger cannot be written: nothing takes over where the first fails.
    SecondFails,
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
    /// The registry that nodes share does not answer; who is known to the node's copy signs in.
    RegistryCopied,
    /// The certificate of this service ends soon.
    CertificateEnds,
    /// It has ended: browsers open no page.
    CertificateEnded,
    /// An authority that vouches for terminals ends soon, or one of several has ended.
    AuthorityEnds,
    /// All have ended: no terminal with a certificate gets a connection.
    AuthoritiesEnded,
    /// A terminal's certificate ends soon.
    TerminalEnds,
    /// A terminal's certificate has ended: it gets no connection.
    TerminalEnded,
    /// A notice is not taken.
    NoticesStuck,
    /// The last notice was refused for good.
    NoticesRefused,
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
            | Self::SecondApart
            | Self::OnReserve
            | Self::ArchiveAlarm
            | Self::DiskFull
            | Self::DiskSilent
            | Self::RegistrySilent
            | Self::CertificateEnded
            | Self::AuthoritiesEnded
            | Self::SourceSilent
            | Self::SourceOpen => Level::Broken,
            Self::RequestsFail
            | Self::PagesLate
            | Self::NoReserve
            | Self::OneLedger
            | Self::SecondAway
            | Self::SecondFails
            | Self::CannotSign
            | Self::WitnessSilent
            | Self::ArchiveAway
            | Self::ArchiveBehind
            | Self::DiskLow
            | Self::CertificateEnds
            | Self::AuthorityEnds
            | Self::TerminalEnds
            | Self::TerminalEnded
            | Self::NoticesStuck
            | Self::NoticesRefused
            | Self::ClockStepped
            | Self::CacheRefused
            | Self::RedisFails
            | Self::RegistryCopied
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
        let known = before.get(&part);
        let judged = judge(part, facts, recent, configured, now);
        // Where nothing was asked lately nothing has changed.
        let judged = match known.and_then(|known| known.why) {
            Some(why) if judged == Ok(Level::Unmeasured) => Err(why),
            _ => judged,
        };
        let (level, why) = match judged {
            Ok(level) => (level, None),
            Err(why) => (why.level(), Some(why)),
        };
        // What is wrong in another way is wrong since it began to be.
        let same = known.filter(|known| {
            known.level == level || (known.level >= Level::Attention && level >= Level::Attention)
        });
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
        Part::Second => match &facts.second {
            Some(seen) => second(seen, configured, now),
            None => Ok(Level::Off),
        },
        Part::Checkpoints => checkpoints(&facts.written, now),
        Part::Witness => off_or(configured.witness, || {
            well_or(facts.written.witness_fails, Why::WitnessSilent)
        }),
        Part::Archive => archive(facts.archive.as_ref()),
        Part::Disk => disk(facts.disk),
        Part::Registry if facts.registry.is_none() => Err(Why::RegistrySilent),
        Part::Registry => well_or(facts.registry_copied.is_some(), Why::RegistryCopied),
        Part::Certificates => match &facts.certificates {
            Some(ends) => certificates(ends, now),
            None => Ok(Level::Off),
        },
        Part::Notices => notices(&facts.channels),
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
        (false, Some(false)) => Err(Why::OnReserve),
        (false, _) => Err(Why::CannotRecord),
        (true, _) if facts.is_one_ledger => Err(Why::OneLedger),
        (true, Some(false)) => Err(Why::NoReserve),
        (true, _) => Ok(Level::Well),
    }
}

/// The worst of what belongs to the second ledger. Looks go on whatever becomes of it.
fn second(seen: &Second, configured: Configured, now: Moment) -> Judged {
    match seen.pairing {
        Pairing::Apart => return Err(Why::SecondApart),
        Pairing::Away => return Err(Why::SecondAway),
        Pairing::There if !seen.is_recording => return Err(Why::SecondFails),
        Pairing::There => {}
    }
    disk(seen.disk)?;
    archive(seen.archive.as_ref())?;
    if seen.has_reserve == Some(false) {
        return Err(Why::NoReserve);
    }
    checkpoints(&seen.written, now)?;
    let is_silent = configured.witness && seen.written.witness_fails;
    well_or(is_silent, Why::WitnessSilent)
}

fn checkpoints(written: &Written, now: Moment) -> Judged {
    let is_late = written
        .unsigned_since
        .is_some_and(|since| now.has_passed(since, UNSIGNED));
    match (written.cannot_sign || is_late, written.signed) {
        (true, _) => Err(Why::CannotSign),
        (false, None) => Ok(Level::Unmeasured),
        (false, Some(_)) => Ok(Level::Well),
    }
}

fn archive(lag: Option<&Lag>) -> Judged {
    let Some(lag) = lag else {
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

/// The worst of them: what stops everybody before what stops one terminal.
fn certificates(ends: &Ends, now: Moment) -> Judged {
    let has_ended = |end: DateTime<Utc>| end <= now.wall;
    let ends_soon = |end: DateTime<Utc>| end <= now.wall + RENEWED_BEFORE;
    let (first, last) = ends.authorities.unzip();
    for (is_so, why) in [
        (has_ended(ends.own), Why::CertificateEnded),
        (last.is_some_and(has_ended), Why::AuthoritiesEnded),
        (ends_soon(ends.own), Why::CertificateEnds),
        (ends.terminal.is_some_and(has_ended), Why::TerminalEnded),
        (first.is_some_and(ends_soon), Why::AuthorityEnds),
        (ends.terminal.is_some_and(ends_soon), Why::TerminalEnds),
    ] {
        well_or(is_so, why)?;
    }
    Ok(Level::Well)
}

fn notices(channels: &[(Seen, bool)]) -> Judged {
    if channels.is_empty() {
        Ok(Level::Off)
    } else if channels.iter().any(|(_, is_stuck)| *is_stuck) {
        Err(Why::NoticesStuck)
    } else {
        let is_refused = |(seen, _): &(Seen, bool)| seen.refusals.is_last;
        well_or(channels.iter().any(is_refused), Why::NoticesRefused)
    }
}

const fn disk(room: Option<(u64, u64)>) -> Judged {
    match room {
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
    // One call that tries whether it is well again is none that reaches it.
    if matches!(seen.breaker, Some(Breaker::Open | Breaker::HalfOpen)) {
        return Err(Why::SourceOpen);
    }
    let asked = recent.sources.get(&source).map(|asked| asked.counted);
    let asked = asked.unwrap_or_default();
    if asked.failed > 0 && asked.failed == asked.all {
        Err(Why::SourceSilent)
    } else if asked.is_at_least(SOME) {
        Err(Why::SourceFails)
    } else if asked.all == 0 && (seen.asked.all == 0 || seen.asked.failed == seen.asked.all) {
        Ok(Level::Unmeasured)
    } else {
        Ok(Level::Well)
    }
}
