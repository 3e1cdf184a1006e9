//! What neither ledger shows alone is found when both are held together.

use rusqlite::Connection;

use super::{super::super::Apart, *};

/// Both after a takeover and its end, closed.
async fn after_a_takeover() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_two(folder.path(), 0, PATIENT);
    let (_, one) = started(&ledger, "1").await;
    fail(&ledger, true);
    ledger.append(view(&one.id, "meanwhile")).await.unwrap();
    let (_, two) = started(&ledger, "2").await;
    fail(&ledger, false);
    until_ready(&ledger);
    ledger.append(view(&two.id, "again")).await.unwrap();
    ledger.append(end(&two.id, End::Hand)).await.unwrap();
    ledger.append(end(&one.id, End::Hand)).await.unwrap();
    drop(ledger);
    verified(folder.path());
    folder
}

/// Whoever may write everything in a folder cuts it back to its first entries, without a trace in
/// it: tables, counter, checkpoints.
fn cut(folder: &Path, name: &str, to: i64) {
    let folder = folder.join(name);
    let file = Connection::open(folder.join("ledger.sqlite")).unwrap();
    let starts: Vec<(i64, String, String, String, String)> = file
        .prepare("SELECT entry_seq, grant_id, account, facility, patient_key FROM open_grant")
        .unwrap()
        .query_map([], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(starts, [], "every grant has its end");
    for table in [
        "entry",
        "receipt",
        "by_patient",
        "of_grants",
        "objection",
        "other_ledger",
    ] {
        let sql = format!("DELETE FROM {table} WHERE seq > {to}");
        file.execute_batch(&sql).unwrap();
    }
    file.execute_batch(&format!("UPDATE sqlite_sequence SET seq = {to}"))
        .unwrap();
    drop(file);
    for file in [
        "checkpoints",
        "cosigned",
        "tree",
        "checkpoint.pub",
        "checkpoint.key",
    ] {
        std::fs::remove_file(folder.join(file)).ok();
    }
}

fn apart(folder: &Path) -> Vec<Apart> {
    let parts = ["first", "second"].map(|name| {
        let reader = read(&folder.join(name), None).unwrap();
        let verified = reader.verify().unwrap();
        assert_eq!(verified.fault, None, "{name} alone shows nothing");
        (reader, verified)
    });
    together(&parts).unwrap().faults
}

#[tokio::test]
async fn a_tail_cut_off_either_ledger_without_a_trace_in_it_is_found_by_the_other() {
    // The first: other_ledger before a grant of its own is open; the second likewise.
    let folder = after_a_takeover().await;
    let first = words(folder.path(), "first");
    assert_eq!(first[..2], ["grant_started", "other_ledger"]);
    let second = words(folder.path(), "second");
    assert_eq!(second[..2], ["other_ledger", "viewed"]);
    cut(folder.path(), "second", 1);
    // What the viewed entry showed is not named any more.
    let file = Connection::open(folder.path().join("second/ledger.sqlite")).unwrap();
    file.execute_batch("DELETE FROM shown").unwrap();
    drop(file);
    let found = apart(folder.path());
    let [Apart::Tail(name, has, _, said)] = &found[..] else {
        panic!("{found:?}")
    };
    assert!(name.starts_with("n1-second-"));
    assert_eq!((*has, *said), (1, 3));
}

#[tokio::test]
async fn another_ledger_in_the_place_of_the_second_is_found() {
    let folder = after_a_takeover().await;
    let other = tempfile::tempdir().unwrap();
    let ledger = open_two(other.path(), 9, PATIENT);
    let (_, one) = started(&ledger, "1").await;
    fail(&ledger, true);
    ledger.append(view(&one.id, "meanwhile")).await.unwrap();
    drop(ledger);
    let first = read(&folder.path().join("first"), None).unwrap();
    let second = read(&other.path().join("second"), None).unwrap();
    let (one, two) = (first.verify().unwrap(), second.verify().unwrap());
    assert_eq!((&one.fault, &two.fault), (&None, &None));
    let found = together(&[(first, one), (second, two)]).unwrap();
    assert_eq!(found.unseen.len(), 1, "it is not the one that is named");
    // Nor is this first ledger the one that it names.
    assert!(
        matches!(&found.faults[..], [Apart::Differs(name, _, _)] if name == "n1"),
        "{:?}",
        found.faults
    );
}

#[tokio::test]
async fn an_entry_rewritten_in_one_ledger_is_found_by_the_other() {
    let folder = after_a_takeover().await;
    let second = folder.path().join("second");
    let file = Connection::open(second.join("ledger.sqlite")).unwrap();
    // Whoever may write the file computes all hashes anew.
    let mut head = crate::ledger::store::Head::EMPTY;
    let rows: Vec<(i64, Vec<u8>)> = file
        .prepare("SELECT seq, body FROM entry ORDER BY seq")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for (seq, body) in rows {
        let text = String::from_utf8(body).unwrap();
        let body = text
            .replace("\"duration_ms\":180", "\"duration_ms\":181")
            .into_bytes();
        let (next, leaf) = head.next(&body);
        file.execute(
            "UPDATE entry SET body = ?2, leaf = ?3, chain = ?4 WHERE seq = ?1",
            rusqlite::params![seq, body, leaf, next.chain],
        )
        .unwrap();
        head = next;
    }
    drop(file);
    for name in ["checkpoints", "tree", "checkpoint.pub", "checkpoint.key"] {
        std::fs::remove_file(second.join(name)).ok();
    }
    let found = apart(folder.path());
    assert!(
        matches!(&found[..], [Apart::Differs(name, _, _)] if name.starts_with("n1-second-")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_ledger_that_was_not_given_is_said() {
    let folder = after_a_takeover().await;
    let first = read(&folder.path().join("first"), None).unwrap();
    let names = first.others_named().unwrap();
    let verified = first.verify().unwrap();
    let found = together(&[(first, verified)]).unwrap();
    assert_eq!(found.unseen, names);
    assert_eq!((found.unseen.len(), found.faults.len()), (1, 0));
    // An empty one in its place is no answer.
    let empty = tempfile::tempdir().unwrap();
    drop(super::super::open(empty.path()));
    let parts = [folder.path().join("first"), empty.path().to_owned()].map(|folder| {
        let reader = read(&folder, None).unwrap();
        let verified = reader.verify().unwrap();
        (reader, verified)
    });
    assert_eq!(together(&parts).unwrap().faults, [Apart::Empty]);
}
