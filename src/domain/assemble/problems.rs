//! 傷病名: active ones first; suspected, refuted and resolved ones say so (B15). What the patient has
//! not been told of does not come here to be shown: see [`super::cover`].

use std::collections::BTreeMap;

use crate::domain::{
    date::Date,
    problem::Problem,
    record::Content,
    section::SectionName,
    summary::{Item, Tone},
};

use super::{
    piece::{Built, Context, Piece},
    rows,
};

/// What tells entries of the same disease apart.
type Key = (String, Date, [Option<String>; 2], bool);

struct Entry<'p, 'a> {
    piece: &'p Piece<'a>,
    problem: &'a Problem,
    name: Option<String>,
}

/// Builds the section.
pub(super) fn build(pieces: &[Piece<'_>], context: &Context<'_>) -> Built {
    let mut built = Built::default();
    let mut entries = Vec::new();
    for piece in rows::delivered(pieces, &mut built) {
        let Content::Problem(problem) = &piece.record.content else {
            rows::misplaced(piece, &mut built);
            continue;
        };
        let entry = Entry {
            piece,
            problem,
            name: name_of(problem),
        };
        if rows::is_indicated(piece.record, "LTS") || is_inside(problem, piece, context) {
            entries.push(entry);
        } else {
            rows::outside(piece, problem.abatement, context, &mut built);
        }
    }
    entries.sort_by(|a, b| {
        a.rank()
            .cmp(&b.rank())
            .then_with(|| rows::moment(b.date()).cmp(&rows::moment(a.date())))
            .then_with(|| a.piece.number.cmp(&b.piece.number))
    });
    let mut known: BTreeMap<Key, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<Entry<'_, '_>>> = Vec::new();
    for entry in entries {
        let key = entry.key();
        let found = key.as_ref().and_then(|key| known.get(key)).copied();
        if let Some(group) = found.and_then(|at| groups.get_mut(at)) {
            group.push(entry);
        } else {
            known.extend(key.map(|key| (key, groups.len())));
            groups.push(vec![entry]);
        }
    }
    for group in groups {
        let item = row(&group, context, &mut built);
        built.items.extend(item);
    }
    built
}

impl Entry<'_, '_> {
    fn date(&self) -> Option<Date> {
        self.problem.onset.or(self.problem.recorded)
    }

    /// Not over before over, principal before others, sure before suspected.
    fn rank(&self) -> (bool, bool, bool) {
        (
            is_past(self.problem),
            !self.problem.principal,
            is_suspected(self.problem),
        )
    }

    /// Name, facility and onset: where all are the same, one disease was listed again. Certainty
    /// and course must agree too, so that no row speaks for another that says otherwise.
    fn key(&self) -> Option<Key> {
        let origin = &self.piece.record.origin;
        let place = origin
            .facility_number
            .clone()
            .or_else(|| origin.facility.as_deref().map(rows::same));
        let words = [place, self.problem.verification.clone()];
        let name = rows::same(self.name.as_deref()?);
        Some((name, self.problem.onset?, words, is_past(self.problem)))
    }
}

/// `text`, which is what the chart showed; else prefixes, body and postfixes; else a code.
pub(super) fn name_of(problem: &Problem) -> Option<String> {
    if let Some(text) = problem
        .name
        .text
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        return Some(text.to_owned());
    }
    let body = rows::words_of(&problem.name)?;
    Some(
        problem
            .prefixes
            .iter()
            .cloned()
            .chain(std::iter::once(body))
            .chain(problem.postfixes.iter().cloned())
            .collect(),
    )
}

fn is_suspected(problem: &Problem) -> bool {
    matches!(
        problem.verification.as_deref(),
        Some("unconfirmed" | "provisional" | "differential")
    )
}

fn is_past(problem: &Problem) -> bool {
    problem.verification.as_deref() == Some("refuted")
        || matches!(
            problem.clinical_status.as_deref(),
            Some("resolved" | "remission" | "inactive")
        )
        || (problem.clinical_status.is_none()
            && (problem.abatement.is_some() || problem.abatement_text.is_some()))
}

/// The window drops only what is over and whose end is known: neither an active disease nor one
/// without an end ends with the age of its entry.
fn is_inside(problem: &Problem, piece: &Piece<'_>, context: &Context<'_>) -> bool {
    !is_past(problem) || context.is_inside(SectionName::Problems, piece.source, problem.abatement)
}

fn row(group: &[Entry<'_, '_>], context: &Context<'_>, built: &mut Built) -> Option<Item> {
    let (first, rest) = group.split_first()?;
    let words = rows::words(context);
    let mut item = rows::begin(first.piece);
    item.title = first
        .name
        .clone()
        .unwrap_or_else(|| words.unnamed.to_owned());
    item.date = first.date().map(|date| date.to_string());
    item.past = is_past(first.problem);
    say_status(&mut item, first, context);
    say_course(&mut item, first.problem, context);
    for entry in rest {
        rows::absorb(&mut item, entry.piece);
        rows::merged(entry.piece, &item.title, context, built);
    }
    let unread = rows::say_unreadable(&mut item, first.piece.record, context);
    built.partly_unreadable += usize::from(unread);
    built.uncoded += usize::from(is_uncoded(first.problem));
    rows::shown(first.piece, context, built);
    Some(rows::complete(item))
}

/// No code, or 99999999 (未コード化傷病名) in place of the standard one. An ICD-10 beside it gives
/// the name where the chart sent none, and tells what is covered; it does not make the disease a
/// coded one.
fn is_uncoded(problem: &Problem) -> bool {
    let codes = || {
        let codings = problem.name.codings.iter();
        codings
            .filter_map(|coding| coding.code.as_deref())
            .map(str::trim)
            .filter(|code| !code.is_empty())
    };
    codes().next().is_none() || codes().any(rows::is_dummy)
}

fn say_status(item: &mut Item, entry: &Entry<'_, '_>, context: &Context<'_>) {
    let words = rows::words(context);
    let problem = entry.problem;
    if problem.principal {
        item.tags.push(rows::tag(Tone::Info, words.principal));
    }
    let verification = problem.verification.as_deref().map(|code| match code {
        "unconfirmed" => (Tone::Warning, words.unconfirmed.to_owned()),
        "provisional" => (Tone::Warning, words.provisional.to_owned()),
        "differential" => (Tone::Warning, words.differential.to_owned()),
        "confirmed" => (Tone::Info, words.confirmed.to_owned()),
        "refuted" => (Tone::Past, words.refuted.to_owned()),
        other => (Tone::Info, other.to_owned()),
    });
    for (tone, word) in [verification, course(problem, context)]
        .into_iter()
        .flatten()
    {
        // What is over never warns, a suspicion that is over included.
        let tone = if item.past { Tone::Past } else { tone };
        item.tags.push(rows::tag(tone, word));
    }
    let is_open = matches!(
        problem.clinical_status.as_deref(),
        Some("active" | "recurrence" | "relapse")
    );
    if is_open
        && !item.past
        && problem
            .abatement
            .is_some_and(|end| end.first_day() <= context.as_of)
    {
        item.tags
            .push(rows::tag(Tone::Warning, words.ended_but_active));
    }
    if rows::is_indicated(entry.piece.record, "LTS") {
        item.tags.push(rows::tag(Tone::Info, words.long_term));
    }
}

/// The course in words; what is refuted has none. One that is over without an end says so.
fn course(problem: &Problem, context: &Context<'_>) -> Option<(Tone, String)> {
    let words = rows::words(context);
    let code = problem
        .clinical_status
        .as_deref()
        .filter(|_| problem.verification.as_deref() != Some("refuted"))?;
    let over = match code {
        "active" => return Some((Tone::Info, words.active.to_owned())),
        "recurrence" => return Some((Tone::Info, words.recurrence.to_owned())),
        "relapse" => return Some((Tone::Info, words.relapse.to_owned())),
        "inactive" => words.inactive,
        "remission" => words.remission,
        "resolved" => words.resolved,
        other => return Some((Tone::Info, other.to_owned())),
    };
    let is_end_said = problem.abatement.is_some() || problem.abatement_text.is_some();
    let word = if is_end_said {
        over.to_owned()
    } else {
        format!("{over}{}", rows::bracketed(words.end_unknown, context))
    };
    Some((Tone::Past, word))
}

fn say_course(item: &mut Item, problem: &Problem, context: &Context<'_>) {
    let words = rows::words(context);
    let mut say = |heading: &str, date: Option<Date>, sent: Option<&String>| {
        let said = date
            .map(|date| rows::dated(date, context))
            .or_else(|| sent.cloned());
        item.details
            .extend(said.map(|said| format!("{heading} {said}")));
    };
    let joined = |all: &[String]| (!all.is_empty()).then(|| all.join(words.comma));
    say(words.site, None, joined(&problem.body_sites).as_ref());
    say(words.severity, None, problem.severity.as_ref());
    say(words.stage, None, joined(&problem.stages).as_ref());
    say(words.onset, problem.onset, problem.onset_text.as_ref());
    say(
        words.abatement,
        problem.abatement,
        problem.abatement_text.as_ref(),
    );
    say(words.outcome, None, problem.outcome.as_ref());
    if problem.onset.is_none() {
        say(words.recorded, problem.recorded, None);
    }
    let is_listed = problem
        .categories
        .iter()
        .flat_map(|concept| &concept.codings)
        .any(|coding| coding.code.as_deref() == Some("problem-list-item"));
    if is_listed {
        item.details.push(words.on_problem_list.to_owned());
    }
    rows::say_notes(item, &problem.notes, context);
}

#[cfg(test)]
#[path = "problems_tests.rs"]
mod tests;
