//! What administrators see before they change anything, and signing somebody out everywhere.

use chrono::{DateTime, Days, Utc};

use super::{
    Account, Administration, By, Error, Facility, Need, PermissionGiven, SealedAccount, Terminal,
    Unused, account::is_sealed,
};
use crate::{
    access::{Authenticator, OwnMeans, Viewer, sealed::used_lately},
    domain::access::{AccountId, AuthenticatorId, FacilityId, Role},
    registry::Credentials,
};

/// Days for which the emergency permission is given unless somebody says otherwise.
pub const PERMISSION_DAYS: u64 = 365;
/// Days before its end from which a permission is announced.
const ENDS_SOON: u64 = 14;

/// What stands in a facility now.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The facility, with its 災害時 flag.
    pub facility: Facility,
    /// Whether that flag is on today.
    pub in_disaster: bool,
    /// Accounts that can sign in.
    pub accounts: usize,
    /// Accounts that are disabled.
    pub disabled: usize,
    /// Valid emergency permissions that end within 14 days, the first to end first.
    pub ending: Vec<Account>,
    /// Valid emergency permissions that nobody used for 90 days.
    pub unused: usize,
    /// Who is 当直責任者 now.
    pub delegates: Vec<Account>,
    /// Terminals that can be used.
    pub terminals: Vec<Terminal>,
    /// Sealed emergency accounts.
    pub sealed: Vec<SealedAccount>,
    /// When envelopes were opened within the last 72 hours, newest first.
    pub sealed_uses: Vec<DateTime<Utc>>,
}

/// One account with what belongs to it.
#[derive(Clone, Debug)]
pub struct AccountFile {
    /// The account.
    pub account: Account,
    /// Its authenticators, oldest first.
    pub authenticators: Vec<Authenticator>,
    /// Every emergency permission that it was given, newest first.
    pub permissions: Vec<PermissionGiven>,
    /// How many sessions it has.
    pub sessions: u32,
    /// Whether it is a sealed emergency account, which nobody changes.
    pub is_sealed: bool,
    /// Why its holder cannot sign in with what it has, where that is so.
    pub no_way_in: Option<NoWayIn>,
    /// Authenticators without which he could not any more.
    pub needed: Vec<AuthenticatorId>,
}

/// Why an account's holder cannot sign in by himself: he needs a one-time link. An account that is
/// disabled is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoWayIn {
    /// Neither password nor authenticator: nobody has set it up, or its passkey was removed.
    Nothing,
    /// A password without a second factor: a colleague's word may stand in once, for half an hour.
    PasswordAlone,
    /// Codes of an app alone, which are worth nothing without a password.
    CodesAlone,
}

impl NoWayIn {
    fn of(own: OwnMeans) -> Option<Self> {
        match (own.has_password, own.has_code, own.has_passkey) {
            (_, _, true) | (true, true, _) => None,
            (true, false, false) => Some(Self::PasswordAlone),
            (false, true, false) => Some(Self::CodesAlone),
            (false, false, false) => Some(Self::Nothing),
        }
    }
}

/// The authenticators without which nobody could sign in to an account any more.
fn needed(credentials: &Credentials) -> Vec<AuthenticatorId> {
    let factors = &credentials.factors;
    let all = factors.iter().map(|factor| &factor.authenticator.id);
    all.filter(|id| {
        let mut without = credentials.clone();
        without.factors.retain(|one| one.authenticator.id != **id);
        NoWayIn::of(OwnMeans::of(&without)).is_some()
    })
    .cloned()
    .collect()
}

impl Administration {
    /// What stands in the viewer's facility now. For administrators.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn overview(&self, viewer: &Viewer) -> Result<Overview, Error> {
        let facility = self.own_facility(viewer).await?;
        let now = self.clock.now();
        let accounts = self.accounts(viewer, &viewer.facility).await?;
        let soon = now.japanese_day().checked_add_days(Days::new(ENDS_SOON));
        let until = |account: &Account| account.permission.as_ref().map(|given| given.until);
        let mut ending: Vec<Account> = accounts
            .iter()
            .filter(|account| account.may_break_glass(now) && until(account) <= soon)
            .cloned()
            .collect();
        ending.sort_by_key(until);
        let terminals = self.terminals(viewer, &viewer.facility).await?;
        let sealed = self.sealed_accounts(viewer, &viewer.facility).await?;
        Ok(Overview {
            sealed_uses: used_lately(&sealed, now.wall),
            in_disaster: facility.is_in_disaster(now.japanese_day()),
            facility,
            disabled: accounts.iter().filter(|one| one.disabled.is_some()).count(),
            ending,
            unused: self.unused(viewer, &viewer.facility).await?.len(),
            delegates: accounts
                .iter()
                .filter(|one| one.is_delegate(now))
                .cloned()
                .collect(),
            terminals: terminals
                .into_iter()
                .filter(|one| one.is_valid(now))
                .collect(),
            sealed,
            accounts: accounts.iter().filter(|one| one.disabled.is_none()).count(),
        })
    }

    /// The viewer's facility as it stands. For administrators.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn own_facility(&self, viewer: &Viewer) -> Result<Facility, Error> {
        let id: &FacilityId = &viewer.facility;
        self.authorise(By::Viewer(viewer), id, Need::Administrator, "facility")
            .await?;
        self.facility(id).await
    }

    /// The accounts of the viewer's facility with their permissions and, for administrators, what
    /// lies unused. For administrators and 当直責任者.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn permission_list(
        &self,
        viewer: &Viewer,
    ) -> Result<(Vec<Account>, Vec<Unused>), Error> {
        let accounts = self.accounts(viewer, &viewer.facility).await?;
        let unused = match viewer.role {
            Role::Administrator => self.unused(viewer, &viewer.facility).await?,
            Role::Physician
            | Role::Nurse
            | Role::Pharmacist
            | Role::Paramedic
            | Role::Clerk
            | Role::Auditor => Vec::new(),
        };
        Ok((accounts, unused))
    }

    /// One account with what belongs to it. For administrators.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn account_file(
        &self,
        viewer: &Viewer,
        id: &AccountId,
    ) -> Result<AccountFile, Error> {
        let by = By::Viewer(viewer);
        let account = self.account(by, id, Need::Administrator, "account").await?;
        let found = self.registry.credentials(account.sign_in.clone()).await?;
        let credentials = found.ok_or(Error::Unknown)?;
        let is_sealed = is_sealed(&credentials.factors);
        let may_sign_in = !is_sealed && credentials.account.disabled.is_none();
        let no_way_in = NoWayIn::of(OwnMeans::of(&credentials)).filter(|_| may_sign_in);
        let needed = match no_way_in {
            Some(_) => Vec::new(),
            None => needed(&credentials),
        };
        let factors = credentials.factors;
        Ok(AccountFile {
            account,
            is_sealed,
            no_way_in,
            needed,
            authenticators: factors.into_iter().map(|one| one.authenticator).collect(),
            permissions: self.registry.permissions(id.clone()).await?,
            sessions: self.registry.sessions_of(id.clone()).await?,
        })
    }

    /// Ends every session of an account, and with them its grants.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn sign_out_everywhere<'a>(
        &self,
        by: impl Into<By<'a>>,
        id: &AccountId,
    ) -> Result<(), Error> {
        let by = by.into();
        let what = "signed_out_everywhere";
        let account = self.account(by, id, Need::Administrator, what).await?;
        self.record(by, &account.facility, what, &id.0, "").await?;
        Ok(self.registry.raise_epoch(id.clone(), true).await?)
    }
}
