//! Sealing of small values under a key derived from the installation key: XChaCha20-Poly1305 with
//! a random nonce of 24 bytes before the ciphertext.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::HkdfExtract;
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::domain::entropy::{Entropy, random};

const NONCE: usize = 24;

/// A key for one purpose, derived from the installation key (RFC 5869, extract step with the
/// purpose as salt): what is sealed for one purpose cannot be opened for another.
#[must_use]
pub fn derived_key(installation: &SecretSlice<u8>, purpose: &str) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(keyed_hash(purpose.as_bytes(), installation.expose_secret()))
}

/// HMAC-SHA-256, which is what the extract step of RFC 5869 computes.
#[must_use]
pub fn keyed_hash(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut extract = HkdfExtract::<Sha256>::new(Some(key));
    extract.input_ikm(data);
    extract.finalize().0.into()
}

/// Seals and opens values of one purpose.
#[derive(Clone)]
pub struct Seal {
    cipher: XChaCha20Poly1305,
}

impl Seal {
    /// The seal of one purpose.
    #[must_use]
    pub fn new(installation: &SecretSlice<u8>, purpose: &str) -> Self {
        let key = derived_key(installation, purpose);
        Self {
            cipher: XChaCha20Poly1305::new((&*key).into()),
        }
    }

    /// Seals `clear` so that it opens only together with the same `bound` bytes. `None` where the
    /// cipher refuses, which it does only for values of many gigabytes.
    #[must_use]
    pub fn close(&self, clear: &[u8], bound: &[u8], entropy: &dyn Entropy) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE] = random(entropy);
        let sealed = self
            .cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: clear,
                    aad: bound,
                },
            )
            .ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Self::close`] made. `None` where it was changed, made under another key or for
    /// other `bound` bytes.
    #[must_use]
    pub fn open(&self, sealed: &[u8], bound: &[u8]) -> Option<Vec<u8>> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>()?;
        self.cipher
            .decrypt(
                &XNonce::from(*nonce),
                Payload {
                    msg: ciphertext,
                    aad: bound,
                },
            )
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let next = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            bytes.fill(next);
        }
    }

    fn seal(purpose: &str) -> Seal {
        Seal::new(&vec![7_u8; 32].into(), purpose)
    }

    #[test]
    fn what_one_installation_sealed_no_other_opens() {
        let entropy = Counting(std::sync::atomic::AtomicU8::new(1));
        let sealed = seal("a").close(b"clear", b"", &entropy).unwrap();
        let other = Seal::new(&vec![8_u8; 32].into(), "a");
        assert_eq!(other.open(&sealed, b""), None);
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_only_unchanged_for_its_purpose_and_binding(
            clear: Vec<u8>, bound: Vec<u8>, place: prop::sample::Index, bit in 0_u8..8
        ) {
            let entropy = Counting(std::sync::atomic::AtomicU8::new(1));
            let sealed = seal("a").close(&clear, &bound, &entropy).unwrap();
            prop_assert_eq!(seal("a").open(&sealed, &bound), Some(clear));
            prop_assert_eq!(seal("b").open(&sealed, &bound), None);
            let mut other = bound.clone();
            other.push(0);
            prop_assert_eq!(seal("a").open(&sealed, &other), None);
            let mut changed = sealed.clone();
            let place = place.index(changed.len());
            changed[place] ^= 1 << bit;
            prop_assert_eq!(seal("a").open(&changed, &bound), None);
        }

        #[test]
        fn any_bytes_are_refused_without_panic(bytes: Vec<u8>) {
            prop_assert_eq!(seal("a").open(&bytes, b""), None);
        }
    }
}
