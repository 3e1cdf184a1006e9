//! The work list: which cases, in what order, page by page.

use chrono::{DateTime, Utc};

use super::{
    Error, Review,
    case::{Case, Place},
    index::Desk,
};
use crate::{
    domain::{
        access::{AccountId, FacilityId, Reason, Role},
        review::{Kind, Rule, Settled},
    },
    ledger::Unread,
};

/// Cases that one page lists.
pub const EACH: usize = 50;
/// The last page that is counted.
const LAST: usize = 100_000;

/// Which of the lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// What nobody has judged, or not enough: the least explained first.
    #[default]
    Open,
    /// What a second auditor has to judge.
    Second,
    /// What has no 事後説明: the oldest first.
    Untold,
    /// What is judged: the newest first.
    Closed,
    /// Everything: the newest first.
    All,
}

impl List {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::Second,
        Self::Untold,
        Self::Closed,
        Self::All,
    ];

    /// The word in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Second => "second",
            Self::Untold => "untold",
            Self::Closed => "closed",
            Self::All => "all",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.word() == word)
    }

    fn numbers(self, desk: &Desk) -> Box<dyn Iterator<Item = usize> + '_> {
        match self {
            Self::Open => Box::new(desk.open()),
            Self::Second => Box::new(desk.second()),
            Self::Untold => Box::new(desk.untold()),
            Self::Closed => Box::new(desk.closed()),
            Self::All => Box::new(desk.all()),
        }
    }
}

/// What is asked of the work list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Which list.
    pub list: List,
    /// Only what this rule flags.
    pub rule: Option<Rule>,
    /// Only what is explained, or only what is not.
    pub explained: Option<bool>,
    /// Only looks in this role.
    pub role: Option<Role>,
    /// Only looks for this reason.
    pub reason: Option<Reason>,
    /// Which page, from 0.
    pub page: usize,
}

impl Wanted {
    fn takes(&self, case: &Case) -> bool {
        let raised = &case.standing.raised;
        self.rule
            .is_none_or(|rule| raised.iter().any(|one| one.rule == rule))
            && self
                .explained
                .is_none_or(|wanted| wanted == case.standing.is_explained())
            && self.role.is_none_or(|role| case.role == Some(role))
            && self
                .reason
                .is_none_or(|reason| case.facts.reason == Some(reason))
    }
}

/// Since when a list is known, and how many lines it had.
pub type Known = (DateTime<Utc>, u64);

/// One page of the work list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The cases on it.
    pub cases: Vec<Case>,
    /// Whether more follow.
    pub has_more: bool,
    /// How many cases each list has, in the order of [`List::ALL`].
    pub counts: [usize; 5],
    /// Each kind of list that hospitals hand over: since when it is known, and its lines.
    pub lists: Vec<(Kind, Option<Known>)>,
    /// Ledgers of this node that are not in it.
    pub unread: Vec<Unread>,
}

/// One page of a facility's list.
pub(super) fn page(desk: &Desk, wanted: &Wanted) -> Page {
    let mut cases: Vec<Case> = wanted
        .list
        .numbers(desk)
        .filter_map(|number| desk.case(number))
        .filter(|case| wanted.takes(case))
        .skip(wanted.page.min(LAST) * EACH)
        .take(EACH + 1)
        .cloned()
        .collect();
    let has_more = cases.len() > EACH;
    cases.truncate(EACH);
    Page {
        cases,
        has_more,
        counts: desk.counts(),
        lists: Kind::ALL.map(|kind| (kind, desk.list(kind))).to_vec(),
        unread: Vec::new(),
    }
}

impl Review {
    /// One page of the work list.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::NotYet`].
    pub async fn work(&self, facility: &FacilityId, wanted: &Wanted) -> Result<Page, Error> {
        let unread = self.refresh().await?;
        let (facility, wanted) = (facility.clone(), *wanted);
        let page = self.look(move |index| Some(page(index.desk(&facility)?, &wanted)));
        let page = page.await?.unwrap_or_else(|| Page {
            lists: Kind::ALL.map(|kind| (kind, None)).to_vec(),
            ..Page::default()
        });
        Ok(Page { unread, ..page })
    }

    /// Each kind of list that hospitals hand over: since when it is known, and its lines.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::NotYet`].
    pub async fn lists(&self, facility: &FacilityId) -> Result<Vec<(Kind, Option<Known>)>, Error> {
        self.refresh().await?;
        let facility = facility.clone();
        self.look(move |index| {
            let desk = index.desk(&facility);
            let known = |kind| (kind, desk.and_then(|desk| desk.list(kind)));
            Kind::ALL.map(known).to_vec()
        })
        .await
    }

    /// Where the next open case of the same filter stands that this auditor may judge and has not
    /// judged: after a case, then from the top.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn next(
        &self,
        facility: &FacilityId,
        wanted: &Wanted,
        (reviewer, after): (&AccountId, &Place),
    ) -> Result<Option<Place>, Error> {
        let (facility, wanted) = (facility.clone(), *wanted);
        let (reviewer, after) = (reviewer.clone(), after.clone());
        self.look(move |index| next(index.desk(&facility)?, &wanted, (&reviewer, &after)))
            .await
    }
}

fn next(desk: &Desk, wanted: &Wanted, (reviewer, after): (&AccountId, &Place)) -> Option<Place> {
    let number = desk.at(after)?;
    let person = desk.reviewer(reviewer);
    let is_next = |case: &&Case| {
        wanted.takes(case)
            && case.place != *after
            && !case.is_judged_by(reviewer)
            && !case.settled().is_closed()
            && case.may_be_judged_by(&person).is_ok()
            && (wanted.list != List::Second || case.settled() != Settled::Open)
    };
    desk.open_after(number)
        .chain(desk.open())
        .filter_map(|number| desk.case(number))
        .find(is_next)
        .map(|case| case.place.clone())
}
