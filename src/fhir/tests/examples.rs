//! Files that others wrote.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::*;

/// Every example file; empty, with a word on stderr, where the folder is not there.
pub(super) fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/examples");
    let mut files = Vec::new();
    for folder in ["jp-clins", "broken", "hl7-fhir-r4", "cohort"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            eprintln!("SKIPPED: no example files in ../shared/examples/{folder}");
            continue;
        };
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.sort();
    files
}

pub(super) fn form(path: &Path) -> Form {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("ndjson") => Form::Ndjson,
        _ => Form::Json,
    }
}

/// How many records a value must give, counted without the code under test.
fn counted(json: &Json) -> usize {
    if json["resourceType"] == "Bundle" {
        let entries = json["entry"].as_array().map_or(&[][..], Vec::as_slice);
        return entries
            .iter()
            .map(|entry| counted(&entry["resource"]))
            .sum();
    }
    1
}

#[test]
fn every_example_file_gives_one_record_for_each_entry_or_line() {
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let expected: usize = match form(&path) {
            Form::Json => counted(&serde_json::from_str(&text).unwrap()),
            Form::Ndjson => text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| serde_json::from_str(line).map_or(1, |json| counted(&json)))
                .sum(),
        };
        let records = read(text.as_bytes(), form(&path), 1).unwrap();
        assert_eq!(records.records.len(), expected, "{}", path.display());
    }
}

#[test]
fn nothing_of_the_well_formed_examples_is_unreadable() {
    for path in files() {
        let folder = path.parent().and_then(Path::file_name).unwrap().to_owned();
        if folder == "broken" {
            continue;
        }
        let records = read(&std::fs::read(&path).unwrap(), form(&path), 1).unwrap();
        for record in &records.records {
            assert_ne!(
                kind(record),
                "unreadable",
                "{} {}",
                path.display(),
                record.resource
            );
            assert!(
                record.unreadable.is_empty(),
                "{} {:?}",
                path.display(),
                record.unreadable
            );
        }
    }
}

fn example(folder_and_name: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/examples")
        .join(folder_and_name);
    let bytes = std::fs::read(path).ok();
    if bytes.is_none() {
        eprintln!("SKIPPED: no example file {folder_and_name}");
    }
    bytes
}

#[test]
fn the_largest_cohort_file_gives_1014_records_all_about_its_patient() {
    let Some(bytes) = example("cohort/pt-98bd2dfe7faf.json") else {
        return;
    };
    let records = read(&bytes, Form::Json, 1).unwrap();
    assert_eq!(records.records.len(), 1014);
    for record in &records.records {
        assert_eq!(
            record.subject.reference.as_deref(),
            Some("Patient/pt-98bd2dfe7faf"),
            "{}",
            record.resource
        );
    }
}

#[test]
fn the_referral_knows_sender_addressee_and_patient() {
    let Some(bytes) = example("jp-clins/Bundle-Bundle-CLINS-Referral-Example-01.json") else {
        return;
    };
    let records = read(&bytes, Form::Json, 1).unwrap();
    let composition = &records.records[0];
    assert_eq!(composition.origin.facility.as_deref(), Some("港診療所"));
    assert_eq!(
        composition.origin.telephone.as_deref(),
        Some("03-9876-5432")
    );
    let author = composition.origin.author.as_ref().unwrap();
    assert_eq!(author.name.as_deref(), Some("大河内 勘三郎"));
    let Content::Document(document) = &composition.content else {
        panic!("a document")
    };
    assert_eq!(
        document.addressed_to[0].facility_number.as_deref(),
        Some("1311234567")
    );
    assert!(
        document
            .sections
            .iter()
            .filter_map(|section| section.passage.as_ref())
            .any(|passage| passage.text.contains("サバ　キーウイ　ヨード禁"))
    );
    let clinical: Vec<_> = records
        .records
        .iter()
        .filter(|record| kind(record) == "problem")
        .collect();
    assert!(!clinical.is_empty());
    // One of them names its institution itself, and it is another.
    for record in clinical
        .iter()
        .filter(|record| record.origin.facility_number.as_deref() != Some("1318814790"))
    {
        assert_eq!(
            record.origin.facility.as_deref(),
            Some("港診療所"),
            "{}",
            record.resource
        );
    }
}

#[test]
fn the_albumin_example_keeps_institution_specimen_and_author() {
    let Some(bytes) = example("jp-clins/Observation-Example-JP-Obs-LabResult-eCS-Alb.json") else {
        return;
    };
    let record = read(&bytes, Form::Json, 1).unwrap().records.remove(0);
    assert_eq!(record.origin.facility_number.as_deref(), Some("1318814790"));
    assert_eq!(record.origin.department.as_deref(), Some("循環器診療科"));
    assert_eq!(
        record.origin.author.unwrap().name.as_deref(),
        Some("田中 宏")
    );
    let Content::Observation(observation) = &record.content else {
        panic!("an observation")
    };
    assert_eq!(observation.specimen.as_deref(), Some("血清"));
}
