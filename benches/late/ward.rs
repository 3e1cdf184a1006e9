//! The product as it runs, signed in, with sources that know everybody and grants for as many as
//! are asked for.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    time::Duration,
};

use emergency_summary::{
    access::Finding,
    cache,
    cli::demo::{self, Guide},
    config::Budgets,
    domain::{
        access::{Grant, GrantId},
        clock::Clock as _,
        date::Date,
        event::{Draft, Event, SecondFactor, Who},
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber, Patient, Sex},
    },
    ledger::Ledger,
    sources::{Endpoint, Limits},
    summary::Rules,
    system::{SystemClock, SystemEntropy},
};
use futures_util::{StreamExt as _, stream};

use crate::{
    browser::{Browser, Page},
    load::Request,
    source::{self, Source},
};

/// Of every number.
pub(crate) const SYMBOL: &str = "1234";

/// The number of the patient with these seven digits.
pub(crate) fn member_number(digits: &str) -> MemberNumber {
    MemberNumber {
        insurer: "06139999".to_owned(),
        symbol: SYMBOL.to_owned(),
        number: digits.to_owned(),
        branch: "01".to_owned(),
    }
}

/// How a ward differs.
pub(crate) struct Options {
    /// Resources of each patient.
    pub(crate) resources: usize,
    /// How many of them are not only results and drugs of years ago.
    pub(crate) recent: usize,
    /// Redis in the place of memory.
    pub(crate) redis: Option<String>,
    /// Whether the ledger stands in memory, where the disk's own stalls shall not count.
    pub(crate) in_memory: bool,
    pub(crate) change: fn(&mut demo::Options),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            resources: 100,
            recent: usize::MAX,
            redis: None,
            in_memory: true,
            change: |_| {},
        }
    }
}

/// A running product.
pub(crate) struct Ward {
    pub(crate) address: SocketAddr,
    pub(crate) metrics: String,
    pub(crate) sources: Vec<Source>,
    ledger: Ledger,
    cookies: String,
    /// A grant as the product itself gave it, by which the others are made.
    pattern: Grant,
    _folder: tempfile::TempDir,
}

impl Ward {
    /// Starts it, signs the first physician in and opens one grant by hand.
    pub(crate) fn start(options: Options) -> Self {
        let sources = source::start(options.resources, options.recent);
        let folder = folder(options.in_memory);
        let (guide, address, ledger) = start(folder.path().to_owned(), &sources, options);
        let browser = Browser::new(address);
        let pattern = waited(async {
            sign_in(&browser, &guide).await;
            open_by_hand(&browser, &guide, &ledger).await
        });
        let cookies = browser.cookies();
        let cookies: Vec<String> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        Self {
            address,
            metrics: guide.metrics_address,
            sources,
            ledger,
            cookies,
            pattern,
            _folder: folder,
        }
    }

    /// Opens a grant for each of these numbers, in process.
    pub(crate) fn open(&self, numbers: std::ops::Range<usize>) -> Vec<GrantId> {
        let opened = numbers.map(|number| self.open_one(number));
        waited(stream::iter(opened).buffered(64).collect())
    }

    async fn open_one(&self, number: usize) -> GrantId {
        let digits = format!("{number:07}");
        let mut grant = self.pattern.clone();
        grant.id = self.ledger.new_grant_id();
        grant.start = SystemClock.now();
        MEMBER_NUMBER_SYSTEM.clone_into(&mut grant.person.system);
        grant.person.number = member_number(&digits);
        grant.person.patient = Some(Patient {
            name: Some(format!("試験 T{digits}X")),
            birth_date: Date::parse("1950-04-01"),
            sex: Some(Sex::Female),
            ..Patient::default()
        });
        grant.patient_key = self
            .ledger
            .patient_key(&grant.facility, &grant.person.number);
        let id = grant.id.clone();
        let draft = Draft {
            who: Some(Who {
                account: grant.account.clone(),
                role: grant.role,
                second_factor: SecondFactor::Totp,
                accounts_as_of: None,
            }),
            facility: grant.facility.clone(),
            terminal: Some(grant.terminal.clone()),
            address: None,
            request: None,
            person: Some(grant.person.clone()),
            event: Event::GrantStarted(Box::new(grant)),
        };
        self.ledger.append(draft).await.unwrap();
        id
    }

    /// The request for a grant's page.
    pub(crate) fn view(&self, grant: &GrantId) -> Request {
        self.page(&format!("/summary/{grant}"))
    }

    /// The request for any page of the one who is signed in.
    pub(crate) fn page(&self, path: &str) -> Request {
        Request::get(self.address, path, &self.cookies)
    }

    pub(crate) fn views(&self, grants: &[GrantId]) -> Vec<Request> {
        grants.iter().map(|grant| self.view(grant)).collect()
    }

    /// Requests to all sources so far.
    pub(crate) fn asked(&self) -> u64 {
        self.sources
            .iter()
            .map(|source| source.behaviour.requests())
            .sum()
    }
}

fn folder(in_memory: bool) -> tempfile::TempDir {
    let place = if in_memory {
        Path::new("/dev/shm")
    } else {
        Path::new(env!("CARGO_TARGET_TMPDIR"))
    };
    tempfile::tempdir_in(place).unwrap()
}

fn start(folder: PathBuf, sources: &[Source], options: Options) -> (Guide, SocketAddr, Ledger) {
    let mut settings = demo::Options {
        folder,
        port: 0,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        budgets: Budgets::default(),
        rules: Rules::default(),
        outbox: emergency_summary::outbox::Outbox::default(),
        instead: sources
            .iter()
            .map(|source| {
                let endpoint = Endpoint {
                    base: source.base.clone(),
                    ..Endpoint::default()
                };
                (source.name, endpoint)
            })
            .collect(),
        finding: Finding::default(),
        archive: None,
        registry: None,
        cache: cache::Settings {
            // Only Redis is asked where there is one.
            bytes: if options.redis.is_some() {
                0
            } else {
                cache::Settings::default().bytes
            },
            redis: options.redis.map(Into::into),
            ..cache::Settings::default()
        },
        limits: Limits::default(),
    };
    (options.change)(&mut settings);
    let (ready, started) = mpsc::channel();
    let thread = std::thread::Builder::new().spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let demo = demo::start(&settings).await.expect("the product starts");
            let node = &demo.node;
            ready
                .send((demo.guide.clone(), node.address, node.ledger.clone()))
                .unwrap();
            // It serves until this process ends.
            std::future::pending::<()>().await;
        });
    });
    drop(thread.unwrap());
    started.recv_timeout(Duration::from_mins(1)).unwrap()
}

fn waited<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work)
}

/// The form of a page with these fields filled in.
async fn send(browser: &Browser, page: &Page, id: &str, to: &str, filled: &[(&str, &str)]) -> Page {
    let fields = page.form(id);
    let kept = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !filled.iter().any(|(known, _)| known == name));
    let fields: Vec<_> = kept.chain(filled.iter().copied()).collect();
    browser.post(to, &fields).await
}

/// The first physician.
async fn sign_in(browser: &Browser, guide: &Guide) {
    let login = browser.get("/login").await.is(200);
    let account = guide
        .accounts
        .iter()
        .find(|account| account.role == "physician")
        .unwrap();
    let unix = u64::try_from(SystemClock.now().wall.timestamp()).unwrap();
    let code = demo::code(&account.totp_secret, unix).unwrap();
    let filled = [
        ("account", &*account.account),
        ("password", &account.password),
        ("code", &code),
    ];
    let page = send(browser, &login, "login", "/login", &filled).await;
    page.is(303);
}

/// Number, Enter, digit, Enter.
async fn open_by_hand(browser: &Browser, guide: &Guide, ledger: &Ledger) -> Grant {
    let patient = guide.patients.first().unwrap();
    let home = browser.get("/").await.is(200);
    let filled = [
        ("insurer", &*patient.insurer),
        ("symbol", &patient.symbol),
        ("number", &patient.number),
        ("branch", &patient.branch),
    ];
    let hit = send(browser, &home, "search", "/patients", &filled).await;
    let hit = hit.is(200);
    let opened = send(browser, &hit, "glass", "/grants", &[("reason", "1")]).await;
    let path = opened.is(303).location.expect("a summary");
    let id = GrantId(path.trim_start_matches("/summary/").to_owned());
    Grant::clone(&ledger.grant(&id).expect("an open grant"))
}
