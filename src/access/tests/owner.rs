//! What an account's owner changes himself.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::{
    house::{House, PASSWORD, caller, refusal},
    office::NEW_PASSWORD,
};
use crate::{
    access::{
        Proof, Refusal, SignedIn,
        admin::{Error, Flaw},
    },
    domain::access::Role,
};

#[tokio::test]
async fn an_owner_changes_his_password_with_the_present_one_and_keeps_his_session() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (first, other) = (house.seat(&doctor).await, house.seat(&doctor).await);
    let viewer = house.viewer(&first).await;
    let change = async |present: &str, new: &str| {
        let (present, new) = (present.into(), new.into());
        house.access.change_password(&viewer, present, new).await
    };
    let wrong = change("wrong", NEW_PASSWORD).await;
    assert_eq!(wrong, Err(Error::Invalid(Flaw::WrongPassword)));
    let common = change(PASSWORD, "password1").await;
    assert_eq!(common, Err(Error::Invalid(Flaw::PasswordCommon)));
    change(PASSWORD, NEW_PASSWORD).await.unwrap();
    house.viewer(&first).await;
    assert!(house.access.viewer(&other.1, other.0).await.is_err());
    let answer = house.sign_in_with(&doctor, NEW_PASSWORD).await;
    assert!(matches!(answer, SignedIn::Done(_)), "{answer:?}");
    let mut slowed = false;
    for _ in 0..20 {
        slowed |= matches!(
            change("wrong", NEW_PASSWORD).await,
            Err(Error::Slowed(1..=10))
        );
    }
    assert!(slowed, "the present password cannot be tried out");
}

#[tokio::test]
async fn codes_of_every_authenticator_are_right_each_step_once_and_the_last_one_stays() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let viewer = house.viewer(&seat).await;
    let begun = house.access.begin_totp(&viewer).await.unwrap();
    let secret = begun.totp_secret.expose_secret();
    house.clock.pass(Duration::from_secs(30));
    let proof = |code: &str| Proof::Totp {
        sealed: begun.sealed.clone(),
        code: code.to_owned(),
        name: "予備".to_owned(),
    };
    let add = async |proof| {
        let present = PASSWORD.into();
        house
            .access
            .add_authenticator(&viewer, present, proof)
            .await
    };
    let wrong = add(proof("000000")).await;
    assert_eq!(wrong, Err(Error::Invalid(Flaw::WrongCode)));
    add(proof(&house.totp_code(secret))).await.unwrap();

    let first = house.code(&doctor);
    let answer = house
        .try_sign_in("doctor", PASSWORD, Some(&first), &seat.0)
        .await;
    assert!(
        matches!(refusal(&answer), Refusal::UsedCode(_)),
        "one step for all authenticators"
    );
    house.clock.pass(Duration::from_secs(30));
    let second = house.totp_code(secret);
    let answer = house
        .try_sign_in("doctor", PASSWORD, Some(&second), &caller(None))
        .await;
    assert!(matches!(answer, SignedIn::Done(_)), "{answer:?}");

    let own = house.access.own_authenticators(&viewer).await.unwrap();
    assert_eq!(own.len(), 2);
    assert!(own[1].last_used.is_some());
    let remove = async |id| {
        let present = PASSWORD.into();
        house
            .access
            .remove_authenticator(&viewer, present, id)
            .await
    };
    house
        .access
        .rename_authenticator(&viewer, &own[1].id, "鍵")
        .await
        .unwrap();
    remove(&own[0].id).await.unwrap();
    let viewer = house.viewer(&seat).await;
    let left = house.access.own_authenticators(&viewer).await.unwrap();
    assert_eq!((left.len(), &*left[0].name), (1, "鍵"));
    let last = remove(&left[0].id).await;
    assert_eq!(last, Err(Error::Invalid(Flaw::LastAuthenticator)));
    assert_eq!(remove(&own[0].id).await, Err(Error::Unknown));
}

#[tokio::test]
async fn a_passkey_is_found_by_its_credential_id_and_belongs_to_one_account() {
    let house = House::new().await;
    let doctor = house.signed_in("doctor", Role::Physician).await;
    let nurse = house.signed_in("nurse", Role::Nurse).await;
    let passkey = || Proof::Passkey {
        credential: b"{\"counter\":1}".to_vec().into(),
        credential_id: vec![7; 16],
        name: "鍵".to_owned(),
    };
    let access = &house.access;
    let added = access.add_authenticator(&doctor, PASSWORD.into(), passkey());
    added.await.unwrap();
    let twin = access.add_authenticator(&nurse, PASSWORD.into(), passkey());
    assert_eq!(twin.await, Err(Error::Taken));
    let registry = house.admin.registry();
    let handle = registry.handle_of(&[7; 16]);
    let found = registry.factor_by_handle(handle).await.unwrap().unwrap();
    assert_eq!(found.authenticator.account, doctor.account);
    let secret = found.secret.unwrap();
    assert_eq!(secret.expose_secret(), b"{\"counter\":1}");
}
