//! Filters that auditors keep.

use rusqlite::params;

use super::SqliteStore;
use crate::{
    domain::access::AccountId,
    registry::{
        Error, MOST_VIEWS, SavedView, ViewStore,
        row::{self, VIEW},
    },
};

impl ViewStore for SqliteStore {
    fn views(&self, account: &AccountId) -> Result<Vec<SavedView>, Error> {
        let sql = format!("SELECT {VIEW} FROM saved_view WHERE account = ?1 ORDER BY name, id");
        self.list(&sql, [&account.0], row::view)
    }

    fn keep_view(&self, account: &AccountId, name: &str, query: &str) -> Result<bool, Error> {
        self.together(|transaction| {
            transaction.execute(
                "INSERT INTO saved_view (account, name, query) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (account, name) DO UPDATE SET query = excluded.query",
                params![account.0, name, query],
            )?;
            let count: i64 = transaction.query_row(
                "SELECT count(*) FROM saved_view WHERE account = ?1",
                [&account.0],
                |row| row.get(0),
            )?;
            Ok(usize::try_from(count).is_ok_and(|count| count <= MOST_VIEWS))
        })
    }

    fn remove_view(&self, account: &AccountId, id: i64) -> Result<bool, Error> {
        let removed = self.change(
            "DELETE FROM saved_view WHERE account = ?1 AND id = ?2",
            params![account.0, id],
        )?;
        Ok(removed == 1)
    }
}
