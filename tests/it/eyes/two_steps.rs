//! The answer in two steps: what is late comes in its place, nothing moves, the focus stays.

use emergency_summary::{demo::sources::Fault, domain::section::SourceName};
use serde_json::json;

use crate::app::{TestApp, open};

use super::{
    driver::{Eye, Scripts, desk},
    layout::{decided, words},
};

/// Notes where things are and which element the strip is, and listens for its changes.
const NOTE: &str = "window.stripBefore = document.getElementById('strip'); window.heard = [];
    new MutationObserver(() => heard.push(stripBefore.innerText)).observe(stripBefore, { childList: true, subtree: true, characterData: true });
    window.placesBefore = places(); return document.querySelectorAll('section[data-state=coming]').length;
    function places() { return Object.fromEntries([...document.querySelectorAll('section[id], #banner, #strip, .never')].map((e) => { const b = e.getBoundingClientRect(); return [e.id || e.className, [b.left, b.top]]; })); }";
/// What moved since, and what the browser counted as moved.
const MOVED: &str = "const now = Object.fromEntries([...document.querySelectorAll('section[id], #banner, #strip, .never')].map((e) => { const b = e.getBoundingClientRect(); return [e.id || e.className, [b.left, b.top]]; }));
    return new Promise((done) => { const shifts = []; new PerformanceObserver((list) => shifts.push(...list.getEntries())).observe({ type: 'layout-shift', buffered: true });
    requestAnimationFrame(() => setTimeout(() => done([
      ...Object.keys(now).filter((id) => placesBefore[id] && placesBefore[id].some((n, i) => Math.abs(n - now[id][i]) > 1)).map((id) => `${id}: ${placesBefore[id]} -> ${now[id]}`),
      ...shifts.filter((s) => s.value > 0).map((s) => `shift ${s.value}: ` + s.sources.map((x) => x.node && (x.node.id || x.node.className || x.node.nodeName)).join(', ')),
    ]), 100)); });";

/// The page asks for what is late only when it is let.
const HOLD: &str =
    "const ask = window.fetch; const let_go = new Promise((go) => { window.letGo = go; });
    window.fetch = (...what) => let_go.then(() => ask(...what));";

#[actix_web::test]
async fn what_is_late_fills_its_place_nothing_moves_and_the_focus_stays() {
    let app = TestApp::start();
    let browser = app.physician().await;
    for (number, (width, height)) in [(0, (1366, 768)), (11, (1920, 1080)), (30, (1280, 1024))] {
        let eye = Eye::open(&app, Scripts::On).await;
        eye.adopt(&browser).await;
        eye.window(desk(width, height)).await;
        let hold = json!({"source": HOLD});
        eye.devtools("Page.addScriptToEvaluateOnNewDocument", hold)
            .await;
        // Each of the source's searches in a row waits for as long.
        app.faults.set(SourceName::Emr, Fault::Delay(600));
        let path = open(&browser, &app.guide.patients[number]).await;
        eye.goto(&path).await;
        let coming = eye.script(NOTE, Vec::new()).await;
        assert!(
            coming.as_u64() >= Some(4),
            "{number}: sections are coming: {coming}"
        );
        let strip = eye.text("#strip").await;
        assert!(strip.contains("照会中"), "{strip}");
        eye.script(
            "document.getElementById('section-drugs').focus();",
            Vec::new(),
        )
        .await;
        eye.script("letGo();", Vec::new()).await;
        decided(&eye).await;
        app.faults.set(SourceName::Emr, Fault::None);
        let focused = eye.focused().await.attr("id").await.expect("an answer");
        assert_eq!(
            focused.as_deref(),
            Some("section-drugs"),
            "{number}: the focus"
        );
        let moved = words(&eye.script(MOVED, Vec::new()).await);
        assert!(
            moved.is_empty(),
            "{number} at {width} × {height}: {moved:#?}"
        );
        announced(&eye).await;
        eye.close().await;
    }
}

/// The strip is the same element, live before and after, and has said something else.
async fn announced(eye: &Eye) {
    let same =
        "return document.getElementById('strip') === stripBefore && stripBefore.isConnected;";
    assert_eq!(eye.script(same, Vec::new()).await, json!(true));
    let strip = eye.element("#strip").await;
    let live = strip.attr("aria-live").await.expect("an answer");
    assert!(
        matches!(live.as_deref(), Some("polite" | "assertive")),
        "{live:?}"
    );
    let heard = words(&eye.script("return heard;", Vec::new()).await);
    let last = heard.last().expect("the strip has changed");
    assert!(!last.contains("照会中"), "{last}");
}
