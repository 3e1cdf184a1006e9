//! What the rows of the section `infections` must say.

use proptest::prelude::*;

use super::super::rows_testing::{
    built, coded, concept, context, indicated, observation, quantity, record,
};
use super::*;
use crate::domain::{assemble::Windows, record::Record, section::Fate};

const LIST: &str =
    "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC10/JP_CLINS_ObsLabResult_InfectionLabo_CS";
const RESULT: &str = "http://jpfhir.jp/fhir/LaboResult/CodeSystem/JP_PosNegHold_CS";

fn qualitative(code: &str, display: &str, result: &str, day: &str) -> Record {
    let value = Value::Concept(coded(RESULT, result, ""));
    record(Content::Observation(Box::new(observation(
        coded(LIST, code, display),
        value,
        day,
    ))))
}

fn section(records: Vec<Record>) -> Built {
    built(records, &context(&Windows::default()), build)
}

#[test]
fn a_negative_result_carries_its_date_and_age() {
    let section = section(vec![qualitative(
        "5F360148702305111",
        "HCV抗体(定性)",
        "2",
        "2022-03",
    )]);
    assert_eq!(
        section.items[0].value.as_deref(),
        Some("陰性\u{a0}2022-03（4年前）")
    );
    assert!(
        section.items[0]
            .text
            .starts_with("HCV抗体(定性) 陰性 2022-03（4年前）"),
        "{}",
        section.items[0].text
    );
    assert_eq!(section.items[0].tags[0].tone, Tone::Info);
    assert!(
        section
            .notes
            .iter()
            .any(|note| note == "結核・MRSA・COVID-19等は対象外")
    );
}

#[test]
fn a_positive_result_is_a_warning_but_never_for_hbs_antibody() {
    let section = section(vec![
        qualitative("5F016141002305111", "HBs抗原(定性)", "1", "2026-01-01"),
        qualitative("5F016143002305111", "HBs抗体(定性)", "1", "2026-01-01"),
    ]);
    assert_eq!(section.items[0].tags[0], rows::tag(Tone::Warning, "陽性"));
    assert_eq!(section.items[1].tags[0], rows::tag(Tone::Info, "陽性"));
}

#[test]
fn every_test_has_its_row_and_older_results_of_it_are_details() {
    let section = section(vec![
        qualitative("5F016141002305111", "HBs抗原(定性)", "2", "2023-01-01"),
        qualitative("5F016141002305111", "HBs抗原(定性)", "1", "2026-01-01"),
        qualitative("5F016143002305111", "HBs抗体(定性)", "2", "2026-01-01"),
        qualitative("5F016141002305111", "HBs抗原(定性)", "2", "2019-01-01"),
    ]);
    assert_eq!(section.items.len(), 2);
    assert!(
        section.items[0].details[0].contains("陰性\u{a0}2023-01-01（3年前）"),
        "{:?}",
        section.items[0].details
    );
    assert_eq!(
        section
            .fates
            .iter()
            .filter(|fate| fate.1 == Fate::OutsideWindow)
            .count(),
        1
    );
}

#[test]
fn a_number_is_shown_with_unit_and_the_senders_judgement_and_nothing_is_derived() {
    let mut result = observation(
        coded(
            LIST,
            "5E075000002305233",
            "梅毒TP抗体(定量、陽性コントロール比)",
        ),
        quantity(None, "32.1", Some("COI")),
        "2026-01-01",
    );
    result.ranges = vec![crate::domain::result::ReferenceRange {
        range: crate::domain::quantity::Range {
            text: Some("1.0未満".to_owned()),
            ..Default::default()
        },
        ..Default::default()
    }];
    let plain = section(vec![record(Content::Observation(Box::new(result.clone())))]);
    assert!(plain.items[0].tags.is_empty(), "{:?}", plain.items[0].tags);
    assert!(plain.items[0].text.contains("32.1 COI"));
    result.interpretations = vec![coded("urn:x", "POS", "")];
    let judged = section(vec![record(Content::Observation(Box::new(result)))]);
    assert_eq!(judged.items[0].tags[0].word, "陽性 POS");
}

#[test]
fn what_was_tested_is_named_even_where_the_sender_does_not() {
    let value = Value::Text("陰性".to_owned());
    let mut code = coded("urn:oid:1.2.392.200119.4.504", "5F360145302305111", "");
    code.text = Some("HCV精密".to_owned());
    let section = section(vec![record(Content::Observation(Box::new(observation(
        code,
        value,
        "2026-01-01",
    ))))]);
    assert_eq!(section.items[0].title, "HCV核酸 HCV精密");
}

#[test]
fn a_long_term_result_outlives_the_window() {
    let old = qualitative("5F016141002305111", "HBs抗原(定性)", "1", "2010-01-01");
    assert!(section(vec![old.clone()]).items.is_empty());
    assert_eq!(section(vec![indicated(old, "LTS")]).items.len(), 1);
}

#[test]
fn words_and_code_that_disagree_are_both_said_and_warned_of() {
    let value = Value::Concept(coded(RESULT, "1", "陰性"));
    let result = observation(concept("HCV抗体(定性)"), value, "2026-01-01");
    let section = section(vec![record(Content::Observation(Box::new(result)))]);
    assert!(
        section.items[0]
            .text
            .contains("陰性（コードは陽性・要確認）")
    );
    assert_eq!(section.items[0].tags[0].tone, Tone::Warning);
}

proptest! {
    #[test]
    fn hbs_antibody_is_never_in_a_warning_colour_and_fates_add_up(
        results in prop::collection::vec((0_usize..4, 0_usize..5, prop::sample::select(vec!["POS", "H", "HH", "A", "N"]), 2015_i32..2027), 0..16)
    ) {
        let names = ["HBs抗体(定性)", "HBs抗体(定量)", "HBs抗原(定性)", "HIV-1+2抗体(定性)"];
        let records = results.into_iter().map(|(name, value, flag, year)| {
            let value = match value {
                0 => Value::Concept(coded(RESULT, "1", "")),
                1 => quantity(None, "120.5", Some("mIU/mL")),
                2 => quantity(Some(">"), "1000", None),
                3 => Value::Unreadable,
                _ => Value::None,
            };
            let mut result = observation(concept(names[name]), value, &year.to_string());
            result.interpretations = vec![coded("urn:x", flag, "")];
            record(Content::Observation(Box::new(result)))
        }).collect();
        let section = section(records);
        for item in section.items.iter().filter(|item| item.title.contains("HBs抗体")) {
            prop_assert!(item.tags.iter().all(|tag| tag.tone == Tone::Info), "{item:?}");
        }
        for item in &section.items {
            let value = item.value.clone().unwrap_or_default();
            prop_assert!(!value.starts_with("120.5") || value.starts_with("120.5\u{a0}mIU/mL"), "{value}");
            prop_assert!(!value.starts_with(">1000") || value.contains("単位なし"), "{value}");
        }
    }
}
