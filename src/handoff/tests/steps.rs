//! Steps of both sides, one after the other.

use super::*;
use crate::domain::handoff::{Field, Refused, WhyEnded};

#[tokio::test]
async fn a_run_goes_from_the_scene_to_the_handover_and_every_step_has_its_entry() {
    let world = World::new();
    let (crew, doctor) = (crew(), physician("h1"));
    let id = world.asked("a", &["h1", "h2"]).await;
    world.take(&physician("h2"), &id, decline()).await;
    world.take(&doctor, &id, Step::Accept).await;
    let arrive = Step::Arrive { by: by("隊長") };
    world.take(&crew, &id, arrive).await;
    let done = world
        .take(&doctor, &id, Step::Receive { by: by("医師") })
        .await;
    assert_eq!(done.stage, StageWord::HandedOver);
    assert_eq!(world.said("fire1").await, ["begin", "ask", "arrive"]);
    assert_eq!(world.said("h1").await, ["accept", "receive"]);
    assert_eq!(world.said("h2").await, ["decline"]);
    let entries = world.entries("fire1").await;
    let asked = &entries[1];
    assert_eq!(asked.word("handoff"), Some(&*id.0));
    assert_eq!(asked.fields["hospitals"], serde_json::json!(["h1", "h2"]));
    assert_eq!(asked.fields["version"], 0);
    let said: Step = serde_json::from_str(asked.personal_text("said").unwrap()).unwrap();
    assert_eq!(said, ask(&["h1", "h2"]));
}

#[tokio::test]
async fn what_a_crew_types_stands_readable_in_no_file() {
    let world = World::new();
    let id = world.begun("a").await;
    world.take(&crew(), &id, named("路上 花子")).await;
    let Opened::Crew(own) = world.room.open(&crew(), &id).await.unwrap() else {
        panic!("the crew's own");
    };
    assert_eq!(own.form.patient.name.as_deref(), Some("路上 花子"));
    assert!(holds(world.folder.path(), &id.0), "the id may");
    assert!(!holds(world.folder.path(), "花子"));
}

#[tokio::test]
async fn a_double_touch_is_one_step_and_one_entry() {
    let world = World::new();
    let id = world.begun("a").await;
    assert_eq!(world.begun("a").await, id, "begun once");
    let colleague = actor("fire1", "crew9", Role::Paramedic);
    let other = world.room.begin(&colleague, &step_id("a"), "救急 2").await;
    assert_ne!(other.unwrap(), id, "another crew's run");
    let step = step_id("touch");
    let first = world.room.step(&crew(), &id, &step, named("花子")).await;
    let again = world.room.step(&crew(), &id, &step, named("花子")).await;
    let (first, again) = (first.unwrap(), again.unwrap());
    assert_eq!((first.taken, again.taken), (Taken::New, Taken::Before));
    assert_eq!(first.version, again.version);
    assert_eq!(world.said("fire1").await, ["begin", "begin", "edit"]);
}

#[tokio::test]
async fn another_departments_handoff_looks_like_none() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let nowhere = HandoffId("0123456789abcdef".to_owned());
    let strangers = [other_crew(), physician("h2")];
    for (stranger, facility) in strangers.iter().zip(["fire2", "h2"]) {
        for id in [&id, &nowhere] {
            assert_eq!(world.room.open(stranger, id).await, Err(Error::NotThere));
            assert_eq!(world.room.reveal(stranger, id).await, Err(Error::NotThere));
            let refused = world.refused(stranger, id, named("x")).await;
            assert_eq!(refused, Error::NotThere);
        }
        let said = world.said(facility).await;
        assert_eq!(said[..3], said[3..], "in the ledger, too");
        assert!(
            world
                .entries(facility)
                .await
                .iter()
                .all(|entry| { entry.word("handoff").is_none() && entry.person().is_none() })
        );
    }
}

#[tokio::test]
async fn each_side_takes_its_own_steps_alone() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    for (actor, step) in [
        (crew(), Step::Accept),
        (crew(), Step::Receive { by: by("隊長") }),
        (physician("h1"), named("x")),
        (physician("h1"), Step::Arrive { by: by("医師") }),
        (physician("h1"), ask(&["h2"])),
    ] {
        let name = step.word();
        assert_eq!(
            world.refused(&actor, &id, step).await,
            Error::NotThere,
            "{name}"
        );
    }
    let begun = world.room.begin(&physician("h1"), &step_id("b"), "").await;
    assert_eq!(begun, Err(Error::NotThere));
}

#[tokio::test]
async fn only_hospitals_that_there_are_can_be_asked() {
    let world = World::new();
    let id = world.begun("a").await;
    let field = Field::Hospital;
    for wrong in ["fire2", "nowhere"] {
        let refused = world.refused(&crew(), &id, ask(&["h1", wrong])).await;
        assert_eq!(refused, Error::Refused(Refused::Invalid { field }));
    }
    assert_eq!(world.said("fire1").await, ["begin"]);
}

#[tokio::test]
async fn a_step_that_comes_too_late_says_so_and_leaves_no_entry_of_it() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let why = WhyEnded::NotTransported;
    world.take(&crew(), &id, Step::End { why }).await;
    let refused = world.refused(&physician("h1"), &id, Step::Accept).await;
    assert!(matches!(refused, Error::Refused(_)), "{refused:?}");
    assert!(world.said("h1").await.is_empty());
}

#[tokio::test]
async fn the_service_alone_links_and_proposes() {
    let world = World::new();
    let id = world.begun("a").await;
    let grant = world.grant("1001").await;
    let step = Step::Propose {
        person: Box::new(grant.person.clone()),
        grant: grant.id.clone(),
        lines: Vec::new(),
    };
    assert_eq!(world.refused(&crew(), &id, step).await, Error::NotThere);
}

#[tokio::test]
async fn response_times_name_hospitals_and_no_patient() {
    let world = World::new();
    let id = world.asked("a", &["h1", "h2"]).await;
    world.take(&crew(), &id, named("花子")).await;
    world.pass(TimeDelta::seconds(40));
    world.take(&physician("h2"), &id, decline()).await;
    world.pass(TimeDelta::seconds(50));
    world.take(&physician("h1"), &id, Step::Accept).await;
    let since = testing::noon();
    let listed = world.room.responses(&crew(), since).await.unwrap();
    let rows: Vec<_> = listed
        .handoffs
        .iter()
        .map(|one| one.row().join(","))
        .collect();
    assert_eq!(
        rows,
        [
            "1,fire1,h1,1,2026-04-01T12:00:00+09:00,2026-04-01T12:01:30+09:00,90,,accepted,",
            "1,fire1,h2,2,2026-04-01T12:00:00+09:00,2026-04-01T12:00:40+09:00,40,,declined,beds",
        ]
    );
    let refused = world.room.responses(&physician("h1"), since).await;
    assert_eq!(refused, Err(Error::NotThere));
}

#[tokio::test]
async fn a_hospital_that_was_left_again_took_as_long_as_it_took_to_answer() {
    let world = World::new();
    let id = world.asked("a", &["h1", "h2", "h3"]).await;
    world.pass(TimeDelta::seconds(30));
    world.take(&physician("h1"), &id, Step::Accept).await;
    world.pass(TimeDelta::seconds(300));
    let hospital = place("h1");
    world.take(&crew(), &id, Step::Withdraw { hospital }).await;
    let since = testing::noon();
    let listed = world.room.responses(&crew(), since).await.unwrap();
    let rows: Vec<_> = listed
        .handoffs
        .iter()
        .map(|one| one.row()[5..9].join(","))
        .collect();
    assert_eq!(
        rows,
        [
            "2026-04-01T12:00:30+09:00,30,2026-04-01T12:05:30+09:00,withdrawn",
            ",,2026-04-01T12:00:30+09:00,taken",
            ",,2026-04-01T12:00:30+09:00,taken",
        ]
    );
}

#[tokio::test]
async fn an_answer_sent_again_after_being_asked_anew_answers_nothing() {
    let world = World::new();
    let (doctor, clock) = (physician("h1"), &world.clock);
    let id = world.asked("a", &["h1"]).await;
    let first = crate::domain::clock::Clock::now(&**clock).wall;
    let withdraw = || Step::Withdraw {
        hospital: place("h1"),
    };
    world.take(&crew(), &id, withdraw()).await;
    let step = world.fresh();
    let answer = async |asked| {
        let said = (Step::Accept, asked);
        world.room.answer(&doctor, &id, &step, said).await
    };
    let withdrawn = Err(Error::Refused(Refused::Withdrawn));
    assert_eq!(answer(first).await, withdrawn);
    world.pass(TimeDelta::minutes(1));
    world.take(&crew(), &id, ask(&["h1"])).await;
    assert_eq!(answer(first).await, withdrawn);
    let second = crate::domain::clock::Clock::now(&**clock).wall;
    assert_eq!(answer(second).await.unwrap().taken, Taken::New);
    assert_eq!(answer(second).await.unwrap().taken, Taken::Before);
}

#[tokio::test]
async fn a_handoff_that_holds_as_much_as_it_may_is_still_answered_and_handed_over() {
    let world = World::new();
    let doctor = physician("h1");
    let id = world.asked("a", &["h1"]).await;
    let mut told = 0;
    let full = loop {
        let course = format!("{told}{}", "経".repeat(1_900));
        let step = Step::Edit(vec![Change::Course(course)]);
        let taken = world.room.step(&crew(), &id, &world.fresh(), step).await;
        if let Err(error) = taken {
            break error;
        }
        told += 1;
        assert!(told < 300, "it is never full");
    };
    assert_eq!(full, Error::Refused(Refused::Full));
    assert!(told > 60, "{told}");
    world.take(&doctor, &id, Step::Accept).await;
    let arrive = Step::Arrive { by: by("隊長") };
    world.take(&crew(), &id, arrive).await;
    let receive = Step::Receive { by: by("医師") };
    let done = world.take(&doctor, &id, receive).await;
    assert_eq!(done.stage, StageWord::HandedOver);
}
