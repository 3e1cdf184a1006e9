//! The binary: reads the arguments, runs one command, turns its result into an exit code.

use clap::Parser;
use emergency_summary::cli::{Arguments, run};

/// Summaries are made of many small pieces, by one thread, and dropped by another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(run(&Arguments::parse()))
}
