//! Entries as they stand in the file, in their order from a place on: for whoever carries them
//! elsewhere and must neither skip nor repeat one.

use std::path::Path;

use rusqlite::OptionalExtension as _;

use super::{
    Error,
    read::{ReadEntry, Reader, read},
    store::{self, cannot_read},
};

/// One entry's row, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its place.
    pub seq: u64,
    /// Its canonical bytes.
    pub body: Vec<u8>,
    /// Their leaf hash.
    pub leaf: Vec<u8>,
    /// The chain value up to it.
    pub chain: Vec<u8>,
}

impl Written {
    /// What the bytes say, without the personal fields.
    ///
    /// # Errors
    /// [`Error::CannotRead`] where they are no entry.
    pub fn entry(&self) -> Result<ReadEntry, Error> {
        ReadEntry::parse(self.seq, &self.body)
            .map_err(|why| Error::CannotRead(format!("entry {}: {why}", self.seq)))
    }
}

impl Reader {
    /// The entries after a place, in order: at most `most`, and no more than fit into `bytes`, but
    /// always the next one where there is one.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub fn entries_after(
        &self,
        place: u64,
        most: usize,
        bytes: usize,
    ) -> Result<Vec<Written>, Error> {
        let mut statement = self
            .ledger
            .prepare("SELECT seq, body, leaf, chain FROM entry WHERE seq > ?1 ORDER BY seq")
            .map_err(cannot_read)?;
        let mut rows = statement.query([number(place)]).map_err(cannot_read)?;
        let (mut entries, mut size) = (Vec::new(), 0);
        while entries.len() < most
            && let Some(row) = rows.next().map_err(cannot_read)?
        {
            let entry = written(row).map_err(cannot_read)?;
            size += entry.body.len();
            if size > bytes && !entries.is_empty() {
                break;
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// The last entry's place; 0 where there is none.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub fn last_place(&self) -> Result<u64, Error> {
        self.ledger
            .query_row("SELECT coalesce(max(seq), 0) FROM entry", [], |row| {
                store::place(row, 0)
            })
            .map_err(cannot_read)
    }

    /// The chain value up to a place; `None` where no entry stands there.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub fn chain_at(&self, place: u64) -> Result<Option<Vec<u8>>, Error> {
        self.ledger
            .query_row(
                "SELECT chain FROM entry WHERE seq = ?1",
                [number(place)],
                |row| row.get(0),
            )
            .optional()
            .map_err(cannot_read)
    }

    /// The sealed bytes that stand at an address of `shown`.
    pub(super) fn sealed_at(&self, address: &str) -> Result<Option<Vec<u8>>, Error> {
        self.ledger
            .query_row(
                "SELECT sealed FROM shown WHERE address = ?1",
                [address],
                |row| row.get(0),
            )
            .optional()
            .map_err(cannot_read)
    }
}

/// The last place of the ledger in a folder, and when the entry after `place` was written; `None`
/// where there is no later one.
pub(super) fn standing(
    folder: &Path,
    place: u64,
) -> Result<(u64, Option<chrono::DateTime<chrono::Utc>>), Error> {
    let reader = read(folder, None)?;
    let next = reader.entries_after(place, 1, usize::MAX)?;
    let since = next.first().map(Written::entry).transpose()?;
    Ok((reader.last_place()?, since.map(|entry| entry.wall)))
}

fn written(row: &rusqlite::Row<'_>) -> rusqlite::Result<Written> {
    Ok(Written {
        seq: store::place(row, 0)?,
        body: row.get(1)?,
        leaf: row.get(2)?,
        chain: row.get(3)?,
    })
}

/// A place as SQLite counts it.
fn number(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{super::testing, *};
    use crate::domain::event::Event;

    #[tokio::test]
    async fn entries_come_in_order_after_a_place_and_no_more_than_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = testing::open(folder.path());
        for _ in 0..5 {
            ledger
                .append(testing::draft(Event::SignedIn))
                .await
                .unwrap();
        }
        let reader = read(folder.path(), None).unwrap();
        let places = |place, most, bytes| -> Vec<u64> {
            let entries = reader.entries_after(place, most, bytes).unwrap();
            entries.iter().map(|entry| entry.seq).collect()
        };
        assert_eq!(places(0, 99, usize::MAX), [1, 2, 3, 4, 5]);
        assert_eq!(places(2, 2, usize::MAX), [3, 4]);
        assert_eq!(places(5, 99, usize::MAX), [0; 0]);
        let one = reader.entries_after(0, 1, 0).unwrap();
        assert_eq!(one.len(), 1, "the next one comes however large it is");
        assert_eq!(places(0, 99, one[0].body.len() * 2 + 9), [1, 2]);
        assert_eq!(one[0].entry().unwrap().event, "signed_in");
        assert_eq!(reader.last_place().unwrap(), 5);
        assert_eq!(reader.chain_at(1).unwrap(), Some(one[0].chain.clone()));
        assert_eq!(reader.chain_at(6).unwrap(), None);
        let (last, since) = standing(folder.path(), 4).unwrap();
        assert_eq!((last, since), (5, Some(testing::noon())));
        assert_eq!(standing(folder.path(), 5).unwrap(), (5, None));
    }
}
