//! Who sees whom it is about, and what of that is recorded first.

use std::collections::BTreeSet;

use super::*;
use crate::{
    domain::{
        handoff::{Handoff, Link, Party},
        section::SourceName,
    },
    ledger,
};

#[tokio::test]
async fn a_hospital_sees_the_identity_only_after_it_accepted_and_that_look_was_recorded() {
    let world = World::new();
    let (doctor, other) = (physician("h1"), physician("h2"));
    let id = world.asked("a", &["h1", "h2"]).await;
    world.take(&crew(), &id, named("路上 花子")).await;
    world.linked(&id, "1001").await;
    for hospital in [&doctor, &other] {
        let opened = world.room.open(hospital, &id).await.unwrap();
        assert!(matches!(opened, Opened::Asked(_)));
        assert!(!format!("{opened:?}").contains("花子"));
        let revealed = world.room.reveal(hospital, &id).await;
        assert_eq!(revealed, Err(Error::NotThere));
    }
    world.take(&doctor, &id, Step::Accept).await;
    let opened = world.room.open(&doctor, &id).await.unwrap();
    assert!(matches!(opened, Opened::Accepted(_)));
    let text = format!("{opened:?}");
    assert!(!text.contains("花子") && !text.contains("太郎"), "{text}");
    let revealed = world.room.reveal(&doctor, &id).await.unwrap();
    assert_eq!(revealed.identity().name.as_deref(), Some("救急 太郎"));
    let newest = world.entries("h1").await.remove(0);
    assert_eq!(newest.event, "handoff_revealed");
    assert_eq!(newest.person(), Some(testing::person("1001")));
    assert_eq!(newest.fields["version"], revealed.version);
    let key = world
        .ledger
        .patient_key(&place("h1"), &testing::person("1001").number);
    assert_eq!(newest.patient, Some(key));
    assert!(!holds(world.folder.path(), "太郎"));
}

#[tokio::test]
async fn a_hospital_that_declined_or_came_second_never_sees_the_form_nor_is_told_of_in_its_ledger()
{
    let world = World::new();
    let id = world.asked("a", &["h1", "h2", "h3"]).await;
    world.linked(&id, "1001").await;
    world.take(&crew(), &id, named("路上 花子")).await;
    world.take(&physician("h2"), &id, decline()).await;
    world.take(&physician("h1"), &id, Step::Accept).await;
    for hospital in ["h2", "h3"] {
        let actor = physician(hospital);
        let opened = world.room.open(&actor, &id).await.unwrap();
        let Opened::Gone(own) = opened else {
            panic!("gone: {opened:?}");
        };
        assert_eq!(own.len(), 1);
        let revealed = world.room.reveal(&actor, &id).await;
        assert_eq!(revealed, Err(Error::NotThere));
        assert!(world.room.board(&actor).await.unwrap().runs.is_empty());
        let entries = world.entries(hospital).await;
        assert!(entries.iter().all(|entry| entry.person().is_none()));
        assert!(entries.iter().all(|entry| entry.patient.is_none()));
    }
}

#[tokio::test]
async fn the_crew_itself_is_shown_its_form_only_with_an_entry() {
    let world = World::new();
    let id = world.begun("a").await;
    world.linked(&id, "1001").await;
    let colleague = actor("fire1", "crew9", Role::Paramedic);
    let opened = world.room.open(&colleague, &id).await.unwrap();
    assert!(matches!(opened, Opened::Crew(_)));
    let newest = world.entries("fire1").await.remove(0);
    assert_eq!(newest.event, "handoff_revealed");
    assert_eq!(newest.account, Some(colleague.who.account));
    assert_eq!(newest.person(), Some(testing::person("1001")));
}

#[tokio::test]
async fn only_the_hospital_that_accepted_fetches_ahead_and_its_entry_comes_first() {
    let world = World::new();
    let id = world.asked("a", &["h1"]).await;
    let doctor = physician("h1");
    let sources = BTreeSet::from([SourceName::Emr, SourceName::Claims]);
    let early = world.room.to_fetch_ahead(&doctor, &id, &sources).await;
    assert_eq!(early, Err(Error::NotThere));
    world.take(&doctor, &id, Step::Accept).await;
    let nobody = world.room.to_fetch_ahead(&doctor, &id, &sources).await;
    assert_eq!(nobody, Ok(None), "nobody knows who it is");
    world.linked(&id, "1001").await;
    let known = world.room.to_fetch_ahead(&doctor, &id, &sources).await;
    assert_eq!(known, Ok(Some(testing::person("1001"))));
    let newest = world.entries("h1").await.remove(0);
    assert_eq!(newest.event, "prefetched");
    assert_eq!(newest.word("ground"), Some("handoff"));
    assert_eq!(newest.word("handoff"), Some(&*id.0));
}

#[tokio::test]
async fn a_day_after_the_handover_nobody_is_shown_any_longer() {
    let world = World::new();
    let doctor = physician("h1");
    let id = world.asked("a", &["h1"]).await;
    world.linked(&id, "1001").await;
    world.take(&doctor, &id, Step::Accept).await;
    world
        .take(&crew(), &id, Step::Arrive { by: by("隊長") })
        .await;
    world
        .take(&doctor, &id, Step::Receive { by: by("医師") })
        .await;
    let sources = BTreeSet::from([SourceName::Emr]);
    world.pass(TimeDelta::hours(23));
    assert!(world.room.reveal(&doctor, &id).await.is_ok());
    assert!(
        world
            .room
            .to_fetch_ahead(&doctor, &id, &sources)
            .await
            .is_ok()
    );
    world.pass(TimeDelta::hours(2));
    let revealed = world.room.reveal(&doctor, &id).await;
    assert_eq!(revealed, Err(Error::NotThere));
    let ahead = world.room.to_fetch_ahead(&doctor, &id, &sources).await;
    assert_eq!(ahead, Err(Error::NotThere));
}

/// A handoff in a version, from the entries of its steps alone.
async fn from_entries(world: &World, id: &HandoffId, version: u64) -> Handoff {
    let mut entries = world.entries("fire1").await;
    entries.extend(world.entries("h1").await);
    entries.retain(|entry| entry.event == "handoff_step" && entry.word("handoff") == Some(&*id.0));
    let number = |entry: &ReadEntry| entry.fields["version"].as_u64().unwrap();
    entries.retain(|entry| number(entry) < version);
    entries.sort_by_key(|entry| (number(entry), entry.seq));
    let mut handoff: Option<Handoff> = None;
    for entry in entries {
        let Some(ledger::Opened::Clear(said)) = entry.personal.get("said") else {
            panic!("a step says what was said");
        };
        let by = Party {
            account: entry.account.clone().unwrap(),
            facility: entry.facility.clone(),
            name: String::new(),
            is_crew: entry.facility == place("fire1"),
        };
        match &mut handoff {
            None => handoff = Some(Handoff::begin(id.clone(), said.clone(), &by, entry.wall)),
            Some(handoff) => {
                let step = serde_json::from_str(said).unwrap();
                let taken = handoff.apply(world.fresh(), &by, step, entry.wall);
                assert_eq!(taken, Ok(Taken::New));
            }
        }
    }
    handoff.unwrap()
}

#[tokio::test]
async fn what_a_hospital_was_shown_is_found_from_the_entries_that_were_written_before_it() {
    let world = World::new();
    let doctor = physician("h1");
    let id = world.asked("a", &["h1", "h2"]).await;
    world.linked(&id, "1001").await;
    world.take(&crew(), &id, named("路上 花子")).await;
    world.take(&physician("h2"), &id, decline()).await;
    world.take(&doctor, &id, Step::Accept).await;
    let shown = world.room.reveal(&doctor, &id).await.unwrap();
    let look = world.entries("h1").await.remove(0);
    assert_eq!(look.event, "handoff_revealed");
    let version = look.fields["version"].as_u64().unwrap();
    // Whatever is touched afterwards.
    world.take(&crew(), &id, named("路上 次郎")).await;
    world.take(&crew(), &id, Step::Unlink).await;
    let found = from_entries(&world, &id, version).await;
    assert_eq!((found.form, found.stage), (shown.form, shown.stage));
    let whom = |handoff: Option<Link>| handoff.map(|link| link.person);
    assert_eq!(whom(found.linked), whom(shown.linked));
}
