//! Filters that auditors keep.

use super::Registry;
use crate::{
    domain::access::AccountId,
    registry::{Error, SavedView},
};

impl Registry {
    /// The views of an account, by name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn views(&self, account: AccountId) -> Result<Vec<SavedView>, Error> {
        self.ask(move |store| store.views(&account)).await
    }

    /// Keeps a filter; one of the same name is replaced. Whether there was room.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn keep_view(
        &self,
        account: AccountId,
        name: String,
        query: String,
    ) -> Result<bool, Error> {
        self.ask(move |store| store.keep_view(&account, &name, &query))
            .await
    }

    /// Removes one of an account's views; whether it was there.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn remove_view(&self, account: AccountId, id: i64) -> Result<bool, Error> {
        self.ask(move |store| store.remove_view(&account, id)).await
    }
}
