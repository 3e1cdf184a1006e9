//! How long the hospital that accepted is shown whom a run is about.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Handoff, Sight, Stage};
use crate::domain::access::{FacilityId, Person};

/// So long a run that is over stands on boards and lists, and the hospital that received may look
/// whom it was about: from then on the patient is found like any other.
pub const SHOWN_AFTER: TimeDelta = TimeDelta::hours(24);

impl Handoff {
    /// Whether the run goes on, or was handed over no longer ago than [`SHOWN_AFTER`].
    #[must_use]
    pub fn is_shown(&self, now: DateTime<Utc>) -> bool {
        match self.stage {
            Stage::HandedOver { at, .. } => now.signed_duration_since(at) <= SHOWN_AFTER,
            Stage::Open | Stage::Accepted { .. } | Stage::Arriving { .. } => true,
            Stage::Ended { .. } => false,
        }
    }

    /// Whom a hospital that accepted is brought; `None` where that is unknown, or not shown to it.
    #[must_use]
    pub fn brings(&self, hospital: &FacilityId, now: DateTime<Utc>) -> Option<&Person> {
        let is_its = matches!(self.seen_by(hospital), Some(Sight::Accepted(_)));
        let link = self.linked.as_ref();
        link.map(|link| &link.person)
            .filter(|_| is_its && self.is_shown(now))
    }
}
