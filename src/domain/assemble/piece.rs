//! What a section's builder is given, and what it gives back.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::{
    record::Record,
    section::{Fate, Language, Look, SectionName, SourceName},
    summary::Item,
};

use super::{Request, Windows};

/// One resource that belongs to a section, with where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Its number among all resources: fates are reported under it.
    pub number: usize,
    /// The resource.
    pub record: &'a Record,
    /// The source whose windows and mark apply.
    pub source: SourceName,
    /// When the source's answer was received.
    pub received: DateTime<Utc>,
}

/// What all builders need to know.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The Japanese calendar day to count from.
    pub as_of: NaiveDate,
    /// Emergency or normal windows.
    pub look: Look,
    /// Language of every text.
    pub language: Language,
    /// Look-back windows.
    pub windows: &'a Windows,
    /// The patient's birth date as far as known: ages, and the eGFR's lower bound.
    pub birth: Option<crate::domain::date::Date>,
    /// The patient's sex, where known: reference ranges, and the eGFR.
    pub sex: Option<crate::domain::patient::Sex>,
    /// Whether it is known that no record speaks of dialysis: the eGFR (B11). `false` also where the
    /// records that would speak of it did not come.
    pub dialysis_ruled_out: bool,
    /// The viewer's facility number, for documents addressed elsewhere.
    pub viewer_facility: Option<&'a str>,
}

impl<'a> Context<'a> {
    /// What a request says of it.
    #[must_use]
    pub fn of(request: &Request<'a>) -> Self {
        Self {
            as_of: request.as_of,
            look: request.look,
            language: request.language,
            windows: request.windows,
            birth: request.patient.and_then(|patient| patient.birth_date),
            sex: request.patient.and_then(|patient| patient.sex),
            dialysis_ruled_out: false,
            viewer_facility: request.viewer_facility,
        }
    }

    /// Whether something dated `date` from `source` lies in `section`'s window. Something without
    /// a date is always inside: it cannot be proven to be old.
    #[must_use]
    pub fn is_inside(
        &self,
        section: SectionName,
        source: SourceName,
        date: Option<crate::domain::date::Date>,
    ) -> bool {
        let Some(date) = date else { return true };
        self.windows
            .first_day(section, source, self.look, self.as_of)
            .is_none_or(|first| date.last_day() >= first)
    }
}

/// What a builder made of its pieces. Every piece has exactly one fate.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// Rows in the order of the screen.
    pub items: Vec<Item>,
    /// `(number, fate, why)` for every piece.
    pub fates: Vec<(usize, Fate, String)>,
    /// Sentences that belong under the section.
    pub notes: Vec<String>,
    /// Shown rows whose code is a dummy or missing.
    pub uncoded: usize,
    /// Shown rows of which a field that the row would show could not be read.
    pub partly_unreadable: usize,
    /// Positive statements that there is nothing ("no known allergy"): who, a person or not, when.
    pub none_statements: Vec<NoneStatement>,
}

/// Somebody says that there is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoneStatement {
    /// The source it came from.
    pub source: SourceName,
    /// Whose word it is: a system's or an unnamed author's is not a confirmation.
    pub voice: Voice,
    /// How much it denies.
    pub denial: Denial,
    /// Who, in words.
    pub who: Option<String>,
    /// Which facility.
    pub facility: Option<String>,
    /// When, ISO.
    pub when: Option<String>,
    /// The negation's own words.
    pub text: String,
}

impl NoneStatement {
    /// Whether it makes a section "none known": a person denies the whole.
    #[must_use]
    pub fn confirms(&self) -> bool {
        self.denial == Denial::Whole && self.voice != Voice::NoPerson
    }
}

/// Whose word a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// A physician, pharmacist or other professional.
    Professional,
    /// The patient: 患者申告.
    Patient,
    /// A relative or companion: 家族等の申告.
    Relative,
    /// A machine, an institution without a name, or nobody that is named.
    NoPerson,
}

/// How much a statement of "none" denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// Everything.
    Whole,
    /// One kind only, such as drugs or food.
    Kind,
    /// Everything, but its own sender does not stand by it (`unconfirmed`).
    Unconfirmed,
    /// Nothing any more: the List or document that said it was replaced or taken out of use.
    Past,
    /// Nothing any more: the denial was itself refuted.
    Refuted,
}
