//! What one sending takes away from another.

use super::*;
use crate::domain::{
    document::Document,
    patient::Identifier,
    problem::Problem,
    result::{Observation, Value},
};

const INSTANCE: &str = "http://jpfhir.jp/fhir/core/IdSystem/resourceInstance-identifier";
const CHART: &str = "http://hospital.example.jp/karte";

fn number(system: &str) -> Vec<Identifier> {
    vec![Identifier {
        system: Some(system.to_owned()),
        value: "77".to_owned(),
    }]
}

fn of(mut record: Record, facility: Option<&str>, number: Option<&str>, sent: &str) -> Record {
    record.origin.facility = facility.map(str::to_owned);
    record.origin.facility_number = number.map(str::to_owned);
    record.last_updated = date(sent);
    record
}

fn replaced(records: Vec<Record>) -> usize {
    files(records).accounting.superseded
}

#[test]
fn an_instance_number_of_another_or_an_unknown_institution_takes_no_allergy_away() {
    type Place = (Option<&'static str>, Option<&'static str>);
    let (a, b) = (Some("A病院"), Some("B病院"));
    let table: [(Place, Place, bool); 9] = [
        ((a, None), (b, None), false),
        ((a, None), (a, None), true),
        ((a, None), (Some("Ａ病院"), None), true),
        ((None, None), (None, None), false),
        ((a, None), (None, None), false),
        ((None, Some("1310000001")), (b, None), false),
        ((a, Some("1310000001")), (a, None), true),
        ((a, Some("1310000001")), (a, Some("1310000002")), false),
        ((a, Some("1310000001")), (b, Some("1310000001")), true),
    ];
    for (old, new, taken) in table {
        for [old, new] in [[old, new], [new, old]] {
            let sent = |id: &str, agent: &str, place: Place, day: &str| {
                let mut one = allergy(id, text(agent), |_| {});
                one.identifiers = number(INSTANCE);
                of(one, place.0, place.1, day)
            };
            let penicillin = sent("1", "ペニシリン", old, "2025-05-01");
            let mackerel = sent("2", "さば", new, "2025-06-01");
            let found = replaced(vec![penicillin.clone(), mackerel.clone()]);
            assert_eq!(found, usize::from(taken), "{old:?} {new:?}");
            assert_eq!(replaced(vec![mackerel, penicillin]), found);
        }
    }
}

#[test]
fn of_an_institution_that_is_not_named_only_the_same_fact_of_the_same_day_is_replaced() {
    let problem = |id: &str, name: &str, onset: &str, place: Option<&str>, sent: &str| {
        let content = Content::Problem(Box::new(Problem {
            name: text(name),
            onset: date(onset),
            ..Problem::default()
        }));
        of(
            record(&format!("Condition/{id}"), content),
            place,
            None,
            sent,
        )
    };
    for (name, onset, place, taken) in [
        ("肺炎", "2024-02-01", None, true),
        ("肺炎", "2025-02-01", None, false),
        ("胃癌", "2024-02-01", None, false),
        ("肺炎", "2024-02-01", Some("B病院"), true),
        ("肺炎", "2025-02-01", Some("B病院"), false),
    ] {
        // By one id, as files of several senders repeat it, and by one instance number.
        let old = problem("1", "肺炎", "2024-02-01", None, "2025-05-01");
        let new = problem("1", name, onset, place, "2025-06-01");
        assert_eq!(replaced(vec![old.clone(), new.clone()]), usize::from(taken));
        let numbered = [(old, "Condition/a"), (new, "Condition/b")].map(|(mut one, id)| {
            id.clone_into(&mut one.resource);
            one.identifiers = number(INSTANCE);
            one
        });
        assert_eq!(replaced(numbered.to_vec()), usize::from(taken), "{name}");
    }
}

fn crp(id: &str, taken: Option<&str>, value: &str, sent: &str) -> Record {
    let content = Content::Observation(Box::new(Observation {
        code: text("CRP"),
        status: Some("final".to_owned()),
        effective: taken.and_then(date),
        value: Value::Text(value.to_owned()),
        ..Observation::default()
    }));
    let mut one = record(&format!("Observation/{id}"), content);
    one.identifiers = number(CHART);
    one.last_updated = date(sent);
    one
}

#[test]
fn results_of_three_days_under_one_chart_number_all_stay() {
    let days = [
        crp("mon", Some("2025-11-17"), "12.1", "2025-11-17"),
        crp("tue", Some("2025-11-18"), "8.4", "2025-11-18"),
        crp("wed", Some("2025-11-19"), "3.0", "2025-11-19"),
    ];
    assert_eq!(replaced(days.to_vec()), 0);
    // Without a day nobody knows that they are one.
    let undated = [
        crp("a", None, "12.1", "2025-11-17"),
        crp("b", None, "8.4", "2025-11-18"),
    ];
    assert_eq!(replaced(undated.to_vec()), 0);
    let corrected = [
        crp("a", Some("2025-11-17"), "121", "2025-11-17"),
        crp("b", Some("2025-11-17"), "12.1", "2025-11-18"),
    ];
    assert_eq!(replaced(corrected.to_vec()), 1);
}

#[test]
fn letters_of_two_days_under_one_chart_number_both_stay() {
    let letter = |id: &str, day: &str| {
        let content = Content::Document(Box::new(Document {
            kind: coded("退院時サマリー", "http://loinc.org", "18842-5"),
            date: date(day),
            ..Document::default()
        }));
        let mut one = record(&format!("Composition/{id}"), content);
        one.identifiers = number(CHART);
        one
    };
    let letters = vec![letter("1", "2025-10-01"), letter("2", "2025-11-01")];
    assert_eq!(files(letters).accounting.shown, 2);
}

#[test]
fn the_newest_of_two_thousand_under_one_number_replaces_all_others() {
    let many: Vec<Record> = (0..2_000)
        .map(|at| {
            let minute = format!("2025-11-18T{:02}:{:02}:00Z", at / 60 % 24, at % 60);
            let sent = if at < 1_440 {
                minute
            } else {
                "2025-11-17".to_owned()
            };
            crp(&at.to_string(), Some("2025-11-17"), &at.to_string(), &sent)
        })
        .collect();
    let summary = files(many);
    assert_eq!(summary.accounting.superseded, 1_999);
    assert_eq!(fate(&summary, "Observation/1439"), Fate::Shown);
    let entries = &summary.accounting.entries;
    let by_newest = entries
        .iter()
        .filter(|entry| entry.why.contains("Observation/1439"));
    assert_eq!(by_newest.count(), 1_999);
}
