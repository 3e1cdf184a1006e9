//! Keeping the index where the ledgers are: off the threads that answer pages, a little at a time,
//! and with whatever can be read. What could not be read is said beside every list; once it can be,
//! what was made without it is made anew.

use std::{collections::BTreeMap, sync::PoisonError, time::Duration};

use super::{Error, Review, index::Index};
use crate::{
    domain::{
        access::{AccountId, FacilityId, NodeId},
        review::Traits,
    },
    ledger::{InPart, Ledger, ReadEntry, Unread},
};

/// Entries that are read at once.
const PIECE: usize = 5_000;
/// Entries or cases that are worked on before others may look.
const TURN: usize = 200;
/// How long a page waits for the index: longer than for a ledger whose device stalls.
const PATIENCE: Duration = Duration::from_secs(8);

impl Review {
    /// Brings the index up to date, for a page that waits; with what is not in it.
    pub(super) async fn refresh(&self) -> Result<Vec<Unread>, Error> {
        match tokio::time::timeout(PATIENCE, self.bring_up_to_date()).await {
            Ok(done) => done?,
            Err(_) => return Err(Error::NotYet),
        }
        self.look(|index| index.unread.clone()).await
    }

    pub(super) async fn bring_up_to_date(&self) -> Result<(), Error> {
        let _turn = self.inner.turn.lock().await;
        self.catch_up_in_turn().await?;
        for facility in self.look(Index::facilities).await? {
            self.know(&facility).await?;
        }
        self.settle().await
    }

    /// Takes over what was written since, and nothing more.
    pub(super) async fn catch_up(&self) -> Result<(), Error> {
        let _turn = self.inner.turn.lock().await;
        self.catch_up_in_turn().await
    }

    async fn catch_up_in_turn(&self) -> Result<(), Error> {
        loop {
            let (places, missed) = self
                .look(|index| (index.places.clone(), index.unread.clone()))
                .await?;
            let InPart { read, unread } = self.following(&places).await?;
            // What was missed until now belongs between what is taken over already.
            let is_back = |entry: &ReadEntry| {
                let mut missed = missed.iter().filter(|missed| missed.given_up.is_none());
                missed.any(|missed| match &missed.node {
                    Some(node) => *node == entry.node,
                    None => !places.contains_key(&entry.node),
                })
            };
            if read.iter().any(is_back) {
                tracing::warn!("a ledger can be read again: the index of cases is made anew");
                self.make_anew().await?;
                continue;
            }
            let is_done = read.is_empty();
            self.take(read).await?;
            self.change(move |index| index.unread = unread).await?;
            if is_done {
                return Ok(());
            }
        }
    }

    async fn following(
        &self,
        places: &BTreeMap<NodeId, u64>,
    ) -> Result<InPart<Vec<ReadEntry>>, Error> {
        let ledger = &self.inner.ledger;
        Ok(ledger.follow_in_part(places, PIECE, is_opened).await?)
    }

    /// From the first entry on, aside; what was there stays until it is done.
    async fn make_anew(&self) -> Result<(), Error> {
        let mut fresh = Index::default();
        loop {
            let InPart { read, unread } = self.following(&fresh.places).await?;
            let is_done = read.is_empty();
            fresh = self
                .aside(move |review| {
                    take(&mut fresh, &read, &review.inner.ledger);
                    fresh.unread = unread;
                    fresh
                })
                .await?;
            if is_done {
                break;
            }
        }
        // As whole as the one it takes the place of: whoever looks in between is not shown less.
        for facility in fresh.facilities() {
            let people = self.people(&facility).await?;
            fresh.know(&facility, people);
        }
        let fresh = self
            .aside(move |review| {
                let now = review.inner.clock.now().wall;
                let table = &review.inner.settings.table;
                fresh.begin_to_settle();
                while fresh.settle(table, now, TURN) {}
                fresh
            })
            .await?;
        let before = self.change(|index| std::mem::replace(index, fresh)).await?;
        // Letting go of what is large takes its time, too.
        self.aside(move |_| drop(before)).await
    }

    /// Takes entries over.
    async fn take(&self, entries: Vec<ReadEntry>) -> Result<(), Error> {
        self.aside(move |review| {
            for some in entries.chunks(TURN) {
                review.write(|index| take(index, some, &review.inner.ledger));
                std::thread::yield_now();
            }
        })
        .await
    }

    async fn settle(&self) -> Result<(), Error> {
        self.aside(|review| {
            let now = review.inner.clock.now().wall;
            let table = &review.inner.settings.table;
            review.write(Index::begin_to_settle);
            while review.write(|index| index.settle(table, now, TURN)) {
                std::thread::yield_now();
            }
        })
        .await
    }

    /// What the registry says of a facility's accounts, as hashes.
    async fn people(&self, facility: &FacilityId) -> Result<BTreeMap<AccountId, Traits>, Error> {
        let accounts = self.inner.registry.accounts(facility.clone()).await;
        let accounts = accounts.map_err(|_| Error::Unavailable)?;
        let mark = self.inner.ledger.marks(facility);
        Ok(accounts
            .into_iter()
            .map(|account| {
                let spellings = std::iter::once(account.name.as_str());
                let traits = Traits::of(spellings, None, None, &mark);
                (account.id, traits)
            })
            .collect())
    }

    async fn know(&self, facility: &FacilityId) -> Result<(), Error> {
        let people = self.people(facility).await?;
        let facility = facility.clone();
        self.change(move |index| index.know(&facility, people))
            .await
    }

    pub(super) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let review = self.clone();
        tokio::task::spawn_blocking(move || work(&review))
            .await
            .map_err(|_| Error::Unavailable)
    }

    /// Looks at the index, off the threads that answer.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Index) -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.aside(move |review| {
            let index = review.inner.index.read();
            look(&index.unwrap_or_else(PoisonError::into_inner))
        })
        .await
    }

    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Index) -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.aside(move |review| review.write(change)).await
    }

    fn write<T>(&self, change: impl FnOnce(&mut Index) -> T) -> T {
        let index = self.inner.index.write();
        change(&mut index.unwrap_or_else(PoisonError::into_inner))
    }
}

fn take(index: &mut Index, entries: &[ReadEntry], ledger: &Ledger) {
    let marks = |facility: &FacilityId| -> Box<dyn Fn(&str) -> u64 + Send> {
        Box::new(ledger.marks(facility))
    };
    for entry in entries {
        index.take(entry, &marks);
    }
}

/// Whether the index looks at what is personal of an entry.
fn is_opened(entry: &ReadEntry) -> bool {
    matches!(&*entry.event, "grant_started" | "list_taken")
}
