//! `ledger accept`: what is lost of one of a node's two ledgers, put down in an entry.

use std::{io::Write, path::PathBuf, sync::Arc};

use super::{
    Error,
    keep::{COMMIT_DEADLINE, Kept},
};
use crate::{
    domain::access::NodeId,
    ledger::{self, Accepting},
    system::{SystemClock, SystemEntropy},
};

/// What is accepted.
#[derive(Clone, Debug, clap::Args)]
pub struct AcceptArgs {
    /// Which ledger.
    #[command(flatten)]
    pub at: Kept,
    /// Folder of the second ledger; that of the configuration where none is given.
    #[arg(long, value_name = "DIR")]
    pub second: Option<PathBuf>,
    /// A ledger of which nothing is there any more, and nothing will be.
    #[arg(long, value_name = "NAME")]
    pub lost: Vec<String>,
    /// What happened to it, without personal data: it stands readable in the entry.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// Accepts it, and says what was lost.
pub(super) fn accept(args: &AcceptArgs, out: &mut dyn Write) -> Result<(), Error> {
    let why = args.reason.trim();
    if why.is_empty() {
        return Err(Error::Unusable("accepting needs its reason".to_owned()));
    }
    let (folder, node, keeping) = args.at.opened()?;
    let settings = ledger::Settings {
        folder,
        node,
        key: keeping.keys.clone(),
        commit_deadline: COMMIT_DEADLINE,
    };
    let accepting = Accepting {
        second: args.second.clone().or_else(|| keeping.second.clone()),
        lost: args.lost.iter().cloned().map(NodeId).collect(),
        why: why.to_owned(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let accepted = runtime.block_on(ledger::accept(
        settings,
        accepting,
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    ))?;
    for one in accepted {
        let has = one.has.map_or_else(
            || "nothing of it is there".to_owned(),
            |has| format!("it has {has} now"),
        );
        writeln!(
            out,
            "{}: accepted in the ledger {}; it had been said to have {} entries, {has}",
            one.of, one.by, one.said
        )?;
    }
    Ok(())
}
