//! Either the registry that nodes share or, while it does not answer, this node's copy of it.

use std::{path::Path, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use secrecy::SecretSlice;
use tokio_util::sync::CancellationToken;

use super::Registry;
use crate::{
    domain::clock::Clock,
    registry::{
        Error, PostgresStore, Store,
        copy::{NodeCopy, Original, Owed, PATIENCE, Told},
    },
};

/// How long a change waits until it is in the copy, too.
const COPY_WAIT: Duration = Duration::from_millis(20);

impl Registry {
    /// As [`Self::new`], of a store that nodes share, with this node's copy of the accounts in
    /// `folder`: while the store does not answer, those known there sign in, and go on, all the same.
    /// A copy that cannot be opened keeps no node from starting: there is none then. Blocks.
    #[must_use]
    pub fn with_copy(
        store: PostgresStore,
        folder: &Path,
        installation: &SecretSlice<u8>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let store: Arc<dyn Original> = Arc::new(store);
        let copy = match NodeCopy::open(folder, Arc::clone(&store), Arc::clone(&clock)) {
            Ok(copy) => {
                copy.look();
                Some(Arc::new(copy))
            }
            Err(error) => {
                tracing::error!(%error, "no copy of the registry can be kept");
                None
            }
        };
        Self {
            copy,
            ..Self::new(store, installation, clock)
        }
    }

    /// Takes the node's copy anew now, where there is one; where it stands in, goes back to the
    /// registry where that answers.
    pub async fn copy_now(&self) {
        if let Some(copy) = &self.copy {
            copy.look_aside().await;
        }
    }

    /// Looks after the node's copy, where there is one, until the node stops.
    pub async fn keep_copy(self, stop: CancellationToken) {
        if let Some(copy) = self.copy {
            copy.keep(stop).await;
        }
    }

    /// When the node's copy was taken, where it stands in for the registry now.
    #[must_use]
    pub fn copy_stands_in(&self) -> Option<DateTime<Utc>> {
        self.copy.as_ref()?.stands_in()
    }

    /// Whether what is read of others' activity, permissions and sessions can be gone by: not while the
    /// copy stands in, and not right afterwards.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.copy.as_ref().is_none_or(|copy| copy.is_settled())
    }

    /// Asks the store that nodes share no longer than somebody with a patient can wait, where the copy
    /// may be asked instead; `None`: it is to be asked.
    async fn ask_first<T, F>(
        &self,
        copy: &NodeCopy,
        question: &Arc<F>,
    ) -> Option<Result<Told<T>, Error>>
    where
        T: Send + 'static,
        F: Fn(&dyn Store) -> Result<T, Error> + Send + Sync + 'static,
    {
        if copy.is_away() {
            return None;
        }
        let asked = Arc::clone(question);
        let asked = self.ask(move |store| asked(store));
        if !copy.is_usable() {
            return Some(asked.await.map(|value| (value, None)));
        }
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Err(Error::Unavailable(_))) | Err(_) => {
                copy.went_away();
                None
            }
            Ok(answer) => Some(answer.map(|value| (value, None))),
        }
    }

    /// Asks, or, while the store that nodes share does not answer, asks the copy: with when that was
    /// taken.
    pub(super) async fn ask_either<T, F>(&self, question: F) -> Result<Told<T>, Error>
    where
        T: Send + 'static,
        F: Fn(&dyn Store) -> Result<T, Error> + Send + Sync + 'static,
    {
        let Some(copy) = self.copy.clone() else {
            return Ok((self.ask(question).await?, None));
        };
        let question = Arc::new(question);
        if let Some(answer) = self.ask_first(&copy, &question).await {
            return answer;
        }
        tokio::task::spawn_blocking(move || copy.ask(|store| question(store)))
            .await
            .map_err(|error| Error::Unavailable(error.to_string()))?
    }

    /// Changes, or, while the store that nodes share does not answer, changes the copy: what the store
    /// must be told afterwards says `owed`, of the copy as it was before.
    pub(super) async fn change_either<T, O, F>(&self, owed: O, change: F) -> Result<T, Error>
    where
        T: Send + 'static,
        O: FnOnce(&dyn Store) -> Result<Vec<Owed>, Error> + Send + 'static,
        F: Fn(&dyn Store) -> Result<T, Error> + Send + Sync + 'static,
    {
        let change = Arc::new(change);
        let (value, as_of) = self.change_one(owed, &change).await?;
        if as_of.is_none() {
            self.copy_too(move |store| change(store)).await;
        }
        Ok(value)
    }

    /// The same; where the store is changed, the copy has it when it is taken anew.
    pub(super) async fn change_one<T, O, F>(
        &self,
        owed: O,
        change: &Arc<F>,
    ) -> Result<Told<T>, Error>
    where
        T: Send + 'static,
        O: FnOnce(&dyn Store) -> Result<Vec<Owed>, Error> + Send + 'static,
        F: Fn(&dyn Store) -> Result<T, Error> + Send + Sync + 'static,
    {
        let own = Arc::clone(change);
        let Some(copy) = self.copy.clone() else {
            return Ok((self.ask(move |store| own(store)).await?, None));
        };
        if let Some(answer) = self.ask_first(&copy, change).await {
            return answer;
        }
        tokio::task::spawn_blocking(move || copy.change(owed, |store| own(store)))
            .await
            .map_err(|error| Error::Unavailable(error.to_string()))?
    }

    /// Does on the copy what the registry has just done, since else who signs in, locks or leaves right
    /// before the registry fails would have done nothing. A disk that stalls is not waited for.
    pub(super) async fn copy_too<T: 'static>(
        &self,
        change: impl FnOnce(&dyn Store) -> Result<T, Error> + Send + 'static,
    ) {
        let Some(copy) = self.copy.clone() else {
            return;
        };
        let done = tokio::task::spawn_blocking(move || copy.also(|store| change(store).map(drop)));
        if tokio::time::timeout(COPY_WAIT, done).await.is_err() {
            tracing::warn!("the copy of the registry is written late");
        }
    }
}
