//! Entries found by patient and by receipt: a long ledger costs no more than what is found.

use std::ops::ControlFlow;

use rusqlite::OptionalExtension as _;

use super::{
    Error,
    read::{ReadEntry, Reader},
    store::{cannot_read, place},
};
use crate::domain::access::PatientKey;

impl Reader {
    /// The entries that concern a patient, and the searches that listed them, in order; the
    /// visitor may stop.
    ///
    /// # Errors
    /// [`Error::CannotRead`], naming an entry that is none.
    pub fn of_patient(
        &self,
        patient: &PatientKey,
        mut visit: impl FnMut(ReadEntry) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut statement = self
            .ledger
            .prepare_cached(
                "SELECT seq FROM by_patient WHERE patient = ?1 \
                 UNION ALL SELECT seq FROM recent WHERE patient = ?1 ORDER BY seq",
            )
            .map_err(cannot_read)?;
        let mut rows = statement.query([&patient.0]).map_err(cannot_read)?;
        while let Some(row) = rows.next().map_err(cannot_read)? {
            if visit(self.entry_named(place(row, 0).map_err(cannot_read)?)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The entry of a receipt (as 4-4-4 digits); `None` where no entry has it.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub fn by_receipt(&self, receipt: &str) -> Result<Option<ReadEntry>, Error> {
        let seq = self.place_of(receipt)?;
        seq.map(|seq| self.entry_named(seq)).transpose()
    }

    /// An entry that another table names.
    fn entry_named(&self, seq: u64) -> Result<ReadEntry, Error> {
        self.entry(seq)?
            .ok_or_else(|| Error::CannotRead(format!("entry {seq} is not there")))
    }

    /// Where the entry of a receipt stands; `None` where nothing has it.
    pub(super) fn place_of(&self, receipt: &str) -> Result<Option<u64>, Error> {
        self.ledger
            .prepare_cached(
                "SELECT seq FROM receipt WHERE receipt = ?1 \
                 UNION ALL SELECT seq FROM recent WHERE receipt = ?1",
            )
            .and_then(|mut statement| {
                statement
                    .query_row([receipt], |row| place(row, 0))
                    .optional()
            })
            .map_err(cannot_read)
    }
}
