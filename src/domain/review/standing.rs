//! How a case stands at an instant, and the order in which cases are looked at.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Explanation, Facts, Raised, Table,
    explain::{ENOUGH, explanations},
    flag::raised,
};

/// When a case is looked at anew by machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// An hour after its start.
    Hour,
    /// A day after.
    Day,
    /// Three days after.
    ThreeDays,
}

impl Stage {
    /// All, in their order.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::ThreeDays];

    /// How long after the start.
    #[must_use]
    pub const fn after(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::hours(24),
            Self::ThreeDays => TimeDelta::hours(72),
        }
    }
}

/// What speaks against a case, and what explains it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The flags, the gravest first.
    pub raised: Vec<Raised>,
    /// The explanations, the strongest first.
    pub explanations: Vec<Explanation>,
}

/// The place in the work list: the least explained first, then the gravest, then the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    strength: u8,
    weight: Reverse<u8>,
    started: DateTime<Utc>,
}

impl Standing {
    /// How much explains it, together.
    #[must_use]
    pub fn strength(&self) -> u8 {
        self.explanations
            .iter()
            .fold(0, |sum, one| sum.saturating_add(one.strength()))
    }

    /// Whether enough explains it.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        self.strength() >= ENOUGH
    }

    /// Where it stands in the work list.
    #[must_use]
    pub fn rank(&self, started: DateTime<Utc>) -> Rank {
        let weight = self.raised.iter().map(|raised| raised.rule.weight());
        Rank {
            strength: self.strength().min(ENOUGH),
            weight: Reverse(weight.fold(0, u8::saturating_add)),
            started,
        }
    }
}

/// How a case stood at an instant: with what was known then, and nothing that came later.
#[must_use]
pub fn standing(facts: &Facts, table: &Table, as_of: DateTime<Utc>) -> Standing {
    Standing {
        raised: raised(facts, table, as_of),
        explanations: explanations(facts, as_of),
    }
}

/// How a case stood at each stage that has been reached, with the facts as they were known then.
#[must_use]
pub fn course(
    started: DateTime<Utc>,
    table: &Table,
    now: DateTime<Utc>,
    known: impl Fn(DateTime<Utc>) -> Facts,
) -> Vec<(Stage, Standing)> {
    Stage::ALL
        .into_iter()
        .map(|stage| (stage, started + stage.after()))
        .filter(|(_, at)| *at <= now)
        .map(|(stage, at)| (stage, standing(&known(at), table, at)))
        .collect()
}
