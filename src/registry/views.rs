//! Filters of the work list that auditors keep under a name, each for himself.

use super::Error;
use crate::domain::access::AccountId;

/// So many views one account may keep.
pub const MOST_VIEWS: usize = 20;

/// A filter under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// Which, among all.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it asks for, as it stands in an address.
    pub query: String,
}

/// Where views are kept.
pub trait ViewStore {
    /// The views of an account, by name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn views(&self, account: &AccountId) -> Result<Vec<SavedView>, Error>;

    /// Keeps a filter; one of the same name is replaced. Whether there was room: an account has at
    /// most [`MOST_VIEWS`].
    ///
    /// # Errors
    /// [`Error::Unknown`] where there is no such account, [`Error::Unavailable`].
    fn keep_view(&self, account: &AccountId, name: &str, query: &str) -> Result<bool, Error>;

    /// Removes one of an account's views; whether it was there.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn remove_view(&self, account: &AccountId, id: i64) -> Result<bool, Error>;
}
