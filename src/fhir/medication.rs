//! `MedicationRequest`, `MedicationDispense`, `MedicationStatement`.

use std::collections::BTreeSet;

use super::{bundle::Resource, dosage, node::Node, reference::Context};
use crate::domain::{
    code::{Coding, Concept},
    date::Date,
    medication::{Act, Dosage, Medication},
    patient::Identifier,
};

/// A drug and what is in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Drug {
    name: Concept,
    ingredients: Vec<Coding>,
}

/// A Medication that other resources refer to and that is longer than this is no list of
/// ingredients: one of megabytes must not be repeated in thousands of rows.
const LENT_BYTES_AT_MOST: usize = 32_768;

/// A request has one prescription number, or two.
const NUMBERS_LENT_AT_MOST: usize = 8;

/// What it says; `None` where neither drug nor dosage could be read.
pub(super) fn read(context: &Context<'_, '_, '_>, act: Act) -> Option<Medication> {
    let node = context.node();
    let drug = drug(context);
    let instructions = ["dosageInstruction", "dosage"]
        .iter()
        .flat_map(|name| node.objects(name));
    let dosages: Vec<_> = instructions
        .map(|instruction| dosage::read(&instruction))
        .collect();
    let effective = node.period("effectivePeriod").unwrap_or_default();
    let fill = node.object("dispenseRequest");
    let (supply_days, repeats) = supply(node, fill.as_ref());
    let quantity = fill.as_ref().and_then(|fill| fill.quantity("quantity"));
    let (prescription, fulfils) = prescription(context);
    let reasons = [
        node.each_in_words("statusReason"),
        node.each_in_words("statusReasonCodeableConcept"),
    ];
    let reasons = reasons.concat().join("、");
    let says_something = !drug.name.is_empty()
        || !drug.ingredients.is_empty()
        || dosages.iter().any(|dosage| *dosage != Dosage::default());
    says_something.then(|| Medication {
        act,
        drug: drug.name,
        ingredients: drug.ingredients,
        status: status(node),
        intent: node.word("intent"),
        categories: node.concepts("category"),
        authored: node
            .date("authoredOn")
            .or_else(|| node.date("dateAsserted")),
        dispensed: dispensed(node),
        starts: node.date("effectiveDateTime").or(effective.start),
        ends: effective.end,
        supply_days,
        doses: fill.as_ref().and_then(doses),
        repeats,
        quantity: quantity.or_else(|| node.quantity("quantity")),
        dosages,
        prescription,
        dispensing: dispensing(node, fill.as_ref()),
        fulfils,
        notes: node.notes("note"),
        reason_stopped: Some(reasons).filter(|reasons| !reasons.is_empty()),
    })
}

/// The status; `do-not-perform` where the request is one not to give the drug, which turns the
/// meaning of every other field round.
fn status(node: &Node<'_>) -> Option<String> {
    if node.truth("doNotPerform") == Some(true) {
        return Some("do-not-perform".to_owned());
    }
    node.word("status")
}

fn dispensed(node: &Node<'_>) -> Option<Date> {
    let prepared = node.date("whenPrepared");
    node.date("whenHandedOver").or(prepared)
}

fn supply(node: &Node<'_>, fill: Option<&Node<'_>>) -> (Option<u32>, Option<u32>) {
    let expected = fill.and_then(|fill| dosage::days(fill, "expectedSupplyDuration"));
    let repeats = fill.and_then(|fill| fill.count("numberOfRepeatsAllowed"));
    (
        expected.or_else(|| dosage::days(node, "daysSupply")),
        repeats,
    )
}

/// 頓用回数.
fn doses(fill: &Node<'_>) -> Option<u32> {
    let counts = fill.extensions("JP_MedicationRequest_DispenseRequest_ExpectedRepeatCount");
    counts.iter().find_map(|count| count.count("valueInteger"))
}

/// 調剤指示 of a request and what kind of dispensing it was.
fn dispensing(node: &Node<'_>, fill: Option<&Node<'_>>) -> Vec<String> {
    let name = "JP_MedicationRequest_DispenseRequest_InstructionForDispense";
    let instructions = fill.into_iter().flat_map(|fill| fill.extensions(name));
    let preparations = node.extensions("JP_MedicationDispense_Preparation");
    let mut words: Vec<String> = instructions
        .chain(preparations)
        .filter_map(|one| {
            one.words("valueCodeableConcept")
                .or_else(|| one.text("valueString"))
        })
        .collect();
    if node.has("whenHandedOver") || node.has("whenPrepared") {
        words.extend(node.words("type"));
    }
    words
}

fn drug(context: &Context<'_, '_, '_>) -> Drug {
    let node = context.node();
    let concept = node.concept("medicationCodeableConcept");
    let mut drug = Drug::default();
    if let Some(reference) = node.reference("medicationReference") {
        let held = reference
            .target
            .as_deref()
            .and_then(|target| context.find(target));
        match held.filter(|held| held.kind == "Medication" && held.length <= LENT_BYTES_AT_MOST) {
            Some(held) => drug = held.drug.get_or_init(|| contents(held)).clone(),
            None if reference.display.is_none() => {
                node.problem(
                    "medicationReference",
                    "leads to no Medication that came with it",
                );
            }
            None => {}
        }
        if drug.name.text.is_none()
            && drug
                .name
                .codings
                .iter()
                .all(|coding| coding.display.is_none())
        {
            drug.name.text = reference.display;
        }
    }
    if let Some(concept) = concept {
        drug.name = concept;
    }
    drug
}

/// Lists what is unreadable in a Medication: with the rows that refer to it, it is read in silence.
pub(super) fn list_problems(medication: &Resource<'_>) {
    drop(contents_of(&medication.node));
}

fn contents(medication: &Resource<'_>) -> Drug {
    contents_of(&medication.lent())
}

fn contents_of(node: &Node<'_>) -> Drug {
    let mut ingredients = Vec::new();
    for item in node.objects("ingredient") {
        let Some(concept) = item.concept("itemCodeableConcept") else {
            continue;
        };
        if concept.codings.is_empty() {
            ingredients.push(Coding {
                display: concept.text,
                ..Coding::default()
            });
        } else {
            let text = concept.text;
            ingredients.extend(concept.codings.into_iter().map(|coding| Coding {
                display: coding.display.or_else(|| text.clone()),
                ..coding
            }));
        }
    }
    Drug {
        name: node.concept("code").unwrap_or_default(),
        ingredients,
    }
}

/// The prescription's identifiers, and the requests that a dispense fulfils.
fn prescription(context: &Context<'_, '_, '_>) -> (Vec<Identifier>, Vec<String>) {
    let node = context.node();
    let mut identifiers = of_prescription(node);
    let mut fulfils = Vec::new();
    let mut seen = BTreeSet::<String>::new();
    for request in ["authorizingPrescription", "basedOn"]
        .iter()
        .flat_map(|name| node.references(name))
    {
        identifiers.extend(request.identifier);
        let Some(target) = request.target.filter(|target| seen.insert(target.clone())) else {
            continue;
        };
        let held = context
            .find(&target)
            .filter(|held| held.kind == "MedicationRequest");
        if let Some(held) = held.filter(|held| held.length <= LENT_BYTES_AT_MOST) {
            let numbers = of_prescription(&held.lent());
            identifiers.extend(numbers.into_iter().take(NUMBERS_LENT_AT_MOST));
        }
        if !target.starts_with('#') {
            fulfils.push(context.canonical(&target));
        }
    }
    let mut once = BTreeSet::new();
    identifiers.retain(|identifier| once.insert(identifier.clone()));
    (identifiers, fulfils)
}

fn of_prescription(node: &Node<'_>) -> Vec<Identifier> {
    let group = node.identifier("groupIdentifier");
    let numbers = node
        .identifiers("identifier")
        .into_iter()
        .filter(|identifier| {
            let system = identifier.system.as_deref().unwrap_or_default();
            names_prescriptions(system)
        });
    group.into_iter().chain(numbers).collect()
}

/// 処方箋番号: OID …20.3.11, or a system that says so.
fn names_prescriptions(system: &str) -> bool {
    let oid = system
        .trim_start_matches("urn:oid:")
        .strip_prefix("1.2.392.100495.20.3.11");
    oid.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        || system.to_ascii_lowercase().contains("prescription")
}
