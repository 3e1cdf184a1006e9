//! The files of whoever signs: the key, the tree as far as it is known, the last checkpoint.

use std::{fs, io, path::Path};

use rusqlite::Connection;

use super::{
    Error,
    checkpoints::{Shared, Signed},
    kept::{self, CHECKPOINTS, COSIGNED, KEY, Notes, PUBLIC_KEY, TreeFile},
    note::{Checkpoint, Kind, Note, Said, Signer, Verifier},
    read::open_for_reading,
    store::{self, place},
    tree::{Edge, Hash},
};
use crate::domain::{
    access::NodeId,
    entropy::{Entropy, random},
};

/// How many entries are read at once.
pub(super) const PIECE: u64 = 4_096;

/// Why nothing can be signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("its files: {0}")]
    Files(#[from] io::Error),
    #[error("the ledger: {0}")]
    Ledger(#[from] rusqlite::Error),
    #[error("the ledger: {0}")]
    Open(#[from] Error),
    #[error("checkpoint.key is not there, but checkpoints are")]
    KeyLost,
    #[error("checkpoint.key is not a key")]
    NoKey,
    #[error("the last checkpoint was not signed with checkpoint.key")]
    ForeignKey,
    #[error("entry {0} is missing")]
    Missing(u64),
    #[error("entries up to {0} are not those that the last checkpoint signed")]
    Rewritten(u64),
}

/// The open files.
pub(super) struct Open {
    ledger: Connection,
    tree: TreeFile,
    notes: Notes,
    signer: Signer,
    pub(super) edge: Edge,
    signed: u64,
}

impl Open {
    /// Opens them, and takes the tree up at the last checkpoint.
    pub(super) fn new(
        folder: &Path,
        node: &NodeId,
        entropy: &dyn Entropy,
        shared: &Shared,
    ) -> Result<Self, Trouble> {
        let ledger = open_for_reading(&folder.join(store::FILE))?;
        // The key first: whoever finds checkpoints finds what they are checked with.
        let is_old = kept::last_note(folder, CHECKPOINTS)?.is_some();
        let signer = signer(folder, node, entropy, is_old)?;
        let (notes, last) = Notes::open(folder, CHECKPOINTS)?;
        let last = last.map(|note| own(note, signer.verifier())).transpose()?;
        let cosigned = kept::last_note(folder, COSIGNED)?.map(|note| own(note, signer.verifier()));
        let tree = TreeFile::open(folder)?;
        let mut open = Self {
            ledger,
            tree,
            notes,
            signer,
            edge: Edge::default(),
            signed: 0,
        };
        if let Some(last) = &last {
            open.go_on_from(&last.checkpoint)?;
        }
        shared.with(|proofs| {
            proofs.signed = last;
            proofs.cosigned = cosigned.transpose().ok().flatten();
        });
        Ok(open)
    }

    /// Takes up the tree at the last checkpoint: from its file, or, where that does not give what
    /// was signed, from the entries, which must.
    fn go_on_from(&mut self, last: &Checkpoint) -> Result<(), Trouble> {
        self.signed = last.size;
        let is_there = self.tree.leaves()? >= last.size;
        if is_there {
            self.edge = Edge::of(&self.tree, last.size)?;
        }
        if !is_there || self.edge.root() != last.root {
            tracing::warn!("the file of the ledger's tree is made again");
            self.edge = Edge::default();
            self.tree.cut(0)?;
            self.catch_up_to(last.size)?;
            if self.edge.size() != last.size || self.edge.root() != last.root {
                return Err(Trouble::Rewritten(last.size));
            }
        }
        Ok(self.tree.cut(last.size)?)
    }

    /// Takes in every entry that is durable.
    pub(super) fn catch_up(&mut self) -> Result<(), Trouble> {
        self.catch_up_to(u64::MAX)
    }

    fn catch_up_to(&mut self, size: u64) -> Result<(), Trouble> {
        while self.edge.size() < size {
            let before = self.edge.size();
            let most = PIECE.min(size - before);
            let leaves = leaves_after(&self.ledger, before, most)?;
            if leaves.is_empty() {
                break;
            }
            let mut hashes = Vec::with_capacity(leaves.len() * 64);
            for leaf in leaves {
                self.edge.push(leaf, |hash| hashes.extend_from_slice(hash));
            }
            self.tree.write_after(before, &hashes)?;
        }
        Ok(())
    }

    /// Signs the tree as it is, where that says more than the last checkpoint.
    pub(super) fn sign(&mut self) -> Result<Option<Signed>, Trouble> {
        if self.edge.size() <= self.signed {
            return Ok(None);
        }
        let checkpoint = Checkpoint {
            origin: self.signer.verifier().name().to_owned(),
            size: self.edge.size(),
            root: self.edge.root(),
        };
        let text = checkpoint.text();
        let signatures = vec![self.signer.sign(&text, 0)];
        let note = Note { text, signatures };
        self.notes.add(&note)?;
        self.signed = checkpoint.size;
        Ok(Some(Signed { checkpoint, note }))
    }
}

/// A note of this very ledger.
fn own(note: Note, key: &Verifier) -> Result<Signed, Trouble> {
    let is_signed = matches!(key.check(&note), Said::Signed(_));
    Signed::of(note)
        .filter(|signed| is_signed && signed.checkpoint.origin == key.name())
        .ok_or(Trouble::ForeignKey)
}

/// The leaves that follow the first `before`, at most so many.
pub(super) fn leaves_after(
    ledger: &Connection,
    before: u64,
    most: u64,
) -> Result<Vec<Hash>, LeafError> {
    let mut statement = ledger
        .prepare_cached("SELECT seq, leaf FROM entry WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut rows = statement.query([number(before), number(most)])?;
    let mut leaves = Vec::new();
    let mut next = before + 1;
    while let Some(row) = rows.next()? {
        if place(row, 0)? != next {
            return Err(LeafError::Missing(next));
        }
        leaves.push(row.get(1)?);
        next += 1;
    }
    Ok(leaves)
}

/// Why leaves cannot be read.
pub(super) enum LeafError {
    /// SQLite's reason.
    Database(rusqlite::Error),
    /// There is none at this place, but later ones.
    Missing(u64),
}

impl From<rusqlite::Error> for LeafError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<LeafError> for Trouble {
    fn from(error: LeafError) -> Self {
        match error {
            LeafError::Database(error) => Self::Ledger(error),
            LeafError::Missing(seq) => Self::Missing(seq),
        }
    }
}

/// The key, made at the first start. One that was lost is not replaced in silence: whoever holds
/// the old public key would not know why it no longer fits.
fn signer(
    folder: &Path,
    node: &NodeId,
    entropy: &dyn Entropy,
    is_old: bool,
) -> Result<Signer, Trouble> {
    let file = folder.join(KEY);
    let signer = match fs::read_to_string(&file) {
        Ok(text) => Signer::parse(&zeroize::Zeroizing::new(text)).ok_or(Trouble::NoKey)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_old => {
            return Err(Trouble::KeyLost);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let unique = data_encoding::HEXLOWER.encode(&random::<8>(entropy));
            let name = format!("emergency-summary/{node}/{unique}");
            let signer = Signer::fresh(&name, Kind::Ledger, entropy).ok_or(Trouble::NoKey)?;
            kept::write_whole(&file, &signer.secret(), 0o600)?;
            signer
        }
        Err(error) => return Err(error.into()),
    };
    let public = format!("{}\n", signer.verifier());
    let file = folder.join(PUBLIC_KEY);
    if fs::read_to_string(&file).ok().as_ref() != Some(&public) {
        kept::write_whole(&file, &public, 0o644)?;
    }
    Ok(signer)
}
