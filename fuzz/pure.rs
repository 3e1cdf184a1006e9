//! The two pure floors of the product, compiled alone, so that fuzzing builds in seconds and only
//! they are instrumented; and what must hold whatever bytes come.

#[path = "../src/domain/mod.rs"]
pub mod domain;
#[path = "../src/fhir/mod.rs"]
pub mod fhir;
pub mod promises;
