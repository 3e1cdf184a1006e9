//! Allergies, contraindications, absence and disagreement: B3, B4, B8, B9, B14.

use serde_json::{Value, json};

use crate::field::{row, rows, written};

const YCM: &str = "http://jpfhir.jp/fhir/core/CodeSystem/YCM/JP_JfagyMedicationAllergen_CS";
const YJ: &str = "http://capstandard.jp/iyaku.info/CodeSystem/YJ-code";

fn patient() -> Value {
    json!({"resourceType": "Patient", "id": "p", "name": [{"text": "試験 太郎"}]})
}

fn hospital(id: &str, name: &str) -> Value {
    json!({"resourceType": "Organization", "id": id, "name": name})
}

fn physician(id: &str, name: &str, at: &str) -> Value {
    json!({"resourceType": "PractitionerRole", "id": id, "practitioner": {"display": name},
        "organization": {"reference": format!("Organization/{at}")}})
}

/// An active drug allergy; `more` changes it.
fn allergy(id: &str, text: &str, more: &Value) -> Value {
    let mut allergy = json!({"resourceType": "AllergyIntolerance", "id": id,
        "patient": {"reference": "Patient/p"}, "code": {"text": text},
        "clinicalStatus": {"coding": [{"code": "active"}]}, "category": ["medication"],
        "recordedDate": "2012-05-01"});
    for (key, value) in more.as_object().expect("an object") {
        allergy[key] = value.clone();
    }
    allergy
}

fn dispensed(id: &str, text: &str, code: &str, day: &str) -> Value {
    json!({"resourceType": "MedicationDispense", "id": id, "status": "completed",
        "subject": {"reference": "Patient/p"}, "whenHandedOver": day,
        "medicationCodeableConcept": {"text": text, "coding": [{"system": YJ, "code": code}]},
        "daysSupply": {"value": 7, "unit": "日"}})
}

fn section<'a>(said: &'a Value, name: &str) -> &'a Value {
    &said["sections"][name]
}

fn notes(said: &Value, name: &str) -> Vec<String> {
    let notes = section(said, name)["notes"].as_array().expect("notes");
    notes
        .iter()
        .map(|note| note.as_str().expect("words").to_owned())
        .collect()
}

#[track_caller]
fn note(said: &Value, name: &str, words: &[&str]) -> String {
    let notes = notes(said, name);
    let found = notes
        .iter()
        .find(|note| words.iter().all(|word| note.contains(word)));
    found
        .unwrap_or_else(|| panic!("{words:?} in {notes:#?}"))
        .clone()
}

#[test]
fn b3_contraindications_always_say_what_they_do_not_cover() {
    let sentence =
        "病名・妊娠による禁忌、患者申告は対象外。登録から5年で消えます（長期保存を除く）";
    let old = allergy(
        "a",
        "カルバマゼピン",
        &json!({"criticality": "high",
            "meta": {"profile": ["http://jpfhir.jp/fhir/clins/StructureDefinition/JP_AllergyIntolerance_CLINS_eCS"]}}),
    );
    for resources in [vec![patient()], vec![patient(), old]] {
        let said = written(&resources, &[]);
        assert!(notes(&said, "contraindications").contains(&sentence.to_owned()));
        let english = written(&resources, &["--lang", "en"]);
        note(&english, "contraindications", &["not covered", "5 years"]);
    }
}

#[test]
fn b4_the_strip_holds_every_active_allergy_severe_first_and_never_a_past_one() {
    let food = json!({"category": ["food"], "reaction": [
        {"severity": "severe", "manifestation": [{"text": "呼吸困難"}, {"text": "蕁麻疹"}]},
        {"severity": "mild", "manifestation": [{"text": "口腔違和感"}]}]});
    let suspected = json!({"verificationStatus": {"coding": [{"code": "unconfirmed"}]}});
    let refuted =
        json!({"verificationStatus": {"coding": [{"code": "refuted"}]}, "criticality": "high"});
    let resolved =
        json!({"clinicalStatus": {"coding": [{"code": "resolved"}]}, "criticality": "high"});
    let mut resources = vec![patient()];
    for number in 0..12 {
        let id = format!("m{number}");
        resources.push(allergy(
            &id,
            &format!("薬剤{number:02}"),
            &json!({"criticality": "low"}),
        ));
    }
    resources.extend([
        allergy("f", "そば", &food),
        allergy("s", "アスピリン", &suspected),
        allergy("r", "ペニシリン", &refuted),
        allergy("o", "鶏卵", &resolved),
    ]);
    let said = written(&resources, &[]);
    let items = said["strip"]["items"].as_array().expect("items");
    assert_eq!(items.len(), 14, "all of them: the strip never counts");
    assert_eq!(items[0]["agent"], "そば");
    assert_eq!(items[0]["severe"], true);
    assert_eq!(items[0]["reaction"], "呼吸困難＋蕁麻疹／口腔違和感");
    let marks = |agent: &str| {
        let item = items.iter().find(|item| item["agent"] == agent);
        item.map(|item| item["marks"].clone())
    };
    assert_eq!(marks("アスピリン"), Some(json!(["疑い"])));
    assert_eq!((marks("ペニシリン"), marks("鶏卵")), (None, None));
    // Separate events stay apart, each with its own severity.
    let soba = row(&said, "allergies", &["そば"]);
    let text = soba["text"].as_str().expect("words");
    assert!(
        text.contains("反応：呼吸困難＋蕁麻疹（重度） 反応：口腔違和感（軽度）"),
        "{text}"
    );
    // Past rows are there, say so in words, and never warn.
    for (agent, word) in [("ペニシリン", "否定"), ("鶏卵", "解消済")] {
        let past = row(&said, "allergies", &[agent, word]);
        assert_eq!(past["past"], true);
        let tones = past["tags"].to_string();
        assert!(
            !tones.contains("danger") && !tones.contains("warning"),
            "{tones}"
        );
    }
}

#[test]
fn b4_a_list_of_refuted_allergies_only_is_not_none() {
    let refuted = json!({"verificationStatus": {"coding": [{"code": "refuted"}]}});
    let said = written(&[patient(), allergy("r", "ペニシリン", &refuted)], &[]);
    assert_eq!(section(&said, "allergies")["state"], "present");
    assert_eq!(said["strip"]["items"], json!([]));
    let strip = said["strip"]["text"].as_str().expect("words");
    assert!(
        strip.contains("過去・否定の記載のみ ―「なし」の確認ではない"),
        "{strip}"
    );
}

#[test]
fn b8_what_was_given_since_is_a_fact_and_the_coverage_is_said() {
    let coded = json!({"code": {"text": "ペニシリン", "coding": [{"system": YCM, "code": "GCM6131001C1ZZZ"}]}});
    let sulfa = json!({"code": {"text": "サルファ剤", "coding": [{"system": YCM, "code": "00M", "display": "医薬品"}]}});
    let said = written(
        &[
            patient(),
            allergy("a", "x", &coded),
            allergy("s", "x", &sulfa),
            dispensed("d1", "アモキシシリン", "6131001M2017", "2023-04-02"),
            dispensed("d2", "アムロジピン", "2171022F1029", "2025-12-20"),
        ],
        &[],
    );
    let penicillin = row(&said, "allergies", &["ペニシリン"]);
    let text = penicillin["text"].as_str().expect("words");
    assert!(
        text.contains("記録後に調剤：アモキシシリン 2023-04-02（成分一致・表示期間外）"),
        "{text}"
    );
    // The drug itself is outside the window: counted there, and its fate says where it is named.
    assert!(
        rows(&said, "drugs")
            .iter()
            .all(|row| !row.contains("アモキシシリン"))
    );
    assert_eq!(said["accounting"]["outside_window"], 1);
    let entries = said["accounting"]["entries"].as_array().expect("entries");
    let fate = entries
        .iter()
        .find(|entry| entry["resource"] == "MedicationDispense/d1")
        .expect("accounted for");
    assert_eq!(fate["fate"], "outside_window");
    let why = fate["why"].as_str().expect("why");
    assert!(
        why.contains("AllergyIntolerance/a に事実として記載"),
        "{why}"
    );
    assert_eq!(
        note(&said, "allergies", &["照合"]),
        "アレルゲン 1件と薬剤 2種類（表示期間外を含む）を照合。照合できず：サルファ剤（コードなし）。同系統（交差反応）と、これから投与する薬は照合していません"
    );
}

#[test]
fn b8_the_coverage_is_said_where_nothing_matched_and_where_there_are_no_drugs() {
    let end = "同系統（交差反応）と、これから投与する薬は照合していません";
    let one = allergy("a", "ロキソプロフェン", &json!({}));
    let amlodipine = dispensed("d", "アムロジピン", "2171022F1029", "2025-12-20");
    for (resources, drugs) in [
        (vec![patient(), one.clone()], "薬剤 0種類"),
        (vec![patient(), one, amlodipine], "薬剤 1種類"),
    ] {
        let said = written(&resources, &[]);
        let line = note(&said, "allergies", &["アレルゲン 1件", drugs]);
        assert!(line.ends_with(end), "{line}");
        assert_eq!(rows(&said, "allergies").len(), 1);
        assert!(!rows(&said, "allergies")[0].contains("一致"));
    }
    let said = written(&[patient()], &[]);
    assert!(
        notes(&said, "allergies")
            .iter()
            .all(|note| !note.contains("照合"))
    );
}

#[test]
fn b9_a_denial_and_an_allergy_of_two_hospitals_are_both_named_and_dated() {
    let denial = allergy(
        "n",
        "アレルギー歴なし",
        &json!({"category": null, "recordedDate": "2018-02-03", "recorder": {"reference": "PractitionerRole/r1"}}),
    );
    let contrast = allergy(
        "c",
        "ヨード造影剤",
        &json!({"recordedDate": "2024-06-07", "recorder": {"reference": "PractitionerRole/r2"}}),
    );
    let said = written(
        &[
            patient(),
            hospital("o1", "ひばり診療所"),
            hospital("o2", "湾岸病院"),
            physician("r1", "大空 渉", "o1"),
            physician("r2", "波野 洋", "o2"),
            denial,
            contrast,
        ],
        &[],
    );
    let contrast = row(&said, "allergies", &["ヨード造影剤", "不一致"]);
    assert_eq!(contrast["facility"], "湾岸病院");
    assert_eq!(contrast["date"], "2024-06-07");
    assert_eq!(rows(&said, "allergies").len(), 1, "a denial is no row");
    note(
        &said,
        "allergies",
        &[
            "不一致：「アレルギー歴なし」の記載あり",
            "大空 渉・ひばり診療所・2018-02-03",
        ],
    );
    assert_eq!(said["strip"]["items"][0]["marks"], json!(["不一致"]));
}

#[test]
fn b9_one_agent_held_refuted_or_differently_severe_stays_visible_on_both_sides() {
    let at = |role: &str, day: &str, more: &Value| {
        let mut all = json!({"recorder": {"reference": format!("PractitionerRole/{role}")}, "recordedDate": day});
        for (key, value) in more.as_object().expect("an object") {
            all[key] = value.clone();
        }
        all
    };
    let places = || {
        vec![
            patient(),
            hospital("o1", "ひばり診療所"),
            hospital("o2", "湾岸病院"),
            physician("r1", "大空 渉", "o1"),
            physician("r2", "波野 洋", "o2"),
        ]
    };
    let refuted = json!({"verificationStatus": {"coding": [{"code": "refuted"}]}});
    for (left, right, words) in [
        (refuted, json!({}), ["否定", "有効"]),
        (
            json!({"criticality": "high"}),
            json!({"criticality": "low"}),
            ["重症度：高", "重症度：低"],
        ),
        (
            json!({"reaction": [{"severity": "severe", "manifestation": [{"text": "発疹"}]}]}),
            json!({"reaction": [{"severity": "mild", "manifestation": [{"text": "発疹"}]}]}),
            ["症状：重度", "症状：軽度"],
        ),
    ] {
        let mut resources = places();
        resources.push(allergy("a", "ペニシリン", &at("r1", "2018-02-03", &left)));
        resources.push(allergy("b", "ﾍﾟﾆｼﾘﾝ", &at("r2", "2024-06-07", &right)));
        let said = written(&resources, &[]);
        assert_eq!(rows(&said, "allergies").len(), 2);
        for row in rows(&said, "allergies") {
            assert!(row.contains("不一致"), "{row}");
        }
        let sides = [
            "不一致：ペニシリン",
            "ひばり診療所・2018-02-03",
            "湾岸病院・2024-06-07",
            words[0],
            words[1],
        ];
        let said_note = notes(&said, "allergies")
            .into_iter()
            .find(|note| note.starts_with("不一致："))
            .expect("both sides in one sentence");
        for side in &sides[1..] {
            assert!(said_note.contains(side), "{side} in {said_note}");
        }
    }
}

#[test]
fn b14_not_fetched_and_none_never_look_alike() {
    let nka = allergy(
        "n",
        "アレルギー歴なし",
        &json!({"category": null, "recorder": {"reference": "Practitioner/d", "display": "大空 渉"}}),
    );
    let broken = json!({"resourceType": "AllergyIntolerance", "id": "x",
        "patient": {"reference": "Patient/p"}, "code": 7});
    let stray = json!({"resourceType": "AllergyIntolerance", "id": "y", "code": {"text": "卵"}});
    for (language, none, not_fetched) in [
        ("ja", "なし：", "取得できず"),
        ("en", "None: ", "Not fetched"),
    ] {
        let said = |more: &[Value]| {
            let resources: Vec<Value> = [patient(), nka.clone()]
                .into_iter()
                .chain(more.to_vec())
                .collect();
            written(&resources, &["--lang", language])
        };
        let known = said(&[]);
        assert_eq!(section(&known, "allergies")["state"], "none_known");
        assert!(notes(&known, "allergies")[0].starts_with(none));
        // Something unreadable, or without a patient, may be the allergy that the denial denies.
        for more in [&broken, &stray] {
            let unknown = said(std::slice::from_ref(more));
            assert_eq!(
                section(&unknown, "allergies")["state"],
                "not_fetched",
                "{more}"
            );
            let notes = notes(&unknown, "allergies");
            assert!(notes[0].starts_with(not_fetched), "{notes:#?}");
            assert!(
                notes.iter().all(|note| !note.starts_with(none)),
                "{notes:#?}"
            );
            // The denial itself is not lost.
            assert!(
                notes.iter().any(|note| note.contains("アレルギー歴なし")),
                "{notes:#?}"
            );
        }
    }
}

#[test]
fn b4_an_age_at_onset_is_no_note_and_no_reaction() {
    let more = json!({"onsetAge": {"value": 30, "unit": "a"}});
    let said = written(&[patient(), allergy("a", "サバ", &more)], &[]);
    let text = rows(&said, "allergies")[0];
    assert!(
        text.contains("発現 30歳") && text.contains("反応：記載なし"),
        "{text}"
    );
    assert!(!text.contains("備考"), "{text}");
}

#[test]
fn b4_a_date_that_cannot_be_read_is_not_called_missing_and_its_row_not_lost() {
    let more = json!({"recordedDate": "2025/05/01"});
    let said = written(&[patient(), allergy("a", "サバ", &more)], &[]);
    let text = rows(&said, "allergies")[0];
    assert!(text.contains("日付を読めず"), "{text}");
    assert!(!text.contains("日付の記載なし"), "{text}");
    let notes = notes(&said, "allergies").join("/");
    assert!(notes.contains("一部を読めないもの 1件"), "{notes}");
    assert!(!notes.contains("読み取れないもの"), "{notes}");
    let strip = said["strip"].to_string();
    assert!(strip.contains("サバ"), "{strip}");
    assert!(!strip.contains("読み取れないもの"), "{strip}");
}
