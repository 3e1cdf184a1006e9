//! Candidates of a search: what the page gets, and the sealed token that comes back.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Access, Error, Viewer, session::unlocked};
use crate::domain::{
    access::{Basis, FoundBy, Grant, GrantId, PatientKey, Person, Reason},
    patient::Patient,
};

/// How long a candidate may wait for its reason.
const SPAN: Duration = Duration::from_mins(10);

/// What a search found.
#[expect(
    clippy::large_enum_variant,
    reason = "made once per search and matched at once"
)]
#[derive(Clone, Debug)]
pub enum Found {
    /// One to three candidates; none preselected where more than one.
    Candidates(Vec<Candidate>),
    /// Nobody: 「登録なし ― 既往なしではない」.
    Nobody,
    /// More than three: one more attribute is asked.
    TooMany,
    /// `identity` did not answer: one candidate on the number alone, without name.
    Unconfirmed(Candidate),
}

/// One candidate, as much as tells people apart (B19).
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Opaque: sealed, bound to the session, expiring.
    pub token: String,
    /// The patient's keyed hash in the viewer's facility.
    pub patient_key: PatientKey,
    /// Name, kana, birth date, sex and town; `None` where `identity` did not answer.
    pub patient: Option<Patient>,
    /// The last characters of the number: all there is to tell apart where `identity` did not answer.
    pub number_tail: String,
    /// The branch number, where the search was without one and the household has several members.
    pub branch: Option<String>,
    /// The account's own open grant for this patient, where there is one.
    pub open: Option<GrantId>,
    /// Found among the patients whom colleagues look at: the reason that one of them gave.
    pub reason: Option<Reason>,
    /// Another current patient has the same number or the same name.
    pub has_namesake: bool,
    /// How the patient was found.
    pub found_by: FoundBy,
    /// The patient objected to being looked at by this facility: a note is needed.
    pub has_objected: bool,
    /// No objection is known, but a ledger of this node in which there may be one cannot be read.
    pub may_have_objected: bool,
}

/// 現在対応中の患者: whom colleagues of the facility look at now.
#[derive(Clone, Debug, Default)]
pub struct Current {
    /// Each patient once, newest first; without those whom the viewer has open.
    pub candidates: Vec<Candidate>,
    /// How many more there are.
    pub more: usize,
}

/// What a candidate's token holds; the session it is bound to is not in it but seals it.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    pub(super) person: Person,
    pub(super) found_by: FoundBy,
    pub(super) branch: Option<String>,
    pub(super) has_namesake: bool,
    /// Handed over by a crew whose handoff the facility accepted: nobody of it needs to look yet.
    #[serde(default)]
    pub(super) is_handed_over: bool,
}

impl Access {
    /// A candidate for the page, sealed for the viewer's session.
    pub(super) fn candidate_of(
        &self,
        viewer: &Viewer,
        person: Person,
        found_by: FoundBy,
        branch: Option<String>,
    ) -> Result<Candidate, Error> {
        let sealed = Sealed {
            person,
            found_by,
            branch,
            has_namesake: false,
            is_handed_over: false,
        };
        self.sealed(viewer, sealed)
    }

    /// A candidate for the page, sealed now.
    pub(super) fn sealed(&self, viewer: &Viewer, sealed: Sealed) -> Result<Candidate, Error> {
        let token = self
            .inner
            .candidates
            .close(&sealed, &viewer.session)
            .ok_or(Error::Unavailable)?;
        Ok(self.shown(viewer, token, sealed))
    }

    fn shown(&self, viewer: &Viewer, token: String, sealed: Sealed) -> Candidate {
        let reason = match sealed.found_by {
            FoundBy::Board => self.reason_given(viewer, &sealed.person),
            FoundBy::Insurance
            | FoundBy::FourAttributes
            | FoundBy::Card
            | FoundBy::Certificate
            | FoundBy::Launch
            | FoundBy::Disaster => None,
        };
        Candidate {
            token,
            has_objected: self.has_objected(viewer, &sealed),
            may_have_objected: self.may_have_objected(viewer, &sealed),
            found_by: sealed.found_by,
            open: self
                .own_open(viewer, &sealed.person)
                .first()
                .map(|grant| grant.id.clone()),
            patient_key: self
                .inner
                .ledger
                .patient_key(&viewer.facility, &sealed.person.number),
            number_tail: sealed.person.number.tail(),
            patient: sealed.person.patient,
            branch: sealed.branch,
            reason,
            has_namesake: sealed.has_namesake,
        }
    }

    /// What a token of this session stands for. Who was found among the current patients is a
    /// candidate only as long as somebody of the facility looks at him: a colleague may have seen
    /// meanwhile that it is the wrong patient.
    pub(super) fn opened(&self, viewer: &Viewer, token: &str) -> Result<Sealed, Error> {
        let sealed: Sealed = self
            .inner
            .candidates
            .open(token, &viewer.session, SPAN)
            .ok_or(Error::StaleCandidate)?;
        let is_listed = sealed.found_by == FoundBy::Board && !sealed.is_handed_over;
        if is_listed && !self.is_current(viewer, &sealed.person) {
            return Err(Error::StaleCandidate);
        }
        Ok(sealed)
    }

    /// The candidates a sealed token stands for, to show the glass page again after a wrong field.
    ///
    /// # Errors
    /// [`Error::StaleCandidate`], [`Error::Locked`].
    pub fn candidate(&self, viewer: &Viewer, token: &str) -> Result<Candidate, Error> {
        unlocked(viewer)?;
        let sealed = self.opened(viewer, token)?;
        Ok(self.shown(viewer, token.to_owned(), sealed))
    }

    /// The viewer's own grants for this person whose time is not over: those that break the glass
    /// first, since they show the most.
    pub(super) fn own_open(&self, viewer: &Viewer, person: &Person) -> Vec<Arc<Grant>> {
        let key = self
            .inner
            .ledger
            .patient_key(&viewer.facility, &person.number);
        let mut own = self.own_grants(viewer);
        own.retain(|grant| grant.patient_key == key && grant.person.is_same(person));
        own.sort_by_key(|grant| grant.basis != Basis::Emergency);
        own
    }
}
