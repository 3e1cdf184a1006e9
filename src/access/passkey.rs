//! Passkeys (`WebAuthn` level 3): the signature of a device that has asked its owner for a PIN or a
//! finger, which is both factors at once. This file holds the ceremony alone: challenges go out and
//! come back sealed, and each is good for one answer.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use secrecy::SecretSlice;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{
        DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
        RegisterPublicKeyCredential, Url, Uuid, WebauthnError,
    },
};
use zeroize::Zeroizing;

use super::{Refusal, token};
use crate::{
    domain::{access::AccountId, clock::Moment, entropy::Entropy},
    registry::{
        Account,
        seal::{derived_key, keyed_hash},
    },
};

/// How long an answer may take: what browsers wait for a finger.
const SPAN: Duration = Duration::from_mins(5);
/// What a device shows beside the account.
const PARTY: &str = "救急サマリー";

/// What a browser is asked to do.
#[derive(Clone)]
pub struct Ceremony {
    /// The options of `navigator.credentials`, as JSON.
    pub options: String,
    /// Opaque; comes back with the answer.
    pub token: String,
}

/// What stands in a token.
#[derive(Serialize, Deserialize)]
struct Begun<S> {
    /// Spent with the first right answer.
    id: String,
    /// Whose answer is waited for, where that is known.
    account: Option<AccountId>,
    state: S,
}

/// An answer of a device to a challenge of this process, not yet looked at.
pub(super) struct Answer {
    begun: Begun<DiscoverableAuthentication>,
    credential: PublicKeyCredential,
}

impl Answer {
    /// The credential that it names.
    pub(super) fn credential_id(&self) -> &[u8] {
        self.credential.get_credential_id()
    }
}

/// Begins and judges ceremonies for one host name.
pub(super) struct Ceremonies {
    webauthn: Webauthn,
    host: String,
    tokens: token::Tokens,
    /// Part of every binding: another process would not know what was spent here.
    process: String,
    spent: Mutex<BTreeMap<String, Moment>>,
    key: Zeroizing<[u8; 32]>,
}

impl Ceremonies {
    /// Ceremonies at an origin (`https://host`); `None` where it is none that browsers accept: an
    /// address is no host name.
    pub(super) fn new(
        origin: &str,
        key: &SecretSlice<u8>,
        tokens: token::Tokens,
        entropy: &dyn Entropy,
    ) -> Option<Self> {
        let origin = Url::parse(origin).ok()?;
        let host = origin.domain()?.to_owned();
        let webauthn = WebauthnBuilder::new(&host, &origin)
            .ok()?
            .rp_name(PARTY)
            .timeout(SPAN)
            // A proxy may stand before the port that is listened at; cookies know no ports either.
            .allow_any_port(true)
            .build()
            .ok()?;
        Some(Self {
            webauthn,
            host,
            tokens,
            process: token::fresh(entropy),
            spent: Mutex::default(),
            key: derived_key(key, "access passkey handle 1"),
        })
    }

    /// The host name that passkeys belong to.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The account as devices know it: says nothing about the person.
    fn user(&self, account: &AccountId) -> Uuid {
        let hash = keyed_hash(&*self.key, format!("account {}", account.0).as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(hash.first_chunk::<16>().unwrap_or(&[0; 16]));
        Uuid::from_bytes(bytes)
    }

    fn bound(&self, to: &str) -> String {
        format!("{} {to}", self.process)
    }

    fn close<S: Serialize>(
        &self,
        to: &str,
        account: Option<AccountId>,
        state: S,
        options: &impl Serialize,
        entropy: &dyn Entropy,
    ) -> Option<Ceremony> {
        let begun = Begun {
            id: token::fresh(entropy),
            account,
            state,
        };
        Some(Ceremony {
            options: serde_json::to_string(options).ok()?,
            token: self.tokens.close(&begun, &self.bound(to))?,
        })
    }

    fn open<S: DeserializeOwned>(&self, to: &str, token: &str) -> Option<Begun<S>> {
        self.tokens.open(token, &self.bound(to), SPAN)
    }

    /// Asks a device for a signature. `whose`: of one account's credentials only; else whoever the
    /// device knows. An account without a passkey (or none of that name) is asked for one that
    /// does not exist, always the same.
    pub(super) fn begin(
        &self,
        to: &str,
        whose: Option<(&str, Option<AccountId>, Vec<Passkey>)>,
        entropy: &dyn Entropy,
    ) -> Option<Ceremony> {
        let (mut options, state) = self.webauthn.start_discoverable_authentication().ok()?;
        // A button was pressed: the browser asks at once, not beside a field.
        options.mediation = None;
        let mut account = None;
        let mut options = serde_json::to_value(options).ok()?;
        if let Some((name, id, passkeys)) = whose {
            let mut ids: Vec<_> = passkeys
                .iter()
                .map(|passkey| passkey.cred_id().clone())
                .collect();
            if ids.is_empty() {
                ids.push(keyed_hash(&*self.key, format!("nobody {name}").as_bytes()).to_vec());
            }
            let allowed: Vec<_> = ids
                .iter()
                .map(|id| {
                    serde_json::json!({
                        "type": "public-key",
                        "id": data_encoding::BASE64URL_NOPAD.encode(id),
                    })
                })
                .collect();
            *options.pointer_mut("/publicKey/allowCredentials")? = allowed.into();
            // Nobody's id for a name that nobody has: no answer is right.
            account = Some(id.unwrap_or_else(|| AccountId(String::new())));
        }
        self.close(to, account, state, &options, entropy)
    }

    /// Reads an answer; `None` where its challenge is not one of this process and binding, or too
    /// old, or it is no answer at all.
    pub(super) fn answer(&self, to: &str, token: &str, credential: &str) -> Option<Answer> {
        Some(Answer {
            begun: self.open(to, token)?,
            credential: serde_json::from_str(credential).ok()?,
        })
    }

    /// Whether the answer is one of this passkey of this account, made for this challenge with the
    /// owner verified, and the first one. What the device says of itself is noted in the passkey.
    pub(super) fn judge(
        &self,
        answer: Answer,
        account: &AccountId,
        passkey: &mut Passkey,
        now: Moment,
    ) -> Result<(), Refusal> {
        let Answer { begun, credential } = answer;
        let asked = begun.account.as_ref();
        let user = credential.get_user_unique_id();
        let right_user = match user {
            Some(user) => user == self.user(account).as_bytes(),
            // Only a device that was told whose signature is wanted may leave it out.
            None => asked.is_some(),
        };
        if !right_user || asked.is_some_and(|asked| asked != account) {
            return Err(Refusal::WrongPasskey);
        }
        let result = self
            .webauthn
            .finish_discoverable_authentication_v2(&credential, begun.state, &*passkey)
            .map_err(|error| refusal_of(&error))?;
        if !result.user_verified() {
            return Err(Refusal::UnverifiedPasskey);
        }
        if !self.spend(begun.id, now) {
            return Err(Refusal::Expired);
        }
        passkey.update_credential(&result);
        Ok(())
    }

    /// Asks a device for a new passkey of an account.
    pub(super) fn begin_enrolment(
        &self,
        to: &str,
        account: &Account,
        known: &[Passkey],
        entropy: &dyn Entropy,
    ) -> Option<Ceremony> {
        let known = known
            .iter()
            .map(|passkey| passkey.cred_id().clone())
            .collect();
        let user = self.user(&account.id);
        let (options, state) = self
            .webauthn
            .start_passkey_registration(user, &account.sign_in, &account.name, Some(known))
            .ok()?;
        let mut options = serde_json::to_value(options).ok()?;
        // Where the device can, it keeps the account beside the key: no name is typed then.
        let wanted = options.pointer_mut("/publicKey/authenticatorSelection")?;
        *wanted.get_mut("residentKey")? = "preferred".into();
        self.close(to, Some(account.id.clone()), state, &options, entropy)
    }

    /// The new passkey, where the answer is one of this account, for this challenge, with the owner
    /// verified, and the first one.
    pub(super) fn enrol(
        &self,
        to: &str,
        token: &str,
        credential: &str,
        account: &AccountId,
        now: Moment,
    ) -> Result<Passkey, Refusal> {
        let begun: Begun<PasskeyRegistration> = self.open(to, token).ok_or(Refusal::Expired)?;
        if begun.account.as_ref() != Some(account) {
            return Err(Refusal::WrongPasskey);
        }
        let credential: RegisterPublicKeyCredential =
            serde_json::from_str(credential).map_err(|_| Refusal::WrongPasskey)?;
        let passkey = self
            .webauthn
            .finish_passkey_registration(&credential, &begun.state)
            .map_err(|error| refusal_of(&error))?;
        if self.spend(begun.id, now) {
            Ok(passkey)
        } else {
            Err(Refusal::Expired)
        }
    }

    /// Whether this is the first right answer to a challenge.
    fn spend(&self, id: String, now: Moment) -> bool {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        // By the clock that only grows: a wall clock set forth and back must not forget.
        spent.retain(|_, at| now.since_boot.saturating_sub(at.since_boot) < SPAN * 2);
        spent.insert(id, now).is_none()
    }
}

/// What is said of an answer that the library refused. Its own words go nowhere: they may quote the
/// answer.
fn refusal_of(error: &WebauthnError) -> Refusal {
    if matches!(error, WebauthnError::UserNotVerified) {
        Refusal::UnverifiedPasskey
    } else if matches!(error, WebauthnError::CredentialPossibleCompromise) {
        Refusal::CopiedPasskey
    } else {
        Refusal::WrongPasskey
    }
}
