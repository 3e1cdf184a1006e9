//! What a node knows of the archive from having seen it: how far each node's entries went. It
//! stands in the node's own folder, out of reach of whoever can change the archive.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::super::Error;

/// The file's name: for each node, the furthest place that was ever seen in the archive, and the
/// chain value there.
const FILE: &str = "archived";

/// Where a node's entries in the archive ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The last entry's place.
    pub seq: u64,
    /// The chain value up to it, in hexadecimal digits.
    pub chain: String,
}

impl End {
    /// From what the archive says.
    pub(super) fn new(seq: u64, chain: &[u8]) -> Self {
        Self {
            seq,
            chain: HEXLOWER.encode(chain),
        }
    }
}

/// What was seen, of every node.
#[derive(Default)]
pub(super) struct Known {
    file: PathBuf,
    ends: BTreeMap<String, End>,
}

impl Known {
    /// Reads the file; without one nothing was ever seen.
    pub(super) fn read(folder: &Path) -> Result<Self, Error> {
        let file = folder.join(FILE);
        let cannot = |error: &dyn std::fmt::Display| Error::CannotRead(format!("{FILE}: {error}"));
        let ends = match fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| cannot(&error))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(cannot(&error)),
        };
        Ok(Self { file, ends })
    }

    /// The same for shipping, which a broken file does not stop.
    pub(super) fn read_or_new(folder: &Path) -> Self {
        Self::read(folder).unwrap_or_else(|error| {
            tracing::error!(%error, "what was seen of the archive before is lost");
            Self {
                file: folder.join(FILE),
                ends: BTreeMap::new(),
            }
        })
    }

    /// Every node that was ever seen.
    pub(super) fn ends(self) -> BTreeMap<String, End> {
        self.ends
    }

    /// Where a node's entries ended when they were last seen.
    pub(super) fn before(&self, node: &str) -> Option<&End> {
        self.ends.get(node).filter(|end| end.seq > 0)
    }

    /// Compares what is seen now with what was seen before: whether entries are missing since.
    /// What was seen further on stays known.
    pub(super) fn has_lost(&mut self, node: &str, now: End) -> bool {
        match self.ends.get(node) {
            Some(before) if before.seq > now.seq => true,
            _ => {
                self.ends.insert(node.to_owned(), now);
                false
            }
        }
    }

    /// The nodes that were seen before and are not among these.
    pub(super) fn absent<'a>(&'a self, now: &BTreeMap<String, End>) -> Option<&'a String> {
        self.ends.keys().find(|node| !now.contains_key(*node))
    }

    /// Writes the file, whole or not at all; durably only now and then, since the entries of the
    /// ward are made durable on the same disk.
    pub(super) fn write(&self, durably: bool) -> io::Result<()> {
        let unfinished = self.file.with_extension("unfinished");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(&serde_json::to_vec(&self.ends)?)?;
        if durably {
            file.sync_data()?;
        }
        fs::rename(&unfinished, &self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_once_stays_known() {
        let folder = tempfile::tempdir().unwrap();
        let mut known = Known::read(folder.path()).unwrap();
        assert!(!known.has_lost("n1", End::new(7, &[7])));
        assert!(!known.has_lost("n2", End::new(1, &[1])));
        assert!(!known.has_lost("n1", End::new(9, &[9])));
        assert!(known.has_lost("n1", End::new(8, &[8])));
        known.write(true).unwrap();
        let known = Known::read(folder.path()).unwrap();
        let only_first = [("n1".to_owned(), End::new(9, &[9]))].into();
        assert_eq!(known.absent(&only_first), Some(&"n2".to_owned()));
        let ends = known.ends();
        assert_eq!(ends.get("n1"), Some(&End::new(9, &[9])));
        fs::write(folder.path().join(FILE), "{").unwrap();
        let broken = Known::read(folder.path());
        assert!(broken.is_err(), "what is broken is said");
        let mut known = Known::read_or_new(folder.path());
        assert!(!known.has_lost("n1", End::new(1, &[1])), "and begun anew");
        known.write(false).unwrap();
        assert_eq!(Known::read(folder.path()).unwrap().ends().len(), 1);
    }
}
