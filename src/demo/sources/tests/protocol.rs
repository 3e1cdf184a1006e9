//! The search protocol.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{Bed, identifier, ids, link, patient, today};
use crate::{
    demo::patients::{charts, generated},
    domain::section::SourceName::{self, Claims, Emr, Eprescription, Identity},
};

#[actix_web::test]
async fn every_patient_is_found_by_number_at_every_source_that_knows_them() {
    let bed = Bed::new().await;
    for chart in charts(today()) {
        let identifier = identifier(&chart.patient);
        for source in [Identity, Emr, Eprescription, Claims] {
            let found = bed.ids(source, &[("identifier", &identifier)]).await;
            let expected: Vec<String> = chart
                .is_known_to(source)
                .then(|| chart.local_id(source))
                .into_iter()
                .collect();
            assert_eq!(found, expected, "{source:?}");
        }
    }
}

#[actix_web::test]
async fn a_number_is_found_however_it_is_written() {
    let bed = Bed::new().await;
    let system = crate::domain::patient::MEMBER_NUMBER_SYSTEM;
    for value in [
        "06279031:大ー３:１２－７:00",
        "6279031:大3:127:0",
        "06279031:大-3:12-7:００",
    ] {
        let identifier = format!("{system}|{value}");
        let found = bed.ids(Identity, &[("identifier", &identifier)]).await;
        assert_eq!(found.len(), 1, "{value}");
    }
    let wrong = format!("{system}|06279031:大3:128:00");
    let (status, empty) = bed.find(Identity, &[("identifier", &wrong)]).await;
    assert_eq!((status, &empty["total"]), (200, &Value::from(0)));
    assert!(empty.get("entry").is_none(), "FHIR knows no empty array");
    assert!(link(&empty, "self").is_some());
}

#[actix_web::test]
async fn a_number_without_branch_gives_the_whole_household() {
    let bed = Bed::new().await;
    let father = patient("相楽 治郎");
    let household = format!(
        "{}|{}:{}:{}:",
        father.member_system(),
        father.insurer,
        father.symbol,
        father.number
    );
    assert_eq!(
        bed.ids(Identity, &[("identifier", &household)]).await.len(),
        2
    );
    let own = identifier(&father);
    assert_eq!(bed.ids(Identity, &[("identifier", &own)]).await.len(), 1);
    let as_public = own.replace("JP_Insurance_memberID", "JP_PublicPayer_memberID");
    assert!(
        bed.ids(Identity, &[("identifier", &as_public)])
            .await
            .is_empty()
    );
}

#[actix_web::test]
async fn a_comma_asks_for_either_number() {
    let bed = Bed::new().await;
    let public = patient("門倉 作太郎");
    let value = public.member_value();
    let insurance = crate::domain::patient::MEMBER_NUMBER_SYSTEM;
    let either = format!("{insurance}|{value},{}|{value}", public.member_system());
    let found = bed.ids(Identity, &[("identifier", &either)]).await;
    assert_eq!(found.len(), 1);
    let wrong = format!("{insurance}|{value}");
    assert!(
        bed.ids(Identity, &[("identifier", &wrong)])
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn the_sources_start_from_a_plain_runtime_too() {
    let bed = Bed::new().await;
    assert_eq!(bed.get(Identity, "Patient/idn-0001").await.0, 200);
}

#[actix_web::test]
async fn the_four_attributes_find_a_person_in_any_spelling_of_the_name() {
    let bed = Bed::new().await;
    let who = patient("山吹 庄三");
    for name in [
        "山吹庄三",
        "庄三 山吹",
        "ヤマブキ　ショウゾウ",
        "しょうぞう やまぶき",
        "ﾔﾏﾌﾞｷｼｮｳｿﾞｳ",
    ] {
        let form = [
            ("name", name),
            ("birthdate", who.birth_date.as_str()),
            ("gender", "male"),
            ("address", "東京都墨田区"),
        ];
        assert_eq!(bed.ids(Identity, &form).await, ["idn-0001"], "{name}");
    }
    let elsewhere = [
        ("name", "山吹庄三"),
        ("birthdate", who.birth_date.as_str()),
        ("gender", "male"),
        ("address", "大阪府"),
    ];
    assert!(bed.ids(Identity, &elsewhere).await.is_empty());
    let (status, outcome) = bed.find(Identity, &[("name", "山吹庄三")]).await;
    assert_eq!(status, 400);
    assert_eq!(outcome["resourceType"], "OperationOutcome");
}

#[actix_web::test]
async fn the_long_foreign_name_is_found_in_any_order() {
    let bed = Bed::new().await;
    let who = patient("VASCONCELLOS MAXIMILLIANO ALESSANDRO FERDINANDO BARTOLOMEU LUSITANO");
    let form = [
        (
            "name",
            "Maximilliano Alessandro Ferdinando Bartolomeu Lusitano Vasconcellos",
        ),
        ("birthdate", who.birth_date.as_str()),
        ("gender", "male"),
        ("address", "群馬県"),
    ];
    assert_eq!(bed.ids(Identity, &form).await.len(), 1);
}

#[actix_web::test]
async fn pages_together_hold_each_resource_once_and_the_self_link_says_what_was_asked() {
    let bed = Bed::new().await;
    let chart = charts(today())
        .into_iter()
        .find(|chart| chart.patient.name == "若林院 泰三")
        .unwrap();
    let id = chart.local_id(Emr);
    let mut url = format!(
        "{}/Observation?patient={id}&_count=150",
        bed.sources.base(Emr)
    );
    let mut seen = BTreeSet::new();
    let mut pages = 0;
    loop {
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
        pages += 1;
        assert_eq!(page["total"], 400);
        assert_eq!(page["entry"][0]["search"]["mode"], "match");
        assert!(
            link(&page, "self")
                .unwrap()
                .contains(&format!("patient={id}"))
        );
        for id in ids(&page) {
            assert!(seen.insert(id));
        }
        match link(&page, "next") {
            Some(next) => next.clone_into(&mut url),
            None => break,
        }
    }
    assert_eq!((pages, seen.len()), (3, 400));
}

#[actix_web::test]
async fn unknown_parameters_are_ignored_unless_strict_handling_is_asked_for() {
    let bed = Bed::new().await;
    let path = "Condition?patient=emr-0001&favourite=yes";
    let (status, lenient) = bed.get(Emr, path).await;
    assert_eq!(status, 200);
    assert!(!link(&lenient, "self").unwrap().contains("favourite"));
    let strict = bed
        .client
        .get(format!("{}/{path}", bed.sources.base(Emr)))
        .header("Prefer", "handling=strict")
        .send()
        .await
        .unwrap();
    assert_eq!(strict.status(), 400);
    let known = bed
        .client
        .get(format!(
            "{}/Condition?patient=emr-0001&_count=5",
            bed.sources.base(Emr)
        ))
        .header("Prefer", "respond-async, handling=strict")
        .send()
        .await
        .unwrap();
    assert_eq!(known.status(), 200);
}

#[actix_web::test]
async fn what_is_not_there_is_said_in_the_words_of_fhir() {
    let bed = Bed::new().await;
    for (source, path, expected) in [
        (Emr, "Condition", 400),
        (Emr, "Condition?patient=emr-0001&_count=many", 400),
        (Emr, "Immunization?patient=emr-0001", 404),
        (Identity, "Condition?patient=idn-0001", 404),
        (Emr, "Patient/emr-9999", 404),
        (Emr, "Patient/clm-0001", 404),
        (Emr, "Patient?identifier=%7C1", 400),
    ] {
        let (status, outcome) = bed.get(source, path).await;
        assert_eq!(status, expected, "{path}");
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{path}");
    }
    let (status, empty) = bed.get(Emr, "Condition?patient=emr-9999").await;
    assert_eq!((status, &empty["total"]), (200, &Value::from(0)));
    let (status, read) = bed.get(Emr, "Patient/emr-0001").await;
    assert_eq!((status, &read["id"]), (200, &Value::from("emr-0001")));
    let (status, read) = bed.get(Emr, "AllergyIntolerance/emr-0001-alg1").await;
    assert_eq!((status, &read["id"]), (200, &Value::from("emr-0001-alg1")));
    let (status, said) = bed.get(Claims, "metadata").await;
    assert_eq!((status, &said["fhirVersion"]), (200, &Value::from("4.0.1")));
}

#[actix_web::test]
async fn a_search_that_is_not_a_form_is_refused() {
    let bed = Bed::new().await;
    let response = bed
        .client
        .post(format!("{}/Patient/_search", bed.sources.base(Identity)))
        .header("Content-Type", "application/json")
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 415);
}

#[actix_web::test]
async fn generated_patients_are_served_like_the_others() {
    let bed = Bed::new().await;
    let chart = generated(77, today());
    let identifier = identifier(&chart.patient);
    for source in SourceName::CLINICAL {
        let found = bed.ids(source, &[("identifier", &identifier)]).await;
        assert_eq!(found, [chart.local_id(source)]);
        let (_, bundle) = bed.get(source, &format!("Patient?_id={}", found[0])).await;
        assert_eq!(bundle["entry"][0]["resource"], chart.resources(source)[0]);
    }
    let labs = chart
        .resources(Emr)
        .iter()
        .filter(|resource| resource["resourceType"] == "Observation")
        .count();
    let (_, bundle) = bed
        .get(
            Emr,
            &format!("Observation?patient={}&_count=1000", chart.local_id(Emr)),
        )
        .await;
    assert_eq!(bundle["total"], labs);
    let (_, stranger) = bed.get(Emr, "Observation?patient=emr-g077").await;
    assert_eq!(stranger["total"], 0, "one patient has one id");
}

#[actix_web::test]
async fn two_starts_on_one_day_answer_with_the_same_bytes() {
    let (one, two) = (Bed::new().await, Bed::new().await);
    let path = "MedicationDispense?patient=erx-0001";
    let text = |bundle: Value| {
        bundle["entry"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["resource"].to_string())
            .collect::<Vec<_>>()
    };
    let first = text(one.get(Eprescription, path).await.1);
    assert!(!first.is_empty());
    assert_eq!(first, text(two.get(Eprescription, path).await.1));
}

#[actix_web::test]
async fn stopping_frees_the_ports_and_a_start_is_quick() {
    let began = Instant::now();
    let bed = Bed::new().await;
    let took = began.elapsed();
    assert!(
        took < Duration::from_secs(2),
        "{took:?} even in a debug build on a busy machine"
    );
    let base = bed.sources.base(Emr).to_owned();
    bed.sources.stop().await;
    let refused = bed.client.get(format!("{base}/metadata")).send().await;
    assert!(refused.is_err_and(|error| error.is_connect()));
}
