//! Terminals, sealed accounts, 災害時.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::{
    house::{House, Login, PASSWORD, caller, glass, refusal},
    office::HOUR,
};
use crate::{
    access::{
        self, Caller, Refusal, SignIn, SignedIn, Viewer,
        admin::{DisasterForm, Error, Flaw, SealedSecrets, TerminalForm},
    },
    domain::{
        access::{Flag, Role},
        event::SecondFactor,
    },
    registry::FacilityKind,
};

#[tokio::test]
async fn a_registration_code_registers_one_browser_within_half_an_hour() {
    let house = House::with(|_| {}).await;
    let form = || TerminalForm {
        facility: house.hospital.clone(),
        name: "初療室 1".to_owned(),
        location: "救急外来".to_owned(),
        idle_lock_seconds: 180,
    };
    let here = caller(None);
    let register = async |code: &str| house.access.register_terminal(code, &here).await.unwrap();
    let made = house.admin.make_code("admin", form()).await.unwrap();
    let code = made.code.expose_secret().to_lowercase().replace('-', " ");
    assert_eq!(register("AAAA-BBBB-CCCC").await, Err(Refusal::Expired));
    let device = register(&code).await.unwrap();
    assert_eq!(register(&code).await, Err(Refusal::Expired));
    let known = caller(device);
    let late = house.admin.make_code("admin", form()).await.unwrap();
    house.clock.pass(Duration::from_mins(30));
    assert_eq!(
        register(late.code.expose_secret()).await,
        Err(Refusal::Expired)
    );
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = (known.clone(), house.sign_in(&doctor, &known).await.session);
    let viewer = house.viewer(&seat).await;
    assert_eq!(viewer.terminal_name, "初療室 1");
    let mut slowed = false;
    for _ in 0..40 {
        slowed |= matches!(register("x").await, Err(Refusal::Slowed(_)));
    }
    assert!(slowed, "codes cannot be tried out");
    let neighbour = house.admin.make_code("admin", form()).await.unwrap();
    let registered = register(neighbour.code.expose_secret()).await;
    assert!(
        registered.is_ok(),
        "a right code is not slowed by a guesser"
    );
}

#[tokio::test]
async fn a_revoked_terminal_ends_its_sessions_and_lets_nobody_in() {
    let house = House::with(|_| {}).await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let here = caller(house.register("初療室 1", &caller(None)).await);
    let seat = (here.clone(), house.sign_in(&doctor, &here).await.session);
    let viewer = house.viewer(&seat).await;
    let by = "院長";
    house
        .admin
        .set_idle_lock(by, &viewer.terminal, 60)
        .await
        .unwrap();
    assert_eq!(house.viewer(&seat).await.idle_lock, Duration::from_mins(1));
    let candidate = house.candidate(&viewer, "01").await;
    let glass = glass(&candidate, "1");
    house.access.open_grant(&viewer, &glass).await.unwrap();
    house
        .admin
        .revoke_terminal(by, &viewer.terminal)
        .await
        .unwrap();
    assert!(house.access.viewer(&seat.1, seat.0.clone()).await.is_err());
    house.access.sweep().await;
    let entries = house.entries().await;
    assert_eq!(entries[..2], ["grant_ended", "signed_out"]);
    house.clock.pass(Duration::from_secs(30));
    let code = house.code(&doctor);
    let answer = house
        .try_sign_in("doctor", PASSWORD, Some(&code), &here)
        .await;
    assert_eq!(refusal(&answer), Refusal::UnknownTerminal);
}

#[tokio::test]
async fn a_sealed_account_takes_two_administrators_signs_in_once_and_is_dead() {
    let house = House::new().await;
    let one = house.signed_in("one", Role::Administrator).await;
    let two = house.signed_in("two", Role::Administrator).await;
    let hospital = &house.hospital;
    let id = house.admin.propose_sealed(&one, hospital).await.unwrap();
    let confirm = async |by: &Viewer| house.admin.confirm_sealed(by, hospital, &id).await;
    let himself = confirm(&one).await.unwrap_err();
    assert_eq!(himself, Error::Invalid(Flaw::NotToConfirm));
    let secrets = confirm(&two).await.unwrap();
    assert!(confirm(&two).await.is_err(), "given out once");

    let sign_in = async || {
        let (name, password) = (&secrets.sign_in, &secrets.password);
        let code = Some(secrets.code.expose_secret());
        let (name, password) = (name.expose_secret(), password.expose_secret());
        house.try_sign_in(name, password, code, &caller(None)).await
    };
    let SignedIn::Done(session) = sign_in().await else {
        panic!("not signed in")
    };
    let seat = (caller(session.device), session.session);
    let viewer = house.viewer(&seat).await;
    assert_eq!(viewer.second_factor, SecondFactor::Sealed);
    assert!(viewer.emergency_permission);
    // Whoever signs in over it would take its only cookie away.
    let doctor = house.account("doctor", Role::Physician).await;
    let over = Caller {
        session: Some(seat.1.clone()),
        ..seat.0.clone()
    };
    for code in [None, Some(house.code(&doctor))] {
        let code = code.as_deref();
        let answer = house.try_sign_in("doctor", PASSWORD, code, &over).await;
        assert_eq!(refusal(&answer), Refusal::SealedHere);
    }
    assert!(!house.viewer(&seat).await.locked);
    assert_eq!(viewer.flags, [Flag::Sealed].into());
    assert_eq!(refusal(&sign_in().await), Refusal::UnknownOrWrong);
    house.viewer(&seat).await;
    let entries = house.entries().await;
    assert!(entries.contains(&"administered".to_owned()), "{entries:?}");
    for answer in [
        house.admin.enable(&one, &id).await,
        house.admin.make_link(&one, &id).await.map(drop),
    ] {
        assert_eq!(answer, Err(Error::Invalid(Flaw::Sealed)));
    }
    let listed = house.admin.sealed_accounts(&one, hospital).await.unwrap();
    assert!(listed[0].used_at.is_some());
    house.clock.pass(HOUR * 12);
    assert!(house.access.viewer(&seat.1, seat.0).await.is_err());
}

/// An envelope that two administrators made.
async fn envelope(house: &House) -> SealedSecrets {
    let one = house.signed_in("one", Role::Administrator).await;
    let two = house.signed_in("two", Role::Administrator).await;
    let hospital = &house.hospital;
    let id = house.admin.propose_sealed(&one, hospital).await.unwrap();
    let confirmed = house.admin.confirm_sealed(&two, hospital, &id).await;
    confirmed.unwrap()
}

#[tokio::test]
async fn an_opened_envelope_is_told_to_administrators_and_auditors_for_three_days() {
    let house = House::new().await;
    let secrets = envelope(&house).await;
    let administrator = house.signed_in("head", Role::Administrator).await;
    let auditor = house.signed_in("auditor", Role::Auditor).await;
    let doctor = house.signed_in("doctor", Role::Physician).await;
    let told = async |viewer: &Viewer| house.access.sealed_uses(viewer).await.unwrap().len();
    assert_eq!(told(&administrator).await, 0);
    let opened = house.access.sign_in(form(&secrets), &caller(None)).await;
    assert!(matches!(opened, Ok(SignedIn::Done(_))), "{opened:?}");
    assert_eq!(told(&administrator).await, 1);
    assert_eq!(told(&auditor).await, 1);
    assert_eq!(told(&doctor).await, 0);
    let overview = house.admin.overview(&administrator).await.unwrap();
    assert_eq!(overview.sealed_uses.len(), 1);
    house.clock.pass(HOUR * 71);
    assert_eq!(told(&auditor).await, 1);
    house.clock.pass(HOUR);
    assert_eq!(told(&auditor).await, 0);
}

fn form(secrets: &SealedSecrets) -> SignIn {
    SignIn {
        account: secrets.sign_in.expose_secret().to_owned(),
        password: secrets.password.clone(),
        code: Some(secrets.code.expose_secret().to_owned()),
    }
}

#[tokio::test]
async fn of_two_uses_of_an_envelope_at_once_exactly_one_gets_in() {
    let house = House::new().await;
    let secrets = envelope(&house).await;
    let (here, there) = (caller(None), caller(None));
    let (one, other) = tokio::join!(
        house.access.sign_in(form(&secrets), &here),
        house.access.sign_in(form(&secrets), &there),
    );
    let answers = [one.unwrap(), other.unwrap()];
    let is_in = |answer: &&SignedIn| matches!(answer, SignedIn::Done(_));
    assert_eq!(answers.iter().filter(is_in).count(), 1, "{answers:?}");
    let account = &secrets.account;
    let registry = house.admin.registry();
    assert_eq!(registry.sessions_of(account.clone()).await.unwrap(), 1);
    let entries = house.entries().await;
    let begun = entries.iter().filter(|word| *word == "signed_in").count();
    assert_eq!(begun, 3, "two administrators and one envelope: {entries:?}");
}

#[tokio::test]
async fn an_envelope_whose_use_cannot_be_recorded_stays_good() {
    let house = House::new().await;
    let secrets = envelope(&house).await;
    house.break_ledger();
    let answer = house.access.sign_in(form(&secrets), &caller(None)).await;
    assert_eq!(answer.unwrap_err(), access::Error::CannotRecord);
    let registry = house.admin.registry();
    let listed = registry.sealed_accounts(house.hospital.clone()).await;
    assert_eq!(listed.unwrap()[0].used_at, None);
    let account = registry.account(secrets.account.clone()).await.unwrap();
    assert_eq!(account.unwrap().disabled, None);
}

#[tokio::test]
async fn who_had_the_others_factors_in_hand_makes_no_envelope_with_him() {
    let house = House::new().await;
    let one = house.signed_in("one", Role::Administrator).await;
    let two = house.account("two", Role::Administrator).await;
    let hospital = &house.hospital;
    // One makes himself the second hand.
    let link = house.admin.make_link(&one, &two.id).await.unwrap();
    let two = house.enrol(&link, PASSWORD).await.unwrap();
    let two = Login { name: "two", ..two };
    let second = house.viewer(&house.seat(&two).await).await;
    for (proposer, confirmer) in [(&one, &second), (&second, &one)] {
        let id = house.admin.propose_sealed(proposer, hospital).await;
        let id = id.unwrap();
        let confirmed = house.admin.confirm_sealed(confirmer, hospital, &id).await;
        assert_eq!(confirmed.unwrap_err(), Error::Invalid(Flaw::NotIndependent));
        assert_eq!(house.newest().await["fields"]["why"], "not_independent");
        let registry = house.admin.registry();
        assert_eq!(registry.account(id.clone()).await.unwrap(), None);
        // A third one may.
        let name = if proposer.account == one.account {
            "three"
        } else {
            "four"
        };
        let third = house.signed_in(name, Role::Administrator).await;
        house
            .admin
            .confirm_sealed(&third, hospital, &id)
            .await
            .unwrap();
    }
    // A link made after the proposal counts too, and thirty days are enough before it.
    house.clock.pass(HOUR * 24 * 31);
    let one = Login {
        name: "one",
        id: one.account,
        secret: two.secret.clone(),
    };
    let console = house.admin.make_link("console", &one.id).await.unwrap();
    let anew = house.enrol(&console, PASSWORD).await.unwrap();
    let one = Login {
        name: "one",
        ..anew
    };
    let first = house.viewer(&house.seat(&one).await).await;
    let second = house.viewer(&house.seat(&two).await).await;
    let id = house.admin.propose_sealed(&first, hospital).await.unwrap();
    let late = house.admin.propose_sealed(&first, hospital).await.unwrap();
    let confirmed = house.admin.confirm_sealed(&second, hospital, &id).await;
    confirmed.unwrap();
    house.admin.make_link(&first, &two.id).await.unwrap();
    let confirmed = house.admin.confirm_sealed(&second, hospital, &late).await;
    let error = confirmed.unwrap_err();
    assert_eq!(error, Error::Invalid(Flaw::NotIndependent));
}

#[tokio::test]
async fn two_puppets_of_one_hand_make_no_envelope() {
    let house = House::new().await;
    let hospital = &house.hospital;
    let one = house.signed_in("one", Role::Administrator).await;
    let enrolled = async |name: &'static str, by: &Viewer| {
        let account = house.account(name, Role::Administrator).await;
        let link = house.admin.make_link(by, &account.id).await.unwrap();
        let enrolled = house.enrol(&link, PASSWORD).await.unwrap();
        let login = Login { name, ..enrolled };
        house.viewer(&house.seat(&login).await).await
    };
    let first = enrolled("first", &one).await;
    let second = enrolled("second", &one).await;
    let through = enrolled("through", &first).await;
    for (proposer, confirmer) in [(&first, &second), (&one, &through), (&through, &second)] {
        let id = house.admin.propose_sealed(proposer, hospital).await;
        let id = id.unwrap();
        let confirmed = house.admin.confirm_sealed(confirmer, hospital, &id).await;
        assert_eq!(confirmed.unwrap_err(), Error::Invalid(Flaw::NotIndependent));
    }
    // Both were made at the console: that joins nobody.
    let other = house.signed_in("other", Role::Administrator).await;
    let id = house.admin.propose_sealed(&first, hospital).await.unwrap();
    let confirmed = house.admin.confirm_sealed(&other, hospital, &id).await;
    confirmed.unwrap();
}

#[tokio::test]
async fn two_confirmations_at_once_give_the_secrets_out_once() {
    let house = House::new().await;
    let one = house.signed_in("one", Role::Administrator).await;
    let two = house.signed_in("two", Role::Administrator).await;
    let three = house.signed_in("three", Role::Administrator).await;
    let hospital = &house.hospital;
    let id = house.admin.propose_sealed(&one, hospital).await.unwrap();
    let (a, b) = tokio::join!(
        house.admin.confirm_sealed(&two, hospital, &id),
        house.admin.confirm_sealed(&three, hospital, &id),
    );
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
}

#[tokio::test]
async fn a_disaster_is_on_until_its_last_day_or_until_it_is_taken_back() {
    let house = House::new().await;
    let admin = house.signed_in("admin", Role::Administrator).await;
    let hospital = &house.hospital;
    let form = |until: &str| DisasterForm {
        area: "湾岸".to_owned(),
        until: until.parse().unwrap(),
    };
    let past = house
        .admin
        .set_disaster(&admin, hospital, form("2026-03-31"))
        .await;
    assert_eq!(past, Err(Error::Invalid(Flaw::InPast)));
    for (until, expected) in [
        ("2026-04-16", Err(Error::Invalid(Flaw::DisasterTooLong))),
        ("2026-04-15", Ok(())),
    ] {
        let said = house.admin.set_disaster(&admin, hospital, form(until));
        assert_eq!(said.await, expected, "{until}");
    }
    house
        .admin
        .set_disaster(&admin, hospital, form("2026-04-02"))
        .await
        .unwrap();
    let read = async || {
        let facility = house.admin.registry().facility(hospital.clone()).await;
        let facility = facility.unwrap().unwrap();
        assert_eq!(facility.kind, FacilityKind::Hospital);
        let day = |text: &str| facility.is_in_disaster(text.parse().unwrap());
        (day("2026-04-02"), day("2026-04-03"))
    };
    assert_eq!(read().await, (true, false));
    house.admin.clear_disaster(&admin, hospital).await.unwrap();
    assert_eq!(read().await, (false, false));
}
