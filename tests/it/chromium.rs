//! A real browser: headless Chromium through its own driver.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use emergency_summary::cli::demo::{GuideAccount, GuidePatient};
use fantoccini::{Client, ClientBuilder, Locator, key::Key};
use serde_json::json;

use crate::app::TestApp;

/// A driver process; killed when dropped, with the browsers it started.
struct Driver {
    process: Child,
    port: u16,
    /// Kept open: what it says later must not end it.
    _output: BufReader<ChildStdout>,
}

impl Driver {
    /// The port it takes by itself may be taken for the other kind of address at the same moment;
    /// then it says so and ends, and is started again.
    fn start() -> Self {
        (0..10)
            .find_map(|_| Self::try_start())
            .expect("a driver with a free port")
    }

    fn try_start() -> Option<Self> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed (tests/run does it)");
        let mut output = BufReader::new(process.stdout.take().expect("its output"));
        let port = output
            .by_ref()
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                line.rsplit_once("on port ")
                    .and_then(|(_, port)| port.trim_end_matches('.').parse().ok())
                    .filter(|port| *port != 0)
            });
        let Some(port) = port else {
            process.wait().expect("it has ended");
            return None;
        };
        Some(Self {
            process,
            port,
            _output: output,
        })
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

/// Signs a physician in with keys alone.
async fn sign_in(app: &TestApp, browser: &Client) {
    sign_in_as(app, browser, app.account("physician")).await;
}

async fn sign_in_as(app: &TestApp, browser: &Client, account: &GuideAccount) {
    browser
        .goto(&format!("http://localhost:{}/login", app.address.port()))
        .await
        .expect("the sign-in page");
    type_into(browser, "form#login [name=account]", &account.account).await;
    type_into(browser, "form#login [name=password]", &account.password).await;
    let code = app.code(account);
    type_into(browser, "form#login [name=code]", &(code + &enter())).await;
    shown(browser, "form#search").await;
}

/// Types the number of a patient; the last key is Enter.
async fn find(browser: &Client, patient: &GuidePatient) {
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
}

/// Types where the focus is: nothing is clicked, the reason field has the focus.
async fn type_reason(browser: &Client, keys: &str) {
    shown(browser, "[name=reason]:focus").await;
    let focused = browser
        .active_element()
        .await
        .expect("something has the focus");
    assert_eq!(
        focused.attr("name").await.expect("an attribute").as_deref(),
        Some("reason")
    );
    focused
        .send_keys(&(keys.to_owned() + &enter()))
        .await
        .expect("keys");
}

/// From the sign-in page to the summary with keys alone: once the number is typed, Enter, a digit
/// and Enter.
async fn walk(app: &TestApp, browser: &Client) {
    sign_in(app, browser).await;
    open(browser, &app.guide.patients[0]).await;
}

async fn open(browser: &Client, patient: &GuidePatient) {
    find(browser, patient).await;
    type_reason(browser, "1").await;
    shown(browser, "section#section-drugs").await;
}

/// How far the page is wider and higher than its window.
async fn overflow(browser: &Client) -> (i64, i64) {
    let script = "const e = document.documentElement; return [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight];";
    let sizes = browser.execute(script, Vec::new()).await.expect("sizes");
    (
        sizes[0].as_i64().expect("a number"),
        sizes[1].as_i64().expect("a number"),
    )
}

/// Makes the page itself this large, whatever the browser takes for its own frame.
async fn resize(browser: &Client, (width, height): (u32, u32)) {
    browser
        .set_window_size(width, height)
        .await
        .expect("a size");
    let inner = browser
        .execute("return window.innerHeight;", Vec::new())
        .await
        .expect("a height");
    let inner = inner
        .as_u64()
        .and_then(|height| u32::try_from(height).ok())
        .expect("a height");
    browser
        .set_window_size(width, 2 * height - inner)
        .await
        .expect("a size");
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
    let browser = driver.browser(profile.path(), true, (1366, 768)).await;
    resize(&browser, (1366, 768)).await;
    walk(&app, &browser).await;
    read_the_summary(&browser).await;
    let picture = browser.screenshot().await.expect("a picture");
    std::fs::write(screens().join("warfarin-1366x768.png"), picture).expect("written");
    assert_eq!(
        overflow(&browser).await,
        (0, 0),
        "nothing to scroll in either direction"
    );
    browser.close().await.expect("closed");
}

#[actix_web::test]
async fn no_page_scrolls_sideways_and_the_strip_stays_in_view() {
    let app = TestApp::start();
    let driver = Driver::start();
    let profile = tempfile::tempdir().expect("a folder");
    let browser = driver.browser(profile.path(), true, (1366, 768)).await;
    sign_in(&app, &browser).await;
    for (number, story) in [
        "400件",
        "12件のアレルギー",
        "62字",
        "どの情報源にも患者がいない",
    ]
    .iter()
    .enumerate()
    {
        open(&browser, app.patient(story)).await;
        for size in [(1366, 768), (1920, 1080), (1024, 768), (500, 844)] {
            resize(&browser, size).await;
            assert_eq!(overflow(&browser).await.0, 0, "{story} at {size:?}");
            // Scrolled to the end, every allergen is still there.
            let script = "window.scrollTo(0, 1e6); const r = document.getElementById('strip').getBoundingClientRect(); const seen = [...document.querySelectorAll('.allergen')].every((a) => a.getBoundingClientRect().bottom <= r.bottom); return seen && r.top >= 0 && r.bottom <= innerHeight;";
            let seen = browser
                .execute(script, Vec::new())
                .await
                .expect("an answer");
            assert_eq!(seen, json!(true), "{story} at {size:?}");
        }
        let picture = browser.screenshot().await.expect("a picture");
        std::fs::write(screens().join(format!("narrow-{number}.png")), picture).expect("written");
        browser
            .goto(&format!("http://localhost:{}/", app.address.port()))
            .await
            .expect("the first page");
        shown(&browser, "form#search").await;
    }
    browser.close().await.expect("closed");
}

#[actix_web::test]
async fn a_scanners_burst_opens_nothing_and_five_keys_work_the_summary() {
    let app = TestApp::start();
    let driver = Driver::start();
    let profile = tempfile::tempdir().expect("a folder");
    let browser = driver.browser(profile.path(), true, (1366, 768)).await;
    sign_in(&app, &browser).await;
    find(&browser, &app.guide.patients[0]).await;
    type_reason(&browser, "49123456789012345678").await;
    shown(&browser, "form#glass [name=reason][aria-invalid=true]").await;
    let typed = browser.find(Locator::Css("form#glass [name=reason]")).await;
    let typed = typed.expect("the field").prop("value").await;
    assert_eq!(typed.expect("a value").as_deref(), Some(""));
    type_reason(&browser, "1").await;
    shown(&browser, "section#section-drugs").await;

    // Letters that come as fast as a scanner types are no commands; one by one they are.
    key(&browser, "nple").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    shown(&browser, "body[data-look=emergency]").await;
    key(&browser, "n").await;
    shown(&browser, "body[data-look=normal]").await;
    key(&browser, "n").await;
    shown(&browser, "body[data-look=emergency]").await;
    key(&browser, "e").await;
    shown(&browser, "html[lang=en]").await;
    key(&browser, &Key::Escape.to_string()).await;
    shown(&browser, "body.is-covered #cover").await;
    key(&browser, &enter()).await;
    shown(&browser, "body:not(.is-covered)").await;
    key(&browser, "p").await;
    shown(&browser, "#print-again:not([hidden])").await;
    key(&browser, "p").await;
    shown(&browser, "body.page-print").await;
    browser.back().await.expect("the screen again");
    shown(&browser, "section#section-drugs").await;
    key(&browser, "l").await;
    shown(&browser, "form#unlock").await;
    browser.close().await.expect("closed");
}

#[actix_web::test]
async fn a_screen_left_alone_locks_itself_with_scripts_off() {
    const SEAT: u64 = 12;
    let folder = std::sync::Arc::new(tempfile::tempdir().expect("a folder"));
    let app = TestApp::start_with(folder, |options| options.budgets.idle_lock_seconds = SEAT);
    let driver = Driver::start();
    let profile = tempfile::tempdir().expect("a folder");
    let browser = driver.browser(profile.path(), false, (1366, 768)).await;
    walk(&app, &browser).await;
    read_the_summary(&browser).await;
    // The app's clock stands; the browser's goes on.
    app.clock.advance(Duration::from_secs(SEAT - 1));
    browser
        .wait()
        .at_most(Duration::from_secs(2 * SEAT))
        .for_element(Locator::Css("form#unlock"))
        .await
        .expect("the lock");
    let left = browser.source().await.expect("the page");
    assert!(!left.contains("ペニシリン") && !left.contains(&app.guide.patients[0].name));
    browser.back().await.expect("the page before");
    shown(&browser, "form#unlock").await;
    let left = browser.source().await.expect("the page");
    assert!(!left.contains("ペニシリン"), "nor is it behind the lock");
    browser.close().await.expect("closed");
}

#[actix_web::test]
async fn a_colleagues_patient_is_joined_by_keys_and_a_burst_joins_nothing() {
    let app = TestApp::start();
    let patient = &app.guide.patients[0];
    let first = app.physician().await;
    crate::app::open(&first, patient).await;
    let colleague = app
        .guide
        .accounts
        .iter()
        .find(|account| account.account == "dr-kato");
    let colleague = colleague.expect("a second physician").clone();
    let driver = Driver::start();
    for scripts in [true, false] {
        let profile = tempfile::tempdir().expect("a folder");
        let browser = driver.browser(profile.path(), scripts, (1366, 768)).await;
        sign_in_as(&app, &browser, &colleague).await;
        shown(&browser, "form#current-1").await;
        type_into(&browser, "form#current-1 button", &enter()).await;
        shown(&browser, "form#glass #joined").await;
        // Into every field but the reason a scanner may type what it likes.
        let burst = "49A23456789012345678".to_owned() + &enter();
        for field in ["judged_by", "note"] {
            type_into(&browser, &format!("form#glass [name={field}]"), &burst).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        shown(&browser, "form#glass #joined").await;
        assert_eq!(app.ledger.all_open_grants().len(), 1, "nothing was joined");
        browser
            .goto(&format!("http://localhost:{}/", app.address.port()))
            .await
            .expect("the first page");
        shown(&browser, "form#current-1").await;
        let picture = browser.screenshot().await.expect("a picture");
        std::fs::write(screens().join("current.png"), picture).expect("written");
        type_into(&browser, "form#current-1 button", &enter()).await;
        shown(&browser, "form#glass #joined").await;
        // With scripts the next digit takes the place of the colleague's.
        type_reason(&browser, if scripts { "4" } else { "" }).await;
        shown(&browser, "section#section-drugs").await;
        let joined = app.ledger.all_open_grants();
        let joined = joined.first().expect("the newest");
        let reason = joined.reason.expect("a reason").digit();
        assert_eq!(reason, if scripts { 4 } else { 1 });
        let form = "form#logout button";
        type_into(&browser, form, &enter()).await;
        shown(&browser, "form#login").await;
        browser.close().await.expect("closed");
    }
}

#[actix_web::test]
async fn what_is_uncovered_is_covered_again_by_escape_and_never_printed() {
    let app = TestApp::start();
    let driver = Driver::start();
    let profile = tempfile::tempdir().expect("a folder");
    let browser = driver.browser(profile.path(), true, (1366, 768)).await;
    sign_in(&app, &browser).await;
    open(&browser, app.patient("未告知")).await;
    let button = Locator::Css("form#uncover-problems button");
    browser.wait().for_element(button).await.expect("a button");
    let button = browser.find(button).await.expect("a button");
    button.click().await.expect("clicked");
    shown(&browser, "body.page-uncovered .tag-danger").await;
    let rows = text_of(&browser, "#section-problems").await;
    assert!(rows.contains("膵癌") && rows.contains("未告知"), "{rows}");
    let picture = browser.screenshot().await.expect("a picture");
    std::fs::write(screens().join("uncovered.png"), picture).expect("written");
    let rules = "return [...document.styleSheets].flatMap((s) => [...s.cssRules]).some((r) => r.media && r.media.mediaText === 'print' && r.cssText.includes('.page-uncovered > *'));";
    let hidden = browser.execute(rules, vec![]).await.expect("an answer");
    assert_eq!(hidden, true, "paper holds only the count");
    key(&browser, &Key::Escape.to_string()).await;
    shown(&browser, "body.page-summary .row-covered").await;
    assert!(!browser.source().await.expect("a page").contains("膵癌"));
    browser.close().await.expect("closed");
}

/// Keys to whatever has the focus, at the pace of a hand: what follows another key within 50 ms
/// is taken for a scanner's.
async fn key(browser: &Client, keys: &str) {
    tokio::time::sleep(Duration::from_millis(200)).await;
    let focused = browser.active_element().await.expect("a focus");
    focused.send_keys(keys).await.expect("keys");
}
