//! What the rows of the section `visits` must say.

use super::super::rows_testing::{built, built_from, coding, context, date, record};
use super::*;
use crate::domain::{
    assemble::Windows,
    record::Record,
    section::{Fate, SourceName},
};

fn visit(class: &str, day: &str) -> Visit {
    Visit {
        class: Some(coding(
            "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            class,
            "",
        )),
        status: Some("finished".to_owned()),
        starts: date(day),
        ends: date(day),
        department: Some("循環器内科".to_owned()),
        ..Visit::default()
    }
}

fn seen(visit: Visit) -> Record {
    let mut record = record(Content::Visit(Box::new(visit)));
    record.origin.telephone = Some("03-0000-0000".to_owned());
    record
}

fn section(visits: Vec<Visit>) -> Built {
    built(
        visits.into_iter().map(seen).collect(),
        &context(&Windows::default()),
        build,
    )
}

#[test]
fn facility_department_telephone_and_kind_are_said() {
    let section = section(vec![
        visit("AMB", "2026-11-01"),
        visit("EMER", "2026-10-01"),
        visit("IMP", "2026-09-15"),
    ]);
    let kinds: Vec<_> = section
        .items
        .iter()
        .map(|item| item.tags[0].word.as_str())
        .collect();
    assert_eq!(kinds, ["外来", "救急", "入院"]);
    for part in ["中央病院", "循環器内科", "03-0000-0000", "2026-11-01"] {
        assert!(
            section.items[0].text.contains(part),
            "{part}: {}",
            section.items[0].text
        );
    }
}

#[test]
fn a_stay_that_goes_on_is_inside_whatever_its_begin_and_a_cancelled_visit_says_so() {
    let stay = Visit {
        status: Some("in-progress".to_owned()),
        ends: None,
        ..visit("IMP", "2025-01-01")
    };
    let cancelled = Visit {
        status: Some("cancelled".to_owned()),
        ..visit("AMB", "2026-11-01")
    };
    let section = section(vec![stay, cancelled, visit("AMB", "2026-01-01")]);
    assert!(section.items[0].text.contains("取消"));
    assert!(section.items[1].text.contains("継続中"));
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
fn an_end_before_the_begin_is_said() {
    let torn = Visit {
        ends: date("2026-10-01"),
        ..visit("AMB", "2026-11-01")
    };
    assert!(section(vec![torn]).items[0].text.contains("開始と終了が逆"));
}

#[test]
fn the_same_visit_from_two_sources_is_one_row() {
    let source = |number: usize| {
        if number == 0 {
            SourceName::Emr
        } else {
            SourceName::Claims
        }
    };
    let records = vec![
        seen(visit("AMB", "2026-11-01")),
        seen(visit("AMB", "2026-11-01")),
    ];
    let section = built_from(records, source, &context(&Windows::default()), build);
    assert_eq!(section.items.len(), 1);
    assert_eq!(
        section.items[0].also_from,
        [SourceName::Emr, SourceName::Claims]
    );
}
