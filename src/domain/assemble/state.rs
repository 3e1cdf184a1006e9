//! What can be said of a section at one source.

use crate::domain::{section::State, words::states::StateWords};

use super::piece::NoneStatement;

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
pub(super) struct Evidence<'a> {
    /// How far the source was reached.
    pub(super) reach: Reach<'a>,
    /// Whether the data are files: then silence is "not asked", not "reported empty".
    pub(super) files: bool,
    /// Whether the source carries the section at all.
    pub(super) carries: bool,
    /// Whether the viewer's role may not see it.
    pub(super) forbidden: bool,
    /// Rows shown.
    pub(super) shown: usize,
    /// Resources outside the window.
    pub(super) outside: usize,
    /// Resources that may not be shown.
    pub(super) withheld: usize,
    /// Resources that could not be read.
    pub(super) unreadable: usize,
    /// Resources that came and say nothing valid (entered in error).
    pub(super) set_aside: usize,
    /// Statements that there is nothing.
    pub(super) none: Vec<&'a NoneStatement>,
    /// `emptyReason` codes other than `nilknown`.
    pub(super) empty_reasons: Vec<&'a str>,
}

/// The state, and why in words.
pub(super) fn decide(evidence: &Evidence<'_>, text: &StateWords) -> (State, Option<String>) {
    let came = evidence.shown
        + evidence.outside
        + evidence.withheld
        + evidence.unreadable
        + evidence.set_aside;
    let said = !evidence.none.is_empty() || !evidence.empty_reasons.is_empty();
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
    if evidence.withheld > 0 {
        return (State::Withheld, Some((text.withheld)(evidence.withheld)));
    }
    silent(evidence, text)
}

/// Nothing shown, nothing hidden, nothing broken: what the statements say, the least certain first.
fn silent(evidence: &Evidence<'_>, text: &StateWords) -> (State, Option<String>) {
    let by_person = evidence.none.iter().find(|statement| statement.by_person);
    let mut said: Vec<(State, Option<String>)> = evidence
        .empty_reasons
        .iter()
        .map(|reason| of_reason(reason, text))
        .collect();
    match (by_person, evidence.none.first()) {
        (Some(statement), _) => {
            said.push((
                State::NoneKnown,
                Some((text.none_known)(&statement.text, &who(statement, text))),
            ));
        }
        (None, Some(statement)) => said.push((
            State::ReportedEmpty,
            Some((text.unconfirmed_none)(
                &statement.text,
                &who(statement, text),
            )),
        )),
        (None, None) => {}
    }
    if evidence.outside > 0 {
        said.push((
            State::ReportedEmpty,
            Some((text.outside_window)(evidence.outside)),
        ));
    } else if evidence.set_aside > 0 {
        said.push((State::ReportedEmpty, None));
    }
    if said.is_empty() {
        let state = if evidence.files {
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

/// FHIR `list-empty-reason`. `unavailable` is neither "none" nor "empty": it could not be had.
fn of_reason(reason: &str, text: &StateWords) -> (State, Option<String>) {
    match reason {
        "notasked" | "notstarted" => (State::NotAsked, None),
        "withheld" => (State::Withheld, Some(text.withheld_by_sender.to_owned())),
        "unavailable" => (State::NotFetched, Some(text.unavailable.to_owned())),
        _ => (State::ReportedEmpty, Some(reason.to_owned())),
    }
}

/// Who said it and when, in words.
pub(super) fn who(statement: &NoneStatement, text: &StateWords) -> String {
    let who = statement.who.as_deref().unwrap_or(text.unnamed);
    let parts = [
        Some(who),
        statement.when.as_deref(),
        Some((text.source)(statement.source)),
    ];
    parts
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(text.separator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        section::{Language, SourceName},
        words::states::words as states_in,
    };

    fn evidence<'a>() -> Evidence<'a> {
        Evidence {
            reach: Reach::Answered,
            files: false,
            carries: true,
            forbidden: false,
            shown: 0,
            outside: 0,
            withheld: 0,
            unreadable: 0,
            set_aside: 0,
            none: Vec::new(),
            empty_reasons: Vec::new(),
        }
    }

    /// Reads a situation in words; a word that is none of the others is an `emptyReason`.
    fn situation<'a>(
        words: &'a str,
        person: &'a NoneStatement,
        system: &'a NoneStatement,
    ) -> Evidence<'a> {
        let mut evidence = evidence();
        for word in words.split_whitespace() {
            match word {
                "files" => evidence.files = true,
                "foreign" => evidence.carries = false,
                "forbidden" => evidence.forbidden = true,
                "shown" => evidence.shown = 1,
                "outside" => evidence.outside = 2,
                "hidden" => evidence.withheld = 2,
                "unreadable" => evidence.unreadable = 1,
                "error" => evidence.set_aside = 1,
                "coming" => evidence.reach = Reach::Coming,
                "failed" => evidence.reach = Reach::Failed("x"),
                "unconnected" => evidence.reach = Reach::NotConnected,
                "person" => evidence.none.push(person),
                "system" => evidence.none.push(system),
                reason => evidence.empty_reasons.push(reason),
            }
        }
        evidence
    }

    fn none(by_person: bool) -> NoneStatement {
        NoneStatement {
            source: SourceName::Emr,
            by_person,
            who: Some("岩本 百合子".to_owned()),
            when: Some("2025-01-31".to_owned()),
            text: "アレルギー歴なし".to_owned(),
        }
    }

    #[test]
    fn every_situation_has_its_state() {
        use State as S;
        let (person, system) = (none(true), none(false));
        for (words, expected) in [
            ("", S::ReportedEmpty),
            ("files", S::NotAsked),
            ("files foreign", S::NotAsked),
            ("foreign", S::NotCovered),
            ("foreign coming", S::NotCovered),
            ("foreign failed", S::NotCovered),
            ("foreign forbidden", S::NotCovered),
            ("foreign shown", S::Present),
            ("foreign person", S::NoneKnown),
            ("forbidden shown", S::Withheld),
            ("forbidden coming", S::Withheld),
            ("shown", S::Present),
            ("shown person", S::Present),
            ("shown failed", S::Present),
            ("shown unreadable", S::Present),
            ("coming", S::Coming),
            ("failed", S::NotFetched),
            ("unconnected", S::NotFetched),
            ("unreadable", S::NotFetched),
            ("unreadable person", S::NotFetched),
            ("hidden", S::Withheld),
            ("hidden person", S::Withheld),
            ("hidden unreadable", S::NotFetched),
            ("outside", S::ReportedEmpty),
            ("outside files", S::ReportedEmpty),
            ("outside person", S::ReportedEmpty),
            ("error files", S::ReportedEmpty),
            ("person", S::NoneKnown),
            ("person files", S::NoneKnown),
            ("system person", S::NoneKnown),
            ("system", S::ReportedEmpty),
            ("system files", S::ReportedEmpty),
            ("notasked", S::NotAsked),
            ("notstarted", S::NotAsked),
            ("withheld", S::Withheld),
            ("unavailable", S::NotFetched),
            ("closed", S::ReportedEmpty),
            ("notasked person", S::NotAsked),
            ("unavailable person", S::NotFetched),
        ] {
            let evidence = situation(words, &person, &system);
            assert_eq!(
                decide(&evidence, states_in(Language::Ja)).0,
                expected,
                "{words}"
            );
        }
    }

    #[test]
    fn none_says_who_and_when() {
        let person = none(true);
        let (_, why) = decide(
            &Evidence {
                none: vec![&person],
                ..evidence()
            },
            states_in(Language::Ja),
        );
        assert_eq!(
            why.as_deref(),
            Some(
                "なし：アレルギー歴なし（岩本 百合子・2025-01-31・電子カルテ情報共有サービス 確認）"
            )
        );
    }

    #[test]
    fn the_least_certain_source_wins() {
        use State as S;
        let order = [
            S::Present,
            S::Coming,
            S::NotFetched,
            S::Withheld,
            S::NotAsked,
            S::ReportedEmpty,
            S::NoneKnown,
            S::NotCovered,
        ];
        for (stronger, left) in order.iter().enumerate() {
            for right in &order[stronger..] {
                assert_eq!(S::combined([*left, *right]), *left);
                assert_eq!(S::combined([*right, *left]), *left);
            }
        }
    }
}
