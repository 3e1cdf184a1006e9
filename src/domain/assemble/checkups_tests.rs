//! What the rows of the section `checkups` must say.

use super::super::rows_testing::{built, context, date, record};
use super::*;
use crate::domain::{assemble::Windows, document::Document, visit::Visit};

#[test]
fn each_day_is_one_row_with_nothing_but_its_date() {
    let report = |day: &str| {
        record(Content::Document(Box::new(Document {
            date: date(day),
            ..Document::default()
        })))
    };
    let visit = record(Content::Visit(Box::new(Visit {
        starts: date("2026-05-01"),
        ..Visit::default()
    })));
    let section = built(
        vec![report("2024-05-10"), report("2026-05-01"), visit],
        &context(&Windows::default()),
        build,
    );
    let rows: Vec<_> = section
        .items
        .iter()
        .map(|item| (item.title.as_str(), item.date.as_deref()))
        .collect();
    assert_eq!(
        rows,
        [("健診", Some("2026-05-01")), ("健診", Some("2024-05-10"))]
    );
    assert!(
        section
            .items
            .iter()
            .all(|item| item.facility.is_none() && item.value.is_none())
    );
}
