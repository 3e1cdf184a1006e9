//! What names and passwords must be.

use chrono::NaiveDate;
use secrecy::{ExposeSecret, SecretString};

use super::Error;
use crate::{
    access::{password::Hasher, sign_in::compared},
    domain::{access::Role, text::normalised},
};

/// Characters of names.
const LONGEST_NAME: usize = 120;
/// Characters of sign-in names.
const LONGEST_SIGN_IN: usize = 64;
/// Characters a password must have; length counts, not composition (NIST SP 800-63B).
pub const SHORTEST_PASSWORD: usize = 8;
/// Characters a password may have.
pub const LONGEST_PASSWORD: usize = 256;

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// A name is missing.
    #[error("a name is missing")]
    NameMissing,
    /// A name is too long.
    #[error("a name has at most 120 characters")]
    NameTooLong,
    /// A name holds what cannot be seen.
    #[error("a name has no control characters")]
    NameUnreadable,
    /// A sign-in name cannot be used.
    #[error("a sign-in name has 1 to 64 characters, without spaces and colons")]
    SignIn,
    /// 保険医療機関番号 cannot be read.
    #[error("a facility's number has 10 digits")]
    FacilityNumber,
    /// A password is too short.
    #[error("a password has at least 8 characters")]
    PasswordTooShort,
    /// A password is too long.
    #[error("a password has at most 256 characters")]
    PasswordTooLong,
    /// A password is among the first that anybody would try.
    #[error("that password is easily guessed: a common word, a pattern or one's own name")]
    PasswordCommon,
    /// The password that was asked for is wrong.
    #[error("the present password is wrong")]
    WrongPassword,
    /// The code that proves an authenticator is wrong.
    #[error("the code is wrong")]
    WrongCode,
    /// A link or form is used, expired or unknown.
    #[error("this link is used or expired")]
    Over,
    /// The role cannot hold the emergency permission.
    #[error("this role cannot hold the emergency permission")]
    Role,
    /// Nobody permits, delegates to or disables himself.
    #[error("nobody permits himself")]
    Himself,
    /// A last day is in the past.
    #[error("the last day is in the past")]
    InPast,
    /// A last day is further off than an administrator may give.
    #[error("the last day is more than three years off")]
    TooFar,
    /// 災害時 is said for longer than 14 days ahead.
    #[error("the disaster's last day is too far ahead")]
    DisasterTooLong,
    /// A day cannot be read.
    #[error("a day is written 2026-11-22")]
    Day,
    /// No role was chosen, or one that does not exist.
    #[error("a role is missing")]
    RoleMissing,
    /// Delegation and delegated permission last at most a day.
    #[error("1 to 24 hours")]
    Hours,
    /// A delegate gives for hours only, and does not shorten what an administrator gave.
    #[error("the permission there is lasts longer")]
    AlreadyLonger,
    /// The idle lock is out of range.
    #[error("the idle lock is 30 to 900 seconds")]
    IdleLock,
    /// A certificate's name is none that a certificate can have.
    #[error("a certificate's name is a DNS name, such as cart-7.ward.example")]
    Certificate,
    /// It is not said how a terminal is known.
    #[error("a terminal is known by a certificate or by a range")]
    Known,
    /// Another terminal of the facility is known by this name or by addresses of this range.
    #[error("another terminal is known by this name or by addresses of this range")]
    KnownAlready,
    /// An address range cannot be read.
    #[error("an address range is written 10.1.2.0/24")]
    Range,
    /// An address range is wider than a site.
    #[error("an address range is at widest /16 or, of IPv6, /48")]
    RangeTooWide,
    /// An account has as many authenticators as one may have.
    #[error("an account has at most 10 authenticators")]
    TooManyAuthenticators,
    /// An account keeps its last authenticator.
    #[error("the last authenticator cannot be removed")]
    LastAuthenticator,
    /// A disabled account cannot be changed so.
    #[error("the account is disabled")]
    Disabled,
    /// A sealed emergency account cannot be changed so.
    #[error("a sealed emergency account is used once and never changed")]
    Sealed,
    /// Whoever signed in by a colleague's word cannot change the account.
    #[error("signed in by a colleague's word: nothing of the account can be changed")]
    Vouched,
    /// Nobody proposed it, somebody confirmed it, or the proposer himself confirms.
    #[error("another administrator must have proposed it, and nobody confirmed it")]
    NotToConfirm,
    /// One of the two administrators had the other's factors in hand lately.
    #[error("one of the two made the other's account or a link for it in the last 30 days")]
    NotIndependent,
}

/// A name to be shown.
pub(in crate::access) fn checked_name(name: &str) -> Result<String, Error> {
    let name = optional_name(name)?;
    if name.is_empty() {
        return Err(Flaw::NameMissing.into());
    }
    Ok(name)
}

/// A name to be shown, or none.
pub(in crate::access) fn optional_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.chars().count() > LONGEST_NAME {
        return Err(Flaw::NameTooLong.into());
    }
    if name.chars().any(char::is_control) {
        return Err(Flaw::NameUnreadable.into());
    }
    Ok(name.to_owned())
}

/// A day as a form sends it, `2026-11-22`.
///
/// # Errors
/// [`Flaw::Day`].
pub fn read_day(typed: &str) -> Result<NaiveDate, Error> {
    let day = NaiveDate::parse_from_str(&normalised(typed), "%Y-%m-%d");
    day.map_err(|_| Flaw::Day.into())
}

/// Hours as a form sends them.
///
/// # Errors
/// [`Flaw::Hours`].
pub fn read_hours(typed: &str) -> Result<u32, Error> {
    normalised(typed).parse().map_err(|_| Flaw::Hours.into())
}

/// Seconds before a seat locks, as a form sends them.
///
/// # Errors
/// [`Flaw::IdleLock`].
pub fn read_idle_lock(typed: &str) -> Result<u32, Error> {
    normalised(typed).parse().map_err(|_| Flaw::IdleLock.into())
}

/// A role as a form sends it.
///
/// # Errors
/// [`Flaw::RoleMissing`].
pub fn read_role(typed: &str) -> Result<Role, Error> {
    Role::parse(typed).ok_or(Error::Invalid(Flaw::RoleMissing))
}

/// A sign-in name in its compared form.
pub(super) fn checked_sign_in(name: &str) -> Result<String, Error> {
    let name = compared(name);
    let wrong = |c: char| c.is_whitespace() || c.is_control() || c == ':';
    if name.is_empty() || name.chars().count() > LONGEST_SIGN_IN || name.contains(wrong) {
        return Err(Flaw::SignIn.into());
    }
    Ok(name)
}

/// The hash of a new password that is neither too short nor too long nor easily guessed by whoever
/// knows these names.
pub(in crate::access) async fn checked_password(
    hasher: &Hasher,
    password: SecretString,
    names: &[&str],
) -> Result<String, Error> {
    let length = password.expose_secret().chars().count();
    if length < SHORTEST_PASSWORD {
        return Err(Flaw::PasswordTooShort.into());
    }
    if length > LONGEST_PASSWORD {
        return Err(Flaw::PasswordTooLong.into());
    }
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    if hasher
        .is_common(password.clone(), names)
        .await
        .ok_or(Error::Unavailable)?
    {
        return Err(Flaw::PasswordCommon.into());
    }
    hasher.hash(password).await.ok_or(Error::Unavailable)
}
