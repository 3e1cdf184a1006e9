//! Authenticators in memory, until the registry keeps them.
#![expect(missing_docs, clippy::unused_async, reason = "goes away")]

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use secrecy::SecretSlice;

use crate::{
    domain::{
        access::{AccountId, AuthenticatorId},
        entropy::Entropy,
    },
    registry::Error,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthenticatorKind {
    Totp,
    Passkey,
    Sealed,
}

impl AuthenticatorKind {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::Sealed => "sealed",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticator {
    pub id: AuthenticatorId,
    pub account: AccountId,
    pub kind: AuthenticatorKind,
    pub name: String,
    pub added_at: Option<DateTime<Utc>>,
    pub last_used: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
pub struct Factor {
    pub authenticator: Authenticator,
    pub secret: Option<SecretSlice<u8>>,
}

#[derive(Default)]
pub(super) struct Kept(Mutex<Vec<(Option<String>, Factor)>>);

impl Kept {
    fn with<T>(&self, f: impl FnOnce(&mut Vec<(Option<String>, Factor)>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) async fn authenticators(&self, account: AccountId) -> Result<Vec<Factor>, Error> {
        Ok(self.with(|rows| {
            rows.iter()
                .map(|(_, factor)| factor)
                .filter(|factor| factor.authenticator.account == account)
                .cloned()
                .collect()
        }))
    }

    pub(super) async fn authenticator_by_handle(
        &self,
        handle: String,
    ) -> Result<Option<Factor>, Error> {
        Ok(self.with(|rows| {
            rows.iter()
                .find(|(known, _)| known.as_ref() == Some(&handle))
                .map(|(_, factor)| factor.clone())
        }))
    }

    pub(super) async fn add_authenticator(
        &self,
        authenticator: Authenticator,
        secret: &SecretSlice<u8>,
        handle: Option<String>,
        _entropy: &dyn Entropy,
    ) -> Result<(), Error> {
        let secret = Some(secret.clone());
        self.with(|rows| {
            if handle.is_some() && rows.iter().any(|(known, _)| *known == handle) {
                return Err(Error::Taken);
            }
            rows.push((
                handle,
                Factor {
                    authenticator,
                    secret,
                },
            ));
            Ok(())
        })
    }

    pub(super) async fn use_authenticator(
        &self,
        account: AccountId,
        id: AuthenticatorId,
        secret: &SecretSlice<u8>,
        at: DateTime<Utc>,
        _entropy: &dyn Entropy,
    ) -> Result<(), Error> {
        self.with(|rows| {
            for (_, row) in rows {
                if row.authenticator.id == id && row.authenticator.account == account {
                    row.secret = Some(secret.clone());
                    row.authenticator.last_used = Some(at);
                }
            }
        });
        Ok(())
    }

    pub(super) async fn rename_authenticator(
        &self,
        account: AccountId,
        id: AuthenticatorId,
        name: String,
    ) -> Result<(), Error> {
        self.with(|rows| {
            for (_, row) in rows {
                if row.authenticator.id == id && row.authenticator.account == account {
                    row.authenticator.name.clone_from(&name);
                }
            }
        });
        Ok(())
    }

    pub(super) async fn remove_authenticator(
        &self,
        account: AccountId,
        id: AuthenticatorId,
        even_last: bool,
        _keep: Option<String>,
    ) -> Result<bool, Error> {
        Ok(self.with(|rows| {
            let own = |row: &(Option<String>, Factor)| row.1.authenticator.account == account;
            if !even_last && rows.iter().filter(|row| own(row)).count() < 2 {
                return false;
            }
            let before = rows.len();
            rows.retain(|row| !own(row) || row.1.authenticator.id != id);
            rows.len() != before
        }))
    }
}
