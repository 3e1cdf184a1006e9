//! An auditor's morning with the keyboard alone, counted; with scripts and without.

use std::collections::BTreeSet;

use crate::review::{Morning, glass};

use super::{
    access::{axe, violations},
    driver::{Eye, Scripts, enter},
    layout::faults,
};

/// Cases of one morning.
const CASES: usize = 20;
/// Keys that one explained case may take.
const KEYS: usize = 3;

/// So many patients looked at and registered.
async fn looked_at(morning: &Morning) {
    let physician = morning.app.physician().await;
    let mut seen = Vec::new();
    for patient in &morning.app.guide.patients {
        if seen.len() == CASES {
            break;
        }
        if glass(&physician, patient, &[("reason", "1")]).await.status == 303 {
            seen.push((patient, 14));
        }
    }
    assert_eq!(seen.len(), CASES);
    morning.register(&seen).await;
}

/// Until the browser is somewhere else.
async fn gone_on(eye: &Eye, from: &str) {
    for _ in 0..1_500 {
        if eye.path().await != from {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("still at {from}");
}

async fn reviewed(scripts: Scripts) {
    let morning = Morning::new().await;
    looked_at(&morning).await;
    let auditor = morning.auditor().await;
    let eye = Eye::open(&morning.app, scripts).await;
    eye.goto("/login").await;
    eye.adopt(&auditor).await;
    eye.goto("/audit/cases?explained=yes").await;
    // The first case has the focus.
    eye.write(&enter()).await;
    let (mut keys, mut seen) = (1, BTreeSet::new());
    eye.shown("form#verdict").await;
    for left in (0..CASES).rev() {
        assert!(seen.insert(eye.text("h1 .receipt").await), "each once");
        assert_eq!(eye.field().await.as_deref(), Some("verdict"));
        let here = eye.path().await;
        eye.write("1").await;
        eye.write(&enter()).await;
        keys += 2;
        gone_on(&eye, &here).await;
        let next = if left == 0 { "#done" } else { "form#verdict" };
        eye.shown(next).await;
    }
    assert!(keys <= KEYS * CASES, "{keys} keys");
    assert_eq!(morning.app.entries().matches("\"reviewed\"").count(), CASES);
    eye.close().await;
}

#[actix_web::test]
async fn twenty_explained_cases_take_at_most_three_keys_each() {
    reviewed(Scripts::On).await;
}

#[actix_web::test]
async fn twenty_explained_cases_take_no_more_keys_with_scripts_off() {
    reviewed(Scripts::Off).await;
}

#[actix_web::test]
async fn axe_finds_nothing_on_the_auditors_pages_as_they_are_served() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let patient = &morning.app.guide.patients[0];
    glass(&physician, patient, &[("reason", "1")]).await.is(303);
    let auditor = morning.auditor().await;
    let list = auditor.get("/audit/cases").await.is(200);
    let case = list.attributes("a.receipt", "href").remove(0);
    let eye = Eye::open(&morning.app, Scripts::On).await;
    eye.goto("/login").await;
    eye.adopt(&auditor).await;
    let (axe, mut found) = (axe(), Vec::new());
    for language in ["ja", "en"] {
        eye.speak(language).await;
        for path in ["/audit", "/audit/cases", "/audit/integrity", &case] {
            eye.goto(path).await;
            let what = format!("{path} {language}");
            found.extend(violations(&eye, &axe, &what).await);
            found.extend(faults(&eye, &what).await);
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    eye.close().await;
}
