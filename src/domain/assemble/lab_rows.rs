//! A row of laboratory results: the latest value, older ones, and the drawing of their trend.

use chrono::NaiveDateTime;

use crate::domain::{
    clock::japanese_time,
    date::Date,
    summary::{Item, Tag, Tone, Trend, TrendPoint},
    words::labs::{Labs, labs},
};

use super::{
    lab_flags,
    lab_items::{Group, is_uncoded},
    lab_ranges::{Person, printed},
    labs::{Line, Test},
    piece::{Built, Context},
    readings::{parts, status_tag, why_absent},
    rows,
    units::unit_of,
};

/// Older values that a row lists one by one; flagged ones are listed beyond it.
const LISTED: usize = 2;

/// The row of results that may share one, latest first.
pub(super) fn line(
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
    item.trend = trend(tests, context);
    say_source_words(&mut item, latest, context);
    let unread = rows::say_unreadable(&mut item, latest.piece.record, context);
    built.partly_unreadable += usize::from(unread || latest.value.unreadable);
    built.uncoded += usize::from(is_uncoded(&latest.observation.code));
    rows::shown(latest.piece, context, built);
    for test in older {
        rows::absorb(&mut item, test.piece);
        rows::merged(test.piece, &item.title, context, built);
    }
    Some(Line {
        place: (
            latest.group(),
            latest.item.map_or(usize::MAX, |known| known.place),
        ),
        item: rows::complete(item),
        blood_group: latest.blood_group(),
    })
}

/// Value, flags, state, age and range of the latest result.
fn say_value(item: &mut Item, test: &Test<'_, '_>, context: &Context<'_>) {
    let words = labs(context.language);
    let observation = test.observation;
    let person = Person::on(test.day(), context);
    let parts = parts(observation, Some(&person), context.language);
    let reason = why_absent(observation.absent_reason.as_ref(), context.language);
    item.value = Some(if test.value.is_there {
        test.value.words.clone()
    } else if parts.is_empty() && reason.is_none() && observation.members > 0 {
        (words.gathers)(observation.members)
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
    if test.date.is_some() && observation.effective.is_none() {
        item.details.push(words.day_of_report.to_owned());
    }
    item.details
        .extend(printed(&observation.ranges, &person, words));
    if test.group() == Group::BloodType {
        item.details.push(words.blood_group_tag.to_owned());
    }
}

fn result_tags(test: &Test<'_, '_>, words: &Labs, context: &Context<'_>) -> Vec<Tag> {
    let observation = test.observation;
    let person = Person::on(test.day(), context);
    let mut tags = lab_flags::of_result(
        &observation.value,
        &observation.interpretations,
        &observation.ranges,
        &person,
        context.language,
    );
    if is_unit_in_doubt(test) {
        tags.push(rows::tag(Tone::Warning, words.check_unit));
    }
    tags.extend(status_tag(observation.status.as_deref(), words));
    tags
}

/// B12: the unit does not fit the test, or there is none where there should be one.
pub(super) fn is_unit_in_doubt(test: &Test<'_, '_>) -> bool {
    let misfit = test
        .quantity()
        .and_then(unit_of)
        .is_some_and(|unit| test.item.is_some_and(|item| !item.fits(unit)));
    let needs_one = test.item.is_none_or(|item| !item.is_without_unit());
    misfit || (test.value.lacks_unit && needs_one)
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
    if test.item.is_none() || test.is_by_name {
        item.details.extend(test.observation.specimen.clone());
        item.details.extend(test.observation.method.clone());
    }
    rows::say_notes(item, &test.observation.notes, context);
}

/// The values of one unit, oldest first, where at least two are plain: a bound such as `<0.3` and an
/// interim value are drawn apart from the line.
fn trend(tests: &[Test<'_, '_>], context: &Context<'_>) -> Option<Trend> {
    let values: Vec<(TrendPoint, String)> = tests
        .iter()
        .rev()
        .filter_map(|test| {
            let point = TrendPoint {
                at: moment(test.date?)?,
                number: test.quantity()?.number.as_ref()?.value(),
                is_plain: test.is_plain(),
            };
            Some((point, format!("{} {}", test.date?, test.value.words)))
        })
        .filter(|(point, _)| point.number.is_finite())
        .collect();
    let plain = || values.iter().filter(|(point, _)| point.is_plain);
    let by_number =
        |a: &&(TrendPoint, String), b: &&(TrendPoint, String)| a.0.number.total_cmp(&b.0.number);
    let (first, last) = (plain().next()?, plain().next_back()?);
    let (lowest, highest) = (plain().min_by(by_number)?, plain().max_by(by_number)?);
    let count = plain().count();
    if count < 2 {
        return None;
    }
    let words = (labs(context.language).trend)(count, &first.1, &last.1, &lowest.1, &highest.1);
    Some(Trend {
        words,
        points: values.into_iter().map(|(point, _)| point).collect(),
    })
}

/// The Japanese wall time of a sample; the day's beginning where only the day is known.
fn moment(date: Date) -> Option<NaiveDateTime> {
    match date {
        Date::Instant(time) => Some(japanese_time(time).naive_local()),
        Date::Day(day) => day.and_hms_opt(0, 0, 0),
        Date::Year(_) | Date::Month(_) => None,
    }
}

#[cfg(test)]
#[path = "lab_rows_tests.rs"]
mod tests;
