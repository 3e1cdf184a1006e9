//! A statement that there is nothing: whose word it is, from where and from when.

use crate::domain::{
    date::Date,
    record::{AuthorKind, Origin},
    section::SourceName,
};

use super::piece::{Denial, NoneStatement, Voice};

/// Whether the List or document of a statement still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is valid.
    Valid,
    /// It is not final: what it denies is not confirmed.
    Provisional,
    /// It was replaced or taken out of use: what it denied was so then.
    Past,
    /// It was entered in error, and says nothing.
    Withdrawn,
}

/// Reads `List.status` and `Composition.status` (FHIR R4 list-status, composition-status, with the
/// later versions' words). A missing status withdraws nothing; an unknown one is not final.
pub(super) fn standing(status: Option<&str>) -> Standing {
    match status {
        None | Some("current" | "final" | "amended" | "corrected" | "appended") => Standing::Valid,
        Some("entered-in-error") => Standing::Withdrawn,
        Some("retired" | "superseded" | "deprecated" | "cancelled") => Standing::Past,
        Some(_) => Standing::Provisional,
    }
}

/// What `origin` states in `text`; it denies the whole unless the caller knows better.
pub(super) fn of(
    origin: &Origin,
    when: Option<Date>,
    source: SourceName,
    text: String,
) -> NoneStatement {
    let author = origin.author.as_ref();
    let voice = match author.map(|author| author.kind) {
        Some(AuthorKind::Person) => Voice::Professional,
        Some(AuthorKind::Patient) => Voice::Patient,
        Some(AuthorKind::Relative) => Voice::Relative,
        Some(AuthorKind::Organisation | AuthorKind::System | AuthorKind::Unknown) | None => {
            Voice::NoPerson
        }
    };
    let who = author.and_then(|author| author.name.clone());
    NoneStatement {
        source,
        voice,
        denial: Denial::Whole,
        facility: origin
            .facility
            .clone()
            .filter(|facility| Some(facility) != who.as_ref()),
        who,
        when: when.map(|date| date.to_string()),
        text,
    }
}
