//! One's own sessions: the list of them, ending them, changing the user at a terminal, resuming,
//! renewing.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use super::{
    Access, Anew, Caller, Error, NewSession, OwnChange, Refusal, SignIn, SignedIn, Viewer,
    session::{is_alive, of_seat, unlocked},
    terminal::{is_here, unavailable},
    token,
};
use crate::{
    domain::{
        access::{Action, End},
        event::{Draft, Event, SecondFactor, Who},
    },
    registry::{Account, FacilityKind, Matcher, Seat, Session, seal::keyed_hash},
};

/// How long before its end a session says so on every page.
pub const END_WARNING: Duration = Duration::from_mins(30);

/// One of an account's own sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    /// Opaque; for ending it.
    pub id: String,
    /// Terminal's name.
    pub terminal_name: String,
    /// Where the terminal stands.
    pub location: String,
    /// When it began.
    pub since: DateTime<Utc>,
    /// Last activity, to ten seconds.
    pub last_seen: DateTime<Utc>,
    /// When it ends.
    pub ends: DateTime<Utc>,
    /// Whether it is locked.
    pub locked: bool,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl Access {
    /// The viewer's own sessions, newest first.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Unavailable`].
    pub async fn own_sessions(&self, viewer: &Viewer) -> Result<Vec<OwnSession>, Error> {
        let seats = self.own_seats(viewer).await?;
        Ok(seats
            .into_iter()
            .rev()
            .map(|seat| OwnSession {
                id: self.list_id(&seat),
                is_this: seat.session.hash == viewer.session,
                terminal_name: seat.terminal.name,
                location: seat.terminal.location,
                since: seat.session.created,
                last_seen: seat.session.last_seen,
                ends: seat.session.ends,
                locked: seat.session.locked,
            })
            .collect())
    }

    async fn own_seats(&self, viewer: &Viewer) -> Result<Vec<Seat>, Error> {
        unlocked(viewer)?;
        let registry = &self.inner.registry;
        let seats = registry.seats_of(viewer.account.clone()).await;
        let now = self.inner.clock.now();
        let mut seats = seats.map_err(unavailable)?;
        seats.retain(|seat| is_alive(seat, self.inner.activity.of(seat, now), now));
        Ok(seats)
    }

    /// How a list names a session: not its hash, which is nobody's to know.
    fn list_id(&self, seat: &Seat) -> String {
        let data = [b"list ", seat.session.hash.as_bytes()].concat();
        URL_SAFE_NO_PAD.encode(keyed_hash(&*self.inner.form_key, &data))
    }

    /// Ends one of the viewer's own sessions, wherever it is; whether it was the one that asks. One
    /// that is over already, or nobody's, is left as it is.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn end_own_session(&self, viewer: &Viewer, id: &str) -> Result<bool, Error> {
        let seats = self.own_seats(viewer).await?;
        let Some(seat) = seats.iter().find(|seat| self.list_id(seat) == id) else {
            return Ok(false);
        };
        if seat.session.hash == viewer.session {
            self.sign_out(viewer).await?;
            return Ok(true);
        }
        self.end_elsewhere(viewer, seat).await?;
        Ok(false)
    }

    /// Ends every session of the viewer's account and every sign-in that was begun, and with them
    /// its grants. Where one end cannot be recorded the others end all the same.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn sign_out_everywhere(&self, viewer: &Viewer) -> Result<(), Error> {
        let mut done = Ok(());
        for seat in self.own_seats(viewer).await? {
            if seat.session.hash != viewer.session {
                done = self.end_elsewhere(viewer, &seat).await.and(done);
            }
        }
        let signed_out = self.sign_out(viewer).await;
        // Last: whoever has given his password and not yet his code is not in either. The grants
        // have their ends already.
        let registry = &self.inner.registry;
        let raised = registry.raise_epoch(viewer.account.clone(), false).await;
        raised.map_err(unavailable).and(signed_out).and(done)
    }

    async fn end_elsewhere(&self, viewer: &Viewer, seat: &Seat) -> Result<(), Error> {
        let registry = &self.inner.registry;
        let ended = registry.end_session(&seat.session.hash).await;
        self.inner.activity.ended(&seat.session.hash);
        if !ended.map_err(unavailable)? {
            return Ok(());
        }
        let why = "elsewhere".to_owned();
        let event = Event::SignedOut { why };
        self.record(from(&viewer.caller, of_seat(seat, event)))
            .await
            .map(drop)
    }

    /// Ends what an account has open, where it has no session any more.
    pub(super) async fn end_with_last_session(&self, viewer: &Viewer) -> Result<(), Error> {
        let left = self
            .inner
            .registry
            .sessions_of(viewer.account.clone())
            .await
            .map_err(unavailable)?;
        if left > 0 {
            return Ok(());
        }
        for grant in self.inner.ledger.open_grants_of(&viewer.account) {
            self.end_by(Some(viewer), &grant, End::SignOut).await?;
        }
        Ok(())
    }

    /// Locks the viewer's session for another user at his terminal; whether the browser may forget
    /// it. He finds it again as [`Self::sign_in`] says; a sealed account could not.
    ///
    /// # Errors
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn change_user(&self, viewer: &Viewer) -> Result<bool, Error> {
        self.lock_for(viewer, "change_of_user").await?;
        Ok(may_be_left(viewer.second_factor))
    }

    /// Whether this browser holds a live session of a sealed account, which would be lost with its
    /// cookie.
    pub(super) async fn holds_sealed(&self, caller: &Caller) -> Result<bool, Error> {
        let Some(session) = &caller.session else {
            return Ok(false);
        };
        match self.viewer_left(session, caller.clone()).await {
            Ok(former) => Ok(!former.may_be_left()),
            Err(Error::NotSignedIn) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Ends the session that this browser still had, where it is the same account's at the same
    /// terminal.
    pub(super) async fn end_former(&self, by: &Session, caller: &Caller) -> Result<bool, Error> {
        let Some(hash) = caller.session.as_deref().map(token::hashed) else {
            return Ok(false);
        };
        let (registry, now) = (&self.inner.registry, self.inner.clock.now());
        let seat = registry.seat(&hash, now).await.map_err(unavailable)?;
        let is_same =
            |seat: &Arc<Seat>| seat.account.id == by.account && seat.terminal.id == by.terminal;
        if !seat.as_ref().is_some_and(is_same) {
            return Ok(false);
        }
        registry.end_session(&hash).await.map_err(unavailable)
    }

    /// Locks the session of whoever sat here before, where the browser still had it.
    pub(super) async fn lock_former(&self, caller: &Caller) {
        let Some(session) = &caller.session else {
            return;
        };
        let Ok(former) = self.viewer_left(session, caller.clone()).await else {
            return;
        };
        if let Err(error) = self.lock_for(&former, "change_of_user").await {
            tracing::error!(%error, "a former session could not be locked");
        }
    }

    /// Resumes an account's locked session at this terminal, its password being proven: one factor,
    /// within the shift, at the same terminal, as at the lock itself. Under another id, since the
    /// browser may have forgotten the former one. A pool of terminals known by their addresses is no
    /// one terminal: there both factors are asked.
    pub(super) async fn resume_locked(
        &self,
        account: &Account,
        caller: &Caller,
    ) -> Result<Option<NewSession>, Error> {
        let (inner, now) = (&self.inner, self.inner.clock.now());
        let seats = inner.registry.seats_of(account.id.clone()).await;
        let left = |seat: &Seat| {
            seat.session.locked
                && seat.terminal.matcher != Matcher::Range
                && is_here(&seat.terminal, caller)
                && is_alive(seat, inner.activity.of(seat, now), now)
        };
        let Some(seat) = seats.map_err(unavailable)?.into_iter().find(left) else {
            return Ok(None);
        };
        self.record(from(caller, of_seat(&seat, Event::Unlocked)))
            .await?;
        let session = token::fresh(&*inner.entropy);
        let hash = token::hashed(&session);
        let resumed = inner
            .registry
            .resume_session(&seat.session.hash, hash.clone(), now.wall)
            .await
            .map_err(unavailable)?;
        if !resumed {
            return Ok(None);
        }
        inner.activity.resumed(&seat, hash, now);
        self.lock_former(caller).await;
        Ok(Some(NewSession {
            session,
            device: None,
            language: account.language,
        }))
    }

    /// Begins the viewer's session anew with both factors, at the same terminal: his grants go on.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::NotSignedIn`], [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn renew_session(&self, viewer: &Viewer, anew: Anew) -> Result<SignedIn, Error> {
        unlocked(viewer)?;
        // Its account is dead since it was used; this one session goes on as long as it has.
        if viewer.second_factor == SecondFactor::Sealed {
            return Ok(SignedIn::Refused(Refusal::SealedHere));
        }
        let registry = &self.inner.registry;
        let found = registry.account(viewer.account.clone()).await;
        let account = found
            .map_err(unavailable)?
            .filter(|account| account.disabled.is_none() && account.epoch == viewer.epoch)
            .ok_or(Error::NotSignedIn)?;
        match anew {
            Anew::Codes { password, code } => {
                let form = SignIn {
                    account: account.sign_in,
                    password,
                    code: Some(code.expose_secret().to_owned()),
                };
                self.sign_in(form, &viewer.caller).await
            }
            Anew::Passkey { token, credential } => {
                let answer = (token.expose_secret(), credential.expose_secret());
                self.renew_by_passkey(viewer, &account, answer).await
            }
        }
    }

    /// The same with a passkey of the viewer's own, asked for this alone.
    async fn renew_by_passkey(
        &self,
        viewer: &Viewer,
        account: &Account,
        (token, credential): (&str, &str),
    ) -> Result<SignedIn, Error> {
        let caller = &viewer.caller;
        let device = self.device(caller).await?;
        if let Some(refusal) = self.turned_away(&account.sign_in, &device, caller) {
            return self.refuse_at_door(&account.sign_in, refusal, caller).await;
        }
        let bound = OwnChange::Renew.bound(viewer);
        match self.own_passkey(viewer, &bound, token, credential).await? {
            Ok(()) => {
                self.admit(account, SecondFactor::Passkey, device, caller)
                    .await
            }
            Err(refusal) => {
                self.refuse(&account.sign_in, Some(account), caller, refusal)
                    .await
            }
        }
    }
}

impl Viewer {
    /// Who he is, as entries name him.
    #[must_use]
    pub fn who(&self) -> Who {
        Who {
            account: self.account.clone(),
            role: self.role,
            second_factor: self.second_factor,
            accounts_as_of: self.accounts_as_of,
        }
    }

    /// Whether he brings patients and reports them.
    #[must_use]
    pub fn may_hand_over(&self) -> bool {
        self.facility_kind == FacilityKind::Fire && self.role.may(Action::Handoff)
    }

    /// Whether somebody else may be let to the terminal without ending this session.
    #[must_use]
    pub fn may_be_left(&self) -> bool {
        may_be_left(self.second_factor)
    }

    /// Whether a colleague's word or an envelope let him in: such a session is for patients. It
    /// vouches for nobody, and changes nothing of accounts, its own or others'.
    #[must_use]
    pub fn is_borrowed(&self) -> bool {
        is_borrowed(self.second_factor)
    }

    /// What is left of the session, where its end is near enough for a page to say so that is left
    /// alone from now on.
    #[must_use]
    pub fn ends_soon(&self) -> Option<Duration> {
        (self.left <= END_WARNING + self.idle_lock).then_some(self.left)
    }
}

/// A sealed emergency account signs in once: a session that its browser forgot would be lost.
fn may_be_left(factor: SecondFactor) -> bool {
    factor != SecondFactor::Sealed
}

pub(super) const fn is_borrowed(factor: SecondFactor) -> bool {
    matches!(factor, SecondFactor::Vouched | SecondFactor::Sealed)
}

/// An entry about a seat, with where it was caused from.
fn from(caller: &Caller, draft: Draft) -> Draft {
    Draft {
        address: caller.address,
        request: Some(caller.request.clone()),
        ..draft
    }
}
