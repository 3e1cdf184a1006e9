//! Proofs to hand out: that an entry stands in a signed tree, and that one tree goes on from
//! another.

use std::path::PathBuf;

use super::{
    Error, Ledger, Trust,
    checkpoints::{self, Proofs, Signed},
    covered::key_of,
    kept::{self, CHECKPOINTS, COSIGNED, Notes, TreeFile},
    note::{Note, Said, Verifier},
    read::{ReadEntry, Reader},
    signing::{LeafError, PIECE, leaves_after},
    store::cannot_read,
    tree::{self, Edge, Hash},
};

/// An entry, and what proves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The entry.
    pub entry: ReadEntry,
    /// Its bytes as they stand in the ledger.
    pub body: Vec<u8>,
    /// What is proven of it.
    pub standing: Standing,
}

/// What is proven of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It stands in the tree that was signed: the audit path was checked.
    Proven {
        /// The checkpoint: the last one that a witness cosigned where that covers the entry, else
        /// the last one.
        signed: Signed,
        /// The audit path, from the leaf up.
        path: Vec<Hash>,
    },
    /// It is later than the last checkpoint.
    NotYet,
    /// It is not what was signed; with why.
    Broken(String),
}

/// That the last signed tree goes on from a smaller one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grown {
    /// The size of the smaller.
    pub from: u64,
    /// Its root, from the entries.
    pub root: Hash,
    /// The last checkpoint.
    pub signed: Signed,
    /// The consistency proof.
    pub proof: Vec<Hash>,
}

impl Reader {
    /// The entry of a receipt (as 4-4-4 digits) as the table of receipts finds it, with its proof;
    /// `None` where that knows no such receipt.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub fn proof(&self, receipt: &str, trust: &Trust) -> Result<Option<Proof>, Error> {
        let Some(seq) = self.place_of(receipt)? else {
            return Ok(None);
        };
        let proof = self.proof_at(seq, trust)?;
        Ok(proof.filter(|proof| proof.entry.receipt.as_deref() == Some(receipt)))
    }

    /// The entry at a place with its proof; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub fn proof_at(&self, seq: u64, trust: &Trust) -> Result<Option<Proof>, Error> {
        let Some((entry, body)) = self.entry_at(seq)? else {
            return Ok(None);
        };
        let standing = self.standing(seq, &body, trust)?;
        Ok(Some(Proof {
            entry,
            body,
            standing,
        }))
    }

    fn standing(&self, seq: u64, body: &[u8], trust: &Trust) -> Result<Standing, Error> {
        let Some(signed) = self.newest(seq, trust)? else {
            return Ok(Standing::NotYet);
        };
        let (size, root) = (signed.checkpoint.size, &signed.checkpoint.root);
        let index = seq.saturating_sub(1);
        let holds = |path: &Vec<Hash>| tree::is_included(body, index, size, root, path);
        let from_file = TreeFile::read(&self.folder)
            .and_then(|file| tree::inclusion(&file, index, size))
            .ok()
            .flatten()
            .filter(holds);
        let path = match from_file {
            Some(path) => Some(path),
            None => tree::inclusion(&self.stored(size)?, index, size)
                .ok()
                .flatten()
                .filter(holds),
        };
        Ok(path.map_or_else(
            || Standing::Broken(format!("it is not what the checkpoint of {size} signed")),
            |path| Standing::Proven { signed, path },
        ))
    }

    /// That the last checkpoint goes on from the tree of the first `from` entries; `None` where
    /// it does not have so many, or there is none.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub fn grown(&self, from: u64, trust: &Trust) -> Result<Option<Grown>, Error> {
        let Some(signed) = self.newest(from.max(1), trust)? else {
            return Ok(None);
        };
        let (size, root) = (signed.checkpoint.size, &signed.checkpoint.root);
        // Of the entries themselves: what is handed out must not rest on a file beside them.
        let hashes = self.stored(size)?;
        let not_there = |_| Error::CannotRead("entries are missing".to_owned());
        let old = tree::root(&hashes, from).map_err(not_there)?;
        let proof = tree::consistency(&hashes, from, size)
            .map_err(not_there)?
            .unwrap_or_default();
        // A proof from nothing says nothing of what there is now.
        let is_signed = tree::root(&hashes, size).map_err(not_there)? == *root;
        if !is_signed || !tree::is_consistent((from, &old), (size, root), &proof) {
            return Err(Error::CannotRead(format!(
                "the entries are not those that the checkpoint of {size} signed"
            )));
        }
        Ok(Some(Grown {
            from,
            root: old,
            signed,
            proof,
        }))
    }

    /// The hashes of the tree of the first `size` entries, from their bodies' leaves.
    fn stored(&self, size: u64) -> Result<Vec<Hash>, Error> {
        let mut edge = Edge::default();
        let mut hashes = Vec::new();
        while edge.size() < size {
            let most = PIECE.min(size - edge.size());
            let leaves = leaves_after(&self.ledger, edge.size(), most).map_err(|e| match e {
                LeafError::Database(error) => cannot_read(error),
                LeafError::Missing(seq) => Error::CannotRead(format!("entry {seq} missing")),
            })?;
            if leaves.is_empty() {
                break;
            }
            for leaf in leaves {
                edge.push(leaf, |hash| hashes.push(*hash));
            }
        }
        Ok(hashes)
    }

    /// The checkpoint to prove an entry by.
    fn newest(&self, covers: u64, trust: &Trust) -> Result<Option<Signed>, Error> {
        let key =
            key_of(&self.folder, trust).map_err(|fault| Error::CannotRead(fault.to_string()))?;
        let Some(key) = key else { return Ok(None) };
        for file in [COSIGNED, CHECKPOINTS] {
            let note = kept::last_note(&self.folder, file)
                .map_err(|error| Error::CannotRead(error.to_string()))?;
            let signed = note
                .filter(|note| matches!(key.check(note), Said::Signed(_)))
                .and_then(Signed::of)
                .filter(|signed| signed.checkpoint.origin == key.name());
            if let Some(signed) = signed
                && signed.checkpoint.size >= covers
            {
                return Ok(Some(signed));
            }
        }
        Ok(None)
    }
}

impl Ledger {
    /// What is proven of this ledger, and what stands in the way.
    #[must_use]
    pub fn proofs(&self) -> Proofs {
        self.inner.checkpoints.shared.proofs()
    }

    /// Puts each new checkpoint also at `place`: a file, or a folder in which it gets the node's
    /// name. Whoever reads there can tell later whether the ledger still goes on from it. Those of
    /// a second ledger go beside it.
    pub fn publish_to(&self, place: PathBuf) {
        if let Some(second) = &self.inner.second {
            second.publish_to(&place);
        }
        self.inner.checkpoints.shared.publish_to(place);
    }

    /// The consistency proof between two sizes of this ledger's tree; `None` where the first is
    /// the larger.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub async fn consistency(&self, old: u64, new: u64) -> Result<Option<Vec<Hash>>, Error> {
        let folder = self.inner.settings.folder.clone();
        let proofs = self.proofs();
        let root = |size| {
            let signed = [&proofs.signed, &proofs.cosigned].into_iter().flatten();
            let mut checkpoints = signed.map(|signed| &signed.checkpoint);
            checkpoints
                .find(|known| known.size == size)
                .map(|known| known.root)
        };
        let roots = root(old).zip(root(new));
        self.reading(move |reader| {
            let kept = checkpoints::consistency(&folder, old, new);
            // The file is beside the ledger, and one damaged hash in it may lie where nothing else
            // meets it: what it gives is checked, and made of the entries where it is wrong.
            let is_right = |proof: &[Hash]| {
                old == 0
                    || roots.is_some_and(|(from, to)| {
                        tree::is_consistent((old, &from), (new, &to), proof)
                    })
            };
            match kept {
                Ok(Some(proof)) if is_right(&proof) => Ok(Some(proof)),
                Ok(None) => Ok(None),
                Ok(Some(_)) | Err(_) => tree::consistency(&reader.stored(new)?, old, new)
                    .map_err(|_| Error::CannotRead("entries are missing".to_owned())),
            }
        })
        .await
    }

    /// Keeps a checkpoint with a witness's cosignature. Only one task may do so.
    ///
    /// # Errors
    /// [`Error::CannotRecord`]: it is not cosigned by this witness, or cannot be written.
    pub async fn keep_cosigned(&self, note: Note, witness: &Verifier) -> Result<(), Error> {
        let is_cosigned = matches!(witness.check(&note), Said::Signed(Some(_)));
        let signed = Signed::of(note).filter(|_| is_cosigned);
        let signed = signed.ok_or(Error::CannotRecord)?;
        let folder = self.inner.settings.folder.clone();
        let note = signed.note.clone();
        tokio::task::spawn_blocking(move || {
            Notes::open(&folder, COSIGNED).and_then(|(mut notes, _)| notes.add(&note))
        })
        .await
        .map_err(|_| Error::CannotRecord)?
        .map_err(|error| {
            tracing::error!(%error, "a cosigned checkpoint could not be kept");
            Error::CannotRecord
        })?;
        self.inner.checkpoints.shared.with(|proofs| {
            proofs.cosigned = Some(signed);
            proofs.witness_trouble = None;
        });
        self.inner.checkpoints.shared.measure();
        Ok(())
    }

    /// Says why the witness does not cosign now.
    pub fn witness_fails(&self, why: String) {
        let shared = &self.inner.checkpoints.shared;
        shared.with(|proofs| proofs.witness_trouble = Some(why));
        shared.measure();
    }
}
