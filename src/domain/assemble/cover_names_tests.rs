//! Names that tell of what is covered.

use super::*;

#[test]
fn longer_shorter_and_coded_names_of_what_is_covered_are_covered_with_it() {
    let icd = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/ICD10-2013-full";
    let named = |text: &str, code: &str, display: &str| Problem {
        name: Concept {
            text: Some(text.to_owned()).filter(|text| !text.is_empty()),
            ..coded(icd, code, display)
        },
        ..problem("")
    };
    let open = |records: Vec<Record>| -> Vec<String> {
        let (summary, _) = both(records, &[]);
        let items = &summary.sections[&SectionName::Problems].items;
        items
            .iter()
            .skip(1)
            .map(|item| item.title.clone())
            .collect()
    };
    let none: [&str; 0] = [];
    let staged = marked(entry(problem("胃癌 StageIV")));
    assert_eq!(open(vec![staged, entry(named("", "C169", "胃癌"))]), none);
    let abbreviated = marked(entry(named("胃Ca", "C169", "胃癌")));
    assert_eq!(open(vec![abbreviated, entry(problem("胃癌の術後"))]), none);
    let uncoded = named("膵癌", "99999999", "未コード化傷病名");
    let other = entry(named("", "99999999", "未コード化傷病名"));
    assert_eq!(
        open(vec![marked(entry(uncoded)), other]),
        ["未コード化傷病名"],
        "what is said of everything tells of nothing"
    );
}

#[test]
fn no_allergy_is_ever_hushed() {
    let allergy = Allergy {
        agent: concept("アスピリン"),
        reactions: vec![Reaction {
            manifestations: vec![concept("喘息発作")],
            ..Reaction::default()
        }],
        ..Allergy::default()
    };
    let (summary, _) = both(
        vec![
            marked(entry(problem("喘息"))),
            record(Content::Allergy(Box::new(allergy))),
        ],
        &[],
    );
    let item = &summary.sections[&SectionName::Allergies].items[0];
    assert!(item.text.contains("喘息発作"), "{item:?}");
    assert!(format!("{:?}", summary.strip).contains("喘息発作"));
}

#[test]
fn a_latin_name_is_named_by_whole_words_only() {
    let names = Names::of([&problem("RA"), &problem("gastric  cancer")]);
    for words in ["RAの疑い", "ｒａ", "RA1", "x (RA)", "Gastric Cancer II"] {
        assert!(names.are_in(words), "{words}");
    }
    for words in ["oral 1 tablet", "ura", "gastric cancers", "gastriccancer"] {
        assert!(!names.are_in(words), "{words}");
    }
}

#[test]
fn titles_values_tags_departments_and_reasons_of_fates_name_nothing_covered() {
    let report = rows_testing::observation(
        concept("病理組織診断"),
        Value::Text("胃癌 Group 5".to_owned()),
        "2026-11-15",
    );
    let mut seen = visit("腹痛");
    seen.origin.department = Some("胃癌センター".to_owned());
    let mut again = letter("胃癌術後 退院サマリー");
    if let Content::Document(document) = &mut again.content {
        document.by_reference = true;
    }
    let records = vec![
        marked(entry(problem("胃癌"))),
        letter("胃癌術後 退院サマリー"),
        again,
        record(Content::Observation(Box::new(report))),
        seen,
    ];
    let (summary, _) = both(records.clone(), &[]);
    let written = format!("{summary:?}");
    assert!(!written.contains("胃癌"), "{written}");
    let title = |summary: &Summary| {
        summary.sections[&SectionName::Documents].items[0]
            .title
            .clone()
    };
    assert_eq!(title(&summary), "保護項目");
    assert!(written.contains("腹痛") && written.contains("病理組織診断"));
    let (hidden, _) = self::seen(records, &[], true);
    assert_eq!(title(&hidden), "非表示");
    assert!(!format!("{hidden:?}").contains("保護項目"));
}
