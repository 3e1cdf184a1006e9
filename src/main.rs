//! The binary: reads the arguments, runs one command, turns its result into an exit code.

use clap::Parser;
use emergency_summary::cli::{Arguments, run};

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(run(&Arguments::parse()))
}
