//! With the patient the crew's reason to look is gone: what it opened for a run ends with the run.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::TimeDelta;

use super::{Actor, Error, Handoffs, SHOWN_AFTER};
use crate::{
    domain::{
        access::{Action, End, FacilityId, Grant, GrantId},
        event::{Draft, Event},
        handoff::{Handoff, Link, RecordLine},
    },
    ledger,
};

/// By so much clocks of two nodes may differ.
const APART: TimeDelta = TimeDelta::minutes(10);
/// What stands in the place of a line of the record for whoever has no open grant.
const HIDDEN: &str = "記録の行：非表示（この患者の閲覧が開いていません）";

/// The number of changes up to which each department's runs were looked through.
#[derive(Default)]
pub(super) struct Swept(Mutex<BTreeMap<FacilityId, u64>>);

impl Swept {
    fn up_to(&self, facility: &FacilityId) -> Option<u64> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(facility).copied()
    }

    fn note(&self, facility: FacilityId, number: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(facility, number);
    }
}

impl Handoffs {
    /// Ends what is open of the grants that the crew of a run that is over used for it, and of no
    /// other: another unit may have the same patient by now. What is over already stays as it is.
    pub(super) async fn end_grants(&self, handoff: &Handoff) -> Result<(), Error> {
        if handoff.stage.is_open() {
            return Ok(());
        }
        let open = self.inner.ledger.open_grants(&handoff.department);
        for grant in open.iter().filter(|grant| self.is_of(handoff, grant)) {
            self.end_transferred(grant).await?;
        }
        Ok(())
    }

    /// Whether a grant was used for a run, or is what became of one that was.
    fn is_of(&self, handoff: &Handoff, grant: &Grant) -> bool {
        if handoff.grants.contains(&grant.id) {
            return true;
        }
        let is_another = |used: &Link| {
            used.patient_key == grant.patient_key && used.person.is_another(&grant.person)
        };
        let continues = |used: &GrantId| {
            self.inner.ledger.past(used).is_some_and(|past| {
                past.account == grant.account
                    && past.facility == grant.facility
                    && past.patient == grant.patient_key
            })
        };
        grant.renews.is_some()
            && !handoff.linked.as_ref().is_some_and(is_another)
            && handoff.grants.iter().any(continues)
    }

    /// Its home writes the end; where this node is not its home, it says that it is stopped.
    async fn end_transferred(&self, grant: &Grant) -> Result<(), Error> {
        let ledger = &self.inner.ledger;
        let (id, end) = (grant.id.clone(), End::Transferred);
        let event = if ledger.is_home_of(&id) {
            Event::GrantEnded { grant: id, end }
        } else {
            Event::GrantStopped { grant: id, end }
        };
        let draft = Draft {
            who: None,
            facility: grant.facility.clone(),
            terminal: Some(grant.terminal.clone()),
            address: None,
            request: None,
            person: Some(grant.person.clone()),
            event,
        };
        match ledger.append(draft).await {
            Ok(_) => Ok(()),
            // Somebody ended it meanwhile: it is over.
            Err(ledger::Error::GrantNotOpen) if ledger.grant(&grant.id).is_none() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends the open grants of this node whose runs are over: what a step could not end, and those
    /// of runs that ended on a node that is not their home.
    pub(super) async fn sweep(&self) {
        let open = self.inner.ledger.all_open_grants();
        let crews = open.iter().filter(|one| one.role.may(Action::Handoff));
        let departments: BTreeSet<FacilityId> = crews.map(|one| one.facility.clone()).collect();
        for department in departments {
            if let Err(error) = self.sweep_of(department).await {
                tracing::error!(%error, "grants of runs that are over may be left open");
            }
        }
    }

    async fn sweep_of(&self, department: FacilityId) -> Result<(), Error> {
        let (registry, swept) = (&self.inner.registry, &self.inner.swept);
        let number = registry.handoff_pulse(department.clone()).await?;
        if swept.up_to(&department) == Some(number) {
            return Ok(());
        }
        let since = self.inner.clock.now().wall - SHOWN_AFTER - APART;
        let listed = registry.handoffs_of(department.clone(), since).await?;
        for handoff in &listed.handoffs {
            self.end_grants(handoff).await?;
        }
        swept.note(department, number);
        Ok(())
    }

    /// A department's own run as one of its crew sees it: what the record said only under an open
    /// grant of one's own for its patient. Without one every line says that it is not shown.
    pub(super) fn under_own_grant(&self, actor: &Actor, mut own: Box<Handoff>) -> Box<Handoff> {
        if !self.has_own_grant(actor, &own) {
            let of_record = own.form.lines.iter_mut().filter(|line| !line.by_crew);
            of_record.for_each(hide);
        }
        own
    }

    fn has_own_grant(&self, actor: &Actor, handoff: &Handoff) -> bool {
        let now = self.inner.clock.now();
        let is_for = |grant: &Arc<Grant>| {
            handoff.linked.as_ref().is_some_and(|link| {
                grant.facility == actor.facility
                    && !grant.is_over(now)
                    && grant.patient_key == link.patient_key
                    && !grant.person.is_another(&link.person)
            })
        };
        let open = self.inner.ledger.open_grants_of(&actor.who.account);
        open.iter().any(is_for)
    }
}

fn hide(line: &mut RecordLine) {
    HIDDEN.clone_into(&mut line.text);
    line.source = None;
    line.date = None;
}
