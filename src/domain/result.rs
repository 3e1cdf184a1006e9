//! Observations: laboratory results, infection results and others, as sent.

use serde::{Deserialize, Serialize};

use super::{
    code::Concept,
    date::Date,
    quantity::{Quantity, Range},
};

/// One Observation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// What was measured.
    pub code: Concept,
    /// Category codes.
    pub categories: Vec<Concept>,
    /// `registered`, `preliminary`, `final`, `amended`, `corrected`, `cancelled`,
    /// `entered-in-error`, `unknown`, or as sent; `None` where it was missing.
    pub status: Option<String>,
    /// When the specimen was taken or the measurement made.
    pub effective: Option<Date>,
    /// When it was issued.
    pub issued: Option<Date>,
    /// The value.
    pub value: Value,
    /// `dataAbsentReason`: why there is no value.
    pub absent_reason: Option<Concept>,
    /// The sender's interpretation (`H`, `HH`, `L`, `POS`, …).
    pub interpretations: Vec<Concept>,
    /// Reference ranges as sent.
    pub ranges: Vec<ReferenceRange>,
    /// Parts with values of their own (blood pressure).
    pub components: Vec<Component>,
    /// How many other observations it only gathers (`hasMember`): a panel has no value of its own.
    pub members: usize,
    /// Specimen in the sender's words.
    pub specimen: Option<String>,
    /// Method in the sender's words.
    pub method: Option<String>,
    /// Notes, as plain text.
    pub notes: Vec<String>,
}

/// A part of an observation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// What was measured.
    pub code: Concept,
    /// The value.
    pub value: Value,
    /// Why there is no value.
    pub absent_reason: Option<Concept>,
    /// The sender's interpretation.
    pub interpretations: Vec<Concept>,
    /// Reference ranges as sent.
    pub ranges: Vec<ReferenceRange>,
}

/// A reference range and for whom it is meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReferenceRange {
    /// Bounds, or words.
    pub range: Range,
    /// What kind of range it is (`normal`, `therapeutic`, …); `None` means normal (FHIR R4).
    pub kind: Option<Concept>,
    /// For whom: sex, race, pregnancy; all of them. One that was sent and could not be read is an
    /// empty concept.
    pub applies_to: Vec<Concept>,
    /// For which age.
    pub age: Option<Range>,
}

/// `value[x]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// No value was sent.
    #[default]
    None,
    /// valueQuantity
    Quantity(Quantity),
    /// valueCodeableConcept
    Concept(Concept),
    /// valueString, or any other form in the words or digits sent
    Text(String),
    /// valueRange
    Range(Range),
    /// valueRatio: numerator and denominator
    Ratio(Quantity, Quantity),
    /// A value that was sent and could not be read (also listed in the record's unreadable fields).
    Unreadable,
}
