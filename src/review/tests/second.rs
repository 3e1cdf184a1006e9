//! An index of two ledgers, of which one is away for a while, and a patient whose key is erased.

use std::{fs, path::Path, time::Instant};

use super::*;
use crate::{domain::access::NodeId, ledger::Erasing, review::Verifying};

/// So long may it take until a ledger that is back is opened.
const PATIENT: Duration = Duration::from_mins(1);

fn both(folder: &Path, clock: &Arc<Still>, seed: u16) -> Ledger {
    let settings = testing::settings(&folder.join("first"));
    let entropy = Arc::new(Counting::starting(seed));
    Ledger::open_with_second(settings, folder.join("second"), clock.clone(), entropy).unwrap()
}

async fn opened_at(ledger: &Ledger, node: &NodeId, clock: &Arc<Still>, number: &str) {
    let mut grant = testing::grant(ledger, number);
    grant.id = grant.id.at(node);
    grant.start = clock.now();
    let started = testing::start(&grant);
    ledger.append_at(node, started).await.unwrap();
    let viewed = testing::view(&grant.id, "薬剤");
    ledger.append_at(node, viewed).await.unwrap();
}

async fn all(review: &Review) -> crate::review::Page {
    let wanted = Wanted {
        list: List::All,
        ..Wanted::default()
    };
    review.work(&hospital(), &wanted).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_goes_on_while_a_ledger_is_away_says_so_and_knows_all_once_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Still::new();
    let (here, away) = (folder.path().join("second"), folder.path().join("away"));
    let other = {
        let ledger = both(folder.path(), &clock, 0);
        let begun = Instant::now();
        while ledger.second().is_none() {
            assert!(begun.elapsed() < PATIENT, "the second ledger is opened");
            tokio::task::yield_now().await;
        }
        let other = ledger.second().unwrap().node();
        opened_at(&ledger, &other, &clock, "1").await;
        clock.step(TimeDelta::minutes(1), Duration::from_mins(1));
        opened_at(&ledger, &ledger.node(), &clock, "2").await;
        ledger.close();
        other
    };
    fs::rename(&here, &away).unwrap();
    fs::write(&here, "no folder").unwrap();
    let ledger = both(folder.path(), &clock, 1);
    let review = review(&ledger, folder.path(), &clock);
    let seen = all(&review).await;
    assert_eq!(seen.cases.len(), 1, "what can be read");
    assert_eq!(seen.unread.first().unwrap().node.as_ref(), Some(&other));
    let recent = review.recent(&hospital()).await.unwrap();
    assert_eq!((recent.unread.len(), recent.read.is_empty()), (1, false));

    clock.step(TimeDelta::minutes(1), Duration::from_mins(1));
    opened_at(&ledger, &ledger.node(), &clock, "3").await;
    assert_eq!(all(&review).await.cases.len(), 2, "it goes on");
    fs::remove_file(&here).unwrap();
    fs::rename(&away, &here).unwrap();
    let begun = Instant::now();
    while ledger.second().is_none() {
        assert!(begun.elapsed() < PATIENT, "the second ledger is back");
        tokio::task::yield_now().await;
    }
    let seen = all(&review).await;
    assert_eq!((seen.cases.len(), seen.unread.len()), (3, 0));
    let anew = super::review(&ledger, folder.path(), &clock);
    let said = |page: &crate::review::Page| {
        let cases = page.cases.iter();
        let said = cases.map(|case| format!("{:?}", (&case.place, &case.facts, case.views)));
        said.collect::<Vec<_>>()
    };
    assert_eq!(said(&seen), said(&all(&anew).await));
    assert!(seen.cases.iter().all(|case| case.views == 1));
}

#[tokio::test]
async fn what_is_erased_is_said_to_be_beyond_comparing_and_not_to_be_without_flags() {
    let world = World::new();
    let grant = world.open("a", "187").await;
    let table = world.review.table().clone();
    assert_eq!(world.one(&grant).await.unchecked(&table), []);
    let order = Erasing::Order {
        number: person("187").number,
        facility: None,
        reason: "court".to_owned(),
    };
    assert_eq!(world.ledger.erase(order).await.unwrap().keys, 1);
    let anew = review(&world.ledger, world.folder.path(), &world.clock);
    let case = all(&anew).await.cases.remove(0);
    let rules = [Rule::OwnRecord, Rule::Colleague, Rule::SameFamilyAndTown];
    assert_eq!(case.unchecked(&table), rules);
}

#[tokio::test(flavor = "multi_thread")]
async fn verifying_runs_once_at_a_time_and_says_how_far_and_what_it_found() {
    let world = World::new();
    for number in 0..9 {
        world.open("a", &format!("18{number}")).await;
    }
    let stop = tokio_util::sync::CancellationToken::new();
    let review = world.review.clone();
    let state = async || {
        let seen = review.integrity(&hospital()).await.unwrap();
        seen.verifying
    };
    assert_eq!(state().await, Verifying::Never);
    assert!(review.verify());
    assert!(!review.verify(), "one runs already");
    assert!(matches!(state().await, Verifying::Running { .. }));
    let done = async || {
        loop {
            if let Verifying::Done { found, .. } = state().await {
                return found.unwrap();
            }
        }
    };
    let working = review.clone().keep_verifying(stop.clone());
    let (found, ()) = tokio::join!(
        async {
            let found = done().await;
            stop.cancel();
            found
        },
        working
    );
    assert_eq!((found.entries(), found.faults().len()), (9, 0));
}
