//! What one source may cost, and when it is left alone.

use std::time::Duration;

/// The limits of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Answers fetched at once (64); more wait for [`Self::wait`] and are then `busy`.
    pub at_once: usize,
    /// How long an answer waits for its turn (100 ms).
    pub wait: Duration,
    /// Failures in a row after which the source is not asked for [`Self::pause`] (5).
    pub failures: u32,
    /// Of the latest 20 answers or more, the share of failures in percent that counts as much (50);
    /// above 100 never.
    pub failure_percent: u32,
    /// How long a failing source is left alone at first (1 s); twice as long after every try that
    /// failed.
    pub pause: Duration,
    /// How long it is left alone at most (10 s).
    pub longest_pause: Duration,
    /// Whether a request that is later than usual is sent a second time (yes).
    pub hedging: bool,
    /// How often a harmless request keeps connections open (30 s); `None`: never.
    pub warm: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_once: 64,
            wait: Duration::from_millis(100),
            failures: 5,
            failure_percent: 50,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(10),
            hedging: true,
            warm: Some(Duration::from_secs(30)),
        }
    }
}
