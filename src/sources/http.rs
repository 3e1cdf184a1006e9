//! The one HTTP client: no redirects, no proxy, no cookies, every byte counted, every wait bounded.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use reqwest::{
    Client, Method, StatusCode, Url,
    header::{ACCEPT, HeaderName, HeaderValue},
};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};

use super::{Endpoint, Error};
use crate::fhir::{self, Page};

/// A source that does not take the connection within this time is down.
const CONNECT: Duration = Duration::from_millis(300);
/// Idle connections are kept this long, so that the next patient pays no handshake.
const IDLE: Duration = Duration::from_secs(90);
/// Larger bodies are parsed off the request threads.
const LARGE: usize = 256 * 1024;
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
    /// A search by personal identifiers: they go into the body, never into a URL.
    Search(Url, Vec<(&'static str, String)>),
}

/// What came back.
#[derive(Debug)]
pub(super) enum Reply {
    /// A readable page.
    Page(Page),
    /// The server says that it does not know this resource type.
    NotSupported(u16),
}

/// One source's address with the client.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    client: Client,
    base: Url,
    authorisation: Option<HeaderValue>,
}

impl Remote {
    /// Takes an endpoint's address.
    ///
    /// # Errors
    /// In words, where it is none.
    pub(super) fn new(client: Client, endpoint: &Endpoint) -> Result<Self, String> {
        let base = address(&endpoint.base)?;
        let authorisation = match &endpoint.token {
            None => None,
            Some(token) => {
                let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
                    .map_err(|_| "the token holds characters no header may hold".to_owned())?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        Ok(Self {
            client,
            base,
            authorisation,
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
        let mut request = match call {
            Call::Get(url) => self.client.request(Method::GET, url.clone()),
            Call::Search(url, form) => self.client.request(Method::POST, url.clone()).form(form),
        }
        .header(ACCEPT, "application/fhir+json")
        .header(PREFER, "handling=strict");
        if let Some(authorisation) = &self.authorisation {
            request = request.header(reqwest::header::AUTHORIZATION, authorisation.clone());
        }
        let mut response = request.send().await.map_err(|_| Error::Down)?;
        let status = response.status();
        if !status.is_success() && !may_mean_not_supported(status) {
            return Err(Error::Refused(status.as_u16()));
        }
        let mut held = Held {
            allowance,
            bytes: 0,
        };
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
            return Ok(Reply::Page(page));
        }
        match page {
            Ok(page) if says_not_supported(&page) => Ok(Reply::NotSupported(status.as_u16())),
            Ok(_) | Err(_) => Err(Error::Refused(status.as_u16())),
        }
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

/// Builds the client. With plain addresses only, the machine's certificates are not loaded: such
/// an installation runs where none are.
///
/// # Errors
/// In words, where TLS cannot be set up.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place a client is built: timeouts, no redirects"
)]
pub fn client(encrypted: bool) -> Result<Client, String> {
    // Fails only where a provider is already set: then that one is used.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = Client::builder()
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .gzip(true)
        .user_agent(concat!("emergency-summary/", env!("CARGO_PKG_VERSION")));
    let builder = if encrypted {
        builder
    } else {
        builder.tls_certs_only([])
    };
    builder
        .build()
        .map_err(|error| format!("no HTTP client: {error}"))
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
