//! What of a list stands sealed in the ledger: keyed hashes in place of people.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{
    access::{AccountId, PatientKey},
    review::Traits,
};

/// A registration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::review) struct TakenArrival {
    /// By number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::review) patient: Option<PatientKey>,
    /// By name and birth date.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(in crate::review) identities: BTreeSet<u64>,
    pub(in crate::review) at: DateTime<Utc>,
    pub(in crate::review) visit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::review) author: Option<AccountId>,
}

/// A roster: the days it is about, and who of the accounts was on duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::review) struct TakenDuty {
    pub(in crate::review) days: BTreeSet<NaiveDate>,
    pub(in crate::review) shifts: Vec<Shift>,
}

/// One account on duty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::review) struct Shift {
    pub(in crate::review) account: AccountId,
    pub(in crate::review) from: DateTime<Utc>,
    pub(in crate::review) until: DateTime<Utc>,
    pub(in crate::review) department: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::review) author: Option<AccountId>,
}

/// Somebody who works here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::review) struct StaffMember {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::review) account: Option<AccountId>,
    pub(in crate::review) traits: Traits,
}
