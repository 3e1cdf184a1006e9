//! Columns to values and back. A column that cannot be read is an error, never a default.

use chrono::{DateTime, Utc};

use super::{
    Account, Authenticator, AuthenticatorKind, Delegation, Disaster, Error, Facility, FacilityKind,
    Link, Mark, Matcher, Permission, PermissionGiven, Registration, SavedView, SealedAccount, Seat,
    Session, StoredAuthenticator, StoredCredentials, StoredHandoff, StoredList, Terminal, Vouch,
    VouchKind,
};
use crate::domain::{
    access::{AccountId, AuthenticatorId, FacilityId, Role, TerminalId, VouchId},
    event::SecondFactor,
    handoff::HandoffId,
    section::Language,
};

/// One row of an answer, whichever database gave it.
pub(super) trait Columns {
    fn text(&self, column: usize) -> Result<String, Error>;
    fn text_or_none(&self, column: usize) -> Result<Option<String>, Error>;
    fn number(&self, column: usize) -> Result<i64, Error>;
    fn number_or_none(&self, column: usize) -> Result<Option<i64>, Error>;
    fn bytes(&self, column: usize) -> Result<Vec<u8>, Error>;
    fn flag(&self, column: usize) -> Result<bool, Error>;
}

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

pub(super) const REGISTRATION: &str =
    "hash, facility, name, location, idle_lock, made_by, made_at, ends, used_at";
pub(super) const VOUCH: &str = "id, facility, kind, by, for_account, at, ends, used_at";
pub(super) const SEALED: &str =
    "account, facility, proposed_by, proposed_at, confirmed_by, confirmed_at, used_at";
pub(super) const LINK: &str = "account, made_by, made_at, ends, used_at";
pub(super) const VIEW: &str = "id, name, query";
pub(super) const HANDOFF: &str =
    "h.id, h.department, h.stage, h.is_open, h.version, h.changed, h.body";
pub(super) const LIST: &str = "facility, begun, version, body";

/// Where [`ACCOUNT`] is read from: the account with its permission.
pub(super) const ACCOUNT_WITH: &str = "account a LEFT JOIN permission p ON p.id = a.permission";

/// Where a seat is read from: [`FACILITY`], [`ACCOUNT`], [`TERMINAL`], [`SESSION`].
pub(super) const SEAT_WITH: &str = "session s \
     JOIN account a ON a.facility = s.facility AND a.id = s.account \
     LEFT JOIN permission p ON p.id = a.permission \
     JOIN terminal t ON t.facility = s.facility AND t.id = s.terminal \
     JOIN facility f ON f.id = s.facility";

/// Until its owner sets a password, an account has none: no hash is empty.
pub(super) const NO_PASSWORD: &str = "";
/// Purpose of the links on which a holder sets password and second factor.
pub(super) const ENROL: &str = "enrol";

/// Numbers of columns in the lists above, for reading several of them from one row.
const FACILITY_COLUMNS: usize = 8;
const ACCOUNT_COLUMNS: usize = 22;
const TERMINAL_COLUMNS: usize = 12;

/// A number as databases keep it; steps and versions never reach what does not fit.
pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unreadable() -> Error {
    Error::Unavailable("a row has a value out of range".to_owned())
}

pub(super) fn count<T: TryFrom<i64>>(row: &dyn Columns, column: usize) -> Result<T, Error> {
    T::try_from(row.number(column)?).map_err(|_| unreadable())
}

fn instant(millis: i64) -> Result<DateTime<Utc>, Error> {
    DateTime::from_timestamp_millis(millis).ok_or_else(unreadable)
}

fn time(row: &dyn Columns, column: usize) -> Result<DateTime<Utc>, Error> {
    instant(row.number(column)?)
}

fn time_or_none(row: &dyn Columns, column: usize) -> Result<Option<DateTime<Utc>>, Error> {
    row.number_or_none(column)?.map(instant).transpose()
}

/// Who in one column and when in the next, where there is a who.
fn mark_or_none(row: &dyn Columns, column: usize) -> Result<Option<Mark>, Error> {
    let by = row.text_or_none(column)?;
    by.map(|by| {
        let at = time(row, column + 1)?;
        Ok(Mark { by, at })
    })
    .transpose()
}

fn mark(row: &dyn Columns, column: usize) -> Result<Mark, Error> {
    Ok(Mark {
        by: row.text(column)?,
        at: time(row, column + 1)?,
    })
}

fn word<T>(
    row: &dyn Columns,
    column: usize,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, Error> {
    parse(&row.text(column)?).ok_or_else(unreadable)
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

pub(super) fn facility(row: &dyn Columns, from: usize) -> Result<Facility, Error> {
    let area = row.text_or_none(from + 4)?;
    let disaster = area
        .map(|area| {
            Ok::<_, Error>(Disaster {
                area,
                until: word(row, from + 5, |text| text.parse().ok())?,
                by: row.text(from + 6)?,
                at: time(row, from + 7)?,
            })
        })
        .transpose()?;
    Ok(Facility {
        id: FacilityId(row.text(from)?),
        name: row.text(from + 1)?,
        kind: word(row, from + 2, FacilityKind::parse)?,
        number: row.text_or_none(from + 3)?,
        disaster,
    })
}

fn permission(row: &dyn Columns, from: usize) -> Result<Permission, Error> {
    Ok(Permission {
        given_by: row.text(from)?,
        given_at: time(row, from + 1)?,
        until: word(row, from + 2, |text| text.parse().ok())?,
        ends: time_or_none(row, from + 3)?,
        is_delegated: row.flag(from + 4)?,
    })
}

pub(super) fn permission_given(row: &dyn Columns) -> Result<PermissionGiven, Error> {
    Ok(PermissionGiven {
        permission: permission(row, 0)?,
        revoked: mark_or_none(row, 5)?,
    })
}

pub(super) fn account(row: &dyn Columns, from: usize) -> Result<Account, Error> {
    let permitted = row.text_or_none(from + 7)?;
    let delegated = row.text_or_none(from + 17)?;
    Ok(Account {
        id: AccountId(row.text(from)?),
        facility: FacilityId(row.text(from + 1)?),
        sign_in: row.text(from + 2)?,
        name: row.text(from + 3)?,
        role: word(row, from + 4, Role::parse)?,
        language: word(row, from + 5, parse_language)?,
        epoch: count(row, from + 6)?,
        permission: permitted.map(|_| permission(row, from + 7)).transpose()?,
        glass_used: time_or_none(row, from + 12)?,
        created: mark_or_none(row, from + 13)?,
        disabled: mark_or_none(row, from + 15)?,
        delegation: delegated
            .map(|given_by| {
                Ok::<_, Error>(Delegation {
                    given_by,
                    given_at: time(row, from + 18)?,
                    ends: time(row, from + 19)?,
                })
            })
            .transpose()?,
        grants_from: count(row, from + 20)?,
        factors_given: time_or_none(row, from + 21)?,
        as_of: None,
    })
}

pub(super) fn authenticator(row: &dyn Columns) -> Result<StoredAuthenticator, Error> {
    Ok(StoredAuthenticator {
        authenticator: Authenticator {
            id: AuthenticatorId(row.text(0)?),
            account: AccountId(row.text(1)?),
            kind: word(row, 2, AuthenticatorKind::parse)?,
            name: row.text(3)?,
            added_at: time_or_none(row, 4)?,
            last_used: time_or_none(row, 5)?,
        },
        secret: row.bytes(6)?,
        handle: row.text_or_none(7)?,
    })
}

pub(super) fn link(row: &dyn Columns) -> Result<Link, Error> {
    Ok(Link {
        account: AccountId(row.text(0)?),
        made: mark(row, 1)?,
        ends: time(row, 3)?,
        used_at: time_or_none(row, 4)?,
    })
}

pub(super) fn sealed(row: &dyn Columns) -> Result<SealedAccount, Error> {
    Ok(SealedAccount {
        account: AccountId(row.text(0)?),
        facility: FacilityId(row.text(1)?),
        proposed: mark(row, 2)?,
        confirmed: mark_or_none(row, 4)?,
        used_at: time_or_none(row, 6)?,
    })
}

pub(super) fn registration(row: &dyn Columns) -> Result<Registration, Error> {
    Ok(Registration {
        hash: row.text(0)?,
        facility: FacilityId(row.text(1)?),
        name: row.text(2)?,
        location: row.text(3)?,
        idle_lock_seconds: count(row, 4)?,
        made: mark(row, 5)?,
        ends: time(row, 7)?,
        used_at: time_or_none(row, 8)?,
    })
}

pub(super) fn vouch(row: &dyn Columns) -> Result<Vouch, Error> {
    Ok(Vouch {
        id: VouchId(row.text(0)?),
        facility: FacilityId(row.text(1)?),
        kind: word(row, 2, VouchKind::parse)?,
        by: AccountId(row.text(3)?),
        for_account: row.text_or_none(4)?.map(AccountId),
        at: time(row, 5)?,
        ends: time(row, 6)?,
        used_at: time_or_none(row, 7)?,
    })
}

pub(super) fn terminal(row: &dyn Columns, from: usize) -> Result<Terminal, Error> {
    Ok(Terminal {
        id: TerminalId(row.text(from)?),
        facility: FacilityId(row.text(from + 1)?),
        name: row.text(from + 2)?,
        location: row.text(from + 3)?,
        device: row.text(from + 4)?,
        idle_lock_seconds: count(row, from + 5)?,
        registered_by: row.text(from + 6)?,
        registered_at: time(row, from + 7)?,
        matcher: word(row, from + 8, Matcher::parse)?,
        ends: time_or_none(row, from + 9)?,
        revoked: mark_or_none(row, from + 10)?,
    })
}

pub(super) fn session(row: &dyn Columns, from: usize) -> Result<Session, Error> {
    Ok(Session {
        hash: row.text(from)?,
        account: AccountId(row.text(from + 1)?),
        facility: FacilityId(row.text(from + 2)?),
        terminal: TerminalId(row.text(from + 3)?),
        created: time(row, from + 4)?,
        last_seen: time(row, from + 5)?,
        ends: time(row, from + 6)?,
        locked: row.flag(from + 7)?,
        epoch: count(row, from + 8)?,
        second_factor: word(row, from + 9, parse_factor)?,
    })
}

pub(super) fn seat(row: &dyn Columns) -> Result<Seat, Error> {
    let account_from = FACILITY_COLUMNS;
    let terminal_from = account_from + ACCOUNT_COLUMNS;
    Ok(Seat {
        facility: facility(row, 0)?,
        account: account(row, account_from)?,
        terminal: terminal(row, terminal_from)?,
        session: session(row, terminal_from + TERMINAL_COLUMNS)?,
    })
}

/// Credentials without authenticators: [`ACCOUNT`], the password's hash, the last step.
pub(super) fn credentials(row: &dyn Columns) -> Result<StoredCredentials, Error> {
    let password = row.text(ACCOUNT_COLUMNS)?;
    Ok(StoredCredentials {
        account: account(row, 0)?,
        password: (password != NO_PASSWORD).then_some(password),
        authenticators: Vec::new(),
        last_step: row
            .number_or_none(ACCOUNT_COLUMNS + 1)?
            .and_then(|step| step.try_into().ok()),
    })
}

pub(super) fn view(row: &dyn Columns) -> Result<SavedView, Error> {
    Ok(SavedView {
        id: row.number(0)?,
        name: row.text(1)?,
        query: row.text(2)?,
    })
}

pub(super) fn handoff(row: &dyn Columns) -> Result<StoredHandoff, Error> {
    Ok(StoredHandoff {
        id: HandoffId(row.text(0)?),
        department: FacilityId(row.text(1)?),
        stage: row.text(2)?,
        is_open: row.flag(3)?,
        version: count(row, 4)?,
        changed: time(row, 5)?,
        body: row.bytes(6)?,
        hospitals: Vec::new(),
    })
}

pub(super) fn list(row: &dyn Columns) -> Result<StoredList, Error> {
    Ok(StoredList {
        facility: FacilityId(row.text(0)?),
        begun: time(row, 1)?,
        version: count(row, 2)?,
        body: row.bytes(3)?,
    })
}

/// A facility with the number that changes of its handoffs raise.
pub(super) fn pulse(row: &dyn Columns) -> Result<(FacilityId, u64), Error> {
    Ok((FacilityId(row.text(0)?), count(row, 1)?))
}
