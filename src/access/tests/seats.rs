//! One's own sessions: changing the user, resuming, renewing, ending elsewhere.

use std::time::Duration;

use super::house::{House, Login, PASSWORD, caller, glass, refusal};
use crate::{
    access::{
        Anew, Caller, Error, NewSession, Refusal, SignedIn, admin::Known, admin::TerminalForm,
    },
    domain::access::{End, GrantId, Role},
};

/// A caller whose browser still has a session's cookie.
fn carrying(here: &Caller, session: &str) -> Caller {
    Caller {
        session: Some(session.to_owned()),
        ..here.clone()
    }
}

async fn opened(house: &House, seat: &(Caller, String)) -> GrantId {
    let viewer = house.viewer(seat).await;
    let token = house.candidate(&viewer, "01").await;
    let opened = house.access.open_grant(&viewer, &glass(&token, "1")).await;
    opened.unwrap()
}

/// The password alone.
async fn password_alone(house: &House, login: &Login, here: &Caller) -> SignedIn {
    house.try_sign_in(login.name, PASSWORD, None, here).await
}

fn done(answer: SignedIn) -> NewSession {
    match answer {
        SignedIn::Done(new) => new,
        SignedIn::NeedsCode { .. } | SignedIn::Refused(_) => panic!("{answer:?}"),
    }
}

#[tokio::test]
async fn only_the_hash_of_a_session_is_kept_anywhere() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    house.viewer(&seat).await;
    assert_eq!(seat.1.len(), 43, "256 bits in base 64");
    let secrets = [
        seat.1.as_bytes(),
        seat.0.device.as_deref().unwrap().as_bytes(),
    ];
    for file in std::fs::read_dir(house.folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            for secret in secrets {
                let found = bytes.windows(secret.len()).any(|part| part == secret);
                assert!(!found, "{}", path.display());
            }
        }
    }
}

#[tokio::test]
async fn a_change_of_users_locks_the_former_session_and_its_owner_goes_on_with_one_factor() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let (here, first) = house.seat(&doctor).await;
    let grant = opened(&house, &(here.clone(), first.clone())).await;
    let viewer = house.viewer(&(here.clone(), first.clone())).await;
    assert!(house.access.change_user(&viewer).await.unwrap());
    assert_eq!(house.newest().await["fields"]["why"], "change_of_user");

    let other = house.sign_in(&nurse, &here).await.session;
    let other = (here.clone(), other);
    assert!(!house.viewer(&other).await.locked);
    assert!(house.viewer(&(here.clone(), first.clone())).await.locked);

    let answer = password_alone(&house, &doctor, &carrying(&here, &other.1)).await;
    let resumed = done(answer).session;
    assert_ne!(resumed, first, "under another id");
    let former = house.access.viewer(&first, here.clone()).await;
    assert_eq!(former.unwrap_err(), Error::NotSignedIn);
    let resumed = house.viewer(&(here.clone(), resumed)).await;
    assert!(!resumed.locked);
    assert!(house.access.grant(&resumed, &grant).await.is_ok());
    assert!(house.viewer(&other).await.locked, "now it is the nurse's");
    let entries = house.entries().await;
    assert!(entries.contains(&"unlocked".to_owned()), "{entries:?}");
}

#[tokio::test]
async fn signing_in_over_a_colleagues_page_locks_his_session() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let (here, first) = house.seat(&doctor).await;
    house.sign_in(&nurse, &carrying(&here, &first)).await;
    assert!(house.viewer(&(here, first)).await.locked);
}

#[tokio::test]
async fn the_password_alone_resumes_nothing_elsewhere_unlocked_over_or_wrong() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (here, session) = house.seat(&doctor).await;
    let asks = |answer: &SignedIn| matches!(answer, SignedIn::NeedsCode { .. });
    let open = password_alone(&house, &doctor, &here).await;
    assert!(asks(&open), "nothing is locked: {open:?}");
    let viewer = house.viewer(&(here.clone(), session)).await;
    house.access.lock(&viewer).await.unwrap();
    let nurse = house.account("nurse", Role::Nurse).await;
    let (elsewhere, _) = house.seat(&nurse).await;
    for strange in [elsewhere, caller(None)] {
        let answer = password_alone(&house, &doctor, &strange).await;
        assert!(asks(&answer), "{answer:?}");
    }
    let wrong = house.try_sign_in("doctor", "wrong", None, &here).await;
    assert_eq!(refusal(&wrong), Refusal::UnknownOrWrong);
    house.clock.pass(Duration::from_hours(12));
    let late = password_alone(&house, &doctor, &here).await;
    assert!(asks(&late), "the shift is over: {late:?}");
}

#[tokio::test]
async fn a_resumed_session_ends_when_it_would_have_ended() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (here, session) = house.seat(&doctor).await;
    house.clock.pass(Duration::from_hours(11));
    let viewer = house.viewer(&(here.clone(), session)).await;
    assert!(viewer.locked, "left alone");
    let resumed = done(password_alone(&house, &doctor, &here).await).session;
    let seat = (here, resumed);
    assert_eq!(house.viewer(&seat).await.left, Duration::from_hours(1));
    house.clock.set_wall_back(Duration::from_hours(6));
    house.clock.pass(Duration::from_hours(1));
    let over = house.access.viewer(&seat.1, seat.0).await;
    assert_eq!(over.unwrap_err(), Error::NotSignedIn);
}

#[tokio::test]
async fn renewing_takes_both_factors_and_keeps_the_grants() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    house.clock.pass(Duration::from_mins(1));
    let grant = opened(&house, &seat).await;
    let viewer = house.viewer(&seat).await;
    let renew = async |password: &str, code: String| {
        let anew = Anew::Codes {
            password: password.into(),
            code: code.into(),
        };
        house.access.renew_session(&viewer, anew).await.unwrap()
    };
    let wrong = renew("wrong", house.code(&doctor)).await;
    assert_eq!(refusal(&wrong), Refusal::UnknownOrWrong);
    let one_factor = renew(PASSWORD, String::new()).await;
    assert!(matches!(one_factor, SignedIn::NeedsCode { .. }));
    let new = done(renew(PASSWORD, house.code(&doctor)).await);
    let former = house.access.viewer(&seat.1, seat.0.clone()).await;
    assert_eq!(former.unwrap_err(), Error::NotSignedIn);
    let renewed = house.viewer(&(seat.0, new.session)).await;
    assert_eq!(renewed.left, Duration::from_hours(12));
    assert!(house.access.grant(&renewed, &grant).await.is_ok());
    house.access.sweep().await;
    assert!(house.access.grant(&renewed, &grant).await.is_ok());
}

#[tokio::test]
async fn the_end_is_near_from_half_an_hour_and_one_untouched_page_before_it() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let viewer = house.viewer(&seat).await;
    assert_eq!(viewer.ends_soon(), None);
    let lock = viewer.idle_lock;
    // The seat locks after three minutes.
    house
        .clock
        .pass(Duration::from_hours(11) + Duration::from_mins(26) + Duration::from_secs(59));
    assert_eq!(house.viewer(&seat).await.ends_soon(), None);
    house.clock.pass(Duration::from_secs(1));
    let left = Duration::from_mins(30) + lock;
    assert_eq!(house.viewer(&seat).await.ends_soon(), Some(left));
}

#[tokio::test]
async fn the_list_holds_ones_own_sessions_and_ends_any_of_them() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let nurse = house.signed_in("nurse", Role::Nurse).await;
    let (one, other) = (house.seat(&doctor).await, house.seat(&doctor).await);
    let grant = opened(&house, &one).await;
    let viewer = house.viewer(&one).await;
    let list = async || house.access.own_sessions(&viewer).await.unwrap();
    let own = list().await;
    assert_eq!(own.len(), 2);
    assert!(!own[0].is_this && own[1].is_this, "newest first: {own:?}");
    assert_eq!(own[0].location, "訓練");
    assert!(own[0].since > own[1].since);
    let foreign = house.access.own_sessions(&nurse).await.unwrap().remove(0);
    for nothing in [&*foreign.id, "", &viewer.session, "\0"] {
        let ended = house.access.end_own_session(&viewer, nothing).await;
        assert_eq!(ended, Ok(false));
    }
    assert_eq!(list().await.len(), 2, "nobody else's is ended");
    for _ in 0..2 {
        let ended = house.access.end_own_session(&viewer, &own[0].id).await;
        assert_eq!(ended, Ok(false));
    }
    let entry = house.newest().await;
    assert_eq!(entry["fields"]["why"], "elsewhere");
    assert_ne!(
        entry["terminal"],
        viewer.terminal.0.as_str(),
        "where it ended"
    );
    let gone = house.access.viewer(&other.1, other.0.clone()).await;
    assert_eq!(gone.unwrap_err(), Error::NotSignedIn);
    assert!(house.access.grant(&viewer, &grant).await.is_ok());
    let this = list().await.remove(0);
    assert_eq!(
        house.access.end_own_session(&viewer, &this.id).await,
        Ok(true)
    );
    assert_eq!(house.access.inner.ledger.end_of(&grant), Some(End::SignOut));
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_and_grant_of_the_account_alone() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let others = house.seat(&nurse).await;
    let seats = [house.seat(&doctor).await, house.seat(&doctor).await];
    let grant = opened(&house, &seats[0]).await;
    let viewer = house.viewer(&seats[1]).await;
    house.access.sign_out_everywhere(&viewer).await.unwrap();
    for (here, session) in seats {
        let gone = house.access.viewer(&session, here).await;
        assert_eq!(gone.unwrap_err(), Error::NotSignedIn);
    }
    assert_eq!(house.access.inner.ledger.end_of(&grant), Some(End::SignOut));
    house.viewer(&others).await;
}

#[tokio::test]
async fn a_locked_session_lists_ends_and_renews_nothing() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let open = house.viewer(&seat).await;
    house.access.lock(&open).await.unwrap();
    let locked = house.viewer(&seat).await;
    let access = &house.access;
    assert_eq!(access.own_sessions(&locked).await, Err(Error::Locked));
    assert_eq!(
        access.end_own_session(&locked, "x").await,
        Err(Error::Locked)
    );
    assert_eq!(
        access.sign_out_everywhere(&locked).await,
        Err(Error::Locked)
    );
    let anew = Anew::Codes {
        password: PASSWORD.into(),
        code: house.code(&doctor).into(),
    };
    let renewed = access.renew_session(&locked, anew).await;
    assert_eq!(renewed.unwrap_err(), Error::Locked);
}

fn place(house: &House, name: &str) -> TerminalForm {
    TerminalForm {
        facility: house.hospital.clone(),
        name: name.to_owned(),
        location: "救急外来".to_owned(),
        idle_lock_seconds: 180,
    }
}

#[expect(clippy::too_many_lines, reason = "a table of places and strangers")]
#[tokio::test]
async fn a_terminal_known_by_certificate_or_address_holds_its_sessions_like_one_by_cookie() {
    let house = House::with(|_| {}).await;
    let doctor = house.account("doctor", Role::Physician).await;
    for (name, known) in [
        ("cart", Known::Certificate("cart-7.ward.example".to_owned())),
        ("pool", Known::Range("192.0.2.0/28".to_owned())),
    ] {
        let form = place(&house, name);
        house
            .admin
            .register_terminal("admin", form, known)
            .await
            .unwrap();
    }
    let cart = |name: &str| Caller {
        certificate: Some(name.to_owned()),
        address: Some("198.51.100.9".parse().unwrap()),
        ..caller(None)
    };
    let at = |address: &str| Caller {
        address: Some(address.parse().unwrap()),
        ..caller(Some("a cookie of no terminal".to_owned()))
    };
    for (here, name, strangers) in [
        (
            cart("cart-7.ward.example"),
            "cart",
            vec![
                cart("cart-8.ward.example"),
                cart(""),
                at("198.51.100.9"),
                at("192.0.2.7"),
            ],
        ),
        (
            at("192.0.2.7"),
            "pool",
            vec![
                at("192.0.2.16"),
                at("2001:db8::1"),
                cart("cart-7.ward.example"),
            ],
        ),
    ] {
        let session = house.sign_in(&doctor, &here).await;
        assert_eq!(session.device, None, "nothing is kept in the browser");
        let viewer = house.viewer(&(here.clone(), session.session.clone())).await;
        assert_eq!(
            (&*viewer.terminal_name, &*viewer.location),
            (name, "救急外来")
        );
        for strange in strangers {
            let stolen = house.access.viewer(&session.session, strange).await;
            assert_eq!(stolen.unwrap_err(), Error::NotSignedIn, "{name}");
        }
        house.viewer(&(here, session.session)).await;
    }
    let mapped = at("::ffff:192.0.2.7");
    house.sign_in(&doctor, &mapped).await;
    let outside = at("192.0.2.16");
    let code = house.code(&doctor);
    let answer = house
        .try_sign_in("doctor", PASSWORD, Some(&code), &outside)
        .await;
    assert_eq!(refusal(&answer), Refusal::UnknownTerminal);
}

#[tokio::test]
async fn in_a_pool_the_password_alone_resumes_nothing() {
    let house = House::with(|_| {}).await;
    let doctor = house.account("doctor", Role::Physician).await;
    let known = Known::Range("192.0.2.0/28".to_owned());
    let form = place(&house, "pool");
    house
        .admin
        .register_terminal("admin", form, known)
        .await
        .unwrap();
    let here = caller(None);
    let session = house.sign_in(&doctor, &here).await.session;
    let viewer = house.viewer(&(here.clone(), session)).await;
    house.access.change_user(&viewer).await.unwrap();
    let answer = password_alone(&house, &doctor, &here).await;
    assert!(matches!(answer, SignedIn::NeedsCode { .. }), "{answer:?}");
}

#[tokio::test]
async fn in_a_pool_one_device_neither_slows_nor_throws_out_another() {
    let house = House::with(|_| {}).await;
    let doctor = house.account("doctor", Role::Physician).await;
    let known = Known::Range("192.0.2.0/28".to_owned());
    let form = place(&house, "pool");
    let admin = &house.admin;
    admin.register_terminal("admin", form, known).await.unwrap();
    let at = |address: &str| Caller {
        address: Some(address.parse().unwrap()),
        ..caller(None)
    };
    let (one, other) = (at("192.0.2.7"), at("192.0.2.8"));
    let mut slowed = false;
    for _ in 0..20 {
        let answer = house.try_sign_in("doctor", "wrong", None, &other).await;
        slowed |= matches!(refusal(&answer), Refusal::Slowed(_));
    }
    assert!(slowed);
    let first = house.sign_in(&doctor, &one).await.session;
    let before = house.viewer(&(one.clone(), first.clone())).await;
    house.clock.pass(Duration::from_secs(10));
    let second = house.sign_in(&doctor, &other).await.session;
    let there = house.viewer(&(other, second)).await;
    assert_eq!(there.terminal, before.terminal);
    assert_ne!(there.place, before.place, "searches are counted apart");
    house.viewer(&(one.clone(), first.clone())).await;
    // The same browser again: it cannot reach its former session any more.
    let again = Caller {
        session: Some(first.clone()),
        ..one.clone()
    };
    house.sign_in(&doctor, &again).await;
    let former = house.access.viewer(&first, one).await;
    assert_eq!(former.unwrap_err(), Error::NotSignedIn);
}

#[tokio::test]
async fn where_a_terminal_stood_is_found_from_its_id_in_any_entry() {
    let house = House::with(|_| {}).await;
    let doctor = house.account("doctor", Role::Physician).await;
    let here = caller(house.register("初療室 1", &caller(None)).await);
    let session = house.sign_in(&doctor, &here).await.session;
    house.viewer(&(here, session)).await;
    let signed_in = house.newest().await;
    let entries = house.access.inner.ledger.recent(&house.hospital, 50).await;
    let registered = entries
        .unwrap()
        .into_iter()
        .map(|entry| serde_json::to_value(entry).unwrap())
        .find(|entry| {
            entry["event"] == "terminal_registered" && entry["terminal"] == signed_in["terminal"]
        })
        .unwrap();
    assert_eq!(registered["fields"]["name"], "初療室 1");
    assert_eq!(registered["fields"]["location"], "救急外来");
}
