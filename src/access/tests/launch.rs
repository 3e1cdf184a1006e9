//! Opening from the facility's own system.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::house::{House, Login, caller, soon};
use crate::{
    access::{Access, Answer, Error, Found, LaunchKey, Launched, Viewer},
    domain::{
        access::{FacilityId, Role},
        clock::Clock,
        patient::MEMBER_NUMBER_SYSTEM,
    },
    registry::{Registry, SqliteStore, seal::keyed_hash},
};

const KEY: [u8; 32] = [3; 32];
const OTHER_KEY: [u8; 32] = [4; 32];

/// The system that the house's identity knows local numbers by.
const CHART: &str = "urn:oid:1.2.3.4";

fn launch_key(facility: &FacilityId, issuer: &str, key: [u8; 32]) -> LaunchKey {
    LaunchKey {
        issuer: issuer.to_owned(),
        facility: facility.clone(),
        key: key.to_vec().into(),
        max_age: Duration::from_mins(1),
        local_system: Some(CHART.to_owned()),
    }
}

/// The service with its charts.
fn started(house: &House) -> Access {
    with_registry(house, house.access.inner.registry.clone())
}

pub(super) fn with_registry(house: &House, registry: Registry) -> Access {
    let inner = &house.access.inner;
    let mut settings = inner.settings.clone();
    settings.finding.launches = vec![
        launch_key(&house.hospital, "chart", KEY),
        launch_key(&house.fire, "crew", OTHER_KEY),
    ];
    Access::new(
        settings,
        registry,
        inner.ledger.clone(),
        inner.sources.clone(),
        Arc::clone(&inner.clock),
        Arc::clone(&inner.entropy),
    )
}

/// A hospital with a chart, a fire department with another, and a physician at a seat.
async fn hospital() -> (House, Viewer, Login) {
    let mut house = House::new().await;
    house.access = started(&house);
    let patient = json!({"resource": {
        "resourceType": "Patient", "id": "own", "gender": "female", "birthDate": "1960-04-01",
        "identifier": [
            {"system": MEMBER_NUMBER_SYSTEM, "value": "06123456:い:55:01"},
            {"system": CHART, "value": "0007"},
        ],
        "name": [{"text": "佐藤 葉"}],
    }});
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [patient]});
    let file = house.folder.path().join("identity/own.json");
    std::fs::write(file, bundle.to_string()).unwrap();
    let doctor = house.permitted("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    let viewer = house.viewer(&seat).await;
    (house, viewer, doctor)
}

fn claims(house: &House) -> Value {
    json!({
        "iss": "chart", "aud": house.hospital.0, "jti": "0123456789abcdef",
        "iat": house.clock.now().wall.timestamp(),
        "patient": {"insurance": {
            "insurer": "06123456", "symbol": "あ12", "number": "1234", "branch": "01",
        }},
    })
}

fn token_with(header: &str, claims: &Value, key: [u8; 32]) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", part(header), part(&claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(keyed_hash(&key, signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn token(claims: &Value) -> String {
    token_with(r#"{"alg":"HS256","typ":"JWT"}"#, claims, KEY)
}

async fn launch(house: &House, token: &str) -> Result<String, Error> {
    house.access.launch(token, &caller(None)).await
}

async fn open(house: &House, viewer: &Viewer, claims: &Value) -> Result<Answer, Error> {
    let sealed = launch(house, &token(claims)).await?;
    house.access.launched(viewer, &sealed, soon()).await
}

fn name(answer: Answer) -> String {
    match answer.found {
        Found::Candidates(mut found) if found.len() == 1 => {
            found.remove(0).patient.unwrap().name.unwrap()
        }
        other @ (Found::Candidates(_) | Found::Nobody | Found::TooMany | Found::Unconfirmed(_)) => {
            panic!("{other:?}")
        }
    }
}

#[tokio::test]
async fn a_launch_leads_to_a_candidate_and_never_opens_a_grant() {
    let (house, viewer, _) = hospital().await;
    let answer = open(&house, &viewer, &claims(&house)).await.unwrap();
    assert_eq!(name(answer), "山田 太郎");
    let entry = house.newest().await;
    assert_eq!(
        (&entry["event"], &entry["fields"]["mode"]),
        (&"searched".into(), &"launch".into())
    );
    assert_eq!(entry["fields"]["listed"].as_array().unwrap().len(), 1);
    assert!(house.access.own_grants(&viewer).is_empty());
}

#[tokio::test]
async fn a_local_number_finds_exactly_who_has_it() {
    let (house, viewer, _) = hospital().await;
    let mut local = claims(&house);
    local["patient"] = json!({"local": "0007", "birth_date": "1960-04-01"});
    assert_eq!(
        name(open(&house, &viewer, &local).await.unwrap()),
        "佐藤 葉"
    );
    let mut nobody = claims(&house);
    nobody["jti"] = "another-id-0123456".into();
    nobody["patient"] = json!({"local": "000"});
    let answer = open(&house, &viewer, &nobody).await.unwrap();
    assert!(matches!(answer.found, Found::Nobody), "{answer:?}");
}

#[tokio::test]
async fn a_number_that_identity_gives_to_somebody_born_on_another_day_is_refused() {
    let (house, viewer, _) = hospital().await;
    let mut wrong = claims(&house);
    wrong["patient"]["birth_date"] = "1960-04-02".into();
    let answer = open(&house, &viewer, &wrong).await;
    assert_eq!(answer.unwrap_err(), Error::Launch(Launched::AnotherPatient));
    let entries = house.entries().await;
    assert_eq!(entries[..2], ["refused", "searched"]);
}

#[tokio::test]
async fn a_token_and_its_page_are_good_once() {
    let (house, viewer, _) = hospital().await;
    let token = token(&claims(&house));
    let sealed = launch(&house, &token).await.unwrap();
    let used = Error::Launch(Launched::Used);
    assert_eq!(launch(&house, &token).await.unwrap_err(), used);
    assert_eq!(house.newest().await["fields"]["why"], "used");
    house
        .access
        .launched(&viewer, &sealed, soon())
        .await
        .unwrap();
    let again = house.access.launched(&viewer, &sealed, soon()).await;
    assert_eq!(again.unwrap_err(), used);
}

#[tokio::test]
async fn a_restart_makes_no_token_good_again_and_loses_none() {
    let (mut house, viewer, _) = hospital().await;
    let used = token(&claims(&house));
    let sealed = launch(&house, &used).await.unwrap();
    let mut other = claims(&house);
    other["jti"] = "another-id-0123456".into();
    // Nothing but the files is left of the process that took the first one.
    let store = SqliteStore::open(house.folder.path()).unwrap();
    let key = house.access.inner.settings.key.clone();
    let registry = Registry::new(Arc::new(store), &key, Arc::clone(&house.clock) as _);
    house.access = with_registry(&house, registry);
    let again = Error::Launch(Launched::Used);
    assert_eq!(launch(&house, &used).await.unwrap_err(), again);
    launch(&house, &token(&other)).await.unwrap();
    for outcome in [Ok(()), Err(again)] {
        let answer = house.access.launched(&viewer, &sealed, soon()).await;
        assert_eq!(answer.map(drop), outcome);
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_minute_and_its_page_for_five() {
    let (house, viewer, _) = hospital().await;
    for (shift, allowed) in [(-66, false), (-64, true), (0, true), (5, true), (6, false)] {
        let mut at = claims(&house);
        at["jti"] = format!("0123456789abcd{}", shift + 100).into();
        at["iat"] = (house.clock.now().wall.timestamp() + shift).into();
        let answer = launch(&house, &token(&at)).await.map(drop);
        assert_eq!(answer.is_ok(), allowed, "{shift}: {answer:?}");
    }
    let mut expired = claims(&house);
    expired["exp"] = (house.clock.now().wall.timestamp() - 1).into();
    let out = Error::Launch(Launched::OutOfTime);
    assert_eq!(launch(&house, &token(&expired)).await.unwrap_err(), out);
    let sealed = launch(&house, &token(&claims(&house))).await.unwrap();
    house.clock.pass(Duration::from_secs(301));
    let answer = house.access.launched(&viewer, &sealed, soon()).await;
    assert_eq!(answer.unwrap_err(), out);
}

#[tokio::test]
async fn what_no_known_key_has_signed_as_it_stands_is_refused() {
    let (house, _, _) = hospital().await;
    let right = claims(&house);
    let with = |change: fn(&mut Value)| {
        let mut claims = right.clone();
        change(&mut claims);
        claims
    };
    let hs256 = r#"{"alg":"HS256"}"#;
    let whole = token(&right);
    let (signed, _) = whole.rsplit_once('.').unwrap();
    for forged in [
        String::new(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        "\0".to_owned(),
        "あ".repeat(5_000),
        format!("{signed}."),
        format!("{whole}A"),
        token_with(r#"{"alg":"none"}"#, &right, KEY),
        token_with(r#"{"alg":"HS256","kid":"x"}"#, &right, KEY),
        token_with(r#"{"alg":"RS256"}"#, &right, KEY),
        token_with(hs256, &right, OTHER_KEY),
        // The fire department's key for the hospital, and its own for the hospital's issuer.
        token_with(
            hs256,
            &with(|claims| claims["iss"] = "crew".into()),
            OTHER_KEY,
        ),
        token_with(
            hs256,
            &with(|claims| claims["aud"] = "elsewhere".into()),
            KEY,
        ),
        token(&with(|claims| claims["jti"] = "short".into())),
        token(&with(|claims| claims["jti"] = "0123456789 abcdef".into())),
        token(&with(|claims| claims["iat"] = "now".into())),
        token(&with(|claims| claims["admin"] = true.into())),
        token(&with(|claims| claims["patient"] = json!({}))),
        token(&with(|claims| claims["patient"]["local"] = "0007".into())),
        token(&with(|claims| {
            claims["patient"] = json!({"local": "a|b,c"});
        })),
        token(&with(|claims| claims["patient"] = json!({"local": " "}))),
        token(&with(|claims| {
            claims["patient"]["insurance"]["insurer"] = "x".into();
        })),
        token(&with(|claims| {
            claims["patient"]["birth_date"] = "S35.4.1".into();
        })),
        token(&Value::Null),
        token(&json!([])),
    ] {
        let answer = launch(&house, &forged).await;
        assert_eq!(
            answer.unwrap_err(),
            Error::Launch(Launched::Unverified),
            "{forged}"
        );
    }
    assert!(launch(&house, &whole).await.is_ok(), "nothing used it up");
}

#[tokio::test]
async fn a_launch_is_for_its_facility_and_where_it_says_so_its_account() {
    let (house, viewer, _) = hospital().await;
    let not_yours = Error::Launch(Launched::NotYours);
    let mut named = claims(&house);
    named["sub"] = "somebody".into();
    assert_eq!(open(&house, &viewer, &named).await.unwrap_err(), not_yours);
    named["jti"] = "0123456789abcdeg".into();
    named["sub"] = "Ｄｏｃｔｏｒ".into();
    assert!(open(&house, &viewer, &named).await.is_ok());

    let mut theirs = claims(&house);
    (theirs["iss"], theirs["aud"]) = ("crew".into(), house.fire.0.clone().into());
    let theirs = token_with(r#"{"alg":"HS256"}"#, &theirs, OTHER_KEY);
    let sealed = launch(&house, &theirs).await.unwrap();
    let answer = house.access.launched(&viewer, &sealed, soon()).await;
    assert_eq!(answer.unwrap_err(), not_yours);
    assert_eq!(house.newest().await["fields"]["why"], "not_yours");
    // Not used up by whom it is not for.
    let crew = house.permitted("crew", Role::Paramedic).await;
    let seat = house.seat(&crew).await;
    let crew = house.viewer(&seat).await;
    assert!(house.access.launched(&crew, &sealed, soon()).await.is_ok());
}

#[tokio::test]
async fn an_auditor_and_a_forged_page_get_nowhere() {
    let (house, viewer, _) = hospital().await;
    let auditor = house.account("auditor", Role::Auditor).await;
    let seat = house.seat(&auditor).await;
    let auditor = house.viewer(&seat).await;
    let sealed = launch(&house, &token(&claims(&house))).await.unwrap();
    let answer = house.access.launched(&auditor, &sealed, soon()).await;
    assert_eq!(answer.unwrap_err(), Error::NotAllowed);
    for forged in [
        "",
        "x",
        sealed.trim_start_matches(|c| sealed.starts_with(c)),
        &token(&claims(&house)),
    ] {
        let answer = house.access.launched(&viewer, forged, soon()).await;
        assert_eq!(
            answer.unwrap_err(),
            Error::Launch(Launched::OutOfTime),
            "{forged}"
        );
    }
    assert!(
        house
            .access
            .launched(&viewer, &sealed, soon())
            .await
            .is_ok()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn no_text_is_a_token(texts in prop::collection::vec("(\\PC{0,40}|[A-Za-z0-9_.-]{0,200})", 50)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (house, _, _) = hospital().await;
            for text in texts {
                let answer = launch(&house, &text).await;
                assert_eq!(answer.unwrap_err(), Error::Launch(Launched::Unverified), "{text}");
            }
        });
    }
}
