//! The main job with the keyboard alone, counted; with scripts and without.

use emergency_summary::cli::demo::GuideAccount;

use crate::app::{SECTIONS, TestApp};

use super::{
    driver::{Eye, Scripts, enter, tab},
    layout::decided,
};

/// From the sign-in page to the first page.
pub(super) async fn sign_in(app: &TestApp, eye: &Eye) {
    sign_in_as(app, eye, app.account("physician")).await;
}

/// The same, as somebody else.
pub(super) async fn sign_in_as(app: &TestApp, eye: &Eye, account: &GuideAccount) {
    eye.goto("/login").await;
    assert_eq!(eye.field().await.as_deref(), Some("account"));
    let code = app.code(account);
    eye.write(&(account.account.clone() + &tab())).await;
    eye.write(&(account.password.clone() + &tab())).await;
    eye.write(&(code + &enter())).await;
    eye.shown("form#search").await;
}

/// Types a patient's number where the focus is; nothing is sent yet.
pub(super) async fn type_number(app: &TestApp, eye: &Eye) {
    let patient = &app.guide.patients[0];
    assert_eq!(eye.field().await.as_deref(), Some("insurer"));
    let fields = [
        ("symbol", &patient.insurer),
        ("number", &patient.symbol),
        ("branch", &patient.number),
    ];
    for (next, value) in fields {
        eye.write(&(value.clone() + &tab())).await;
        assert_eq!(eye.field().await.as_deref(), Some(next));
    }
    eye.write(&patient.branch).await;
}

/// Goes on with Tab until this has the focus, then presses Enter.
async fn tab_to(eye: &Eye, id: &str) {
    for _ in 0..200 {
        let focused = eye.focused().await;
        if focused.attr("id").await.expect("an answer").as_deref() == Some(id) {
            focused.send_keys(&enter()).await.expect("a key");
            return;
        }
        focused.send_keys(&tab()).await.expect("a key");
    }
    panic!("Tab does not lead to #{id}");
}

async fn read_the_summary(eye: &Eye) {
    // With scripts off the page asks by itself for what was still coming.
    decided(eye).await;
    let allergies = eye.text("section#section-allergies").await;
    assert!(allergies.contains("ペニシリン"), "{allergies}");
    let strip = eye.text("#strip").await;
    assert!(strip.contains("ペニシリン"), "{strip}");
    let drugs = eye.text("section#section-drugs").await;
    assert!(drugs.contains("ワルファリン"), "{drugs}");
    for section in SECTIONS {
        let element = eye.element(&format!("section#section-{section}")).await;
        assert!(
            element.is_displayed().await.expect("an answer"),
            "{section}"
        );
    }
}

/// From the sign-in page to the summary; how many keys after the number.
pub(super) async fn walk(app: &TestApp, eye: &Eye) -> usize {
    sign_in(app, eye).await;
    type_number(app, eye).await;
    let mut keys = 0;
    for (key, next) in [
        (enter(), "form#glass"),
        ("1".to_owned(), "form#glass"),
        (enter(), "section#section-drugs"),
    ] {
        eye.write(&key).await;
        keys += 1;
        eye.shown(next).await;
    }
    read_the_summary(eye).await;
    keys
}

async fn read_the_sheet(eye: &Eye) {
    eye.shown("body.page-print").await;
    let sheet = eye.text("main").await;
    assert!(
        sheet.contains("ペニシリン") && sheet.contains("ワルファリン"),
        "{sheet}"
    );
}

/// What the browser asked of the service for the page it is on: the page, and where it was sent on
/// from. Style and scripts are kept by the browser from the first page on.
async fn requests(eye: &Eye) -> u64 {
    let script = "return 1 + performance.getEntriesByType('navigation')[0].redirectCount;";
    let count = eye.script(script, Vec::new()).await;
    count.as_u64().expect("a number")
}

#[actix_web::test]
async fn the_readme_counts_keys_and_requests_from_sign_in_to_summary() {
    let app = TestApp::start();
    let eye = Eye::open(&app, Scripts::On).await;
    eye.goto("/login").await;
    let mut asked = requests(&eye).await;
    sign_in(&app, &eye).await;
    // Signing in goes to the sign-in page once more before it types.
    asked += requests(&eye).await;
    type_number(&app, &eye).await;
    for (key, next) in [
        (enter(), "form#glass"),
        ("1".to_owned(), "form#glass"),
        (enter(), "section#section-drugs"),
    ] {
        eye.write(&key).await;
        eye.shown(next).await;
        if key == enter() {
            asked += requests(&eye).await;
        }
    }
    let readme = std::fs::read_to_string(super::driver::crate_root().join("README.md"));
    let said = format!(
        "9 keys beside what is typed (2 Tab and Enter to sign in, 3 Tab in the number, then Enter, a digit, Enter) and {asked} requests for pages"
    );
    let readme = readme.expect("the README").replace('\n', " ");
    assert!(readme.contains(&said), "the README says: {said}");
    eye.close().await;
}

#[actix_web::test]
async fn three_keys_lead_from_the_number_to_the_summary_and_two_more_to_paper() {
    let app = TestApp::start();
    let eye = Eye::open(&app, Scripts::On).await;
    assert_eq!(walk(&app, &eye).await, 3, "Enter, a digit, Enter");
    eye.press("p").await;
    eye.shown("#print-again:not([hidden])").await;
    eye.press("p").await;
    read_the_sheet(&eye).await;
    eye.close().await;
}

#[actix_web::test]
async fn the_same_walk_works_with_scripts_off_and_the_lock_too() {
    let app = TestApp::start();
    let eye = Eye::open(&app, Scripts::Off).await;
    assert_eq!(walk(&app, &eye).await, 3, "Enter, a digit, Enter");
    tab_to(&eye, "print").await;
    read_the_sheet(&eye).await;
    eye.back().await;
    eye.shown("section#section-drugs").await;
    let lock = eye.element("form#lock button").await;
    lock.send_keys(&enter()).await.expect("a key");
    eye.shown("form#unlock").await;
    assert_eq!(
        eye.count("section").await,
        0,
        "nothing of the patient is left"
    );
    assert_eq!(eye.field().await.as_deref(), Some("password"));
    eye.write(&(app.account("physician").password.clone() + &enter()))
        .await;
    eye.shown("body:not(.page-lock) main").await;
    eye.close().await;
}
