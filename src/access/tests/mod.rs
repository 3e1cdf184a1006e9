//! The room as a whole: real registry, real ledger, `identity` from a folder of Bundles.

mod current;
mod glass;
mod house;
mod launch;
mod search;
mod searching;
mod sessions;
mod sign_in;

pub(in crate::access) use self::house::StepClock;
