//! How much a facility usually does at an hour of the week, and whether it is too quiet now: what is
//! not written any more is missed by nobody else.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// Hours of a week.
const WEEK: i64 = 168;
/// So many weeks back are compared.
const WEEKS: i64 = 8;
/// As many hours with anything in them are kept.
const KEPT_HOURS: usize = 168 * 10;
/// Fewer weeks say nothing of what is usual.
const FEWEST: i64 = 3;
/// Where fewer were usual in the same hours, silence says nothing.
const USUAL: u32 = 6;
const SECONDS: i64 = 3_600;

/// What was done hour by hour, of one facility.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    hours: BTreeMap<i64, u32>,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
}

/// One hour, as it was and as it usually is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hour {
    /// When it began.
    pub from: DateTime<Utc>,
    /// What was done.
    pub count: u32,
    /// The median of the same hour of the weeks before; `None` where too few are known.
    pub usual: Option<u32>,
}

/// Whether it is too quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Too few weeks are known: how many.
    Unknown(i64),
    /// No quieter than usual.
    Usual,
    /// Nothing since then, where in the same hours of each week before something was done.
    Alarm {
        /// When the last was done.
        since: DateTime<Utc>,
        /// How much was usual meanwhile: the median of the weeks.
        usual: u32,
    },
}

impl Pulse {
    /// Counts what was done at an instant; what is too old is let go.
    pub fn note(&mut self, at: DateTime<Utc>) {
        let hour = hour_of(at);
        *self.hours.entry(hour).or_default() += 1;
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
        // By number, not by age: one hour that a wrong clock put into the future pushes out one.
        while self.hours.len() > KEPT_HOURS {
            self.hours.pop_first();
        }
    }

    /// When something was done last.
    #[must_use]
    pub const fn last(&self) -> Option<DateTime<Utc>> {
        self.last
    }

    /// How many whole weeks before an instant are known, at most [`WEEKS`].
    fn weeks(&self, now: DateTime<Utc>) -> i64 {
        let known = self.first.map(|first| now.signed_duration_since(first));
        known.map_or(0, |known| known.num_weeks()).clamp(0, WEEKS)
    }

    /// Whether it is too quiet: whole hours without anything, in which each of the last weeks had
    /// something, and usually a good deal.
    #[must_use]
    pub fn silence(&self, now: DateTime<Utc>) -> Silence {
        let weeks = self.weeks(now);
        // What a wrong clock put into the future says nothing of now.
        let last = self.last.map(|last| {
            let known = self.hours.range(..=hour_of(now)).next_back();
            let hour = known.and_then(|(hour, _)| DateTime::from_timestamp(hour * 3_600, 0));
            if last > now {
                hour.unwrap_or(now)
            } else {
                last
            }
        });
        let Some(since) = last.filter(|_| weeks >= FEWEST) else {
            return Silence::Unknown(weeks);
        };
        // The hour that goes on may still bring something.
        let hours = (hour_of(since) + 1).max(hour_of(now) - WEEK)..hour_of(now);
        // The weeks before the silence began: those within it are no measure of it.
        let within = (hour_of(now) - hour_of(since) - 1).div_euclid(WEEK).max(0);
        let mut before: Vec<u32> = (within + 1..=within + weeks)
            .map(|week| {
                hours
                    .clone()
                    .map(|hour| self.count(hour - week * WEEK))
                    .sum()
            })
            .collect();
        before.sort_unstable();
        let usual = median(&before);
        if before.first().is_some_and(|least| *least > 0) && usual >= USUAL {
            Silence::Alarm { since, usual }
        } else {
            Silence::Usual
        }
    }

    /// The last hours before an instant, the one that goes on with them, oldest first.
    #[must_use]
    pub fn hours(&self, now: DateTime<Utc>, most: u16) -> Vec<Hour> {
        let weeks = self.weeks(now);
        let end = hour_of(now);
        (end + 1 - i64::from(most)..=end)
            .filter_map(|hour| {
                let mut before: Vec<u32> = (1..=weeks)
                    .map(|week| self.count(hour - week * WEEK))
                    .collect();
                before.sort_unstable();
                Some(Hour {
                    from: DateTime::from_timestamp(hour * SECONDS, 0)?,
                    count: self.count(hour),
                    usual: (weeks >= FEWEST).then(|| median(&before)),
                })
            })
            .collect()
    }

    fn count(&self, hour: i64) -> u32 {
        self.hours.get(&hour).copied().unwrap_or_default()
    }
}

fn median(sorted: &[u32]) -> u32 {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

const fn hour_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(SECONDS)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Each Saturday night, 10 to 16 o'clock of Greenwich, five things an hour, for so many weeks.
    fn saturdays(weeks: i64) -> Pulse {
        let mut pulse = Pulse::default();
        for week in (1..=weeks).rev() {
            let start = at("2026-11-21T10:00:00Z") - TimeDelta::weeks(week);
            for minute in (0..6 * 60).step_by(12) {
                pulse.note(start + TimeDelta::minutes(minute));
            }
        }
        pulse
    }

    #[test]
    fn no_entry_for_hours_on_a_saturday_night_is_an_alarm() {
        let mut pulse = saturdays(6);
        let last = at("2026-11-21T10:55:00Z");
        pulse.note(last);
        // Two whole hours, in which ten were usual.
        let now = at("2026-11-21T13:20:00Z");
        let said = pulse.silence(now);
        assert_eq!(
            said,
            Silence::Alarm {
                since: last,
                usual: 10
            }
        );
        let hours = pulse.hours(now, 4);
        let counts: Vec<_> = hours.iter().map(|hour| (hour.count, hour.usual)).collect();
        assert_eq!(
            counts,
            [(1, Some(5)), (0, Some(5)), (0, Some(5)), (0, Some(5))]
        );
    }

    #[test]
    fn a_silence_of_weeks_does_not_become_usual() {
        let mut pulse = saturdays(8);
        pulse.note(at("2026-11-21T10:55:00Z"));
        for days in [1, 6, 8, 13, 15, 20, 27] {
            let now = at("2026-11-21T18:20:00Z") + TimeDelta::days(days);
            let said = pulse.silence(now);
            assert!(matches!(said, Silence::Alarm { .. }), "{days}: {said:?}");
        }
    }

    #[test]
    fn an_entry_of_a_wrong_clock_in_the_future_hides_no_silence() {
        let mut pulse = saturdays(6);
        pulse.note(at("2026-11-21T10:55:00Z"));
        pulse.note(at("2031-01-01T00:00:00Z"));
        let said = pulse.silence(at("2026-11-21T13:20:00Z"));
        let since = at("2026-11-21T10:00:00Z");
        assert_eq!(said, Silence::Alarm { since, usual: 10 });
        // What comes after it is still counted.
        pulse.note(at("2026-11-21T13:25:00Z"));
        assert_eq!(pulse.silence(at("2026-11-21T14:20:00Z")), Silence::Usual);
    }

    #[test]
    fn a_quiet_tuesday_and_a_short_pause_are_none() {
        let mut pulse = saturdays(6);
        assert_eq!(pulse.silence(at("2026-11-17T12:00:00Z")), Silence::Usual);
        pulse.note(at("2026-11-21T11:40:00Z"));
        assert_eq!(pulse.silence(at("2026-11-21T12:50:00Z")), Silence::Usual);
    }

    #[test]
    fn one_week_without_anything_in_the_same_hours_makes_silence_usual() {
        let mut pulse = saturdays(6);
        let quiet = hour_of(at("2026-11-07T10:00:00Z"));
        pulse
            .hours
            .retain(|hour, _| !(quiet..quiet + 6).contains(hour));
        pulse.note(at("2026-11-21T10:05:00Z"));
        assert_eq!(pulse.silence(at("2026-11-21T15:00:00Z")), Silence::Usual);
    }

    #[test]
    fn too_few_weeks_say_nothing_and_do_not_claim_that_all_is_well() {
        let pulse = saturdays(2);
        assert_eq!(
            pulse.silence(at("2026-11-21T13:00:00Z")),
            Silence::Unknown(2)
        );
        assert_eq!(
            Pulse::default().silence(at("2026-11-21T13:00:00Z")),
            Silence::Unknown(0)
        );
    }

    #[test]
    fn what_is_older_than_what_is_compared_is_let_go() {
        let mut pulse = Pulse::default();
        let start = at("2026-01-01T00:00:00Z");
        for hour in 0..WEEK * 30 {
            pulse.note(start + TimeDelta::hours(hour));
        }
        let kept = i64::try_from(pulse.hours.len()).unwrap();
        assert!(kept <= (WEEKS + 2) * WEEK + 1, "{kept}");
    }
}
