//! Who the patient is: linked to somebody whom the shared records know, or to nobody.

use std::sync::Arc;

use super::report::differs;
use crate::{
    domain::{
        access::{Grant, Person},
        handoff::Handoff,
    },
    web::text::Text,
};

/// The part of a page that links and unlinks.
pub(super) struct Whose {
    /// Whom the run is linked to, in words.
    pub(super) linked: Option<String>,
    /// The viewer's own open grants: what each touch sends, and its words.
    pub(super) grants: Vec<(String, String)>,
    /// In what crew and record differ.
    pub(super) differs: Vec<String>,
    /// Whether lines of the record can be copied into the report.
    pub(super) may_copy: bool,
}

impl Whose {
    pub(super) fn new(handoff: &Handoff, grants: &[Arc<Grant>], t: &'static Text) -> Self {
        let linked = handoff.linked.as_ref().map(|link| named(&link.person, t));
        let said = |grant: &Arc<Grant>| {
            let words = (t.handoff.form.link)(&named(&grant.person, t));
            (grant.id.0.clone(), words)
        };
        Self {
            linked: linked.map(|name| (t.handoff.form.linked)(&name)),
            grants: grants.iter().map(said).collect(),
            differs: differs(handoff, t),
            may_copy: false,
        }
    }

    /// For the crew, which reports what the record says.
    pub(super) fn with_copying(mut self) -> Self {
        self.may_copy = true;
        self
    }
}

fn named(person: &Person, t: &'static Text) -> String {
    let patient = person.patient.as_ref();
    let name = patient.and_then(|patient| patient.name.clone());
    name.unwrap_or_else(|| t.summary.unconfirmed.to_owned())
}
