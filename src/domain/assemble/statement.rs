//! A statement that there is nothing: whose word it is, from where and from when.

use crate::domain::{
    date::Date,
    record::{AuthorKind, Origin},
    section::SourceName,
};

use super::piece::{Denial, NoneStatement, Voice};

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
