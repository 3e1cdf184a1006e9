//! What a long ledger costs: to append to, to verify, to find in, to start with.

use std::{
    ops::ControlFlow,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use emergency_summary::{
    domain::{
        access::{Grant, PatientKey},
        clock::{Clock, Moment},
    },
    ledger::{Ledger, read},
    system::SystemClock,
};

use crate::people;

/// Entries of one visit: its start, looks, its end.
const LOOKS: usize = 6;
const VISIT: usize = LOOKS + 2;
/// Visits at a time, as many as there are busy terminals.
const TOGETHER: usize = 64;
/// Patients, who come again and again.
const PATIENTS: usize = 20_000;

/// Over how long the entries are spread: years of a large hospital.
const SPAN: Duration = Duration::from_hours(3 * 365 * 24);

/// A clock that goes on from visit to visit.
struct Going(Mutex<Moment>);

impl Going {
    fn on(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        now.wall += by;
        now.since_boot += by;
    }
}

impl Clock for Going {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

/// Fills a ledger, and measures it at a tenth, half and the whole.
pub(crate) fn run(entries: usize) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = folder.path();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    println!(
        "| entries | appended/s | bytes an entry | verify s | of a patient ms | by receipt ms | start ms |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut past = SystemClock.now();
    past.wall -= SPAN;
    let clock = Arc::new(Going(Mutex::new(past)));
    let step = SPAN * u32::try_from(TOGETHER * VISIT).unwrap() / u32::try_from(entries).unwrap();
    let open = || people::open(folder, Arc::clone(&clock) as Arc<dyn Clock>);
    let mut ledger = open();
    let mut done = 0;
    let mut visits = 0;
    for (part, whole) in [(1, 10), (5, 10), (10, 10)] {
        let wanted = entries * part / whole;
        let (begun, before) = (Instant::now(), done);
        let mut last = Vec::new();
        while done < wanted {
            clock.on(step);
            last = runtime.block_on(visit(&ledger, visits, clock.now()));
            visits += TOGETHER;
            done += TOGETHER * VISIT;
        }
        let rate = (done - before) as f64 / begun.elapsed().as_secs_f64();
        drop(ledger);
        let found = found(folder, &last);
        let begun = Instant::now();
        ledger = open();
        let started = begun.elapsed();
        println!(
            "| {done} | {rate:.0} | {:.0} | {:.1} | {:.3} ({}) | {:.3} | {:.0} |",
            size(folder) as f64 / done as f64,
            found.verify.as_secs_f64(),
            ms(found.patient),
            found.of_patient,
            ms(found.receipt),
            ms(started),
        );
    }
}

fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}

/// Many visits at once; the patients and a receipt of each.
async fn visit(ledger: &Ledger, visits: usize, now: Moment) -> Vec<(PatientKey, String)> {
    let grants: Vec<Grant> = (visits..visits + TOGETHER)
        .map(|nth| people::grant(ledger, nth % PATIENTS, now))
        .collect();
    let all = grants.iter().map(|grant| async move {
        ledger.append(people::start(grant)).await.unwrap();
        let mut receipt = None;
        for look in 0..LOOKS {
            let shown = format!("{} at {}", grant.id, look / 3);
            let view = people::view(grant, shown.into_bytes());
            receipt = ledger.append(view).await.unwrap().receipt;
        }
        ledger.append(people::end(grant)).await.unwrap();
        (grant.patient_key.clone(), receipt.unwrap())
    });
    futures_util::future::join_all(all).await
}

struct Found {
    verify: Duration,
    /// Medians.
    patient: Duration,
    receipt: Duration,
    /// How many entries the last patient has.
    of_patient: usize,
}

fn found(folder: &Path, wanted: &[(PatientKey, String)]) -> Found {
    let reader = read(folder, Some(&people::key())).unwrap();
    let begun = Instant::now();
    let verified = reader.verify().unwrap();
    assert_eq!(verified.fault, None);
    let verify = begun.elapsed();
    let (mut patients, mut receipts, mut of_patient) = (Vec::new(), Vec::new(), 0);
    for (patient, receipt) in wanted {
        let begun = Instant::now();
        of_patient = 0;
        let count = |_| {
            of_patient += 1;
            ControlFlow::Continue(())
        };
        reader.of_patient(patient, count).unwrap();
        patients.push(begun.elapsed());
        let begun = Instant::now();
        assert!(reader.by_receipt(receipt).unwrap().is_some());
        receipts.push(begun.elapsed());
    }
    let middle = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    };
    Found {
        verify,
        patient: middle(patients),
        receipt: middle(receipts),
        of_patient,
    }
}

fn size(folder: &Path) -> u64 {
    ["ledger.sqlite", "ledger.sqlite-wal"]
        .iter()
        .filter_map(|name| std::fs::metadata(folder.join(name)).ok())
        .map(|data| data.len())
        .sum()
}
