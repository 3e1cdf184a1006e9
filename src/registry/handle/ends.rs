//! Ends by both clocks. Rows keep by the wall clock when something was given and when it ends. This
//! process besides remembers when that was by the clock that only grows: where the wall clock was
//! set back since, what is read ends as much earlier. Of what another process gave for hours, the
//! wall clock counts until it is read here first; of what it gave for days, the wall clock alone: a
//! machine that starts with a wrong time and is set right must not end it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::{
    domain::clock::{Clock, Moment, japanese_time},
    registry::{
        Account, Delegation, Disaster, Facility, Link, Permission, Registration, Seat, Terminal,
        Vouch,
    },
};

/// As much the clocks may differ by running unequally.
const DRIFT: TimeDelta = TimeDelta::seconds(1);
/// Of so many things it is remembered when they were given: far more than a day brings.
const MOST: usize = 50_000;

/// When things that have an end were given.
pub(super) struct Ends {
    clock: Arc<dyn Clock>,
    given: Mutex<BTreeMap<String, Given>>,
}

/// When something was given, and what the clocks said when this process first knew of it.
#[derive(Clone, Copy)]
struct Given {
    at: DateTime<Utc>,
    known: Moment,
}

impl Ends {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            given: Mutex::default(),
        }
    }

    /// How far the wall clock was set back since something was given, as far as is known here.
    /// Called when it is given, too: from then on it is known.
    fn set_back(&self, what: String, at: DateTime<Utc>) -> TimeDelta {
        let now = self.clock.now();
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let began = given.get(&what).filter(|given| given.is_at(at)).copied();
        let began = began.unwrap_or_else(|| {
            let known = Moment {
                // Given in what is the future now: as much it was set back already.
                wall: now.wall.max(at),
                ..now
            };
            if given.len() >= MOST {
                let first = given.iter().min_by_key(|(_, given)| given.known.since_boot);
                let first = first.map(|(what, _)| what.clone());
                first.map(|first| given.remove(&first));
            }
            let began = Given { at, known };
            given.insert(what, began);
            began
        });
        behind(began.known, now)
    }

    /// The same, of what was given here; of anything else, nothing.
    fn set_back_here(&self, what: &str, at: DateTime<Utc>) -> TimeDelta {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let began = given.get(what).filter(|given| given.is_at(at));
        began.map_or_else(TimeDelta::zero, |began| {
            behind(began.known, self.clock.now())
        })
    }

    /// A last day, for a wall clock that was set back so far.
    fn day(&self, day: NaiveDate, behind: TimeDelta) -> NaiveDate {
        let now = self.clock.now();
        let today = japanese_time(now.wall + behind).date_naive();
        let shown = now.japanese_day();
        day.checked_sub_signed(today - shown).unwrap_or(day)
    }

    /// A permission is given, or one for hours read.
    pub(super) fn permitted(&self, whose: &str, permission: &Permission) -> TimeDelta {
        self.set_back(format!("permission {whose}"), permission.given_at)
    }

    fn permission(&self, whose: &str, permission: &mut Permission) {
        let behind = match permission.ends {
            Some(_) => self.permitted(whose, permission),
            None => self.set_back_here(&format!("permission {whose}"), permission.given_at),
        };
        permission.ends = permission.ends.map(|ends| ends - behind);
        permission.until = self.day(permission.until, behind);
    }

    pub(super) fn account(&self, mut account: Account) -> Account {
        let id = &account.id.0;
        if let Some(permission) = &mut account.permission {
            self.permission(id, permission);
        }
        if let Some(delegation) = &mut account.delegation {
            delegation.ends -= self.delegated(id, delegation);
        }
        account
    }

    /// A delegation is given or read.
    pub(super) fn delegated(&self, whose: &str, delegation: &Delegation) -> TimeDelta {
        self.set_back(format!("delegation {whose}"), delegation.given_at)
    }

    pub(super) fn facility(&self, mut facility: Facility) -> Facility {
        let id = &facility.id.0;
        if let Some(disaster) = &mut facility.disaster {
            let behind = self.set_back_here(&format!("disaster {id}"), disaster.at);
            disaster.until = self.day(disaster.until, behind);
        }
        facility
    }

    /// 災害時 is declared.
    pub(super) fn declared(&self, whose: &str, disaster: &Disaster) {
        self.set_back(format!("disaster {whose}"), disaster.at);
    }

    pub(super) fn terminal(&self, mut terminal: Terminal) -> Terminal {
        if let Some(ends) = &mut terminal.ends {
            let what = format!("terminal {}", terminal.id);
            *ends -= self.set_back(what, terminal.registered_at);
        }
        terminal
    }

    pub(super) fn seat(&self, seat: Seat) -> Seat {
        Seat {
            account: self.account(seat.account),
            facility: self.facility(seat.facility),
            terminal: self.terminal(seat.terminal),
            session: seat.session,
        }
    }

    pub(super) fn link(&self, hash: &str, mut link: Link) -> Link {
        link.ends -= self.linked(hash, link.made.at);
        link
    }

    /// A link is made or read.
    pub(super) fn linked(&self, hash: &str, at: DateTime<Utc>) -> TimeDelta {
        self.set_back(format!("link {hash}"), at)
    }

    pub(super) fn registration(&self, mut registration: Registration) -> Registration {
        let what = format!("registration {}", registration.hash);
        registration.ends -= self.set_back(what, registration.made.at);
        registration
    }

    pub(super) fn vouch(&self, mut vouch: Vouch) -> Vouch {
        vouch.ends -= self.set_back(format!("vouch {}", vouch.id), vouch.at);
        vouch
    }
}

impl Given {
    /// Whether it was given then; rows keep milliseconds.
    fn is_at(&self, at: DateTime<Utc>) -> bool {
        self.at.timestamp_millis() == at.timestamp_millis()
    }
}

/// How far the wall clock has gone less than the other since.
fn behind(began: Moment, now: Moment) -> TimeDelta {
    let passed = now.since_boot.saturating_sub(began.since_boot);
    let by_wall = now.wall.signed_duration_since(began.wall);
    let behind = TimeDelta::from_std(passed).unwrap_or(TimeDelta::MAX) - by_wall;
    if behind > DRIFT {
        behind
    } else {
        TimeDelta::zero()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A clock that says what it is told.
    struct Told(Mutex<Moment>);

    impl Clock for Told {
        fn now(&self) -> Moment {
            *self.0.lock().unwrap()
        }
    }

    #[test]
    fn a_clock_that_is_set_back_after_a_restart_lengthens_nothing_of_before() {
        let at: DateTime<Utc> = "2026-11-22T11:00:00Z".parse().unwrap();
        let said = |wall: &str, minutes: u64| Moment {
            wall: wall.parse().unwrap(),
            since_boot: Duration::from_mins(minutes),
        };
        // Given in the evening; the machine started anew in the night.
        let clock = Arc::new(Told(Mutex::new(said("2026-11-22T18:00:00Z", 60))));
        let ends = Ends::new(clock.clone());
        let behind = || ends.set_back("delegation a".to_owned(), at).num_minutes();
        assert_eq!(behind(), 0);
        *clock.0.lock().unwrap() = said("2026-11-22T13:30:00Z", 90);
        assert_eq!(behind(), 300);
        // Set right again.
        *clock.0.lock().unwrap() = said("2026-11-22T19:00:00Z", 120);
        assert_eq!(behind(), 0);
    }

    #[test]
    fn what_was_given_in_the_future_ends_as_much_earlier() {
        let clock = Arc::new(Told(Mutex::new(Moment {
            wall: "2026-11-22T10:00:00Z".parse().unwrap(),
            since_boot: Duration::from_mins(5),
        })));
        let ends = Ends::new(clock);
        let at = "2026-11-22T11:00:00Z".parse().unwrap();
        assert_eq!(ends.set_back("link a".to_owned(), at).num_minutes(), 60);
    }
}
