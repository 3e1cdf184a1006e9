//! Everybody's own authenticators and password.

use actix_web::{HttpResponse, web::Data};
use secrecy::SecretString;

use crate::{
    access::{Access, NotChanged},
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
    let factors = access.own_authenticators(&guarded.viewer).await?;
    FactorsPage::new(&guarded.context, &guarded.viewer, factors).respond()
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
    let factors = access.own_authenticators(&posted.viewer).await?;
    FactorsPage::new(&posted.context, &posted.viewer, factors)
        .with(not)
        .respond()
}

/// The password that every form holds that changes something.
fn present(posted: &Posted<SignedIn>) -> SecretString {
    SecretString::from(posted.fields.take("password"))
}

/// `POST /factors/passkey/start`
pub(in crate::web) async fn begin_passkey(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let present = present(&posted);
    let ceremony = access.begin_passkey(&posted.viewer, present).await?;
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
    match access.begin_totp(&posted.viewer).await? {
        Ok(enrolment) => TotpPage::new(&posted.context, &posted.viewer, &enrolment)?.respond(),
        Err(not) => changed(&posted, &access, Err(not)).await,
    }
}

/// `POST /factors/totp/finish`
pub(in crate::web) async fn add_totp(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let get = |name| posted.fields.get(name);
    let (name, token, code) = (get("name"), get("token"), get("code"));
    let change = access
        .add_totp(&posted.viewer, name, token, code, present(&posted))
        .await?;
    let again = access.totp_again(&posted.viewer, token, &change).await?;
    match (change, again) {
        (Err(not), Some(enrolment)) => {
            TotpPage::new(&posted.context, &posted.viewer, &enrolment)?
                .with(name, not)
                .respond()
        }
        (change, _) => changed(&posted, &access, change).await,
    }
}

/// `POST /factors/rename`
pub(in crate::web) async fn rename(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let (id, name) = (
        posted.fields.get("authenticator"),
        posted.fields.get("name"),
    );
    let change = access.rename_factor(&posted.viewer, id, name).await?;
    changed(&posted, &access, change).await
}

/// `POST /factors/remove`
pub(in crate::web) async fn remove(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let id = posted.fields.get("authenticator");
    let change = access
        .remove_factor(&posted.viewer, id, present(&posted))
        .await?;
    changed(&posted, &access, change).await
}

/// `POST /factors/password`
pub(in crate::web) async fn password(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let secret = |name| SecretString::from(posted.fields.take(name));
    let change = access
        .change_password(
            &posted.viewer,
            present(&posted),
            secret("new"),
            secret("again"),
        )
        .await?;
    changed(&posted, &access, change).await
}
