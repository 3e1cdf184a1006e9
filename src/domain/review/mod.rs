//! The review of one emergency grant: what speaks against it, what explains it, what was judged.
//!
//! Everything here is a pure function over [`Facts`] and an instant. A flag always says why in one
//! sentence; an explanation says what it rests on, and nothing explains its own author.

mod after;
mod disclosure;
mod explain;
mod facts;
mod flag;
mod pulse;
mod rule;
mod sentences;
mod standing;
mod traits;
mod verdict;

#[cfg(test)]
mod tests;

pub use after::{Debrief, WhyNot};
pub use disclosure::{Asker, Inquiry, Proof};
pub use explain::{ENOUGH, Explanation};
pub use facts::{Arrival, Duty, Facts, Look, Terminals, Volume};
pub use flag::Raised;
pub use pulse::{Hour, Pulse, Silence};
pub use rule::{Kind, Rule, Setting, Table, Unit};
pub use sentences::{name, problem_of, sentence};
pub use standing::{Rank, Stage, Standing, course, standing};
pub use traits::{Relation, Traits, identities};
pub use verdict::{Given, NotYours, Reviewer, Settled, Verdict, may_judge};
