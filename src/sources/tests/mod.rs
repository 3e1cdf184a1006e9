//! The sources against a server that behaves, and one that does not.

mod ahead;
mod faults;
mod guarded;
mod identity;
mod token;
mod unchanged;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Endpoint, Error, Fetched, Query, Settings, Sources,
    canned::{self, Hands, Reply, Request, Server, bundle, clinical, good, patient, person},
};
use crate::domain::{
    patient::{MEMBER_NUMBER_SYSTEM, MemberNumber},
    section::{SectionName as S, SourceName},
};

/// Generous, so that a busy machine does not decide a test.
const LONG: Duration = Duration::from_secs(20);
/// For what never comes.
const SHORT: Duration = Duration::from_millis(100);
/// For what never comes beside what does: the test takes this long.
const AMPLE: Duration = Duration::from_secs(2);

fn sources(base: &str) -> Sources {
    reached(base, |_| {}, Hands::new())
}

/// Sources at one address, reached as `change` says.
fn reached(base: &str, change: impl Fn(&mut Endpoint), clock: Arc<Hands>) -> Sources {
    let endpoints = [
        SourceName::Identity,
        SourceName::Emr,
        SourceName::Eprescription,
    ]
    .into_iter()
    .map(|source| {
        let mut endpoint = Endpoint {
            base: base.to_owned(),
            token: Some("secret-token".to_owned().into()),
            ..Endpoint::default()
        };
        change(&mut endpoint);
        (source, endpoint)
    })
    .collect::<BTreeMap<_, _>>();
    let settings = Settings {
        endpoints,
        answer: LONG,
        bytes: 90_000,
        resources: 50,
    };
    Sources::new(settings, clock).unwrap()
}

async fn fetch_within(
    within: Duration,
    answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> Result<Fetched, Error> {
    let server = Server::start(answer);
    sources(&server.base)
        .fetch(SourceName::Emr, &person(), Instant::now() + within)
        .await
}

async fn fetch(
    answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> Result<Fetched, Error> {
    fetch_within(LONG, answer).await
}

/// A good server but for one resource type.
fn but(
    kind: &'static str,
    reply: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    move |request| {
        if request.kind() == kind && request.method == "GET" {
            reply(request)
        } else {
            good(request)
        }
    }
}

fn names(fetched: &Fetched) -> Vec<&str> {
    fetched
        .records
        .records
        .iter()
        .map(|record| record.resource.as_str())
        .collect()
}

fn failed(fetched: &Fetched, section: S) -> Option<Error> {
    fetched
        .failed
        .iter()
        .find(|(name, _)| *name == section)
        .map(|(_, error)| *error)
}

#[tokio::test]
async fn a_good_server_is_asked_each_search_once_and_nothing_is_missing() {
    let server = Server::start(|request| {
        assert!(
            request
                .head
                .to_lowercase()
                .contains("prefer: handling=strict")
        );
        assert!(
            request
                .head
                .to_lowercase()
                .contains("accept: application/fhir+json")
        );
        assert!(
            request
                .head
                .to_lowercase()
                .contains("authorization: bearer secret-token")
        );
        good(request)
    });
    let fetched = sources(&server.base)
        .fetch(SourceName::Emr, &person(), Instant::now() + LONG)
        .await
        .unwrap();
    assert_eq!(fetched.subject.as_deref(), Some("Patient/p1"));
    assert_eq!(
        names(&fetched),
        [
            "Patient/p1",
            "AllergyIntolerance/a1",
            "Observation/o1",
            "Observation/o2"
        ]
    );
    assert!(fetched.failed.is_empty() && fetched.more_at_source.is_empty());
    assert!(fetched.refusals.is_empty());
    let log = server.log();
    assert_eq!(log.len(), 8, "{log:?}");
    for line in log.iter().filter(|line| !line.starts_with("POST")) {
        assert!(line.contains("?patient=p1&_count=500"), "{line}");
        assert!(
            !line.contains("187"),
            "no personal identifier in a URL: {line}"
        );
    }
}

#[tokio::test]
async fn a_patient_the_source_does_not_know_is_no_failure_only_if_the_self_link_says_so() {
    let unknown = |link: Option<&'static str>| fetch(move |_| Reply::Json(bundle(link, None, &[])));
    let proven = fetch(|request| {
        Reply::Json(bundle(
            Some(&format!("Patient?{}", request.body)),
            None,
            &[],
        ))
    })
    .await
    .unwrap();
    assert_eq!(proven.subject, None);
    assert!(proven.records.records.is_empty());
    assert_eq!(unknown(None).await.unwrap_err(), Error::Unproven);
    assert_eq!(unknown(Some("Patient")).await.unwrap_err(), Error::Unproven);
    assert_eq!(
        unknown(Some("Patient?identifier=someone"))
            .await
            .unwrap_err(),
        Error::AnotherPatient
    );
}

#[tokio::test]
async fn a_patient_who_is_not_who_was_asked_is_refused() {
    let other_number = "00012345:ア:188:05";
    let other_branch = "00012345:ア:187:06";
    let me = || patient("p1", canned::NUMBER, "1960-04-01");
    let table: [(&str, Vec<Value>); 4] = [
        (
            "other number",
            vec![patient("p9", other_number, "1960-04-01")],
        ),
        (
            "other branch",
            vec![patient("p9", other_branch, "1960-04-01")],
        ),
        (
            "other birth date",
            vec![patient("p9", canned::NUMBER, "1990-01-01")],
        ),
        (
            "two hits",
            vec![me(), patient("p9", canned::NUMBER, "1960-04-01")],
        ),
    ];
    for (case, hits) in table {
        let refused = fetch(move |request| {
            if request.is_search_for_patient() {
                Reply::Json(bundle(None, None, &hits))
            } else {
                good(request)
            }
        })
        .await;
        assert_eq!(refused.unwrap_err(), Error::AnotherPatient, "{case}");
    }
}

#[tokio::test]
async fn resources_of_another_patient_fail_the_search_and_keep_their_own_name() {
    let fetched = fetch(but("Observation", |_| {
        Reply::Json(bundle(None, None, &[clinical("Observation", "o9", "p2")]))
    }))
    .await
    .unwrap();
    assert_eq!(failed(&fetched, S::Labs), Some(Error::AnotherPatient));
    let foreign = fetched
        .records
        .records
        .iter()
        .find(|record| record.resource == "Observation/o9")
        .unwrap();
    assert_eq!(foreign.subject.reference.as_deref(), Some("Patient/p2"));
    assert!(
        fetched
            .refusals
            .iter()
            .any(|why| why.contains("another patient"))
    );
    assert!(fetched.refusals.iter().all(|why| !why.contains("p2")));
}

#[tokio::test]
async fn one_stray_resource_is_refused_and_the_patients_own_are_kept() {
    let fetched = fetch(but("Observation", |_| {
        let by_number = json!({"resourceType": "Observation", "id": "o3", "status": "final",
            "code": {"text": "x"}, "subject": {"reference": "Patient/p1",
            "identifier": {"system": MEMBER_NUMBER_SYSTEM, "value": "00012345:ア:187:06"}}});
        Reply::Json(bundle(
            None,
            None,
            &[
                clinical("Observation", "o1", "p1"),
                clinical("Observation", "o2", "p2"),
                by_number,
            ],
        ))
    }))
    .await
    .unwrap();
    assert_eq!(failed(&fetched, S::Labs), None);
    assert_eq!(fetched.refusals, ["Observation: 2 of another patient"]);
    let own: Vec<&str> = fetched
        .records
        .records
        .iter()
        .filter(|record| record.subject.reference.as_deref() == Some("Patient/p1"))
        .map(|record| record.resource.as_str())
        .collect();
    assert_eq!(
        own,
        ["Patient/p1", "AllergyIntolerance/a1", "Observation/o1"]
    );
}

#[tokio::test]
async fn absolute_and_versioned_references_are_the_same_patient() {
    let server = Arc::new(std::sync::OnceLock::<String>::new());
    let base = Arc::clone(&server);
    let running = Server::start(but("Observation", move |_| {
        let mut one = clinical("Observation", "o1", "p1");
        one["subject"]["reference"] = json!(format!("{}/Patient/p1", base.get().unwrap()));
        let mut two = clinical("Observation", "o2", "p1");
        two["subject"]["reference"] = json!("Patient/p1/_history/3");
        let logical = json!({"resourceType": "Observation", "id": "o3", "status": "final",
            "code": {"text": "x"}, "subject": {"identifier":
            {"system": MEMBER_NUMBER_SYSTEM, "value": "12345:あ:１８７:05"}}});
        // The reference says who; the family's number beside it says nothing against it.
        let mut family = clinical("Observation", "o4", "p1");
        family["subject"]["identifier"] =
            json!({"system": MEMBER_NUMBER_SYSTEM, "value": "00012345:ア:187:"});
        Reply::Json(bundle(None, None, &[one, two, logical, family]))
    }));
    server.set(running.base.clone()).unwrap();
    let fetched = sources(&running.base)
        .fetch(SourceName::Emr, &person(), Instant::now() + LONG)
        .await
        .unwrap();
    assert!(fetched.refusals.is_empty(), "{:?}", fetched.refusals);
    for record in &fetched.records.records {
        if record.resource.starts_with("Observation/") {
            assert_eq!(record.subject.reference.as_deref(), Some("Patient/p1"));
        }
    }
}

#[tokio::test]
async fn resources_without_an_id_never_share_a_name() {
    let fetched = fetch(|request| {
        if request.is_search_for_patient() || request.kind() == "List" {
            return good(request);
        }
        let mut resource = clinical("Observation", "x", "p1");
        resource.as_object_mut().unwrap().remove("id");
        Reply::Json(bundle(None, None, &[resource.clone(), resource]))
    })
    .await
    .unwrap();
    let mut seen = names(&fetched);
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((seen.len(), all), (13, 13));
}

#[test]
fn an_address_that_cannot_be_used_is_said_with_the_sources_name() {
    let endpoint = Endpoint {
        base: "gopher://x".to_owned(),
        ..Endpoint::default()
    };
    let settings = Settings {
        endpoints: BTreeMap::from([(SourceName::Claims, endpoint)]),
        answer: LONG,
        bytes: 1,
        resources: 1,
    };
    let why = Sources::new(settings, Hands::new()).err().unwrap();
    assert!(why.contains("claims") && why.contains("gopher"), "{why}");
}
