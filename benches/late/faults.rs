//! Sources that hang, die or are slow now and then.

use std::time::Duration;

use emergency_summary::domain::access::GrantId;

use crate::{
    ladder::middle,
    load::{Seen, closed, open, open_after},
    process::{at_percent, buckets, descriptors, memory, metric_with},
    source::Source,
    ward::{Options, Ward},
};

/// Views a second in the runs with an open loop.
const RATE: f64 = 200.0;
/// The same where nothing but slow answers shall be seen.
const CALM: f64 = 50.0;
const CONNECTIONS: usize = 400;
/// The slowest and the quickest source's own latency, in milliseconds.
const LATENCY: u64 = 20;

/// Different patients, each looked at once, so many a second.
struct Stream<'a> {
    ward: &'a Ward,
    rate: f64,
    next: usize,
}

impl Stream<'_> {
    fn grants(&mut self, seconds: usize) -> Vec<GrantId> {
        let count = self.rate as usize * seconds;
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
            let last = scope.spawn(|| open_after(later, &late, self.rate, CONNECTIONS, span));
            let first = open(&first, self.rate, CONNECTIONS, span);
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

/// One, two and three sources hanging. The runs take turns with ones in health. Memory and
/// descriptors stand there after all sources hung once for as long, and at the end.
pub(crate) fn hang(seconds: usize) {
    const PAIRS: usize = 5;
    let ward = Ward::start(Options::default());
    let mut stream = Stream {
        ward: &ward,
        rate: RATE,
        next: 1,
    };
    well(&ward.sources);
    stream.run(seconds);
    for source in &ward.sources {
        source.behaviour.hangs();
    }
    stream.run(seconds);
    well(&ward.sources);
    stream.run(seconds);
    println!("after a first turn: {}", held());
    println!("{} different patients in each run", RATE as usize * seconds);
    println!(
        "| hanging | first p50 ms | first p99.9 ms | last p99.9 ms | refused | another source's own answers p99 ms | the same in health | ratio |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for hanging in 1..=ward.sources.len() {
        let (mut sick, mut late) = (Seen::default(), Seen::default());
        let (mut others, mut healthy) = (Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            well(&ward.sources);
            // The last source hangs only where all do.
            let ((), own) = answered(&ward, || drop(stream.run(seconds)));
            healthy.push(own);
            for source in ward.sources.iter().take(hanging) {
                source.behaviour.hangs();
            }
            let ((first, last), own) = answered(&ward, || stream.run(seconds));
            others.push(own);
            sick = sick.with(first);
            late = late.with(last);
        }
        let (others, healthy) = (middle(others), middle(healthy));
        println!(
            "| {hanging} | {:.1} | {:.1} | {:.1} | {} | {others:.1} | {healthy:.1} | {:.2} |",
            sick.at(0.5),
            sick.at(0.999),
            late.at(0.999) + 300.0,
            sick.refused() + late.refused() + sick.broken + late.broken,
            others / healthy,
        );
    }
    well(&ward.sources);
    stream.run(seconds);
    println!("at the end: {}", held());
}

fn held() -> String {
    format!("{} MB, {} descriptors", memory() / 1_000_000, descriptors())
}

/// What `work` gives, and within which time 99 of 100 of the last source's answers came meanwhile,
/// in milliseconds.
fn answered<T>(ward: &Ward, work: impl FnOnce() -> T) -> (T, f64) {
    let source = ward.sources.last().unwrap();
    let label = format!("source=\"{}\",outcome=\"answered\"", source.name.word());
    let counts = || buckets(&ward.metrics, "source_answer_seconds", &label);
    let before = counts();
    let done = work();
    (done, at_percent(99.0, &before, &counts()) * 1_000.0)
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
        rate: RATE,
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

/// Requests to sources: all, and the needed ones among them.
#[derive(Default)]
struct Sent {
    all: f64,
    needed: f64,
}

impl Sent {
    fn of(ward: &Ward) -> Self {
        let sent = |label: &str| {
            metric_with(&ward.metrics, "source_requests_total", label).unwrap_or_default()
        };
        Self {
            all: sent(""),
            needed: sent("kind=\"needed\""),
        }
    }

    fn add(&mut self, before: &Self, after: &Self) {
        self.all += after.all - before.all;
        self.needed += after.needed - before.needed;
    }

    fn each(&self) -> f64 {
        self.all / self.needed
    }
}

fn one_dead(ward: &Ward, stream: &mut Stream<'_>, seconds: usize) {
    let (mut healthy, mut sick) = (Seen::default(), Seen::default());
    let (mut asked, mut usual, mut through) = (0, 0, 0);
    let (mut in_health, mut in_need) = (Sent::default(), Sent::default());
    for _ in 0..5 {
        well(&ward.sources);
        // The breaker closes again.
        stream.run(3);
        let (before, sent) = (ward.asked(), Sent::of(ward));
        healthy = healthy.with(stream.run(seconds).0);
        usual += ward.asked() - before;
        in_health.add(&sent, &Sent::of(ward));
        ward.sources[0].behaviour.is_dead();
        let sent = Sent::of(ward);
        // It opens.
        stream.run(1);
        let (before, sick_before) = (ward.asked(), ward.sources[0].behaviour.requests());
        sick = sick.with(stream.run(seconds).0);
        asked += ward.asked() - before;
        through += ward.sources[0].behaviour.requests() - sick_before;
        in_need.add(&sent, &Sent::of(ward));
    }
    println!(
        "one dead: p99 / health {:.2} ({:.1} / {:.1} ms); calls let through {:.2} % of views; requests / health {:.2}; sent for each needed one: in health {:.3}, with one dead {:.3}",
        sick.at(0.99) / healthy.at(0.99),
        sick.at(0.99),
        healthy.at(0.99),
        through as f64 * 100.0 / sick.pages() as f64,
        asked as f64 / usual as f64,
        in_health.each(),
        in_need.each(),
    );
}

/// One answer in a hundred takes as long as a source may; with second requests and without. Whole
/// answers, a view at a time so far below what can be carried that nothing else makes them late.
pub(crate) fn hedge(seconds: usize) {
    println!(
        "| second requests | whole p50 ms | whole p99.9 ms | first answers not whole | requests a view | second ones of needed |"
    );
    println!("|---|---|---|---|---|---|");
    for hedging in [false, true] {
        let ward = Ward::start(Options {
            change: if hedging {
                |_| {}
            } else {
                |options| options.limits.hedging = false
            },
            ..Options::default()
        });
        let mut stream = Stream {
            ward: &ward,
            rate: CALM,
            next: 1,
        };
        well(&ward.sources);
        stream.run(5);
        for source in &ward.sources {
            source.behaviour.is_slow(10, Duration::from_millis(800));
        }
        let sent = |kind: &str| {
            let kind = format!("kind=\"{kind}\"");
            metric_with(&ward.metrics, "source_requests_total", &kind).unwrap_or_default()
        };
        let coming = || {
            metric_with(&ward.metrics, "summary_served_total", "kind=\"coming\"")
                .unwrap_or_default()
        };
        let before = (ward.asked(), sent("needed"), sent("hedge"), coming());
        let first = stream.grants(seconds);
        let span = Duration::from_secs(seconds as u64);
        let seen = open(&ward.views(&first), CALM, CONNECTIONS, span);
        let missed = coming() - before.3;
        let whole = stream.grants(seconds);
        let pages: Vec<_> = whole
            .iter()
            .map(|grant| ward.page(&format!("/summary/{grant}/normal")))
            .collect();
        let all = open(&pages, CALM, CONNECTIONS, span);
        println!(
            "| {} | {:.1} | {:.1} | {missed:.0} of {} | {:.2} | {:.3} |",
            if hedging { "yes" } else { "no" },
            all.at(0.5),
            all.at(0.999),
            seen.pages() * ward.sources.len(),
            (ward.asked() - before.0) as f64 / (seen.pages() + all.pages()) as f64,
            (sent("hedge") - before.2) / (sent("needed") - before.1),
        );
    }
}

/// Twice what can be carried, all of it waiting at once.
pub(crate) fn twice(seconds: usize) {
    const PATIENTS: usize = 200;
    const WAITING: usize = 4_000;
    let ward = Ward::start(Options::default());
    well(&ward.sources);
    let grants = ward.open(1..PATIENTS + 1);
    let views = ward.views(&grants);
    let way = vec![ward.page("/"); PATIENTS];
    let span = Duration::from_secs(seconds as u64);
    closed(&views, 64, span);
    let peak = closed(&views, 64, span).rate();
    // Whoever comes to sign in or to search, meanwhile.
    let (seen, others) = std::thread::scope(|scope| {
        let others = scope.spawn(|| open(&way, peak / 50.0, 200, span));
        let seen = open(&views, peak * 2.0, WAITING, span);
        (seen, others.join().unwrap())
    });
    println!(
        "peak {peak:.0}/s; at twice that, up to {WAITING} at once: pages / peak {:.2}; refused {} within {:.0} ms (p50; p99 {:.0}), broken {}; pages p50 {:.0} ms; the home page meanwhile: {} of {} refused, p50 {:.0} ms, p99 {:.0} ms",
        seen.rate() / peak,
        seen.refused(),
        seen.refused_at(0.5),
        seen.refused_at(0.99),
        seen.broken,
        seen.at(0.5),
        others.refused(),
        others.refused() + others.pages(),
        others.at(0.5),
        others.at(0.99),
    );
}
