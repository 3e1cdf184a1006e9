//! Bedside rules of problems, procedures, documents: B15 and B16.

use serde_json::{Value, json};

use crate::field::{row, rows, written};

fn subject() -> Value {
    json!({"reference": "Patient/p"})
}

fn patient() -> Value {
    json!({"resourceType": "Patient", "id": "p", "name": [{"text": "試験 太郎"}]})
}

fn problem(id: &str, name: &str, verification: &str, course: &str) -> Value {
    json!({
        "resourceType": "Condition", "id": id, "subject": subject(), "code": {"text": name},
        "onsetDateTime": "2024-04-01",
        "verificationStatus": {"coding": [{"code": verification}]},
        "clinicalStatus": {"coding": [{"code": course}]}
    })
}

fn marked(mut resource: Value, code: &str) -> Value {
    resource["meta"] = json!({
        "lastUpdated": "2025-03-04T10:00:00+09:00",
        "tag": [{"system": "http://jpfhir.jp/fhir/clins/CodeSystem/JP_ehrshrs_indication", "code": code}]
    });
    resource
}

#[test]
fn b15_what_is_suspected_refuted_resolved_interim_or_not_done_says_so_beside_the_item() {
    let procedure = |id: &str, name: &str, status: &str| {
        json!({"resourceType": "Procedure", "id": id, "subject": subject(), "status": status,
            "code": {"text": name}, "performedDateTime": "2025-12-01"})
    };
    let mut dead = patient();
    dead["deceasedDateTime"] = json!("2025-12-30");
    let said = written(
        &[
            dead,
            problem("c1", "噴門癌早期", "unconfirmed", "inactive"),
            problem("c2", "肺塞栓症", "differential", "active"),
            problem("c3", "狭心症", "refuted", "active"),
            problem("c4", "肺炎", "confirmed", "resolved"),
            procedure("p1", "ペースメーカー移植術", "not-done"),
            json!({"resourceType": "Composition", "id": "d", "status": "preliminary", "subject": subject(),
                "title": "退院時サマリー", "date": "2025-12-01", "type": {"text": "退院時サマリー"}}),
        ],
        &[],
    );
    for (section, words) in [
        ("problems", ["噴門癌早期", "疑い（未確認）"]),
        ("problems", ["噴門癌早期", "非活動"]),
        ("problems", ["肺塞栓症", "疑い（鑑別中）"]),
        ("problems", ["狭心症", "否定"]),
        ("problems", ["肺炎", "治癒"]),
        ("operations", ["ペースメーカー移植術", "未実施"]),
        ("documents", ["退院時サマリー", "未確定"]),
    ] {
        row(&said, section, &words);
    }
    for name in ["噴門癌早期", "肺塞栓症"] {
        let text = row(&said, "problems", &[name])["text"].to_string();
        assert!(!text.contains("確認済"), "{text}");
    }
    assert!(
        said["patient"]["death"]
            .to_string()
            .contains("死亡の記録あり")
    );
}

#[test]
fn b16_what_the_patient_has_not_been_told_of_is_a_count_and_names_nothing() {
    let said = written(
        &[
            patient(),
            problem("c1", "高血圧症", "confirmed", "active"),
            marked(problem("c2", "膵癌", "confirmed", "active"), "UNINFORMED"),
            problem("c3", "膵癌", "confirmed", "active"),
            marked(problem("c4", "肺癌", "confirmed", "active"), "UNINFORMED"),
            marked(
                problem("c5", "秘匿病名", "confirmed", "active"),
                "UNDELIVERED",
            ),
            json!({"resourceType": "Encounter", "id": "e", "status": "finished", "subject": subject(),
                "class": {"code": "AMB"}, "period": {"start": "2025-12-01"},
                "reasonCode": [{"text": "膵癌の化学療法"}]}),
        ],
        &[],
    );
    assert_eq!(rows(&said, "problems")[0], "保護項目 2件");
    assert_eq!(rows(&said, "problems").len(), 2);
    let all = said.to_string();
    for hidden in ["膵癌", "肺癌", "秘匿病名", "未告知", "2025-03-04"] {
        assert!(!all.contains(hidden), "{hidden}: {all}");
    }
    row(&said, "visits", &["保護項目"]);
    assert_eq!(said["accounting"]["withheld"], 1);
}
