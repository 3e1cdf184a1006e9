//! Drugs that do not stand, tapers, doses and dates that are not all there: B6, B7.

use serde_json::{Value, json};

use crate::field::{row, written};

const EPRESCRIPTION: [&str; 2] = ["--source", "eprescription"];

fn patient() -> Value {
    json!({"resourceType": "Patient", "id": "p"})
}

fn concept(text: &str) -> Value {
    json!({"text": text})
}

/// A prescription of a hospital.
fn prescribed(id: &str, drug: &Value, day: &str, days: u32, hospital: &str) -> Value {
    json!({
        "resourceType": "MedicationRequest", "id": id, "status": "completed", "intent": "order",
        "identifier": [{"system": "urn:oid:1.2.392.100495.20.3.11", "value": format!("{hospital}-{day}")}],
        "contained": [{"resourceType": "Organization", "id": "o", "name": hospital}],
        "requester": {"reference": "#o"},
        "subject": {"reference": "Patient/p"}, "authoredOn": day,
        "medicationCodeableConcept": drug,
        "dispenseRequest": {"expectedSupplyDuration": {"value": days, "code": "d"}}
    })
}

/// What a pharmacy handed out for the request `fulfils`.
fn dispensed(id: &str, drug: &Value, day: &str, days: u32, fulfils: &str) -> Value {
    json!({
        "resourceType": "MedicationDispense", "id": id, "status": "completed",
        "subject": {"reference": "Patient/p"}, "whenHandedOver": day,
        "medicationCodeableConcept": drug,
        "authorizingPrescription": [{"reference": format!("MedicationRequest/{fulfils}")}],
        "daysSupply": {"value": days, "code": "d"}
    })
}

fn alone(id: &str, drug: &Value, day: &str, days: u32) -> Value {
    let mut resource = dispensed(id, drug, day, days, "none");
    let fields = resource.as_object_mut().expect("an object");
    fields.remove("authorizingPrescription");
    if days == 0 {
        fields.remove("daysSupply");
    }
    resource
}

fn text(item: &Value) -> &str {
    item["text"].as_str().expect("words")
}

/// What must not be said of a drug that nobody is to have.
const HELD: [&str; 4] = ["分まで", "手持ち", "to last until", "分までの記載"];

fn of(item: &Value, key: &str) -> String {
    item[key].as_str().expect("words").to_owned()
}

#[test]
fn b7_an_order_not_to_give_stands_in_its_own_place_and_never_at_hand() {
    let mut order = prescribed(
        "1",
        &concept("イグザレルト錠15mg"),
        "2025-12-15",
        30,
        "甲病院",
    );
    order["doNotPerform"] = json!(true);
    let said = written(&[patient(), order.clone()], &EPRESCRIPTION);
    let item = row(&said, "drugs", &["イグザレルト錠15mg"]);
    assert_eq!(of(item, "group"), "抗血栓薬：投与しない指示");
    assert!(text(item).contains("投与しない指示") && text(item).contains("12/15付"));
    assert!(!text(item).contains("do-not-perform") && !text(item).contains("30日分"));
    assert!(HELD.iter().all(|word| !text(item).contains(word)), "{item}");
    let said = written(&[patient(), order], &["--lang", "en"]);
    let item = row(&said, "drugs", &["order not to give"]);
    assert!(HELD.iter().all(|word| !text(item).contains(word)), "{item}");
}

#[test]
fn b6_what_does_not_stand_has_a_day_and_no_end() {
    let with = |key: &str, word: &str, dispensed: bool| {
        let drug = concept(&format!("薬{word}錠"));
        let mut resource = if dispensed {
            alone("1", &drug, "2025-12-20", 28)
        } else {
            prescribed("1", &drug, "2025-12-20", 28, "甲病院")
        };
        resource[key] = json!(word);
        let said = written(&[patient(), resource], &[]);
        let items = said["sections"]["drugs"]["items"]
            .as_array()
            .expect("items");
        assert_eq!(items.len(), 1, "{word}");
        let item = &items[0];
        assert!(HELD.iter().all(|held| !text(item).contains(held)), "{item}");
        (of(item, "group"), text(item).to_owned())
    };
    for (key, word, dispensed, group, words) in [
        ("status", "declined", true, "取消・中止・未確定", "12/20付"),
        ("status", "cancelled", true, "取消・中止・未確定", "12/20付"),
        (
            "status",
            "stopped",
            true,
            "取消・中止・未確定",
            "12/20 調剤",
        ),
        ("status", "preparation", true, "未調剤", "12/20付"),
        ("status", "draft", false, "取消・中止・未確定", "12/20付"),
        (
            "status",
            "on-hold",
            false,
            "取消・中止・未確定",
            "12/20 処方",
        ),
        ("intent", "proposal", false, "取消・中止・未確定", "12/20付"),
        ("intent", "plan", false, "取消・中止・未確定", "12/20付"),
    ] {
        let (stands_under, said) = with(key, word, dispensed);
        assert_eq!(stands_under, group, "{word}");
        assert!(
            said.contains(words) && said.contains("28日分"),
            "{word}: {said}"
        );
    }
}

#[test]
fn b6_a_taper_in_words_alone_is_never_recently_ended() {
    let step = |words: &str| json!({"text": words, "timing": {"repeat": {"boundsDuration": {"value": 7, "code": "d"}}}});
    let taken = |one: &str, other: &str| {
        let mut order = prescribed("1", &concept("プレドニン錠5mg"), "2025-12-20", 7, "甲病院");
        order
            .as_object_mut()
            .expect("an object")
            .remove("dispenseRequest");
        order["dosageInstruction"] = json!([step(one), step(other)]);
        let said = written(&[patient(), order], &[]);
        let item = row(&said, "drugs", &["プレドニン錠5mg"]);
        (of(item, "group"), text(item).to_owned())
    };
    for (one, other) in [
        ("最初の7日間 4錠", "続けて7日間 2錠"),
        ("1～7日目 4錠", "8～14日目 2錠"),
        ("4錠 7日間", "→2錠 7日間"),
        ("1日1回 朝食後 4錠", "1日1回 朝食後 2錠"),
    ] {
        let (group, said) = taken(one, other);
        assert_eq!(group, "期間不明・注射", "{other}");
        assert!(said.contains("段階投与のため期間不明"), "{other}: {said}");
    }
    let (group, _) = taken("朝食後 4錠", "夕食後 2錠");
    assert_eq!(group, "最近終了", "times of one day run together");
}

#[test]
fn b6_a_dose_without_unit_and_an_amount_without_days_are_said() {
    let mut order = prescribed(
        "1",
        &concept("ワーファリン錠1mg"),
        "2025-12-20",
        28,
        "甲病院",
    );
    order["dosageInstruction"] =
        json!([{"text": "1日1回", "doseAndRate": [{"doseQuantity": {"value": 3}}]}]);
    let mut handed = alone("2", &concept("リクシアナ錠30mg"), "2025-12-20", 0);
    handed["quantity"] = json!({"value": 60, "unit": "錠"});
    let said = written(&[patient(), order, handed], &[]);
    let item = row(&said, "drugs", &["ワーファリン錠1mg"]);
    assert_eq!(of(item, "value"), "1回\u{a0}3（単位なし・要確認）");
    row(
        &said,
        "drugs",
        &["リクシアナ錠30mg", "日数不明", "総量 60\u{a0}錠"],
    );
}

#[test]
fn b7_a_mixture_with_a_name_of_its_own_says_what_is_in_it() {
    let mixed = |id: &str, name: &str, parts: &[&str]| {
        let parts: Vec<Value> = parts
            .iter()
            .map(|part| json!({"itemCodeableConcept": {"text": part}}))
            .collect();
        json!({"resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
            "subject": {"reference": "Patient/p"}, "authoredOn": "2025-12-20",
            "medicationReference": {"reference": "#m"},
            "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": name},
                "ingredient": parts}]})
    };
    let drip = "ソリタT3号輸液500mL";
    let said = written(
        &[
            patient(),
            mixed("1", drip, &[drip, "KCL注20mEq", "ノボリンR注 10単位"]),
            mixed("2", "フロセミド錠40mg", &["フロセミド"]),
            mixed(
                "3",
                "ザクラス配合錠HD",
                &["アジルサルタン20mg", "アムロジピン5mg"],
            ),
        ],
        &[],
    );
    let title = |words: &str| of(row(&said, "drugs", &[words]), "title");
    assert_eq!(
        title(drip),
        "ソリタT3号輸液500mL（＋KCL注20mEq＋ノボリンR注 10単位）"
    );
    assert_eq!(title("フロセミド錠40mg"), "フロセミド錠40mg");
    assert_eq!(title("ザクラス配合錠HD"), "ザクラス配合錠HD");
    row(
        &said,
        "drugs",
        &["成分：アジルサルタン20mg、アムロジピン5mg"],
    );
}

#[test]
fn b6_a_day_that_is_not_known_and_a_year_alone_are_said_as_such() {
    let mut undated = prescribed(
        "1",
        &concept("テグレトール錠200mg"),
        "2025-12-20",
        30,
        "甲病院",
    );
    undated
        .as_object_mut()
        .expect("an object")
        .remove("authoredOn");
    let year = prescribed("2", &concept("クロピドグレル錠75mg"), "2025", 30, "乙病院");
    let said = written(&[patient(), undated, year], &[]);
    let item = row(
        &said,
        "drugs",
        &["テグレトール錠200mg", "日付不明", "30日分"],
    );
    assert!(!text(item).contains("日数不明"), "{item}");
    let item = row(&said, "drugs", &["クロピドグレル錠75mg", "日付は年まで"]);
    assert!(!text(item).contains("月まで"), "{item}");
}
