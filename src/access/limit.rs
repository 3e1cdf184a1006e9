//! Slowing of repeated tries: never longer than ten seconds, never an emergency view.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    Quota, RateLimiter, middleware::NoOpMiddleware, state::keyed::DefaultKeyedStateStore,
};

use crate::domain::clock::Clock;

/// The longest that anybody waits, and the time in which one more try comes back.
pub(super) const LONGEST: Duration = Duration::from_secs(10);
/// Keys kept before all further ones share one: memory stays flat under any flood.
const KEYS: usize = 50_000;

/// How many grants one account opens before it is asked once more: more than a shift's patients,
/// fewer than who looks for something.
pub(super) const OPENINGS_AT_ONCE: u32 = 30;

/// The product's clock as the limiter reads it: time since boot, which only grows.
struct Ticks(Arc<dyn Clock>);

impl governor::clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.now().since_boot
    }
}

/// Tries per key: some at once, then one in each period.
pub(super) struct Limit {
    clock: Arc<dyn Clock>,
    limiter: RateLimiter<String, DefaultKeyedStateStore<String>, Ticks, NoOpMiddleware<Duration>>,
}

impl Limit {
    pub(super) fn new(clock: &Arc<dyn Clock>, at_once: u32, period: Duration) -> Self {
        let quota = Quota::with_period(period)
            .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
            .allow_burst(NonZeroU32::new(at_once).unwrap_or(NonZeroU32::MIN));
        Self {
            clock: Arc::clone(clock),
            limiter: RateLimiter::new(
                quota,
                DefaultKeyedStateStore::default(),
                Ticks(Arc::clone(clock)),
            ),
        }
    }

    /// Takes one try; or how long to wait for the next.
    pub(super) fn take(&self, key: &str) -> Result<(), Duration> {
        if self.limiter.len() >= KEYS {
            self.limiter.retain_recent();
        }
        let key = if self.limiter.len() >= KEYS {
            "every further key"
        } else {
            key
        };
        self.limiter.check_key(&key.to_owned()).map_err(|not_yet| {
            not_yet
                .wait_time_from(self.clock.now().since_boot)
                .min(LONGEST)
        })
    }
}

/// How fast one account may search; a terminal twice as fast, since several accounts share it.
/// Beyond that an answer waits, and is given: an emergency is never refused for rate. The ledger
/// says so, once a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Searching {
    /// Searches at once: more than a night's ambulances bring.
    pub at_once: u32,
    /// Then one in each of these.
    pub period: Duration,
    /// The longest that an answer waits; less than a connection is kept without one.
    pub longest_wait: Duration,
}

impl Default for Searching {
    fn default() -> Self {
        Self {
            at_once: 60,
            period: Duration::from_secs(5),
            longest_wait: Duration::from_secs(5),
        }
    }
}

/// All limits of the room.
pub(super) struct Limits {
    /// Sign-in tries of one account at one terminal or address.
    pub(super) account: Limit,
    /// Sign-in tries from one address without a registered terminal.
    pub(super) address: Limit,
    /// Entries about slowed tries, so that a flood does not fill the ledger.
    pub(super) entry: Limit,
    /// Searches of one account.
    pub(super) search: Limit,
    /// Searches at one terminal, which several accounts share.
    pub(super) terminal_search: Limit,
    /// Grants opened by one account (never looks inside one): what is beyond is asked once more
    /// and flagged.
    pub(super) opening: Limit,
}

impl Limits {
    pub(super) fn new(clock: &Arc<dyn Clock>, searching: Searching) -> Self {
        let at_once = searching.at_once;
        Self {
            account: Limit::new(clock, 10, LONGEST),
            address: Limit::new(clock, 30, Duration::from_secs(1)),
            entry: Limit::new(clock, 1, Duration::from_mins(1)),
            search: Limit::new(clock, at_once, searching.period),
            terminal_search: Limit::new(clock, at_once.saturating_mul(2), searching.period / 2),
            opening: Limit::new(clock, OPENINGS_AT_ONCE, Duration::from_mins(2)),
        }
    }

    /// Forgets keys that were not used lately.
    pub(super) fn forget_old(&self) {
        for limit in [
            &self.account,
            &self.address,
            &self.entry,
            &self.search,
            &self.terminal_search,
            &self.opening,
        ] {
            limit.limiter.retain_recent();
        }
    }
}

/// A wait in whole seconds, at least one.
pub(super) fn seconds(wait: Duration) -> u64 {
    wait.as_secs()
        .saturating_add(u64::from(wait.subsec_nanos() > 0))
        .clamp(1, LONGEST.as_secs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::access::tests::StepClock;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn nobody_ever_waits_longer_than_ten_seconds(
            steps in prop::collection::vec(0_u64..12_000, 1..300)
        ) {
            let steps_clock = StepClock::new();
            let clock: Arc<dyn Clock> = Arc::clone(&steps_clock) as Arc<dyn Clock>;
            let limits = Limits::new(&clock, Searching::default());
            for step in steps {
                steps_clock.pass(Duration::from_millis(step));
                if let Err(wait) = limits.account.take("a") {
                    prop_assert!(wait <= LONGEST);
                    prop_assert!((1..=10).contains(&seconds(wait)));
                    steps_clock.pass(wait);
                    prop_assert!(limits.account.take("a").is_ok());
                }
            }
        }
    }

    #[test]
    fn one_key_does_not_slow_another_and_memory_is_bounded() {
        let steps = StepClock::new();
        let clock: Arc<dyn Clock> = Arc::clone(&steps) as Arc<dyn Clock>;
        let limits = Limits::new(&clock, Searching::default());
        while limits.account.take("a").is_ok() {}
        assert!(limits.account.take("b").is_ok());
        let mut slowed = 0;
        for key in 0..KEYS + 100 {
            slowed += u32::from(limits.account.take(&key.to_string()).is_err());
        }
        assert!(limits.account.limiter.len() <= KEYS + 1);
        assert!(slowed > 0, "further keys share one");
        steps.pass(Duration::from_hours(1));
        limits.forget_old();
        assert_eq!(limits.account.limiter.len(), 0);
    }
}
