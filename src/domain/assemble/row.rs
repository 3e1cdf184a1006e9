//! The complete words of a row.

use crate::domain::{
    code::Concept,
    summary::{Item, Tag, Tone},
};

/// A word with its tone.
pub(super) fn tag(tone: Tone, word: impl Into<String>) -> Tag {
    Tag {
        tone,
        word: word.into(),
    }
}

/// Puts title, value, tags and details into `text`, in that order.
pub(super) fn complete(mut item: Item) -> Item {
    let parts = std::iter::once(item.title.as_str())
        .chain(item.value.as_deref())
        .chain(item.tags.iter().map(|tag| tag.word.as_str()))
        .chain(item.details.iter().map(String::as_str));
    item.text = parts.collect::<Vec<_>>().join(" ");
    item
}

/// The words of a concept: the chart's own, else the first display, else the first code; what is
/// empty does not count.
pub(super) fn words_of(concept: &Concept) -> Option<&str> {
    let displays = concept.codings.iter().map(|coding| &coding.display);
    let codes = concept.codings.iter().map(|coding| &coding.code);
    std::iter::once(&concept.text)
        .chain(displays)
        .chain(codes)
        .filter_map(Option::as_deref)
        .find(|words| !words.trim().is_empty())
}
