//! 健診: the days only, one row for each.

use crate::domain::{
    date::Date,
    record::{Content, Record},
    section::{Look, SectionName},
    summary::{Item, Tone},
};

use super::{
    piece::{Built, Context, Piece},
    rows,
};

/// Builds the section.
pub(super) fn build(pieces: &[Piece<'_>], context: &Context<'_>) -> Built {
    let mut built = Built::default();
    let mut days: Vec<(Option<Date>, Vec<&Piece<'_>>)> = Vec::new();
    for piece in rows::delivered(pieces, &mut built) {
        let date = date_of(piece.record);
        if !context.is_inside(SectionName::Checkups, piece.source, date) {
            rows::outside(piece, date, context, &mut built);
            continue;
        }
        let day = |date: Date| (date.first_day(), date.last_day());
        match days
            .iter_mut()
            .find(|(known, _)| known.map(day) == date.map(day))
        {
            Some((_, pieces)) => pieces.push(piece),
            None => days.push((date, vec![piece])),
        }
    }
    days.sort_by_key(|(date, _)| std::cmp::Reverse(date.map(|date| date.last_day())));
    for (date, pieces) in days {
        let item = row(date, &pieces, context, &mut built);
        built.items.extend(item);
    }
    if !built.items.is_empty() {
        built
            .notes
            .push(rows::words(context).checkup_note.to_owned());
    }
    built
}

fn row(
    date: Option<Date>,
    pieces: &[&Piece<'_>],
    context: &Context<'_>,
    built: &mut Built,
) -> Option<Item> {
    let (first, rest) = pieces.split_first()?;
    let words = rows::words(context);
    let mut item = rows::begin(first);
    if context.look == Look::Emergency {
        // The national summary gives the day and nothing else.
        item.facility = None;
        item.department = None;
    }
    words.checkup.clone_into(&mut item.title);
    item.date = date.map(|date| date.to_string());
    match date {
        Some(date) => item.details.push(rows::age(date, context)),
        None => item.tags.push(rows::tag(Tone::Info, words.undated)),
    }
    for piece in rest {
        rows::absorb(&mut item, piece);
        rows::merged(piece, &item.title, context, built);
    }
    rows::shown(first, context, built);
    Some(rows::complete(item))
}

/// The day of whatever says that there was a check-up.
fn date_of(record: &Record) -> Option<Date> {
    match &record.content {
        Content::Observation(observation) => observation.effective.or(observation.issued),
        Content::Procedure(procedure) => procedure.performed,
        Content::Visit(visit) => visit.starts.or(visit.ends),
        Content::Document(document) => document.event.or(document.date),
        Content::Problem(problem) => problem.recorded,
        Content::Patient(_)
        | Content::Allergy(_)
        | Content::Medication(_)
        | Content::NotForThisScreen { .. }
        | Content::Unreadable { .. } => None,
    }
}

#[cfg(test)]
#[path = "checkups_tests.rs"]
mod tests;
