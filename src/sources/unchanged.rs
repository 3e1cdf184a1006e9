//! Whether a source would answer what it answered before, without its being sent again.
//!
//! Only the source itself can say so, and only with a strong `ETag` for each of its searches: that
//! one changes with every byte of the answer (RFC 9110, 8.8.1), with a resource that was deleted as
//! with one that was added. A weak tag, `Last-Modified` and `_lastUpdated` need not change when
//! something is deleted: a row that is gone would stay on the screen. They are not used. An answer
//! counts as unchanged where all its searches do, or none; nothing is ever put together from an
//! earlier answer and a later one.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use reqwest::header::{ETAG, HeaderMap, HeaderValue};
use sha2::{Digest as _, Sha256};

use super::paging::Chain;
use crate::domain::{
    access::Person,
    clock::{Clock, Moment},
    record::Records,
    section::SourceName,
};

/// Whatever a source says, its answer is fetched whole so often.
const WHOLE: Duration = Duration::from_hours(1);
/// Answers whose tags are kept.
const KEPT: u64 = 10_000;

/// The strong tag of an answer.
pub(super) fn strong_tag(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut tags = headers.get_all(ETAG).iter();
    let tag = tags.next().filter(|tag| tag.as_bytes().starts_with(b"\""));
    tag.filter(|_| tags.next().is_none()).cloned()
}

/// What tells whether one answer is still the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tags {
    /// Print of what the search for the patient brought.
    patient: [u8; 32],
    /// Of each search; `None` where the source does not know the type.
    searches: Vec<Option<HeaderValue>>,
}

impl Tags {
    /// Of the search for the patient, and the searches about them; `None` where one says nothing.
    pub(super) fn new(patient: [u8; 32], searches: &[Option<Searched>]) -> Option<Self> {
        let searches = searches.iter().map(|searched| match searched {
            Some(Searched::Tagged(tag)) => Some(Some(tag.clone())),
            Some(Searched::NotSupported) => Some(None),
            None => None,
        });
        Some(Self {
            patient,
            searches: searches.collect::<Option<_>>()?,
        })
    }

    /// Whether these are tags of the same patient, unchanged.
    pub(super) fn are_of(&self, patient: &[u8; 32]) -> bool {
        self.patient == *patient
    }

    /// The tag of one search.
    pub(super) fn of(&self, place: usize) -> Option<&HeaderValue> {
        self.searches.get(place)?.as_ref()
    }

    /// Whether one search answered as it did then.
    pub(super) fn is_same(&self, place: usize, chain: &Chain) -> bool {
        match self.searches.get(place) {
            Some(Some(_)) => chain.unchanged,
            Some(None) => chain.not_supported.is_some(),
            None => false,
        }
    }
}

/// What one search's answer says of itself.
#[derive(Debug)]
pub(super) enum Searched {
    /// One page with this tag.
    Tagged(HeaderValue),
    /// The source does not know the type.
    NotSupported,
}

impl Searched {
    /// `None` where it says nothing.
    pub(super) fn of(chain: &Chain) -> Option<Self> {
        if chain.not_supported.is_some() {
            return Some(Self::NotSupported);
        }
        chain.tag.clone().map(Self::Tagged)
    }
}

/// What was found of a patient, as something that can be compared later.
pub(super) fn print_of(records: &Records) -> Option<[u8; 32]> {
    let bytes = serde_json::to_vec(records).ok()?;
    Some(Sha256::digest(bytes).into())
}

#[derive(Debug)]
struct Kept {
    /// When the answer was complete.
    at: DateTime<Utc>,
    /// When it was last fetched whole.
    whole: Moment,
    tags: Tags,
}

/// The tags of the latest answers, with prints of whom they are about; nothing that was sent.
#[derive(Clone)]
pub(super) struct Remembered {
    kept: moka::future::Cache<[u8; 32], Arc<Kept>>,
    clock: Arc<dyn Clock>,
}

impl Remembered {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let kept = moka::future::Cache::builder()
            .max_capacity(KEPT)
            .time_to_live(WHOLE)
            .build();
        Self { kept, clock }
    }

    /// The tags of the answer that was complete at `at`, where they are known and it was fetched
    /// whole not long ago.
    pub(super) async fn find(
        &self,
        source: SourceName,
        person: &Person,
        at: DateTime<Utc>,
    ) -> Option<Tags> {
        let kept = self.kept.get(&name(source, person)).await?;
        let is_old = self.clock.now().has_passed(kept.whole, WHOLE);
        (kept.at == at && !is_old).then(|| kept.tags.clone())
    }

    /// Keeps the tags of an answer that came whole.
    pub(super) async fn keep(
        &self,
        source: SourceName,
        person: &Person,
        at: DateTime<Utc>,
        tags: Option<Tags>,
    ) {
        let name = name(source, person);
        match tags {
            Some(tags) => {
                let whole = self.clock.now();
                let kept = Kept { at, whole, tags };
                self.kept.insert(name, Arc::new(kept)).await;
            }
            None => self.kept.invalidate(&name).await,
        }
    }

    /// Notes that the answer that was complete at `earlier` is still the same at `at`. A later one
    /// that came meanwhile keeps its own time: its tags say nothing of the earlier.
    pub(super) async fn still(
        &self,
        source: SourceName,
        person: &Person,
        (earlier, at): (DateTime<Utc>, DateTime<Utc>),
    ) {
        let name = name(source, person);
        let kept = self.kept.get(&name).await;
        if let Some(kept) = kept.filter(|kept| kept.at == earlier) {
            let kept = Kept {
                at,
                whole: kept.whole,
                tags: kept.tags.clone(),
            };
            self.kept.insert(name, Arc::new(kept)).await;
        }
    }
}

fn name(source: SourceName, person: &Person) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [source.word(), &person.system, &person.number.value()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_strong_tag_is_one() {
        for (values, is_strong) in [
            (&["\"a\""][..], true),
            (&["W/\"a\""], false),
            (&["a"], false),
            (&["\"a\"", "\"b\""], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(ETAG, HeaderValue::from_static(value));
            }
            assert_eq!(strong_tag(&headers).is_some(), is_strong, "{values:?}");
        }
    }
}
