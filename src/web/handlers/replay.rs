//! What a view showed, again: an entry of its own first, names before values, values for a reason.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};

use crate::{
    access::{Access, Field, Viewer, Wrong},
    domain::{access::NodeId, clock::Clock, event::Event},
    ledger::Ledger,
    review::{self, Review},
    web::{
        error::Problem,
        guard::{Guarded, Posted, ReadLedger},
        views::replay::{Again, ReplayPage},
    },
};

use super::draft;

/// Characters of the longest reason.
const LONGEST_REASON: usize = 500;

/// `GET /audit/replay/{entry}`: the names of what was shown.
pub(in crate::web) async fn get(
    guarded: Guarded<ReadLedger>,
    name: Path<String>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let ((node, seq), replay) = desk.find(viewer, &name).await?;
    let read = Event::Replayed {
        entry: seq,
        values: false,
        reason: None,
    };
    let entry = draft(viewer, context, replay.person(), read);
    desk.ledger.append_at(&node, entry).await?;
    let names = desk.review.names(&viewer.facility).await;
    let again = Again {
        viewer,
        replay: &replay,
        names: &names,
        now: desk.clock.now(),
    };
    ReplayPage::names(context, &again, &context.path)?.respond()
}

/// `POST /audit/replay/{entry}`: all that was shown.
pub(in crate::web) async fn post(
    posted: Posted<ReadLedger>,
    name: Path<String>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&posted.viewer, &posted.context);
    let reason = reason(posted.fields.get("reason"))?;
    let ((node, seq), replay) = desk.find(viewer, &name).await?;
    let read = Event::Replayed {
        entry: seq,
        values: true,
        reason: Some(reason),
    };
    let entry = draft(viewer, context, replay.person(), read);
    desk.ledger.append_at(&node, entry).await?;
    let names = desk.review.names(&viewer.facility).await;
    let again = Again {
        viewer,
        replay: &replay,
        names: &names,
        now: desk.clock.now(),
    };
    ReplayPage::values(context, &again)?.respond()
}

fn reason(typed: &str) -> Result<String, Problem> {
    let reason = typed.trim();
    if reason.is_empty() {
        return Err(Problem::Field(Field::Reason, Wrong::Missing));
    }
    if reason.chars().count() > LONGEST_REASON {
        return Err(Problem::Field(
            Field::Reason,
            Wrong::TooLong(LONGEST_REASON),
        ));
    }
    Ok(reason.to_owned())
}

/// What it takes to show an auditor the ledger.
pub(in crate::web) struct AuditDesk {
    pub(in crate::web) access: Access,
    pub(in crate::web) review: Review,
    pub(in crate::web) ledger: Ledger,
    pub(in crate::web) clock: std::sync::Arc<dyn Clock>,
}

impl AuditDesk {
    /// The record that an opaque name stands for. What is not there, not of this facility or no
    /// view is all the same, and recorded.
    async fn find(
        &self,
        viewer: &Viewer,
        name: &str,
    ) -> Result<((NodeId, u64), review::Replay), Problem> {
        let place = self.access.entry_named(viewer, name).await?;
        match self.review.replay(&viewer.facility, &place).await {
            Ok(replay) => Ok((place, replay)),
            Err(review::Error::NotThere) => Err(self.access.no_entry(viewer).await.into()),
            Err(other) => Err(other.into()),
        }
    }
}
