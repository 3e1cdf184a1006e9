//! A second ledger beside the real program's first, whose disk stalls, fails and recovers: pages go
//! on within the time of two commits, and nothing is shown without an entry in one of the two.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use emergency_summary::cli::demo::Guide;
use rustix::process::Signal;
use serde_json::Value;

use crate::{
    app::open,
    binary::{Server, address, shown, sign_in, told},
    browser::Browser,
    disk::shim::{self, BROKEN, Disk, FULL, How, READ_ONLY},
    process::receipt,
};

/// Two commits that are not in time (half a second), and a page on a busy machine.
const WORST: Duration = Duration::from_secs(2);

/// A running demo with two ledgers, a physician at work, and a disk under the first that obeys.
struct Ward {
    disk: Disk,
    second: PathBuf,
    server: Server,
    guide: Guide,
    browser: Browser,
    path: String,
    receipts: BTreeSet<String>,
}

impl Ward {
    async fn start(outside: &Path, files: &str) -> Self {
        let (first, second) = (outside.join("disk"), outside.join("apart"));
        std::fs::create_dir(&first).expect("a folder");
        let disk = Disk::beside(&first);
        let (server, guide) = Server::demo_as(&first, |program| {
            disk.before(program);
            program.env("DISK_FILES", files);
            program.args(["--second", &shown(&second)]);
        });
        let browser = Browser::new(address(&guide));
        sign_in(&browser, &guide.accounts[0]).await;
        let path = open(&browser, &guide.patients[0]).await;
        Self {
            disk,
            second,
            server,
            guide,
            browser,
            path,
            receipts: BTreeSet::new(),
        }
    }

    /// Looks at the open grant's summary, which comes in time.
    async fn look(&mut self) {
        let begun = Instant::now();
        let page = self.browser.get(&self.path).await.is(200);
        assert!(begun.elapsed() < WORST, "{:?}", begun.elapsed());
        assert!(page.body.contains(&self.guide.patients[0].name));
        self.receipts.insert(receipt(&page));
    }

    async fn readiness(&self) -> String {
        self.browser.get("/health/ready").await.is(200).body
    }

    async fn until_both(&self) {
        let begun = Instant::now();
        while self.readiness().await != "ready\n" {
            assert!(begun.elapsed() < Duration::from_secs(30), "both again");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops it; both ledgers are right, and together, and hold every page.
    fn assert_recorded(self) -> Vec<Value> {
        let (status, log) = self.server.signal(Signal::TERM);
        assert_eq!(status.code(), Some(0), "{log}");
        let (first, second) = (shown(&self.disk.folder), shown(&self.second));
        let both = ["--dir", &*first, "--second", &*second];
        let (code, out, err) = told(&[&["ledger", "verify"][..], &both].concat());
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.contains("confirmed by the other ledger"), "{out}");
        let export = ["ledger", "export", "--format", "ndjson"];
        let (code, out, err) = told(&[&export[..], &both].concat());
        assert_eq!(code, 0, "{err}");
        let entries: Vec<Value> = out
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let recorded: BTreeSet<&str> = entries
            .iter()
            .filter(|entry| entry["event"] == "viewed")
            .filter_map(|entry| entry["receipt"].as_str())
            .collect();
        for receipt in &self.receipts {
            assert!(recorded.contains(receipt.as_str()), "{receipt} was shown");
            let proven = [&["ledger", "prove", receipt][..], &both].concat();
            let (code, out, err) = told(&proven);
            assert_eq!(code, 0, "{out}{err}");
        }
        // One of them is not handed out as the whole, and says so where it is verified.
        let (code, _, err) = told(&[&export[..], &both[..2]].concat());
        assert!(code == 2 && err.contains("this is a part"), "{code} {err}");
        let (code, out, _) = told(&["ledger", "verify", "--dir", &first]);
        assert!(code == 0 && out.contains("was not seen"), "{code} {out}");
        entries
    }
}

fn of_second(entries: &[Value], event: &str) -> usize {
    let is_there = |entry: &&Value| {
        let node = entry["node"].as_str().expect("a node");
        entry["event"] == event && node.starts_with("demo-second-")
    };
    entries.iter().filter(is_there).count()
}

#[actix_web::test]
async fn a_first_disk_that_stalls_for_seconds_does_not_stop_looks_or_new_grants() {
    let outside = shim::place();
    // With everything that lies there: what is asked of the registry waits for no change of it.
    let mut ward = Ward::start(outside.path(), "ledger.:keys.:reserve:registry.").await;
    ward.look().await;
    assert_eq!(ward.readiness().await, "ready\n");
    ward.disk.stall(4_000);
    ward.look().await;
    assert!(ward.readiness().await.contains("one of the two"));
    for _ in 0..5 {
        ward.look().await;
    }
    let patient = ward.guide.patients[1].clone();
    let begun = Instant::now();
    let path = open(&ward.browser, &patient).await;
    ward.browser.get(&path).await.is(200);
    assert!(begun.elapsed() < 3 * WORST);
    ward.disk.stall(0);
    ward.until_both().await;
    ward.look().await;
    let entries = ward.assert_recorded();
    assert!(of_second(&entries, "viewed") >= 7);
    assert_eq!(of_second(&entries, "grant_started"), 1);
}

#[actix_web::test]
async fn a_first_disk_that_fails_does_not_stop_looks_and_is_used_again_by_itself() {
    let outside = shim::place();
    let mut ward = Ward::start(outside.path(), "ledger.:keys.:reserve").await;
    for error in [READ_ONLY, BROKEN, FULL] {
        ward.look().await;
        ward.disk.fail(1, How::On, error);
        for _ in 0..3 {
            ward.look().await;
        }
        assert!(ward.readiness().await.contains("one of the two"));
        assert!(ward.disk.mend() > 0);
        ward.until_both().await;
    }
    ward.look().await;
    let entries = ward.assert_recorded();
    assert_eq!(of_second(&entries, "viewed"), 9);
}

#[actix_web::test]
async fn a_second_disk_that_stalls_keeps_the_program_neither_from_pages_nor_from_stopping() {
    let outside = shim::place();
    let (first, second) = (outside.path().join("disk"), outside.path().join("apart"));
    std::fs::create_dir_all(&first).expect("a folder");
    std::fs::create_dir_all(&second).expect("a folder");
    let disk = Disk::beside(&second);
    let (server, guide) = Server::demo_as(&first, |program| {
        disk.before(program);
        program.env("DISK_FILES", "ledger.:keys.:checkpoints:tree:reserve");
        program.args(["--second", &shown(&second)]);
    });
    let browser = Browser::new(address(&guide));
    sign_in(&browser, &guide.accounts[0]).await;
    disk.stall(120_000);
    let path = open(&browser, &guide.patients[0]).await;
    browser.get(&path).await.is(200);
    let begun = Instant::now();
    let (status, log) = server.signal(Signal::TERM);
    let took = begun.elapsed();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(took < Duration::from_secs(40), "{took:?}: {log}");
    disk.stall(0);
    let both = ["--dir", &*shown(&first), "--second", &*shown(&second)].map(str::to_owned);
    let words = [&["ledger".to_owned(), "verify".to_owned()][..], &both].concat();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (code, out, err) = told(&words);
    assert_eq!(code, 0, "{out}{err}");
}
