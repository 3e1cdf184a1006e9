//! Signing in with a sealed emergency account: once, and then never again (B21).

use super::{Access, Caller, Error, sign_in::by_account, terminal::unavailable};
use crate::{
    domain::event::{Event, SecondFactor},
    registry::{Account, Terminal},
};

impl Access {
    /// Begins the one session of a sealed account: the entries first, then its use and the session
    /// in one step. Where that fails the envelope is still good. `None` where it was used already.
    pub(super) async fn begin_sealed(
        &self,
        account: &Account,
        terminal: &Terminal,
        caller: &Caller,
    ) -> Result<Option<String>, Error> {
        // Of two at once here, the second is told apart before it has an entry of a sign-in.
        let _lane = self.inner.openings.lane(&account.id).await;
        let now = self.inner.registry.account(account.id.clone()).await;
        if now
            .map_err(unavailable)?
            .is_none_or(|account| account.disabled.is_some())
        {
            return Ok(None);
        }
        let factor = SecondFactor::Sealed;
        let event = Event::Administered {
            what: "sealed_account_used".to_owned(),
            whom: account.id.0.clone(),
            details: String::new(),
        };
        self.record(by_account(account, factor, caller, event))
            .await?;
        self.begin(account, factor, terminal, caller).await
    }
}
