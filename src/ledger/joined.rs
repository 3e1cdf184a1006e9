//! Reading both ledgers of a node as one. A part is never given as the whole: where one of them
//! cannot be read, nothing is.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use futures_util::future::join_all;

use super::{
    Asked, Error, InPart, Ledger, Proof, Recorded, Trust, Unread,
    look::Piece,
    read::{ReadEntry, Reader},
    second::Second,
};
use crate::domain::access::{AccountId, FacilityId, NodeId};

/// How long a stalled device is waited for where there is another.
const PATIENCE: Duration = Duration::from_secs(5);

/// Entries that were asked for, and where to go on.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Newest first.
    pub entries: Vec<ReadEntry>,
    /// Where the next, older ones are to be asked for ([`Asked::before`]); `None` where there are no
    /// more.
    pub next: Option<BTreeMap<NodeId, u64>>,
}

impl Ledger {
    /// What each ledger of this node says, with its name.
    ///
    /// # Errors
    /// [`Error::CannotRead`] where none of them says anything.
    async fn reading_each<T: Send + 'static>(
        &self,
        look: impl Fn(&Reader) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<InPart<Vec<(NodeId, T)>>, Error> {
        self.reading_each_named(move |_, reader| look(reader)).await
    }

    /// The same, where it matters which of them it is.
    ///
    /// # Errors
    /// As [`Self::reading_each`].
    pub(super) async fn reading_each_named<T: Send + 'static>(
        &self,
        look: impl Fn(&NodeId, &Reader) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<InPart<Vec<(NodeId, T)>>, Error> {
        let mut unread = self.unread();
        let second = self.inner.second.as_ref().and_then(Second::get);
        let looked = |part: &Self| {
            let (look, node) = (look.clone(), part.node());
            move |reader: &Reader| look(&node, reader)
        };
        let Some(second) = second else {
            let read = vec![(self.node(), self.reading(looked(self)).await?)];
            return Ok(InPart { read, unread });
        };
        let asked = [self, second].map(|part| {
            let look = looked(part);
            async move { tokio::time::timeout(PATIENCE, part.reading(look)).await }
        });
        let (mut read, mut failure) = (Vec::new(), None);
        for (part, answer) in [self, second].into_iter().zip(join_all(asked).await) {
            let node = part.node();
            let why = match answer {
                Ok(Ok(said)) => {
                    read.push((node, said));
                    continue;
                }
                Ok(Err(error)) => format!("{node}: {error}"),
                Err(_) => format!("{node}: its device stalls"),
            };
            tracing::error!(why, "one of two ledgers cannot be read");
            failure = Some(Error::CannotRead(why.clone()));
            unread.push(Unread {
                entries: part.inner.shared.head().seq,
                node: Some(node),
                why,
                given_up: None,
            });
        }
        match failure {
            Some(error) if read.is_empty() => Err(error),
            _ => Ok(InPart { read, unread }),
        }
    }

    /// What an account said of its grants since an instant, oldest first: its starts, notes and
    /// corrections, opened as far as keys are there.
    ///
    /// # Errors
    /// [`Error::CannotRead`], also where a ledger of this node cannot be read.
    pub async fn said_by(
        &self,
        account: &AccountId,
        since: DateTime<Utc>,
    ) -> Result<Vec<ReadEntry>, Error> {
        self.said_by_in_part(account, since).await?.whole()
    }

    /// The same of what can be read.
    ///
    /// # Errors
    /// [`Error::CannotRead`] where nothing can be.
    pub async fn said_by_in_part(
        &self,
        account: &AccountId,
        since: DateTime<Utc>,
    ) -> Result<InPart<Vec<ReadEntry>>, Error> {
        let account = account.clone();
        let look = move |reader: &Reader| reader.said_by(&account, since);
        let said = self.reading_each(look).await?;
        Ok(said.map(|lists| {
            let newest = |(_, mut list): (NodeId, Vec<ReadEntry>)| {
                list.reverse();
                list
            };
            let mut said = newest_first(lists.into_iter().map(newest).collect());
            said.reverse();
            said
        }))
    }

    /// The last `limit` entries of a facility, newest first, opened as far as keys are there.
    ///
    /// # Errors
    /// [`Error::CannotRead`], also where a ledger of this node cannot be read.
    pub async fn recent(
        &self,
        facility: &FacilityId,
        limit: usize,
    ) -> Result<Vec<ReadEntry>, Error> {
        self.recent_in_part(facility, limit).await?.whole()
    }

    /// The same of what can be read.
    ///
    /// # Errors
    /// [`Error::CannotRead`] where nothing can be.
    pub async fn recent_in_part(
        &self,
        facility: &FacilityId,
        limit: usize,
    ) -> Result<InPart<Vec<ReadEntry>>, Error> {
        let facility = facility.clone();
        let look = move |reader: &Reader| reader.recent(&facility, limit);
        let lists = self.reading_each(look).await?;
        Ok(lists.map(|lists| {
            let mut entries = newest_first(lists.into_iter().map(|(_, list)| list).collect());
            entries.truncate(limit);
            entries
        }))
    }

    /// The entries asked for, newest first, opened as far as keys are there; where a patient was
    /// asked for, without what they say of others.
    ///
    /// # Errors
    /// [`Error::CannotRead`], also where a ledger of this node cannot be read.
    pub async fn asked(&self, asked: Asked) -> Result<Vec<ReadEntry>, Error> {
        Ok(self.asked_in_part(asked).await?.whole()?.entries)
    }

    /// The same of what can be read, and where to go on.
    ///
    /// # Errors
    /// [`Error::CannotRead`] where nothing can be.
    pub async fn asked_in_part(&self, asked: Asked) -> Result<InPart<Found>, Error> {
        let (count, before) = (asked.count, asked.before.clone());
        let look = move |reader: &Reader| reader.asked(&asked);
        let pieces = self.reading_each(look).await?;
        let unread: Vec<NodeId> = pieces
            .unread
            .iter()
            .filter(|unread| unread.given_up.is_none())
            .filter_map(|unread| unread.node.clone())
            .collect();
        Ok(pieces.map(|pieces| {
            let mut found = joined(pieces, count);
            // One that stalls just now goes on where it was, as long as the others do.
            if let Some(next) = &mut found.next {
                for node in unread {
                    let place = before.get(&node).copied().unwrap_or(u64::MAX);
                    next.insert(node, place);
                }
            }
            found
        }))
    }

    /// An entry of a facility and what it showed; `None` where there is none such.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub async fn recorded(
        &self,
        facility: &FacilityId,
        seq: u64,
    ) -> Result<Option<Recorded>, Error> {
        let facility = facility.clone();
        self.reading(move |reader| reader.recorded(&facility, seq))
            .await
    }

    /// The same of the ledger of this name.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub async fn recorded_at(
        &self,
        facility: &FacilityId,
        node: &NodeId,
        seq: u64,
    ) -> Result<Option<Recorded>, Error> {
        match self.named(node) {
            Some(part) => part.recorded(facility, seq).await,
            None => Err(Error::CannotRead(format!("{node} is not here"))),
        }
    }

    /// The entry of a receipt (as 4-4-4 digits) of one facility, with its proof. `None` where
    /// there is none, and where it is another facility's: nobody learns that it is there.
    ///
    /// # Errors
    /// [`Error::CannotRead`], also where two ledgers happen to have given out the same, and where a
    /// ledger of this node cannot be read.
    pub async fn proof(
        &self,
        facility: &FacilityId,
        receipt: &str,
    ) -> Result<Option<Proof>, Error> {
        self.proof_in_part(facility, receipt).await?.whole()
    }

    /// The same in what can be read: where it is not there, it may be in what cannot.
    ///
    /// # Errors
    /// [`Error::CannotRead`] where nothing can be, or two have it.
    pub async fn proof_in_part(
        &self,
        facility: &FacilityId,
        receipt: &str,
    ) -> Result<InPart<Option<Proof>>, Error> {
        let (facility, receipt) = (facility.clone(), receipt.to_owned());
        let look = move |reader: &Reader| {
            let proof = reader.proof(&receipt, &Trust::default())?;
            Ok(proof.filter(|proof| proof.entry.facility == facility))
        };
        let InPart { read, unread } = self.reading_each(look).await?;
        let mut found = read.into_iter().filter_map(|(_, proof)| proof);
        let proof = found.next();
        match found.next() {
            None => Ok(InPart {
                read: proof,
                unread,
            }),
            Some(_) => Err(Error::CannotRead(
                "two entries have this receipt".to_owned(),
            )),
        }
    }
}

/// Pieces of several ledgers as one of at most `count` entries, and where each of them goes on.
fn joined(pieces: Vec<(NodeId, Piece)>, count: usize) -> Found {
    let mut next = BTreeMap::new();
    let mut lists = Vec::new();
    for (node, piece) in pieces {
        // An older one is found again by what is said below of those that did not fit.
        next.insert(node, piece.next.unwrap_or(0));
        lists.push(piece.entries);
    }
    let mut entries = newest_first(lists);
    let left = entries.split_off(count.min(entries.len()));
    // Of each list those that are left are its last: the first of them is where it goes on.
    for entry in left.iter().rev() {
        next.insert(entry.node.clone(), entry.seq.saturating_add(1));
    }
    let has_more = next.values().any(|before| *before > 0);
    Found {
        entries,
        next: has_more.then_some(next),
    }
}

/// Lists of several ledgers as one, each kept in its own order: what was written later stands
/// first.
fn newest_first(lists: Vec<Vec<ReadEntry>>) -> Vec<ReadEntry> {
    let mut lists: Vec<_> = lists
        .into_iter()
        .map(|list| list.into_iter().peekable())
        .collect();
    let mut joined = Vec::new();
    loop {
        // The wall clock may have been set back: a list is never left before its own next entry.
        let next = lists
            .iter_mut()
            .enumerate()
            .filter_map(|(n, list)| Some((list.peek()?.wall, n)))
            .max();
        let Some((_, n)) = next else { break };
        joined.extend(lists.get_mut(n).and_then(Iterator::next));
    }
    joined
}
