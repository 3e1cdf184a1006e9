//! Tests of the room as a whole: what is promised of appending, grants, faults and reading.

mod audit_event;
mod disk;
mod faults;
mod keeping;
mod lookup;
mod receipts;
mod receiver;
mod recent;
mod schedule;
mod second;
mod signed;
mod tamper;

use std::{sync::Arc, time::Duration};

use rusqlite::Connection;

use super::{
    Error, Ledger, Opened, Trust,
    note::{Kind, Signer},
    read,
    testing::{
        Counting, Still, draft, end, grant, grant_with_id, hospital, open, open_seeded, person,
        settings, start, view,
    },
};
use crate::domain::{
    access::{AccountId, End, FacilityId, GrantId, IdentifiedBy, NodeId},
    clock::Clock,
    event::Event,
};

fn verified(folder: &std::path::Path) -> super::Verified {
    let key = settings(folder).key;
    let verified = read(folder, Some(&key)).unwrap().verify().unwrap();
    assert_eq!(verified.fault, None);
    verified
}

#[tokio::test]
async fn the_canonical_bytes_are_these() {
    let folder = tempfile::tempdir().unwrap();
    // With a key there already, all randomness is the writer's.
    let key = Signer::fresh("n1", Kind::Ledger, &Counting::starting(9)).unwrap();
    std::fs::write(folder.path().join("checkpoint.key"), &*key.secret()).unwrap();
    // The secret behind the hashes is there already, and draws nothing.
    drop(open_seeded(folder.path(), 1));
    let ledger = open(folder.path());
    let mut grant = grant_with_id(&ledger, "5678", GrantId("n1.g".to_owned()));
    // How a patient is written is sealed, and may grow without changing the form of entries.
    grant.person.patient = None;
    ledger.append(start(&grant)).await.unwrap();
    ledger.append(view(&grant.id, "{}")).await.unwrap();
    drop(ledger);
    let connection = Connection::open(folder.path().join("ledger.sqlite")).unwrap();
    let body = |seq: i64| -> Vec<u8> {
        connection
            .query_row("SELECT body FROM entry WHERE seq = ?1", [seq], |row| {
                row.get(0)
            })
            .unwrap()
    };
    let expected = |file: &str| [b"\x01", file.trim_end().as_bytes()].concat();
    let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
    assert_eq!(
        text(&body(1)),
        text(&expected(include_str!("started.json")))
    );
    assert_eq!(text(&body(2)), text(&expected(include_str!("viewed.json"))));
}

/// What a killed process leaves: the files as they stand, with their logs, never closed. First the
/// ledger: its keys are written before what they seal.
fn left_by_a_kill(folder: &std::path::Path) -> tempfile::TempDir {
    let left = tempfile::tempdir().unwrap();
    for name in ["ledger.sqlite", "keys.sqlite"] {
        // The log only grows: it is short of what makes it begin anew.
        for file in [format!("{name}-wal"), name.to_owned()] {
            if folder.join(&file).exists() {
                std::fs::copy(folder.join(&file), left.path().join(&file)).unwrap();
            }
        }
    }
    left
}

/// One entry of every kind that has something personal.
async fn append_personal(ledger: &Ledger) {
    let grant = grant(ledger, "98765432");
    let drafts = [
        start(&grant),
        view(&grant.id, "ワルファリン 1mg"),
        draft(Event::Noted {
            grant: grant.id.clone(),
            note: "家族に説明した".to_owned(),
        }),
        draft(Event::Searched {
            mode: "insurance".to_owned(),
            asked: "06139999 98765432".to_owned(),
            hits: Some(1),
            listed: vec![grant.patient_key.clone()],
        }),
        draft(Event::SignInRefused {
            name: "typed-password".to_owned(),
            why: "unknown_or_wrong".to_owned(),
        }),
    ];
    for draft in drafts {
        ledger.append(draft).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_personal_is_readable_in_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    append_personal(&ledger).await;
    // The log is read too: nothing has been moved into the file yet.
    let mut all = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.file_name().unwrap() != "reserve" {
            all.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |text: &str| all.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("grant_started"), "the entries were looked at");
    for personal in [
        "98765432",
        "06139999",
        "救急",
        "太郎",
        "路上",
        "判断",
        "家族",
        "ワルファリン",
        "typed-password",
    ] {
        assert!(!holds(personal), "{personal} is readable");
    }
}

#[tokio::test]
async fn with_the_key_everything_sealed_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    append_personal(&ledger).await;
    drop(ledger);
    let key = settings(folder.path()).key;
    let reader = read(folder.path(), Some(&key)).unwrap();
    let recent = reader.recent(&hospital(), 9).unwrap();
    let personal: Vec<_> = recent
        .iter()
        .flat_map(|entry| entry.personal.iter())
        .filter(|(name, _)| *name != "person")
        .map(|(name, opened)| (name.as_str(), opened.text()))
        .collect();
    assert_eq!(
        personal,
        [
            ("name", "typed-password"),
            ("asked", "06139999 98765432"),
            ("note", "家族に説明した"),
            ("judged_by", "判断 花子"),
            ("note", "路上で倒れていた"),
        ]
    );
    assert_eq!(recent[4].person(), Some(person("98765432")));
    assert_eq!(recent[3].person(), Some(person("98765432")));
    let shown = reader.shown(&recent[3]).unwrap();
    assert_eq!(shown, Some(Opened::Clear("ワルファリン 1mg".to_owned())));
    let sealed = read(folder.path(), None).unwrap();
    let recent = sealed.recent(&hospital(), 1).unwrap();
    assert_eq!(recent[0].personal["name"], Opened::Sealed);
}

#[tokio::test]
async fn only_an_open_grant_shows_and_it_ends_once() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let grant = grant(&ledger, "1");
    let unknown = ledger.append(view(&grant.id, "{}")).await;
    assert!(matches!(unknown, Err(Error::GrantNotOpen)));
    let started = ledger.append(start(&grant)).await.unwrap();
    assert_eq!((started.seq, started.node), (1, NodeId("n1".to_owned())));
    assert!(super::parse_receipt(&started.receipt.unwrap()).is_some());
    assert_eq!(ledger.grant(&grant.id).as_deref(), Some(&grant));
    let again = ledger.append(start(&grant)).await;
    assert!(matches!(again, Err(Error::GrantNotOpen)));

    let identified = Event::Identified {
        grant: grant.id.clone(),
        by: IdentifiedBy::Companion,
    };
    ledger.append(draft(identified)).await.unwrap();
    let note = |note: &str| {
        draft(Event::Noted {
            grant: grant.id.clone(),
            note: note.to_owned(),
        })
    };
    ledger.append(note("二行目")).await.unwrap();
    let known = ledger.grant(&grant.id).unwrap();
    assert_eq!(known.identified_by, Some(IdentifiedBy::Companion));
    assert_eq!(known.note.as_deref(), Some("路上で倒れていた\n二行目"));
    ledger.append(view(&grant.id, "{}")).await.unwrap();

    ledger
        .append(end(&grant.id, End::WrongPatient))
        .await
        .unwrap();
    assert_eq!(ledger.end_of(&grant.id), Some(End::WrongPatient));
    assert_eq!(ledger.all_open_grants(), []);
    for late in [
        end(&grant.id, End::Time),
        view(&grant.id, "{}"),
        note("遅い"),
        start(&grant),
    ] {
        let answer = ledger.append(late).await;
        assert!(matches!(answer, Err(Error::GrantNotOpen)), "{answer:?}");
    }
    assert_eq!(ledger.end_of(&grant.id), Some(End::WrongPatient));
    drop(ledger);
    assert_eq!(verified(folder.path()).entries, 5);
}

#[tokio::test]
async fn nothing_is_shown_after_a_grants_time_even_before_its_end_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Still::new();
    let entropy = Arc::new(Counting::starting(0));
    let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
    let ledger = Ledger::open(settings(folder.path()), shared, entropy).unwrap();
    let grant = grant(&ledger, "1");
    ledger.append(start(&grant)).await.unwrap();
    let almost = grant.span.checked_sub(Duration::from_secs(1)).unwrap();
    clock.step(chrono::Duration::from_std(almost).unwrap(), almost);
    ledger.append(view(&grant.id, "{}")).await.unwrap();
    // The wall clock alone may say so too.
    clock.step(chrono::Duration::seconds(1), Duration::ZERO);
    let late = ledger.append(view(&grant.id, "{}")).await;
    assert!(matches!(late, Err(Error::GrantNotOpen)), "{late:?}");
    ledger.append(end(&grant.id, End::Time)).await.unwrap();
}

#[tokio::test]
async fn a_grant_never_shows_another_patient_facility_or_account() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let grant = grant(&ledger, "1");
    ledger.append(start(&grant)).await.unwrap();
    let mut other_patient = view(&grant.id, "{}");
    other_patient.person = Some(person("2"));
    let mut other_facility = view(&grant.id, "{}");
    other_facility.facility = FacilityId("h2".to_owned());
    let mut other_account = view(&grant.id, "{}");
    other_account.who.as_mut().unwrap().account = AccountId("a2".to_owned());
    let mut forged = super::testing::grant(&ledger, "2");
    forged.patient_key = grant.patient_key.clone();
    let foreign = grant_with_id(&ledger, "3", GrantId("n2.x".to_owned()));
    for wrong in [
        other_patient,
        other_facility,
        other_account,
        start(&forged),
        start(&foreign),
    ] {
        let answer = ledger.append(wrong).await;
        assert!(matches!(answer, Err(Error::GrantNotOpen)), "{answer:?}");
    }
    drop(ledger);
    let copy = tempfile::tempdir().unwrap();
    std::fs::copy(
        folder.path().join("ledger.sqlite"),
        copy.path().join("ledger.sqlite"),
    )
    .unwrap();
    let verified = read(copy.path(), None).unwrap().verify().unwrap();
    assert_eq!((verified.entries, verified.open_grants), (1, 1));
    assert_eq!(verified.fault, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_get_places_without_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let grants: Vec<_> = (0..8).map(|n| grant(&ledger, &format!("{n}1"))).collect();
    for grant in &grants {
        ledger.append(start(grant)).await.unwrap();
    }
    let appends = (0..64).map(|n| {
        let draft = if n % 16 == 15 {
            view(&GrantId("n1.none".to_owned()), "{}")
        } else {
            view(&grants[n % 8].id, &format!("{{\"n\":{}}}", n % 24))
        };
        ledger.append(draft)
    });
    let answers = futures_util::future::join_all(appends).await;
    let mut places = Vec::new();
    let mut receipts = std::collections::BTreeSet::new();
    for (n, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(appended) => {
                places.push(appended.seq);
                receipts.insert(appended.receipt.unwrap());
            }
            Err(error) => {
                assert_eq!(n % 16, 15, "{error}");
                assert!(matches!(error, Error::GrantNotOpen));
            }
        }
    }
    // In the order of asking, each with its own receipt, a refused one among them spoiling none.
    assert_eq!(places, (9..=68).collect::<Vec<u64>>());
    assert_eq!(receipts.len(), 60);
    drop(ledger);
    let verified = verified(folder.path());
    assert_eq!((verified.entries, verified.open_grants), (68, 8));
    assert_eq!(verified.recomputed, 24, "the same content is kept once");
}

#[tokio::test]
async fn a_restart_ends_what_was_left_open_before_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_seeded(folder.path(), 0);
    let (a, b) = (grant(&ledger, "1"), grant(&ledger, "2"));
    ledger.append(start(&a)).await.unwrap();
    ledger.append(start(&b)).await.unwrap();
    ledger.append(end(&a.id, End::Hand)).await.unwrap();
    drop(ledger);
    let ledger = open_seeded(folder.path(), 1);
    assert_eq!(ledger.all_open_grants(), []);
    assert_eq!(ledger.end_of(&b.id), Some(End::Restart));
    assert_eq!(ledger.append(draft(Event::SignedIn)).await.unwrap().seq, 5);
    let recent = ledger.recent(&hospital(), 2).await.unwrap();
    assert_eq!(recent[1].event, "grant_ended");
    assert_eq!(recent[1].grant.as_ref(), Some(&b.id));
    assert_eq!(recent[1].fields["end"], "restart");
    assert_eq!(recent[1].patient.as_ref(), Some(&b.patient_key));
    assert_eq!(recent[1].overriding.as_deref(), Some("BTG"));
    assert_ne!(recent[1].boot, {
        let first = read(folder.path(), None).unwrap();
        first.recent(&hospital(), 9).unwrap()[4].boot.clone()
    });
    drop(ledger);
    let verified = verified(folder.path());
    assert_eq!((verified.entries, verified.open_grants), (5, 0));
}

#[tokio::test]
async fn files_as_a_killed_process_leaves_them_open_again() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_seeded(folder.path(), 0);
    let (a, b) = (grant(&ledger, "1"), grant(&ledger, "2"));
    let drafts = [
        (start(&a), 1),
        (start(&b), 2),
        (view(&a.id, "{}"), 2),
        (end(&a.id, End::Hand), 1),
        (view(&b.id, "[]"), 1),
    ];
    for (written, (draft, left_open)) in (1..).zip(drafts) {
        let append = ledger.append(draft);
        let is_send = |_: &dyn Send| ();
        is_send(&append);
        append.await.unwrap();
        // Nobody closes these files: they are what stands on the disk after the answer.
        let killed = left_by_a_kill(folder.path());
        assert_eq!(verified(killed.path()).open_grants, left_open);
        let again = open_seeded(killed.path(), written);
        assert_eq!(again.all_open_grants(), []);
        assert!(again.is_ready());
        drop(again);
        let verified = verified(killed.path());
        let ends = u64::try_from(left_open).unwrap();
        assert_eq!(verified.entries, u64::from(written) + ends);
        assert_eq!(verified.open_grants, 0);
    }
}

#[tokio::test]
async fn a_step_of_the_wall_clock_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Still::new();
    let entropy = Arc::new(Counting::default());
    let ledger = Ledger::open(settings(folder.path()), clock.clone(), entropy).unwrap();
    let steps = [
        (chrono::Duration::seconds(60), 60, None),
        (chrono::Duration::milliseconds(900), 0, None),
        (chrono::Duration::seconds(-3_600), 10, Some(-3_610_000)),
        (chrono::Duration::seconds(7), 5, Some(2_000)),
    ];
    ledger.append(draft(Event::SignedIn)).await.unwrap();
    for (wall, since_boot, noted) in steps {
        clock.step(wall, Duration::from_secs(since_boot));
        ledger.append(draft(Event::SignedIn)).await.unwrap();
        let last = ledger.recent(&hospital(), 1).await.unwrap();
        assert_eq!(last[0].clock_step_ms, noted);
    }
}

#[tokio::test]
async fn a_running_ledger_and_its_copy_are_read_with_their_log() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let grant = grant(&ledger, "1");
    ledger.append(start(&grant)).await.unwrap();
    let receipt = ledger
        .append(view(&grant.id, "{}"))
        .await
        .unwrap()
        .receipt
        .unwrap();
    let log = folder.path().join("ledger.sqlite-wal");
    let before = std::fs::read(&log).unwrap();
    assert_eq!(verified(folder.path()).entries, 2);
    let copy = tempfile::tempdir().unwrap();
    for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
        std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    let copied = read(copy.path(), None).unwrap();
    assert_eq!(copied.verify().unwrap().entries, 2);
    let trust = Trust::default();
    let proof = copied.proof(&receipt, &trust).unwrap().unwrap();
    assert_eq!((proof.entry.seq, proof.entry.event.as_str()), (2, "viewed"));
    assert_eq!(copied.proof("0000-0000-0000", &trust).unwrap(), None);
    drop(copied);
    assert_eq!(
        std::fs::read(&log).unwrap(),
        before,
        "the log was left alone"
    );
    let copied_log = copy.path().join("ledger.sqlite-wal");
    assert_eq!(std::fs::read(copied_log).unwrap(), before);
}

#[tokio::test]
async fn an_erased_key_says_erased_and_the_proofs_hold() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let grant = grant(&ledger, "1");
    ledger.append(start(&grant)).await.unwrap();
    ledger.append(view(&grant.id, "{}")).await.unwrap();
    drop(ledger);
    let keys = Connection::open(folder.path().join("keys.sqlite")).unwrap();
    assert_eq!(keys.execute("UPDATE key SET wrapped = NULL", []), Ok(1));
    drop(keys);
    let verified = verified(folder.path());
    assert_eq!((verified.erased, verified.recomputed), (2, 0));
    let key = settings(folder.path()).key;
    let reader = read(folder.path(), Some(&key)).unwrap();
    let recent = reader.recent(&hospital(), 2).unwrap();
    assert_eq!(recent[1].personal["note"], Opened::Erased);
    assert_eq!(reader.shown(&recent[0]).unwrap(), Some(Opened::Erased));
    // The same patient may come again: a new key, and the old entries stay erased.
    let ledger = open_seeded(folder.path(), 1);
    let again = super::testing::grant(&ledger, "1");
    ledger.append(start(&again)).await.unwrap();
    let recent = ledger.recent(&hospital(), 9).await.unwrap();
    assert_eq!(recent[0].personal["note"].text(), "路上で倒れていた");
    assert_eq!(recent[3].personal["note"], Opened::Erased);
}

#[test]
fn the_keyed_hash_is_the_same_in_one_facility_only() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let (one, two) = (person("1").number, person("2").number);
    let key = ledger.patient_key(&hospital(), &one);
    assert_eq!(key.0.len(), 32);
    assert_eq!(ledger.patient_key(&hospital(), &one), key);
    assert_ne!(ledger.patient_key(&hospital(), &two), key);
    let other = FacilityId("h2".to_owned());
    assert_ne!(ledger.patient_key(&other, &one), key);
}
