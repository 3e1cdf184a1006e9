//! What came in, one entry at a time: Bundles (also in Bundles) taken apart, lines split, nothing
//! dropped.

use std::cell::OnceCell;

use super::{medication::Drug, node::Node, party::Party};

/// Bundles nested deeper than this are not taken apart: each level reads what is inside again.
const NESTED_AT_MOST: usize = 8;

/// The types this screen shows: written in other capitals they are unreadable, never silently "not
/// for this screen".
pub(super) const SHOWN: [&str; 11] = [
    "Patient",
    "AllergyIntolerance",
    "Condition",
    "Observation",
    "MedicationRequest",
    "MedicationDispense",
    "MedicationStatement",
    "Procedure",
    "Encounter",
    "Composition",
    "DocumentReference",
];

/// One incoming resource, its fields not yet read.
#[derive(Debug, Default)]
pub(super) struct Resource<'a> {
    /// `Type/id`, `Type/?n`; of a contained resource `#id`.
    pub(super) name: String,
    /// `resourceType` as sent.
    pub(super) kind: String,
    /// Bytes it was sent in.
    pub(super) length: usize,
    /// Its fields.
    pub(super) node: Node<'a>,
    /// `Bundle.entry.fullUrl`.
    pub(super) full_url: Option<String>,
    /// Number of the Bundle it came in; 0 is the file itself.
    pub(super) scope: usize,
    /// Who it is as an author or institution, once somebody asked.
    pub(super) party: OnceCell<Party>,
    /// What it is called as a device, specimen or problem, once somebody asked.
    pub(super) words: OnceCell<Option<String>>,
    /// Which drug it is, once somebody asked.
    pub(super) drug: OnceCell<Drug>,
}

impl<'a> Resource<'a> {
    /// Its fields for another resource to read: problems of a contained resource belong to its
    /// parent, those of any other are listed in its own record and not here.
    pub(super) fn lent(&self) -> Node<'a> {
        if self.name.starts_with('#') {
            self.node.clone()
        } else {
            self.node.quiet()
        }
    }
}

/// One entry or line.
#[derive(Debug)]
pub(super) enum Entry<'a> {
    /// A resource.
    Resource(Box<Resource<'a>>),
    /// Something else.
    Broken {
        /// `Type/id` as far as known.
        name: String,
        /// What was wrong.
        why: String,
    },
}

/// A Bundle, or the file itself.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// The Bundle around it.
    pub(super) parent: Option<usize>,
    /// `Bundle.identifier.value`.
    pub(super) identifier: Option<String>,
    /// `Bundle.type`.
    pub(super) kind: Option<String>,
}

/// Everything that came in.
#[derive(Debug, Default)]
pub(super) struct Intake<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) scopes: Vec<Scope>,
    /// Issues of the `OperationOutcomes` about a search.
    pub(super) issues: Vec<String>,
    /// Whether `OperationOutcomes` about the search are kept out of the entries.
    outcomes_apart: bool,
    next_number: usize,
}

impl<'a> Intake<'a> {
    /// An empty intake; resources without an id are numbered from `first_number`.
    pub(super) fn new(first_number: usize, outcomes_apart: bool) -> Self {
        Self {
            scopes: vec![Scope::default()],
            outcomes_apart,
            next_number: first_number,
            ..Self::default()
        }
    }

    fn name(&mut self, kind: &str, id: Option<String>) -> String {
        if let Some(id) = id {
            return format!("{kind}/{id}");
        }
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        format!("{kind}/?{number}")
    }

    /// Lists something that is no resource.
    pub(super) fn add_broken(&mut self, kind: &str, id: Option<String>, why: impl Into<String>) {
        let name = self.name(kind, id);
        let why = why.into();
        self.entries.push(Entry::Broken { name, why });
    }

    /// Takes one JSON value that should be a resource. Whether it was one.
    pub(super) fn add_json(
        &mut self,
        json: &'a str,
        full_url: Option<String>,
        scope: usize,
    ) -> bool {
        let Some(node) = Node::root(json) else {
            self.add_broken("?", None, "not a JSON object");
            return false;
        };
        let Some(kind) = node.text("resourceType") else {
            self.add_broken("?", None, "no resourceType");
            return false;
        };
        if !is_plausible(&kind) {
            self.add_broken("?", None, "resourceType is no FHIR resource type");
            return false;
        }
        self.add_node(node, kind, full_url, scope);
        true
    }

    /// Takes one resource of a plausible kind.
    pub(super) fn add_node(
        &mut self,
        node: Node<'a>,
        kind: String,
        full_url: Option<String>,
        scope: usize,
    ) {
        if kind == "Bundle" {
            self.add_bundle(&node, scope);
        } else {
            self.add_resource(node, kind, full_url, scope);
        }
    }

    fn add_resource(
        &mut self,
        node: Node<'a>,
        kind: String,
        full_url: Option<String>,
        scope: usize,
    ) {
        let id = node.text("id");
        let name = self.name(&kind, id);
        self.entries.push(Entry::Resource(Box::new(Resource {
            name,
            kind,
            length: node.length(),
            node,
            full_url,
            scope,
            ..Resource::default()
        })));
    }

    /// Takes one line of an ndjson file. Whether it was a resource.
    pub(super) fn add_line(&mut self, json: &'a str) -> bool {
        let before = self.entries.len();
        let is_fhir = self.add_json(json, None, 0);
        if self.entries.len() == before
            && let Some(node) = Node::root(json)
        {
            // A Bundle without entries: the line still counts.
            self.add_resource(node, "Bundle".to_owned(), None, 0);
        }
        is_fhir
    }

    /// Takes a Bundle apart.
    pub(super) fn add_bundle(&mut self, bundle: &Node<'a>, parent: usize) {
        let depth =
            std::iter::successors(Some(parent), |scope| self.scopes.get(*scope)?.parent).count();
        let id = bundle.text("id");
        if depth > NESTED_AT_MOST {
            return self.add_broken("Bundle", id, "Bundles nested too deep");
        }
        let Some(entries) = bundle.entries("entry") else {
            return self.add_broken("Bundle", id, "entry is no list");
        };
        let scope = self.scopes.len();
        self.scopes.push(Scope {
            parent: Some(parent),
            identifier: bundle
                .identifier("identifier")
                .map(|identifier| identifier.value),
            kind: bundle.word("type"),
        });
        for entry in entries {
            self.add_entry(entry, scope);
        }
    }

    fn add_entry(&mut self, json: &'a str, scope: usize) {
        let Some(entry) = Node::root(json) else {
            return self.add_broken("?", None, "entry is no object");
        };
        let Some(resource) = entry.as_sent("resource") else {
            let others: Vec<&str> = ["request", "response", "fullUrl", "link", "search"]
                .into_iter()
                .filter(|name| entry.has(name))
                .collect();
            let why = match others.as_slice() {
                [] => "entry without a resource".to_owned(),
                others => format!("entry without a resource (only {})", others.join(", ")),
            };
            return self.add_broken("?", None, why);
        };
        if self.outcomes_apart && self.take_outcome(&entry) {
            return;
        }
        let full_url = entry.text("fullUrl");
        let is_lost = full_url.is_none() && entry.has("fullUrl");
        self.add_json(resource, full_url, scope);
        if let Some(Entry::Resource(added)) = self.entries.last()
            && is_lost
        {
            // References may have led here by it.
            added.node.problem("fullUrl", "no usable text");
        }
    }

    fn take_outcome(&mut self, entry: &Node<'a>) -> bool {
        let mode = entry
            .object("search")
            .and_then(|search| search.word("mode"));
        if mode.as_deref() != Some("outcome") {
            return false;
        }
        let outcome = entry.object("resource").filter(|resource| {
            resource.text("resourceType").as_deref() == Some("OperationOutcome")
        });
        if let Some(outcome) = &outcome {
            self.issues.extend(issues(outcome));
        }
        outcome.is_some()
    }
}

/// `severity: code` of every issue of an `OperationOutcome`.
pub(super) fn issues(outcome: &Node<'_>) -> Vec<String> {
    outcome
        .objects("issue")
        .iter()
        .map(|issue| {
            // Only what can be a code: this goes into logs.
            let is_code = |text: &String| {
                text.len() <= 40 && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
            };
            let part = |name| {
                issue
                    .text(name)
                    .filter(is_code)
                    .unwrap_or_else(|| "?".to_owned())
            };
            format!("{}: {}", part("severity"), part("code"))
        })
        .collect()
}

/// Whether a `resourceType` can be one: a capital, then letters, and not a known type in other
/// capitals.
pub(super) fn is_plausible(kind: &str) -> bool {
    kind.len() <= 64
        && kind.starts_with(|c: char| c.is_ascii_uppercase())
        && kind.chars().all(|c| c.is_ascii_alphabetic())
        && !SHOWN
            .iter()
            .any(|shown| shown.eq_ignore_ascii_case(kind) && *shown != kind)
}
