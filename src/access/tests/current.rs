//! 現在対応中の患者.

use std::time::Duration;

use super::house::{House, glass, soon};
use crate::{
    access::{Candidate, Current, Error, Found, Glass, Search, Viewer},
    domain::{
        access::{AccountId, End, FoundBy, GrantId, PatientKey, Person, Reason, Role},
        handoff::{Handoff, HandoffId, Link, Party, Step, StepId},
    },
};

async fn seated(house: &House, name: &'static str, role: Role) -> Viewer {
    let login = house.permitted(name, role).await;
    let seat = house.seat(&login).await;
    house.viewer(&seat).await
}

async fn opened(house: &House, viewer: &Viewer, branch: &str, reason: &str) -> GrantId {
    let token = house.candidate(viewer, branch).await;
    let mut form = glass(&token, reason);
    "佐藤".clone_into(&mut form.judged_by);
    house.access.open_grant(viewer, &form).await.unwrap()
}

async fn chosen(house: &House, viewer: &Viewer, token: &str) -> Result<Candidate, Error> {
    let search = Search {
        mode: "board".to_owned(),
        candidate: token.to_owned(),
        ..Search::default()
    };
    match house.access.search(viewer, &search, soon()).await? {
        Found::Candidates(mut found) if found.len() == 1 => Ok(found.remove(0)),
        other @ (Found::Candidates(_) | Found::Nobody | Found::TooMany | Found::Unconfirmed(_)) => {
            panic!("{other:?}")
        }
    }
}

fn names(current: &Current) -> Vec<String> {
    current
        .candidates
        .iter()
        .filter_map(|candidate| candidate.patient.clone()?.name)
        .collect()
}

#[tokio::test]
async fn a_colleagues_patient_is_listed_once_newest_first_and_only_in_his_facility() {
    let house = House::new().await;
    let doctor = seated(&house, "doctor", Role::Physician).await;
    let nurse = seated(&house, "nurse", Role::Nurse).await;
    let colleague = seated(&house, "colleague", Role::Physician).await;
    let clerk = house.account("clerk", Role::Clerk).await;
    let clerk = house.viewer(&house.seat(&clerk).await).await;
    let crew = seated(&house, "crew", Role::Paramedic).await;
    opened(&house, &doctor, "01", "1").await;
    house.clock.pass(Duration::from_mins(1));
    opened(&house, &nurse, "01", "2").await;
    house.clock.pass(Duration::from_mins(1));
    opened(&house, &doctor, "02", "3").await;

    for viewer in [&colleague, &clerk] {
        let current = house.access.current(viewer).await.unwrap();
        assert_eq!(names(&current), ["山田 次郎", "山田 太郎"]);
        assert!(
            current.candidates.iter().all(|one| one.has_namesake),
            "a household"
        );
        assert_eq!(current.candidates[1].branch.as_deref(), Some("01"));
        assert_eq!(current.more, 0);
        let entry = house.newest().await;
        assert_eq!(entry["event"], "searched", "names are shown: {entry}");
        assert_eq!(entry["fields"]["mode"], "board");
    }
    let current = house.access.current(&doctor).await.unwrap();
    assert!(current.candidates.is_empty(), "both are his own already");
    let current = house.access.current(&nurse).await.unwrap();
    assert_eq!(names(&current), ["山田 次郎"]);
    let before = house.entries().await.len();
    let current = house.access.current(&crew).await.unwrap();
    assert!(
        current.candidates.is_empty(),
        "another facility's are nobody's business"
    );
    assert_eq!(
        house.entries().await.len(),
        before,
        "an empty list names nobody"
    );
}

#[tokio::test]
async fn joining_is_a_grant_of_ones_own_with_the_colleagues_reason() {
    let house = House::new().await;
    let doctor = seated(&house, "doctor", Role::Physician).await;
    let colleague = seated(&house, "colleague", Role::Physician).await;
    let first = opened(&house, &doctor, "01", "2").await;
    let listed = house.access.current(&colleague).await.unwrap();
    let candidate = chosen(&house, &colleague, &listed.candidates[0].token)
        .await
        .unwrap();
    assert_eq!(candidate.reason, Some(Reason::DangerToLife));
    assert_eq!(candidate.open, None);
    let entry = house.newest().await;
    assert_eq!(entry["event"], "searched");
    assert!(
        entry["patient"].is_string(),
        "whom was chosen is on the entry: {entry}"
    );
    // Nothing said is no reason: the form carries it, the token does not.
    let nothing_said = Glass {
        basis: "emergency".to_owned(),
        ..glass(&candidate.token, "")
    };
    assert!(
        house
            .access
            .open_grant(&colleague, &nothing_said)
            .await
            .is_err()
    );
    let joined = house
        .access
        .open_grant(&colleague, &glass(&candidate.token, "2"))
        .await
        .unwrap();
    assert_ne!(joined, first);
    let grant = house.access.grant(&colleague, &joined).await.unwrap();
    assert_eq!(grant.found_by, FoundBy::Board);
    assert_eq!(grant.account, colleague.account);
    assert!(
        house.access.grant(&colleague, &first).await.is_err(),
        "never passed on"
    );
    house
        .access
        .end_grant(&doctor, &first, End::Hand)
        .await
        .unwrap();
    house.access.grant(&colleague, &joined).await.unwrap();
}

#[tokio::test]
async fn who_is_not_current_any_more_is_no_candidate_any_more() {
    let house = House::new().await;
    let doctor = seated(&house, "doctor", Role::Physician).await;
    let colleague = seated(&house, "colleague", Role::Physician).await;
    let first = opened(&house, &doctor, "01", "1").await;
    let token = |current: &Current| current.candidates[0].token.clone();
    let listed = token(&house.access.current(&colleague).await.unwrap());
    let other = chosen(&house, &doctor, &listed).await;
    assert_eq!(
        other.unwrap_err(),
        Error::StaleCandidate,
        "bound to its session"
    );
    let candidate = chosen(&house, &colleague, &listed).await.unwrap();
    house
        .access
        .end_grant(&doctor, &first, End::WrongPatient)
        .await
        .unwrap();
    let again = chosen(&house, &colleague, &listed).await;
    assert_eq!(again.unwrap_err(), Error::StaleCandidate);
    let open = house
        .access
        .open_grant(&colleague, &glass(&candidate.token, "1"))
        .await;
    assert_eq!(open.unwrap_err(), Error::StaleCandidate);
    let none = house.access.current(&colleague).await.unwrap();
    assert!(none.candidates.is_empty());

    opened(&house, &doctor, "01", "1").await;
    house.clock.pass(Duration::from_hours(4));
    let none = house
        .access
        .current(&seated(&house, "late", Role::Physician).await)
        .await;
    assert!(none.unwrap().candidates.is_empty(), "its time is over");
}

#[tokio::test]
async fn a_list_that_cannot_be_recorded_is_not_given_and_a_locked_seat_has_none() {
    let house = House::new().await;
    let doctor = seated(&house, "doctor", Role::Physician).await;
    let colleague = seated(&house, "colleague", Role::Physician).await;
    opened(&house, &doctor, "01", "1").await;
    let mut locked = colleague.clone();
    locked.locked = true;
    assert_eq!(
        house.access.current(&locked).await.unwrap_err(),
        Error::Locked
    );
    house.break_ledger();
    let refused = house.access.current(&colleague).await;
    assert_eq!(refused.unwrap_err(), Error::CannotRecord);
}

fn party(house: &House, is_crew: bool) -> Party {
    Party {
        account: AccountId(if is_crew { "crew1" } else { "dr" }.to_owned()),
        facility: if is_crew {
            &house.fire
        } else {
            &house.hospital
        }
        .clone(),
        name: "隊長".to_owned(),
        is_crew,
    }
}

fn step_id(word: &str) -> StepId {
    StepId::new(word).unwrap()
}

/// A run that brings a person to the hospital, which accepted.
async fn brought(house: &House, person: &Person) -> Handoff {
    let (crew, doctor) = (party(house, true), party(house, false));
    let now = house.access.inner.clock.now().wall;
    let id = HandoffId("5f".to_owned());
    let mut run = Handoff::begin(id, "救急 1".to_owned(), &crew, now);
    let ask = Step::Ask {
        hospitals: vec![house.hospital.clone()],
    };
    let link = Step::Link(Box::new(Link {
        person: person.clone(),
        patient_key: PatientKey("k".to_owned()),
        found_by: FoundBy::Insurance,
        identified_by: None,
        grant: None,
    }));
    for (by, word, step) in [
        (&crew, "ask", ask),
        (&crew, "link", link),
        (&doctor, "accept", Step::Accept),
    ] {
        run.apply(step_id(word), by, step, now).unwrap();
    }
    let registry = &house.access.inner.registry;
    let added = registry.add_handoff(&run, &*house.access.inner.entropy);
    assert!(added.await.unwrap());
    run
}

/// The crew sees that it is somebody else.
async fn unlinked(house: &House, mut run: Handoff) {
    let (from, now) = (run.version, house.access.inner.clock.now().wall);
    let crew = party(house, true);
    run.apply(step_id("unlink"), &crew, Step::Unlink, now)
        .unwrap();
    let registry = &house.access.inner.registry;
    let changed = registry.change_handoff(from, &run, now, &*house.access.inner.entropy);
    assert!(changed.await.unwrap());
}

#[tokio::test]
async fn whom_a_crew_hands_over_is_found_by_the_board_before_anybody_looks() {
    let house = House::new().await;
    let doctor = seated(&house, "doctor", Role::Physician).await;
    let clerk = house.signed_in("clerk", Role::Clerk).await;
    let person = crate::ledger::testing::person("1001");
    let run = brought(&house, &person).await;
    let refused = house.access.handed_over(&clerk, person.clone()).await;
    assert!(matches!(refused, Err(Error::NotAllowed)), "{refused:?}");
    let handed = house.access.handed_over(&doctor, person.clone()).await;
    let handed = handed.unwrap();
    let newest = house.newest().await;
    assert_eq!(newest["fields"]["mode"], "board");
    assert_eq!(newest["fields"]["listed"][0], handed.patient_key.0);
    let form = glass(&handed.token, "1");
    let grant = house.access.open_grant(&doctor, &form).await.unwrap();
    let grant = house.access.grant(&doctor, &grant).await.unwrap();
    assert_eq!((grant.found_by, &grant.person), (FoundBy::Board, &person));
    let again = house.access.handed_over(&doctor, person.clone()).await;
    let again = again.unwrap();
    let colleague = seated(&house, "colleague", Role::Physician).await;
    let late = house.access.handed_over(&colleague, person.clone()).await;
    let late = late.unwrap();
    unlinked(&house, run).await;
    for (viewer, token) in [(&doctor, again.token), (&colleague, late.token)] {
        let refused = house.access.open_grant(viewer, &glass(&token, "1")).await;
        assert_eq!(refused.unwrap_err(), Error::StaleCandidate);
    }
    house.break_ledger();
    let unrecorded = house.access.handed_over(&doctor, person).await;
    assert_eq!(unrecorded.unwrap_err(), Error::CannotRecord);
}
