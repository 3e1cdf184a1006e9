//! Whether the ledgers are whole. Looking is an entry, and so is asking that they be verified.

use actix_web::{HttpResponse, web::Data};

use crate::{
    domain::event::Event,
    health::Health,
    web::{
        error::Problem,
        guard::{Guarded, Posted, ReadLedger},
        views::review::integrity::IntegrityPage,
    },
};

use super::{draft, replay::AuditDesk, see_other};

/// `GET /audit/integrity`
pub(in crate::web) async fn get(
    guarded: Guarded<ReadLedger>,
    desk: Data<AuditDesk>,
    health: Data<Health>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let read = Event::LedgerRead {
        what: "integrity".to_owned(),
    };
    desk.ledger
        .append(draft(viewer, context, None, read))
        .await?;
    let seen = desk.review.integrity(&viewer.facility).await?;
    let now = desk.clock.now();
    IntegrityPage::new(context, viewer, &seen, &health.picture(), now).respond()
}

/// `POST /audit/integrity/verify`: begins, and does not wait for the end.
pub(in crate::web) async fn verify(
    posted: Posted<ReadLedger>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let read = Event::LedgerRead {
        what: "verify".to_owned(),
    };
    desk.ledger
        .append(draft(&posted.viewer, &posted.context, None, read))
        .await?;
    let done = if desk.review.verify() {
        "verifying"
    } else {
        "already"
    };
    Ok(see_other(&format!("/audit/integrity?done={done}")))
}
