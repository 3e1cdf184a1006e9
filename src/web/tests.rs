//! The application from door to page, without a session.

use std::{collections::BTreeSet, sync::Arc};

use actix_web::{
    App,
    body::{BoxBody, to_bytes},
    dev::ServiceResponse,
    http::{Method, StatusCode, header},
    middleware::from_fn,
    test as http,
    web::Data,
};

use crate::domain::{access::Action, entropy::Entropy};

use super::{ROUTES, Settings, Verb, admission::Admission, asset::Asset, door, form, routes};

struct Counting;

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// The application without the services that only a session leads to.
macro_rules! app {
    ($settings:expr) => {{
        let entropy: Data<dyn Entropy> = Data::from(Arc::new(Counting) as Arc<dyn Entropy>);
        http::init_service(
            App::new()
                .wrap(from_fn(door))
                .app_data(Data::new($settings))
                .app_data(Data::new(Admission::new(64)))
                .app_data(entropy)
                .configure(routes::register),
        )
        .await
    }};
}

fn path(route: &str) -> String {
    route
        .replace("{grant}", "n1.abc")
        .replace("{opaque}", "x")
        .replace("{name}", "app.css")
}

fn method(verb: Verb) -> Method {
    match verb {
        Verb::Get => Method::GET,
        Verb::Post => Method::POST,
    }
}

fn assert_headers(response: &ServiceResponse<BoxBody>, place: &str) {
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .unwrap_or_else(|| panic!("{place}: no {name}"))
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert!(header("content-security-policy").starts_with("default-src 'none'; "));
    assert!(!header("content-security-policy").contains("unsafe"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    assert!(
        header("cache-control") == "no-store" || response.request().path().starts_with("/static/")
    );
}

#[test]
fn no_two_routes_are_the_same() {
    let distinct: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| (route.path, route.verb))
        .collect();
    assert_eq!(distinct.len(), ROUTES.len());
}

#[actix_web::test]
async fn every_answer_carries_the_headers_and_a_wrong_method_says_which_are_right() {
    let app = app!(Settings::default());
    for route in ROUTES {
        for asked in [
            Method::GET,
            Method::POST,
            Method::HEAD,
            Method::PUT,
            Method::DELETE,
            Method::OPTIONS,
            Method::TRACE,
        ] {
            let place = format!("{asked} {}", route.path);
            let request = http::TestRequest::with_uri(&path(route.path)).method(asked.clone());
            let response = http::call_service(&app, request.to_request()).await;
            assert_headers(&response, &place);
            let is_known = ROUTES
                .iter()
                .any(|known| known.path == route.path && method(known.verb) == asked);
            assert_eq!(
                response.status() != StatusCode::METHOD_NOT_ALLOWED,
                is_known,
                "{place}"
            );
            if !is_known {
                let allow = response.headers().get(header::ALLOW).unwrap();
                assert!(
                    allow.to_str().unwrap().contains(route.verb.word()),
                    "{place}"
                );
            }
        }
    }
    for nowhere in [
        "/nowhere",
        "/summary",
        "/summary/a/b/c",
        "/..%2f",
        "/static/app.css",
    ] {
        let response =
            http::call_service(&app, http::TestRequest::with_uri(nowhere).to_request()).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{nowhere}");
        assert_headers(&response, nowhere);
    }
}

#[actix_web::test]
async fn without_a_session_every_guarded_route_leads_to_the_sign_in_page() {
    let app = app!(Settings::default());
    for route in ROUTES.iter().filter(|route| route.action != Action::Anyone) {
        let request = http::TestRequest::with_uri(&path(route.path)).method(method(route.verb));
        let response = http::call_service(&app, request.to_request()).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{route:?}");
        assert_eq!(
            response.headers().get(header::LOCATION).unwrap(),
            "/login",
            "{route:?}"
        );
        assert!(
            to_bytes(response.into_body()).await.unwrap().is_empty(),
            "{route:?}"
        );
    }
}

#[actix_web::test]
async fn a_form_from_elsewhere_or_unreadable_is_refused() {
    let app = app!(Settings::default());
    let form = "application/x-www-form-urlencoded";
    let long = format!("account={}", "a".repeat(form::LIMIT));
    for (headers, body, status) in [
        (
            vec![("content-type", form), ("sec-fetch-site", "cross-site")],
            "account=a",
            403,
        ),
        (
            vec![("content-type", form), ("sec-fetch-site", "same-site")],
            "account=a",
            403,
        ),
        (
            vec![
                ("content-type", form),
                ("host", "localhost"),
                ("origin", "https://evil.example"),
            ],
            "account=a",
            403,
        ),
        (
            vec![("content-type", form), ("origin", "null")],
            "account=a",
            403,
        ),
        (vec![("content-type", "text/plain")], "account=a", 415),
        (
            vec![("content-type", "multipart/form-data; boundary=x")],
            "account=a",
            415,
        ),
        (vec![], "account=a", 415),
        (vec![("content-type", form)], "account=%FF", 400),
        (vec![("content-type", form)], "account=%00", 400),
        (vec![("content-type", form)], long.as_str(), 413),
    ] {
        let request = headers.iter().fold(
            http::TestRequest::post().uri("/login"),
            |request, header| request.insert_header(*header),
        );
        let response =
            http::call_service(&app, request.set_payload(body.to_owned()).to_request()).await;
        assert_eq!(response.status().as_u16(), status, "{headers:?}");
        let page = to_bytes(response.into_body()).await.unwrap();
        assert!(
            String::from_utf8_lossy(&page).contains("0707070707070707"),
            "request id"
        );
    }
}

#[actix_web::test]
async fn what_is_broken_says_what_to_do_and_not_why() {
    // Without its services the application is broken for whoever carries a session.
    let app = app!(Settings::default());
    for (cookie, sentence, other) in [
        (
            "session=x",
            "問い合わせ番号を管理者に",
            "give the reference to",
        ),
        (
            "session=x; language=en",
            "give the reference to",
            "問い合わせ番号を管理者に",
        ),
    ] {
        let request = http::TestRequest::with_uri("/").insert_header(("cookie", cookie));
        let response = http::call_service(&app, request.to_request()).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_headers(&response, cookie);
        let page = to_bytes(response.into_body()).await.unwrap();
        let page = String::from_utf8_lossy(&page);
        for words in [sentence, other, "0707070707070707"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(
            page.find(sentence) < page.find(other),
            "the page's language first"
        );
        for cause in ["Access", "service", "Error", "src/"] {
            assert!(!page.contains(cause), "{cause}: {page}");
        }
    }
}

#[actix_web::test]
async fn nothing_is_shown_ahead_of_time_or_under_another_name() {
    let app = app!(Settings {
        hosts: vec!["localhost".into(), "127.0.0.1".into()],
        ..Settings::default()
    });
    for (name, value, status) in [
        ("sec-purpose", "prefetch;prerender", 503),
        ("purpose", "prefetch", 503),
        ("host", "localhost:8080", 200),
        ("host", "LOCALHOST", 200),
        ("host", "127.0.0.1:8080", 200),
        ("host", "evil.example", 421),
        ("host", "localhost.evil.example:8080", 421),
    ] {
        let request = http::TestRequest::with_uri("/login")
            .insert_header(("host", "localhost"))
            .insert_header((name, value));
        let response = http::call_service(&app, request.to_request()).await;
        assert_eq!(response.status().as_u16(), status, "{name}: {value}");
    }
}

#[actix_web::test]
async fn style_and_script_are_kept_by_browsers_and_pages_are_not() {
    let app = app!(Settings::default());
    for asset in [Asset::Style, Asset::Script, Asset::Icon] {
        let request = http::TestRequest::with_uri(&asset.url());
        let response = http::call_service(&app, request.to_request()).await;
        assert_eq!(response.status(), StatusCode::OK);
        let cache = response.headers().get(header::CACHE_CONTROL).unwrap();
        assert!(cache.to_str().unwrap().contains("immutable"));
        assert_eq!(to_bytes(response.into_body()).await.unwrap(), asset.bytes());
    }
}

#[actix_web::test]
async fn the_language_of_the_sign_in_page_is_the_one_last_chosen() {
    let app = app!(Settings::default());
    for (cookie, lang) in [
        ("language=en", "lang=\"en\""),
        ("language=xx", "lang=\"ja\""),
    ] {
        let request = http::TestRequest::with_uri("/login").insert_header(("cookie", cookie));
        let page = http::call_and_read_body(&app, request.to_request()).await;
        assert!(String::from_utf8_lossy(&page).contains(lang));
    }
}

#[actix_web::test]
async fn the_page_with_every_part_is_in_the_demonstration_only() {
    for (demo, status) in [(true, 200), (false, 404)] {
        let app = app!(Settings {
            demo,
            ..Settings::default()
        });
        let request = http::TestRequest::with_uri("/styleguide").to_request();
        let response = http::call_service(&app, request).await;
        assert_eq!(response.status().as_u16(), status);
    }
}

#[test]
fn a_browser_that_knows_no_pairs_of_colours_has_the_same_light_ones() {
    let bytes = Asset::Style.bytes();
    let style = std::str::from_utf8(&bytes).unwrap();
    let mut pairs = 0;
    for line in style.lines() {
        let Some((name, values)) = line.trim().split_once(": light-dark(") else {
            continue;
        };
        if !name.starts_with("--") {
            continue;
        }
        let light = values.split(',').next().unwrap();
        assert!(style.contains(&format!("\n  {name}: {light};\n")), "{name}");
        pairs += 1;
    }
    assert!(pairs > 10, "{pairs}");
}
