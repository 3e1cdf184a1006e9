//! What lists of a hospital say of cases.

use super::*;

#[tokio::test]
async fn a_registration_explains_a_case_and_its_number_is_said() {
    let world = World::new();
    let grant = world.open("a", "187").await;
    assert!(world.one(&grant).await.standing.explanations.is_empty());
    // Noon in Japan.
    let outcome = world
        .take(
            Kind::Arrivals,
            &arrivals(&[("2026-04-01 12:14", "4711", "187")]),
        )
        .await;
    assert_eq!((outcome.lines, outcome.was_known), (1, false));
    let visit = "4711".to_owned();
    let registered = Explanation::Registered { minutes: 14, visit };
    assert_eq!(world.one(&grant).await.standing.explanations, [registered]);
}

#[tokio::test]
async fn a_registration_by_name_and_birth_date_finds_the_patient_too() {
    let world = World::new();
    let (grant, other) = (world.open("a", "187").await, world.open("a", "188").await);
    let text = "来院日時,氏名,生年月日\n2026-04-01 11:50,救急　187,S29.3.12\n";
    world.take(Kind::Arrivals, text).await;
    assert!(world.one(&grant).await.standing.is_explained());
    assert!(!world.one(&other).await.standing.is_explained());
}

#[tokio::test]
async fn the_same_file_is_taken_over_once() {
    let world = World::new();
    let text = arrivals(&[("2026-04-01 12:14", "4711", "187")]);
    assert!(!world.take(Kind::Arrivals, &text).await.was_known);
    assert!(world.take(Kind::Arrivals, &text).await.was_known);
    let taken = |entry: &crate::ledger::ReadEntry| entry.event == "list_taken";
    let entries = world.ledger.recent(&hospital(), 99).await.unwrap();
    assert_eq!(entries.iter().filter(|entry| taken(entry)).count(), 1);
}

#[tokio::test]
async fn nothing_in_the_entry_of_a_list_names_anybody() {
    let world = World::new();
    let text = "来院日時,氏名,生年月日\n2026-04-01 11:50,救急　187,S29.3.12\n";
    world.take(Kind::Arrivals, text).await;
    let entry = world.ledger.recent(&hospital(), 1).await.unwrap().remove(0);
    let said = serde_json::to_string(&entry).unwrap();
    assert!(!said.contains("救急") && !said.contains("1954"), "{said}");
}

#[tokio::test]
async fn no_arrival_is_flagged_only_where_registrations_reach_that_far() {
    let world = World::new();
    let grant = world.open("a", "187").await;
    world.end("a", &grant, End::Hand).await;
    world.pass(TimeDelta::hours(40));
    assert!(!world.rules(&grant).await.contains(&Rule::NoArrival));
    world
        .take(
            Kind::Arrivals,
            &arrivals(&[("2026-04-02 11:00", "1", "999")]),
        )
        .await;
    assert!(!world.rules(&grant).await.contains(&Rule::NoArrival));
    world
        .take(
            Kind::Arrivals,
            &arrivals(&[("2026-04-02 12:30", "2", "998")]),
        )
        .await;
    assert!(world.rules(&grant).await.contains(&Rule::NoArrival));
}

#[tokio::test]
async fn lists_of_protected_persons_and_decoys_flag_who_is_on_them() {
    let world = World::new();
    let (famous, decoy) = (world.open("a", "187").await, world.open("a", "188").await);
    let people = |number: &str| format!("保険者番号,記号,番号,枝番\n06139999,12-34,{number},01\n");
    world.take(Kind::Protected, &people("187")).await;
    world.take(Kind::Decoys, &people("188")).await;
    assert!(world.rules(&famous).await.contains(&Rule::Protected));
    assert!(world.rules(&decoy).await.contains(&Rule::Decoy));
    // A new list takes the place of the old one.
    world.take(Kind::Protected, &people("999")).await;
    assert!(!world.rules(&famous).await.contains(&Rule::Protected));
    // And the old one that of the new one, though it was there before.
    assert!(!world.take(Kind::Protected, &people("187")).await.was_known);
    assert!(world.rules(&famous).await.contains(&Rule::Protected));
    assert!(world.take(Kind::Protected, &people("187")).await.was_known);
}
