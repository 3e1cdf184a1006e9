//! Sources that hang, die or are slow now and then.

use std::time::Duration;

use emergency_summary::domain::access::GrantId;

use crate::{
    ladder::middle,
    load::{Seen, closed, open, open_after},
    process::{descriptors, memory, metric},
    source::Source,
    ward::{Options, Ward},
};

/// Views a second in the runs with an open loop.
const RATE: f64 = 200.0;
const CONNECTIONS: usize = 400;
/// The slowest and the quickest source's own latency, in milliseconds.
const LATENCY: u64 = 20;

/// Different patients, each looked at once, `RATE` a second.
struct Stream<'a> {
    ward: &'a Ward,
    next: usize,
}

impl Stream<'_> {
    fn grants(&mut self, seconds: usize) -> Vec<GrantId> {
        let count = RATE as usize * seconds;
        let grants = self.ward.open(self.next..self.next + count);
        self.next += count;
        grants
    }

    /// First answers and last answers.
    fn run(&mut self, seconds: usize) -> (Seen, Seen) {
        let grants = self.grants(seconds);
        let span = Duration::from_secs(seconds as u64);
        let first = self.ward.views(&grants);
        let late: Vec<_> = grants
            .iter()
            .map(|grant| self.ward.page(&format!("/summary/{grant}/late")))
            .collect();
        // The browser asks for the rest as soon as the first answer is there.
        let later = Duration::from_millis(300);
        std::thread::scope(|scope| {
            let last = scope.spawn(|| open_after(later, &late, RATE, CONNECTIONS, span));
            let first = open(&first, RATE, CONNECTIONS, span);
            (first, last.join().unwrap())
        })
    }
}

fn well(sources: &[Source]) {
    for source in sources {
        source.behaviour.is_well();
        source.behaviour.is_slow(0, Duration::ZERO);
        source.behaviour.takes(Duration::from_millis(LATENCY));
    }
}

/// One, two and three sources hanging. The runs take turns with ones in health.
pub(crate) fn hang(seconds: usize) {
    const PAIRS: usize = 5;
    let ward = Ward::start(Options::default());
    let mut stream = Stream {
        ward: &ward,
        next: 1,
    };
    well(&ward.sources);
    // Warms up.
    stream.run(1);
    println!("{} different patients in each run", RATE as usize * seconds);
    println!(
        "| hanging | first p50 ms | first p99.9 ms | last p99.9 ms | refused | in health p99 ms | memory MB | descriptors |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for hanging in 1..=ward.sources.len() {
        let (mut sick, mut late, mut healthy) = (Seen::default(), Seen::default(), Seen::default());
        for _ in 0..PAIRS {
            well(&ward.sources);
            healthy = healthy.with(stream.run(seconds).0);
            for source in ward.sources.iter().take(hanging) {
                source.behaviour.hangs();
            }
            let (first, last) = stream.run(seconds);
            sick = sick.with(first);
            late = late.with(last);
        }
        println!(
            "| {hanging} | {:.1} | {:.1} | {:.1} | {} | {:.1} | {} | {} |",
            sick.at(0.5),
            sick.at(0.999),
            late.at(0.999) + 300.0,
            sick.refused() + late.refused() + sick.broken + late.broken,
            healthy.at(0.99),
            memory() / 1_000_000,
            descriptors(),
        );
    }
}

/// All sources dead with everything cached; then one dead with nothing cached.
pub(crate) fn dead(seconds: usize) {
    const PAIRS: usize = 5;
    const WARM: usize = 200;
    let ward = Ward::start(Options {
        // Everything is stale at once, so that every view asks the sources again.
        ..Options::default()
    });
    let mut stream = Stream {
        ward: &ward,
        next: 1,
    };
    well(&ward.sources);
    let grants = stream.ward.open(1_000_000..1_000_000 + WARM);
    let views = ward.views(&grants);
    let span = Duration::from_secs(seconds as u64);
    closed(&views, 64, span);
    let (mut healthy, mut dead) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        well(&ward.sources);
        healthy.push(closed(&views, 64, span));
        for source in &ward.sources {
            source.behaviour.is_dead();
        }
        dead.push(closed(&views, 64, span));
    }
    let of = |runs: &[Seen], what: &dyn Fn(&Seen) -> f64| middle(runs.iter().map(what).collect());
    let p99 = |seen: &Seen| seen.at(0.99);
    println!(
        "all dead, cache warm: rate / health {:.2}, p99 / health {:.2}, refused {}",
        of(&dead, &Seen::rate) / of(&healthy, &Seen::rate),
        of(&dead, &p99) / of(&healthy, &p99),
        dead.iter().map(Seen::refused).sum::<usize>(),
    );
    one_dead(&ward, &mut stream, seconds);
}

fn one_dead(ward: &Ward, stream: &mut Stream<'_>, seconds: usize) {
    let (mut healthy, mut sick) = (Seen::default(), Seen::default());
    let (mut asked, mut usual, mut through) = (0, 0, 0);
    for _ in 0..5 {
        well(&ward.sources);
        // The breaker closes again.
        stream.run(3);
        let before = ward.asked();
        healthy = healthy.with(stream.run(seconds).0);
        usual += ward.asked() - before;
        ward.sources[0].behaviour.is_dead();
        // It opens.
        stream.run(1);
        let (before, sick_before) = (ward.asked(), ward.sources[0].behaviour.requests());
        sick = sick.with(stream.run(seconds).0);
        asked += ward.asked() - before;
        through += ward.sources[0].behaviour.requests() - sick_before;
    }
    println!(
        "one dead: p99 / health {:.2} ({:.1} / {:.1} ms); calls let through {:.2} % of views; requests / health {:.2}",
        sick.at(0.99) / healthy.at(0.99),
        sick.at(0.99),
        healthy.at(0.99),
        through as f64 * 100.0 / sick.pages() as f64,
        asked as f64 / usual as f64,
    );
}

/// One answer in a hundred takes as long as a source may.
pub(crate) fn hedge(seconds: usize) {
    let ward = Ward::start(Options::default());
    let mut stream = Stream {
        ward: &ward,
        next: 1,
    };
    well(&ward.sources);
    stream.run(3);
    let before = ward.asked();
    let (healthy, _) = stream.run(seconds);
    let usual = ward.asked() - before;
    for source in &ward.sources {
        source.behaviour.is_slow(10, Duration::from_millis(800));
    }
    let before = ward.asked();
    let (slow, last) = stream.run(seconds);
    println!(
        "1 % slow: first p99.9 {:.1} ms (health {:.1}), last p99.9 {:.1} ms; requests / health {:.3}; hedges {:?}",
        slow.at(0.999),
        healthy.at(0.999),
        last.at(0.999) + 300.0,
        (ward.asked() - before) as f64 / usual as f64,
        metric(&ward.metrics, "source_hedges_total"),
    );
}

/// Twice what can be carried.
pub(crate) fn twice(seconds: usize) {
    const PATIENTS: usize = 200;
    let ward = Ward::start(Options::default());
    well(&ward.sources);
    let grants = ward.open(1..PATIENTS + 1);
    let views = ward.views(&grants);
    let span = Duration::from_secs(seconds as u64);
    closed(&views, 64, span);
    let peak = closed(&views, 64, span).rate();
    let seen = open(&views, peak * 2.0, 1_000, span);
    println!(
        "peak {peak:.0}/s; at twice that: pages / peak {:.2}, p50 {:.0} ms, p99 {:.0} ms; refused {} (p50 {:.0} ms), broken {}",
        seen.rate() / peak,
        seen.at(0.5),
        seen.at(0.99),
        seen.refused(),
        seen.refused_at(0.5),
        seen.broken,
    );
}
