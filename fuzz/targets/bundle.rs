//! Any bytes as one JSON Bundle or resource.
#![no_main]

use pure::promises;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| promises::hold_for_a_file(bytes, pure::fhir::Form::Json));
