//! Signing in: password and one-time code, together or one after the other; and who is not even
//! looked at.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{
    Access, Caller, Error, Refusal, SignIn, SignedIn,
    limit::seconds,
    record::by_caller,
    terminal::{Device, unavailable},
    token,
    totp::{self, Checked},
};
use crate::{
    domain::{
        access::{AccountId, AuthenticatorId},
        clock::Moment,
        event::{Draft, Event, SecondFactor, Who},
        text::normalised,
    },
    registry::{Account, AuthenticatorKind, Credentials},
};

/// How long the first step stands.
const PENDING: std::time::Duration = std::time::Duration::from_mins(5);

/// What stands for the first step.
#[derive(Serialize, Deserialize)]
struct Pending {
    account: AccountId,
    sign_in: String,
    epoch: u32,
}

/// The compared form of a sign-in name.
pub(super) fn compared(name: &str) -> String {
    normalised(name).to_lowercase()
}

impl Access {
    /// First step (or both together) of signing in. Does the same work for unknown accounts.
    ///
    /// # Errors
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn sign_in(&self, form: SignIn, caller: &Caller) -> Result<SignedIn, Error> {
        let device = self.device(caller).await?;
        let name = compared(&form.account);
        if let Some(refusal) = self.turned_away(&name, &device, caller) {
            return self.refuse_at_door(&form.account, refusal, caller).await;
        }
        let found = self
            .inner
            .registry
            .credentials(name)
            .await
            .map_err(unavailable)?;
        // A disabled account and one whose owner set no password yet are as good as unknown: the
        // same work, the same words.
        let hash = found
            .as_ref()
            .filter(|found| found.account.disabled.is_none())
            .and_then(|found| found.password.clone());
        let right = self.inner.hasher.verify(form.password, hash).await;
        let Some(credentials) = found.filter(|_| right) else {
            let refusal = Refusal::UnknownOrWrong;
            return self.refuse(&form.account, None, caller, refusal).await;
        };
        if self.holds_sealed(caller).await? {
            let (typed, account) = (&form.account, Some(&credentials.account));
            return self
                .refuse(typed, account, caller, Refusal::SealedHere)
                .await;
        }
        let code = form.code.filter(|code| !normalised(code).is_empty());
        match code {
            Some(code) => self.finish(credentials, &code, device, caller).await,
            None => {
                self.without_code(&credentials.account, &device, caller)
                    .await
            }
        }
    }

    /// Second step of signing in.
    ///
    /// # Errors
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn sign_in_code(
        &self,
        pending: &str,
        code: &str,
        caller: &Caller,
    ) -> Result<SignedIn, Error> {
        match self.second_step(pending, caller).await? {
            Ok((credentials, device)) => self.finish(credentials, code, device, caller).await,
            Err(refusal) => Ok(SignedIn::Refused(refusal)),
        }
    }

    /// Whose first step this is, where it still stands.
    pub(super) async fn second_step(
        &self,
        pending: &str,
        caller: &Caller,
    ) -> Result<Result<(Credentials, Device), Refusal>, Error> {
        let device = self.device(caller).await?;
        let bound = binding(&device, caller.address);
        let Some(step) = self.inner.pending.open::<Pending>(pending, &bound, PENDING) else {
            return Ok(Err(Refusal::Expired));
        };
        if let Some(refusal) = self.turned_away(&step.sign_in, &device, caller) {
            self.refuse_at_door(&step.sign_in, refusal, caller).await?;
            return Ok(Err(refusal));
        }
        if self.holds_sealed(caller).await? {
            return Ok(Err(Refusal::SealedHere));
        }
        let found = self
            .inner
            .registry
            .credentials(step.sign_in)
            .await
            .map_err(unavailable)?;
        let stands = |found: &Credentials| {
            found.account.id == step.account
                && found.account.epoch == step.epoch
                && found.account.disabled.is_none()
        };
        Ok(found
            .filter(stands)
            .map(|found| (found, device))
            .ok_or(Refusal::Expired))
    }

    /// The password alone resumes the account's locked session at this terminal; else the code is
    /// asked for.
    async fn without_code(
        &self,
        account: &Account,
        device: &Device,
        caller: &Caller,
    ) -> Result<SignedIn, Error> {
        if let Some(resumed) = self.resume_locked(account, caller).await? {
            return Ok(SignedIn::Done(resumed));
        }
        let vouched = self.open_vouch_for(account).await?.is_some();
        self.ask_for_code(account, device, caller, vouched)
    }

    fn ask_for_code(
        &self,
        account: &Account,
        device: &Device,
        caller: &Caller,
        vouched: bool,
    ) -> Result<SignedIn, Error> {
        let step = Pending {
            account: account.id.clone(),
            sign_in: account.sign_in.clone(),
            epoch: account.epoch,
        };
        let pending = self
            .inner
            .pending
            .close(&step, &binding(device, caller.address))
            .ok_or(Error::Unavailable)?;
        Ok(SignedIn::NeedsCode { pending, vouched })
    }

    async fn finish(
        &self,
        credentials: Credentials,
        code: &str,
        device: Device,
        caller: &Caller,
    ) -> Result<SignedIn, Error> {
        let now = self.inner.clock.now();
        let account = credentials.account.clone();
        let proven = match self.check_code(&credentials, code, now).await? {
            Ok(proven) => proven,
            Err(refusal) => {
                let typed = &account.sign_in;
                return self.refuse(typed, Some(&account), caller, refusal).await;
            }
        };
        self.admit(&account, proven, device, caller).await
    }

    /// Which second factor the code proves; a one-time code that was not used before, and using it
    /// and marking it used are one step.
    pub(super) async fn check_code(
        &self,
        credentials: &Credentials,
        code: &str,
        now: Moment,
    ) -> Result<Result<SecondFactor, Refusal>, Error> {
        let time = u64::try_from(now.wall.timestamp()).unwrap_or_default();
        let (id, step) = match read_code(credentials, code, time)? {
            Read::Sealed => return Ok(Ok(SecondFactor::Sealed)),
            Read::Totp(id, step) => (id, step),
            Read::Refused(refusal) => return Ok(Err(refusal)),
        };
        let first = self
            .inner
            .registry
            .use_step(credentials.account.id.clone(), id, step, now.wall)
            .await
            .map_err(unavailable)?;
        Ok(first
            .then_some(SecondFactor::Totp)
            .ok_or_else(|| Refusal::UsedCode(totp::seconds_to_next(time, step))))
    }

    /// Where tries are counted: the registered terminal, else the address, which has its own limit.
    fn place(&self, device: &Device, caller: &Caller) -> Result<String, Refusal> {
        if let Some(place) = device.place(caller.address) {
            return Ok(place);
        }
        if !self.inner.settings.register_new_terminals {
            return Err(Refusal::UnknownTerminal);
        }
        let address = network(caller.address);
        match self.inner.limits.address.take(&address) {
            Ok(()) => Ok(address),
            Err(wait) => Err(Refusal::Slowed(seconds(wait))),
        }
    }

    /// Why nothing can even be begun here, where nothing is tried yet.
    pub(super) fn unwelcome(&self, device: &Device, caller: &Caller) -> Option<Refusal> {
        self.place(device, caller).err()
    }

    /// Why nothing is even looked at: a terminal that nobody registered, or too many tries.
    pub(super) fn turned_away(
        &self,
        name: &str,
        device: &Device,
        caller: &Caller,
    ) -> Option<Refusal> {
        let place = match self.place(device, caller) {
            Ok(place) => place,
            Err(refusal) => return Some(refusal),
        };
        // Hashed, so that a key's size does not depend on what was typed.
        self.inner
            .limits
            .account
            .take(&token::hashed(&format!("{place} {name}")))
            .err()
            .map(|wait| Refusal::Slowed(seconds(wait)))
    }

    /// Refuses before any password was read; recorded once a minute for each network, so that a
    /// flood does not fill the ledger.
    pub(super) async fn refuse_at_door(
        &self,
        typed: &str,
        refusal: Refusal,
        caller: &Caller,
    ) -> Result<SignedIn, Error> {
        let key = network(caller.address);
        if self.inner.limits.entry.take(&key).is_ok() {
            return self.refuse(typed, None, caller, refusal).await;
        }
        Ok(SignedIn::Refused(refusal))
    }

    /// Records a refusal. `proven`: who has proven something (a password, a signature); a name alone proves nothing.
    pub(super) async fn refuse(
        &self,
        typed: &str,
        proven: Option<&Account>,
        caller: &Caller,
        refusal: Refusal,
    ) -> Result<SignedIn, Error> {
        let event = Event::SignInRefused {
            name: typed.chars().take(120).collect(),
            why: why(refusal).to_owned(),
        };
        let draft = if let Some(account) = proven {
            by_account(account, SecondFactor::None, caller, event)
        } else {
            let facility = self
                .inner
                .registry
                .credentials(compared(typed))
                .await
                .map_err(unavailable)?
                .map(|found| found.account.facility);
            let unknown = || self.inner.settings.unknown_facility.clone();
            by_caller(caller, facility.unwrap_or_else(unknown), event)
        };
        self.record_refusal(draft).await;
        Ok(SignedIn::Refused(refusal))
    }

    /// Whether a password belongs to an account; for resuming a session.
    pub(super) async fn password_is(
        &self,
        account: &AccountId,
        password: SecretString,
    ) -> Result<bool, Error> {
        let registry = &self.inner.registry;
        let found = match registry
            .account(account.clone())
            .await
            .map_err(unavailable)?
        {
            Some(account) => registry
                .credentials(account.sign_in)
                .await
                .map_err(unavailable)?,
            None => None,
        };
        let hash = found.and_then(|found| found.password);
        Ok(self.inner.hasher.verify(password, hash).await)
    }
}

/// What a typed code is.
enum Read {
    /// The printed code of a sealed account.
    Sealed,
    /// The code of a TOTP authenticator, for a step.
    Totp(AuthenticatorId, u64),
    /// Not right.
    Refused(Refusal),
}

/// Compares a code with every authenticator that has codes.
fn read_code(credentials: &Credentials, code: &str, time: u64) -> Result<Read, Error> {
    let mut refusal = Refusal::WrongCode;
    for factor in &credentials.factors {
        let kind = factor.authenticator.kind;
        let Some(secret) = &factor.secret else {
            tracing::error!("a secret cannot be unsealed: is the installation key right?");
            return Err(Error::Unavailable);
        };
        match kind {
            AuthenticatorKind::Passkey => {}
            AuthenticatorKind::Sealed => {
                let typed = totp::typed(code);
                if bool::from(typed.as_bytes().ct_eq(secret.expose_secret())) {
                    return Ok(Read::Sealed);
                }
            }
            AuthenticatorKind::Totp => {
                match totp::check(secret, code, time, credentials.last_step) {
                    Checked::Right(step) => {
                        return Ok(Read::Totp(factor.authenticator.id.clone(), step));
                    }
                    Checked::Used(wait) => refusal = Refusal::UsedCode(wait),
                    Checked::Wrong => {}
                }
            }
        }
    }
    Ok(Read::Refused(refusal))
}

pub(super) fn by_account(
    account: &Account,
    factor: SecondFactor,
    caller: &Caller,
    event: Event,
) -> Draft {
    Draft {
        who: Some(Who {
            account: account.id.clone(),
            role: account.role,
            second_factor: factor,
            accounts_as_of: account.as_of,
        }),
        ..by_caller(caller, account.facility.clone(), event)
    }
}

/// What the first step is bound to: the device where it has a cookie, else the address.
pub(super) fn binding(device: &Device, address: Option<IpAddr>) -> String {
    match &device.hash {
        Some(hash) => format!("device {hash}"),
        None => format!("address {}", network(address)),
    }
}

/// An address as one household or office has it: all of IPv4, the first 64 bits of IPv6.
pub(super) fn network(address: Option<IpAddr>) -> String {
    match address {
        None => "none".to_owned(),
        Some(address) => match address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                std::net::Ipv6Addr::from(network).to_string()
            }
        },
    }
}

pub(super) const fn why(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownOrWrong => "unknown_or_wrong",
        Refusal::WrongCode => "wrong_code",
        Refusal::UsedCode(_) => "used_code",
        Refusal::Slowed(_) => "slowed",
        Refusal::UnknownTerminal => "unknown_terminal",
        Refusal::Expired => "expired",
        Refusal::WrongPasskey => "wrong_passkey",
        Refusal::UnverifiedPasskey => "unverified_passkey",
        Refusal::CopiedPasskey => "copied_passkey",
        Refusal::SealedHere => "sealed_here",
    }
}
