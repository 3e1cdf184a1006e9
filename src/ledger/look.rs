//! Looking up single entries, and what a patient's own copy of them may say.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    Error,
    read::{Opened, ReadEntry, Reader},
};
use crate::domain::{
    access::{FacilityId, PatientKey},
    patient::MemberNumber,
};

/// One entry and what it says was shown.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The entry.
    pub entry: ReadEntry,
    /// The content of a view, as far as it can be opened; `None` for what showed nothing.
    pub shown: Option<Opened>,
}

/// Which entries of a facility are asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Whose.
    pub facility: FacilityId,
    /// At or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Only what concerns this patient.
    pub patient: Option<MemberNumber>,
    /// At most so many, the newest.
    pub count: usize,
}

impl Reader {
    /// One entry by its place.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub fn entry(&self, seq: u64) -> Result<Option<ReadEntry>, Error> {
        Ok(self.entry_at(seq)?.map(|(entry, _)| entry))
    }

    /// An entry of a facility and what it showed; `None` where there is none such.
    pub(super) fn recorded(
        &self,
        facility: &FacilityId,
        seq: u64,
    ) -> Result<Option<Recorded>, Error> {
        let entry = self.entry(seq)?;
        let Some(entry) = entry.filter(|entry| entry.facility == *facility) else {
            return Ok(None);
        };
        let shown = self.shown(&entry)?;
        Ok(Some(Recorded { entry, shown }))
    }

    /// The entries asked for, newest first, opened as far as keys are there; where a patient was
    /// asked for, without what they say of others.
    pub(super) fn asked(&self, asked: &Asked) -> Result<Vec<ReadEntry>, Error> {
        let mut found = Vec::new();
        let key = asked
            .patient
            .as_ref()
            .and_then(|number| self.patient_key(&asked.facility, number));
        if asked.count == 0 || (asked.patient.is_some() && key.is_none()) {
            return Ok(found);
        }
        self.select_closed(
            "SELECT seq, body FROM entry ORDER BY seq DESC",
            &[],
            &mut |entry| {
                let is_in_span = asked.from.is_none_or(|from| entry.wall >= from)
                    && asked.until.is_none_or(|until| entry.wall < until);
                let is_wanted = key.as_ref().is_none_or(|key| entry.concerns(key));
                if entry.facility == asked.facility && is_in_span && is_wanted {
                    found.push(entry);
                }
                if found.len() < asked.count {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            },
        )?;
        // Only what is wanted is opened.
        for entry in &mut found {
            self.open_fields(entry)?;
            if let Some(key) = &key {
                entry.leave_out_others(key);
            }
        }
        Ok(found)
    }
}

impl ReadEntry {
    /// Whether the entry is about this patient, or listed the patient among others.
    #[must_use]
    pub fn concerns(&self, patient: &PatientKey) -> bool {
        self.patient.as_ref() == Some(patient) || self.listed().any(|key| key == patient.0)
    }

    /// Leaves out what the entry says of other patients: who else was listed, and, where the
    /// search was not known to be for this patient alone, what was asked.
    pub fn leave_out_others(&mut self, patient: &PatientKey) {
        let is_alone = self.listed().all(|key| key == patient.0);
        let is_theirs = self.patient.as_ref() == Some(patient);
        if !(is_alone && (is_theirs || self.listed().next().is_some())) {
            self.personal.remove("asked");
        }
        if let Some(Value::Array(listed)) = self.fields.get_mut("listed") {
            listed.retain(|key| key.as_str() == Some(&patient.0));
        }
        if !is_theirs {
            self.patient = None;
            self.personal.remove("person");
        }
    }

    fn listed(&self) -> impl Iterator<Item = &str> {
        let listed = self.fields.get("listed").and_then(Value::as_array);
        listed.into_iter().flatten().filter_map(Value::as_str)
    }
}
