//! The month in figures, as a page and as a table.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::Viewer,
    domain::event::Event,
    review::{Month, Names, Report},
    web::{
        context::Context,
        error::Problem,
        guard::{Guarded, ReadLedger},
        views::review::report::{Made, ReportPage, table},
    },
};

use super::{draft, replay::AuditDesk};

/// `GET /audit/report`: the month stands in the address; without one it is this one.
pub(in crate::web) async fn get(
    guarded: Guarded<ReadLedger>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let (report, names) = desk.report(viewer, context, "report").await?;
    let made = Made {
        report: &report,
        names: &names,
        table: desk.review.table(),
    };
    ReportPage::new(context, viewer, &made).respond()
}

/// `GET /audit/report/table`
pub(in crate::web) async fn get_table(
    guarded: Guarded<ReadLedger>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let (report, names) = desk.report(viewer, context, "report table").await?;
    let made = Made {
        report: &report,
        names: &names,
        table: desk.review.table(),
    };
    table(&made, context.text())
}

impl AuditDesk {
    /// Records that a month is looked at, and counts it.
    async fn report(
        &self,
        viewer: &Viewer,
        context: &Context,
        what: &str,
    ) -> Result<(Report, Names), Problem> {
        let asked = &*context.query.month;
        let month = match asked {
            "" => self.review.this_month(),
            word => Month::parse(word).ok_or(Problem::Malformed)?,
        };
        let read = Event::LedgerRead {
            what: format!("{what} {}", month.word()),
        };
        self.ledger
            .append(draft(viewer, context, None, read))
            .await?;
        let report = self.review.report(&viewer.facility, month).await?;
        Ok((report, self.review.names(&viewer.facility).await))
    }
}
