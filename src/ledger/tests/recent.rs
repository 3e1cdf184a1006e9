//! The last entries are found, counted and checked where their rows stand until many are moved at
//! once, whatever happens to the process or the files before.

use std::ops::ControlFlow;

use rusqlite::Connection;

use super::{
    super::{
        Fault, Ledger, read,
        recent::{MANY, SOME},
        testing::{draft, end, grant, open_seeded, start, view},
    },
    left_by_a_kill, verified,
};
use crate::domain::{
    access::{End, Grant},
    event::Event,
};

/// Three views of each of two patients, and something of nobody.
async fn written(ledger: &Ledger) -> ([Grant; 2], Vec<String>) {
    let grants = [grant(ledger, "1"), grant(ledger, "2")];
    let mut receipts = Vec::new();
    for grant in &grants {
        receipts.extend(ledger.append(start(grant)).await.unwrap().receipt);
    }
    for shown in ["{}", "[]", "1"] {
        for grant in &grants {
            let viewed = ledger.append(view(&grant.id, shown)).await.unwrap();
            receipts.extend(viewed.receipt);
        }
    }
    ledger.append(draft(Event::SignedIn)).await.unwrap();
    (grants, receipts)
}

fn count(folder: &std::path::Path, sql: &str) -> u32 {
    let connection = Connection::open(folder.join("ledger.sqlite")).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The places of a patient's entries, and of each receipt's.
fn found(folder: &std::path::Path, grant: &Grant, receipts: &[String]) -> (Vec<u64>, Vec<u64>) {
    let reader = read(folder, None).unwrap();
    let mut places = Vec::new();
    reader
        .of_patient(&grant.patient_key, |entry| {
            places.push(entry.seq);
            ControlFlow::Continue(())
        })
        .unwrap();
    let place = |receipt: &String| reader.by_receipt(receipt).unwrap().unwrap().seq;
    (places, receipts.iter().map(place).collect())
}

#[tokio::test]
async fn entries_are_found_before_and_after_their_rows_are_moved() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_seeded(folder.path(), 0);
    let (grants, receipts) = written(&ledger).await;
    let expected = (vec![1, 3, 5, 7], (1..=8).collect());
    let before = count(folder.path(), "SELECT count(*) FROM recent");
    assert_eq!(before, 8, "nothing was moved yet");
    assert_eq!(found(folder.path(), &grants[0], &receipts), expected);
    // An entry and its rows are durable together: what a killed process leaves is found as well.
    let killed = left_by_a_kill(folder.path());
    assert_eq!(found(killed.path(), &grants[0], &receipts), expected);
    verified(killed.path());
    // The next start moves them, with those of the ends that it writes.
    drop(open_seeded(killed.path(), 1));
    assert_eq!(count(killed.path(), "SELECT count(*) FROM recent"), 0);
    let (places, of_receipts) = found(killed.path(), &grants[0], &receipts);
    assert_eq!(
        (&places[..4], of_receipts),
        (&expected.0[..], expected.1.clone())
    );
    assert_eq!(places.len(), 5, "its end");
    verified(killed.path());
    // So does closing.
    drop(ledger);
    assert_eq!(count(folder.path(), "SELECT count(*) FROM recent"), 0);
    assert_eq!(count(folder.path(), "SELECT count(*) FROM by_patient"), 8);
    assert_eq!(found(folder.path(), &grants[0], &receipts), expected);
    verified(folder.path());
}

#[tokio::test]
async fn many_are_moved_while_more_come_and_all_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_seeded(folder.path(), 0);
    let grant = grant(&ledger, "1");
    let started = ledger.append(start(&grant)).await.unwrap();
    let mut receipts = vec![started.receipt.unwrap()];
    while receipts.len() < MANY + SOME {
        let views = (0..64).map(|n| ledger.append(view(&grant.id, &n.to_string())));
        for viewed in futures_util::future::join_all(views).await {
            receipts.push(viewed.unwrap().receipt.unwrap());
        }
    }
    let moved = count(folder.path(), "SELECT count(*) FROM receipt");
    let waiting = count(folder.path(), "SELECT count(*) FROM recent");
    let (moved, waiting) = (moved as usize, waiting as usize);
    assert!(
        moved >= MANY && waiting < MANY,
        "{moved} moved, {waiting} wait"
    );
    assert_eq!(moved + waiting, receipts.len());
    let all: Vec<u64> = (1..=receipts.len() as u64).collect();
    let (places, mut of_receipts) = found(folder.path(), &grant, &receipts);
    of_receipts.sort_unstable();
    assert_eq!((places, of_receipts), (all.clone(), all));
    verified(left_by_a_kill(folder.path()).path());
    ledger.append(end(&grant.id, End::Hand)).await.unwrap();
    drop(ledger);
    verified(folder.path());
}

const PATIENT: &str = "table by_patient";
const RECEIPT: &str = "table receipt";

#[tokio::test]
async fn a_waiting_row_too_few_too_many_or_changed_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_seeded(folder.path(), 0);
    written(&ledger).await;
    for (harm, said) in [
        ("DELETE FROM recent WHERE seq = 3", RECEIPT),
        ("UPDATE recent SET patient = 'x' WHERE seq = 3", PATIENT),
        ("UPDATE recent SET patient = NULL WHERE seq = 3", PATIENT),
        ("UPDATE recent SET receipt = NULL WHERE seq = 3", RECEIPT),
        ("UPDATE recent SET receipt = '1' WHERE seq = 3", RECEIPT),
        ("UPDATE recent SET seq = 4 WHERE seq = 3", RECEIPT),
        ("INSERT INTO recent VALUES (3, 'x', NULL)", PATIENT),
        (
            "INSERT INTO recent SELECT seq, patient, NULL FROM recent WHERE seq = 3",
            PATIENT,
        ),
        (
            "INSERT INTO by_patient SELECT patient, seq FROM recent WHERE seq = 3",
            PATIENT,
        ),
        (
            "INSERT INTO receipt SELECT receipt, seq FROM recent WHERE seq = 3",
            RECEIPT,
        ),
        ("INSERT INTO recent VALUES (3, NULL, '1')", RECEIPT),
        ("INSERT INTO recent VALUES (3, NULL, NULL)", RECEIPT),
        ("INSERT INTO recent VALUES (9, 'x', NULL)", PATIENT),
        ("INSERT INTO recent VALUES (10, 'x', NULL)", "tail removed"),
    ] {
        let harmed = left_by_a_kill(folder.path());
        let connection = Connection::open(harmed.path().join("ledger.sqlite")).unwrap();
        assert_eq!(connection.execute(harm, []), Ok(1), "{harm}");
        drop(connection);
        let verified = read(harmed.path(), None).unwrap().verify().unwrap();
        let fault = verified.fault.as_ref().map(Fault::to_string);
        let fault = fault.unwrap_or_default();
        assert!(fault.contains(said), "{harm}: {fault}");
    }
}
