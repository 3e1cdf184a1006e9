//! What resources say, one rule a test.

use super::*;
use crate::domain::{
    date::Date,
    medication::{Act, Medication},
    quantity::Quantity,
    record::Says,
    result::{Observation, Value},
};

fn observation(fields: &str) -> (Observation, Record) {
    let json = format!(r#"{{"resourceType":"Observation","code":{{"text":"x"}},{fields}}}"#);
    let record = single(&json);
    let Content::Observation(observation) = &record.content else {
        panic!("{fields}")
    };
    (observation.as_ref().clone(), record)
}

fn medication(json: &str) -> (Medication, Record) {
    let record = single(json);
    let Content::Medication(medication) = &record.content else {
        panic!("{json}")
    };
    (medication.as_ref().clone(), record)
}

fn words(quantity: &Quantity) -> String {
    super::super::datatype::quantity_words(quantity)
}

#[test]
fn every_form_of_value_is_read_as_sent() {
    let text = |text: &str| Value::Text(text.to_owned());
    for (fields, expected) in [
        (r#""valueString":"陰性""#, text("陰性")),
        (r#""valueInteger":42"#, text("42")),
        (r#""valueBoolean":false"#, text("false")),
        (r#""valueTime":"10:20""#, text("10:20")),
        (r#""valueDateTime":"2020-01""#, text("2020-01")),
        (
            r#""valuePeriod":{"start":"2020","end":"2021"}"#,
            text("2020 – 2021"),
        ),
        (r#""valueSampledData":{"data":"1 2 E"}"#, text("1 2 E")),
        (r#""valueQuantity":7"#, Value::Unreadable),
        (
            r#""valueQuantity":{"value":"high","unit":"g"}"#,
            Value::Unreadable,
        ),
        (r#""valueAttachment":{"title":"x"}"#, Value::Unreadable),
        (
            r#""valueCodeableConcept":{"coding":[{}]}"#,
            Value::Unreadable,
        ),
        (r#""status":"final""#, Value::None),
    ] {
        let (observation, record) = observation(fields);
        assert_eq!(observation.value, expected, "{fields}");
        assert_eq!(
            observation.value == Value::Unreadable,
            !record.unreadable.is_empty(),
            "{fields}"
        );
    }
}

#[test]
fn quantities_keep_digits_comparator_and_unit() {
    let (observation, _) =
        observation(r#""valueQuantity":{"value":5.10,"comparator":"<","code":"mg/dL"}"#);
    let Value::Quantity(quantity) = observation.value else {
        panic!("a quantity")
    };
    assert_eq!(words(&quantity), "< 5.10 mg/dL");
}

#[test]
fn ratios_and_ranges_and_components_are_read() {
    let (read, record) = observation(r#""valueRatio":{"numerator":{"value":1}}"#);
    assert!(matches!(read.value, Value::Ratio(numerator, _) if words(&numerator) == "1"));
    assert_eq!(record.unreadable[0].path, "valueRatio.denominator");
    let (read, _) = observation(
        r#""component":[{"code":{"text":"収縮期"},"valueQuantity":{"value":120,"unit":"mmHg"}},
                        {"code":{"text":"拡張期"},"dataAbsentReason":{"text":"測定不能"}}],
           "referenceRange":[{"low":{"value":3.5},"text":"基準"},7],"interpretation":[{"coding":[{"code":"HH"}]}],
           "effectiveDateTime":"2021-07-05T11:19:41+09:00","status":"preliminary""#,
    );
    assert_eq!(read.components.len(), 2);
    assert_eq!(read.ranges.len(), 1);
    assert_eq!(
        read.interpretations[0].codings[0].code.as_deref(),
        Some("HH")
    );
    assert_eq!(read.status.as_deref(), Some("preliminary"));
}

#[test]
fn an_impossible_date_and_a_second_value_are_listed() {
    let (read, record) = observation(
        r#""effectiveDateTime":"2021-02-30","valueString":"a","valueQuantity":{"value":1}"#,
    );
    assert_eq!(read.effective, None);
    assert!(matches!(read.value, Value::Quantity(_)));
    let paths: Vec<_> = record
        .unreadable
        .iter()
        .map(|field| field.path.as_str())
        .collect();
    assert_eq!(paths, ["valueString", "effectiveDateTime"]);
}

#[test]
fn a_value_without_any_name_is_still_an_observation() {
    let record = single(r#"{"resourceType":"Observation","valueQuantity":{"value":7,"unit":"g"}}"#);
    assert_eq!(kind(&record), "observation");
    let record = single(r#"{"resourceType":"Observation","status":"final"}"#);
    assert_eq!(kind(&record), "unreadable");
}

#[test]
fn a_contained_medication_and_its_ingredients_are_the_drug() {
    let (read, record) = medication(
        r##"{"resourceType":"MedicationStatement","status":"active","medicationReference":{"reference":"#m"},
        "contained":[{"resourceType":"Medication","id":"m","code":{"text":"ワルファリン"},
          "ingredient":[{"itemCodeableConcept":{"coding":[{"code":"3332001"}]}},{"itemCodeableConcept":{"text":"乳糖"}}]}],
        "effectivePeriod":{"start":"2025-01-01","end":"2025-02-01"},"dateAsserted":"2025-01-03",
        "dosage":[{"text":"1日1回","asNeededBoolean":true}],"statusReason":[{"text":"出血"}]}"##,
    );
    assert_eq!(read.act, Act::Stated);
    assert_eq!(read.drug.text.as_deref(), Some("ワルファリン"));
    assert_eq!(read.ingredients.len(), 2);
    assert_eq!(
        (read.starts, read.ends),
        (Date::parse("2025-01-01"), Date::parse("2025-02-01"))
    );
    assert!(read.dosages[0].as_needed);
    assert_eq!(read.reason_stopped.as_deref(), Some("出血"));
    assert!(record.unreadable.is_empty());
}

#[test]
fn a_medication_that_did_not_come_is_named_by_its_display_or_listed() {
    let (read, record) = medication(
        r#"{"resourceType":"MedicationRequest","medicationReference":{"reference":"Medication/9","display":"アスピリン"}}"#,
    );
    assert_eq!(read.drug.text.as_deref(), Some("アスピリン"));
    assert!(record.unreadable.is_empty());
    let record = single(
        r#"{"resourceType":"MedicationRequest","medicationReference":{"reference":"Medication/9"}}"#,
    );
    assert_eq!(kind(&record), "unreadable");
    assert_eq!(record.unreadable[0].path, "medicationReference");
}

#[test]
fn a_request_gives_supply_repeats_and_prescription() {
    let (read, _) = medication(
        r#"{"resourceType":"MedicationRequest","status":"completed","intent":"order","authoredOn":"2021-07-05T17:31:48+09:00",
        "medicationCodeableConcept":{"text":"x"},"groupIdentifier":{"value":"g"},
        "identifier":[{"system":"urn:oid:1.2.392.100495.20.3.11","value":"n"},{"system":"urn:x","value":"other"}],
        "dispenseRequest":{"quantity":{"value":300,"unit":"ｍＬ"},"numberOfRepeatsAllowed":2,"expectedSupplyDuration":{"value":10,"code":"d"}}}"#,
    );
    assert_eq!((read.supply_days, read.repeats), (Some(10), Some(2)));
    assert_eq!(
        read.quantity.as_ref().map(words).as_deref(),
        Some("300 ｍＬ")
    );
    let numbers: Vec<_> = read
        .prescription
        .iter()
        .map(|identifier| identifier.value.as_str())
        .collect();
    assert_eq!(numbers, ["g", "n"]);
}

#[test]
fn a_dispense_fulfils_its_request_and_takes_over_the_prescription_number() {
    let records = bundle(&[
        r#""fullUrl":"urn:uuid:rx","resource":{"resourceType":"MedicationRequest","id":"r","medicationCodeableConcept":{"text":"x"},"groupIdentifier":{"value":"g"}}"#,
        r#""resource":{"resourceType":"MedicationDispense","medicationCodeableConcept":{"text":"x"},"authorizingPrescription":[{"reference":"urn:uuid:rx"}],
           "daysSupply":{"value":14},"whenPrepared":"2025-01-01","whenHandedOver":"2025-01-02"}"#,
    ]);
    let Content::Medication(read) = &records.records[1].content else {
        panic!("a dispense")
    };
    assert_eq!(read.fulfils, ["MedicationRequest/r"]);
    assert_eq!(read.prescription[0].value, "g");
    assert_eq!(
        (read.supply_days, read.dispensed),
        (Some(14), Date::parse("2025-01-02"))
    );
}

#[test]
fn a_procedure_names_devices_sites_and_times() {
    let record = single(
        r##"{"resourceType":"Procedure","status":"completed","code":{"text":"ペースメーカー植込"},
        "performedPeriod":{"start":"2024-01-01","end":"2024-01-02"},"bodySite":[{"coding":[{"display":"左胸"}]}],
        "focalDevice":[{"action":{"text":"植込"},"manipulated":{"reference":"#d"}}],"usedCode":[{"text":"リード"}],
        "contained":[{"resourceType":"Device","id":"d","deviceName":[{"name":"PM-1"}]}]}"##,
    );
    let Content::Procedure(read) = &record.content else {
        panic!("a procedure")
    };
    assert_eq!(read.devices, ["PM-1", "リード"]);
    assert_eq!(read.body_sites, ["左胸"]);
    assert_eq!(
        (read.performed, read.performed_until),
        (Date::parse("2024-01-01"), Date::parse("2024-01-02"))
    );
}

#[test]
fn a_visit_takes_class_as_coding_or_list_of_concepts() {
    for class in [
        r#"{"code":"AMB","display":"外来"}"#,
        r#"[{"coding":[{"code":"AMB"}]}]"#,
    ] {
        let json = format!(
            r#"{{"resourceType":"Encounter","class":{class},"serviceType":{{"text":"内科"}},"reasonCode":[{{"text":"腹痛"}}],
            "hospitalization":{{"dischargeDisposition":{{"text":"自宅"}}}},"period":{{"start":"2025-03-23"}}}}"#
        );
        let record = single(&json);
        let Content::Visit(visit) = &record.content else {
            panic!("a visit")
        };
        assert_eq!(
            visit.class.as_ref().and_then(|class| class.code.as_deref()),
            Some("AMB")
        );
        assert_eq!(visit.department.as_deref(), Some("内科"));
        assert_eq!(visit.reasons, ["腹痛"]);
        assert_eq!(
            visit.disposition.as_ref().and_then(|to| to.text.as_deref()),
            Some("自宅")
        );
    }
}

#[test]
fn a_composition_gives_nested_sections_addressees_and_statements() {
    let records = bundle(&[
        r#""fullUrl":"urn:uuid:to","resource":{"resourceType":"Organization","name":"東京第一テスト病院",
            "identifier":[{"system":"http://jpfhir.jp/fhir/core/IdSystem/insurance-medical-institution-no","value":"1311234567"}]}"#,
        r#""resource":{"resourceType":"Composition","id":"c","status":"final","title":"診療情報提供書","date":"2021-11-26",
            "subject":{"reference":"Patient/p"},"section":[
            {"title":"紹介先情報","code":{"coding":[{"code":"910"}]},"entry":[{"reference":"urn:uuid:to"}]},
            {"title":"構造情報","section":[{"title":"現病歴","text":{"div":"<div><p>腹痛 &lt; 1日</p></div>"}}]},
            {"title":"アレルギー","code":{"coding":[{"system":"http://loinc.org","code":"48765-2"}]},"emptyReason":{"coding":[{"code":"unavailable"}]}}]}"#,
    ]);
    let Content::Document(read) = &records.records[1].content else {
        panic!("a document")
    };
    assert_eq!(
        read.addressed_to[0].facility_number.as_deref(),
        Some("1311234567")
    );
    assert_eq!(
        read.addressed_to[0].name.as_deref(),
        Some("東京第一テスト病院")
    );
    let titles: Vec<_> = read
        .sections
        .iter()
        .filter_map(|section| section.title.as_deref())
        .collect();
    assert_eq!(titles, ["紹介先情報", "構造情報", "現病歴", "アレルギー"]);
    let passage = read.sections[2].passage.as_ref().unwrap();
    assert_eq!(passage.text, "<div><p>腹痛 &lt; 1日</p></div>");
    assert_eq!((read.sections[1].depth, read.sections[2].depth), (0, 1));
    assert_eq!((read.sections[0].entries, read.sections[2].entries), (1, 0));
    let [in_text, statement] = records.statements.as_slice() else {
        panic!("two statements")
    };
    assert_eq!(in_text.says, Says::InText);
    assert_eq!(in_text.about.text.as_deref(), Some("現病歴"));
    assert_eq!(statement.resource, "Composition/c");
    assert_eq!(statement.says, Says::Empty("unavailable".to_owned()));
    assert_eq!(statement.status.as_deref(), Some("final"));
    assert_eq!(statement.about.text.as_deref(), Some("アレルギー"));
    assert_eq!(statement.subject.reference.as_deref(), Some("Patient/p"));
    assert_eq!(statement.date, Date::parse("2021-11-26"));
}

#[test]
fn a_list_states_why_it_is_empty_and_is_no_item_itself() {
    let json = br#"{"resourceType":"List","id":"l","code":{"coding":[{"code":"52472-8"}]},"emptyReason":{"coding":[{"code":"nilknown"}]},
        "source":{"reference":"Practitioner/1"}}"#;
    let records = read(json, Form::Json, 1).unwrap();
    assert_eq!(kind(&records.records[0]), "not for this screen");
    assert_eq!(
        records.statements[0].says,
        Says::Empty("nilknown".to_owned())
    );
}

#[test]
fn a_document_reference_gives_kind_title_and_status() {
    let record = single(
        r#"{"resourceType":"DocumentReference","status":"current","docStatus":"preliminary","type":{"coding":[{"code":"11506-3"}]},
        "content":[{"attachment":{"title":"臨床経過"}}],"custodian":{"display":"みなと病院"}}"#,
    );
    let Content::Document(read) = &record.content else {
        panic!("a document")
    };
    assert_eq!(read.title.as_deref(), Some("臨床経過"));
    assert_eq!(read.status.as_deref(), Some("preliminary"));
    assert_eq!(read.custodian.as_deref(), Some("みなと病院"));
}

#[test]
fn tags_profiles_and_identifiers_are_kept_and_modifier_extensions_listed() {
    let record = single(
        r#"{"resourceType":"Condition","code":{"text":"x"},"identifier":[{"value":"1"},{"system":"s"}],
        "modifierExtension":[{"url":"http://x","valueBoolean":true}],
        "meta":{"lastUpdated":"2023-04-01T10:00:00+09:00","profile":["http://p|1.10.0"],"tag":[{"code":"LTS"}],"security":[{"code":"R"}]}}"#,
    );
    assert_eq!(record.profiles, ["http://p"]);
    assert_eq!(record.tags.len(), 2);
    assert_eq!(record.identifiers.len(), 1);
    assert!(record.last_updated.is_some());
    assert_eq!(record.unreadable[0].path, "modifierExtension[0]");
}

#[test]
fn narratives_never_identify_a_patient() {
    let record = single(
        r#"{"resourceType":"Patient","text":{"div":"<div>牧野 爛漫 00012345::187:05</div>"}}"#,
    );
    let Content::Patient(patient) = &record.content else {
        panic!("a patient")
    };
    assert_eq!(**patient, crate::domain::patient::Patient::default());
}

#[test]
fn a_request_not_to_give_a_drug_never_reads_as_a_prescription() {
    let (read, _) = medication(
        r#"{"resourceType":"MedicationRequest","status":"active","doNotPerform":true,"medicationCodeableConcept":{"text":"x"}}"#,
    );
    assert_eq!(read.status.as_deref(), Some("do-not-perform"));
}
