//! Finding the patient: four attributes narrowed to one, what scanners type, what is recorded of
//! whom was listed, and many searches.

use std::{sync::Arc, time::Duration};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::house::{House, glass, insurance, soon};
use crate::{
    access::{Access, Error, Field, Found, Search, Searching, Viewer, Wrong},
    domain::access::{FoundBy, Role},
    sources::canned::{Reply, Server},
};

async fn physician(house: &House) -> Viewer {
    let doctor = house.permitted("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    house.viewer(&seat).await
}

async fn ask(house: &House, viewer: &Viewer, search: &Search) -> Result<Found, Error> {
    house.access.search(viewer, search, soon()).await
}

/// Names of the candidates; nobody and too many are a word each.
fn said(found: Result<Found, Error>) -> Vec<String> {
    match found {
        Ok(Found::Candidates(found)) => found
            .iter()
            .filter_map(|candidate| candidate.patient.clone()?.name)
            .collect(),
        Ok(Found::Nobody) => vec!["nobody".to_owned()],
        Ok(Found::TooMany) => vec!["too many".to_owned()],
        Ok(Found::Unconfirmed(_)) => vec!["unconfirmed".to_owned()],
        Err(error) => vec![format!("{error:?}")],
    }
}

fn four(name: &str, address: &str, insurer_name: &str) -> Search {
    Search {
        mode: "four".to_owned(),
        name: name.to_owned(),
        birth_date: "S35.4.1".to_owned(),
        sex: "1".to_owned(),
        address: address.to_owned(),
        insurer_name: insurer_name.to_owned(),
        ..Search::default()
    }
}

fn scan(mode: &str, number: &str) -> Search {
    Search {
        mode: mode.to_owned(),
        number: number.to_owned(),
        ..Search::default()
    }
}

/// A namesake born on the same day, in the folder that the house asks.
fn add_person(house: &House, id: &str, name: &str, address: Option<&str>, insurer: Option<&str>) {
    add_born(house, (id, "1960-04-01"), name, address, insurer);
}

/// The same, born then.
fn add_born(
    house: &House,
    (id, born): (&str, &str),
    name: &str,
    address: Option<&str>,
    insurer: Option<&str>,
) {
    let mut patient = json!({
        "resourceType": "Patient", "id": id, "gender": "male", "birthDate": born,
        "identifier": [{
            "system": crate::domain::patient::MEMBER_NUMBER_SYSTEM,
            "value": format!("06999999:{id}:1:01"),
        }],
        "name": [{"text": name}],
    });
    if let Some(address) = address {
        patient["address"] = json!([{"text": address}]);
    }
    if let Some(insurer) = insurer {
        patient["identifier"][0]["assigner"] = json!({"display": insurer});
    }
    let bundle = json!({
        "resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}],
    });
    let file = house.folder.path().join(format!("identity/{id}.json"));
    std::fs::write(file, bundle.to_string()).unwrap();
}

#[tokio::test]
async fn only_the_address_is_loose_and_only_below_the_prefecture() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    for (name, address, found) in [
        ("山田 太郎", "千葉県船橋市本町9-9", "山田 太郎"),
        ("太郎　山田", "千葉", "山田 太郎"),
        ("山田 太郎", "東京都千代田区", "nobody"),
        ("山田", "千葉県千葉市中央区1-1", "nobody"),
        ("山田 太", "千葉県千葉市中央区1-1", "nobody"),
    ] {
        let answer = ask(&house, &viewer, &four(name, address, "")).await;
        assert_eq!(said(answer), [found], "{name} {address}");
    }
}

#[tokio::test]
async fn namesakes_born_on_one_day_are_narrowed_to_one_or_one_more_attribute_is_asked() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    add_person(
        &house,
        "n1",
        "山田 太郎",
        Some("千葉県船橋市本町1-1"),
        Some("船橋市国保"),
    );
    for (address, insurer_name, found) in [
        ("千葉県", "", "too many"),
        ("千葉県柏市", "", "too many"),
        ("千葉県船橋市", "", "山田 太郎"),
        ("千葉県", "船橋市", "too many"),
        ("", "船橋市国保", "Field(Address, Uncheckable)"),
    ] {
        let answer = ask(&house, &viewer, &four("山田 太郎", address, insurer_name)).await;
        assert_eq!(said(answer), [found], "{address} {insurer_name}");
    }
    assert!(
        house.newest().await["fields"].get("listed").is_none(),
        "nobody was named"
    );
    // Where an address was not sent it may be the one that was typed.
    add_person(&house, "n2", "山田 太郎", None, None);
    let answer = ask(&house, &viewer, &four("山田 太郎", "千葉県船橋市", "")).await;
    assert_eq!(said(answer), ["too many"]);
}

#[tokio::test]
async fn whose_birth_date_is_known_in_part_is_found_only_where_nobody_has_the_day() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    let chiba = Some("千葉県船橋市1");
    add_born(&house, ("y1", "1960"), "海野 凪", chiba, None);
    add_born(&house, ("d1", "1960-04-02"), "海野 凪", chiba, None);
    let found = ask(&house, &viewer, &four("海野 凪", "千葉県", "")).await;
    assert_eq!(said(found), ["海野 凪"]);
    // In 山田's case the one who has the day is meant.
    add_born(&house, ("y2", "1960-04"), "山田 太郎", chiba, None);
    let found = ask(&house, &viewer, &four("山田 太郎", "千葉県", "")).await;
    let Ok(Found::Candidates(found)) = found else {
        panic!("{found:?}")
    };
    let born = found[0].patient.as_ref().and_then(|one| one.birth_date);
    assert_eq!(born, crate::domain::date::Date::parse("1960-04-01"));
    add_born(&house, ("y3", "1960-04"), "海野 凪", chiba, None);
    let found = ask(&house, &viewer, &four("海野 凪", "千葉県", "")).await;
    assert_eq!(said(found), ["too many"], "never one of two");
}

#[tokio::test]
async fn the_insurers_name_alone_is_compared_where_identity_sends_it() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    add_person(
        &house,
        "n1",
        "海野 凪",
        Some("千葉県船橋市本町1-1"),
        Some("船橋市国民健康保険"),
    );
    add_person(
        &house,
        "n2",
        "海野 凪",
        Some("千葉県柏市1"),
        Some("全国健康保険協会 千葉支部"),
    );
    for (insurer_name, found) in [
        ("船橋市国民健康保険", "海野 凪"),
        ("船橋市", "海野 凪"),
        ("全国健康保険協会千葉支部", "海野 凪"),
        ("柏市国民健康保険", "nobody"),
    ] {
        let answer = ask(&house, &viewer, &four("海野 凪", "", insurer_name)).await;
        assert_eq!(said(answer), [found], "{insurer_name}");
    }
}

#[tokio::test]
async fn where_identity_does_not_search_without_an_address_the_address_is_asked_for() {
    let server = Server::start(|request| {
        if request.body.contains("address=") {
            return Reply::status(500, "text/plain", "");
        }
        Reply::status(
            400,
            "application/fhir+json",
            r#"{"resourceType":"OperationOutcome"}"#,
        )
    });
    let house = House::with_identity(&server.base).await;
    let viewer = physician(&house).await;
    let answer = ask(&house, &viewer, &four("山田 太郎", "", "国保")).await;
    assert_eq!(
        answer.unwrap_err(),
        Error::Field(Field::Address, Wrong::Uncheckable)
    );
    assert_eq!(house.newest().await["event"], "searched");
    let answer = ask(&house, &viewer, &four("山田 太郎", "千葉県", "国保")).await;
    assert_eq!(answer.unwrap_err(), Error::Unavailable);
}

#[tokio::test]
async fn a_scanned_number_says_how_it_was_found_and_opens_nothing() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    for (mode, burst, found_by) in [
        ("insurance", ";06123456=あ12=1234=01?", FoundBy::Card),
        ("card", "06123456,あ12,1234,01", FoundBy::Card),
        (
            "certificate",
            "０６１２３４５６：あ１２：１２３４：０１",
            FoundBy::Certificate,
        ),
    ] {
        let found = ask(&house, &viewer, &scan(mode, burst)).await.unwrap();
        let Found::Candidates(found) = found else {
            panic!("{found:?}")
        };
        assert!(
            house.access.own_grants(&viewer).is_empty(),
            "a burst searches only"
        );
        let opened = house.access.opened(&viewer, &found[0].token).unwrap();
        assert_eq!(opened.found_by, found_by, "{burst}");
        let as_reason = house
            .access
            .open_grant(&viewer, &glass(&found[0].token, burst))
            .await;
        assert_eq!(
            as_reason.unwrap_err(),
            Error::Field(Field::Reason, Wrong::NotOneOf)
        );
    }
    let answer = ask(
        &house,
        &viewer,
        &scan("insurance", "https://example.jp/?a=b&c=d"),
    )
    .await;
    assert_eq!(
        answer.unwrap_err(),
        Error::Field(Field::Number, Wrong::Unscanned)
    );
}

#[tokio::test]
async fn who_was_listed_is_recorded_as_keyed_hashes_and_nobody_in_clear() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    let Found::Candidates(found) = house.search(&viewer, "").await else {
        panic!("nobody")
    };
    let entry = house.newest().await;
    let keys: Vec<Value> = found
        .iter()
        .map(|candidate| candidate.patient_key.0.clone().into())
        .collect();
    assert_eq!(entry["fields"]["listed"], Value::from(keys));
    assert!(!entry["fields"].to_string().contains("山田"));
    let nobody = ask(&house, &viewer, &insurance("06123456", "9999", "01")).await;
    assert_eq!(said(nobody), ["nobody"]);
    assert!(house.newest().await["fields"].get("listed").is_none());
}

/// The house's service with another pace.
fn paced(house: &House, searching: Searching) -> Access {
    let inner = &house.access.inner;
    let mut settings = inner.settings.clone();
    settings.finding.searching = searching;
    Access::new(
        settings,
        inner.registry.clone(),
        inner.ledger.clone(),
        inner.sources.clone(),
        Arc::clone(&inner.clock),
        Arc::clone(&inner.entropy),
    )
}

#[tokio::test]
async fn many_searches_are_answered_later_and_never_refused_and_the_ledger_says_so_once_a_minute() {
    let mut house = House::new().await;
    let viewer = physician(&house).await;
    house.access = paced(
        &house,
        Searching {
            at_once: 3,
            period: Duration::from_secs(5),
            longest_wait: Duration::from_millis(1),
        },
    );
    let search = insurance("06123456", "1234", "01");
    let mut waits = Vec::new();
    for _ in 0..6 {
        let answer = house
            .access
            .search_or_wait(&viewer, &search, soon())
            .await
            .unwrap();
        assert!(matches!(answer.found, Found::Candidates(_)), "{answer:?}");
        waits.push(answer.waited);
    }
    assert_eq!(waits, [None, None, None, Some(1), Some(1), Some(1)]);
    let slowed = |entries: &[String]| entries.iter().filter(|word| *word == "refused").count();
    assert_eq!(slowed(&house.entries().await), 1);
    house.clock.pass(Duration::from_secs(5));
    let answer = house
        .access
        .search_or_wait(&viewer, &search, soon())
        .await
        .unwrap();
    assert_eq!(answer.waited, None, "one came back");
    house.clock.pass(Duration::from_secs(56));
    for _ in 0..5 {
        house
            .access
            .search_or_wait(&viewer, &search, soon())
            .await
            .unwrap();
    }
    assert_eq!(slowed(&house.entries().await), 2);
}

#[tokio::test]
async fn searches_sent_at_once_wait_one_after_the_other() {
    let mut house = House::new().await;
    let viewer = physician(&house).await;
    let longest_wait = Duration::from_millis(40);
    house.access = paced(
        &house,
        Searching {
            at_once: 1,
            period: Duration::from_secs(5),
            longest_wait,
        },
    );
    let search = insurance("06123456", "1234", "01");
    house.access.search(&viewer, &search, soon()).await.unwrap();
    let began = std::time::Instant::now();
    let one = || house.access.search(&viewer, &search, soon());
    let (first, second, third) = tokio::join!(one(), one(), one());
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert!(began.elapsed() >= longest_wait * 3);
}

#[tokio::test]
async fn a_search_goes_on_where_those_before_it_take_all_the_time_there_is() {
    let mut house = House::new().await;
    let viewer = physician(&house).await;
    house.access = paced(
        &house,
        Searching {
            at_once: 1,
            period: Duration::from_millis(50),
            longest_wait: Duration::from_secs(8),
        },
    );
    let search = insurance("06123456", "1234", "01");
    house.access.search(&viewer, &search, soon()).await.unwrap();
    let _flood = house.access.inner.searches.lane(&viewer.account).await;
    let answer = house.access.search(&viewer, &search, soon());
    let answer = tokio::time::timeout(Duration::from_secs(20), answer).await;
    assert!(answer.expect("it does not wait for ever").is_ok());
}

#[tokio::test]
async fn one_terminal_is_slowed_whoever_searches_at_it() {
    let mut house = House::new().await;
    let viewer = physician(&house).await;
    house.access = paced(
        &house,
        Searching {
            at_once: 2,
            period: Duration::from_secs(4),
            longest_wait: Duration::from_millis(1),
        },
    );
    let search = insurance("06123456", "1234", "01");
    let mut waits = Vec::new();
    for account in 0..6 {
        let other = Viewer {
            account: crate::domain::access::AccountId(format!("a-{account}")),
            ..viewer.clone()
        };
        let answer = house
            .access
            .search_or_wait(&other, &search, soon())
            .await
            .unwrap();
        waits.push(answer.waited.is_some());
    }
    assert_eq!(waits, [false, false, false, false, true, true]);
}

#[tokio::test]
async fn a_candidate_that_does_not_exist_and_one_that_is_not_yours_look_the_same() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    let nurse = house.permitted("nurse", Role::Nurse).await;
    let seat = house.seat(&nurse).await;
    let nurse = house.viewer(&seat).await;
    let theirs = house.candidate(&nurse, "01").await;
    for token in [
        &*theirs,
        "no-such-token",
        "",
        theirs.trim_start_matches(|c| theirs.starts_with(c)),
    ] {
        let board = Search {
            mode: "board".to_owned(),
            candidate: token.to_owned(),
            ..Search::default()
        };
        let chosen = ask(&house, &viewer, &board).await.unwrap_err();
        let opened = house
            .access
            .open_grant(&viewer, &glass(token, "1"))
            .await
            .unwrap_err();
        assert_eq!(
            (chosen, opened),
            (Error::StaleCandidate, Error::StaleCandidate)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn any_typed_form_is_answered_or_refused_with_a_named_field(
        forms in prop::collection::vec(
            ("(insurance|card|certificate|four|board)", prop::collection::vec(any::<String>(), 10)),
            20,
        ),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let house = House::new().await;
            let viewer = physician(&house).await;
            for (mode, texts) in forms {
                let [insurer, symbol, number, branch, name, birth_date, sex, address, insurer_name,
                    candidate] = <[String; 10]>::try_from(texts).unwrap();
                let search = Search {
                    mode, insurer, symbol, number, branch, name, birth_date, sex, address,
                    insurer_name, candidate,
                };
                let answer = ask(&house, &viewer, &search).await;
                let is_told = matches!(
                    answer,
                    Ok(_) | Err(Error::Field(..) | Error::StaleCandidate)
                );
                assert!(is_told, "{answer:?}");
            }
        });
    }
}
