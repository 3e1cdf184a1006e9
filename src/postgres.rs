//! Floor 1: where a PostgreSQL database is, and the way to it.
//!
//! May name: nothing of this crate. Never: what is kept there; each room that keeps something has
//! its own tables.

use std::{net::IpAddr, path::Path, sync::Arc, time::Duration};

use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer, pki_types::pem::PemObject};
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::{
    Client, Config, Connection, Socket,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a connection may take to be there, signing in included.
const CONNECT: Duration = Duration::from_secs(10);

/// A PostgreSQL database. Whatever it says of itself never holds the password.
#[derive(Clone)]
pub struct Target {
    config: Config,
    tls: ClientConfig,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").finish_non_exhaustive()
    }
}

/// What drives a connection; it must be polled for anything to happen on it.
pub(crate) type Driver =
    Connection<Socket, <MakeRustlsConnect as tokio_postgres::tls::MakeTlsConnect<Socket>>::Stream>;

impl Target {
    /// Reads an address, `postgresql://USER@HOST:PORT/DATABASE`, which holds no password. Beyond
    /// this machine TLS is always used, and the server's certificate must be vouched for by
    /// `authority` (a PEM file), or, without it, by the machine's certificate store.
    ///
    /// # Errors
    /// In words, without anything of the address.
    pub fn new(
        address: &str,
        password: Option<&SecretString>,
        authority: Option<&Path>,
    ) -> Result<Self, String> {
        let mut config: Config = address
            .parse()
            .map_err(|_| "not usable; write postgresql://USER@HOST:PORT/DATABASE".to_owned())?;
        if config.get_password().is_some() {
            return Err("a password does not belong in an address".to_owned());
        }
        if config.get_user().is_none() || config.get_dbname().is_none() {
            return Err("names no user or no database".to_owned());
        }
        if config.get_hosts().is_empty() {
            return Err("names no host".to_owned());
        }
        let is_strict = matches!(config.get_ssl_mode(), SslMode::Require);
        config.ssl_mode(if is_here(&config) && !is_strict {
            SslMode::Disable
        } else {
            SslMode::Require
        });
        if let Some(password) = password {
            config.password(password.expose_secret());
        }
        config
            .connect_timeout(CONNECT)
            .keepalives_idle(Duration::from_secs(30));
        let tls = tls(authority)?;
        Ok(Self { config, tls })
    }

    /// Whether the way to it is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        matches!(self.config.get_ssl_mode(), SslMode::Require)
    }

    /// Connects and signs in, as `name` in the server's own lists.
    pub(crate) async fn connect(&self, name: &str) -> Result<(Client, Driver), String> {
        self.reach(name).await.map_err(|error| {
            error.map_or_else(|| "it does not answer".to_owned(), |error| said(&error))
        })
    }

    /// The same; `None` where it does not answer in time.
    pub(crate) async fn reach(
        &self,
        name: &str,
    ) -> Result<(Client, Driver), Option<tokio_postgres::Error>> {
        let mut config = self.config.clone();
        config.application_name(name);
        let tls = MakeRustlsConnect::new(self.tls.clone());
        match tokio::time::timeout(CONNECT, config.connect(tls)).await {
            Ok(connected) => connected.map_err(Some),
            Err(_) => Err(None),
        }
    }
}

/// What went wrong, without any value that was sent.
pub(crate) fn said(error: &tokio_postgres::Error) -> String {
    use std::error::Error as _;

    match (error.as_db_error(), error.source()) {
        (Some(database), _) => format!("{} ({})", database.message(), database.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

/// Whether nothing of it crosses a network.
fn is_here(config: &Config) -> bool {
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse::<IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    });
    hosts && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

fn tls(authority: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    match authority {
        Some(file) => {
            let unreadable = || format!("{}: not readable as PEM", file.display());
            let certificates = CertificateDer::pem_file_iter(file).map_err(|_| unreadable())?;
            for certificate in certificates {
                certificate
                    .ok()
                    .and_then(|certificate| roots.add(certificate).ok())
                    .ok_or_else(unreadable)?;
            }
            if roots.is_empty() {
                return Err(unreadable());
            }
        }
        None => {
            // What the machine has and cannot read vouches for nothing.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth())
        .map_err(|error| format!("tls: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_this_machine_the_way_to_a_database_is_always_encrypted() {
        for (address, is_encrypted) in [
            ("postgresql://n1@127.0.0.1:5432/archive", false),
            ("postgresql://n1@[::1]/archive", false),
            ("postgresql://n1@localhost/archive", false),
            ("postgresql://n1@%2Frun%2Fpostgresql/archive", false),
            ("postgresql://n1@localhost/archive?sslmode=require", true),
            ("postgresql://n1@db.example/archive", true),
            ("postgresql://n1@10.0.0.5/archive?sslmode=disable", true),
            ("postgresql://n1@localhost,db.example/archive", true),
            ("postgresql://n1@localhost/archive?hostaddr=10.0.0.5", true),
            ("postgresql://n1@localhost.example/archive", true),
        ] {
            let target = Target::new(address, None, None).expect(address);
            assert_eq!(target.is_encrypted(), is_encrypted, "{address}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_used_is_refused_without_repeating_it() {
        for address in [
            "postgresql://n1:geheim@127.0.0.1/archive",
            "postgresql://127.0.0.1/archive",
            "postgresql://n1@127.0.0.1",
            "postgresql:///archive?user=n1",
            "mysql://geheim@127.0.0.1/archive",
            "geheim",
        ] {
            let why = Target::new(address, None, None).expect_err(address);
            assert!(!why.contains("geheim"), "{why}");
        }
        let password = SecretString::from("geheim");
        let address = "postgresql://n1@127.0.0.1/archive";
        let target = Target::new(address, Some(&password), None).unwrap();
        assert!(!format!("{target:?}").contains("geheim"));
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = Target::new(address, None, Some(file.path()));
        assert!(refused.unwrap_err().contains("not readable as PEM"));
    }
}
