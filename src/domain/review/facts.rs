//! What is known of one case: of the entries, and of what the hospital's own systems say.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::Relation;
use crate::domain::{
    access::{AccountId, End, Flag, FoundBy, IdentifiedBy, Reason},
    event::SecondFactor,
};

/// One emergency grant with its renewals, as far as rules look at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Who looked.
    pub account: AccountId,
    /// When the grant began.
    pub started: DateTime<Utc>,
    /// How and when the last of its renewals ended; `None` while it is open.
    pub ended: Option<(End, DateTime<Utc>)>,
    /// Why, as it was last said.
    pub reason: Option<Reason>,
    /// How the patient was found.
    pub found_by: Option<FoundBy>,
    /// How the patient was identified, as it was last said.
    pub identified_by: Option<IdentifiedBy>,
    /// The second factor of the session.
    pub factor: Option<SecondFactor>,
    /// What was flagged when it was opened.
    pub opening: BTreeSet<Flag>,
    /// How the patient stands to who looked.
    pub relation: Relation,
    /// Whether the patient is somebody else of the staff.
    pub is_colleague: bool,
    /// Whether the patient is on the sealed list.
    pub is_protected: bool,
    /// Whether the patient does not exist.
    pub is_decoy: bool,
    /// What the roster says of who looked; `None` where no roster covers that time.
    pub duty: Option<Duty>,
    /// What this account used before.
    pub terminals: Terminals,
    /// How much this account looked.
    pub volume: Volume,
    /// Searches of this account within an hour before and after the start that listed somebody, and
    /// after which nobody of these was opened.
    pub unopened: u32,
    /// This account's last look at this patient before this case.
    pub earlier: Option<DateTime<Utc>>,
    /// Registrations of this patient in the hospital.
    pub arrivals: Vec<Arrival>,
    /// When the hospital accepted or received this patient from a crew.
    pub handoffs: Vec<DateTime<Utc>>,
    /// Up to when registrations are known; `None`: none was ever loaded.
    pub arrivals_until: Option<DateTime<Utc>>,
    /// Looks of others at this patient.
    pub looks: Vec<Look>,
    /// The largest step of the clock while it was open, in milliseconds.
    pub clock_step_ms: Option<i64>,
}

/// What the roster says of an account around the start of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Duty {
    /// On duty, and where.
    On {
        /// The department, as the roster says.
        department: String,
        /// Whose word it is: who wrote the roster and who handed it in, where these are accounts.
        authors: Vec<AccountId>,
    },
    /// Off duty: how far the nearest duty is away, in minutes; `None` where there is none near.
    Off(Option<i64>),
}

/// What an account used before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminals {
    /// How often it had signed in at this terminal, before the longest session ago.
    pub here: u32,
    /// How often it had signed in at all.
    pub ever: u32,
}

/// How much an account looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Cases of the 24 hours up to and with this one.
    pub day: u32,
    /// Cases of the 30 days before those.
    pub month: u32,
    /// On how many days these were.
    pub days: u32,
    /// How many a day with cases usually has: the median, so that one wild night does not make the
    /// next one usual.
    pub usual: u32,
}

/// A patient was registered in the hospital.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: DateTime<Utc>,
    /// When it became known here.
    pub known: DateTime<Utc>,
    /// The hospital's number of the visit; may be empty.
    pub visit: String,
    /// Whose word it is: who registered the patient and who handed that in, where these are accounts.
    pub authors: Vec<AccountId>,
}

/// Another account looked at the same patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Who.
    pub account: AccountId,
    /// When.
    pub at: DateTime<Utc>,
}
