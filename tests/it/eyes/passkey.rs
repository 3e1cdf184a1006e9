//! Passkeys in a real browser with a virtual authenticator.

use emergency_summary::cli::demo::GuideAccount;
use serde_json::{Value, json};

use crate::app::TestApp;

use super::{
    access::{axe, violations},
    driver::{Eye, Scripts, enter, tab},
    layout::faults,
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
    press(eye, "form#add-passkey button").await;
    eye.shown("table.factors tbody tr").await;
    assert!(eye.text("table.factors").await.contains(name));
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
