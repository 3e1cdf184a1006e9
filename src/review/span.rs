//! A span of time as FHIR's search parameter `date` says it.

use chrono::{DateTime, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::domain::clock::JAPAN_OFFSET_SECONDS;

/// From an instant until before another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// At or after.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
}

impl Span {
    /// Reads every value of the parameter: `2026`, `2026-11`, `2026-11-22` (days in Japan) or an
    /// instant with its zone, alone or after `eq`, `ge`, `gt`, `le` or `lt`. All of them hold.
    /// `None` where one cannot be read.
    #[must_use]
    pub fn parse(values: &[String]) -> Option<Self> {
        values.iter().try_fold(Self::default(), |span, value| {
            let (prefix, date) = match value.get(..2) {
                Some(word @ ("eq" | "ge" | "gt" | "le" | "lt")) => (word, value.get(2..)?),
                Some(_) | None => ("eq", value.as_str()),
            };
            let (begin, end) = covered(date)?;
            let (from, until) = match prefix {
                "ge" => (Some(begin), None),
                "gt" => (Some(end), None),
                "le" => (None, Some(end)),
                "lt" => (None, Some(begin)),
                _ => (Some(begin), Some(end)),
            };
            Some(Self {
                from: span.from.max(from),
                until: match (span.until, until) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                },
            })
        })
    }
}

/// What a date of some precision covers.
fn covered(date: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(date) {
        let instant = instant.with_timezone(&Utc);
        let step = if date.contains('.') {
            TimeDelta::microseconds(1)
        } else {
            TimeDelta::seconds(1)
        };
        return Some((instant, instant + step));
    }
    let whole = match date.len() {
        4 => format!("{date}-01-01"),
        7 => format!("{date}-01"),
        _ => date.to_owned(),
    };
    let first: NaiveDate = whole.parse().ok()?;
    let next = match date.len() {
        4 => first.checked_add_months(Months::new(12))?,
        7 => first.checked_add_months(Months::new(1))?,
        10 => first.succ_opt()?,
        _ => return None,
    };
    Some((midnight(first)?, midnight(next)?))
}

fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    let offset = TimeDelta::seconds(JAPAN_OFFSET_SECONDS.into());
    let midnight = day.and_time(NaiveTime::MIN).checked_sub_signed(offset)?;
    Some(midnight.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(values: &[&str]) -> Option<(String, String)> {
        let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
        let span = Span::parse(&values)?;
        let said = |at: Option<DateTime<Utc>>| at.map_or(String::new(), |at| at.to_rfc3339());
        Some((said(span.from), said(span.until)))
    }

    #[test]
    fn a_day_is_a_day_in_japan_and_bounds_meet() {
        let day = span(&["2026-11-22"]).unwrap();
        assert_eq!(day.0, "2026-11-21T15:00:00+00:00");
        assert_eq!(day.1, "2026-11-22T15:00:00+00:00");
        assert_eq!(span(&["ge2026-11-22", "lt2026-11-23"]).unwrap(), day);
        assert_eq!(span(&["gt2026-11-21", "le2026-11-22"]).unwrap(), day);
        assert_eq!(
            span(&["ge2026-11-22", "ge2026-11-01", "le2026-12", "le2026-11-22"]).unwrap(),
            day
        );
        assert_eq!(span(&[]).unwrap(), (String::new(), String::new()));
        assert_eq!(
            span(&["2026-11-22T12:00:00+09:00"]).unwrap().0,
            "2026-11-22T03:00:00+00:00"
        );
    }

    #[test]
    fn what_is_no_date_is_refused_rather_than_left_out() {
        for wrong in [
            "ap2026",
            "2026-13",
            "yesterday",
            "ge",
            "",
            "2026-11-22T12:00:00",
        ] {
            assert_eq!(span(&[wrong]), None, "{wrong}");
        }
    }
}
