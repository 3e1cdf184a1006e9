//! Filters of the work list that an auditor keeps under a name.

use super::{Error, Review};
use crate::{domain::access::AccountId, registry::SavedView};

impl Review {
    /// An auditor's own views, by name. Where the registry does not answer there are none: the list
    /// itself does not wait for them.
    pub async fn views(&self, account: &AccountId) -> Vec<SavedView> {
        let views = self.inner.registry.views(account.clone()).await;
        views.unwrap_or_else(|error| {
            tracing::warn!(%error, "an auditor's views cannot be read");
            Vec::new()
        })
    }

    /// Keeps a filter, as it stands in an address; one of the same name is replaced. Whether there
    /// was room.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn keep_view(
        &self,
        account: &AccountId,
        name: String,
        query: String,
    ) -> Result<bool, Error> {
        let kept = self.inner.registry.keep_view(account.clone(), name, query);
        kept.await.map_err(|_| Error::Unavailable)
    }

    /// Removes one of the auditor's own views; whether it was there.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn remove_view(&self, account: &AccountId, id: i64) -> Result<bool, Error> {
        let removed = self.inner.registry.remove_view(account.clone(), id);
        removed.await.map_err(|_| Error::Unavailable)
    }
}
