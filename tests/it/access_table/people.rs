//! The app of the table, accounts for it, and what its forms are filled with.

use std::time::Duration;

use emergency_summary::{
    access::{
        LaunchKey,
        admin::{AccountForm, Administration},
    },
    cli::demo::GuideAccount,
    domain::{
        access::{AccountId, FacilityId, Role},
        clock::{Clock, japanese_time},
    },
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use crate::{
    app::{TestApp, fill, pairs},
    browser::{Browser, Page},
    find,
};

const PASSWORD: &str = "violet-harbour-tram-81";

/// What an administrator changes and others are let in with, in one facility.
pub(super) struct Target {
    /// The account.
    pub id: AccountId,
    /// How to sign in.
    pub login: GuideAccount,
}

/// An app in which a chart and a crew's system may open a patient, at nine in the morning: no day
/// begins while the table is gone through.
pub(super) fn started() -> (TestApp, FacilityId, FacilityId) {
    let first = TestApp::start();
    let (hospital, fire) = find::facilities(&first);
    let (hospital, fire) = (FacilityId(hospital), FacilityId(fire));
    let ids = (hospital.clone(), fire.clone());
    let app = TestApp::start_with(first.stop(), move |options| {
        let key = |issuer: &str, facility: &FacilityId, key: [u8; 32]| LaunchKey {
            issuer: issuer.to_owned(),
            facility: facility.clone(),
            key: key.to_vec().into(),
            max_age: Duration::from_mins(1),
            local_system: None,
        };
        options.finding.searching.at_once = 100_000;
        options.finding.launches = vec![
            key("chart", &ids.0, find::KEY),
            key("crew", &ids.1, find::OTHER_KEY),
        ];
    });
    let now = japanese_time(app.clock.now().wall);
    let nine = now.date_naive().and_hms_opt(9, 0, 0).expect("a time");
    let passed = (now.naive_local() - nine + chrono::Duration::days(1)).num_seconds() % 86_400;
    let left = u64::try_from(86_400 - passed).expect("less than a day");
    app.clock.advance(Duration::from_secs(left));
    (app, hospital, fire)
}

/// Breaks the glass; where the permission is missing, with the patient's consent.
pub(super) async fn break_or_ask(browser: &Browser, hit: &Page) -> String {
    let consent = hit.attributes("form#glass", "id").is_empty();
    let page = if consent {
        let token = hit.attributes("input[name=form_token]", "value").remove(0);
        let candidate = hit.attributes("input[name=candidate]", "value").remove(0);
        let fields = consented(&token, &candidate);
        browser.post("/grants", &pairs(&fields)).await
    } else {
        let mut fields = hit.form("glass");
        fill(&mut fields, "reason", "1");
        fill(&mut fields, "judged_by", "佐藤 医師");
        browser.post("/grants", &pairs(&fields)).await
    };
    page.is(303).location.expect("a place to go")
}

/// What the consent form sends where everything is agreed to.
pub(super) fn consented(token: &str, candidate: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = [
        ("form_token", token),
        ("candidate", candidate),
        ("basis", "consented"),
        ("how", "card_reader"),
        ("taken_by", "鈴木 看護師"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for category in emergency_summary::domain::consent::Category::ALL {
        fields.push(("categories".to_owned(), category.word().to_owned()));
    }
    fields
}

pub(super) async fn added(
    office: &Administration,
    (name, role, facility): (&str, Role, &FacilityId),
) -> Target {
    let form = AccountForm {
        facility: facility.clone(),
        sign_in: name.to_owned(),
        name: format!("{name} 氏"),
        role,
    };
    let made = office
        .create_account(form, PASSWORD.to_owned().into())
        .await
        .expect("an account");
    Target {
        id: made.account,
        login: GuideAccount {
            account: name.to_owned(),
            password: PASSWORD.to_owned(),
            totp_secret: made.totp_secret.expose_secret().to_owned(),
            role: role.word().to_owned(),
            facility: facility.0.clone(),
        },
    }
}

/// Posts one form of a page with these fields in it.
pub(super) async fn submit(
    browser: &Browser,
    page: &Page,
    id: &str,
    values: &[(&str, &str)],
) -> Page {
    let mut fields = page.form(id);
    for (name, value) in values {
        fill(&mut fields, name, value);
    }
    let action = page.attributes(&format!("form#{id}"), "action").remove(0);
    browser.post(&action, &pairs(&fields)).await
}

/// As the registry keeps the value of a session's cookie.
pub(super) fn hashed(cookie: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(cookie.as_bytes()))
}
