//! Where things are: nothing outside of the page, cut, or on top of something else, and the
//! allergies always in view.

use emergency_summary::demo::sources::Fault;
use serde_json::{Value, json};

use crate::{
    app::{TestApp, open},
    browser::Browser,
};

use super::driver::{Eye, Scripts, Window, desk, hand};

/// Where a usual patient fits without scrolling.
const DESKS: [Window; 3] = [desk(1366, 768), desk(1280, 1024), desk(1920, 1080)];
/// Every window there is.
const WINDOWS: [Window; 6] = [
    desk(1366, 768),
    desk(1280, 1024),
    desk(1920, 1080),
    hand(1024, 768),
    hand(1280, 800),
    hand(390, 844),
];
/// 400 results, 12 allergies, 14 drugs; unknown to every source, known without any record;
/// sources that contradict each other; the longest name.
const PATIENTS: [usize; 7] = [36, 44, 12, 31, 35, 42, 29];

/// What is wrong with the page as it is in this window.
pub(super) async fn faults(eye: &Eye, what: &str) -> Vec<String> {
    let seen = eye.probe("layout").await;
    let mut faults = words(&seen["wrong"]);
    if seen["sideways"] != json!(0) {
        faults.push(format!("scrolls sideways by {}", seen["sideways"]));
    }
    faults
        .iter()
        .map(|fault| format!("{what}: {fault}"))
        .collect()
}

/// The sentences of a measurement.
pub(super) fn words(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list");
    let word = |value: &Value| value.as_str().expect("words").to_owned();
    list.iter().map(word).collect()
}

/// Looks at one summary in every window and both languages.
async fn look(eye: &Eye, path: &str, what: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for language in ["ja", "en"] {
        eye.speak(language).await;
        for window in WINDOWS {
            let what = format!("{what} {language} {:?}", window.size);
            eye.window(window).await;
            eye.goto(path).await;
            decided(eye).await;
            wrong.extend(faults(eye, &what).await);
            let strip = words(&eye.probe("strip").await);
            wrong.extend(strip.iter().map(|fault| format!("{what}: strip {fault}")));
        }
    }
    wrong
}

/// Waits until nothing is still asked for, neither a section nor one of several sources of it.
pub(super) async fn decided(eye: &Eye) {
    eye.shown("body:not([data-late], :has(section[data-state=coming])) section#section-documents")
        .await;
}

#[actix_web::test]
async fn a_usual_patient_fits_every_desk_without_scrolling_and_reads_the_allergy_first() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&browser).await;
    let mut wrong = look(&eye, &path, "usual").await;
    for language in ["ja", "en"] {
        eye.speak(language).await;
        for window in DESKS {
            eye.window(window).await;
            eye.goto(&path).await;
            decided(&eye).await;
            let down = eye.probe("layout").await["down"].clone();
            if down != json!(0) {
                wrong.push(format!(
                    "{language} {:?}: scrolls down by {down}",
                    window.size
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let strip = eye.text("#strip").await;
    assert!(strip.contains("ペニシリン"), "{strip}");
    eye.close().await;
}

#[actix_web::test]
async fn whatever_a_patient_brings_nothing_is_cut_or_covered_and_the_strip_stays_in_view() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&browser).await;
    let mut wrong = Vec::new();
    for number in PATIENTS {
        let path = open(&browser, &app.guide.patients[number - 1]).await;
        wrong.extend(look(&eye, &path, &format!("patient {number}")).await);
    }
    wrong.extend(look_at_nothing(&app, &browser, &eye).await);
    assert!(wrong.is_empty(), "{wrong:#?}");
    eye.close().await;
}

/// A patient whose sources are all down, the register of persons too.
async fn look_at_nothing(app: &TestApp, browser: &Browser, eye: &Eye) -> Vec<String> {
    app.faults.set_all(Fault::Status(503));
    let path = open(browser, &app.guide.patients[1]).await;
    let wrong = look(eye, &path, "all down").await;
    assert_eq!(eye.count("section[data-state=not_fetched]").await, 12);
    app.faults.set_all(Fault::None);
    wrong
}

/// The measurement itself: a page with one of each fault, and each is named.
#[actix_web::test]
async fn the_measurement_sees_each_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    let faulty = [
        (
            "too wide",
            "<p style='width:3em;white-space:nowrap'>比較的長い文字列</p>",
        ),
        (
            "too high",
            "<p style='height:1em;overflow:hidden'>一<br>二<br>三</p>",
        ),
        (
            "dots",
            "<p style='overflow:hidden;text-overflow:ellipsis'>短い</p>",
        ),
        (
            "placeholder cut",
            "<input style='width:4em' placeholder='比較的長い文字列'>",
        ),
        (
            "outside of the page",
            "<p style='position:fixed;right:-2em'>はみ出す</p>",
        ),
        (
            "on top of each other",
            "<p style='margin:0'>上</p><p style='margin:-1em 0'>下</p>",
        ),
        (
            "sections on top of each other",
            "<section id=a style='height:9em'></section><section id=b style='height:9em;margin-top:-1em'></section>",
        ),
        ("scrolls sideways", "<p style='width:200vw;height:1em'></p>"),
        (
            "too small for a finger",
            "<button style='height:20px'>押す</button>",
        ),
    ];
    let eye = Eye::of_folder(folder.path()).await;
    eye.window(hand(390, 844)).await;
    for (fault, html) in faulty {
        let page = format!(
            "<!doctype html><html lang=ja><meta name=viewport content='width=device-width'><body style='margin:0;padding:60px 0'>{html}"
        );
        std::fs::write(folder.path().join("faulty.html"), page).expect("written");
        eye.goto("/faulty.html").await;
        let found = faults(&eye, "").await;
        assert!(
            found.iter().any(|said| said.contains(fault)),
            "{fault}: {found:?}"
        );
    }
    eye.close().await;
}
