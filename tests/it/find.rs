//! Finding the patient through HTTP: scanners, four attributes, the chart's own launch, bad input.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use emergency_summary::{
    access::LaunchKey,
    cli::demo::GuidePatient,
    domain::{access::FacilityId, clock::Clock},
    registry::seal::keyed_hash,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::{TestApp, break_glass, fill, pairs},
    browser::{Browser, Page, form},
};

const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const KEY: [u8; 32] = [7; 32];
pub(crate) const OTHER_KEY: [u8; 32] = [8; 32];

/// Posts a search form with some fields filled.
async fn ask(browser: &Browser, id: &str, typed: &[(&str, &str)]) -> Page {
    let home = browser.get("/").await.is(200);
    let mut fields = home.form(id);
    for (name, value) in typed {
        fill(&mut fields, name, value);
    }
    browser.post("/patients", &pairs(&fields)).await
}

fn burst(patient: &GuidePatient) -> String {
    format!(
        ";{}={}={}={}?",
        patient.insurer, patient.symbol, patient.number, patient.branch
    )
}

#[actix_web::test]
async fn a_scanner_searches_from_either_field_and_opens_nothing() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let burst = burst(patient);
    for field in ["number", "insurer"] {
        let hit = ask(&browser, "search", &[(field, &burst)]).await.is(200);
        assert!(hit.body.contains(&patient.name), "{field}: {}", hit.body);
        assert!(app.ledger.all_open_grants().is_empty());
        // The same burst once more, where the focus is now.
        let again = break_glass(&browser, &hit, &burst).await;
        assert_eq!(again.status, 422);
        assert!(app.ledger.all_open_grants().is_empty());
    }
    let hit = ask(&browser, "search", &[("number", &burst)]).await.is(200);
    break_glass(&browser, &hit, "1").await.is(303);
    assert!(app.entries().contains("\"found_by\":\"card\""));
}

#[actix_web::test]
async fn a_certificate_is_how_somebody_was_found_where_its_button_is_pressed() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let home = browser.get("/").await.is(200);
    assert_eq!(
        home.attributes("#search button[name=mode]", "value"),
        ["certificate"]
    );
    let mut fields = home.form("search");
    for (name, value) in [
        ("insurer", &patient.insurer),
        ("symbol", &patient.symbol),
        ("number", &patient.number),
        ("branch", &patient.branch),
    ] {
        fill(&mut fields, name, value);
    }
    fields.push(("mode".to_owned(), "certificate".to_owned()));
    let hit = browser.post("/patients", &pairs(&fields)).await.is(200);
    break_glass(&browser, &hit, "1").await.is(303);
    let out = app.entries();
    assert!(out.contains("\"found_by\":\"certificate\""), "{out}");
    assert!(out.contains("\"mode\":\"certificate\""), "{out}");
    assert!(out.contains("\"listed\":["), "{out}");
}

#[actix_web::test]
async fn what_cannot_be_read_says_what_to_type_and_leaves_the_field_empty() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let unread = ask(&browser, "search", &[("number", ";1234=?")])
        .await
        .is(422);
    let said = unread.texts("#flash").join("");
    for field in ["保険者番号", "記号", "番号", "枝番"] {
        assert!(said.contains(field), "{field}: {said}");
    }
    assert!(
        unread
            .attributes("#search [name=number][value]", "value")
            .is_empty()
    );
    // A second burst into what the first one left.
    let other = &app.guide.patients[1];
    let typed = [("insurer", "99999999"), ("number", &*burst(other))];
    let mixed = ask(&browser, "search", &typed).await.is(422);
    assert!(!mixed.body.contains(&other.name));
}

fn four(patient: &GuidePatient) -> Vec<(&str, &str)> {
    vec![
        ("name", &patient.name),
        ("birth_date", &patient.birth_date),
        ("sex", &patient.sex),
        ("address", &patient.address),
    ]
}

#[actix_web::test]
async fn all_four_attributes_are_needed_and_only_the_address_is_loose() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let changed = |name: &str, value: &'static str| -> Vec<(String, String)> {
        four(patient)
            .into_iter()
            .map(|(known, typed)| {
                let typed = if known == name { value } else { typed };
                (known.to_owned(), typed.to_owned())
            })
            .collect()
    };
    let hit = ask(&browser, "search-four", &four(patient)).await.is(200);
    assert!(hit.body.contains(&patient.name), "{}", hit.body);
    let prefecture: String = patient.address.chars().take(3).collect();
    for (name, value, status, says) in [
        ("name", "", 422, "氏名"),
        ("birth_date", "", 422, "生年月日"),
        ("birth_date", "昭和", 422, "生年月日"),
        ("sex", "", 422, "性別"),
        ("sex", "x", 422, "性別"),
        ("address", "", 422, "住所"),
        ("address", "中央区", 422, "都道府県"),
        ("name", "山", 200, "登録なし"),
    ] {
        let typed = changed(name, value);
        let page = ask(&browser, "search-four", &pairs(&typed)).await;
        assert_eq!(page.status, status, "{name}={value}: {}", page.body);
        assert!(page.body.contains(says), "{name}={value}: {}", page.body);
        if status == 422 && name != "name" {
            let kept = page.attributes("#search-four [name=name]", "value");
            assert_eq!(kept, [patient.name.as_str()], "{name}={value}");
        }
    }
    let town = format!("{prefecture}どこか町9-9");
    let mut elsewhere = four(patient);
    elsewhere[3].1 = &town;
    let hit = ask(&browser, "search-four", &elsewhere).await.is(200);
    assert!(hit.body.contains(&patient.name), "{town}: {}", hit.body);
    // The simulated source does not search without an address.
    let mut insurer = four(patient);
    insurer[3] = ("insurer_name", "国民健康保険");
    let asked = ask(&browser, "search-four", &insurer).await.is(422);
    assert!(
        asked.body.contains("保険者名だけでは確かめられません"),
        "{}",
        asked.body
    );
}

#[actix_web::test]
async fn many_searches_wait_a_little_and_are_answered_with_a_sentence() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let app = TestApp::start_with(folder, |options| {
        options.finding.searching.at_once = 2;
        options.finding.searching.longest_wait = Duration::from_millis(1);
    });
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    for search in 0..5 {
        let hit = crate::app::search(&browser, patient).await.is(200);
        assert!(hit.body.contains(&patient.name));
        let said = hit.texts("#flash").join("");
        assert_eq!(
            said.contains("検索が続いたため"),
            search >= 2,
            "{search}: {said}"
        );
    }
    let out = app.entries();
    assert_eq!(out.matches("\"why\":\"slowed\"").count(), 1, "{out}");
}

/// A hospital whose chart may open it, and a fire department with a key of its own.
pub(crate) fn launched() -> (TestApp, String, String) {
    let first = TestApp::start();
    let ids = facilities(&first);
    let folder = first.stop();
    let (hospital, fire) = ids.clone();
    let app = TestApp::start_with(folder, move |options| {
        let key = |issuer: &str, facility: &str, key: [u8; 32]| LaunchKey {
            issuer: issuer.to_owned(),
            facility: FacilityId(facility.to_owned()),
            key: key.to_vec().into(),
            max_age: Duration::from_mins(1),
            local_system: None,
        };
        options.finding.launches = vec![key("chart", &ids.0, KEY), key("crew", &ids.1, OTHER_KEY)];
    });
    (app, hospital, fire)
}

/// The ids of the hospital and the fire department, as the command line says them.
pub(crate) fn facilities(app: &TestApp) -> (String, String) {
    let entries = app.entries();
    let mut created = entries
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("an entry"))
        .filter(|entry| entry.to_string().contains("facility_created"))
        .map(|entry| entry["fields"]["whom"].as_str().expect("an id").to_owned());
    (
        created.next().expect("a hospital"),
        created.next().expect("a fire department"),
    )
}

pub(crate) fn claims(app: &TestApp, facility: &str, id: &str) -> Value {
    let patient = &app.guide.patients[0];
    json!({
        "iss": "chart", "aud": facility, "jti": format!("{id:0>16}"),
        "iat": app.clock.now().wall.timestamp(),
        "sub": app.account("physician").account,
        "patient": {
            "insurance": {
                "insurer": patient.insurer, "symbol": patient.symbol,
                "number": patient.number, "branch": patient.branch,
            },
            "birth_date": patient.birth_date,
        },
    })
}

pub(crate) fn token(claims: &Value, key: [u8; 32]) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!(
        "{}.{}",
        part(r#"{"alg":"HS256"}"#),
        part(&claims.to_string())
    );
    let signature = URL_SAFE_NO_PAD.encode(keyed_hash(&key, signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// As the chart's page posts it: from another origin, so without our cookies.
pub(crate) async fn from_chart(app: &TestApp, token: &str) -> Page {
    let body = form(&[("token", token)]).into_bytes();
    let headers = [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://chart.example"),
    ];
    let chart = app.browser();
    chart
        .send(Method::POST, "/launch", Some((FORM, body)), &headers)
        .await
}

/// Presses 「続ける」.
pub(crate) async fn go_on(browser: &Browser, page: &Page) -> Page {
    browser
        .post("/launch/candidate", &pairs(&page.form("launch")))
        .await
}

#[actix_web::test]
async fn the_chart_leads_to_the_glass_and_never_through_it() {
    let (app, hospital, _) = launched();
    let browser = app.physician().await;
    let patient = app.guide.patients[0].clone();
    let page = from_chart(&app, &token(&claims(&app, &hospital, "1"), KEY))
        .await
        .is(200);
    for personal in [&patient.name, &patient.number, &patient.kana] {
        assert!(
            !page.body.contains(personal),
            "the page names nobody: {personal}"
        );
    }
    let glass = go_on(&browser, &page).await.is(200);
    assert!(glass.body.contains(&patient.name), "{}", glass.body);
    assert!(app.ledger.all_open_grants().is_empty());
    break_glass(&browser, &glass, "2").await.is(303);
    let out = app.entries();
    assert!(out.contains("\"found_by\":\"launch\""), "{out}");
    let again = go_on(&browser, &page).await;
    assert_eq!(again.status, 410, "{}", again.body);
    assert!(again.body.contains("電子カルテから開き直してください"));
}

#[actix_web::test]
async fn a_launch_waits_until_somebody_has_signed_in_or_unlocked() {
    let (app, hospital, _) = launched();
    let patient = app.guide.patients[0].clone();
    let page = from_chart(&app, &token(&claims(&app, &hospital, "1"), KEY))
        .await
        .is(200);
    let stranger = app.browser();
    let waiting = go_on(&stranger, &page).await.is(401);
    assert!(waiting.body.contains("ログイン") && !waiting.body.contains(&patient.name));
    let browser = app.physician().await;
    let home = browser.get("/").await.is(200);
    browser.post("/lock", &pairs(&home.form("lock"))).await;
    let locked = go_on(&browser, &waiting).await.is(401);
    assert!(!locked.body.contains(&patient.name));
    let browser = app.physician().await;
    let glass = go_on(&browser, &locked).await.is(200);
    assert!(glass.body.contains(&patient.name));
}

#[actix_web::test]
async fn every_bad_launch_says_what_to_do_has_an_entry_and_no_effect() {
    let (app, hospital, fire) = launched();
    let browser = app.physician().await;
    let right = claims(&app, &hospital, "1");
    let with = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims[name] = value;
        claims
    };
    let now = app.clock.now().wall.timestamp();
    let mut theirs = with("aud", fire.clone().into());
    theirs["iss"] = "crew".into();
    let long = "a".repeat(10_000);
    for (case, token, status) in [
        ("missing", String::new(), 403),
        ("no token", "x".to_owned(), 403),
        ("too long", long, 403),
        ("lone surrogate", "\u{FFFD}".to_owned(), 403),
        ("wrong key", token(&right, OTHER_KEY), 403),
        (
            "other facility's key",
            token(&with("aud", fire.into()), KEY),
            403,
        ),
        ("wrong type", token(&with("iat", "x".into()), KEY), 403),
        ("no patient", token(&with("patient", json!({})), KEY), 403),
        ("expired", token(&with("iat", (now - 90).into()), KEY), 410),
        ("future", token(&with("iat", (now + 60).into()), KEY), 410),
        (
            "long ago",
            token(&with("iat", (now - 600).into()), KEY),
            410,
        ),
    ] {
        let page = from_chart(&app, &token).await;
        assert_eq!(page.status, status, "{case}: {}", page.body);
        assert!(
            page.body.contains("電子カルテから開き直"),
            "{case}: {}",
            page.body
        );
    }
    let sealed = from_chart(&app, &token(&theirs, OTHER_KEY)).await.is(200);
    assert_eq!(go_on(&browser, &sealed).await.status, 403);
    let other = with("sub", "dr-kato".into());
    let sealed = from_chart(&app, &token(&other, KEY)).await.is(200);
    assert_eq!(go_on(&browser, &sealed).await.status, 403);
    let used = from_chart(&app, &token(&other, KEY)).await;
    assert_eq!(used.status, 410);
    let mut wrong = with("jti", "00000000000000ff".into());
    wrong["patient"]["birth_date"] = "1901-01-01".into();
    let sealed = from_chart(&app, &token(&wrong, KEY)).await.is(200);
    let mismatch = go_on(&browser, &sealed).await;
    assert_eq!(mismatch.status, 409, "{}", mismatch.body);
    assert!(!mismatch.body.contains(&app.guide.patients[0].name));
    for forged in ["", "x", "\u{FFFD}"] {
        let page = browser
            .post("/launch/candidate", &[("launch", forged)])
            .await;
        assert_eq!(page.status, 410, "{forged}");
    }
    let out = app.entries();
    for why in [
        "unverified",
        "out_of_time",
        "used",
        "not_yours",
        "another_patient",
    ] {
        let entry = format!("\"what\":\"launch\",\"why\":\"{why}\"");
        assert!(out.contains(&entry), "{why}: {out}");
    }
    assert!(app.ledger.all_open_grants().is_empty());
    assert!(!out.contains("\"grant_started\""));
}

#[actix_web::test]
async fn only_the_launch_takes_forms_of_another_origin() {
    let (app, hospital, _) = launched();
    let browser = app.physician().await;
    let page = from_chart(&app, &token(&claims(&app, &hospital, "1"), KEY))
        .await
        .is(200);
    let cross = [("sec-fetch-site", "cross-site")];
    for (path, fields) in [
        ("/launch/candidate", page.form("launch")),
        ("/patients", browser.get("/").await.is(200).form("search")),
    ] {
        let body = form(&pairs(&fields)).into_bytes();
        let answer = browser
            .send(Method::POST, path, Some((FORM, body)), &cross)
            .await;
        assert_eq!(answer.status, 403, "{path}");
    }
    assert_eq!(browser.get("/launch").await.status, 405);
    let glass = go_on(&browser, &page).await.is(200);
    assert!(
        glass.body.contains(&app.guide.patients[0].name),
        "nothing used it up"
    );
}

#[actix_web::test]
async fn no_form_of_the_search_is_answered_with_a_500() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let token = browser.get("/").await.is(200).form("search")[0].1.clone();
    let large = vec![b'a'; 10 * 1024 * 1024];
    for path in ["/patients", "/launch", "/launch/candidate"] {
        for (case, kind, body, status) in [
            (
                "NUL",
                FORM,
                b"form_token=x&mode=%00&token=%00&launch=%00".to_vec(),
                400,
            ),
            (
                "lone surrogate",
                FORM,
                b"mode=%ED%A0%80&token=%ED%A0%80".to_vec(),
                400,
            ),
            ("broken escape", FORM, b"mode=%".to_vec(), 400),
            ("10 MB", FORM, large.clone(), 413),
            ("JSON", "application/json", b"{}".to_vec(), 415),
            ("parts", "multipart/form-data", b"--".to_vec(), 415),
        ] {
            let page = browser
                .send(Method::POST, path, Some((kind, body)), &[])
                .await;
            assert_eq!(page.status, status, "{path} {case}: {}", page.body);
        }
    }
    let long = "1".repeat(121);
    for mode in [
        "insurance",
        "card",
        "certificate",
        "four",
        "board",
        "launch",
        "",
        "x",
    ] {
        for value in ["", "'", "<b>", &long, "あ・・・", "\u{202E}"] {
            let fields: Vec<(&str, &str)> = [
                "insurer",
                "symbol",
                "number",
                "branch",
                "name",
                "birth_date",
                "sex",
                "address",
                "insurer_name",
                "candidate",
            ]
            .into_iter()
            .map(|name| (name, value))
            .chain([("form_token", &*token), ("mode", mode)])
            .collect();
            let page = browser.post("/patients", &fields).await;
            assert_eq!(page.status, 422, "{mode} {value}: {}", page.body);
            assert!(!page.texts("#flash").join("").is_empty(), "{mode} {value}");
            assert!(!page.body.contains("<b>'") && !page.body.contains("value=\"<b>\""));
        }
    }
    assert!(app.ledger.all_open_grants().is_empty());
}
