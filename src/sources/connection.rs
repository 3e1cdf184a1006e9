//! The HTTP clients: no redirects, no proxy, no cookies, every wait bounded.

use std::{fmt, time::Duration};

use reqwest::{Certificate, Client, Identity};
use secrecy::{ExposeSecret, SecretString};

use super::line::Turn;

/// A source that does not take the connection within this time is down.
const CONNECT: Duration = Duration::from_millis(300);
/// Idle connections are kept this long, so that the next patient pays no handshake.
const IDLE: Duration = Duration::from_secs(90);
/// A connection whose other side is gone without a word is given up after this time: until then
/// every request on it would be late.
const UNHEARD: Duration = Duration::from_secs(2);
/// How often a connection that carries many requests is asked whether it lives.
const PING: Duration = Duration::from_secs(10);

/// Who a source must be, and who this installation is to it.
#[derive(Clone, Default)]
pub struct Tls {
    /// PEM of the client certificate's chain and its private key.
    pub identity: Option<SecretString>,
    /// PEM of the authorities that may vouch for the source, in place of the machine's own.
    pub authorities: Option<String>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("identity", &self.identity.is_some())
            .field("authorities", &self.authorities.is_some())
            .finish()
    }
}

/// Two clients of one source: a second request never shares a connection with the first, which may
/// be what is slow or broken.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    first: Client,
    second: Client,
}

impl Clients {
    /// Clients for the addresses a source is asked at.
    ///
    /// # Errors
    /// In words, where TLS cannot be set up.
    pub(super) fn new(encrypted: bool, tls: &Tls) -> Result<Self, String> {
        Ok(Self {
            first: build(encrypted, tls)?,
            second: build(encrypted, tls)?,
        })
    }

    pub(super) const fn of(&self, turn: Turn) -> &Client {
        match turn {
            Turn::Needed => &self.first,
            Turn::Hedge | Turn::Retry => &self.second,
        }
    }

    pub(super) const fn both(&self) -> [&Client; 2] {
        [&self.first, &self.second]
    }
}

/// Builds a client. With plain addresses only, the machine's certificates are not loaded: such
/// an installation runs where none are.
///
/// # Errors
/// In words, where TLS cannot be set up.
pub fn client(encrypted: bool) -> Result<Client, String> {
    build(encrypted, &Tls::default())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place a client is built: timeouts, no redirects"
)]
fn build(encrypted: bool, tls: &Tls) -> Result<Client, String> {
    // Fails only where a provider is already set: then that one is used.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut builder = Client::builder()
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true)
        .tcp_user_timeout(UNHEARD)
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(UNHEARD)
        .http2_keep_alive_while_idle(true)
        .http2_adaptive_window(true)
        .redirect(reqwest::redirect::Policy::none())
        // What may be asked again is decided in one place, within a budget.
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .gzip(true)
        .user_agent(concat!("emergency-summary/", env!("CARGO_PKG_VERSION")));
    if let Some(pem) = &tls.authorities {
        builder = builder.tls_certs_only(authorities(pem)?);
    } else if !encrypted {
        builder = builder.tls_certs_only([]);
    }
    if let Some(pem) = &tls.identity {
        let identity = Identity::from_pem(pem.expose_secret().as_bytes())
            .map_err(|_| "the client certificate or its key cannot be read as PEM".to_owned())?;
        builder = builder.identity(identity);
    }
    builder
        .build()
        .map_err(|error| format!("no HTTP client: {error}"))
}

fn authorities(pem: &str) -> Result<Vec<Certificate>, String> {
    let certificates = Certificate::from_pem_bundle(pem.as_bytes())
        .map_err(|_| "the authorities cannot be read as PEM".to_owned())?;
    if certificates.is_empty() {
        return Err("there is no certificate among the authorities".to_owned());
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_that_cannot_be_used_are_said_without_what_is_in_them() {
        for (tls, said) in [
            (
                Tls {
                    authorities: Some("no certificate".to_owned()),
                    ..Tls::default()
                },
                "there is no certificate",
            ),
            (
                Tls {
                    identity: Some("no key but this secret".to_owned().into()),
                    ..Tls::default()
                },
                "the client certificate",
            ),
        ] {
            assert!(!format!("{tls:?}").contains("secret"));
            let why = build(true, &tls).unwrap_err();
            assert!(why.contains(said) && !why.contains("this"), "{why}");
        }
    }
}
