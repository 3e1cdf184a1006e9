//! axe-core finds nothing: every page, both languages, by day and by night.

use emergency_summary::demo::sources::Fault;

use crate::app::{TestApp, open, whole_summary};

use super::{
    driver::{DESK, Eye, Scripts, crate_root, enter, hand},
    layout::{faults, words},
    snapshots,
};

/// The library's own choice of rules, and the size of what is pressed (WCAG 2.2, 2.5.8). A row's
/// mark stands in a line of text and is as high as that (its exception "inline"); for a finger the
/// whole row is pressed, which `layout` measures.
const RUN: &str = "axe.configure({ rules: [{ id: 'target-size', enabled: true, selector: '*:not(.row .origin > summary)' }] });
    return axe.run(document, { resultTypes: ['violations'], iframes: false, preload: false }).then(
    (seen) => seen.violations.map((rule) => rule.id + ': ' + rule.nodes.slice(0, 4).map((node) =>
    node.target.join(' ') + ' ' + (node.any[0] || node.all[0] || node.none[0] || {}).message).join(' | ')));";

/// The library as published.
pub(super) fn axe() -> String {
    let file = crate_root().join("target/npm/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(file).expect("axe-core is installed (tests/run does it)")
}

/// What the library finds on the page as it is, by day and by night.
pub(super) async fn violations(eye: &Eye, axe: &str, what: &str) -> Vec<String> {
    let mut found = Vec::new();
    eye.script(axe, Vec::new()).await;
    for dark in [false, true] {
        eye.dark(dark).await;
        let hour = if dark { "dark" } else { "light" };
        let seen = words(&eye.script(RUN, Vec::new()).await);
        found.extend(seen.iter().map(|rule| format!("{what} {hour}: {rule}")));
    }
    eye.dark(false).await;
    found
}

#[actix_web::test]
async fn axe_finds_nothing_on_the_pages_as_they_are_served() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let usual = open(&browser, &app.guide.patients[0]).await;
    let mut paths = vec![
        "/".to_owned(),
        usual.clone(),
        format!("{usual}/normal"),
        format!("{usual}/late"),
        format!("{usual}/print"),
        "/nothing-here".to_owned(),
        "/summary/nobodys".to_owned(),
        "/audit".to_owned(),
        "/audit/receipts".to_owned(),
        "/audit/disclosure".to_owned(),
        "/audit/report".to_owned(),
        "/audit/lists".to_owned(),
        "/factors".to_owned(),
    ];
    let letters = open(&browser, app.patient("当院宛ての紹介状")).await;
    let letters = whole_summary(&browser, &letters).await;
    paths.extend(
        letters
            .attributes("a.open-document", "href")
            .into_iter()
            .take(2),
    );
    let covered = open(&browser, app.patient("未告知")).await;
    for number in [36, 44, 42] {
        paths.push(open(&browser, &app.guide.patients[number - 1]).await);
    }
    let eye = Eye::open(&app, Scripts::On).await;
    let axe = axe();
    let mut found = Vec::new();
    eye.goto("/login").await;
    eye.adopt(&browser).await;
    for language in ["ja", "en"] {
        eye.speak(language).await;
        for path in &paths {
            eye.goto(path).await;
            let page = path.rsplit('/').next().expect("a name");
            found.extend(violations(&eye, &axe, &format!("{page} {language}")).await);
        }
        eye.goto(&covered).await;
        let button = eye.element("form#uncover-problems button").await;
        button.send_keys(&enter()).await.expect("a key");
        eye.shown("body.page-uncovered").await;
        found.extend(violations(&eye, &axe, &format!("uncovered {language}")).await);
        found.extend(faults(&eye, &format!("uncovered {language}")).await);
    }
    app.faults.set_all(Fault::Status(503));
    let down = open(&browser, &app.guide.patients[1]).await;
    eye.goto(&down).await;
    found.extend(violations(&eye, &axe, "all down").await);
    eye.goto("/").await;
    let lock = eye.element("form#lock button").await;
    lock.send_keys(&enter()).await.expect("a key");
    eye.shown("form#unlock").await;
    found.extend(violations(&eye, &axe, "locked").await);
    assert!(found.is_empty(), "{found:#?}");
    eye.close().await;
}

#[actix_web::test]
async fn axe_finds_nothing_on_any_page_there_is_and_none_scrolls_sideways() {
    let app = TestApp::start();
    let folder = tempfile::tempdir().expect("a folder");
    let pages = snapshots::unpacked(&app, folder.path()).await;
    let eye = Eye::of_folder(folder.path()).await;
    let axe = axe();
    let mut found = Vec::new();
    for page in pages {
        eye.goto(&format!("/{page}")).await;
        found.extend(violations(&eye, &axe, &page).await);
        if !page.contains("hostile") {
            found.extend(faults(&eye, &page).await);
            eye.window(hand(390, 844)).await;
            found.extend(faults(&eye, &format!("{page} phone")).await);
            eye.window(DESK).await;
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    eye.close().await;
}

/// The library itself is at work: it names what is wrong with a page that is wrong.
#[actix_web::test]
async fn axe_sees_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = "<!doctype html><html><body style='background:#fff;color:#eee'><main><h1>Hardly to be read</h1><input><img src=x>
        <button style='width:9px;height:9px;padding:0'>a</button><button style='width:9px;height:9px;padding:0'>b</button></main>";
    std::fs::write(folder.path().join("faulty.html"), page).expect("written");
    let eye = Eye::of_folder(folder.path()).await;
    eye.goto("/faulty.html").await;
    let found = violations(&eye, &axe(), "").await.join("\n");
    for rule in [
        "color-contrast",
        "html-has-lang",
        "image-alt",
        "label",
        "document-title",
        "target-size",
    ] {
        assert!(found.contains(rule), "{rule}: {found}");
    }
    eye.close().await;
}
