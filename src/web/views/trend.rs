//! The small drawing of a trend: days across, values upwards, the newest value marked.

use crate::domain::summary::{Trend, TrendPoint};

/// Width and height of the drawing, less its margin.
const SIZE: (f64, f64) = (44.0, 12.0);
/// Room around it for the mark of the newest value.
const MARGIN: f64 = 2.0;

/// A trend as the template draws it.
pub(super) struct TrendPart {
    /// The same in words.
    pub(super) words: String,
    /// Points of each line between plain values; a bound or an interim value breaks the line.
    pub(super) lines: Vec<String>,
    /// Bounds and interim values, drawn hollow.
    pub(super) hollow: Vec<Dot>,
    /// The newest value.
    pub(super) newest: Dot,
}

/// Where one value is drawn.
#[derive(Clone)]
pub(super) struct Dot {
    pub(super) across: String,
    pub(super) down: String,
    pub(super) is_plain: bool,
}

impl TrendPart {
    /// The drawing; `None` where there are no two values to compare.
    pub(super) fn of(trend: &Trend) -> Option<Self> {
        let plain = trend.points.iter().filter(|point| point.is_plain).count();
        if plain < 2 {
            return None;
        }
        let dots = dots(&trend.points)?;
        let lines = dots
            .split(|dot| !dot.is_plain)
            .filter(|line| line.len() > 1)
            .map(|line| {
                let points: Vec<String> = line
                    .iter()
                    .map(|dot| format!("{},{}", dot.across, dot.down))
                    .collect();
                points.join(" ")
            });
        let newest = dots.last()?.clone();
        Some(Self {
            words: trend.words.clone(),
            lines: lines.collect(),
            hollow: dots.iter().filter(|dot| !dot.is_plain).cloned().collect(),
            newest,
        })
    }
}

fn dots(points: &[TrendPoint]) -> Option<Vec<Dot>> {
    let (first, last) = (points.first()?, points.last()?);
    let minutes = |point: &TrendPoint| {
        let minutes = point.at.signed_duration_since(first.at).num_minutes();
        f64::from(i32::try_from(minutes).unwrap_or(i32::MAX))
    };
    let numbers = || points.iter().map(|point| point.number);
    let low = numbers().fold(f64::INFINITY, f64::min);
    let high = numbers().fold(f64::NEG_INFINITY, f64::max);
    let share = |part: f64, whole: f64| {
        let share = part / whole;
        if share.is_finite() { share } else { 0.5 }
    };
    let dots = points.iter().map(|point| Dot {
        across: format!(
            "{:.1}",
            MARGIN + share(minutes(point), minutes(last)) * SIZE.0
        ),
        down: format!(
            "{:.1}",
            MARGIN + (1.0 - share(point.number - low, high - low)) * SIZE.1
        ),
        is_plain: point.is_plain,
    });
    Some(dots.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDateTime;

    fn trend(points: &[(&str, f64, bool)]) -> Trend {
        let point = |&(at, number, is_plain): &(&str, f64, bool)| TrendPoint {
            at: NaiveDateTime::parse_from_str(at, "%Y-%m-%d %H:%M").unwrap(),
            number,
            is_plain,
        };
        Trend {
            words: "推移".to_owned(),
            points: points.iter().map(point).collect(),
        }
    }

    #[test]
    fn a_trend_stays_within_its_drawing_and_ends_at_the_newest_value() {
        for points in [
            vec![
                ("2026-01-01 00:00", 1.0, true),
                ("2026-02-01 00:00", 3.0, true),
                ("2026-03-01 00:00", 2.0, false),
            ],
            vec![
                ("2026-01-01 06:00", 1.0, true),
                ("2026-01-01 06:00", 1.0, true),
            ],
            vec![
                ("2026-01-01 00:00", f64::MAX, true),
                ("2026-01-02 00:00", f64::MIN, true),
            ],
        ] {
            let drawn = TrendPart::of(&trend(&points)).unwrap();
            let newest = format!("{},{}", drawn.newest.across, drawn.newest.down);
            let places = drawn.lines.iter().flat_map(|line| line.split(' '));
            for place in places.chain([newest.as_str()]) {
                let (across, down) = place.split_once(',').unwrap();
                assert!(
                    (MARGIN..=MARGIN + SIZE.0).contains(&across.parse().unwrap()),
                    "{place}"
                );
                assert!(
                    (MARGIN..=MARGIN + SIZE.1).contains(&down.parse().unwrap()),
                    "{place}"
                );
            }
            assert_eq!(drawn.newest.is_plain, points.last().unwrap().2);
        }
    }

    #[test]
    fn no_line_leads_through_a_bound_or_an_interim_value() {
        let drawn = TrendPart::of(&trend(&[
            ("2026-01-01 00:00", 1.0, true),
            ("2026-01-02 00:00", 2.0, true),
            ("2026-01-03 00:00", 0.3, false),
            ("2026-01-04 00:00", 3.0, true),
            ("2026-01-04 12:00", 4.0, true),
        ]))
        .unwrap();
        assert_eq!(drawn.lines.len(), 2);
        assert_eq!(drawn.hollow.len(), 1);
        assert!(drawn.lines.iter().all(|line| {
            let hollow = drawn.hollow.first().unwrap();
            !line.contains(&format!("{},{}", hollow.across, hollow.down))
        }));
    }

    #[test]
    fn one_value_is_no_trend() {
        assert!(TrendPart::of(&trend(&[("2026-01-01 00:00", 1.0, true)])).is_none());
        assert!(
            TrendPart::of(&trend(&[
                ("2026-01-01 00:00", 1.0, true),
                ("2026-01-02 00:00", 1.0, false)
            ]))
            .is_none()
        );
        assert!(TrendPart::of(&trend(&[])).is_none());
    }
}
