//! How fast a source usually answers, and what may be asked of it beyond what is needed.

use std::time::Duration;

/// The latest requests whose times are kept.
const KEPT: usize = 512;
/// Fewer say nothing about what is usual.
const LEAST: usize = 20;
/// What is usual is computed anew after so many requests.
const EVERY: usize = 16;
/// On the same machine every hiccup is later than usual.
const SHORTEST: Duration = Duration::from_millis(10);

/// The times that a source's latest requests took.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Microseconds.
    latest: Vec<u32>,
    /// Where the next one goes.
    next: usize,
    noted: usize,
    p95: Option<Duration>,
}

impl Pace {
    /// Notes how long a request took, or, where nobody waited for its end, had taken.
    pub(super) fn note(&mut self, took: Duration) {
        let took = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        match self.latest.get_mut(self.next) {
            Some(oldest) => *oldest = took,
            None => self.latest.push(took),
        }
        self.next = (self.next + 1) % KEPT;
        self.noted += 1;
        if self.noted >= LEAST && (self.p95.is_none() || self.noted.is_multiple_of(EVERY)) {
            self.p95 = Some(self.at_percent(95));
        }
    }

    /// The time within which 95 of 100 answered.
    pub(super) const fn p95(&self) -> Option<Duration> {
        self.p95
    }

    /// From when on a request is later than usual: a quarter beyond the p95, since what is only
    /// just beyond it is about to answer. `None` before anything is usual.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.p95.map(|p95| (p95 + p95 / 4).max(SHORTEST))
    }

    fn at_percent(&self, percent: usize) -> Duration {
        let mut sorted = self.latest.clone();
        let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        if sorted.is_empty() {
            return Duration::ZERO;
        }
        let (_, found, _) = sorted.select_nth_unstable(place);
        Duration::from_micros(u64::from(*found))
    }
}

/// Requests beyond the needed ones that a source may be sent: of every hundred needed at most five
/// second ones for being late, and fourteen for having failed. Together, with the few there are from
/// the start, no more than a fifth.
#[derive(Debug)]
pub(super) struct Extra {
    /// In hundredths of a request.
    hedges: u32,
    retries: u32,
}

const ONE: u32 = 100;
const HEDGES_PER_NEEDED: u32 = 5;
const RETRIES_PER_NEEDED: u32 = 14;
/// What is saved up while all is well.
const MOST: u32 = 10 * ONE;

impl Extra {
    /// A few retries are there from the start: the first patient of the night meets connections
    /// that the other side has given up.
    pub(super) const fn new() -> Self {
        Self {
            hedges: 0,
            retries: MOST,
        }
    }

    /// Counts a needed request.
    pub(super) fn needed(&mut self) {
        self.hedges = (self.hedges + HEDGES_PER_NEEDED).min(MOST);
        self.retries = (self.retries + RETRIES_PER_NEEDED).min(MOST);
    }

    /// Takes a second request for one that is late, where there is one to take.
    pub(super) fn take_hedge(&mut self) -> bool {
        take(&mut self.hedges)
    }

    /// Takes a second request for one that failed, where there is one to take.
    pub(super) fn take_retry(&mut self) -> bool {
        take(&mut self.retries)
    }
}

fn take(saved: &mut u32) -> bool {
    let left = saved.checked_sub(ONE);
    *saved = left.unwrap_or(*saved);
    left.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn nothing_is_usual_before_there_were_twenty() {
        let mut pace = Pace::default();
        for _ in 0..19 {
            pace.note(ms(100));
            assert_eq!(pace.patience(), None);
        }
        pace.note(ms(100));
        assert_eq!(pace.patience(), Some(ms(125)));
    }

    #[test]
    fn what_is_usual_follows_the_source_and_a_few_late_ones_do_not_change_it() {
        let mut pace = Pace::default();
        for number in 0..1_000 {
            pace.note(if number % 50 == 0 { ms(900) } else { ms(20) });
        }
        assert_eq!(pace.p95(), Some(ms(20)));
        for _ in 0..KEPT {
            pace.note(ms(200));
        }
        assert_eq!(pace.p95(), Some(ms(200)));
        for _ in 0..KEPT {
            pace.note(Duration::from_micros(300));
        }
        assert_eq!(pace.patience(), Some(SHORTEST));
    }

    #[test]
    fn of_a_hundred_needed_requests_five_are_sent_again_for_being_late_and_fourteen_for_failing() {
        let mut extra = Extra::new();
        let (mut hedges, mut retries) = (0, 0);
        for _ in 0..1_000 {
            extra.needed();
            hedges += usize::from(extra.take_hedge());
            retries += usize::from(extra.take_retry());
        }
        assert_eq!((hedges, retries), (50, 149));
    }

    #[test]
    fn what_is_saved_up_has_an_end() {
        let mut extra = Extra::new();
        for _ in 0..10_000 {
            extra.needed();
        }
        let hedges = (0..100).filter(|_| extra.take_hedge()).count();
        let retries = (0..100).filter(|_| extra.take_retry()).count();
        assert_eq!((hedges, retries), (10, 10));
    }
}
