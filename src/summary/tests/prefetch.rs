//! What is fetched ahead, forgotten, and let go of.

use super::{super::Prefetched, *};
use crate::domain::failure::Failure;

async fn prefetched(house: &House, facility: &str) -> Vec<Prefetched> {
    let outcomes = house
        .summaries
        .prefetch(
            &FacilityId(facility.to_owned()),
            &person(),
            &SourceName::CLINICAL.into(),
        )
        .await;
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

#[tokio::test]
async fn what_was_fetched_ahead_serves_the_look_of_its_own_facility_only() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let server = Server::start(move |request: &Request| {
        count.fetch_add(1, Ordering::SeqCst);
        good(request)
    });
    let house = house([Some(&server.base), None, None], LONG, ample());
    let unconnected = Prefetched::Failed(Failure::NotConnected);
    assert_eq!(
        prefetched(&house, "f").await,
        [Prefetched::Fetched, unconnected, unconnected]
    );
    let once = asked.load(Ordering::SeqCst);
    assert!(once > 0);
    assert_eq!(prefetched(&house, "f").await[0], Prefetched::Known);
    assert_eq!(answers(&house, &ask("f", Step::First)).await[0], "fresh 4");
    assert_eq!(asked.load(Ordering::SeqCst), once);
    assert_eq!(answers(&house, &ask("g", Step::First)).await[0], "fresh 4");
    assert!(asked.load(Ordering::SeqCst) > once, "another's is its own");
}

#[tokio::test]
async fn looks_come_first_and_what_would_be_fetched_ahead_gives_way() {
    let hanging = Server::start(|_| Reply::Hang);
    let house = house([Some(&hanging.base), None, None], SHORT, ample());
    let own = ask("f", Step::Last);
    let look = house.summaries.assemble(&own);
    let ahead = async {
        let facility = FacilityId("g".to_owned());
        let sources = [SourceName::Emr].into();
        house
            .summaries
            .prefetch_within(Duration::ZERO, &facility, &person(), &sources)
            .await
    };
    // The look is polled first and waits by then.
    let (_, outcomes) = tokio::join!(look, ahead);
    assert_eq!(outcomes, [(SourceName::Emr, Prefetched::GaveWay)]);
    let failed = Prefetched::Failed(Failure::Late);
    assert_eq!(prefetched(&house, "g").await[0], failed);
}

#[tokio::test]
async fn a_forgotten_patient_is_asked_for_anew() {
    let server = Server::start(good);
    let house = house([Some(&server.base), None, None], LONG, ample());
    let own = ask("f", Step::First);
    let before = house.summaries.assemble(&own).await.unwrap();
    let (facility, number) = (&own.grant.facility, &own.grant.person.number);
    assert_eq!(house.summaries.forget(facility, number).await, (1, true));
    let key = house
        .cache
        .key(facility, SourceName::Emr, &own.grant.person);
    assert!(house.cache.get(&key).await.is_none());
    let after = house.summaries.assemble(&own).await.unwrap();
    assert!(!Arc::ptr_eq(&before.summary, &after.summary));
}

#[tokio::test]
async fn a_record_past_its_hard_life_is_let_go_of_unless_a_grant_is_open_or_its_source_is_down() {
    let status = Arc::new(AtomicUsize::new(200));
    let switch = Arc::clone(&status);
    let server = Server::start(move |request: &Request| {
        match u16::try_from(switch.load(Ordering::SeqCst)).unwrap() {
            200 => good(request),
            status => Reply::status(status, "text/plain", "x"),
        }
    });
    let house = house([Some(&server.base), None, None], LONG, ample());
    let own = ask("f", Step::Last);
    answers(&house, &own).await;
    let key = house
        .cache
        .key(&own.grant.facility, SourceName::Emr, &own.grant.person);
    house.hands.forward(Duration::from_hours(25));
    house.summaries.sweep(&[Arc::clone(&own.grant)]).await;
    assert!(house.cache.get(&key).await.is_some(), "a grant is open");
    status.store(503, Ordering::SeqCst);
    assert_eq!(answers(&house, &ask("f", Step::Last)).await[0], "stale 4");
    house.summaries.sweep(&[]).await;
    assert!(house.cache.get(&key).await.is_some(), "the source is down");
    // It answers another: up again, and what is too old goes.
    status.store(200, Ordering::SeqCst);
    answers(&house, &ask("g", Step::Last)).await;
    house.summaries.sweep(&[]).await;
    assert!(house.cache.get(&key).await.is_none());
}
