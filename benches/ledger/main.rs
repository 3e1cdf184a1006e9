//! What the ledger costs. `cargo bench --bench ledger -- WHAT`, each in one run with what it is
//! compared with, so that only the ratios count:
//!
//! - `million [ENTRIES]`: appending, verifying, finding and starting as the ledger grows.

#![expect(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has failed"
)]

mod million;
mod people;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    match arguments.first().map(String::as_str) {
        Some("million") => {
            let entries = arguments.get(1).map_or("1000000", String::as_str);
            million::run(entries.parse().expect("how many entries"));
        }
        _ => println!("cargo bench --bench ledger -- million [ENTRIES]"),
    }
}
