//! What is covered, what would tell of it, and what is said once it is uncovered.

#[path = "cover_names_tests.rs"]
mod names;

use std::sync::Arc;

use chrono::DateTime;

use super::super::{
    Outcome, Windows, assemble, document, rows_testing,
    rows_testing::{coded, concept, date, indicated, record, today},
    uncover,
};
use super::*;
use crate::domain::{
    allergy::{Allergy, Reaction},
    document::Document,
    procedure::Procedure,
    record::{Records, Subject},
    result::Value,
    section::{Freshness, Language, Look},
    summary::Summary,
    visit::Visit,
};

fn problem(name: &str) -> Problem {
    Problem {
        name: concept(name),
        clinical_status: Some("active".to_owned()),
        verification: Some("confirmed".to_owned()),
        onset: date("2024-04-01"),
        ..Problem::default()
    }
}

fn entry(problem: Problem) -> Record {
    record(Content::Problem(Box::new(problem)))
}

fn from(mut record: Record, facility: &str) -> Record {
    record.origin.facility = Some(facility.to_owned());
    record
}

fn marked(record: Record) -> Record {
    indicated(record, "UNINFORMED")
}

/// Both answers about the same records.
fn both(
    records: Vec<Record>,
    forbidden: &[SectionName],
) -> (Summary, Vec<(SectionName, Vec<Item>)>) {
    seen(records, forbidden, false)
}

fn seen(
    records: Vec<Record>,
    forbidden: &[SectionName],
    hides_covered: bool,
) -> (Summary, Vec<(SectionName, Vec<Item>)>) {
    let answers = [answer(SourceName::Emr, records)];
    let windows = Windows::default();
    let request = request(&windows, forbidden, hides_covered);
    (assemble(&request, &answers), uncover(&request, &answers))
}

fn answer(source: SourceName, mut records: Vec<Record>) -> Answer {
    for (number, record) in records.iter_mut().enumerate() {
        record.resource = format!("Resource/{number}");
        record.subject = Subject {
            reference: Some("Patient/p".to_owned()),
            ..Subject::default()
        };
    }
    Answer {
        source: Some(source),
        subject: Some("Patient/p".to_owned()),
        subject_optional: false,
        outcome: Outcome::Answered {
            records: Arc::new(Records {
                records,
                statements: Vec::new(),
            }),
            at: DateTime::UNIX_EPOCH,
            freshness: Freshness::Fresh,
            more_at_source: Vec::new(),
            failed: Vec::new(),
        },
    }
}

fn request<'a>(
    windows: &'a Windows,
    forbidden: &'a [SectionName],
    hides_covered: bool,
) -> Request<'a> {
    Request {
        patient: None,
        as_of: today(),
        look: Look::Emergency,
        language: Language::Ja,
        windows,
        forbidden,
        hides_covered,
        viewer_facility: None,
        files: false,
    }
}

fn visit(reason: &str) -> Record {
    record(Content::Visit(Box::new(Visit {
        starts: date("2026-11-01"),
        status: Some("finished".to_owned()),
        reasons: vec![reason.to_owned()],
        ..Visit::default()
    })))
}

fn letter(title: &str) -> Record {
    record(Content::Document(Box::new(Document {
        title: Some(title.to_owned()),
        kind: coded("http://loinc.org", "18842-5", ""),
        status: Some("final".to_owned()),
        date: date("2026-10-01"),
        ..Document::default()
    })))
}

#[test]
fn what_the_patient_has_not_been_told_is_one_first_row_that_names_nothing() {
    let (summary, lifted) = both(
        vec![
            entry(problem("高血圧症")),
            marked(entry(problem("胃癌"))),
            from(entry(problem("胃癌")), "別の病院"),
            from(entry(problem("胃癌肝転移")), "別の病院"),
            marked(entry(problem("肺癌"))),
        ],
        &[],
    );
    let section = &summary.sections[&SectionName::Problems];
    let [row, open] = section.items.as_slice() else {
        panic!("{section:?}")
    };
    assert!(row.covered && !open.covered);
    assert_eq!(
        (row.title.as_str(), row.text.as_str()),
        ("保護項目 3件", "保護項目 3件")
    );
    assert!(row.details.is_empty() && row.tags.is_empty());
    assert!(row.date.is_none() && row.facility.is_none());
    let written = format!("{summary:?}");
    for name in ["胃癌", "肺癌", "転移", "未告知"] {
        assert!(!written.contains(name), "{name}");
    }
    let accounting = &summary.accounting;
    assert_eq!((accounting.shown, accounting.merged), (2, 3));
    let said: Vec<&str> = lifted[0].1.iter().map(|item| item.text.as_str()).collect();
    assert_eq!(lifted.len(), 1);
    for name in ["胃癌", "肺癌", "胃癌肝転移"] {
        assert!(
            said.iter().any(|text| text.starts_with(name)),
            "{name}: {said:?}"
        );
    }
}

#[test]
fn who_may_not_be_told_of_covered_rows_has_none_and_uncovers_none() {
    let records = vec![
        entry(problem("高血圧症")),
        marked(entry(problem("胃癌"))),
        from(entry(problem("胃癌肝転移")), "別の病院"),
    ];
    let (summary, lifted) = seen(records, &[], true);
    assert_eq!(lifted, []);
    let section = &summary.sections[&SectionName::Problems];
    let titles: Vec<&str> = section
        .items
        .iter()
        .map(|item| item.title.as_str())
        .collect();
    assert_eq!(titles, ["高血圧症"]);
    assert_eq!(
        (summary.accounting.shown, summary.accounting.withheld),
        (1, 2)
    );
    assert!(!format!("{summary:?}").contains("胃癌"));
}

#[test]
fn the_same_code_under_another_name_tells_as_much() {
    let icd = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/ICD10-2013-full";
    let named = |text: &str, code: &str| Problem {
        name: Concept {
            text: Some(text.to_owned()),
            ..coded(icd, code, "")
        },
        ..problem("")
    };
    let (summary, _) = both(
        vec![
            marked(entry(named("胃癌", "C16.9"))),
            entry(named("胃の悪性新生物", "C169")),
            entry(named("未コード化の病名", "99999999")),
            marked(entry(named("別の病気", "99999999"))),
        ],
        &[],
    );
    let items = &summary.sections[&SectionName::Problems].items;
    assert_eq!(items.len(), 2, "{items:?}");
    assert_eq!(items[1].title, "未コード化の病名");
}

#[test]
fn uncovered_rows_say_the_name_not_informed_and_the_day() {
    let mut dated = marked(entry(problem("胃癌")));
    dated.last_updated = date("2023-04-01T10:00:00+09:00");
    let (_, lifted) = both(vec![dated, marked(entry(problem("肺癌")))], &[]);
    let items = &lifted[0].1;
    let text = |name: &str| {
        let found = items.iter().find(|item| item.title == name);
        found.map(|item| item.text.clone()).unwrap()
    };
    assert!(text("胃癌").contains("未告知") && text("胃癌").contains("2023-04-01"));
    assert!(text("肺癌").contains("未告知") && text("肺癌").contains("日付不明"));
    assert!(items.iter().all(|item| !item.covered));
}

#[test]
fn a_forbidden_section_has_neither_a_covered_row_nor_anything_to_uncover() {
    let (summary, lifted) = both(
        vec![marked(entry(problem("胃癌")))],
        &[SectionName::Problems],
    );
    let section = &summary.sections[&SectionName::Problems];
    assert!(section.items.is_empty() && lifted.is_empty());
    assert_eq!(summary.accounting.withheld, 1);
    assert!(!format!("{summary:?}").contains("保護項目"));
}

#[test]
fn the_mark_covers_in_every_section_but_the_allergies() {
    let procedure = Procedure {
        code: concept("腹腔鏡下胃切除術"),
        status: Some("completed".to_owned()),
        performed: date("2026-10-01"),
        ..Procedure::default()
    };
    let allergy = Allergy {
        agent: concept("ペニシリン"),
        ..Allergy::default()
    };
    let (summary, lifted) = both(
        vec![
            marked(record(Content::Procedure(Box::new(procedure)))),
            marked(record(Content::Allergy(Box::new(allergy)))),
        ],
        &[],
    );
    let operations = &summary.sections[&SectionName::Operations].items;
    assert!(operations[0].covered && operations[0].title == "保護項目 1件");
    assert!(!format!("{summary:?}").contains("胃切除"));
    assert_eq!(summary.strip.items.len(), 1, "{:?}", summary.strip);
    assert_eq!(lifted[0].0, SectionName::Operations);
}

#[test]
fn what_must_not_be_delivered_is_accounted_for_and_in_no_count_of_the_screen() {
    let held = indicated(marked(entry(problem("秘匿病名"))), "UNDELIVERED");
    let (summary, lifted) = both(vec![held, entry(problem("片頭痛"))], &[]);
    assert!(lifted.is_empty());
    let section = &summary.sections[&SectionName::Problems];
    assert_eq!(section.items.len(), 1);
    let withheld = section.partial.as_ref().map_or(0, |counts| counts.withheld);
    assert_eq!(withheld, 0, "{:?}", section.partial);
    let accounting = &summary.accounting;
    assert_eq!((accounting.resources, accounting.withheld), (2, 1));
    assert_eq!(accounting.on_screen(), 1);
    assert!(!format!("{summary:?}").contains("秘匿"));
}

#[test]
fn a_detail_that_names_what_is_covered_is_replaced() {
    let visit = visit("胃癌の精査");
    let (summary, _) = both(vec![marked(entry(problem("胃癌"))), visit.clone()], &[]);
    let item = &summary.sections[&SectionName::Visits].items[0];
    assert!(
        item.text.contains("保護項目") && !item.text.contains("胃癌"),
        "{item:?}"
    );
    let (open, _) = both(vec![visit], &[]);
    let item = &open.sections[&SectionName::Visits].items[0];
    assert!(item.text.contains("胃癌の精査"), "{item:?}");
}

#[test]
fn what_is_over_and_too_old_is_outside_the_window_also_where_it_is_covered() {
    let over = Problem {
        clinical_status: Some("resolved".to_owned()),
        abatement: date("2019-01-01"),
        ..problem("胃癌")
    };
    let (summary, lifted) = both(vec![marked(entry(over))], &[]);
    let section = &summary.sections[&SectionName::Problems];
    assert!(section.items.is_empty() && lifted.is_empty());
    assert_eq!(summary.accounting.outside_window, 1);
}

#[test]
fn until_the_diagnoses_are_known_no_reason_is_shown() {
    let windows = Windows::default();
    let request = request(&windows, &[], false);
    let of_emr = |outcome| Answer {
        outcome,
        ..answer(SourceName::Emr, Vec::new())
    };
    let said = |emr: Option<Answer>| {
        let mut answers = vec![answer(SourceName::Claims, vec![visit("胃癌の精査")])];
        answers.extend(emr);
        let summary = assemble(&request, &answers);
        summary.sections[&SectionName::Visits].items[0].text.clone()
    };
    let mut partly = answer(SourceName::Emr, Vec::new());
    if let Outcome::Answered { failed, .. } = &mut partly.outcome {
        failed.push((SectionName::Problems, "x".to_owned()));
    }
    let failed = Outcome::Failed {
        why: "x".to_owned(),
        at: DateTime::UNIX_EPOCH,
    };
    for emr in [
        None,
        Some(of_emr(Outcome::Coming)),
        Some(of_emr(Outcome::Forbidden)),
        Some(of_emr(failed)),
        Some(partly),
    ] {
        let text = said(emr.clone());
        assert!(!text.contains("胃癌"), "{emr:?}: {text}");
        assert!(text.contains("病名未確認のため非表示"), "{text}");
    }
    let whole = said(Some(answer(SourceName::Emr, Vec::new())));
    assert!(whole.contains("胃癌の精査"), "{whole}");
}

#[test]
fn a_documents_text_is_withheld_from_whom_covered_rows_are_hidden() {
    let windows = Windows::default();
    let answers = [answer(
        SourceName::Emr,
        vec![
            letter("胃癌術後 退院サマリー"),
            marked(entry(problem("胃癌"))),
        ],
    )];
    let resource = (SourceName::Emr, "Resource/0");
    let problems = [SectionName::Problems];
    for (forbidden, hides, title, protected, withheld) in [
        (&[][..], false, "保護項目", true, false),
        (&problems[..], false, "保護項目", true, false),
        (&[][..], true, "非表示", false, true),
        (&problems[..], true, "非表示", false, true),
    ] {
        let request = request(&windows, forbidden, hides);
        let letter = document(&request, &answers, resource).unwrap();
        assert_eq!(letter.row.title, title);
        assert_eq!((letter.protected, letter.withheld), (protected, withheld));
    }
    let open = [answer(SourceName::Emr, vec![letter("退院サマリー")])];
    let whole = document(&request(&windows, &[], true), &open, resource).unwrap();
    assert!(!whole.protected && !whole.withheld);
    let claims = [answer(SourceName::Claims, vec![letter("退院サマリー")])];
    let resource = (SourceName::Claims, "Resource/0");
    let unknown = document(&request(&windows, &[], true), &claims, resource).unwrap();
    assert!(unknown.withheld, "what is covered is not known");
}

#[test]
fn what_a_row_loses_to_a_covered_name_can_be_uncovered_with_it() {
    let operation = record(Content::Procedure(Box::new(Procedure {
        code: concept("胃癌手術（幽門側胃切除術）"),
        status: Some("completed".to_owned()),
        performed: date("2025-01-01"),
        ..Procedure::default()
    })));
    let records = || {
        vec![
            marked(entry(problem("胃癌"))),
            operation.clone(),
            entry(problem("高血圧症")),
        ]
    };
    let (summary, lifted) = both(records(), &[]);
    assert_eq!(
        summary.sections[&SectionName::Operations].items[0].title,
        "保護項目"
    );
    let sections: Vec<SectionName> = lifted.iter().map(|(section, _)| *section).collect();
    assert_eq!(sections, [SectionName::Problems, SectionName::Operations]);
    let text = &lifted[1].1[0].text;
    assert!(
        text.contains("幽門側胃切除術") && text.contains("保護項目の病名を含む"),
        "{text}"
    );
    let (_, lifted) = both(records(), &[SectionName::Operations]);
    assert_eq!(lifted.len(), 1, "a forbidden section stays so");
    let (_, lifted) = seen(records(), &[], true);
    assert_eq!(lifted, []);
}

#[test]
fn the_covered_row_names_each_source_once_and_every_record_behind_it() {
    let windows = Windows::default();
    let context = rows_testing::context(&windows);
    let item = |resource: &str, source: SourceName, also_from: &[SourceName]| Item {
        resource: resource.to_owned(),
        source: Some(source),
        also_from: also_from.to_vec(),
        ..Item::default()
    };
    let (emr, claims) = (SourceName::Emr, SourceName::Claims);
    let of_one = [item("a", emr, &[]), item("b", emr, &[])];
    let row = row(SectionName::Labs, &of_one, &context).unwrap();
    assert_eq!((row.source, row.also_from), (Some(emr), Vec::new()));
    assert_eq!(row.merged, ["b"]);
    let of_two = [
        item("a", emr, &[]),
        item("b", claims, &[]),
        item("c", claims, &[emr, claims]),
    ];
    let row = super::row(SectionName::Labs, &of_two, &context).unwrap();
    assert_eq!((row.source, row.also_from), (Some(emr), vec![emr, claims]));
    assert_eq!(row.merged, ["b", "c"]);
}
