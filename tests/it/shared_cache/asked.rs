//! `warm` and `forget` as an administrator types them.

use std::{sync::Arc, time::Duration};

use super::{looked_at, requests, servers, servers::Server, two_nodes};
use crate::app::{TestApp, break_glass, command, search, whole_summary};
use emergency_summary::{cli::demo::GuidePatient, domain::clock::Clock as _};

fn number(patient: &GuidePatient) -> String {
    format!(
        "{}:{}:{}:{}",
        patient.insurer, patient.symbol, patient.number, patient.branch
    )
}

/// Runs a command that reads `text` from a file, on the folder of `app`.
fn asked(app: &TestApp, words: &[&str], text: &str) -> (u8, String) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("written");
    let file = file.path().display().to_string();
    let folder = app.folder.path().display().to_string();
    let words: Vec<&str> = words
        .iter()
        .map(|word| if *word == "FILE" { &*file } else { *word })
        .chain(["--dir", &folder])
        .collect();
    typed(&words)
}

/// A command has a runtime of its own, and so a thread.
fn typed(words: &[&str]) -> (u8, String) {
    std::thread::scope(|scope| {
        let running = scope.spawn(|| command(words));
        running.join().expect("no panic")
    })
}

/// The entries of one kind, oldest first.
fn entries(app: &TestApp, event: &str) -> Vec<serde_json::Value> {
    app.entries()
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|entry: &serde_json::Value| entry["event"] == event)
        .collect()
}

#[actix_web::test]
async fn a_forgotten_patient_is_in_no_nodes_memory_and_not_in_redis_and_there_is_an_entry() {
    let Some(redis) = Server::start(&[]).await else {
        return;
    };
    let (one, two) = two_nodes(&redis);
    let (on_one, on_two) = (one.physician().await, two.physician().await);
    let patient = one.guide.patients[0].clone();
    looked_at(&on_one, &patient).await;
    servers::until("shared", || redis.holds().len() == 3).await;
    let hit = search(&on_two, &patient).await.is(200);
    let path = break_glass(&on_two, &hit, "1").await.is(303);
    let path = path.location.expect("a place to go");
    whole_summary(&on_two, &path).await;
    let (code, said) = asked(&one, &["forget", "--patient", "FILE"], &number(&patient));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("3 answers forgotten"), "{said}");
    assert!(!said.contains(&patient.number), "{said}");
    assert!(redis.holds().is_empty());
    let entry = entries(&one, "administered").pop().expect("an entry");
    assert_eq!(entry["fields"]["what"], "cache_forgotten");
    // The other node hears of it, and fetches for whoever looks again.
    let before = requests(&one);
    let begun = tokio::time::Instant::now();
    while requests(&one) == before {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "not forgotten there"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
        whole_summary(&on_two, &path).await;
    }
}

#[actix_web::test]
async fn what_redis_could_not_be_told_to_forget_is_said() {
    let Some(mut redis) = Server::start(&[]).await else {
        return;
    };
    let app = super::app_on(&redis);
    let patient = app.guide.patients[0].clone();
    redis.kill();
    let (code, said) = asked(&app, &["forget", "--patient", "FILE"], &number(&patient));
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("ask once more"), "{said}");
    let (code, said) = asked(&app, &["forget", "--patient", "FILE"], "nobody");
    assert_eq!(code, 2, "{said}");
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let nowhere = folder.path().display().to_string();
    let words = ["forget", "--patient", "/dev/null", "--dir", &nowhere];
    let (code, said) = typed(&words);
    assert!(code == 2 && said.contains("no server runs"), "{said}");
}

#[actix_web::test]
async fn what_may_be_looked_at_is_fetched_ahead_after_its_entry_and_the_look_asks_no_source() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = app.guide.patients[0].clone();
    let hit = search(&browser, &patient).await.is(200);
    let opened = break_glass(&browser, &hit, "1").await.is(303);
    assert_eq!(requests(&app), 0);
    let (code, said) = asked(&app, &["warm", "--open"], "");
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("emr fetched, eprescription fetched, claims fetched"),
        "{said}"
    );
    let fetched = requests(&app);
    assert!(fetched > 0);
    let entry = entries(&app, "prefetched").pop().expect("an entry");
    assert_eq!(entry["fields"]["ground"], "grant");
    assert!(entry["grant"].is_string(), "{entry}");
    assert!(entries(&app, "viewed").is_empty(), "nothing was shown");
    let auditor = app.signed_in(app.account("auditor")).await;
    let list = auditor.get("/audit").await.is(200);
    assert!(list.body.contains("先行取得（表示なし）"), "{}", list.body);
    let path = opened.location.expect("a place to go");
    whole_summary(&browser, &path).await;
    assert_eq!(requests(&app), fetched, "the look found it there");
    let (code, said) = asked(&app, &["warm", "--open"], "");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("emr known"), "{said}");
}

#[actix_web::test]
async fn what_cannot_be_written_down_is_not_fetched_ahead_and_not_forgotten() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = app.guide.patients[0].clone();
    let hit = search(&browser, &patient).await.is(200);
    break_glass(&browser, &hit, "1").await.is(303);
    app.ledger.close();
    let (code, said) = asked(&app, &["warm", "--open"], "");
    assert_eq!(code, 1, "{said}");
    assert_eq!(requests(&app), 0, "{said}");
    let (code, said) = asked(&app, &["forget", "--patient", "FILE"], &number(&patient));
    assert!(code == 2 && !said.contains("forgotten"), "{said}");
}

#[actix_web::test]
async fn nobody_is_fetched_ahead_without_an_open_grant_or_a_recorded_consent() {
    let app = TestApp::start();
    let (code, said) = asked(&app, &["warm", "--open"], "");
    assert_eq!((code, &*said), (0, ""), "no grant is open");
    let facilities = app.registry.facilities().await.expect("facilities");
    let facility = facilities[0].id.0.clone();
    let now = app.clock.now().wall;
    let at = |hours: i64| (now - chrono::Duration::hours(hours)).to_rfc3339();
    let patients = &app.guide.patients;
    let lines = [
        format!(
            "{},written,山田 花子,{},drugs\n",
            number(&patients[0]),
            at(1)
        ),
        format!("{}\n", number(&patients[1])),
        format!(
            "{},written,山田 花子,{},drugs\n",
            number(&patients[1]),
            at(25)
        ),
        format!(
            "{},assumed,山田 花子,{},drugs\n",
            number(&patients[1]),
            at(1)
        ),
        format!("99999999::404404:01,oral,山田 花子,{},drugs\n", at(1)),
    ];
    let words = ["warm", "--appointments", "FILE", "--facility", &facility];
    let (code, said) = asked(&app, &words, &lines.concat());
    assert_eq!(code, 1, "{said}");
    let told: Vec<&str> = said.lines().collect();
    for (told, expected) in told.iter().zip([
        "line 1: ",
        "line 2: no consent",
        "line 3: no consent",
        "line 4: no consent",
        "line 5: not fetched",
    ]) {
        assert!(told.starts_with(expected), "{said}");
    }
    assert_eq!(told.len(), 5, "{said}");
    assert!(
        told[0].contains("fetched") && !told[0].contains("claims known"),
        "{said}"
    );
    assert!(!said.contains(&patients[0].number), "{said}");
    // Written down before anything was asked: also of whom nobody knows.
    let written = entries(&app, "prefetched");
    assert_eq!(written.len(), 2, "{written:?}");
    assert_eq!(written[0]["fields"]["ground"], "consent");
    assert_eq!(written[0]["fields"]["consent_how"], "written");
    assert_eq!(written[0]["personal"]["consent_taken_by"], "山田 花子");
    // Only what the consent opens: not a word of what charts hold.
    let emr = app
        .faults
        .requests(emergency_summary::domain::section::SourceName::Emr);
    let sources = written[0]["fields"]["sources"].to_string();
    assert_eq!(sources.contains("emr"), emr > 0, "{sources}");
    let (code, said) = asked(
        &app,
        &["warm", "--appointments", "FILE", "--facility", "elsewhere"],
        &lines[0],
    );
    assert!(code == 1 && said.contains("there is no facility"), "{said}");
}

/// A configuration that differs in how Redis is written, and what `check` says of it.
struct Written {
    folder: tempfile::TempDir,
    key: String,
}

impl Written {
    fn new() -> Self {
        let mut written = Self {
            folder: tempfile::tempdir().expect("a folder"),
            key: String::new(),
        };
        written.key = written.file("key", &data_encoding::BASE64.encode(&[7; 32]));
        written
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        let own = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, own).expect("a mode");
        path.display().to_string()
    }

    fn checked(&self, redis: &str) -> (u8, String) {
        let (folder, key) = (self.folder.path().display().to_string(), &self.key);
        let config = format!(
            "node = \"n1\"\nlisten = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"\n\
             folder = {folder:?}\nkey_file = {key:?}\nhosts = [\"h.example\"]\n{redis}\n"
        );
        typed(&["check", "--config", &self.file("config.toml", &config)])
    }
}

#[actix_web::test]
async fn check_says_of_each_redis_server_whether_it_answers() {
    let Some(redis) = Server::start(&[]).await else {
        return;
    };
    let written = Written::new();
    let secret = written.file("password", "geheim\n");
    let there = redis.address();
    let gone = format!("redis://127.0.0.1:{}", servers::free_port());
    let (code, said) = written.checked(&format!("redis = {there:?}"));
    let is_ok = said.contains(&format!("redis {there}: ok"));
    assert!(code == 0 && is_ok, "{said}");
    let (code, said) = written.checked(&format!("redis = {gone:?}"));
    assert!(code == 1 && said.contains("nothing answers"), "{said}");
    let table = format!("[redis]\naddresses = [{there:?}, {gone:?}]\nmaster = \"ward\"\n");
    let (code, said) = written.checked(&table);
    assert_eq!(code, 1, "{said}");
    for line in [
        format!("redis {there}: ok"),
        format!("redis {gone}: nothing answers"),
        "redis master ward: ".to_owned(),
    ] {
        assert!(said.contains(&line), "{line} in {said}");
    }
    redis.tell(&["CONFIG", "SET", "requirepass", "geheim"]);
    let (code, said) = written.checked(&format!("redis = {there:?}"));
    assert_eq!(code, 1, "{said}");
    let table = format!("[redis]\naddresses = [{there:?}]\npassword_file = {secret:?}\n");
    let (code, said) = written.checked(&table);
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("geheim"), "{said}");
}

#[test]
fn what_is_wrong_with_how_the_cache_is_written_is_said() {
    let one = "[redis]\naddresses = [\"redis://a\"]";
    let two = "[redis]\naddresses = [\"redis://a\", \"rediss://b\"]";
    for (text, problem) in [
        (
            "redis = \"redis://:geheim@127.0.0.1\"".to_owned(),
            "a password does not belong",
        ),
        ("redis = \"http://127.0.0.1\"".to_owned(), "not usable"),
        ("redis = \"redis://r.example\"".to_owned(), "in the clear"),
        ("redis = 7".to_owned(), "an address or a table"),
        ("[redis]\naddresses = []".to_owned(), "at least one"),
        (format!("{one}\ncluster = true\nmaster = \"m\""), "not both"),
        (
            format!("{two}\ncluster = true"),
            "for all addresses or for none",
        ),
        (two.to_owned(), "several addresses need"),
        (format!("{one}\nwait_ms = 500"), "wait_ms"),
        (format!("{one}\npassword_file = \"/nowhere\""), "/nowhere"),
        ("[cache]\nkey_file = \"/nowhere\"".to_owned(), "/nowhere"),
        ("[cache]\nmegabytes = 0".to_owned(), "megabytes"),
        ("[cache.claims]\nhard_minutes = 4321".to_owned(), "72 hours"),
    ] {
        let (code, said) = Written::new().checked(&text);
        assert!(code == 1 && said.contains(problem), "{problem}: {said}");
        assert!(!said.contains("geheim"), "{said}");
    }
}
