//! What belongs to places: how a terminal is known, codes that register one, vouching, 災害時.

use chrono::{DateTime, Utc};
use ipnet::IpNet;

use super::{Disaster, Error, Facility, Mark, Terminal};
use crate::domain::access::{AccountId, FacilityId, TerminalId, VouchId};

/// How a device proves to be a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matcher {
    /// By a device cookie.
    Cookie,
    /// By the verified name of its client certificate.
    Certificate,
    /// By its address, for pools of terminals that keep nothing.
    Range,
}

impl Matcher {
    /// All.
    pub const ALL: [Self; 3] = [Self::Cookie, Self::Certificate, Self::Range];

    /// The word used in the registry and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Certificate => "certificate",
            Self::Range => "range",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|matcher| matcher.word() == word)
    }

    /// Whether two devices that are known this way are one, or could be taken for one: ranges are
    /// where they have an address in common.
    #[must_use]
    pub fn is_same(self, one: &str, other: &str) -> bool {
        match self {
            Self::Cookie | Self::Certificate => one == other,
            Self::Range => overlap(one, other),
        }
    }
}

/// Whether two ranges have addresses in common.
fn overlap(one: &str, other: &str) -> bool {
    let ranges = (one.parse::<IpNet>(), other.parse::<IpNet>());
    matches!(ranges, (Ok(one), Ok(other)) if one.contains(&other) || other.contains(&one))
}

/// A single-use code that makes the browser in which it is typed a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Keyed hash of the code.
    pub hash: String,
    /// Facility of the terminal.
    pub facility: FacilityId,
    /// Name of the terminal.
    pub name: String,
    /// Where it stands.
    pub location: String,
    /// Seconds a seat may be left before the session locks.
    pub idle_lock_seconds: u32,
    /// Who made it, and when.
    pub made: Mark,
    /// When it ends.
    pub ends: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
}

impl Registration {
    /// Whether it can still be used. A clock set back before it was made does not lengthen it.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.used_at.is_none() && self.made.at <= now && now < self.ends
    }
}

/// For what somebody vouches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VouchKind {
    /// A terminal that is not registered.
    Terminal,
    /// A colleague's broken factor.
    Factor,
}

impl VouchKind {
    /// The word used in the registry and in entries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Factor => "factor",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Terminal, Self::Factor]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// One vouching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouch {
    /// Its id.
    pub id: VouchId,
    /// Facility of both.
    pub facility: FacilityId,
    /// For what.
    pub kind: VouchKind,
    /// Who vouches.
    pub by: AccountId,
    /// For whom; `None` for a terminal that anybody of the facility may use.
    pub for_account: Option<AccountId>,
    /// When.
    pub at: DateTime<Utc>,
    /// When it ends.
    pub ends: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
}

impl Vouch {
    /// Whether it can still be used. A clock set back before it was given does not lengthen it.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.used_at.is_none() && self.at <= now && now < self.ends
    }
}

/// The part of a [`super::Store`] that keeps what belongs to places.
pub trait TerminalStore {
    /// One facility.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn facility(&self, id: &FacilityId) -> Result<Option<Facility>, Error>;

    /// Sets the 災害時 flag or takes it away.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn set_disaster(&self, id: &FacilityId, disaster: Option<&Disaster>) -> Result<(), Error>;

    /// One terminal.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn terminal(&self, id: &TerminalId) -> Result<Option<Terminal>, Error>;

    /// The terminals with this client certificate's name that were not revoked, at most one in each
    /// facility.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn terminals_by_certificate(&self, name: &str) -> Result<Vec<Terminal>, Error>;

    /// Every terminal known by an address range that was not revoked.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn range_terminals(&self) -> Result<Vec<Terminal>, Error>;

    /// Sets how many seconds a terminal's seat may be left.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn set_idle_lock(&self, id: &TerminalId, seconds: u32) -> Result<(), Error>;

    /// Names a terminal, says where it stands and how many seconds its seat may be left.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    fn change_terminal(
        &self,
        id: &TerminalId,
        name: &str,
        location: &str,
        seconds: u32,
    ) -> Result<(), Error>;

    /// Revokes a terminal; whether it was not revoked before. Its device is free to be registered
    /// anew.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn revoke_terminal(&self, id: &TerminalId, revoked: &Mark) -> Result<bool, Error>;

    /// Adds a registration; an earlier one of the same name that was not used is gone.
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::Unknown`] where the facility is not there,
    /// [`Error::Unavailable`].
    fn add_registration(&self, registration: &Registration) -> Result<(), Error>;

    /// A registration by the keyed hash of its code.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn registration(&self, hash: &str) -> Result<Option<Registration>, Error>;

    /// Marks a registration as used if it is open, and adds the terminal in the same step; whether
    /// it was open.
    ///
    /// # Errors
    /// [`Error::Taken`] where the device is registered in this facility: then the registration
    /// stays open. [`Error::Unavailable`].
    fn use_registration(
        &self,
        hash: &str,
        at: DateTime<Utc>,
        terminal: &Terminal,
    ) -> Result<bool, Error>;

    /// Adds a vouching.
    ///
    /// # Errors
    /// [`Error::Unknown`] where facility or account is not there, [`Error::Unavailable`].
    fn add_vouch(&self, vouch: &Vouch) -> Result<(), Error>;

    /// One vouching.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn vouch(&self, id: &VouchId) -> Result<Option<Vouch>, Error>;

    /// The vouchings of a facility that can still be used, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn open_vouches(&self, facility: &FacilityId, at: DateTime<Utc>) -> Result<Vec<Vouch>, Error>;

    /// Marks a vouching as used if it is open; whether it was.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn use_vouch(&self, id: &VouchId, at: DateTime<Utc>) -> Result<bool, Error>;

    /// Marks the id of a launch as used until a time; whether it was not yet. Those whose time is
    /// over are gone.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn use_launch(&self, id: &str, at: DateTime<Utc>, until: DateTime<Utc>) -> Result<bool, Error>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ranges_are_one_place_where_they_have_an_address_in_common() {
        for (one, other, same) in [
            ("10.1.2.0/24", "10.1.2.0/24", true),
            ("10.1.2.0/24", "10.1.2.128/25", true),
            ("10.1.2.7/32", "10.1.0.0/16", true),
            ("10.1.2.0/24", "10.1.3.0/24", false),
            ("10.1.2.0/24", "2001:db8::/48", false),
            ("2001:db8::/48", "2001:db8:0:1::/64", true),
        ] {
            assert_eq!(Matcher::Range.is_same(one, other), same, "{one} {other}");
            assert_eq!(Matcher::Range.is_same(other, one), same, "{other} {one}");
        }
        for matcher in [Matcher::Cookie, Matcher::Certificate] {
            assert!(matcher.is_same("a.example", "a.example"));
            assert!(!matcher.is_same("10.1.2.0/24", "10.1.2.128/25"));
        }
    }
}
