//! A shared terminal in a real browser: what the next user sees, and what the Back key finds.

use emergency_summary::cli::demo::GuideAccount;
use serde_json::json;

use crate::app::{TestApp, open};

use super::{
    driver::{Eye, Scripts, enter, escape},
    layout::{decided, faults},
    walk::{sign_in, sign_in_as, type_number},
};

/// Somebody of another facility, to whom no page of his own names the patient.
fn next_user(app: &TestApp) -> GuideAccount {
    app.account("paramedic").clone()
}

/// The summary of the first patient, after a search by hand: the pages before it are in the history.
async fn at_the_summary(app: &TestApp, eye: &Eye) {
    sign_in(app, eye).await;
    type_number(app, eye).await;
    for (key, next) in [
        (enter(), "form#glass"),
        ("1".to_owned(), "form#glass"),
        (enter(), "section#section-drugs"),
    ] {
        eye.write(&key).await;
        eye.shown(next).await;
    }
    decided(eye).await;
}

/// Nothing of the patient or of whoever looked is in the page's text.
async fn assert_nothing_left(app: &TestApp, eye: &Eye, what: &str) {
    let text = eye.client().source().await.expect("a page");
    let patient = &app.guide.patients[0];
    for left in [
        &*patient.name,
        &*patient.kana,
        &*patient.number,
        "ペニシリン",
    ] {
        assert!(!text.contains(left), "{what}: {left} in {text}");
    }
}

/// Every page of the history, one Back after the other, and forth again.
async fn walk_back(app: &TestApp, eye: &Eye, what: &str) {
    for step in 1..=6 {
        eye.script("history.back();", Vec::new()).await;
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        assert_nothing_left(app, eye, &format!("{what}, {step} back")).await;
    }
    for step in 1..=6 {
        eye.script("history.forward();", Vec::new()).await;
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        assert_nothing_left(app, eye, &format!("{what}, {step} forth")).await;
    }
}

#[actix_web::test]
async fn one_key_changes_the_user_and_the_back_key_finds_nothing_of_the_former() {
    let app = TestApp::start();
    let eye = Eye::open(&app, Scripts::On).await;
    at_the_summary(&app, &eye).await;
    eye.press("u").await;
    eye.shown("form#login").await;
    assert_nothing_left(&app, &eye, "sign-in page").await;
    walk_back(&app, &eye, "nobody signed in").await;
    sign_in_as(&app, &eye, &next_user(&app)).await;
    eye.goto("/sessions").await;
    walk_back(&app, &eye, "the next user").await;
    eye.close().await;
}

#[actix_web::test]
async fn the_back_key_finds_nothing_behind_the_lock_and_after_signing_out() {
    let app = TestApp::start();
    for form in ["lock", "logout"] {
        let eye = Eye::open(&app, Scripts::On).await;
        at_the_summary(&app, &eye).await;
        let button = eye.element(&format!("form#{form} button")).await;
        button.send_keys(&enter()).await.expect("a key");
        eye.shown("form#unlock, form#login").await;
        walk_back(&app, &eye, form).await;
        eye.close().await;
    }
}

#[actix_web::test]
async fn escape_at_the_lock_makes_room_and_the_former_user_goes_on_where_he_was() {
    let app = TestApp::start();
    let eye = Eye::open(&app, Scripts::On).await;
    at_the_summary(&app, &eye).await;
    let summary = eye.path().await;
    eye.press("l").await;
    eye.shown("form#unlock").await;
    eye.press(&escape()).await;
    eye.shown("form#login").await;
    let doctor = app.account("physician");
    eye.write(&doctor.account).await;
    let password = eye.element("input[name=password]").await;
    let typed = doctor.password.clone() + &enter();
    password.send_keys(&typed).await.expect("keys");
    eye.shown("form#search").await;
    eye.goto(&summary).await;
    eye.shown("section#section-drugs").await;
    eye.close().await;
}

#[actix_web::test]
async fn with_scripts_off_the_next_user_presses_a_button() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let eye = Eye::open(&app, Scripts::Off).await;
    eye.adopt(&browser).await;
    eye.goto(&path).await;
    let button = eye.element("form#switch button").await;
    button.send_keys(&enter()).await.expect("a key");
    eye.shown("form#login").await;
    eye.back().await;
    assert_nothing_left(&app, &eye, "scripts off").await;
    eye.close().await;
}

#[actix_web::test]
async fn no_page_of_another_site_frames_posts_or_reads_this_one() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.goto("/login").await;
    eye.adopt(&browser).await;
    // The same host under its other name is another site, and its cookies are kept apart; so the
    // frame is looked at as the browser builds it.
    let base = format!("http://localhost:{}", app.address.port());
    let folder = tempfile::tempdir().expect("a folder");
    let page = format!(
        "<!doctype html><html lang=en><title>evil</title><body>
         <iframe id=f src='{base}{path}'></iframe>
         <form id=out method=post action='{base}/sessions/end-all'><input name=form_token value=x></form>"
    );
    std::fs::write(folder.path().join("evil.html"), page).expect("written");
    let evil = format!("file://{}/evil.html", folder.path().display());
    eye.client().goto(&evil).await.expect("the page");
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let seen = "const f = document.getElementById('f'); try { return f.contentDocument ? f.contentDocument.body.textContent : 'closed'; } catch (e) { return 'closed'; }";
    let seen = eye.script(seen, Vec::new()).await;
    assert!(seen == json!("closed") || seen == json!(""), "{seen}");
    eye.script("document.getElementById('out').submit();", Vec::new())
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    browser.get(&path).await.is(200);
    let log = eye.console().await.to_string();
    assert!(
        log.contains("frame-ancestors") || log.contains("X-Frame-Options"),
        "{log}"
    );
    eye.close().await;
}

#[actix_web::test]
async fn the_pages_of_seats_and_the_warning_of_the_end_fit_their_windows() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&browser).await;
    let mut found = Vec::new();
    for page in [
        "/sessions",
        "/sessions/renew",
        "/vouch",
        "/terminals/vouched",
        &path,
    ] {
        eye.goto(page).await;
        found.extend(faults(&eye, page).await);
    }
    assert!(found.is_empty(), "{found:#?}");
    eye.close().await;
}
