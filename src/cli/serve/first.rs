//! The first start: the link of the first administrator, printed once.

use std::{io::Write, sync::Arc};

use secrecy::ExposeSecret;

use crate::{
    access::admin::{Administration, Error, FacilityForm, FirstStart},
    boot::Running,
    cli::complain,
    config::Config,
    domain::clock::japanese_time,
    registry::FacilityKind,
    system::{SystemClock, SystemEntropy},
};

/// Prints how the first administrator gets in, where nobody administers yet. Where that cannot be
/// prepared the service runs all the same: the command line makes accounts too.
pub(super) async fn prepare(
    node: &Running,
    config: &Config,
    out: &mut dyn Write,
    err: &mut dyn Write,
) {
    let office = Administration::new(
        node.registry.clone(),
        node.ledger.clone(),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    );
    match start(&office, config).await {
        Ok(Some(first)) => {
            let address = config.address(node.address.port());
            // A closed stream is no reason to stop; the next start prints a new link.
            drop(print(&first, &address, out));
        }
        Ok(None) => {}
        Err(error) => {
            complain(err, &format!("no link for a first administrator: {error}"));
        }
    }
}

async fn start(office: &Administration, config: &Config) -> Result<Option<FirstStart>, Error> {
    let named = config.first_facility.as_ref().and_then(|facility| {
        Some(FacilityForm {
            name: facility.name.trim().to_owned(),
            kind: FacilityKind::parse(&facility.kind)?,
            number: facility.number.clone(),
        })
    });
    office.first_start(named).await
}

fn print(first: &FirstStart, address: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let ends = japanese_time(first.link.ends).format("%Y-%m-%d %H:%M");
    writeln!(out, "first administrator: {}", first.link.sign_in)?;
    let path = first.link.path();
    let path = path.expose_secret();
    writeln!(out, "link (shown once, until {ends}): {address}{path}")?;
    if let Some(code) = &first.code {
        let code = code.code.expose_secret();
        writeln!(
            out,
            "code for the first terminal, at {address}/terminals/register: {code}"
        )?;
    }
    Ok(())
}
