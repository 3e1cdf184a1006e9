//! 検査: one row for each test and unit, the latest value first, older ones as its trend.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Months, NaiveDate};

use crate::domain::{
    date::Date,
    quantity::Quantity,
    record::Content,
    result::{Observation, Value},
    section::SectionName,
    summary::Item,
    words::labs::labs,
};

use super::{
    blood_groups::{self, BloodGroup},
    egfr,
    lab_items::{Group, LabItem, find_coded, find_named},
    lab_rows::line,
    piece::{Built, Context, Piece},
    readings::{Reading, reading},
    rows,
    units::{folded_unit, unit_of},
};

/// How many results of a test are never outside the window (the shared records keep 1 year or the
/// last 3 results, whichever holds more).
const ALWAYS_INSIDE: usize = 3;
/// The window where the configuration names none.
const WINDOW: Months = Months::new(12);

/// One result with what is needed to place it.
pub(super) struct Test<'p, 'a> {
    pub(super) piece: &'p Piece<'a>,
    pub(super) observation: &'a Observation,
    pub(super) item: Option<&'static LabItem>,
    /// The item was found by a plain name alone.
    pub(super) is_by_name: bool,
    pub(super) date: Option<Date>,
    pub(super) value: Reading,
    pub(super) name: String,
}

/// Builds the section.
pub(super) fn build(pieces: &[Piece<'_>], context: &Context<'_>) -> Built {
    let mut built = Built::default();
    let mut tests: BTreeMap<(usize, String), Vec<Test<'_, '_>>> = BTreeMap::new();
    for piece in rows::delivered(pieces, &mut built) {
        let Content::Observation(observation) = &piece.record.content else {
            rows::misplaced(piece, &mut built);
            continue;
        };
        let test = Test::new(piece, observation, context);
        tests.entry(test.key()).or_default().push(test);
    }
    let mut lines: Vec<Line> = egfr::computed(tests.values().flatten(), context)
        .into_iter()
        .collect();
    for results in tests.into_values() {
        lines.extend(lines_of_test(results, context, &mut built));
    }
    blood_groups::mark(&mut lines, context);
    lines.sort_by_key(|line| line.place);
    let words = labs(context.language);
    if lines.iter().any(|line| line.place.0 == Group::BloodType) {
        built.notes.push(words.blood_group_note.to_owned());
    }
    if !lines.is_empty() {
        built.notes.push(words.window_note.to_owned());
    }
    built.items = lines.into_iter().map(|line| line.item).collect();
    built
}

impl<'p, 'a> Test<'p, 'a> {
    fn new(piece: &'p Piece<'a>, observation: &'a Observation, context: &Context<'_>) -> Self {
        let coded = find_coded(&observation.code);
        Self {
            piece,
            observation,
            item: coded.or_else(|| find_named(&observation.code, observation.specimen.as_deref())),
            is_by_name: coded.is_none(),
            date: observation.effective.or(observation.issued),
            value: reading(&observation.value, context.language),
            name: rows::words_of(&observation.code)
                .unwrap_or_else(|| rows::words(context).unnamed.to_owned()),
        }
    }

    /// Items of the table stand in its order; the rest follow by code, else by the sender's name.
    /// What only a name says stands apart from what a code says, and each blood group by itself: a
    /// window or a trend never mixes them.
    fn key(&self) -> (usize, String) {
        match self.item {
            Some(item) if item.group == Group::BloodType => {
                let group = self.blood_group().map(|group| group.key());
                (item.place, group.unwrap_or_default())
            }
            Some(item) if self.is_by_name => (item.place, "by name".to_owned()),
            Some(item) => (item.place, String::new()),
            None => (usize::MAX, self.own_key()),
        }
    }

    fn own_key(&self) -> String {
        self.observation
            .code
            .codings
            .iter()
            .filter(|coding| {
                coding
                    .system
                    .as_deref()
                    .is_some_and(|system| !system.ends_with("LocalCode_CS"))
            })
            .find_map(|coding| coding.code.as_deref().filter(|code| !rows::is_dummy(code)))
            .map_or_else(
                || rows::same(&self.name),
                |code| format!("{} {code}", rows::same(&self.name)),
            )
    }

    /// The blood group that it says; none where it is another test or has no value.
    pub(super) fn blood_group(&self) -> Option<BloodGroup> {
        self.item
            .filter(|item| item.group == Group::BloodType && self.value.is_there)
            .map(|_| BloodGroup::of(&self.value.words))
    }

    pub(super) fn group(&self) -> Group {
        self.item.map_or(Group::Other, |item| item.group)
    }

    /// What may share a row: numbers of one test in one unit, words of one known test. Everything
    /// that a reader must not overlook, and everything that cannot be told apart, stands alone.
    fn line(&self) -> String {
        let observation = self.observation;
        let alone = format!("alone {}", self.piece.number);
        let cancelled = observation.status.as_deref() == Some("cancelled");
        if cancelled || self.value.unreadable || !self.value.is_there || self.date.is_none() {
            return alone;
        }
        match &observation.value {
            Value::Quantity(quantity) if observation.components.is_empty() => {
                // INR and 比 are spellings of one ratio that has no unit.
                let is_ratio = self.item.is_some_and(|item| {
                    item.is_without_unit() && unit_of(quantity).is_none_or(|unit| item.fits(unit))
                });
                let unit = unit_of(quantity).filter(|_| !is_ratio);
                format!("unit {}", unit.map(folded_unit).unwrap_or_default())
            }
            _ if self.item.is_some() => "words".to_owned(),
            Value::None
            | Value::Quantity(_)
            | Value::Concept(_)
            | Value::Text(_)
            | Value::Range(_)
            | Value::Ratio(..)
            | Value::Unreadable => alone,
        }
    }

    pub(super) fn quantity(&self) -> Option<&'a Quantity> {
        match &self.observation.value {
            Value::Quantity(quantity) => Some(quantity),
            Value::None
            | Value::Concept(_)
            | Value::Text(_)
            | Value::Range(_)
            | Value::Ratio(..)
            | Value::Unreadable => None,
        }
    }

    /// A final number: no bound, not interim, and not both sent and said to be absent.
    pub(super) fn is_plain(&self) -> bool {
        let is_final = matches!(
            self.observation.status.as_deref(),
            Some("final" | "amended" | "corrected" | "appended")
        );
        let is_absent = self
            .observation
            .absent_reason
            .as_ref()
            .is_some_and(|reason| !reason.is_empty());
        is_final
            && !is_absent
            && self
                .quantity()
                .is_some_and(|quantity| quantity.comparator.is_none() && quantity.number.is_some())
    }

    pub(super) fn day(&self) -> Option<NaiveDate> {
        self.date.and_then(|date| match date {
            Date::Day(_) | Date::Instant(_) => Some(date.first_day()),
            Date::Year(_) | Date::Month(_) => None,
        })
    }
}

/// A finished row with its place.
pub(super) struct Line {
    pub(super) place: (Group, usize),
    pub(super) item: Item,
    /// Which blood group it says, for comparing.
    pub(super) blood_group: Option<BloodGroup>,
}

fn lines_of_test(
    mut results: Vec<Test<'_, '_>>,
    context: &Context<'_>,
    built: &mut Built,
) -> Vec<Line> {
    results.sort_by(|a, b| {
        rows::moment(b.date)
            .cmp(&rows::moment(a.date))
            .then_with(|| a.piece.number.cmp(&b.piece.number))
    });
    // Results without a value do not push valued ones out, nor the other way round.
    let last_three = [true, false].map(|valued| {
        let counted = results
            .iter()
            .filter(|test| test.date.is_some() && (!valued || test.value.is_there));
        let moments: BTreeSet<_> = counted.map(|test| rows::moment(test.date)).collect();
        moments.into_iter().rev().nth(ALWAYS_INSIDE - 1)
    });
    let mut order: Vec<String> = Vec::new();
    let mut lines: BTreeMap<String, Vec<Test<'_, '_>>> = BTreeMap::new();
    for test in results {
        let [valued, any] = last_three;
        let third = if test.value.is_there { valued } else { any };
        let recent = third.is_none_or(|third| rows::moment(test.date) >= third);
        if !recent && !is_inside(&test, context) {
            rows::outside(test.piece, test.date, context, built);
            continue;
        }
        let key = test.line();
        if !lines.contains_key(&key) {
            order.push(key.clone());
        }
        lines.entry(key).or_default().push(test);
    }
    let units = lines.keys().filter(|key| key.starts_with("unit ")).count();
    order
        .iter()
        .filter_map(|key| lines.remove(key).map(|tests| (key, tests)))
        .filter_map(|(key, tests)| {
            line(
                &tests,
                units > 1 && key.starts_with("unit "),
                context,
                built,
            )
        })
        .collect()
}

fn is_inside(test: &Test<'_, '_>, context: &Context<'_>) -> bool {
    let source = test.piece.source;
    let configured = context
        .windows
        .rows
        .iter()
        .any(|row| row.0 == SectionName::Labs && row.1 == source);
    if configured {
        return context.is_inside(SectionName::Labs, source, test.date);
    }
    let first = context.as_of.checked_sub_months(WINDOW);
    test.date
        .is_none_or(|date| first.is_none_or(|first| date.last_day() >= first))
}

#[cfg(test)]
#[path = "labs_tests.rs"]
pub(super) mod tests;

#[cfg(test)]
#[path = "labs_properties.rs"]
mod properties;
