//! `serve --config FILE`: the real thing.

mod certificates;
mod first;

use std::{io::Write, path::PathBuf, sync::Arc};

use clap::Args;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};

use crate::{
    boot::{self, Settings},
    config::{self, Config, Tls},
    domain::access::NodeId,
    health,
    outbox::{Outbox, Pace},
    review,
    system::{SystemClock, SystemEntropy},
    telemetry,
    web::{self, Wording},
};

use super::complain;
use certificates::{of_terminals, unreadable};

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Configuration file (TOML).
    #[arg(long)]
    pub config: PathBuf,
}

/// Serves until told to stop.
pub fn run(args: &ServeArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let config = match Config::load(&args.config) {
        Ok(config) => config,
        Err(problems) => {
            for problem in &problems {
                complain(err, problem);
            }
            return 2;
        }
    };
    let filter = config::log_filter_from_environment();
    telemetry::start_log(config.log, filter.as_deref().unwrap_or(&config.log_filter));
    telemetry::log_panics();
    let settings = match settings(&config) {
        Ok(settings) => settings,
        Err(why) => return complain(err, &why),
    };
    let served = actix_web::rt::System::new().block_on(async {
        let node = boot::start(settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
        drop(writeln!(out, "listening on {}", node.address));
        first::prepare(&node, &config, out, err).await;
        drop(out.flush());
        boot::told_to_stop().await;
        node.stop().await;
        Ok::<_, boot::Error>(())
    });
    match served {
        Ok(()) => 0,
        Err(error) => complain(err, &error),
    }
}

/// From the file's words to what a node needs.
///
/// # Errors
/// In words, where a secret or certificate cannot be read.
pub(super) fn settings(config: &Config) -> Result<Settings, String> {
    let mut endpoints = std::collections::BTreeMap::new();
    for (name, source) in &config.sources {
        endpoints.insert(*name, source.endpoint()?);
    }
    let certificates = config.tls.as_ref().map(certificates::known).transpose()?;
    let tls = match (&config.tls, &certificates) {
        (Some(files), Some(known)) => Some(tls(files, known)?),
        _ => None,
    };
    Ok(Settings {
        node: NodeId(config.node.clone()),
        listen: config.listen,
        metrics_listen: config.metrics_listen,
        folder: config.folder.clone(),
        key: config::read_key(&config.key_file)?,
        keeping: config.keeping()?,
        tls,
        certificates,
        hosts: config.hosts.clone(),
        demo: false,
        cache: config.cache_settings()?,
        cache_keys: config.cache_keys()?,
        archive: config.archive_target()?,
        registry: config.registry_target()?,
        refusal_text: config.refusal_text.clone(),
        glass_text: web::GlassText {
            hospital: config.glass_text.hospital.as_ref().map(wording),
            fire: config.glass_text.fire.as_ref().map(wording),
            crew: config.glass_text.crew.as_ref().map(wording),
        },
        endpoints,
        budgets: config.budgets,
        rules: config.rules(),
        finding: config.finding()?,
        publish: config.ledger.publish.clone(),
        witness: config.ledger.asked()?,
        review: review::Settings {
            outbox: Outbox::new(config.notices.channels(&config.node)?, Pace::default()),
            ..config.review.settings()
        },
    })
}

fn wording(words: &config::Wording) -> Wording {
    Wording {
        ja: words.ja.trim().to_owned(),
        en: words.en.trim().to_owned(),
    }
}

fn tls(files: &Tls, known: &health::Certificates) -> Result<rustls::ServerConfig, String> {
    let chain = certificates::certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|_| unreadable(&files.key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let terminals = files.terminal_authorities.as_deref();
    let terminals = terminals.map(|file| of_terminals(file, &provider, known.clone()));
    let terminals = terminals.transpose()?;
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            match terminals {
                Some(verifier) => builder.with_client_cert_verifier(verifier),
                None => builder.with_no_client_auth(),
            }
            .with_single_cert(chain, key)
        })
        .map_err(|error| format!("tls: {error}"))
}
