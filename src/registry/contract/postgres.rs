//! What only several nodes on one database can show, and the database itself.

use std::{
    sync::{
        Arc, Barrier, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use secrecy::SecretString;

use self::server::{PASSWORD, Postgres};
use super::{account, authenticator, facility, furnished, handoffs, mark, noon, session};
use crate::{
    domain::access::{AccountId, AuthenticatorId, NodeId},
    postgres::Target,
    registry::{
        AccountStore as _, Error, HandoffStore as _, MOST_AUTHENTICATORS, PostgresStore, Store,
        TerminalStore as _, ViewStore as _,
    },
};

#[expect(dead_code, reason = "other tests do more with it")]
#[path = "../../../tests/it/postgres.rs"]
mod server;

/// One server for all tests that run at a time; the last one stops it.
static SERVER: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
static DATABASES: AtomicUsize = AtomicUsize::new(0);

/// A database of a test's own.
pub(super) struct Database {
    server: Arc<Postgres>,
    name: String,
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

impl Database {
    /// `None`, said aloud, where this machine has no PostgreSQL.
    pub(super) fn new() -> Option<Self> {
        let mut shared = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
        let server = match shared.upgrade() {
            Some(server) => server,
            None => Arc::new(wait(Postgres::start_without_tables(&[]))?),
        };
        *shared = Arc::downgrade(&server);
        drop(shared);
        Some(Self::on(server))
    }

    /// The same on a server of its own, which the test may do anything to.
    pub(super) fn alone() -> Option<Self> {
        wait(Postgres::start_without_tables(&[])).map(|server| Self::on(Arc::new(server)))
    }

    fn on(server: Arc<Postgres>) -> Self {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("registry{number}");
        wait(server.admin("postgres", &format!("CREATE DATABASE {name}")));
        Self { server, name }
    }

    fn target(&self) -> Target {
        let port = self.server.port();
        let address = format!("postgresql://owner@127.0.0.1:{port}/{}", self.name);
        Target::new(&address, Some(&SecretString::from(PASSWORD)), None).unwrap()
    }

    fn try_open(&self, node: &str) -> Result<PostgresStore, Error> {
        PostgresStore::open(self.target(), &NodeId(node.to_owned()))
    }

    pub(super) fn open(&self, node: &str) -> PostgresStore {
        self.try_open(node).unwrap()
    }

    /// Ends the server at once.
    pub(super) fn kill(&self) {
        self.server.kill();
    }

    /// Starts the server again, with what it had.
    pub(super) fn start_again(&self) {
        self.server.start_again();
    }

    fn sql(&self, sql: &str) -> Vec<Vec<String>> {
        wait(self.server.admin(&self.name, sql))
    }
}

/// Does something as two nodes at once.
fn at_once<T: Send>(
    nodes: &[PostgresStore; 2],
    work: impl Fn(&PostgresStore, usize) -> T + Sync,
) -> Vec<T> {
    let together = Barrier::new(2);
    std::thread::scope(|scope| {
        let tries = [0, 1].map(|number| {
            let (together, work) = (&together, &work);
            scope.spawn(move || {
                together.wait();
                work(&nodes[number], number)
            })
        });
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn nodes_that_start_at_once_make_the_schema_once_and_rows_stay() {
    let Some(database) = Database::new() else {
        return;
    };
    let together = Barrier::new(4);
    std::thread::scope(|scope| {
        for number in 0..4 {
            let (database, together) = (&database, &together);
            scope.spawn(move || {
                together.wait();
                let store = database.open(&format!("n{number}"));
                store
                    .add_facility(&facility(&format!("f{number}")))
                    .unwrap();
            });
        }
    });
    assert_eq!(database.open("n1").facilities().unwrap().len(), 4);
    assert_eq!(database.sql("SELECT version FROM registry_schema"), [["1"]]);
}

#[test]
fn a_database_of_a_newer_version_is_refused_in_words() {
    let Some(database) = Database::new() else {
        return;
    };
    let running = database.open("n1");
    database.sql("UPDATE registry_schema SET version = 99");
    let Err(Error::CannotOpen(why)) = database.try_open("n2") else {
        panic!("it was opened")
    };
    assert!(why.contains("newer version"), "{why}");
    drop(running);
}

#[test]
fn a_database_that_cannot_keep_every_name_is_refused() {
    let Some(database) = Database::new() else {
        return;
    };
    let other = Database {
        name: format!("{}latin", database.name),
        ..database
    };
    let create = format!(
        "CREATE DATABASE {} ENCODING 'LATIN1' TEMPLATE template0",
        other.name
    );
    wait(other.server.admin("postgres", &create));
    let Err(Error::CannotOpen(why)) = other.try_open("n1") else {
        panic!("it was opened")
    };
    assert!(why.contains("UTF8"), "{why}");
}

#[test]
fn what_only_one_of_two_nodes_may_do_only_one_does() {
    let Some(database) = Database::new() else {
        return;
    };
    let nodes = ["n1", "n2"].map(|node| database.open(node));
    furnished(&nodes[0]);
    let id = AccountId("a1".to_owned());
    for round in 0..20_u64 {
        let first = AuthenticatorId("u-a1".to_owned());
        let used = at_once(&nodes, |node, _| {
            node.use_step(&id, &first, round, noon()).unwrap()
        });
        assert_eq!(
            used.iter().filter(|used| **used).count(),
            1,
            "one code once"
        );
        let launch = format!("launch {round}");
        let until = noon() + chrono::Duration::hours(1);
        let used = at_once(&nodes, |node, _| {
            node.use_launch(&launch, noon(), until).unwrap()
        });
        assert_eq!(
            used.iter().filter(|used| **used).count(),
            1,
            "one launch once"
        );
    }
    for number in 1..MOST_AUTHENTICATORS - 1 {
        let one = authenticator(&format!("u-{number}"), "a1");
        nodes[0].add_authenticator(&one).unwrap();
    }
    let added = at_once(&nodes, |node, number| {
        node.add_authenticator(&authenticator(&format!("u-last-{number}"), "a1"))
    });
    let full = |one: &&Result<(), Error>| matches!(one, Err(Error::Full));
    assert_eq!(added.iter().filter(full).count(), 1, "{added:?}");
    let all = nodes[0].authenticators(&id).unwrap();
    assert_eq!(all.len(), MOST_AUTHENTICATORS);
    for one in &all[2..] {
        let own = &one.authenticator.id;
        assert!(
            nodes[0]
                .remove_authenticator(&id, own, false, None)
                .unwrap()
        );
    }
    let gone = at_once(&nodes, |node, number| {
        let own = &all[number].authenticator.id;
        node.remove_authenticator(&id, own, false, None).unwrap()
    });
    assert_eq!(
        gone.iter().filter(|gone| **gone).count(),
        1,
        "never the last"
    );
}

#[test]
fn two_ranges_that_overlap_are_never_both_registered() {
    let Some(database) = Database::new() else {
        return;
    };
    let nodes = ["n1", "n2"].map(|node| database.open(node));
    furnished(&nodes[0]);
    for round in 0..10 {
        let added = at_once(&nodes, |node, number| {
            let mut range = super::terminal(&format!("r{round}-{number}"), "f1", "");
            range.matcher = crate::registry::Matcher::Range;
            range.device =
                [format!("10.1.{round}.0/24"), format!("10.1.{round}.128/25")][number].clone();
            node.add_terminal(&range)
        });
        let taken = |one: &&Result<(), Error>| matches!(one, Err(Error::Taken));
        assert_eq!(added.iter().filter(taken).count(), 1, "{added:?}");
    }
    assert_eq!(nodes[1].range_terminals().unwrap().len(), 10);
}

#[test]
fn the_same_handoff_begun_on_two_nodes_is_one_and_their_changes_are_all_counted() {
    let Some(database) = Database::new() else {
        return;
    };
    let nodes = ["n1", "n2"].map(|node| database.open(node));
    handoffs::town(&nodes[0]);
    for round in 0..20 {
        let begun = handoffs::handoff(&format!("r{round}"), "fire1");
        let there = at_once(&nodes, |node, _| node.add_handoff(&begun).unwrap());
        assert_eq!(there, [true, true]);
    }
    let before = nodes[0].handoff_pulse(&handoffs::place("fire1")).unwrap();
    assert_eq!(before, 20);
    // Other handoffs of the same department: nothing but its number is in their way.
    at_once(&nodes, |node, number| {
        for round in 0..20 {
            let begun = handoffs::handoff(&format!("n{number}-{round}"), "fire1");
            assert!(node.add_handoff(&begun).unwrap());
        }
    });
    assert_eq!(
        nodes[1].handoff_pulse(&handoffs::place("fire1")).unwrap(),
        60
    );
}

#[test]
fn text_that_cannot_be_kept_is_nowhere_found_and_breaks_nothing() {
    let Some(database) = Database::new() else {
        return;
    };
    let store = database.open("n1");
    furnished(&store);
    assert!(store.credentials("name-a1\0").unwrap().is_none());
    let kept = store.keep_view(&AccountId("a1".to_owned()), "a\0b", "list=all");
    assert!(matches!(kept, Err(Error::Unknown)), "{kept:?}");
    assert!(store.credentials("name-a1").unwrap().is_some());
}

#[test]
fn names_are_in_the_order_of_their_letters_codes_whatever_the_database_is_set_to() {
    let Some(database) = Database::new() else {
        return;
    };
    let store = database.open("n1");
    for id in ["b", "B", "a", "_", "ア"] {
        let mut one = facility(id);
        one.name = id.to_owned();
        store.add_facility(&one).unwrap();
    }
    let names: Vec<_> = store
        .facilities()
        .unwrap()
        .into_iter()
        .map(|one| one.name)
        .collect();
    assert_eq!(names, ["B", "_", "a", "b", "ア"]);
}

#[test]
fn a_database_that_is_killed_or_hangs_is_said_to_be_away_in_time_and_comes_back_by_itself() {
    let Some(database) = Database::alone() else {
        return;
    };
    let store = database.open("n1");
    furnished(&store);
    store.add_session(&session("s1", "a1")).unwrap();
    let id = AccountId("a1".to_owned());
    let is_away = |what: &str| {
        let begun = Instant::now();
        for _ in 0..2 {
            let asked = store.seat("s1");
            assert!(
                matches!(asked, Err(Error::Unavailable(_))),
                "{what}: {asked:?}"
            );
            let changed = store.take_permission(&id, &mark("admin"));
            assert!(
                matches!(changed, Err(Error::Unavailable(_))),
                "{what}: {changed:?}"
            );
        }
        assert!(begun.elapsed() < Duration::from_secs(15), "{what}");
    };
    let comes_back = |what: &str| {
        let begun = Instant::now();
        while store.seat("s1").is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        }
        assert_eq!(store.account(&id).unwrap().unwrap().epoch, 1, "{what}");
    };
    database.server.kill();
    // What serves a connection outlives the server for a moment.
    let begun = Instant::now();
    while store.seat("s1").is_ok() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it still answers"
        );
    }
    is_away("killed");
    // Whoever starts meanwhile starts, and waits.
    let late = database.open("n2");
    assert!(late.facilities().is_err());
    database.server.start_again();
    comes_back("killed");
    database.server.hang();
    is_away("hangs");
    database.server.go_on();
    comes_back("hangs");
    assert_eq!(late.facilities().unwrap().len(), 2);
    store.add_account(&account("a3", "f1")).unwrap();
    assert_password_is_not_repeated(&database);
}

fn assert_password_is_not_repeated(database: &Database) {
    let (port, name) = (database.server.port(), &database.name);
    let wrong = Target::new(
        &format!("postgresql://owner@127.0.0.1:{port}/{name}"),
        Some(&SecretString::from("geheim")),
        None,
    );
    let refused = PostgresStore::open(wrong.unwrap(), &NodeId("n3".to_owned()));
    let Err(Error::CannotOpen(why)) = refused else {
        panic!("it was opened")
    };
    assert!(why.contains("password") && !why.contains("geheim"), "{why}");
}
