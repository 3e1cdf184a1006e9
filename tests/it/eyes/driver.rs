//! One driver for the whole binary, and an eye: a browser with its window and its hands.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Stdio},
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

use fantoccini::{
    Client, ClientBuilder, Locator, elements::Element, key::Key, wd::WebDriverCompatibleCommand,
};
use serde_json::{Value, json};

use crate::{app::TestApp, browser::Browser};

/// Lives as long as any test looks through it, and is shared by all that look at the same time.
static SHARED: Mutex<Weak<Driver>> = Mutex::new(Weak::new());

/// A driver process; killed when dropped, with the browsers it started.
struct Driver {
    process: Child,
    port: u16,
    /// Kept open: what it says later must not end it.
    _output: BufReader<ChildStdout>,
}

impl Driver {
    fn shared() -> Arc<Self> {
        let mut shared = SHARED
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let driver = Arc::new(Self::start());
            *shared = Arc::downgrade(&driver);
            driver
        })
    }

    /// The port it takes by itself may be taken for the other kind of address at the same moment;
    /// then it says so and ends, and is started again.
    fn start() -> Self {
        (0..10)
            .find_map(|_| Self::try_start())
            .expect("a driver with a free port")
    }

    fn try_start() -> Option<Self> {
        let mut process = std::process::Command::new("chromedriver")
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
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Whether the browser runs what a page brings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scripts {
    On,
    Off,
}

/// A browser, at the address of one app.
pub(super) struct Eye {
    client: Client,
    base: String,
    profile: tempfile::TempDir,
    _driver: Arc<Driver>,
}

impl Eye {
    /// A browser that was never here before.
    pub(super) async fn open(app: &TestApp, scripts: Scripts) -> Self {
        Self::at(format!("http://localhost:{}", app.address.port()), scripts).await
    }

    /// The same, at the address instead of the name.
    pub(super) async fn open_by_address(app: &TestApp) -> Self {
        Self::at(format!("http://{}", app.address), Scripts::On).await
    }

    /// A browser for pages of a folder.
    pub(super) async fn of_folder(folder: &Path) -> Self {
        Self::at(format!("file://{}", folder.display()), Scripts::On).await
    }

    /// A browser that reaches the app by another address.
    pub(super) async fn at(base: String, scripts: Scripts) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        Self::of_profile(base, scripts, profile).await
    }

    /// The browser is closed and started again by the same person: what it keeps is there, what
    /// ends with it is not.
    pub(super) async fn reopened(self) -> Self {
        self.client.close().await.expect("closed");
        Self::of_profile(self.base, Scripts::On, self.profile).await
    }

    async fn of_profile(base: String, scripts: Scripts, profile: tempfile::TempDir) -> Self {
        let driver = Driver::shared();
        let mut capabilities = serde_json::Map::new();
        let prefs = match scripts {
            Scripts::On => json!({}),
            Scripts::Off => json!({"profile.managed_default_content_settings.javascript": 2}),
        };
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
                    "--lang=ja",
                    "--window-size=1366,900",
                    format!("--user-data-dir={}", profile.path().display()),
                ],
                "prefs": prefs,
            }),
        );
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({"browser": "ALL"}));
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .expect("a browser");
        let eye = Self {
            client,
            base,
            profile,
            _driver: driver,
        };
        eye.window(DESK).await;
        eye
    }

    /// Takes over the session of a browser that was signed in over HTTP.
    pub(super) async fn adopt(&self, browser: &Browser) {
        for (name, value) in browser.cookies() {
            self.cookie(&name, &value).await;
        }
    }

    /// The language of what is asked for from now on, chosen on the first page.
    pub(super) async fn speak(&self, language: &str) {
        self.goto("/").await;
        if self.count(&format!("html[lang={language}]")).await == 0 {
            let choose = "document.getElementById('language').requestSubmit();";
            self.script(choose, Vec::new()).await;
            self.shown(&format!("html[lang={language}]")).await;
        }
    }

    pub(super) async fn cookie(&self, name: &str, value: &str) {
        let cookie = json!({"name": name, "value": value, "url": self.base, "httpOnly": true});
        self.devtools("Network.setCookie", cookie).await;
    }

    /// What a cookie of the page's address holds, which no script reads.
    pub(super) async fn held(&self, name: &str) -> String {
        let cookie = self.client.get_named_cookie(name).await;
        cookie.expect("a cookie").value().to_owned()
    }

    /// Goes to a path and waits until it is loaded.
    pub(super) async fn goto(&self, path: &str) {
        self.client
            .goto(&format!("{}{path}", self.base))
            .await
            .expect("a page");
    }

    /// One step back, as with the browser's own button.
    pub(super) async fn back(&self) {
        self.client.back().await.expect("the page before");
    }

    /// Where the browser is, without the host.
    pub(super) async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("an address");
        url.path().to_owned()
    }

    /// The page's window, exactly this large.
    pub(super) async fn window(&self, window: Window) {
        let (width, height) = window.size;
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": window.touch}),
        )
        .await;
        self.devtools(
            "Emulation.setTouchEmulationEnabled",
            json!({"enabled": window.touch}),
        )
        .await;
    }

    /// The night shift's colours, or the day's.
    pub(super) async fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({"features": [{"name": "prefers-color-scheme", "value": value}]}),
        )
        .await;
    }

    /// A command of the browser's own debugging protocol.
    pub(super) async fn devtools(&self, command: &'static str, params: Value) -> Value {
        self.client
            .issue_cmd(Command {
                path: "goog/cdp/execute",
                body: json!({"cmd": command, "params": params}),
            })
            .await
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// What the browser has written to its console since it was asked last.
    pub(super) async fn console(&self) -> Value {
        let command = Command {
            path: "se/log",
            body: json!({"type": "browser"}),
        };
        self.client.issue_cmd(command).await.expect("its log")
    }

    /// Runs a script as the driver does, outside of what the page's policy allows to the page.
    pub(super) async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client
            .execute(script, arguments)
            .await
            .expect("an answer")
    }

    /// Runs one of the measurements beside this file.
    pub(super) async fn probe(&self, name: &str) -> Value {
        self.probe_of(name, Vec::new()).await
    }

    /// The same, of something.
    pub(super) async fn probe_of(&self, name: &str, of: Vec<Value>) -> Value {
        let probe = format!(
            "return (async function () {{ {} }}).apply(null, arguments);",
            probe(name)
        );
        self.script(&probe, of).await
    }

    /// Waits for an element; shows the page where it does not come.
    pub(super) async fn shown(&self, selector: &str) {
        let found = self
            .client
            .wait()
            .at_most(Duration::from_secs(15))
            .for_element(Locator::Css(selector))
            .await;
        if found.is_err() {
            let source = self.client.source().await.unwrap_or_default();
            panic!("{selector} does not come:\n{source}");
        }
    }

    /// How many there are now.
    pub(super) async fn count(&self, selector: &str) -> usize {
        let found = self.client.find_all(Locator::Css(selector)).await;
        found.expect("an answer").len()
    }

    /// The one element.
    pub(super) async fn element(&self, selector: &str) -> Element {
        self.client
            .find(Locator::Css(selector))
            .await
            .unwrap_or_else(|_| panic!("no {selector}"))
    }

    /// What can be read in an element.
    pub(super) async fn text(&self, selector: &str) -> String {
        self.element(selector).await.text().await.expect("text")
    }

    /// What has the focus.
    pub(super) async fn focused(&self) -> Element {
        self.client.active_element().await.expect("a focus")
    }

    /// Keys to whatever has the focus, one by one at the pace of a hand: what follows another key
    /// within 50 ms is taken for a scanner's.
    pub(super) async fn press(&self, keys: &str) {
        for key in keys.chars() {
            tokio::time::sleep(Duration::from_millis(120)).await;
            let focused = self.focused().await;
            focused.send_keys(&key.to_string()).await.expect("a key");
        }
    }

    /// Keys to whatever has the focus, where no key is a command.
    pub(super) async fn write(&self, keys: &str) {
        self.focused().await.send_keys(keys).await.expect("keys");
    }

    /// The name of the field that has the focus.
    pub(super) async fn field(&self) -> Option<String> {
        let focused = self.focused().await;
        focused.attr("name").await.expect("an answer")
    }

    /// The client itself, for what only one test does.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Ends the browser.
    pub(super) async fn close(self) {
        self.client.close().await.expect("closed");
    }
}

/// A window on a desk or in a hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Width and height of the page itself.
    pub size: (u32, u32),
    /// Whether a finger points.
    pub touch: bool,
}

/// A ward terminal.
pub(super) const DESK: Window = desk(1366, 768);

/// A window with a mouse.
pub(super) const fn desk(width: u32, height: u32) -> Window {
    Window {
        size: (width, height),
        touch: false,
    }
}

/// A window under a finger.
pub(super) const fn hand(width: u32, height: u32) -> Window {
    Window {
        size: (width, height),
        touch: true,
    }
}

/// The key that confirms.
pub(super) fn enter() -> String {
    Key::Enter.to_string()
}

/// The key to the next field.
pub(super) fn tab() -> String {
    Key::Tab.to_string()
}

/// The key that covers.
pub(super) fn escape() -> String {
    Key::Escape.to_string()
}

/// A measurement beside this file.
fn probe(name: &str) -> String {
    let file = crate_root().join(format!("tests/it/eyes/probes/{name}.js"));
    std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("no {}", file.display()))
}

/// The folder of the crate.
pub(super) fn crate_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A command of this driver beyond the standard.
#[derive(Debug)]
struct Command {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(
        &self,
        base: &reqwest::Url,
        session: Option<&str>,
    ) -> Result<reqwest::Url, <reqwest::Url as std::str::FromStr>::Err> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/{}", self.path))
    }

    fn method_and_body(&self, _: &reqwest::Url) -> (reqwest::Method, Option<String>) {
        (reqwest::Method::POST, Some(self.body.to_string()))
    }
}
