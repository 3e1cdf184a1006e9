//! The whole room through its door.

mod clinical;
mod counting;
mod examples;
mod links;
mod properties;

use super::*;
use crate::domain::record::{Content, Record};

/// Reads a Bundle of these entries (each the inside of an entry).
fn bundle(entries: &[&str]) -> Records {
    let entries: Vec<String> = entries.iter().map(|entry| format!("{{{entry}}}")).collect();
    let json = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#,
        entries.join(",")
    );
    read(json.as_bytes(), Form::Json, 1).expect("a Bundle")
}

/// Reads one resource on its own.
fn single(json: &str) -> Record {
    let mut records = read(json.as_bytes(), Form::Json, 1)
        .expect("a resource")
        .records;
    assert_eq!(records.len(), 1, "{json}");
    records.remove(0)
}

fn kind(record: &Record) -> &'static str {
    match &record.content {
        Content::Patient(_) => "patient",
        Content::Allergy(_) => "allergy",
        Content::Problem(_) => "problem",
        Content::Observation(_) => "observation",
        Content::Medication(_) => "medication",
        Content::Procedure(_) => "procedure",
        Content::Visit(_) => "visit",
        Content::Document(_) => "document",
        Content::NotForThisScreen { .. } => "not for this screen",
        Content::Unreadable { .. } => "unreadable",
    }
}

fn names(records: &Records) -> Vec<&str> {
    records
        .records
        .iter()
        .map(|record| record.resource.as_str())
        .collect()
}
