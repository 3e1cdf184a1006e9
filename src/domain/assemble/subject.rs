//! Whether a resource is about the patient asked for.

use crate::domain::{
    name,
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

/// Whether the number beside a reference is somebody else's: `own`, the numbers of the source's own
/// Patient, and those of `patient` hold one of the same system, and none that may be this one.
/// Numbers of other systems say nothing, nor does a number of no system; what a hospital numbers
/// itself is compared with that source's own Patient alone.
pub(super) fn is_contradicted(
    subject: &Subject,
    own: Option<&Vec<&Identifier>>,
    patient: Option<&Patient>,
) -> bool {
    let number = match (&subject.reference, &subject.identifier) {
        (Some(_), Some(number)) if number.system.is_some() => number,
        (_, _) => return false,
    };
    let own = own.into_iter().flatten().copied();
    let of_patient = patient.into_iter().flat_map(|patient| &patient.identifiers);
    let known: Vec<&Identifier> = own
        .chain(of_patient.filter(|known| is_insurance(known)))
        .filter(|known| known.system == number.system)
        .collect();
    !known.is_empty() && known.iter().all(|known| is_surely_another(known, number))
}

/// Whether two numbers of one system are surely two people's. An insurance number without its
/// branch may be anybody's of the household (B2); one that cannot be read says nothing.
fn is_surely_another(known: &Identifier, number: &Identifier) -> bool {
    if !is_insurance(known) {
        let bare = |number: &Identifier| folded(&number.value).trim_start_matches('0').to_owned();
        return bare(known) != bare(number);
    }
    let numbers = MemberNumber::parse(&known.value).zip(MemberNumber::parse(&number.value));
    numbers.is_some_and(|(known, number)| {
        let branches = [&known.branch, &number.branch];
        let is_open = branches.iter().any(|branch| branch.is_empty());
        !known.same_household(&number) || (!is_open && known.branch != number.branch)
    })
}

fn is_insurance(number: &Identifier) -> bool {
    let system = number.system.as_deref();
    system.is_some_and(|system| system == MEMBER_NUMBER_SYSTEM || system == PUBLIC_PAYER_SYSTEM)
}

/// Insurance numbers are the same if all four parts are: without its branch a number is the whole
/// household's and names this patient as little as another (B2). Anything else if system and folded
/// value are.
fn is_same(left: &Identifier, right: &Identifier) -> bool {
    if left.system != right.system {
        return false;
    }
    if !is_insurance(left) {
        return folded(&left.value) == folded(&right.value);
    }
    match (
        MemberNumber::parse(&left.value),
        MemberNumber::parse(&right.value),
    ) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

/// Why the patient that a source sent may be somebody else than the one asked for, though number
/// and attributes let it pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Its branch number is another one (B2): both, as sent.
    Branch(String, String),
    /// It bears another name: as sent.
    Name(String),
}

/// The doubts about `sent`, a source's own Patient, against `known`.
pub(super) fn doubts(known: &Patient, sent: &Patient) -> Vec<Doubt> {
    let branch = known.member_numbers().next().and_then(|own| {
        let mut theirs = sent
            .member_numbers()
            .filter(|number| number.same_household(&own) && !number.branch.is_empty())
            .peekable();
        let first = theirs.peek().map(|number| number.branch.clone())?;
        let is_other = !own.branch.is_empty() && theirs.all(|number| number.branch != own.branch);
        is_other.then_some(Doubt::Branch(own.branch, first))
    });
    let spelt = bears_another_name(known, sent).then(|| {
        let spellings: Vec<&str> = [&sent.name, &sent.kana]
            .into_iter()
            .filter_map(|name| name.as_deref())
            .collect();
        Doubt::Name(spellings.join(" "))
    });
    branch.into_iter().chain(spelt).collect()
}

/// Whether the name in characters or the one in kana, where both sides have it, is another one. A
/// name in characters says nothing against one in kana alone, and 通称名 is a name like another.
pub(super) fn bears_another_name(known: &Patient, sent: &Patient) -> bool {
    let is_known = |spelling: &str| known.spellings().any(|own| name::is_same(own, spelling));
    let is_other = |own: &Option<String>, their: &Option<String>| {
        own.is_some() && their.as_deref().is_some_and(|their| !is_known(their))
    };
    is_other(&known.name, &sent.name) || is_other(&known.kana, &sent.kana)
}
