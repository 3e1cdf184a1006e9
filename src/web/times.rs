//! What of a request took how long: for its log line, the metrics, and the browser of whoever
//! looks at the patient.

use std::{
    fmt::Write as _,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use crate::summary::Told;

/// A part of the work on one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Who asks, and whether he may.
    Session,
    /// Whether the grant is open, before the sources are asked and after.
    Grant,
    /// The summary from cache and sources.
    Assembly,
    /// The entry, until it is durable.
    Ledger,
    /// The page's bytes.
    Render,
}

impl Phase {
    /// All, in the order in which they come.
    pub(super) const ALL: [Self; 5] = [
        Self::Session,
        Self::Grant,
        Self::Assembly,
        Self::Ledger,
        Self::Render,
    ];

    /// As it stands in metrics and headers.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Grant => "grant",
            Self::Assembly => "assembly",
            Self::Ledger => "ledger",
            Self::Render => "render",
        }
    }
}

/// The times of one request. Cloning shares them.
#[derive(Clone, Default)]
pub(super) struct Times(Arc<Kept>);

#[derive(Default)]
struct Kept {
    /// Microseconds for each phase; 0 where there was none of it.
    spent: [AtomicU64; Phase::ALL.len()],
    served: OnceLock<Told>,
}

impl Times {
    /// Does the work of a phase.
    pub(super) async fn of<T>(&self, phase: Phase, work: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let done = work.await;
        self.add(phase, begun.elapsed());
        done
    }

    /// Does the work of a phase that waits for nobody.
    pub(super) fn of_now<T>(&self, phase: Phase, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        self.add(phase, begun.elapsed());
        done
    }

    fn add(&self, phase: Phase, span: Duration) {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX).max(1);
        if let Some(spent) = self.0.spent.get(phase as usize) {
            spent.fetch_add(micros, Ordering::Relaxed);
        }
    }

    /// How long a phase took; `None` where there was none of it.
    pub(super) fn spent(&self, phase: Phase) -> Option<Duration> {
        let spent = self.0.spent.get(phase as usize)?.load(Ordering::Relaxed);
        (spent > 0).then(|| Duration::from_micros(spent))
    }

    /// Says that a patient is shown to who asked, with the worst freshness of each source. Without
    /// it nothing of the times leaves with the answer.
    pub(super) fn serve(&self, served: Told) {
        // Shown once, said once.
        drop(self.0.served.set(served));
    }

    /// The value of `Server-Timing`; `None` where no patient is shown.
    pub(super) fn header(&self, total: Duration) -> Option<String> {
        let served = self.0.served.get()?;
        let mut said = String::with_capacity(192);
        for phase in Phase::ALL {
            if let Some(spent) = self.spent(phase) {
                write!(said, "{};dur={}, ", phase.word(), millis(spent)).ok()?;
            }
        }
        write!(said, "total;dur={}", millis(total)).ok()?;
        for (source, word) in &**served {
            write!(said, ", {};desc=\"{word}\"", source.word()).ok()?;
        }
        Some(said)
    }
}

/// Milliseconds, to a tenth.
pub(super) fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 10_000.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use crate::domain::section::SourceName;

    use super::*;

    #[test]
    fn a_phase_that_is_gone_through_twice_counts_as_one() {
        let times = Times::default();
        for millis in [3, 4] {
            times.add(Phase::Grant, Duration::from_millis(millis));
        }
        assert_eq!(times.spent(Phase::Grant), Some(Duration::from_millis(7)));
        assert_eq!(times.spent(Phase::Ledger), None);
    }

    #[test]
    fn nothing_is_told_of_the_times_where_no_patient_is_shown() {
        let times = Times::default();
        times.add(Phase::Assembly, Duration::from_micros(12_340));
        assert_eq!(times.header(Duration::from_millis(20)), None);
        let served = [(SourceName::Emr, "fresh"), (SourceName::Claims, "coming")];
        times.0.served.set(served.into()).unwrap();
        assert_eq!(
            times.header(Duration::from_millis(20)).unwrap(),
            "assembly;dur=12.3, total;dur=20, emr;desc=\"fresh\", claims;desc=\"coming\""
        );
    }
}
