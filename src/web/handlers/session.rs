//! What a session can do with itself: end, cover, uncover, speak another language.

use actix_web::{
    HttpResponse,
    http::header::{HeaderName, HeaderValue},
    web::Data,
};
use secrecy::SecretString;

use crate::{
    access::Access,
    domain::section::Language,
    web::{
        context::Context,
        cookie::{self, Theme},
        error::Problem,
        guard::{EvenLocked, Guarded, LeftAlone, Posted, PostedByAnyone, SignedIn},
        views::{
            self,
            lock::{CoveredPage, LockPage},
        },
    },
};

use super::{back, glass, seats::forgotten, see_other};

/// `POST /logout`
pub(in crate::web) async fn sign_out(
    posted: Posted<EvenLocked>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    access.sign_out(&posted.viewer).await?;
    let mut response = forgotten(&posted.context)?;
    // What a crew has not sent goes with it, unless its tablet keeps another one's, too: then its
    // script has removed what is its own. At the lock anybody may press it: then it stays, for when
    // the account is back.
    let viewer = &posted.viewer;
    let is_own = viewer.may_hand_over() && !viewer.locked;
    if is_own && posted.fields.get("others").is_empty() {
        let storage = HeaderValue::from_static("\"storage\"");
        response.headers_mut().insert(CLEAR_SITE_DATA, storage);
    }
    Ok(response)
}

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// `POST /lock`
pub(in crate::web) async fn lock(
    posted: Posted<SignedIn>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    access.lock(&posted.viewer).await?;
    Ok(see_other(&views::locked(back(posted.fields.get("back")))))
}

/// `GET /locked`: where a page that was left alone leads to, also with scripts off. The guard
/// locks the seat and shows the lock page; who was busy elsewhere finds this page covered.
pub(in crate::web) async fn locked(guarded: Guarded<LeftAlone>) -> Result<HttpResponse, Problem> {
    CoveredPage::new(&guarded.context, &guarded.viewer).respond()
}

/// `POST /unlock`
pub(in crate::web) async fn unlock(
    posted: Posted<EvenLocked>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let password = SecretString::from(posted.fields.take("password"));
    let back = back(posted.fields.get("back"));
    match access.unlock(&posted.viewer, password).await? {
        Ok(()) => Ok(see_other(back)),
        Err(refusal) => LockPage::again(&posted.context, &posted.viewer, back, refusal).respond(),
    }
}

/// `POST /theme`: light, dark, or as the browser has it, at this terminal.
pub(in crate::web) async fn theme(
    posted: PostedByAnyone,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let theme = Theme::parse(posted.fields.get("theme"));
    let mut context = posted.context.clone();
    context.theme = theme;
    let mut response = chosen(&posted, context, &access).await?;
    response
        .add_cookie(&cookie::of_theme(theme, &posted.context.settings))
        .map_err(|_| Problem::Broken)?;
    Ok(response)
}

/// `POST /language`
pub(in crate::web) async fn language(
    posted: PostedByAnyone,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let language = match posted.fields.get("language") {
        "en" => Language::En,
        _ => Language::Ja,
    };
    if let Some(viewer) = &posted.viewer {
        access.set_language(viewer, language).await?;
    }
    let context = posted.context.clone().in_language(language);
    let mut response = chosen(&posted, context, &access).await?;
    response
        .add_cookie(&cookie::of_language(language, &posted.context.settings))
        .map_err(|_| Problem::Broken)?;
    Ok(response)
}

/// The page that the choice was made on: itself where only a form leads to it, else its address.
async fn chosen(
    posted: &PostedByAnyone,
    context: Context,
    access: &Access,
) -> Result<HttpResponse, Problem> {
    let page = match &posted.viewer {
        Some(viewer) => glass::kept(&context, viewer, access, &posted.fields).await?,
        None => None,
    };
    Ok(page.unwrap_or_else(|| see_other(back(posted.fields.get("back")))))
}
