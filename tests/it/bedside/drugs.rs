//! Drugs: B1, B5, B6, B7.

use serde_json::{Value, json};

use crate::field::{row, rows, written};

const YJ: &str = "http://capstandard.jp/iyaku.info/CodeSystem/YJ-code";
const EPRESCRIPTION: [&str; 2] = ["--source", "eprescription"];

fn patient() -> Value {
    json!({"resourceType": "Patient", "id": "p"})
}

fn concept(text: &str, yj: &str) -> Value {
    if yj.is_empty() {
        return json!({"text": text});
    }
    json!({"text": text, "coding": [{"system": YJ, "code": yj}]})
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

#[test]
fn b1_windows_drop_ended_rows_only_and_antithrombotics_stay_for_100_days() {
    let warfarin = concept("ワルファリンK錠1mg", "3332001F1024");
    let amlodipine = concept("アムロジピン錠5mg", "2171022F2011");
    for (drug, day, days, inside) in [
        // As of 2025-12-31: 45 days before is 2025-11-16.
        (&amlodipine, "2025-11-16T00:00:00+09:00", 1, true),
        (&amlodipine, "2025-11-15T23:59:59+09:00", 1, false),
        // 2025-11-15 in UTC, 2025-11-16 in Japan.
        (&amlodipine, "2025-11-15T15:00:00Z", 1, true),
        // The supply reaches to 14 days before, 2025-12-17.
        (&amlodipine, "2025-09-19", 90, true),
        (&amlodipine, "2025-09-18", 90, false),
        // An antithrombotic that ended 100 days before, 2025-09-22.
        (&warfarin, "2025-08-24", 30, true),
        (&warfarin, "2025-08-23", 30, false),
    ] {
        let said = written(&[patient(), alone("1", drug, day, days)], &EPRESCRIPTION);
        let shown = rows(&said, "drugs").len() == 1;
        assert_eq!(shown, inside, "{drug} {day} {days}");
        let outside = said["accounting"]["outside_window"].as_u64();
        assert_eq!(outside, Some(u64::from(!inside)), "{drug} {day} {days}");
    }
}

#[test]
fn b5_two_strengths_of_one_ingredient_stay_two_rows_marked() {
    let one = concept("ワルファリンK錠1mg", "3332001F1024");
    let half = concept("ワルファリンK錠0.5mg", "3332001F3027");
    let said = written(
        &[
            patient(),
            prescribed("r1", &one, "2025-12-20", 30, "甲病院"),
            prescribed("r2", &half, "2025-12-20", 30, "甲病院"),
            dispensed("d1", &one, "2025-12-20", 30, "r1"),
            dispensed("d2", &half, "2025-12-20", 30, "r2"),
        ],
        &EPRESCRIPTION,
    );
    let list = rows(&said, "drugs");
    assert_eq!(list.len(), 2, "{list:?}");
    assert!(
        list.iter().all(|row| row.contains("同成分 2件")),
        "{list:?}"
    );
    assert_eq!(said["accounting"]["merged"], 2);
}

#[test]
fn b5_the_same_drug_from_two_prescribers_stays_two_rows_marked() {
    let one = concept("ワルファリンK錠1mg", "3332001F1024");
    let said = written(
        &[
            patient(),
            prescribed("r1", &one, "2025-12-20", 30, "甲病院"),
            prescribed("r2", &one, "2025-12-20", 30, "乙診療所"),
        ],
        &EPRESCRIPTION,
    );
    let list = rows(&said, "drugs");
    assert_eq!(list.len(), 2, "{list:?}");
    assert!(
        list.iter().all(|row| row.contains("同成分 2件")),
        "{list:?}"
    );
}

#[test]
fn b5_a_prescription_and_its_dispensing_are_one_row_and_a_change_is_two_that_say_so() {
    let general = concept("【般】アムロジピン錠5mg", "2171022F2ZZZ");
    let generic = concept("アムロジピン錠5mg「甲」", "2171022F2135");
    let said = written(
        &[
            patient(),
            prescribed("r1", &general, "2025-12-20", 30, "甲病院"),
            dispensed("d1", &generic, "2025-12-21", 30, "r1"),
        ],
        &EPRESCRIPTION,
    );
    let one = row(
        &said,
        "drugs",
        &["アムロジピン錠5mg「甲」", "2026/1/19分まで調剤"],
    );
    assert!(text(one).contains("処方：【般】アムロジピン錠5mg"), "{one}");
    assert_eq!(one["merged"], json!(["MedicationRequest/r1"]));
    assert_eq!(one["facility"], "甲病院");
    // Another form of the ingredient: the first nine characters differ.
    let melting = concept("アムロジピンOD錠5mg「甲」", "2171022F4130");
    let said = written(
        &[
            patient(),
            prescribed("r1", &general, "2025-12-20", 30, "甲病院"),
            dispensed("d1", &melting, "2025-12-21", 30, "r1"),
        ],
        &EPRESCRIPTION,
    );
    assert_eq!(rows(&said, "drugs").len(), 2);
    let handed = row(&said, "drugs", &["分まで調剤", "変更調剤", "同成分 2件"]);
    assert!(
        text(handed).contains("処方：【般】アムロジピン錠5mg"),
        "{handed}"
    );
    let asked = row(&said, "drugs", &["未調剤", "変更調剤", "同成分 2件"]);
    assert!(
        text(asked).contains("調剤された薬：アムロジピンOD錠5mg「甲」"),
        "{asked}"
    );
}

#[test]
fn b5_rows_with_hot_alone_are_one_by_the_first_seven_digits_and_never_guessed() {
    let hot = |text: &str, system: &str, code: &str| {
        let system = format!("http://medis.or.jp/CodeSystem/{system}");
        json!({"text": text, "coding": [{"system": system, "code": code}]})
    };
    let pair = |asked: &Value, handed: &Value| {
        let mut given = alone("d1", handed, "2025-12-21", 30);
        let number =
            json!([{"system": "urn:oid:1.2.392.100495.20.3.11", "value": "甲病院-2025-12-20"}]);
        given["identifier"] = number;
        let request = prescribed("r1", asked, "2025-12-20", 30, "甲病院");
        let said = written(&[patient(), request, given], &EPRESCRIPTION);
        rows(&said, "drugs").len()
    };
    let asked = hot("プレドニン錠5mg", "master-HOT9", "105271807");
    assert_eq!(pair(&asked, &hot("甲", "master-HOT7", "1052718")), 1);
    assert_eq!(pair(&asked, &hot("甲", "master-HOT9", "105271899")), 1);
    assert_eq!(pair(&asked, &hot("甲", "master-HOT9", "106271807")), 2);
    // No table leads from HOT to YJ: only name and strength.
    assert_eq!(
        pair(&asked, &concept("プレドニゾロン錠5mg", "2456001F1310")),
        1
    );
    assert_eq!(
        pair(&asked, &concept("プレドニゾロン錠1mg", "2456001F2019")),
        2
    );
}

#[test]
fn b6_until_when_is_said_and_never_that_it_is_taken() {
    let drug = concept("カンデサルタン錠8mg", "2149040F3020");
    let mut refill = prescribed("r1", &drug, "2025-12-01", 28, "甲病院");
    refill["dispenseRequest"]["numberOfRepeatsAllowed"] = json!(2);
    let said = written(
        &[
            patient(),
            refill,
            dispensed("d1", &drug, "2025-12-02", 28, "r1"),
        ],
        &EPRESCRIPTION,
    );
    let row = row(&said, "drugs", &["12/29分まで調剤", "28日分"]);
    assert!(
        text(row).contains("最長2026/2/23分まで（未調剤分を含む）"),
        "{row}"
    );
    assert!(!said.to_string().contains("服用中"));
    let notes = said["sections"]["drugs"]["notes"]
        .as_array()
        .expect("notes");
    assert!(
        notes.contains(&json!("実際の服用・最終服用時刻は不明")),
        "{notes:?}"
    );
}

#[test]
fn b6_divided_dispensing_says_how_much_of_what_was_prescribed() {
    let drug = concept("カンデサルタン錠8mg", "2149040F3020");
    let said = written(
        &[
            patient(),
            prescribed("r1", &drug, "2025-12-20", 90, "甲病院"),
            dispensed("d1", &drug, "2025-12-20", 30, "r1"),
        ],
        &EPRESCRIPTION,
    );
    let row = row(
        &said,
        "drugs",
        &["2026/1/18分まで調剤", "処方90日分のうち30日分を調剤"],
    );
    assert!(
        text(row).contains("最長2026/3/19分まで（未調剤分を含む）"),
        "{row}"
    );
}

#[test]
fn b6_steps_are_added_and_doses_of_one_day_are_not() {
    let course = |parts: Vec<Value>| {
        let mut resource = alone("1", &concept("甲錠5mg", "2456001F1310"), "2025-12-20", 0);
        resource["dosageInstruction"] = json!(parts);
        let said = written(&[patient(), resource], &EPRESCRIPTION);
        rows(&said, "drugs")[0].to_owned()
    };
    let part = |sequence: u32, dose: f64, days: u32, words: &str| {
        json!({"sequence": sequence, "text": words,
            "timing": {"repeat": {"boundsDuration": {"value": days, "code": "d"}}},
            "doseAndRate": [{"doseQuantity": {"value": dose, "unit": "錠"}}]})
    };
    let steps = course(vec![part(1, 1.0, 3, "朝食後"), part(2, 2.0, 4, "朝食後")]);
    assert!(
        steps.contains("12/26分まで調剤") && steps.contains("段階投与"),
        "{steps}"
    );
    assert!(
        steps.contains("［1］3日間 1回\u{a0}1\u{a0}錠 朝食後 ［2］4日間 1回\u{a0}2\u{a0}錠 朝食後"),
        "{steps}"
    );
    let uneven = course(vec![part(1, 2.0, 7, "朝食後"), part(1, 0.5, 7, "夕食後")]);
    assert!(
        uneven.contains("12/26分まで調剤") && !uneven.contains("段階投与"),
        "{uneven}"
    );
    assert!(
        uneven.contains("1回\u{a0}2\u{a0}錠 朝食後 1回\u{a0}0.5\u{a0}錠 夕食後"),
        "{uneven}"
    );
    let mut worded = vec![
        part(1, 1.0, 3, "朝食後"),
        part(1, 2.0, 4, "4日目から 朝食後"),
    ];
    for part in &mut worded {
        part.as_object_mut().expect("an object").remove("sequence");
    }
    let unclear = course(worded);
    assert!(unclear.contains("段階投与のため期間不明"), "{unclear}");
    assert!(!unclear.contains("分まで"), "{unclear}");
}

#[test]
fn b6_a_drug_of_some_days_in_a_week_lasts_longer_than_its_days() {
    let mut weekly = alone("1", &concept("メトトレキサート錠2mg", ""), "2025-12-20", 4);
    weekly["dosageInstruction"] = json!([{"text": "週1回 月曜日 朝夕食後",
        "doseAndRate": [{"doseQuantity": {"value": 2.0, "unit": "錠"}}]}]);
    let said = written(&[patient(), weekly], &EPRESCRIPTION);
    let row = row(
        &said,
        "drugs",
        &["メトトレキサート錠2mg 1回\u{a0}2\u{a0}錠", "4日分"],
    );
    for words in [
        "間欠投与（毎日ではない）",
        "最長2026/1/16分まで（間欠投与として換算）",
        "12/20 調剤",
    ] {
        assert!(text(row).contains(words), "{words}: {row}");
    }
    assert_eq!(row["group"], "手持ちがある見込み");
}

#[test]
fn b6_injections_have_the_day_and_no_end() {
    let pen = concept("インスリン グラルギン注ソロスター「甲」", "2492416G1033");
    let mut infusion = alone(
        "2",
        &concept("メロペネム点滴静注用0.5g", ""),
        "2025-12-20",
        7,
    );
    infusion["resourceType"] = json!("MedicationStatement");
    infusion["effectiveDateTime"] = json!("2025-12-20");
    let said = written(
        &[patient(), alone("1", &pen, "2025-12-20", 30), infusion],
        &[],
    );
    let pen = row(
        &said,
        "drugs",
        &["グラルギン", "12/20 調剤（注射薬）", "インスリン"],
    );
    let infusion = row(&said, "drugs", &["メロペネム", "12/20 注射・点滴"]);
    for item in [pen, infusion] {
        assert!(!text(item).contains("分まで"), "{item}");
        assert_eq!(item["group"], "期間不明・注射");
    }
}

#[test]
fn b6_a_row_dated_in_the_future_says_so() {
    let drug = concept("カンデサルタン錠8mg", "2149040F3020");
    let mut later = alone("2", &drug, "2025-12-30", 28);
    later["dosageInstruction"] = json!([{"text": "朝食後",
        "timing": {"repeat": {"boundsPeriod": {"start": "2026-01-05"}}}}]);
    let said = written(
        &[patient(), alone("1", &drug, "2026-01-10", 28), later],
        &EPRESCRIPTION,
    );
    row(&said, "drugs", &["日付が未来", "2026/1/10開始"]);
    let held = row(&said, "drugs", &["2026/1/5開始"]);
    assert!(!text(held).contains("日付が未来"), "{held}");
}

#[test]
fn b7_classes_are_called_out_antithrombotics_first_of_all() {
    let drugs = [
        ("フォシーガ錠5mg", "3969019F1", "SGLT2阻害薬"),
        ("メトグルコ錠250mg", "3962002F2027", "ビグアナイド薬"),
        ("アマリール1mg錠", "3961008F1020", "血糖降下薬"),
        ("リベルサス錠7mg", "", "GLP-1受容体作動薬"),
        ("インスリン リスプロ注カート", "", "インスリン"),
        ("プレドニン錠5mg", "2456001F1310", "ステロイド"),
        ("プログラフカプセル1mg", "", "免疫抑制薬"),
        ("タグリッソ錠80mg", "", "抗悪性腫瘍薬"),
        ("アンカロン錠100", "2129010F1020", "抗不整脈薬"),
        ("メインテート錠2.5mg", "2123016F1", "β遮断薬"),
        ("ジゴシン錠0.25mg", "2113003F2", "ジギタリス"),
        ("デパケンR錠200mg", "1139004F1", "抗てんかん薬"),
        ("フェントステープ1mg", "8219701S1", "オピオイド"),
        ("マイスリー錠5mg", "", "ベンゾジアゼピン系・Z薬"),
        ("リーマス錠200", "1179017F2", "リチウム"),
        ("テオドール錠100mg", "2251001F1", "テオフィリン"),
        ("メネシット配合錠100", "1169101F1", "抗パーキンソン薬"),
        ("クロピドグレル錠75mg", "3399008F2029", "抗血栓薬"),
    ];
    let mut resources = vec![patient()];
    resources.extend(
        drugs.iter().enumerate().map(|(at, (name, yj, _))| {
            alone(&at.to_string(), &concept(name, yj), "2025-12-20", 30)
        }),
    );
    let said = written(&resources, &EPRESCRIPTION);
    for (name, _, class) in drugs {
        row(&said, "drugs", &[name, class]);
    }
    assert!(rows(&said, "drugs")[0].starts_with("クロピドグレル錠75mg 抗血栓薬"));
    let first = &said["sections"]["drugs"]["items"][0];
    assert_eq!(first["group"], "抗血栓薬：手持ちがある見込み");
    assert_eq!(first["tags"][0]["tone"], "danger");
}

#[test]
fn b7_headings_stand_in_their_order_and_never_mix_what_is_held_with_what_has_ended() {
    let plain =
        |id: &str, name: &str, day: &str, days: u32| alone(id, &concept(name, ""), day, days);
    let mut needed = plain("5", "ロキソプロフェン錠60mg", "2025-12-20", 0);
    needed["dosageInstruction"] = json!([{"text": "疼痛時"}]);
    let said = written(
        &[
            patient(),
            prescribed(
                "8",
                &concept("エリキュース錠5mg", ""),
                "2025-12-29",
                30,
                "甲病院",
            ),
            prescribed(
                "7",
                &concept("テルミサルタン錠40mg", ""),
                "2025-12-29",
                30,
                "甲病院",
            ),
            plain("6", "メコバラミン錠500μg", "2025-12-20", 0),
            needed,
            plain("4", "セフジニルカプセル100mg", "2025-12-20", 5),
            plain("3", "アムロジピン錠5mg", "2025-12-20", 30),
            plain("2", "バイアスピリン錠100mg", "2025-10-01", 30),
            plain("1", "プラビックス錠75mg", "2025-12-20", 30),
        ],
        &EPRESCRIPTION,
    );
    let items = said["sections"]["drugs"]["items"]
        .as_array()
        .expect("items");
    let seen: Vec<(&str, &str)> = items
        .iter()
        .map(|item| {
            let part = |key: &str| item[key].as_str().expect("words");
            (part("group"), part("title"))
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("抗血栓薬：手持ちがある見込み", "プラビックス錠75mg"),
            ("抗血栓薬：最近終了", "バイアスピリン錠100mg"),
            ("抗血栓薬：未調剤", "エリキュース錠5mg"),
            ("手持ちがある見込み", "アムロジピン錠5mg"),
            ("最近終了", "セフジニルカプセル100mg"),
            ("外用・頓用", "ロキソプロフェン錠60mg"),
            ("期間不明・注射", "メコバラミン錠500μg"),
            ("未調剤", "テルミサルタン錠40mg"),
        ]
    );
}

#[test]
fn b6_rows_from_claims_say_so_and_that_claims_come_late() {
    let drug = concept("アムロジピン錠5mg", "2171022F2011");
    let said = written(
        &[patient(), alone("1", &drug, "2025-11", 30)],
        &["--source", "claims"],
    );
    let row = row(&said, "drugs", &["レセプト", "2025年11月 調剤", "30日分"]);
    assert!(
        text(row).contains("最長12/29分まで（日付は月まで）"),
        "{row}"
    );
    let notes = said["sections"]["drugs"]["notes"]
        .as_array()
        .expect("notes");
    let late = |note: &Value| {
        note.as_str()
            .is_some_and(|note| note.contains("約1.5か月遅れ"))
    };
    assert!(notes.iter().any(late), "{notes:?}");
    assert_eq!(row["source"], "claims");
}
