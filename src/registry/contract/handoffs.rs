//! Handoffs.

use std::sync::Barrier;

use chrono::{DateTime, Duration, Utc};

use super::{facility, noon, on_each};
use crate::{
    domain::{access::FacilityId, handoff::HandoffId},
    registry::{Concern, Error, MOST_LISTED, MOST_OPEN, Store, StoredHandoff, StoredList},
};

pub(super) fn place(text: &str) -> FacilityId {
    FacilityId(text.to_owned())
}

pub(super) fn town(store: &dyn Store) {
    for name in ["fire1", "fire2", "h1", "h2"] {
        store.add_facility(&facility(name)).unwrap();
    }
}

pub(super) fn handoff(id: &str, department: &str) -> StoredHandoff {
    StoredHandoff {
        id: HandoffId(id.to_owned()),
        department: place(department),
        stage: "open".to_owned(),
        is_open: true,
        version: 1,
        changed: noon(),
        body: vec![1, 2, 3],
        hospitals: Vec::new(),
    }
}

/// The same in its next version.
fn next(of: &StoredHandoff, hospitals: &[(&str, Concern)]) -> StoredHandoff {
    StoredHandoff {
        version: of.version + 1,
        changed: of.changed + Duration::minutes(1),
        hospitals: hospitals
            .iter()
            .map(|(hospital, concern)| (place(hospital), *concern))
            .collect(),
        ..of.clone()
    }
}

fn over(of: &StoredHandoff) -> StoredHandoff {
    StoredHandoff {
        stage: "ended".to_owned(),
        is_open: false,
        ..next(of, &[])
    }
}

fn change(store: &dyn Store, to: &StoredHandoff) {
    assert!(store.change_handoff(to.version - 1, to).unwrap());
}

/// Ids of what a department has, and of what concerns a hospital.
fn of(store: &dyn Store, department: &str, since: DateTime<Utc>) -> Vec<String> {
    let listed = store.handoffs_of(&place(department), since).unwrap();
    listed.handoffs.into_iter().map(|one| one.id.0).collect()
}

fn for_hospital(store: &dyn Store, hospital: &str, since: DateTime<Utc>) -> Vec<String> {
    let listed = store.handoffs_for(&place(hospital), since).unwrap();
    listed.handoffs.into_iter().map(|one| one.id.0).collect()
}

#[test]
fn a_handoff_is_read_back_and_departments_do_not_mix() {
    on_each(|store| {
        town(store);
        let (one, other) = (handoff("a", "fire1"), handoff("b", "fire2"));
        assert!(store.add_handoff(&one).unwrap());
        assert!(store.add_handoff(&other).unwrap());
        assert_eq!(store.handoff(&one.id).unwrap(), Some(one));
        assert_eq!(store.handoff(&HandoffId("c".to_owned())).unwrap(), None);
        assert_eq!(of(store, "fire1", noon()), ["a"]);
        assert_eq!(of(store, "fire2", noon()), ["b"]);
        let nowhere = store.add_handoff(&handoff("c", "nowhere"));
        assert!(matches!(nowhere, Err(Error::Unknown)), "{nowhere:?}");
    });
}

#[test]
fn what_is_begun_twice_is_there_once_and_never_set_back() {
    on_each(|store| {
        town(store);
        let begun = handoff("a", "fire1");
        assert!(store.add_handoff(&begun).unwrap());
        let changed = next(&begun, &[("h1", Concern::Asked)]);
        change(store, &changed);
        assert!(store.add_handoff(&begun).unwrap(), "begun again");
        let there = store.handoff(&begun.id).unwrap().unwrap();
        assert_eq!(there.version, 2);
        let stolen = store.add_handoff(&handoff("a", "fire2"));
        assert!(matches!(stolen, Err(Error::Taken)), "{stolen:?}");
    });
}

#[test]
fn a_change_is_taken_only_in_the_place_of_the_version_it_was_made_of() {
    on_each(|store| {
        town(store);
        let begun = handoff("a", "fire1");
        store.add_handoff(&begun).unwrap();
        let accepted = next(&begun, &[("h1", Concern::Accepted)]);
        let other = next(&begun, &[("h2", Concern::Accepted)]);
        assert!(store.change_handoff(1, &accepted).unwrap());
        assert!(!store.change_handoff(1, &other).unwrap(), "too late");
        assert_eq!(for_hospital(store, "h1", noon()), ["a"]);
        assert!(for_hospital(store, "h2", noon()).is_empty());
        let elsewhere = StoredHandoff {
            department: place("fire2"),
            ..next(&accepted, &[])
        };
        assert!(!store.change_handoff(2, &elsewhere).unwrap());
        let nowhere = store.change_handoff(2, &next(&accepted, &[("h9", Concern::Asked)]));
        assert!(matches!(nowhere, Err(Error::Unknown)), "{nowhere:?}");
        let there = store.handoff(&begun.id).unwrap().unwrap();
        assert_eq!((there.version, there.department), (2, place("fire1")));
    });
}

#[test]
fn of_two_changes_at_once_one_is_taken() {
    on_each(|store| {
        town(store);
        for round in 0..20 {
            let begun = handoff(&format!("r{round}"), "fire1");
            store.add_handoff(&begun).unwrap();
            let together = Barrier::new(2);
            let taken: Vec<bool> = std::thread::scope(|scope| {
                let tries = ["h1", "h2"].map(|hospital| {
                    let (to, together) =
                        (next(&begun, &[(hospital, Concern::Accepted)]), &together);
                    scope.spawn(move || {
                        together.wait();
                        store.change_handoff(1, &to).unwrap()
                    })
                });
                tries.into_iter().map(|one| one.join().unwrap()).collect()
            });
            assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
        }
    });
}

#[test]
fn a_list_has_what_is_open_and_what_was_over_since_and_a_hospital_only_what_concerns_it() {
    on_each(|store| {
        town(store);
        let states = [
            ("asked", Concern::Asked),
            ("accepted", Concern::Accepted),
            ("gone", Concern::Gone),
        ];
        for (name, concern) in states {
            let begun = handoff(name, "fire1");
            store.add_handoff(&begun).unwrap();
            change(store, &next(&begun, &[("h1", concern)]));
            let done = handoff(&format!("{name}-over"), "fire1");
            store.add_handoff(&done).unwrap();
            let asked = next(&done, &[("h1", concern)]);
            change(store, &asked);
            change(store, &over(&asked));
        }
        let mut all = of(store, "fire1", noon());
        assert_eq!(all.len(), 6);
        assert!(all.drain(..3).all(|id| !id.ends_with("over")), "open first");
        let later = noon() + Duration::minutes(3);
        assert_eq!(of(store, "fire1", later).len(), 3, "over long ago");
        let mut own = for_hospital(store, "h1", noon());
        own.sort();
        assert_eq!(own, ["accepted", "accepted-over", "asked"]);
        let mut own = for_hospital(store, "h1", later);
        own.sort();
        assert_eq!(own, ["accepted", "asked"]);
        assert!(for_hospital(store, "h2", noon()).is_empty());
    });
}

#[test]
fn every_change_raises_the_number_of_whom_it_concerns_and_of_nobody_else() {
    on_each(|store| {
        town(store);
        let pulse = |name| store.handoff_pulse(&place(name)).unwrap();
        let begun = handoff("a", "fire1");
        store.add_handoff(&begun).unwrap();
        let asked = next(&begun, &[("h1", Concern::Asked)]);
        change(store, &asked);
        let gone = next(&asked, &[("h1", Concern::Gone)]);
        change(store, &gone);
        // Of what comes after, whom it concerns no longer is not told.
        change(store, &next(&gone, &[("h1", Concern::Gone)]));
        assert!(!store.change_handoff(1, &asked).unwrap());
        let numbers = ["fire1", "h1", "h2", "fire2"].map(pulse);
        assert_eq!(numbers, [4, 2, 0, 0]);
        let mut all = store.handoff_pulses().unwrap();
        all.sort();
        assert_eq!(all, [(place("fire1"), 4), (place("h1"), 2)]);
    });
}

#[test]
fn a_department_has_so_many_open_handoffs_and_no_more() {
    on_each(|store| {
        town(store);
        for number in 0..MOST_OPEN {
            assert!(
                store
                    .add_handoff(&handoff(&number.to_string(), "fire1"))
                    .unwrap()
            );
        }
        let more = handoff("more", "fire1");
        assert!(!store.add_handoff(&more).unwrap());
        assert_eq!(store.handoff(&more.id).unwrap(), None);
        assert_eq!(store.handoff_pulse(&place("fire1")).unwrap(), 1_000);
        assert!(store.add_handoff(&handoff("elsewhere", "fire2")).unwrap());
        change(store, &over(&handoff("0", "fire1")));
        assert!(store.add_handoff(&more).unwrap(), "room again");
        let listed = store.handoffs_of(&place("fire1"), noon()).unwrap();
        assert_eq!((listed.handoffs.len(), listed.left), (MOST_OPEN + 1, 0));
    });
}

#[test]
fn what_a_list_has_no_room_for_is_counted() {
    on_each(|store| {
        town(store);
        for number in 0..=MOST_LISTED {
            let begun = handoff(&number.to_string(), "fire1");
            assert!(store.add_handoff(&begun).unwrap());
            change(store, &over(&begun));
        }
        let listed = store.handoffs_of(&place("fire1"), noon()).unwrap();
        assert_eq!((listed.handoffs.len(), listed.left), (MOST_LISTED, 1));
    });
}

#[test]
fn a_list_of_many_patients_is_its_facilitys_own_and_changed_only_in_the_place_of_a_version() {
    on_each(|store| {
        town(store);
        let list = |facility: &str, version| StoredList {
            facility: place(facility),
            begun: noon(),
            version,
            body: vec![9],
        };
        assert_eq!(store.newest_list(&place("h1")).unwrap(), None);
        assert!(store.put_list(None, &list("h1", 1)).unwrap());
        assert!(
            !store.put_list(None, &list("h1", 1)).unwrap(),
            "it is there"
        );
        assert!(store.put_list(Some(1), &list("h1", 2)).unwrap());
        assert!(
            !store.put_list(Some(1), &list("h1", 2)).unwrap(),
            "too late"
        );
        assert_eq!(
            store.newest_list(&place("h1")).unwrap(),
            Some(list("h1", 2))
        );
        assert_eq!(store.newest_list(&place("h2")).unwrap(), None);
        let later = StoredList {
            begun: noon() + Duration::days(1),
            ..list("h1", 1)
        };
        assert!(store.put_list(None, &later).unwrap());
        assert_eq!(store.newest_list(&place("h1")).unwrap(), Some(later));
        assert_eq!(store.handoff_pulse(&place("h1")).unwrap(), 3);
        let nowhere = store.put_list(None, &list("nowhere", 1));
        assert!(matches!(nowhere, Err(Error::Unknown)), "{nowhere:?}");
    });
}
