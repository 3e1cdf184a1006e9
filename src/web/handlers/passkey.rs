//! Signing in and unlocking with a passkey: begun by a script, finished by an ordinary form.

use actix_web::{HttpResponse, http::StatusCode, web::Data};
use serde_json::json;

use crate::{
    access::{Access, Ceremony, Refusal},
    web::{
        context::Context,
        error::Problem,
        form::Fields,
        guard::{EvenLocked, Posted},
        views::{
            lock::LockPage,
            sign_in::{LoginPage, status},
        },
    },
};

use super::{back, see_other, sign_in::answer};

/// What the script is told: what to ask of the device, or what to say.
pub(super) fn begun(ceremony: Result<Ceremony, (StatusCode, String)>) -> HttpResponse {
    match ceremony {
        Ok(Ceremony { options, token }) => {
            HttpResponse::Ok().json(json!({"options": options, "token": token}))
        }
        Err((status, said)) => HttpResponse::build(status).json(json!({"said": said})),
    }
}

fn refused(context: &Context) -> impl Fn(Refusal) -> (StatusCode, String) {
    let words = context.text().words.refusal;
    move |refusal| (status(refusal), words(refusal))
}

/// `POST /login/passkey/start`
pub(in crate::web) async fn begin_sign_in(
    context: Context,
    fields: Fields,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let account = fields.get("account");
    let ceremony = access.begin_sign_in(account, &context.caller).await?;
    Ok(begun(ceremony.map_err(refused(&context))))
}

/// `POST /login/passkey/finish`
pub(in crate::web) async fn sign_in(
    context: Context,
    fields: Fields,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (token, credential) = (fields.get("token"), fields.get("credential"));
    let outcome = access
        .sign_in_by_passkey(token, credential, &context.caller)
        .await?;
    answer(outcome, &context, |refusal| {
        LoginPage::again(&context, "", refusal).respond()
    })
}

/// `POST /unlock/passkey/start`
pub(in crate::web) async fn begin_unlock(
    posted: Posted<EvenLocked>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let ceremony = access.begin_unlock(&posted.viewer).await?;
    Ok(begun(Ok(ceremony)))
}

/// `POST /unlock/passkey/finish`
pub(in crate::web) async fn unlock(
    posted: Posted<EvenLocked>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let fields = &posted.fields;
    let back = back(fields.get("back"));
    let (token, credential) = (fields.get("token"), fields.get("credential"));
    let unlocked = access.unlock_by_passkey(&posted.viewer, token, credential);
    match unlocked.await? {
        Ok(()) => Ok(see_other(back)),
        Err(refusal) => LockPage::again(&posted.context, &posted.viewer, back, refusal).respond(),
    }
}
