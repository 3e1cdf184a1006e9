//! What an answer costs on its way into and out of the shared cache: compact, and as JSON.
//! `cargo bench --bench cache`; the bytes stand in the throughput columns' counters.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has failed"
)]

use divan::{Bencher, counter::BytesCount};
use emergency_summary::domain::record::Records;

mod bundle;
mod records;

use records::{bundle, records};

fn main() {
    for resources in [100, 1_000] {
        let records = records(&bundle(resources));
        let compact = postcard::to_stdvec(&*records).expect("postcard").len();
        let json = serde_json::to_vec(&*records).expect("JSON").len();
        #[expect(clippy::print_stdout, reason = "what a benchmark is for")]
        #[expect(clippy::cast_precision_loss, reason = "a ratio to look at")]
        {
            let ratio = compact as f64 / json as f64;
            println!("{resources} resources: {compact} bytes, as JSON {json}: {ratio:.2}");
        }
    }
    divan::main();
}

#[divan::bench(args = [100, 1_000])]
fn from_compact(bencher: Bencher, resources: usize) {
    let bytes = postcard::to_stdvec(&*records(&bundle(resources))).unwrap();
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| postcard::from_bytes::<Records>(&bytes).unwrap());
}

#[divan::bench(args = [100, 1_000])]
fn from_json(bencher: Bencher, resources: usize) {
    let bytes = serde_json::to_vec(&*records(&bundle(resources))).unwrap();
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| serde_json::from_slice::<Records>(&bytes).unwrap());
}

#[divan::bench(args = [100, 1_000])]
fn to_compact(bencher: Bencher, resources: usize) {
    let records = records(&bundle(resources));
    bencher.bench(|| postcard::to_stdvec(&*records).unwrap());
}

#[divan::bench(args = [100, 1_000])]
fn to_json(bencher: Bencher, resources: usize) {
    let records = records(&bundle(resources));
    bencher.bench(|| serde_json::to_vec(&*records).unwrap());
}
