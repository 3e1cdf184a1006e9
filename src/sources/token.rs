//! Access tokens by OAuth 2 client credentials, as SMART backend services has it: fetched once, used
//! until shortly before their end, fetched anew ahead of it by one request at a time.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reqwest::{
    Url,
    header::{ACCEPT, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::timeout;

use super::{
    Error,
    assertion::{Proof, Signer},
    connection::Clients,
    line::Turn,
};
use crate::domain::{
    clock::{Clock, Moment},
    section::SourceName,
};

/// Where tokens come from, and for whom.
#[derive(Clone, Debug)]
pub struct Oauth {
    /// The token endpoint.
    pub token_url: String,
    /// The name under which this installation is registered there.
    pub client_id: String,
    /// What is asked for, such as `system/*.rs`.
    pub scope: Option<String>,
    /// How it proves who it is.
    pub proof: Proof,
}

/// A token that says nothing of its end is good for so long.
const UNSAID: u64 = 300;
/// A token is not used any more so shortly before its end.
const MARGIN: Duration = Duration::from_secs(5);
/// A new token is fetched so long before the end of the old one, or after three quarters of its
/// life, whichever is later.
const AHEAD: Duration = Duration::from_mins(1);
/// A token endpoint that failed is not asked again for this long.
const PAUSE: Duration = Duration::from_secs(2);
/// A token in the place of one that was not taken is fetched no more often than this.
const REJECTED: Duration = Duration::from_secs(10);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// No answer of it is longer.
const LONGEST: usize = 64 * 1024;
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[derive(Clone)]
struct Token {
    header: HeaderValue,
    since: Moment,
    life: Duration,
}

#[derive(Default)]
struct Kept {
    token: Option<Token>,
    /// When the source last did not take one.
    rejected: Option<Moment>,
    failed: Option<(Moment, Error)>,
}

/// The tokens of one source.
pub(super) struct Tokens {
    source: SourceName,
    clients: Clients,
    url: Url,
    oauth: Oauth,
    signer: Option<Signer>,
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
    /// Whoever holds it fetches a token; everybody else waits, or uses the one there is.
    turn: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

/// What the token endpoint answers.
#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    token_type: String,
    expires_in: Option<u64>,
}

impl Tokens {
    /// Reads the settings.
    ///
    /// # Errors
    /// In words, where address or key are not usable.
    pub(super) fn new(
        source: SourceName,
        oauth: Oauth,
        clients: Clients,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let url = Url::parse(&oauth.token_url).map_err(|error| format!("token_url: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() {
            return Err("token_url: neither http nor https, or with credentials in it".to_owned());
        }
        let signer = match &oauth.proof {
            Proof::Key { pem, id } => Some(Signer::new(pem, id.clone())?),
            Proof::Secret(_) => None,
        };
        Ok(Self {
            source,
            clients,
            url,
            oauth,
            signer,
            clock,
            kept: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        })
    }

    /// The header that a request carries: the token there is, or a new one.
    ///
    /// # Errors
    /// Why there is none; the endpoint is then left alone for a moment.
    pub(super) async fn header(&self) -> Result<HeaderValue, Error> {
        if let Some(header) = self.usable()? {
            return Ok(header);
        }
        let _turn = self.turn.lock().await;
        match self.usable()? {
            Some(header) => Ok(header),
            None => self.fetch().await,
        }
    }

    /// Fetches a token where there is none or the one there is ends soon. What fails here costs
    /// nobody anything while the old one is good.
    pub(super) async fn refresh_ahead(&self) {
        let left = self.left();
        metrics::gauge!("source_token_left_seconds", "source" => self.source.word())
            .set(left.as_secs_f64());
        let is_due = {
            let kept = lock(&self.kept);
            let life = kept.token.as_ref().map_or(AHEAD, |token| token.life / 4);
            left <= AHEAD.min(life) && self.paused(&kept).is_none()
        };
        if is_due
            && let Ok(_turn) = self.turn.try_lock()
            && let Err(why) = self.fetch().await
        {
            let source = self.source.word();
            tracing::warn!(source, %why, left = left.as_secs(), "no new access token yet");
        }
    }

    /// Forgets a token that the source did not take; says whether there may be a better one. A
    /// source that takes none costs its token endpoint no more than one in a while.
    pub(super) fn reject(&self, header: &HeaderValue) -> bool {
        let now = self.clock.now();
        let mut kept = lock(&self.kept);
        let is_it = kept
            .token
            .as_ref()
            .is_some_and(|token| token.header == *header);
        if is_it {
            if kept
                .rejected
                .is_some_and(|last| !now.has_passed(last, REJECTED))
            {
                return false;
            }
            kept.rejected = Some(now);
            kept.token = None;
        }
        self.paused(&kept).is_none()
    }

    /// The token, while it is good; why there is none, while the endpoint is left alone.
    fn usable(&self) -> Result<Option<HeaderValue>, Error> {
        let now = self.clock.now();
        let kept = lock(&self.kept);
        if let Some(token) = &kept.token
            && now.left_of(token.since, token.life) > MARGIN
        {
            return Ok(Some(token.header.clone()));
        }
        self.paused(&kept).map_or(Ok(None), Err)
    }

    fn left(&self) -> Duration {
        let now = self.clock.now();
        let kept = lock(&self.kept);
        kept.token
            .as_ref()
            .map(|token| now.left_of(token.since, token.life))
            .unwrap_or_default()
    }

    fn paused(&self, kept: &Kept) -> Option<Error> {
        let (since, error) = kept.failed?;
        (!self.clock.now().has_passed(since, PAUSE)).then_some(error)
    }

    async fn fetch(&self) -> Result<HeaderValue, Error> {
        // The life counts from before the request: never too long.
        let since = self.clock.now();
        let granted = timeout(PATIENCE, self.ask(since))
            .await
            .unwrap_or(Err(Error::Late));
        let outcome = granted
            .as_ref()
            .err()
            .map_or("granted", |error| error.word());
        metrics::counter!(
            "source_tokens_total", "source" => self.source.word(), "outcome" => outcome
        )
        .increment(1);
        let token = granted.and_then(|granted| token(&granted, since));
        let mut kept = lock(&self.kept);
        match token {
            Ok(token) => {
                kept.failed = None;
                Ok(kept.token.insert(token).header.clone())
            }
            Err(error) => {
                kept.failed = Some((self.clock.now(), error));
                Err(error)
            }
        }
    }

    async fn ask(&self, now: Moment) -> Result<Granted, Error> {
        let mut form = vec![("grant_type", "client_credentials".to_owned())];
        if let Some(scope) = &self.oauth.scope {
            form.push(("scope", scope.clone()));
        }
        let mut request = self.clients.of(Turn::Needed).post(self.url.clone());
        match (&self.signer, &self.oauth.proof) {
            (Some(signer), _) => {
                let (id, audience) = (&self.oauth.client_id, &self.oauth.token_url);
                let assertion = signer.assertion(id, audience, now.wall.timestamp());
                form.push(("client_assertion_type", ASSERTION.to_owned()));
                form.push(("client_assertion", assertion.ok_or(Error::Down)?));
            }
            (None, Proof::Secret(secret)) => {
                // RFC 6749, 2.3.1: both are written as in a form.
                let (id, secret) = (&self.oauth.client_id, secret.expose_secret());
                request = request.basic_auth(as_in_a_form(id), Some(as_in_a_form(secret)));
            }
            (None, Proof::Key { .. }) => return Err(Error::Down),
        }
        let mut response = request
            .header(ACCEPT, "application/json")
            .form(&form)
            .send()
            .await
            .map_err(|_| Error::Down)?;
        if !response.status().is_success() {
            return Err(Error::Refused(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| Error::Garbled)? {
            if body.len() + chunk.len() > LONGEST {
                return Err(Error::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|_| Error::Garbled)
    }
}

fn token(granted: &Granted, since: Moment) -> Result<Token, Error> {
    if !granted.token_type.eq_ignore_ascii_case("bearer") {
        return Err(Error::Garbled);
    }
    Ok(Token {
        header: bearer(&granted.access_token).map_err(|_| Error::Garbled)?,
        since,
        life: Duration::from_secs(granted.expires_in.unwrap_or(UNSAID)),
    })
}

/// A bearer token as a header, which does not print.
///
/// # Errors
/// In words, where no header may hold it.
pub(super) fn bearer(token: &SecretString) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
        .map_err(|_| "the token holds characters no header may hold".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

/// How the requests of one source say who asks.
#[derive(Debug)]
pub(super) enum Credentials {
    Nobody,
    Bearer(HeaderValue),
    Tokens(Box<Tokens>),
}

impl Credentials {
    /// The header of a request, where there is one.
    ///
    /// # Errors
    /// Why there is no token.
    pub(super) async fn header(&self) -> Result<Option<HeaderValue>, Error> {
        match self {
            Self::Nobody => Ok(None),
            Self::Bearer(value) => Ok(Some(value.clone())),
            Self::Tokens(tokens) => tokens.header().await.map(Some),
        }
    }

    /// Told that a source did not take what it was shown; says whether asking again may help.
    pub(super) fn reject(&self, header: Option<&HeaderValue>) -> bool {
        match (self, header) {
            (Self::Tokens(tokens), Some(header)) => tokens.reject(header),
            (Self::Tokens(_) | Self::Nobody | Self::Bearer(_), _) => false,
        }
    }

    /// See [`Tokens::refresh_ahead`].
    pub(super) async fn refresh_ahead(&self) {
        if let Self::Tokens(tokens) = self {
            tokens.refresh_ahead().await;
        }
    }
}

fn as_in_a_form(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
