//! The auditor's list of what the ledger holds.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::Viewer,
    domain::{access::NodeId, event::Event},
    ledger::{ReadEntry, parse_receipt},
    web::{
        error::Problem,
        guard::{Guarded, Posted, ReadLedger},
        views::{audit::AuditPage, receipts::ReceiptsPage},
    },
};

use super::{draft, replay::AuditDesk};

/// `GET /audit`: reading the ledger is an entry of its own, written before it is read.
pub(in crate::web) async fn get(
    guarded: Guarded<ReadLedger>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let read = Event::LedgerRead {
        what: "recent".to_owned(),
    };
    desk.ledger
        .append(draft(viewer, context, None, read))
        .await?;
    let recent = desk.review.recent(&viewer.facility).await?;
    let names = desk.review.names(&viewer.facility).await;
    let replays = desk.replays(viewer, &recent.read);
    AuditPage::new(context, viewer, &recent, &names, &replays).respond()
}

impl AuditDesk {
    /// The addresses of what can be looked at again, by ledger and place.
    pub(super) fn replays(
        &self,
        viewer: &Viewer,
        entries: &[ReadEntry],
    ) -> BTreeMap<(NodeId, u64), String> {
        entries
            .iter()
            .filter(|entry| entry.shown.is_some())
            .filter_map(|entry| {
                let name = self.access.entry_name(viewer, &entry.node, entry.seq)?;
                let place = (entry.node.clone(), entry.seq);
                Some((place, format!("/audit/replay/{name}")))
            })
            .collect()
    }
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
    desk: Data<AuditDesk>,
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
    desk.ledger
        .append(draft(viewer, context, None, read))
        .await?;
    let ledger = &desk.ledger;
    let proof = ledger.proof_in_part(&viewer.facility, &receipt).await?;
    let names = desk.review.names(&viewer.facility).await;
    page.with(&receipt, &proof, &names).respond()
}
