//! `drill`: a month of normal traffic with known misuse in it, through a real ledger in a scratch
//! folder; what the rules see of it, and what it costs a reviewer.

mod dice;
mod misuse;
mod normal;
mod plan;
mod play;
mod score;
#[cfg(test)]
mod tests;
mod town;

use std::{io::Write, path::PathBuf};

use chrono::NaiveDate;
use clap::Args;

use super::complain;

use self::{dice::Dice, plan::Plan, town::Town};

pub use score::{RuleScore, Score};

/// Arguments of `drill`.
#[derive(Debug, Args)]
pub struct DrillArgs {
    /// How many days.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(20..=366))]
    pub days: u32,
    /// The same seed gives the same month.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Prints one JSON object in place of the table.
    #[arg(long)]
    pub json: bool,
    /// An empty folder to keep what is written; without it a scratch folder that is removed.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Plays one drill; exit 1 where a rule missed what it should see or normal traffic drowns reviewers.
pub fn run(args: &DrillArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let score = match played(args) {
        Ok(score) => score,
        Err(error) => return complain(err, &error),
    };
    let printed = if args.json {
        serde_json::to_writer(&mut *out, &score)
            .map_err(std::io::Error::from)
            .and_then(|()| writeln!(out))
    } else {
        score.print(out)
    };
    match printed {
        Ok(()) => u8::from(!score.is_good()),
        Err(error) => complain(err, &error),
    }
}

fn played(args: &DrillArgs) -> Result<Score, play::Error> {
    let scratch = tempfile::tempdir()?;
    let folder = match &args.dir {
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            if folder.read_dir()?.next().is_some() {
                let why = format!("{} is not empty", folder.display());
                return Err(std::io::Error::other(why).into());
            }
            folder.as_path()
        }
        None => scratch.path(),
    };
    let plan = planned(args);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let cases = runtime.block_on(play::play(&plan, folder, args.seed))?;
    Ok(Score::new((args.seed, args.days), &cases, &plan.truth))
}

/// The month of a seed.
fn planned(args: &DrillArgs) -> Plan {
    let mut dice = Dice::new(args.seed);
    let first = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap_or_default();
    let mut plan = Plan::new(Town::new(&mut dice), first, args.days);
    normal::fill(&mut plan, &mut dice);
    misuse::fill(&mut plan, &mut dice);
    plan.hand_over();
    plan.sort();
    plan
}
