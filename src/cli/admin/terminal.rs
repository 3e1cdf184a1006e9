//! `terminal code|add|revoke|list`.

use std::io::Write;

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;

use super::{Failure, facilities};
use crate::{
    access::admin::{Administration, Known, TerminalForm},
    domain::{
        access::{FacilityId, TerminalId},
        clock::japanese_time,
    },
};

/// What can be done with terminals.
#[derive(Debug, Subcommand)]
pub enum TerminalCommand {
    /// Prints a code that makes the browser in which it is typed within 30 minutes a terminal.
    Code {
        /// What it is.
        #[command(flatten)]
        terminal: NewTerminal,
    },
    /// Registers a terminal that is known by its client certificate or its address.
    Add {
        /// What it is.
        #[command(flatten)]
        terminal: NewTerminal,
        /// Verified name of its client certificate.
        #[arg(long, required_unless_present = "range", conflicts_with = "range")]
        certificate: Option<String>,
        /// Address range, such as 10.1.2.0/24.
        #[arg(long)]
        range: Option<String>,
    },
    /// Revokes a terminal: its sessions are over.
    Revoke {
        /// Its id.
        id: String,
        /// Who revokes it.
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

/// A terminal to be registered.
#[derive(Debug, Args)]
pub struct NewTerminal {
    /// Its name.
    pub name: String,
    /// Id of the facility.
    #[arg(long)]
    pub facility: String,
    /// Where it stands.
    #[arg(long)]
    pub location: String,
    /// Seconds a seat may be left before the session locks: 30 to 900.
    #[arg(long, default_value_t = 180)]
    pub idle_lock: u32,
    /// Who registers it.
    #[arg(long)]
    pub by: String,
}

impl NewTerminal {
    fn form(&self) -> TerminalForm {
        TerminalForm {
            facility: FacilityId(self.facility.clone()),
            name: self.name.clone(),
            location: self.location.clone(),
            idle_lock_seconds: self.idle_lock,
        }
    }
}

pub(super) async fn run(
    command: &TerminalCommand,
    administration: &Administration,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    match command {
        TerminalCommand::Code { terminal } => {
            let by = terminal.by.as_str();
            let made = administration.make_code(by, terminal.form()).await?;
            let ends = japanese_time(made.ends).format("%Y-%m-%d %H:%M");
            let code = made.code.expose_secret();
            writeln!(out, "registration code (shown once, until {ends}): {code}")?;
        }
        TerminalCommand::Add {
            terminal,
            certificate,
            range,
        } => {
            let known = match certificate {
                Some(name) => Known::Certificate(name.clone()),
                None => Known::Range(range.clone().unwrap_or_default()),
            };
            let by = terminal.by.as_str();
            let registered = administration
                .register_terminal(by, terminal.form(), known)
                .await?;
            writeln!(out, "terminal: {}", registered.id)?;
        }
        TerminalCommand::Revoke { id, by } => {
            let id = TerminalId(id.clone());
            administration.revoke_terminal(by.as_str(), &id).await?;
            writeln!(out, "{id} is revoked")?;
        }
        TerminalCommand::List { facility } => {
            list(facility.as_deref(), administration, out).await?;
        }
    }
    Ok(())
}

async fn list(
    only: Option<&str>,
    administration: &Administration,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let registry = administration.registry();
    for facility in facilities(registry, only).await? {
        for terminal in registry.terminals(facility.id.clone()).await? {
            let state = if terminal.revoked.is_some() {
                "revoked"
            } else {
                terminal.matcher.word()
            };
            writeln!(
                out,
                "{}\t{}\t{}\t{} s\t{}\t{state}",
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
