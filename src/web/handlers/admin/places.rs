//! Terminals, and the 災害時 flag.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};

use crate::{
    access::{
        Access, Viewer,
        admin::{self, DisasterForm, Known, TerminalForm, read_day, read_idle_lock},
        told,
    },
    domain::{access::TerminalId, clock::Clock},
    health::Health,
    web::{
        context::Context,
        error::Problem,
        form::Fields,
        guard::{Administer, Guarded, Posted},
        views::admin::{
            disaster::DisasterPage,
            secret::CodePage,
            terminals::{TerminalTyped, TerminalsPage},
        },
    },
};

use super::{done, office, origin};

/// Where the terminals are.
const TERMINALS: &str = "/admin/terminals";
/// Where the flag is.
const DISASTER: &str = "/admin/disaster";

/// `GET /admin/terminals`
pub(in crate::web) async fn terminals(
    guarded: Guarded<Administer>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
    health: Data<Health>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer) = (&guarded.context, &guarded.viewer);
    listed(context, viewer, &access, clock.as_ref())
        .await?
        .ending(|name| health.certificate_ends(name))
        .respond()
}

async fn listed(
    context: &Context,
    viewer: &Viewer,
    access: &Access,
    clock: &dyn Clock,
) -> Result<TerminalsPage, Problem> {
    let (office, now) = (office(access), clock.now());
    let terminals = office.terminals(viewer, &viewer.facility).await?;
    let accounts = office.accounts(viewer, &viewer.facility).await?;
    Ok(TerminalsPage::new(
        context, viewer, &terminals, &accounts, now,
    ))
}

/// What a form says of a terminal.
fn form(viewer: &Viewer, fields: &Fields) -> Result<TerminalForm, admin::Error> {
    Ok(TerminalForm {
        facility: viewer.facility.clone(),
        name: fields.take("name"),
        location: fields.take("location"),
        idle_lock_seconds: read_idle_lock(fields.get("idle_lock"))?,
    })
}

/// `POST /admin/terminals/code`
pub(in crate::web) async fn code(
    request: HttpRequest,
    posted: Posted<Administer>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer, fields) = (&posted.context, &posted.viewer, &posted.fields);
    let made = match form(viewer, fields) {
        Ok(form) => office(&access).make_code(viewer, form).await,
        Err(error) => Err(error),
    };
    let (name, location) = (fields.get("name"), fields.get("location"));
    match told(made)? {
        Ok(code) => {
            let at = origin(&request, context);
            CodePage::new(context, viewer, &code, (name, location), &at).respond()
        }
        Err(not) => listed(context, viewer, &access, clock.as_ref())
            .await?
            .typed(&typed(fields))
            .refused(not)
            .respond(),
    }
}

/// A new terminal as it was typed.
fn typed(fields: &Fields) -> TerminalTyped<'_> {
    TerminalTyped {
        name: fields.get("name"),
        location: fields.get("location"),
        idle_lock: fields.get("idle_lock"),
        kind: fields.get("kind"),
        device: fields.get("device"),
    }
}

/// `POST /admin/terminals/known`: one that keeps no cookie.
pub(in crate::web) async fn known(
    posted: Posted<Administer>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer, fields) = (&posted.context, &posted.viewer, &posted.fields);
    let known = Known::read(fields.get("kind"), fields.get("device"));
    let added = match form(viewer, fields).and_then(|form| Ok((form, known.clone()?))) {
        Ok((form, known)) => office(&access).register_terminal(viewer, form, known).await,
        Err(error) => Err(error),
    };
    match told(added)? {
        Ok(_) => Ok(done(TERMINALS, "terminal_added")),
        Err(not) => listed(context, viewer, &access, clock.as_ref())
            .await?
            .typed_known(&typed(fields))
            .refused_known(not, known.ok().as_ref())
            .respond(),
    }
}

/// `POST /admin/terminals/{terminal}/change`
pub(in crate::web) async fn change(
    posted: Posted<Administer>,
    path: Path<String>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let (viewer, id) = (&posted.viewer, TerminalId(path.into_inner()));
    let change = match form(viewer, &posted.fields) {
        Ok(form) => office(&access).change_terminal(viewer, &id, form).await,
        Err(error) => Err(error),
    };
    changed(&posted, &access, clock.as_ref(), change, "changed").await
}

/// `POST /admin/terminals/{terminal}/revoke`
pub(in crate::web) async fn revoke(
    posted: Posted<Administer>,
    path: Path<String>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let id = TerminalId(path.into_inner());
    let change = office(&access).revoke_terminal(&posted.viewer, &id).await;
    changed(&posted, &access, clock.as_ref(), change, "terminal_revoked").await
}

/// The list, saying what was done or why it was not.
async fn changed(
    posted: &Posted<Administer>,
    access: &Access,
    clock: &dyn Clock,
    change: Result<(), admin::Error>,
    word: &str,
) -> Result<HttpResponse, Problem> {
    match told(change)? {
        Ok(()) => Ok(done(TERMINALS, word)),
        Err(not) => listed(&posted.context, &posted.viewer, access, clock)
            .await?
            .refused(not)
            .respond(),
    }
}

/// `GET /admin/disaster`
pub(in crate::web) async fn disaster(
    guarded: Guarded<Administer>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer) = (&guarded.context, &guarded.viewer);
    let facility = office(&access).own_facility(viewer).await?;
    DisasterPage::new(context, viewer, &facility, ("", ""), clock.now()).respond()
}

/// `POST /admin/disaster`
pub(in crate::web) async fn set(
    posted: Posted<Administer>,
    access: Data<Access>,
    clock: Data<dyn Clock>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer) = (&posted.context, &posted.viewer);
    let typed = (posted.fields.get("area"), posted.fields.get("until"));
    let office = office(&access);
    let area = typed.0.to_owned();
    let change = match read_day(typed.1).map(|until| DisasterForm { area, until }) {
        Ok(form) => office.set_disaster(viewer, &viewer.facility, form).await,
        Err(error) => Err(error),
    };
    let Err(not) = told(change)? else {
        return Ok(done(DISASTER, "disaster_set"));
    };
    let facility = office.own_facility(viewer).await?;
    DisasterPage::new(context, viewer, &facility, typed, clock.now())
        .refused(not)
        .respond()
}

/// `POST /admin/disaster/clear`
pub(in crate::web) async fn clear(
    posted: Posted<Administer>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let viewer = &posted.viewer;
    let office = office(&access);
    office.clear_disaster(viewer, &viewer.facility).await?;
    Ok(done(DISASTER, "disaster_cleared"))
}
