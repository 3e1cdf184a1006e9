//! Requests to one source: every byte counted, every wait bounded.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::future::try_join_all;
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue, IF_NONE_MATCH, RETRY_AFTER},
};
use tokio::time::{Instant, timeout_at};

use super::{
    Endpoint, Error,
    connection::Clients,
    laggard::Laggards,
    line::{Line, Setback, Turn},
    token::{Credentials, Tokens, bearer},
    unchanged::strong_tag,
};
use crate::{
    domain::{clock::Clock, section::SourceName},
    fhir::{self, Page},
};

/// Larger bodies are parsed off the request threads.
const LARGE: usize = 256 * 1024;
/// What a source says of itself is read and forgotten up to so many bytes.
const WARM_BYTES: usize = 8 * 1024 * 1024;
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Bytes that one source's answer may still bring, shared by its searches.
#[derive(Debug)]
pub(super) struct Allowance(AtomicUsize);

impl Allowance {
    pub(super) const fn new(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }

    /// What is left of it.
    pub(super) fn left(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }

    fn take(&self, bytes: usize) -> bool {
        self.0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                left.checked_sub(bytes)
            })
            .is_ok()
    }
}

/// What one body took of the allowance; given back where the body is not used, so that one search
/// that brings too much costs the others nothing.
struct Held<'a> {
    allowance: &'a Allowance,
    bytes: usize,
}

impl Held<'_> {
    fn grow(&mut self, bytes: usize) -> Result<(), Error> {
        if self.allowance.take(bytes) {
            self.bytes += bytes;
            Ok(())
        } else {
            Err(Error::TooLarge)
        }
    }

    fn keep(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.allowance.0.fetch_add(self.bytes, Ordering::AcqRel);
    }
}

/// One request to a source.
#[derive(Clone, Debug)]
pub(super) enum Call {
    /// A search whose parameters name no person.
    Get(Url),
    /// The same, unless the answer is still the one with this tag.
    GetUnless(Url, HeaderValue),
    /// A search by personal identifiers: they go into the body, never into a URL.
    Search(Url, Vec<(&'static str, String)>),
}

/// What came back.
#[derive(Debug)]
pub(super) enum Reply {
    /// A readable page, with its strong tag.
    Page(Page, Option<HeaderValue>),
    /// The answer is the one with the tag that was shown.
    Unchanged,
    /// The server says that it does not know this resource type.
    NotSupported(u16),
}

/// One source's address with the way to it. Cloning shares connections, tokens and counts.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    clients: Clients,
    base: Url,
    credentials: Arc<Credentials>,
    line: Arc<Line>,
    /// Which of its searches hang.
    pub(super) laggards: Arc<Laggards>,
}

impl Remote {
    /// Takes an endpoint's address.
    ///
    /// # Errors
    /// In words, where address, certificates or credentials are not usable.
    pub(super) fn new(
        source: SourceName,
        endpoint: &Endpoint,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let base = address(&endpoint.base)?;
        let token_url = endpoint.oauth.as_ref().map(|oauth| &oauth.token_url);
        let is_encrypted =
            base.scheme() == "https" || token_url.is_some_and(|url| url.starts_with("https:"));
        let clients = Clients::new(is_encrypted, &endpoint.tls)?;
        let credentials = match (&endpoint.token, &endpoint.oauth) {
            (None, None) => Credentials::Nobody,
            (Some(token), None) => Credentials::Bearer(bearer(token)?),
            (None, Some(oauth)) => Credentials::Tokens(Box::new(Tokens::new(
                source,
                oauth.clone(),
                clients.clone(),
                Arc::clone(clock),
            )?)),
            (Some(_), Some(_)) => {
                return Err("a fixed token, or one from a token endpoint; not both".to_owned());
            }
        };
        Ok(Self {
            clients,
            base,
            credentials: Arc::new(credentials),
            line: Arc::new(Line::new(source, &endpoint.limits)),
            laggards: Arc::default(),
        })
    }

    /// The base address, with a slash at its end.
    pub(super) const fn base(&self) -> &Url {
        &self.base
    }

    /// The address of `path` below the base.
    pub(super) fn url(&self, path: &str) -> Result<Url, Error> {
        self.base.join(path).map_err(|_| Error::Garbled)
    }

    /// Makes one request and reads its answer. Resources without an id are numbered from
    /// `first_number`.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Late`] at `until` whatever the other side does.
    pub(super) async fn ask(
        &self,
        call: &Call,
        allowance: &Allowance,
        first_number: usize,
        until: Instant,
    ) -> Result<Reply, Error> {
        timeout_at(until, self.exchange(call, allowance, first_number))
            .await
            .unwrap_or(Err(Error::Late))
    }

    async fn exchange(
        &self,
        call: &Call,
        allowance: &Allowance,
        first_number: usize,
    ) -> Result<Reply, Error> {
        let mut response = self.line.send(|turn| self.begin(call, turn)).await?;
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED && matches!(call, Call::GetUnless(..)) {
            return Ok(Reply::Unchanged);
        }
        if !status.is_success() && !may_mean_not_supported(status) {
            return Err(Error::Refused(status.as_u16()));
        }
        let mut held = Held {
            allowance,
            bytes: 0,
        };
        let tag = strong_tag(response.headers());
        let mut body = Vec::new();
        // A body that breaks off is half an answer; a half answer is none.
        while let Some(chunk) = response.chunk().await.map_err(|_| Error::Garbled)? {
            held.grow(chunk.len())?;
            body.extend_from_slice(&chunk);
        }
        let page = read(body, first_number).await;
        if status.is_success() {
            let page = page?;
            held.keep();
            return Ok(Reply::Page(page, tag));
        }
        match page {
            Ok(page) if says_not_supported(&page) => Ok(Reply::NotSupported(status.as_u16())),
            Ok(_) | Err(_) => Err(Error::Refused(status.as_u16())),
        }
    }

    /// Sends one request, until the answer begins.
    async fn begin(&self, call: &Call, turn: Turn) -> Result<Response, Setback> {
        let for_good = |error| Setback {
            error,
            again: false,
        };
        let client = self.clients.of(turn);
        let mut request = match call {
            Call::Get(url) => client.request(Method::GET, url.clone()),
            Call::GetUnless(url, tag) => client
                .request(Method::GET, url.clone())
                .header(IF_NONE_MATCH, tag.clone()),
            Call::Search(url, form) => client.request(Method::POST, url.clone()).form(form),
        }
        .header(ACCEPT, "application/fhir+json")
        .header(PREFER, "handling=strict");
        let shown = self.credentials.header().await.map_err(for_good)?;
        if let Some(shown) = &shown {
            request = request.header(AUTHORIZATION, shown.clone());
        }
        let response = request.send().await.map_err(|error| Setback {
            error: Error::Down,
            // A connection that was there and broke may have been an old one; one that cannot be
            // made cannot be made.
            again: !error.is_connect() && !error.is_timeout(),
        })?;
        let status = response.status();
        let again = match status.as_u16() {
            502..=504 => !response.headers().contains_key(RETRY_AFTER),
            401 => self.credentials.reject(shown.as_ref()),
            _ => return Ok(response),
        };
        if again {
            return Err(Setback {
                error: Error::Refused(status.as_u16()),
                again,
            });
        }
        Ok(response)
    }

    /// Opens as many connections as one answer needs, or keeps them open, with a harmless request.
    /// Whatever is answered will do.
    ///
    /// # Errors
    /// Where nothing is, within `until`.
    pub(super) async fn warm(&self, at_once: usize, until: Instant) -> Result<(), Error> {
        let url = self.url("metadata")?;
        let [first, second] = self.clients.both();
        let one = |client: &reqwest::Client| {
            let request = client
                .get(url.clone())
                .header(ACCEPT, "application/fhir+json");
            async move {
                let mut response = request.send().await.map_err(|_| Error::Down)?;
                let mut left = WARM_BYTES;
                // A body that is not read to its end costs the connection.
                while let Ok(Some(chunk)) = response.chunk().await {
                    left = left.checked_sub(chunk.len()).ok_or(Error::TooLarge)?;
                }
                Ok(response.version() == reqwest::Version::HTTP_2)
            }
        };
        let warmed = async {
            // One connection carries everything where it is HTTP/2.
            if !one(first).await? {
                let others = (1..at_once).map(|_| one(first));
                try_join_all(others).await?;
            }
            one(second).await.map(drop)
        };
        timeout_at(until, warmed).await.unwrap_or(Err(Error::Late))
    }

    /// Fetches an access token ahead of the end of the one there is.
    pub(super) async fn refresh_ahead(&self) {
        self.credentials.refresh_ahead().await;
    }
}

async fn read(body: Vec<u8>, first_number: usize) -> Result<Page, Error> {
    let page = if body.len() > LARGE {
        tokio::task::spawn_blocking(move || fhir::read_page(&body, first_number))
            .await
            .map_err(|_| Error::Garbled)?
    } else {
        fhir::read_page(&body, first_number)
    };
    page.map_err(|_| Error::Garbled)
}

/// A 400 may as well mean a parameter it does not know: that is never "carries nothing".
fn may_mean_not_supported(status: StatusCode) -> bool {
    matches!(status.as_u16(), 404 | 501)
}

/// Whether the server says, as a FHIR server, that it has no such resource type; a mere 404 may be
/// a wrong address, and `not-found` is about one resource.
fn says_not_supported(page: &Page) -> bool {
    !page.issues.is_empty() && !page.issues.iter().any(|issue| issue.ends_with("not-found"))
}

fn address(base: &str) -> Result<Url, String> {
    let mut url = Url::parse(base).map_err(|error| format!("not an address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("{}: is neither http nor https", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("credentials do not belong into an address".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("a base address has neither query nor fragment".to_owned());
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::{Allowance, Held, address};

    #[test]
    fn what_a_refused_body_took_is_given_back() {
        let allowance = Allowance::new(10);
        {
            let mut held = Held {
                allowance: &allowance,
                bytes: 0,
            };
            assert!(held.grow(8).is_ok());
            assert!(held.grow(8).is_err());
        }
        assert!(allowance.take(10));
        assert!(!allowance.take(1));
    }

    #[test]
    fn an_address_holds_no_credentials_and_ends_in_a_slash() {
        assert_eq!(
            address("http://127.0.0.1:9000/fhir").unwrap().as_str(),
            "http://127.0.0.1:9000/fhir/"
        );
        for bad in [
            "ftp://host/",
            "http://user:word@host/",
            "http://host/?a=b",
            "nonsense",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
