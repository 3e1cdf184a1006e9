//! What may be done, in any order.

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{ACCOUNTS, WAYS};

/// Steps of one sequence.
const STEPS: usize = 40;

#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Who opens whom.
    Open(usize, usize),
    /// Who looks at which grant, in which way.
    View(usize, usize, usize),
    /// Who asks under which grant for a document that stands on which page.
    Read(usize, usize, usize),
    /// Who asks for a grant's id that was made of which two, and how.
    Forge(usize, usize, usize, usize),
    /// Who sends which candidate, and how it was changed.
    Choose(usize, usize, usize),
    Renew(usize, usize),
    End(usize, usize),
}

fn step(patients: usize) -> impl Strategy<Value = Step> {
    let who = 0..ACCOUNTS.len();
    // Every second time whoever holds it.
    let any = 0..2 * ACCOUNTS.len();
    let which = proptest::arbitrary::any::<usize>();
    prop_oneof![
        6 => (who.clone(), 0..patients).prop_map(|(who, whom)| Step::Open(who, whom)),
        8 => (any.clone(), which, 0..WAYS.len())
            .prop_map(|(who, which, way)| Step::View(who, which, way)),
        4 => (any.clone(), which, which)
            .prop_map(|(who, which, of)| Step::Read(who, which, of)),
        3 => (who.clone(), which, which, 0_usize..6)
            .prop_map(|(who, which, other, how)| Step::Forge(who, which, other, how)),
        3 => (any.clone(), which, 0_usize..4)
            .prop_map(|(who, which, how)| Step::Choose(who, which, how)),
        1 => (any.clone(), which).prop_map(|(who, which)| Step::Renew(who, which)),
        2 => (any, which).prop_map(|(who, which)| Step::End(who, which)),
    ]
}

/// The steps of one case: the same for the same seed.
pub(super) fn steps(seed: u64, case: u64, patients: usize) -> Vec<Step> {
    let bytes = [seed, case, 0, 0].map(u64::to_be_bytes).concat();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let sequence = prop::collection::vec(step(patients), STEPS);
    sequence.new_tree(&mut runner).expect("steps").current()
}
