//! Clinical words and sentences in every language: one struct for each topic, one constant for
//! each language; a sentence that is missing in a language does not compile.

pub mod allergies;
pub mod drugs;
pub mod failures;
pub mod fates;
pub mod labs;
pub mod patient;
pub mod records;
pub mod states;
