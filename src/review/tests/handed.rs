//! What was known when, and what is disclosed.

use super::*;

#[tokio::test]
async fn a_score_rests_only_on_what_was_known_then() {
    let world = World::new();
    testing_accounts(&world.registry()).await;
    world.open("a", "187").await;
    let people =
        |number: &str| format!("insurer,symbol,number,branch\n06139999,12-34,{number},01\n");
    world.pass(TimeDelta::hours(2));
    let roster = format!(
        "account,from,until,department\n{SIGN_IN},2026-04-01 08:30,2026-04-01 17:00,救急科\n"
    );
    world.take(Kind::Duty, &roster).await;
    world.take(Kind::Protected, &people("187")).await;
    world.take(Kind::Decoys, &people("187")).await;
    let staff = "name,birth_date,address\n救急 187,1954-03-12,\n";
    world.take(Kind::Staff, staff).await;
    let reach = arrivals(&[("2026-04-02 12:30", "1", "999")]);
    world.pass(TimeDelta::hours(40));
    // Later lists take the place of these, and a roster is handed over once more as it was.
    world.take(Kind::Protected, &people("188")).await;
    world.take(Kind::Staff, "name\n別人\n").await;
    let more = format!("{roster}{SIGN_IN},2026-04-02 08:30,2026-04-02 17:00,救急科\n");
    world.take(Kind::Duty, &more).await;
    world.take(Kind::Arrivals, &reach).await;
    world.pass(TimeDelta::hours(40));
    let place = world.list(List::All).await.remove(0).place;
    let file = world.review.case(&hospital(), &place).await.unwrap();
    let known: Vec<(usize, Vec<Rule>)> = file
        .course
        .iter()
        .map(|(_, standing)| {
            let rules = standing.raised.iter().map(|one| one.rule);
            (standing.explanations.len(), rules.collect())
        })
        .collect();
    let then = [
        Rule::Decoy,
        Rule::Protected,
        Rule::Colleague,
        Rule::PossessionOnly,
    ];
    let last = [Rule::Decoy, Rule::NoArrival, Rule::PossessionOnly];
    assert_eq!(known, [(0, vec![]), (1, then.to_vec()), (1, last.to_vec())]);
    let now: Vec<Rule> = file
        .case
        .standing
        .raised
        .iter()
        .map(|one| one.rule)
        .collect();
    assert_eq!(now, last);
}

#[tokio::test]
async fn what_was_erased_is_disclosed_as_erased_and_of_another_birth_date_nothing_is() {
    use crate::{domain::section::SectionName, ledger::Erasing, review::How};
    let world = World::new();
    let grant = world.open("a", "187").await;
    world.append("a", testing::view(&grant, "{}").event).await;
    world.search("b", &["187", "188"]).await;
    let number = person("187").number;
    let told = async |born: &str, facility: FacilityId| {
        let born = born.parse().unwrap();
        let told = world.review.disclosure(&facility, &number, born).await;
        told.unwrap().whole().unwrap()
    };
    let whole = told("1954-03-12", hospital()).await;
    let how: Vec<&How> = whole.looks.iter().map(|one| &one.how).collect();
    assert_eq!(how, [&How::Screen, &How::Searched]);
    let look = &whole.looks[0];
    assert_eq!(
        (look.basis, look.is_erased),
        (Some(Basis::Emergency), false)
    );
    assert_eq!(look.sections, [(SectionName::Allergies, 2)]);
    assert_eq!(whole.silent, 1);
    let names: Vec<&String> = whole.names.iter().collect();
    assert_eq!(names, ["救急 187"]);
    let another = told("1954-03-13", hospital()).await;
    assert!(another.is_another && another.looks.is_empty() && another.names.is_empty());
    let elsewhere = told("1954-03-12", FacilityId("h2".to_owned())).await;
    assert_eq!(elsewhere, crate::review::Disclosure::default());
    let order = Erasing::Order {
        number: number.clone(),
        facility: None,
        reason: "東京地裁 令和8年(ワ)第1号".to_owned(),
    };
    world.ledger.erase(order).await.unwrap();
    // Nobody can tell any more whose they are.
    let unproven = told("1954-03-12", hospital()).await;
    assert!(unproven.is_unproven && unproven.looks.is_empty() && unproven.silent == 0);
    world.open("a", "187").await;
    let erased = told("1954-03-12", hospital()).await;
    assert!(erased.looks[0].is_erased);
    assert_eq!(erased.looks[0].sections, [(SectionName::Allergies, 2)]);
}

#[tokio::test]
async fn what_a_persons_other_account_hands_in_explains_nothing_of_his_own() {
    let world = World::new();
    testing_accounts(&world.registry()).await;
    account(&world.registry(), "au", "au-sato", Role::Auditor).await;
    let own = world.open("a", "187").await;
    let head = "arrived_at,visit,insurer,symbol,number,branch,registered_by";
    for (visit, author, explained) in [("4711", "au-sato", false), ("4712", "", true)] {
        let line = format!("2026-04-01 12:05,{visit},06139999,12-34,187,01,{author}");
        world
            .take(Kind::Arrivals, &format!("{head}\n{line}\n"))
            .await;
        let case = world.one(&own).await;
        let standing = &case.standing;
        assert_eq!(
            !standing.explanations.is_empty(),
            explained,
            "{author}: {standing:?}"
        );
    }
}

#[tokio::test]
async fn a_handoff_explains_by_when_it_was_accepted_however_often_it_is_looked_at() {
    use crate::domain::handoff::HandoffId;
    for (accepted_before, is_explained) in [(3, true), (30, false)] {
        let world = World::new();
        testing_accounts(&world.registry()).await;
        let handoff = HandoffId("5f".to_owned());
        let accept = Event::HandoffStep {
            handoff: handoff.clone(),
            step: "accept".to_owned(),
            hospitals: vec![hospital()],
            version: 1,
            said: String::new(),
        };
        world.append("dr-b", accept).await;
        world.pass(TimeDelta::hours(accepted_before));
        world.open("a", "187").await;
        let reveal = Event::HandoffRevealed {
            handoff,
            version: 2,
        };
        let draft = Draft {
            person: Some(person("187")),
            ..testing::draft(reveal)
        };
        world.ledger.append(draft).await.unwrap();
        let case = world.list(List::All).await.remove(0);
        let explanation = case
            .standing
            .explanations
            .iter()
            .find(|one| matches!(one, Explanation::HandedOver { .. }));
        let minutes = -60 * accepted_before;
        let expected = is_explained.then_some(Explanation::HandedOver { minutes });
        assert_eq!(explanation, expected.as_ref());
    }
}
