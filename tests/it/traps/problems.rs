//! Traps of problems: T10 and T11.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::field::{adds_up, example, examples, explain, files, rows};

#[test]
fn t10_the_examples_of_not_told_and_suspected_are_covered_and_suspected() {
    let name = "jp-clins/Condition-Example-JP-Condition-eCS-02.json";
    let Some(covered) = example(name, &[]) else {
        return;
    };
    assert_eq!(rows(&covered, "problems"), ["保護項目 1件"]);
    let all = covered.to_string();
    assert!(!all.contains("胃癌") && !all.contains("未告知"), "{all}");

    let name = "jp-clins/Condition-Example-JP-Condition-eCS-03.json";
    let suspected = example(name, &["--as-of", "2024-01-01"]).expect("the examples are there");
    let items = &suspected["sections"]["problems"]["items"];
    let text = items[0]["text"].as_str().expect("words");
    assert!(text.starts_with("噴門癌早期"), "{text}");
    assert!(
        text.contains("疑い（未確認）") && text.contains("非活動"),
        "{text}"
    );
    assert!(!text.contains("確認済"), "{text}");
    assert_eq!(items[0]["past"], true);
}

#[test]
fn t11_diseases_that_could_not_be_coded_are_shown_by_their_text_and_counted() {
    let Some(folder) = examples() else { return };
    let mut uncoded = 0;
    for file in files(&folder.join("cohort")) {
        let name = file.display().to_string();
        let (code, printed) = explain(&file, &["--as-of", "2025-12-31"]);
        assert_eq!(code, 0, "{name}: {printed}");
        let said: Value = serde_json::from_str(&printed).expect("JSON");
        adds_up(&name, &said);
        for text in rows(&said, "problems") {
            assert!(
                !text.contains("未コード化") && !text.contains("99999999"),
                "{name}: {text}"
            );
        }
        let sent = std::fs::read_to_string(&file).expect("readable");
        let sent: Value = serde_json::from_str(&sent).expect("JSON");
        let without_code = without_code(&sent);
        let section = &said["sections"]["problems"];
        let shown = section["items"].as_array().expect("items").iter();
        let expected = shown
            .filter(|item| without_code.contains(item["resource"].as_str().expect("a name")))
            .count();
        let counted = section["partial"]["uncoded"].as_u64().unwrap_or(0);
        assert_eq!(counted, expected as u64, "{name}");
        uncoded += counted;
    }
    assert!(uncoded > 0, "the trap is in the cohort");
}

/// The diseases that carry 99999999 in place of a standard code, or none at all.
fn without_code(bundle: &Value) -> BTreeSet<String> {
    let entries = bundle["entry"].as_array().expect("entries").iter();
    entries
        .map(|entry| &entry["resource"])
        .filter(|resource| resource["resourceType"] == "Condition")
        .filter(|resource| {
            let codings = resource["code"]["coding"].as_array();
            codings.is_none_or(|codings| codings.iter().any(|coding| coding["code"] == "99999999"))
        })
        .map(|resource| format!("Condition/{}", resource["id"].as_str().expect("an id")))
        .collect()
}
