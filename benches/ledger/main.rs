//! What the ledger costs. `cargo bench --bench ledger -- WHAT`, each in one run with what it is
//! compared with, so that only the ratios count:
//!
//! - `views`: summary views per second over HTTP without the ledger, with one commit each, and with
//!   group commit, at 1, 16 and 64 clients; then the same with 5 ms added to every sync.
//! - `million [ENTRIES]`: appending, verifying, finding and starting as the ledger grows.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has failed"
)]

#[path = "../bundle.rs"]
mod bundle;
mod load;
mod million;
mod people;
mod views;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    match arguments.first().map(String::as_str) {
        Some("views") => views::run(),
        Some("million") => {
            let entries = arguments.get(1).map_or("1000000", String::as_str);
            million::run(entries.parse().expect("how many entries"));
        }
        _ => println!("cargo bench --bench ledger -- views | million [ENTRIES]"),
    }
}
