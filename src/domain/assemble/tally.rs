//! Counting: what became of the resources of each section, and of all.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    section::{Fate, Language, SectionName, SourceName},
    summary::Accounting,
    words::fates,
};

use super::{
    allergies,
    piece::{Built, Piece},
    routing::Routed,
};

/// The word in a fate's `why` that marks what came and says nothing valid.
pub(super) const ENTERED_IN_ERROR: &str = "entered in error";

/// How many resources of a section at a source have which fate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) shown: usize,
    pub(super) outside: usize,
    pub(super) withheld: usize,
    pub(super) unreadable: usize,
    pub(super) in_error: usize,
}

/// One tally for each section and source.
#[derive(Debug, Default)]
pub(super) struct Tallies(BTreeMap<(SectionName, SourceName), Tally>);

impl Tallies {
    /// Adds what a builder made of its pieces.
    pub(super) fn count(&mut self, section: SectionName, built: &Built, pieces: &[Piece<'_>]) {
        let sources: BTreeMap<usize, SourceName> = pieces
            .iter()
            .map(|piece| (piece.number, piece.source))
            .collect();
        let statements: BTreeSet<usize> = built
            .fates
            .iter()
            .filter(|(_, _, why)| why.starts_with(allergies::STATEMENT))
            .map(|(number, _, _)| *number)
            .collect();
        for (number, fate, why) in &built.fates {
            let Some(source) = sources.get(number) else {
                continue;
            };
            let tally = self.0.entry((section, *source)).or_default();
            match fate {
                Fate::Shown | Fate::Merged => {
                    tally.shown += usize::from(!statements.contains(number));
                }
                Fate::OutsideWindow => tally.outside += 1,
                Fate::Withheld => tally.withheld += 1,
                Fate::Unreadable => tally.unreadable += 1,
                Fate::NotForThisScreen => tally.in_error += usize::from(why == ENTERED_IN_ERROR),
                Fate::Superseded => {}
            }
        }
    }

    /// The tally of one section at one source.
    pub(super) fn of(&self, section: SectionName, source: SourceName) -> Tally {
        self.0.get(&(section, source)).copied().unwrap_or_default()
    }

    /// The sum over the sources.
    pub(super) fn sum(&self, section: SectionName, part: fn(&Tally) -> usize) -> usize {
        self.0
            .iter()
            .filter(|((one, _), _)| *one == section)
            .map(|(_, tally)| part(tally))
            .sum()
    }
}

/// Every resource once, in the order it came. A piece that no builder gave a fate to would be a
/// defect; it is said as unreadable rather than lost.
pub(super) fn account(routed: &Routed<'_>, language: Language) -> Accounting {
    let mut accounting = Accounting::default();
    let mut came: Vec<(usize, usize)> = routed.order.iter().copied().zip(0..).collect();
    came.sort_unstable();
    for (_, number) in came {
        let Some(record) = routed.records.get(number) else {
            continue;
        };
        let (fate, why) = routed
            .fates
            .get(&number)
            .cloned()
            .unwrap_or((Fate::Unreadable, "no section took it".to_owned()));
        accounting.add(record.resource.clone(), fate, fates::said(why, language));
    }
    accounting
}
