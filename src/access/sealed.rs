//! Signing in with a sealed emergency account: once, and then never again (B21).

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Access, Caller, Error, Viewer, sign_in::by_account, terminal::unavailable};
use crate::{
    domain::{
        access::Action,
        event::{Event, SecondFactor},
    },
    registry::{Account, SealedAccount, Terminal},
};

/// How long an opened envelope is said to those who must know.
const SAID: Duration = Duration::from_hours(72);

/// When these were opened, as long as it is said; newest first.
pub(super) fn used_lately(all: &[SealedAccount], now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let mut uses: Vec<_> = all
        .iter()
        .filter_map(|sealed| sealed.used_at)
        .filter(|used| now < *used + SAID)
        .collect();
    uses.sort_by(|one, other| other.cmp(one));
    uses
}

impl Access {
    /// When envelopes of the viewer's facility were opened within the last 72 hours, newest first;
    /// for its administrators and auditors, for others always empty.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn sealed_uses(&self, viewer: &Viewer) -> Result<Vec<DateTime<Utc>>, Error> {
        let role = viewer.role;
        if !(role.may(Action::Administer) || role.may(Action::ReadLedger)) {
            return Ok(Vec::new());
        }
        let all = self.inner.registry.sealed_accounts(viewer.facility.clone());
        let all = all.await.map_err(unavailable)?;
        Ok(used_lately(&all, self.inner.clock.now().wall))
    }

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
        let begun = self.begin(account, factor, terminal, caller).await?;
        if begun.is_some() {
            metrics::counter!("sealed_accounts_used_total").increment(1);
            tracing::warn!(account = %account.id, "a sealed emergency account was used");
        }
        Ok(begun)
    }
}
