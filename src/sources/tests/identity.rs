//! Who somebody is, and folders as sources.

use super::*;

#[tokio::test]
async fn identity_lists_every_member_of_a_household_and_only_those() {
    let household = |extra: Vec<Value>| {
        Server::start(move |request| {
            let mut hits = vec![
                patient("p1", canned::NUMBER, "1960-04-01"),
                patient("p2", "00012345:ア:１８７:06", "1990-05-05"),
            ];
            hits.extend(extra.clone());
            Reply::Json(bundle(
                Some(&format!("Patient?{}", request.body)),
                None,
                &hits,
            ))
        })
    };
    let ask = |branch: &str| Query::Number {
        system: MEMBER_NUMBER_SYSTEM.to_owned(),
        number: MemberNumber::new("12345", "ア", "187", branch).unwrap(),
    };
    let server = household(vec![patient("p3", "00012345:ア:999:01", "1970-01-01")]);
    let sources = sources(&server.base);
    let until = Instant::now() + LONG;
    let all = sources.identify(&ask(""), until).await.unwrap();
    let branches: Vec<&str> = all
        .iter()
        .map(|(person, _)| person.number.branch.as_str())
        .collect();
    assert_eq!(branches, ["05", "06"]);
    let one = sources.identify(&ask("06"), until).await.unwrap();
    assert_eq!(one.len(), 1);
    assert_eq!(one[0].0.number.value(), "00012345:ア:187:06");
    // Hits came, and none is who was asked for.
    assert_eq!(
        sources.identify(&ask("09"), until).await.unwrap_err(),
        Error::AnotherPatient
    );
    assert!(
        server
            .log()
            .iter()
            .all(|line| line.starts_with("POST /fhir/Patient/_search "))
    );
}

#[tokio::test]
async fn identity_by_four_attributes_checks_each_hit() {
    let server = Server::start(good);
    let sources = sources(&server.base);
    let ask = |name: &str, day: u32| Query::Four {
        name: name.to_owned(),
        birth_date: chrono::NaiveDate::from_ymd_opt(1960, 4, day).unwrap(),
        sex: "male".to_owned(),
        address: "東京都".to_owned(),
    };
    let until = Instant::now() + LONG;
    let found = sources.identify(&ask("太郎 山田", 1), until).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0.number.value(), canned::NUMBER);
    for wrong in [ask("鈴木", 1), ask("山田", 2)] {
        assert_eq!(
            sources.identify(&wrong, until).await.unwrap_err(),
            Error::AnotherPatient
        );
    }
}

/// A server that knows these people of 1960, and finds a day only where the day is known.
fn of_1960(known: Vec<Value>, takes_years: bool) -> Server {
    Server::start(move |request| {
        let form = reqwest::Url::parse(&format!("http://x/?{}", request.body)).unwrap();
        let asked = form.query_pairs().find(|(name, _)| name == "birthdate");
        let asked = asked.unwrap().1.into_owned();
        if asked.len() == 4 && !takes_years {
            return Reply::status(400, "application/fhir+json", "{}");
        }
        let found: Vec<Value> = known
            .iter()
            .filter(|one| one["birthDate"].as_str().unwrap().starts_with(&asked))
            .cloned()
            .collect();
        let link = format!("Patient?{}", request.body);
        Reply::Json(bundle(Some(&link), None, &found))
    })
}

fn born_on_the_first_of_april() -> Query {
    Query::Four {
        name: "山田 太郎".to_owned(),
        birth_date: chrono::NaiveDate::from_ymd_opt(1960, 4, 1).unwrap(),
        sex: "male".to_owned(),
        address: "東京都".to_owned(),
    }
}

#[tokio::test]
async fn of_whom_only_the_year_or_month_is_known_is_found_where_nobody_has_the_day() {
    let until = Instant::now() + LONG;
    let year = || patient("p1", canned::NUMBER, "1960");
    let month = || patient("p2", "00012345:ア:188:01", "1960-04");
    let other_month = || patient("p3", "00012345:ア:189:01", "1960-05");
    let day = || patient("p4", "00012345:ア:190:01", "1960-04-01");
    let other_day = || patient("p5", "00012345:ア:191:01", "1960-04-02");
    for (known, found, asked) in [
        (vec![year(), other_day(), other_month()], vec!["187"], 2),
        (vec![month(), other_month()], vec!["188"], 2),
        (vec![year(), month()], vec!["187", "188"], 2),
        // Who has the day is not held up by one of whom it is not known.
        (vec![year(), day()], vec!["190"], 1),
        (vec![other_day(), other_month()], vec![], 2),
        (vec![], vec![], 2),
    ] {
        let server = of_1960(known, true);
        let sources = sources(&server.base);
        let query = born_on_the_first_of_april();
        let hits = sources.identify(&query, until).await.unwrap();
        let numbers: Vec<&str> = hits
            .iter()
            .map(|(person, _)| person.number.number.as_str())
            .collect();
        assert_eq!(numbers, found);
        assert_eq!(server.log().len(), asked, "{found:?}");
    }
    let strict = of_1960(vec![year()], false);
    let query = born_on_the_first_of_april();
    let hits = sources(&strict.base).identify(&query, until).await;
    assert_eq!(hits.unwrap(), [], "a source that takes whole days only");
}

#[tokio::test]
async fn an_unknown_number_is_nobody_only_if_proven() {
    let until = Instant::now() + LONG;
    let ask = Query::Number {
        system: MEMBER_NUMBER_SYSTEM.to_owned(),
        number: MemberNumber::new("99", "", "1", "").unwrap(),
    };
    let proven = Server::start(good);
    assert!(
        sources(&proven.base)
            .identify(&ask, until)
            .await
            .unwrap()
            .is_empty()
    );
    let silent = Server::start(|_| Reply::Json(bundle(None, None, &[])));
    assert_eq!(
        sources(&silent.base)
            .identify(&ask, until)
            .await
            .unwrap_err(),
        Error::Unproven
    );
}

/// A folder with the person in two files, somebody else in one of them, and a file that is no FHIR.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let own = patient("p1", canned::NUMBER, "1960-04-01");
    write(
        &folder,
        "a.json",
        &[own, clinical("Observation", "o1", "p1")],
    );
    let entries = [
        patient("p7", canned::NUMBER, "1960-04-01"),
        clinical("Observation", "o2", "p7"),
        patient("p1", "00012345:ア:188:05", "1970-01-01"),
        clinical("Observation", "o3", "p1"),
    ];
    write(&folder, "b.json", &entries);
    std::fs::write(folder.path().join("c.json"), r#"{"not": "FHIR"}"#).unwrap();
    folder
}

fn write(folder: &tempfile::TempDir, name: &str, resources: &[Value]) {
    let text = bundle(None, None, resources).to_string();
    std::fs::write(folder.path().join(name), text).unwrap();
}

fn in_folder(folder: &tempfile::TempDir) -> Sources {
    sources(&format!("file://{}", folder.path().display()))
}

#[tokio::test]
async fn a_folder_answers_with_everything_about_the_person_and_nothing_about_others() {
    let folder = folder();
    let fetched = in_folder(&folder)
        .fetch(SourceName::Emr, &person(), Instant::now() + LONG)
        .await
        .unwrap();
    assert_eq!(
        names(&fetched),
        [
            "Patient/p1",
            "Observation/o1",
            "Patient/p1",
            "Observation/o2"
        ]
    );
    assert_eq!(fetched.subject.as_deref(), Some("Patient/p1"));
    for record in &fetched.records.records {
        assert_eq!(record.subject.reference, fetched.subject);
    }
    assert!(fetched.more_at_source.is_empty());
}

#[tokio::test]
async fn a_folder_finds_people_and_reads_a_changed_file_again() {
    let folder = folder();
    let sources = in_folder(&folder);
    let until = Instant::now() + LONG;
    let query = Query::Number {
        system: MEMBER_NUMBER_SYSTEM.to_owned(),
        number: MemberNumber::new("12345", "ア", "188", "").unwrap(),
    };
    assert_eq!(sources.identify(&query, until).await.unwrap().len(), 1);
    write(&folder, "a.json", &[patient("p1", "1::2:", "1960-04-01")]);
    let later = sources
        .fetch(SourceName::Emr, &person(), until)
        .await
        .unwrap();
    assert_eq!(names(&later), ["Patient/p7", "Observation/o2"]);
    assert_eq!(later.subject.as_deref(), Some("Patient/p7"));
}

#[tokio::test]
async fn a_file_too_large_to_read_makes_the_folders_answer_partial() {
    let folder = folder();
    let mut large = clinical("Observation", "o4", "p1");
    large["note"] = json!([{"text": "x".repeat(100_000)}]);
    write(&folder, "d.json", &[large]);
    let fetched = in_folder(&folder)
        .fetch(SourceName::Eprescription, &person(), Instant::now() + LONG)
        .await
        .unwrap();
    assert_eq!(fetched.more_at_source, [S::Drugs]);
}
