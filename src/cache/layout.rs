//! How a value is laid out before it is sealed: compact, and readable only by a program that lays
//! it out in exactly the same way.

use std::{borrow::Cow, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Key, Stored};
use crate::domain::{
    clock::Moment,
    failure::Failure,
    record::Records,
    section::{SectionName, SourceName},
};

/// Raised whenever a value means something else than before, though it may look the same.
pub(super) const SCHEMA: u8 = 5;
/// The fingerprint of every type that a value is made of. The layout carries no names: a field
/// more would be read as another field. Both are part of what a sealed value is bound to, so that
/// a value of another layout does not open at all.
pub(super) const LAYOUT: &str = "77f697e69dba48aa";

/// The value as it is sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Outside<'a> {
    name: [u8; 32],
    source: SourceName,
    at: DateTime<Utc>,
    subject: Option<Cow<'a, str>>,
    more_at_source: Cow<'a, [SectionName]>,
    failed: Cow<'a, [(SectionName, Failure)]>,
    bytes: usize,
    records: Cow<'a, Records>,
}

/// The bytes of an answer.
pub(super) fn bytes(stored: &Stored) -> Option<Vec<u8>> {
    let outside = Outside {
        name: stored.key.name,
        source: stored.key.source,
        at: stored.at.wall,
        subject: stored.subject.as_deref().map(Cow::Borrowed),
        more_at_source: Cow::Borrowed(&stored.more_at_source),
        failed: Cow::Borrowed(&stored.failed),
        bytes: stored.bytes,
        records: Cow::Borrowed(&stored.records),
    };
    postcard::to_stdvec(&outside).ok()
}

/// The answer that these bytes are, where they are the whole of one under this name.
pub(super) fn read(key: &Key, bytes: &[u8], now: Moment) -> Option<Stored> {
    let (outside, rest) = postcard::take_from_bytes::<Outside<'_>>(bytes).ok()?;
    let is_own = outside.name == key.name && outside.source == key.source;
    (is_own && rest.is_empty()).then(|| Stored {
        key: *key,
        records: Arc::new(outside.records.into_owned()),
        subject: outside.subject.map(Cow::into_owned),
        at: since_boot(outside.at, now),
        more_at_source: outside.more_at_source.into_owned(),
        failed: outside.failed.into_owned(),
        bytes: outside.bytes,
    })
}

/// Another node's time on this machine's clocks.
fn since_boot(at: DateTime<Utc>, now: Moment) -> Moment {
    let age = now
        .wall
        .signed_duration_since(at)
        .to_std()
        .unwrap_or(Duration::ZERO);
    Moment {
        wall: at,
        since_boot: now.since_boot.saturating_sub(age),
    }
}
