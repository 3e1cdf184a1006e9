//! What is unusual is asked once more and flagged, never refused.

use std::time::Duration;

use super::{
    grants::{consent, opened, seated},
    house::{House, glass},
};
use crate::{
    access::{Error, Glass, Viewer},
    domain::access::{End, Flag, GrantId, Role},
};

/// Posts the form and, as asked, once more.
async fn confirmed(
    house: &House,
    viewer: &Viewer,
    form: &mut Glass,
) -> (Vec<Flag>, Result<GrantId, Error>) {
    match house.access.open_grant(viewer, form).await {
        Err(Error::Confirm { token, flags, .. }) => {
            form.confirm = token;
            (flags, house.access.open_grant(viewer, form).await)
        }
        answer => (Vec::new(), answer),
    }
}

#[tokio::test]
async fn other_and_an_undeclared_disaster_are_asked_once_more_and_flagged() {
    let house = House::new().await;
    let mut viewer = seated(&house, "doctor").await;
    for (branch, reason, flag) in [
        ("01", "6", Flag::OtherReason),
        ("02", "5", Flag::DisasterNotDeclared),
    ] {
        let mut form = glass(&house.candidate(&viewer, branch).await, reason);
        form.note = "新生児の母".to_owned();
        let (flags, id) = confirmed(&house, &viewer, &mut form).await;
        assert_eq!(flags, [flag]);
        let entry = house.newest().await;
        assert_eq!(entry["fields"]["flags"], serde_json::json!([flag.word()]));
        let id = id.unwrap();
        let grant = house.access.grant(&viewer, &id).await.unwrap();
        assert_eq!(grant.flags, [flag].into());
        house
            .access
            .end_grant(&viewer, &id, End::Hand)
            .await
            .unwrap();
    }
    viewer.disaster = Some("千葉県".to_owned());
    let form = glass(&house.candidate(&viewer, "02").await, "5");
    let id = house.access.open_grant(&viewer, &form).await.unwrap();
    let grant = house.access.grant(&viewer, &id).await.unwrap();
    assert!(grant.flags.is_empty());
}

#[tokio::test]
async fn a_confirmation_is_good_for_its_candidate_reason_and_session_only() {
    let house = House::new().await;
    let viewer = seated(&house, "doctor").await;
    let other = seated(&house, "other").await;
    let form = |candidate: &str, reason: &str, confirm: &str| Glass {
        note: "理由".to_owned(),
        confirm: confirm.to_owned(),
        ..glass(candidate, reason)
    };
    let father = house.candidate(&viewer, "01").await;
    let asked = house
        .access
        .open_grant(&viewer, &form(&father, "6", ""))
        .await;
    let Err(Error::Confirm { token, .. }) = asked else {
        panic!("{asked:?}")
    };
    let son = house.candidate(&viewer, "02").await;
    let theirs = house.candidate(&other, "01").await;
    let forged = "A".repeat(token.len());
    for (viewer, form) in [
        (&viewer, form(&son, "6", &token)),
        (&viewer, form(&father, "5", &token)),
        (&viewer, form(&father, "6", &forged)),
        (&other, form(&theirs, "6", &token)),
    ] {
        let answer = house.access.open_grant(viewer, &form).await;
        assert!(matches!(answer, Err(Error::Confirm { .. })), "{answer:?}");
    }
    house
        .access
        .open_grant(&viewer, &form(&father, "6", &token))
        .await
        .unwrap();
}

/// A house that asks nothing of new accounts but what comes in quick succession.
async fn without_first_number() -> House {
    House::with(|settings| {
        settings.register_new_terminals = true;
        settings.usual.at_first = 1000;
    })
    .await
}

#[tokio::test]
async fn a_new_account_is_asked_from_its_thirteenth_opening_in_an_hour_but_not_in_a_disaster() {
    let house = House::new().await;
    let mut viewer = seated(&house, "doctor").await;
    let token = house.candidate(&viewer, "01").await;
    for number in 1..=14 {
        let (flags, id) = confirmed(&house, &viewer, &mut glass(&token, "1")).await;
        assert_eq!(flags == [Flag::MoreThanUsual], number > 12, "{number}");
        let id = id.unwrap();
        let ends = house.access.end_grant(&viewer, &id, End::Hand);
        ends.await.unwrap();
    }
    viewer.disaster = Some("千葉県".to_owned());
    let (flags, _) = confirmed(&house, &viewer, &mut glass(&token, "1")).await;
    assert!(flags.is_empty());
}

#[tokio::test]
async fn many_openings_are_asked_about_never_refused_and_looks_are_not_counted() {
    let house = without_first_number().await;
    let mut viewer = seated(&house, "doctor").await;
    let token = house.candidate(&viewer, "01").await;
    let mut asked = 0;
    for number in 0..40 {
        let (flags, id) = confirmed(&house, &viewer, &mut glass(&token, "1")).await;
        let id = id.unwrap();
        asked += usize::from(flags == [Flag::InQuickSuccession]);
        assert_eq!(flags.is_empty(), number < 30, "{number}");
        for _ in 0..10 {
            house.access.grant(&viewer, &id).await.unwrap();
        }
        house
            .access
            .end_grant(&viewer, &id, End::Hand)
            .await
            .unwrap();
    }
    assert_eq!(asked, 10);
    viewer.disaster = Some("千葉県".to_owned());
    let id = house
        .access
        .open_grant(&viewer, &glass(&token, "1"))
        .await
        .unwrap();
    let grant = house.access.grant(&viewer, &id).await.unwrap();
    assert!(grant.flags.is_empty(), "off while a disaster is declared");
}

#[tokio::test]
async fn more_than_twice_the_usual_number_is_asked_once_more() {
    let house = House::with(|settings| {
        settings.register_new_terminals = true;
        settings.usual.days = 1;
    })
    .await;
    let login = house.permitted("doctor", Role::Physician).await;
    let open = async |viewer: &Viewer| {
        let token = house.candidate(viewer, "01").await;
        let (flags, id) = confirmed(&house, viewer, &mut glass(&token, "1")).await;
        let id = id.unwrap();
        house
            .access
            .end_grant(viewer, &id, End::Hand)
            .await
            .unwrap();
        flags
    };
    let seat = house.seat(&login).await;
    open(&house.viewer(&seat).await).await;
    house.clock.pass(Duration::from_hours(25));
    let seat = house.seat(&login).await;
    let viewer = house.viewer(&seat).await;
    for number in 1..=7 {
        let flags = open(&viewer).await;
        assert_eq!(flags == [Flag::MoreThanUsual], number >= 6, "{number}");
    }
}

#[tokio::test]
async fn many_consents_are_flagged_as_many_emergencies_are_and_never_refused() {
    let house = without_first_number().await;
    let mut viewer = seated(&house, "doctor").await;
    let token = house.candidate(&viewer, "01").await;
    let open = async |viewer: &Viewer| {
        let form = consent(&token, &["drugs"]);
        let id = house.access.open_grant(viewer, &form).await.unwrap();
        let grant = house.access.grant(viewer, &id).await.unwrap();
        let by_hand = house.access.end_grant(viewer, &id, End::Hand);
        by_hand.await.unwrap();
        grant.flags.clone()
    };
    for number in 0..33 {
        let flags = open(&viewer).await;
        let many = flags == [Flag::InQuickSuccession].into();
        assert_eq!(many, number >= 30, "{number}");
    }
    viewer.disaster = Some("千葉県".to_owned());
    assert!(open(&viewer).await.is_empty());
    viewer.disaster = None;
    let colleague = seated(&house, "colleague").await;
    let objected = opened(&house, &colleague, "01").await;
    let ends = house.access.end_grant(&colleague, &objected, End::Objected);
    ends.await.unwrap();
    let both = [Flag::InQuickSuccession, Flag::AfterObjection];
    assert_eq!(open(&viewer).await, both.into());
}

#[tokio::test]
async fn what_rests_on_anothers_word_is_flagged_in_every_grant_and_not_asked_about() {
    let house = House::new().await;
    let mut viewer = seated(&house, "doctor").await;
    let word = [Flag::Vouched, Flag::Delegated];
    viewer.flags = word.into();
    let id = opened(&house, &viewer, "01").await;
    let grant = house.access.grant(&viewer, &id).await.unwrap();
    assert_eq!(grant.flags, word.into());
    let token = house.candidate(&viewer, "02").await;
    let form = consent(&token, &["drugs"]);
    let consented = house.access.open_grant(&viewer, &form).await.unwrap();
    let consented = house.access.grant(&viewer, &consented).await.unwrap();
    assert_eq!(consented.flags, word.into());
    house.clock.pass(Duration::from_mins(4 * 60 - 10));
    viewer.flags = [Flag::Sealed].into();
    let renewed = house.access.renew(&viewer, &id, "1").await.unwrap();
    let renewed = house.access.grant(&viewer, &renewed).await.unwrap();
    assert_eq!(renewed.flags, [Flag::Sealed].into(), "of this session");
}
