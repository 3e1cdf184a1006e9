//! A line may name its own room and rooms on lower floors, never above, never beside.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Rooms with their floors; files at the top of `src` are on the fifth.
const FLOORS: &[(&str, u8)] = &[
    ("domain", 0),
    ("fhir", 1),
    ("postgres", 1),
    ("sources", 2),
    ("cache", 2),
    ("ledger", 2),
    ("registry", 2),
    ("outbox", 2),
    ("summary", 3),
    ("access", 3),
    ("witness", 3),
    ("handoff", 3),
    ("review", 3),
    ("health", 3),
    ("web", 4),
    ("cli", 5),
    ("demo", 5),
    ("boot", 5),
    ("config", 5),
    ("keeping", 5),
    ("system", 5),
    ("telemetry", 5),
    ("bell", 5),
    ("warm", 5),
];

/// Crates that a room must not name: the pure floors stay pure, and each outside part has one room.
const BANNED: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "tokio",
            "actix_web",
            "askama",
            "reqwest",
            "rusqlite",
            "redis",
            "tokio_postgres",
            "serde_json",
            "tracing",
            "moka",
        ],
    ),
    (
        "fhir",
        &[
            "tokio",
            "actix_web",
            "askama",
            "reqwest",
            "rusqlite",
            "redis",
            "tokio_postgres",
        ],
    ),
    (
        "sources",
        &["actix_web", "askama", "rusqlite", "redis", "tokio_postgres"],
    ),
    (
        "cache",
        &[
            "actix_web",
            "askama",
            "rusqlite",
            "reqwest",
            "tokio_postgres",
        ],
    ),
    ("ledger", &["actix_web", "askama", "redis", "reqwest"]),
    ("registry", &["actix_web", "askama", "redis", "reqwest"]),
    (
        "outbox",
        &["actix_web", "askama", "rusqlite", "redis", "tokio_postgres"],
    ),
    (
        "review",
        &[
            "actix_web",
            "askama",
            "lettre",
            "rusqlite",
            "redis",
            "reqwest",
            "tokio_postgres",
        ],
    ),
    (
        "summary",
        &[
            "actix_web",
            "askama",
            "rusqlite",
            "redis",
            "reqwest",
            "tokio_postgres",
        ],
    ),
    (
        "access",
        &[
            "actix_web",
            "askama",
            "rusqlite",
            "redis",
            "reqwest",
            "tokio_postgres",
        ],
    ),
    (
        "health",
        &[
            "actix_web",
            "askama",
            "rusqlite",
            "redis",
            "reqwest",
            "tokio_postgres",
        ],
    ),
    (
        "handoff",
        &[
            "actix_web",
            "askama",
            "rusqlite",
            "redis",
            "reqwest",
            "tokio_postgres",
        ],
    ),
    ("web", &["rusqlite", "redis", "reqwest", "tokio_postgres"]),
];

#[test]
fn no_line_names_a_room_above_or_beside_its_own() {
    let broken = broken_floors(&source_folder());
    assert!(broken.is_empty(), "broken floors:\n{}", broken.join("\n"));
}

#[test]
fn a_line_that_names_a_room_above_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let room = folder.path().join("ledger");
    fs::create_dir(&room).expect("a room");
    fs::write(
        room.join("mod.rs"),
        "use crate::{domain::clock, web::routes};\nfn f() { crate::registry::x(); }\nuse askama::Template;\n",
    )
    .expect("a file");
    let broken = broken_floors(folder.path());
    assert_eq!(broken.len(), 3, "{broken:?}");
}

#[test]
fn every_room_has_a_floor() {
    for entry in fs::read_dir(source_folder()).expect("src") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy();
        let room = name.trim_end_matches(".rs");
        assert!(
            matches!(room, "main" | "lib") || floor_of(room).is_some(),
            "{room} has no floor"
        );
    }
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn floor_of(room: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, floor)| *floor)
}

fn broken_floors(source: &Path) -> Vec<String> {
    let mut broken = Vec::new();
    for file in rust_files(source) {
        let inside = file.strip_prefix(source).expect("below src");
        let room = inside
            .components()
            .next()
            .map(|part| {
                part.as_os_str()
                    .to_string_lossy()
                    .trim_end_matches(".rs")
                    .to_owned()
            })
            .expect("a room");
        if matches!(room.as_str(), "main" | "lib") {
            continue;
        }
        let own = floor_of(&room).unwrap_or(5);
        let text = code_only(&fs::read_to_string(&file).expect("readable"));
        for named in rooms_named(&text) {
            if let Some(floor) = floor_of(&named)
                && named != room
                && own < 5
                && floor >= own
            {
                broken.push(format!("{}: crate::{named}", inside.display()));
            }
        }
        for (_, crates) in BANNED.iter().filter(|(name, _)| *name == room) {
            for name in *crates {
                if names_crate(&text, name) {
                    broken.push(format!("{}: {name}", inside.display()));
                }
            }
        }
    }
    broken
}

/// The text without comments, and without its test module: tests may use more.
fn code_only(text: &str) -> String {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

fn names_crate(text: &str, name: &str) -> bool {
    text.match_indices(&format!("{name}::")).any(|(at, _)| {
        !text[..at]
            .chars()
            .next_back()
            .is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':')
    })
}

/// What follows `crate::`, braces included.
fn rooms_named(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(inner) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            let mut fresh = true;
            for c in inner.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        fresh = true;
                        continue;
                    }
                    _ => {}
                }
                if depth == 0 && fresh {
                    if c.is_alphanumeric() || c == '_' {
                        word.push(c);
                    } else if !word.is_empty() {
                        rooms.push(std::mem::take(&mut word));
                        fresh = false;
                    }
                }
                if depth == 0 && c == ',' {
                    fresh = true;
                }
            }
            if !word.is_empty() {
                rooms.push(word);
            }
        } else {
            rooms.push(
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect(),
            );
        }
    }
    rooms
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
