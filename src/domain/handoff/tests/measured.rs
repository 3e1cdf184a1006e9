//! Coma scales, plausibility, times and ages.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::domain::{date::Date, section::Language};

#[test]
fn a_jcs_is_one_of_ten_levels_with_its_additions() {
    for (text, read) in [
        ("0", Some("0")),
        ("30", Some("30")),
        ("30-R", Some("30-R")),
        ("JCS 100 ＩＲ", Some("100-RI")),
        ("３００", Some("300")),
        ("3A", Some("3-A")),
        ("0-R", None),
        ("4", None),
        ("030", None),
        ("30-RR", None),
        ("30-X", None),
        ("", None),
        ("-R", None),
    ] {
        let jcs = Jcs::parse(text).map(|jcs| jcs.to_string());
        assert_eq!(jcs.as_deref(), read, "{text}");
    }
    let digits = Jcs::LEVELS.map(|level| Jcs::new(level, false, false, false).unwrap().digits());
    assert_eq!(digits, [0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
}

#[test]
fn a_gcs_is_added_up_only_where_the_voice_can_be_tested() {
    for (text, sum, bounds) in [
        ("E4V5M6", Some(Some(15)), Some((15, 15))),
        ("E1V1M1", Some(Some(3)), Some((3, 3))),
        ("GCS Ｅ３ Ｖ４ Ｍ５", Some(Some(12)), Some((12, 12))),
        ("E1VTM4", Some(None), Some((6, 10))),
        ("E5V5M6", None, None),
        ("E0V1M1", None, None),
        ("E4V6M6", None, None),
        ("E4V5M7", None, None),
        ("E4V5", None, None),
        ("E4V5M66", None, None),
        ("15", None, None),
        ("V5E4M6", None, None),
    ] {
        let gcs = Gcs::parse(text);
        assert_eq!(gcs.map(Gcs::sum), sum, "{text}");
        assert_eq!(gcs.map(Gcs::bounds), bounds, "{text}");
    }
}

proptest! {
    #[test]
    fn a_coma_scale_reads_what_it_writes(
        level in 0..10_usize, added in any::<[bool; 3]>(),
        eyes in 0..6_u8, voice in proptest::option::of(0..7_u8), movement in 0..8_u8,
    ) {
        let [r, i, a] = added;
        if let Some(jcs) = Jcs::new(Jcs::LEVELS[level], r, i, a) {
            prop_assert_eq!(Jcs::parse(&jcs.to_string()), Some(jcs));
        }
        if let Some(gcs) = Gcs::new(eyes, voice, movement) {
            prop_assert_eq!(Gcs::parse(&gcs.to_string()), Some(gcs));
            let (least, most) = gcs.bounds();
            prop_assert!((3..=15).contains(&least) && least <= most && most <= 15);
            prop_assert_eq!(gcs.sum().is_some(), least == most);
        }
    }

    #[test]
    fn no_text_stops_the_readers(text in "\\PC{0,20}") {
        let jcs = Jcs::parse(&text);
        prop_assert!(jcs.is_none_or(|jcs| Jcs::LEVELS.contains(&jcs.level())));
        prop_assert!(Gcs::parse(&text).is_none_or(|gcs| gcs.bounds().1 <= 15));
    }
}

/// What is measured, and what looks wrong in it.
type Measured = (&'static str, fn(&mut VitalSet), &'static [Doubt]);

const MEASURED: &[Measured] = &[
    ("nothing", |_| {}, &[]),
    (
        "ordinary",
        |set| {
            (set.systolic, set.diastolic) = (Some(128), Some(74));
            (set.pulse, set.breathing) = (Some(82), Some(18));
            (set.spo2, set.temperature_tenths) = (Some(97), Some(368));
            (set.glucose_tenths, set.oxygen_tenths) = (Some(1_120), Some(100));
            (set.jcs, set.gcs) = (Jcs::parse("0"), Gcs::parse("E4V5M6"));
        },
        &[],
    ),
    (
        "arrest",
        |set| {
            (set.pulse, set.breathing, set.systolic) = (Some(0), Some(0), Some(0));
            (set.jcs, set.gcs) = (Jcs::parse("300"), Gcs::parse("E1V1M1"));
        },
        &[],
    ),
    (
        "Fahrenheit",
        |set| set.temperature_tenths = Some(986),
        &[Doubt::TemperatureUnit],
    ),
    (
        "a slipped point",
        |set| set.temperature_tenths = Some(3_650),
        &[Doubt::TemperatureRange],
    ),
    (
        "found in the cold",
        |set| set.temperature_tenths = Some(240),
        &[],
    ),
    (
        "more than all",
        |set| set.spo2 = Some(101),
        &[Doubt::SaturationRange],
    ),
    (
        "a bad probe",
        |set| set.spo2 = Some(9),
        &[Doubt::SaturationLow],
    ),
    (
        "swapped",
        |set| (set.systolic, set.diastolic) = (Some(74), Some(128)),
        &[Doubt::PressureSwapped],
    ),
    (
        "kPa",
        |set| (set.systolic, set.diastolic) = (Some(16), Some(10)),
        &[Doubt::PressureUnit],
    ),
    (
        "a digit too much",
        |set| set.systolic = Some(1_200),
        &[Doubt::PressureRange],
    ),
    (
        "mmol/L",
        |set| set.glucose_tenths = Some(55),
        &[Doubt::GlucoseUnit],
    ),
    (
        "a digit too much",
        |set| set.glucose_tenths = Some(112_000),
        &[Doubt::GlucoseRange],
    ),
    (
        "a digit too much",
        |set| set.pulse = Some(800),
        &[Doubt::PulseRange],
    ),
    (
        "a digit too much",
        |set| set.breathing = Some(180),
        &[Doubt::BreathingRange],
    ),
    (
        "wide",
        |set| set.pupils.left.width_tenths = Some(300),
        &[Doubt::PupilRange],
    ),
    (
        "awake and asleep",
        |set| (set.jcs, set.gcs) = (Jcs::parse("0"), Gcs::parse("E1V1M1")),
        &[Doubt::Coma],
    ),
];

#[test]
fn what_looks_like_a_slip_or_another_unit_is_said() {
    for (case, fill, told) in MEASURED {
        let mut set = vital("v1", 0);
        fill(&mut set);
        assert_eq!(doubts(&set), *told, "{case}");
    }
}

#[test]
fn times_not_set_and_orders_that_cannot_be_are_said() {
    use TimePoint::{Arrived, Called, Contacted, Departed, Hospital};
    let times = |minutes: [Option<i64>; 5]| {
        let [called, arrived, contacted, departed, hospital] = minutes.map(|m| m.map(at));
        Times {
            called,
            arrived,
            contacted,
            departed,
            hospital,
        }
    };
    for (minutes, unset, out_of_order) in [
        ([None; 5], TimePoint::ALL.to_vec(), vec![]),
        (
            [Some(0), Some(8), Some(8), Some(20), Some(31)],
            vec![],
            vec![],
        ),
        (
            [Some(0), None, Some(10), None, Some(31)],
            vec![Arrived, Departed],
            vec![],
        ),
        (
            [Some(9), Some(8), None, Some(20), Some(19)],
            vec![Contacted],
            vec![(Called, Arrived), (Departed, Hospital)],
        ),
    ] {
        let times = times(minutes);
        assert_eq!(times.unset().collect::<Vec<_>>(), unset, "{minutes:?}");
        assert_eq!(times.out_of_order(), out_of_order, "{minutes:?}");
    }
    let hour_ahead = times([Some(0), Some(60), None, None, None]);
    assert_eq!(hour_ahead.ahead(at(1)).collect::<Vec<_>>(), [Arrived]);
}

#[test]
fn an_age_is_told_as_its_band_or_not_at_all() {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    let today = day(2026, 11, 23);
    for (birth, band) in [
        (Date::Day(today), Some(AgeBand::Newborn)),
        (Date::Day(day(2026, 10, 27)), Some(AgeBand::Newborn)),
        (Date::Day(day(2026, 10, 26)), Some(AgeBand::Infant)),
        (Date::Day(day(2025, 11, 24)), Some(AgeBand::Infant)),
        (Date::Day(day(2025, 11, 23)), Some(AgeBand::Toddler)),
        (Date::Day(day(2011, 11, 24)), Some(AgeBand::Child)),
        (Date::Day(day(2011, 11, 23)), Some(AgeBand::Youth)),
        (Date::Day(day(1906, 1, 1)), Some(AgeBand::Nineties)),
        (Date::Year(1960), Some(AgeBand::Sixties)),
        (Date::Year(1966), None),
        (Date::Day(day(2026, 11, 24)), None),
    ] {
        assert_eq!(AgeBand::at(birth, today), band, "{birth}");
    }
}

#[test]
fn every_word_is_read_back_and_no_shape_stands_for_two() {
    fn distinct<T: Ord>(all: impl IntoIterator<Item = T>) -> bool {
        let all: Vec<T> = all.into_iter().collect();
        let count = all.len();
        all.into_iter()
            .collect::<std::collections::BTreeSet<T>>()
            .len()
            == count
    }
    macro_rules! read_back {
        ($($one:ident),+) => {$(
            assert!($one::ALL.iter().all(|one| $one::parse(one.word()) == Some(*one)));
            assert!(distinct($one::ALL.iter().map(|one| one.word())));
            for language in [Language::Ja, Language::En] {
                assert!(distinct($one::ALL.iter().map(|one| one.name(language))));
            }
        )+};
    }
    read_back!(
        Acuity,
        AgeBand,
        AlertKind,
        Complaint,
        DeclineReason,
        Doubt,
        Finding,
        Label,
        Mechanism,
        Part,
        Rule,
        Sign,
        StageWord,
        Standing,
        TimePoint,
        Treatment,
        Triage,
        WhyEnded
    );
    assert!(distinct(Acuity::ALL.iter().map(|one| one.shape())));
    assert!(distinct(Triage::ALL.iter().map(|one| one.shape())));
}

#[test]
fn no_name_fits_through_an_id() {
    for (word, fits) in [
        ("v1-a.b_C", true),
        ("", false),
        ("山田", false),
        ("a b", false),
        ("a/b", false),
    ] {
        assert_eq!(RowId::new(word).is_some(), fits, "{word}");
        assert_eq!(StepId::new(word).is_some(), fits, "{word}");
    }
    assert_eq!(StepId::new(&"a".repeat(41)), None);
}
