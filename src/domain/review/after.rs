//! 事後説明: the patient, or who speaks for the patient, is told afterwards (B20).

use crate::domain::text::normalised;

/// Whether and how it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Debrief {
    /// Told.
    Told {
        /// To whom: patient, family, … in the auditor's words.
        to: String,
        /// When, in the auditor's words as a Japanese day.
        on: chrono::NaiveDate,
        /// Who told.
        by: String,
    },
    /// Not told, and why.
    Not(WhyNot),
}

/// Why nobody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyNot {
    /// 1 死亡し、家族もいない
    Nobody,
    /// 2 連絡がつかない
    NotReached,
    /// 3 説明を希望しない
    NotWished,
    /// 4 本人に害が及ぶおそれ
    Harm,
}

impl WhyNot {
    /// All, in the order of their digits 1 to 4.
    pub const ALL: [Self; 4] = [Self::Nobody, Self::NotReached, Self::NotWished, Self::Harm];

    /// The word in entries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::NotReached => "not_reached",
            Self::NotWished => "not_wished",
            Self::Harm => "harm",
        }
    }

    /// Reads [`Self::word`], as the form sends it and the entry says it.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let word = normalised(word);
        Self::ALL.into_iter().find(|why| why.word() == word)
    }

    /// Whether it may still be told: the case stays on the list.
    #[must_use]
    pub const fn may_still_be_told(self) -> bool {
        matches!(self, Self::NotReached)
    }
}
