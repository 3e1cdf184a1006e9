//! Handoffs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    PostgresStore, number_of,
    pool::{Call, Trouble},
};
use crate::{
    domain::{access::FacilityId, handoff::HandoffId},
    registry::{
        Concern, Error, HandoffStore, Listed, MOST_LISTED, MOST_OPEN, StoredHandoff, StoredList,
        row::{self, HANDOFF, LIST, number},
    },
};

/// Those of a department.
const OF: &str = "handoff h WHERE h.department = $1 AND (h.is_open OR h.changed >= $2)";
/// Those that concern a hospital.
const FOR: &str = "handoff_hospital w JOIN handoff h ON h.id = w.handoff \
     WHERE w.hospital = $1 AND w.concern <> 'gone' \
     AND (h.is_open OR w.concern = 'accepted' AND h.changed >= $2)";

const ORDER: &str = "ORDER BY h.is_open DESC, h.changed DESC, h.id COLLATE \"C\"";

/// Says how each hospital stands to it, and raises the numbers of all whom it concerns: a hospital
/// that it concerns no longer is told that once.
fn tell(call: &mut Call<'_>, handoff: &StoredHandoff) -> Result<(), Trouble> {
    // Of a hospital that was asked again the last one counts.
    let hospitals: BTreeMap<_, _> = handoff.hospitals.iter().cloned().collect();
    let mut told = vec![&handoff.department];
    for (hospital, concern) in &hospitals {
        let changed = call.execute(
            "INSERT INTO handoff_hospital (handoff, hospital, concern) VALUES ($1, $2, $3) \
             ON CONFLICT (handoff, hospital) DO UPDATE SET concern = excluded.concern \
             WHERE handoff_hospital.concern <> excluded.concern",
            &[&handoff.id.0, &hospital.0, &concern.word()],
        )?;
        if changed == 1 || *concern != Concern::Gone {
            told.push(hospital);
        }
    }
    // In one order, or two handoffs would wait for each other.
    told.sort();
    told.into_iter()
        .try_for_each(|facility| raise(call, facility))
}

/// Raises the number of a facility.
fn raise(call: &mut Call<'_>, facility: &FacilityId) -> Result<(), Trouble> {
    call.execute_one(
        "INSERT INTO handoff_pulse (facility, number) VALUES ($1, 1) \
         ON CONFLICT (facility) DO UPDATE SET number = handoff_pulse.number + 1",
        &[&facility.0],
    )
}

/// Adds a list, or puts it in the place of a version; how many rows that changed.
fn put(call: &mut Call<'_>, from: Option<u64>, list: &StoredList) -> Result<usize, Trouble> {
    let (facility, begun) = (&list.facility.0, list.begun.timestamp_millis());
    let (version, body) = (number(list.version), &list.body);
    match from {
        None => call.execute(
            "INSERT INTO mass_casualty (facility, begun, version, body) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (facility, begun) DO NOTHING",
            &[facility, &begun, &version, body],
        ),
        Some(from) => call.execute(
            "UPDATE mass_casualty SET version = $3, body = $4 \
             WHERE facility = $1 AND begun = $2 AND version = $5",
            &[facility, &begun, &version, body, &number(from)],
        ),
    }
}

/// Whether the same handoff is there already: whoever began it asked twice.
fn is_there(call: &mut Call<'_>, handoff: &StoredHandoff) -> Result<bool, Trouble> {
    let there = number_of(
        call,
        "SELECT count(*) FROM handoff WHERE id = $1 AND department = $2 AND version >= $3",
        &[
            &handoff.id.0,
            &handoff.department.0,
            &number(handoff.version),
        ],
    )?;
    Ok(there == 1)
}

/// Adds a handoff with whom it concerns.
fn insert(call: &mut Call<'_>, handoff: &StoredHandoff) -> Result<(), Trouble> {
    call.execute_one(
        "INSERT INTO handoff (id, department, stage, is_open, version, changed, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &handoff.id.0,
            &handoff.department.0,
            &handoff.stage,
            &handoff.is_open,
            &number(handoff.version),
            &handoff.changed.timestamp_millis(),
            &handoff.body,
        ],
    )?;
    tell(call, handoff)
}

impl PostgresStore {
    /// The rows of a question, and by another one how many there are beyond.
    fn listed(
        &self,
        (rows, count): (&str, &str),
        facility: &FacilityId,
        since: DateTime<Utc>,
    ) -> Result<Listed<StoredHandoff>, Error> {
        let since = since.timestamp_millis();
        let handoffs = self.list(rows, &[&facility.0, &since], row::handoff)?;
        let left = if handoffs.len() < MOST_LISTED {
            0
        } else {
            let all = self.find(count, &[&facility.0, &since], |row| {
                row::count::<usize>(row, 0)
            })?;
            all.unwrap_or_default().saturating_sub(handoffs.len())
        };
        Ok(Listed {
            handoffs,
            left,
            unreadable: 0,
        })
    }
}

impl HandoffStore for PostgresStore {
    fn add_handoff(&self, handoff: &StoredHandoff) -> Result<bool, Error> {
        let mut was_there = false;
        let added = self.together(|call| {
            was_there = is_there(call, handoff)?;
            if was_there {
                return Ok(false);
            }
            insert(call, handoff)?;
            let open = number_of(
                call,
                "SELECT count(*) FROM handoff WHERE department = $1 AND is_open",
                &[&handoff.department.0],
            )?;
            Ok(open <= MOST_OPEN)
        })?;
        Ok(added || was_there)
    }

    fn handoff(&self, id: &HandoffId) -> Result<Option<StoredHandoff>, Error> {
        let sql = format!("SELECT {HANDOFF} FROM handoff h WHERE h.id = $1");
        self.find(&sql, &[&id.0], row::handoff)
    }

    fn change_handoff(&self, from: u64, handoff: &StoredHandoff) -> Result<bool, Error> {
        self.together(|call| {
            let changed = call.execute(
                "UPDATE handoff SET stage = $3, is_open = $4, version = $5, changed = $6, \
                 body = $7 WHERE id = $1 AND version = $2 AND department = $8",
                &[
                    &handoff.id.0,
                    &number(from),
                    &handoff.stage,
                    &handoff.is_open,
                    &number(handoff.version),
                    &handoff.changed.timestamp_millis(),
                    &handoff.body,
                    &handoff.department.0,
                ],
            )?;
            if changed == 1 {
                tell(call, handoff)?;
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
            "SELECT {LIST} FROM mass_casualty WHERE facility = $1 ORDER BY begun DESC LIMIT 1"
        );
        self.find(&sql, &[&facility.0], row::list)
    }

    fn put_list(&self, from: Option<u64>, list: &StoredList) -> Result<bool, Error> {
        self.together(|call| {
            if put(call, from, list)? == 0 {
                return Ok(false);
            }
            raise(call, &list.facility)?;
            Ok(true)
        })
    }

    fn handoff_pulse(&self, facility: &FacilityId) -> Result<u64, Error> {
        let sql = "SELECT number FROM handoff_pulse WHERE facility = $1";
        let found = self.find(sql, &[&facility.0], |row| row::count(row, 0))?;
        Ok(found.unwrap_or_default())
    }

    fn handoff_pulses(&self) -> Result<Vec<(FacilityId, u64)>, Error> {
        self.list(
            "SELECT facility, number FROM handoff_pulse",
            &[],
            row::pulse,
        )
    }
}
