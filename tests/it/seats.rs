//! Seats over HTTP: the next user at a shared terminal, the end of a shift, one's own sessions,
//! vouching, envelopes, and what a form may hold.

use std::{sync::Arc, time::Duration};

use emergency_summary::{
    access::admin::{Administration, SealedSecrets},
    cli::demo::GuideAccount,
    domain::clock::Clock,
    system::SystemEntropy,
};
use reqwest::Method;
use secrecy::ExposeSecret;

use crate::{
    app::{TestApp, fill, open, pairs},
    browser::{Browser, Page},
};

/// Somebody with emergency permission beside the first physician.
fn colleague(app: &TestApp) -> GuideAccount {
    named(app, "dr-kato")
}

pub(crate) fn named(app: &TestApp, name: &str) -> GuideAccount {
    let mut accounts = app.guide.accounts.iter();
    let found = accounts.find(|account| account.account == name);
    found.expect("an account of that name").clone()
}

/// Posts one form of a page with these fields in it.
pub(crate) async fn submit(
    browser: &Browser,
    page: &Page,
    id: &str,
    values: &[(&str, &str)],
) -> Page {
    let mut fields = page.form(id);
    for (name, value) in values {
        fill(&mut fields, name, value);
    }
    let action = page.attributes(&format!("form#{id}"), "action").remove(0);
    browser.post(&action, &pairs(&fields)).await
}

/// Name and password, no code.
pub(crate) async fn password_alone(browser: &Browser, account: &GuideAccount) -> Page {
    let login = browser.get("/login").await.is(200);
    let typed = [
        ("account", &*account.account),
        ("password", &*account.password),
    ];
    submit(browser, &login, "login", &typed).await
}

#[actix_web::test]
async fn the_next_user_finds_nothing_of_the_former_who_goes_on_with_one_factor() {
    let app = TestApp::start();
    let (doctor, other) = (app.account("physician").clone(), colleague(&app));
    let browser = app.signed_in(&doctor).await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = browser.get(&path).await.is(200);
    let former = browser.cookies()["session"].clone();
    let changed = submit(&browser, &page, "switch", &[]).await.is(303);
    assert_eq!(changed.location.as_deref(), Some("/login"));
    assert!(!browser.cookies().contains_key("session"));
    let login = browser.get("/login").await.is(200);
    for left in [&app.guide.patients[0].name, &doctor.account] {
        assert!(!login.body.contains(left.as_str()), "{left}");
    }
    assert!(login.texts("#flash").is_empty(), "nothing is over");
    app.sign_in(&browser, &other).await.is(303);
    assert_ne!(browser.get(&path).await.status, 200, "another's grant");

    let page = browser.get("/").await.is(200);
    submit(&browser, &page, "switch", &[]).await.is(303);
    password_alone(&browser, &doctor).await.is(303);
    assert_ne!(browser.cookies()["session"], former, "under another id");
    browser.get(&path).await.is(200);
    browser.set_cookie("session", &former);
    assert_eq!(
        browser.get(&path).await.status,
        303,
        "the former id is dead"
    );
}

#[actix_web::test]
async fn a_locked_page_makes_room_for_the_next_user_too() {
    let app = TestApp::start();
    let browser = app.physician().await;
    app.clock.advance(Duration::from_secs(181));
    let lock = browser.get("/").await.is(423);
    submit(&browser, &lock, "switch", &[]).await.is(303);
    app.sign_in(&browser, &colleague(&app)).await.is(303);
    browser.get("/").await.is(200);
}

#[actix_web::test]
async fn the_end_of_the_shift_is_announced_and_renewed_without_ending_what_is_open() {
    let app = TestApp::start();
    let doctor = app.account("physician").clone();
    let browser = app.signed_in(&doctor).await;
    app.clock
        .advance(Duration::from_hours(12) - Duration::from_mins(31));
    let lock = browser.get("/").await.is(423);
    let password = [("password", &*doctor.password)];
    submit(&browser, &lock, "unlock", &password).await.is(303);
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = browser.get(&path).await.is(200);
    assert_eq!(page.attributes("#ends-soon[hidden]", "data-after"), ["60"]);
    app.clock.advance(Duration::from_mins(1));
    let page = browser.get(&path).await.is(200);
    assert!(page.attributes("#ends-soon[hidden]", "id").is_empty());
    let door = page.attributes("#ends-soon a", "href").remove(0);
    let form = browser.get(&door).await.is(200);
    let wrong = [("password", &*doctor.password), ("code", "000000")];
    let refused = submit(&browser, &form, "renew", &wrong).await.is(401);
    assert!(!refused.body.contains(&doctor.password));
    let code = app.code(&doctor);
    let right = [("password", &*doctor.password), ("code", &*code)];
    let renewed = submit(&browser, &refused, "renew", &right).await.is(303);
    assert_eq!(renewed.location.as_deref(), Some(&*path));
    let page = browser.get(&path).await.is(200);
    assert!(page.attributes("#ends-soon", "id").is_empty());
    app.clock.advance(Duration::from_mins(29));
    let lock = browser.get(&path).await.is(423);
    submit(&browser, &lock, "unlock", &password).await.is(303);
    browser.get(&path).await.is(200);
}

#[actix_web::test]
async fn one_list_ends_a_session_elsewhere_or_every_one() {
    let app = TestApp::start();
    let doctor = app.account("physician").clone();
    let here = app.signed_in(&doctor).await;
    let there = app.signed_in(&doctor).await;
    let path = open(&there, &app.guide.patients[0]).await;
    let list = here.get("/sessions").await.is(200);
    assert_eq!(list.texts("tbody tr").len(), 2);
    assert_eq!(list.texts("tr.this strong").len(), 1);
    let ids = list.attributes("tr:not(.this) input[name=session]", "value");
    let token = list.attributes("input[name=form_token]", "value").remove(0);
    let end = [("form_token", &*token), ("session", &*ids[0])];
    here.post("/sessions/end", &end).await.is(303);
    here.post("/sessions/end", &end).await.is(303);
    assert_eq!(there.get(&path).await.status, 303);
    let list = here.get("/sessions").await.is(200);
    assert_eq!(list.texts("tbody tr").len(), 1);
    let third = app.signed_in(&doctor).await;
    submit(&here, &list, "end-all", &[]).await.is(303);
    for browser in [&here, &third] {
        assert_eq!(browser.get("/").await.status, 303);
    }
    let out = app.entries();
    assert!(out.contains("\"elsewhere\""), "{out}");
}

#[actix_web::test]
async fn signing_in_never_takes_a_session_or_device_id_from_the_browser() {
    let app = TestApp::start();
    let browser = app.browser();
    for name in ["session", "device"] {
        browser.set_cookie(name, "planted-by-somebody-else-00000000000000000");
    }
    app.sign_in(&browser, app.account("physician"))
        .await
        .is(303);
    for (name, value) in browser.cookies() {
        assert!(!value.starts_with("planted"), "{name}");
    }
    let thief = app.browser();
    for name in ["session", "device"] {
        thief.set_cookie(name, "planted-by-somebody-else-00000000000000000");
    }
    assert_eq!(thief.get("/").await.status, 303);
}

#[actix_web::test]
async fn no_header_makes_a_browser_a_terminal_or_moves_it() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let thief = app.browser();
    thief.set_cookie("session", &browser.cookies()["session"]);
    let forged = [
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("x-client-cert", "cart-7"),
        ("x-ssl-client-s-dn", "CN=cart-7"),
        ("x-forwarded-client-cert", "Subject=\"CN=cart-7\""),
        ("user-agent", "the very same"),
    ];
    let page = thief.send(Method::GET, "/", None, &forged).await;
    assert_eq!(page.status, 303);
}

#[actix_web::test]
async fn a_colleague_whose_factor_is_broken_signs_in_by_anothers_word_once() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let nurse = named(&app, "ns-mori");
    let door = browser.get("/vouch").await.is(200);
    let doctor = app.account("physician").clone();
    let whom = [("account", "ns-mori"), ("password", "wrong")];
    let refused = submit(&browser, &door, "vouch-colleague", &whom).await;
    let refused = refused.is(401);
    let kept = refused.attributes("form#vouch-colleague input[name=account]", "value");
    assert_eq!(kept, ["ns-mori"]);
    let whom = [("account", "ns-mori"), ("password", &*doctor.password)];
    let done = submit(&browser, &refused, "vouch-colleague", &whom).await;
    assert!(done.is(200).texts(".flash-info").join("").contains("森"));
    let ward = app.browser();
    let step = password_alone(&ward, &nurse).await.is(200);
    submit(&ward, &step, "login-vouched", &[]).await.is(303);
    ward.get("/").await.is(200);
    assert_eq!(ward.get("/vouch").await.status, 200);
    let page = ward.get("/vouch").await;
    let himself = [("account", "dr-sato"), ("password", &*nurse.password)];
    let second_hand = submit(&ward, &page, "vouch-colleague", &himself).await;
    assert_eq!(second_hand.status, 422, "{}", second_hand.body);
    let again = password_alone(&app.browser(), &nurse).await.is(200);
    assert!(again.attributes("form#login-vouched", "id").is_empty());
    app.clock.advance(Duration::from_mins(30));
    assert_eq!(ward.get("/").await.status, 303, "half an hour");
    let out = app.entries();
    for word in ["vouched_for_factor", "\"second_factor\":\"vouched\""] {
        assert!(out.contains(word), "{word}");
    }
}

#[actix_web::test]
async fn a_strange_terminal_is_taken_up_by_the_code_it_shows() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let doctor = app.account("physician").clone();
    let ward = app.browser();
    let strange = ward.get("/terminals/vouched").await.is(200);
    let code = strange.texts("strong.told").remove(0);
    let place = [("location", "2階病棟")];
    let early = submit(&ward, &strange, "stranger", &place).await.is(409);
    assert_eq!(early.texts("strong.told").join(""), code, "the same code");
    let kept = early.attributes("input[name=location]", "value");
    assert_eq!(kept, ["2階病棟"]);
    let door = browser.get("/vouch").await.is(200);
    let typed = [("terminal_code", &*code), ("password", &*doctor.password)];
    submit(&browser, &door, "vouch-terminal", &typed)
        .await
        .is(200);
    submit(&ward, &early, "stranger", &place).await.is(303);
    assert!(ward.cookies().contains_key("device"));
    app.sign_in(&ward, &colleague(&app)).await.is(303);
    let home = ward.get("/").await.is(200);
    assert!(home.texts(".who").join("").contains("2階病棟"));
    submit(&ward, &early, "stranger", &place).await.is(403);
}

#[actix_web::test]
async fn roles_without_the_permission_vouch_for_nobody() {
    let app = TestApp::start();
    for name in ["dr-ono", "ck-ueda", "au-noda"] {
        let browser = app.signed_in(&named(&app, name)).await;
        assert_eq!(browser.get("/vouch").await.status, 403, "{name}");
        let fields = [("whom", "colleague"), ("account", "ns-mori")];
        assert_eq!(browser.post("/vouch", &fields).await.status, 403);
    }
}

#[actix_web::test]
async fn whatever_these_forms_hold_there_is_a_sentence_and_no_effect() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let other = app.signed_in(&colleague(&app)).await;
    let page = browser.get("/").await.is(200);
    let token = page.attributes("form#switch input[name=form_token]", "value");
    let foreign = other.get("/").await.is(200);
    let foreign = foreign.attributes("form#switch input[name=form_token]", "value");
    let long = "9".repeat(3_000);
    for path in [
        "/sessions/end",
        "/sessions/renew",
        "/vouch",
        "/login/vouched",
        "/terminals/vouched",
    ] {
        for value in ["", "😀\u{202e}", long.as_str(), "../../etc/passwd", "v-1"] {
            let names = [
                "session",
                "password",
                "code",
                "back",
                "whom",
                "terminal_code",
                "account",
                "pending",
                "token",
                "location",
            ];
            let mut fields = vec![("form_token", &*token[0])];
            fields.extend(names.map(|name| (name, value)));
            let page = browser.post(path, &fields).await;
            assert!(!page.status.is_server_error(), "{path}: {}", page.body);
        }
    }
    for path in [
        "/switch",
        "/sessions/end",
        "/sessions/end-all",
        "/sessions/renew",
        "/vouch",
    ] {
        for forged in [None, Some("x"), Some(&*foreign[0])] {
            let fields: Vec<_> = forged
                .map(|token| ("form_token", token))
                .into_iter()
                .collect();
            assert_eq!(browser.post(path, &fields).await.status, 403, "{path}");
        }
        let body = format!("form_token={}", token[0]).into_bytes();
        let cross = [("sec-fetch-site", "cross-site")];
        let form = "application/x-www-form-urlencoded";
        let page = browser.send(Method::POST, path, Some((form, body)), &cross);
        assert_eq!(page.await.status, 403, "{path}");
        for (kind, body, status) in [
            (form, b"form_token=%00".to_vec(), 400),
            (form, b"form_token=%ED%A0%80".to_vec(), 400),
            (form, vec![b'a'; 10_000_000], 413),
            ("application/json", b"{}".to_vec(), 415),
            ("multipart/form-data; boundary=x", b"--x--".to_vec(), 415),
        ] {
            let page = browser.send(Method::POST, path, Some((kind, body)), &[]);
            assert_eq!(page.await.status, status, "{path} {kind}");
        }
    }
    browser.get("/").await.is(200);
    other.get("/").await.is(200);
}

#[actix_web::test]
async fn a_thousand_wrong_codes_open_nothing_and_slow_nobody_else() {
    let app = TestApp::start();
    let doctor = app.account("physician").clone();
    let known = app.signed_in(&doctor).await;
    let attacker = app.signed_in(&colleague(&app)).await;
    let step = password_alone(&attacker, &doctor).await.is(200);
    let mut slowed = 0;
    for tried in 0..1_000 {
        let code = [("code", &*format!("{tried:06}"))];
        let page = submit(&attacker, &step, "login-code", &code).await;
        assert!(matches!(page.status.as_u16(), 401 | 429), "{}", page.body);
        slowed += usize::from(page.status == 429);
    }
    assert!(slowed > 950, "{slowed}");
    app.sign_in(&known, &doctor).await.is(303);
}

/// What lies in an envelope of the hospital.
pub(crate) async fn envelope(app: &TestApp) -> SealedSecrets {
    let clock: Arc<dyn Clock> = Arc::clone(&app.clock) as _;
    let (registry, ledger) = (app.registry.clone(), app.ledger.clone());
    let office = Administration::new(registry, ledger, clock, Arc::new(SystemEntropy));
    let facilities = app.registry.facilities().await.expect("facilities");
    let is_ours = |name: &str| name == app.account("physician").facility;
    let mut hospitals = facilities.iter().filter(|place| is_ours(&place.name));
    let hospital = hospitals.next().expect("the hospital").id.clone();
    let id = office.propose_sealed("one", &hospital).await;
    let id = id.expect("proposed");
    let sealed = office.confirm_sealed("two", &hospital, &id).await;
    sealed.expect("confirmed")
}

#[actix_web::test]
async fn an_envelope_opens_once_for_twelve_hours_and_is_dead_afterwards() {
    let app = TestApp::start();
    let sealed = envelope(&app).await;
    let sign_in = async |browser: &Browser| {
        let login = browser.get("/login").await.is(200);
        let typed = [
            ("account", sealed.sign_in.expose_secret()),
            ("password", sealed.password.expose_secret()),
            ("code", sealed.code.expose_secret()),
        ];
        submit(browser, &login, "login", &typed).await
    };
    let browser = app.browser();
    sign_in(&browser).await.is(303);
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = browser.get(&path).await.is(200);
    assert!(page.attributes("form#switch", "id").is_empty());
    let token = page.attributes("input[name=form_token]", "value").remove(0);
    // It could not come back: its session is locked and stays in the browser.
    browser
        .post("/switch", &[("form_token", &token)])
        .await
        .is(303);
    let lock = browser.get(&path).await.is(423);
    assert!(!lock.body.contains(sealed.password.expose_secret()));
    let again = sign_in(&app.browser()).await.is(401);
    assert!(!again.body.contains(sealed.password.expose_secret()));
    let password = [("password", sealed.password.expose_secret())];
    submit(&browser, &lock, "unlock", &password).await.is(303);
    browser.get(&path).await.is(200);
    app.clock.advance(Duration::from_hours(12));
    assert_eq!(browser.get(&path).await.status, 303);
    sign_in(&app.browser()).await.is(401);
    let out = app.entries();
    for word in ["sealed_account_used", "\"second_factor\":\"sealed\""] {
        assert!(out.contains(word), "{word}");
    }
}

/// Every page that its reader comes to by links, from the first one on.
async fn linked(browser: &Browser, who: &str) -> Vec<String> {
    let mut pages = vec!["/".to_owned(), "/sessions".to_owned()];
    let mut place = 0;
    while let Some(path) = pages.get(place).cloned() {
        place += 1;
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{who}: {path}");
        for link in page.attributes("a[href^='/']", "href") {
            if !pages.contains(&link) {
                pages.push(link);
            }
        }
    }
    pages
}

#[actix_web::test]
async fn no_menu_leads_anybody_to_what_he_may_not_open() {
    let app = TestApp::start();
    for account in app.guide.accounts.clone() {
        let browser = app.signed_in(&account).await;
        let pages = linked(&browser, &account.account).await;
        let vouches = pages.iter().any(|page| page == "/vouch");
        let may = !["dr-ono", "ck-ueda", "au-noda", "ad-kudo"].contains(&&*account.account);
        assert_eq!(vouches, may, "{}", account.account);
        assert!(pages.iter().any(|page| page == "/factors"));
    }
    let voucher = app.physician().await;
    let door = voucher.get("/vouch").await.is(200);
    let password = app.account("physician").password.clone();
    let whom = [("account", "ns-mori"), ("password", &*password)];
    submit(&voucher, &door, "vouch-colleague", &whom)
        .await
        .is(200);
    let vouched = app.browser();
    let step = password_alone(&vouched, &named(&app, "ns-mori"))
        .await
        .is(200);
    submit(&vouched, &step, "login-vouched", &[]).await.is(303);
    let secrets = envelope(&app).await;
    let sealed = app.browser();
    let login = sealed.get("/login").await.is(200);
    let typed = [
        ("account", secrets.sign_in.expose_secret()),
        ("password", secrets.password.expose_secret()),
        ("code", secrets.code.expose_secret()),
    ];
    submit(&sealed, &login, "login", &typed).await.is(303);
    for (who, browser) in [("vouched", &vouched), ("sealed", &sealed)] {
        let pages = linked(browser, who).await;
        for closed in ["/vouch", "/factors", "/admin/permissions"] {
            assert!(!pages.iter().any(|page| page == closed), "{who}: {closed}");
        }
    }
}
