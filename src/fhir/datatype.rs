//! The FHIR data types that many resources share.

use super::{node::Node, text::clean_lines};
use crate::domain::{
    code::{Coding, Concept},
    date::Date,
    patient::Identifier,
    quantity::{Quantity, Range},
};

/// A `Reference` as sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Reference {
    /// Relative, absolute, `urn:` or `#contained`.
    pub(super) target: Option<String>,
    /// The resource type it says it leads to.
    pub(super) kind: Option<String>,
    /// A logical reference's identifier.
    pub(super) identifier: Option<Identifier>,
    /// The words for it.
    pub(super) display: Option<String>,
}

/// A `Period` as sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Period {
    pub(super) start: Option<Date>,
    pub(super) end: Option<Date>,
}

impl<'a> Node<'a> {
    /// This object as a `CodeableConcept`; `None` where nothing readable is in it.
    pub(super) fn as_concept(&self) -> Option<Concept> {
        let concept = Concept {
            text: self.text("text"),
            codings: self.codings("coding"),
        };
        (!concept.is_empty()).then_some(concept)
    }

    /// A `CodeableConcept`.
    pub(super) fn concept(&self, name: &str) -> Option<Concept> {
        self.object(name)?.as_concept()
    }

    /// A list of `CodeableConcept`.
    pub(super) fn concepts(&self, name: &str) -> Vec<Concept> {
        self.objects(name)
            .iter()
            .filter_map(Node::as_concept)
            .collect()
    }

    /// A list of `Coding`.
    pub(super) fn codings(&self, name: &str) -> Vec<Coding> {
        self.objects(name)
            .iter()
            .filter_map(Node::as_coding)
            .collect()
    }

    /// This object as a `Coding`.
    pub(super) fn as_coding(&self) -> Option<Coding> {
        let coding = Coding {
            system: self.text("system"),
            code: self.text("code"),
            display: self.text("display"),
        };
        (coding.code.is_some() || coding.display.is_some()).then_some(coding)
    }

    /// The code of a concept bound to a required value set, in lower case: the coding of HL7's own
    /// system first. Older FHIR versions send the bare code.
    pub(super) fn status(&self, name: &str) -> Option<String> {
        if self.is_text(name) {
            return self.word(name);
        }
        let concept = self.concept(name)?;
        let hl7 = concept.code_in(|system| system.contains("hl7.org"));
        let any = concept
            .codings
            .iter()
            .find_map(|coding| coding.code.as_deref());
        hl7.or(any).or(words_in(&concept)).map(str::to_lowercase)
    }

    /// A concept in words.
    pub(super) fn words(&self, name: &str) -> Option<String> {
        words(&self.concept(name)?)
    }

    /// A list of concepts in words.
    pub(super) fn each_in_words(&self, name: &str) -> Vec<String> {
        self.concepts(name).iter().filter_map(words).collect()
    }

    /// A list of `Identifier`; those without a value say nothing.
    pub(super) fn identifiers(&self, name: &str) -> Vec<Identifier> {
        self.objects(name)
            .iter()
            .filter_map(Node::as_identifier)
            .collect()
    }

    /// One `Identifier`.
    pub(super) fn identifier(&self, name: &str) -> Option<Identifier> {
        self.object(name)?.as_identifier()
    }

    fn as_identifier(&self) -> Option<Identifier> {
        Some(Identifier {
            system: self.text("system"),
            value: self.text("value")?,
        })
    }

    /// A `Reference`.
    pub(super) fn reference(&self, name: &str) -> Option<Reference> {
        self.object(name).map(|node| node.as_reference())
    }

    /// A list of `Reference`.
    pub(super) fn references(&self, name: &str) -> Vec<Reference> {
        self.objects(name).iter().map(Node::as_reference).collect()
    }

    /// This object as a `Reference`.
    pub(super) fn as_reference(&self) -> Reference {
        Reference {
            target: self.text("reference"),
            kind: self.text("type"),
            identifier: self.identifier("identifier"),
            display: self.text("display"),
        }
    }

    /// A `Period`.
    pub(super) fn period(&self, name: &str) -> Option<Period> {
        let node = self.object(name)?;
        Some(Period {
            start: node.date("start"),
            end: node.date("end"),
        })
    }

    /// A `Quantity`; `None` where neither number, unit nor comparator is in it.
    pub(super) fn quantity(&self, name: &str) -> Option<Quantity> {
        let node = self.object(name)?;
        let quantity = Quantity {
            comparator: node.text("comparator"),
            number: node.number("value"),
            unit: node.text("unit").or_else(|| node.text("code")),
        };
        (quantity != Quantity::default()).then_some(quantity)
    }

    /// This object as a `Range`, with the `text` of an `Observation.referenceRange`.
    pub(super) fn as_range(&self) -> Option<Range> {
        let range = Range {
            low: self.quantity("low"),
            high: self.quantity("high"),
            text: self.text("text"),
        };
        (range != Range::default()).then_some(range)
    }

    /// The texts of a list of `Annotation`.
    pub(super) fn notes(&self, name: &str) -> Vec<String> {
        self.objects(name)
            .iter()
            .filter_map(|note| note.raw_text("text"))
            .map(|text| clean_lines(&text))
            .filter(|text| !text.is_empty())
            .collect()
    }

    /// The extensions whose URL ends with `name` (the same extension is published under several
    /// addresses).
    pub(super) fn extensions(&self, name: &str) -> Vec<Node<'a>> {
        if !self.has("extension") {
            return Vec::new();
        }
        self.objects("extension")
            .into_iter()
            .filter(|extension| {
                extension
                    .text("url")
                    .is_some_and(|url| url.rsplit(['/', '|']).any(|part| part == name))
            })
            .collect()
    }
}

/// A concept in the sender's words: its text, else the first display, else the first code.
pub(super) fn words(concept: &Concept) -> Option<String> {
    words_in(concept).map(str::to_owned)
}

fn words_in(concept: &Concept) -> Option<&str> {
    let displays = concept
        .codings
        .iter()
        .find_map(|coding| coding.display.as_deref());
    let codes = concept
        .codings
        .iter()
        .find_map(|coding| coding.code.as_deref());
    concept.text.as_deref().or(displays).or(codes)
}

/// A quantity in the digits and words sent: `< 0.1 mg/dL`.
pub(super) fn quantity_words(quantity: &Quantity) -> String {
    let parts = [
        quantity.comparator.as_deref(),
        quantity
            .number
            .as_ref()
            .map(crate::domain::quantity::Number::written),
        quantity.unit.as_deref(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A range in the digits and words sent: `1–2 錠`.
pub(super) fn range_words(range: &Range) -> String {
    match (&range.low, &range.high) {
        (Some(low), Some(high)) if low.unit == high.unit && low.comparator.is_none() => {
            let low = low.number.as_ref().map_or("", |number| number.written());
            format!("{low}–{}", quantity_words(high))
        }
        (Some(low), Some(high)) => format!("{}–{}", quantity_words(low), quantity_words(high)),
        (Some(low), None) => format!("≥ {}", quantity_words(low)),
        (None, Some(high)) => format!("≤ {}", quantity_words(high)),
        (None, None) => range.text.clone().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_as_concept_text_or_bare_code() {
        for (json, expected) in [
            (
                r#"{"s":{"coding":[{"system":"urn:x","code":"A"},{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"Resolved"}]}}"#,
                Some("resolved"),
            ),
            (r#"{"s":{"text":"Active"}}"#, Some("active")),
            (r#"{"s":"active"}"#, Some("active")),
            (r#"{"s":{}}"#, None),
        ] {
            assert_eq!(
                Node::root(json).unwrap().status("s").as_deref(),
                expected,
                "{json}"
            );
        }
    }

    #[test]
    fn a_quantity_keeps_comparator_digits_and_falls_back_to_the_code() {
        let node =
            Node::root(r#"{"q":{"comparator":"<","value":0.10,"code":"mg/dL"},"e":{}}"#).unwrap();
        assert_eq!(quantity_words(&node.quantity("q").unwrap()), "< 0.10 mg/dL");
        assert!(node.quantity("e").is_none());
    }

    #[test]
    fn ranges_are_worded_from_what_is_there() {
        for (json, expected) in [
            (
                r#"{"low":{"value":1,"unit":"錠"},"high":{"value":2,"unit":"錠"}}"#,
                "1–2 錠",
            ),
            (
                r#"{"low":{"value":1,"unit":"g"},"high":{"value":2,"unit":"mg"}}"#,
                "1 g–2 mg",
            ),
            (r#"{"high":{"value":2.0}}"#, "≤ 2.0"),
            (r#"{"text":"陰性"}"#, "陰性"),
        ] {
            let range = Node::root(json).unwrap().as_range().unwrap();
            assert_eq!(range_words(&range), expected);
        }
    }
}
