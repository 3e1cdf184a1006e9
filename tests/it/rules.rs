//! The clinician's page of rules is true: every test that it names exists, every bedside rule is in
//! it, and every rule and trap has its test.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use emergency_summary::domain::handoff::Rule;

/// The project.
pub(crate) fn root() -> PathBuf {
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

/// Every test there is, by name.
pub(crate) fn all_tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    tests(&root().join("src"), &mut found);
    tests(&root().join("tests"), &mut found);
    found
}

/// The rows of every table of a page of `docs/` whose first heading is this.
pub(crate) fn rows<const CELLS: usize>(page: &str, heading: &str) -> Vec<[String; CELLS]> {
    let text = std::fs::read_to_string(root().join("docs").join(page)).expect("the page");
    let heading = format!("| {heading} |");
    let mut is_inside = false;
    let mut rows = Vec::new();
    for line in text.lines() {
        let is_heading = line.starts_with(&heading);
        is_inside = is_heading || is_inside && line.starts_with('|');
        if !is_inside || is_heading || line.starts_with("|---") {
            continue;
        }
        let cells: Vec<String> = line
            .trim_matches('|')
            .split(" | ")
            .map(|cell| cell.trim().to_owned())
            .collect();
        let count = cells.len();
        let row = <[String; CELLS]>::try_from(cells);
        rows.push(row.unwrap_or_else(|_| panic!("{count} cells: {line}")));
    }
    rows
}

/// The words between backquotes.
pub(crate) fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Rule, source, test and reviewer of every row of the page.
fn page() -> Vec<[String; 4]> {
    rows("clinical-rules.md", "Rule")
}

#[test]
fn every_clinical_rule_names_its_source_and_a_test_that_exists() {
    let known = all_tests();
    let page = page();
    assert!(page.len() > 40, "only {} rules", page.len());
    for [rule, source, named, _] in page {
        assert!(!rule.is_empty() && !source.is_empty(), "{rule} | {source}");
        let named = quoted(&named);
        assert!(!named.is_empty(), "no test for: {rule}");
        for name in named {
            assert!(known.contains(name), "{name} is no test ({rule})");
        }
    }
}

#[test]
fn every_suggested_alert_is_on_its_page_with_the_source_that_the_screen_names() {
    let page: Vec<[String; 6]> = rows("handoff-alerts.md", "Rule");
    assert_eq!(page.len(), Rule::ALL.len());
    for (row, rule) in page.iter().zip(Rule::ALL) {
        let [word, _, shown, ..] = row;
        assert_eq!(quoted(word), [rule.word()]);
        assert_eq!(shown, rule.source());
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
