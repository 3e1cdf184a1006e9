//! Vouching where a passkey is all that somebody has: the voucher, or the colleague.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::{
    device::Device,
    enrolling::enrol_by_link,
    house::{House, PASSWORD, refusal},
    passkey::{enrolled, house, try_sign_in},
};
use crate::{
    access::{Caller, Error, OwnFactor, OwnMeans, Refusal, SignedIn, Viewer, Vouched, Vouching},
    domain::{access::Role, event::SecondFactor},
};

fn colleague(name: &str) -> Vouching {
    Vouching::Colleague(name.to_owned())
}

/// Somebody with emergency permission whose only authenticator is a passkey, and who has no
/// password.
async fn by_passkey_alone(house: &House, name: &'static str) -> (Caller, Viewer, Device) {
    let login = house.permitted(name, Role::Physician).await;
    let ((here, _), _) = enrolled(house, &login, 90).await;
    let link = house.admin.make_link("", &login.id).await.unwrap();
    let mut device = Device::new(91);
    let token = link.token.expose_secret();
    enrol_by_link(house, token, &mut device).await.unwrap();
    let answer = try_sign_in(house, &mut device, "", &here).await;
    let SignedIn::Done(session) = answer else {
        panic!("{answer:?}")
    };
    let viewer = house.viewer(&(here.clone(), session.session)).await;
    (here, viewer, device)
}

/// What the device answers for one word.
async fn answer(
    house: &House,
    viewer: &Viewer,
    vouching: &Vouching,
    device: &mut Device,
) -> OwnFactor {
    let begun = house.access.begin_vouch(viewer, vouching).await.unwrap();
    let ceremony = begun.unwrap();
    OwnFactor::Passkey {
        credential: device.sign(&ceremony).into(),
        token: ceremony.token.into(),
    }
}

#[tokio::test]
async fn whoever_has_only_a_passkey_vouches_with_it() {
    let house = house().await;
    let (_, viewer, mut device) = by_passkey_alone(&house, "voucher").await;
    let means = house.access.own_means(&viewer).await.unwrap();
    let expected = OwnMeans {
        has_passkey: true,
        ..OwnMeans::default()
    };
    assert_eq!(means, expected);
    house.account("nurse", Role::Nurse).await;
    let about = colleague("nurse");
    let own = answer(&house, &viewer, &about, &mut device).await;
    let said = house.access.vouch(&viewer, about, own).await.unwrap();
    assert!(matches!(said, Vouched::Colleague { .. }), "{said:?}");
    let entry = house.newest().await;
    assert_eq!(entry["fields"]["what"], "vouched_for_factor");
    let shown = house.access.stranger().unwrap();
    let about = Vouching::Terminal(shown.code);
    let own = answer(&house, &viewer, &about, &mut device).await;
    let said = house.access.vouch(&viewer, about, own).await.unwrap();
    assert!(matches!(said, Vouched::Terminal(_)), "{said:?}");
}

#[tokio::test]
async fn a_passkeys_answer_is_good_once_for_the_word_it_was_asked_for_by_its_owner() {
    let house = house().await;
    let (_, viewer, mut device) = by_passkey_alone(&house, "voucher").await;
    for name in ["nurse", "other"] {
        house.account(name, Role::Nurse).await;
    }
    let vouch = async |whom: &str, own: OwnFactor| {
        house.clock.pass(Duration::from_secs(10));
        house
            .access
            .vouch(&viewer, colleague(whom), own)
            .await
            .unwrap()
    };
    let refused = |why| Vouched::Refused(why);
    let own = answer(&house, &viewer, &colleague("nurse"), &mut device).await;
    let said = vouch("other", own.clone()).await;
    assert_eq!(said, refused(Refusal::Expired), "asked for another");
    let entry = house.newest().await;
    assert_eq!(entry["event"], "refused");
    assert_eq!(entry["fields"]["what"], "vouch");
    let terminal = Vouching::Terminal("nurse".to_owned());
    let said = house.access.vouch(&viewer, terminal, own.clone()).await;
    assert_eq!(
        said,
        Ok(refused(Refusal::Expired)),
        "a terminal of that name"
    );
    // As the page reads names, it is the same one.
    let said = vouch("ＮＵＲＳＥ", own.clone()).await;
    assert!(matches!(said, Vouched::Colleague { .. }), "{said:?}");
    let said = vouch("nurse", own).await;
    assert_eq!(said, refused(Refusal::Expired), "sent twice");
    device.verifies = false;
    let own = answer(&house, &viewer, &colleague("nurse"), &mut device).await;
    let said = vouch("nurse", own).await;
    assert_eq!(said, refused(Refusal::UnverifiedPasskey));
    let other = house.account("somebody", Role::Nurse).await;
    let (_, mut others) = enrolled(&house, &other, 7).await;
    let own = answer(&house, &viewer, &colleague("nurse"), &mut others).await;
    let said = vouch("nurse", own).await;
    assert_eq!(said, refused(Refusal::WrongPasskey), "somebody else's");
    let nothing = OwnFactor::Passkey {
        token: "".into(),
        credential: "".into(),
    };
    assert_eq!(vouch("nurse", nothing).await, Vouched::NotGiven);
}

#[tokio::test]
async fn nobody_is_asked_for_a_passkey_to_vouch_who_may_not() {
    let house = house().await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let (seat, _) = enrolled(&house, &nurse, 1).await;
    let viewer = house.viewer(&seat).await;
    let begun = house.access.begin_vouch(&viewer, &colleague("x")).await;
    assert!(matches!(begun, Err(Error::NotAllowed)));
    let doctor = house.permitted("doctor", Role::Physician).await;
    let (seat, _) = enrolled(&house, &doctor, 2).await;
    let viewer = house.viewer(&seat).await;
    for factor in [SecondFactor::Vouched, SecondFactor::Sealed] {
        let borrowed = Viewer {
            second_factor: factor,
            ..viewer.clone()
        };
        let begun = house.access.begin_vouch(&borrowed, &colleague("x")).await;
        assert!(matches!(begun, Ok(Err(Vouched::SecondHand))));
    }
    let locked = Viewer {
        locked: true,
        ..viewer
    };
    let begun = house.access.begin_vouch(&locked, &colleague("x")).await;
    assert!(matches!(begun, Err(Error::Locked)));
}

#[tokio::test]
async fn a_colleague_without_a_password_is_not_vouched_for_and_that_is_said() {
    let house = house().await;
    let (here, _, _) = by_passkey_alone(&house, "colleague").await;
    let voucher = house.permitted("voucher", Role::Physician).await;
    let seat = house.seat(&voucher).await;
    let viewer = house.viewer(&seat).await;
    let own = OwnFactor::Typed {
        password: PASSWORD.into(),
        code: "".into(),
    };
    let before = house.newest().await;
    let said = house.access.vouch(&viewer, colleague("colleague"), own);
    let name = "colleague 先生".to_owned();
    assert_eq!(said.await, Ok(Vouched::NoPassword { name }));
    assert_eq!(house.newest().await, before, "nothing was given");
    let tried = house.try_sign_in("colleague", "", None, &here).await;
    assert_eq!(refusal(&tried), Refusal::UnknownOrWrong);
}
