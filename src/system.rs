//! The one place that real time and real randomness come from.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::domain::{
    clock::{Clock, Moment},
    entropy::Entropy,
};

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        // Boottime counts suspended time too: a sleeping machine must not lengthen a grant.
        let boot = clock_gettime(ClockId::Boottime);
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that the wall clock is read"
        )]
        let wall = chrono::Utc::now();
        Moment {
            wall,
            since_boot: Duration::new(
                u64::try_from(boot.tv_sec).unwrap_or_default(),
                u32::try_from(boot.tv_nsec).unwrap_or_default(),
            ),
        }
    }
}

/// The operating system's random bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::disallowed_methods,
            clippy::expect_used,
            reason = "the one place that random bytes are read; without them no session, key or \
                      grant may be made, so the process must not go on"
        )]
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::entropy::random;

    #[test]
    fn random_values_do_not_repeat_however_many_ask_at_once() {
        const EACH: usize = 10_000;
        let drawn: BTreeSet<[u8; 16]> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let draw = |_| random::<16>(&SystemEntropy);
                        (0..EACH).map(draw).collect::<Vec<_>>()
                    })
                })
                .collect();
            let drawn = threads.into_iter().map(|thread| thread.join().unwrap());
            drawn.flatten().collect()
        });
        assert_eq!(drawn.len(), 8 * EACH);
    }
}
