//! Passkeys: adding, signing in, unlocking; and everything that is not one's own.

use std::time::Duration;

use super::{
    device::Device,
    house::{House, Login, caller, refusal},
};
use crate::{
    access::{
        Anew, AuthenticatorKind, Caller, Ceremony, Error, NotChanged, OwnChange, Refusal, SignedIn,
        Viewer,
    },
    domain::{access::Role, event::SecondFactor},
};

pub(super) async fn house() -> House {
    House::with(|settings| {
        settings.register_new_terminals = true;
        settings.passkey_origin = Some("https://summary.example-hospital.jp".to_owned());
    })
    .await
}

pub(super) async fn enrol(
    house: &House,
    viewer: &Viewer,
    anew: Anew,
    device: &mut Device,
) -> Result<(), NotChanged> {
    let begun = house.access.begin_passkey(viewer, anew).await;
    let ceremony = begun.unwrap()?;
    let made = device.create(&ceremony);
    let added = house
        .access
        .add_passkey(viewer, "鍵", &ceremony.token, &made);
    added.await.unwrap()
}

/// Signed in with password and code, with a passkey on a device of one's own.
pub(super) async fn enrolled(
    house: &House,
    login: &Login,
    number: u8,
) -> ((Caller, String), Device) {
    let seat = house.seat(login).await;
    let mut device = Device::new(number);
    let viewer = house.viewer(&seat).await;
    enrol(house, &viewer, house.anew(login), &mut device)
        .await
        .unwrap();
    (seat, device)
}

/// Both factors for one change, by a passkey.
pub(super) async fn by(
    house: &House,
    viewer: &Viewer,
    change: OwnChange,
    device: &mut Device,
) -> Anew {
    let begun = house.access.begin_anew(viewer, change).await.unwrap();
    let ceremony = begun.unwrap();
    Anew::Passkey {
        credential: device.sign(&ceremony).into(),
        token: ceremony.token.into(),
    }
}

pub(super) async fn begin(house: &House, typed: &str, caller: &Caller) -> Ceremony {
    let begun = house.access.begin_sign_in(typed, caller).await.unwrap();
    begun.unwrap()
}

pub(super) async fn finish(house: &House, token: &str, answer: &str, caller: &Caller) -> SignedIn {
    let finished = house.access.sign_in_by_passkey(token, answer, caller).await;
    finished.unwrap()
}

pub(super) async fn try_sign_in(
    house: &House,
    device: &mut Device,
    typed: &str,
    at: &Caller,
) -> SignedIn {
    let ceremony = begin(house, typed, at).await;
    let answer = device.sign(&ceremony);
    finish(house, &ceremony.token, &answer, at).await
}

#[tokio::test]
async fn a_passkey_is_both_factors_at_once_with_or_without_a_name() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let ((here, _), mut device) = enrolled(&house, &doctor, 1).await;
    for typed in ["", "ＤＯＣＴＯＲ"] {
        let answer = try_sign_in(&house, &mut device, typed, &here).await;
        let SignedIn::Done(session) = answer else {
            panic!("{typed}: {answer:?}")
        };
        let viewer = house.viewer(&(here.clone(), session.session)).await;
        assert_eq!(viewer.account, doctor.id);
        assert_eq!(viewer.second_factor, SecondFactor::Passkey);
    }
    let entries = house.entries().await;
    let signed_in = |entry: &&String| *entry == "signed_in";
    assert_eq!(entries.iter().filter(signed_in).count(), 3);
}

#[tokio::test]
async fn a_device_without_memory_of_the_account_is_good_where_a_name_was_typed() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let ((here, _), mut device) = enrolled(&house, &doctor, 1).await;
    device.user = None;
    let with_name = try_sign_in(&house, &mut device, "doctor", &here).await;
    assert!(matches!(with_name, SignedIn::Done(_)), "{with_name:?}");
    let without = try_sign_in(&house, &mut device, "", &here).await;
    assert_eq!(refusal(&without), Refusal::WrongPasskey);
}

#[tokio::test]
async fn an_answer_opens_one_session_only_and_one_begun_elsewhere_none() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let ((here, _), mut device) = enrolled(&house, &doctor, 1).await;
    let ceremony = begin(&house, "", &here).await;
    let answer = device.sign(&ceremony);
    let post = || finish(&house, &ceremony.token, &answer, &here);
    let (one, other) = tokio::join!(post(), post());
    let done = [one, other]
        .iter()
        .filter(|answer| matches!(answer, SignedIn::Done(_)))
        .count();
    assert_eq!(done, 1);
    assert_eq!(refusal(&post().await), Refusal::Expired);

    let ceremony = begin(&house, "", &here).await;
    let answer = device.sign(&ceremony);
    let there = caller(Some("another device".to_owned()));
    let stolen = finish(&house, &ceremony.token, &answer, &there).await;
    assert_eq!(refusal(&stolen), Refusal::Expired);
    house.clock.pass(Duration::from_mins(5));
    let late = finish(&house, &ceremony.token, &answer, &here).await;
    assert_eq!(refusal(&late), Refusal::Expired);
}

#[tokio::test]
async fn what_is_not_the_accounts_own_signature_here_and_now_is_refused_and_recorded() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let ((here, _), mut own) = enrolled(&house, &doctor, 1).await;
    let (_, mut nurses) = enrolled(&house, &nurse, 2).await;

    let other = try_sign_in(&house, &mut nurses, "doctor", &here).await;
    assert_eq!(refusal(&other), Refusal::WrongPasskey, "another's passkey");
    nurses.user.clone_from(&own.user);
    let other = try_sign_in(&house, &mut nurses, "", &here).await;
    assert_eq!(refusal(&other), Refusal::WrongPasskey, "another's account");
    let mut stranger = Device::new(3);
    stranger.user.clone_from(&own.user);
    let unknown = try_sign_in(&house, &mut stranger, "", &here).await;
    assert_eq!(refusal(&unknown), Refusal::WrongPasskey, "an unknown key");
    let mut copy = Device::new(1);
    copy.user.clone_from(&own.user);
    let forged = try_sign_in(&house, &mut copy, "", &here).await;
    assert_eq!(
        refusal(&forged),
        Refusal::WrongPasskey,
        "a forged signature"
    );
    let entry = house.newest().await;
    assert_eq!(entry["event"], "sign_in_refused");
    assert_eq!(entry["fields"]["why"], "wrong_passkey");

    own.origin = "https://summary.example-hospital.jp.evil.example".to_owned();
    let phished = try_sign_in(&house, &mut own, "", &here).await;
    assert_eq!(refusal(&phished), Refusal::WrongPasskey, "another origin");
    own.origin = "https://summary.example-hospital.jp".to_owned();

    own.verifies = false;
    let present = try_sign_in(&house, &mut own, "", &here).await;
    assert_eq!(refusal(&present), Refusal::UnverifiedPasskey);
    assert_eq!(house.newest().await["fields"]["why"], "unverified_passkey");
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_recorded_as_a_copy() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let mut device = Device::new(1);
    device.counter = 7;
    let viewer = house.viewer(&seat).await;
    enrol(&house, &viewer, house.anew(&doctor), &mut device)
        .await
        .unwrap();
    for _ in 0..2 {
        let right = try_sign_in(&house, &mut device, "", &seat.0).await;
        assert!(matches!(right, SignedIn::Done(_)), "{right:?}");
    }
    device.counter = 7;
    let copy = try_sign_in(&house, &mut device, "", &seat.0).await;
    assert_eq!(refusal(&copy), Refusal::CopiedPasskey);
    let entry = house.newest().await;
    assert_eq!(entry["fields"]["why"], "copied_passkey");
    assert_eq!(entry["account"], doctor.id.0);
}

#[tokio::test]
async fn of_two_answers_judged_by_the_same_count_one_is_right() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (seat, mut device) = enrolled(&house, &doctor, 1).await;
    let viewer = house.viewer(&seat).await;
    let own = house.access.own_authenticators(&viewer).await.unwrap();
    let passkey = own.last().unwrap();
    let registry = house.admin.registry();
    let known = registry.factors(doctor.id.clone()).await.unwrap();
    let read = known.last().unwrap();
    assert_eq!(read.authenticator, *passkey);
    // Somebody else's answer comes between reading and writing.
    let right = try_sign_in(&house, &mut device, "", &seat.0).await;
    assert!(matches!(right, SignedIn::Done(_)), "{right:?}");
    let ceremony = begin(&house, "", &seat.0).await;
    let answer = device.sign(&ceremony);
    let to = crate::access::sign_in::binding(
        &house.access.device(&seat.0).await.unwrap(),
        seat.0.address,
    );
    let ceremonies = house.access.ceremonies().unwrap();
    let answer = ceremonies.answer(&format!("sign in {to}"), &ceremony.token, &answer);
    let judged = house.access.judged(read, answer.unwrap()).await.unwrap();
    assert_eq!(judged, Err(Refusal::Expired));
}

#[tokio::test]
async fn a_name_that_nobody_has_is_asked_for_the_same_key_every_time() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let here = caller(None);
    let mut asked = Vec::new();
    for typed in ["nobody", "nobody", "doctor", "doctor"] {
        let ceremony = begin(&house, typed, &here).await;
        let options: serde_json::Value = serde_json::from_str(&ceremony.options).unwrap();
        let allowed = options["publicKey"]["allowCredentials"].clone();
        assert_eq!(allowed.as_array().unwrap().len(), 1, "{typed}");
        asked.push(allowed);
    }
    assert_eq!(asked[0], asked[1]);
    assert_eq!(asked[2], asked[3], "an account without a passkey");
    assert_ne!(asked[0], asked[2]);

    let ((here, _), mut device) = enrolled(&house, &doctor, 1).await;
    let answer = try_sign_in(&house, &mut device, "nobody", &here).await;
    assert_eq!(refusal(&answer), Refusal::WrongPasskey);
}

#[tokio::test]
async fn a_flood_of_answers_is_slowed_and_an_unregistered_terminal_gets_nothing() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let ((here, _), mut device) = enrolled(&house, &doctor, 1).await;
    device.verifies = false;
    for _ in 0..10 {
        let answer = try_sign_in(&house, &mut device, "", &here).await;
        assert_eq!(refusal(&answer), Refusal::UnverifiedPasskey);
    }
    let slowed = refusal(&try_sign_in(&house, &mut device, "", &here).await);
    assert!(matches!(slowed, Refusal::Slowed(_)), "{slowed:?}");

    let strict = House::with(|settings| {
        settings.passkey_origin = Some("https://summary.example-hospital.jp".to_owned());
    })
    .await;
    let begun = strict
        .access
        .begin_sign_in("", &caller(None))
        .await
        .unwrap();
    assert_eq!(begun.unwrap_err(), Refusal::UnknownTerminal);
}

#[tokio::test]
async fn a_locked_session_is_resumed_by_its_own_accounts_passkey_only() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let (seat, mut own) = enrolled(&house, &doctor, 1).await;
    let (_, mut nurses) = enrolled(&house, &nurse, 2).await;
    house.access.lock(&house.viewer(&seat).await).await.unwrap();
    let viewer = house.viewer(&seat).await;
    for (device, expected) in [
        (&mut nurses, Err(Refusal::WrongPasskey)),
        (&mut own, Ok(())),
    ] {
        let ceremony = house.access.begin_unlock(&viewer).await.unwrap();
        let answer = device.sign(&ceremony);
        let resumed = house
            .access
            .unlock_by_passkey(&viewer, &ceremony.token, &answer);
        assert_eq!(resumed.await.unwrap(), expected);
    }
    assert!(!house.viewer(&seat).await.locked);
    assert_eq!(&house.entries().await[..2], ["unlocked", "unlock_refused"]);
}

#[tokio::test]
async fn a_passkey_needs_its_owner_verified_and_is_registered_once() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let (seat, mut device) = enrolled(&house, &doctor, 1).await;
    let viewer = house.viewer(&seat).await;
    let entry = house.newest().await;
    assert_eq!(entry["event"], "administered");
    assert_eq!(entry["fields"]["what"], "authenticator_added");

    let again = enrol(&house, &viewer, house.anew(&doctor), &mut device).await;
    assert!(again.is_err(), "the same device twice: {again:?}");
    let mut careless = Device::new(4);
    careless.verifies = false;
    assert_eq!(
        enrol(&house, &viewer, house.anew(&doctor), &mut careless).await,
        Err(NotChanged::Refused(Refusal::UnverifiedPasskey))
    );
    let other = house.viewer(&house.seat(&nurse).await).await;
    assert_eq!(
        enrol(&house, &other, house.anew(&nurse), &mut device).await,
        Err(NotChanged::Known),
        "somebody else's device"
    );
    let factors = house.access.own_authenticators(&viewer).await.unwrap();
    let passkeys = factors
        .iter()
        .filter(|one| one.kind == AuthenticatorKind::Passkey);
    assert_eq!(passkeys.count(), 1);
}

#[tokio::test]
async fn an_address_is_no_name_for_passkeys() {
    for origin in ["http://127.0.0.1", "https://[::1]", "nonsense"] {
        let house = House::with(|settings| {
            settings.register_new_terminals = true;
            settings.passkey_origin = Some(origin.to_owned());
        })
        .await;
        assert_eq!(house.access.passkey_host(), None, "{origin}");
        let begun = house.access.begin_sign_in("", &caller(None)).await;
        assert_eq!(begun.unwrap_err(), Error::NotAllowed);
    }
}
