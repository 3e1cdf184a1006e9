//! Two ledgers of which one was set back, replaced or lost: a start says it, an administrator may accept
//! what is there, and verification holds for the rest.

use std::{collections::BTreeMap, path::PathBuf};

use rusqlite::Connection;

use super::{super::super::Apart, *};
use crate::{
    domain::access::{IdentifiedBy, NodeId},
    ledger::{Accepted, Accepting, Asked, Lost, Pairing, accept},
};

/// Copies a closed ledger's folder.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let file = entry.unwrap().path();
        std::fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

fn put_back(folder: &Path, name: &str) {
    std::fs::remove_dir_all(folder.join(name)).unwrap();
    copy(&folder.join("copy").join(name), &folder.join(name));
}

/// A takeover, a copy of both folders, and a second takeover.
async fn with_copies() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (round, seed) in [(0, 0), (1, 1)] {
        let ledger = open_two(folder.path(), seed, PATIENT);
        let (_, one) = started(&ledger, &format!("{round}1")).await;
        fail(&ledger, true);
        ledger.append(view(&one.id, "meanwhile")).await.unwrap();
        fail(&ledger, false);
        until_ready(&ledger);
        ledger.append(view(&one.id, "again")).await.unwrap();
        ledger.append(end(&one.id, End::Hand)).await.unwrap();
        drop(ledger);
        if round == 0 {
            for name in ["first", "second"] {
                let path = folder.path().join(name);
                copy(&path, &folder.path().join("copy").join(name));
            }
        }
    }
    verified(folder.path());
    folder
}

async fn accepted(folder: &Path, lost: &[&str]) -> Result<Vec<Accepted>, Error> {
    accepted_with(folder, Some(folder.join("second")), lost).await
}

async fn accepted_with(
    folder: &Path,
    second: Option<PathBuf>,
    lost: &[&str],
) -> Result<Vec<Accepted>, Error> {
    let accepting = Accepting {
        second,
        lost: lost.iter().map(|name| NodeId((*name).to_owned())).collect(),
        why: "copied back".to_owned(),
    };
    let first = settings(&folder.join("first"));
    accept(
        first,
        accepting,
        Still::new(),
        Arc::new(Counting::starting(7)),
    )
    .await
}

fn name(folder: &Path) -> String {
    let name = std::fs::read_to_string(folder.join("second/second.name")).unwrap();
    name.trim().to_owned()
}

/// What is wrong between them, each being right for itself.
fn faults(folder: &Path) -> Vec<Apart> {
    let parts = ["first", "second"].map(|name| {
        let reader = read(&folder.join(name), None).unwrap();
        let verified = reader.verify().unwrap();
        assert_eq!(verified.fault, None, "{name}");
        (reader, verified)
    });
    together(&parts).unwrap().faults
}

#[tokio::test]
async fn a_second_ledger_that_was_set_back_is_said_at_start_and_not_gone_on_with() {
    let folder = with_copies().await;
    put_back(folder.path(), "second");
    assert!(!faults(folder.path()).is_empty());
    let ledger = open_two(folder.path(), 3, PATIENT);
    assert!(ledger.is_ready(), "the first goes on");
    assert_eq!(ledger.pairing(), Some(Pairing::Apart));
    let trouble = ledger.trouble().unwrap();
    assert!(
        trouble.contains("set back") && trouble.contains("of n1 says"),
        "{trouble}"
    );
    let (_, one) = started(&ledger, "3").await;
    ledger.append(end(&one.id, End::Hand)).await.unwrap();
    drop(ledger);

    let done = accepted(folder.path(), &[]).await.unwrap();
    assert_eq!(done.len(), 1, "{done:?}");
    assert_eq!(done[0].of.0, name(folder.path()));
    assert!(done[0].has.unwrap() < done[0].said, "{done:?}");
    let nothing = accepted(folder.path(), &[]).await.unwrap_err();
    assert!(
        nothing.to_string().contains("nothing has to be accepted"),
        "{nothing}"
    );

    // Both go on, and everything but what was lost is right.
    let ledger = open_two(folder.path(), 4, PATIENT);
    assert_eq!(
        (ledger.pairing(), ledger.trouble()),
        (Some(Pairing::There), None)
    );
    let (_, two) = started(&ledger, "4").await;
    fail(&ledger, true);
    ledger.append(view(&two.id, "meanwhile")).await.unwrap();
    fail(&ledger, false);
    until_ready(&ledger);
    ledger.append(end(&two.id, End::Hand)).await.unwrap();
    drop(ledger);
    let (_, together) = verified(folder.path());
    let [
        Lost {
            said, kept, why, ..
        },
    ] = &together.lost[..]
    else {
        panic!("{together:?}")
    };
    assert!(kept < said && why == "copied back", "{together:?}");
}

#[tokio::test]
async fn what_fits_the_last_that_is_said_of_a_ledger_must_fit_what_was_said_before() {
    let folder = with_copies().await;
    put_back(folder.path(), "second");
    let second = rusqlite::Connection::open(folder.path().join("second/ledger.sqlite")).unwrap();
    let last: (i64, Vec<u8>) = second
        .query_row(
            "SELECT seq, chain FROM entry ORDER BY seq DESC",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    drop(second);
    let first = rusqlite::Connection::open(folder.path().join("first/ledger.sqlite")).unwrap();
    let written = first.execute(
        "INSERT INTO other_ledger SELECT max(seq), ?1, ?2, ?3 FROM entry",
        rusqlite::params![
            name(folder.path()),
            last.0,
            data_encoding::HEXLOWER.encode(&last.1)
        ],
    );
    assert_eq!(written.unwrap(), 1);
    drop(first);
    let ledger = open_two(folder.path(), 3, PATIENT);
    assert_eq!(ledger.pairing(), Some(Pairing::Apart));
}

#[tokio::test]
async fn a_first_ledger_that_was_set_back_is_said_at_start_and_can_be_accepted() {
    let folder = with_copies().await;
    put_back(folder.path(), "first");
    let ledger = open_two(folder.path(), 3, PATIENT);
    assert_eq!(ledger.pairing(), Some(Pairing::Apart));
    let trouble = ledger.trouble().unwrap();
    assert!(trouble.contains("says that n1 had"), "{trouble}");
    // It goes on alone, further than it was: that does not make it what it was.
    for number in 30..40 {
        let (_, one) = started(&ledger, &number.to_string()).await;
        ledger.append(end(&one.id, End::Hand)).await.unwrap();
    }
    drop(ledger);
    assert!(matches!(&faults(folder.path())[..], [Apart::Differs(name, ..)] if name == "n1"));
    let done = accepted(folder.path(), &[]).await.unwrap();
    let by: Vec<_> = done.iter().map(|one| one.by.0.as_str()).collect();
    assert_eq!(by, [name(folder.path())], "{done:?}");
    let ledger = open_two(folder.path(), 4, PATIENT);
    assert_eq!(ledger.trouble(), None);
    drop(ledger);
    let (_, together) = verified(folder.path());
    assert_eq!(together.lost.len(), 1, "{together:?}");
}

#[tokio::test]
async fn what_is_changed_after_it_was_accepted_is_found_as_ever() {
    let folder = with_copies().await;
    put_back(folder.path(), "second");
    accepted(folder.path(), &[]).await.unwrap();
    let ledger = open_two(folder.path(), 4, PATIENT);
    let (_, one) = started(&ledger, "4").await;
    fail(&ledger, true);
    ledger.append(view(&one.id, "meanwhile")).await.unwrap();
    fail(&ledger, false);
    until_ready(&ledger);
    ledger.append(end(&one.id, End::Hand)).await.unwrap();
    drop(ledger);
    verified(folder.path());
    put_back(folder.path(), "second");
    assert!(!faults(folder.path()).is_empty(), "set back once more");
    let ledger = open_two(folder.path(), 5, PATIENT);
    assert_eq!(ledger.pairing(), Some(Pairing::Apart));
}

#[tokio::test]
async fn a_ledger_that_is_only_away_is_never_accepted_as_lost_by_itself() {
    let folder = with_copies().await;
    let lost = name(folder.path());
    std::fs::remove_dir_all(folder.path().join("second")).unwrap();
    let refused = accepted(folder.path(), &[]).await.unwrap_err();
    assert!(refused.to_string().contains("is its device?"), "{refused}");
    let refused = accepted(folder.path(), &[&lost, "n7"]).await.unwrap_err();
    assert!(
        refused.to_string().contains("n7 is not missing"),
        "{refused}"
    );
    let done = accepted(folder.path(), &[&lost]).await.unwrap();
    assert_eq!((done.len(), done[0].has), (1, None));

    // A new one begins, and what the old one held is said to be missing for ever.
    let ledger = open_two(folder.path(), 4, PATIENT);
    assert_eq!(ledger.trouble(), None);
    assert_ne!(ledger.second().unwrap().node().0, lost);
    let unread = ledger.unread();
    assert_eq!(unread.len(), 1);
    assert_eq!(unread[0].node.as_ref().unwrap().0, lost);
    assert!(unread[0].given_up.is_some() && unread[0].entries > 0);
    assert!(ledger.recent(&hospital(), 9).await.is_ok());
    drop(ledger);
    let (_, together) = verified(folder.path());
    assert_eq!(together.unseen.len(), 0, "{together:?}");
    assert_eq!((together.lost.len(), together.lost[0].kept), (1, 0));

    // The lost one comes back: that is said too.
    std::fs::remove_dir_all(folder.path().join("second")).unwrap();
    copy(
        &folder.path().join("copy/second"),
        &folder.path().join("second"),
    );
    let ledger = open_two(folder.path(), 5, PATIENT);
    assert_eq!(ledger.pairing(), Some(Pairing::Apart));
}

#[tokio::test]
async fn a_node_goes_on_with_one_ledger_once_the_other_is_accepted_as_lost() {
    let folder = with_copies().await;
    let lost = name(folder.path());
    let done = accepted_with(folder.path(), None, &[&lost]).await.unwrap();
    assert_eq!(done[0].has, None);
    let alone = Ledger::open(
        settings(&folder.path().join("first")),
        Still::new(),
        Arc::new(Counting::starting(4)),
    )
    .unwrap();
    assert_eq!((alone.pairing(), alone.trouble()), (None, None));
    let recent = alone.recent_in_part(&hospital(), 99).await.unwrap();
    assert_eq!(recent.unread.len(), 1, "it is said for ever");
    assert!(!recent.read.is_empty());
}

#[tokio::test]
async fn lists_without_a_ledger_that_is_away_say_so_and_are_not_the_whole() {
    let folder = with_copies().await;
    let away = name(folder.path());
    std::fs::rename(folder.path().join("second"), folder.path().join("gone")).unwrap();
    let ledger = open_two(folder.path(), 4, PATIENT);
    assert_eq!(ledger.pairing(), Some(Pairing::Away));
    let recent = ledger.recent_in_part(&hospital(), 99).await.unwrap();
    assert!(recent.read.iter().all(|entry| entry.node.0 == "n1") && !recent.read.is_empty());
    let named: Vec<_> = recent
        .unread
        .iter()
        .map(|one| one.node.clone().unwrap().0)
        .collect();
    assert_eq!(named, [away]);
    assert!(recent.unread[0].entries > 0 && recent.unread[0].given_up.is_none());
    assert!(recent.whole().is_err());
    let since = super::super::super::testing::noon();
    let account = AccountId("a1".to_owned());
    assert_eq!(
        ledger
            .said_by_in_part(&account, since)
            .await
            .unwrap()
            .unread
            .len(),
        1
    );
    assert!(ledger.said_by(&account, since).await.is_err());
    let none = ledger
        .proof_in_part(&hospital(), "0000-0000-0000")
        .await
        .unwrap();
    assert!(none.read.is_none() && none.unread.len() == 1);
}

#[tokio::test]
async fn a_new_pair_is_known_by_its_files_before_any_entry_names_the_other() {
    let folder = tempfile::tempdir().unwrap();
    drop(open_two(folder.path(), 0, PATIENT));
    let second = name(folder.path());
    for (folder, other) in [("first", second.as_str()), ("second", "n1")].map(|(one, other)| {
        let path = folder.path().join(one);
        (path, other.to_owned())
    }) {
        let reader = read(&folder, None).unwrap();
        assert_eq!(reader.last_place().unwrap(), 0);
        let named: Vec<_> = reader.others_named().unwrap().into_iter().collect();
        assert_eq!(named, [other]);
    }
    let (_, together) = verified(folder.path());
    assert_eq!((together.unseen.len(), together.faults.len()), (0, 0));
    let first = read(&folder.path().join("first"), None).unwrap();
    let verified = first.verify().unwrap();
    let alone = super::super::super::together(&[(first, verified)]).unwrap();
    assert_eq!(alone.unseen.into_iter().collect::<Vec<_>>(), [second]);
}

#[tokio::test]
async fn what_two_ledgers_hold_is_found_page_by_page_each_entry_once() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_two(folder.path(), 0, PATIENT);
    let (_, one) = started(&ledger, "1").await;
    let (_, two) = started(&ledger, "2").await;
    for round in 0..4 {
        fail(&ledger, round % 2 == 0);
        if round % 2 == 1 {
            until_ready(&ledger);
        }
        for grant in [&one, &two] {
            ledger.append(view(&grant.id, "{}")).await.unwrap();
        }
    }
    for (patient, expected) in [(None, 10), (Some(one.person.number.clone()), 5)] {
        for count in [1, 2, 3, 99] {
            let (mut seen, mut before) = (Vec::new(), BTreeMap::new());
            loop {
                let asked = Asked {
                    facility: hospital(),
                    from: None,
                    until: None,
                    patient: patient.clone(),
                    count,
                    before,
                };
                let found = ledger.asked_in_part(asked).await.unwrap().read;
                assert!(found.entries.len() <= count);
                seen.extend(
                    found
                        .entries
                        .into_iter()
                        .map(|entry| (entry.node, entry.seq)),
                );
                let Some(next) = found.next else { break };
                before = next;
            }
            let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
            assert_eq!(
                (distinct.len(), seen.len()),
                (expected, expected),
                "{count}"
            );
        }
    }
}

#[tokio::test]
async fn a_note_that_becomes_durable_late_does_not_undo_what_was_said_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Arc::new(Gate::default());
    let ledger = open_gated(folder.path(), 0, Duration::from_millis(400), &gate);
    let (_, one) = started(&ledger, "1").await;
    let note = |text: &str| {
        draft(Event::Noted {
            grant: one.id.clone(),
            note: text.to_owned(),
        })
    };
    let identified = |by| {
        draft(Event::Identified {
            grant: one.id.clone(),
            by,
        })
    };
    let go_on = gate.stand_in(&ledger);
    ledger.append(note("一")).await.unwrap();
    ledger
        .append(identified(IdentifiedBy::Photograph))
        .await
        .unwrap();
    ledger.append(note("二")).await.unwrap();
    drop(go_on);
    until_ready(&ledger);
    let known = ledger.grant(&one.id).unwrap();
    assert_eq!(known.identified_by, Some(IdentifiedBy::Photograph));
    let said = known.note.clone().unwrap();
    assert!(said.contains("一") && said.contains("二"), "{said}");
    ledger.append(end(&one.id, End::Hand)).await.unwrap();
    drop(ledger);
    verified(folder.path());
}

#[test]
fn a_device_that_stalls_keeps_no_process_from_stopping_and_the_other_is_closed() {
    for stalled in ["first", "second"] {
        let folder = tempfile::tempdir().unwrap();
        let ledger = open_two(folder.path(), 0, Duration::from_millis(400));
        let second = ledger.second().unwrap();
        let go_on = stall(if stalled == "first" { &ledger } else { &second });
        drop(second);
        let begun = Instant::now();
        ledger.close();
        let took = begun.elapsed();
        assert!(took < PATIENT, "{stalled}: {took:?}");
        let other = if stalled == "first" {
            "second"
        } else {
            "first"
        };
        // It has let go of its folder.
        let file = folder.path().join(other).join("ledger.lock");
        let lock = std::fs::File::open(file).unwrap();
        let free = rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive);
        assert!(free.is_ok(), "{other} is closed while {stalled} stalls");
        drop(go_on);
    }
}

#[tokio::test]
async fn the_table_of_other_ledgers_follows_from_the_entries() {
    let folder = with_copies().await;
    for harm in [
        "DELETE FROM other_ledger WHERE seq = (SELECT max(seq) FROM other_ledger)",
        "UPDATE other_ledger SET entries = 1",
        "UPDATE other_ledger SET head = NULL",
        "INSERT INTO other_ledger VALUES (1, 'n2', 1, 'x')",
    ] {
        let harmed = tempfile::tempdir().unwrap();
        copy(&folder.path().join("first"), harmed.path());
        let file = Connection::open(harmed.path().join("ledger.sqlite")).unwrap();
        assert!(file.execute(harm, []).unwrap() > 0, "{harm}");
        drop(file);
        let verified = read(harmed.path(), None).unwrap().verify().unwrap();
        let said = verified
            .fault
            .map(|fault| fault.to_string())
            .unwrap_or_default();
        assert!(said.contains("table other_ledger"), "{harm}: {said}");
    }
}
