//! An index that followed along, and one made anew.

use proptest::prelude::*;

use super::*;

/// What can be seen of every case.
async fn seen(review: &Review) -> Vec<String> {
    let wanted = Wanted {
        list: List::All,
        ..Wanted::default()
    };
    let page = review.work(&hospital(), &wanted).await.unwrap();
    let mut seen: Vec<String> = page
        .cases
        .iter()
        .map(|case| {
            format!(
                "{:?}",
                (
                    &case.grant,
                    &case.facts,
                    &case.standing,
                    &case.given,
                    case.told
                )
            )
        })
        .collect();
    seen.push(format!("{:?}", page.counts));
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn an_index_that_followed_along_is_what_one_made_anew_is(
        steps in proptest::collection::vec((0_u8..8, 0_usize..3, 0_u8..4, 1_i64..2_000), 1..25),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let mut open: Vec<(String, GrantId)> = Vec::new();
            for (what, who, whom, minutes) in steps {
                let account = ["a", "b", "c"][who];
                let number = format!("18{whom}");
                match what {
                    0..3 => {
                        let grant = world.open(account, &number).await;
                        open.push((account.to_owned(), grant));
                    }
                    3 => world.search(account, &[&number]).await,
                    4 => world.append(account, Event::SignedIn).await,
                    5 => if let Some((account, grant)) = open.pop() {
                        world.end(&account, &grant, End::Hand).await;
                        let verdict = Verdict::Justified;
                        world.append("au", Event::Reviewed { grant, verdict, note: None }).await;
                    },
                    6 => { world.take(Kind::Arrivals, &arrivals(&[("2026-04-01 12:14", &number, &number)])).await; }
                    _ => { world.list(List::Open).await; }
                }
                world.pass(TimeDelta::minutes(minutes % 200));
            }
            let anew = review(&world.ledger, world.folder.path(), &world.clock);
            assert_eq!(seen(&world.review).await, seen(&anew).await);
        });
    }
}
