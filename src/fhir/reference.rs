//! Where references lead: within the resource, its Bundle, the Bundles around it.

use std::collections::BTreeMap;

use super::{
    bundle::{Entry, Intake, Resource, Scope},
    datatype::Reference,
    node::Node,
};
use crate::domain::{
    patient::{Identifier, MEMBER_NUMBER_SYSTEM, MemberNumber, PUBLIC_PAYER_SYSTEM},
    record::Subject,
};

/// What a key leads to: nothing where two different resources claim it.
type Unique<'i, 'a> = Option<&'i Resource<'a>>;

/// The scope that is no Bundle.
const FILE: usize = 0;

/// Everything that came in, by the names others use for it.
pub(super) struct Index<'i, 'a> {
    scopes: &'i [Scope],
    /// `fullUrl` within a Bundle.
    by_url: BTreeMap<(usize, &'i str), Unique<'i, 'a>>,
    /// `http(s)` `fullUrl`, which is the same thing wherever it stands.
    by_address: BTreeMap<&'i str, Unique<'i, 'a>>,
    /// `Type/id` within a Bundle.
    by_name: BTreeMap<(usize, &'i str), &'i Resource<'a>>,
    /// Patients by identifier within a Bundle.
    patients: BTreeMap<(usize, Identifier), Unique<'i, 'a>>,
    /// Of the Patients of one `Type/id` the first that says at which address it lives.
    residents: BTreeMap<&'i str, &'i Resource<'a>>,
    /// Institutions by 保険医療機関番号.
    institutions: BTreeMap<String, &'i Resource<'a>>,
    /// The first Composition of a document Bundle.
    compositions: BTreeMap<usize, &'i Resource<'a>>,
}

impl<'i, 'a> Index<'i, 'a> {
    pub(super) fn new(intake: &'i Intake<'a>) -> Self {
        let mut index = Self {
            scopes: &intake.scopes,
            by_url: BTreeMap::new(),
            by_address: BTreeMap::new(),
            by_name: BTreeMap::new(),
            patients: BTreeMap::new(),
            residents: BTreeMap::new(),
            institutions: BTreeMap::new(),
            compositions: BTreeMap::new(),
        };
        for entry in &intake.entries {
            if let Entry::Resource(resource) = entry {
                index.add(resource);
            }
        }
        index
    }

    fn add(&mut self, resource: &'i Resource<'a>) {
        let scope = resource.scope;
        if let Some(url) = resource.full_url.as_deref() {
            let url = without_version(url);
            claim(&mut self.by_url, (scope, url), resource);
            if is_address(url) {
                claim(&mut self.by_address, url, resource);
            }
        }
        self.by_name
            .entry((scope, resource.name.as_str()))
            .or_insert(resource);
        match resource.kind.as_str() {
            "Patient" => {
                if address(resource).is_some() {
                    self.residents
                        .entry(resource.name.as_str())
                        .or_insert(resource);
                }
                for identifier in resource.node.quiet().identifiers("identifier") {
                    claim(
                        &mut self.patients,
                        (scope, comparable(identifier)),
                        resource,
                    );
                }
            }
            "Organization" => {
                if let Some(number) = super::party::institution_number(&resource.node.quiet()) {
                    self.institutions.entry(number).or_insert(resource);
                }
            }
            "Composition" => {
                self.compositions.entry(scope).or_insert(resource);
            }
            _ => {}
        }
    }

    fn outwards(&self, scope: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(scope), |scope| self.scopes.get(*scope)?.parent)
    }

    /// The Organization with a 保険医療機関番号.
    pub(super) fn institution(&self, number: &str) -> Option<&'i Resource<'a>> {
        self.institutions.get(number).copied()
    }

    /// The Composition of the document Bundle with this number.
    pub(super) fn composition(&self, scope: usize) -> Option<&'i Resource<'a>> {
        // A Bundle that does not say what it is may be a document.
        let kind = self.scopes.get(scope)?.kind.as_deref();
        let document = scope != FILE && kind.is_none_or(|kind| kind == "document");
        self.compositions.get(&scope).copied().filter(|_| document)
    }

    /// `Bundle.identifier.value` of the Bundle with this number.
    pub(super) fn bundle_identifier(&self, scope: usize) -> Option<&'i str> {
        self.scopes.get(scope)?.identifier.as_deref()
    }

    fn find(&self, target: &str, from: &Resource<'a>) -> Option<&'i Resource<'a>> {
        let target = without_version(target);
        let scope = from.scope;
        if is_address(target) {
            if let Some(found) = self
                .by_url
                .get(&(scope, target))
                .or(self.by_address.get(target))
            {
                return *found;
            }
            // The same server's other name: only a resource that does not say where it lives.
            return self
                .by_name
                .get(&(scope, type_and_id(target)?))
                .copied()
                .filter(|found| !found.full_url.as_deref().is_some_and(is_address));
        }
        if let Some(base) = from.full_url.as_deref().and_then(base_of) {
            let absolute = format!("{base}{target}");
            if let Some(found) = self.by_url.get(&(scope, absolute.as_str())) {
                return *found;
            }
        }
        self.outwards(scope).find_map(|scope| {
            let by_url = self.by_url.get(&(scope, target));
            by_url.map_or_else(
                || self.by_name.get(&(scope, target)).copied(),
                |found| *found,
            )
        })
    }

    /// How a Patient is named: `Type/id`, or its address where the `Type/id` is that of a Patient of
    /// another server, and no number is the same: ids are unique on one server only.
    fn name_of(&self, patient: &Resource<'a>) -> String {
        let another = self.residents.get(patient.name.as_str()).and_then(|first| {
            let (own, theirs) = (address(patient)?, address(first)?);
            (own != theirs && !share_a_number(patient, first)).then_some(own)
        });
        another.unwrap_or(&patient.name).to_owned()
    }

    fn patient_with(&self, identifier: Identifier, scope: usize) -> Option<&'i Resource<'a>> {
        *self.patients.get(&(scope, comparable(identifier)))?
    }
}

fn claim<'i, 'a, K: Ord>(
    map: &mut BTreeMap<K, Unique<'i, 'a>>,
    key: K,
    resource: &'i Resource<'a>,
) {
    map.entry(key)
        .and_modify(|held| *held = held.filter(|held| held.name == resource.name))
        .or_insert(Some(resource));
}

/// Where a resource says that it lives.
fn address<'r>(resource: &'r Resource<'_>) -> Option<&'r str> {
    let url = resource.full_url.as_deref().map(without_version);
    url.filter(|url| is_address(url))
}

/// Whether a number of a named system is on both; an insurance number without its branch is the
/// whole household's and says nothing (B2).
fn share_a_number(one: &Resource<'_>, other: &Resource<'_>) -> bool {
    let numbers = |resource: &Resource<'_>| {
        let sent = resource.node.quiet().identifiers("identifier");
        let telling = sent.into_iter().map(comparable).filter(|number| {
            let is_household = is_member(number) && number.value.ends_with(':');
            number.system.is_some() && !number.value.trim().is_empty() && !is_household
        });
        telling.collect::<Vec<Identifier>>()
    };
    let ours = numbers(one);
    numbers(other).iter().any(|number| ours.contains(number))
}

fn is_member(identifier: &Identifier) -> bool {
    let system = identifier.system.as_deref();
    system == Some(MEMBER_NUMBER_SYSTEM) || system == Some(PUBLIC_PAYER_SYSTEM)
}

/// Insurance numbers in folded form, so that widths do not matter; others as sent.
fn comparable(identifier: Identifier) -> Identifier {
    let folded = is_member(&identifier)
        .then(|| MemberNumber::parse(&identifier.value))
        .flatten();
    match folded {
        Some(number) => Identifier {
            value: number.value(),
            ..identifier
        },
        None => identifier,
    }
}

fn is_address(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

fn without_version(target: &str) -> &str {
    target
        .split_once("/_history/")
        .map_or(target, |(before, _)| before)
}

/// `Type/id` at the end of an address.
fn type_and_id(url: &str) -> Option<&str> {
    let (rest, _) = url.rsplit_once('/')?;
    let (base, _) = rest.rsplit_once('/')?;
    url.strip_prefix(base)?.strip_prefix('/')
}

/// The address of the server, its last slash kept.
fn base_of(url: &str) -> Option<&str> {
    if !is_address(url) {
        return None;
    }
    url.strip_suffix(type_and_id(without_version(url))?)
}

/// One resource with what its references can lead to.
pub(super) struct Context<'c, 'i, 'a> {
    /// Everything that came in.
    pub(super) index: &'c Index<'i, 'a>,
    /// The resource that is read.
    pub(super) resource: &'c Resource<'a>,
    contained: BTreeMap<String, Resource<'a>>,
}

impl<'c, 'i, 'a> Context<'c, 'i, 'a> {
    pub(super) fn new(index: &'c Index<'i, 'a>, resource: &'c Resource<'a>) -> Self {
        let mut contained = BTreeMap::new();
        if resource.node.has("contained") {
            for node in resource.node.objects("contained") {
                let (Some(kind), Some(id)) = (node.text("resourceType"), node.text("id")) else {
                    node.problem("", "contained without type or id");
                    continue;
                };
                let name = format!("#{id}");
                contained.entry(id).or_insert(Resource {
                    name,
                    kind,
                    length: node.length(),
                    node,
                    scope: resource.scope,
                    ..Resource::default()
                });
            }
        }
        Self {
            index,
            resource,
            contained,
        }
    }

    /// The fields of the resource that is read.
    pub(super) fn node(&self) -> &'c Node<'a> {
        &self.resource.node
    }

    /// The resource a reference leads to, contained or in what came with it.
    pub(super) fn find(&self, target: &str) -> Option<&Resource<'a>> {
        match target.strip_prefix('#') {
            Some(id) => self.contained.get(id),
            None => self.index.find(target, self.resource),
        }
    }

    /// The first contained resource of a kind.
    pub(super) fn contained_of(&self, kind: &str) -> Option<&Resource<'a>> {
        self.contained.values().find(|held| held.kind == kind)
    }

    /// A reference's target by the name this reading gave it, else as sent without its version.
    pub(super) fn canonical(&self, target: &str) -> String {
        match self.find(target) {
            Some(found) => found.name.clone(),
            None if is_address(target) => target.to_owned(),
            None => without_version(target).to_owned(),
        }
    }

    /// How the Patient that is read is named as the subject of resources.
    pub(super) fn own_name(&self) -> String {
        self.index.name_of(self.resource)
    }

    /// Whom a reference to a patient names.
    pub(super) fn subject(&self, reference: Reference) -> Subject {
        let mut subject = Subject {
            reference: None,
            identifier: reference.identifier,
            display: reference.display,
        };
        let Some(target) = reference.target else {
            return subject;
        };
        let patient = self.find(&target).filter(|found| found.kind == "Patient");
        let Some(patient) = patient else {
            let relative = !is_address(&target) && !target.starts_with('#');
            subject.reference = Some(if relative {
                without_version(&target).to_owned()
            } else {
                target
            });
            return subject;
        };
        if target.starts_with('#') {
            let identifiers = patient.node.identifiers("identifier");
            let known = identifiers
                .iter()
                .filter(|identifier| identifier.system.is_some())
                .find_map(|identifier| {
                    self.index
                        .patient_with(identifier.clone(), self.resource.scope)
                });
            subject.reference = Some(known.map_or(target, |known| self.index.name_of(known)));
            let member = identifiers.iter().find(|identifier| is_member(identifier));
            subject.identifier = subject
                .identifier
                .or(member.or(identifiers.first()).cloned());
        } else {
            subject.reference = Some(self.index.name_of(patient));
        }
        subject
    }
}
