//! `AuditEvent`s have the structure that FHIR R4, IHE BALP and the break-glass example ask for.

use serde_json::Value;

use super::*;
use crate::{
    domain::handoff::HandoffId,
    ledger::{ReadEntry, audit_event},
};

/// What a path of an entry's resource must hold: how often, and one of which values (none: any).
struct Rule {
    /// Where the profile says so.
    section: &'static str,
    /// Dotted names; `[slice]` takes the elements whose `type` has that code.
    path: &'static str,
    least: usize,
    most: usize,
    values: &'static [&'static str],
}

const fn rule(
    section: &'static str,
    path: &'static str,
    (least, most): (usize, usize),
    values: &'static [&'static str],
) -> Rule {
    Rule {
        section,
        path,
        least,
        most,
        values,
    }
}

const MANY: usize = usize::MAX;
const OUTCOMES: &[&str] = &["0", "4", "8", "12"];
const ACTIONS: &[&str] = &["C", "R", "U", "D", "E"];

/// FHIR R4 §6.4.3 `AuditEvent`, resource content and terminology bindings.
const R4: &[Rule] = &[
    rule("R4 AuditEvent", "resourceType", (1, 1), &["AuditEvent"]),
    rule("R4 AuditEvent.type", "type.system", (1, 1), &[]),
    rule("R4 AuditEvent.type", "type.code", (1, 1), &[]),
    rule("R4 AuditEvent.subtype", "subtype.system", (1, MANY), &[]),
    rule("R4 AuditEvent.subtype", "subtype.code", (1, MANY), &[]),
    rule("R4 AuditEvent.action, required", "action", (1, 1), ACTIONS),
    rule("R4 AuditEvent.recorded", "recorded", (1, 1), &[]),
    rule(
        "R4 AuditEvent.outcome, required",
        "outcome",
        (1, 1),
        OUTCOMES,
    ),
    rule(
        "R4 AuditEvent.agent",
        "agent.requestor",
        (1, MANY),
        &["true", "false"],
    ),
    rule(
        "R4 agent.network.type, required",
        "agent.network.type",
        (0, MANY),
        &["1", "2", "3", "4", "5"],
    ),
    rule(
        "R4 AuditEvent.source",
        "source.observer.identifier.value",
        (1, 1),
        &[],
    ),
    rule("R4 source.type", "source.type.code", (1, 1), &["4"]),
    rule(
        "R4 entity.detail.type",
        "entity.detail.type",
        (1, MANY),
        &[],
    ),
    rule(
        "R4 entity.detail.value",
        "entity.detail.valueString",
        (1, MANY),
        &[],
    ),
];

/// IHE BALP, `StructureDefinition` `IHE.BasicAudit.PatientRead` (and its parent Read).
const READ: &[Rule] = &[
    rule("BALP Read.type", "type.code", (1, 1), &["rest"]),
    rule(
        "BALP Read.type",
        "type.system",
        (1, 1),
        &["http://terminology.hl7.org/CodeSystem/audit-event-type"],
    ),
    rule(
        "BALP Read.subtype[anyRead]",
        "subtype[read].system",
        (1, 1),
        &["http://hl7.org/fhir/restful-interaction"],
    ),
    rule("BALP Read.action", "action", (1, 1), &["R"]),
    rule("BALP Read.outcome", "outcome", (1, 1), &["0"]),
    rule(
        "BALP Read.agent[client].who",
        "agent[110152].who.identifier.value",
        (1, 1),
        &[],
    ),
    rule(
        "BALP Read.agent[client].network",
        "agent[110152].network.address",
        (1, 1),
        &[],
    ),
    rule(
        "BALP Read.agent[client].media",
        "agent[110152].media",
        (0, 0),
        &[],
    ),
    rule(
        "BALP Read.agent[server].who",
        "agent[110153].who.identifier.value",
        (1, 1),
        &[],
    ),
    rule(
        "BALP Read.agent[server].network",
        "agent[110153].network.address",
        (1, 1),
        &[],
    ),
    rule(
        "BALP Read.agent[user].who",
        "agent[IRCP].who.identifier.value",
        (1, 1),
        &[],
    ),
    rule(
        "BALP Read.agent[user].requestor",
        "agent[IRCP].requestor",
        (1, 1),
        &["true"],
    ),
    rule(
        "BALP Read.agent[user].network",
        "agent[IRCP].network",
        (0, 0),
        &[],
    ),
    rule(
        "BALP Read.agent[user].role",
        "agent[IRCP].role.coding.code",
        (1, 1),
        &[],
    ),
    rule(
        "BALP Read.agent[user].purposeOfUse",
        "agent[IRCP].purposeOfUse.coding.code",
        (1, 2),
        &["ETREAT", "TREAT", "BTG"],
    ),
    rule(
        "BALP Read.entity[data].what",
        "entity[2].what.identifier.value",
        (1, 1),
        &[],
    ),
    rule(
        "BALP Read.entity[data].role, required",
        "entity[2].role.code",
        (1, 1),
        &["4", "3", "20"],
    ),
    rule(
        "BALP Read.entity[transaction].what",
        "entity[XrequestId].what.identifier.value",
        (1, 1),
        &[],
    ),
    rule(
        "BALP PatientRead.entity[patient].what",
        "entity[1].what.type",
        (1, 1),
        &["Patient"],
    ),
    rule(
        "BALP PatientRead.entity[patient].role",
        "entity[1].role.code",
        (1, 1),
        &["1"],
    ),
];

/// IHE BALP, `StructureDefinition` `IHE.BasicAudit.Query`.
const QUERY: &[Rule] = &[
    rule("BALP Query.type", "type.code", (1, 1), &["rest"]),
    rule(
        "BALP Query.subtype[anySearch]",
        "subtype[search].system",
        (1, 1),
        &["http://hl7.org/fhir/restful-interaction"],
    ),
    rule("BALP Query.action", "action", (1, 1), &["E"]),
    rule("BALP Query.outcome", "outcome", (1, 1), &["0"]),
    rule(
        "BALP Query.agent[client].who",
        "agent[110153].who.identifier.value",
        (1, 1),
        &[],
    ),
    rule(
        "BALP Query.agent[client].network",
        "agent[110153].network.address",
        (1, 1),
        &[],
    ),
    rule(
        "BALP Query.agent[server].who",
        "agent[110152].who.identifier.value",
        (1, 1),
        &[],
    ),
    rule(
        "BALP Query.agent[server].network",
        "agent[110152].network.address",
        (1, 1),
        &[],
    ),
    rule(
        "BALP Query.agent[user].requestor",
        "agent[IRCP].requestor",
        (1, 1),
        &["true"],
    ),
    rule(
        "BALP Query.entity[query].role",
        "entity[2].role.code",
        (1, 1),
        &["24"],
    ),
    rule(
        "BALP Query.entity[query].query",
        "entity[2].query",
        (1, 1),
        &[],
    ),
    rule(
        "BALP Query.entity[query].what",
        "entity[2].what",
        (0, 0),
        &[],
    ),
    rule(
        "BALP Query.entity[query].detail",
        "entity[2].detail",
        (0, 0),
        &[],
    ),
    rule(
        "BALP Query.entity[query].lifecycle",
        "entity[2].lifecycle",
        (0, 0),
        &[],
    ),
];

/// HL7 `auditevent-example-breakglass`, in the fields of R4.
const STARTED: &[Rule] = &[
    rule("break glass type", "type.code", (1, 1), &["110113"]),
    rule(
        "break glass type",
        "type.system",
        (1, 1),
        &["http://dicom.nema.org/resources/ontology/DCM"],
    ),
    rule(
        "break glass subtype",
        "subtype[110127].system",
        (1, 1),
        &["http://dicom.nema.org/resources/ontology/DCM"],
    ),
    rule("break glass action", "action", (1, 1), &["E"]),
    rule(
        "break glass purpose",
        "purposeOfEvent.coding.code",
        (2, 2),
        &["ETREAT", "BTG"],
    ),
    rule(
        "break glass purpose",
        "purposeOfEvent.coding.system",
        (2, 2),
        &["http://terminology.hl7.org/CodeSystem/v3-ActReason"],
    ),
    rule(
        "break glass agent",
        "agent[IRCP].who.identifier.value",
        (1, 1),
        &[],
    ),
    rule("break glass entity", "entity[1].role.code", (1, 1), &["1"]),
];
const STOPPED: &[Rule] = &[
    rule("DICOM CID 403", "type.code", (1, 1), &["110113"]),
    rule(
        "DICOM CID 403",
        "subtype[110138].system",
        (1, 1),
        &["http://dicom.nema.org/resources/ontology/DCM"],
    ),
    rule(
        "break glass purpose",
        "purposeOfEvent.coding.code",
        (2, 2),
        &["ETREAT", "BTG"],
    ),
];

/// Whether an element is of the slice: its own code, its `type`'s, or a coding's of it.
fn is_of(element: &Value, slice: &str) -> bool {
    let of_type = &element["type"];
    [
        &element["code"],
        &of_type["code"],
        &of_type["coding"][0]["code"],
    ]
    .iter()
    .any(|code| code.as_str() == Some(slice))
}

/// Every value at a path.
fn at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    for step in path.split('.') {
        let (name, slice) = match step.split_once('[') {
            Some((name, rest)) => (name, Some(rest.trim_end_matches(']'))),
            None => (step, None),
        };
        found = found
            .into_iter()
            .filter_map(|value| value.get(name))
            .flat_map(|value| {
                let many = value.as_array().map(|all| all.iter().collect());
                many.unwrap_or_else(|| vec![value])
            })
            .filter(|element| slice.is_none_or(|slice| is_of(element, slice)))
            .collect();
    }
    found
}

#[track_caller]
fn check(event: &Value, rules: &[Rule]) {
    for rule in rules {
        let found = at(event, rule.path);
        let said = format!("{}: {} in {event:#}", rule.section, rule.path);
        assert!((rule.least..=rule.most).contains(&found.len()), "{said}");
        for value in found {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            assert!(!text.is_empty(), "{said}");
            assert!(
                rule.values.is_empty() || rule.values.contains(&text.as_str()),
                "{said}"
            );
        }
    }
}

/// FHIR has no empty objects, arrays or strings, and no null.
fn nothing_is_empty(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(all) => !all.is_empty() && all.iter().all(nothing_is_empty),
        Value::Object(all) => !all.is_empty() && all.values().all(nothing_is_empty),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

async fn events(with_key: bool) -> Vec<(ReadEntry, Value)> {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    append_personal(&ledger).await;
    let grant = ledger.all_open_grants()[0].id.clone();
    let own = |event| crate::domain::event::Draft {
        who: None,
        terminal: None,
        address: None,
        request: None,
        ..draft(event)
    };
    for draft in [
        end(&grant, End::Hand),
        draft(Event::SignedIn),
        draft(Event::Replayed {
            entry: 2,
            values: true,
            reason: Some("苦情の調査".to_owned()),
        }),
        draft(Event::HandoffStep {
            handoff: HandoffId("5f".to_owned()),
            step: "ask".to_owned(),
            hospitals: vec![hospital()],
            version: 3,
            said: "{}".to_owned(),
        }),
        draft(Event::HandoffRevealed {
            handoff: HandoffId("5f".to_owned()),
            version: 4,
        }),
        own(Event::Started {
            version: "1".to_owned(),
        }),
        own(Event::Configured {
            digest: "00".to_owned(),
            changed: vec!["hosts".to_owned()],
        }),
        own(Event::KeysRewrapped { keys: 3 }),
    ] {
        ledger.append(draft).await.unwrap();
    }
    drop(ledger);
    let key = settings(folder.path()).key;
    let mut events = Vec::new();
    read(folder.path(), with_key.then_some(&key))
        .unwrap()
        .for_each(|entry| {
            let event = audit_event(&entry);
            events.push((entry, event));
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    events
}

#[tokio::test]
async fn every_audit_event_has_the_structure_of_its_profile() {
    for with_key in [true, false] {
        let mut checked = 0;
        for (entry, event) in events(with_key).await {
            check(&event, R4);
            assert!(nothing_is_empty(&event), "{event:#}");
            let id = event["id"].as_str().unwrap();
            let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            assert!(id.len() <= 64 && id.chars().all(is_id), "{id}");
            let profile = at(&event, "meta.profile").len();
            let rules = match entry.event.as_str() {
                "viewed" => READ,
                "searched" => QUERY,
                "grant_started" => STARTED,
                "grant_ended" => STOPPED,
                _ => &[],
            };
            check(&event, rules);
            let is_balp = matches!(entry.event.as_str(), "viewed" | "searched");
            assert_eq!(profile, usize::from(is_balp), "says which profile");
            checked += usize::from(!rules.is_empty());
        }
        assert_eq!(checked, 4, "each profile was met");
    }
}

#[test]
fn the_check_of_the_structure_finds_what_is_wrong() {
    let event = serde_json::json!({
        "action": "R",
        "agent": [{"type": {"coding": [{"code": "IRCP"}]}, "network": {"address": "x"}}],
    });
    for rules in [
        &[rule("", "action", (1, 1), &["E"])],
        &[rule("", "agent[IRCP].network", (0, 0), &[])],
        &[rule("", "agent[110152].who", (1, 1), &[])],
    ] {
        let found = std::panic::catch_unwind(|| check(&event, rules));
        assert!(found.is_err());
    }
}
