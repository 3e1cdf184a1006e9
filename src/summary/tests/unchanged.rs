//! An answer that its source says is still the same.

use super::*;

#[tokio::test]
async fn a_record_that_is_still_the_same_is_fresh_again_as_of_now() {
    let shown = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&shown);
    let server = Server::start(move |request: &Request| {
        let (status, body) = match good(request) {
            _ if request.head.contains("\"one\"") => {
                count.fetch_add(1, Ordering::SeqCst);
                (304, vec![])
            }
            Reply::Json(page) => (200, page.to_string().into_bytes()),
            Reply::Raw { .. } | Reply::Hang | Reply::Close => panic!("a page"),
        };
        Reply::Raw {
            status,
            kind: "application/fhir+json",
            body,
            promised: None,
            header: "ETag: \"one\"\r\n",
        }
    });
    let house = house([Some(&server.base), None, None], LONG, ample());
    let own = ask("f", Step::First);
    let since = async || {
        let answers = house.summaries.answers(&own, &Sight::whole()).await;
        match &answers.unwrap()[0].outcome {
            Outcome::Answered { at, records, .. } => (*at, Arc::clone(records)),
            Outcome::Failed { .. } | Outcome::Coming | Outcome::Forbidden => panic!("an answer"),
        }
    };
    assert_eq!(answers(&house, &own).await[0], "fresh 4");
    let (first, records) = since().await;
    for times in 1..=2 {
        house.hands.forward(Duration::from_mins(11));
        assert_eq!(answers(&house, &own).await[0], "stale 4");
        house.tasks.close();
        house.tasks.wait().await;
        assert_eq!(answers(&house, &own).await[0], "fresh 4");
        let (at, same) = since().await;
        assert_eq!(at, first + Duration::from_mins(11) * times);
        assert!(Arc::ptr_eq(&same, &records), "nothing was sent again");
        assert_eq!(shown.load(Ordering::SeqCst), 7 * times as usize);
        house.tasks.reopen();
    }
}

/// A source whose Observation search fails while told 1, and where besides a new allergy has come
/// while told 2.
fn failing(fails: &Arc<AtomicUsize>) -> Server {
    let fails = Arc::clone(fails);
    Server::start(move |request: &Request| {
        let told = fails.load(Ordering::SeqCst);
        if told > 0 && request.head.contains("Observation") {
            return Reply::status(500, "text/plain", "out of order");
        }
        match good(request) {
            Reply::Json(page) if told > 1 && request.head.contains("/AllergyIntolerance") => {
                let text = page.to_string();
                let new = text.replace("試験", "ラテックス");
                assert_ne!(new, text, "nothing new to send");
                Reply::status(200, "application/fhir+json", &new)
            }
            reply @ (Reply::Json(_) | Reply::Raw { .. } | Reply::Hang | Reply::Close) => reply,
        }
    })
}

#[tokio::test]
async fn a_whole_record_is_not_replaced_by_one_of_which_a_part_failed() {
    let fails = Arc::new(AtomicUsize::new(0));
    let server = failing(&fails);
    let house = house([Some(&server.base), None, None], LONG, ample());
    let own = || ask("f", Step::First);
    assert_eq!(answers(&house, &own()).await[0], "fresh 4");
    let whole = async || {
        let answers = house
            .summaries
            .answers(&own(), &Sight::whole())
            .await
            .unwrap();
        match &answers[0].outcome {
            Outcome::Answered { failed, .. } => failed.is_empty(),
            Outcome::Failed { .. } | Outcome::Coming | Outcome::Forbidden => false,
        }
    };
    fails.store(1, Ordering::SeqCst);
    house.hands.forward(Duration::from_mins(11));
    for _ in 0..2 {
        // With its age, and every section of it.
        assert_eq!(answers(&house, &own()).await[0], "stale 4");
        assert!(whole().await);
        house.tasks.close();
        house.tasks.wait().await;
        house.tasks.reopen();
    }
    // Past its hard life the part is better.
    house.hands.forward(Duration::from_hours(24));
    assert!(!whole().await, "{:?}", answers(&house, &own()).await);
}

#[tokio::test]
async fn a_part_that_brings_anything_new_is_shown_with_what_failed_at_once() {
    let fails = Arc::new(AtomicUsize::new(0));
    let server = failing(&fails);
    let house = house([Some(&server.base), None, None], LONG, ample());
    let own = || ask("f", Step::First);
    assert_eq!(answers(&house, &own()).await[0], "fresh 4");
    fails.store(2, Ordering::SeqCst);
    house.hands.forward(Duration::from_mins(11));
    // The old one once more, while the source is asked.
    assert_eq!(answers(&house, &own()).await[0], "stale 4");
    house.tasks.close();
    house.tasks.wait().await;
    let answers = house.summaries.answers(&own(), &Sight::whole()).await;
    match &answers.unwrap()[0].outcome {
        Outcome::Answered {
            failed, records, ..
        } => {
            assert!(
                !failed.is_empty(),
                "the results are missing, and said to be"
            );
            assert!(format!("{records:?}").contains("ラテックス"), "{records:?}");
        }
        Outcome::Failed { .. } | Outcome::Coming | Outcome::Forbidden => panic!("an answer"),
    }
}
