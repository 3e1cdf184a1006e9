//! Allergies: T4, T5, T6, T7, T14, T15.

use serde_json::{Value, json};

use crate::field::{example, examples, explain, files, row, rows, written};

fn patient() -> Value {
    json!({"resourceType": "Patient", "id": "p", "name": [{"text": "試験 太郎"}]})
}

fn state<'a>(said: &'a Value, section: &str) -> &'a str {
    said["sections"][section]["state"]
        .as_str()
        .expect("a state")
}

fn notes(said: &Value, section: &str) -> String {
    said["sections"][section]["notes"].to_string()
}

fn tags(row: &Value) -> String {
    row["tags"].to_string()
}

#[test]
fn t4_an_allergy_without_category_dates_or_status_is_shown_under_other() {
    let name = "jp-clins/AllergyIntolerance-Example-JP-AllergyIntolerance-eCS-01.json";
    let Some(said) = example(name, &[]) else {
        return;
    };
    let saba = row(&said, "allergies", &["さば"]);
    assert_eq!(saba["group"], "その他アレルギー等");
    assert_eq!(saba["title"], "さば");
    let text = saba["text"].as_str().expect("words");
    assert!(text.contains("反応：記載なし"), "{text}");
    assert!(text.contains("記録日の記載なし（送信 2023-04-01"), "{text}");
    assert_eq!(state(&said, "allergies"), "present");
    assert_eq!(said["strip"]["items"][0]["agent"], "さば");
}

#[test]
fn t5_a_reaction_that_only_the_note_tells_is_not_lost() {
    let name = "jp-clins/AllergyIntolerance-Example-JP-AllergyIntolerance-eCS-03.json";
    let Some(said) = example(name, &[]) else {
        return;
    };
    let iodine = row(&said, "allergies", &["ヨードうがい液"]);
    assert_eq!(iodine["title"], "ヨードうがい液");
    assert_eq!(iodine["group"], "薬剤アレルギー等");
    let text = iodine["text"].as_str().expect("words");
    for part in [
        "コード名称：ポビドンヨード含嗽用液７％",
        "症状：重度",
        "反応：備考を参照",
        "備考：ポビドンヨード含嗽後に嘔吐と全身に発疹",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // The sender said nothing of criticality, and nothing is made up.
    assert!(!text.contains("重症度"), "{text}");
    assert_eq!(said["strip"]["items"][0]["severe"], true);
    assert!(notes(&said, "allergies").contains("アレルゲン 1件と薬剤 0種類"));
}

#[test]
fn t6_a_generic_code_never_gives_the_name() {
    let Some(folder) = examples() else { return };
    let mut seen = 0;
    for file in files(&folder.join("cohort")) {
        let said = example(&format!("cohort/{}", base(&file)), &[]).expect("there");
        for item in said["sections"]["allergies"]["items"]
            .as_array()
            .expect("items")
        {
            let text = item["text"].as_str().expect("words");
            assert!(!text.contains("医薬品"), "{text}");
            if text.contains("サルファ剤") {
                seen += 1;
                assert_eq!(item["title"], "サルファ剤");
                let notes = notes(&said, "allergies");
                assert!(
                    notes.contains("照合できず：サルファ剤（コードなし）"),
                    "{notes}"
                );
            }
        }
    }
    assert!(seen > 0, "the cohort holds サルファ剤");
    let dummy = "http://jpfhir.jp/fhir/core/CodeSystem/YCM/JP_JfagyMedicationAllergen_CS";
    let said = written(
        &[
            patient(),
            json!({"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p"},
                "category": ["medication"],
                "code": {"coding": [{"system": dummy, "code": "00M", "display": "医薬品"}]}}),
        ],
        &[],
    );
    let unnamed = row(&said, "allergies", &["薬剤（名称の記載なし）"]);
    assert!(!unnamed.to_string().contains("医薬品"), "{unnamed}");
}

fn base(file: &std::path::Path) -> String {
    let name = file.file_name().expect("a name");
    name.to_string_lossy().into_owned()
}

#[test]
fn t7_no_known_allergy_is_a_statement_in_every_patient_of_the_cohort() {
    let Some(folder) = examples() else { return };
    let mut denials = 0;
    for file in files(&folder.join("cohort")) {
        let name = base(&file);
        let said = example(&format!("cohort/{name}"), &[]).expect("there");
        let raw = std::fs::read_to_string(&file).expect("readable");
        if raw.contains("\"716186003\"") {
            denials += 1;
            let state = state(&said, "allergies");
            assert!(
                ["none_known", "reported_empty"].contains(&state),
                "{name}: {state}"
            );
            assert!(rows(&said, "allergies").is_empty(), "{name}");
            assert_eq!(said["strip"]["items"], json!([]), "{name}");
            let strip = said["strip"]["text"].as_str().expect("words");
            assert!(strip.contains("アレルギー歴なし"), "{name}: {strip}");
            let (_, english) = explain(&file, &["--as-of", "2025-12-31", "--lang", "en"]);
            let english: Value = serde_json::from_str(&english).expect("JSON");
            assert_eq!(english["sections"]["allergies"]["state"], state, "{name}");
        } else {
            assert!(
                !notes(&said, "allergies").contains("アレルギー歴なし"),
                "{name}"
            );
        }
    }
    assert!(denials > 0, "the cohort holds denials");
}

#[test]
fn t14_an_unconfirmed_allergy_without_text_is_named_by_its_display_and_marked() {
    let Some(said) = example("hl7-fhir-r4/allergyintolerance-medication.json", &[]) else {
        return;
    };
    let penicillin = row(&said, "allergies", &["Penicillin G"]);
    assert_eq!(penicillin["title"], "Penicillin G");
    assert_eq!(penicillin["group"], "薬剤アレルギー等");
    let tags = tags(penicillin);
    assert!(tags.contains("重症度：高"), "{tags}");
    assert!(tags.contains("未確認（疑い）"), "{tags}");
    let text = penicillin["text"].as_str().expect("words");
    assert!(text.contains("反応：Hives"), "{text}");
    assert_eq!(said["strip"]["items"][0]["marks"], json!(["疑い"]));
    assert_eq!(said["strip"]["items"][0]["severe"], true);
}

/// The shape of the patient summary whose required sections hold no information.
fn without_information(reason: &str, author: &Value) -> Value {
    let section = |title: &str, loinc: &str| {
        json!({"title": title, "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
            "emptyReason": {"coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": reason}]}})
    };
    written(
        &[
            patient(),
            json!({"resourceType": "Composition", "id": "c", "status": "final",
                "subject": {"reference": "Patient/p"}, "date": "2025-03-01", "title": "Summary",
                "type": {"coding": [{"system": "http://loinc.org", "code": "60591-5"}]},
                "author": [author],
                "section": [section("Allergies", "48765-2"), section("Problems", "11450-4"),
                    section("Medications", "10160-0")]}),
        ],
        &[],
    )
}

#[test]
fn t15_information_that_is_unavailable_is_not_none() {
    let physician = json!({"reference": "Practitioner/d", "display": "岩本 百合子"});
    let machine = json!({"reference": "Device/x"});
    for author in [&physician, &machine] {
        let said = without_information("unavailable", author);
        for section in ["allergies", "problems", "drugs"] {
            assert_eq!(state(&said, section), "not_fetched", "{section}");
            let notes = notes(&said, section);
            assert!(notes.contains("取得できず（送信元に情報がない"), "{notes}");
        }
        let strip = said["strip"]["text"].as_str().expect("words");
        assert!(strip.contains("取得できず"), "{strip}");
    }
    // The same shape with a person's or a machine's "none".
    let none = without_information("nilknown", &physician);
    assert_eq!(state(&none, "allergies"), "none_known");
    let machine = without_information("nilknown", &machine);
    assert_eq!(state(&machine, "allergies"), "reported_empty");
}

#[test]
fn t15_no_known_allergy_with_an_absent_onset_is_a_statement_and_nothing_unreadable() {
    let absent = json!({"extension": [{
        "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "not-applicable"}]});
    let said = written(
        &[
            patient(),
            json!({"resourceType": "AllergyIntolerance", "id": "a",
                "clinicalStatus": {"coding": [{"code": "active"}]},
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "716186003",
                    "display": "No known allergy"}]},
                "patient": {"reference": "Patient/p"}, "_onsetDateTime": absent}),
        ],
        &[],
    );
    assert_eq!(state(&said, "allergies"), "reported_empty");
    assert!(rows(&said, "allergies").is_empty());
    assert!(notes(&said, "allergies").contains("No known allergy"));
    assert_eq!(said["accounting"]["unreadable"], 0);
    assert_eq!(said["sections"]["allergies"]["partial"], Value::Null);
}
