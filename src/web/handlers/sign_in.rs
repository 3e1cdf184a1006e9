//! Signing in: account and password, then (or together) the code.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use secrecy::SecretString;

use crate::{
    access::{Access, NewSession, SignIn, SignedIn},
    web::{
        context::Context,
        cookie::{self, Name},
        error::Problem,
        form::Fields,
        views::sign_in::{CodePage, LoginPage},
    },
};

use super::see_other;

/// `GET /login`: whoever still carries a session's cookie was led here because it is over.
pub(in crate::web) async fn get(
    request: HttpRequest,
    context: Context,
) -> Result<HttpResponse, Problem> {
    let page = LoginPage::new(&context);
    match cookie::read(&request, Name::Session, &context.settings) {
        Some(_) => page.with_session_over().respond(),
        None => page.respond(),
    }
}

/// `POST /login`
pub(in crate::web) async fn post(
    context: Context,
    fields: Fields,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let form = SignIn {
        account: fields.take("account"),
        password: SecretString::from(fields.take("password")),
        code: Some(fields.take("code")).filter(|code| !code.is_empty()),
    };
    let outcome = access.sign_in(form, &context.caller).await?;
    answer(outcome, &context, |refusal| {
        LoginPage::again(&context, fields.get("account"), refusal).respond()
    })
}

/// `POST /login/code`
pub(in crate::web) async fn post_code(
    context: Context,
    fields: Fields,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let pending = fields.get("pending");
    let outcome = access
        .sign_in_code(pending, fields.get("code"), &context.caller)
        .await?;
    answer(outcome, &context, |refusal| {
        CodePage::again(&context, pending, refusal)
    })
}

/// `POST /login/vouched`: a colleague's word in place of the code.
pub(in crate::web) async fn post_vouched(
    context: Context,
    fields: Fields,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let pending = fields.get("pending");
    let outcome = access.sign_in_vouched(pending, &context.caller).await?;
    answer(outcome, &context, |refusal| {
        CodePage::again(&context, pending, refusal)
    })
}

/// What the browser gets for each outcome.
pub(super) fn answer(
    outcome: SignedIn,
    context: &Context,
    refused: impl FnOnce(crate::access::Refusal) -> Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    match outcome {
        SignedIn::Done(new) => signed_in(new, "/", context),
        SignedIn::NeedsCode { pending, vouched } => CodePage::new(context, &pending)
            .with_vouch(vouched)
            .respond(),
        SignedIn::Refused(refusal) => refused(refusal),
    }
}

/// A session begins: its cookies, and where it leads.
pub(super) fn signed_in(
    new: NewSession,
    to: &str,
    context: &Context,
) -> Result<HttpResponse, Problem> {
    let settings = &context.settings;
    let device = new
        .device
        .map(|device| cookie::write(Name::Device, device, settings));
    let session = cookie::write(Name::Session, new.session, settings);
    let language = cookie::of_language(new.language, settings);
    // A link that somebody else left open is not for whoever sits here now.
    let link = cookie::forget(Name::Enrol, settings);
    let mut response = see_other(to);
    for cookie in [Some(session), Some(language), Some(link), device]
        .into_iter()
        .flatten()
    {
        response.add_cookie(&cookie).map_err(|_| Problem::Broken)?;
    }
    Ok(response)
}
