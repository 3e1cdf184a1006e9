//! The state of a section in sentences, and every statement about it that the state does not say.

use crate::domain::{
    section::{SectionName, State},
    summary::SourceState,
    words::states::StateWords,
};

use super::{
    piece::NoneStatement,
    routing::{Empty, IN_TEXT},
    state::{emptiness, who, written},
};

/// The state in words; beside rows only what is missing.
pub(super) fn said(
    state: State,
    sources: &[SourceState],
    outside: bool,
    text: &StateWords,
) -> Vec<String> {
    let why = |wanted: State| {
        sources
            .iter()
            .filter(move |source| source.state == wanted)
            .filter_map(|source| source.why.clone())
    };
    match state {
        State::Present => sources
            .iter()
            .filter_map(|source| beside_rows(source, text))
            .collect(),
        State::NotFetched => why(state).map(|why| (text.not_fetched)(&why)).collect(),
        State::NoneKnown => why(state).collect(),
        State::ReportedEmpty => {
            let empty = if outside {
                text.empty_inside_window
            } else {
                text.reported_empty
            };
            std::iter::once(empty.to_owned())
                .chain(why(state))
                .collect()
        }
        State::NotAsked => {
            let who: Vec<String> = why(state).map(|who| (text.not_asked_by)(&who)).collect();
            if who.is_empty() {
                vec![text.not_asked.to_owned()]
            } else {
                who
            }
        }
        State::NotCovered => vec![text.not_covered.to_owned()],
        State::Withheld => why(state).take(1).collect(),
        State::Coming => vec![text.coming.to_owned()],
    }
}

/// What a source without rows adds beside the rows of another one.
fn beside_rows(source: &SourceState, text: &StateWords) -> Option<String> {
    let name = (text.source)(source.source);
    match source.state {
        State::NotFetched => {
            let why = source.why.as_deref().unwrap_or_default();
            Some(format!("{name} {}", (text.not_fetched)(why)))
        }
        State::Coming => Some(format!("{name} {}", text.coming)),
        State::Withheld => Some(format!(
            "{name} {}",
            source.why.as_deref().unwrap_or_default()
        )),
        State::Present
        | State::NoneKnown
        | State::ReportedEmpty
        | State::NotAsked
        | State::NotCovered => None,
    }
}

/// Nobody's word about the section is lost: what the notes do not say yet is added. Beside rows a
/// denial is what was written, never what is so.
pub(super) fn statements<'e>(
    none: &[NoneStatement],
    empties: impl Iterator<Item = &'e Empty<'e>>,
    notes: &mut Vec<String>,
    text: &StateWords,
) {
    for one in none {
        let who = who(one, text);
        let is_said = |note: &String| note.contains(&who) && note.contains(&one.text);
        if !notes.iter().any(is_said) {
            notes.push(written(one, text));
        }
    }
    // Beside rows the text of a letter is worth a line only where a missed word harms at once.
    let is_told = |one: &&Empty<'_>| {
        one.reason != IN_TEXT
            || matches!(
                one.section,
                SectionName::Allergies
                    | SectionName::Contraindications
                    | SectionName::Infections
                    | SectionName::Drugs
            )
    };
    for one in empties.filter(is_told) {
        let words = emptiness(one, text);
        if !notes.iter().any(|note| note.contains(&words)) {
            notes.push(words);
        }
    }
}
