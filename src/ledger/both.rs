//! Whether the ledgers of one node belong together: each says how far the other was, and happens in
//! part under grants that the other started.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::ControlFlow,
};

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde_json::Value;

use super::{
    Error, Verified,
    fits::{name_beside, named_beside},
    read::{ReadEntry, Reader},
    store::{cannot_read, for_each_of_grants},
};

/// What a ledger says of the other ones of its node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// How far they were, by name, since it was last accepted what is there of them.
    named: BTreeMap<String, Vec<Named>>,
    /// What was accepted of them, by name.
    accepted: BTreeMap<String, Vec<Taken>>,
    /// The grants of theirs that it mentions.
    under: BTreeMap<String, Under>,
}

/// How far another ledger was.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    /// The entry that says so.
    at: u64,
    entries: u64,
    head: String,
}

/// What an administrator accepted of another ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Taken {
    /// The entry that says so.
    at: u64,
    /// Whether anything of it is there.
    is_there: bool,
    /// How many entries it had been said to have.
    said: u64,
    why: String,
    /// What had been said of it before.
    before: Vec<Named>,
}

/// A grant that another ledger started.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Under {
    /// The first entry that mentions it.
    at: u64,
    home: String,
    facility: String,
    patient: Option<String>,
    /// Who looked, where somebody did.
    account: Option<String>,
    is_stopped: bool,
}

/// What may be said of a grant after its end.
pub(super) fn is_said_later(event: &str) -> bool {
    matches!(
        event,
        "corrected" | "case_opened" | "reviewed" | "debriefed"
    )
}

impl Others {
    /// The names of the ledgers that are named.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// How many entries of that ledger are confirmed.
    #[must_use]
    pub fn confirmed(&self, name: &str) -> u64 {
        let last = self.named.get(name).and_then(|named| named.last());
        last.map_or(0, |named| named.entries)
    }

    /// Adds an entry; whether it is about a grant that another ledger started, which must have been
    /// named before. Says where it contradicts earlier ones.
    pub(super) fn take(&mut self, entry: &ReadEntry) -> Result<bool, &'static str> {
        if entry.event == "other_ledger" {
            self.name(entry)?;
            return Ok(false);
        }
        if entry.event == "other_accepted" {
            self.accept(entry)?;
            return Ok(false);
        }
        let Some(grant) = &entry.grant else {
            return Ok(false);
        };
        let home = grant.home().filter(|home| *home != entry.node);
        let Some(home) = home.filter(|home| self.named.contains_key(&home.0)) else {
            return Ok(false);
        };
        let text = |id: Option<&String>| id.cloned();
        let patient = text(entry.patient.as_ref().map(|key| &key.0));
        let is_view = entry.event == "viewed";
        let account = text(entry.account.as_ref().map(|id| &id.0)).filter(|_| is_view);
        let known = self.under.entry(grant.0.clone()).or_insert_with(|| Under {
            at: entry.seq,
            home: home.0,
            facility: entry.facility.0.clone(),
            patient: patient.clone(),
            account: account.clone(),
            is_stopped: false,
        });
        let is_same = known.facility == entry.facility.0
            && agree(known.patient.as_ref(), patient.as_ref())
            && agree(known.account.as_ref(), account.as_ref());
        if !is_same {
            return Err("the grant was another's in an earlier entry");
        }
        if known.is_stopped && !is_said_later(&entry.event) {
            return Err("the grant had been stopped");
        }
        known.patient = known.patient.take().or(patient);
        known.account = known.account.take().or(account);
        known.is_stopped |= entry.event == "grant_stopped";
        Ok(true)
    }

    /// From here on it is what is accepted here; what was said before is not held against it.
    fn accept(&mut self, entry: &ReadEntry) -> Result<(), &'static str> {
        let text = |name| entry.fields.get(name).and_then(Value::as_str);
        let entries = entry.fields.get("entries").and_then(Value::as_u64);
        let node = text("node").filter(|node| *node != entry.node.0);
        let Some(node) = node else {
            return Err("it does not say which other ledger is accepted");
        };
        let has = entries.zip(text("head"));
        let now = has.map(|(entries, head)| Named {
            at: entry.seq,
            entries,
            head: head.to_owned(),
        });
        let before = self
            .named
            .insert(node.to_owned(), now.into_iter().collect());
        let taken = Taken {
            at: entry.seq,
            is_there: has.is_some(),
            said: entry
                .fields
                .get("said")
                .and_then(Value::as_u64)
                .unwrap_or_default(),
            why: text("why").unwrap_or_default().to_owned(),
            before: before.unwrap_or_default(),
        };
        self.accepted
            .entry(node.to_owned())
            .or_default()
            .push(taken);
        Ok(())
    }

    /// Whether nothing of it is there, by what was accepted last.
    fn is_given_up(&self, name: &str) -> bool {
        let last = self.accepted.get(name).and_then(|taken| taken.last());
        last.is_some_and(|taken| !taken.is_there) && self.named.get(name).is_none_or(Vec::is_empty)
    }

    fn name(&mut self, entry: &ReadEntry) -> Result<(), &'static str> {
        let text = |name| entry.fields.get(name).and_then(Value::as_str);
        let entries = entry.fields.get("entries").and_then(Value::as_u64);
        let (Some(node), Some(entries), Some(head)) = (text("node"), entries, text("head")) else {
            return Err("it does not say how far the other ledger was");
        };
        let named = self.named.entry(node.to_owned()).or_default();
        let goes_on = named.last().is_none_or(|last| {
            entries > last.entries || (entries == last.entries && head == last.head)
        });
        if !goes_on || node == entry.node.0 {
            return Err("what it says of the other ledger goes back");
        }
        named.push(Named {
            at: entry.seq,
            entries,
            head: head.to_owned(),
        });
        Ok(())
    }
}

/// What is not known agrees with everything.
fn agree(one: Option<&String>, other: Option<&String>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one == other)
}

/// Another ledger of the node, as this one knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherNamed {
    /// How many entries it has at least.
    pub entries: u64,
    /// The last entry that names it, and when that was written; `None` where only a file beside the
    /// ledger does.
    pub at: Option<(u64, DateTime<Utc>)>,
}

impl Reader {
    /// The other ledgers of the node that the entries, or the files beside them, name.
    ///
    /// # Errors
    /// [`Error::CannotRead`], naming an entry that is none.
    pub fn others_known(&self) -> Result<BTreeMap<String, OtherNamed>, Error> {
        let mut names: BTreeMap<String, OtherNamed> = named_beside(&self.folder)?
            .into_iter()
            .map(|(name, entries)| (name, OtherNamed { entries, at: None }))
            .collect();
        self.select_closed(
            "SELECT seq, body FROM entry WHERE instr(body, ?1) > 0",
            &[&br#""event":"other_"#.as_slice()],
            &mut |entry| {
                let is_named = matches!(&*entry.event, "other_ledger" | "other_accepted");
                let name = entry.fields.get("node").and_then(Value::as_str);
                if let Some(name) = name.filter(|_| is_named) {
                    let number = |name| entry.fields.get(name).and_then(Value::as_u64);
                    let said = number("said").max(number("entries")).unwrap_or_default();
                    let known = names.entry(name.to_owned()).or_default();
                    known.entries = known.entries.max(said);
                    known.at = Some((entry.seq, entry.wall));
                }
                ControlFlow::Continue(())
            },
        )?;
        Ok(names)
    }

    /// Their names.
    ///
    /// # Errors
    /// As [`Self::others_known`].
    pub fn others_named(&self) -> Result<BTreeSet<String>, Error> {
        Ok(self.others_known()?.into_keys().collect())
    }

    /// This ledger's own name; `None` where neither an entry nor a file beside it says it.
    ///
    /// # Errors
    /// [`Error::CannotRead`].
    pub fn name(&self) -> Result<Option<String>, Error> {
        match self.entry(1)? {
            Some(first) => Ok(Some(first.node.0)),
            None => name_beside(&self.folder),
        }
    }
}

/// What a ledger lost, by what was accepted of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Which.
    pub name: String,
    /// How many entries it had been said to have.
    pub said: u64,
    /// How many of them are there as they were said to be.
    pub kept: u64,
    /// In which ledger and entry that was accepted, and why.
    pub by: (String, u64),
    /// What happened.
    pub why: String,
}

/// Where two ledgers do not belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Apart {
    /// The end of a ledger is missing: its name, how many entries it has, by which ledger's entry
    /// it had how many.
    Tail(String, u64, (String, u64), u64),
    /// A ledger's entry is another one than another ledger's entry says.
    Differs(String, u64, (String, u64)),
    /// A ledger's entry happens under a grant of another one that does not know it so; with how.
    Grant((String, u64), String, &'static str),
    /// A ledger that should have entries has none.
    Empty,
}

impl fmt::Display for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tail(name, has, (by, at), said) => write!(
                f,
                "{name}: tail removed after entry {has} (entry {at} of {by} says there were {said})"
            ),
            Self::Differs(name, seq, (by, at)) => write!(
                f,
                "{name}: entry {seq} or one before it is not what entry {at} of {by} says"
            ),
            Self::Grant((by, at), home, how) => {
                write!(f, "{by}: entry {at}: {how} in {home}")
            }
            Self::Empty => write!(
                f,
                "a ledger has no entries, and others of its node are named"
            ),
        }
    }
}

/// What verifying ledgers together found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Together {
    /// Ledgers that are named and were not given: what they hold was not seen.
    pub unseen: BTreeSet<String>,
    /// Of each ledger that another one names: its name, how many entries it has, how many of them
    /// are confirmed.
    pub confirmed: Vec<(String, u64, u64)>,
    /// What is lost, and was accepted as lost.
    pub lost: Vec<Lost>,
    /// The first thing that does not fit, of each ledger.
    pub faults: Vec<Apart>,
}

/// Holds the ledgers of one node against each other, after each was verified for itself.
///
/// # Errors
/// [`Error::CannotRead`].
pub fn together(parts: &[(Reader, Verified)]) -> Result<Together, Error> {
    let mut found = Together::default();
    let mut by_name = BTreeMap::new();
    for (reader, verified) in parts {
        if let Some(name) = reader.name()? {
            by_name.insert(name, (reader, verified));
        }
    }
    for (name, (reader, verified)) in &by_name {
        let others = &verified.others;
        for other in others.names() {
            let there = by_name.get(other);
            found
                .lost
                .extend(lost(name, others, other, there.map(|(reader, _)| *reader))?);
            let Some((reader, verified)) = there else {
                if !others.is_given_up(other) {
                    found.unseen.insert(other.to_owned());
                }
                continue;
            };
            found
                .confirmed
                .push((other.to_owned(), verified.entries, others.confirmed(other)));
            let fault = match heads(name, others, other, reader)? {
                None => grants(name, others, other, reader)?,
                fault => fault,
            };
            found.faults.extend(fault);
        }
        let beside = named_beside(&reader.folder)?;
        let unseen = beside
            .into_keys()
            .filter(|other| !by_name.contains_key(other) && !others.is_given_up(other));
        found.unseen.extend(unseen);
    }
    if by_name.len() < parts.len() && !found.unseen.is_empty() {
        found.faults.push(Apart::Empty);
    }
    Ok(found)
}

/// What is lost of the other ledger, by each time that was accepted.
fn lost(
    name: &str,
    others: &Others,
    other: &str,
    reader: Option<&Reader>,
) -> Result<Vec<Lost>, Error> {
    let mut found = Vec::new();
    for taken in others.accepted.get(other).into_iter().flatten() {
        let (mut kept, mut said) = (0, taken.said);
        for named in &taken.before {
            said = said.max(named.entries);
            let chain = match reader {
                Some(reader) => reader.chain_at(named.entries)?,
                None => None,
            };
            if chain.is_some_and(|chain| HEXLOWER.encode(&chain) == named.head) {
                kept = kept.max(named.entries);
            }
        }
        found.push(Lost {
            name: other.to_owned(),
            said,
            kept,
            by: (name.to_owned(), taken.at),
            why: taken.why.clone(),
        });
    }
    Ok(found)
}

/// Whether the other ledger is what is said of it. It may have gone on since.
fn heads(
    name: &str,
    others: &Others,
    other: &str,
    reader: &Reader,
) -> Result<Option<Apart>, Error> {
    let named = others.named.get(other).into_iter().flatten();
    // That it was empty is true of every one that goes on.
    for named in named.filter(|named| named.entries > 0) {
        let by = (name.to_owned(), named.at);
        match reader.chain_at(named.entries)? {
            Some(chain) if HEXLOWER.encode(&chain) == named.head => {}
            Some(_) => {
                return Ok(Some(Apart::Differs(other.to_owned(), named.entries, by)));
            }
            None => {
                let last = reader.last_place()?;
                return Ok(Some(Apart::Tail(other.to_owned(), last, by, named.entries)));
            }
        }
    }
    Ok(None)
}

/// Whether the other ledger started the grants that are said to be its own, for the same patient
/// and person.
fn grants(
    name: &str,
    others: &Others,
    other: &str,
    reader: &Reader,
) -> Result<Option<Apart>, Error> {
    // What was started in entries that were accepted as lost is not looked for.
    let accepted = others.accepted.get(other).and_then(|taken| taken.last());
    let accepted = accepted.map_or(0, |taken| taken.at);
    let mut wanted: BTreeMap<&str, &Under> = others
        .under
        .iter()
        .filter(|(_, under)| under.home == other && under.at > accepted)
        .map(|(grant, under)| (grant.as_str(), under))
        .collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut wrong: Option<&Under> = None;
    for_each_of_grants(&reader.ledger, i64::MIN, |entry| {
        let Some(grant) = entry.grant.filter(|_| entry.event == "grant_started") else {
            return;
        };
        let Some(under) = wanted.remove(grant.0.as_str()) else {
            return;
        };
        let patient = entry.patient.map(|key| key.0);
        let account = entry.account.map(|id| id.0);
        let is_same = under.facility == entry.facility.0
            && agree(under.patient.as_ref(), patient.as_ref())
            && agree(under.account.as_ref(), account.as_ref());
        if !is_same {
            wrong.get_or_insert(under);
        }
    })
    .map_err(cannot_read)?;
    let said =
        |under: &Under, how| Apart::Grant((name.to_owned(), under.at), other.to_owned(), how);
    Ok(match (wrong, wanted.values().next()) {
        (Some(under), _) => Some(said(under, "its grant is another's")),
        (None, Some(under)) => Some(said(under, "its grant was never started")),
        (None, None) => None,
    })
}
