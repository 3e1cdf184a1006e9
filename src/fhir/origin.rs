//! Who sent a resource: institution, department, telephone, author.

use super::{
    bundle::SHOWN,
    datatype::Reference,
    node::Node,
    party::{
        Facility, Party, institution_said, party, party_of, said_by_extensions, said_kind,
        ten_digits,
    },
    reference::Context,
};
use crate::domain::record::{Author, AuthorKind, Origin};

/// The fields that name an author, in the order in which they count.
const AUTHORS: [&str; 7] = [
    "asserter",
    "recorder",
    "requester",
    "informationSource",
    "performer",
    "author",
    "source",
];

/// Everything a resource says of who sent it.
/// Only for what this screen shows or is told by: of institutions and people themselves it would
/// be no sender.
pub(super) fn origin(context: &Context<'_, '_, '_>) -> Origin {
    let kind = context.resource.kind.as_str();
    if !SHOWN.contains(&kind) && kind != "List" {
        return Origin::default();
    }
    let node = context.node();
    let mut facility = said_by_extensions(node);
    let authors = authors(context);
    for name in ["serviceProvider", "custodian", "managingOrganization"] {
        if let Some(to) = node.reference(name) {
            let known = party_of(context, &to).map(|party| party.facility);
            facility.learn(known.unwrap_or_else(|| institution_said(&to)));
        }
    }
    for (reference, party) in &authors {
        match party {
            Some(party) => facility.learn(party.facility.clone()),
            None if said_kind(reference) == AuthorKind::Organisation => {
                facility.learn(institution_said(reference));
            }
            None => {}
        }
    }
    let more = if kind == "Patient" {
        vec![said_by_record_number(node)]
    } else {
        around(context)
    };
    for other in more {
        facility.learn(other);
    }
    let registered = facility
        .number
        .as_deref()
        .and_then(|number| context.index.institution(number));
    if let Some(organisation) = registered.filter(|_| facility.name.is_none()) {
        let department = facility.department.clone();
        facility.learn(party(context, organisation, 0).facility);
        facility.department = department;
    }
    Origin {
        facility: facility.name,
        facility_number: facility.number,
        department: facility.department,
        telephone: facility.telephone,
        author: first_author(&authors),
    }
}

fn authors(context: &Context<'_, '_, '_>) -> Vec<(Reference, Option<Party>)> {
    let node = context.node();
    let mut named = Vec::new();
    for name in AUTHORS {
        if !node.has(name) {
            continue;
        }
        for object in node.objects(name) {
            let actor = object.object("actor");
            let behalf = object.reference("onBehalfOf").filter(|_| actor.is_some());
            named.push(actor.unwrap_or(object).as_reference());
            named.extend(behalf);
        }
    }
    named
        .into_iter()
        .map(|reference| {
            let party = party_of(context, &reference);
            (reference, party)
        })
        .collect()
}

/// The first that is named; but a person before an institution or somebody who does not say what
/// he is, because an institution asserts only through the person who wrote it down. A machine that
/// is named first stays first: what it wrote is no person's word.
fn first_author(authors: &[(Reference, Option<Party>)]) -> Option<Author> {
    let named: Vec<Author> = authors.iter().filter_map(author).collect();
    let is_person = |author: &&Author| {
        matches!(
            author.kind,
            AuthorKind::Person | AuthorKind::Patient | AuthorKind::Relative
        )
    };
    let before_any_machine = named
        .iter()
        .take_while(|author| author.kind != AuthorKind::System);
    let mut first = before_any_machine
        .clone()
        .find(is_person)
        .or_else(|| named.first())?
        .clone();
    if first.name.is_none() {
        first.name = named
            .iter()
            .find(|other| other.kind == first.kind && other.name.is_some())
            .and_then(|other| other.name.clone());
    }
    Some(first)
}

fn author((reference, party): &(Reference, Option<Party>)) -> Option<Author> {
    // What the link leads to knows the name better than the words beside the link.
    let known = party.as_ref().and_then(|party| party.name.clone());
    let name = known.or_else(|| reference.display.clone());
    let somebody = reference.target.is_some() || reference.identifier.is_some() || name.is_some();
    somebody.then(|| Author {
        name,
        kind: party
            .as_ref()
            .map_or_else(|| said_kind(reference), |party| party.kind),
    })
}
/// The institution within a patient's record number (`urn:oid:1.2.392.100495.20.3.51.1` and 10
/// digits).
fn said_by_record_number(node: &Node<'_>) -> Facility {
    let number = node
        .identifiers("identifier")
        .iter()
        .find_map(|identifier| {
            let system = identifier.system.as_deref()?;
            ten_digits(
                system
                    .trim_start_matches("urn:oid:")
                    .strip_prefix("1.2.392.100495.20.3.51.1")?,
            )
        });
    Facility {
        number,
        ..Facility::default()
    }
}

/// What the visit, the place and the Bundle around say.
fn around(context: &Context<'_, '_, '_>) -> Vec<Facility> {
    let node = context.node();
    let mut facilities = Vec::new();
    let visit = if context.resource.kind == "Encounter" {
        let department = node.each_in_words("serviceType").into_iter().next();
        facilities.push(Facility {
            department,
            ..Facility::default()
        });
        None
    } else {
        node.objects("encounter").first().map(Node::as_reference)
    };
    let place = node.objects("location").first().map(|place| {
        let location = place.object("location");
        location.as_ref().unwrap_or(place).as_reference()
    });
    let linked = visit.and_then(|to| party_of(context, &to)).or_else(|| {
        let held = context.contained_of("Encounter")?;
        Some(party(context, held, 0))
    });
    facilities.extend(linked.map(|party| party.facility));
    facilities.extend(
        place
            .and_then(|to| party_of(context, &to))
            .map(|party| party.facility),
    );
    let organisation = context.contained_of("Organization");
    // Contained payers have no such number.
    facilities.extend(
        organisation
            .map(|held| party(context, held, 0).facility)
            .filter(|facility| facility.number.is_some()),
    );
    facilities.push(of_bundle(context));
    facilities
}

/// Who sent the Bundle: the author or custodian of its document, else the institution that leads
/// its identifier (`医療機関番号10桁^発行年^…`).
fn of_bundle(context: &Context<'_, '_, '_>) -> Facility {
    let scope = context.resource.scope;
    let document = context
        .index
        .composition(scope)
        .filter(|composition| composition.name != context.resource.name);
    if let Some(composition) = document {
        let known = party(context, composition, 0).facility;
        if !known.is_unknown() {
            return Facility {
                department: None,
                ..known
            };
        }
    }
    let leading = context.index.bundle_identifier(scope).and_then(|value| {
        let (number, _) = value.split_once('^')?;
        ten_digits(number)
    });
    Facility {
        number: leading,
        ..Facility::default()
    }
}
