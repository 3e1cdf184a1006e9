//! A run that a crew handed over as codes on its tablet's screen, where it had no connection: what
//! it touched is taken as its own steps, and the hospital that scanned it has accepted.

use chrono::{DateTime, Utc};

use super::{Actor, Error, Handoffs};
use crate::domain::{
    access::{Action, FacilityId},
    event::Event,
    handoff::{Handoff, HandoffId, InquiryState, Refused, Stage, Step, StepId},
};

impl Handoffs {
    /// Whether a hospital's account may take over what a crew's tablet shows: asked before anything
    /// of it is opened.
    ///
    /// # Errors
    /// [`Error::NotThere`] for whoever may not accept.
    pub async fn check_carried(&self, by: &Actor) -> Result<(), Error> {
        self.check(by, Action::Accept, "carried").await
    }

    /// Records that a hospital scanned what a crew handed over, before any of it is taken. `said`
    /// names the touches.
    ///
    /// # Errors
    /// [`Error::NotThere`] where the run is not the crew's department's, or either has not the role;
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn carried(
        &self,
        (by, crew): (&Actor, &Actor),
        id: &HandoffId,
        said: String,
    ) -> Result<(), Error> {
        self.check(by, Action::Accept, "carried").await?;
        self.check(crew, Action::Handoff, "carried").await?;
        let handoff = self.load(crew, id, "carried").await?;
        let event = Event::HandoffStep {
            handoff: id.clone(),
            step: "carried".to_owned(),
            hospitals: vec![by.facility.clone()],
            version: handoff.version,
            said,
        };
        self.record(by.entry(None, event)).await.map(drop)
    }

    /// The crew's run as it stands now, for its own touches; nothing of it is shown to anybody.
    ///
    /// # Errors
    /// As [`Self::carried`].
    pub async fn carried_run(&self, crew: &Actor, id: &HandoffId) -> Result<Handoff, Error> {
        self.load(crew, id, "carried").await
    }

    /// The crew stands here: it asks this hospital, and the hospital accepts, where neither was so
    /// before. What another hospital accepted stays its own.
    ///
    /// # Errors
    /// [`Error::Refused`] with [`Refused::AlreadyTaken`] where another hospital accepted, with
    /// [`Refused::TooLate`] where the run is over; as [`Self::carried`].
    pub async fn accept_carried(
        &self,
        (by, crew): (&Actor, &Actor),
        id: &HandoffId,
        step: &StepId,
    ) -> Result<(), Error> {
        let handoff = self.load(crew, id, "carried").await?;
        match &handoff.stage {
            Stage::Open => {}
            Stage::Accepted { hospital }
            | Stage::Arriving { hospital, .. }
            | Stage::HandedOver { hospital, .. }
                if *hospital == by.facility =>
            {
                return Ok(());
            }
            Stage::Accepted { .. } | Stage::Arriving { .. } => {
                return Err(Error::Refused(Refused::AlreadyTaken));
            }
            Stage::HandedOver { .. } | Stage::Ended { .. } => {
                let stage = handoff.stage.word();
                return Err(Error::Refused(Refused::TooLate { stage }));
            }
        }
        let asked = match asked(&handoff, &by.facility) {
            Some(asked) => asked,
            None => self.ask_carried((by, crew), id, step).await?,
        };
        let accepting = self.answer(by, id, step, (Step::Accept, asked));
        accepting.await.map(drop)
    }

    async fn ask_carried(
        &self,
        (by, crew): (&Actor, &Actor),
        id: &HandoffId,
        step: &StepId,
    ) -> Result<DateTime<Utc>, Error> {
        let hospitals = vec![by.facility.clone()];
        let asking = StepId::new(&format!("{step}.ask")).ok_or(Error::Unavailable)?;
        self.step(crew, id, &asking, Step::Ask { hospitals })
            .await?;
        let handoff = self.load(crew, id, "carried").await?;
        asked(&handoff, &by.facility).ok_or(Error::Refused(Refused::Withdrawn))
    }
}

/// When a hospital was asked that has not answered yet.
fn asked(handoff: &Handoff, hospital: &FacilityId) -> Option<DateTime<Utc>> {
    let inquiry = handoff.inquiry(hospital)?;
    (inquiry.state == InquiryState::Asked).then_some(inquiry.asked)
}
