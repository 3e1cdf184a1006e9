//! `ledger erase` and `ledger rewrap`: through the running server, else on its folder.

use std::{
    io::{BufRead, Read as _, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::Error;
use crate::{
    config::{self, Config},
    domain::access::NodeId,
    keeping::{self, Keeping, Request},
    ledger::{self, Ledger},
    system::{SystemClock, SystemEntropy},
};

/// Nobody waits at a bedside for the command line.
pub(super) const COMMIT_DEADLINE: Duration = Duration::from_secs(10);

/// Which ledger: that of a configuration, or of a folder that carries its key, as the demo's does.
#[derive(Clone, Debug, clap::Args)]
pub struct Kept {
    /// Configuration file of `serve`.
    #[arg(long, value_name = "FILE", required_unless_present = "dir")]
    pub config: Option<PathBuf>,
    /// Folder with `ledger.sqlite`, `keys.sqlite` and `ledger.key`.
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    pub dir: Option<PathBuf>,
}

/// What is to be erased.
#[derive(Clone, Debug, clap::Args)]
pub struct EraseArgs {
    /// Every key whose retention is over.
    #[arg(long, required_unless_present = "patient", conflicts_with = "patient")]
    pub expired: bool,
    /// Years of retention in place of those configured.
    #[arg(long, value_name = "N", requires = "expired", value_parser = clap::value_parser!(u16).range(1..))]
    pub years: Option<u16>,
    /// Every key of one patient: a file with `INSURER:SYMBOL:NUMBER:BRANCH`, `-` for standard
    /// input. Never the number itself, which every user of the machine could see.
    #[arg(long, value_name = "FILE", requires = "reason")]
    pub patient: Option<PathBuf>,
    /// The order: which court or request, of when.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Only at this facility.
    #[arg(long, value_name = "ID", requires = "patient")]
    pub facility: Option<String>,
    /// Which ledger.
    #[command(flatten)]
    pub at: Kept,
}

/// Erases.
pub(super) fn erase(
    args: &EraseArgs,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let request = match &args.patient {
        Some(file) => Request::ErasePatient {
            number: number(file, input)?,
            facility: args.facility.clone(),
            reason: args.reason.clone().unwrap_or_default(),
        },
        None => Request::EraseExpired { years: args.years },
    };
    done(&args.at, request, out)
}

/// Wraps anew.
pub(super) fn rewrap(at: &Kept, out: &mut dyn Write) -> Result<(), Error> {
    done(at, Request::Rewrap, out)
}

fn number(file: &Path, input: &mut dyn BufRead) -> Result<String, Error> {
    let mut text = String::new();
    if file == Path::new("-") {
        input.take(1_024).read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(file)
            .map_err(|error| Error::Unusable(format!("{}: {error}", file.display())))?;
    }
    Ok(text.trim().to_owned())
}

fn done(at: &Kept, request: Request, out: &mut dyn Write) -> Result<(), Error> {
    let (folder, node, keeping) = at.opened()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let answer = runtime.block_on(async {
        if let Some(answer) = keeping::ask(&folder, &request).await? {
            return Ok::<_, Error>(answer);
        }
        let settings = ledger::Settings {
            folder,
            node,
            // What is there may still be wrapped by an older key.
            key: keeping.keys.clone(),
            commit_deadline: COMMIT_DEADLINE,
        };
        let ledger = Ledger::open_with_second(
            settings,
            keeping.second.clone(),
            Arc::new(SystemClock),
            Arc::new(SystemEntropy),
        )?;
        let answer = keeping::answer(&ledger, &keeping, &SystemClock, request).await;
        ledger.close();
        Ok(answer)
    })?;
    writeln!(out, "{}", answer.map_err(Error::Unusable)?)?;
    Ok(())
}

impl Kept {
    /// Its folder, its name, and how it is kept.
    pub(super) fn opened(&self) -> Result<(PathBuf, NodeId, Keeping), Error> {
        if let Some(file) = &self.config {
            let config = Config::load(file).map_err(|problems| {
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                Error::Unusable(problems.join("; "))
            })?;
            let keeping = config.keeping().map_err(Error::Unusable)?;
            return Ok((config.folder, NodeId(config.node), keeping));
        }
        let folder = self.dir.clone().unwrap_or_default();
        let keys = config::read_keys(&folder.join("ledger.key")).map_err(Error::Unusable)?;
        // Its own name stands in its entries: under another one it would open as another ledger.
        let name = ledger::read(&folder, None).and_then(|reader| reader.name());
        let name = name.map_err(|error| Error::Unusable(error.to_string()))?;
        let empty = || Error::Unusable(format!("{}: no ledger that has entries", folder.display()));
        let name = NodeId(name.ok_or_else(empty)?);
        Ok((folder, name, keys.into()))
    }
}
