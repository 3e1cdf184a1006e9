//! Input from the field, and input written for one test, through the `explain` command.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::app::{SECTIONS, command};

const FATES: [&str; 7] = [
    "shown",
    "merged",
    "superseded",
    "outside_window",
    "withheld",
    "not_for_this_screen",
    "unreadable",
];

/// The examples' folder; where it is absent the test says so and is not run.
pub(crate) fn examples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/examples");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no examples at {}", folder.display());
    None
}

/// Every FHIR file of a folder and its folders, in order.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path
            .extension()
            .is_some_and(|ending| ending == "json" || ending == "ndjson")
        {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// `explain --json` over one path: exit code and what was printed.
pub(crate) fn explain(path: &Path, more: &[&str]) -> (u8, String) {
    let path = path.display().to_string();
    command(&[&["explain", &path, "--json"], more].concat())
}

/// Every resource has one fate, the counts add up, and no row is without words.
#[track_caller]
pub(crate) fn adds_up(name: &str, summary: &Value) {
    let accounting = &summary["accounting"];
    let resources = accounting["resources"].as_u64().expect("a count");
    let sum: u64 = FATES
        .iter()
        .map(|fate| accounting[*fate].as_u64().expect("a count"))
        .sum();
    assert_eq!(sum, resources, "{name}: the fates add up");
    let entries = accounting["entries"].as_array().expect("entries");
    assert_eq!(entries.len() as u64, resources, "{name}: one entry each");
    for fate in FATES {
        let counted = entries.iter().filter(|entry| entry["fate"] == fate).count() as u64;
        assert_eq!(accounting[fate].as_u64(), Some(counted), "{name}: {fate}");
    }
    for section in SECTIONS {
        let section = &summary["sections"][section];
        assert!(section["state"].is_string(), "{name}: {section}");
        for item in section["items"].as_array().expect("items") {
            assert!(
                item["text"]
                    .as_str()
                    .is_some_and(|text| !text.trim().is_empty()),
                "{name}: {item}"
            );
        }
    }
}

/// What `explain --json` says of one example (`cohort/pt-….json`), as of 2025-12-31 unless told
/// otherwise; `None` where the examples are absent.
#[track_caller]
pub(crate) fn example(name: &str, more: &[&str]) -> Option<Value> {
    let file = examples()?.join(name);
    Some(said_of(name, &file, more))
}

/// What `explain --json` says of resources written for a test: they become one collection Bundle,
/// each entry with a `fullUrl` of its type and id.
#[track_caller]
pub(crate) fn written(resources: &[Value], more: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("written.json");
    let entries: Vec<Value> = resources
        .iter()
        .map(|resource| {
            let part = |key: &str| resource[key].as_str().unwrap_or("none").to_owned();
            let url = format!(
                "http://example.org/fhir/{}/{}",
                part("resourceType"),
                part("id")
            );
            json!({"fullUrl": url, "resource": resource})
        })
        .collect();
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": entries});
    std::fs::write(&file, bundle.to_string()).expect("a file");
    said_of("written", &file, more)
}

#[track_caller]
fn said_of(name: &str, file: &Path, more: &[&str]) -> Value {
    let dated: &[&str] = if more.contains(&"--as-of") {
        &[]
    } else {
        &["--as-of", "2025-12-31"]
    };
    let (code, printed) = explain(file, &[dated, more].concat());
    assert_eq!(code, 0, "{name}: {printed}");
    let said: Value = serde_json::from_str(&printed).expect("one JSON object");
    adds_up(name, &said);
    said
}

/// The texts of a section's rows.
pub(crate) fn rows<'a>(said: &'a Value, section: &str) -> Vec<&'a str> {
    let items = said["sections"][section]["items"].as_array();
    items
        .expect("items")
        .iter()
        .map(|item| item["text"].as_str().expect("words"))
        .collect()
}

/// The one row of a section that holds all of `words`.
#[track_caller]
pub(crate) fn row<'a>(said: &'a Value, section: &str, words: &[&str]) -> &'a Value {
    let items = said["sections"][section]["items"]
        .as_array()
        .expect("items");
    let found: Vec<&Value> = items
        .iter()
        .filter(|item| {
            let text = item["text"].as_str().expect("words");
            words.iter().all(|word| text.contains(word))
        })
        .collect();
    assert_eq!(
        found.len(),
        1,
        "{words:?} in {section}: {:#?}",
        rows(said, section)
    );
    found[0]
}
