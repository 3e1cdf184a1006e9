//! Who may do what: roles, actions, bases, reasons, and the grant.

mod end;
mod glass;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, time::Duration};

pub use end::End;
pub use glass::{Flag, FoundBy, IdentifiedBy, Reason};

use serde::{Deserialize, Serialize};

use super::{
    clock::Moment,
    consent::Consent,
    patient::{MemberNumber, Patient},
};

/// Declares an opaque identifier: a word without personal meaning, safe in URLs and logs.
macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub String);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

opaque_id! {
    /// A hospital or fire department; part of every key and row.
    FacilityId
}
opaque_id! {
    /// A person's account; never the sign-in name.
    AccountId
}
opaque_id! {
    /// A registered device.
    TerminalId
}
opaque_id! {
    /// One grant: `NODE.RANDOM`; the part before the dot is its home node.
    GrantId
}
opaque_id! {
    /// One authenticator of an account.
    AuthenticatorId
}
opaque_id! {
    /// One vouching for a terminal or a factor.
    VouchId
}
opaque_id! {
    /// One node of the service.
    NodeId
}
opaque_id! {
    /// One HTTP request; printed on error pages and in log lines.
    RequestId
}
opaque_id! {
    /// A patient as a keyed hash: the same within one facility, meaningless outside.
    PatientKey
}

impl GrantId {
    /// The node that writes this grant's one end; `None` where the id is malformed.
    #[must_use]
    pub fn home(&self) -> Option<NodeId> {
        self.0
            .split_once('.')
            .map(|(node, _)| NodeId(node.to_owned()))
    }

    /// The same grant with another home, as long as it is not started anywhere.
    #[must_use]
    pub fn at(&self, home: &NodeId) -> Self {
        let random = self
            .0
            .split_once('.')
            .map_or(&*self.0, |(_, random)| random);
        Self(format!("{home}.{random}"))
    }
}

/// What an account may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// 医師
    Physician,
    /// 看護師
    Nurse,
    /// 薬剤師
    Pharmacist,
    /// 救急隊員
    Paramedic,
    /// 受付: search and board, no clinical data
    Clerk,
    /// 監査: reads the ledger, never a clinical page
    Auditor,
    /// 管理者: accounts and terminals, never a clinical page
    Administrator,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 7] = [
        Self::Physician,
        Self::Nurse,
        Self::Pharmacist,
        Self::Paramedic,
        Self::Clerk,
        Self::Auditor,
        Self::Administrator,
    ];

    /// The word used in the registry, configuration and entries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Physician => "physician",
            Self::Nurse => "nurse",
            Self::Pharmacist => "pharmacist",
            Self::Paramedic => "paramedic",
            Self::Clerk => "clerk",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Whether somebody of this role judges the need himself; all others name who judged.
    #[must_use]
    pub const fn judges_himself(self) -> bool {
        matches!(self, Self::Physician)
    }

    /// Whether this role may do `action` at all. Breaking the glass needs the emergency permission
    /// besides, and seeing a patient a grant.
    #[must_use]
    pub const fn may(self, action: Action) -> bool {
        match action {
            Action::Anyone | Action::SignedIn => true,
            Action::Search => matches!(
                self,
                Self::Physician | Self::Nurse | Self::Pharmacist | Self::Paramedic | Self::Clerk
            ),
            Action::BreakGlass | Action::ReadSummary => matches!(
                self,
                Self::Physician | Self::Nurse | Self::Pharmacist | Self::Paramedic
            ),
            Action::Handoff => matches!(self, Self::Paramedic),
            Action::ReadBoard => matches!(
                self,
                Self::Physician | Self::Nurse | Self::Pharmacist | Self::Clerk
            ),
            Action::Accept => matches!(self, Self::Physician | Self::Nurse),
            Action::ReadLedger => matches!(self, Self::Auditor),
            Action::Administer => matches!(self, Self::Administrator),
            Action::Permit => self.may(Action::Administer) || self.may(Action::Search),
        }
    }
}

/// What a route asks of the one who calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Nothing: sign-in page, assets, health.
    Anyone,
    /// A session.
    SignedIn,
    /// To look for a patient.
    Search,
    /// To open a grant.
    BreakGlass,
    /// To see a patient under a grant of one's own.
    ReadSummary,
    /// To report a patient to hospitals and to hand over: crews.
    Handoff,
    /// To see who comes, without a name.
    ReadBoard,
    /// To answer a crew for the hospital, to see who comes, and to receive.
    Accept,
    /// To read the ledger.
    ReadLedger,
    /// To change accounts and terminals.
    Administer,
    /// To give the emergency permission to others: administrators, and who was named 当直責任者.
    Permit,
}

/// On what ground a patient is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// 同意
    Consented,
    /// 救急時: purpose ETREAT, override BTG
    Emergency,
}

/// The patient a grant is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The number the shared records know the patient by.
    pub number: MemberNumber,
    /// The naming system of that number.
    pub system: String,
    /// Who that is; `None` where `identity` could not be asked (「本人情報 未確認」).
    pub patient: Option<Patient>,
}

impl Person {
    /// Whether both are certainly the same: twins without a branch share a number, so the number
    /// alone is not enough.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let told_apart_by = |patient: &Patient| {
            (
                patient.name.clone(),
                patient.kana.clone(),
                patient.birth_date,
                patient.sex,
            )
        };
        self.system == other.system
            && self.number == other.number
            && self.patient.as_ref().map(told_apart_by) == other.patient.as_ref().map(told_apart_by)
    }

    /// Whether two people of one number are certainly not the same.
    #[must_use]
    pub fn is_another(&self, other: &Self) -> bool {
        self.patient.is_some() && other.patient.is_some() && !self.is_same(other)
    }
}

/// How long before its end a grant may be renewed with one digit.
pub const RENEWABLE: Duration = Duration::from_mins(15);

/// One account may see one patient until a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Who looks.
    pub account: AccountId,
    /// In which role.
    pub role: Role,
    /// For which facility.
    pub facility: FacilityId,
    /// At which terminal it was opened.
    pub terminal: TerminalId,
    /// Whom.
    pub person: Person,
    /// The patient's keyed hash in this facility.
    pub patient_key: PatientKey,
    /// On what ground.
    pub basis: Basis,
    /// Why.
    pub reason: Option<Reason>,
    /// Who judged that life or body needs it: name in the clinician's words, `None`: himself.
    pub judged_by: Option<String>,
    /// The note given with the reason.
    pub note: Option<String>,
    /// How the patient was found.
    pub found_by: FoundBy,
    /// How the patient was identified; `None` until answered.
    pub identified_by: Option<IdentifiedBy>,
    /// The consent, where that is the basis.
    pub consent: Option<Consent>,
    /// What the review looks at.
    pub flags: BTreeSet<Flag>,
    /// The grant whose place it takes: that one ends in the same transaction.
    pub renews: Option<GrantId>,
    /// The account's epoch when it was opened: a revocation raises it. Not in the entry.
    pub epoch: u32,
    /// When it began.
    pub start: Moment,
    /// How long it lasts.
    pub span: Duration,
}

impl Grant {
    /// Whether its time is over.
    #[must_use]
    pub fn is_over(&self, now: Moment) -> bool {
        now.has_passed(self.start, self.span)
    }

    /// Whether it may be renewed now: it breaks the glass, and its end is near. A consent is good
    /// for what was agreed to and has to be taken anew.
    #[must_use]
    pub fn is_renewable(&self, now: Moment) -> bool {
        self.basis == Basis::Emergency && !self.is_over(now) && self.left(now) <= RENEWABLE
    }

    /// What is left of it.
    #[must_use]
    pub fn left(&self, now: Moment) -> Duration {
        now.left_of(self.start, self.span)
    }
}
