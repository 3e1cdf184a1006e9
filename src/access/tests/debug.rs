//! What is printed of values that hold a secret.

use super::house::{House, caller};
use crate::{
    access::{
        Anew, Caller, Ceremony, Enrolment, NewSession, OpenLink, OwnFactor, Proof, SignIn,
        SignedIn, Stranger, TakenUp,
    },
    domain::{
        access::{AccountId, Role},
        section::Language,
    },
};

/// Stands for every secret.
const SECRET: &str = "kept-to-itself";

fn secret() -> String {
    SECRET.to_owned()
}

#[expect(clippy::too_many_lines, reason = "a table of values")]
fn secrets() -> Vec<String> {
    let session = || NewSession {
        session: secret(),
        device: Some(secret()),
        language: Language::Ja,
    };
    let enrolment = || Enrolment {
        totp_secret: SECRET.into(),
        otpauth: SECRET.into(),
        sealed: secret(),
    };
    let pending = SignedIn::NeedsCode {
        pending: secret(),
        vouched: false,
    };
    let codes = Anew::Codes {
        password: SECRET.into(),
        code: SECRET.into(),
    };
    let passkey = Anew::Passkey {
        token: SECRET.into(),
        credential: SECRET.into(),
    };
    let totp = Proof::Totp {
        sealed: secret(),
        code: secret(),
        name: String::new(),
    };
    let credential = Proof::Passkey {
        credential: SECRET.as_bytes().to_vec().into(),
        credential_id: SECRET.as_bytes().to_vec(),
        name: String::new(),
    };
    let open = OpenLink {
        name: String::new(),
        sign_in: String::new(),
        facility_name: String::new(),
        account: AccountId(String::new()),
        enrolment: enrolment(),
    };
    let form = SignIn {
        account: secret(),
        password: SECRET.into(),
        code: Some(secret()),
    };
    let own = OwnFactor::Typed {
        password: SECRET.into(),
        code: SECRET.into(),
    };
    let own_passkey = OwnFactor::Passkey {
        token: SECRET.into(),
        credential: SECRET.into(),
    };
    let stranger = Stranger {
        code: secret(),
        token: secret(),
    };
    let ceremony = Ceremony {
        options: secret(),
        token: secret(),
    };
    vec![
        format!("{:#?}", session()),
        format!("{:?}", SignedIn::Done(session())),
        format!("{pending:?}"),
        format!("{codes:?} {passkey:?}"),
        format!("{totp:?} {credential:?}"),
        format!("{:?} {open:?}", enrolment()),
        format!("{form:?}"),
        format!("{own:?} {own_passkey:?}"),
        format!("{stranger:?} {:?}", TakenUp::Done(Some(secret()))),
        format!("{ceremony:?}"),
    ]
}

#[tokio::test]
async fn nothing_that_is_printed_for_a_programmer_holds_a_secret() {
    let here = Caller {
        session: Some(secret()),
        ..caller(Some(secret()))
    };
    let bytes = format!("{:?}", SECRET.as_bytes());
    for said in secrets().into_iter().chain([format!("{here:?}")]) {
        assert!(!said.contains(SECRET), "{said}");
        assert!(!said.contains(&bytes), "{said}");
    }
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let (at, session) = house.seat(&doctor).await;
    let device = at.device.clone().unwrap();
    let here = Caller {
        session: Some(session.clone()),
        ..at
    };
    let viewer = house.access.viewer(&session, here).await.unwrap();
    let said = format!("{viewer:?} {viewer:#?}");
    for kept in [session, device, viewer.form_token, viewer.session] {
        assert!(!said.contains(&kept), "{said}");
    }
}
