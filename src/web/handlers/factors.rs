//! Everybody's own authenticators and password.

use actix_web::{HttpResponse, web::Data};
use secrecy::SecretString;

use crate::{
    access::{Access, Anew, Enrolment, NotChanged, OwnChange, told},
    domain::access::AuthenticatorId,
    web::{
        error::Problem,
        guard::{Guarded, Posted, SignedIn},
        views::factors::{FactorsPage, TotpPage, said, status},
    },
};

use super::{passkey::begun, see_other};

/// `GET /factors`
pub(in crate::web) async fn get(
    guarded: Guarded<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let known = access.own_authenticators(&guarded.viewer).await;
    let page = match told(known)? {
        Ok(known) => FactorsPage::new(&guarded.context, &guarded.viewer, known),
        Err(not) => FactorsPage::new(&guarded.context, &guarded.viewer, Vec::new()).with(not),
    };
    page.respond()
}

/// Back to the list, or the list with why nothing was changed.
async fn changed(
    posted: &Posted<SignedIn>,
    access: &Access,
    change: Result<(), NotChanged>,
) -> Result<HttpResponse, Problem> {
    let Err(not) = change else {
        return Ok(see_other("/factors"));
    };
    let known = told(access.own_authenticators(&posted.viewer).await)?;
    FactorsPage::new(&posted.context, &posted.viewer, known.unwrap_or_default())
        .with(not)
        .keeping(
            posted.fields.get("authenticator"),
            posted.fields.get("name"),
        )
        .respond()
}

/// Both factors, which every form holds that changes something: a passkey's answer, else password
/// and code.
pub(super) fn anew(posted: &Posted<SignedIn>) -> Anew {
    let secret = |name| SecretString::from(posted.fields.take(name));
    if posted.fields.get("own_credential").is_empty() {
        Anew::Codes {
            password: secret("password"),
            code: secret("code"),
        }
    } else {
        Anew::Passkey {
            token: secret("own_token"),
            credential: secret("own_credential"),
        }
    }
}

/// `POST /factors/anew/start`
pub(in crate::web) async fn begin_anew(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let change = OwnChange::parse(posted.fields.get("change")).ok_or(Problem::Malformed)?;
    let ceremony = access.begin_anew(&posted.viewer, change).await?;
    let t = posted.context.text();
    Ok(begun(ceremony.map_err(|not| (status(not), said(t, not)))))
}

/// `POST /factors/passkey/start`
pub(in crate::web) async fn begin_passkey(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let ceremony = access.begin_passkey(&posted.viewer, anew(&posted)).await?;
    let t = posted.context.text();
    Ok(begun(ceremony.map_err(|not| (status(not), said(t, not)))))
}

/// `POST /factors/passkey/finish`
pub(in crate::web) async fn add_passkey(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let get = |name| posted.fields.get(name);
    let (name, token, credential) = (get("name"), get("token"), get("credential"));
    let change = access
        .add_passkey(&posted.viewer, name, token, credential)
        .await?;
    changed(&posted, &access, change).await
}

/// `POST /factors/totp/start`
pub(in crate::web) async fn begin_totp(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    match told(access.begin_totp(&posted.viewer).await)? {
        Ok(enrolment) => shown(&posted, &access, &enrolment).await?.respond(),
        Err(not) => changed(&posted, &access, Err(not)).await,
    }
}

/// The page of a new secret, with what the viewer can give both factors with.
async fn shown(
    posted: &Posted<SignedIn>,
    access: &Access,
    enrolment: &Enrolment,
) -> Result<TotpPage, Problem> {
    let known = told(access.own_authenticators(&posted.viewer).await)?;
    let known = known.unwrap_or_default();
    TotpPage::new(&posted.context, &posted.viewer, enrolment, &known)
}

/// `POST /factors/totp/finish`
pub(in crate::web) async fn add_totp(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let get = |name| posted.fields.get(name);
    let (name, token, code) = (get("name"), get("token"), get("new_code"));
    let change = access
        .add_totp(&posted.viewer, anew(&posted), (token, code, name))
        .await?;
    let again = access.totp_again(&posted.viewer, token, &change).await?;
    match (change, again) {
        (Err(not), Some(enrolment)) => shown(&posted, &access, &enrolment)
            .await?
            .with(name, not)
            .respond(),
        (change, _) => changed(&posted, &access, change).await,
    }
}

/// Which authenticator a form means.
fn meant(posted: &Posted<SignedIn>) -> AuthenticatorId {
    AuthenticatorId(posted.fields.take("authenticator"))
}

/// `POST /factors/rename`
pub(in crate::web) async fn rename(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (id, name) = (meant(&posted), posted.fields.get("name"));
    let change = access.rename_authenticator(&posted.viewer, &id, name).await;
    changed(&posted, &access, told(change)?).await
}

/// `POST /factors/remove`
pub(in crate::web) async fn remove(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (id, anew) = (meant(&posted), anew(&posted));
    let change = access.remove_authenticator(&posted.viewer, anew, &id).await;
    changed(&posted, &access, told(change)?).await
}

/// `POST /factors/password`
pub(in crate::web) async fn password(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let new = ["new", "again"].map(|name| SecretString::from(posted.fields.take(name)));
    let change = access
        .change_typed_password(&posted.viewer, anew(&posted), new)
        .await?;
    changed(&posted, &access, change).await
}
