//! What is covered is shown only when asked for, and goes back by one key.

use serde_json::json;

use crate::app::{TestApp, open};

use super::{
    driver::{Eye, Scripts, enter, escape},
    layout::decided,
};

#[actix_web::test]
async fn what_is_uncovered_is_covered_again_by_escape_and_never_printed() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, app.patient("未告知")).await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&browser).await;
    eye.goto(&path).await;
    decided(&eye).await;
    let source = async || eye.client().source().await.expect("a page");
    assert!(!source().await.contains("膵癌"));
    let button = eye.element("form#uncover-problems button").await;
    button.send_keys(&enter()).await.expect("a key");
    eye.shown("body.page-uncovered .tag-danger").await;
    let rows = eye.text("#section-problems").await;
    assert!(rows.contains("膵癌") && rows.contains("未告知"), "{rows}");
    eye.devtools("Emulation.setEmulatedMedia", json!({"media": "print"}))
        .await;
    let on_paper = "return document.getElementById('section-problems').checkVisibility();";
    let on_paper = eye.script(on_paper, Vec::new()).await;
    assert_eq!(on_paper, json!(false), "paper holds only the count");
    eye.devtools("Emulation.setEmulatedMedia", json!({"media": ""}))
        .await;
    eye.press(&escape()).await;
    eye.shown("body.page-summary .row-covered").await;
    assert!(!source().await.contains("膵癌"));
    eye.close().await;
}
