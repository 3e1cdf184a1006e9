//! What every [`Store`] must do, run against each adapter.

mod copy;
mod handoffs;
mod people;
mod places;
mod postgres;
mod views;

use chrono::{DateTime, Duration, Utc};

use self::postgres::Database;
use super::{
    Account, Authenticator, AuthenticatorKind, Error, Facility, FacilityKind, Mark, Matcher,
    NewAccount, Session, SqliteStore, Store, StoredAuthenticator, Terminal,
};
use crate::domain::{
    access::{AccountId, AuthenticatorId, FacilityId, Role, TerminalId},
    event::SecondFactor,
    section::Language,
};

/// Runs a check against each adapter.
fn on_each(check: impl Fn(&dyn Store)) {
    let folder = tempfile::tempdir().unwrap();
    check(&SqliteStore::open(folder.path()).unwrap());
    if let Some(database) = Database::new() {
        check(&database.open("n1"));
    }
}

fn noon() -> DateTime<Utc> {
    "2026-04-01T03:00:00Z".parse().unwrap()
}

fn facility(id: &str) -> Facility {
    Facility {
        id: FacilityId(id.to_owned()),
        name: format!("病院 {id}"),
        kind: FacilityKind::Hospital,
        number: None,
        disaster: None,
    }
}

fn mark(by: &str) -> Mark {
    Mark {
        by: by.to_owned(),
        at: noon(),
    }
}

fn authenticator(id: &str, account: &str) -> StoredAuthenticator {
    StoredAuthenticator {
        authenticator: Authenticator {
            id: AuthenticatorId(id.to_owned()),
            account: AccountId(account.to_owned()),
            kind: AuthenticatorKind::Totp,
            name: format!("name of {id}"),
            added_at: Some(noon()),
            last_used: None,
        },
        secret: vec![1, 2, 3],
        handle: None,
    }
}

fn account(id: &str, facility: &str) -> NewAccount {
    NewAccount {
        account: Account {
            id: AccountId(id.to_owned()),
            facility: FacilityId(facility.to_owned()),
            sign_in: format!("name-{id}"),
            name: "山田".to_owned(),
            role: Role::Nurse,
            language: Language::Ja,
            epoch: 1,
            grants_from: 1,
            factors_given: None,
            permission: None,
            glass_used: None,
            created: Some(mark("admin")),
            disabled: None,
            delegation: None,
            as_of: None,
        },
        password: Some("$argon2id$".to_owned()),
        authenticators: vec![authenticator(&format!("u-{id}"), id)],
    }
}

fn terminal(id: &str, facility: &str, device: &str) -> Terminal {
    Terminal {
        id: TerminalId(id.to_owned()),
        facility: FacilityId(facility.to_owned()),
        name: "初療室 1".to_owned(),
        location: "救急外来".to_owned(),
        matcher: Matcher::Cookie,
        device: device.to_owned(),
        idle_lock_seconds: 180,
        registered_by: "admin".to_owned(),
        registered_at: noon(),
        ends: None,
        revoked: None,
    }
}

fn session(hash: &str, account: &str) -> Session {
    Session {
        hash: hash.to_owned(),
        account: AccountId(account.to_owned()),
        facility: FacilityId("f1".to_owned()),
        terminal: TerminalId("t1".to_owned()),
        created: noon(),
        last_seen: noon(),
        ends: noon() + Duration::hours(12),
        locked: false,
        epoch: 1,
        second_factor: SecondFactor::Totp,
    }
}

fn furnished(store: &dyn Store) {
    store.add_facility(&facility("f1")).unwrap();
    store.add_facility(&facility("f2")).unwrap();
    store.add_account(&account("a1", "f1")).unwrap();
    store.add_account(&account("a2", "f2")).unwrap();
    store.add_terminal(&terminal("t1", "f1", "d1")).unwrap();
}

#[test]
fn what_is_added_is_read_back_and_facilities_do_not_mix() {
    on_each(|store| {
        furnished(store);
        assert_eq!(
            store.facilities().unwrap(),
            [facility("f1"), facility("f2")]
        );
        let listed = store.accounts(&FacilityId("f1".to_owned())).unwrap();
        assert_eq!(listed, [account("a1", "f1").account]);
        let found = store.credentials("name-a2").unwrap().unwrap();
        assert_eq!(found.account, account("a2", "f2").account);
        assert_eq!(found.password.as_deref(), Some("$argon2id$"));
        assert_eq!(found.authenticators, [authenticator("u-a2", "a2")]);
        assert_eq!(found.last_step, None);
        assert!(store.credentials("nobody").unwrap().is_none());
        let terminals = store.terminals(&FacilityId("f1".to_owned())).unwrap();
        assert_eq!(terminals, [terminal("t1", "f1", "d1")]);
        assert!(
            store
                .terminals(&FacilityId("f2".to_owned()))
                .unwrap()
                .is_empty()
        );
    });
}

#[test]
fn sign_in_names_are_unique_and_facilities_must_exist() {
    on_each(|store| {
        furnished(store);
        let mut twin = account("a3", "f1");
        twin.account.sign_in = "name-a1".to_owned();
        assert!(matches!(store.add_account(&twin), Err(Error::Taken)));
        let stray = store.add_account(&account("a4", "nowhere"));
        assert!(matches!(stray, Err(Error::Unknown)));
    });
}

#[test]
fn a_device_may_be_registered_once_in_each_facility() {
    on_each(|store| {
        furnished(store);
        store.add_terminal(&terminal("t2", "f2", "d1")).unwrap();
        let again = store.add_terminal(&terminal("t3", "f1", "d1"));
        assert!(matches!(again, Err(Error::Taken)));
        assert_eq!(store.terminals_of_device("d1").unwrap().len(), 2);
    });
}

#[test]
fn a_step_is_used_once_and_never_an_earlier_one() {
    on_each(|store| {
        furnished(store);
        let id = AccountId("a1".to_owned());
        let first = AuthenticatorId("u-a1".to_owned());
        let other = authenticator("u-other", "a1");
        store.add_authenticator(&other).unwrap();
        let other = other.authenticator.id;
        let uses = [(10, &first), (10, &other), (9, &first), (11, &other)];
        let answers = uses.map(|(step, which)| store.use_step(&id, which, step, noon()).unwrap());
        assert_eq!(answers, [true, false, false, true]);
        let list = store.authenticators(&id).unwrap();
        assert_eq!(list[0].authenticator.last_used, Some(noon()));
        let read = store.credentials("name-a1").unwrap().unwrap();
        assert_eq!(read.last_step, Some(11));
    });
}

#[test]
fn a_language_is_kept_and_no_session_ends_by_it() {
    on_each(|store| {
        furnished(store);
        let id = AccountId("a1".to_owned());
        store.set_language(&id, Language::En).unwrap();
        let read = store.account(&id).unwrap().unwrap();
        assert_eq!((read.language, read.epoch), (Language::En, 1));
        let nobody = AccountId("nobody".to_owned());
        let missing = store.set_language(&nobody, Language::En);
        assert!(matches!(missing, Err(Error::Unknown)));
    });
}

#[test]
fn a_session_lives_locks_and_ends() {
    on_each(|store| {
        furnished(store);
        let id = AccountId("a1".to_owned());
        store.add_session(&session("s1", "a1")).unwrap();
        assert_eq!(
            store.seat("s1").unwrap().unwrap().session,
            session("s1", "a1")
        );
        assert_eq!(store.sessions_of(&id).unwrap(), 1);
        let later = noon() + Duration::seconds(30);
        store.touch_session("s1", later).unwrap();
        store.touch_session("s1", noon()).unwrap();
        assert_eq!(store.seats().unwrap()[0].session.last_seen, later);
        assert!(store.set_locked("s1", true, later).unwrap());
        assert!(!store.set_locked("s1", true, later).unwrap());
        assert!(store.seat("s1").unwrap().unwrap().session.locked);
        assert!(store.end_session("s1").unwrap());
        assert!(!store.end_session("s1").unwrap());
        assert!(store.seat("s1").unwrap().is_none());
        assert_eq!(store.sessions_of(&id).unwrap(), 0);
    });
}

#[test]
fn a_locked_session_is_resumed_once_under_another_hash_and_keeps_its_end() {
    on_each(|store| {
        furnished(store);
        store.add_session(&session("s1", "a1")).unwrap();
        let later = noon() + Duration::seconds(30);
        let resume = |hash, new| store.resume_session(hash, new, later).unwrap();
        assert!(!resume("s1", "s9"), "it is not locked");
        store.set_locked("s1", true, noon()).unwrap();
        assert!(resume("s1", "s9"));
        assert!(!resume("s1", "s8"), "it is gone");
        assert!(store.seat("s1").unwrap().is_none());
        let id = AccountId("a1".to_owned());
        let seats = store.seats_of(&id).unwrap();
        let mut expected = session("s9", "a1");
        expected.last_seen = later;
        assert_eq!(seats.len(), 1);
        assert_eq!(seats[0].session, expected);
        let nobody = AccountId("a2".to_owned());
        assert!(store.seats_of(&nobody).unwrap().is_empty());
    });
}

#[test]
fn a_session_replaces_the_accounts_others_at_its_terminal_only() {
    on_each(|store| {
        furnished(store);
        store.add_account(&account("a3", "f1")).unwrap();
        store.add_terminal(&terminal("t2", "f1", "d2")).unwrap();
        let mut elsewhere = session("s2", "a1");
        elsewhere.terminal = TerminalId("t2".to_owned());
        let new = session("s4", "a1");
        for session in [&session("s1", "a1"), &elsewhere, &session("s3", "a3"), &new] {
            store.add_session(session).unwrap();
        }
        assert_eq!(store.end_replaced(&new).unwrap(), 1);
        let left: Vec<_> = store
            .seats()
            .unwrap()
            .into_iter()
            .map(|seat| seat.session.hash)
            .collect();
        assert_eq!(left, ["s2", "s3", "s4"]);
    });
}

/// A clock that stands at noon.
struct Noon;

impl crate::domain::clock::Clock for Noon {
    fn now(&self) -> crate::domain::clock::Moment {
        crate::domain::clock::Moment {
            wall: noon(),
            since_boot: std::time::Duration::from_secs(100),
        }
    }
}

#[tokio::test]
async fn a_seat_is_served_from_memory_for_five_seconds_unless_it_was_changed_here() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = SqliteStore::open(folder.path()).unwrap();
    furnished(&elsewhere);
    elsewhere.add_session(&session("s1", "a1")).unwrap();
    let store = std::sync::Arc::new(SqliteStore::open(folder.path()).unwrap());
    let clock = std::sync::Arc::new(Noon);
    let registry = super::Registry::new(store, &vec![1; 32].into(), clock);
    let at = |seconds| crate::domain::clock::Moment {
        wall: noon() + Duration::seconds(seconds),
        since_boot: std::time::Duration::from_secs(100 + seconds.unsigned_abs()),
    };
    let epoch = async |seconds| {
        let seat = registry.seat("s1", at(seconds)).await.unwrap().unwrap();
        seat.account.epoch
    };
    let id = AccountId("a1".to_owned());
    assert_eq!(epoch(0).await, 1);
    super::AccountStore::take_permission(&elsewhere, &id, &mark("admin")).unwrap();
    assert_eq!(epoch(4).await, 1);
    assert_eq!(
        epoch(5).await,
        2,
        "another node's change, five seconds later"
    );
    registry.take_permission(id, mark("admin")).await.unwrap();
    assert_eq!(epoch(5).await, 3, "this node's change, at once");
}

#[test]
fn a_session_cannot_join_an_account_and_a_terminal_of_two_facilities() {
    on_each(|store| {
        furnished(store);
        assert!(store.add_session(&session("s1", "a2")).is_err());
    });
}

#[test]
fn rows_survive_a_restart_and_the_schema_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    furnished(&SqliteStore::open(folder.path()).unwrap());
    let again = SqliteStore::open(folder.path()).unwrap();
    assert_eq!(again.facilities().unwrap().len(), 2);
}

#[test]
fn a_file_of_the_first_version_keeps_its_factors_and_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.sqlite");
    super::sqlite::make_first_version(&path);
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(
        "INSERT INTO facility VALUES ('f1', '病院 f1', 'hospital', NULL);
         INSERT INTO account VALUES ('a1', 'f1', 'one', '山田', 'nurse', 'ja', 3, '$argon2id$',
           x'010203', 7, 'admin', 1000, '2026-12-31');
         INSERT INTO account VALUES ('a2', 'f1', 'two', '佐藤', 'clerk', 'ja', 1, '$argon2id$',
           x'040506', NULL, NULL, NULL, NULL);
         INSERT INTO terminal VALUES ('t1', 'f1', '初療室', '救急', 'd1', 180, 'admin', 1000);",
    )
    .unwrap();
    drop(file);
    let store = SqliteStore::open(folder.path()).unwrap();
    let one = store.credentials("one").unwrap().unwrap();
    assert_eq!(one.authenticators[0].secret, [1, 2, 3]);
    assert_eq!((one.authenticators.len(), one.last_step), (1, Some(7)));
    assert_eq!((one.account.epoch, one.account.created), (3, None));
    let permission = one.account.permission.unwrap();
    assert_eq!(permission.until, "2026-12-31".parse().unwrap());
    assert_eq!((permission.ends, permission.is_delegated), (None, false));
    let two = store.credentials("two").unwrap().unwrap();
    assert_eq!((two.account.permission, two.last_step), (None, None));
    assert_eq!(two.authenticators[0].secret, [4, 5, 6]);
    let terminal = &store.terminals_of_device("d1").unwrap()[0];
    assert_eq!(terminal.matcher, Matcher::Cookie);
}

#[test]
fn nobody_but_its_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    furnished(&store);
    let mut files = 0;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
        files += 1;
    }
    assert!(files >= 2, "the file and its write-ahead log");
}

#[test]
fn a_file_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(folder.path()).unwrap());
    let file = rusqlite::Connection::open(folder.path().join("registry.sqlite")).unwrap();
    file.pragma_update(None, "user_version", 99).unwrap();
    drop(file);
    let opened = SqliteStore::open(folder.path());
    assert!(matches!(opened, Err(Error::CannotOpen(_))));
}
