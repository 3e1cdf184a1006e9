//! The operator's page: a usual day, a bad one, and a process that has just started.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    domain::{access::FacilityId, clock::Moment, section::SourceName},
    health::{
        Breaker, Counted, Ends, Facts, Lag, Level, Minute, Part, Picture, SOURCES, Second,
        SourceFacts, SourceMinute, Span, Standing, Why, Written,
    },
    ledger::Pairing,
    web::views::admin::health::HealthPage,
};

use super::*;

fn at(minutes_ago: u32) -> Moment {
    let span = Duration::from_mins(minutes_ago.into());
    Moment {
        wall: sample::now().wall - span,
        since_boot: Duration::from_secs(10_000_000).saturating_sub(span),
    }
}

fn span(millis: u64) -> Span {
    Span {
        about: Duration::from_millis(millis),
        is_more: millis == 2_000,
    }
}

fn counted(all: u64, failed: u64) -> Counted {
    Counted { all, failed }
}

/// Numbers that go up and down without a pattern that repeats within the hour.
fn wave(place: u32, high: u64) -> u64 {
    u64::from(place * place * 7 % 31) * high / 31
}

fn minutes(claims_fail: bool) -> Vec<Minute> {
    (0..60)
        .map(|place| {
            let quiet = (20..24).contains(&place);
            let failing = claims_fail && place > 45;
            let source = |name: SourceName| {
                let failed = u64::from(failing && name == SourceName::Claims) * 3;
                let minute = SourceMinute {
                    asked: counted(3, failed),
                    slowest: if quiet || failed > 0 {
                        None
                    } else {
                        Some(span(60 + wave(place, 240)))
                    },
                };
                (name, minute)
            };
            Minute {
                at: at(60 - place),
                requests: counted(wave(place, 40), 0),
                entries: wave(place, 18),
                page: if quiet {
                    None
                } else {
                    Some(span(20 + wave(place, 150)))
                },
                sources: SOURCES.into_iter().map(source).collect(),
            }
        })
        .collect()
}

fn ends() -> Ends {
    Ends {
        own: sample::now().wall + Duration::from_hours(24 * 212),
        authorities: Some((
            sample::now().wall + Duration::from_hours(24 * 1_200),
            sample::now().wall + Duration::from_hours(24 * 2_400),
        )),
        terminal: Some(sample::now().wall + Duration::from_hours(24 * 87)),
        seen: 12,
        refused: 0,
    }
}

fn facts() -> Facts {
    let source = |name| {
        let seen = SourceFacts {
            answered: Some(at(0)),
            asked: counted(214, 2),
            spans: (Some(span(84)), Some(span(231))),
            breaker: Some(Breaker::Closed),
        };
        (name, seen)
    };
    let one = |count| BTreeMap::from([(FacilityId("f1".into()), count)]);
    Facts {
        is_recording: true,
        written: Written {
            entries: 18_734,
            recorded: Some(at(0)),
            signed: Some(18_734),
            signed_at: Some(at(0)),
            cosigned: Some(18_688),
            ..Written::default()
        },
        second: Some(Second {
            pairing: Pairing::There,
            is_recording: true,
            written: Written {
                entries: 412,
                recorded: Some(at(60 * 24)),
                signed: Some(412),
                signed_at: Some(at(60 * 24)),
                cosigned: Some(412),
                ..Written::default()
            },
            has_reserve: Some(true),
            disk: Some((91_700_000_000, 256_000_000_000)),
            archive: None,
        }),
        has_reserve: Some(true),
        archive: Some(Lag {
            behind: Some(0),
            waits: None,
            is_connected: true,
            has_alarm: false,
        }),
        registry: Some(Duration::from_millis(3)),
        registry_copied: None,
        certificates: Some(ends()),
        sessions: one(14),
        grants: one(3),
        disk: Some((182_300_000_000, 512_000_000_000)),
        requests: counted(1_204, 0),
        pages: (Some(span(38)), Some(span(170))),
        served: [("fresh", 540), ("stale", 31), ("coming", 4), ("missing", 2)]
            .map(|(word, count)| (word.to_owned(), count))
            .into(),
        cache_bytes: Some(48_200_000),
        redis: Some(counted(612, 0)),
        sources: SOURCES.into_iter().map(source).collect(),
        ..Facts::default()
    }
}

fn picture(facts: Facts, minutes: Vec<Minute>, wrong: &[(Part, Level, Option<Why>)]) -> Picture {
    let standing = |part| {
        let found = wrong.iter().find(|(known, ..)| *known == part);
        let (level, why) = found.map_or((Level::Well, None), |(_, level, why)| (*level, *why));
        let since = at(14);
        (part, Standing { level, why, since })
    };
    Picture {
        at: sample::now(),
        started: at(60 * 24 * 12),
        standings: Part::all().into_iter().map(standing).collect(),
        facts,
        minutes,
    }
}

pub(super) fn well() -> Picture {
    picture(facts(), minutes(false), &[])
}

pub(super) fn broken() -> Picture {
    let mut facts = facts();
    facts.is_recording = false;
    facts.disk = Some((120_000_000, 512_000_000_000));
    facts.has_reserve = Some(false);
    facts.registry = None;
    facts.written.cannot_sign = true;
    if let Some(second) = &mut facts.second {
        second.pairing = Pairing::Apart;
    }
    facts.step = Some((at(30), -3_723_000));
    if let Some(ends) = &mut facts.certificates {
        ends.terminal = Some(sample::now().wall + Duration::from_hours(24 * 9));
        ends.refused = 3;
    }
    facts.redis = Some(counted(612, 590));
    facts.archive = Some(Lag {
        behind: Some(1_204),
        waits: Some(Duration::from_mins(47)),
        is_connected: false,
        has_alarm: false,
    });
    facts.pages = (Some(span(420)), Some(span(2_000)));
    if let Some(claims) = facts.sources.get_mut(&SourceName::Claims) {
        claims.asked = counted(214, 45);
        claims.answered = Some(at(14));
        claims.breaker = Some(Breaker::Open);
    }
    let why = |part, level, why| (part, level, Some(why));
    picture(
        facts,
        minutes(true),
        &[
            why(Part::Pages, Level::Attention, Why::PagesLate),
            why(Part::Ledger, Level::Broken, Why::CannotRecord),
            why(Part::Second, Level::Broken, Why::SecondApart),
            why(Part::Checkpoints, Level::Attention, Why::CannotSign),
            (Part::Witness, Level::Off, None),
            why(Part::Archive, Level::Attention, Why::ArchiveAway),
            why(Part::Disk, Level::Broken, Why::DiskFull),
            why(Part::Registry, Level::Broken, Why::RegistrySilent),
            why(Part::Certificates, Level::Attention, Why::TerminalEnds),
            why(Part::Clock, Level::Attention, Why::ClockStepped),
            why(Part::Redis, Level::Attention, Why::RedisFails),
            why(
                Part::Source(SourceName::Claims),
                Level::Broken,
                Why::SourceOpen,
            ),
        ],
    )
}

/// A process that has just started, alone, with one source.
fn young() -> Picture {
    let emr = (SourceName::Emr, SourceFacts::default());
    let facts = Facts {
        is_recording: true,
        written: Written {
            entries: 1,
            ..Written::default()
        },
        has_reserve: Some(true),
        registry: Some(Duration::from_millis(1)),
        registry_copied: None,
        disk: Some((182_300_000_000, 512_000_000_000)),
        sources: BTreeMap::from([emr]),
        ..Facts::default()
    };
    let (off, unmeasured) = (Level::Off, Level::Unmeasured);
    let wrong = [
        (Part::Pages, unmeasured, None),
        (Part::Second, off, None),
        (Part::Witness, off, None),
        (Part::Archive, off, None),
        (Part::Certificates, off, None),
        (Part::Redis, off, None),
        (Part::Source(SourceName::Identity), off, None),
        (Part::Source(SourceName::Emr), unmeasured, None),
        (Part::Source(SourceName::Eprescription), off, None),
        (Part::Source(SourceName::Claims), off, None),
    ];
    picture(facts, Vec::new(), &wrong)
}

fn page(language: Language, seen: &Picture) -> HttpResponse {
    let viewer = sample::administrator(language);
    let context = sample::context(language);
    HealthPage::new(&context, &viewer, seen, seen.at)
        .respond()
        .unwrap()
}

/// The page in each of its conditions, by name.
pub(super) fn pages(language: Language) -> Vec<(&'static str, HttpResponse)> {
    vec![
        ("admin health", page(language, &well())),
        ("admin health broken", page(language, &broken())),
        ("admin health young", page(language, &young())),
    ]
}

async fn shown(seen: &Picture) -> Html {
    Html::parse_document(&html(page(Language::En, seen)).await)
}

fn text(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    let found = page.select(&selector);
    found
        .map(|part| part.text().collect::<Vec<_>>().join(" "))
        .collect()
}

#[tokio::test]
async fn every_part_says_how_it_does_in_a_word_and_a_shape_and_what_is_wrong_says_what_to_do() {
    let page = shown(&broken()).await;
    assert_eq!(text(&page, "article").len(), Part::all().len());
    assert_eq!(
        text(&page, "article .health-level b").len(),
        Part::all().len()
    );
    let shapes = Selector::parse("article .health-level svg").unwrap();
    assert_eq!(page.select(&shapes).count(), Part::all().len());
    let ledger = text(&page, "#part-ledger").concat();
    assert!(
        ledger.contains("Broken") && ledger.contains("since 10:27:00"),
        "{ledger}"
    );
    assert!(ledger.contains("Check the disk"), "{ledger}");
    let second = text(&page, "#part-second").concat();
    assert!(
        second.contains("412") && second.contains("ledger accept"),
        "{second}"
    );
    let claims = text(&page, "#part-claims").concat();
    assert!(claims.contains("214 (45 failed)"), "{claims}");
    let certificates = text(&page, "#part-certificates").concat();
    for said in [
        "Attention",
        "within 30 days",
        "First terminal's ends",
        "2026-12-01",
    ] {
        assert!(certificates.contains(said), "{said}: {certificates}");
    }
    assert_eq!(text(&page, ".health-why").len(), 11);
    assert!(
        text(&page, ".health-sum")
            .concat()
            .contains("Broken: 5, attention: 6.")
    );
}

#[tokio::test]
async fn an_old_picture_is_never_shown_as_the_present_and_what_is_unknown_is_not_well() {
    let seen = well();
    let (context, viewer) = (
        sample::context(Language::En),
        sample::administrator(Language::En),
    );
    let mut later = seen.at;
    later.wall += Duration::from_hours(24);
    later.since_boot += Duration::from_hours(24);
    let page = HealthPage::new(&context, &viewer, &seen, later);
    let page = Html::parse_document(&html(page.respond().unwrap()).await);
    let sum = text(&page, ".health-sum").concat();
    assert!(sum.contains("not of now"), "{sum}");
    let day = seen.at.japanese_day().to_string();
    assert!(sum.contains(&day), "with its day: {sum}");
    let sum = text(&shown(&young()).await, ".health-sum").concat();
    assert!(sum.contains("Not measured: 2."), "{sum}");
    let mut nothing = well();
    nothing.standings.clear();
    let sum = text(&shown(&nothing).await, ".health-sum").concat();
    let all = format!("Not measured: {}.", Part::all().len());
    assert!(sum.contains(&all), "{sum}");
}

#[tokio::test]
async fn what_nothing_measures_says_so_and_what_is_not_set_up_says_nothing_more() {
    let page = shown(&young()).await;
    let emr = text(&page, "#part-emr").concat();
    assert!(emr.matches("not measured").count() >= 4, "{emr}");
    assert!(emr.contains("No values of the last hour yet"), "{emr}");
    assert_eq!(text(&page, "#part-redis dd"), Vec::<String>::new());
    let redis = text(&page, "#part-redis").concat();
    assert!(redis.contains("Not set up"), "{redis}");
}

#[tokio::test]
async fn who_is_signed_in_elsewhere_is_not_counted_for_this_facility() {
    let mut seen = well();
    let other = FacilityId("f2".into());
    seen.facts.sessions = BTreeMap::from([(other.clone(), 7)]);
    seen.facts.grants = BTreeMap::from([(other, 5)]);
    let page = shown(&seen).await;
    let said = text(&page, "#part-registry dd");
    assert_eq!(said, ["3 ms", "0", "0"]);
}
