//! `[ledger]`: where checkpoints go beside the folder, and who cosigns them; and the whole
//! configuration of a witness.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{LedgerPart, Problem, parse};
use crate::{
    ledger::note::{Kind, Verifier},
    witness::Asked,
};

/// `[ledger.witness]`
#[derive(Clone, Debug, Deserialize)]
pub struct WitnessTable {
    /// What stands before `/add-checkpoint`.
    pub url: String,
    /// Its public key, or a file with it.
    pub key: String,
}

impl LedgerPart {
    /// What is wrong with where checkpoints go.
    pub(super) fn proof_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(place) = &self.publish
            && !place.is_dir()
            && !place.parent().is_some_and(Path::is_dir)
        {
            let place = place.display();
            problems.push(Problem(format!("ledger.publish: {place} is in no folder")));
        }
        if let Err(why) = self.asked() {
            problems.push(Problem(format!("ledger.witness: {why}")));
        }
        problems
    }

    /// The witness to ask, if one is named.
    ///
    /// # Errors
    /// In words, where its address or key cannot be used.
    pub fn asked(&self) -> Result<Option<Asked>, String> {
        let Some(witness) = &self.witness else {
            return Ok(None);
        };
        let known = ["http://", "https://"];
        if !known.iter().any(|scheme| witness.url.starts_with(scheme)) {
            return Err("url must begin with http:// or https://".to_owned());
        }
        let key = read_verifier(&witness.key)?;
        if key.kind() != Kind::Witness {
            return Err("key is not a witness's".to_owned());
        }
        Ok(Some(Asked {
            url: witness.url.clone(),
            key,
        }))
    }
}

/// The configuration file of `witness`.
#[derive(Clone, Debug, Deserialize)]
pub struct WitnessConfig {
    /// Its name in signatures.
    pub name: String,
    /// Folder of its key and of what it cosigned last.
    pub folder: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// The public keys of the ledgers it cosigns for, or files with them.
    pub ledgers: Vec<String>,
    /// Form of log lines.
    #[serde(default)]
    pub log: crate::telemetry::Form,
}

impl WitnessConfig {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn load(path: &Path) -> Result<Self, Vec<Problem>> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| vec![Problem(format!("{}: {error}", path.display()))])?;
        let (config, mut problems) = parse::<Self>(&text);
        for key in config.iter().flat_map(|config| &config.ledgers) {
            problems.extend(read_verifier(key).err().map(Problem));
        }
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(problems),
        }
    }
}

/// A public key as it is, or of a file.
///
/// # Errors
/// In words.
pub fn read_verifier(key: &str) -> Result<Verifier, String> {
    let from_file = || {
        let text = std::fs::read_to_string(key).ok()?;
        Verifier::parse(&text)
    };
    Verifier::parse(key)
        .or_else(from_file)
        .ok_or_else(|| format!("{key}: no public key, and no file with one"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{note::Signer, testing::Counting};

    #[test]
    fn a_witness_needs_an_address_and_a_witnesss_key() {
        let key = |kind| {
            let signer = Signer::fresh("w", kind, &Counting::default()).unwrap();
            signer.verifier().to_string()
        };
        for (url, key, is_right) in [
            ("http://10.0.0.5:8555", key(Kind::Witness), true),
            ("https://witness.example", key(Kind::Witness), true),
            ("ftp://10.0.0.5", key(Kind::Witness), false),
            ("http://10.0.0.5", key(Kind::Ledger), false),
            ("http://10.0.0.5", "/nowhere/witness.pub".to_owned(), false),
        ] {
            let table = LedgerPart {
                witness: Some(WitnessTable {
                    url: url.to_owned(),
                    key: key.clone(),
                }),
                ..LedgerPart::default()
            };
            assert_eq!(table.asked().is_ok(), is_right, "{url} {key}");
            assert_eq!(table.proof_problems().is_empty(), is_right);
        }
    }
}
