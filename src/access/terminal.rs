//! Terminals: known by a device cookie of which only the hash is stored, by the verified name of a
//! client certificate, or, where they keep nothing, by the range of their addresses. Nothing else
//! makes a browser a terminal.

use std::{cmp::Reverse, net::IpAddr};

use ipnet::IpNet;

use super::{
    Access, Caller, Error, Refusal, admin::read_code, limit::seconds, record::by_caller,
    sign_in::network, token,
};
use crate::{
    domain::{
        access::{FacilityId, TerminalId},
        event::Event,
    },
    registry::{Account, Matcher, Terminal},
};

/// The terminals that the calling device is.
pub(super) struct Device {
    /// Hash of the cookie; `None` where there is no cookie.
    pub(super) hash: Option<String>,
    /// What it is registered as, the surest proof first: certificate, cookie, narrowest range. Of
    /// each facility the first one counts.
    pub(super) terminals: Vec<Terminal>,
}

impl Device {
    /// The hash of its cookie where this service gave it out. Another one is not taken over:
    /// somebody else could know it.
    fn given_out(&self) -> Option<String> {
        self.hash
            .clone()
            .filter(|_| self.by_cookie().next().is_some())
    }

    fn by_cookie(&self) -> impl Iterator<Item = &Terminal> {
        let is_cookie = |terminal: &&Terminal| terminal.matcher == Matcher::Cookie;
        self.terminals.iter().filter(is_cookie)
    }

    /// The registered terminal under which tries are counted.
    pub(super) fn place(&self, address: Option<IpAddr>) -> Option<String> {
        let terminal = self.terminals.first()?;
        Some(counted_at(terminal, address))
    }
}

/// Where tries are counted: a pool of terminals known by their addresses is many places, and what
/// is done at one of them must not slow the others.
pub(super) fn counted_at(terminal: &Terminal, address: Option<IpAddr>) -> String {
    match terminal.matcher {
        Matcher::Cookie | Matcher::Certificate => terminal.id.0.clone(),
        Matcher::Range => format!("{} {}", terminal.id, network(address)),
    }
}

/// Whether the caller is this terminal.
pub(super) fn is_here(terminal: &Terminal, caller: &Caller) -> bool {
    match terminal.matcher {
        Matcher::Cookie => {
            let hash = caller.device.as_deref().map(token::hashed);
            hash.as_deref() == Some(&*terminal.device)
        }
        Matcher::Certificate => caller.certificate.as_deref() == Some(&*terminal.device),
        Matcher::Range => caller.address.is_some_and(|address| {
            range_of(terminal).is_some_and(|range| range.contains(&address.to_canonical()))
        }),
    }
}

/// The addresses of a terminal that is known by them.
fn range_of(terminal: &Terminal) -> Option<IpNet> {
    terminal.device.parse().ok()
}

impl Access {
    /// Who calls.
    pub(super) async fn device(&self, caller: &Caller) -> Result<Device, Error> {
        let registry = &self.inner.registry;
        let mut terminals = Vec::new();
        if let Some(name) = &caller.certificate {
            let known = registry.terminals_by_certificate(name.clone()).await;
            terminals.extend(known.map_err(unavailable)?);
        }
        let hash = caller.device.as_deref().map(token::hashed);
        if let Some(hash) = &hash {
            let known = registry.terminals_of_device(hash.clone()).await;
            terminals.extend(known.map_err(unavailable)?);
        }
        let mut pools = registry.range_terminals().await.map_err(unavailable)?;
        pools.sort_by_key(|pool| Reverse(range_of(pool).map(|range| range.prefix_len())));
        terminals.extend(pools);
        let now = self.inner.clock.now();
        terminals.retain(|terminal| terminal.is_valid(now) && is_here(terminal, caller));
        Ok(Device { hash, terminals })
    }

    /// The device's terminal in the account's facility. Where unknown browsers may register, it is
    /// registered now, with the value of a new device cookie if it has none that counts.
    pub(super) async fn terminal_for(
        &self,
        account: &Account,
        device: Device,
        caller: &Caller,
    ) -> Result<Option<(Terminal, Option<String>)>, Error> {
        let here = |terminal: &&Terminal| terminal.facility == account.facility;
        if let Some(known) = device.terminals.iter().find(here) {
            return Ok(Some((known.clone(), None)));
        }
        if !self.inner.settings.register_new_terminals {
            return Ok(None);
        }
        let (hash, cookie) = self.cookie_for(device.given_out());
        let terminal = self.training_terminal(account, hash).await?;
        self.record_terminal(&terminal, caller).await?;
        self.inner
            .registry
            .add_terminal(terminal.clone())
            .await
            .map_err(unavailable)?;
        Ok(Some((terminal, cookie)))
    }

    /// Registers the calling browser with a code that an administrator made; with the value of its
    /// new device cookie, unless it has one that counts. Wrong, used and expired codes look the
    /// same.
    ///
    /// # Errors
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn register_terminal(
        &self,
        code: &str,
        caller: &Caller,
    ) -> Result<Result<Option<String>, Refusal>, Error> {
        let (registry, now) = (&self.inner.registry, self.inner.clock.now());
        let hash = registry.code_hash(&read_code(code));
        let found = registry
            .registration(hash.clone())
            .await
            .map_err(unavailable)?;
        let Some(registration) = found.filter(|found| found.is_open(now.wall)) else {
            // Only wrong codes count: whoever shares an address with a guesser registers all the same.
            let tries = &self.inner.limits.address;
            let refusal = match tries.take(&network(caller.address)) {
                Ok(()) => Refusal::Expired,
                Err(wait) => Refusal::Slowed(seconds(wait)),
            };
            return Ok(Err(refusal));
        };
        let (device, cookie) = self.cookie_in(&registration.facility, caller).await?;
        let terminal = Terminal {
            id: TerminalId(token::fresh_id('t', &*self.inner.entropy)),
            facility: registration.facility,
            name: registration.name,
            location: registration.location,
            matcher: Matcher::Cookie,
            device,
            idle_lock_seconds: registration.idle_lock_seconds,
            registered_by: registration.made.by,
            registered_at: now.wall,
            ends: None,
            revoked: None,
        };
        self.record_terminal(&terminal, caller).await?;
        let used = registry
            .use_registration(hash, now.wall, terminal)
            .await
            .map_err(unavailable)?;
        Ok(used.then_some(cookie).ok_or(Refusal::Expired))
    }

    /// The hash of the device cookie of a browser that becomes a terminal of a facility, with its
    /// value where it is a new one.
    pub(super) async fn cookie_in(
        &self,
        facility: &FacilityId,
        caller: &Caller,
    ) -> Result<(String, Option<String>), Error> {
        let device = self.device(caller).await?;
        let elsewhere = |terminal: &Terminal| terminal.facility != *facility;
        // One device is one terminal of a facility; registered again it is another device.
        let kept = device.by_cookie().all(elsewhere);
        Ok(self.cookie_for(device.given_out().filter(|_| kept)))
    }

    /// The hash of a device cookie that was given out, or of a new one, with its value.
    fn cookie_for(&self, given_out: Option<String>) -> (String, Option<String>) {
        if let Some(hash) = given_out {
            return (hash, None);
        }
        let cookie = token::fresh(&*self.inner.entropy);
        (token::hashed(&cookie), Some(cookie))
    }

    pub(super) async fn record_terminal(
        &self,
        terminal: &Terminal,
        caller: &Caller,
    ) -> Result<(), Error> {
        let event = Event::TerminalRegistered {
            name: terminal.name.clone(),
            location: terminal.location.clone(),
        };
        let mut draft = by_caller(caller, terminal.facility.clone(), event);
        draft.terminal = Some(terminal.id.clone());
        self.record(draft).await.map(drop)
    }

    async fn training_terminal(
        &self,
        account: &Account,
        device: String,
    ) -> Result<Terminal, Error> {
        let others = self
            .inner
            .registry
            .terminals(account.facility.clone())
            .await
            .map_err(unavailable)?;
        let idle_lock = self.inner.settings.idle_lock.as_secs();
        Ok(Terminal {
            id: TerminalId(token::fresh_id('t', &*self.inner.entropy)),
            facility: account.facility.clone(),
            name: format!("訓練用端末 {}", others.len() + 1),
            location: "訓練".to_owned(),
            matcher: Matcher::Cookie,
            device,
            idle_lock_seconds: u32::try_from(idle_lock).unwrap_or(u32::MAX),
            registered_by: account.id.0.clone(),
            registered_at: self.inner.clock.now().wall,
            ends: None,
            revoked: None,
        })
    }
}

/// The registry's failure as this room says it; the cause goes to the log.
#[expect(
    clippy::needless_pass_by_value,
    reason = "stands in map_err, which passes the value"
)]
pub(super) fn unavailable(error: crate::registry::Error) -> Error {
    tracing::error!(%error, "the registry failed");
    Error::Unavailable
}
