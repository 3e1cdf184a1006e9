//! Referrals, discharge summaries, check-up reports and care plans, as sent.

use serde::{Deserialize, Serialize};

use super::{code::Concept, date::Date, patient::Identifier};

/// One Composition or `DocumentReference`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Kind of document (LOINC, JP document type codes).
    pub kind: Concept,
    /// Categories.
    pub categories: Vec<Concept>,
    /// Title as sent.
    pub title: Option<String>,
    /// `final`, `preliminary`, `amended`, `current`, `superseded`, `entered-in-error`, as sent.
    pub status: Option<String>,
    /// When it was written.
    pub date: Option<Date>,
    /// The institution that keeps it.
    pub custodian: Option<String>,
    /// Institutions it is addressed to (referral: 紹介先), numbers and names.
    pub addressed_to: Vec<Addressee>,
    /// Confidentiality code (`N`, `R`, `V`).
    pub confidentiality: Option<String>,
    /// Sections in order.
    pub sections: Vec<DocumentSection>,
    /// Begin of the period or event documented.
    pub event: Option<Date>,
    /// Whether it only refers to a document (`DocumentReference`): the document itself may have
    /// been sent beside it.
    pub by_reference: bool,
    /// The referred document's own number (`masterIdentifier`).
    pub master: Option<Identifier>,
    /// The narrative of the whole.
    pub narrative: Option<Passage>,
    /// Attachments in order.
    pub attachments: Vec<Attachment>,
}

/// Somebody a document is addressed to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Addressee {
    /// 保険医療機関番号, 10 digits, where sent.
    pub facility_number: Option<String>,
    /// Name.
    pub name: Option<String>,
}

/// A section of a document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DocumentSection {
    /// Heading.
    pub title: Option<String>,
    /// Code of the heading.
    pub code: Concept,
    /// How many sections it stands within.
    pub depth: usize,
    /// Its narrative.
    pub passage: Option<Passage>,
    /// Resources it names: a section may hold these and no narrative.
    pub entries: usize,
}

/// Text as sent, not yet made safe: never shown as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// Whether it is markup (XHTML, HTML) rather than plain text.
    pub markup: bool,
    /// The text, at most as long as is kept of a document.
    pub text: String,
    /// Whether there was more of it than is kept.
    pub cut: bool,
}

/// Something attached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Title as sent.
    pub title: Option<String>,
    /// Content type as sent (`application/pdf`).
    pub kind: Option<String>,
    /// Bytes, as sent or as counted.
    pub size: Option<u64>,
    /// Its text, where it is one that can be read.
    pub passage: Option<Passage>,
    /// Whether it should be text and could not be read as such.
    pub unreadable: bool,
}

/// The text of one document as it is shown on request: made safe, in order, nothing left out in
/// silence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Title.
    pub title: String,
    /// Status and other words of its row.
    pub words: Vec<String>,
    /// ISO date.
    pub date: Option<String>,
    /// Facility.
    pub facility: Option<String>,
    /// Author and addressee, as its row says.
    pub details: Vec<String>,
    /// Sections and attachments in order.
    pub parts: Vec<Part>,
    /// Whether the patient has covered rows, which the text may name.
    #[serde(default)]
    pub protected: bool,
}

/// One section or attachment as shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Heading.
    pub title: Option<String>,
    /// How many sections it stands within.
    pub depth: usize,
    /// What is said where there is no text, or beside it.
    pub said: Vec<Said>,
    /// The text.
    pub text: Option<Readable>,
}

/// Text made safe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Readable {
    /// Markup of a few harmless elements without links, pictures or styles; printed as it is.
    Markup(String),
    /// Plain text; printed escaped, its lines kept.
    Plain(String),
}

/// What is said of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// It has no narrative, and this many coded entries.
    NoText(usize),
    /// Only its beginning is here.
    Cut,
    /// Pictures or other media in it are not shown.
    MediaLeftOut,
    /// It is called text and could not be read as such.
    Unreadable,
    /// It cannot be opened here: content type and bytes, as far as sent.
    CannotOpen(Option<String>, Option<u64>),
    /// This viewer may not read it.
    Withheld,
}
