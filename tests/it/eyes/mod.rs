//! What a person sees: the pages in headless Chromium, measured.

mod access;
mod codes;
mod current;
mod driver;
mod glass;
mod handing;
mod hosts;
mod keys;
mod launch;
mod layout;
mod many;
mod offline;
mod paper;
mod passkey;
mod pictures;
mod review;
mod scanner;
mod seats;
mod snapshots;
mod states;
mod two_steps;
mod uncover;
mod walk;
