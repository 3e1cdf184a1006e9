//! The handoff as a FHIR R4 document for the chart of the hospital that accepted it: a Bundle of a
//! Composition (LOINC 67796-3, as IHE Paramedicine Care Summary asks) and what it refers to. Every
//! section is whole as text; vital signs are coded besides.

mod late;
mod patient;
mod section;
mod vital;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Actor, Error, Handoffs};
use crate::domain::{
    access::FacilityId,
    handoff::{Handoff, HandoffId, Stage, StageWord},
    patient::Sex,
    section::Language,
};

const LOINC: &str = "http://loinc.org";
/// The words and ids of this product.
const OWN: &str = "urn:x-emergency-summary";

/// A handoff with the names of both sides.
struct Papers<'a> {
    handoff: &'a Handoff,
    department: String,
    hospital: String,
    language: Language,
    at: DateTime<Utc>,
}

impl Handoffs {
    /// The document of a handoff that this hospital accepted: recorded first as a look.
    ///
    /// # Errors
    /// As [`Self::reveal`].
    pub async fn document(
        &self,
        actor: &Actor,
        id: &HandoffId,
        language: Language,
    ) -> Result<Value, Error> {
        let handoff = self.reveal(actor, id).await?;
        let papers = Papers {
            department: self.name_of(&handoff.department).await?,
            hospital: self.name_of(&actor.facility).await?,
            handoff: &handoff,
            language,
            at: self.inner.clock.now().wall,
        };
        Ok(papers.bundle(&actor.facility))
    }

    async fn name_of(&self, facility: &FacilityId) -> Result<String, Error> {
        let found = self.inner.registry.facility(facility.clone()).await?;
        Ok(found.map_or_else(|| facility.0.clone(), |found| found.name))
    }
}

/// An instant as FHIR writes it.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Papers<'_> {
    /// The name of a part within the document, the same whenever it is made: a UUID of version 8.
    fn name(&self, part: &str) -> String {
        let digest = Sha256::digest(format!("{} {part}", self.handoff.id));
        let mut bytes: [u8; 16] = digest.first_chunk::<16>().copied().unwrap_or_default();
        let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
        *version = (*version & 0x0f) | 0x80;
        *variant = (*variant & 0x3f) | 0x80;
        let hex = data_encoding::HEXLOWER.encode(&bytes);
        let (first, rest) = hex.split_at_checked(8).unwrap_or_default();
        let (second, rest) = rest.split_at_checked(4).unwrap_or_default();
        let (third, rest) = rest.split_at_checked(4).unwrap_or_default();
        let (fourth, fifth) = rest.split_at_checked(4).unwrap_or_default();
        format!("urn:uuid:{first}-{second}-{third}-{fourth}-{fifth}")
    }

    fn refers(&self, part: &str) -> Value {
        json!({"reference": self.name(part)})
    }

    fn bundle(&self, hospital: &FacilityId) -> Value {
        let handoff = self.handoff;
        let organisation = |id: &FacilityId, name: &str| {
            json!({
                "resourceType": "Organization",
                "identifier": [{"system": format!("{OWN}:facility"), "value": id.0}],
                "name": name,
            })
        };
        let mut parts = vec![
            ("composition".to_owned(), self.composition()),
            ("patient".to_owned(), self.patient()),
            (
                "department".to_owned(),
                organisation(&handoff.department, &self.department),
            ),
            (
                "hospital".to_owned(),
                organisation(hospital, &self.hospital),
            ),
        ];
        parts.extend(vital::observations(self));
        let entries: Vec<Value> = parts
            .into_iter()
            .map(|(part, resource)| json!({"fullUrl": self.name(&part), "resource": resource}))
            .collect();
        json!({
            "resourceType": "Bundle",
            "type": "document",
            "identifier": {
                "system": format!("{OWN}:handoff"),
                "value": format!("{}-{}", handoff.id, handoff.version),
            },
            "timestamp": instant(self.at),
            "entry": entries,
        })
    }

    fn composition(&self) -> Value {
        let handoff = self.handoff;
        let status = match handoff.stage.word() {
            StageWord::HandedOver => "final",
            StageWord::Open | StageWord::Accepted | StageWord::Arriving | StageWord::Ended => {
                "preliminary"
            }
        };
        let (code, title) = match self.language {
            Language::Ja => ("ja", "救急隊引継ぎ"),
            Language::En => ("en", "Ambulance handoff"),
        };
        json!({
            "resourceType": "Composition",
            "language": code,
            "status": status,
            "type": {
                "coding": [{
                    "system": LOINC, "code": "67796-3", "display": "EMS patient care report",
                }],
                "text": title,
            },
            "subject": self.refers("patient"),
            "date": instant(self.at),
            "author": [{
                "reference": self.name("department"),
                "display": format!("{} {}", self.department, handoff.unit),
            }],
            "title": title,
            "attester": self.attesters(),
            "custodian": self.refers("hospital"),
            "section": section::sections(self),
        })
    }

    /// Both sides of the handover, named and timed, as far as they are.
    fn attesters(&self) -> Vec<Value> {
        let attests = |name: &str, at: DateTime<Utc>| json!({"mode": "professional", "time": instant(at), "party": {"display": name}});
        match &self.handoff.stage {
            Stage::Arriving { crew_name, at, .. } => vec![attests(crew_name, *at)],
            Stage::HandedOver {
                crew_name,
                hospital_name,
                arrived,
                at,
                ..
            } => vec![attests(crew_name, *arrived), attests(hospital_name, *at)],
            Stage::Open | Stage::Accepted { .. } | Stage::Ended { .. } => Vec::new(),
        }
    }

    /// As the record says where it does, else as the crew typed; where they differ, the section says
    /// both. An unidentified patient has the name it goes by.
    fn patient(&self) -> Value {
        let identity = self.handoff.identity();
        let mut patient = json!({
            "resourceType": "Patient",
            "gender": match identity.sex {
                Some(Sex::Male) => "male",
                Some(Sex::Female) => "female",
                Some(Sex::Other) => "other",
                Some(Sex::Unknown) | None => "unknown",
            },
        });
        let label = self.handoff.form.patient.label.as_ref();
        let label = label.filter(|_| identity.name.is_none());
        let names: Vec<Value> = [&identity.name, &identity.kana]
            .into_iter()
            .flatten()
            .map(|name| json!({"use": "official", "text": name}))
            .chain(label.map(|name| json!({"use": "temp", "text": name})))
            .collect();
        if let Value::Object(patient) = &mut patient {
            if !names.is_empty() {
                patient.insert("name".to_owned(), Value::Array(names));
            }
            if let Some(born) = identity.birth_date {
                patient.insert("birthDate".to_owned(), born.to_string().into());
            }
            if let Some(link) = &self.handoff.linked {
                let (system, value) = (&link.person.system, link.person.number.value());
                let number = json!([{"system": system, "value": value}]);
                patient.insert("identifier".to_owned(), number);
            }
        }
        patient
    }
}
