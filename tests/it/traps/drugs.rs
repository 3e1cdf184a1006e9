//! Drugs: T8, T9, T16.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::field::{example, examples, files, row, rows, written};

const HOT9_OID: &str = "urn:oid:1.2.392.200119.4.403.1";

/// `Type/id` of every medication resource of a file, and whether HOT alone codes it: from the raw
/// JSON, not through the reader that is tested.
fn medications(file: &std::path::Path) -> Vec<(String, bool)> {
    let text = std::fs::read_to_string(file).expect("readable");
    let bundle: Value = serde_json::from_str(&text).expect("JSON");
    let entries = bundle["entry"].as_array().expect("entries");
    entries
        .iter()
        .map(|entry| &entry["resource"])
        .filter(|resource| {
            let kind = resource["resourceType"].as_str().unwrap_or_default();
            [
                "MedicationRequest",
                "MedicationDispense",
                "MedicationStatement",
            ]
            .contains(&kind)
        })
        .map(|resource| {
            let codings = resource["medicationCodeableConcept"]["coding"].as_array();
            let systems: Vec<&str> = codings
                .into_iter()
                .flatten()
                .filter_map(|coding| coding["system"].as_str())
                .collect();
            let by_hot = !systems.is_empty() && systems.iter().all(|system| system.contains("HOT"));
            let part = |key: &str| resource[key].as_str().expect("text").to_owned();
            (format!("{}/{}", part("resourceType"), part("id")), by_hot)
        })
        .collect()
}

fn fates(said: &Value) -> BTreeMap<&str, &str> {
    let entries = said["accounting"]["entries"].as_array().expect("entries");
    entries
        .iter()
        .map(|entry| {
            let part = |key: &str| entry[key].as_str().expect("words");
            (part("resource"), part("fate"))
        })
        .collect()
}

#[test]
fn t8_every_drug_of_the_cohort_is_listed_or_counted_outside_and_hot_alone_makes_no_difference() {
    let Some(folder) = examples() else { return };
    let (mut drugs, mut by_hot, mut shown_by_hot) = (0, 0, 0);
    for file in files(&folder.join("cohort")) {
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        let Some(said) = example(&format!("cohort/{name}"), &[]) else {
            return;
        };
        let fates = fates(&said);
        let section = &said["sections"]["drugs"];
        let items = section["items"].as_array().expect("items");
        let listed = |resource: &str| {
            items.iter().any(|item| {
                let merged = item["merged"].as_array();
                item["resource"] == resource
                    || merged.is_some_and(|merged| merged.iter().any(|one| one == resource))
            })
        };
        let mut outside = 0;
        for (resource, is_hot) in medications(&file) {
            drugs += 1;
            by_hot += usize::from(is_hot);
            match fates.get(resource.as_str()) {
                Some(&"shown" | &"merged") => {
                    assert!(listed(&resource), "{name}: {resource} is not in the list");
                    shown_by_hot += usize::from(is_hot);
                }
                Some(&"outside_window") => outside += 1,
                fate => panic!("{name}: {resource} is {fate:?}"),
            }
        }
        let counted = section["partial"]["outside_window"].as_u64().unwrap_or(0);
        assert_eq!(counted, outside, "{name}: what is outside is counted");
        let noted = section["notes"].as_array().expect("notes").iter();
        let noted = noted
            .filter_map(Value::as_str)
            .any(|note| note.contains("期間外"));
        assert_eq!(noted, outside > 0, "{name}: and said");
    }
    assert!(
        drugs > 100 && by_hot > 50,
        "the trap is in the files: {drugs} {by_hot}"
    );
    assert!(shown_by_hot > 0, "a drug coded by HOT alone is shown");
}

#[test]
fn t8_a_row_with_hot_alone_is_classed_by_its_name_and_one_that_nothing_tells_says_so() {
    let drug = |id: &str, text: &str, code: &str| {
        json!({
            "resourceType": "MedicationRequest", "id": id, "status": "completed", "intent": "order",
            "subject": {"reference": "Patient/p"}, "authoredOn": "2025-12-20",
            "medicationCodeableConcept": {"text": text, "coding": [
                {"system": "http://medis.or.jp/CodeSystem/master-HOT7", "code": code}
            ]},
            "dispenseRequest": {"expectedSupplyDuration": {"value": 30, "code": "d"}}
        })
    };
    let said = written(
        &[
            json!({"resourceType": "Patient", "id": "p"}),
            drug("1", "アピキサバン", "1222222"),
            drug("2", "甲乙丙錠", "1333333"),
            drug("3", "ランソプラゾール", "1444444"),
        ],
        &[],
    );
    let list = rows(&said, "drugs");
    assert!(list[0].starts_with("アピキサバン 抗血栓薬"), "{list:?}");
    let unknown = row(&said, "drugs", &["甲乙丙錠"])["text"]
        .as_str()
        .expect("words");
    assert!(unknown.contains("分類不明"), "{unknown}");
    let plain = row(&said, "drugs", &["ランソプラゾール"])["text"]
        .as_str()
        .expect("words");
    assert!(!plain.contains("分類不明"), "{plain}");
    let notes = said["sections"]["drugs"]["notes"]
        .as_array()
        .expect("notes");
    let is_said = |note: &Value| {
        note.as_str()
            .is_some_and(|note| note.starts_with("分類不明 1件"))
    };
    assert!(notes.iter().any(is_said), "{notes:?}");
}

/// A line of a prescription in the form of the OID days.
fn line(id: &str, system: &str, code: &str, text: &str, starts: &str, days: u32) -> Value {
    let extension = "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/";
    json!({
        "resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
        "identifier": [
            {"system": "urn:oid:1.2.392.100495.20.3.81", "value": id},
            {"system": "urn:oid:1.2.392.100495.20.3.82", "value": "1"}
        ],
        "subject": {"reference": "Patient/p"}, "authoredOn": "2025-12-21T12:28:17+09:00",
        "medicationCodeableConcept": {"text": text, "coding": [{"system": system, "code": code}]},
        "dosageInstruction": [{
            "extension": [
                {"url": format!("{extension}JP_MedicationRequest_DosageInstruction_PeriodOfUse"),
                 "valuePeriod": {"start": starts}},
                {"url": format!("{extension}JP_MedicationRequest_DosageInstruction_UsageDuration"),
                 "valueDuration": {"value": days, "unit": "日", "code": "d"}}
            ],
            "text": "１日２回　朝夕食後",
            "doseAndRate": [{"doseQuantity": {"value": 1.0, "unit": "錠"}}]
        }]
    })
}

#[test]
fn t9_drugs_by_oid_are_read_and_a_code_of_ten_digits_is_said_to_be_wrong() {
    let said = written(
        &[
            json!({"resourceType": "Patient", "id": "p"}),
            line(
                "1",
                HOT9_OID,
                "105271807",
                "プレドニン錠５ｍｇ",
                "2025-12-21",
                14,
            ),
            line(
                "2",
                "urn:oid:1.2.392.100495.20.2.73",
                "3332001F1024",
                "甲錠",
                "2025-12-21",
                14,
            ),
            line(
                "3",
                "1.2.392.100495.20.1.73",
                "２１１３００３Ｆ１０２０",
                "乙錠",
                "2025-12-21",
                14,
            ),
            line(
                "4",
                HOT9_OID,
                "1012309020",
                "ペルマックス錠　５０μｇ",
                "2025-12-21",
                3,
            ),
        ],
        &["--source", "eprescription"],
    );
    let text = |words: &[&str]| {
        let text = row(&said, "drugs", words)["text"].as_str();
        text.expect("words").to_owned()
    };
    assert!(text(&["プレドニン"]).contains("ステロイド"), "by name");
    assert!(text(&["甲錠"]).contains("抗血栓薬"), "YJ under 20.2.73");
    assert!(
        text(&["乙錠"]).contains("ジギタリス"),
        "YJ under 20.1.73, full width"
    );
    let wrong = text(&["ペルマックス"]);
    assert!(
        wrong.contains("薬剤コードの形式誤り：HOT9「1012309020」"),
        "{wrong}"
    );
    assert!(wrong.contains("12/23分まで処方"), "{wrong}");
    assert!(!text(&["プレドニン"]).contains("形式誤り"));
    assert_eq!(said["sections"]["drugs"]["partial"]["uncoded"], 1);
}

#[test]
fn t9_steps_of_one_drug_in_three_lines_stay_three_rows_and_each_says_its_days() {
    let steps = [
        ("1", "2025-12-21", 2),
        ("2", "2025-12-23", 3),
        ("3", "2025-12-26", 14),
    ];
    let mut resources = vec![json!({"resourceType": "Patient", "id": "p"})];
    resources.extend(steps.map(|(id, starts, days)| {
        line(
            id,
            HOT9_OID,
            "101230902",
            "ペルマックス錠　５０μｇ",
            starts,
            days,
        )
    }));
    let said = written(&resources, &["--source", "eprescription"]);
    let list = rows(&said, "drugs");
    assert_eq!(list.len(), 3, "{list:?}");
    for until in ["12/22分まで処方", "12/25分まで処方", "2026/1/8分まで処方"] {
        row(&said, "drugs", &[until]);
    }
}

#[test]
fn t16_a_drug_without_code_or_dose_is_shown_in_the_words_of_its_prescription() {
    let name = "jp-clins/MedicationRequest-Example-JP-MedReq-ExtSkin-Total2.json";
    let Some(said) = example(name, &["--as-of", "2021-07-06"]) else {
        return;
    };
    let list = rows(&said, "drugs");
    assert_eq!(list.len(), 1, "{list:?}");
    for words in [
        "ヒルドイドローション２５ｇ",
        "1日数回 塗布",
        "総量 1\u{a0}本",
    ] {
        assert!(list[0].contains(words), "{words}: {list:?}");
    }
    let item = &said["sections"]["drugs"]["items"][0];
    assert_eq!(item["group"], "外用・頓用");
    assert!(item["value"].is_null(), "no dose is made up: {item}");
    assert!(!list[0].contains("抗血栓薬"), "not heparin: {list:?}");
    assert_eq!(item["title"], "ヒルドイドローション２５ｇ", "{list:?}");
    assert_eq!(said["sections"]["drugs"]["partial"]["uncoded"], 1);
    assert_eq!(
        said["accounting"]["shown"].as_u64(),
        said["accounting"]["resources"].as_u64()
    );
}
