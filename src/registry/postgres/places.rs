//! Terminals, registrations, vouchings, 災害時.

use chrono::{DateTime, Utc};

use super::{
    PostgresStore, millis,
    pool::{Call, Trouble},
};
use crate::{
    domain::access::{FacilityId, TerminalId, VouchId},
    registry::{
        Disaster, Error, Facility, Mark, Matcher, Registration, Terminal, TerminalStore, Vouch,
        row::{self, Columns as _, FACILITY, REGISTRATION, TERMINAL, VOUCH},
    },
};

/// Adds a terminal, within the transaction that looks whether its device is another one's.
pub(super) fn insert_terminal(call: &mut Call<'_>, terminal: &Terminal) -> Result<(), Trouble> {
    // Of the same device a unique index knows; ranges that overlap it cannot.
    if terminal.matcher == Matcher::Range {
        let others = call.query(
            "SELECT device FROM terminal \
             WHERE facility = $1 AND matcher = $2 AND revoked_by IS NULL",
            &[&terminal.facility.0, &terminal.matcher.word()],
        )?;
        for other in &others {
            if terminal.matcher.is_same(&terminal.device, &other.text(0)?) {
                return Err(Error::Taken.into());
            }
        }
    }
    call.execute_one(
        "INSERT INTO terminal (id, facility, name, location, device, idle_lock, \
         registered_by, registered_at, matcher, ends) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            &terminal.id.0,
            &terminal.facility.0,
            &terminal.name,
            &terminal.location,
            &terminal.device,
            &i64::from(terminal.idle_lock_seconds),
            &terminal.registered_by,
            &terminal.registered_at.timestamp_millis(),
            &terminal.matcher.word(),
            &millis(terminal.ends),
        ],
    )
}

impl PostgresStore {
    /// The terminals known in one way that were not revoked: with one key, or all.
    pub(super) fn terminals_known(
        &self,
        matcher: Matcher,
        device: Option<&str>,
    ) -> Result<Vec<Terminal>, Error> {
        let sql = format!(
            "SELECT {TERMINAL} FROM terminal t WHERE t.matcher = $1 \
             AND ($2::text IS NULL OR t.device = $2) AND t.revoked_by IS NULL \
             ORDER BY t.facility COLLATE \"C\", t.place"
        );
        self.list(&sql, &[&matcher.word(), &device], |row| {
            row::terminal(row, 0)
        })
    }
}

impl TerminalStore for PostgresStore {
    fn facility(&self, id: &FacilityId) -> Result<Option<Facility>, Error> {
        let sql = format!("SELECT {FACILITY} FROM facility f WHERE f.id = $1");
        self.find(&sql, &[&id.0], |row| row::facility(row, 0))
    }

    fn set_disaster(&self, id: &FacilityId, disaster: Option<&Disaster>) -> Result<(), Error> {
        self.change_one(
            "UPDATE facility SET disaster_area = $2, disaster_until = $3, disaster_by = $4, \
             disaster_at = $5 WHERE id = $1",
            &[
                &id.0,
                &disaster.map(|disaster| &disaster.area),
                &disaster.map(|disaster| disaster.until.to_string()),
                &disaster.map(|disaster| &disaster.by),
                &millis(disaster.map(|disaster| disaster.at)),
            ],
        )
    }

    fn terminal(&self, id: &TerminalId) -> Result<Option<Terminal>, Error> {
        let sql = format!("SELECT {TERMINAL} FROM terminal t WHERE t.id = $1");
        self.find(&sql, &[&id.0], |row| row::terminal(row, 0))
    }

    fn terminals_by_certificate(&self, name: &str) -> Result<Vec<Terminal>, Error> {
        self.terminals_known(Matcher::Certificate, Some(name))
    }

    fn range_terminals(&self) -> Result<Vec<Terminal>, Error> {
        self.terminals_known(Matcher::Range, None)
    }

    fn set_idle_lock(&self, id: &TerminalId, seconds: u32) -> Result<(), Error> {
        self.change_one(
            "UPDATE terminal SET idle_lock = $2 WHERE id = $1",
            &[&id.0, &i64::from(seconds)],
        )
    }

    fn change_terminal(
        &self,
        id: &TerminalId,
        name: &str,
        location: &str,
        seconds: u32,
    ) -> Result<(), Error> {
        self.change_one(
            "UPDATE terminal SET name = $2, location = $3, idle_lock = $4 WHERE id = $1",
            &[&id.0, &name, &location, &i64::from(seconds)],
        )
    }

    fn revoke_terminal(&self, id: &TerminalId, revoked: &Mark) -> Result<bool, Error> {
        let changed = self.change(
            "UPDATE terminal SET revoked_by = $2, revoked_at = $3, device = 'revoked ' || id \
             WHERE id = $1 AND revoked_by IS NULL",
            &[&id.0, &revoked.by, &revoked.at.timestamp_millis()],
        )?;
        Ok(changed == 1)
    }

    fn add_registration(&self, registration: &Registration) -> Result<(), Error> {
        self.all_of(|call| {
            call.execute(
                "DELETE FROM registration WHERE facility = $1 AND name = $2 AND used_at IS NULL",
                &[&registration.facility.0, &registration.name],
            )?;
            call.execute_one(
                "INSERT INTO registration (hash, facility, name, location, idle_lock, made_by, \
                 made_at, ends) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                &[
                    &registration.hash,
                    &registration.facility.0,
                    &registration.name,
                    &registration.location,
                    &i64::from(registration.idle_lock_seconds),
                    &registration.made.by,
                    &registration.made.at.timestamp_millis(),
                    &registration.ends.timestamp_millis(),
                ],
            )
        })
    }

    fn registration(&self, hash: &str) -> Result<Option<Registration>, Error> {
        let sql = format!("SELECT {REGISTRATION} FROM registration WHERE hash = $1");
        self.find(&sql, &[&hash], row::registration)
    }

    fn use_registration(
        &self,
        hash: &str,
        at: DateTime<Utc>,
        terminal: &Terminal,
    ) -> Result<bool, Error> {
        self.together(|call| {
            let used = call.execute(
                "UPDATE registration SET used_at = $2 WHERE hash = $1 AND facility = $3 \
                 AND used_at IS NULL AND made_at <= $2 AND $2 < ends",
                &[&hash, &at.timestamp_millis(), &terminal.facility.0],
            )?;
            if used == 1 {
                insert_terminal(call, terminal)?;
            }
            Ok(used == 1)
        })
    }

    fn add_vouch(&self, vouch: &Vouch) -> Result<(), Error> {
        self.change_one(
            "INSERT INTO vouch (id, facility, kind, by, for_account, at, ends) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                &vouch.id.0,
                &vouch.facility.0,
                &vouch.kind.word(),
                &vouch.by.0,
                &vouch.for_account.as_ref().map(|account| &account.0),
                &vouch.at.timestamp_millis(),
                &vouch.ends.timestamp_millis(),
            ],
        )
    }

    fn vouch(&self, id: &VouchId) -> Result<Option<Vouch>, Error> {
        let sql = format!("SELECT {VOUCH} FROM vouch WHERE id = $1");
        self.find(&sql, &[&id.0], row::vouch)
    }

    fn open_vouches(&self, facility: &FacilityId, at: DateTime<Utc>) -> Result<Vec<Vouch>, Error> {
        let sql = format!(
            "SELECT {VOUCH} FROM vouch WHERE facility = $1 AND used_at IS NULL AND at <= $2 \
             AND $2 < ends ORDER BY at DESC, place DESC"
        );
        self.list(&sql, &[&facility.0, &at.timestamp_millis()], row::vouch)
    }

    fn use_vouch(&self, id: &VouchId, at: DateTime<Utc>) -> Result<bool, Error> {
        let changed = self.change(
            "UPDATE vouch SET used_at = $2 \
             WHERE id = $1 AND used_at IS NULL AND at <= $2 AND $2 < ends",
            &[&id.0, &at.timestamp_millis()],
        )?;
        Ok(changed == 1)
    }

    fn use_launch(&self, id: &str, at: DateTime<Utc>, until: DateTime<Utc>) -> Result<bool, Error> {
        self.together(|call| {
            call.execute(
                "DELETE FROM launch WHERE until <= $1",
                &[&at.timestamp_millis()],
            )?;
            let added = call.execute(
                "INSERT INTO launch (id, until) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                &[&id, &until.timestamp_millis()],
            )?;
            Ok(added == 1)
        })
    }
}
