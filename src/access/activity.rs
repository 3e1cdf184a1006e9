//! What this node knows of each session's time: by both clocks, to the second.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{domain::clock::Moment, registry::Seat};

/// How old the written activity may be before it is written again.
pub(super) const WRITE_EVERY: Duration = Duration::from_secs(10);

/// How long before the lock a page that was left alone covers itself. It asks that much early and
/// the seat is locked up to twice as early, since the page's time begins after the request that
/// made it was seen here.
pub const COVER_EARLY: Duration = Duration::from_secs(1);

/// What this node knows of a session's time: by both clocks, more often than it is written.
#[derive(Clone, Copy)]
pub(super) struct Activity {
    began: Moment,
    seen: Moment,
    written: Moment,
}

/// Activity of every session this node has seen.
#[derive(Default)]
pub(super) struct Activities {
    of: Mutex<BTreeMap<String, Activity>>,
}

impl Activities {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Activity>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn began(&self, hash: String, now: Moment) {
        self.lock().insert(
            hash,
            Activity {
                began: now,
                seen: now,
                written: now,
            },
        );
    }

    /// The activity of a session; after a restart, and where it was active at another node since, as
    /// the registry has it.
    pub(super) fn of(&self, seat: &Seat, now: Moment) -> Activity {
        let session = &seat.session;
        let mut of = self.lock();
        let activity = of.entry(session.hash.clone()).or_insert_with(|| {
            let seen = now.when(session.last_seen);
            Activity {
                began: now.when(session.created),
                seen,
                written: seen,
            }
        });
        if session.last_seen > activity.seen.wall {
            activity.seen = now.when(session.last_seen);
            activity.written = activity.seen;
        }
        *activity
    }

    /// Notes activity now; whether it is time to write it.
    pub(super) fn seen(&self, hash: &str, now: Moment) -> bool {
        let mut of = self.lock();
        let Some(activity) = of.get_mut(hash) else {
            return false;
        };
        activity.seen = now;
        let due = now.has_passed(activity.written, WRITE_EVERY);
        if due {
            activity.written = now;
        }
        due
    }

    /// A session goes on under another hash, now; its beginning stays.
    pub(super) fn resumed(&self, seat: &Seat, hash: String, now: Moment) {
        let began = self.of(seat, now).began;
        let mut of = self.lock();
        of.remove(&seat.session.hash);
        of.insert(
            hash,
            Activity {
                began,
                seen: now,
                written: now,
            },
        );
    }

    pub(super) fn keep_only(&self, known: impl Fn(&str) -> bool) {
        self.lock().retain(|hash, _| known(hash));
    }

    pub(super) fn ended(&self, hash: &str) {
        self.lock().remove(hash);
    }
}

impl Activity {
    /// What is left of the session, by whichever clock says less.
    pub(super) fn left(&self, now: Moment, seat: &Seat) -> Duration {
        let session = &seat.session;
        let span = session.ends.signed_duration_since(session.created);
        now.left_of(self.began, span.to_std().unwrap_or_default())
    }

    pub(super) fn is_idle(&self, now: Moment, seat: &Seat, slack: Duration) -> bool {
        let limit = seat.terminal.idle_lock();
        now.has_passed(self.seen, limit.saturating_add(slack))
    }

    /// What is left until the seat locks.
    pub(super) fn idle_left(&self, now: Moment, seat: &Seat) -> Duration {
        now.left_of(self.seen, seat.terminal.idle_lock())
    }

    /// Whether the seat was left for as long as a page that covers itself waits.
    pub(super) fn is_left(&self, now: Moment, seat: &Seat) -> bool {
        let limit = seat.terminal.idle_lock();
        now.has_passed(self.seen, limit.saturating_sub(COVER_EARLY * 2))
    }
}
