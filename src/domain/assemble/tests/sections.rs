//! Which section, which state.

use super::*;
use crate::domain::{assemble::classify, record::Says};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn observations_are_sorted_by_code_system_and_category() {
    let observation = |category: Option<&str>, system: &str, code: &str| {
        let categories = category.map(|category| {
            coded(
                "x",
                "http://terminology.hl7.org/CodeSystem/observation-category",
                category,
            )
        });
        let observation = Observation {
            code: coded("x", system, code),
            categories: categories.into_iter().collect(),
            ..Observation::default()
        };
        record("Observation/1", Content::Observation(Box::new(observation)))
    };
    let infection =
        "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC10/JP_CLINS_ObsLabResult_InfectionLabo_CS";
    for (category, system, code, expected) in [
        (
            Some("laboratory"),
            infection,
            "5F016",
            Some(SectionName::Infections),
        ),
        (None, infection, "5F016", Some(SectionName::Infections)),
        (
            Some("laboratory"),
            "http://loinc.org",
            "2160-0",
            Some(SectionName::Labs),
        ),
        (None, "http://loinc.org", "2160-0", Some(SectionName::Labs)),
        (None, "http://loinc.org", "85354-9", None),
        (Some("vital-signs"), "http://loinc.org", "8310-5", None),
        (Some("social-history"), "http://loinc.org", "72166-2", None),
    ] {
        let place = classify::place(&observation(category, system, code));
        match expected {
            Some(section) => assert_eq!(place, classify::Place::In(section), "{code}"),
            None => assert!(matches!(place, classify::Place::Nowhere(_)), "{code}"),
        }
    }
}

#[test]
fn procedures_are_sorted_by_chapter_and_words() {
    let known = [
        ("人工腎臓（慢性維持透析）", "J038", SectionName::Dialysis),
        ("血液透析", "", SectionName::Dialysis),
        ("x", "265764009", SectionName::Dialysis),
        (
            "内シャント設置術（透析用）",
            "K610-3",
            SectionName::Operations,
        ),
        ("透析用カテーテル留置術", "", SectionName::Operations),
        (
            "冠動脈、大動脈バイパス移植術",
            "150139310",
            SectionName::Operations,
        ),
        ("輸血", "K920", SectionName::Procedures),
        ("術後リハビリテーション", "", SectionName::Procedures),
        ("Appendectomy", "80146002", SectionName::Operations),
        ("酸素投与", "57485005", SectionName::Procedures),
    ];
    let unfinished = [
        "ペースメーカー植込み",
        "ICD植込み",
        "冠動脈ステント留置",
        "脳動脈瘤クリッピング",
        "TAVI",
        "EVAR",
        "腰椎後方椎体間固定（PLIF）",
        "PCI",
        "CABG",
        "胃全摘",
        "人工肛門造設",
    ];
    let others = [
        "尿道カテーテル留置",
        "中心静脈カテーテル留置",
        "経鼻胃管挿入",
        "ステント抜去",
        "ステント留置後",
        "PCI術前",
        "PCI後",
        "TAVI予定",
        "植込型除細動器",
        "ペースメーカー植込み後チェック",
        "pcisystem",
    ];
    let unfinished = unfinished.map(|words| (words, "", SectionName::Operations));
    let others = others.map(|words| (words, "", SectionName::Procedures));
    for (words, code, expected) in known.into_iter().chain(unfinished).chain(others) {
        let procedure = Procedure {
            code: coded(words, "x", code),
            ..Procedure::default()
        };
        let place = classify::place(&record(
            "Procedure/1",
            Content::Procedure(Box::new(procedure)),
        ));
        assert_eq!(place, classify::Place::In(expected), "{words} {code}");
    }
}

#[test]
fn each_source_has_its_state_in_each_section() {
    let failed = Answer {
        source: Some(SourceName::Claims),
        subject: None,
        subject_optional: false,
        outcome: Outcome::Failed {
            why: "x".to_owned(),
            at: now(),
        },
    };
    let dispensed = drug_record(drug(
        "1",
        text("アムロジピン錠5mg"),
        Act::Dispensed,
        "2025-11-01",
        30,
    ));
    let all = [
        answer(Some(SourceName::Emr), Vec::new()),
        answer(Some(SourceName::Eprescription), vec![dispensed]),
        failed,
    ];
    let summary = summary(&all);
    let drugs = section(&summary, SectionName::Drugs);
    assert_eq!(drugs.state, State::Present);
    let states: Vec<State> = drugs.sources.iter().map(|source| source.state).collect();
    assert_eq!(
        states,
        [State::ReportedEmpty, State::Present, State::NotFetched]
    );
    assert_eq!(
        drugs.partial.as_ref().unwrap().sources_missing,
        [SourceName::Claims]
    );
    assert!(
        drugs
            .notes
            .iter()
            .any(|note| note.contains("レセプト 取得できず（x）"))
    );
    let visits = section(&summary, SectionName::Visits);
    let states: Vec<State> = visits.sources.iter().map(|source| source.state).collect();
    assert_eq!(
        (states, visits.state),
        (
            vec![State::NotCovered, State::NotCovered, State::NotFetched],
            State::NotFetched
        )
    );
    let labs = section(&summary, SectionName::Labs);
    assert!(labs.partial.is_none(), "{labs:?}");
}

#[test]
fn statements_about_sections_set_their_state() {
    for (reason, kind, expected) in [
        ("nilknown", AuthorKind::Person, State::NoneKnown),
        ("nilknown", AuthorKind::System, State::ReportedEmpty),
        ("notasked", AuthorKind::Person, State::NotAsked),
        ("withheld", AuthorKind::Person, State::Withheld),
        ("unavailable", AuthorKind::Person, State::NotFetched),
    ] {
        let statement = Statement {
            resource: "List/1".to_owned(),
            subject: Subject {
                reference: Some(PATIENT.to_owned()),
                ..Subject::default()
            },
            origin: Origin {
                author: Some(Author { name: None, kind }),
                ..Origin::default()
            },
            about: coded("Allergies", "http://loinc.org", "48765-2"),
            says: Says::Empty(reason.to_owned()),
            status: None,
            date: date("2025-10-01"),
        };
        let mut answer = answer(None, Vec::new());
        if let Outcome::Answered { records, .. } = &mut answer.outcome {
            *records = Arc::new(Records {
                records: Vec::new(),
                statements: vec![statement],
            });
        }
        assert_eq!(
            section(&summary(&[answer]), SectionName::Allergies).state,
            expected,
            "{reason} {kind:?}"
        );
    }
}

#[test]
fn what_the_role_may_not_see_leaves_no_words() {
    let records = vec![
        allergy("1", text("ペニシリン"), |_| {}),
        drug_record(drug(
            "2",
            text("ワルファリン"),
            Act::Dispensed,
            "2025-11-01",
            30,
        )),
    ];
    let forbidden = [SectionName::Allergies, SectionName::Drugs];
    let summary = summary_of(&[answer(Some(SourceName::Emr), records)], |request| {
        request.forbidden = Box::leak(Box::new(forbidden));
    });
    assert_eq!(
        section(&summary, SectionName::Allergies).state,
        State::Withheld
    );
    assert_eq!(summary.accounting.withheld, 2);
    assert!(summary.strip.items.is_empty());
    assert!(!format!("{summary:?}").contains("ペニシリン"));
    assert!(!format!("{summary:?}").contains("ワルファリン"));
}

#[test]
fn unreadable_resources_count_in_the_section_of_their_type() {
    let broken = |resource: &str| {
        record(
            resource,
            Content::Unreadable {
                why: "not an object".to_owned(),
            },
        )
    };
    let summary = files(vec![broken("AllergyIntolerance/1"), broken("Weird/1")]);
    let allergies = section(&summary, SectionName::Allergies);
    assert_eq!(allergies.partial.as_ref().unwrap().unreadable, 1);
    assert_eq!(allergies.state, State::NotFetched);
    assert!(
        summary
            .notices
            .iter()
            .any(|notice| notice.text.contains("読み取れないもの 1件"))
    );
}

#[test]
fn spans_count_days_and_calendar_months_inclusively() {
    use crate::domain::assemble::Span;
    for (span, as_of, first) in [
        (Span::Days(45), "2025-11-20", Some("2025-10-06")),
        (Span::Months(3), "2025-05-31", Some("2025-02-28")),
        (Span::Months(60), "2024-02-29", Some("2019-02-28")),
        (Span::All, "2025-11-20", None),
    ] {
        assert_eq!(span.first_day(day(as_of)), first.map(day));
    }
}

/// A page in English of English data, one source failing.
fn english_page() -> Summary {
    let mut denial = allergy("1", text("No known allergies"), |_| {});
    let mut penicillin = allergy(
        "2",
        coded("Penicillin", "http://snomed.info/sct", "764146007"),
        |allergy| {
            allergy.categories = vec!["medication".to_owned()];
            allergy.criticality = Some("high".to_owned());
            allergy.verification = Some("unconfirmed".to_owned());
        },
    );
    let mut warfarin = drug_record(drug(
        "3",
        text("warfarin 5 mg"),
        Act::Dispensed,
        "2025-11-01",
        30,
    ));
    let mut old = drug_record(drug(
        "4",
        text("cefdinir"),
        Act::Prescribed,
        "2024-11-01",
        5,
    ));
    for one in [&mut denial, &mut penicillin, &mut warfarin, &mut old] {
        one.origin.facility = Some("Station Hospital".to_owned());
        one.origin.author = Some(Author {
            name: Some("Dr Iwamoto".to_owned()),
            kind: AuthorKind::Person,
        });
    }
    let failed = Outcome::Failed {
        why: "timeout".to_owned(),
        at: now(),
    };
    let claims = Answer {
        source: Some(SourceName::Claims),
        subject: None,
        subject_optional: false,
        outcome: failed,
    };
    let all = [
        answer(Some(SourceName::Emr), vec![denial, penicillin]),
        answer(Some(SourceName::Eprescription), vec![warfarin, old]),
        claims,
    ];
    summary_of(&all, |request| request.language = Language::En)
}

#[test]
fn english_pages_hold_no_japanese_words_of_ours() {
    let english = english_page();
    let mut seen = vec![format!(
        "{:?} {:?} {:?}",
        english.strip, english.patient.age, english.notices
    )];
    for name in [
        SectionName::Allergies,
        SectionName::Contraindications,
        SectionName::Drugs,
    ] {
        let section = section(&english, name);
        seen.push(format!(
            "{:?} {:?} {:?}",
            section.items, section.notes, section.sources
        ));
    }
    let japanese = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}');
    assert!(
        seen.iter().all(|words| !words.contains(japanese)),
        "{seen:#?}"
    );
    assert!(
        seen.iter()
            .any(|words| words.contains("dispensed to last until 2025-11-30")),
        "{seen:#?}"
    );
}
