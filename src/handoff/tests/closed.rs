//! What cannot be recorded does not happen.

use super::*;

#[tokio::test]
async fn where_nothing_can_be_recorded_nothing_is_shown_and_nothing_changes() {
    let world = World::new();
    let doctor = physician("h1");
    let id = world.asked("a", &["h1"]).await;
    world.take(&doctor, &id, Step::Accept).await;
    let before = world.room.inner.registry.handoff(id.clone()).await.unwrap();
    world.ledger.close();
    let step = step_id("late");
    for (actor, change) in [
        (crew(), named("花子")),
        (crew(), Step::Arrive { by: by("隊長") }),
        (
            doctor.clone(),
            Step::AskBack {
                text: by("年齢は")
            },
        ),
    ] {
        let refused = world.room.step(&actor, &id, &step, change).await;
        assert_eq!(refused, Err(Error::CannotRecord));
    }
    let opened = world.room.open(&crew(), &id).await;
    assert_eq!(opened, Err(Error::CannotRecord));
    let revealed = world.room.reveal(&doctor, &id).await;
    assert_eq!(revealed, Err(Error::CannotRecord));
    let begun = world.room.begin(&crew(), &step_id("b"), "").await;
    assert_eq!(begun, Err(Error::CannotRecord));
    let after = world.room.inner.registry.handoff(id.clone()).await.unwrap();
    assert_eq!(after, before);
    // What shows nobody's identity needs no entry.
    let opened = world.room.open(&doctor, &id).await.unwrap();
    assert!(matches!(opened, Opened::Accepted(_)), "{opened:?}");
    assert_eq!(world.room.board(&doctor).await.unwrap().runs.len(), 1);
    assert_eq!(world.room.board(&crew()).await.unwrap().runs.len(), 1);
}
