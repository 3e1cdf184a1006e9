//! Drugs prescribed, dispensed or stated, as sent.

use serde::{Deserialize, Serialize};

use super::{
    code::{Coding, Concept},
    date::Date,
    patient::Identifier,
    quantity::Quantity,
};

/// Which resource said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
pub enum Act {
    /// `MedicationRequest`: prescribed.
    #[default]
    Prescribed,
    /// `MedicationDispense`: handed out.
    Dispensed,
    /// `MedicationStatement`: somebody says so.
    Stated,
}

/// One drug row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Medication {
    /// Which resource said so.
    pub act: Act,
    /// The drug: `medicationCodeableConcept`, or the code of the (contained or bundled) Medication.
    pub drug: Concept,
    /// Ingredient codes of the Medication, where sent.
    pub ingredients: Vec<Coding>,
    /// `active`, `completed`, `cancelled`, `stopped`, `draft`, `entered-in-error`, … as sent.
    pub status: Option<String>,
    /// `order`, `plan`, `proposal`, … as sent.
    pub intent: Option<String>,
    /// Category codes (e.g. inpatient, community).
    pub categories: Vec<Concept>,
    /// When it was prescribed (`authoredOn`), or for a statement asserted.
    pub authored: Option<Date>,
    /// When it was handed over (`whenHandedOver`, else `whenPrepared`).
    pub dispensed: Option<Date>,
    /// First day of the stated period (`effectivePeriod`, `PeriodOfUse`, timing bounds).
    pub starts: Option<Date>,
    /// Last day of the stated period.
    pub ends: Option<Date>,
    /// Days one fill lasts (`expectedSupplyDuration`, `daysSupply`).
    pub supply_days: Option<u32>,
    /// Days from the timing's bounds or `PeriodOfUse` extension, weaker than `supply_days` (B6).
    pub bounds_days: Option<u32>,
    /// `numberOfRepeatsAllowed`: further fills after the first.
    pub repeats: Option<u32>,
    /// Amount per fill.
    pub quantity: Option<Quantity>,
    /// How it is taken.
    pub dosages: Vec<Dosage>,
    /// Prescription the row belongs to: 処方箋番号, `groupIdentifier`, or the request a dispense
    /// fulfils.
    pub prescription: Vec<Identifier>,
    /// References to the requests that a dispense fulfils (`Type/id`).
    pub fulfils: Vec<String>,
    /// Notes, as plain text.
    pub notes: Vec<String>,
    /// Why it was stopped or not given, in words.
    pub reason_stopped: Option<String>,
}

/// One dosage instruction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dosage {
    /// The sender's words; go before anything computed.
    pub text: Option<String>,
    /// Usage code and words (用法).
    pub timing: Option<Concept>,
    /// Route.
    pub route: Option<Concept>,
    /// Dose per time.
    pub dose: Option<Quantity>,
    /// Dose per day (rate) where sent.
    pub daily: Option<Quantity>,
    /// As needed (頓用).
    pub as_needed: bool,
    /// What "as needed" is for.
    pub as_needed_for: Option<String>,
    /// Further instructions.
    pub instructions: Vec<String>,
}
