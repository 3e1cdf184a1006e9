//! Reading both ledgers of a node as one. A part is never given as the whole: where one of them
//! cannot be read, nothing is.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{
    Asked, Error, Ledger, Proof, Recorded, Trust,
    read::{ReadEntry, Reader},
};
use crate::domain::access::{AccountId, FacilityId, NodeId};

/// How long a stalled device is waited for where there is another.
const PATIENCE: Duration = Duration::from_secs(5);

impl Ledger {
    /// What each ledger of this node says.
    async fn reading_each<T: Send + 'static>(
        &self,
        look: impl Fn(&Reader) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<Vec<T>, Error> {
        let parts = self.parts()?;
        if parts.len() == 1 {
            return Ok(vec![self.reading(look).await?]);
        }
        let mut said = Vec::new();
        for part in parts {
            let name = part.inner.settings.node.clone();
            let unread = |why: String| Error::CannotRead(format!("{name}: {why}"));
            let answer = tokio::time::timeout(PATIENCE, part.reading(look.clone())).await;
            let answer = answer.map_err(|_| unread("its device stalls".to_owned()))?;
            said.push(answer.map_err(|error| unread(error.to_string()))?);
        }
        Ok(said)
    }

    /// What an account said of its grants since an instant, oldest first: its starts, notes and
    /// corrections, opened as far as keys are there.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub async fn said_by(
        &self,
        account: &AccountId,
        since: DateTime<Utc>,
    ) -> Result<Vec<ReadEntry>, Error> {
        let account = account.clone();
        let look = move |reader: &Reader| reader.said_by(&account, since);
        let mut said = newest_first(
            self.reading_each(look)
                .await?
                .into_iter()
                .map(|mut list| {
                    list.reverse();
                    list
                })
                .collect(),
        );
        said.reverse();
        Ok(said)
    }

    /// The last `limit` entries of a facility, newest first, opened as far as keys are there.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub async fn recent(
        &self,
        facility: &FacilityId,
        limit: usize,
    ) -> Result<Vec<ReadEntry>, Error> {
        let facility = facility.clone();
        let look = move |reader: &Reader| reader.recent(&facility, limit);
        let mut entries = newest_first(self.reading_each(look).await?);
        entries.truncate(limit);
        Ok(entries)
    }

    /// The entries asked for, newest first, opened as far as keys are there; where a patient was
    /// asked for, without what they say of others.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub async fn asked(&self, asked: Asked) -> Result<Vec<ReadEntry>, Error> {
        let count = asked.count;
        let look = move |reader: &Reader| reader.asked(&asked);
        let mut entries = newest_first(self.reading_each(look).await?);
        entries.truncate(count);
        Ok(entries)
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
    /// [`Error::CannotRead`], also where two ledgers happen to have given out the same.
    pub async fn proof(
        &self,
        facility: &FacilityId,
        receipt: &str,
    ) -> Result<Option<Proof>, Error> {
        let (facility, receipt) = (facility.clone(), receipt.to_owned());
        let look = move |reader: &Reader| {
            let proof = reader.proof(&receipt, &Trust::default())?;
            Ok(proof.filter(|proof| proof.entry.facility == facility))
        };
        let mut found = self.reading_each(look).await?.into_iter().flatten();
        let proof = found.next();
        match found.next() {
            None => Ok(proof),
            Some(_) => Err(Error::CannotRead(
                "two entries have this receipt".to_owned(),
            )),
        }
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
