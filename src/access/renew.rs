//! Renewal: shortly before its end one digit opens a new grant for the same patient, without a
//! search, and ends the old one with the same commit.

use super::{Access, Error, Field, Viewer, Wrong, confirm, session::unlocked};
use crate::domain::{
    access::{Action, Basis, End, Flag, Grant, GrantId, Reason},
    text::normalised,
};

impl Access {
    /// Opens a new grant in the place of one's own that is about to end, at whatever terminal one
    /// sits now. Sent twice it opens one.
    ///
    /// # Errors
    /// As [`Self::grant`], [`Error::Field`] (the reason is no single digit; it is too early; a
    /// consent is not renewed but taken anew), [`Error::NotAllowed`], [`Error::CannotRecord`].
    pub async fn renew(
        &self,
        viewer: &Viewer,
        id: &GrantId,
        reason: &str,
    ) -> Result<GrantId, Error> {
        unlocked(viewer)?;
        self.may(viewer, Action::BreakGlass).await?;
        let _lane = self.inner.openings.lane(&viewer.account).await;
        let old = match self.grant(viewer, id).await {
            Ok(old) => old,
            Err(Error::GrantOver(End::Renewed)) => return self.renewed_as(viewer, id),
            Err(error) => return Err(error),
        };
        let reason = match &*normalised(reason) {
            "" => Err(Error::Field(Field::Reason, Wrong::Missing)),
            digit => Reason::from_field(digit).ok_or(Error::Field(Field::Reason, Wrong::NotOneOf)),
        }?;
        let now = self.inner.clock.now();
        if old.basis != Basis::Emergency {
            return Err(Error::Field(Field::Renewal, Wrong::NotOneOf));
        }
        if !old.is_renewable(now) {
            return Err(Error::Field(Field::Renewal, Wrong::TooEarly));
        }
        if reason == Reason::Other && old.note.is_none() {
            return Err(Error::Field(Field::Note, Wrong::Missing));
        }
        let mut flags = old.flags.clone();
        flags.extend(confirm::of_reason(reason, viewer));
        // This session has its own.
        flags.retain(|flag| *flag != Flag::InQuickSuccession && !flag.is_of_session());
        let grant = Grant {
            id: self.inner.ledger.new_grant_id(),
            role: viewer.role,
            terminal: viewer.terminal.clone(),
            reason: Some(reason),
            flags,
            renews: Some(old.id.clone()),
            epoch: viewer.epoch,
            start: now,
            span: self.inner.settings.grant,
            ..Grant::clone(&old)
        };
        self.start(viewer, grant).await
    }

    /// What took the place of a grant that was renewed already.
    fn renewed_as(&self, viewer: &Viewer, id: &GrantId) -> Result<GrantId, Error> {
        self.own_grants(viewer)
            .iter()
            .find(|grant| grant.renews.as_ref() == Some(id))
            .map(|grant| grant.id.clone())
            .ok_or(Error::GrantOver(End::Renewed))
    }
}
