//! Handoffs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};

use super::SqliteStore;
use crate::{
    domain::{access::FacilityId, handoff::HandoffId},
    registry::{
        Concern, Error, HandoffStore, Listed, MOST_LISTED, MOST_OPEN, StoredHandoff, StoredList,
        row::{self, HANDOFF, LIST, number},
    },
};

/// Those of a department.
const OF: &str = "handoff h WHERE h.department = ?1 AND (h.is_open OR h.changed >= ?2)";
/// Those that concern a hospital.
const FOR: &str = "handoff_hospital w JOIN handoff h ON h.id = w.handoff \
     WHERE w.hospital = ?1 AND w.concern <> 'gone' \
     AND (h.is_open OR w.concern = 'accepted' AND h.changed >= ?2)";

const ORDER: &str = "ORDER BY h.is_open DESC, h.changed DESC, h.id";

/// Says how each hospital stands to it, and raises the numbers of all whom it concerns: a hospital
/// that it concerns no longer is told that once.
fn tell(transaction: &Transaction<'_>, handoff: &StoredHandoff) -> Result<(), Error> {
    // Of a hospital that was asked again the last one counts.
    let hospitals: BTreeMap<_, _> = handoff.hospitals.iter().cloned().collect();
    raise(transaction, &handoff.department)?;
    for (hospital, concern) in &hospitals {
        let changed = transaction.execute(
            "INSERT INTO handoff_hospital (handoff, hospital, concern) VALUES (?1, ?2, ?3) \
             ON CONFLICT (handoff, hospital) DO UPDATE SET concern = excluded.concern \
             WHERE concern <> excluded.concern",
            params![handoff.id.0, hospital.0, concern.word()],
        )?;
        if changed == 1 || *concern != Concern::Gone {
            raise(transaction, hospital)?;
        }
    }
    Ok(())
}

/// Raises the number of a facility.
fn raise(transaction: &Transaction<'_>, facility: &FacilityId) -> rusqlite::Result<usize> {
    transaction.execute(
        "INSERT INTO handoff_pulse (facility, number) VALUES (?1, 1) \
         ON CONFLICT (facility) DO UPDATE SET number = number + 1",
        [&facility.0],
    )
}

/// Adds a list, or puts it in the place of a version; how many rows that changed.
fn put(
    transaction: &Transaction<'_>,
    from: Option<u64>,
    list: &StoredList,
) -> rusqlite::Result<usize> {
    let (facility, begun) = (&list.facility.0, list.begun.timestamp_millis());
    let (version, body) = (number(list.version), &list.body);
    match from {
        None => transaction.execute(
            "INSERT INTO mass_casualty (facility, begun, version, body) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (facility, begun) DO NOTHING",
            params![facility, begun, version, body],
        ),
        Some(from) => transaction.execute(
            "UPDATE mass_casualty SET version = ?3, body = ?4 \
             WHERE facility = ?1 AND begun = ?2 AND version = ?5",
            params![facility, begun, version, body, number(from)],
        ),
    }
}

/// Whether the same handoff is there already: whoever began it asked twice.
fn is_there(transaction: &Transaction<'_>, handoff: &StoredHandoff) -> Result<bool, Error> {
    let there: i64 = transaction.query_row(
        "SELECT count(*) FROM handoff WHERE id = ?1 AND department = ?2 AND version >= ?3",
        params![handoff.id.0, handoff.department.0, number(handoff.version)],
        |row| row.get(0),
    )?;
    Ok(there == 1)
}

impl SqliteStore {
    /// The rows of a question, and by another one how many there are beyond.
    fn listed(
        &self,
        (rows, count): (&str, &str),
        facility: &FacilityId,
        since: DateTime<Utc>,
    ) -> Result<Listed<StoredHandoff>, Error> {
        let values = params![facility.0, since.timestamp_millis()];
        let handoffs = self.list(rows, values, row::handoff)?;
        let left = if handoffs.len() < MOST_LISTED {
            0
        } else {
            let all = self.find(count, values, |row| row::count::<usize>(row, 0))?;
            all.unwrap_or_default().saturating_sub(handoffs.len())
        };
        Ok(Listed {
            handoffs,
            left,
            unreadable: 0,
        })
    }
}

impl HandoffStore for SqliteStore {
    fn add_handoff(&self, handoff: &StoredHandoff) -> Result<bool, Error> {
        let mut was_there = false;
        let added = self.together(|transaction| {
            was_there = is_there(transaction, handoff)?;
            if was_there {
                return Ok(false);
            }
            transaction.execute(
                "INSERT INTO handoff (id, department, stage, is_open, version, changed, body) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    handoff.id.0,
                    handoff.department.0,
                    handoff.stage,
                    handoff.is_open,
                    number(handoff.version),
                    handoff.changed.timestamp_millis(),
                    handoff.body,
                ],
            )?;
            tell(transaction, handoff)?;
            let open: i64 = transaction.query_row(
                "SELECT count(*) FROM handoff WHERE department = ?1 AND is_open",
                [&handoff.department.0],
                |row| row.get(0),
            )?;
            Ok(usize::try_from(open).is_ok_and(|open| open <= MOST_OPEN))
        })?;
        Ok(added || was_there)
    }

    fn handoff(&self, id: &HandoffId) -> Result<Option<StoredHandoff>, Error> {
        let sql = format!("SELECT {HANDOFF} FROM handoff h WHERE h.id = ?1");
        self.find(&sql, [&id.0], row::handoff)
    }

    fn change_handoff(&self, from: u64, handoff: &StoredHandoff) -> Result<bool, Error> {
        self.together(|transaction| {
            let changed = transaction.execute(
                "UPDATE handoff SET stage = ?3, is_open = ?4, version = ?5, changed = ?6, \
                 body = ?7 WHERE id = ?1 AND version = ?2 AND department = ?8",
                params![
                    handoff.id.0,
                    number(from),
                    handoff.stage,
                    handoff.is_open,
                    number(handoff.version),
                    handoff.changed.timestamp_millis(),
                    handoff.body,
                    handoff.department.0,
                ],
            )?;
            if changed == 1 {
                tell(transaction, handoff)?;
            }
            Ok(changed == 1)
        })
    }

    fn handoffs_of(
        &self,
        department: &FacilityId,
        since: DateTime<Utc>,
    ) -> Result<Listed<StoredHandoff>, Error> {
        let rows = format!("SELECT {HANDOFF} FROM {OF} {ORDER} LIMIT {MOST_LISTED}");
        let count = format!("SELECT count(*) FROM {OF}");
        self.listed((&rows, &count), department, since)
    }

    fn handoffs_for(
        &self,
        hospital: &FacilityId,
        since: DateTime<Utc>,
    ) -> Result<Listed<StoredHandoff>, Error> {
        let rows = format!("SELECT {HANDOFF} FROM {FOR} {ORDER} LIMIT {MOST_LISTED}");
        let count = format!("SELECT count(*) FROM {FOR}");
        self.listed((&rows, &count), hospital, since)
    }

    fn newest_list(&self, facility: &FacilityId) -> Result<Option<StoredList>, Error> {
        let sql = format!(
            "SELECT {LIST} FROM mass_casualty WHERE facility = ?1 ORDER BY begun DESC LIMIT 1"
        );
        self.find(&sql, [&facility.0], row::list)
    }

    fn put_list(&self, from: Option<u64>, list: &StoredList) -> Result<bool, Error> {
        self.together(|transaction| {
            if put(transaction, from, list)? == 0 {
                return Ok(false);
            }
            raise(transaction, &list.facility)?;
            Ok(true)
        })
    }

    fn handoff_pulse(&self, facility: &FacilityId) -> Result<u64, Error> {
        let sql = "SELECT number FROM handoff_pulse WHERE facility = ?1";
        let found = self.find(sql, [&facility.0], |row| row::count(row, 0))?;
        Ok(found.unwrap_or_default())
    }

    fn handoff_pulses(&self) -> Result<Vec<(FacilityId, u64)>, Error> {
        self.list("SELECT facility, number FROM handoff_pulse", [], row::pulse)
    }
}
