//! What is read of two ledgers: lists, receipts, replays, one's own day, and what is erased.

use super::*;
use crate::{
    domain::patient::MemberNumber,
    ledger::{Asked, Erasing, Opened},
};

#[tokio::test]
async fn lists_receipts_and_replays_know_both_ledgers() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_two(folder.path(), 0, PATIENT);
    let (_, one) = started(&ledger, "1").await;
    let seen_first = ledger.append(view(&one.id, "一")).await.unwrap();
    fail(&ledger, true);
    let seen_second = ledger.append(view(&one.id, "二")).await.unwrap();
    fail(&ledger, false);
    until_ready(&ledger);
    let facility = hospital();
    let recent = ledger.recent(&facility, 9).await.unwrap();
    let places = |list: &[crate::ledger::ReadEntry]| -> Vec<(String, String)> {
        let named = list.iter().filter(|entry| entry.event == "viewed");
        named
            .map(|entry| (entry.node.0.clone(), entry.event.clone()))
            .collect()
    };
    assert_eq!(places(&recent).len(), 2);
    assert_ne!(places(&recent)[0].0, places(&recent)[1].0);
    assert_eq!(ledger.recent(&facility, 1).await.unwrap().len(), 1);
    let number = MemberNumber::new("06139999", "12-34", "1", "01").unwrap();
    let asked = Asked {
        facility: facility.clone(),
        from: None,
        until: None,
        patient: Some(number),
        count: 9,
        before: std::collections::BTreeMap::new(),
    };
    assert_eq!(places(&ledger.asked(asked).await.unwrap()).len(), 2);
    for (seen, shown) in [(&seen_first, "一"), (&seen_second, "二")] {
        let receipt = seen.receipt.as_deref().unwrap();
        let proof = ledger.proof(&facility, receipt).await.unwrap().unwrap();
        assert_eq!((&proof.entry.node, proof.entry.seq), (&seen.node, seen.seq));
        let again = ledger.recorded_at(&facility, &seen.node, seen.seq).await;
        let again = again.unwrap().unwrap();
        assert_eq!(again.shown, Some(Opened::Clear(shown.to_owned())));
        // What is said of it stands with it.
        let replayed = draft(Event::Replayed {
            entry: seen.seq,
            values: false,
            reason: None,
        });
        let told = ledger.append_at(&seen.node, replayed).await.unwrap();
        assert_eq!(told.node, seen.node);
    }
    let since = super::super::super::testing::noon();
    let said = ledger.said_by(&one.account, since).await.unwrap();
    let said: Vec<&str> = said.iter().map(|entry| &*entry.event).collect();
    assert_eq!(said, ["grant_started", "viewed", "viewed"]);
    assert_eq!(ledger.past_of(&one.account, since).len(), 1);
}

#[tokio::test]
async fn erasing_and_wrapping_anew_reach_both_ledgers() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_two(folder.path(), 0, PATIENT);
    let (_, one) = started(&ledger, "1").await;
    fail(&ledger, true);
    let seen = ledger.append(view(&one.id, "二")).await.unwrap();
    fail(&ledger, false);
    until_ready(&ledger);
    let both = crate::ledger::RootSecrets::new(vec![9; 32].into(), vec![vec![7; 32].into()]);
    assert_eq!(ledger.rewrap(both).await.unwrap(), 2);
    let order = Erasing::Order {
        number: one.person.number.clone(),
        facility: None,
        reason: "court".to_owned(),
    };
    assert_eq!(ledger.erase(order).await.unwrap().keys, 2);
    let gone = ledger.recorded_at(&hospital(), &seen.node, seen.seq).await;
    assert_eq!(gone.unwrap().unwrap().shown, Some(Opened::Erased));
}

#[tokio::test]
async fn the_second_ledger_has_the_first_ones_hashes_of_patients() {
    let folder = tempfile::tempdir().unwrap();
    let first = Settings {
        key: vec![1; 32].into(),
        ..settings(&folder.path().join("first"))
    };
    let opened = |settings: Settings, seed| {
        let entropy = Arc::new(Counting::starting(seed));
        Ledger::open_with_second(
            settings,
            folder.path().join("second"),
            Still::new(),
            entropy,
        )
    };
    // The key of the beginning is not at hand any more when the second ledger is made.
    let alone = Ledger::open(first.clone(), Still::new(), Arc::new(Counting::starting(0))).unwrap();
    let number = MemberNumber::new("06139999", "12-34", "1", "01").unwrap();
    let hash = alone.patient_key(&hospital(), &number);
    let both = crate::ledger::RootSecrets::new(vec![2; 32].into(), vec![vec![1; 32].into()]);
    alone.rewrap(both).await.unwrap();
    drop(alone);
    let later = Settings {
        key: vec![2; 32].into(),
        ..first
    };
    let ledger = opened(later, 1).unwrap();
    assert_eq!(ledger.patient_key(&hospital(), &number), hash);
    let second = ledger.second().unwrap();
    assert_eq!(second.patient_key(&hospital(), &number), hash);
}
