//! A session begun anew with a passkey.

use std::time::Duration;

use super::{
    house::{House, PASSWORD, glass, refusal},
    passkey::{by, enrolled, house, try_sign_in},
};
use crate::{
    access::{Anew, Error, NewSession, OwnChange, Refusal, SignedIn, Viewer},
    domain::{access::Role, event::SecondFactor},
};

async fn renewed(house: &House, viewer: &Viewer, anew: Anew) -> SignedIn {
    house.access.renew_session(viewer, anew).await.unwrap()
}

fn session(answer: SignedIn) -> NewSession {
    match answer {
        SignedIn::Done(new) => new,
        SignedIn::NeedsCode { .. } | SignedIn::Refused(_) => panic!("{answer:?}"),
    }
}

#[tokio::test]
async fn a_passkey_renews_its_session_for_whoever_has_nothing_else_and_the_grants_go_on() {
    let house = house().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let (seat, mut device) = enrolled(&house, &doctor, 1).await;
    let signed_in = try_sign_in(&house, &mut device, "", &seat.0).await;
    let seat = (seat.0, session(signed_in).session);
    let viewer = house.viewer(&seat).await;
    let token = house.candidate(&viewer, "01").await;
    let opened = house.access.open_grant(&viewer, &glass(&token, "1")).await;
    let grant = opened.unwrap();
    house.clock.pass(Duration::from_mins(2));
    let viewer = house.viewer(&seat).await;
    let anew = by(&house, &viewer, OwnChange::Renew, &mut device).await;
    let new = session(renewed(&house, &viewer, anew.clone()).await);
    let former = house.access.viewer(&seat.1, seat.0.clone()).await;
    assert_eq!(former.unwrap_err(), Error::NotSignedIn);
    let now = house.viewer(&(seat.0, new.session)).await;
    assert_eq!(now.second_factor, SecondFactor::Passkey);
    assert!(now.ends > viewer.ends);
    assert_eq!(house.access.grant(&now, &grant).await.unwrap().id, grant);
    let again = renewed(&house, &now, anew).await;
    assert_eq!(refusal(&again), Refusal::Expired, "good once");
}

#[tokio::test]
async fn nothing_else_that_a_passkey_signed_renews_a_session() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let (seat, mut device) = enrolled(&house, &doctor, 1).await;
    let (_, mut nurses) = enrolled(&house, &nurse, 2).await;
    let viewer = house.viewer(&seat).await;
    let other_change = by(&house, &viewer, OwnChange::Password, &mut device).await;
    let answer = renewed(&house, &viewer, other_change).await;
    assert_eq!(refusal(&answer), Refusal::Expired);
    let foreign = by(&house, &viewer, OwnChange::Renew, &mut nurses).await;
    let answer = renewed(&house, &viewer, foreign).await;
    assert_eq!(refusal(&answer), Refusal::WrongPasskey);
    assert_eq!(house.newest().await["fields"]["why"], "wrong_passkey");
    let elsewhere = house.viewer(&house.seat(&doctor).await).await;
    let of_another_session = by(&house, &elsewhere, OwnChange::Renew, &mut device).await;
    let answer = renewed(&house, &viewer, of_another_session).await;
    assert_eq!(refusal(&answer), Refusal::Expired);
    assert!(house.access.viewer(&seat.1, seat.0.clone()).await.is_ok());
}

#[tokio::test]
async fn whoever_was_disabled_meanwhile_renews_nothing() {
    let house = house().await;
    let head = house.signed_in("head", Role::Administrator).await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (seat, mut device) = enrolled(&house, &doctor, 1).await;
    let viewer = house.viewer(&seat).await;
    let anew = by(&house, &viewer, OwnChange::Renew, &mut device).await;
    house.admin.disable(&head, &doctor.id).await.unwrap();
    let renewed = house.access.renew_session(&viewer, anew).await;
    assert_eq!(renewed.unwrap_err(), Error::NotSignedIn);
    house.admin.enable(&head, &doctor.id).await.unwrap();
    let codes = Anew::Codes {
        password: PASSWORD.into(),
        code: house.code(&doctor).into(),
    };
    let renewed = house.access.renew_session(&viewer, codes).await;
    assert_eq!(
        renewed.unwrap_err(),
        Error::NotSignedIn,
        "of an earlier epoch"
    );
}
