//! Which creatinine gives an estimated GFR, and what number.

use super::super::{
    labs,
    rows_testing::{built, coded, concept, context, observation, quantity},
};
use crate::domain::{
    assemble::{Windows, labs::tests::lab},
    date::Date,
    patient::Sex,
    result::Observation,
    summary::Item,
};

const LOINC: &str = "http://loinc.org";

fn creatinine(
    comparator: Option<&str>,
    number: &str,
    unit: Option<&str>,
    day: &str,
) -> Observation {
    let code = coded(LOINC, "2160-0", "Creatinine");
    observation(code, quantity(comparator, number, unit), day)
}

/// The eGFR rows of a patient born on `birth`, dialysis ruled out.
fn estimated(results: Vec<Observation>, sex: Option<Sex>, birth: &str) -> Vec<Item> {
    rows(results, sex, birth, true)
}

fn rows(results: Vec<Observation>, sex: Option<Sex>, birth: &str, ruled_out: bool) -> Vec<Item> {
    let windows = Windows::default();
    let patient = super::Context {
        sex,
        birth: Date::parse(birth),
        dialysis_ruled_out: ruled_out,
        ..context(&windows)
    };
    let records = results.into_iter().map(lab).collect();
    let mut items = built(records, &patient, labs::build).items;
    items.retain(|item| item.tags.iter().any(|tag| tag.word == "推算"));
    items
}

#[test]
fn the_number_is_that_of_the_japanese_equation() {
    // Reference values worked out by hand from 194 × Cr^-1.094 × age^-0.287 (× 0.739).
    for (number, unit, sex, birth, expected) in [
        ("1.0", "mg/dL", Sex::Male, "1976-05-01", "63"),
        ("1.0", "mg/dL", Sex::Female, "1976-05-01", "47"),
        ("0.61", "mg/dL", Sex::Female, "1996-05-01", "93"),
        ("3.5", "mg/dL", Sex::Male, "1946-05-01", "14"),
        ("88.4", "μmol/L", Sex::Male, "1976-05-01", "63"),
        ("1.0", "ｍｇ／ｄｌ", Sex::Male, "2008-06-01", "85"),
    ] {
        let result = creatinine(None, number, Some(unit), "2026-06-01");
        let items = estimated(vec![result], Some(sex), birth);
        let [row] = items.as_slice() else {
            panic!("{number} {unit} {birth}: {items:?}")
        };
        let value = format!("{expected}\u{a0}mL/min/1.73m2");
        assert_eq!(
            row.value.as_deref(),
            Some(value.as_str()),
            "{number} {sex:?} {birth}"
        );
        assert_eq!(row.group.as_deref(), Some("腎・電解質"));
        assert_eq!(row.date.as_deref(), Some("2026-06-01"));
        let from = format!("Cr {number} {unit}（2026-06-01）から計算");
        assert!(row.text.contains(&from), "{}", row.text);
        assert!(
            row.text.contains("推算") && row.text.contains("急性腎障害"),
            "{}",
            row.text
        );
    }
}

#[test]
fn where_anything_is_in_doubt_no_number_is_given() {
    let good = || creatinine(None, "1.0", Some("mg/dL"), "2026-06-01");
    let man = Some(Sex::Male);
    assert_eq!(estimated(vec![good()], man, "1976-05-01").len(), 1);
    assert_eq!(
        rows(vec![good()], man, "1976-05-01", false).len(),
        0,
        "dialysis not ruled out"
    );
    for (why, sex, birth) in [
        ("17 years on the day of the sample", man, "2008-06-02"),
        ("birth known to the year", man, "1976"),
        ("sex not sent", None, "1976-05-01"),
        ("sex unknown", Some(Sex::Unknown), "1976-05-01"),
        ("sex other", Some(Sex::Other), "1976-05-01"),
        ("born after the sample", man, "2026-07-01"),
    ] {
        assert_eq!(estimated(vec![good()], sex, birth).len(), 0, "{why}");
    }
}

#[test]
fn a_creatinine_in_doubt_gives_no_number() {
    let with = |change: fn(&mut Observation)| {
        let mut result = creatinine(None, "1.0", Some("mg/dL"), "2026-06-01");
        change(&mut result);
        result
    };
    let man = Some(Sex::Male);
    for (why, result) in [
        (
            "a bound",
            creatinine(Some("<"), "1.0", Some("mg/dL"), "2026-06-01"),
        ),
        ("no unit", creatinine(None, "1.0", None, "2026-06-01")),
        (
            "another unit",
            creatinine(None, "1.0", Some("mg/L"), "2026-06-01"),
        ),
        (
            "a value of urine",
            creatinine(None, "104", Some("mg/dL"), "2026-06-01"),
        ),
        (
            "the month alone",
            creatinine(None, "1.0", Some("mg/dL"), "2026-06"),
        ),
        (
            "a day to come",
            creatinine(None, "1.0", Some("mg/dL"), "2026-12-01"),
        ),
        (
            "interim",
            with(|result| result.status = Some("preliminary".to_owned())),
        ),
        ("no status", with(|result| result.status = None)),
        (
            "said to be absent",
            with(|result| result.absent_reason = Some(concept("検体不良"))),
        ),
        (
            "no code of blood",
            with(|result| result.code = concept("クレアチニン")),
        ),
    ] {
        assert_eq!(estimated(vec![result], man, "1976-05-01").len(), 0, "{why}");
    }
}

#[test]
fn a_sent_egfr_as_new_as_the_creatinine_is_not_doubled() {
    let egfr = |day: &str| {
        let code = coded(LOINC, "48642-3", "eGFR");
        observation(code, quantity(None, "41", Some("mL/min/{1.73_m2}")), day)
    };
    let all = |sent: &str| {
        let results = vec![
            creatinine(None, "1.0", Some("mg/dL"), "2026-06-01"),
            egfr(sent),
        ];
        estimated(results, Some(Sex::Male), "1976-05-01").len()
    };
    assert_eq!(all("2026-06-01"), 0);
    assert_eq!(all("2026-06-01T09:00:00+09:00"), 0);
    assert_eq!(all("2026-07-01"), 0);
    assert_eq!(all("2026-05-31"), 1);
}

#[test]
fn only_the_latest_creatinine_is_used_and_an_older_one_never_stands_in_for_it() {
    let older = creatinine(None, "1.0", Some("mg/dL"), "2026-05-01");
    let newer = |comparator| creatinine(comparator, "2.0", Some("mg/dL"), "2026-06-01");
    let man = Some(Sex::Male);
    let items = estimated(vec![older.clone(), newer(None)], man, "1976-05-01");
    assert!(items[0].text.contains("Cr 2.0"), "{}", items[0].text);
    assert!(estimated(vec![older.clone(), newer(Some(">"))], man, "1976-05-01").is_empty());
    let other = creatinine(None, "1.4", Some("mg/dL"), "2026-06-01");
    assert!(
        estimated(vec![newer(None), other], man, "1976-05-01").is_empty(),
        "two values of one day"
    );
    let mut undated = creatinine(None, "3.0", Some("mg/dL"), "2026-06-01");
    undated.effective = None;
    assert!(
        estimated(vec![newer(None), undated], man, "1976-05-01").is_empty(),
        "an undated value"
    );
}
