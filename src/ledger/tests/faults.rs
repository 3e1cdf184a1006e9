//! When something is broken: nothing is recorded by half, nobody is told otherwise, and it works
//! again without a restart.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use rusqlite::Connection;

use super::{
    super::{
        Error, Ledger, Settings,
        testing::{Counting, Still, draft, grant, open, settings, start, view},
        writer::{Command, Job},
    },
    verified,
};
use crate::domain::{
    access::{End, NodeId},
    event::Event,
};

fn harm(ledger: &Ledger, harm: impl FnOnce(&Connection) + Send + 'static) {
    let sent = ledger.inner.queue.send(Command::Harm(Box::new(harm)));
    assert!(sent.is_ok());
}

fn pragma(ledger: &Ledger, pragma: &'static str) {
    harm(ledger, move |connection| {
        connection.query_row(pragma, [], |_| Ok(())).ok();
    });
}

#[tokio::test]
async fn a_read_only_file_refuses_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    assert!(ledger.is_ready());
    let grant = grant(&ledger, "1");
    ledger.append(start(&grant)).await.unwrap();
    pragma(&ledger, "PRAGMA query_only = ON");
    let answers = futures_util::future::join(
        ledger.append(view(&grant.id, "{}")),
        ledger.append(super::end(&grant.id, End::Hand)),
    )
    .await;
    assert!(matches!(answers.0, Err(Error::CannotRecord)));
    assert!(matches!(answers.1, Err(Error::CannotRecord)));
    assert!(!ledger.is_ready());
    assert!(ledger.grant(&grant.id).is_some(), "its end is not recorded");
    assert_eq!(verified(folder.path()).entries, 1, "nothing half-written");
    pragma(&ledger, "PRAGMA query_only = OFF");
    assert_eq!(ledger.append(view(&grant.id, "{}")).await.unwrap().seq, 2);
    assert!(ledger.is_ready());
    drop(ledger);
    assert_eq!(verified(folder.path()).entries, 2);
}

#[tokio::test]
async fn a_full_disk_gives_up_the_reserve_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let reserve = folder.path().join("reserve");
    let ledger = open(folder.path());
    assert!(reserve.exists());
    let grant = grant(&ledger, "1");
    ledger.append(start(&grant)).await.unwrap();
    pragma(&ledger, "PRAGMA max_page_count = 1");
    let large = "あ".repeat(100_000);
    let full = ledger.append(view(&grant.id, &large)).await;
    assert!(matches!(full, Err(Error::CannotRecord)));
    let mut second = super::grant(&ledger, "2");
    second.note = Some(large.clone());
    let full = ledger.append(start(&second)).await;
    assert!(matches!(full, Err(Error::CannotRecord)));
    assert!(!reserve.exists(), "its room was given up");
    assert!(!ledger.is_ready());
    pragma(&ledger, "PRAGMA max_page_count = 1000000");
    ledger.append(view(&grant.id, &large)).await.unwrap();
    assert!(reserve.exists());
    assert!(ledger.is_ready());
    // The key made for the refused entry went with it; the patient gets another.
    ledger.append(start(&second)).await.unwrap();
    let last = ledger.recent(&super::hospital(), 1).await.unwrap();
    assert_eq!(last[0].personal["note"].text(), large);
    drop(ledger);
    assert_eq!(verified(folder.path()).entries, 3);
}

#[tokio::test]
async fn a_stalled_disk_refuses_within_the_deadline_and_shows_nothing_later() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        commit_deadline: Duration::from_millis(20),
        ..settings(folder.path())
    };
    let entropy = Arc::new(Counting::default());
    let ledger = Ledger::open(settings, Still::new(), entropy).unwrap();
    let (go_on, stall) = mpsc::channel::<()>();
    harm(&ledger, move |_| stall.recv().unwrap());
    let grant = grant(&ledger, "1");
    let late = ledger.append(start(&grant)).await;
    assert!(matches!(late, Err(Error::CannotRecord)));
    let hurried = async {
        let late = ledger.append(draft(Event::SignedIn)).await;
        assert!(matches!(late, Err(Error::CannotRecord)));
        go_on.send(()).unwrap();
    };
    let unhurried = ledger.append_unhurried(draft(Event::SignedIn));
    let (unhurried, ()) = futures_util::future::join(unhurried, hurried).await;
    assert!(
        unhurried.is_ok(),
        "what nobody waits for outlasts the stall"
    );
    ledger.close();
    assert_eq!(ledger.all_open_grants(), []);
    let closed = ledger.append(draft(Event::SignedIn)).await;
    assert!(matches!(closed, Err(Error::CannotRecord)));
    assert!(!ledger.is_ready());
    // The sign-ins happened and are recorded late; the grant was never given out.
    assert_eq!(verified(folder.path()).entries, 2);
}

#[tokio::test]
async fn a_queue_that_is_full_refuses_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let (go_on, stall) = mpsc::channel::<()>();
    let (stalled, is_stalled) = mpsc::channel::<()>();
    harm(&ledger, move |_| {
        stalled.send(()).unwrap();
        stall.recv().unwrap();
    });
    is_stalled.recv().unwrap();
    let appends = (0..1_100).map(|_| ledger.append(draft(Event::SignedIn)));
    let all = async {
        let answers = futures_util::future::join_all(appends).await;
        answers.iter().filter(|answer| answer.is_ok()).count()
    };
    let go = async { go_on.send(()).unwrap() };
    let (written, ()) = futures_util::future::join(all, go).await;
    assert_eq!(written, 1_024);
    drop(ledger);
    assert_eq!(verified(folder.path()).entries, 1_024);
}

#[test]
fn a_grant_whose_caller_has_gone_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let grant = grant(&ledger, "1");
    let written = || {
        Ok(super::super::Appended {
            node: NodeId("n1".to_owned()),
            seq: 1,
            receipt: None,
        })
    };
    let (reply, answer) = tokio::sync::oneshot::channel();
    let job = Job::new(start(&grant), reply);
    drop(answer);
    let taken_back = job.answer(written()).map(|draft| draft.event);
    let end = Event::GrantEnded {
        grant: grant.id.clone(),
        end: End::Revoked,
    };
    assert_eq!(taken_back, Some(end));
    let (reply, answer) = tokio::sync::oneshot::channel();
    assert_eq!(Job::new(start(&grant), reply).answer(written()), None);
    drop(answer);
}

#[test]
fn a_second_process_another_key_and_a_bad_name_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let try_open = |settings: Settings| {
        let entropy = Arc::new(Counting::starting(9));
        Ledger::open(settings, Still::new(), entropy)
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let first = open(folder.path());
    let error = try_open(settings(folder.path())).unwrap_err();
    assert!(error.contains("another process"), "{error}");
    let grant = grant(&first, "1");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(first.append(start(&grant))).unwrap();
    drop(first);
    for (settings, why) in [
        (
            Settings {
                key: vec![8; 32].into(),
                ..settings(folder.path())
            },
            "not the one",
        ),
        (
            Settings {
                key: vec![7; 31].into(),
                ..settings(folder.path())
            },
            "32 bytes",
        ),
        (
            Settings {
                node: NodeId("n.1".to_owned()),
                ..settings(folder.path())
            },
            "name",
        ),
    ] {
        let error = try_open(settings).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
    assert_eq!(try_open(settings(folder.path())), Ok(()));
}
