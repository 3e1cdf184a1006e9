//! Floor 2: the nation's shared records over FHIR R4 REST, and folders of Bundles.
//!
//! May name: `domain`, `fhir`. Never: `cache`, `ledger`, `registry`, anything above.

#[cfg(test)]
pub(crate) mod canned;
mod clinical;
mod folder;
mod http;
mod identity;
mod link;
mod matching;
mod paging;
mod table;
#[cfg(test)]
mod tests;

pub use http::client;
pub use matching::{is_same_person, lives_there, patient_of};

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::domain::{
    access::Person,
    clock::Clock,
    patient::{MemberNumber, Patient},
    record::Records,
    section::{SectionName, SourceName},
};

/// Where one source is and how long it may take.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Base URL, such as `http://127.0.0.1:9000/fhir`, or `file:///folder` for a folder of Bundles;
    /// no credentials in it.
    pub base: String,
    /// Bearer token, where the source wants one.
    pub token: Option<secrecy::SecretString>,
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

/// How a source is reached.
#[derive(Clone, Debug)]
enum Way {
    /// Over HTTP.
    Remote(http::Remote),
    /// In a folder of Bundles.
    Folder(folder::Folder),
}

/// The clients of all sources. Cloning shares connections.
#[derive(Clone)]
pub struct Sources {
    ways: BTreeMap<SourceName, Way>,
    answer: Duration,
    bytes: usize,
    resources: usize,
    clock: Arc<dyn Clock>,
}

impl Sources {
    /// Builds the one HTTP client.
    ///
    /// # Errors
    /// In words, where an endpoint's address is not usable.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let encrypted = settings
            .endpoints
            .values()
            .any(|endpoint| endpoint.base.starts_with("https:"));
        let client = http::client(encrypted)?;
        let mut ways = BTreeMap::new();
        for (source, endpoint) in settings.endpoints {
            let way = if endpoint.base.starts_with("file:") {
                folder::Folder::new(&endpoint.base).map(Way::Folder)
            } else {
                http::Remote::new(client.clone(), &endpoint).map(Way::Remote)
            };
            let way = way.map_err(|why| format!("source {}: {why}", source.word()))?;
            ways.insert(source, way);
        }
        Ok(Self {
            ways,
            answer: settings.answer,
            bytes: settings.bytes,
            resources: settings.resources,
            clock,
        })
    }

    /// Whether a source is connected.
    #[must_use]
    pub fn has(&self, source: SourceName) -> bool {
        self.ways.contains_key(&source)
    }

    /// How long one source's answer may take, all its searches together.
    #[must_use]
    pub const fn answer(&self) -> Duration {
        self.answer
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
        let begun = Instant::now();
        let found = match self.ways.get(&source) {
            None => Err(Error::NotConnected),
            Some(Way::Remote(remote)) => {
                identity::identify(remote, query, self.bytes, self.resources, until).await
            }
            Some(Way::Folder(folder)) => folder
                .patients(self.bytes, until)
                .await
                .map(|patients| identity::persons(patients.iter(), query)),
        };
        measure(source, begun, found.as_ref().err());
        found
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
        let begun = Instant::now();
        let gathered = match self.ways.get(&source) {
            None => Err(Error::NotConnected),
            Some(Way::Remote(remote)) => {
                let limits = (self.bytes, self.resources);
                clinical::gather(remote, source, person, limits, until).await
            }
            Some(Way::Folder(folder)) => folder.gather(source, person, self.bytes, until).await,
        };
        measure(source, begun, gathered.as_ref().err());
        let gathered = gathered?;
        Ok(Fetched {
            records: gathered.records,
            subject: gathered.subject,
            at: self.clock.now().wall,
            more_at_source: gathered.more_at_source,
            failed: gathered.failed,
            refusals: gathered.refusals,
            bytes: gathered.bytes,
        })
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
