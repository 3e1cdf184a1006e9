//! What the synthetic patients promise: unique, parseable, documented, and really in the data.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde_json::Value;

use super::{
    Chart, DemoPatient, HOSPITAL_NAME, HOSPITAL_NUMBER, ScreenLine, charts, demo_patients,
    generated, generated_number, listing::listing, place, resources,
};
use crate::domain::{
    date::Date,
    patient::MemberNumber,
    section::{SectionName, SourceName},
    text::folded,
};

const SOURCES: [SourceName; 4] = [
    SourceName::Identity,
    SourceName::Emr,
    SourceName::Eprescription,
    SourceName::Claims,
];

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn everything(chart: &Chart) -> Vec<Value> {
    SOURCES
        .into_iter()
        .flat_map(|source| chart.resources(source))
        .collect()
}

#[test]
fn the_first_patient_is_on_warfarin_from_two_clinics() {
    let first = &charts(today())[0];
    let requesters: BTreeSet<String> = first
        .resources(SourceName::Eprescription)
        .iter()
        .filter(|resource| resource["resourceType"] == "MedicationRequest")
        .filter(|resource| {
            resource["medicationCodeableConcept"]["coding"][0]["code"]
                .as_str()
                .unwrap()
                .starts_with("3332001")
        })
        .map(|resource| resource["contained"][0]["name"].to_string())
        .collect();
    assert_eq!(requesters.len(), 2);
}

#[test]
fn there_are_at_least_thirty_two_patients_each_with_a_story_and_a_line() {
    let patients = demo_patients(today());
    assert!(patients.len() >= 32, "{}", patients.len());
    for patient in &patients {
        assert!(!patient.story.is_empty(), "{}", patient.name);
        assert!(!patient.lines.is_empty(), "{}", patient.name);
        assert!(!patient.address.is_empty(), "{}", patient.name);
    }
}

#[test]
fn no_two_patients_share_a_number_or_a_local_id() {
    let numbers: BTreeSet<String> = demo_patients(today())
        .iter()
        .map(|patient| {
            MemberNumber::parse(&patient.member_value())
                .unwrap()
                .value()
        })
        .collect();
    let all = charts(today());
    assert_eq!(numbers.len(), all.len());
    let ids: BTreeSet<String> = all
        .iter()
        .flat_map(|chart| SOURCES.map(|source| chart.local_id(source)))
        .collect();
    assert_eq!(ids.len(), all.len() * SOURCES.len());
}

#[test]
fn every_resource_has_an_id_of_its_own_that_fhir_allows() {
    let mut seen = BTreeSet::new();
    for chart in charts(today()) {
        for resource in everything(&chart) {
            let id = resource["id"].as_str().unwrap().to_owned();
            assert!(id.len() <= 64);
            assert!(
                id.chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
            );
            assert!(
                seen.insert(format!("{} {id}", resource["resourceType"])),
                "{id}"
            );
        }
    }
}

#[test]
fn every_clinical_resource_names_the_patient_of_its_own_source() {
    for chart in charts(today()) {
        for source in SourceName::CLINICAL {
            let patient = format!("Patient/{}", chart.local_id(source));
            for resource in chart.resources(source).iter().skip(1) {
                let subject = match resource["resourceType"].as_str().unwrap() {
                    "AllergyIntolerance" => &resource["patient"],
                    _ => &resource["subject"],
                };
                assert_eq!(subject["reference"], patient.as_str());
            }
        }
    }
}

#[test]
fn the_family_numbers_differ_by_branch_only() {
    let patients = demo_patients(today());
    let number = |name: &str| {
        let patient = patients
            .iter()
            .find(|patient| patient.name == name)
            .unwrap();
        MemberNumber::parse(&patient.member_value()).unwrap()
    };
    let father = number("相楽 治郎");
    let son = number("相楽 治朗");
    assert!(father.same_household(&son) && father.branch != son.branch);
    assert!(number("桜木谷 美空").same_household(&number("桜木谷 美海")));
    assert!(number("白糸").same_household(&number("白糸 遥香")));
}

#[test]
fn the_long_name_has_sixty_two_letters() {
    let patients = demo_patients(today());
    let long = patients
        .iter()
        .map(|patient| {
            patient
                .name
                .chars()
                .filter(char::is_ascii_alphabetic)
                .count()
        })
        .max();
    assert_eq!(long, Some(62));
}

#[test]
fn one_patient_has_at_least_four_hundred_results() {
    let most = charts(today())
        .iter()
        .map(|chart| {
            chart
                .resources(SourceName::Emr)
                .iter()
                .filter(|resource| resource["resourceType"] == "Observation")
                .count()
        })
        .max();
    assert_eq!(most, Some(400));
}

/// The resource types a row of a section can come from.
fn kinds(section: SectionName) -> &'static [&'static str] {
    match section {
        SectionName::Allergies | SectionName::Contraindications => &["AllergyIntolerance"],
        SectionName::Drugs => &[
            "MedicationRequest",
            "MedicationDispense",
            "MedicationStatement",
        ],
        SectionName::Infections | SectionName::Labs => &["Observation"],
        SectionName::Problems => &["Condition"],
        SectionName::Operations | SectionName::Dialysis | SectionName::Procedures => &["Procedure"],
        SectionName::Visits => &["Encounter"],
        SectionName::Checkups => &["Encounter", "DocumentReference"],
        SectionName::Documents => &["Composition", "DocumentReference"],
    }
}

#[test]
fn every_line_that_must_show_has_a_resource_that_says_it() {
    for chart in charts(today()) {
        let all = everything(&chart);
        let said = |section: SectionName, words: &[&str]| {
            all.iter().any(|resource| {
                let text = resource.to_string();
                kinds(section).contains(&resource["resourceType"].as_str().unwrap())
                    && (section != SectionName::Infections || text.contains("InfectionLabo"))
                    && words.iter().all(|word| text.contains(word))
            })
        };
        for line in &chart.patient.lines {
            match line {
                ScreenLine::Row(section, words) => {
                    assert!(said(*section, words), "{}: {line:?}", chart.patient.name);
                }
                ScreenLine::Never(section, word) => {
                    let elsewhere = said(*section, &[word])
                        || said(SectionName::Allergies, &[word])
                        || said(SectionName::Documents, &[word]);
                    assert!(elsewhere, "{}: {line:?}", chart.patient.name);
                }
                ScreenLine::Banner(words) => {
                    let patient = &chart.patient;
                    assert!(
                        patient.name.contains(words)
                            || patient.usual_name.as_deref() == Some(words)
                            || (*words == "死亡" && patient.death.is_some()),
                        "{line:?}"
                    );
                }
                ScreenLine::Is(..) => {}
            }
        }
    }
}

#[test]
fn no_json_holds_a_null_and_every_birth_date_reads() {
    fn has_null(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(all) => all.iter().any(has_null),
            Value::Object(fields) => fields.values().any(has_null),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }
    for chart in charts(today()) {
        assert!(Date::parse(&chart.patient.birth_date).is_some());
        for resource in everything(&chart) {
            assert!(!has_null(&resource), "{}", resource["id"]);
        }
    }
}

#[test]
fn the_same_day_gives_the_same_bytes_and_ages_do_not_change_with_the_years() {
    let text = |day| serde_json::to_string(&everything_of_all(day)).unwrap();
    assert_eq!(text(today()), text(today()));
    let later = today().checked_add_days(Days::new(1000)).unwrap();
    assert_ne!(text(today()), text(later));
    let rules = |day| -> Vec<String> {
        demo_patients(day)
            .into_iter()
            .map(|patient: DemoPatient| patient.birth_rule)
            .collect()
    };
    assert_eq!(rules(today()), rules(later));
}

fn everything_of_all(day: NaiveDate) -> Vec<Value> {
    charts(day).iter().flat_map(everything).collect()
}

#[test]
fn resources_by_index_are_those_of_the_chart() {
    let all = charts(today());
    assert_eq!(
        resources(today(), 0, SourceName::Emr),
        all[0].resources(SourceName::Emr)
    );
    assert!(resources(today(), all.len(), SourceName::Emr).is_empty());
}

#[test]
fn the_page_for_readers_lists_exactly_these_patients() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/demo-patients.md");
    let page = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| No."))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let patients = demo_patients(today());
    assert_eq!(rows.len(), patients.len());
    for ((row, patient), number) in rows.iter().zip(&patients).zip(1..) {
        assert_eq!(row[0], number.to_string());
        assert!(row[1].starts_with(&patient.name));
        assert_eq!(folded(row[7]), folded(&patient.number));
    }
    let expected = listing(today());
    if page != expected {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        let written = folder.join("demo-patients.md");
        std::fs::write(&written, expected).unwrap();
        panic!(
            "docs/demo-patients.md is out of date: {} holds what it should be",
            written.display()
        );
    }
}

#[test]
fn the_hospital_of_the_demonstration_is_the_addressee_of_its_documents() {
    assert_eq!(place::HOME.number, HOSPITAL_NUMBER);
    let ours = charts(today())
        .iter()
        .flat_map(|chart| chart.resources(SourceName::Emr))
        .filter(|resource| resource["resourceType"] == "Composition")
        .filter(|resource| resource.to_string().contains(HOSPITAL_NAME))
        .count();
    assert_eq!(ours, 1);
}

#[test]
fn patient_number_n_is_always_the_same_and_found_by_its_number() {
    for number in [0, 1, 42, 9_999_999, 10_000_000, u64::MAX] {
        let chart = generated(number, today());
        let member = MemberNumber::parse(&chart.patient.member_value()).unwrap();
        assert_eq!(generated_number(&member), Some(number));
        assert_eq!(everything(&chart), everything(&generated(number, today())));
    }
    let stranger = MemberNumber::new("06999999", "999", "12", "00").unwrap();
    assert_eq!(generated_number(&stranger), None, "no leading zeros");
    for patient in demo_patients(today()) {
        let member = MemberNumber::parse(&patient.member_value()).unwrap();
        assert_eq!(generated_number(&member), None);
    }
}

#[test]
fn generated_patients_have_from_none_to_four_hundred_resources() {
    let counts: Vec<usize> = (0..60)
        .map(|number| everything(&generated(number, today())).len() - SOURCES.len())
        .collect();
    assert_eq!(counts.iter().min(), Some(&0));
    let most = counts.iter().max().unwrap();
    assert!((200..=400).contains(most), "{most}");
}
