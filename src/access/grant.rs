//! Grants after they were opened: looking one up, notes, and their one end.

use std::sync::Arc;

use super::{
    Access, Error, Field, Viewer, Wrong,
    glass::{LONGEST_NOTE, read_text},
    record::{about, by_itself},
    session::unlocked,
};
use crate::domain::{
    access::{Basis, End, Grant, GrantId, IdentifiedBy},
    event::Event,
};

impl Access {
    /// The viewer's own open grant. Ends it first where its time is over.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::GrantOver`], [`Error::OtherNode`], [`Error::NotAllowed`]
    /// (unknown, somebody else's, another facility's: all the same).
    pub async fn grant(&self, viewer: &Viewer, id: &GrantId) -> Result<Arc<Grant>, Error> {
        unlocked(viewer)?;
        let open = self
            .inner
            .ledger
            .grant(id)
            .filter(|grant| is_own(viewer, grant));
        let Some(grant) = open else {
            // How it ended is told to its owner only.
            if let Some(end) = self.inner.ledger.end_for(id, &viewer.account) {
                return Err(Error::GrantOver(end));
            }
            if id.home().is_some() && !self.inner.ledger.is_home_of(id) {
                self.not_allowed(viewer, "grant", "other_node").await;
                return Err(Error::OtherNode);
            }
            return Err(self.not_allowed(viewer, "grant", "not_own").await);
        };
        if let Some(end) = self.end_now(viewer, &grant) {
            // Nothing is shown either way; the sweep tries again where this could not be recorded.
            if let Err(error) = self.end_by(None, &grant, end).await {
                tracing::error!(%error, "the end of a grant could not be recorded");
            }
            return Err(Error::GrantOver(end));
        }
        Ok(grant)
    }

    /// How a grant that is open in the ledger ends now: its time is over, or the account was
    /// revoked after it was opened.
    fn end_now(&self, viewer: &Viewer, grant: &Grant) -> Option<End> {
        let is_revoked = grant.basis == Basis::Emergency && grant.epoch < viewer.grants_from;
        if is_revoked {
            Some(End::Revoked)
        } else {
            grant.is_over(self.inner.clock.now()).then_some(End::Time)
        }
    }

    /// The viewer's own open grant once more, after a while in which the session may have ended or
    /// been locked.
    ///
    /// # Errors
    /// As [`Self::grant`], [`Error::NotSignedIn`], [`Error::Unavailable`].
    pub async fn still(&self, viewer: &Viewer, id: &GrantId) -> Result<Arc<Grant>, Error> {
        self.still_seated(viewer).await?;
        self.grant(viewer, id).await
    }

    /// The viewer's own open grants, newest first; none while the session is locked.
    #[must_use]
    pub fn own_grants(&self, viewer: &Viewer) -> Vec<Arc<Grant>> {
        if viewer.locked {
            return Vec::new();
        }
        let now = self.inner.clock.now();
        self.inner
            .ledger
            .open_grants_of(&viewer.account)
            .into_iter()
            .filter(|grant| is_own(viewer, grant) && !grant.is_over(now))
            .collect()
    }

    /// Ends a grant by hand.
    ///
    /// # Errors
    /// As [`Self::grant`], [`Error::Field`] where this end is not a person's to choose,
    /// [`Error::CannotRecord`].
    pub async fn end_grant(&self, viewer: &Viewer, id: &GrantId, end: End) -> Result<(), Error> {
        let grant = self.grant(viewer, id).await?;
        if End::from_field(end.word()) != Some(end) {
            return Err(Error::Field(Field::End, Wrong::NotOneOf));
        }
        if end == End::Objected {
            self.end_others(viewer, &grant).await?;
        }
        self.end_by(Some(viewer), &grant, end).await
    }

    /// A patient objects to the facility, not to one person: every other open grant of it for this
    /// patient ends first, so that an objection that could not be recorded whole can be repeated.
    async fn end_others(&self, viewer: &Viewer, objected: &Grant) -> Result<(), Error> {
        for grant in self.inner.ledger.open_grants(&viewer.facility) {
            if grant.id != objected.id
                && grant.patient_key == objected.patient_key
                && !grant.person.is_another(&objected.person)
            {
                self.end_by(Some(viewer), &grant, End::Objected).await?;
            }
        }
        Ok(())
    }

    /// Writes the one end of a grant; one that has its end already is left as it is.
    pub(super) async fn end_by(
        &self,
        viewer: Option<&Viewer>,
        grant: &Grant,
        end: End,
    ) -> Result<(), Error> {
        let event = Event::GrantEnded {
            grant: grant.id.clone(),
            end,
        };
        let draft = match viewer {
            Some(viewer) => about(viewer, &grant.person, event),
            None => by_itself(grant, event),
        };
        match self.record(draft).await {
            // Not open any more: somebody else wrote the end in between.
            Ok(_) | Err(Error::NotAllowed) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Adds a note, or how the patient was identified.
    ///
    /// # Errors
    /// As [`Self::grant`], [`Error::Field`], [`Error::CannotRecord`].
    pub async fn note(
        &self,
        viewer: &Viewer,
        id: &GrantId,
        note: &str,
        identified_by: Option<IdentifiedBy>,
    ) -> Result<(), Error> {
        let grant = self.grant(viewer, id).await?;
        let note = read_text(Field::Note, note, LONGEST_NOTE)
            .map_err(|(field, wrong)| Error::Field(field, wrong))?;
        if note.is_none() && identified_by.is_none() {
            return Err(Error::Field(Field::Note, Wrong::Missing));
        }
        let noted = note.map(|note| Event::Noted {
            grant: id.clone(),
            note,
        });
        let identified = identified_by.map(|by| Event::Identified {
            grant: id.clone(),
            by,
        });
        for event in identified.into_iter().chain(noted) {
            self.record(about(viewer, &grant.person, event)).await?;
        }
        Ok(())
    }
}

fn is_own(viewer: &Viewer, grant: &Grant) -> bool {
    grant.account == viewer.account && grant.facility == viewer.facility
}
