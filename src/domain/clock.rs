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

    /// The moment at which the wall clock said this, as if both clocks had gone alike since; of a
    /// time to come, now.
    #[must_use]
    pub fn when(&self, wall: DateTime<Utc>) -> Self {
        let passed = self.wall.signed_duration_since(wall).to_std();
        Self {
            wall,
            since_boot: self.since_boot.saturating_sub(passed.unwrap_or_default()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// So many seconds by the wall clock, and by the one that only grows.
    fn at(wall: i64, boot: u64) -> Moment {
        Moment {
            wall: DateTime::UNIX_EPOCH + chrono::Duration::seconds(wall),
            since_boot: Duration::from_secs(boot),
        }
    }

    #[test]
    fn a_span_has_passed_when_one_of_the_clocks_says_so_and_is_never_lengthened() {
        let (start, span) = (at(1_000, 1_000), Duration::from_mins(1));
        for (now, has_passed, left) in [
            (at(1_000, 1_000), false, 60),
            (at(1_059, 1_059), false, 1),
            (at(1_060, 1_060), true, 0),
            (at(1_060, 1_001), true, 0),
            (at(1_001, 1_060), true, 0),
            (at(1_050, 1_010), false, 10),
            (at(1_010, 1_050), false, 10),
            // The wall clock was set back, or the machine was started anew.
            (at(0, 1_010), false, 50),
            (at(1_010, 0), false, 50),
            (at(9_000, 9_000), true, 0),
        ] {
            assert_eq!(now.has_passed(start, span), has_passed, "{now:?}");
            assert_eq!(
                now.left_of(start, span),
                Duration::from_secs(left),
                "{now:?}"
            );
        }
        assert!(!at(2_000, 2_000).has_passed(start, Duration::MAX));
    }

    #[test]
    fn a_time_of_the_wall_is_a_moment_as_if_both_clocks_had_gone_alike() {
        let now = at(1_000, 500);
        assert_eq!(now.when(at(940, 0).wall), at(940, 440));
        assert_eq!(now.when(at(0, 0).wall), at(0, 0), "before the start");
        assert_eq!(now.when(at(1_060, 0).wall), at(1_060, 500), "to come");
    }

    #[test]
    fn a_japanese_day_begins_nine_hours_earlier() {
        let day = |text: &str| {
            let wall: DateTime<Utc> = text.parse().unwrap();
            let now = Moment { wall, ..at(0, 0) };
            (
                now.japanese_day().to_string(),
                japanese_time(wall).to_string(),
            )
        };
        for (time, expected, on_the_wall) in [
            (
                "2026-03-31T14:59:59Z",
                "2026-03-31",
                "2026-03-31 23:59:59 +09:00",
            ),
            (
                "2026-03-31T15:00:00Z",
                "2026-04-01",
                "2026-04-01 00:00:00 +09:00",
            ),
        ] {
            assert_eq!(day(time), (expected.to_owned(), on_the_wall.to_owned()));
        }
    }
}
