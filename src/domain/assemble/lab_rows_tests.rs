//! What a row of laboratory results must say of units, trends, names and dates.

use super::super::{
    labs::tests::{creatinine, lab, range, section, words},
    rows_testing::{built, coded, coding, concept, context, date, observation, quantity},
};
use super::*;
use crate::domain::{
    assemble::{Windows, labs::build},
    code::Concept,
    patient::Sex,
    result::{Component, Observation, Value},
};

const LOINC: &str = "http://loinc.org";

fn texts(results: Vec<Observation>) -> Vec<String> {
    let items = section(results).items;
    items.into_iter().map(|item| item.text).collect()
}

#[test]
fn a_bound_and_an_interim_value_are_points_that_no_line_leads_to() {
    let mut bound = creatinine("0.3", "2026-02-01");
    bound.value = quantity(Some("<"), "0.3", Some("mg/dL"));
    let mut interim = creatinine("1.4", "2026-04-01T10:00:00+09:00");
    interim.status = Some("preliminary".to_owned());
    let section = section(vec![
        creatinine("0.9", "2026-01-10"),
        bound.clone(),
        creatinine("1.1", "2026-03-01"),
        interim,
    ]);
    let trend = section.items[0].trend.as_ref().unwrap();
    let points: Vec<(f64, bool)> = trend
        .points
        .iter()
        .map(|point| (point.number, point.is_plain))
        .collect();
    assert_eq!(
        points,
        [(0.9, true), (0.3, false), (1.1, true), (1.4, false)]
    );
    assert!(
        trend.words.starts_with("推移2件：2026-01-10"),
        "{}",
        trend.words
    );
    let at = trend.points.last().unwrap().at;
    assert_eq!(at.to_string(), "2026-04-01 10:00:00");

    let alone = super::super::labs::tests::section(vec![creatinine("0.9", "2026-01-10"), bound]);
    assert!(
        alone.items[0].trend.is_none(),
        "one plain value is no trend"
    );
}

#[test]
fn a_number_sent_as_text_lacks_a_unit_and_a_titre_does_not() {
    for (sent, value, doubtful) in [
        ("1.2", "1.2 単位なし", true),
        ("<0.3", "<0.3 単位なし", true),
        ("0.3未満", "0.3未満 単位なし", true),
        ("≧100", "≧100 単位なし", true),
        ("1:320", "1:320", false),
        ("1.2 mg/dL", "1.2 mg/dL", false),
        ("1+", "1+", false),
        ("12,500", "12,500 単位なし", true),
        ("5,9", "5,9 単位なし", true),
        ("2.1万", "2.1万 単位なし", true),
        ("2.1万/μL", "2.1万/μL", false),
        ("H 250", "H 250 単位なし", true),
        ("250 H", "250 H 単位なし", true),
        ("3.9↓", "3.9↓ 単位なし", true),
        ("+0.5", "+0.5 単位なし", true),
        ("1.0 - 1.2", "1.0 - 1.2 単位なし", true),
        ("3.9 L", "3.9 L", false),
        ("2025-12", "2025-12", false),
        ("2025-12-01", "2025-12-01", false),
        ("(-)", "(-)", false),
        ("+", "+", false),
        ("±", "±", false),
        ("溶血", "溶血", false),
    ] {
        let mut result = creatinine("1", "2026-11-01");
        result.value = Value::Text(sent.to_owned());
        let section = section(vec![result]);
        let [row] = section.items.as_slice() else {
            panic!("{section:?}")
        };
        let shown = row.value.clone().unwrap().replace(rows::NO_BREAK, " ");
        assert_eq!(shown, value);
        assert_eq!(words(row).contains(&"単位要確認"), doubtful, "{sent}");
    }
}

#[test]
fn all_spellings_of_a_ratio_without_unit_are_one_row() {
    let inr = |unit: Option<&str>, day: &str| {
        let code = coded(LOINC, "6301-6", "INR");
        observation(code, quantity(None, "2.3", unit), day)
    };
    let section = section(vec![
        inr(Some("{INR}"), "2026-11-01"),
        inr(None, "2026-10-01"),
        inr(Some("比"), "2026-09-01"),
    ]);
    assert_eq!(section.items.len(), 1);
    assert!(section.items[0].trend.is_some());
    assert!(!words(&section.items[0]).contains(&"単位の異なる結果あり"));
}

#[test]
fn what_only_a_name_says_stands_in_the_group_but_apart_from_what_a_code_says() {
    let mut named = creatinine("1.3", "2026-11-02");
    named.code = concept("Creatinine(Serum)");
    let section = section(vec![creatinine("1.0", "2026-11-01"), named]);
    assert_eq!(section.items.len(), 2);
    for row in &section.items {
        assert_eq!(row.title, "Cr");
        assert_eq!(row.group.as_deref(), Some("腎・電解質"));
        assert!(row.trend.is_none());
    }
    let named = section.items.iter().find(|item| item.text.contains("1.3"));
    assert!(
        named
            .unwrap()
            .text
            .contains("送信元の名称 Creatinine(Serum)")
    );
}

#[test]
fn a_range_for_the_other_sex_flags_nothing_and_says_for_whom_it_is() {
    let windows = Windows::default();
    let flagged = |sex: Option<Sex>| {
        let mut result = creatinine("0.9", "2026-11-01");
        let mut women = range("0.46", "0.79");
        women.applies_to = vec![coded("urn:x", "F", "")];
        result.ranges = vec![women];
        let context = Context {
            sex,
            ..context(&windows)
        };
        built(vec![lab(result)], &context, build).items.remove(0)
    };
    assert_eq!(
        words(&flagged(Some(Sex::Female))),
        ["高値（基準範囲より計算）"]
    );
    for sex in [Some(Sex::Male), None] {
        let row = flagged(sex);
        assert_eq!(words(&row), ["基準範囲不明"], "{sex:?}");
        assert!(
            row.text.contains("基準 0.46–0.79 mg/dL（女性）"),
            "{}",
            row.text
        );
    }
}

#[test]
fn a_part_is_flagged_from_its_own_range_and_an_unknown_one_is_not_said_of_each() {
    let part = |name: &str, number: &str, ranged: bool| Component {
        code: concept(name),
        value: quantity(None, number, Some("mg/dL")),
        ranges: if ranged {
            vec![range("70", "110")]
        } else {
            Vec::new()
        },
        ..Component::default()
    };
    let mut load = observation(concept("糖負荷試験"), Value::None, "2026-11-01");
    load.components = vec![part("0分", "120", true), part("120分", "210", false)];
    let all = texts(vec![load]);
    assert!(
        all[0]
            .contains("0分 120 mg/dL 高値（基準範囲より計算） 基準 70–110 mg/dL、120分 210 mg/dL"),
        "{all:?}"
    );
    assert!(!all[0].contains("基準範囲不明"), "{all:?}");
}

#[test]
fn the_day_of_the_report_is_not_taken_for_that_of_the_sample_in_silence() {
    let mut issued = creatinine("1.0", "2026-11-01");
    issued.effective = None;
    issued.issued = date("2026-11-02");
    let all = texts(vec![issued]);
    assert!(
        all[0].contains("2026-11-02") && all[0].contains("採取日不明（報告日）"),
        "{all:?}"
    );
}

#[test]
fn a_panel_that_only_gathers_results_is_no_missing_result() {
    let mut panel = observation(concept("血算"), Value::None, "2026-11-01");
    panel.members = 4;
    assert!(texts(vec![panel])[0].starts_with("血算 内訳4件"));
}

#[test]
fn the_words_of_a_terminology_stand_without_its_number() {
    let mut result = creatinine("1.4", "2026-11-01");
    result.interpretations = vec![coded(
        "http://snomed.info/sct",
        "166717003",
        "Serum creatinine raised",
    )];
    result.ranges = vec![range("0.61", "1.04")];
    let row = section(vec![result]).items.remove(0);
    assert_eq!(
        words(&row),
        ["判定 Serum creatinine raised", "高値（基準範囲より計算）"]
    );
    let mut odd = creatinine("1.4", "2026-11-01");
    odd.interpretations = vec![Concept {
        text: None,
        codings: vec![coding("urn:x", "QCF", "quality control failure")],
    }];
    let row = section(vec![odd]).items.remove(0);
    assert_eq!(words(&row)[0], "判定 quality control failure QCF");
}
