//! What an auditor can know of the ledgers themselves: whether they are whole, what the clock did,
//! and whether it is too quiet.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Error, Place, Review, index::Index};
use crate::{
    domain::{
        access::FacilityId,
        clock::Moment,
        review::{Hour, Pulse, Silence},
    },
    ledger::{Checked, Ledger, Proofs, Unread},
    outbox::Seen,
};

/// Hours that are drawn.
const HOURS: u16 = 60;
/// After how many entries verifying rests for as long as these took: a processor is left to the ward.
const REST: u64 = 500;

/// One step of the wall clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The entry that says so.
    pub place: Place,
    /// What the clock said then.
    pub at: DateTime<Utc>,
    /// By how much it had been moved.
    pub by_ms: i64,
}

/// How verifying stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verifying {
    /// Nobody asked since the process started.
    #[default]
    Never,
    /// It runs.
    Running {
        /// Since when.
        since: Moment,
        /// How many entries it has seen.
        entries: u64,
    },
    /// It has come to an end.
    Done {
        /// When it was begun.
        begun: Moment,
        /// How long it took.
        took: Duration,
        /// What was found, or in words why nothing could be.
        found: Result<Checked, String>,
    },
}

/// Verifying, one run at a time.
#[derive(Default)]
pub(super) struct Verification {
    state: Mutex<Verifying>,
    seen: Arc<AtomicU64>,
    is_stopped: Arc<AtomicBool>,
    asked: Notify,
}

impl Verification {
    fn state(&self) -> Verifying {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.clone() {
            Verifying::Running { since, .. } => Verifying::Running {
                since,
                entries: self.seen.load(Ordering::Relaxed),
            },
            known @ (Verifying::Never | Verifying::Done { .. }) => known,
        }
    }

    fn set(&self, state: Verifying) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Whether it began; where one runs already, none does.
    fn begin(&self, now: Moment) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, Verifying::Running { .. }) {
            return false;
        }
        self.seen.store(0, Ordering::Relaxed);
        *state = Verifying::Running {
            since: now,
            entries: 0,
        };
        true
    }
}

/// One ledger of this node.
#[derive(Clone, Debug)]
pub struct LedgerState {
    /// Its name.
    pub name: String,
    /// What is proven of it.
    pub proofs: Proofs,
}

/// The ledgers as they stand.
#[derive(Clone, Debug)]
pub struct Integrity {
    /// Each that is there.
    pub ledgers: Vec<LedgerState>,
    /// Those that are not.
    pub unread: Vec<Unread>,
    /// How verifying stands.
    pub verifying: Verifying,
    /// The last steps of the clock, newest first.
    pub steps: Vec<Step>,
    /// When somebody last did something in this facility.
    pub last: Option<DateTime<Utc>>,
    /// Whether it is too quiet there.
    pub silence: Silence,
    /// Its last hours, oldest first.
    pub hours: Vec<Hour>,
    /// The channels of its notices, and whether each is stuck.
    pub channels: Vec<(Seen, bool)>,
}

impl Review {
    /// How the ledgers stand.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::NotYet`].
    pub async fn integrity(&self, facility: &FacilityId) -> Result<Integrity, Error> {
        let unread = self.refresh().await?;
        let now = self.inner.clock.now();
        let asked = facility.clone();
        let (steps, pulse) = self
            .look(move |index| {
                let pulse = index.desk(&asked).map(|desk| desk.pulse.clone());
                (index.steps.clone(), pulse.unwrap_or_default())
            })
            .await?;
        let ledger = &self.inner.ledger;
        let state = |ledger: &Ledger| LedgerState {
            name: ledger.node().0,
            proofs: ledger.proofs(),
        };
        let channels = self.inner.settings.outbox.seen(now);
        Ok(Integrity {
            ledgers: std::iter::once(state(ledger))
                .chain(ledger.second().as_ref().map(state))
                .collect(),
            unread,
            verifying: self.inner.verification.state(),
            steps: steps.into_iter().rev().collect(),
            last: pulse.last(),
            silence: pulse.silence(now.wall),
            hours: pulse.hours(now.wall, HOURS),
            channels: channels
                .into_iter()
                .filter(|(seen, _)| seen.is_of(facility))
                .collect(),
        })
    }

    /// Asks that all that was written be verified, aside and at half the speed that it could have;
    /// whether that begins: one run at a time.
    #[must_use]
    pub fn verify(&self) -> bool {
        let now = self.inner.clock.now();
        if !self.inner.verification.begin(now) {
            return false;
        }
        self.inner.verification.asked.notify_one();
        true
    }

    /// Verifies whenever it was asked for, until the node stops.
    pub async fn keep_verifying(self, stop: CancellationToken) {
        let verification = &self.inner.verification;
        loop {
            let run = async {
                verification.asked.notified().await;
                self.verify_once().await;
            };
            if stop.run_until_cancelled(run).await.is_none() {
                break;
            }
        }
        // What runs aside breaks off, too.
        verification.is_stopped.store(true, Ordering::Relaxed);
    }

    async fn verify_once(&self) {
        let Verifying::Running { since, .. } = self.inner.verification.state() else {
            return;
        };
        let begun = Instant::now();
        let found = self.inner.ledger.check(self.watch()).await;
        let found = found.map_err(|error| error.to_string());
        let faults = match &found {
            Ok(checked) => checked.faults().len(),
            Err(_) => 1,
        };
        if faults > 0 {
            tracing::error!(faults, "verifying the ledger found something wrong");
        }
        let faults = u32::try_from(faults).unwrap_or(u32::MAX);
        metrics::gauge!("ledger_verify_faults").set(f64::from(faults));
        self.inner.verification.set(Verifying::Done {
            begun: since,
            took: begun.elapsed(),
            found,
        });
    }

    /// Counts, rests, and says when to stop.
    fn watch(&self) -> crate::ledger::Watch {
        let verification = &self.inner.verification;
        let (seen, is_stopped) = (
            Arc::clone(&verification.seen),
            Arc::clone(&verification.is_stopped),
        );
        let since = Mutex::new(Instant::now());
        Arc::new(move |entries| {
            seen.store(entries, Ordering::Relaxed);
            if entries % REST == 0 {
                let mut since = since.lock().unwrap_or_else(PoisonError::into_inner);
                rest(since.elapsed());
                *since = Instant::now();
            }
            !is_stopped.load(Ordering::Relaxed)
        })
    }

    /// Tells who watches in how many facilities it is too quiet.
    pub(super) async fn measure_silence(&self) {
        let now = self.inner.clock.now().wall;
        let is_alarm = move |pulse: &&Pulse| matches!(pulse.silence(now), Silence::Alarm { .. });
        let quiet = move |index: &Index| index.pulses().filter(is_alarm).count();
        if let Ok(quiet) = self.look(quiet).await {
            let quiet = u32::try_from(quiet).unwrap_or(u32::MAX);
            metrics::gauge!("silent_facilities").set(f64::from(quiet));
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "in a thread of its own that verifies and answers nobody"
)]
fn rest(span: Duration) {
    std::thread::sleep(span);
}
