//! A wall clock that is set back lengthens nothing that has an end: permissions, delegations,
//! links, codes, words given for others.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::{
    house::{House, PASSWORD, caller, refusal},
    office::{HOUR, NEW_PASSWORD},
};
use crate::{
    access::{
        OwnFactor, Refusal, SignedIn, TakenUp, Viewer, Vouched, Vouching,
        admin::{DisasterForm, Error, Flaw, TerminalForm},
    },
    domain::access::Role,
};

const MINUTE: Duration = Duration::from_mins(1);

impl House {
    /// So much passes, but the wall clock says that it was only the half.
    fn pass_half_unseen(&self, span: Duration) {
        self.clock.pass(span.saturating_sub(MINUTE));
        self.clock.set_wall_back(span / 2);
    }

    async fn vouched(&self, by: &Viewer, what: Vouching) -> Vouched {
        let own = OwnFactor::Typed {
            password: PASSWORD.into(),
            code: "".into(),
        };
        self.access.vouch(by, what, own).await.unwrap()
    }
}

#[tokio::test]
async fn hours_of_permission_and_delegation_end_by_the_clock_that_only_grows() {
    let house = House::new().await;
    let night = house.account("night", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    house.admin.delegate(&night.id, 2, "office").await.unwrap();
    house
        .admin
        .permit_for(&nurse.id, 2, "office")
        .await
        .unwrap();
    let may = async || {
        let (night, nurse) = (house.seat(&night).await, house.seat(&nurse).await);
        let (night, nurse) = (house.viewer(&night).await, house.viewer(&nurse).await);
        (night.may_permit, nurse.emergency_permission)
    };
    house.pass_half_unseen(MINUTE * 116);
    assert_eq!(may().await, (true, true), "minutes before the end");
    house.clock.pass(MINUTE * 5);
    assert_eq!(may().await, (false, false), "an hour early on the wall");
    let listed = house.admin.accounts("", &house.hospital).await.unwrap();
    let now = house.access.inner.clock.now();
    for account in listed {
        assert!(!account.may_break_glass(now) && !account.is_delegate(now));
    }
}

#[tokio::test]
async fn a_permission_of_days_and_a_disaster_end_on_their_day() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    // Noon of the first of April.
    let until = "2026-04-03".parse().unwrap();
    house.admin.permit(&doctor.id, until, "").await.unwrap();
    let form = DisasterForm {
        area: "千葉県".to_owned(),
        until,
    };
    let said = house.admin.set_disaster("", &house.hospital, form).await;
    said.unwrap();
    let may = async || {
        let viewer = house.viewer(&house.seat(&doctor).await).await;
        (viewer.emergency_permission, viewer.disaster.is_some())
    };
    house.clock.pass(HOUR * 48);
    house.clock.set_wall_back(HOUR * 30);
    assert_eq!(may().await, (true, true), "noon of the third");
    house.clock.pass(HOUR * 12);
    assert_eq!(may().await, (false, false), "the fourth");
}

#[tokio::test]
async fn a_link_and_a_code_end_by_the_clock_that_only_grows() {
    let house = House::with(|_| {}).await;
    let doctor = house.account("doctor", Role::Physician).await;
    let link = house.admin.make_link("", &doctor.id).await.unwrap();
    let token = link.token.expose_secret();
    house.pass_half_unseen(HOUR * 24);
    house.access.open_link(token).await.unwrap();
    house.clock.pass(MINUTE);
    let over = house.access.open_link(token).await.map(drop);
    assert_eq!(over, Err(Error::Invalid(Flaw::Over)));
    let used = house.enrol(&link, NEW_PASSWORD).await.map(drop);
    assert_eq!(used, Err(Error::Invalid(Flaw::Over)));

    let form = |name: &str| TerminalForm {
        facility: house.hospital.clone(),
        name: name.to_owned(),
        location: "1階".to_owned(),
        idle_lock_seconds: 180,
    };
    let early = house.admin.make_code("", form("早い")).await.unwrap();
    let late = house.admin.make_code("", form("遅い")).await.unwrap();
    let register = async |code: &str| {
        let here = caller(None);
        house.access.register_terminal(code, &here).await.unwrap()
    };
    house.pass_half_unseen(MINUTE * 30);
    assert!(register(early.code.expose_secret()).await.is_ok());
    house.clock.pass(MINUTE);
    let over = register(late.code.expose_secret()).await;
    assert_eq!(over, Err(Refusal::Expired));
}

#[tokio::test]
async fn a_word_for_a_colleague_or_a_terminal_ends_by_the_clock_that_only_grows() {
    let house = House::with(|_| {}).await;
    let voucher = house.permitted("voucher", Role::Physician).await;
    let here = caller(house.register("初療室 1", &caller(None)).await);
    house.account("nurse", Role::Nurse).await;
    let seated = async || {
        let session = house.sign_in(&voucher, &here).await.session;
        house.viewer(&(here.clone(), session)).await
    };
    let first_step = async || {
        let answer = house.try_sign_in("nurse", PASSWORD, None, &here).await;
        match answer {
            SignedIn::NeedsCode { vouched, .. } => vouched,
            answer @ (SignedIn::Done(_) | SignedIn::Refused(_)) => panic!("{answer:?}"),
        }
    };
    let viewer = seated().await;
    let said = house.vouched(&viewer, Vouching::Colleague("nurse".to_owned()));
    assert!(matches!(said.await, Vouched::Colleague { .. }));
    house.pass_half_unseen(MINUTE * 30);
    assert!(first_step().await);
    house.clock.pass(MINUTE);
    assert!(!first_step().await, "half an hour, whatever the wall says");

    let shown = house.access.stranger().unwrap();
    let viewer = seated().await;
    let said = house.vouched(&viewer, Vouching::Terminal(shown.code));
    assert!(matches!(said.await, Vouched::Terminal(_)));
    let nowhere = caller(None);
    let taken = house.access.take_up(&shown.token, "2階", &nowhere);
    let TakenUp::Done(Some(device)) = taken.await.unwrap() else {
        panic!("not taken up")
    };
    let there = caller(Some(device));
    house.pass_half_unseen(HOUR * 12);
    let answer = house.try_sign_in("nurse", PASSWORD, None, &there).await;
    assert!(matches!(answer, SignedIn::NeedsCode { .. }), "{answer:?}");
    house.clock.pass(MINUTE * 2);
    let late = house.try_sign_in("nurse", PASSWORD, None, &there).await;
    assert_eq!(refusal(&late), Refusal::UnknownTerminal);
}
