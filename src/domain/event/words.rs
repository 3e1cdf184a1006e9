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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purpose_and_override_are_two_things() {
        use super::super::purpose_and_override;

        assert_eq!(purpose_and_override(Basis::Consented), ("TREAT", None));
        let emergency = ("ETREAT", Some("BTG"));
        assert_eq!(purpose_and_override(Basis::Emergency), emergency);
    }

    #[test]
    fn the_words_of_entries_stay_as_they_are_for_ever() {
        assert_eq!(
            [Basis::Consented, Basis::Emergency].map(basis),
            ["consented", "emergency"]
        );
        let reasons = [
            "unconscious",
            "danger_to_life",
            "cannot_communicate",
            "no_time",
            "disaster",
            "other",
        ];
        assert_eq!(Reason::ALL.map(reason), reasons);
        let found = [
            "insurance",
            "four_attributes",
            "card",
            "board",
            "certificate",
            "launch",
            "disaster",
        ];
        assert_eq!(FoundBy::ALL.map(found_by), found);
        let identified = ["photograph", "companion", "crew", "belongings", "patient"];
        assert_eq!(IdentifiedBy::ALL.map(identified_by), identified);
        let factors = [
            SecondFactor::Totp,
            SecondFactor::Passkey,
            SecondFactor::Vouched,
            SecondFactor::Sealed,
            SecondFactor::None,
        ];
        assert_eq!(
            factors.map(second_factor),
            ["totp", "passkey", "vouched", "sealed", "none"]
        );
        let methods = [
            Method::Screen,
            Method::Late,
            Method::Print,
            Method::Uncovered,
            Method::Document,
        ];
        assert_eq!(
            methods.map(method),
            ["screen", "late", "print", "uncovered", "document"]
        );
        assert_eq!(
            [Look::Emergency, Look::Normal].map(look),
            ["emergency", "normal"]
        );
        assert_eq!([Language::Ja, Language::En].map(language), ["ja", "en"]);
        let ages = [Freshness::Fresh, Freshness::Stale, Freshness::Missing];
        assert_eq!(ages.map(freshness), ["fresh", "stale", "missing"]);
        assert_eq!(
            [Cause::Expired, Cause::Order].map(cause),
            ["expired", "order"]
        );
    }
}
