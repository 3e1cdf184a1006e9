//! Keys that are commands: one by one, on the summary only, and never while an input method
//! composes.

use serde_json::json;

use crate::app::{TestApp, open};

use super::{
    driver::{Eye, Scripts, enter, escape},
    layout::decided,
    walk::{sign_in, type_number},
};

async fn at_the_summary(app: &TestApp) -> Eye {
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let eye = Eye::open(app, Scripts::On).await;
    eye.adopt(&browser).await;
    eye.goto(&path).await;
    decided(&eye).await;
    eye
}

#[actix_web::test]
async fn five_keys_work_the_summary() {
    let app = TestApp::start();
    let eye = at_the_summary(&app).await;
    eye.press("n").await;
    eye.shown("body[data-look=normal]").await;
    eye.press("n").await;
    eye.shown("body[data-look=emergency]").await;
    eye.press("e").await;
    eye.shown("html[lang=en]").await;
    eye.press(&escape()).await;
    eye.shown("body.is-covered #cover").await;
    eye.press(&enter()).await;
    eye.shown("body:not(.is-covered)").await;
    eye.press("p").await;
    eye.shown("#print-again:not([hidden])").await;
    eye.press("p").await;
    eye.shown("body.page-print").await;
    eye.back().await;
    eye.shown("section#section-drugs").await;
    eye.press("l").await;
    eye.shown("form#unlock").await;
    eye.close().await;
}

/// What the page has done, as far as a key could have made it.
async fn done(eye: &Eye) -> (String, String, usize, usize) {
    let lang = eye
        .element("html")
        .await
        .attr("lang")
        .await
        .expect("an answer");
    (
        eye.path().await,
        lang.unwrap_or_default(),
        eye.count("body.is-covered, dialog[open], [popover]:popover-open")
            .await,
        eye.count("#print-again:not([hidden])").await,
    )
}

/// Notes which keys the page hears.
const HEAR: &str = "window.heard = []; document.addEventListener('keydown',
    (event) => heard.push([event.code, event.keyCode, event.isComposing]), true);";

/// A key as an input method lets it through on its way: what the page hears has the place of the
/// key and the number 229.
async fn composed_key(eye: &Eye, code: &str) {
    for kind in ["rawKeyDown", "keyUp"] {
        let key =
            json!({"type": kind, "code": code, "key": "Process", "windowsVirtualKeyCode": 229});
        eye.devtools("Input.dispatchKeyEvent", key).await;
    }
}

#[actix_web::test]
async fn while_an_input_method_composes_no_key_is_a_command() {
    let app = TestApp::start();
    let eye = at_the_summary(&app).await;
    let before = done(&eye).await;
    eye.script(HEAR, Vec::new()).await;
    let codes = [
        "KeyN", "KeyP", "KeyP", "KeyE", "KeyL", "Slash", "Digit1", "Digit0", "KeyU", "Escape",
    ];
    for code in codes {
        composed_key(&eye, code).await;
        nothing_follows(&eye).await;
        assert_eq!(done(&eye).await, before, "{code}");
    }
    // The other way to say it: events made by a script, since an input method says it only where
    // there is something to write in.
    let composing =
        "for (const code of arguments[0]) document.body.dispatchEvent(new KeyboardEvent(
        'keydown', { code, key: 'Process', isComposing: true, bubbles: true, cancelable: true }));";
    for code in codes {
        eye.script(composing, vec![json!([code])]).await;
        nothing_follows(&eye).await;
        assert_eq!(done(&eye).await, before, "{code}, composing");
    }
    let heard = eye.script("return heard;", Vec::new()).await;
    let composed = |key: &serde_json::Value| key[1] == json!(229) || key[2] == json!(true);
    let heard = heard.as_array().expect("keys");
    assert_eq!(
        heard.len(),
        2 * codes.len(),
        "the page heard them: {heard:?}"
    );
    assert!(heard.iter().all(composed), "{heard:?}");
    eye.press("n").await;
    eye.shown("body[data-look=normal]").await;
    eye.close().await;
}

#[actix_web::test]
async fn the_key_that_confirms_a_composition_does_not_break_the_glass() {
    let app = TestApp::start();
    let eye = Eye::open(&app, Scripts::On).await;
    sign_in(&app, &eye).await;
    type_number(&app, &eye).await;
    eye.write(&enter()).await;
    eye.shown("form#glass").await;
    assert_eq!(eye.field().await.as_deref(), Some("reason"));
    eye.script(HEAR, Vec::new()).await;
    let composition = json!({"text": "１", "selectionStart": 1, "selectionEnd": 1});
    eye.devtools("Input.imeSetComposition", composition).await;
    composed_key(&eye, "Enter").await;
    nothing_follows(&eye).await;
    let heard = eye.script("return heard;", Vec::new()).await;
    assert_eq!(
        heard,
        json!([["Enter", 229, true]]),
        "Enter, while composing"
    );
    eye.devtools("Input.insertText", json!({"text": "１"}))
        .await;
    assert_eq!(eye.count("form#glass").await, 1, "nothing was sent");
    assert!(!app.entries().contains("grant_started"));
    // The full-width digit counts, and now Enter is Enter.
    eye.write(&enter()).await;
    eye.shown("section#section-drugs").await;
    eye.close().await;
}

/// Gives the page the time that it would need to do what it must not do.
pub(super) async fn nothing_follows(eye: &Eye) {
    let wait = "return new Promise((done) => setTimeout(done, 150));";
    eye.script(wait, Vec::new()).await;
}
