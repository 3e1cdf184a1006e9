//! What a patient is told of who saw what: facility, time, items and ground, and nobody's name.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::{Error, Review};
use crate::{
    domain::{
        access::{Basis, FacilityId, Person, Reason},
        date::Date,
        patient::MemberNumber,
        section::{SectionName, SourceName},
    },
    ledger::{Asked, InPart, Opened, ReadEntry},
};

/// Entries that are read at once.
const PIECE: usize = 1_000;
/// The longest disclosure; what is older is said to be missing.
const MOST: usize = 5_000;

/// Everything that was shown of one patient, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disclosure {
    /// What was shown, each time.
    pub looks: Vec<Shown>,
    /// Entries about the patient that showed nothing: starts, ends, notes, verdicts.
    pub silent: usize,
    /// The names under which the patient stands in the entries.
    pub names: BTreeSet<String>,
    /// Whether entries say another birth date than was asked for: then nothing is disclosed.
    pub is_another: bool,
    /// Whether no entry says a birth date that could be compared: then nothing is disclosed either.
    pub is_unproven: bool,
    /// Whether older entries were left out.
    pub is_cut: bool,
}

/// What was shown at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// When.
    pub at: DateTime<Utc>,
    /// How.
    pub how: How,
    /// On what ground; `None` where it needs none.
    pub basis: Option<Basis>,
    /// The reason of an emergency.
    pub reason: Option<Reason>,
    /// Sections, and how many rows of each were shown.
    pub sections: Vec<(SectionName, u64)>,
    /// Sections that this version has no name for.
    pub unnamed: usize,
    /// The receipt, where it has one.
    pub receipt: Option<String>,
    /// What the entry holds sealed was erased.
    pub is_erased: bool,
}

/// How something was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// Among the candidates of a search: names, sex, birth date, town.
    Searched,
    /// On the screen.
    Screen,
    /// Printed.
    Print,
    /// Covered items, uncovered.
    Uncovered,
    /// A handoff of an ambulance crew.
    HandedOver,
    /// The text of a document.
    Document,
    /// Fetched from these sources, and not shown.
    Fetched(Vec<SourceName>),
    /// Shown again to an auditor: with values, or the names of items alone.
    Replayed(bool),
    /// Named to an auditor.
    Reviewed,
    /// Disclosed before.
    Disclosed,
    /// In a way that this version does not know.
    Other,
}

impl Disclosure {
    fn take(&mut self, entry: &ReadEntry, born: NaiveDate) {
        if let Some(person) = entry.person() {
            self.is_another |= is_another(&person, born);
            self.names.extend(person.patient.and_then(|one| one.name));
        }
        match how(entry) {
            Some(how) => self.looks.push(Shown::of(entry, how)),
            None => self.silent += 1,
        }
    }

    /// What nobody is told: the number may be somebody else's. Requests like this one prove nothing.
    fn withheld(self, entries: &[ReadEntry], born: NaiveDate) -> Self {
        let is_only_asked = entries.iter().all(|entry| entry.event == "disclosed");
        let is_proven = is_only_asked || entries.iter().any(|entry| is_same(entry, born));
        if is_proven && !self.is_another {
            return self;
        }
        Self {
            is_another: self.is_another,
            is_unproven: !self.is_another,
            ..Self::default()
        }
    }
}

/// Whether an entry says the same birth date, whole.
fn is_same(entry: &ReadEntry, born: NaiveDate) -> bool {
    let known = entry.person().and_then(|person| person.patient);
    known.and_then(|patient| patient.birth_date) == Some(Date::Day(born))
}

/// Whether an entry is about somebody born on another day. What is known in part must fit.
fn is_another(person: &Person, born: NaiveDate) -> bool {
    let known = person.patient.as_ref().and_then(|one| one.birth_date);
    known.is_some_and(|known| match known {
        Date::Day(day) => day != born,
        Date::Year(_) | Date::Month(_) | Date::Instant(_) => {
            !born.to_string().starts_with(&known.to_string())
        }
    })
}

/// How an entry shows something; `None` where it shows nothing.
fn how(entry: &ReadEntry) -> Option<How> {
    Some(match entry.event.as_str() {
        "searched" => How::Searched,
        "viewed" => match entry.word("method") {
            Some("screen" | "late") => How::Screen,
            Some("print") => How::Print,
            Some("uncovered") => How::Uncovered,
            Some("document") => How::Document,
            Some(_) | None => How::Other,
        },
        "prefetched" => How::Fetched(words(entry, "sources")),
        "replayed" => {
            let values = entry.fields.get("values").and_then(Value::as_bool);
            How::Replayed(values.unwrap_or(true))
        }
        "case_opened" => How::Reviewed,
        "handoff_revealed" => How::HandedOver,
        "disclosed" => How::Disclosed,
        _ => return None,
    })
}

impl Shown {
    fn of(entry: &ReadEntry, how: How) -> Self {
        let is_erased = entry.personal.values().any(|one| *one == Opened::Erased);
        let (sections, unnamed) = sections(entry);
        Self {
            at: entry.wall,
            how,
            basis: word(entry.basis.as_deref()),
            reason: word(entry.reason.as_deref()),
            sections,
            unnamed,
            receipt: entry.receipt.clone(),
            is_erased,
        }
    }
}

/// The sections that an entry names, each with its rows, and how many more it has.
fn sections(entry: &ReadEntry) -> (Vec<(SectionName, u64)>, usize) {
    let named = entry.fields.get("sections").and_then(Value::as_array);
    let named = named.map_or(&[][..], Vec::as_slice);
    let known: Vec<_> = named.iter().filter_map(section).collect();
    let unnamed = named.len() - known.len();
    (known, unnamed)
}

fn section(one: &Value) -> Option<(SectionName, u64)> {
    let name = one.get(0)?.as_str()?;
    let name = SectionName::ALL.into_iter().find(|it| it.word() == name)?;
    Some((name, one.get(2)?.as_u64()?))
}

fn words<T: serde::de::DeserializeOwned>(entry: &ReadEntry, field: &str) -> Vec<T> {
    let list = entry.fields.get(field).and_then(Value::as_array);
    let list = list.into_iter().flatten();
    list.filter_map(|one| word(one.as_str())).collect()
}

fn word<T: serde::de::DeserializeOwned>(said: Option<&str>) -> Option<T> {
    serde_json::from_value(Value::String(said?.to_owned())).ok()
}

impl Review {
    /// Everything that the ledgers of this node say was shown of a patient of a facility, as far as
    /// they can be read now. Found by the patient's keyed hash: a long ledger costs no more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn disclosure(
        &self,
        facility: &FacilityId,
        number: &MemberNumber,
        born: NaiveDate,
    ) -> Result<InPart<Disclosure>, Error> {
        let mut entries = Vec::new();
        let mut unread = BTreeMap::new();
        let mut next = Some(BTreeMap::new());
        while let Some(before) = next.take() {
            let asked = Asked {
                facility: facility.clone(),
                from: None,
                until: None,
                patient: Some(number.clone()),
                count: PIECE,
                before,
            };
            let found = self.inner.ledger.asked_in_part(asked).await?;
            for one in found.unread {
                unread.insert(one.node.clone(), one);
            }
            next = found.read.next;
            let is_over = found.read.entries.is_empty();
            entries.extend(found.read.entries);
            if is_over || entries.len() >= MOST {
                break;
            }
        }
        let mut made = Disclosure {
            is_cut: next.is_some() && entries.len() >= MOST,
            ..Disclosure::default()
        };
        for entry in entries.iter().rev() {
            made.take(entry, born);
        }
        Ok(InPart {
            read: made.withheld(&entries, born),
            unread: unread.into_values().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_without_a_known_name_is_counted_and_never_left_out() {
        let mut entry: ReadEntry = serde_json::from_str(
            r#"{"boot":"b","event":"viewed","facility":"h1","node":"n1","since_boot_ms":1,
                "wall":"2026-11-22T23:05:06.789Z"}"#,
        )
        .unwrap();
        entry.fields = serde_json::from_str(
            r#"{"sections":[["labs","present",3],["of_another_version","present",2],[]]}"#,
        )
        .unwrap();
        let shown = Shown::of(&entry, How::Screen);
        assert_eq!(shown.sections, [(SectionName::Labs, 3)]);
        assert_eq!(shown.unnamed, 2);
    }
}
