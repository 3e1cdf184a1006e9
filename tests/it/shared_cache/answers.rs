//! What every source says of every demo patient, there and back.

use std::{sync::Arc, time::Duration};

use emergency_summary::{
    cache::Stored,
    cli::demo::GuidePatient,
    demo::{patients::demo_patients, sources},
    domain::{
        access::{FacilityId, Person},
        clock::Clock,
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber},
        section::SourceName,
    },
    sources::{Endpoint, Query, Settings, Sources},
    system::SystemClock,
};
use tokio::time::Instant;

use super::{forms::node, servers::Server};

#[actix_web::test]
async fn every_answer_about_every_demo_patient_comes_back_from_redis_as_it_went() {
    let Some(redis) = Server::start(&[]).await else {
        return;
    };
    let today = SystemClock.now().japanese_day();
    let simulated = sources::start(today).await.expect("sources");
    let asked = asked(&simulated);
    let (one, two) = (node(redis.address().into()), node(redis.address().into()));
    let facility = FacilityId("a".to_owned());
    let mut compared = 0;
    for patient in demo_patients(today).into_iter().map(GuidePatient::from) {
        for person in people(&asked, &patient).await {
            for source in SourceName::CLINICAL {
                let until = Instant::now() + PATIENCE;
                let fetched = asked.fetch(source, &person, until).await.expect("answered");
                let stored = Stored {
                    key: one.key(&facility, source, &person),
                    records: Arc::new(fetched.records),
                    subject: fetched.subject,
                    at: SystemClock.now(),
                    more_at_source: fetched.more_at_source,
                    failed: fetched.failed,
                    bytes: fetched.bytes,
                };
                if stored.is_doubtful() {
                    continue;
                }
                let went = one.put(stored).await;
                one.share(Arc::clone(&went)).await;
                let came = two.recall(&went.key, two.shared_until()).await;
                let came = came.expect("it is there");
                assert_eq!(came.records, went.records, "{} {source:?}", patient.story);
                assert_eq!(came.subject, went.subject);
                assert_eq!(came.more_at_source, went.more_at_source);
                assert_eq!((came.at.wall, came.bytes), (went.at.wall, went.bytes));
                compared += 1;
            }
        }
    }
    assert!(compared > 60, "{compared}");
    simulated.stop().await;
}

const PATIENCE: Duration = Duration::from_secs(30);

fn asked(simulated: &sources::SimulatedSources) -> Sources {
    let endpoint = |base: &String| Endpoint {
        base: base.clone(),
        ..Endpoint::default()
    };
    let bases = simulated.bases().iter();
    let settings = Settings {
        endpoints: bases.map(|(name, base)| (*name, endpoint(base))).collect(),
        answer: PATIENCE,
        bytes: 20_000_000,
        resources: 2_000,
    };
    Sources::new(settings, Arc::new(SystemClock)).expect("sources")
}

async fn people(sources: &Sources, patient: &GuidePatient) -> Vec<Person> {
    let number = MemberNumber::new(
        &patient.insurer,
        &patient.symbol,
        &patient.number,
        &patient.branch,
    );
    let Some(number) = number else {
        return Vec::new();
    };
    let query = Query::Number {
        system: MEMBER_NUMBER_SYSTEM.to_owned(),
        number,
    };
    let hits = sources.identify(&query, Instant::now() + PATIENCE).await;
    let hits = hits.expect("answered").into_iter();
    hits.map(|(person, patient)| Person {
        patient: Some(patient),
        ..person
    })
    .collect()
}
