//! `account`, `terminal`, `facility`: administration of a folder that no server is using.

mod account;
mod facility;
mod place;
mod terminal;
#[cfg(test)]
mod tests;

use std::io::Write;

use clap::Args;

use self::place::Opened;
pub use self::{
    account::AccountCommand, facility::FacilityCommand, place::Place, terminal::TerminalCommand,
};
use super::complain;
use crate::registry::{Facility, Registry};

/// Arguments of `account`.
#[derive(Debug, Args)]
pub struct AccountArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AccountCommand,
    /// Whose accounts.
    #[command(flatten)]
    pub place: Place,
}

/// Arguments of `terminal`.
#[derive(Debug, Args)]
pub struct TerminalArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TerminalCommand,
    /// Whose terminals.
    #[command(flatten)]
    pub place: Place,
}

/// Arguments of `facility`.
#[derive(Debug, Args)]
pub struct FacilityArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: FacilityCommand,
    /// Whose facilities.
    #[command(flatten)]
    pub place: Place,
}

/// Runs `account`; returns the exit code.
#[must_use]
pub fn account(args: &AccountArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    run(&args.place, out, err, async |opened, out| {
        account::run(&args.command, opened, out).await
    })
}

/// Runs `terminal`; returns the exit code.
#[must_use]
pub fn terminal(args: &TerminalArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    run(&args.place, out, err, async |opened, out| {
        terminal::run(&args.command, &opened.administration, out).await
    })
}

/// Runs `facility`; returns the exit code.
#[must_use]
pub fn facility(args: &FacilityArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    run(&args.place, out, err, async |opened, out| {
        facility::run(&args.command, &opened.administration, out).await
    })
}

/// Opens the folder, does one thing, closes it.
fn run<W>(place: &Place, out: &mut dyn Write, err: &mut dyn Write, work: W) -> u8
where
    W: AsyncFnOnce(&Opened, &mut dyn Write) -> Result<(), Failure>,
{
    let done = (|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // Outside of it: what opens may wait for a database.
        let opened = place.open()?;
        runtime.block_on(async {
            let done = work(&opened, out).await;
            opened.ledger.close();
            done
        })
    })();
    match done {
        Ok(()) => 0,
        Err(failure) => complain(err, &failure),
    }
}

/// The facilities that a list is about: all, or the one that was named.
async fn facilities(registry: &Registry, only: Option<&str>) -> Result<Vec<Facility>, Failure> {
    let mut facilities = registry.facilities().await?;
    facilities.retain(|facility| only.is_none_or(|only| only == facility.id.0));
    if facilities.is_empty()
        && let Some(only) = only
    {
        return Err(Failure::Argument(format!("there is no facility {only}")));
    }
    Ok(facilities)
}

/// Why a command could not do its work: one clear line.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The folder cannot be opened.
    #[error("{0}")]
    Place(String),
    /// The change was refused.
    #[error(transparent)]
    Refused(#[from] crate::access::admin::Error),
    /// The registry cannot be read.
    #[error(transparent)]
    Registry(#[from] crate::registry::Error),
    /// Nothing can be read or printed.
    #[error(transparent)]
    Stream(#[from] std::io::Error),
    /// An argument cannot be used.
    #[error("{0}")]
    Argument(String),
}
