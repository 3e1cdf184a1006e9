//! Accounts and what belongs to them.

use chrono::Duration;

use super::{account, authenticator, furnished, mark, noon, on_each, session};
use crate::{
    domain::access::{AccountId, AuthenticatorId, FacilityId},
    registry::{
        Account, AuthenticatorKind, Delegation, Error, MOST_AUTHENTICATORS, NewLink, Permission,
        SealedAccount, Store,
    },
};

fn a1() -> AccountId {
    AccountId("a1".to_owned())
}

fn nobody() -> AccountId {
    AccountId("nobody".to_owned())
}

fn read(store: &dyn Store) -> Account {
    store.account(&a1()).unwrap().unwrap()
}

fn permission(by: &str) -> Permission {
    Permission {
        given_by: by.to_owned(),
        given_at: noon(),
        until: "2026-12-31".parse().unwrap(),
        ends: Some(noon() + Duration::hours(3)),
        is_delegated: true,
    }
}

#[test]
fn an_account_may_have_several_authenticators_and_names_its_own() {
    on_each(|store| {
        furnished(store);
        let mut passkey = authenticator("u-2", "a1");
        passkey.authenticator.kind = AuthenticatorKind::Passkey;
        passkey.handle = Some("handle".to_owned());
        store.add_authenticator(&passkey).unwrap();
        let list = store.authenticators(&a1()).unwrap();
        assert_eq!(list, [authenticator("u-a1", "a1"), passkey.clone()]);
        let found = store.authenticator_by_handle("handle").unwrap();
        assert_eq!(found, Some(passkey.clone()));
        assert_eq!(store.authenticator_by_handle("other").unwrap(), None);
        let mut twin = authenticator("u-3", "a2");
        twin.handle = Some("handle".to_owned());
        assert!(matches!(store.add_authenticator(&twin), Err(Error::Taken)));
        let stray = store.add_authenticator(&authenticator("u-4", "nobody"));
        assert!(matches!(stray, Err(Error::Unknown)));

        let id = passkey.authenticator.id;
        store.rename_authenticator(&a1(), &id, "鍵").unwrap();
        let used = noon() + Duration::minutes(1);
        let was = passkey.secret;
        let use_it =
            |read: &[u8], secret| store.use_authenticator(&id, read, secret, used).unwrap();
        assert!(use_it(&was, &[7]));
        assert!(!use_it(&was, &[8]), "used since it was read");
        let changed = store.authenticator_by_handle("handle").unwrap().unwrap();
        assert_eq!(changed.authenticator.name, "鍵");
        assert_eq!(changed.authenticator.last_used, Some(used));
        assert_eq!(changed.secret, [7]);
        assert_eq!(read(store).epoch, 1, "nothing of this ends a session");
        let a2 = AccountId("a2".to_owned());
        let foreign = store.rename_authenticator(&a2, &id, "x");
        assert!(matches!(foreign, Err(Error::Unknown)));
        assert!(!store.remove_authenticator(&a2, &id, true, None).unwrap());
    });
}

#[test]
fn the_last_authenticator_goes_only_where_that_was_said() {
    on_each(|store| {
        furnished(store);
        store
            .add_authenticator(&authenticator("u-2", "a1"))
            .unwrap();
        let [first, second] = ["u-a1", "u-2"].map(|id| AuthenticatorId(id.to_owned()));
        let remove = |id: &_, even_last| store.remove_authenticator(&a1(), id, even_last, None);
        assert!(remove(&first, false).unwrap());
        assert!(!remove(&first, false).unwrap());
        assert_eq!(read(store).epoch, 2);
        assert!(!remove(&second, false).unwrap());
        assert_eq!(read(store).epoch, 2, "nothing was removed");
        assert!(remove(&second, true).unwrap());
        assert!(store.authenticators(&a1()).unwrap().is_empty());
    });
}

#[test]
fn new_authenticators_take_the_place_of_all_and_of_the_last_step() {
    on_each(|store| {
        furnished(store);
        let first = AuthenticatorId("u-a1".to_owned());
        store.use_step(&a1(), &first, 10, noon()).unwrap();
        let new = authenticator("u-new", "a1");
        store.replace_authenticators(&new).unwrap();
        let found = store.credentials("name-a1").unwrap().unwrap();
        assert_eq!((found.authenticators, found.last_step), (vec![new], None));
        assert_eq!(found.account.epoch, 2);
        let stray = store.replace_authenticators(&authenticator("u-x", "nobody"));
        assert!(matches!(stray, Err(Error::Unknown)));
    });
}

#[test]
fn a_new_password_ends_every_session_but_the_one_that_set_it() {
    on_each(|store| {
        furnished(store);
        store.add_session(&session("s1", "a1")).unwrap();
        store.add_session(&session("s2", "a1")).unwrap();
        let mut over = session("s0", "a1");
        over.epoch = 0;
        store.add_session(&over).unwrap();
        store
            .set_password(&a1(), "$argon2id$2", Some("s1"))
            .unwrap();
        let epoch = |hash| store.seat(hash).unwrap().unwrap().session.epoch;
        assert_eq!((read(store).epoch, epoch("s1"), epoch("s2")), (2, 2, 1));
        let found = store.credentials("name-a1").unwrap().unwrap();
        assert_eq!(found.password.as_deref(), Some("$argon2id$2"));
        store
            .set_password(&a1(), "$argon2id$3", Some("s0"))
            .unwrap();
        assert_eq!(epoch("s0"), 0, "what was over stays over");
        store.set_password(&a1(), "$argon2id$3", None).unwrap();
        assert_eq!((read(store).epoch, epoch("s1")), (4, 2));
        let missing = store.set_password(&nobody(), "$argon2id$", None);
        assert!(matches!(missing, Err(Error::Unknown)));
    });
}

#[test]
fn disabling_ends_sessions_and_enabling_does_not() {
    on_each(|store| {
        furnished(store);
        store.set_disabled(&a1(), Some(&mark("admin"))).unwrap();
        assert_eq!(read(store).disabled, Some(mark("admin")));
        assert_eq!(read(store).epoch, 2);
        store.set_disabled(&a1(), None).unwrap();
        assert_eq!((read(store).disabled, read(store).epoch), (None, 2));
        let missing = store.set_disabled(&nobody(), None);
        assert!(matches!(missing, Err(Error::Unknown)));
    });
}

fn link(hash: &str) -> NewLink {
    NewLink {
        hash: hash.to_owned(),
        account: a1(),
        made: mark("admin"),
        ends: noon() + Duration::hours(24),
    }
}

#[test]
fn a_link_is_used_once_within_its_time_and_replaces_everything() {
    on_each(|store| {
        furnished(store);
        store.add_link(&link("l1")).unwrap();
        let read_link = store.link("l1").unwrap().unwrap();
        assert_eq!(read_link.account, a1());
        assert!(read_link.is_open(noon()));
        assert!(!read_link.is_open(noon() - Duration::seconds(1)));
        assert!(!read_link.is_open(noon() + Duration::hours(24)));
        let new = authenticator("u-new", "a1");
        let try_at = |at| {
            store
                .use_link("l1", at, Some("$new"), &new, Some(9))
                .unwrap()
        };
        assert!(!try_at(noon() + Duration::hours(24)));
        assert!(!try_at(noon() - Duration::seconds(1)));
        assert_eq!(read(store).epoch, 1);
        assert!(try_at(noon()));
        assert!(!try_at(noon()));
        let found = store.credentials("name-a1").unwrap().unwrap();
        assert_eq!(found.password.as_deref(), Some("$new"));
        assert_eq!(found.authenticators, std::slice::from_ref(&new));
        assert_eq!((found.last_step, found.account.epoch), (Some(9), 2));
        assert!(!store.link("l1").unwrap().unwrap().is_open(noon()));
        let unknown = store
            .use_link("l0", noon(), Some("$x"), &new, None)
            .unwrap();
        assert!(!unknown);
        assert_eq!(read(store).factors_given, Some(noon()));
    });
}

#[test]
fn an_account_has_at_most_ten_authenticators_and_a_link_may_leave_it_without_a_password() {
    on_each(|store| {
        furnished(store);
        let have = store.authenticators(&a1()).unwrap().len();
        for number in have..MOST_AUTHENTICATORS {
            let one = authenticator(&format!("u-more-{number}"), "a1");
            store.add_authenticator(&one).unwrap();
        }
        let one_more = store.add_authenticator(&authenticator("u-eleven", "a1"));
        assert!(matches!(one_more, Err(Error::Full)));
        store.add_link(&link("l1")).unwrap();
        let only = authenticator("u-only", "a1");
        let used = store.use_link("l1", noon(), None, &only, None);
        assert!(used.unwrap(), "it replaces all ten");
        let found = store.credentials("name-a1").unwrap().unwrap();
        assert_eq!(found.password, None);
        assert_eq!(found.authenticators, [only]);
    });
}

#[test]
fn a_link_serves_its_own_account_and_a_newer_one_replaces_it() {
    on_each(|store| {
        furnished(store);
        store.add_link(&link("l1")).unwrap();
        let foreign = authenticator("u-new", "a2");
        assert!(
            !store
                .use_link("l1", noon(), Some("$x"), &foreign, None)
                .unwrap()
        );
        store.add_link(&link("l2")).unwrap();
        assert_eq!(store.link("l1").unwrap(), None);
        assert!(store.link("l2").unwrap().is_some());
        let mut stray = link("l3");
        stray.account = nobody();
        assert!(matches!(store.add_link(&stray), Err(Error::Unknown)));
    });
}

#[test]
fn a_link_whose_passkey_is_taken_stays_open() {
    on_each(|store| {
        furnished(store);
        let mut taken = authenticator("u-2", "a2");
        taken.handle = Some("handle".to_owned());
        store.add_authenticator(&taken).unwrap();
        store.add_link(&link("l1")).unwrap();
        let mut twin = authenticator("u-new", "a1");
        twin.handle = Some("handle".to_owned());
        let used = store.use_link("l1", noon(), Some("$x"), &twin, None);
        assert!(matches!(used, Err(Error::Taken)));
        assert!(store.link("l1").unwrap().unwrap().is_open(noon()));
        assert_eq!(store.authenticators(&a1()).unwrap().len(), 1);
    });
}

#[test]
fn permissions_have_a_history_and_taking_one_back_ends_sessions() {
    on_each(|store| {
        furnished(store);
        store.give_permission(&a1(), &permission("first")).unwrap();
        store.give_permission(&a1(), &permission("second")).unwrap();
        assert_eq!(read(store).permission, Some(permission("second")));
        assert_eq!(read(store).epoch, 1);
        store.take_permission(&a1(), &mark("admin")).unwrap();
        assert_eq!((read(store).permission, read(store).epoch), (None, 2));
        store.take_permission(&a1(), &mark("admin")).unwrap();
        assert_eq!(read(store).epoch, 3);
        let given = store.permissions(&a1()).unwrap();
        let told: Vec<_> = given
            .iter()
            .map(|given| (&*given.permission.given_by, given.revoked.clone()))
            .collect();
        assert_eq!(told, [("second", Some(mark("admin"))), ("first", None)]);
        let missing = store.take_permission(&nobody(), &mark("admin"));
        assert!(matches!(missing, Err(Error::Unknown)));
        let missing = store.give_permission(&nobody(), &permission("x"));
        assert!(matches!(missing, Err(Error::Unknown)));
    });
}

#[test]
fn the_last_use_of_the_glass_never_moves_back() {
    on_each(|store| {
        furnished(store);
        let later = noon() + Duration::hours(1);
        store.note_glass_used(&a1(), later).unwrap();
        store.note_glass_used(&a1(), noon()).unwrap();
        assert_eq!(read(store).glass_used, Some(later));
    });
}

#[test]
fn a_delegation_is_kept_and_ended() {
    on_each(|store| {
        furnished(store);
        let delegation = Delegation {
            given_by: "admin".to_owned(),
            given_at: noon(),
            ends: noon() + Duration::hours(12),
        };
        store.set_delegation(&a1(), Some(&delegation)).unwrap();
        assert_eq!(read(store).delegation, Some(delegation));
        store.set_delegation(&a1(), None).unwrap();
        assert_eq!((read(store).delegation, read(store).epoch), (None, 1));
        let missing = store.set_delegation(&nobody(), None);
        assert!(matches!(missing, Err(Error::Unknown)));
    });
}

fn proposal() -> SealedAccount {
    SealedAccount {
        account: AccountId("sealed".to_owned()),
        facility: FacilityId("f1".to_owned()),
        proposed: mark("one"),
        confirmed: None,
        used_at: None,
    }
}

#[test]
fn a_sealed_account_needs_two_different_hands_and_is_confirmed_once() {
    on_each(|store| {
        furnished(store);
        store.propose_sealed(&proposal()).unwrap();
        let new = account("sealed", "f1");
        let confirm = |by| store.confirm_sealed(&mark(by), &new).unwrap();
        assert!(!confirm("one"), "not by himself");
        let elsewhere = account("sealed", "f2");
        assert!(!store.confirm_sealed(&mark("two"), &elsewhere).unwrap());
        assert!(store.account(&new.account.id).unwrap().is_none());
        assert!(confirm("two"));
        assert!(!confirm("three"));
        assert_eq!(store.account(&new.account.id).unwrap(), Some(new.account));
        let listed = store.sealed_accounts(&FacilityId("f1".to_owned())).unwrap();
        let confirmed = SealedAccount {
            confirmed: Some(mark("two")),
            ..proposal()
        };
        assert_eq!(listed, [confirmed]);
        let other = store.sealed_accounts(&FacilityId("f2".to_owned())).unwrap();
        assert!(other.is_empty());
        let mut stray = proposal();
        stray.account = nobody();
        stray.facility = FacilityId("nowhere".to_owned());
        assert!(matches!(store.propose_sealed(&stray), Err(Error::Unknown)));
    });
}

#[test]
fn a_sealed_account_is_used_once_and_its_session_goes_on() {
    on_each(|store| {
        furnished(store);
        store.propose_sealed(&proposal()).unwrap();
        let new = account("sealed", "f1");
        store.confirm_sealed(&mark("two"), &new).unwrap();
        let id = new.account.id;
        let used = |hash| store.use_sealed(&session(hash, "sealed")).unwrap();
        assert!(used("s1"));
        assert!(!used("s2"));
        let seat = store.seat("s1").unwrap().unwrap();
        assert_eq!(store.seat("s2").unwrap(), None, "nobody else gets in");
        assert!(seat.account.disabled.is_some());
        assert_eq!(seat.account.epoch, seat.session.epoch);
        let stray = store.use_sealed(&session("s3", "a1")).unwrap();
        assert!(!stray, "not a sealed one");
        assert_eq!(read(store).disabled, None);
        assert_eq!(store.sessions_of(&id).unwrap(), 1);
    });
}

#[test]
fn a_sealed_account_that_was_disabled_is_never_used() {
    on_each(|store| {
        furnished(store);
        store.propose_sealed(&proposal()).unwrap();
        let new = account("sealed", "f1");
        store.confirm_sealed(&mark("two"), &new).unwrap();
        let id = new.account.id;
        store.set_disabled(&id, Some(&mark("admin"))).unwrap();
        assert!(!store.use_sealed(&session("s1", "sealed")).unwrap());
        assert_eq!(store.seat("s1").unwrap(), None);
        let listed = store.sealed_accounts(&FacilityId("f1".to_owned())).unwrap();
        assert_eq!(listed[0].used_at, None);
    });
}

#[test]
fn raising_the_epoch_ends_every_session_and_nothing_else() {
    on_each(|store| {
        furnished(store);
        let before = read(store);
        for (ends_grants, grants_from) in [(false, 1), (true, 3), (false, 3)] {
            let epoch = read(store).epoch;
            store.raise_epoch(&a1(), ends_grants).unwrap();
            let after = read(store);
            assert_eq!((after.epoch, after.grants_from), (epoch + 1, grants_from));
            let again = Account {
                epoch: 1,
                grants_from: 1,
                ..after
            };
            assert_eq!(again, before);
        }
        let unknown = store.raise_epoch(&nobody(), true);
        assert_eq!(unknown.unwrap_err().to_string(), Error::Unknown.to_string());
    });
}

#[test]
fn only_revocations_end_grants_and_what_the_owner_changes_does_not() {
    type Change = fn(&dyn Store);
    let changes: [(Change, bool); 7] = [
        (
            |store| store.set_password(&a1(), "$2", Some("s1")).unwrap(),
            false,
        ),
        (|store| store.set_password(&a1(), "$2", None).unwrap(), true),
        (
            |store| store.take_permission(&a1(), &mark("admin")).unwrap(),
            true,
        ),
        (
            |store| store.set_disabled(&a1(), Some(&mark("admin"))).unwrap(),
            true,
        ),
        (
            |store| {
                let new = authenticator("u-new", "a1");
                store.replace_authenticators(&new).unwrap();
            },
            true,
        ),
        (
            |store| {
                let first = AuthenticatorId("u-a1".to_owned());
                store
                    .add_authenticator(&authenticator("u-2", "a1"))
                    .unwrap();
                assert!(
                    store
                        .remove_authenticator(&a1(), &first, false, Some("s1"))
                        .unwrap()
                );
            },
            false,
        ),
        (
            |store| {
                let first = AuthenticatorId("u-a1".to_owned());
                assert!(
                    store
                        .remove_authenticator(&a1(), &first, true, None)
                        .unwrap()
                );
            },
            true,
        ),
    ];
    for (number, (change, ends)) in changes.into_iter().enumerate() {
        on_each(|store| {
            furnished(store);
            store.add_session(&session("s1", "a1")).unwrap();
            change(store);
            let after = read(store);
            assert_eq!(after.epoch, 2, "{number}");
            assert_eq!(after.grants_from, if ends { 2 } else { 1 }, "{number}");
        });
    }
}

#[test]
fn who_made_an_account_or_a_link_for_it_is_known_for_a_while() {
    on_each(|store| {
        furnished(store);
        let had = |by: &str, since| {
            let all = store.gave_factors(&a1(), since).unwrap();
            all.contains(&by.to_owned())
        };
        assert!(had("admin", noon()), "who made it");
        assert!(!had("office", noon()));
        let mut made = link("l1");
        made.made = mark("office");
        store.add_link(&made).unwrap();
        assert!(had("office", noon()), "a link that nobody used yet");
        assert!(!had("other", noon()));
        let later = noon() + Duration::hours(2);
        assert!(!had("office", later));
        let new = authenticator("u-new", "a1");
        assert!(
            store
                .use_link("l1", later, Some("$new"), &new, None)
                .unwrap()
        );
        assert!(had("office", later), "it was used then");
        assert_eq!(read(store).factors_given, Some(later));
        assert!(!had("office", later + Duration::seconds(1)));
    });
}
