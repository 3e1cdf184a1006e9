//! 文書: the list; what is addressed to another facility or held back is withheld.

use crate::domain::{
    document::Document,
    record::Content,
    section::{Fate, SectionName},
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

/// Builds the section.
pub(super) fn build(pieces: &[Piece<'_>], context: &Context<'_>) -> Built {
    let mut built = Built::default();
    let mut all: Vec<Written<'_, '_>> = Vec::new();
    for piece in rows::delivered(pieces, &mut built) {
        let Content::Document(document) = &piece.record.content else {
            rows::misplaced(piece, &mut built);
            continue;
        };
        if let Some(why) = why_withheld(document, context) {
            built
                .fates
                .push((piece.number, Fate::Withheld, why.to_owned()));
        } else if document.status.as_deref() == Some("superseded") {
            let why = rows::words(context).why_superseded.to_owned();
            built.fates.push((piece.number, Fate::Superseded, why));
        } else if context.is_inside(
            SectionName::Documents,
            piece.source,
            document.date.or(document.event),
        ) {
            let title = title_of(document, context)
                .unwrap_or_else(|| rows::words(context).document.to_owned());
            all.push(Written {
                piece,
                document,
                title,
            });
        } else {
            rows::outside(piece, document.date, context, &mut built);
        }
    }
    all.sort_by(|a, b| {
        rows::moment(b.document.date)
            .cmp(&rows::moment(a.document.date))
            .then_with(|| a.piece.number.cmp(&b.piece.number))
    });
    for written in &all {
        let item = row(written, context, &mut built);
        built.items.push(item);
    }
    built
}

/// A referral is for its addressee; restricted documents are for nobody here.
fn why_withheld(document: &Document, context: &Context<'_>) -> Option<&'static str> {
    if matches!(document.confidentiality.as_deref(), Some("R" | "V")) {
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
    let codings = || concepts().flat_map(|concept| &concept.codings);
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
        codings()
            .find_map(|coding| document_kind(context.language, coding.code.as_deref()?))
            .map(str::to_owned)
    })
}

fn row(written: &Written<'_, '_>, context: &Context<'_>, built: &mut Built) -> Item {
    let words = rows::words(context);
    let (piece, document) = (written.piece, written.document);
    let mut item = rows::begin(piece);
    item.title.clone_from(&written.title);
    item.date = document
        .date
        .or(document.event)
        .map(|date| date.to_string());
    if item.facility.is_none() {
        item.facility.clone_from(&document.custodian);
    }
    say_status(&mut item, document, context);
    match document.date.or(document.event) {
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
    let unread = rows::say_unreadable(&mut item, piece.record, context);
    built.partly_unreadable += usize::from(unread);
    rows::shown(piece, context, built);
    rows::complete(item)
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
