//! Everybody's own authenticators and password, over HTTP.

use std::time::Duration;

use emergency_summary::cli::demo::{self, GuideAccount};

use crate::{
    app::{TestApp, pairs},
    browser::{Browser, Page},
};

const FRESH: &str = "rain-lantern-otter-42";

/// Fills and posts a form of the page.
async fn send(browser: &Browser, page: &Page, form: &str, fill: &[(&str, &str)]) -> Page {
    let mut fields = page.form(form);
    for (name, value) in fill {
        crate::app::fill(&mut fields, name, value);
    }
    let action = page.attributes(&format!("form#{form}"), "action");
    browser.post(&action[0], &pairs(&fields)).await
}

async fn mine(browser: &Browser) -> Page {
    browser.get("/factors").await.is(200)
}

/// Registers an app; its secret.
async fn with_app(app: &TestApp, browser: &Browser, account: &GuideAccount) -> String {
    let begun = send(browser, &mine(browser).await, "add-totp", &[]).await;
    let begun = begun.is(200);
    let secret = begun.texts("code").concat().replace(' ', "");
    let code = code(app, &secret);
    let fields = [
        ("name", "病棟の電話"),
        ("code", &*code),
        ("password", &*account.password),
    ];
    let wrong = [("name", "病棟の電話"), ("code", "000000"), fields[2]];
    let again = send(browser, &begun, "totp", &wrong).await.is(422);
    assert_eq!(again.texts("code"), begun.texts("code"), "the same secret");
    assert_eq!(again.attributes("[name=name]", "value"), ["病棟の電話"]);
    assert_eq!(send(browser, &again, "totp", &fields).await.status, 303);
    secret
}

/// The code of an app at the app's next step.
fn code(app: &TestApp, secret: &str) -> String {
    app.clock.advance(Duration::from_secs(30));
    let unix = u64::try_from(
        emergency_summary::domain::clock::Clock::now(&*app.clock)
            .wall
            .timestamp(),
    );
    demo::code(secret, unix.expect("after 1970")).expect("a code")
}

#[actix_web::test]
async fn a_second_app_opens_a_session_until_it_is_removed() {
    let app = TestApp::start();
    let account = app.account("physician");
    let browser = app.signed_in(account).await;
    let secret = with_app(&app, &browser, account).await;
    assert!(mine(&browser).await.body.contains("病棟の電話"));

    let other = app.browser();
    let sign_in = async |secret: &str| {
        let login = other.get("/login").await.is(200);
        let code = code(&app, secret);
        let fields = [
            ("account", &*account.account),
            ("password", &*account.password),
            ("code", &*code),
        ];
        send(&other, &login, "login", &fields).await
    };
    assert_eq!(sign_in(&secret).await.status, 303);

    let page = mine(&browser).await;
    let ids = page.attributes("form#remove option", "value");
    assert_eq!(ids.len(), 2);
    let remove = [("authenticator", &*ids[1]), ("password", "wrong")];
    send(&browser, &page, "remove", &remove).await.is(401);
    let remove = [remove[0], ("password", &*account.password)];
    assert_eq!(send(&browser, &page, "remove", &remove).await.status, 303);
    assert_eq!(other.get("/").await.status, 303, "other sessions are over");
    let page = mine(&browser).await;
    assert!(page.attributes("form#remove", "id").is_empty(), "the last");
    assert_eq!(sign_in(&secret).await.status, 401);
    assert_eq!(sign_in(&account.totp_secret).await.status, 303);
}

#[actix_web::test]
async fn a_new_password_takes_the_place_of_the_old_one_and_this_session_goes_on() {
    let app = TestApp::start();
    let account = app.account("nurse");
    let browser = app.signed_in(account).await;
    let page = mine(&browser).await;
    for (present, new, again, status) in [
        ("wrong", FRESH, FRESH, 401),
        (&*account.password, FRESH, "another-otter-42", 422),
        (&account.password, "short", "short", 422),
        (&account.password, "password123", "password123", 422),
        (&account.password, FRESH, FRESH, 303),
    ] {
        let fields = [("password", present), ("new", new), ("again", again)];
        let answer = send(&browser, &page, "password", &fields).await;
        assert_eq!(answer.status, status, "{new}");
        for typed in [present, new, again] {
            assert!(!answer.body.contains(&format!("\"{typed}\"")), "{typed}");
        }
    }
    mine(&browser).await;
    let changed = GuideAccount {
        password: FRESH.to_owned(),
        ..account.clone()
    };
    let old = app.sign_in(&app.browser(), account).await;
    assert_eq!(old.status, 401);
    assert_eq!(app.sign_in(&app.browser(), &changed).await.status, 303);
}

#[actix_web::test]
async fn a_name_can_be_given_and_nobodys_authenticator_can_be_named() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let page = mine(&browser).await;
    let own = page.attributes("form#rename option", "value").concat();
    let named = [("authenticator", &*own), ("name", "救急の<b>電話")];
    assert_eq!(send(&browser, &page, "rename", &named).await.status, 303);
    let page = mine(&browser).await;
    assert!(page.texts("table.factors th")[4].contains("救急の<b>電話"));
    let renamed = || app.entries().matches("authenticator_renamed").count();
    let before = renamed();
    let nobodys = [("authenticator", "u-0000"), ("name", "x")];
    send(&browser, &page, "rename", &nobodys).await.is(403);
    assert_eq!(renamed(), before, "nothing was done, and nothing is said");
}
