//! Opaque values that leave the server and come back: sealed, bound, expiring.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use secrecy::SecretSlice;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{
    domain::{
        clock::{Clock, Moment},
        entropy::{Entropy, random},
    },
    registry::seal::Seal,
};

/// Longer texts were never made here.
const LONGEST: usize = 64 * 1024;

/// Makes and reads sealed tokens of one kind.
pub(super) struct Tokens {
    seal: Seal,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// What stands in a token beside its value: when it was made, by both clocks, in milliseconds.
#[derive(Serialize, Deserialize)]
struct Stamped<T> {
    wall: i64,
    since_boot: u64,
    value: T,
}

impl Tokens {
    pub(super) fn new(
        installation: &SecretSlice<u8>,
        purpose: &str,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            seal: Seal::new(installation, purpose),
            clock,
            entropy,
        }
    }

    /// Seals a value for one binding (a session, a device).
    pub(super) fn close<T: Serialize>(&self, value: &T, bound: &str) -> Option<String> {
        let now = self.clock.now();
        let stamped = Stamped {
            wall: now.wall.timestamp_millis(),
            since_boot: u64::try_from(now.since_boot.as_millis()).ok()?,
            value,
        };
        let clear = serde_json::to_vec(&stamped).ok()?;
        let sealed = self.seal.close(&clear, bound.as_bytes(), &*self.entropy)?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens a token; `None` where it is forged, bound to something else or older than `span`.
    pub(super) fn open<T: DeserializeOwned>(
        &self,
        token: &str,
        bound: &str,
        span: Duration,
    ) -> Option<T> {
        if token.len() > LONGEST {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let clear = self.seal.open(&sealed, bound.as_bytes())?;
        let stamped: Stamped<T> = serde_json::from_slice(&clear).ok()?;
        let made = Moment {
            wall: DateTime::from_timestamp_millis(stamped.wall)?,
            since_boot: Duration::from_millis(stamped.since_boot),
        };
        (!self.clock.now().has_passed(made, span)).then_some(stamped.value)
    }
}

/// A fresh value of 256 bits for a cookie.
pub(super) fn fresh(entropy: &dyn Entropy) -> String {
    URL_SAFE_NO_PAD.encode(random::<32>(entropy))
}

/// The form in which a cookie's value is stored: SHA-256. The value has 256 random bits, so nothing
/// slower is needed.
pub(super) fn hashed(value: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(value.as_bytes()))
}

/// `N` random letters and digits of five bits each that are not mistaken for each other, in either
/// case.
pub(super) fn letters<const N: usize>(entropy: &dyn Entropy) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    random::<N>(entropy)
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect()
}

/// A fresh opaque id with a letter that says of what.
pub(super) fn fresh_id(letter: char, entropy: &dyn Entropy) -> String {
    let random = data_encoding::HEXLOWER.encode(&random::<10>(entropy));
    format!("{letter}-{random}")
}
