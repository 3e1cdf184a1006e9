//! Sealed emergency accounts (guideline 6.0, 運用編 11①; B21): two administrators make one, its
//! secrets are printed once and lie in an envelope, it signs in once for 12 hours and is dead
//! afterwards.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, NaiveDate, Utc};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::{Administration, By, Error, Flaw, Need};
use crate::{
    access::token,
    domain::{
        access::{AccountId, AuthenticatorId, FacilityId, Role},
        entropy::random,
        event::Event,
        section::Language,
    },
    registry::{
        Account, Authenticator, AuthenticatorKind, Mark, NewAccount, Permission, SealedAccount,
    },
};

/// An envelope lies until it is opened: its permission has no other end.
const LAST_YEAR: i32 = 9999;
/// How long one administrator's hand in another's factors makes them one.
const INDEPENDENT: Duration = Duration::from_hours(30 * 24);

/// What is printed for the envelope: returned once, stored as hash and sealed.
#[derive(Clone, Debug)]
pub struct SealedSecrets {
    /// The account.
    pub account: AccountId,
    /// Name to sign in with.
    pub sign_in: SecretString,
    /// Password.
    pub password: SecretString,
    /// One-time code, 8 digits.
    pub code: SecretString,
}

impl Administration {
    /// Proposes a sealed emergency account; another administrator of the facility must confirm it.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn propose_sealed<'a>(
        &self,
        by: impl Into<By<'a>>,
        facility: &FacilityId,
    ) -> Result<AccountId, Error> {
        let by = by.into();
        let what = "sealed_account_proposed";
        self.authorise(by, facility, Need::Administrator, what)
            .await?;
        self.facility(facility).await?;
        let account = AccountId(token::fresh_id('a', &*self.entropy));
        self.record(by, facility, what, &account.0, "").await?;
        let proposal = SealedAccount {
            account: account.clone(),
            facility: facility.clone(),
            proposed: self.mark(by),
            confirmed: None,
            used_at: None,
        };
        self.registry.propose_sealed(proposal).await?;
        Ok(account)
    }

    /// Confirms what another administrator of the facility proposed: the account is made, and its
    /// secrets are given out this once.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn confirm_sealed<'a>(
        &self,
        by: impl Into<By<'a>>,
        facility: &FacilityId,
        account: &AccountId,
    ) -> Result<SealedSecrets, Error> {
        let by = by.into();
        let what = "sealed_account_confirmed";
        self.authorise(by, facility, Need::Administrator, what)
            .await?;
        let proposals = self.registry.sealed_accounts(facility.clone()).await?;
        let proposal = proposals
            .into_iter()
            .find(|proposal| proposal.account == *account)
            .ok_or(Error::Unknown)?;
        if proposal.confirmed.is_some() || proposal.proposed.by == by.word() {
            return Err(Flaw::NotToConfirm.into());
        }
        if !self.are_independent(by, &proposal.proposed).await? {
            let why = "not_independent".to_owned();
            let what = what.to_owned();
            self.append(by, facility, None, Event::Refused { what, why })
                .await?;
            return Err(Flaw::NotIndependent.into());
        }
        let (new, secrets) = self.new_sealed(by, &proposal).await?;
        self.record(by, facility, what, &account.0, "").await?;
        if !self.registry.confirm_sealed(self.mark(by), new).await? {
            return Err(Flaw::NotToConfirm.into());
        }
        Ok(secrets)
    }

    /// Whether two hands are two people's: since 30 days before the proposal nobody made, for both
    /// of them or through others, an account or a link for its factors. Whoever did could be both.
    async fn are_independent(&self, by: By<'_>, proposed: &Mark) -> Result<bool, Error> {
        let since = proposed.at - INDEPENDENT;
        let one = self.hands_behind(by.word(), since).await?;
        let other = self.hands_behind(&proposed.by, since).await?;
        Ok(one.is_disjoint(&other))
    }

    /// An account, and every account that had its factors in hand, or those of one that had.
    async fn hands_behind(
        &self,
        whose: &str,
        since: DateTime<Utc>,
    ) -> Result<BTreeSet<String>, Error> {
        let mut behind = BTreeSet::from([whose.to_owned()]);
        let mut open = vec![AccountId(whose.to_owned())];
        while let Some(next) = open.pop() {
            for by in self.registry.gave_factors(next, since).await? {
                let by = AccountId(by);
                // Who has the command line has the whole machine: that is no hand of its own.
                let is_account = self.registry.account(by.clone()).await?.is_some();
                if is_account && behind.insert(by.0.clone()) {
                    open.push(by);
                }
            }
        }
        Ok(behind)
    }

    async fn new_sealed(
        &self,
        by: By<'_>,
        proposal: &SealedAccount,
    ) -> Result<(NewAccount, SealedSecrets), Error> {
        let entropy = &*self.entropy;
        let sign_in = format!("sealed-{}", token::letters::<6>(entropy));
        let password = self.fresh_password();
        let digits = u64::from_be_bytes(random::<8>(entropy)) % 100_000_000;
        let code = SecretString::from(format!("{digits:08}"));
        let created = self.mark(by);
        let permission = for_ever(&created).ok_or(Error::Unavailable)?;
        let factor = Authenticator {
            id: AuthenticatorId(token::fresh_id('u', entropy)),
            account: proposal.account.clone(),
            kind: AuthenticatorKind::Sealed,
            name: String::new(),
            added_at: Some(created.at),
            last_used: None,
        };
        let secret: SecretSlice<u8> = code.expose_secret().as_bytes().to_vec().into();
        let factor = self
            .registry
            .seal_authenticator(factor, &secret, None, entropy)?;
        let hash = self
            .hasher
            .hash(password.clone())
            .await
            .ok_or(Error::Unavailable)?;
        let account = Account {
            id: proposal.account.clone(),
            facility: proposal.facility.clone(),
            sign_in: sign_in.clone(),
            name: "非常時アカウント".to_owned(),
            role: Role::Physician,
            language: Language::default(),
            epoch: 1,
            grants_from: 1,
            factors_given: None,
            permission: Some(permission),
            glass_used: None,
            created: Some(created),
            disabled: None,
            delegation: None,
            as_of: None,
        };
        let secrets = SealedSecrets {
            account: proposal.account.clone(),
            sign_in: sign_in.into(),
            password,
            code,
        };
        let new = NewAccount {
            account,
            password: Some(hash),
            authenticators: vec![factor],
        };
        Ok((new, secrets))
    }

    /// The sealed emergency accounts of a facility, oldest first.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn sealed_accounts<'a>(
        &self,
        by: impl Into<By<'a>>,
        facility: &FacilityId,
    ) -> Result<Vec<SealedAccount>, Error> {
        self.authorise(by.into(), facility, Need::Administrator, "sealed_accounts")
            .await?;
        Ok(self.registry.sealed_accounts(facility.clone()).await?)
    }
}

/// The emergency permission of an account that is dead once it was used.
fn for_ever(given: &Mark) -> Option<Permission> {
    Some(Permission {
        given_by: given.by.clone(),
        given_at: given.at,
        until: NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31)?,
        ends: None,
        is_delegated: false,
    })
}
