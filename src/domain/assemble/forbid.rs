//! What the viewer's role and basis forbid (B17) leaves the summary whole, words and all.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::section::{Fate, SectionName};

use super::{piece::Built, routing::Routed};

/// Why the table of roles withholds something.
const NOT_FOR_THIS_ROLE: &str = "not for this role";

/// B17: nothing of a forbidden section leaves, not even its words.
pub(super) fn forbid(
    section: SectionName,
    built: &mut BTreeMap<SectionName, Built>,
    routed: &Routed<'_>,
) {
    let pieces = routed.pieces.get(&section).map_or(&[][..], Vec::as_slice);
    let fates = pieces
        .iter()
        .map(|piece| (piece.number, Fate::Withheld, NOT_FOR_THIS_ROLE.to_owned()))
        .collect();
    built.insert(
        section,
        Built {
            fates,
            ..Built::default()
        },
    );
}

/// B17: of what is covered nothing is told, not even how many rows it would be.
pub(super) fn withhold_covered(built: &mut BTreeMap<SectionName, Built>, routed: &Routed<'_>) {
    for (section, one) in built {
        let (covered, open): (Vec<_>, Vec<_>) = std::mem::take(&mut one.items)
            .into_iter()
            .partition(|item| item.covered);
        one.items = open;
        let names: BTreeSet<&String> = covered
            .iter()
            .flat_map(|item| std::iter::once(&item.resource).chain(&item.merged))
            .collect();
        let pieces = routed.pieces.get(section).into_iter().flatten();
        let numbers: BTreeSet<usize> = pieces
            .filter(|piece| names.contains(&piece.record.resource))
            .map(|piece| piece.number)
            .collect();
        for (number, fate, why) in &mut one.fates {
            if numbers.contains(number) {
                (*fate, *why) = (Fate::Withheld, NOT_FOR_THIS_ROLE.to_owned());
            }
        }
    }
}
