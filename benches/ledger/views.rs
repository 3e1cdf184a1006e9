//! Views per second: what the ledger takes of them, and what one commit for many gives back.
//!
//! A view is what it is in the product without its HTML: the records of one patient assembled to
//! the screen's value, that value as the JSON which the ledger keeps, the entry, and thirty
//! kilobytes of answer. Making the HTML would hide some of the ledger's share.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use emergency_summary::{
    domain::{access::Grant, clock::Clock as _, record::Records},
    ledger::Ledger,
    system::SystemClock,
};
use rusqlite::Connection;

use crate::{
    bundle::{bundle, records, summary},
    load::{Seen, clients},
    people,
};

/// Rounds; each visits every way at every number of clients.
const ROUNDS: usize = 5;
const SAMPLE: Duration = Duration::from_millis(1_500);
const CLIENTS: [usize; 3] = [1, 16, 64];
const WAYS: [&str; 3] = ["off", "each", "group"];
/// What the slow disk's syncs take longer.
const SLOW: Duration = Duration::from_millis(5);

/// The fast disk here, the slow one in a process of its own.
#[expect(clippy::disallowed_methods, reason = "what the other process was told")]
pub(crate) fn run() {
    if let Some(slow) = std::env::var_os("DISK_FOLDER") {
        return measure(Path::new(&slow), true);
    }
    let folder = folder();
    measure(folder.path(), false);
    let slow = self::folder();
    let shim = folder.path().join("disk.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&shim)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shim/disk.c"))
        .arg("-ldl")
        .status();
    assert!(built.unwrap().success());
    let again = Command::new(std::env::current_exe().unwrap())
        .arg("views")
        .env("LD_PRELOAD", shim)
        .env("DISK_FOLDER", slow.path())
        .env("DISK_DELAY_US", SLOW.as_micros().to_string())
        .status();
    assert!(again.unwrap().success());
}

/// On the disk that the build is on: one in memory has no syncs.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// What the handlers share.
struct Desk {
    ledger: Ledger,
    grants: Vec<Grant>,
    records: Arc<Records>,
    body: web::Bytes,
    /// Where every view has a commit of its own, the next waits for it.
    turn: tokio::sync::Mutex<()>,
}

async fn view(path: web::Path<(String, usize)>, desk: web::Data<Desk>) -> HttpResponse {
    let (way, client) = path.into_inner();
    let grant = &desk.grants[client % desk.grants.len()];
    let shown = serde_json::to_vec(&summary(&desk.records)).unwrap();
    let draft = people::view(grant, shown);
    match way.as_str() {
        "off" => drop(draft),
        "each" => {
            let _turn = desk.turn.lock().await;
            desk.ledger.append(draft).await.unwrap();
        }
        "group" => drop(desk.ledger.append(draft).await.unwrap()),
        other => panic!("{other}"),
    }
    HttpResponse::Ok().body(desk.body.clone())
}

fn serve(desk: Desk) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let desk = web::Data::new(desk);
    let server = std::thread::Builder::new().spawn(move || {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(desk.clone())
                .route("/{way}/{client}", web::get().to(view))
        });
        let server = emergency_summary::with_server_settings!(server).disable_signals();
        actix_web::rt::System::new().block_on(server.listen(listener).unwrap().run())
    });
    // It serves until this process ends.
    drop(server.unwrap());
    address
}

fn measure(folder: &Path, slow: bool) {
    let ledger = people::open(folder, Arc::new(SystemClock));
    let grants: Vec<Grant> = (0..64)
        .map(|nth| people::grant(&ledger, nth, SystemClock.now()))
        .collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for grant in &grants {
        runtime
            .block_on(ledger.append(people::start(grant)))
            .unwrap();
    }
    let records = records(&bundle(100));
    let size = serde_json::to_vec(&summary(&records)).unwrap().len();
    let address = serve(Desk {
        ledger,
        grants,
        records,
        body: web::Bytes::from(vec![b'x'; 30_000]),
        turn: tokio::sync::Mutex::default(),
    });
    let mut commits = Vec::new();
    let mut cells: Vec<Vec<Seen>> = (0..WAYS.len() * CLIENTS.len())
        .map(|_| Vec::new())
        .collect();
    // The first round warms up.
    for round in 0..=ROUNDS {
        let commit = commit(folder);
        let mut seen = Vec::new();
        for way in WAYS {
            for count in CLIENTS {
                seen.push(clients(address, &format!("/{way}"), count, SAMPLE));
            }
        }
        if round > 0 {
            commits.push(commit);
            for (cell, seen) in cells.iter_mut().zip(seen) {
                cell.push(seen);
            }
        }
    }
    print(slow, size, middle(commits), &cells);
}

/// The median of one-row commits of a database of their own, in milliseconds.
fn commit(folder: &Path) -> f64 {
    let connection = Connection::open(folder.join("commits.sqlite")).unwrap();
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

fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn print(slow: bool, size: usize, commit: f64, cells: &[Vec<Seen>]) {
    let cell = |way: usize, count: usize, what: fn(&Seen) -> f64| {
        middle(
            cells[way * CLIENTS.len() + count]
                .iter()
                .map(what)
                .collect(),
        )
    };
    let disk = if slow {
        "5 ms added to every sync"
    } else {
        "as it is"
    };
    println!("\ndisk: {disk}; shown: {size} bytes; one commit: {commit:.3} ms (median)");
    println!(
        "| clients | way | views/s | p50 ms | p99 ms | / off | / each | (p50 - off) / commit |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (at, count) in CLIENTS.into_iter().enumerate() {
        for (way, name) in WAYS.into_iter().enumerate() {
            let rate = |way| cell(way, at, |seen| seen.rate);
            let p50 = |way| cell(way, at, |seen| seen.p50);
            let p99 = cell(way, at, |seen| seen.p99);
            println!(
                "| {count} | {name} | {:.0} | {:.2} | {p99:.2} | {:.2} | {:.1} | {:.2} |",
                rate(way),
                p50(way),
                rate(way) / rate(0),
                rate(way) / rate(1),
                (p50(way) - p50(0)) / commit,
            );
        }
    }
}
