//! Resources that stand for "none known" or "no information": never a drug, a problem or an operation.

use crate::domain::{
    code::Concept,
    date::Date,
    record::{Content, Record},
};

/// Code system of the International Patient Summary for them. Allergies have their own reading
/// ([`super::agent`]), because they tell apart what is denied.
const SYSTEM: &str = "absent-unknown-uv-ips";

/// What such a resource says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Absence<'a> {
    /// Whether it says "none", not only that nobody knows.
    pub(super) known: bool,
    /// Its words.
    pub(super) words: &'a str,
    /// When it was written.
    pub(super) when: Option<Date>,
}

/// What `record` says, if it is such a resource.
pub(super) fn said(record: &Record) -> Option<Absence<'_>> {
    let (concept, when) = match &record.content {
        Content::Problem(problem) => (&problem.name, problem.recorded),
        Content::Medication(medication) => (&medication.drug, medication.authored),
        Content::Procedure(procedure) => (&procedure.code, None),
        Content::Allergy(_)
        | Content::Patient(_)
        | Content::Observation(_)
        | Content::Visit(_)
        | Content::Document(_)
        | Content::NotForThisScreen { .. }
        | Content::Unreadable { .. } => return None,
    };
    let code = code(concept)?;
    let known = code.starts_with("no-known-");
    let words = super::row::words_of(concept).unwrap_or(code);
    (known || code.ends_with("-info")).then_some(Absence { known, words, when })
}

fn code(concept: &Concept) -> Option<&str> {
    concept
        .codings
        .iter()
        .find(|coding| {
            let system = coding.system.as_deref();
            system.is_some_and(|system| system.ends_with(SYSTEM))
        })
        .and_then(|coding| coding.code.as_deref())
}
