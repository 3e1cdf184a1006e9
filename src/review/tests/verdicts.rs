//! Verdicts, telling, and who may judge.

use super::*;

#[tokio::test]
async fn verdicts_and_telling_move_a_case_from_list_to_list_and_measure_the_lag() {
    let world = World::new();
    let grant = world.open("a", "187").await;
    let listed = async |list| world.list(list).await.len();
    assert_eq!(listed(List::Open).await, 1);
    assert_eq!(listed(List::Untold).await, 1);
    world.pass(TimeDelta::hours(9));
    let judged = |verdict| Event::Reviewed {
        grant: grant.clone(),
        verdict,
        note: Some("所見".to_owned()),
    };
    world.append("au1", judged(Verdict::Unjustified)).await;
    assert_eq!(listed(List::Open).await, 1, "another auditor has to judge");
    assert_eq!(listed(List::Second).await, 1);
    world.append("au2", judged(Verdict::Unjustified)).await;
    assert_eq!(listed(List::Open).await, 0);
    assert_eq!(listed(List::Closed).await, 1);
    let case = world.one(&grant).await;
    assert_eq!(case.settled(), Settled::Closed(Verdict::Unjustified));
    assert_eq!(case.lag(), Some(TimeDelta::hours(9)));
    let told = |debrief| Event::Debriefed {
        grant: grant.clone(),
        debrief,
    };
    world
        .append("au1", told(Debrief::Not(WhyNot::NotReached)))
        .await;
    assert_eq!(listed(List::Untold).await, 1, "it may still be told");
    let day = "2026-04-01".parse().unwrap();
    let (to, by) = ("長女".to_owned(), "野田".to_owned());
    world
        .append("au1", told(Debrief::Told { to, on: day, by }))
        .await;
    assert_eq!(listed(List::Untold).await, 0);
    assert_eq!(world.one(&grant).await.told, Some(Told::Yes));
}

#[tokio::test]
async fn who_gave_the_permission_or_vouched_is_known_with_the_case() {
    let world = World::new();
    for (by, what) in [("chief", "permission_given"), ("b", "vouched_for_factor")] {
        let event = Event::Administered {
            what: what.to_owned(),
            whom: "a".to_owned(),
            details: String::new(),
        };
        world.append(by, event).await;
    }
    let grant = world.open("a", "187").await;
    let permitted = world.one(&grant).await.permitted;
    assert_eq!(
        permitted,
        [AccountId("chief".to_owned()), AccountId("b".to_owned())]
    );
}

#[tokio::test]
async fn the_next_case_is_one_that_this_auditor_may_judge_and_has_not() {
    let world = World::new();
    let (first, second) = (world.open("a", "187").await, world.open("au1", "188").await);
    world.pass(TimeDelta::minutes(1));
    let third = world.open("b", "189").await;
    let open = world.list(List::Open).await;
    let places: BTreeMap<GrantId, _> = open
        .into_iter()
        .map(|case| (case.grant, case.place))
        .collect();
    let next = async |reviewer: &str, after: &GrantId| {
        let reviewer = AccountId(reviewer.to_owned());
        let whose = (&reviewer, &places[after]);
        let (of, wanted) = (hospital(), Wanted::default());
        world.review.next(&of, &wanted, whose).await.unwrap()
    };
    assert_eq!(next("au2", &first).await.as_ref(), Some(&places[&second]));
    assert_eq!(
        next("au1", &first).await.as_ref(),
        Some(&places[&third]),
        "not his own"
    );
    assert_eq!(
        next("au2", &third).await.as_ref(),
        Some(&places[&first]),
        "from the top"
    );
    let event = Event::Reviewed {
        grant: third.clone(),
        verdict: Verdict::Unjustified,
        note: None,
    };
    world.append("au1", event).await;
    world.list(List::Open).await;
    assert_eq!(next("au1", &first).await, None);
}

#[tokio::test]
async fn an_auditor_never_judges_with_another_account_of_his_own() {
    let world = World::new();
    let registry = world.registry();
    account(&registry, "a", SIGN_IN, Role::Physician).await;
    account(&registry, "au9", "audit-9", Role::Auditor).await;
    let own = world.open("a", "187").await;
    let place = world.one(&own).await.place;
    let reviewer = async |id: &str| {
        let id = AccountId(id.to_owned());
        world.review.reviewer(&hospital(), &id).await.unwrap()
    };
    let may = async |id: &str| {
        let reviewer = reviewer(id).await;
        world.one(&own).await.may_be_judged_by(&reviewer)
    };
    assert_eq!(may("au9").await, Err(NotYours::Own));
    assert_eq!(may("au1").await, Ok(()));
    let other = world.open("b", "188").await;
    let next = async |id: &str| {
        let id = AccountId(id.to_owned());
        let (of, wanted) = (hospital(), Wanted::default());
        let next = world.review.next(&of, &wanted, (&id, &place)).await;
        next.unwrap().is_some()
    };
    let person = reviewer("au9").await;
    assert_eq!(world.one(&other).await.may_be_judged_by(&person), Ok(()));
    assert!(next("au9").await);
}
