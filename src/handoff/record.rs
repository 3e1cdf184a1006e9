//! How this room writes entries.

use super::{Actor, Error, Handoffs};
use crate::{
    domain::{
        access::Person,
        event::{Draft, Event},
        handoff::{HandoffId, StepId},
    },
    ledger::Appended,
    registry,
};

/// A step whose entry comes before it.
pub(super) struct Taking<'a> {
    pub(super) actor: &'a Actor,
    /// The entry.
    pub(super) draft: Draft,
    /// The word of the step.
    pub(super) word: &'a str,
    /// Of which handoff, on which version, and which step: what an entry that takes it back names.
    pub(super) of: (&'a HandoffId, u64, &'a StepId),
    /// Why it was not stored where the registry did not want it.
    pub(super) lost: &'a str,
}

impl Actor {
    /// An entry that this one caused.
    pub(super) fn entry(&self, person: Option<Person>, event: Event) -> Draft {
        Draft {
            who: Some(self.who.clone()),
            facility: self.facility.clone(),
            terminal: Some(self.terminal.clone()),
            address: self.address,
            request: Some(self.request.clone()),
            person,
            event,
        }
    }
}

impl Handoffs {
    /// Makes an entry durable, or says that nothing may happen.
    pub(super) async fn record(&self, draft: Draft) -> Result<Appended, Error> {
        Ok(self.inner.ledger.append(draft).await?)
    }

    /// Records a step, then stores what it made; whether that was stored. Where it was not, the
    /// ledger is told: its entry says a step that was not taken. Where the registry says nothing,
    /// it is asked first what `stands`: an answer that was lost takes nothing back.
    pub(super) async fn record_and_store(
        &self,
        taking: Taking<'_>,
        store: impl Future<Output = Result<bool, registry::Error>>,
        stands: impl Future<Output = Result<bool, registry::Error>>,
    ) -> Result<bool, Error> {
        self.record(taking.draft).await?;
        let (stored, why) = match store.await {
            Ok(true) => return Ok(true),
            Ok(false) => (Ok(false), taking.lost),
            Err(error) => match stands.await {
                Ok(true) => return Ok(true),
                Ok(false) => (Err(error), "not_stored"),
                Err(_) => (Err(error), "perhaps_not_stored"),
            },
        };
        let (id, version, step) = taking.of;
        let why = format!("{why} {id} {version} {step}");
        self.record_refusal(taking.actor, taking.word, &why).await;
        Ok(stored?)
    }

    /// Records that something was refused, which stands even where that cannot be recorded.
    pub(super) async fn record_refusal(&self, actor: &Actor, what: &str, why: &str) {
        let event = Event::Refused {
            what: format!("handoff_{what}"),
            why: why.to_owned(),
        };
        if let Err(error) = self.record(actor.entry(None, event)).await {
            tracing::error!(%error, "a refusal could not be recorded");
        }
    }

    /// What is somebody else's, or is not there at all, looks the same here and in the ledger.
    pub(super) async fn not_there(&self, actor: &Actor, what: &str) -> Error {
        self.record_refusal(actor, what, "not_there").await;
        Error::NotThere
    }
}
