//! When an eGFR may be computed at all: whether it is known that no record speaks of dialysis.

use super::*;
use crate::domain::{patient::Sex, problem::Problem, result::Value};

fn creatinine() -> Record {
    let observation = Observation {
        code: coded("Cr", "http://loinc.org", "2160-0"),
        status: Some("final".to_owned()),
        effective: date("2025-11-01"),
        value: Value::Quantity(Quantity {
            comparator: None,
            number: Number::parse("1.0"),
            unit: Some("mg/dL".to_owned()),
        }),
        ..Observation::default()
    };
    record(
        "Observation/cr",
        Content::Observation(Box::new(observation)),
    )
}

fn dialysis(day: &str) -> Record {
    let procedure = Procedure {
        code: text("人工腎臓"),
        performed: date(day),
        status: Some("completed".to_owned()),
        ..Procedure::default()
    };
    record("Procedure/d", Content::Procedure(Box::new(procedure)))
}

fn diagnosis(name: &str) -> Record {
    let problem = Problem {
        name: text(name),
        ..Problem::default()
    };
    record("Condition/c", Content::Problem(Box::new(problem)))
}

fn claims(change: impl FnOnce(&mut Answer)) -> Answer {
    let mut claims = answer(Some(SourceName::Claims), Vec::new());
    change(&mut claims);
    claims
}

/// Whether an eGFR was computed for a man of 65.
fn is_computed(answers: &[Answer], forbidden: &'static [SectionName]) -> bool {
    let patient = Patient {
        birth_date: date("1960-04-01"),
        sex: Some(Sex::Male),
        ..Patient::default()
    };
    let patient: &'static Patient = Box::leak(Box::new(patient));
    let summary = summary_of(answers, |request| {
        request.patient = Some(patient);
        request.forbidden = forbidden;
    });
    let labs = section(&summary, SectionName::Labs);
    labs.items
        .iter()
        .any(|item| item.tags.iter().any(|tag| tag.word == "推算"))
}

fn emr(more: Vec<Record>) -> Answer {
    let records = std::iter::once(creatinine()).chain(more).collect();
    answer(Some(SourceName::Emr), records)
}

#[test]
fn an_egfr_is_computed_only_where_claims_came_whole_and_nothing_speaks_of_dialysis() {
    let whole = || claims(|_| {});
    assert!(is_computed(&[emr(vec![]), whole()], &[]));
    assert!(is_computed(
        &[emr(vec![diagnosis("高血圧症")]), whole()],
        &[]
    ));
    assert!(
        is_computed(&[answer(None, vec![creatinine()])], &[]),
        "files are all there is"
    );
    assert!(!is_computed(&[emr(vec![])], &[]), "claims were not asked");
    assert!(
        !is_computed(
            &[emr(vec![diagnosis("慢性腎不全(維持透析中)")]), whole()],
            &[]
        ),
        "a diagnosis speaks of dialysis"
    );
    assert!(
        !is_computed(&[emr(vec![]), whole()], &[SectionName::Dialysis]),
        "dialysis may not be seen"
    );
}

#[test]
fn claims_that_did_not_come_whole_or_speak_of_dialysis_allow_no_egfr() {
    for (why, claims) in [
        (
            "still coming",
            claims(|claims| claims.outcome = Outcome::Coming),
        ),
        (
            "not fetched",
            claims(|claims| {
                claims.outcome = Outcome::Failed {
                    why: "応答なし".to_owned(),
                    at: now(),
                };
            }),
        ),
        (
            "the search for dialysis failed",
            claims(|claims| {
                if let Outcome::Answered { failed, .. } = &mut claims.outcome {
                    failed.push((SectionName::Dialysis, "応答なし".to_owned()));
                }
            }),
        ),
        (
            "more at the source",
            claims(|claims| {
                if let Outcome::Answered { more_at_source, .. } = &mut claims.outcome {
                    more_at_source.push(SectionName::Procedures);
                }
            }),
        ),
        (
            "dialysis last month",
            answer(Some(SourceName::Claims), vec![dialysis("2025-10-10")]),
        ),
        (
            "dialysis years ago",
            answer(Some(SourceName::Claims), vec![dialysis("2021-10-10")]),
        ),
    ] {
        assert!(!is_computed(&[emr(vec![]), claims], &[]), "{why}");
    }
}
