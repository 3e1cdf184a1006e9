//! Who the patient is, and what the record says of them: both only under a grant of one's own.

use super::{Actor, Done, Error, Handoffs, lines};
use crate::domain::{
    access::Grant,
    date::Date,
    handoff::{Field, HandoffId, Link, Refused, Step, StepId},
    summary::Summary,
};

impl Handoffs {
    /// Says that the patient of a handoff is the one of an open grant of one's own: the crew until
    /// the handover, from then on the hospital that received. Not that patient: [`Step::Unlink`].
    ///
    /// # Errors
    /// [`Error::NotThere`] also for a grant of somebody else or one that is over;
    /// [`Error::Refused`], [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn link(
        &self,
        actor: &Actor,
        id: &HandoffId,
        step_id: &StepId,
        grant: &Grant,
    ) -> Result<Done, Error> {
        self.check_grant(actor, grant, "link").await?;
        let link = Link {
            person: grant.person.clone(),
            patient_key: grant.patient_key.clone(),
            found_by: grant.found_by,
            identified_by: grant.identified_by,
            grant: Some(grant.id.clone()),
        };
        self.take(actor, id, step_id, Step::Link(Box::new(link)))
            .await
    }

    /// Proposes what the summary says that was assembled under an open grant of one's own: it holds
    /// what the crew's role sees (B17), and nothing else is proposed. The lines are 「記録より・要確認」
    /// until the crew confirms or strikes them.
    ///
    /// # Errors
    /// As [`Self::link`]; [`Error::Refused`] where another patient is linked, or none.
    pub async fn propose(
        &self,
        actor: &Actor,
        id: &HandoffId,
        step_id: &StepId,
        (grant, summary): (&Grant, &Summary),
    ) -> Result<Done, Error> {
        self.check_grant(actor, grant, "propose").await?;
        if !actor.is_crew {
            return Err(self.not_there(actor, "propose").await);
        }
        if is_somebody_elses(summary, grant) {
            let field = Field::Lines;
            return Err(Error::Refused(Refused::Invalid { field }));
        }
        let step = Step::Propose {
            person: Box::new(grant.person.clone()),
            grant: grant.id.clone(),
            lines: lines(summary, grant),
        };
        self.take(actor, id, step_id, step).await
    }

    async fn check_grant(&self, actor: &Actor, grant: &Grant, what: &str) -> Result<(), Error> {
        let is_own = grant.account == actor.who.account
            && grant.facility == actor.facility
            && !grant.is_over(self.inner.clock.now())
            && self.inner.ledger.grant(&grant.id).is_some();
        if is_own {
            Ok(())
        } else {
            Err(self.not_there(actor, what).await)
        }
    }
}

/// Whether the summary shows a person who was born on another day than the one of the grant.
fn is_somebody_elses(summary: &Summary, grant: &Grant) -> bool {
    let shown = summary.patient.birth_date.as_deref().and_then(Date::parse);
    let patient = grant.person.patient.as_ref();
    let granted = patient.and_then(|patient| patient.birth_date);
    shown.zip(granted).is_some_and(|(shown, granted)| {
        shown.last_day() < granted.first_day() || granted.last_day() < shown.first_day()
    })
}
