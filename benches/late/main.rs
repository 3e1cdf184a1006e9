//! Whether answers come in time, whatever the sources do.
//! `cargo bench --bench late --features ladder -- WHAT`, each in one run with what it is compared
//! with, so that only the ratios count:
//!
//! - `ladder [RUNG]`: warm views of one patient after another, rung by rung above the same bytes from
//!   memory; the last with everything on. With a word, only the rungs that have it in their names.
//! - `ledger`: views without the ledger, with one commit each, and with group commit, at 1, 16 and 64
//!   clients; then the same with 5 ms added to every sync.
//! - `cold`: the first view of a patient against the slowest source's own latency.
//! - `stampede`: many first views of one patient at once.
//! - `growth`: patients with ever more resources, cold and warm.
//! - `hang [SECONDS]`: one, two and three sources hanging under load, against the same without.
//! - `dead [SECONDS]`: all sources dead with a warm cache, and one dead source, against health.
//! - `hedge [SECONDS]`: one answer in a hundred slow, with second requests and without.
//! - `twice [SECONDS]`: twice the load that can be carried.
//! - `pages [PAGES]`: mixed patients in parallel; no page may hold another's tag.
//! - `day [SECONDS]`: a day of the nation's transports in minutes.
//! - `soak [SECONDS]`: mixed views with a fault each minute.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has failed"
)]

#[path = "../../tests/it/browser.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod browser;
#[path = "../bundle.rs"]
mod bundle;
mod cold;
mod faults;
mod ladder;
mod ledger;
mod load;
mod pages;
mod process;
mod source;
mod ward;

/// As the product has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let number = |usual: usize| {
        arguments
            .get(1)
            .map_or(usual, |number| number.parse().expect("a number"))
    };
    match arguments.first().map(String::as_str) {
        Some("ladder") => ladder::run(arguments.get(1).map_or("", String::as_str)),
        Some("ledger") => ledger::run(),
        Some("cold") => cold::run(),
        Some("stampede") => cold::stampede(),
        Some("growth") => cold::growth(),
        Some("hang") => faults::hang(number(4)),
        Some("dead") => faults::dead(number(4)),
        Some("hedge") => faults::hedge(number(20)),
        Some("twice") => faults::twice(number(10)),
        Some("pages") => pages::run(number(1_000_000)),
        Some("day") => pages::day(number(120)),
        Some("soak") => pages::soak(number(1_800)),
        _ => println!(
            "cargo bench --bench late --features ladder -- ladder | ledger | cold | stampede | growth | hang | dead | hedge | twice | pages | day | soak"
        ),
    }
}
