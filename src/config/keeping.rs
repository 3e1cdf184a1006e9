//! `[ledger]`: what wraps its keys, how long they are kept, and where entries are sent.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use secrecy::SecretSlice;
use serde::Deserialize;

use super::{Config, Problem, WitnessTable, private_text};
use crate::{
    keeping::Keeping,
    ledger::{Receiver, RootSecrets},
};

/// Where key-encryption keys may stand instead of a file.
const VARIABLE: &str = "EMERGENCY_SUMMARY_LEDGER_KEYS";

/// The part of the configuration that is about the ledger.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct LedgerPart {
    /// File with the key-encryption keys, one a line, newest first; without it the installation's
    /// key is the only one.
    pub key_file: Option<PathBuf>,
    /// For how many whole calendar years after its own a key is kept.
    pub retention_years: u16,
    /// Whether keys whose retention is over are erased once a day.
    pub erase_expired: bool,
    /// Where entries are sent to.
    pub syslog: Option<Syslog>,
    /// Folder, on another device, of a second ledger that goes on where the first cannot be written.
    pub second: Option<PathBuf>,
    /// Where each new checkpoint is also written: a file, or a folder that is there.
    pub publish: Option<PathBuf>,
    /// Who cosigns checkpoints.
    pub witness: Option<WitnessTable>,
}

impl Default for LedgerPart {
    fn default() -> Self {
        Self {
            key_file: None,
            retention_years: 5,
            erase_expired: false,
            syslog: None,
            second: None,
            publish: None,
            witness: None,
        }
    }
}

/// A syslog server: RFC 5424 over TLS (RFC 5425).
#[derive(Clone, Debug, Deserialize)]
pub struct Syslog {
    /// `HOST:PORT`; the certificate must be for this host.
    pub address: String,
    /// PEM file with the authorities that may vouch for it.
    pub authorities: PathBuf,
}

impl Config {
    /// The key-encryption keys: from the environment, else their file, else the installation's.
    ///
    /// # Errors
    /// In words, without the content.
    pub fn ledger_keys(&self) -> Result<RootSecrets, String> {
        if let Some(text) = keys_from_environment() {
            return keys_of(&text).map_err(|why| format!("{VARIABLE}: {why}"));
        }
        let file = self.ledger.key_file.as_ref().unwrap_or(&self.key_file);
        read_keys(file)
    }

    /// What a node does with its ledger.
    ///
    /// # Errors
    /// In words, where a secret or certificate cannot be read.
    pub fn keeping(&self) -> Result<Keeping, String> {
        let again = self.clone();
        Ok(Keeping {
            keys: self.ledger_keys()?,
            read_keys: Arc::new(move || again.ledger_keys()),
            retention_years: self.ledger.retention_years,
            erase_expired: self.ledger.erase_expired,
            syslog: self
                .ledger
                .syslog
                .as_ref()
                .map(Syslog::receiver)
                .transpose()
                .map_err(|why| format!("ledger.syslog: {why}"))?,
            second: self.ledger.second.clone(),
            settings: self.written.clone(),
        })
    }

    pub(super) fn keeping_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut say = |text: String| problems.push(Problem(text));
        // The installation's own key is checked where it is named.
        let has_own = self.ledger.key_file.is_some() || keys_from_environment().is_some();
        if let (true, Err(why)) = (has_own, self.ledger_keys()) {
            say(format!("ledger: {why}"));
        }
        if self.ledger.retention_years == 0 {
            say("ledger: retention_years must be at least 1".to_owned());
        }
        if let Some(second) = &self.ledger.second {
            if !second.is_absolute() {
                say("ledger.second: the whole path of a folder is needed".to_owned());
            } else if second.starts_with(&self.folder) || self.folder.starts_with(second) {
                say("ledger.second: it must lie apart from folder, on another device".to_owned());
            }
        }
        if let Some(syslog) = &self.ledger.syslog {
            if !syslog.authorities.is_file() {
                let file = syslog.authorities.display();
                say(format!("ledger.syslog: {file} is no file"));
            }
            let port = syslog.address.rsplit_once(':').map(|(_, port)| port);
            if port.and_then(|port| port.parse::<u16>().ok()).is_none() {
                say("ledger.syslog: address must be HOST:PORT".to_owned());
            }
        }
        problems
    }
}

impl Syslog {
    fn receiver(&self) -> Result<Receiver, String> {
        let (host, _) = self.address.rsplit_once(':').ok_or("no port")?;
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
            .map_err(|_| "no name that a certificate can be for".to_owned())?;
        let unreadable = |_| format!("{}: not readable as PEM", self.authorities.display());
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_file_iter(&self.authorities).map_err(unreadable)? {
            roots
                .add(authority.map_err(unreadable)?)
                .map_err(|error| error.to_string())?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Receiver {
            address: self.address.clone(),
            name,
            tls: Arc::new(tls),
        })
    }
}

/// Every value of a configuration by its name, `table.key`.
pub(super) fn flat(text: &str) -> BTreeMap<String, String> {
    fn put(flat: &mut BTreeMap<String, String>, name: String, value: &toml::Value) {
        let Some(table) = value.as_table() else {
            flat.insert(name, value.to_string());
            return;
        };
        for (key, value) in table {
            let name = if name.is_empty() {
                key.clone()
            } else {
                format!("{name}.{key}")
            };
            put(flat, name, value);
        }
    }
    let mut all = BTreeMap::new();
    if let Ok(table) = text.parse::<toml::Table>() {
        put(&mut all, String::new(), &toml::Value::Table(table));
    }
    all
}

/// Reads key-encryption keys, one a line, newest first: each 32 bytes in base 64.
///
/// # Errors
/// In words, without the content.
pub fn read_keys(path: &Path) -> Result<RootSecrets, String> {
    let text = private_text(path)?;
    keys_of(&text).map_err(|why| format!("{}: {why}", path.display()))
}

fn keys_of(text: &str) -> Result<RootSecrets, String> {
    let mut keys = text
        .split_whitespace()
        .map(key_of)
        .collect::<Result<Vec<_>, _>>()?
        .into_iter();
    let newest = keys.next().ok_or("no key")?;
    Ok(RootSecrets::new(newest, keys.collect()))
}

/// One key: 32 bytes in base 64.
pub(super) fn key_of(text: &str) -> Result<SecretSlice<u8>, String> {
    let bytes = STANDARD
        .decode(text.trim())
        .map_err(|_| "not base 64".to_owned())?;
    if bytes.len() == 32 {
        Ok(bytes.into())
    } else {
        Err("not 32 bytes".to_owned())
    }
}

fn keys_from_environment() -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this room alone reads the environment"
    )]
    std::env::var(VARIABLE).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let key = STANDARD.encode([7; 32]);
        std::fs::write(&file, format!("{key}\n{key}\n")).unwrap();
        let with_mode = |mode| {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            read_keys(&file).map(drop)
        };
        assert!(with_mode(0o600).is_ok() && with_mode(0o640).is_ok());
        for mode in [0o644, 0o604, 0o666, 0o620] {
            let why = with_mode(mode).unwrap_err();
            assert!(why.contains("others") && why.contains("chmod 600"), "{why}");
            assert!(!why.contains(&key));
        }
    }

    #[test]
    fn a_file_without_a_whole_key_is_refused() {
        for text in ["", "abc", "AAAA", "AAAA AAAA"] {
            assert!(keys_of(text).is_err(), "{text}");
        }
    }
}
