//! Any bytes as a source's answer to a search.
#![no_main]

use pure::promises;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| promises::hold_for_a_page(bytes));
