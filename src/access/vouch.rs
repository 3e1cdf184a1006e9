//! Vouching (B21): a holder of the emergency permission lends his word to a terminal that is not
//! registered, for 12 hours, or to a colleague whose second factor is broken, for 30 minutes. He
//! does it from his own session with a factor of his own given again, in his own facility, never
//! for himself; each vouching is used once and has its entries.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Access, Caller, Error, NewSession, OwnFactor, Refusal, SignedIn, Viewer,
    admin::{optional_name, read_code},
    limit::seconds,
    record::by_viewer,
    session::unlocked,
    sign_in::{compared, network},
    terminal::unavailable,
    token,
};
use crate::{
    domain::{
        access::{AccountId, Action, TerminalId, VouchId},
        event::{Event, SecondFactor},
        text::normalised,
    },
    registry::{
        Account, AuthenticatorKind, Credentials, Matcher, Terminal, Vouch, VouchKind,
        seal::keyed_hash,
    },
};

/// How long a terminal stands that somebody vouched for.
const TERMINAL: Duration = Duration::from_hours(12);
/// How long a colleague may work without his second factor.
const FACTOR: Duration = Duration::from_mins(30);
/// How long a strange terminal's code is shown.
const SHOWN: Duration = Duration::from_mins(30);
/// Letters of a strange terminal's code, and those after them that betray a mistyped one.
const LETTERS: usize = 8;
const CHECKS: usize = 2;
/// Letters of a group, as a code is read out.
const GROUP: usize = 5;

/// For what somebody vouches.
#[derive(Clone, Debug)]
pub enum Vouching {
    /// For the terminal that shows this code.
    Terminal(String),
    /// For the colleague with this sign-in name.
    Colleague(String),
}

impl Vouching {
    /// What a passkey's answer is good for: this word of this session, and no other.
    pub(super) fn bound(&self, viewer: &Viewer) -> String {
        let (what, whom) = match self {
            Self::Terminal(code) => ("terminal", read_code(code)),
            Self::Colleague(name) => ("colleague", compared(name)),
        };
        format!("vouch {} {what} {whom}", viewer.session)
    }
}

/// How a vouching went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vouched {
    /// The terminal may be taken up; until when it stands.
    Terminal(DateTime<Utc>),
    /// The colleague may sign in with the password alone.
    Colleague {
        /// Who.
        name: String,
        /// Until when.
        ends: DateTime<Utc>,
    },
    /// No factor was given again.
    NotGiven,
    /// The factor given again is wrong, or may be tried again later.
    Refused(Refusal),
    /// No terminal shows this code, or somebody vouched for it already.
    UnknownCode,
    /// There is no such colleague in this facility.
    UnknownColleague,
    /// The colleague has no password: a word stands for the second factor, and there is no first.
    NoPassword {
        /// Who.
        name: String,
    },
    /// Nobody vouches for himself.
    Himself,
    /// Who was vouched for, or opened an envelope, vouches for nobody.
    SecondHand,
}

/// What a terminal that is not registered shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Stranger {
    /// To be read to the voucher: two groups of five.
    pub code: String,
    /// The same sealed, for the form with which the terminal goes on.
    pub token: String,
}

/// How taking up a terminal that was vouched for went.
#[derive(Clone, PartialEq, Eq)]
pub enum TakenUp {
    /// It is registered; with the value of its new device cookie, unless it has one that counts.
    Done(Option<String>),
    /// Nobody has vouched for it yet.
    NotYet,
    /// Where it stands is missing or cannot be read.
    NoLocation,
    /// The code is too old, forged or used.
    Over,
    /// Too many tries: again in this many seconds.
    Slowed(u64),
}

/// What a stranger's token holds.
#[derive(Serialize, Deserialize)]
struct Shown(String);

impl Access {
    /// What a strange terminal shows from now on.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn stranger(&self) -> Result<Stranger, Error> {
        let code = token::letters::<LETTERS>(&*self.inner.entropy);
        let code = format!("{code}{}", self.check_letters(&code));
        let token = self.inner.strangers.close(&Shown(code.clone()), "");
        Ok(Stranger {
            code: grouped(&code),
            token: token.ok_or(Error::Unavailable)?,
        })
    }

    /// The stranger of a token, as it was shown.
    #[must_use]
    pub fn stranger_again(&self, token: &str) -> Option<Stranger> {
        let Shown(code) = self.inner.strangers.open(token, "", SHOWN)?;
        Some(Stranger {
            code: grouped(&code),
            token: token.to_owned(),
        })
    }

    fn check_letters(&self, code: &str) -> String {
        let data = [b"stranger ", code.as_bytes()].concat();
        let hash = keyed_hash(&*self.inner.form_key, &data);
        data_encoding::BASE32_NOPAD
            .encode(&hash)
            .to_lowercase()
            .chars()
            // These codes have neither l nor o.
            .map(|c| match c {
                'l' => '9',
                'o' => '8',
                other => other,
            })
            .take(CHECKS)
            .collect()
    }

    /// The code as it was shown, where it is one of ours and typed without a mistake.
    fn checked_code(&self, typed: &str) -> Option<String> {
        let code = read_code(typed);
        let (letters, checks) = code.split_at_checked(LETTERS)?;
        (self.check_letters(letters) == checks).then_some(code)
    }

    fn terminal_vouch_id(&self, code: &str) -> VouchId {
        let hash = self.inner.registry.code_hash(&format!("vouch {code}"));
        VouchId(format!("v-{hash}"))
    }

    /// Vouches for a terminal or a colleague.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::NotAllowed`] without emergency permission,
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn vouch(
        &self,
        viewer: &Viewer,
        vouching: Vouching,
        own: OwnFactor,
    ) -> Result<Vouched, Error> {
        if let Err(said) = self.may_vouch(viewer).await? {
            return Ok(said);
        }
        if own.is_empty() {
            return Ok(Vouched::NotGiven);
        }
        if let Err(refusal) = self.own_factor(viewer, &vouching, own).await? {
            return Ok(Vouched::Refused(refusal));
        }
        match vouching {
            Vouching::Terminal(code) => self.vouch_for_terminal(viewer, &code).await,
            Vouching::Colleague(name) => self.vouch_for_colleague(viewer, &name).await,
        }
    }

    /// Whether the viewer may vouch at all.
    pub(super) async fn may_vouch(&self, viewer: &Viewer) -> Result<Result<(), Vouched>, Error> {
        unlocked(viewer)?;
        if !viewer.emergency_permission {
            return Err(self.not_allowed(viewer, "vouch", "permission").await);
        }
        Ok(if viewer.is_borrowed() {
            Err(Vouched::SecondHand)
        } else {
            Ok(())
        })
    }

    async fn vouch_for_terminal(&self, viewer: &Viewer, typed: &str) -> Result<Vouched, Error> {
        let Some(code) = self.checked_code(typed) else {
            return Ok(Vouched::UnknownCode);
        };
        let id = self.terminal_vouch_id(&code);
        let known = self.inner.registry.vouch(id.clone()).await;
        if let Some(known) = known.map_err(unavailable)? {
            let again = known.by == viewer.account && known.used_at.is_none();
            // The same form sent twice.
            return Ok(if again {
                Vouched::Terminal(known.ends)
            } else {
                Vouched::UnknownCode
            });
        }
        let vouch = self.new_vouch(viewer, id, VouchKind::Terminal, TERMINAL);
        let ends = vouch.ends;
        self.add_vouch(viewer, vouch).await?;
        Ok(Vouched::Terminal(ends))
    }

    async fn vouch_for_colleague(&self, viewer: &Viewer, name: &str) -> Result<Vouched, Error> {
        let registry = &self.inner.registry;
        let found = registry.credentials(compared(name)).await;
        let colleague = found
            .map_err(unavailable)?
            .filter(|found| is_colleague(&found.account, viewer))
            .filter(|found| {
                let sealed = |kind| kind == AuthenticatorKind::Sealed;
                let mut factors = found.factors.iter();
                !factors.any(|factor| sealed(factor.authenticator.kind))
            });
        let Some(Credentials {
            account: colleague,
            password,
            ..
        }) = colleague
        else {
            return Ok(Vouched::UnknownColleague);
        };
        if colleague.id == viewer.account {
            return Ok(Vouched::Himself);
        }
        if password.is_none() {
            let name = colleague.name;
            return Ok(Vouched::NoPassword { name });
        }
        if let Some(open) = self.open_vouch_for(&colleague).await? {
            // The same form sent twice, or a second voucher: one is enough.
            return Ok(Vouched::Colleague {
                name: colleague.name,
                ends: open.ends,
            });
        }
        let id = VouchId(token::fresh_id('v', &*self.inner.entropy));
        let mut vouch = self.new_vouch(viewer, id, VouchKind::Factor, FACTOR);
        vouch.for_account = Some(colleague.id);
        let ends = vouch.ends;
        self.add_vouch(viewer, vouch).await?;
        Ok(Vouched::Colleague {
            name: colleague.name,
            ends,
        })
    }

    fn new_vouch(&self, viewer: &Viewer, id: VouchId, kind: VouchKind, span: Duration) -> Vouch {
        let at = self.inner.clock.now().wall;
        Vouch {
            id,
            facility: viewer.facility.clone(),
            kind,
            by: viewer.account.clone(),
            for_account: None,
            at,
            ends: at + span,
            used_at: None,
        }
    }

    async fn add_vouch(&self, viewer: &Viewer, vouch: Vouch) -> Result<(), Error> {
        let whom = match &vouch.for_account {
            Some(account) => account.0.clone(),
            None => vouch.id.0.clone(),
        };
        let event = Event::Administered {
            what: format!("vouched_for_{}", vouch.kind.word()),
            whom,
            details: format!("until {}", vouch.ends.format("%Y-%m-%dT%H:%M:%SZ")),
        };
        self.record(by_viewer(viewer, event)).await?;
        self.inner
            .registry
            .add_vouch(vouch)
            .await
            .map_err(unavailable)
    }

    /// What somebody vouched for this account's second factor, unused.
    pub(super) async fn open_vouch_for(&self, account: &Account) -> Result<Option<Vouch>, Error> {
        let now = self.inner.clock.now().wall;
        let registry = &self.inner.registry;
        let open = registry.open_vouches(account.facility.clone(), now).await;
        let is_for = |vouch: &Vouch, id: &AccountId| {
            vouch.kind == VouchKind::Factor && vouch.for_account.as_ref() == Some(id)
        };
        for vouch in open.map_err(unavailable)? {
            if is_for(&vouch, &account.id) && self.stands_for(&vouch).await? {
                return Ok(Some(vouch));
            }
        }
        Ok(None)
    }

    /// Whether the voucher may still vouch: enabled, and with the emergency permission.
    async fn stands_for(&self, vouch: &Vouch) -> Result<bool, Error> {
        let now = self.inner.clock.now();
        let voucher = self.inner.registry.account(vouch.by.clone()).await;
        let stands = |account: Account| {
            account.disabled.is_none()
                && account.role.may(Action::BreakGlass)
                && account.may_break_glass(now)
        };
        Ok(voucher.map_err(unavailable)?.is_some_and(stands))
    }

    /// Second step of signing in with a colleague's word in place of the code. The session ends
    /// with the vouching.
    ///
    /// # Errors
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn sign_in_vouched(&self, pending: &str, caller: &Caller) -> Result<SignedIn, Error> {
        let (credentials, device) = match self.second_step(pending, caller).await? {
            Ok(found) => found,
            Err(refused) => return Ok(SignedIn::Refused(refused)),
        };
        let account = credentials.account;
        let Some(vouch) = self.open_vouch_for(&account).await? else {
            return Ok(SignedIn::Refused(Refusal::Expired));
        };
        let Some((terminal, cookie)) = self.terminal_for(&account, device, caller).await? else {
            return Ok(SignedIn::Refused(Refusal::UnknownTerminal));
        };
        let now = self.inner.clock.now().wall;
        let used = self.inner.registry.use_vouch(vouch.id, now).await;
        if !used.map_err(unavailable)? {
            return Ok(SignedIn::Refused(Refusal::Expired));
        }
        let factor = SecondFactor::Vouched;
        let session = self
            .begin_until(&account, factor, &terminal, vouch.ends, caller)
            .await?;
        let Some(session) = session else {
            return Ok(SignedIn::Refused(Refusal::Expired));
        };
        Ok(SignedIn::Done(NewSession {
            session,
            device: cookie,
            language: account.language,
        }))
    }

    /// Makes the calling browser the terminal that somebody vouched for.
    ///
    /// # Errors
    /// [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn take_up(
        &self,
        token: &str,
        location: &str,
        caller: &Caller,
    ) -> Result<TakenUp, Error> {
        let Some(Shown(code)) = self.inner.strangers.open(token, "", SHOWN) else {
            // Only what is not ours counts: a code of ours cannot be guessed.
            let tries = &self.inner.limits.address;
            return Ok(match tries.take(&network(caller.address)) {
                Ok(()) => TakenUp::Over,
                Err(wait) => TakenUp::Slowed(seconds(wait)),
            });
        };
        let location = match optional_name(&normalised(location)) {
            Ok(location) if !location.is_empty() => location,
            Ok(_) | Err(_) => return Ok(TakenUp::NoLocation),
        };
        let (registry, now) = (&self.inner.registry, self.inner.clock.now().wall);
        let id = self.terminal_vouch_id(&code);
        let vouch = registry.vouch(id.clone()).await.map_err(unavailable)?;
        let vouch = match vouch {
            None => return Ok(TakenUp::NotYet),
            Some(vouch) if !vouch.is_open(now) => return Ok(TakenUp::Over),
            Some(vouch) => vouch,
        };
        if !self.stands_for(&vouch).await? {
            return Ok(TakenUp::Over);
        }
        let (device, cookie) = self.cookie_in(&vouch.facility, caller).await?;
        let terminal = self.vouched_terminal(&vouch, &code, location, device);
        self.record_terminal(&terminal, caller).await?;
        if !registry.use_vouch(id, now).await.map_err(unavailable)? {
            return Ok(TakenUp::Over);
        }
        registry.add_terminal(terminal).await.map_err(unavailable)?;
        Ok(TakenUp::Done(cookie))
    }

    fn vouched_terminal(
        &self,
        vouch: &Vouch,
        code: &str,
        location: String,
        device: String,
    ) -> Terminal {
        let idle_lock = self.inner.settings.idle_lock.as_secs();
        Terminal {
            id: TerminalId(token::fresh_id('t', &*self.inner.entropy)),
            facility: vouch.facility.clone(),
            name: format!("臨時端末 {}", grouped(code)),
            location,
            matcher: Matcher::Cookie,
            device,
            idle_lock_seconds: u32::try_from(idle_lock).unwrap_or(u32::MAX),
            registered_by: vouch.by.0.clone(),
            registered_at: self.inner.clock.now().wall,
            ends: Some(vouch.ends),
            revoked: None,
        }
    }
}

/// Only who treats patients: a word must not make anybody administrator or auditor.
fn is_colleague(account: &Account, viewer: &Viewer) -> bool {
    account.facility == viewer.facility
        && account.disabled.is_none()
        && account.role.may(Action::BreakGlass)
}

/// A code as it is read out and typed: ABCDE-FGHIJ.
fn grouped(code: &str) -> String {
    let code = code.to_ascii_uppercase();
    match code.split_at_checked(GROUP) {
        Some((first, second)) => format!("{first}-{second}"),
        None => code,
    }
}
