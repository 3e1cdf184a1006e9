//! Every page as the views make it, from the snapshots beside the tests.

use std::path::Path;

use crate::app::TestApp;

use super::driver::crate_root;

/// Every snapshot's name, `ja/usual.html`.
pub(super) fn names() -> Vec<String> {
    let root = crate_root().join("tests/snapshots");
    let mut names: Vec<String> = ["ja", "en"]
        .iter()
        .flat_map(|language| {
            let files = std::fs::read_dir(root.join(language)).expect("snapshots");
            files.map(move |file| {
                let file = file.expect("a file").file_name();
                format!("{language}/{}", file.to_str().expect("a name"))
            })
        })
        .collect();
    names.sort();
    assert!(
        names.len() > 80,
        "every page in both languages: {}",
        names.len()
    );
    names
}

/// One snapshot.
pub(super) fn read(name: &str) -> String {
    let file = crate_root().join("tests/snapshots").join(name);
    std::fs::read_to_string(file).expect("a snapshot")
}

/// Puts every page into a folder, with the style and the script that the app serves, so that a
/// browser shows it as it is; the pages' names.
pub(super) async fn unpacked(app: &TestApp, folder: &Path) -> Vec<String> {
    let browser = app.browser();
    let login = browser.get("/login").await.is(200);
    for (selector, attribute) in [("link[rel=stylesheet]", "href"), ("script[src]", "src")] {
        for url in login.attributes(selector, attribute) {
            let served = browser.get(&url).await.is(200).body;
            std::fs::write(folder.join(local(&url)), served).expect("written");
        }
    }
    let names = names();
    for name in &names {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, read(name).replace("\"/static/", "\"../")).expect("written");
    }
    names
}

/// `/static/app-0123456789abcdef.css` is `app.css` in a snapshot.
fn local(url: &str) -> String {
    let name = url.trim_start_matches("/static/");
    let (stem, extension) = name.rsplit_once('.').expect("an extension");
    let stem = stem.rsplit_once('-').map_or(stem, |(stem, _)| stem);
    format!("{stem}.{extension}")
}
