//! What can be said of a section at one source.

use chrono::{DateTime, Utc};

use crate::domain::{clock::japanese_time, section::State, words::states::StateWords};

use super::{
    piece::{Denial, NoneStatement, Voice},
    routing::{Empty, IN_TEXT, UNRESOLVED},
};

/// How far the source was reached for one section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach<'a> {
    /// It answered.
    Answered,
    /// It is still being asked.
    Coming,
    /// It, or its search for this section, failed: why.
    Failed(&'a str),
    /// There is no connection to it.
    NotConnected,
    /// The viewer's role and basis may not see it.
    Forbidden,
}

/// All that is known of one section at one source.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a row of a table of facts, each of them yes or no"
)]
pub(super) struct Evidence<'a> {
    /// How far the source was reached.
    pub(super) reach: Reach<'a>,
    /// Whether the data are files: then silence is "not asked", not "reported empty".
    pub(super) files: bool,
    /// Whether the source carries the section at all.
    pub(super) carries: bool,
    /// Whether the viewer's role may not see it.
    pub(super) forbidden: bool,
    /// Rows shown, coded or not: a row without a code is a row.
    pub(super) shown: usize,
    /// Resources outside the window.
    pub(super) outside: usize,
    /// Resources that may not be shown.
    pub(super) withheld: usize,
    /// Resources that could not be read.
    pub(super) unreadable: usize,
    /// Resources of which nobody can tell whether they belong here: of no known kind, or without a
    /// patient.
    pub(super) obscure: usize,
    /// Whether the source has more than was fetched.
    pub(super) more: bool,
    /// Resources that came and say nothing valid (entered in error).
    pub(super) set_aside: usize,
    /// Statements that there is nothing.
    pub(super) none: Vec<&'a NoneStatement>,
    /// Other statements about the whole section.
    pub(super) empties: Vec<&'a Empty<'a>>,
    /// When the answer was received, where it is older than its life.
    pub(super) stale: Option<DateTime<Utc>>,
}

/// The state, and why in words. The rules, the first that fits:
///
/// 1. a source that does not carry the section and sent nothing of it: not covered;
/// 2. the viewer's role may not see it: withheld;
/// 3. a row is shown: present;
/// 4. still asked, failed or not connected: coming, not fetched;
/// 5. something came that cannot be read, or the source has more than was fetched: not fetched;
/// 6. something came that may not be shown: withheld;
/// 7. else what the statements say, the least certain first ([`silent`]).
pub(super) fn decide(evidence: &Evidence<'_>, text: &StateWords) -> (State, Option<String>) {
    let came = evidence.shown
        + evidence.outside
        + evidence.withheld
        + evidence.unreadable
        + evidence.set_aside;
    let said = !evidence.none.is_empty() || !evidence.empties.is_empty();
    if !evidence.carries && !evidence.files && came == 0 && !said {
        return (State::NotCovered, None);
    }
    if evidence.forbidden {
        return (State::Withheld, Some(text.forbidden.to_owned()));
    }
    if evidence.shown > 0 {
        return (State::Present, None);
    }
    match evidence.reach {
        Reach::Coming => return (State::Coming, None),
        Reach::Failed(why) => return (State::NotFetched, Some(why.to_owned())),
        Reach::NotConnected => return (State::NotFetched, Some(text.not_connected.to_owned())),
        Reach::Answered | Reach::Forbidden => {}
    }
    if evidence.unreadable > 0 {
        return (
            State::NotFetched,
            Some((text.unreadable)(evidence.unreadable)),
        );
    }
    if evidence.more {
        return (State::NotFetched, Some(text.more_unseen.to_owned()));
    }
    if evidence.withheld > 0 {
        return (State::Withheld, Some((text.withheld)(evidence.withheld)));
    }
    let (state, why) = silent(evidence, text);
    if state == State::NoneKnown && evidence.obscure > 0 {
        return (State::NotFetched, Some((text.may_belong)(evidence.obscure)));
    }
    (state, with_age(state, why, evidence.stale, text))
}

/// Nothing shown, nothing hidden, nothing broken: what the statements say, the least certain first.
fn silent(evidence: &Evidence<'_>, text: &StateWords) -> (State, Option<String>) {
    let mut said: Vec<(State, Option<String>)> = evidence
        .empties
        .iter()
        .map(|empty| of_reason(empty, text))
        .collect();
    // A denial that was itself refuted contradicts every other denial.
    let find = |of: fn(&NoneStatement) -> bool| evidence.none.iter().find(|one| of(one));
    let strongest = find(|one| one.denial == Denial::Refuted)
        .or_else(|| find(NoneStatement::confirms))
        .or_else(|| evidence.none.first());
    if let Some(statement) = strongest {
        let state = if statement.confirms() {
            State::NoneKnown
        } else {
            State::ReportedEmpty
        };
        said.push((state, Some(denial(statement, text))));
    }
    if evidence.outside > 0 {
        said.push((
            State::ReportedEmpty,
            Some((text.outside_window)(evidence.outside)),
        ));
    }
    if said.is_empty() {
        let state = if evidence.files && evidence.set_aside == 0 {
            State::NotAsked
        } else {
            State::ReportedEmpty
        };
        return (state, None);
    }
    let state = State::combined(said.iter().map(|(state, _)| *state));
    let why = said
        .into_iter()
        .find(|(one, why)| *one == state && why.is_some())
        .and_then(|(_, why)| why);
    (state, why)
}

/// Silence or a denial out of the cache is said with its age: something may have come since.
fn with_age(
    state: State,
    why: Option<String>,
    received: Option<DateTime<Utc>>,
    text: &StateWords,
) -> Option<String> {
    let silent = matches!(state, State::NoneKnown | State::ReportedEmpty);
    let Some(at) = received.filter(|_| silent) else {
        return why;
    };
    let when = japanese_time(at).format("%Y-%m-%d %H:%M").to_string();
    let age = (text.stale)(&when);
    Some(match why {
        Some(why) => format!("{why} ― {age}"),
        None => age,
    })
}

/// FHIR `list-empty-reason`. `unavailable` is neither "none" nor "empty": it could not be had.
fn of_reason(empty: &Empty<'_>, text: &StateWords) -> (State, Option<String>) {
    let who = who(&empty.said, text);
    let by = |words: &str| Some((text.said_by)(words, &who));
    match empty.reason {
        "notasked" | "notstarted" => (State::NotAsked, Some(who)),
        "withheld" => (State::Withheld, Some((text.withheld_by_sender)(&who))),
        "unavailable" => (State::NotFetched, by(text.unavailable)),
        IN_TEXT => (State::NotFetched, by(text.in_text)),
        UNRESOLVED => (State::NotFetched, by(&(text.unresolved)(empty.missing))),
        other => (State::ReportedEmpty, by(&(text.reason_as_sent)(other))),
    }
}

/// A statement about the whole section in one sentence, beside rows or another state.
pub(super) fn emptiness(empty: &Empty<'_>, text: &StateWords) -> String {
    match of_reason(empty, text) {
        (State::NotAsked, Some(who)) => (text.not_asked_by)(&who),
        (State::NotFetched, Some(why)) if !matches!(empty.reason, IN_TEXT | UNRESOLVED) => {
            (text.not_fetched)(&why)
        }
        (_, why) => why.unwrap_or_default(),
    }
}

/// A denial in one sentence: what was said, by whom, when, and how far it goes.
pub(super) fn denial(statement: &NoneStatement, text: &StateWords) -> String {
    let words = match (statement.denial, statement.confirms()) {
        (Denial::Whole, true) => text.none_known,
        (Denial::Whole, false) | (Denial::Unconfirmed, _) => text.unconfirmed_none,
        (Denial::Kind, _) => text.kind_none,
        (Denial::Past, _) => text.past_none,
        (Denial::Refuted, _) => text.refuted_none,
    };
    words(&statement.text, &who(statement, text))
}

/// A denial as what was written, beside rows or another state: it then confirms nothing.
pub(super) fn written(statement: &NoneStatement, text: &StateWords) -> String {
    if statement.confirms() {
        (text.unconfirmed_none)(&statement.text, &who(statement, text))
    } else {
        denial(statement, text)
    }
}

/// Who said it, where and when, in words.
pub(super) fn who(statement: &NoneStatement, text: &StateWords) -> String {
    let voice = match statement.voice {
        Voice::Patient => Some(text.patient_said),
        Voice::Relative => Some(text.relative_said),
        Voice::Professional | Voice::NoPerson => None,
    };
    let named = [
        statement.who.as_deref(),
        voice,
        statement.facility.as_deref(),
    ];
    let nobody = named.iter().all(Option::is_none).then_some(text.unnamed);
    let source = (text.source)(statement.source);
    named
        .into_iter()
        .chain([
            nobody,
            Some(statement.when.as_deref().unwrap_or(text.undated)),
            Some(source),
        ])
        .flatten()
        .collect::<Vec<_>>()
        .join(text.separator)
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
