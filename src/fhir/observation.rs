//! Observation.

use super::{datatype::words, node::Node, party::thing_words, reference::Context, text::clean};
use crate::domain::{
    code::Concept,
    date::Date,
    quantity::Quantity,
    result::{Component, Observation, ReferenceRange, Value},
};

/// More of a waveform than this is no text.
const SAMPLES_AT_MOST: usize = 200;

/// What it says; `None` where neither what was measured nor a value could be read.
pub(super) fn read(context: &Context<'_, '_, '_>) -> Option<Observation> {
    let node = context.node();
    let value = value(node);
    let mut components: Vec<Component> = node.objects("component").iter().map(component).collect();
    let held = contained_members(context);
    let members = node.objects("hasMember").len().saturating_sub(held.len());
    components.extend(held);
    let specimen = node.objects("specimen").first().map(Node::as_reference);
    let observation = Observation {
        code: node.concept("code").unwrap_or_default(),
        categories: node.concepts("category"),
        status: node.word("status"),
        effective: effective(node),
        issued: node.date("issued"),
        value,
        absent_reason: node.concept("dataAbsentReason"),
        interpretations: node.concepts("interpretation"),
        ranges: ranges(node),
        components,
        members,
        specimen: specimen.and_then(|to| thing_words(context, &to)),
        method: node.concept("method").as_ref().and_then(words),
        notes: node.notes("note"),
    };
    let has_value = !matches!(observation.value, Value::None | Value::Unreadable);
    let says_something = !observation.code.is_empty()
        || has_value
        || !observation.components.is_empty()
        || !observation.notes.is_empty();
    says_something.then_some(observation)
}

fn component(node: &Node<'_>) -> Component {
    Component {
        code: node.concept("code").unwrap_or_default(),
        value: value(node),
        absent_reason: node.concept("dataAbsentReason"),
        interpretations: node.concepts("interpretation"),
        ranges: ranges(node),
    }
}

/// Members that came inside the observation, as its parts: nothing else would show them.
fn contained_members(context: &Context<'_, '_, '_>) -> Vec<Component> {
    let members = context.node().references("hasMember");
    members
        .iter()
        .filter_map(|member| member.target.as_deref())
        .filter(|target| target.starts_with('#'))
        .filter_map(|target| context.find(target))
        .filter(|held| held.kind == "Observation")
        .map(super::bundle::Resource::lent)
        .filter(|held| held.word("status").as_deref() != Some("entered-in-error"))
        .map(|held| component(&held))
        .collect()
}

/// Every range with for whom it is meant: one for others must not flag this patient's value.
fn ranges(node: &Node<'_>) -> Vec<ReferenceRange> {
    node.objects("referenceRange")
        .iter()
        .filter_map(|sent| {
            let mut applies_to = sent.concepts("appliesTo");
            if applies_to.is_empty() && sent.has("appliesTo") {
                applies_to.push(Concept::default());
            }
            let age = sent.object("age").map(|age| age.as_range());
            Some(ReferenceRange {
                range: sent.as_range()?,
                kind: sent.concept("type"),
                applies_to,
                // An age that cannot be read is a bound that nobody meets, not no bound.
                age: age.map(Option::unwrap_or_default),
            })
        })
        .collect()
}

/// `effective[x]`: of a period its begin, of a timing its first event.
fn effective(node: &Node<'_>) -> Option<Date> {
    let point = node
        .date("effectiveDateTime")
        .or_else(|| node.date("effectiveInstant"));
    let period = node.period("effectivePeriod").unwrap_or_default();
    point.or(period.start).or(period.end).or_else(|| {
        let timing = node.object("effectiveTiming")?;
        let events = timing.texts("event");
        let first = events.iter().find_map(|event| Date::parse(event));
        if first.is_none() {
            timing.problem("event", "no FHIR date");
        }
        first
    })
}

/// `value[x]`. Where several were sent the first in the order below is read, the others listed.
fn value(node: &Node<'_>) -> Value {
    const FORMS: [&str; 11] = [
        "valueQuantity",
        "valueCodeableConcept",
        "valueString",
        "valueRange",
        "valueRatio",
        "valueInteger",
        "valueBoolean",
        "valueDateTime",
        "valueTime",
        "valuePeriod",
        "valueSampledData",
    ];
    let sent: Vec<&str> = node
        .names()
        .filter(|name| {
            name.strip_prefix("value")
                .is_some_and(|form| form.starts_with(char::is_uppercase))
        })
        .collect();
    for name in sent.iter().filter(|name| !FORMS.contains(name)) {
        node.problem(name, "a form of value that is not known");
    }
    let mut known = FORMS.into_iter().filter(|form| sent.contains(form));
    let Some(form) = known.next() else {
        return if sent.is_empty() {
            Value::None
        } else {
            Value::Unreadable
        };
    };
    for other in known {
        node.problem(other, "a second value");
    }
    read_value(node, form).unwrap_or_else(|| {
        if node
            .as_sent(form)
            .is_some_and(|sent| matches!(sent, "\"\"" | "{}"))
        {
            Value::None
        } else {
            if !node.is_listed(form) {
                node.problem(form, "nothing readable in it");
            }
            Value::Unreadable
        }
    })
}

fn read_value(node: &Node<'_>, form: &str) -> Option<Value> {
    match form {
        "valueQuantity" => node.quantity(form).and_then(|quantity| {
            let lost = node.object(form)?.has("value") && quantity.number.is_none();
            (!lost).then_some(Value::Quantity(quantity))
        }),
        "valueCodeableConcept" => node.concept(form).map(Value::Concept),
        "valueRange" => node.object(form)?.as_range().map(Value::Range),
        "valueRatio" => ratio(&node.object(form)?),
        "valueInteger" => node
            .number(form)
            .map(|number| Value::Text(number.written().to_owned())),
        "valueBoolean" => node.truth(form).map(|truth| Value::Text(truth.to_string())),
        "valuePeriod" => {
            let period = node.object(form)?;
            let ends = [period.text("start"), period.text("end")];
            let is_empty = ends.iter().all(Option::is_none);
            let words = ends.map(Option::unwrap_or_default).join(" – ");
            (!is_empty).then(|| Value::Text(words.trim().to_owned()))
        }
        "valueSampledData" => node
            .object(form)?
            .raw_text("data")
            .map(|data| Value::Text(start_of(&clean(&data)))),
        _ => node.text(form).map(Value::Text),
    }
}

fn ratio(node: &Node<'_>) -> Option<Value> {
    let part = |name: &str| {
        let quantity: Option<Quantity> = node.quantity(name);
        if quantity.is_none() {
            node.problem(name, "a ratio without it");
        }
        quantity
    };
    let (numerator, denominator) = (part("numerator"), part("denominator"));
    let is_empty = numerator.is_none() && denominator.is_none();
    (!is_empty).then(|| {
        Value::Ratio(
            numerator.unwrap_or_default(),
            denominator.unwrap_or_default(),
        )
    })
}

fn start_of(samples: &str) -> String {
    let mut start: String = samples.chars().take(SAMPLES_AT_MOST).collect();
    if start.len() < samples.len() {
        start.push('…');
    }
    start
}
