//! Opening one handoff, and revealing whom it is about.

use std::collections::BTreeSet;

use super::{Actor, Error, Handoffs, step::TRIES};
use crate::domain::{
    access::{Action, Person},
    event::{Event, Ground, Prefetch},
    handoff::{Handoff, HandoffId, Incoming, Inquiry, Sight},
    section::SourceName,
};

/// One handoff as the one who opens it may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The department's own, with everything; that it was shown is recorded.
    Crew(Box<Handoff>),
    /// A hospital is asked: without identity.
    Asked(Box<Incoming>),
    /// The hospital accepted: still without identity, which [`Handoffs::reveal`] shows.
    Accepted(Box<Incoming>),
    /// The hospital declined, or is not asked any longer: its own inquiries, never the form.
    Gone(Vec<Inquiry>),
}

impl Handoffs {
    /// One handoff. Whoever is of its department sees whom it is about: recorded first.
    ///
    /// # Errors
    /// [`Error::NotThere`] (unknown, another department's, never asked: all the same),
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn open(&self, actor: &Actor, id: &HandoffId) -> Result<Opened, Error> {
        self.check(actor, actor.reading(), "open").await?;
        for _ in 0..TRIES {
            let handoff = self.load(actor, id, "open").await?;
            let own = match handoff.seen_by(&actor.facility) {
                Some(Sight::Crew(own)) => self.under_own_grant(actor, own),
                Some(Sight::Asked(incoming)) => return Ok(Opened::Asked(incoming)),
                Some(Sight::Accepted(_)) => {
                    return match handoff.board_row(&actor.facility) {
                        Some(incoming) => Ok(Opened::Accepted(Box::new(incoming))),
                        None => Err(self.not_there(actor, "open").await),
                    };
                }
                Some(Sight::Gone(inquiries)) => return Ok(Opened::Gone(inquiries)),
                None => return Err(self.not_there(actor, "open").await),
            };
            self.record_look(actor, &own).await?;
            if self.is_still(&handoff).await? {
                return Ok(Opened::Crew(self.under_own_grant(actor, own)));
            }
        }
        Err(Error::Unavailable)
    }

    /// A handoff that this hospital accepted, with whom it is about and everything the crew wrote:
    /// recorded first.
    ///
    /// # Errors
    /// [`Error::NotThere`] also where the hospital has not accepted, [`Error::CannotRecord`],
    /// [`Error::Unavailable`].
    pub async fn reveal(&self, actor: &Actor, id: &HandoffId) -> Result<Box<Handoff>, Error> {
        self.check(actor, Action::Accept, "reveal").await?;
        for _ in 0..TRIES {
            let handoff = self.accepted(actor, id, "reveal").await?;
            self.record_look(actor, &handoff).await?;
            if self.is_still(&handoff).await? {
                return Ok(handoff);
            }
        }
        Err(Error::Unavailable)
    }

    /// Whom this hospital may fetch ahead, because it accepted the handoff (B18): recorded first.
    /// `None` where nobody knows who it is.
    ///
    /// # Errors
    /// As [`Self::reveal`].
    pub async fn to_fetch_ahead(
        &self,
        actor: &Actor,
        id: &HandoffId,
        sources: &BTreeSet<SourceName>,
    ) -> Result<Option<Person>, Error> {
        self.check(actor, Action::Accept, "prefetch").await?;
        for _ in 0..TRIES {
            let handoff = self.accepted(actor, id, "prefetch").await?;
            let Some(link) = &handoff.linked else {
                return Ok(None);
            };
            let event = Event::Prefetched(Box::new(Prefetch {
                ground: Ground::Handoff(id.clone()),
                sources: sources.iter().copied().collect(),
            }));
            let person = link.person.clone();
            self.record(actor.entry(Some(person.clone()), event))
                .await?;
            if self.is_still(&handoff).await? {
                return Ok(Some(person));
            }
        }
        Err(Error::Unavailable)
    }

    /// Whether a handoff is what it was before a look at it was recorded: meanwhile the crew may
    /// have gone elsewhere, or seen that it is somebody else.
    async fn is_still(&self, seen: &Handoff) -> Result<bool, Error> {
        let now = self.inner.registry.handoff(seen.id.clone()).await?;
        Ok(now.is_some_and(|now| now.version == seen.version))
    }

    /// A handoff as the hospital that accepted it sees it, while the patient comes and for a day
    /// after the handover.
    async fn accepted(
        &self,
        actor: &Actor,
        id: &HandoffId,
        what: &str,
    ) -> Result<Box<Handoff>, Error> {
        let handoff = self.load(actor, id, what).await?;
        match handoff.seen_by(&actor.facility) {
            Some(Sight::Accepted(its)) if its.is_shown(self.inner.clock.now().wall) => Ok(its),
            Some(Sight::Accepted(_) | Sight::Crew(_) | Sight::Asked(_) | Sight::Gone(_)) | None => {
                Err(self.not_there(actor, what).await)
            }
        }
    }

    async fn record_look(&self, actor: &Actor, handoff: &Handoff) -> Result<(), Error> {
        let event = Event::HandoffRevealed {
            handoff: handoff.id.clone(),
            version: handoff.version,
        };
        let linked = handoff.linked.as_ref();
        let person = linked.map(|link| link.person.clone());
        self.record(actor.entry(person, event)).await.map(drop)
    }
}
