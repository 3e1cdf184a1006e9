//! Referrals, discharge summaries, check-up reports and care plans, as sent.

use serde::{Deserialize, Serialize};

use super::{code::Concept, date::Date};

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
    /// The narrative as plain text: tags stripped, entities resolved, nothing else done.
    pub text: Option<String>,
}
