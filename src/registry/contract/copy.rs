//! A node's copy of the registry that nodes share.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::{Database, account, furnished, noon, session};
use crate::{
    domain::{
        access::{AccountId, AuthenticatorId},
        clock::{Clock, Moment},
    },
    registry::{
        AccountStore as _, Error, PostgresStore, SqliteStore, Store,
        copy::{NodeCopy, Owed, TABLES},
    },
};

/// How long a killed server may take to answer again.
const PATIENCE: Duration = Duration::from_secs(30);

/// A clock that says what it is told.
struct Told(Mutex<Moment>);

impl Clock for Told {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

impl Told {
    fn at_noon() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Moment {
            wall: noon(),
            since_boot: Duration::from_hours(1),
        })))
    }

    fn advance(&self, span: Duration) {
        let mut now = self.0.lock().unwrap();
        now.wall += span;
        now.since_boot += span;
    }

    fn set_wall_back(&self, span: Duration) {
        self.0.lock().unwrap().wall -= span;
    }
}

/// A node with its copy, furnished, with two sessions.
struct Node {
    folder: tempfile::TempDir,
    database: Database,
    shared: Arc<PostgresStore>,
    clock: Arc<Told>,
    copy: NodeCopy,
}

impl Node {
    fn begun() -> Option<Self> {
        let database = Database::alone()?;
        let shared = Arc::new(database.open("n1"));
        furnished(&*shared);
        for hash in ["stays", "leaves", "resumes"] {
            shared.add_session(&session(hash, "a1")).unwrap();
        }
        shared.set_locked("resumes", true, noon()).unwrap();
        let (folder, clock) = (tempfile::tempdir().unwrap(), Told::at_noon());
        let copy = NodeCopy::open(folder.path(), shared.clone(), clock.clone()).unwrap();
        copy.look();
        Some(Self {
            folder,
            database,
            shared,
            clock,
            copy,
        })
    }

    /// The node as it is after a start.
    fn started_anew(&self) -> NodeCopy {
        NodeCopy::open(self.folder.path(), self.shared.clone(), self.clock.clone()).unwrap()
    }

    fn lose(&self, copy: &NodeCopy) {
        self.database.kill();
        assert!(self.shared.facilities().is_err());
        copy.went_away();
    }

    fn find_again(&self, copy: &NodeCopy) {
        self.database.start_again();
        let begun = Instant::now();
        while copy.stands_in().is_some() {
            assert!(begun.elapsed() < PATIENCE, "it does not go back");
            copy.look();
        }
    }
}

fn a1() -> AccountId {
    AccountId("a1".to_owned())
}

fn first() -> AuthenticatorId {
    AuthenticatorId("u-a1".to_owned())
}

fn step(step: u64) -> Owed {
    Owed::Step {
        account: a1(),
        authenticator: first(),
        step,
        at: noon(),
    }
}

/// Does on the copy what a physician does who signs in, and one who leaves.
fn use_it(copy: &NodeCopy) {
    let (used, _) = copy
        .change(
            |_| Ok(vec![step(7)]),
            |store| store.use_step(&a1(), &first(), 7, noon()),
        )
        .unwrap();
    assert!(used);
    let (again, _) = copy
        .change(
            |_| Ok(vec![step(7)]),
            |store| store.use_step(&a1(), &first(), 7, noon()),
        )
        .unwrap();
    assert!(!again, "a code is used once");
    let owed = |owed: Owed| move |_: &dyn Store| Ok(vec![owed]);
    copy.change(owed(Owed::Begun("new".to_owned())), |store| {
        store.add_session(&session("new", "a1"))
    })
    .unwrap();
    copy.change(owed(Owed::Changed("stays".to_owned())), |store| {
        store.set_locked("stays", true, noon())
    })
    .unwrap();
    copy.change(owed(Owed::Changed("resumes".to_owned())), |store| {
        store.set_locked("resumes", false, noon())
    })
    .unwrap();
    copy.change(owed(Owed::Changed("leaves".to_owned())), |store| {
        store.end_session("leaves")
    })
    .unwrap();
    let opened = Owed::Opened {
        account: a1(),
        at: noon(),
    };
    copy.change(owed(opened), |store| store.note_glass_used(&a1(), noon()))
        .unwrap();
}

#[test]
fn every_column_of_what_is_copied_is_copied_and_nothing_that_may_be_used_once() {
    let folder = tempfile::tempdir().unwrap();
    SqliteStore::open(folder.path()).unwrap();
    let file = rusqlite::Connection::open(folder.path().join("registry.sqlite")).unwrap();
    for table in &TABLES {
        let columns: BTreeSet<_> = table.columns.iter().copied().collect();
        let sql = format!("SELECT name FROM pragma_table_info('{}')", table.name);
        let mut asked = file.prepare(&sql).unwrap();
        let there: Result<BTreeSet<String>, _> =
            asked.query_map([], |row| row.get(0)).unwrap().collect();
        let there = there.unwrap();
        assert_eq!(columns, there.iter().map(String::as_str).collect());
    }
    let once = ["link", "vouch", "sealed_account", "registration", "launch"];
    assert!(TABLES.iter().all(|table| !once.contains(&table.name)));
}

#[test]
fn the_registry_is_told_what_was_done_while_it_was_away_also_after_a_start() {
    let Some(node) = Node::begun() else { return };
    let copy = &node.copy;
    assert_eq!(copy.stands_in(), None);
    let (known, as_of) = copy.ask(|store| store.credentials("name-a1")).unwrap();
    assert_eq!((known.is_some(), as_of), (true, None));
    node.lose(copy);
    node.clock.advance(Duration::from_hours(2));
    let (known, as_of) = copy.ask(|store| store.credentials("name-a1")).unwrap();
    assert_eq!(as_of, Some(noon()));
    let authenticators = known.unwrap().authenticators;
    assert_eq!(authenticators.len(), 1);
    use_it(copy);

    // It was not told yet: the copy goes on, whether the registry answers now or not.
    let again = node.started_anew();
    let (seat, as_of) = again.ask(|store| store.seat("new")).unwrap();
    assert_eq!((seat.is_some(), as_of), (true, Some(noon())));
    node.find_again(&again);
    let shared = &node.shared;
    assert!(shared.seat("new").unwrap().is_some());
    assert!(shared.seat("stays").unwrap().unwrap().session.locked);
    assert!(!shared.seat("resumes").unwrap().unwrap().session.locked);
    assert!(shared.seat("leaves").unwrap().is_none());
    assert!(!shared.use_step(&a1(), &first(), 7, noon()).unwrap());
    let account = shared.account(&a1()).unwrap().unwrap();
    assert_eq!(account.glass_used, Some(noon()));

    // Told once: what ends there later does not come back.
    shared.end_session("new").unwrap();
    again.look();
    node.lose(&again);
    let (seat, _) = again.ask(|store| store.seat("new")).unwrap();
    assert_eq!(seat, None);
    node.find_again(&again);
    assert!(shared.seat("new").unwrap().is_none());
}

#[test]
fn who_is_revoked_elsewhere_meanwhile_is_not_let_back_in() {
    let Some(node) = Node::begun() else { return };
    let copy = &node.copy;
    // This node alone does not reach the registry.
    copy.went_away();
    use_it(copy);
    node.shared.raise_epoch(&a1(), true).unwrap();
    copy.look();
    assert_eq!(copy.stands_in(), None);
    let seat = node.shared.seat("new").unwrap().unwrap();
    assert!(seat.session.epoch < seat.account.epoch, "it is over");
}

#[test]
fn a_copy_of_more_than_a_day_or_of_a_wrong_clock_stands_in_for_nobody() {
    let Some(node) = Node::begun() else { return };
    node.lose(&node.copy);
    assert_eq!(node.copy.stands_in(), Some(noon()));
    node.clock
        .advance(Duration::from_hours(24) - Duration::from_secs(1));
    assert_eq!(node.copy.stands_in(), Some(noon()));
    // By the clock that only grows, whatever the wall clock says.
    node.clock.set_wall_back(Duration::from_hours(3));
    node.clock.advance(Duration::from_secs(1));
    assert_eq!(node.copy.stands_in(), None);
    let refused = node.copy.ask(|store| store.seat("stays"));
    assert!(matches!(refused, Err(Error::Unavailable(_))));

    // What was done on it is told before the registry is asked again.
    node.database.start_again();
    while node.shared.facilities().is_err() {}
    assert!(node.copy.ask(|store| store.seat("stays")).is_err());
    node.copy.look();
    assert!(node.copy.ask(|store| store.seat("stays")).is_ok());
    assert!(!node.copy.is_settled());
    node.clock.advance(Duration::from_mins(1));
    assert!(node.copy.is_settled());
    node.lose(&node.copy);

    node.clock.set_wall_back(Duration::from_hours(22));
    let again = node.started_anew();
    again.went_away();
    assert_eq!(again.stands_in(), None, "taken in what is the future now");
}

#[test]
fn what_the_registry_has_just_done_stands_in_the_copy_at_once() {
    let Some(node) = Node::begun() else { return };
    let begun = session("begun", "a1");
    node.shared.add_session(&begun).unwrap();
    node.copy.also(|store| store.add_session(&begun));
    // One of an account that the copy does not know yet is left out, and nothing else with it.
    node.shared.add_account(&account("a3", "f1")).unwrap();
    node.copy
        .also(|store| store.add_session(&session("stranger", "a3")));
    let using = |store: &dyn Store| store.use_step(&a1(), &first(), 9, noon());
    assert!(using(&*node.shared).unwrap());
    node.copy.also(|store| using(store).map(drop));
    node.lose(&node.copy);
    let (seat, _) = node.copy.ask(|store| store.seat("begun")).unwrap();
    assert_eq!(seat.unwrap().account.id, a1());
    let (used, _) = node.copy.change(|_| Ok(vec![step(9)]), using).unwrap();
    assert!(!used, "the code of before");
}
