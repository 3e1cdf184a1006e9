//! One resource to one record.

use super::{
    allergy,
    bundle::Resource,
    document::{self, OfSection},
    medication,
    node::Node,
    observation,
    origin::origin,
    party, patient, problem, procedure,
    reference::{Context, Index},
    visit,
};
use crate::domain::{
    code::Coding,
    date::Date,
    medication::Act,
    record::{Content, Record, Records, Statement, Subject},
};

/// Each statement repeats whom it is about and who says so.
const STATEMENTS_AT_MOST: usize = 200;

/// Reads one resource into `records`.
pub(super) fn read(index: &Index<'_, '_>, resource: &Resource<'_>, records: &mut Records) {
    let context = Context::new(index, resource);
    let node = &resource.node;
    let said = content(&context);
    let subject = subject(&context);
    let origin = origin(&context);
    let meta = meta(node);
    for extension in node.objects("modifierExtension") {
        extension.problem(
            "",
            "an extension that may change the meaning and is not known",
        );
    }
    let mut sections = match resource.kind.as_str() {
        "Composition" => document::of_composition(&context),
        "List" => document::of_list(&context),
        _ => Vec::new(),
    };
    if sections.len() > STATEMENTS_AT_MOST {
        node.problem("section", "more sections without resources than are read");
        sections.truncate(STATEMENTS_AT_MOST);
    }
    let (date, status) = if sections.is_empty() {
        (None, None)
    } else {
        (node.date("date"), node.quiet().word("status"))
    };
    records.statements.extend(
        sections
            .into_iter()
            .map(|OfSection { about, says }| Statement {
                resource: resource.name.clone(),
                subject: subject.clone(),
                origin: origin.clone(),
                about,
                says,
                status: status.clone(),
                date,
            }),
    );
    records.records.push(Record {
        resource: resource.name.clone(),
        subject,
        origin,
        tags: meta.tags,
        profiles: meta.profiles,
        last_updated: meta.last_updated,
        identifiers: node.identifiers("identifier"),
        unreadable: node.problems(),
        content: said,
    });
}

/// Something that is no resource.
pub(super) fn broken(name: &str, why: &str) -> Record {
    Record {
        resource: name.to_owned(),
        subject: Subject::default(),
        origin: crate::domain::record::Origin::default(),
        tags: Vec::new(),
        profiles: Vec::new(),
        last_updated: None,
        identifiers: Vec::new(),
        unreadable: Vec::new(),
        content: Content::Unreadable {
            why: why.to_owned(),
        },
    }
}

fn content(context: &Context<'_, '_, '_>) -> Content {
    let node = context.node();
    let read = match context.resource.kind.as_str() {
        "Patient" => Some(Content::Patient(Box::new(patient::read(node)))),
        "AllergyIntolerance" => boxed(allergy::read(node), Content::Allergy),
        "Condition" => boxed(problem::read(node), Content::Problem),
        "Observation" => boxed(observation::read(context), Content::Observation),
        "MedicationRequest" => boxed(
            medication::read(context, Act::Prescribed),
            Content::Medication,
        ),
        "MedicationDispense" => boxed(
            medication::read(context, Act::Dispensed),
            Content::Medication,
        ),
        "MedicationStatement" => boxed(medication::read(context, Act::Stated), Content::Medication),
        "Procedure" => boxed(procedure::read(context), Content::Procedure),
        "Encounter" => boxed(visit::read(node), Content::Visit),
        "Composition" => boxed(document::read_composition(context), Content::Document),
        "DocumentReference" => boxed(document::read_reference(context), Content::Document),
        kind => {
            match kind {
                "Medication" => medication::list_problems(context.resource),
                "Organization" | "Practitioner" | "PractitionerRole" | "RelatedPerson"
                | "Device" | "Location" | "Specimen" => party::list_problems(context),
                _ => {}
            }
            Some(Content::NotForThisScreen {
                kind: kind.to_owned(),
            })
        }
    };
    read.unwrap_or_else(|| Content::Unreadable {
        why: "nothing that says what it is about could be read".to_owned(),
    })
}

fn boxed<T>(read: Option<T>, into: fn(Box<T>) -> Content) -> Option<Content> {
    read.map(Box::new).map(into)
}

fn subject(context: &Context<'_, '_, '_>) -> Subject {
    let node = context.node();
    if context.resource.kind == "Patient" {
        return Subject {
            reference: Some(context.own_name()),
            ..Subject::default()
        };
    }
    ["subject", "patient", "beneficiary"]
        .iter()
        .filter(|name| node.has(name))
        .find_map(|name| node.reference(name))
        .map(|reference| context.subject(reference))
        .unwrap_or_default()
}

#[derive(Default)]
struct Meta {
    tags: Vec<Coding>,
    profiles: Vec<String>,
    last_updated: Option<Date>,
}

fn meta(node: &Node<'_>) -> Meta {
    let Some(meta) = node.object("meta") else {
        return Meta::default();
    };
    let mut tags = meta.codings("tag");
    tags.extend(meta.codings("security"));
    let profiles = meta.texts("profile");
    Meta {
        tags,
        profiles: profiles
            .iter()
            .map(|profile| {
                profile
                    .split_once('|')
                    .map_or(profile.as_str(), |(url, _)| url)
                    .to_owned()
            })
            .collect(),
        last_updated: meta.date("lastUpdated"),
    }
}
