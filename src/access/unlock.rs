//! Resuming a locked session with one factor: the password, or a passkey.

use secrecy::SecretString;

use super::{
    Access, Ceremony, Error, Refusal, Viewer, limit::seconds, record::by_viewer,
    terminal::unavailable, token,
};
use crate::domain::event::Event;

impl Access {
    /// Uncovers the session with one factor (the password) at the same terminal: a viewer exists
    /// only where session and device belong together.
    ///
    /// # Errors
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn unlock(
        &self,
        viewer: &Viewer,
        password: SecretString,
    ) -> Result<Result<(), Refusal>, Error> {
        if let Some(refusal) = self.unlock_slowed(viewer) {
            return Ok(Err(refusal));
        }
        if !self.password_is(&viewer.account, password).await? {
            self.record_refusal(by_viewer(viewer, Event::UnlockRefused))
                .await;
            return Ok(Err(Refusal::UnknownOrWrong));
        }
        self.resume(viewer).await?;
        Ok(Ok(()))
    }

    /// Whether this session was tried too often.
    fn unlock_slowed(&self, viewer: &Viewer) -> Option<Refusal> {
        let key = token::hashed(&format!("unlock {}", viewer.session));
        let taken = self.inner.limits.account.take(&key);
        taken.err().map(|wait| Refusal::Slowed(seconds(wait)))
    }

    /// Uncovers the session of somebody who has just given one factor.
    async fn resume(&self, viewer: &Viewer) -> Result<(), Error> {
        self.record(by_viewer(viewer, Event::Unlocked)).await?;
        let now = self.inner.clock.now();
        self.inner
            .registry
            .set_locked(&viewer.session, false, now.wall)
            .await
            .map_err(unavailable)?;
        self.inner.activity.seen(&viewer.session, now);
        Ok(())
    }

    /// First step of resuming a locked session with one of the account's passkeys.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] where there are no passkeys, [`Error::Unavailable`].
    pub async fn begin_unlock(&self, viewer: &Viewer) -> Result<Ceremony, Error> {
        self.ask_own_passkey(viewer, &unlocking(viewer)).await
    }

    /// Uncovers the session, as [`Self::unlock`].
    ///
    /// # Errors
    /// [`Error::NotAllowed`] where there are no passkeys, [`Error::CannotRecord`],
    /// [`Error::Unavailable`].
    pub async fn unlock_by_passkey(
        &self,
        viewer: &Viewer,
        token: &str,
        credential: &str,
    ) -> Result<Result<(), Refusal>, Error> {
        self.ceremonies()?;
        if let Some(refusal) = self.unlock_slowed(viewer) {
            return Ok(Err(refusal));
        }
        let to = unlocking(viewer);
        match self.own_passkey(viewer, &to, token, credential).await? {
            Ok(()) => self.resume(viewer).await.map(Ok),
            Err(refusal) => {
                self.record_refusal(by_viewer(viewer, Event::UnlockRefused))
                    .await;
                Ok(Err(refusal))
            }
        }
    }
}

fn unlocking(viewer: &Viewer) -> String {
    format!("unlock {}", viewer.session)
}
