//! An entry as a FHIR R4 `AuditEvent`.
//!
//! The codes of starting and stopping an emergency override are those of DICOM PS3.16 CID 400 ff.
//! and of HL7's break-glass example; purpose of use and override are separate concepts.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use crate::ledger::ReadEntry;

const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const ENTITY: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const SOURCE: &str = "http://terminology.hl7.org/CodeSystem/security-source-type";

/// What kind of event it is to an auditor's system.
struct Kind {
    code: (&'static str, &'static str),
    /// `None`: the event's own word is the subtype.
    subtype: Option<(&'static str, &'static str)>,
    action: &'static str,
    /// `0` done, `4` refused.
    outcome: &'static str,
}

impl Kind {
    const fn new(code: (&'static str, &'static str), action: &'static str) -> Self {
        Self {
            code,
            subtype: None,
            action,
            outcome: "0",
        }
    }

    const fn with(mut self, code: &'static str, display: &'static str) -> Self {
        self.subtype = Some((code, display));
        self
    }

    const fn refused(mut self) -> Self {
        self.outcome = "4";
        self
    }
}

const APPLICATION: (&str, &str) = ("110100", "Application Activity");
const AUDIT_LOG: (&str, &str) = ("110101", "Audit Log Used");
const RECORD: (&str, &str) = ("110110", "Patient Record");
const QUERY: (&str, &str) = ("110112", "Query");
const ALERT: (&str, &str) = ("110113", "Security Alert");
const AUTHENTICATION: (&str, &str) = ("110114", "User Authentication");

fn kind(entry: &ReadEntry) -> Kind {
    let is_override = entry.overriding.is_some();
    match entry.event.as_str() {
        "started" => Kind::new(APPLICATION, "E").with("110120", "Application Start"),
        "signed_in" => Kind::new(AUTHENTICATION, "E").with("110122", "Login"),
        "sign_in_refused" => Kind::new(AUTHENTICATION, "E")
            .with("110122", "Login")
            .refused(),
        "signed_out" => Kind::new(AUTHENTICATION, "E").with("110123", "Logout"),
        "locked" | "unlocked" => Kind::new(AUTHENTICATION, "E"),
        "unlock_refused" => Kind::new(AUTHENTICATION, "E").refused(),
        "searched" => Kind::new(QUERY, "E"),
        "grant_started" if is_override => {
            Kind::new(ALERT, "E").with("110127", "Emergency Override Started")
        }
        "grant_ended" if is_override => {
            Kind::new(ALERT, "E").with("110138", "Emergency Override Stopped")
        }
        "grant_started" | "grant_ended" => Kind::new(RECORD, "E"),
        "viewed" => Kind::new(RECORD, "R"),
        "identified" | "noted" | "corrected" => Kind::new(RECORD, "U"),
        "ledger_read" => Kind::new(AUDIT_LOG, "R"),
        "refused" | "source_refused" => Kind::new(ALERT, "E").refused(),
        // What is administered, and words of a later version.
        _ => Kind::new(ALERT, "U"),
    }
}

/// The entry as a resource.
pub(super) fn audit_event(entry: &ReadEntry) -> Value {
    let kind = kind(entry);
    let coded =
        |(code, display): (&str, &str)| json!({"system": DICOM, "code": code, "display": display});
    let subtype = kind
        .subtype
        .map_or_else(|| json!({"code": entry.event}), coded);
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": format!("{}-{}", entry.node, entry.seq),
        "type": coded(kind.code),
        "subtype": [subtype],
        "action": kind.action,
        "recorded": entry.wall.to_rfc3339_opts(SecondsFormat::Micros, true),
        "outcome": kind.outcome,
        "agent": [agent(entry)],
        "source": {
            "site": entry.facility.0,
            "observer": {"identifier": {"value": entry.node.0}, "display": "emergency-summary"},
            "type": [{"system": SOURCE, "code": "4", "display": "Application Server"}],
        },
        "entity": entities(entry),
    });
    let purposes: Vec<Value> = entry
        .purpose
        .iter()
        .chain(&entry.overriding)
        .map(|code| json!({"coding": [{"system": REASON, "code": code}]}))
        .collect();
    if let (Value::Object(event), false) = (&mut event, purposes.is_empty()) {
        event.insert("purposeOfEvent".to_owned(), Value::Array(purposes));
    }
    event
}

fn agent(entry: &ReadEntry) -> Value {
    let Some(account) = &entry.account else {
        return json!({
            "who": {"identifier": {"value": entry.node.0}, "display": "emergency-summary"},
            "requestor": false,
        });
    };
    let mut agent = json!({
        "who": {"identifier": {"value": account.0}},
        "requestor": true,
    });
    if let Value::Object(agent) = &mut agent {
        if let Some(role) = &entry.role {
            agent.insert("role".to_owned(), json!([{"text": role}]));
        }
        if let Some(address) = &entry.address {
            agent.insert(
                "network".to_owned(),
                json!({"address": address, "type": "2"}),
            );
        }
    }
    agent
}

/// Whom, and under what: the patient by number where it can be opened, else by keyed hash; then
/// the entry itself with everything that has no place of its own.
fn entities(entry: &ReadEntry) -> Vec<Value> {
    let patient = entry.patient.as_ref().map(|key| {
        let identifier = entry.person().map_or_else(
            || json!({"value": key.0}),
            |person| json!({"system": person.system, "value": person.number.value()}),
        );
        json!({
            "what": {"identifier": identifier},
            "type": {"system": ENTITY, "code": "1", "display": "Person"},
            "role": {"system": ROLE, "code": "1", "display": "Patient"},
        })
    });
    let named = [
        ("event", Some(&entry.event)),
        ("grant", entry.grant.as_ref().map(|grant| &grant.0)),
        ("reason", entry.reason.as_ref()),
        ("receipt", entry.receipt.as_ref()),
        (
            "terminal",
            entry.terminal.as_ref().map(|terminal| &terminal.0),
        ),
        ("second_factor", entry.second_factor.as_ref()),
        ("request", entry.request.as_ref().map(|request| &request.0)),
        ("shown", entry.shown.as_ref().map(|shown| &shown.address)),
    ];
    let mut details: Vec<Value> = named
        .into_iter()
        .filter_map(|(name, value)| Some(json!({"type": name, "valueString": value?})))
        .collect();
    details.extend(entry.fields.iter().map(|(name, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        json!({"type": name, "valueString": text})
    }));
    let opened = entry.personal.iter().filter(|(name, _)| *name != "person");
    details
        .extend(opened.map(|(name, opened)| json!({"type": name, "valueString": opened.text()})));
    // FHIR has no empty strings.
    details.retain(|detail| detail["valueString"] != "");
    let itself = json!({
        "what": {"identifier": {"value": format!("{}/{}", entry.node, entry.seq)}},
        "type": {"system": ENTITY, "code": "2", "display": "System Object"},
        "detail": details,
    });
    patient.into_iter().chain([itself]).collect()
}
