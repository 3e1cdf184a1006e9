//! Codes: what a sender wrote, and in which code system.

use serde::{Deserialize, Serialize};

/// One `Coding`, every part as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Coding {
    /// Code system as sent: a URL, or an OID with or without `urn:oid:`.
    pub system: Option<String>,
    /// The code.
    pub code: Option<String>,
    /// The sender's words for the code; may be a generic class.
    pub display: Option<String>,
}

/// One `CodeableConcept`: the words the sending chart showed, and the codes beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Concept {
    /// `text`: what the sending chart showed. Goes before any `display`.
    pub text: Option<String>,
    /// The codings in the order sent.
    pub codings: Vec<Coding>,
}

impl Concept {
    /// Whether nothing at all was sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_none() && self.codings.is_empty()
    }

    /// The first code in a system for which `of` holds.
    pub fn code_in(&self, of: impl Fn(&str) -> bool) -> Option<&str> {
        self.codings
            .iter()
            .find(|coding| coding.system.as_deref().is_some_and(&of))
            .and_then(|coding| coding.code.as_deref())
    }
}
