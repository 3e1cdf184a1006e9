//! What the rows of the section `operations` must say.

use super::super::rows_testing::{built, built_from, coded, concept, context, date, record};
use super::*;
use crate::domain::{
    assemble::Windows,
    procedure::Procedure,
    record::{Content, Record},
    section::{Fate, SourceName},
};

fn operation(name: &str, day: &str) -> Procedure {
    Procedure {
        code: concept(name),
        status: Some("completed".to_owned()),
        performed: date(day),
        ..Procedure::default()
    }
}

fn done(procedure: Procedure) -> Record {
    record(Content::Procedure(Box::new(procedure)))
}

fn section(procedures: Vec<Procedure>) -> Built {
    built(
        procedures.into_iter().map(done).collect(),
        &context(&Windows::default()),
        build,
    )
}

#[test]
fn operations_that_leave_a_device_are_marked_and_others_are_not() {
    for (name, marked) in [
        ("ペースメーカー移植術", true),
        ("植込型除細動器移植術", true),
        ("経皮的冠動脈ステント留置術", true),
        ("大動脈弁置換術（人工弁）", true),
        ("人工関節置換術（膝）", true),
        ("内シャント設置術", false),
        ("内シャント設置術（人工血管）", true),
        ("脳室腹腔シャント術", true),
        ("脳動脈瘤クリッピング", true),
        ("骨折観血的手術（プレート固定）", true),
        ("Insertion of permanent pacemaker", true),
        ("Coronary stents placement", true),
        ("Transfusion of platelets", false),
        ("経皮的心房中隔欠損閉鎖術", true),
        ("経皮的左心耳閉鎖術", true),
        ("下大静脈フィルター留置術", true),
        ("中心静脈注射用植込型カテーテル設置", true),
        ("人工内耳植込術", true),
        ("Ｖ－Ｐシャント術", true),
        ("子宮内避妊器具装着術", true),
        ("腹壁瘢痕ヘルニア手術（メッシュ使用）", true),
        ("水晶体再建術（眼内レンズを挿入する場合）", true),
        ("脊髄刺激装置植込術", true),
        ("IUD insertion", true),
        ("Port removal", false),
        ("Portal vein resection", false),
        ("ペースメーカー植込み", true),
        ("ICD植込み", true),
        ("冠動脈ステント留置", true),
        ("脳動脈瘤クリッピング", true),
        ("TAVI", true),
        ("EVAR", true),
        ("腰椎後方椎体間固定（PLIF）", true),
        ("腰椎固定術", true),
        ("腰椎後方固定術", true),
        ("虫垂切除術", false),
        ("胃全摘術", false),
        ("腹腔鏡下胆嚢摘出術", false),
    ] {
        let section = section(vec![operation(name, "2025-01-01")]);
        let found = section.items[0]
            .tags
            .iter()
            .any(|tag| tag.word == "体内デバイス");
        assert_eq!(found, marked, "{name}");
    }
}

#[test]
fn operations_that_usually_leave_something_say_that_it_is_possible() {
    for name in [
        "骨折観血的手術（大腿）",
        "PCI",
        "CABG",
        "経皮的冠動脈形成術",
    ] {
        let built = section(vec![operation(name, "2025-01-01")]);
        let words: Vec<_> = built.items[0].tags.iter().map(|tag| &tag.word).collect();
        assert_eq!(words, ["体内デバイスの可能性"], "{name}");
        assert!(!built.items[0].text.contains("体内デバイス "));
    }
}

#[test]
fn an_operation_sent_as_a_code_alone_is_known_by_it() {
    let pacemaker = Procedure {
        code: coded("urn:k", "K597", ""),
        ..operation("", "2025-01-01")
    };
    let removal = Procedure {
        code: coded("urn:k", "K597-4", ""),
        ..operation("", "2025-02-01")
    };
    let built = section(vec![pacemaker, removal]);
    assert_eq!(built.items[1].tags[0].word, "体内デバイス");
    assert!(built.items[0].tags.is_empty());
}

#[test]
fn a_device_that_was_sent_marks_any_operation_and_its_removal_does_not() {
    let with = Procedure {
        devices: vec!["MRI非対応リード".to_owned()],
        ..operation("手術", "2025-01-01")
    };
    let built = section(vec![with, operation("ペースメーカー抜去術", "2025-02-01")]);
    assert_eq!(built.items[1].tags[0].word, "体内デバイス");
    assert!(built.items[1].text.contains("MRI非対応リード"));
    assert_eq!(built.items[0].tags[0].word, "デバイス抜去・除去");
}

#[test]
fn an_operation_that_was_not_done_says_so_and_leaves_no_device() {
    let planned = Procedure {
        status: Some("not-done".to_owned()),
        status_reason: Some("本人の意思".to_owned()),
        ..operation("ペースメーカー移植術", "2025-01-01")
    };
    let section = section(vec![planned]);
    assert!(
        section.items[0].text.contains("未実施") && section.items[0].text.contains("本人の意思")
    );
    assert!(!section.items[0].text.contains("体内デバイス"));
}

#[test]
fn four_years_is_inside_and_six_is_outside_the_window() {
    let section = section(vec![
        operation("ペースメーカー移植術", "2022-11-01"),
        operation("ペースメーカー移植術", "2020-11-01"),
    ]);
    assert_eq!(section.items.len(), 1);
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
fn the_same_operation_from_two_sources_is_one_row_with_both_named() {
    let first = Procedure {
        code: coded("urn:k", "K597", "ペースメーカー移植術"),
        ..operation("", "2025-01-01")
    };
    let second = Procedure {
        performed: date("2025-01-01T09:00:00+09:00"),
        ..first.clone()
    };
    let other_day = Procedure {
        performed: date("2025-01-02"),
        ..first.clone()
    };
    let source = |number: usize| {
        if number == 1 {
            SourceName::Emr
        } else {
            SourceName::Claims
        }
    };
    let records = vec![done(first), done(second), done(other_day)];
    let section = built_from(records, source, &context(&Windows::default()), build);
    assert_eq!(section.items.len(), 2);
    assert_eq!(section.items[1].also_from.len(), 2);
}

#[test]
fn the_lines_of_a_month_are_one_row_only_where_another_source_or_the_same_moment_tells_them_again()
{
    let month = operation("", "2025-01");
    let coded_as = |code: &str, name: &str| Procedure {
        code: coded("urn:k", code, name),
        ..month.clone()
    };
    let table = [
        // The same code under another name; the same name under another code; neither.
        (coded_as("K1", "甲"), coded_as("K1", "乙"), 1),
        (coded_as("K1", "甲"), coded_as("K2", "甲"), 1),
        (coded_as("K1", "甲"), coded_as("K2", "乙"), 2),
        (
            coded_as("K1", "甲"),
            Procedure {
                performed: date("2025-01-01"),
                ..coded_as("K1", "甲")
            },
            2,
        ),
        (
            coded_as("K1", "甲"),
            Procedure {
                status: Some("not-done".to_owned()),
                ..coded_as("K1", "甲")
            },
            2,
        ),
    ];
    let claims = |_: usize| SourceName::Claims;
    let two = |number: usize| [SourceName::Claims, SourceName::Emr][number % 2];
    for (at, (one, other, rows)) in table.into_iter().enumerate() {
        for source in [claims as fn(usize) -> SourceName, two] {
            let records = vec![done(one.clone()), done(other.clone())];
            let section = built_from(records, source, &context(&Windows::default()), build);
            assert_eq!(section.items.len(), rows, "{at}");
        }
    }
    // Two moments of one day: one source tells two operations, and another tells the first again.
    let at = |time: &str| Procedure {
        performed: date(time),
        ..coded_as("K1", "甲")
    };
    let twice = || {
        vec![
            done(at("2025-01-05T09:00:00+09:00")),
            done(at("2025-01-05T15:00:00+09:00")),
        ]
    };
    let own = built_from(twice(), claims, &context(&Windows::default()), build);
    assert_eq!(own.items.len(), 2);
    let told = built_from(twice(), two, &context(&Windows::default()), build);
    assert_eq!(told.items.len(), 1);
}

#[test]
fn a_month_of_two_thousand_lines_is_as_many_rows_as_it_has_operations() {
    let line = |number: usize| Procedure {
        code: coded(
            "urn:k",
            &format!("K{}", number / 2),
            &format!("手術{number}"),
        ),
        ..operation("", "2025-01")
    };
    let records = (0..2_000).map(|number| done(line(number))).collect();
    let source = |number: usize| [SourceName::Claims, SourceName::Emr][number % 2];
    let section = built_from(records, source, &context(&Windows::default()), build);
    assert_eq!(section.items.len(), 1_000);
}
