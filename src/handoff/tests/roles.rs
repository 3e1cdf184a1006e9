//! Whose role does what: asked first, and refused as if nothing were there.

use std::collections::BTreeSet;

use super::*;
use crate::{
    domain::{
        handoff::{MassStep, RowId, Triage},
        section::SourceName,
    },
    registry::Disaster,
};

/// What a role of a kind of facility did, by what it tried.
async fn did(world: &World, actor: &Actor, id: &HandoffId) -> Vec<&'static str> {
    let room = &world.room;
    let sources = BTreeSet::from([SourceName::Emr]);
    let add = MassStep::Add {
        id: RowId::new(&world.fresh().to_string()).unwrap(),
        triage: Triage::Red,
    };
    let own = if actor.is_crew {
        named("花子")
    } else {
        Step::AskBack {
            text: by("年齢は")
        }
    };
    let grant = world.grant("1001").await;
    let answers = [
        (
            "begin",
            room.begin(actor, &world.fresh(), "").await.map(drop),
        ),
        ("open", room.open(actor, id).await.map(drop)),
        ("board", room.board(actor).await.map(drop)),
        (
            "responses",
            room.responses(actor, testing::noon()).await.map(drop),
        ),
        ("list", room.list(actor).await.map(drop)),
        (
            "list_step",
            room.list_step(actor, &world.fresh(), None, add)
                .await
                .map(drop),
        ),
        (
            "step",
            room.step(actor, id, &world.fresh(), own).await.map(drop),
        ),
        (
            "link",
            room.link(actor, id, &world.fresh(), &grant).await.map(drop),
        ),
        ("reveal", room.reveal(actor, id).await.map(drop)),
        (
            "document",
            room.document(actor, id, Language::Ja).await.map(drop),
        ),
        (
            "prefetch",
            room.to_fetch_ahead(actor, id, &sources).await.map(drop),
        ),
    ];
    let mut done = Vec::new();
    for (what, answer) in answers {
        match answer {
            Ok(()) => done.push(what),
            Err(error) => assert_eq!(error, Error::NotThere, "{what}"),
        }
    }
    done
}

#[tokio::test]
async fn every_role_does_what_its_side_lets_it_do_and_nothing_else() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    world.take(&physician("h1"), &id, Step::Accept).await;
    for facility in ["fire1", "h1"] {
        let disaster = Disaster {
            area: "千葉県北西部".to_owned(),
            until: "2026-04-02".parse().unwrap(),
            by: "admin".to_owned(),
            at: testing::noon(),
        };
        let registry = &world.room.inner.registry;
        let set = registry.set_disaster(place(facility), Some(disaster)).await;
        set.unwrap();
    }
    let crews = [
        "begin",
        "open",
        "board",
        "responses",
        "list",
        "list_step",
        "step",
        "link",
    ];
    let receivers = [
        "open",
        "board",
        "list",
        "list_step",
        "step",
        "reveal",
        "document",
        "prefetch",
    ];
    let readers = ["open", "board", "list"];
    for role in Role::ALL {
        for is_crew in [true, false] {
            let facility = if is_crew { "fire1" } else { "h1" };
            // The account whose grant it is.
            let actor = Actor {
                is_crew,
                ..actor(facility, "crew1", role)
            };
            let expected: &[&str] = match role {
                Role::Paramedic if is_crew => &crews,
                Role::Physician | Role::Nurse if !is_crew => &receivers,
                Role::Pharmacist | Role::Clerk if !is_crew => &readers,
                Role::Physician
                | Role::Nurse
                | Role::Pharmacist
                | Role::Paramedic
                | Role::Clerk
                | Role::Auditor
                | Role::Administrator => &[],
            };
            let done = did(&world, &actor, &id).await;
            assert_eq!(done, expected, "{role:?} of {facility}");
        }
    }
}

#[tokio::test]
async fn an_account_of_the_hospital_that_may_not_answer_accepts_nothing() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    for role in [
        Role::Paramedic,
        Role::Clerk,
        Role::Pharmacist,
        Role::Auditor,
        Role::Administrator,
    ] {
        let somebody = Actor {
            is_crew: false,
            ..actor("h1", "somebody", role)
        };
        let refused = world.refused(&somebody, &id, Step::Accept).await;
        assert_eq!(refused, Error::NotThere, "{role:?}");
    }
    let board = world.room.board(&physician("h1")).await.unwrap();
    assert_eq!(board.runs[0].stage, StageWord::Open);
}
