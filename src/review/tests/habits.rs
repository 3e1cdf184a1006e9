//! What people did before, and what the clock did.

use super::*;

#[tokio::test]
async fn searches_that_open_nobody_are_counted_and_a_household_that_is_opened_is_not() {
    let world = World::new();
    for number in ["1", "2", "3", "4", "5"] {
        world.search("a", &[number]).await;
        world.pass(TimeDelta::minutes(2));
    }
    world.search("a", &["187", "188", "189"]).await;
    let grant = world.open("a", "187").await;
    assert_eq!(world.one(&grant).await.facts.unopened, 5);
    assert!(world.rules(&grant).await.contains(&Rule::Trawling));
    // Somebody else's searches are not his.
    let other = world.open("b", "190").await;
    assert_eq!(world.one(&other).await.facts.unopened, 0);
    // Long after, they are not counted either, and what was counted stays.
    world.pass(TimeDelta::minutes(175));
    world.search("a", &["191"]).await;
    assert_eq!(world.one(&grant).await.facts.unopened, 5);
    let later = world.open("a", "191").await;
    assert_eq!(world.one(&later).await.facts.unopened, 0);
}

#[tokio::test]
async fn the_same_patient_after_weeks_is_flagged_and_a_renewal_is_the_same_case() {
    let world = World::new();
    let first = world.open("a", "187").await;
    let renewed = Grant {
        renews: Some(first.clone()),
        ..world.grant("a", "187")
    };
    world
        .append("a", Event::GrantStarted(Box::new(renewed)))
        .await;
    let cases = world.list(List::All).await;
    assert_eq!(cases.len(), 1);
    assert_eq!((cases[0].renewals, cases[0].facts.ended), (1, None));
    world.pass(TimeDelta::days(20));
    let again = world.open("a", "187").await;
    assert!(world.rules(&again).await.contains(&Rule::AgainAfterWeeks));
    let other = world.open("b", "187").await;
    assert!(!world.rules(&other).await.contains(&Rule::AgainAfterWeeks));
}

#[tokio::test]
async fn a_terminal_never_used_before_is_strange_to_who_has_habits() {
    let world = World::new();
    for _ in 0..11 {
        world.append("a", Event::SignedIn).await;
    }
    world.pass(TimeDelta::hours(13));
    let usual = world.open("a", "187").await;
    let strange = Grant {
        terminal: TerminalId("t9".to_owned()),
        ..world.grant("a", "188")
    };
    let id = strange.id.clone();
    let sign_in = Draft {
        who: Some(Who {
            account: AccountId("a".to_owned()),
            role: Role::Physician,
            second_factor: SecondFactor::Totp,
            accounts_as_of: None,
        }),
        terminal: Some(TerminalId("t9".to_owned())),
        ..testing::draft(Event::SignedIn)
    };
    world.ledger.append(sign_in.clone()).await.unwrap();
    let start = Draft {
        event: Event::GrantStarted(Box::new(strange)),
        ..sign_in
    };
    world.ledger.append(start).await.unwrap();
    assert!(!world.rules(&usual).await.contains(&Rule::StrangeTerminal));
    assert!(world.rules(&id).await.contains(&Rule::StrangeTerminal));
}

#[tokio::test]
async fn a_step_of_the_clock_is_shown_with_the_case_that_was_open() {
    let world = World::new();
    let grant = world.open("a", "187").await;
    world
        .clock
        .step(TimeDelta::minutes(-5), Duration::from_secs(1));
    world.append("b", Event::SignedIn).await;
    assert!(world.rules(&grant).await.contains(&Rule::ClockStep));
    world.end("a", &grant, End::Hand).await;
    let after = world.open("a", "188").await;
    assert!(!world.rules(&after).await.contains(&Rule::ClockStep));
}

#[tokio::test]
async fn a_name_of_ones_own_with_another_birth_date_is_a_relative_and_no_own_record() {
    let world = World::new();
    let registry = world.registry();
    testing_accounts(&registry).await;
    let mut grant = world.grant("a", "187");
    if let Some(patient) = &mut grant.person.patient {
        patient.name = Some("佐藤　救".to_owned());
    }
    let id = grant.id.clone();
    world
        .append("a", Event::GrantStarted(Box::new(grant)))
        .await;
    assert!(world.rules(&id).await.contains(&Rule::OwnRecord));
    let staff = "name,birth_date,address,account\n佐藤 救,1990-01-01,千葉県柏市1-2,dr-a\n";
    world.take(Kind::Staff, staff).await;
    let rules = world.rules(&id).await;
    assert!(!rules.contains(&Rule::OwnRecord), "{rules:?}");
    assert!(rules.contains(&Rule::SameFamilyAndTown), "{rules:?}");
}
