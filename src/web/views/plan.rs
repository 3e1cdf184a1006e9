//! Where the sections stand and which rows fold, from an estimate of their heights on the smallest
//! screen that must do without scrolling (1366 by 768). On a larger one the script opens what
//! fits; with scripts off every folded row is behind its count.

use std::collections::BTreeMap;

use crate::domain::{
    section::{Language, Look, SectionName, State},
    summary::{Item, Section, Strip, Summary, Tone},
    words,
};

/// Blocks of sections, in reading order: what can kill first, then drugs, with the most room.
pub(super) const BLOCKS: [(&str, &[SectionName]); 4] = [
    ("risks", RISKS),
    ("drugs", DRUGS),
    ("history", HISTORY),
    ("tests", TESTS),
];

const RISKS: &[SectionName] = &[SectionName::Allergies, SectionName::Contraindications];
const DRUGS: &[SectionName] = &[SectionName::Drugs];
const HISTORY: &[SectionName] = &[
    SectionName::Infections,
    SectionName::Problems,
    SectionName::Operations,
    SectionName::Dialysis,
    SectionName::Visits,
];
const TESTS: &[SectionName] = &[
    SectionName::Labs,
    SectionName::Procedures,
    SectionName::Checkups,
    SectionName::Documents,
];

/// Where the four blocks stand on a screen of three columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrangement {
    /// History below risks, drugs, tests.
    Usual,
    /// Many allergies: risks have a column for themselves, history stands below the drugs.
    Risks,
    /// More allergies: risks have two columns, all others one.
    Broad,
    /// Many drugs: they and the tests below them have two columns.
    Wide,
    /// Many results: the same, and the few drugs above them take no more room than they need.
    Labs,
    /// Much of everything: risks on their own, all others two columns wide.
    Both,
}

impl Arrangement {
    const ALL: [Self; 6] = [
        Self::Usual,
        Self::Risks,
        Self::Broad,
        Self::Wide,
        Self::Labs,
        Self::Both,
    ];

    /// Its word in the page's classes.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Risks => "risks",
            Self::Broad => "broad",
            Self::Wide => "wide",
            Self::Labs => "labs",
            Self::Both => "both",
        }
    }

    /// Its columns: the sections in each, and how many rows stand side by side there.
    const fn columns(self) -> &'static [(&'static [&'static [SectionName]], f64)] {
        match self {
            Self::Usual => &[(&[RISKS, HISTORY], 1.0), (&[DRUGS], 1.0), (&[TESTS], 1.0)],
            Self::Risks => &[(&[RISKS], 1.0), (&[DRUGS, HISTORY], 1.0), (&[TESTS], 1.0)],
            Self::Broad => &[(&[RISKS], 2.0), (&[DRUGS, HISTORY, TESTS], 1.0)],
            Self::Wide | Self::Labs => &[(&[RISKS, HISTORY], 1.0), (&[DRUGS, TESTS], 2.0)],
            Self::Both => &[(&[RISKS], 1.0), (&[DRUGS, HISTORY, TESTS], 2.0)],
        }
    }
}

/// The arrangement of one page, and the rows in view.
#[derive(Debug)]
pub(super) struct Plan {
    /// Where.
    pub(super) arrangement: Arrangement,
    /// For each section, which of its items are in view.
    kept: BTreeMap<SectionName, Vec<bool>>,
}

impl Plan {
    /// The plan of a page. Nothing folds in the normal view: it is there to show everything. Where
    /// something is coming, or came after the page, everything stands where it usually does: what
    /// is filled in moves nothing.
    pub(super) fn of(summary: &Summary, is_in_two_steps: bool) -> Self {
        let mut plan = Self {
            arrangement: Arrangement::Usual,
            kept: summary
                .sections
                .iter()
                .map(|(name, section)| (*name, vec![true; section.items.len()]))
                .collect(),
        };
        let room = room(summary);
        if !is_in_two_steps {
            plan.arrangement = plan.lowest(summary, room);
        }
        if summary.look == Look::Emergency {
            plan.fold(summary, room);
        }
        plan
    }

    /// Everything in view, where it usually stands.
    pub(super) const fn whole() -> Self {
        Self {
            arrangement: Arrangement::Usual,
            kept: BTreeMap::new(),
        }
    }

    /// Which items of a section are in view; all where nothing is known of it.
    pub(super) fn kept(&self, name: SectionName) -> &[bool] {
        self.kept.get(&name).map_or(&[], Vec::as_slice)
    }

    /// The usual arrangement where it fits (everything stands where it always stands), else the
    /// one that needs the least height.
    fn lowest(&self, summary: &Summary, room: f64) -> Arrangement {
        let heights = Arrangement::ALL.map(|arrangement| {
            let height = arrangement
                .columns()
                .iter()
                .map(|column| self.height(summary, column))
                .fold(0.0, f64::max);
            (arrangement, height)
        });
        let fits = |(_, height): &&(Arrangement, f64)| *height <= room;
        let lowest = heights
            .iter()
            .find(fits)
            .or_else(|| heights.iter().min_by(|a, b| a.1.total_cmp(&b.1)))
            .map_or(Arrangement::Usual, |(arrangement, _)| *arrangement);
        let drugs = self.height(summary, &(&[DRUGS], 2.0));
        let risks = self.height(summary, &(&[RISKS], 1.0));
        if lowest == Arrangement::Wide && drugs < risks + 60.0 {
            Arrangement::Labs
        } else {
            lowest
        }
    }

    fn height(&self, summary: &Summary, column: &(&[&[SectionName]], f64)) -> f64 {
        let (blocks, abreast) = *column;
        blocks
            .iter()
            .copied()
            .flatten()
            .map(|name| self.section_height(summary, *name, abreast))
            .sum()
    }

    fn section_height(&self, summary: &Summary, name: SectionName, abreast: f64) -> f64 {
        let Some(section) = summary.sections.get(&name) else {
            return 0.0;
        };
        // The first column is a little narrower than the others.
        let width = if RISKS.contains(&name) || HISTORY.contains(&name) {
            412.0
        } else {
            446.0
        };
        let height = section_height(section, self.kept(name), abreast, width);
        // Where there is room for two, short sections stand side by side.
        if abreast > 1.0
            && ![RISKS, DRUGS, &[SectionName::Labs]]
                .iter()
                .any(|wide| wide.contains(&name))
        {
            height / 2.0 + 3.0
        } else {
            height
        }
    }

    /// Folds rows, the least important first, until each column fits or nothing is left to fold.
    fn fold(&mut self, summary: &Summary, room: f64) {
        for column in self.arrangement.columns() {
            while self.height(summary, column) > room {
                let tallest = column
                    .0
                    .iter()
                    .copied()
                    .flatten()
                    .filter_map(|name| {
                        let row = self.next_to_fold(summary, *name)?;
                        Some((*name, row, self.section_height(summary, *name, column.1)))
                    })
                    .max_by(|a, b| a.2.total_cmp(&b.2));
                let Some((name, row, _)) = tallest else {
                    break;
                };
                if let Some(kept) = self.kept.get_mut(&name).and_then(|kept| kept.get_mut(row)) {
                    *kept = false;
                }
            }
        }
        // A count in place of a single row would save nothing.
        for kept in self.kept.values_mut() {
            if kept.iter().filter(|kept| !**kept).count() == 1 {
                kept.fill(true);
            }
        }
    }

    /// The row of a section that folds next: what is over, then what does not warn, then what
    /// warns, each from the end; never what can kill, is unreadable, or is the last few.
    fn next_to_fold(&self, summary: &Summary, name: SectionName) -> Option<usize> {
        let section = summary.sections.get(&name)?;
        let kept = self.kept(name);
        let in_view = kept.iter().filter(|kept| **kept).count();
        if in_view <= always_in_view(name) {
            return None;
        }
        section
            .items
            .iter()
            .zip(kept)
            .enumerate()
            .filter(|(_, (item, kept))| **kept && !must_stay(name, item))
            .max_by_key(|(place, (item, _))| (weight(item), *place))
            .map(|(place, _)| place)
    }
}

/// Rows that a section keeps in view whatever the room.
const fn always_in_view(name: SectionName) -> usize {
    match name {
        SectionName::Allergies | SectionName::Contraindications => usize::MAX,
        SectionName::Drugs | SectionName::Labs => 6,
        SectionName::Infections | SectionName::Problems => 3,
        SectionName::Operations
        | SectionName::Dialysis
        | SectionName::Visits
        | SectionName::Procedures
        | SectionName::Checkups
        | SectionName::Documents => 1,
    }
}

/// Whether a row is never folded: allergies, contraindications, what can kill, what is covered,
/// and what could not be read.
pub(super) fn must_stay(name: SectionName, item: &Item) -> bool {
    let is_deadly = !item.past && item.tags.iter().any(|tag| tag.tone == Tone::Danger);
    let is_unreadable = item.tags.iter().any(|tag| {
        [Language::Ja, Language::En].iter().any(|language| {
            tag.word == words::drugs::words(*language).field_unreadable
                || tag.word == words::allergies::words(*language).field_unreadable
        })
    });
    RISKS.contains(&name) || item.covered || is_deadly || is_unreadable
}

/// The higher, the sooner it folds.
fn weight(item: &Item) -> u8 {
    let warns = item.tags.iter().any(|tag| tag.tone <= Tone::Warning);
    match (item.past, warns) {
        (true, _) => 2,
        (false, false) => 1,
        (false, true) => 0,
    }
}

/// Height that is left for the sections at 1366 by 768.
fn room(summary: &Summary) -> f64 {
    const WITHOUT_STRIP: f64 = 768.0 - 26.0 - 39.0 - 43.0 - 10.0;
    let notices = 26.0 * f64::from(u8::try_from(summary.notices.len()).unwrap_or(u8::MAX));
    WITHOUT_STRIP - notices - strip_height(&summary.strip)
}

fn strip_height(strip: &Strip) -> f64 {
    let widths = strip.items.iter().map(|item| {
        let marks: f64 = item.marks.iter().map(|mark| ems(mark) * 12.0 + 16.0).sum();
        let reaction = item.reaction.as_deref().map_or(0.0, ems) * 16.0;
        ems(&item.agent) * 16.5 + reaction + marks + if item.severe { 90.0 } else { 30.0 }
    });
    let text = strip.text.as_deref().map(|text| ems(text) * 15.0 + 20.0);
    let lines = lines(std::iter::once(110.0).chain(widths).chain(text), 1330.0);
    lines * 34.0 + 10.0
}

/// Height of a section with these of its rows in view, `abreast` of them side by side.
fn section_height(section: &Section, kept: &[bool], abreast: f64, width: f64) -> f64 {
    const HEADER: f64 = 30.0;
    let mut group = None;
    let mut rows = 0.0;
    let mut tallest: f64 = 0.0;
    let mut folded = 0.0;
    for (item, kept) in section.items.iter().zip(kept) {
        if !kept {
            folded = 25.0;
            continue;
        }
        if item.group.is_some() && group != item.group {
            rows += 15.0 * abreast;
        }
        group.clone_from(&item.group);
        let height = row_height(item, width);
        rows += height;
        tallest = tallest.max(height);
    }
    if abreast > 1.0 {
        rows = f64::midpoint(rows, tallest);
    }
    let partial = if section.partial.is_some() { 19.0 } else { 0.0 };
    let notes: f64 = section
        .notes
        .iter()
        .map(|note| (ems(note) * 12.0 / (width * abreast)).ceil() * 15.0)
        .sum();
    let notes = if notes > 0.0 && !section.items.is_empty() {
        notes + 3.0
    } else {
        notes
    };
    let statement = match section.state {
        State::Present | State::NoneKnown | State::ReportedEmpty | State::NotCovered => 0.0,
        State::NotAsked | State::Withheld | State::NotFetched | State::Coming => 32.0,
    };
    HEADER + rows + folded + partial + notes + statement
}

fn row_height(item: &Item, width: f64) -> f64 {
    let tags: f64 = item
        .tags
        .iter()
        .map(|tag| {
            ems(&tag.word) * 12.5
                + if tag.tone <= Tone::Warning {
                    30.0
                } else {
                    14.0
                }
        })
        .sum();
    let value = item
        .value
        .as_deref()
        .map_or(0.0, |value| ems(value) * 15.0 + 4.0);
    let what = ems(&item.title) * 15.0 + value + tags;
    let about: f64 = item
        .details
        .iter()
        .map(|detail| ems(detail) * 12.5 + 12.0)
        .sum::<f64>()
        + if item.trend.is_some() { 50.0 } else { 0.0 };
    let place = [&item.date, &item.facility, &item.department]
        .into_iter()
        .flatten()
        .map(|words| ems(words) * 12.0 + 4.0)
        .sum::<f64>();
    lines([what, about, place + 40.0].into_iter(), width) * 18.0 + 3.0
}

/// How many lines these widths need, one after the other.
fn lines(widths: impl Iterator<Item = f64>, width: f64) -> f64 {
    let (mut lines, mut used) = (1.0_f64, 0.0_f64);
    for part in widths.filter(|part| *part > 0.0) {
        if used > 0.0 && used + part > width {
            lines += 1.0;
            used = 0.0;
        }
        let over = (part / width).ceil().max(1.0) - 1.0;
        lines += over;
        used += part - over * width;
    }
    lines
}

/// A text's width in ems: Latin letters and digits take a little more than half of one.
fn ems(text: &str) -> f64 {
    text.chars()
        .map(|c| if c.is_ascii() { 0.56 } else { 1.0 })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    fn with_rows(name: SectionName, rows: usize) -> Summary {
        let mut summary = sample::usual(Language::Ja);
        let section = summary.sections.get_mut(&name).unwrap();
        let mut row = section.items.last().unwrap().clone();
        row.tags.clear();
        section.items = vec![row; rows];
        summary
    }

    fn folded(plan: &Plan) -> usize {
        plan.kept.values().flatten().filter(|kept| !**kept).count()
    }

    #[test]
    fn a_usual_patient_stands_where_every_patient_stands_and_nothing_folds() {
        let plan = Plan::of(&sample::bare(Language::Ja, State::ReportedEmpty), false);
        assert_eq!((plan.arrangement, folded(&plan)), (Arrangement::Usual, 0));
        let plan = Plan::of(&with_rows(SectionName::Labs, 6), false);
        assert_eq!(plan.arrangement, Arrangement::Usual);
        assert_eq!(plan.kept(SectionName::Labs), [true; 6]);
    }

    #[test]
    fn much_of_one_thing_gets_the_room_that_others_leave() {
        for (name, rows, arrangement) in [
            (SectionName::Drugs, 15, Arrangement::Wide),
            (SectionName::Allergies, 24, Arrangement::Broad),
        ] {
            let mut summary = sample::bare(Language::Ja, State::ReportedEmpty);
            let full = with_rows(name, rows).sections.remove(&name).unwrap();
            summary.sections.insert(name, full);
            let plan = Plan::of(&summary, false);
            assert_eq!(
                (plan.arrangement, folded(&plan)),
                (arrangement, 0),
                "{name:?}"
            );
        }
    }

    #[test]
    fn what_comes_in_two_steps_keeps_its_place() {
        let plan = Plan::of(&with_rows(SectionName::Drugs, 40), true);
        assert_eq!(plan.arrangement, Arrangement::Usual);
        assert!(folded(&plan) > 0);
    }

    #[test]
    fn a_section_is_never_folded_down_to_nothing() {
        let mut summary = sample::usual(Language::Ja);
        for section in summary.sections.values_mut() {
            section.items = vec![
                sample::usual(Language::Ja).sections[&SectionName::Visits].items[0]
                    .clone();
                50
            ];
        }
        let plan = Plan::of(&summary, false);
        for name in SectionName::ALL {
            let kept = plan.kept(name).iter().filter(|kept| **kept).count();
            assert!(kept >= always_in_view(name).min(50), "{name:?}: {kept}");
        }
    }
}
