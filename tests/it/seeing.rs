//! What operators and browsers see of the service at work: times, metrics, the page of its parts.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use emergency_summary::{cli::demo::Guide, domain::section::SourceName, health::Part};

use crate::{
    app::{TestApp, open, whole_summary},
    binary::{Server, address, sign_in},
    browser::{Browser, Page},
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
    let expected = Part::all();
    let expected: Vec<_> = expected
        .iter()
        .map(|part| format!("part-{}", part.word()))
        .collect();
    assert_eq!(parts, expected);
    for part in &parts {
        let levels = page.texts(&format!("#{part} .health-level b"));
        assert_eq!(levels.len(), 1, "{part}");
    }
    assert_eq!(page.texts("#part-ledger .health-level b"), ["正常"]);
    for off in ["second", "witness", "archive", "redis"] {
        let levels = page.texts(&format!("#part-{off} .health-level b"));
        assert_eq!(levels, ["設定なし"], "{off}");
    }
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

/// A demo in a process of its own, whose numbers are nobody else's, and a physician at work.
struct Alone {
    _server: Server,
    guide: Guide,
    browser: Browser,
    folder: tempfile::TempDir,
}

impl Alone {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (server, guide) = Server::demo(folder.path());
        let browser = Browser::new(address(&guide));
        sign_in(&browser, &guide.accounts[0]).await;
        Self {
            _server: server,
            guide,
            browser,
            folder,
        }
    }

    /// All numbers now, by the whole of their names.
    async fn numbers(&self) -> BTreeMap<String, f64> {
        self.metrics()
            .await
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.rsplit_once(' '))
            .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
            .collect()
    }

    async fn metrics(&self) -> String {
        let text = std::fs::read_to_string(self.folder.path().join("demo.json"));
        let guide: serde_json::Value =
            serde_json::from_str(&text.expect("demo.json")).expect("JSON");
        let address = guide["metrics_address"].as_str().expect("an address");
        let client = crate::browser::builder().build().expect("a client");
        let said = client.get(address).send().await.expect("an answer");
        said.text().await.expect("text")
    }

    /// Every clinical source answers so from now on.
    async fn sources_answer(&self, mode: &str) {
        let client = crate::browser::builder().build().expect("a client");
        for source in SourceName::CLINICAL {
            let base = &self.guide.sources[source.word()];
            let control = base.replace("/fhir", "/control");
            let body = serde_json::json!({ "mode": mode }).to_string();
            let told = client.post(&control).body(body).send().await;
            assert_eq!(told.expect("an answer").status().as_u16(), 200, "{control}");
        }
    }

    /// The numbers once they say so.
    async fn until(&self, what: &str, is_so: impl Fn(&BTreeMap<String, f64>) -> bool) {
        let begun = std::time::Instant::now();
        loop {
            let numbers = self.numbers().await;
            if is_so(&numbers) {
                return;
            }
            let waited = begun.elapsed();
            assert!(waited < Duration::from_mins(1), "{what}: {numbers:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn state(part: &str) -> String {
    format!("part_state{{part=\"{part}\"}}")
}

#[actix_web::test]
async fn dead_sources_are_said_to_the_operator_and_turn_no_node_away() {
    let alone = Alone::start().await;
    // Before anything is asked of them: not one call succeeds.
    alone.sources_answer("status:503").await;
    let path = open(&alone.browser, &alone.guide.patients[0]).await;
    let page = alone.browser.get(&path).await.is(200);
    assert!(page.body.contains("取得できず"), "{}", page.body);
    alone
        .until("each dead source is said", |numbers| {
            let of = |source: SourceName| numbers.get(&state(source.word())).copied();
            SourceName::CLINICAL
                .iter()
                .all(|source| of(*source) == Some(2.0))
        })
        .await;
    let numbers = alone.numbers().await;
    for well in ["ledger", "registry", "identity"] {
        assert_eq!(numbers.get(&state(well)), Some(&0.0), "{well}");
    }
    let ready = alone.browser.get("/health/ready").await.is(200);
    assert_eq!(ready.body, "ready\n");
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
    let alone = Alone::start().await;
    let browser = &alone.browser;
    let path = open(browser, &alone.guide.patients[0]).await;
    whole_summary(browser, &path).await;
    let odd = reqwest::Method::from_bytes(b"ODD-METHOD").expect("a token");
    browser.send(odd, "/login", None, &[]).await.is(405);
    browser.get("/odd-path/12345678").await.is(404);
    let said = alone.metrics().await;
    for name in [
        "http_request_seconds",
        "request_phase_seconds",
        "source_answer_seconds",
    ] {
        assert!(said.contains(&format!("# TYPE {name} histogram")), "{name}");
    }
    let of_pages = "http_request_seconds_bucket{route=\"/summary/{grant}\"";
    for bound in ["0.001", "0.22", "0.3", "0.9", "1", "2", "+Inf"] {
        let bound = format!(",le=\"{bound}\"}} ");
        let is_there = |line: &str| line.starts_with(of_pages) && line.contains(&bound);
        assert!(said.lines().any(is_there), "{bound}: {said}");
    }
    for part in Part::all() {
        let lines: Vec<&str> = said
            .lines()
            .filter_map(|line| line.strip_prefix(&state(part.word())))
            .collect();
        assert_eq!(lines.len(), 1, "{part:?}");
    }
    let numbers = alone.numbers().await;
    assert_eq!(numbers.get(&state("ledger")), Some(&0.0));
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
