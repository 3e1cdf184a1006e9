//! The first start: one administrator, who sets himself up on a link that is printed once.

use std::time::Duration;

use super::{
    AccountForm, Administration, By, Error, FacilityForm, IssuedLink, TerminalCode, TerminalForm,
};
use crate::{
    domain::access::{FacilityId, Role},
    registry::Account,
};

/// How long the code for the first terminal can be used: as long as the link.
const FIRST_CODE: Duration = Duration::from_hours(24);
/// Name to sign in with.
const SIGN_IN: &str = "administrator";
/// Seconds before the first terminal locks.
const IDLE_LOCK_SECONDS: u32 = 180;

/// What the first administrator is given: shown once.
#[derive(Clone, Debug)]
pub struct FirstStart {
    /// Where he sets password and second factor.
    pub link: IssuedLink,
    /// What makes his browser the first terminal, where there is none yet.
    pub code: Option<TerminalCode>,
}

impl Administration {
    /// Where no administrator has set himself up yet: makes the named facility if there is none,
    /// one administrator if there is none, and a link for him; a link of an earlier start is worth
    /// nothing any more. `None` where somebody administers already, or no facility is there, or
    /// several are and none is named.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn first_start(
        &self,
        named: Option<FacilityForm>,
    ) -> Result<Option<FirstStart>, Error> {
        let administrators = self.registry.administrators().await?;
        for account in &administrators {
            if self.is_set_up(account).await? {
                return Ok(None);
            }
        }
        let by = By::Console("first start");
        let (account, facility) = match administrators.into_iter().next() {
            Some(account) => (Some(account.id), account.facility),
            None => match self.first_facility(named).await? {
                Some(facility) => (None, facility),
                None => return Ok(None),
            },
        };
        let link = match account {
            Some(account) => self.make_link(by, &account).await?,
            None => self.invite(by, self.first_form(&facility).await?).await?,
        };
        let code = self.first_code(by, &facility).await?;
        Ok(Some(FirstStart { link, code }))
    }

    async fn is_set_up(&self, account: &Account) -> Result<bool, Error> {
        let found = self.registry.credentials(account.sign_in.clone()).await?;
        Ok(found.is_some_and(|found| found.password.is_some()))
    }

    async fn first_facility(
        &self,
        named: Option<FacilityForm>,
    ) -> Result<Option<FacilityId>, Error> {
        let facilities = self.registry.facilities().await?;
        let Some(form) = named else {
            return Ok(match <[_; 1]>::try_from(facilities) {
                Ok([only]) => Some(only.id),
                Err(_) => None,
            });
        };
        let known = facilities.into_iter().find(|one| one.name == form.name);
        match known {
            Some(known) => Ok(Some(known.id)),
            None => self.create_facility(form).await.map(Some),
        }
    }

    async fn first_form(&self, facility: &FacilityId) -> Result<AccountForm, Error> {
        let taken = self
            .registry
            .credentials(SIGN_IN.to_owned())
            .await?
            .is_some();
        let sign_in = if taken {
            format!(
                "{SIGN_IN}-{}",
                crate::access::token::letters::<4>(&*self.entropy)
            )
        } else {
            SIGN_IN.to_owned()
        };
        Ok(AccountForm {
            facility: facility.clone(),
            sign_in,
            name: "管理者".to_owned(),
            role: Role::Administrator,
        })
    }

    async fn first_code(
        &self,
        by: By<'_>,
        facility: &FacilityId,
    ) -> Result<Option<TerminalCode>, Error> {
        let now = self.clock.now();
        let terminals = self.registry.terminals(facility.clone()).await?;
        if terminals.iter().any(|terminal| terminal.is_valid(now)) {
            return Ok(None);
        }
        let form = TerminalForm {
            facility: facility.clone(),
            name: "管理用端末".to_owned(),
            location: "-".to_owned(),
            idle_lock_seconds: IDLE_LOCK_SECONDS,
        };
        self.make_code_for(by, form, FIRST_CODE).await.map(Some)
    }
}
