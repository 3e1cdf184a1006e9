//! A month as a Japanese wall calendar has it.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::domain::clock::{JAPAN_OFFSET_SECONDS, japanese_time};

/// A month in Japan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(NaiveDate);

impl Month {
    /// The month of an instant.
    #[must_use]
    pub fn of(at: DateTime<Utc>) -> Self {
        let day = japanese_time(at).date_naive();
        Self(day.with_day(1).unwrap_or(day))
    }

    /// Reads `2026-11`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let is_plain = word.len() == 7 && word.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let first = is_plain.then(|| format!("{word}-01").parse::<NaiveDate>());
        first?.ok().filter(|first| first.year() >= 2000).map(Self)
    }

    /// `2026-11`.
    #[must_use]
    pub fn word(self) -> String {
        self.0.format("%Y-%m").to_string()
    }

    /// Its first day.
    #[must_use]
    pub const fn first(self) -> NaiveDate {
        self.0
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> NaiveDate {
        let next = self.next().0;
        next.checked_sub_days(Days::new(1)).unwrap_or(next)
    }

    /// The month before.
    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0.checked_sub_months(Months::new(1)).unwrap_or(self.0))
    }

    /// The month after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.checked_add_months(Months::new(1)).unwrap_or(self.0))
    }

    /// From its first instant until before the first of the next.
    #[must_use]
    pub fn span(self) -> (DateTime<Utc>, DateTime<Utc>) {
        (midnight(self.0), midnight(self.next().0))
    }
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let offset = TimeDelta::seconds(JAPAN_OFFSET_SECONDS.into());
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    midnight.checked_sub_signed(offset).unwrap_or(midnight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_and_ends_at_midnight_in_japan() {
        let month = Month::parse("2026-11").unwrap();
        let (from, until) = month.span();
        assert_eq!(from.to_rfc3339(), "2026-10-31T15:00:00+00:00");
        assert_eq!(until.to_rfc3339(), "2026-11-30T15:00:00+00:00");
        assert_eq!(Month::of(from), month);
        assert_eq!(Month::of(from - TimeDelta::seconds(1)), month.before());
        assert_eq!(Month::of(until), month.next());
        assert_eq!(month.last().to_string(), "2026-11-30");
        assert_eq!(Month::parse("2027-01").unwrap().before().word(), "2026-12");
    }

    #[test]
    fn what_is_no_month_is_none() {
        for wrong in [
            "",
            "2026",
            "2026-13",
            "2026-1-1",
            "1999-01",
            "2026-00",
            "２０２６-11",
        ] {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }
}
