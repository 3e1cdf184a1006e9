//! One section of the screen.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    domain::{
        clock::japanese_time,
        section::{Freshness, SectionName, SourceName, State},
        summary::{Item, Section, SourceState, Tone},
    },
    web::text::Text,
};

use super::banner::tone;

/// A section as the template prints it.
pub(super) struct SectionPart {
    /// `drugs`: id, class.
    pub(super) name: &'static str,
    /// Heading.
    pub(super) title: &'static str,
    /// State word.
    pub(super) state: &'static str,
    /// The state in words, where there are no rows.
    pub(super) statement: Option<String>,
    /// Whose.
    pub(super) patient_key: String,
    /// What is not whole about it, in words; empty where it is whole.
    pub(super) partial: Vec<String>,
    /// Every source that carries it.
    pub(super) sources: Vec<SourcePart>,
    /// Rows in view.
    pub(super) rows: Vec<RowPart>,
    /// Rows behind 「＋7件」.
    pub(super) folded: Vec<RowPart>,
    /// 「＋7件」
    pub(super) more: String,
    /// Sentences that belong to it.
    pub(super) notes: Vec<String>,
    /// Its number of rows.
    pub(super) count: usize,
}

/// One source in a section's heading.
pub(super) struct SourcePart {
    /// Short mark.
    pub(super) mark: &'static str,
    /// Full name.
    pub(super) name: &'static str,
    /// `fresh`, `stale`, `missing`, `coming`: style and icon.
    pub(super) style: &'static str,
    /// When received, how old, or that it is not there.
    pub(super) words: String,
}

/// One row.
pub(super) struct RowPart {
    /// Heading above it, where a new group begins.
    pub(super) heading: Option<String>,
    pub(super) title: String,
    pub(super) value: Option<String>,
    pub(super) tags: Vec<TagPart>,
    pub(super) details: Vec<String>,
    pub(super) date: Option<String>,
    pub(super) place: Option<String>,
    /// Whether the place is the one of the row above: a ditto mark stands for it on the screen.
    pub(super) is_same_place: bool,
    pub(super) telephone: Option<String>,
    pub(super) marks: Vec<(&'static str, &'static str)>,
    pub(super) covered: bool,
    pub(super) past: bool,
    /// `danger`, `warning` or nothing: the strongest of its tags.
    pub(super) tone: &'static str,
    /// Points of the trend line, where there are at least two values.
    pub(super) trend: Option<String>,
}

/// A word with a tone.
pub(super) struct TagPart {
    pub(super) tone: &'static str,
    pub(super) word: String,
}

/// Whether rows beyond the space are folded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Folding {
    /// The screen.
    Screen,
    /// Normal view and paper: nothing is folded.
    Never,
}

/// What all sections of a page share.
#[derive(Clone, Copy)]
pub(super) struct Making {
    /// The words.
    pub(super) t: &'static Text,
    /// The instant that ages are counted from.
    pub(super) now: DateTime<Utc>,
    /// Whether rows are folded.
    pub(super) folding: Folding,
}

/// Rows in view. Allergies and contraindications never fold, nor does any row that can kill.
const fn rows_in_view(name: SectionName, folding: Folding) -> usize {
    match (folding, name) {
        (Folding::Never, _)
        | (Folding::Screen, SectionName::Allergies | SectionName::Contraindications) => usize::MAX,
        (Folding::Screen, SectionName::Drugs) => 14,
        (Folding::Screen, SectionName::Labs) => 18,
        (Folding::Screen, SectionName::Infections | SectionName::Problems) => 6,
        (
            Folding::Screen,
            SectionName::Operations
            | SectionName::Dialysis
            | SectionName::Visits
            | SectionName::Procedures
            | SectionName::Checkups
            | SectionName::Documents,
        ) => 3,
    }
}

impl SectionPart {
    /// One section of one patient.
    pub(super) fn new(
        name: SectionName,
        section: &Section,
        patient_key: &str,
        how: Making,
    ) -> Self {
        let t = how.t;
        let limit = rows_in_view(name, how.folding);
        let (kept, folded): (Vec<_>, Vec<_>) = section
            .items
            .iter()
            .enumerate()
            .partition(|(place, item)| *place < limit || is_deadly(item));
        let folded: Vec<&Item> = folded.into_iter().map(|(_, item)| item).collect();
        let kept: Vec<&Item> = kept.into_iter().map(|(_, item)| item).collect();
        let (statement, notes) = statement(section, t);
        Self {
            name: name.word(),
            title: (t.words.section)(name),
            state: section.state.word(),
            statement,
            patient_key: patient_key.to_owned(),
            partial: partial(section, t),
            sources: section
                .sources
                .iter()
                .filter(|source| source.state != State::NotCovered)
                .map(|source| SourcePart::of(source, how))
                .collect(),
            rows: with_dittos(name, rows(&kept, t)),
            more: (t.words.more)(folded.len()),
            folded: with_dittos(name, rows(&folded, t)),
            notes,
            count: section.items.len(),
        }
    }
}

fn is_deadly(item: &Item) -> bool {
    !item.past && item.tags.iter().any(|tag| tag.tone == Tone::Danger)
}

/// The state in words and the other notes: a note that begins with the state's word says it
/// better than the word alone.
fn statement(section: &Section, t: &'static Text) -> (Option<String>, Vec<String>) {
    let mut notes = section.notes.clone();
    if !section.items.is_empty() {
        return (None, notes);
    }
    let label = (t.words.state)(section.state);
    if let Some(place) = notes.iter().position(|note| note.starts_with(label)) {
        let said = notes.remove(place);
        return (Some(said), notes);
    }
    if section.state == State::Present {
        return (None, notes);
    }
    let why = section
        .sources
        .iter()
        .filter(|source| source.state == section.state)
        .find_map(|source| source.why.as_deref())
        .filter(|why| !notes.iter().any(|note| note.contains(why)));
    let said = match why {
        Some(why) if why.contains(label) => why.to_owned(),
        Some(why) => format!("{label}（{why}）"),
        None => label.to_owned(),
    };
    (Some(said), notes)
}

/// What is not whole, and what was left out and counted, unless a note says it already.
fn partial(section: &Section, t: &'static Text) -> Vec<String> {
    let Some(counts) = &section.partial else {
        return Vec::new();
    };
    let mut words = (t.words.partial)(counts);
    if counts.outside_window > 0 {
        words.push((t.words.outside_window)(counts.outside_window));
    }
    if counts.withheld > 0 {
        words.push((t.words.withheld)(counts.withheld));
    }
    words
}

impl SourcePart {
    fn of(source: &SourceState, how: Making) -> Self {
        let t = how.t;
        let time = source
            .fetched_at
            .map(|at| japanese_time(at).format("%H:%M").to_string())
            .unwrap_or_default();
        let (style, words) = match (source.state, source.freshness) {
            (State::Coming, _) => ("coming", (t.words.state)(State::Coming).to_owned()),
            (State::NotFetched, _) | (_, Freshness::Missing) => {
                ("missing", (t.words.state)(State::NotFetched).to_owned())
            }
            (State::Withheld, _) => ("withheld", (t.words.state)(State::Withheld).to_owned()),
            (_, Freshness::Stale) => {
                let minutes = source
                    .fetched_at
                    .map_or(0, |at| how.now.signed_duration_since(at).num_minutes());
                ("stale", (t.words.stale)(minutes))
            }
            (_, Freshness::Fresh) => ("fresh", time),
        };
        Self {
            mark: (t.words.mark)(source.source),
            name: (t.words.source)(source.source),
            style,
            words,
        }
    }
}

fn rows(items: &[&Item], t: &'static Text) -> Vec<RowPart> {
    let mut group: Option<&str> = None;
    items
        .iter()
        .map(|item| {
            let heading = item
                .group
                .as_deref()
                .filter(|heading| group != Some(*heading));
            group = item.group.as_deref();
            RowPart::of(item, heading, t)
        })
        .collect()
}

/// A panel of results comes from one laboratory: naming it on every row would double the section.
fn with_dittos(name: SectionName, mut rows: Vec<RowPart>) -> Vec<RowPart> {
    if name != SectionName::Labs {
        return rows;
    }
    let mut above: Option<String> = None;
    for row in &mut rows {
        row.is_same_place = row.place.is_some() && row.place == above;
        above.clone_from(&row.place);
    }
    rows
}

impl RowPart {
    fn of(item: &Item, heading: Option<&str>, t: &'static Text) -> Self {
        let mark = |source: SourceName| ((t.words.mark)(source), (t.words.source)(source));
        let mut sources: Vec<SourceName> = item
            .source
            .into_iter()
            .chain(item.also_from.iter().copied())
            .collect();
        sources.dedup();
        let place = match (&item.facility, &item.department) {
            (Some(facility), Some(department)) => Some(format!("{facility} {department}")),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        };
        Self {
            heading: heading.map(str::to_owned),
            title: item.title.clone(),
            value: item.value.clone(),
            tags: item
                .tags
                .iter()
                .map(|tag| TagPart {
                    tone: tone(tag.tone),
                    word: tag.word.clone(),
                })
                .collect(),
            details: item.details.clone(),
            date: item.date.clone(),
            place,
            is_same_place: false,
            telephone: item.telephone.clone(),
            marks: sources.into_iter().map(mark).collect(),
            covered: item.covered,
            past: item.past,
            tone: strongest(item),
            trend: trend(&item.trend),
        }
    }
}

/// The strongest tone of a row; what is past never warns.
fn strongest(item: &Item) -> &'static str {
    match item.tags.iter().map(|tag| tag.tone).min() {
        Some(Tone::Danger) if !item.past => "danger",
        Some(Tone::Warning) if !item.past => "warning",
        _ => "plain",
    }
}

/// Width and height of a trend's drawing, less its margin.
const TREND: (f64, f64) = (44.0, 12.0);

/// The points of a trend line: days across, values upwards; `None` for fewer than two values.
fn trend(values: &[(NaiveDate, f64)]) -> Option<String> {
    let (first, last) = (values.first()?, values.last()?);
    if values.len() < 2 {
        return None;
    }
    let low = values
        .iter()
        .map(|value| value.1)
        .fold(f64::INFINITY, f64::min);
    let high = values
        .iter()
        .map(|value| value.1)
        .fold(f64::NEG_INFINITY, f64::max);
    let days = |day: NaiveDate| {
        f64::from(i32::try_from(day.signed_duration_since(first.0).num_days()).unwrap_or(i32::MAX))
    };
    let share = |part: f64, whole: f64| {
        let share = part / whole;
        if share.is_finite() { share } else { 0.5 }
    };
    let points: Vec<String> = values
        .iter()
        .map(|(day, value)| {
            let across = 1.0 + share(days(*day), days(last.0)) * TREND.0;
            let down = 1.0 + (1.0 - share(value - low, high - low)) * TREND.1;
            format!("{across:.1},{down:.1}")
        })
        .collect();
    Some(points.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_trend_stays_within_its_drawing() {
        for values in [
            vec![
                (day("2026-01-01"), 1.0),
                (day("2026-02-01"), 3.0),
                (day("2026-03-01"), 2.0),
            ],
            vec![(day("2026-01-01"), 1.0), (day("2026-01-01"), 1.0)],
            vec![(day("2026-01-01"), f64::MAX), (day("2026-01-02"), f64::MIN)],
        ] {
            for point in trend(&values).unwrap().split(' ') {
                let (across, down) = point.split_once(',').unwrap();
                assert!(
                    (1.0..=45.0).contains(&across.parse::<f64>().unwrap()),
                    "{point}"
                );
                assert!(
                    (1.0..=13.0).contains(&down.parse::<f64>().unwrap()),
                    "{point}"
                );
            }
        }
        assert!(trend(&[(day("2026-01-01"), 1.0)]).is_none());
        assert!(trend(&[]).is_none());
    }
}
