//! Terminals, registrations, vouchings, 災害時.

use chrono::{DateTime, Utc};

use super::Registry;
use crate::{
    domain::access::{FacilityId, TerminalId, VouchId},
    registry::{Disaster, Error, Facility, Mark, Registration, Terminal, Vouch, seal::keyed_hash},
};

impl Registry {
    /// The keyed hash under which a registration code is kept: its 60 bits cannot be tried out by
    /// whoever has the file alone.
    #[must_use]
    pub fn code_hash(&self, code: &str) -> String {
        let data = [b"code ".as_slice(), code.as_bytes()].concat();
        data_encoding::HEXLOWER.encode(&keyed_hash(&**self.hash_key, &data))
    }

    /// One facility.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn facility(&self, id: FacilityId) -> Result<Option<Facility>, Error> {
        let (found, _) = self.ask_either(move |store| store.facility(&id)).await?;
        Ok(found.map(|found| self.ends.facility(found)))
    }

    /// Sets the 災害時 flag or takes it away.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn set_disaster(
        &self,
        id: FacilityId,
        disaster: Option<Disaster>,
    ) -> Result<(), Error> {
        let whose = id.clone();
        if let Some(disaster) = &disaster {
            self.ends.declared(&id.0, disaster);
        }
        let done = self
            .ask(move |store| store.set_disaster(&id, disaster.as_ref()))
            .await;
        self.forget(|seat| seat.facility.id == whose);
        done
    }

    /// One terminal.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn terminal(&self, id: TerminalId) -> Result<Option<Terminal>, Error> {
        let found = self.ask(move |store| store.terminal(&id)).await?;
        Ok(found.map(|found| self.ends.terminal(found)))
    }

    /// The terminals with this client certificate's name that were not revoked, at most one in each
    /// facility.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn terminals_by_certificate(&self, name: String) -> Result<Vec<Terminal>, Error> {
        let asked = self.ask_either(move |store| store.terminals_by_certificate(&name));
        Ok(asked.await?.0)
    }

    /// Every terminal known by an address range that was not revoked.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn range_terminals(&self) -> Result<Vec<Terminal>, Error> {
        Ok(self.ask_either(|store| store.range_terminals()).await?.0)
    }

    /// Sets how many seconds a terminal's seat may be left.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn set_idle_lock(&self, id: TerminalId, seconds: u32) -> Result<(), Error> {
        let which = id.clone();
        let done = self
            .ask(move |store| store.set_idle_lock(&id, seconds))
            .await;
        self.forget(|seat| seat.terminal.id == which);
        done
    }

    /// Names a terminal, says where it stands and how many seconds its seat may be left.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn change_terminal(
        &self,
        id: TerminalId,
        name: String,
        location: String,
        seconds: u32,
    ) -> Result<(), Error> {
        let which = id.clone();
        let done = self
            .ask(move |store| store.change_terminal(&id, &name, &location, seconds))
            .await;
        self.forget(|seat| seat.terminal.id == which);
        done
    }

    /// Revokes a terminal: its sessions are over. Whether it was not revoked before.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn revoke_terminal(&self, id: TerminalId, revoked: Mark) -> Result<bool, Error> {
        let which = id.clone();
        let done = self
            .ask(move |store| store.revoke_terminal(&id, &revoked))
            .await;
        self.forget(|seat| seat.terminal.id == which);
        done
    }

    /// Adds a registration.
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn add_registration(&self, registration: Registration) -> Result<(), Error> {
        self.ends.registration(registration.clone());
        self.ask(move |store| store.add_registration(&registration))
            .await
    }

    /// A registration by the keyed hash of its code (see [`Self::code_hash`]).
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn registration(&self, hash: String) -> Result<Option<Registration>, Error> {
        let found = self.ask(move |store| store.registration(&hash)).await?;
        Ok(found.map(|found| self.ends.registration(found)))
    }

    /// Uses an open registration and adds its terminal; whether it was open.
    ///
    /// # Errors
    /// [`Error::Taken`] where the device is registered in this facility, [`Error::Unavailable`].
    pub async fn use_registration(
        &self,
        hash: String,
        at: DateTime<Utc>,
        terminal: Terminal,
    ) -> Result<bool, Error> {
        self.ask(move |store| store.use_registration(&hash, at, &terminal))
            .await
    }

    /// Adds a vouching.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn add_vouch(&self, vouch: Vouch) -> Result<(), Error> {
        self.ends.vouch(vouch.clone());
        self.ask(move |store| store.add_vouch(&vouch)).await
    }

    /// One vouching.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn vouch(&self, id: VouchId) -> Result<Option<Vouch>, Error> {
        let found = self.ask(move |store| store.vouch(&id)).await?;
        Ok(found.map(|found| self.ends.vouch(found)))
    }

    /// The vouchings of a facility that can still be used, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn open_vouches(
        &self,
        facility: FacilityId,
        at: DateTime<Utc>,
    ) -> Result<Vec<Vouch>, Error> {
        let open = self.ask_either(move |store| store.open_vouches(&facility, at));
        let open = open.await?.0.into_iter().map(|one| self.ends.vouch(one));
        Ok(open.filter(|one| one.is_open(at)).collect())
    }

    /// Uses an open vouching; whether it was open.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn use_vouch(&self, id: VouchId, at: DateTime<Utc>) -> Result<bool, Error> {
        self.ask(move |store| store.use_vouch(&id, at)).await
    }

    /// Marks the id of a launch as used until a time; whether it was not yet.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn use_launch(
        &self,
        id: String,
        at: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<bool, Error> {
        self.ask(move |store| store.use_launch(&id, at, until))
            .await
    }
}
