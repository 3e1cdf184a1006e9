//! A crew begins a run.

use super::{Actor, Error, Handoffs, record::Taking};
use crate::domain::{
    access::Action,
    event::Event,
    handoff::{Handoff, HandoffId, StepId},
};

/// Characters of the longest name of a unit.
const LONGEST_UNIT: usize = 40;

impl Handoffs {
    /// Begins a handoff, or finds the one that the same step began before: recorded first. `unit` is
    /// 隊名.
    ///
    /// # Errors
    /// [`Error::NotThere`] for whoever is not of a crew, [`Error::TooMany`],
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn begin(
        &self,
        actor: &Actor,
        step: &StepId,
        unit: &str,
    ) -> Result<HandoffId, Error> {
        self.check(actor, Action::Handoff, "begin").await?;
        let unit: String = unit.trim().chars().take(LONGEST_UNIT).collect();
        let (room, actor, step) = (self.clone(), actor.clone(), step.clone());
        let beginning = async move { room.begin_in_turn(&actor, &step, unit).await };
        self.inner
            .tasks
            .spawn(beginning)
            .await
            .unwrap_or(Err(Error::Unavailable))
    }

    async fn begin_in_turn(
        &self,
        actor: &Actor,
        step: &StepId,
        unit: String,
    ) -> Result<HandoffId, Error> {
        let registry = &self.inner.registry;
        let id = registry.handoff_id(&actor.facility, &actor.who.account, step);
        let _turn = self.turn(&id).await;
        if registry.handoff(id.clone()).await?.is_some() {
            return Ok(id);
        }
        let now = self.inner.clock.now().wall;
        let handoff = Handoff::begin(id.clone(), unit, &actor.party(), now);
        let event = Event::HandoffStep {
            handoff: id.clone(),
            step: "begin".to_owned(),
            hospitals: Vec::new(),
            version: handoff.version,
            said: handoff.unit.clone(),
        };
        let taking = Taking {
            actor,
            draft: actor.entry(None, event),
            word: "begin",
            of: (&id, handoff.version, step),
            lost: "too_many",
        };
        let store = registry.add_handoff(&handoff, &*self.inner.entropy);
        let stands = async {
            let found = registry.handoff(id.clone()).await?;
            Ok(found.as_ref() == Some(&handoff))
        };
        if !self.record_and_store(taking, store, stands).await? {
            return Err(Error::TooMany);
        }
        self.announce_own().await;
        Ok(id)
    }
}
