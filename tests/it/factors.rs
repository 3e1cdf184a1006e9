//! Everybody's own authenticators and password, over HTTP.

use std::{collections::BTreeSet, time::Duration};

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
    let mut page = begun.is(200);
    let secret = page.texts("code").concat().replace(' ', "");
    let read = scanned(&page);
    assert!(read.starts_with("otpauth://totp/"), "{read}");
    assert!(read.contains(&format!("secret={secret}")), "{read}");
    let code = code(app, &account.totp_secret);
    let unix = clock(app);
    let new = demo::code(&secret, unix).expect("a code");
    let (password, name) = (&*account.password, "病棟の電話");
    for (new, own, password, status) in [
        ("000000", &*code, password, 422),
        (&*new, "000000", password, 401),
        (&new, &new, password, 401),
        (&new, &code, "wrong", 401),
    ] {
        let fields = [
            ("name", name),
            ("new_code", new),
            ("code", own),
            ("password", password),
        ];
        let again = send(browser, &page, "totp", &fields).await.is(status);
        assert_eq!(again.texts("code"), page.texts("code"), "the same secret");
        assert_eq!(again.attributes("[name=name]", "value"), [name]);
        for typed in ["password", "code", "new_code"] {
            let kept = again.attributes(&format!("form#totp [name={typed}]"), "value");
            assert!(kept.concat().is_empty(), "{typed}: {kept:?}");
        }
        page = again;
    }
    let fields = [
        ("name", name),
        ("new_code", &*new),
        ("code", &*code),
        ("password", password),
    ];
    assert_eq!(send(browser, &page, "totp", &fields).await.status, 303);
    secret
}

/// What a telephone reads from the page's picture.
fn scanned(page: &Page) -> String {
    let drawn = page.attributes("svg.qr path", "d").concat();
    read_code(&page.attributes("svg.qr", "viewBox").concat(), &drawn)
}

/// What a scanner reads from a code that is drawn as one path, a square for each dark module.
pub(crate) fn read_code(view_box: &str, drawn: &str) -> String {
    const SCALE: usize = 6;
    let sides: Vec<i64> = view_box
        .split(' ')
        .map(|side| side.parse().expect("a number"))
        .collect();
    let dark: BTreeSet<(i64, i64)> = drawn
        .split('M')
        .skip(1)
        .map(|module| {
            let (place, _) = module.split_once('h').expect("a module");
            let (x, y) = place.split_once(' ').expect("two numbers");
            (x.parse().expect("a number"), y.parse().expect("a number"))
        })
        .collect();
    let at = |place: usize, first: i64| i64::try_from(place / SCALE).expect("small") + first;
    let side = usize::try_from(sides[2]).expect("a side") * SCALE;
    let mut picture = rqrr::PreparedImage::prepare_from_bitmap(side, side, |x, y| {
        dark.contains(&(at(x, sides[0]), at(y, sides[1])))
    });
    let found = picture.detect_grids();
    assert_eq!(found.len(), 1, "one code");
    found[0].decode().expect("readable").1
}

fn clock(app: &TestApp) -> u64 {
    let now = emergency_summary::domain::clock::Clock::now(&*app.clock);
    u64::try_from(now.wall.timestamp()).expect("after 1970")
}

/// The code of an app at the app's next step.
fn code(app: &TestApp, secret: &str) -> String {
    app.clock.advance(Duration::from_secs(30));
    demo::code(secret, clock(app)).expect("a code")
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
    let own = code(&app, &account.totp_secret);
    let meant = ("authenticator", &*ids[1]);
    for (password, code, status) in [
        ("wrong", &*own, 401),
        (&*account.password, "", 401),
        (&account.password, "000000", 401),
    ] {
        let remove = [meant, ("password", password), ("code", code)];
        let again = send(&browser, &page, "remove", &remove).await.is(status);
        let kept = again.attributes("form#remove option[selected]", "value");
        assert_eq!(kept, [&*ids[1]], "what was chosen");
        assert_eq!(again.attributes("form#remove option", "value"), ids);
    }
    let remove = [meant, ("password", &*account.password), ("code", &*own)];
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
    let code = code(&app, &account.totp_secret);
    for (present, new, again, status) in [
        ("wrong", FRESH, FRESH, 401),
        (&*account.password, FRESH, "another-otter-42", 422),
        (&account.password, "short", "short", 422),
        (&account.password, "password123", "password123", 422),
        (&account.password, FRESH, FRESH, 303),
    ] {
        let fields = [
            ("password", present),
            ("code", &*code),
            ("new", new),
            ("again", again),
        ];
        let answer = send(&browser, &page, "password", &fields).await;
        assert_eq!(answer.status, status, "{new}");
        for typed in [present, new, again, &*code] {
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

#[actix_web::test]
async fn whatever_is_sent_to_change_a_factor_is_answered_by_a_sentence_and_changes_nothing() {
    let app = TestApp::start();
    let account = app.account("physician");
    let browser = app.signed_in(account).await;
    let page = mine(&browser).await;
    let token = page.form("password");
    let token = &token
        .iter()
        .find(|(name, _)| name == "form_token")
        .expect("a token")
        .1;
    let long = "9".repeat(9_000);
    let wide = "９".repeat(300);
    for path in [
        "/factors/anew/start",
        "/factors/passkey/start",
        "/factors/totp/finish",
        "/factors/remove",
        "/factors/password",
    ] {
        for value in ["", "\u{2028}", "{}", "[null]", "-1", &wide, &long] {
            let mut fields = vec![("form_token", &**token)];
            for name in [
                "password",
                "code",
                "new_code",
                "own_credential",
                "own_token",
                "token",
                "change",
                "authenticator",
                "new",
                "again",
                "name",
            ] {
                // No form is longer than sixteen kilobytes.
                if value.len() < 1_000 || name == "own_credential" {
                    fields.push((name, value));
                }
            }
            let answer = browser.post(path, &fields).await;
            let status = answer.status;
            assert!(status.is_client_error(), "{path}: {status}");
            assert!(answer.body.len() > 20, "{path}: a sentence");
        }
    }
    let same = mine(&browser).await;
    assert_eq!(same.attributes("form#rename option", "value").len(), 1);
    assert_eq!(app.sign_in(&app.browser(), account).await.status, 303);
}
