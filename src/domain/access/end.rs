//! How a grant ends.

use serde::{Deserialize, Serialize};

/// The one end of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Its time was over.
    Time,
    /// Ended by hand.
    Hand,
    /// The account's last session was signed out.
    SignOut,
    /// The permission was taken back.
    Revoked,
    /// The node was restarted.
    Restart,
    /// A new grant took its place.
    Renewed,
    /// 患者違い
    WrongPatient,
    /// The patient objected.
    Objected,
    /// The patient was transferred.
    Transferred,
    /// The patient died.
    Deceased,
}

impl End {
    /// All ends.
    pub const ALL: [Self; 10] = [
        Self::Time,
        Self::Hand,
        Self::SignOut,
        Self::Revoked,
        Self::Restart,
        Self::Renewed,
        Self::WrongPatient,
        Self::Objected,
        Self::Transferred,
        Self::Deceased,
    ];

    /// The word used in forms and entries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Hand => "hand",
            Self::SignOut => "sign_out",
            Self::Revoked => "revoked",
            Self::Restart => "restart",
            Self::Renewed => "renewed",
            Self::WrongPatient => "wrong_patient",
            Self::Objected => "objected",
            Self::Transferred => "transferred",
            Self::Deceased => "deceased",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.word() == word)
    }

    /// Reads what a clinician may choose by hand.
    #[must_use]
    pub fn from_field(word: &str) -> Option<Self> {
        [
            Self::Hand,
            Self::WrongPatient,
            Self::Objected,
            Self::Transferred,
            Self::Deceased,
        ]
        .into_iter()
        .find(|end| end.word() == word)
    }
}
