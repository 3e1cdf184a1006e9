//! Which ledgers of this node cannot be read now. What is read without them is a part, and says so.

use chrono::{DateTime, Utc};

use super::{
    Error, Ledger,
    fits::{Place, known, said_in},
    read::read,
    second::Second,
};
use crate::domain::access::NodeId;

/// A ledger of this node whose entries are not among what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its name; `None` where it was never seen.
    pub node: Option<NodeId>,
    /// How many entries it has at least.
    pub entries: u64,
    /// Why, in words for an operator.
    pub why: String,
    /// When its loss was accepted, where it was: nothing later is missing.
    pub given_up: Option<DateTime<Utc>>,
}

/// What was read, and of which ledgers of this node it has nothing.
#[derive(Clone, Debug)]
pub struct InPart<T> {
    /// What was read.
    pub read: T,
    /// What was not; empty: it is the whole.
    pub unread: Vec<Unread>,
}

impl<T> InPart<T> {
    /// What was read, where it is the whole but for what was accepted as lost.
    ///
    /// # Errors
    /// [`Error::CannotRead`], with what is missing.
    pub fn whole(self) -> Result<T, Error> {
        let mut missing = self.unread.into_iter();
        match missing.find(|unread| unread.given_up.is_none()) {
            None => Ok(self.read),
            Some(unread) => Err(Error::CannotRead(unread.why)),
        }
    }

    /// The same with something else made of what was read.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> InPart<U> {
        InPart {
            read: make(self.read),
            unread: self.unread,
        }
    }
}

/// Another ledger that this one names.
#[derive(Clone, Debug)]
pub(super) struct Named {
    node: NodeId,
    entries: u64,
    given_up: Option<DateTime<Utc>>,
}

/// The others that a ledger names in its entries or beside them, as it is opened.
pub(super) fn named(place: &Place) -> Result<Vec<Named>, Error> {
    let mut named: Vec<Named> = Vec::new();
    for (seq, other) in said_in(place)? {
        let lost = match other.has {
            // One that cannot be read is for verification to name: nothing is taken as given up.
            None => read(&place.folder, None)?.entry(seq).ok().flatten(),
            Some(_) => None,
        };
        let had = lost
            .as_ref()
            .and_then(|entry| entry.fields.get("said")?.as_u64());
        named.push(Named {
            node: NodeId(other.node),
            entries: other.has.map_or(had.unwrap_or_default(), |(seq, _)| seq),
            given_up: lost.map(|entry| entry.wall),
        });
    }
    // Whoever opens the second ledger says that such a file cannot be read.
    if let Ok(Some((name, entries, _))) = known(&place.folder)
        && named.iter().all(|other| other.node.0 != name)
    {
        named.push(Named {
            node: NodeId(name),
            entries,
            given_up: None,
        });
    }
    Ok(named)
}

impl Ledger {
    /// Which ledgers of this node are not there now. One that is there may still stall.
    #[must_use]
    pub fn unread(&self) -> Vec<Unread> {
        let second = self.inner.second.as_ref();
        let open = second.and_then(Second::get).map(Self::node);
        let trouble = second.and_then(Second::trouble).map(|trouble| trouble.why);
        let why = match (&trouble, second) {
            (Some(why), _) => format!("the second ledger is not there: {why}"),
            (None, Some(_)) => "it is another ledger than the second one now".to_owned(),
            (None, None) => "there was a second ledger, and none is configured".to_owned(),
        };
        let own = self.node();
        let mut unread: Vec<Unread> = self
            .inner
            .named
            .iter()
            .filter(|named| named.node != own && Some(&named.node) != open.as_ref())
            .map(|named| Unread {
                node: Some(named.node.clone()),
                entries: named.entries,
                why: format!("{}: {why}", named.node),
                given_up: named.given_up,
            })
            .collect();
        let is_said = unread.iter().any(|unread| unread.given_up.is_none());
        if trouble.is_some() && !is_said {
            unread.push(Unread {
                node: None,
                entries: 0,
                why,
                given_up: None,
            });
        }
        unread
    }
}
