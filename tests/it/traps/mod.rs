//! One test per trap that input from the field really holds.

mod allergies;
mod drugs;
mod identity;
mod problems;
mod results;
mod statements;
