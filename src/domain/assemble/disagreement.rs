//! B9: sources that disagree about one agent stay visible, both named and dated.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::words::{allergies::AllergyWords, states::StateWords};

use super::{agent, allergies::Denials, allergy_rows::Row, piece::NoneStatement, state};

/// Marks an active allergy beside a statement of "none" that covers it, and rows of one agent of
/// which one is active and another refuted or over, or that differ in criticality or severity.
pub(super) fn mark(rows: &mut [Row<'_>], denials: &Denials) {
    let clashing: BTreeSet<usize> = clashes(rows).into_iter().flatten().collect();
    for (at, row) in rows.iter_mut().enumerate() {
        let denied = !row.past && denials.iter().any(|(denied, _)| row.is_denied(*denied));
        row.disagrees = denied || clashing.contains(&at);
    }
}

/// One sentence for each agent of which rows disagree: what each says, who says it and when.
pub(super) fn notes(rows: &[Row<'_>], text: &AllergyWords, states: &StateWords) -> Vec<String> {
    let mut said: BTreeSet<String> = BTreeSet::new();
    for group in clashes(rows) {
        let sides: Vec<&Row<'_>> = group.iter().filter_map(|at| rows.get(*at)).collect();
        let Some(first) = sides.first() else { continue };
        let parts: Vec<String> = sides.iter().map(|row| side(row, text, states)).collect();
        let agent = first.title(text);
        said.insert((text.disagreement_about)(&agent, &parts.join(text.versus)));
    }
    said.into_iter().collect()
}

fn side(row: &Row<'_>, text: &AllergyWords, states: &StateWords) -> String {
    let words = row.standing(text).join(states.separator);
    let who = NoneStatement {
        // Who holds it is the institution; the person's name is on no row.
        who: None,
        ..super::statement::of(
            &row.piece.record.origin,
            row.day(),
            row.piece.source,
            String::new(),
        )
    };
    (text.side)(&words, &state::who(&who, states))
}

/// Groups of row numbers that speak of one agent and disagree, each group once.
fn clashes(rows: &[Row<'_>]) -> BTreeSet<Vec<usize>> {
    let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        for key in agent::keys(&row.allergy.agent) {
            alike.entry(key).or_default().push(at);
        }
    }
    alike
        .into_values()
        .filter(|group| {
            disagree(
                &group
                    .iter()
                    .filter_map(|at| rows.get(*at))
                    .collect::<Vec<_>>(),
            )
        })
        .collect()
}

fn disagree(group: &[&Row<'_>]) -> bool {
    let active: Vec<_> = group.iter().filter(|row| !row.past).collect();
    let criticalities: BTreeSet<&str> = active
        .iter()
        .filter_map(|row| row.allergy.criticality.as_deref())
        .filter(|level| *level != "unable-to-assess")
        .collect();
    let severities: BTreeSet<&str> = active.iter().filter_map(|row| row.severity()).collect();
    (!active.is_empty() && active.len() < group.len())
        || criticalities.len() > 1
        || severities.len() > 1
}
