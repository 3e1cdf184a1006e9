//! Which entries say something outside.

use super::*;
use crate::domain::notice::What;

#[tokio::test]
async fn a_sealed_account_a_new_emergency_grant_and_a_decoy_are_said_and_nothing_else_is() {
    let world = World::new();
    let decoy = "insurer,symbol,number,branch\n06139999,12-34,188,01\n";
    world.take(Kind::Decoys, decoy).await;
    world.append("a", Event::SignedIn).await;
    let who = |factor| Who {
        account: AccountId("s".to_owned()),
        role: Role::Physician,
        second_factor: factor,
        accounts_as_of: None,
    };
    let sealed = Draft {
        who: Some(who(SecondFactor::Sealed)),
        ..testing::draft(Event::SignedIn)
    };
    world.ledger.append(sealed).await.unwrap();
    let grant = world.open("a", "187").await;
    world.open("a", "188").await;
    let mut renewal = world.grant("a", "187");
    renewal.renews = Some(grant.clone());
    world
        .append("a", Event::GrantStarted(Box::new(renewal)))
        .await;
    let mut consented = world.grant("a", "189");
    consented.basis = Basis::Consented;
    world
        .append("a", Event::GrantStarted(Box::new(consented)))
        .await;
    let entries = world
        .ledger
        .follow_in_part(&BTreeMap::new(), 99, |_| false)
        .await;
    let mut said = Vec::new();
    for entry in entries.unwrap().read {
        for notice in world.review.notices(&entry).await.unwrap() {
            assert_eq!(notice.at, entry.wall);
            let reference = entry.receipt.clone().unwrap_or(format!("n1-{}", entry.seq));
            assert_eq!(notice.reference, reference);
            said.push(notice.what);
        }
    }
    assert_eq!(
        said,
        [What::Sealed, What::Opened, What::Opened, What::Decoy]
    );
}
