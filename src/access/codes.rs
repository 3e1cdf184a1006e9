//! What a crew's tablet hands over on its own screen where it has no connection: sealed and signed
//! by the tablet, opened here for the hospital that scanned it.
//!
//! A tablet that has a connection makes a pair of keys (ECDSA P-256) that no script can take out
//! of its browser, and is given a key to seal with (AES-256-GCM) and a pass: a sealed value that names
//! the account, the terminal and both keys. What it hands over is the pass, the sealed touches and
//! a signature over both. A picture of it says nothing to anybody without this installation's key.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    Access, Error, FacilityKind, Viewer, record::by_viewer, session::unlocked,
    terminal::unavailable,
};
use crate::domain::{
    access::{AccountId, Action, FacilityId, TerminalId},
    entropy::random,
    event::{Event, SecondFactor, Who},
};

/// What the pass is sealed for.
pub(super) const PURPOSE: &str = "access codes 1";
/// How long a tablet may go on without a connection.
const SPAN: Duration = Duration::from_hours(24);
/// Bytes of a public key: an uncompressed point (SEC 1 §2.3.3).
const PUBLIC: usize = 65;
/// Bytes of a signature: r and s, as the Web Cryptography API gives them.
const SIGNATURE: usize = 64;

/// With what a tablet seals, and the pass that says so. Both are for this browser alone.
pub struct CodeKey {
    /// The key, Base64 for URLs.
    pub key: Zeroizing<String>,
    /// The pass, Base64 for URLs.
    pub pass: String,
}

/// What a pass says.
#[derive(Serialize, Deserialize)]
struct Pass {
    account: AccountId,
    epoch: u32,
    terminal: TerminalId,
    second_factor: SecondFactor,
    ends: DateTime<Utc>,
    public: String,
    key: Zeroizing<String>,
}

/// What was handed over, and by whom.
pub struct Handed {
    /// The account, as it is now; the second factor of the session that the pass was given to.
    pub who: Who,
    /// Its name.
    pub name: String,
    /// Its fire department.
    pub facility: FacilityId,
    /// The tablet.
    pub terminal: TerminalId,
    /// What the tablet sealed.
    pub clear: Zeroizing<Vec<u8>>,
}

impl Access {
    /// A key and a pass for the tablet whose public key this is (an uncompressed point, Base64 for
    /// URLs), good for a day. `None` where it is no such key.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::NotAllowed`], [`Error::Unavailable`].
    pub fn code_key(&self, viewer: &Viewer, public: &str) -> Result<Option<CodeKey>, Error> {
        unlocked(viewer)?;
        if viewer.facility_kind != FacilityKind::Fire || !viewer.role.may(Action::Handoff) {
            return Err(Error::NotAllowed);
        }
        let point = URL_SAFE_NO_PAD.decode(public).ok();
        if point.is_none_or(|point| point.len() != PUBLIC || point.first() != Some(&4)) {
            return Ok(None);
        }
        let inner = &self.inner;
        let key = Zeroizing::new(random::<32>(&*inner.entropy));
        let key = Zeroizing::new(URL_SAFE_NO_PAD.encode(key.as_slice()));
        let pass = Pass {
            account: viewer.account.clone(),
            epoch: viewer.epoch,
            terminal: viewer.terminal.clone(),
            second_factor: viewer.second_factor,
            ends: inner.clock.now().wall + SPAN,
            public: public.to_owned(),
            key: key.clone(),
        };
        let clear = serde_json::to_vec(&pass).map(Zeroizing::new);
        let clear = clear.map_err(|_| Error::Unavailable)?;
        let pass = inner.code_seal.close(&clear, &[], &*inner.entropy);
        let pass = URL_SAFE_NO_PAD.encode(pass.ok_or(Error::Unavailable)?);
        Ok(Some(CodeKey { key, pass }))
    }

    /// What a tablet handed over, for whoever may accept. `None` where it is not of this
    /// installation, too old, changed, or of an account that may not hand over any longer: which
    /// of these, the ledger says.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::NotAllowed`], [`Error::Unavailable`].
    pub async fn handed(&self, viewer: &Viewer, whole: &[u8]) -> Result<Option<Handed>, Error> {
        unlocked(viewer)?;
        if !viewer.role.may(Action::Accept) {
            return Err(Error::NotAllowed);
        }
        match self.checked_codes(whole).await? {
            Ok(handed) => Ok(Some(handed)),
            Err(why) => {
                let event = Event::Refused {
                    what: "handoff_codes".to_owned(),
                    why: why.to_owned(),
                };
                self.record_refusal(by_viewer(viewer, event)).await;
                Ok(None)
            }
        }
    }

    async fn checked_codes(&self, whole: &[u8]) -> Result<Result<Handed, &'static str>, Error> {
        let Some(parts) = Parts::of(whole) else {
            return Ok(Err("not_codes"));
        };
        let pass = self.inner.code_seal.open(parts.pass, &[]);
        let pass = pass.map(Zeroizing::new);
        let pass = pass.and_then(|clear| serde_json::from_slice::<Pass>(&clear).ok());
        let Some(pass) = pass else {
            return Ok(Err("no_pass"));
        };
        if pass.ends <= self.inner.clock.now().wall {
            return Ok(Err("pass_over"));
        }
        let Some(clear) = parts.clear(&pass) else {
            return Ok(Err("not_signed"));
        };
        let account = self.inner.registry.account(pass.account).await;
        let account = account.map_err(unavailable)?;
        let may = |account: &crate::registry::Account| {
            account.disabled.is_none()
                && account.epoch == pass.epoch
                && account.role.may(Action::Handoff)
        };
        Ok(account
            .filter(may)
            .map(|account| Handed {
                who: Who {
                    account: account.id,
                    role: account.role,
                    second_factor: pass.second_factor,
                    accounts_as_of: account.as_of,
                },
                name: account.name,
                facility: account.facility,
                terminal: pass.terminal,
                clear,
            })
            .ok_or("account_over"))
    }
}

/// What the bytes of all codes are: two bytes that say how long the pass is, the pass, a nonce, the
/// sealed touches with their tag, a signature over everything before it.
struct Parts<'a> {
    pass: &'a [u8],
    nonce: [u8; NONCE_LEN],
    sealed: &'a [u8],
    signed: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(whole: &'a [u8]) -> Option<Self> {
        let (signed, signature) = whole.split_at_checked(whole.len().checked_sub(SIGNATURE)?)?;
        let (length, rest) = signed.split_first_chunk::<2>()?;
        let (pass, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        Some(Self {
            pass,
            nonce: *nonce,
            sealed,
            signed,
            signature,
        })
    }

    /// What is sealed, where the pass's own keys signed and sealed it.
    fn clear(&self, pass: &Pass) -> Option<Zeroizing<Vec<u8>>> {
        let public = URL_SAFE_NO_PAD.decode(&pass.public).ok()?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public)
            .verify(self.signed, self.signature)
            .ok()?;
        let key = URL_SAFE_NO_PAD.decode(pass.key.as_bytes()).ok();
        let key = key.map(Zeroizing::new)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).ok()?);
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let mut sealed = Zeroizing::new(self.sealed.to_vec());
        let length = key
            .open_in_place(nonce, Aad::empty(), &mut sealed)
            .ok()?
            .len();
        sealed.truncate(length);
        Some(sealed)
    }
}
