//! The auditor's list of what the ledger holds.

use actix_web::{HttpResponse, web::Data};

use crate::{
    domain::event::Event,
    ledger::Ledger,
    web::{
        error::Problem,
        guard::{Guarded, ReadLedger},
        views::audit::AuditPage,
    },
};

use super::draft;

/// How many entries one page lists.
const LIMIT: usize = 200;

/// `GET /audit`: reading the ledger is an entry of its own, written before it is read.
pub(in crate::web) async fn get(
    guarded: Guarded<ReadLedger>,
    ledger: Data<Ledger>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let read = Event::LedgerRead {
        what: "recent".to_owned(),
    };
    ledger.append(draft(viewer, context, None, read)).await?;
    let entries = ledger.recent(&viewer.facility, LIMIT).await?;
    AuditPage::new(context, viewer, &entries).respond()
}
