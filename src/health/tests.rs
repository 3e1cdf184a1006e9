//! How parts are judged by what was seen of them.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, TimeZone, Utc};

use super::{
    Breaker, Counted, Ends, Facts, Lag, Level, Part, Second, SourceFacts, Standing, Why, Written,
    numbers::Numbers,
    past::{Asked, Reading},
    standing::{Configured, FULL, LOW, RENEWED_BEFORE, UNSIGNED, standings},
};
use crate::{
    domain::{clock::Moment, section::SourceName},
    ledger::Pairing,
    outbox::Seen,
};

/// Makes something wrong.
type Change = fn(&mut Facts);
/// Makes something of the second ledger wrong.
type Harm = fn(&mut Second);

const ALL: Configured = Configured {
    witness: true,
    redis: true,
};

fn at(seconds: u64) -> Moment {
    Moment {
        wall: Utc.with_ymd_and_hms(2026, 11, 22, 1, 41, 0).unwrap() + Duration::from_secs(seconds),
        since_boot: Duration::from_secs(seconds),
    }
}

/// So long before the look.
fn before(span: Duration) -> Moment {
    Moment {
        wall: at(1).wall - span,
        since_boot: Duration::ZERO,
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
        written: written(),
        second: Some(Second {
            pairing: Pairing::There,
            is_recording: true,
            written: written(),
            has_reserve: Some(true),
            disk: Some((50 * LOW, 100 * LOW)),
            archive: None,
        }),
        has_reserve: Some(true),
        registry: Some(Duration::from_millis(1)),
        registry_copied: None,
        certificates: Some(ends()),
        disk: Some((50 * LOW, 100 * LOW)),
        requests: counted(10, 0),
        redis: Some(counted(10, 0)),
        channels: vec![(Seen::default(), false)],
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

/// Certificates that end in a year.
fn ends() -> Ends {
    let later = at(1).wall + RENEWED_BEFORE * 12;
    Ends {
        own: later,
        authorities: Some((later, later)),
        terminal: Some(later),
        seen: 1,
        refused: 0,
    }
}

fn written() -> Written {
    Written {
        entries: 70,
        recorded: Some(at(0)),
        signed: Some(70),
        ..Written::default()
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
#[expect(clippy::too_many_lines, reason = "a line or two for each thing")]
fn each_thing_that_can_be_wrong_is_said_of_its_part() {
    let cases: [(Part, Why, Change); 17] = [
        (Part::Ledger, Why::CannotRecord, |f| {
            f.is_recording = false;
        }),
        (Part::Ledger, Why::NoReserve, |f| {
            f.has_reserve = Some(false);
        }),
        (Part::Ledger, Why::OnReserve, |f| {
            f.has_reserve = Some(false);
            f.is_recording = false;
        }),
        (Part::Ledger, Why::OneLedger, |f| {
            f.is_one_ledger = true;
        }),
        (Part::Checkpoints, Why::CannotSign, |f| {
            f.written.cannot_sign = true;
        }),
        (Part::Checkpoints, Why::CannotSign, |f| {
            f.written.unsigned_since = Some(before(UNSIGNED));
        }),
        (Part::Witness, Why::WitnessSilent, |f| {
            f.written.witness_fails = true;
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
        (Part::Registry, Why::RegistryCopied, |f| {
            f.registry_copied = Some(DateTime::UNIX_EPOCH);
        }),
        (Part::Notices, Why::NoticesStuck, |f| {
            f.channels.push((Seen::default(), true));
        }),
        (Part::Notices, Why::NoticesRefused, |f| {
            for (seen, _) in &mut f.channels {
                seen.refusals.is_last = true;
            }
        }),
        (Part::Clock, Why::ClockStepped, |f| {
            f.step = Some((at(0), 2_000));
        }),
        (Part::Source(SourceName::Emr), Why::SourceOpen, |f| {
            if let Some(emr) = f.sources.get_mut(&SourceName::Emr) {
                emr.breaker = Some(Breaker::Open);
            }
        }),
        (Part::Source(SourceName::Emr), Why::SourceOpen, |f| {
            if let Some(emr) = f.sources.get_mut(&SourceName::Emr) {
                emr.breaker = Some(Breaker::HalfOpen);
            }
        }),
    ];
    for (part, why, change) in cases {
        let mut facts = well();
        change(&mut facts);
        assert_eq!(now(&facts, &quiet())[&part].why, Some(why));
    }
}

#[test]
fn a_certificate_is_said_thirty_days_before_its_end_and_what_stops_most_first() {
    let now_is = at(1).wall;
    let second = Duration::from_secs(1);
    let soon = now_is + RENEWED_BEFORE;
    let later = soon + second;
    let said = |change: &dyn Fn(&mut Ends)| {
        let mut known = ends();
        change(&mut known);
        let facts = Facts {
            certificates: Some(known),
            ..well()
        };
        let standing = now(&facts, &quiet())[&Part::Certificates];
        (standing.level, standing.why)
    };
    let attention = |why| (Level::Attention, Some(why));
    let broken = |why| (Level::Broken, Some(why));
    let well = (Level::Well, None);
    for (end, own, authority, both, terminal) in [
        (later, well, well, well, well),
        (
            soon,
            attention(Why::CertificateEnds),
            attention(Why::AuthorityEnds),
            attention(Why::AuthorityEnds),
            attention(Why::TerminalEnds),
        ),
        (
            now_is + second,
            attention(Why::CertificateEnds),
            attention(Why::AuthorityEnds),
            attention(Why::AuthorityEnds),
            attention(Why::TerminalEnds),
        ),
        (
            now_is,
            broken(Why::CertificateEnded),
            attention(Why::AuthorityEnds),
            broken(Why::AuthoritiesEnded),
            attention(Why::TerminalEnded),
        ),
    ] {
        assert_eq!(said(&|known| known.own = end), own, "{end}");
        let one = said(&|known| known.authorities = Some((end, later)));
        assert_eq!(one, authority, "{end}");
        let all = said(&|known| known.authorities = Some((end, end)));
        assert_eq!(all, both, "{end}");
        assert_eq!(said(&|known| known.terminal = Some(end)), terminal, "{end}");
    }
    let everything = said(&|known| {
        known.own = now_is;
        known.terminal = Some(now_is);
    });
    assert_eq!(everything, broken(Why::CertificateEnded));
    let none = said(&|known| {
        known.authorities = None;
        known.terminal = None;
    });
    assert_eq!(none, well);
}

#[test]
fn the_second_ledger_is_judged_by_everything_that_belongs_to_it() {
    let cases: [(Why, Level, Harm); 10] = [
        (Why::SecondApart, Level::Broken, |s| {
            s.pairing = Pairing::Apart;
        }),
        (Why::SecondAway, Level::Attention, |s| {
            s.pairing = Pairing::Away;
        }),
        (Why::SecondFails, Level::Attention, |s| {
            s.is_recording = false;
        }),
        (Why::NoReserve, Level::Attention, |s| {
            s.has_reserve = Some(false);
        }),
        (Why::DiskSilent, Level::Broken, |s| {
            s.disk = None;
        }),
        (Why::DiskLow, Level::Attention, |s| {
            s.disk = Some((LOW - 1, LOW));
        }),
        (Why::CannotSign, Level::Attention, |s| {
            s.written.cannot_sign = true;
        }),
        (Why::CannotSign, Level::Attention, |s| {
            s.written.unsigned_since = Some(before(UNSIGNED));
        }),
        (Why::WitnessSilent, Level::Attention, |s| {
            s.written.witness_fails = true;
        }),
        (Why::ArchiveAway, Level::Attention, |s| {
            s.archive = Some(Lag {
                behind: Some(1),
                waits: None,
                is_connected: false,
                has_alarm: false,
            });
        }),
    ];
    for (why, level, change) in cases {
        let mut facts = well();
        if let Some(second) = &mut facts.second {
            change(second);
        }
        let now = now(&facts, &quiet());
        assert_eq!(now[&Part::Second].why, Some(why));
        assert_eq!(now[&Part::Second].level, level, "{why:?}");
        let others = [Part::Ledger, Part::Disk, Part::Checkpoints, Part::Archive];
        for other in others {
            assert_eq!(now[&other].why, None, "{why:?} is none of {other:?}");
        }
    }
    let alone = Facts {
        second: None,
        ..well()
    };
    assert_eq!(now(&alone, &quiet())[&Part::Second].level, Level::Off);
}

#[test]
fn an_archive_is_judged_by_its_alarm_its_connection_and_what_waits() {
    let lag = |is_connected, has_alarm, minutes| {
        Some(Lag {
            behind: Some(1),
            waits: Some(Duration::from_mins(minutes)),
            is_connected,
            has_alarm,
        })
    };
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
fn a_source_that_failed_is_not_well_because_nobody_asked_it_since() {
    let emr = SourceName::Emr;
    let mut recent = quiet();
    let failed = Asked {
        counted: counted(3, 3),
        ..Asked::default()
    };
    recent.sources.insert(emr, failed);
    let mut facts = well();
    facts.sources.insert(
        emr,
        SourceFacts {
            asked: counted(3, 3),
            ..SourceFacts::default()
        },
    );
    let failing = now(&facts, &recent);
    let later = standings(&facts, &quiet(), ALL, &failing, at(600));
    let silent = later[&Part::Source(emr)];
    assert_eq!((silent.why, silent.since), (Some(Why::SourceSilent), at(1)));
    // Of a time before this process looked nothing is known.
    let fresh = now(&facts, &quiet());
    assert_eq!(fresh[&Part::Source(emr)].level, Level::Unmeasured);
    let answered = Asked {
        counted: counted(1, 0),
        ..Asked::default()
    };
    recent.sources.insert(emr, answered);
    let mended = standings(&facts, &recent, ALL, &later, at(700));
    assert_eq!(mended[&Part::Source(emr)].level, Level::Well);
}

#[test]
fn what_goes_on_keeps_its_beginning_and_what_changes_begins_anew() {
    let mut facts = well();
    facts.is_recording = false;
    let before = now(&facts, &quiet());
    let later = standings(&facts, &quiet(), ALL, &before, at(600));
    assert_eq!(later[&Part::Ledger].since, at(1));
    facts.has_reserve = Some(false);
    let worse = standings(&facts, &quiet(), ALL, &later, at(650));
    assert_eq!(worse[&Part::Ledger].since, at(1), "wrong since it began");
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
