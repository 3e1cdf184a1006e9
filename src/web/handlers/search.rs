//! Looking for a patient.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::{self, Access, Answer, Found},
    domain::clock::Clock,
    web::{
        error::Problem,
        form::Fields,
        guard::{Posted, Search},
        views::glass::GlassPage,
    },
};

use super::home;

/// `POST /patients`: candidates and the glass form on one page.
pub(in crate::web) async fn post(
    posted: Posted<Search>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let search = asked(&posted.fields);
    let (context, viewer) = (&posted.context, &posted.viewer);
    let until = context.started + SEARCH_BUDGET;
    match access.search_or_wait(viewer, &search, until).await {
        Ok(Answer {
            found: Found::TooMany,
            ..
        }) => home::page(context, viewer, &access, clock.as_ref())
            .await?
            .with_more_asked(&search)
            .respond(),
        Ok(Answer {
            found: Found::Nobody,
            waited,
        }) => home::page(context, viewer, &access, clock.as_ref())
            .await?
            .with_nobody(&search, waited)
            .respond(),
        Ok(answer) => GlassPage::of(context, viewer, &answer.found)
            .with_wait(answer.waited)
            .respond(),
        Err(access::Error::Field(field, wrong)) => {
            home::page(context, viewer, &access, clock.as_ref())
                .await?
                .with_wrong(&search, field, wrong)
                .respond()
        }
        // The list of current patients has its own entry: what is chosen there is chosen again.
        Err(access::Error::CannotRecord) => home::page(context, viewer, &access, clock.as_ref())
            .await?
            .with_unrecorded(&search, context)
            .respond(),
        Err(access::Error::StaleCandidate) => home::page(context, viewer, &access, clock.as_ref())
            .await?
            .with_stale_candidate()
            .respond(),
        Err(error) => Err(error.into()),
    }
}

/// `identity` has as long as any source.
pub(super) const SEARCH_BUDGET: std::time::Duration = std::time::Duration::from_millis(850);

fn asked(fields: &Fields) -> access::Search {
    access::Search {
        // The button that was pressed stands behind what the form says by itself.
        mode: fields.all("mode").pop().unwrap_or_default(),
        insurer: fields.take("insurer"),
        symbol: fields.take("symbol"),
        number: fields.take("number"),
        branch: fields.take("branch"),
        name: fields.take("name"),
        birth_date: fields.take("birth_date"),
        sex: fields.take("sex"),
        address: fields.take("address"),
        insurer_name: fields.take("insurer_name"),
        candidate: fields.take("candidate"),
    }
}
