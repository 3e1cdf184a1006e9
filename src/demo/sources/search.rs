//! The part of FHIR R4 search that the sources understand, and the Bundles they answer with.

use std::sync::Arc;

use serde_json::json;

use crate::domain::{patient::MemberNumber, section::SourceName};

use super::{
    faults::Fault,
    store::{FourAttributes, Held, Ready, Store},
};

/// Resource types that the three clinical sources know besides Patient.
const CLINICAL: [&str; 11] = [
    "AllergyIntolerance",
    "Composition",
    "Condition",
    "DocumentReference",
    "Encounter",
    "List",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Procedure",
];
/// Parameters of every search.
const ALWAYS: [&str; 3] = ["_count", "_format", "_offset"];
/// Resources a page has where nobody says how many.
const PAGE: usize = 100;
/// Resources a page has at most.
const LARGEST_PAGE: usize = 1000;

/// A request that cannot be answered with a Bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// Issue code of the `OperationOutcome`.
    pub(super) code: &'static str,
    pub(super) words: &'static str,
}

const fn refusal(status: u16, code: &'static str, words: &'static str) -> Refusal {
    Refusal {
        status,
        code,
        words,
    }
}

impl Refusal {
    /// The `OperationOutcome`.
    pub(super) fn outcome(&self) -> String {
        json!({
            "resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": self.code, "diagnostics": self.words}]
        })
        .to_string()
    }
}

pub(super) const NO_SUCH_RESOURCE: Refusal = refusal(404, "not-found", "no such resource");
pub(super) const WRONG_FORM: Refusal = refusal(
    415,
    "not-supported",
    "a search is sent as application/x-www-form-urlencoded",
);
const NO_SUCH_TYPE: Refusal = refusal(404, "not-supported", "this source has no such type");
const UNKNOWN_PARAMETER: Refusal = refusal(400, "not-supported", "unknown search parameter");
const BAD_VALUE: Refusal = refusal(400, "value", "a search parameter cannot be read");
const PATIENT_REQUIRED: Refusal = refusal(400, "required", "a search names its patient");
const IDENTITY_REQUIRED: Refusal = refusal(
    400,
    "required",
    "an identifier, or name, birthdate, gender and address together",
);

/// One search as it came in.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub(super) store: &'a Store,
    pub(super) source: SourceName,
    /// Base of every link, without a slash at the end.
    pub(super) base: &'a str,
    pub(super) kind: &'a str,
    /// Parameters, decoded, in order.
    pub(super) parameters: &'a [(String, String)],
    /// `Prefer: handling=strict`
    pub(super) strict: bool,
    pub(super) fault: Fault,
}

impl Search<'_> {
    /// The searchset Bundle.
    pub(super) fn answer(&self) -> Result<String, Refusal> {
        let known = self.known_parameters()?;
        let is_known =
            |name: &str| ALWAYS.contains(&name) || known.contains(&without_modifier(name));
        if self.strict && !self.parameters.iter().all(|(name, _)| is_known(name)) {
            return Err(UNKNOWN_PARAMETER);
        }
        let people = self.people()?;
        if self.fault == Fault::EmptyWithoutSelf {
            return Ok(bundle(0, &[], &[]));
        }
        let people = self.or_others(people);
        let found: Vec<&Ready> = people
            .iter()
            .flat_map(|held| held.of_kind(self.kind))
            .collect();
        let count = self
            .number("_count")?
            .unwrap_or(PAGE)
            .clamp(1, LARGEST_PAGE);
        let offset = self.number("_offset")?.unwrap_or(0);
        let understood: Vec<(&str, &str)> = self
            .parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| is_known(name))
            .collect();
        let mut links = vec![("self", self.link(&understood))];
        let endless = self.fault == Fault::EndlessNext;
        if endless || offset.saturating_add(count) < found.len() {
            links.push(("next", self.next_link(&understood, count, offset)));
        }
        // An endless chain turns round at the end, so that every page has something.
        let start = if endless && !found.is_empty() {
            offset % found.len()
        } else {
            offset
        };
        let page: Vec<(String, &Ready)> = found
            .iter()
            .skip(start)
            .take(count)
            .map(|ready| (format!("{}/{}/{}", self.base, self.kind, ready.id), *ready))
            .collect();
        Ok(bundle(found.len(), &links, &page))
    }

    /// The parameters of this type, besides those of every search.
    fn known_parameters(&self) -> Result<&'static [&'static str], Refusal> {
        if self.kind == "Patient" {
            Ok(&[
                "_id",
                "address",
                "birthdate",
                "gender",
                "identifier",
                "name",
            ])
        } else if self.source != SourceName::Identity && CLINICAL.contains(&self.kind) {
            Ok(&["patient", "subject"])
        } else {
            Err(NO_SUCH_TYPE)
        }
    }

    fn value(&self, asked: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(name, _)| without_modifier(name) == asked)
            .map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        self.value(name)
            .map(|value| value.parse().map_err(|_| BAD_VALUE))
            .transpose()
    }

    /// Whose resources are asked for.
    fn people(&self) -> Result<Vec<Arc<Held>>, Refusal> {
        if self.kind != "Patient" {
            let patient = self
                .value("patient")
                .or_else(|| self.value("subject"))
                .ok_or(PATIENT_REQUIRED)?;
            let id = patient.rsplit('/').next().unwrap_or(patient);
            return Ok(self.store.by_id(id).into_iter().collect());
        }
        if let Some(id) = self.value("_id") {
            return Ok(self.store.by_id(id).into_iter().collect());
        }
        if let Some(identifier) = self.value("identifier") {
            // A comma means "or": a number may be an insurer's or a public payer's.
            let mut found: Vec<Arc<Held>> = Vec::new();
            for one in identifier.split(',') {
                let (system, value) = match one.split_once('|') {
                    Some((system, value)) => (Some(system), value),
                    None => (None, one),
                };
                let member = MemberNumber::parse(value).ok_or(BAD_VALUE)?;
                for held in self.store.by_member(system, &member) {
                    if found.iter().all(|known| known.id != held.id) {
                        found.push(held);
                    }
                }
            }
            return Ok(found);
        }
        let attribute = |name| {
            self.value(name)
                .filter(|value| !value.trim().is_empty())
                .ok_or(IDENTITY_REQUIRED)
        };
        Ok(self.store.by_attributes(FourAttributes {
            name: attribute("name")?,
            birth_date: attribute("birthdate")?,
            gender: attribute("gender")?,
            address: attribute("address")?,
        }))
    }

    /// The people asked for, or whom a confused source takes for them.
    fn or_others(&self, people: Vec<Arc<Held>>) -> Vec<Arc<Held>> {
        let asks_who = self.kind == "Patient";
        let confused = match self.fault {
            Fault::OtherPerson => asks_who,
            Fault::OtherPatient => !asks_who || self.source == SourceName::Identity,
            Fault::None
            | Fault::Delay(_)
            | Fault::Hang
            | Fault::Drip
            | Fault::Status(_)
            | Fault::Html
            | Fault::HalfBody
            | Fault::EmptyWithoutSelf
            | Fault::Reset
            | Fault::BigBody
            | Fault::EndlessNext => false,
        };
        if !confused {
            return people;
        }
        let asked = people.first().map_or("", |held| held.id.as_str());
        self.store
            .somebody_else(asked, self.kind)
            .into_iter()
            .collect()
    }

    fn link(&self, parameters: &[(&str, &str)]) -> String {
        let query: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        format!("{}/{}?{}", self.base, self.kind, query.join("&"))
    }

    fn next_link(&self, understood: &[(&str, &str)], count: usize, offset: usize) -> String {
        let count_text = count.to_string();
        let offset_text = offset.saturating_add(count).to_string();
        let parameters: Vec<(&str, &str)> = understood
            .iter()
            .copied()
            .filter(|(name, _)| *name != "_count" && *name != "_offset")
            .chain([
                ("_count", count_text.as_str()),
                ("_offset", offset_text.as_str()),
            ])
            .collect();
        self.link(&parameters)
    }
}

fn without_modifier(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

fn bundle(total: usize, links: &[(&str, String)], page: &[(String, &Ready)]) -> String {
    let links: Vec<_> = links
        .iter()
        .map(|(relation, url)| json!({"relation": relation, "url": url}))
        .collect();
    let mut head = json!({"resourceType": "Bundle", "type": "searchset", "total": total});
    if let (Some(fields), false) = (head.as_object_mut(), links.is_empty()) {
        fields.insert("link".into(), json!(links));
    }
    let mut text = head.to_string();
    if page.is_empty() {
        return text;
    }
    text.pop();
    text.push_str(",\"entry\":[");
    for (index, (url, ready)) in page.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str("{\"fullUrl\":");
        text.push_str(&json!(url).to_string());
        text.push_str(",\"resource\":");
        text.push_str(&ready.json);
        text.push_str(",\"search\":{\"mode\":\"match\"}}");
    }
    text.push_str("]}");
    text
}

/// RFC 3986: everything but unreserved characters as percent and two digits.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// What a source says it can do.
pub(super) fn capabilities(source: SourceName, base: &str) -> String {
    let search = |kind: &str, parameters: &[&str]| {
        let parameters: Vec<_> = parameters
            .iter()
            .map(|name| json!({"name": name, "type": if *name == "patient" { "reference" } else { "string" }}))
            .collect();
        json!({
            "type": kind,
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "searchParam": parameters
        })
    };
    let mut resources = vec![search(
        "Patient",
        &["identifier", "name", "birthdate", "gender", "address"],
    )];
    if source != SourceName::Identity {
        resources.extend(CLINICAL.iter().map(|kind| search(kind, &["patient"])));
    }
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "implementation": {"description": format!("simulated {}", source.word()), "url": base},
        "rest": [{"mode": "server", "resource": resources}]
    })
    .to_string()
}
