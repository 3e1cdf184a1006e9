//! Handoffs: what a crew wrote is sealed before it is stored.

use chrono::{DateTime, Utc};

use super::Registry;
use crate::{
    domain::{
        access::{AccountId, FacilityId},
        entropy::Entropy,
        handoff::{Handoff, HandoffId, InquiryState, MassCasualty, StepId},
    },
    registry::{Concern, Error, Listed, StoredHandoff, StoredList, seal::keyed_hash},
};

/// Hexadecimal digits of an id: 128 bits.
const ID: usize = 32;

/// The same of a list.
fn list_bound(list: &StoredList) -> Vec<u8> {
    let begun = list.begun.timestamp_millis().to_be_bytes();
    [b"list\0", list.facility.0.as_bytes(), b"\0", &begun].concat()
}

/// Under which a body opens: a row that was exchanged for another does not.
fn bound(id: &HandoffId, department: &FacilityId) -> Vec<u8> {
    [id.0.as_bytes(), b"\0", department.0.as_bytes()].concat()
}

const fn concern(state: &InquiryState) -> Concern {
    match state {
        InquiryState::Asked => Concern::Asked,
        InquiryState::Accepted { .. } => Concern::Accepted,
        InquiryState::Declined { .. }
        | InquiryState::Withdrawn { .. }
        | InquiryState::Taken { .. } => Concern::Gone,
    }
}

impl Registry {
    /// The id of the handoff that an account of a department begins with a step: the same step
    /// begins it once, and two crews never begin one. Nobody can guess it.
    #[must_use]
    pub fn handoff_id(
        &self,
        department: &FacilityId,
        account: &AccountId,
        step: &StepId,
    ) -> HandoffId {
        let data = [
            b"handoff ".as_slice(),
            department.0.as_bytes(),
            b"\0",
            account.0.as_bytes(),
            b"\0",
            step.to_string().as_bytes(),
        ]
        .concat();
        let mut word = data_encoding::HEXLOWER.encode(&keyed_hash(&**self.hash_key, &data));
        word.truncate(ID);
        HandoffId(word)
    }

    fn closed(
        &self,
        handoff: &Handoff,
        changed: DateTime<Utc>,
        entropy: &dyn Entropy,
    ) -> Result<StoredHandoff, Error> {
        let unsealed = || Error::Unavailable("the handoff cannot be sealed".to_owned());
        let clear = serde_json::to_vec(handoff).map_err(|_| unsealed())?;
        let bound = bound(&handoff.id, &handoff.department);
        let body = self.handoff_seal.close(&clear, &bound, entropy);
        Ok(StoredHandoff {
            id: handoff.id.clone(),
            department: handoff.department.clone(),
            stage: handoff.stage.word().word().to_owned(),
            is_open: handoff.stage.is_open(),
            version: handoff.version,
            changed,
            body: body.ok_or_else(unsealed)?,
            // Of a hospital that was asked again the last inquiry counts.
            hospitals: handoff
                .inquiries
                .iter()
                .map(|inquiry| (inquiry.hospital.clone(), concern(&inquiry.state)))
                .collect(),
        })
    }

    /// What was sealed here, of the row it was sealed for, and nothing else.
    fn opened(&self, stored: &StoredHandoff) -> Option<Handoff> {
        let bound = bound(&stored.id, &stored.department);
        let clear = self.handoff_seal.open(&stored.body, &bound)?;
        let handoff: Handoff = serde_json::from_slice(&clear).ok()?;
        let is_same = handoff.id == stored.id
            && handoff.department == stored.department
            && handoff.version == stored.version;
        is_same.then_some(handoff)
    }

    fn opened_list(&self, stored: &StoredList) -> Option<MassCasualty> {
        let clear = self.handoff_seal.open(&stored.body, &list_bound(stored))?;
        let list: MassCasualty = serde_json::from_slice(&clear).ok()?;
        (list.version == stored.version).then_some(list)
    }

    fn all_opened(&self, listed: &Listed<StoredHandoff>) -> Listed<Handoff> {
        let all = listed.handoffs.iter();
        let handoffs: Vec<Handoff> = all.filter_map(|stored| self.opened(stored)).collect();
        let unreadable = listed.handoffs.len() - handoffs.len();
        if unreadable > 0 {
            tracing::error!(unreadable, "handoffs cannot be opened");
        }
        Listed {
            handoffs,
            left: listed.left,
            unreadable,
        }
    }

    /// Adds a handoff; whether there was room (see [`crate::registry::MOST_OPEN`]).
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn add_handoff(
        &self,
        handoff: &Handoff,
        entropy: &dyn Entropy,
    ) -> Result<bool, Error> {
        let stored = self.closed(handoff, handoff.begun, entropy)?;
        self.ask(move |store| store.add_handoff(&stored)).await
    }

    /// One handoff.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also where it cannot be opened.
    pub async fn handoff(&self, id: HandoffId) -> Result<Option<Handoff>, Error> {
        let registry = self.clone();
        self.ask(move |store| {
            let Some(stored) = store.handoff(&id)? else {
                return Ok(None);
            };
            let opened = registry.opened(&stored);
            let why = || Error::Unavailable("a handoff cannot be opened".to_owned());
            opened.map(Some).ok_or_else(why)
        })
        .await
    }

    /// Puts a handoff in the place of what has version `from`, as changed at an instant; whether
    /// that was there.
    ///
    /// # Errors
    /// [`Error::Unknown`] where there is no such hospital, [`Error::Unavailable`].
    pub async fn change_handoff(
        &self,
        from: u64,
        handoff: &Handoff,
        at: DateTime<Utc>,
        entropy: &dyn Entropy,
    ) -> Result<bool, Error> {
        let stored = self.closed(handoff, at, entropy)?;
        self.ask(move |store| store.change_handoff(from, &stored))
            .await
    }

    /// The handoffs of a department that are open, or were changed at or after an instant.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn handoffs_of(
        &self,
        department: FacilityId,
        since: DateTime<Utc>,
    ) -> Result<Listed<Handoff>, Error> {
        let registry = self.clone();
        self.ask(move |store| Ok(registry.all_opened(&store.handoffs_of(&department, since)?)))
            .await
    }

    /// The open handoffs about which a hospital is asked or which it accepted, and those that it
    /// accepted and that were changed at or after an instant.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn handoffs_for(
        &self,
        hospital: FacilityId,
        since: DateTime<Utc>,
    ) -> Result<Listed<Handoff>, Error> {
        let registry = self.clone();
        self.ask(move |store| Ok(registry.all_opened(&store.handoffs_for(&hospital, since)?)))
            .await
    }

    /// A facility's newest list of many patients.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also where it cannot be opened.
    pub async fn newest_list(&self, facility: FacilityId) -> Result<Option<MassCasualty>, Error> {
        let registry = self.clone();
        self.ask(move |store| {
            let Some(stored) = store.newest_list(&facility)? else {
                return Ok(None);
            };
            let list = registry.opened_list(&stored);
            let why = || Error::Unavailable("a list of patients cannot be opened".to_owned());
            list.map(Some).ok_or_else(why)
        })
        .await
    }

    /// Puts a list in the place of its version `from`, or adds it; whether that was so.
    ///
    /// # Errors
    /// [`Error::Unknown`] where there is no such facility, [`Error::Unavailable`].
    pub async fn put_list(
        &self,
        from: Option<u64>,
        list: &MassCasualty,
        entropy: &dyn Entropy,
    ) -> Result<bool, Error> {
        let mut stored = StoredList {
            facility: list.facility.clone(),
            begun: list.begun,
            version: list.version,
            body: Vec::new(),
        };
        let unsealed = || Error::Unavailable("the list cannot be sealed".to_owned());
        let clear = serde_json::to_vec(list).map_err(|_| unsealed())?;
        let body = self
            .handoff_seal
            .close(&clear, &list_bound(&stored), entropy);
        stored.body = body.ok_or_else(unsealed)?;
        self.ask(move |store| store.put_list(from, &stored)).await
    }

    /// A number that every change of a handoff raises for whom it concerns.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn handoff_pulse(&self, facility: FacilityId) -> Result<u64, Error> {
        self.ask(move |store| store.handoff_pulse(&facility)).await
    }

    /// The number of every facility that has one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn handoff_pulses(&self) -> Result<Vec<(FacilityId, u64)>, Error> {
        self.ask(|store| store.handoff_pulses()).await
    }
}
