//! Durable first, then the page: seen from outside, in the system calls of the real program.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use emergency_summary::cli::demo::{self, Guide};

use crate::{
    app::{fill, pairs},
    browser::Browser,
};

/// The demo under `strace`; dropping it ends both.
struct Traced {
    strace: Child,
    trace: std::path::PathBuf,
}

impl Traced {
    /// Starts it, or says why that cannot be done here.
    fn start(folder: &Path) -> Option<Self> {
        let can_trace = Command::new("strace")
            .args(["-f", "-o", "/dev/null", "true"])
            .output()
            .is_ok_and(|done| done.status.success());
        if !can_trace {
            return None;
        }
        let trace = folder.join("trace");
        let strace = Command::new("strace")
            // Long enough for all headers: they come in any order.
            .args(["-f", "-y", "-s", "2048", "-e", "signal=none", "-e"])
            .arg("trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg")
            .arg("-o")
            .arg(&trace)
            .arg(env!("CARGO_BIN_EXE_emergency-summary"))
            .args(["demo", "--port", "0", "--dir"])
            .arg(folder.join("demo"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        Some(Self { strace, trace })
    }

    fn lines(&self) -> Vec<String> {
        let bytes = std::fs::read(&self.trace).expect("a trace");
        String::from_utf8_lossy(&bytes)
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// The lines after the first `known`, once one of them satisfies `done`.
    async fn after(&self, known: usize, done: impl Fn(&str) -> bool) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let new = self.lines().split_off(known);
            if new.iter().any(|line| done(line)) {
                return new;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "no such call");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        // Every line begins with the number of its thread; the program's own comes first.
        let first = self.lines().first().cloned().unwrap_or_default();
        if let Some(program) = first.split_whitespace().next() {
            drop(Command::new("kill").args(["-TERM", program]).status());
        }
        drop(self.strace.wait());
    }
}

async fn guide(folder: &Path) -> Guide {
    let begun = Instant::now();
    loop {
        let text = std::fs::read_to_string(folder.join("demo/demo.json")).unwrap_or_default();
        if let Ok(guide) = serde_json::from_str(&text) {
            return guide;
        }
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "the demo does not start"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Where a call on `file` has returned: on its own line, or where strace resumes it.
fn returns(lines: &[String], call: &str, file: &str) -> Vec<usize> {
    let mut places = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        if !(line.contains(&format!(" {call}(")) && line.contains(file)) {
            continue;
        }
        if !line.contains("<unfinished ...>") {
            places.push(place);
            continue;
        }
        let thread = line.split_whitespace().next().expect("a thread");
        let resumed = format!("<... {call} resumed>");
        let place = lines
            .iter()
            .enumerate()
            .skip(place)
            .find(|(_, line)| {
                line.split_whitespace().next() == Some(thread) && line.contains(&resumed)
            })
            .map(|(place, _)| place);
        places.extend(place);
    }
    places
}

/// What was written to the ledger was synchronised, and all that before the answer left.
#[track_caller]
fn assert_durable_first(lines: &[String], status: &str) {
    assert_eq!(durable_first(lines, status), Ok(()));
}

fn durable_first(lines: &[String], status: &str) -> Result<(), &'static str> {
    const LOG: &str = "/ledger.sqlite-wal>";
    let left = lines
        .iter()
        .position(|line| is_answer(line, status))
        .ok_or("no answer")?;
    let written = returns(lines, "pwrite64", LOG);
    let synchronised: Vec<usize> = ["fsync", "fdatasync"]
        .into_iter()
        .flat_map(|call| returns(lines, call, LOG))
        .filter(|place| lines[*place].ends_with("= 0"))
        .collect();
    let before = |places: &[usize]| places.iter().copied().filter(|place| *place < left).max();
    let last_written = before(&written).ok_or("no entry is written before the answer")?;
    let last_synchronised = before(&synchronised).ok_or("none is synchronised before it")?;
    if last_written < last_synchronised {
        Ok(())
    } else {
        Err("written again after the last synchronisation before the answer")
    }
}

#[test]
fn a_wrong_order_of_calls_would_be_found() {
    const WRITE: &str = "7 pwrite64(9</d/ledger.sqlite-wal>, \"x\", 4096, 56) = 4096";
    const SYNC: &str = "7 fdatasync(9</d/ledger.sqlite-wal>) = 0";
    const FAILED: &str = "7 fdatasync(9</d/ledger.sqlite-wal>) = -1 EIO (Input/output error)";
    const BEGUN: &str = "7 fdatasync(9</d/ledger.sqlite-wal> <unfinished ...>";
    const ENDED: &str = "7 <... fdatasync resumed>) = 0";
    const OTHER: &str = "7 fdatasync(8</d/keys.sqlite-wal>) = 0";
    const ANSWER: &str =
        "3 writev(12<socket:[5]>, [{\"HTTP/1.1 200 OK\\r\\ncontent-security-policy\"}], 2) = 90";
    let is_right = |calls: &[&str]| {
        let lines: Vec<String> = calls.iter().map(|call| (*call).to_owned()).collect();
        durable_first(&lines, "200").is_ok()
    };
    assert!(is_right(&[WRITE, SYNC, ANSWER]));
    assert!(is_right(&[WRITE, BEGUN, ENDED, ANSWER]));
    for wrong in [
        &[WRITE, ANSWER, SYNC][..],
        &[ANSWER, WRITE, SYNC],
        &[SYNC, WRITE, ANSWER],
        &[WRITE, FAILED, ANSWER],
        &[WRITE, OTHER, ANSWER],
        &[WRITE, BEGUN, ANSWER, ENDED],
        &[WRITE, SYNC, WRITE, ANSWER],
        &[WRITE, SYNC],
    ] {
        assert!(!is_right(wrong), "{wrong:?}");
    }
}

/// Whether an answer of this service begins to leave here; the simulated sources, which run in the
/// same process, send no policy.
fn is_answer(line: &str, status: &str) -> bool {
    line.contains(&format!("HTTP/1.1 {status}")) && line.contains("content-security-policy")
}

#[actix_web::test]
async fn a_view_is_on_the_disk_before_its_first_byte_is_on_the_wire() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(traced) = Traced::start(folder.path()) else {
        eprintln!("SKIPPED: strace is missing or may not trace here");
        return;
    };
    let guide = guide(folder.path()).await;
    let address = guide.address.replace("http://localhost", "127.0.0.1");
    let browser = Browser::new(address.parse().expect("an address"));
    let physician = &guide.accounts[0];
    let mut fields = browser.get("/login").await.is(200).form("login");
    fill(&mut fields, "account", &physician.account);
    fill(&mut fields, "password", &physician.password);
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
    let code = demo::code(&physician.totp_secret, now.as_secs()).expect("a code");
    fill(&mut fields, "code", &code);
    browser.post("/login", &pairs(&fields)).await.is(303);

    let known = traced.lines().len();
    let hit = crate::app::search(&browser, &guide.patients[0])
        .await
        .is(200);
    // The front page comes first and needs no entry: the search's answer is the second.
    let new = traced.after(known, |line| is_answer(line, "200")).await;
    let front = new
        .iter()
        .position(|line| is_answer(line, "200"))
        .expect("the front page");
    let new = traced
        .after(known + front + 1, |line| is_answer(line, "200"))
        .await;
    assert_durable_first(&new, "200");

    let known = traced.lines().len();
    let opened = crate::app::break_glass(&browser, &hit, "1").await.is(303);
    let new = traced.after(known, |line| is_answer(line, "303")).await;
    assert_durable_first(&new, "303");

    let path = opened.location.expect("a place to go");
    for suffix in ["", "/late", "/normal", "/print"] {
        let known = traced.lines().len();
        let page = browser.get(&format!("{path}{suffix}")).await.is(200);
        assert!(page.body.contains(&guide.patients[0].name));
        let new = traced.after(known, |line| is_answer(line, "200")).await;
        assert_durable_first(&new, "200");
    }
}
