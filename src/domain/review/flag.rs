//! The rules themselves: each looks at one case's facts at one instant.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Duty, Facts, Relation, Rule, Table};
use crate::domain::{
    access::{End, Flag, IdentifiedBy, Reason},
    event::SecondFactor,
};

/// Fewer days with cases than this are no habit.
const HABIT_DAYS: u32 = 5;
/// Fewer cases a day than this are never too many.
const FEW: u32 = 4;
/// How long a patient may be identified by nothing or by belongings: until then it may still be
/// answered.
const ANSWERABLE: TimeDelta = TimeDelta::hours(4);

/// A flag: the rule, and the number that its sentence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Raised {
    /// Which rule.
    pub rule: Rule,
    /// What was counted, where something was.
    pub number: Option<i64>,
}

/// Every flag of a case at an instant, the gravest first.
pub(super) fn raised(facts: &Facts, table: &Table, as_of: DateTime<Utc>) -> Vec<Raised> {
    Rule::ALL
        .into_iter()
        .filter(|rule| table.is_on(*rule))
        .filter_map(|rule| looked(rule, facts, table.threshold(rule), as_of))
        .collect()
}

impl Raised {
    const fn plain(rule: Rule) -> Self {
        Self { rule, number: None }
    }

    const fn counted(rule: Rule, number: i64) -> Self {
        Self {
            rule,
            number: Some(number),
        }
    }
}

/// What a rule says: nothing, or that it holds, with its number where it has one.
fn looked(rule: Rule, facts: &Facts, threshold: i64, as_of: DateTime<Utc>) -> Option<Raised> {
    let holds = match rule {
        Rule::AgainAfterWeeks => {
            return again(facts, threshold).map(|days| Raised::counted(rule, days));
        }
        Rule::Trawling => {
            let unopened = i64::from(facts.unopened);
            return (unopened >= threshold).then(|| Raised::counted(rule, unopened));
        }
        Rule::OffDuty => return off_duty(facts, threshold),
        Rule::AboveBaseline => {
            return is_above_baseline(facts, threshold)
                .then(|| Raised::counted(rule, facts.volume.day.into()));
        }
        Rule::StrangeTerminal => {
            let ever = i64::from(facts.terminals.ever);
            let is_strange = facts.terminals.here == 0 && ever >= threshold;
            return is_strange.then(|| Raised::counted(rule, ever));
        }
        Rule::ClockStep => {
            let seconds = facts.clock_step_ms? / 1_000;
            return (seconds.abs() >= threshold).then(|| Raised::counted(rule, seconds));
        }
        Rule::Decoy => facts.is_decoy,
        Rule::OwnRecord => facts.relation == Relation::Same,
        Rule::Protected => facts.is_protected,
        Rule::Colleague => facts.is_colleague && facts.relation != Relation::Same,
        Rule::SameFamilyAndTown => facts.relation == Relation::Family,
        Rule::ObjectionOverridden => facts.opening.contains(&Flag::AfterObjection),
        Rule::SealedAccount => is_by(facts, SecondFactor::Sealed, Flag::Sealed),
        Rule::NoArrival => has_not_arrived(facts, threshold, as_of),
        Rule::InQuickSuccession => facts.opening.contains(&Flag::InQuickSuccession),
        Rule::WrongPatient => {
            matches!(facts.ended, Some((End::WrongPatient, at)) if at <= as_of)
        }
        Rule::PossessionOnly => is_unconfirmed(facts, as_of),
        Rule::Vouched => is_by(facts, SecondFactor::Vouched, Flag::Vouched),
        Rule::FactorsReset => facts.opening.contains(&Flag::FactorsResetLately),
        Rule::Delegated => facts.opening.contains(&Flag::Delegated),
        Rule::DisasterNotDeclared => facts.opening.contains(&Flag::DisasterNotDeclared),
        Rule::OtherReason => {
            // Also where it was corrected since.
            facts.reason == Some(Reason::Other) || facts.opening.contains(&Flag::OtherReason)
        }
    };
    holds.then(|| Raised::plain(rule))
}

fn is_by(facts: &Facts, factor: SecondFactor, flag: Flag) -> bool {
    facts.factor == Some(factor) || facts.opening.contains(&flag)
}

/// Days since the last look of one's own, where these are many.
fn again(facts: &Facts, threshold: i64) -> Option<i64> {
    let days = facts
        .started
        .signed_duration_since(facts.earlier?)
        .num_days();
    (days >= threshold).then_some(days)
}

/// Whether the hospital's registrations are known for all that time, and none is the patient's.
fn has_not_arrived(facts: &Facts, hours: i64, as_of: DateTime<Utc>) -> bool {
    let span = TimeDelta::hours(hours);
    let last = facts.started + span;
    let is_known = facts.arrivals_until.is_some_and(|until| until >= last);
    let has_arrived = facts.arrivals.iter().any(|arrival| {
        let apart = arrival.at.signed_duration_since(facts.started);
        let is_own_word = arrival.authors.contains(&facts.account);
        arrival.known <= as_of && apart.abs() <= span && !is_own_word
    });
    as_of >= last && is_known && !has_arrived
}

/// Off duty, with the minutes to the nearest duty where there is one. On duty by one's own word
/// alone is off duty.
fn off_duty(facts: &Facts, threshold: i64) -> Option<Raised> {
    match facts.duty.as_ref()? {
        Duty::On { authors, .. } => {
            let is_own_word = authors.contains(&facts.account);
            is_own_word.then(|| Raised::plain(Rule::OffDuty))
        }
        Duty::Off(Some(minutes)) => {
            (*minutes > threshold).then(|| Raised::counted(Rule::OffDuty, *minutes))
        }
        Duty::Off(None) => Some(Raised::plain(Rule::OffDuty)),
    }
}

/// Whether the day's cases are so many times what the account has on a day with cases.
fn is_above_baseline(facts: &Facts, threshold: i64) -> bool {
    let volume = facts.volume;
    let day = i64::from(volume.day);
    let is_habit = volume.days >= HABIT_DAYS;
    let is_above = is_habit && volume.day > FEW && day > threshold * i64::from(volume.usual);
    is_above || facts.opening.contains(&Flag::MoreThanUsual)
}

fn is_unconfirmed(facts: &Facts, as_of: DateTime<Utc>) -> bool {
    let is_certain = facts.identified_by.is_some_and(IdentifiedBy::is_certain);
    let may_be_answered =
        facts.ended.is_none() && as_of.signed_duration_since(facts.started) < ANSWERABLE;
    !is_certain && !may_be_answered
}
