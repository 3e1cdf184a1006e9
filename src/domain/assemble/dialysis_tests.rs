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

#[test]
fn only_a_session_that_was_done_is_the_last_one() {
    let session = |status: &str, day: &str| {
        record(Content::Procedure(Box::new(Procedure {
            code: concept("血液透析"),
            status: Some(status.to_owned()),
            performed: date(day),
            ..Procedure::default()
        })))
    };
    let records = vec![
        session("preparation", "2026-11-25"),
        session("not-done", "2026-11-20"),
        session("completed", "2026-11-18"),
    ];
    let section = built(records, &context(&Windows::default()), build);
    let last: Vec<bool> = section
        .items
        .iter()
        .map(|item| item.text.contains("最終"))
        .collect();
    assert_eq!(last, [false, false, true]);
}
