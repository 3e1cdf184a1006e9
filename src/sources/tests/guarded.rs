//! A source that fails is left alone, asked once more where that may help, and never for what it
//! says about one patient.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::sources::Limits;

fn limited(base: &str, limits: Limits) -> Sources {
    reached(base, |endpoint| endpoint.limits = limits, Hands::new())
}

async fn ask(sources: &Sources) -> Result<Fetched, Error> {
    sources
        .fetch(SourceName::Emr, &person(), Instant::now() + LONG)
        .await
}

#[tokio::test]
async fn a_source_that_keeps_failing_is_not_asked_and_another_at_the_same_address_is() {
    let failing = Server::start(|_| Reply::status(500, "text/plain", "x"));
    let sources = sources(&failing.base);
    for _ in 0..5 {
        assert_eq!(ask(&sources).await.unwrap_err(), Error::Refused(500));
    }
    let before = failing.log().len();
    for _ in 0..20 {
        assert_eq!(ask(&sources).await.unwrap_err(), Error::Suspended);
    }
    assert_eq!(failing.log().len(), before, "it was left alone");
    let other = sources
        .fetch(SourceName::Eprescription, &person(), Instant::now() + LONG)
        .await;
    assert_eq!(other.unwrap_err(), Error::Refused(500));
}

#[tokio::test]
async fn a_source_that_works_again_is_asked_again() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let server = Server::start(move |request| {
        if count.fetch_add(1, Ordering::SeqCst) < 5 {
            return Reply::status(500, "text/plain", "x");
        }
        good(request)
    });
    let sources = limited(
        &server.base,
        Limits {
            pause: Duration::ZERO,
            ..Limits::default()
        },
    );
    for _ in 0..5 {
        assert_eq!(ask(&sources).await.unwrap_err(), Error::Refused(500));
    }
    for _ in 0..5 {
        assert_eq!(ask(&sources).await.unwrap().subject.unwrap(), "Patient/p1");
    }
}

/// Nothing that a source says about one patient costs the next one.
#[tokio::test]
async fn what_is_wrong_with_one_patients_data_never_stops_the_calls() {
    type Say = fn(&Request) -> Reply;
    let table: [(&str, Say, Error); 5] = [
        (
            "another patient",
            |_| {
                let other = patient("p9", "00012345:ア:188:05", "1960-04-01");
                Reply::Json(bundle(None, None, &[other]))
            },
            Error::AnotherPatient,
        ),
        (
            "unproven",
            |_| Reply::Json(bundle(None, None, &[])),
            Error::Unproven,
        ),
        (
            "refused",
            |_| Reply::status(403, "text/plain", "x"),
            Error::Refused(403),
        ),
        (
            "a Patient that cannot be asked about",
            |_| {
                let mut nameless = patient("p1", canned::NUMBER, "1960-04-01");
                nameless.as_object_mut().unwrap().remove("id");
                Reply::Json(bundle(None, None, &[nameless]))
            },
            Error::Garbled,
        ),
        (
            "too large",
            |_| Reply::status(200, "application/fhir+json", &" ".repeat(100_000)),
            Error::TooLarge,
        ),
    ];
    for (case, say, error) in table {
        let server = Server::start(say);
        let sources = sources(&server.base);
        for _ in 0..30 {
            assert_eq!(ask(&sources).await.unwrap_err(), error, "{case}");
        }
    }
    let nobody = Server::start(|request| {
        let link = format!("Patient?{}", request.body);
        Reply::Json(bundle(Some(&link), None, &[]))
    });
    let sources = sources(&nobody.base);
    for _ in 0..30 {
        assert_eq!(ask(&sources).await.unwrap().subject, None);
    }
}

#[tokio::test]
async fn the_answer_after_as_many_as_may_be_is_told_that_it_is_busy_and_other_sources_are_not() {
    let server = Server::start(|request| {
        if request.is_search_for_patient() {
            return Reply::Hang;
        }
        good(request)
    });
    let sources = limited(
        &server.base,
        Limits {
            at_once: 1,
            wait: Duration::ZERO,
            ..Limits::default()
        },
    );
    let one = person();
    let mut waiting = std::pin::pin!(sources.fetch(SourceName::Emr, &one, Instant::now() + LONG));
    let begun = futures_util::future::poll_immediate(&mut waiting).await;
    assert!(begun.is_none(), "it is under way");
    assert_eq!(ask(&sources).await.unwrap_err(), Error::Busy);
    let soon = Instant::now() + SHORT;
    let other = sources.fetch(SourceName::Eprescription, &one, soon).await;
    assert_eq!(other.unwrap_err(), Error::Late, "it had its own seat");
}

/// A server that treats the first request for each target so, and all after it well.
fn at_first(
    first: impl Fn() -> Reply + Send + Sync + 'static,
) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    let seen = std::sync::Mutex::new(std::collections::BTreeSet::new());
    move |request| {
        let is_new = seen.lock().unwrap().insert(request.target.clone());
        if is_new { first() } else { good(request) }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_before_a_word_and_a_source_short_of_breath_are_asked_once_more() {
    type First = fn() -> Reply;
    let table: [(&str, First); 4] = [
        ("closed", || Reply::Close),
        ("502", || Reply::status(502, "text/plain", "x")),
        ("503", || Reply::status(503, "text/plain", "x")),
        ("504", || Reply::status(504, "text/plain", "x")),
    ];
    for (case, first) in table {
        let server = Server::start(at_first(first));
        let fetched = ask(&sources(&server.base)).await.unwrap();
        assert!(fetched.failed.is_empty(), "{case}: {:?}", fetched.failed);
        assert_eq!(names(&fetched).len(), 4, "{case}");
        assert_eq!(server.log().len(), 16, "{case}: eight, each once more");
    }
}

type First = Box<dyn Fn() -> Reply + Send + Sync>;

#[tokio::test]
async fn what_is_an_answer_is_never_asked_for_again() {
    let later = || Reply::Raw {
        status: 503,
        kind: "text/plain",
        body: vec![],
        promised: None,
        header: "Retry-After: 120\r\n",
    };
    let table: [(&str, First, Error); 5] = [
        ("later", Box::new(later), Error::Refused(503)),
        (
            "500",
            Box::new(|| Reply::status(500, "text/plain", "x")),
            Error::Refused(500),
        ),
        (
            "404",
            Box::new(|| Reply::status(404, "text/plain", "x")),
            Error::Refused(404),
        ),
        (
            "html",
            Box::new(|| Reply::status(200, "text/html", "<p>")),
            Error::Garbled,
        ),
        (
            "half",
            Box::new(|| Reply::Raw {
                status: 200,
                kind: "application/fhir+json",
                body: b"{".to_vec(),
                promised: Some(100),
                header: "",
            }),
            Error::Garbled,
        ),
    ];
    for (case, first, error) in table {
        let server = Server::start(at_first(first));
        assert_eq!(
            ask(&sources(&server.base)).await.unwrap_err(),
            error,
            "{case}"
        );
        assert_eq!(server.log().len(), 1, "{case}");
    }
}

#[tokio::test]
async fn connections_are_opened_before_the_first_patient_and_by_nothing_that_names_one() {
    let server = Server::start(good);
    let endpoint = Endpoint {
        base: server.base.clone(),
        token: Some("secret-token".to_owned().into()),
        ..Endpoint::default()
    };
    let clock: Arc<dyn crate::domain::clock::Clock> = Hands::new();
    let remote = crate::sources::http::Remote::new(SourceName::Emr, &endpoint, &clock).unwrap();
    remote.warm(7, Instant::now() + LONG).await.unwrap();
    let log = server.log();
    assert_eq!(
        log.len(),
        8,
        "one, six more beside it, one of the second client"
    );
    assert!(log.iter().all(|line| line.trim() == "GET /fhir/metadata"));
    let hanging = Server::start(|_| Reply::Hang);
    let endpoint = Endpoint {
        base: hanging.base.clone(),
        ..Endpoint::default()
    };
    let remote = crate::sources::http::Remote::new(SourceName::Emr, &endpoint, &clock).unwrap();
    let warmed = remote.warm(7, Instant::now() + SHORT).await;
    assert_eq!(warmed.unwrap_err(), Error::Late);
}

#[test]
fn only_what_shows_that_the_source_is_out_of_service_counts_against_it() {
    use crate::sources::{Verdict, verdict};
    let (whole, none) = (true, false);
    for (error, has_page, is_long, expected) in [
        (None, whole, none, Verdict::Good),
        (Some(Error::Down), none, none, Verdict::Bad),
        (Some(Error::Late), none, true, Verdict::Bad),
        // Whoever asked had no time left.
        (Some(Error::Late), none, false, Verdict::Neither),
        (Some(Error::Garbled), none, false, Verdict::Bad),
        (Some(Error::Garbled), whole, false, Verdict::Neither),
        (Some(Error::Refused(500)), none, false, Verdict::Bad),
        (Some(Error::Refused(429)), none, false, Verdict::Bad),
        (Some(Error::Refused(401)), none, false, Verdict::Neither),
        (Some(Error::Refused(404)), none, false, Verdict::Neither),
        (Some(Error::TooLarge), none, true, Verdict::Neither),
        (Some(Error::AnotherPatient), whole, true, Verdict::Neither),
        (Some(Error::Unproven), whole, true, Verdict::Neither),
        (Some(Error::Busy), none, true, Verdict::Neither),
    ] {
        let said = verdict(error.as_ref(), has_page, is_long);
        assert_eq!(said, expected, "{error:?} {has_page} {is_long}");
    }
}
