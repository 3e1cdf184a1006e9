//! Fetching ahead of a look (B18), forgetting, and letting go of what is too old. Whether something
//! may be fetched ahead, and that it is recorded first, is decided above.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Summaries, flight::Destination};
use crate::{
    cache::Age,
    domain::{
        access::{FacilityId, Grant, Person},
        consent::Consent,
        failure::Failure,
        patient::MemberNumber,
        section::SourceName,
    },
};

/// How many patients are fetched ahead at once.
pub(super) const AT_ONCE: usize = 2;
/// From one patient fetched ahead to the next.
const BETWEEN: Duration = Duration::from_millis(200);
/// How long a source is not asked ahead because looks wait for theirs; then it is left alone.
const GIVING_WAY: Duration = Duration::from_secs(2);

/// What came of fetching one source ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefetched {
    /// A fresh answer was there already.
    Known,
    /// It is there now.
    Fetched,
    /// Looks came first.
    GaveWay,
    /// The source gave nothing.
    Failed(Failure),
}

impl Prefetched {
    /// The word used in metrics and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Fetched => "fetched",
            Self::GaveWay => "gave_way",
            Self::Failed(failure) => failure.word(),
        }
    }
}

impl Summaries {
    /// How long one source's answer is waited for.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        self.sources.answer()
    }

    /// The sources that a look under this grant asks.
    #[must_use]
    pub fn sources_of(&self, grant: &Grant) -> BTreeSet<SourceName> {
        self.rules.sights.under(grant.role, grant).sources
    }

    /// The sources that a look under this consent asks.
    #[must_use]
    pub fn sources_opened_by(&self, consent: &Consent) -> BTreeSet<SourceName> {
        let categories = consent.categories.iter();
        categories
            .flat_map(|category| self.rules.sights.of_category(*category).sources)
            .collect()
    }

    /// Brings what sources say about a person into the cache, one source after the other, and only
    /// while no look waits for a source. A look that comes meanwhile joins the flight.
    pub async fn prefetch(
        &self,
        facility: &FacilityId,
        person: &Person,
        sources: &BTreeSet<SourceName>,
    ) -> Vec<(SourceName, Prefetched)> {
        self.prefetch_within(GIVING_WAY, facility, person, sources)
            .await
    }

    /// The same; looks are let go first for so long.
    pub(super) async fn prefetch_within(
        &self,
        giving_way: Duration,
        facility: &FacilityId,
        person: &Person,
        sources: &BTreeSet<SourceName>,
    ) -> Vec<(SourceName, Prefetched)> {
        let _own = self.prefetching.acquire().await.ok();
        let person = Arc::new(person.clone());
        let mut outcomes = Vec::new();
        for source in sources {
            let to = self.destination(facility, *source, Arc::clone(&person));
            let outcome = self.prefetch_one(&to, giving_way).await;
            metrics::counter!(
                "prefetches_total", "source" => source.word(), "outcome" => outcome.word()
            )
            .increment(1);
            outcomes.push((*source, outcome));
        }
        // Held back while the own place is still taken: so many patients a second, not more.
        tokio::time::sleep(BETWEEN).await;
        outcomes
    }

    async fn prefetch_one(&self, to: &Destination, giving_way: Duration) -> Prefetched {
        if !self.sources.has(to.source) {
            return Prefetched::Failed(Failure::NotConnected);
        }
        let held = self.cache.get(&to.key).await;
        if held.is_some_and(|held| self.cache.age(&held) == Age::Fresh) {
            return Prefetched::Known;
        }
        if !self.flights.idle(Instant::now() + giving_way).await {
            return Prefetched::GaveWay;
        }
        let since = Instant::now();
        match self
            .flights
            .fetched(to, since, since + self.sources.answer() * 2)
            .await
        {
            Some(Ok(_)) => Prefetched::Fetched,
            Some(Err(failure)) => Prefetched::Failed(failure),
            None => Prefetched::Failed(Failure::Late),
        }
    }

    /// Forgets everything that is kept of a patient for a facility: how many answers were here, and
    /// whether the other nodes' cache holds nothing any more either.
    pub async fn forget(&self, facility: &FacilityId, number: &MemberNumber) -> (usize, bool) {
        let whose = self.cache.whose(facility, number);
        let forgotten = self.cache.forget(whose).await;
        self.made.forget(whose).await;
        forgotten
    }

    /// Lets go of what is past its hard life, where no grant is open for the patient and the source
    /// answers; forgets what another node was told to forget.
    pub async fn sweep(&self, open: &[Arc<Grant>]) {
        for whose in self.cache.forgotten_elsewhere().await {
            self.cache.forget_here(whose).await;
            self.made.forget(whose).await;
        }
        let open = open
            .iter()
            .map(|grant| self.cache.whose(&grant.facility, &grant.person.number))
            .collect();
        self.cache.sweep(&open, &self.flights.down()).await;
    }
}
