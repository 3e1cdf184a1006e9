//! A security key in software: makes keys, asks its owner, counts, signs (`WebAuthn` level 3, §6).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::access::Ceremony;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HOLDS_KEY: u8 = 0x40;

/// One key for one account.
pub(super) struct Device {
    id: Vec<u8>,
    key: EcdsaKeyPair,
    /// The account it was made for; a key without a memory of it leaves it out.
    pub(super) user: Option<String>,
    /// How often it signed; 0 for one that does not count.
    pub(super) counter: u32,
    /// Whether it asks its owner for a PIN or a finger.
    pub(super) verifies: bool,
    /// Where the browser stands.
    pub(super) origin: String,
}

impl Device {
    pub(super) fn new(number: u8) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self {
            id: vec![number; 32],
            key: EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap(),
            user: None,
            counter: 0,
            verifies: true,
            origin: "https://summary.example-hospital.jp".to_owned(),
        }
    }

    fn client(&self, kind: &str, challenge: &Value) -> Vec<u8> {
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false})
            .to_string()
            .into_bytes()
    }

    fn says(&self, host: &Value, more: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = Sha256::digest(host.as_str().unwrap().as_bytes()).to_vec();
        data.push(PRESENT | verified | more);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn named(&self, response: &Value) -> String {
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {}})
            .to_string()
    }

    /// Makes the key known, as `navigator.credentials.create` does.
    pub(super) fn create(&mut self, ceremony: &Ceremony) -> String {
        let options: Value = serde_json::from_str(&ceremony.options).unwrap();
        let asked = &options["publicKey"];
        assert_eq!(
            asked["authenticatorSelection"]["userVerification"],
            "required"
        );
        assert_eq!(asked["authenticatorSelection"]["residentKey"], "preferred");
        self.user = Some(asked["user"]["id"].as_str().unwrap().to_owned());
        let mut data = self.says(&asked["rp"]["id"], HOLDS_KEY);
        data.extend([0; 16]);
        data.extend([0, 32]);
        data.extend(&self.id);
        // COSE: EC2, ES256, P-256, x, y.
        let public = self.key.public_key().as_ref();
        data.extend([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
        data.extend(&public[1..33]);
        data.extend([0x22, 0x58, 32]);
        data.extend(&public[33..]);
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": bytes}.
        let mut object = vec![0xa3];
        object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        let client = self.client("webauthn.create", &asked["challenge"]);
        self.named(&json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
        }))
    }

    /// Signs, as `navigator.credentials.get` does.
    pub(super) fn sign(&mut self, ceremony: &Ceremony) -> String {
        let options: Value = serde_json::from_str(&ceremony.options).unwrap();
        let asked = &options["publicKey"];
        assert_eq!(asked["userVerification"], "required");
        if self.counter > 0 {
            self.counter += 1;
        }
        let data = self.says(&asked["rpId"], 0);
        let client = self.client("webauthn.get", &asked["challenge"]);
        let signed = [&*data, &Sha256::digest(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        let mut response = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "signature": URL_SAFE_NO_PAD.encode(signature.as_ref()),
        });
        if let Some(user) = &self.user {
            response["userHandle"] = user.as_str().into();
        }
        self.named(&response)
    }
}
