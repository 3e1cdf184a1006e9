//! One test per bedside rule, through the command that prints what a reader would see or through the
//! real app.

mod allergies;
mod drug_states;
mod drugs;
mod identity;
mod problems;
mod results;
