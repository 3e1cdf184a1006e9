//! Certificates of this service and of its terminals: when they end, and who is let in by them.

use std::{fmt, path::Path, sync::Arc};

use chrono::{DateTime, Utc};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, UnixTime, pem::PemObject},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use crate::{config::Tls, health::Certificates, web::connections::name_of};

pub(super) fn unreadable(file: &Path) -> String {
    format!("{}: not readable as PEM", file.display())
}

pub(super) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|_| unreadable(file))
}

/// When a certificate ends.
fn ends(certificate: &CertificateDer<'_>) -> Option<DateTime<Utc>> {
    let (_, read) = X509Certificate::from_der(certificate).ok()?;
    DateTime::from_timestamp(read.validity().not_after.timestamp(), 0)
}

fn all_ends(file: &Path) -> Result<Vec<DateTime<Utc>>, String> {
    let read = certificates(file)?;
    let ends: Option<Vec<_>> = read.iter().map(ends).collect();
    ends.filter(|ends| !ends.is_empty())
        .ok_or_else(|| format!("{}: holds no certificate that can be read", file.display()))
}

/// When the certificates of the files end: of this service's chain the first.
pub(super) fn known(files: &Tls) -> Result<Certificates, String> {
    let own = all_ends(&files.certificate)?.into_iter().min();
    let authorities = files.terminal_authorities.as_deref().map(all_ends);
    Ok(Certificates::new(
        own.ok_or_else(|| unreadable(&files.certificate))?,
        authorities.transpose()?.unwrap_or_default(),
    ))
}

/// Who vouches for terminals' certificates. A browser without one is a terminal by its cookie or
/// address, or none.
pub(super) fn of_terminals(
    file: &Path,
    provider: &Arc<CryptoProvider>,
    known: Certificates,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut authorities = RootCertStore::empty();
    for authority in certificates(file)? {
        let added = authorities.add(authority);
        added.map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let (authorities, provider) = (Arc::new(authorities), Arc::clone(provider));
    let verifier = WebPkiClientVerifier::builder_with_provider(authorities, provider)
        .allow_unauthenticated()
        .build()
        .map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(Arc::new(Watched { verifier, known }))
}

/// Notes what the library verified, and what it refused; decides nothing.
struct Watched {
    verifier: Arc<dyn ClientCertVerifier>,
    known: Certificates,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

impl ClientCertVerifier for Watched {
    fn offer_client_auth(&self) -> bool {
        self.verifier.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.verifier.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.verifier.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self
            .verifier
            .verify_client_cert(end_entity, intermediates, now);
        if verified.is_err() {
            self.known.refused();
        } else if let Some((name, ends)) = name_of(end_entity).zip(ends(end_entity)) {
            self.known.seen(name, ends);
        }
        verified
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.verifier.requires_raw_public_keys()
    }
}
