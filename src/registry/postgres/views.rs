//! Filters that auditors keep.

use super::{PostgresStore, number_of};
use crate::{
    domain::access::AccountId,
    registry::{
        Error, MOST_VIEWS, SavedView, ViewStore,
        row::{self, VIEW},
    },
};

impl ViewStore for PostgresStore {
    fn views(&self, account: &AccountId) -> Result<Vec<SavedView>, Error> {
        let sql = format!(
            "SELECT {VIEW} FROM saved_view WHERE account = $1 ORDER BY name COLLATE \"C\", id"
        );
        self.list(&sql, &[&account.0], row::view)
    }

    fn keep_view(&self, account: &AccountId, name: &str, query: &str) -> Result<bool, Error> {
        self.together(|call| {
            call.execute(
                "INSERT INTO saved_view (account, name, query) VALUES ($1, $2, $3) \
                 ON CONFLICT (account, name) DO UPDATE SET query = excluded.query",
                &[&account.0, &name, &query],
            )?;
            let kept = "SELECT count(*) FROM saved_view WHERE account = $1";
            Ok(number_of(call, kept, &[&account.0])? <= MOST_VIEWS)
        })
    }

    fn remove_view(&self, account: &AccountId, id: i64) -> Result<bool, Error> {
        let removed = self.change(
            "DELETE FROM saved_view WHERE account = $1 AND id = $2",
            &[&account.0, &id],
        )?;
        Ok(removed == 1)
    }
}
