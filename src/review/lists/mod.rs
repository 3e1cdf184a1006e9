//! Lists that a hospital hands over as CSV: registrations, rosters, staff, protected persons,
//! decoys. A file is taken over as a whole or not at all, and every line that stands in the way is
//! named at once.

mod encounter;
mod read;
mod sheet;
mod taken;

#[cfg(test)]
mod tests;

pub(super) use encounter::{is_fhir, operation_outcome};
pub use read::columns;
pub(super) use read::{Read, Reading, read};
pub(super) use taken::{Shift, StaffMember, TakenArrival, TakenDuty};

use crate::domain::review::Kind;

/// Lines of the longest list that is read.
pub const MOST_LINES: usize = 5_000;
/// Bytes of the longest list that is read.
pub const MOST_BYTES: usize = 2 * 1024 * 1024;

/// What was taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What it is about.
    pub kind: Kind,
    /// How many lines it had.
    pub lines: usize,
    /// How many of them say again what another line says.
    pub twice: usize,
    /// How many are about people without an account, where only accounts matter.
    pub strangers: usize,
    /// How many say that nobody has come yet, or will not.
    pub absent: usize,
    /// Whether it says what stands already: then nothing was changed.
    pub was_known: bool,
}

/// Why a list was not taken over: nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The file as a whole.
    #[error("{0}")]
    File(FileFlaw),
    /// Lines, each with its number in the file and what is wrong with it.
    #[error("{} lines cannot be read", .0.len())]
    Lines(Vec<(u64, LineFlaw)>),
    /// It could not be written to the ledger, or not be compared with what is known.
    #[error("it cannot be recorded now")]
    Unavailable,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFlaw {
    /// More than [`MOST_BYTES`].
    #[error("larger than {MOST_BYTES} bytes: registrations and rosters may come in parts, by days")]
    TooLarge,
    /// More than [`MOST_LINES`].
    #[error("more than {MOST_LINES} lines: registrations and rosters may come in parts, by days")]
    TooLong,
    /// It begins like FHIR and is none.
    #[error("it is no FHIR resource")]
    NotFhir,
    /// One page of what a server found.
    #[error("it is one page of a search: the rest is missing")]
    Page,
    /// Neither UTF-8 nor `Shift_JIS`.
    #[error("neither UTF-8 nor Shift_JIS")]
    Encoding,
    /// A column is missing.
    #[error("the column {0} is missing")]
    NoColumn(&'static str),
    /// A column is there twice, or unknown: which, counted from 1. Its heading is not said: where a
    /// file has none, it is somebody's data.
    #[error("column {0} is unknown or there twice")]
    Column(usize),
    /// No facility of this installation bears the folder's name.
    #[error("there is no such facility")]
    NoFacility,
    /// A heading and nothing below.
    #[error("no line below the heading")]
    Empty,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFlaw {
    /// Fewer or more fields than the heading.
    #[error("not as many fields as the heading")]
    Fields,
    /// A field holds control characters: an open quotation mark has swallowed other lines.
    #[error("a field holds line breaks or control characters")]
    Control,
    /// A field that must not be empty.
    #[error("{0} is empty")]
    Missing(&'static str),
    /// A field that cannot be read.
    #[error("{0} cannot be read")]
    Unreadable(&'static str),
    /// It begins like a formula.
    #[error("{0} begins like a formula")]
    Formula(&'static str),
    /// A resource of which nothing can be read.
    #[error("the resource cannot be read")]
    Resource,
    /// Neither a whole insurance number nor a name with a birth date.
    #[error("neither an insurance number with its branch nor a name with a birth date")]
    Nobody,
    /// It is another facility's.
    #[error("it is another facility's")]
    OtherFacility,
    /// The end is not after the beginning, or a day later.
    #[error("the end is not within two days after the beginning")]
    Span,
    /// It lies more than a day ahead.
    #[error("it lies in the future")]
    Future,
}
