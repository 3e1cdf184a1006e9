//! Many patients at once: one list of a facility while its 災害時 flag is on. One touch adds a
//! patient; who it is comes later.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    AgeBand, Field, HandoffId, Party, Refused, RowId, StageWord, StepId, Taken, Told, Triage,
};
use crate::domain::{
    access::{AccountId, FacilityId},
    patient::Sex,
};

/// One colour given, with who and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triaged {
    /// The colour.
    pub triage: Triage,
    /// Who.
    pub by: AccountId,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
}

/// One patient of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MassEntry {
    /// Which row.
    pub id: RowId,
    /// The colours given, the last one counts.
    pub triaged: Vec<Triaged>,
    /// Sex.
    pub sex: Option<Sex>,
    /// About how old.
    pub age_band: Option<AgeBand>,
    /// Where the patient is.
    pub place: String,
    /// The number on the tag.
    pub tag: String,
    /// The report, once there is one: identities are there.
    pub handoff: Option<HandoffId>,
    /// Struck: it stays, marked.
    pub struck: bool,
}

impl MassEntry {
    /// The colour that counts.
    #[must_use]
    pub fn triage(&self) -> Option<Triage> {
        self.triaged.last().map(|last| last.triage)
    }
}

/// What can be done with the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MassStep {
    /// One more patient.
    Add {
        /// Which row.
        id: RowId,
        /// The colour.
        triage: Triage,
    },
    /// Another colour.
    Triage(RowId, Triage),
    /// Sex.
    Sex(RowId, Option<Sex>),
    /// About how old.
    AgeBand(RowId, Option<AgeBand>),
    /// Where.
    Place(RowId, String),
    /// The number on the tag.
    Tag(RowId, String),
    /// The report.
    Handoff(RowId, Option<HandoffId>),
    /// Struck or put back.
    Strike(RowId, bool),
    /// The list is closed.
    End,
}

/// What was typed of a patient and then replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MassReplaced {
    /// What it had been, as the step that would set it again.
    pub was: MassStep,
    /// Who replaced it.
    pub by: AccountId,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
}

/// One facility's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MassCasualty {
    /// Whose.
    pub facility: FacilityId,
    /// When it was begun, by the server's clock.
    pub begun: DateTime<Utc>,
    /// When it was closed.
    pub ended: Option<DateTime<Utc>>,
    /// The patients, in the order they were added.
    pub entries: Vec<MassEntry>,
    /// The steps taken.
    pub told: Vec<Told>,
    /// Rises by one with each step.
    pub version: u64,
    /// What was typed and replaced.
    #[serde(default)]
    pub replaced: Vec<MassReplaced>,
}

/// Patients in one list, at most.
const ENTRIES: usize = 1_000;
/// Steps of one list, at most.
const STEPS: usize = 20_000;
/// Characters of a place or a tag, at most.
const TEXT: usize = 200;

impl MassCasualty {
    /// An empty list.
    #[must_use]
    pub const fn begin(facility: FacilityId, now: DateTime<Utc>) -> Self {
        Self {
            facility,
            begun: now,
            ended: None,
            entries: Vec::new(),
            told: Vec::new(),
            version: 0,
            replaced: Vec::new(),
        }
    }

    /// What tells it from the facility's other lists: milliseconds at which it was begun.
    #[must_use]
    pub const fn word(&self) -> i64 {
        self.begun.timestamp_millis()
    }

    /// How many valid patients have each colour, in the order of the colours.
    #[must_use]
    pub fn counts(&self) -> Vec<(Triage, usize)> {
        let of = |triage: Triage| {
            self.entries
                .iter()
                .filter(|entry| !entry.struck && entry.triage() == Some(triage))
                .count()
        };
        Triage::ALL
            .iter()
            .map(|triage| (*triage, of(*triage)))
            .collect()
    }

    /// Takes a step of the list's own facility.
    ///
    /// # Errors
    /// Why not; nothing changed.
    pub fn apply(
        &mut self,
        id: StepId,
        by: &Party,
        step: MassStep,
        now: DateTime<Utc>,
    ) -> Result<Taken, Refused> {
        if by.facility != self.facility {
            return Err(Refused::NotYours);
        }
        if Told::knows(&self.told, &by.account, &id, &step)? {
            return Ok(Taken::Before);
        }
        if self.ended.is_some() {
            return Err(Refused::TooLate {
                stage: StageWord::Ended,
            });
        }
        if self.told.len() >= STEPS {
            return Err(Refused::Full);
        }
        let told = Told::new(&by.account, id, &step);
        self.take(by, step, now)?;
        self.told.push(told);
        self.version += 1;
        Ok(Taken::New)
    }

    fn take(&mut self, by: &Party, step: MassStep, now: DateTime<Utc>) -> Result<(), Refused> {
        let triaged = |triage| Triaged {
            triage,
            by: by.account.clone(),
            at: now,
        };
        match step {
            MassStep::Add { id, triage } => self.add(id, triaged(triage))?,
            MassStep::Triage(row, triage) => self.row(&row)?.triaged.push(triaged(triage)),
            MassStep::Sex(row, sex) => self.row(&row)?.sex = sex,
            MassStep::AgeBand(row, band) => self.row(&row)?.age_band = band,
            MassStep::Place(row, place) => {
                let was = std::mem::replace(&mut self.row(&row)?.place, short(place)?);
                self.keep(by, now, &was, |was| MassStep::Place(row, was));
            }
            MassStep::Tag(row, tag) => {
                let was = std::mem::replace(&mut self.row(&row)?.tag, short(tag)?);
                self.keep(by, now, &was, |was| MassStep::Tag(row, was));
            }
            MassStep::Handoff(row, handoff) => self.row(&row)?.handoff = handoff,
            MassStep::Strike(row, struck) => self.row(&row)?.struck = struck,
            MassStep::End => self.ended = Some(now),
        }
        Ok(())
    }

    fn add(&mut self, id: RowId, triaged: Triaged) -> Result<(), Refused> {
        if self.entries.len() >= ENTRIES {
            return Err(Refused::Full);
        }
        if self.entries.iter().any(|entry| entry.id == id) {
            return Err(Refused::Invalid { field: Field::Row });
        }
        self.entries.push(MassEntry {
            id,
            triaged: vec![triaged],
            sex: None,
            age_band: None,
            place: String::new(),
            tag: String::new(),
            handoff: None,
            struck: false,
        });
        Ok(())
    }

    fn keep(
        &mut self,
        by: &Party,
        at: DateTime<Utc>,
        was: &str,
        step: impl FnOnce(String) -> MassStep,
    ) {
        if !was.is_empty() {
            self.replaced.push(MassReplaced {
                was: step(was.to_owned()),
                by: by.account.clone(),
                at,
            });
        }
    }

    fn row(&mut self, row: &RowId) -> Result<&mut MassEntry, Refused> {
        self.entries
            .iter_mut()
            .find(|entry| entry.id == *row)
            .ok_or(Refused::Invalid { field: Field::Row })
    }
}

fn short(text: String) -> Result<String, Refused> {
    if text.chars().count() > TEXT {
        return Err(Refused::Invalid {
            field: Field::TooLong,
        });
    }
    Ok(text)
}
