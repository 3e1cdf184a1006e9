//! Terminals: known by a device cookie of which only the hash is stored.

use super::{Access, Caller, Error, record::by_caller, token};
use crate::{
    domain::{access::TerminalId, event::Event},
    registry::{Account, Terminal},
};

/// The terminals of the calling device, at most one in each facility.
pub(super) struct Device {
    /// Hash of the cookie; `None` where there is no cookie.
    pub(super) hash: Option<String>,
    /// Its registrations.
    pub(super) terminals: Vec<Terminal>,
}

impl Access {
    /// Who calls, by the device cookie.
    pub(super) async fn device(&self, caller: &Caller) -> Result<Device, Error> {
        let hash = caller.device.as_deref().map(token::hashed);
        let terminals = match &hash {
            Some(hash) => self
                .inner
                .registry
                .terminals_of_device(hash.clone())
                .await
                .map_err(unavailable)?,
            None => Vec::new(),
        };
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
        // A cookie this service never gave out is not taken over: somebody else could know it.
        let given_out = device.hash.filter(|_| !device.terminals.is_empty());
        let (hash, cookie) = if let Some(hash) = given_out {
            (hash, None)
        } else {
            let cookie = token::fresh(&*self.inner.entropy);
            (token::hashed(&cookie), Some(cookie))
        };
        let terminal = self.training_terminal(account, hash).await?;
        let mut draft = by_caller(
            caller,
            account.facility.clone(),
            Event::TerminalRegistered {
                name: terminal.name.clone(),
            },
        );
        draft.terminal = Some(terminal.id.clone());
        self.record(draft).await?;
        self.inner
            .registry
            .add_terminal(terminal.clone())
            .await
            .map_err(unavailable)?;
        Ok(Some((terminal, cookie)))
    }

    /// Whether `value` is the device cookie of a registered terminal, so that the calling browser
    /// may keep it. Each taking up has its entry: the value was shown to somebody once, and a
    /// second browser with it would be the same terminal.
    ///
    /// # Errors
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn take_up_terminal(&self, value: &str, caller: &Caller) -> Result<bool, Error> {
        let asked = Caller {
            device: Some(value.to_owned()),
            ..caller.clone()
        };
        let device = self.device(&asked).await?;
        for terminal in &device.terminals {
            let event = Event::Administered {
                what: "terminal_taken_up".to_owned(),
                whom: terminal.id.0.clone(),
                details: String::new(),
            };
            let mut draft = by_caller(caller, terminal.facility.clone(), event);
            draft.terminal = Some(terminal.id.clone());
            self.record(draft).await?;
        }
        Ok(!device.terminals.is_empty())
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
            device,
            idle_lock_seconds: u32::try_from(idle_lock).unwrap_or(u32::MAX),
            registered_by: account.id.0.clone(),
            registered_at: self.inner.clock.now().wall,
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
