//! Drawings of a month: a ring for a share, columns for hours, bars for everything else. What is
//! drawn is also said in words and figures, and can be told apart without colour: what is explained
//! is filled, what is not is outlined.

use super::super::Text;

/// Width and height of the drawing of hours, and what is below and above its columns.
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 92.0;
const BELOW: f64 = 12.0;
const ABOVE: f64 = 10.0;
/// A column's share of its place.
const COLUMN: f64 = 0.72;

/// A share as a ring.
pub(in crate::web) struct Ring {
    /// In whole percent; `None` of nothing.
    pub(in crate::web) percent: Option<usize>,
    /// In words.
    pub(in crate::web) words: String,
}

impl Ring {
    pub(super) fn of(some: usize, all: usize, words: String) -> Self {
        let percent = (some * 100 + all / 2).checked_div(all);
        // What is not all is never drawn as all, and what is something never as nothing.
        let percent = percent.map(|percent| match percent {
            100 if some < all => 99,
            0 if some > 0 => 1,
            other => other,
        });
        Self { percent, words }
    }
}

/// Bars, one below the other.
pub(in crate::web) struct Bars {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) rows: Vec<Bar>,
}

/// One bar.
pub(in crate::web) struct Bar {
    pub(in crate::web) label: String,
    pub(in crate::web) count: usize,
    /// Of a hundred.
    pub(in crate::web) length: String,
}

impl Bars {
    /// As long as they are many; what is beyond `most` is one more bar, and said to be.
    pub(super) fn of(
        title: &'static str,
        mut rows: Vec<(String, usize)>,
        most: usize,
        t: &Text,
    ) -> Self {
        if rows.len() > most {
            let rest = rows.split_off(most.saturating_sub(1));
            let count = rest.iter().map(|(_, count)| count).sum();
            rows.push(((t.report.others)(rest.len()), count));
        }
        let high = rows.iter().map(|(_, count)| *count).max();
        let high = high.unwrap_or_default().max(1);
        let bar = |(label, count): (String, usize)| Bar {
            label,
            count,
            length: number(share(count, high) * 100.0),
        };
        Self {
            title,
            rows: rows.into_iter().map(bar).collect(),
        }
    }
}

/// How many began in each hour.
pub(in crate::web) struct Hours {
    /// All of it in words.
    pub(in crate::web) words: String,
    /// The highest, at the top line.
    pub(in crate::web) top: usize,
    /// Explained: filled, from the ground up.
    pub(in crate::web) explained: Vec<Column>,
    /// Not explained: outlined, on top of them.
    pub(in crate::web) others: Vec<Column>,
    /// Below: every third hour.
    pub(in crate::web) marks: Vec<String>,
}

/// One column.
pub(in crate::web) struct Column {
    pub(in crate::web) across: String,
    pub(in crate::web) down: String,
    pub(in crate::web) width: String,
    pub(in crate::web) height: String,
}

impl Hours {
    pub(super) fn of(hours: &[(usize, usize); 24], t: &Text) -> Self {
        let sums = hours.iter().map(|(explained, not)| explained + not);
        let (most, top) = sums
            .enumerate()
            .rev()
            .max_by_key(|(_, sum)| *sum)
            .unwrap_or_default();
        let (mut explained, mut others) = (Vec::new(), Vec::new());
        for (hour, (filled, outlined)) in hours.iter().enumerate() {
            explained.extend(column(hour, 0, *filled, top));
            others.extend(column(hour, *filled, *outlined, top));
        }
        Self {
            words: (t.report.hours_words)(most, top),
            top,
            explained,
            others,
            marks: (0..24)
                .step_by(3)
                .map(|hour| (t.report.hour)(hour))
                .collect(),
        }
    }
}

fn across(hour: usize) -> f64 {
    (share(hour, 24) * WIDTH) + WIDTH / 48.0
}

/// A column of so many on top of so many.
fn column(hour: usize, below: usize, count: usize, top: usize) -> Option<Column> {
    if count == 0 {
        return None;
    }
    let room = HEIGHT - BELOW - ABOVE;
    let height = share(count, top) * room;
    let ground = HEIGHT - BELOW - share(below, top) * room;
    let width = WIDTH / 24.0 * COLUMN;
    Some(Column {
        across: number(across(hour) - width / 2.0),
        down: number(ground - height),
        width: number(width),
        height: number(height),
    })
}

fn share(count: usize, of: usize) -> f64 {
    let plain = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    plain(count) / plain(of.max(1))
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::section::Language;

    #[test]
    fn a_ring_is_full_or_empty_only_where_the_share_is() {
        let percent = |some, all| Ring::of(some, all, String::new()).percent;
        assert_eq!(percent(0, 0), None);
        assert_eq!(percent(0, 9), Some(0));
        assert_eq!(percent(9, 9), Some(100));
        assert_eq!(percent(1, 1_000), Some(1));
        assert_eq!(percent(999, 1_000), Some(99));
        assert_eq!(percent(2, 3), Some(67));
    }

    #[test]
    fn whatever_the_figures_the_columns_stay_within_their_frame_and_on_top_of_each_other() {
        let mut hours = [(0, 0); 24];
        hours[3] = (7, 5);
        hours[23] = (12, 0);
        hours[0] = (0, 1);
        let drawn = Hours::of(&hours, Text::of(Language::En));
        assert_eq!(
            (drawn.top, drawn.explained.len(), drawn.others.len()),
            (12, 2, 2)
        );
        assert_eq!(drawn.words, "Most at 3 o'clock: 12");
        let plain = |text: &String| text.parse::<f64>().unwrap();
        for column in drawn.explained.iter().chain(&drawn.others) {
            assert!(plain(&column.across) >= 0.0);
            assert!(plain(&column.across) + plain(&column.width) <= WIDTH);
            assert!(plain(&column.down) >= ABOVE - 0.1);
            assert!(plain(&column.down) + plain(&column.height) <= HEIGHT - BELOW + 0.1);
        }
        let nothing = Hours::of(&[(0, 0); 24], Text::of(Language::En));
        assert!(nothing.explained.is_empty() && nothing.top == 0);
    }

    #[test]
    fn bars_beyond_the_last_are_one_bar_that_says_so() {
        let rows = (0..9).map(|count| (count.to_string(), 9 - count)).collect();
        let bars = Bars::of("Flags", rows, 4, Text::of(Language::En));
        let last = &bars.rows[3];
        assert_eq!((last.label.as_str(), last.count), ("6 more", 21));
        assert_eq!(bars.rows.len(), 4);
        assert_eq!(last.length, "100.0");
    }
}
