//! What is found by patient, by receipt and at a start is what reading everything would find.

use std::{collections::BTreeMap, ops::ControlFlow};

use rusqlite::Connection;

use super::{
    super::{
        Fault, read,
        testing::{draft, end, grant, hospital, open_seeded, start, view},
    },
    verified,
};
use crate::domain::{access::End, event::Event};

#[tokio::test]
async fn a_patients_entries_and_a_receipts_are_found_without_reading_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_seeded(folder.path(), 0);
    let (a, b) = (grant(&ledger, "1"), grant(&ledger, "2"));
    let mut receipts = BTreeMap::new();
    for draft in [
        draft(Event::SignedIn),
        draft(Event::Searched {
            mode: "insurance".to_owned(),
            asked: "1".to_owned(),
            hits: Some(2),
            listed: vec![a.patient_key.clone(), b.patient_key.clone()],
        }),
        start(&a),
        start(&b),
        view(&a.id, "{}"),
        end(&a.id, End::Objected),
        view(&b.id, "[]"),
    ] {
        let appended = ledger.append(draft).await.unwrap();
        receipts.extend(appended.receipt.map(|receipt| (receipt, appended.seq)));
    }
    let reader = read(folder.path(), None).unwrap();
    for (grant, places) in [(&a, vec![2, 3, 5, 6]), (&b, vec![2, 4, 7])] {
        let mut found = Vec::new();
        let visit = |entry: super::super::ReadEntry| {
            found.push(entry.seq);
            ControlFlow::Continue(())
        };
        reader.of_patient(&grant.patient_key, visit).unwrap();
        assert_eq!(found, places);
    }
    assert_eq!(receipts.len(), 4);
    for (receipt, seq) in receipts {
        let found = reader.by_receipt(&receipt).unwrap().unwrap();
        assert_eq!((found.seq, found.receipt), (seq, Some(receipt)));
    }
    assert_eq!(reader.by_receipt("0000-0000-0000").unwrap(), None);
}

#[tokio::test]
async fn a_ledger_written_without_the_tables_gets_them_at_its_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_seeded(folder.path(), 0);
    let grant = grant(&ledger, "1");
    ledger.append(start(&grant)).await.unwrap();
    let ended = end(&grant.id, End::Objected);
    ledger.append(ended).await.unwrap();
    drop(ledger);
    let file = folder.path().join("ledger.sqlite");
    let connection = Connection::open(&file).unwrap();
    connection
        .execute_batch("DROP TABLE by_patient; DROP TABLE objection; DELETE FROM of_grants")
        .unwrap();
    drop(connection);
    let ledger = open_seeded(folder.path(), 1);
    assert!(ledger.has_objected(&hospital(), &grant.patient_key));
    assert!(ledger.past(&grant.id).is_some());
    drop(ledger);
    assert_eq!(verified(folder.path()).entries, 2);
}

#[tokio::test]
async fn a_row_too_few_or_too_many_is_found() {
    for (harm, found) in [
        ("DELETE FROM by_patient WHERE seq = 2", "table by_patient"),
        (
            "UPDATE by_patient SET patient = 'x' WHERE seq = 2",
            "table by_patient",
        ),
        ("INSERT INTO by_patient VALUES ('x', 1)", "table by_patient"),
        ("INSERT INTO by_patient VALUES ('x', 9)", "tail removed"),
        ("DELETE FROM of_grants WHERE seq = 1", "table of_grants"),
        (
            "UPDATE of_grants SET at = at + 1 WHERE seq = 1",
            "table of_grants",
        ),
        ("INSERT INTO of_grants VALUES (5, 1)", "table of_grants"),
        ("DELETE FROM objection", "table objection"),
        ("UPDATE objection SET facility = 'h2'", "table objection"),
        (
            "INSERT INTO objection VALUES (1, 'h1', 'x')",
            "table objection",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open_seeded(folder.path(), 0);
        let grant = grant(&ledger, "1");
        ledger.append(start(&grant)).await.unwrap();
        ledger.append(view(&grant.id, "{}")).await.unwrap();
        let ended = end(&grant.id, End::Objected);
        ledger.append(ended).await.unwrap();
        drop(ledger);
        let connection = Connection::open(folder.path().join("ledger.sqlite")).unwrap();
        assert_eq!(connection.execute(harm, []), Ok(1), "{harm}");
        drop(connection);
        let verified = read(folder.path(), None).unwrap().verify().unwrap();
        let said = verified.fault.as_ref().map(Fault::to_string);
        let said = said.unwrap_or_default();
        assert!(said.contains(found), "{harm}: {said}");
    }
}
