//! When things break: a source costs its own sections, never the page; a ledger that cannot be
//! written costs the page, never the record.

use std::sync::Arc;

use emergency_summary::{demo::sources::Fault, domain::section::SourceName};

use crate::app::{TestApp, break_glass, open, search, whole_summary};

/// Each fault with what emr's sections must say in the end.
const FAULTS: [Fault; 10] = [
    Fault::Hang,
    Fault::Drip,
    Fault::Status(500),
    Fault::Html,
    Fault::HalfBody,
    Fault::OtherPatient,
    Fault::OtherPerson,
    Fault::EmptyWithoutSelf,
    Fault::Reset,
    Fault::BigBody,
];

#[actix_web::test]
async fn a_broken_source_costs_its_own_sections_and_is_never_shown_as_empty() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let app = TestApp::start_with(folder, |options| {
        // Each fault is met, not only the first five.
        options.limits.failures = u32::MAX;
    });
    let browser = app.physician().await;
    // A patient each, so that no cached answer helps out.
    for (fault, patient) in FAULTS.into_iter().zip(app.guide.patients.clone()) {
        app.faults.set(SourceName::Emr, fault);
        let path = open(&browser, &patient).await;
        let page = whole_summary(&browser, &path).await;
        for section in ["allergies", "infections", "labs", "problems"] {
            let state = page.attributes(&format!("section#section-{section}"), "data-state");
            assert_eq!(state, ["not_fetched"], "{fault:?} {section}: {}", page.body);
        }
        for section in ["operations", "visits", "procedures"] {
            let state = page.attributes(&format!("section#section-{section}"), "data-state");
            assert_ne!(state, ["not_fetched"], "{fault:?} {section}");
            assert_ne!(state, ["coming"], "{fault:?} {section}");
        }
        assert!(page.body.contains("取得できず"), "{fault:?}");
        app.faults.set(SourceName::Emr, Fault::None);
    }
}

#[actix_web::test]
async fn a_source_that_keeps_failing_is_left_alone_said_so_and_asked_again_when_it_works() {
    let app = TestApp::start();
    let browser = app.physician().await;
    app.faults.set(SourceName::Emr, Fault::Status(500));
    let mut patients = app.guide.patients.iter();
    for patient in patients.by_ref().take(5) {
        let path = open(&browser, patient).await;
        let page = whole_summary(&browser, &path).await;
        assert!(page.body.contains("情報源がエラー 500"), "{}", page.body);
    }
    let path = open(&browser, patients.next().expect("a patient")).await;
    let asked = app.faults.requests(SourceName::Emr);
    let page = browser.get(&path).await.is(200);
    // A try may fall into this page on a slow machine; it says the error itself.
    if app.faults.requests(SourceName::Emr) == asked {
        assert!(page.body.contains("照会を一時停止中"), "{}", page.body);
        let state = page.attributes("section#section-allergies", "data-state");
        assert_eq!(state, ["not_fetched"]);
    }
    let visits = page.attributes("section#section-visits", "data-state");
    assert_ne!(visits, ["not_fetched"]);
    app.faults.set(SourceName::Emr, Fault::None);
    let begun = std::time::Instant::now();
    loop {
        let page = whole_summary(&browser, &path).await;
        let state = page.attributes("section#section-allergies", "data-state");
        if state != ["not_fetched"] {
            break;
        }
        assert!(begun.elapsed().as_secs() < 30, "{}", page.body);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[actix_web::test]
async fn another_patients_resources_are_never_on_the_page() {
    let app = TestApp::start();
    let browser = app.physician().await;
    for source in SourceName::CLINICAL {
        app.faults.set(source, Fault::OtherPatient);
    }
    let patient = &app.guide.patients[1];
    let path = open(&browser, patient).await;
    let page = whole_summary(&browser, &path).await;
    let drugs = page.attributes("section#section-drugs", "data-state");
    assert_eq!(drugs, ["not_fetched"], "{}", page.body);
    let out = app.entries();
    assert!(
        out.contains("source_refused"),
        "the refusal is recorded: {out}"
    );
}

#[actix_web::test]
async fn a_slow_source_is_said_to_be_coming_and_then_comes() {
    let app = TestApp::start();
    let browser = app.physician().await;
    app.faults.set(SourceName::Emr, Fault::Delay(150));
    let path = open(&browser, &app.guide.patients[0]).await;
    // Four waits of 150 ms in a row do not fit into 220 ms, but into 900 ms.
    let first = browser.get(&path).await.is(200);
    let coming = first.attributes("section[data-state=coming]", "id");
    if coming.is_empty() {
        assert!(first.body.contains("ペニシリン"));
    } else {
        assert!(
            coming.contains(&"section-allergies".to_owned()),
            "{coming:?}"
        );
        assert!(first.body.contains("照会中"), "{}", first.body);
        assert!(
            first.body.contains("/late"),
            "with scripts off the page asks again by itself"
        );
    }
    let late = browser.get(&format!("{path}/late")).await.is(200);
    assert!(
        late.attributes("section[data-state=coming]", "id")
            .is_empty()
    );
    assert!(late.body.contains("ペニシリン"), "{}", late.body);
}

#[actix_web::test]
async fn all_sources_down_is_a_page_that_says_so() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let known = whole_summary(&browser, &path).await;
    assert!(known.body.contains("ペニシリン"));
    app.faults.set_all(Fault::Reset);
    let from_cache = whole_summary(&browser, &path).await;
    assert!(
        from_cache.body.contains("ペニシリン"),
        "what is known stays"
    );

    let unconfirmed = search(&browser, &app.guide.patients[2]).await.is(200);
    assert!(!unconfirmed.body.contains(&app.guide.patients[2].name));
    let opened = break_glass(&browser, &unconfirmed, "2").await.is(303);
    let page = whole_summary(&browser, &opened.location.expect("a place to go")).await;
    for section in ["allergies", "drugs", "labs", "visits"] {
        let state = page.attributes(&format!("section#section-{section}"), "data-state");
        assert_eq!(state, ["not_fetched"], "{section}");
    }
    assert!(page.body.contains("未確認"), "本人情報 未確認");
}

#[actix_web::test]
async fn without_a_ledger_no_clinical_data_leaves() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    whole_summary(&browser, &path).await;
    app.ledger.close();
    for suffix in ["", "/late", "/normal", "/print"] {
        let page = browser.get(&format!("{path}{suffix}")).await;
        assert_eq!(page.status, 503, "{suffix}");
        for word in [
            "ペニシリン",
            "ワルファリン",
            "ワーファリン",
            &app.guide.patients[0].name,
        ] {
            assert!(!page.body.contains(word), "{suffix} holds {word}");
        }
        assert!(page.body.contains("記録できない"), "{}", page.body);
    }
    let ready = browser.get("/health/ready").await;
    assert_eq!(ready.status, 503);
    assert_eq!(browser.get("/health/live").await.status, 200);
}

#[actix_web::test]
async fn beyond_what_can_be_answered_looks_are_refused_at_once_and_the_way_to_a_patient_stays_open()
{
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let app = TestApp::start_with(folder, |options| {
        options.budgets.at_once = 16;
        options.budgets.first_ms = 4_500;
        // No look is spared its wait by a source that is left alone.
        options.limits.failures = u32::MAX;
    });
    let browser = app.physician().await;
    let hit = search(&browser, &app.guide.patients[0]).await.is(200);
    // Before the grant: what is fetched as soon as it opens would answer the looks from the cache.
    app.faults.set(SourceName::Emr, Fault::Hang);
    let opened = break_glass(&browser, &hit, "1").await.is(303);
    let path = opened.location.expect("a place to go");
    // Fourteen of them wait for a source that hangs; no other request takes a seat before that.
    let (refused, first_refused) = tokio::sync::oneshot::channel();
    let refused = std::cell::Cell::new(Some(refused));
    let looks = futures_util::future::join_all((0..20).map(|_| async {
        let look = browser.get(&path).await;
        if look.status == 503
            && let Some(refused) = refused.take()
        {
            refused.send(()).expect("somebody waits for it");
        }
        look
    }));
    let meanwhile = async {
        first_refused.await.expect("a look is refused");
        assert_eq!(browser.get("/admin/health").await.status, 503);
        browser.get("/").await.is(200);
        search(&browser, &app.guide.patients[1]).await.is(200);
        assert_eq!(browser.get("/health/live").await.status, 200);
    };
    let (looks, ()) = futures_util::future::join(looks, meanwhile).await;
    let (refused, answered): (Vec<_>, Vec<_>) =
        looks.into_iter().partition(|look| look.status == 503);
    assert_eq!((answered.len(), refused.len()), (14, 6));
    for look in answered {
        look.is(200);
    }
    for look in refused {
        assert!(look.body.contains("混み合っています"), "{}", look.body);
        assert!(!look.body.contains(&app.guide.patients[0].name));
    }
    browser.get(&path).await.is(200);
}
