//! Composition and `DocumentReference`; what a List or a section says of a whole section.

use super::{
    datatype::{Reference, words},
    narrative::Room,
    node::Node,
    party::name_and_number,
    reference::Context,
    text::plain,
};
use crate::domain::{
    code::Concept,
    document::{Addressee, Document, DocumentSection},
    record::Says,
};

/// Sections nested deeper than this are listed as unreadable.
const NESTED_AT_MOST: usize = 12;

/// 紹介先情報セクション of JP-CLINS documents.
const ADDRESSEE_SECTION: &str = "910";

/// What is said of a section as a whole.
#[derive(Clone, Debug)]
pub(super) struct OfSection {
    pub(super) about: Concept,
    pub(super) says: Says,
}

/// A Composition; `None` where neither kind, title, date nor section could be read.
pub(super) fn read_composition(context: &Context<'_, '_, '_>) -> Option<Document> {
    let node = context.node();
    let event = node
        .objects("event")
        .iter()
        .find_map(|event| event.period("period"));
    let mut document = Document {
        kind: node.concept("type").unwrap_or_default(),
        categories: node.concepts("category"),
        title: node.text("title"),
        status: node.word("status"),
        date: node.date("date"),
        custodian: custodian(context),
        confidentiality: node.text("confidentiality"),
        event: event.and_then(|event| event.start.or(event.end)),
        ..Document::default()
    };
    let mut room = Room::default();
    for_each_section(node, 0, &mut |section, depth| {
        let code = section.concept("code").unwrap_or_default();
        if code
            .codings
            .iter()
            .any(|coding| coding.code.as_deref() == Some(ADDRESSEE_SECTION))
        {
            document.addressed_to.extend(addressees(context, section));
        }
        let read = DocumentSection {
            title: section.text("title"),
            code,
            depth,
            passage: room.narrative(section, "text"),
            entries: if section.has("entry") {
                section.references("entry").len()
            } else {
                0
            },
        };
        let nothing = DocumentSection {
            depth,
            ..DocumentSection::default()
        };
        if read != nothing {
            document.sections.push(read);
        }
    });
    document.narrative = room.narrative(node, "text");
    says_something(document)
}

/// A `DocumentReference`; `None` where neither kind, title nor date could be read.
pub(super) fn read_reference(context: &Context<'_, '_, '_>) -> Option<Document> {
    let node = context.node();
    let attachments: Vec<Node<'_>> = node
        .objects("content")
        .iter()
        .filter_map(|content| content.object("attachment"))
        .collect();
    let title = attachments
        .iter()
        .find_map(|attachment| attachment.text("title"));
    let period = node
        .object("context")
        .and_then(|context| context.period("period"));
    let status = match (node.word("status"), node.word("docStatus")) {
        (Some(status), Some(of_text)) if status == "current" => Some(of_text),
        (status, of_text) => status.or(of_text),
    };
    let confidentiality = node
        .concepts("securityLabel")
        .into_iter()
        .find_map(|label| {
            label
                .codings
                .into_iter()
                .find_map(|coding| coding.code)
                .or(label.text)
        });
    let created = attachments
        .iter()
        .find_map(|attachment| attachment.date("creation"));
    let mut room = Room::default();
    let attached = attachments
        .iter()
        .map(|attachment| room.attachment(attachment))
        .collect();
    says_something(Document {
        by_reference: true,
        master: node.identifier("masterIdentifier"),
        attachments: attached,
        narrative: room.narrative(node, "text"),
        kind: node.concept("type").unwrap_or_default(),
        categories: node.concepts("category"),
        title: node.text("description").or(title),
        status,
        date: node.date("date").or(created),
        custodian: custodian(context),
        confidentiality,
        event: period.and_then(|period| period.start.or(period.end)),
        ..Document::default()
    })
}

fn says_something(document: Document) -> Option<Document> {
    let is_empty = document.kind.is_empty()
        && document.categories.is_empty()
        && document.title.is_none()
        && document.date.is_none()
        && document.sections.is_empty();
    (!is_empty).then_some(document)
}

fn custodian(context: &Context<'_, '_, '_>) -> Option<String> {
    let reference = context.node().reference("custodian")?;
    let (name, number) = name_and_number(context, &reference);
    name.or(number)
}

/// The institutions among a section's entries; without one, the words of the section.
fn addressees(context: &Context<'_, '_, '_>, section: &Node<'_>) -> Vec<Addressee> {
    let is_institution = |entry: &&Reference| {
        let found = entry
            .target
            .as_deref()
            .and_then(|target| context.find(target));
        let kind = found
            .map(|found| found.kind.as_str())
            .or(entry.kind.as_deref());
        kind == Some("Organization")
    };
    let entries = section.references("entry");
    let mut addressees: Vec<Addressee> = entries
        .iter()
        .filter(is_institution)
        .map(|entry| {
            let (name, facility_number) = name_and_number(context, entry);
            Addressee {
                facility_number,
                name,
            }
        })
        .collect();
    if addressees.is_empty() {
        let div = section.object("text").and_then(|text| text.raw_text("div"));
        let name = div.map(|div| plain(&div)).filter(|name| !name.is_empty());
        addressees.extend(name.map(|name| Addressee {
            facility_number: None,
            name: Some(name),
        }));
    }
    addressees
}

fn for_each_section(node: &Node<'_>, depth: usize, visit: &mut impl FnMut(&Node<'_>, usize)) {
    if !node.has("section") {
        return;
    }
    if depth >= NESTED_AT_MOST {
        return node.problem("section", "nested too deep");
    }
    for section in node.objects("section") {
        visit(&section, depth);
        for_each_section(&section, depth + 1, visit);
    }
}

/// What the sections of a Composition say of themselves.
pub(super) fn of_composition(context: &Context<'_, '_, '_>) -> Vec<OfSection> {
    let mut found = Vec::new();
    for_each_section(context.node(), 0, &mut |section, _| {
        let entries = section.quiet();
        let entries = if entries.has("entry") {
            entries.references("entry")
        } else {
            Vec::new()
        };
        found.extend(of_section(context, section, &entries));
    });
    found
}

/// What a List says of its section. What it calls deleted it no longer names.
pub(super) fn of_list(context: &Context<'_, '_, '_>) -> Vec<OfSection> {
    let node = context.node();
    let quiet = node.quiet();
    let entries: Vec<Reference> = quiet
        .objects("entry")
        .iter()
        .filter(|entry| entry.truth("deleted") != Some(true))
        .filter_map(|entry| entry.reference("item"))
        .collect();
    of_section(context, node, &entries)
}

/// Why it is empty, which of its resources did not come, or that there is only text.
fn of_section(
    context: &Context<'_, '_, '_>,
    node: &Node<'_>,
    entries: &[Reference],
) -> Vec<OfSection> {
    let mut says: Vec<Says> = emptiness(node).map(Says::Empty).into_iter().collect();
    let missing: Vec<String> = entries
        .iter()
        .filter_map(|entry| match entry.target.as_deref() {
            Some(target) if context.find(target).is_some() => None,
            Some(target) => Some(context.canonical(target)),
            None => Some(String::new()),
        })
        .collect();
    if !missing.is_empty() {
        says.push(Says::Refers(missing));
    } else if says.is_empty() && entries.is_empty() && has_text(node) {
        says.push(Says::InText);
    }
    if says.is_empty() {
        return Vec::new();
    }
    let mut about = node.quiet().concept("code").unwrap_or_default();
    about.text = about.text.or_else(|| node.quiet().text("title"));
    says.into_iter()
        .map(|says| OfSection {
            about: about.clone(),
            says,
        })
        .collect()
}

fn has_text(node: &Node<'_>) -> bool {
    let quiet = node.quiet();
    let div = quiet.object("text").and_then(|text| text.raw_text("div"));
    div.is_some_and(|div| !plain(&div).trim().is_empty())
}

/// Why a List or section is empty, where it says so.
fn emptiness(node: &Node<'_>) -> Option<String> {
    let concept = node.concept("emptyReason")?;
    let reason = concept
        .codings
        .iter()
        .find_map(|coding| coding.code.clone());
    Some(reason.or_else(|| words(&concept))?.to_lowercase())
}
