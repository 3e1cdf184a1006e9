//! Bad input made of good: the real examples with a field deleted, of another type or code system,
//! entries doubled, reordered or cut off. Nothing panics, the counts add up, and what was shown
//! before and not touched is still shown.

use emergency_summary::domain::{
    section::SectionName,
    summary::{Item, Summary},
};
use serde_json::{Value, json};

use crate::{
    field::{self, examples, explain, files},
    merging::{Case, of_examples, plain},
};

/// Numbers that are the same at every run.
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice that fall as this number says.
    pub(crate) fn new(seed: usize) -> Self {
        let mut dice = Self(0x9E37_79B9_7F4A_7C15 ^ u64::try_from(seed).expect("small"));
        for _ in 0..4 {
            dice.throw();
        }
        dice
    }

    fn throw(&mut self) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// A number below `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.throw()).expect("64 bits") % count
    }

    /// Any order.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for place in (1..list.len()).rev() {
            list.swap(place, self.below(place + 1));
        }
    }
}

/// Every place of a value, children before parents.
fn places(json: &Value, here: &[String], found: &mut Vec<Vec<String>>) {
    let children: Vec<(String, &Value)> = match json {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(n, value)| (n.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (name, child) in children {
        let place = [here, &[name]].concat();
        places(child, &place, found);
        found.push(place);
    }
}

fn at<'j>(json: &'j mut Value, place: &[String]) -> Option<&'j mut Value> {
    place.iter().try_fold(json, |json, step| match json {
        Value::Object(fields) => fields.get_mut(step),
        Value::Array(list) => list.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// A field deleted, of another type, or of another code system, at any depth; with what was done.
fn spoil(resource: &mut Value, dice: &mut Dice) -> String {
    let mut all = Vec::new();
    places(resource, &[], &mut all);
    if all.is_empty() {
        return "nothing left to spoil".to_owned();
    }
    let systems: Vec<Vec<String>> = all
        .iter()
        .filter(|place| place.last().is_some_and(|name| name == "system"))
        .cloned()
        .collect();
    let way = dice.below(3);
    let from = if way == 2 && !systems.is_empty() {
        &systems
    } else {
        &all
    };
    let place = from[dice.below(from.len())].clone();
    let (last, parent) = place.split_last().expect("a place");
    match way {
        0 => match at(resource, parent) {
            Some(Value::Object(fields)) => drop(fields.remove(last)),
            Some(Value::Array(elements)) => drop(elements.remove(last.parse().expect("a number"))),
            _ => unreachable!("a value stands in something"),
        },
        1 => {
            let others = [
                json!(true),
                json!(7),
                json!("x"),
                json!([]),
                json!({}),
                json!(null),
                json!([{"a": [1]}]),
            ];
            *at(resource, &place).expect("there") = others[dice.below(others.len())].clone();
        }
        _ => {
            let systems = [
                "http://loinc.org",
                "http://snomed.info/sct",
                "http://medis.or.jp/CodeSystem/master-HOT9",
                "urn:oid:1.2.392.100495.20.2.73",
                "",
            ];
            *at(resource, &place).expect("there") = json!(systems[dice.below(systems.len())]);
        }
    }
    format!(
        "{} {}",
        ["deleted", "changed", "another system:"][way],
        place.join(".")
    )
}

/// What others are read by: changing one of these may change the words of what was not touched.
const LEAVES: [&str; 5] = [
    "AllergyIntolerance",
    "Condition",
    "Observation",
    "MedicationRequest",
    "Procedure",
];

#[track_caller]
fn adds_up(name: &str, summary: &Summary) {
    let counts = &summary.accounting;
    let sum = counts.shown
        + counts.merged
        + counts.superseded
        + counts.outside_window
        + counts.withheld
        + counts.not_for_this_screen
        + counts.unreadable;
    assert_eq!(
        (counts.resources, counts.entries.len()),
        (sum, sum),
        "{name}"
    );
    for section in summary.sections.values() {
        assert!(
            section
                .items
                .iter()
                .all(|item| !item.text.trim().is_empty()),
            "{name}"
        );
    }
}

/// Whether a row for these words still stands: with the same words, or where others' facts stand
/// beside it (the same ingredient twice, a contradiction, a newer result) under the same name.
fn stands(after: &Summary, section: SectionName, item: &Item) -> bool {
    after.sections[&section].items.iter().any(|other| {
        other.text == item.text
            || (other.title == item.title
                && (other.resource == item.resource || other.merged.contains(&item.resource)))
    })
}

/// What was shown of resources other than `touched` is still shown; of how many rows that was asked.
#[track_caller]
fn still_shown(name: &str, before: &Summary, after: &Summary, touched: &str) -> usize {
    let mut rows = 0;
    for (section, one) in &before.sections {
        let own = |item: &&Item| {
            item.resource != touched && !item.merged.iter().any(|name| name == touched)
        };
        for item in one.items.iter().filter(own) {
            assert!(
                stands(after, *section, item),
                "{name}: {section:?} lost {:?}: {:#?}",
                item.text,
                after.sections[section]
                    .items
                    .iter()
                    .map(|item| &item.text)
                    .collect::<Vec<_>>()
            );
            rows += 1;
        }
    }
    rows
}

/// Cases small enough to be read often.
fn small() -> Vec<Case> {
    of_examples()
        .into_iter()
        .filter(|case| (2..=400).contains(&case.sent[0].entries.len()))
        .collect()
}

#[test]
fn a_spoilt_resource_takes_nothing_of_the_others_away() {
    let mut dice = Dice::new(1);
    let cases = small();
    let mut rows = 0;
    for case in &cases {
        let before = plain(case);
        let entries = case.sent[0].entries.len();
        for _ in 0..12.min(4 * entries) {
            let mut spoilt = case.clone();
            let place = 1 + dice.below(entries - 1);
            let entry = &mut spoilt.sent[0].entries[place];
            let Some(resource) = entry.get_mut("resource") else {
                continue;
            };
            let kind = resource["resourceType"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let touched = format!("{kind}/{}", resource["id"].as_str().unwrap_or_default());
            let what = spoil(resource, &mut dice);
            let name = format!("{}: {touched}: {what}", case.name);
            let after = plain(&spoilt);
            adds_up(&name, &after);
            assert_eq!(
                after.accounting.resources, before.accounting.resources,
                "{name}"
            );
            if LEAVES.contains(&kind.as_str()) {
                rows += still_shown(&name, &before, &after, &touched);
            }
        }
    }
    assert!(
        cases.is_empty() || rows > 500,
        "only {rows} rows were looked at"
    );
}

#[test]
fn spoilt_in_many_places_at_once_it_still_adds_up() {
    let mut dice = Dice::new(2);
    for case in small() {
        for _ in 0..3 {
            let mut spoilt = case.clone();
            let entries = &mut spoilt.sent[0].entries;
            for _ in 0..=entries.len() / 3 {
                let place = dice.below(entries.len());
                match dice.below(4) {
                    0 => {
                        let copy = entries[place].clone();
                        entries.push(copy);
                    }
                    1 => dice.shuffle(entries),
                    _ => drop(spoil(&mut entries[place], &mut dice)),
                }
                entries.retain(|entry| !entry.is_null());
            }
            let count = entries.len();
            let after = plain(&spoilt);
            adds_up(&case.name, &after);
            assert!(
                after.accounting.resources >= count.saturating_sub(1),
                "{}",
                case.name
            );
        }
    }
}

#[test]
fn of_an_example_cut_off_anywhere_what_came_before_is_still_shown() {
    let Some(folder) = examples() else {
        return;
    };
    let place = tempfile::tempdir().expect("a folder");
    let mut dice = Dice::new(3);
    let mut cuts = 0;
    for file in files(&folder) {
        let bytes = std::fs::read(&file).expect("readable");
        let Ok(json) = serde_json::from_slice::<Value>(&bytes) else {
            continue;
        };
        if bytes.len() > 300_000 || json["entry"].as_array().is_none_or(|list| list.len() < 2) {
            continue;
        }
        for _ in 0..4 {
            let cut = place.path().join("cut.json");
            std::fs::write(&cut, &bytes[..dice.below(bytes.len())]).expect("written");
            let (code, printed) = explain(&cut, &["--as-of", "2025-12-31"]);
            if code == 2 {
                assert_eq!(printed.lines().count(), 1, "{printed}");
                continue;
            }
            let said: Value = serde_json::from_str(&printed).expect("one JSON object");
            field::adds_up(&file.display().to_string(), &said);
            let entries = said["accounting"]["entries"].as_array().expect("entries");
            let (last, whole) = entries.split_last().expect("at least the cut");
            assert_eq!(last["why"], "ファイルがここで途切れている", "{last}");
            assert!(
                !whole.is_empty()
                    && said["notices"]
                        .as_array()
                        .is_some_and(|all| !all.is_empty())
            );
            cuts += 1;
        }
    }
    assert!(cuts > 10, "only {cuts} were cut behind an entry");
}
