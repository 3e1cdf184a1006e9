//! Documents and statements about whole sections.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{
    place::{Facility, Place},
    systems,
};

/// A kind of document: title, LOINC, JP profile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paper(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) &'static str,
);

pub(super) const REFERRAL: Paper = Paper(
    "診療情報提供書",
    "57133-1",
    "http://jpfhir.jp/fhir/eReferral/StructureDefinition/JP_Composition_eReferral|1.10.0",
);
pub(super) const DISCHARGE: Paper = Paper(
    "退院時サマリー",
    "18842-5",
    "http://jpfhir.jp/fhir/eDischargeSummary/StructureDefinition/JP_Composition_eDischargeSummary|1.10.0",
);

/// A document with its sections: heading, code and text of each.
pub(super) fn document(
    place: &Place,
    paper: Paper,
    date: NaiveDate,
    sections: &[(&str, &str, &str)],
) -> Value {
    let Paper(title, code, profile) = paper;
    let sections: Vec<Value> = sections
        .iter()
        .map(|(title, code, text)| section(title, code, text))
        .collect();
    json!({
        "resourceType": "Composition",
        "meta": {"profile": [profile], "lastUpdated": format!("{date}T18:30:00+09:00")},
        "contained": place.contained(),
        "extension": place.extensions(),
        "status": "final",
        "type": {"coding": [{"system": systems::DOCUMENT_TYPE, "code": code, "display": title}], "text": title},
        "date": format!("{date}T17:00:00+09:00"),
        "author": [place.author(), place.facility.reference()],
        "title": title,
        "custodian": place.facility.reference(),
        "event": [{"code": [{"text": format!("{title}発行")}], "period": {"start": date.to_string()}}],
        "section": sections
    })
}

/// [`document`] addressed to another institution (紹介先).
pub(super) fn addressed(mut document: Value, to: &Facility) -> Value {
    if let Some(Value::Array(contained)) = document.get_mut("contained") {
        let mut organisation = to.organisation();
        if let Some(fields) = organisation.as_object_mut() {
            fields.insert("id".into(), json!("addressee"));
        }
        contained.push(organisation);
    }
    if let Some(Value::Array(sections)) = document.get_mut("section") {
        let mut part = section("紹介先情報", "910", to.name);
        if let Some(fields) = part.as_object_mut() {
            fields.insert(
                "entry".into(),
                json!([{"reference": "#addressee", "type": "Organization", "display": to.name}]),
            );
        }
        sections.push(part);
    }
    document
}

fn section(title: &str, code: &str, text: &str) -> Value {
    json!({
        "title": title,
        "code": {"coding": [{"system": systems::DOCUMENT_SECTION, "code": code}]},
        "text": {
            "status": "additional",
            "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{text}</div>")
        }
    })
}

/// The reference to a document that was sent, with the document attached as text and as a picture
/// of paper.
pub(super) fn copy(place: &Place, paper: Paper, date: NaiveDate, text: &str) -> Value {
    let Paper(title, code, _) = paper;
    json!({
        "resourceType": "DocumentReference",
        "contained": place.contained(),
        "extension": place.extensions(),
        "status": "current",
        "type": {"coding": [{"system": systems::DOCUMENT_TYPE, "code": code, "display": title}], "text": title},
        "date": format!("{date}T18:00:00+09:00"),
        "author": [place.author()],
        "custodian": place.facility.reference(),
        "description": format!("{title}（控え）"),
        "content": [
            {"attachment": {"contentType": "text/plain; charset=utf-8", "title": "看護サマリー", "data": BASE64.encode(text)}},
            {"attachment": {"contentType": "application/pdf", "title": "心電図", "size": 183_500}}
        ]
    })
}

/// A check-up report (健診結果報告書), by reference only.
pub(super) fn checkup_report(place: &Place, date: NaiveDate) -> Value {
    json!({
        "resourceType": "DocumentReference",
        "contained": place.contained(),
        "extension": place.extensions(),
        "status": "current",
        "type": {"coding": [{"system": systems::LOINC, "code": "53576-5", "display": "検診・健診報告書"}], "text": "健診結果報告書"},
        "date": format!("{date}T09:00:00+09:00"),
        "author": [place.author()],
        "custodian": place.facility.reference(),
        "description": "特定健康診査",
        "content": [{"attachment": {"contentType": "application/pdf", "title": "健診結果報告書"}}],
        "context": {"period": {"start": date.to_string()}}
    })
}

/// What a List without entries says about a whole section, such as `notasked`.
pub(super) fn empty_list(
    place: &Place,
    about: (&str, &str),
    reason: &str,
    date: NaiveDate,
) -> Value {
    json!({
        "resourceType": "List",
        "contained": place.contained(),
        "extension": place.extensions(),
        "status": "current",
        "mode": "working",
        "title": about.1,
        "code": {"coding": [{"system": systems::LOINC, "code": about.0}], "text": about.1},
        "date": format!("{date}T10:00:00+09:00"),
        "source": place.author(),
        "emptyReason": {"coding": [{"system": systems::EMPTY_REASON, "code": reason}]}
    })
}
