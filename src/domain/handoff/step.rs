//! What either side can do, and why not.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    Acuity, AgeBand, Complaint, DeclineReason, Done, Finding, Label, Link, Mechanism, Part,
    RecordLine, RowId, Rule, StageWord, Standing, TimePoint, VitalSet, WhyEnded,
};
use crate::domain::{
    access::{AccountId, FacilityId, GrantId, Person},
    patient::Sex,
};

/// Whether a word may be an id: letters, digits and `-_.`, at most 40.
pub(super) fn is_word(word: &str) -> bool {
    (1..=40).contains(&word.len())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// One step, named by who takes it: the same step sent twice is taken once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StepId(String);

impl StepId {
    /// Letters, digits and `-_.`, at most 40.
    #[must_use]
    pub fn new(word: &str) -> Option<Self> {
        is_word(word).then(|| Self(word.to_owned()))
    }
}

impl std::fmt::Display for StepId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for StepId {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        Self::new(&word).ok_or("not the id of a step")
    }
}

impl From<StepId> for String {
    fn from(step: StepId) -> Self {
        step.0
    }
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Its id.
    pub id: StepId,
    /// Who took it: ids of two accounts are two.
    pub by: AccountId,
    /// What it was, so that an id used again for something else is refused, not lost.
    pub digest: [u8; 8],
    /// Whether all was as it was after it.
    #[serde(default)]
    pub is_idle: bool,
}

impl Told {
    pub(super) fn new(by: &AccountId, id: StepId, step: &impl std::fmt::Debug) -> Self {
        let whole = Sha256::digest(format!("{step:?}"));
        let mut digest = [0; 8];
        digest
            .iter_mut()
            .zip(whole)
            .for_each(|(to, from)| *to = from);
        Self {
            id,
            by: by.clone(),
            digest,
            is_idle: false,
        }
    }

    /// Whether the same account took the same step before.
    ///
    /// # Errors
    /// The id stands for another step.
    pub(super) fn knows(
        told: &[Self],
        by: &AccountId,
        id: &StepId,
        step: &impl std::fmt::Debug,
    ) -> Result<bool, Refused> {
        let Some(before) = told
            .iter()
            .find(|before| before.id == *id && before.by == *by)
        else {
            return Ok(false);
        };
        if before.digest == Self::new(by, id.clone(), step).digest {
            Ok(true)
        } else {
            Err(Refused::Invalid {
                field: Field::StepId,
            })
        }
    }
}

/// Who takes a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The account.
    pub account: AccountId,
    /// Its facility.
    pub facility: FacilityId,
    /// The name to be written down.
    pub name: String,
    /// Whether it is of a crew.
    pub is_crew: bool,
}

/// One touch on the form: one field or one row. An empty text is no text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Name.
    Name(String),
    /// Name in kana.
    Kana(String),
    /// Birth date.
    BirthDate(Option<NaiveDate>),
    /// About how old.
    AgeBand(Option<AgeBand>),
    /// Sex.
    Sex(Option<Sex>),
    /// What an unidentified patient goes by.
    PatientLabel(String),
    /// 主訴, touched or not.
    Complaint(Complaint, bool),
    /// 主訴, typed.
    ComplaintNote(String),
    /// 受傷機転, touched or not.
    Mechanism(Mechanism, bool),
    /// 受傷機転, typed.
    MechanismNote(String),
    /// 所見, touched or not.
    Finding(Finding, bool),
    /// 所見, typed.
    FindingNote(String),
    /// A whole set of vital signs, new or in the place of the one with its id.
    Vital(VitalSet),
    /// A whole row of treatment, new or in the place of the one with its id.
    Treatment(Done),
    /// 経過, typed.
    Course(String),
    /// A line that the crew types, new or in the place of its own with the same id.
    Line {
        /// Which row.
        id: RowId,
        /// Where it belongs.
        part: Part,
        /// The line.
        text: String,
    },
    /// A line confirmed, struck or put back.
    Standing(RowId, Standing),
    /// A label, set or not.
    Label(Label, bool),
    /// One of the five times.
    Time(TimePoint, Option<DateTime<Utc>>),
    /// When the crew expects to arrive.
    Eta(Option<DateTime<Utc>>),
    /// 重症度・緊急度
    Acuity(Option<Acuity>),
    /// A suggested alert, put away or taken back.
    Dismissed(Rule, bool),
    /// The others were made so many seconds before they came: the tablet had no connection. It
    /// touches nothing; the record and the entry say it.
    Ago(u32),
}

/// Everything that either side can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The crew touches the form.
    Edit(Vec<Change>),
    /// The crew asks hospitals.
    Ask {
        /// Whom.
        hospitals: Vec<FacilityId>,
    },
    /// The hospital accepts.
    Accept,
    /// The hospital declines.
    Decline {
        /// Why.
        reason: DeclineReason,
        /// What else.
        note: String,
    },
    /// The hospital asks back.
    AskBack {
        /// What.
        text: String,
    },
    /// The crew answers.
    Answer {
        /// Whom.
        hospital: FacilityId,
        /// What.
        text: String,
    },
    /// The crew no longer asks a hospital, or no longer goes there.
    Withdraw {
        /// Which.
        hospital: FacilityId,
    },
    /// The crew has arrived; it names who hands over.
    Arrive {
        /// Who.
        by: String,
    },
    /// The hospital receives; it names who takes over.
    Receive {
        /// Who.
        by: String,
    },
    /// The run ends without a handover.
    End {
        /// Why.
        why: WhyEnded,
    },
    /// The patient is known, or known anew. Made by the service, never by a client.
    Link(Box<Link>),
    /// Not that patient: everything of the record goes.
    Unlink,
    /// Lines of the record are proposed. Made by the service, never by a client.
    Propose {
        /// Whom they were read for, who has to be the linked patient: none of another's comes in.
        person: Box<Person>,
        /// The grant under which they were read.
        grant: GrantId,
        /// The lines.
        lines: Vec<RecordLine>,
    },
}

impl Step {
    /// The word used in entries.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Edit(_) => "edit",
            Self::Ask { .. } => "ask",
            Self::Accept => "accept",
            Self::Decline { .. } => "decline",
            Self::AskBack { .. } => "ask_back",
            Self::Answer { .. } => "answer",
            Self::Withdraw { .. } => "withdraw",
            Self::Arrive { .. } => "arrive",
            Self::Receive { .. } => "receive",
            Self::End { .. } => "end",
            Self::Link(_) => "link",
            Self::Unlink => "unlink",
            Self::Propose { .. } => "propose",
        }
    }

    /// The word in the record: what a tablet could not send at once is told apart.
    pub(super) fn happened(&self) -> &'static str {
        let is_kept = |changes: &[Change]| changes.iter().any(|one| matches!(one, Change::Ago(_)));
        if let Self::Edit(changes) = self
            && is_kept(changes)
        {
            return "edit_sent_later";
        }
        self.word()
    }

    /// Whether a tablet or a terminal may send it: what names a person or a line of the record
    /// comes from the service itself.
    #[must_use]
    pub const fn is_sent_by_clients(&self) -> bool {
        !matches!(self, Self::Link(_) | Self::Propose { .. })
    }

    /// The one hospital it names.
    #[must_use]
    pub const fn hospital(&self) -> Option<&FacilityId> {
        match self {
            Self::Answer { hospital, .. } | Self::Withdraw { hospital } => Some(hospital),
            Self::Edit(_)
            | Self::Ask { .. }
            | Self::Accept
            | Self::Decline { .. }
            | Self::AskBack { .. }
            | Self::Arrive { .. }
            | Self::Receive { .. }
            | Self::End { .. }
            | Self::Link(_)
            | Self::Unlink
            | Self::Propose { .. } => None,
        }
    }
}

/// What became of a step that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was taken now.
    New,
    /// It was taken before; nothing changed.
    Before,
}

/// What in a step is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The step's id stands for another step.
    StepId,
    /// Nothing in it.
    Empty,
    /// A text is too long.
    TooLong,
    /// No such row, or a row of the record.
    Row,
    /// A hospital that cannot be asked, or was not.
    Hospital,
    /// The reason needs a note.
    Note,
    /// A question or answer without text.
    Text,
    /// Nobody is named.
    Name,
    /// The lines are another patient's, or not of the record.
    Lines,
}

/// Why a step was not taken. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Another department's run, a hospital that was not asked, or not this side's to do.
    #[error("not yours")]
    NotYours,
    /// Too late for it.
    #[error("too late: {stage:?}")]
    TooLate {
        /// How the run stands.
        stage: StageWord,
    },
    /// Too early for it: the other side's half is missing.
    #[error("too early: {stage:?}")]
    NotYet {
        /// How the run stands.
        stage: StageWord,
    },
    /// Another hospital accepted first.
    #[error("another hospital accepted first")]
    AlreadyTaken,
    /// The hospital declined before.
    #[error("declined before")]
    Declined,
    /// The crew no longer asks.
    #[error("the crew no longer asks")]
    Withdrawn,
    /// Something in it is wrong.
    #[error("invalid: {field:?}")]
    Invalid {
        /// What.
        field: Field,
    },
    /// There is no room for more.
    #[error("full")]
    Full,
}
