//! The emergency permission: given, taken back, delegated for a night, reported where unused.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::{Administration, By, Error, Flaw, Need};
use crate::{
    domain::{
        access::{AccountId, Action, FacilityId, Role},
        clock::{Moment, japanese_time},
    },
    registry::{Account, Delegation, Permission, PermissionGiven},
};

/// Longest delegation and longest permission that a delegate gives, in hours (B21).
const LONGEST_HOURS: u32 = 24;
/// Longest permission that is given on the web, in days: three years.
const LONGEST_DAYS: u64 = 1096;
/// How long a permission may lie unused before it is reported.
const UNUSED: Duration = Duration::from_hours(90 * 24);

/// A permission that nobody used for 90 days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// Whose.
    pub account: Account,
    /// Since when: its last use, or when it was given.
    pub since: DateTime<Utc>,
}

impl Administration {
    /// Gives or extends the emergency permission up to and including a Japanese day. For
    /// administrators.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn permit<'a>(
        &self,
        id: &AccountId,
        until: NaiveDate,
        by: impl Into<By<'a>>,
    ) -> Result<(), Error> {
        let by = by.into();
        let what = "permission_given";
        let account = self.account(by, id, Need::Administrator, what).await?;
        let now = self.clock.now();
        if until < now.japanese_day() {
            return Err(Flaw::InPast.into());
        }
        let last = now.japanese_day().checked_add_days(Days::new(LONGEST_DAYS));
        if matches!(by, By::Viewer(_)) && last.is_none_or(|last| until > last) {
            return Err(Flaw::TooFar.into());
        }
        let permission = Permission {
            given_by: by.word().to_owned(),
            given_at: now.wall,
            until,
            ends: None,
            is_delegated: false,
        };
        self.give(by, &account, permission, &format!("until {until}"))
            .await
    }

    /// Gives or extends the emergency permission for 1 to 24 hours from now. For administrators and
    /// 当直責任者.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn permit_for<'a>(
        &self,
        id: &AccountId,
        hours: u32,
        by: impl Into<By<'a>>,
    ) -> Result<(), Error> {
        let by = by.into();
        let account = self
            .account(by, id, Need::Permitting, "permission_given")
            .await?;
        let now = self.clock.now();
        let ends = end_of(now, hours)?;
        // Nobody's permission gets shorter by being given.
        let lasts_longer = |permission: &Permission| match permission.ends {
            Some(other) => other > ends,
            None => permission.until >= japanese_time(ends).date_naive(),
        };
        let present = account.permission.as_ref();
        if present.is_some_and(|present| present.is_valid(now) && lasts_longer(present)) {
            return Err(Flaw::AlreadyLonger.into());
        }
        let is_delegated = matches!(by, By::Viewer(viewer) if viewer.role != Role::Administrator);
        let permission = Permission {
            given_by: by.word().to_owned(),
            given_at: now.wall,
            until: japanese_time(ends).date_naive(),
            ends: Some(ends),
            is_delegated,
        };
        let delegated = if is_delegated { " delegated" } else { "" };
        let details = format!("for {hours} h{delegated}");
        self.give(by, &account, permission, &details).await
    }

    async fn give(
        &self,
        by: By<'_>,
        account: &Account,
        permission: Permission,
        details: &str,
    ) -> Result<(), Error> {
        if !account.role.may(Action::BreakGlass) {
            return Err(Flaw::Role.into());
        }
        if by.is(&account.id) {
            return Err(Flaw::Himself.into());
        }
        let id = &account.id;
        self.record(by, &account.facility, "permission_given", &id.0, details)
            .await?;
        Ok(self
            .registry
            .give_permission(id.clone(), permission)
            .await?)
    }

    /// Takes the emergency permission back; the account's sessions and grants are over. For
    /// administrators and 当直責任者.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn revoke<'a>(&self, id: &AccountId, by: impl Into<By<'a>>) -> Result<(), Error> {
        let by = by.into();
        let what = "permission_revoked";
        let account = self.account(by, id, Need::Permitting, what).await?;
        self.record(by, &account.facility, what, &id.0, "").await?;
        let mark = self.mark(by);
        Ok(self.registry.take_permission(id.clone(), mark).await?)
    }

    /// Names an account 当直責任者 for 1 to 24 hours from now: it may give the emergency permission
    /// to others of its facility (B21).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delegate<'a>(
        &self,
        id: &AccountId,
        hours: u32,
        by: impl Into<By<'a>>,
    ) -> Result<(), Error> {
        let by = by.into();
        let what = "delegation_given";
        let account = self.account(by, id, Need::Administrator, what).await?;
        let now = self.clock.now();
        let ends = end_of(now, hours)?;
        if by.is(id) {
            return Err(Flaw::Himself.into());
        }
        if account.disabled.is_some() {
            return Err(Flaw::Disabled.into());
        }
        if !account.role.may(Action::Search) {
            return Err(Flaw::Role.into());
        }
        let details = format!("for {hours} h");
        self.record(by, &account.facility, what, &id.0, &details)
            .await?;
        let delegation = Delegation {
            given_by: by.word().to_owned(),
            given_at: now.wall,
            ends,
        };
        Ok(self
            .registry
            .set_delegation(id.clone(), Some(delegation))
            .await?)
    }

    /// Ends a delegation before its time, and takes back what was given under it: first nothing
    /// more can be given. What could not be recorded is taken back by doing it again.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn end_delegation<'a>(
        &self,
        id: &AccountId,
        by: impl Into<By<'a>>,
    ) -> Result<(), Error> {
        let by = by.into();
        let what = "delegation_ended";
        let account = self.account(by, id, Need::Administrator, what).await?;
        self.record(by, &account.facility, what, &id.0, "").await?;
        self.registry.set_delegation(id.clone(), None).await?;
        let given = |account: &Account| {
            let permission = account.permission.as_ref();
            permission.is_some_and(|given| given.is_delegated && given.given_by == id.0)
        };
        let accounts = self.registry.accounts(account.facility.clone()).await?;
        for holder in accounts.into_iter().filter(given) {
            let (what, facility) = ("permission_revoked", &account.facility);
            let details = "given by a delegate";
            self.record(by, facility, what, &holder.id.0, details)
                .await?;
            let mark = self.mark(by);
            self.registry.take_permission(holder.id, mark).await?;
        }
        Ok(())
    }

    /// Every emergency permission that an account was given, newest first.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn permissions<'a>(
        &self,
        by: impl Into<By<'a>>,
        id: &AccountId,
    ) -> Result<Vec<PermissionGiven>, Error> {
        self.account(by.into(), id, Need::Permitting, "permissions")
            .await?;
        Ok(self.registry.permissions(id.clone()).await?)
    }

    /// The valid emergency permissions of a facility that were not used for 90 days, longest first.
    /// Sealed emergency accounts are meant to lie unused and are not among them.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn unused<'a>(
        &self,
        by: impl Into<By<'a>>,
        facility: &FacilityId,
    ) -> Result<Vec<Unused>, Error> {
        self.authorise(by.into(), facility, Need::Administrator, "unused")
            .await?;
        let now = self.clock.now();
        let sealed = self.registry.sealed_accounts(facility.clone()).await?;
        let mut unused: Vec<Unused> = self
            .registry
            .accounts(facility.clone())
            .await?
            .into_iter()
            .filter(|account| account.may_break_glass(now))
            .filter(|account| sealed.iter().all(|sealed| sealed.account != account.id))
            .filter_map(|account| {
                let given = account.permission.as_ref()?.given_at;
                let since = account.glass_used.map_or(given, |used| used.max(given));
                (now.wall - since >= chrono::Duration::from_std(UNUSED).ok()?)
                    .then_some(Unused { account, since })
            })
            .collect();
        unused.sort_by_key(|unused| unused.since);
        Ok(unused)
    }
}

fn end_of(now: Moment, hours: u32) -> Result<DateTime<Utc>, Error> {
    if !(1..=LONGEST_HOURS).contains(&hours) {
        return Err(Flaw::Hours.into());
    }
    Ok(now.wall + chrono::Duration::hours(hours.into()))
}
