//! Grants under random orders of start, view, end and restart.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{
    Error,
    testing::{end, grant, open_seeded, start, view},
};
use crate::domain::access::{End, Grant};

#[derive(Clone, Debug)]
enum Step {
    Start(usize),
    View(usize),
    End(usize),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_usize..4).prop_map(Step::Start),
        4 => (0_usize..4).prop_map(Step::View),
        3 => (0_usize..4).prop_map(Step::End),
        1 => Just(Step::Restart),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Life {
    New,
    Open,
    Over,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn every_grant_has_one_end_and_shows_only_while_open(
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut seed = 0;
        let mut ledger = Some(open_seeded(folder.path(), seed));
        let grants: Vec<Grant> =
            (0..4).map(|n| grant(ledger.as_ref().unwrap(), &format!("{n}7"))).collect();
        let mut lives = [Life::New; 4];
        let mut entries = 0_u64;
        for step in steps {
            let open = ledger.as_ref().unwrap();
            let (n, draft, from, to) = match step {
                Step::Start(n) => (n, start(&grants[n]), Life::New, Life::Open),
                Step::View(n) => (n, view(&grants[n].id, "{}"), Life::Open, Life::Open),
                Step::End(n) => (n, end(&grants[n].id, End::Hand), Life::Open, Life::Over),
                Step::Restart => {
                    ledger = None;
                    seed += 1;
                    ledger.replace(open_seeded(folder.path(), seed));
                    for life in &mut lives {
                        if *life == Life::Open {
                            *life = Life::Over;
                            entries += 1;
                        }
                    }
                    continue;
                }
            };
            if lives[n] == Life::Over && matches!(step, Step::Start(_)) {
                // A process refuses the ids it has heard of; random ids do not come again.
                continue;
            }
            let answer = runtime.block_on(open.append(draft));
            if lives[n] == from {
                entries += 1;
                prop_assert_eq!(answer.unwrap().seq, entries);
                lives[n] = to;
            } else {
                prop_assert!(matches!(answer, Err(Error::GrantNotOpen)));
            }
            prop_assert_eq!(open.grant(&grants[n].id).is_some(), lives[n] == Life::Open);
        }
        drop(ledger);
        let reader = super::read(folder.path(), None).unwrap();
        let verified = reader.verify().unwrap();
        prop_assert_eq!(verified.fault, None);
        prop_assert_eq!(verified.entries, entries);
        let mut ends: BTreeMap<String, usize> = BTreeMap::new();
        reader.for_each(|entry| {
            if entry.event == "grant_ended" {
                *ends.entry(entry.grant.unwrap().0).or_default() += 1;
            }
            std::ops::ControlFlow::Continue(())
        }).unwrap();
        for (grant, life) in grants.iter().zip(lives) {
            let expected = usize::from(life == Life::Over);
            prop_assert_eq!(ends.get(&grant.id.0).copied().unwrap_or(0), expected);
        }
    }
}
