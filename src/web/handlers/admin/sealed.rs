//! Sealed emergency accounts.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};

use crate::{
    access::{Access, Viewer, told},
    domain::clock::Clock,
    web::{
        context::Context,
        error::Problem,
        guard::{Administer, Guarded, Posted},
        views::admin::{sealed::SealedPage, secret::SheetPage},
    },
};

use super::{account, done, office};

/// `GET /admin/sealed`
pub(in crate::web) async fn get(
    guarded: Guarded<Administer>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    listed(&guarded.context, &guarded.viewer, &access)
        .await?
        .respond()
}

async fn listed(
    context: &Context,
    viewer: &Viewer,
    access: &Access,
) -> Result<SealedPage, Problem> {
    let office = office(access);
    let sealed = office.sealed_accounts(viewer, &viewer.facility).await?;
    let accounts = office.accounts(viewer, &viewer.facility).await?;
    Ok(SealedPage::new(context, viewer, &sealed, &accounts))
}

/// `POST /admin/sealed`
pub(in crate::web) async fn propose(
    posted: Posted<Administer>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let viewer = &posted.viewer;
    let office = office(&access);
    office.propose_sealed(viewer, &viewer.facility).await?;
    Ok(done("/admin/sealed", "proposed"))
}

/// `POST /admin/sealed/{account}/confirm`
pub(in crate::web) async fn confirm(
    posted: Posted<Administer>,
    path: Path<String>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer) = (&posted.context, &posted.viewer);
    let office = office(&access);
    let made = office
        .confirm_sealed(viewer, &viewer.facility, &account(&path))
        .await;
    match told(made)? {
        Ok(secrets) => SheetPage::new(context, viewer, &secrets, clock.now().wall).respond(),
        Err(not) => listed(context, viewer, &access)
            .await?
            .refused(not)
            .respond(),
    }
}
