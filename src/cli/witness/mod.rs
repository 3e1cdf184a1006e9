//! `witness`: cosigns checkpoints of ledgers elsewhere.

use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use tokio_util::task::TaskTracker;

use crate::{
    boot,
    config::{self, WitnessConfig},
    system::{SystemClock, SystemEntropy},
    telemetry,
    witness::{self, Cosigner},
};

use super::complain;

/// Arguments of `witness`: a configuration file, or everything here.
#[derive(Debug, Args)]
pub struct WitnessArgs {
    /// Configuration file (TOML): `name`, `folder`, `listen`, `ledgers`.
    #[arg(long, conflicts_with_all = ["dir", "name", "listen", "ledger"], required_unless_present = "dir")]
    pub config: Option<PathBuf>,
    /// Folder of its key and of what it cosigned last.
    #[arg(long, value_name = "DIR", requires = "ledger")]
    pub dir: Option<PathBuf>,
    /// Its name in signatures, such as `privacy-office.example-hospital.jp`.
    #[arg(long, default_value = "emergency-summary-witness")]
    pub name: String,
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8555")]
    pub listen: SocketAddr,
    /// A ledger's public key (`checkpoint.pub`), or a file with it; once for each ledger.
    #[arg(long, value_name = "KEY")]
    pub ledger: Vec<String>,
}

/// Cosigns until told to stop.
pub fn run(args: &WitnessArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let config = match settings(args) {
        Ok(config) => config,
        Err(problems) => {
            for problem in &problems {
                complain(err, problem);
            }
            return 2;
        }
    };
    let filter = config::log_filter_from_environment();
    telemetry::start_log(config.log, filter.as_deref().unwrap_or("info"));
    let served = actix_web::rt::System::new().block_on(serve(&config, out));
    match served {
        Ok(()) => 0,
        Err(error) => complain(err, &error),
    }
}

fn settings(args: &WitnessArgs) -> Result<WitnessConfig, Vec<config::Problem>> {
    match (&args.config, &args.dir) {
        (Some(file), _) => WitnessConfig::load(file),
        (None, dir) => Ok(WitnessConfig {
            name: args.name.clone(),
            folder: dir.clone().unwrap_or_default(),
            listen: args.listen,
            ledgers: args.ledger.clone(),
            log: telemetry::Form::default(),
        }),
    }
}

async fn serve(config: &WitnessConfig, out: &mut dyn Write) -> Result<(), witness::Error> {
    let cosigner = open(config, Path::new(&config.folder))?;
    let key = cosigner.verifier().to_string();
    let tasks = TaskTracker::new();
    let clock = Arc::new(SystemClock);
    let running = witness::serve(Arc::new(cosigner), clock, config.listen, &tasks)?;
    tasks.close();
    // A closed stream is no reason to stop.
    drop(writeln!(out, "key {key}\nlistening on {}", running.address));
    drop(out.flush());
    boot::told_to_stop().await;
    running.stop().await;
    tasks.wait().await;
    Ok(())
}

fn open(config: &WitnessConfig, folder: &Path) -> Result<Cosigner, witness::Error> {
    let ledgers = config
        .ledgers
        .iter()
        .map(|key| config::read_verifier(key).map_err(witness::Error::Settings))
        .collect::<Result<_, _>>()?;
    Cosigner::open(folder, &config.name, ledgers, &SystemEntropy)
}
