//! What the rows of the section `labs` must say.

use super::super::rows_testing::{
    built, built_from, coded, coding, concept, context, date, indicated, observation, quantity,
    record,
};
use super::*;
use crate::domain::{
    assemble::Windows,
    quantity::{Number, Quantity, Range},
    record::Record,
    result::{Component, ReferenceRange},
    section::{Fate, SourceName},
    summary::Tone,
};

pub(super) const LOINC: &str = "http://loinc.org";
const RESULTS: &str = "http://jpfhir.jp/fhir/LaboResult/CodeSystem";

pub(in crate::domain::assemble) fn creatinine(number: &str, day: &str) -> Observation {
    observation(
        coded(LOINC, "2160-0", "Creatinine"),
        quantity(None, number, Some("mg/dL")),
        day,
    )
}

pub(in crate::domain::assemble) fn lab(observation: Observation) -> Record {
    record(Content::Observation(Box::new(observation)))
}

pub(in crate::domain::assemble) fn section(observations: Vec<Observation>) -> Built {
    built(
        observations.into_iter().map(lab).collect(),
        &context(&Windows::default()),
        build,
    )
}

pub(in crate::domain::assemble) fn range(low: &str, high: &str) -> ReferenceRange {
    let bound = |number: &str| {
        Some(Quantity {
            comparator: None,
            number: Number::parse(number),
            unit: Some("mg/dL".to_owned()),
        })
    };
    ReferenceRange {
        range: Range {
            low: bound(low),
            high: bound(high),
            text: None,
        },
        ..ReferenceRange::default()
    }
}

fn numbers(item: &Item) -> Vec<f64> {
    let points = item.trend.iter().flat_map(|trend| &trend.points);
    points.map(|point| point.number).collect()
}

pub(in crate::domain::assemble) fn words(item: &Item) -> Vec<&str> {
    item.tags.iter().map(|tag| tag.word.as_str()).collect()
}

#[test]
fn the_latest_value_is_the_row_and_older_ones_are_its_trend() {
    let section = section(vec![
        creatinine("0.90", "2026-01-10"),
        creatinine("1.20", "2026-03-22"),
        creatinine("1.05", "2026-02-01"),
    ]);
    let [row] = section.items.as_slice() else {
        panic!("{section:?}")
    };
    assert_eq!(row.title, "Cr");
    assert_eq!(row.value.as_deref(), Some("1.20\u{a0}mg/dL"));
    assert_eq!(numbers(row), [0.9, 1.05, 1.2]);
    assert_eq!(
        row.trend
            .as_ref()
            .map(|trend| trend.words.replace(rows::NO_BREAK, " "))
            .as_deref(),
        Some(
            "推移3件：2026-01-10 0.90 mg/dL から 2026-03-22 1.20 mg/dL、最小 2026-01-10 0.90 mg/dL、最大 2026-03-22 1.20 mg/dL"
        )
    );
    assert_eq!(row.details[0], "8か月前");
    assert!(
        row.details
            .iter()
            .any(|detail| detail.starts_with("前回 1.05\u{a0}mg/dL")),
        "{row:?}"
    );
    assert!(row.text.starts_with("Cr 1.20 mg/dL"), "{}", row.text);
    assert_eq!(words(row), ["基準範囲不明"]);
}

#[test]
fn the_window_is_one_year_or_the_last_three_whichever_holds_more() {
    let days = ["2019-01-01", "2020-01-01", "2021-01-01", "2022-01-01"];
    let old = section(days.iter().map(|day| creatinine("1.0", day)).collect());
    assert_eq!(
        old.fates
            .iter()
            .filter(|fate| fate.1 == Fate::OutsideWindow)
            .count(),
        1
    );
    assert_eq!(old.items[0].date.as_deref(), Some("2022-01-01"));

    let recent = [
        "2026-11-01",
        "2026-10-01",
        "2026-09-01",
        "2026-08-01",
        "2025-11-22",
        "2025-11-21",
    ];
    let many = section(recent.iter().map(|day| creatinine("1.0", day)).collect());
    assert_eq!(
        many.fates
            .iter()
            .filter(|fate| fate.1 == Fate::OutsideWindow)
            .count(),
        1
    );
    assert_eq!(many.items[0].merged.len(), 4);
}

#[test]
fn values_of_different_units_are_never_in_one_row_or_one_trend() {
    let mut other = creatinine("88", "2026-10-01");
    other.value = quantity(None, "88", Some("μmol/L"));
    let section = section(vec![
        creatinine("1.0", "2026-09-01"),
        other,
        creatinine("1.1", "2026-11-01"),
    ]);
    assert_eq!(section.items.len(), 2);
    assert!(
        section
            .items
            .iter()
            .all(|item| words(item).contains(&"単位の異なる結果あり"))
    );
    assert_eq!(numbers(&section.items[0]).len(), 2);
    assert!(section.items[1].trend.is_none());
}

#[test]
fn the_senders_flag_stands_with_its_code_and_is_never_computed_over() {
    for (code, word, tone) in [
        ("HH", "異常高値 HH", Tone::Danger),
        ("H", "高値 H", Tone::Warning),
        ("LL", "異常低値 LL", Tone::Danger),
        ("N", "基準範囲内 N", Tone::Info),
    ] {
        let number = match code {
            "N" => "0.9",
            "LL" => "0.1",
            _ => "9.9",
        };
        let mut result = creatinine(number, "2026-11-01");
        result.interpretations = vec![coded(
            "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
            code,
            "",
        )];
        result.ranges = vec![range("0.61", "1.04")];
        let section = section(vec![result]);
        assert_eq!(section.items[0].tags.len(), 1);
        assert_eq!(section.items[0].tags[0], rows::tag(tone, word));
        assert!(section.items[0].text.contains(word));
    }
    let mut result = creatinine("1.20", "2026-11-01");
    result.ranges = vec![range("0.61", "1.04")];
    let section = section(vec![result]);
    assert_eq!(words(&section.items[0]), ["高値（基準範囲より計算）"]);
    assert!(
        section.items[0].text.contains("基準 0.61–1.04 mg/dL"),
        "{}",
        section.items[0].text
    );
}

#[test]
fn a_missing_or_implausible_unit_is_said_and_the_value_shown_as_sent() {
    let mut bare = creatinine("1.2", "2026-11-01");
    bare.value = quantity(Some("<"), "1.2", None);
    let albumin = observation(
        coded(LOINC, "1751-7", "Albumin"),
        quantity(None, "3.9", Some("mg/L")),
        "2026-11-01",
    );
    let section = section(vec![bare, albumin]);
    assert_eq!(
        section.items[0].value.as_deref(),
        Some("<1.2\u{a0}単位なし")
    );
    assert!(words(&section.items[0]).contains(&"単位要確認"));
    assert_eq!(section.items[1].value.as_deref(), Some("3.9\u{a0}mg/L"));
    assert!(words(&section.items[1]).contains(&"単位要確認"));
}

#[test]
fn a_ratio_without_a_unit_is_no_defect() {
    let inr = observation(
        coded(LOINC, "6301-6", "INR"),
        quantity(None, "2.31", None),
        "2026-11-01",
    );
    let section = section(vec![inr]);
    assert_eq!(
        section.items[0].value.as_deref(),
        Some("2.31\u{a0}単位なし")
    );
    assert!(!words(&section.items[0]).contains(&"単位要確認"));
}

#[test]
fn cancelled_interim_and_absent_results_say_so_in_words() {
    let mut cancelled = creatinine("0", "2026-11-02");
    cancelled.status = Some("cancelled".to_owned());
    cancelled.value = Value::None;
    cancelled.absent_reason = Some(coded(
        "http://terminology.hl7.org/CodeSystem/data-absent-reason",
        "error",
        "",
    ));
    let mut interim = creatinine("1.1", "2026-11-01");
    interim.status = Some("preliminary".to_owned());
    let section = section(vec![cancelled, interim]);
    assert_eq!(section.items.len(), 2);
    assert!(
        section.items[0].text.contains("未実施") && section.items[0].text.contains("測定エラー")
    );
    assert!(words(&section.items[1]).contains(&"中間報告"));
}

#[test]
fn a_value_that_cannot_be_read_has_its_own_row_and_is_counted() {
    let mut broken = creatinine("1", "2026-11-02");
    broken.value = Value::Unreadable;
    let section = section(vec![broken, creatinine("1.1", "2026-11-01")]);
    assert_eq!(section.items.len(), 2);
    assert_eq!(section.items[0].value.as_deref(), Some("値を読めません"));
    assert_eq!(section.partly_unreadable, 1);
}

#[test]
fn coded_results_are_words_and_never_a_bare_digit() {
    for (list, code, said) in [
        ("JP_PosNegHold_CS", "1", "陽性"),
        ("JP_PosNegHold_CS", "2", "陰性"),
        ("JP_PosNegHold_CS", "3", "判定保留"),
        ("JP_Urine_Code_CS", "1", "（－）"),
        ("JP_Urine_Code_CS", "2", "（±）"),
        ("JP_Urine_Code_CS", "4", "（2＋）"),
        ("JP_BldABO_CS", "4", "O型"),
        ("JP_BldRh_CS", "2", "Rh（－）"),
        ("Unheard_CS", "2", "コード2（意味の記載なし）"),
    ] {
        let value = Value::Concept(coded(&format!("{RESULTS}/{list}"), code, ""));
        let section = section(vec![observation(concept("検査"), value, "2026-11-01")]);
        assert_eq!(
            section.items[0].value.as_deref(),
            Some(said),
            "{list} {code}"
        );
    }
    let shown = Value::Concept(coded(&format!("{RESULTS}/JP_Urine_Code_CS"), "2", "±"));
    assert_eq!(
        section(vec![observation(concept("尿蛋白"), shown, "2026-11-01")]).items[0]
            .value
            .as_deref(),
        Some("±")
    );
}

#[test]
fn blood_groups_carry_their_warning_and_two_that_differ_stay_two_rows() {
    let group = |code: &str, day: &str| {
        let value = Value::Concept(coded(&format!("{RESULTS}/JP_BldABO_CS"), code, ""));
        observation(coded(LOINC, "883-9", "ABO"), value, day)
    };
    let section = section(vec![
        group("1", "2026-01-01"),
        group("4", "2026-02-01"),
        group("4", "2026-03-01"),
    ]);
    assert_eq!(section.items.len(), 2);
    assert!(
        section.items.iter().all(
            |item| item.text.contains("輸血には必ず当院で検査") && item.text.contains("不一致")
        )
    );
    assert!(
        section
            .notes
            .iter()
            .any(|note| note.contains("輸血には必ず当院で検査"))
    );
}

#[test]
fn a_sent_egfr_stands_in_the_renal_group_and_groups_are_in_clinical_order() {
    let egfr = observation(
        coded(LOINC, "48642-3", "eGFR"),
        quantity(None, "41", Some("mL/min/{1.73_m2}")),
        "2026-11-01",
    );
    let platelets = observation(
        coded(LOINC, "777-3", "PLT"),
        quantity(None, "210", Some("10*3/uL")),
        "2026-11-01",
    );
    let own = observation(
        concept("乳酸"),
        quantity(None, "1.9", Some("mmol/L")),
        "2026-11-01",
    );
    let section = section(vec![own, egfr, platelets]);
    let groups: Vec<_> = section
        .items
        .iter()
        .filter_map(|item| item.group.as_deref())
        .collect();
    assert_eq!(groups, ["血算", "腎・電解質", "その他"]);
    assert_eq!(section.uncoded, 1);
}

#[test]
fn parts_of_a_result_are_printed_with_their_names() {
    let part = |name: &str, number: &str| Component {
        code: concept(name),
        value: quantity(None, number, Some("mmHg")),
        ..Component::default()
    };
    let mut pressure = observation(concept("血圧"), Value::None, "2026-11-01");
    pressure.components = vec![part("収縮期", "109"), part("拡張期", "44")];
    let section = section(vec![pressure]);
    assert!(
        section.items[0]
            .text
            .contains("収縮期 109 mmHg、拡張期 44 mmHg"),
        "{}",
        section.items[0].text
    );
}

#[test]
fn a_value_beside_a_reason_for_its_absence_is_shown_with_both() {
    let mut both = creatinine("1.1", "2026-11-01");
    both.absent_reason = Some(concept("検体不良"));
    let section = section(vec![both]);
    assert!(
        section.items[0].text.contains("1.1 mg/dL") && section.items[0].text.contains("検体不良")
    );
    assert!(words(&section.items[0]).contains(&"値と欠測理由の両方あり"));
}

#[test]
fn the_senders_name_is_kept_beside_the_short_one_and_a_second_source_is_named() {
    let mut code = coded(LOINC, "2160-0", "Creatinine");
    code.text = Some("血清クレアチニン(Cre)".to_owned());
    code.codings.push(coding("urn:local", "X1", "Cre"));
    let result = observation(code, quantity(None, "1.1", Some("mg/dL")), "2026-11-01");
    let source = |number: usize| {
        if number == 0 {
            SourceName::Emr
        } else {
            SourceName::Claims
        }
    };
    let records = vec![lab(result.clone()), lab(result)];
    let section = built_from(records, source, &context(&Windows::default()), build);
    assert!(section.items[0].text.contains("血清クレアチニン(Cre)"));
    assert_eq!(
        section.items[0].also_from,
        [SourceName::Emr, SourceName::Claims]
    );
}

#[test]
fn an_older_panic_value_is_never_only_counted() {
    let mut results: Vec<Observation> = (1..=9)
        .map(|day| creatinine("1.0", &format!("2026-11-0{day}")))
        .collect();
    results[0].interpretations = vec![coded("urn:x", "HH", "")];
    results[1].interpretations = vec![coded("urn:x", "LL", "")];
    let section = section(results);
    assert!(
        section.items[0].text.contains("異常低値 LL 2026-11-02"),
        "{}",
        section.items[0].text
    );
    assert!(
        section.items[0]
            .text
            .contains("ほか過去5件（うち異常高値・低値1件）"),
        "{}",
        section.items[0].text
    );
}

#[test]
fn what_must_not_be_delivered_leaves_no_trace_but_its_fate() {
    let records = vec![indicated(
        lab(observation(
            concept("秘密検査"),
            quantity(None, "1", Some("U/L")),
            "2026-11-01",
        )),
        "UNDELIVERED",
    )];
    let section = built(records, &context(&Windows::default()), build);
    assert!(section.items.is_empty() && section.notes.is_empty());
    assert_eq!(section.fates[0].1, Fate::Withheld);
}

#[test]
fn an_undated_result_is_shown_as_such_and_never_as_an_older_value() {
    let mut undated = creatinine("2.0", "2026-11-01");
    undated.effective = None;
    let mut issued = creatinine("3.0", "2026-11-01");
    issued.effective = None;
    issued.issued = date("2026-11-02");
    let section = section(vec![undated, creatinine("1.1", "2026-11-01"), issued]);
    assert_eq!(section.items.len(), 2);
    assert!(
        section
            .items
            .iter()
            .any(|item| words(item).contains(&"日付不明"))
    );
}

#[test]
fn in_english_no_word_of_the_row_is_japanese() {
    let windows = Windows::default();
    let english = Context {
        language: crate::domain::section::Language::En,
        ..context(&windows)
    };
    let mut absent = creatinine("1", "2026-11-03");
    absent.value = Value::None;
    absent.absent_reason = Some(coded("urn:x", "not-performed", ""));
    let mut flagged = creatinine("2.5", "2026-11-02");
    flagged.ranges = vec![range("0.61", "1.04")];
    let mut bare = creatinine("2.5", "2026-01-02");
    bare.value = quantity(None, "7", None);
    bare.status = Some("preliminary".to_owned());
    let records = [absent, flagged, creatinine("1.0", "2024-01-01"), bare];
    let mut records: Vec<Record> = records.into_iter().map(lab).collect();
    for record in &mut records {
        record.origin.facility = None;
    }
    let section = built(records, &english, build);
    for text in section
        .items
        .iter()
        .map(|item| &item.text)
        .chain(&section.notes)
    {
        assert!(
            text.chars().all(|c| c.is_ascii() || "–≤≥".contains(c)),
            "{text}"
        );
    }
}
