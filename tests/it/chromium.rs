//! A real browser: headless Chromium through its own driver.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, key::Key};
use serde_json::json;

use crate::app::TestApp;

/// A driver process; killed when dropped, with the browsers it started.
struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed (tests/run does it)");
        let port = BufReader::new(process.stdout.take().expect("its output"))
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                line.rsplit_once("on port ")
                    .and_then(|(_, port)| port.trim_end_matches('.').parse().ok())
                    .filter(|port| *port != 0)
            })
            .expect("the driver says its port");
        Self { process, port }
    }

    async fn browser(&self, profile: &Path, scripts: bool, size: (u32, u32)) -> Client {
        let mut capabilities = serde_json::Map::new();
        capabilities.insert(
            "goog:chromeOptions".to_owned(),
            json!({
                "args": [
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--hide-scrollbars",
                    "--lang=ja",
                    format!("--window-size={},{}", size.0, size.1),
                    format!("--user-data-dir={}", profile.display()),
                ],
                "prefs": if scripts {
                    json!({})
                } else {
                    json!({"profile.managed_default_content_settings.javascript": 2})
                },
            }),
        );
        ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("a browser")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Where the pictures of the pages go, for looking at.
fn screens() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// From the sign-in page to the summary with keys alone; `type` and Enter, nothing else.
async fn walk(app: &TestApp, browser: &Client) {
    let physician = app.account("physician").clone();
    let patient = app.guide.patients[0].clone();
    browser
        .goto(&format!("http://localhost:{}/login", app.address.port()))
        .await
        .expect("the sign-in page");
    type_into(browser, "form#login [name=account]", &physician.account).await;
    type_into(browser, "form#login [name=password]", &physician.password).await;
    let code = app.code(&physician);
    type_into(browser, "form#login [name=code]", &(code + &enter())).await;
    shown(browser, "form#search").await;

    type_into(browser, "form#search [name=insurer]", &patient.insurer).await;
    type_into(browser, "form#search [name=symbol]", &patient.symbol).await;
    type_into(browser, "form#search [name=branch]", &patient.branch).await;
    type_into(
        browser,
        "form#search [name=number]",
        &(patient.number.clone() + &enter()),
    )
    .await;
    shown(browser, "form#glass").await;

    // Nothing is clicked: the reason field has the focus.
    let focused = browser
        .active_element()
        .await
        .expect("something has the focus");
    assert_eq!(
        focused.attr("name").await.expect("an attribute").as_deref(),
        Some("reason")
    );
    focused
        .send_keys(&("1".to_owned() + &enter()))
        .await
        .expect("keys");
    shown(browser, "section#section-drugs").await;
}

fn enter() -> String {
    Key::Enter.to_string()
}

async fn type_into(browser: &Client, selector: &str, keys: &str) {
    browser
        .find(Locator::Css(selector))
        .await
        .unwrap_or_else(|_| panic!("no {selector}"))
        .send_keys(keys)
        .await
        .expect("keys are taken");
}

async fn shown(browser: &Client, selector: &str) {
    let found = browser
        .wait()
        .at_most(Duration::from_secs(10))
        .for_element(Locator::Css(selector))
        .await;
    if found.is_err() {
        let source = browser.source().await.unwrap_or_default();
        panic!("{selector} does not come:\n{source}");
    }
}

async fn text_of(browser: &Client, selector: &str) -> String {
    browser
        .find(Locator::Css(selector))
        .await
        .unwrap_or_else(|_| panic!("no {selector}"))
        .text()
        .await
        .expect("text")
}

async fn read_the_summary(browser: &Client) {
    // With scripts off the page asks by itself for what was still coming.
    browser
        .wait()
        .at_most(Duration::from_secs(10))
        .for_element(Locator::Css(
            "section#section-labs:not([data-state=coming])",
        ))
        .await
        .expect("the labs are decided");
    let allergies = text_of(browser, "section#section-allergies").await;
    assert!(allergies.contains("ペニシリン"), "{allergies}");
    let drugs = text_of(browser, "section#section-drugs").await;
    assert!(
        drugs.contains("ワルファリン") || drugs.contains("ワーファリン"),
        "{drugs}"
    );
    for section in [
        "contraindications",
        "infections",
        "labs",
        "problems",
        "operations",
        "dialysis",
        "visits",
        "procedures",
        "checkups",
        "documents",
    ] {
        let selector = format!("section#section-{section}");
        assert!(
            browser
                .find(Locator::Css(&selector))
                .await
                .expect("a section")
                .is_displayed()
                .await
                .expect("an answer"),
            "{section}"
        );
    }
}

#[actix_web::test]
async fn the_main_job_works_in_chromium_with_the_keyboard_and_scripts_off() {
    let app = TestApp::start();
    let driver = Driver::start();
    let profile = tempfile::tempdir().expect("a folder");
    let browser = driver.browser(profile.path(), false, (1366, 768)).await;
    walk(&app, &browser).await;
    read_the_summary(&browser).await;
    let picture = browser.screenshot().await.expect("a picture");
    std::fs::write(screens().join("summary-scripts-off.png"), picture).expect("written");
    browser.close().await.expect("closed");
}

#[actix_web::test]
async fn the_summary_fits_1366_by_768_without_scrolling() {
    let app = TestApp::start();
    let driver = Driver::start();
    let profile = tempfile::tempdir().expect("a folder");
    // What headless Chromium takes for its own frame is added, so that the page has 1366 × 768.
    let browser = driver.browser(profile.path(), true, (1366, 768)).await;
    browser.set_window_size(1366, 768).await.expect("a size");
    let inner = browser
        .execute(
            "return [window.innerWidth, window.innerHeight];",
            Vec::new(),
        )
        .await
        .expect("sizes");
    let frame = 768
        - inner[1]
            .as_u64()
            .and_then(|height| u32::try_from(height).ok())
            .expect("a height");
    browser
        .set_window_size(1366, 768 + frame)
        .await
        .expect("a size");
    walk(&app, &browser).await;
    read_the_summary(&browser).await;
    let overflow = browser
        .execute(
            "const e = document.documentElement; return [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight];",
            Vec::new(),
        )
        .await
        .expect("sizes");
    let picture = browser.screenshot().await.expect("a picture");
    std::fs::write(screens().join("warfarin-1366x768.png"), picture).expect("written");
    assert_eq!(
        overflow,
        json!([0, 0]),
        "nothing to scroll in either direction"
    );
    browser.close().await.expect("closed");
}
