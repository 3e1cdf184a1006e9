//! Laboratory results: T1, T3, T13.

use serde_json::{Value, json};

use crate::field::{example, row, rows, written};

#[test]
fn t1_an_implausible_unit_is_shown_as_sent_and_marked_and_no_flag_is_made_up() {
    let name = "jp-clins/Bundle-Bundle-CLINS-Observations-Example-01.json";
    let Some(said) = example(name, &[]) else {
        return;
    };
    row(
        &said,
        "labs",
        &["Alb 3.9 mg/L", "単位要確認", "基準範囲不明"],
    );
    let potassium = row(&said, "labs", &["K 3.5 mEq/L", "基準範囲不明"]);
    assert!(
        !potassium["text"]
            .as_str()
            .expect("words")
            .contains("単位要確認")
    );
    for text in rows(&said, "labs") {
        assert!(!text.contains("高値") && !text.contains("低値"), "{text}");
    }
}

#[test]
fn t3_radicals_and_old_names_and_codes_are_read_as_what_they_mean() {
    let name = "jp-clins/Bundle-Bundle-CLINS-Observations-Example-01.json";
    if let Some(said) = example(name, &[]) {
        let protein = row(&said, "labs", &["尿蛋白 （±）"]);
        assert_eq!(protein["group"], "尿");
    }
    // The same traps in resources of the test's own: U+2F69 in the name, U+2F8E in another, a
    // full-width dash, the old display, and the OID of the old result list.
    let lab = |id: &str, coding: Value, text: &str, value: (&str, Value)| {
        let mut result = json!({
            "resourceType": "Observation", "id": id, "status": "final",
            "category": [{"coding": [{"code": "laboratory"}]}],
            "code": {"text": text, "coding": [coding]},
            "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2025-10-01",
        });
        result[value.0] = value.1;
        result
    };
    let core = "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC10/JP_CLINS_ObsLabResult_CoreLabo_CS";
    let local = "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_ObsLabResult_LocalCode_CS";
    let old = json!({"coding": [{"system": "urn:oid:1.2.392.200119.6.2102", "code": "2"}]});
    let number = |value: f64, unit: &str| ("valueQuantity", json!({"value": value, "unit": unit}));
    let said = written(
        &[
            json!({"resourceType": "Patient", "id": "p"}),
            lab(
                "protein",
                json!({"system": core, "display": "U-TP-定性半定量"}),
                "尿蛋\u{2f69}(定性)",
                ("valueCodeableConcept", old),
            ),
            lab(
                "group",
                json!({"system": core, "display": "\u{2f8e}液型-ABO"}),
                "\u{2f8e}液型-ABO",
                ("valueString", json!("Ａ")),
            ),
            lab(
                "amylase",
                json!({"system": local, "code": "1", "display": "アミラ－ゼ"}),
                "アミラ－ゼ",
                number(88.0, "U/L"),
            ),
            lab(
                "albumin",
                json!({"system": local, "code": "2", "display": "アルブミン"}),
                "⾎清アルブミン",
                number(4.1, "g/dL"),
            ),
        ],
        &[],
    );
    for (words, group) in [
        ("尿蛋白 （±）", "尿"),
        ("血液型ABO Ａ", "血液型"),
        ("AMY 88", "その他"),
        ("Alb 4.1", "肝"),
    ] {
        assert_eq!(row(&said, "labs", &[words])["group"], group, "{words}");
    }
}

#[test]
fn t13_cancelled_absent_interim_and_erroneous_results_say_what_they_are() {
    if let Some(said) = example("hl7-fhir-r4/observation-example-unsat.json", &[]) {
        row(
            &said,
            "labs",
            &["血糖 結果なし", "Specimen unsatisfactory", "未実施"],
        );
    }
    for name in ["f202-temperature", "bloodpressure-cancel"] {
        let file = format!("hl7-fhir-r4/observation-example-{name}.json");
        if let Some(said) = example(&file, &[]) {
            assert_eq!(rows(&said, "labs"), Vec::<&str>::new(), "{name}");
            assert_eq!(said["accounting"]["not_for_this_screen"], 1, "{name}");
        }
    }
}

/// A potassium of 4.1 mmol/L, changed.
fn potassium(id: &str, status: &str, change: fn(&mut Value)) -> Value {
    let code = json!({"system": "http://loinc.org", "code": "2823-3", "display": "Potassium"});
    let mut result = json!({
        "resourceType": "Observation", "id": id, "status": status, "code": {"coding": [code]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": format!("2025-10-0{}", id.len()),
        "valueQuantity": {"value": 4.1, "unit": "mmol/L"},
    });
    change(&mut result);
    result
}

#[test]
fn t13_what_became_of_a_laboratory_result_is_said_in_words() {
    let without = |result: &mut Value| {
        result["valueQuantity"] = Value::Null;
        result["dataAbsentReason"] = json!({"coding": [{"code": "not-performed"}]});
    };
    let both: fn(&mut Value) = |result| {
        result["dataAbsentReason"] = json!({"text": "溶血"});
    };
    let said = written(
        &[
            json!({"resourceType": "Patient", "id": "p"}),
            potassium("e", "entered-in-error", |result| {
                result["valueQuantity"]["value"] = json!(9.9);
            }),
            potassium("cc", "cancelled", without),
            potassium("ppp", "preliminary", |_| {}),
            potassium("rrrr", "registered", |result| {
                result["valueQuantity"] = Value::Null;
            }),
            potassium("bbbbb", "final", both),
        ],
        &[],
    );
    let texts = rows(&said, "labs");
    assert!(!texts.iter().any(|text| text.contains("9.9")), "{texts:?}");
    row(&said, "labs", &["結果なし（未実施）", "未実施"]);
    row(&said, "labs", &["結果なし", "結果未着"]);
    row(
        &said,
        "labs",
        &[
            "4.1 mmol/L",
            "値と欠測理由の両方あり",
            "溶血",
            "前回 4.1 mmol/L 中間報告",
        ],
    );
    let entries = said["accounting"]["entries"].as_array().expect("entries");
    let error = entries
        .iter()
        .find(|entry| entry["resource"] == "Observation/e")
        .expect("the erroneous one");
    assert_eq!(error["fate"], "not_for_this_screen");
    let notes = said["sections"]["labs"]["notes"].to_string();
    assert!(notes.contains("誤登録"), "counted: {notes}");
}
