//! Signing in: password and one-time code, together or one after the other.

use std::net::IpAddr;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{
    Access, Caller, Error, NewSession, Refusal, SignIn, SignedIn,
    limit::seconds,
    record::by_caller,
    terminal::{Device, unavailable},
    token,
    totp::{self, Checked},
};
use crate::{
    domain::{
        access::AccountId,
        clock::Moment,
        event::{Draft, Event, SecondFactor, Who},
        text::normalised,
    },
    registry::{Account, Credentials, Session, Terminal},
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
        let hash = found.as_ref().map(|found| found.password.clone());
        let right = self.inner.hasher.verify(form.password, hash).await;
        let Some(credentials) = found.filter(|_| right) else {
            let refusal = Refusal::UnknownOrWrong;
            return self.refuse(&form.account, None, caller, refusal).await;
        };
        let code = form.code.filter(|code| !normalised(code).is_empty());
        match code {
            Some(code) => self.finish(credentials, &code, device, caller).await,
            None => self.ask_for_code(&credentials.account, &device, caller),
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
        let device = self.device(caller).await?;
        let bound = binding(&device, caller.address);
        let Some(step) = self.inner.pending.open::<Pending>(pending, &bound, PENDING) else {
            return Ok(SignedIn::Refused(Refusal::Expired));
        };
        if let Some(refusal) = self.turned_away(&step.sign_in, &device, caller) {
            return self.refuse_at_door(&step.sign_in, refusal, caller).await;
        }
        let found = self
            .inner
            .registry
            .credentials(step.sign_in)
            .await
            .map_err(unavailable)?;
        match found
            .filter(|found| found.account.id == step.account && found.account.epoch == step.epoch)
        {
            Some(credentials) => self.finish(credentials, code, device, caller).await,
            None => Ok(SignedIn::Refused(Refusal::Expired)),
        }
    }

    fn ask_for_code(
        &self,
        account: &Account,
        device: &Device,
        caller: &Caller,
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
        Ok(SignedIn::NeedsCode { pending })
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
        if let Some(refusal) = self.check_code(&credentials, code, now).await? {
            let typed = &account.sign_in;
            return self.refuse(typed, Some(&account), caller, refusal).await;
        }
        self.admit(&account, SecondFactor::Totp, device, caller)
            .await
    }

    /// Begins a session for an account that has proven itself, at a terminal of its facility.
    pub(super) async fn admit(
        &self,
        account: &Account,
        factor: SecondFactor,
        device: Device,
        caller: &Caller,
    ) -> Result<SignedIn, Error> {
        let Some((terminal, cookie)) = self.terminal_for(account, device, caller).await? else {
            let refusal = Refusal::UnknownTerminal;
            let typed = &account.sign_in;
            return self.refuse(typed, Some(account), caller, refusal).await;
        };
        let session = self.begin(account, factor, &terminal, caller).await?;
        Ok(SignedIn::Done(NewSession {
            session,
            device: cookie,
            language: account.language,
        }))
    }

    /// Whether the code is right and not used before; using it and marking it used are one step.
    async fn check_code(
        &self,
        credentials: &Credentials,
        code: &str,
        now: Moment,
    ) -> Result<Option<Refusal>, Error> {
        let Some(secret) = &credentials.totp else {
            tracing::error!("a TOTP secret cannot be unsealed: is the installation key right?");
            return Err(Error::Unavailable);
        };
        let time = u64::try_from(now.wall.timestamp()).unwrap_or_default();
        let step = match totp::check(secret, code, time, credentials.last_step) {
            Checked::Right(step) => step,
            Checked::Used(wait) => return Ok(Some(Refusal::UsedCode(wait))),
            Checked::Wrong => return Ok(Some(Refusal::WrongCode)),
        };
        let first = self
            .inner
            .registry
            .use_step(credentials.account.id.clone(), step)
            .await
            .map_err(unavailable)?;
        Ok((!first).then(|| Refusal::UsedCode(totp::seconds_to_next(time, step))))
    }

    /// Records the sign-in and only then makes the session usable.
    async fn begin(
        &self,
        account: &Account,
        factor: SecondFactor,
        terminal: &Terminal,
        caller: &Caller,
    ) -> Result<String, Error> {
        let now = self.inner.clock.now();
        let mut draft = by_account(account, factor, caller, Event::SignedIn);
        draft.terminal = Some(terminal.id.clone());
        self.record(draft).await?;
        let cookie = token::fresh(&*self.inner.entropy);
        let hash = token::hashed(&cookie);
        let span = chrono::Duration::from_std(self.inner.settings.session)
            .map_err(|_| Error::Unavailable)?;
        let session = Session {
            hash: hash.clone(),
            account: account.id.clone(),
            facility: account.facility.clone(),
            terminal: terminal.id.clone(),
            created: now.wall,
            last_seen: now.wall,
            ends: now.wall.checked_add_signed(span).unwrap_or(now.wall),
            locked: false,
            epoch: account.epoch,
            second_factor: factor,
        };
        self.inner
            .registry
            .add_session(session.clone())
            .await
            .map_err(unavailable)?;
        self.inner.activity.began(hash, now);
        self.replace(account, session, caller).await?;
        Ok(cookie)
    }

    /// A browser has one session cookie: the account's former sessions at this terminal cannot be
    /// reached any more, and must not keep grants open when the account signs out.
    async fn replace(&self, account: &Account, by: Session, caller: &Caller) -> Result<(), Error> {
        let (terminal, factor) = (by.terminal.clone(), by.second_factor);
        let replaced = self
            .inner
            .registry
            .end_replaced(by)
            .await
            .map_err(unavailable)?;
        for _ in 0..replaced {
            let why = "replaced".to_owned();
            let event = Event::SignedOut { why };
            let mut draft = by_account(account, factor, caller, event);
            draft.terminal = Some(terminal.clone());
            self.record_refusal(draft).await;
        }
        Ok(())
    }

    /// Where tries are counted: the registered device, else the address, which has its own limit.
    fn place(&self, device: &Device, caller: &Caller) -> Result<String, Refusal> {
        if !device.terminals.is_empty() {
            return Ok(device.hash.clone().unwrap_or_default());
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
        let hash = found.map(|found| found.password);
        Ok(self.inner.hasher.verify(password, hash).await)
    }
}

fn by_account(account: &Account, factor: SecondFactor, caller: &Caller, event: Event) -> Draft {
    Draft {
        who: Some(Who {
            account: account.id.clone(),
            role: account.role,
            second_factor: factor,
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
fn network(address: Option<IpAddr>) -> String {
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

const fn why(refusal: Refusal) -> &'static str {
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
    }
}
