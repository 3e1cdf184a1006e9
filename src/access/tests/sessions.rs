//! Sessions: binding, idle lock, end, revocation.

use std::{sync::Arc, time::Duration};

use super::{
    house::{House, PASSWORD, caller, glass, insurance, soon},
    launch::with_registry,
};
use crate::{
    access::{Error, Refusal},
    domain::{
        access::{Action, End, Role},
        section::Language,
    },
    registry::{Registry, SqliteStore},
};

#[tokio::test]
async fn a_stolen_session_is_worth_nothing_on_another_terminal() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (here, session) = house.seat(&doctor).await;
    let (other, _) = house.seat(&doctor).await;
    for strange in [other, caller(None), caller(Some("forged".to_owned()))] {
        let answer = house.access.viewer(&session, strange).await;
        assert_eq!(answer.unwrap_err(), Error::NotSignedIn);
    }
    let refusals = house
        .entries()
        .await
        .iter()
        .filter(|word| *word == "refused")
        .count();
    assert_eq!(refusals, 1, "said once a minute");
    assert_eq!(house.newest().await["fields"]["why"], "another_terminal");
    house.viewer(&(here, session)).await;
}

#[tokio::test]
async fn who_is_active_at_another_node_is_not_locked_by_this_one() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let store = SqliteStore::open(house.folder.path()).unwrap();
    let key = house.access.inner.settings.key.clone();
    let registry = Registry::new(Arc::new(store), &key, Arc::clone(&house.clock) as _);
    let other = with_registry(&house, registry);
    for _ in 0..10 {
        house.clock.pass(Duration::from_mins(1));
        assert!(!house.viewer(&seat).await.locked);
        other.sweep().await;
    }
    house.clock.pass(Duration::from_secs(191));
    other.sweep().await;
    assert_eq!(house.newest().await["event"], "locked");
    assert!(house.viewer(&seat).await.locked);
}

#[tokio::test]
async fn forged_session_cookies_are_nobody() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (here, session) = house.seat(&doctor).await;
    let longer = format!("{session}x");
    for forged in ["", "x", &longer, "\0", &"a".repeat(100_000)] {
        let answer = house.access.viewer(forged, here.clone()).await;
        assert_eq!(answer.unwrap_err(), Error::NotSignedIn);
    }
}

#[tokio::test]
async fn whoever_locked_or_signed_out_meanwhile_is_not_seated_any_more() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let viewer = house.viewer(&seat).await;
    let token = house.candidate(&viewer, "01").await;
    let glass = super::house::glass(&token, "1");
    let id = house.access.open_grant(&viewer, &glass).await.unwrap();
    let still = async || house.access.still(&viewer, &id).await.map(drop);
    assert_eq!(still().await, Ok(()));
    house.access.lock(&viewer).await.unwrap();
    assert_eq!(still().await, Err(Error::Locked));
    let locked = house.viewer(&seat).await;
    let unlocked = house.access.unlock(&locked, PASSWORD.into()).await;
    assert_eq!(unlocked, Ok(Ok(())));
    assert_eq!(still().await, Ok(()));
    house.admin.revoke(&doctor.id, "admin").await.unwrap();
    assert_eq!(still().await, Err(Error::NotSignedIn));
    house.access.sign_out(&viewer).await.unwrap();
    assert_eq!(still().await, Err(Error::NotSignedIn));
}

#[tokio::test]
async fn a_page_knows_how_long_its_own_terminals_seat_may_be_left() {
    let house = House::with(|settings| {
        settings.register_new_terminals = true;
        settings.idle_lock = Duration::from_mins(15);
    })
    .await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    assert_eq!(house.viewer(&seat).await.idle_lock, Duration::from_mins(15));
}

#[tokio::test]
async fn a_seat_left_locks_to_the_second_and_a_used_one_does_not() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    for _ in 0..5 {
        house.clock.pass(Duration::from_secs(179));
        house.access.sweep().await;
        assert!(!house.viewer(&seat).await.locked);
    }
    house.clock.pass(Duration::from_mins(3));
    assert!(house.viewer(&seat).await.locked);
    assert_eq!(house.newest().await["event"], "locked");
    house.clock.pass(Duration::from_secs(1));
    assert!(house.viewer(&seat).await.locked, "looking does not unlock");
}

#[tokio::test]
async fn the_sweep_locks_a_seat_left_without_any_request() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    house.clock.pass(Duration::from_secs(190));
    house.access.sweep().await;
    house.access.sweep().await;
    let locks = house
        .entries()
        .await
        .iter()
        .filter(|word| *word == "locked")
        .count();
    assert_eq!(locks, 1);
    assert!(house.viewer(&seat).await.locked);
}

#[tokio::test]
async fn a_locked_session_can_do_nothing_but_unlock_and_sign_out() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let open = house.viewer(&seat).await;
    let token = house.candidate(&open, "01").await;
    let id = house
        .access
        .open_grant(&open, &glass(&token, "1"))
        .await
        .unwrap();
    house.access.lock(&open).await.unwrap();
    let locked = house.viewer(&seat).await;
    assert!(locked.locked);
    let access = &house.access;
    for action in [
        Action::SignedIn,
        Action::Search,
        Action::BreakGlass,
        Action::ReadSummary,
    ] {
        assert_eq!(access.may(&locked, action).await, Err(Error::Locked));
    }
    let search = insurance("06123456", "1234", "01");
    let found = access.search(&locked, &search, soon()).await;
    assert_eq!(found.unwrap_err(), Error::Locked);
    assert_eq!(
        access.candidate(&locked, &token).unwrap_err(),
        Error::Locked
    );
    let opened = access.open_grant(&locked, &glass(&token, "1")).await;
    assert_eq!(opened.unwrap_err(), Error::Locked);
    assert_eq!(access.grant(&locked, &id).await.unwrap_err(), Error::Locked);
    let ended = access.end_grant(&locked, &id, End::Hand).await;
    assert_eq!(ended.unwrap_err(), Error::Locked);
    assert_eq!(
        access.note(&locked, &id, "x", None).await.unwrap_err(),
        Error::Locked
    );
    assert!(access.own_grants(&locked).is_empty());

    let wrong = access
        .unlock(&locked, "wrong password".into())
        .await
        .unwrap();
    assert_eq!(wrong, Err(Refusal::UnknownOrWrong));
    assert_eq!(house.newest().await["event"], "unlock_refused");
    assert!(house.viewer(&seat).await.locked);
    assert_eq!(
        access.unlock(&locked, PASSWORD.into()).await.unwrap(),
        Ok(())
    );
    let resumed = house.viewer(&seat).await;
    assert!(!resumed.locked);
    assert!(
        access.grant(&resumed, &id).await.is_ok(),
        "the grant goes on"
    );
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_even_if_the_wall_clock_is_set_back() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    house
        .clock
        .pass(Duration::from_hours(12) - Duration::from_secs(1));
    house.viewer(&seat).await;
    house.clock.set_wall_back(Duration::from_hours(6));
    house.clock.pass(Duration::from_secs(1));
    let over = house.access.viewer(&seat.1, seat.0.clone()).await;
    assert_eq!(over.unwrap_err(), Error::NotSignedIn);
    house.access.sweep().await;
    assert!(
        house
            .access
            .inner
            .registry
            .seats()
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(house.newest().await["event"], "signed_out");
}

#[tokio::test]
async fn revoking_ends_sessions_and_grants_at_once() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let viewer = house.viewer(&seat).await;
    let token = house.candidate(&viewer, "01").await;
    let id = house
        .access
        .open_grant(&viewer, &glass(&token, "1"))
        .await
        .unwrap();
    house.admin.revoke(&doctor.id, "admin").await.unwrap();
    let over = house.access.viewer(&seat.1, seat.0.clone()).await;
    assert_eq!(over.unwrap_err(), Error::NotSignedIn);
    house.access.sweep().await;
    assert_eq!(house.access.inner.ledger.end_of(&id), Some(End::Revoked));
    let again = house.seat(&doctor).await;
    assert!(!house.viewer(&again).await.emergency_permission);
}

#[tokio::test]
async fn signing_out_of_the_last_session_ends_the_grants_and_of_another_does_not() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let (one, other) = (house.seat(&doctor).await, house.seat(&doctor).await);
    let viewer = house.viewer(&one).await;
    let token = house.candidate(&viewer, "01").await;
    let id = house
        .access
        .open_grant(&viewer, &glass(&token, "1"))
        .await
        .unwrap();
    house.access.sign_out(&viewer).await.unwrap();
    let gone = house.access.viewer(&one.1, one.0.clone()).await;
    assert_eq!(gone.unwrap_err(), Error::NotSignedIn);
    let elsewhere = house.viewer(&other).await;
    assert!(house.access.grant(&elsewhere, &id).await.is_ok());
    house.access.sign_out(&elsewhere).await.unwrap();
    assert_eq!(house.access.inner.ledger.end_of(&id), Some(End::SignOut));
}

#[tokio::test]
async fn signing_in_again_at_the_same_terminal_replaces_the_former_session() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let first = house.seat(&doctor).await;
    let viewer = house.viewer(&first).await;
    let token = house.candidate(&viewer, "01").await;
    let id = house
        .access
        .open_grant(&viewer, &glass(&token, "1"))
        .await
        .unwrap();
    let again = house.sign_in(&doctor, &first.0).await;
    let gone = house.access.viewer(&first.1, first.0.clone()).await;
    assert_eq!(gone.unwrap_err(), Error::NotSignedIn);
    let viewer = house.viewer(&(first.0, again.session)).await;
    assert!(
        house.access.grant(&viewer, &id).await.is_ok(),
        "the grant goes on"
    );
    house.access.sign_out(&viewer).await.unwrap();
    assert_eq!(house.access.inner.ledger.end_of(&id), Some(End::SignOut));
}

#[tokio::test]
async fn a_grant_whose_account_has_no_session_left_is_swept() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let viewer = house.viewer(&seat).await;
    let token = house.candidate(&viewer, "01").await;
    let id = house
        .access
        .open_grant(&viewer, &glass(&token, "1"))
        .await
        .unwrap();
    house.access.sweep().await;
    assert!(house.access.grant(&viewer, &id).await.is_ok());
    house
        .access
        .inner
        .registry
        .end_session(&viewer.session)
        .await
        .unwrap();
    house.access.sweep().await;
    assert_eq!(house.access.inner.ledger.end_of(&id), Some(End::SignOut));
}

#[tokio::test]
async fn a_form_is_taken_from_its_own_session_only() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (one, other) = (house.seat(&doctor).await, house.seat(&doctor).await);
    let (one, other) = (house.viewer(&one).await, house.viewer(&other).await);
    assert_eq!(house.access.check_form(&one, &one.form_token), Ok(()));
    for foreign in [&*other.form_token, "", &one.session] {
        assert_eq!(
            house.access.check_form(&one, foreign),
            Err(Error::ForeignForm)
        );
    }
}

#[tokio::test]
async fn a_role_may_do_what_its_row_says_and_a_refusal_is_recorded() {
    let house = House::new().await;
    let clerk = house.account("clerk", Role::Clerk).await;
    let seat = house.seat(&clerk).await;
    let viewer = house.viewer(&seat).await;
    assert_eq!(house.access.may(&viewer, Action::Search).await, Ok(()));
    let refused = house.access.may(&viewer, Action::ReadSummary).await;
    assert_eq!(refused, Err(Error::NotAllowed));
    let entry = house.newest().await;
    assert_eq!(
        (&entry["event"], &entry["fields"]["what"]),
        (&"refused".into(), &"read_summary".into())
    );
}

#[tokio::test]
async fn the_language_is_the_accounts() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let viewer = house.viewer(&seat).await;
    house
        .access
        .set_language(&viewer, Language::En)
        .await
        .unwrap();
    assert_eq!(house.viewer(&seat).await.language, Language::En);
}

#[tokio::test]
async fn a_page_left_alone_is_no_activity_and_locks_the_seat_in_time() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (here, session) = house.seat(&doctor).await;
    let left = async || {
        let viewer = house.access.viewer_left(&session, here.clone()).await;
        viewer.unwrap().locked
    };
    house.clock.pass(Duration::from_secs(100));
    assert!(!left().await, "busy elsewhere a while ago");
    house.clock.pass(Duration::from_secs(77));
    assert!(!left().await);
    house.clock.pass(Duration::from_secs(1));
    assert!(
        left().await,
        "what the page asked before counted for nothing"
    );
    assert!(house.viewer(&(here.clone(), session.clone())).await.locked);
}
