//! `check --config FILE`: every problem of a configuration at once, then reachability of each part.

use std::{
    io::Write,
    net::{TcpStream, ToSocketAddrs},
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use clap::Args;

use crate::{
    config::{self, Config},
    ledger::archive,
    registry,
    sources::{Settings, Sources},
    system::SystemClock,
};

use super::{complain, serve};

/// How long each part may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Configuration file (TOML).
    #[arg(long)]
    pub config: PathBuf,
}

/// Prints a line for every problem and every part; exit 1 where anything is wrong.
pub fn run(args: &CheckArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let config = match Config::load(&args.config) {
        Ok(config) => config,
        Err(problems) => {
            for problem in &problems {
                complain(err, problem);
            }
            return 1;
        }
    };
    let mut code = 0;
    let mut say = |part: &str, result: Result<(), String>| match result {
        Ok(()) => drop(writeln!(out, "{part}: ok")),
        Err(why) => {
            code = 1;
            drop(writeln!(out, "{part}: {why}"));
        }
    };
    say("secrets and certificates", usable(&config));
    say("folder", writable(&config.folder));
    if let Some(second) = &config.ledger.second {
        say("second ledger", apart(second, &config.folder));
    }
    for (name, source) in &config.sources {
        say(name.word(), reachable(&source.base));
        if let Some(oauth) = &source.oauth {
            let part = format!("{} token_url", name.word());
            say(&part, reachable(&oauth.token_url));
        }
    }
    if let Ok(Some(archive)) = config.archive_target() {
        say("archive", asked(archive::usable(&archive)));
    }
    if let Ok(Some(registry)) = config.registry_target() {
        say("registry", asked(registry::usable(&registry)));
    }
    for (place, answer) in redis_reached(&config) {
        say(&format!("redis {place}"), answer);
    }
    if let Some(witness) = &config.ledger.witness {
        say("witness", reachable(&witness.url));
    }
    if let Some(syslog) = &config.ledger.syslog {
        let address = format!("syslog://{}", syslog.address);
        say("syslog", reachable(&address));
    }
    for (name, place) in config.notices.places() {
        say(&format!("notices {name}"), reachable(&place));
    }
    code
}

/// Whether every secret can be read, and every certificate and key used.
fn usable(config: &Config) -> Result<(), String> {
    let endpoints = serve::settings(config)?.endpoints;
    let settings = Settings {
        endpoints,
        answer: Duration::from_millis(config.budgets.source_ms),
        bytes: 0,
        resources: 0,
    };
    Sources::new(settings, Arc::new(SystemClock)).map(drop)
}

/// What a database answers.
fn asked(question: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?
        .block_on(question)
}

/// Whether each Redis server answers, and what they are together.
fn redis_reached(config: &Config) -> Vec<(String, Result<(), String>)> {
    let Some(Ok(redis)) = config.redis.as_ref().map(config::RedisPart::redis) else {
        return Vec::new();
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(redis.reached(PATIENCE)),
        Err(error) => vec![(String::new(), Err(error.to_string()))],
    }
}

fn writable(folder: &std::path::Path) -> Result<(), String> {
    tempfile_in(folder).map_err(|error| format!("cannot be written: {error}"))
}

/// Whether a second ledger would help where the first one's device stalls. Its folder may be made at
/// the first start.
fn apart(second: &std::path::Path, folder: &std::path::Path) -> Result<(), String> {
    let is_there = |path: &&std::path::Path| path.is_dir();
    let second = second.ancestors().find(is_there);
    let folder = folder.ancestors().find(is_there);
    let (Some(second), Some(folder)) = (second, folder) else {
        return Err("there is no such folder".to_owned());
    };
    writable(second)?;
    let device = |path| std::fs::metadata(path).map(|data| data.dev());
    match (device(second), device(folder)) {
        (Ok(one), Ok(other)) if one == other => {
            Err("it is on the device of folder: both would stall together".to_owned())
        }
        (Ok(_), Ok(_)) => Ok(()),
        (Err(error), _) | (_, Err(error)) => Err(error.to_string()),
    }
}

fn tempfile_in(folder: &std::path::Path) -> std::io::Result<()> {
    let probe = folder.join(".check");
    std::fs::write(&probe, b"")?;
    std::fs::remove_file(&probe)
}

/// Whether something accepts connections at a URL's host and port, or a folder is there.
fn reachable(url: &str) -> Result<(), String> {
    let (scheme, rest) = url.split_once("://").ok_or("no address")?;
    if scheme == "file" {
        let folder = std::path::Path::new(rest);
        return if folder.is_dir() {
            Ok(())
        } else {
            Err("no such folder".to_owned())
        };
    }
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let default_port = match scheme {
        "https" => 443,
        _ => 80,
    };
    let with_port = if host
        .rsplit(':')
        .next()
        .is_some_and(|port| port.parse::<u16>().is_ok())
    {
        host.to_owned()
    } else {
        format!("{host}:{default_port}")
    };
    with_port
        .to_socket_addrs()
        .map_err(|_| "the name is not known".to_owned())?
        .find_map(|address| TcpStream::connect_timeout(&address, PATIENCE).ok())
        .map(drop)
        .ok_or_else(|| "nothing answers".to_owned())
}
