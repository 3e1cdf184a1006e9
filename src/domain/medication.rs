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
    /// First day of the period stated for the whole (`effectivePeriod`, `effectiveDateTime`).
    pub starts: Option<Date>,
    /// Last day of that period.
    pub ends: Option<Date>,
    /// Days one fill lasts (`expectedSupplyDuration`, `daysSupply`): days on which it is taken.
    pub supply_days: Option<u32>,
    /// 頓用回数: doses handed out of a drug taken as needed.
    pub doses: Option<u32>,
    /// `numberOfRepeatsAllowed`: further fills after the first.
    pub repeats: Option<u32>,
    /// Amount per fill.
    pub quantity: Option<Quantity>,
    /// How it is taken.
    pub dosages: Vec<Dosage>,
    /// Prescription the row belongs to: 処方箋番号, `groupIdentifier`, or the request a dispense
    /// fulfils.
    pub prescription: Vec<Identifier>,
    /// 調剤指示 and the kind of dispensing (partial fill, refill), in words.
    pub dispensing: Vec<String>,
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
    /// `sequence`: instructions with different numbers follow one another, with the same number
    /// they run together (FHIR R4 Dosage).
    pub sequence: Option<u32>,
    /// First day of this instruction (`PeriodOfUse`, `boundsPeriod`).
    pub starts: Option<Date>,
    /// Last day of this instruction.
    pub ends: Option<Date>,
    /// Days on which it is taken (`UsageDuration`, 実投与日数).
    pub days: Option<u32>,
    /// Calendar days it spans (`boundsDuration`); weaker than the days supplied (B6).
    pub bounds_days: Option<u32>,
    /// Not taken every day, as coded.
    pub cycle: Option<Cycle>,
}

/// A drug that is not taken every day: on `doses` days out of `days`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cycle {
    /// Length of one round in calendar days.
    pub days: u32,
    /// Days in a round on which it is taken.
    pub doses: u32,
}

impl Cycle {
    /// A round; `None` where the drug is taken every day, or never.
    #[must_use]
    pub fn of(days: u32, doses: u32) -> Option<Self> {
        (doses > 0 && doses < days && days <= 400).then_some(Self { days, doses })
    }

    /// How many calendar days so many days of taking it last, at the longest.
    #[must_use]
    pub fn lasts(self, dosing_days: u32) -> u32 {
        let rounds = u64::from(dosing_days) * u64::from(self.days);
        u32::try_from(rounds.div_ceil(u64::from(self.doses.max(1)))).unwrap_or(u32::MAX)
    }
}
