//! Sessions: who the cookie stands for, the seat left, locking, resuming, signing out.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use super::{
    Access, Caller, Error, Viewer,
    activity::Activity,
    record::{by_caller, by_viewer},
    seats::is_borrowed,
    terminal::{counted_at, is_here, unavailable},
    token,
};
use crate::{
    domain::{
        access::{AccountId, Action, Flag, Role},
        clock::Moment,
        event::{Draft, Event, SecondFactor, Who},
        section::Language,
    },
    registry::{FacilityKind, Seat, seal::keyed_hash},
};

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    /// Somebody at the terminal.
    Person,
    /// A page that nobody touched.
    Page,
}

/// How long a page waits for its activity to be written.
const WRITE_WAIT: Duration = Duration::from_millis(20);

/// Whether the session is neither revoked nor past its end, and its terminal neither.
pub(super) fn is_alive(seat: &Seat, activity: Activity, now: Moment) -> bool {
    seat.session.epoch == seat.account.epoch
        && seat.terminal.is_valid(now)
        && now.wall < seat.session.ends
        && !activity.left(now, seat).is_zero()
}

impl Access {
    /// Who the session cookie stands for; a locked session is returned as such. Counts as activity
    /// unless it is locked.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`], [`Error::Unavailable`].
    pub async fn viewer(&self, session: &str, caller: Caller) -> Result<Viewer, Error> {
        self.viewer_by(session, caller, Asking::Person).await
    }

    /// As [`Self::viewer`], asked by a page that was left alone: no activity, and the seat is
    /// locked where it was left for as long as such a page waits.
    ///
    /// # Errors
    /// As [`Self::viewer`].
    pub async fn viewer_left(&self, session: &str, caller: Caller) -> Result<Viewer, Error> {
        self.viewer_by(session, caller, Asking::Page).await
    }

    async fn viewer_by(
        &self,
        session: &str,
        caller: Caller,
        asking: Asking,
    ) -> Result<Viewer, Error> {
        let now = self.inner.clock.now();
        let hash = token::hashed(session);
        let seat = self
            .inner
            .registry
            .seat(&hash, now)
            .await
            .map_err(unavailable)?
            .ok_or(Error::NotSignedIn)?;
        if seat.terminal.revoked.is_some() {
            return Err(Error::NotSignedIn);
        }
        if !is_here(&seat.terminal, &caller) {
            self.record_strange_device(&seat, &caller).await;
            return Err(Error::NotSignedIn);
        }
        let activity = self.inner.activity.of(&seat, now);
        if !is_alive(&seat, activity, now) {
            return Err(Error::NotSignedIn);
        }
        let idle = !seat.session.locked
            && match asking {
                Asking::Person => activity.is_idle(now, &seat, Duration::ZERO),
                Asking::Page => activity.is_left(now, &seat),
            };
        if idle {
            self.lock_idle(&seat, now).await?;
        }
        let locked = seat.session.locked || idle;
        let idle_left = match asking {
            Asking::Person => seat.terminal.idle_lock(),
            Asking::Page => activity.idle_left(now, &seat),
        };
        if !locked && asking == Asking::Person && self.inner.activity.seen(&hash, now) {
            self.write_activity(hash, now).await;
        }
        Ok(Viewer {
            locked,
            idle_left,
            left: activity.left(now, &seat),
            ..self.viewer_of(&seat, now, caller)
        })
    }

    /// The memory of this node is exact; a failed or left out write costs a restarted node seconds.
    /// A slow one goes on by itself, one at a time: no page waits for the disk because somebody is
    /// active, and none finds every thread waiting for it.
    async fn write_activity(&self, session: String, now: Moment) {
        let Ok(leave) = Arc::clone(&self.inner.writing.activity).try_acquire_owned() else {
            return;
        };
        let registry = self.inner.registry.clone();
        let written = self.inner.writing.tasks.spawn(async move {
            let written = registry.touch_session(session, now.wall).await;
            drop(leave);
            written
        });
        match tokio::time::timeout(WRITE_WAIT, written).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "activity could not be written"),
            Ok(Err(_)) | Err(_) => tracing::warn!("activity is written late"),
        }
    }

    /// Whether the viewer of a while ago still has a session, and not a locked one.
    pub(super) async fn still_seated(&self, viewer: &Viewer) -> Result<(), Error> {
        let now = self.inner.clock.now();
        let seat = self
            .inner
            .registry
            .seat(&viewer.session, now)
            .await
            .map_err(unavailable)?
            .ok_or(Error::NotSignedIn)?;
        let activity = self.inner.activity.of(&seat, now);
        if !is_alive(&seat, activity, now) {
            return Err(Error::NotSignedIn);
        }
        if seat.session.locked {
            return Err(Error::Locked);
        }
        Ok(())
    }

    fn viewer_of(&self, seat: &Seat, now: Moment, caller: Caller) -> Viewer {
        let account = &seat.account;
        Viewer {
            account: account.id.clone(),
            name: account.name.clone(),
            role: account.role,
            facility: account.facility.clone(),
            facility_name: seat.facility.name.clone(),
            facility_number: seat.facility.number.clone(),
            facility_kind: seat.facility.kind,
            terminal: seat.terminal.id.clone(),
            terminal_name: seat.terminal.name.clone(),
            location: seat.terminal.location.clone(),
            place: counted_at(&seat.terminal, caller.address),
            flags: flags_of(seat, now),
            second_factor: seat.session.second_factor,
            accounts_as_of: account.as_of,
            emergency_permission: account.role.may(Action::BreakGlass)
                && account.may_break_glass(now),
            may_permit: !is_borrowed(seat.session.second_factor)
                && (account.role == Role::Administrator || account.is_delegate(now)),
            epoch: account.epoch,
            grants_from: account.grants_from,
            disaster: seat
                .facility
                .disaster
                .as_ref()
                .filter(|_| seat.facility.is_in_disaster(now.japanese_day()))
                .map(|disaster| format!("{} – {}", disaster.area, disaster.until)),
            language: account.language,
            locked: seat.session.locked,
            ends: seat.session.ends,
            left: Duration::ZERO,
            idle_lock: seat.terminal.idle_lock(),
            idle_left: seat.terminal.idle_lock(),
            form_token: self.form_token(&seat.session.hash),
            drafts: self.drafts(&account.id),
            session: seat.session.hash.clone(),
            caller,
        }
    }

    /// Once a minute for each session: whoever has the cookie can repeat it as often as he likes.
    async fn record_strange_device(&self, seat: &Seat, caller: &Caller) {
        let key = format!("session {}", seat.session.hash);
        if self.inner.limits.entry.take(&key).is_err() {
            return;
        }
        let event = Event::Refused {
            what: "session".to_owned(),
            why: "another_terminal".to_owned(),
        };
        self.record_refusal(by_caller(caller, seat.account.facility.clone(), event))
            .await;
    }

    /// Locks a seat that was left; the entry is written once, by whoever locks it.
    pub(super) async fn lock_idle(&self, seat: &Seat, now: Moment) -> Result<(), Error> {
        let changed = self
            .inner
            .registry
            .set_locked(&seat.session.hash, true, now.wall)
            .await
            .map_err(unavailable)?;
        if changed {
            let why = "idle".to_owned();
            self.record_refusal(of_seat(seat, Event::Locked { why }))
                .await;
        }
        Ok(())
    }

    /// Derived from the session, so that it needs no place and dies with it.
    fn form_token(&self, session: &str) -> String {
        URL_SAFE_NO_PAD.encode(keyed_hash(&*self.inner.form_key, session.as_bytes()))
    }

    /// The same in every session of an account, so that what was kept is found again.
    fn drafts(&self, account: &AccountId) -> String {
        let hash = keyed_hash(
            &*self.inner.form_key,
            format!("drafts {}", account.0).as_bytes(),
        );
        URL_SAFE_NO_PAD.encode(hash)
    }

    /// Compares a form's token in constant time.
    ///
    /// # Errors
    /// [`Error::ForeignForm`].
    pub fn check_form(&self, viewer: &Viewer, token: &str) -> Result<(), Error> {
        let right = self.form_token(&viewer.session);
        if bool::from(right.as_bytes().ct_eq(token.as_bytes())) {
            Ok(())
        } else {
            Err(Error::ForeignForm)
        }
    }

    /// Whether the viewer may do this now (role, lock).
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::NotAllowed`] (which is recorded).
    pub async fn may(&self, viewer: &Viewer, action: Action) -> Result<(), Error> {
        if action == Action::Anyone {
            return Ok(());
        }
        unlocked(viewer)?;
        let permitted = match action {
            Action::BreakGlass => viewer.emergency_permission,
            Action::Permit => viewer.may_permit,
            Action::Handoff => viewer.facility_kind == FacilityKind::Fire,
            Action::ReadBoard | Action::Accept => viewer.facility_kind == FacilityKind::Hospital,
            Action::Anyone
            | Action::SignedIn
            | Action::Search
            | Action::ReadSummary
            | Action::ReadLedger
            | Action::Administer => true,
        };
        if viewer.role.may(action) && permitted {
            return Ok(());
        }
        let (what, why) = if permitted {
            (action_word(action), "role")
        } else {
            (action_word(action), "permission")
        };
        Err(self.not_allowed(viewer, what, why).await)
    }

    /// Records that something was refused, and gives the error that says no more than that.
    pub(super) async fn not_allowed(&self, viewer: &Viewer, what: &str, why: &str) -> Error {
        let event = Event::Refused {
            what: what.to_owned(),
            why: why.to_owned(),
        };
        self.record_refusal(by_viewer(viewer, event)).await;
        Error::NotAllowed
    }

    /// Ends the session; with the account's last one, its grants. Open to locked sessions too.
    ///
    /// # Errors
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn sign_out(&self, viewer: &Viewer) -> Result<(), Error> {
        let registry = &self.inner.registry;
        let ended = registry
            .end_session(&viewer.session)
            .await
            .map_err(unavailable)?;
        self.inner.activity.ended(&viewer.session);
        if !ended {
            return Ok(());
        }
        let why = "hand".to_owned();
        self.record(by_viewer(viewer, Event::SignedOut { why }))
            .await?;
        self.end_with_last_session(viewer).await
    }

    /// Covers the session.
    ///
    /// # Errors
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn lock(&self, viewer: &Viewer) -> Result<(), Error> {
        self.lock_for(viewer, "hand").await
    }

    /// Covers the session, with why.
    pub(super) async fn lock_for(&self, viewer: &Viewer, why: &str) -> Result<(), Error> {
        let now = self.inner.clock.now();
        let changed = self
            .inner
            .registry
            .set_locked(&viewer.session, true, now.wall)
            .await
            .map_err(unavailable)?;
        if changed {
            let why = why.to_owned();
            self.record(by_viewer(viewer, Event::Locked { why }))
                .await?;
        }
        Ok(())
    }

    /// Sets the language of the session and the account; also for a lock page, which shows no
    /// patient.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn set_language(&self, viewer: &Viewer, language: Language) -> Result<(), Error> {
        self.inner
            .registry
            .set_language(viewer.account.clone(), language)
            .await
            .map_err(unavailable)
    }
}

/// How long it is looked at that somebody's factors were set on a link that somebody else made: he
/// may have opened it himself.
const FACTORS_LATELY: Duration = Duration::from_hours(72);

/// What the review looks at in every grant of a session: it, its terminal or its permission rests
/// on another's word. Nothing of it is asked about once more: an emergency is not slowed.
fn flags_of(seat: &Seat, now: Moment) -> BTreeSet<Flag> {
    let factor = seat.session.second_factor;
    let permission = seat.account.permission.as_ref();
    let flags = [
        // Only a terminal that somebody vouched for has an end.
        (
            Flag::Vouched,
            factor == SecondFactor::Vouched || seat.terminal.ends.is_some(),
        ),
        (Flag::Sealed, factor == SecondFactor::Sealed),
        (
            Flag::Delegated,
            permission.is_some_and(|given| given.is_delegated && given.is_valid(now)),
        ),
        (
            Flag::FactorsResetLately,
            seat.account.factors_given.is_some_and(|given| {
                let since = now.wall.signed_duration_since(given);
                // A clock set back does not hide it.
                since.to_std().unwrap_or_default() < FACTORS_LATELY
            }),
        ),
    ];
    flags
        .into_iter()
        .filter_map(|(flag, is_set)| is_set.then_some(flag))
        .collect()
}

/// Refuses locked sessions.
pub(super) fn unlocked(viewer: &Viewer) -> Result<(), Error> {
    if viewer.locked {
        Err(Error::Locked)
    } else {
        Ok(())
    }
}

/// An entry about a session that the service itself locked or ended.
pub(super) fn of_seat(seat: &Seat, event: Event) -> Draft {
    Draft {
        who: Some(Who {
            account: seat.account.id.clone(),
            role: seat.account.role,
            second_factor: seat.session.second_factor,
            accounts_as_of: seat.account.as_of,
        }),
        facility: seat.account.facility.clone(),
        terminal: Some(seat.terminal.id.clone()),
        address: None,
        request: None,
        person: None,
        event,
    }
}

const fn action_word(action: Action) -> &'static str {
    match action {
        Action::Anyone => "anyone",
        Action::SignedIn => "signed_in",
        Action::Search => "search",
        Action::BreakGlass => "break_glass",
        Action::ReadSummary => "read_summary",
        Action::Handoff => "handoff",
        Action::ReadBoard => "read_board",
        Action::Accept => "accept",
        Action::ReadLedger => "read_ledger",
        Action::Administer => "administer",
        Action::Permit => "permit",
    }
}
