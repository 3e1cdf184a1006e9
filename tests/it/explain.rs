//! `explain` over every example from the field: never a panic, and the counts add up.

use serde_json::Value;

use crate::{
    app::command,
    field::{adds_up, examples, explain, files},
};

#[test]
fn every_example_is_read_or_refused_in_one_line_and_the_counts_add_up() {
    let Some(folder) = examples() else { return };
    let mut read = 0;
    for file in files(&folder) {
        let name = file.display().to_string();
        let (code, printed) = explain(&file, &["--as-of", "2025-12-31"]);
        match code {
            0 => {
                adds_up(
                    &name,
                    &serde_json::from_str(&printed).expect("one JSON object"),
                );
                read += 1;
            }
            2 => assert_eq!(printed.trim().lines().count(), 1, "{name}: {printed}"),
            other => panic!("{name}: exit {other}: {printed}"),
        }
    }
    assert!(read > 200, "only {read} were read");
}

#[test]
fn the_largest_cohort_file_is_accounted_for_and_the_death_is_said() {
    let Some(folder) = examples() else { return };
    let (code, printed) = explain(&folder.join("cohort/pt-98bd2dfe7faf.json"), &[]);
    assert_eq!(code, 0, "{printed}");
    let summary: Value = serde_json::from_str(&printed).expect("one JSON object");
    adds_up("pt-98bd2dfe7faf", &summary);
    assert_eq!(summary["accounting"]["resources"], 1014);
    assert!(
        summary["patient"]["death"]
            .as_str()
            .is_some_and(|death| death.contains("2025-04-23") && death.contains("死亡の記録あり")),
        "{}",
        summary["patient"]
    );
}

#[test]
fn a_folder_is_read_as_one_patient_and_text_is_for_reading() {
    let Some(folder) = examples() else { return };
    let cohort = folder.join("cohort").display().to_string();
    let (code, printed) = command(&["explain", &cohort, "--json"]);
    assert_eq!(code, 0, "{printed}");
    let summary: Value = serde_json::from_str(&printed).expect("one JSON object");
    adds_up("cohort", &summary);
    assert!(
        summary["accounting"]["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .any(|entry| entry["fate"] == "withheld"
                && entry["why"]
                    .as_str()
                    .is_some_and(|why| why.contains("other patient"))),
        "nine of the ten patients are other patients"
    );
    let first = files(&folder.join("cohort"))
        .remove(0)
        .display()
        .to_string();
    for language in ["ja", "en"] {
        let (code, text) = command(&["explain", &first, "--lang", language]);
        assert_eq!(code, 0);
        assert!(text.lines().count() > 12, "{text}");
    }
}

#[test]
fn what_is_not_fhir_is_refused_in_one_clear_line() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in [
        ("empty.json", &b""[..]),
        ("text.json", b"hello"),
        ("array.json", b"[1,2,3]"),
        ("html.json", b"<html><body>Error</body></html>"),
        ("null.json", b"null"),
        (
            "half.json",
            b"{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceTy",
        ),
        ("bytes.json", b"\xff\xfe\x00\x01\x02"),
        ("object.json", b"{\"a\":1}"),
        ("lines.ndjson", b"x\ny\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        let (code, printed) = explain(&path, &[]);
        if code == 0 {
            adds_up(
                name,
                &serde_json::from_str(&printed).expect("one JSON object"),
            );
            assert_eq!(
                name, "half.json",
                "only half a Bundle may still hold something"
            );
        } else {
            assert_eq!(code, 2, "{name}: {printed}");
            assert_eq!(printed.trim().lines().count(), 1, "{name}: {printed}");
        }
    }
    let (code, printed) = explain(&folder.path().join("absent.json"), &[]);
    assert_eq!((code, printed.trim().lines().count()), (2, 1), "{printed}");
}

#[test]
fn unreadable_lines_of_ndjson_are_counted_among_the_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mixed.ndjson");
    std::fs::write(
        &path,
        concat!(
            r#"{"resourceType":"Patient","id":"p","name":[{"text":"試験 一郎"}]}"#,
            "\n\n",
            r#"{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/p"},"code":{"text":"ペニシリン"}}"#,
            "\nnot json\n",
            r#"{"resourceType":"AllergyIntolerance","id":"b","patient":{"reference":"Patient/q"},"code":{"text":"他人の薬"}}"#,
            "\n",
            r#"{"resourceType":"AllergyIntolerance","id":"c","code":{"text":"誰の薬"}}"#,
            "\n",
        ),
    )
    .expect("a file");
    let (code, printed) = explain(&path, &[]);
    assert_eq!(code, 0, "{printed}");
    let summary: Value = serde_json::from_str(&printed).expect("one JSON object");
    adds_up("mixed", &summary);
    assert_eq!(summary["accounting"]["resources"], 5);
    let why = |resource: &str| {
        summary["accounting"]["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .find(|entry| entry["resource"] == resource)
            .map(|entry| {
                format!(
                    "{}: {}",
                    entry["fate"].as_str().unwrap(),
                    entry["why"].as_str().unwrap()
                )
            })
            .expect("an entry")
    };
    assert!(why("AllergyIntolerance/b").starts_with("withheld: other patient"));
    assert!(why("AllergyIntolerance/c").starts_with("unreadable: no subject"));
    let items = summary["sections"]["allergies"]["items"]
        .as_array()
        .expect("items");
    assert_eq!(items.len(), 1);
    assert!(items[0]["text"].as_str().unwrap().contains("ペニシリン"));
    assert!(!printed.contains("他人の薬") && !printed.contains("誰の薬"));
}
