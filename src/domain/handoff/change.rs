//! Touches on the form. What a touch replaces is handed back, so that nothing typed is lost.

use std::collections::BTreeSet;

use super::{Change, Done, Field, Form, RecordLine, Refused, RowId, Said, Standing, VitalSet};

/// Characters of a name or a label, at most.
pub(super) const NAME: usize = 100;
/// Characters of a note, at most.
pub(super) const NOTE: usize = 4_000;
/// Sets of vital signs, rows of treatment, or lines that the crew types, at most.
const ROWS: usize = 300;
/// Lines of the record, at most.
const RECORD: usize = 1_000;

/// Whether a text is short enough.
pub(super) fn fits(text: &str, most: usize) -> Result<(), Refused> {
    if text.chars().count() > most {
        return Err(Refused::Invalid {
            field: Field::TooLong,
        });
    }
    Ok(())
}

impl Form {
    /// Takes one touch; says what it replaced, where something had been entered.
    pub(super) fn touch(&mut self, change: Change) -> Result<Option<Change>, Refused> {
        change.check()?;
        Ok(match change {
            Change::Name(new) => named(&mut self.patient.name, new).map(Change::Name),
            Change::Kana(new) => named(&mut self.patient.kana, new).map(Change::Kana),
            Change::PatientLabel(new) => {
                named(&mut self.patient.label, new).map(Change::PatientLabel)
            }
            Change::BirthDate(new) => put(&mut self.patient.birth_date, new, Change::BirthDate),
            Change::AgeBand(new) => put(&mut self.patient.age_band, new, Change::AgeBand),
            Change::Sex(new) => put(&mut self.patient.sex, new, Change::Sex),
            Change::Complaint(what, is_so) => self
                .complaint
                .touch(what, is_so)
                .map(|was| Change::Complaint(what, was)),
            Change::ComplaintNote(new) => {
                text(&mut self.complaint.note, new).map(Change::ComplaintNote)
            }
            Change::Mechanism(what, is_so) => self
                .mechanism
                .touch(what, is_so)
                .map(|was| Change::Mechanism(what, was)),
            Change::MechanismNote(new) => {
                text(&mut self.mechanism.note, new).map(Change::MechanismNote)
            }
            Change::Finding(what, is_so) => self
                .findings
                .touch(what, is_so)
                .map(|was| Change::Finding(what, was)),
            Change::FindingNote(new) => text(&mut self.findings.note, new).map(Change::FindingNote),
            Change::Course(new) => text(&mut self.course, new).map(Change::Course),
            Change::Vital(set) => self.measured(set)?.map(Change::Vital),
            Change::Treatment(done) => self.treated(done)?.map(Change::Treatment),
            Change::Line {
                id,
                part,
                text: line,
            } => self.wrote(RecordLine {
                id,
                part,
                text: line,
                source: None,
                date: None,
                standing: Standing::Confirmed,
                by_crew: true,
            })?,
            Change::Standing(row, standing) => self.judged(row, standing),
            Change::Label(label, is_so) => {
                toggled(&mut self.labels, label, is_so).map(|was| Change::Label(label, was))
            }
            Change::Time(point, new) => {
                put(self.times.slot(point), new, |was| Change::Time(point, was))
            }
            Change::Eta(new) => put(&mut self.eta, new, Change::Eta),
            Change::Acuity(new) => put(&mut self.acuity, new, Change::Acuity),
            Change::Dismissed(rule, is_so) => toggled(&mut self.dismissed_alerts, rule, is_so)
                .map(|was| Change::Dismissed(rule, was)),
            Change::Ago(_) => None,
        })
    }

    fn measured(&mut self, set: VitalSet) -> Result<Option<VitalSet>, Refused> {
        let mut replaced = None;
        if let Some(old) = self.vitals.iter_mut().find(|old| old.id == set.id) {
            let was = std::mem::replace(old, set);
            replaced = (!old.keeps(&was)).then_some(was);
        } else {
            room(self.vitals.len())?;
            self.vitals.push(set);
        }
        self.vitals
            .sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
        Ok(replaced)
    }

    fn treated(&mut self, done: Done) -> Result<Option<Done>, Refused> {
        if let Some(old) = self.treatments.iter_mut().find(|old| old.id == done.id) {
            let was = std::mem::replace(old, done);
            return Ok((!old.keeps(&was)).then_some(was));
        }
        room(self.treatments.len())?;
        self.treatments.push(done);
        Ok(None)
    }

    fn wrote(&mut self, line: RecordLine) -> Result<Option<Change>, Refused> {
        let Some(old) = self.lines.iter_mut().find(|old| old.id == line.id) else {
            room(self.lines.iter().filter(|line| line.by_crew).count())?;
            self.lines.push(line);
            return Ok(None);
        };
        if !old.by_crew {
            return Err(Refused::Invalid { field: Field::Row });
        }
        let was = std::mem::replace(old, line);
        let is_kept = was.part == old.part && old.text.starts_with(&was.text);
        Ok((!is_kept).then_some(Change::Line {
            id: was.id,
            part: was.part,
            text: was.text,
        }))
    }

    /// What nobody has judged yet, and the record does not say any longer, goes.
    pub(super) fn drop_outdated(&mut self, proposed: &[RecordLine]) {
        let said: BTreeSet<&RowId> = proposed.iter().map(|line| &line.id).collect();
        self.lines.retain(|line| {
            line.by_crew || line.standing != Standing::Proposed || said.contains(&line.id)
        });
    }

    /// A line of the record, new or in the place of the one with its id. What was confirmed or
    /// struck stays so, and is not asked again, unless the record says it otherwise now: then the
    /// old judgement is handed back.
    pub(super) fn proposed(&mut self, line: RecordLine) -> Result<Option<Standing>, Refused> {
        let Some(old) = self.lines.iter_mut().find(|old| old.id == line.id) else {
            if self.lines.iter().filter(|line| !line.by_crew).count() >= RECORD {
                return Err(Refused::Full);
            }
            self.lines.push(line);
            return Ok(None);
        };
        if old.by_crew {
            let field = Field::Lines;
            return Err(Refused::Invalid { field });
        }
        let judged = std::mem::replace(&mut old.standing, line.standing);
        if *old == line {
            old.standing = judged;
            return Ok(None);
        }
        *old = line;
        Ok((judged != Standing::Proposed).then_some(judged))
    }

    /// A line that is gone went with its link: a touch on it that comes late has nothing to say.
    fn judged(&mut self, row: RowId, standing: Standing) -> Option<Change> {
        let line = self.lines.iter_mut().find(|line| line.id == row)?;
        let was = std::mem::replace(&mut line.standing, standing);
        (was != standing && was != Standing::Proposed).then_some(Change::Standing(row, was))
    }
}

impl Change {
    fn check(&self) -> Result<(), Refused> {
        match self {
            Self::Name(text) | Self::Kana(text) | Self::PatientLabel(text) => fits(text, NAME),
            Self::ComplaintNote(text)
            | Self::MechanismNote(text)
            | Self::FindingNote(text)
            | Self::Course(text)
            | Self::Line { text, .. } => fits(text, NOTE),
            Self::Treatment(done) => fits(&done.note, NOTE),
            Self::BirthDate(_)
            | Self::AgeBand(_)
            | Self::Sex(_)
            | Self::Complaint(..)
            | Self::Mechanism(..)
            | Self::Finding(..)
            | Self::Vital(_)
            | Self::Standing(..)
            | Self::Label(..)
            | Self::Time(..)
            | Self::Eta(_)
            | Self::Acuity(_)
            | Self::Dismissed(..)
            | Self::Ago(_) => Ok(()),
        }
    }
}

impl<C: Ord> Said<C> {
    fn touch(&mut self, what: C, is_so: bool) -> Option<bool> {
        toggled(&mut self.choices, what, is_so)
    }
}

impl VitalSet {
    /// Whether everything in an older version of the row is in this one, too.
    fn keeps(&self, was: &Self) -> bool {
        let filled = Self {
            jcs: was.jcs.or(self.jcs),
            gcs: was.gcs.or(self.gcs),
            breathing: was.breathing.or(self.breathing),
            pulse: was.pulse.or(self.pulse),
            systolic: was.systolic.or(self.systolic),
            diastolic: was.diastolic.or(self.diastolic),
            spo2: was.spo2.or(self.spo2),
            oxygen_tenths: was.oxygen_tenths.or(self.oxygen_tenths),
            temperature_tenths: was.temperature_tenths.or(self.temperature_tenths),
            glucose_tenths: was.glucose_tenths.or(self.glucose_tenths),
            unmeasurable: was
                .unmeasurable
                .union(&self.unmeasurable)
                .copied()
                .collect(),
            pupils: was.pupils.or(self.pupils),
            ..self.clone()
        };
        (was.is_empty() || was.at == self.at) && filled == *self
    }
}

impl Done {
    fn keeps(&self, was: &Self) -> bool {
        self.what == was.what
            && (was.at.is_none() || was.at == self.at)
            && self.note.starts_with(&was.note)
    }
}

fn room(rows: usize) -> Result<(), Refused> {
    (rows < ROWS).then_some(()).ok_or(Refused::Full)
}

/// The old value as the touch that would set it again, where there was one.
fn put<T: PartialEq>(
    slot: &mut Option<T>,
    new: Option<T>,
    touch: impl FnOnce(Option<T>) -> Change,
) -> Option<Change> {
    let is_same = *slot == new;
    let was = std::mem::replace(slot, new);
    (was.is_some() && !is_same).then(|| touch(was))
}

fn toggled<C: Ord>(set: &mut BTreeSet<C>, what: C, is_so: bool) -> Option<bool> {
    let was = if is_so {
        !set.insert(what)
    } else {
        set.remove(&what)
    };
    (was && !is_so).then_some(true)
}

/// The old text where the new one does not begin with it.
fn text(slot: &mut String, new: String) -> Option<String> {
    let was = std::mem::replace(slot, new);
    (!slot.starts_with(&*was)).then_some(was)
}

fn named(slot: &mut Option<String>, new: String) -> Option<String> {
    let mut held = slot.take().unwrap_or_default();
    let was = text(&mut held, new);
    *slot = Some(held).filter(|held| !held.is_empty());
    was
}
