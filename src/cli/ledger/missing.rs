//! What of a node's ledgers is not given: never left out without a word.

use std::collections::{BTreeMap, BTreeSet};

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::Error;
use crate::ledger::{OtherNamed, Reader};

/// The ledgers that are named by those that are given, and are not given themselves.
#[derive(Default)]
pub(super) struct Missing {
    /// Those that were said to be left out.
    pub(super) left_out: BTreeMap<String, Named>,
    /// The others.
    pub(super) unsaid: BTreeMap<String, Named>,
}

/// What is known of a ledger that is not given.
pub(super) struct Named {
    /// By whom it is named.
    by: String,
    known: OtherNamed,
}

impl Missing {
    /// Of these ledgers, `without` those of these names.
    pub(super) fn of<'a>(
        readers: impl IntoIterator<Item = &'a Reader>,
        without: &[String],
    ) -> Result<Self, Error> {
        let (mut given, mut named) = (BTreeSet::new(), BTreeMap::new());
        for reader in readers {
            let own = reader.name()?;
            for (name, known) in reader.others_known()? {
                let by = own.clone().unwrap_or_default();
                let more = Named { by, known };
                let is_more = named
                    .get(&name)
                    .is_none_or(|before: &Named| before.known.entries < more.known.entries);
                if is_more {
                    named.insert(name, more);
                }
            }
            given.extend(own);
        }
        named.retain(|name, _| !given.contains(name));
        let mut missing = Self {
            left_out: BTreeMap::new(),
            unsaid: named,
        };
        for name in without {
            let Some(known) = missing.unsaid.remove(name) else {
                return Err(Error::Unusable(format!(
                    "--without {name}: no ledger of this name is missing"
                )));
            };
            missing.left_out.insert(name.clone(), known);
        }
        Ok(missing)
    }

    /// Each ledger that was left out, in a sentence.
    pub(super) fn sentences(&self) -> impl Iterator<Item = String> {
        self.left_out
            .iter()
            .map(|(name, named)| named.sentence(name))
    }

    /// The same for programs.
    pub(super) fn objects(&self) -> impl Iterator<Item = Value> {
        self.left_out.iter().map(|(name, named)| {
            let at = named.known.at.as_ref();
            json!({"missing": {
                "ledger": name,
                "entries_at_least": named.known.entries,
                "named_by": named.by,
                "named_by_entry": at.map(|(seq, _)| seq),
                "named_at": at.map(|(_, wall)| wall),
            }})
        })
    }

    /// The same in FHIR.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = Value> {
        self.sentences().map(|sentence| {
            json!({"resourceType": "OperationOutcome", "issue": [
                {"severity": "warning", "code": "incomplete", "diagnostics": sentence},
            ]})
        })
    }

    /// Done, but for what was left out.
    pub(super) fn said(&self) -> Result<(), Error> {
        let sentences: Vec<String> = self.sentences().collect();
        if sentences.is_empty() {
            Ok(())
        } else {
            Err(Error::Incomplete(sentences.join("\n")))
        }
    }
}

impl Named {
    fn sentence(&self, name: &str) -> String {
        let by = &self.by;
        let whence = match &self.known.at {
            Some((seq, wall)) => {
                let wall = wall.to_rfc3339_opts(SecondsFormat::Secs, true);
                format!("entry {seq} of {by} of {wall} is the last to name it")
            }
            None => format!("a file beside {by} names it, and no entry"),
        };
        let entries = self.known.entries;
        format!(
            "missing: the ledger {name} with at least {entries} entries is left out; {whence}; what \
             it wrote later is not known"
        )
    }
}
