//! The auditor's list of what the ledger holds.

use actix_web::{HttpResponse, web::Data};

use crate::{
    domain::event::Event,
    ledger::{Ledger, parse_receipt},
    web::{
        error::Problem,
        guard::{Guarded, Posted, ReadLedger},
        views::{audit::AuditPage, receipts::ReceiptsPage},
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

/// `GET /audit/receipts`
pub(in crate::web) async fn receipts(
    guarded: Guarded<ReadLedger>,
) -> Result<HttpResponse, Problem> {
    ReceiptsPage::new(&guarded.context, &guarded.viewer).respond()
}

/// `POST /audit/receipts`: the entry of a receipt and its proof. What another facility has looks
/// like what nobody has.
pub(in crate::web) async fn find_receipt(
    posted: Posted<ReadLedger>,
    ledger: Data<Ledger>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&posted.viewer, &posted.context);
    let page = ReceiptsPage::new(context, viewer);
    let typed = posted.fields.get("receipt");
    let Some(receipt) = parse_receipt(typed) else {
        return page.mistyped(typed).respond();
    };
    let read = Event::LedgerRead {
        what: format!("receipt {receipt}"),
    };
    ledger.append(draft(viewer, context, None, read)).await?;
    let proof = ledger.proof(&viewer.facility, &receipt).await?;
    page.with(&receipt, proof.as_ref()).respond()
}
