//! Floor 1: FHIR R4 JSON to domain values. Total and pure: any bytes in, values or listed problems
//! out, never a panic, no resource dropped.
//!
//! May name: `domain`, `serde`, `serde_json`, `ammonia`, `base64`. Never: anything async, any other room.

mod allergy;
mod bundle;
mod cut;
mod datatype;
mod document;
mod dosage;
mod markup;
mod medication;
mod narrative;
mod node;
mod observation;
mod origin;
mod party;
mod patient;
mod person;
mod problem;
mod procedure;
mod reference;
mod resource;
mod text;
mod visit;

#[cfg(test)]
mod tests;

pub use narrative::safe;

use bundle::{Entry, Intake};
use node::Node;
use reference::Index;

use crate::domain::record::Records;

/// How the bytes are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON value: a Bundle of any type, or a single resource.
    Json,
    /// One resource a line.
    Ndjson,
}

/// The input is not FHIR at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NotFhir {
    /// One line that says why, without the content.
    pub why: String,
}

/// One page of a search.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// What came; `OperationOutcomes` of the server about the search itself are not among them.
    pub records: Records,
    /// `Bundle.link` self.
    pub self_link: Option<String>,
    /// `Bundle.link` next.
    pub next_link: Option<String>,
    /// `Bundle.total`.
    pub total: Option<u64>,
    /// `severity: code` of every `OperationOutcome` issue about the search (`entry.search.mode =
    /// outcome`, or an `OperationOutcome` where a Bundle was expected).
    pub issues: Vec<String>,
}

/// Why what was in a file after its cut is unreadable.
pub const CUT_OFF: &str = "the file is cut off here";

/// Reads any FHIR R4 JSON. Of a Bundle whose end is missing the whole entries are read, and what
/// follows is one [`CUT_OFF`]. Resources without an id are named `Type/?n`, n counted from
/// `first_number`.
///
/// # Errors
/// [`NotFhir`] where nothing in it is a FHIR resource; a resource that cannot be read is no error
/// but a record with [`crate::domain::record::Content::Unreadable`].
pub fn read(bytes: &[u8], form: Form, first_number: usize) -> Result<Records, NotFhir> {
    let mended;
    let mut intake = Intake::new(first_number, false);
    match form {
        Form::Json => match json(bytes).and_then(top) {
            Ok((node, kind)) => intake.add_node(node, kind, None, 0),
            Err(refused) => {
                mended = cut::text(without_mark(bytes))
                    .and_then(cut::mended)
                    .ok_or(refused)?;
                let (node, kind) = top(&mended)?;
                intake.add_node(node, kind, None, 0);
                intake.add_broken("?", None, CUT_OFF);
            }
        },
        Form::Ndjson => take_lines(bytes, &mut intake)?,
    }
    Ok(records(&intake))
}

/// Reads the answer to a FHIR search.
///
/// # Errors
/// [`NotFhir`] where it is neither a Bundle nor an `OperationOutcome`.
pub fn read_page(bytes: &[u8], first_number: usize) -> Result<Page, NotFhir> {
    let json = json(bytes)?;
    let (answer, kind) = top(json)?;
    if kind == "OperationOutcome" {
        return Ok(Page {
            issues: bundle::issues(&answer),
            ..Page::default()
        });
    }
    if kind != "Bundle" {
        return Err(not_fhir("neither a Bundle nor an OperationOutcome"));
    }
    let mut intake = Intake::new(first_number, true);
    intake.add_bundle(&answer, 0);
    let links = answer.objects("link");
    let link = |relation: &str| {
        let link = links
            .iter()
            .find(|link| link.word("relation").as_deref() == Some(relation))?;
        link.text("url")
    };
    Ok(Page {
        records: records(&intake),
        self_link: link("self"),
        next_link: link("next"),
        total: answer.as_sent("total").and_then(|total| total.parse().ok()),
        issues: intake.issues,
    })
}

/// How much of a search one file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// `Bundle.link` self.
    pub self_link: Option<String>,
    /// `Bundle.link` next.
    pub next_link: Option<String>,
    /// `Bundle.total`.
    pub total: Option<u64>,
    /// Entries that the search found; what was included beside them is not counted.
    pub found: u64,
    /// The resource types of those entries, each once.
    pub kinds: Vec<String>,
}

/// What a file says of the search it is a page of; `None` where it is no page.
#[must_use]
pub fn part(bytes: &[u8]) -> Option<Part> {
    let (bundle, kind) = json(bytes).and_then(top).ok()?;
    if kind != "Bundle" {
        return None;
    }
    let links = bundle.objects("link");
    let link = |relation: &str| {
        let link = links
            .iter()
            .find(|link| link.word("relation").as_deref() == Some(relation))?;
        link.text("url")
    };
    let next_link = link("next");
    if bundle.word("type").as_deref() != Some("searchset") && next_link.is_none() {
        return None;
    }
    let mut part = Part {
        self_link: link("self"),
        next_link,
        total: bundle.as_sent("total").and_then(|total| total.parse().ok()),
        ..Part::default()
    };
    for entry in bundle.objects("entry") {
        let mode = entry
            .object("search")
            .and_then(|search| search.word("mode"));
        if matches!(mode.as_deref(), Some("include" | "outcome")) {
            continue;
        }
        let kind = entry
            .object("resource")
            .and_then(|resource| resource.text("resourceType"));
        part.found += 1;
        part.kinds
            .extend(kind.filter(|kind| !part.kinds.contains(kind)));
    }
    Some(part)
}

fn not_fhir(why: &str) -> NotFhir {
    NotFhir {
        why: why.to_owned(),
    }
}

/// Without the mark of byte order.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

fn json(bytes: &[u8]) -> Result<&str, NotFhir> {
    let bytes = without_mark(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| not_fhir("not UTF-8 text"))?;
    if text.trim().is_empty() {
        return Err(not_fhir("empty"));
    }
    Ok(text)
}

/// The top of a file and its resource type.
fn top(json: &str) -> Result<(Node<'_>, String), NotFhir> {
    let Some(node) = Node::root(json) else {
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok();
        return Err(not_fhir(if is_json {
            "JSON, but not a FHIR resource"
        } else {
            "not JSON"
        }));
    };
    let kind = node
        .text("resourceType")
        .filter(|kind| bundle::is_plausible(kind))
        .ok_or_else(|| not_fhir("JSON, but not a FHIR resource: no usable resourceType"))?;
    Ok((node, kind))
}

fn take_lines<'a>(bytes: &'a [u8], intake: &mut Intake<'a>) -> Result<(), NotFhir> {
    let bytes = without_mark(bytes);
    let mut is_fhir = false;
    for line in bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        if line.is_empty() {
            continue;
        }
        let Ok(text) = std::str::from_utf8(line) else {
            intake.add_broken("?", None, "not UTF-8 text");
            continue;
        };
        is_fhir |= intake.add_line(text);
    }
    is_fhir
        .then_some(())
        .ok_or_else(|| not_fhir("no line is a FHIR resource"))
}

fn records(intake: &Intake<'_>) -> Records {
    let index = Index::new(intake);
    let mut records = Records::default();
    for entry in &intake.entries {
        match entry {
            Entry::Resource(resource) => resource::read(&index, resource, &mut records),
            Entry::Broken { name, why } => records.records.push(resource::broken(name, why)),
        }
    }
    records
}
