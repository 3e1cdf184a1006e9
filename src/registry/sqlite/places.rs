//! Terminals, registrations, vouchings, 災害時.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};

use super::SqliteStore;
use crate::{
    domain::access::{FacilityId, TerminalId, VouchId},
    registry::{
        Disaster, Error, Facility, Mark, Matcher, Registration, Terminal, TerminalStore, Vouch,
        row::{self, FACILITY, REGISTRATION, TERMINAL, VOUCH},
    },
};

/// Adds a terminal, within the transaction that looks whether its device is another one's.
pub(super) fn insert_terminal(
    connection: &Transaction<'_>,
    terminal: &Terminal,
) -> Result<(), Error> {
    // Of the same device a unique index knows; ranges that overlap it cannot.
    if terminal.matcher == Matcher::Range {
        let mut others = connection.prepare_cached(
            "SELECT device FROM terminal \
             WHERE facility = ?1 AND matcher = ?2 AND revoked_by IS NULL",
        )?;
        let of_facility = params![terminal.facility.0, terminal.matcher.word()];
        for other in others.query_map(of_facility, |row| row.get::<_, String>(0))? {
            if terminal.matcher.is_same(&terminal.device, &other?) {
                return Err(Error::Taken);
            }
        }
    }
    connection
        .prepare_cached(
            "INSERT INTO terminal (id, facility, name, location, device, idle_lock, \
             registered_by, registered_at, matcher, ends) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            terminal.id.0,
            terminal.facility.0,
            terminal.name,
            terminal.location,
            terminal.device,
            terminal.idle_lock_seconds,
            terminal.registered_by,
            terminal.registered_at.timestamp_millis(),
            terminal.matcher.word(),
            terminal.ends.map(|ends| ends.timestamp_millis()),
        ])?;
    Ok(())
}

impl SqliteStore {
    /// The terminals known in one way that were not revoked: with one key, or all.
    pub(super) fn terminals_known(
        &self,
        matcher: Matcher,
        device: Option<&str>,
    ) -> Result<Vec<Terminal>, Error> {
        let sql = format!(
            "SELECT {TERMINAL} FROM terminal t WHERE t.matcher = ?1 \
             AND (?2 IS NULL OR t.device = ?2) AND t.revoked_by IS NULL \
             ORDER BY t.facility, t.rowid"
        );
        self.list(&sql, params![matcher.word(), device], |row| {
            row::terminal(row, 0)
        })
    }
}

impl TerminalStore for SqliteStore {
    fn facility(&self, id: &FacilityId) -> Result<Option<Facility>, Error> {
        let sql = format!("SELECT {FACILITY} FROM facility f WHERE f.id = ?1");
        self.find(&sql, [&id.0], |row| row::facility(row, 0))
    }

    fn set_disaster(&self, id: &FacilityId, disaster: Option<&Disaster>) -> Result<(), Error> {
        self.change_one(
            "UPDATE facility SET disaster_area = ?2, disaster_until = ?3, disaster_by = ?4, \
             disaster_at = ?5 WHERE id = ?1",
            params![
                id.0,
                disaster.map(|disaster| &disaster.area),
                disaster.map(|disaster| disaster.until.to_string()),
                disaster.map(|disaster| &disaster.by),
                disaster.map(|disaster| disaster.at.timestamp_millis()),
            ],
        )
    }

    fn terminal(&self, id: &TerminalId) -> Result<Option<Terminal>, Error> {
        let sql = format!("SELECT {TERMINAL} FROM terminal t WHERE t.id = ?1");
        self.find(&sql, [&id.0], |row| row::terminal(row, 0))
    }

    fn terminals_by_certificate(&self, name: &str) -> Result<Vec<Terminal>, Error> {
        self.terminals_known(Matcher::Certificate, Some(name))
    }

    fn range_terminals(&self) -> Result<Vec<Terminal>, Error> {
        self.terminals_known(Matcher::Range, None)
    }

    fn set_idle_lock(&self, id: &TerminalId, seconds: u32) -> Result<(), Error> {
        self.change_one(
            "UPDATE terminal SET idle_lock = ?2 WHERE id = ?1",
            params![id.0, seconds],
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
            "UPDATE terminal SET name = ?2, location = ?3, idle_lock = ?4 WHERE id = ?1",
            params![id.0, name, location, seconds],
        )
    }

    fn revoke_terminal(&self, id: &TerminalId, revoked: &Mark) -> Result<bool, Error> {
        let changed = self.change(
            "UPDATE terminal SET revoked_by = ?2, revoked_at = ?3, device = 'revoked ' || id \
             WHERE id = ?1 AND revoked_by IS NULL",
            params![id.0, revoked.by, revoked.at.timestamp_millis()],
        )?;
        Ok(changed == 1)
    }

    fn add_registration(&self, registration: &Registration) -> Result<(), Error> {
        self.change(
            "DELETE FROM registration WHERE facility = ?1 AND name = ?2 AND used_at IS NULL",
            params![registration.facility.0, registration.name],
        )?;
        self.change_one(
            "INSERT INTO registration (hash, facility, name, location, idle_lock, made_by, \
             made_at, ends) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                registration.hash,
                registration.facility.0,
                registration.name,
                registration.location,
                registration.idle_lock_seconds,
                registration.made.by,
                registration.made.at.timestamp_millis(),
                registration.ends.timestamp_millis(),
            ],
        )
    }

    fn registration(&self, hash: &str) -> Result<Option<Registration>, Error> {
        let sql = format!("SELECT {REGISTRATION} FROM registration WHERE hash = ?1");
        self.find(&sql, [hash], row::registration)
    }

    fn use_registration(
        &self,
        hash: &str,
        at: DateTime<Utc>,
        terminal: &Terminal,
    ) -> Result<bool, Error> {
        self.together(|transaction| {
            let used = transaction.execute(
                "UPDATE registration SET used_at = ?2 WHERE hash = ?1 AND facility = ?3 \
                 AND used_at IS NULL AND made_at <= ?2 AND ?2 < ends",
                params![hash, at.timestamp_millis(), terminal.facility.0],
            )?;
            if used == 1 {
                insert_terminal(transaction, terminal)?;
            }
            Ok(used == 1)
        })
    }

    fn add_vouch(&self, vouch: &Vouch) -> Result<(), Error> {
        self.change_one(
            "INSERT INTO vouch (id, facility, kind, by, for_account, at, ends) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                vouch.id.0,
                vouch.facility.0,
                vouch.kind.word(),
                vouch.by.0,
                vouch.for_account.as_ref().map(|account| &account.0),
                vouch.at.timestamp_millis(),
                vouch.ends.timestamp_millis(),
            ],
        )
    }

    fn vouch(&self, id: &VouchId) -> Result<Option<Vouch>, Error> {
        let sql = format!("SELECT {VOUCH} FROM vouch WHERE id = ?1");
        self.find(&sql, [&id.0], row::vouch)
    }

    fn open_vouches(&self, facility: &FacilityId, at: DateTime<Utc>) -> Result<Vec<Vouch>, Error> {
        let sql = format!(
            "SELECT {VOUCH} FROM vouch WHERE facility = ?1 AND used_at IS NULL AND at <= ?2 \
             AND ?2 < ends ORDER BY at DESC, rowid DESC"
        );
        self.list(&sql, params![facility.0, at.timestamp_millis()], row::vouch)
    }

    fn use_vouch(&self, id: &VouchId, at: DateTime<Utc>) -> Result<bool, Error> {
        let changed = self.change(
            "UPDATE vouch SET used_at = ?2 \
             WHERE id = ?1 AND used_at IS NULL AND at <= ?2 AND ?2 < ends",
            params![id.0, at.timestamp_millis()],
        )?;
        Ok(changed == 1)
    }

    fn use_launch(&self, id: &str, at: DateTime<Utc>, until: DateTime<Utc>) -> Result<bool, Error> {
        self.together(|transaction| {
            transaction.execute(
                "DELETE FROM launch WHERE until <= ?1",
                [at.timestamp_millis()],
            )?;
            let added = transaction.execute(
                "INSERT INTO launch (id, until) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![id, until.timestamp_millis()],
            )?;
            Ok(added == 1)
        })
    }
}
