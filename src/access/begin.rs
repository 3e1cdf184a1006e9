//! Sessions begun: at a terminal of the account's facility, recorded first, and in the place of what
//! this browser had.

use chrono::{DateTime, Utc};

use super::{
    Access, Caller, Error, NewSession, Refusal, SignedIn,
    sign_in::by_account,
    terminal::{Device, unavailable},
    token,
};
use crate::{
    domain::event::{Event, SecondFactor},
    registry::{Account, Matcher, Session, Terminal},
};

impl Access {
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
        let begun = if factor == SecondFactor::Sealed {
            self.begin_sealed(account, &terminal, caller).await?
        } else {
            self.begin(account, factor, &terminal, caller).await?
        };
        let Some(session) = begun else {
            let refusal = Refusal::UnknownOrWrong;
            let typed = &account.sign_in;
            return self.refuse(typed, Some(account), caller, refusal).await;
        };
        Ok(SignedIn::Done(NewSession {
            session,
            device: cookie,
            language: account.language,
        }))
    }

    /// Begins a session for the whole shift.
    pub(super) async fn begin(
        &self,
        account: &Account,
        factor: SecondFactor,
        terminal: &Terminal,
        caller: &Caller,
    ) -> Result<Option<String>, Error> {
        let span = chrono::Duration::from_std(self.inner.settings.session)
            .map_err(|_| Error::Unavailable)?;
        let now = self.inner.clock.now();
        let ends = now.wall.checked_add_signed(span).unwrap_or(now.wall);
        self.begin_until(account, factor, terminal, ends, caller)
            .await
    }

    /// Records the sign-in and only then makes the session usable; whoever sat at this browser
    /// before is locked. `None` where a sealed account was used in between.
    pub(super) async fn begin_until(
        &self,
        account: &Account,
        factor: SecondFactor,
        terminal: &Terminal,
        ends: DateTime<Utc>,
        caller: &Caller,
    ) -> Result<Option<String>, Error> {
        let mut draft = by_account(account, factor, caller, Event::SignedIn);
        draft.terminal = Some(terminal.id.clone());
        self.record(draft).await?;
        let cookie = token::fresh(&*self.inner.entropy);
        let hash = token::hashed(&cookie);
        let now = self.inner.clock.now();
        let session = Session {
            hash: hash.clone(),
            account: account.id.clone(),
            facility: account.facility.clone(),
            terminal: terminal.id.clone(),
            created: now.wall,
            last_seen: now.wall,
            ends,
            locked: false,
            epoch: account.epoch,
            second_factor: factor,
        };
        let registry = &self.inner.registry;
        if factor == SecondFactor::Sealed {
            // One step: the envelope is not lost without a session, and opens no second one.
            let used = registry.use_sealed(session.clone()).await;
            if !used.map_err(unavailable)? {
                return Ok(None);
            }
        } else {
            let added = registry.add_session(session.clone()).await;
            added.map_err(unavailable)?;
        }
        self.inner.activity.began(hash, now);
        let replaced = self
            .replace(account, session, terminal.matcher, caller)
            .await;
        match replaced {
            // The envelope is used: without this session nobody would get in by it.
            Err(error) if factor == SecondFactor::Sealed => {
                tracing::warn!(%error, "a former session could not be ended");
            }
            replaced => replaced?,
        }
        self.lock_former(caller).await;
        Ok(Some(cookie))
    }

    /// A browser has one session cookie: the account's former sessions at this terminal cannot be
    /// reached any more, and must not keep grants open when the account signs out. In a pool of
    /// terminals only this browser's own former session is one of them.
    async fn replace(
        &self,
        account: &Account,
        by: Session,
        matcher: Matcher,
        caller: &Caller,
    ) -> Result<(), Error> {
        let (terminal, factor) = (by.terminal.clone(), by.second_factor);
        let replaced = match matcher {
            Matcher::Range => usize::from(self.end_former(&by, caller).await?),
            Matcher::Cookie | Matcher::Certificate => {
                let registry = &self.inner.registry;
                registry.end_replaced(by).await.map_err(unavailable)?
            }
        };
        for _ in 0..replaced {
            let why = "replaced".to_owned();
            let event = Event::SignedOut { why };
            let mut draft = by_account(account, factor, caller, event);
            draft.terminal = Some(terminal.clone());
            self.record_refusal(draft).await;
        }
        Ok(())
    }
}
