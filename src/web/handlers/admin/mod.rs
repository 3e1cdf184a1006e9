//! The administrator's pages: each act is one call of the service, which writes its entry first.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::HOST,
    web::{Data, Path},
};

use crate::{
    access::{Access, admin::Administration},
    domain::access::AccountId,
    web::{
        context::Context,
        error::Problem,
        guard::{Administer, Guarded},
        views::admin::overview::OverviewPage,
    },
};

use super::see_other;

pub(in crate::web) mod accounts;
pub(in crate::web) mod health;
pub(in crate::web) mod permissions;
pub(in crate::web) mod places;
pub(in crate::web) mod sealed;

/// `GET /admin`
pub(in crate::web) async fn get(
    guarded: Guarded<Administer>,
    access: Data<Access>,
) -> Result<HttpResponse, Problem> {
    let now = access.administration().overview(&guarded.viewer).await?;
    OverviewPage::new(&guarded.context, &guarded.viewer, &now).respond()
}

/// Administration of the accounts that the service lets in.
fn office(access: &Access) -> Administration {
    access.administration()
}

/// The account that an address names.
fn account(path: &Path<String>) -> AccountId {
    AccountId(path.as_str().to_owned())
}

/// The page, saying what was done.
fn done(page: &str, word: &str) -> HttpResponse {
    see_other(&format!("{page}?done={word}"))
}

/// Where the browser reaches this service: the door has checked the name.
fn origin(request: &HttpRequest, context: &Context) -> String {
    let host = request.uri().authority().map_or_else(
        || {
            let host = request.headers().get(HOST);
            host.and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        },
        |authority| authority.as_str(),
    );
    let scheme = if context.settings.secure_cookies {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{host}")
}
