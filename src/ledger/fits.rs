//! Whether the two ledgers of a node still are what each says of the other, and what their folders
//! say of each other beside the entries.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use rusqlite::{Connection, OptionalExtension as _};

use super::{
    Error,
    folder::replace,
    lookup::{Other, all_said_of, others_said},
    read::open_for_reading,
    store::{self, Head, cannot_read},
};
use crate::domain::access::NodeId;

/// The second ledger's own name, in its folder.
pub(super) const NAME: &str = "second.name";
/// How far the second ledger was when it was last seen, in the first's folder.
pub(super) const KNOWN: &str = "second.known";

/// A ledger of a node: its name, and where it is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) node: NodeId,
    pub(super) folder: PathBuf,
}

/// Where a ledger is not what the other one says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// Whose entry says it, and which one; no entry where only a file beside it does.
    pub(super) by: (NodeId, Option<u64>),
    pub(super) of: NodeId,
    /// How many entries it was said to have; `None` where it was said to be lost.
    pub(super) said: Option<u64>,
    /// How many it has.
    pub(super) has: u64,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (by, of, has) = (&self.by.0, &self.of, self.has);
        match self.by.1 {
            Some(at) => write!(f, "entry {at} of {by} says that {of} ")?,
            None => write!(f, "{KNOWN} beside {by} says that {of} ")?,
        }
        match self.said {
            Some(said) => write!(
                f,
                "had {said} entries, and they are not there as they were "
            )?,
            None => write!(f, "is lost, and it is there ")?,
        }
        write!(
            f,
            "({has} entries): one of the two was set back, copied back or replaced; what to do is \
             in docs/operation.md (ledger accept)"
        )
    }
}

/// Where the first and the second ledger of a node are not what is said of them.
///
/// # Errors
/// [`Error::CannotRead`], [`Error::CannotOpen`].
pub(super) fn misfits(first: &Place, second: &Place) -> Result<Vec<Misfit>, Error> {
    let (one, two) = (open(first)?, open(second)?);
    let mut found = Vec::new();
    for ((by, says), (of, is)) in [
        ((first, &one), (second, &two)),
        ((second, &two), (first, &one)),
    ] {
        let Some(says) = says else { continue };
        // Not the last alone: a ledger that was set back and written on fits what was said later.
        for (at, has) in all_said_of(says, &of.node).map_err(cannot_read)? {
            let claim = has.as_ref().map(|(seq, chain)| (*seq, chain.as_str()));
            let by = (by.node.clone(), Some(at));
            let one = misfit(by, claim, &of.node, is.as_ref())?;
            let is_one = one.is_some();
            found.extend(one);
            if is_one {
                break;
            }
        }
    }
    if let Some((name, seq, chain)) = known(&first.folder)?
        && name == second.node.0
        && found.iter().all(|misfit| misfit.of != second.node)
    {
        let by = (first.node.clone(), None);
        let claim = Some((seq, chain.as_str()));
        found.extend(misfit(by, claim, &second.node, two.as_ref())?);
    }
    Ok(found)
}

fn misfit(
    by: (NodeId, Option<u64>),
    said: Option<(u64, &str)>,
    of: &NodeId,
    is: Option<&Connection>,
) -> Result<Option<Misfit>, Error> {
    let has = is.map(last_place).transpose()?.unwrap_or(0);
    let fits = match (said, is) {
        (None, _) => has == 0,
        (Some((0, _)), _) => true,
        (Some(_), None) => false,
        (Some((seq, chain)), Some(is)) => {
            chain_at(is, seq)?.is_some_and(|found| HEXLOWER.encode(&found) == chain)
        }
    };
    Ok((!fits).then(|| Misfit {
        by,
        of: of.clone(),
        said: said.map(|(seq, _)| seq),
        has,
    }))
}

/// Its file, where there is one.
fn open(place: &Place) -> Result<Option<Connection>, Error> {
    let file = place.folder.join(store::FILE);
    if !file.exists() {
        return Ok(None);
    }
    let file = open_for_reading(&file)?;
    // A file that was never written has no table yet.
    let is_written = file
        .prepare("SELECT 1 FROM sqlite_master WHERE name = 'entry'")
        .and_then(|mut statement| statement.exists([]))
        .map_err(cannot_read)?;
    Ok(is_written.then_some(file))
}

fn last_place(file: &Connection) -> Result<u64, Error> {
    file.query_row("SELECT coalesce(max(seq), 0) FROM entry", [], |row| {
        store::place(row, 0)
    })
    .map_err(cannot_read)
}

fn chain_at(file: &Connection, seq: u64) -> Result<Option<Vec<u8>>, Error> {
    file.query_row(
        "SELECT chain FROM entry WHERE seq = ?1",
        [store::number(seq)],
        |row| row.get(0),
    )
    .optional()
    .map_err(cannot_read)
}

/// What the entries of the ledger in a folder say last of others; nothing where there is no file.
pub(super) fn said_in(place: &Place) -> Result<Vec<(u64, Other)>, Error> {
    let file = open(place)?;
    let said = file.as_ref().map(others_said).transpose();
    Ok(said.map_err(cannot_read)?.unwrap_or_default())
}

/// The second ledger's name, where its folder says one.
pub(super) fn name_in(folder: &Path) -> Result<Option<NodeId>, Error> {
    match fs::read_to_string(folder.join(NAME)) {
        Ok(name) => {
            let node = NodeId(name.trim().to_owned());
            super::check_name(&node)?;
            Ok(Some(node))
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(store::cannot_write(error)),
    }
}

/// What is known of the second ledger in the first's folder: its name, how many entries it had, and
/// the chain value after them.
pub(super) fn known(first: &Path) -> Result<Option<(String, u64, String)>, Error> {
    let text = match fs::read_to_string(first.join(KNOWN)) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(store::cannot_write(error)),
    };
    let mut words = text.split_whitespace();
    let known = (|| {
        let (name, seq, chain) = (words.next()?, words.next()?, words.next()?);
        Some((name.to_owned(), seq.parse().ok()?, chain.to_owned()))
    })();
    known
        .map(Some)
        .ok_or_else(|| Error::CannotOpen(format!("{KNOWN} cannot be read")))
}

/// Whether there was a second ledger beside the first in this folder.
pub(super) fn was_there(first: &Path) -> bool {
    first.join(KNOWN).exists()
}

/// Keeps how far it is. Only a help to tell an empty mount point from the device: the ledgers say
/// the same of each other in their entries.
pub(super) fn keep_known(first: &Path, node: &NodeId, head: Head) {
    let chain = HEXLOWER.encode(&head.chain);
    let text = format!("{node} {} {chain}\n", head.seq);
    if let Err(error) = replace(first, KNOWN, text.as_bytes()) {
        tracing::warn!(%error, "how far the second ledger is could not be kept");
    }
}

/// The other ledgers that the files beside a ledger, or beside its copy, name, and how many entries
/// they are known to have: a new pair says it there before any entry does.
///
/// # Errors
/// [`Error::CannotOpen`] where such a file cannot be read.
pub(super) fn named_beside(folder: &Path) -> Result<BTreeMap<String, u64>, Error> {
    let mut named = BTreeMap::new();
    if let Some((name, entries, _)) = known(folder)? {
        named.insert(name, entries);
    }
    if let Some(name) = name_in(folder)?
        && let Some((first, _)) = name.0.rsplit_once(SECOND)
    {
        named.insert(first.to_owned(), 0);
    }
    Ok(named)
}

/// The name of the ledger in a folder, where a file beside it says one: before its first entry does.
pub(super) fn name_beside(folder: &Path) -> Result<Option<String>, Error> {
    if let Some(own) = name_in(folder)? {
        return Ok(Some(own.0));
    }
    let second = known(folder)?.map(|(name, ..)| name);
    let first = second.as_ref().and_then(|name| name.rsplit_once(SECOND));
    Ok(first.map(|(first, _)| first.to_owned()))
}

/// What stands between a node's name and the random word in the name of its second ledger.
pub(super) const SECOND: &str = "-second-";
