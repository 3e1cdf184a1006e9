//! The one-time link: its holder sets password and authenticator app, or a passkey.
//!
//! The token leaves the address at once: the link only puts it into a short-lived cookie that no
//! script reads, and leads to the page. What is logged of an address is its pattern.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use secrecy::SecretString;

use crate::{
    access::{Access, OpenLink, Proof, told},
    web::{
        context::Context,
        cookie::{self, Name},
        error::Problem,
        form::Fields,
        views::{
            enrol::{EnrolPage, EnrolSaid},
            factors::{said, status},
        },
    },
};

use super::{passkey::begun, see_other};

/// Characters of the longest token that was ever made here.
const LONGEST: usize = 64;

/// `GET /enrol/{token}`
pub(in crate::web) async fn link(
    context: Context,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let token = path.into_inner();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut response = see_other("/enrol");
    if token.len() <= LONGEST && token.chars().all(is_plain) {
        response
            .add_cookie(&cookie::write(Name::Enrol, token, &context.settings))
            .map_err(|_| Problem::Broken)?;
    }
    Ok(response)
}

/// The token that the link left; empty where there is none, which opens nothing.
fn token(request: &HttpRequest, context: &Context) -> String {
    cookie::read(request, Name::Enrol, &context.settings).unwrap_or_default()
}

/// `GET /enrol`
pub(in crate::web) async fn get(
    request: HttpRequest,
    context: Context,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let token = token(&request, &context);
    match told(access.open_link(&token).await)? {
        Ok(open) => EnrolPage::new(&context, &open)?.respond(),
        Err(_) => end(EnrolSaid::over(&context), &context),
    }
}

/// `POST /enrol`
pub(in crate::web) async fn post(
    request: HttpRequest,
    context: Context,
    fields: Fields,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let token = token(&request, &context);
    let proof = Proof::Totp {
        sealed: fields.take("token"),
        code: fields.take("code"),
        name: String::new(),
    };
    let passwords = ["password", "again"].map(|name| SecretString::from(fields.take(name)));
    let set = access.use_typed_link(&token, passwords, proof, &context.caller);
    let Err(not) = set.await? else {
        return end(EnrolSaid::done(&context), &context);
    };
    let again = access.open_link_again(&token, fields.get("token")).await;
    match told::<OpenLink>(again)? {
        Ok(open) => EnrolPage::new(&context, &open)?.refused(not).respond(),
        Err(_) => end(EnrolSaid::over(&context), &context),
    }
}

/// `POST /enrol/passkey/start`
pub(in crate::web) async fn begin_passkey(
    request: HttpRequest,
    context: Context,
    _fields: Fields,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let token = token(&request, &context);
    let ceremony = access.begin_link_passkey(&token).await?;
    let t = context.text();
    Ok(begun(ceremony.map_err(|not| (status(not), said(t, not)))))
}

/// `POST /enrol/passkey/finish`
pub(in crate::web) async fn finish_passkey(
    request: HttpRequest,
    context: Context,
    fields: Fields,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (token, name) = (token(&request, &context), fields.get("name"));
    let answer = (fields.get("token"), fields.get("credential"));
    let set = access.use_link_by_passkey(&token, name, answer, &context.caller);
    let Err(not) = set.await? else {
        return end(EnrolSaid::done_by_passkey(&context), &context);
    };
    match told(access.open_link(&token).await)? {
        Ok(open) => EnrolPage::new(&context, &open)?
            .named(name)
            .refused(not)
            .respond(),
        Err(_) => end(EnrolSaid::over(&context), &context),
    }
}

/// The end of it: the browser forgets the token.
fn end(said: EnrolSaid, context: &Context) -> Result<HttpResponse, Problem> {
    let mut response = said.respond()?;
    response
        .add_cookie(&cookie::forget(Name::Enrol, &context.settings))
        .map_err(|_| Problem::Broken)?;
    Ok(response)
}
