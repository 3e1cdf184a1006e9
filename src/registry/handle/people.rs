//! Accounts: authenticators, links, permissions, delegation, sealed accounts.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretSlice};

use super::Registry;
use crate::{
    domain::{
        access::{AccountId, AuthenticatorId, FacilityId, Role},
        entropy::Entropy,
    },
    registry::{
        Account, Authenticator, Delegation, Error, Factor, Link, Mark, NewAccount, NewLink,
        Permission, PermissionGiven, SealedAccount, Session, StoredAuthenticator, copy::Owed,
        seal::keyed_hash,
    },
};

impl Registry {
    /// The keyed hash under which a passkey is found by its credential id.
    #[must_use]
    pub fn handle_of(&self, credential_id: &[u8]) -> String {
        let data = [b"credential ".as_slice(), credential_id].concat();
        data_encoding::HEXLOWER.encode(&keyed_hash(&**self.hash_key, &data))
    }

    fn sealed(
        &self,
        account: &AccountId,
        secret: &SecretSlice<u8>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Error> {
        self.seal
            .close(secret.expose_secret(), account.0.as_bytes(), entropy)
            .ok_or_else(|| Error::Unavailable("the secret cannot be sealed".to_owned()))
    }

    /// An authenticator as it is stored: its secret sealed for its account alone.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn seal_authenticator(
        &self,
        authenticator: Authenticator,
        secret: &SecretSlice<u8>,
        handle: Option<String>,
        entropy: &dyn Entropy,
    ) -> Result<StoredAuthenticator, Error> {
        let secret = self.sealed(&authenticator.account, secret, entropy)?;
        Ok(StoredAuthenticator {
            authenticator,
            secret,
            handle,
        })
    }

    fn unsealed_one(&self, stored: StoredAuthenticator) -> Factor {
        let account = stored.authenticator.account.0.as_bytes();
        Factor {
            secret: self.seal.open(&stored.secret, account).map(Into::into),
            sealed: stored.secret,
            authenticator: stored.authenticator,
        }
    }

    pub(super) fn unsealed(&self, stored: Vec<StoredAuthenticator>) -> Vec<Factor> {
        stored
            .into_iter()
            .map(|stored| self.unsealed_one(stored))
            .collect()
    }

    /// Adds an account with its authenticators.
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn add_account(&self, new: NewAccount) -> Result<(), Error> {
        self.ask(move |store| store.add_account(&new)).await
    }

    /// An account's authenticators with their secrets, oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn factors(&self, account: AccountId) -> Result<Vec<Factor>, Error> {
        let asked = self.ask_either(move |store| store.authenticators(&account));
        Ok(self.unsealed(asked.await?.0))
    }

    /// Adds an authenticator, made with [`Self::seal_authenticator`].
    ///
    /// # Errors
    /// [`Error::Full`] where the account has [`super::super::MOST_AUTHENTICATORS`], [`Error::Taken`]
    /// where the handle is in use, [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn add_authenticator(&self, new: StoredAuthenticator) -> Result<(), Error> {
        self.ask(move |store| store.add_authenticator(&new)).await
    }

    /// Names an account's authenticator.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn rename_authenticator(
        &self,
        account: AccountId,
        id: AuthenticatorId,
        name: String,
    ) -> Result<(), Error> {
        self.ask(move |store| store.rename_authenticator(&account, &id, &name))
            .await
    }

    /// Puts another secret in the place of an authenticator's, which was used: a passkey counts.
    /// Whether nobody used it since it was read.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn use_authenticator(
        &self,
        read: &Factor,
        secret: &SecretSlice<u8>,
        at: DateTime<Utc>,
        entropy: &dyn Entropy,
    ) -> Result<bool, Error> {
        let secret = self.sealed(&read.authenticator.account, secret, entropy)?;
        let (id, read) = (read.authenticator.id.clone(), read.sealed.clone());
        // The copy's counter is not given back: it would be older than what another node has seen.
        self.change_either(
            |_| Ok(Vec::new()),
            move |store| store.use_authenticator(&id, &read, &secret, at),
        )
        .await
    }

    /// Removes an account's authenticator, the last one only with `even_last`; every session of the
    /// account but `keep` is over. Whether it did.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn remove_authenticator(
        &self,
        account: AccountId,
        id: AuthenticatorId,
        even_last: bool,
        keep: Option<String>,
    ) -> Result<bool, Error> {
        let whose = account.clone();
        let done = self
            .ask(move |store| store.remove_authenticator(&account, &id, even_last, keep.as_deref()))
            .await;
        self.forget_account(&whose);
        done
    }

    /// Removes every authenticator of an account for a new one; every session of it is over.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn replace_authenticators(&self, new: StoredAuthenticator) -> Result<(), Error> {
        let whose = new.authenticator.account.clone();
        let done = self
            .ask(move |store| store.replace_authenticators(&new))
            .await;
        self.forget_account(&whose);
        done
    }

    /// The passkey with a handle (see [`Self::handle_of`]), and with it whose it is.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn factor_by_handle(&self, handle: String) -> Result<Option<Factor>, Error> {
        let asked = self.ask_either(move |store| store.authenticator_by_handle(&handle));
        Ok(asked.await?.0.map(|stored| self.unsealed_one(stored)))
    }

    /// Sets the password hash; every session of the account but `keep` is over.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn set_password(
        &self,
        id: AccountId,
        password: String,
        keep: Option<String>,
    ) -> Result<(), Error> {
        let whose = id.clone();
        let done = self
            .ask(move |store| store.set_password(&id, &password, keep.as_deref()))
            .await;
        self.forget_account(&whose);
        done
    }

    /// Disables an account, which ends every session of it, or enables it.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn set_disabled(&self, id: AccountId, disabled: Option<Mark>) -> Result<(), Error> {
        let whose = id.clone();
        let done = self
            .ask(move |store| store.set_disabled(&id, disabled.as_ref()))
            .await;
        self.forget_account(&whose);
        done
    }

    /// Raises an account's epoch: every session and every begun sign-in of it is over, and its
    /// emergency grants where `ends_grants`.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn raise_epoch(&self, id: AccountId, ends_grants: bool) -> Result<(), Error> {
        let whose = id.clone();
        let done = self
            .ask(move |store| store.raise_epoch(&id, ends_grants))
            .await;
        self.forget_account(&whose);
        done
    }

    /// Adds a link; earlier ones of the account that were not used are gone.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn add_link(&self, link: NewLink) -> Result<(), Error> {
        self.ends.linked(&link.hash, link.made.at);
        self.ask(move |store| store.add_link(&link)).await
    }

    /// A link by the hash of its token.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn link(&self, hash: String) -> Result<Option<Link>, Error> {
        let key = hash.clone();
        let found = self.ask(move |store| store.link(&hash)).await?;
        Ok(found.map(|found| self.ends.link(&key, found)))
    }

    /// Uses an open link: password, or none, and authenticator in the place of all former ones;
    /// every session of the account is over. Whether it was open.
    ///
    /// # Errors
    /// [`Error::Taken`] where the handle is in use, [`Error::Unavailable`].
    pub async fn use_link(
        &self,
        hash: String,
        at: DateTime<Utc>,
        password: Option<String>,
        authenticator: StoredAuthenticator,
        step: Option<u64>,
    ) -> Result<bool, Error> {
        let whose = authenticator.authenticator.account.clone();
        let done = self
            .ask(move |store| store.use_link(&hash, at, password.as_deref(), &authenticator, step))
            .await;
        self.forget_account(&whose);
        done
    }

    /// Gives the emergency permission.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn give_permission(
        &self,
        id: AccountId,
        permission: Permission,
    ) -> Result<(), Error> {
        let whose = id.clone();
        self.ends.permitted(&id.0, &permission);
        let done = self
            .ask(move |store| store.give_permission(&id, &permission))
            .await;
        self.forget_account(&whose);
        done
    }

    /// Takes the emergency permission back; every session of the account is over.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn take_permission(&self, id: AccountId, revoked: Mark) -> Result<(), Error> {
        let whose = id.clone();
        let done = self
            .ask(move |store| store.take_permission(&id, &revoked))
            .await;
        self.forget_account(&whose);
        done
    }

    /// Every emergency permission that an account was given, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn permissions(&self, id: AccountId) -> Result<Vec<PermissionGiven>, Error> {
        self.ask(move |store| store.permissions(&id)).await
    }

    /// Notes that an account opened a grant.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn note_glass_used(&self, id: AccountId, at: DateTime<Utc>) -> Result<(), Error> {
        let account = id.clone();
        self.change_either(
            move |_| Ok(vec![Owed::Opened { account, at }]),
            move |store| store.note_glass_used(&id, at),
        )
        .await
    }

    /// Names an account 当直責任者, or ends that.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn set_delegation(
        &self,
        id: AccountId,
        delegation: Option<Delegation>,
    ) -> Result<(), Error> {
        let whose = id.clone();
        if let Some(delegation) = &delegation {
            self.ends.delegated(&id.0, delegation);
        }
        let done = self
            .ask(move |store| store.set_delegation(&id, delegation.as_ref()))
            .await;
        self.forget_account(&whose);
        done
    }

    /// Adds the proposal of a sealed account.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Unavailable`].
    pub async fn propose_sealed(&self, proposal: SealedAccount) -> Result<(), Error> {
        self.ask(move |store| store.propose_sealed(&proposal)).await
    }

    /// Confirms a proposal that somebody else made, and adds the account; whether it did.
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::Unavailable`].
    pub async fn confirm_sealed(&self, confirmed: Mark, new: NewAccount) -> Result<bool, Error> {
        self.ask(move |store| store.confirm_sealed(&confirmed, &new))
            .await
    }

    /// The sealed accounts of one facility, oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn sealed_accounts(&self, facility: FacilityId) -> Result<Vec<SealedAccount>, Error> {
        self.ask(move |store| store.sealed_accounts(&facility))
            .await
    }

    /// Marks a sealed account as used, so that it never signs in again, and adds the session that it
    /// is used for. Whether it was unused.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn use_sealed(&self, session: Session) -> Result<bool, Error> {
        let begun = session.clone();
        let used = self.ask(move |store| store.use_sealed(&session)).await?;
        if used {
            self.copy_too(move |store| store.add_session(&begun)).await;
        }
        Ok(used)
    }

    /// Who made this account, or a link for its factors, since a time: ids of accounts, and names
    /// given on the command line.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn gave_factors(
        &self,
        account: AccountId,
        since: DateTime<Utc>,
    ) -> Result<Vec<String>, Error> {
        self.ask(move |store| store.gave_factors(&account, since))
            .await
    }

    /// The administrators of all facilities.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn administrators(&self) -> Result<Vec<Account>, Error> {
        let found = self.ask(|store| {
            let mut found = Vec::new();
            for facility in store.facilities()? {
                found.extend(store.accounts(&facility.id)?);
            }
            found.retain(|account| account.role == Role::Administrator);
            Ok(found)
        });
        let found = found.await?.into_iter();
        Ok(found.map(|one| self.ends.account(one)).collect())
    }
}
