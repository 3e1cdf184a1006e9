//! Floor 0: the words and rules of the product. No IO, no async, no `now()`, no framework.
//!
//! May name: the standard library, `serde` derives, `chrono` dates, hashing. Never: any other room.
//!
//! Glossary: an *account* signs in at a *terminal*; a *grant* lets it see one patient until a time;
//! *sources* answer with resources; each resource has a *fate*; a *section* of the *summary* has a
//! *state*; every look is an *entry* of the *ledger*.

pub mod access;
pub mod allergy;
pub mod assemble;
pub mod birth_date;
pub mod clock;
pub mod code;
pub mod consent;
pub mod date;
pub mod document;
pub mod entropy;
pub mod event;
pub mod failure;
pub mod handoff;
pub mod medication;
pub mod name;
pub mod notice;
pub mod patient;
pub mod prefecture;
pub mod problem;
pub mod procedure;
pub mod quantity;
pub mod record;
pub mod result;
pub mod review;
pub mod scan;
pub mod section;
pub mod sight;
pub mod summary;
pub mod text;
pub mod visit;
pub mod words;
mod written_forms;
