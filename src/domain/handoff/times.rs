//! The times of a run: those not set are said, an order that cannot be is said, nothing is corrected.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::TimePoint;

/// How far a tablet's clock may run ahead before a time is called one of the future.
pub const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// Whether a time that a tablet says lies in the future.
#[must_use]
pub fn is_ahead(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at.signed_duration_since(now) > AHEAD
}

/// The five times, as the crew says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// 覚知
    pub called: Option<DateTime<Utc>>,
    /// 現着
    pub arrived: Option<DateTime<Utc>>,
    /// 接触
    pub contacted: Option<DateTime<Utc>>,
    /// 現発
    pub departed: Option<DateTime<Utc>>,
    /// 病着
    pub hospital: Option<DateTime<Utc>>,
}

impl Times {
    /// One of them.
    #[must_use]
    pub const fn get(&self, point: TimePoint) -> Option<DateTime<Utc>> {
        match point {
            TimePoint::Called => self.called,
            TimePoint::Arrived => self.arrived,
            TimePoint::Contacted => self.contacted,
            TimePoint::Departed => self.departed,
            TimePoint::Hospital => self.hospital,
        }
    }

    pub(super) const fn slot(&mut self, point: TimePoint) -> &mut Option<DateTime<Utc>> {
        match point {
            TimePoint::Called => &mut self.called,
            TimePoint::Arrived => &mut self.arrived,
            TimePoint::Contacted => &mut self.contacted,
            TimePoint::Departed => &mut self.departed,
            TimePoint::Hospital => &mut self.hospital,
        }
    }

    /// Those not set.
    pub fn unset(&self) -> impl Iterator<Item = TimePoint> + '_ {
        TimePoint::ALL
            .iter()
            .copied()
            .filter(|point| self.get(*point).is_none())
    }

    /// Neighbours among those set of which the later one lies before the earlier one.
    #[must_use]
    pub fn out_of_order(&self) -> Vec<(TimePoint, TimePoint)> {
        let set: Vec<_> = TimePoint::ALL
            .iter()
            .filter_map(|point| Some((*point, self.get(*point)?)))
            .collect();
        set.iter()
            .zip(set.iter().skip(1))
            .filter(|((_, first), (_, next))| next < first)
            .map(|((first, _), (next, _))| (*first, *next))
            .collect()
    }

    /// Those that lie in the future: a tablet's clock may be an hour off.
    pub fn ahead(&self, now: DateTime<Utc>) -> impl Iterator<Item = TimePoint> + '_ {
        TimePoint::ALL
            .iter()
            .copied()
            .filter(move |point| self.get(*point).is_some_and(|at| is_ahead(at, now)))
    }
}
