//! Consent: who gave it how, for which categories, and who took it.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

/// The longest that a consent is good for.
pub const LONGEST: Duration = Duration::from_hours(24);

/// How consent was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// 口頭
    Oral,
    /// 書面
    Written,
    /// 顔認証付きカードリーダー
    CardReader,
    /// 家族等
    Family,
}

impl How {
    /// All, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Oral, Self::Written, Self::CardReader, Self::Family];

    /// The word used in forms and entries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Oral => "oral",
            Self::Written => "written",
            Self::CardReader => "card_reader",
            Self::Family => "family",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_field(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|how| how.word() == word)
    }
}

/// What consent is asked for separately. The card reader asks for treatment and drugs, operations
/// and check-ups apart from each other; what charts hold is asked for apart from all of them. Which
/// sections and sources each stands for is one configured table ([`super::sight::Sights`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// 薬剤
    Drugs,
    /// 診療: visits, procedures, dialysis
    Treatment,
    /// 手術
    Operations,
    /// 健診
    Checkups,
    /// 電子カルテ情報: allergies, infections, laboratory results, problems, documents
    Chart,
}

impl Category {
    /// All, in the order of the form.
    pub const ALL: [Self; 5] = [
        Self::Drugs,
        Self::Treatment,
        Self::Operations,
        Self::Checkups,
        Self::Chart,
    ];

    /// The word used in forms, configuration and entries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drugs => "drugs",
            Self::Treatment => "treatment",
            Self::Operations => "operations",
            Self::Checkups => "checkups",
            Self::Chart => "chart",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|category| category.word() == word)
    }
}

/// One consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// How it was given.
    pub how: How,
    /// For what; never empty.
    pub categories: BTreeSet<Category>,
    /// Who took it (personal).
    pub taken_by: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_and_for_what_are_words_of_their_own_that_are_read_again() {
        let how = ["oral", "written", "card_reader", "family"];
        assert_eq!(How::ALL.map(How::word), how);
        for one in How::ALL {
            assert_eq!(How::from_field(one.word()), Some(one));
        }
        let categories = ["drugs", "treatment", "operations", "checkups", "chart"];
        assert_eq!(Category::ALL.map(Category::word), categories);
        for one in Category::ALL {
            assert_eq!(Category::parse(one.word()), Some(one));
        }
        assert_eq!((How::from_field(""), Category::parse("x")), (None, None));
        assert_eq!(LONGEST, Duration::from_hours(24));
    }
}
