//! The glass and the grants behind it.

use std::time::Duration;

use super::house::{House, glass};
use crate::{
    access::{Error, Field, Found, Glass, Viewer, Wrong},
    domain::{
        access::{End, GrantId, IdentifiedBy, Reason, Role},
        clock::Clock,
    },
};

async fn seated(house: &House, name: &'static str, role: Role) -> Viewer {
    let login = house.permitted(name, role).await;
    let seat = house.seat(&login).await;
    house.viewer(&seat).await
}

async fn opened(house: &House, viewer: &Viewer, branch: &str) -> GrantId {
    let token = house.candidate(viewer, branch).await;
    house
        .access
        .open_grant(viewer, &glass(&token, "1"))
        .await
        .unwrap()
}

#[tokio::test]
async fn one_digit_opens_a_grant_for_the_candidate_and_a_second_look_asks_nothing() {
    let house = House::new().await;
    let viewer = seated(&house, "doctor", Role::Physician).await;
    let id = opened(&house, &viewer, "01").await;
    let grant = house.access.grant(&viewer, &id).await.unwrap();
    assert_eq!(grant.reason, Some(Reason::Unconscious));
    assert_eq!(grant.person.number.branch, "01");
    assert_eq!(
        (grant.span, grant.judged_by.clone()),
        (Duration::from_hours(4), None)
    );
    let Found::Candidates(found) = house.search(&viewer, "01").await else {
        panic!("nobody")
    };
    assert_eq!(found[0].open.as_ref(), Some(&id));
    let nothing_said = Glass {
        candidate: found[0].token.clone(),
        ..Glass::default()
    };
    assert_eq!(
        house
            .access
            .open_grant(&viewer, &nothing_said)
            .await
            .unwrap(),
        id
    );
    assert_eq!(house.access.own_grants(&viewer).len(), 1);
}

#[tokio::test]
async fn a_double_submit_opens_one_grant() {
    let house = House::new().await;
    let viewer = seated(&house, "doctor", Role::Physician).await;
    let token = house.candidate(&viewer, "01").await;
    let form = glass(&token, "1");
    let (one, other) = tokio::join!(
        house.access.open_grant(&viewer, &form),
        house.access.open_grant(&viewer, &form)
    );
    assert_eq!(one.unwrap(), other.unwrap());
}

#[tokio::test]
async fn a_grant_for_one_patient_never_opens_another() {
    let house = House::new().await;
    let viewer = seated(&house, "doctor", Role::Physician).await;
    let colleague = seated(&house, "colleague", Role::Physician).await;
    let crew = seated(&house, "crew", Role::Paramedic).await;
    let father = opened(&house, &viewer, "01").await;
    // The same household, the same insurance number, another branch: the reason is asked again.
    let son = house.candidate(&viewer, "02").await;
    let nothing_said = Glass {
        basis: "emergency".to_owned(),
        ..glass(&son, "")
    };
    let refused = house.access.open_grant(&viewer, &nothing_said).await;
    assert_eq!(
        refused.unwrap_err(),
        Error::Field(Field::Reason, Wrong::Missing)
    );
    let son = house
        .access
        .open_grant(&viewer, &glass(&son, "1"))
        .await
        .unwrap();
    let (father, son) = (
        house.access.grant(&viewer, &father).await.unwrap(),
        house.access.grant(&viewer, &son).await.unwrap(),
    );
    assert_ne!(father.id, son.id);
    assert_ne!(father.patient_key, son.patient_key);
    assert_eq!(son.person.number.branch, "02");
    // Nobody else's session opens it, and it looks like one that does not exist.
    for stranger in [&colleague, &crew] {
        for id in [
            &father.id,
            &GrantId("n1.unknown".into()),
            &GrantId(String::new()),
        ] {
            let answer = house.access.grant(stranger, id).await;
            assert_eq!(answer.unwrap_err(), Error::NotAllowed);
        }
        let elsewhere = house.access.grant(stranger, &GrantId("n9.x".into())).await;
        assert_eq!(elsewhere.unwrap_err(), Error::OtherNode);
    }
    house
        .access
        .end_grant(&viewer, &father.id, End::Hand)
        .await
        .unwrap();
    let after = house.access.grant(&colleague, &father.id).await;
    assert_eq!(
        after.unwrap_err(),
        Error::NotAllowed,
        "how it ended is its owner's"
    );
}

#[tokio::test]
async fn a_candidate_is_good_for_its_own_session_for_ten_minutes_and_unchanged() {
    let house = House::new().await;
    let login = house.permitted("doctor", Role::Physician).await;
    let (seat, other) = (house.seat(&login).await, house.seat(&login).await);
    let (viewer, other) = (house.viewer(&seat).await, house.viewer(&other).await);
    let token = house.candidate(&viewer, "01").await;
    let stale = async |viewer: &Viewer, token: &str| {
        house
            .access
            .candidate(viewer, token)
            .is_err_and(|error| error == Error::StaleCandidate)
            && house.access.open_grant(viewer, &glass(token, "1")).await
                == Err(Error::StaleCandidate)
    };
    assert!(
        stale(&other, &token).await,
        "another session of the same account"
    );
    assert!(stale(&viewer, "").await);
    assert!(stale(&viewer, &"A".repeat(100_000)).await);
    for place in [0, 30, token.len() - 1] {
        let mut forged = token.clone().into_bytes();
        forged[place] = if forged[place] == b'A' { b'E' } else { b'A' };
        assert!(
            stale(&viewer, &String::from_utf8(forged).unwrap()).await,
            "{place}"
        );
    }
    assert!(house.access.candidate(&viewer, &token).is_ok());
    house.clock.pass(Duration::from_mins(10));
    assert!(stale(&viewer, &token).await);
}

#[tokio::test]
async fn without_permission_today_the_glass_stays_whole_and_it_is_recorded() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let clerk = house.account("clerk", Role::Clerk).await;
    for login in [&nurse, &clerk] {
        let seat = house.seat(login).await;
        let viewer = house.viewer(&seat).await;
        let token = house.candidate(&viewer, "01").await;
        let answer = house.access.open_grant(&viewer, &glass(&token, "1")).await;
        assert_eq!(answer.unwrap_err(), Error::NotAllowed);
        assert_eq!(house.newest().await["fields"]["what"], "break_glass");
    }
    let until = house.clock.now().japanese_day();
    house
        .admin
        .permit(&doctor.id, until, "admin")
        .await
        .unwrap();
    let seat = house.seat(&doctor).await;
    assert!(
        house.viewer(&seat).await.emergency_permission,
        "the last day counts"
    );
    house.clock.pass(Duration::from_hours(12));
    let seat = house.seat(&doctor).await;
    assert!(!house.viewer(&seat).await.emergency_permission);
}

#[tokio::test]
async fn others_than_physicians_name_who_judged() {
    let house = House::new().await;
    let viewer = seated(&house, "nurse", Role::Nurse).await;
    let token = house.candidate(&viewer, "01").await;
    let mut form = glass(&token, "２");
    let answer = house.access.open_grant(&viewer, &form).await;
    assert_eq!(
        answer.unwrap_err(),
        Error::Field(Field::JudgedBy, Wrong::Missing)
    );
    form.judged_by = "佐藤 医師".to_owned();
    let id = house.access.open_grant(&viewer, &form).await.unwrap();
    let grant = house.access.grant(&viewer, &id).await.unwrap();
    assert_eq!(grant.judged_by.as_deref(), Some("佐藤 医師"));
}

#[tokio::test]
async fn a_grant_ends_by_time_on_whichever_clock_is_first_and_only_once() {
    let house = House::new().await;
    let login = house.permitted("doctor", Role::Physician).await;
    let seat = house.seat(&login).await;
    let viewer = house.viewer(&seat).await;
    let id = opened(&house, &viewer, "01").await;
    house
        .clock
        .pass(Duration::from_hours(4) - Duration::from_secs(1));
    assert!(house.access.grant(&viewer, &id).await.is_ok());
    house.clock.set_wall_back(Duration::from_hours(3));
    house.clock.pass(Duration::from_secs(1));
    let over = house.access.grant(&viewer, &id).await;
    assert_eq!(over.unwrap_err(), Error::GrantOver(End::Time));
    house.access.sweep().await;
    let again = house.access.grant(&viewer, &id).await;
    assert_eq!(again.unwrap_err(), Error::GrantOver(End::Time));
    let ends = house
        .entries()
        .await
        .iter()
        .filter(|word| *word == "grant_ended")
        .count();
    assert_eq!(ends, 1);
}

#[tokio::test]
async fn the_sweep_ends_what_nobody_looks_at() {
    let house = House::new().await;
    let viewer = seated(&house, "doctor", Role::Physician).await;
    let id = opened(&house, &viewer, "01").await;
    house.clock.pass(Duration::from_hours(4));
    house.access.sweep().await;
    assert_eq!(house.access.inner.ledger.end_of(&id), Some(End::Time));
}

#[tokio::test]
async fn only_ends_that_are_a_persons_to_choose_are_taken_from_a_form() {
    let house = House::new().await;
    let viewer = seated(&house, "doctor", Role::Physician).await;
    let id = opened(&house, &viewer, "01").await;
    for end in [
        End::Time,
        End::SignOut,
        End::Revoked,
        End::Restart,
        End::Renewed,
    ] {
        let answer = house.access.end_grant(&viewer, &id, end).await;
        assert_eq!(
            answer.unwrap_err(),
            Error::Field(Field::End, Wrong::NotOneOf)
        );
    }
    house
        .access
        .end_grant(&viewer, &id, End::WrongPatient)
        .await
        .unwrap();
    let over = house.access.grant(&viewer, &id).await;
    assert_eq!(over.unwrap_err(), Error::GrantOver(End::WrongPatient));
}

#[tokio::test]
async fn notes_and_identification_are_entries_of_their_own() {
    let house = House::new().await;
    let viewer = seated(&house, "doctor", Role::Physician).await;
    let id = opened(&house, &viewer, "01").await;
    let access = &house.access;
    let empty = access.note(&viewer, &id, "  ", None).await;
    assert_eq!(
        empty.unwrap_err(),
        Error::Field(Field::Note, Wrong::Missing)
    );
    let long = access.note(&viewer, &id, &"あ".repeat(501), None).await;
    assert_eq!(
        long.unwrap_err(),
        Error::Field(Field::Note, Wrong::TooLong(500))
    );
    let by = Some(IdentifiedBy::Companion);
    access.note(&viewer, &id, "家族より聴取", by).await.unwrap();
    assert_eq!(house.entries().await[..2], ["noted", "identified"]);
    let entry = house.newest().await;
    assert!(!entry["fields"].to_string().contains("家族"));
    assert_eq!(access.grant(&viewer, &id).await.unwrap().identified_by, by);
}

#[tokio::test]
async fn without_the_ledger_no_grant_is_opened() {
    let house = House::new().await;
    let viewer = seated(&house, "doctor", Role::Physician).await;
    let token = house.candidate(&viewer, "01").await;
    house.break_ledger();
    let answer = house.access.open_grant(&viewer, &glass(&token, "1")).await;
    assert_eq!(answer.unwrap_err(), Error::CannotRecord);
    assert!(house.access.own_grants(&viewer).is_empty());
}
