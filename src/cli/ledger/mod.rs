//! `ledger`: verifies, exports and proves the entries of a ledger folder, live or on a copy, and
//! changes nothing in it.

mod archive;
mod export;
mod fhir;
mod table;
#[cfg(test)]
mod tests;

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use data_encoding::HEXLOWER;

use crate::{
    config,
    ledger::{self, Reader, Verified, parse_receipt},
};

pub use archive::ArchivePlace;

/// Exit code where the ledger is not what it was, or has no such entry.
const WRONG: u8 = 1;
/// Exit code for arguments or files that cannot be used.
const UNUSABLE: u8 = 2;

/// Arguments of `ledger`.
#[derive(Clone, Debug, clap::Args)]
pub struct LedgerArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: LedgerCommand,
}

/// What can be done with a ledger.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum LedgerCommand {
    /// Checks every entry and every table; names the first wrong one and exits 1.
    Verify {
        /// Where the ledger is.
        #[command(flatten)]
        at: LedgerPlace,
        /// Where the archive is, where that is verified.
        #[command(flatten)]
        archive: ArchivePlace,
    },
    /// Prints the tables and rights of the archive, for the owner of the database to make.
    Schema,
    /// Prints every entry, with personal fields where the key is given.
    Export {
        /// In which form.
        #[arg(long, value_enum)]
        format: Format,
        /// Only this patient: `INSURER:SYMBOL:NUMBER:BRANCH` (with the key), or the keyed hash.
        #[arg(long, value_name = "PATIENT")]
        patient: Option<String>,
        /// Where the ledger is.
        #[command(flatten)]
        at: LedgerPlace,
    },
    /// Finds the entry of a receipt and checks the chain up to it.
    Prove {
        /// The 12 digits, with or without hyphens.
        receipt: String,
        /// Where the ledger is.
        #[command(flatten)]
        at: LedgerPlace,
    },
}

/// Where a ledger is, and the key to its personal fields.
#[derive(Clone, Debug, clap::Args)]
pub struct LedgerPlace {
    /// Folder of ledger.sqlite and keys.sqlite, or of copies with their -wal files.
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    pub dir: PathBuf,
    /// File with the installation's key, 32 bytes in base 64; DIR/ledger.key where it is there.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

/// Forms of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table that is safe to open in a spreadsheet.
    Csv,
    /// A FHIR R4 Bundle of `AuditEvents`.
    Fhir,
    /// One JSON object a line.
    Ndjson,
}

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// The ledger says no; with the sentence.
    #[error("{0}")]
    Wrong(String),
    /// Arguments or files cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// The output could not be written.
    #[error("output: {0}")]
    Output(#[from] io::Error),
}

impl From<ledger::Error> for Error {
    fn from(error: ledger::Error) -> Self {
        Self::Unusable(error.to_string())
    }
}

/// Runs the command on the given streams and returns its exit code.
#[must_use]
pub fn run(args: &LedgerArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let mut out = BufWriter::new(out);
    let done = work(&args.command, &mut out).and_then(|()| Ok(out.flush()?));
    let (code, error) = match done {
        Ok(()) => return 0,
        // Whoever reads the output may stop reading.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => return 0,
        Err(error @ Error::Wrong(_)) => (WRONG, error),
        Err(error @ (Error::Unusable(_) | Error::Output(_))) => (UNUSABLE, error),
    };
    // What was found before stands before the reason, also where both go to one terminal.
    let told = out.flush().and_then(|()| writeln!(err, "{error}"));
    // Where nobody can be told, the code still tells.
    if told.is_err() { UNUSABLE } else { code }
}

fn work(command: &LedgerCommand, out: &mut dyn Write) -> Result<(), Error> {
    match command {
        LedgerCommand::Verify { at, archive } if archive.is_given() => {
            archive::verify_archive(archive, at, out)
        }
        LedgerCommand::Verify { at, .. } => verify(&at.open()?, out),
        LedgerCommand::Schema => Ok(out.write_all(ledger::archive::SCHEMA.as_bytes())?),
        LedgerCommand::Export {
            format,
            patient,
            at,
        } => export::export(&at.open()?, *format, patient.as_deref(), out),
        LedgerCommand::Prove { receipt, at } => prove(&at.open()?, receipt, out),
    }
}

impl LedgerPlace {
    fn open(&self) -> Result<Reader, Error> {
        let beside = self.dir.join("ledger.key");
        let file = match &self.key_file {
            Some(file) => Some(file.clone()),
            None => beside.is_file().then_some(beside),
        };
        let key = file
            .map(|file| config::read_key(&file))
            .transpose()
            .map_err(Error::Unusable)?;
        Ok(ledger::read(&self.dir, key.as_ref())?)
    }
}

fn verify(reader: &Reader, out: &mut dyn Write) -> Result<(), Error> {
    let Verified {
        entries,
        head,
        open_grants,
        erased,
        recomputed,
        fault,
    } = reader.verify()?;
    if let Some(fault) = fault {
        return Err(Error::Wrong(format!(
            "{fault} ({entries} entries before it are right)"
        )));
    }
    writeln!(
        out,
        "{entries} entries verified, head {}",
        HEXLOWER.encode(&head)
    )?;
    if recomputed > 0 {
        writeln!(
            out,
            "note: {recomputed} shown contents opened and found at their addresses"
        )?;
    }
    if open_grants > 0 {
        writeln!(out, "note: {open_grants} grants are open")?;
    }
    if erased > 0 {
        writeln!(
            out,
            "note: the personal fields of {erased} entries are erased"
        )?;
    }
    Ok(())
}

fn prove(reader: &Reader, receipt: &str, out: &mut dyn Write) -> Result<(), Error> {
    let receipt = parse_receipt(receipt).ok_or_else(|| {
        Error::Unusable("this is no receipt: 12 digits, of which the last checks the others".into())
    })?;
    let proved = reader
        .prove(&receipt)
        .map_err(|error| Error::Wrong(error.to_string()))?
        .ok_or_else(|| Error::Wrong(format!("no entry has the receipt {receipt}")))?;
    let entry = &proved.entry;
    writeln!(out, "receipt {receipt}")?;
    writeln!(
        out,
        "entry {} of node {}: {} at {}",
        entry.seq, entry.node, entry.event, entry.wall
    )?;
    writeln!(out, "leaf {}", HEXLOWER.encode(&proved.leaf))?;
    writeln!(out, "chain {}", HEXLOWER.encode(&proved.chain))?;
    writeln!(
        out,
        "the chain is right from entry 1 to entry {}",
        entry.seq
    )?;
    writeln!(
        out,
        "this says nothing against somebody who rewrote the whole file: there is no signed \
         checkpoint to prove inclusion in yet"
    )?;
    Ok(())
}
