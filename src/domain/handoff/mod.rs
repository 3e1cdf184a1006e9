//! From ambulance to resus: the crew's report, the hospitals asked, the handover.
//!
//! Everything here is a pure function over a [`Handoff`], a [`Step`] and an instant. A step that is
//! refused changes nothing; a step sent twice is taken once; the first acceptance stands alone. What
//! a facility may know of it is said by [`Handoff::seen_by`], and the board's [`Incoming`] has no
//! place for an identity.

pub mod alert;
mod apply;
mod change;
mod choice;
mod codes;
mod coma;
mod differs;
mod form;
mod inquiry;
mod known;
mod mass;
pub mod plausible;
mod seen;
mod shown;
mod step;
#[cfg(test)]
mod tests;
mod times;
mod vital;
mod word;

pub use alert::{Alert, AlertKind, Rule, suggest};
pub use choice::{
    Acuity, AgeBand, Complaint, DeclineReason, Finding, Label, Mechanism, Part, Sign, Standing,
    TimePoint, Treatment, Triage, WhyEnded,
};
pub use codes::Codes;
pub use coma::{Gcs, Jcs};
pub use differs::Differs;
pub use form::{Done, Form, PatientPart, RecordLine, RowId, Said};
pub use inquiry::{Inquiry, InquiryState, Talk};
pub use mass::{MassCasualty, MassEntry, MassReplaced, MassStep, Triaged};
pub use plausible::{Doubt, doubts};
pub use seen::{Identity, Incoming, Sight};
pub use shown::SHOWN_AFTER;
pub use step::{Change, Field, Party, Refused, Step, StepId, Taken, Told};
pub use times::{AHEAD, Times, is_ahead};
pub use vital::{Pupil, Pupils, VitalSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::{AccountId, FacilityId, FoundBy, GrantId, IdentifiedBy, PatientKey, Person};

/// One run's report: `NODE.RANDOM`, opaque, safe in URLs and logs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HandoffId(pub String);

impl std::fmt::Display for HandoffId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who the patient is, as the shared records know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Whom.
    pub person: Person,
    /// The patient's keyed hash in the facility that linked.
    pub patient_key: PatientKey,
    /// How the patient was found.
    pub found_by: FoundBy,
    /// How the patient was identified.
    pub identified_by: Option<IdentifiedBy>,
    /// The grant under which it was done.
    pub grant: Option<GrantId>,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// No hospital has accepted.
    Open,
    /// One has.
    Accepted {
        /// Which.
        hospital: FacilityId,
    },
    /// The crew says it has arrived.
    Arriving {
        /// Where.
        hospital: FacilityId,
        /// Who hands over.
        crew_name: String,
        /// When the crew said so, by the server's clock.
        at: DateTime<Utc>,
    },
    /// Handed over: both sides are named.
    HandedOver {
        /// Where.
        hospital: FacilityId,
        /// Who handed over.
        crew_name: String,
        /// Who took over.
        hospital_name: String,
        /// When the crew said it had arrived.
        arrived: DateTime<Utc>,
        /// When the hospital took over, by the server's clock.
        at: DateTime<Utc>,
    },
    /// Ended without a handover.
    Ended {
        /// Why.
        why: WhyEnded,
        /// When.
        at: DateTime<Utc>,
    },
}

word::chosen! {
    /// How a run stands, without where and who.
    StageWord {
        Open = "open", "受入れ先未定", "No hospital yet";
        Accepted = "accepted", "応需あり", "Accepted";
        Arriving = "arriving", "到着・引継ぎ待ち", "Arrived, to be received";
        HandedOver = "handed_over", "引継ぎ済み", "Handed over";
        Ended = "ended", "終了", "Ended";
    }
}

impl Stage {
    /// Without where and who.
    #[must_use]
    pub const fn word(&self) -> StageWord {
        match self {
            Self::Open => StageWord::Open,
            Self::Accepted { .. } => StageWord::Accepted,
            Self::Arriving { .. } => StageWord::Arriving,
            Self::HandedOver { .. } => StageWord::HandedOver,
            Self::Ended { .. } => StageWord::Ended,
        }
    }

    /// The hospital that accepted, from then on.
    #[must_use]
    pub const fn hospital(&self) -> Option<&FacilityId> {
        match self {
            Self::Accepted { hospital }
            | Self::Arriving { hospital, .. }
            | Self::HandedOver { hospital, .. } => Some(hospital),
            Self::Open | Self::Ended { .. } => None,
        }
    }

    /// Whether the run goes on.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(
            self,
            Self::Open | Self::Accepted { .. } | Self::Arriving { .. }
        )
    }
}

/// One thing that happened. Touches of one account on the form, one after the other, are one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// Who.
    pub account: AccountId,
    /// Of which facility.
    pub facility: FacilityId,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// When the last of them was.
    pub until: DateTime<Utc>,
    /// [`Step::word`]; `edit_sent_later` of touches that a tablet kept until it had a connection.
    pub word: String,
    /// The hospital it concerns; for a question to several, one for each.
    pub hospital: Option<FacilityId>,
}

/// A value that was typed and then replaced: nothing typed is lost, whoever was last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// What it had been, as the touch that would set it again.
    pub was: Change,
    /// Who replaced it.
    pub by: AccountId,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
}

/// Touches that came when the form was no longer open, from a tablet that had no network: the form
/// stays as it was handed over, and they stand beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// What was touched.
    pub changes: Vec<Change>,
    /// Who.
    pub by: AccountId,
    /// When they came, by the server's clock.
    pub at: DateTime<Utc>,
}

/// One run's report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handoff {
    /// Its id.
    pub id: HandoffId,
    /// The fire department.
    pub department: FacilityId,
    /// 隊名
    pub unit: String,
    /// Who began it.
    pub begun_by: AccountId,
    /// When, by the server's clock.
    pub begun: DateTime<Utc>,
    /// The report.
    pub form: Form,
    /// The hospitals asked, in the order they were asked.
    pub inquiries: Vec<Inquiry>,
    /// How it stands.
    pub stage: Stage,
    /// Who the patient is, where that is known to the shared records.
    pub linked: Option<Link>,
    /// The steps taken.
    pub told: Vec<Told>,
    /// Rises by one with each step.
    pub version: u64,
    /// What happened.
    pub log: Vec<Happened>,
    /// What was typed and replaced.
    #[serde(default)]
    pub replaced: Vec<Replaced>,
    /// What came too late for the form.
    #[serde(default)]
    pub late: Vec<Late>,
    /// Every grant of the crew under which it linked or proposed, also for a patient that it turned
    /// out not to be: they end with the run. Each stands once.
    #[serde(default)]
    pub grants: Vec<GrantId>,
}

impl Handoff {
    /// A new run, with nothing in it. `crew` is of the department.
    #[must_use]
    pub fn begin(id: HandoffId, unit: String, crew: &Party, now: DateTime<Utc>) -> Self {
        Self {
            id,
            department: crew.facility.clone(),
            unit,
            begun_by: crew.account.clone(),
            begun: now,
            form: Form::default(),
            inquiries: Vec::new(),
            stage: Stage::Open,
            linked: None,
            told: Vec::new(),
            version: 0,
            log: vec![Happened {
                account: crew.account.clone(),
                facility: crew.facility.clone(),
                at: now,
                until: now,
                word: "begin".to_owned(),
                hospital: None,
            }],
            replaced: Vec::new(),
            late: Vec::new(),
            grants: Vec::new(),
        }
    }

    /// The last inquiry to a hospital: the one that counts.
    #[must_use]
    pub fn inquiry(&self, hospital: &FacilityId) -> Option<&Inquiry> {
        self.inquiries
            .iter()
            .rev()
            .find(|inquiry| inquiry.hospital == *hospital)
    }

    /// The alerts suggested by what was entered, without those the crew put away.
    #[must_use]
    pub fn alerts(&self) -> Vec<Alert> {
        let mut form = self.form.clone();
        form.patient.age_band = self.age_band();
        let mut alerts = suggest(&form);
        alerts.retain(|alert| !self.form.dismissed_alerts.contains(&alert.rule));
        alerts
    }
}
