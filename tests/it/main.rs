//! The one integration binary: the real app with real parts, started by the tests themselves.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that meets what it does not expect has failed"
)]

// The promises of `fuzz/` name the rooms from their crate's root.
use emergency_summary::{access, domain, fhir};

mod access_table;
mod admin;
mod app;
mod architecture;
mod archive;
mod asked;
mod bedside;
mod binary;
mod broken;
mod browser;
mod carried;
mod certificates;
mod connections;
mod current;
mod demo_patients;
mod disk;
mod doors;
mod durable;
mod explain;
mod eyes;
mod factors;
mod fault_proxy;
mod field;
mod find;
mod foreign;
mod fuzzing;
mod glass;
mod handed;
mod handoffs;
mod killed;
mod main_job;
mod many;
mod merging;
mod mutations;
mod notices;
mod one_patient;
mod outside;
mod postgres;
mod process;
mod proofs;
mod races;
mod reaching;
mod refused;
mod replay;
mod review;
mod rules;
mod scenarios;
mod seats;
mod second;
mod security;
mod seeing;
mod serve;
mod shared_cache;
mod shared_registry;
mod terminals;
mod traps;
mod wire;
