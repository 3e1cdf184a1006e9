//! How this room writes entries.

use super::{Access, Caller, Error, Viewer};
use crate::{
    domain::{
        access::{FacilityId, Grant, Person},
        event::{Draft, Event},
    },
    ledger::{self, Appended},
};

/// An entry that somebody signed in caused.
pub(super) fn by_viewer(viewer: &Viewer, event: Event) -> Draft {
    Draft {
        who: Some(viewer.who()),
        facility: viewer.facility.clone(),
        terminal: Some(viewer.terminal.clone()),
        address: viewer.caller.address,
        request: Some(viewer.caller.request.clone()),
        person: None,
        event,
    }
}

/// An entry that somebody signed in caused, about a patient.
pub(super) fn about(viewer: &Viewer, person: &Person, event: Event) -> Draft {
    Draft {
        person: Some(person.clone()),
        ..by_viewer(viewer, event)
    }
}

/// An entry that a caller caused who is not signed in.
pub(super) fn by_caller(caller: &Caller, facility: FacilityId, event: Event) -> Draft {
    Draft {
        who: None,
        facility,
        terminal: None,
        address: caller.address,
        request: Some(caller.request.clone()),
        person: None,
        event,
    }
}

/// An entry that the service caused by itself, about a grant.
pub(super) fn by_itself(grant: &Grant, event: Event) -> Draft {
    Draft {
        who: None,
        facility: grant.facility.clone(),
        terminal: Some(grant.terminal.clone()),
        address: None,
        request: None,
        person: Some(grant.person.clone()),
        event,
    }
}

impl Access {
    /// Makes an entry durable, or says that nothing may happen.
    pub(super) async fn record(&self, draft: Draft) -> Result<Appended, Error> {
        self.inner
            .ledger
            .append(draft)
            .await
            .map_err(|error| match error {
                ledger::Error::GrantNotOpen => Error::NotAllowed,
                ledger::Error::CannotRecord
                | ledger::Error::CannotOpen(_)
                | ledger::Error::CannotRead(_) => Error::CannotRecord,
            })
    }

    /// Records what happens either way: a refusal or an end stands even if it cannot be recorded,
    /// because nothing is shown by it.
    pub(super) async fn record_refusal(&self, draft: Draft) {
        if let Err(error) = self.record(draft).await {
            tracing::error!(%error, "a refusal could not be recorded");
        }
    }
}
