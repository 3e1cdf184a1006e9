//! Vouching for a terminal and for a colleague's broken factor.

use std::time::Duration;

use super::{
    house::{House, Login, PASSWORD, caller, refusal},
    office::NEW_PASSWORD,
};
use crate::{
    access::{
        Caller, Error, OwnFactor, Proof, Refusal, SignedIn, TakenUp, Viewer, Vouched, Vouching,
        admin::{self, Flaw},
    },
    domain::{access::Role, event::SecondFactor},
};

fn by_password(password: &str) -> OwnFactor {
    OwnFactor::Typed {
        password: password.into(),
        code: "".into(),
    }
}

async fn vouch(house: &House, viewer: &Viewer, vouching: Vouching) -> Vouched {
    let own = by_password(PASSWORD);
    house.access.vouch(viewer, vouching, own).await.unwrap()
}

fn colleague(name: &str) -> Vouching {
    Vouching::Colleague(name.to_owned())
}

/// Somebody with emergency permission at a registered terminal.
async fn voucher(house: &House) -> (Login, Viewer) {
    let login = house.permitted("voucher", Role::Physician).await;
    let here = caller(house.register("初療室 1", &caller(None)).await);
    let session = house.sign_in(&login, &here).await.session;
    let viewer = house.viewer(&(here, session)).await;
    (login, viewer)
}

/// The first step of signing in, with whether a colleague's word may be used.
async fn first_step(house: &House, name: &str, here: &Caller) -> (String, bool) {
    match house.try_sign_in(name, PASSWORD, None, here).await {
        SignedIn::NeedsCode { pending, vouched } => (pending, vouched),
        answer @ (SignedIn::Done(_) | SignedIn::Refused(_)) => panic!("{answer:?}"),
    }
}

#[tokio::test]
async fn a_strange_terminal_stands_for_twelve_hours_once_somebody_vouched_for_it() {
    let house = House::with(|_| {}).await;
    let (login, viewer) = voucher(&house).await;
    let shown = house.access.stranger().unwrap();
    let take = async |token: &str, place: &str| {
        let taken = house.access.take_up(token, place, &caller(None)).await;
        taken.unwrap()
    };
    assert_eq!(take(&shown.token, "2階病棟").await, TakenUp::NotYet);
    let typed = shown.code.to_lowercase().replace('-', " ");
    let said = vouch(&house, &viewer, Vouching::Terminal(typed)).await;
    let Vouched::Terminal(ends) = said else {
        panic!("{said:?}")
    };
    let entry = house.newest().await;
    assert_eq!(entry["fields"]["what"], "vouched_for_terminal");
    let again = vouch(&house, &viewer, Vouching::Terminal(shown.code.clone())).await;
    assert_eq!(again, Vouched::Terminal(ends), "sent twice");
    for nowhere in ["", " ", "\0", &"場".repeat(121)] {
        assert_eq!(take(&shown.token, nowhere).await, TakenUp::NoLocation);
    }
    let TakenUp::Done(Some(device)) = take(&shown.token, "2階病棟").await else {
        panic!("not taken up")
    };
    assert_eq!(take(&shown.token, "2階病棟").await, TakenUp::Over, "once");
    let used = vouch(&house, &viewer, Vouching::Terminal(shown.code)).await;
    assert_eq!(used, Vouched::UnknownCode);

    let here = caller(Some(device));
    let session = house.sign_in(&login, &here).await.session;
    let seat = (here.clone(), session);
    let there = house.viewer(&seat).await;
    assert_eq!(there.location, "2階病棟");
    assert!(there.flags.contains(&crate::domain::access::Flag::Vouched));
    house
        .clock
        .pass(Duration::from_hours(12) - Duration::from_mins(1));
    assert!(house.access.viewer(&seat.1, here.clone()).await.is_ok());
    house.clock.pass(Duration::from_mins(1));
    assert!(house.access.viewer(&seat.1, here.clone()).await.is_err());
    let late = house.try_sign_in("voucher", PASSWORD, None, &here).await;
    assert_eq!(refusal(&late), Refusal::UnknownTerminal);
}

#[tokio::test]
async fn a_mistyped_or_forged_code_vouches_for_nothing() {
    let house = House::with(|_| {}).await;
    let (_, viewer) = voucher(&house).await;
    let shown = house.access.stranger().unwrap();
    let mut mistyped = shown.code.clone().into_bytes();
    mistyped[2] = if mistyped[2] == b'A' { b'B' } else { b'A' };
    let mistyped = String::from_utf8(mistyped).unwrap();
    for code in [
        "",
        "AAAAA-AAAAA",
        &mistyped,
        "端末",
        "\u{0}",
        &"A".repeat(100_000),
    ] {
        let said = vouch(&house, &viewer, Vouching::Terminal(code.to_owned())).await;
        let limited = Vouched::Refused(Refusal::Slowed(10));
        assert!(said == Vouched::UnknownCode || said == limited, "{said:?}");
    }
    for token in ["", "x", &shown.code] {
        let taken = house.access.take_up(token, "ここ", &caller(None)).await;
        assert_eq!(taken.unwrap(), TakenUp::Over);
    }
    house.clock.pass(Duration::from_mins(30));
    let old = house
        .access
        .take_up(&shown.token, "ここ", &caller(None))
        .await;
    assert_eq!(old.unwrap(), TakenUp::Over);
}

#[tokio::test]
async fn a_colleague_signs_in_once_by_anothers_word_for_half_an_hour() {
    let house = House::new().await;
    let (_, viewer) = voucher(&house).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let (here, _) = house.seat(&nurse).await;
    let (before, offered) = first_step(&house, "nurse", &here).await;
    assert!(!offered);
    let early = house.access.sign_in_vouched(&before, &here).await.unwrap();
    assert_eq!(refusal(&early), Refusal::Expired, "nobody vouched");
    let said = vouch(&house, &viewer, colleague("ＮＵＲＳＥ")).await;
    assert!(matches!(said, Vouched::Colleague { .. }), "{said:?}");
    let entry = house.newest().await;
    assert_eq!(entry["fields"]["what"], "vouched_for_factor");
    assert_eq!(entry["fields"]["whom"], nurse.id.0.as_str());

    let (pending, offered) = first_step(&house, "nurse", &here).await;
    assert!(offered);
    let answer = house.access.sign_in_vouched(&pending, &here).await.unwrap();
    let SignedIn::Done(new) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(house.newest().await["second_factor"], "vouched");
    let seat = (here.clone(), new.session);
    let there = house.viewer(&seat).await;
    assert_eq!(there.second_factor, SecondFactor::Vouched);
    let twice = house.access.sign_in_vouched(&pending, &here).await.unwrap();
    assert_eq!(refusal(&twice), Refusal::Expired, "one word, one sign-in");
    house.clock.set_wall_back(Duration::from_hours(1));
    house.clock.pass(Duration::from_mins(30));
    assert!(house.access.viewer(&seat.1, seat.0).await.is_err());
}

#[tokio::test]
async fn a_word_not_used_within_half_an_hour_is_over() {
    let house = House::new().await;
    let (_, viewer) = voucher(&house).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let (here, _) = house.seat(&nurse).await;
    vouch(&house, &viewer, colleague("nurse")).await;
    house.clock.pass(Duration::from_mins(30));
    let (pending, offered) = first_step(&house, "nurse", &here).await;
    assert!(!offered);
    let late = house.access.sign_in_vouched(&pending, &here).await.unwrap();
    assert_eq!(refusal(&late), Refusal::Expired);
}

#[tokio::test]
async fn nobody_vouches_for_himself_for_strangers_or_at_second_hand() {
    let house = House::new().await;
    let (_, viewer) = voucher(&house).await;
    house.account("crew", Role::Paramedic).await;
    let gone = house.account("gone", Role::Nurse).await;
    house.admin.disable("admin", &gone.id).await.unwrap();
    assert_eq!(
        vouch(&house, &viewer, colleague("voucher")).await,
        Vouched::Himself
    );
    for stranger in ["crew", "gone", "nobody", "", "\0"] {
        let said = vouch(&house, &viewer, colleague(stranger)).await;
        assert_eq!(said, Vouched::UnknownColleague, "{stranger}");
    }
    let second_hand = Viewer {
        second_factor: SecondFactor::Vouched,
        ..viewer.clone()
    };
    let said = vouch(&house, &second_hand, colleague("voucher")).await;
    assert_eq!(said, Vouched::SecondHand);
    let without = Viewer {
        emergency_permission: false,
        ..viewer.clone()
    };
    let own = by_password(PASSWORD);
    let refused = house.access.vouch(&without, colleague("crew"), own).await;
    assert_eq!(refused, Err(Error::NotAllowed));
    let locked = Viewer {
        locked: true,
        ..viewer
    };
    let own = by_password(PASSWORD);
    let refused = house.access.vouch(&locked, colleague("crew"), own).await;
    assert_eq!(refused, Err(Error::Locked));
}

/// Signs in by a colleague's word.
async fn by_word(house: &House, name: &str, here: &Caller) -> SignedIn {
    let (pending, _) = first_step(house, name, here).await;
    house.access.sign_in_vouched(&pending, here).await.unwrap()
}

#[tokio::test]
async fn who_signed_in_by_a_word_changes_neither_password_nor_factors() {
    let house = House::new().await;
    let (_, viewer) = voucher(&house).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let (here, _) = house.seat(&nurse).await;
    vouch(&house, &viewer, colleague("nurse")).await;
    let SignedIn::Done(new) = by_word(&house, "nurse", &here).await else {
        panic!("not signed in")
    };
    let there = house.viewer(&(here, new.session)).await;
    let access = &house.access;
    let no = admin::Error::Invalid(Flaw::Vouched);
    let changed = access.change_password(&there, house.anew(&nurse), NEW_PASSWORD.into());
    assert_eq!(changed.await, Err(no.clone()));
    let proof = Proof::Passkey {
        credential: b"{}".to_vec().into(),
        credential_id: vec![7; 16],
        name: "鍵".to_owned(),
    };
    let added = access.add_authenticator(&there, house.anew(&nurse), proof);
    assert_eq!(added.await, Err(no.clone()));
    assert_eq!(access.begin_totp(&there).await.unwrap_err(), no);
    let own = access.own_authenticators(&there).await.unwrap();
    let removed = access.remove_authenticator(&there, house.anew(&nurse), &own[0].id);
    assert_eq!(removed.await, Err(no));
    assert_eq!(house.newest().await["fields"]["why"], "vouched");
}

#[tokio::test]
async fn nobody_becomes_administrator_or_auditor_by_a_word() {
    let house = House::new().await;
    let (_, viewer) = voucher(&house).await;
    house.account("office", Role::Administrator).await;
    house.account("reviser", Role::Auditor).await;
    house.account("clerk", Role::Clerk).await;
    for name in ["office", "reviser", "clerk"] {
        let said = vouch(&house, &viewer, colleague(name)).await;
        assert_eq!(said, Vouched::UnknownColleague, "{name}");
    }
}

#[tokio::test]
async fn a_borrowed_second_factor_administers_nothing() {
    let house = House::new().await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let admin = house.signed_in("office", Role::Administrator).await;
    for second_factor in [SecondFactor::Vouched, SecondFactor::Sealed] {
        let borrowed = Viewer {
            second_factor,
            ..admin.clone()
        };
        let refused = house.admin.disable(&borrowed, &nurse.id).await;
        assert_eq!(refused, Err(admin::Error::NotAllowed));
        let entry = house.newest().await;
        assert_eq!(entry["fields"]["why"], "second_factor");
        let day = "2026-05-01".parse().unwrap();
        let refused = house.admin.permit(&nurse.id, day, &borrowed).await;
        assert_eq!(refused, Err(admin::Error::NotAllowed));
    }
    house.admin.disable(&admin, &nurse.id).await.unwrap();
}

#[tokio::test]
async fn a_word_is_worth_nothing_once_its_giver_may_not_give_it() {
    for disabled in [true, false] {
        let house = House::new().await;
        let (login, viewer) = voucher(&house).await;
        let nurse = house.account("nurse", Role::Nurse).await;
        let (here, _) = house.seat(&nurse).await;
        vouch(&house, &viewer, colleague("nurse")).await;
        let shown = house.access.stranger().unwrap();
        vouch(&house, &viewer, Vouching::Terminal(shown.code)).await;
        if disabled {
            house.admin.disable("admin", &login.id).await.unwrap();
        } else {
            house.admin.revoke(&login.id, "admin").await.unwrap();
        }
        let (_, offered) = first_step(&house, "nurse", &here).await;
        assert!(!offered);
        let answer = by_word(&house, "nurse", &here).await;
        assert_eq!(refusal(&answer), Refusal::Expired);
        let strange = caller(None);
        let taken = house.access.take_up(&shown.token, "病棟", &strange);
        assert_eq!(taken.await.unwrap(), TakenUp::NotYet);
        // What was ended does not come back with the permission.
        house.admin.enable("admin", &login.id).await.unwrap();
        let day = "2026-12-31".parse().unwrap();
        house.admin.permit(&login.id, day, "admin").await.unwrap();
        let answer = by_word(&house, "nurse", &here).await;
        assert_eq!(refusal(&answer), Refusal::Expired);
    }
}

#[tokio::test]
async fn a_word_is_worth_nothing_once_its_givers_permission_has_run_out() {
    let house = House::new().await;
    let login = house.account("voucher", Role::Physician).await;
    let today = "2026-04-01".parse().unwrap();
    house.admin.permit(&login.id, today, "admin").await.unwrap();
    let nurse = house.account("nurse", Role::Nurse).await;
    let (here, _) = house.seat(&nurse).await;
    house.clock.pass(Duration::from_mins(11 * 60 + 50));
    let seat = house.seat(&login).await;
    let viewer = house.viewer(&seat).await;
    vouch(&house, &viewer, colleague("nurse")).await;
    let shown = house.access.stranger().unwrap();
    vouch(&house, &viewer, Vouching::Terminal(shown.code)).await;
    house.clock.pass(Duration::from_mins(15));
    let answer = by_word(&house, "nurse", &here).await;
    assert_eq!(refusal(&answer), Refusal::Expired);
    let strange = caller(None);
    let taken = house.access.take_up(&shown.token, "病棟", &strange);
    assert_eq!(taken.await.unwrap(), TakenUp::Over);
}

#[tokio::test]
async fn a_voucher_gives_a_factor_of_his_own_again() {
    let house = House::new().await;
    let (login, viewer) = voucher(&house).await;
    house.account("nurse", Role::Nurse).await;
    let access = &house.access;
    let wrong = by_password("wrong");
    let said = access.vouch(&viewer, colleague("nurse"), wrong).await;
    assert_eq!(said, Ok(Vouched::Refused(Refusal::UnknownOrWrong)));
    house.clock.pass(Duration::from_secs(30));
    let code = |code: String| OwnFactor::Typed {
        password: "".into(),
        code: code.into(),
    };
    let none = access
        .vouch(&viewer, colleague("nurse"), code(String::new()))
        .await;
    assert_eq!(none, Ok(Vouched::NotGiven));
    let said = access
        .vouch(&viewer, colleague("nurse"), code("000000".to_owned()))
        .await;
    assert_eq!(said, Ok(Vouched::Refused(Refusal::WrongCode)));
    let entry = house.newest().await;
    assert_eq!(entry["fields"]["why"], "wrong_code");
    let right = code(house.code(&login));
    let said = access
        .vouch(&viewer, colleague("nurse"), right.clone())
        .await;
    assert!(matches!(said, Ok(Vouched::Colleague { .. })), "{said:?}");
    let again = access.vouch(&viewer, colleague("nurse"), right).await;
    assert!(
        matches!(again, Ok(Vouched::Refused(Refusal::UsedCode(_)))),
        "{again:?}"
    );
}
