//! The one more confirmation: what is unusual is asked for once more and flagged, never refused.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Access, Error, Glass, Viewer, candidate::Sealed, token::hashed};
use crate::domain::{
    access::{Flag, Reason},
    clock::japanese_time,
};

/// How long a confirmation may wait.
const SPAN: Duration = Duration::from_mins(10);

/// What is more than an account usually opens (a rule of this service, to be set to the facility's
/// work): counted are grants on either ground that renew no other, in the 24 hours before. Usual is the
/// median of the Japanese days of the last month on which the account opened any at all. An account
/// without enough such days has no usual number yet: until then a number stands in for it, in the
/// hour before, and three times as many in the day (what a large emergency department opens in its
/// busiest hours per physician stays below; a rule of this service).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// More than this many times the median is unusual.
    pub times: usize,
    /// Fewer than this many in a day are never unusual.
    pub least: usize,
    /// How many days with a grant make a usual number.
    pub days: usize,
    /// Without a usual number, more than this many in an hour, or three times as many in a day,
    /// are unusual.
    pub at_first: usize,
}

impl Default for Usual {
    fn default() -> Self {
        Self {
            times: 2,
            least: 6,
            days: 5,
            at_first: 12,
        }
    }
}

impl Usual {
    /// Whether one more now is more than usual after `starts`.
    fn is_exceeded(self, starts: &[DateTime<Utc>], now: DateTime<Utc>) -> bool {
        let today = now - TimeDelta::hours(24);
        let lately = starts.iter().filter(|start| **start > today).count() + 1;
        let mut days: Vec<NaiveDate> = starts
            .iter()
            .filter(|start| **start <= today)
            .map(|start| japanese_time(*start).date_naive())
            .collect();
        days.sort_unstable();
        let mut counts: Vec<usize> = days.chunk_by(|a, b| a == b).map(<[_]>::len).collect();
        counts.sort_unstable();
        if counts.len() < self.days {
            let hour = now - TimeDelta::hours(1);
            let in_hour = starts.iter().filter(|start| **start > hour).count() + 1;
            return in_hour > self.at_first || lately > self.at_first.saturating_mul(3);
        }
        let median = counts.get(counts.len() / 2).copied();
        lately >= self.least
            && median.is_some_and(|median| lately > median.saturating_mul(self.times))
    }
}

/// What a confirmation stands for; the session it is bound to is not in it but seals it.
#[derive(Serialize, Deserialize)]
struct Confirmation {
    candidate: String,
    reason: Reason,
    flags: BTreeSet<Flag>,
}

impl Access {
    /// What the review looks at where this grant is opened. What has to be confirmed once more and
    /// is not yet is an error: the form again, with a token that stands for having been asked.
    pub(super) fn flags(
        &self,
        viewer: &Viewer,
        glass: &Glass,
        candidate: &Sealed,
        reason: Reason,
    ) -> Result<BTreeSet<Flag>, Error> {
        let mut flags = self.asked_about(viewer, reason);
        let confirmed = self.confirmed(viewer, glass, reason);
        let is_asked = |flags: &BTreeSet<Flag>| {
            confirmed
                .as_ref()
                .is_none_or(|confirmed| !flags.is_subset(confirmed))
        };
        if !flags.is_empty() && is_asked(&flags) {
            return Err(self.ask(viewer, glass, reason, flags));
        }
        if self.is_in_quick_succession(viewer) {
            flags.insert(Flag::InQuickSuccession);
            if confirmed.is_none() {
                return Err(self.ask(viewer, glass, reason, flags));
            }
        }
        flags.extend(confirmed.into_iter().flatten());
        if self.has_objected(viewer, candidate) {
            flags.insert(Flag::AfterObjection);
        }
        Ok(flags)
    }

    /// What the review looks at where a grant rests on consent: the same numbers, so that nobody
    /// looks through patients by saying that they consented. Nothing is asked once more.
    pub(super) fn flags_of_consent(&self, viewer: &Viewer, candidate: &Sealed) -> BTreeSet<Flag> {
        [
            (Flag::MoreThanUsual, self.is_more_than_usual(viewer)),
            (Flag::InQuickSuccession, self.is_in_quick_succession(viewer)),
            (Flag::AfterObjection, self.has_objected(viewer, candidate)),
        ]
        .into_iter()
        .filter_map(|(flag, is_set)| is_set.then_some(flag))
        .collect()
    }

    /// Counts one more opening of the account; never in a declared disaster.
    fn is_in_quick_succession(&self, viewer: &Viewer) -> bool {
        let limit = &self.inner.limits.opening;
        let many = viewer.disaster.is_none() && limit.take(&viewer.account.0).is_err();
        if many {
            tracing::warn!("many grants are opened one right after the other");
        }
        many
    }

    /// Whether this patient objected to being looked at by the viewer's facility.
    pub(super) fn has_objected(&self, viewer: &Viewer, candidate: &Sealed) -> bool {
        let ledger = &self.inner.ledger;
        let key = ledger.patient_key(&viewer.facility, &candidate.person.number);
        ledger.has_objected(&viewer.facility, &key)
    }

    /// Whether nobody can say that the patient did not: a ledger of this node cannot be read, and its
    /// loss was not accepted.
    pub(super) fn may_have_objected(&self, viewer: &Viewer, candidate: &Sealed) -> bool {
        let unread = self.inner.ledger.unread();
        unread.iter().any(|unread| unread.given_up.is_none())
            && !self.has_objected(viewer, candidate)
    }

    fn asked_about(&self, viewer: &Viewer, reason: Reason) -> BTreeSet<Flag> {
        let mut flags: BTreeSet<Flag> = of_reason(reason, viewer).into_iter().collect();
        if self.is_more_than_usual(viewer) {
            flags.insert(Flag::MoreThanUsual);
        }
        flags
    }

    fn is_more_than_usual(&self, viewer: &Viewer) -> bool {
        let now = self.inner.clock.now().wall;
        let starts: Vec<_> = self
            .inner
            .ledger
            .past_of(&viewer.account, now - TimeDelta::days(30))
            .into_iter()
            .filter(|past| !past.is_renewal)
            .map(|past| past.started)
            .collect();
        viewer.disaster.is_none() && self.inner.settings.usual.is_exceeded(&starts, now)
    }

    /// What was confirmed by this very form: for the same candidate and reason, in this session.
    fn confirmed(&self, viewer: &Viewer, glass: &Glass, reason: Reason) -> Option<BTreeSet<Flag>> {
        let confirmation: Confirmation =
            self.inner
                .confirmations
                .open(&glass.confirm, &viewer.session, SPAN)?;
        let is_same =
            confirmation.reason == reason && confirmation.candidate == hashed(&glass.candidate);
        is_same.then_some(confirmation.flags)
    }

    fn ask(&self, viewer: &Viewer, glass: &Glass, reason: Reason, flags: BTreeSet<Flag>) -> Error {
        let confirmation = Confirmation {
            candidate: hashed(&glass.candidate),
            reason,
            flags: flags.clone(),
        };
        match self
            .inner
            .confirmations
            .close(&confirmation, &viewer.session)
        {
            Some(token) => Error::Confirm {
                token,
                reason,
                flags: flags.into_iter().collect(),
            },
            None => Error::Unavailable,
        }
    }
}

/// The flag that a reason brings by itself.
pub(super) fn of_reason(reason: Reason, viewer: &Viewer) -> Option<Flag> {
    match reason {
        Reason::Other => Some(Flag::OtherReason),
        Reason::Disaster => viewer
            .disaster
            .is_none()
            .then_some(Flag::DisasterNotDeclared),
        Reason::Unconscious | Reason::DangerToLife | Reason::CannotCommunicate | Reason::NoTime => {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// So many grants on each of the days before, at noon.
    fn days(counts: &[usize]) -> Vec<DateTime<Utc>> {
        let noon = at("2026-03-31T03:00:00Z");
        (1..)
            .zip(counts)
            .flat_map(|(day, count)| vec![noon - TimeDelta::days(day); *count])
            .collect()
    }

    #[test]
    fn usual_is_twice_the_median_of_the_days_with_a_grant_and_never_fewer_than_six() {
        let now = at("2026-04-01T03:00:00Z");
        for (before, lately, exceeded) in [
            (&[1, 1, 1, 1, 1][..], 4, false),
            (&[1, 1, 1, 1, 1], 5, true),
            (&[1, 1, 1, 1], 35, false),
            (&[1, 1, 1, 1], 36, true),
            (&[4, 4, 4, 0, 4, 0, 9], 7, false),
            (&[4, 4, 4, 0, 4, 0, 9], 8, true),
            (&[10, 12, 8, 10, 1, 11], 19, false),
            (&[10, 12, 8, 10, 1, 11], 20, true),
            (&[], 35, false),
            (&[], 36, true),
        ] {
            let mut starts = days(before);
            starts.extend(vec![now - TimeDelta::hours(1); lately]);
            assert_eq!(
                Usual::default().is_exceeded(&starts, now),
                exceeded,
                "{before:?} {lately}"
            );
        }
    }

    #[test]
    fn a_new_account_is_asked_once_it_opens_more_than_twelve_in_an_hour() {
        let now = at("2026-04-01T03:00:00Z");
        for (in_hour, exceeded) in [(0, false), (11, false), (12, true), (33, true)] {
            let starts = vec![now - TimeDelta::minutes(25); in_hour];
            assert_eq!(
                Usual::default().is_exceeded(&starts, now),
                exceeded,
                "{in_hour}"
            );
        }
    }
}
