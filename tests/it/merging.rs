//! Whatever way records arrive, in any order, in any number of pages, once or twice: the summary is
//! the same. Over every synthetic patient and every real example.

use std::sync::Arc;

use chrono::NaiveDate;
use emergency_summary::{
    demo::patients::{Chart, HOSPITAL_NUMBER, charts},
    domain::{
        assemble::{Answer, Outcome, Request, Windows, assemble, choose_patient},
        patient::Patient,
        record::{Content, Records},
        section::{Fate, Freshness, Language, Look, SectionName, SourceName, State},
        summary::{Item, Notice, Partial, Strip, Summary},
    },
    fhir::{Form, read},
};
use serde_json::{Value, json};

use crate::{
    field::{examples, files},
    mutations::Dice,
};

/// One source's resources as one answer would bring them, not yet read.
#[derive(Clone)]
pub(crate) struct Sent {
    source: Option<SourceName>,
    subject: Option<String>,
    /// Entries of a Bundle.
    pub(crate) entries: Vec<Value>,
}

/// One patient's case: everything that is sent about him.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    today: NaiveDate,
    patient: Option<Patient>,
    pub(crate) sent: Vec<Sent>,
}

fn records(entries: &[Value]) -> Records {
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": entries});
    read(bundle.to_string().as_bytes(), Form::Json, 1).expect("a Bundle")
}

fn answer(sent: &Sent, records: Records, today: NaiveDate) -> Answer {
    Answer {
        source: sent.source,
        subject: sent.subject.clone(),
        subject_optional: false,
        outcome: Outcome::Answered {
            records: Arc::new(records),
            at: today.and_hms_opt(1, 0, 0).expect("a time").and_utc(),
            freshness: Freshness::Fresh,
            more_at_source: Vec::new(),
            failed: Vec::new(),
        },
    }
}

fn told(case: &Case, answers: &[Answer]) -> Summary {
    let windows = Windows::default();
    let request = Request {
        patient: case.patient.as_ref(),
        as_of: case.today,
        look: Look::Emergency,
        language: Language::Ja,
        windows: &windows,
        forbidden: &[],
        hides_covered: false,
        viewer_facility: Some(HOSPITAL_NUMBER),
        files: case.sent.iter().all(|sent| sent.source.is_none()),
    };
    assemble(&request, answers)
}

/// As it comes.
pub(crate) fn plain(case: &Case) -> Summary {
    let answers: Vec<Answer> = case
        .sent
        .iter()
        .map(|sent| answer(sent, records(&sent.entries), case.today))
        .collect();
    told(case, &answers)
}

fn of_chart(chart: &Chart, today: NaiveDate) -> Case {
    let entries = |source: SourceName| -> Vec<Value> {
        let resources = chart.resources(source).into_iter();
        resources
            .map(|resource| {
                let part = |key: &str| resource[key].as_str().expect("a word").to_owned();
                let url = format!(
                    "http://127.0.0.1/fhir/{}/{}",
                    part("resourceType"),
                    part("id")
                );
                json!({"fullUrl": url, "resource": resource})
            })
            .collect()
    };
    let identity = records(&entries(SourceName::Identity));
    let sent = SourceName::CLINICAL.map(|source| Sent {
        source: Some(source),
        subject: Some(format!("Patient/{}", chart.local_id(source))),
        entries: entries(source),
    });
    Case {
        name: chart.patient.name.clone(),
        today,
        patient: identity
            .records
            .iter()
            .find_map(|record| match &record.content {
                Content::Patient(patient) => Some((**patient).clone()),
                _ => None,
            }),
        sent: sent.into(),
    }
}

/// Every synthetic patient, every Bundle of the real examples, and all their single resources as if
/// they were one patient's.
fn cases() -> Vec<Case> {
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day");
    let charts = charts(today);
    let mut cases: Vec<Case> = charts.iter().map(|chart| of_chart(chart, today)).collect();
    assert!(cases.len() >= 51);
    cases.extend(of_examples());
    cases
}

/// The cases of the real examples; none where they are absent.
pub(crate) fn of_examples() -> Vec<Case> {
    let Some(folder) = examples() else {
        return Vec::new();
    };
    let mut cases = Vec::new();
    let mut singles = vec![json!({"resource": {"resourceType": "Patient", "id": "one"}})];
    for file in files(&folder) {
        let text = std::fs::read_to_string(&file).expect("readable");
        for json in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
            let json = json.expect("JSON");
            match json["entry"].as_array() {
                Some(entries) => {
                    cases.push(of_entries(file.display().to_string(), entries.clone()));
                }
                None => singles.push(json!({"resource": of_one_patient(json, singles.len())})),
            }
        }
    }
    assert!(
        cases.len() > 12 && singles.len() > 150,
        "{} {}",
        cases.len(),
        singles.len()
    );
    cases.push(of_entries("single resources".to_owned(), singles));
    cases
}

fn of_entries(name: String, entries: Vec<Value>) -> Case {
    let came = records(&entries);
    let (subject, patient) = choose_patient(&came, None)
        .map_or((None, None), |(subject, patient)| (Some(subject), patient));
    Case {
        name,
        today: NaiveDate::from_ymd_opt(2025, 12, 31).expect("a day"),
        patient,
        sent: vec![Sent {
            source: None,
            subject,
            entries,
        }],
    }
}

/// The same resource under an id of its own, about the one patient of all single resources.
fn of_one_patient(mut resource: Value, number: usize) -> Value {
    resource["id"] = json!(format!("one-{number}"));
    for key in ["subject", "patient"] {
        if resource.get(key).is_some() {
            resource[key] = json!({"reference": "Patient/one"});
        }
    }
    resource
}

/// A number that stands for no id is counted in the order read.
fn nameless(text: &str) -> String {
    let mut parts = text.split("/?");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "/?" + part.trim_start_matches(|c: char| c.is_ascii_digit())
    })
}

fn unnumbered(item: &Item) -> Item {
    let mut merged: Vec<String> = item.merged.iter().map(|name| nameless(name)).collect();
    merged.sort();
    Item {
        resource: nameless(&item.resource),
        merged,
        ..item.clone()
    }
}

/// What a reader sees, and every fate by resource.
type Seen = (
    Vec<(SectionName, State, Vec<Item>, Vec<String>, Option<Partial>)>,
    Strip,
    Vec<Notice>,
    Vec<(String, Fate, String)>,
);

fn seen(summary: &Summary) -> Seen {
    let sections = summary.sections.iter().map(|(name, section)| {
        let items = section.items.iter().map(unnumbered).collect();
        (
            *name,
            section.state,
            items,
            section.notes.clone(),
            section.partial.clone(),
        )
    });
    let mut fates: Vec<(String, Fate, String)> = summary
        .accounting
        .entries
        .iter()
        .map(|entry| (nameless(&entry.resource), entry.fate, nameless(&entry.why)))
        .collect();
    fates.sort();
    (
        sections.collect(),
        summary.strip.clone(),
        summary.notices.clone(),
        fates,
    )
}

#[track_caller]
fn same(case: &Case, expected: &Summary, found: &Summary) {
    let (expected, found) = (seen(expected), seen(found));
    for (left, right) in expected.0.iter().zip(&found.0) {
        assert_eq!(left, right, "{}: {:?}", case.name, left.0);
    }
    assert_eq!(expected.1, found.1, "{}", case.name);
    assert_eq!(expected.2, found.2, "{}", case.name);
    assert_eq!(expected.3, found.3, "{}", case.name);
}

#[test]
fn the_order_of_resources_and_of_sources_changes_nothing() {
    for (number, case) in cases().iter().enumerate() {
        let expected = plain(case);
        let mut dice = Dice::new(number);
        let mut answers: Vec<Answer> = case
            .sent
            .iter()
            .map(|sent| {
                let mut entries = sent.entries.clone();
                dice.shuffle(&mut entries);
                answer(sent, records(&entries), case.today)
            })
            .collect();
        dice.shuffle(&mut answers);
        same(case, &expected, &told(case, &answers));
    }
}

#[test]
fn the_pages_an_answer_comes_in_change_nothing() {
    for (number, case) in cases().iter().enumerate() {
        let expected = plain(case);
        let mut dice = Dice::new(number);
        let mut answers = Vec::new();
        for sent in &case.sent {
            let whole = records(&sent.entries);
            let pages = 1 + dice.below(4);
            let mut cut: Vec<Records> = (0..pages).map(|_| Records::default()).collect();
            for record in whole.records {
                cut[dice.below(pages)].records.push(record);
            }
            for statement in whole.statements {
                cut[dice.below(pages)].statements.push(statement);
            }
            answers.extend(cut.into_iter().map(|page| answer(sent, page, case.today)));
        }
        same(case, &expected, &told(case, &answers));
    }
}

#[test]
fn the_same_answer_twice_shows_the_same_rows_and_merges_the_second() {
    for case in &cases() {
        let expected = plain(case);
        let answers: Vec<Answer> = case
            .sent
            .iter()
            .map(|sent| {
                let mut twice = records(&sent.entries);
                let second = read(
                    json!({"resourceType": "Bundle", "type": "collection", "entry": sent.entries})
                        .to_string()
                        .as_bytes(),
                    Form::Json,
                    twice.records.len() + 1,
                )
                .expect("a Bundle");
                twice.records.extend(second.records);
                twice.statements.extend(second.statements);
                answer(sent, twice, case.today)
            })
            .collect();
        let found = told(case, &answers);
        let rows = |summary: &Summary| -> Vec<(SectionName, State, Vec<Item>, Vec<String>)> {
            let sections = summary.sections.iter();
            sections
                .map(|(name, section)| {
                    let items = section.items.iter().map(unnumbered).collect();
                    (*name, section.state, items, section.notes.clone())
                })
                .collect()
        };
        for (left, right) in rows(&expected).iter().zip(&rows(&found)) {
            assert_eq!(left, right, "{}", case.name);
        }
        assert_eq!(expected.strip, found.strip, "{}", case.name);
        let (once, both) = (&expected.accounting, &found.accounting);
        assert_eq!(both.resources, 2 * once.resources, "{}", case.name);
        assert_eq!(both.shown, once.shown, "{}", case.name);
    }
}
