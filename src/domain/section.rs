//! The words of the screen: sections, sources, states, freshness, fates.

use serde::{Deserialize, Serialize};

/// The twelve sections, in the order of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionName {
    /// アレルギー
    Allergies,
    /// 薬剤禁忌
    Contraindications,
    /// 薬剤
    Drugs,
    /// 感染症
    Infections,
    /// 検査
    Labs,
    /// 傷病名
    Problems,
    /// 手術
    Operations,
    /// 透析
    Dialysis,
    /// 受診歴
    Visits,
    /// 診療行為
    Procedures,
    /// 健診
    Checkups,
    /// 文書
    Documents,
}

impl SectionName {
    /// All twelve, in the order of the screen.
    pub const ALL: [Self; 12] = [
        Self::Allergies,
        Self::Contraindications,
        Self::Drugs,
        Self::Infections,
        Self::Labs,
        Self::Problems,
        Self::Operations,
        Self::Dialysis,
        Self::Visits,
        Self::Procedures,
        Self::Checkups,
        Self::Documents,
    ];

    /// The word used in routes, ids, JSON and logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allergies => "allergies",
            Self::Contraindications => "contraindications",
            Self::Drugs => "drugs",
            Self::Infections => "infections",
            Self::Labs => "labs",
            Self::Problems => "problems",
            Self::Operations => "operations",
            Self::Dialysis => "dialysis",
            Self::Visits => "visits",
            Self::Procedures => "procedures",
            Self::Checkups => "checkups",
            Self::Documents => "documents",
        }
    }
}

/// The nation's shared records, and the register of who the patient is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceName {
    /// オンライン資格確認: who the patient is.
    Identity,
    /// 電子カルテ情報共有サービス
    Emr,
    /// 電子処方箋管理サービス
    Eprescription,
    /// レセプト
    Claims,
}

impl SourceName {
    /// The three sources of clinical data.
    pub const CLINICAL: [Self; 3] = [Self::Emr, Self::Eprescription, Self::Claims];

    /// The word used in configuration, JSON and logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Emr => "emr",
            Self::Eprescription => "eprescription",
            Self::Claims => "claims",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Identity, Self::Emr, Self::Eprescription, Self::Claims]
            .into_iter()
            .find(|source| source.word() == word)
    }

    /// Whether this source carries `section` at all (the table of the screen).
    #[must_use]
    pub const fn carries(self, section: SectionName) -> bool {
        use SectionName as S;
        match self {
            Self::Identity => false,
            Self::Emr => matches!(
                section,
                S::Allergies
                    | S::Contraindications
                    | S::Drugs
                    | S::Infections
                    | S::Labs
                    | S::Problems
                    | S::Checkups
                    | S::Documents
            ),
            Self::Eprescription => matches!(section, S::Drugs),
            Self::Claims => matches!(
                section,
                S::Drugs | S::Operations | S::Dialysis | S::Visits | S::Procedures | S::Checkups
            ),
        }
    }
}

/// What can be said of a section, per source and combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// There is at least one item.
    Present,
    /// A person said that there is none.
    NoneKnown,
    /// Asked rightly, nothing there: not the same as none.
    ReportedEmpty,
    /// Nobody asked, nobody said.
    NotAsked,
    /// This source never carries it.
    NotCovered,
    /// There is something that may not be shown.
    Withheld,
    /// Could not be had.
    NotFetched,
    /// Not yet there; the page asks once more.
    Coming,
}

impl State {
    /// The word used in JSON and `data-state`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::NoneKnown => "none_known",
            Self::ReportedEmpty => "reported_empty",
            Self::NotAsked => "not_asked",
            Self::NotCovered => "not_covered",
            Self::Withheld => "withheld",
            Self::NotFetched => "not_fetched",
            Self::Coming => "coming",
        }
    }

    /// The state of a section from the states of its sources: present if any item is there, else
    /// the least certain wins (coming before all, so that a section still awaited never looks
    /// decided); not covered only if all are.
    #[must_use]
    pub fn combined(states: impl IntoIterator<Item = Self>) -> Self {
        const ORDER: [State; 8] = [
            State::Present,
            State::Coming,
            State::NotFetched,
            State::Withheld,
            State::NotAsked,
            State::ReportedEmpty,
            State::NoneKnown,
            State::NotCovered,
        ];
        let rank = |state: Self| ORDER.iter().position(|known| *known == state);
        states
            .into_iter()
            .min_by_key(|state| rank(*state))
            .unwrap_or(Self::NotAsked)
    }
}

/// How old what is shown is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Freshness {
    /// Within the soft life.
    Fresh,
    /// Older; shown with its age.
    Stale,
    /// Not there.
    Missing,
}

/// What became of one incoming resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is an item on the screen.
    Shown,
    /// It is part of another resource's item.
    Merged,
    /// A newer sending of the same fact replaced it.
    Superseded,
    /// Older than the window.
    OutsideWindow,
    /// May not be shown.
    Withheld,
    /// The screen has no place for it.
    NotForThisScreen,
    /// Could not be read.
    Unreadable,
}

/// Which look-back windows apply.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "lowercase")]
pub enum Look {
    /// 救急用サマリー
    #[default]
    Emergency,
    /// 通常表示
    Normal,
}

/// The language of what a reader sees.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// 日本語
    #[default]
    Ja,
    /// English
    En,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const STATES: [State; 8] = [
        State::Present,
        State::NoneKnown,
        State::ReportedEmpty,
        State::NotAsked,
        State::NotCovered,
        State::Withheld,
        State::NotFetched,
        State::Coming,
    ];

    #[test]
    fn every_section_source_and_state_has_a_word_of_its_own() {
        let sections = SectionName::ALL.map(SectionName::word);
        let sources = [
            SourceName::Identity,
            SourceName::Emr,
            SourceName::Eprescription,
        ]
        .into_iter()
        .chain([SourceName::Claims]);
        let sources: Vec<_> = sources.collect();
        for source in &sources {
            assert_eq!(SourceName::parse(source.word()), Some(*source));
        }
        assert_eq!(SourceName::parse(""), None);
        let states = STATES.map(State::word);
        let words: Vec<_> = sections
            .into_iter()
            .chain(states)
            .chain(sources.iter().map(|source| source.word()))
            .collect();
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), 24, "{words:?}");
        assert!(words.iter().all(|word| word.len() > 2));
        assert_eq!(SectionName::Contraindications.word(), "contraindications");
        assert_eq!(State::ReportedEmpty.word(), "reported_empty");
    }

    #[test]
    fn each_source_carries_its_own_sections() {
        let carried = |source: SourceName| -> Vec<&str> {
            let all = SectionName::ALL.into_iter();
            let its = all.filter(|section| source.carries(*section));
            its.map(SectionName::word).collect()
        };
        let emr = [
            "allergies",
            "contraindications",
            "drugs",
            "infections",
            "labs",
            "problems",
            "checkups",
            "documents",
        ];
        assert_eq!(carried(SourceName::Emr), emr);
        assert_eq!(carried(SourceName::Eprescription), ["drugs"]);
        let claims = [
            "drugs",
            "operations",
            "dialysis",
            "visits",
            "procedures",
            "checkups",
        ];
        assert_eq!(carried(SourceName::Claims), claims);
        assert!(carried(SourceName::Identity).is_empty());
    }

    #[test]
    fn the_least_certain_of_several_sources_wins_and_not_covered_only_of_all() {
        use State as S;
        for (states, expected) in [
            (&[][..], S::NotAsked),
            (&[S::NotCovered, S::NotCovered], S::NotCovered),
            (&[S::NotCovered, S::NoneKnown], S::NoneKnown),
            (&[S::NoneKnown, S::ReportedEmpty], S::ReportedEmpty),
            (&[S::ReportedEmpty, S::NotAsked], S::NotAsked),
            (&[S::NotAsked, S::Withheld], S::Withheld),
            (&[S::Withheld, S::NotFetched], S::NotFetched),
            (&[S::NotFetched, S::Coming], S::Coming),
            (&[S::Coming, S::Present], S::Present),
        ] {
            let combined = |states: Vec<State>| State::combined(states);
            assert_eq!(combined(states.to_vec()), expected, "{states:?}");
            let turned: Vec<_> = states.iter().rev().copied().collect();
            assert_eq!(combined(turned), expected, "{states:?}");
        }
    }
}
