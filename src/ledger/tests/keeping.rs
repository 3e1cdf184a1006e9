//! Erasing, wrapping anew, settings and a patient's own copy.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use super::*;
use crate::ledger::{Erasing, RootSecrets, Settings};

async fn shown_to(ledger: &Ledger, number: &str) -> u64 {
    let grant = grant(ledger, number);
    ledger.append(start(&grant)).await.unwrap();
    let seen = ledger.append(view(&grant.id, "{\"a\":1}")).await.unwrap();
    ledger.append(end(&grant.id, End::Hand)).await.unwrap();
    seen.seq
}

fn order(number: &str) -> Erasing {
    Erasing::Order {
        number: person(number).number,
        facility: None,
        reason: "東京地裁 令和8年(ワ)第1号".to_owned(),
    }
}

/// Every byte of the file of keys and of its log.
fn key_bytes(folder: &Path) -> Vec<u8> {
    ["keys.sqlite", "keys.sqlite-wal"]
        .iter()
        .flat_map(|name| std::fs::read(folder.join(name)).unwrap_or_default())
        .collect()
}

fn wrapped(folder: &Path, patient: &str) -> Vec<u8> {
    let file = Connection::open(folder.join("keys.sqlite")).unwrap();
    file.query_row(
        "SELECT wrapped FROM key WHERE patient = ?1",
        [patient],
        |row| row.get(0),
    )
    .unwrap()
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn an_erased_patient_is_unreadable_for_ever_and_every_proof_still_holds() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let (theirs, others) = (
        shown_to(&ledger, "1111").await,
        shown_to(&ledger, "2222").await,
    );
    let key = ledger.patient_key(&hospital(), &person("1111").number);
    let bytes = wrapped(folder.path(), &key.0);
    assert!(contains(&key_bytes(folder.path()), &bytes));
    let erased = ledger.erase(order("1111")).await.unwrap();
    assert_eq!((erased.keys, erased.is_scrubbed), (1, true));
    assert!(
        !contains(&key_bytes(folder.path()), &bytes),
        "not a byte is left"
    );

    let gone = ledger.recorded(&hospital(), theirs).await.unwrap().unwrap();
    assert_eq!(gone.shown, Some(Opened::Erased));
    assert_eq!(gone.entry.personal["person"], Opened::Erased);
    let kept = ledger.recorded(&hospital(), others).await.unwrap().unwrap();
    assert_eq!(kept.shown, Some(Opened::Clear("{\"a\":1}".to_owned())));
    let verified = verified(folder.path());
    assert!(verified.erased > 0);
    // What is shown later has a key of its own.
    let later = shown_to(&ledger, "1111").await;
    let later = ledger.recorded(&hospital(), later).await.unwrap().unwrap();
    assert_eq!(later.shown, Some(Opened::Clear("{\"a\":1}".to_owned())));
    let telling = ledger.recent(&hospital(), 4).await.unwrap();
    let telling = telling
        .iter()
        .find(|entry| entry.event == "keys_erased")
        .unwrap();
    assert_eq!(telling.fields["cause"], "order");
    assert_eq!(telling.fields["whose"], key.0.as_str());
    // The order outlives the key that it erased.
    let said = Opened::Clear("東京地裁 令和8年(ワ)第1号".to_owned());
    assert_eq!(telling.personal["note"], said);
}

#[tokio::test]
async fn an_erasing_that_was_cut_short_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    shown_to(&ledger, "1111").await;
    let keys = std::fs::read(folder.path().join("keys.sqlite")).unwrap();
    let log = std::fs::read(folder.path().join("keys.sqlite-wal")).unwrap_or_default();
    let erased = ledger.erase(order("1111")).await.unwrap();
    assert_eq!(erased.keys, 1);
    drop(ledger);
    verified(folder.path());
    // As if the process had died between the entry and the erasing, or a backup had come back.
    std::fs::write(folder.path().join("keys.sqlite"), keys).unwrap();
    std::fs::write(folder.path().join("keys.sqlite-wal"), log).unwrap();
    let key = settings(folder.path()).key;
    let found = read(folder.path(), Some(&key)).unwrap().verify().unwrap();
    assert!(
        matches!(found.fault, Some(crate::ledger::Fault::NotErased(4, _))),
        "{:?}",
        found.fault
    );
    let ledger = open_seeded(folder.path(), 2);
    assert_eq!(ledger.erase(order("1111")).await.unwrap().keys, 1);
    drop(ledger);
    verified(folder.path());
}

#[tokio::test]
async fn nothing_is_erased_whose_entry_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let seen = shown_to(&ledger, "1111").await;
    let reader = Connection::open(folder.path().join("ledger.sqlite")).unwrap();
    reader.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert!(ledger.erase(order("1111")).await.is_err());
    reader.execute_batch("ROLLBACK").unwrap();
    let kept = ledger.recorded(&hospital(), seen).await.unwrap().unwrap();
    assert!(matches!(kept.shown, Some(Opened::Clear(_))));
}

#[tokio::test]
async fn a_key_is_kept_for_its_retention_and_not_a_year_longer() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let seen = shown_to(&ledger, "1111").await;
    let year = 365 * 24;
    let at = |years: u64| {
        let clock = Still::new();
        let hours = Duration::from_hours(years * year);
        clock.step(chrono::Duration::from_std(hours).unwrap(), hours);
        Erasing::Expired {
            years: 5,
            now: clock.now(),
        }
    };
    assert_eq!(ledger.erase(at(5)).await.unwrap().keys, 0);
    assert_eq!(ledger.erase(at(6)).await.unwrap().keys, 1);
    assert_eq!(ledger.erase(at(6)).await.unwrap().keys, 0, "once");
    let gone = ledger.recorded(&hospital(), seen).await.unwrap().unwrap();
    assert_eq!(gone.shown, Some(Opened::Erased));
    verified(folder.path());
}

#[tokio::test]
async fn keys_are_wrapped_anew_while_entries_are_written_and_patients_keep_their_hashes() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let seen = shown_to(&ledger, "1111").await;
    let number = person("1111").number;
    let hash = ledger.patient_key(&hospital(), &number);
    let (old, new) = (vec![7_u8; 32], vec![8_u8; 32]);
    let both = RootSecrets::new(new.clone().into(), vec![old.clone().into()]);
    let (done, written) = tokio::join!(ledger.rewrap(both), shown_to(&ledger, "2222"));
    assert!(done.unwrap() >= 1);
    assert_eq!(ledger.patient_key(&hospital(), &number), hash);
    shown_to(&ledger, "3333").await;
    // Readers of the running ledger go on with the new keys too, with the old one taken out.
    ledger.rewrap(new.clone().into()).await.unwrap();
    let kept = ledger.recorded(&hospital(), seen).await.unwrap().unwrap();
    assert!(matches!(kept.shown, Some(Opened::Clear(_))));
    let receipt = kept.entry.receipt.clone().unwrap();
    let proof = ledger.proof(&hospital(), &receipt).await.unwrap().unwrap();
    let person = proof.entry.personal.get("person").unwrap();
    assert!(matches!(person, Opened::Clear(_)), "{person:?}");
    drop(ledger);

    let with = |key: &[u8]| {
        let reader = read(folder.path(), Some(&key.to_vec().into())).unwrap();
        let entry = reader.entry(seen).unwrap().unwrap();
        (
            reader.shown(&entry).unwrap().unwrap(),
            reader.patient_key(&hospital(), &number).unwrap(),
        )
    };
    assert_eq!(
        with(&new),
        (Opened::Clear("{\"a\":1}".to_owned()), hash.clone())
    );
    assert_eq!(
        with(&old).0,
        Opened::Unreadable,
        "the old key opens nothing"
    );
    let settings = |key: &[u8]| Settings {
        key: key.to_vec().into(),
        ..settings(folder.path())
    };
    let entropy = || Arc::new(Counting::starting(9));
    assert!(Ledger::open(settings(&old), Still::new(), entropy()).is_err());
    let again = Ledger::open(settings(&new), Still::new(), entropy()).unwrap();
    assert_eq!(again.patient_key(&hospital(), &number), hash);
    let other = again.recorded(&hospital(), written).await.unwrap().unwrap();
    assert!(matches!(other.shown, Some(Opened::Clear(_))));
}

#[tokio::test]
async fn a_key_that_does_not_open_what_is_there_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    shown_to(&ledger, "1111").await;
    assert!(ledger.rewrap(vec![8; 32].into()).await.is_err());
    let seen = shown_to(&ledger, "1111").await;
    let kept = ledger.recorded(&hospital(), seen).await.unwrap().unwrap();
    assert!(matches!(kept.shown, Some(Opened::Clear(_))));
}

#[tokio::test]
async fn a_folder_of_before_the_secret_was_kept_finds_its_patients_by_the_same_hashes() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    shown_to(&ledger, "1111").await;
    let hash = ledger.patient_key(&hospital(), &person("1111").number);
    drop(ledger);
    let file = Connection::open(folder.path().join("keys.sqlite")).unwrap();
    file.execute_batch("DROP TABLE secret").unwrap();
    drop(file);
    let key = settings(folder.path()).key;
    let reader = read(folder.path(), Some(&key)).unwrap();
    let number = person("1111").number;
    assert_eq!(reader.patient_key(&hospital(), &number), Some(hash.clone()));
    drop(reader);
    // A wrong key is refused, and the right one is not refused afterwards.
    let wrong = Settings {
        key: vec![8; 32].into(),
        ..settings(folder.path())
    };
    let entropy = Arc::new(Counting::starting(4));
    assert!(Ledger::open(wrong, Still::new(), entropy).is_err());
    let ledger = open_seeded(folder.path(), 3);
    assert_eq!(ledger.patient_key(&hospital(), &number), hash);
}

#[tokio::test]
async fn a_clock_that_stood_wrong_hides_no_older_entry() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Still::new();
    let ledger = Ledger::open(
        settings(folder.path()),
        Arc::clone(&clock) as _,
        Arc::new(Counting::default()),
    );
    let ledger = ledger.unwrap();
    let signed_in = || ledger.append(draft(Event::SignedIn));
    signed_in().await.unwrap();
    let tens = chrono::Duration::days(10);
    clock.step(-tens, Duration::from_secs(1));
    signed_in().await.unwrap();
    clock.step(tens, Duration::from_secs(1));
    signed_in().await.unwrap();
    let from = clock.now().wall - chrono::Duration::hours(1);
    let asked = crate::ledger::Asked {
        facility: hospital(),
        from: Some(from),
        until: None,
        patient: None,
        count: 10,
        before: std::collections::BTreeMap::new(),
    };
    let found = ledger.asked(asked).await.unwrap();
    let places: Vec<u64> = found.iter().map(|entry| entry.seq).collect();
    assert_eq!(places, [3, 1]);
}

#[tokio::test]
async fn changed_settings_are_told_by_name_and_never_by_value() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let mut settings: BTreeMap<String, String> = [
        ("listen", "\"127.0.0.1:1\""),
        ("redis", "\"redis://:geheim@r\""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    ledger.note_settings(&settings).await.unwrap();
    ledger.note_settings(&settings).await.unwrap();
    settings.insert("redis".to_owned(), "\"redis://:anders@r\"".to_owned());
    settings.remove("listen");
    settings.insert("hosts".to_owned(), "[]".to_owned());
    ledger.note_settings(&settings).await.unwrap();
    drop(ledger);
    let mut told = Vec::new();
    let reader = read(folder.path(), None).unwrap();
    reader
        .for_each(|entry| {
            assert_eq!(entry.event, "configured");
            told.push(entry.fields["changed"].clone());
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(
        told,
        [
            serde_json::json!(["listen", "redis"]),
            serde_json::json!(["hosts", "listen", "redis"])
        ]
    );
    for file in ["ledger.sqlite", "ledger.sqlite-wal", "settings.known"] {
        let bytes = std::fs::read(folder.path().join(file)).unwrap_or_default();
        for value in ["geheim", "anders", "127.0.0.1:1"] {
            assert!(!contains(&bytes, value.as_bytes()), "{value} in {file}");
        }
    }
}

#[tokio::test]
async fn a_patients_copy_names_no_other_who_was_listed() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let key = |number: &str| ledger.patient_key(&hospital(), &person(number).number);
    let (mine, other) = (key("1111"), key("2222"));
    let search = |listed: Vec<crate::domain::access::PatientKey>| {
        draft(Event::Searched {
            mode: "four".to_owned(),
            asked: "救急 1954-03-12".to_owned(),
            hits: Some(listed.len()),
            listed,
        })
    };
    ledger
        .append(search(vec![mine.clone(), other.clone()]))
        .await
        .unwrap();
    ledger.append(search(vec![other.clone()])).await.unwrap();
    ledger.append(search(vec![mine.clone()])).await.unwrap();
    let entries = ledger
        .asked(crate::ledger::Asked {
            facility: hospital(),
            from: None,
            until: None,
            patient: Some(person("1111").number),
            count: 10,
            before: std::collections::BTreeMap::new(),
        })
        .await
        .unwrap();
    let places: Vec<u64> = entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(places, [3, 1]);
    assert!(
        entries
            .iter()
            .all(|entry| entry.concerns(&mine) && !entry.concerns(&other))
    );
    assert!(
        entries[0].personal.contains_key("asked"),
        "asked for them alone"
    );
    assert!(
        !entries[1].personal.contains_key("asked"),
        "asked for somebody else too"
    );
}
