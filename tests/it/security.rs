//! The page of security is true: every requirement has its row, every test that it names exists,
//! and the summary counts what the rows say. And what can be read off the sources themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use crate::rules::{all_tests, quoted, root, rows};

const PAGE: &str = "security.md";

/// The sections of OWASP ASVS 5.0.0 that apply, with how many requirements each has. Left out are
/// 4.3 (GraphQL), 4.4 (WebSocket), 10.4, 10.6, 10.7 (authorisation servers and providers) and 17
/// (WebRTC): 39 of 345.
const SECTIONS: [(&str, usize); 72] = [
    ("1.1", 2),
    ("1.2", 10),
    ("1.3", 12),
    ("1.4", 3),
    ("1.5", 3),
    ("2.1", 3),
    ("2.2", 3),
    ("2.3", 5),
    ("2.4", 2),
    ("3.1", 1),
    ("3.2", 3),
    ("3.3", 5),
    ("3.4", 8),
    ("3.5", 8),
    ("3.6", 1),
    ("3.7", 5),
    ("4.1", 5),
    ("4.2", 5),
    ("5.1", 1),
    ("5.2", 6),
    ("5.3", 3),
    ("5.4", 3),
    ("6.1", 3),
    ("6.2", 12),
    ("6.3", 8),
    ("6.4", 6),
    ("6.5", 8),
    ("6.6", 4),
    ("6.7", 2),
    ("6.8", 4),
    ("7.1", 3),
    ("7.2", 4),
    ("7.3", 2),
    ("7.4", 5),
    ("7.5", 3),
    ("7.6", 2),
    ("8.1", 4),
    ("8.2", 4),
    ("8.3", 3),
    ("8.4", 2),
    ("9.1", 3),
    ("9.2", 4),
    ("10.1", 2),
    ("10.2", 3),
    ("10.3", 5),
    ("10.5", 5),
    ("11.1", 4),
    ("11.2", 5),
    ("11.3", 5),
    ("11.4", 4),
    ("11.5", 2),
    ("11.6", 2),
    ("11.7", 2),
    ("12.1", 5),
    ("12.2", 2),
    ("12.3", 5),
    ("13.1", 4),
    ("13.2", 6),
    ("13.3", 4),
    ("13.4", 7),
    ("14.1", 2),
    ("14.2", 8),
    ("14.3", 3),
    ("15.1", 5),
    ("15.2", 5),
    ("15.3", 7),
    ("15.4", 4),
    ("16.1", 1),
    ("16.2", 5),
    ("16.3", 4),
    ("16.4", 3),
    ("16.5", 4),
];

const STATUSES: [&str; 5] = [
    "tested",
    "met",
    "not met",
    "operator",
    "not applicable here",
];

/// Number, level, what is asked, status, and by what.
fn requirements() -> Vec<[String; 5]> {
    rows(PAGE, "No.")
}

fn chapter(number: &str) -> &str {
    number.split('.').next().expect("a chapter")
}

#[test]
fn every_requirement_that_applies_has_one_row_with_a_status_and_its_ground() {
    let known = all_tests();
    let requirements = requirements();
    let numbers: Vec<&str> = requirements.iter().map(|row| row[0].as_str()).collect();
    let expected: Vec<String> = SECTIONS
        .iter()
        .flat_map(|(section, count)| (1..=*count).map(move |nth| format!("{section}.{nth}")))
        .collect();
    assert_eq!(expected.len(), 306);
    assert_eq!(numbers, expected, "missing, doubled or out of order");
    for [number, level, asked, status, by] in &requirements {
        assert!(
            ["1", "2", "3"].contains(&level.as_str()),
            "{number}: {level}"
        );
        assert!(!asked.is_empty() && !by.is_empty(), "{number}");
        assert!(STATUSES.contains(&status.as_str()), "{number}: {status}");
        let mut tests = 0;
        for name in quoted(by) {
            let is_sentence = is_name_of_a_test(name);
            if is_sentence {
                assert!(known.contains(name), "{number}: {name} is no test");
                tests += 1;
            } else if name.contains('/') && !name.starts_with("cargo ") {
                let place = ["", "src", "docs"].map(|folder| root().join(folder).join(name));
                assert!(
                    place.iter().any(|file| file.exists()),
                    "{number}: no {name}"
                );
            }
        }
        assert!(status != "tested" || tests > 0, "{number} names no test");
    }
}

/// The name of a test is a sentence; a file, a header or a word of code is none.
fn is_name_of_a_test(name: &str) -> bool {
    name.split('_').count() > 3
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[test]
fn the_threat_model_names_tests_that_exist_for_everybody_in_it() {
    let known = all_tests();
    let threats: Vec<[String; 4]> = rows(PAGE, "Who");
    assert!(threats.len() >= 8, "{}", threats.len());
    for [who, _, against, remains] in &threats {
        let named: Vec<&str> = quoted(against)
            .into_iter()
            .filter(|name| is_name_of_a_test(name))
            .collect();
        assert!(!named.is_empty() && !remains.is_empty(), "{who}");
        for name in named.into_iter().chain(quoted(remains)) {
            assert!(known.contains(name), "{who}: {name} is no test");
        }
    }
}

#[test]
fn the_summary_counts_what_the_rows_say() {
    let mut counted: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    let requirements = requirements();
    for [number, _, _, status, _] in &requirements {
        for whose in [format!("V{}", chapter(number)), "all".to_owned()] {
            *counted.entry(whose).or_default().entry(status).or_default() += 1;
        }
    }
    let summary: Vec<[String; 7]> = rows(PAGE, "Chapter");
    assert_eq!(
        summary.len(),
        counted.len(),
        "one row for each chapter and one for all"
    );
    for [name, counts @ ..] in &summary {
        let short = name.split(' ').next().expect("a word");
        let chapter = counted.get(short).unwrap_or_else(|| panic!("{name}"));
        let said: Vec<usize> = counts
            .iter()
            .map(|count| count.parse().unwrap_or_else(|_| panic!("{name}: {count}")))
            .collect();
        let right: Vec<usize> = STATUSES
            .iter()
            .map(|status| chapter.get(status).copied().unwrap_or_default())
            .collect();
        assert_eq!(said[..5], right, "{name}");
        assert_eq!(said[5], right.iter().sum::<usize>(), "{name}");
    }
    let tested = counted["all"]["tested"];
    assert!(
        tested * 10 >= requirements.len() * 6,
        "only {tested} with a test"
    );
}

/// Every file below a folder of the project with one of these endings, and its text.
fn texts(folder: &str, endings: &[&str]) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, endings: &[&str], found: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).expect("readable") {
            let path = entry.expect("an entry").path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if path.is_dir() {
                walk(&path, endings, found);
            } else if ending.is_some_and(|ending| endings.contains(&ending)) {
                let text = std::fs::read_to_string(&path).expect("text");
                let place = path.strip_prefix(root()).expect("inside").to_owned();
                found.push((place, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), endings, &mut found);
    found.sort();
    assert!(!found.is_empty(), "{folder}");
    found
}

/// The sources of the product without their tests.
fn product() -> Vec<(PathBuf, String)> {
    texts("src", &["rs"])
        .into_iter()
        .filter(|(path, _)| {
            let path = path.to_string_lossy();
            !path.contains("tests") && !path.contains("testing") && !path.contains("contract")
        })
        .map(|(path, text)| {
            let product = text.split("#[cfg(test)]\nmod tests {").next();
            (path, product.unwrap_or_default().to_owned())
        })
        .collect()
}

#[test]
fn the_scripts_make_no_code_and_no_markup_and_keep_nothing() {
    for (path, text) in texts("static", &["js"]) {
        // As it is published, by somebody else; compared below.
        if path.ends_with("js/qrcode.js") {
            continue;
        }
        let place = path.display();
        assert!(text.contains("\"use strict\""), "{place}");
        let begin = text.lines().find(|line| !line.starts_with("//"));
        assert!(
            begin.is_some_and(|line| line.starts_with('(')),
            "{place}: nothing is global"
        );
        for word in [
            "eval(",
            "new Function",
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "setTimeout(\"",
            "postMessage",
            "\"message\"",
            "localStorage",
            "indexedDB",
            "document.cookie",
            "window.open",
            "serviceWorker",
            "importScripts",
            "__proto__",
            ".prototype",
            "Object.assign",
            "XMLHttpRequest",
            "createElement(\"script\")",
        ] {
            // What a crew typed without a connection is kept until it is sent, encrypted, and nothing
            // else is kept anywhere.
            let is_kept =
                ["indexedDB", "serviceWorker"].contains(&word) && path.ends_with("js/drafts.js");
            assert!(!text.contains(word) || is_kept, "{place}: {word}");
        }
        let kept = text.lines().filter(|line| line.contains("sessionStorage"));
        for line in kept {
            assert!(
                line.contains("Storage.getItem(\"keys\")")
                    || line.contains("Storage.setItem(\"keys\", on ? \"on\" : \"off\")"),
                "{place}: {line}"
            );
        }
    }
}

#[test]
fn what_draws_the_codes_is_what_its_author_published() {
    let published = root().join("target/npm/node_modules/qrcode-generator/dist/qrcode.js");
    if !published.exists() {
        eprintln!(
            "SKIPPED: {} is not there (tests/run fetches it)",
            published.display()
        );
        return;
    }
    let ours = std::fs::read(root().join("static/js/qrcode.js")).expect("a script");
    assert!(ours == std::fs::read(published).expect("a script"));
}

#[test]
fn no_template_lets_markup_through_but_what_was_made_safe() {
    let mut unescaped = BTreeSet::new();
    for (path, text) in texts("templates", &["html", "svg"]) {
        for word in text.split("{{").skip(1) {
            let word = word.split("}}").next().expect("an end").trim();
            if word.contains("|safe") || word.contains("| safe") || word.contains("escape(") {
                let place = path.strip_prefix("templates").expect("inside");
                unescaped.insert(format!("{}: {word}", place.display()));
            }
        }
        for old in [
            "{% autoescape",
            "<object",
            "<embed",
            "<applet",
            "<iframe",
            " onclick",
            "srcdoc",
        ] {
            assert!(!text.contains(old), "{}: {old}", path.display());
        }
    }
    // Attributes that the templates themselves write, a document's text as the sanitiser leaves
    // it, and sections that their own template has drawn.
    let expected = [
        "parts/reading.html: markup|safe",
        "parts/field.html: more|safe",
        "parts/touch.html: more|safe",
        "pages/summary.html: html|safe",
    ];
    assert_eq!(unescaped, expected.map(str::to_owned).into());
}

#[test]
fn no_room_starts_a_program_or_puts_a_value_into_sql() {
    let mut found = 0;
    for (path, text) in product() {
        let place = path.display();
        for word in ["process::Command", "Command::new", "libc::", "std::os::raw"] {
            assert!(!text.contains(word), "{place}: {word}");
        }
        for (begin, sql) in built(&text) {
            for name in sql.split('{').skip(1) {
                let name = name.split('}').next().expect("an end");
                let is_constant =
                    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
                // A place in the ledger, as the number it is.
                let is_place = path.ends_with("ledger/read.rs") && name == "bound";
                assert!(
                    is_constant || is_place || always_literal(&text, begin, name),
                    "{place}: {{{name}}} in {sql}"
                );
                found += 1;
            }
        }
    }
    assert!(found > 5, "{found}");
}

/// Statements that are put together from parts, with where they begin.
fn built(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (begin, _) in text.match_indices("format!(") {
        let Some(sql) = text[begin + 8..].trim_start().strip_prefix('"') else {
            continue;
        };
        let verbs = [
            "SELECT ", "INSERT ", "UPDATE ", "DELETE ", "PRAGMA ", "ALTER ",
        ];
        if verbs.iter().any(|verb| sql.starts_with(verb)) {
            found.push((begin, sql.split('"').next().expect("an end")));
        }
    }
    found
}

/// Whether `name` is the one parameter of the function around `begin`, and every call of that
/// function in its file says a literal.
fn always_literal(text: &str, begin: usize, name: &str) -> bool {
    let Some((function, parameters)) = text[..begin]
        .rsplit_once("\nfn ")
        .and_then(|(_, head)| head.split_once('('))
    else {
        return false;
    };
    let calls: Vec<&str> = text.split(&format!("{function}(")).skip(1).collect();
    parameters.starts_with(&format!("{name}: &"))
        && calls.len() > 1
        && calls
            .iter()
            .all(|call| call.starts_with('"') || call.starts_with(parameters))
}

#[test]
fn what_the_compiler_and_the_lock_file_promise_is_switched_on() {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).expect("text");
    let manifest = read("Cargo.toml");
    for line in [
        "unsafe_code = \"forbid\"",
        "unwrap_used = \"deny\"",
        "panic = \"deny\"",
        "indexing_slicing = \"deny\"",
        "string_slice = \"deny\"",
        "await_holding_lock = \"deny\"",
        "disallowed_methods = \"deny\"",
    ] {
        assert!(manifest.lines().any(|written| written == line), "{line}");
    }
    assert!(!manifest.contains("panic = \"abort\""));
    assert!(!manifest.contains("git = ") && !manifest.contains("path = \".."));
    let lints = read("clippy.toml");
    for only_place in [
        "getrandom::fill",
        "chrono::Utc::now",
        "std::env::var",
        "reqwest::Client::new",
    ] {
        assert!(
            lints.contains(&format!("path = \"{only_place}\"")),
            "{only_place}"
        );
    }
    let deny = read("deny.toml");
    for line in [
        "unknown-registry = \"deny\"",
        "unknown-git = \"deny\"",
        "wildcards = \"deny\"",
    ] {
        assert!(deny.contains(line), "{line}");
    }
    let lock = read("Cargo.lock");
    let packages: Vec<&str> = lock.split("[[package]]").skip(1).collect();
    assert!(packages.len() > 100);
    for package in packages {
        let is_own = package.contains("\nname = \"emergency-summary\"\n");
        let is_known = package
            .contains("\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n")
            && package.contains("\nchecksum = \"");
        assert!(is_own != is_known, "{package}");
    }
}

#[test]
fn cryptography_is_used_where_it_is_written_down() {
    let page = std::fs::read_to_string(root().join("docs").join(PAGE)).expect("the page");
    let crates = [
        "argon2",
        "chacha20poly1305",
        "getrandom",
        "hkdf",
        "hmac",
        "rustls",
        "sha2",
        "subtle",
        "totp_rs",
        "webauthn_rs",
    ];
    let mut places = BTreeSet::new();
    for (path, text) in product() {
        let path = path
            .strip_prefix("src")
            .expect("inside")
            .display()
            .to_string();
        for name in crates {
            let is_used =
                text.contains(&format!("{name}::")) || text.contains(&format!("use {name}"));
            if is_used {
                places.insert(path.clone());
            }
        }
    }
    assert!(places.len() > 8, "{places:?}");
    for place in places {
        assert!(
            page.contains(&format!("`{place}`")),
            "{place} is not in the inventory"
        );
    }
    // No second implementation and nothing outdated comes in by the side.
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("text");
    for old in [
        "md5", "md-5", "sha1", "sha-1", "des", "rc4", "blowfish", "aes", "cbc", "ecb", "openssl",
        "rsa", "bcrypt", "rand",
    ] {
        let line = format!("{old} =");
        assert!(
            !manifest.lines().any(|written| written.starts_with(&line)),
            "{old}"
        );
    }
}
