//! One step of either side.

use chrono::{DateTime, Utc};

use super::{
    Change, DeclineReason, Field, Handoff, Happened, Inquiry, InquiryState, Late, Party, Refused,
    Replaced, Stage, Step, StepId, Taken, Talk, Told, WhyEnded,
    change::{NAME, NOTE, fits},
};
use crate::domain::access::FacilityId;

/// Inquiries of one run, at most.
const INQUIRIES: usize = 100;
/// Things said in one inquiry, at most.
const TALK: usize = 100;
/// Steps of one run, at most; those that ask, answer and hand over are not held up by it.
const STEPS: usize = 3_000;
/// Answers of one account after which all is as it was, at most.
const IDLE: usize = 100;
/// Touches in one step, at most.
const CHANGES: usize = 500;
/// Values replaced, at most.
pub(super) const REPLACED: usize = 1_000;
/// Steps that came too late for the form, at most.
const LATE: usize = 200;
/// Touches in all of them together, at most.
const LATE_CHANGES: usize = 1_000;

/// Who does something, and when.
pub(super) struct At<'a> {
    pub(super) by: &'a Party,
    pub(super) now: DateTime<Utc>,
}

impl Handoff {
    /// Takes a step. The same step of the same account sent again answers [`Taken::Before`]. A step
    /// after which all is as it was (a second touch on 応需) is taken and written down, so that it
    /// cannot come to life later.
    ///
    /// # Errors
    /// Why not; nothing changed.
    pub fn apply(
        &mut self,
        id: StepId,
        by: &Party,
        step: Step,
        now: DateTime<Utc>,
    ) -> Result<Taken, Refused> {
        let is_crew = self.is_crew(by)?;
        if Told::knows(&self.told, &by.account, &id, &step)? {
            return Ok(Taken::Before);
        }
        self.admit(is_crew, by, &step)?;
        let is_answer = step.is_answer();
        if self.told.iter().filter(|told| !told.is_idle).count() >= STEPS && !is_answer {
            return Err(Refused::Full);
        }
        let mut told = Told::new(&by.account, id, &step);
        let mut next = self.clone();
        let said = step.clone();
        next.take(&At { by, now }, step)?;
        told.is_idle = is_answer && next == *self;
        if told.is_idle && self.is_idled_out(by) {
            return Err(Refused::Full);
        }
        next.write_down(self.asked_anew(&said), by, &said, now);
        next.told.push(told);
        next.version += 1;
        *self = next;
        Ok(Taken::New)
    }

    /// Whether an account has sent as many answers that changed nothing as it may. One that changes
    /// something is never held up: of those there are as many as inquiries allow.
    fn is_idled_out(&self, by: &Party) -> bool {
        let idle = |told: &&Told| told.is_idle && told.by == by.account;
        self.told.iter().filter(idle).count() >= IDLE
    }

    /// The hospitals that a question reaches which nobody asks yet, each once, in their order.
    fn asked_anew(&self, step: &Step) -> Vec<FacilityId> {
        let mut anew = Vec::new();
        if let Step::Ask { hospitals } = step {
            for hospital in hospitals {
                let inquiry = self.inquiry(hospital);
                let is_asked = inquiry.is_some_and(|inquiry| inquiry.state.is_live());
                if !is_asked && !anew.contains(hospital) {
                    anew.push(hospital.clone());
                }
            }
        }
        anew
    }

    /// Whether it is the crew, or a hospital that was asked; nobody else has a step to take.
    fn is_crew(&self, by: &Party) -> Result<bool, Refused> {
        let is_own = by.facility == self.department;
        let is_known = is_own || self.inquiry(&by.facility).is_some();
        if is_known && by.is_crew == is_own {
            Ok(is_own)
        } else {
            Err(Refused::NotYours)
        }
    }

    /// Whose step it is.
    fn admit(&self, is_crew: bool, by: &Party, step: &Step) -> Result<(), Refused> {
        let is_allowed = match step {
            Step::Accept | Step::Decline { .. } | Step::AskBack { .. } | Step::Receive { .. } => {
                !is_crew
            }
            // The crew's access ends with the handover; the hospital may learn later who it is.
            Step::Link(_) | Step::Unlink | Step::Propose { .. } if is_crew => {
                return if self.stage.is_open() {
                    Ok(())
                } else {
                    Err(self.too_late())
                };
            }
            Step::Link(_) | Step::Unlink | Step::Propose { .. } => {
                self.is_handed_over_to(&by.facility)
            }
            Step::Edit(_)
            | Step::Ask { .. }
            | Step::Answer { .. }
            | Step::Withdraw { .. }
            | Step::Arrive { .. }
            | Step::End { .. } => is_crew,
        };
        is_allowed.then_some(()).ok_or(Refused::NotYours)
    }

    fn take(&mut self, at: &At<'_>, step: Step) -> Result<(), Refused> {
        match step {
            Step::Edit(changes) => self.edit(at, changes),
            Step::Ask { hospitals } => self.ask(at, hospitals),
            Step::Accept => self.accept(at),
            Step::Decline { reason, note } => self.decline(at, reason, note),
            Step::AskBack { text } => self.talk(at, &at.by.facility, text),
            Step::Answer { hospital, text } => self.talk(at, &hospital, text),
            Step::Withdraw { hospital } => self.withdraw(at, &hospital),
            Step::Arrive { by } => self.arrive(at, by),
            Step::Receive { by } => self.receive(at, by),
            Step::End { why } => self.end(at, why),
            Step::Link(link) => self.link(at, *link),
            Step::Unlink => {
                self.drop_record();
                Ok(())
            }
            Step::Propose {
                person,
                grant,
                lines,
            } => self.propose(at, (&person, grant), lines),
        }
    }

    fn edit(&mut self, at: &At<'_>, changes: Vec<Change>) -> Result<(), Refused> {
        if changes.is_empty() {
            return Err(invalid(Field::Empty));
        }
        if changes.len() > CHANGES {
            return Err(Refused::Full);
        }
        if !self.stage.is_open() {
            return self.edit_late(at, changes);
        }
        for change in changes {
            let Some(was) = self.form.touch(change)? else {
                continue;
            };
            if self.replaced.len() >= REPLACED {
                return Err(Refused::Full);
            }
            self.replaced.push(Replaced {
                was,
                by: at.by.account.clone(),
                at: at.now,
            });
        }
        Ok(())
    }

    /// The form stays as it was handed over; what comes later stands beside it.
    fn edit_late(&mut self, at: &At<'_>, changes: Vec<Change>) -> Result<(), Refused> {
        let held: usize = self.late.iter().map(|late| late.changes.len()).sum();
        if self.late.len() >= LATE || held + changes.len() > LATE_CHANGES {
            return Err(Refused::Full);
        }
        let mut tried = self.form.clone();
        for change in &changes {
            tried.touch(change.clone())?;
        }
        self.late.push(Late {
            changes,
            by: at.by.account.clone(),
            at: at.now,
        });
        Ok(())
    }

    fn ask(&mut self, at: &At<'_>, hospitals: Vec<FacilityId>) -> Result<(), Refused> {
        if hospitals.is_empty() {
            return Err(invalid(Field::Empty));
        }
        if hospitals.len() > INQUIRIES {
            return Err(Refused::Full);
        }
        if hospitals.contains(&self.department) {
            return Err(invalid(Field::Hospital));
        }
        if self.stage != Stage::Open {
            return Err(self.too_late());
        }
        for hospital in hospitals {
            let is_asked = self
                .inquiry(&hospital)
                .is_some_and(|inquiry| inquiry.state.is_live());
            if is_asked {
                continue;
            }
            if self.inquiries.len() >= INQUIRIES {
                return Err(Refused::Full);
            }
            self.inquiries.push(Inquiry {
                hospital,
                asked: at.now,
                state: InquiryState::Asked,
                talk: Vec::new(),
            });
        }
        Ok(())
    }

    /// The first acceptance stands; the others are told in the same step.
    fn accept(&mut self, at: &At<'_>) -> Result<(), Refused> {
        let hospital = &at.by.facility;
        if self.live(hospital)?.state != InquiryState::Asked {
            return Ok(());
        }
        for inquiry in &mut self.inquiries {
            if inquiry.state != InquiryState::Asked {
                continue;
            }
            inquiry.state = if inquiry.hospital == *hospital {
                InquiryState::Accepted {
                    at: at.now,
                    by: at.by.account.clone(),
                }
            } else {
                InquiryState::Taken { at: at.now }
            };
        }
        self.stage = Stage::Accepted {
            hospital: hospital.clone(),
        };
        Ok(())
    }

    fn decline(&mut self, at: &At<'_>, reason: DeclineReason, note: String) -> Result<(), Refused> {
        fits(&note, NOTE)?;
        if reason.needs_note() && note.trim().is_empty() {
            return Err(invalid(Field::Note));
        }
        let too_late = self.too_late();
        let inquiry = self.live(&at.by.facility)?;
        // Who has accepted has seen who it is: only the crew can go elsewhere then.
        if inquiry.state != InquiryState::Asked {
            return Err(too_late);
        }
        inquiry.state = InquiryState::Declined {
            at: at.now,
            by: at.by.account.clone(),
            reason,
            note,
        };
        Ok(())
    }

    fn talk(&mut self, at: &At<'_>, hospital: &FacilityId, text: String) -> Result<(), Refused> {
        fits(&text, NOTE)?;
        if text.trim().is_empty() {
            return Err(invalid(Field::Text));
        }
        if !self.stage.is_open() {
            return Err(self.too_late());
        }
        let talk = &mut self.live(hospital)?.talk;
        if talk.len() >= TALK {
            return Err(Refused::Full);
        }
        talk.push(Talk {
            by_crew: at.by.is_crew,
            by: at.by.account.clone(),
            at: at.now,
            text,
        });
        Ok(())
    }

    fn withdraw(&mut self, at: &At<'_>, hospital: &FacilityId) -> Result<(), Refused> {
        if !self.stage.is_open() {
            return Err(self.too_late());
        }
        if self.inquiry(hospital).is_none() {
            return Err(invalid(Field::Hospital));
        }
        if self.stage.hospital() == Some(hospital) {
            self.stage = Stage::Open;
        }
        self.withdraw_live(at.now, |inquiry| inquiry.hospital == *hospital);
        Ok(())
    }

    fn withdraw_live(&mut self, at: DateTime<Utc>, is_meant: impl Fn(&Inquiry) -> bool) {
        for inquiry in &mut self.inquiries {
            if inquiry.state.is_live() && is_meant(inquiry) {
                let (accepted, accepted_by) = match &inquiry.state {
                    InquiryState::Accepted { at, by } => (Some(*at), Some(by.clone())),
                    InquiryState::Asked
                    | InquiryState::Declined { .. }
                    | InquiryState::Withdrawn { .. }
                    | InquiryState::Taken { .. } => (None, None),
                };
                inquiry.state = InquiryState::Withdrawn {
                    at,
                    accepted,
                    accepted_by,
                };
            }
        }
    }

    fn arrive(&mut self, at: &At<'_>, crew_name: String) -> Result<(), Refused> {
        let crew_name = named(crew_name)?;
        match &self.stage {
            Stage::Open => Err(self.not_yet()),
            Stage::Accepted { hospital } => {
                self.stage = Stage::Arriving {
                    hospital: hospital.clone(),
                    crew_name,
                    at: at.now,
                };
                self.form.times.hospital.get_or_insert(at.now);
                Ok(())
            }
            Stage::Arriving { .. } => Ok(()),
            Stage::HandedOver { .. } | Stage::Ended { .. } => Err(self.too_late()),
        }
    }

    fn receive(&mut self, at: &At<'_>, hospital_name: String) -> Result<(), Refused> {
        let hospital_name = named(hospital_name)?;
        self.live(&at.by.facility)?;
        match &self.stage {
            Stage::Open | Stage::Accepted { .. } => Err(self.not_yet()),
            Stage::Arriving {
                hospital,
                crew_name,
                at: arrived,
            } => {
                self.stage = Stage::HandedOver {
                    hospital: hospital.clone(),
                    crew_name: crew_name.clone(),
                    hospital_name,
                    arrived: *arrived,
                    at: at.now,
                };
                Ok(())
            }
            Stage::HandedOver { .. } => Ok(()),
            Stage::Ended { .. } => Err(self.too_late()),
        }
    }

    fn end(&mut self, at: &At<'_>, why: WhyEnded) -> Result<(), Refused> {
        match &self.stage {
            Stage::HandedOver { .. } => return Err(self.too_late()),
            Stage::Ended { why: before, .. } if *before != why => return Err(self.too_late()),
            Stage::Ended { .. } => return Ok(()),
            Stage::Open | Stage::Accepted { .. } | Stage::Arriving { .. } => {}
        }
        self.withdraw_live(at.now, |_| true);
        self.stage = Stage::Ended { why, at: at.now };
        Ok(())
    }

    fn is_handed_over_to(&self, facility: &FacilityId) -> bool {
        matches!(&self.stage, Stage::HandedOver { hospital, .. } if hospital == facility)
    }

    /// The inquiry of a hospital that is still in play.
    fn live(&mut self, hospital: &FacilityId) -> Result<&mut Inquiry, Refused> {
        let too_late = self.too_late();
        let has_ended = matches!(self.stage, Stage::Ended { .. });
        let inquiry = self
            .inquiries
            .iter_mut()
            .rev()
            .find(|inquiry| inquiry.hospital == *hospital)
            .ok_or(invalid(Field::Hospital))?;
        match inquiry.state {
            InquiryState::Asked | InquiryState::Accepted { .. } => Ok(inquiry),
            InquiryState::Declined { .. } => Err(Refused::Declined),
            InquiryState::Taken { .. } => Err(Refused::AlreadyTaken),
            InquiryState::Withdrawn { .. } if has_ended => Err(too_late),
            InquiryState::Withdrawn { .. } => Err(Refused::Withdrawn),
        }
    }

    fn write_down(&mut self, asked: Vec<FacilityId>, by: &Party, step: &Step, now: DateTime<Utc>) {
        let word = step.happened();
        let last = self.log.last_mut().filter(|last| {
            matches!(step, Step::Edit(_)) && last.word == word && last.account == by.account
        });
        if let Some(last) = last {
            last.until = now;
            return;
        }
        let hospitals: Vec<Option<FacilityId>> = if let Step::Ask { .. } = step {
            asked.into_iter().map(Some).collect()
        } else if by.is_crew {
            vec![step.hospital().cloned()]
        } else {
            vec![Some(by.facility.clone())]
        };
        let happened = |hospital| Happened {
            account: by.account.clone(),
            facility: by.facility.clone(),
            at: now,
            until: now,
            word: word.to_owned(),
            hospital,
        };
        self.log.extend(hospitals.into_iter().map(happened));
    }

    const fn too_late(&self) -> Refused {
        Refused::TooLate {
            stage: self.stage.word(),
        }
    }

    const fn not_yet(&self) -> Refused {
        Refused::NotYet {
            stage: self.stage.word(),
        }
    }
}

impl Step {
    /// Whether it is bounded by the inquiries, and must never be held up.
    #[must_use]
    pub const fn is_answer(&self) -> bool {
        matches!(
            self,
            Self::Ask { .. }
                | Self::Accept
                | Self::Decline { .. }
                | Self::Withdraw { .. }
                | Self::Arrive { .. }
                | Self::Receive { .. }
                | Self::End { .. }
                | Self::Unlink
        )
    }
}

pub(super) const fn invalid(field: Field) -> Refused {
    Refused::Invalid { field }
}

fn named(name: String) -> Result<String, Refused> {
    fits(&name, NAME)?;
    if name.trim().is_empty() {
        return Err(invalid(Field::Name));
    }
    Ok(name)
}
