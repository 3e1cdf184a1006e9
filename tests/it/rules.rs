//! The clinician's page of rules is true: every test that it names exists, every bedside rule is in
//! it, and every rule and trap has its test.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every function of `src/` and `tests/` that stands under `#[test]` or within `proptest!`, by name.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("text");
            let after_mark = text
                .split("#[test]")
                .chain(text.split("#[tokio::test"))
                .chain(text.split("#[actix_web::test"))
                .skip(1);
            found.extend(after_mark.filter_map(|rest| {
                let (_, name) = rest.split_once("fn ")?;
                let (name, _) = name.split_once('(')?;
                Some(name.trim().to_owned())
            }));
        }
    }
}

fn all_tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    tests(&root().join("src"), &mut found);
    tests(&root().join("tests"), &mut found);
    found
}

/// Rule, source, test and reviewer of every row of the page.
fn page() -> Vec<[String; 4]> {
    let text = std::fs::read_to_string(root().join("docs/clinical-rules.md")).expect("the page");
    text.lines()
        .filter(|line| line.starts_with('|') && !line.starts_with("|---"))
        .filter(|line| !line.starts_with("| Rule |"))
        .map(|line| {
            let cells: Vec<String> = line
                .trim_matches('|')
                .split(" | ")
                .map(|cell| cell.trim().to_owned())
                .collect();
            let count = cells.len();
            <[String; 4]>::try_from(cells).unwrap_or_else(|_| panic!("{count} cells: {line}"))
        })
        .collect()
}

#[test]
fn every_clinical_rule_names_its_source_and_a_test_that_exists() {
    let known = all_tests();
    let page = page();
    assert!(page.len() > 40, "only {} rules", page.len());
    for [rule, source, named, _] in page {
        assert!(!rule.is_empty() && !source.is_empty(), "{rule} | {source}");
        let named: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test for: {rule}");
        for name in named {
            assert!(known.contains(name), "{name} is no test ({rule})");
        }
    }
}

#[test]
fn every_bedside_rule_is_on_the_page_and_every_rule_and_trap_has_its_test() {
    let page = page();
    let known = all_tests();
    for number in 1..=17 {
        let rule = format!("B{number}");
        let names = |cell: &String| {
            let mut words = cell.split(|c: char| !c.is_ascii_alphanumeric());
            words.any(|word| word == rule)
        };
        assert!(
            page.iter().any(|row| row[..2].iter().any(names)),
            "{rule} is not on the page"
        );
        let name = format!("b{number}_");
        assert!(known.iter().any(|test| test.starts_with(&name)), "{name}");
    }
    for number in 1..=16 {
        let name = format!("t{number}_");
        assert!(known.iter().any(|test| test.starts_with(&name)), "{name}");
    }
}
