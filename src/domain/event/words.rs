//! The words of an entry. They are spelt out here, apart from any other form of the same values:
//! what stands in the ledger never changes because a page or a file format does.

use super::{
    super::{
        access::{Basis, FoundBy, IdentifiedBy, Reason},
        section::{Freshness, Language, Look},
    },
    Cause, Method, SecondFactor,
};

pub(super) const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Consented => "consented",
        Basis::Emergency => "emergency",
    }
}

pub(super) const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Unconscious => "unconscious",
        Reason::DangerToLife => "danger_to_life",
        Reason::CannotCommunicate => "cannot_communicate",
        Reason::NoTime => "no_time",
        Reason::Disaster => "disaster",
        Reason::Other => "other",
    }
}

pub(super) const fn found_by(found_by: FoundBy) -> &'static str {
    match found_by {
        FoundBy::Insurance => "insurance",
        FoundBy::FourAttributes => "four_attributes",
        FoundBy::Card => "card",
        FoundBy::Board => "board",
        FoundBy::Certificate => "certificate",
        FoundBy::Launch => "launch",
        FoundBy::Disaster => "disaster",
    }
}

pub(super) const fn identified_by(identified_by: IdentifiedBy) -> &'static str {
    match identified_by {
        IdentifiedBy::Photograph => "photograph",
        IdentifiedBy::Companion => "companion",
        IdentifiedBy::Crew => "crew",
        IdentifiedBy::Belongings => "belongings",
        IdentifiedBy::Patient => "patient",
    }
}

pub(super) const fn second_factor(factor: SecondFactor) -> &'static str {
    match factor {
        SecondFactor::Totp => "totp",
        SecondFactor::Passkey => "passkey",
        SecondFactor::Vouched => "vouched",
        SecondFactor::Sealed => "sealed",
        SecondFactor::None => "none",
    }
}

pub(super) const fn method(method: Method) -> &'static str {
    match method {
        Method::Screen => "screen",
        Method::Late => "late",
        Method::Print => "print",
        Method::Uncovered => "uncovered",
        Method::Document => "document",
    }
}

pub(super) const fn look(look: Look) -> &'static str {
    match look {
        Look::Emergency => "emergency",
        Look::Normal => "normal",
    }
}

pub(super) const fn language(language: Language) -> &'static str {
    match language {
        Language::Ja => "ja",
        Language::En => "en",
    }
}

pub(super) const fn freshness(freshness: Freshness) -> &'static str {
    match freshness {
        Freshness::Fresh => "fresh",
        Freshness::Stale => "stale",
        Freshness::Missing => "missing",
    }
}

pub(super) const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Expired => "expired",
        Cause::Order => "order",
    }
}
