//! Look-back windows: one table of sections, sources and spans.

use chrono::{Days, Months, NaiveDate};

use crate::domain::section::{Look, SectionName, SourceName};

/// Look-back windows per section and source, in days or calendar months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    /// `(section, source, emergency, normal)`; a pair that is not listed has no window.
    pub rows: Vec<(SectionName, SourceName, Span, Span)>,
}

/// How far back a window reaches, both ends inclusive, counted in Japanese calendar days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// No limit.
    All,
    /// Days before today.
    Days(u32),
    /// Calendar months before today; where that month has no such day, its last.
    Months(u32),
}

/// The longest span but [`Span::All`]: a lifetime.
const YEARS_AT_MOST: u32 = 150;

impl Span {
    /// The first day inside, counted back from `as_of`; `None` where there is no limit.
    #[must_use]
    pub fn first_day(self, as_of: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::All => None,
            Self::Days(days) => as_of.checked_sub_days(Days::new(u64::from(days))),
            Self::Months(months) => as_of.checked_sub_months(Months::new(months)),
        }
    }

    /// Reads `45 days`, `3 months`, `5 years` or `all`. `None` for anything else, spans of nothing
    /// and spans longer than a lifetime included.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "all" {
            return Some(Self::All);
        }
        let (count, unit) = text.split_once(' ')?;
        let count: u32 = count.parse().ok().filter(|count| *count > 0)?;
        let (span, years) = match unit.trim() {
            "day" | "days" => (Self::Days(count), count / 366),
            "month" | "months" => (Self::Months(count), count / 12),
            "year" | "years" => (Self::Months(count.checked_mul(12)?), count),
            _ => return None,
        };
        (years <= YEARS_AT_MOST).then_some(span)
    }

    /// Whether this span reaches further back than `other` on any day: months have 28 to 31 days.
    #[must_use]
    pub fn can_exceed(self, other: Self) -> bool {
        let four_years = NaiveDate::from_ymd_opt(2024, 1, 1)
            .into_iter()
            .flat_map(|first| first.iter_days().take(4 * 365 + 1));
        let mut days = four_years.map(|day| (self.first_day(day), other.first_day(day)));
        match (self, other) {
            (_, Self::All) => false,
            (Self::All, _) => true,
            _ => days.any(|(own, other)| own < other),
        }
    }
}

impl Windows {
    /// The first day inside `section`'s window for `source`; `None` where there is no limit.
    #[must_use]
    pub fn first_day(
        &self,
        section: SectionName,
        source: SourceName,
        look: Look,
        as_of: NaiveDate,
    ) -> Option<NaiveDate> {
        let (emergency, normal) = self.spans(section, source)?;
        match look {
            Look::Emergency => emergency.first_day(as_of),
            Look::Normal => normal.first_day(as_of),
        }
    }

    /// The emergency and the normal span of a pair; `None` where it has no window.
    #[must_use]
    pub fn spans(&self, section: SectionName, source: SourceName) -> Option<(Span, Span)> {
        self.rows
            .iter()
            .find(|row| row.0 == section && row.1 == source)
            .map(|row| (row.2, row.3))
    }

    /// Widens or narrows the window of a pair.
    pub fn set(&mut self, section: SectionName, source: SourceName, emergency: Span, normal: Span) {
        self.rows.retain(|row| (row.0, row.1) != (section, source));
        self.rows.push((section, source, emergency, normal));
    }

    /// Whether a window may be set for this pair. Allergies and contraindications never have one:
    /// an old allergy is an allergy.
    #[must_use]
    pub fn may_set(section: SectionName, source: SourceName) -> bool {
        !matches!(
            section,
            SectionName::Allergies | SectionName::Contraindications
        ) && SourceName::CLINICAL.contains(&source)
    }
}

impl Default for Windows {
    /// The national service's windows (医療保険部会 2024-12-12), completed for what it does not
    /// carry from the retention rules of the shared records.
    fn default() -> Self {
        use SectionName as S;
        use SourceName::{Claims, Emr, Eprescription};
        const FIVE_YEARS: Span = Span::Months(60);
        const ONE_YEAR: Span = Span::Months(12);
        const THREE_MONTHS: Span = Span::Months(3);
        Self {
            rows: vec![
                (S::Drugs, Eprescription, Span::Days(45), Span::Days(100)),
                (S::Drugs, Emr, Span::Days(45), Span::Days(100)),
                (S::Drugs, Claims, THREE_MONTHS, FIVE_YEARS),
                (S::Infections, Emr, FIVE_YEARS, FIVE_YEARS),
                (S::Infections, Claims, FIVE_YEARS, FIVE_YEARS),
                (S::Labs, Emr, ONE_YEAR, ONE_YEAR),
                (S::Labs, Claims, ONE_YEAR, ONE_YEAR),
                (S::Problems, Emr, FIVE_YEARS, FIVE_YEARS),
                (S::Problems, Claims, FIVE_YEARS, FIVE_YEARS),
                (S::Operations, Claims, FIVE_YEARS, FIVE_YEARS),
                (S::Operations, Emr, FIVE_YEARS, FIVE_YEARS),
                (S::Dialysis, Claims, THREE_MONTHS, FIVE_YEARS),
                (S::Dialysis, Emr, THREE_MONTHS, FIVE_YEARS),
                (S::Visits, Claims, THREE_MONTHS, FIVE_YEARS),
                (S::Visits, Emr, THREE_MONTHS, FIVE_YEARS),
                (S::Procedures, Claims, THREE_MONTHS, FIVE_YEARS),
                (S::Procedures, Emr, THREE_MONTHS, FIVE_YEARS),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_counts_back_on_the_calendar_and_its_first_day_is_inside() {
        for (span, as_of, first) in [
            ("45 days", "2025-03-01", "2025-01-15"),
            ("45 days", "2024-03-01", "2024-01-16"),
            ("100 days", "2025-01-01", "2024-09-23"),
            ("1 day", "2025-01-01", "2024-12-31"),
            ("3 months", "2025-05-31", "2025-02-28"),
            ("3 months", "2024-05-31", "2024-02-29"),
            ("3 months", "2025-05-28", "2025-02-28"),
            ("3 months", "2025-03-31", "2024-12-31"),
            ("1 month", "2025-03-30", "2025-02-28"),
            ("5 years", "2028-02-29", "2023-02-28"),
            ("5 years", "2025-02-28", "2020-02-28"),
            ("4 years", "2028-02-29", "2024-02-29"),
        ] {
            let parsed = Span::parse(span).unwrap();
            assert_eq!(
                parsed.first_day(day(as_of)),
                Some(day(first)),
                "{span} before {as_of}"
            );
        }
        assert_eq!(Span::All.first_day(day("2025-01-01")), None);
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in [
            "",
            "3",
            "days",
            "3days",
            "0 days",
            "-3 days",
            "3 moons",
            "1.5 years",
            "3 months ago",
            "151 years",
            "4294967295 years",
            "60000 days",
            "All",
        ] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
        assert_eq!(Span::parse("all"), Some(Span::All));
        assert_eq!(Span::parse(" 1 year "), Some(Span::Months(12)));
    }

    #[test]
    fn spans_are_compared_on_every_day_of_the_calendar() {
        for (one, other, exceeds) in [
            ("3 months", "5 years", false),
            ("5 years", "3 months", true),
            ("3 months", "92 days", false),
            ("3 months", "91 days", true),
            ("89 days", "3 months", false),
            ("92 days", "3 months", true),
            ("45 days", "45 days", false),
            ("all", "5 years", true),
            ("5 years", "all", false),
            ("all", "all", false),
        ] {
            let (left, right) = (Span::parse(one).unwrap(), Span::parse(other).unwrap());
            assert_eq!(left.can_exceed(right), exceeds, "{one} {other}");
        }
    }

    #[test]
    fn no_emergency_window_of_the_table_is_longer_than_the_normal_one() {
        for (section, source, emergency, normal) in Windows::default().rows {
            assert!(!emergency.can_exceed(normal), "{section:?} {source:?}");
        }
    }
}
