//! Floor 2: the nation's shared records over FHIR R4 REST, and folders of Bundles.
//!
//! May name: `domain`, `fhir`. Never: `cache`, `ledger`, `registry`, anything above.

mod ahead;
mod assertion;
mod breaker;
#[cfg(test)]
pub(crate) mod canned;
mod clinical;
mod connection;
mod door;
mod folder;
mod http;
mod identity;
mod laggard;
mod limits;
mod line;
mod link;
mod matching;
mod pace;
mod paging;
mod table;
#[cfg(test)]
mod tests;
mod token;
mod unchanged;

pub use assertion::Proof;
pub use connection::{Tls, client};
pub use limits::Limits;
pub use matching::{is_same_person, lives_there, patient_of};
pub use token::Oauth;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use crate::domain::{
    access::Person,
    clock::Clock,
    patient::{MemberNumber, Patient},
    record::Records,
    section::{SectionName, SourceName},
};

use breaker::Verdict;
use clinical::Gathered;
use door::Door;
use http::Allowance;
use paging::Bounds;
use unchanged::{Remembered, Tags};

/// Where one source is, how it is asked and what it may cost.
#[derive(Clone, Debug, Default)]
pub struct Endpoint {
    /// Base URL, such as `http://127.0.0.1:9000/fhir`, or `file:///folder` for a folder of Bundles;
    /// no credentials in it.
    pub base: String,
    /// Fixed bearer token, where the source wants one.
    pub token: Option<secrecy::SecretString>,
    /// Where tokens come from, in place of a fixed one.
    pub oauth: Option<Oauth>,
    /// Client certificate, and who may vouch for the source.
    pub tls: Tls,
    /// What it may cost, and when it is left alone.
    pub limits: Limits,
}

/// All sources and their limits.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Endpoints; a source that is not listed is not connected.
    pub endpoints: BTreeMap<SourceName, Endpoint>,
    /// One source's answer, all its searches together (850 ms).
    pub answer: Duration,
    /// Bytes one source's answer may have (20 MB).
    pub bytes: usize,
    /// Resources a page chain may have (2,000).
    pub resources: usize,
}

pub use crate::domain::failure::Failure as Error;

/// How a patient is looked for at `identity`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// By insurance number; an empty branch asks for every member of the household.
    Number {
        /// Naming system.
        system: String,
        /// The number.
        number: MemberNumber,
    },
    /// By the number that a facility's own system gave.
    Local {
        /// Naming system.
        system: String,
        /// The number, as it is.
        value: String,
    },
    /// By the four attributes.
    Four {
        /// Name in kanji, kana or Latin, in any order.
        name: String,
        /// Birth date, ISO.
        birth_date: chrono::NaiveDate,
        /// `male`, `female`, `other` or `unknown`.
        sex: String,
        /// Address, as far as known; the source is asked for its prefecture only.
        address: String,
    },
}

/// One source's answer about one patient.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Everything it sent.
    pub records: Records,
    /// The patient as this source names it (`Patient/id`); `None` where it knows no such patient.
    pub subject: Option<String>,
    /// When the answer was complete.
    pub at: DateTime<Utc>,
    /// Sections for which it has more than was fetched.
    pub more_at_source: Vec<SectionName>,
    /// Sections whose own search failed.
    pub failed: Vec<(SectionName, Error)>,
    /// What was refused in it, for the ledger: another patient's resources, unproven answers.
    pub refusals: Vec<String>,
    /// Bytes it took on the wire, unpacked.
    pub bytes: usize,
}

/// What came of asking for an answer that is there already.
#[derive(Clone, Debug)]
pub enum Refreshed<T> {
    /// It is still the same, and was so then.
    Unchanged(T, DateTime<Utc>),
    /// Another one.
    Fetched(Fetched),
}

/// How a source is reached.
#[derive(Clone, Debug)]
enum Way {
    /// Over HTTP.
    Remote(http::Remote),
    /// In a folder of Bundles.
    Folder(folder::Folder),
}

/// A source with what guards it.
#[derive(Clone, Debug)]
struct Connected {
    way: Way,
    door: Arc<Door>,
    warm: Option<Duration>,
}

/// How often it is looked whether a token has to be fetched or connections kept warm.
const TEND: Duration = Duration::from_secs(1);
/// How long a harmless request may take.
const WARMING: Duration = Duration::from_secs(10);

/// The clients of all sources. Cloning shares connections.
#[derive(Clone)]
pub struct Sources {
    connected: BTreeMap<SourceName, Connected>,
    answer: Duration,
    bytes: usize,
    resources: usize,
    remembered: Remembered,
    clock: Arc<dyn Clock>,
}

impl Sources {
    /// Builds what each source is reached by.
    ///
    /// # Errors
    /// In words, where an endpoint's address, certificates or credentials are not usable.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let mut connected = BTreeMap::new();
        for (source, endpoint) in settings.endpoints {
            let way = if endpoint.base.starts_with("file:") {
                folder::Folder::new(&endpoint.base).map(Way::Folder)
            } else {
                http::Remote::new(source, &endpoint, &clock).map(Way::Remote)
            };
            let way = way.map_err(|why| format!("source {}: {why}", source.word()))?;
            let door = Arc::new(Door::new(source, &endpoint.limits));
            let warm = endpoint.limits.warm;
            connected.insert(source, Connected { way, door, warm });
        }
        Ok(Self {
            connected,
            answer: settings.answer,
            bytes: settings.bytes,
            resources: settings.resources,
            remembered: Remembered::new(Arc::clone(&clock)),
            clock,
        })
    }

    /// Whether a source is connected.
    #[must_use]
    pub fn has(&self, source: SourceName) -> bool {
        self.connected.contains_key(&source)
    }

    /// How long one source's answer may take, all its searches together.
    #[must_use]
    pub const fn answer(&self) -> Duration {
        self.answer
    }

    /// Keeps connections open and tokens young, so that no patient pays for them. Runs until it is
    /// dropped; nothing waits for it, and what fails here fails nothing else.
    pub async fn tend(&self) {
        let tended = self.connected.iter().filter_map(|(source, connected)| {
            let Way::Remote(remote) = &connected.way else {
                return None;
            };
            Some(tend_one(*source, remote, connected.warm))
        });
        join_all(tended).await;
    }

    /// Asks `identity` who that is. Every hit's own data is checked against what was asked.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn identify(
        &self,
        query: &Query,
        until: Instant,
    ) -> Result<Vec<(Person, Patient)>, Error> {
        let source = SourceName::Identity;
        let ask = async |way: &Way, bounds: Bounds<'_>| match way {
            Way::Remote(remote) => identity::identify(remote, query, bounds).await,
            Way::Folder(folder) => folder
                .patients(self.bytes, until)
                .await
                .map(|patients| identity::persons(patients.iter(), query)),
        };
        self.guarded(source, until, ask).await
    }

    /// Asks one clinical source everything it has about a patient: its fixed list of searches.
    ///
    /// # Errors
    /// See [`Error`]; a failed search among successful ones is no error but in [`Fetched::failed`].
    pub async fn fetch(
        &self,
        source: SourceName,
        person: &Person,
        until: Instant,
    ) -> Result<Fetched, Error> {
        let gathered = self.gathered(source, person, None, until).await?;
        Ok(self.fetched(source, person, gathered).await)
    }

    /// As [`Self::fetch`], where there is an earlier answer with the time when it was complete:
    /// a source that can say so says that it is still the same.
    ///
    /// # Errors
    /// As [`Self::fetch`].
    pub async fn refresh<T>(
        &self,
        source: SourceName,
        person: &Person,
        earlier: Option<(T, DateTime<Utc>)>,
        until: Instant,
    ) -> Result<Refreshed<T>, Error> {
        let Some((earlier, at)) = earlier else {
            let fetched = self.fetch(source, person, until).await?;
            return Ok(Refreshed::Fetched(fetched));
        };
        let tags = self.remembered.find(source, person, at).await;
        let gathered = self.gathered(source, person, tags.as_ref(), until).await;
        if matches!(gathered, Err(Error::Late)) {
            // Asking twice may not fit into the time: the next time everything is asked at once.
            self.remembered.keep(source, person, at, None).await;
        }
        let gathered = gathered?;
        if gathered.unchanged {
            let earlier_at = at;
            let at = self.clock.now().wall;
            self.remembered
                .still(source, person, (earlier_at, at))
                .await;
            metrics::counter!("source_answers_unchanged_total", "source" => source.word())
                .increment(1);
            return Ok(Refreshed::Unchanged(earlier, at));
        }
        let fetched = self.fetched(source, person, gathered).await;
        Ok(Refreshed::Fetched(fetched))
    }

    async fn gathered(
        &self,
        source: SourceName,
        person: &Person,
        earlier: Option<&Tags>,
        until: Instant,
    ) -> Result<Gathered, Error> {
        let ask = async |way: &Way, bounds: Bounds<'_>| match way {
            Way::Remote(remote) => clinical::gather(remote, source, person, earlier, bounds).await,
            Way::Folder(folder) => folder.gather(source, person, self.bytes, until).await,
        };
        self.guarded(source, until, ask).await
    }

    async fn fetched(&self, source: SourceName, person: &Person, gathered: Gathered) -> Fetched {
        let at = self.clock.now().wall;
        self.remembered
            .keep(source, person, at, gathered.tags)
            .await;
        Fetched {
            records: gathered.records,
            subject: gathered.subject,
            at,
            more_at_source: gathered.more_at_source,
            failed: gathered.failed,
            refusals: gathered.refusals,
            bytes: gathered.bytes,
        }
    }

    /// One answer of a source that is connected, works and is not overrun.
    async fn guarded<T>(
        &self,
        source: SourceName,
        until: Instant,
        ask: impl AsyncFnOnce(&Way, Bounds<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let begun = Instant::now();
        let answer = match self.connected.get(&source) {
            None => Err(Error::NotConnected),
            Some(connected) => match connected.door.pass(until).await {
                Err(why) => Err(why),
                Ok(pass) => {
                    let allowance = Allowance::new(self.bytes);
                    let bounds = Bounds {
                        allowance: &allowance,
                        resources: self.resources,
                        until,
                    };
                    let asked = Instant::now();
                    let answer = ask(&connected.way, bounds).await;
                    let has_page = allowance.left() < self.bytes;
                    let is_long = asked.elapsed() >= self.answer / 2;
                    pass.end(verdict(answer.as_ref().err(), has_page, is_long));
                    answer
                }
            },
        };
        measure(source, begun, answer.as_ref().err());
        answer
    }
}

async fn tend_one(source: SourceName, remote: &http::Remote, warm: Option<Duration>) {
    let at_once = table::searches(source).len().max(1);
    let mut due = Instant::now();
    loop {
        remote.refresh_ahead().await;
        if let Some(every) = warm
            && Instant::now() >= due
        {
            due = Instant::now() + every;
            let warmed = remote.warm(at_once, Instant::now() + WARMING).await;
            let outcome = warmed.err().map_or("answered", Error::word);
            metrics::counter!(
                "source_warmings_total", "source" => source.word(), "outcome" => outcome
            )
            .increment(1);
        }
        sleep(TEND).await;
    }
}

/// What an answer shows of the source: nothing where it is about one patient. `has_page` says
/// whether anything that came was FHIR, `is_long` whether the source had a fair time.
fn verdict(error: Option<&Error>, has_page: bool, is_long: bool) -> Verdict {
    match error {
        None => Verdict::Good,
        Some(Error::Down | Error::Refused(408 | 429 | 500..)) => Verdict::Bad,
        // Half of an answer, a page of maintenance. A Patient that cannot be read is one patient's.
        Some(Error::Garbled) if !has_page => Verdict::Bad,
        // Whoever asked may have had next to no time left.
        Some(Error::Late) if is_long => Verdict::Bad,
        Some(
            Error::Garbled
            | Error::Late
            | Error::Refused(_)
            | Error::NotConnected
            | Error::TooLarge
            | Error::AnotherPatient
            | Error::Unproven
            | Error::Suspended
            | Error::Busy,
        ) => Verdict::Neither,
    }
}

/// Counts an answer and its time by source and kind; nothing of the patient.
fn measure(source: SourceName, begun: Instant, error: Option<&Error>) {
    let outcome = error.map_or("answered", |error| error.word());
    metrics::histogram!("source_answer_seconds", "source" => source.word(), "outcome" => outcome)
        .record(begun.elapsed().as_secs_f64());
    metrics::counter!("source_answers_total", "source" => source.word(), "outcome" => outcome)
        .increment(1);
}
