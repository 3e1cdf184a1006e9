//! The real app with its real simulated sources on free ports, as the demo starts it.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use emergency_summary::{
    access::Finding,
    cli::demo::{self, Guide, GuideAccount, GuidePatient},
    config::Budgets,
    demo::sources::Faults,
    domain::clock::{Clock, Moment},
    domain::entropy::Entropy,
    health::Health,
    ledger::Ledger,
    registry::Registry,
    review::Review,
    sources::Limits,
    summary::Rules,
    system::{SystemClock, SystemEntropy},
};

use crate::browser::{Browser, Page};

/// The twelve sections of every summary, in the screen's order.
pub(crate) const SECTIONS: [&str; 12] = [
    "allergies",
    "contraindications",
    "drugs",
    "infections",
    "labs",
    "problems",
    "operations",
    "dialysis",
    "visits",
    "procedures",
    "checkups",
    "documents",
];

/// A clock that stands still until a test moves it.
pub(crate) struct TestClock(Mutex<Moment>);

impl TestClock {
    /// Real time of this moment.
    pub(crate) fn starting_now() -> Self {
        Self(Mutex::new(SystemClock.now()))
    }

    /// Both clocks go on.
    pub(crate) fn advance(&self, span: Duration) {
        let mut now = self.0.lock().expect("a clock");
        now.since_boot += span;
        now.wall += span;
    }

    /// The wall clock is moved, and no time passes.
    pub(crate) fn step(&self, seconds: i64) {
        let mut now = self.0.lock().expect("a clock");
        now.wall += chrono::TimeDelta::seconds(seconds);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        *self.0.lock().expect("a clock")
    }
}

/// A running app. Dropping it stops it and verifies its ledger.
pub(crate) struct TestApp {
    /// Where pages are.
    pub address: SocketAddr,
    /// What `demo.json` says.
    pub guide: Guide,
    /// The clock the app reads.
    pub clock: Arc<TestClock>,
    /// Switches for the simulated sources.
    pub faults: Faults,
    /// The app's ledger.
    pub ledger: Ledger,
    /// The app's registry.
    pub registry: Registry,
    /// How the app does.
    pub health: Health,
    /// An auditor's work.
    pub review: Review,
    /// The app's folder.
    pub folder: Arc<tempfile::TempDir>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl TestApp {
    /// Starts an app in a fresh folder.
    pub(crate) fn start() -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().expect("a folder")))
    }

    /// Starts an app in a folder that may have been used before.
    pub(crate) fn start_in(folder: Arc<tempfile::TempDir>) -> Self {
        Self::start_with(folder, |_| {})
    }

    /// Starts an app that differs in what `change` says.
    #[expect(
        clippy::too_many_lines,
        reason = "everything that an app is started with"
    )]
    pub(crate) fn start_with(
        folder: Arc<tempfile::TempDir>,
        change: impl FnOnce(&mut demo::Options),
    ) -> Self {
        let clock = Arc::new(TestClock::starting_now());
        let (ready, started) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let mut options = demo::Options {
            folder: folder.path().to_owned(),
            port: 0,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy) as Arc<dyn Entropy>,
            // What is late is another test's matter: here disk and processors are shared.
            budgets: Budgets {
                commit_ms: 10_000,
                source_ms: 4_000,
                last_ms: 4_500,
                ..Budgets::default()
            },
            rules: Rules::default(),
            instead: BTreeMap::new(),
            // Tests count the requests about patients.
            limits: Limits {
                warm: None,
                ..Limits::default()
            },
            finding: Finding::default(),
            archive: None,
            registry: None,
            cache: emergency_summary::cache::Settings::default(),
            outbox: emergency_summary::outbox::Outbox::default(),
        };
        change(&mut options);
        let thread = std::thread::Builder::new()
            .name("app".to_owned())
            .spawn(move || {
                actix_web::rt::System::new().block_on(async move {
                    let app = demo::start(&options).await.expect("the app starts");
                    ready
                        .send((
                            app.node.address,
                            app.guide.clone(),
                            app.sources.faults(),
                            app.node.ledger.clone(),
                            app.node.registry.clone(),
                            app.node.health.clone(),
                            app.node.review.clone(),
                        ))
                        .expect("the test waits");
                    stopped.await.ok();
                    app.stop().await;
                });
            })
            .expect("a thread");
        let (address, guide, faults, ledger, registry, health, review) = started
            .recv_timeout(Duration::from_mins(1))
            .expect("the app starts in time");
        Self {
            address,
            guide,
            clock,
            faults,
            ledger,
            registry,
            health,
            review,
            folder,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// A browser that was never here before.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// The first account with a role.
    pub(crate) fn account(&self, role: &str) -> &GuideAccount {
        self.guide
            .accounts
            .iter()
            .find(|account| account.role == role)
            .expect("an account with that role")
    }

    /// The first patient whose story has these words.
    pub(crate) fn patient(&self, story: &str) -> &GuidePatient {
        self.guide
            .patients
            .iter()
            .find(|patient| patient.story.contains(story))
            .expect("a patient with that story")
    }

    /// The one-time code of this moment; the clock goes on by a step first, since each code is
    /// good for one sign-in.
    pub(crate) fn code(&self, account: &GuideAccount) -> String {
        self.clock.advance(Duration::from_secs(30));
        let unix = u64::try_from(self.clock.now().wall.timestamp()).expect("after 1970");
        demo::code(&account.totp_secret, unix).expect("a code")
    }

    /// A browser in which this account is signed in.
    pub(crate) async fn signed_in(&self, account: &GuideAccount) -> Browser {
        let browser = self.browser();
        let page = self.sign_in(&browser, account).await;
        assert_eq!(page.status, 303, "{}", page.body);
        browser
    }

    /// Posts name, password and code together.
    pub(crate) async fn sign_in(&self, browser: &Browser, account: &GuideAccount) -> Page {
        let login = browser.get("/login").await.is(200);
        let code = self.code(account);
        let mut fields = login.form("login");
        fill(&mut fields, "account", &account.account);
        fill(&mut fields, "password", &account.password);
        fill(&mut fields, "code", &code);
        browser.post("/login", &pairs(&fields)).await
    }

    /// The first physician, signed in.
    pub(crate) async fn physician(&self) -> Browser {
        self.signed_in(self.account("physician")).await
    }

    /// Every entry so far, one JSON object a line.
    #[track_caller]
    pub(crate) fn entries(&self) -> String {
        let folder = self.folder.path().display().to_string();
        let (code, out) = ledger_command(&["export", "--format", "ndjson", "--dir", &folder]);
        assert_eq!(code, 0, "{out}");
        out
    }

    /// Stops the app now, as a restart would begin.
    pub(crate) fn stop(mut self) -> Arc<tempfile::TempDir> {
        self.stop_now();
        Arc::clone(&self.folder)
    }

    fn stop_now(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.expect("the app ends without a panic");
            }
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop_now();
        if !std::thread::panicking() {
            let (code, out) =
                ledger_command(&["verify", "--dir", &self.folder.path().display().to_string()]);
            assert_eq!(code, 0, "the ledger verifies at the end: {out}");
        }
    }
}

/// Runs `ledger …` in this process; exit code and everything printed.
pub(crate) fn ledger_command(arguments: &[&str]) -> (u8, String) {
    command(&[&["ledger"], arguments].concat())
}

/// Runs a command line in this process; exit code and everything printed.
pub(crate) fn command(arguments: &[&str]) -> (u8, String) {
    use clap::Parser;
    use emergency_summary::cli::{Arguments, run_with};

    let arguments = Arguments::try_parse_from([&["emergency-summary"], arguments].concat())
        .expect("a command line");
    let mut out = Vec::new();
    let mut err = Vec::new();
    let code = run_with(&arguments, &mut out, &mut err);
    out.extend(err);
    (code, String::from_utf8(out).expect("UTF-8"))
}

/// Sets a field of a form.
#[track_caller]
pub(crate) fn fill(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    match fields.iter_mut().find(|(known, _)| known == name) {
        Some(field) => value.clone_into(&mut field.1),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
}

/// As a form is sent.
pub(crate) fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// Searches by number from the front page.
pub(crate) async fn search(browser: &Browser, patient: &GuidePatient) -> Page {
    search_number(
        browser,
        &patient.insurer,
        &patient.symbol,
        &patient.number,
        &patient.branch,
    )
    .await
}

/// Searches by number as typed.
pub(crate) async fn search_number(
    browser: &Browser,
    insurer: &str,
    symbol: &str,
    number: &str,
    branch: &str,
) -> Page {
    let home = browser.get("/").await.is(200);
    let mut fields = home.form("search");
    fill(&mut fields, "insurer", insurer);
    fill(&mut fields, "symbol", symbol);
    fill(&mut fields, "number", number);
    fill(&mut fields, "branch", branch);
    browser.post("/patients", &pairs(&fields)).await
}

/// Breaks the glass on a search's answer with one digit.
pub(crate) async fn break_glass(browser: &Browser, hit: &Page, reason: &str) -> Page {
    let mut fields = hit.form("glass");
    fill(&mut fields, "reason", reason);
    browser.post("/grants", &pairs(&fields)).await
}

/// Number, Enter, digit, Enter: the path of the grant's summary.
pub(crate) async fn open(browser: &Browser, patient: &GuidePatient) -> String {
    let hit = search(browser, patient).await.is(200);
    let opened = break_glass(browser, &hit, "1").await.is(303);
    opened.location.expect("a place to go")
}

/// The summary with everything that will come.
pub(crate) async fn whole_summary(browser: &Browser, path: &str) -> Page {
    let first = browser.get(path).await.is(200);
    if first
        .attributes("section[data-state=coming]", "id")
        .is_empty()
    {
        first
    } else {
        browser.get(&format!("{path}/late")).await.is(200)
    }
}
