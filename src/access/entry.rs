//! Entries that may be looked at again: the sealed name that stands in a list, and what it stands
//! for.

use std::time::Duration;

use super::{Access, Error, Viewer, session::unlocked};
use crate::domain::access::NodeId;

/// A list is good for as long as a session.
const LIFE: Duration = Duration::from_hours(12);

impl Access {
    /// The opaque name of an entry of one of this node's ledgers on a page of this session. `None`
    /// where it cannot be sealed.
    #[must_use]
    pub fn entry_name(&self, viewer: &Viewer, node: &NodeId, seq: u64) -> Option<String> {
        self.inner.entries.close(&(node, seq), &viewer.session)
    }

    /// What an opaque name stands for.
    ///
    /// # Errors
    /// [`Error::Locked`]; [`Error::NotAllowed`] for one that is forged or of another session: the
    /// refusal is recorded.
    pub async fn entry_named(&self, viewer: &Viewer, name: &str) -> Result<(NodeId, u64), Error> {
        unlocked(viewer)?;
        match self.inner.entries.open(name, &viewer.session, LIFE) {
            Some(place) => Ok(place),
            None => Err(self.not_allowed(viewer, "entry", "not_sealed_here").await),
        }
    }

    /// Refuses an entry that cannot be looked at, and records it.
    pub async fn no_entry(&self, viewer: &Viewer) -> Error {
        self.not_allowed(viewer, "entry", "no_such_view").await
    }
}
