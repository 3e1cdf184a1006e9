//! What is said when the glass is broken: why, who the patient is and how that is known, and what the
//! review looks at.

use serde::{Deserialize, Serialize};

use crate::domain::text::normalised;

/// Why the glass is broken: one digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// 1 意識障害
    Unconscious,
    /// 2 生命の危険
    DangerToLife,
    /// 3 意思疎通困難
    CannotCommunicate,
    /// 4 同意取得の時間的余裕がない
    NoTime,
    /// 5 災害・多数傷病者
    Disaster,
    /// 6 その他: needs a note
    Other,
}

impl Reason {
    /// All reasons, in the order of their digits 1 to 6.
    pub const ALL: [Self; 6] = [
        Self::Unconscious,
        Self::DangerToLife,
        Self::CannotCommunicate,
        Self::NoTime,
        Self::Disaster,
        Self::Other,
    ];

    /// Reads exactly one digit after NFKC and trimming; a scanner's burst is none.
    #[must_use]
    pub fn from_field(field: &str) -> Option<Self> {
        one_digit(field).and_then(|digit| Self::ALL.get(digit.checked_sub(1)?).copied())
    }

    /// The digit, 1 to 6.
    #[must_use]
    pub fn digit(self) -> usize {
        Self::ALL
            .iter()
            .position(|reason| *reason == self)
            .map_or(0, |place| place + 1)
    }
}

/// How the patient was identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifiedBy {
    /// 1 顔写真照合
    Photograph,
    /// 2 家族・同伴者
    Companion,
    /// 3 救急隊引継ぎ
    Crew,
    /// 4 所持品のみ: the identity stays 未確定
    Belongings,
    /// 5 本人
    Patient,
}

impl IdentifiedBy {
    /// All, in the order of their digits 1 to 5.
    pub const ALL: [Self; 5] = [
        Self::Photograph,
        Self::Companion,
        Self::Crew,
        Self::Belongings,
        Self::Patient,
    ];

    /// Reads exactly one digit after NFKC and trimming.
    #[must_use]
    pub fn from_field(field: &str) -> Option<Self> {
        one_digit(field).and_then(|digit| Self::ALL.get(digit.checked_sub(1)?).copied())
    }

    /// Whether banner and print may drop 「本人確認：未確定」.
    #[must_use]
    pub const fn is_certain(self) -> bool {
        !matches!(self, Self::Belongings)
    }
}

fn one_digit(field: &str) -> Option<usize> {
    let field = normalised(field);
    let mut characters = field.chars();
    match (characters.next(), characters.next()) {
        (Some(digit), None) => digit
            .to_digit(10)
            .and_then(|digit| usize::try_from(digit).ok()),
        _ => None,
    }
}

/// How the patient was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// 被保険者番号
    Insurance,
    /// 4情報
    FourAttributes,
    /// マイナ保険証, read by a machine
    Card,
    /// 現在対応中の患者
    Board,
    /// 資格確認書
    Certificate,
    /// Passed on by the facility's own system with the patient in context
    Launch,
    /// 災害時: without card or certificate, while the facility's flag is on
    Disaster,
}

impl FoundBy {
    /// All ways.
    pub const ALL: [Self; 7] = [
        Self::Insurance,
        Self::FourAttributes,
        Self::Card,
        Self::Board,
        Self::Certificate,
        Self::Launch,
        Self::Disaster,
    ];
}

/// Why a grant is looked at again in the review. A flag never refuses anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// The reason is 6 その他.
    OtherReason,
    /// The reason is 5 災害, and the facility has declared none.
    DisasterNotDeclared,
    /// More grants than this account usually opens in a day.
    MoreThanUsual,
    /// Many grants one right after the other.
    InQuickSuccession,
    /// The patient had objected to being looked at by this facility.
    AfterObjection,
    /// Somebody vouched for the second factor of the session or for its terminal.
    Vouched,
    /// The session is a sealed emergency account's.
    Sealed,
    /// A delegate gave the emergency permission in the administrator's place.
    Delegated,
    /// The account's password and second factor were set on an administrator's link in the last
    /// three days: he may have opened it himself.
    FactorsResetLately,
}

impl Flag {
    /// All flags.
    pub const ALL: [Self; 9] = [
        Self::OtherReason,
        Self::DisasterNotDeclared,
        Self::MoreThanUsual,
        Self::InQuickSuccession,
        Self::AfterObjection,
        Self::Vouched,
        Self::Sealed,
        Self::Delegated,
        Self::FactorsResetLately,
    ];

    /// The word used in entries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OtherReason => "other_reason",
            Self::DisasterNotDeclared => "disaster_not_declared",
            Self::MoreThanUsual => "more_than_usual",
            Self::InQuickSuccession => "in_quick_succession",
            Self::AfterObjection => "after_objection",
            Self::Vouched => "vouched",
            Self::Sealed => "sealed",
            Self::Delegated => "delegated",
            Self::FactorsResetLately => "factors_reset_lately",
        }
    }

    /// Whether it is said of the session, not of one grant in it.
    #[must_use]
    pub const fn is_of_session(self) -> bool {
        matches!(
            self,
            Self::Vouched | Self::Sealed | Self::Delegated | Self::FactorsResetLately
        )
    }
}
