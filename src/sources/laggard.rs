//! Searches that hang while the others of the same source answer. Each answer keeps its seat until its
//! last search is decided: one that always hangs would keep all seats for all the time there is, and
//! whoever comes later would find the source busy.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// So many late ones in a row, and a search is waited for shortly.
const LATE_IN_A_ROW: u32 = 3;
/// The part of the time that is left which it then has: what usually answers still does.
const SHORTLY: u32 = 2;
/// One in so many has all the time all the same: that tells whether it answers again.
const TRIAL: u32 = 8;
/// Who has less than this to begin with says nothing by being late.
const LEAST: Duration = Duration::from_millis(400);

/// How often each search was late, one after the other.
#[derive(Debug, Default)]
pub(super) struct Laggards(Mutex<BTreeMap<&'static str, Late>>);

#[derive(Clone, Copy, Debug, Default)]
struct Late {
    in_a_row: u32,
    /// Asked since it is waited for shortly.
    asked: u32,
}

impl Laggards {
    /// Until when a search is waited for that may take until `until`.
    pub(super) fn until(&self, search: &'static str, until: Instant) -> Instant {
        let mut known = self.lock();
        let Some(late) = known.get_mut(search) else {
            return until;
        };
        if late.in_a_row < LATE_IN_A_ROW {
            return until;
        }
        late.asked = late.asked.wrapping_add(1);
        if late.asked.is_multiple_of(TRIAL) {
            return until;
        }
        let now = Instant::now();
        now + until.saturating_duration_since(now) / SHORTLY
    }

    /// Notes of each search of one answer whether it was late; `given` is the time they had. Where
    /// none came nothing is said of one among them: that is the source.
    pub(super) fn note(&self, given: Duration, late: &[(&'static str, bool)]) {
        if given < LEAST || late.iter().all(|(_, is_late)| *is_late) {
            return;
        }
        let mut known = self.lock();
        for (search, is_late) in late {
            if *is_late {
                known.entry(search).or_default().in_a_row += 1;
            } else {
                known.remove(search);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Late>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Duration = Duration::from_millis(800);

    fn given(laggards: &Laggards, search: &'static str) -> Duration {
        let now = Instant::now();
        laggards.until(search, now + WHOLE) - now
    }

    #[tokio::test(start_paused = true)]
    async fn a_search_that_hangs_while_others_answer_is_soon_waited_for_shortly() {
        let laggards = Laggards::default();
        for _ in 0..LATE_IN_A_ROW {
            assert_eq!(given(&laggards, "Condition"), WHOLE);
            laggards.note(WHOLE, &[("Condition", true), ("Observation", false)]);
        }
        assert_eq!(given(&laggards, "Condition"), WHOLE / SHORTLY);
        assert_eq!(given(&laggards, "Observation"), WHOLE);
        let whole = (0..16).filter(|_| given(&laggards, "Condition") == WHOLE);
        assert_eq!(whole.count(), 2, "one in eight tries");
        laggards.note(WHOLE, &[("Condition", false)]);
        assert_eq!(given(&laggards, "Condition"), WHOLE, "it answers again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_is_late_as_a_whole_or_had_no_time_says_nothing_of_one_search() {
        let laggards = Laggards::default();
        for _ in 0..9 {
            laggards.note(WHOLE, &[("Condition", true), ("Observation", true)]);
            laggards.note(LEAST / 2, &[("Condition", true), ("Observation", false)]);
        }
        assert_eq!(given(&laggards, "Condition"), WHOLE);
    }
}
