//! `ledger`: verifies, exports and proves the entries of a ledger folder, live or on a copy, and
//! changes nothing in it.

mod accept;
mod archive;
mod export;
mod keep;
mod missing;
mod prove;
mod table;
#[cfg(test)]
mod tests;
mod verify;

use std::{
    io::{self, BufRead, BufWriter, Write},
    path::PathBuf,
};

use crate::{
    config,
    ledger::{
        self, Reader, Trust,
        note::{Note, Verifier},
    },
};

pub use archive::ArchivePlace;
use missing::Missing;

/// Exit code where the ledger is not what it was, or has no such entry.
const WRONG: u8 = 1;
/// Exit code for arguments or files that cannot be used.
const UNUSABLE: u8 = 2;
/// Exit code where what was done is right, and a ledger of the node was left out of it.
const INCOMPLETE: u8 = 3;

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
    /// Checks every entry, every table and every checkpoint; names the first wrong one and exits 1.
    Verify {
        /// Whose signatures count.
        #[command(flatten)]
        trust: TrustArgs,
        /// A checkpoint that was kept elsewhere: the ledger must still go on from it.
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
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
    /// Accepts what is there of a node's two ledgers where one was set back, replaced or lost: with an
    /// entry that says so, after which both go on. The service must be stopped.
    Accept(accept::AcceptArgs),
    /// Erases keys: what they seal is unreadable for ever, the entries and their proofs stay.
    Erase(keep::EraseArgs),
    /// Wraps every key under the newest key-encryption key, which was put first into the key file.
    Rewrap {
        /// Which ledger.
        #[command(flatten)]
        at: keep::Kept,
    },
    /// Proves to others that an entry stands in a signed checkpoint, or that the last checkpoint
    /// goes on from an earlier size.
    Prove {
        /// The 12 digits, with or without hyphens.
        #[arg(required_unless_present = "from")]
        receipt: Option<String>,
        /// The size to go on from: how many entries an earlier checkpoint has.
        #[arg(long, value_name = "SIZE", conflicts_with = "receipt")]
        from: Option<u64>,
        /// For programs: one JSON object.
        #[arg(long)]
        json: bool,
        /// Whose signatures count.
        #[command(flatten)]
        trust: TrustArgs,
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
    /// Folder of the same node's second ledger.
    #[arg(long, value_name = "DIR")]
    pub second: Vec<PathBuf>,
    /// The second ledger's public key, or a file with it; its folder's own where none is given.
    #[arg(long, value_name = "KEY", requires = "second")]
    pub second_public_key: Vec<String>,
    /// A ledger of the same node that is lost for good: what is there is taken without it, the output
    /// says what is missing, and the exit code is 3.
    #[arg(long, value_name = "NAME")]
    pub without: Vec<String>,
}

/// Whose signatures count.
#[derive(Clone, Debug, clap::Args)]
pub struct TrustArgs {
    /// The ledger's public key, or a file with it; DIR/checkpoint.pub where none is given.
    #[arg(long, value_name = "KEY")]
    pub public_key: Option<String>,
    /// The witness's public key, or a file with it.
    #[arg(long, value_name = "KEY")]
    pub witness_key: Option<String>,
}

/// Forms of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table that is safe to open in a spreadsheet.
    Csv,
    /// A FHIR R4 Bundle of `AuditEvents`.
    Fhir,
    /// The same `AuditEvents`, one a line.
    FhirNdjson,
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
    /// It was done, without a ledger of the node; with which.
    #[error("{0}")]
    Incomplete(String),
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
    let done =
        work(&args.command, &mut io::stdin().lock(), &mut out).and_then(|()| Ok(out.flush()?));
    let (code, error) = match done {
        Ok(()) => return 0,
        // Whoever reads the output may stop reading.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => return 0,
        Err(error @ Error::Wrong(_)) => (WRONG, error),
        Err(error @ Error::Incomplete(_)) => (INCOMPLETE, error),
        Err(error @ (Error::Unusable(_) | Error::Output(_))) => (UNUSABLE, error),
    };
    // What was found before stands before the reason, also where both go to one terminal.
    let told = out.flush().and_then(|()| writeln!(err, "{error}"));
    // Where nobody can be told, the code still tells.
    if told.is_err() { UNUSABLE } else { code }
}

fn work(
    command: &LedgerCommand,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<(), Error> {
    match command {
        LedgerCommand::Verify {
            trust,
            checkpoint,
            at,
            archive,
        } => {
            let mut trust = trust.read()?;
            trust.checkpoints = checkpoint
                .iter()
                .map(|file| read_note(file))
                .collect::<Result<_, _>>()?;
            if archive.is_given() {
                archive::verify_archive(archive, at, &trust, out)
            } else {
                verify::verify(at.open_with(trust)?, &at.without, out)
            }
        }
        LedgerCommand::Schema => Ok(out.write_all(ledger::archive::SCHEMA.as_bytes())?),
        LedgerCommand::Export {
            format,
            patient,
            at,
        } => {
            let (readers, missing) = at.open_whole()?;
            export::export(&readers, &missing, (*format, patient.as_deref()), out)?;
            missing.said()
        }
        LedgerCommand::Accept(args) => accept::accept(args, out),
        LedgerCommand::Erase(args) => keep::erase(args, input, out),
        LedgerCommand::Rewrap { at } => keep::rewrap(at, out),
        LedgerCommand::Prove {
            receipt,
            from,
            json,
            trust,
            at,
        } => {
            let ledgers = at.open_with(trust.read()?)?;
            match (receipt, from) {
                (Some(receipt), _) => prove::receipt(&ledgers, &at.without, (receipt, *json), out),
                (None, from) => prove::grown(&ledgers, from.unwrap_or(0), *json, out),
            }
        }
    }
}

impl LedgerPlace {
    /// Every ledger that is given, with whose signatures count for it.
    fn open_with(&self, mut trust: Trust) -> Result<Vec<(Reader, Trust)>, Error> {
        let mut readers = self.open()?.into_iter();
        let mut ledgers = Vec::new();
        let first = readers.next();
        for (n, reader) in readers.enumerate() {
            let key = read_key(self.second_public_key.get(n).map(String::as_str))?;
            let mut own = Trust {
                key,
                witness: trust.witness.clone(),
                checkpoints: Vec::new(),
            };
            // What was kept elsewhere says by its first line whose it is.
            if let Some(origin) = reader.origin(&own) {
                let is_own = |note: &mut Note| note.text.lines().next() == Some(&origin);
                own.checkpoints = trust.checkpoints.extract_if(.., is_own).collect();
            }
            ledgers.push((reader, own));
        }
        ledgers.splice(..0, first.map(|reader| (reader, trust)));
        Ok(ledgers)
    }

    /// Every ledger that is given: a part of a node's entries is not handed out as the whole.
    fn open_whole(&self) -> Result<(Vec<Reader>, Missing), Error> {
        let readers = self.open()?;
        let missing = Missing::of(&readers, &self.without)?;
        match missing.unsaid.first_key_value() {
            None => Ok((readers, missing)),
            Some((name, _)) => Err(Error::Unusable(format!(
                "this is a part: the ledger {name} is named, and not given (--second DIR; where it \
                 is lost for good, --without {name})"
            ))),
        }
    }

    fn open(&self) -> Result<Vec<Reader>, Error> {
        let key = self.key()?;
        std::iter::once(&self.dir)
            .chain(&self.second)
            .map(|folder| Ok(ledger::read(folder, key.as_ref())?))
            .collect()
    }

    fn key(&self) -> Result<Option<ledger::RootSecrets>, Error> {
        let beside = self.dir.join("ledger.key");
        let file = match &self.key_file {
            Some(file) => Some(file.clone()),
            None => beside.is_file().then_some(beside),
        };
        file.map(|file| config::read_keys(&file))
            .transpose()
            .map_err(Error::Unusable)
    }
}

impl TrustArgs {
    fn read(&self) -> Result<Trust, Error> {
        Ok(Trust {
            key: read_key(self.public_key.as_deref())?,
            witness: read_key(self.witness_key.as_deref())?,
            checkpoints: Vec::new(),
        })
    }
}

fn read_key(key: Option<&str>) -> Result<Option<Verifier>, Error> {
    key.map(config::read_verifier)
        .transpose()
        .map_err(Error::Unusable)
}

fn read_note(file: &std::path::Path) -> Result<Note, Error> {
    let name = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Error::Unusable(format!("{name}: {error}")))?;
    Note::parse(&text).ok_or_else(|| Error::Unusable(format!("{name}: no signed note")))
}
