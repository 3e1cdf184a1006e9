//! What the rows of every section have in common: names, ages, merging, and the complete text.

use crate::domain::{
    clock::japanese_time,
    code::Concept,
    date::Date,
    record::{Content, Record},
    section::Fate,
    summary::{Item, Tone},
    text,
    words::records::{Records, records},
};

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::{
    piece::{Built, Context, Piece},
    tally::ENTERED_IN_ERROR,
};

pub(super) use super::row::tag;
pub(super) use crate::domain::summary::NO_BREAK;

/// `meta.tag` codes of the shared records (未告知, 未提供, 長期保存) live in systems that end so.
const INDICATION_SYSTEM: &str = "JP_ehrshrs_indication";

/// The words of a language for records.
pub(super) const fn words(context: &Context<'_>) -> &'static Records {
    records(context.language)
}

/// What a concept says: its text, else the first display that is not a dummy's, else a code.
pub(super) fn words_of(concept: &Concept) -> Option<String> {
    let sent = |text: &Option<String>| {
        text.as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    sent(&concept.text)
        .or_else(|| {
            concept
                .codings
                .iter()
                .filter(|coding| !coding.code.as_deref().is_some_and(is_dummy))
                .find_map(|coding| sent(&coding.display))
        })
        .or_else(|| {
            concept
                .codings
                .iter()
                .find_map(|coding| sent(&coding.display))
        })
        .or_else(|| concept.codings.iter().find_map(|coding| sent(&coding.code)))
}

/// Codes that stand for "could not be coded": 99999999 (傷病名), 99999999999999999 (検査).
pub(super) fn is_dummy(code: &str) -> bool {
    code.len() >= 8 && code.bytes().all(|b| b == b'9')
}

/// Whether a record carries one of the indications of the shared records.
pub(super) fn is_indicated(record: &Record, code: &str) -> bool {
    record.tags.iter().any(|tag| {
        tag.code.as_deref() == Some(code)
            && tag
                .system
                .as_deref()
                .is_some_and(|system| system.ends_with(INDICATION_SYSTEM))
    })
}

/// The pieces that may be shown at all. What is marked UNDELIVERED (未提供) is withheld here and
/// leaves no other trace; what its own sender calls an error (誤登録) is no statement of anything.
pub(super) fn delivered<'p, 'a>(pieces: &'p [Piece<'a>], built: &mut Built) -> Vec<&'p Piece<'a>> {
    let mut kept = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let set_aside = if is_indicated(piece.record, "UNDELIVERED") {
            Some((Fate::Withheld, "not for delivery"))
        } else if is_entered_in_error(&piece.record.content) {
            Some((Fate::NotForThisScreen, ENTERED_IN_ERROR))
        } else {
            None
        };
        match set_aside {
            Some((fate, why)) => built.fates.push((piece.number, fate, why.to_owned())),
            None => kept.push(piece),
        }
    }
    kept
}

fn is_entered_in_error(content: &Content) -> bool {
    let status = match content {
        Content::Observation(observation) => observation.status.as_deref(),
        Content::Problem(problem) => problem.verification.as_deref(),
        Content::Procedure(procedure) => procedure.status.as_deref(),
        Content::Visit(visit) => visit.status.as_deref(),
        Content::Document(document) => document.status.as_deref(),
        Content::Allergy(allergy) => allergy.verification.as_deref(),
        Content::Medication(medication) => medication.status.as_deref(),
        Content::Patient(_) | Content::NotForThisScreen { .. } | Content::Unreadable { .. } => None,
    };
    status == Some("entered-in-error")
}

/// A piece that was given to the wrong section.
pub(super) fn misplaced(piece: &Piece<'_>, built: &mut Built) {
    built.fates.push((
        piece.number,
        Fate::NotForThisScreen,
        "not a resource of this section".to_owned(),
    ));
}

/// A row with what every row takes from its record.
pub(super) fn begin(piece: &Piece<'_>) -> Item {
    let origin = &piece.record.origin;
    Item {
        facility: origin.facility.clone(),
        department: origin.department.clone(),
        source: Some(piece.source),
        resource: piece.record.resource.clone(),
        ..Item::default()
    }
}

/// Makes a piece part of a row.
pub(super) fn absorb(item: &mut Item, piece: &Piece<'_>) {
    item.merged.push(piece.record.resource.clone());
    if item.source != Some(piece.source) && !item.also_from.contains(&piece.source) {
        if item.also_from.is_empty() {
            item.also_from.extend(item.source);
        }
        item.also_from.push(piece.source);
    }
}

/// For sorting: later dates compare greater, whatever their precision; undated ones least.
pub(super) fn moment(date: Option<Date>) -> Option<(NaiveDate, Option<DateTime<Utc>>)> {
    date.map(|date| match date {
        Date::Instant(time) => (date.last_day(), Some(time)),
        Date::Year(_) | Date::Month(_) | Date::Day(_) => (date.last_day(), None),
    })
}

/// How old something is, in words: days under a month, months under two years, then years.
pub(super) fn age(date: Date, context: &Context<'_>) -> String {
    let words = words(context);
    let (then, today) = (date.first_day(), context.as_of);
    if date.last_day() > today && then > today {
        return words.future.to_owned();
    }
    let months = i64::from(today.year() - then.year()) * 12 + i64::from(today.month())
        - i64::from(then.month());
    let whole_months = months - i64::from(today.day() < then.day());
    match date {
        Date::Year(year) if i64::from(today.year()) > i64::from(year) => {
            (words.years_ago)(i64::from(today.year() - year))
        }
        Date::Month(_) if (1..24).contains(&months) => (words.months_ago)(months),
        Date::Month(_) if months >= 24 => (words.years_ago)(months / 12),
        Date::Year(_) => words.this_year.to_owned(),
        Date::Month(_) => words.this_month.to_owned(),
        Date::Day(_) | Date::Instant(_) => match (today - then).num_days() {
            days if days <= 0 => words.today.to_owned(),
            days if whole_months < 1 => (words.days_ago)(days),
            _ if whole_months < 24 => (words.months_ago)(whole_months),
            _ => (words.years_ago)(whole_months / 12),
        },
    }
}

/// Words in the brackets of the language.
pub(super) fn bracketed(inner: &str, context: &Context<'_>) -> String {
    let (open, close) = words(context).brackets;
    format!("{open}{inner}{close}")
}

/// A date with its age: 「2022-03（4年前）」.
pub(super) fn dated(date: Date, context: &Context<'_>) -> String {
    format!("{date}{}", bracketed(&age(date, context), context))
}

/// The hour and minute in Japan, where known.
pub(super) fn time_of_day(date: Date) -> Option<String> {
    match date {
        Date::Instant(time) => Some(japanese_time(time).format("%H:%M").to_string()),
        Date::Year(_) | Date::Month(_) | Date::Day(_) => None,
    }
}

/// Says in the row which of its fields could not be read. `true` where there is any.
pub(super) fn say_unreadable(item: &mut Item, record: &Record, context: &Context<'_>) -> bool {
    if record.unreadable.is_empty() {
        return false;
    }
    let words = words(context);
    let paths: Vec<&str> = record
        .unreadable
        .iter()
        .map(|field| field.path.as_str())
        .collect();
    item.tags.push(tag(Tone::Warning, words.partly_unreadable));
    item.details.push(format!(
        "{}: {}",
        words.unreadable_fields,
        paths.join(words.comma)
    ));
    true
}

/// Adds notes as they were sent.
pub(super) fn say_notes(item: &mut Item, notes: &[String], context: &Context<'_>) {
    for note in notes
        .iter()
        .map(|note| note.trim())
        .filter(|note| !note.is_empty())
    {
        item.details
            .push(format!("{}: {note}", words(context).note));
    }
}

/// Sets `text` from all that a reader sees of the row.
pub(super) fn complete(mut item: Item) -> Item {
    let value = item
        .value
        .as_deref()
        .unwrap_or_default()
        .replace(NO_BREAK, " ");
    let date = item
        .date
        .clone()
        .filter(|date| !value.contains(date.as_str()));
    let head = [Some(item.title.clone()), Some(value)]
        .into_iter()
        .flatten()
        .chain(
            item.tags
                .iter()
                .filter(|tag| !item.is_tone_of_value(tag))
                .map(|tag| tag.word.clone()),
        )
        .chain(date)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    item.text = std::iter::once(head)
        .chain(
            item.details
                .iter()
                .map(|detail| detail.replace(NO_BREAK, " ")),
        )
        .chain(
            item.facility
                .iter()
                .filter(|facility| **facility != item.title)
                .cloned(),
        )
        .chain(item.department.clone())
        .chain(item.telephone.clone())
        .collect::<Vec<_>>()
        .join(" / ");
    item
}

/// Fate of what is older than its window.
pub(super) fn outside(
    piece: &Piece<'_>,
    date: Option<Date>,
    context: &Context<'_>,
    built: &mut Built,
) {
    let words = words(context);
    let date = date.map_or_else(|| words.undated.to_owned(), |date| date.to_string());
    built.fates.push((
        piece.number,
        Fate::OutsideWindow,
        (words.why_outside)(&date),
    ));
}

/// Fate of what became a row.
pub(super) fn shown(piece: &Piece<'_>, context: &Context<'_>, built: &mut Built) {
    built.fates.push((
        piece.number,
        Fate::Shown,
        words(context).why_shown.to_owned(),
    ));
}

/// Fate of what became part of the row `title`.
pub(super) fn merged(piece: &Piece<'_>, title: &str, context: &Context<'_>, built: &mut Built) {
    built.fates.push((
        piece.number,
        Fate::Merged,
        (words(context).why_merged)(title),
    ));
}

/// One spelling for comparing names: compatibility form, lower case, white space dropped.
pub(super) fn same(name: &str) -> String {
    text::normalised(name)
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}
