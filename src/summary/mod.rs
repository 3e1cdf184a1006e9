//! Floor 3: one patient's summary under one deadline: cache first, all sources at once, merged and
//! accounted for.
//!
//! May name: `domain`, `fhir`, `sources`, `cache`. Never: `ledger`, `access`, `web`.

mod asked;
mod flight;
mod made;
mod prefetch;
#[cfg(test)]
mod tests;

pub use asked::Asked;
pub use made::{Assembled, Drawing, Told};
pub use prefetch::Prefetched;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::{sync::Semaphore, time::Instant};

use crate::{
    cache::{Age, Cache, Stored},
    domain::{
        access::{FacilityId, Grant, Person, Role},
        assemble::{Answer, Outcome, Request, Windows, assemble},
        clock::Clock,
        failure::Failure,
        section::{Freshness, Language, Look, SectionName, SourceName},
        sight::{Sight, Sights},
        words::failures,
    },
    sources::{Sources, is_same_person, patient_of},
};
use flight::{Destination, Flights};

/// The budgets of one answer.
#[derive(Clone, Copy, Debug)]
pub struct Budgets {
    /// After this long the first answer is assembled with what is there (220 ms).
    pub first: Duration,
    /// After this long every section is decided (900 ms).
    pub last: Duration,
}

/// What configuration decides of every summary.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Look-back windows (B1).
    pub windows: Windows,
    /// What each role sees under each basis (B17).
    pub sights: Sights,
}

/// What to assemble for whom.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The open grant: its person and facility.
    pub grant: Arc<Grant>,
    /// Emergency or normal windows.
    pub look: Look,
    /// Language.
    pub language: Language,
    /// The viewer's role: what it sees under the grant's basis is in [`Rules`].
    pub role: Role,
    /// The viewer's facility number (10 digits), where known.
    pub facility_number: Option<String>,
    /// The instant of the first request: both budgets count from it.
    pub since: Instant,
    /// The first answer (sections may be `coming`), or the last (none is).
    pub step: Step,
}

/// Which of the two answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// What is there at the first budget.
    First,
    /// Everything that will come.
    Last,
}

/// Something in a source's answer that was refused, for the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// For which facility the source was asked.
    pub facility: FacilityId,
    /// About whom.
    pub person: Arc<Person>,
    /// Which source.
    pub source: SourceName,
    /// Why, without personal data.
    pub why: String,
}

/// Why there is no summary at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The page would have been built from two patients.
    #[error("two patients")]
    TwoPatients,
}

/// What one viewer may see (B17).
struct Allowed {
    sight: Sight,
    forbidden: Vec<SectionName>,
}

/// The service. Cloning shares it.
#[derive(Clone)]
pub struct Summaries {
    sources: Sources,
    cache: Cache,
    flights: Flights,
    rules: Arc<Rules>,
    budgets: Budgets,
    clock: Arc<dyn Clock>,
    made: made::Kept,
    prefetching: Arc<Semaphore>,
}

impl Summaries {
    /// Wires sources, cache and clock. Work that outlives a request runs in `tasks`.
    #[must_use]
    pub fn new(
        sources: Sources,
        cache: Cache,
        rules: Rules,
        budgets: Budgets,
        clock: Arc<dyn Clock>,
        tasks: tokio_util::task::TaskTracker,
    ) -> Self {
        let flights = Flights::new(sources.clone(), cache.clone(), Arc::clone(&clock), tasks);
        Self {
            sources,
            cache,
            flights,
            rules: Arc::new(rules),
            budgets,
            clock,
            made: made::Kept::new(),
            prefetching: Arc::new(Semaphore::new(prefetch::AT_ONCE)),
        }
    }

    /// Assembles a summary within its budget whatever the sources do.
    ///
    /// # Errors
    /// [`Error::TwoPatients`].
    pub async fn assemble(&self, ask: &Ask) -> Result<Assembled, Error> {
        let begun = Instant::now();
        let allowed = self.allowed(ask);
        let destinations = self.destinations(&ask.grant);
        let served = self.served(ask, &allowed.sight, &destinations).await;
        let assembled = self.made(ask, &allowed, &destinations, served).await?;
        let step = match ask.step {
            Step::First => "first",
            Step::Last => "last",
        };
        metrics::histogram!("summary_assembly_seconds", "step" => step)
            .record(begun.elapsed().as_secs_f64());
        Ok(assembled)
    }

    /// What the viewer may see of this patient.
    fn allowed(&self, ask: &Ask) -> Allowed {
        let sight = self.rules.sights.under(ask.role, &ask.grant);
        Allowed {
            forbidden: sight.forbidden_sections(),
            sight,
        }
    }

    fn request<'a>(&'a self, ask: &'a Ask, allowed: &'a Allowed) -> Request<'a> {
        Request {
            patient: ask.grant.person.patient.as_ref(),
            as_of: self.clock.now().japanese_day(),
            look: ask.look,
            language: ask.language,
            windows: &self.rules.windows,
            forbidden: &allowed.forbidden,
            hides_covered: !allowed.sight.covered,
            // Where the own number is not known, what is addressed by number is for somebody else.
            viewer_facility: Some(ask.facility_number.as_deref().unwrap_or_default()),
            files: false,
        }
    }

    /// The assembly of what was served: the one made of the same before, or a new one.
    async fn made(
        &self,
        ask: &Ask,
        allowed: &Allowed,
        destinations: &[Destination; 3],
        served: Vec<Served>,
    ) -> Result<Assembled, Error> {
        let request = self.request(ask, allowed);
        let keys = destinations.each_ref().map(|to| to.key);
        let question = made::Question::new(&request, keys);
        let person = &ask.grant.person;
        if let Some(assembled) = self.made.find(&question, person, &served).await {
            metrics::counter!("summary_assemblies_total", "made" => "before").increment(1);
            return Ok(assembled);
        }
        self.check(destinations, &served)?;
        let answers = self.said_by_all(destinations, &served, ask.language);
        let assembled = Self::assembled(&request, &answers);
        metrics::counter!("summary_assemblies_total", "made" => "now").increment(1);
        self.made.keep(question, person, &served, &assembled).await;
        Ok(assembled)
    }

    fn assembled(request: &Request<'_>, answers: &[Answer]) -> Assembled {
        let is_out = answers
            .iter()
            .any(|answer| matches!(answer.outcome, Outcome::Coming));
        Assembled::new(assemble(request, answers), is_out)
    }

    /// Takes what was refused in the sources' answers about this grant's patient and is in no
    /// entry yet. Taken as late as possible, right before it is recorded: what a page that fails
    /// or is given up leaves is found by [`Self::overdue_refusals`].
    #[must_use]
    pub fn take_refusals(&self, grant: &Grant) -> Vec<Refused> {
        if !self.flights.has_refusals() {
            return Vec::new();
        }
        self.destinations(grant)
            .into_iter()
            .flat_map(|to| self.flights.take_refusals(&to.key))
            .collect()
    }

    /// Takes every refusal that no page has recorded within `span`: its page was given up, or the
    /// source was asked in the background.
    #[must_use]
    pub fn overdue_refusals(&self, span: Duration) -> Vec<Refused> {
        self.flights.overdue_refusals(span)
    }

    /// Takes back a refusal that could not be recorded.
    pub fn give_back(&self, refused: Refused) {
        let to = self.destination(&refused.facility, refused.source, refused.person);
        self.flights.wait_to_be_recorded(&to, vec![refused.why]);
    }

    fn destinations(&self, grant: &Grant) -> [Destination; 3] {
        let person = Arc::new(grant.person.clone());
        self.cache
            .keys(&grant.facility, SourceName::CLINICAL, &person)
            .map(|key| Destination {
                key,
                facility: grant.facility.clone(),
                source: key.source,
                person: Arc::clone(&person),
            })
    }

    fn destination(
        &self,
        facility: &FacilityId,
        source: SourceName,
        person: Arc<Person>,
    ) -> Destination {
        Destination {
            key: self.cache.key(facility, source, &person),
            facility: facility.clone(),
            source,
            person,
        }
    }

    /// What each clinical source says, all asked at once; what the viewer may not see is not asked.
    async fn answers(&self, ask: &Ask, sight: &Sight) -> Result<Vec<Answer>, Error> {
        let destinations = self.destinations(&ask.grant);
        let served = self.served(ask, sight, &destinations).await;
        self.check(&destinations, &served)?;
        Ok(self.said_by_all(&destinations, &served, ask.language))
    }

    /// What is served for each destination, unchecked.
    async fn served(
        &self,
        ask: &Ask,
        sight: &Sight,
        destinations: &[Destination; 3],
    ) -> Vec<Served> {
        let asked = destinations
            .each_ref()
            .map(|to| self.answer(ask, sight, to));
        let served = join_all(asked).await;
        for (served, to) in served.iter().zip(destinations) {
            metrics::counter!(
                "summary_served_total", "source" => to.source.word(), "kind" => served.word()
            )
            .increment(1);
        }
        served
    }

    /// Checks every answer once more: it is the grant's person's, or there is no page.
    fn check(&self, destinations: &[Destination; 3], served: &[Served]) -> Result<(), Error> {
        for (served, to) in served.iter().zip(destinations) {
            if let Served::Stored(stored, _) = served
                && !is_own(stored, to)
            {
                self.flights.refuse(to, vec![HELD_BACK.to_owned()]);
                metrics::counter!("two_patients_total", "source" => to.source.word()).increment(1);
                return Err(Error::TwoPatients);
            }
        }
        Ok(())
    }

    fn said_by_all(
        &self,
        destinations: &[Destination; 3],
        served: &[Served],
        language: Language,
    ) -> Vec<Answer> {
        destinations
            .iter()
            .zip(served)
            .map(|(to, served)| self.said(to.source, served, language))
            .collect()
    }

    /// One source's answer, from the cache or the source, in time.
    async fn answer(&self, ask: &Ask, sight: &Sight, to: &Destination) -> Served {
        if !sight.sources.contains(&to.source) {
            return Served::Forbidden;
        }
        if !self.sources.has(to.source) {
            return Served::Failed(Failure::NotConnected);
        }
        let held = self.cache.get(&to.key).await;
        match held.map(|held| (self.cache.age(&held), held)) {
            Some((Age::Fresh, held)) => {
                self.cache.was_at_hand(to.source);
                return Served::Stored(held, Freshness::Fresh);
            }
            Some((Age::Stale, held)) => {
                self.cache.was_at_hand(to.source);
                self.flights.refresh(to);
                return Served::Stored(held, Freshness::Stale);
            }
            Some((Age::Doubtful | Age::Expired, _)) | None => {}
        }
        let until = ask.since
            + match ask.step {
                Step::First => self.budgets.first,
                Step::Last => self.budgets.last,
            };
        match (self.flights.look(to, ask.since, until).await, ask.step) {
            (Some(Ok(stored)), _) => {
                let freshness = match self.cache.age(&stored) {
                    Age::Fresh => Freshness::Fresh,
                    Age::Stale | Age::Doubtful | Age::Expired => Freshness::Stale,
                };
                Served::Stored(stored, freshness)
            }
            (Some(Err(failure)), _) => self.instead(to, failure).await,
            (None, Step::First) => Served::Coming,
            (None, Step::Last) => self.instead(to, Failure::Late).await,
        }
    }

    /// An older answer, where there is one that may stand in for one that did not come.
    async fn instead(&self, to: &Destination, failure: Failure) -> Served {
        match self.cache.get(&to.key).await {
            Some(held) if failure.is_outage() || self.cache.age(&held) < Age::Expired => {
                Served::Stored(held, Freshness::Stale)
            }
            Some(_) | None => Served::Failed(failure),
        }
    }

    /// What was served, in the words of the assembly.
    fn said(&self, source: SourceName, served: &Served, language: Language) -> Answer {
        let words = failures::words(language);
        let (subject, outcome) = match served {
            Served::Stored(stored, freshness) => (
                stored.subject.clone(),
                Outcome::Answered {
                    records: Arc::clone(&stored.records),
                    at: stored.at.wall,
                    freshness: *freshness,
                    more_at_source: stored.more_at_source.clone(),
                    failed: stored
                        .failed
                        .iter()
                        .map(|(section, failure)| (*section, words.of(*failure)))
                        .collect(),
                },
            ),
            Served::Failed(failure) => (
                None,
                Outcome::Failed {
                    why: words.of(*failure),
                    at: self.clock.now().wall,
                },
            ),
            Served::Coming => (None, Outcome::Coming),
            Served::Forbidden => (None, Outcome::Forbidden),
        };
        Answer {
            source: Some(source),
            subject,
            subject_optional: false,
            outcome,
        }
    }
}

/// What one source contributes to one answer.
enum Served {
    /// What it said, now or earlier.
    Stored(Arc<Stored>, Freshness),
    /// Why there is nothing.
    Failed(Failure),
    /// Not yet known.
    Coming,
    /// Not for this viewer (B17).
    Forbidden,
}

impl Served {
    const fn word(&self) -> &'static str {
        match self {
            Self::Stored(_, Freshness::Fresh) => "fresh",
            Self::Stored(_, Freshness::Stale | Freshness::Missing) => "stale",
            Self::Failed(failure) => failure.word(),
            Self::Coming => "coming",
            Self::Forbidden => "forbidden",
        }
    }
}

/// What the ledger is told where an answer that passed every check before does not pass the last.
const HELD_BACK: &str = "an answer of another patient was held back";

/// Checks once more, after every cache and copy, that an answer is the grant's person's: under the
/// person's own key, and with the person's own attributes.
fn is_own(stored: &Stored, to: &Destination) -> bool {
    let person: &Person = &to.person;
    let is_subjects = stored.subject.as_deref().is_none_or(|subject| {
        let mut own = stored
            .records
            .records
            .iter()
            .filter(|record| record.resource == subject)
            .peekable();
        own.peek().is_some()
            && own.all(|record| {
                patient_of(record).is_some_and(|patient| is_same_person(person, patient))
            })
    });
    is_subjects && stored.key == to.key
}
