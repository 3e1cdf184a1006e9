//! What the rows of the section `dialysis` must say.

use super::super::rows_testing::{built, concept, context, date, record};
use super::*;
use crate::domain::{assemble::Windows, procedure::Procedure, record::Content, section::Fate};

#[test]
fn sessions_of_one_kind_are_one_row_with_the_latest_day() {
    let session = |kind: &str, day: &str| {
        record(Content::Procedure(Box::new(Procedure {
            code: concept(kind),
            status: Some("completed".to_owned()),
            performed: date(day),
            ..Procedure::default()
        })))
    };
    let records = vec![
        session("血液透析", "2026-11-16"),
        session("血液透析", "2026-11-20"),
        session("血液透析", "2026-11-18"),
        session("腹膜透析", "2026-10-01"),
        session("血液透析", "2026-01-05"),
    ];
    let section = built(records, &context(&Windows::default()), build);
    assert_eq!(section.items.len(), 2);
    assert_eq!(section.items[0].date.as_deref(), Some("2026-11-20"));
    assert_eq!(section.items[0].details[0], "最終 2026-11-20");
    assert!(
        section.items[0].text.contains("期間内3回"),
        "{}",
        section.items[0].text
    );
    assert_eq!(
        section
            .fates
            .iter()
            .filter(|fate| fate.1 == Fate::OutsideWindow)
            .count(),
        1
    );
}
