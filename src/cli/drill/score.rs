//! What the rules saw of what was done, and what it costs to look at it.

use std::io::{self, Write};

use serde::Serialize;

use crate::{
    domain::{
        review::{Rule, Table, name},
        section::Language,
    },
    review::Case,
};

/// Minutes that a reviewer needs for a case that is explained: three keys and a glance.
const EXPLAINED: f64 = 0.5;
/// And for one that is not: the case is read, somebody is asked.
const UNEXPLAINED: f64 = 5.0;
/// Of a hundred normal grants at most so many may be flagged and not explained.
const BEARABLE: f64 = 5.0;

/// What became of one drill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// The seed.
    pub seed: u64,
    /// Days.
    pub days: u32,
    /// Cases.
    pub cases: usize,
    /// Grants that were played and are not among the cases.
    pub lost: usize,
    /// Cases that should not have been.
    pub misuse: usize,
    /// Normal cases that are flagged.
    pub normal_flagged: usize,
    /// Normal cases that are flagged and not explained.
    pub normal_flagged_unexplained: usize,
    /// The same in percent of the normal cases.
    pub normal_flagged_unexplained_percent: f64,
    /// Misuse that is flagged by no rule.
    pub missed: usize,
    /// Minutes for everything that is flagged.
    pub minutes: f64,
    /// Each rule.
    pub rules: Vec<RuleScore>,
}

/// What one rule saw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleScore {
    /// Its word.
    pub rule: &'static str,
    /// Cases that this rule should see.
    pub injected: usize,
    /// Those of them that it saw.
    pub found: usize,
    /// The share of them; none where nothing was injected.
    pub recall: Option<f64>,
    /// Cases that it flagged.
    pub flagged: usize,
    /// Those of them that should not have been, for whatever reason.
    pub right: usize,
    /// The share of them; none where nothing was flagged.
    pub precision: Option<f64>,
    /// A reviewer's minutes for all it flagged, for each that should not have been.
    pub minutes_per_true_case: Option<f64>,
}

impl Score {
    /// Counts.
    pub(super) fn new(
        (seed, days): (u64, u32),
        cases: &[(usize, Case)],
        truth: &[Option<Rule>],
    ) -> Self {
        let of = |number: &usize| truth.get(*number).copied().flatten();
        let is_flagged = |case: &Case| !case.standing.raised.is_empty();
        let normal: Vec<&Case> = cases
            .iter()
            .filter(|(number, _)| of(number).is_none())
            .map(|(_, case)| case)
            .collect();
        let normal_flagged = normal.iter().filter(|case| is_flagged(case));
        let unexplained = normal_flagged
            .clone()
            .filter(|case| !case.standing.is_explained())
            .count();
        // From what was played, not from what came back: a case that was lost is a miss.
        let misuse = truth.iter().flatten().count();
        let caught = cases
            .iter()
            .filter(|(number, case)| of(number).is_some() && is_flagged(case));
        let flagged = cases.iter().filter(|(_, case)| is_flagged(case));
        Self {
            seed,
            days,
            cases: cases.len(),
            lost: truth.len().saturating_sub(cases.len()),
            misuse,
            normal_flagged: normal_flagged.count(),
            normal_flagged_unexplained: unexplained,
            normal_flagged_unexplained_percent: share(unexplained, normal.len())
                .map_or(0.0, |share| share * 100.0),
            missed: misuse.saturating_sub(caught.count()),
            minutes: flagged.map(|(_, case)| minutes(case)).sum(),
            rules: Rule::ALL
                .into_iter()
                .map(|rule| RuleScore::new(rule, cases, truth))
                .collect(),
        }
    }

    /// Whether every rule saw what it should see, and reviewers are not drowned.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.lost == 0
            && self.rules.iter().all(|rule| rule.found == rule.injected)
            && self.normal_flagged_unexplained_percent <= BEARABLE
    }

    /// As a table for people.
    pub(super) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let said = |number: Option<f64>| {
            number.map_or_else(|| "-".to_owned(), |number| format!("{number:.2}"))
        };
        writeln!(
            out,
            "seed {}, {} days: {} cases, {} of them misuse",
            self.seed, self.days, self.cases, self.misuse
        )?;
        writeln!(
            out,
            "\n{:<28} {:>8} {:>6} {:>7} {:>8} {:>6} {:>10} {:>12}",
            "rule", "injected", "found", "recall", "flagged", "true", "precision", "min per true"
        )?;
        let table = Table::default();
        for (rule, score) in Rule::ALL.into_iter().zip(&self.rules) {
            writeln!(
                out,
                "{:<28} {:>8} {:>6} {:>7} {:>8} {:>6} {:>10} {:>12}",
                name(&table, rule, Language::En),
                score.injected,
                score.found,
                said(score.recall),
                score.flagged,
                score.right,
                said(score.precision),
                said(score.minutes_per_true_case),
            )?;
        }
        writeln!(
            out,
            "\nnormal grants flagged: {}; flagged and not explained: {} ({:.2} %, at most {BEARABLE} % are bearable)",
            self.normal_flagged,
            self.normal_flagged_unexplained,
            self.normal_flagged_unexplained_percent
        )?;
        writeln!(
            out,
            "played and not among the cases: {}; misuse that no rule saw: {}; a reviewer's minutes for all that is flagged: {:.0} ({EXPLAINED} for what is explained, {UNEXPLAINED} for what is not)",
            self.lost, self.missed, self.minutes
        )
    }
}

impl RuleScore {
    fn new(rule: Rule, cases: &[(usize, Case)], truth: &[Option<Rule>]) -> Self {
        let of = |number: &usize| truth.get(*number).copied().flatten();
        let sees = |case: &Case| case.standing.raised.iter().any(|one| one.rule == rule);
        let injected = truth.iter().filter(|one| **one == Some(rule)).count();
        let flagged = cases.iter().filter(|(_, case)| sees(case));
        let found = cases
            .iter()
            .filter(|(number, case)| of(number) == Some(rule) && sees(case))
            .count();
        let right = flagged
            .clone()
            .filter(|(number, _)| of(number).is_some())
            .count();
        let spent: f64 = flagged.clone().map(|(_, case)| minutes(case)).sum();
        let flagged = flagged.count();
        Self {
            rule: rule.word(),
            injected,
            found,
            recall: share(found, injected),
            flagged,
            right,
            precision: share(right, flagged),
            minutes_per_true_case: (right > 0).then(|| spent / number(right)),
        }
    }
}

fn minutes(case: &Case) -> f64 {
    if case.standing.is_explained() {
        EXPLAINED
    } else {
        UNEXPLAINED
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| number(part) / number(whole))
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
