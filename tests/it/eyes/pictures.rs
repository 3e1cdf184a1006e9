//! The pictures of `docs/screens`, made by one command:
//! `cargo test --test it pictures -- --ignored`.

use emergency_summary::demo::sources::Fault;
use serde_json::json;

use crate::app::{TestApp, open};

use super::{
    driver::{DESK, Eye, Scripts, Window, crate_root, desk, hand},
    layout::decided,
};

async fn take(eye: &Eye, path: &str, window: Window, name: &str) {
    eye.window(window).await;
    eye.goto(path).await;
    if !path.ends_with("/print") {
        decided(eye).await;
    }
    let picture = eye
        .devtools("Page.captureScreenshot", json!({"format": "png"}))
        .await;
    let smaller = eye.probe_of("shrink", vec![picture["data"].clone()]).await;
    let smaller = smaller.as_str().expect("a picture").as_bytes();
    let picture = data_encoding::BASE64.decode(smaller).expect("bytes");
    let folder = crate_root().join("docs/screens");
    std::fs::write(folder.join(format!("{name}.png")), picture).expect("written");
}

#[actix_web::test]
#[ignore = "writes docs/screens"]
async fn pictures() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&browser).await;
    let of = async |number: usize| open(&browser, &app.guide.patients[number - 1]).await;
    let usual = of(1).await;
    for (window, name) in [
        (DESK, "usual-1366x768"),
        (desk(1280, 1024), "usual-1280x1024"),
        (desk(1920, 1080), "usual-1920x1080"),
        (hand(1024, 768), "usual-1024x768"),
        (hand(390, 844), "usual-390x844"),
    ] {
        take(&eye, &usual, window, name).await;
    }
    eye.dark(true).await;
    take(&eye, &usual, DESK, "usual-dark").await;
    eye.dark(false).await;
    eye.speak("en").await;
    take(&eye, &usual, DESK, "usual-english").await;
    eye.speak("ja").await;
    take(&eye, &of(36).await, DESK, "heavy").await;
    take(&eye, &of(42).await, DESK, "contradicting").await;
    take(&eye, &format!("{usual}/print"), desk(820, 1160), "print").await;
    app.faults.set_all(Fault::Status(503));
    take(&eye, &of(2).await, DESK, "all-down").await;
    eye.close().await;
}
