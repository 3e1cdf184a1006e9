//! The drill over seeds that no rule was made for.

use std::collections::BTreeMap;

use super::{DrillArgs, Score, planned, played};
use crate::{domain::entropy::random, system::SystemEntropy};

fn args(seed: u64) -> DrillArgs {
    DrillArgs {
        days: 30,
        seed,
        json: false,
        dir: None,
    }
}

fn score(seed: u64) -> Score {
    let score = played(&args(seed)).unwrap();
    let mut table = Vec::new();
    score.print(&mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    println!("{table}");
    for rule in &score.rules {
        assert_eq!(rule.found, rule.injected, "{}\n{table}", rule.rule);
        assert!(rule.injected > 0, "{}\n{table}", rule.rule);
    }
    assert!(score.is_good(), "{table}");
    assert_eq!(score.missed, 0, "{table}");
    score
}

#[test]
fn all_injected_misuse_is_flagged_and_normal_traffic_is_explained_over_five_seeds() {
    for seed in 1..=5 {
        score(seed);
    }
}

#[test]
fn a_seed_that_nobody_chose_is_no_worse() {
    let seed = u64::from(u32::from_be_bytes(random::<4>(&SystemEntropy)));
    score(seed);
}

#[test]
fn the_same_seed_gives_the_same_month_and_another_seed_another() {
    let told = |seed| {
        let plan = planned(&args(seed));
        (format!("{:?}", plan.acts), plan.truth)
    };
    assert_eq!(told(7), told(7));
    assert_ne!(told(7).0, told(8).0);
}

#[test]
fn everything_in_a_month_happens_in_order_and_every_case_ends_once() {
    let plan = planned(&args(3));
    assert!(plan.acts.is_sorted_by_key(|(at, _)| *at));
    let mut ends: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, act) in &plan.acts {
        if let super::plan::Act::End(case, _) = act {
            *ends.entry(*case).or_default() += 1;
        }
    }
    assert_eq!(ends.len(), plan.truth.len());
    assert!(ends.values().all(|count| *count == 1));
}
