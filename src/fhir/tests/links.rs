//! Where references lead: subjects, institutions, authors, drugs.

use super::*;
use crate::domain::record::{AuthorKind, Origin};

const PATIENT: &str = r#""fullUrl":"urn:uuid:aa","resource":{"resourceType":"Patient","id":"p",
    "identifier":[{"system":"http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID","value":"00012345:あいう:１８７:05"}]}"#;

fn subject_of(patient: &str, allergy_url: &str, reference: &str) -> Option<String> {
    let allergy = format!(
        r#"{allergy_url}"resource":{{"resourceType":"AllergyIntolerance","id":"a","code":{{"text":"x"}},"patient":{{"reference":"{reference}"}}}}"#
    );
    bundle(&[patient, &allergy]).records[1]
        .subject
        .reference
        .clone()
}

#[test]
fn every_kind_of_reference_leads_to_the_patient_that_came_with_it() {
    let at_server =
        r#""fullUrl":"https://h/fhir/Patient/p","resource":{"resourceType":"Patient","id":"p"}"#;
    let without_url = r#""resource":{"resourceType":"Patient","id":"p"}"#;
    let without_id = r#""fullUrl":"urn:oid:1.2.3","resource":{"resourceType":"Patient"}"#;
    for (patient, url, reference, expected) in [
        (PATIENT, "", "urn:uuid:aa", "Patient/p"),
        (PATIENT, "", "Patient/p", "Patient/p"),
        (PATIENT, "", "Patient/p/_history/3", "Patient/p"),
        (PATIENT, "", "https://h/fhir/Patient/p", "Patient/p"),
        (
            at_server,
            "",
            "https://h/fhir/Patient/p/_history/2",
            "Patient/p",
        ),
        (
            at_server,
            r#""fullUrl":"https://h/fhir/AllergyIntolerance/a","#,
            "Patient/p",
            "Patient/p",
        ),
        (without_url, "", "https://h/fhir/Patient/p", "Patient/p"),
        (without_id, "", "urn:oid:1.2.3", "Patient/?1"),
        (PATIENT, "", "Patient/q/_history/1", "Patient/q"),
        (PATIENT, "", "urn:uuid:bb", "urn:uuid:bb"),
        (PATIENT, "", "Group/g", "Group/g"),
        (PATIENT, "", "#nobody", "#nobody"),
    ] {
        assert_eq!(
            subject_of(patient, url, reference).as_deref(),
            Some(expected),
            "{reference}"
        );
    }
}

#[test]
fn another_servers_patient_of_the_same_id_is_another_patient() {
    let here =
        r#""fullUrl":"https://here/Patient/p","resource":{"resourceType":"Patient","id":"p"}"#;
    let there = "https://there/Patient/p";
    assert_eq!(subject_of(here, "", there).as_deref(), Some(there));
}

#[test]
fn two_patients_with_one_full_url_are_told_apart_by_nobody() {
    let records = bundle(&[
        r#""fullUrl":"urn:uuid:aa","resource":{"resourceType":"Patient","id":"1"}"#,
        r#""fullUrl":"urn:uuid:aa","resource":{"resourceType":"Patient","id":"2"}"#,
        r#""resource":{"resourceType":"Condition","code":{"text":"x"},"subject":{"reference":"urn:uuid:aa"}}"#,
    ]);
    assert_eq!(
        records.records[2].subject.reference.as_deref(),
        Some("urn:uuid:aa")
    );
}

#[test]
fn a_urn_never_leads_into_another_line() {
    let lines = br#"{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:aa","resource":{"resourceType":"Patient","id":"1"}}]}
{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition","code":{"text":"x"},"subject":{"reference":"urn:uuid:aa"}}}]}"#;
    let records = read(lines, Form::Ndjson, 1).unwrap();
    assert_eq!(
        records.records[1].subject.reference.as_deref(),
        Some("urn:uuid:aa")
    );
}

#[test]
fn a_contained_patient_is_the_bundles_if_an_identifier_is_the_same() {
    let with = |number: &str| {
        let resource = format!(
            r##""resource":{{"resourceType":"Condition","code":{{"text":"x"}},"subject":{{"reference":"#me"}},
            "contained":[{{"resourceType":"Patient","id":"me","identifier":[
              {{"system":"http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID","value":"{number}"}}]}}]}}"##
        );
        bundle(&[PATIENT, &resource]).records[1].subject.clone()
    };
    let same = with("00012345:アイウ:187:05");
    assert_eq!(same.reference.as_deref(), Some("Patient/p"));
    assert_eq!(
        same.identifier
            .map(|identifier| identifier.value)
            .as_deref(),
        Some("00012345:アイウ:187:05")
    );
    let brother = with("00012345:あいう:187:06");
    assert_eq!(brother.reference.as_deref(), Some("#me"));
    assert!(brother.identifier.is_some());
}

#[test]
fn a_logical_reference_keeps_its_identifier_and_a_patient_is_its_own_subject() {
    let record = single(
        r#"{"resourceType":"Condition","code":{"text":"x"},"subject":{"type":"Patient","display":"牧野","identifier":{"system":"s","value":"v"}}}"#,
    );
    assert_eq!(record.subject.identifier.unwrap().value, "v");
    assert_eq!(
        (record.subject.reference, record.subject.display.as_deref()),
        (None, Some("牧野"))
    );
    let patient = single(r#"{"resourceType":"Patient","id":"p"}"#);
    assert_eq!(patient.subject.reference.as_deref(), Some("Patient/p"));
}

#[test]
fn the_institution_extension_comes_first_and_the_bundle_supplies_its_name() {
    let records = bundle(&[
        r#""resource":{"resourceType":"Organization","id":"o","name":"みなと病院","telecom":[{"system":"phone","value":"03-1"}],
           "identifier":[{"system":"http://jpfhir.jp/fhir/core/IdSystem/insurance-medical-institution-no","value":"1318814790"}]}"#,
        r#""resource":{"resourceType":"Condition","code":{"text":"x"},"recorder":{"reference":"Practitioner/d","display":"荒木 翔"},
           "extension":[
            {"url":"http://jpfhir.jp/fhir/clins/Extension/StructureDefinition/JP_eCS_InstitutionNumber","valueIdentifier":{"value":"1318814790"}},
            {"url":"http://jpfhir.jp/fhir/eCS/Extension/StructureDefinition/JP_eCS_Department","valueCodeableConcept":{"text":"循環器内科"}}]}"#,
    ]);
    let origin = &records.records[1].origin;
    assert_eq!(origin.facility.as_deref(), Some("みなと病院"));
    assert_eq!(origin.facility_number.as_deref(), Some("1318814790"));
    assert_eq!(origin.department.as_deref(), Some("循環器内科"));
    assert_eq!(origin.telephone.as_deref(), Some("03-1"));
    let author = origin.author.as_ref().unwrap();
    assert_eq!(
        (author.name.as_deref(), author.kind),
        (Some("荒木 翔"), AuthorKind::Person)
    );
}

#[test]
fn a_role_leads_to_the_person_and_the_institution_with_its_number_in_three_parts() {
    let record = single(
        r##"{"resourceType":"AllergyIntolerance","code":{"text":"x"},"asserter":{"reference":"#role"},"contained":[
        {"resourceType":"PractitionerRole","id":"role","practitioner":{"reference":"#who"},"organization":{"reference":"#dept"}},
        {"resourceType":"Practitioner","id":"who","name":[{"text":"田中 宏"}]},
        {"resourceType":"Organization","id":"dept","name":"内科","partOf":{"reference":"#org"}},
        {"resourceType":"Organization","id":"org","name":"港診療所","partOf":{"reference":"#org"},"identifier":[
          {"system":"urn:oid:1.2.392.100495.20.3.21","value":"13"},{"system":"urn:oid:1.2.392.100495.20.3.22","value":"1"},
          {"system":"urn:oid:1.2.392.100495.20.3.23","value":"1234567"}]}]}"##,
    );
    assert_eq!(record.origin.facility.as_deref(), Some("港診療所"));
    assert_eq!(record.origin.facility_number.as_deref(), Some("1311234567"));
    assert_eq!(record.origin.department.as_deref(), Some("内科"));
    assert_eq!(
        record.origin.author.unwrap().name.as_deref(),
        Some("田中 宏")
    );
}

#[test]
fn authors_say_whether_a_person_or_a_machine_speaks() {
    for (reference, kind) in [
        (r#"{"reference":"Device/1"}"#, AuthorKind::System),
        (
            r#"{"reference":"https://h/PractitionerRole/1/_history/2"}"#,
            AuthorKind::Person,
        ),
        (
            r#"{"reference":"Organization/1"}"#,
            AuthorKind::Organisation,
        ),
        (
            r#"{"type":"Practitioner","identifier":{"value":"1"}}"#,
            AuthorKind::Person,
        ),
        (r#"{"reference":"Patient/1"}"#, AuthorKind::Patient),
        (r#"{"reference":"RelatedPerson/1"}"#, AuthorKind::Relative),
        (r#"{"display":"somebody"}"#, AuthorKind::Unknown),
    ] {
        let json = format!(
            r#"{{"resourceType":"AllergyIntolerance","code":{{"text":"x"}},"recorder":{reference}}}"#
        );
        assert_eq!(
            single(&json).origin.author.unwrap().kind,
            kind,
            "{reference}"
        );
    }
}

#[test]
fn organisations_that_are_part_of_each_other_end() {
    let records = bundle(&[
        r#""resource":{"resourceType":"Organization","id":"1","name":"A","partOf":{"reference":"Organization/2"}}"#,
        r#""resource":{"resourceType":"Organization","id":"2","name":"B","partOf":{"reference":"Organization/1"}}"#,
        r#""resource":{"resourceType":"Encounter","class":{"code":"AMB"},"serviceProvider":{"reference":"Organization/1"}}"#,
    ]);
    assert_eq!(records.records.len(), 3);
}

#[test]
fn the_visit_a_resource_belongs_to_lends_institution_and_department() {
    let records = bundle(&[
        r#""resource":{"resourceType":"Organization","id":"o","name":"中央病院"}"#,
        r#""resource":{"resourceType":"Encounter","id":"e","class":{"code":"IMP"},"serviceType":{"text":"内科"},"serviceProvider":{"reference":"Organization/o"}}"#,
        r#""resource":{"resourceType":"Procedure","code":{"text":"x"},"encounter":{"reference":"Encounter/e"}}"#,
    ]);
    let origin = &records.records[2].origin;
    assert_eq!(
        (origin.facility.as_deref(), origin.department.as_deref()),
        (Some("中央病院"), Some("内科"))
    );
}

#[test]
fn the_covered_name_of_a_problem_never_becomes_the_reason_of_a_visit() {
    let records = bundle(&[
        r#""resource":{"resourceType":"Condition","id":"c","code":{"text":"胃癌"},"meta":{"tag":[{"code":"UNINFORMED"}]}}"#,
        r#""resource":{"resourceType":"Encounter","class":{"code":"AMB"},"reasonReference":[{"reference":"Condition/c"},{"reference":"Condition/d","display":"腹痛"}]}"#,
    ]);
    let Content::Visit(visit) = &records.records[1].content else {
        panic!("a visit")
    };
    assert_eq!(visit.reasons, ["腹痛"]);
}

#[test]
fn an_institution_that_did_not_come_is_named_by_the_words_beside_the_link() {
    let visit = single(
        r#"{"resourceType":"Encounter","class":{"code":"AMB"},"serviceProvider":{"reference":"Organization/1","display":"中央病院"}}"#,
    );
    assert_eq!(visit.origin.facility.as_deref(), Some("中央病院"));
    let result = single(
        r#"{"resourceType":"Observation","code":{"text":"x"},"performer":[{"reference":"Organization/1","display":"検査センター"}]}"#,
    );
    assert_eq!(result.origin.facility.as_deref(), Some("検査センター"));
}

#[test]
fn a_contained_payer_is_not_the_sender() {
    let record = single(
        r#"{"resourceType":"Condition","code":{"text":"x"},"contained":[{"resourceType":"Organization","id":"o","name":"国民健康保険"}]}"#,
    );
    assert_eq!(record.origin.facility, None);
}

#[test]
fn one_long_name_is_not_repeated_in_every_record() {
    let long = "病".repeat(20_000);
    let organisation =
        format!(r#""resource":{{"resourceType":"Organization","id":"o","name":"{long}"}}"#);
    let records = bundle(&[
        &organisation,
        r#""resource":{"resourceType":"Encounter","class":{"code":"AMB"},"serviceProvider":{"reference":"Organization/o"}}"#,
    ]);
    assert_eq!(
        records.records[1]
            .origin
            .facility
            .as_ref()
            .unwrap()
            .chars()
            .count(),
        201
    );
}

#[test]
fn a_resource_about_two_patients_is_about_nobody() {
    let record = single(
        r#"{"resourceType":"Condition","code":{"text":"x"},"subject":[{"reference":"Patient/1"},{"reference":"Patient/2"}]}"#,
    );
    assert!(record.subject.is_nobody());
    assert_eq!(record.unreadable[0].path, "subject");
}

#[test]
fn an_institution_that_is_only_addressed_has_no_sender() {
    let Origin { facility, department, .. } = single(
        r#"{"resourceType":"Organization","name":"x","extension":[
        {"url":"http://jpfhir.jp/fhir/eCS/Extension/StructureDefinition/JP_eCS_Department","valueCodeableConcept":{"text":"眼科"}}]}"#,
    )
    .origin;
    assert_eq!((facility, department), (None, None));
}

#[test]
fn a_document_lends_its_sender_to_its_own_bundle_only() {
    let composition =
        r#"{"resourceType":"Composition","title":"x","custodian":{"display":"みなと病院"}}"#;
    let condition = r#"{"resourceType":"Condition","code":{"text":"x"}}"#;
    let facility = |json: &str, form| {
        let records = read(json.as_bytes(), form, 1).unwrap().records;
        records
            .last()
            .and_then(|record| record.origin.facility.clone())
    };
    let lines = format!("{composition}\n{condition}");
    assert_eq!(facility(&lines, Form::Ndjson), None);
    for (kind, expected) in [("document", Some("みなと病院")), ("collection", None)] {
        let bundle = format!(
            r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{{"resource":{composition}}},{{"resource":{condition}}}]}}"#
        );
        assert_eq!(facility(&bundle, Form::Json).as_deref(), expected, "{kind}");
    }
}

#[test]
fn the_senders_number_leads_the_identifier_of_the_bundle() {
    let json = br#"{"resourceType":"Bundle","type":"collection","identifier":{"value":"1318814790^2024^0123"},
        "entry":[{"resource":{"resourceType":"Condition","code":{"text":"x"}}}]}"#;
    let records = read(json, Form::Json, 1).unwrap().records;
    assert_eq!(
        records[0].origin.facility_number.as_deref(),
        Some("1318814790")
    );
}

#[test]
fn a_person_goes_before_an_institution_and_a_machine_named_first_stays_first() {
    for (asserter, recorder, kind) in [
        ("Organization/1", "Practitioner/1", AuthorKind::Person),
        ("Practitioner/1", "Device/1", AuthorKind::Person),
        ("Patient/1", "Practitioner/1", AuthorKind::Patient),
        ("Device/1", "Practitioner/1", AuthorKind::System),
        ("Organization/1", "Device/1", AuthorKind::Organisation),
        ("urn:uuid:1", "Practitioner/1", AuthorKind::Person),
    ] {
        let json = format!(
            r#"{{"resourceType":"AllergyIntolerance","code":{{"text":"x"}},
            "recorder":{{"reference":"{recorder}"}},"asserter":{{"reference":"{asserter}"}}}}"#
        );
        assert_eq!(
            single(&json).origin.author.unwrap().kind,
            kind,
            "{asserter} {recorder}"
        );
    }
}
