//! Every fault does what it says.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{Bed, identifier, ids, link, patient};
use crate::{
    demo::sources::Fault,
    domain::section::SourceName::{Claims, Emr, Identity},
};

const PATH: &str = "AllergyIntolerance?patient=emr-0001";

#[actix_web::test]
async fn requests_are_counted_and_faults_touch_only_their_own_source() {
    let bed = Bed::new().await;
    let faults = bed.sources.faults();
    faults.set(Emr, Fault::Status(503));
    assert_eq!(bed.get(Emr, PATH).await.0, 503);
    assert_eq!(bed.get(Claims, "Encounter?patient=clm-0001").await.0, 200);
    assert_eq!(bed.sources.requests(Emr), 1);
    faults.set_all(Fault::None);
    assert_eq!(bed.get(Emr, PATH).await.0, 200);
    assert_eq!((bed.sources.requests(Emr), faults.requests(Claims)), (2, 1));
}

#[actix_web::test]
async fn delays_and_latency_add_up() {
    let bed = Bed::new().await;
    let faults = bed.sources.faults();
    faults.set(Emr, Fault::Delay(80));
    faults.set_latency(Emr, Duration::from_millis(60));
    let began = Instant::now();
    assert_eq!(bed.get(Emr, PATH).await.0, 200);
    assert!(began.elapsed() >= Duration::from_millis(140));
}

#[actix_web::test]
async fn a_hanging_source_never_answers_and_still_stops() {
    let bed = Bed::new().await;
    bed.sources.faults().set(Emr, Fault::Hang);
    let waited = tokio::time::timeout(Duration::from_millis(200), bed.try_get(Emr, PATH)).await;
    assert!(waited.is_err());
    assert_eq!(bed.sources.requests(Emr), 1);
    tokio::time::timeout(Duration::from_secs(5), bed.sources.stop())
        .await
        .unwrap();
}

#[actix_web::test]
async fn a_dripping_source_sends_a_byte_and_then_waits() {
    let bed = Bed::new().await;
    bed.sources.faults().set(Emr, Fault::Drip);
    let mut response = bed.try_get(Emr, PATH).await.unwrap();
    let first = response.chunk().await.unwrap().unwrap();
    assert_eq!(&first[..], b"{");
    let second = tokio::time::timeout(Duration::from_millis(300), response.chunk()).await;
    assert!(second.is_err());
}

#[actix_web::test]
async fn half_a_body_is_announced_as_a_whole_one() {
    let bed = Bed::new().await;
    let whole = bed.try_get(Emr, PATH).await.unwrap().bytes().await.unwrap();
    bed.sources.faults().set(Emr, Fault::HalfBody);
    let mut response = bed.try_get(Emr, PATH).await.unwrap();
    assert_eq!(response.content_length(), u64::try_from(whole.len()).ok());
    let mut got = Vec::new();
    let ended = loop {
        match response.chunk().await {
            Ok(Some(part)) => got.extend_from_slice(&part),
            other => break other,
        }
    };
    assert!(ended.is_err());
    assert_eq!(got, &whole[..whole.len() / 2]);
}

#[actix_web::test]
async fn a_reset_is_an_error_and_not_an_answer() {
    let bed = Bed::new().await;
    bed.sources.faults().set(Emr, Fault::Reset);
    let error = bed.try_get(Emr, PATH).await.unwrap_err();
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    let mut kinds = Vec::new();
    while let Some(current) = cause {
        kinds.extend(
            current
                .downcast_ref::<std::io::Error>()
                .map(std::io::Error::kind),
        );
        cause = current.source();
    }
    assert!(
        kinds.contains(&std::io::ErrorKind::ConnectionReset),
        "{error:?}"
    );
}

#[actix_web::test]
async fn html_comes_with_status_200() {
    let bed = Bed::new().await;
    bed.sources.faults().set(Emr, Fault::Html);
    let response = bed.try_get(Emr, PATH).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .starts_with("<!DOCTYPE html>")
    );
}

#[actix_web::test]
async fn a_confused_source_sends_somebody_else_under_the_right_self_link() {
    let bed = Bed::new().await;
    let faults = bed.sources.faults();
    faults.set(Emr, Fault::OtherPatient);
    let (_, wrong) = bed.get(Emr, PATH).await;
    assert!(link(&wrong, "self").unwrap().contains("patient=emr-0001"));
    let entries = wrong["entry"].as_array().unwrap();
    assert!(!entries.is_empty());
    for entry in entries {
        assert_ne!(
            entry["resource"]["patient"]["reference"],
            "Patient/emr-0001"
        );
    }
    let who = identifier(&patient("山吹 庄三"));
    let form = [("identifier", who.as_str())];
    assert_eq!(bed.ids(Emr, &form).await, ["emr-0001"]);
    faults.set(Emr, Fault::OtherPerson);
    let wrong = bed.ids(Emr, &form).await;
    assert!(wrong.len() == 1 && wrong[0] != "emr-0001");
    faults.set(Identity, Fault::OtherPatient);
    let wrong = bed.ids(Identity, &form).await;
    assert!(wrong.len() == 1 && wrong[0] != "idn-0001");
}

#[actix_web::test]
async fn an_empty_answer_can_come_without_any_proof() {
    let bed = Bed::new().await;
    bed.sources.faults().set(Emr, Fault::EmptyWithoutSelf);
    let (status, bundle) = bed.get(Emr, PATH).await;
    assert_eq!((status, &bundle["total"]), (200, &Value::from(0)));
    assert!(bundle.get("link").is_none() && bundle.get("entry").is_none());
}

#[actix_web::test]
async fn the_big_body_is_json_of_more_than_twenty_megabytes() {
    let bed = Bed::new().await;
    bed.sources.faults().set(Emr, Fault::BigBody);
    let body = bed.try_get(Emr, PATH).await.unwrap().bytes().await.unwrap();
    assert!(body.len() > 20 * 1024 * 1024);
    assert!(body.starts_with(b"{\"resourceType\":\"Bundle\"") && body.ends_with(b"\"}"));
}

#[actix_web::test]
async fn an_endless_chain_always_has_a_next_page() {
    let bed = Bed::new().await;
    bed.sources.faults().set(Emr, Fault::EndlessNext);
    let mut url = format!(
        "{}/Observation?patient=emr-0001&_count=3",
        bed.sources.base(Emr)
    );
    let mut urls = BTreeSet::new();
    for _ in 0..10 {
        assert!(urls.insert(url.clone()));
        let text = bed
            .client
            .get(&url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let page: Value = serde_json::from_str(&text).unwrap();
        assert!(!ids(&page).is_empty());
        link(&page, "next").unwrap().clone_into(&mut url);
    }
}

#[actix_web::test]
async fn the_control_endpoint_switches_faults_by_form_and_by_json() {
    let bed = Bed::new().await;
    let control = bed.sources.base(Emr).replace("/fhir", "/control");
    let post = |body: &'static str| bed.client.post(&control).body(body).send();
    assert_eq!(post("mode=delay%3A7").await.unwrap().status(), 200);
    assert_eq!(bed.sources.faults().get(Emr), Fault::Delay(7));
    assert_eq!(post(r#"{"mode":"none"}"#).await.unwrap().status(), 200);
    assert_eq!(bed.sources.faults().get(Emr), Fault::None);
    assert_eq!(post("mode=explode").await.unwrap().status(), 400);
    let state = bed
        .client
        .get(&control)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(state.contains("\"mode\":\"none\"") && state.contains("\"requests\":0"));
}

#[test]
fn every_fault_is_read_from_its_own_word() {
    for fault in [
        Fault::None,
        Fault::Delay(850),
        Fault::Hang,
        Fault::Drip,
        Fault::Status(500),
        Fault::Html,
        Fault::HalfBody,
        Fault::OtherPatient,
        Fault::OtherPerson,
        Fault::EmptyWithoutSelf,
        Fault::Reset,
        Fault::BigBody,
        Fault::EndlessNext,
    ] {
        assert_eq!(Fault::parse(&fault.word()), Some(fault));
    }
    assert_eq!(Fault::parse("status"), Some(Fault::Status(500)));
    for wrong in ["", "delay", "delay:soon", "status:200", "hang:3"] {
        assert_eq!(Fault::parse(wrong), None, "{wrong}");
    }
}
