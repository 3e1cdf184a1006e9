//! What the app makes of each fault: the sections of that source say why, everything else is as
//! ever, and nothing is left behind.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use emergency_summary::{
    config::Budgets,
    domain::section::SourceName,
    sources::{Endpoint, Limits, Tls},
};

use super::{Fault, FaultProxy};
use crate::{
    app::{TestApp, open, whole_summary},
    browser::Page,
    races::until,
};

/// The longest a page may take here: its budget, and what a machine busy with other tests may need.
const IN_TIME: Duration = Duration::from_secs(12);
/// Sections that only emr carries.
const FROM_EMR: [&str; 4] = ["allergies", "infections", "labs", "problems"];
/// Sections that others carry.
const FROM_OTHERS: [&str; 4] = ["operations", "dialysis", "visits", "procedures"];

/// An app whose emr is behind the proxy.
fn behind(proxy: &FaultProxy, tls: Tls) -> TestApp {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let app = TestApp::start_with(folder, |options| {
        options.budgets = Budgets {
            source_ms: 2_000,
            last_ms: 2_500,
            ..options.budgets
        };
        let endpoint = Endpoint {
            base: proxy.base(),
            tls,
            // Each fault is met, not only the first five.
            limits: Limits {
                failures: u32::MAX,
                failure_percent: 101,
                warm: None,
                ..Limits::default()
            },
            ..Endpoint::default()
        };
        options.instead.insert(SourceName::Emr, endpoint);
    });
    proxy.lead_to(&app.guide.sources["emr"]);
    app
}

fn state(page: &Page, section: &str) -> String {
    let state = page.attributes(&format!("section#section-{section}"), "data-state");
    state.into_iter().next().expect("every section is there")
}

/// Waits until the app has at most so many connections open.
async fn all_but(proxy: &FaultProxy, most: usize) {
    until("connections are closed", || proxy.connections() <= most).await;
}

#[actix_web::test]
async fn whatever_is_between_app_and_source_costs_that_sources_sections_only() {
    let proxy = FaultProxy::start();
    let app = behind(&proxy, Tls::default());
    let browser = app.physician().await;
    let mut patients = app.guide.patients.iter();
    let mut next = || patients.next().expect("a patient each");
    // What the proxy mixes up later has to have passed it before.
    let healthy = whole_summary(&browser, &open(&browser, next()).await).await;
    assert_eq!(state(&healthy, "allergies"), "present", "{}", healthy.body);
    let late = "時間内に応答が得られません";
    let garbled = "応答を読めません";
    let large = "応答が上限を超える大きさです";
    for (fault, why) in [
        (Fault::Drip, late),
        (Fault::HangAfterHead, late),
        (Fault::Reset, "接続できません"),
        (Fault::PromisesMore, garbled),
        (Fault::PromisesLess, garbled),
        (Fault::Html, garbled),
        (Fault::Earlier, "別の患者の応答を拒否"),
        (Fault::Bomb, large),
        (Fault::Huge, large),
    ] {
        proxy.set(fault);
        let before = proxy.taken();
        let patient = next();
        let path = open(&browser, patient).await;
        let begun = Instant::now();
        let page = whole_summary(&browser, &path).await;
        assert!(
            begun.elapsed() < IN_TIME,
            "{fault:?}: {:?}",
            begun.elapsed()
        );
        for section in FROM_EMR {
            assert_eq!(state(&page, section), "not_fetched", "{fault:?} {section}");
        }
        for section in FROM_OTHERS {
            let state = state(&page, section);
            assert!(
                state != "not_fetched" && state != "coming",
                "{fault:?} {section}: {state}"
            );
        }
        assert!(page.body.contains(why), "{fault:?}: {}", page.body);
        let taken = proxy.taken() - before;
        assert!(taken < 40_000_000, "{fault:?}: {taken} bytes were taken");
        proxy.set(Fault::None);
        // The one that stays open for the next patient, at most.
        all_but(&proxy, 16).await;
    }
    let entries = app.entries();
    let refused = entries.matches("source_refused").count();
    assert_eq!(refused, 1, "the other patient's answer: {entries}");
    drop(app);
    all_but(&proxy, 0).await;
}

#[actix_web::test]
async fn a_chain_without_an_end_is_cut_and_said_to_be_a_part() {
    let proxy = FaultProxy::start();
    let app = behind(&proxy, Tls::default());
    let browser = app.physician().await;
    proxy.set(Fault::Endless);
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = whole_summary(&browser, &path).await;
    assert!(page.body.contains("ペニシリン"), "what came is shown");
    for section in ["allergies", "labs"] {
        let part = page.texts(&format!("section#section-{section}"));
        assert!(part.concat().contains("一部のみ"), "{section}: {part:?}");
    }
    // Seven searches of at most 200 pages each.
    assert!(proxy.requests() < 1_500, "{}", proxy.requests());
    let visits = page.texts("section#section-visits").concat();
    assert!(!visits.contains("一部のみ"), "{visits}");
}

#[actix_web::test]
async fn a_slow_answer_comes_and_a_source_that_works_again_is_shown_again() {
    let proxy = FaultProxy::start();
    let app = behind(&proxy, Tls::default());
    let browser = app.physician().await;
    proxy.set(Fault::Delay(Duration::from_millis(250)));
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = whole_summary(&browser, &path).await;
    assert_eq!(state(&page, "allergies"), "present", "{}", page.body);
    proxy.set(Fault::Html);
    let path = open(&browser, &app.guide.patients[1]).await;
    let broken = whole_summary(&browser, &path).await;
    assert_eq!(state(&broken, "labs"), "not_fetched");
    proxy.set(Fault::None);
    let mended = whole_summary(&browser, &path).await;
    assert_ne!(state(&mended, "labs"), "not_fetched", "{}", mended.body);
}

#[actix_web::test]
async fn a_source_with_a_certificate_of_its_own_authority_is_read_and_a_slow_handshake_is_not_waited_for()
 {
    let (proxy, pem) = FaultProxy::start_tls();
    let tls = Tls {
        authorities: Some(pem),
        ..Tls::default()
    };
    let app = behind(&proxy, tls);
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = whole_summary(&browser, &path).await;
    assert_eq!(state(&page, "allergies"), "present", "{}", page.body);
    drop(app);
    all_but(&proxy, 0).await;

    // Without a connection that is open already.
    let (proxy, pem) = FaultProxy::start_tls();
    proxy.set(Fault::SlowHandshake);
    let tls = Tls {
        authorities: Some(pem),
        ..Tls::default()
    };
    let app = behind(&proxy, tls);
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let begun = Instant::now();
    let page = whole_summary(&browser, &path).await;
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
    assert_eq!(state(&page, "allergies"), "not_fetched");
    assert!(page.body.contains("接続できません"), "{}", page.body);
    assert_ne!(state(&page, "visits"), "not_fetched");
    all_but(&proxy, 0).await;
}
