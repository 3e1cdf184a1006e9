//! What ends by itself: grants past their time or without permission, sessions past theirs, seats
//! left.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{
    Access, Error,
    activity::WRITE_EVERY,
    session::{is_alive, of_seat},
    terminal::unavailable,
};
use crate::{
    domain::{
        access::{AccountId, Basis, End, Grant},
        event::Event,
    },
    registry::{Account, Seat},
};

/// How long a sweep waits for the uses of permissions to be noted.
const USES_WAIT: Duration = Duration::from_millis(250);

/// How an account stands now.
struct Standing {
    account: Option<Account>,
    sessions: u32,
}

impl Standing {
    /// How a grant of the account ends now, whatever its time: its permission was taken back, the
    /// account was revoked after it was opened, or its last session is gone and the end could not
    /// be recorded then. A permission that ran out by its date lets a grant of before run its four
    /// hours, and consent needs no permission.
    fn end_of(&self, grant: &Grant) -> Option<End> {
        let is_revoked = self.account.as_ref().is_none_or(|account| {
            grant.basis == Basis::Emergency
                && (account.permission.is_none() || grant.epoch < account.grants_from)
        });
        if is_revoked {
            Some(End::Revoked)
        } else {
            (self.sessions == 0).then_some(End::SignOut)
        }
    }
}

/// Accounts that opened a grant since the last sweep, for the report of unused permissions: no page
/// waits for the registry because of it, and what is lost with the process is one use.
#[derive(Default)]
pub(super) struct Uses {
    of: Mutex<BTreeMap<AccountId, DateTime<Utc>>>,
}

impl Uses {
    pub(super) fn note(&self, account: AccountId, at: DateTime<Utc>) {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        of.insert(account, at);
    }

    fn take(&self) -> BTreeMap<AccountId, DateTime<Utc>> {
        std::mem::take(&mut *self.of.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Access {
    /// Ends every grant and session whose time is over. Called every second by `boot`. What could
    /// not be recorded is tried again the next time.
    pub async fn sweep(&self) {
        self.inner.limits.forget_old();
        self.write_uses().await;
        if let Err(error) = self.sweep_grants().await {
            tracing::error!(%error, "grants could not be swept");
        }
        if let Err(error) = self.sweep_sessions().await {
            tracing::error!(%error, "sessions could not be swept");
        }
    }

    /// Grants end also while the disk under the registry stands still: what is not written soon goes
    /// on by itself, and what was used meanwhile is noted after it.
    async fn write_uses(&self) {
        let Ok(leave) = Arc::clone(&self.inner.writing.uses).try_acquire_owned() else {
            return;
        };
        let (registry, uses) = (self.inner.registry.clone(), self.inner.uses.take());
        let written = self.inner.writing.tasks.spawn(async move {
            for (account, at) in uses {
                if let Err(error) = registry.note_glass_used(account, at).await {
                    tracing::warn!(%error, "the use of a permission could not be noted");
                }
            }
            drop(leave);
        });
        if tokio::time::timeout(USES_WAIT, written).await.is_err() {
            tracing::warn!("the use of permissions is noted late");
        }
    }

    async fn sweep_grants(&self) -> Result<(), Error> {
        let now = self.inner.clock.now();
        let mut standing: BTreeMap<AccountId, Standing> = BTreeMap::new();
        let open = self.inner.ledger.all_open_grants();
        let (over, open): (Vec<_>, Vec<_>) = open.into_iter().partition(|grant| grant.is_over(now));
        // First, since these end also while the registry does not answer.
        for grant in &over {
            self.end_by(None, grant, End::Time).await?;
        }
        // A node's copy of the registry learns of no revocation, and may miss a permission or a session.
        if !self.inner.registry.is_settled() {
            return Ok(());
        }
        for grant in open {
            let end = if let Some(standing) = standing.get(&grant.account) {
                standing.end_of(&grant)
            } else {
                let found = self.standing(&grant.account).await?;
                let end = found.end_of(&grant);
                standing.insert(grant.account.clone(), found);
                end
            };
            if let Some(end) = end {
                self.end_by(None, &grant, end).await?;
            }
        }
        Ok(())
    }

    async fn standing(&self, id: &AccountId) -> Result<Standing, Error> {
        let registry = &self.inner.registry;
        Ok(Standing {
            account: registry.account(id.clone()).await.map_err(unavailable)?,
            sessions: registry
                .sessions_of(id.clone())
                .await
                .map_err(unavailable)?,
        })
    }

    async fn sweep_sessions(&self) -> Result<(), Error> {
        let now = self.inner.clock.now();
        let seats = self.inner.registry.seats().await.map_err(unavailable)?;
        for seat in &seats {
            let activity = self.inner.activity.of(seat, now);
            if !is_alive(seat, activity, now) {
                self.end_seat(seat).await?;
            } else if self.inner.registry.is_settled()
                && !seat.session.locked
                && activity.is_idle(now, seat, WRITE_EVERY)
            {
                // Written activity may be ten seconds old; the request itself decides to the
                // second.
                self.lock_idle(seat, now).await?;
            }
        }
        let known: BTreeSet<&str> = seats.iter().map(|seat| &*seat.session.hash).collect();
        // A session that began while the list was read is put back by its next request.
        self.inner.activity.keep_only(|hash| known.contains(hash));
        Ok(())
    }

    async fn end_seat(&self, seat: &Seat) -> Result<(), Error> {
        let registry = &self.inner.registry;
        let ended = registry
            .end_session(&seat.session.hash)
            .await
            .map_err(unavailable)?;
        if !ended {
            return Ok(());
        }
        let revoked = seat.session.epoch != seat.account.epoch || seat.terminal.revoked.is_some();
        let why = if revoked { "revoked" } else { "time" };
        let why = why.to_owned();
        self.record_refusal(of_seat(seat, Event::SignedOut { why }))
            .await;
        let left = registry
            .sessions_of(seat.account.id.clone())
            .await
            .map_err(unavailable)?;
        if left > 0 || !registry.is_settled() {
            return Ok(());
        }
        let end = if revoked { End::Revoked } else { End::SignOut };
        for grant in self.inner.ledger.open_grants_of(&seat.account.id) {
            self.end_by(None, &grant, end).await?;
        }
        Ok(())
    }
}
