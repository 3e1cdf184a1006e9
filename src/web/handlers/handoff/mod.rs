//! Handing a patient over: the crew's pages and the hospital's board.

use std::sync::Arc;

use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::{
    access::{Access, FacilityKind, Viewer},
    domain::{
        clock::Clock,
        entropy::{Entropy, random},
        handoff::{Field, HandoffId, Refused, StepId},
    },
    handoff::{Actor, Error, Handoffs},
    summary::Summaries,
    web::{context::Context, error::Problem, form::Fields},
};

pub(in crate::web) mod board;
pub(in crate::web) mod carried;
mod changes;
pub(in crate::web) mod crew;
pub(in crate::web) mod many;
mod typed;

/// What it takes to hand a patient over.
pub(in crate::web) struct HandoffDesk {
    pub(in crate::web) access: Access,
    pub(in crate::web) handoffs: Handoffs,
    pub(in crate::web) summaries: Summaries,
    pub(in crate::web) clock: Arc<dyn Clock>,
    pub(in crate::web) entropy: Arc<dyn Entropy>,
    /// Places for boards that listen.
    pub(in crate::web) listeners: Arc<Semaphore>,
}

/// Boards that may listen at one time.
pub(in crate::web) const LISTENERS: usize = 1_000;

impl HandoffDesk {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now().wall
    }

    /// A word for the next step of a page.
    fn next_step(&self) -> String {
        data_encoding::HEXLOWER.encode(&random::<8>(self.entropy.as_ref()))
    }
}

/// Who acts with this request.
fn actor(viewer: &Viewer, context: &Context) -> Actor {
    Actor {
        who: viewer.who(),
        name: viewer.name.clone(),
        facility: viewer.facility.clone(),
        is_crew: viewer.facility_kind == FacilityKind::Fire,
        terminal: viewer.terminal.clone(),
        address: context.caller.address,
        request: context.request.clone(),
    }
}

/// Bytes of the longest id that a path may hold.
const LONGEST_ID: usize = 80;

/// The handoff that a path names.
fn handoff_id(name: &str) -> Result<HandoffId, Problem> {
    let is_plain = name.len() <= LONGEST_ID
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    is_plain
        .then(|| HandoffId(name.to_owned()))
        .ok_or(Problem::NotAllowed)
}

/// The id of the step that a form is: the page's word and everything that it says. The same form
/// sent twice is one step, however long it was on its way; the same page with another touch is
/// another.
fn step_id(fields: &Fields) -> Result<StepId, Problem> {
    let mut said = Sha256::new();
    StepId::new(fields.get("step")).ok_or(Problem::Malformed)?;
    let said_by_it = |(name, _): &(&str, &str)| !["form_token", typed::AGO].contains(name);
    for (name, value) in fields.pairs().filter(said_by_it) {
        for part in [name, value] {
            said.update(part.len().to_be_bytes());
            said.update(part.as_bytes());
        }
    }
    let said = data_encoding::HEXLOWER.encode(said.finalize().get(..16).unwrap_or_default());
    StepId::new(&said).ok_or(Problem::Malformed)
}

/// The status of a page that says why a step was not taken.
const fn status(why: Refused) -> StatusCode {
    match why {
        Refused::Invalid {
            field: Field::StepId,
        }
        | Refused::NotYours
        | Refused::TooLate { .. }
        | Refused::NotYet { .. }
        | Refused::AlreadyTaken
        | Refused::Declined
        | Refused::Withdrawn
        | Refused::Full => StatusCode::CONFLICT,
        Refused::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<Error> for Problem {
    /// Where no page is there to say it on.
    fn from(error: Error) -> Self {
        match error {
            Error::NotThere => Self::NotAllowed,
            Error::Refused(_) | Error::TooMany => Self::Malformed,
            Error::CannotRecord => Self::CannotRecord,
            Error::Unavailable => Self::Unavailable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(body: &str) -> Option<StepId> {
        let fields = Fields::parse(body.as_bytes()).ok()?;
        step_id(&fields).ok()
    }

    #[test]
    fn the_same_form_is_one_step_and_another_touch_of_the_same_page_is_another() {
        let first = id("form_token=a&step=x&complaint=on.fever");
        assert!(first.is_some());
        assert_eq!(first, id("form_token=b&step=x&complaint=on.fever"));
        assert_eq!(first, id("step=x&complaint=on.fever&ago=700"));
        for other in [
            "step=x&complaint=off.fever",
            "step=y&complaint=on.fever",
            "step=x&complaint=on.feve&r=r",
        ] {
            assert_ne!(first, id(other), "{other}");
        }
        assert_eq!(id("complaint=on.fever"), None);
    }

    #[test]
    fn a_path_that_is_no_id_is_answered_like_one_that_nobody_has() {
        assert!(handoff_id("demo.AbC-_9").is_ok());
        for name in ["a b", "<script>", "山田", &"a".repeat(81)] {
            assert!(
                matches!(handoff_id(name), Err(Problem::NotAllowed)),
                "{name}"
            );
        }
    }
}
