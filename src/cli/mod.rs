//! The command line: one folder a command.

pub mod admin;
pub mod check;
pub mod demo;
pub mod drill;
pub mod explain;
pub mod ledger;
pub mod serve;
pub mod warm;
pub mod witness;

use std::io::Write;

use clap::{Parser, Subcommand};
use rustix::fs::Mode;

use crate::{domain::clock::Clock, system::SystemClock};

/// Emergency summary terminal.
#[derive(Debug, Parser)]
#[command(name = "emergency-summary", version, about)]
pub struct Arguments {
    /// What to do; the demo where nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Starts everything embedded: synthetic patients, simulated sources, this machine only.
    Demo(demo::DemoArgs),
    /// Serves with a configuration file.
    Serve(serve::ServeArgs),
    /// Names every problem of a configuration file, then tries to reach each part.
    Check(check::CheckArgs),
    /// Prints what the summary would show of FHIR files, and the fate of every resource.
    Explain(explain::ExplainArgs),
    /// Verifies, exports or proves the entries of a ledger, offline.
    Ledger(ledger::LedgerArgs),
    /// Cosigns checkpoints of ledgers elsewhere, as long as they only ever grow.
    Witness(witness::WitnessArgs),
    /// Fetches ahead, into a running server's cache, what the facility may look at.
    Warm(warm::WarmArgs),
    /// Makes a running server's cache, and that of all nodes, forget a patient.
    Forget(warm::ForgetArgs),
    /// Plays a month of normal traffic with known misuse, and scores the rules of the review.
    Drill(drill::DrillArgs),
    /// Accounts and their emergency permission.
    Account(admin::AccountArgs),
    /// Registered terminals.
    Terminal(admin::TerminalArgs),
    /// Hospitals and fire departments.
    Facility(admin::FacilityArgs),
}

/// Runs one command on the process's own standard streams and returns its exit code. Whatever it
/// writes is for the process's own user alone.
#[must_use]
pub fn run(arguments: &Arguments) -> u8 {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    run_with(
        arguments,
        &mut std::io::stdout().lock(),
        &mut std::io::stderr(),
    )
}

/// Runs one command on the given streams and returns its exit code.
#[must_use]
pub fn run_with(arguments: &Arguments, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    match &arguments.command {
        None => demo::run(&demo::DemoArgs::default(), out, err),
        Some(Command::Demo(args)) => demo::run(args, out, err),
        Some(Command::Serve(args)) => serve::run(args, out, err),
        Some(Command::Check(args)) => check::run(args, out, err),
        Some(Command::Explain(args)) => {
            explain::run(args, SystemClock.now().japanese_day(), out, err)
        }
        Some(Command::Ledger(args)) => ledger::run(args, out, err),
        Some(Command::Witness(args)) => witness::run(args, out, err),
        Some(Command::Warm(args)) => warm::warm(args, out, err),
        Some(Command::Forget(args)) => warm::forget(args, out, err),
        Some(Command::Drill(args)) => drill::run(args, out, err),
        Some(Command::Account(args)) => admin::account(args, out, err),
        Some(Command::Terminal(args)) => admin::terminal(args, out, err),
        Some(Command::Facility(args)) => admin::facility(args, out, err),
    }
}

/// Prints one line about why a command could not do its work. A closed stream is no reason to fail
/// differently.
pub(crate) fn complain(err: &mut dyn Write, why: &dyn std::fmt::Display) -> u8 {
    drop(writeln!(err, "emergency-summary: {why}"));
    2
}
