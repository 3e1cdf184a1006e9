//! Who or what a reference leads to: institutions, people, machines, things.

use super::{bundle::Resource, datatype::Reference, node::Node, person, reference::Context};
use crate::domain::record::AuthorKind;

/// Characters of a name that other records repeat.
const LENT_AT_MOST: usize = 200;

/// `PractitionerRole`, Organization, its parent, and one to spare; more is a loop.
const STEPS_AT_MOST: usize = 4;

/// An institution as far as known.
#[derive(Clone, Debug, Default)]
pub(super) struct Facility {
    pub(super) name: Option<String>,
    pub(super) number: Option<String>,
    pub(super) department: Option<String>,
    pub(super) telephone: Option<String>,
}

/// Somebody or something that a reference leads to.
#[derive(Clone, Debug)]
pub(super) struct Party {
    pub(super) kind: AuthorKind,
    pub(super) name: Option<String>,
    pub(super) facility: Facility,
}

impl Facility {
    pub(super) fn is_unknown(&self) -> bool {
        self.name.is_none() && self.number.is_none()
    }

    /// Takes over what `other` knows, if both can be the same institution.
    pub(super) fn learn(&mut self, other: Self) {
        let same = if self.is_unknown() {
            true
        } else if other.is_unknown() {
            // A department alone, of the visit or the author.
            other.telephone.is_none()
        } else {
            match (&self.number, &other.number) {
                (Some(mine), Some(theirs)) => mine == theirs,
                _ => self.name.is_none() || other.name.is_none() || self.name == other.name,
            }
        };
        if same {
            self.name = self.name.take().or(other.name);
            self.number = self.number.take().or(other.number);
            self.department = self.department.take().or(other.department);
            self.telephone = self.telephone.take().or(other.telephone);
        }
    }
}

pub(super) fn kind_of(resource_type: &str) -> AuthorKind {
    match resource_type {
        "Practitioner" | "PractitionerRole" => AuthorKind::Person,
        "Patient" => AuthorKind::Patient,
        "RelatedPerson" => AuthorKind::Relative,
        "Organization" | "Location" | "HealthcareService" | "CareTeam" => AuthorKind::Organisation,
        "Device" => AuthorKind::System,
        _ => AuthorKind::Unknown,
    }
}

/// Who a reference leads to, where it leads to anything that came with it.
pub(super) fn party_of(context: &Context<'_, '_, '_>, reference: &Reference) -> Option<Party> {
    let target = reference.target.as_deref()?;
    context.find(target).map(|found| party(context, found, 0))
}

/// What kind of author a reference says it leads to.
pub(super) fn said_kind(reference: &Reference) -> AuthorKind {
    let said = reference.kind.as_deref().or_else(|| {
        let target = reference.target.as_deref()?;
        target.split("/_history/").next()?.rsplit('/').nth(1)
    });
    kind_of(said.unwrap_or_default())
}

/// The institution that a reference to an Organization names beside the link.
pub(super) fn institution_said(reference: &Reference) -> Facility {
    let identifier = reference.identifier.as_ref();
    Facility {
        name: lent(reference.display.clone()),
        number: identifier.and_then(|identifier| ten_digits(&identifier.value)),
        ..Facility::default()
    }
}

/// Cuts a name that many records will repeat: one name of megabytes must not become thousands.
fn lent(name: Option<String>) -> Option<String> {
    name.map(|name| match name.char_indices().nth(LENT_AT_MOST) {
        Some((at, _)) => name.split_at(at).0.to_owned() + "…",
        None => name,
    })
}

pub(super) fn party(context: &Context<'_, '_, '_>, of: &Resource<'_>, steps: usize) -> Party {
    if let Some(known) = of.party.get() {
        return known.clone();
    }
    let found = if of.name.starts_with('#') {
        read_party(context, of, &of.node, steps)
    } else {
        // Its own problems are listed in its own record, not here.
        let alone = Resource {
            name: of.name.clone(),
            kind: of.kind.clone(),
            node: of.node.quiet(),
            full_url: of.full_url.clone(),
            scope: of.scope,
            ..Resource::default()
        };
        let own = Context::new(context.index, &alone);
        read_party(&own, &alone, &alone.node, steps)
    };
    of.party.get_or_init(|| found).clone()
}

/// Lists what is unreadable in a resource that others name as author, institution or thing: with
/// them it is read in silence.
pub(super) fn list_problems(context: &Context<'_, '_, '_>) {
    let node = context.node();
    drop(read_party(context, context.resource, node, STEPS_AT_MOST));
    drop(node.concept("code"));
    drop(device_words(node));
}

/// One resource as an author or institution, its own references still to follow.
struct Look<'l, 'c, 'i, 'a> {
    context: &'l Context<'c, 'i, 'a>,
    node: &'l Node<'a>,
    steps: usize,
}

impl Look<'_, '_, '_, '_> {
    fn follow(&self, reference: &Reference) -> Option<Party> {
        let target = reference.target.as_deref()?;
        let found = self
            .context
            .find(target)
            .filter(|_| self.steps < STEPS_AT_MOST)?;
        Some(party(self.context, found, self.steps + 1))
    }

    /// What a reference to an Organization leads to, else what stands beside it.
    fn institution(&self, name: &str) -> Facility {
        self.node
            .reference(name)
            .map_or_else(Facility::default, |to| {
                self.follow(&to)
                    .map_or_else(|| institution_said(&to), |party| party.facility)
            })
    }

    fn organisation(&self) -> Facility {
        let own = organisation(self.node);
        let parent = self
            .node
            .reference("partOf")
            .filter(|_| own.number.is_none());
        match parent.and_then(|to| self.follow(&to)) {
            // A department of a hospital is sent as a part of it.
            Some(parent) => Facility {
                department: own.department.or(own.name),
                ..parent.facility
            },
            None => own,
        }
    }

    fn role(&self) -> (Option<String>, Facility) {
        let person = self.node.reference("practitioner");
        let known = person.as_ref().and_then(|to| self.follow(to)?.name);
        let name = known.or_else(|| person.and_then(|to| to.display));
        let mut facility = self.institution("organization");
        let specialty = self.node.each_in_words("specialty").into_iter().next();
        facility.department = specialty.or(facility.department);
        (name, facility)
    }

    fn visit(&self) -> Facility {
        let mut facility = said_by_extensions(self.node);
        facility.learn(self.institution("serviceProvider"));
        let service = self.node.each_in_words("serviceType").into_iter().next();
        facility.department = service.or(facility.department);
        facility
    }

    fn composition(&self) -> Facility {
        let mut facility = said_by_extensions(self.node);
        for name in ["custodian", "author"] {
            for to in self.node.references(name) {
                match self.follow(&to) {
                    Some(party) => facility.learn(party.facility),
                    None if name == "custodian" || said_kind(&to) == AuthorKind::Organisation => {
                        facility.learn(institution_said(&to));
                    }
                    None => {}
                }
            }
        }
        facility
    }
}

fn read_party(
    context: &Context<'_, '_, '_>,
    of: &Resource<'_>,
    node: &Node<'_>,
    steps: usize,
) -> Party {
    let look = Look {
        context,
        node,
        steps,
    };
    let nowhere = Facility::default;
    let (name, facility) = match of.kind.as_str() {
        "Organization" => (node.text("name"), look.organisation()),
        "PractitionerRole" => look.role(),
        "Device" => (device_words(node), nowhere()),
        "Encounter" => (None, look.visit()),
        "Location" => (node.text("name"), look.institution("managingOrganization")),
        "Composition" => (None, look.composition()),
        _ => (person::names(node).best(), nowhere()),
    };
    Party {
        kind: kind_of(&of.kind),
        name: lent(name),
        facility: Facility {
            name: lent(facility.name),
            number: facility.number,
            department: lent(facility.department),
            telephone: lent(facility.telephone),
        },
    }
}

fn device_words(node: &Node<'_>) -> Option<String> {
    let names = node.objects("deviceName");
    let name = names.iter().find_map(|name| name.text("name"));
    name.or_else(|| node.words("type"))
}

fn organisation(node: &Node<'_>) -> Facility {
    let mut facility = said_by_extensions(node);
    facility.name = node.text("name");
    facility.number = institution_number(node).or(facility.number);
    facility.telephone = telephone(node);
    facility
}

/// The first telephone number among `telecom`, else of a contact.
fn telephone(node: &Node<'_>) -> Option<String> {
    let phone = |node: &Node<'_>| {
        let telecom = node.objects("telecom");
        telecom
            .iter()
            .find(|point| point.word("system").as_deref() == Some("phone"))
            .and_then(|point| point.text("value"))
    };
    phone(node).or_else(|| node.objects("contact").iter().find_map(phone))
}

/// 保険医療機関番号 of an Organization: 10 digits as one identifier, or prefecture (2), fee table
/// (1) and institution (7) apart, as identifiers (OID …20.3.21 to 23) or as JP Core extensions.
pub(super) fn institution_number(node: &Node<'_>) -> Option<String> {
    let identifiers = node.identifiers("identifier");
    let of = |oid: &str| {
        identifiers
            .iter()
            .find(|identifier| {
                let system = identifier.system.as_deref().unwrap_or_default();
                system.trim_start_matches("urn:oid:") == oid
            })
            .map(|identifier| identifier.value.clone())
    };
    let whole = identifiers
        .iter()
        .find(|identifier| identifier.system.as_deref().is_some_and(names_institutions))
        .map(|identifier| identifier.value.clone());
    whole
        .and_then(|value| ten_digits(&value))
        .or_else(|| {
            let institution = of("1.2.392.100495.20.3.23")?;
            ten_digits(&institution).or_else(|| {
                ten_digits(&format!(
                    "{}{}{institution}",
                    of("1.2.392.100495.20.3.21")?,
                    of("1.2.392.100495.20.3.22")?
                ))
            })
        })
        .or_else(|| {
            let coding = |name: &str| {
                node.extensions(name)
                    .first()?
                    .object("valueCoding")?
                    .text("code")
            };
            let number = node
                .extensions("JP_Organization_InsuranceOrganizationNo")
                .first()?
                .identifier("valueIdentifier")?
                .value;
            ten_digits(&format!(
                "{}{}{number}",
                coding("JP_Organization_PrefectureNo")?,
                coding("JP_Organization_InsuranceOrganizationCategory")?
            ))
        })
}

fn names_institutions(system: &str) -> bool {
    system.ends_with("/insurance-medical-institution-no")
        || system.ends_with("/medical-institution-no")
}

pub(super) fn ten_digits(value: &str) -> Option<String> {
    let digits = crate::domain::text::normalised(value);
    (digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// `JP_eCS_InstitutionNumber` and `JP_eCS_Department`.
pub(super) fn said_by_extensions(node: &Node<'_>) -> Facility {
    let number = node
        .extensions("JP_eCS_InstitutionNumber")
        .first()
        .and_then(|extension| {
            let identifier = extension
                .identifier("valueIdentifier")
                .map(|identifier| identifier.value);
            ten_digits(&identifier.or_else(|| extension.text("valueString"))?)
        });
    let department = node
        .extensions("JP_eCS_Department")
        .first()
        .and_then(|extension| {
            let concept = extension.words("valueCodeableConcept");
            concept.or_else(|| extension.object("valueCoding")?.as_coding()?.display)
        });
    Facility {
        number,
        department,
        ..Facility::default()
    }
}

/// An institution's name and number, for addressees and custodians.
pub(super) fn name_and_number(
    context: &Context<'_, '_, '_>,
    reference: &Reference,
) -> (Option<String>, Option<String>) {
    let facility = party_of(context, reference)
        .map(|party| party.facility)
        .unwrap_or_default();
    let number = reference
        .identifier
        .as_ref()
        .and_then(|identifier| ten_digits(&identifier.value));
    (
        facility.name.or_else(|| reference.display.clone()),
        facility.number.or(number),
    )
}

/// The words of a device, specimen, place or problem that is referred to.
pub(super) fn thing_words(context: &Context<'_, '_, '_>, reference: &Reference) -> Option<String> {
    if reference.display.is_some() {
        return reference.display.clone();
    }
    let thing = context.find(reference.target.as_deref()?)?;
    let read = || {
        let node = thing.lent();
        lent(node.words("code").or_else(|| device_words(&node)))
    };
    thing.words.get_or_init(read).clone()
}
