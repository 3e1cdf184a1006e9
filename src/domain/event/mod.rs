//! What the ledger records: one event, who caused it, where, and whom it concerns.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

mod body;
mod canonical;
mod content;
mod prefetch;
mod words;

pub use body::clear_fields;
pub use canonical::{FORMAT, Object, Value};
pub use content::Content;
pub use prefetch::{Ground, Prefetch};

use super::{
    access::{
        AccountId, Basis, End, FacilityId, Grant, GrantId, IdentifiedBy, NodeId, PatientKey,
        Person, Reason, RequestId, Role, TerminalId,
    },
    handoff::HandoffId,
    review::{Debrief, Inquiry, Kind, Verdict},
    section::{Freshness, Language, Look, SectionName, SourceName, State},
};

/// One event as a use case hands it to the ledger, which adds node, boot, both clocks, seals what
/// is personal and gives it a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Who caused it; `None` for what the service does by itself.
    pub who: Option<Who>,
    /// The facility concerned; every sealed field is sealed under a key of it.
    pub facility: FacilityId,
    /// The terminal.
    pub terminal: Option<TerminalId>,
    /// The network address.
    pub address: Option<IpAddr>,
    /// The request.
    pub request: Option<RequestId>,
    /// The patient concerned: sealed, and as a keyed hash for look-up.
    pub person: Option<Person>,
    /// What happened.
    pub event: Event,
}

/// The account behind an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The account.
    pub account: AccountId,
    /// In which role.
    pub role: Role,
    /// The second factor of the session.
    pub second_factor: SecondFactor,
    /// Where the account was known only from the node's copy of the registry: of when that is.
    pub accounts_as_of: Option<DateTime<Utc>>,
}

/// What the second factor was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// Time-based one-time code (RFC 6238).
    Totp,
    /// A passkey with user verification: both factors at once (`WebAuthn`).
    Passkey,
    /// A colleague vouched for a broken factor.
    Vouched,
    /// The printed code of a sealed emergency account.
    Sealed,
    /// None yet: the event happened before it was given.
    None,
}

/// What happened. Fields marked *personal* are sealed; the others stand in the canonical bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The service was started.
    Started {
        /// Its version.
        version: String,
    },
    /// An account signed in with two factors.
    SignedIn,
    /// A sign-in was refused.
    SignInRefused {
        /// The name that was typed (personal).
        name: String,
        /// Why: `unknown_or_wrong`, `wrong_code`, `used_code`, `slowed`, `not_allowed`.
        why: String,
    },
    /// An account signed out.
    SignedOut {
        /// `hand`, `elsewhere` (by hand from another session), `replaced`, `time` or `revoked`.
        why: String,
    },
    /// A session was locked.
    Locked {
        /// `hand`, `idle` or `change_of_user`.
        why: String,
    },
    /// A session was resumed with one factor.
    Unlocked,
    /// A session could not be resumed.
    UnlockRefused,
    /// A terminal was registered.
    /// A terminal is never renamed or moved: what its id in any other entry stands for is said here.
    TerminalRegistered {
        /// Its name.
        name: String,
        /// Where it stands.
        location: String,
    },
    /// Something of accounts, facilities or terminals was changed.
    Administered {
        /// `account_created`, `permission_given`, …
        what: String,
        /// The id it concerns.
        whom: String,
        /// Details without personal data.
        details: String,
    },
    /// Somebody looked for a patient.
    Searched {
        /// `insurance`, `four`, `card`, `certificate`, `launch` or `board`.
        mode: String,
        /// What was asked (personal).
        asked: String,
        /// How many were found; `None` where `identity` did not answer.
        hits: Option<usize>,
        /// Who was listed on the page, as keyed hashes: trawling shows by whom it named.
        listed: Vec<PatientKey>,
    },
    /// A grant was opened: it and the derived table `open_grant` change in one transaction. Where
    /// it renews another, that one's end follows in the same transaction.
    GrantStarted(Box<Grant>),
    /// A patient's data was shown under an open grant.
    Viewed(Box<View>),
    /// How the patient was identified was said after the summary had opened.
    Identified {
        /// The grant.
        grant: GrantId,
        /// How.
        by: IdentifiedBy,
    },
    /// A note was added to a grant.
    Noted {
        /// The grant.
        grant: GrantId,
        /// The note (personal).
        note: String,
    },
    /// The reason of a grant of one's own was corrected, or a note was added to it, whether it is
    /// open or over; what was said before stays.
    Corrected {
        /// The grant.
        grant: GrantId,
        /// The right reason.
        reason: Option<Reason>,
        /// The note (personal).
        note: Option<String>,
    },
    /// A grant ended. A grant has exactly one end.
    GrantEnded {
        /// The grant.
        grant: GrantId,
        /// Which end.
        end: End,
    },
    /// A grant ended whose home cannot be written now: from here on nothing is shown under it. Its
    /// one end is written by its home as soon as that can be.
    GrantStopped {
        /// The grant.
        grant: GrantId,
        /// Which end it is to have.
        end: End,
    },
    /// Something was refused: an action without permission, a grant of somebody else.
    Refused {
        /// What was tried, without personal data.
        what: String,
        /// Why.
        why: String,
    },
    /// A source's answer was refused: another patient's data, an unproven empty answer.
    SourceRefused {
        /// The source.
        source: SourceName,
        /// Why, without personal data.
        why: String,
    },
    /// What sources say of a patient is fetched ahead of any look; nothing is shown.
    Prefetched(Box<Prefetch>),
    /// A crew or a hospital takes a step of a handoff: it is taken only after this entry.
    HandoffStep {
        /// Which handoff.
        handoff: HandoffId,
        /// The word of the step.
        step: String,
        /// The hospitals that it concerns; never the patient.
        hospitals: Vec<FacilityId>,
        /// The version of the handoff on which the step is taken.
        version: u64,
        /// The step with everything in it, as JSON (personal): whoever takes the steps of a handoff
        /// in their order has it as it was at each version.
        said: String,
    },
    /// A handoff is shown with whom it is about: to the hospital that accepted, or to its crew.
    HandoffRevealed {
        /// Which handoff.
        handoff: HandoffId,
        /// In which version.
        version: u64,
    },
    /// The ledger was read.
    LedgerRead {
        /// What was asked, without personal data.
        what: String,
    },
    /// An auditor looks again at what a view showed; where the patient is known, it stands with
    /// what was looked at of that patient.
    Replayed {
        /// The place of the view's entry on this node.
        entry: u64,
        /// Whether values are shown, not only the names of items.
        values: bool,
        /// Why values are shown (personal).
        reason: Option<String>,
    },
    /// An auditor opened the case of an emergency grant: who the patient is was shown.
    CaseOpened {
        /// The grant.
        grant: GrantId,
    },
    /// An auditor judged an emergency grant; what was judged before stays.
    Reviewed {
        /// The grant.
        grant: GrantId,
        /// What.
        verdict: Verdict,
        /// The note (personal).
        note: Option<String>,
    },
    /// 事後説明 of an emergency grant was recorded; what was recorded before stays.
    Debriefed {
        /// The grant.
        grant: GrantId,
        /// Whether and how (to whom and by whom personal).
        debrief: Debrief,
    },
    /// Somebody asks what was shown of a patient, and is about to be told (who asks personal).
    Disclosed(Box<Inquiry>),
    /// A list that the hospital handed over was taken over as a whole.
    ListTaken {
        /// What it is about.
        kind: Kind,
        /// How many lines.
        lines: usize,
        /// SHA-256 of the file, in hexadecimal digits.
        digest: String,
        /// What of it is used, as JSON: keyed hashes in place of people (personal).
        taken: String,
    },
    /// The settings of a start that differ from those of the start before it.
    Configured {
        /// Digest of all settings.
        digest: String,
        /// Names of the settings that are new, gone or changed; never a value.
        changed: Vec<String>,
    },
    /// Keys are erased, and with them for ever what is sealed under them.
    KeysErased {
        /// Why.
        cause: Cause,
        /// Their ids.
        keys: Vec<String>,
        /// Whose, where an order names a patient. Sealed under no key of that patient: what is
        /// said of the order must outlive them.
        whose: Option<PatientKey>,
        /// The order in words (personal).
        reason: Option<String>,
    },
    /// Keys were wrapped anew under the newest key-encryption key.
    KeysRewrapped {
        /// How many.
        keys: usize,
    },
    /// How far the other of this node's two ledgers was when this one went on: each confirms the
    /// other.
    OtherLedger {
        /// The other's name.
        node: NodeId,
        /// How many entries it had.
        entries: u64,
        /// The chain value after them, in hexadecimal digits.
        head: String,
    },
    /// An administrator takes another of this node's ledgers as it is from here on, though it is not
    /// what was said of it before: entries of it are lost.
    OtherAccepted {
        /// The other's name.
        node: NodeId,
        /// How many entries it has now, and the chain value after them in hexadecimal digits; `None`
        /// where nothing of it is there any more.
        has: Option<(u64, String)>,
        /// How many it had been said to have.
        said: u64,
        /// What happened to it, without personal data.
        why: String,
    },
}

/// Why keys are erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Their retention is over.
    Expired,
    /// By order: a court's, or the patient's right.
    Order,
}

impl SecondFactor {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::Totp,
        Self::Passkey,
        Self::Vouched,
        Self::Sealed,
        Self::None,
    ];
}

impl Event {
    /// The word that names the event in its entry.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::SignedIn => "signed_in",
            Self::SignInRefused { .. } => "sign_in_refused",
            Self::SignedOut { .. } => "signed_out",
            Self::Locked { .. } => "locked",
            Self::Unlocked => "unlocked",
            Self::UnlockRefused => "unlock_refused",
            Self::TerminalRegistered { .. } => "terminal_registered",
            Self::Administered { .. } => "administered",
            Self::Searched { .. } => "searched",
            Self::GrantStarted(_) => "grant_started",
            Self::Viewed(_) => "viewed",
            Self::Identified { .. } => "identified",
            Self::Noted { .. } => "noted",
            Self::Corrected { .. } => "corrected",
            Self::GrantEnded { .. } => "grant_ended",
            Self::GrantStopped { .. } => "grant_stopped",
            Self::Refused { .. } => "refused",
            Self::SourceRefused { .. } => "source_refused",
            Self::Prefetched(_) => "prefetched",
            Self::HandoffStep { .. } => "handoff_step",
            Self::HandoffRevealed { .. } => "handoff_revealed",
            Self::LedgerRead { .. } => "ledger_read",
            Self::Replayed { .. } => "replayed",
            Self::CaseOpened { .. } => "case_opened",
            Self::Reviewed { .. } => "reviewed",
            Self::Debriefed { .. } => "debriefed",
            Self::Disclosed(_) => "disclosed",
            Self::ListTaken { .. } => "list_taken",
            Self::Configured { .. } => "configured",
            Self::KeysErased { .. } => "keys_erased",
            Self::KeysRewrapped { .. } => "keys_rewrapped",
            Self::OtherLedger { .. } => "other_ledger",
            Self::OtherAccepted { .. } => "other_accepted",
        }
    }

    /// The grant that the event names, open or not.
    #[must_use]
    pub const fn grant(&self) -> Option<&GrantId> {
        if let Self::Corrected { grant, .. }
        | Self::CaseOpened { grant }
        | Self::Reviewed { grant, .. }
        | Self::Debriefed { grant, .. } = self
        {
            Some(grant)
        } else {
            self.under()
        }
    }

    /// The open grant that the event needs: what it happens under, or what it ends. Starting a
    /// grant needs none.
    #[must_use]
    pub const fn under(&self) -> Option<&GrantId> {
        match self {
            Self::Viewed(view) => Some(&view.grant),
            Self::Prefetched(prefetch) => prefetch.ground.grant(),
            Self::Identified { grant, .. }
            | Self::Noted { grant, .. }
            | Self::GrantEnded { grant, .. }
            | Self::GrantStopped { grant, .. } => Some(grant),
            Self::Started { .. }
            | Self::SignedIn
            | Self::SignInRefused { .. }
            | Self::SignedOut { .. }
            | Self::Locked { .. }
            | Self::Unlocked
            | Self::UnlockRefused
            | Self::TerminalRegistered { .. }
            | Self::Administered { .. }
            | Self::Searched { .. }
            | Self::GrantStarted(_)
            | Self::Corrected { .. }
            | Self::Refused { .. }
            | Self::SourceRefused { .. }
            | Self::HandoffStep { .. }
            | Self::HandoffRevealed { .. }
            | Self::LedgerRead { .. }
            | Self::Replayed { .. }
            | Self::CaseOpened { .. }
            | Self::Reviewed { .. }
            | Self::Debriefed { .. }
            | Self::Disclosed(_)
            | Self::ListTaken { .. }
            | Self::Configured { .. }
            | Self::KeysErased { .. }
            | Self::KeysRewrapped { .. }
            | Self::OtherLedger { .. }
            | Self::OtherAccepted { .. } => None,
        }
    }
}

/// One look.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The grant it happens under.
    pub grant: GrantId,
    /// How it was shown.
    pub method: Method,
    /// Emergency or normal windows.
    pub look: Look,
    /// The language.
    pub language: Language,
    /// Sections with their states and how many rows were in the page's bytes.
    pub sections: Vec<(SectionName, State, usize)>,
    /// Sources with the freshness of what they gave.
    pub sources: Vec<(SourceName, Freshness)>,
    /// From the request's first byte to this entry, in milliseconds.
    pub duration_ms: u64,
    /// Exactly what was shown (personal): kept once as a `shown` blob.
    pub shown: Content,
}

/// How data was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The screen, first answer.
    Screen,
    /// The screen, second step with everything that came.
    Late,
    /// The print page.
    Print,
    /// A covered row, uncovered.
    Uncovered,
    /// A document's text.
    Document,
}

/// The basis and reason of a grant, as separate fields of its entry: purpose of use
/// (`TREAT`/`ETREAT`) and override (`BTG`) are not the same thing (IHE PCF).
#[must_use]
pub const fn purpose_and_override(basis: Basis) -> (&'static str, Option<&'static str>) {
    match basis {
        Basis::Consented => ("TREAT", None),
        Basis::Emergency => ("ETREAT", Some("BTG")),
    }
}
