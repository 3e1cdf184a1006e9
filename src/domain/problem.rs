//! Problems (傷病名), as sent.

use serde::{Deserialize, Serialize};

use super::{code::Concept, date::Date};

/// One Condition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// The name: `text` is what the chart showed.
    pub name: Concept,
    /// Prefix modifiers (接頭修飾語), as words.
    pub prefixes: Vec<String>,
    /// Postfix modifiers (接尾修飾語), as words.
    pub postfixes: Vec<String>,
    /// `active`, `remission`, `resolved`, or as sent.
    pub clinical_status: Option<String>,
    /// `unconfirmed` (疑い), `confirmed`, `refuted`, `differential`, `provisional`,
    /// `entered-in-error`, or as sent.
    pub verification: Option<String>,
    /// Severity in the sender's words.
    pub severity: Option<String>,
    /// Stage or grade in the sender's words.
    pub stages: Vec<String>,
    /// Where in the body, in the sender's words.
    pub body_sites: Vec<String>,
    /// 転帰区分 in the sender's words: extension `JP_Condition_DiseaseOutcome`.
    pub outcome: Option<String>,
    /// Category codes and words.
    pub categories: Vec<Concept>,
    /// 主病名: extension `JP_eCS_DiagnosisType` = `principal`.
    pub principal: bool,
    /// Begin.
    pub onset: Option<Date>,
    /// Begin in the sender's words, where it is no date.
    pub onset_text: Option<String>,
    /// End.
    pub abatement: Option<Date>,
    /// End in the sender's words (or "abated" where only `abatementBoolean` was sent).
    pub abatement_text: Option<String>,
    /// When it was written down.
    pub recorded: Option<Date>,
    /// Notes, as plain text.
    pub notes: Vec<String>,
}
