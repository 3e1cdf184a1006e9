//! What explains a case without asking anybody: what the hospital's own systems and colleagues say.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Duty, Facts};
use crate::domain::access::{AccountId, FoundBy};

/// Strength from which a case counts as explained.
pub const ENOUGH: u8 = 2;

/// How long before a look the patient may have been registered.
const BEFORE: TimeDelta = TimeDelta::hours(24);
/// And after: an unknown patient is registered late.
const AFTER: TimeDelta = TimeDelta::hours(72);
/// How far apart two colleagues look at one patient in one emergency.
const TOGETHER: TimeDelta = TimeDelta::hours(6);

/// Something that explains a case, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// The patient was registered in the hospital.
    Registered {
        /// Minutes after the start; negative: before it.
        minutes: i64,
        /// The number of the visit; may be empty.
        visit: String,
    },
    /// The hospital's own chart opened it with the patient in context.
    Launched,
    /// An ambulance crew handed the patient over: the hospital had accepted.
    HandedOver {
        /// Minutes after the start; negative: before it.
        minutes: i64,
    },
    /// Who looked was on duty.
    OnDuty {
        /// Where.
        department: String,
    },
    /// A colleague looked at the same patient.
    Colleague {
        /// Who.
        account: AccountId,
        /// Minutes after the start; negative: before it.
        minutes: i64,
    },
}

impl Explanation {
    /// How much it explains: a registration, the chart or a handoff alone is [`ENOUGH`]; being on duty, or a
    /// colleague's look, only together.
    #[must_use]
    pub const fn strength(&self) -> u8 {
        match self {
            Self::Registered { .. } | Self::Launched | Self::HandedOver { .. } => 2,
            Self::OnDuty { .. } | Self::Colleague { .. } => 1,
        }
    }
}

/// Everything that explains a case, as far as it was known at an instant, the strongest first.
/// What the looking account wrote itself explains nothing.
pub(super) fn explanations(facts: &Facts, as_of: DateTime<Utc>) -> Vec<Explanation> {
    let registered = registered(facts, as_of);
    let launched = (facts.found_by == Some(FoundBy::Launch)).then_some(Explanation::Launched);
    let handed_over = handed_over(facts, as_of);
    let on_duty = match &facts.duty {
        Some(Duty::On {
            department,
            authors,
        }) if !authors.contains(&facts.account) => Some(Explanation::OnDuty {
            department: department.clone(),
        }),
        Some(Duty::On { .. } | Duty::Off(_)) | None => None,
    };
    [
        registered,
        launched,
        handed_over,
        on_duty,
        colleague(facts, as_of),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The registration that is nearest to the start.
fn registered(facts: &Facts, as_of: DateTime<Utc>) -> Option<Explanation> {
    facts
        .arrivals
        .iter()
        .filter(|arrival| arrival.known <= as_of)
        .filter(|arrival| !arrival.authors.contains(&facts.account))
        .map(|arrival| (arrival.at.signed_duration_since(facts.started), arrival))
        .filter(|(apart, _)| (-BEFORE..=AFTER).contains(apart))
        .min_by_key(|(apart, _)| apart.abs())
        .map(|(apart, arrival)| Explanation::Registered {
            minutes: apart.num_minutes(),
            visit: arrival.visit.clone(),
        })
}

/// The acceptance or handover that is nearest to the start. When somebody looked whom a crew brings
/// says nothing: whoever looks may do that whenever he likes.
fn handed_over(facts: &Facts, as_of: DateTime<Utc>) -> Option<Explanation> {
    facts
        .handoffs
        .iter()
        .filter(|at| **at <= as_of)
        .map(|at| at.signed_duration_since(facts.started))
        .filter(|apart| (-BEFORE..=TOGETHER).contains(apart))
        .min_by_key(TimeDelta::abs)
        .map(|apart| Explanation::HandedOver {
            minutes: apart.num_minutes(),
        })
}

/// The colleague's look that is nearest to the start.
fn colleague(facts: &Facts, as_of: DateTime<Utc>) -> Option<Explanation> {
    facts
        .looks
        .iter()
        .filter(|look| look.account != facts.account && look.at <= as_of)
        .map(|look| (look.at.signed_duration_since(facts.started), look))
        .filter(|(apart, _)| apart.abs() <= TOGETHER)
        .min_by_key(|(apart, _)| apart.abs())
        .map(|(apart, look)| Explanation::Colleague {
            account: look.account.clone(),
            minutes: apart.num_minutes(),
        })
}
