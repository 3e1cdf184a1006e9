//! What a witness knows and decides, without the network.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use data_encoding::{BASE64, HEXLOWER};
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest as _, Sha256};

use crate::{
    domain::entropy::Entropy,
    ledger::{
        note::{Checkpoint, Kind, Note, Said, Signer, Verifier, parse_size},
        tree::{self, Hash},
        write_whole,
    },
};

/// The file of the private key.
const KEY: &str = "witness.key";
/// The file of the public key.
const PUBLIC_KEY: &str = "witness.pub";
/// What the files of checkpoints end with.
const ENDING: &str = "checkpoint";
/// The file that names every ledger that was ever cosigned.
const BEGUN: &str = "begun";
/// How many lines a consistency proof may have (C2SP tlog-witness).
const LINES: usize = 63;

/// Why a witness cannot work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its folder cannot be used.
    #[error("{0}: {1}")]
    Folder(PathBuf, io::Error),
    /// Another process uses the folder.
    #[error("another process is using this folder")]
    InUse,
    /// A file is not what this witness wrote; it never starts with less than it knew.
    #[error("{0}: not this witness's")]
    Foreign(PathBuf),
    /// A name or key cannot be used; with why.
    #[error("{0}")]
    Settings(String),
    /// The address cannot be served.
    #[error("cannot listen: {0}")]
    Listen(io::Error),
}

/// What a witness answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Its signature line; what it now knows is durable.
    Cosigned(String),
    /// The request cannot be read (400).
    Malformed,
    /// No such ledger (404).
    Unknown,
    /// Not signed by that ledger (403).
    Unsigned,
    /// The last size it cosigned is this one (409).
    Conflict(u64),
    /// The checkpoint does not go on from the last one (422).
    Inconsistent,
    /// What it would know could not be kept (500): it did not sign.
    NotKept,
}

/// The last checkpoint that was cosigned, of each ledger.
pub struct Cosigner {
    folder: PathBuf,
    signer: Signer,
    ledgers: BTreeMap<String, Known>,
    /// The origins of every ledger that was ever cosigned, as the file says.
    begun: Mutex<BTreeSet<String>>,
    _lock: File,
}

struct Known {
    key: Verifier,
    /// Held from the comparison until the new one is durable.
    last: Mutex<Option<(Checkpoint, Note)>>,
}

impl Cosigner {
    /// Opens a witness in its folder; at the first time a key of this name is made.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn open(
        folder: &Path,
        name: &str,
        ledgers: Vec<Verifier>,
        entropy: &dyn Entropy,
    ) -> Result<Self, Error> {
        let failed = |error| Error::Folder(folder.to_owned(), error);
        fs::create_dir_all(folder).map_err(failed)?;
        let lock = File::create(folder.join("witness.lock")).map_err(failed)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| Error::InUse)?;
        let signer = signer(folder, name, entropy)?;
        let listed = begun(folder)?;
        let mut begun = listed.clone();
        let mut known = BTreeMap::new();
        for key in ledgers {
            if key.kind() != Kind::Ledger {
                return Err(Error::Settings(format!("{key}: not a ledger's key")));
            }
            let file = file_of(folder, key.name());
            let last = read_last(&file, &key, &signer)?;
            if last.is_none() && begun.contains(key.name()) {
                // It was cosigned, and what was cosigned is gone: any past would do now.
                return Err(Error::Foreign(file));
            }
            if last.is_some() {
                begun.insert(key.name().to_owned());
            }
            let last = Mutex::new(last);
            known.insert(key.name().to_owned(), Known { key, last });
        }
        if begun != listed {
            list(folder, &begun).map_err(failed)?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            signer,
            ledgers: known,
            begun: Mutex::new(begun),
            _lock: lock,
        })
    }

    /// Its public key.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        self.signer.verifier()
    }

    /// Answers a request to cosign, at this time in seconds since 1970 (C2SP tlog-witness).
    #[must_use]
    pub fn add(&self, request: &str, time: u64) -> Answer {
        let Some(asked) = Asked::parse(request) else {
            return Answer::Malformed;
        };
        let Some(known) = self.ledgers.get(&asked.checkpoint.origin) else {
            return Answer::Unknown;
        };
        if !matches!(known.key.check(&asked.note), Said::Signed(_)) {
            return Answer::Unsigned;
        }
        if asked.old > asked.checkpoint.size || asked.checkpoint.size == 0 {
            return Answer::Malformed;
        }
        let mut last = known.last.lock().unwrap_or_else(PoisonError::into_inner);
        let size = last.as_ref().map_or(0, |(last, _)| last.size);
        if asked.old != size {
            return Answer::Conflict(size);
        }
        if let Some((last, _)) = last.as_ref() {
            let (old, new) = (
                (last.size, &last.root),
                (asked.checkpoint.size, &asked.checkpoint.root),
            );
            if old.0 == new.0 && old.1 != new.1 {
                return Answer::Conflict(size);
            }
            if !tree::is_consistent(old, new, &asked.proof) {
                return Answer::Inconsistent;
            }
        } else if !asked.proof.is_empty() {
            return Answer::Inconsistent;
        }
        let line = self.signer.sign(&asked.note.text, time);
        // Whoever asks may repeat lines: kept is the one that counts.
        let own = known.key.own_line(&asked.note.text, &asked.note.signatures);
        let note = Note {
            signatures: own.cloned().into_iter().chain([line.clone()]).collect(),
            text: asked.note.text,
        };
        let file = file_of(&self.folder, &asked.checkpoint.origin);
        if let Err(error) = write_whole(&file, &note.to_string(), 0o644) {
            tracing::error!(%error, "a checkpoint could not be kept and is not cosigned");
            return Answer::NotKept;
        }
        if let Err(error) = self.begin(&asked.checkpoint.origin) {
            tracing::error!(%error, "a ledger could not be listed and is not cosigned");
            return Answer::NotKept;
        }
        *last = Some((asked.checkpoint, note));
        Answer::Cosigned(format!("{line}\n"))
    }

    /// Lists a ledger before its first cosignature is given out.
    fn begin(&self, origin: &str) -> io::Result<()> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.contains(origin) {
            return Ok(());
        }
        let mut all = begun.clone();
        all.insert(origin.to_owned());
        list(&self.folder, &all)?;
        *begun = all;
        Ok(())
    }

    /// The last checkpoint cosigned of the ledger whose origin has this SHA-256, in hexadecimal
    /// digits: to compare with what the ledger itself shows.
    #[must_use]
    pub fn last(&self, hash: &str) -> Option<String> {
        let known = self
            .ledgers
            .iter()
            .find(|(origin, _)| hash_of(origin) == hash);
        let last = known?.1.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(|(_, note)| note.to_string())
    }
}

fn hash_of(origin: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(origin))
}

fn file_of(folder: &Path, origin: &str) -> PathBuf {
    folder.join(format!("{}.{ENDING}", hash_of(origin)))
}

fn list(folder: &Path, begun: &BTreeSet<String>) -> io::Result<()> {
    let lines: String = begun.iter().flat_map(|origin| [origin, "\n"]).collect();
    write_whole(&folder.join(BEGUN), &lines, 0o644)
}

/// The ledgers that were ever cosigned.
fn begun(folder: &Path) -> Result<BTreeSet<String>, Error> {
    let file = folder.join(BEGUN);
    match fs::read_to_string(&file) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(Error::Folder(file, error)),
    }
}

/// What was known when the witness last stopped.
fn read_last(
    file: &Path,
    key: &Verifier,
    signer: &Signer,
) -> Result<Option<(Checkpoint, Note)>, Error> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::Folder(file.to_owned(), error)),
    };
    let note = Note::parse(&text).filter(|note| {
        let is_signed = |key: &Verifier| matches!(key.check(note), Said::Signed(_));
        is_signed(key) && is_signed(signer.verifier())
    });
    note.and_then(|note| Some((Checkpoint::parse(&note.text)?, note)))
        .map(Some)
        .ok_or_else(|| Error::Foreign(file.to_owned()))
}

/// The key, made where nothing was ever cosigned in this folder.
fn signer(folder: &Path, name: &str, entropy: &dyn Entropy) -> Result<Signer, Error> {
    let file = folder.join(KEY);
    let failed = |error| Error::Folder(file.clone(), error);
    let signer = match fs::read_to_string(&file) {
        Ok(text) => Signer::parse(&zeroize::Zeroizing::new(text))
            .filter(|signer| signer.verifier().kind() == Kind::Witness)
            .filter(|signer| signer.verifier().name() == name)
            .ok_or_else(|| Error::Foreign(file.clone()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if has_checkpoints(folder).map_err(failed)? {
                return Err(Error::Foreign(file));
            }
            let signer = Signer::fresh(name, Kind::Witness, entropy).ok_or_else(|| {
                Error::Settings("a witness's name has no spaces and no plus sign".to_owned())
            })?;
            write_whole(&file, &signer.secret(), 0o600).map_err(failed)?;
            signer
        }
        Err(error) => return Err(failed(error)),
    };
    let public = format!("{}\n", signer.verifier());
    write_whole(&folder.join(PUBLIC_KEY), &public, 0o644).map_err(failed)?;
    Ok(signer)
}

fn has_checkpoints(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        if entry?.path().extension().is_some_and(|end| end == ENDING) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A request to cosign.
struct Asked {
    old: u64,
    proof: Vec<Hash>,
    note: Note,
    checkpoint: Checkpoint,
}

impl Asked {
    fn parse(request: &str) -> Option<Self> {
        let (head, note) = request.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let old = parse_size(lines.next()?.strip_prefix("old ")?)?;
        let proof: Vec<Hash> = lines
            .map(|line| BASE64.decode(line.as_bytes()).ok()?.try_into().ok())
            .collect::<Option<_>>()?;
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(&note.text)?;
        (proof.len() <= LINES).then_some(Self {
            old,
            proof,
            note,
            checkpoint,
        })
    }
}
