//! Who is let in, and what every answer carries.

use std::time::Duration;

use reqwest::Method;

use crate::app::{TestApp, fill, open, pairs, search};

#[actix_web::test]
async fn wrong_names_passwords_and_codes_are_refused_alike_and_recorded() {
    let app = TestApp::start();
    let physician = app.account("physician").clone();
    for (account, password) in [
        (physician.account.as_str(), "wrong"),
        ("nobody", physician.password.as_str()),
        ("", ""),
        ("a\u{0}b", "\u{0}"),
    ] {
        let browser = app.browser();
        let mut fields = browser.get("/login").await.is(200).form("login");
        fill(&mut fields, "account", account);
        fill(&mut fields, "password", password);
        fill(&mut fields, "code", "000000");
        let page = browser.post("/login", &pairs(&fields)).await;
        assert!(
            page.status.is_client_error() || page.status == 200,
            "{}",
            page.status
        );
        assert!(
            !page.body.contains(&physician.password),
            "a password is never echoed"
        );
        assert_ne!(browser.get("/").await.status, 200);
        app.clock.advance(Duration::from_mins(1));
    }
    let out = app.entries();
    assert!(out.contains("sign_in_refused"), "{out}");
}

#[actix_web::test]
async fn a_code_is_good_once() {
    let app = TestApp::start();
    let physician = app.account("physician").clone();
    let code = app.code(&physician);
    for (attempt, expected) in [(1, true), (2, false)] {
        let browser = app.browser();
        let mut fields = browser.get("/login").await.is(200).form("login");
        fill(&mut fields, "account", &physician.account);
        fill(&mut fields, "password", &physician.password);
        fill(&mut fields, "code", &code);
        let page = browser.post("/login", &pairs(&fields)).await;
        assert_eq!(
            page.status == 303,
            expected,
            "attempt {attempt}: {}",
            page.body
        );
    }
}

#[actix_web::test]
async fn the_code_may_come_on_a_page_of_its_own() {
    let app = TestApp::start();
    let physician = app.account("physician").clone();
    let browser = app.browser();
    let mut fields = browser.get("/login").await.is(200).form("login");
    fill(&mut fields, "account", &physician.account);
    fill(&mut fields, "password", &physician.password);
    let next = browser.post("/login", &pairs(&fields)).await;
    let next = match &next.location {
        Some(location) => browser.get(location).await.is(200),
        None => next,
    };
    assert_ne!(
        browser.get("/").await.status,
        200,
        "one factor opens nothing"
    );
    let mut fields = next.form("login-code");
    fill(&mut fields, "code", &app.code(&physician));
    browser.post("/login/code", &pairs(&fields)).await.is(303);
    browser.get("/").await.is(200);
}

#[actix_web::test]
async fn a_stolen_session_is_worth_nothing_at_another_terminal() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let thief = app.browser();
    for (name, value) in browser.cookies() {
        if name.contains("session") {
            thief.set_cookie(&name, &value);
        }
    }
    let page = thief.get(&path).await;
    assert_ne!(page.status, 200);
    assert!(!page.body.contains(&app.guide.patients[0].name));
}

#[actix_web::test]
async fn forms_from_elsewhere_and_without_their_token_are_refused() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let hit = search(&browser, &app.guide.patients[0]).await.is(200);
    let mut fields = hit.form("glass");
    fill(&mut fields, "reason", "1");
    let body = crate::browser::form(&pairs(&fields)).into_bytes();
    let cross = browser
        .send(
            Method::POST,
            "/grants",
            Some(("application/x-www-form-urlencoded", body)),
            &[("sec-fetch-site", "cross-site")],
        )
        .await;
    assert_eq!(cross.status, 403);
    fields.retain(|(name, _)| name != "form_token");
    let without = browser.post("/grants", &pairs(&fields)).await;
    assert_eq!(without.status, 403, "{}", without.body);
}

#[actix_web::test]
async fn an_account_without_emergency_permission_breaks_no_glass() {
    let app = TestApp::start();
    let account = app
        .guide
        .accounts
        .iter()
        .find(|account| account.account == "dr-ono")
        .expect("a physician without the permission")
        .clone();
    let browser = app.signed_in(&account).await;
    let hit = search(&browser, &app.guide.patients[0]).await.is(200);
    if !hit.attributes("form#glass", "id").is_empty() {
        let page = crate::app::break_glass(&browser, &hit, "1").await;
        assert_eq!(page.status, 403);
    }
    for role in ["auditor", "administrator"] {
        let browser = app.signed_in(&app.account(role).clone()).await;
        let page = browser
            .post("/patients", &[("mode", "insurance"), ("number", "1")])
            .await;
        assert_eq!(page.status, 403, "{role}");
    }
}

#[actix_web::test]
async fn a_locked_session_shows_nothing_until_it_is_unlocked() {
    let app = TestApp::start();
    let account = app.account("physician").clone();
    let browser = app.signed_in(&account).await;
    let path = open(&browser, &app.guide.patients[0]).await;
    browser.get(&path).await.is(200);
    app.clock.advance(Duration::from_secs(181));
    let locked = browser.get(&path).await;
    assert!(
        !locked.body.contains("ペニシリン") && !locked.body.contains(&app.guide.patients[0].name)
    );
    let form = match &locked.location {
        Some(location) => browser.get(location).await,
        None => locked,
    };
    let mut fields = form.form("unlock");
    fill(&mut fields, "password", "wrong");
    browser.post("/unlock", &pairs(&fields)).await;
    assert!(!browser.get(&path).await.body.contains("ペニシリン"));
    fill(&mut fields, "password", &account.password);
    browser.post("/unlock", &pairs(&fields)).await.is(303);
    assert!(
        crate::app::whole_summary(&browser, &path)
            .await
            .body
            .contains("ペニシリン")
    );
}

#[actix_web::test]
async fn a_page_that_names_patients_is_covered_when_it_is_left_alone() {
    let app = TestApp::start();
    let browser = app.physician().await;
    open(&browser, &app.guide.patients[0]).await;
    let name = &app.guide.patients[0].name;
    let home = browser.get("/").await.is(200);
    assert!(
        home.body.contains(name),
        "one's own open patients are listed"
    );
    assert_eq!(home.headers["refresh"], "179; url=/locked?back=/");
    // Busy at another page meanwhile: covered, not locked.
    let covered = browser.get("/locked").await.is(200);
    assert!(!covered.body.contains(name));
    assert!(!covered.headers.contains_key("refresh"));
    app.clock.advance(Duration::from_secs(179));
    let locked = browser.get("/locked").await.is(423);
    assert!(!locked.body.contains(name));
}

#[actix_web::test]
async fn unlocking_leads_back_to_the_page_that_was_covered_and_to_no_other_host() {
    let app = TestApp::start();
    let account = app.account("physician").clone();
    let browser = app.signed_in(&account).await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = browser.get(&path).await.is(200);
    let lock = browser.post("/lock", &pairs(&page.form("lock"))).await;
    let locked = lock.is(303).location.expect("the lock");
    assert_eq!(locked, format!("/locked?back={path}"));
    for (asked, leads_to) in [
        (locked, path.as_str()),
        ("/locked?back=//evil.example/summary/".to_owned(), "/"),
        ("/locked?back=https://evil.example".to_owned(), "/"),
        ("/locked?back=/locked".to_owned(), "/"),
        ("/locked?back=a&back=b".to_owned(), "/"),
        (format!("/locked?back={}", "/summary/".repeat(800)), "/"),
        ("/locked".to_owned(), "/"),
    ] {
        let page = browser.get(&asked).await;
        if page.status == 414 {
            continue;
        }
        let back = page
            .is(423)
            .attributes("form#unlock input[name=back]", "value");
        assert_eq!(back, [leads_to], "{asked}");
    }
    let page = browser.get(&path).await.is(423);
    let mut fields = page.form("unlock");
    fill(&mut fields, "password", &account.password);
    let unlocked = browser.post("/unlock", &pairs(&fields)).await.is(303);
    assert_eq!(unlocked.location.as_deref(), Some(path.as_str()));
}

#[actix_web::test]
async fn a_page_that_goes_on_by_itself_keeps_no_seat() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    browser.get(&path).await.is(200);
    let by_itself = format!("{path}?by=page");
    for (passed, left) in [(60, 119), (60, 59), (40, 19)] {
        app.clock.advance(Duration::from_secs(passed));
        let page = browser.get(&by_itself).await.is(200);
        assert_eq!(
            page.headers["refresh"],
            format!("{left}; url=/locked?back={path}")
        );
    }
    app.clock.advance(Duration::from_secs(19));
    let locked = browser.get(&by_itself).await.is(423);
    assert!(!locked.body.contains(&app.guide.patients[0].name));
}

#[actix_web::test]
async fn signing_out_ends_the_grants_and_the_session() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = browser.get(&path).await.is(200);
    let token = page.attributes("input[name=form_token]", "value").remove(0);
    let cookies = browser.cookies();
    browser
        .post("/logout", &[("form_token", &token)])
        .await
        .is(303);
    for (name, value) in cookies {
        browser.set_cookie(&name, &value);
    }
    assert_ne!(
        browser.get(&path).await.status,
        200,
        "the old cookie is worth nothing"
    );
    let out = app.entries();
    assert!(out.contains("sign_out"), "{out}");
}

#[actix_web::test]
async fn prefetching_shows_and_records_nothing() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = browser
        .send(Method::GET, &path, None, &[("sec-purpose", "prefetch")])
        .await;
    assert_eq!(page.status, 503);
    let out = app.entries();
    assert!(!out.contains("\"viewed\""), "{out}");
}

#[actix_web::test]
async fn wrong_methods_and_unknown_pages_get_their_own_status() {
    let app = TestApp::start();
    let browser = app.physician().await;
    for route in emergency_summary::web::ROUTES {
        let path = route
            .path
            .replace("{grant}", "demo.x")
            .replace("{opaque}", "x")
            .replace("{file}", "x")
            .replace("{name}", "x");
        for method in ["TRACE", "PUT", "DELETE", "PATCH"] {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let page = browser.send(method.clone(), &path, None, &[]).await;
            assert_eq!(page.status, 405, "{method} {path}");
        }
    }
    assert_eq!(browser.get("/no-such-page").await.status, 404);
}

#[actix_web::test]
async fn bad_forms_get_a_sentence_and_never_a_500() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let token = browser
        .get("/")
        .await
        .is(200)
        .attributes("input[name=form_token]", "value")
        .remove(0);
    let long = "9".repeat(2_000);
    for path in [
        "/patients",
        "/grants",
        "/lock",
        "/language",
        "/unlock",
        "/login",
        "/login/code",
    ] {
        for fields in [
            vec![],
            vec![("form_token", token.as_str())],
            vec![
                ("form_token", token.as_str()),
                ("mode", "insurance"),
                ("insurer", long.as_str()),
                ("number", long.as_str()),
            ],
            vec![
                ("form_token", token.as_str()),
                ("mode", "\u{0}"),
                ("candidate", "x"),
                ("reason", "1"),
            ],
            vec![
                ("form_token", token.as_str()),
                ("number", "😀\u{202e}\u{0}"),
                ("insurer", "😀"),
            ],
        ] {
            let page = browser.post(path, &fields).await;
            assert!(
                !page.status.is_server_error(),
                "{path} {fields:?}: {}",
                page.body
            );
        }
        for (kind, body) in [
            ("application/json", b"{}".to_vec()),
            (
                "application/x-www-form-urlencoded",
                b"%ff=%zz&&&=%00".to_vec(),
            ),
            ("application/x-www-form-urlencoded", vec![b'a'; 1_000_000]),
            ("text/plain", vec![0xff; 100]),
        ] {
            let page = browser
                .send(Method::POST, path, Some((kind, body)), &[])
                .await;
            assert!(
                page.status.is_client_error() || page.status.is_redirection(),
                "{path} {kind}: {}",
                page.status
            );
        }
        if path == "/lock" {
            // The token was good: the seat is covered now, and the next pages say so.
            break;
        }
    }
}

#[actix_web::test]
async fn every_answer_carries_the_headers_and_no_patient_is_in_a_url() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    for page in [
        browser.get("/").await,
        browser.get(&path).await,
        browser.get("/nothing").await,
        browser.get("/health/live").await,
    ] {
        let header = |name: &str| {
            page.headers
                .get(name)
                .map(|value| value.to_str().expect("ASCII"))
                .unwrap_or_default()
        };
        assert!(header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store");
        assert!(!header("content-security-policy").contains("unsafe"));
    }
    let patient = &app.guide.patients[0];
    for part in [&patient.number, &patient.insurer, &patient.name] {
        assert!(!path.contains(part.as_str()));
        for (_, cookie) in browser.cookies() {
            assert!(!cookie.contains(part.as_str()));
        }
    }
}
