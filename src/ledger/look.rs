//! Looking up single entries, and what a patient's own copy of them may say.

use std::{collections::BTreeMap, ops::ControlFlow};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    Error,
    read::{Opened, ReadEntry, Reader},
    store::number,
};
use crate::domain::{
    access::{FacilityId, NodeId, PatientKey},
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
    /// Only entries before these places, by ledger; of one that is not named, from its end.
    pub before: BTreeMap<NodeId, u64>,
}

/// What one look found.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// Newest first.
    pub(super) entries: Vec<ReadEntry>,
    /// Only places before this one were not looked at; `None` where there are none.
    pub(super) next: Option<u64>,
}

/// How many entries one look goes through at most: whoever asks for what is far back asks again.
const SCANNED: u64 = 20_000;
/// So many entries in a row that are older than all that is asked for, and the rest is: a clock that
/// stood wrong for a while does not end a look.
const OLDER: u32 = 1_000;

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
    /// asked for, without what they say of others. One more than asked for tells that there are more.
    pub(super) fn asked(&self, asked: &Asked) -> Result<Piece, Error> {
        let key = asked
            .patient
            .as_ref()
            .and_then(|number| self.patient_key(&asked.facility, number));
        if asked.count == 0 || (asked.patient.is_some() && key.is_none()) {
            return Ok(Piece::default());
        }
        let node = self.name()?.map(NodeId);
        let before = node.and_then(|node| asked.before.get(&node));
        let before = before.map_or(i64::MAX, |before| number(*before));
        let mut search = Search::new(asked);
        let mut visit = |entry| search.take(entry);
        match &key {
            // What concerns a patient is found without reading the rest.
            Some(key) => self.select_closed(
                "SELECT entry.seq, body FROM (SELECT seq FROM by_patient \
                 WHERE patient = ?1 AND seq < ?2 UNION ALL SELECT seq FROM recent \
                 WHERE patient = ?1 AND seq < ?2 ORDER BY seq DESC) AS named \
                 JOIN entry ON entry.seq = named.seq ORDER BY named.seq DESC",
                &[&key.0, &before],
                &mut visit,
            )?,
            None => self.select_closed(
                "SELECT seq, body FROM entry WHERE seq < ?1 ORDER BY seq DESC",
                &[&before],
                &mut visit,
            )?,
        }
        let mut piece = search.piece;
        // Only what is wanted is opened.
        for entry in &mut piece.entries {
            self.open_fields(entry)?;
            if let Some(key) = &key {
                entry.leave_out_others(key);
            }
        }
        Ok(piece)
    }
}

/// One look backwards.
struct Search<'a> {
    asked: &'a Asked,
    piece: Piece,
    scanned: u64,
    older: u32,
}

impl<'a> Search<'a> {
    fn new(asked: &'a Asked) -> Self {
        Self {
            asked,
            piece: Piece::default(),
            scanned: 0,
            older: 0,
        }
    }

    fn take(&mut self, entry: ReadEntry) -> ControlFlow<()> {
        let asked = self.asked;
        let seq = entry.seq;
        let is_older = asked.from.is_some_and(|from| entry.wall < from);
        self.older = if is_older { self.older + 1 } else { 0 };
        let is_in_span = !is_older && asked.until.is_none_or(|until| entry.wall < until);
        if entry.facility == asked.facility && is_in_span {
            self.piece.entries.push(entry);
        }
        self.scanned += 1;
        if self.older >= OLDER {
            return ControlFlow::Break(());
        }
        if self.piece.entries.len() > asked.count || self.scanned >= SCANNED {
            self.piece.next = Some(seq).filter(|seq| *seq > 1);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
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
