//! Whether the entries are those that checkpoints signed: what a chain alone cannot say, since
//! whoever can write the file can write a new chain.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, Read as _},
    path::Path,
};

use super::{
    Error,
    kept::{self, CHECKPOINTS, COSIGNED, PUBLIC_KEY, Piece, TREE, TreeFile},
    note::{Checkpoint, Note, Said, Verifier},
    tree::{self, Edge, Hash},
    verify::Fault,
};

/// Whose signatures are believed, and what is known from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The ledger's public key. Without it the one in the folder is taken, which says nothing
    /// against somebody who replaced that too.
    pub key: Option<Verifier>,
    /// The witness's public key; without it cosignatures are left alone.
    pub witness: Option<Verifier>,
    /// Checkpoints that were kept elsewhere: published ones, or a witness's.
    pub checkpoints: Vec<Note>,
}

/// How many of the last entries may be without a checkpoint: a node that runs signs one every 64.
const UNCOVERED: u64 = 4_096;

/// What checkpoints say, held against the entries one by one.
pub(super) struct Covering {
    /// The roots that were signed and not met yet, by size.
    expected: BTreeMap<u64, Hash>,
    /// What is wrong with the checkpoints themselves.
    fault: Option<Fault>,
    edge: Edge,
    /// The leaves after the last checkpoint that was right.
    leaves: Vec<Hash>,
    right: u64,
    stored: Option<Stored>,
    tree: Option<TreeFile>,
    newest: u64,
    /// Whether the public key comes from elsewhere.
    is_trusted: bool,
    tally: Tally,
}

/// What verification says of the checkpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were right.
    pub checkpoints: u64,
    /// How many entries the newest of them covers.
    pub covered: u64,
    /// How many entries the newest covers that the witness cosigned, and when, in seconds since
    /// 1970; only known with the witness's key.
    pub cosigned: Option<(u64, u64)>,
    /// Whether a checkpoint was half written, as by a crash.
    pub is_unfinished: bool,
    /// Whether the public key was taken from the folder itself.
    pub is_own_key: bool,
}

/// The tree's file, read in its order.
struct Stored {
    file: BufReader<File>,
    is_over: bool,
}

impl Stored {
    /// Whether the next hash is this one. After its end the file says nothing: it is made again.
    fn is_next(&mut self, hash: &Hash) -> bool {
        let mut next = [0; 32];
        if self.is_over || self.file.read_exact(&mut next).is_err() {
            self.is_over = true;
            return true;
        }
        next == *hash
    }
}

impl Covering {
    /// Reads every checkpoint, and checks its signatures.
    pub(super) fn read(folder: &Path, trust: &Trust) -> Result<Self, Error> {
        let unreadable = |error: io::Error| Error::CannotRead(error.to_string());
        let mut covering = Self {
            expected: BTreeMap::new(),
            fault: None,
            edge: Edge::default(),
            leaves: Vec::new(),
            right: 0,
            stored: match File::open(folder.join(TREE)) {
                Ok(file) => Some(Stored {
                    file: BufReader::new(file),
                    is_over: false,
                }),
                Err(_) => None,
            },
            tree: TreeFile::read(folder).ok(),
            newest: 0,
            is_trusted: trust.key.is_some(),
            tally: Tally::default(),
        };
        match key_of(folder, trust) {
            Ok(Some(key)) => {
                covering.tally.is_own_key = trust.key.is_none();
                covering
                    .take_files(folder, &key, trust)
                    .map_err(unreadable)?;
            }
            Ok(None) => {}
            Err(fault) => covering.fault = Some(fault),
        }
        covering.newest = covering.expected.keys().next_back().copied().unwrap_or(0);
        Ok(covering)
    }

    fn take_files(&mut self, folder: &Path, key: &Verifier, trust: &Trust) -> io::Result<()> {
        for file in [CHECKPOINTS, COSIGNED] {
            let (mut number, mut last) = (0, None);
            kept::for_each_note(folder, file, |piece| {
                number += 1;
                let taken = match piece {
                    Piece::Unfinished => {
                        self.tally.is_unfinished = true;
                        return;
                    }
                    Piece::Other => Err("is no signed note"),
                    Piece::Note(note) => self.take(&note, key, trust, file, last),
                };
                match taken {
                    Ok(size) => last = Some(size),
                    Err(what) => self.say(Fault::Checkpoint(file, number, what)),
                }
            })?;
        }
        for (note, number) in trust.checkpoints.iter().zip(1..) {
            if let Err(what) = self.take(note, key, trust, "given", None) {
                self.say(Fault::Checkpoint("given", number, what));
            }
        }
        Ok(())
    }

    fn say(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }

    /// Takes in one checkpoint; gives its size, or says what is wrong with it.
    fn take(
        &mut self,
        note: &Note,
        key: &Verifier,
        trust: &Trust,
        file: &str,
        last: Option<u64>,
    ) -> Result<u64, &'static str> {
        let signed = match key.check(note) {
            Said::Signed(_) => Checkpoint::parse(&note.text),
            Said::Nothing => return Err("is not signed with the ledger's key"),
            Said::Forged => return Err("has a wrong signature"),
        };
        let Checkpoint { origin, size, root } = signed.ok_or("is no checkpoint")?;
        if origin != key.name() {
            return Err("is another ledger's");
        }
        // A witness may be asked twice for one size.
        if last.is_some_and(|last| size < last || (size == last && file == CHECKPOINTS)) {
            return Err("does not go on from the one before");
        }
        match trust.witness.as_ref().map(|witness| witness.check(note)) {
            Some(Said::Forged) => return Err("has a wrong cosignature"),
            Some(Said::Nothing) if file == COSIGNED => {
                return Err("is not cosigned by the witness");
            }
            Some(Said::Signed(time)) => {
                let newest = self.tally.cosigned.map_or(0, |(size, _)| size);
                if size >= newest {
                    self.tally.cosigned = Some((size, time.unwrap_or_default()));
                }
            }
            Some(Said::Nothing) | None => {}
        }
        self.tally.checkpoints += 1;
        match self.expected.insert(size, root) {
            Some(other) if other != root => Err("has another root than one of the same size"),
            Some(_) | None => Ok(size),
        }
    }

    /// Adds an entry's leaf; says where the entries are not those that were signed.
    pub(super) fn add(&mut self, leaf: Hash) -> Option<Fault> {
        let mut is_stored = true;
        let stored = &mut self.stored;
        // What no checkpoint covers yet may be half written by a running node.
        let is_covered = self.edge.size() < self.newest;
        self.edge.push(leaf, |hash| {
            if is_covered && let Some(stored) = stored {
                is_stored &= stored.is_next(hash);
            }
        });
        if is_covered {
            self.leaves.push(leaf);
        }
        let size = self.edge.size();
        if !is_stored {
            self.stored = None;
            self.say(Fault::Derived(TREE, size.to_string()));
        }
        let signed = self.expected.remove(&size)?;
        if signed == self.edge.root() {
            self.right = size;
            self.leaves.clear();
            return None;
        }
        Some(self.rewritten(size, signed))
    }

    /// The first entry that is not what the checkpoint of `size` entries signed: to the entry
    /// where the tree's file still gives the signed root, else between two checkpoints.
    fn rewritten(&self, size: u64, signed: Hash) -> Fault {
        let first = self.tree.as_ref().and_then(|tree| {
            let is_right = tree::root(tree, size).is_ok_and(|root| root == signed);
            let differs = |(leaf, index): &(&Hash, u64)| {
                use tree::Store as _;
                is_right
                    && tree
                        .hash(tree::place_of(0, *index))
                        .is_ok_and(|stored| stored != **leaf)
            };
            let mut leaves = self.leaves.iter().zip(self.right..);
            leaves.find(differs).map(|(_, index)| index + 1)
        });
        match first {
            Some(seq) => Fault::Rewritten(seq, seq, size),
            None => Fault::Rewritten(self.right + 1, size, size),
        }
    }

    /// What is left to say when every entry is there and agrees.
    pub(super) fn finish(mut self, entries: u64) -> (Tally, Option<Fault>) {
        self.tally.covered = self.right;
        let fault = if self.expected.is_empty() {
            let uncovered = entries.saturating_sub(self.right);
            // Who brings a key expects that it signed something.
            let is_nothing = self.is_trusted && self.right == 0 && entries > 0;
            let is_too_long = uncovered > UNCOVERED || is_nothing;
            self.fault
                .or(is_too_long.then_some(Fault::Uncovered(self.right + 1)))
        } else {
            Some(Fault::Tail(entries))
        };
        (self.tally, fault)
    }
}

impl super::Reader {
    /// The origin of this ledger's checkpoints, as far as its public key is known.
    #[must_use]
    pub fn origin(&self, trust: &Trust) -> Option<String> {
        let key = key_of(&self.folder, trust).ok().flatten()?;
        Some(key.name().to_owned())
    }
}

/// The ledger's public key: the one that is trusted, or the folder's; `None` for a ledger that
/// never signed anything.
pub(super) fn key_of(folder: &Path, trust: &Trust) -> Result<Option<Verifier>, Fault> {
    if let Some(key) = &trust.key {
        return Ok(Some(key.clone()));
    }
    match fs::read_to_string(folder.join(PUBLIC_KEY)) {
        Ok(text) => Verifier::parse(&text)
            .map(Some)
            .ok_or(Fault::Key("is no public key")),
        Err(_) if folder.join(CHECKPOINTS).exists() => {
            Err(Fault::Key("is missing, but checkpoints are there"))
        }
        Err(_) => Ok(None),
    }
}
