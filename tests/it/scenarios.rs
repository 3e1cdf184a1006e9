//! One scenario for each rule and each explanation, through the real app, named after it: those of
//! accounts, terminals and permissions. The others stand with the work list.

use std::time::Duration;

use emergency_summary::{
    domain::{
        access::{AccountId, Person, Role},
        event::{Draft, Event, SecondFactor, Who},
        handoff::HandoffId,
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber},
        review::Rule,
    },
    review::Means,
};
use secrecy::ExposeSecret;

use crate::{
    admin::{address, administrator, send, settled},
    app::{break_glass, open},
    find::{KEY, claims, from_chart, go_on, launched, token},
    review::{Morning, glass},
    seats::{envelope, named, password_alone, submit},
};

/// Where scenarios are looked for.
const SOURCES: [&str; 2] = [include_str!("review.rs"), include_str!("scenarios.rs")];

/// The names of all tests in these sources.
fn tests() -> Vec<&'static str> {
    let after = |source: &'static str| source.split("#[actix_web::test]\nasync fn ").skip(1);
    let sources = SOURCES.into_iter().flat_map(after);
    sources
        .map(|rest| rest.split('(').next().unwrap_or_default())
        .collect()
}

#[test]
fn every_rule_and_every_explanation_has_a_scenario_of_its_name() {
    let tests = tests();
    for rule in Rule::ALL {
        let is_it = |name: &&str| name.starts_with("scenario_") && name.contains(rule.word());
        assert!(tests.iter().any(is_it), "no scenario_{}", rule.word());
    }
    for means in Means::ALL {
        let word = match means {
            Means::Registered => "registered",
            Means::Launched => "launched",
            Means::HandedOver => "handed_over",
            Means::OnDuty => "on_duty",
            Means::Colleague => "colleague",
        };
        let wanted = format!("explanation_{word}");
        assert!(tests.iter().any(|name| name.contains(&wanted)), "{wanted}");
    }
}

#[actix_web::test]
async fn scenario_sealed_account() {
    let morning = Morning::new().await;
    let sealed = envelope(&morning.app).await;
    let browser = morning.app.browser();
    let login = browser.get("/login").await.is(200);
    let typed = [
        ("account", sealed.sign_in.expose_secret()),
        ("password", sealed.password.expose_secret()),
        ("code", sealed.code.expose_secret()),
    ];
    submit(&browser, &login, "login", &typed).await.is(303);
    open(&browser, morning.patient(0)).await;
    morning.assert_flagged("封印アカウント").await;
}

#[actix_web::test]
async fn scenario_vouched() {
    let morning = Morning::new().await;
    let app = &morning.app;
    let nurse = named(app, "ns-mori");
    let doctor = app.account("physician").clone();
    let browser = app.physician().await;
    let door = browser.get("/vouch").await.is(200);
    let whom = [("account", "ns-mori"), ("password", &*doctor.password)];
    submit(&browser, &door, "vouch-colleague", &whom)
        .await
        .is(200);
    let ward = app.browser();
    let step = password_alone(&ward, &nurse).await.is(200);
    submit(&ward, &step, "login-vouched", &[]).await.is(303);
    let said = [("reason", "1"), ("judged_by", "佐藤 救")];
    glass(&ward, morning.patient(0), &said).await.is(303);
    morning.assert_flagged("保証による利用").await;
    open(&browser, morning.patient(1)).await;
    morning.assert_not_flagged("保証による利用").await;
}

#[actix_web::test]
async fn scenario_factors_reset() {
    let morning = Morning::new().await;
    let app = &morning.app;
    let office = administrator(app).await;
    let fresh = settled(app, &office, "dr-shin", "physician").await;
    let path = address(&office, "dr-shin").await;
    let id = path.rsplit('/').next().expect("an id").to_owned();
    let page = office.get("/admin/permissions").await.is(200);
    send(&office, &page, "give", &[("account", &id)])
        .await
        .is(303);
    open(&fresh, morning.patient(0)).await;
    morning.assert_flagged("認証を再設定した直後").await;
}

#[actix_web::test]
async fn scenario_delegated() {
    let morning = Morning::new().await;
    let app = &morning.app;
    let office = administrator(app).await;
    let id = async |name: &str| {
        let path = address(&office, name).await;
        path.rsplit('/').next().expect("an id").to_owned()
    };
    let (delegate, holder) = (id("dr-kato").await, id("dr-ono").await);
    let page = office.get("/admin/permissions").await.is(200);
    let typed = [("account", &*delegate), ("hours", "12")];
    send(&office, &page, "delegate", &typed).await.is(303);
    let night = app.signed_in(&named(app, "dr-kato")).await;
    let page = night.get("/admin/permissions").await.is(200);
    let typed = [("account", &*holder), ("hours", "2")];
    send(&night, &page, "give-hours", &typed).await.is(303);
    let ono = app.signed_in(&named(app, "dr-ono")).await;
    open(&ono, morning.patient(0)).await;
    morning.assert_flagged("代行者が与えた権限").await;
}

/// Opens and ends one patient after the other, so many times, with so long between.
async fn one_after_the_other(morning: &Morning, times: usize, apart: Duration) {
    let physician = morning.app.physician().await;
    for number in 0..times {
        let patient = morning.patient(number % 3);
        let opened = glass(&physician, patient, &[("reason", "1")]).await.is(303);
        let path = opened.location.expect("a summary");
        morning.end(&physician, &path, "transferred").await;
        morning.app.clock.advance(apart);
    }
}

#[actix_web::test]
async fn scenario_in_quick_succession() {
    let morning = Morning::new().await;
    one_after_the_other(&morning, 1, Duration::ZERO).await;
    morning.assert_not_flagged("立て続け").await;
    one_after_the_other(&morning, 31, Duration::ZERO).await;
    morning.assert_flagged("立て続け").await;
}

#[actix_web::test]
async fn scenario_above_baseline() {
    let morning = Morning::new().await;
    one_after_the_other(&morning, 12, Duration::from_mins(2)).await;
    morning.assert_not_flagged("普段より多い").await;
    one_after_the_other(&morning, 1, Duration::ZERO).await;
    morning.assert_flagged("普段より多い").await;
}

#[actix_web::test]
async fn scenario_strange_terminal() {
    let morning = Morning::new().await;
    let app = &morning.app;
    let doctor = app.account("physician").clone();
    let usual = app.browser();
    for _ in 0..11 {
        app.sign_in(&usual, &doctor).await.is(303);
    }
    app.clock.advance(Duration::from_hours(13));
    app.sign_in(&usual, &doctor).await.is(303);
    open(&usual, morning.patient(0)).await;
    morning.assert_not_flagged("初めての端末").await;
    let strange = app.signed_in(&doctor).await;
    open(&strange, morning.patient(1)).await;
    morning.assert_flagged("初めての端末").await;
}

#[actix_web::test]
async fn explanation_launched_from_the_chart() {
    let (app, hospital, _) = launched();
    let morning = Morning::of(app).await;
    let browser = morning.app.physician().await;
    let signed = token(&claims(&morning.app, &hospital, "1"), KEY);
    let page = from_chart(&morning.app, &signed).await.is(200);
    let hit = go_on(&browser, &page).await.is(200);
    break_glass(&browser, &hit, "1").await.is(303);
    let row = morning.newest().await;
    assert!(row.contains("電子カルテから、この患者で起動"), "{row}");
}

/// The hospital accepts a handoff, and somebody of this role sees whom it is about.
async fn revealed(morning: &Morning, number: usize, role: Role) {
    let handoff = HandoffId(format!("5f{number}"));
    let patient = morning.patient(number);
    let (insurer, symbol) = (&patient.insurer, &patient.symbol);
    let number = MemberNumber::new(insurer, symbol, &patient.number, &patient.branch);
    let person = Person {
        number: number.expect("a number"),
        system: MEMBER_NUMBER_SYSTEM.to_owned(),
        patient: None,
    };
    let accept = Event::HandoffStep {
        handoff: handoff.clone(),
        step: "accept".to_owned(),
        hospitals: vec![morning.hospital.clone()],
        version: 1,
        said: String::new(),
    };
    let reveal = Event::HandoffRevealed {
        handoff,
        version: 3,
    };
    for (event, person) in [(accept, None), (reveal, Some(person))] {
        let draft = Draft {
            who: Some(Who {
                account: AccountId("somebody".to_owned()),
                role,
                second_factor: SecondFactor::Totp,
                accounts_as_of: None,
            }),
            facility: morning.hospital.clone(),
            terminal: None,
            address: None,
            request: None,
            person,
            event,
        };
        morning.app.ledger.append(draft).await.expect("an entry");
    }
}

#[actix_web::test]
async fn explanation_handed_over_by_a_crew() {
    let morning = Morning::new().await;
    let browser = morning.app.physician().await;
    revealed(&morning, 0, Role::Physician).await;
    open(&browser, morning.patient(0)).await;
    let row = morning.newest().await;
    assert!(row.contains("救急隊引継ぎ（応需済み）を表示"), "{row}");
    revealed(&morning, 1, Role::Paramedic).await;
    open(&browser, morning.patient(1)).await;
    let row = morning.newest().await;
    assert!(!row.contains("救急隊引継ぎ"), "a crew's own look: {row}");
}
