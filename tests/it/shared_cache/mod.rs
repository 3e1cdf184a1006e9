//! The cache that the nodes share, in the whole app: it can only save work.

mod answers;
mod asked;
mod forms;
pub(crate) mod servers;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use emergency_summary::{
    cache::{Redis, Settings},
    cli::demo::GuidePatient,
    domain::section::SourceName,
    sources::Endpoint,
};
use rustix::process::Signal;
use tokio::time::Instant;

use self::servers::Server;
use crate::{
    app::{SECTIONS, TestApp, open, whole_summary},
    browser::{Browser, Page},
};

/// What the cache of a test is: where processors are shared, Redis has more time.
pub(crate) fn on(redis: &Server) -> Settings {
    Settings {
        redis: Some(Redis::from(redis.address())),
        redis_wait: Duration::from_millis(250),
        ..Settings::default()
    }
}

/// An app in a folder, with other sources than its own where there are some.
fn app_in(
    folder: Arc<tempfile::TempDir>,
    cache: Settings,
    sources: BTreeMap<SourceName, Endpoint>,
) -> TestApp {
    TestApp::start_with(folder, |options| {
        options.cache = cache;
        options.instead = sources;
        // Pages are compared: none is made before all has come.
        options.budgets.first_ms = options.budgets.last_ms;
    })
}

/// An app on this Redis.
fn app_on(redis: &Server) -> TestApp {
    app_in(fresh(), on(redis), BTreeMap::new())
}

/// An app without Redis that asks another's sources.
fn app_alone(sources_of_another: &TestApp) -> TestApp {
    app_in(fresh(), Settings::default(), sources_of(sources_of_another))
}

fn fresh() -> Arc<tempfile::TempDir> {
    Arc::new(tempfile::tempdir().expect("a folder"))
}

pub(crate) fn sources_of(app: &TestApp) -> BTreeMap<SourceName, Endpoint> {
    [
        SourceName::Identity,
        SourceName::Emr,
        SourceName::Eprescription,
        SourceName::Claims,
    ]
    .into_iter()
    .map(|source| {
        let base = app.guide.sources[source.word()].clone();
        let endpoint = Endpoint {
            base,
            ..Endpoint::default()
        };
        (source, endpoint)
    })
    .collect()
}

/// Two nodes of one installation on this Redis: the same accounts, keys and sources.
fn two_nodes(redis: &Server) -> (TestApp, TestApp) {
    let folder = app_on(redis).stop();
    let copy = fresh();
    for entry in std::fs::read_dir(folder.path()).expect("its files") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let name = path.file_name().expect("a name");
            std::fs::copy(&path, copy.path().join(name)).expect("a copy");
        }
    }
    let one = app_in(folder, on(redis), BTreeMap::new());
    let two = app_in(copy, on(redis), sources_of(&one));
    (one, two)
}

/// FHIR requests that the clinical sources have received.
fn requests(app: &TestApp) -> u64 {
    let received = SourceName::CLINICAL.map(|source| app.faults.requests(source));
    received.into_iter().sum()
}

/// What a page says of the patient.
fn said(page: &Page) -> Vec<(Vec<String>, String)> {
    SECTIONS
        .iter()
        .map(|section| {
            let section = format!("section#section-{section}");
            let state = page.attributes(&section, "data-state");
            (state, page.texts(&section).join("\n"))
        })
        .collect()
}

async fn looked_at(browser: &Browser, patient: &GuidePatient) -> Vec<(Vec<String>, String)> {
    let path = open(browser, patient).await;
    said(&whole_summary(browser, &path).await)
}

#[actix_web::test]
async fn whatever_becomes_of_redis_the_page_is_the_same_and_in_time() {
    let Some(mut redis) = Server::start(&[]).await else {
        return;
    };
    let app = app_on(&redis);
    let browser = app.physician().await;
    let alone = app_alone(&app);
    let without = alone.physician().await;
    let troubles = [
        "none",
        "flushed",
        "full",
        "read_only",
        "writable",
        "paused",
        "going_on",
        "killed",
    ];
    // A patient each, so that memory does not help out.
    let patients = app.guide.patients.clone();
    for (trouble, patient) in troubles.into_iter().zip(&patients) {
        match trouble {
            "flushed" => redis.tell(&["FLUSHALL"]),
            "full" => {
                redis.tell(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
                redis.tell(&["CONFIG", "SET", "maxmemory", "1"]);
            }
            "read_only" => {
                redis.tell(&["CONFIG", "SET", "maxmemory", "0"]);
                redis.tell(&["REPLICAOF", "127.0.0.1", "1"]);
            }
            "writable" => redis.tell(&["REPLICAOF", "NO", "ONE"]),
            "paused" => redis.signal(Signal::STOP),
            "going_on" => redis.signal(Signal::CONT),
            "killed" => redis.kill(),
            _ => {}
        }
        let held = match trouble {
            "none" | "flushed" | "writable" => redis.holds().len(),
            _ => 0,
        };
        let expected = looked_at(&without, patient).await;
        let path = open(&browser, patient).await;
        let begun = Instant::now();
        let page = whole_summary(&browser, &path).await;
        let took = begun.elapsed();
        assert_eq!(said(&page), expected, "{trouble}");
        assert!(took < Duration::from_secs(4), "{trouble}: {took:?}");
        if ["none", "flushed", "writable"].contains(&trouble) {
            servers::until("its answers are shared", || redis.holds().len() == held + 3).await;
        }
    }
    // And once more what is in memory.
    for patient in &patients[..troubles.len()] {
        let (expected, page) = (
            looked_at(&without, patient).await,
            looked_at(&browser, patient).await,
        );
        assert_eq!(page, expected);
    }
}

#[actix_web::test]
async fn two_nodes_share_one_fetch_whether_one_after_the_other_or_at_once() {
    let Some(redis) = Server::start(&[]).await else {
        return;
    };
    let (one, two) = two_nodes(&redis);
    let (on_one, on_two) = (one.physician().await, two.physician().await);
    let patient = &one.guide.patients[0];
    let first = looked_at(&on_one, patient).await;
    let fetched = requests(&one);
    servers::until("what the first fetched is shared", || {
        redis.holds().len() == 3
    })
    .await;
    let second = looked_at(&on_two, patient).await;
    assert_eq!(second, first);
    assert_eq!(requests(&one), fetched, "the second node asked no source");

    // At once: one of them asks, the other takes what it brings.
    let patient = &one.guide.patients[1];
    let (path_one, path_two) = (open(&on_one, patient).await, open(&on_two, patient).await);
    for source in SourceName::CLINICAL {
        one.faults.set_latency(source, Duration::from_millis(15));
    }
    let before = requests(&one);
    let (page_one, page_two) = futures_util::future::join(
        whole_summary(&on_one, &path_one),
        whole_summary(&on_two, &path_two),
    )
    .await;
    assert_eq!(said(&page_one), said(&page_two));
    let together = requests(&one) - before;
    redis.tell(&["FLUSHALL"]);
    let alone = app_alone(&one);
    let before = requests(&one);
    looked_at(&alone.physician().await, patient).await;
    assert_eq!(
        together,
        requests(&one) - before,
        "as many as one node alone"
    );
}

#[actix_web::test]
async fn an_answer_moved_to_another_patient_or_spoilt_is_removed_and_fetched_again() {
    let Some(redis) = Server::start(&[]).await else {
        return;
    };
    let (one, two) = two_nodes(&redis);
    let (on_one, on_two) = (one.physician().await, two.physician().await);
    let (mine, other) = (&one.guide.patients[0], &one.guide.patients[1]);
    let expected = looked_at(&on_one, mine).await;
    servers::until("shared", || redis.holds().len() == 3).await;
    let of_mine = redis.holds();
    looked_at(&on_one, other).await;
    servers::until("shared", || redis.holds().len() == 6).await;
    let mut of_other = redis.holds();
    of_other.retain(|(name, _)| !of_mine.iter().any(|(mine, _)| mine == name));
    // The same source's answer about another patient, half of the own, and rubbish.
    let spoilt = [
        of_other[0].1[0].1.clone(),
        of_mine[1].1[0].1[..40].to_vec(),
        b"rubbish".to_vec(),
    ];
    for ((name, fields), value) in of_mine.iter().zip(spoilt) {
        let client = redis::Client::open(redis.address()).expect("an address");
        let mut connection = client.get_connection().expect("a connection");
        let () = redis::cmd("HSET")
            .arg(name)
            .arg(&fields[0].0)
            .arg(value)
            .query(&mut connection)
            .expect("it is put there");
    }
    let before = requests(&one);
    assert_eq!(looked_at(&on_two, mine).await, expected);
    assert!(requests(&one) > before, "fetched again");
    servers::until("a good value stands in its place", || {
        let now = redis.holds();
        of_mine.iter().all(|(name, fields)| {
            let is_good = |value: &[u8]| value.len().abs_diff(fields[0].1.len()) < 64;
            now.iter()
                .any(|(there, fields)| there == name && is_good(&fields[0].1))
        })
    })
    .await;
}

#[actix_web::test]
async fn nothing_of_a_patient_can_be_read_in_redis() {
    let Some(redis) = Server::start(&["--appendonly", "yes"]).await else {
        return;
    };
    let app = app_on(&redis);
    let browser = app.physician().await;
    let patient = app.guide.patients[0].clone();
    looked_at(&browser, &patient).await;
    servers::until("shared", || redis.holds().len() == 3).await;
    let mut all = Vec::new();
    for (name, fields) in redis.holds() {
        all.extend(name.into_bytes());
        for (field, value) in fields {
            all.extend(field);
            all.extend(value);
        }
    }
    let mut folders = vec![redis.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("its files") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.extend(std::fs::read(path).expect("a file"));
            }
        }
    }
    assert!(all.len() > 5_000, "its values and its file");
    for word in [
        &*patient.name,
        &patient.kana,
        &patient.number,
        &patient.birth_date,
        &patient.insurer,
        "ワルファリン",
        "Condition/",
        "Patient/",
        "Observation",
    ] {
        let is_there = all
            .windows(word.len())
            .any(|window| window == word.as_bytes());
        assert!(!is_there, "{word}");
    }
}
