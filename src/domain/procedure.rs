//! Operations, dialysis and other procedures, as sent.

use serde::{Deserialize, Serialize};

use super::{code::Concept, date::Date};

/// One Procedure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Procedure {
    /// What was done.
    pub code: Concept,
    /// Category (surgical, dialysis, …).
    pub category: Option<Concept>,
    /// `completed`, `in-progress`, `not-done`, `entered-in-error`, … as sent.
    pub status: Option<String>,
    /// When, or when it began.
    pub performed: Option<Date>,
    /// When it ended.
    pub performed_until: Option<Date>,
    /// When, in words.
    pub performed_text: Option<String>,
    /// Body sites in words.
    pub body_sites: Vec<String>,
    /// Why it was not done.
    pub status_reason: Option<String>,
    /// Devices left in the body (`focalDevice`, `usedCode`), in words.
    pub devices: Vec<String>,
    /// Notes, as plain text.
    pub notes: Vec<String>,
}
