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
        .list_step(&crew(), &world.fresh(), None, add("p1"))
        .await;
    assert_eq!(
        early,
        Err(Error::Refused(Refused::TooLate { stage: closed }))
    );
    declared(&world, "fire1").await;
    let (first, step) = (world.fresh(), add("p1"));
    for _ in 0..2 {
        let list = world
            .room
            .list_step(&crew(), &first, None, step.clone())
            .await;
        assert_eq!(list.unwrap().counts()[0], (Triage::Red, 1));
    }
    let green = MassStep::Triage(row("p1"), Triage::Green);
    let list = world
        .room
        .list_step(&crew(), &world.fresh(), None, green)
        .await;
    assert_eq!(list.unwrap().entries[0].triage(), Some(Triage::Green));
    assert_eq!(world.said("fire1").await, ["list_add", "list_triage"]);
    let list = world.room.list(&crew()).await.unwrap();
    assert!(list.is_on && list.goes_on && list.list.is_some());
    let other = world.room.list(&other_crew()).await.unwrap();
    let nothing = (None, false, false);
    let other = (other.list, other.is_on, other.goes_on);
    assert_eq!(other, nothing, "another department's list");
}

#[tokio::test]
async fn only_the_departments_own_handoffs_stand_in_its_list() {
    let world = World::new();
    declared(&world, "fire2").await;
    let id = world.begun("a").await;
    let (other, step) = (other_crew(), world.fresh());
    let added = world.room.list_step(&other, &step, None, add("p1")).await;
    added.unwrap();
    let foreign = MassStep::Handoff(row("p1"), Some(id));
    let step = world.fresh();
    let refused = world.room.list_step(&other, &step, None, foreign).await;
    assert_eq!(refused, Err(Error::NotThere));
}

#[tokio::test]
async fn a_list_that_was_closed_stays_as_it_is_and_the_next_touch_begins_another() {
    let world = World::new();
    declared(&world, "fire1").await;
    let first = world.fresh();
    let added = world.room.list_step(&crew(), &first, None, add("p1")).await;
    added.unwrap();
    world.pass(TimeDelta::hours(1));
    let step = world.fresh();
    let end = world
        .room
        .list_step(&crew(), &step, None, MassStep::End)
        .await;
    assert!(end.unwrap().ended.is_some());
    let again = world
        .room
        .list_step(&crew(), &first, None, add("p1"))
        .await
        .unwrap();
    assert!(again.ended.is_some(), "sent again, taken before");
    let anew = world
        .room
        .list_step(&crew(), &world.fresh(), None, add("p1"))
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
        .list_step(&crew(), &world.fresh(), None, add("p1"))
        .await;
    assert_eq!(refused, Err(Error::CannotRecord));
    assert_eq!(world.room.list(&crew()).await.unwrap().list, None);
}

#[tokio::test]
async fn when_the_flag_has_run_out_the_list_can_be_closed_and_what_was_sent_again_is_known() {
    let world = World::new();
    declared(&world, "fire1").await;
    let first = world.fresh();
    let added = world.room.list_step(&crew(), &first, None, add("p1")).await;
    added.unwrap();
    world.pass(TimeDelta::days(3));
    let again = world.room.list_step(&crew(), &first, None, add("p1")).await;
    assert_eq!(again.unwrap().entries.len(), 1, "taken before");
    let closed = StageWord::Ended;
    let late = world
        .room
        .list_step(&crew(), &world.fresh(), None, add("p2"))
        .await;
    assert_eq!(
        late,
        Err(Error::Refused(Refused::TooLate { stage: closed }))
    );
    let step = world.fresh();
    let end = world
        .room
        .list_step(&crew(), &step, None, MassStep::End)
        .await;
    assert!(end.unwrap().ended.is_some());
    let step = world.fresh();
    let twice = world
        .room
        .list_step(&crew(), &step, None, MassStep::End)
        .await;
    assert!(twice.is_err(), "nothing is open");
}

#[tokio::test]
async fn the_next_disaster_has_a_list_of_its_own() {
    let world = World::new();
    declared(&world, "fire1").await;
    let added = world
        .room
        .list_step(&crew(), &world.fresh(), None, add("p1"))
        .await;
    added.unwrap();
    world.pass(TimeDelta::hours(20));
    let next = testing::noon() + TimeDelta::hours(19);
    declared_at(&world, "fire1", next).await;
    let anew = world
        .room
        .list_step(&crew(), &world.fresh(), None, add("q1"))
        .await;
    let anew = anew.unwrap();
    assert_eq!((anew.entries.len(), anew.begun > next), (1, true));
}

#[tokio::test]
async fn a_touch_of_a_list_that_a_colleague_closed_is_of_no_other_list() {
    let world = World::new();
    declared(&world, "fire1").await;
    let begins = world.fresh();
    let room = &world.room;
    let first = room.list_step(&crew(), &begins, None, add("p1")).await;
    let of = Some(first.unwrap().word());
    world.pass(TimeDelta::hours(1));
    let end = room
        .list_step(&crew(), &world.fresh(), of, MassStep::End)
        .await;
    end.unwrap();
    assert!(!room.list(&crew()).await.unwrap().goes_on);
    let closed = StageWord::Ended;
    let refused = Err(Error::Refused(Refused::TooLate { stage: closed }));
    let late = room.list_step(&crew(), &world.fresh(), of, add("p2")).await;
    assert_eq!(late, refused, "no other list is begun");
    let anew = room
        .list_step(&crew(), &world.fresh(), None, add("p3"))
        .await;
    anew.unwrap();
    for step in [add("p4"), MassStep::End] {
        let late = room.list_step(&crew(), &world.fresh(), of, step).await;
        assert_eq!(late, refused, "the list that is open now stays");
    }
    let now = room.list(&crew()).await.unwrap();
    assert!(now.goes_on && now.list.is_some_and(|list| list.entries.len() == 1));
}

#[tokio::test]
async fn a_hospital_puts_into_its_list_the_runs_that_it_accepted_and_no_other() {
    let world = World::new();
    declared(&world, "h1").await;
    let here = physician("h1");
    let id = world.asked("a", &["h1", "h2"]).await;
    let added = world
        .room
        .list_step(&here, &world.fresh(), None, add("p1"))
        .await;
    added.unwrap();
    let linked = || MassStep::Handoff(row("p1"), Some(id.clone()));
    let asked = world
        .room
        .list_step(&here, &world.fresh(), None, linked())
        .await;
    assert_eq!(asked, Err(Error::NotThere), "not accepted");
    world.take(&here, &id, Step::Accept).await;
    let list = world
        .room
        .list_step(&here, &world.fresh(), None, linked())
        .await;
    assert_eq!(list.unwrap().entries[0].handoff, Some(id.clone()));
    declared(&world, "h2").await;
    let there = physician("h2");
    let added = world
        .room
        .list_step(&there, &world.fresh(), None, add("p1"))
        .await;
    added.unwrap();
    let taken = world
        .room
        .list_step(&there, &world.fresh(), None, linked())
        .await;
    assert_eq!(taken, Err(Error::NotThere), "taken elsewhere");
}
