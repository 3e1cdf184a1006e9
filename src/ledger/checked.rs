//! Verifying what a running node wrote, while it goes on writing.

use std::{ops::ControlFlow, sync::Arc};

use super::{
    Error, Ledger, Trust, Unread, Verified,
    both::together,
    read::{Reader, with_root},
    second::Second,
};
use crate::domain::access::NodeId;

/// Told of each entry as it is reached, counted over all ledgers; `false` breaks it off. It may
/// hold things up: nothing else waits for it.
pub type Watch = Arc<dyn Fn(u64) -> bool + Send + Sync>;

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Each ledger: its name, and what was found of it alone.
    pub ledgers: Vec<(NodeId, Verified)>,
    /// What does not fit between them, in words.
    pub apart: Vec<String>,
    /// How often a loss was accepted.
    pub lost: usize,
    /// Which of them could not be looked at.
    pub unread: Vec<Unread>,
}

impl Checked {
    /// How many entries are right.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.ledgers.iter().map(|(_, found)| found.entries).sum()
    }

    /// Everything that is wrong, in words.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let own = self.ledgers.iter().filter_map(|(node, found)| {
            let fault = found.fault.as_ref()?;
            Some(format!("{}: {fault}", node.0))
        });
        own.chain(self.apart.iter().cloned()).collect()
    }
}

impl Ledger {
    /// Verifies each ledger of this node that is there, and what they say of each other; with the
    /// keys of their own folders, which says nothing against somebody who replaced those too.
    ///
    /// # Errors
    /// [`Error::CannotRead`], also where it was broken off. What is wrong is no error.
    pub async fn check(&self, watch: Watch) -> Result<Checked, Error> {
        let second = self.inner.second.as_ref().and_then(Second::get);
        let parts: Vec<_> = std::iter::once(self)
            .chain(second)
            .map(|part| {
                let folder = part.inner.settings.folder.clone();
                (part.node(), folder, part.inner.root())
            })
            .collect();
        let unread = self.unread();
        self.reading(move |_| {
            let mut readers = Vec::new();
            for (node, folder, root) in parts {
                readers.push((node, with_root(&folder, root)?));
            }
            check(readers, unread, &watch)
        })
        .await
    }
}

fn check(
    readers: Vec<(NodeId, Reader)>,
    unread: Vec<Unread>,
    watch: &Watch,
) -> Result<Checked, Error> {
    let mut seen = 0;
    let mut watched = |_| {
        seen += 1;
        if watch(seen) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let (mut names, mut parts) = (Vec::new(), Vec::new());
    for (node, reader) in readers {
        let found = reader.verify_watched(&Trust::default(), &mut watched)?;
        names.push(node);
        parts.push((reader, found));
    }
    let found = together(&parts)?;
    let ledgers = names
        .into_iter()
        .zip(parts.into_iter().map(|(_, found)| found));
    Ok(Checked {
        ledgers: ledgers.collect(),
        apart: found.faults.iter().map(ToString::to_string).collect(),
        lost: found.lost.len(),
        unread,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::testing, *};
    use crate::domain::event::Event;

    #[tokio::test]
    async fn what_was_changed_under_a_running_node_is_named_and_a_run_can_be_broken_off() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = testing::open(folder.path());
        for _ in 0..3 {
            ledger
                .append(testing::draft(Event::SignedIn))
                .await
                .unwrap();
        }
        let seen = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let told = Arc::clone(&seen);
        let watch: Watch = Arc::new(move |entries| {
            told.store(entries, std::sync::atomic::Ordering::Relaxed);
            true
        });
        let found = ledger.check(Arc::clone(&watch)).await.unwrap();
        assert_eq!((found.entries(), found.faults()), (3, Vec::new()));
        assert_eq!(seen.load(std::sync::atomic::Ordering::Relaxed), 3);
        let file = folder.path().join(super::super::store::FILE);
        let harm = rusqlite::Connection::open(file).unwrap();
        let sql = "UPDATE entry SET body = body || x'20' WHERE seq = 2";
        harm.execute(sql, []).unwrap();
        let found = ledger.check(watch).await.unwrap();
        assert_eq!(found.entries(), 1);
        let fault = found.faults().remove(0);
        assert!(fault.contains("n1: entry 2"), "{fault}");
        assert!(ledger.check(Arc::new(|_| false)).await.is_err());
    }
}
