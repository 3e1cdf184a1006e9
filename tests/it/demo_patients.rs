//! Every hand-written patient, read and assembled, makes the lines that it promises.

use std::sync::Arc;

use chrono::NaiveDate;
use emergency_summary::{
    demo::patients::{Chart, HOSPITAL_NUMBER, ScreenLine, charts},
    domain::{
        assemble::{Answer, Outcome, Request, Windows, assemble},
        record::{Content, Records},
        section::{Freshness, Language, Look, SourceName},
        summary::Summary,
    },
    fhir::{Form, read},
};
use serde_json::json;

fn records(chart: &Chart, source: SourceName) -> Records {
    let entries: Vec<_> = chart
        .resources(source)
        .into_iter()
        .map(|resource| {
            let url = format!(
                "http://127.0.0.1/fhir/{}/{}",
                resource["resourceType"].as_str().unwrap(),
                resource["id"].as_str().unwrap()
            );
            json!({"fullUrl": url, "resource": resource})
        })
        .collect();
    if entries.is_empty() {
        return Records::default();
    }
    let bundle = json!({"resourceType": "Bundle", "type": "searchset", "entry": entries});
    read(bundle.to_string().as_bytes(), Form::Json, 1).unwrap()
}

fn summary(chart: &Chart, today: NaiveDate) -> Summary {
    let identity = records(chart, SourceName::Identity);
    let patient = identity
        .records
        .iter()
        .find_map(|record| match &record.content {
            Content::Patient(patient) => Some((**patient).clone()),
            _ => None,
        })
        .unwrap();
    let at = today.and_hms_opt(1, 0, 0).unwrap().and_utc();
    let answers: Vec<Answer> = SourceName::CLINICAL
        .into_iter()
        .map(|source| Answer {
            source: Some(source),
            subject: Some(format!("Patient/{}", chart.local_id(source))),
            subject_optional: false,
            outcome: Outcome::Answered {
                records: Arc::new(records(chart, source)),
                at,
                freshness: Freshness::Fresh,
                more_at_source: Vec::new(),
                failed: Vec::new(),
            },
        })
        .collect();
    let windows = Windows::default();
    let request = Request {
        patient: Some(&patient),
        as_of: today,
        look: Look::Emergency,
        language: Language::Ja,
        windows: &windows,
        forbidden: &[],
        hides_covered: false,
        viewer_facility: Some(HOSPITAL_NUMBER),
        files: false,
    };
    assemble(&request, &answers)
}

fn is_kept(summary: &Summary, line: &ScreenLine) -> bool {
    match line {
        ScreenLine::Row(section, words) => summary.sections[section]
            .items
            .iter()
            .any(|item| words.iter().all(|word| item.text.contains(word))),
        ScreenLine::Is(section, state) => summary.sections[section].state == *state,
        ScreenLine::Never(section, word) => !summary.sections[section]
            .items
            .iter()
            .any(|item| item.text.contains(word)),
        ScreenLine::Banner(word) => {
            format!("{:?} {:?}", summary.patient, summary.notices).contains(word)
        }
    }
}

#[test]
fn every_patient_makes_its_lines() {
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let mut broken = Vec::new();
    for chart in charts(today) {
        let summary = summary(&chart, today);
        for line in &chart.patient.lines {
            if !is_kept(&summary, line) {
                broken.push(format!("{}: {line:?}", chart.patient.name));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
