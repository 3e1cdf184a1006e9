//! What the ledger takes of a view, and what one commit for many gives back.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use crate::{
    ladder::{Rung, kept, middle, paths},
    load::{Seen, closed},
    ward::{Options, Ward},
};

/// Rounds; each visits every way at every number of clients.
const ROUNDS: usize = 7;
const SAMPLE: Duration = Duration::from_millis(1_500);
const CLIENTS: [usize; 3] = [1, 16, 64];
const PATIENTS: usize = 64;
/// What the slow disk's syncs take longer.
const SLOW: Duration = Duration::from_millis(5);

/// The fast disk here, the slow one in a process of its own.
#[expect(clippy::disallowed_methods, reason = "what the other process was told")]
pub(crate) fn run() {
    if std::env::var_os("DISK_FOLDER").is_some() {
        return measure("5 ms added to every sync");
    }
    measure("as it is");
    let folder = tempfile::tempdir().unwrap();
    let shim = folder.path().join("disk.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&shim)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shim/disk.c"))
        .arg("-ldl")
        .status();
    assert!(built.unwrap().success());
    let again = Command::new(std::env::current_exe().unwrap())
        .arg("ledger")
        .env("LD_PRELOAD", shim)
        // Every folder of the build, the ledger's among them.
        .env("DISK_FOLDER", env!("CARGO_TARGET_TMPDIR"))
        .env("DISK_DELAY_US", SLOW.as_micros().to_string())
        .status();
    assert!(again.unwrap().success());
}

fn measure(disk: &str) {
    let ward = Ward::start(Options {
        in_memory: false,
        change: |options| options.budgets.commit_ms = 60_000,
        ..Options::default()
    });
    let grants = ward.open(1..PATIENTS + 1);
    kept(&ward, &grants);
    let ways = [
        ("off", "/ladder/cache"),
        ("each", "/ladder/each"),
        ("group", "/summary"),
    ]
    .map(|(name, path)| Rung {
        name,
        requests: paths(&ward, &grants, path),
    });
    let mut commits = Vec::new();
    let mut cells: Vec<Vec<Seen>> = (0..ways.len() * CLIENTS.len())
        .map(|_| Vec::new())
        .collect();
    // The first round warms up.
    for round in 0..=ROUNDS {
        let commit = commit();
        let mut seen = Vec::new();
        for way in &ways {
            for clients in CLIENTS {
                seen.push(closed(&way.requests, clients, SAMPLE));
            }
        }
        if round > 0 {
            commits.push(commit);
            for (cell, seen) in cells.iter_mut().zip(seen) {
                assert_eq!(seen.refused() + seen.broken, 0);
                cell.push(seen);
            }
        }
    }
    print(disk, middle(commits), &ways, &cells);
}

/// The median of one-row commits of a database of their own, in milliseconds.
fn commit() -> f64 {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let connection = Connection::open(folder.path().join("commits.sqlite")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS entry(seq INTEGER PRIMARY KEY, body BLOB)",
        )
        .unwrap();
    let times = (0..100).map(|_| {
        let begun = Instant::now();
        connection
            .execute("INSERT INTO entry(body) VALUES (zeroblob(400))", [])
            .unwrap();
        begun.elapsed().as_secs_f64() * 1_000.0
    });
    middle(times.collect())
}

fn print(disk: &str, commit: f64, ways: &[Rung], cells: &[Vec<Seen>]) {
    println!("\ndisk: {disk}; one commit of one row: {commit:.3} ms (median)");
    println!(
        "| clients | way | views/s | p50 ms | p99 ms | / off | / each | (p50 - off) / commit | p50 / commit |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (at, clients) in CLIENTS.into_iter().enumerate() {
        let of = |way: usize, what: &dyn Fn(&Seen) -> f64| {
            let seen = &cells[way * CLIENTS.len() + at];
            middle(seen.iter().map(what).collect())
        };
        let rate = |way| of(way, &Seen::rate);
        let p50 = |way| of(way, &|seen| seen.at(0.5));
        for (way, Rung { name, .. }) in ways.iter().enumerate() {
            println!(
                "| {clients} | {name} | {:.0} | {:.2} | {:.2} | {:.2} | {:.1} | {:.2} | {:.2} |",
                rate(way),
                p50(way),
                of(way, &|seen| seen.at(0.99)),
                rate(way) / rate(0),
                rate(way) / rate(1),
                (p50(way) - p50(0)) / commit,
                p50(way) / commit,
            );
        }
    }
}
