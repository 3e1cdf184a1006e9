//! How long hospitals took to answer, as a table without identities.

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Actor, Error, Handoffs};
use crate::{
    domain::{
        access::{Action, FacilityId},
        clock::japanese_time,
        handoff::{DeclineReason, Handoff, Inquiry, InquiryState},
    },
    registry::Listed,
};

/// The heading of the table.
pub const COLUMNS: [&str; 10] = [
    "run",
    "department",
    "hospital",
    "place_in_order",
    "asked",
    "answered",
    "seconds",
    "ended",
    "outcome",
    "reason",
];

/// One hospital asked once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Which run, as a number within the table: no id leaves the house.
    pub run: usize,
    /// Who asked.
    pub department: FacilityId,
    /// Whom.
    pub hospital: FacilityId,
    /// The first, second, … hospital of the run.
    pub place: usize,
    /// When.
    pub asked: DateTime<Utc>,
    /// When the hospital accepted or declined, also where the crew went elsewhere afterwards.
    pub answered: Option<DateTime<Utc>>,
    /// When the crew no longer asked or came, or another hospital accepted.
    pub ended: Option<DateTime<Utc>>,
    /// The word of how it stands.
    pub outcome: &'static str,
    /// Why it was declined.
    pub reason: Option<DeclineReason>,
}

impl Response {
    fn of(run: usize, handoff: &Handoff, place: usize, inquiry: &Inquiry) -> Self {
        Self {
            run,
            department: handoff.department.clone(),
            hospital: inquiry.hospital.clone(),
            place,
            asked: inquiry.asked,
            answered: inquiry.answered_after().map(|span| inquiry.asked + span),
            ended: match &inquiry.state {
                InquiryState::Withdrawn { at, .. } | InquiryState::Taken { at } => Some(*at),
                InquiryState::Asked
                | InquiryState::Accepted { .. }
                | InquiryState::Declined { .. } => None,
            },
            outcome: inquiry.state.word(),
            reason: match &inquiry.state {
                InquiryState::Declined { reason, .. } => Some(*reason),
                InquiryState::Asked
                | InquiryState::Accepted { .. }
                | InquiryState::Withdrawn { .. }
                | InquiryState::Taken { .. } => None,
            },
        }
    }

    /// The row under [`COLUMNS`].
    #[must_use]
    pub fn row(&self) -> [String; 10] {
        let time =
            |at: DateTime<Utc>| japanese_time(at).to_rfc3339_opts(SecondsFormat::Secs, false);
        let seconds = self
            .answered
            .map(|at| at.signed_duration_since(self.asked).num_seconds());
        [
            self.run.to_string(),
            self.department.0.clone(),
            self.hospital.0.clone(),
            self.place.to_string(),
            time(self.asked),
            self.answered.map(time).unwrap_or_default(),
            seconds.map(|count| count.to_string()).unwrap_or_default(),
            self.ended.map(time).unwrap_or_default(),
            self.outcome.to_owned(),
            self.reason
                .map(DeclineReason::word)
                .unwrap_or_default()
                .to_owned(),
        ]
    }
}

impl Handoffs {
    /// Every inquiry of the department's runs that are open or were changed at or after an
    /// instant, in the order of the list. Nothing in it says who a patient is, or what was wrong.
    ///
    /// # Errors
    /// [`Error::NotThere`] for whoever is not of a fire department, [`Error::Unavailable`].
    pub async fn responses(
        &self,
        actor: &Actor,
        since: DateTime<Utc>,
    ) -> Result<Listed<Response>, Error> {
        self.check(actor, Action::Handoff, "responses").await?;
        let registry = &self.inner.registry;
        let listed = registry.handoffs_of(actor.facility.clone(), since).await?;
        let runs = listed.handoffs.iter().zip(1..);
        let handoffs = runs.flat_map(|(handoff, run)| {
            let asked = handoff.inquiries.iter().zip(1..);
            asked.map(move |(inquiry, place)| Response::of(run, handoff, place, inquiry))
        });
        Ok(Listed {
            handoffs: handoffs.collect(),
            left: listed.left,
            unreadable: listed.unreadable,
        })
    }
}
