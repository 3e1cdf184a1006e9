//! A patient whom an ambulance crew hands over: found by the board, without a search.

use super::{
    Access, Candidate, Error, Viewer, candidate::Sealed, current::searched, record::about,
    session::unlocked, terminal::unavailable,
};
use crate::domain::{
    access::{Action, FoundBy, Person},
    handoff::SHOWN_AFTER,
};

impl Access {
    /// The patient of a handoff that the viewer's facility accepted, as a candidate for the glass:
    /// recorded like any search. That it was accepted, and that this person is linked to it, is for
    /// the caller to know, who had it revealed just now.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::NotAllowed`], [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn handed_over(&self, viewer: &Viewer, person: Person) -> Result<Candidate, Error> {
        unlocked(viewer)?;
        if !viewer.role.may(Action::BreakGlass) {
            return Err(self.not_allowed(viewer, "handoff", "role").await);
        }
        let sealed = Sealed {
            person: person.clone(),
            found_by: FoundBy::Board,
            branch: None,
            has_namesake: false,
            is_handed_over: true,
        };
        let candidate = self.sealed(viewer, sealed)?;
        let event = searched("handoff".to_owned(), std::slice::from_ref(&candidate));
        self.record(about(viewer, &person, event)).await?;
        Ok(candidate)
    }

    /// Refuses a candidate from the board whom nobody brings any longer: the crew may have gone
    /// elsewhere meanwhile, or seen that it is somebody else.
    pub(super) async fn still_brought(
        &self,
        viewer: &Viewer,
        sealed: &Sealed,
    ) -> Result<(), Error> {
        if !sealed.is_handed_over {
            return Ok(());
        }
        let now = self.inner.clock.now().wall;
        let (registry, facility) = (&self.inner.registry, viewer.facility.clone());
        let listed = registry.handoffs_for(facility, now - SHOWN_AFTER).await;
        let listed = listed.map_err(unavailable)?;
        let is_brought = listed.handoffs.iter().any(|handoff| {
            let person = handoff.brings(&viewer.facility, now);
            person.is_some_and(|person| person.is_same(&sealed.person))
        });
        is_brought.then_some(()).ok_or(Error::StaleCandidate)
    }
}
