//! First views, before anything is cached.

use std::time::Duration;

use crate::{
    ladder::middle,
    load::{Seen, closed, once},
    process::metric,
    ward::{Options, Ward},
};

/// Of each source, in milliseconds: the first is the slowest.
const LATENCIES: [u64; 3] = [80, 40, 20];
const PATIENTS: usize = 400;

/// One view after the other of patients that nobody looked at before: with sources that take their
/// time and with ones that answer at once, so that what is our own is seen. A source is asked twice
/// in a row at least: who that is, then everything about that one.
pub(crate) fn run() {
    let ward = Ward::start(Options::default());
    println!(
        "| sources take ms | slowest source's own answer ms | p50 ms | p99 ms | p50 / slowest | p50 - slowest ms |"
    );
    println!("|---|---|---|---|---|---|");
    let mut next = 1;
    for factor in [0, 1, 2] {
        for (source, latency) in ward.sources.iter().zip(LATENCIES) {
            source
                .behaviour
                .takes(Duration::from_millis(latency * factor));
        }
        let grants = ward.open(next..next + PATIENTS);
        next += PATIENTS;
        let seen = once(&ward.views(&grants), 1, |_, _| ());
        assert_eq!(seen.pages(), PATIENTS);
        let slowest = (2 * LATENCIES[0] * factor) as f64;
        println!(
            "| {:?} | {slowest} | {:.1} | {:.1} | {:.2} | {:.1} |",
            LATENCIES.map(|latency| latency * factor),
            seen.at(0.5),
            seen.at(0.99),
            seen.at(0.5) / slowest,
            seen.at(0.5) - slowest,
        );
    }
}

/// A thousand look at one patient at the same instant.
pub(crate) fn stampede() {
    const CLIENTS: usize = 200;
    let ward = Ward::start(Options::default());
    for source in &ward.sources {
        source.behaviour.takes(Duration::from_millis(50));
    }
    // What one cold view alone asks for.
    let alone = ward.open(1..2);
    let before = ward.asked();
    once(&ward.views(&alone), 1, |_, _| ());
    let usual = ward.asked() - before;
    println!("| connections | views | requests to sources | of one view alone | slowest view ms |");
    println!("|---|---|---|---|---|");
    for patient in 2..7 {
        let grant = ward.open(patient..patient + 1);
        let requests = vec![ward.view(&grant[0]); 1_000];
        let before = ward.asked();
        let seen = once(&requests, CLIENTS, |_, _| ());
        println!(
            "| {CLIENTS} | {} | {} | {usual} | {:.0} |",
            seen.pages(),
            ward.asked() - before,
            seen.at(1.0),
        );
    }
}

/// Patients with ever more resources; after the first hundred they are of years ago.
pub(crate) fn growth() {
    const COLD: usize = 20;
    const ROUNDS: usize = 5;
    // Seconds after which the cache has told what it holds.
    const SWEEP: usize = 7;
    println!("| resources | cold p50 ms | warm p50 ms | warm p99 ms | cache bytes a patient |");
    println!("|---|---|---|---|---|");
    for resources in [10, 100, 1_000, 10_000] {
        let ward = Ward::start(Options {
            resources,
            recent: 100,
            ..Options::default()
        });
        let grants = ward.open(1..COLD + 1);
        let held = metric(&ward.metrics, "cache_memory_bytes");
        let cold = once(&ward.views(&grants), 1, |_, _| ());
        // Whatever was still coming is there now; the gauge follows within a sweep.
        for _ in 0..SWEEP {
            closed(&ward.views(&grants), 1, Duration::from_secs(1));
        }
        let now = metric(&ward.metrics, "cache_memory_bytes");
        let bytes = now
            .zip(held)
            .map_or("not measured".to_owned(), |(now, before)| {
                format!("{:.0}", (now - before) / COLD as f64)
            });
        let span = Duration::from_secs(1);
        let again: Vec<Seen> = (0..ROUNDS)
            .map(|_| closed(&ward.views(&grants), 1, span))
            .collect();
        let of = |part: f64| middle(again.iter().map(|seen| seen.at(part)).collect());
        println!(
            "| {resources} | {:.1} | {:.2} | {:.2} | {bytes} |",
            cold.at(0.5),
            of(0.5),
            of(0.99),
        );
    }
}
