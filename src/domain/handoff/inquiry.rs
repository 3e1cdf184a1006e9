//! 応需照会: one hospital asked once, with all its times.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::DeclineReason;
use crate::domain::access::{AccountId, FacilityId};

/// One thing said between hospital and crew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talk {
    /// Whether the crew says it.
    pub by_crew: bool,
    /// Who.
    pub by: AccountId,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// What.
    pub text: String,
}

/// How an inquiry stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InquiryState {
    /// Not yet answered.
    Asked,
    /// 応需
    Accepted {
        /// When.
        at: DateTime<Utc>,
        /// Who.
        by: AccountId,
    },
    /// 応需不可
    Declined {
        /// When.
        at: DateTime<Utc>,
        /// Who.
        by: AccountId,
        /// Why.
        reason: DeclineReason,
        /// What else was said; empty where nothing was.
        note: String,
    },
    /// The crew no longer asks, or no longer comes.
    Withdrawn {
        /// When.
        at: DateTime<Utc>,
        /// When it had been accepted before.
        accepted: Option<DateTime<Utc>>,
        /// Who had accepted it.
        #[serde(default)]
        accepted_by: Option<AccountId>,
    },
    /// Another hospital accepted first.
    Taken {
        /// When.
        at: DateTime<Utc>,
    },
}

impl InquiryState {
    /// The word used in the registry, entries and tables of response times.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Accepted { .. } => "accepted",
            Self::Declined { .. } => "declined",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Taken { .. } => "taken",
        }
    }

    /// When it came to stand so; `None` while asked.
    #[must_use]
    pub const fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Asked => None,
            Self::Accepted { at, .. }
            | Self::Declined { at, .. }
            | Self::Withdrawn { at, .. }
            | Self::Taken { at } => Some(*at),
        }
    }

    /// Whether the hospital is still in play: asked, or accepted.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Asked | Self::Accepted { .. })
    }
}

/// One hospital asked once. A hospital asked again has another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    /// Whom.
    pub hospital: FacilityId,
    /// When, by the server's clock.
    pub asked: DateTime<Utc>,
    /// How it stands.
    pub state: InquiryState,
    /// Asked back and answered.
    pub talk: Vec<Talk>,
}

impl Inquiry {
    /// How long the hospital took to accept or decline; `None` where it did neither.
    #[must_use]
    pub fn answered_after(&self) -> Option<TimeDelta> {
        let answered = match &self.state {
            InquiryState::Accepted { at, .. } | InquiryState::Declined { at, .. } => Some(*at),
            InquiryState::Withdrawn { accepted, .. } => *accepted,
            InquiryState::Asked | InquiryState::Taken { .. } => None,
        };
        answered.map(|at| at.signed_duration_since(self.asked))
    }
}
