//! The demo as a process: started, looked at, killed, started again, administered, verified.

use std::{
    collections::BTreeSet,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use emergency_summary::cli::demo::{Guide, GuidePatient};
use rustix::process::Signal;
use serde_json::Value;

use crate::{
    app::{break_glass, fill, open, pairs, search, whole_summary},
    binary::{self, Server, address, shown, sign_in, told},
    browser::{Browser, Page},
};

/// Who may break the glass in the demo.
pub(crate) const VIEWERS: [&str; 4] = ["dr-sato", "dr-kato", "ns-mori", "ph-hara"];

#[actix_web::test]
async fn the_demo_says_where_it_is_and_how_to_get_in_and_the_main_job_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, guide) = Server::demo(folder.path());
    assert!(
        server.printed.contains(&guide.address),
        "{}",
        server.printed
    );
    for account in &guide.accounts {
        assert!(server.printed.contains(&account.account));
        assert!(server.printed.contains(&account.password));
    }
    as_written(folder.path());

    let browser = Browser::new(address(&guide));
    let physician = guide
        .accounts
        .iter()
        .find(|account| account.role == "physician")
        .expect("a physician");
    sign_in(&browser, physician).await;
    let path = open(&browser, &guide.patients[0]).await;
    let page = whole_summary(&browser, &path).await;
    assert!(page.texts("#section-drugs").join("").contains("同成分"));
    assert!(page.body.contains("模擬患者（実在しません）"));

    let port = address(&guide).port();
    for host in [format!("localhost:{port}"), format!("127.0.0.1:{port}")] {
        let page = browser
            .send(reqwest::Method::GET, "/login", None, &[("host", &host)])
            .await;
        assert_eq!(page.status, 200, "{host}");
    }
    let elsewhere = browser
        .send(
            reqwest::Method::GET,
            "/login",
            None,
            &[("host", "evil.example")],
        )
        .await;
    assert_eq!(elsewhere.status, 421, "{}", elsewhere.body);
    let metrics = reqwest::Url::parse(&guide.metrics_address).expect("an address");
    assert_eq!(metrics.host_str(), Some("127.0.0.1"));
    assert_eq!(metrics.path(), "/metrics");
}

/// The fields of `demo.json` as other programs rely on them.
fn as_written(folder: &Path) {
    let text = std::fs::read_to_string(folder.join("demo.json")).expect("demo.json");
    let guide: Value = serde_json::from_str(&text).expect("JSON");
    let address = guide["address"].as_str().expect("an address");
    let port = address.strip_prefix("http://localhost:").expect(address);
    assert!(port.parse::<u16>().is_ok(), "{address}");
    for source in ["identity", "emr", "eprescription", "claims"] {
        let base = guide["sources"][source].as_str().expect(source);
        assert!(base.starts_with("http://127.0.0.1:"), "{base}");
    }
    let rows = |name: &str, fields: &[&str]| {
        let rows = guide[name].as_array().expect(name);
        for row in rows {
            for field in fields {
                assert!(row[field].is_string(), "{name}: {field} in {row}");
            }
        }
        rows.len()
    };
    let of_account = ["account", "password", "totp_secret", "role", "facility"];
    assert!(rows("accounts", &of_account) >= 8);
    let of_patient = [
        "name",
        "kana",
        "birth_date",
        "sex",
        "address",
        "insurer",
        "symbol",
        "number",
        "branch",
        "story",
    ];
    assert!(rows("patients", &of_patient) >= 32);
    for file in [
        "ledger.sqlite",
        "keys.sqlite",
        "registry.sqlite",
        "demo.json",
    ] {
        let mode = folder.join(file).metadata().expect(file).permissions();
        assert_eq!(mode.mode() & 0o077, 0, "{file} is for its owner alone");
    }
}

#[test]
fn the_demo_listens_on_this_machine_only_on_both_loopback_addresses() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, guide) = Server::demo(folder.path());
    let own = sockets_of(server.id());
    let listening: Vec<String> = ["tcp", "tcp6"]
        .into_iter()
        .flat_map(|table| {
            std::fs::read_to_string(format!("/proc/{}/net/{table}", server.id()))
                .unwrap_or_default()
                .lines()
                .skip(1)
                .filter_map(|line| {
                    let fields: Vec<&str> = line.split_whitespace().collect();
                    let is_own = fields.get(9).is_some_and(|inode| own.contains(*inode));
                    (fields.get(3) == Some(&"0A") && is_own).then(|| fields[1].to_owned())
                })
                .collect::<Vec<_>>()
        })
        .collect();
    if listening.is_empty() {
        eprintln!("SKIPPED in part: this machine does not say who listens where");
    }
    for place in &listening {
        assert!(
            place.starts_with("0100007F:")
                || place.starts_with("00000000000000000000000001000000:"),
            "{place} is not this machine"
        );
    }
    let port = address(&guide).port();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    if TcpListener::bind("[::1]:0").is_ok() {
        assert!(std::net::TcpStream::connect(("::1", port)).is_ok());
    }
}

/// The inodes of a process's sockets.
fn sockets_of(process: u32) -> BTreeSet<String> {
    std::fs::read_dir(format!("/proc/{process}/fd"))
        .map(|entries| {
            entries
                .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
                .filter_map(|link| {
                    link.to_str()?
                        .strip_prefix("socket:[")?
                        .strip_suffix(']')
                        .map(str::to_owned)
                })
                .collect()
        })
        .unwrap_or_default()
}

/// Searches, breaks the glass and reads; `None` where the server is gone, path and receipt where a
/// summary arrived.
pub(crate) async fn view(
    browser: &Browser,
    patient: &GuidePatient,
) -> Option<Option<(String, String)>> {
    let mut fields = browser.try_get("/").await?.is(200).form("search");
    for (name, value) in [
        ("insurer", &patient.insurer),
        ("symbol", &patient.symbol),
        ("number", &patient.number),
        ("branch", &patient.branch),
    ] {
        fill(&mut fields, name, value);
    }
    let hit = browser.try_post("/patients", &pairs(&fields)).await?;
    if hit.attributes("form#glass", "id").is_empty() {
        return Some(None);
    }
    let mut fields = hit.form("glass");
    fill(&mut fields, "reason", "1");
    let opened = browser.try_post("/grants", &pairs(&fields)).await?;
    let Some(path) = opened.location else {
        return Some(None);
    };
    let page = browser.try_get(&path).await?.is(200);
    let receipt = receipt(&page);
    Some(Some((path, receipt)))
}

pub(crate) fn receipt(page: &Page) -> String {
    let said = page.texts(".receipt").join(" ");
    let receipt = said.split_whitespace().next_back().expect("a receipt");
    assert_eq!(receipt.len(), 14, "{said}");
    receipt.to_owned()
}

pub(crate) fn verified(folder: &Path) -> (i32, String) {
    let (code, out, err) = told(&["ledger", "verify", "--dir", &shown(folder)]);
    (code, out + &err)
}

pub(crate) fn entries(folder: &Path) -> Vec<Value> {
    let (code, out, err) = told(&[
        "ledger",
        "export",
        "--format",
        "ndjson",
        "--dir",
        &shown(folder),
    ]);
    assert_eq!(code, 0, "{err}");
    out.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// Grants that started and have no end; every grant has at most one.
pub(crate) fn open_grants(folder: &Path) -> BTreeSet<String> {
    let mut open = BTreeSet::new();
    for entry in entries(folder) {
        let grant = || entry["grant"].as_str().expect("a grant").to_owned();
        match entry["event"].as_str() {
            Some("grant_started") => assert!(open.insert(grant())),
            Some("grant_ended") => assert!(open.remove(&grant()), "a second end: {entry}"),
            _ => {}
        }
    }
    open
}

#[actix_web::test]
async fn the_ledger_of_a_running_server_is_verified_on_a_copy_and_every_change_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_server, guide) = Server::demo(folder.path());
    let browser = Browser::new(address(&guide));
    sign_in(&browser, &guide.accounts[0]).await;
    let hit = search(&browser, &guide.patients[0]).await.is(200);
    break_glass(&browser, &hit, "1").await.is(303);

    let (code, said) = verified(copy(folder.path()).path());
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("1 grants are open"), "{said}");
    for (harm, named) in [
        (
            "UPDATE entry SET body = zeroblob(9) WHERE seq = 5",
            "entry 5",
        ),
        ("DELETE FROM entry WHERE seq = 7", "entry 7"),
        (
            "INSERT INTO entry(body, leaf, chain) SELECT body, leaf, chain FROM entry WHERE seq = 3",
            "inserted",
        ),
    ] {
        let copy = copy(folder.path());
        let harmed = rusqlite::Connection::open(copy.path().join("ledger.sqlite")).expect("SQLite");
        harmed.execute_batch(harm).expect(harm);
        drop(harmed);
        let (code, said) = verified(copy.path());
        assert_eq!(code, 1, "{harm}: {said}");
        assert!(said.contains(named), "{harm}: {said}");
    }
}

/// The databases with their logs, as a backup takes them from under a running server.
fn copy(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name();
        if name.to_string_lossy().contains(".sqlite") {
            std::fs::copy(entry.path(), copy.path().join(&name)).expect("a copy");
        }
    }
    copy
}

#[test]
fn what_is_in_use_is_refused_in_one_sentence_and_administered_only_when_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, guide) = Server::demo(folder.path());
    let dir = shown(folder.path());
    let refused = |arguments: &[&str], words: &str| {
        let (code, out, err) = told(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert_eq!(err.lines().count(), 1, "{err}");
        assert!(err.contains(words), "{err}");
    };
    refused(&["demo", "--port", "0", "--dir", &dir], "another process");
    let lists = [
        ["account", "list"],
        ["terminal", "list"],
        ["facility", "list"],
    ];
    for list in lists {
        refused(&[&list[..], &["--dir", &dir]].concat(), "stop it first");
    }
    let other = tempfile::tempdir().expect("a folder");
    let port = address(&guide).port().to_string();
    let elsewhere = shown(other.path());
    refused(&["demo", "--port", &port, "--dir", &elsewhere], &port);

    let (status, complaint) = server.signal(Signal::TERM);
    assert_eq!(status.code(), Some(0), "{complaint}");
    for list in lists {
        let (code, out, err) = told(&[&list[..], &["--dir", &dir]].concat());
        assert_eq!((code, err.as_str()), (0, ""), "{list:?}");
        assert_eq!(out.contains("dr-sato"), list[0] == "account", "{out}");
    }
    let (code, _, err) = told(&["account", "--dir", &dir, "revoke", "dr-sato", "--by", "x"]);
    assert_eq!(code, 0, "{err}");
    refused(&["account", "list"], "--config or --dir");
    let nowhere = folder.path().join("nowhere");
    refused(&["account", "list", "--dir", &shown(&nowhere)], "nowhere");
    assert!(!nowhere.exists(), "a wrong folder is not made");
}

#[test]
fn a_demo_whose_first_start_was_interrupted_starts_again_with_working_accounts() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, before) = Server::demo(folder.path());
    server.kill();
    // As if it had been killed after the accounts and before the file that says their passwords.
    std::fs::remove_file(folder.path().join("demo.json")).expect("removed");
    let (server, after) = Server::demo(folder.path());
    assert_eq!(before.accounts.len(), after.accounts.len());
    let browser = Browser::new(address(&after));
    actix_web::rt::System::new().block_on(sign_in(&browser, &after.accounts[0]));
    drop(server);
    let (_, listed, _) = told(&["facility", "list", "--dir", &shown(folder.path())]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
}

#[test]
fn a_reader_that_goes_away_does_not_stop_the_demo() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = binary::binary(&["demo", "--port", "0", "--dir", &shown(folder.path())])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let deadline = Instant::now() + Duration::from_mins(1);
    let answered = loop {
        let guide = std::fs::read_to_string(folder.path().join("demo.json")).unwrap_or_default();
        if let Ok(guide) = serde_json::from_str::<Guide>(&guide) {
            let browser = Browser::new(address(&guide));
            let page = actix_web::rt::System::new().block_on(browser.try_get("/health/ready"));
            break page.is_some_and(|page| page.status == 200);
        }
        assert!(Instant::now() < deadline, "no demo.json");
        assert!(child.try_wait().expect("its state").is_none(), "it ended");
        std::thread::yield_now();
    };
    let running = child.try_wait().expect("its state").is_none();
    child.kill().ok();
    child.wait().expect("it ends");
    assert!(answered && running);
}

#[test]
fn every_command_explains_itself() {
    for command in [
        &[][..],
        &["demo"],
        &["serve"],
        &["check"],
        &["explain"],
        &["ledger"],
        &["ledger", "verify"],
        &["ledger", "export"],
        &["ledger", "prove"],
        &["account"],
        &["account", "add"],
        &["account", "permit"],
        &["terminal"],
        &["terminal", "add"],
        &["facility"],
        &["facility", "add"],
    ] {
        let (code, out, err) = told(&[command, &["--help"]].concat());
        assert_eq!((code, err.as_str()), (0, ""), "{command:?}");
        assert!(out.contains("Usage: emergency-summary"), "{out}");
    }
}
