//! Time as an argument: the wall clock and the clock that only moves forward.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// Japan has one civil time and no summer time: UTC+09:00.
pub const JAPAN_OFFSET_SECONDS: i32 = 9 * 3600;

/// One reading of both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What the wall clock says; it can be set back or forth.
    pub wall: DateTime<Utc>,
    /// Time since the machine was started, suspended time included; it only grows.
    pub since_boot: Duration,
}

impl Moment {
    /// The Japanese calendar day of this moment: windows and ages are counted in it.
    #[must_use]
    pub fn japanese_day(&self) -> NaiveDate {
        japanese_time(self.wall).date_naive()
    }

    /// Whether `span` has passed since `start`, by whichever clock says so first: a wall clock that
    /// was set back never lengthens a permission, and one that was set forward ends it early.
    #[must_use]
    pub fn has_passed(&self, start: Moment, span: Duration) -> bool {
        let by_boot = self.since_boot.saturating_sub(start.since_boot) >= span;
        let by_wall = chrono::Duration::from_std(span)
            .is_ok_and(|span| self.wall.signed_duration_since(start.wall) >= span);
        by_boot || by_wall
    }

    /// What is left of `span` begun at `start`: the smaller of what the two clocks say, never
    /// more than `span` itself.
    #[must_use]
    pub fn left_of(&self, start: Moment, span: Duration) -> Duration {
        let by_boot = span.saturating_sub(self.since_boot.saturating_sub(start.since_boot));
        let passed = self
            .wall
            .signed_duration_since(start.wall)
            .to_std()
            .unwrap_or(Duration::ZERO);
        by_boot.min(span.saturating_sub(passed))
    }
}

/// `time` as a clock on a Japanese wall shows it.
#[must_use]
pub fn japanese_time(time: DateTime<Utc>) -> DateTime<FixedOffset> {
    match FixedOffset::east_opt(JAPAN_OFFSET_SECONDS) {
        Some(offset) => time.with_timezone(&offset),
        None => time.fixed_offset(),
    }
}

/// The one place that time comes from.
pub trait Clock: Send + Sync {
    /// Reads both clocks.
    fn now(&self) -> Moment;
}
