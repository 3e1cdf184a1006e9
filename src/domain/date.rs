//! Dates as FHIR sends them: a year, a month, a day or an instant, never widened in silence.

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::clock::japanese_time;

/// A FHIR `date`, `dateTime` or `instant` with the precision it was sent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Date {
    /// Only the year is known.
    Year(i32),
    /// The first day of a known month.
    Month(NaiveDate),
    /// A civil day.
    Day(NaiveDate),
    /// A point in time.
    Instant(DateTime<Utc>),
}

impl Date {
    /// Reads the four FHIR forms (`2025`, `2025-04`, `2025-04-23`, `2025-04-23T10:00:00+09:00`).
    /// A date-time without seconds or zone, which FHIR forbids but charts send, is read as
    /// Japanese time. `None` for anything else, impossible days included.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.len() {
            4 => text
                .bytes()
                .all(|b| b.is_ascii_digit())
                .then(|| text.parse().ok())?
                .filter(|year| (1800..=2200).contains(year))
                .map(Self::Year),
            7 => NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d")
                .ok()
                .map(Self::Month),
            10 => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()
                .map(Self::Day),
            _ => DateTime::parse_from_rfc3339(text)
                .ok()
                .map(|time| time.with_timezone(&Utc))
                .or_else(|| japanese_civil_time(text))
                .map(Self::Instant),
        }
        .filter(|date| (1800..=2200).contains(&date.first_day().year()))
    }

    /// The first Japanese calendar day this date can mean.
    #[must_use]
    pub fn first_day(&self) -> NaiveDate {
        match self {
            Self::Year(year) => NaiveDate::from_ymd_opt(*year, 1, 1).unwrap_or_default(),
            Self::Month(first) => *first,
            Self::Day(day) => *day,
            Self::Instant(time) => japanese_time(*time).date_naive(),
        }
    }

    /// The last Japanese calendar day this date can mean. Windows ask this one: a date that may
    /// lie inside a window is inside.
    #[must_use]
    pub fn last_day(&self) -> NaiveDate {
        match self {
            Self::Year(year) => NaiveDate::from_ymd_opt(*year, 12, 31).unwrap_or_default(),
            Self::Month(first) => first
                .checked_add_months(Months::new(1))
                .and_then(|next| next.pred_opt())
                .unwrap_or(*first),
            Self::Day(day) => *day,
            Self::Instant(time) => japanese_time(*time).date_naive(),
        }
    }
}

impl std::fmt::Display for Date {
    /// `2025`, `2025-04`, `2025-04-23`; an instant is printed as its Japanese day.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Month(first) => write!(f, "{}", first.format("%Y-%m")),
            Self::Day(_) | Self::Instant(_) => write!(f, "{}", self.first_day().format("%Y-%m-%d")),
        }
    }
}

fn japanese_civil_time(text: &str) -> Option<DateTime<Utc>> {
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|form| chrono::NaiveDateTime::parse_from_str(text, form).ok())
        .and_then(|civil| {
            chrono::FixedOffset::east_opt(super::clock::JAPAN_OFFSET_SECONDS)
                .and_then(|offset| civil.and_local_timezone(offset).single())
        })
        .map(|time| time.with_timezone(&Utc))
}
