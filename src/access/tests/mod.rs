//! The room as a whole: real registry, real ledger, `identity` from a folder of Bundles.

mod changing;
mod clocks;
mod confirming;
mod current;
mod debug;
mod device;
mod enrolling;
mod given;
mod glass;
mod grants;
mod house;
mod launch;
mod office;
mod owner;
mod passkey;
mod places;
mod renewing;
mod search;
mod searching;
mod seats;
mod sessions;
mod sign_in;
mod vouch;

pub(in crate::access) use self::house::StepClock;
