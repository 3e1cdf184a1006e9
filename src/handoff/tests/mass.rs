//! Many patients at once.

use super::*;
use crate::{
    domain::handoff::{MassStep, Refused, RowId, Triage},
    registry::Disaster,
};

fn row(word: &str) -> RowId {
    RowId::new(word).unwrap()
}

fn add(word: &str) -> MassStep {
    MassStep::Add {
        id: row(word),
        triage: Triage::Red,
    }
}

async fn declared(world: &World, facility: &str) {
    declared_at(world, facility, testing::noon()).await;
}

async fn declared_at(world: &World, facility: &str, at: chrono::DateTime<chrono::Utc>) {
    let disaster = Disaster {
        area: "千葉県北西部".to_owned(),
        until: "2026-04-02".parse().unwrap(),
        by: "admin".to_owned(),
        at,
    };
    let registry = &world.room.inner.registry;
    let set = registry.set_disaster(place(facility), Some(disaster)).await;
    set.unwrap();
}

#[tokio::test]
async fn one_touch_adds_a_patient_while_the_flag_is_on_and_each_touch_has_its_entry() {
    let world = World::new();
    let closed = StageWord::Ended;
    let early = world
        .room
        .list_step(&crew(), &world.fresh(), add("p1"))
        .await;
    assert_eq!(
        early,
        Err(Error::Refused(Refused::TooLate { stage: closed }))
    );
    declared(&world, "fire1").await;
    let (first, step) = (world.fresh(), add("p1"));
    for _ in 0..2 {
        let list = world.room.list_step(&crew(), &first, step.clone()).await;
        assert_eq!(list.unwrap().counts()[0], (Triage::Red, 1));
    }
    let green = MassStep::Triage(row("p1"), Triage::Green);
    let list = world.room.list_step(&crew(), &world.fresh(), green).await;
    assert_eq!(list.unwrap().entries[0].triage(), Some(Triage::Green));
    assert_eq!(world.said("fire1").await, ["list_add", "list_triage"]);
    let other = world.room.list(&other_crew()).await;
    assert_eq!(other, Ok(None), "another department's list");
}

#[tokio::test]
async fn only_the_departments_own_handoffs_stand_in_its_list() {
    let world = World::new();
    declared(&world, "fire2").await;
    let id = world.begun("a").await;
    let (other, step) = (other_crew(), world.fresh());
    let added = world.room.list_step(&other, &step, add("p1")).await;
    added.unwrap();
    let foreign = MassStep::Handoff(row("p1"), Some(id));
    let step = world.fresh();
    let refused = world.room.list_step(&other, &step, foreign).await;
    assert_eq!(refused, Err(Error::NotThere));
}

#[tokio::test]
async fn a_list_that_was_closed_stays_as_it_is_and_the_next_touch_begins_another() {
    let world = World::new();
    declared(&world, "fire1").await;
    let first = world.fresh();
    let added = world.room.list_step(&crew(), &first, add("p1")).await;
    added.unwrap();
    world.pass(TimeDelta::hours(1));
    let step = world.fresh();
    let end = world.room.list_step(&crew(), &step, MassStep::End).await;
    assert!(end.unwrap().ended.is_some());
    let again = world
        .room
        .list_step(&crew(), &first, add("p1"))
        .await
        .unwrap();
    assert!(again.ended.is_some(), "sent again, taken before");
    let anew = world
        .room
        .list_step(&crew(), &world.fresh(), add("p1"))
        .await;
    let anew = anew.unwrap();
    assert_eq!((anew.entries.len(), anew.ended), (1, None));
    assert_eq!(anew.begun, testing::noon() + TimeDelta::hours(1));
}

#[tokio::test]
async fn where_nothing_can_be_recorded_no_list_changes() {
    let world = World::new();
    declared(&world, "fire1").await;
    world.ledger.close();
    let refused = world
        .room
        .list_step(&crew(), &world.fresh(), add("p1"))
        .await;
    assert_eq!(refused, Err(Error::CannotRecord));
    assert_eq!(world.room.list(&crew()).await, Ok(None));
}

#[tokio::test]
async fn when_the_flag_has_run_out_the_list_can_be_closed_and_what_was_sent_again_is_known() {
    let world = World::new();
    declared(&world, "fire1").await;
    let first = world.fresh();
    let added = world.room.list_step(&crew(), &first, add("p1")).await;
    added.unwrap();
    world.pass(TimeDelta::days(3));
    let again = world.room.list_step(&crew(), &first, add("p1")).await;
    assert_eq!(again.unwrap().entries.len(), 1, "taken before");
    let closed = StageWord::Ended;
    let late = world
        .room
        .list_step(&crew(), &world.fresh(), add("p2"))
        .await;
    assert_eq!(
        late,
        Err(Error::Refused(Refused::TooLate { stage: closed }))
    );
    let step = world.fresh();
    let end = world.room.list_step(&crew(), &step, MassStep::End).await;
    assert!(end.unwrap().ended.is_some());
    let step = world.fresh();
    let twice = world.room.list_step(&crew(), &step, MassStep::End).await;
    assert!(twice.is_err(), "nothing is open");
}

#[tokio::test]
async fn the_next_disaster_has_a_list_of_its_own() {
    let world = World::new();
    declared(&world, "fire1").await;
    let added = world
        .room
        .list_step(&crew(), &world.fresh(), add("p1"))
        .await;
    added.unwrap();
    world.pass(TimeDelta::hours(20));
    let next = testing::noon() + TimeDelta::hours(19);
    declared_at(&world, "fire1", next).await;
    let anew = world
        .room
        .list_step(&crew(), &world.fresh(), add("q1"))
        .await;
    let anew = anew.unwrap();
    assert_eq!((anew.entries.len(), anew.begun > next), (1, true));
}
