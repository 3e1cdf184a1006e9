//! What becomes of grants: renewal, consent, every end, corrections.

use std::time::Duration;

use super::house::{House, glass};
use crate::{
    access::{Error, Field, Glass, Viewer, Wrong},
    domain::{
        access::{Basis, End, Flag, GrantId, Reason, Role},
        consent::Category,
    },
    ledger,
};

pub(super) async fn seated(house: &House, name: &'static str) -> Viewer {
    let login = house.permitted(name, Role::Physician).await;
    let seat = house.seat(&login).await;
    house.viewer(&seat).await
}

pub(super) async fn opened(house: &House, viewer: &Viewer, branch: &str) -> GrantId {
    let token = house.candidate(viewer, branch).await;
    house
        .access
        .open_grant(viewer, &glass(&token, "1"))
        .await
        .unwrap()
}

pub(super) fn consent(candidate: &str, categories: &[&str]) -> Glass {
    Glass {
        candidate: candidate.to_owned(),
        basis: "consented".to_owned(),
        how: "oral".to_owned(),
        categories: categories.iter().map(|word| (*word).to_owned()).collect(),
        taken_by: "佐藤 医師".to_owned(),
        ..Glass::default()
    }
}

#[tokio::test]
async fn a_grant_is_renewed_with_one_digit_in_its_last_quarter_of_an_hour_only() {
    let house = House::new().await;
    let login = house.permitted("doctor", Role::Physician).await;
    let seat = house.seat(&login).await;
    let viewer = house.viewer(&seat).await;
    let old = opened(&house, &viewer, "01").await;
    let before = Duration::from_mins(4 * 60 - 16);
    house.clock.pass(before);
    let early = house.access.renew(&viewer, &old, "1").await;
    assert_eq!(
        early.unwrap_err(),
        Error::Field(Field::Renewal, Wrong::TooEarly)
    );
    house.clock.pass(Duration::from_secs(30));
    // At another terminal.
    let seat = house.seat(&login).await;
    let viewer = house.viewer(&seat).await;
    for (reason, wrong) in [
        ("", Wrong::Missing),
        ("0", Wrong::NotOneOf),
        ("7", Wrong::NotOneOf),
        ("11", Wrong::NotOneOf),
        ("4912345678904", Wrong::NotOneOf),
    ] {
        let answer = house.access.renew(&viewer, &old, reason).await;
        assert_eq!(answer.unwrap_err(), Error::Field(Field::Reason, wrong));
    }
    let other = house.access.renew(&viewer, &old, "6").await;
    assert_eq!(
        other.unwrap_err(),
        Error::Field(Field::Note, Wrong::Missing)
    );
    let before = house.access.grant(&viewer, &old).await.unwrap();
    let new = house.access.renew(&viewer, &old, "２").await.unwrap();
    assert_eq!(
        house.entries().await[..2],
        ["grant_ended", "grant_started"],
        "newest first"
    );
    let grant = house.access.grant(&viewer, &new).await.unwrap();
    assert_eq!(grant.person, before.person);
    assert_eq!(grant.reason, Some(Reason::DangerToLife));
    assert_eq!(grant.renews.as_ref(), Some(&old));
    assert_ne!(grant.terminal, before.terminal);
    assert_eq!(grant.terminal, viewer.terminal);
    let over = house.access.grant(&viewer, &old).await;
    assert_eq!(over.unwrap_err(), Error::GrantOver(End::Renewed));
    // Sent twice it opens one.
    assert_eq!(house.access.renew(&viewer, &old, "2").await.unwrap(), new);
    assert_eq!(house.access.own_grants(&viewer).len(), 1);
    let stranger = seated(&house, "stranger").await;
    let foreign = house.access.renew(&stranger, &new, "1").await;
    assert_eq!(foreign.unwrap_err(), Error::NotAllowed);
}

#[tokio::test]
async fn consent_opens_only_what_was_consented_to_without_permission_and_for_a_day() {
    let house = House::new().await;
    let login = house.account("nurse", Role::Nurse).await;
    let seat = house.seat(&login).await;
    let viewer = house.viewer(&seat).await;
    let token = house.candidate(&viewer, "01").await;
    let ask = house.access.open_grant(&viewer, &glass(&token, "0")).await;
    assert_eq!(ask.unwrap_err(), Error::AskConsent);
    assert!(house.access.own_grants(&viewer).is_empty());
    let form = consent(&token, &["drugs", "chart"]);
    let id = house.access.open_grant(&viewer, &form).await.unwrap();
    let entry = house.newest().await;
    assert_eq!(entry["basis"], "consented");
    assert_eq!(entry["purpose"], "TREAT");
    assert_eq!(entry["override"], serde_json::Value::Null);
    assert_eq!(entry["fields"]["consent_how"], "oral");
    assert_eq!(
        entry["fields"]["consent_categories"],
        serde_json::json!(["drugs", "chart"])
    );
    assert!(!entry["fields"].to_string().contains("佐藤"));
    let grant = house.access.grant(&viewer, &id).await.unwrap();
    assert_eq!(
        (grant.basis, grant.span),
        (Basis::Consented, Duration::from_hours(24))
    );
    assert!(
        grant
            .consent
            .as_ref()
            .unwrap()
            .categories
            .contains(&Category::Chart)
    );
    // Sent twice it is one; without permission the sweep lets it be; it is never renewed.
    assert_eq!(house.access.open_grant(&viewer, &form).await.unwrap(), id);
    house.access.sweep().await;
    assert!(house.access.grant(&viewer, &id).await.is_ok());
    let clerk = house.account("clerk", Role::Clerk).await;
    let seat = house.seat(&clerk).await;
    let viewer = house.viewer(&seat).await;
    let token = house.candidate(&viewer, "01").await;
    for form in [consent(&token, &["drugs"]), glass(&token, "0")] {
        let answer = house.access.open_grant(&viewer, &form).await;
        assert_eq!(answer.unwrap_err(), Error::NotAllowed);
    }
}

#[tokio::test]
async fn consent_does_not_stand_in_the_way_of_an_emergency() {
    let house = House::new().await;
    let viewer = seated(&house, "doctor").await;
    let token = house.candidate(&viewer, "01").await;
    let consented = house
        .access
        .open_grant(&viewer, &consent(&token, &["drugs"]))
        .await
        .unwrap();
    let emergency = opened(&house, &viewer, "01").await;
    assert_ne!(consented, emergency);
    let renewal = house.access.renew(&viewer, &consented, "1").await;
    assert_eq!(
        renewal.unwrap_err(),
        Error::Field(Field::Renewal, Wrong::NotOneOf)
    );
}

#[tokio::test]
async fn an_objection_ends_every_grant_of_the_facility_and_the_next_needs_a_note() {
    let house = House::new().await;
    let viewer = seated(&house, "doctor").await;
    let colleague = seated(&house, "colleague").await;
    let mine = opened(&house, &viewer, "01").await;
    let theirs = opened(&house, &colleague, "01").await;
    let son = opened(&house, &colleague, "02").await;
    house
        .access
        .end_grant(&viewer, &mine, End::Objected)
        .await
        .unwrap();
    for (viewer, id) in [(&viewer, &mine), (&colleague, &theirs)] {
        let over = house.access.grant(viewer, id).await;
        assert_eq!(over.unwrap_err(), Error::GrantOver(End::Objected));
    }
    assert!(house.access.grant(&colleague, &son).await.is_ok());
    let token = house.candidate(&colleague, "01").await;
    assert!(
        house
            .access
            .candidate(&colleague, &token)
            .unwrap()
            .has_objected
    );
    let mut form = glass(&token, "1");
    let refused = house.access.open_grant(&colleague, &form).await;
    assert_eq!(
        refused.unwrap_err(),
        Error::Field(Field::Note, Wrong::Missing)
    );
    form.note = "心停止".to_owned();
    let id = house.access.open_grant(&colleague, &form).await.unwrap();
    let grant = house.access.grant(&colleague, &id).await.unwrap();
    assert_eq!(grant.flags, [Flag::AfterObjection].into());
}

#[tokio::test]
async fn taking_back_the_permission_ends_emergency_grants_at_once_and_only_these() {
    let house = House::new().await;
    let login = house.permitted("doctor", Role::Physician).await;
    let seat = house.seat(&login).await;
    let viewer = house.viewer(&seat).await;
    let emergency = opened(&house, &viewer, "01").await;
    let token = house.candidate(&viewer, "02").await;
    let consented = house
        .access
        .open_grant(&viewer, &consent(&token, &["drugs"]))
        .await
        .unwrap();
    house.admin.revoke(&login.id, "admin").await.unwrap();
    // A new session of the same account, before anything was swept.
    let seat = house.seat(&login).await;
    let viewer = house.viewer(&seat).await;
    let over = house.access.grant(&viewer, &emergency).await;
    assert_eq!(over.unwrap_err(), Error::GrantOver(End::Revoked));
    house.access.sweep().await;
    assert!(house.access.grant(&viewer, &consented).await.is_ok());
    let again = house.access.grant(&viewer, &emergency).await;
    assert_eq!(again.unwrap_err(), Error::GrantOver(End::Revoked));
}

#[tokio::test]
async fn a_correction_is_a_new_entry_of_ones_own_grant_of_today() {
    let house = House::new().await;
    let viewer = seated(&house, "doctor").await;
    let stranger = seated(&house, "stranger").await;
    let id = opened(&house, &viewer, "01").await;
    let access = &house.access;
    let correct = async |viewer: &Viewer, reason: &str, note: &str| {
        access.correct(viewer, &id, (reason, note)).await
    };
    for (reason, note, field, wrong) in [
        ("", "", Field::Note, Wrong::Missing),
        ("6", " ", Field::Note, Wrong::Missing),
        ("9", "", Field::Reason, Wrong::NotOneOf),
        ("12", "", Field::Reason, Wrong::NotOneOf),
        ("1", "a\0b", Field::Note, Wrong::Unreadable),
    ] {
        let answer = correct(&viewer, reason, note).await;
        assert_eq!(answer.unwrap_err(), Error::Field(field, wrong));
    }
    let long = correct(&viewer, "", &"あ".repeat(501)).await;
    assert_eq!(
        long.unwrap_err(),
        Error::Field(Field::Note, Wrong::TooLong(500))
    );
    assert_eq!(correct(&stranger, "2", "").await, Err(Error::NotAllowed));
    correct(&viewer, "2", "出血性ショック").await.unwrap();
    access.end_grant(&viewer, &id, End::Hand).await.unwrap();
    correct(&viewer, "", "搬送先で死亡確認").await.unwrap();
    let own = access.own_today(&viewer).await.unwrap().own;
    assert_eq!(own.len(), 1);
    assert_eq!(
        own[0].past.reason,
        Some(Reason::Unconscious),
        "the old stays"
    );
    assert_eq!(own[0].past.ended.unwrap().0, End::Hand);
    assert!(own[0].open.is_none());
    let later: Vec<_> = own[0]
        .later
        .iter()
        .map(|said| (said.reason, said.note.as_deref().unwrap()))
        .collect();
    assert_eq!(
        later,
        [
            (Some(Reason::DangerToLife), "出血性ショック"),
            (None, "搬送先で死亡確認")
        ]
    );
    assert!(access.own_today(&stranger).await.unwrap().own.is_empty());
    house
        .clock
        .pass(Duration::from_hours(11) + Duration::from_mins(59));
    assert_eq!(correct(&viewer, "3", "").await, Err(Error::NotAllowed));
    assert!(access.own_today(&viewer).await.unwrap().own.is_empty());
}

#[tokio::test]
async fn how_a_grant_ended_is_told_to_its_owner_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let open = |seed| ledger::testing::open_seeded(folder.path(), seed);
    let (by_hand, left_open) = {
        let ledger = open(0);
        let one = ledger::testing::grant(&ledger, "17");
        let other = ledger::testing::grant(&ledger, "27");
        for grant in [&one, &other] {
            ledger.append(ledger::testing::start(grant)).await.unwrap();
        }
        let end = ledger::testing::end(&one.id, End::Hand);
        ledger.append(end).await.unwrap();
        (one, other)
    };
    for seed in 1..3 {
        let ledger = open(seed);
        let end = |grant: &GrantId| ledger.end_for(grant, &by_hand.account);
        assert_eq!(end(&by_hand.id), Some(End::Hand));
        assert_eq!(end(&left_open.id), Some(End::Restart));
    }
}
