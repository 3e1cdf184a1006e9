//! Two at once: of one node, and of two that share nothing but the registry.

use futures_util::future::join_all;

use super::*;
use crate::domain::handoff::{InquiryState, Refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_hospitals_that_accept_at_once_one_wins_and_the_others_are_told() {
    let world = World::new();
    for (round, room) in [
        ("one-node", world.room.clone()),
        ("two-nodes", world.another_node()),
        ("two-nodes-again", world.another_node()),
    ] {
        let id = world.asked(round, &["h1", "h2", "h3"]).await;
        let tries = ["h1", "h2", "h3"].map(|hospital| {
            let room = if hospital == "h1" { &world.room } else { &room };
            let (room, id, step) = (room.clone(), id.clone(), world.fresh());
            async move {
                room.step(&physician(hospital), &id, &step, Step::Accept)
                    .await
            }
        });
        let answers = join_all(tries.map(|one| world.tasks.spawn(one))).await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        let won = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(won, 1, "{round}: {answers:?}");
        let told = Err(Error::Refused(Refused::AlreadyTaken));
        let told = answers.iter().filter(|answer| **answer == told).count();
        assert_eq!(told, 2, "{round}: {answers:?}");
        let Opened::Crew(own) = world.room.open(&crew(), &id).await.unwrap() else {
            panic!("the crew's own");
        };
        let accepted = own
            .inquiries
            .iter()
            .filter(|inquiry| matches!(inquiry.state, InquiryState::Accepted { .. }));
        assert_eq!(accepted.count(), 1, "{round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_touch_of_two_tablets_on_two_nodes_is_lost_or_doubled() {
    let world = World::new();
    let other = world.another_node();
    let id = world.begun("a").await;
    let mut touches = Vec::new();
    for number in 0..20 {
        let room = if number % 2 == 0 { &world.room } else { &other };
        let (room, id, step) = (room.clone(), id.clone(), world.fresh());
        let crew = actor("fire1", &format!("crew{}", number % 3), Role::Paramedic);
        touches.push(world.tasks.spawn(async move {
            let mut done = Vec::new();
            // Each twice: a tablet sends again what it had no answer to.
            for _ in 0..2 {
                done.push(room.step(&crew, &id, &step, line(number)).await);
            }
            done
        }));
    }
    let mut taken = 0;
    for answer in join_all(touches).await {
        for done in answer.unwrap() {
            taken += usize::from(done.unwrap().taken == Taken::New);
        }
    }
    assert_eq!(taken, 20);
    let Opened::Crew(own) = world.room.open(&crew(), &id).await.unwrap() else {
        panic!("the crew's own");
    };
    assert_eq!((own.version, own.form.lines.len()), (20, 20));
    // What the ledger says was taken and was not is taken back in it.
    let said = world.said("fire1").await;
    let count = |word: &str| said.iter().filter(|said| said.starts_with(word)).count();
    assert_eq!(
        count("edit") - count("refused handoff_edit changed_meanwhile"),
        20
    );
}

fn line(number: usize) -> Step {
    use crate::domain::handoff::{Part, RowId};
    Step::Edit(vec![Change::Line {
        id: RowId::new(&format!("row{number}")).unwrap(),
        part: Part::Other,
        text: format!("{number} 行目"),
    }])
}
