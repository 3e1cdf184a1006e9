//! What an owner changes with a passkey of his own, and what nobody else does.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::{
    device::Device,
    house::{PASSWORD, codes, refusal},
    office::NEW_PASSWORD,
    passkey::{begin, by, enrol, enrolled, finish, house},
};
use crate::{
    access::{Anew, Ceremony, Error, NotChanged, OwnChange, Refusal, admin::Flaw, told},
    domain::access::Role,
};

#[tokio::test]
async fn a_change_needs_both_factors_again() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (seat, _) = enrolled(&house, &doctor, 1).await;
    let viewer = house.viewer(&seat).await;
    let access = &house.access;
    let known = access.own_authenticators(&viewer).await.unwrap();
    house.clock.pass(Duration::from_secs(30));
    let code = house.code(&doctor);
    for (anew, expected) in [
        (codes("wrong", &code), NotChanged::Flaw(Flaw::WrongPassword)),
        (codes("", &code), NotChanged::Flaw(Flaw::WrongPassword)),
        (codes(PASSWORD, ""), NotChanged::Refused(Refusal::WrongCode)),
    ] {
        let begun = access.begin_passkey(&viewer, anew.clone()).await.unwrap();
        assert_eq!(begun.unwrap_err(), expected);
        assert_eq!(house.newest().await["event"], "refused");
        let id = &known[0].id;
        let removed = access.remove_authenticator(&viewer, anew.clone(), id);
        assert_eq!(told(removed.await).unwrap(), Err(expected));
        let changed = access.change_password(&viewer, anew, NEW_PASSWORD.into());
        assert_eq!(told(changed.await).unwrap(), Err(expected));
    }
    assert_eq!(access.own_authenticators(&viewer).await.unwrap(), known);
    // A token that was not begun with them is none.
    let sign_in = begin(&house, "", &seat.0).await;
    let added = access
        .add_passkey(&viewer, "鍵", &sign_in.token, "{}")
        .await;
    let expired = Err(NotChanged::Refused(Refusal::Expired));
    assert_eq!(added.unwrap(), expired);
}

#[tokio::test]
async fn whoever_has_only_a_passkey_changes_everything_with_it() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (seat, mut device) = enrolled(&house, &doctor, 1).await;
    let viewer = house.viewer(&seat).await;
    let access = &house.access;
    let app = access.own_authenticators(&viewer).await.unwrap().remove(0);
    let anew = by(&house, &viewer, OwnChange::Remove, &mut device).await;
    let removed = access.remove_authenticator(&viewer, anew, &app.id);
    removed.await.unwrap();
    let viewer = house.viewer(&seat).await;
    let no_app = codes(PASSWORD, &house.code(&doctor));
    let changed = access.change_password(&viewer, no_app, NEW_PASSWORD.into());
    let wrong = NotChanged::Refused(Refusal::WrongCode);
    assert_eq!(told(changed.await).unwrap(), Err(wrong));

    let anew = by(&house, &viewer, OwnChange::Password, &mut device).await;
    let changed = access.change_password(&viewer, anew, NEW_PASSWORD.into());
    changed.await.unwrap();
    let viewer = house.viewer(&seat).await;
    let anew = by(&house, &viewer, OwnChange::AddPasskey, &mut device).await;
    let second = &mut Device::new(2);
    enrol(&house, &viewer, anew, second).await.unwrap();
    let anew = by(&house, &viewer, OwnChange::AddTotp, second).await;
    let begun = access.begin_totp(&viewer).await.unwrap();
    let code = house.totp_code(begun.totp_secret.expose_secret());
    let added = access.add_totp(&viewer, anew, (&begun.sealed, &code, "予備"));
    added.await.unwrap().unwrap();
    assert_eq!(access.own_authenticators(&viewer).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_answer_for_one_purpose_serves_no_other() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let (seat, mut device) = enrolled(&house, &doctor, 1).await;
    let (_, mut nurses) = enrolled(&house, &nurse, 2).await;
    let viewer = house.viewer(&seat).await;
    let access = &house.access;
    let change = async |anew: Anew| {
        let changed = access.change_password(&viewer, anew, NEW_PASSWORD.into());
        told(changed.await).unwrap()
    };
    let answered = |ceremony: Ceremony, device: &mut Device| Anew::Passkey {
        credential: device.sign(&ceremony).into(),
        token: ceremony.token.into(),
    };
    let expired = Err(NotChanged::Refused(Refusal::Expired));
    for other in OwnChange::ALL {
        if other != OwnChange::Password {
            let anew = by(&house, &viewer, other, &mut device).await;
            assert_eq!(change(anew).await, expired, "{other:?}");
        }
    }
    house.clock.pass(Duration::from_mins(2));
    let unlocking = access.begin_unlock(&viewer).await.unwrap();
    assert_eq!(change(answered(unlocking, &mut device)).await, expired);
    let sign_in = begin(&house, "doctor", &seat.0).await;
    assert_eq!(change(answered(sign_in, &mut device)).await, expired);
    // Another session of the same account, and another's device.
    let elsewhere = house.viewer(&house.seat(&doctor).await).await;
    let anew = by(&house, &elsewhere, OwnChange::Password, &mut device).await;
    assert_eq!(change(anew).await, expired);
    let anew = by(&house, &viewer, OwnChange::Password, &mut nurses).await;
    let wrong = Err(NotChanged::Refused(Refusal::WrongPasskey));
    assert_eq!(change(anew).await, wrong);
    assert_eq!(house.newest().await["fields"]["why"], "wrong_passkey");
    // And it opens no session.
    let own = access.begin_anew(&viewer, OwnChange::Password).await;
    let own = own.unwrap().unwrap();
    let answer = device.sign(&own);
    let opened = finish(&house, &own.token, &answer, &seat.0).await;
    assert_eq!(refusal(&opened), Refusal::Expired);
    let anew = by(&house, &viewer, OwnChange::Password, &mut device).await;
    assert_eq!(change(anew.clone()).await, Ok(()));
    let viewer = house.viewer(&seat).await;
    let again = access.change_password(&viewer, anew, PASSWORD.into());
    assert_eq!(told(again.await).unwrap(), expired, "good once");
}

#[tokio::test]
async fn nobody_reaches_another_accounts_authenticator() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let (seat, _) = enrolled(&house, &doctor, 1).await;
    let (other, _) = enrolled(&house, &nurse, 2).await;
    let (viewer, other) = (house.viewer(&seat).await, house.viewer(&other).await);
    let id = house.access.own_authenticators(&other).await.unwrap();
    let id = id.last().unwrap().id.clone();
    let own = &house.access;
    let removed = own
        .remove_authenticator(&viewer, house.anew(&doctor), &id)
        .await;
    assert_eq!(told(removed).unwrap_err(), Error::NotAllowed);
    let renamed = own.rename_authenticator(&viewer, &id, "x").await;
    assert_eq!(told(renamed).unwrap_err(), Error::NotAllowed);
}

#[tokio::test]
async fn nothing_changes_where_it_cannot_be_recorded() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (seat, mut device) = enrolled(&house, &doctor, 1).await;
    let viewer = house.viewer(&seat).await;
    let anew = house.anew(&doctor);
    let enrolment = house.access.begin_passkey(&viewer, anew).await;
    let enrolment = enrolment.unwrap().unwrap();
    let before = house.access.own_authenticators(&viewer).await.unwrap();
    let sign_in = begin(&house, "", &seat.0).await;
    let answer = device.sign(&sign_in);
    house.break_ledger();
    let made = Device::new(6).create(&enrolment);
    let added = house
        .access
        .add_passkey(&viewer, "鍵", &enrolment.token, &made);
    assert_eq!(added.await.unwrap_err(), Error::CannotRecord);
    let after = house.access.own_authenticators(&viewer).await.unwrap();
    assert_eq!(after, before);
    let signed_in = house
        .access
        .sign_in_by_passkey(&sign_in.token, &answer, &seat.0);
    assert_eq!(signed_in.await.unwrap_err(), Error::CannotRecord);
}
