//! What each part of a view costs.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, http::header, web};
use emergency_summary::domain::access::GrantId;

use crate::{
    load::{Request, Seen, closed, once},
    ward::{Options, Ward},
};

/// Rounds; each visits every rung.
const ROUNDS: usize = 7;
const SAMPLE: Duration = Duration::from_millis(1_500);
/// Patients looked at in turn.
const PATIENTS: usize = 64;
const CLIENTS: [usize; 3] = [1, 16, 64];

/// One kind of request.
pub(crate) struct Rung {
    pub(crate) name: &'static str,
    pub(crate) requests: Vec<Request>,
}

/// Ready bytes with the product's own server settings: the 1.00 of every ratio.
pub(crate) fn bare(bytes: usize) -> SocketAddr {
    let body = web::Bytes::from(vec![b'x'; bytes]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::Builder::new().spawn(move || {
        let server = HttpServer::new(move || {
            let body = body.clone();
            App::new().default_service(web::to(move || {
                let body = body.clone();
                async move {
                    HttpResponse::Ok()
                        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
                        .insert_header((header::CACHE_CONTROL, "no-store"))
                        .body(body)
                }
            }))
        });
        let server = emergency_summary::with_server_settings!(server)
            .workers(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
            .disable_signals();
        actix_web::rt::System::new().block_on(server.listen(listener).unwrap().run())
    });
    drop(server.unwrap());
    address
}

/// The same path for each of these grants.
pub(crate) fn paths(ward: &Ward, grants: &[GrantId], path: &str) -> Vec<Request> {
    grants
        .iter()
        .map(|grant| ward.page(&format!("{path}/{grant}")))
        .collect()
}

/// Looks at every patient, so that all is warm and kept for the lowest rungs; the bytes of a page.
pub(crate) fn kept(ward: &Ward, grants: &[GrantId]) -> usize {
    let sizes = Arc::new(AtomicUsize::new(0));
    let size = Arc::clone(&sizes);
    // The second look has everything that was still coming at the first.
    for _ in 0..2 {
        let size = Arc::clone(&size);
        let seen = once(&ward.views(grants), 4, move |_, page| {
            size.store(page.len(), Relaxed);
        });
        assert_eq!(seen.pages(), grants.len(), "{} refused", seen.refused());
    }
    once(&paths(ward, grants, "/ladder/kept"), 4, |_, _| ());
    sizes.load(Relaxed)
}

/// Every rung of a ward whose patients are known and warm.
fn rungs(ward: &Ward, grants: &[GrantId]) -> Vec<Rung> {
    let size = kept(ward, grants);
    println!("page: {size} bytes");
    let bare = Rung {
        name: "bare",
        requests: vec![Request::get(bare(size), "/", "")],
    };
    let above = [
        ("+ render", "/ladder/render"),
        ("+ session and grant", "/ladder/seat"),
        ("+ memory cache", "/ladder/cache"),
        ("+ ledger (the product)", "/summary"),
    ];
    let above = above.map(|(name, path)| Rung {
        name,
        requests: paths(ward, grants, path),
    });
    std::iter::once(bare).chain(above).collect()
}

pub(crate) fn run(only: &str) {
    let ward = Ward::start(Options {
        in_memory: false,
        ..Options::default()
    });
    let grants = ward.open(1..PATIENTS + 1);
    let mut rungs = rungs(&ward, &grants);
    let redis = Redis::start();
    let other = Ward::start(Options {
        in_memory: false,
        redis: Some(redis.address.clone()),
        ..Options::default()
    });
    let grants = other.open(1..PATIENTS + 1);
    kept(&other, &grants);
    let asked = other.asked();
    let from_redis = [
        ("Redis in the place of memory, no ledger", "/ladder/cache"),
        ("Redis in the place of memory, with ledger", "/summary"),
    ];
    rungs.extend(from_redis.map(|(name, path)| Rung {
        name,
        requests: paths(&other, &grants, path),
    }));
    rungs.retain(|rung| rung.name.contains(only));
    for clients in CLIENTS {
        println!("\n{clients} connections; medians of {ROUNDS} rounds");
        println!("| rung | pages/s | / bare | p50 ms | p99 ms | p99 / bare |");
        println!("|---|---|---|---|---|---|");
        table(&rungs, clients);
    }
    println!(
        "requests to sources while Redis had all: {}",
        other.asked() - asked
    );
}

/// A `redis-server` of its own, ended with this.
struct Redis {
    process: Child,
    address: String,
}

impl Redis {
    fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--loglevel", "warning"])
            .spawn()
            .expect("redis-server");
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        Self {
            process,
            address: format!("redis://127.0.0.1:{port}"),
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Rounds over all rungs, and a line for each.
pub(crate) fn table(rungs: &[Rung], clients: usize) {
    let mut cells: Vec<Vec<Seen>> = rungs.iter().map(|_| Vec::new()).collect();
    // The first round warms up.
    for round in 0..=ROUNDS {
        for (rung, cell) in rungs.iter().zip(&mut cells) {
            let seen = closed(&rung.requests, clients, SAMPLE);
            assert_eq!(seen.refused() + seen.broken, 0, "{}", rung.name);
            if round > 0 {
                cell.push(seen);
            }
        }
    }
    let of =
        |place: usize, what: &dyn Fn(&Seen) -> f64| middle(cells[place].iter().map(what).collect());
    for (place, rung) in rungs.iter().enumerate() {
        let (rate, first) = (of(place, &Seen::rate), of(0, &Seen::rate));
        let (p99, p99_first) = (
            of(place, &|seen| seen.at(0.99)),
            of(0, &|seen| seen.at(0.99)),
        );
        println!(
            "| {} | {rate:.0} | {:.2} | {:.2} | {p99:.2} | {:.1} |",
            rung.name,
            rate / first,
            of(place, &|seen| seen.at(0.5)),
            p99 / p99_first,
        );
    }
}

/// The median.
pub(crate) fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
