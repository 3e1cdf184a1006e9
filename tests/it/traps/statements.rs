//! What is said of a whole section: withdrawn, doubtful, in text only, or a part.

use serde_json::{Value, json};

use crate::field::{example, explain, rows, written};

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

fn strip(said: &Value) -> String {
    said["strip"].to_string()
}

/// A summary or a list of allergies of which `more` is said.
fn of_allergies(kind: &str, status: &str, more: &Value) -> Value {
    let code = json!({"coding": [{"system": "http://loinc.org", "code": "48765-2"}]});
    let physician = json!({"reference": "Practitioner/d", "display": "岩本 百合子"});
    let mut section = more.clone();
    section["code"] = code;
    section["title"] = json!("アレルギー");
    let subject = json!({"reference": "Patient/p"});
    if kind == "List" {
        section["resourceType"] = json!("List");
        section["id"] = json!("l");
        section["status"] = json!(status);
        section["subject"] = subject;
        section["date"] = json!("2025-11-01");
        section["source"] = physician;
        return section;
    }
    json!({"resourceType": "Composition", "id": "c", "status": status, "date": "2025-11-01",
        "type": {"text": "サマリー"}, "title": "患者サマリー", "subject": subject,
        "author": [physician], "section": [section]})
}

fn nilknown() -> Value {
    json!({"emptyReason": {"coding": [{"code": "nilknown"}]}})
}

fn allergy(id: &str, words: &str) -> Value {
    json!({"resourceType": "AllergyIntolerance", "id": id, "patient": {"reference": "Patient/p"},
        "clinicalStatus": {"coding": [{"code": "active"}]}, "code": {"text": words},
        "recorder": {"reference": "Practitioner/d", "display": "岩本 百合子"},
        "recordedDate": "2025-05-01"})
}

#[test]
fn t15_a_withdrawn_none_denies_nothing_and_a_preliminary_one_confirms_nothing() {
    for (kind, status, expected, words) in [
        ("Composition", "final", "none_known", "確認"),
        ("List", "current", "none_known", "確認"),
        ("Composition", "entered-in-error", "not_asked", "未聴取"),
        ("List", "entered-in-error", "not_asked", "未聴取"),
        ("List", "retired", "reported_empty", "過去の記載"),
        ("Composition", "preliminary", "reported_empty", "（暫定）"),
    ] {
        let said = written(&[patient(), of_allergies(kind, status, &nilknown())], &[]);
        assert_eq!(state(&said, "allergies"), expected, "{kind} {status}");
        let (notes, strip) = (notes(&said, "allergies"), strip(&said));
        assert!(notes.contains(words), "{kind} {status}: {notes}");
        assert!(strip.contains(words), "{kind} {status}: {strip}");
        if expected != "none_known" {
            assert!(!strip.contains("確認）"), "{kind} {status}: {strip}");
        }
    }
    // A list that was replaced does not contradict what was found since.
    let list = of_allergies("List", "retired", &nilknown());
    let said = written(&[patient(), list, allergy("a", "卵")], &[]);
    assert!(!strip(&said).contains("不一致"), "{}", strip(&said));
}

#[test]
fn t15_a_denial_with_a_question_mark_is_a_row_to_look_at() {
    for words in ["なし？", "アレルギーなし？？"] {
        let said = written(&[patient(), allergy("a", words)], &[]);
        assert_eq!(state(&said, "allergies"), "present", "{words}");
        assert_eq!(said["strip"]["items"][0]["agent"], words);
    }
}

#[test]
fn t15_text_of_a_document_without_resources_is_never_silence() {
    let text = json!({"text": {"status": "generated",
        "div": "<div xmlns='http://www.w3.org/1999/xhtml'>ペニシリンでショック</div>"}});
    let told = "文書に記載あり（本文を参照）―「なし」ではない";
    let document = of_allergies("Composition", "final", &text);
    let said = written(&[patient(), document.clone()], &[]);
    assert_eq!(state(&said, "allergies"), "not_fetched");
    assert!(notes(&said, "allergies").contains(told));
    assert!(strip(&said).contains(told), "{}", strip(&said));
    // Beside a row, and beside a person's "none".
    let said = written(&[patient(), document.clone(), allergy("a", "卵")], &[]);
    assert_eq!(state(&said, "allergies"), "present");
    assert!(notes(&said, "allergies").contains(told));
    let said = written(&[patient(), document, allergy("a", "アレルギーなし")], &[]);
    assert_eq!(state(&said, "allergies"), "not_fetched");
    let referral = "jp-clins/Bundle-Bundle-CLINS-Referral-NoEntry-Example-01.json";
    if let Some(said) = example(referral, &["--as-of", "2024-12-31"]) {
        for section in ["allergies", "drugs", "infections"] {
            assert_eq!(state(&said, section), "not_fetched", "{section}");
            assert!(notes(&said, section).contains(told), "{section}");
        }
        assert!(strip(&said).contains(told), "{}", strip(&said));
    }
}

#[test]
fn t15_resources_that_a_document_names_and_that_did_not_come_are_counted() {
    let document = |entries: &[&str]| {
        let entries: Vec<Value> = entries
            .iter()
            .map(|entry| json!({"reference": entry}))
            .collect();
        of_allergies("Composition", "final", &json!({"entry": entries}))
    };
    let two = document(&["AllergyIntolerance/gone", "urn:uuid:dead"]);
    let said = written(&[patient(), two], &[]);
    assert_eq!(state(&said, "allergies"), "not_fetched");
    assert!(notes(&said, "allergies").contains("参照先を取得できず 2件"));
    assert!(strip(&said).contains("参照先を取得できず 2件"));
    let egg = || allergy("a", "卵");
    let one = document(&["AllergyIntolerance/a", "AllergyIntolerance/gone"]);
    let said = written(&[patient(), one, egg()], &[]);
    assert_eq!(state(&said, "allergies"), "present");
    let section = &said["sections"]["allergies"];
    assert_eq!(section["partial"]["more_at_source"], true);
    assert!(notes(&said, "allergies").contains("参照先を取得できず 1件"));
    let whole = written(
        &[patient(), document(&["AllergyIntolerance/a"]), egg()],
        &[],
    );
    assert!(!notes(&whole, "allergies").contains("参照先"));
    let list = json!({"entry": [{"item": {"reference": "AllergyIntolerance/gone"}},
        {"item": {"reference": "AllergyIntolerance/deleted"}, "deleted": true}]});
    let said = written(&[patient(), of_allergies("List", "current", &list)], &[]);
    assert_eq!(state(&said, "allergies"), "not_fetched");
    assert!(notes(&said, "allergies").contains("参照先を取得できず 1件"));
}

#[test]
fn t15_one_page_of_a_search_is_not_the_whole() {
    let page = |more: &Value| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("page.json");
        let mut bundle = json!({"resourceType": "Bundle", "type": "searchset", "entry": [
            {"resource": patient(), "search": {"mode": "include"}},
            {"resource": allergy("a", "卵"), "search": {"mode": "match"}}]});
        for (key, value) in more.as_object().expect("fields") {
            bundle[key] = value.clone();
        }
        std::fs::write(&file, bundle.to_string()).expect("a file");
        let (code, printed) = explain(&file, &["--as-of", "2025-12-31"]);
        assert_eq!(code, 0, "{printed}");
        serde_json::from_str::<Value>(&printed).expect("one JSON object")
    };
    let partial = |said: &Value, section: &str| {
        said["sections"][section]["partial"]["more_at_source"] == json!(true)
    };
    for more in [
        json!({"link": [{"relation": "next", "url": "https://example.org/fhir?page=2"}]}),
        json!({"total": 12}),
    ] {
        let said = page(&more);
        assert!(partial(&said, "allergies"), "{more}");
        assert!(!partial(&said, "labs"), "{more}");
        let told = strip(&said);
        assert!(told.contains("一部のみ"), "{told}");
    }
    assert!(!partial(&page(&json!({"total": 1})), "allergies"));
}

#[test]
fn t15_a_denial_of_one_agent_is_calm_and_nobody_who_could_not_be_asked_is_an_allergen() {
    for words in [
        "ペニシリンアレルギーなし",
        "ヨード造影剤（－）",
        "アルコール過敏なし",
    ] {
        let said = written(&[patient(), allergy("a", words)], &[]);
        let item = &said["sections"]["allergies"]["items"][0];
        assert_eq!(item["title"], words);
        assert_eq!(item["past"], true, "{words}");
        assert!(item["tags"].to_string().contains("否定の記載"), "{item}");
        assert_eq!(said["strip"]["items"], json!([]), "{words}");
        assert!(strip(&said).contains("「なし」の確認ではない"), "{words}");
    }
    for (words, expected) in [
        ("聴取不能", "not_asked"),
        ("意識障害のため聴取できず", "not_asked"),
        ("－", "not_fetched"),
    ] {
        let said = written(&[patient(), allergy("a", words)], &[]);
        assert_eq!(state(&said, "allergies"), expected, "{words}");
        assert_eq!(rows(&said, "allergies"), Vec::<&str>::new(), "{words}");
        assert_eq!(said["strip"]["items"], json!([]), "{words}");
    }
}

#[test]
fn t15_bare_denials_of_drugs_problems_and_operations_are_sentences_not_rows() {
    let subject = json!({"reference": "Patient/p"});
    let drug = |id: &str, words: &str| {
        json!({"resourceType": "MedicationStatement", "id": id, "status": "active",
            "subject": subject, "medicationCodeableConcept": {"text": words},
            "effectivePeriod": {"start": "2025-12-01"}})
    };
    let problem = |id: &str, words: &str| {
        json!({"resourceType": "Condition", "id": id, "subject": subject,
            "code": {"text": words}, "recordedDate": "2025-05-01"})
    };
    let operation = |id: &str, words: &str| {
        json!({"resourceType": "Procedure", "id": id, "status": "completed",
            "subject": subject, "code": {"text": words}, "performedDateTime": "2025-11-01"})
    };
    let said = written(
        &[
            patient(),
            drug("d1", "なし"),
            drug("d2", "内服薬なし"),
            problem("c1", "特記すべき既往なし"),
            problem("c2", "既往歴なし"),
            operation("o1", "手術歴なし"),
        ],
        &[],
    );
    for (section, words) in [
        ("drugs", "「内服薬なし」の記載"),
        ("problems", "「既往歴なし」の記載"),
        ("problems", "「特記すべき既往なし」の記載"),
    ] {
        assert_eq!(state(&said, section), "reported_empty", "{section}");
        assert_eq!(rows(&said, section), Vec::<&str>::new(), "{section}");
        let notes = notes(&said, section);
        assert!(notes.contains(words), "{notes}");
        assert!(notes.contains("「なし」の確認ではない"), "{notes}");
    }
    let everywhere = ["operations", "procedures"].map(|section| {
        assert_eq!(rows(&said, section), Vec::<&str>::new(), "{section}");
        notes(&said, section)
    });
    assert!(everywhere.concat().contains("「手術歴なし」の記載"));
    assert_eq!(said["accounting"]["shown"], 6, "{}", said["accounting"]);
    // What names something stays a row.
    let rest = [
        patient(),
        drug("d1", "内服薬なし？"),
        problem("c1", "症状のない胆石"),
    ];
    let said = written(&rest, &[]);
    assert_eq!(rows(&said, "drugs").len(), 1);
    assert_eq!(rows(&said, "problems").len(), 1);
}
