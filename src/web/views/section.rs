//! One section of the screen.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        clock::japanese_time,
        section::{Freshness, Language, Look, SectionName, SourceName, State},
        summary::{Item, Section, SourceState, Tone},
        words,
    },
    web::{handlers::summary::Shown, text::Text},
};

use super::{banner::tone, plan, trend::TrendPart};

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
    /// The digit that leads to it.
    pub(super) digit: char,
    /// Every source that carries it.
    pub(super) sources: Vec<SourcePart>,
    /// Whether where things come from is behind their mark: on the screen, not on paper.
    pub(super) opens: bool,
    /// Its rows, in their order; the folded ones among them.
    pub(super) rows: Vec<RowPart>,
    /// How many of them are behind 「＋7件」.
    pub(super) folded: usize,
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
    /// State, day and time of receiving, and why, in full.
    pub(super) full: Vec<String>,
}

/// One row.
pub(super) struct RowPart {
    /// Heading above it, where a new group begins.
    pub(super) heading: Option<HeadingPart>,
    /// Whether it is behind the count, or never may be.
    pub(super) fold: Fold,
    pub(super) title: String,
    pub(super) value: Option<String>,
    /// `danger`, `warning` or nothing: the tone of the value's own first word.
    pub(super) value_tone: &'static str,
    /// `long` where it is too long for one line (text results, results of many parts): it wraps,
    /// nothing is cut; else nothing.
    pub(super) value_width: &'static str,
    pub(super) tags: Vec<TagPart>,
    pub(super) details: Vec<String>,
    pub(super) date: Option<String>,
    pub(super) place: Option<String>,
    /// Whether the place is the one of the row above: a ditto mark stands for it on the screen.
    pub(super) is_same_place: bool,
    pub(super) telephone: Option<String>,
    pub(super) marks: Vec<(&'static str, &'static str)>,
    /// Where the row comes from, in full: name and value; empty on paper.
    pub(super) origin: Vec<(&'static str, String)>,
    pub(super) covered: bool,
    /// Where a covered row is asked for, and in which look.
    pub(super) uncover: Option<(String, &'static str)>,
    /// Where a document's text is asked for.
    pub(super) open: Option<String>,
    pub(super) past: bool,
    /// `danger`, `warning` or nothing: the strongest of its tags.
    pub(super) tone: &'static str,
    /// Its values over time, where there are at least two.
    pub(super) trend: Option<TrendPart>,
}

/// Whether a row is in view.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// In view; the script may fold it where a slot is small.
    Open,
    /// In view, and nothing may fold it.
    Stays,
    /// Behind the count.
    Folded,
}

impl Fold {
    /// Its part of the row's classes.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Open => "",
            Self::Stays => " row-stays",
            Self::Folded => " is-folded",
        }
    }
}

/// The heading of a group of rows.
pub(super) struct HeadingPart {
    /// Its words.
    pub(super) words: String,
    /// Whether the whole group is folded.
    pub(super) folded: bool,
}

/// A value of more characters than this may break over lines.
const LONG_VALUE: usize = 40;

/// A word with a tone.
pub(super) struct TagPart {
    pub(super) tone: &'static str,
    pub(super) word: String,
}

/// What a section is shown on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Medium {
    /// The screen: where a row comes from opens at its mark.
    Screen,
    /// Paper: nothing opens.
    Paper,
}

/// What all sections of a page share.
#[derive(Clone, Copy)]
pub(super) struct Making<'a> {
    /// The words.
    pub(super) t: &'static Text,
    /// The instant that ages are counted from.
    pub(super) now: DateTime<Utc>,
    /// What it is shown on.
    pub(super) medium: Medium,
    /// What may be asked for more: on the screen, never on paper.
    pub(super) asking: Option<&'a Shown>,
}

/// The digit that leads to a section; the last three share one.
pub(super) const fn digit(name: SectionName) -> char {
    match name {
        SectionName::Allergies => '1',
        SectionName::Contraindications => '2',
        SectionName::Drugs => '3',
        SectionName::Infections => '4',
        SectionName::Labs => '5',
        SectionName::Problems => '6',
        SectionName::Operations => '7',
        SectionName::Dialysis => '8',
        SectionName::Visits => '9',
        SectionName::Procedures | SectionName::Checkups | SectionName::Documents => '0',
    }
}

impl SectionPart {
    /// One section of one patient, with all its rows in view.
    pub(super) fn new(
        name: SectionName,
        section: &Section,
        patient_key: &str,
        how: Making<'_>,
    ) -> Self {
        Self::folded(name, section, patient_key, how, &[])
    }

    /// One section of one patient; `kept` says which rows are in view, all those it does not name.
    pub(super) fn folded(
        name: SectionName,
        section: &Section,
        patient_key: &str,
        how: Making<'_>,
        kept: &[bool],
    ) -> Self {
        let t = how.t;
        let rows = rows(name, section, how, kept);
        let folded = rows.iter().filter(|row| row.fold == Fold::Folded).count();
        let (statement, mut notes) = statement(section, t);
        let mut partial = partial(section, t);
        // Nothing is said twice: the ribbon says more than the note, the statement more than both.
        partial.retain(|said| Some(said) != statement.as_ref());
        notes.retain(|note| !partial.iter().any(|said| said.starts_with(note.as_str())));
        Self {
            name: name.word(),
            title: (t.words.section)(name),
            state: section.state.word(),
            statement,
            patient_key: patient_key.to_owned(),
            partial,
            digit: digit(name),
            opens: how.medium == Medium::Screen,
            sources: section
                .sources
                .iter()
                .filter(|source| source.state != State::NotCovered)
                .map(|source| SourcePart::of(source, how))
                .collect(),
            rows,
            folded,
            more: (t.words.more)(folded),
            notes,
            count: section.items.len(),
        }
    }
}

/// The state in words and the other notes: a note that begins with the state's word says it
/// better than the word alone.
fn statement(section: &Section, t: &'static Text) -> (Option<String>, Vec<String>) {
    let mut notes = section.notes.clone();
    if !section.items.is_empty() {
        return (None, notes);
    }
    let label = (t.words.state)(section.state);
    let says_it = |note: &String| note.starts_with(label) || is_empty_inside_window(note);
    if let Some(place) = notes.iter().position(says_it) {
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

/// Whether a note says that nothing is registered inside the window: better than "nothing".
fn is_empty_inside_window(note: &str) -> bool {
    [Language::Ja, Language::En]
        .iter()
        .any(|language| words::states::words(*language).empty_inside_window == note)
}

/// What is not whole, and what was left out and counted.
fn partial(section: &Section, t: &'static Text) -> Vec<String> {
    let Some(counts) = &section.partial else {
        return Vec::new();
    };
    // Where nothing came at all there is no part to speak of: the statement says it.
    let is_nothing = section.items.is_empty() && section.state == State::NotFetched;
    let mut words = if is_nothing && counts.unreadable + counts.uncoded == 0 {
        Vec::new()
    } else {
        (t.words.partial)(counts)
    };
    if counts.outside_window > 0 {
        words.push((t.words.outside_window)(counts.outside_window));
    }
    if counts.withheld > 0 {
        words.push((t.words.withheld)(counts.withheld));
    }
    words
}

impl SourcePart {
    fn of(source: &SourceState, how: Making<'_>) -> Self {
        let t = how.t;
        let time = source
            .fetched_at
            .map(|at| japanese_time(at).format("%H:%M").to_string())
            .unwrap_or_default();
        let (style, words) = match (source.state, source.freshness) {
            (State::Coming, _) => ("coming", (t.words.state)(State::Coming).to_owned()),
            (State::Withheld, _) => ("withheld", (t.words.state)(State::Withheld).to_owned()),
            (State::NotFetched, _) | (_, Freshness::Missing) => {
                ("missing", (t.words.state)(State::NotFetched).to_owned())
            }
            (_, Freshness::Stale) => {
                let minutes = source
                    .fetched_at
                    .map_or(0, |at| how.now.signed_duration_since(at).num_minutes());
                ("stale", (t.words.stale)(minutes))
            }
            (_, Freshness::Fresh) => ("fresh", time),
        };
        let received = source.fetched_at.map(|at| received(at, t));
        let state =
            (source.state != State::Present).then(|| (t.words.state)(source.state).to_owned());
        Self {
            mark: (t.words.mark)(source.source),
            name: (t.words.source)(source.source),
            style,
            words,
            full: state
                .into_iter()
                .chain(source.why.clone())
                .chain(received)
                .collect(),
        }
    }
}

/// 「受信 2026-11-22 21:15」
fn received(at: DateTime<Utc>, t: &'static Text) -> String {
    format!(
        "{} {}",
        t.summary.received,
        japanese_time(at).format("%Y-%m-%d %H:%M")
    )
}

/// The look as forms and styles say it.
pub(super) const fn look_word(look: Look) -> &'static str {
    match look {
        Look::Emergency => "emergency",
        Look::Normal => "normal",
    }
}

fn rows(name: SectionName, section: &Section, how: Making<'_>, kept: &[bool]) -> Vec<RowPart> {
    let mut group: Option<&str> = None;
    let kept = kept.iter().copied().chain(std::iter::repeat(true));
    let mut rows: Vec<RowPart> = section
        .items
        .iter()
        .zip(kept)
        .map(|(item, kept)| {
            let heading = item
                .group
                .as_deref()
                .filter(|heading| group != Some(*heading));
            group = item.group.as_deref();
            let mut row = RowPart::of(item, heading, section, how);
            row.fold = match (kept, plan::must_stay(name, item)) {
                (_, true) => Fold::Stays,
                (true, false) => Fold::Open,
                (false, false) => Fold::Folded,
            };
            // A report of a check-up is opened where it stands as a document.
            row.open = row.open.filter(|_| name == SectionName::Documents);
            row
        })
        .collect();
    // A heading is in view where one row of its group is.
    let mut folded = true;
    for row in rows.iter_mut().rev() {
        folded &= row.fold == Fold::Folded;
        if let Some(heading) = &mut row.heading {
            heading.folded = folded;
            folded = true;
        }
    }
    // A panel of results comes from one laboratory: naming it on every row would double the
    // section.
    if name == SectionName::Labs {
        set_dittos(&mut rows);
    }
    rows
}

/// Marks the rows whose place is the one of the row above, whichever rows are folded: the chain
/// begins at a row in view.
fn set_dittos(rows: &mut [RowPart]) {
    let mut above: Option<(Option<String>, bool)> = None;
    for row in rows {
        row.is_same_place = row.place.is_some()
            && above
                .as_ref()
                .is_some_and(|(place, stands)| *stands && *place == row.place);
        above = Some((
            row.place.clone(),
            row.fold != Fold::Folded || row.is_same_place,
        ));
    }
}

impl RowPart {
    fn of(item: &Item, heading: Option<&str>, section: &Section, how: Making<'_>) -> Self {
        let t = how.t;
        let mark = |source: SourceName| ((t.words.mark)(source), (t.words.source)(source));
        let mut sources: Vec<SourceName> = item
            .source
            .into_iter()
            .chain(item.also_from.iter().copied())
            .collect();
        sources.dedup();
        let origin = match how.medium {
            Medium::Screen => origin(item, &sources, section, t),
            Medium::Paper => Vec::new(),
        };
        Self {
            heading: heading.map(|words| HeadingPart {
                words: words.to_owned(),
                folded: false,
            }),
            fold: Fold::Open,
            title: item.title.clone(),
            value: item.value.clone(),
            value_tone: item
                .tags
                .iter()
                .find(|tag| item.is_tone_of_value(tag))
                .map_or("", |tag| tone(tag.tone)),
            value_width: value_width(item),
            tags: tags(item),
            details: without_repeats(&item.details),
            // A value that carries its own date says it once.
            date: item.date.clone().filter(|date| {
                !item
                    .value
                    .as_ref()
                    .is_some_and(|value| value.contains(date))
            }),
            place: place(item),
            is_same_place: false,
            // Whom to call is what a visit is looked up for; elsewhere it is behind the mark.
            telephone: item
                .telephone
                .clone()
                .filter(|_| item.facility.as_ref() == Some(&item.title) || origin.is_empty()),
            marks: sources.into_iter().map(mark).collect(),
            origin,
            covered: item.covered,
            uncover: how.asking.filter(|_| item.covered).map(|shown| {
                let look = look_word(shown.assembled.summary.look);
                (format!("/summary/{}/uncover", shown.grant.id), look)
            }),
            open: how.asking.and_then(|shown| {
                let name = shown
                    .documents
                    .get(&(item.source?, item.resource.clone()))?;
                Some(format!("/summary/{}/documents/{name}", shown.grant.id))
            }),
            past: item.past,
            tone: strongest(item),
            trend: item.trend.as_ref().and_then(TrendPart::of),
        }
    }
}

/// Where a row comes from: facility, department, telephone, date, each source and when its answer
/// was received. A covered row says nothing of it.
fn origin(
    item: &Item,
    sources: &[SourceName],
    section: &Section,
    t: &'static Text,
) -> Vec<(&'static str, String)> {
    if item.covered {
        return Vec::new();
    }
    let words = |name, value: &Option<String>| value.clone().map(|value| (name, value));
    let of_source = |source: &SourceName| {
        let received = section
            .sources
            .iter()
            .find(|known| known.source == *source)
            .and_then(|known| known.fetched_at)
            .map(|at| received(at, t));
        let parts = std::iter::once((t.words.source)(*source).to_owned()).chain(received);
        (t.summary.source, parts.collect::<Vec<_>>().join(" ― "))
    };
    [
        words(t.summary.facility, &item.facility),
        words(t.summary.department, &item.department),
        words(t.summary.telephone, &item.telephone),
        words(t.summary.date, &item.date),
    ]
    .into_iter()
    .flatten()
    .chain(sources.iter().map(of_source))
    .collect()
}

/// Facility and department. A visit's title is its facility: the same words twice in one row would
/// only crowd it.
fn place(item: &Item) -> Option<String> {
    let facility = item.facility.as_ref().filter(|name| **name != item.title);
    match (facility, &item.department) {
        (Some(facility), Some(department)) => Some(format!("{facility} {department}")),
        (Some(one), None) | (None, Some(one)) => Some(one.clone()),
        (None, None) => None,
    }
}

/// The tags that are not said by the tone of the value.
fn tags(item: &Item) -> Vec<TagPart> {
    item.tags
        .iter()
        .filter(|tag| !item.is_tone_of_value(tag))
        .map(|tag| TagPart {
            tone: tone(tag.tone),
            word: tag.word.clone(),
        })
        .collect()
}

/// `long` for a value that needs a line of its own.
fn value_width(item: &Item) -> &'static str {
    let length = item.value.as_ref().map_or(0, |value| value.chars().count());
    if length > LONG_VALUE { "long" } else { "" }
}

/// The details of a row without those that another one says as a word of its own: 「30日分」
/// beside 「1日1回 朝食後 1回1錠 30日分」.
fn without_repeats(details: &[String]) -> Vec<String> {
    details
        .iter()
        .filter(|detail| {
            !details.iter().any(|other| {
                other != *detail && other.split_whitespace().any(|word| word == **detail)
            })
        })
        .cloned()
        .collect()
}

/// The strongest tone of a row; what is past never warns.
fn strongest(item: &Item) -> &'static str {
    match item.tags.iter().map(|tag| tag.tone).min() {
        Some(Tone::Danger) if !item.past => "danger",
        Some(Tone::Warning) if !item.past => "warning",
        _ => "plain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::summary::Tag, web::views::sample};

    #[test]
    fn a_result_that_carries_its_date_and_tone_is_read_once() {
        let item = Item {
            title: "HCV抗体(定性)".to_owned(),
            value: Some("陽性\u{a0}2026-01-01（10か月前）".to_owned()),
            date: Some("2026-01-01".to_owned()),
            tags: [(Tone::Warning, "陽性"), (Tone::Info, "長期保存")]
                .map(|(tone, word)| Tag {
                    tone,
                    word: word.to_owned(),
                })
                .to_vec(),
            ..Item::default()
        };
        let how = Making {
            t: Text::of(Language::Ja),
            now: sample::now().wall,
            medium: Medium::Paper,
            asking: None,
        };
        let summary = sample::bare(Language::Ja, State::Present);
        let section = &summary.sections[&SectionName::Infections];
        let row = RowPart::of(&item, None, section, how);
        let words: Vec<&str> = row.tags.iter().map(|tag| tag.word.as_str()).collect();
        assert_eq!(words, ["長期保存"]);
        assert_eq!((row.value_tone, row.tone), ("warning", "warning"));
        assert_eq!(row.date, None);
    }

    #[test]
    fn a_detail_is_left_out_only_where_another_one_says_the_same_word() {
        let kept = |details: &[&str]| {
            let details: Vec<String> = details.iter().map(|&detail| detail.to_owned()).collect();
            without_repeats(&details).join("/")
        };
        assert_eq!(
            kept(&["12/4分まで調剤", "30日分", "1日1回 朝食後 1回1錠 30日分"]),
            "12/4分まで調剤/1日1回 朝食後 1回1錠 30日分"
        );
        for apart in [
            ["3日分", "1日1回 13日分"],
            ["28日分", "1日1回 28日分（最長）"],
            ["1日1回 朝食後", "1日1回 朝食後 5日分"],
        ] {
            assert_eq!(kept(&apart), apart.join("/"));
        }
    }
}
