//! `terminal add|list`.

use std::io::Write;

use clap::Subcommand;
use secrecy::ExposeSecret;

use super::{Failure, facilities};
use crate::{
    access::admin::{Administration, TerminalForm},
    domain::access::FacilityId,
};

/// What can be done with terminals.
#[derive(Debug, Subcommand)]
pub enum TerminalCommand {
    /// Registers a terminal and prints the value of its device cookie.
    Add {
        /// Its name.
        name: String,
        /// Id of the facility.
        #[arg(long)]
        facility: String,
        /// Where it stands.
        #[arg(long)]
        location: String,
        /// Seconds a seat may be left before the session locks: 30 to 900.
        #[arg(long, default_value_t = 180)]
        idle_lock: u32,
        /// Who registers it.
        #[arg(long)]
        by: String,
    },
    /// Lists terminals.
    List {
        /// Only of this facility.
        #[arg(long)]
        facility: Option<String>,
    },
}

pub(super) async fn run(
    command: &TerminalCommand,
    administration: &Administration,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    match command {
        TerminalCommand::Add {
            name,
            facility,
            location,
            idle_lock,
            by,
        } => {
            let form = TerminalForm {
                facility: FacilityId(facility.clone()),
                name: name.clone(),
                location: location.clone(),
                idle_lock_seconds: *idle_lock,
            };
            let registered = administration.register_terminal(form, by).await?;
            writeln!(out, "terminal: {}", registered.terminal.id)?;
            let device = registered.device.expose_secret();
            writeln!(out, "device cookie (shown once): {device}")?;
            Ok(())
        }
        TerminalCommand::List { facility } => list(facility.as_deref(), administration, out).await,
    }
}

async fn list(
    only: Option<&str>,
    administration: &Administration,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let registry = administration.registry();
    for facility in facilities(registry, only).await? {
        for terminal in registry.terminals(facility.id.clone()).await? {
            writeln!(
                out,
                "{}\t{}\t{}\t{} s\t{}",
                terminal.id,
                terminal.name,
                terminal.location,
                terminal.idle_lock_seconds,
                facility.id,
            )?;
        }
    }
    Ok(())
}
