//! The emergency permission, for administrators and 当直責任者.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::{
        Access, NotChanged, Viewer,
        admin::{self, read_day, read_hours},
        told,
    },
    domain::{access::AccountId, clock::Clock},
    web::{
        context::Context,
        error::Problem,
        guard::{Administer, Guarded, Permission, Permit, Posted},
        views::admin::permissions::{PermissionTyped, PermissionsPage},
    },
};

use super::{done, office};

/// Its address.
const PAGE: &str = "/admin/permissions";

/// `GET /admin/permissions`
pub(in crate::web) async fn get(
    guarded: Guarded<Permit>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer) = (&guarded.context, &guarded.viewer);
    let typed = PermissionTyped::default();
    page(context, viewer, &access, &typed, clock.as_ref())
        .await?
        .respond()
}

async fn page(
    context: &Context,
    viewer: &Viewer,
    access: &Access,
    typed: &PermissionTyped<'_>,
    clock: &dyn Clock,
) -> Result<PermissionsPage, Problem> {
    let rows = office(access).permission_list(viewer).await?;
    let (accounts, unused) = (&rows.0[..], &rows.1[..]);
    Ok(PermissionsPage::new(
        context,
        viewer,
        (accounts, unused),
        typed,
        clock.now(),
    ))
}

/// The page, saying what was done or why it was not, with what was typed.
async fn changed<P: Permission>(
    posted: &Posted<P>,
    (access, clock): (&Access, &dyn Clock),
    change: Result<(), admin::Error>,
    word: &str,
) -> Result<HttpResponse, Problem> {
    let not: NotChanged = match told(change)? {
        Ok(()) => return Ok(done(PAGE, word)),
        Err(not) => not,
    };
    let typed = PermissionTyped {
        account: posted.fields.get("account"),
        until: posted.fields.get("until"),
        hours: posted.fields.get("hours"),
    };
    page(&posted.context, &posted.viewer, access, &typed, clock)
        .await?
        .refused(not)
        .respond()
}

/// Whom a form means.
fn whom<P: Permission>(posted: &Posted<P>) -> AccountId {
    AccountId(posted.fields.take("account"))
}

/// `POST /admin/permissions/give`
pub(in crate::web) async fn give(
    posted: Posted<Administer>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let change = match read_day(posted.fields.get("until")) {
        Ok(day) => {
            let office = office(&access);
            office.permit(&whom(&posted), day, &posted.viewer).await
        }
        Err(error) => Err(error),
    };
    changed(&posted, (&access, clock.as_ref()), change, "given").await
}

/// `POST /admin/permissions/give-hours`
pub(in crate::web) async fn give_hours(
    posted: Posted<Permit>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let change = match read_hours(posted.fields.get("hours")) {
        Ok(hours) => {
            let office = office(&access);
            let whom = whom(&posted);
            office.permit_for(&whom, hours, &posted.viewer).await
        }
        Err(error) => Err(error),
    };
    changed(&posted, (&access, clock.as_ref()), change, "given").await
}

/// `POST /admin/permissions/revoke`
pub(in crate::web) async fn revoke(
    posted: Posted<Permit>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let office = office(&access);
    let change = office.revoke(&whom(&posted), &posted.viewer).await;
    changed(&posted, (&access, clock.as_ref()), change, "revoked").await
}

/// `POST /admin/permissions/delegate`
pub(in crate::web) async fn delegate(
    posted: Posted<Administer>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let change = match read_hours(posted.fields.get("hours")) {
        Ok(hours) => {
            let office = office(&access);
            office.delegate(&whom(&posted), hours, &posted.viewer).await
        }
        Err(error) => Err(error),
    };
    changed(&posted, (&access, clock.as_ref()), change, "delegated").await
}

/// `POST /admin/permissions/undelegate`
pub(in crate::web) async fn undelegate(
    posted: Posted<Administer>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let office = office(&access);
    let change = office.end_delegation(&whom(&posted), &posted.viewer).await;
    changed(&posted, (&access, clock.as_ref()), change, "undelegated").await
}
