//! The folder of registry and ledger that a command works on.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use secrecy::{ExposeSecret, SecretSlice};

use super::Failure;
use crate::{
    access::admin::{Administration, IssuedLink},
    config::{self, Config},
    domain::{
        access::NodeId,
        clock::{Clock, japanese_time},
        entropy::Entropy,
    },
    ledger::{self, Ledger, RootSecrets},
    postgres::Target,
    registry::{PostgresStore, Registry, SqliteStore, Store},
    system::{SystemClock, SystemEntropy},
};

/// Nobody waits at a bedside for the command line.
const COMMIT_DEADLINE: Duration = Duration::from_secs(10);

/// Which folder: that of a configuration, or one that carries its key, as the demo's does.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// Configuration file of `serve`.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder with `registry.sqlite`, `ledger.sqlite` and `ledger.key`.
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "config")]
    pub dir: Option<PathBuf>,
}

/// A folder that is open and locked.
pub(super) struct Opened {
    pub(super) administration: Administration,
    pub(super) ledger: Ledger,
    /// Where browsers find it, where a configuration says so.
    address: String,
}

impl Opened {
    /// Prints a one-time link: without a configuration only its path is known.
    pub(super) fn print_link(
        &self,
        link: &IssuedLink,
        out: &mut dyn std::io::Write,
    ) -> Result<(), Failure> {
        let (address, path) = (&self.address, link.path());
        let path = path.expose_secret();
        let ends = japanese_time(link.ends).format("%Y-%m-%d %H:%M");
        writeln!(out, "link (shown once, until {ends}): {address}{path}")?;
        Ok(())
    }
}

impl Place {
    pub(super) fn open(&self) -> Result<Opened, Failure> {
        match (&self.config, &self.dir) {
            (Some(file), _) => {
                let config = Config::load(file).map_err(|problems| {
                    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                    Failure::Place(problems.join("; "))
                })?;
                let key = config::read_key(&config.key_file).map_err(Failure::Place)?;
                let ledger_keys = config.ledger_keys().map_err(Failure::Place)?;
                let address = config.address(config.listen.port());
                let second = config.ledger.second.clone();
                let registry = config.registry_target().map_err(Failure::Place)?;
                open(
                    (&config.folder, second, registry),
                    &NodeId(config.node),
                    (&key, ledger_keys),
                    address,
                )
            }
            (None, Some(folder)) => {
                let key = config::read_key(&folder.join("ledger.key")).map_err(Failure::Place)?;
                let ledger_keys = key.clone().into();
                let node = NodeId("demo".to_owned());
                open(
                    (folder, None, None),
                    &node,
                    (&key, ledger_keys),
                    String::new(),
                )
            }
            (None, None) => Err(Failure::Place("--config or --dir is needed".to_owned())),
        }
    }
}

fn open(
    (folder, second, registry): (&Path, Option<PathBuf>, Option<Target>),
    node: &NodeId,
    (key, ledger_keys): (&SecretSlice<u8>, RootSecrets),
    address: String,
) -> Result<Opened, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    // The ledger first: its lock shows that no server is using the folder.
    let settings = ledger::Settings {
        folder: folder.to_owned(),
        node: node.clone(),
        key: ledger_keys,
        commit_deadline: COMMIT_DEADLINE,
    };
    let parts = (Arc::clone(&clock), Arc::clone(&entropy));
    let ledger = Ledger::open_with_second(settings, second, parts.0, parts.1).map_err(|error| {
        Failure::Place(format!("{error}; if the server is running, stop it first"))
    })?;
    let store: Arc<dyn Store> = match registry {
        Some(target) => Arc::new(PostgresStore::open(target, node)?),
        None => Arc::new(SqliteStore::open(folder)?),
    };
    let registry = Registry::new(store, key, Arc::clone(&clock));
    Ok(Opened {
        administration: Administration::new(registry, ledger.clone(), clock, entropy),
        ledger,
        address,
    })
}
