//! The first page, by role.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::{self, Access, Viewer},
    domain::clock::Clock,
    web::{
        context::Context,
        error::Problem,
        guard::{Guarded, SignedIn},
        views::home::HomePage,
    },
};

/// `GET /`
pub(in crate::web) async fn get(
    guarded: Guarded<SignedIn>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    page(&guarded.context, &guarded.viewer, &access, clock.as_ref())
        .await?
        .respond()
}

/// The page with the patients one has open and those whom colleagues look at. Where the list of
/// these cannot be recorded it is not shown, and the page says so: everything else still works.
pub(super) async fn page(
    context: &Context,
    viewer: &Viewer,
    access: &Access,
    clock: &dyn Clock,
) -> Result<HomePage, Problem> {
    let page = HomePage::new(context, viewer)
        .with_grants(&access.own_grants(viewer), clock.now())
        .with_sealed_uses(&access.sealed_uses(viewer).await?);
    match access.current(viewer).await {
        Ok(current) => Ok(page.with_current(&current)),
        Err(access::Error::CannotRecord) => Ok(page.without_current()),
        Err(error) => Err(error.into()),
    }
}
