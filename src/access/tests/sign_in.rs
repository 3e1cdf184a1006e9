//! Signing in.

use std::time::Duration;

use super::house::{House, PASSWORD, caller, refusal};
use crate::{
    access::{Error, Refusal, SignIn, SignedIn},
    domain::access::Role,
};

#[tokio::test]
async fn both_factors_together_or_one_after_the_other_open_a_session() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let here = caller(None);
    let session = house.sign_in(&doctor, &here).await;
    let device = session.device.clone();
    assert!(device.is_some(), "a new browser is registered");
    let seat = (caller(device), session.session);
    assert_eq!(house.viewer(&seat).await.account, doctor.id);

    house.clock.pass(Duration::from_secs(30));
    let first = house
        .try_sign_in("ＤＯＣＴＯＲ", PASSWORD, None, &seat.0)
        .await;
    let SignedIn::NeedsCode { pending, .. } = first else {
        panic!("{first:?}")
    };
    let code = house.code(&doctor);
    let (left, right) = code.split_at(3);
    let spaced = format!("{left} {right}");
    let second = house.access.sign_in_code(&pending, &spaced, &seat.0).await;
    let SignedIn::Done(again) = second.unwrap() else {
        panic!("not signed in")
    };
    assert_eq!(again.device, None, "the terminal is known already");
    let seat = (seat.0, again.session);
    assert!(
        house
            .viewer(&seat)
            .await
            .terminal_name
            .starts_with("訓練用端末")
    );
}

#[tokio::test]
async fn a_code_opens_one_session_only_and_says_when_the_next_one_comes() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (here, _) = house.seat(&doctor).await;
    let code = house.code(&doctor);
    let again = house
        .try_sign_in("doctor", PASSWORD, Some(&code), &here)
        .await;
    let Refusal::UsedCode(wait) = refusal(&again) else {
        panic!("{again:?}")
    };
    assert!((1..=30).contains(&wait), "{wait}");
    house.clock.pass(Duration::from_secs(wait));
    let next = house.code(&doctor);
    let answer = house
        .try_sign_in("doctor", PASSWORD, Some(&next), &here)
        .await;
    assert!(matches!(answer, SignedIn::Done(_)), "{answer:?}");
}

#[tokio::test]
async fn two_posts_of_one_code_at_the_same_time_open_one_session() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (here, _) = house.seat(&doctor).await;
    house.clock.pass(Duration::from_secs(30));
    let code = house.code(&doctor);
    let post = || house.try_sign_in("doctor", PASSWORD, Some(&code), &here);
    let (one, other) = tokio::join!(post(), post());
    let done = [one, other]
        .iter()
        .filter(|answer| matches!(answer, SignedIn::Done(_)))
        .count();
    assert_eq!(done, 1);
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_look_alike_and_cost_the_same_work() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let code = house.code(&doctor);
    let here = caller(None);
    let mut work = Vec::new();
    for (name, password) in [
        ("doctor", "wrong password"),
        ("nobody", "wrong password"),
        ("nobody", PASSWORD),
        ("", ""),
        ("doctor", ""),
        ("doctor\0", PASSWORD),
    ] {
        let before = house.access.inner.hasher.done();
        let answer = house.try_sign_in(name, password, Some(&code), &here).await;
        assert_eq!(refusal(&answer), Refusal::UnknownOrWrong, "{name:?}");
        work.push(house.access.inner.hasher.done() - before);
    }
    assert_eq!(work, [1; 6]);
}

#[tokio::test]
async fn a_refused_sign_in_is_recorded_without_what_was_typed_in_clear() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let wrong = house
        .try_sign_in("doctor", "wrong password", None, &caller(None))
        .await;
    assert_eq!(refusal(&wrong), Refusal::UnknownOrWrong);
    let entry = house.newest().await;
    assert_eq!(entry["event"], "sign_in_refused");
    assert_eq!(entry["fields"]["why"], "unknown_or_wrong");
    assert_eq!(entry["account"], serde_json::Value::Null);

    let code = if house.code(&doctor) == "000000" {
        "000001"
    } else {
        "000000"
    };
    let wrong = house
        .try_sign_in("doctor", PASSWORD, Some(code), &caller(None))
        .await;
    assert_eq!(refusal(&wrong), Refusal::WrongCode);
    let entry = house.newest().await;
    assert_eq!(entry["fields"]["why"], "wrong_code");
    assert_eq!(entry["account"], doctor.id.0.as_str());
}

#[tokio::test]
async fn a_pending_step_is_bound_to_its_device_and_expires() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (here, _) = house.seat(&doctor).await;
    let (other, _) = house.seat(&doctor).await;
    let ask = async || match house.try_sign_in("doctor", PASSWORD, None, &here).await {
        SignedIn::NeedsCode { pending, .. } => pending,
        answer @ (SignedIn::Done(_) | SignedIn::Refused(_)) => panic!("{answer:?}"),
    };
    house.clock.pass(Duration::from_secs(30));
    let code = house.code(&doctor);
    let refused = async |pending: &str, caller| {
        refusal(
            &house
                .access
                .sign_in_code(pending, &code, caller)
                .await
                .unwrap(),
        )
    };
    assert_eq!(refused(&ask().await, &other).await, Refusal::Expired);
    assert_eq!(refused("", &here).await, Refusal::Expired);
    let pending = ask().await;
    let mut forged = pending.clone().into_bytes();
    forged[40] ^= 1;
    let forged = String::from_utf8(forged).unwrap();
    assert_eq!(refused(&forged, &here).await, Refusal::Expired);
    house.clock.pass(Duration::from_mins(5));
    assert_eq!(refused(&pending, &here).await, Refusal::Expired);
    let pending = ask().await;
    house
        .admin
        .set_password(&doctor.id, "another password".into())
        .await
        .unwrap();
    assert_eq!(refused(&pending, &here).await, Refusal::Expired);
}

#[tokio::test]
async fn a_thousand_wrong_tries_are_slowed_at_most_ten_seconds_and_others_are_not() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (known, _) = house.seat(&doctor).await;
    let mut slowed = 0;
    for _ in 0..1_000 {
        let answer = house
            .try_sign_in("doctor", "wrong", None, &caller(None))
            .await;
        if let Refusal::Slowed(wait) = refusal(&answer) {
            assert!((1..=10).contains(&wait), "{wait}");
            slowed += 1;
        } else {
            assert_eq!(refusal(&answer), Refusal::UnknownOrWrong);
        }
    }
    assert!(slowed > 900, "{slowed}");
    let entries = house.entries().await;
    let refused = entries
        .iter()
        .filter(|word| *word == "sign_in_refused")
        .count();
    assert!(
        refused < 20,
        "slowed tries do not fill the ledger: {refused}"
    );
    house.sign_in(&doctor, &known).await;
}

#[tokio::test]
async fn without_training_an_unknown_terminal_is_refused_before_any_password_is_read() {
    let house = House::with(|_| {}).await;
    let doctor = house.account("doctor", Role::Physician).await;
    let before = house.access.inner.hasher.done();
    let code = house.code(&doctor);
    for device in [None, Some("forged".to_owned())] {
        let here = caller(device);
        let answer = house
            .try_sign_in("doctor", PASSWORD, Some(&code), &here)
            .await;
        assert_eq!(refusal(&answer), Refusal::UnknownTerminal);
    }
    assert_eq!(house.access.inner.hasher.done(), before);
}

#[tokio::test]
async fn a_registered_terminal_serves_its_own_facility_only() {
    let house = House::with(|_| {}).await;
    let doctor = house.account("doctor", Role::Physician).await;
    let crew = house.account("crew", Role::Paramedic).await;
    let here = caller(house.register("初療室 1", &caller(None)).await);
    let session = house.sign_in(&doctor, &here).await;
    let viewer = house.viewer(&(here.clone(), session.session)).await;
    assert_eq!(viewer.terminal_name, "初療室 1");
    let code = house.code(&crew);
    let answer = house
        .try_sign_in("crew", PASSWORD, Some(&code), &here)
        .await;
    assert_eq!(refusal(&answer), Refusal::UnknownTerminal);
}

#[tokio::test]
async fn one_training_browser_serves_two_facilities_with_one_cookie() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let crew = house.account("crew", Role::Paramedic).await;
    let (here, first) = house.seat(&doctor).await;
    let second = house.sign_in(&crew, &here).await;
    assert_eq!(second.device, None);
    assert_eq!(
        house.viewer(&(here.clone(), first)).await.facility,
        house.hospital
    );
    assert_eq!(
        house.viewer(&(here, second.session)).await.facility,
        house.fire
    );
}

#[tokio::test]
async fn a_device_cookie_that_was_never_given_out_is_replaced() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let session = house
        .sign_in(&doctor, &caller(Some("planted".to_owned())))
        .await;
    assert!(session.device.is_some_and(|device| device != "planted"));
}

#[tokio::test]
async fn without_the_ledger_there_is_no_session() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (here, _) = house.seat(&doctor).await;
    house.clock.pass(Duration::from_secs(30));
    house.break_ledger();
    let form = SignIn {
        account: "doctor".to_owned(),
        password: PASSWORD.into(),
        code: Some(house.code(&doctor)),
    };
    let before = house.access.inner.registry.seats().await.unwrap().len();
    let answer = house.access.sign_in(form, &here).await;
    assert_eq!(answer.unwrap_err(), Error::CannotRecord);
    assert_eq!(
        house.access.inner.registry.seats().await.unwrap().len(),
        before
    );
}
