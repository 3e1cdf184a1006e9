//! Who it is, and what cannot be read: T2, T12.

use serde_json::{Value, json};

use crate::field::{example, explain, row, rows, written};

#[test]
fn t2_nobody_is_identified_from_the_narrative() {
    let Some(said) = example(
        "jp-clins/Bundle-Bundle-CLINS-Observations-Example-01.json",
        &[],
    ) else {
        return;
    };
    let patient = &said["patient"];
    // The narrative says 漢字=マキノ ランマン, カナ=牧野 爛漫 and branch 05; only the fields count.
    assert_eq!(patient["name"], "牧野 爛漫");
    assert_eq!(patient["kana"], "マキノ ランマン");
    assert_eq!(patient["member_number_tail"], "****187");
    let reference = patient["reference"].as_str().expect("a reference");
    assert!(reference.starts_with("Patient/"), "{reference}");
    assert_eq!(
        said["accounting"]["withheld"], 0,
        "all of it is the patient's"
    );
    assert!(rows(&said, "labs").len() >= 4, "{:?}", rows(&said, "labs"));
    let contacts: Vec<&str> = patient["contacts"]
        .as_array()
        .expect("contacts")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(
        contacts
            .iter()
            .any(|contact| contact.contains("03-123-1234")),
        "{contacts:?}"
    );
    assert!(
        contacts
            .iter()
            .any(|contact| contact.contains("03-0123-4545")),
        "{contacts:?}"
    );
}

fn broken(name: &str) -> Option<Value> {
    example(&format!("broken/{name}.ndjson"), &[])
}

#[track_caller]
fn only_fate<'a>(said: &'a Value, fate: &str) -> &'a str {
    assert_eq!(said["accounting"]["resources"], 1, "{}", said["accounting"]);
    let entry = &said["accounting"]["entries"][0];
    assert_eq!(entry["fate"], fate, "{entry}");
    entry["why"].as_str().expect("words")
}

#[test]
fn t12_what_is_malformed_is_a_visible_row_or_a_named_fate() {
    // A disease that its own sender calls an error is no disease: never a row, said by its name.
    if let Some(said) = broken("condition-con-3-conflicting-status") {
        assert_eq!(only_fate(&said, "not_for_this_screen"), "誤登録");
        assert!(rows(&said, "problems").is_empty());
        assert_ne!(said["sections"]["problems"]["state"], "not_asked");
        assert!(
            said["sections"]["problems"]["notes"]
                .to_string()
                .contains("誤登録")
        );
    }
    // A value with a reason for having none: both are said.
    if let Some(said) = broken("observation-value-and-dataabsent") {
        only_fate(&said, "shown");
        let row = row(&said, "labs", &["4"]);
        assert!(
            row["text"]
                .as_str()
                .is_some_and(|text| text.contains("g/dL")),
            "{row}"
        );
    }
    // A status that does not exist is no final result: as it was sent, called unknown.
    if let Some(said) = broken("observation-status-invalid") {
        only_fate(&said, "shown");
        row(&said, "labs", &["状態不明 not-a-real-status"]);
    }
    // Body weight is no laboratory result; why it is not shown is named.
    if let Some(said) = broken("observation-quantity-comparator-invalid") {
        assert_eq!(only_fate(&said, "not_for_this_screen"), "検査結果ではない");
    }
    // Nobody's allergy in a file of its own: explained, and that nobody is named is said.
    if let Some(said) = broken("allergyintolerance-no-patient") {
        only_fate(&said, "shown");
        assert_eq!(rows(&said, "allergies").len(), 1);
        assert!(
            said["notices"].to_string().contains("本人確認ができません"),
            "{}",
            said["notices"]
        );
    }
    // A birth date that is none is said, never left out in silence.
    if let Some(said) = broken("patient-birthdate-invalid") {
        only_fate(&said, "shown");
        assert_eq!(said["patient"]["birth_date"], Value::Null);
        assert!(
            said["notices"].to_string().contains("birthDate"),
            "{}",
            said["notices"]
        );
    }
}

#[test]
fn t12_a_comparator_that_does_not_exist_is_said_beside_the_value_it_may_have_turned_around() {
    let potassium = json!({
        "resourceType": "Observation", "id": "k", "status": "final",
        "subject": {"reference": "Patient/p"},
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"text": "カリウム", "coding": [{
            "system": "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC10/JP_CLINS_ObsLabResult_CoreLabo_CS",
            "code": "3H015000002326101", "display": "K"}]},
        "effectiveDateTime": "2025-12-30",
        "valueQuantity": {"value": 7.2, "comparator": "bogus", "unit": "mmol/L"}
    });
    let patient = json!({"resourceType": "Patient", "id": "p"});
    let said = written(&[patient, potassium], &[]);
    row(&said, "labs", &["bogus7.2 mmol/L"]);
}

const MEMBER: &str = "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID";

fn prawn(id: &str, patient: &Value) -> Value {
    json!({"resourceType": "AllergyIntolerance", "id": id, "patient": patient,
        "clinicalStatus": {"coding": [{"code": "active"}]}, "code": {"text": id}})
}

fn fates(said: &Value) -> Vec<(&str, &str)> {
    let entries = said["accounting"]["entries"].as_array().expect("entries");
    entries
        .iter()
        .map(|entry| {
            (
                entry["resource"].as_str().expect("a name"),
                entry["fate"].as_str().expect("a fate"),
            )
        })
        .collect()
}

#[test]
fn t12_one_id_on_two_servers_is_two_people_and_only_ones_own_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("two.json");
    let at = |server: &str, resource: Value| {
        let (kind, id) = (&resource["resourceType"], &resource["id"]);
        let path = format!(
            "https://{server}.example/fhir/{}/{}",
            kind.as_str().expect("a kind"),
            id.as_str().expect("an id")
        );
        json!({"fullUrl": path, "resource": resource})
    };
    let person = |name: &str, number: &str| {
        json!({"resourceType": "Patient", "id": "p1", "name": [{"text": name}],
            "identifier": [{"system": MEMBER, "value": number}]})
    };
    let bundle = |second: &Value| {
        json!({"resourceType": "Bundle", "type": "collection", "entry": [
            at("a", person("山田 太郎", "00012345:あいう:187:01")),
            at("b", second.clone()),
            at("a", prawn("own", &json!({"reference": "Patient/p1"}))),
            at("b", prawn("theirs", &json!({"reference": "https://b.example/fhir/Patient/p1"}))),
            at("b", prawn("relative", &json!({"reference": "Patient/p1"}))),
        ]})
    };
    let told = |second: &Value| {
        std::fs::write(&file, bundle(second).to_string()).expect("a file");
        let (code, printed) = explain(&file, &["--as-of", "2025-12-31"]);
        assert_eq!(code, 0, "{printed}");
        serde_json::from_str::<Value>(&printed).expect("JSON")
    };
    let said = told(&person("鈴木 次郎", "00099999:か:555:01"));
    assert_eq!(
        fates(&said)
            .iter()
            .map(|(_, fate)| *fate)
            .collect::<Vec<_>>(),
        ["shown", "withheld", "shown", "withheld", "withheld"],
        "{}",
        said["accounting"]
    );
    assert_eq!(said["patient"]["name"], "山田 太郎");
    assert!(said["notices"].to_string().contains("患者違いの可能性"));
    // The same number on both: one person, whose resources two servers hold.
    let said = told(&person("山田 太郎", "00012345:アイウ:187:1"));
    assert_eq!(said["accounting"]["withheld"], 0, "{}", said["accounting"]);
    assert_eq!(rows(&said, "allergies").len(), 3);
}

#[test]
fn t12_another_persons_number_beside_the_reference_withholds() {
    let local = "urn:oid:1.2.392.100495.20.3.51.11234567890";
    let patient = json!({"resourceType": "Patient", "id": "p1", "name": [{"text": "山田 太郎"}],
    "identifier": [
        {"system": MEMBER, "value": "00012345:あいう:187:01"},
        {"system": local, "value": "0004711"},
    ]});
    for (what, system, value, is_shown) in [
        ("another insurer's", MEMBER, "00099999:か:555:02", false),
        ("a brother's", MEMBER, "00012345:あいう:187:02", false),
        (
            "the same in another width",
            MEMBER,
            "12345:アイウ:１８７:1",
            true,
        ),
        ("the household's", MEMBER, "00012345:あいう:187:", true),
        ("one that cannot be read", MEMBER, "187", true),
        ("the hospital's own", local, "4711", true),
        ("another of the hospital", local, "0004712", false),
        (
            "another hospital's",
            "urn:oid:1.2.392.100495.20.3.51.19",
            "12",
            true,
        ),
    ] {
        let about =
            json!({"reference": "Patient/p1", "identifier": {"system": system, "value": value}});
        let said = written(&[patient.clone(), prawn("a", &about)], &[]);
        let withheld = usize::from(!is_shown);
        assert_eq!(said["accounting"]["withheld"], withheld, "{what}");
        assert_eq!(
            rows(&said, "allergies").len(),
            usize::from(is_shown),
            "{what}"
        );
    }
}
