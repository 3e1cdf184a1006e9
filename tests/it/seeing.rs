//! What operators and browsers see of the service at work: times, metrics, the page of its parts.

use std::collections::{BTreeMap, BTreeSet};

use emergency_summary::{demo::sources::Fault, domain::section::SourceName};

use crate::{
    app::{TestApp, open, whole_summary},
    browser::Page,
    rules::{quoted, root},
};

/// The value of `Server-Timing`, by metric.
fn timing(page: &Page) -> BTreeMap<String, String> {
    let header = page.headers.get("server-timing");
    let header = header.map_or("", |value| value.to_str().expect("text"));
    header
        .split(", ")
        .filter_map(|metric| metric.split_once(';'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[actix_web::test]
async fn who_looks_at_a_patient_is_told_what_took_how_long_and_nothing_else_is() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let path = open(&browser, patient).await;
    whole_summary(&browser, &path).await;
    let summary = ["", "/late", "/normal", "/print"].map(|way| format!("{path}{way}"));
    for way in &summary {
        let page = browser.get(way).await.is(200);
        let told = timing(&page);
        for phase in ["session", "grant", "assembly", "ledger", "render", "total"] {
            let took = told.get(phase).and_then(|value| value.strip_prefix("dur="));
            let took = took.and_then(|value| value.parse::<f64>().ok());
            assert!(
                took.is_some_and(|took| took >= 0.0),
                "{way}: {phase}: {told:?}"
            );
        }
        for source in ["emr", "eprescription", "claims"] {
            assert_eq!(told[source], "desc=\"fresh\"", "{way}: {told:?}");
        }
        assert_eq!(told.len(), 9, "{way}: {told:?}");
        assert!(!page.headers.contains_key("timing-allow-origin"), "{way}");
    }
    let other = app.signed_in(&app.account("nurse").clone()).await;
    for page in [
        browser.get("/").await,
        crate::app::search(&browser, patient).await,
        browser.get("/login").await,
        browser.get(&format!("{path}x")).await,
        other.get(&path).await,
        other.get("/grants").await,
        browser.get("/health/ready").await,
        browser.get("/nothing-here").await,
    ] {
        assert!(timing(&page).is_empty(), "{} {}", page.status, page.body);
    }
}

#[actix_web::test]
async fn the_operators_page_tells_of_every_part_and_names_nobody() {
    let app = TestApp::start();
    let physician = app.physician().await;
    let patient = &app.guide.patients[0];
    let path = open(&physician, patient).await;
    whole_summary(&physician, &path).await;
    app.health.look().await;
    let account = app.account("administrator").clone();
    let browser = app.signed_in(&account).await;
    let page = browser.get("/admin/health").await.is(200);
    let parts = page.attributes("article[id^=part-]", "id");
    for part in [
        "pages",
        "ledger",
        "checkpoints",
        "witness",
        "archive",
        "disk",
        "registry",
        "clock",
        "cache",
        "redis",
        "identity",
        "emr",
        "eprescription",
        "claims",
    ] {
        assert!(parts.contains(&format!("part-{part}")), "{part}: {parts:?}");
        assert_eq!(
            page.texts(&format!("#part-{part} .health-level b")).len(),
            1
        );
    }
    assert_eq!(page.texts("#part-ledger .health-level b"), ["正常"]);
    assert_eq!(page.texts("#part-witness .health-level b"), ["設定なし"]);
    let grants = page.texts("#part-registry dd");
    assert_eq!(grants.last().map(String::as_str), Some("1件"), "{grants:?}");
    let grant = path.rsplit('/').next().expect("an id");
    for personal in [&*patient.name, &patient.kana, &patient.number, grant] {
        assert!(!page.body.contains(personal), "{personal}");
    }
    for colleague in &app.guide.accounts {
        let is_named = page.body.contains(&colleague.account);
        assert!(!is_named, "{}", colleague.account);
    }
    assert_eq!(
        page.attributes("nav a[href='/admin/health']", "aria-current"),
        ["page"]
    );
}

#[actix_web::test]
async fn dead_sources_are_said_to_the_operator_and_turn_no_node_away() {
    let app = TestApp::start();
    let physician = app.physician().await;
    let path = open(&physician, &app.guide.patients[0]).await;
    app.faults.set_all(Fault::Status(503));
    whole_summary(&physician, &path).await;
    app.health.look().await;
    let picture = app.health.picture();
    assert!(picture.facts.sources[&SourceName::Emr].asked.failed > 0);
    assert!(picture.facts.is_recording);
    app.browser().get("/health/ready").await.is(200);
}

/// The name of every metric in the sources, where it is named at its place, and all their text.
fn in_code(folder: &std::path::Path, found: &mut BTreeSet<String>, all: &mut String) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            in_code(&path, found, all);
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        all.push_str(&text);
        for kind in ["counter!(", "gauge!(", "histogram!("] {
            let call = format!("metrics::{kind}");
            let calls = text.split(&call).skip(1);
            found.extend(calls.filter_map(|call| {
                let name = call.trim_start().strip_prefix('"')?;
                Some(name.split('"').next()?.to_owned())
            }));
        }
    }
}

#[test]
fn every_metric_is_in_the_operators_list_and_every_listed_one_exists() {
    let (mut code, mut all) = (BTreeSet::new(), String::new());
    in_code(&root().join("src"), &mut code, &mut all);
    assert!(code.len() > 30, "{code:?}");
    let page = std::fs::read_to_string(root().join("docs/operation.md")).expect("the page");
    let named: BTreeSet<String> = quoted(&page).into_iter().map(str::to_owned).collect();
    let missing: Vec<&String> = code.difference(&named).collect();
    assert!(missing.is_empty(), "in no list: {missing:?}");
    let mut listed = BTreeSet::new();
    let mut is_inside = false;
    for line in page.lines() {
        let is_heading = line.starts_with("| Metric |");
        is_inside = is_heading || is_inside && line.starts_with('|');
        let first = line.split('|').nth(1).filter(|_| is_inside && !is_heading);
        listed.extend(
            quoted(first.unwrap_or_default())
                .into_iter()
                .map(str::to_owned),
        );
    }
    // Some gauges are told by a list of names and values.
    let is_counted = |name: &&String| all.contains(&format!("\"{name}\""));
    let unknown: Vec<&String> = listed.iter().filter(|name| !is_counted(name)).collect();
    assert!(unknown.is_empty(), "nothing counts this: {unknown:?}");
    assert!(listed.len() > 30, "{listed:?}");
}

#[actix_web::test]
async fn times_are_histograms_with_the_budgets_among_their_bounds_and_no_path_is_a_label() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    whole_summary(&browser, &path).await;
    let odd = reqwest::Method::from_bytes(b"ODD-METHOD").expect("a token");
    browser.send(odd, "/login", None, &[]).await.is(405);
    browser.get("/odd-path/12345678").await.is(404);
    let text = std::fs::read_to_string(app.folder.path().join("demo.json")).expect("demo.json");
    let guide: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let address = guide["metrics_address"].as_str().expect("an address");
    let client = crate::browser::builder().build().expect("a client");
    let said = client.get(address).send().await.expect("an answer");
    let said = said.text().await.expect("text");
    for name in [
        "http_request_seconds",
        "request_phase_seconds",
        "source_answer_seconds",
    ] {
        assert!(said.contains(&format!("# TYPE {name} histogram")), "{name}");
    }
    for bound in ["0.001", "0.22", "0.3", "0.9", "1", "2", "+Inf"] {
        assert!(said.contains(&format!("le=\"{bound}\"")), "{bound}");
    }
    assert!(said.contains("route=\"/summary/{grant}\""), "{said}");
    assert!(said.contains("part_state{part=\"ledger\"} 0"), "{said}");
    let raw = [
        "odd-path",
        "ODD-METHOD",
        "12345678",
        path.trim_start_matches("/summary/"),
    ];
    for raw in raw {
        assert!(!said.contains(raw), "{raw}");
    }
}
