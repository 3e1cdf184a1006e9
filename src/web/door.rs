//! The outermost middleware: request id, host, headers on every answer, the error page, one log
//! line; and the innermost, which turns a panic into that page.

use std::panic::AssertUnwindSafe;

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt;
use tokio::time::Instant;

use crate::{
    access::Caller,
    domain::{
        access::RequestId,
        entropy::{Entropy, random},
    },
};

use super::{
    Settings,
    admission::{Admission, Seat},
    connections::ClientName,
    context::{Context, Query},
    cookie,
    error::Problem,
    line::Line,
    times::Times,
    views,
};

/// Headers of every answer. The pages hold no inline script or style, so the policy allows none;
/// answers are never stored (static files say otherwise themselves).
const HEADERS: [(HeaderName, &str); 9] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; object-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (
        header::PERMISSIONS_POLICY,
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];

/// What of a summary took how long, for the viewer's own browser alone: there is no
/// `Timing-Allow-Origin`.
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Added where the service is reached by TLS: two years.
const STRICT_TRANSPORT: &str = "max-age=63072000; includeSubDomains";

/// Wrap it around the whole application: `App::new().wrap(from_fn(web::door))`, outermost, so
/// that nothing answers without it.
///
/// # Errors
/// Only what an inner middleware fails with; every failure of a route becomes a page.
pub async fn door(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let context = entered(&request).ok_or(Problem::Broken)?;
    request.extensions_mut().insert(context.clone());
    let line = Line::of(request.method(), &context);
    let answered = match admitted(&request, &context) {
        Err(problem) => Ok(request.into_response(views::problem(&problem, &context))),
        Ok(_seat) => next.call(request).await.map(|response| {
            let response = response.map_into_boxed_body();
            with_page(response, &context)
        }),
    };
    match answered {
        Ok(response) => Ok(left(response, &context, line)),
        Err(error) => {
            line.answered(error.as_response_error().status_code(), None);
            Err(error)
        }
    }
}

/// What the request carries from here on; `None` where the application lacks its settings.
fn entered(request: &ServiceRequest) -> Option<Context> {
    let settings = request.app_data::<Data<Settings>>()?.clone();
    let entropy = request.app_data::<Data<dyn Entropy>>()?;
    let id = RequestId(data_encoding::HEXLOWER.encode(&random::<8>(entropy.as_ref())));
    Some(Context {
        started: Instant::now(),
        times: Times::default(),
        language: cookie::language(request.request(), &settings),
        theme: cookie::theme(request.request(), &settings),
        caller: Caller {
            device: cookie::read(request.request(), cookie::Name::Device, &settings),
            session: cookie::read(request.request(), cookie::Name::Session, &settings),
            certificate: request.conn_data::<ClientName>().map(|name| name.0.clone()),
            address: request.peer_addr().map(|address| address.ip()),
            request: id.clone(),
        },
        request: id,
        path: request.path().to_owned(),
        query: Query::of(request.query_string()),
        settings,
    })
}

/// A seat for what is not turned away before anything else looks at it; whether the node lives is
/// always answered.
fn admitted(request: &ServiceRequest, context: &Context) -> Result<Option<Seat>, Problem> {
    if request.path().starts_with("/health/") {
        return Ok(None);
    }
    if let Some(problem) = refusal(request, &context.settings) {
        return Err(problem);
    }
    let Some(admission) = request.app_data::<Data<Admission>>() else {
        return Err(Problem::Broken);
    };
    admission
        .admit(request.path(), context.caller.address)
        .map(Some)
        .ok_or(Problem::Busy)
}

/// Whether it is asked for ahead of time, or under another name.
fn refusal(request: &ServiceRequest, settings: &Settings) -> Option<Problem> {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    // A page asked for ahead of time would be recorded as seen by somebody who never saw it.
    if header("sec-purpose").contains("prefetch")
        || header("purpose").contains("prefetch")
        || header("x-moz").contains("prefetch")
    {
        return Some(Problem::Prefetch);
    }
    let asked = request
        .uri()
        .authority()
        .map_or_else(|| header("host"), |authority| authority.as_str().to_owned());
    (!settings.is_ours(&asked)).then_some(Problem::WrongHost)
}

/// The last resort, around every resource: a handler that panics costs its own request one page
/// that says no cause, not the connection and whatever else is on its way over it. What was locked
/// meanwhile is usable still: no lock of this service minds one that was held in a panic.
///
/// # Errors
/// What the inner service fails with.
pub(super) async fn caught(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let asked = request.request().clone();
    let answer = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    let Ok(answer) = answer else {
        metrics::counter!("panics").increment(1);
        return Ok(ServiceResponse::from_err(Problem::Broken, asked));
    };
    Ok(answer?.map_into_boxed_body())
}

/// Puts the page around a bare failure.
fn with_page(response: ServiceResponse, context: &Context) -> ServiceResponse {
    let Some(problem) = response.response().error().map(|error| {
        error
            .as_error::<Problem>()
            .cloned()
            .unwrap_or_else(|| Problem::of_status(error.as_response_error().status_code()))
    }) else {
        return response;
    };
    let page = views::problem(&problem, context);
    response.into_response(page)
}

/// Headers, and the log line.
fn left(mut response: ServiceResponse, context: &Context, line: Line) -> ServiceResponse {
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        let value = context.request.0.clone();
        let cookie = cookie::write(cookie::Name::Page, value, &context.settings);
        // A request id always fits into a header.
        if response.response_mut().add_cookie(&cookie).is_err() {
            tracing::error!("a page's cookie could not be set");
        }
    }
    let status = response.status();
    let headers = response.headers_mut();
    if status.is_success()
        && let Some(value) = context.times.header(context.started.elapsed())
        && let Ok(value) = HeaderValue::from_str(&value)
    {
        headers.insert(SERVER_TIMING, value);
    }
    for (name, value) in HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if context.settings.secure_cookies {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(STRICT_TRANSPORT),
        );
    }
    line.answered(response.status(), response.request().match_pattern());
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actix_web::{
        App, body::to_bytes, http::StatusCode, middleware::from_fn, test as http, web,
    };

    use super::*;

    struct Sevens;

    impl Entropy for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[actix_web::test]
    async fn a_panic_costs_one_page_without_its_cause_and_the_next_request_is_answered() {
        let entropy: Data<dyn Entropy> = Data::from(Arc::new(Sevens) as Arc<dyn Entropy>);
        let app = http::init_service(
            App::new()
                .wrap(from_fn(door))
                .app_data(Data::new(Settings::default()))
                .app_data(Data::new(Admission::new(16)))
                .app_data(entropy)
                .service(
                    web::resource("/broken/{how}")
                        .route(web::get().to(async |how: web::Path<String>| {
                            assert_eq!(*how, "not", "山田 花子 12345678");
                            "whole"
                        }))
                        .wrap(from_fn(caught)),
                ),
        )
        .await;
        for (path, status) in [("/broken/much", 500), ("/broken/not", 200)] {
            let request = http::TestRequest::with_uri(path).to_request();
            let response = http::call_service(&app, request).await;
            assert_eq!(response.status(), StatusCode::from_u16(status).unwrap());
            let headers = response.headers();
            assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "no-store");
            assert!(headers.contains_key(header::CONTENT_SECURITY_POLICY));
            let page = to_bytes(response.into_body()).await.unwrap();
            let page = String::from_utf8_lossy(&page);
            assert_eq!(page.contains("0707070707070707"), status == 500, "{page}");
            for cause in ["山田", "12345678", "much", "panic"] {
                assert!(!page.contains(cause), "{cause}: {page}");
            }
        }
    }
}
