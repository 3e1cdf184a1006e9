//! Emergency summary terminal: break-glass access to Japan's shared records on one screen, logged
//! before it is shown.
//!
//! ```text
//! 5  main  boot  config  telemetry  cli  demo     wiring; decides nothing
//! 4  web                                          HTTP in, HTML out
//! 3  summary  access  review  witness  health     use cases
//! 2  sources  cache  ledger  registry  outbox     the outside world, one adapter per file
//! 1  fhir  postgres                               FHIR JSON to domain values; the way to PostgreSQL
//! 0  domain                                       words and rules; no IO, no async, no now()
//! ```
//!
//! A line may name its own room and rooms on lower floors; a test fails where one does not.

pub mod access;
pub mod bell;
pub mod boot;
pub mod cache;
pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod fhir;
pub mod handoff;
pub mod health;
pub mod keeping;
pub mod ledger;
pub mod outbox;
pub mod postgres;
pub mod registry;
pub mod review;
pub mod sources;
pub mod summary;
pub mod system;
pub mod telemetry;
pub mod warm;
pub mod web;
pub mod witness;
