//! One step of either side: recorded, then taken in the place of the version it was made of.

use chrono::{DateTime, Utc};

use super::{Actor, Error, Handoffs, record::Taking};
use crate::{
    domain::{
        access::{Action, FacilityId, Person},
        event::{Draft, Event},
        handoff::{Field, Handoff, HandoffId, Refused, StageWord, Step, StepId, Taken},
    },
    registry::FacilityKind,
};

/// How often a step is made anew of what another node changed in between. Who lost has more to
/// write than who won, so that some lose often.
pub(super) const TRIES: usize = 24;

/// Bytes of a handoff, at most: lists read many at once. What asks, answers and hands over is taken
/// all the same.
const LARGEST: usize = 512 * 1024;

fn is_too_large(handoff: &Handoff) -> bool {
    serde_json::to_vec(handoff).is_ok_and(|body| body.len() > LARGEST)
}

/// A step as whoever sent it meant it.
struct Meant {
    step: Step,
    /// When the inquiry was made that it answers; `None` where it answers none.
    asked: Option<DateTime<Utc>>,
}

impl Meant {
    /// Whether the hospital's last inquiry is the one that was answered, to the millisecond, as forms
    /// say it.
    fn is_of(&self, handoff: &Handoff, hospital: &FacilityId) -> bool {
        self.asked.is_none_or(|asked| {
            let inquiry = handoff.inquiry(hospital);
            inquiry
                .is_some_and(|inquiry| inquiry.asked.timestamp_millis() == asked.timestamp_millis())
        })
    }
}

/// A step that was taken, now or before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Whether it was taken now.
    pub taken: Taken,
    /// The version of the handoff after it.
    pub version: u64,
    /// How the handoff stands after it.
    pub stage: StageWord,
}

impl Done {
    const fn of(handoff: &Handoff, taken: Taken) -> Self {
        Self {
            taken,
            version: handoff.version,
            stage: handoff.stage.word(),
        }
    }
}

impl Handoffs {
    /// Takes a step that a tablet or a terminal sent. The same step again is the same, and changes
    /// nothing.
    ///
    /// # Errors
    /// [`Error::NotThere`], [`Error::Refused`], [`Error::CannotRecord`], [`Error::Unavailable`];
    /// nothing changed.
    pub async fn step(
        &self,
        actor: &Actor,
        id: &HandoffId,
        step_id: &StepId,
        step: Step,
    ) -> Result<Done, Error> {
        self.check(actor, actor.acting(), step.word()).await?;
        if !step.is_sent_by_clients() {
            return Err(self.not_there(actor, step.word()).await);
        }
        if let Step::Ask { hospitals } = &step {
            self.check_hospitals(hospitals).await?;
        }
        self.take(actor, id, step_id, step).await
    }

    /// Takes what a hospital answers to the inquiry made at `asked`. A form that was sent again when
    /// the crew had withdrawn and asked anew answers nothing: it was about another question.
    ///
    /// # Errors
    /// As [`Self::step`]; [`Error::Refused`] with [`Refused::Withdrawn`] where the hospital has been
    /// asked anew since.
    pub async fn answer(
        &self,
        actor: &Actor,
        id: &HandoffId,
        step_id: &StepId,
        (step, asked): (Step, DateTime<Utc>),
    ) -> Result<Done, Error> {
        self.check(actor, Action::Accept, step.word()).await?;
        if !step.is_sent_by_clients() {
            return Err(self.not_there(actor, step.word()).await);
        }
        let meant = Meant {
            step,
            asked: Some(asked),
        };
        self.take_meant(actor, id, step_id, meant).await
    }

    /// A step of the form or of the room itself.
    pub(super) async fn take(
        &self,
        actor: &Actor,
        id: &HandoffId,
        step_id: &StepId,
        step: Step,
    ) -> Result<Done, Error> {
        let meant = Meant { step, asked: None };
        self.take_meant(actor, id, step_id, meant).await
    }

    /// Whoever asks may go away meanwhile: what was recorded is taken all the same.
    async fn take_meant(
        &self,
        actor: &Actor,
        id: &HandoffId,
        step_id: &StepId,
        meant: Meant,
    ) -> Result<Done, Error> {
        self.check(actor, actor.acting(), meant.step.word()).await?;
        let (room, actor, id) = (self.clone(), actor.clone(), id.clone());
        let step_id = step_id.clone();
        let taking = async move { room.take_in_turn(&actor, &id, &step_id, meant).await };
        self.inner
            .tasks
            .spawn(taking)
            .await
            .unwrap_or(Err(Error::Unavailable))
    }

    async fn take_in_turn(
        &self,
        actor: &Actor,
        id: &HandoffId,
        step_id: &StepId,
        meant: Meant,
    ) -> Result<Done, Error> {
        let step = &meant.step;
        let _turn = self.turn(id).await;
        for _ in 0..TRIES {
            let before = self.load(actor, id, step.word()).await?;
            let mut after = before.clone();
            let now = self.inner.clock.now().wall;
            match after.apply(step_id.clone(), &actor.party(), step.clone(), now) {
                Ok(Taken::New) if !meant.is_of(&before, &actor.facility) => {
                    return Err(Error::Refused(Refused::Withdrawn));
                }
                Ok(Taken::New) if !step.is_answer() && is_too_large(&after) => {
                    return Err(Error::Refused(Refused::Full));
                }
                Ok(Taken::New) => {}
                Ok(Taken::Before) => {
                    // What could not be recorded then is recorded now.
                    self.end_grants(&before).await?;
                    return Ok(Done::of(&before, Taken::Before));
                }
                Err(Refused::NotYours) => return Err(self.not_there(actor, step.word()).await),
                Err(refused) => return Err(Error::Refused(refused)),
            }
            if self.stored(actor, &before, &after, (step_id, step)).await? {
                if before.stage.is_open() {
                    self.end_grants(&after).await?;
                }
                self.announce_own().await;
                return Ok(Done::of(&after, Taken::New));
            }
        }
        Err(Error::Unavailable)
    }

    /// Records a step, and stores what it made of a handoff; whether that was still what it was
    /// made of.
    async fn stored(
        &self,
        actor: &Actor,
        before: &Handoff,
        after: &Handoff,
        (step_id, step): (&StepId, &Step),
    ) -> Result<bool, Error> {
        let at = self.inner.clock.now().wall;
        let registry = &self.inner.registry;
        let taking = Taking {
            actor,
            draft: step_entry(actor, before, after, step),
            word: step.word(),
            of: (&after.id, before.version, step_id),
            lost: "changed_meanwhile",
        };
        let store = registry.change_handoff(before.version, after, at, &*self.inner.entropy);
        let stands = async {
            let found = registry.handoff(after.id.clone()).await?;
            Ok(found.as_ref() == Some(after))
        };
        self.record_and_store(taking, store, stands).await
    }

    /// A handoff that this one's facility may know of.
    pub(super) async fn load(
        &self,
        actor: &Actor,
        id: &HandoffId,
        what: &str,
    ) -> Result<Handoff, Error> {
        let found = self.inner.registry.handoff(id.clone()).await?;
        match found.filter(|found| found.seen_by(&actor.facility).is_some()) {
            Some(found) => Ok(found),
            None => Err(self.not_there(actor, what).await),
        }
    }

    /// Only hospitals can be asked.
    async fn check_hospitals(&self, hospitals: &[FacilityId]) -> Result<(), Error> {
        let known = self.inner.registry.facilities().await?;
        let is_hospital = |id: &FacilityId| {
            known
                .iter()
                .any(|one| one.id == *id && one.kind == FacilityKind::Hospital)
        };
        if hospitals.iter().all(is_hospital) {
            return Ok(());
        }
        let field = Field::Hospital;
        Err(Error::Refused(Refused::Invalid { field }))
    }
}

/// The person stands only with the department's own steps: what a hospital does is about nobody it
/// was not told of.
fn step_entry(actor: &Actor, before: &Handoff, after: &Handoff, step: &Step) -> Draft {
    let event = Event::HandoffStep {
        handoff: after.id.clone(),
        step: step.word().to_owned(),
        hospitals: hospitals(actor, step),
        version: before.version,
        said: serde_json::to_string(step).unwrap_or_default(),
    };
    let person = person(before, after).filter(|_| actor.facility == after.department);
    actor.entry(person, event)
}

/// Whom it is about after the step; of what is unlinked, whom it was about.
fn person(before: &Handoff, after: &Handoff) -> Option<Person> {
    let linked = after.linked.as_ref().or(before.linked.as_ref());
    linked.map(|link| link.person.clone())
}

fn hospitals(actor: &Actor, step: &Step) -> Vec<FacilityId> {
    if !actor.is_crew {
        vec![actor.facility.clone()]
    } else if let Step::Ask { hospitals } = step {
        hospitals.clone()
    } else {
        step.hospital().into_iter().cloned().collect()
    }
}
