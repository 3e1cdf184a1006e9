//! What is fetched ahead.

use chrono::{DateTime, Utc};

use super::super::{access::GrantId, consent::Consent, handoff::HandoffId, section::SourceName};

/// What is fetched ahead of any look, and by what right (B18).
#[derive(Clone, Debug, PartialEq)]
pub struct Prefetch {
    /// By what right.
    pub ground: Ground,
    /// What is asked.
    pub sources: Vec<SourceName>,
}

/// By what right something is fetched ahead of a look: there is no other.
#[derive(Clone, Debug, PartialEq)]
pub enum Ground {
    /// A grant of the facility's own that is open.
    Grant(GrantId),
    /// The recorded consent of a patient who is expected.
    Consent {
        /// How, for what, and who took it (that personal).
        consent: Consent,
        /// When it was given.
        taken_at: DateTime<Utc>,
    },
    /// A handoff that the facility accepted.
    Handoff(HandoffId),
}

impl Ground {
    pub(super) const fn grant(&self) -> Option<&GrantId> {
        match self {
            Self::Grant(grant) => Some(grant),
            Self::Consent { .. } | Self::Handoff(_) => None,
        }
    }
}
