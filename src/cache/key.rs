//! The key ring: under which name a value is kept, and the seal it carries outside this process.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::layout::{LAYOUT, SCHEMA};
use crate::domain::{
    access::{FacilityId, Person},
    entropy::{Entropy, random},
    patient::MemberNumber,
    section::SourceName,
    text::folded,
};

const ID: usize = 4;
const NONCE: usize = 24;

/// One household at one facility as a keyed hash: what is to be forgotten is found by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Whose(pub(super) [u8; 16]);

/// The name one source's answer about one person is kept under for one facility: keyed hashes,
/// meaningless without the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Whose answer.
    pub whose: Whose,
    /// Which source's.
    pub source: SourceName,
    /// Differs with facility, source, number and what is known of the person.
    pub(super) name: [u8; 32],
}

/// A sealed value that was not accepted: cut off, of a foreign key, of another person or layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value was refused")]
pub(super) struct Refused;

struct Seal {
    id: [u8; ID],
    cipher: XChaCha20Poly1305,
}

/// The secrets that all nodes share. The newest seals, all open.
pub struct KeyRing {
    lookup: Zeroizing<[u8; 32]>,
    seals: Vec<Seal>,
}

impl KeyRing {
    /// Takes the secrets, the newest first. Names are derived from the oldest, so that a new
    /// secret does not empty the cache; taking the oldest away does, once. `None` without any.
    #[must_use]
    pub fn new(secrets: &[SecretBox<[u8; 32]>]) -> Option<Self> {
        let lookup = derived::<32>(secrets.last()?, b"cache lookup");
        let seals = secrets
            .iter()
            .map(|secret| Seal {
                id: *derived::<ID>(secret, b"cache seal id"),
                cipher: XChaCha20Poly1305::new((&*derived::<32>(secret, b"cache seal")).into()),
            })
            .collect();
        Some(Self { lookup, seals })
    }

    /// The name of `source`'s answer about `person` for `facility`. What is known of the person
    /// besides the number is in it too: answers were checked against exactly that.
    #[must_use]
    pub fn key(&self, facility: &FacilityId, source: SourceName, person: &Person) -> Key {
        let [key] = self.keys(facility, [source], person);
        key
    }

    /// The names of several sources' answers.
    #[must_use]
    pub fn keys<const N: usize>(
        &self,
        facility: &FacilityId,
        sources: [SourceName; N],
        person: &Person,
    ) -> [Key; N] {
        let whose = self.whose(facility, &person.number);
        let number = person.number.value();
        let known = person.patient.as_ref();
        let born = known.and_then(|known| known.birth_date);
        let born = born.map(|date| date.to_string()).unwrap_or_default();
        let sex = known.and_then(|known| known.sex);
        let sex = sex.map(|sex| format!("{sex:?}")).unwrap_or_default();
        let name = known.and_then(|known| known.kana.as_ref().or(known.name.as_ref()));
        let name = name.map(|name| folded(name)).unwrap_or_default();
        sources.map(|source| {
            let system = &person.system;
            let word = source.word();
            let parts: [&str; 8] = [
                "answer",
                &facility.0,
                word,
                system,
                &number,
                &born,
                &sex,
                &name,
            ];
            Key {
                whose,
                source,
                name: self.hash(&parts),
            }
        })
    }

    /// Of which household an answer kept for `facility` is, whatever else was known of the person:
    /// the branch number is not always sent, and what is to be forgotten must not be missed for it.
    #[must_use]
    pub fn whose(&self, facility: &FacilityId, number: &MemberNumber) -> Whose {
        let parts: [&str; 5] = [
            "whose",
            &facility.0,
            &number.insurer,
            &number.symbol,
            &number.number,
        ];
        let mut whose = [0; 16];
        for (place, byte) in whose.iter_mut().zip(self.hash(&parts)) {
            *place = byte;
        }
        Whose(whose)
    }

    fn hash(&self, parts: &[&str]) -> [u8; 32] {
        let mut mac = keyed(&self.lookup);
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    /// Seals a value for the world outside: key id, nonce, ciphertext.
    pub(super) fn seal(&self, key: &Key, plain: &[u8], entropy: &dyn Entropy) -> Option<Vec<u8>> {
        let newest = self.seals.first()?;
        let nonce: [u8; NONCE] = random(entropy);
        let payload = Payload {
            msg: plain,
            aad: &bound_to(key),
        };
        let sealed = newest.cipher.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some([newest.id.as_slice(), &nonce, &sealed].concat())
    }

    /// Opens what [`Self::seal`] sealed under the same name, by any node with the same ring.
    pub(super) fn open(&self, key: &Key, sealed: &[u8]) -> Result<Vec<u8>, Refused> {
        let (id, rest) = sealed.split_at_checked(ID).ok_or(Refused)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE).ok_or(Refused)?;
        let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| Refused)?;
        let seal = self
            .seals
            .iter()
            .find(|seal| seal.id == id)
            .ok_or(Refused)?;
        let payload = Payload {
            msg: ciphertext,
            aad: &bound_to(key),
        };
        seal.cipher
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Refused)
    }
}

/// What a sealed value is bound to: moved under another name or source, or met by a program that
/// lays values out differently, it does not open.
pub(super) fn bound_to(key: &Key) -> Vec<u8> {
    [
        b"emergency-summary cache".as_slice(),
        &[SCHEMA],
        LAYOUT.as_bytes(),
        key.source.word().as_bytes(),
        &key.name,
    ]
    .concat()
}

fn keyed(secret: &[u8; 32]) -> Hmac<Sha256> {
    // One block of SHA-256: the secret and zeros, as HMAC itself pads it.
    let mut block = Zeroizing::new([0; 64]);
    for (place, byte) in block.iter_mut().zip(secret) {
        *place = *byte;
    }
    <Hmac<Sha256> as KeyInit>::new((&*block).into())
}

/// `N` bytes derived from a secret for one purpose.
fn derived<const N: usize>(secret: &SecretBox<[u8; 32]>, purpose: &[u8]) -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    let expanded =
        Hkdf::<Sha256>::new(None, secret.expose_secret()).expand(purpose, bytes.as_mut_slice());
    // Fails only for thousands of bytes.
    debug_assert!(expanded.is_ok(), "a short key can always be derived");
    bytes
}
