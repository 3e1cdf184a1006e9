//! From the bytes of one patient's Bundle to the summary: time by number of resources, and the time
//! and memory of reading by size. `cargo bench --bench summary`
//!
//! Growth is read from the throughput column: where it stays, time is linear. Memory is the
//! `max alloc` line beside the size in bytes.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has failed"
)]

use std::sync::Arc;

use chrono::DateTime;
use divan::{AllocProfiler, Bencher, counter::BytesCount, counter::ItemsCount};
use emergency_summary::domain::{
    assemble::{Answer, Outcome, Request, Windows, assemble, choose_patient},
    record::Records,
    section::{Freshness, Language, Look},
    summary::Summary,
};

mod bundle;
mod records;

use records::{AS_OF, bundle, records};

fn summary(records: &Arc<Records>) -> Summary {
    let chosen = choose_patient(records, None);
    let answer = Answer {
        source: None,
        subject: chosen.as_ref().map(|(reference, _)| reference.clone()),
        subject_optional: false,
        outcome: Outcome::Answered {
            records: Arc::clone(records),
            at: DateTime::UNIX_EPOCH,
            freshness: Freshness::Fresh,
            more_at_source: Vec::new(),
            failed: Vec::new(),
        },
    };
    assemble(
        &Request {
            patient: chosen.as_ref().and_then(|(_, patient)| patient.as_ref()),
            as_of: AS_OF,
            look: Look::Emergency,
            language: Language::Ja,
            windows: &Windows::default(),
            forbidden: &[],
            hides_covered: false,
            viewer_facility: None,
            files: true,
        },
        &[answer],
    )
}

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Reading and assembling together, as a page does it after the sources have answered.
#[divan::bench(args = [10, 100, 1_000, 10_000], sample_count = 20)]
fn bundle_to_summary(bencher: Bencher, resources: usize) {
    let bytes = bundle(resources);
    bencher
        .counter(ItemsCount::new(resources))
        .bench(|| summary(&records(&bytes)));
}

/// Assembling alone.
#[divan::bench(args = [10, 100, 1_000, 10_000], sample_count = 20)]
fn records_to_summary(bencher: Bencher, resources: usize) {
    let records = records(&bundle(resources));
    bencher
        .counter(ItemsCount::new(resources))
        .bench(|| summary(&records));
}

/// Reading alone, by size in megabytes; the largest is the most that one source may send.
#[divan::bench(args = [1, 5, 10, 20], sample_count = 5)]
fn bytes_to_records(bencher: Bencher, megabytes: usize) {
    let bytes = bundle_of_size(megabytes * 1_000_000);
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| records(&bytes));
}

/// The same for a Bundle whose resources are deeply nested and hold nothing that is shown.
#[divan::bench(args = [1, 5, 10, 20], sample_count = 5)]
fn useless_bytes_to_records(bencher: Bencher, megabytes: usize) {
    let nested = "[".repeat(90) + &"]".repeat(90);
    let one = format!(r#"{{"resource":{{"resourceType":"Basic","id":"a","extension":{nested}}}}}"#);
    let count = megabytes * 1_000_000 / (one.len() + 1);
    let entries = vec![one.as_str(); count].join(",");
    let bytes = format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{entries}]}}"#);
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| records(bytes.as_bytes()));
}

fn bundle_of_size(size: usize) -> Vec<u8> {
    let one = bundle(1_000).len() / 1_000;
    bundle(size / one)
}
