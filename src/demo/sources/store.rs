//! What one simulated source holds, ready to be sent, and how it is found.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use chrono::NaiveDate;

use crate::{
    demo::patients::{Chart, DemoPatient, chart, generated, generated_number, prefix, written_id},
    domain::{
        name,
        patient::MemberNumber,
        section::SourceName,
        text::{folded, normalised},
    },
};

/// Generated patients kept ready; making one again is cheap, keeping all of them is not.
const KEPT: usize = 512;

/// One resource as it is sent.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) id: String,
    pub(super) json: String,
}

/// One patient as this source knows them; what it holds is made ready at the first question.
#[derive(Debug)]
pub(super) struct Held {
    /// The source's own id.
    pub(super) id: String,
    who: DemoPatient,
    member: Option<MemberNumber>,
    origin: Origin,
    source: SourceName,
    today: NaiveDate,
    ready: OnceLock<Option<ByKind>>,
}

type ByKind = BTreeMap<String, Vec<Ready>>;

/// Where the chart comes from.
#[derive(Clone, Copy, Debug)]
enum Origin {
    /// Hand-written, index from 0.
    Written(usize),
    /// Generated, by number.
    Made(u64),
}

impl Held {
    fn new(who: DemoPatient, id: String, origin: Origin, store: (SourceName, NaiveDate)) -> Self {
        Self {
            id,
            member: MemberNumber::parse(&who.member_value()),
            who,
            origin,
            source: store.0,
            today: store.1,
            ready: OnceLock::new(),
        }
    }

    fn made(number: u64, source: SourceName, today: NaiveDate) -> Self {
        let chart = generated(number, today);
        let id = chart.local_id(source);
        let ready = OnceLock::from(by_kind(&chart, source));
        Self {
            ready,
            ..Self::new(chart.patient, id, Origin::Made(number), (source, today))
        }
    }

    /// What the source holds; nothing where it does not know the patient.
    fn ready(&self) -> Option<&ByKind> {
        self.ready
            .get_or_init(|| match self.origin {
                Origin::Written(index) => by_kind(&chart(self.today, index)?, self.source),
                Origin::Made(number) => by_kind(&generated(number, self.today), self.source),
            })
            .as_ref()
    }

    /// The resources of one type, in the order written.
    pub(super) fn of_kind(&self, kind: &str) -> &[Ready] {
        self.ready()
            .and_then(|ready| ready.get(kind))
            .map_or(&[], Vec::as_slice)
    }

    fn is_named(&self, name: &str) -> bool {
        [
            Some(&self.who.name),
            Some(&self.who.kana),
            self.who.usual_name.as_ref(),
        ]
        .into_iter()
        .flatten()
        .filter(|own| !own.is_empty())
        .any(|own| same_name(own, name))
    }

    fn member_is(&self, system: Option<&str>, asked: &MemberNumber) -> bool {
        system.is_none_or(|system| system == self.who.member_system())
            && self.member.as_ref().is_some_and(|own| {
                own.same_household(asked)
                    && (own.branch == asked.branch
                        || own.branch.is_empty()
                        || asked.branch.is_empty())
            })
    }
}

fn by_kind(chart: &Chart, source: SourceName) -> Option<ByKind> {
    if !chart.is_known_to(source) {
        return None;
    }
    let mut by_kind = ByKind::new();
    for resource in chart.resources(source) {
        let text = |field: &str| {
            resource
                .get(field)
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        by_kind
            .entry(text("resourceType"))
            .or_default()
            .push(Ready {
                id: text("id"),
                json: resource.to_string(),
            });
    }
    Some(by_kind)
}

/// Whether two spellings are one name: family and given names in any order, with or without spaces.
fn same_name(own: &str, asked: &str) -> bool {
    let parts = |text: &str| {
        let mut parts: Vec<String> = normalised(text)
            .split_whitespace()
            .map(name::folded)
            .filter(|part| !part.is_empty())
            .collect();
        parts.sort();
        parts
    };
    let turned: String = match own.split_once(' ') {
        Some((family, given)) => name::folded(given) + &name::folded(family),
        None => name::folded(own),
    };
    let asked_folded = name::folded(asked);
    parts(own) == parts(asked) || name::folded(own) == asked_folded || turned == asked_folded
}

/// The four attributes by which somebody without a card is found.
#[derive(Clone, Copy, Debug)]
pub(super) struct FourAttributes<'a> {
    pub(super) name: &'a str,
    pub(super) birth_date: &'a str,
    pub(super) gender: &'a str,
    pub(super) address: &'a str,
}

/// Everything one source holds.
#[derive(Debug)]
pub(super) struct Store {
    source: SourceName,
    today: NaiveDate,
    written: BTreeMap<String, Arc<Held>>,
    made: Mutex<BTreeMap<u64, Arc<Held>>>,
}

impl Store {
    pub(super) fn new(source: SourceName, patients: &[DemoPatient], today: NaiveDate) -> Self {
        let written = patients
            .iter()
            .enumerate()
            .map(|(index, who)| {
                let id = written_id(source, index);
                let held = Held::new(
                    who.clone(),
                    id.clone(),
                    Origin::Written(index),
                    (source, today),
                );
                (id, Arc::new(held))
            })
            .collect();
        Self {
            source,
            today,
            written,
            made: Mutex::new(BTreeMap::new()),
        }
    }

    /// The patient that this source knows under `id`.
    pub(super) fn by_id(&self, id: &str) -> Option<Arc<Held>> {
        if let Some(held) = self.written.get(id) {
            return Some(Arc::clone(held)).filter(|held| held.ready().is_some());
        }
        let number = id
            .strip_prefix(prefix(self.source))?
            .strip_prefix("-g")?
            .parse()
            .ok()?;
        Some(self.made(number)).filter(|held| held.id == id)
    }

    /// Everybody with this member number; without a branch, the whole household.
    pub(super) fn by_member(&self, system: Option<&str>, asked: &MemberNumber) -> Vec<Arc<Held>> {
        let made = generated_number(asked)
            .map(|number| self.made(number))
            .filter(|held| held.member_is(system, asked));
        self.written
            .values()
            .filter(|held| held.member_is(system, asked) && held.ready().is_some())
            .cloned()
            .chain(made)
            .collect()
    }

    /// Every hand-written patient with these four attributes; the address may stop early.
    pub(super) fn by_attributes(&self, asked: FourAttributes<'_>) -> Vec<Arc<Held>> {
        let address = folded(asked.address);
        self.written
            .values()
            .filter(|held| {
                let gender = serde_json::json!(held.who.sex);
                held.is_named(asked.name)
                    && held.who.birth_date.starts_with(asked.birth_date)
                    && gender.as_str() == Some(asked.gender)
                    && folded(&held.who.address).starts_with(&address)
                    && held.ready().is_some()
            })
            .cloned()
            .collect()
    }

    /// Somebody else who has resources of this type: what a confused source would send.
    pub(super) fn somebody_else(&self, than: &str, kind: &str) -> Option<Arc<Held>> {
        self.written
            .values()
            .find(|held| held.id != than && !held.of_kind(kind).is_empty())
            .cloned()
    }

    /// The patient whose resource this is, and its place among those of its type.
    pub(super) fn find(&self, kind: &str, id: &str) -> Option<String> {
        let owner = match kind {
            "Patient" => id.to_owned(),
            _ => id.rsplit_once('-')?.0.to_owned(),
        };
        self.by_id(&owner)?
            .of_kind(kind)
            .iter()
            .find(|ready| ready.id == id)
            .map(|ready| ready.json.clone())
    }

    fn made(&self, number: u64) -> Arc<Held> {
        let kept = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = kept.get(&number) {
            return Arc::clone(held);
        }
        drop(kept);
        let held = Arc::new(Held::made(number, self.source, self.today));
        let mut kept = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.pop_first();
        }
        kept.insert(number, Arc::clone(&held));
        held
    }
}
