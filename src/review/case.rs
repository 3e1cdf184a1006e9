//! One case: an emergency grant with its renewals, as the index keeps it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    access::{AccountId, GrantId, NodeId, PatientKey, Role, TerminalId},
    review::{
        Facts, Given, NotYours, Rank, Reviewer, Rule, Settled, Stage, Standing, Table, Traits,
        WhyNot, may_judge,
    },
};

/// Where an entry stands.
pub type Place = (NodeId, u64);

/// One emergency grant with its renewals.
#[derive(Clone, Debug)]
pub struct Case {
    /// The first grant.
    pub grant: GrantId,
    /// Where its start stands.
    pub place: Place,
    /// The receipt of its start: the reference that anybody may know.
    pub receipt: String,
    /// In which role somebody looked.
    pub role: Option<Role>,
    /// At which terminal.
    pub terminal: Option<TerminalId>,
    /// Whom, as a keyed hash.
    pub patient: PatientKey,
    /// What rules look at.
    pub facts: Facts,
    /// What speaks against it and what explains it, as of the last look.
    pub standing: Standing,
    /// How often it was renewed.
    pub renewals: u32,
    /// How often something was shown under it.
    pub views: u32,
    /// The verdicts, in their order.
    pub given: Vec<Given>,
    /// 事後説明, as it was last recorded.
    pub told: Option<Told>,
    /// Who permitted or vouched for what made it possible.
    pub permitted: Vec<AccountId>,
    /// Whether who the patient is cannot be opened any more.
    pub is_erased: bool,
    /// Who the patient is, as keyed hashes.
    pub(super) patient_traits: Traits,
    pub(super) identities: Vec<u64>,
    /// Where everything of it stands, after what led to it.
    pub(super) places: Vec<Place>,
}

/// 事後説明 in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Told.
    Yes,
    /// Not told, and why.
    No(WhyNot),
}

impl Case {
    /// How far its review has come.
    #[must_use]
    pub fn settled(&self) -> Settled {
        Settled::of(&self.given)
    }

    /// Whether 事後説明 is still to be recorded.
    #[must_use]
    pub const fn is_untold(&self) -> bool {
        match self.told {
            None => true,
            Some(Told::No(why)) => why.may_still_be_told(),
            Some(Told::Yes) => false,
        }
    }

    /// How long it took until somebody judged; `None` where nobody has.
    #[must_use]
    pub fn lag(&self) -> Option<TimeDelta> {
        let first = self.given.first()?;
        Some(first.at.signed_duration_since(self.facts.started))
    }

    /// Whether this auditor may judge it.
    ///
    /// # Errors
    /// Why not.
    pub fn may_be_judged_by(&self, reviewer: &Reviewer) -> Result<(), NotYours> {
        may_judge(reviewer, &self.facts.account, &self.permitted, &self.given)
    }

    /// Whether this auditor has said what he says of it.
    #[must_use]
    pub fn is_judged_by(&self, reviewer: &AccountId) -> bool {
        self.given.iter().any(|given| given.by == *reviewer)
    }

    /// The rules that say nothing of it any more, since they compare who the patient is: that they
    /// do not flag it means nothing.
    #[must_use]
    pub fn unchecked(&self, table: &Table) -> Vec<Rule> {
        const COMPARING: [Rule; 3] = [Rule::OwnRecord, Rule::Colleague, Rule::SameFamilyAndTown];
        let is_silent = |rule: &Rule| self.is_erased && table.is_on(*rule);
        COMPARING.into_iter().filter(is_silent).collect()
    }

    pub(super) fn rank(&self) -> Rank {
        self.standing.rank(self.facts.started)
    }

    /// Whether machines will look at it anew.
    pub(super) fn is_young(&self, now: DateTime<Utc>) -> bool {
        let last = Stage::ThreeDays.after() + TimeDelta::hours(1);
        now.signed_duration_since(self.facts.started) <= last
    }
}

#[cfg(test)]
impl Case {
    /// A case for the tests of pages.
    pub(crate) fn sample(receipt: &str, facts: Facts, standing: Standing) -> Self {
        Self {
            grant: GrantId("n1.abc".to_owned()),
            place: (NodeId("n1".to_owned()), 12),
            receipt: receipt.to_owned(),
            role: Some(Role::Physician),
            terminal: Some(TerminalId("t-1".to_owned())),
            patient: PatientKey("k-1f2e".to_owned()),
            facts,
            standing,
            renewals: 1,
            views: 2,
            given: Vec::new(),
            told: None,
            permitted: Vec::new(),
            is_erased: false,
            patient_traits: Traits::default(),
            identities: Vec::new(),
            places: Vec::new(),
        }
    }
}
