//! The records of one patient, read from a Bundle of any size.

use std::sync::Arc;

use chrono::NaiveDate;
use emergency_summary::{
    domain::record::Records,
    fhir::{Form, read},
};

/// The last day of every Bundle.
pub(crate) const AS_OF: NaiveDate = NaiveDate::from_ymd_opt(2025, 12, 31).unwrap();

pub(crate) fn bundle(resources: usize) -> Vec<u8> {
    crate::bundle::bundle(AS_OF, resources, usize::MAX)
}

pub(crate) fn records(bytes: &[u8]) -> Arc<Records> {
    Arc::new(read(bytes, Form::Json, 1).expect("FHIR"))
}
