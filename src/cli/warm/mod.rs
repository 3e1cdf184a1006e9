//! `warm` and `forget`: asked of the server that runs on a folder, since its cache is in its memory.

use std::{
    io::{BufRead, BufReader, Read as _, Write},
    path::{Path, PathBuf},
};

use clap::Args;

use super::complain;
use crate::{
    config::Config,
    keeping::{self, Request},
    warm,
};

/// Exit code where something that was asked for was not done.
const NOT_ALL: u8 = 1;
/// Bytes of the longest line of a list.
const LONGEST_LINE: usize = 4 * 1024;

/// Which server.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// Configuration file of `serve`.
    #[arg(long, value_name = "FILE", required_unless_present = "dir")]
    pub config: Option<PathBuf>,
    /// Folder that a server runs on, as the demo's.
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    pub dir: Option<PathBuf>,
}

/// Arguments of `warm`.
#[derive(Clone, Debug, Args)]
pub struct WarmArgs {
    /// Every patient for whom a grant is open.
    #[arg(
        long,
        required_unless_present = "appointments",
        conflicts_with = "appointments"
    )]
    pub open: bool,
    /// Expected patients who have consented: a file, `-` for standard input, a line each:
    /// `INSURER:SYMBOL:NUMBER:BRANCH,HOW,TAKEN_BY,TAKEN_AT,CATEGORIES` with HOW one of oral, written,
    /// `card_reader`, family; `TAKEN_AT` as 2026-11-22T09:00:00+09:00, at most 24 hours ago;
    /// CATEGORIES of drugs, treatment, operations, checkups, chart, joined by +.
    #[arg(long, value_name = "FILE", requires = "facility")]
    pub appointments: Option<PathBuf>,
    /// At which facility.
    #[arg(long, value_name = "ID")]
    pub facility: Option<String>,
    /// Which server.
    #[command(flatten)]
    pub at: Place,
}

/// Arguments of `forget`.
#[derive(Clone, Debug, Args)]
pub struct ForgetArgs {
    /// Whom: a file with `INSURER:SYMBOL:NUMBER:BRANCH`, `-` for standard input. Never the number
    /// itself, which every user of the machine could see.
    #[arg(long, value_name = "FILE")]
    pub patient: PathBuf,
    /// Only at this facility.
    #[arg(long, value_name = "ID")]
    pub facility: Option<String>,
    /// Which server.
    #[command(flatten)]
    pub at: Place,
}

/// Fetches ahead; prints a line for every patient, never whose. Exit 1 where one was not fetched.
pub fn warm(args: &WarmArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    ended(warmed(args, &mut std::io::stdin().lock(), out), err)
}

/// Forgets a patient.
pub fn forget(args: &ForgetArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    ended(forgotten(args, &mut std::io::stdin().lock(), out), err)
}

fn ended(done: Result<bool, Failure>, err: &mut dyn Write) -> u8 {
    match done {
        Ok(true) => 0,
        Ok(false) => NOT_ALL,
        Err(failure) => complain(err, &failure),
    }
}

/// Why a command could not do its work: one clear line.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Unusable(String),
    #[error("no server runs on {}", .0.display())]
    NoServer(PathBuf),
    #[error(transparent)]
    Stream(#[from] std::io::Error),
}

fn warmed(args: &WarmArgs, input: &mut dyn BufRead, out: &mut dyn Write) -> Result<bool, Failure> {
    let server = Server::at(&args.at)?;
    let Some(file) = &args.appointments else {
        let facility = args.facility.clone();
        let grants = server.ask(warm::Request::Grants { facility })?;
        let grants = grants.map_err(Failure::Unusable)?;
        let requests = grants.lines().map(|id| {
            let request = warm::Request::Grant { id: id.to_owned() };
            (format!("grant {id}"), request)
        });
        return server.each(requests, out);
    };
    let facility = args.facility.clone().unwrap_or_default();
    let mut opened = opened(file, input)?;
    let mut lines = Vec::new();
    let mut line = String::new();
    loop {
        line.clear();
        let read = (&mut opened)
            .take(LONGEST_LINE as u64)
            .read_line(&mut line)?;
        if read == 0 {
            break;
        }
        let place = format!("line {}", lines.len() + 1);
        let request = warm::Request::Appointment {
            facility: facility.clone(),
            line: line.clone(),
        };
        lines.push((place, request));
    }
    server.each(lines.into_iter(), out)
}

fn forgotten(
    args: &ForgetArgs,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let server = Server::at(&args.at)?;
    let mut number = String::new();
    opened(&args.patient, input)?
        .take(1_024)
        .read_to_string(&mut number)?;
    let request = warm::Request::Forget {
        number,
        facility: args.facility.clone(),
    };
    let answer = server.ask(request)?.map_err(Failure::Unusable)?;
    writeln!(out, "{answer}")?;
    Ok(true)
}

fn opened<'a>(file: &Path, input: &'a mut dyn BufRead) -> Result<Box<dyn BufRead + 'a>, Failure> {
    if file == Path::new("-") {
        return Ok(Box::new(input));
    }
    let opened = std::fs::File::open(file)
        .map_err(|error| Failure::Unusable(format!("{}: {error}", file.display())))?;
    Ok(Box::new(BufReader::new(opened)))
}

/// The server that runs on a folder.
struct Server {
    folder: PathBuf,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    fn at(place: &Place) -> Result<Self, Failure> {
        let folder = match &place.config {
            None => place.dir.clone().unwrap_or_default(),
            Some(file) => {
                let config = Config::load(file).map_err(|problems| {
                    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                    Failure::Unusable(problems.join("; "))
                })?;
                config.folder
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self { folder, runtime })
    }

    fn ask(&self, request: warm::Request) -> Result<Result<String, String>, Failure> {
        let request = Request::Cache(request);
        let answer = self
            .runtime
            .block_on(keeping::ask(&self.folder, &request))?;
        answer.ok_or_else(|| Failure::NoServer(self.folder.clone()))
    }

    /// Asks one after the other and says what came of each; whether all were done.
    fn each(
        &self,
        requests: impl Iterator<Item = (String, warm::Request)>,
        out: &mut dyn Write,
    ) -> Result<bool, Failure> {
        let mut all = true;
        for (place, request) in requests {
            let answer = self.ask(request)?;
            all &= answer.is_ok();
            let said = answer.unwrap_or_else(|why| why);
            writeln!(out, "{place}: {said}")?;
        }
        Ok(all)
    }
}
