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
