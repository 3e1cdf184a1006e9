//! Many patients at once, for long.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use crate::{
    load::{Request, Seen, once, open},
    process::{descriptors, memory, metric_with},
    ward::{Options, Ward},
};

const MARK: char = 'T';

/// Whose tags a page holds: `T`, seven digits, `X`.
fn tags(page: &str) -> BTreeSet<&str> {
    page.match_indices(MARK)
        .filter_map(|(at, _)| page.get(at + 1..at + 9))
        .filter_map(|tag| tag.strip_suffix('X'))
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .collect()
}

/// Pages of mixed patients, each tagged.
pub(crate) fn run(pages: usize) {
    const PATIENTS: usize = 5_000;
    const PART: usize = 10_000;
    const CLIENTS: usize = 64;
    let ward = Ward::start(Options::default());
    let grants = ward.open(1..PATIENTS + 1);
    let mixed = mixed(PART, PATIENTS);
    let requests: Vec<Request> = mixed.iter().map(|nth| ward.view(&grants[*nth])).collect();
    let numbers: Arc<[usize]> = mixed.iter().map(|nth| nth + 1).collect();
    let (foreign, empty) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (mut seen, mut after_first) = (0, 0);
    let begun = Instant::now();
    while seen < pages {
        let (foreign, empty) = (Arc::clone(&foreign), Arc::clone(&empty));
        let numbers = Arc::clone(&numbers);
        let part = once(&requests, CLIENTS, move |nth, page| {
            let own = format!("{:07}", numbers[nth]);
            let tags = tags(page);
            empty.fetch_add(usize::from(!tags.contains(&*own)), Relaxed);
            foreign.fetch_add(tags.iter().filter(|tag| **tag != own).count(), Relaxed);
        });
        assert_eq!(part.refused() + part.broken, 0);
        seen += part.pages();
        if after_first == 0 {
            after_first = memory();
        }
    }
    println!(
        "{seen} pages of {PATIENTS} patients by {CLIENTS} clients in {:.0} s: {} foreign tags, {} pages without their own; memory at the end / after {PART}: {:.2} ({} MB)",
        begun.elapsed().as_secs_f64(),
        foreign.load(Relaxed),
        empty.load(Relaxed),
        memory() as f64 / after_first as f64,
        memory() / 1_000_000,
    );
}

/// So many of so many, in an order that repeats only in the whole.
fn mixed(count: usize, of: usize) -> Vec<usize> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize % of
        })
        .collect()
}

/// The nation's 20,000 transports of a day in minutes: each patient is looked at six times, one in
/// ten comes again.
pub(crate) fn day(seconds: usize) {
    const TRANSPORTS: usize = 20_000;
    const LOOKS: usize = 6;
    // A transport's looks stand some hundreds of others apart.
    const APART: usize = 300;
    let ward = Ward::start(Options::default());
    for (source, latency) in ward.sources.iter().zip([80, 40, 20]) {
        source.behaviour.takes(Duration::from_millis(latency));
    }
    let patients = TRANSPORTS * 9 / 10;
    let grants = ward.open(1..patients + 1);
    let again = mixed(TRANSPORTS - patients, patients);
    let arrivals: Vec<usize> = (0..patients).chain(again).collect();
    let mut looks = Vec::with_capacity(TRANSPORTS * LOOKS);
    for slot in 0..arrivals.len() + APART * LOOKS {
        for look in 0..LOOKS {
            if let Some(arrival) = slot
                .checked_sub(look * APART)
                .and_then(|at| arrivals.get(at))
            {
                looks.push(ward.view(&grants[*arrival]));
            }
        }
    }
    let rate = looks.len() as f64 / seconds as f64;
    let seen = open(&looks, rate, 400, Duration::from_secs(seconds as u64));
    let served =
        |kind: &str| metric_with(&ward.metrics, "summary_served_total", kind).unwrap_or_default();
    let (fresh, stale, coming) = (
        served("kind=\"fresh\""),
        served("kind=\"stale\""),
        served("kind=\"coming\""),
    );
    println!(
        "{TRANSPORTS} transports, {} looks in {seconds} s ({rate:.0}/s): p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, refused {}, broken {}; requests to sources a transport {:.1}; answers fresh {fresh:.0}, stale {stale:.0}, coming {coming:.0}; memory {} MB",
        seen.pages(),
        seen.at(0.5),
        seen.at(0.99),
        seen.at(0.999),
        seen.refused(),
        seen.broken,
        ward.asked() as f64 / TRANSPORTS as f64,
        memory() / 1_000_000,
    );
}

/// Mixed views, warm and cold, with a fault each minute.
pub(crate) fn soak(seconds: usize) {
    const MINUTE: u64 = 60;
    const RATE: f64 = 100.0;
    let ward = Ward::start(Options::default());
    let mut next = 1;
    println!(
        "| minute | fault | p50 ms | p99 ms | longest ms | refused | broken | memory MB | descriptors |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for minute in 0..seconds.div_ceil(MINUTE as usize) {
        let (source, fault) = (&ward.sources[minute % 3], minute / 3 % 4);
        let behaviour = &source.behaviour;
        for source in &ward.sources {
            source.behaviour.is_well();
            source.behaviour.is_slow(0, Duration::ZERO);
            source.behaviour.takes(Duration::from_millis(20));
        }
        let said = match fault {
            0 => "none",
            1 => {
                behaviour.hangs();
                "hangs"
            }
            2 => {
                behaviour.is_dead();
                "dead"
            }
            _ => {
                behaviour.is_slow(50, Duration::from_millis(800));
                "slow"
            }
        };
        let count = RATE as usize * MINUTE as usize;
        // Every fourth look is a patient's first.
        let grants = ward.open(next..next + count / 4);
        next += count / 4;
        let looks: Vec<Request> = (0..count).map(|nth| ward.view(&grants[nth / 4])).collect();
        let seen: Seen = open(&looks, RATE, 200, Duration::from_secs(MINUTE));
        println!(
            "| {minute} | {} {said} | {:.1} | {:.1} | {:.1} | {} | {} | {} | {} |",
            source.name.word(),
            seen.at(0.5),
            seen.at(0.99),
            seen.at(1.0),
            seen.refused(),
            seen.broken,
            memory() / 1_000_000,
            descriptors(),
        );
    }
}
