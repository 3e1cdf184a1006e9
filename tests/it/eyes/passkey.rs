//! Passkeys in a real browser with a virtual authenticator.

use emergency_summary::cli::demo::{self, GuideAccount};
use serde_json::{Value, json};

use crate::app::{TestApp, fill, pairs};

use super::{
    driver::{Eye, Scripts, enter},
    walk::sign_in_as,
};

/// A device that knows its owner, and what it is asked for by its number.
async fn device(eye: &Eye) -> Value {
    eye.devtools("WebAuthn.enable", json!({"enableUI": false}))
        .await;
    let options = json!({"options": {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": true,
        "hasUserVerification": true,
        "isUserVerified": true,
        "automaticPresenceSimulation": true,
    }});
    let added = eye
        .devtools("WebAuthn.addVirtualAuthenticator", options)
        .await;
    added["authenticatorId"].clone()
}

/// What the device holds.
async fn credentials(eye: &Eye, device: &Value) -> Vec<Value> {
    let asked = json!({"authenticatorId": device});
    let held = eye.devtools("WebAuthn.getCredentials", asked).await;
    held["credentials"].as_array().expect("a list").clone()
}

/// Takes everything from the device and gives it this.
async fn holds_only(eye: &Eye, device: &Value, credential: Value) {
    let asked = json!({"authenticatorId": device});
    eye.devtools("WebAuthn.clearCredentials", asked).await;
    let given = json!({"authenticatorId": device, "credential": credential});
    eye.devtools("WebAuthn.addCredential", given).await;
}

async fn press(eye: &Eye, selector: &str) {
    eye.shown(selector).await;
    let button = eye.element(selector).await;
    button.send_keys(&enter()).await.expect("a key");
}

/// Signs in with password and code, and registers a passkey.
async fn enrolled(app: &TestApp, eye: &Eye, account: &GuideAccount, name: &str) {
    sign_in_as(app, eye, account).await;
    eye.goto("/factors").await;
    eye.shown("form#add-passkey:not([hidden])").await;
    let field = eye.element("form#add-passkey [name=name]").await;
    field.send_keys(name).await.expect("keys");
    let code = fresh_code(app, account);
    for (field, typed) in [("password", &*account.password), ("code", &*code)] {
        let field = format!("form#add-passkey [name={field}]");
        let keys = eye.element(&field).await.send_keys(typed).await;
        keys.expect("keys");
    }
    press(eye, "form#add-passkey button").await;
    // Beside the app that everybody has.
    eye.shown("table.factors tbody tr:nth-child(2)").await;
    assert!(eye.text("table.factors").await.contains(name));
}

/// A code that was not used at the sign-in.
fn fresh_code(app: &TestApp, account: &GuideAccount) -> String {
    app.clock.advance(std::time::Duration::from_secs(30));
    let now = emergency_summary::domain::clock::Clock::now(&*app.clock);
    let unix = u64::try_from(now.wall.timestamp()).expect("after 1970");
    demo::code(&account.totp_secret, unix).expect("a code")
}

async fn signed_out_if_in(eye: &Eye) {
    if eye.count("form#logout").await > 0 {
        signed_out(eye).await;
    }
}

async fn signed_out(eye: &Eye) {
    press(eye, "form#logout button").await;
    eye.shown("form#login").await;
}

/// Asks the device outside of the page's own script, with what `change` does to the question, and
/// sends the answer as the page does. What was sent.
async fn answered(eye: &Eye, form: &str, change: &str) -> Value {
    let script = format!(
        "const [selector] = arguments;
        const form = document.querySelector(selector);
        const decoded = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
        const encoded = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
        const fields = new URLSearchParams(new FormData(form));
        return fetch(form.dataset.start, {{ method: 'POST', body: fields }}).then((answer) => answer.json()).then(async (start) => {{
            const options = JSON.parse(start.options);
            const known = options.publicKey;
            known.challenge = decoded(known.challenge);
            for (const one of known.allowCredentials) one.id = decoded(one.id);
            {change}
            const made = await navigator.credentials.get(options);
            const response = {{}};
            for (const part of ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle'])
                if (made.response[part]) response[part] = encoded(made.response[part]);
            form.elements.token.value = start.token;
            form.elements.credential.value = JSON.stringify({{ id: made.id, rawId: encoded(made.rawId), type: made.type, response, extensions: {{}} }});
            const sent = {{ token: form.elements.token.value, credential: form.elements.credential.value }};
            form.submit();
            return sent;
        }});"
    );
    eye.script(&script, vec![json!(form)]).await
}

#[actix_web::test]
async fn a_passkey_is_registered_and_then_opens_the_first_page_by_one_press() {
    let app = TestApp::start();
    let eye = Eye::open(&app, Scripts::On).await;
    let device = device(&eye).await;
    let physician = app.account("physician");
    enrolled(&app, &eye, physician, "私物スマートフォン").await;
    let held = credentials(&eye, &device).await;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0]["isResidentCredential"], true, "no name is typed");
    signed_out(&eye).await;

    press(&eye, "form#login-passkey button").await;
    eye.shown("form#search").await;

    // With a name typed, that account's device is asked.
    signed_out(&eye).await;
    eye.write(&physician.account).await;
    press(&eye, "form#login-passkey button").await;
    eye.shown("form#search").await;

    let lock = eye.element("form#lock button").await;
    lock.send_keys(&enter()).await.expect("a key");
    press(&eye, "form#unlock-passkey button").await;
    eye.shown("form#search").await;
    eye.close().await;
}

#[actix_web::test]
async fn a_passkey_confirms_a_change_in_the_place_of_password_and_code() {
    let app = TestApp::start();
    let eye = Eye::open(&app, Scripts::On).await;
    let device = device(&eye).await;
    enrolled(&app, &eye, app.account("physician"), "鍵").await;
    // The app goes: from here on there is only the passkey.
    press(&eye, "form#remove button.own-passkey").await;
    eye.shown("table.factors tbody tr:only-child").await;
    assert_eq!(eye.count("form#remove").await, 0);
    assert!(!eye.text("table.factors").await.contains("認証アプリ"));
    assert_eq!(eye.count("form#password [name=code]").await, 0);

    // A second device comes for the new passkey; the first one, which knows this account already,
    // lies untouched meanwhile.
    let wait = "const create = navigator.credentials.create.bind(navigator.credentials);
        navigator.credentials.create = async (options) => {
            document.body.dataset.asked = 'new';
            while (document.body.dataset.asked) await new Promise((done) => setTimeout(done, 20));
            return create(options);
        };";
    eye.script(wait, Vec::new()).await;
    let name = eye.element("form#add-passkey [name=name]").await;
    name.send_keys("二つ目").await.expect("keys");
    press(&eye, "form#add-passkey button.own-passkey").await;
    eye.shown("body[data-asked]").await;
    let touched = json!({"authenticatorId": device, "enabled": false});
    eye.devtools("WebAuthn.setAutomaticPresenceSimulation", touched)
        .await;
    let second = json!({"options": {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": true,
        "hasUserVerification": true,
        "isUserVerified": true,
        "automaticPresenceSimulation": true,
    }});
    eye.devtools("WebAuthn.addVirtualAuthenticator", second)
        .await;
    eye.script("delete document.body.dataset.asked;", Vec::new())
        .await;
    eye.shown("form#remove").await;
    assert!(eye.text("table.factors").await.contains("二つ目"));
    assert_eq!(credentials(&eye, &device).await.len(), 1);
    let touched = json!({"authenticatorId": device, "enabled": true});
    eye.devtools("WebAuthn.setAutomaticPresenceSimulation", touched)
        .await;

    // Nothing is sent without what the form needs.
    press(&eye, "form#password button.own-passkey").await;
    assert_eq!(eye.path().await, "/factors");
    for field in ["new", "again"] {
        let field = eye.element(&format!("form#password [name={field}]")).await;
        field
            .send_keys("rain-lantern-otter-42")
            .await
            .expect("keys");
    }
    press(&eye, "form#password button.own-passkey").await;
    eye.shown("form#password [name=new]:invalid").await;
    assert_eq!(eye.count("#flash").await, 0, "it was changed");
    eye.close().await;
}

#[actix_web::test]
async fn whoever_has_only_a_passkey_renews_the_session_with_one_press() {
    let app = TestApp::start();
    let eye = Eye::open(&app, Scripts::On).await;
    let device = device(&eye).await;
    let physician = app.account("physician");
    enrolled(&app, &eye, physician, "鍵").await;
    press(&eye, "form#remove button.own-passkey").await;
    eye.shown("table.factors tbody tr:only-child").await;
    let session = eye.held("session").await;

    eye.goto("/sessions/renew?back=/factors").await;
    eye.shown("form#renew button.own-passkey:not([hidden])")
        .await;
    for field in ["password", "code"] {
        let field = format!("form#renew [name={field}]");
        assert_eq!(eye.count(&field).await, 0, "{field}");
    }
    // A device that did not ask its owner renews nothing.
    let unverified = json!({"authenticatorId": device, "isUserVerified": false});
    eye.devtools("WebAuthn.setUserVerified", unverified).await;
    press(&eye, "form#renew button.own-passkey").await;
    eye.shown("form#renew .passkey-said:not(:empty)").await;
    assert_eq!(eye.path().await, "/sessions/renew");
    assert_eq!(eye.held("session").await, session);
    let verified = json!({"authenticatorId": device, "isUserVerified": true});
    eye.devtools("WebAuthn.setUserVerified", verified).await;
    press(&eye, "form#renew button.own-passkey").await;
    eye.shown("table.factors").await;
    assert_eq!(eye.path().await, "/factors");
    assert_ne!(eye.held("session").await, session, "another session");
    eye.close().await;
}

#[actix_web::test]
async fn a_one_time_link_is_set_up_with_a_passkey_alone_which_then_signs_in() {
    let app = TestApp::start();
    let office = app.signed_in(app.account("administrator")).await;
    let list = office.get("/admin/accounts").await.is(200);
    let mut fields = list.form("add");
    for (name, value) in [
        ("sign_in", "ns-new"),
        ("name", "新任 花子"),
        ("role", "nurse"),
    ] {
        fill(&mut fields, name, value);
    }
    let added = office.post("/admin/accounts", &pairs(&fields)).await;
    let link = added.is(200).texts("#one-time-link").remove(0);
    let path = &link[link.find("/enrol/").expect("a link")..];

    let eye = Eye::open(&app, Scripts::On).await;
    let device = device(&eye).await;
    eye.goto(path).await;
    eye.shown("form#enrol-passkey:not([hidden])").await;
    let name = eye.element("form#enrol-passkey [name=name]").await;
    name.send_keys("病棟の鍵").await.expect("keys");
    press(&eye, "form#enrol-passkey button").await;
    eye.shown("a.main[href='/login']").await;
    assert!(eye.text("main").await.contains("パスキーでログイン"));
    assert_eq!(credentials(&eye, &device).await.len(), 1);
    eye.goto("/login").await;
    press(&eye, "form#login-passkey button").await;
    eye.shown("form#search").await;
    assert!(eye.text("a.who").await.contains("新任 花子"));
    eye.close().await;
}

/// The link on which an account that there is sets itself up anew.
async fn new_link(app: &TestApp, account: &GuideAccount) -> String {
    let found = app.registry.credentials(account.account.clone()).await;
    let id = found.expect("a registry").expect("an account").account.id;
    let office = app.signed_in(app.account("administrator")).await;
    let page = office.get(&format!("/admin/accounts/{id}")).await.is(200);
    let fields = page.form("link");
    let url = format!("/admin/accounts/{id}/link");
    let made = office.post(&url, &pairs(&fields)).await.is(200);
    let link = made.texts("#one-time-link").remove(0);
    link[link.find("/enrol/").expect("a link")..].to_owned()
}

/// Sets an account up anew with a passkey of this device and nothing else, and signs in.
async fn by_passkey_alone(app: &TestApp, eye: &Eye, account: &GuideAccount) {
    let path = new_link(app, account).await;
    eye.goto(&path).await;
    eye.shown("form#enrol-passkey:not([hidden])").await;
    let name = eye.element("form#enrol-passkey [name=name]").await;
    name.send_keys("鍵").await.expect("keys");
    press(eye, "form#enrol-passkey button").await;
    eye.shown("a.main[href='/login']").await;
    eye.goto("/login").await;
    press(eye, "form#login-passkey button").await;
    eye.shown("form#search").await;
}

#[actix_web::test]
async fn whoever_has_only_a_passkey_vouches_with_it_and_is_asked_for_nothing_else() {
    let app = TestApp::start();
    let physician = app.account("physician");
    let eye = Eye::open(&app, Scripts::On).await;
    let device = device(&eye).await;
    by_passkey_alone(&app, &eye, physician).await;

    eye.goto("/vouch").await;
    for form in ["vouch-terminal", "vouch-colleague"] {
        eye.shown(&format!("form#{form} button.own-passkey:not([hidden])"))
            .await;
        let typed = format!("form#{form} :is([name=password], [name=code])");
        assert_eq!(eye.count(&typed).await, 0);
    }
    // A device that did not ask its owner vouches for nobody.
    let verified = async |is_verified: bool| {
        let change = json!({"authenticatorId": device, "isUserVerified": is_verified});
        eye.devtools("WebAuthn.setUserVerified", change).await;
    };
    let account = "form#vouch-colleague [name=account]";
    let field = eye.element(account).await;
    field.send_keys("ns-mori").await.expect("keys");
    verified(false).await;
    press(&eye, "form#vouch-colleague button.own-passkey").await;
    eye.shown("form#vouch-colleague .passkey-said:not(:empty)")
        .await;
    assert_eq!(eye.count(".flash-info").await, 0);
    verified(true).await;
    press(&eye, "form#vouch-colleague button.own-passkey").await;
    eye.shown(".flash-info").await;
    assert!(eye.text(".flash-info").await.contains("森"));

    // Enter in the field presses the only button there is; the code is nobody's.
    let field = eye
        .element("form#vouch-terminal [name=terminal_code]")
        .await;
    field.send_keys("AAAAA-AAAAA").await.expect("keys");
    field.send_keys(&enter()).await.expect("a key");
    eye.shown("#flash").await;
    let said = eye.text("#flash").await;
    assert!(said.contains("コード"), "{said}");
    eye.close().await;
}

#[actix_web::test]
async fn with_scripts_off_a_passkey_alone_vouches_for_nobody_and_the_page_says_so() {
    let app = TestApp::start();
    let physician = app.account("physician");
    let on = Eye::open(&app, Scripts::On).await;
    device(&on).await;
    by_passkey_alone(&app, &on, physician).await;
    // The same session where no script runs.
    let off = Eye::open(&app, Scripts::Off).await;
    off.goto("/login").await;
    for name in ["device", "session"] {
        off.cookie(name, &on.held(name).await).await;
    }
    off.goto("/vouch").await;
    off.shown("form#vouch-colleague").await;
    let text = off.text("form#vouch-colleague").await;
    assert!(text.contains("スクリプト"), "{text}");
    let field = off.element("form#vouch-colleague [name=account]").await;
    field.send_keys("ns-mori").await.expect("keys");
    field.send_keys(&enter()).await.expect("a key");
    off.shown("#flash").await;
    let said = off.text("#flash").await;
    assert!(said.contains("自分を確認"), "{said}");
    let kept = off.element("form#vouch-colleague [name=account]").await;
    let kept = kept.prop("value").await.expect("an answer");
    assert_eq!(kept.as_deref(), Some("ns-mori"));
    off.close().await;
    on.close().await;
}

#[actix_web::test]
async fn somebody_elses_passkey_and_one_that_nobody_registered_are_refused() {
    let app = TestApp::start();
    let eye = Eye::open(&app, Scripts::On).await;
    let device = device(&eye).await;
    let (physician, nurse) = (app.account("physician"), app.account("nurse"));
    enrolled(&app, &eye, physician, "医師の鍵").await;
    let own = credentials(&eye, &device).await.remove(0);
    signed_out(&eye).await;
    enrolled(&app, &eye, nurse, "看護師の鍵").await;
    let held = credentials(&eye, &device).await;
    let id = own["credentialId"].clone();
    let mut other = held.into_iter().find(|one| one["credentialId"] != id);
    let other = other.take().expect("the nurse's key");

    // The nurse's key that calls itself the physician's.
    let mut false_name = other.clone();
    false_name["userHandle"] = own["userHandle"].clone();
    let mut unknown = own.clone();
    unknown["credentialId"] = json!("AAAAAAAAAAAAAAAAAAAAAA==");
    let mut forged = own.clone();
    forged["privateKey"] = other["privateKey"].clone();
    for credential in [false_name, unknown, forged] {
        signed_out_if_in(&eye).await;
        holds_only(&eye, &device, credential).await;
        press(&eye, "form#login-passkey button").await;
        eye.shown("#flash").await;
        assert_eq!(eye.path().await, "/login/passkey/finish");
        assert_eq!(eye.count("form#search").await, 0);
    }

    // A session of the physician's, locked; the nurse's device answers what it was not asked.
    holds_only(&eye, &device, own).await;
    press(&eye, "form#login-passkey button").await;
    eye.shown("form#search").await;
    press(&eye, "form#lock button").await;
    eye.shown("form#unlock-passkey:not([hidden])").await;
    holds_only(&eye, &device, other).await;
    answered(&eye, "form#unlock-passkey", "known.allowCredentials = [];").await;
    eye.shown("#flash").await;
    eye.shown("form#unlock-passkey:not([hidden])").await;
    eye.close().await;
}

#[actix_web::test]
async fn a_device_that_did_not_ask_its_owner_and_an_answer_sent_twice_are_refused() {
    let app = TestApp::start();
    let eye = Eye::open(&app, Scripts::On).await;
    let device = device(&eye).await;
    let physician = app.account("physician");
    enrolled(&app, &eye, physician, "鍵").await;
    signed_out(&eye).await;

    let sent = answered(&eye, "form#login-passkey", "").await;
    eye.shown("form#search").await;
    signed_out(&eye).await;
    let again = "const [sent] = arguments;
        const form = document.querySelector('form#login-passkey');
        form.elements.token.value = sent.token;
        form.elements.credential.value = sent.credential;
        form.submit();";
    eye.script(again, vec![sent]).await;
    eye.shown("#flash").await;
    assert_eq!(eye.count("form#search").await, 0);

    let unverified = json!({"authenticatorId": device, "isUserVerified": false});
    eye.devtools("WebAuthn.setUserVerified", unverified).await;
    answered(
        &eye,
        "form#login-passkey",
        "known.userVerification = 'discouraged';",
    )
    .await;
    eye.shown("#flash").await;
    let said = eye.text("#flash").await;
    assert!(said.contains("本人確認"), "{said}");
    // The page's own script asks for it, so that the browser itself gives up.
    press(&eye, "form#login-passkey button").await;
    eye.shown(".passkey-said:not(:empty)").await;
    eye.close().await;
}

#[actix_web::test]
async fn where_no_passkey_can_be_used_none_is_promised_and_the_rest_works() {
    let app = TestApp::start();
    let without = Eye::open(&app, Scripts::Off).await;
    sign_in_as(&app, &without, app.account("physician")).await;
    without.goto("/factors").await;
    let form = without.element("form#add-passkey").await;
    assert!(!form.is_displayed().await.expect("an answer"));
    let text = without.text("main").await;
    assert!(!text.contains("パスキー"), "{text}");
    without.close().await;

    let by_address = Eye::open_by_address(&app).await;
    by_address.goto("/login").await;
    by_address.shown(".passkey-said:not(:empty)").await;
    let said = by_address.text(".passkey-said").await;
    assert!(said.contains("localhost"), "{said}");
    assert_eq!(by_address.count("form#login-passkey button").await, 0);
    by_address.close().await;
}
