//! What the rows of the section `problems` must say.

use super::super::rows_testing::{built, coding, concept, context, date, indicated, record};
use super::*;
use crate::domain::{assemble::Windows, code::Concept, record::Record, section::Fate};

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

fn section(records: Vec<Record>) -> Built {
    built(records, &context(&Windows::default()), build)
}

fn words(item: &Item) -> Vec<&str> {
    item.tags.iter().map(|tag| tag.word.as_str()).collect()
}

#[test]
fn the_name_is_the_charts_text_else_built_from_its_parts() {
    let coded = Concept {
        text: None,
        codings: vec![
            coding("urn:medis", "99999999", "未コード化傷病名"),
            coding("urn:icd", "I63.9", "脳梗塞"),
        ],
    };
    let built_up = Problem {
        name: coded,
        prefixes: vec!["左".to_owned()],
        postfixes: vec!["の術後".to_owned()],
        ..problem("")
    };
    let section = section(vec![entry(built_up), entry(problem("高血圧症"))]);
    assert!(
        section
            .items
            .iter()
            .any(|item| item.title == "左脳梗塞の術後")
    );
    assert!(section.items.iter().any(|item| item.title == "高血圧症"));
    // 99999999 is no standard code, whatever ICD-10 stands beside it; nor is no code at all.
    assert_eq!(section.uncoded, 2);
}

#[test]
fn a_suspicion_that_is_over_is_suspected_and_past_and_warns_no_more() {
    let over = Problem {
        verification: Some("unconfirmed".to_owned()),
        clinical_status: Some("inactive".to_owned()),
        abatement: date("2025-05-01"),
        ..problem("噴門癌早期")
    };
    let section = section(vec![entry(over)]);
    let item = &section.items[0];
    assert!(item.past && item.text.contains("疑い（未確認）") && item.text.contains("非活動"));
    assert!(!item.text.contains("確認済"));
    assert!(item.tags.iter().all(|tag| tag.tone == Tone::Past));
}

#[test]
fn outcome_stage_side_and_list_are_said() {
    let told = Problem {
        outcome: Some("中止(転医)".to_owned()),
        stages: vec!["ステージII".to_owned()],
        body_sites: vec!["左".to_owned()],
        severity: Some("重症".to_owned()),
        categories: vec![coded_as("problem-list-item")],
        ..problem("乳癌")
    };
    let section = section(vec![entry(told)]);
    for said in [
        "転帰 中止(転医)",
        "病期 ステージII",
        "部位 左",
        "重症度 重症",
        "プロブレムリスト",
    ] {
        assert!(section.items[0].text.contains(said), "{said}");
    }
}

fn coded_as(code: &str) -> Concept {
    Concept {
        text: None,
        codings: vec![coding("urn:category", code, "")],
    }
}

#[test]
fn suspected_refuted_and_over_are_said_in_words_and_in_a_calm_tone() {
    for (verification, course, word, past) in [
        (Some("unconfirmed"), Some("active"), "疑い（未確認）", false),
        (Some("provisional"), None, "疑い（暫定）", false),
        (Some("differential"), None, "疑い（鑑別中）", false),
        (Some("refuted"), None, "否定", true),
        (
            Some("confirmed"),
            Some("resolved"),
            "治癒（終了日不明）",
            true,
        ),
        (None, Some("remission"), "寛解（終了日不明）", true),
        (Some("confirmed"), Some("active"), "継続", false),
    ] {
        let mut problem = problem("胃癌");
        problem.verification = verification.map(str::to_owned);
        problem.clinical_status = course.map(str::to_owned);
        let section = section(vec![entry(problem)]);
        assert!(
            words(&section.items[0]).contains(&word),
            "{:?}",
            section.items[0]
        );
        assert_eq!(section.items[0].past, past);
        let warns = section.items[0]
            .tags
            .iter()
            .any(|tag| tag.tone == Tone::Warning);
        assert!(!(past && warns), "{:?}", section.items[0]);
    }
}

#[test]
fn active_ones_stand_first_and_the_principal_one_before_them() {
    let over = Problem {
        clinical_status: Some("resolved".to_owned()),
        ..problem("肺炎")
    };
    let principal = Problem {
        principal: true,
        onset: date("2020"),
        ..problem("慢性心不全")
    };
    let section = section(vec![
        entry(over),
        entry(problem("糖尿病")),
        entry(principal),
    ]);
    let titles: Vec<_> = section
        .items
        .iter()
        .map(|item| item.title.as_str())
        .collect();
    assert_eq!(titles, ["慢性心不全", "糖尿病", "肺炎"]);
}

#[test]
fn an_active_disease_is_never_too_old_and_an_ended_one_is_after_five_years() {
    let old = Problem {
        onset: date("1999"),
        recorded: date("1999-05-05"),
        ..problem("糖尿病")
    };
    let over = Problem {
        clinical_status: Some("resolved".to_owned()),
        abatement: date("2021-11-21"),
        ..problem("骨折")
    };
    let kept = Problem {
        clinical_status: Some("resolved".to_owned()),
        abatement: date("2021-11-22"),
        ..problem("肺炎")
    };
    let section = section(vec![entry(old), entry(over), entry(kept)]);
    let titles: Vec<_> = section
        .items
        .iter()
        .map(|item| item.title.as_str())
        .collect();
    assert_eq!(titles, ["糖尿病", "肺炎"]);
}

#[test]
fn a_disease_that_is_over_without_an_end_stays_and_says_that_its_end_is_unknown() {
    for (course, word) in [
        ("resolved", "治癒（終了日不明）"),
        ("remission", "寛解（終了日不明）"),
        ("inactive", "非活動（終了日不明）"),
    ] {
        let over = Problem {
            clinical_status: Some(course.to_owned()),
            onset: date("2010"),
            recorded: date("2018-05-01"),
            ..problem("狭心症")
        };
        let section = section(vec![entry(over)]);
        assert_eq!(section.items.len(), 1, "{course}");
        assert!(words(&section.items[0]).contains(&word));
        assert!(section.items[0].past);
    }
}

#[test]
fn a_refuted_disease_does_not_continue() {
    let refuted = Problem {
        verification: Some("refuted".to_owned()),
        abatement: date("2026-01-01"),
        ..problem("胃癌")
    };
    let section = section(vec![entry(refuted)]);
    assert_eq!(words(&section.items[0]), ["否定"]);
}

#[test]
fn what_must_not_be_delivered_is_in_no_row_and_no_count() {
    let hidden = indicated(
        indicated(entry(problem("秘匿病名")), "UNDELIVERED"),
        "UNINFORMED",
    );
    let section = section(vec![hidden]);
    assert!(section.items.is_empty());
    assert_eq!(
        section.fates,
        [(0, Fate::Withheld, "not for delivery".to_owned())]
    );
    assert!(!format!("{section:?}").contains("秘匿病名"));
    assert_eq!((section.uncoded, section.partly_unreadable), (0, 0));
}

#[test]
fn a_disease_listed_again_by_the_same_facility_is_one_row_and_by_another_two() {
    let mut elsewhere = entry(problem("高血圧症"));
    elsewhere.origin.facility = Some("別の病院".to_owned());
    let section = section(vec![
        entry(problem("高血圧症")),
        entry(problem("高血圧症")),
        elsewhere,
    ]);
    assert_eq!(section.items.len(), 2);
    assert_eq!(
        section
            .items
            .iter()
            .map(|item| item.merged.len())
            .sum::<usize>(),
        1
    );
}

#[test]
fn an_active_disease_with_an_end_says_that_both_were_sent() {
    let torn = Problem {
        abatement: date("2026-01-01"),
        ..problem("肺炎")
    };
    let section = section(vec![entry(torn)]);
    assert!(words(&section.items[0]).contains(&"継続と終了日が不一致"));
}

#[test]
fn what_its_sender_calls_an_error_is_no_disease() {
    let wrong = Problem {
        verification: Some("entered-in-error".to_owned()),
        ..problem("誤った病名")
    };
    let section = section(vec![entry(wrong)]);
    assert!(section.items.is_empty());
    assert_eq!(
        section.fates,
        [(0, Fate::NotForThisScreen, "entered in error".to_owned())]
    );
}
