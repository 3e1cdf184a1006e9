//! What was assembled, kept for as long as nothing that it was made of has changed.

use std::{
    any::Any,
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use chrono::NaiveDate;

use super::Served;
use crate::{
    cache::{Key, Stored, Whose},
    domain::{
        access::Person,
        assemble::Request,
        event::Content,
        section::{Freshness, Language, Look, SectionName, SourceName, State},
        summary::Summary,
    },
};

/// Bytes of assemblies in this process.
const BYTES: u64 = 64 * 1024 * 1024;
/// Bytes in memory for each byte of an assembly's JSON, with what pages leave beside it.
const MEMORY_PER_BYTE: usize = 6;
/// An assembly that nobody looked at for this long is forgotten.
const IDLE: Duration = Duration::from_mins(10);

/// A summary, and what the ledger must know of how it came about. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// The summary.
    pub summary: Arc<Summary>,
    /// Whether any section is still coming.
    pub coming: bool,
    shown: Option<Content>,
    sections: Arc<[(SectionName, State, usize)]>,
    sources: Arc<[(SourceName, Freshness)]>,
    told: Told,
    drawn: Arc<Mutex<Option<Drawing>>>,
}

/// How fresh each source's part of a page is, in a word.
pub type Told = Arc<[(SourceName, &'static str)]>;

/// What a page has made of an assembly; what it is, is the page's business.
pub type Drawing = Arc<dyn Any + Send + Sync>;

impl Assembled {
    /// A summary, and whether an answer was still out when it was made.
    #[must_use]
    pub fn new(summary: Summary, is_out: bool) -> Self {
        let coming = is_out
            || summary
                .sections
                .values()
                .any(|section| section.state == State::Coming);
        let sources = sources(&summary);
        Self {
            shown: serde_json::to_vec(&summary).ok().map(Content::new),
            sections: sections(&summary),
            told: told(&summary, &sources),
            sources,
            summary: Arc::new(summary),
            coming,
            drawn: Arc::default(),
        }
    }

    /// The summary as JSON, as the ledger keeps it; `None` where it cannot be written.
    #[must_use]
    pub const fn shown(&self) -> Option<&Content> {
        self.shown.as_ref()
    }

    /// Every section with its state and the rows in the page's bytes: folded rows are in them.
    #[must_use]
    pub fn sections(&self) -> &[(SectionName, State, usize)] {
        &self.sections
    }

    /// Every source with the worst freshness of what it gave.
    #[must_use]
    pub fn sources(&self) -> &[(SourceName, Freshness)] {
        &self.sources
    }

    /// How fresh each source's part is: no more than the page itself says of it.
    #[must_use]
    pub fn told(&self) -> Told {
        Arc::clone(&self.told)
    }

    /// What a page made of this very assembly and left here.
    #[must_use]
    pub fn drawn(&self) -> Option<Drawing> {
        let drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        drawn.clone()
    }

    /// Leaves what a page made of this assembly for the next page of it, in place of what was left
    /// before.
    pub fn keep_drawn(&self, drawing: Drawing) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        *drawn = Some(drawing);
    }
}

fn sections(summary: &Summary) -> Arc<[(SectionName, State, usize)]> {
    summary
        .sections
        .iter()
        .map(|(name, section)| (*name, section.state, section.items.len()))
        .collect()
}

fn sources(summary: &Summary) -> Arc<[(SourceName, Freshness)]> {
    let mut worst: BTreeMap<SourceName, Freshness> = BTreeMap::new();
    let given = summary
        .sections
        .values()
        .flat_map(|section| &section.sources)
        .filter(|source| source.state != State::NotCovered);
    for source in given {
        let known = worst.entry(source.source).or_insert(source.freshness);
        *known = (*known).max(source.freshness);
    }
    worst.into_iter().collect()
}

fn told(summary: &Summary, sources: &[(SourceName, Freshness)]) -> Told {
    sources
        .iter()
        .map(|(source, freshness)| (*source, word_of(summary, *source, *freshness)))
        .collect()
}

fn word_of(summary: &Summary, source: SourceName, freshness: Freshness) -> &'static str {
    let given = summary
        .sections
        .values()
        .flat_map(|section| &section.sources);
    let states: Vec<State> = given
        .filter(|given| given.source == source)
        .map(|given| given.state)
        .collect();
    match freshness {
        _ if states.contains(&State::Coming) => State::Coming.word(),
        Freshness::Fresh => "fresh",
        Freshness::Stale => "stale",
        Freshness::Missing if states.contains(&State::Withheld) => State::Withheld.word(),
        Freshness::Missing => "missing",
    }
}

/// Everything that an assembly is made of beside the answers and the person.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    keys: [Key; 3],
    as_of: NaiveDate,
    look: Look,
    language: Language,
    forbidden: Vec<SectionName>,
    hides_covered: bool,
    viewer_facility: Option<String>,
}

impl Question {
    /// What `request` asks about the person whose answers stand under `keys`.
    pub(super) fn new(request: &Request<'_>, keys: [Key; 3]) -> Self {
        Self {
            keys,
            as_of: request.as_of,
            look: request.look,
            language: request.language,
            forbidden: request.forbidden.to_vec(),
            hides_covered: request.hides_covered,
            viewer_facility: request.viewer_facility.map(str::to_owned),
        }
    }
}

/// One answer that an assembly was made of. Weak: the cache alone decides how long an answer
/// lives, and a later one never stands at the address of one that is named here.
pub(super) enum Part {
    /// What a source said, and how old that was.
    Stored(Weak<Stored>, Freshness),
    /// Not for this viewer.
    Forbidden,
}

impl Part {
    /// `None` where the answer is none that may be met again.
    fn of(served: &Served) -> Option<Self> {
        match served {
            Served::Stored(stored, freshness) => {
                Some(Self::Stored(Arc::downgrade(stored), *freshness))
            }
            Served::Forbidden => Some(Self::Forbidden),
            Served::Failed(_) | Served::Coming => None,
        }
    }

    fn is(&self, served: &Served) -> bool {
        match (self, served) {
            (Self::Stored(part, was), Served::Stored(stored, is)) => {
                std::ptr::eq(part.as_ptr(), Arc::as_ptr(stored)) && was == is
            }
            (Self::Forbidden, Served::Forbidden) => true,
            (Self::Stored(..) | Self::Forbidden, _) => false,
        }
    }
}

struct Made {
    parts: Vec<Part>,
    person: Person,
    assembled: Assembled,
}

/// The assemblies of this process. Cloning shares them.
#[derive(Clone)]
pub(super) struct Kept(moka::future::Cache<Question, Arc<Made>>);

impl Kept {
    pub(super) fn new() -> Self {
        let weigh = |_: &Question, made: &Arc<Made>| {
            let bytes = made
                .assembled
                .shown()
                .map_or(0, |shown| shown.bytes().len())
                * MEMORY_PER_BYTE;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self(
            moka::future::Cache::builder()
                .max_capacity(BYTES)
                .weigher(weigh)
                .time_to_idle(IDLE)
                .build(),
        )
    }

    /// Forgets every assembly of a patient's.
    pub(super) async fn forget(&self, whose: Whose) {
        for (question, _) in &self.0 {
            if question.keys.iter().any(|key| key.whose == whose) {
                self.0.invalidate(&*question).await;
            }
        }
    }

    /// The assembly of exactly these answers about exactly this person.
    pub(super) async fn find(
        &self,
        question: &Question,
        person: &Person,
        served: &[Served],
    ) -> Option<Assembled> {
        let made = self.0.get(question).await?;
        let is_same = made.person == *person
            && made.parts.len() == served.len()
            && made
                .parts
                .iter()
                .zip(served)
                .all(|(part, served)| part.is(served));
        is_same.then(|| made.assembled.clone())
    }

    /// Keeps an assembly where every answer it was made of may be met again: an answer that did
    /// not come, or failed, says when it was asked for.
    pub(super) async fn keep(
        &self,
        question: Question,
        person: &Person,
        served: &[Served],
        assembled: &Assembled,
    ) {
        let Some(parts) = served.iter().map(Part::of).collect() else {
            return;
        };
        let made = Made {
            parts,
            person: person.clone(),
            assembled: assembled.clone(),
        };
        self.0.insert(question, Arc::new(made)).await;
    }
}
