//! 文書: the list; what is addressed to another facility or held back is withheld.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::{
    code::Coding,
    date::Date,
    document::Document,
    patient::Identifier,
    record::{Content, Record, names_one},
    section::{Fate, SectionName, SourceName},
    summary::{Item, Tone},
    words::records::document_kind,
};

use super::{
    piece::{Built, Context, Piece},
    rows,
};

struct Written<'p, 'a> {
    piece: &'p Piece<'a>,
    document: &'a Document,
    title: String,
}

/// What tells letters of one place and day apart: kind, day, place.
type Letter = (String, NaiveDate, String);

/// Builds the section.
pub(super) fn build(pieces: &[Piece<'_>], context: &Context<'_>) -> Built {
    let mut built = Built::default();
    for group in shown_letters(pieces, context, &mut built) {
        let item = row(&group, context, &mut built);
        built.items.extend(item);
    }
    built
}

/// The row that stands for `resource` of `source`, and the resources behind it; `None` where
/// there is no such row: what is withheld has none. Nor is there where it is not one name of one
/// row, for the text of another letter would be read as this one's.
pub(super) fn behind<'a>(
    pieces: &[Piece<'a>],
    context: &Context<'_>,
    (source, resource): (SourceName, &str),
) -> Option<(Item, Vec<&'a Document>)> {
    let mut built = Built::default();
    let letters = shown_letters(pieces, context, &mut built);
    let mut named = letters.iter().filter(|group| {
        group.first().is_some_and(|first| {
            first.piece.source == source && first.piece.record.resource == resource
        })
    });
    let group = named.next().filter(|_| names_one(resource))?;
    if named.next().is_some() {
        return None;
    }
    let documents = group.iter().map(|written| written.document).collect();
    Some((row(group, context, &mut built)?, documents))
}

/// The letters that have a row, latest first, those of one letter together; the rest has its fate.
fn shown_letters<'p, 'a>(
    pieces: &'p [Piece<'a>],
    context: &Context<'_>,
    built: &mut Built,
) -> Vec<Vec<Written<'p, 'a>>> {
    let mut all: Vec<Written<'_, '_>> = Vec::new();
    for piece in rows::delivered(pieces, built) {
        let Content::Document(document) = &piece.record.content else {
            rows::misplaced(piece, built);
            continue;
        };
        if document.status.as_deref() == Some("superseded") {
            let why = rows::words(context).why_superseded.to_owned();
            built.fates.push((piece.number, Fate::Superseded, why));
            continue;
        }
        let title =
            title_of(document, context).unwrap_or_else(|| rows::words(context).document.to_owned());
        all.push(Written {
            piece,
            document,
            title,
        });
    }
    let mut shown = Vec::new();
    for group in letters(all) {
        // What is withheld in one form is withheld in the other.
        let why = group
            .iter()
            .find_map(|written| why_withheld(written, context));
        let date = group.iter().find_map(Written::date);
        let source = group.first().map(|written| written.piece.source);
        let inside =
            source.is_some_and(|source| context.is_inside(SectionName::Documents, source, date));
        match why {
            Some(why) => built.fates.extend(
                group
                    .iter()
                    .map(|written| (written.piece.number, Fate::Withheld, why.to_owned())),
            ),
            None if inside => shown.push(group),
            None => {
                for written in &group {
                    rows::outside(written.piece, date, context, built);
                }
            }
        }
    }
    shown.sort_by(|a, b| {
        let key = |group: &Vec<Written<'_, '_>>| {
            group
                .first()
                .map(|written| (rows::moment(written.date()), written.piece.number))
        };
        let (left, right) = (key(a), key(b));
        right
            .map(|right| right.0)
            .cmp(&left.map(|left| left.0))
            .then_with(|| left.map(|left| left.1).cmp(&right.map(|right| right.1)))
    });
    shown
}

/// A document and the reference to it become one: by a number that exactly one document carries (one
/// of the chart or the visit is on many), else where kind, day and place lead to exactly one of each.
fn letters<'p, 'a>(all: Vec<Written<'p, 'a>>) -> Vec<Vec<Written<'p, 'a>>> {
    let (references, documents): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|written| written.document.by_reference);
    let mut by_number: BTreeMap<Identifier, Option<usize>> = BTreeMap::new();
    let mut by_letter: BTreeMap<Letter, Option<usize>> = BTreeMap::new();
    for (at, document) in documents.iter().enumerate() {
        for number in document.numbers() {
            by_number
                .entry(number.clone())
                .and_modify(|only| *only = only.filter(|only| *only == at))
                .or_insert(Some(at));
        }
        if let Some(letter) = document.letter() {
            by_letter
                .entry(letter)
                .and_modify(|only| *only = None)
                .or_insert(Some(at));
        }
    }
    let mut like: BTreeMap<Letter, usize> = BTreeMap::new();
    for letter in references.iter().filter_map(Written::letter) {
        *like.entry(letter).or_default() += 1;
    }
    let mut groups: Vec<Vec<Written<'_, '_>>> = documents
        .into_iter()
        .map(|document| vec![document])
        .collect();
    for reference in references {
        let numbered = reference
            .numbers()
            .find_map(|number| by_number.get(number).copied().flatten());
        let found = numbered.or_else(|| {
            let letter = reference.letter()?;
            let alone = like.get(&letter) == Some(&1);
            by_letter.get(&letter).copied().flatten().filter(|_| alone)
        });
        match found.and_then(|at| groups.get_mut(at)) {
            Some(group) => group.push(reference),
            None => groups.push(vec![reference]),
        }
    }
    groups
}

impl Written<'_, '_> {
    fn date(&self) -> Option<Date> {
        self.document.date.or(self.document.event)
    }

    fn numbers(&self) -> impl Iterator<Item = &Identifier> {
        numbers(self.piece.record, self.document)
    }

    fn letter(&self) -> Option<Letter> {
        letter(self.piece.record, self.document)
    }
}

fn numbers<'a>(record: &'a Record, document: &'a Document) -> impl Iterator<Item = &'a Identifier> {
    record.identifiers.iter().chain(&document.master)
}

fn letter(record: &Record, document: &Document) -> Option<Letter> {
    let origin = &record.origin;
    let place = origin
        .facility_number
        .clone()
        .or_else(|| origin.facility.as_deref().map(rows::same))
        .or_else(|| document.custodian.as_deref().map(rows::same))?;
    let code = kind_codings(document).find_map(|coding| coding.code.clone())?;
    let date = document.date.or(document.event)?;
    Some((code, date.first_day(), place))
}

/// Whether one of two is a reference that may be to the other: where in doubt, it is.
pub(super) fn may_be_one_letter(left: &Record, right: &Record) -> bool {
    let (Content::Document(one), Content::Document(other)) = (&left.content, &right.content) else {
        return false;
    };
    let numbered = numbers(left, one).any(|number| numbers(right, other).any(|own| own == number));
    let alike = letter(left, one).is_some_and(|letter_of| Some(letter_of) == letter(right, other));
    one.by_reference != other.by_reference && (numbered || alike)
}

/// A referral is for its addressee; restricted documents are for nobody here.
fn why_withheld(written: &Written<'_, '_>, context: &Context<'_>) -> Option<&'static str> {
    let document = written.document;
    let labels = written.piece.record.tags.iter().filter(|tag| {
        tag.system
            .as_deref()
            .is_some_and(|system| system.ends_with("Confidentiality"))
    });
    let restricted = document
        .confidentiality
        .as_deref()
        .into_iter()
        .chain(labels.filter_map(|label| label.code.as_deref()))
        .any(|code| matches!(code, "R" | "V"));
    if restricted {
        return Some("confidential");
    }
    let viewer = context.viewer_facility?;
    let numbers: Vec<&str> = document
        .addressed_to
        .iter()
        .filter_map(|addressee| addressee.facility_number.as_deref())
        .collect();
    (!numbers.is_empty() && !numbers.contains(&viewer)).then_some("addressed to another facility")
}

fn kind_codings(document: &Document) -> impl Iterator<Item = &Coding> {
    std::iter::once(&document.kind)
        .chain(&document.categories)
        .flat_map(|concept| &concept.codings)
}

fn title_of(document: &Document, context: &Context<'_>) -> Option<String> {
    document
        .title
        .clone()
        .filter(|title| !title.trim().is_empty())
        .or_else(|| kind_of(document, context))
}

/// The kind in words: the sender's, else those of its LOINC code; a bare code is no kind.
fn kind_of(document: &Document, context: &Context<'_>) -> Option<String> {
    let concepts = || std::iter::once(&document.kind).chain(&document.categories);
    let sent = concepts().find_map(|concept| {
        let is_code = |words: &String| {
            concept
                .codings
                .iter()
                .any(|coding| coding.code.as_ref() == Some(words))
        };
        rows::words_of(concept).filter(|words| !is_code(words))
    });
    sent.or_else(|| {
        kind_codings(document)
            .find_map(|coding| document_kind(context.language, coding.code.as_deref()?))
            .map(str::to_owned)
    })
}

fn row(group: &[Written<'_, '_>], context: &Context<'_>, built: &mut Built) -> Option<Item> {
    let (written, rest) = group.split_first()?;
    let words = rows::words(context);
    let (piece, document) = (written.piece, written.document);
    let mut item = rows::begin(piece);
    item.title.clone_from(&written.title);
    item.date = written.date().map(|date| date.to_string());
    if item.facility.is_none() {
        item.facility.clone_from(&document.custodian);
    }
    say_status(&mut item, document, context);
    match written.date() {
        Some(date) => item.details.push(rows::age(date, context)),
        None => item.tags.push(rows::tag(Tone::Info, words.undated)),
    }
    let kind =
        kind_of(document, context).filter(|kind| rows::same(kind) != rows::same(&written.title));
    item.details.extend(kind);
    let author = piece
        .record
        .origin
        .author
        .as_ref()
        .and_then(|author| author.name.as_ref());
    item.details
        .extend(author.map(|name| format!("{} {name}", words.author)));
    let names: Vec<&str> = document
        .addressed_to
        .iter()
        .filter_map(|addressee| {
            addressee
                .name
                .as_deref()
                .or(addressee.facility_number.as_deref())
        })
        .collect();
    if !names.is_empty() {
        item.details.push(format!(
            "{} {}",
            words.addressed_to,
            names.join(words.comma)
        ));
    }
    let headings: Vec<&str> = document
        .sections
        .iter()
        .filter_map(|section| section.title.as_deref())
        .collect();
    if !headings.is_empty() {
        item.details
            .push(format!("{} {}", words.headings, headings.join(words.comma)));
    }
    for other in rest {
        rows::absorb(&mut item, other.piece);
        rows::merged(other.piece, &item.title, context, built);
    }
    let unread = rows::say_unreadable(&mut item, piece.record, context);
    built.partly_unreadable += usize::from(unread);
    rows::shown(piece, context, built);
    Some(rows::complete(item))
}

fn say_status(item: &mut Item, document: &Document, context: &Context<'_>) {
    let words = rows::words(context);
    let (tone, word) = match document.status.as_deref() {
        Some("final" | "current") => (Tone::Info, words.final_version.to_owned()),
        Some("preliminary") => (Tone::Warning, words.preliminary.to_owned()),
        Some("amended") => (Tone::Info, words.amended.to_owned()),
        Some("unknown") | None => (Tone::Info, words.status_unknown.to_owned()),
        Some(other) => (Tone::Info, format!("{} {other}", words.status_unknown)),
    };
    item.tags.push(rows::tag(tone, word));
}

#[cfg(test)]
#[path = "documents_tests.rs"]
mod tests;
