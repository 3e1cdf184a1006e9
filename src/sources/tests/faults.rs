//! Servers that break, hang, drip pages without end, or send the reader elsewhere.

use super::*;

type Make = Box<dyn Fn(&Request) -> Reply + Send + Sync>;

async fn each_costs_only_labs_and_infections(table: Vec<(&str, Make, Error)>) {
    for (case, reply, error) in table {
        let fetched = fetch(but("Observation", reply)).await.unwrap();
        assert_eq!(failed(&fetched, S::Labs), Some(error), "{case}");
        assert_eq!(failed(&fetched, S::Infections), Some(error), "{case}");
        assert_eq!(fetched.failed.len(), 2, "{case}");
        assert!(names(&fetched).contains(&"AllergyIntolerance/a1"), "{case}");
        assert!(!names(&fetched).contains(&"Observation/o1"), "{case}");
        assert_eq!(!fetched.refusals.is_empty(), error.is_refusal(), "{case}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_costs_its_own_sections_and_no_others() {
    let half = || {
        let body = bundle(None, None, &[clinical("Observation", "o1", "p1")]).to_string();
        Reply::Raw {
            status: 200,
            kind: "application/fhir+json",
            promised: Some(body.len()),
            body: body.as_bytes()[..body.len() / 2].to_vec(),
            header: "",
        }
    };
    let large = |_: &Request| {
        let mut resource = clinical("Observation", "o1", "p1");
        resource["note"] = json!([{"text": "x".repeat(100_000)}]);
        Reply::Json(bundle(None, None, &[resource]))
    };
    each_costs_only_labs_and_infections(vec![
        ("half", Box::new(move |_| half()), Error::Garbled),
        (
            "html",
            Box::new(|_| Reply::status(200, "text/html", "<html>maintenance</html>")),
            Error::Garbled,
        ),
        (
            "empty body",
            Box::new(|_| Reply::status(200, "text/plain", "")),
            Error::Garbled,
        ),
        (
            "500",
            Box::new(|_| Reply::status(500, "text/plain", "x")),
            Error::Refused(500),
        ),
        (
            "404",
            Box::new(|_| Reply::status(404, "text/html", "<p>")),
            Error::Refused(404),
        ),
        ("too large", Box::new(large), Error::TooLarge),
        (
            "redirect",
            Box::new(|_| Reply::Raw {
                status: 302,
                kind: "text/plain",
                body: vec![],
                promised: None,
                header: "Location: /fhir/Observation?patient=p2\r\n",
            }),
            Error::Refused(302),
        ),
    ])
    .await;
}

#[tokio::test]
async fn an_empty_answer_that_proves_nothing_costs_its_own_sections_and_no_others() {
    each_costs_only_labs_and_infections(vec![
        (
            "empty without self link",
            Box::new(|_| Reply::Json(bundle(None, None, &[]))),
            Error::Unproven,
        ),
        (
            "empty about another",
            Box::new(|_| Reply::Json(bundle(Some("Observation?patient=p2"), None, &[]))),
            Error::AnotherPatient,
        ),
        (
            "parameter ignored",
            Box::new(|_| Reply::Json(bundle(Some("Observation"), None, &[]))),
            Error::Unproven,
        ),
        (
            "empty, but a total",
            Box::new(|request| {
                let link = request.target.trim_start_matches("/fhir/").to_owned();
                let mut page = bundle(Some(&link), None, &[]);
                page["total"] = json!(3);
                Reply::Json(page)
            }),
            Error::Unproven,
        ),
        (
            "outcome instead of a Bundle",
            Box::new(|_| {
                Reply::Json(json!({"resourceType": "OperationOutcome",
                    "issue": [{"severity": "error", "code": "exception"}]}))
            }),
            Error::Unproven,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_search_that_hangs_is_late_and_the_others_are_kept() {
    let fetched = fetch_within(AMPLE, but("Observation", |_| Reply::Hang))
        .await
        .unwrap();
    assert_eq!(failed(&fetched, S::Labs), Some(Error::Late));
    assert!(names(&fetched).contains(&"AllergyIntolerance/a1"));
}

#[tokio::test]
async fn a_source_that_hangs_or_is_not_there_fails_as_a_whole() {
    assert_eq!(
        fetch_within(SHORT, |_| Reply::Hang).await.unwrap_err(),
        Error::Late
    );
    let unbound = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/fhir", unbound.local_addr().unwrap());
    drop(unbound);
    let down = sources(&base)
        .fetch(SourceName::Emr, &person(), Instant::now() + LONG)
        .await;
    assert_eq!(down.unwrap_err(), Error::Down);
    let missing = sources(&base)
        .fetch(SourceName::Claims, &person(), Instant::now() + LONG)
        .await;
    assert_eq!(missing.unwrap_err(), Error::NotConnected);
}

#[tokio::test]
async fn where_every_search_fails_the_source_has_failed() {
    let refused = fetch(|request| {
        if request.is_search_for_patient() {
            good(request)
        } else {
            Reply::status(503, "text/plain", "x")
        }
    })
    .await;
    assert_eq!(refused.unwrap_err(), Error::Refused(503));
}

#[tokio::test]
async fn a_type_the_server_does_not_know_is_a_failure_unless_the_table_says_optional() {
    let not_supported = |_: &Request| {
        let body = json!({"resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": "not-supported"}]});
        Reply::status(404, "application/fhir+json", &body.to_string())
    };
    let optional = fetch(but("Composition", not_supported)).await.unwrap();
    assert!(optional.failed.is_empty());
    let needed = fetch(but("Observation", not_supported)).await.unwrap();
    assert_eq!(failed(&needed, S::Labs), Some(Error::Refused(404)));
    // A parameter that is not known, or a wrong address, is no unknown type.
    let parameter = fetch(but("Composition", |_| {
        let body = json!({"resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": "not-supported"}]});
        Reply::status(400, "application/fhir+json", &body.to_string())
    }))
    .await
    .unwrap();
    assert_eq!(failed(&parameter, S::Documents), Some(Error::Refused(400)));
}

#[tokio::test]
async fn what_is_packed_counts_unpacked() {
    // A hundred thousand spaces.
    const MEMBER: &str = concat!(
        "H4sIAAAAAAACA+3BMQEAAADCoCrrn9IaHkABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAArwYt",
        "8HnKoIYBAA==",
    );
    use base64::Engine;
    let member = base64::engine::general_purpose::STANDARD
        .decode(MEMBER)
        .unwrap();
    assert!(member.len() < 200);
    let fetched = fetch(but("Observation", move |_| Reply::Raw {
        status: 200,
        kind: "application/fhir+json",
        body: member.clone(),
        promised: None,
        header: "Content-Encoding: gzip\r\n",
    }))
    .await
    .unwrap();
    assert_eq!(failed(&fetched, S::Labs), Some(Error::TooLarge));
    assert!(names(&fetched).contains(&"AllergyIntolerance/a1"));
}

#[tokio::test]
async fn a_chain_of_empty_pages_ends() {
    let server = Server::start(but("Observation", |request| {
        let next = format!("{}x", request.target);
        Reply::Json(bundle(None, Some(&next), &[]))
    }));
    let fetched = sources(&server.base)
        .fetch(SourceName::Emr, &person(), Instant::now() + LONG)
        .await
        .unwrap();
    assert_eq!(failed(&fetched, S::Labs), Some(Error::Unproven));
    let asked = server
        .log()
        .iter()
        .filter(|line| line.contains("/Observation"))
        .count();
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn a_search_for_the_patient_that_never_ends_leaves_the_answer_partial() {
    let fetched = fetch(|request| {
        if request.kind() != "Patient" {
            return good(request);
        }
        let next = format!("{}x", request.target);
        let own = patient("p1", canned::NUMBER, "1960-04-01");
        Reply::Json(bundle(None, Some(&next), &[own]))
    })
    .await
    .unwrap();
    assert_eq!(
        names(&fetched),
        [
            "Patient/p1",
            "AllergyIntolerance/a1",
            "Observation/o1",
            "Observation/o2"
        ]
    );
    assert!(fetched.failed.is_empty());
    for section in S::ALL {
        let is_partial = fetched.more_at_source.contains(&section);
        assert_eq!(is_partial, SourceName::Emr.carries(section), "{section:?}");
    }
}

/// Pages of ten observations; `next` makes the link to page n+1.
fn pages(
    last: usize,
    next: impl Fn(usize) -> String + Send + Sync + 'static,
) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    but("Observation", move |request| {
        let number: usize = request
            .target
            .split_once("page=")
            .map_or(0, |(_, number)| number.parse().unwrap());
        let resources: Vec<Value> = (0..10)
            .map(|i| clinical("Observation", &format!("o{number}-{i}"), "p1"))
            .collect();
        let link = (number < last).then(|| next(number + 1));
        Reply::Json(bundle(None, link.as_deref(), &resources))
    })
}

#[tokio::test]
async fn pages_are_followed_to_the_end_or_to_the_limit_which_is_said() {
    let link = |number| format!("Observation?patient=p1&page={number}");
    let whole = fetch(pages(3, link)).await.unwrap();
    assert!(whole.more_at_source.is_empty());
    assert_eq!(names(&whole).len(), 2 + 40);
    let endless = fetch(pages(usize::MAX, link)).await.unwrap();
    assert_eq!(endless.more_at_source, [S::Labs, S::Infections]);
    assert_eq!(names(&endless).len(), 2 + 50);
}

#[tokio::test]
async fn a_chain_that_turns_in_circles_or_leaves_the_host_stops_and_is_partial() {
    let circle = fetch(pages(9, |_| "Observation?patient=p1&page=1".to_owned()))
        .await
        .unwrap();
    assert_eq!(circle.more_at_source, [S::Labs, S::Infections]);
    assert_eq!(names(&circle).len(), 2 + 20);
    let elsewhere = Server::start(good);
    let base = elsewhere.base.clone();
    let away = fetch(pages(9, move |number| {
        format!("{base}/Observation?page={number}")
    }))
    .await
    .unwrap();
    assert_eq!(away.more_at_source, [S::Labs, S::Infections]);
    assert_eq!(away.refusals.len(), 1);
    assert!(elsewhere.log().is_empty(), "another host was asked");
}

#[tokio::test]
async fn a_later_page_that_breaks_keeps_the_earlier_ones_and_says_so() {
    let fetched = fetch(but("Observation", |request| {
        if request.target.contains("page=") {
            return Reply::status(500, "text/plain", "x");
        }
        let next = Some("Observation?patient=p1&page=1");
        Reply::Json(bundle(None, next, &[clinical("Observation", "o1", "p1")]))
    }))
    .await
    .unwrap();
    assert!(names(&fetched).contains(&"Observation/o1"));
    assert_eq!(failed(&fetched, S::Labs), Some(Error::Refused(500)));
}

#[tokio::test]
async fn a_server_that_ignored_the_patient_is_not_read_to_its_end() {
    let server = Server::start(but("Observation", |request| {
        let next = format!("{}x", request.target);
        let everybody = [
            clinical("Observation", "o1", "p1"),
            clinical("Observation", "o2", "p2"),
        ];
        Reply::Json(bundle(
            Some("Observation?_count=500"),
            Some(&next),
            &everybody,
        ))
    }));
    let fetched = sources(&server.base)
        .fetch(SourceName::Emr, &person(), Instant::now() + LONG)
        .await
        .unwrap();
    assert_eq!(failed(&fetched, S::Labs), Some(Error::Unproven));
    assert!(fetched.more_at_source.contains(&S::Labs));
    let asked = server.log();
    let pages = asked.iter().filter(|line| line.contains("/Observation"));
    assert_eq!(pages.count(), 1);
}
