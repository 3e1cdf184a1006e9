//! 受診歴: where the patient was seen, so that one can telephone.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::{
    date::Date,
    record::Content,
    section::SectionName,
    summary::{Item, Tone},
    visit::Visit,
    words::records::Records,
};

use super::{
    piece::{Built, Context, Piece},
    rows,
};

/// What tells visits apart.
type Key = (NaiveDate, String, [Option<String>; 3]);

struct Seen<'p, 'a> {
    piece: &'p Piece<'a>,
    visit: &'a Visit,
}

/// Builds the section.
pub(super) fn build(pieces: &[Piece<'_>], context: &Context<'_>) -> Built {
    let mut built = Built::default();
    let mut all = Vec::new();
    for piece in rows::delivered(pieces, &mut built) {
        let Content::Visit(visit) = &piece.record.content else {
            rows::misplaced(piece, &mut built);
            continue;
        };
        let last = visit.ends.or(visit.starts);
        if is_ongoing(visit) || context.is_inside(SectionName::Visits, piece.source, last) {
            all.push(Seen { piece, visit });
        } else {
            rows::outside(piece, last, context, &mut built);
        }
    }
    all.sort_by(|a, b| {
        rows::moment(b.visit.starts)
            .cmp(&rows::moment(a.visit.starts))
            .then_with(|| a.piece.number.cmp(&b.piece.number))
    });
    let mut places: BTreeMap<Key, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<Seen<'_, '_>>> = Vec::new();
    for seen in all {
        let key = seen.key();
        let known = key.as_ref().and_then(|key| places.get(key)).copied();
        if let Some(group) = known.and_then(|at| groups.get_mut(at)) {
            group.push(seen);
        } else {
            places.extend(key.map(|key| (key, groups.len())));
            groups.push(vec![seen]);
        }
    }
    for group in groups {
        let item = row(&group, context, &mut built);
        built.items.extend(item);
    }
    built
}

impl Seen<'_, '_> {
    /// Day, place, department, kind and status: where all are the same, one visit was said twice.
    /// `None` where day or place is not known.
    fn key(&self) -> Option<Key> {
        let origin = &self.piece.record.origin;
        let place = origin
            .facility_number
            .clone()
            .or_else(|| origin.facility.as_deref().map(rows::same))?;
        let class = self
            .visit
            .class
            .as_ref()
            .and_then(|class| class.code.clone());
        let words = [
            self.department().map(|name| rows::same(&name)),
            class,
            self.visit.status.clone(),
        ];
        Some((self.visit.starts?.first_day(), place, words))
    }

    fn department(&self) -> Option<String> {
        self.visit
            .department
            .clone()
            .or_else(|| self.piece.record.origin.department.clone())
    }
}

fn is_ongoing(visit: &Visit) -> bool {
    visit.ends.is_none()
        && matches!(
            visit.status.as_deref(),
            Some("in-progress" | "arrived" | "onleave" | "triaged")
        )
}

fn row(group: &[Seen<'_, '_>], context: &Context<'_>, built: &mut Built) -> Option<Item> {
    let (first, rest) = group.split_first()?;
    let words = rows::words(context);
    let mut item = rows::begin(first.piece);
    let origin = &first.piece.record.origin;
    item.department = first.department();
    item.telephone.clone_from(&origin.telephone);
    item.title = origin
        .facility
        .clone()
        .unwrap_or_else(|| words.unnamed_facility.to_owned());
    item.date = first.visit.starts.map(|date| date.to_string());
    item.tags
        .extend(class_word(first.visit, words).map(|word| rows::tag(Tone::Info, word)));
    say_status(&mut item, first.visit, words);
    say_period(&mut item, first.visit, context);
    if !first.visit.reasons.is_empty() {
        item.details.push(format!(
            "{} {}",
            words.reason,
            first.visit.reasons.join(words.comma)
        ));
    }
    let disposition = first.visit.disposition.as_ref().and_then(rows::words_of);
    item.details
        .extend(disposition.map(|place| format!("{} {place}", words.disposition)));
    for seen in rest {
        rows::absorb(&mut item, seen.piece);
        rows::merged(seen.piece, &item.title, context, built);
    }
    let unread = rows::say_unreadable(&mut item, first.piece.record, context);
    built.partly_unreadable += usize::from(unread);
    rows::shown(first.piece, context, built);
    Some(rows::complete(item))
}

/// 外来, 入院, 救急, by the class (v3 `ActCode`), else as sent.
fn class_word(visit: &Visit, words: &Records) -> Option<String> {
    let class = visit.class.as_ref()?;
    let word = match class.code.as_deref() {
        Some("AMB") => words.outpatient,
        Some("IMP" | "ACUTE" | "NONAC") => words.inpatient,
        Some("EMER") => words.emergency,
        Some("HH") => words.home,
        Some("SS" | "OBSENC") => words.short_stay,
        Some("VR") => words.remote,
        _ => return class.display.clone().or_else(|| class.code.clone()),
    };
    Some(word.to_owned())
}

fn say_status(item: &mut Item, visit: &Visit, words: &Records) {
    let status = match visit.status.as_deref() {
        Some("finished" | "completed" | "discharged") => None,
        Some("in-progress" | "arrived" | "triaged" | "onleave") if visit.ends.is_some() => None,
        Some("in-progress" | "arrived" | "triaged" | "onleave") => {
            Some((Tone::Info, words.ongoing.to_owned()))
        }
        Some("planned") => Some((Tone::Info, words.planned.to_owned())),
        Some("cancelled") => Some((Tone::Warning, words.cancelled.to_owned())),
        Some("noshow") => Some((Tone::Warning, words.no_show.to_owned())),
        Some("unknown") | None => Some((Tone::Info, words.status_unknown.to_owned())),
        Some(other) => Some((Tone::Info, format!("{} {other}", words.status_unknown))),
    };
    item.tags
        .extend(status.map(|(tone, word)| rows::tag(tone, word)));
}

fn say_period(item: &mut Item, visit: &Visit, context: &Context<'_>) {
    let words = rows::words(context);
    match visit.starts.or(visit.ends) {
        Some(date) => item.details.push(rows::age(date, context)),
        None => item.tags.push(rows::tag(Tone::Info, words.undated)),
    }
    let (starts, Some(ends)) = (visit.starts, visit.ends) else {
        return;
    };
    if starts.is_some_and(|starts| is_inverted(starts, ends)) {
        item.tags
            .push(rows::tag(Tone::Warning, words.inverted_period));
    }
    if starts.is_none_or(|starts| starts.to_string() != ends.to_string()) {
        let starts = starts.map(|date| date.to_string()).unwrap_or_default();
        item.details.push(format!("{starts}〜{ends}"));
    }
}

fn is_inverted(starts: Date, ends: Date) -> bool {
    match (starts, ends) {
        (Date::Instant(starts), Date::Instant(ends)) => ends < starts,
        _ => ends.last_day() < starts.first_day(),
    }
}

#[cfg(test)]
#[path = "visits_tests.rs"]
mod tests;
