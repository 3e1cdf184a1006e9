//! The ledger as FHIR, for auditors: `AuditEvent`s of their own facility. Reading is an entry of its
//! own, written before anything is read.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde_json::{Value, json};

use crate::{
    access::Viewer,
    domain::{
        access::Person,
        event::Event,
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber},
    },
    ledger::{Asked, ReadEntry, audit_event},
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

/// `GET /fhir/AuditEvent`: `date` (once or twice) and `_count`; a patient never stands in an
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
        let most = asked.count;
        // One more tells whether there is more.
        let asked = Asked {
            count: most.saturating_add(1),
            ..asked
        };
        let mut entries = self.review.asked(asked).await?;
        let is_part = entries.len() > most;
        entries.truncate(most);
        let body = searchset(&entries, &said, is_part).to_string();
        Ok(HttpResponse::Ok()
            .content_type("application/fhir+json; fhirVersion=4.0")
            .body(body))
    }
}

/// What is asked for, and the part of it that may stand in the ledger and in the answer's own
/// address. A parameter that is not known is refused: leaving it out would answer something else.
fn wanted(viewer: &Viewer, fields: &Fields) -> Result<(Asked, String), Problem> {
    const KNOWN: [&str; 4] = ["date", "_count", "patient", "form_token"];
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
    let said = dates
        .iter()
        .map(|date| format!("date={date}&"))
        .chain([format!("_count={count}")])
        .collect();
    let asked = Asked {
        facility: viewer.facility.clone(),
        from: span.from,
        until: span.until,
        patient,
        count,
    };
    Ok((asked, said))
}

/// A part is never given as the whole: `incomplete` stands in the Bundle itself.
fn searchset(entries: &[ReadEntry], said: &str, is_part: bool) -> Value {
    let mut bundle = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "self", "url": format!("/fhir/AuditEvent?{said}")}],
    });
    // FHIR has no empty arrays.
    if let (Value::Object(bundle), true) = (&mut bundle, is_part || !entries.is_empty()) {
        let more = is_part.then(|| {
            json!({
                "resource": {"resourceType": "OperationOutcome", "issue": [{
                    "severity": "warning", "code": "incomplete",
                    "diagnostics": "older entries match too: ask for an earlier span of dates",
                }]},
                "search": {"mode": "outcome"},
            })
        });
        let entries = entries
            .iter()
            .map(|entry| json!({"resource": audit_event(entry), "search": {"mode": "match"}}))
            .chain(more);
        bundle.insert("entry".to_owned(), entries.collect());
    }
    bundle
}
