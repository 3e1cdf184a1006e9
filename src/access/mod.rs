//! Floor 3: who may look. Sign-in with two factors, sessions, terminals, finding the patient, the
//! glass, grants.
//!
//! May name: `domain`, `sources`, `ledger`, `registry`. Never: `summary`, `web`.

mod activity;
pub mod admin;
mod anew;
mod asked;
mod begin;
mod candidate;
mod codes;
mod confirm;
mod consent;
mod current;
mod debug;
mod document;
mod entry;
mod factors;
mod find;
mod form;
mod given;
mod glass;
mod grant;
mod handed_over;
mod launch;
mod limit;
mod link;
mod own;
mod passkey;
mod passkey_sign_in;
mod password;
mod record;
mod renew;
mod sealed;
mod seats;
mod session;
mod sign_in;
mod sweep;
mod terminal;
#[cfg(test)]
mod tests;
mod today;
mod token;
mod totp;
mod unlock;
mod vouch;

use std::{collections::BTreeSet, net::IpAddr, sync::Arc, time::Duration};

pub use crate::{
    ledger::Past,
    registry::{Authenticator, AuthenticatorKind, FacilityKind},
};
pub use activity::COVER_EARLY;
pub use anew::{Anew, OwnChange};
pub use asked::{Answer, Finding, Search};
pub use candidate::{Candidate, Current, Found};
pub use codes::{CodeKey, Handed};
pub use confirm::Usual;
pub use factors::{NotChanged, told};
pub use form::{Field, Glass, Wrong};
pub use given::{OwnFactor, OwnMeans};
pub use launch::{LaunchKey, Launched};
pub use limit::Searching;
pub use link::{Enrolment, OpenLink, Proof};
pub use passkey::Ceremony;
pub use seats::{END_WARNING, OwnSession};
pub use today::{Own, Said, Today};
pub use vouch::{Stranger, TakenUp, Vouched, Vouching};

use chrono::{DateTime, Utc};
use secrecy::{SecretSlice, SecretString};
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use crate::{
    domain::{
        access::{AccountId, End, FacilityId, Flag, Reason, RequestId, Role, TerminalId},
        clock::Clock,
        entropy::Entropy,
        event::SecondFactor,
        section::Language,
    },
    ledger::Ledger,
    registry::{
        Registry,
        seal::{Seal, derived_key},
    },
    sources::Sources,
};

/// Where a request comes from.
#[derive(Clone)]
pub struct Caller {
    /// The device cookie's value, where the browser sent one.
    pub device: Option<String>,
    /// The session cookie's value, where the browser sent one.
    pub session: Option<String>,
    /// The name in the client certificate that the connection was opened with, once verified.
    pub certificate: Option<String>,
    /// The network address.
    pub address: Option<IpAddr>,
    /// The request.
    pub request: RequestId,
}

/// Who is signed in, where, and until when.
#[derive(Clone)]
pub struct Viewer {
    /// The account.
    pub account: AccountId,
    /// Name shown in the banner.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Facility.
    pub facility: FacilityId,
    /// Facility's name.
    pub facility_name: String,
    /// 保険医療機関番号 of the facility, where known.
    pub facility_number: Option<String>,
    /// What the facility is.
    pub facility_kind: FacilityKind,
    /// Terminal.
    pub terminal: TerminalId,
    /// Terminal's name.
    pub terminal_name: String,
    /// Where the terminal stands.
    pub location: String,
    /// Where searches are counted: the terminal, or the address within a pool of them.
    pub place: String,
    /// What the review looks at in every grant of this session.
    pub flags: BTreeSet<Flag>,
    /// Second factor of this session.
    pub second_factor: SecondFactor,
    /// Where the account is known only from the node's copy of the registry: of when that is.
    pub accounts_as_of: Option<DateTime<Utc>>,
    /// Whether the account may break the glass today.
    pub emergency_permission: bool,
    /// Whether the account may give the emergency permission to others now: an administrator, or
    /// 当直責任者.
    pub may_permit: bool,
    /// Language of the pages.
    pub language: Language,
    /// Under which a tablet keeps what this account has not sent yet: says nothing of the account
    /// to whoever finds it there, and is another one in another installation.
    pub drafts: String,
    /// Epoch of the account: a revocation raises it.
    pub epoch: u32,
    /// Emergency grants of an earlier epoch are over.
    pub grants_from: u32,
    /// The area of the 災害時 flag that the facility has on now, and its last day.
    pub disaster: Option<String>,
    /// Whether the session is locked: only unlocking and signing out are open.
    pub locked: bool,
    /// When the session ends.
    pub ends: DateTime<Utc>,
    /// What is left of it, by whichever clock says less.
    pub left: Duration,
    /// How long this terminal's seat may be left before the session locks.
    pub idle_lock: Duration,
    /// How much of that is left: all of it, but where a page asks that nobody touched.
    pub idle_left: Duration,
    /// Token that every form of this session must carry.
    pub form_token: String,
    /// Hash of the session, for binding sealed values; not the cookie's value.
    pub session: String,
    /// Where the request came from.
    pub caller: Caller,
}

/// Why somebody was not let in or through. Which page says so is `web`'s matter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No session: to the sign-in page.
    #[error("not signed in")]
    NotSignedIn,
    /// The session is locked.
    #[error("locked")]
    Locked,
    /// The role may not do this; "not yours" and "does not exist" look the same.
    #[error("not allowed")]
    NotAllowed,
    /// The grant is over; with how it ended.
    #[error("the grant is over")]
    GrantOver(End),
    /// The grant is another node's, which this one does not know.
    #[error("another node's grant")]
    OtherNode,
    /// The form's token is missing or wrong.
    #[error("the form is not from this session")]
    ForeignForm,
    /// The candidate of a search is expired, forged or from another session.
    #[error("the candidate is not valid any more")]
    StaleCandidate,
    /// A field is wrong: which, and what is wrong with it.
    #[error("a field is wrong")]
    Field(Field, Wrong),
    /// A launch from the facility's own system leads nowhere; with why.
    #[error("the launch is not valid")]
    Launch(Launched),
    /// Nothing was opened: the same is asked once more, with why.
    #[error("one more confirmation is asked")]
    Confirm {
        /// Goes back with the form; bound to session, candidate and reason.
        token: String,
        /// The reason that was given.
        reason: Reason,
        /// Why it is asked, and what will be flagged.
        flags: Vec<Flag>,
    },
    /// Nothing was opened: the consent form is asked for.
    #[error("the consent form is asked for")]
    AskConsent,
    /// The ledger cannot be written: nothing may happen.
    #[error("cannot record")]
    CannotRecord,
    /// The registry cannot be read or written.
    #[error("the registry does not answer")]
    Unavailable,
}

/// What the sign-in form held.
#[derive(Clone)]
pub struct SignIn {
    /// Sign-in name.
    pub account: String,
    /// Password.
    pub password: SecretString,
    /// One-time code, where given together.
    pub code: Option<String>,
}

/// How a step of signing in went.
#[derive(Clone)]
pub enum SignedIn {
    /// Both factors were right.
    Done(NewSession),
    /// The password was right; the code is asked next. The token stands for the first step, is
    /// bound to it and short-lived.
    NeedsCode {
        /// Opaque, for the next form or a cookie.
        pending: String,
        /// Whether a colleague vouched for the second factor: it may be used in its place.
        vouched: bool,
    },
    /// Not let in.
    Refused(Refusal),
}

/// Why a sign-in was refused, as far as may be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Name, password or both are wrong; never says which.
    UnknownOrWrong,
    /// The code is wrong.
    WrongCode,
    /// The code was used before: the next one comes in this many seconds.
    UsedCode(u64),
    /// Too many tries: again in this many seconds (at most 10).
    Slowed(u64),
    /// This terminal is not registered.
    UnknownTerminal,
    /// The pending first step is over.
    Expired,
    /// The passkey is not this account's, or its answer is not right.
    WrongPasskey,
    /// The device did not ask its owner for a PIN or a finger.
    UnverifiedPasskey,
    /// The passkey's counter went back: there may be a second copy of it.
    CopiedPasskey,
    /// A sealed emergency account is signed in at this browser, and could not come back.
    SealedHere,
}

/// A session just begun.
#[derive(Clone)]
pub struct NewSession {
    /// The session cookie's value: 256 bits, only its hash is stored.
    pub session: String,
    /// The device cookie's value, where the terminal was registered just now.
    pub device: Option<String>,
    /// The account's language.
    pub language: Language,
}

/// How the service behaves.
#[derive(Clone)]
pub struct Settings {
    /// How long a grant lasts (4 hours).
    pub grant: Duration,
    /// How long a grant on consent lasts (24 hours, and never longer).
    pub consented: Duration,
    /// What is more than an account usually opens.
    pub usual: Usual,
    /// How long a seat may be left before its session locks, for terminals registered from now on
    /// (180 s).
    pub idle_lock: Duration,
    /// How long a session lasts (12 hours).
    pub session: Duration,
    /// Whether an unknown browser is registered as a terminal at its first sign-in; only for
    /// training.
    pub register_new_terminals: bool,
    /// The origin at which passkeys are used, `https://host`; their host name can never change
    /// without losing them. `None`: none are offered.
    pub passkey_origin: Option<String>,
    /// The facility under which refused sign-ins of unknown names are recorded.
    pub unknown_facility: FacilityId,
    /// How patients are found.
    pub finding: Finding,
    /// The installation key, from which the keys of tokens are derived.
    pub key: SecretSlice<u8>,
}

impl Settings {
    /// The product's defaults with an installation key.
    #[must_use]
    pub fn new(key: SecretSlice<u8>) -> Self {
        Self {
            grant: Duration::from_hours(4),
            consented: Duration::from_hours(24),
            usual: Usual::default(),
            idle_lock: Duration::from_mins(3),
            session: Duration::from_hours(12),
            register_new_terminals: false,
            passkey_origin: None,
            unknown_facility: FacilityId("unknown".to_owned()),
            finding: Finding::default(),
            key,
        }
    }
}

/// The service. Its methods stand beside what they do: sign-in, session, search, glass, grant,
/// sweep. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Access {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    registry: Registry,
    ledger: Ledger,
    sources: Sources,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    hasher: password::Hasher,
    limits: limit::Limits,
    pending: token::Tokens,
    candidates: token::Tokens,
    confirmations: token::Tokens,
    documents: token::Tokens,
    entries: token::Tokens,
    launched: token::Tokens,
    enrolments: token::Tokens,
    strangers: token::Tokens,
    code_seal: Seal,
    passkeys: Option<passkey::Ceremonies>,
    form_key: Zeroizing<[u8; 32]>,
    activity: activity::Activities,
    openings: glass::Openings,
    searches: glass::Openings,
    uses: sweep::Uses,
    /// Writes that no page waits for: one of each kind at a time, so that nothing piles up before a
    /// disk that stands still.
    writing: Writing,
}

/// Leave for one write of each kind.
struct Writing {
    activity: Arc<tokio::sync::Semaphore>,
    uses: Arc<tokio::sync::Semaphore>,
    /// A stop waits for none of them: what a thread began to write it writes to its end.
    tasks: TaskTracker,
}

impl Writing {
    fn new() -> Self {
        let one = || Arc::new(tokio::sync::Semaphore::new(1));
        Self {
            activity: one(),
            uses: one(),
            tasks: TaskTracker::new(),
        }
    }
}

impl Access {
    /// Wires the service together.
    #[must_use]
    pub fn new(
        settings: Settings,
        registry: Registry,
        ledger: Ledger,
        sources: Sources,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let tokens = |purpose| {
            token::Tokens::new(
                &settings.key,
                purpose,
                Arc::clone(&clock),
                Arc::clone(&entropy),
            )
        };
        let passkeys = settings.passkey_origin.as_deref().and_then(|origin| {
            let tokens = tokens("access passkey 1");
            passkey::Ceremonies::new(origin, &settings.key, tokens, &*entropy)
        });
        Self {
            inner: Arc::new(Inner {
                pending: tokens("access pending 1"),
                candidates: tokens("access candidate 1"),
                confirmations: tokens("access confirmation 1"),
                documents: tokens("access document 1"),
                entries: tokens("access entry 1"),
                launched: tokens("access launch 1"),
                enrolments: tokens("access enrolment 1"),
                strangers: tokens("access stranger 1"),
                code_seal: Seal::new(&settings.key, codes::PURPOSE),
                passkeys,
                form_key: derived_key(&settings.key, "access form 1"),
                hasher: password::Hasher::new(Arc::clone(&entropy)),
                limits: limit::Limits::new(&clock, settings.finding.searching),
                activity: activity::Activities::default(),
                openings: glass::Openings::default(),
                searches: glass::Openings::default(),
                uses: sweep::Uses::default(),
                writing: Writing::new(),
                settings,
                registry,
                ledger,
                sources,
                clock,
                entropy,
            }),
        }
    }
}
