//! Signing in with a passkey, and how an answer is judged by what is kept.

use secrecy::{ExposeSecret, SecretSlice};
use webauthn_rs::prelude::Passkey;

use super::{
    Access, Caller, Ceremony, Error, Refusal, SignedIn, Viewer,
    passkey::{Answer, Ceremonies},
    sign_in::{binding, compared},
    terminal::unavailable,
};
use crate::{
    domain::{access::AccountId, event::SecondFactor},
    registry::{AuthenticatorKind, Factor},
};

impl Access {
    /// The host name at which passkeys can be used, where they can.
    #[must_use]
    pub fn passkey_host(&self) -> Option<&str> {
        self.inner.passkeys.as_ref().map(Ceremonies::host)
    }

    /// Where passkeys cannot be used there is no such page.
    pub(super) fn ceremonies(&self) -> Result<&Ceremonies, Error> {
        self.inner.passkeys.as_ref().ok_or(Error::NotAllowed)
    }

    /// The passkeys of an account; what cannot be read is none.
    pub(super) async fn passkeys_of(&self, account: &AccountId) -> Result<Vec<Passkey>, Error> {
        let factors = self.inner.registry.factors(account.clone()).await;
        let factors = factors.map_err(unavailable)?;
        Ok(factors.iter().filter_map(passkey_in).collect())
    }

    /// First step of signing in with a passkey: whoever the device knows, or, where a name was
    /// typed, that account. A name that nobody has looks the same.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] where there are no passkeys, [`Error::CannotRecord`],
    /// [`Error::Unavailable`].
    pub async fn begin_sign_in(
        &self,
        typed: &str,
        caller: &Caller,
    ) -> Result<Result<Ceremony, Refusal>, Error> {
        let ceremonies = self.ceremonies()?;
        let device = self.device(caller).await?;
        let name = compared(typed);
        if let Some(refusal) = self.unwelcome(&device, caller) {
            self.refuse_at_door(typed, refusal, caller).await?;
            return Ok(Err(refusal));
        }
        let whose = if name.is_empty() {
            None
        } else {
            let found = self.inner.registry.credentials(name.clone()).await;
            let account = found.map_err(unavailable)?.map(|found| found.account);
            let enabled = account.filter(|account| account.disabled.is_none());
            let id = enabled.map(|account| account.id);
            let passkeys = match &id {
                Some(id) => self.passkeys_of(id).await?,
                None => Vec::new(),
            };
            Some((name.as_str(), id, passkeys))
        };
        let to = format!("sign in {}", binding(&device, caller.address));
        let ceremony = ceremonies.begin(&to, whose, &*self.inner.entropy);
        ceremony.map(Ok).ok_or(Error::Unavailable)
    }

    /// Second step: the device's answer is both factors.
    ///
    /// # Errors
    /// As [`Self::begin_sign_in`].
    pub async fn sign_in_by_passkey(
        &self,
        token: &str,
        credential: &str,
        caller: &Caller,
    ) -> Result<SignedIn, Error> {
        let ceremonies = self.ceremonies()?;
        let device = self.device(caller).await?;
        let to = format!("sign in {}", binding(&device, caller.address));
        let Some(answer) = ceremonies.answer(&to, token, credential) else {
            return Ok(SignedIn::Refused(Refusal::Expired));
        };
        if self.holds_sealed(caller).await? {
            return Ok(SignedIn::Refused(Refusal::SealedHere));
        }
        let factor = self.named_by(&answer).await?;
        let account = match &factor {
            Some(factor) => {
                let id = factor.authenticator.account.clone();
                let account = self.inner.registry.account(id).await;
                let account = account.map_err(unavailable)?;
                account.filter(|account| account.disabled.is_none())
            }
            None => None,
        };
        let name = account.as_ref().map_or("", |account| &account.sign_in);
        if let Some(refusal) = self.turned_away(name, &device, caller) {
            return self.refuse_at_door(name, refusal, caller).await;
        }
        let (Some(factor), Some(account)) = (factor, &account) else {
            return self.refuse("", None, caller, Refusal::WrongPasskey).await;
        };
        match self.judged(&factor, answer).await? {
            Ok(()) => {
                self.admit(account, SecondFactor::Passkey, device, caller)
                    .await
            }
            Err(refusal) => {
                // The signature is looked at before the counter.
                let proven = (refusal == Refusal::CopiedPasskey).then_some(account);
                self.refuse(name, proven, caller, refusal).await
            }
        }
    }

    /// Asks for the answer of one of the viewer's own passkeys, for one purpose alone.
    pub(super) async fn ask_own_passkey(
        &self,
        viewer: &Viewer,
        to: &str,
    ) -> Result<Ceremony, Error> {
        let ceremonies = self.ceremonies()?;
        let passkeys = self.passkeys_of(&viewer.account).await?;
        let whose = Some(("", Some(viewer.account.clone()), passkeys));
        let ceremony = ceremonies.begin(to, whose, &*self.inner.entropy);
        ceremony.ok_or(Error::Unavailable)
    }

    /// Whether an answer is one of the viewer's own passkeys', made for this purpose.
    pub(super) async fn own_passkey(
        &self,
        viewer: &Viewer,
        to: &str,
        token: &str,
        credential: &str,
    ) -> Result<Result<(), Refusal>, Error> {
        let Some(answer) = self.ceremonies()?.answer(to, token, credential) else {
            return Ok(Err(Refusal::Expired));
        };
        let named = self.named_by(&answer).await?;
        match named.filter(|factor| factor.authenticator.account == viewer.account) {
            Some(factor) => self.judged(&factor, answer).await,
            None => Ok(Err(Refusal::WrongPasskey)),
        }
    }

    /// The passkey that an answer names.
    async fn named_by(&self, answer: &Answer) -> Result<Option<Factor>, Error> {
        let registry = &self.inner.registry;
        let handle = registry.handle_of(answer.credential_id());
        registry.factor_by_handle(handle).await.map_err(unavailable)
    }

    /// Judges an answer by what is kept, and keeps what the device said of itself.
    pub(super) async fn judged(
        &self,
        factor: &Factor,
        answer: Answer,
    ) -> Result<Result<(), Refusal>, Error> {
        let now = self.inner.clock.now();
        let Some(mut passkey) = passkey_in(factor) else {
            tracing::error!("a passkey cannot be read: is the installation key right?");
            return Err(Error::Unavailable);
        };
        let known = &factor.authenticator;
        let ceremonies = self.ceremonies()?;
        if let Err(refusal) = ceremonies.judge(answer, &known.account, &mut passkey, now) {
            return Ok(Err(refusal));
        }
        let secret = secret_of(&passkey).ok_or(Error::Unavailable)?;
        let (registry, entropy) = (&self.inner.registry, &*self.inner.entropy);
        // Of two answers that were judged by the same count, one is right.
        let first = registry.use_authenticator(factor, &secret, now.wall, entropy);
        let first = first.await.map_err(unavailable)?;
        Ok(first.then_some(()).ok_or(Refusal::Expired))
    }
}

/// A passkey as it is kept (sealed by the registry).
pub(super) fn secret_of(passkey: &Passkey) -> Option<SecretSlice<u8>> {
    serde_json::to_vec(passkey).ok().map(Into::into)
}

fn passkey_in(factor: &Factor) -> Option<Passkey> {
    if factor.authenticator.kind != AuthenticatorKind::Passkey {
        return None;
    }
    serde_json::from_slice(factor.secret.as_ref()?.expose_secret()).ok()
}
