//! The allergy strip of the banner (B4).

use std::collections::BTreeMap;

use crate::domain::{
    section::{Language, SectionName, State},
    summary::{Partial, Section, Strip, StripItem},
    words,
};

/// The strip from both sections. Old-style contraindications are rows of the same statements: their
/// silence does not weaken what was said of allergies, only their absence does.
pub(super) fn strip(
    sections: &BTreeMap<SectionName, Section>,
    items: Vec<StripItem>,
    language: Language,
) -> Strip {
    let text = words::allergies::words(language);
    let states = words::states::words(language);
    let state_of = |name: SectionName| {
        sections
            .get(&name)
            .map_or(State::NotAsked, |section| section.state)
    };
    let allergies = state_of(SectionName::Allergies);
    let contraindications = state_of(SectionName::Contraindications);
    let state = match contraindications {
        State::NotAsked | State::ReportedEmpty | State::NotCovered => allergies,
        State::Present | State::NoneKnown | State::Withheld | State::NotFetched | State::Coming => {
            State::combined([allergies, contraindications])
        }
    };
    let both = [SectionName::Allergies, SectionName::Contraindications];
    let whys = |wanted: State| {
        both.into_iter()
            .filter_map(|name| sections.get(&name))
            .flat_map(|section| &section.sources)
            .filter(move |source| source.state == wanted)
            .find_map(|source| source.why.clone())
    };
    let words = match state {
        State::Coming => Some(text.strip_coming.to_owned()),
        State::NotFetched => Some((text.strip_not_fetched)(&whys(state).unwrap_or_default())),
        State::NoneKnown => whys(state),
        State::ReportedEmpty => Some(match whys(state) {
            Some(why) => format!("{} {why}", (text.strip_state)(states.reported_empty)),
            None => (text.strip_state)(states.reported_empty),
        }),
        State::NotAsked => Some((text.strip_state)(&match whys(state) {
            Some(who) => (states.not_asked_by)(&who),
            None => states.not_asked.to_owned(),
        })),
        State::NotCovered => Some((text.strip_state)(states.not_covered)),
        State::Withheld => Some((text.strip_state)(&whys(state).unwrap_or_default())),
        State::Present => beside_rows(sections, items.is_empty(), language),
    };
    Strip {
        state,
        items,
        text: words,
    }
}

/// Beside rows the strip says what is missing, and where all rows are past that none is active.
fn beside_rows(
    sections: &BTreeMap<SectionName, Section>,
    no_active: bool,
    language: Language,
) -> Option<String> {
    let text = words::allergies::words(language);
    let states = words::states::words(language);
    let partials = [SectionName::Allergies, SectionName::Contraindications];
    let sent: usize = partials
        .iter()
        .filter_map(|name| sections.get(name)?.partial.as_ref())
        .map(|partial| partial.unreadable)
        .sum();
    // What is shown says so in its row; the rest is seen nowhere.
    let partly = partials
        .iter()
        .filter_map(|name| sections.get(name))
        .flat_map(|section| &section.items)
        .flat_map(|item| &item.tags)
        .filter(|tag| tag.word == text.field_unreadable)
        .count();
    let unreadable = sent.saturating_sub(partly);
    let mut words = Vec::new();
    if no_active {
        words.push(text.only_past.to_owned());
    }
    if unreadable > 0 {
        words.push((states.unreadable)(unreadable));
    }
    if partly > 0 {
        words.push((states.partly_unreadable)(partly));
    }
    for section in partials.iter().filter_map(|name| sections.get(name)) {
        let is_partial = |partial: &Partial| partial.more_at_source;
        if section.partial.as_ref().is_some_and(is_partial) {
            words.push(states.more_at_source.to_owned());
        }
        for source in &section.sources {
            let why = source.why.clone().unwrap_or_default();
            match source.state {
                State::Coming => words.push(states.coming.to_owned()),
                State::NotFetched if unreadable == 0 => words.push((states.not_fetched)(&why)),
                State::Withheld => words.push(why),
                State::Present
                | State::NoneKnown
                | State::ReportedEmpty
                | State::NotAsked
                | State::NotCovered
                | State::NotFetched => {}
            }
        }
    }
    let mut said: Vec<String> = Vec::new();
    for word in words {
        if !said.contains(&word) {
            said.push(word);
        }
    }
    (!said.is_empty()).then(|| (text.strip_state)(&said.join(states.separator)))
}
