//! Allergies, intolerances and old-style drug contraindications, as sent.

use serde::{Deserialize, Serialize};

use super::{code::Concept, date::Date};

/// One `AllergyIntolerance`. Codes of required value sets are kept as sent (lower case), so that an
/// unknown one can be shown instead of dropped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Allergy {
    /// The agent, or a statement such as "no known allergy".
    pub agent: Concept,
    /// `food`, `medication`, `environment`, `biologic`, or as sent.
    pub categories: Vec<String>,
    /// `low`, `high`, `unable-to-assess`, or as sent.
    pub criticality: Option<String>,
    /// `active`, `inactive`, `resolved`, or as sent.
    pub clinical_status: Option<String>,
    /// `unconfirmed`, `confirmed`, `refuted`, `entered-in-error`, or as sent.
    pub verification: Option<String>,
    /// `allergy` or `intolerance`.
    pub kind: Option<String>,
    /// What happened on exposure.
    pub reactions: Vec<Reaction>,
    /// When it began.
    pub onset: Option<Date>,
    /// When it began, in words, where no date was sent.
    #[serde(default)]
    pub onset_text: Option<String>,
    /// When it was written down.
    pub recorded: Option<Date>,
    /// When a reaction was last seen.
    pub last_occurrence: Option<Date>,
    /// Notes, as plain text.
    pub notes: Vec<String>,
}

/// One reaction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reaction {
    /// The substance, where narrower than the agent.
    pub substance: Option<Concept>,
    /// What was seen.
    pub manifestations: Vec<Concept>,
    /// `mild`, `moderate`, `severe`, or as sent.
    pub severity: Option<String>,
    /// The sender's description.
    pub description: Option<String>,
    /// When.
    pub onset: Option<Date>,
    /// Notes, as plain text.
    pub notes: Vec<String>,
}
