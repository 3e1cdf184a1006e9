//! Finding the patient.

use super::house::{House, insurance, soon};
use crate::{
    access::{Error, Field, Found, Search, Viewer, Wrong},
    domain::access::Role,
    sources::canned::{Reply, Server, bundle, patient},
};

async fn physician(house: &House) -> Viewer {
    let doctor = house.permitted("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    house.viewer(&seat).await
}

fn names(found: &Found) -> Vec<String> {
    match found {
        Found::Candidates(found) => found
            .iter()
            .filter_map(|candidate| candidate.patient.clone()?.name)
            .collect(),
        Found::Nobody | Found::TooMany | Found::Unconfirmed(_) => panic!("{found:?}"),
    }
}

#[tokio::test]
async fn a_branch_finds_one_member_and_no_branch_the_household() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    assert_eq!(names(&house.search(&viewer, "02").await), ["山田 次郎"]);
    assert_eq!(names(&house.search(&viewer, "２").await), ["山田 次郎"]);
    let Found::Candidates(household) = house.search(&viewer, "").await else {
        panic!("nobody")
    };
    let branches: Vec<_> = household.iter().map(|one| one.branch.as_deref()).collect();
    assert_eq!(branches, [Some("01"), Some("02")]);
    assert!(matches!(house.search(&viewer, "03").await, Found::Nobody));
}

#[tokio::test]
async fn width_hyphens_and_kind_of_kana_do_not_matter() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    let mut search = insurance("０６１２－３４５６", "１２-３４", "０１");
    search.symbol = "ア１２".to_owned();
    let found = house.access.search(&viewer, &search, soon()).await.unwrap();
    assert_eq!(names(&found), ["山田 太郎"]);
}

#[tokio::test]
async fn four_of_one_household_are_too_many() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    let search = insurance("06123456", "77", "");
    let found = house.access.search(&viewer, &search, soon()).await.unwrap();
    assert!(matches!(found, Found::TooMany), "{found:?}");
}

#[tokio::test]
async fn public_assistance_is_found_without_symbol_and_whatever_the_branch() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    for branch in ["", "00"] {
        let search = Search {
            symbol: String::new(),
            ..insurance("12131018", "7654321", branch)
        };
        let found = house.access.search(&viewer, &search, soon()).await.unwrap();
        assert_eq!(names(&found), ["田中 花"]);
    }
}

#[tokio::test]
async fn four_attributes_find_in_every_written_form() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    for (name, born, sex) in [
        ("山田 太郎", "S35.4.1", "男"),
        ("太郎 山田", "昭和35年4月1日", "male"),
        ("山田　太郎", "１９６００４０１", "1"),
    ] {
        let search = Search {
            mode: "four".to_owned(),
            name: name.to_owned(),
            birth_date: born.to_owned(),
            sex: sex.to_owned(),
            address: "千葉県".to_owned(),
            ..Search::default()
        };
        let found = house.access.search(&viewer, &search, soon()).await.unwrap();
        assert_eq!(names(&found), ["山田 太郎"], "{born}");
    }
}

fn four() -> Search {
    Search {
        mode: "four".to_owned(),
        name: "山田".to_owned(),
        birth_date: "S35.4.1".to_owned(),
        sex: "男".to_owned(),
        address: "千葉".to_owned(),
        ..Search::default()
    }
}

/// A search with one field changed.
fn with(mut search: Search, field: fn(&mut Search) -> &mut String, value: &str) -> Search {
    value.clone_into(field(&mut search));
    search
}

async fn assert_refused(searches: Vec<(Search, Field, Wrong)>) {
    let house = House::new().await;
    let viewer = physician(&house).await;
    for (search, field, wrong) in searches {
        let answer = house.access.search(&viewer, &search, soon()).await;
        assert_eq!(
            answer.unwrap_err(),
            Error::Field(field, wrong),
            "{search:?}"
        );
    }
}

#[tokio::test]
async fn every_wrong_field_of_a_number_search_is_named() {
    let insurer = |value| with(insurance("06123456", "1234", ""), |s| &mut s.insurer, value);
    let number = |value| with(insurance("06123456", "1234", ""), |s| &mut s.number, value);
    let mode = |value| with(insurance("06123456", "1234", ""), |s| &mut s.mode, value);
    assert_refused(vec![
        (insurer(""), Field::Insurer, Wrong::Missing),
        (insurer("abc"), Field::Insurer, Wrong::Unreadable),
        (insurer("123456789"), Field::Insurer, Wrong::Unreadable),
        (number("　"), Field::Number, Wrong::Missing),
        (number("--"), Field::Number, Wrong::Unreadable),
        (number("1:2"), Field::Number, Wrong::Unreadable),
        (number("1\0"), Field::Number, Wrong::Unreadable),
        (number(&"1".repeat(121)), Field::Number, Wrong::TooLong(120)),
        (mode("launch"), Field::Mode, Wrong::NotOneOf),
        (mode(""), Field::Mode, Wrong::NotOneOf),
    ])
    .await;
}

#[tokio::test]
async fn every_wrong_field_of_a_search_by_attributes_is_named() {
    let born = |value| with(four(), |s| &mut s.birth_date, value);
    assert_refused(vec![
        (
            with(four(), |s| &mut s.name, ""),
            Field::Name,
            Wrong::Missing,
        ),
        (born(""), Field::BirthDate, Wrong::Missing),
        (born("1960"), Field::BirthDate, Wrong::Unreadable),
        (born("R9.1.1"), Field::BirthDate, Wrong::InFuture),
        (
            with(four(), |s| &mut s.sex, "x"),
            Field::Sex,
            Wrong::NotOneOf,
        ),
        (
            with(four(), |s| &mut s.address, ""),
            Field::Address,
            Wrong::Missing,
        ),
    ])
    .await;
}

#[tokio::test]
async fn without_identity_a_number_gives_an_unconfirmed_candidate_and_attributes_give_none() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    std::fs::remove_dir_all(house.folder.path().join("identity")).unwrap();
    let found = house.search(&viewer, "01").await;
    let Found::Unconfirmed(candidate) = found else {
        panic!("{found:?}")
    };
    assert_eq!(candidate.patient, None);
    let entry = house.newest().await;
    assert_eq!(entry["event"], "searched");
    let hits = entry["fields"].get("hits");
    assert!(hits.is_none_or(serde_json::Value::is_null), "{hits:?}");
    let answer = house.access.search(&viewer, &four(), soon()).await;
    assert_eq!(answer.unwrap_err(), Error::Unavailable);
}

#[tokio::test]
async fn a_search_is_recorded_without_the_number_in_clear_and_not_answered_unrecorded() {
    let house = House::new().await;
    let viewer = physician(&house).await;
    house.search(&viewer, "01").await;
    let entry = house.newest().await;
    assert_eq!(
        (&entry["event"], &entry["fields"]["hits"]),
        (&"searched".into(), &1.into())
    );
    assert!(!entry["fields"].to_string().contains("1234"));
    house.break_ledger();
    let search = insurance("06123456", "1234", "01");
    let answer = house.access.search(&viewer, &search, soon()).await;
    assert_eq!(answer.unwrap_err(), Error::CannotRecord);
}

#[tokio::test]
async fn an_answer_of_identity_that_was_not_believed_is_recorded_as_refused() {
    let server = Server::start(|_| {
        let other = patient("p9", "06123456:あ12:9999:05", "1960-04-01");
        Reply::Json(bundle(None, None, &[other]))
    });
    let house = House::with_identity(&server.base).await;
    let viewer = physician(&house).await;
    let found = house.search(&viewer, "01").await;
    assert!(matches!(found, Found::Unconfirmed(_)), "{found:?}");
    let entry = house.newest().await;
    assert_eq!(entry["event"], "source_refused");
    assert_eq!(entry["fields"]["source"], "identity");
    assert_eq!(entry["fields"]["why"], "another patient");
    assert_eq!(house.entries().await[1], "searched");
}

#[tokio::test]
async fn an_auditor_cannot_search() {
    let house = House::new().await;
    let auditor = house.account("auditor", Role::Auditor).await;
    let seat = house.seat(&auditor).await;
    let viewer = house.viewer(&seat).await;
    let search = insurance("06123456", "1234", "01");
    let answer = house.access.search(&viewer, &search, soon()).await;
    assert_eq!(answer.unwrap_err(), Error::NotAllowed);
}
