//! Handoffs: what belongs to lists stands readable, what a crew wrote is sealed.

use chrono::{DateTime, Utc};

use super::Error;
use crate::domain::{access::FacilityId, handoff::HandoffId};

/// So many open handoffs one department may have.
pub const MOST_OPEN: usize = 1_000;
/// So many handoffs one list has; what is beyond is counted.
pub const MOST_LISTED: usize = 2_000;

/// How a hospital stands to a handoff, as far as lists ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Asked, and not answered yet.
    Asked,
    /// It accepted: the patient is on the way there, or was handed over.
    Accepted,
    /// It declined, was asked no longer, or another hospital accepted.
    Gone,
}

impl Concern {
    /// All.
    pub const ALL: [Self; 3] = [Self::Asked, Self::Accepted, Self::Gone];

    /// The word used in the registry.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Accepted => "accepted",
            Self::Gone => "gone",
        }
    }
}

/// A handoff as a [`super::Store`] keeps it: what was written still sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredHandoff {
    /// Its id.
    pub id: HandoffId,
    /// The fire department that wrote it.
    pub department: FacilityId,
    /// The word of its stage.
    pub stage: String,
    /// Whether anything may still happen to it.
    pub is_open: bool,
    /// Raised by every change.
    pub version: u64,
    /// When it was changed last.
    pub changed: DateTime<Utc>,
    /// Everything else, sealed.
    pub body: Vec<u8>,
    /// How each hospital that was ever asked stands to it.
    pub hospitals: Vec<(FacilityId, Concern)>,
}

/// A facility's list of many patients as a [`super::Store`] keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredList {
    /// Whose.
    pub facility: FacilityId,
    /// When it was begun: a facility begins another only after the one before was closed.
    pub begun: DateTime<Utc>,
    /// Raised by every change.
    pub version: u64,
    /// Everything else, sealed.
    pub body: Vec<u8>,
}

/// Handoffs of a list, open ones first, then by their last change, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// At most [`MOST_LISTED`] of them.
    pub handoffs: Vec<T>,
    /// How many there are beyond.
    pub left: usize,
    /// How many of them cannot be opened.
    pub unreadable: usize,
}

/// The part of a [`super::Store`] that keeps handoffs.
pub trait HandoffStore {
    /// Adds a handoff; whether there was room: a department has at most [`MOST_OPEN`] open ones.
    /// The same id with the same version again changes nothing and is room.
    ///
    /// # Errors
    /// [`Error::Taken`] where the id is another handoff's, [`Error::Unknown`] where there is no
    /// such facility, [`Error::Unavailable`].
    fn add_handoff(&self, handoff: &StoredHandoff) -> Result<bool, Error>;

    /// One handoff. Its hospitals are not read with it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn handoff(&self, id: &HandoffId) -> Result<Option<StoredHandoff>, Error>;

    /// Puts a handoff in the place of what has version `from`; whether that was there. Its
    /// department stays what it was.
    ///
    /// # Errors
    /// [`Error::Unknown`] where there is no such hospital, [`Error::Unavailable`].
    fn change_handoff(&self, from: u64, handoff: &StoredHandoff) -> Result<bool, Error>;

    /// The handoffs of a department that are open, or were changed at or after an instant.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn handoffs_of(
        &self,
        department: &FacilityId,
        since: DateTime<Utc>,
    ) -> Result<Listed<StoredHandoff>, Error>;

    /// The open handoffs about which a hospital is asked or which it accepted, and those that it
    /// accepted and that were changed at or after an instant.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn handoffs_for(
        &self,
        hospital: &FacilityId,
        since: DateTime<Utc>,
    ) -> Result<Listed<StoredHandoff>, Error>;

    /// A facility's newest list of many patients.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn newest_list(&self, facility: &FacilityId) -> Result<Option<StoredList>, Error>;

    /// Puts a list in the place of the one that was begun at the same instant and has version
    /// `from`, or adds it where `from` is `None`; whether that was so.
    ///
    /// # Errors
    /// [`Error::Unknown`] where there is no such facility, [`Error::Unavailable`].
    fn put_list(&self, from: Option<u64>, list: &StoredList) -> Result<bool, Error>;

    /// A number that every change of a handoff raises for its department and for each hospital
    /// that was ever asked, and every change of a list for its facility; 0 before the first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn handoff_pulse(&self, facility: &FacilityId) -> Result<u64, Error>;

    /// The number of every facility that has one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    fn handoff_pulses(&self) -> Result<Vec<(FacilityId, u64)>, Error>;
}
