//! The administrator's pages and the one-time link, through HTTP: by role and facility, with bad
//! input, and the entry of each act.

use std::time::Duration;

use emergency_summary::{
    cli::demo::{self, GuideAccount},
    domain::access::Action,
    web::Verb,
};
use reqwest::Method;

use crate::{
    app::{TestApp, fill, pairs},
    browser::{Browser, Page},
};

const PASSWORD: &str = "violet-harbour-tram-81";

/// Sends a page's form with some fields filled in.
pub(crate) async fn send(
    browser: &Browser,
    page: &Page,
    form: &str,
    typed: &[(&str, &str)],
) -> Page {
    let mut fields = page.form(form);
    for (name, value) in typed {
        fill(&mut fields, name, value);
    }
    let action = page.attributes(&format!("form#{form}"), "action").remove(0);
    browser.post(&action, &pairs(&fields)).await
}

pub(crate) async fn administrator(app: &TestApp) -> Browser {
    app.signed_in(app.account("administrator")).await
}

/// The address of an account in the list.
pub(crate) async fn address(browser: &Browser, name: &str) -> String {
    let list = browser.get("/admin/accounts").await.is(200);
    let hits = send(browser, &list, "filter", &[("name", name)])
        .await
        .is(200);
    hits.attributes("td a", "href").remove(0)
}

/// Adds an account; the path of its link.
async fn invite(browser: &Browser, sign_in: &str, role: &str) -> String {
    let list = browser.get("/admin/accounts").await.is(200);
    let typed = [("sign_in", sign_in), ("name", "新任 花子"), ("role", role)];
    let added = send(browser, &list, "add", &typed).await.is(200);
    let link = added.texts("#one-time-link").remove(0);
    let path = link.find("/enrol/").expect("a link");
    link[path..].to_owned()
}

/// What the holder of an open link sends; the secret that was shown.
async fn set_up(app: &TestApp, browser: &Browser, typed: &[(&str, &str)]) -> (Page, String) {
    let page = browser.get("/enrol").await.is(200);
    let secret = page.texts("#secret").remove(0).replace(' ', "");
    let unix = u64::try_from(app_time(app)).expect("after 1970");
    let code = demo::code(&secret, unix).expect("a code");
    let mut fields = vec![
        ("password", PASSWORD),
        ("again", PASSWORD),
        ("code", &*code),
    ];
    fields.extend_from_slice(typed);
    (send(browser, &page, "enrol", &fields).await, secret)
}

fn app_time(app: &TestApp) -> i64 {
    use emergency_summary::domain::clock::Clock;
    app.clock.now().wall.timestamp()
}

/// Somebody invited who has set himself up and is signed in.
pub(crate) async fn settled(app: &TestApp, by: &Browser, sign_in: &str, role: &str) -> Browser {
    settled_as(app, by, sign_in, role).await.0
}

/// The same, and what it takes to sign in again.
async fn settled_as(
    app: &TestApp,
    by: &Browser,
    sign_in: &str,
    role: &str,
) -> (Browser, GuideAccount) {
    let path = invite(by, sign_in, role).await;
    let own = app.browser();
    own.get(&path).await.is(303);
    let (page, secret) = set_up(app, &own, &[]).await;
    page.is(200);
    let mut account = app.account("physician").clone();
    sign_in.clone_into(&mut account.account);
    PASSWORD.clone_into(&mut account.password);
    account.totp_secret = secret;
    app.sign_in(&own, &account).await.is(303);
    (own, account)
}

#[actix_web::test]
async fn nobody_but_an_administrator_reaches_the_administration() {
    let app = TestApp::start();
    for role in ["physician", "nurse", "clerk", "auditor", "administrator"] {
        let browser = app.signed_in(app.account(role)).await;
        let home = browser.get("/").await.is(200);
        let token = home.attributes("input[name=form_token]", "value").remove(0);
        let may = role == "administrator";
        assert_eq!(home.body.contains("\"/admin\""), may, "{role}");
        for route in emergency_summary::web::ROUTES {
            if !matches!(route.action, Action::Administer | Action::Permit) {
                continue;
            }
            let path = route.path.replace("{opaque}", "a-unknown");
            let page = match route.verb {
                Verb::Get => browser.get(&path).await,
                Verb::Post if may => continue,
                Verb::Post => browser.post(&path, &[("form_token", &token)]).await,
            };
            let is_open = may && !path.contains("unknown");
            let expected = if is_open { 200 } else { 403 };
            assert_eq!(page.status.as_u16(), expected, "{role} {route:?}");
        }
    }
    let out = app.entries();
    assert!(out.contains("refused"), "{out}");
}

#[actix_web::test]
async fn a_link_is_set_up_once_by_its_holder_and_never_stands_in_a_page() {
    let app = TestApp::start();
    let browser = administrator(&app).await;
    let path = invite(&browser, "new-one", "nurse").await;
    let token = path.trim_start_matches("/enrol/").to_owned();
    let list = browser.get("/admin/accounts").await.is(200);
    let again = [("sign_in", "NEW-one"), ("name", "x"), ("role", "nurse")];
    let taken = send(&browser, &list, "add", &again).await.is(422);
    assert!(taken.body.contains("NEW-one"), "what was typed is kept");
    let own = app.browser();
    let opened = own.get(&path).await.is(303);
    assert_eq!(opened.location.as_deref(), Some("/enrol"));
    let cookies: Vec<_> = opened.headers.get_all("set-cookie").iter().collect();
    let cookie = cookies
        .iter()
        .filter_map(|cookie| cookie.to_str().ok())
        .find(|cookie| cookie.starts_with("enrol="))
        .expect("a cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Max-Age=900"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(opened.headers["referrer-policy"], "no-referrer");
    let page = own.get("/enrol").await.is(200);
    assert!(!page.body.contains(&token));
    for typed in [
        [("password", "short"), ("again", "short")],
        [("password", PASSWORD), ("again", "another-harbour-81")],
        [("code", "000000"), ("password", PASSWORD)],
        [("password", "password1"), ("again", "password1")],
    ] {
        let (refused, secret) = set_up(&app, &own, &typed).await;
        let refused = refused.is(422);
        // The secret may be in an app already.
        assert_eq!(refused.texts("#secret").remove(0).replace(' ', ""), secret);
        assert!(!refused.body.contains(typed[0].1), "no password comes back");
    }
    let (done, _) = set_up(&app, &own, &[]).await;
    done.is(200);
    own.set_cookie("enrol", &token);
    own.get("/enrol").await.is(410);
    assert!(!own.cookies().contains_key("enrol"), "forgotten");
    own.set_cookie("enrol", &token);
    let replayed = [("password", PASSWORD), ("again", PASSWORD), ("code", "1")];
    own.post("/enrol", &replayed).await.is(410);
    let out = app.entries();
    for what in ["account_created", "link_made", "link_used"] {
        assert!(out.contains(what), "{what}");
    }
    assert!(!out.contains(&token));
}

#[actix_web::test]
async fn a_link_left_open_is_forgotten_whenever_somebody_else_may_sit_down() {
    let app = TestApp::start();
    let browser = app.browser();
    for leave in ["/switch", "/logout"] {
        browser.set_cookie("enrol", "left-open");
        app.sign_in(&browser, app.account("nurse")).await;
        assert!(browser.cookies().contains_key("session"));
        assert!(!browser.cookies().contains_key("enrol"), "signed in");
        let home = browser.get("/").await.is(200);
        let token = home.attributes("input[name=form_token]", "value").remove(0);
        browser.set_cookie("enrol", "left-open");
        browser.post(leave, &[("form_token", &token)]).await.is(303);
        assert!(!browser.cookies().contains_key("enrol"), "{leave}");
    }
}

#[actix_web::test]
async fn forged_links_open_nothing() {
    let app = TestApp::start();
    let own = app.browser();
    own.get("/enrol").await.is(410);
    for forged in [
        "x",
        "%00",
        "a%3B%20Domain=evil",
        &"a".repeat(65),
        "%0d%0aX:y",
    ] {
        let answer = own.get(&format!("/enrol/{forged}")).await;
        assert!(
            !answer.status.is_server_error(),
            "{forged}: {}",
            answer.body
        );
        assert!(!answer.headers.contains_key("x"), "{forged}");
        own.get("/enrol").await.is(410);
    }
}

#[actix_web::test]
async fn another_facilitys_accounts_look_like_those_that_do_not_exist() {
    let app = TestApp::start();
    let browser = administrator(&app).await;
    let out = app.entries();
    let crew = out
        .lines()
        .find(|line| line.contains("account_created") && line.contains("paramedic"))
        .expect("the crew's account");
    let (_, crew) = crew.split_once("\"whom\":\"").expect("whom");
    let crew = crew.split('"').next().expect("an id").to_owned();
    let page = browser.get("/admin/permissions").await.is(200);
    assert!(!page.body.contains(&crew));
    let token = page.attributes("input[name=form_token]", "value").remove(0);
    let mut answers = Vec::new();
    for id in [crew.as_str(), "a-nobody", "\u{1F600}"] {
        let mut seen = Vec::new();
        let id_in_path = if id.is_ascii() { id } else { "%F0%9F%98%80" };
        seen.push(browser.get(&format!("/admin/accounts/{id_in_path}")).await);
        for act in ["disable", "enable", "link", "sign-out", "remove"] {
            let path = format!("/admin/accounts/{id_in_path}/{act}");
            seen.push(browser.post(&path, &[("form_token", &token)]).await);
        }
        let until = page.attributes("input[name=until]", "value").remove(0);
        for act in ["give", "give-hours", "revoke", "delegate", "undelegate"] {
            let fields = [
                ("form_token", &*token),
                ("account", id),
                ("until", &until),
                ("hours", "2"),
            ];
            seen.push(
                browser
                    .post(&format!("/admin/permissions/{act}"), &fields)
                    .await,
            );
        }
        answers.push(
            seen.iter()
                .map(|page| page.status.as_u16())
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(answers[0], vec![403; 11]);
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    app.signed_in(app.account("paramedic")).await;
}

#[actix_web::test]
async fn permissions_are_given_extended_delegated_and_revoked_never_to_oneself() {
    let app = TestApp::start();
    let browser = administrator(&app).await;
    let path = address(&browser, "小野").await;
    let ono = path.rsplit('/').next().expect("an id").to_owned();
    let page = browser.get("/admin/permissions").await.is(200);
    for (until, status) in [
        ("2001-01-01", 422),
        ("2199-01-01", 422),
        ("", 422),
        ("x", 422),
    ] {
        let typed = [("account", &*ono), ("until", until)];
        let answer = send(&browser, &page, "give", &typed).await.is(status);
        assert_eq!(answer.texts("#flash").len(), 1, "{until}");
    }
    let given = send(&browser, &page, "give", &[("account", &ono)])
        .await
        .is(303);
    let said = browser.get(&given.location.expect("a page")).await.is(200);
    assert_eq!(said.texts("#done"), ["救急時閲覧権限を付与しました。"]);
    for (hours, status) in [("0", 422), ("25", 422), ("x", 422), ("12", 303)] {
        let typed = [("account", &*ono), ("hours", hours)];
        send(&browser, &page, "delegate", &typed).await.is(status);
    }
    let ono = app
        .guide
        .accounts
        .iter()
        .find(|one| one.account == "dr-ono");
    let night = app.signed_in(ono.expect("an account")).await;
    assert!(night.get("/").await.body.contains("/admin/permissions"));
    night.get("/admin").await.is(403);
    let page = night.get("/admin/permissions").await.is(200);
    let himself = path.rsplit('/').next().expect("an id");
    for (account, status) in [(himself, 422), ("", 403)] {
        let typed = [("account", account), ("hours", "2")];
        send(&night, &page, "give-hours", &typed).await.is(status);
    }
    let list = browser.get("/admin/permissions").await.is(200);
    let mut fields = list.form("undelegate-1");
    fill(&mut fields, "account", himself);
    browser
        .post("/admin/permissions/undelegate", &pairs(&fields))
        .await
        .is(303);
    night.get("/admin/permissions").await.is(403);
    browser
        .post("/admin/permissions/revoke", &pairs(&fields))
        .await
        .is(303);
    assert_ne!(night.get("/").await.status, 200, "its sessions are over");
    let file = browser.get(&path).await.is(200);
    assert!(
        file.body.contains("工藤 管理"),
        "the history says who gave it"
    );
    let out = app.entries();
    for what in [
        "permission_given",
        "delegation_given",
        "delegation_ended",
        "permission_revoked",
    ] {
        assert!(out.contains(what), "{what}");
    }
}

#[actix_web::test]
async fn an_account_is_signed_out_disabled_enabled_and_loses_a_lost_authenticator() {
    let app = TestApp::start();
    let browser = administrator(&app).await;
    let path = address(&browser, "ns-mori").await;
    let nurse = app.account("nurse").clone();
    let seat = app.signed_in(&nurse).await;
    let page = browser.get(&path).await.is(200);
    send(&browser, &page, "sign-out", &[]).await.is(303);
    assert_ne!(seat.get("/").await.status, 200);
    send(&browser, &page, "disable", &[]).await.is(303);
    assert_eq!(app.sign_in(&app.browser(), &nurse).await.status, 401);
    let page = browser.get(&path).await.is(200);
    send(&browser, &page, "enable", &[]).await.is(303);
    app.signed_in(&nurse).await;
    let page = browser.get(&path).await.is(200);
    send(&browser, &page, "remove-1", &[]).await.is(303);
    // A second press finds nothing to remove.
    send(&browser, &page, "remove-1", &[]).await.is(403);
    assert_eq!(app.sign_in(&app.browser(), &nurse).await.status, 401);
    let own = address(&browser, "ad-kudo").await;
    let page = browser.get(&own).await.is(200);
    let token = page.attributes("input[name=form_token]", "value").remove(0);
    let himself = format!("{own}/disable");
    browser
        .post(&himself, &[("form_token", &token)])
        .await
        .is(422);
    let out = app.entries();
    for what in [
        "signed_out_everywhere",
        "account_disabled",
        "account_enabled",
        "authenticator_removed",
    ] {
        assert!(out.contains(what), "{what}");
    }
}

#[actix_web::test]
async fn a_code_makes_one_terminal_that_is_moved_and_revoked() {
    let app = TestApp::start();
    let browser = administrator(&app).await;
    let page = browser.get("/admin/terminals").await.is(200);
    let typed = [
        ("name", "初療室9"),
        ("location", "1階"),
        ("idle_lock", "900"),
    ];
    for (field, wrong) in [
        ("idle_lock", "901"),
        ("idle_lock", "x"),
        ("name", ""),
        ("location", " "),
    ] {
        let mut typed = typed.to_vec();
        typed.push((field, wrong));
        send(&browser, &page, "add", &typed).await.is(422);
    }
    let made = send(&browser, &page, "add", &typed).await.is(200);
    let code = made.texts("#registration-code").remove(0);
    assert_eq!(code.len(), 14, "{code}");
    for status in [303, 403] {
        let device = app.browser();
        let register = device.get("/terminals/register").await.is(200);
        send(&device, &register, "terminal", &[("code", &code)])
            .await
            .is(status);
    }
    let page = browser.get("/admin/terminals").await.is(200);
    assert!(!page.body.contains(&code), "a code is shown once");
    let place = page
        .texts(".acts li h3")
        .iter()
        .position(|name| name == "初療室9");
    let place = place.expect("the terminal") + 1;
    let change = format!("change-{place}");
    let moved = [
        ("name", "初療室10"),
        ("location", "2階"),
        ("idle_lock", "60"),
    ];
    send(&browser, &page, &change, &moved).await.is(303);
    let page = browser.get("/admin/terminals").await.is(200);
    assert!(page.body.contains("初療室10") && page.body.contains("2階"));
    send(&browser, &page, &format!("revoke-{place}"), &[])
        .await
        .is(303);
    let out = app.entries();
    for what in ["terminal_code_made", "terminal_changed", "terminal_revoked"] {
        assert!(out.contains(what), "{what}");
    }
    assert!(out.contains("renamed moved idle lock 60 s"));
}

#[actix_web::test]
async fn disaster_is_switched_on_and_off_and_never_into_the_past() {
    let app = TestApp::start();
    let browser = administrator(&app).await;
    let page = browser.get("/admin/disaster").await.is(200);
    for typed in [
        [("area", ""), ("until", "2099-01-01")],
        [("area", "湾岸"), ("until", "2001-01-01")],
        [("area", "湾岸"), ("until", "soon")],
    ] {
        let again = send(&browser, &page, "set", &typed).await.is(422);
        assert!(again.body.contains(typed[1].1), "what was typed is kept");
    }
    send(&browser, &page, "set", &[("area", "湾岸 地震")])
        .await
        .is(303);
    assert!(
        browser
            .get("/admin")
            .await
            .is(200)
            .body
            .contains("湾岸 地震")
    );
    let page = browser.get("/admin/disaster").await.is(200);
    send(&browser, &page, "clear", &[]).await.is(303);
    assert!(
        !browser
            .get("/admin")
            .await
            .is(200)
            .body
            .contains("湾岸 地震")
    );
    let out = app.entries();
    assert!(out.contains("disaster_set") && out.contains("disaster_cleared"));
}

#[actix_web::test]
async fn a_sealed_account_needs_two_administrators_and_its_sheet_is_shown_once() {
    let app = TestApp::start();
    let first = administrator(&app).await;
    let second = settled(&app, &first, "ad-second", "administrator").await;
    let page = first.get("/admin/sealed").await.is(200);
    send(&first, &page, "propose", &[]).await.is(303);
    let own = first.get("/admin/sealed").await.is(200);
    assert!(own.attributes("form[id^=confirm]", "id").is_empty());
    // The first one made the second one's account: they may be one person.
    let page = second.get("/admin/sealed").await.is(200);
    let refused = send(&second, &page, "confirm-1", &[]).await.is(422);
    assert!(refused.body.contains("30日以内"), "{}", refused.body);
    // And whoever the second one made comes of the first one's hand too, for thirty days.
    let (third, account) = settled_as(&app, &second, "ad-third", "administrator").await;
    let page = third.get("/admin/sealed").await.is(200);
    let refused = send(&third, &page, "confirm-1", &[]).await.is(422);
    assert!(refused.body.contains("30日以内"), "{}", refused.body);
    app.clock.advance(Duration::from_hours(31 * 24));
    let first = administrator(&app).await;
    let own = first.get("/admin/sealed").await.is(200);
    send(&first, &own, "propose", &[]).await.is(303);
    let third = app.signed_in(&account).await;
    let page = third.get("/admin/sealed").await.is(200);
    // What was proposed within those thirty days stays as it was.
    let old = page.attributes("form#confirm-1", "action");
    let was = refused.attributes("form#confirm-1", "action");
    let new = if old == was { "confirm-2" } else { "confirm-1" };
    let act = page.attributes(&format!("form#{new}"), "action").remove(0);
    let token = own.attributes("input[name=form_token]", "value").remove(0);
    first.post(&act, &[("form_token", &token)]).await.is(422);
    let sheet = send(&third, &page, new, &[]).await.is(200);
    assert_eq!(sheet.headers["cache-control"], "no-store");
    let password = sheet.texts("#sealed-password").remove(0);
    assert_eq!(sheet.texts("#sealed-code").remove(0).len(), 8);
    let again = send(&third, &page, new, &[]).await.is(422);
    assert!(!again.body.contains(&password));
    let out = app.entries();
    assert!(out.contains("sealed_account_proposed") && out.contains("sealed_account_confirmed"));
    assert!(!out.contains(&password));
}

#[actix_web::test]
async fn bad_input_gets_a_sentence_and_changes_nothing() {
    let app = TestApp::start();
    let browser = administrator(&app).await;
    let page = browser.get("/admin/accounts").await.is(200);
    let token = page.attributes("input[name=form_token]", "value").remove(0);
    let before = browser.get("/admin").await.is(200).texts("#accounts p");
    let long = "長".repeat(130);
    for route in emergency_summary::web::ROUTES {
        if route.verb != Verb::Post || !route.path.starts_with("/admin") {
            continue;
        }
        let path = route.path.replace("{opaque}", "a-nobody");
        if ["/admin/sealed", "/admin/disaster/clear"].contains(&&*path) {
            continue;
        }
        let fields = [
            ("form_token", &*token),
            ("name", &long),
            ("sign_in", &long),
            ("role", "king"),
            ("account", &long),
            ("until", "明日"),
            ("hours", "-1"),
            ("idle_lock", "1e9"),
            ("area", &long),
            ("location", &long),
            ("authenticator", "😀"),
        ];
        let answer = browser.post(&path, &fields).await;
        let is_find = path.ends_with("/find");
        assert!(
            answer.status.is_client_error() || is_find,
            "{path}: {}",
            answer.status
        );
        assert_eq!(
            browser.post(&path, &[("form_token", "x")]).await.status,
            403
        );
        for (kind, body, status) in [
            (
                "application/x-www-form-urlencoded",
                b"name=%00".to_vec(),
                400,
            ),
            (
                "application/x-www-form-urlencoded",
                b"name=%ed%a0%80".to_vec(),
                400,
            ),
            ("application/json", b"{}".to_vec(), 415),
        ] {
            let sent = Some((kind, body));
            let answer = browser.send(Method::POST, &path, sent, &[]).await;
            assert_eq!(answer.status.as_u16(), status, "{path}");
        }
    }
    let ten = Some(("application/x-www-form-urlencoded", vec![b'a'; 10_000_000]));
    let large = browser
        .try_send(Method::POST, "/admin/accounts", ten, &[])
        .await;
    assert!(large.map_or(true, |page| page.status == 413));
    let after = browser.get("/admin").await.is(200).texts("#accounts p");
    assert_eq!(before, after);
}
