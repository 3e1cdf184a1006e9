//! What an account's owner changes himself.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::{
    house::{House, PASSWORD, caller, codes, glass, refusal},
    office::NEW_PASSWORD,
};
use crate::{
    access::{
        Proof, Refusal, SignedIn,
        admin::{Error, Flaw},
    },
    domain::access::{End, Role},
};

#[tokio::test]
async fn an_owner_changes_his_password_with_the_present_one_and_keeps_his_session() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (first, other) = (house.seat(&doctor).await, house.seat(&doctor).await);
    let viewer = house.viewer(&first).await;
    let change = async |present: &str, new: &str| {
        house.clock.pass(Duration::from_secs(30));
        let anew = codes(present, &house.code(&doctor));
        let new = new.into();
        house.access.change_password(&viewer, anew, new).await
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
}

#[tokio::test]
async fn a_code_given_for_a_change_is_good_once_and_wrong_tries_are_slowed_and_recorded() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let viewer = house.viewer(&seat).await;
    let change = async |code: &str| {
        let (anew, new) = (codes(PASSWORD, code), PASSWORD.into());
        house.access.change_password(&viewer, anew, new).await
    };
    let refused = |refusal| Err(Error::Refused(refusal));
    let spent = change(&house.code(&doctor)).await;
    assert!(
        matches!(spent, Err(Error::Refused(Refusal::UsedCode(_)))),
        "the code of the sign-in: {spent:?}"
    );
    assert_eq!(house.newest().await["fields"]["why"], "used_code");
    house.clock.pass(Duration::from_secs(30));
    let code = house.code(&doctor);
    // A word that is no password uses no code up.
    let anew = codes(PASSWORD, &code);
    let short = house.access.change_password(&viewer, anew, "short".into());
    assert_eq!(short.await, Err(Error::Invalid(Flaw::PasswordTooShort)));
    change(&code).await.unwrap();
    let again = change(&code).await;
    assert!(matches!(again, Err(Error::Refused(Refusal::UsedCode(_)))));
    let answer = house
        .try_sign_in("doctor", PASSWORD, Some(&code), &seat.0)
        .await;
    assert!(matches!(refusal(&answer), Refusal::UsedCode(_)));

    assert_eq!(change("").await, refused(Refusal::WrongCode));
    assert_eq!(change("000000").await, refused(Refusal::WrongCode));
    let entry = house.newest().await;
    assert_eq!(entry["event"], "refused");
    assert_eq!(entry["fields"]["why"], "wrong_code");
    let mut slowed = false;
    for _ in 0..20 {
        let tried = change("000000").await;
        slowed |= matches!(tried, Err(Error::Refused(Refusal::Slowed(1..=10))));
    }
    assert!(slowed, "codes cannot be tried out");
    // Nor in another session of the account.
    house.clock.pass(Duration::from_secs(1));
    let other = house.viewer(&house.seat(&doctor).await).await;
    while change("000000").await == refused(Refusal::WrongCode) {}
    let anew = codes(PASSWORD, "000000");
    let tried = house.access.change_password(&other, anew, PASSWORD.into());
    assert!(matches!(
        tried.await,
        Err(Error::Refused(Refusal::Slowed(_)))
    ));
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
    let add = async |anew, proof| house.access.add_authenticator(&viewer, anew, proof).await;
    let own = codes(PASSWORD, &house.code(&doctor));
    let wrong = add(own.clone(), proof("000000")).await;
    assert_eq!(wrong, Err(Error::Invalid(Flaw::WrongCode)));
    let new = house.totp_code(secret);
    let itself = add(codes(PASSWORD, &new), proof(&new)).await;
    assert_eq!(
        itself,
        Err(Error::Refused(Refusal::WrongCode)),
        "a new authenticator does not vouch for itself"
    );
    add(own, proof(&new)).await.unwrap();

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
        house.clock.pass(Duration::from_secs(30));
        let anew = codes(PASSWORD, &house.totp_code(secret));
        house.access.remove_authenticator(&viewer, anew, id).await
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
    let (one, other) = (
        house.account("doctor", Role::Physician).await,
        house.account("nurse", Role::Nurse).await,
    );
    let doctor = house.viewer(&house.seat(&one).await).await;
    let nurse = house.viewer(&house.seat(&other).await).await;
    let passkey = || Proof::Passkey {
        credential: b"{\"counter\":1}".to_vec().into(),
        credential_id: vec![7; 16],
        name: "鍵".to_owned(),
    };
    let access = &house.access;
    let added = access.add_authenticator(&doctor, house.anew(&one), passkey());
    added.await.unwrap();
    let twin = access.add_authenticator(&nurse, house.anew(&other), passkey());
    assert_eq!(twin.await, Err(Error::Taken));
    let registry = house.admin.registry();
    let handle = registry.handle_of(&[7; 16]);
    let found = registry.factor_by_handle(handle).await.unwrap().unwrap();
    assert_eq!(found.authenticator.account, doctor.account);
    let secret = found.secret.unwrap();
    assert_eq!(secret.expose_secret(), b"{\"counter\":1}");
}

#[tokio::test]
async fn ones_own_change_keeps_ones_grants_and_a_reset_by_another_ends_them() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let (seat, other) = (house.seat(&doctor).await, house.seat(&doctor).await);
    let viewer = house.viewer(&seat).await;
    let form = glass(&house.candidate(&viewer, "01").await, "1");
    let id = house.access.open_grant(&viewer, &form).await.unwrap();
    let anew = house.anew(&doctor);
    let changed = house
        .access
        .change_password(&viewer, anew, NEW_PASSWORD.into());
    changed.await.unwrap();
    let viewer = house.viewer(&seat).await;
    let own = house.access.own_authenticators(&viewer).await.unwrap();
    let begun = house.access.begin_totp(&viewer).await.unwrap();
    let code = house.totp_code(begun.totp_secret.expose_secret());
    house.clock.pass(Duration::from_secs(30));
    let anew = codes(NEW_PASSWORD, &house.code(&doctor));
    let added = house
        .access
        .add_totp(&viewer, anew, (&begun.sealed, &code, "予備"));
    added.await.unwrap().unwrap();
    house.clock.pass(Duration::from_secs(30));
    let secret = begun.totp_secret.expose_secret();
    let anew = codes(NEW_PASSWORD, &house.totp_code(secret));
    let removed = house.access.remove_authenticator(&viewer, anew, &own[0].id);
    removed.await.unwrap();
    house.access.sweep().await;
    let viewer = house.viewer(&seat).await;
    house.access.grant(&viewer, &id).await.unwrap();
    assert!(house.access.viewer(&other.1, other.0).await.is_err());

    let registry = house.admin.registry();
    let revoked = registry.raise_epoch(doctor.id.clone(), true);
    revoked.await.unwrap();
    house.access.sweep().await;
    let ledger = &house.access.inner.ledger;
    assert_eq!(ledger.end_for(&id, &doctor.id), Some(End::Revoked));
}

#[tokio::test]
async fn signing_out_everywhere_ends_a_sign_in_that_was_begun() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let there = caller(None);
    house.clock.pass(Duration::from_secs(30));
    let begun = house.try_sign_in("doctor", PASSWORD, None, &there).await;
    let SignedIn::NeedsCode { pending, .. } = begun else {
        panic!("{begun:?}")
    };
    let viewer = house.viewer(&seat).await;
    house.access.sign_out_everywhere(&viewer).await.unwrap();
    let code = house.code(&doctor);
    let answer = house.access.sign_in_code(&pending, &code, &there).await;
    assert_eq!(refusal(&answer.unwrap()), Refusal::Expired);
    assert_eq!(house.newest().await["fields"]["why"], "hand");
    // Nobody is locked out by it.
    house.seat(&doctor).await;
}
