//! An auditor looks again at what was shown, and nobody takes it for a page of today.

use crate::{
    app::{TestApp, fill, open, pairs, whole_summary},
    browser::{Browser, Page},
};

const MARK: &str = "記録の再現 ― 現在の情報ではありません";

/// The addresses of what can be looked at again, newest first.
async fn replays(auditor: &Browser) -> Vec<String> {
    let list = auditor.get("/audit").await.is(200);
    list.attributes("a[href^='/audit/replay/']", "href")
}

async fn values(auditor: &Browser, path: &str, reason: &str) -> Page {
    let names = auditor.get(path).await.is(200);
    assert!(names.body.contains(MARK));
    let mut form = names.form("replay-values");
    fill(&mut form, "reason", reason);
    auditor.post(path, &pairs(&form)).await
}

/// The last entry of an event.
fn last(app: &TestApp, event: &str) -> serde_json::Value {
    app.entries()
        .lines()
        .rev()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .find(|entry| entry["event"] == event)
        .expect("an entry")
}

#[actix_web::test]
async fn a_replay_names_items_first_and_shows_values_for_a_reason_as_they_were() {
    let app = TestApp::start();
    let physician = app.physician().await;
    let patient = &app.guide.patients[0];
    let path = open(&physician, patient).await;
    let shown = whole_summary(&physician, &path).await;
    let auditor = app.signed_in(&app.account("auditor").clone()).await;
    let replay = replays(&auditor).await.remove(0);

    let names = auditor.get(&replay).await.is(200);
    assert!(names.body.contains(MARK), "{}", names.body);
    let told = last(&app, "replayed");
    assert_eq!(told["fields"]["values"], false);
    assert_eq!(told["patient"], last(&app, "viewed")["patient"]);
    let titles = shown.texts("#section-drugs .row .title");
    assert!(!titles.is_empty());
    assert_eq!(names.texts("#section-drugs .row .title"), titles);
    for value in [
        "h1.name",
        ".row .value",
        ".row time",
        ".row .detail",
        ".notes",
        "#strip",
    ] {
        assert!(names.texts(value).is_empty(), "{value} in the names");
    }
    assert!(!names.body.contains(&patient.name), "not who it is");

    let without = values(&auditor, &replay, "  ").await;
    assert_eq!(without.status, 422);
    let again = values(&auditor, &replay, "患者からの開示請求")
        .await
        .is(200);
    let told = last(&app, "replayed");
    assert_eq!(told["fields"]["values"], true);
    assert_eq!(told["personal"]["note"], "患者からの開示請求");
    assert!(again.body.contains(MARK));
    assert_eq!(again.texts("h1.name"), shown.texts("h1.name"));
    for part in [
        ".row .title",
        ".row .value",
        ".row time",
        ".row .detail",
        ".strip .allergen",
    ] {
        assert_eq!(again.texts(part), shown.texts(part), "{part}");
        assert!(!shown.texts(part).is_empty(), "{part}");
    }
    for section in crate::app::SECTIONS {
        let id = format!("#section-{section}");
        assert_eq!(
            again.attributes(&id, "data-state"),
            shown.attributes(&id, "data-state"),
            "{section}"
        );
    }
    let receipt = shown.texts(".receipt").join(" ");
    let receipt = receipt.rsplit(' ').next().expect("a receipt");
    assert!(again.body.contains(receipt), "{receipt}");
    // Nothing on it leads to the patient or ends anything.
    for form in ["#end-wrong-patient", "#note", "#renew", "form.uncover"] {
        assert!(again.attributes(form, "action").is_empty(), "{form}");
    }
    assert!(!again.body.contains("/summary/"));
}

#[actix_web::test]
async fn a_replay_is_in_the_language_it_was_shown_in_and_marked_in_the_auditors() {
    let app = TestApp::start();
    let physician = app.physician().await;
    let home = physician.get("/").await.is(200);
    physician
        .post("/language", &pairs(&home.form("language")))
        .await
        .is(303);
    let path = open(&physician, &app.guide.patients[0]).await;
    whole_summary(&physician, &path).await;
    let auditor = app.signed_in(&app.account("auditor").clone()).await;
    let replay = replays(&auditor).await.remove(0);
    let again = values(&auditor, &replay, "監査").await.is(200);
    assert!(again.body.contains(MARK));
    assert!(again.texts("#heading-drugs").join("").is_ascii(), "English");
}

#[actix_web::test]
async fn every_way_of_showing_is_replayed_and_covered_rows_stay_covered() {
    let app = TestApp::start();
    let physician = app.physician().await;
    let path = open(&physician, app.patient("未告知")).await;
    let screen = whole_summary(&physician, &path).await;
    physician.get(&format!("{path}/print")).await.is(200);
    let form = screen.form("uncover-problems");
    let uncover = format!("{path}/uncover");
    physician.post(&uncover, &pairs(&form)).await.is(200);
    let auditor = app.signed_in(&app.account("auditor").clone()).await;
    let newest = replays(&auditor).await;
    let uncovered = auditor.get(&newest[0]).await.is(200);
    assert!(uncovered.body.contains(MARK) && uncovered.body.contains("保護項目"));
    assert!(!uncovered.body.contains("膵癌"), "its name is a value");
    let uncovered = values(&auditor, &newest[0], "監査").await.is(200);
    assert!(uncovered.body.contains("膵癌"), "it was uncovered then");
    for covered in &newest[1..3] {
        let again = values(&auditor, covered, "監査").await.is(200);
        let problems = again.texts("#section-problems .row").join(" ");
        assert!(problems.contains("保護項目"), "{problems}");
        assert!(!again.body.contains("膵癌") && !again.body.contains("未告知"));
    }
}

#[actix_web::test]
async fn a_replay_is_for_the_auditors_own_session_alone() {
    let app = TestApp::start();
    let physician = app.physician().await;
    let path = open(&physician, &app.guide.patients[0]).await;
    whole_summary(&physician, &path).await;
    let account = app.account("auditor").clone();
    let auditor = app.signed_in(&account).await;
    let replay = replays(&auditor).await.remove(0);
    assert_eq!(physician.get(&replay).await.status, 403);
    let other = app.signed_in(&account).await;
    assert_eq!(other.get(&replay).await.status, 403);
    assert_eq!(other.get("/audit/replay/x").await.status, 403);
    assert_eq!(last(&app, "refused")["fields"]["what"], "entry");
    assert!(!app.entries().contains("\"replayed\""));
}

#[actix_web::test]
async fn the_list_names_people_and_terminals() {
    let app = TestApp::start();
    let account = app.account("physician").clone();
    let physician = app.signed_in(&account).await;
    let path = open(&physician, &app.guide.patients[0]).await;
    whole_summary(&physician, &path).await;
    let auditor = app.signed_in(&app.account("auditor").clone()).await;
    let list = auditor.get("/audit").await.is(200);
    let rows = list.texts("tbody tr").join("\n");
    let id = last(&app, "viewed")["account"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert!(!rows.contains(&id), "{rows}");
    assert!(rows.contains("訓練用端末"), "{rows}");
    assert!(!rows.contains(&app.guide.patients[0].name));
}

#[actix_web::test]
async fn what_is_erased_by_order_says_so_and_the_ledger_still_verifies() {
    let app = TestApp::start();
    let physician = app.physician().await;
    let patient = &app.guide.patients[0];
    let path = open(&physician, patient).await;
    whole_summary(&physician, &path).await;
    let auditor = app.signed_in(&app.account("auditor").clone()).await;
    let replay = replays(&auditor).await.remove(0);

    let number = format!(
        "{}:{}:{}:{}",
        patient.insurer, patient.symbol, patient.number, patient.branch
    );
    let file = app.folder.path().join("order.txt");
    std::fs::write(&file, number).expect("written");
    let (folder, file) = (
        app.folder.path().display().to_string(),
        file.display().to_string(),
    );
    // The server is running: it is asked to.
    let asking = std::thread::Builder::new().name("order".to_owned());
    let asked = asking.spawn(move || {
        crate::app::ledger_command(&[
            "erase",
            "--patient",
            &file,
            "--reason",
            "裁判所の命令",
            "--dir",
            &folder,
        ])
    });
    let (code, said) = asked.expect("a thread").join().expect("an answer");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("keys erased"), "{said}");

    let names = auditor.get(&replay).await.is(200);
    assert!(names.body.contains("消去済み"), "{}", names.body);
    assert!(names.texts(".row").is_empty() && names.attributes("#replay-values", "id").is_empty());
    assert_eq!(last(&app, "keys_erased")["fields"]["cause"], "order");
    // Dropping the app verifies the ledger.
}

#[actix_web::test]
async fn auditors_get_audit_events_and_a_patient_never_stands_in_an_address() {
    let app = TestApp::start();
    let physician = app.physician().await;
    let patient = &app.guide.patients[0];
    let path = open(&physician, patient).await;
    whole_summary(&physician, &path).await;
    assert_eq!(physician.get("/fhir/AuditEvent").await.status, 403);
    let auditor = app.signed_in(&app.account("auditor").clone()).await;
    let facility = &last(&app, "grant_started")["facility"];
    let before: Vec<String> = app
        .entries()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .filter(|entry| entry["facility"] == *facility)
        .map(|entry| {
            format!(
                "{}-{}",
                entry["node"].as_str().expect("a node"),
                entry["seq"]
            )
        })
        .collect();
    assert!(before.len() > 6, "{before:?}");
    let page = auditor.get("/fhir/AuditEvent?_count=3").await.is(200);
    let bundle: serde_json::Value = serde_json::from_str(&page.body).expect("JSON");
    assert_eq!(bundle["type"], "searchset");
    let entries = bundle["entry"].as_array().expect("entries");
    assert_eq!(entries.len(), 4);
    let rest = &entries[3]["resource"]["issue"][0]["code"];
    assert_eq!(rest, "incomplete", "a part is never given as the whole");
    // Every entry is on one of the pages, and on one only.
    let (mut seen, mut next) = (Vec::new(), Some("/fhir/AuditEvent?_count=3".to_owned()));
    while let Some(way) = next {
        let page = auditor.get(&way).await.is(200);
        let bundle: serde_json::Value = serde_json::from_str(&page.body).expect("JSON");
        let links = bundle["link"].as_array().expect("links");
        let link = links.iter().find(|link| link["relation"] == "next");
        next = link.map(|link| link["url"].as_str().expect("an address").to_owned());
        let events = bundle["entry"].as_array().into_iter().flatten();
        let ids = events.filter_map(|event| event["resource"]["id"].as_str());
        seen.extend(ids.map(str::to_owned));
    }
    let distinct: std::collections::BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "{seen:?}");
    let missing: Vec<_> = before.iter().filter(|id| !distinct.contains(id)).collect();
    assert!(missing.is_empty(), "{missing:?} of {seen:?}");
    // Its own entry is the first that is read.
    assert_eq!(bundle["entry"][0]["resource"]["type"]["code"], "110101");
    for refused in ["patient=x", "_count=x", "date=soon", "name=x"] {
        let page = auditor.get(&format!("/fhir/AuditEvent?{refused}")).await;
        assert_eq!(page.status, 400, "{refused}");
    }
    let number = format!(
        "{}:{}:{}:{}",
        patient.insurer, patient.symbol, patient.number, patient.branch
    );
    let list = auditor.get("/audit").await.is(200);
    let token = list.attributes("input[name=form_token]", "value").remove(0);
    let fields = [("form_token", token.as_str()), ("patient", &number)];
    let page = auditor
        .post("/fhir/AuditEvent/_search", &fields)
        .await
        .is(200);
    let bundle: serde_json::Value = serde_json::from_str(&page.body).expect("JSON");
    let key = &last(&app, "viewed")["patient"];
    assert_eq!(
        &last(&app, "ledger_read")["patient"],
        key,
        "read of this patient"
    );
    let events = bundle["entry"].as_array().expect("entries");
    assert!(events.len() >= 3);
    for event in events {
        let entities = event["resource"]["entity"].as_array().expect("entities");
        let is_theirs = entities.iter().any(|entity| {
            entity["what"]["type"] == "Patient" || entity.to_string().contains("listed")
        });
        assert!(is_theirs, "{event:#}");
    }
}
