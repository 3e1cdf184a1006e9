//! Opening from the facility's own system with the patient in context: a signed token, good once
//! and for a minute, that leads to the glass and never through it.
//!
//! The token is a JWS in compact form (RFC 7515, `HS256`). The system posts it from its own origin,
//! so no cookie of ours comes with it: it is checked, used up and sealed, and the sealed value comes
//! back from our own page, with the session.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate, TimeDelta};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use super::{
    Access, Answer, Caller, Error, Viewer,
    asked::{self, Asked, What},
    record::{by_caller, by_viewer},
    sign_in::compared,
    terminal::unavailable,
    token,
};
use crate::{
    domain::{
        access::{Action, FacilityId, FoundBy},
        event::Event,
        patient::MemberNumber,
    },
    registry::seal::keyed_hash,
};

/// How long a launch waits for somebody to sign in or unlock.
const WAITING: Duration = Duration::from_mins(5);
/// By how much the clock of the other system may be ahead or behind.
const SKEW: Duration = Duration::from_secs(5);
/// Bytes of the longest token.
const LONGEST: usize = 4 * 1024;
/// How long a token is remembered as used: far longer than it, or what was sealed of it, is good
/// for, whatever is done to the clock meanwhile within a day.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// Characters of a token's id.
const ID: std::ops::RangeInclusive<usize> = 16..=64;
/// Characters of a local patient number.
const LONGEST_LOCAL: usize = 64;

/// A system that may open this one, for one facility.
#[derive(Clone, Debug)]
pub struct LaunchKey {
    /// Its name, as its tokens say it.
    pub issuer: String,
    /// The facility whose patients and staff it names.
    pub facility: FacilityId,
    /// The key it signs with.
    pub key: SecretSlice<u8>,
    /// How old a token may be (60 s).
    pub max_age: Duration,
    /// Naming system of its patient numbers at `identity`; without it only insurance numbers.
    pub local_system: Option<String>,
}

/// Why a launch leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launched {
    /// It is not signed with a known key, or says what cannot be read.
    Unverified,
    /// It is too old, or from the future.
    OutOfTime,
    /// It was used before.
    Used,
    /// It is for another facility or account.
    NotYours,
    /// Whom `identity` knows by this number was not born on the day that it says.
    AnotherPatient,
}

impl Launched {
    const fn word(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::OutOfTime => "out_of_time",
            Self::Used => "used",
            Self::NotYours => "not_yours",
            Self::AnotherPatient => "another_patient",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    #[serde(default)]
    #[expect(dead_code, reason = "may be there, and says nothing")]
    typ: Option<String>,
}

/// What a token says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    iat: i64,
    #[serde(default)]
    exp: Option<i64>,
    jti: String,
    #[serde(default)]
    sub: Option<String>,
    patient: Named,
}

/// Whom a token names.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Named {
    insurance: Option<Insurance>,
    local: Option<String>,
    birth_date: Option<NaiveDate>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Insurance {
    insurer: String,
    #[serde(default)]
    symbol: String,
    number: String,
    #[serde(default)]
    branch: String,
}

/// A launch on its way through our own page.
#[derive(Serialize, Deserialize)]
struct Sealed {
    id: String,
    facility: FacilityId,
    account: Option<String>,
    patient: Named,
    local_system: Option<String>,
}

impl Access {
    /// Checks a token and uses it up; gives what our own page posts back.
    ///
    /// # Errors
    /// [`Error::Launch`] (recorded), [`Error::Unavailable`].
    pub async fn launch(&self, token: &str, caller: &Caller) -> Result<String, Error> {
        let (facility, checked) = self.checked(token);
        let checked = match checked {
            Ok(sealed) if !self.once(&sealed.id, "token").await? => Err(Launched::Used),
            checked => checked,
        };
        match checked {
            Ok(sealed) => {
                let launched = &self.inner.launched;
                launched.close(&sealed, "").ok_or(Error::Unavailable)
            }
            Err(why) => {
                let facility =
                    facility.unwrap_or_else(|| self.inner.settings.unknown_facility.clone());
                let address = caller.address.map(|address| address.to_string());
                let key = format!("launch {} {}", why.word(), address.unwrap_or_default());
                // A flood of wrong tokens does not fill the ledger.
                if self.inner.limits.entry.take(&key).is_ok() {
                    let draft = by_caller(caller, facility, refused(why));
                    self.record_refusal(draft).await;
                }
                Err(Error::Launch(why))
            }
        }
    }

    /// Looks for the patient of a launch: candidates, as any search gives them.
    ///
    /// # Errors
    /// [`Error::Launch`] (recorded), and those of [`Access::search`].
    pub async fn launched(
        &self,
        viewer: &Viewer,
        sealed: &str,
        until: Instant,
    ) -> Result<Answer, Error> {
        self.may(viewer, Action::Search).await?;
        let answer = match self.opened_launch(viewer, sealed).await? {
            Ok(asked) => self.find(viewer, &asked, until).await,
            Err(why) => Err(Error::Launch(why)),
        };
        if let Err(Error::Launch(why)) = &answer {
            self.record_refusal(by_viewer(viewer, refused(*why))).await;
        }
        answer
    }

    async fn opened_launch(
        &self,
        viewer: &Viewer,
        sealed: &str,
    ) -> Result<Result<Asked, Launched>, Error> {
        let Some(sealed) = self.inner.launched.open::<Sealed>(sealed, "", WAITING) else {
            return Ok(Err(Launched::OutOfTime));
        };
        if sealed.facility != viewer.facility {
            return Ok(Err(Launched::NotYours));
        }
        if let Some(name) = &sealed.account {
            let registry = &self.inner.registry;
            let named = registry
                .credentials(compared(name))
                .await
                .map_err(unavailable)?;
            if named.is_none_or(|named| named.account.id != viewer.account) {
                return Ok(Err(Launched::NotYours));
            }
        }
        // Not before: whoever may not use it does not use it up.
        if !self.once(&sealed.id, "page").await? {
            return Ok(Err(Launched::Used));
        }
        Ok(asked(&sealed).ok_or(Launched::Unverified))
    }

    /// Whose token it is as far as its signature says, and what it says.
    fn checked(&self, token: &str) -> (Option<FacilityId>, Result<Sealed, Launched>) {
        let Some((claims, key)) = self.verified(token) else {
            return (None, Err(Launched::Unverified));
        };
        let facility = Some(key.facility.clone());
        if !self.is_in_time(&claims, key) {
            return (facility, Err(Launched::OutOfTime));
        }
        let sealed = Sealed {
            id: format!("{} {} {}", key.facility, key.issuer, claims.jti),
            facility: key.facility.clone(),
            account: claims.sub,
            patient: claims.patient,
            local_system: key.local_system.clone(),
        };
        let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !ID.contains(&claims.jti.len())
            || !claims.jti.chars().all(is_id)
            || asked(&sealed).is_none()
        {
            return (facility, Err(Launched::Unverified));
        }
        (facility, Ok(sealed))
    }

    /// The claims of a token that a known key has signed.
    fn verified(&self, token: &str) -> Option<(Claims, &LaunchKey)> {
        let token = token.trim();
        if token.len() > LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let header: Header = serde_json::from_slice(&decoded(header)?).ok()?;
        if header.alg != "HS256" {
            return None;
        }
        let claims: Claims = serde_json::from_slice(&decoded(claims)?).ok()?;
        let signature = decoded(signature)?;
        let key = self.inner.settings.finding.launches.iter().find(|key| {
            let right = keyed_hash(key.key.expose_secret(), signed.as_bytes());
            let names = key.issuer == claims.iss && key.facility.0 == claims.aud;
            names & bool::from(right.as_slice().ct_eq(&signature))
        })?;
        Some((claims, key))
    }

    fn is_in_time(&self, claims: &Claims, key: &LaunchKey) -> bool {
        let now = self.inner.clock.now().wall;
        let Some(issued) = DateTime::from_timestamp(claims.iat, 0) else {
            return false;
        };
        let skew = chrono::Duration::from_std(SKEW).unwrap_or_default();
        let max_age = chrono::Duration::from_std(key.max_age).unwrap_or_default();
        issued <= now + skew
            && now <= issued + max_age + skew
            && claims.exp.is_none_or(|exp| now.timestamp() <= exp)
    }

    /// Uses an id, once: in the registry, so that no restart makes it good again.
    async fn once(&self, id: &str, step: &str) -> Result<bool, Error> {
        let now = self.inner.clock.now().wall;
        let id = token::hashed(&format!("launch {step} {id}"));
        let used = self.inner.registry.use_launch(id, now, now + KEPT).await;
        used.map_err(unavailable)
    }
}

fn refused(why: Launched) -> Event {
    Event::Refused {
        what: "launch".to_owned(),
        why: why.word().to_owned(),
    }
}

/// The search that a launch stands for: by exactly one number.
fn asked(sealed: &Sealed) -> Option<Asked> {
    let patient = &sealed.patient;
    let (what, words) = match (&patient.insurance, &patient.local) {
        (Some(typed), None) => {
            let number =
                MemberNumber::new(&typed.insurer, &typed.symbol, &typed.number, &typed.branch)?;
            let number = asked::checked(number).ok()?;
            let words = format!("number={}", number.value());
            (What::Number(number), words)
        }
        (None, Some(local)) => {
            let system = sealed.local_system.clone()?;
            let value = local.trim().to_owned();
            let is_number = !value.is_empty()
                && value.chars().count() <= LONGEST_LOCAL
                && value
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
            let words = format!("local={value}");
            is_number.then_some((What::Local { system, value }, words))?
        }
        (None, None) | (Some(_), Some(_)) => return None,
    };
    Some(Asked {
        what,
        found_by: FoundBy::Launch,
        mode: "launch",
        words,
        born: patient.birth_date,
    })
}
