//! Two ledgers of one node: one goes on where the other cannot be written, nothing is shown without
//! an entry in either, and both are proven together.

mod apart;
mod schedule;
mod seen;
mod tamper;

use std::{
    path::Path,
    sync::{Arc, Mutex, mpsc},
    thread::ThreadId,
    time::{Duration, Instant},
};

use super::super::{
    Appended, Error, Ledger, Reader, Settings, Together, Verified, read,
    testing::{Counting, Still, draft, end, grant, hospital, settings, start, view},
    together,
    writer::Command,
};
use crate::domain::{
    access::{AccountId, End, Grant, GrantId},
    clock::{Clock, Moment},
    event::Event,
};

/// Longer than any commit of a busy machine.
const PATIENT: Duration = Duration::from_secs(20);

/// Opens both, in `first` and `second` of a folder.
fn open_two(folder: &Path, seed: u16, deadline: Duration) -> Ledger {
    let settings = Settings {
        commit_deadline: deadline,
        ..settings(&folder.join("first"))
    };
    let entropy = Arc::new(Counting::starting(seed));
    Ledger::open_with_second(settings, folder.join("second"), Still::new(), entropy).unwrap()
}

/// A clock at which one thread may be made to stand still: in the middle of a transaction, where
/// nothing that is given up can be left out any more.
#[derive(Default)]
struct Gate {
    of: Mutex<Option<(ThreadId, mpsc::Receiver<()>)>>,
}

impl Clock for Gate {
    fn now(&self) -> Moment {
        let here = std::thread::current().id();
        let mut of = self.of.lock().unwrap();
        let standing = of.take_if(|(thread, _)| *thread == here);
        drop(of);
        if let Some((_, go_on)) = standing {
            go_on.recv().ok();
        }
        Moment {
            wall: super::super::testing::noon(),
            since_boot: Duration::from_secs(1_000),
        }
    }
}

impl Gate {
    /// The writer stands still in its next transaction until what is given back is dropped.
    fn stand_in(self: &Arc<Self>, ledger: &Ledger) -> mpsc::Sender<()> {
        let (go_on, standing) = mpsc::channel();
        let gate = Arc::clone(self);
        let harm = Command::Harm(Box::new(move |_| {
            *gate.of.lock().unwrap() = Some((std::thread::current().id(), standing));
        }));
        assert!(ledger.inner.queue.send(harm).is_ok());
        go_on
    }
}

fn open_gated(folder: &Path, seed: u16, deadline: Duration, gate: &Arc<Gate>) -> Ledger {
    let settings = Settings {
        commit_deadline: deadline,
        ..settings(&folder.join("first"))
    };
    let entropy = Arc::new(Counting::starting(seed));
    let clock: Arc<dyn Clock> = Arc::<Gate>::clone(gate);
    Ledger::open_with_second(settings, folder.join("second"), clock, entropy).unwrap()
}

/// Every write of the ledger fails, or none does any more.
fn fail(ledger: &Ledger, is_failing: bool) {
    let pragma = if is_failing {
        "PRAGMA query_only = ON"
    } else {
        "PRAGMA query_only = OFF"
    };
    let harm = Command::Harm(Box::new(move |connection| {
        connection.query_row(pragma, [], |_| Ok(())).ok();
    }));
    assert!(ledger.inner.queue.send(harm).is_ok());
}

/// The writer stands still until what is given back is dropped.
fn stall(ledger: &Ledger) -> mpsc::Sender<()> {
    let (go_on, stalled) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    let harm = Command::Harm(Box::new(move |_| {
        tell.send(()).unwrap();
        stalled.recv().ok();
    }));
    assert!(ledger.inner.queue.send(harm).is_ok());
    told.recv().unwrap();
    go_on
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENT, "{what}");
        std::thread::yield_now();
    }
}

/// The one that is written to by itself again.
fn until_ready(ledger: &Ledger) {
    until("ready again", || ledger.inner.shared.is_ready());
}

/// A grant as it is started: at home where it was written.
async fn started(ledger: &Ledger, number: &str) -> (Appended, Grant) {
    let mut grant = grant(ledger, number);
    let appended = ledger.append(start(&grant)).await.unwrap();
    grant.id = grant.id.at(&appended.node);
    (appended, grant)
}

/// Both, each right for itself and with the other.
fn verified(folder: &Path) -> ([Verified; 2], Together) {
    let key = settings(folder).key;
    let parts = ["first", "second"].map(|name| {
        let reader = read(&folder.join(name), Some(&key)).unwrap();
        let verified = reader.verify().unwrap();
        assert_eq!(verified.fault, None, "{name}");
        (reader, verified)
    });
    let together = together(&parts).unwrap();
    assert_eq!(together.faults, [], "together");
    (parts.map(|(_, verified)| verified), together)
}

/// Every entry of one ledger.
fn entries(folder: &Path, name: &str) -> Vec<super::super::ReadEntry> {
    let reader: Reader = read(&folder.join(name), None).unwrap();
    let mut entries = Vec::new();
    reader
        .for_each(|entry| {
            entries.push(entry);
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    entries
}

/// How often both say that a grant ended, and how.
fn ends(folder: &Path, grant: &GrantId) -> Vec<String> {
    ["first", "second"]
        .iter()
        .flat_map(|name| entries(folder, name))
        .filter(|entry| entry.event == "grant_ended" && entry.grant.as_ref() == Some(grant))
        .map(|entry| entry.fields["end"].as_str().unwrap().to_owned())
        .collect()
}

fn words(folder: &Path, name: &str) -> Vec<String> {
    let all = entries(folder, name).into_iter();
    all.map(|entry| entry.event).collect()
}

#[tokio::test]
async fn looks_go_on_in_the_second_ledger_while_the_first_fails_and_come_back_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_two(folder.path(), 0, PATIENT);
    let second = ledger.second().unwrap();
    let (before, one) = started(&ledger, "1").await;
    assert_eq!(before.node, ledger.node());
    ledger.append(view(&one.id, "before")).await.unwrap();
    assert_eq!(ledger.trouble(), None);

    fail(&ledger, true);
    let looked = ledger.append(view(&one.id, "meanwhile")).await.unwrap();
    assert_eq!(looked.node, second.node());
    assert!(ledger.is_ready() && !ledger.inner.shared.is_ready());
    assert!(ledger.trouble().unwrap().contains("has taken over"));
    let (opened, two) = started(&ledger, "2").await;
    assert_eq!(opened.node, second.node());
    assert!(ledger.is_home_of(&two.id) && two.id.home() == Some(second.node()));
    assert_eq!(ledger.all_open_grants().len(), 2);
    ledger.append(view(&two.id, "new")).await.unwrap();

    fail(&ledger, false);
    until_ready(&ledger);
    assert_eq!(ledger.trouble(), None);
    let again = ledger.append(view(&two.id, "again")).await.unwrap();
    assert_eq!(again.node, ledger.node());
    ledger.append(end(&two.id, End::Hand)).await.unwrap();
    ledger.append(end(&one.id, End::Hand)).await.unwrap();
    drop((ledger, second));
    let first = [
        "grant_started",
        "viewed",
        "other_ledger",
        "viewed",
        "other_ledger",
        "grant_ended",
    ];
    assert_eq!(words(folder.path(), "first"), first);
    let second = [
        "other_ledger",
        "viewed",
        "grant_started",
        "viewed",
        "other_ledger",
        "grant_ended",
    ];
    assert_eq!(words(folder.path(), "second"), second);
    let (_, together) = verified(folder.path());
    assert_eq!(together.unseen.len(), 0);
    for id in [&one.id, &two.id] {
        assert_eq!(ends(folder.path(), id), ["hand"]);
    }
}

#[tokio::test]
async fn a_grant_is_stopped_at_once_and_its_home_writes_the_one_end_when_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_two(folder.path(), 0, PATIENT);
    let (_, one) = started(&ledger, "1").await;
    let (_, old) = started(&ledger, "2").await;
    fail(&ledger, true);
    ledger.append(end(&one.id, End::Objected)).await.unwrap();
    assert_eq!(ledger.grant(&one.id), None);
    let account = AccountId("a1".to_owned());
    assert_eq!(ledger.end_for(&one.id, &account), Some(End::Objected));
    assert!(ledger.has_objected(&one.facility, &one.patient_key));
    for late in [view(&one.id, "never"), end(&one.id, End::Time)] {
        let refused = ledger.append(late).await;
        assert!(matches!(refused, Err(Error::GrantNotOpen)), "{refused:?}");
    }
    // A renewal stops the old one in the same transaction.
    let mut new = grant(&ledger, "2");
    new.renews = Some(old.id.clone());
    let renewed = ledger.append(start(&new)).await.unwrap();
    assert_eq!(ledger.end_of(&old.id), Some(End::Renewed));
    assert!(ledger.grant(&new.id.at(&renewed.node)).is_some());
    assert_eq!(ends(folder.path(), &one.id), [""; 0], "its home owes it");

    fail(&ledger, false);
    until("its home has written it", || {
        ends(folder.path(), &one.id) == ["objected"]
    });
    until("and the other", || {
        ends(folder.path(), &old.id) == ["renewed"]
    });
    let home = entries(folder.path(), "first");
    let ended = home
        .iter()
        .find(|entry| entry.event == "grant_ended")
        .unwrap();
    assert_eq!(ended.account, Some(account), "by whom it was ended");
    drop(ledger);
    verified(folder.path());
}

#[tokio::test]
async fn a_process_that_dies_before_the_end_is_written_writes_it_at_its_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_two(folder.path(), 0, PATIENT);
    let (_, one) = started(&ledger, "1").await;
    let (_, open) = started(&ledger, "2").await;
    fail(&ledger, true);
    ledger.append(end(&one.id, End::Objected)).await.unwrap();
    let (_, home) = started(&ledger, "3").await;
    drop(ledger);
    assert_eq!(ends(folder.path(), &one.id), [""; 0]);
    let again = open_two(folder.path(), 1, PATIENT);
    assert_eq!(again.all_open_grants(), []);
    assert!(again.has_objected(&one.facility, &one.patient_key));
    assert_eq!(ends(folder.path(), &one.id), ["objected"]);
    for left in [&open.id, &home.id] {
        assert_eq!(ends(folder.path(), left), ["restart"]);
    }
    drop(again);
    verified(folder.path());
}

#[tokio::test]
async fn a_stalled_first_ledger_costs_one_deadline_and_what_was_given_up_is_not_written_late() {
    let deadline = Duration::from_millis(400);
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_two(folder.path(), 0, deadline);
    let second = ledger.second().unwrap().node();
    let (_, one) = started(&ledger, "1").await;
    let go_on = stall(&ledger);
    let begun = Instant::now();
    let looked = ledger.append(view(&one.id, "meanwhile")).await.unwrap();
    assert!(begun.elapsed() < 2 * deadline, "{:?}", begun.elapsed());
    assert_eq!(looked.node, second);
    // From then on nobody waits for the first.
    let begun = Instant::now();
    let (opened, _) = started(&ledger, "2").await;
    ledger.append(draft(Event::SignedIn)).await.unwrap();
    assert!(begun.elapsed() < deadline, "{:?}", begun.elapsed());
    assert_eq!(opened.node, second);
    drop(go_on);
    until_ready(&ledger);
    drop(ledger);
    // The restart of neither is due yet; the first has nothing of what it was too slow for.
    assert_eq!(words(folder.path(), "first"), ["grant_started"]);
    verified(folder.path());
}

#[tokio::test]
async fn a_start_that_became_durable_after_it_was_given_up_is_ended_there_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Arc::new(Gate::default());
    let ledger = open_gated(folder.path(), 0, Duration::from_millis(400), &gate);
    let go_on = gate.stand_in(&ledger);
    let orphan = grant(&ledger, "1");
    let opened = ledger.append(start(&orphan)).await.unwrap();
    assert_eq!(opened.node, ledger.second().unwrap().node());
    let given = orphan.id.at(&opened.node);
    assert!(ledger.grant(&given).is_some());
    drop(go_on);
    until("it is ended at home", || {
        ends(folder.path(), &orphan.id) == ["revoked"]
    });
    assert_eq!(ledger.all_open_grants().len(), 1);
    ledger.append(view(&given, "given out")).await.unwrap();
    drop(ledger);
    verified(folder.path());
}

#[tokio::test]
async fn a_second_ledger_that_stalls_or_fails_is_said_and_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_two(folder.path(), 0, Duration::from_millis(400));
    let second = ledger.second().unwrap();
    let go_on = stall(&second);
    let (opened, one) = started(&ledger, "1").await;
    assert_eq!(opened.node, ledger.node());
    ledger.append(view(&one.id, "well")).await.unwrap();
    assert!(ledger.is_ready());
    fail(&ledger, true);
    let refused = ledger.append(view(&one.id, "never")).await;
    assert!(matches!(refused, Err(Error::CannotRecord)), "{refused:?}");
    assert!(!ledger.is_ready(), "neither");
    fail(&ledger, false);
    drop(go_on);
    until_ready(&ledger);
    until_ready(&second);
    fail(&second, true);
    let told = second.append(draft(Event::SignedIn)).await;
    assert!(matches!(told, Err(Error::CannotRecord)));
    assert!(ledger.trouble().unwrap().contains("second ledger cannot"));
    let looked = ledger.append(view(&one.id, "well")).await.unwrap();
    assert_eq!(looked.node, ledger.node());
    assert!(ledger.is_ready());
    fail(&second, false);
    ledger.append(end(&one.id, End::Hand)).await.unwrap();
    drop((ledger, second));
    verified(folder.path());
}

#[tokio::test]
async fn a_grant_of_the_second_ledger_is_stopped_and_ended_in_the_same_way() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_two(folder.path(), 0, PATIENT);
    let second = ledger.second().unwrap();
    fail(&ledger, true);
    let (opened, one) = started(&ledger, "1").await;
    assert_eq!(opened.node, second.node());
    fail(&ledger, false);
    until_ready(&ledger);
    fail(&second, true);
    assert_eq!(
        ledger
            .append(end(&one.id, End::WrongPatient))
            .await
            .unwrap()
            .node,
        ledger.node()
    );
    assert_eq!(ledger.grant(&one.id), None);
    fail(&second, false);
    until("its home has written it", || {
        ends(folder.path(), &one.id) == ["wrong_patient"]
    });
    drop((ledger, second));
    verified(folder.path());
    assert_eq!(
        words(folder.path(), "first"),
        ["other_ledger", "grant_stopped"]
    );
}

#[test]
fn a_second_ledger_that_is_not_there_is_said_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("second"), b"no folder").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_time().build().unwrap();
    let ledger = open_two(folder.path(), 0, PATIENT);
    let (_, one) = runtime.block_on(started(&ledger, "1"));
    assert!(ledger.is_ready() && ledger.second().is_none());
    assert!(ledger.trouble().unwrap().contains("is not there"));
    // What would be read or erased of one alone is not.
    let whole = runtime.block_on(ledger.recent(&hospital(), 9)).unwrap_err();
    assert!(whole.to_string().contains("not there"), "{whole}");
    runtime
        .block_on(ledger.append(end(&one.id, End::Hand)))
        .unwrap();
    drop(ledger);

    std::fs::remove_file(folder.path().join("second")).unwrap();
    let ledger = open_two(folder.path(), 1, PATIENT);
    let name = ledger.second().unwrap().node();
    assert_eq!(
        runtime
            .block_on(ledger.recent(&hospital(), 9))
            .unwrap()
            .len(),
        2
    );
    fail(&ledger, true);
    runtime
        .block_on(ledger.append(draft(Event::SignedIn)))
        .unwrap();
    drop(ledger);

    // An empty folder in its place, as of a device that is not mounted, is not taken for it.
    let away = folder.path().join("away");
    std::fs::rename(folder.path().join("second"), &away).unwrap();
    std::fs::create_dir(folder.path().join("second")).unwrap();
    let ledger = open_two(folder.path(), 2, PATIENT);
    assert!(ledger.trouble().unwrap().contains("is its device there?"));
    drop(ledger);
    std::fs::remove_dir_all(folder.path().join("second")).unwrap();
    std::fs::rename(&away, folder.path().join("second")).unwrap();
    let ledger = open_two(folder.path(), 3, PATIENT);
    assert_eq!(ledger.second().unwrap().node(), name);
    drop(ledger);
    verified(folder.path());
}

#[test]
fn the_second_ledger_of_another_node_is_none_of_this_ones() {
    let folder = tempfile::tempdir().unwrap();
    drop(open_two(folder.path(), 1, PATIENT));
    let other = settings(&folder.path().join("other"));
    let other = Settings {
        node: crate::domain::access::NodeId("n2".to_owned()),
        commit_deadline: PATIENT,
        ..other
    };
    let entropy = Arc::new(Counting::starting(2));
    let second = folder.path().join("second");
    let opened = Ledger::open_with_second(other, second, Still::new(), entropy).unwrap();
    assert!(opened.second().is_none());
    let trouble = opened.trouble().unwrap();
    assert!(trouble.contains("of another node"), "{trouble}");
}
