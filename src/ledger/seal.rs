//! Sealing and keyed hashes: ChaCha20-Poly1305 (RFC 8439), HKDF-SHA256 (RFC 5869), HMAC-SHA256.

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::domain::entropy::{Entropy, random};

/// Bytes of a nonce; it stands before the ciphertext.
const NONCE: usize = 12;

/// Sealed bytes could not be opened: another key, other circumstances, or changed bytes. Also what
/// is said where something could not be sealed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsealable;

/// A 256-bit key, wiped when dropped.
#[derive(Clone)]
pub(super) struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A fresh random key.
    pub(super) fn fresh(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(random::<32>(entropy)))
    }

    /// A key for one purpose from key material of any length.
    pub(super) fn derived(material: &[u8], purpose: &str) -> Result<Self, Unsealable> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, material)
            .expand(purpose.as_bytes(), key.as_mut())
            .map_err(|_| Unsealable)?;
        Ok(Self(key))
    }

    /// A key of this one for one purpose.
    pub(super) fn for_purpose(&self, purpose: &str) -> Result<Self, Unsealable> {
        Self::derived(self.0.as_ref(), purpose)
    }

    /// Seals this key under another.
    pub(super) fn wrapped(
        &self,
        under: &Key,
        entropy: &dyn Entropy,
        circumstances: &[u8],
    ) -> Result<Vec<u8>, Unsealable> {
        under.seal(entropy, circumstances, self.0.as_ref())
    }

    /// Opens a key that was sealed under `under`.
    pub(super) fn unwrapped(
        wrapped: &[u8],
        under: &Key,
        circumstances: &[u8],
    ) -> Result<Self, Unsealable> {
        let bytes = Zeroizing::new(under.open(circumstances, wrapped)?);
        <[u8; 32]>::try_from(bytes.as_slice())
            .map(|bytes| Self(Zeroizing::new(bytes)))
            .map_err(|_| Unsealable)
    }

    /// A random nonce and the ciphertext of `plain`, bound to `circumstances`.
    pub(super) fn seal(
        &self,
        entropy: &dyn Entropy,
        circumstances: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Unsealable> {
        let nonce = random::<NONCE>(entropy);
        let payload = Payload {
            msg: plain,
            aad: circumstances,
        };
        let sealed = self
            .cipher()?
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| Unsealable)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Self::seal`] gave under the same circumstances.
    pub(super) fn open(&self, circumstances: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(Unsealable)?;
        let payload = Payload {
            msg: sealed,
            aad: circumstances,
        };
        self.cipher()?
            .decrypt(&Nonce::from(*nonce), payload)
            .map_err(|_| Unsealable)
    }

    /// HMAC-SHA256 of `bytes`.
    pub(super) fn keyed_hash(&self, bytes: &[u8]) -> Result<[u8; 32], Unsealable> {
        let mut hash = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(self.0.as_ref())
            .map_err(|_| Unsealable)?;
        hash.update(bytes);
        Ok(hash.finalize().into_bytes().into())
    }

    fn cipher(&self) -> Result<ChaCha20Poly1305, Unsealable> {
        ChaCha20Poly1305::new_from_slice(self.0.as_ref()).map_err(|_| Unsealable)
    }
}

/// Several texts as one run of bytes that no other list of texts gives: each after its length.
pub(super) fn joined(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

/// SHA-256.
pub(super) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::{super::testing::Counting, *};

    #[test]
    fn what_is_sealed_opens_only_with_its_key_and_circumstances() {
        let entropy = Counting::default();
        let (key, other) = (Key::fresh(&entropy), Key::fresh(&entropy));
        let sealed = key.seal(&entropy, b"note", "既往".as_bytes()).unwrap();
        assert_eq!(key.open(b"note", &sealed).unwrap(), "既往".as_bytes());
        assert_eq!(key.open(b"person", &sealed), Err(Unsealable));
        assert_eq!(other.open(b"note", &sealed), Err(Unsealable));
        assert_eq!(key.open(b"note", &sealed[..5]), Err(Unsealable));
        let again = key.seal(&entropy, b"note", "既往".as_bytes()).unwrap();
        assert_ne!(sealed, again, "every sealing has its own nonce");
    }

    #[test]
    fn lists_of_texts_are_never_confused() {
        assert_ne!(joined(&["ab", "c"]), joined(&["a", "bc"]));
        assert_ne!(joined(&["ab"]), joined(&["ab", ""]));
    }

    #[test]
    fn the_keyed_hash_is_hmac_sha_256() {
        // The value is that of another implementation (Python's hmac) for the same key and text.
        let entropy = Counting::default();
        let under = Key::fresh(&entropy);
        let sealed = under.seal(&entropy, b"k", &[0x0b; 32]).unwrap();
        let key = Key::unwrapped(&sealed, &under, b"k").unwrap();
        assert_eq!(
            data_encoding::HEXLOWER.encode(&key.keyed_hash(b"Hi There").unwrap()),
            "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7"
        );
    }
}
