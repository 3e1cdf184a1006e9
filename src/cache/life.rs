//! How long an answer is good for, by source.

use std::{collections::BTreeMap, time::Duration};

use super::Stored;
use crate::domain::{clock::Moment, section::SourceName};

/// Nothing is kept longer than this, not even for the day its source is down.
pub const LONGEST: Duration = Duration::from_hours(72);
/// So long before the end of its hard life what must not end is prolonged for the other nodes.
pub(super) const NEARLY_OVER: Duration = Duration::from_mins(10);
/// How many answers are prolonged in one go.
pub(super) const PROLONGED_AT_ONCE: usize = 256;

/// How old a kept answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// Within its soft life.
    Fresh,
    /// Within its hard life: shown with its age while the source is asked again.
    Stale,
    /// Shown only where the source has not given a better one in time.
    Doubtful,
    /// Past its hard life: shown only where the source is down.
    Expired,
}

/// The lives of one source's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Until then a record is fresh (10 minutes).
    pub soft: Duration,
    /// Until then it may be shown with its age; older only if the source is down (24 hours).
    pub hard: Duration,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            soft: Duration::from_mins(10),
            hard: Duration::from_hours(24),
        }
    }
}

/// The lives of all sources' answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lives {
    /// Those that differ from the default.
    pub by_source: BTreeMap<SourceName, Life>,
    /// How long a partly failed answer, or the answer that a source knows no such patient, is
    /// fresh (15 seconds).
    pub doubtful: Duration,
}

impl Default for Lives {
    fn default() -> Self {
        Self {
            by_source: BTreeMap::new(),
            doubtful: Duration::from_secs(15),
        }
    }
}

impl Lives {
    /// The lives of a source's answers.
    #[must_use]
    pub fn of(&self, source: SourceName) -> Life {
        self.by_source.get(&source).copied().unwrap_or_default()
    }

    /// How old an answer is.
    pub(super) fn age(&self, stored: &Stored, now: Moment) -> Age {
        let Life { soft, hard } = self.of(stored.key.source);
        // An answer from the future is of unknown age.
        let ahead = stored.at.wall.signed_duration_since(now.wall);
        if ahead > chrono::Duration::minutes(1) || now.has_passed(stored.at, hard) {
            return Age::Expired;
        }
        if stored.is_doubtful() {
            return if now.has_passed(stored.at, self.doubtful) {
                Age::Doubtful
            } else {
                Age::Fresh
            };
        }
        if now.has_passed(stored.at, soft) {
            Age::Stale
        } else {
            Age::Fresh
        }
    }
}
