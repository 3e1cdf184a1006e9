//! Tests of supplies.

use super::*;
use crate::domain::{code::Concept, medication::Dosage, words};

fn concept(text: &str) -> Concept {
    Concept {
        text: Some(text.to_owned()),
        codings: Vec::new(),
    }
}

fn supply_of(name: &str, medication: &Medication, left: u32) -> Supply {
    Supply::of(medication, &Identity::of(&concept(name), &[]), left)
}

fn words_of(name: &str, medication: &Medication, left: u32) -> Vec<String> {
    let undispensed = medication.act == Act::Prescribed && medication.dispensed.is_none();
    supply_of(name, medication, left).words(
        medication.act,
        undispensed,
        "2025-11-20".parse().unwrap(),
        Language::Ja,
        words::drugs::words(Language::Ja),
    )
}

fn medication(act: Act, day: &str, supply: Option<u32>, bounds: Option<u32>) -> Medication {
    let date = Date::parse(day);
    Medication {
        act,
        dispensed: date.filter(|_| act == Act::Dispensed),
        authored: date.filter(|_| act != Act::Dispensed),
        supply_days: supply,
        dosages: vec![Dosage {
            bounds_days: bounds,
            ..Dosage::default()
        }],
        ..Medication::default()
    }
}

#[test]
fn supply_goes_before_bounds_and_what_is_left_is_said_as_the_longest() {
    let dispensed = medication(Act::Dispensed, "2025-11-01", Some(30), Some(7));
    assert_eq!(
        words_of("A錠", &dispensed, 0),
        ["11/30分まで調剤", "30日分"]
    );
    let bounds = medication(Act::Dispensed, "2025-11-01", None, Some(7));
    assert_eq!(words_of("A錠", &bounds, 0), ["11/7分まで調剤", "7日分"]);
    let prescribed = medication(Act::Prescribed, "2025-11-01", Some(30), None);
    assert_eq!(
        words_of("A錠", &prescribed, 0),
        ["11/30分まで処方（未調剤）", "30日分"]
    );
    assert_eq!(
        words_of("A錠", &dispensed, 60),
        [
            "11/30分まで調剤",
            "最長2026/1/29分まで（未調剤分を含む）",
            "30日分"
        ]
    );
    let ends = Medication {
        ends: Date::parse("2025-12"),
        ..medication(Act::Stated, "2025-11-01", None, None)
    };
    assert_eq!(words_of("A錠", &ends, 0), ["12/31分までの記載"]);
    let unknown = medication(Act::Prescribed, "2025-11-01", None, None);
    assert_eq!(words_of("A錠", &unknown, 0), ["11/1 処方（日数不明）"]);
}

#[test]
fn it_begins_when_it_was_handed_out_or_later() {
    let starting = |start: &str| Medication {
        starts: Date::parse(start),
        ..medication(Act::Dispensed, "2025-11-01", Some(10), None)
    };
    assert_eq!(
        words_of("A錠", &starting("2025-10-20"), 0)[0],
        "11/10分まで調剤"
    );
    assert_eq!(
        words_of("A錠", &starting("2025-11-03"), 0)[0],
        "11/12分まで調剤"
    );
    assert_eq!(
        words_of("A錠", &starting("2025-11-25"), 0),
        ["12/4分まで調剤", "10日分", "11/25開始"]
    );
}

#[test]
fn a_month_is_not_taken_for_its_first_day() {
    let claimed = medication(Act::Dispensed, "2025-10", Some(30), None);
    assert_eq!(
        words_of("A錠", &claimed, 0),
        [
            "2025年10月 調剤",
            "最長11/29分まで（日付は月まで）",
            "30日分"
        ]
    );
}

#[test]
fn an_injection_has_a_day_and_no_end() {
    for (act, expected) in [
        (Act::Stated, "11/1 注射・点滴"),
        (Act::Prescribed, "11/1 注射・点滴の処方"),
        (Act::Dispensed, "11/1 調剤（注射薬）"),
    ] {
        let given = medication(act, "2025-11-01", Some(14), None);
        assert_eq!(words_of("ヘパリンNa注5千単位", &given, 14), [expected]);
        let route = Dosage {
            route: Some(concept("点滴静注")),
            ..Dosage::default()
        };
        let infused = Medication {
            dosages: vec![route],
            ..given
        };
        assert_eq!(words_of("メロペネム", &infused, 0), [expected]);
        assert_eq!(supply_of("メロペネム", &infused, 0).reach(), None);
    }
    let enema = medication(Act::Dispensed, "2025-11-01", Some(14), None);
    assert_eq!(supply_of("ペンタサ注腸1g", &enema, 0).kind, Kind::External);
}

#[test]
fn as_needed_is_counted_in_doses_and_has_no_last_day() {
    for words in ["疼痛時", "頓服 １回１錠", "Take as needed"] {
        let mut needed = medication(Act::Dispensed, "2025-11-01", Some(10), Some(3));
        needed.dosages[0].text = Some(words.to_owned());
        assert_eq!(
            words_of("A錠", &needed, 0),
            ["11/1 調剤", "10日分"],
            "{words}"
        );
        needed.supply_days = None;
        assert_eq!(words_of("A錠", &needed, 0), ["11/1 調剤"], "{words}");
    }
    let counted = Medication {
        doses: Some(10),
        ..medication(Act::Dispensed, "2025-11-01", None, None)
    };
    assert_eq!(supply_of("A錠", &counted, 0).kind, Kind::AsNeeded);
    let mut bedtime = medication(Act::Dispensed, "2025-11-01", Some(10), None);
    bedtime.dosages[0].text = Some("１日１回 就寝時".to_owned());
    assert_eq!(supply_of("A錠", &bedtime, 0).kind, Kind::Regular);
}

#[test]
fn days_supplied_are_doses_where_it_is_not_taken_every_day() {
    // 週1回4日分 is four weeks; 隔日7日分 with its calendar of 13 days ends with the calendar.
    let mut weekly = medication(Act::Dispensed, "2025-11-01", Some(4), None);
    weekly.dosages[0].cycle = Cycle::of(7, 1);
    assert_eq!(
        words_of("メトトレキサート錠2mg", &weekly, 0),
        [
            "11/1 調剤",
            "最長11/28分まで（間欠投与として換算）",
            "4日分"
        ]
    );
    // 28 weeks is no prescription: the days are the calendar's.
    weekly.supply_days = Some(28);
    assert_eq!(
        words_of("メトトレキサート錠2mg", &weekly, 0),
        ["11/28分まで調剤", "28日分"]
    );
    let mut alternate = medication(Act::Dispensed, "2025-11-01", Some(7), Some(13));
    alternate.dosages[0].cycle = Cycle::of(2, 1);
    assert_eq!(
        words_of("プレドニン錠5mg", &alternate, 0),
        ["11/13分まで調剤", "7日分"]
    );
}

#[test]
fn steps_without_days_have_no_made_up_end() {
    let mut steps = medication(Act::Dispensed, "2025-11-01", None, Some(3));
    let later = Dosage {
        text: Some("4日目から 1回2錠".to_owned()),
        bounds_days: Some(4),
        ..Dosage::default()
    };
    steps.dosages.push(later);
    assert_eq!(
        words_of("A錠", &steps, 0),
        ["11/1 調剤（日数不明）", "段階投与のため期間不明"]
    );
    steps.supply_days = Some(7);
    assert_eq!(words_of("A錠", &steps, 0), ["11/7分まで調剤", "7日分"]);
}

#[test]
fn what_has_no_known_end_is_open_for_as_long_as_one_prescription() {
    let day = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
    let open = |name: &str, act: Act, days: Option<u32>| {
        supply_of(name, &medication(act, "2025-08-01", days, None), 0).open_until()
    };
    assert_eq!(open("A錠", Act::Dispensed, None), day("2025-10-29"));
    assert_eq!(open("A錠", Act::Dispensed, Some(7)), day("2025-08-07"));
    assert_eq!(open("A軟膏", Act::Dispensed, None), day("2025-10-29"));
    assert_eq!(
        open("インスリン注ペン", Act::Dispensed, None),
        day("2025-10-29")
    );
    assert_eq!(
        open("インスリン注ペン", Act::Dispensed, Some(60)),
        day("2025-09-29")
    );
    assert_eq!(open("A点滴静注", Act::Stated, None), day("2025-08-01"));
    assert_eq!(
        open("A点滴静注", Act::Prescribed, Some(1)),
        day("2025-08-01")
    );
}
