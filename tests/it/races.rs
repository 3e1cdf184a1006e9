//! What happens between asking and showing: locks, ends, broken connections, and requests that no
//! browser sends.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use emergency_summary::{
    config, demo::sources::Fault, domain::section::SourceName, domain::summary::Summary,
    ledger::Opened,
};

use crate::{
    app::{TestApp, ledger_command, open, search, whole_summary},
    browser::Browser,
};

fn export(app: &TestApp) -> String {
    let folder = app.folder.path().display().to_string();
    ledger_command(&["export", "--format", "ndjson", "--dir", &folder]).1
}

/// Waits until something is so; the test fails where it never is.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(15), "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Asks for the whole answer from a source that hangs and, while it is waited for, posts a form.
/// What came, and under which grant; `None` where the form was done only after the answer.
async fn late_while_posting(
    app: &TestApp,
    browser: &Browser,
    form: &str,
) -> Option<(crate::browser::Page, String)> {
    let path = open(browser, &app.guide.patients[0]).await;
    let page = whole_summary(browser, &path).await;
    let token = page.attributes("input[name=form_token]", "value").remove(0);
    app.faults.set(SourceName::Emr, Fault::Hang);
    let other = open(browser, &app.guide.patients[1]).await;
    let asked = app.faults.requests(SourceName::Emr);
    let (action, end) = match form {
        "end" => (other.replace("/summary/", "/grants/") + "/end", "hand"),
        other => (format!("/{other}"), ""),
    };
    let late_path = format!("{other}/late");
    let late = async { (browser.get(&late_path).await, Instant::now()) };
    let post = async {
        until("the source is asked", || {
            app.faults.requests(SourceName::Emr) > asked
        })
        .await;
        let fields = [("form_token", token.as_str()), ("end", end)];
        browser.post(&action, &fields).await.is(303);
        Instant::now()
    };
    let ((late, came), done) = tokio::join!(late, post);
    (done < came).then(|| (late, other.replace("/summary/", "")))
}

#[actix_web::test]
async fn a_page_that_waited_for_its_sources_is_not_shown_after_a_lock_an_end_or_a_sign_out() {
    for (form, status) in [("lock", 423), ("end", 410), ("logout", 303)] {
        let (app, late, grant) = loop {
            let app = TestApp::start();
            let browser = app.physician().await;
            // A machine as busy as that says nothing about the race.
            if let Some((late, grant)) = late_while_posting(&app, &browser, form).await {
                break (app, late, grant);
            }
        };
        assert_eq!(late.status, status, "{form}: {}", late.body);
        assert!(!late.body.contains(&app.guide.patients[1].name), "{form}");
        let is_recorded = export(&app)
            .lines()
            .any(|entry| entry.contains("\"viewed\"") && entry.contains(&grant));
        assert!(!is_recorded, "{form}: nothing shown, nothing recorded");
    }
}

#[actix_web::test]
async fn twins_first_looked_at_in_the_same_moment_are_never_one_flight() {
    let app = TestApp::start();
    let (elder, younger) = (app.patient("双子の姉"), app.patient("双子の妹"));
    let (one, other) = (
        app.physician().await,
        app.signed_in(&app.guide.accounts[1]).await,
    );
    let (path, other_path) = (open(&one, elder).await, open(&other, younger).await);
    let (page, other_page) = tokio::join!(
        whole_summary(&one, &path),
        whole_summary(&other, &other_path)
    );
    assert!(page.body.contains(&elder.name) && !page.body.contains(&younger.name));
    assert!(other_page.body.contains(&younger.name) && !other_page.body.contains(&elder.name));
    let allergies = |page: &crate::browser::Page| page.texts("section#section-allergies").join(" ");
    assert!(allergies(&page).contains("アモキシシリン"));
    assert!(!allergies(&other_page).contains("アモキシシリン"));
    // Neither grant opens the other's page, and nobody else's.
    assert_ne!(one.get(&other_path).await.status, 200);
    assert_ne!(other.get(&path).await.status, 200);
}

#[actix_web::test]
async fn a_refusal_is_recorded_even_where_nobody_asks_for_the_late_answer() {
    let app = TestApp::start();
    let browser = app.physician().await;
    app.faults.set(SourceName::Emr, Fault::OtherPatient);
    app.faults
        .set_latency(SourceName::Emr, Duration::from_millis(150));
    // On a busy machine an answer may be late instead of refused: then the next patient shows it.
    for patient in &app.guide.patients[..4] {
        let path = open(&browser, patient).await;
        browser.get(&path).await.is(200);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(7) {
            if export(&app).contains("source_refused") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    panic!("no refusal was recorded");
}

#[actix_web::test]
async fn every_look_is_recorded_with_its_method_and_holds_what_the_page_shows() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    whole_summary(&browser, &path).await;
    let facility = app.ledger.all_open_grants()[0].facility.clone();
    let key = config::read_keys(&app.folder.path().join("ledger.key")).expect("a key");
    for (suffix, method, look) in [
        ("", "screen", "emergency"),
        ("/late", "late", "emergency"),
        ("/normal", "screen", "normal"),
        ("/print", "print", "emergency"),
    ] {
        let page = browser.get(&format!("{path}{suffix}")).await.is(200);
        let reader = emergency_summary::ledger::read(app.folder.path(), Some(&key)).expect("files");
        let entry = reader.recent(&facility, 1).expect("an entry").remove(0);
        assert_eq!(entry.event, "viewed");
        assert_eq!(entry.fields["method"], method, "{suffix}");
        assert_eq!(entry.fields["look"], look, "{suffix}");
        assert_eq!(entry.fields["language"], "ja", "{suffix}");
        let receipt = entry.receipt.as_deref().expect("a receipt");
        assert!(page.body.contains(receipt), "{suffix}: the receipt");
        let Some(Opened::Clear(shown)) = reader.shown(&entry).expect("readable") else {
            panic!("{suffix}: what was shown opens with the key");
        };
        let summary: Summary = serde_json::from_str(&shown).expect("a summary");
        let text = page.texts("body").remove(0);
        for part in [&summary.patient.name, &summary.patient.kana] {
            assert!(text.contains(part.as_deref().expect("known")), "{suffix}");
        }
        for (name, section) in &summary.sections {
            let selector = format!("section#section-{}", name.word());
            assert_eq!(
                page.attributes(&selector, "data-state"),
                [section.state.word()],
                "{suffix} {name:?}"
            );
        }
        for item in &summary.strip.items {
            assert!(text.contains(&item.agent), "{suffix}: {}", item.agent);
        }
        let folded = |text: &str| text.split_whitespace().collect::<String>();
        let text = folded(&text);
        for item in
            &summary.sections[&emergency_summary::domain::section::SectionName::Allergies].items
        {
            let first = item.text.split_whitespace().next().unwrap_or_default();
            assert!(text.contains(&folded(first)), "{suffix}: {}", item.text);
        }
    }
}

/// Sends bytes and reads until the other side closes or has said enough; empty where it just hung
/// up.
fn raw(app: &TestApp, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.address).expect("a connection");
    stream
        .set_read_timeout(Some(Duration::from_secs(7)))
        .expect("a time limit");
    // A server may have hung up in the middle of too much.
    stream.write_all(bytes).ok();
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).unwrap_or_default();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

#[actix_web::test]
async fn requests_that_no_browser_sends_get_a_plain_no() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let cookies = browser
        .cookies()
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("; ");
    let host = app.address;
    let with = |line: &str, host: &str, more: &str| {
        format!(
            "{line} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\nConnection: close\r\n{more}\r\n"
        )
    };
    let host = host.to_string();
    let huge = format!("X-Long: {}\r\n", "a".repeat(200_000));
    for (request, status) in [
        (with(&format!("GET {path}"), &host, ""), "200"),
        (with(&format!("GET {path}"), "evil.example", ""), "421"),
        (with(&format!("GET http://evil.example{path}"), &host, ""), "421"),
        (with(&format!("GET http://localhost@evil.example{path}"), &host, ""), "421"),
        (with(&format!("HEAD {path}"), &host, ""), "405"),
        (with(&format!("OPTIONS {path}"), &host, ""), "405"),
        (with(&format!("TRACE {path}"), &host, ""), "405"),
        (with(&format!("GET /{path}"), &host, ""), "404"),
        (with("GET /summary/%00", &host, ""), "403"),
        (with("GET /summary/%ff", &host, ""), "4"),
        (with("GET /summary/..%2f..%2fetc", &host, ""), "4"),
        (with("GET /summary/%2e%2e/", &host, ""), "4"),
        (with(&format!("GET {path}%20"), &host, ""), "403"),
        (with(&format!("GET {path}/late"), &host, "Sec-Purpose: prefetch\r\n"), "503"),
        (with("OPTIONS *", &host, ""), "4"),
        (with(&format!("GET {path}"), &host, &huge), "4"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(), "4"),
        ("POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(), "4"),
        ("\0\0\0\r\n\r\n".to_owned(), "4"),
    ] {
        let answer = raw(&app, request.as_bytes());
        let line: String = request.chars().take(80).collect();
        let first = answer.lines().next().unwrap_or_default();
        let hung_up = answer.is_empty() && status == "4";
        assert!(
            hung_up || first.starts_with(&format!("HTTP/1.1 {status}")),
            "{line:?}: {first:?}"
        );
        if status != "200" {
            assert!(!answer.contains(&app.guide.patients[0].name), "{line:?}");
        }
    }
    assert_eq!(export(&app).matches("\"viewed\"").count(), 1);
    browser.get("/").await.is(200);
}

#[actix_web::test]
async fn every_page_that_names_a_patient_leads_to_the_lock_when_left_alone() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let hit = search(&browser, patient).await.is(200);
    let again = crate::app::break_glass(&browser, &hit, "9").await.is(422);
    assert!(again.body.contains(&patient.name));
    let path = open(&browser, patient).await;
    let screen = whole_summary(&browser, &path).await;
    let print = browser.get(&format!("{path}/print")).await.is(200);
    let sheet = format!("{path}/print");
    for (page, back) in [(hit, "/"), (again, "/"), (screen, &*path), (print, &*sheet)] {
        let lock = format!("179; url=/locked?back={back}");
        assert_eq!(page.headers["refresh"], lock);
    }
}

#[actix_web::test]
async fn a_browser_that_hangs_up_leaves_no_grant_unrecorded_and_no_page_broken() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let hit = search(&browser, &app.guide.patients[0]).await.is(200);
    let mut fields = hit.form("glass");
    crate::app::fill(&mut fields, "reason", "1");
    let body = crate::browser::form(&crate::app::pairs(&fields));
    let cookies = browser
        .cookies()
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("; ");
    for _ in 0..8 {
        let mut stream = TcpStream::connect(app.address).expect("a connection");
        write!(
            stream,
            "POST /grants HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("sent");
        stream.shutdown(std::net::Shutdown::Both).ok();
    }
    // Whatever became of those, the next one opens and shows, and there is one open grant.
    let opened = browser
        .post("/grants", &crate::app::pairs(&fields))
        .await
        .is(303);
    whole_summary(&browser, &opened.location.expect("a place")).await;
    assert_eq!(app.ledger.all_open_grants().len(), 1);
    let out = export(&app);
    let started = out.matches("\"grant_started\"").count();
    let ended = out.matches("\"grant_ended\"").count();
    assert_eq!(
        started,
        ended + 1,
        "every start but the open one has its end"
    );
}
