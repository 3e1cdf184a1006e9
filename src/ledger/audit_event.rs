//! An entry as a FHIR R4 `AuditEvent`.
//!
//! What shows a patient follows IHE BALP's `PatientRead`, what looks for one `Query` and
//! `PatientQuery`; starting and stopping an emergency override follow HL7's break-glass example
//! with the codes of DICOM PS3.16 CID 400 ff. Purpose of use and override are separate concepts.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::{Opened, ReadEntry};

const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ENTITY: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const SOURCE: &str = "http://terminology.hl7.org/CodeSystem/security-source-type";
const REST: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const BALP_ENTITY: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType";
const PROFILE: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
/// The words and ids of this product.
const OWN: &str = "urn:x-emergency-summary";

/// What kind of event it is to an auditor's system.
struct Kind {
    system: &'static str,
    code: (&'static str, &'static str),
    /// Beside the event's own word.
    subtype: Option<(&'static str, &'static str, &'static str)>,
    action: &'static str,
    /// `0` done, `4` refused.
    outcome: &'static str,
}

impl Kind {
    const fn new(code: (&'static str, &'static str), action: &'static str) -> Self {
        Self {
            system: DICOM,
            code,
            subtype: None,
            action,
            outcome: "0",
        }
    }

    const fn rest(interaction: &'static str, action: &'static str) -> Self {
        Self {
            system: REST,
            code: ("rest", "Restful Operation"),
            subtype: Some((INTERACTION, interaction, interaction)),
            action,
            outcome: "0",
        }
    }

    const fn with(mut self, code: &'static str, display: &'static str) -> Self {
        self.subtype = Some((DICOM, code, display));
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
        "searched" => Kind::rest("search", "E"),
        "grant_started" if is_override => {
            Kind::new(ALERT, "E").with("110127", "Emergency Override Started")
        }
        "grant_ended" | "grant_stopped" if is_override => {
            Kind::new(ALERT, "E").with("110138", "Emergency Override Stopped")
        }
        "grant_started" | "grant_ended" | "grant_stopped" => Kind::new(RECORD, "E"),
        "viewed" => Kind::rest("read", "R"),
        "prefetched" => Kind::new(QUERY, "E"),
        "identified" | "noted" | "corrected" | "handoff_step" => Kind::new(RECORD, "U"),
        "handoff_revealed" => Kind::new(RECORD, "R"),
        "ledger_read" | "replayed" | "case_opened" | "disclosed" => Kind::new(AUDIT_LOG, "R"),
        "reviewed" | "debriefed" | "list_taken" => Kind::new(AUDIT_LOG, "U"),
        "other_ledger" => Kind::new(APPLICATION, "E"),
        "configured" => Kind::new(ALERT, "U").with("110131", "Software Configuration"),
        "administered" => Kind::new(ALERT, "U").with("110137", "User Security Attributes Changed"),
        "keys_erased" => Kind::new(ALERT, "D"),
        "refused" | "source_refused" => Kind::new(ALERT, "E").refused(),
        // Words of a later version too.
        _ => Kind::new(ALERT, "U"),
    }
}

/// The entry as a resource, with personal fields as far as they are opened.
#[must_use]
pub fn audit_event(entry: &ReadEntry) -> Value {
    let kind = kind(entry);
    let mut subtypes: Vec<Value> = kind
        .subtype
        .iter()
        .map(|(system, code, display)| coding(system, code, display))
        .collect();
    subtypes.push(json!({"system": format!("{OWN}:event"), "code": entry.event}));
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": format!("{}-{}", entry.node, entry.seq),
        "type": coding(kind.system, kind.code.0, kind.code.1),
        "subtype": subtypes,
        "action": kind.action,
        "recorded": entry.wall.to_rfc3339_opts(SecondsFormat::Micros, true),
        "outcome": kind.outcome,
        "agent": agents(entry),
        "source": {
            "site": entry.facility.0,
            "observer": {"identifier": own_id("node", &entry.node.0), "display": "emergency-summary"},
            "type": [coding(SOURCE, "4", "Application Server")],
        },
        "entity": entities(entry),
    });
    if let Value::Object(event) = &mut event {
        if let Some(profile) = profile(entry) {
            let profile = format!("{PROFILE}{profile}");
            event.insert("meta".to_owned(), json!({"profile": [profile]}));
        }
        let purposes = purposes(entry);
        if !purposes.is_empty() {
            event.insert("purposeOfEvent".to_owned(), Value::Array(purposes));
        }
    }
    event
}

/// The BALP profile that the entry follows.
fn profile(entry: &ReadEntry) -> Option<&'static str> {
    match (entry.event.as_str(), &entry.patient) {
        ("viewed", Some(_)) => Some("PatientRead"),
        ("searched", Some(_)) => Some("PatientQuery"),
        ("searched", None) => Some("Query"),
        (_, _) => None,
    }
}

fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({"system": system, "code": code, "display": display})
}

fn own_id(kind: &str, value: &str) -> Value {
    json!({"system": format!("{OWN}:{kind}"), "value": value})
}

fn purposes(entry: &ReadEntry) -> Vec<Value> {
    entry
        .purpose
        .iter()
        .chain(&entry.overriding)
        .map(|code| json!({"coding": [{"system": REASON, "code": code}]}))
        .collect()
}

/// Terminal, node and person: BALP's client, server and user. In a read data flow to the client,
/// which is the destination; in a query the parameters flow to the server.
fn agents(entry: &ReadEntry) -> Vec<Value> {
    let destination = coding(DICOM, "110152", "Destination Role ID");
    let source = coding(DICOM, "110153", "Source Role ID");
    let (client, server) = if entry.event == "viewed" {
        (destination, source)
    } else {
        (source, destination)
    };
    let mut agents = Vec::new();
    if entry.terminal.is_some() || entry.address.is_some() {
        let terminal = entry.terminal.as_ref().map_or("unknown", |id| &id.0);
        // Network types of FHIR's own code system: 1 a machine's name, 2 an IP address.
        let network = match &entry.address {
            Some(address) => json!({"address": address, "type": "2"}),
            None => json!({"address": terminal, "type": "1"}),
        };
        agents.push(json!({
            "type": {"coding": [client]},
            "who": {"identifier": own_id("terminal", terminal)},
            "requestor": false,
            "network": network,
        }));
    }
    agents.push(json!({
        "type": {"coding": [server]},
        "who": {"identifier": own_id("node", &entry.node.0), "display": "emergency-summary"},
        "requestor": entry.account.is_none() && entry.terminal.is_none(),
        "network": {"address": entry.node.0, "type": "1"},
    }));
    agents.extend(user(entry));
    agents
}

fn user(entry: &ReadEntry) -> Option<Value> {
    let account = entry.account.as_ref()?;
    let mut user = Map::new();
    let recipient = coding(PARTICIPATION, "IRCP", "information recipient");
    user.insert("type".to_owned(), json!({"coding": [recipient]}));
    user.insert(
        "who".to_owned(),
        json!({"identifier": own_id("account", &account.0)}),
    );
    user.insert("requestor".to_owned(), Value::Bool(true));
    if let Some(role) = &entry.role {
        let role = json!([{"coding": [{"system": format!("{OWN}:role"), "code": role}]}]);
        user.insert("role".to_owned(), role);
    }
    let purposes = purposes(entry);
    if !purposes.is_empty() {
        user.insert("purposeOfUse".to_owned(), Value::Array(purposes));
    }
    Some(Value::Object(user))
}

/// Whom; what was looked at or asked, with everything that has no place of its own; in which
/// request.
fn entities(entry: &ReadEntry) -> Vec<Value> {
    let mut entities: Vec<Value> = patient(entry).into_iter().collect();
    let place = format!("{}/{}", entry.node, entry.seq);
    let details = details(entry);
    match entry.event.as_str() {
        "searched" => {
            entities.push(json!({
                "type": coding(ENTITY, "2", "System Object"),
                "role": coding(ROLE, "24", "Query"),
                "query": STANDARD.encode(query(entry)),
            }));
            // A query has no details in BALP.
            entities.push(json!({
                "what": {"identifier": own_id("entry", &place)},
                "type": coding(ENTITY, "4", "Other"),
                "detail": details,
            }));
        }
        "viewed" => entities.push(json!({
            "what": {"identifier": own_id("entry", &place)},
            "type": coding(ENTITY, "2", "System Object"),
            "role": coding(ROLE, "4", "Domain Resource"),
            "detail": details,
        })),
        _ => entities.push(json!({
            "what": {"identifier": own_id("entry", &place)},
            "type": coding(ENTITY, "2", "System Object"),
            "detail": details,
        })),
    }
    if let Some(request) = &entry.request {
        entities.push(json!({
            "what": {"identifier": {"value": request.0}},
            "type": {"system": BALP_ENTITY, "code": "XrequestId"},
        }));
    }
    entities
}

/// The patient: by number where it can be opened, else by keyed hash.
fn patient(entry: &ReadEntry) -> Option<Value> {
    let key = entry.patient.as_ref()?;
    let identifier = entry.person().map_or_else(
        || own_id("patient", &key.0),
        |person| json!({"system": person.system, "value": person.number.value()}),
    );
    Some(json!({
        "what": {"type": "Patient", "identifier": identifier},
        "type": coding(ENTITY, "1", "Person"),
        "role": coding(ROLE, "1", "Patient"),
    }))
}

/// What was asked, as far as it is open.
fn query(entry: &ReadEntry) -> String {
    let mode = entry.fields.get("mode").and_then(Value::as_str);
    let asked = entry.personal.get("asked").map_or("sealed", Opened::text);
    format!("mode={}&asked={asked}", mode.unwrap_or_default())
}

fn details(entry: &ReadEntry) -> Vec<Value> {
    let named = [
        ("event", Some(&entry.event)),
        ("grant", entry.grant.as_ref().map(|grant| &grant.0)),
        ("basis", entry.basis.as_ref()),
        ("reason", entry.reason.as_ref()),
        ("receipt", entry.receipt.as_ref()),
        ("second_factor", entry.second_factor.as_ref()),
        ("shown", entry.shown.as_ref().map(|shown| &shown.address)),
    ];
    let as_of = entry.accounts_as_of.map(|at| at.to_rfc3339());
    let named = named
        .into_iter()
        .chain([("accounts_as_of", as_of.as_ref())]);
    let mut details: Vec<Value> = named
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
    details
}
