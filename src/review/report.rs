//! A month in figures, for the board of a hospital: of the cases in the index that began in it.
//! Nobody is named.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};

use super::{
    Error, Month, Review,
    case::{Case, Told},
    index::Desk,
    work::Known,
};
use crate::{
    domain::{
        access::{FacilityId, Reason, TerminalId},
        clock::{Moment, japanese_time},
        review::{Duty, Explanation, Kind, Rule, Settled, Stage},
    },
    ledger::Unread,
    registry::{Account, SealedAccount},
};

/// How long a permission lies unused before it is counted.
const UNUSED: TimeDelta = TimeDelta::days(90);

/// A month in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which.
    pub month: Month,
    /// When it was made.
    pub made: DateTime<Utc>,
    /// The cases that began in it.
    pub cases: Cases,
    /// How many there were in the month before.
    pub before: usize,
    /// The emergency permissions, as they stand now.
    pub permissions: Permissions,
    /// The sealed emergency accounts.
    pub sealed: Sealed,
    /// When the first entry of the facility was written here; `None`: there is none.
    pub since: Option<DateTime<Utc>>,
    /// Each kind of list that hospitals hand over: since when it is known, and its lines.
    pub lists: Vec<(Kind, Option<Known>)>,
    /// Ledgers of this node that are not in it.
    pub unread: Vec<Unread>,
}

/// How far a month's figures may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ripeness {
    /// It is not over: more cases will come.
    Running,
    /// It is over; machines still look at its last cases.
    Fresh,
    /// Only people may still change something.
    Ripe,
}

/// Where somebody looked from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The department that the roster says.
    Department(String),
    /// Where the roster says none: the terminal.
    Terminal(Option<TerminalId>),
}

/// What explains cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Means {
    /// Registrations.
    Registered,
    /// The chart.
    Launched,
    /// An ambulance crew's handoff.
    HandedOver,
    /// The roster.
    OnDuty,
    /// A colleague.
    Colleague,
}

impl Means {
    /// All, the strongest first.
    pub const ALL: [Self; 5] = [
        Self::Registered,
        Self::Launched,
        Self::HandedOver,
        Self::OnDuty,
        Self::Colleague,
    ];

    const fn of(explanation: &Explanation) -> Self {
        match explanation {
            Explanation::Registered { .. } => Self::Registered,
            Explanation::Launched => Self::Launched,
            Explanation::HandedOver { .. } => Self::HandedOver,
            Explanation::OnDuty { .. } => Self::OnDuty,
            Explanation::Colleague { .. } => Self::Colleague,
        }
    }
}

/// The cases of a month, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cases {
    /// How many.
    pub all: usize,
    /// How many of them machines explained.
    pub explained: usize,
    /// By reason, as it was last said.
    pub reasons: BTreeMap<Option<Reason>, usize>,
    /// By where from.
    pub origins: BTreeMap<Origin, usize>,
    /// By the hour in Japan at which they began: explained, and not.
    pub hours: [(usize, usize); 24],
    /// By what explains them; a case may have several.
    pub means: BTreeMap<Means, usize>,
    /// By what flags them; a case may have several.
    pub flags: BTreeMap<Rule, usize>,
    /// How far their review has come.
    pub settled: BTreeMap<Settled, usize>,
    /// How long until the first verdict, of those that have one, the shortest first.
    pub lags: Vec<TimeDelta>,
    /// Whose patients were told; not told, for a reason; neither recorded.
    pub told: [usize; 3],
}

/// Emergency permissions that are valid now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// How many.
    pub valid: usize,
    /// How many of them nobody used for 90 days.
    pub unused: usize,
}

/// Sealed emergency accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    /// Made in the month.
    pub made: usize,
    /// Used in the month.
    pub used: usize,
    /// Lying unused now.
    pub lying: usize,
}

impl Report {
    /// How far it may still change.
    #[must_use]
    pub fn ripeness(&self) -> Ripeness {
        let (_, end) = self.month.span();
        if self.made < end {
            Ripeness::Running
        } else if self.made < end + Stage::ThreeDays.after() {
            Ripeness::Fresh
        } else {
            Ripeness::Ripe
        }
    }

    /// How many cases the month before had; `None` where the ledger does not reach over all of it.
    #[must_use]
    pub fn compared(&self) -> Option<usize> {
        let (from, _) = self.month.before().span();
        self.since
            .filter(|since| *since <= from)
            .map(|_| self.before)
    }

    /// Whether entries of the month may be missing because the ledger began within it.
    #[must_use]
    pub fn begins_late(&self) -> bool {
        let (from, _) = self.month.span();
        self.since.is_none_or(|since| since > from)
    }
}

impl Cases {
    fn take(&mut self, case: &Case) {
        let standing = &case.standing;
        let is_explained = standing.is_explained();
        self.all += 1;
        self.explained += usize::from(is_explained);
        *self.reasons.entry(case.facts.reason).or_default() += 1;
        *self.origins.entry(origin(case)).or_default() += 1;
        let hour = japanese_time(case.facts.started).hour();
        let hour = usize::try_from(hour).ok();
        if let Some(hour) = hour.and_then(|hour| self.hours.get_mut(hour)) {
            hour.0 += usize::from(is_explained);
            hour.1 += usize::from(!is_explained);
        }
        for one in &standing.explanations {
            *self.means.entry(Means::of(one)).or_default() += 1;
        }
        for one in &standing.raised {
            *self.flags.entry(one.rule).or_default() += 1;
        }
        *self.settled.entry(case.settled()).or_default() += 1;
        self.lags.extend(case.lag());
        let told = match case.told {
            Some(Told::Yes) => &mut self.told[0],
            Some(Told::No(why)) if !why.may_still_be_told() => &mut self.told[1],
            Some(Told::No(_)) | None => &mut self.told[2],
        };
        *told += 1;
    }

    /// Minutes until the first verdict: the median of those that have one.
    #[must_use]
    pub fn usual_lag(&self) -> Option<i64> {
        let half = self.lags.len() / 2;
        let upper = *self.lags.get(half)?;
        let lower = *self
            .lags
            .get(self.lags.len().div_ceil(2).saturating_sub(1))?;
        Some(((lower + upper) / 2).num_minutes())
    }

    /// How many have a verdict within so long.
    #[must_use]
    pub fn judged_within(&self, span: TimeDelta) -> usize {
        let is_within = |lag: &&TimeDelta| **lag <= span;
        self.lags.iter().take_while(is_within).count()
    }
}

fn origin(case: &Case) -> Origin {
    match &case.facts.duty {
        Some(Duty::On { department, .. }) if !department.is_empty() => {
            Origin::Department(department.clone())
        }
        Some(_) | None => Origin::Terminal(case.terminal.clone()),
    }
}

/// The cases of a month: what it costs grows with them, not with the ledger.
pub(super) fn counted(desk: &Desk, month: Month) -> Cases {
    let mut cases = Cases::default();
    for case in desk.began_in(month.span()) {
        cases.take(case);
    }
    cases.lags.sort_unstable();
    cases
}

impl Permissions {
    /// Sealed accounts are meant to lie unused, and are not among them.
    fn of(accounts: &[Account], sealed: &[SealedAccount], now: Moment) -> Self {
        let mut counted = Self::default();
        for account in accounts {
            let is_sealed = sealed.iter().any(|one| one.account == account.id);
            let permission = account.permission.as_ref();
            let valid = permission.filter(|_| account.may_break_glass(now) && !is_sealed);
            if let Some(permission) = valid {
                let given = permission.given_at;
                let since = account.glass_used.map_or(given, |used| used.max(given));
                counted.valid += 1;
                counted.unused += usize::from(now.wall - since >= UNUSED);
            }
        }
        counted
    }
}

impl Sealed {
    fn of(sealed: &[SealedAccount], month: Month) -> Self {
        let (from, until) = month.span();
        let is_in = |at: DateTime<Utc>| from <= at && at < until;
        let mut counted = Self::default();
        for one in sealed {
            let made = one.confirmed.as_ref().map(|mark| mark.at);
            counted.made += usize::from(made.is_some_and(is_in));
            counted.used += usize::from(one.used_at.is_some_and(is_in));
            counted.lying += usize::from(made.is_some() && one.used_at.is_none());
        }
        counted
    }
}

impl Review {
    /// The month of now.
    #[must_use]
    pub fn this_month(&self) -> Month {
        Month::of(self.inner.clock.now().wall)
    }

    /// A month of a facility in figures.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::NotYet`].
    pub async fn report(&self, facility: &FacilityId, month: Month) -> Result<Report, Error> {
        let unread = self.refresh().await?;
        let registry = &self.inner.registry;
        let accounts = registry.accounts(facility.clone()).await;
        let sealed = registry.sealed_accounts(facility.clone()).await;
        let (Ok(accounts), Ok(sealed)) = (accounts, sealed) else {
            return Err(Error::Unavailable);
        };
        let now = self.inner.clock.now();
        let facility = facility.clone();
        self.look(move |index| {
            let desk = index.desk(&facility);
            let count = |month| desk.map_or_else(Cases::default, |desk| counted(desk, month));
            let list = |kind| (kind, desk.and_then(|desk| desk.list(kind)));
            Report {
                month,
                made: now.wall,
                cases: count(month),
                before: count(month.before()).all,
                permissions: Permissions::of(&accounts, &sealed, now),
                sealed: Sealed::of(&sealed, month),
                since: desk.and_then(Desk::since),
                lists: Kind::ALL.map(list).to_vec(),
                unread,
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_lag_is_the_median_and_72_hours_are_72_hours() {
        let of = |minutes: &[i64]| Cases {
            lags: minutes.iter().copied().map(TimeDelta::minutes).collect(),
            ..Cases::default()
        };
        assert_eq!(of(&[]).usual_lag(), None);
        assert_eq!(of(&[10]).usual_lag(), Some(10));
        assert_eq!(of(&[10, 3_000]).usual_lag(), Some(1_505));
        assert_eq!(of(&[10, 20, 3_000]).usual_lag(), Some(20));
        let late = Cases {
            lags: vec![
                TimeDelta::hours(72),
                TimeDelta::hours(72) + TimeDelta::seconds(1),
            ],
            ..Cases::default()
        };
        assert_eq!(late.judged_within(TimeDelta::hours(72)), 1);
    }
}
