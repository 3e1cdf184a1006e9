//! One incoming resource, readable or not, before anything is decided about it.

use serde::{Deserialize, Serialize};

use super::{
    allergy::Allergy,
    code::{Coding, Concept},
    date::Date,
    document::Document,
    medication::Medication,
    patient::{Identifier, Patient},
    problem::Problem,
    procedure::Procedure,
    result::Observation,
    visit::Visit,
};

/// Everything one reading brought: each incoming resource once, in the order it came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// One for every entry of every Bundle (a Bundle in a Bundle counts its own entries, not
    /// itself) and every line of an ndjson file.
    pub records: Vec<Record>,
    /// Statements of Lists and Composition sections about whole sections.
    pub statements: Vec<Statement>,
}

/// One incoming resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// `Type/id`; without an id `Type/?n`, n counted from 1 in the order read; without even a type
    /// `?/?n`.
    pub resource: String,
    /// Whom it is about.
    pub subject: Subject,
    /// Who sent it.
    pub origin: Origin,
    /// `meta.tag` and `meta.security` together.
    pub tags: Vec<Coding>,
    /// `meta.profile`, version suffixes (`|1.10.0`) stripped.
    pub profiles: Vec<String>,
    /// `meta.lastUpdated`.
    pub last_updated: Option<Date>,
    /// Business identifiers: the same identifier sent again replaces the older one.
    pub identifiers: Vec<Identifier>,
    /// Fields that were sent but could not be read; the rest of the resource is still used.
    pub unreadable: Vec<UnreadableField>,
    /// What it says.
    pub content: Content,
}

/// Whether a resource's name is an id: the number in place of one (`Type/?n`) names nothing twice, and
/// may be another resource's at the next reading.
#[must_use]
pub fn names_one(resource: &str) -> bool {
    !resource.contains("/?")
}

/// Whom a resource is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The patient as named within what was read: `Patient/id` where the reference (relative,
    /// absolute, `urn:uuid:`, `#contained`) leads to a Patient that came with it, else as sent.
    pub reference: Option<String>,
    /// A logical reference's identifier.
    pub identifier: Option<Identifier>,
    /// The reference's display.
    pub display: Option<String>,
}

impl Subject {
    /// Whether nobody is named.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.reference.is_none() && self.identifier.is_none()
    }
}

/// Who sent a resource, as far as it says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Name of the medical institution.
    pub facility: Option<String>,
    /// 保険医療機関番号, 10 digits.
    pub facility_number: Option<String>,
    /// Department (診療科).
    pub department: Option<String>,
    /// Telephone of the institution.
    pub telephone: Option<String>,
    /// Who asserts it: asserter, recorder, requester, performer or author, the first that is named.
    pub author: Option<Author>,
}

/// A named author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Name as sent.
    pub name: Option<String>,
    /// Person or machine: "no known allergy" counts only from a person.
    pub kind: AuthorKind,
}

/// Kinds of author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AuthorKind {
    /// Practitioner or `PractitionerRole`.
    Person,
    /// Organization.
    Organisation,
    /// Device.
    System,
    /// A reference that does not say.
    Unknown,
    /// The patient.
    Patient,
    /// `RelatedPerson`.
    Relative,
}

/// A field that was sent but could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableField {
    /// Path within the resource, such as `reaction[0].severity`.
    pub path: String,
    /// What was wrong, without the value.
    pub why: String,
}

/// What a resource says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Content {
    /// Patient
    Patient(Box<Patient>),
    /// `AllergyIntolerance`
    Allergy(Box<Allergy>),
    /// Condition
    Problem(Box<Problem>),
    /// Observation: lab result, infection result or another.
    Observation(Box<Observation>),
    /// `MedicationRequest`, `MedicationDispense`, `MedicationStatement`
    Medication(Box<Medication>),
    /// Procedure: operation, dialysis or another.
    Procedure(Box<Procedure>),
    /// Encounter
    Visit(Box<Visit>),
    /// Composition or `DocumentReference`
    Document(Box<Document>),
    /// A resource type that this screen has no place for.
    NotForThisScreen {
        /// The resource type as sent.
        kind: String,
    },
    /// Nothing usable could be read.
    Unreadable {
        /// What was wrong, without the content.
        why: String,
    },
}

/// What a sender says of a whole section rather than of a fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The `Type/id` of the List or Composition that says it.
    pub resource: String,
    /// Whom it is about.
    pub subject: Subject,
    /// Who says so.
    pub origin: Origin,
    /// Which section: the List's or section's code.
    pub about: Concept,
    /// What it says of it.
    pub says: Says,
    /// `List.status` or `Composition.status` as sent: what was withdrawn denies nothing.
    pub status: Option<String>,
    /// When.
    pub date: Option<Date>,
}

/// What is said of a whole section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Says {
    /// It is empty, with the `emptyReason` code: `nilknown`, `notasked`, `withheld`, `unavailable`,
    /// `notstarted`, `closed`.
    Empty(String),
    /// Something, in text only: no resource stands for it.
    InText,
    /// It names resources that did not come with it: their `Type/id`, or as sent; empty where
    /// there is no reference that could be followed.
    Refers(Vec<String>),
}
