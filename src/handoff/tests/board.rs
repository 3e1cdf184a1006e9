//! Boards, lists, and what is told live.

use super::*;
use crate::{domain::handoff::WhyEnded, registry::MOST_OPEN};

#[tokio::test]
async fn a_board_has_what_the_hospital_is_asked_and_what_it_accepted_and_nothing_else() {
    let world = World::new();
    let doctor = physician("h1");
    let asked = world.asked("a", &["h1"]).await;
    let accepted = world.asked("b", &["h1"]).await;
    let elsewhere = world.asked("c", &["h2"]).await;
    let declined = world.asked("d", &["h1"]).await;
    world.take(&doctor, &accepted, Step::Accept).await;
    world.take(&doctor, &declined, decline()).await;
    let runs = |board: &super::super::Board| {
        let mut ids: Vec<_> = board.runs.iter().map(|run| run.id.clone()).collect();
        ids.sort();
        ids
    };
    let mut expected = vec![asked.clone(), accepted.clone()];
    expected.sort();
    assert_eq!(runs(&world.room.board(&doctor).await.unwrap()), expected);
    let other = world.room.board(&physician("h2")).await.unwrap();
    assert_eq!(runs(&other), [elsewhere]);
    assert_eq!(world.room.board(&crew()).await.unwrap().runs.len(), 4);
    assert!(
        world
            .room
            .board(&other_crew())
            .await
            .unwrap()
            .runs
            .is_empty()
    );
}

#[tokio::test]
async fn a_patient_who_was_received_stands_on_the_board_for_a_day() {
    let world = World::new();
    let doctor = physician("h1");
    let id = world.asked("a", &["h1"]).await;
    world.take(&doctor, &id, Step::Accept).await;
    world
        .take(&crew(), &id, Step::Arrive { by: by("隊長") })
        .await;
    world
        .take(&doctor, &id, Step::Receive { by: by("医師") })
        .await;
    world.pass(TimeDelta::hours(23));
    let board = world.room.board(&doctor).await.unwrap();
    assert_eq!(board.runs[0].stage, StageWord::HandedOver);
    world.pass(TimeDelta::hours(2));
    assert!(world.room.board(&doctor).await.unwrap().runs.is_empty());
}

#[tokio::test]
async fn a_board_that_nothing_changed_is_the_same_one_and_a_change_makes_it_anew() {
    let world = World::new();
    let doctor = physician("h1");
    let id = world.asked("a", &["h1"]).await;
    let first = world.room.board(&doctor).await.unwrap();
    let second = world.room.board(&doctor).await.unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    // Another node's change is seen by the next look.
    let other = world.another_node();
    let step = world.fresh();
    other.step(&doctor, &id, &step, Step::Accept).await.unwrap();
    let third = world.room.board(&doctor).await.unwrap();
    assert!(third.version > first.version);
    assert_eq!(third.runs[0].stage, StageWord::Accepted);
}

#[tokio::test]
async fn whoever_waits_is_told_of_every_change_that_concerns_the_facility_and_of_no_other() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let mut asked = world.room.events().watch(&place("h1"));
    let stranger = world.room.events().watch(&place("h2"));
    world.take(&crew(), &id, named("花子")).await;
    assert!(asked.has_changed().unwrap());
    let told = *asked.borrow_and_update();
    assert_eq!(
        told,
        world.room.board(&physician("h1")).await.unwrap().version
    );
    assert!(!stranger.has_changed().unwrap());
    // What another node changes is told by the next look at the registry.
    let other = world.another_node();
    let step = world.fresh();
    let end = Step::End {
        why: WhyEnded::Mistaken,
    };
    other.step(&crew(), &id, &step, end).await.unwrap();
    assert!(!asked.has_changed().unwrap());
    world.room.announce().await;
    assert!(asked.has_changed().unwrap());
}

#[tokio::test]
async fn a_department_has_a_thousand_open_handoffs_and_is_told_at_the_next() {
    let world = World::new();
    let registry = &world.room.inner.registry;
    for number in 0..MOST_OPEN {
        let (party, now) = (crew().party(), testing::noon());
        let step = step_id(&format!("n{number}"));
        let id = registry.handoff_id(&party.facility, &party.account, &step);
        let handoff = crate::domain::handoff::Handoff::begin(id, "救急 1".to_owned(), &party, now);
        assert!(
            registry
                .add_handoff(&handoff, &*world.entropy)
                .await
                .unwrap()
        );
    }
    let more = world.room.begin(&crew(), &step_id("more"), "救急 1").await;
    assert_eq!(more, Err(Error::TooMany));
    let said = world.said("fire1").await;
    assert_eq!(said.len(), 2);
    assert!(
        said[1].starts_with("refused handoff_begin too_many "),
        "{said:?}"
    );
    let board = world.room.board(&crew()).await.unwrap();
    assert_eq!(
        (board.runs.len(), board.left, board.unreadable),
        (MOST_OPEN, 0, 0)
    );
    let elsewhere = world.room.begin(&other_crew(), &step_id("more"), "").await;
    assert!(elsewhere.is_ok(), "another department has its own room");
}

#[tokio::test]
async fn a_handoff_that_another_key_sealed_is_counted_and_hides_no_other() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let strange = Handoffs::new(
        Registry::new(
            Arc::new(SqliteStore::open(world.folder.path()).unwrap()),
            &SecretSlice::from(vec![8; 32]),
            world.clock.clone(),
        ),
        world.ledger.clone(),
        world.clock.clone(),
        world.entropy.clone(),
        world.tasks.clone(),
    );
    let begun = strange.begin(&crew(), &step_id("b"), "救急 2").await;
    let lost = begun.unwrap();
    let board = world.room.board(&crew()).await.unwrap();
    assert_eq!((board.runs.len(), board.unreadable), (1, 1));
    assert_eq!(board.runs[0].id, id);
    let opened = world.room.open(&crew(), &lost).await;
    assert_eq!(opened, Err(Error::Unavailable));
}

#[tokio::test]
async fn what_another_node_rings_for_is_looked_at_and_own_steps_are_rung_for() {
    let world = World::new();
    let other = world.another_node();
    let (bell, rung) = tokio::sync::watch::channel(0);
    let stop = tokio_util::sync::CancellationToken::new();
    let hour = std::time::Duration::from_hours(1);
    let keeping = other.clone().keep_up_every(hour, rung, stop.clone());
    let keeping = world.tasks.spawn(keeping);
    let mut own = world.room.own_changes();
    let mut changes = other.events().watch(&place("h1"));
    world.asked("a", &["h1"]).await;
    assert!(own.has_changed().unwrap());
    own.mark_unchanged();
    bell.send_replace(1);
    changes.changed().await.unwrap();
    // What was only heard is not rung for once more.
    assert!(!own.has_changed().unwrap());
    assert!(!other.own_changes().has_changed().unwrap());
    stop.cancel();
    keeping.await.unwrap();
}
