//! What fuzzing looks for holds for every example, for parts of them, and for small broken inputs.

#[expect(unreachable_pub, reason = "the targets of `fuzz/` reach it")]
#[path = "../../fuzz/promises.rs"]
mod promises;

use emergency_summary::fhir::Form;

use crate::field::{examples, files};

#[test]
fn what_fuzzing_asserts_holds_for_every_example_and_its_halves() {
    let Some(folder) = examples() else { return };
    for file in files(&folder) {
        let bytes = std::fs::read(&file).expect("readable");
        for length in [bytes.len(), bytes.len() / 2] {
            let part = &bytes[..length];
            promises::hold_for_a_file(part, Form::Json);
            promises::hold_for_a_file(part, Form::Ndjson);
            promises::hold_for_a_page(part);
        }
    }
}

#[test]
fn what_fuzzing_asserts_holds_for_small_broken_input() {
    for bytes in [
        &b""[..],
        b"{}",
        b"[]",
        b"{\"resourceType\":\"Bundle\"}",
        b"{\"resourceType\":\"Bundle\",\"entry\":[null,1,{},{\"resource\":null}]}",
        b"{\"resourceType\":\"Observation\",\"valueQuantity\":[]}\nx\n{\"resourceType\":\"Patient\"}",
        b"\xef\xbb\xbf{\"resourceType\":\"AllergyIntolerance\",\"patient\":{}}",
        b"\xff\x00",
    ] {
        for form in [Form::Json, Form::Ndjson] {
            promises::hold_for_a_file(bytes, form);
        }
        promises::hold_for_a_page(bytes);
    }
}
