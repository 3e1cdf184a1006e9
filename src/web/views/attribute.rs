//! What tells people apart, as candidates and lists show it.

use crate::{
    access::Candidate,
    domain::{assemble::in_japanese_calendar, date::Date},
    web::text::Text,
};

use super::banner;

/// One thing that tells people apart.
#[derive(Clone)]
pub(super) struct Attribute {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) differs: bool,
}

/// A birth date as insurance cards have it too.
fn both_calendars(date: Date) -> Option<String> {
    let japanese = in_japanese_calendar(date);
    banner::birth(Some(&date.to_string()), japanese.as_deref())
}

/// Name first, then kana, birth date, sex and town; the branch where any candidate has one. The
/// same for every candidate of a search.
pub(super) fn attributes(
    candidate: &Candidate,
    has_branches: bool,
    t: &'static Text,
) -> Vec<Attribute> {
    let patient = candidate.patient.as_ref();
    let attribute = |label, value: Option<String>| Attribute {
        label,
        value: value.unwrap_or_else(|| t.glass.unknown.to_owned()),
        differs: false,
    };
    let birth_date = patient.and_then(|patient| patient.birth_date);
    let sex = patient.and_then(|patient| patient.sex);
    let mut attributes = vec![
        attribute(
            t.search.name,
            patient.and_then(|patient| patient.name.clone()),
        ),
        attribute(
            t.glass.kana,
            patient.and_then(|patient| patient.kana.clone()),
        ),
        attribute(t.search.birth_date, birth_date.and_then(both_calendars)),
        attribute(t.search.sex, sex.map(|sex| (t.words.sex)(sex).to_owned())),
        attribute(
            t.glass.town,
            patient.and_then(|patient| patient.town.clone()),
        ),
    ];
    if has_branches {
        attributes.push(attribute(t.search.branch, candidate.branch.clone()));
    }
    attributes
}
