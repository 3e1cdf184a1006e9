//! 検査: one row for each test and unit, the latest value first, older ones as its trend.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Months, NaiveDate};

use crate::domain::{
    date::Date,
    record::Content,
    result::{Observation, Value},
    section::SectionName,
    summary::{Item, Tone},
    words::labs::{Labs, labs},
};

use super::{
    lab_flags::range_tag,
    lab_items::{Group, LabItem, find, is_uncoded},
    piece::{Built, Context, Piece},
    readings::{Reading, flags, of_range, parts, reading, status_tag, why_absent},
    rows,
    units::{folded_unit, unit_of},
};

/// How many results of a test are never outside the window (the shared records keep 1 year or the
/// last 3 results, whichever holds more).
const ALWAYS_INSIDE: usize = 3;
/// The window where the configuration names none.
const WINDOW: Months = Months::new(12);
/// Older values that a row lists one by one; flagged ones are listed beyond it.
const LISTED: usize = 2;

/// One result with what is needed to place it.
struct Test<'p, 'a> {
    piece: &'p Piece<'a>,
    observation: &'a Observation,
    item: Option<&'static LabItem>,
    date: Option<Date>,
    value: Reading,
    name: String,
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
    let mut lines = Vec::new();
    for results in tests.into_values() {
        lines.extend(lines_of_test(results, context, &mut built));
    }
    lines.sort_by_key(|line| line.place);
    let words = labs(context.language);
    if lines.iter().any(|line| line.group == Group::BloodType) {
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
        Self {
            piece,
            observation,
            item: find(&observation.code, observation.specimen.as_deref()),
            date: observation.effective.or(observation.issued),
            value: reading(&observation.value, context.language),
            name: rows::words_of(&observation.code)
                .unwrap_or_else(|| rows::words(context).unnamed.to_owned()),
        }
    }

    /// Items of the table stand in its order; the rest follow by code, else by the sender's name.
    fn key(&self) -> (usize, String) {
        match self.item {
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

    fn group(&self) -> Group {
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
                let unit = unit_of(quantity).map(folded_unit).unwrap_or_default();
                format!("unit {unit}")
            }
            // Blood groups that disagree stay visible side by side.
            _ if self.item.is_some_and(|item| item.group == Group::BloodType) => {
                format!("group {}", rows::same(&self.value.words))
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

    fn number(&self) -> Option<f64> {
        let Value::Quantity(quantity) = &self.observation.value else {
            return None;
        };
        let number = quantity
            .number
            .as_ref()
            .filter(|_| quantity.comparator.is_none());
        number.map(crate::domain::quantity::Number::value)
    }

    fn day(&self) -> Option<NaiveDate> {
        self.date.and_then(|date| match date {
            Date::Day(_) | Date::Instant(_) => Some(date.first_day()),
            Date::Year(_) | Date::Month(_) => None,
        })
    }
}

/// A finished row with its place.
struct Line {
    place: (Group, usize),
    group: Group,
    item: Item,
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

fn line(
    tests: &[Test<'_, '_>],
    other_unit: bool,
    context: &Context<'_>,
    built: &mut Built,
) -> Option<Line> {
    let (latest, older) = tests.split_first()?;
    let words = labs(context.language);
    let mut item = rows::begin(latest.piece);
    item.title = latest.item.map_or_else(
        || latest.name.clone(),
        |known| known.name(context.language).to_owned(),
    );
    item.group = Some(latest.group().heading(context.language).to_owned());
    item.date = latest.date.map(|date| date.to_string());
    say_value(&mut item, latest, context);
    if other_unit {
        item.tags.push(rows::tag(Tone::Info, words.other_unit));
    }
    say_previous(&mut item, latest, older, context);
    item.trend = trend(tests);
    say_source_words(&mut item, latest, context);
    let unread = rows::say_unreadable(&mut item, latest.piece.record, context);
    built.partly_unreadable += usize::from(unread || latest.value.unreadable);
    built.uncoded += usize::from(is_uncoded(&latest.observation.code));
    rows::shown(latest.piece, context, built);
    for test in older {
        rows::absorb(&mut item, test.piece);
        rows::merged(test.piece, &item.title, context, built);
    }
    let group = latest.group();
    Some(Line {
        place: (group, latest.item.map_or(usize::MAX, |known| known.place)),
        group,
        item: rows::complete(item),
    })
}

/// Value, flags, state, age and range of the latest result.
fn say_value(item: &mut Item, test: &Test<'_, '_>, context: &Context<'_>) {
    let words = labs(context.language);
    let observation = test.observation;
    let parts = parts(observation, context.language);
    let reason = why_absent(observation.absent_reason.as_ref(), context.language);
    item.value = Some(if test.value.is_there {
        test.value.words.clone()
    } else if parts.is_empty() {
        let why = reason
            .as_ref()
            .map(|why| rows::bracketed(why, context))
            .unwrap_or_default();
        format!("{}{why}", words.no_value)
    } else {
        let comma = rows::words(context).comma;
        parts
            .iter()
            .map(|part| part.0.clone())
            .collect::<Vec<_>>()
            .join(comma)
    });
    item.tags = result_tags(test, words, context);
    if test.value.is_there && !parts.is_empty() {
        item.details.extend(parts.into_iter().map(|part| part.0));
    }
    if let (true, Some(reason)) = (test.value.is_there, reason) {
        item.tags
            .push(rows::tag(Tone::Warning, words.contradictory));
        item.details.push(reason);
    }
    match test.date {
        Some(date) => item.details.push(rows::age(date, context)),
        None => item
            .tags
            .push(rows::tag(Tone::Info, rows::words(context).undated)),
    }
    for range in &observation.ranges {
        let range = of_range(range, words, false);
        if !range.is_empty() {
            item.details.push(format!("{} {range}", words.range));
        }
    }
    if test.group() == Group::BloodType {
        item.details.push(words.blood_group_tag.to_owned());
    }
}

fn result_tags(
    test: &Test<'_, '_>,
    words: &Labs,
    context: &Context<'_>,
) -> Vec<crate::domain::summary::Tag> {
    let observation = test.observation;
    let mut tags = flags(&observation.interpretations, context.language);
    if let Value::Quantity(quantity) = &observation.value {
        if tags.is_empty() && quantity.number.is_some() {
            tags.push(range_tag(quantity, &observation.ranges, words));
        }
        let misfit =
            unit_of(quantity).is_some_and(|unit| test.item.is_some_and(|item| !item.fits(unit)));
        let missing = test.value.lacks_unit && test.item.is_none_or(|item| !item.is_without_unit());
        if misfit || (missing && quantity.number.is_some()) {
            tags.push(rows::tag(Tone::Warning, words.check_unit));
        }
    }
    tags.extend(status_tag(observation.status.as_deref(), words));
    tags
}

/// Older values: the two before, the latest flagged as dangerous beyond them, and how many more
/// there are, of which so many dangerous.
fn say_previous(
    item: &mut Item,
    latest: &Test<'_, '_>,
    older: &[Test<'_, '_>],
    context: &Context<'_>,
) {
    let words = labs(context.language);
    let is_urgent = |test: &Test<'_, '_>| {
        result_tags(test, words, context)
            .iter()
            .any(|tag| tag.tone == Tone::Danger)
    };
    let (mut unlisted, mut unlisted_urgent, mut urgent_listed) = (0, 0, false);
    for (index, test) in older.iter().enumerate() {
        let urgent = is_urgent(test);
        if index >= LISTED && (!urgent || urgent_listed) {
            unlisted += 1;
            unlisted_urgent += usize::from(urgent);
            continue;
        }
        urgent_listed |= urgent && index >= LISTED;
        let same_day = std::iter::once(latest)
            .chain(older)
            .filter(|other| other.day().is_some() && other.day() == test.day())
            .count();
        item.details
            .push(previous(test, latest, same_day > 1, context));
    }
    if unlisted > 0 {
        item.details
            .push((words.more_before)(unlisted, unlisted_urgent));
    }
}

/// An older value with its flags, day (and time, where the day has several), and facility, where
/// it is another.
fn previous(
    test: &Test<'_, '_>,
    latest: &Test<'_, '_>,
    with_time: bool,
    context: &Context<'_>,
) -> String {
    let words = labs(context.language);
    let tags = result_tags(test, words, context);
    let flags = tags
        .into_iter()
        .filter(|tag| tag.tone != Tone::Info)
        .map(|tag| tag.word);
    let time = test.date.filter(|_| with_time).and_then(rows::time_of_day);
    let facility = &test.piece.record.origin.facility;
    let elsewhere = facility
        .clone()
        .filter(|_| *facility != latest.piece.record.origin.facility);
    std::iter::once(words.previous.to_owned())
        .chain(std::iter::once(test.value.words.clone()))
        .chain(flags)
        .chain(test.date.map(|date| date.to_string()))
        .chain(time)
        .chain(elsewhere)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The sender's own name where the row carries another, specimen, method and notes.
fn say_source_words(item: &mut Item, test: &Test<'_, '_>, context: &Context<'_>) {
    let is_only_code = test
        .observation
        .code
        .codings
        .iter()
        .any(|coding| coding.code.as_ref() == Some(&test.name));
    if !is_only_code && rows::same(&test.name) != rows::same(&item.title) {
        item.details
            .push(format!("{} {}", labs(context.language).sent_as, test.name));
    }
    if test.item.is_none() {
        item.details.extend(test.observation.specimen.clone());
        item.details.extend(test.observation.method.clone());
    }
    rows::say_notes(item, &test.observation.notes, context);
}

/// Days and numbers, oldest first; a bound such as `<0.3` is no point.
fn trend(tests: &[Test<'_, '_>]) -> Vec<(NaiveDate, f64)> {
    let points: Vec<_> = tests
        .iter()
        .rev()
        .filter_map(|test| Some((test.day()?, test.number()?)))
        .filter(|point| point.1.is_finite())
        .collect();
    if points.len() > 1 { points } else { Vec::new() }
}

#[cfg(test)]
#[path = "labs_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "labs_properties.rs"]
mod properties;
