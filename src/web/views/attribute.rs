//! What tells people apart, as candidates and lists show it.

use crate::{
    access::Candidate,
    domain::{access::FoundBy, assemble::in_japanese_calendar, date::Date, patient::Sex},
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

/// What agreed and what could not be compared, or not wholly, where somebody was found by four
/// attributes and not all of them are known; `None` where all agree.
pub(super) fn partly(candidate: &Candidate, t: &'static Text) -> Option<String> {
    let by_attributes = matches!(
        candidate.found_by,
        FoundBy::FourAttributes | FoundBy::Disaster
    );
    let patient = candidate.patient.as_ref().filter(|_| by_attributes)?;
    let is_named = patient.searched_by().next().is_some();
    let (born, is_born) = match patient.birth_date {
        Some(Date::Day(_) | Date::Instant(_)) => (t.search.birth_date, true),
        Some(Date::Month(_)) => (t.glass.month_only, false),
        Some(Date::Year(_)) => (t.glass.year_only, false),
        None => (t.search.birth_date, false),
    };
    let has_sex = patient.sex.is_some_and(|sex| sex != Sex::Unknown);
    let has_address = patient.address.is_some() || patient.town.is_some();
    let all = [
        (t.search.name, is_named),
        (born, is_born),
        (t.search.sex, has_sex),
        (t.glass.prefecture, has_address),
    ];
    let said = |agrees: bool| {
        let words = all.iter().filter(|(_, known)| *known == agrees);
        let words: Vec<&str> = words.map(|(word, _)| *word).collect();
        words.join(t.common.comma)
    };
    // The address is loose: that it was not sent alone is nothing to be told.
    let is_open = !(is_named && is_born && has_sex);
    is_open.then(|| (t.glass.partly)(&said(true), &said(false)))
}
