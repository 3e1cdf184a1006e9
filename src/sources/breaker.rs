//! Leaves a source alone that keeps failing, and tries it again with one call at a time.
//!
//! Own code: the crates for it count failures alone or rates alone, let several calls through at
//! once when they try again, and read a clock that no test can stop.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::limits::Limits;
use crate::domain::section::SourceName;

/// Answers whose share of failures is looked at, and how many there must be.
const RECENT: usize = 50;
const LEAST: usize = 20;
/// Answers older than this say nothing about now.
const RECENT_SPAN: Duration = Duration::from_secs(30);

/// What a call showed about the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It works.
    Good,
    /// It does not.
    Bad,
    /// Nothing about the source: the answer was about one patient, or nobody waited for it.
    Neither,
}

/// Whether a source is asked.
#[derive(Debug)]
enum State {
    /// It is.
    Closed {
        in_a_row: u32,
        recent: VecDeque<(Instant, bool)>,
    },
    /// It is not, but for one call at a time after `until`.
    Open {
        until: Instant,
        pause: Duration,
        trying: bool,
    },
}

impl State {
    const fn closed() -> Self {
        Self::Closed {
            in_a_row: 0,
            recent: VecDeque::new(),
        }
    }
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// Grows with every change: what a call from before says is about before.
    epoch: u64,
}

/// The breaker of one source.
#[derive(Debug)]
pub(super) struct Breaker {
    source: SourceName,
    failures: u32,
    failure_percent: u32,
    pause: Duration,
    longest_pause: Duration,
    inner: Mutex<Inner>,
}

/// Leave to make one call. Dropping it says nothing about the source.
#[derive(Debug)]
pub(super) struct Leave<'a> {
    breaker: &'a Breaker,
    epoch: u64,
    verdict: Verdict,
}

impl Leave<'_> {
    /// Says what the call showed.
    pub(super) fn end(mut self, verdict: Verdict) {
        self.verdict = verdict;
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.breaker.hear(self.epoch, self.verdict);
    }
}

impl Breaker {
    pub(super) fn new(source: SourceName, limits: &Limits) -> Self {
        let breaker = Self {
            source,
            failures: limits.failures.max(1),
            failure_percent: limits.failure_percent,
            pause: limits.pause,
            longest_pause: limits.longest_pause.max(limits.pause),
            inner: Mutex::new(Inner {
                state: State::closed(),
                epoch: 0,
            }),
        };
        breaker.show(0);
        breaker
    }

    /// Leave for one call; `None` while the source is left alone.
    pub(super) fn leave(&self) -> Option<Leave<'_>> {
        let mut inner = self.lock();
        if let State::Open { until, trying, .. } = &mut inner.state {
            if *trying || Instant::now() < *until {
                return None;
            }
            *trying = true;
            self.show(1);
        }
        Some(Leave {
            breaker: self,
            epoch: inner.epoch,
            verdict: Verdict::Neither,
        })
    }

    /// Whether a call with this leave is still welcome: the source may have been given up while it
    /// waited for its turn.
    pub(super) fn is_still(&self, leave: &Leave<'_>) -> bool {
        self.lock().epoch == leave.epoch
    }

    fn hear(&self, epoch: u64, verdict: Verdict) {
        let mut inner = self.lock();
        if inner.epoch != epoch {
            return;
        }
        match (&mut inner.state, verdict) {
            (State::Closed { .. }, Verdict::Neither) => {}
            (State::Closed { in_a_row, recent }, Verdict::Good | Verdict::Bad) => {
                let is_bad = verdict == Verdict::Bad;
                *in_a_row = if is_bad { *in_a_row + 1 } else { 0 };
                remember(recent, is_bad);
                // Failures of long ago are none in a row with one of now.
                *in_a_row = (*in_a_row).min(u32::try_from(recent.len()).unwrap_or(u32::MAX));
                let fails = *in_a_row >= self.failures || self.is_too_often(recent);
                if is_bad && fails {
                    self.open(&mut inner, self.pause);
                }
            }
            (State::Open { trying, .. }, Verdict::Neither) => {
                *trying = false;
                self.show(2);
            }
            (State::Open { .. }, Verdict::Good) => {
                inner.state = State::closed();
                inner.epoch += 1;
                self.changed("closed");
                self.show(0);
            }
            (State::Open { pause, .. }, Verdict::Bad) => {
                let longer = pause.saturating_mul(2).min(self.longest_pause);
                self.open(&mut inner, longer);
            }
        }
    }

    fn open(&self, inner: &mut Inner, pause: Duration) {
        inner.state = State::Open {
            until: Instant::now() + pause,
            pause,
            trying: false,
        };
        inner.epoch += 1;
        self.changed("open");
        self.show(2);
    }

    fn is_too_often(&self, recent: &VecDeque<(Instant, bool)>) -> bool {
        let all = u32::try_from(recent.len()).unwrap_or(u32::MAX);
        let bad = recent.iter().filter(|(_, is_bad)| *is_bad).count();
        let bad = u32::try_from(bad).unwrap_or(u32::MAX);
        recent.len() >= LEAST && bad.saturating_mul(100) >= all.saturating_mul(self.failure_percent)
    }

    /// 0: asked; 1: one call tries whether it works again; 2: left alone.
    fn show(&self, state: u8) {
        metrics::gauge!("source_breaker_state", "source" => self.source.word())
            .set(f64::from(state));
    }

    fn changed(&self, to: &'static str) {
        let source = self.source.word();
        metrics::counter!("source_breaker_changes_total", "source" => source, "to" => to)
            .increment(1);
        tracing::warn!(source, to, "the breaker of a source changed");
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remember(recent: &mut VecDeque<(Instant, bool)>, is_bad: bool) {
    let now = Instant::now();
    recent.push_back((now, is_bad));
    while recent.len() > RECENT
        || recent
            .front()
            .is_some_and(|(at, _)| now.duration_since(*at) > RECENT_SPAN)
    {
        recent.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(SourceName::Emr, &Limits::default())
    }

    fn calls(breaker: &Breaker, verdict: Verdict, times: usize) -> usize {
        (0..times)
            .filter_map(|_| breaker.leave())
            .map(|leave| leave.end(verdict))
            .count()
    }

    async fn after(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn five_failures_in_a_row_and_no_fewer_stop_the_calls() {
        let breaker = breaker();
        assert_eq!(calls(&breaker, Verdict::Bad, 4), 4);
        assert_eq!(calls(&breaker, Verdict::Good, 1), 1);
        assert_eq!(calls(&breaker, Verdict::Bad, 9), 5);
        assert!(breaker.leave().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn failures_with_a_long_time_between_are_none_in_a_row() {
        let breaker = breaker();
        for _ in 0..20 {
            assert_eq!(calls(&breaker, Verdict::Bad, 1), 1);
            after(31).await;
        }
        assert_eq!(calls(&breaker, Verdict::Bad, 9), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn what_says_nothing_about_the_source_neither_stops_nor_excuses_it() {
        let breaker = breaker();
        assert_eq!(calls(&breaker, Verdict::Neither, 100), 100);
        assert_eq!(calls(&breaker, Verdict::Bad, 4), 4);
        assert_eq!(calls(&breaker, Verdict::Neither, 100), 100);
        assert_eq!(calls(&breaker, Verdict::Bad, 2), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn every_second_answer_failing_stops_the_calls_too_but_not_yesterdays() {
        let flaky = breaker();
        let mut let_through = 0;
        for _ in 0..20 {
            let_through += calls(&flaky, Verdict::Good, 1) + calls(&flaky, Verdict::Bad, 1);
        }
        assert_eq!(let_through, LEAST);
        let rare = breaker();
        for _ in 0..100 {
            assert_eq!(calls(&rare, Verdict::Good, 1), 1);
            assert_eq!(calls(&rare, Verdict::Bad, 1), 1);
            after(4).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_pause_one_call_tries_and_a_good_one_opens_the_way() {
        let breaker = breaker();
        calls(&breaker, Verdict::Bad, 5);
        after(1).await;
        let trial = breaker.leave().unwrap();
        assert!(breaker.leave().is_none(), "one at a time");
        drop(trial);
        let trial = breaker.leave().expect("a trial given up is no verdict");
        trial.end(Verdict::Good);
        assert_eq!(calls(&breaker, Verdict::Good, 9), 9);
    }

    #[tokio::test(start_paused = true)]
    async fn every_trial_that_fails_doubles_the_pause_up_to_its_longest() {
        let breaker = breaker();
        calls(&breaker, Verdict::Bad, 5);
        for pause in [1, 2, 4, 8, 10, 10] {
            after(pause - 1).await;
            assert!(breaker.leave().is_none(), "before {pause} s");
            after(1).await;
            breaker.leave().unwrap().end(Verdict::Bad);
        }
        after(10).await;
        breaker.leave().unwrap().end(Verdict::Good);
        calls(&breaker, Verdict::Bad, 5);
        after(1).await;
        assert!(breaker.leave().is_some(), "the pause begins anew");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_from_before_say_nothing_about_now() {
        let breaker = breaker();
        let old: Vec<_> = (0..20).filter_map(|_| breaker.leave()).collect();
        calls(&breaker, Verdict::Bad, 5);
        assert!(!breaker.is_still(&old[0]));
        after(1).await;
        breaker.leave().unwrap().end(Verdict::Good);
        for late in old {
            late.end(Verdict::Bad);
        }
        assert!(breaker.leave().is_some());
    }

    /// 200 calls a second for a minute to a source that takes 850 ms to say nothing.
    #[tokio::test(start_paused = true)]
    async fn of_the_calls_to_a_dead_source_at_most_one_in_a_hundred_is_let_through() {
        let breaker = breaker();
        calls(&breaker, Verdict::Bad, 5);
        let (mut all, mut let_through) = (0_u32, 0_u32);
        let mut trial = None;
        for _ in 0..12_000 {
            tokio::time::advance(Duration::from_millis(5)).await;
            if let Some((since, _)) = &trial
                && Instant::now().duration_since(*since) >= Duration::from_millis(850)
                && let Some((_, leave)) = trial.take()
            {
                Leave::end(leave, Verdict::Bad);
            }
            all += 1;
            if let Some(leave) = breaker.leave() {
                let_through += 1;
                trial = Some((Instant::now(), leave));
            }
        }
        assert!(let_through >= 5, "it is tried: {let_through}");
        assert!(let_through * 100 <= all, "{let_through} of {all}");
    }
}
