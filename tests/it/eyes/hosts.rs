//! Nothing is asked of any other host.

use scraper::{Html, Selector};
use serde_json::json;

use crate::app::{TestApp, open};

use super::{
    driver::{Eye, Scripts},
    layout::{decided, words},
    snapshots,
};

/// Every attribute by which a page makes a browser ask for something or go somewhere.
const ASKING: [&str; 14] = [
    "src",
    "srcset",
    "href",
    "action",
    "formaction",
    "data",
    "poster",
    "ping",
    "background",
    "manifest",
    "xlink:href",
    "content",
    "cite",
    "imagesrcset",
];

/// Whether an address stays here; of a refresh only what follows `url=` is one.
fn is_ours(attribute: &str, value: &str) -> bool {
    let value = match (attribute, value.rsplit_once("url=")) {
        ("content", Some((_, url))) => url,
        ("content", None) => return !value.contains("://"),
        _ => value,
    };
    value.is_empty()
        || value.starts_with('#')
        || (value.starts_with('/') && !value.starts_with("//"))
}

#[test]
fn no_page_names_an_address_elsewhere() {
    let every = Selector::parse("*").expect("a selector");
    for name in snapshots::names() {
        let page = Html::parse_document(&snapshots::read(&name));
        for element in page.select(&every) {
            for (attribute, value) in element.value().attrs() {
                let asks = ASKING.contains(&attribute);
                assert!(
                    !asks || is_ours(attribute, value),
                    "{name}: {attribute}=\"{value}\""
                );
                assert_ne!(attribute, "style", "{name}: inline style");
                assert!(!attribute.starts_with("on"), "{name}: inline script");
                assert!(!value.contains("url("), "{name}: {value}");
            }
        }
    }
}

#[actix_web::test]
async fn style_and_script_name_no_address_elsewhere() {
    let app = TestApp::start();
    let browser = app.browser();
    let login = browser.get("/login").await.is(200);
    let mut seen = 0;
    for (selector, attribute) in [("link", "href"), ("script", "src")] {
        for url in login.attributes(selector, attribute) {
            assert!(url.starts_with("/static/"), "{url}");
            let served = browser.get(&url).await.is(200).body;
            for foreign in [
                "http:", "https:", "ws://", "wss:", "@import", "url(//", "import(",
            ] {
                // An icon names the language it is written in.
                let served = served.replace("http://www.w3.org/2000/svg", "");
                assert!(!served.contains(foreign), "{url}: {foreign}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 3, "style, script and icon");
    let policy = login.headers["content-security-policy"]
        .to_str()
        .expect("ASCII");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    for weak in ["unsafe", "http", "data:", "blob:", "*"] {
        assert!(!policy.contains(weak), "{policy}");
    }
}

#[actix_web::test]
async fn the_browser_asks_only_this_host_and_the_policy_has_nothing_to_refuse() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.goto("/login").await;
    eye.adopt(&browser).await;
    for page in [
        "/login",
        "/",
        &path,
        &format!("{path}/normal"),
        &format!("{path}/print"),
    ] {
        eye.goto(page).await;
        if page == path {
            decided(&eye).await;
        }
        let asked =
            "return performance.getEntries().map((e) => e.name).filter((n) => n.includes(':'));";
        let asked = words(&eye.script(asked, Vec::new()).await);
        assert!(
            asked.len() >= 3,
            "the page, its style and its script: {asked:?}"
        );
        let here = format!("http://localhost:{}/", app.address.port());
        assert!(asked.iter().all(|url| url.starts_with(&here)), "{asked:?}");
    }
    let said = eye.console().await;
    let said: Vec<_> = said
        .as_array()
        .expect("a list")
        .iter()
        .filter(|line| line["level"] != json!("INFO") && line["level"] != json!("DEBUG"))
        .collect();
    assert!(said.is_empty(), "{said:#?}");
    eye.close().await;
}
