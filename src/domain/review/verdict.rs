//! What auditors judged, and who may judge.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::domain::{access::AccountId, text::normalised};

/// What an auditor judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// 1 正当
    Justified,
    /// 2 不当: needs a second auditor who says the same.
    Unjustified,
    /// 3 判断できない
    Inconclusive,
}

impl Verdict {
    /// All, in the order of their digits 1 to 3.
    pub const ALL: [Self; 3] = [Self::Justified, Self::Unjustified, Self::Inconclusive];

    /// The word in entries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Justified => "justified",
            Self::Unjustified => "unjustified",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    /// Reads exactly one digit after NFKC and trimming.
    #[must_use]
    pub fn from_field(field: &str) -> Option<Self> {
        match &*normalised(field) {
            "1" => Some(Self::Justified),
            "2" => Some(Self::Unjustified),
            "3" => Some(Self::Inconclusive),
            _ => None,
        }
    }
}

/// A verdict as it was given. A later one of the same auditor takes its place; both stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// By whom.
    pub by: AccountId,
    /// What.
    pub verdict: Verdict,
    /// When.
    pub at: DateTime<Utc>,
}

/// How far the review of a case has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settled {
    /// Nobody judged.
    Open,
    /// One auditor says unjustified: another has to judge.
    NeedsSecond,
    /// Auditors disagree whether it is unjustified.
    Disagreed,
    /// It is judged.
    Closed(Verdict),
}

impl Settled {
    /// What the verdicts so far, in their order, come to.
    #[must_use]
    pub fn of(given: &[Given]) -> Self {
        let mut latest: BTreeMap<&AccountId, Verdict> = BTreeMap::new();
        for one in given {
            latest.insert(&one.by, one.verdict);
        }
        let against = latest
            .values()
            .filter(|verdict| **verdict == Verdict::Unjustified)
            .count();
        match (given.last(), against) {
            (None, _) => Self::Open,
            (Some(last), 0) => Self::Closed(last.verdict),
            (Some(_), _) if against < latest.len() => Self::Disagreed,
            (Some(_), 1) => Self::NeedsSecond,
            (Some(_), _) => Self::Closed(Verdict::Unjustified),
        }
    }

    /// Whether nothing is left to judge.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

/// Why somebody may not judge a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotYours {
    /// It is his own look.
    Own,
    /// He gave or vouched for what made it possible.
    Permitted,
    /// He said already what he says, with another account.
    Judged,
}

/// Who judges: the account, and every account of the facility that bears the same name. Two people
/// of one name are taken for one: another auditor judges then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewer {
    /// The account signed in.
    pub account: AccountId,
    /// Accounts of the same name.
    pub alike: BTreeSet<AccountId>,
}

impl Reviewer {
    fn is(&self, account: &AccountId) -> bool {
        self.account == *account || self.alike.contains(account)
    }
}

/// Nobody reviews himself, or what he himself permitted, or twice as two.
///
/// # Errors
/// Why not.
pub fn may_judge(
    reviewer: &Reviewer,
    looked: &AccountId,
    permitted: &[AccountId],
    given: &[Given],
) -> Result<(), NotYours> {
    let is_by_another = |given: &Given| given.by != reviewer.account && reviewer.is(&given.by);
    if reviewer.is(looked) {
        Err(NotYours::Own)
    } else if permitted.iter().any(|by| reviewer.is(by)) {
        Err(NotYours::Permitted)
    } else if given.iter().any(is_by_another) {
        Err(NotYours::Judged)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(said: &[(&str, Verdict)]) -> Vec<Given> {
        let one = |(by, verdict): &(&str, Verdict)| Given {
            by: AccountId((*by).to_owned()),
            verdict: *verdict,
            at: DateTime::UNIX_EPOCH,
        };
        said.iter().map(one).collect()
    }

    #[test]
    fn unjustified_needs_two_who_say_so_and_a_correction_takes_the_place_of_ones_own() {
        use Verdict::{Inconclusive, Justified, Unjustified};
        for (said, settled) in [
            (&[][..], Settled::Open),
            (&[("a", Justified)], Settled::Closed(Justified)),
            (&[("a", Inconclusive)], Settled::Closed(Inconclusive)),
            (&[("a", Unjustified)], Settled::NeedsSecond),
            (
                &[("a", Unjustified), ("a", Unjustified)],
                Settled::NeedsSecond,
            ),
            (
                &[("a", Unjustified), ("b", Unjustified)],
                Settled::Closed(Unjustified),
            ),
            (&[("a", Unjustified), ("b", Justified)], Settled::Disagreed),
            (
                &[("a", Unjustified), ("b", Justified), ("a", Justified)],
                Settled::Closed(Justified),
            ),
            (
                &[("a", Unjustified), ("a", Justified)],
                Settled::Closed(Justified),
            ),
            (
                &[("a", Unjustified), ("b", Unjustified), ("c", Inconclusive)],
                Settled::Disagreed,
            ),
        ] {
            assert_eq!(Settled::of(&given(said)), settled, "{said:?}");
        }
    }

    #[test]
    fn nobody_judges_his_own_look_or_what_he_permitted_or_twice_with_two_accounts() {
        let id = |word: &str| AccountId(word.to_owned());
        let permitted = [id("chief")];
        let judged = given(&[("audit-1", Verdict::Unjustified)]);
        let told = |account: &str, alike: &[&str]| {
            let reviewer = Reviewer {
                account: id(account),
                alike: alike.iter().map(|word| id(word)).collect(),
            };
            may_judge(&reviewer, &id("a"), &permitted, &judged)
        };
        assert_eq!(told("a", &[]), Err(NotYours::Own));
        assert_eq!(told("audit-of-a", &["a"]), Err(NotYours::Own));
        assert_eq!(told("chief", &[]), Err(NotYours::Permitted));
        assert_eq!(told("audit-of-chief", &["chief"]), Err(NotYours::Permitted));
        assert_eq!(told("audit-2", &["audit-1"]), Err(NotYours::Judged));
        // A correction of one's own.
        assert_eq!(told("audit-1", &["audit-1", "audit-2"]), Ok(()));
        assert_eq!(told("audit-2", &["b"]), Ok(()));
    }

    #[test]
    fn a_verdict_is_exactly_one_digit() {
        assert_eq!(Verdict::from_field(" ２ "), Some(Verdict::Unjustified));
        for wrong in ["", "4", "12", "justified"] {
            assert_eq!(Verdict::from_field(wrong), None, "{wrong}");
        }
    }
}
