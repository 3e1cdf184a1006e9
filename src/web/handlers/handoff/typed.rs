//! What was typed on the crew's form: times, days and numbers, in any width.

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Utc};

use crate::domain::{clock::japanese_time, text::normalised};

/// Why what was typed cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Time,
    BirthDate,
    /// The field with this name takes a number.
    Value(&'static str),
    Jcs,
    Gcs,
    /// When it was touched.
    When,
    /// Nothing that the form knows.
    Nothing,
}

/// The field in which a tablet says how many seconds ago something was touched.
pub(super) const AGO: &str = "ago";

/// What was touched so long ago is not believed: a tablet's clock was changed meanwhile.
const LONGEST_AGO: u32 = 24 * 60 * 60;

/// What comes within this was sent at once.
const AT_ONCE: u32 = 60;

/// When something was touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Touched {
    /// By the server's clock; `None` where the tablet does not know how long ago.
    at: Option<DateTime<Utc>>,
    seconds: u32,
}

impl Touched {
    /// A page without a script says nothing: it was sent when it was touched.
    pub(super) fn of(ago: &str, now: DateTime<Utc>) -> Self {
        let seconds = if ago.is_empty() {
            Some(0)
        } else {
            ago.parse().ok()
        };
        let seconds = seconds.filter(|seconds| *seconds <= LONGEST_AGO);
        Self {
            at: seconds.map(|seconds| now - TimeDelta::seconds(seconds.into())),
            seconds: seconds.unwrap_or_default(),
        }
    }

    /// When, by the server's clock.
    pub(super) fn at(self) -> Result<DateTime<Utc>, Flaw> {
        self.at.ok_or(Flaw::When)
    }

    /// Seconds that it was kept, where it was not sent at once.
    pub(super) fn kept(self) -> Option<u32> {
        (self.seconds >= AT_ONCE).then_some(self.seconds)
    }
}

/// A time of day as it is typed, `1041` or `10:41`, on the day that lies nearest: shortly after
/// midnight 23:50 was yesterday. `None`: nothing was typed.
pub(super) fn time(typed: &str, touched: Touched) -> Result<Option<DateTime<Utc>>, Flaw> {
    let typed = normalised(typed);
    if typed.is_empty() {
        return Ok(None);
    }
    let digits: String = typed.chars().filter(|c| *c != ':' && *c != '：').collect();
    let is_time = (3..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let number: u32 = digits.parse().map_err(|_| Flaw::Time)?;
    let time = NaiveTime::from_hms_opt(number / 100, number % 100, 0);
    let time = time.filter(|_| is_time).ok_or(Flaw::Time)?;
    let now = touched.at()?;
    let here = japanese_time(now);
    let local = here.date_naive().and_time(time);
    let today = here.timezone().from_local_datetime(&local);
    let today = today.single().ok_or(Flaw::Time)?.with_timezone(&Utc);
    let half = TimeDelta::hours(12);
    Ok(Some(if today - now > half {
        today - TimeDelta::days(1)
    } else {
        today
    }))
}

/// A number with at most one digit after the point, in tenths. `None`: nothing was typed.
pub(super) fn tenths(typed: &str, name: &'static str) -> Result<Option<u32>, Flaw> {
    let typed = normalised(typed);
    if typed.is_empty() {
        return Ok(None);
    }
    let (whole, part) = typed.split_once('.').unwrap_or((&typed, "0"));
    let is_digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !is_digits(whole, 4) || !is_digits(part, 1) {
        return Err(Flaw::Value(name));
    }
    let read = |text: &str| text.parse::<u32>().map_err(|_| Flaw::Value(name));
    Ok(Some(read(whole)? * 10 + read(part)?))
}

/// The same for what is kept in fewer bits.
pub(super) fn short_tenths(typed: &str, name: &'static str) -> Result<Option<u16>, Flaw> {
    let value = tenths(typed, name)?;
    value
        .map(|value| u16::try_from(value).map_err(|_| Flaw::Value(name)))
        .transpose()
}

/// A whole number. `None`: nothing was typed.
pub(super) fn whole(typed: &str, name: &'static str) -> Result<Option<u16>, Flaw> {
    match short_tenths(typed, name)? {
        Some(value) if value % 10 == 0 => Ok(Some(value / 10)),
        Some(_) => Err(Flaw::Value(name)),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_of_day_is_the_one_that_lies_nearest() {
        // Ten past midnight in Japan.
        let now = at("2026-11-22T15:10:00Z");
        for (typed, is) in [
            ("2350", Ok(Some(at("2026-11-22T14:50:00Z")))),
            ("0:05", Ok(Some(at("2026-11-22T15:05:00Z")))),
            ("０１：００", Ok(Some(at("2026-11-22T16:00:00Z")))),
            ("", Ok(None)),
            ("25:00", Err(Flaw::Time)),
            ("10", Err(Flaw::Time)),
            ("たった今", Err(Flaw::Time)),
        ] {
            assert_eq!(time(typed, Touched::of("", now)), is, "{typed}");
        }
    }

    #[test]
    fn what_came_late_was_touched_when_the_tablet_says_unless_its_clock_cannot_be_right() {
        let now = at("2026-11-22T15:10:00Z");
        for (ago, when, kept) in [
            ("", Ok(now), None),
            ("0", Ok(now), None),
            ("59", Ok(at("2026-11-22T15:09:01Z")), None),
            ("600", Ok(at("2026-11-22T15:00:00Z")), Some(600)),
            ("86400", Ok(at("2026-11-21T15:10:00Z")), Some(86400)),
            ("86401", Err(Flaw::When), None),
            ("-5", Err(Flaw::When), None),
            ("unknown", Err(Flaw::When), None),
            ("99999999999999999999", Err(Flaw::When), None),
        ] {
            let touched = Touched::of(ago, now);
            assert_eq!((touched.at(), touched.kept()), (when, kept), "{ago}");
        }
    }

    #[test]
    fn numbers_are_read_in_any_width_and_never_rounded() {
        for (typed, is) in [
            ("36.5", Ok(Some(365))),
            ("３６．５", Ok(Some(365))),
            ("98", Ok(Some(980))),
            ("", Ok(None)),
            ("36.55", Err(Flaw::Value("temperature"))),
            ("-1", Err(Flaw::Value("temperature"))),
            ("12345", Err(Flaw::Value("temperature"))),
            (".5", Err(Flaw::Value("temperature"))),
        ] {
            assert_eq!(tenths(typed, "temperature"), is, "{typed}");
        }
        assert_eq!(whole("120", "pulse"), Ok(Some(120)));
        assert_eq!(whole("12.5", "pulse"), Err(Flaw::Value("pulse")));
        assert_eq!(short_tenths("9999", "spo2"), Err(Flaw::Value("spo2")));
    }
}
