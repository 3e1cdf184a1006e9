//! Columns to values and back. A column that cannot be read is an error, never a default.

use chrono::{DateTime, Utc};
use rusqlite::{Row, types::Type};

use crate::{
    domain::{
        access::{AccountId, FacilityId, Role, TerminalId},
        event::SecondFactor,
        section::Language,
    },
    registry::{Account, Facility, FacilityKind, Permission, Session, Terminal},
};

pub(super) const FACILITY: &str = "f.id, f.name, f.kind, f.number";
pub(super) const ACCOUNT: &str = "a.id, a.facility, a.sign_in, a.name, a.role, a.language, \
     a.epoch, a.permission_by, a.permission_at, a.permission_until";
pub(super) const TERMINAL: &str = "t.id, t.facility, t.name, t.location, t.device, t.idle_lock, \
     t.registered_by, t.registered_at";
pub(super) const SESSION: &str = "s.hash, s.account, s.facility, s.terminal, s.created, \
     s.last_seen, s.ends, s.locked, s.epoch, s.second_factor";

/// Numbers of columns in the lists above, for reading several of them from one row.
pub(super) const FACILITY_COLUMNS: usize = 4;
pub(super) const ACCOUNT_COLUMNS: usize = 10;
pub(super) const TERMINAL_COLUMNS: usize = 8;

fn unreadable(column: usize, kind: Type) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, "a value out of range".into())
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(row.get(column)?)
        .ok_or_else(|| unreadable(column, Type::Integer))
}

fn word<T>(row: &Row<'_>, column: usize, parse: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let word: String = row.get(column)?;
    parse(&word).ok_or_else(|| unreadable(column, Type::Text))
}

pub(super) const fn language_word(language: Language) -> &'static str {
    match language {
        Language::Ja => "ja",
        Language::En => "en",
    }
}

pub(super) const fn factor_word(factor: SecondFactor) -> &'static str {
    match factor {
        SecondFactor::Totp => "totp",
        SecondFactor::Passkey => "passkey",
        SecondFactor::Vouched => "vouched",
        SecondFactor::Sealed => "sealed",
        SecondFactor::None => "none",
    }
}

fn parse_language(word: &str) -> Option<Language> {
    [Language::Ja, Language::En]
        .into_iter()
        .find(|language| language_word(*language) == word)
}

fn parse_factor(word: &str) -> Option<SecondFactor> {
    SecondFactor::ALL
        .into_iter()
        .find(|factor| factor_word(*factor) == word)
}

pub(super) fn facility(row: &Row<'_>, from: usize) -> rusqlite::Result<Facility> {
    Ok(Facility {
        id: FacilityId(row.get(from)?),
        name: row.get(from + 1)?,
        kind: word(row, from + 2, FacilityKind::parse)?,
        number: row.get(from + 3)?,
    })
}

pub(super) fn account(row: &Row<'_>, from: usize) -> rusqlite::Result<Account> {
    let given_by: Option<String> = row.get(from + 7)?;
    let permission = given_by
        .map(|given_by| {
            Ok::<_, rusqlite::Error>(Permission {
                given_by,
                given_at: time(row, from + 8)?,
                until: word(row, from + 9, |text| text.parse().ok())?,
            })
        })
        .transpose()?;
    Ok(Account {
        id: AccountId(row.get(from)?),
        facility: FacilityId(row.get(from + 1)?),
        sign_in: row.get(from + 2)?,
        name: row.get(from + 3)?,
        role: word(row, from + 4, Role::parse)?,
        language: word(row, from + 5, parse_language)?,
        epoch: row.get(from + 6)?,
        permission,
    })
}

pub(super) fn terminal(row: &Row<'_>, from: usize) -> rusqlite::Result<Terminal> {
    Ok(Terminal {
        id: TerminalId(row.get(from)?),
        facility: FacilityId(row.get(from + 1)?),
        name: row.get(from + 2)?,
        location: row.get(from + 3)?,
        device: row.get(from + 4)?,
        idle_lock_seconds: row.get(from + 5)?,
        registered_by: row.get(from + 6)?,
        registered_at: time(row, from + 7)?,
    })
}

pub(super) fn session(row: &Row<'_>, from: usize) -> rusqlite::Result<Session> {
    Ok(Session {
        hash: row.get(from)?,
        account: AccountId(row.get(from + 1)?),
        facility: FacilityId(row.get(from + 2)?),
        terminal: TerminalId(row.get(from + 3)?),
        created: time(row, from + 4)?,
        last_seen: time(row, from + 5)?,
        ends: time(row, from + 6)?,
        locked: row.get(from + 7)?,
        epoch: row.get(from + 8)?,
        second_factor: word(row, from + 9, parse_factor)?,
    })
}
