//! The main job: sign in, find, break glass, one screen, logged.

use std::time::Duration;

use crate::app::{
    SECTIONS, TestApp, break_glass, fill, open, pairs, search, search_number, whole_summary,
};

#[actix_web::test]
async fn a_physician_signs_in_finds_the_patient_breaks_the_glass_and_reads_one_screen() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];

    let hit = search(&browser, patient).await.is(200);
    assert!(hit.body.contains(&patient.name), "{}", hit.body);
    let reason = hit.attributes("form#glass input[name=reason]", "type");
    assert_eq!(reason.first().map(String::as_str), Some("tel"));

    let opened = break_glass(&browser, &hit, "１").await.is(303);
    let path = opened.location.expect("a place to go");
    assert!(path.starts_with("/summary/"), "{path}");
    let page = whole_summary(&browser, &path).await;
    for section in SECTIONS {
        let state = page.attributes(&format!("section#section-{section}"), "data-state");
        assert_eq!(state.len(), 1, "{section}");
        assert_ne!(state[0], "coming", "{section}");
    }
    let keys = page.attributes("[data-patient-key]", "data-patient-key");
    assert!(
        keys.len() >= 12 && keys.iter().all(|key| *key == keys[0]),
        "{keys:?}"
    );
    let allergies = page.texts("section#section-allergies").join(" ");
    assert!(allergies.contains("ペニシリン"), "{allergies}");
    let drugs = page.texts("section#section-drugs").join(" ");
    assert!(
        drugs.contains("ワルファリン") || drugs.contains("ワーファリン"),
        "{drugs}"
    );
    assert!(drugs.contains("同成分 2件"), "{drugs}");
    assert_eq!(page.headers["cache-control"], "no-store");
    assert!(!path.contains(&patient.number));

    let out = app.entries();
    for kind in ["signed_in", "searched", "grant_started", "viewed"] {
        assert!(out.contains(kind), "{kind} is recorded: {out}");
    }
}

#[actix_web::test]
async fn a_number_is_found_in_any_width_with_hyphens_and_kana_of_any_kind() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let wide = |text: &str| -> String {
        text.chars()
            .map(|c| match c {
                '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).expect("a full-width form"),
                other => other,
            })
            .collect()
    };
    let hyphenated = patient
        .number
        .chars()
        .flat_map(|c| [c, '-'])
        .collect::<String>();
    for (insurer, symbol, number) in [
        (
            patient.insurer.clone(),
            patient.symbol.clone(),
            patient.number.clone(),
        ),
        (
            wide(&patient.insurer),
            wide(&patient.symbol),
            wide(&patient.number),
        ),
        (patient.insurer.clone(), patient.symbol.clone(), hyphenated),
    ] {
        let hit = search_number(&browser, &insurer, &symbol, &number, &patient.branch)
            .await
            .is(200);
        assert!(hit.body.contains(&patient.name), "{insurer} {number}");
    }
    let without_branch = search_number(
        &browser,
        &patient.insurer,
        &patient.symbol,
        &patient.number,
        "",
    )
    .await
    .is(200);
    assert!(without_branch.body.contains(&patient.name));
}

#[actix_web::test]
async fn every_member_of_the_family_is_a_candidate_and_none_is_preselected() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let family = app
        .guide
        .patients
        .iter()
        .find(|patient| {
            app.guide.patients.iter().any(|other| {
                other.branch != patient.branch
                    && (&other.insurer, &other.symbol, &other.number)
                        == (&patient.insurer, &patient.symbol, &patient.number)
            })
        })
        .expect("a family on one number");
    let page = search_number(
        &browser,
        &family.insurer,
        &family.symbol,
        &family.number,
        "",
    )
    .await
    .is(200);
    let members: Vec<_> = app
        .guide
        .patients
        .iter()
        .filter(|other| (&other.insurer, &other.number) == (&family.insurer, &family.number))
        .collect();
    assert!(members.len() >= 2);
    for member in &members {
        assert!(page.body.contains(&member.name), "{}", member.name);
    }
    assert!(
        page.attributes("input[name=reason][autofocus]", "name")
            .is_empty()
    );
    let exact = search_number(
        &browser,
        &family.insurer,
        &family.symbol,
        &family.number,
        &family.branch,
    )
    .await
    .is(200);
    for other in members.iter().filter(|other| other.branch != family.branch) {
        assert!(
            !exact.body.contains(&other.name),
            "the branch tells them apart"
        );
    }
}

#[actix_web::test]
async fn a_grant_for_one_patient_never_opens_another() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let first = &app.guide.patients[0];
    let second = &app.guide.patients[1];
    let first_path = open(&browser, first).await;
    let page = whole_summary(&browser, &first_path).await;
    assert!(page.body.contains(&first.name) && !page.body.contains(&second.name));

    let second_path = open(&browser, second).await;
    assert_ne!(first_path, second_path);
    let page = whole_summary(&browser, &second_path).await;
    assert!(page.body.contains(&second.name) && !page.body.contains(&first.name));

    let stranger = app
        .signed_in(
            app.guide
                .accounts
                .iter()
                .filter(|account| account.role == "physician")
                .nth(1)
                .expect("a second physician"),
        )
        .await;
    let refused = stranger.get(&first_path).await;
    let unknown = stranger.get("/summary/demo.AAAAAAAAAAAAAAAAAAAAAA").await;
    assert_eq!(refused.status, unknown.status);
    assert!(refused.status.is_client_error());
    assert!(!refused.body.contains(&first.name));
}

#[actix_web::test]
async fn the_reason_is_exactly_one_digit_and_a_scanners_burst_is_none() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let hit = search(&browser, &app.guide.patients[0]).await.is(200);
    for wrong in [
        "",
        "7",
        "9",
        "12",
        "11",
        "a",
        "45012345678901234567",
        "1 1",
        "６６",
        "¹¹",
    ] {
        let page = break_glass(&browser, &hit, wrong).await;
        assert_eq!(page.status, 422, "{wrong:?}");
        assert!(page.location.is_none());
    }
    let mut fields = hit.form("glass");
    fill(&mut fields, "reason", "1");
    fields.push(("reason".to_owned(), "2".to_owned()));
    assert_eq!(
        browser.post("/grants", &pairs(&fields)).await.status,
        422,
        "two different reasons"
    );
    let without_note = break_glass(&browser, &hit, "6").await;
    assert_eq!(without_note.status, 422, "その他 needs a note");
    let mut fields = hit.form("glass");
    fill(&mut fields, "reason", "6");
    fill(&mut fields, "note", "新生児の母");
    let once_more = browser.post("/grants", &pairs(&fields)).await.is(200);
    let fields = once_more.form("glass");
    browser.post("/grants", &pairs(&fields)).await.is(303);
}

#[actix_web::test]
async fn a_second_look_asks_nothing_and_every_look_has_its_entry() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    for _ in 0..3 {
        browser.get(&path).await.is(200);
    }
    let hit = search(&browser, &app.guide.patients[0]).await.is(200);
    let again = break_glass(&browser, &hit, "2").await.is(303);
    assert_eq!(
        again.location.as_deref(),
        Some(path.as_str()),
        "the open grant is used"
    );
    let out = app.entries();
    assert_eq!(out.matches("\"viewed\"").count(), 3, "{out}");
    assert_eq!(out.matches("\"grant_started\"").count(), 1);
}

#[actix_web::test]
async fn what_is_said_at_a_second_look_is_not_lost() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let hit = search(&browser, &app.guide.patients[0]).await.is(200);
    let mut fields = vec![
        (
            "form_token".to_owned(),
            hit.attributes("input[name=form_token]", "value").remove(0),
        ),
        (
            "candidate".to_owned(),
            hit.attributes("input[name=candidate]", "value").remove(0),
        ),
    ];
    fill(&mut fields, "basis", "emergency");
    fill(&mut fields, "note", "家族が到着");
    fill(&mut fields, "identified_by", "2");
    let again = browser.post("/grants", &pairs(&fields)).await.is(303);
    assert_eq!(again.location.as_deref(), Some(path.as_str()));
    let out = app.entries();
    assert_eq!(out.matches("\"noted\"").count(), 1, "{out}");
    assert_eq!(out.matches("\"identified\"").count(), 1, "{out}");
}

#[actix_web::test]
async fn a_grant_ends_after_four_hours_and_once() {
    let app = TestApp::start();
    let account = app.account("physician").clone();
    let browser = app.signed_in(&account).await;
    let path = open(&browser, &app.guide.patients[0]).await;
    browser.get(&path).await.is(200);
    app.clock.advance(Duration::from_secs(4 * 3600 + 1));
    let browser = app.signed_in(&account).await;
    let over = browser.get(&path).await;
    assert!(over.status.is_client_error(), "{}", over.status);
    assert!(!over.body.contains("ワルファリン") && !over.body.contains("ワーファリン"));
    browser.get(&path).await;
    let out = app.entries();
    assert_eq!(out.matches("\"grant_ended\"").count(), 1, "{out}");
}

#[actix_web::test]
async fn the_wrong_patient_is_covered_at_once_and_the_grant_ends() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = browser.get(&path).await.is(200);
    let grant = path.trim_start_matches("/summary/");
    let token = page
        .attributes("input[name=form_token]", "value")
        .first()
        .cloned()
        .expect("a form token");
    let ended = browser
        .post(
            &format!("/grants/{grant}/end"),
            &[("form_token", &token), ("end", "wrong_patient")],
        )
        .await;
    assert_eq!(ended.status, 303, "{}", ended.body);
    assert!(browser.get(&path).await.status.is_client_error());
    let out = app.entries();
    assert!(out.contains("wrong_patient"), "{out}");
}

#[actix_web::test]
async fn a_restart_ends_every_open_grant() {
    let app = TestApp::start();
    let browser = app.physician().await;
    open(&browser, &app.guide.patients[0]).await;
    open(&browser, &app.guide.patients[1]).await;
    let folder = app.ledger.clone();
    drop(folder);
    // Stopped without any farewell to the grants, as a killed process would be.
    let folder = app.stop();
    let again = TestApp::start_in(folder);
    let out = again.entries();
    assert_eq!(out.matches("\"restart\"").count(), 2, "{out}");
    assert!(again.ledger.all_open_grants().is_empty());
}
