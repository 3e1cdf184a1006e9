//! What other rows say of a covered disease, and what is said in its place (B16).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    problem::Problem,
    section::{Fate, SectionName, SourceName},
    summary::Item,
    text,
    words::records::Records,
};

use super::{Answer, Request, cover, piece::Built, problems, reach, rows, state::Reach};

/// A name of one character would be found in too many others.
const SHORTEST_NAME: usize = 2;

/// Names of diseases, each in one spelling.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Every name of these problems: as the chart showed it, and of each of its codes that is no
    /// dummy.
    pub(super) fn of<'p>(problems: impl IntoIterator<Item = &'p Problem>) -> Self {
        let names = problems.into_iter().flat_map(|problem| {
            let displays = problem.name.codings.iter().filter_map(|coding| {
                let dummy = coding.code.as_deref().is_some_and(rows::is_dummy);
                coding.display.clone().filter(|_| !dummy)
            });
            let dummy_alone = problem.name.text.is_none()
                && codes_of(problem).next().is_some()
                && codes_of(problem).all(rows::is_dummy);
            displays.chain(problems::name_of(problem).filter(|_| !dummy_alone))
        });
        Self(
            names
                .map(|name| spelled(&name))
                .filter(|name| name.chars().count() >= SHORTEST_NAME)
                .collect(),
        )
    }

    /// Whether `words` mention one of them. A name in Latin letters only as whole words: 「RA」 is
    /// in "oral".
    pub(super) fn are_in(&self, words: &str) -> bool {
        let (whole, joined) = (spaced(words), rows::same(words));
        self.0.iter().any(|name| mentions(&whole, &joined, name))
    }

    /// Whether one of these is a longer or shorter form of one of `others`: 「胃癌」 and
    /// 「胃癌 `StageIV`」.
    pub(super) fn are_like(&self, others: &Self) -> bool {
        self.0.iter().any(|name| others.are_in(name))
            || others.0.iter().any(|other| self.are_in(other))
    }
}

fn codes_of(problem: &Problem) -> impl Iterator<Item = &str> {
    problem
        .name
        .codings
        .iter()
        .filter_map(|coding| coding.code.as_deref())
}

/// Latin names keep their spaces, others have none.
fn spelled(name: &str) -> String {
    let spaced = spaced(name);
    if spaced.is_ascii() {
        spaced
    } else {
        rows::same(name)
    }
}

fn spaced(words: &str) -> String {
    let words = text::normalised(words).to_lowercase();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn mentions(whole: &str, joined: &str, name: &str) -> bool {
    if !name.is_ascii() {
        return joined.contains(name);
    }
    let goes_on = |edge: Option<char>, beside: Option<char>| {
        edge.zip(beside).is_some_and(|(edge, beside)| {
            (edge.is_ascii_alphabetic() && beside.is_ascii_alphabetic())
                || (edge.is_ascii_digit() && beside.is_ascii_digit())
        })
    };
    whole.match_indices(name).any(|(at, found)| {
        let before = whole.get(..at).and_then(|words| words.chars().next_back());
        let after = whole
            .get(at + found.len()..)
            .and_then(|words| words.chars().next());
        !goes_on(name.chars().next(), before) && !goes_on(name.chars().next_back(), after)
    })
}

/// What is said in place of covered names.
pub(super) struct Hush<'n> {
    names: &'n Names,
    word: &'static str,
    /// Of what is part of a row whose title named something covered.
    why: String,
}

impl<'n> Hush<'n> {
    /// Who may not be told of covered rows is not told that something is covered here.
    pub(super) fn new(names: &'n Names, request: &Request<'_>, words: &Records) -> Self {
        let word = if request.hides_covered {
            words.hidden
        } else {
            words.hushed
        };
        Self {
            names,
            word,
            why: (words.why_merged)(word),
        }
    }

    /// Takes the names out of a section's rows and out of the reasons of its fates.
    pub(super) fn section(&self, section: SectionName, one: &mut Built) {
        if self.names.0.is_empty() || cover::is_never_covered(section) {
            return;
        }
        for item in &mut one.items {
            self.row(section, item);
        }
        for (_, _, why) in one
            .fates
            .iter_mut()
            .filter(|(_, fate, why)| *fate == Fate::Merged && self.names.are_in(why))
        {
            why.clone_from(&self.why);
        }
    }

    /// Whether a row loses words.
    pub(super) fn shortens(&self, section: SectionName, item: &Item) -> bool {
        let mut hushed = item.clone();
        self.row(section, &mut hushed);
        hushed != *item
    }

    /// Takes the names out of a row. What a drug is called is never replaced: which drug it is can
    /// kill, and its name names no disease of this patient.
    pub(super) fn row(&self, section: SectionName, item: &mut Item) {
        let mut said = false;
        let mut hush = |words: &mut String| {
            if self.names.are_in(words) {
                self.word.clone_into(words);
                said = true;
            }
        };
        item.details.iter_mut().for_each(&mut hush);
        item.department.iter_mut().for_each(&mut hush);
        if section != SectionName::Drugs {
            hush(&mut item.title);
            item.value.iter_mut().for_each(&mut hush);
            item.tags
                .iter_mut()
                .map(|tag| &mut tag.word)
                .for_each(&mut hush);
            item.trend
                .iter_mut()
                .map(|trend| &mut trend.words)
                .for_each(&mut hush);
        }
        if said {
            *item = rows::complete(std::mem::take(item));
        }
    }
}

/// Whether the marks are not known: they come with the diagnoses of the hospitals alone.
pub(super) fn marks_unknown(request: &Request<'_>, answers: &[Answer]) -> bool {
    const PROBLEMS: SectionName = SectionName::Problems;
    let emr = SourceName::Emr;
    reach::reach(request, answers, PROBLEMS, emr) != Reach::Answered
        || reach::more(answers, PROBLEMS, emr)
}

/// Where the marks are not known, no free text that may name a disease is shown: reasons, and notes
/// of what is not a drug.
pub(super) fn until_known(built: &mut BTreeMap<SectionName, Built>, words: &Records) {
    let note = format!("{}: ", words.note);
    let reason = format!("{} ", words.reason);
    for (section, one) in built {
        if cover::is_never_covered(*section) {
            continue;
        }
        for item in &mut one.items {
            let mut said = false;
            for detail in &mut item.details {
                let is_note = *section != SectionName::Drugs && detail.starts_with(&note);
                if is_note || detail.starts_with(&reason) {
                    let heading = if is_note { &note } else { &reason };
                    *detail = format!("{heading}{}", words.marks_unknown);
                    said = true;
                }
            }
            if said {
                *item = rows::complete(std::mem::take(item));
            }
        }
    }
}
