//! Whether a resource is about the patient asked for.

use crate::domain::{
    patient::{Identifier, MEMBER_NUMBER_SYSTEM, MemberNumber, PUBLIC_PAYER_SYSTEM, Patient},
    record::Subject,
    text::folded,
};

use super::Answer;

/// Whose a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The patient's.
    This,
    /// Somebody else's, or cannot be proven to be the patient's.
    Another,
    /// Nobody is named.
    Nobody,
}

/// Between system and value where a patient is named by number alone.
const BETWEEN: char = '|';

/// How `subject` names its patient: the reference, else `system|value` of the number.
pub(super) fn named(subject: &Subject) -> Option<String> {
    let by_number = |number: &Identifier| {
        let system = number.system.as_deref().unwrap_or_default();
        format!("{system}{BETWEEN}{}", number.value)
    };
    subject
        .reference
        .clone()
        .or_else(|| subject.identifier.as_ref().map(by_number))
}

/// Whether [`named`] made it of a number.
pub(super) fn is_number(name: &str) -> bool {
    name.contains(BETWEEN)
}

/// Decides whose `subject` is. Only equality counts: a reference that merely ends alike may be
/// another server's patient. Without a reference the number decides, against those of the patient
/// or against the one that the patient was chosen by.
pub(super) fn whose(subject: &Subject, answer: &Answer, patient: Option<&Patient>) -> Whose {
    if subject.is_nobody() {
        return if answer.subject_optional {
            Whose::This
        } else {
            Whose::Nobody
        };
    }
    let is_this = match (&subject.reference, &subject.identifier) {
        (Some(reference), _) => answer.subject.as_ref() == Some(reference),
        (None, Some(number)) => {
            let chosen = answer
                .subject
                .as_deref()
                .and_then(|name| name.split_once(BETWEEN));
            let chosen = chosen.map(|(system, value)| Identifier {
                system: Some(system.to_owned()).filter(|system| !system.is_empty()),
                value: value.to_owned(),
            });
            let known = patient.into_iter().flat_map(|patient| &patient.identifiers);
            known.chain(&chosen).any(|known| is_same(known, number))
        }
        (None, None) => false,
    };
    if is_this { Whose::This } else { Whose::Another }
}

/// Insurance numbers are the same if all four parts are, the branch only where both have one;
/// anything else if system and folded value are.
fn is_same(left: &Identifier, right: &Identifier) -> bool {
    if left.system != right.system {
        return false;
    }
    let is_insurance = left
        .system
        .as_deref()
        .is_some_and(|system| system == MEMBER_NUMBER_SYSTEM || system == PUBLIC_PAYER_SYSTEM);
    if !is_insurance {
        return folded(&left.value) == folded(&right.value);
    }
    match (
        MemberNumber::parse(&left.value),
        MemberNumber::parse(&right.value),
    ) {
        (Some(left), Some(right)) => {
            left.same_household(&right)
                && (left.branch == right.branch
                    || left.branch.is_empty()
                    || right.branch.is_empty())
        }
        _ => false,
    }
}
