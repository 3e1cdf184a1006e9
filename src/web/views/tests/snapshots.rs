//! Every page in both languages as it was last looked at: `tests/snapshots`.
//!
//! What has changed on purpose is written anew with
//! `cargo test --lib snapshots_are_written_anew -- --ignored`, and read in the difference.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::web::asset::Asset;

use super::*;

/// What a section or the strip can be without a row.
const STATES: [State; 7] = [
    State::NoneKnown,
    State::ReportedEmpty,
    State::NotAsked,
    State::NotCovered,
    State::Withheld,
    State::NotFetched,
    State::Coming,
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}

/// Every page by its file's name, `ja/usual.html`; days, times and ids are those of the sample.
async fn taken() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for language in BOTH {
        let mut pages = every_page(language).await;
        for state in STATES {
            let page = summary_page(language, sample::bare(language, state)).await;
            pages.push((format!("state {}", state.word()), page));
        }
        let lang = Text::of(language).lang;
        for (name, page) in pages {
            let file = format!("{lang}/{}.html", name.replace(' ', "-"));
            let page = without_hashes(&page);
            assert!(
                all.insert(file, page).is_none(),
                "{lang} {name}: named twice"
            );
        }
    }
    all
}

/// A changed style or script is no changed page.
fn without_hashes(page: &str) -> String {
    page.replace(&Asset::Style.url(), "/static/app.css")
        .replace(&Asset::Script.url(), "/static/app.js")
        .replace(&Asset::Passkey.url(), "/static/passkey.js")
        .replace(&Asset::Handoff.url(), "/static/handoff.js")
        .replace(&Asset::Drafts.url(), "/static/drafts.js")
        .replace(&Asset::QrCode.url(), "/static/qrcode.js")
        .replace(&Asset::Codes.url(), "/static/codes.js")
        .replace(&Asset::Worker.url(), "/static/worker.js")
        .replace(&Asset::Icon.url(), "/static/icon.svg")
}

/// The files there are.
fn kept() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for language in BOTH {
        let lang = Text::of(language).lang;
        for file in std::fs::read_dir(folder().join(lang)).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            let page = std::fs::read_to_string(file.path()).unwrap();
            all.insert(format!("{lang}/{name}"), page);
        }
    }
    all
}

#[actix_web::test]
async fn every_page_is_as_it_was_last_looked_at() {
    let how = "where this is meant: cargo test --lib snapshots_are_written_anew -- --ignored";
    let (taken, kept) = (taken().await, kept());
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&taken), names(&kept), "{how}");
    for (name, page) in &taken {
        let lines = page.lines().zip(kept[name].lines());
        for (number, (now, before)) in lines.enumerate() {
            assert_eq!(now, before, "{name}:{}: {how}", number + 1);
        }
        assert_eq!(page, &kept[name], "{name}: {how}");
    }
}

#[actix_web::test]
#[ignore = "writes tests/snapshots"]
async fn snapshots_are_written_anew() {
    let taken = taken().await;
    for language in BOTH {
        let folder = folder().join(Text::of(language).lang);
        std::fs::remove_dir_all(&folder).ok();
        std::fs::create_dir_all(&folder).unwrap();
    }
    for (name, page) in taken {
        std::fs::write(folder().join(name), page).unwrap();
    }
}
