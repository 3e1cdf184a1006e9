//! The FHIR document for the hospital's chart.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::domain::handoff::{
    Acuity, AgeBand, Complaint, Finding, Gcs, Jcs, Label, RowId, VitalSet,
};

fn vital(row: &str, is_struck: bool) -> Change {
    Change::Vital(VitalSet {
        jcs: Jcs::new(30, true, false, false),
        gcs: Gcs::new(2, Some(3), 5),
        pulse: Some(112),
        temperature_tenths: Some(386),
        struck: is_struck,
        ..VitalSet::new(RowId::new(row).unwrap(), testing::noon())
    })
}

/// Every reference in a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let own = fields.get("reference").and_then(Value::as_str);
            found.extend(own.map(str::to_owned));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(values) => values.iter().for_each(|one| references(one, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

async fn document(world: &World) -> Value {
    let id = world.asked("a", &["h1", "h2"]).await;
    world.linked(&id, "1001").await;
    let touches = vec![
        Change::Complaint(Complaint::ChestPain, true),
        Change::ComplaintNote("<b>胸が痛い</b> & 冷汗".to_owned()),
        vital("v1", false),
        vital("v2", true),
    ];
    world.take(&crew(), &id, Step::Edit(touches)).await;
    let doctor = physician("h1");
    let early = world.room.document(&doctor, &id, Language::Ja).await;
    assert_eq!(early, Err(Error::NotThere), "not accepted yet");
    world.take(&doctor, &id, Step::Accept).await;
    let document = world.room.document(&doctor, &id, Language::Ja).await;
    let other = physician("h2");
    let other = world.room.document(&other, &id, Language::Ja).await;
    assert_eq!(other, Err(Error::NotThere), "another accepted");
    document.unwrap()
}

#[tokio::test]
async fn the_document_begins_with_its_composition_and_refers_to_nothing_outside() {
    let world = World::new();
    let document = document(&world).await;
    assert_eq!(document["type"], "document");
    let entries = document["entry"].as_array().unwrap();
    assert_eq!(entries[0]["resource"]["resourceType"], "Composition");
    let names: Vec<_> = entries
        .iter()
        .map(|entry| entry["fullUrl"].as_str().unwrap())
        .collect();
    let distinct: BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
    let mut referred = Vec::new();
    references(&document, &mut referred);
    assert!(
        referred.iter().all(|name| names.contains(&name.as_str())),
        "{referred:?}"
    );
    let newest = world.entries("h1").await.remove(0);
    assert_eq!(newest.event, "handoff_revealed");
}

#[tokio::test]
async fn what_was_typed_is_text_and_what_was_struck_is_no_observation_but_is_told() {
    let world = World::new();
    let document = document(&world).await;
    let of_type = |name: &str| {
        let entries = document["entry"].as_array().unwrap().iter();
        let resources = entries.map(|entry| &entry["resource"]);
        resources
            .filter(|resource| resource["resourceType"] == name)
            .collect::<Vec<_>>()
    };
    let codes: Vec<_> = of_type("Observation")
        .iter()
        .map(|one| {
            (
                one["code"]["coding"][0]["code"].clone(),
                one["valueQuantity"]["value"].clone(),
            )
        })
        .collect();
    let expected: [(Value, Value); 3] = [
        ("8867-4".into(), 112.0.into()),
        ("8310-5".into(), 38.6.into()),
        ("9269-2".into(), 10.0.into()),
    ];
    assert_eq!(codes, expected);
    let sections = of_type("Composition")[0]["section"].as_array().unwrap();
    let text = |title: &str| {
        let section = sections.iter().find(|section| section["title"] == title);
        section.unwrap()["text"]["div"].as_str().unwrap().to_owned()
    };
    assert!(text("主訴").contains("&lt;b&gt;胸が痛い&lt;/b&gt; &amp; 冷汗"));
    assert_eq!(text("バイタル").matches("JCS 30-R").count(), 2);
    assert_eq!(text("バイタル").matches("取消し").count(), 1);
    assert!(text("アレルギー").contains("「なし」の確認ではない"));
    let patient = of_type("Patient")[0];
    assert_eq!(patient["name"][0]["text"], "救急 太郎");
    assert_eq!(patient["gender"], "unknown");
}

/// The text of every section by its title, and every Observation's code.
fn told(document: &Value) -> (String, Vec<String>) {
    let entries = document["entry"].as_array().unwrap().iter();
    let resources: Vec<_> = entries.map(|entry| &entry["resource"]).collect();
    let sections = resources[0]["section"].as_array().unwrap().iter();
    let text = |section: &Value| {
        let (title, div) = (&section["title"], &section["text"]["div"]);
        format!("{} {}", title.as_str().unwrap(), div.as_str().unwrap())
    };
    let text: Vec<_> = sections.map(text).collect();
    let observations = resources
        .iter()
        .filter(|one| one["resourceType"] == "Observation");
    let codes = observations.map(|one| one["code"]["coding"][0]["code"].as_str().unwrap());
    (text.join("\n"), codes.map(str::to_owned).collect())
}

#[tokio::test]
async fn the_document_leaves_out_nothing_that_the_crew_said() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let eta = testing::noon() + TimeDelta::minutes(12);
    let touches = vec![
        Change::PatientLabel("駅前の男性".to_owned()),
        Change::AgeBand(Some(AgeBand::Sixties)),
        Change::Finding(Finding::StElevation, true),
        Change::Label(Label::Interpreter, true),
        Change::Acuity(Some(Acuity::Red)),
        Change::Eta(Some(eta)),
    ];
    world.take(&crew(), &id, Step::Edit(touches)).await;
    let doctor = physician("h1");
    world.take(&doctor, &id, Step::Accept).await;
    let arrive = Step::Arrive { by: by("隊長") };
    world.take(&crew(), &id, arrive).await;
    let receive = Step::Receive { by: by("医師") };
    world.take(&doctor, &id, receive).await;
    let late = vec![
        Change::Course("帰署後に追記".to_owned()),
        vital("v9", false),
    ];
    world.take(&crew(), &id, Step::Edit(late)).await;
    let document = world
        .room
        .document(&doctor, &id, Language::Ja)
        .await
        .unwrap();
    let (text, _) = told(&document);
    for said in [
        "仮の呼び名 駅前の男性",
        "60代",
        "STEMI",
        "通訳",
        "赤（緊急）",
        "到着予定：2026-04-01 12:12",
        "帰署後に追記",
        "PR 112/min",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let patient = &document["entry"][1]["resource"];
    assert_eq!(patient["name"][0]["text"], "駅前の男性");
    assert_eq!(patient["name"][0]["use"], "temp");
}

#[tokio::test]
async fn where_crew_and_record_differ_both_are_named() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    world.linked(&id, "1001").await;
    world.take(&crew(), &id, named("名乗り 次郎")).await;
    let doctor = physician("h1");
    world.take(&doctor, &id, Step::Accept).await;
    let document = world
        .room
        .document(&doctor, &id, Language::Ja)
        .await
        .unwrap();
    let (text, _) = told(&document);
    let both = "氏名 救急 太郎 [記録] / 名乗り 次郎 [救急隊] (不一致)";
    assert!(text.contains(both), "{text}");
}

#[tokio::test]
async fn a_doubted_value_is_told_and_is_no_observation() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let set = VitalSet {
        systolic: Some(16),
        diastolic: Some(10),
        pulse: Some(80),
        temperature_tenths: Some(986),
        ..VitalSet::new(RowId::new("v1").unwrap(), testing::noon())
    };
    world
        .take(&crew(), &id, Step::Edit(vec![Change::Vital(set)]))
        .await;
    let doctor = physician("h1");
    world.take(&doctor, &id, Step::Accept).await;
    let document = world
        .room
        .document(&doctor, &id, Language::Ja)
        .await
        .unwrap();
    let (text, codes) = told(&document);
    assert_eq!(codes, ["8867-4"], "neither kPa nor °F");
    assert!(text.contains("BP 16/10"), "{text}");
    assert_eq!(text.matches("単位要確認").count(), 2, "{text}");
}
