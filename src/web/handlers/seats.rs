//! One's own sessions: changing the user, the list, ending, renewing.

use crate::{
    access::{Access, SignedIn as Outcome, Viewer, told},
    web::{
        context::Context,
        cookie::{self, Name},
        error::Problem,
        guard::{EvenLocked, Guarded, Posted, SignedIn},
        views::{
            self,
            seats::{RenewPage, SessionsPage},
            sign_in::CodePage,
        },
    },
};
use actix_web::{HttpResponse, web::Data};

use super::{back, factors::anew, see_other, sign_in::signed_in};

/// Where somebody without a session goes; the browser forgets the one it had, and a link that he
/// left open.
pub(super) fn forgotten(context: &Context) -> Result<HttpResponse, Problem> {
    let mut response = see_other("/login");
    for name in [Name::Session, Name::Enrol] {
        response
            .add_cookie(&cookie::forget(name, &context.settings))
            .map_err(|_| Problem::Broken)?;
    }
    Ok(response)
}

/// `POST /switch`: the session is locked, and the next user signs in.
pub(in crate::web) async fn switch(
    posted: Posted<EvenLocked>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    if access.change_user(&posted.viewer).await? {
        return forgotten(&posted.context);
    }
    Ok(see_other(&views::locked("/")))
}

/// `GET /sessions`
pub(in crate::web) async fn get(
    guarded: Guarded<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let own = access.own_sessions(&guarded.viewer).await?;
    SessionsPage::new(&guarded.context, &guarded.viewer, own).respond()
}

/// `POST /sessions/end`
pub(in crate::web) async fn end(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let session = posted.fields.get("session");
    if access.end_own_session(&posted.viewer, session).await? {
        return forgotten(&posted.context);
    }
    Ok(see_other("/sessions"))
}

/// `POST /sessions/end-all`
pub(in crate::web) async fn end_all(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    access.sign_out_everywhere(&posted.viewer).await?;
    forgotten(&posted.context)
}

/// `GET /sessions/renew`
pub(in crate::web) async fn renew(
    guarded: Guarded<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer) = (&guarded.context, &guarded.viewer);
    renewing(context, viewer, &access, &context.query.back)
        .await?
        .respond()
}

/// The form, for the factors that the viewer has; a session that a colleague's word opened has none
/// of its own to show.
async fn renewing(
    context: &Context,
    viewer: &Viewer,
    access: &Access,
    back: &str,
) -> Result<RenewPage, Problem> {
    let known = told(access.own_authenticators(viewer).await)?;
    let known = known.unwrap_or_default();
    Ok(RenewPage::new(context, viewer, &known, back))
}

/// `POST /sessions/renew`
pub(in crate::web) async fn post_renew(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (context, viewer) = (&posted.context, &posted.viewer);
    let to = posted.fields.get("back");
    match access.renew_session(viewer, anew(&posted)).await? {
        Outcome::Done(new) => signed_in(new, back(to), context),
        Outcome::NeedsCode { pending, .. } => CodePage::new(context, &pending).respond(),
        Outcome::Refused(refusal) => renewing(context, viewer, &access, to)
            .await?
            .again(refusal)
            .respond(),
    }
}
