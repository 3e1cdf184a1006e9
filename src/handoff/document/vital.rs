//! Vital signs: a line for each set, and an Observation for each value that has a LOINC code, was
//! not struck and is not in doubt: a slip or another unit is no measurement, and stands in the line
//! with what is doubted. JCS has no code and stands in the line.

use serde_json::{Value, json};

use super::{
    LOINC, Papers, instant,
    section::{clock, marked},
};
use crate::domain::{
    handoff::{Doubt, Gcs, Pupil, Sign, VitalSet, doubts},
    section::Language,
};

const UCUM: &str = "http://unitsofmeasure.org";

/// One coded value: of which sign, its code, its name, the number, and its unit in UCUM.
type Coded = (Sign, &'static str, &'static str, f64, &'static str);

fn tenths(value: u32) -> f64 {
    f64::from(value) / 10.0
}

fn coded(set: &VitalSet) -> Vec<Coded> {
    use Sign as S;
    let plain = |value: Option<u16>| value.map(f64::from);
    let tenths_of = |value: Option<u16>| value.map(|value| tenths(value.into()));
    let oxygen = tenths_of(set.oxygen_tenths);
    let warmth = tenths_of(set.temperature_tenths);
    let glucose = set.glucose_tenths.map(tenths);
    let sum = set.gcs.and_then(Gcs::sum).map(f64::from);
    let (systolic, diastolic) = ("Systolic blood pressure", "Diastolic blood pressure");
    let saturation = "Oxygen saturation by pulse oximetry";
    let (breathing, coma) = ("Respiratory rate", "Glasgow coma score total");
    let (flow, sugar) = ("Inhaled oxygen flow rate", "Glucose in blood");
    let doubted: Vec<Sign> = doubts(set).into_iter().map(Doubt::sign).collect();
    [
        (
            S::Breathing,
            "9279-1",
            breathing,
            plain(set.breathing),
            "/min",
        ),
        (S::Pulse, "8867-4", "Heart rate", plain(set.pulse), "/min"),
        (
            S::Pressure,
            "8480-6",
            systolic,
            plain(set.systolic),
            "mm[Hg]",
        ),
        (
            S::Pressure,
            "8462-4",
            diastolic,
            plain(set.diastolic),
            "mm[Hg]",
        ),
        (S::Saturation, "59408-5", saturation, plain(set.spo2), "%"),
        (S::Saturation, "3151-8", flow, oxygen, "L/min"),
        (S::Temperature, "8310-5", "Body temperature", warmth, "Cel"),
        (S::Glucose, "2339-0", sugar, glucose, "mg/dL"),
        (S::Consciousness, "9269-2", coma, sum, "{score}"),
    ]
    .into_iter()
    .filter(|(sign, ..)| !doubted.contains(sign))
    .filter_map(|(sign, code, name, value, unit)| Some((sign, code, name, value?, unit)))
    .collect()
}

/// The Observations, each with its name within the document.
pub(super) fn observations(papers: &Papers<'_>) -> Vec<(String, Value)> {
    let sets = papers.handoff.form.valid_vitals();
    let each = sets.flat_map(|set| coded(set).into_iter().map(move |value| (set, value)));
    each.map(|(set, value)| {
        let part = format!("vital {} {}", set.id, value.1);
        (part, observation(papers, set, value))
    })
    .collect()
}

fn observation(papers: &Papers<'_>, set: &VitalSet, (_, code, name, value, unit): Coded) -> Value {
    let category = "http://terminology.hl7.org/CodeSystem/observation-category";
    let mut observation = json!({
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": category, "code": "vital-signs"}]}],
        "code": {"coding": [{"system": LOINC, "code": code, "display": name}]},
        "subject": papers.refers("patient"),
        "effectiveDateTime": instant(set.at),
        "performer": [papers.refers("department")],
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
    });
    if let (Value::Object(observation), "9269-2", Some(gcs)) = (&mut observation, code, set.gcs) {
        let (eyes, voice, movement) = gcs.parts();
        let parts = [
            ("9267-6", Some(eyes)),
            ("9270-0", voice),
            ("9268-4", Some(movement)),
        ];
        let parts = parts.into_iter().filter_map(|(code, score)| {
            let coding = json!([{"system": LOINC, "code": code}]);
            Some(json!({"code": {"coding": coding}, "valueInteger": score?}))
        });
        observation.insert("component".to_owned(), parts.collect());
    }
    observation
}

/// A line for each set, those struck marked.
pub(super) fn lines(papers: &Papers<'_>) -> Vec<String> {
    let sets = papers.handoff.form.vitals.iter();
    sets.map(|set| line(papers, set)).collect()
}

/// One set.
pub(super) fn line(papers: &Papers<'_>, set: &VitalSet) -> String {
    let mut said = vec![clock(set.at)];
    said.extend(set.jcs.map(|jcs| format!("JCS {jcs}")));
    said.extend(set.gcs.map(|gcs| format!("GCS {gcs}")));
    let number = |name: &str, value: Option<u16>, unit: &str| {
        value.map(|value| format!("{name} {value}{unit}"))
    };
    said.extend(number("RR", set.breathing, "/min"));
    said.extend(number("PR", set.pulse, "/min"));
    if set.systolic.is_some() || set.diastolic.is_some() {
        let part = |value: Option<u16>| value.map_or_else(|| "?".to_owned(), |one| one.to_string());
        said.push(format!(
            "BP {}/{} mmHg",
            part(set.systolic),
            part(set.diastolic)
        ));
    }
    said.extend(number("SpO2", set.spo2, "%"));
    let oxygen = set.oxygen_tenths.map(|value| tenths(value.into()));
    said.extend(oxygen.map(|flow| format!("O2 {flow} L/min")));
    let warmth = set.temperature_tenths.map(|value| tenths(value.into()));
    said.extend(warmth.map(|warmth| format!("BT {warmth:.1} ℃")));
    said.extend(pupils(set));
    let glucose = set.glucose_tenths.map(tenths);
    said.extend(glucose.map(|glucose| format!("BS {glucose} mg/dL")));
    said.extend(
        set.unmeasurable
            .iter()
            .map(|sign| format!("{} ×", sign.name(papers.language))),
    );
    let doubted = doubts(set).into_iter();
    said.extend(doubted.map(|doubt| doubted_as(doubt, papers.language)));
    marked(&said.join(", "), set.struck, papers.language)
}

/// What looks wrong, after a word that nobody overlooks.
fn doubted_as(doubt: Doubt, language: Language) -> String {
    let is_unit = matches!(
        doubt,
        Doubt::PressureUnit | Doubt::TemperatureUnit | Doubt::GlucoseUnit
    );
    let word = match (is_unit, language) {
        (true, Language::Ja) => "単位要確認",
        (false, Language::Ja) => "要確認",
        (true, Language::En) => "check the unit",
        (false, Language::En) => "to be checked",
    };
    format!("[{word}: {}]", doubt.name(language))
}

fn pupils(set: &VitalSet) -> Option<String> {
    let one = |pupil: Pupil| {
        let width = pupil.width_tenths.map(|width| tenths(width.into()));
        let width = width.map_or_else(|| "?".to_owned(), |width| format!("{width} mm"));
        let reacts = match pupil.reacts {
            Some(true) => "+",
            Some(false) => "-",
            None => "?",
        };
        format!("{width} {reacts}")
    };
    let is_known = set.pupils != crate::domain::handoff::Pupils::default();
    is_known.then(|| {
        let (right, left) = (one(set.pupils.right), one(set.pupils.left));
        format!("R {right} / L {left}")
    })
}
