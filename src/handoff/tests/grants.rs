//! What a crew opened for a run ends with the run, and nothing else does.

use std::sync::Mutex;

use super::*;
use crate::domain::{
    access::{End, Grant, GrantId},
    entropy::Entropy,
    handoff::WhyEnded,
};

impl World {
    /// An open grant of this account of the crew.
    async fn opened(&self, account: &str, renews: Option<GrantId>) -> Arc<Grant> {
        let person = testing::person("1001");
        let grant = Grant {
            id: self.ledger.new_grant_id(),
            account: AccountId(account.to_owned()),
            role: Role::Paramedic,
            facility: place("fire1"),
            patient_key: self.ledger.patient_key(&place("fire1"), &person.number),
            start: crate::domain::clock::Clock::now(&*self.clock),
            renews,
            ..testing::grant(&self.ledger, "1001")
        };
        let draft = Draft {
            facility: place("fire1"),
            person: Some(person),
            who: Some(actor("fire1", account, Role::Paramedic).who),
            ..testing::draft(Event::GrantStarted(Box::new(grant.clone())))
        };
        self.ledger.append(draft).await.unwrap();
        self.ledger.grant(&grant.id).unwrap()
    }

    async fn accepted_and_arrived(&self, id: &HandoffId) {
        self.take(&physician("h1"), id, Step::Accept).await;
        let arrive = Step::Arrive { by: by("隊長") };
        self.take(&crew(), id, arrive).await;
    }

    async fn received(&self, id: &HandoffId) {
        let receive = Step::Receive { by: by("医師") };
        self.take(&physician("h1"), id, receive).await;
    }

    fn end_of(&self, grant: &Grant) -> Option<End> {
        self.ledger.end_of(&grant.id)
    }
}

#[tokio::test]
async fn the_grant_for_a_patient_that_it_turned_out_not_to_be_ends_with_the_run() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let first = world.linked(&id, "1001").await;
    world.take(&crew(), &id, Step::Unlink).await;
    let second = world.linked(&id, "2002").await;
    world.take(&crew(), &id, Step::Unlink).await;
    world.accepted_and_arrived(&id).await;
    assert!(world.ledger.grant(&first.id).is_some());
    world.received(&id).await;
    for grant in [first, second] {
        assert_eq!(world.end_of(&grant), Some(End::Transferred));
    }
}

#[tokio::test]
async fn a_run_that_ends_without_a_handover_ends_the_crews_access() {
    let world = World::new();
    let id = world.begun("a").await;
    let grant = world.linked(&id, "1001").await;
    let why = WhyEnded::NotTransported;
    world.take(&crew(), &id, Step::End { why }).await;
    assert_eq!(world.end_of(&grant), Some(End::Transferred));
}

#[tokio::test]
async fn another_units_grant_for_the_same_patient_stays_whatever_comes_late() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let own = world.linked(&id, "1001").await;
    let second_unit = world.opened("crew9", None).await;
    world.accepted_and_arrived(&id).await;
    world.received(&id).await;
    assert_eq!(world.end_of(&own), Some(End::Transferred));
    let later = world.opened("crew1", None).await;
    world.take(&crew(), &id, named("花子")).await;
    world.received(&id).await;
    world.room.sweep().await;
    for open in [second_unit, later] {
        assert!(world.ledger.grant(&open.id).is_some());
    }
}

#[tokio::test]
async fn what_a_grant_of_the_run_was_renewed_to_ends_with_it() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let first = world.linked(&id, "1001").await;
    let renewed = world.opened("crew1", Some(first.id.clone())).await;
    let again = world.opened("crew1", Some(renewed.id.clone())).await;
    world.accepted_and_arrived(&id).await;
    world.received(&id).await;
    assert_eq!(world.end_of(&again), Some(End::Transferred));
}

#[tokio::test]
async fn a_run_that_another_node_ended_ends_the_grants_whose_home_is_here() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let grant = world.linked(&id, "1001").await;
    world.accepted_and_arrived(&id).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let ledger = testing::open_seeded(elsewhere.path(), 9);
    let other = Handoffs::new(
        registry(
            Arc::new(SqliteStore::open(world.folder.path()).unwrap()),
            &world.clock,
        ),
        ledger,
        world.clock.clone(),
        world.entropy.clone(),
        world.tasks.clone(),
    );
    world.room.sweep().await;
    let (doctor, receive) = (physician("h1"), Step::Receive { by: by("医師") });
    let received = other.step(&doctor, &id, &world.fresh(), receive).await;
    assert_eq!(received.unwrap().taken, Taken::New);
    assert!(world.ledger.grant(&grant.id).is_some(), "not known there");
    world.room.sweep().await;
    assert_eq!(world.end_of(&grant), Some(End::Transferred));
}

/// Entropy that closes the ledger where it is armed: after the entry of a step, before its end.
struct Closing {
    random: Arc<Counting>,
    ledger: Mutex<Option<Ledger>>,
}

impl Entropy for Closing {
    fn fill(&self, bytes: &mut [u8]) {
        if let Some(ledger) = self.ledger.lock().unwrap().take() {
            ledger.close();
        }
        self.random.fill(bytes);
    }
}

#[tokio::test]
async fn a_handover_whose_end_of_access_cannot_be_recorded_stands_and_is_not_answered_as_done() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let grant = world.linked(&id, "1001").await;
    world.accepted_and_arrived(&id).await;
    let closing = Arc::new(Closing {
        random: world.entropy.clone(),
        ledger: Mutex::new(Some(world.ledger.clone())),
    });
    let room = Handoffs::new(
        world.room.inner.registry.clone(),
        world.ledger.clone(),
        world.clock.clone(),
        closing,
        world.tasks.clone(),
    );
    let (doctor, step) = (physician("h1"), world.fresh());
    for _ in 0..2 {
        let receive = Step::Receive { by: by("医師") };
        let answer = room.step(&doctor, &id, &step, receive).await;
        assert_eq!(answer, Err(Error::CannotRecord));
        let stored = world.room.inner.registry.handoff(id.clone()).await;
        let stage = stored.unwrap().unwrap().stage.word();
        assert_eq!(stage, StageWord::HandedOver, "its entry stands, and it too");
        assert!(world.ledger.grant(&grant.id).is_some());
    }
}

#[tokio::test]
async fn a_step_that_came_second_ends_nobodys_access() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let grant = world.linked(&id, "1001").await;
    world.accepted_and_arrived(&id).await;
    let mut over = world
        .room
        .inner
        .registry
        .handoff(id.clone())
        .await
        .unwrap()
        .unwrap();
    let (party, now) = (physician("h1").party(), testing::noon());
    let receive = Step::Receive { by: by("医師") };
    over.apply(world.fresh(), &party, receive, now).unwrap();
    // Nobody stored it.
    let registry = &world.room.inner.registry;
    let stored = registry.change_handoff(1, &over, now, &*world.entropy);
    assert!(!stored.await.unwrap());
    world.room.sweep().await;
    assert!(world.ledger.grant(&grant.id).is_some());
}

#[tokio::test]
async fn lines_of_the_record_are_shown_only_under_an_open_grant_of_ones_own() {
    let world = World::new();
    let id = world.begun("a").await;
    let grant = world.linked(&id, "1001").await;
    let step = world.fresh();
    let proposed = world
        .room
        .propose(&crew(), &id, &step, (&grant, &super::link::usual()))
        .await;
    proposed.unwrap();
    let colleague = actor("fire1", "crew9", Role::Paramedic);
    for (who, is_shown) in [(crew(), true), (colleague.clone(), false)] {
        let opened = world.room.open(&who, &id).await.unwrap();
        let Opened::Crew(own) = &opened else {
            panic!("the crew's own");
        };
        assert!(!own.form.lines.is_empty(), "that there are lines is said");
        assert_eq!(format!("{opened:?}").contains("ワルファリン"), is_shown);
    }
    world.opened("crew9", None).await;
    let opened = world.room.open(&colleague, &id).await.unwrap();
    assert!(format!("{opened:?}").contains("ワルファリン"));
    world.pass(TimeDelta::hours(5));
    let opened = world.room.open(&crew(), &id).await.unwrap();
    assert!(!format!("{opened:?}").contains("ワルファリン"), "over");
}
