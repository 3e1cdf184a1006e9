//! The glass through HTTP: renewal, consent, the one more confirmation, one's own grants of today.

use std::time::Duration;

use crate::{
    app::{TestApp, break_glass, fill, open, pairs, search, whole_summary},
    browser::{Browser, Page},
};

/// The consent form without the boxes that nobody ticked.
fn unticked(page: &Page) -> Vec<(String, String)> {
    let mut fields = page.form("consent");
    fields.retain(|(name, _)| !matches!(&**name, "how" | "categories"));
    fields
}

/// The keys that a page's fragments carry.
fn keys(page: &Page) -> Vec<String> {
    let mut keys: Vec<String> = page
        .attributes("[data-patient-key]", "data-patient-key")
        .iter()
        .map(ToString::to_string)
        .collect();
    keys.sort();
    keys.dedup();
    keys
}

fn grant_of(path: &str) -> &str {
    path.trim_start_matches("/summary/")
}

async fn end(browser: &Browser, path: &str, why: &str) -> Page {
    let page = browser.get(path).await.is(200);
    let fields = page.form(&format!("end-{}", why.replace('_', "-")));
    let to = format!("/grants/{}/end", grant_of(path));
    browser.post(&to, &pairs(&fields)).await
}

#[actix_web::test]
async fn a_grant_is_renewed_with_one_digit_from_fifteen_minutes_before_its_end() {
    let app = TestApp::start();
    let account = app.account("physician").clone();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = browser.get(&path).await.is(200);
    assert_eq!(page.attributes("#renewal[hidden]", "data-at"), ["900"]);
    let early = page.form("renew");
    let to = format!("/grants/{}/renew", grant_of(&path));
    let mut fields = early.clone();
    fill(&mut fields, "reason", "1");
    let refused = browser.post(&to, &pairs(&fields)).await.is(422);
    assert!(
        refused
            .texts("#renewal[open] #flash")
            .join("")
            .contains("15分前")
    );
    assert_eq!(keys(&refused), keys(&page), "the patient stays in view");
    assert_eq!(refused.headers["refresh"], page.headers["refresh"]);
    assert_eq!(app.entries().matches("\"viewed\"").count(), 2);

    // In the last quarter of an hour, at whatever terminal.
    app.clock.advance(Duration::from_mins(3 * 60 + 46));
    let browser = app.signed_in(&account).await;
    let page = browser.get(&path).await.is(200);
    assert!(page.attributes("#renewal[hidden]", "data-at").is_empty());
    let mut fields = page.form("renew");
    for burst in ["", "4912345678904", "11", "0"] {
        fill(&mut fields, "reason", burst);
        browser.post(&to, &pairs(&fields)).await.is(422);
    }
    fill(&mut fields, "reason", "１");
    let renewed = browser.post(&to, &pairs(&fields)).await.is(303);
    let renewed = renewed.location.expect("a place to go");
    assert_ne!(renewed, path);
    let again = browser.post(&to, &pairs(&fields)).await.is(303);
    assert_eq!(again.location.as_ref(), Some(&renewed), "sent twice");
    let over = browser.get(&path).await.is(410);
    assert!(over.body.contains("更新されています"), "{}", over.body);
    let now = browser.get(&renewed).await.is(200);
    assert_eq!(keys(&now), keys(&page));
    let out = app.entries();
    assert_eq!(out.matches("\"renews\"").count(), 1);
    assert_eq!(out.matches("\"end\":\"renewed\"").count(), 1);
}

#[actix_web::test]
async fn consent_shows_what_was_consented_to_and_withholds_the_rest() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let hit = search(&browser, patient).await.is(200);
    let form = break_glass(&browser, &hit, "0").await.is(200);
    assert!(!app.entries().contains("grant_started"));
    let mut wrong = unticked(&form);
    fill(&mut wrong, "taken_by", "鈴木 看護師");
    fill(&mut wrong, "categories", "everything");
    for how in ["oral", ""] {
        fill(&mut wrong, "how", how);
        let page = browser.post("/grants", &pairs(&wrong)).await.is(422);
        assert!(page.body.contains("鈴木 看護師"), "the fields are kept");
    }
    let mut fields = unticked(&form);
    fill(&mut fields, "how", "card_reader");
    fill(&mut fields, "categories", "drugs");
    let path = browser.post("/grants", &pairs(&fields)).await.is(303);
    let path = path.location.expect("a place to go");
    let page = whole_summary(&browser, &path).await;
    let state = |section: &str| {
        let section = format!("#section-{section}");
        page.attributes(&section, "data-state").join("")
    };
    assert_eq!(state("drugs"), "present");
    for section in ["allergies", "infections", "labs", "problems", "documents"] {
        assert_eq!(state(section), "withheld", "{section}");
    }
    assert!(!page.body.contains("ペニシリン"));
    let out = app.entries();
    let viewed: Vec<_> = out
        .lines()
        .filter(|line| line.contains("\"viewed\""))
        .collect();
    assert!(
        viewed
            .iter()
            .all(|line| line.contains("\"TREAT\"") && !line.contains("BTG"))
    );
    assert!(out.contains("\"consent_categories\":[\"drugs\"]"), "{out}");
}

#[actix_web::test]
async fn the_sixth_reason_is_asked_once_more_with_everything_kept() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let hit = search(&browser, &app.guide.patients[0]).await.is(200);
    let mut fields = hit.form("glass");
    fill(&mut fields, "reason", "6");
    fill(&mut fields, "note", "新生児の母の記録");
    fill(&mut fields, "identified_by", "2");
    let asked = browser.post("/grants", &pairs(&fields)).await.is(200);
    assert!(!app.entries().contains("grant_started"));
    assert_eq!(asked.attributes("#joined", "placeholder"), ["6"]);
    assert!(asked.body.contains("新生児の母の記録"));
    let once_more = asked.form("glass");
    // Made up or from another patient's page it confirms nothing.
    let mut forged = once_more.clone();
    fill(&mut forged, "confirm", "AAAA");
    browser.post("/grants", &pairs(&forged)).await.is(200);
    let opened = browser.post("/grants", &pairs(&once_more)).await.is(303);
    let again = browser.post("/grants", &pairs(&once_more)).await.is(303);
    assert_eq!(opened.location, again.location);
    let out = app.entries();
    assert!(out.contains("\"flags\":[\"other_reason\"]"), "{out}");
    assert!(out.contains("\"identified_by\":\"companion\""), "{out}");
    assert_eq!(out.matches("\"grant_started\"").count(), 1);
}

#[actix_web::test]
async fn own_grants_of_today_are_corrected_by_new_entries_and_name_nobody_once_over() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let path = open(&browser, patient).await;
    let page = browser.get("/grants").await.is(200);
    assert!(page.body.contains(&patient.name));
    let to = format!("/grants/{}/correct", grant_of(&path));
    let mut fields = page.form("correct-1");
    fill(&mut fields, "reason", "6");
    let wrong = browser.post(&to, &pairs(&fields)).await.is(422);
    assert!(wrong.body.contains("補足を入力"), "{}", wrong.body);
    fill(&mut fields, "note", "搬送後に意識は清明");
    browser.post(&to, &pairs(&fields)).await.is(303);
    end(&browser, &path, "hand").await.is(303);
    fill(&mut fields, "reason", "");
    fill(&mut fields, "note", "家族にも確認");
    browser.post(&to, &pairs(&fields)).await.is(303);
    let page = browser.get("/grants").await.is(200);
    for words in [
        "1 意識障害",
        "訂正：6 その他",
        "搬送後に意識は清明",
        "家族にも確認",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains(&patient.name) && keys(&page).is_empty());
    let colleague = app.signed_in(&app.account("nurse").clone()).await;
    let theirs = colleague.get("/grants").await.is(200);
    assert!(!theirs.body.contains("搬送後"));
    let token = theirs.form("lock");
    fill(&mut fields, "form_token", &token[0].1);
    colleague.post(&to, &pairs(&fields)).await.is(403);
    assert_eq!(app.entries().matches("\"corrected\"").count(), 2);
}

#[actix_web::test]
async fn how_a_grant_ended_is_said_after_a_restart() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let cookies = browser.cookies();
    let folder = app.stop();
    let app = TestApp::start_in(folder);
    let browser = app.browser();
    for (name, value) in cookies {
        browser.set_cookie(&name, &value);
    }
    let over = browser.get(&path).await.is(410);
    assert!(over.body.contains("再起動"), "{}", over.body);
}

/// Values that no field of these forms takes.
const BAD: [&str; 9] = [
    "",
    "7",
    "11",
    "x",
    "%00",
    "%ED%A0%80",
    "n1.0000",
    "../../etc/passwd",
    "4912345678904491234567890449123456789044912345678904",
];

#[actix_web::test]
async fn bad_input_to_the_forms_of_a_grant_has_a_sentence_and_no_effect() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let grant = grant_of(&path).to_owned();
    let hit = search(&browser, &app.guide.patients[1]).await.is(200);
    let crew = app.signed_in(&app.account("paramedic").clone()).await;
    let token = browser.get(&path).await.is(200).form("note")[0].1.clone();
    let candidate = hit.form("glass");
    let candidate = candidate.iter().find(|(name, _)| name == "candidate");
    let candidate = &candidate.expect("a candidate").1;
    let before = app.entries().lines().count();
    let long = "あ".repeat(900);
    let mut tried = 0;
    for (to, names) in [
        ("/grants".to_owned(), vec!["reason", "candidate", "confirm"]),
        ("/grants".to_owned(), vec!["how", "categories", "taken_by"]),
        (format!("/grants/{grant}/renew"), vec!["reason"]),
        (format!("/grants/{grant}/correct"), vec!["reason"]),
        ("/grants/n1.0000/renew".to_owned(), vec!["reason"]),
        ("/grants/n1.0000/correct".to_owned(), vec!["reason", "note"]),
    ] {
        for name in names {
            for bad in BAD.into_iter().chain([long.as_str()]) {
                let basis = if matches!(name, "how" | "categories" | "taken_by") {
                    "consented"
                } else {
                    "emergency"
                };
                let candidate = match name {
                    "candidate" => String::new(),
                    _ => format!("&candidate={candidate}"),
                };
                let body = format!("form_token={token}&basis={basis}&{name}={bad}{candidate}");
                let page = browser
                    .send(
                        reqwest::Method::POST,
                        &to,
                        Some(("application/x-www-form-urlencoded", body.into_bytes())),
                        &[],
                    )
                    .await;
                let refused = matches!(page.status.as_u16(), 400 | 403 | 404 | 422);
                assert!(refused, "{to} {name}={bad}: {} {}", page.status, page.body);
                assert!(page.body.contains("<h1"), "{to} {name}={bad}");
                tried += 1;
            }
        }
    }
    assert!(tried > 80);
    // Another facility's account, with a form of its own session.
    let theirs = crew.get("/grants").await.is(200).form("lock")[0].1.clone();
    for what in ["renew", "correct", "end", "note"] {
        let fields = [
            ("form_token", theirs.as_str()),
            ("reason", "2"),
            ("note", "x"),
            ("end", "hand"),
        ];
        crew.post(&format!("/grants/{grant}/{what}"), &fields)
            .await
            .is(403);
    }
    let out = app.entries();
    for word in ["\"corrected\"", "\"grant_ended\"", "\"noted\""] {
        assert!(!out.contains(word), "{word}");
    }
    assert_eq!(out.matches("\"grant_started\"").count(), 1);
    assert!(out.lines().count() >= before);
    browser.get(&path).await.is(200);
}
