//! One patient's Bundle of any size.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

/// One patient with as many resources, in the proportions of a hospital: seven tenths results, two
/// tenths drugs, the rest problems, visits, procedures and allergies; one in five within the last
/// weeks before the last day, the others over five years. Whatever comes after the first `recent`
/// is results and drugs of long ago.
pub(crate) fn bundle(last: NaiveDate, resources: usize, recent: usize) -> Vec<u8> {
    let patient = json!({"resourceType": "Patient", "id": "p", "birthDate": "1950-04-01",
        "gender": "female", "name": [{"text": "試験 花子"}]});
    let entries: Vec<Value> = std::iter::once(patient)
        .chain((1..resources.min(recent)).map(|n| resource(n, last)))
        .chain((recent.max(1)..resources).map(|n| old(n, last)))
        .map(|resource| json!({"fullUrl": format!("http://example.org/{}", resource["id"]), "resource": resource}))
        .collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries})
        .to_string()
        .into_bytes()
}

fn resource(n: usize, last: NaiveDate) -> Value {
    let days_ago = if n.is_multiple_of(5) {
        n % 40
    } else {
        n * 7 % 1_825
    };
    let day = before(last, days_ago);
    let resource = match n % 20 {
        0..=13 => result(n, day),
        14..=17 => drug(n, day),
        18 => json!({"resourceType": "Condition", "recordedDate": day.to_string(),
            "code": {"text": format!("傷病{}", n % 300)}}),
        _ if n % 40 == 19 => json!({"resourceType": "Encounter", "status": "finished",
            "period": {"start": day.to_string()}}),
        _ => json!({"resourceType": "AllergyIntolerance", "recordedDate": day.to_string(),
            "code": {"text": format!("薬{}", n % 12)}, "category": ["medication"]}),
    };
    of_patient(resource, n, day)
}

/// A result or a drug of three to five years ago.
fn old(n: usize, last: NaiveDate) -> Value {
    let day = before(last, 1_095 + n * 7 % 730);
    let resource = if n % 9 < 7 {
        result(n, day)
    } else {
        drug(n, day)
    };
    of_patient(resource, n, day)
}

fn before(last: NaiveDate, days: usize) -> NaiveDate {
    let days = Days::new(u64::try_from(days).unwrap());
    last.checked_sub_days(days).unwrap()
}

fn of_patient(mut resource: Value, n: usize, day: NaiveDate) -> Value {
    let subject = if resource["resourceType"] == "AllergyIntolerance" {
        "patient"
    } else {
        "subject"
    };
    resource["id"] = json!(format!("r{n}"));
    resource[subject] = json!({"reference": "Patient/p"});
    resource["meta"] = json!({"lastUpdated": format!("{day}T09:00:00+09:00")});
    resource
}

fn result(n: usize, day: NaiveDate) -> Value {
    const TESTS: [(&str, &str, f64); 6] = [
        ("K", "mmol/L", 4.1),
        ("Cre", "mg/dL", 0.9),
        ("Hb", "g/dL", 12.3),
        ("PT-INR", "", 1.1),
        ("CRP", "mg/dL", 0.3),
        ("院内検査", "U/L", 30.0),
    ];
    let (name, unit, value) = TESTS.get(n % TESTS.len()).unwrap();
    json!({"resourceType": "Observation", "status": "final",
        "code": {"text": name, "coding": [{"code": "1", "display": name,
            "system": "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC10/JP_CLINS_ObsLabResult_CoreLabo_CS"}]},
        "effectiveDateTime": format!("{day}T08:{:02}:00+09:00", n % 60),
        "valueQuantity": {"value": value, "unit": unit},
        "referenceRange": [{"low": {"value": 1.0}, "high": {"value": 5.0}}]})
}

fn drug(n: usize, day: NaiveDate) -> Value {
    json!({"resourceType": "MedicationRequest", "status": "completed", "intent": "order",
        "medicationCodeableConcept": {"text": format!("薬剤{}錠5mg", n % 200), "coding": [{
            "system": "http://capstandard.jp/iyaku.info/CodeSystem/YJ-code",
            "code": format!("{:07}F1024", 1_124_000 + n % 200)}]},
        "authoredOn": day.to_string(),
        "dosageInstruction": [{"text": "1回1錠 1日2回 朝夕食後",
            "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "錠"}}]}],
        "dispenseRequest": {"expectedSupplyDuration": {"value": 28, "unit": "日"}}})
}
