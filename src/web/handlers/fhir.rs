//! The ledger as FHIR, for auditors: `AuditEvent`s of their own facility. Reading is an entry of its
//! own, written before anything is read.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde_json::{Value, json};

use crate::{
    access::Viewer,
    domain::{
        access::{NodeId, Person},
        event::Event,
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber},
    },
    ledger::{Asked, Found, InPart, Unread, audit_event},
    review::Span,
    web::{
        context::Context,
        error::Problem,
        form::Fields,
        guard::{Guarded, Posted, ReadLedger},
    },
};

use super::{draft, replay::AuditDesk};

/// Entries of one answer, where nothing is said, and at most.
const COUNT: usize = 100;
const MOST: usize = 1_000;

/// `GET /fhir/AuditEvent`: `date` (once or twice), `_count` and `page`; a patient never stands in an
/// address.
pub(in crate::web) async fn get(
    guarded: Guarded<ReadLedger>,
    request: HttpRequest,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let asked = Fields::parse(request.query_string().as_bytes())?;
    if !asked.get("patient").is_empty() {
        return Err(Problem::Malformed);
    }
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    desk.bundle(viewer, context, &asked).await
}

/// `POST /fhir/AuditEvent/_search`: the same, and `patient` (a member number).
pub(in crate::web) async fn search(
    posted: Posted<ReadLedger>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&posted.viewer, &posted.context);
    desk.bundle(viewer, context, &posted.fields).await
}

impl AuditDesk {
    async fn bundle(
        &self,
        viewer: &Viewer,
        context: &Context,
        fields: &Fields,
    ) -> Result<HttpResponse, Problem> {
        let (asked, said) = wanted(viewer, fields)?;
        let person = asked.patient.clone().map(|number| Person {
            number,
            system: MEMBER_NUMBER_SYSTEM.to_owned(),
            patient: None,
        });
        let read = Event::LedgerRead {
            what: format!("fhir {said}"),
        };
        self.ledger
            .append(draft(viewer, context, person, read))
            .await?;
        let has_patient = asked.patient.is_some();
        let found = self.review.asked(asked).await?;
        let body = searchset(&found, &said, has_patient).to_string();
        Ok(HttpResponse::Ok()
            .content_type("application/fhir+json; fhirVersion=4.0")
            .body(body))
    }
}

/// What is asked for, and the part of it that may stand in the ledger and in the answer's own
/// address. A parameter that is not known is refused: leaving it out would answer something else.
fn wanted(viewer: &Viewer, fields: &Fields) -> Result<(Asked, String), Problem> {
    const KNOWN: [&str; 5] = ["date", "_count", "patient", "page", "form_token"];
    if fields.names().any(|name| !KNOWN.contains(&name)) {
        return Err(Problem::Malformed);
    }
    let dates = fields.all("date");
    let span = Span::parse(&dates).ok_or(Problem::Malformed)?;
    let count = match fields.get("_count") {
        "" => COUNT,
        text => text.parse::<usize>().map_err(|_| Problem::Malformed)?,
    };
    let patient = match fields.get("patient") {
        "" => None,
        text => Some(MemberNumber::parse(text).ok_or(Problem::Malformed)?),
    };
    let count = count.min(MOST);
    let page = fields.get("page");
    let before = before(page).ok_or(Problem::Malformed)?;
    let mut said: String = dates
        .iter()
        .map(|date| format!("date={date}&"))
        .chain([format!("_count={count}")])
        .collect();
    if !page.is_empty() {
        said = format!("{said}&page={page}");
    }
    let asked = Asked {
        facility: viewer.facility.clone(),
        from: span.from,
        until: span.until,
        patient,
        count,
        before,
    };
    Ok((asked, said))
}

/// Where a page goes on, as the page before said it: places by ledger, `n1.640,n2.12`.
fn before(page: &str) -> Option<BTreeMap<NodeId, u64>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    page.split(',')
        .filter(|place| !place.is_empty())
        .map(|place| {
            let (node, seq) = place.split_once('.')?;
            let is_node = !node.is_empty() && node.chars().all(is_name);
            is_node.then_some(())?;
            Some((NodeId(node.to_owned()), seq.parse().ok()?))
        })
        .collect()
}

fn page(before: &BTreeMap<NodeId, u64>) -> String {
    let places = before.iter().map(|(node, seq)| format!("{node}.{seq}"));
    places.collect::<Vec<_>>().join(",")
}

/// A part is never given as the whole: `incomplete` stands in the Bundle itself, where there are
/// older entries and where a ledger of this node cannot be read.
fn searchset(found: &InPart<Found>, said: &str, has_patient: bool) -> Value {
    let InPart { read, unread } = found;
    let address = |said: &str| format!("/fhir/AuditEvent?{said}");
    let mut links = vec![json!({"relation": "self", "url": address(said)})];
    let mut missing: Vec<String> = unread.iter().map(lacking).collect();
    if let Some(next) = &read.next {
        let page = page(next);
        let own = said.split("&page=").next().unwrap_or_default();
        let next = format!("{own}&page={page}");
        // The next page of one patient is asked for as the first: no patient is in an address.
        if has_patient {
            missing.push(format!(
                "older entries may match too: send the same search with page={page}"
            ));
        } else {
            links.push(json!({"relation": "next", "url": address(&next)}));
            missing.push("older entries may match too: see the next page".to_owned());
        }
    }
    let outcome = |diagnostics: String| {
        json!({
            "resource": {"resourceType": "OperationOutcome", "issue": [{
                "severity": "warning", "code": "incomplete", "diagnostics": diagnostics,
            }]},
            "search": {"mode": "outcome"},
        })
    };
    let entries: Vec<Value> = read
        .entries
        .iter()
        .map(|entry| json!({"resource": audit_event(entry), "search": {"mode": "match"}}))
        .chain(missing.into_iter().map(outcome))
        .collect();
    let mut bundle = json!({"resourceType": "Bundle", "type": "searchset", "link": links});
    // FHIR has no empty arrays.
    if let (Value::Object(bundle), false) = (&mut bundle, entries.is_empty()) {
        bundle.insert("entry".to_owned(), entries.into());
    }
    bundle
}

/// What a ledger that is not in the answer holds.
fn lacking(unread: &Unread) -> String {
    let name = unread.node.as_ref().map_or("", |node| &node.0);
    let entries = unread.entries;
    let how = match unread.given_up {
        None => "cannot be read now".to_owned(),
        Some(at) => format!("is lost, as was accepted {}", at.to_rfc3339()),
    };
    format!(
        "this node's other ledger {name} ({entries} entries or more) {how}: nothing of it is here"
    )
}
