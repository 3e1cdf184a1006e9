//! `[archive]`: the database that the ledger is shipped to.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use super::{Problem, read_token};
use crate::ledger::archive::Target;

/// Where the password stands when no file is written down.
const PASSWORD: &str = "EMERGENCY_SUMMARY_ARCHIVE_PASSWORD";

/// The archive.
#[derive(Clone, Debug, Deserialize)]
pub struct Archive {
    /// `postgresql://USER@HOST:PORT/DATABASE`, without a password. Beyond this machine TLS is
    /// always used.
    pub address: String,
    /// File with the password; without it the environment's
    /// `EMERGENCY_SUMMARY_ARCHIVE_PASSWORD`, without that none.
    pub password_file: Option<PathBuf>,
    /// PEM file of the authority that vouches for the server's certificate; without it the
    /// machine's certificate store.
    pub authority: Option<PathBuf>,
}

impl Archive {
    /// The database with its password.
    ///
    /// # Errors
    /// In words, without the password.
    pub fn target(&self) -> Result<Target, String> {
        target(
            &self.address,
            self.password_file.as_deref(),
            self.authority.as_deref(),
        )
    }

    /// Everything that is wrong with it.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let wrong = self.target().err();
        wrong
            .map(|why| Problem(format!("archive: {why}")))
            .into_iter()
            .collect()
    }
}

/// A database by its address, its password from a file or the environment.
///
/// # Errors
/// In words, without the password.
pub fn target(
    address: &str,
    password_file: Option<&Path>,
    authority: Option<&Path>,
) -> Result<Target, String> {
    let password = match password_file {
        Some(file) => Some(read_token(file)?),
        None => password_from_environment(),
    };
    Target::new(address, password.as_ref(), authority)
}

fn password_from_environment() -> Option<SecretString> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this room is the one that reads the environment"
    )]
    std::env::var(PASSWORD).ok().map(SecretString::from)
}
