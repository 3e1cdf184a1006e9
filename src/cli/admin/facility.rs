//! `facility add|list|disaster on|off`.

use std::io::Write;

use chrono::NaiveDate;
use clap::Subcommand;

use super::Failure;
use crate::{
    access::admin::{Administration, DisasterForm, FacilityForm},
    domain::access::FacilityId,
    registry::FacilityKind,
};

/// What can be done with facilities.
#[derive(Debug, Subcommand)]
pub enum FacilityCommand {
    /// Makes a facility and prints its id.
    Add {
        /// Its name.
        name: String,
        /// hospital or fire.
        #[arg(long, value_parser = kind)]
        kind: FacilityKind,
        /// 保険医療機関番号, 10 digits.
        #[arg(long)]
        number: Option<String>,
    },
    /// Lists facilities.
    List,
    /// 災害時: reason 5 is asked nothing further while it is on.
    Disaster {
        /// On or off.
        #[command(subcommand)]
        command: DisasterCommand,
    },
}

/// The 災害時 flag of a facility.
#[derive(Debug, Subcommand)]
pub enum DisasterCommand {
    /// Sets it.
    On {
        /// Id of the facility.
        facility: String,
        /// Where.
        #[arg(long)]
        area: String,
        /// Last day, YYYY-MM-DD.
        #[arg(long)]
        until: NaiveDate,
        /// Who says so.
        #[arg(long)]
        by: String,
    },
    /// Takes it away.
    Off {
        /// Id of the facility.
        facility: String,
        /// Who says so.
        #[arg(long)]
        by: String,
    },
}

fn kind(word: &str) -> Result<FacilityKind, String> {
    FacilityKind::parse(word).ok_or_else(|| "hospital or fire".to_owned())
}

pub(super) async fn run(
    command: &FacilityCommand,
    administration: &Administration,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    match command {
        FacilityCommand::Add { name, kind, number } => {
            let form = FacilityForm {
                name: name.clone(),
                kind: *kind,
                number: number.clone(),
            };
            let id = administration.create_facility(form).await?;
            writeln!(out, "{id}")?;
        }
        FacilityCommand::List => {
            for facility in administration.registry().facilities().await? {
                let number = facility.number.as_deref().unwrap_or("-");
                let kind = facility.kind.word();
                let disaster = facility.disaster.map_or_else(String::new, |disaster| {
                    format!("\tdisaster in {} until {}", disaster.area, disaster.until)
                });
                let name = &facility.name;
                writeln!(out, "{}\t{kind}\t{number}\t{name}{disaster}", facility.id)?;
            }
        }
        FacilityCommand::Disaster { command } => disaster(command, administration).await?,
    }
    Ok(())
}

async fn disaster(
    command: &DisasterCommand,
    administration: &Administration,
) -> Result<(), Failure> {
    match command {
        DisasterCommand::On {
            facility,
            area,
            until,
            by,
        } => {
            let facility = FacilityId(facility.clone());
            let form = DisasterForm {
                area: area.clone(),
                until: *until,
            };
            administration
                .set_disaster(by.as_str(), &facility, form)
                .await?;
        }
        DisasterCommand::Off { facility, by } => {
            let facility = FacilityId(facility.clone());
            administration
                .clear_disaster(by.as_str(), &facility)
                .await?;
        }
    }
    Ok(())
}
