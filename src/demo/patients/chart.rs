//! Everything the sources hold about one synthetic patient.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::domain::section::SourceName;

use super::{DemoPatient, person::patient_resource, stories::Story, systems};

/// One synthetic patient and everything the sources hold about them.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Who it is, and the story.
    pub patient: DemoPatient,
    /// The day of the run.
    today: NaiveDate,
    /// What local ids end with: `0001` for the first hand-written patient, `g1` for number 1.
    label: String,
    /// Clinical resources by source, in the order written; a source without a key does not know
    /// the patient.
    held: BTreeMap<SourceName, Vec<Value>>,
}

/// The word that a source's local ids begin with.
pub(in crate::demo) const fn prefix(source: SourceName) -> &'static str {
    match source {
        SourceName::Identity => "idn",
        SourceName::Emr => "emr",
        SourceName::Eprescription => "erx",
        SourceName::Claims => "clm",
    }
}

/// What the local ids of hand-written patient `index` (from 0) end with.
fn written_label(index: usize) -> String {
    format!("{:04}", index.saturating_add(1))
}

/// The id under which `source` would know hand-written patient `index` (from 0).
pub(in crate::demo) fn written_id(source: SourceName, index: usize) -> String {
    format!("{}-{}", prefix(source), written_label(index))
}

impl Chart {
    /// A chart that every source knows and none has written in.
    pub(super) fn empty(patient: DemoPatient, label: String, today: NaiveDate) -> Self {
        Self {
            patient,
            today,
            label,
            held: [
                SourceName::Identity,
                SourceName::Emr,
                SourceName::Eprescription,
                SourceName::Claims,
            ]
            .into_iter()
            .map(|source| (source, Vec::new()))
            .collect(),
        }
    }

    /// Hand-written patient `index` (from 0).
    pub(super) fn of_story(story: &Story, index: usize, today: NaiveDate) -> Self {
        let mut chart = Self::empty(story.patient(today), written_label(index), today);
        (story.write)(&mut chart);
        chart
    }

    /// The id under which `source` knows the patient.
    #[must_use]
    pub fn local_id(&self, source: SourceName) -> String {
        format!("{}-{}", prefix(source), self.label)
    }

    /// Whether `source` has a Patient for this person.
    #[must_use]
    pub fn is_known_to(&self, source: SourceName) -> bool {
        self.held.contains_key(&source)
    }

    /// What `source` holds, its Patient first; empty where it does not know the patient.
    #[must_use]
    pub fn resources(&self, source: SourceName) -> Vec<Value> {
        let Some(held) = self.held.get(&source) else {
            return Vec::new();
        };
        let mut all = vec![patient_resource(&self.patient, &self.local_id(source))];
        all.extend(held.iter().cloned());
        all
    }

    /// Takes a source's knowledge of the patient away.
    pub(super) fn unknown_to(&mut self, source: SourceName) {
        self.held.remove(&source);
    }

    /// So many days before today.
    pub(super) fn ago(&self, days: u64) -> NaiveDate {
        self.today
            .checked_sub_days(Days::new(days))
            .unwrap_or(self.today)
    }

    /// So many years and days before today.
    pub(super) fn years_ago(&self, years: u32, days: u64) -> NaiveDate {
        super::person::years_before(self.today, years)
            .checked_sub_days(Days::new(days))
            .unwrap_or(self.today)
    }

    /// Adds what the 電子カルテ情報共有サービス holds; gives the resource's id.
    pub(super) fn emr(&mut self, resource: Value) -> String {
        self.add(SourceName::Emr, resource)
    }

    /// Adds what the receipts hold; gives the resource's id.
    pub(super) fn claims(&mut self, resource: Value) -> String {
        self.add(SourceName::Claims, resource)
    }

    /// Adds a resource to `source`, naming it and its subject; gives its id.
    pub(super) fn add(&mut self, source: SourceName, mut resource: Value) -> String {
        let patient = self.local_id(source);
        let held = self.held.entry(source).or_default();
        let kind = resource
            .get("resourceType")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let id = format!("{patient}-{}{}", short(&kind), held.len() + 1);
        let subject = if kind == "AllergyIntolerance" {
            "patient"
        } else {
            "subject"
        };
        if let Some(fields) = resource.as_object_mut() {
            fields.insert("id".into(), json!(id));
            fields.insert(
                subject.into(),
                json!({"reference": format!("Patient/{patient}"), "type": "Patient"}),
            );
            let instance = json!({"system": systems::RESOURCE, "value": id});
            let identifier = if kind == "Composition" {
                instance
            } else {
                let mut all = vec![instance];
                if let Some(Value::Array(own)) = fields.remove("identifier") {
                    all.extend(own);
                }
                Value::Array(all)
            };
            fields.insert("identifier".into(), identifier);
        }
        held.push(resource);
        id
    }
}

/// A short word for a resource type, for ids.
fn short(kind: &str) -> &'static str {
    match kind {
        "AllergyIntolerance" => "alg",
        "Condition" => "cnd",
        "Observation" => "obs",
        "MedicationRequest" => "req",
        "MedicationDispense" => "dsp",
        "MedicationStatement" => "stm",
        "Procedure" => "prc",
        "Encounter" => "enc",
        "Composition" => "cmp",
        "DocumentReference" => "doc",
        "List" => "lst",
        _ => "res",
    }
}

/// A number as people write it: without decimals where it has none.
pub(super) fn written(value: f64) -> Value {
    serde_json::from_str(&value.to_string()).unwrap_or(Value::Null)
}

/// `base` with the fields of `extra` in place of its own; a null takes a field away, as FHIR JSON
/// knows no null.
pub(super) fn with(mut base: Value, extra: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (base.as_object_mut(), extra) {
        fields.extend(more);
        fields.retain(|_, value| !value.is_null());
    }
    base
}
