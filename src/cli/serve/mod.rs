//! `serve --config FILE`: the real thing.

mod first;

use std::{io::Write, path::PathBuf, sync::Arc};

use clap::Args;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::{
    boot::{self, Settings},
    config::{self, Config, Tls},
    domain::access::NodeId,
    system::{SystemClock, SystemEntropy},
    telemetry,
    web::{self, Wording},
};

use super::complain;

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
    Ok(Settings {
        node: NodeId(config.node.clone()),
        listen: config.listen,
        metrics_listen: config.metrics_listen,
        folder: config.folder.clone(),
        key: config::read_key(&config.key_file)?,
        keeping: config.keeping()?,
        tls: config.tls.as_ref().map(tls).transpose()?,
        hosts: config.hosts.clone(),
        demo: false,
        cache: config.cache_settings()?,
        cache_keys: config.cache_keys()?,
        archive: config
            .archive
            .as_ref()
            .map(config::Archive::target)
            .transpose()
            .map_err(|why| format!("archive: {why}"))?,
        refusal_text: config.refusal_text.clone(),
        glass_text: web::GlassText {
            hospital: config.glass_text.hospital.as_ref().map(wording),
            fire: config.glass_text.fire.as_ref().map(wording),
        },
        endpoints,
        budgets: config.budgets,
        rules: config.rules(),
        finding: config.finding()?,
        publish: config.ledger.publish.clone(),
        witness: config.ledger.asked()?,
    })
}

fn wording(words: &config::Wording) -> Wording {
    Wording {
        ja: words.ja.trim().to_owned(),
        en: words.en.trim().to_owned(),
    }
}

fn tls(files: &Tls) -> Result<rustls::ServerConfig, String> {
    let unreadable = |file: &std::path::Path| {
        let file = file.display().to_string();
        move |_| format!("{file}: not readable as PEM")
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(&files.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unreadable(&files.key))?;
    rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| format!("tls: {error}"))
}
