//! A real installation: a configuration file, TLS, accounts and terminals made on the command line.

use std::{net::SocketAddr, os::unix::fs::PermissionsExt as _, path::PathBuf};

use emergency_summary::{
    cli::demo::{self, GuideAccount, GuidePatient},
    demo::{patients::demo_patients, sources::SimulatedSources},
    domain::clock::Clock,
    system::SystemClock,
};
use rustix::process::Signal;

use crate::{
    app::{fill, open, pairs, whole_summary},
    binary::{Server, shown, sign_in, told},
    browser::Browser,
};

pub(crate) const HOST: &str = "summary.test";

/// What an administrator prepares before the first start.
pub(crate) struct Installation {
    pub(crate) folder: tempfile::TempDir,
    certificate: reqwest::Certificate,
    /// What a client must trust, as it stands in the handshake.
    pub certificate_der: Vec<u8>,
    /// Runs while the installation does.
    _sources: SimulatedSources,
}

impl Installation {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| shown(&folder.path().join(name));
        let signed = rcgen::generate_simple_self_signed([HOST.to_owned()]).expect("a certificate");
        let pem = signed.cert.pem();
        std::fs::write(path("chain.pem"), &pem).expect("written");
        std::fs::write(path("key.pem"), signed.signing_key.serialize_pem()).expect("written");
        let key = data_encoding::BASE64.encode(&[7; 32]);
        std::fs::write(path("key"), key).expect("written");
        let own = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path("key"), own).expect("a mode");
        std::fs::create_dir(path("data")).expect("a folder");
        let today = SystemClock.now().japanese_day();
        let sources = emergency_summary::demo::sources::start(today)
            .await
            .expect("sources");
        let mut config = format!(
            "node = \"n1\"\nlisten = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"\n\
             folder = {:?}\nkey_file = {:?}\nhosts = [{HOST:?}]\n\
             refusal_text = \"内線 1234\"\nlog = \"json\"\n\
             [tls]\ncertificate = {:?}\nkey = {:?}\n",
            path("data"),
            path("key"),
            path("chain.pem"),
            path("key.pem"),
        );
        let bases = sources.bases().iter();
        config.extend(bases.map(|(name, base)| {
            let word = name.word();
            format!("[sources.{word}]\nbase = {base:?}\n")
        }));
        std::fs::write(path("config.toml"), config).expect("written");
        Self {
            certificate: reqwest::Certificate::from_pem(pem.as_bytes()).expect("a certificate"),
            certificate_der: signed.cert.der().to_vec(),
            folder,
            _sources: sources,
        }
    }

    pub(crate) fn config(&self) -> String {
        shown(&self.folder.path().join("config.toml"))
    }

    /// Runs an administrative command that must succeed.
    #[track_caller]
    pub(crate) fn administer(&self, arguments: &[&str]) -> String {
        let config = self.config();
        let (code, out, err) = told(&[arguments, &["--config", &config]].concat());
        assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
        out
    }

    /// Starts it; with where it listens.
    pub(crate) fn serve(&self) -> (Server, SocketAddr) {
        let mut server = Server::start(&["serve", "--config", &self.config()]);
        let line = server.until("listening on");
        let address = line.rsplit(' ').next().expect("an address");
        (server, address.parse().expect("an address"))
    }

    /// A browser that trusts the installation's certificate and nothing else.
    pub(crate) fn browser(&self, address: SocketAddr) -> Browser {
        self.browser_with(address, None)
    }

    /// The same, with a client certificate of its own.
    pub(crate) fn browser_with(
        &self,
        address: SocketAddr,
        identity: Option<reqwest::Identity>,
    ) -> Browser {
        let mut client = crate::browser::builder()
            .tls_certs_only([self.certificate.clone()])
            .resolve(HOST, address);
        if let Some(identity) = identity {
            client = client.identity(identity);
        }
        let client = client.build().expect("a client");
        Browser::with(client, format!("https://{HOST}:{}", address.port()))
    }

    /// A facility and an account in it; the facility's id, and the account's link.
    pub(crate) fn with_account(&self, role: &str) -> (String, String) {
        let facility = ["facility", "add", "港病院", "--kind", "hospital"];
        let facility = self.administer(&facility).trim().to_owned();
        let account = self.administer(&[
            "account",
            "add",
            "dr-abe",
            "--facility",
            &facility,
            "--name",
            "阿部",
            "--role",
            role,
        ]);
        let (_, token) = account.trim_end().split_once("/enrol/").expect("a link");
        (facility, format!("/enrol/{token}"))
    }
}

/// Opens the link that `account add` printed and sets a password and an app there.
pub(crate) async fn enrolled(browser: &Browser, link: &str) -> GuideAccount {
    assert_eq!(browser.get(link).await.status, 303);
    let page = browser.get("/enrol").await.is(200);
    let password = "seven swans of the northern lake";
    let secret = page.texts("#secret").concat().replace(' ', "");
    // Of the step before: the code of this one is for signing in.
    let now = SystemClock.now().wall.timestamp() - 30;
    let code = demo::code(&secret, u64::try_from(now).expect("after 1970")).expect("a code");
    let mut fields = page.form("enrol");
    for (name, value) in [("password", password), ("again", password), ("code", &code)] {
        fill(&mut fields, name, value);
    }
    browser.post("/enrol", &pairs(&fields)).await.is(200);
    GuideAccount {
        account: "dr-abe".to_owned(),
        password: password.to_owned(),
        totp_secret: secret,
        role: "physician".to_owned(),
        facility: "港病院".to_owned(),
    }
}

#[actix_web::test]
async fn an_installation_is_made_by_hand_and_does_the_main_job_over_tls() {
    let made = Installation::new().await;
    let (code, out, err) = told(&["check", "--config", &made.config()]);
    assert_eq!(code, 0, "{out}{err}");
    for part in ["identity", "emr", "eprescription", "claims", "folder"] {
        assert!(out.contains(&format!("{part}: ok")), "{out}");
    }

    let facility = made.administer(&[
        "facility",
        "add",
        "港病院",
        "--kind",
        "hospital",
        "--number",
        "1310000001",
    ]);
    let facility = facility.trim();
    let account = made.administer(&[
        "account",
        "add",
        "dr-abe",
        "--facility",
        facility,
        "--name",
        "阿部",
        "--role",
        "physician",
    ]);
    made.administer(&[
        "account",
        "permit",
        "dr-abe",
        "--until",
        "2099-12-31",
        "--by",
        "院長",
    ]);
    let terminal = made.administer(&[
        "terminal",
        "code",
        "初療1",
        "--facility",
        facility,
        "--location",
        "救急外来",
        "--by",
        "院長",
    ]);
    let code = terminal
        .trim_end()
        .rsplit(' ')
        .next()
        .expect("a code")
        .to_owned();
    let (_, token) = account.trim_end().split_once("/enrol/").expect("a link");

    let (server, address) = made.serve();
    let browser = made.browser(address);
    browser.get("/health/live").await.is(200);
    browser.get("/health/ready").await.is(200);
    take_up(&browser, "not-a-terminal").await.is(403);
    take_up(&browser, &code).await.is(303);
    let physician = enrolled(&browser, &format!("/enrol/{token}")).await;
    sign_in(&browser, &physician).await;
    for cookie in browser.cookies().keys() {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
    }
    let patient = GuidePatient::from(
        demo_patients(SystemClock.now().japanese_day())
            .into_iter()
            .next()
            .expect("a patient"),
    );
    let path = open(&browser, &patient).await;
    let page = whole_summary(&browser, &path).await;
    assert!(page.texts("#section-drugs").join("").contains("同成分"));
    assert!(!page.body.contains("模擬患者"));
    assert_eq!(page.version, reqwest::Version::HTTP_2);
    assert!(page.headers.contains_key("strict-transport-security"));
    for way in ["normal", "print"] {
        browser.get(&format!("{path}/{way}")).await.is(200);
    }
    let style = page.attributes("link[rel=stylesheet]", "href");
    browser.get(&style[0]).await.is(200);
    browser.get("/static/nothing.css").await.is(404);

    let (status, log) = server.signal(Signal::TERM);
    assert_eq!(status.code(), Some(0), "{log}");
    let kept = [
        &*patient.number,
        &*patient.name,
        &*patient.kana,
        &*patient.birth_date,
        &*patient.address,
        path.rsplit('/').next().expect("a grant"),
        "dr-abe",
        "阿部",
        &*code,
        &*physician.password,
        token,
    ];
    for personal in kept {
        assert!(!log.contains(personal), "in the log: {personal}");
    }
    each_request_has_one_line(&log);
    let data = shown(&made.folder.path().join("data"));
    let (code, out, err) = told(&["ledger", "verify", "--dir", &data]);
    assert_eq!(code, 0, "{out}{err}");
}

/// One line for each request, with its times; none for a file that came.
fn each_request_has_one_line(log: &str) {
    let lines: Vec<serde_json::Value> = log
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).expect("one object"))
        .map(|line: serde_json::Value| line["fields"].clone())
        .filter(|line| line["message"] == "answered")
        .collect();
    let ids: std::collections::BTreeSet<&str> = lines
        .iter()
        .map(|line| line["request"].as_str().expect("an id"))
        .collect();
    assert_eq!(ids.len(), lines.len(), "no request has two: {log}");
    let of = |route: &str| -> Vec<&serde_json::Value> {
        let has = |line: &&serde_json::Value| line["route"] == route;
        lines.iter().filter(has).collect()
    };
    for route in [
        "/summary/{grant}",
        "/summary/{grant}/normal",
        "/summary/{grant}/print",
    ] {
        let [line] = *of(route) else {
            panic!("{route}: {log}");
        };
        assert_eq!(
            (&line["method"], &line["status"]),
            (&"GET".into(), &200.into())
        );
        for phase in [
            "elapsed", "session", "grant", "assembly", "ledger", "render",
        ] {
            let took = line[format!("{phase}_ms")].as_f64();
            assert!(took.is_some_and(|took| took >= 0.0), "{phase}: {line}");
        }
    }
    assert!(of("/login")[0]["ledger_ms"].is_null(), "{log}");
    let [missing] = *of("/static/{name}") else {
        panic!("only the file that is not there: {log}");
    };
    assert_eq!(missing["status"], 404);
}

/// Enters the value that `terminal add` printed; what the browser is told to keep is as it must be.
async fn take_up(browser: &Browser, code: &str) -> crate::browser::Page {
    let mut fields = browser
        .get("/terminals/register")
        .await
        .is(200)
        .form("terminal");
    fill(&mut fields, "code", code);
    let page = browser.post("/terminals/register", &pairs(&fields)).await;
    for cookie in page.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().expect("ASCII");
        let known = ["__Host-device=", "__Host-page="];
        assert!(
            known.iter().any(|name| cookie.starts_with(name)),
            "{cookie}"
        );
        for mark in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(mark), "{mark} in {cookie}");
        }
    }
    page
}

#[actix_web::test]
async fn a_browser_that_is_no_terminal_does_not_get_in() {
    let made = Installation::new().await;
    let (_server, address) = made.serve();
    let browser = made.browser(address);
    let mut fields = browser.get("/login").await.is(200).form("login");
    fill(&mut fields, "account", "dr-abe");
    fill(&mut fields, "password", "whatever it is");
    let refused = browser.post("/login", &pairs(&fields)).await.is(403);
    assert!(refused.body.contains("この端末は登録されていません"));
    assert!(
        browser
            .cookies()
            .keys()
            .all(|name| !name.contains("session"))
    );
}

#[test]
fn a_configuration_that_cannot_be_used_is_refused_before_anything_is_served() {
    let folder = tempfile::tempdir().expect("a folder");
    let file: PathBuf = folder.path().join("config.toml");
    let text = "node = \"n1\"\nlisten = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"\n\
                folder = \"/nowhere\"\nkey_file = \"/nowhere/key\"\nhosts = [\"a\"]\nlogg = \"x\"\n";
    std::fs::write(&file, text).expect("written");
    for (command, exit) in [("serve", 2), ("check", 1)] {
        let (code, out, err) = told(&[command, "--config", &shown(&file)]);
        assert_eq!((code, out.as_str()), (exit, ""), "{err}");
        assert_eq!(err.lines().count(), 3, "{err}");
        for words in ["logg: there is no such key", "folder:", "key_file:"] {
            assert!(err.contains(words), "{words} in {err}");
        }
    }
}
