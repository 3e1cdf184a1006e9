//! Many patients at once: the list that a facility keeps while its 災害時 flag is on.

use super::{Actor, Error, Handoffs, record::Taking, step::TRIES};
use crate::{
    domain::{
        event::Event,
        handoff::{HandoffId, MassCasualty, MassStep, Refused, Sight, StageWord, StepId, Taken},
    },
    registry::Disaster,
};

/// A facility's newest list, and what a touch does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Many {
    /// The list, also after it was closed; `None` where there never was one.
    pub list: Option<MassCasualty>,
    /// Whether the 災害時 flag is on: patients can be added.
    pub is_on: bool,
    /// Whether touches are of that list; where not, the next patient begins another.
    pub goes_on: bool,
}

impl Handoffs {
    /// The facility's list, while its 災害時 flag is on or as it was closed last. It names nobody:
    /// identities are in handoffs.
    ///
    /// # Errors
    /// [`Error::NotThere`] for whoever has not the role, [`Error::Unavailable`].
    pub async fn list(&self, actor: &Actor) -> Result<Many, Error> {
        self.check(actor, actor.reading(), "list").await?;
        let registry = &self.inner.registry;
        let list = registry.newest_list(actor.facility.clone()).await?;
        let disaster = self.disaster(actor).await?;
        let goes_on = |(list, disaster)| is_open(list) && is_of(list, disaster);
        Ok(Many {
            is_on: disaster.is_some(),
            goes_on: list.as_ref().zip(disaster.as_ref()).is_some_and(goes_on),
            list,
        })
    }

    /// Takes a step of the list, which the first one begins: recorded first. With each disaster a
    /// list begins anew. `of` is the list that was touched, by its [`MassCasualty::word`]: a touch
    /// of one that a colleague closed meanwhile is of no other. `None`: whichever is open.
    ///
    /// # Errors
    /// [`Error::Refused`] with [`Refused::TooLate`] where no 災害時 flag is on and the list is not
    /// only to be closed, or the list is not the one that was touched; [`Error::NotThere`] for
    /// whoever has not the role, and for a handoff that is neither the department's own nor one
    /// that the hospital accepted; [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn list_step(
        &self,
        actor: &Actor,
        step_id: &StepId,
        of: Option<i64>,
        step: MassStep,
    ) -> Result<MassCasualty, Error> {
        self.check(actor, actor.acting(), "list").await?;
        if let MassStep::Handoff(_, Some(handoff)) = &step {
            let handoff = self.load(actor, handoff, "list").await?;
            match handoff.seen_by(&actor.facility) {
                Some(Sight::Crew(_) | Sight::Accepted(_)) => {}
                Some(Sight::Asked(_) | Sight::Gone(_)) | None => {
                    return Err(self.not_there(actor, "list").await);
                }
            }
        }
        let (room, actor, step_id) = (self.clone(), actor.clone(), step_id.clone());
        let taking = async move { room.take_of_list(&actor, &step_id, of, step).await };
        self.inner
            .tasks
            .spawn(taking)
            .await
            .unwrap_or(Err(Error::Unavailable))
    }

    async fn take_of_list(
        &self,
        actor: &Actor,
        step_id: &StepId,
        of: Option<i64>,
        step: MassStep,
    ) -> Result<MassCasualty, Error> {
        let name = HandoffId(format!("list-{}", actor.facility));
        let _turn = self.turn(&name).await;
        let (registry, entropy) = (&self.inner.registry, &*self.inner.entropy);
        for _ in 0..TRIES {
            let now = self.inner.clock.now().wall;
            let known = registry.newest_list(actor.facility.clone()).await?;
            // A step that was taken of a list that is closed or of another disaster is known to it.
            if let Some(known) = &known
                && knows(known, actor, step_id, &step, now)
            {
                return Ok(known.clone());
            }
            let goes_on = self.going_on(actor, known, &step).await?;
            let is_touched = |list: &MassCasualty| of == Some(list.word());
            if of.is_some() && !goes_on.as_ref().is_some_and(is_touched) {
                return Err(Error::Refused(CLOSED));
            }
            let from = goes_on.as_ref().map(|list| list.version);
            let mut list =
                goes_on.unwrap_or_else(|| MassCasualty::begin(actor.facility.clone(), now));
            list.apply(step_id.clone(), &actor.party(), step.clone(), now)
                .map_err(Error::Refused)?;
            let taking = Taking {
                actor,
                draft: actor.entry(None, list_entry(&name, from, &step)),
                word: word(&step),
                of: (&name, from.unwrap_or_default(), step_id),
                lost: "changed_meanwhile",
            };
            let store = registry.put_list(from, &list, entropy);
            let stands = async {
                let found = registry.newest_list(actor.facility.clone()).await?;
                Ok(found.as_ref() == Some(&list))
            };
            if self.record_and_store(taking, store, stands).await? {
                self.announce_own().await;
                return Ok(list);
            }
        }
        Err(Error::Unavailable)
    }

    /// The list that a step goes on with; `None` where it begins one. What is open can be closed
    /// whatever the flag says.
    async fn going_on(
        &self,
        actor: &Actor,
        known: Option<MassCasualty>,
        step: &MassStep,
    ) -> Result<Option<MassCasualty>, Error> {
        let open = known.filter(is_open);
        if *step == MassStep::End && open.is_some() {
            return Ok(open);
        }
        let disaster = self.disaster(actor).await?;
        let disaster = disaster.ok_or(Error::Refused(CLOSED))?;
        Ok(open.filter(|list| is_of(list, &disaster)))
    }

    /// The facility's 災害時 flag, where it is on.
    async fn disaster(&self, actor: &Actor) -> Result<Option<Disaster>, Error> {
        let now = self.inner.clock.now();
        let registry = &self.inner.registry;
        let facility = registry.facility(actor.facility.clone()).await?;
        let facility = facility.filter(|facility| facility.is_in_disaster(now.japanese_day()));
        Ok(facility.and_then(|facility| facility.disaster))
    }
}

/// Why a list takes nothing.
const CLOSED: Refused = Refused::TooLate {
    stage: StageWord::Ended,
};

const fn is_open(list: &MassCasualty) -> bool {
    list.ended.is_none()
}

fn is_of(list: &MassCasualty, disaster: &Disaster) -> bool {
    list.begun >= disaster.at
}

fn list_entry(name: &HandoffId, from: Option<u64>, step: &MassStep) -> Event {
    Event::HandoffStep {
        handoff: name.clone(),
        step: word(step).to_owned(),
        hospitals: Vec::new(),
        version: from.unwrap_or_default(),
        said: serde_json::to_string(step).unwrap_or_default(),
    }
}

/// Whether a list took this step before.
fn knows(
    list: &MassCasualty,
    actor: &Actor,
    step_id: &StepId,
    step: &MassStep,
    now: chrono::DateTime<chrono::Utc>,
) -> bool {
    let mut list = list.clone();
    let again = list.apply(step_id.clone(), &actor.party(), step.clone(), now);
    again == Ok(Taken::Before)
}

/// The word of a step in its entry.
const fn word(step: &MassStep) -> &'static str {
    match step {
        MassStep::Add { .. } => "list_add",
        MassStep::Triage(..) => "list_triage",
        MassStep::Sex(..) => "list_sex",
        MassStep::AgeBand(..) => "list_age_band",
        MassStep::Place(..) => "list_place",
        MassStep::Tag(..) => "list_tag",
        MassStep::Handoff(..) => "list_handoff",
        MassStep::Strike(..) => "list_strike",
        MassStep::End => "list_end",
    }
}
