//! Who this installation is to a token endpoint: a signed assertion, or a shared secret.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    rsa,
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA384},
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// How long an assertion is good: it is used at once, and five minutes is the most there may be.
const GOOD_FOR: i64 = 120;

/// How this installation proves who it is.
#[derive(Clone, Debug)]
pub enum Proof {
    /// `private_key_jwt`: PEM (PKCS #8) of a P-384 key (ES384) or an RSA key (RS384), and the name
    /// under which the other side knows its public half.
    Key {
        /// The private key.
        pem: SecretString,
        /// Its `kid`.
        id: Option<String>,
    },
    /// `client_secret_basic`.
    Secret(SecretString),
}

enum Pair {
    Es384(EcdsaKeyPair),
    Rs384(rsa::KeyPair),
}

/// A private key that signs assertions. It does not print.
pub(super) struct Signer {
    pair: Pair,
    id: Option<String>,
    random: SystemRandom,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

impl Signer {
    /// Reads a key.
    ///
    /// # Errors
    /// In words, without anything of the key.
    pub(super) fn new(pem: &SecretString, id: Option<String>) -> Result<Self, String> {
        let unusable = || {
            "the key is no PEM of a PKCS #8 private key on P-384 or of RSA with 2048 bits or more"
                .to_owned()
        };
        let key = PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes())
            .map_err(|_| unusable())?;
        let random = SystemRandom::new();
        let der = key.secret_der();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, der, &random)
            .map(Pair::Es384)
            .or_else(|_| rsa::KeyPair::from_pkcs8(der).map(Pair::Rs384))
            .or_else(|_| rsa::KeyPair::from_der(der).map(Pair::Rs384))
            .map_err(|_| unusable())?;
        Ok(Self { pair, id, random })
    }

    /// An assertion of `client` for `audience`, to be used once. `None` where the machine has no
    /// randomness.
    pub(super) fn assertion(&self, client: &str, audience: &str, now: i64) -> Option<String> {
        let algorithm = match self.pair {
            Pair::Es384(_) => "ES384",
            Pair::Rs384(_) => "RS384",
        };
        let mut header = json!({"alg": algorithm, "typ": "JWT"});
        if let (Some(id), Some(header)) = (&self.id, header.as_object_mut()) {
            header.insert("kid".to_owned(), json!(id));
        }
        let once: [u8; 16] = ring::rand::generate(&self.random).ok()?.expose();
        let claims = json!({
            "iss": client, "sub": client, "aud": audience, "exp": now + GOOD_FOR, "iat": now,
            "jti": URL_SAFE_NO_PAD.encode(once),
        });
        let mut token = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self.sign(token.as_bytes())?;
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Some(token)
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Es384(pair) => pair
                .sign(&self.random, message)
                .ok()
                .map(|signature| signature.as_ref().to_vec()),
            Pair::Rs384(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA384, &self.random, message, &mut signature)
                    .ok()
                    .map(|()| signature)
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use ring::signature::{
        ECDSA_P384_SHA384_FIXED, KeyPair as _, RSA_PKCS1_2048_8192_SHA384, UnparsedPublicKey,
    };
    use serde_json::Value;

    use super::*;

    /// Made for this test: `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`.
    const RSA_PEM: &str = include_str!("tests/rsa.pem");

    /// A fresh P-384 key as PEM, and its public half.
    pub(in crate::sources) fn es384() -> (SecretString, Vec<u8>) {
        let made =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &SystemRandom::new())
                .unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P384_SHA384_FIXED_SIGNING,
            made.as_ref(),
            &SystemRandom::new(),
        )
        .unwrap();
        let text = base64::engine::general_purpose::STANDARD.encode(made.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
        (pem.into(), pair.public_key().as_ref().to_vec())
    }

    /// Header and claims of an assertion whose signature is `key`'s.
    pub(in crate::sources) fn opened(
        token: &str,
        verified: impl Fn(&[u8], &[u8]) -> bool,
    ) -> (Value, Value) {
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(verified(message.as_bytes(), &signature), "the signature");
        let (header, claims) = message.split_once('.').unwrap();
        let read = |part: &str| {
            serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        (read(header), read(claims))
    }

    #[test]
    fn an_assertion_says_who_for_whom_until_when_and_is_signed_by_the_key() {
        let (pem, public) = es384();
        let signer = Signer::new(&pem, Some("key-1".to_owned())).unwrap();
        let verified = |message: &[u8], signature: &[u8]| {
            UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, &public)
                .verify(message, signature)
                .is_ok()
        };
        let one = signer.assertion("me", "https://t/", 1_000).unwrap();
        let (header, claims) = opened(&one, verified);
        assert_eq!(
            header,
            json!({"alg": "ES384", "typ": "JWT", "kid": "key-1"})
        );
        assert_eq!(
            (&claims["iss"], &claims["sub"]),
            (&json!("me"), &json!("me"))
        );
        assert_eq!(claims["aud"], "https://t/");
        assert_eq!(claims["exp"], 1_120);
        let other = signer.assertion("me", "https://t/", 1_000).unwrap();
        let (_, others) = opened(&other, verified);
        assert_ne!(claims["jti"], others["jti"], "each is used once");
    }

    #[test]
    fn an_rsa_key_signs_as_rs384() {
        let signer = Signer::new(&RSA_PEM.to_owned().into(), None).unwrap();
        let Pair::Rs384(pair) = &signer.pair else {
            panic!("an RSA key")
        };
        let public = pair.public_key().as_ref().to_vec();
        let token = signer.assertion("me", "https://t/", 1_000).unwrap();
        let (header, _) = opened(&token, |message, signature| {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA384, &public)
                .verify(message, signature)
                .is_ok()
        });
        assert_eq!(header["alg"], "RS384");
    }

    #[test]
    fn what_is_no_key_is_said_without_what_it_is() {
        for text in [
            "secret",
            "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
        ] {
            let why = Signer::new(&text.to_owned().into(), None).unwrap_err();
            assert!(why.contains("no PEM") && !why.contains("secret"), "{why}");
        }
    }
}
