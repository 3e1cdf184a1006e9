//! `facility add|list`.

use std::io::Write;

use clap::Subcommand;

use super::Failure;
use crate::{
    access::admin::{Administration, FacilityForm},
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
                writeln!(out, "{}\t{kind}\t{number}\t{}", facility.id, facility.name)?;
            }
        }
    }
    Ok(())
}
