//! Terminals, registrations, vouchings, 災害時.

use chrono::Duration;

use super::{facility, furnished, mark, noon, on_each, terminal};
use crate::{
    domain::access::{AccountId, FacilityId, TerminalId, VouchId},
    registry::{Disaster, Error, Matcher, Registration, Terminal, Vouch, VouchKind},
};

fn f1() -> FacilityId {
    FacilityId("f1".to_owned())
}

fn known(id: &str, matcher: Matcher, by: &str) -> Terminal {
    Terminal {
        matcher,
        ..terminal(id, "f1", by)
    }
}

#[test]
fn terminals_are_found_by_cookie_certificate_and_range_and_never_crosswise() {
    on_each(|store| {
        furnished(store);
        let certificate = known("t2", Matcher::Certificate, "ward.example");
        let range = known("t3", Matcher::Range, "10.1.2.0/24");
        let mut temporary = known("t4", Matcher::Cookie, "d4");
        temporary.ends = Some(noon() + Duration::hours(12));
        for terminal in [&certificate, &range, &temporary] {
            store.add_terminal(terminal).unwrap();
        }
        let named = store.terminals_by_certificate("ward.example").unwrap();
        assert_eq!(named, [certificate]);
        assert!(store.terminals_by_certificate("d1").unwrap().is_empty());
        assert!(
            store
                .terminals_of_device("ward.example")
                .unwrap()
                .is_empty()
        );
        assert_eq!(store.range_terminals().unwrap(), [range]);
        let read = store.terminal(&temporary.id).unwrap();
        assert_eq!(read, Some(temporary));
        let missing = store.terminal(&TerminalId("t9".to_owned())).unwrap();
        assert_eq!(missing, None);
    });
}

#[test]
fn a_revoked_terminal_is_found_no_more_and_its_device_may_be_registered_anew() {
    on_each(|store| {
        furnished(store);
        let id = TerminalId("t1".to_owned());
        store.set_idle_lock(&id, 900).unwrap();
        assert!(store.revoke_terminal(&id, &mark("admin")).unwrap());
        assert!(!store.revoke_terminal(&id, &mark("other")).unwrap());
        assert!(store.terminals_of_device("d1").unwrap().is_empty());
        let read = store.terminal(&id).unwrap().unwrap();
        assert_eq!(read.revoked, Some(mark("admin")));
        assert_eq!(read.idle_lock_seconds, 900);
        assert_eq!(store.terminals(&f1()).unwrap(), [read]);
        store.add_terminal(&terminal("t2", "f1", "d1")).unwrap();
        let missing = store.set_idle_lock(&TerminalId("t9".to_owned()), 60);
        assert!(matches!(missing, Err(Error::Unknown)));
        for (id, matcher) in [("t5", Matcher::Certificate), ("t6", Matcher::Range)] {
            store.add_terminal(&known(id, matcher, id)).unwrap();
            let id = TerminalId(id.to_owned());
            assert!(store.revoke_terminal(&id, &mark("admin")).unwrap());
        }
        assert!(store.terminals_by_certificate("t5").unwrap().is_empty());
        assert!(store.range_terminals().unwrap().is_empty());
    });
}

#[test]
fn of_terminals_that_could_be_taken_for_one_the_registry_adds_the_first() {
    on_each(|store| {
        furnished(store);
        let ward = known("t5", Matcher::Range, "10.1.2.0/24");
        let cart = known("t6", Matcher::Certificate, "cart.example");
        store.add_terminal(&ward).unwrap();
        store.add_terminal(&cart).unwrap();
        for (id, matcher, device) in [
            ("t7", Matcher::Range, "10.1.2.0/24"),
            ("t7", Matcher::Range, "10.1.2.128/25"),
            ("t7", Matcher::Range, "10.1.0.0/16"),
            ("t7", Matcher::Certificate, "cart.example"),
        ] {
            let added = store.add_terminal(&known(id, matcher, device));
            assert!(matches!(added, Err(Error::Taken)), "{device}: {added:?}");
        }
        assert_eq!(
            store.range_terminals().unwrap(),
            std::slice::from_ref(&ward)
        );
        let elsewhere = Terminal {
            matcher: Matcher::Range,
            ..terminal("t8", "f2", "10.1.2.0/25")
        };
        store.add_terminal(&elsewhere).unwrap();
        let beside = known("t9", Matcher::Range, "10.1.3.0/24");
        store.add_terminal(&beside).unwrap();
        assert!(store.revoke_terminal(&ward.id, &mark("admin")).unwrap());
        let anew = known("t10", Matcher::Range, "10.1.2.128/25");
        store.add_terminal(&anew).unwrap();
    });
}

#[test]
fn of_two_overlapping_ranges_registered_at_once_one_is_kept() {
    on_each(|store| {
        furnished(store);
        for round in 0..20 {
            let ranges = [
                format!("10.{round}.2.0/24"),
                format!("10.{round}.2.128/25"),
                format!("10.{round}.0.0/16"),
            ];
            let together = std::sync::Barrier::new(ranges.len());
            let added = std::thread::scope(|threads| {
                let begun: Vec<_> = ranges
                    .iter()
                    .map(|range| {
                        let terminal = known(&format!("r {range}"), Matcher::Range, range);
                        threads.spawn(|| {
                            let terminal = terminal;
                            together.wait();
                            store.add_terminal(&terminal)
                        })
                    })
                    .collect();
                let done = begun.into_iter().map(|thread| thread.join().unwrap());
                done.flatten().count()
            });
            assert_eq!(added, 1, "round {round}");
        }
        assert_eq!(store.range_terminals().unwrap().len(), 20);
    });
}

fn registration(hash: &str) -> Registration {
    Registration {
        hash: hash.to_owned(),
        facility: f1(),
        name: format!("端末 {hash}"),
        location: "救急外来".to_owned(),
        idle_lock_seconds: 180,
        made: mark("admin"),
        ends: noon() + Duration::minutes(30),
        used_at: None,
    }
}

#[test]
fn a_registration_makes_one_terminal_within_its_time() {
    on_each(|store| {
        furnished(store);
        store.add_registration(&registration("r1")).unwrap();
        assert_eq!(store.registration("r1").unwrap(), Some(registration("r1")));
        assert_eq!(store.registration("r0").unwrap(), None);
        let new = terminal("t2", "f1", "d2");
        let try_at = |at| store.use_registration("r1", at, &new).unwrap();
        assert!(!try_at(noon() + Duration::minutes(30)));
        assert!(!try_at(noon() - Duration::seconds(1)));
        let foreign = terminal("t3", "f2", "d3");
        assert!(!store.use_registration("r1", noon(), &foreign).unwrap());
        assert!(try_at(noon()));
        let again = terminal("t4", "f1", "d4");
        assert!(!store.use_registration("r1", noon(), &again).unwrap());
        assert_eq!(store.terminals(&f1()).unwrap().len(), 2);
        let used = store.registration("r1").unwrap().unwrap();
        assert_eq!((used.used_at, used.is_open(noon())), (Some(noon()), false));
    });
}

#[test]
fn a_registration_for_a_device_that_is_one_already_stays_open() {
    on_each(|store| {
        furnished(store);
        store.add_registration(&registration("r1")).unwrap();
        let twin = terminal("t2", "f1", "d1");
        let used = store.use_registration("r1", noon(), &twin);
        assert!(matches!(used, Err(Error::Taken)));
        let open = store.registration("r1").unwrap().unwrap();
        assert!(open.is_open(noon()));
        let mut newer = registration("r2");
        newer.name = open.name;
        store.add_registration(&newer).unwrap();
        assert_eq!(store.registration("r1").unwrap(), None, "replaced");
        let mut stray = registration("r3");
        stray.facility = FacilityId("nowhere".to_owned());
        let stray = store.add_registration(&stray);
        assert!(matches!(stray, Err(Error::Unknown)));
    });
}

#[test]
fn a_vouching_is_used_once_within_its_time() {
    on_each(|store| {
        furnished(store);
        let vouch = Vouch {
            id: VouchId("v1".to_owned()),
            facility: f1(),
            kind: VouchKind::Factor,
            by: AccountId("a1".to_owned()),
            for_account: Some(AccountId("a2".to_owned())),
            at: noon(),
            ends: noon() + Duration::minutes(30),
            used_at: None,
        };
        store.add_vouch(&vouch).unwrap();
        assert_eq!(store.vouch(&vouch.id).unwrap(), Some(vouch.clone()));
        let open = |facility: &str, at| {
            let facility = FacilityId(facility.to_owned());
            store.open_vouches(&facility, at).unwrap().len()
        };
        let end = noon() + Duration::minutes(30);
        let counts = [open("f1", noon()), open("f2", noon()), open("f1", end)];
        assert_eq!(counts, [1, 0, 0]);
        assert!(!store.use_vouch(&vouch.id, end).unwrap());
        assert!(store.use_vouch(&vouch.id, noon()).unwrap());
        assert!(!store.use_vouch(&vouch.id, noon()).unwrap());
        assert_eq!(open("f1", noon()), 0);
        let used = store.vouch(&vouch.id).unwrap().unwrap();
        assert!(!used.is_open(noon()));
        let stray = Vouch {
            id: VouchId("v2".to_owned()),
            by: AccountId("nobody".to_owned()),
            ..vouch
        };
        assert!(matches!(store.add_vouch(&stray), Err(Error::Unknown)));
    });
}

#[test]
fn a_disaster_is_said_of_one_facility_and_taken_back() {
    on_each(|store| {
        furnished(store);
        let disaster = Disaster {
            area: "湾岸".to_owned(),
            until: "2026-04-03".parse().unwrap(),
            by: "admin".to_owned(),
            at: noon(),
        };
        store.set_disaster(&f1(), Some(&disaster)).unwrap();
        let read = store.facility(&f1()).unwrap().unwrap();
        assert_eq!(read.disaster, Some(disaster));
        let day = |text: &str| read.is_in_disaster(text.parse().unwrap());
        assert_eq!((day("2026-04-03"), day("2026-04-04")), (true, false));
        let other = FacilityId("f2".to_owned());
        assert_eq!(store.facility(&other).unwrap(), Some(facility("f2")));
        store.set_disaster(&f1(), None).unwrap();
        assert_eq!(store.facility(&f1()).unwrap(), Some(facility("f1")));
        let nowhere = FacilityId("nowhere".to_owned());
        assert_eq!(store.facility(&nowhere).unwrap(), None);
        let missing = store.set_disaster(&nowhere, None);
        assert!(matches!(missing, Err(Error::Unknown)));
    });
}

#[test]
fn a_terminal_is_renamed_and_moved_and_no_other_one() {
    on_each(|store| {
        furnished(store);
        store.add_terminal(&terminal("t8", "f1", "d8")).unwrap();
        store.add_terminal(&terminal("t9", "f1", "d9")).unwrap();
        let id = TerminalId("t8".to_owned());
        store.change_terminal(&id, "name", "place", 600).unwrap();
        let expected = Terminal {
            name: "name".to_owned(),
            location: "place".to_owned(),
            idle_lock_seconds: 600,
            ..terminal("t8", "f1", "d8")
        };
        assert_eq!(store.terminal(&id).unwrap().unwrap(), expected);
        let other = TerminalId("t9".to_owned());
        assert_eq!(
            store.terminal(&other).unwrap().unwrap(),
            terminal("t9", "f1", "d9")
        );
        let nobody = TerminalId("t0".to_owned());
        assert!(store.change_terminal(&nobody, "n", "p", 60).is_err());
    });
}

#[test]
fn a_launch_is_used_once_until_its_time_is_over() {
    on_each(|store| {
        let until = noon() + Duration::hours(24);
        let last = until - Duration::milliseconds(1);
        assert!(store.use_launch("a", noon(), until).unwrap());
        assert!(!store.use_launch("a", noon(), until).unwrap());
        assert!(store.use_launch("b", noon(), until).unwrap());
        assert!(
            !store
                .use_launch("a", last, last + Duration::hours(24))
                .unwrap()
        );
        // Forgotten when nothing that carries it can be good any more.
        assert!(
            store
                .use_launch("a", until, until + Duration::hours(24))
                .unwrap()
        );
    });
}
