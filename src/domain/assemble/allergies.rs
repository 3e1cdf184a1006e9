//! Allergies and contraindications: which resource is a row, a statement of "none", or nothing.

use crate::domain::{
    allergy::Allergy,
    record::Content,
    section::Fate,
    summary::StripItem,
    words::{self, allergies::AllergyWords, states::StateWords},
};

use super::{
    agent,
    allergy_rows::{self, Group, Row},
    cross,
    denial::{self, Denied},
    disagreement,
    piece::{Built, Context, Denial, NoneStatement, Piece},
    row::words_of,
    state, statement,
    tally::ENTERED_IN_ERROR,
};

/// The beginning of the `why` of a resource that is a statement of "none" and no row.
pub(super) const STATEMENT: &str = "says that there is none";

/// Both sections, and the strip's rows, severe ones first.
#[derive(Debug, Default)]
pub(super) struct AllergyLists {
    pub(super) allergies: Built,
    pub(super) contraindications: Built,
    pub(super) strip: Vec<StripItem>,
    /// Drug resources that a row names as a fact, with the row's resource.
    pub(super) named: Vec<(usize, String)>,
}

/// So many rows before it are compared with a row that may be a copy.
const NEAREST: usize = 16;

/// A denial with its reach.
pub(super) type Denials = Vec<(Denied, NoneStatement)>;

/// Builds both sections. `said` are statements of "none" about the whole section, `drugs` the
/// patient's own drugs, those outside the window too.
pub(super) fn build(
    allergies: &[Piece<'_>],
    contraindications: &[Piece<'_>],
    said: &[&NoneStatement],
    drugs: &cross::Drugs<'_>,
    context: &Context<'_>,
) -> AllergyLists {
    let text = words::allergies::words(context.language);
    let states = words::states::words(context.language);
    let mut lists = AllergyLists::default();
    let mut denials: Denials = said
        .iter()
        .filter(|none| none.denial != Denial::Past)
        .map(|none| (Denied::All, (*none).clone()))
        .collect();
    let mut rows = Vec::new();
    for piece in allergies {
        sort_out(*piece, false, &mut lists.allergies, &mut rows, &mut denials);
    }
    for piece in contraindications {
        let built = &mut lists.contraindications;
        sort_out(*piece, true, built, &mut rows, &mut denials);
    }
    allergy_rows::arrange(&mut rows);
    merge_copies(&mut rows, &mut lists);
    disagreement::mark(&mut rows, &denials);
    let known = cross::Known::of(drugs, rows.iter().any(|row| !row.past));
    for row in &rows {
        let (facts, more) = if row.past {
            Default::default()
        } else {
            known.facts(row.allergy)
        };
        let resource = &row.piece.record.resource;
        let numbers = facts.iter().flat_map(|fact| &fact.numbers);
        lists
            .named
            .extend(numbers.map(|number| (*number, resource.clone())));
        let facts = facts.iter().map(|fact| fact.words(text, states));
        let more = (more > 0).then(|| (text.more_drugs)(more));
        let facts = facts.chain(more).collect();
        let built = built_of(&mut lists, row.group);
        let codings = &row.allergy.agent.codings;
        built.uncoded += usize::from(!codings.iter().any(agent::names_a_substance));
        built.partly_unreadable += usize::from(!row.piece.record.unreadable.is_empty());
        built.items.push(allergy_rows::item(row, facts, text));
    }
    lists.strip = allergy_rows::strip(&rows, text);
    let notes = &mut lists.allergies.notes;
    notes.extend(denial_notes(&denials, &rows, text, states));
    notes.extend(disagreement::notes(&rows, text, states));
    let active: Vec<&Allergy> = active(&rows).map(|row| row.allergy).collect();
    notes.extend(known.coverage(&active, text, states));
    lists
        .contraindications
        .notes
        .push(text.contraindication_note.to_owned());
    lists
}

fn active<'r, 'a>(rows: &'r [Row<'a>]) -> impl Iterator<Item = &'r Row<'a>> {
    rows.iter().filter(|row| !row.past)
}

const fn built_of(lists: &mut AllergyLists, group: Group) -> &mut Built {
    match group {
        Group::Contraindication => &mut lists.contraindications,
        Group::Drug | Group::Other => &mut lists.allergies,
    }
}

/// A row, a statement of "none", or nothing valid.
fn sort_out<'a>(
    piece: Piece<'a>,
    contraindication: bool,
    built: &mut Built,
    rows: &mut Vec<Row<'a>>,
    denials: &mut Denials,
) {
    let mut fate = |fate: Fate, why: &str| built.fates.push((piece.number, fate, why.to_owned()));
    let Content::Allergy(allergy) = &piece.record.content else {
        return fate(Fate::NotForThisScreen, "not an allergy");
    };
    if allergy.verification.as_deref() == Some("entered-in-error") {
        return fate(Fate::NotForThisScreen, ENTERED_IN_ERROR);
    }
    let Some(denied) = denial::denied(allergy) else {
        fate(Fate::Shown, "");
        rows.push(Row::new(piece, allergy, contraindication));
        return;
    };
    fate(Fate::Shown, &format!("{STATEMENT}, in the section's words"));
    let none = none_of(piece, allergy, denied);
    built.none_statements.push(none.clone());
    if none.denial != Denial::Refuted {
        denials.push((denied, none));
    }
}

/// The row as a statement of "none". Its clinical status says nothing here: a chart that sends
/// アレルギー歴なし as `resolved` still says that there is none.
fn none_of(piece: Piece<'_>, allergy: &Allergy, denied: Denied) -> NoneStatement {
    let words = words_of(&allergy.agent).unwrap_or_default().to_owned();
    let origin = &piece.record.origin;
    let when = allergy.recorded.or(piece.record.last_updated);
    NoneStatement {
        denial: match (allergy.verification.as_deref(), denied) {
            (Some("refuted"), _) => Denial::Refuted,
            (Some("unconfirmed" | "presumed"), _) => Denial::Unconfirmed,
            (_, Denied::All) => Denial::Whole,
            (_, Denied::Drugs | Denied::Food | Denied::Other) => Denial::Kind,
            // Refuted only: else it never came here.
            (_, Denied::Nothing | Denied::NotAsked) => Denial::Refuted,
        },
        ..statement::of(origin, when, piece.source, words)
    }
}

/// The same fact told twice becomes one row with both sources. Only what is the same in every word,
/// from the same sender, is the same fact: two hospitals that know the same allergy stay two rows.
fn merge_copies(rows: &mut Vec<Row<'_>>, lists: &mut AllergyLists) {
    let mut kept: Vec<Row<'_>> = Vec::with_capacity(rows.len());
    for row in rows.drain(..) {
        // Rows that are alike stand together; of a thousand only the nearest are looked at.
        let kinship = row.kinship();
        let first = kept
            .iter_mut()
            .rev()
            .take(NEAREST)
            .take_while(|first| first.kinship() == kinship)
            .find(|first| first.is_copy(&row));
        match first {
            Some(first) => {
                let why = format!("the same as {}", first.piece.record.resource);
                let built = built_of(lists, row.group);
                built
                    .fates
                    .retain(|(number, _, _)| *number != row.piece.number);
                built.fates.push((row.piece.number, Fate::Merged, why));
                first.merged.push(row.piece);
            }
            None => kept.push(row),
        }
    }
    *rows = kept;
}

/// Statements of "none" that a row contradicts.
fn denial_notes(
    denials: &Denials,
    rows: &[Row<'_>],
    text: &AllergyWords,
    states: &StateWords,
) -> Vec<String> {
    denials
        .iter()
        .filter(|(denied, _)| active(rows).any(|row| row.is_denied(*denied)))
        .map(|(_, none)| (text.contradicting_none)(&none.text, &state::who(none, states)))
        .collect()
}
