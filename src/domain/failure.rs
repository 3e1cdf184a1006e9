//! Why a source gave nothing, or not all: what a reader is told and what is kept beside the rest.

use serde::{Deserialize, Serialize};

/// One way in which a source's answer can be missing. Never holds anything of the patient.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
pub enum Failure {
    /// Not connected in this installation.
    #[error("not connected")]
    NotConnected,
    /// No connection, or it broke.
    #[error("down")]
    Down,
    /// No complete answer in time.
    #[error("late")]
    Late,
    /// It answered, and the answer says no (status code).
    #[error("refused with status {0}")]
    Refused(u16),
    /// It answered something that is not FHIR, or half of it.
    #[error("garbled")]
    Garbled,
    /// More bytes than allowed.
    #[error("too large")]
    TooLarge,
    /// The answer is about somebody else.
    #[error("another patient")]
    AnotherPatient,
    /// An answer, empty or of a search that was ignored, that cannot be proven to be about the
    /// patient asked.
    #[error("answer not proven")]
    Unproven,
    /// It kept failing, so it is not asked for some seconds.
    #[error("not asked for now, it kept failing")]
    Suspended,
    /// As many answers as allowed were being fetched from it already.
    #[error("too many answers at once")]
    Busy,
}

impl Failure {
    /// The word used in metrics and logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotConnected => "not_connected",
            Self::Down => "down",
            Self::Late => "late",
            Self::Refused(_) => "refused",
            Self::Garbled => "garbled",
            Self::TooLarge => "too_large",
            Self::AnotherPatient => "another_patient",
            Self::Unproven => "unproven",
            Self::Suspended => "suspended",
            Self::Busy => "busy",
        }
    }

    /// Whether the source itself is out of service or gives no more answers, a page of its
    /// maintenance in place of an answer included: only then is a record older than its hard life better than nothing.
    #[must_use]
    pub const fn is_outage(self) -> bool {
        matches!(
            self,
            Self::Down
                | Self::Late
                | Self::Garbled
                | Self::Refused(408 | 429 | 500..)
                | Self::Suspended
                | Self::Busy
        )
    }

    /// Whether an answer came and was not believed: the ledger must know.
    #[must_use]
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::AnotherPatient | Self::Unproven)
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn every_failure_has_a_word_of_its_own() {
        let words = [
            (Failure::NotConnected, "not_connected"),
            (Failure::Down, "down"),
            (Failure::Late, "late"),
            (Failure::Refused(503), "refused"),
            (Failure::Garbled, "garbled"),
            (Failure::TooLarge, "too_large"),
            (Failure::AnotherPatient, "another_patient"),
            (Failure::Unproven, "unproven"),
            (Failure::Suspended, "suspended"),
            (Failure::Busy, "busy"),
        ];
        for (failure, word) in words {
            assert_eq!(failure.word(), word);
        }
    }

    #[test]
    fn only_a_source_out_of_service_excuses_a_record_past_its_hard_life() {
        for (failure, outage) in [
            (Failure::Down, true),
            (Failure::Late, true),
            (Failure::Refused(500), true),
            (Failure::Refused(503), true),
            (Failure::Refused(404), false),
            (Failure::Refused(429), true),
            (Failure::Garbled, true),
            (Failure::Unproven, false),
            (Failure::AnotherPatient, false),
            (Failure::NotConnected, false),
            (Failure::Suspended, true),
            (Failure::Busy, true),
        ] {
            assert_eq!(failure.is_outage(), outage, "{failure}");
        }
    }
}
