//! Lists handed in by an auditor: taken over as a whole or not at all, and an entry either way.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::Viewer,
    domain::{event::Event, review::Kind},
    review::{FileFlaw, Outcome, Refused},
    web::{
        context::Context,
        error::Problem,
        guard::{Guarded, ReadLedger, Uploaded},
        upload::Received,
        views::review::lists::ListsPage,
    },
};

use super::{draft, replay::AuditDesk};

/// `GET /audit/lists`
pub(in crate::web) async fn get(
    guarded: Guarded<ReadLedger>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let lists = desk.review.lists(&viewer.facility).await?;
    ListsPage::new(context, viewer, &lists, None).respond()
}

/// `POST /audit/lists`
pub(in crate::web) async fn post(
    posted: Uploaded<ReadLedger>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&posted.viewer, &posted.context);
    let said = &context.text().lists;
    let kind = Kind::parse(posted.fields.get("kind"));
    let answer = match (kind, &posted.file) {
        (None, _) => Err(said.no_kind),
        (Some(_), Received::Nothing) => Err(said.no_file),
        (Some(kind), file) => Ok(desk.handed_in(viewer, context, kind, file).await?),
    };
    let lists = desk.review.lists(&viewer.facility).await?;
    let page = ListsPage::new(context, viewer, &lists, kind);
    match answer {
        Ok(Ok(outcome)) => page.taken(&outcome),
        Ok(Err(refused)) => page.refused(&refused),
        Err(why) => page.wrong(why),
    }
    .respond()
}

impl AuditDesk {
    /// Takes a file over for an auditor; that it was refused is an entry, too.
    async fn handed_in(
        &self,
        viewer: &Viewer,
        context: &Context,
        kind: Kind,
        file: &Received,
    ) -> Result<Result<Outcome, Refused>, Problem> {
        let by = |event| draft(viewer, context, None, event);
        let taken = match file {
            Received::Whole(bytes) => {
                let review = &self.review;
                let facility = &viewer.facility;
                review.take_list_from(facility, kind, bytes, by).await
            }
            Received::TooLarge | Received::Nothing => Err(Refused::File(FileFlaw::TooLarge)),
        };
        if let Err(refused @ (Refused::File(_) | Refused::Lines(_))) = &taken {
            let event = Event::Refused {
                what: format!("list {}", kind.word()),
                why: refused.to_string(),
            };
            self.ledger.append(by(event)).await?;
        }
        Ok(taken)
    }
}
