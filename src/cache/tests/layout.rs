//! The layout of a sealed value: whole, compact, and never read by a program that has another.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{
    super::{
        key::bound_to,
        layout::{LAYOUT, SCHEMA, bytes, read},
    },
    *,
};
use crate::fhir;

fn src() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every type of the domain as it is written, without comments, by name.
fn types() -> BTreeMap<String, String> {
    let mut types = BTreeMap::<String, String>::new();
    let mut folders = vec![src().join("domain")];
    while let Some(folder) = folders.pop() {
        // In the order of their names: a file system gives them in one of its own.
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            // A handoff has steps and sights of its own names, and no source's answer holds one.
            if path.ends_with("domain/handoff") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                for (name, text) in types_of(&std::fs::read_to_string(path).unwrap()) {
                    // Of the same name: then either's change counts.
                    let known = types.entry(name).or_default();
                    known.push_str(&text);
                }
            }
        }
    }
    types
}

fn types_of(text: &str) -> Vec<(String, String)> {
    assert!(
        !text.contains("Serialize for "),
        "written by hand: not seen here"
    );
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let mut found = Vec::new();
    for (place, line) in code.iter().enumerate() {
        let mut words = line
            .split_whitespace()
            .skip_while(|word| word.starts_with("pub"));
        if !matches!(words.next(), Some("struct" | "enum")) {
            continue;
        }
        let named = words.next().unwrap_or_default();
        let name: String = named.chars().take_while(|c| c.is_alphanumeric()).collect();
        let attributes = code[..place].iter().rev();
        let attributes: Vec<&str> = attributes
            .take_while(|line| !line.is_empty() && !line.starts_with('}') && !line.ends_with(';'))
            .copied()
            .collect();
        if !attributes.concat().contains("Serialize") {
            continue;
        }
        let is_one_line = line.ends_with(';') || line.ends_with('}');
        let rest = code[place + 1..]
            .iter()
            .take_while(|line| !line.starts_with('}'));
        let mut whole = attributes;
        // Which other traits are derived is of no matter.
        whole.retain(|line| line.contains("serde("));
        whole.push(line);
        if !is_one_line {
            whole.extend(rest);
        }
        found.push((
            name,
            whole
                .iter()
                .flat_map(|line| line.split_whitespace())
                .collect(),
        ));
    }
    found
}

/// What a value is made of, from these types downwards.
fn fingerprint(types: &BTreeMap<String, String>) -> String {
    let own = std::fs::read_to_string(src().join("cache/layout.rs")).unwrap();
    let (_, outside) = types_of(&own)
        .into_iter()
        .find(|(name, _)| name == "Outside")
        .unwrap();
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut texts = vec![outside];
    let mut digest = Sha256::new();
    while let Some(text) = texts.pop() {
        digest.update(text.as_bytes());
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            if let Some(text) = types.get(word)
                && reached.insert(word.to_owned())
            {
                texts.push(text.clone());
            }
        }
    }
    assert!(reached.len() > 25, "{reached:?}");
    HEXLOWER.encode(&digest.finalize()[..8])
}

#[test]
fn a_change_of_any_type_in_a_value_changes_its_layout_so_that_older_values_are_misses() {
    let mut types = types();
    assert_eq!(
        LAYOUT,
        fingerprint(&types),
        "the types of a value have changed: put the fingerprint into LAYOUT"
    );
    let key = ring(&[1]).key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    let bound = bound_to(&key);
    let is_bound = bound
        .windows(LAYOUT.len())
        .any(|part| part == LAYOUT.as_bytes());
    assert!(is_bound && bound.contains(&SCHEMA));
    let origin = types.get_mut("Origin").unwrap();
    origin.push_str("more: Option<String>,");
    assert_ne!(LAYOUT, fingerprint(&types));
}

fn examples() -> Vec<Records> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/examples");
    let mut examples = Vec::new();
    for folder in ["jp-clins", "broken", "hl7-fhir-r4", "cohort"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            eprintln!("SKIPPED: no example files in ../shared/examples/{folder}");
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let form = match path.extension().and_then(std::ffi::OsStr::to_str) {
                Some("ndjson") => fhir::Form::Ndjson,
                _ => fhir::Form::Json,
            };
            let text = std::fs::read(&path).unwrap();
            examples.push(fhir::read(&text, form, 1).unwrap());
        }
    }
    examples
}

fn of(records: Records) -> Stored {
    let key = ring(&[1]).key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    Stored {
        records: Arc::new(records),
        ..stored(key, clock().now())
    }
}

#[test]
fn every_example_comes_back_as_it_went_and_takes_less_room_than_as_json() {
    let (mut compact, mut json) = (0, 0);
    for records in examples() {
        let stored = of(records);
        let laid_out = bytes(&stored).unwrap();
        let back = read(&stored.key, &laid_out, clock().now()).unwrap();
        assert_eq!(back.records, stored.records);
        assert_eq!((back.at, &back.subject), (stored.at, &stored.subject));
        compact += laid_out.len();
        json += serde_json::to_vec(&*stored.records).unwrap().len();
    }
    assert!(compact * 10 <= json * 6, "{compact} of {json}");
}

#[test]
fn half_a_value_more_than_one_and_one_under_another_name_are_not_read() {
    let stored = Stored {
        failed: vec![(SectionName::Labs, Failure::Refused(503))],
        ..of(Records::default())
    };
    let whole = bytes(&stored).unwrap();
    let now = clock().now();
    assert_eq!(
        read(&stored.key, &whole, now).unwrap().failed,
        stored.failed
    );
    for length in 0..whole.len() {
        assert!(
            read(&stored.key, &whole[..length], now).is_none(),
            "{length}"
        );
    }
    let more = [whole.as_slice(), &[0]].concat();
    assert!(read(&stored.key, &more, now).is_none());
    let other = ring(&[1]).key(&facility("a"), SourceName::Emr, &person("1:2:4:05"));
    assert!(read(&other, &whole, now).is_none());
    let of_claims = Key {
        source: SourceName::Claims,
        ..stored.key
    };
    assert!(read(&of_claims, &whole, now).is_none());
}
