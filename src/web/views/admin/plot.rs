//! A small drawing of the last hour: one place a minute, the newest at the right end.

use super::super::Text;

/// Width and height of the drawing.
const SIZE: (f64, f64) = (240.0, 36.0);
/// Places across.
const PLACES: usize = 60;
/// Room below for the marks of failures, and above.
const BELOW: f64 = 8.0;
const ABOVE: f64 = 2.0;
/// A column's share of its place.
const COLUMN: f64 = 0.75;

/// One minute of a drawing.
#[derive(Clone, Copy)]
pub(in crate::web::views) struct Point {
    /// How much; `None` where nothing was measured.
    pub(in crate::web::views) value: Option<f64>,
    /// Whether anything failed in it.
    pub(in crate::web::views) has_failed: bool,
}

/// What is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::web::views) enum Kind {
    /// How many: a column each.
    Columns,
    /// How long: a line, broken where nothing was measured.
    Line,
}

/// A drawing as the template prints it.
pub(in crate::web::views) struct Plot {
    /// What it shows.
    pub(in crate::web::views) title: &'static str,
    /// All of it in words.
    pub(in crate::web::views) words: String,
    /// The value at its top.
    pub(in crate::web::views) top: String,
    /// Its ends in words.
    pub(in crate::web::views) ends: (&'static str, &'static str),
    pub(in crate::web::views) columns: Vec<Column>,
    pub(in crate::web::views) lines: Vec<String>,
    pub(in crate::web::views) dots: Vec<(String, String)>,
    /// Where something failed: the path of a cross.
    pub(in crate::web::views) marks: Vec<String>,
    /// What the marks mean, where there are any.
    pub(in crate::web::views) mark: Option<&'static str>,
    /// Whether a line lies over columns.
    pub(in crate::web::views) is_over: bool,
}

/// One column.
pub(in crate::web::views) struct Column {
    pub(in crate::web::views) across: String,
    pub(in crate::web::views) down: String,
    pub(in crate::web::views) width: String,
    pub(in crate::web::views) height: String,
}

impl Plot {
    /// The drawing of the last 60 points; `None` where nothing was measured in any.
    pub(in crate::web::views) fn of(
        (kind, title): (Kind, &'static str),
        points: &[Point],
        said: impl Fn(f64) -> String,
        t: &'static Text,
    ) -> Option<Self> {
        let from = points.len().saturating_sub(PLACES);
        let points = points.get(from..).unwrap_or_default();
        let values = points.iter().filter_map(|point| point.value);
        let high = values.reduce(f64::max)?;
        let scale = if high > 0.0 { high } else { 1.0 };
        let empty = PLACES.saturating_sub(points.len());
        let placed: Vec<Placed> = points
            .iter()
            .zip(empty..)
            .map(|(point, place)| Placed::of(*point, place, scale))
            .collect();
        let failed = placed.iter().filter(|placed| placed.has_failed).count();
        let marks = placed.iter().filter(|placed| placed.has_failed);
        let words = &t.health.plots;
        let (columns, lines, dots) = match kind {
            Kind::Columns => (
                placed.iter().filter_map(Placed::column).collect(),
                vec![],
                vec![],
            ),
            Kind::Line => {
                let (lines, dots) = line(&placed);
                (vec![], lines, dots)
            }
        };
        Some(Self {
            title,
            words: (words.words)(title, &said(high), failed),
            top: (words.top)(&said(high)),
            ends: words.ends,
            columns,
            lines,
            dots,
            marks: marks.map(Placed::cross).collect(),
            mark: (failed > 0).then_some(words.mark),
            is_over: false,
        })
    }

    /// Columns with a line over them, on one scale.
    pub(in crate::web::views) fn over(
        title: &'static str,
        columns: &[Point],
        line: &[Point],
        said: impl Fn(f64) -> String,
        t: &'static Text,
    ) -> Option<Self> {
        let values = columns.iter().chain(line).filter_map(|point| point.value);
        let scale = values.reduce(f64::max).filter(|high| *high > 0.0)?;
        let placed = |points: &[Point]| -> Vec<Placed> {
            let empty = PLACES.saturating_sub(points.len());
            let places = points.iter().zip(empty..);
            places
                .map(|(point, place)| Placed::of(*point, place, scale))
                .collect()
        };
        let drawn = Self::of((Kind::Columns, title), columns, &said, t)?;
        let (lines, dots) = self::line(&placed(line));
        Some(Self {
            top: (t.health.plots.top)(&said(scale)),
            columns: placed(columns).iter().filter_map(Placed::column).collect(),
            lines,
            dots,
            is_over: true,
            ..drawn
        })
    }
}

/// A point where it is drawn.
struct Placed {
    across: f64,
    down: Option<f64>,
    has_failed: bool,
}

impl Placed {
    fn of(point: Point, place: usize, scale: f64) -> Self {
        let place = f64::from(u32::try_from(place).unwrap_or(u32::MAX));
        let width = SIZE.0 / f64::from(u32::try_from(PLACES).unwrap_or(u32::MAX));
        let height = SIZE.1 - BELOW - ABOVE;
        Self {
            across: (place + 0.5) * width,
            down: point
                .value
                .map(|value| ABOVE + height * (1.0 - (value / scale).clamp(0.0, 1.0))),
            has_failed: point.has_failed,
        }
    }

    fn column(&self) -> Option<Column> {
        let down = self.down?;
        let height = SIZE.1 - BELOW - down;
        let width = SIZE.0 / f64::from(u32::try_from(PLACES).unwrap_or(u32::MAX)) * COLUMN;
        (height > 0.0).then(|| Column {
            across: number(self.across - width / 2.0),
            down: number(down),
            width: number(width),
            height: number(height),
        })
    }

    fn cross(&self) -> String {
        let (left, right) = (number(self.across - 1.7), number(self.across + 1.7));
        let (top, bottom) = (number(SIZE.1 - 5.0), number(SIZE.1 - 1.6));
        format!("M{left} {top}L{right} {bottom}M{right} {top}L{left} {bottom}")
    }
}

/// Lines through neighbours; who has none is a dot.
fn line(placed: &[Placed]) -> (Vec<String>, Vec<(String, String)>) {
    let (mut lines, mut dots) = (Vec::new(), Vec::new());
    for run in placed.split(|placed| placed.down.is_none()) {
        let points: Vec<(String, String)> = run
            .iter()
            .filter_map(|placed| Some((number(placed.across), number(placed.down?))))
            .collect();
        match points.as_slice() {
            [] => {}
            [alone] => dots.push(alone.clone()),
            more => {
                let joined = more.iter().map(|(across, down)| format!("{across},{down}"));
                lines.push(joined.collect::<Vec<_>>().join(" "));
            }
        }
    }
    (lines, dots)
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::section::Language;

    fn drawn(kind: Kind, values: &[Option<f64>]) -> Option<Plot> {
        let points: Vec<Point> = values
            .iter()
            .map(|&value| Point {
                value,
                has_failed: value == Some(3.0),
            })
            .collect();
        let t = Text::of(Language::En);
        Plot::of((kind, "Answers"), &points, |value| value.to_string(), t)
    }

    #[test]
    fn whatever_the_values_a_drawing_stays_within_its_frame() {
        for values in [
            vec![Some(0.0); 60],
            vec![Some(f64::MAX), Some(1.0), Some(3.0)],
            (0..200).map(|number| Some(f64::from(number))).collect(),
        ] {
            let plot = drawn(Kind::Columns, &values).unwrap();
            for column in &plot.columns {
                let number = |text: &String| text.parse::<f64>().unwrap();
                assert!(number(&column.across) >= 0.0);
                assert!(number(&column.across) + number(&column.width) <= SIZE.0);
                assert!(number(&column.down) >= ABOVE);
                assert!(number(&column.down) + number(&column.height) <= SIZE.1);
            }
            let plot = drawn(Kind::Line, &values).unwrap();
            for place in plot.lines.iter().flat_map(|line| line.split(' ')) {
                let (across, down) = place.split_once(',').unwrap();
                assert!((0.0..=SIZE.0).contains(&across.parse().unwrap()));
                assert!((0.0..=SIZE.1).contains(&down.parse().unwrap()));
            }
        }
    }

    #[test]
    fn a_minute_without_a_measurement_breaks_the_line_and_is_no_zero() {
        let values = [Some(1.0), Some(2.0), None, Some(3.0), None];
        let plot = drawn(Kind::Line, &values).unwrap();
        assert_eq!((plot.lines.len(), plot.dots.len()), (1, 1));
        assert_eq!(plot.marks.len(), 1);
        assert!(
            plot.words.contains("minutes with failures: 1"),
            "{}",
            plot.words
        );
        assert!(drawn(Kind::Line, &[None, None]).is_none());
        assert!(drawn(Kind::Columns, &[]).is_none());
    }
}
