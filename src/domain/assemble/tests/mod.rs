//! The whole assembly: fates, states, bedside rules.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Answer, Outcome, Request, Windows, assemble, choose_patient};
use crate::domain::{
    allergy::{Allergy, Reaction},
    code::{Coding, Concept},
    date::Date,
    medication::{Act, Dosage, Medication},
    patient::{Death, Identifier, Patient},
    procedure::Procedure,
    quantity::{Number, Quantity},
    record::{Author, AuthorKind, Content, Origin, Record, Records, Statement, Subject},
    result::Observation,
    section::{Fate, Freshness, Language, Look, SectionName, SourceName, State},
    summary::{Section, Summary},
    visit::Visit,
};

mod allergies;
mod claims;
mod denials;
mod drugs;
mod egfr;
mod properties;
mod resent;
mod sections;
mod subjects;
mod windows;

const PATIENT: &str = "Patient/p1";
const YJ: &str = "http://capstandard.jp/iyaku.info/CodeSystem/YJ-code";
const YCM: &str = "http://jpfhir.jp/fhir/core/CodeSystem/YCM/JP_JfagyMedicationAllergen_CS";
const SCT: &str = "http://snomed.info/sct";

fn text(text: &str) -> Concept {
    Concept {
        text: Some(text.to_owned()),
        codings: Vec::new(),
    }
}

fn coded(words: &str, system: &str, code: &str) -> Concept {
    let coding = Coding {
        system: Some(system.to_owned()),
        code: Some(code.to_owned()),
        display: None,
    };
    Concept {
        text: Some(words.to_owned()),
        codings: vec![coding],
    }
}

fn date(text: &str) -> Option<Date> {
    let date = Date::parse(text);
    assert!(date.is_some(), "{text}");
    date
}

fn record(resource: &str, content: Content) -> Record {
    Record {
        resource: resource.to_owned(),
        subject: Subject {
            reference: Some(PATIENT.to_owned()),
            ..Subject::default()
        },
        origin: Origin {
            facility: Some("駅前病院".to_owned()),
            facility_number: Some("1310000001".to_owned()),
            author: Some(Author {
                name: Some("岩本 百合子".to_owned()),
                kind: AuthorKind::Person,
            }),
            ..Origin::default()
        },
        tags: Vec::new(),
        profiles: Vec::new(),
        last_updated: None,
        identifiers: Vec::new(),
        unreadable: Vec::new(),
        content,
    }
}

fn allergy(id: &str, agent: Concept, change: impl FnOnce(&mut Allergy)) -> Record {
    let mut allergy = Allergy {
        agent,
        clinical_status: Some("active".to_owned()),
        recorded: date("2025-05-01"),
        ..Allergy::default()
    };
    change(&mut allergy);
    record(
        &format!("AllergyIntolerance/{id}"),
        Content::Allergy(Box::new(allergy)),
    )
}

fn drug(id: &str, drug: Concept, act: Act, day: &str, days: u32) -> (String, Medication) {
    let on = date(day);
    let medication = Medication {
        act,
        drug,
        status: Some("completed".to_owned()),
        dispensed: on.filter(|_| act == Act::Dispensed),
        authored: on.filter(|_| act != Act::Dispensed),
        supply_days: (days > 0).then_some(days),
        ..Medication::default()
    };
    (format!("Medication/{id}"), medication)
}

fn drug_record((resource, medication): (String, Medication)) -> Record {
    record(&resource, Content::Medication(Box::new(medication)))
}

fn now() -> DateTime<Utc> {
    "2025-11-20T03:00:00Z".parse().unwrap()
}

fn answer(source: Option<SourceName>, records: Vec<Record>) -> Answer {
    Answer {
        source,
        subject: Some(PATIENT.to_owned()),
        subject_optional: false,
        outcome: Outcome::Answered {
            records: Arc::new(Records {
                records,
                statements: Vec::new(),
            }),
            at: now(),
            freshness: Freshness::Fresh,
            more_at_source: Vec::new(),
            failed: Vec::new(),
        },
    }
}

fn summary_of(answers: &[Answer], change: impl FnOnce(&mut Request<'_>)) -> Summary {
    let windows = Windows::default();
    let patient = Patient {
        birth_date: date("1960-04-01"),
        ..Patient::default()
    };
    let mut request = Request {
        patient: Some(&patient),
        as_of: "2025-11-20".parse().unwrap(),
        look: Look::Emergency,
        language: Language::Ja,
        windows: &windows,
        forbidden: &[],
        hides_covered: false,
        viewer_facility: None,
        files: answers.iter().all(|answer| answer.source.is_none()),
    };
    change(&mut request);
    let summary = assemble(&request, answers);
    check_accounting(&summary, answers);
    summary
}

fn summary(answers: &[Answer]) -> Summary {
    summary_of(answers, |_| {})
}

fn check_accounting(summary: &Summary, answers: &[Answer]) {
    let came: usize = answers
        .iter()
        .map(|answer| match &answer.outcome {
            Outcome::Answered { records, .. } => records.records.len(),
            Outcome::Failed { .. } | Outcome::Coming | Outcome::Forbidden => 0,
        })
        .sum();
    let counts = &summary.accounting;
    let sum = counts.shown
        + counts.merged
        + counts.superseded
        + counts.outside_window
        + counts.withheld
        + counts.not_for_this_screen
        + counts.unreadable;
    assert_eq!(
        (counts.resources, counts.entries.len(), sum),
        (came, came, came)
    );
    assert!(
        counts
            .entries
            .iter()
            .all(|entry| entry.why != "no section took it"),
        "{:?}",
        counts.entries
    );
    assert_eq!(summary.sections.len(), 12);
    for section in summary.sections.values() {
        assert_eq!(section.state == State::Present, !section.items.is_empty());
        assert_eq!(
            section.state,
            State::combined(section.sources.iter().map(|source| source.state))
        );
    }
}

fn section(summary: &Summary, name: SectionName) -> &Section {
    summary.sections.get(&name).unwrap()
}

fn files(records: Vec<Record>) -> Summary {
    summary(&[answer(None, records)])
}

fn fate(summary: &Summary, resource: &str) -> Fate {
    summary
        .accounting
        .entries
        .iter()
        .find(|entry| entry.resource == resource)
        .unwrap()
        .fate
}
