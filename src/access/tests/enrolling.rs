//! Passkeys on one-time links, and how many authenticators an account may have.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::{
    device::Device,
    house::{House, Login, PASSWORD, caller, refusal},
    office::NEW_PASSWORD,
    passkey::{by, enrol, enrolled, house, try_sign_in},
};
use crate::{
    access::{
        NotChanged, OwnChange, Proof, Refusal, SignedIn,
        admin::{Flaw, NoWayIn},
        told,
    },
    domain::access::{AccountId, AuthenticatorId, Role},
};

/// Begins a passkey on a link and answers with this device.
pub(super) async fn enrol_by_link(
    house: &House,
    token: &str,
    device: &mut Device,
) -> Result<(), NotChanged> {
    let ceremony = house.access.begin_link_passkey(token).await.unwrap()?;
    let made = device.create(&ceremony);
    let answer = (&*ceremony.token, &*made);
    let here = caller(None);
    let used = house.access.use_link_by_passkey(token, "鍵", answer, &here);
    used.await.unwrap()
}

#[tokio::test]
async fn a_link_sets_a_passkey_in_the_place_of_everything_the_account_had() {
    let house = house().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let ((here, _), _) = enrolled(&house, &doctor, 1).await;
    let link = house.admin.make_link("", &doctor.id).await.unwrap();
    let token = link.token.expose_secret();
    let mut careless = Device::new(2);
    careless.verifies = false;
    let refused = enrol_by_link(&house, token, &mut careless).await;
    let unverified = NotChanged::Refused(Refusal::UnverifiedPasskey);
    assert_eq!(refused, Err(unverified), "and the link is still open");
    let mut device = Device::new(3);
    enrol_by_link(&house, token, &mut device).await.unwrap();
    let entry = house.newest().await;
    assert_eq!(entry["fields"]["what"], "link_used");
    assert_eq!(entry["fields"]["details"], "passkey");
    let over = NotChanged::Flaw(Flaw::Over);
    let again = enrol_by_link(&house, token, &mut Device::new(4)).await;
    assert_eq!(again, Err(over), "once");

    let answer = try_sign_in(&house, &mut device, "", &here).await;
    let SignedIn::Done(session) = answer else {
        panic!("{answer:?}")
    };
    house.clock.pass(Duration::from_secs(30));
    let code = house.code(&doctor);
    for code in [None, Some(&*code)] {
        let former = house.try_sign_in("doctor", PASSWORD, code, &here).await;
        assert_eq!(refusal(&former), Refusal::UnknownOrWrong);
    }
    let none = house.try_sign_in("doctor", "", None, &here).await;
    assert!(matches!(none, SignedIn::Refused(_)), "no password is none");

    // An app alone opens nothing: the passkey stays until there is a password.
    let seat = (here, session.session);
    let viewer = house.viewer(&seat).await;
    let anew = by(&house, &viewer, OwnChange::AddTotp, &mut device).await;
    let begun = house.access.begin_totp(&viewer).await.unwrap();
    let code = house.totp_code(begun.totp_secret.expose_secret());
    let proof = (&*begun.sealed, &*code, "電話");
    let added = house.access.add_totp(&viewer, anew, proof).await;
    added.unwrap().unwrap();
    let own = house.access.own_authenticators(&viewer).await.unwrap();
    let last = NotChanged::Flaw(Flaw::LastAuthenticator);
    for (is_with_password, expected) in [(false, Err(last)), (true, Ok(()))] {
        if is_with_password {
            let anew = by(&house, &viewer, OwnChange::Password, &mut device).await;
            let changed = house
                .access
                .change_password(&viewer, anew, NEW_PASSWORD.into());
            changed.await.unwrap();
        }
        let viewer = house.viewer(&seat).await;
        let anew = by(&house, &viewer, OwnChange::Remove, &mut device).await;
        let removed = house
            .access
            .remove_authenticator(&viewer, anew, &own[0].id)
            .await;
        assert_eq!(told(removed).unwrap(), expected, "{is_with_password}");
    }
}

#[tokio::test]
async fn a_passkey_begun_on_one_link_is_good_on_no_other() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let one = house.admin.make_link("", &doctor.id).await.unwrap();
    let other = house.admin.make_link("", &nurse.id).await.unwrap();
    let (one, other) = (one.token.expose_secret(), other.token.expose_secret());
    let access = &house.access;
    let begun = access.begin_link_passkey(one).await.unwrap().unwrap();
    let made = Device::new(1).create(&begun);
    let expired = Err(NotChanged::Refused(Refusal::Expired));
    for (token, answer, expected) in [
        (other, (&*begun.token, &*made), expired),
        (one, ("x", &*made), expired),
        (one, (&*begun.token, &*made), Ok(())),
        (
            one,
            (&*begun.token, &*made),
            Err(NotChanged::Flaw(Flaw::Over)),
        ),
    ] {
        let here = caller(None);
        let used = access.use_link_by_passkey(token, "鍵", answer, &here);
        assert_eq!(used.await.unwrap(), expected);
    }
    let nobody = access.begin_link_passkey("x").await.unwrap();
    assert_eq!(nobody.unwrap_err(), NotChanged::Flaw(Flaw::Over));
}

#[tokio::test]
async fn of_two_enrolments_begun_at_nine_authenticators_one_is_kept() {
    let house = house().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (seat, mut first) = enrolled(&house, &doctor, 1).await;
    let viewer = house.viewer(&seat).await;
    for number in 3..10 {
        house.clock.pass(Duration::from_secs(10));
        let anew = by(&house, &viewer, OwnChange::AddPasskey, &mut first).await;
        let added = enrol(&house, &viewer, anew, &mut Device::new(number)).await;
        added.unwrap();
    }
    let access = &house.access;
    assert_eq!(access.own_authenticators(&viewer).await.unwrap().len(), 9);
    let mut begun = Vec::new();
    for number in [10, 11] {
        house.clock.pass(Duration::from_secs(10));
        let anew = by(&house, &viewer, OwnChange::AddPasskey, &mut first).await;
        let ceremony = access.begin_passkey(&viewer, anew).await.unwrap().unwrap();
        let made = Device::new(number).create(&ceremony);
        begun.push((ceremony.token, made));
    }
    let too_many = NotChanged::Flaw(Flaw::TooManyAuthenticators);
    for ((token, made), expected) in begun.iter().zip([Ok(()), Err(too_many)]) {
        let added = access.add_passkey(&viewer, "鍵", token, made).await;
        assert_eq!(added.unwrap(), expected);
    }
    assert_eq!(access.own_authenticators(&viewer).await.unwrap().len(), 10);
    let anew = by(&house, &viewer, OwnChange::AddPasskey, &mut first).await;
    let begun = access.begin_passkey(&viewer, anew).await.unwrap();
    assert_eq!(begun.unwrap_err(), too_many);
}

#[tokio::test]
async fn a_reset_and_what_is_done_with_it_at_one_terminal_can_be_found_by_the_terminal() {
    let house = House::with(|_| {}).await;
    let (one, doctor) = (
        house.account("office", Role::Administrator).await,
        house.account("doctor", Role::Physician).await,
    );
    let here = caller(house.register("事務室", &caller(None)).await);
    let session = house.sign_in(&one, &here).await.session;
    let office = house.viewer(&(here.clone(), session)).await;
    let link = house.admin.make_link(&office, &doctor.id).await.unwrap();
    let made = house.newest().await;
    let token = link.token.expose_secret();
    let open = house.access.open_link(token).await.unwrap();
    let secret = open.enrolment.totp_secret.expose_secret();
    let proof = Proof::Totp {
        sealed: open.enrolment.sealed,
        code: house.totp_code(secret),
        name: "電話".to_owned(),
    };
    let used = house
        .access
        .use_link(token, NEW_PASSWORD.into(), proof, &here);
    used.await.unwrap();
    let used = house.newest().await;
    let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes());
    let doctor = Login {
        secret: secret.unwrap().into(),
        ..doctor
    };
    house.clock.pass(Duration::from_secs(30));
    let code = house.code(&doctor);
    let answer = house
        .try_sign_in("doctor", NEW_PASSWORD, Some(&code), &here)
        .await;
    assert!(matches!(answer, SignedIn::Done(_)), "{answer:?}");
    let ledger = &house.access.inner.ledger;
    let entries = ledger.recent(&house.hospital, 10).await.unwrap();
    let signed_in = entries.iter().find(|entry| {
        let entry = serde_json::to_value(entry).unwrap();
        entry["event"] == "signed_in" && entry["account"] == doctor.id.0
    });
    let signed_in = serde_json::to_value(signed_in.unwrap()).unwrap();
    for (entry, what) in [(&made, "link_made"), (&used, "link_used")] {
        assert_eq!(entry["fields"]["what"], what);
        assert_eq!(entry["fields"]["whom"], doctor.id.0);
        assert_eq!(entry["terminal"], office.terminal.0, "{what}");
    }
    assert_eq!(signed_in["terminal"], office.terminal.0);
}

#[tokio::test]
async fn an_administrator_is_told_whom_a_removal_leaves_without_a_way_in() {
    let house = house().await;
    let admin = house.signed_in("admin", Role::Administrator).await;
    let file = async |id: &AccountId| house.admin.account_file(&admin, id).await.unwrap();
    let invited = house.invitation("invited", Role::Nurse);
    let invited = house.admin.invite(&admin, invited).await.unwrap().account;
    assert_eq!(file(&invited).await.no_way_in, Some(NoWayIn::Nothing));

    // Password and app: without the app there is no second factor.
    let nurse = house.account("nurse", Role::Nurse).await;
    let before = file(&nurse.id).await;
    let app = before.authenticators[0].id.clone();
    assert_eq!(
        (before.no_way_in, &before.needed),
        (None, &vec![app.clone()])
    );
    let remove = async |who: &AccountId, what: &AuthenticatorId| {
        let removed = house.admin.remove_authenticator(&admin, who, what).await;
        removed.unwrap();
    };
    remove(&nurse.id, &app).await;
    let after = file(&nurse.id).await;
    assert_eq!(after.no_way_in, Some(NoWayIn::PasswordAlone));
    assert_eq!(after.needed, []);

    // A passkey on a link, then an app beside it: without the passkey there is no password.
    let doctor = house.permitted("doctor", Role::Physician).await;
    let ((here, _), _) = enrolled(&house, &doctor, 1).await;
    assert_eq!(file(&doctor.id).await.needed, [], "an app and a passkey");
    let link = house.admin.make_link("", &doctor.id).await.unwrap();
    let mut device = Device::new(3);
    let token = link.token.expose_secret();
    enrol_by_link(&house, token, &mut device).await.unwrap();
    let SignedIn::Done(session) = try_sign_in(&house, &mut device, "", &here).await else {
        panic!("not let in")
    };
    let viewer = house.viewer(&(here, session.session)).await;
    let anew = by(&house, &viewer, OwnChange::AddTotp, &mut device).await;
    let begun = house.access.begin_totp(&viewer).await.unwrap();
    let code = house.totp_code(begun.totp_secret.expose_secret());
    let proof = (&*begun.sealed, &*code, "電話");
    let added = house.access.add_totp(&viewer, anew, proof).await;
    added.unwrap().unwrap();
    let both = file(&doctor.id).await;
    let passkey = both.authenticators[0].id.clone();
    assert_eq!(
        (both.no_way_in, &both.needed),
        (None, &vec![passkey.clone()])
    );
    remove(&doctor.id, &passkey).await;
    let stuck = file(&doctor.id).await;
    assert_eq!(stuck.no_way_in, Some(NoWayIn::CodesAlone));
    remove(&doctor.id, &stuck.authenticators[0].id).await;
    assert_eq!(file(&doctor.id).await.no_way_in, Some(NoWayIn::Nothing));
    // Whoever may not sign in at all is asked about no way.
    house.admin.disable(&admin, &doctor.id).await.unwrap();
    assert_eq!(file(&doctor.id).await.no_way_in, None);
}
