//! Terminals that keep no cookie, registered by an administrator on the web.

use reqwest::Method;

use crate::{
    app::{TestApp, fill, pairs},
    browser::{Browser, Page},
};

/// Registers a terminal that is known otherwise; what came.
async fn add(browser: &Browser, typed: &[(&str, &str)]) -> Page {
    let page = browser.get("/admin/terminals").await.is(200);
    let mut fields = page.form("add-known");
    for (name, value) in [
        ("name", "救急車載端末"),
        ("location", "車庫"),
        ("idle_lock", "600"),
        ("kind", "range"),
        ("device", "10.1.2.0/24"),
    ] {
        fill(&mut fields, name, value);
    }
    for (name, value) in typed {
        fill(&mut fields, name, value);
    }
    browser
        .post("/admin/terminals/known", &pairs(&fields))
        .await
}

fn registered(app: &TestApp) -> usize {
    app.entries().matches("\"terminal_registered\"").count()
}

#[actix_web::test]
async fn a_terminal_is_registered_by_certificate_or_range_and_listed_with_it() {
    let app = TestApp::start();
    let browser = app.signed_in(app.account("administrator")).await;
    let before = registered(&app);
    let cart = [
        ("name", "回診車7"),
        ("kind", "certificate"),
        ("device", "cart-7.ward.example"),
    ];
    for typed in [&cart[..], &[]] {
        let added = add(&browser, typed).await.is(303);
        let list = browser.get(&added.location.expect("a page")).await;
        let list = list.is(200);
        assert_eq!(list.texts("#done"), ["端末を登録しました。"]);
    }
    let list = browser.get("/admin/terminals").await.is(200);
    for said in [
        "クライアント証明書 cart-7.ward.example",
        "アドレス範囲 10.1.2.0/24",
        "10分",
    ] {
        assert!(list.body.contains(said), "{said}");
    }
    assert_eq!(registered(&app), before + 2);
    // A browser without a cookie is this terminal at its addresses.
    let here = add(
        &browser,
        &[("device", "127.0.0.0/24"), ("name", "この部屋")],
    )
    .await;
    here.is(303);
    let nurse = app.signed_in(app.account("nurse")).await;
    let home = nurse.get("/").await.is(200);
    assert!(home.texts("a.who").join("").contains("この部屋"));
}

#[actix_web::test]
async fn what_is_no_terminal_is_said_and_what_was_typed_stays() {
    let app = TestApp::start();
    let browser = app.signed_in(app.account("administrator")).await;
    add(&browser, &[]).await.is(303);
    let before = registered(&app);
    let long = "a".repeat(121);
    for (typed, said) in [
        ([("kind", ""), ("device", "x")], "識別方法"),
        ([("kind", "cookie"), ("device", "x")], "識別方法"),
        ([("kind", "range"), ("device", "")], "10.1.2.0/24のように"),
        (
            [("kind", "range"), ("device", "10.1.2.3")],
            "10.1.2.0/24のように",
        ),
        ([("kind", "range"), ("device", "0.0.0.0/0")], "広すぎます"),
        (
            [("kind", "range"), ("device", "2001:db8::/47")],
            "広すぎます",
        ),
        (
            [("kind", "range"), ("device", "10.1.2.128/25")],
            "救急車載端末（10.1.2.0/24）",
        ),
        (
            [("kind", "range"), ("device", "10.1.0.0/16")],
            "救急車載端末（10.1.2.0/24）",
        ),
        ([("kind", "certificate"), ("device", "")], "1〜120文字"),
        ([("kind", "certificate"), ("device", &*long)], "1〜120文字"),
        (
            [("kind", "certificate"), ("device", "回診車<b>")],
            "cart-7.ward.exampleのように",
        ),
        ([("name", ""), ("device", "10.2.0.0/24")], "1〜120文字"),
        (
            [("idle_lock", "901"), ("device", "10.2.0.0/24")],
            "30〜900秒",
        ),
    ] {
        let refused = add(&browser, &typed).await.is(422);
        assert!(refused.body.contains(said), "{typed:?}: {}", refused.body);
        let device = refused.attributes("#add-known [name=device]", "value");
        let expected: Vec<String> = [typed[1].1.to_owned()]
            .into_iter()
            .filter(|one| !one.is_empty())
            .collect();
        assert_eq!(device, expected, "{typed:?}");
    }
    assert_eq!(registered(&app), before);
    // Once it is revoked its addresses are free.
    let list = browser.get("/admin/terminals").await.is(200);
    let forms = list.attributes("form[id^=revoke-]", "action");
    let names = list.texts("ul.acts h3");
    let place = names.iter().position(|name| name == "救急車載端末");
    let revoke = &forms[place.expect("listed")];
    let token = list.attributes("input[name=form_token]", "value").remove(0);
    let fields = [("form_token", &*token)];
    browser.post(revoke, &fields).await.is(303);
    add(&browser, &[]).await.is(303);
}

#[actix_web::test]
async fn nobody_else_registers_a_terminal_and_no_other_facility_is_told_of_it() {
    let app = TestApp::start();
    let office = app.signed_in(app.account("administrator")).await;
    add(&office, &[]).await.is(303);
    let before = registered(&app);
    let nurse = app.signed_in(app.account("nurse")).await;
    let home = nurse.get("/").await.is(200);
    let token = home.attributes("input[name=form_token]", "value").remove(0);
    let fields = [("form_token", &*token), ("kind", "range")];
    let refused = nurse.post("/admin/terminals/known", &fields).await;
    refused.is(403);
    let other = office
        .send(
            Method::POST,
            "/admin/terminals/known",
            Some((
                "application/x-www-form-urlencoded",
                b"kind=range&device=10.9.0.0/24".to_vec(),
            )),
            &[],
        )
        .await;
    assert_eq!(other.status, 403, "without the form's token");
    assert_eq!(registered(&app), before + 1, "the nurse's own browser");
}
