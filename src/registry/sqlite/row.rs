//! Columns to values and back. A column that cannot be read is an error, never a default.

use chrono::{DateTime, Utc};
use rusqlite::{
    Row,
    types::{Type, ValueRef},
};

use crate::{
    domain::{
        access::{AccountId, AuthenticatorId, FacilityId, Role, TerminalId, VouchId},
        event::SecondFactor,
        section::Language,
    },
    registry::{
        Account, Authenticator, AuthenticatorKind, Delegation, Disaster, Facility, FacilityKind,
        Link, Mark, Matcher, Permission, PermissionGiven, Registration, SealedAccount, Session,
        StoredAuthenticator, Terminal, Vouch, VouchKind,
    },
};

pub(super) const FACILITY: &str = "f.id, f.name, f.kind, f.number, f.disaster_area, \
     f.disaster_until, f.disaster_by, f.disaster_at";
pub(super) const ACCOUNT: &str = "a.id, a.facility, a.sign_in, a.name, a.role, a.language, \
     a.epoch, p.given_by, p.given_at, p.until, p.ends, p.delegated, a.glass_used, a.created_by, \
     a.created_at, a.disabled_by, a.disabled_at, a.delegated_by, a.delegated_at, \
     a.delegated_until, a.grants_from, \
     (SELECT max(g.at) FROM factors_given g WHERE g.account = a.id)";
pub(super) const PERMISSION: &str =
    "p.given_by, p.given_at, p.until, p.ends, p.delegated, p.revoked_by, p.revoked_at";
pub(super) const AUTHENTICATOR: &str =
    "u.id, u.account, u.kind, u.name, u.added_at, u.last_used, u.secret, u.handle";
pub(super) const TERMINAL: &str = "t.id, t.facility, t.name, t.location, t.device, t.idle_lock, \
     t.registered_by, t.registered_at, t.matcher, t.ends, t.revoked_by, t.revoked_at";
pub(super) const SESSION: &str = "s.hash, s.account, s.facility, s.terminal, s.created, \
     s.last_seen, s.ends, s.locked, s.epoch, s.second_factor";

/// Where [`ACCOUNT`] is read from: the account with its permission.
pub(super) const ACCOUNT_WITH: &str = "account a LEFT JOIN permission p ON p.id = a.permission";

/// Numbers of columns in the lists above, for reading several of them from one row.
pub(super) const FACILITY_COLUMNS: usize = 8;
pub(super) const ACCOUNT_COLUMNS: usize = 22;
pub(super) const TERMINAL_COLUMNS: usize = 12;

fn unreadable(column: usize, kind: Type) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, "a value out of range".into())
}

pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(row.get(column)?)
        .ok_or_else(|| unreadable(column, Type::Integer))
}

fn time_or_none(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => {
            time(row, column).map(Some)
        }
    }
}

/// Who in one column and when in the next, where there is a who.
fn mark_or_none(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Mark>> {
    let by: Option<String> = row.get(column)?;
    by.map(|by| {
        let at = time(row, column + 1)?;
        Ok(Mark { by, at })
    })
    .transpose()
}

fn mark(row: &Row<'_>, column: usize) -> rusqlite::Result<Mark> {
    Ok(Mark {
        by: row.get(column)?,
        at: time(row, column + 1)?,
    })
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
    let area: Option<String> = row.get(from + 4)?;
    let disaster = area
        .map(|area| {
            Ok::<_, rusqlite::Error>(Disaster {
                area,
                until: word(row, from + 5, |text| text.parse().ok())?,
                by: row.get(from + 6)?,
                at: time(row, from + 7)?,
            })
        })
        .transpose()?;
    Ok(Facility {
        id: FacilityId(row.get(from)?),
        name: row.get(from + 1)?,
        kind: word(row, from + 2, FacilityKind::parse)?,
        number: row.get(from + 3)?,
        disaster,
    })
}

fn permission(row: &Row<'_>, from: usize) -> rusqlite::Result<Permission> {
    Ok(Permission {
        given_by: row.get(from)?,
        given_at: time(row, from + 1)?,
        until: word(row, from + 2, |text| text.parse().ok())?,
        ends: time_or_none(row, from + 3)?,
        is_delegated: row.get(from + 4)?,
    })
}

pub(super) fn permission_given(row: &Row<'_>) -> rusqlite::Result<PermissionGiven> {
    Ok(PermissionGiven {
        permission: permission(row, 0)?,
        revoked: mark_or_none(row, 5)?,
    })
}

pub(super) fn account(row: &Row<'_>, from: usize) -> rusqlite::Result<Account> {
    let permitted: Option<String> = row.get(from + 7)?;
    let delegated: Option<String> = row.get(from + 17)?;
    Ok(Account {
        id: AccountId(row.get(from)?),
        facility: FacilityId(row.get(from + 1)?),
        sign_in: row.get(from + 2)?,
        name: row.get(from + 3)?,
        role: word(row, from + 4, Role::parse)?,
        language: word(row, from + 5, parse_language)?,
        epoch: row.get(from + 6)?,
        permission: permitted.map(|_| permission(row, from + 7)).transpose()?,
        glass_used: time_or_none(row, from + 12)?,
        created: mark_or_none(row, from + 13)?,
        disabled: mark_or_none(row, from + 15)?,
        delegation: delegated
            .map(|given_by| {
                Ok::<_, rusqlite::Error>(Delegation {
                    given_by,
                    given_at: time(row, from + 18)?,
                    ends: time(row, from + 19)?,
                })
            })
            .transpose()?,
        grants_from: row.get(from + 20)?,
        factors_given: time_or_none(row, from + 21)?,
    })
}

pub(super) fn authenticator(row: &Row<'_>) -> rusqlite::Result<StoredAuthenticator> {
    Ok(StoredAuthenticator {
        authenticator: Authenticator {
            id: AuthenticatorId(row.get(0)?),
            account: AccountId(row.get(1)?),
            kind: word(row, 2, AuthenticatorKind::parse)?,
            name: row.get(3)?,
            added_at: time_or_none(row, 4)?,
            last_used: time_or_none(row, 5)?,
        },
        secret: row.get(6)?,
        handle: row.get(7)?,
    })
}

pub(super) fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        account: AccountId(row.get(0)?),
        made: mark(row, 1)?,
        ends: time(row, 3)?,
        used_at: time_or_none(row, 4)?,
    })
}

pub(super) fn sealed(row: &Row<'_>) -> rusqlite::Result<SealedAccount> {
    Ok(SealedAccount {
        account: AccountId(row.get(0)?),
        facility: FacilityId(row.get(1)?),
        proposed: mark(row, 2)?,
        confirmed: mark_or_none(row, 4)?,
        used_at: time_or_none(row, 6)?,
    })
}

pub(super) fn registration(row: &Row<'_>) -> rusqlite::Result<Registration> {
    Ok(Registration {
        hash: row.get(0)?,
        facility: FacilityId(row.get(1)?),
        name: row.get(2)?,
        location: row.get(3)?,
        idle_lock_seconds: row.get(4)?,
        made: mark(row, 5)?,
        ends: time(row, 7)?,
        used_at: time_or_none(row, 8)?,
    })
}

pub(super) fn vouch(row: &Row<'_>) -> rusqlite::Result<Vouch> {
    Ok(Vouch {
        id: VouchId(row.get(0)?),
        facility: FacilityId(row.get(1)?),
        kind: word(row, 2, VouchKind::parse)?,
        by: AccountId(row.get(3)?),
        for_account: row.get::<_, Option<String>>(4)?.map(AccountId),
        at: time(row, 5)?,
        ends: time(row, 6)?,
        used_at: time_or_none(row, 7)?,
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
        matcher: word(row, from + 8, Matcher::parse)?,
        ends: time_or_none(row, from + 9)?,
        revoked: mark_or_none(row, from + 10)?,
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
