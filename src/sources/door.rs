//! The door before one source: closed while it keeps failing, and only so many answers inside.

use std::time::Duration;

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout_at},
};

use super::{
    Error,
    breaker::{Breaker, Leave, Verdict},
    limits::Limits,
};
use crate::domain::section::SourceName;

/// The door of one source.
#[derive(Debug)]
pub(super) struct Door {
    source: SourceName,
    breaker: Breaker,
    seats: Semaphore,
    wait: Duration,
}

/// One answer on its way. Dropping it gives the seat back and says nothing about the source.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    leave: Leave<'a>,
    _seat: Seat<'a>,
}

impl Pass<'_> {
    /// Says what the answer showed of the source.
    pub(super) fn end(self, verdict: Verdict) {
        self.leave.end(verdict);
    }
}

#[derive(Debug)]
struct Seat<'a> {
    source: SourceName,
    _permit: SemaphorePermit<'a>,
}

impl<'a> Seat<'a> {
    fn new(source: SourceName, permit: SemaphorePermit<'a>) -> Self {
        metrics::gauge!("source_answers_running", "source" => source.word()).increment(1.0);
        Self {
            source,
            _permit: permit,
        }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        metrics::gauge!("source_answers_running", "source" => self.source.word()).decrement(1.0);
    }
}

impl Door {
    pub(super) fn new(source: SourceName, limits: &Limits) -> Self {
        let at_once = limits.at_once.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            source,
            breaker: Breaker::new(source, limits),
            seats: Semaphore::new(at_once),
            wait: limits.wait,
        }
    }

    /// Lets one answer in.
    ///
    /// # Errors
    /// [`Error::Suspended`] at once while the source is left alone; [`Error::Busy`] where there was
    /// no seat within the wait, [`Error::Late`] where the deadline was earlier.
    pub(super) async fn pass(&self, until: Instant) -> Result<Pass<'_>, Error> {
        let leave = self.breaker.leave().ok_or(Error::Suspended)?;
        let permit = if let Ok(permit) = self.seats.try_acquire() {
            permit
        } else {
            let patience = Instant::now() + self.wait;
            let in_vain = if until < patience {
                Error::Late
            } else {
                Error::Busy
            };
            let permit = timeout_at(until.min(patience), self.seats.acquire()).await;
            let Ok(Ok(permit)) = permit else {
                return Err(in_vain);
            };
            if !self.breaker.is_still(&leave) {
                return Err(Error::Suspended);
            }
            permit
        };
        Ok(Pass {
            leave,
            _seat: Seat::new(self.source, permit),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door() -> Door {
        let limits = Limits {
            at_once: 2,
            ..Limits::default()
        };
        Door::new(SourceName::Emr, &limits)
    }

    fn in_a_minute() -> Instant {
        Instant::now() + Duration::from_mins(1)
    }

    #[tokio::test(start_paused = true)]
    async fn the_third_of_two_waits_shortly_and_is_told_that_it_is_busy() {
        let door = door();
        let one = door.pass(in_a_minute()).await.unwrap();
        let _two = door.pass(in_a_minute()).await.unwrap();
        let begun = Instant::now();
        assert_eq!(door.pass(in_a_minute()).await.unwrap_err(), Error::Busy);
        assert_eq!(begun.elapsed(), Duration::from_millis(100));
        let soon = Instant::now() + Duration::from_millis(50);
        assert_eq!(door.pass(soon).await.unwrap_err(), Error::Late);
        let waiting = door.pass(in_a_minute());
        let leaving = async {
            tokio::time::sleep(Duration::from_millis(90)).await;
            one.end(Verdict::Good);
        };
        let (third, ()) = tokio::join!(waiting, leaving);
        assert!(third.is_ok(), "a seat that becomes free is taken");
    }

    #[tokio::test(start_paused = true)]
    async fn being_busy_is_not_the_sources_fault() {
        let door = door();
        let inside = (
            door.pass(in_a_minute()).await.unwrap(),
            door.pass(in_a_minute()).await.unwrap(),
        );
        for _ in 0..20 {
            assert_eq!(door.pass(in_a_minute()).await.unwrap_err(), Error::Busy);
        }
        drop(inside);
        assert!(door.pass(in_a_minute()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_while_the_source_is_given_up_does_not_ask_it() {
        let door = Door::new(
            SourceName::Emr,
            &Limits {
                at_once: 1,
                failures: 1,
                ..Limits::default()
            },
        );
        let one = door.pass(in_a_minute()).await.unwrap();
        let waiting = door.pass(in_a_minute());
        let failing = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            one.end(Verdict::Bad);
        };
        let (second, ()) = tokio::join!(waiting, failing);
        assert_eq!(second.unwrap_err(), Error::Suspended);
        assert_eq!(
            door.pass(in_a_minute()).await.unwrap_err(),
            Error::Suspended
        );
    }
}
