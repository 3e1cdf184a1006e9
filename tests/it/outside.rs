//! The service as somebody sees it who stands outside: what answers say besides their page, what
//! stays in the browser, in files and in the log.

use emergency_summary::{
    access::SignIn,
    sources::Endpoint,
    web::{ROUTES, Verb},
};
use reqwest::Method;
use rustix::process::Signal;

use crate::{
    app::{TestApp, open, whole_summary},
    browser::Page,
    serve::Installation,
};

fn header<'a>(page: &'a Page, name: &str) -> &'a str {
    page.headers
        .get(name)
        .map(|value| value.to_str().expect("ASCII"))
        .unwrap_or_default()
}

#[actix_web::test]
async fn every_answer_says_what_it_is_and_nothing_of_the_machinery() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let grant = open(&browser, &app.guide.patients[0]).await;
    let grant = grant.rsplit('/').next().expect("an id");
    let style = browser.get("/login").await.is(200);
    let style = style.attributes("link[rel=stylesheet]", "href").remove(0);
    let icon = browser.get("/login").await.is(200);
    let icon = icon.attributes("link[rel=icon]", "href").remove(0);
    let known = ROUTES.iter().map(|route| {
        let path = route.path.replace("{grant}", grant);
        (route.verb, path.replace("{opaque}", "x"))
    });
    let also =
        [&style, &icon, "/no-such-page", "/health/ready"].map(|path| (Verb::Get, path.to_owned()));
    let mut with_a_body = 0;
    for (verb, path) in known.chain(also) {
        for visitor in [&browser, &app.browser()] {
            let page = match verb {
                Verb::Get => visitor.get(&path).await,
                // Without its token no form has an effect.
                Verb::Post => visitor.post(&path, &[]).await,
            };
            let place = format!("{} {path}", verb.word());
            for name in [
                "server",
                "x-powered-by",
                "via",
                "access-control-allow-origin",
            ] {
                assert_eq!(header(&page, name), "", "{name} of {place}");
            }
            let said = format!("{:?}", page.headers);
            for word in ["actix", "rust", "sqlite", env!("CARGO_PKG_VERSION")] {
                assert!(!said.to_lowercase().contains(word), "{word} in {said}");
            }
            if !page.body.is_empty() {
                with_a_body += 1;
                let kind = header(&page, "content-type");
                assert!(!kind.contains("script"), "{place}: {kind}");
                let is_text = kind.ends_with("; charset=utf-8");
                // Of these two the charset is part of what they are.
                let is_fixed = ["application/json", "text/event-stream"].contains(&kind);
                assert!(is_text || is_fixed, "{place}: {kind}");
                assert_eq!(
                    header(&page, "x-content-type-options"),
                    "nosniff",
                    "{place}"
                );
                assert_eq!(
                    kind.starts_with("text/html"),
                    page.body.starts_with("<!doctype html>")
                        || page.body.starts_with("<!DOCTYPE html>"),
                    "{place}: {kind}"
                );
            }
            let policy = header(&page, "content-security-policy");
            for rule in [
                "default-src 'none'",
                "object-src 'none'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
                "form-action 'self'",
            ] {
                assert!(policy.contains(rule), "{rule} of {place}: {policy}");
            }
            assert_eq!(header(&page, "cross-origin-opener-policy"), "same-origin");
            assert_eq!(header(&page, "cross-origin-resource-policy"), "same-origin");
            assert_eq!(header(&page, "referrer-policy"), "no-referrer");
            let kept = header(&page, "cache-control");
            assert!(
                kept == "no-store" || [&style, &icon].contains(&&path),
                "{place}: {kept}"
            );
        }
    }
    assert!(with_a_body > 40, "{with_a_body}");
}

#[actix_web::test]
async fn cookies_are_small_strict_and_out_of_reach_of_scripts() {
    let app = TestApp::start();
    let browser = app.browser();
    let physician = app.account("physician").clone();
    let signed_in = app.sign_in(&browser, &physician).await.is(303);
    let home = browser.get("/").await.is(200);
    let token = home.attributes("input[name=form_token]", "value").remove(0);
    let language = browser
        .post("/language", &[("form_token", &token), ("language", "en")])
        .await;
    let theme = browser
        .post("/theme", &[("form_token", &token), ("theme", "dark")])
        .await;
    let signed_out = browser
        .post("/logout", &[("form_token", &token)])
        .await
        .is(303);
    let mut names = std::collections::BTreeSet::new();
    for page in [signed_in, home, language, theme, signed_out] {
        for cookie in page.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().expect("ASCII");
            let (pair, marks) = cookie.split_once("; ").expect("marks");
            let (name, value) = pair.split_once('=').expect("a pair");
            names.insert(name.to_owned());
            // A one-time link is opened from a message: its cookie comes along from there.
            let site = match name {
                "enrol" => "SameSite=Lax",
                _ => "SameSite=Strict",
            };
            for mark in ["HttpOnly", site, "Path=/"] {
                assert!(
                    marks.split("; ").any(|said| said == mark),
                    "{mark}: {cookie}"
                );
            }
            assert!(!marks.to_lowercase().contains("domain"), "{cookie}");
            assert!(name.len() + value.len() < 300, "{cookie}");
        }
    }
    let expected = ["device", "enrol", "language", "page", "session", "theme"].map(str::to_owned);
    assert_eq!(names, expected.into());
}

#[actix_web::test]
async fn files_that_are_not_the_services_own_are_not_there() {
    let app = TestApp::start();
    let browser = app.physician().await;
    for path in [
        "/.git/config",
        "/.git/HEAD",
        "/.env",
        "/Cargo.toml",
        "/Cargo.lock",
        "/demo.json",
        "/ledger.sqlite",
        "/keys.sqlite",
        "/registry.sqlite",
        "/metrics",
        "/debug",
        "/static",
        "/static/",
        "/static/css/app.css",
        "/static/app.css",
        "/static/..%2fCargo.toml",
        "/static/%2e%2e/Cargo.toml",
        "/static/js/",
        "/robots.txt",
        "/openapi.json",
        // A page of a person under a name that a cache would take for a file's.
        "/login/x.css",
        "/audit/style.css",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert_eq!(header(&page, "cache-control"), "no-store", "{path}");
        for word in [
            "[package]",
            "repositoryformatversion",
            "SQLite format",
            "totp_secret",
        ] {
            assert!(!page.body.contains(word), "{path}: {word}");
        }
    }
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = browser.get(&format!("{path}/x.css")).await;
    assert!(page.status == 404, "{}", page.status);
    assert!(!page.body.contains(&app.guide.patients[0].name));
}

#[actix_web::test]
async fn where_metrics_are_nothing_else_is_and_they_name_nobody() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let path = open(&browser, patient).await;
    whole_summary(&browser, &path).await;
    let text = std::fs::read_to_string(app.folder.path().join("demo.json")).expect("demo.json");
    let guide: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let metrics = guide["metrics_address"].as_str().expect("an address");
    let client = crate::browser::builder().build().expect("a client");
    let answer = client.get(metrics).send().await.expect("metrics");
    assert_eq!(answer.status(), 200);
    let said = answer.text().await.expect("text");
    let grant = path.rsplit('/').next().expect("an id");
    let account = app.account("physician");
    for personal in [
        &patient.number,
        &patient.insurer,
        &patient.name,
        &patient.kana,
        grant,
        &account.account,
        &account.password,
    ] {
        assert!(!said.contains(personal), "{personal} in {said}");
    }
    let base = metrics.trim_end_matches("/metrics");
    for other in ["/", "/login", "/audit", "/health/live", "/metrics/x", &path] {
        let answer = client.get(format!("{base}{other}")).send().await;
        assert_eq!(answer.expect("an answer").status(), 404, "{other}");
    }
}

#[actix_web::test]
async fn only_the_forms_own_body_is_read_as_its_fields() {
    let app = TestApp::start();
    let physician = app.account("physician").clone();
    let browser = app.browser();
    let code = app.code(&physician);
    let query = format!(
        "/login?{}",
        crate::browser::form(&[
            ("account", &physician.account),
            ("password", &physician.password),
            ("code", &code),
        ])
    );
    browser.get("/login").await.is(200);
    let page = browser.post(&query, &[]).await;
    assert_ne!(page.status, 303, "signed in by an address");
    assert!(!page.body.contains(&physician.password));
    // The first value of a field counts, and no other: neither the last nor both together.
    let page = browser
        .post(
            "/login",
            &[
                ("account", "nobody"),
                ("account", &physician.account),
                ("password", &physician.password),
                ("code", &code),
            ],
        )
        .await;
    assert_ne!(page.status, 303);
    // Fields that the form does not have change nothing: role, permission and facility are not
    // a form's to say.
    let page = browser
        .post(
            "/login",
            &[
                ("account", &physician.account),
                ("password", &physician.password),
                ("code", &code),
                ("role", "auditor"),
                ("facility", "other"),
                ("emergency_permission", "true"),
            ],
        )
        .await;
    assert_eq!(page.status, 303, "{}", page.body);
    browser.get("/").await.is(200);
    assert_eq!(browser.get("/audit").await.status, 403);
}

#[actix_web::test]
async fn a_password_is_masked_taken_as_typed_and_may_be_pasted() {
    let app = TestApp::start();
    let physician = app.account("physician").clone();
    let browser = app.browser();
    let login = browser.get("/login").await.is(200);
    let field = "form#login input[name=password]";
    assert_eq!(login.attributes(field, "type"), ["password"]);
    assert_eq!(
        login.attributes(field, "autocomplete"),
        ["current-password"]
    );
    for hindrance in ["maxlength", "pattern", "onpaste", "readonly"] {
        assert!(login.attributes(field, hindrance).is_empty(), "{hindrance}");
    }
    let right = &physician.password;
    let code = app.code(&physician);
    for (password, status) in [
        (right.to_uppercase(), 200),
        (format!(" {right}"), 200),
        (format!("{right} "), 200),
        (right[..right.len() - 1].to_owned(), 200),
        (right.clone(), 303),
    ] {
        let fields = [
            ("account", physician.account.as_str()),
            ("password", password.as_str()),
            ("code", code.as_str()),
        ];
        let page = browser.post("/login", &fields).await;
        assert_eq!(page.status == 303, status == 303, "{}", page.body);
    }
}

#[actix_web::test]
async fn every_page_of_somebody_signed_in_has_the_way_out() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let auditor = app.signed_in(&app.account("auditor").clone()).await;
    let administrator = app.signed_in(&app.account("administrator").clone()).await;
    for (who, path) in [
        (&browser, "/".to_owned()),
        (&browser, path.clone()),
        (&browser, format!("{path}/normal")),
        (&auditor, "/".to_owned()),
        (&auditor, "/audit".to_owned()),
        (&administrator, "/".to_owned()),
        // Covered, and refused.
        (&browser, "/locked".to_owned()),
        (&administrator, "/audit".to_owned()),
    ] {
        let page = who.get(&path).await;
        let action = page.attributes("form#logout", "action");
        let is_error = page.status == 403;
        assert!(action == ["/logout"] || is_error, "{path}: {}", page.body);
    }
}

#[test]
fn nobody_but_their_owner_reads_the_files_of_a_node() {
    use std::os::unix::fs::PermissionsExt;

    let app = TestApp::start();
    let mut seen = 0;
    for file in std::fs::read_dir(app.folder.path()).expect("a folder") {
        let file = file.expect("a file");
        let name = file.file_name().to_string_lossy().into_owned();
        if !name.contains(".sqlite") && name != "demo.json" {
            continue;
        }
        seen += 1;
        let mode = file.metadata().expect("its mode").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
    assert!(seen >= 4, "{seen}");
}

#[actix_web::test]
async fn no_secret_stands_in_clear_in_any_file_of_a_node() {
    let app = TestApp::start();
    let browser = app.browser();
    let physician = app.account("physician").clone();
    app.sign_in(&browser, &physician).await.is(303);
    let patient = app.guide.patients[0].clone();
    let path = open(&browser, &patient).await;
    whole_summary(&browser, &path).await;
    let cookies = browser.cookies();
    let seed = data_encoding::BASE32_NOPAD
        .decode(physician.totp_secret.as_bytes())
        .expect("base 32");
    let secrets: Vec<(&str, Vec<u8>)> = [
        ("session", cookies["session"].as_bytes()),
        ("device", cookies["device"].as_bytes()),
        ("password", physician.password.as_bytes()),
        ("seed as shown", physician.totp_secret.as_bytes()),
        ("seed", &seed),
        ("name of a patient", patient.name.as_bytes()),
        ("kana of a patient", patient.kana.as_bytes()),
    ]
    .map(|(what, secret)| (what, secret.to_vec()))
    .into();
    let mut names = Vec::new();
    for file in std::fs::read_dir(app.folder.path()).expect("a folder") {
        let file = file.expect("a file");
        let name = file.file_name().to_string_lossy().into_owned();
        // The demo says how to get in; the reserve is room on the disk; a socket holds nothing.
        let left_out = ["demo.json", "reserve", "control.sock"];
        if left_out.contains(&name.as_str()) {
            continue;
        }
        let bytes = std::fs::read(file.path()).expect("readable");
        for (what, secret) in &secrets {
            let stands = bytes.windows(secret.len()).any(|part| part == secret);
            assert!(!stands, "{what} in {name}");
        }
        names.push(name);
    }
    for expected in ["ledger.sqlite", "registry.sqlite", "keys.sqlite"] {
        assert!(names.iter().any(|name| name == expected), "{names:?}");
    }
}

#[actix_web::test]
async fn an_old_session_cannot_be_planted_before_signing_in() {
    let app = TestApp::start();
    let browser = app.browser();
    browser.set_cookie("session", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let physician = app.account("physician").clone();
    app.sign_in(&browser, &physician).await.is(303);
    let first = browser.cookies()["session"].clone();
    assert!(first.len() >= 43, "256 bits in base 64: {first}");
    assert!(!first.starts_with("AAAA"));
    // Signing in once more gives another session, and the former one is over.
    app.sign_in(&browser, &physician).await.is(303);
    let second = browser.cookies()["session"].clone();
    assert_ne!(first, second);
    browser.get("/").await.is(200);
    browser.set_cookie("session", &first);
    assert_ne!(browser.get("/").await.status, 200);
}

#[test]
fn what_is_secret_does_not_print_itself() {
    let form = SignIn {
        account: "dr-abe".to_owned(),
        password: "correct horse battery".to_owned().into(),
        code: None,
    };
    let endpoint = Endpoint {
        base: "https://emr.example/".to_owned(),
        token: Some("bearer-0123456789".to_owned().into()),
        ..Endpoint::default()
    };
    let printed = format!("{form:?} {endpoint:?}");
    for secret in ["correct", "horse", "bearer-0123456789"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[actix_web::test]
async fn no_line_of_the_log_is_broken_or_forged_by_what_is_sent() {
    let made = Installation::new().await;
    let (server, address) = made.serve();
    let browser = made.browser(address);
    let forged = "\r\n{\"level\":\"INFO\",\"message\":\"forged\"}\u{1b}[31m";
    let escaped = crate::browser::form(&[("x", forged)]);
    for path in [
        "/login",
        &format!("/forged-path-{escaped}"),
        &format!("/login?back={escaped}"),
        "/summary/%0d%0aforged",
        "/%1b%5b31mforged",
    ] {
        browser.get(path).await;
    }
    browser
        .post(
            "/login",
            &[
                ("account", "forged\" ,\"x\":\""),
                ("password", "forged-password"),
            ],
        )
        .await;
    browser
        .send(
            Method::from_bytes(b"FORGED-METHOD").expect("a token"),
            "/login",
            None,
            &[
                ("user-agent", "forged-agent"),
                ("x-request-id", "forged-id"),
                ("x-forwarded-for", "192.0.2.77"),
            ],
        )
        .await
        .is(405);
    let (status, log) = server.signal(Signal::TERM);
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.lines().count() > 6, "{log}");
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line is one object");
        let time = line["timestamp"].as_str().expect("a time");
        assert!(time.ends_with('Z'), "UTC: {time}");
        assert!(
            line["level"].is_string() && line["target"].is_string(),
            "{line}"
        );
    }
    let without_method = log.replace("FORGED-METHOD", "");
    for said in ["forged", "192.0.2.77", "\u{1b}"] {
        assert!(!without_method.contains(said), "{said}: {log}");
    }
}
