//! Visits and stays, as sent.

use serde::{Deserialize, Serialize};

use super::{
    code::{Coding, Concept},
    date::Date,
};

/// One Encounter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// `AMB`, `IMP`, `EMER`, … with display.
    pub class: Option<Coding>,
    /// Types of visit (also check-ups).
    pub types: Vec<Concept>,
    /// `planned`, `in-progress`, `finished`, `cancelled`, `entered-in-error`, … as sent.
    pub status: Option<String>,
    /// Begin.
    pub starts: Option<Date>,
    /// End.
    pub ends: Option<Date>,
    /// Department (診療科) in words.
    pub department: Option<String>,
    /// Reasons in words.
    pub reasons: Vec<String>,
    /// Where the patient went afterwards, in words (`dischargeDisposition`).
    pub disposition: Option<Concept>,
}
